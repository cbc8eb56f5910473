//! Recipes in files and on the clipboard: offered, taken over, copied, and written with the picture.
//!
//! Does not know how a recipe is written down or read.

use std::path::{Path, PathBuf};

use eframe::egui;

use super::disk::Errand;
use super::{files, name_of};
use crate::raster::file::{Format, Metadata};
use crate::recipe::parsed::{self, NoRecipe};
use crate::recipe::{Parsed, detail, infotext};
use crate::ui::action;
use crate::ui::app::App;
use crate::ui::studio;
use crate::ui::texts::recipes as texts;
use crate::ui::texts::shell as shell_texts;

/// A recipe that the open picture carries.
pub(super) struct Carried {
    name: String,
    parsed: Parsed,
}

/// Offers the recipe that a picture carries that was just opened; the panel is left alone until the artist wants it.
pub(super) fn offer(app: &mut App, name: &str) {
    let metadata = &app.shell.origin.metadata;
    let comment = metadata.comment();
    let base = &app.studio.recipe;
    match parsed::read_metadata(&metadata.texts(), comment.as_deref(), base) {
        Ok(parsed) if parsed.tells() && parsed.recipe != *base => {
            let name = name.to_owned();
            app.shell.carried = Some(Carried { name, parsed });
        }
        Ok(_) | Err(NoRecipe::Nothing) => {}
        Err(problem) => {
            let line = texts::carried_unread(name, &problem);
            app.shell.notices.fail(line);
        }
    }
}

/// The prompt that the picture says it was made with: that of the last result that was kept, else its file's.
pub(in crate::ui) fn own_prompt(app: &App) -> Option<String> {
    let metadata = &app.shell.origin.metadata;
    let kept = app.studio.kept_recipe();
    let own = kept.and_then(|kept| detail::own_prompt(&[], Some(kept)));
    own.or_else(|| detail::own_prompt(&metadata.texts(), metadata.comment().as_deref()))
}

/// The recipe that a text tells.
fn read_text(app: &App, text: &str) -> Result<Parsed, NoRecipe> {
    let parsed = parsed::read_text(text, &app.studio.recipe)?;
    match parsed.tells() || parsed::is_json(text) {
        true => Ok(parsed),
        false => Err(NoRecipe::Nothing),
    }
}

/// Why there is no recipe to take over.
pub(in crate::ui) fn can_take(app: &App) -> Result<(), String> {
    match app.shell.carried {
        Some(_) => Ok(()),
        None => Err(texts::NO_CARRIED.to_owned()),
    }
}

/// Takes the picture's recipe over.
pub(in crate::ui) fn take(app: &mut App) {
    let Some(carried) = app.shell.carried.take() else {
        return;
    };
    // What it does not tell is as it is now, not as it was at the opening.
    let metadata = &app.shell.origin.metadata;
    let comment = metadata.comment();
    let now = parsed::read_metadata(&metadata.texts(), comment.as_deref(), &app.studio.recipe);
    let parsed = now.unwrap_or(carried.parsed);
    studio::take_over(app, &carried.name, parsed);
}

/// Takes note that another recipe is in the panel by the artist's will.
pub(in crate::ui) fn recipe_taken(app: &mut App) {
    let taken = &app.studio.recipe;
    app.shell
        .carried
        .take_if(|carried| carried.parsed.recipe == *taken);
}

/// Draws the offer, while there is one.
pub(in crate::ui) fn row(app: &mut App, ui: &mut egui::Ui) {
    let Some(carried) = &app.shell.carried else {
        return;
    };
    let tooltip =
        texts::carried_tooltip(&carried.parsed.recipe.prompt, carried.parsed.others.len());
    let (mut wanted, mut left) = (false, false);
    ui.add_space(4.0);
    egui::Frame::new()
        .fill(ui.visuals().faint_bg_color)
        .stroke(ui.visuals().widgets.noninteractive.bg_stroke)
        .corner_radius(4)
        .inner_margin(egui::Margin::symmetric(8, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(texts::CARRIED);
            ui.horizontal(|ui| {
                let take = egui::Button::new(texts::CARRIED_TAKE).selected(true);
                wanted = ui.add(take).on_hover_text(tooltip).clicked();
                left = ui
                    .button(texts::CARRIED_LEAVE)
                    .on_hover_text(texts::CARRIED_LEAVE_TOOLTIP)
                    .clicked();
            });
        });
    ui.add_space(4.0);
    if wanted && let Some(row) = action::find("recipe.take_over") {
        action::run(app, ui.ctx(), row);
    } else if left {
        app.shell.carried = None;
    }
}

/// Takes the recipe over that is on the clipboard; says so when there is none.
pub(super) fn take_pasted(app: &mut App, text: &str) {
    match read_text(app, text) {
        Ok(parsed) => studio::take_over(app, texts::PASTED, parsed),
        Err(NoRecipe::Nothing) => app.shell.notices.say(shell_texts::NOTHING_TO_PASTE),
        Err(problem) => {
            let line = texts::unread(texts::PASTED, &problem);
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
        Ok(parsed) => studio::take_over(app, &name, parsed),
        Err(NoRecipe::Nothing) => app.shell.notices.fail(texts::text_without_recipe(&name)),
        Err(problem) => app.shell.notices.fail(texts::unread(&name, &problem)),
    }
}

/// Puts the recipe of the result that is looked at on the clipboard, else the panel's.
pub(in crate::ui) fn copy(app: &mut App, ctx: &egui::Context) {
    match studio::infotext(app) {
        Ok(text) => {
            ctx.copy_text(text);
            app.shell.notices.say(texts::COPIED);
        }
        Err(line) => app.shell.notices.fail(line),
    }
}

/// Asks the clipboard for a recipe.
pub(in crate::ui) fn paste(app: &mut App, ctx: &egui::Context) {
    let shell = &mut app.shell;
    if let Err(line) = shell.clipboard.paste_text(ctx) {
        shell.notices.fail(line);
    }
}

/// Saves the picture with the selected result in it, and how that was made.
pub(super) fn save_result(app: &mut App, ctx: &egui::Context, path: PathBuf) {
    let Some((picture, made)) = studio::laid_over(app) else {
        return app.shell.notices.say(texts::RESULT_GONE);
    };
    let metadata = metadata_of(app, &path, Some(&made));
    let errand = Errand::Save {
        path,
        picture,
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
