//! What the engine does beside repainting, and the models of the library that do it.
//!
//! Does not know what comes of it.

use std::path::PathBuf;

use eframe::egui;

use super::Host;
use super::Studio;
use super::library;
use crate::engine::{FileKind, ModelSource, Work};
use crate::library::Entry;

/// The models of a kind in the library that can be opened, by their names; looks through its folders where that was never done.
pub fn models_of(
    host: &mut Host<'_>,
    ctx: &egui::Context,
    kind: FileKind,
) -> Vec<(String, PathBuf)> {
    let home = host.places.library.clone();
    let library = &mut host.studio.models.library;
    library.look_once(ctx, home.as_ref(), &host.settings.models);
    let entries = library.entries().iter();
    let usable = entries.filter(|entry| entry.kind == kind && entry.refused.is_none());
    usable
        .map(|entry| (entry.name.clone(), entry.path.clone()))
        .collect()
}

/// Has a model do a work as soon as the engine is free.
pub fn begin(studio: &mut Studio, work: Work, model: ModelSource) {
    studio.queue.begin(work, model);
}

/// All that was found in the library so far.
pub fn entries(studio: &Studio) -> &[Entry] {
    studio.models.library.entries()
}

/// Paints with another model from now on; without a path with the built-in one.
pub fn paint_with(host: &mut Host<'_>, model: Option<PathBuf>) {
    library::choose(host, model);
}

/// Stops it.
pub fn call_off(studio: &mut Studio) {
    studio.queue.call_off();
}

/// How many parts of it are done, and of how many, where that is known.
pub fn done(studio: &Studio) -> Option<(usize, usize)> {
    studio.queue.beside_done()
}
