//! Where results are saved, what their files are called, and the copy beside an opened picture.
//!
//! Does not write them; [`disk`](super::disk) does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui;

use super::disk::Errand;
use super::{App, Shell, files, recipe_file, work};
use crate::document::{Base, RepaintResult};
use crate::ui::room;
use crate::ui::studio;
use crate::ui::texts::shell as texts;

/// Characters that file systems keep for themselves.
const RESERVED: &[char] = &['/', '\\', ':', '*', '?', '"', '<', '>', '|', '\0'];

/// The folder that was chosen for results, else the open picture's; none where it has none.
pub(super) fn folder(shell: &Shell) -> Option<PathBuf> {
    let chosen = shell.settings.results_folder.trim();
    if !chosen.is_empty() {
        // From where the program happens to run nothing is found again.
        return Some(PathBuf::from(chosen)).filter(|folder| folder.is_absolute());
    }
    let origin = &shell.origin;
    let near = origin.path.as_ref().or(origin.source.as_ref())?;
    near.parent().map(Path::to_owned)
}

/// A result's name by the artist's pattern, without an ending.
pub(super) fn name(shell: &Shell, seed: u64, number: u64) -> String {
    let stem = room::stem(Path::new(&shell.origin.title));
    let pattern = shell.settings.results_name.trim();
    let name = pattern
        .replace("{seed}", &seed.to_string())
        .replace("{number}", &number.to_string())
        .replace("{name}", &stem)
        .replace(RESERVED, "-");
    match name.trim_matches([' ', '.']) {
        "" => format!("{stem}-result"),
        name => name.to_owned(),
    }
}

/// A file of that name that is not there yet, nor about to be written.
fn free(shell: &Shell, folder: &Path, stem: &str, ending: &str) -> PathBuf {
    let with = |more: &str| folder.join(format!("{stem}{more}.{ending}"));
    let numbered = (2..).map(|number| with(&format!("-{number}")));
    let mut names = std::iter::once(with("")).chain(numbered);
    let taken = |path: &PathBuf| path.exists() || shell.written.contains(path);
    names.find(|path| !taken(path)).unwrap_or_default()
}

/// Saves a result that has come, by its number laid over the picture, where the artist wants all of them saved.
pub(super) fn keep(
    app: &mut App,
    ctx: &egui::Context,
    result: &RepaintResult,
    base: Base,
    number: u64,
) {
    if !app.shell.settings.autosave_results {
        return;
    }
    let Some(folder) = folder(&app.shell) else {
        return app.shell.notices.fail(texts::NO_RESULTS_FOLDER);
    };
    // The picture that it was made of may have been left meanwhile, and with it name and metadata.
    let left = !app.studio.is_of_open(base);
    let stem = match left {
        true => format!("result-{}", result.recipe.seed),
        false => name(&app.shell, result.recipe.seed, number),
    };
    let path = free(&app.shell, &folder, &stem, "png");
    // What was made of another picture, or of another part of it, is saved alone.
    let (picture, over) = match app.studio.fits_now(base) {
        true => studio::layers_of(&app.document, result),
        false => (Arc::new(result.patch.pixels().clone()), None),
    };
    let metadata = match left {
        true => recipe_file::metadata_alone(app, &path, &result.infotext),
        false => recipe_file::metadata_of(app, &path, Some(&result.infotext)),
    };
    app.shell.written.insert(path.clone());
    let save = Errand::Save {
        path,
        picture,
        over,
        metadata,
        own: false,
    };
    files::send(&mut app.shell, ctx, save);
}

/// Whether a copy is to be saved beside the open picture, which is no project.
pub(super) fn saves_beside(shell: &Shell) -> bool {
    shell.settings.save_beside && shell.origin.original && !work::is_open(shell)
}

/// The copy beside an opened picture that is saved in its place for the first time.
pub(super) fn beside(shell: &Shell, path: &Path) -> PathBuf {
    let part = |part: Option<&std::ffi::OsStr>| {
        let part = part.unwrap_or_default();
        part.to_string_lossy().into_owned()
    };
    let stem = format!("{}-edited", part(path.file_stem()));
    let folder = path.parent().unwrap_or(Path::new(""));
    free(shell, folder, &stem, &part(path.extension()))
}
