//! What the artist keeps beside pictures, presets and prompts: read and written on a thread, so that the window never waits for a disk.
//!
//! Does not know how any of it is shown.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use eframe::egui;

use super::super::notices::Notices;
use super::super::texts::recipes as texts;
use super::Host;
use super::STALE;
use super::Studio;
use super::history::{self, Words};
use super::presets;
use crate::engine::make_readable;
use crate::recipe::parsed::Others;
use crate::recipe::preset::{PresetError, Presets};
use crate::recipe::wildcard::Wildcards;
use crate::recipe::{Parsed, Recipe};

/// Something to read or write.
pub enum PresetTask {
    /// Which presets there are.
    List(Presets),
    /// Read a preset; what it lacks is as in the recipe.
    Apply(Presets, String, Box<Recipe>),
    /// Keep a recipe under a name.
    Save(Presets, String, Box<Recipe>),
    /// Remove a preset.
    Delete(Presets, String),
    /// Read the prompts of earlier runs.
    ReadPrompts(PathBuf),
    /// Keep a prompt.
    Remember(PathBuf, Words),
    /// Read the wildcards that have changed.
    Wildcards(Arc<Wildcards>),
}

/// What came of it.
pub enum PresetDone {
    /// The presets that there are.
    Listed(Vec<String>),
    /// A preset was read.
    Applied(String, Box<Parsed>),
    /// A recipe was kept; the presets that there are now.
    Saved(String, Box<Recipe>, Vec<String>),
    /// A preset was removed; the presets that there are now.
    Deleted(String, Vec<String>),
    /// The prompts of earlier runs, newest first.
    Prompts(Vec<Words>),
    /// A prompt was kept.
    Remembered,
    /// The wildcards as they are now.
    Wildcards(Arc<Wildcards>),
    /// One line.
    Failed(String),
}

/// Does a task.
pub fn serve(task: PresetTask) -> PresetDone {
    let failed = |error: PresetError| PresetDone::Failed(error.to_string());
    match task {
        PresetTask::List(presets) => presets.list().map_or_else(failed, PresetDone::Listed),
        PresetTask::Apply(presets, name, base) => match presets.load(&name, &base) {
            Ok(parsed) => PresetDone::Applied(name, Box::new(parsed)),
            Err(error) => failed(error),
        },
        PresetTask::Save(presets, name, recipe) => {
            let saved = presets
                .save(&name, &recipe)
                .and_then(|()| presets.list())
                .map(|names| PresetDone::Saved(name, recipe, names));
            saved.unwrap_or_else(failed)
        }
        PresetTask::Delete(presets, name) => {
            let deleted = presets
                .delete(&name)
                .and_then(|()| presets.list())
                .map(|names| PresetDone::Deleted(name, names));
            deleted.unwrap_or_else(failed)
        }
        PresetTask::ReadPrompts(path) => {
            history::read(&path).map_or_else(PresetDone::Failed, PresetDone::Prompts)
        }
        PresetTask::Remember(path, words) => match history::add(&path, words) {
            Ok(()) => PresetDone::Remembered,
            Err(line) => PresetDone::Failed(line),
        },
        PresetTask::Wildcards(known) => PresetDone::Wildcards(match known.read() {
            same if same == *known => known,
            changed => Arc::new(changed),
        }),
    }
}

/// Asks for what is kept from earlier runs.
pub fn begin(host: &mut Host<'_>, ctx: &egui::Context) {
    if let Some(path) = host.places.prompts.clone() {
        send(host, ctx, PresetTask::ReadPrompts(path));
    }
}

/// Hands a task over.
pub fn send(host: &mut Host<'_>, ctx: &egui::Context, task: PresetTask) {
    if let Err(line) = host.studio.preset_files.send(ctx, task) {
        host.notices.fail(line);
    }
}

/// Takes prompts in that were repainted with or are about to be written over; they are kept at the next [`hear`].
pub fn remember(studio: &mut Studio, words: Words) {
    let history = &mut studio.history;
    if words.is_empty() || history.entries().first() == Some(&words) {
        return;
    }
    history.remember(words.clone());
    studio.to_remember.push(words);
}

/// Asks whether files of wildcards have changed, unless that was just done.
fn look_at_wildcards(host: &mut Host<'_>, ctx: &egui::Context) {
    let looked = &mut host.studio.looked;
    if looked.is_none_or(|looked| looked.elapsed() >= STALE) {
        *looked = Some(Instant::now());
        let known = Arc::clone(&host.studio.wildcards);
        send(host, ctx, PresetTask::Wildcards(known));
    }
}

/// Hears what came of the tasks.
pub fn hear(host: &mut Host<'_>, ctx: &egui::Context) {
    for words in std::mem::take(&mut host.studio.to_remember) {
        if let Some(path) = host.places.prompts.clone() {
            send(host, ctx, PresetTask::Remember(path, words));
        }
    }
    while let Some(done) = host.studio.preset_files.poll() {
        match done {
            Ok(PresetDone::Listed(names)) => host.studio.presets.names = names,
            Ok(PresetDone::Applied(name, parsed)) => presets::applied(host, name, *parsed),
            Ok(PresetDone::Saved(name, recipe, names)) => {
                host.notices.say(texts::preset_saved(&name));
                host.studio.presets.names = names;
                host.studio.presets.current = Some((name, *recipe));
            }
            Ok(PresetDone::Deleted(name, names)) => {
                host.notices.say(texts::preset_deleted(&name));
                let presets = &mut host.studio.presets;
                presets.names = names;
                presets.current.take_if(|(current, _)| *current == name);
            }
            Ok(PresetDone::Prompts(kept)) => host.studio.history.take_kept(kept),
            Ok(PresetDone::Remembered) => {}
            Ok(PresetDone::Wildcards(wildcards)) => host.studio.take_wildcards(wildcards),
            Ok(PresetDone::Failed(line)) | Err(line) => host.notices.fail(line),
        }
    }
    if host.places.wildcards.is_some() {
        look_at_wildcards(host, ctx);
    }
}

/// Works with another recipe from now on, and says what of its source has no use here; the prompts before it can be gone back to.
pub(in crate::ui) fn take_over(
    studio: &mut Studio,
    notices: &mut Notices,
    source: &str,
    mut parsed: Parsed,
) {
    let mut notes = std::mem::take(&mut parsed.notes);
    if parsed.foreign {
        notes.extend(make_readable(&mut parsed.recipe));
    }
    let unused = parsed.others.len();
    adopt(studio, source, parsed);
    notices.say(texts::taken_over(source, unused));
    for note in notes {
        notices.say(note);
    }
    studio.recipe_taken();
}

/// Works with another recipe from now on; the prompts before it can be gone back to.
pub fn adopt(studio: &mut Studio, source: &str, parsed: Parsed) {
    let words = Words::of(&studio.recipe);
    remember(studio, words);
    let Parsed {
        recipe,
        found,
        others: pairs,
        ..
    } = parsed;
    studio.use_recipe(recipe.clone());
    // To paint the same again, which is what recipes are kept for.
    studio.seed_locked |= found.contains(&"seed");
    studio.variation_locked |= recipe.variation.is_some();
    studio.others = (!pairs.is_empty()).then(|| Others {
        name: source.to_owned(),
        recipe,
        pairs,
    });
}
