//! Recipes in files and on the clipboard: taken over, and written with the picture.
//!
//! Does not know how a recipe is written down or read.

use std::path::{Path, PathBuf};

use eframe::egui;

use super::app::App;
use super::disk::Errand;
use super::{files, name_of};
use crate::raster::file::{Format, Metadata};
use crate::recipe::parsed::{self, NoRecipe};
use crate::recipe::{Parsed, infotext};
use crate::ui::studio;
use crate::ui::texts::recipes as texts;
use crate::ui::texts::shell as shell_texts;

/// The recipe that a text tells.
fn read_text(app: &App, text: &str) -> Result<Parsed, NoRecipe> {
    let parsed = parsed::read_text(text, &app.studio.recipe)?;
    match parsed.tells() || parsed::is_json(text) {
        true => Ok(parsed),
        false => Err(NoRecipe::Nothing),
    }
}

/// Takes the recipe over that is on the clipboard; says so when there is none.
pub(super) fn take_pasted(app: &mut App, text: &str) {
    match read_text(app, text) {
        Ok(parsed) => app.take_over(texts::PASTED.get(), parsed),
        Err(NoRecipe::Nothing) => app.shell.notices.say(shell_texts::NOTHING_TO_PASTE),
        Err(problem) => {
            let line = texts::unread(texts::PASTED.get(), &problem);
            app.shell.notices.fail(line);
        }
    }
}

/// Whether a file may hold a recipe as text.
pub(super) fn is_text(path: &Path) -> bool {
    let end = path.extension().unwrap_or_default().to_ascii_lowercase();
    end == "json" || end == "txt"
}

/// Reads a file of text for its recipe.
pub(super) fn read(app: &mut App, ctx: &egui::Context, path: PathBuf) {
    files::send(&mut app.shell, ctx, Errand::Text { path });
}

/// A file of text was read.
pub(super) fn arrived(app: &mut App, path: &Path, text: std::io::Result<Option<String>>) {
    let name = name_of(path);
    let parsed = match text {
        Ok(text) => text.map_or(Err(NoRecipe::Nothing), |text| read_text(app, &text)),
        Err(error) => return app.shell.notices.fail(texts::text_unread(path, &error)),
    };
    match parsed {
        Ok(parsed) => app.take_over(&name, parsed),
        Err(NoRecipe::Nothing) => app.shell.notices.fail(texts::text_without_recipe(&name)),
        Err(problem) => app.shell.notices.fail(texts::unread(&name, &problem)),
    }
}

/// Saves the picture with the selected result in it, and how that was made.
pub(super) fn save_result(app: &mut App, ctx: &egui::Context, path: PathBuf) {
    let Some(((picture, over), made)) = studio::selected_layers(&app.studio, &app.document) else {
        return app.shell.notices.say(texts::RESULT_GONE);
    };
    let metadata = metadata_of(app, &path, Some(&made));
    let errand = Errand::Save {
        path,
        picture,
        over,
        metadata,
        own: false,
    };
    files::send(&mut app.shell, ctx, errand);
}

/// What is written to a file with the picture: what its own file said, with the recipe of the last result that was kept.
///
/// Without one the picture's own recipe stays, whatever the format.
pub(super) fn metadata(app: &App, path: &Path) -> Metadata {
    metadata_of(app, path, app.studio.kept_recipe())
}

/// What is written to a file with a result whose picture was left: how it was made.
pub(super) fn metadata_alone(app: &App, path: &Path, made: &str) -> Metadata {
    let mut metadata = Metadata::default();
    if app.shell.settings.write_recipes {
        let format = Format::of_path(path).unwrap_or(Format::Png);
        metadata.set_comment(format, infotext::KEYWORD, made);
    }
    metadata
}

/// The same for a picture that was made so.
pub(super) fn metadata_of(app: &App, path: &Path, made: Option<&str>) -> Metadata {
    // A path of no known format is refused when it is written.
    let format = Format::of_path(path).unwrap_or(Format::Png);
    let mut metadata = app.shell.origin.metadata.clone();
    let wanted = app.shell.settings.write_recipes;
    let made = made.filter(|_| wanted);
    let own = metadata
        .text
        .iter()
        .find(|(keyword, _)| keyword == infotext::KEYWORD && format != Format::Png)
        .map(|(_, text)| text.clone());
    if let Some(text) = made.map(str::to_owned).or(own) {
        metadata.set_comment(format, infotext::KEYWORD, &text);
    }
    metadata
}
