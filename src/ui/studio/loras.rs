//! The LoRAs of the run as rows: each is a tag of the prompt, which it edits; those that are switched off wait beside it.
//!
//! Finds and reads LoRAs on threads. Does not know how they are applied.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use eframe::egui;

use super::super::texts::library as texts;
use super::super::thread::Pending;
use super::Host;
use super::foot::{Glyph, small};
use super::suggestion;
use super::{models, rows};
use crate::engine::FileKind;
use crate::engine::lora::about::About;
use crate::engine::lora::{Tag, find, tags};
use crate::recipe::excerpt::excerpt;
use crate::recipe::field::Scale;

/// What a strength can be, and what a slider reaches.
const STRENGTH: Scale = Scale {
    range: (-10.0, 10.0),
    slider: (-1.0, 2.0),
    step: 0.05,
    decimals: 2,
    unit: "",
    usual: None,
};

/// Characters of a chip.
const CHIP: usize = 36;

/// Files by the names that prompts call them.
type Files = BTreeMap<String, Option<PathBuf>>;

/// What is known of the LoRAs that the prompt names.
#[derive(Default)]
pub struct Loras {
    /// Tags that are switched off.
    off: Vec<String>,
    /// Names whose strength on the text is set by itself.
    apart: BTreeSet<String>,
    /// What was looked for last, and where.
    asked: (BTreeSet<String>, Vec<PathBuf>),
    finding: Option<Pending<Files>>,
    files: Files,
    abouts: BTreeMap<PathBuf, Reading>,
}

/// What a LoRA says of itself.
enum Reading {
    Pending(Pending<Option<About>>),
    Read(Option<Box<About>>),
}

/// What is to be done with a row.
enum Change {
    Strengths(f32, f32),
    Switch,
    Remove,
}

impl Loras {
    /// Forgets those that are switched off, which belong to another recipe.
    pub fn forget(&mut self) {
        self.off.clear();
    }

    /// The tags that are switched off.
    pub fn off(&self) -> &[String] {
        &self.off
    }

    /// Has these tags switched off, and no others.
    pub fn switch_off(&mut self, off: Vec<String>) {
        self.off = off;
    }

    /// What a LoRA says of itself; read on a thread the first time.
    pub fn about(&mut self, ctx: &egui::Context, path: &Path) -> Option<&About> {
        self.read(ctx, path).flatten()
    }

    /// The same once it was read; `Some(None)` where it cannot be.
    pub fn read(&mut self, ctx: &egui::Context, path: &Path) -> Option<Option<&About>> {
        if !self.abouts.contains_key(path) {
            let own = path.to_owned();
            let read = Pending::start(ctx, "LoRA reader", move || About::read(&own).ok());
            let reading = read.map_or(Reading::Read(None), Reading::Pending);
            self.abouts.insert(path.to_owned(), reading);
        }
        let reading = self.abouts.get_mut(path)?;
        if let Reading::Pending(about) = reading
            && let Some(about) = about.poll()
        {
            *reading = Reading::Read(about.ok().flatten().map(Box::new));
        }
        match reading {
            Reading::Read(about) => Some(about.as_deref()),
            Reading::Pending(_) => None,
        }
    }

    /// Looks for the files of names, on a thread, where others than before are wanted.
    fn look(&mut self, ctx: &egui::Context, names: BTreeSet<String>, folders: &[PathBuf]) {
        if let Some(files) = self.finding.as_ref().and_then(Pending::poll) {
            self.finding = None;
            self.files = files.unwrap_or_default();
        }
        let same = self.asked.0 == names && self.asked.1 == folders;
        if same || self.finding.is_some() {
            return;
        }
        self.asked = (names.clone(), folders.to_owned());
        let folders = folders.to_owned();
        let work = move || {
            let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
            let found = |name: String| {
                let found = find::find(&name, &folders);
                (name, found.map(|found| found.path))
            };
            names.into_iter().map(found).collect()
        };
        self.finding = Pending::start(ctx, "LoRA finder", work).ok();
    }
}

/// Draws the rows, where there are any.
pub fn show(host: &mut Host<'_>, ui: &mut egui::Ui) {
    let studio = &mut *host.studio;
    let (state, recipe) = (&mut studio.loras, &mut studio.recipe);
    let on = tags(&recipe.prompt);
    let off: Vec<Tag> = state.off.iter().flat_map(|tag| tags(tag)).collect();
    if on.is_empty() && off.is_empty() {
        return;
    }
    if studio.prompts.focused.is_none() {
        let names = on.iter().chain(&off).map(|tag| tag.name.clone()).collect();
        let folders = studio.queue.chosen().map(|kit| kit.lora_folders.as_slice());
        state.look(ui.ctx(), names, folders.unwrap_or_default());
    }
    let mut more = false;
    ui.horizontal(|ui| {
        ui.strong(texts::LORAS);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let add = ui.small_button(texts::MORE_LORAS);
            more = add.on_hover_text(texts::MORE_LORAS_TOOLTIP).clicked();
        });
    });
    let (mut change, mut words) = (None, None);
    let rows = on.iter().map(|tag| (tag, true));
    for (index, (tag, is_on)) in rows.chain(off.iter().map(|tag| (tag, false))).enumerate() {
        ui.push_id(("lora", index), |ui| {
            if let Some(wanted) = head(ui, state, tag, is_on) {
                change = Some((index, wanted));
            }
            let Some(path) = state.files.get(&tag.name) else {
                return;
            };
            let Some(path) = path.clone() else {
                let colour = ui.visuals().warn_fg_color;
                ui.label(egui::RichText::new(texts::LORA_LOST).small().color(colour));
                return;
            };
            let Some(about) = state.about(ui.ctx(), &path).filter(|_| is_on) else {
                return;
            };
            words = chips(ui, about, &recipe.prompt).or(words.take());
            if let Some(suggestion) = about.suggestion {
                suggestion::line(ui, recipe, &mut studio.taken, suggestion);
            }
        });
        ui.add_space(2.0);
    }
    if let Some((index, wanted)) = change {
        let is_on = index < on.len();
        let tag = if is_on {
            &on[index]
        } else {
            &off[index - on.len()]
        };
        apply(
            &mut recipe.prompt,
            state,
            tag,
            is_on,
            index.wrapping_sub(on.len()),
            wanted,
        );
    }
    if let Some(words) = words {
        append(&mut recipe.prompt, &words, ", ");
    }
    if more {
        studio.models.library.kind = Some(FileKind::Lora);
        models::open(studio);
    }
}

/// Draws a chip for each, where there are any: its name and strength, pressed to switch it.
pub fn in_card(host: &mut Host<'_>, ui: &mut egui::Ui) {
    let studio = &mut *host.studio;
    let (state, prompt) = (&mut studio.loras, &mut studio.recipe.prompt);
    let on = tags(prompt);
    let off: Vec<Tag> = state.off.iter().flat_map(|tag| tags(tag)).collect();
    if on.is_empty() && off.is_empty() {
        return;
    }
    let mut pressed = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 3.0);
        let rows = on.iter().map(|tag| (tag, true));
        for (index, (tag, is_on)) in rows.chain(off.iter().map(|tag| (tag, false))).enumerate() {
            let (_, unet) = tag.strengths().unwrap_or((1.0, 1.0));
            let label = format!("{} {unet}", excerpt(&tag.name, CHIP));
            let text = egui::RichText::new(label).small();
            let chip = ui.add(egui::Button::new(text).small().selected(is_on));
            if chip.on_hover_text(texts::SWITCH_TOOLTIP).clicked() {
                pressed = Some(index);
            }
        }
    });
    if let Some(index) = pressed {
        let off_at = index.wrapping_sub(on.len());
        let tag = on.get(index).unwrap_or_else(|| &off[off_at]);
        apply(prompt, state, tag, index < on.len(), off_at, Change::Switch);
    }
}

/// The name of a LoRA with its switch, and its strengths; what is to be done with it.
fn head(ui: &mut egui::Ui, state: &mut Loras, tag: &Tag, is_on: bool) -> Option<Change> {
    let mut change = None;
    let read = tag.strengths();
    let (text, unet) = read.unwrap_or((1.0, 1.0));
    let mut apart = text != unet || state.apart.contains(&tag.name);
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let remove = texts::remove_lora(&tag.name);
            if small(ui, Glyph::Cross, &remove, texts::REMOVE_LORA_TOOLTIP.get()) {
                change = Some(Change::Remove);
            }
            let label = egui::RichText::new(texts::TEXT_APART).small();
            let toggle = ui.toggle_value(&mut apart, label);
            if toggle.on_hover_text(texts::TEXT_APART_TOOLTIP).changed() {
                match apart {
                    true => drop(state.apart.insert(tag.name.clone())),
                    false => {
                        state.apart.remove(&tag.name);
                        change = Some(Change::Strengths(unet, unet));
                    }
                }
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let mut on = is_on;
                ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Truncate);
                let name = ui.checkbox(&mut on, egui::RichText::new(&tag.name).strong());
                if name.on_hover_text(texts::SWITCH_TOOLTIP).changed() {
                    change = Some(Change::Switch);
                }
            });
        });
    });
    let path = state.files.get(&tag.name).cloned().flatten();
    let about = path.and_then(|path| state.about(ui.ctx(), &path));
    let usual = about.and_then(|about| about.strength).unwrap_or(1.0);
    ui.add_enabled_ui(is_on, |ui| {
        let mut slider = |caption, before: f32, usual: f32| {
            let (before, mut value) = (f64::from(before), f64::from(before));
            rows::slider(ui, caption, &STRENGTH, &mut value, f64::from(usual));
            (value != before).then_some(((value * 100.0).round() / 100.0) as f32)
        };
        if let Some(unet) = slider(&texts::STRENGTH, unet, usual) {
            change = Some(Change::Strengths(if apart { text } else { unet }, unet));
        }
        if apart && let Some(text) = slider(&texts::STRENGTH_ON_TEXT, text, unet) {
            change = Some(Change::Strengths(text, unet));
        }
    });
    if read.is_none() {
        let colour = ui.visuals().warn_fg_color;
        let line = egui::RichText::new(texts::NO_STRENGTH).small();
        ui.label(line.color(colour));
    }
    change
}

/// The trigger words of a LoRA; those that were clicked and are not in the prompt yet.
pub fn chips(ui: &mut egui::Ui, about: &About, prompt: &str) -> Option<String> {
    let mut clicked = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 3.0);
        for words in &about.words {
            let is_there = prompt.contains(words.as_str());
            let text = egui::RichText::new(excerpt(words, CHIP)).small();
            let chip = ui.add(egui::Button::new(text).small().selected(is_there));
            chip.widget_info(|| {
                let label = texts::add_words_of(words);
                egui::WidgetInfo::selected(egui::Role::Button, true, is_there, label)
            });
            if chip.on_hover_text(texts::chip(words)).clicked() && !is_there {
                clicked = Some(words.clone());
            }
        }
    });
    clicked
}

/// Does what is to be done with a tag of the prompt, or with the one of that number among those that are off.
fn apply(
    prompt: &mut String,
    state: &mut Loras,
    tag: &Tag,
    is_on: bool,
    number: usize,
    change: Change,
) {
    match (change, is_on) {
        (Change::Strengths(text, unet), true) => {
            prompt.replace_range(tag.range.clone(), &tag.with_strengths(text, unet));
        }
        (Change::Strengths(text, unet), false) => {
            state.off[number] = tag.with_strengths(text, unet);
        }
        (Change::Switch, true) => {
            state.off.push(prompt[tag.range.clone()].to_owned());
            cut(prompt, tag.range.clone());
        }
        (Change::Switch, false) => append(prompt, &state.off.remove(number), " "),
        (Change::Remove, true) => cut(prompt, tag.range.clone()),
        (Change::Remove, false) => drop(state.off.remove(number)),
    }
}

/// Puts words at the end of a prompt.
pub fn append(prompt: &mut String, words: &str, by: &str) {
    if !prompt.is_empty() && !prompt.ends_with(char::is_whitespace) {
        prompt.push_str(by);
    }
    prompt.push_str(words);
}

/// Cuts a tag out of a prompt, with the blank or the comma that would be left over.
fn cut(prompt: &mut String, range: Range<usize>) {
    let head = prompt[..range.start].trim_end_matches(' ');
    let tail = prompt[range.end..].trim_start_matches(' ');
    let doubled = head.is_empty() || head.ends_with(',');
    let tail = match tail.strip_prefix(',').filter(|_| doubled) {
        Some(tail) => tail.trim_start_matches(' '),
        None => tail,
    };
    let head = match tail.is_empty() {
        true => head.trim_end_matches([',', ' ']),
        false => head,
    };
    let apart = !head.is_empty() && !head.ends_with('\n') && !tail.is_empty();
    let gap = if apart && !tail.starts_with(',') {
        " "
    } else {
        ""
    };
    *prompt = format!("{head}{gap}{tail}");
}
