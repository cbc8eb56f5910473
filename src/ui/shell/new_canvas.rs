//! The dialog for a new canvas, on which the prompt alone makes a picture.
//!
//! Does not ask about unsaved work; that is done before it opens.

use eframe::egui::{self, Ui};

use super::Shell;
use super::disk::Errand;
use super::edit::AT_ONCE;
use super::files;
use super::origin::{Kept, Origin};
use super::prepare::in_eights;
use crate::document::Document;
use crate::engine::{ModelSpec, check_canvas};
use crate::raster::file::MAX_SIDE;
use crate::raster::{Mask, Picture, Size};
use crate::recipe::{MaskMode, Recipe};
use crate::ui::board::MODEL_SIZES;
use crate::ui::modal::{self, Answer};
use crate::ui::shell::App;
use crate::ui::studio::Studio;
use crate::ui::texts::Text;
use crate::ui::texts::prepare as texts;

/// The smallest side, pixels.
const LEAST: u32 = 8;

/// The size of the first canvas where no model is loaded.
const USUAL: Size = Size::new(512, 512);

/// The size that is chosen, while the dialog is open.
pub(super) struct NewCanvas {
    size: Size,
}

/// Opens the dialog, at the loaded model's own size.
pub(super) fn open(app: &mut App) {
    let native = native(&app.studio);
    app.shell.new_canvas = Some(NewCanvas {
        size: native.unwrap_or(USUAL),
    });
}

/// The size that the loaded model was trained for.
fn native(studio: &Studio) -> Option<Size> {
    let side = studio.spec()?.native_side;
    Some(Size::new(side, side))
}

/// Draws the dialog, if it is open.
pub(super) fn ask(app: &mut App, ctx: &egui::Context) {
    let Some(mut canvas) = app.shell.new_canvas.take() else {
        return;
    };
    let native = native(&app.studio);
    let most = app.canvas.as_ref().map_or(MAX_SIDE, |it| it.max_side());
    let answer = modal::show(ctx, texts::NEW_TITLE.get(), texts::CREATE.get(), |ui| {
        rows(ui, &mut canvas.size, native, most.min(MAX_SIDE));
        let possible = possible(canvas.size, app.studio.spec());
        if let Err(reason) = &possible {
            ui.colored_label(ui.visuals().warn_fg_color, reason);
        }
        possible
    });
    match answer {
        Answer::Open => app.shell.new_canvas = Some(canvas),
        Answer::Cancelled => {}
        Answer::Done => create(app, ctx, canvas.size),
    }
}

/// Why the loaded model cannot paint a canvas of that size.
fn possible(size: Size, spec: Option<&ModelSpec>) -> Result<(), String> {
    let recipe = Recipe {
        size: Some([size.width, size.height]),
        strength: 1.0,
        ..Recipe::default()
    };
    // From nothing to that size: it is the whole of it that is rendered.
    let from = Size::new(0, 0);
    match spec {
        Some(spec) => check_canvas(from, false, &recipe, spec).map_err(|error| error.to_string()),
        None => Ok(()),
    }
}

fn rows(ui: &mut Ui, size: &mut Size, native: Option<Size>, most: u32) {
    ui.label(texts::NEW_NOTE);
    ui.add_space(6.0);
    ui.horizontal_wrapped(|ui| {
        let others = MODEL_SIZES.iter().filter(|other| Some(**other) != native);
        for choice in native.iter().chain(others) {
            let own = Some(*choice) == native;
            let text = texts::size_choice(*choice, own);
            let button = ui.selectable_label(*size == *choice, text);
            if button.on_hover_text(texts::size_choice_tip(own)).clicked() {
                *size = *choice;
            }
        }
    });
    ui.add_space(4.0);
    let grid = egui::Grid::new("new canvas grid")
        .num_columns(2)
        .spacing([18.0, 6.0]);
    grid.show(ui, |ui| {
        let most = most / 8 * 8;
        let mut typed = *size;
        let width = [texts::WIDTH, texts::WIDTH_TIP, texts::PIXELS].map(Text::get);
        let height = [texts::HEIGHT, texts::HEIGHT_TIP, texts::PIXELS].map(Text::get);
        let changed = [
            modal::number(ui, width, &mut typed.width, LEAST..=most, 8.0),
            modal::number(ui, height, &mut typed.height, LEAST..=most, 8.0),
        ];
        if changed.contains(&true) {
            *size = in_eights(typed);
        }
    });
    ui.weak(texts::megapixels(*size));
}

/// A white canvas, all of it masked.
pub(super) fn blank(size: Size) -> Document {
    let white = Picture::filled(size, [255; 4]);
    Document::with_mask(white, Mask::filled(size, 255))
}

/// Makes a canvas, a large one on the thread for files.
fn create(app: &mut App, ctx: &egui::Context, size: Size) {
    match size.area() <= AT_ONCE {
        true => show(app, blank(size)),
        false => files::send(&mut app.shell, ctx, Errand::Canvas(size)),
    }
}

/// Puts a blank canvas in the place of the document, and has the prompt alone count.
pub(super) fn show(app: &mut App, document: Document) {
    let size = document.size();
    let origin = Origin::new(texts::NEW_NAME.into(), &document);
    files::put(app, document, origin);
    app.shell.blank = Kept::now(&app.document, app.document.picture());
    app.studio.recipe.strength = 1.0;
    app.studio.recipe.mask_mode = MaskMode::Masked;
    app.shell.notices.say(texts::created(size));
}

/// Whether the document is a new canvas on which nothing was kept yet, to be painted whole: its repaint is text to image, without a mask.
pub(super) fn is_blank(shell: &Shell, document: &Document, recipe: &Recipe) -> bool {
    shell.blank.is(document, document.picture())
        && document.coverage() == 1.0
        && recipe.mask_mode == MaskMode::Masked
}
