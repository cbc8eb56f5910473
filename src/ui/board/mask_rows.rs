//! Rows that undo and redo, and that change the mask as a whole.
//!
//! Does not know the pointer.

use eframe::egui::{Key, Modifiers, Pos2};

use super::gesture::close_polygon;
use super::tool::Tool;
use super::{key, row};
use crate::document::{EditName, StrokeMode};
use crate::raster::Mask;
use crate::raster::flood::{fill_holes, flood};
use crate::raster::morphology::{grow, shrink};
use crate::ui::action::{Action, Menu, always};
use crate::ui::app::App;
use crate::ui::texts;

/// Nothing is half drawn.
pub(super) fn ready(app: &App) -> Result<(), String> {
    if app.board.is_ready() {
        Ok(())
    } else {
        Err(texts::board::UNFINISHED.into())
    }
}

/// There is a mask to change.
fn masked(app: &App) -> Result<(), String> {
    ready(app)?;
    match app.document.mask_bounds() {
        Some(_) => Ok(()),
        None => Err(texts::board::NO_MASK.into()),
    }
}

fn undoable(app: &App) -> Result<(), String> {
    match app.document.undo_name() {
        Some(_) => Ok(()),
        None => Err(texts::board::NOTHING_TO_UNDO.into()),
    }
}

fn redoable(app: &App) -> Result<(), String> {
    match app.document.redo_name() {
        Some(_) => Ok(()),
        None => Err(texts::board::NOTHING_TO_REDO.into()),
    }
}

fn drawing(app: &App) -> Result<(), String> {
    if app.board.is_ready() {
        Err(texts::board::NOTHING_BEGUN.into())
    } else {
        Ok(())
    }
}

fn cornered(app: &App, corners: usize) -> Result<(), String> {
    if app.board.corners() >= corners {
        Ok(())
    } else {
        Err(texts::board::FEW_CORNERS.into())
    }
}

/// Adds the colour at a point of the picture to the mask, or takes it away; nothing outside the picture.
pub(super) fn wand(app: &mut App, at: Pos2, mode: StrokeMode) {
    let size = app.document.size();
    let inside = |at: f32, side: u32| (0.0..side as f32).contains(&at).then_some(at as u32);
    let (Some(x), Some(y)) = (inside(at.x, size.width), inside(at.y, size.height)) else {
        return;
    };
    let (tolerance, contiguous) = (app.board.tolerance, app.board.contiguous);
    let alike = flood(&app.document.seen(), x, y, tolerance, contiguous);
    app.document
        .edit_mask(Tool::Wand.edit(), |mask| match mode {
            StrokeMode::Paint => mask.union(&alike),
            StrokeMode::Erase => mask.subtract(&alike),
        });
}

/// Rows that the history and half-drawn outlines have.
pub(super) const EDITS: &[Action] = &[
    // Before all others that Escape, Enter and Backspace also stand for.
    row(
        "edit.drop",
        [
            "Drop stroke",
            "Forget the stroke or outline that you are drawing.",
        ],
        None,
        key(Modifiers::NONE, Key::Escape),
        drawing,
        |app, _| app.board.drop_gesture(&mut app.document),
    ),
    row(
        "edit.close_polygon",
        [
            "Close polygon",
            "Join the polygon's last corner with its first.",
        ],
        None,
        key(Modifiers::NONE, Key::Enter),
        |app| cornered(app, 3),
        |app, _| close_polygon(app),
    ),
    row(
        "edit.drop_corner",
        ["Drop corner", "Take the polygon's last corner back."],
        None,
        key(Modifiers::NONE, Key::Backspace),
        |app| cornered(app, 1),
        |app, _| app.board.drop_corner(),
    ),
    row(
        UNDO,
        [
            "Undo",
            "Take back the last stroke, mask change or accepted result.",
        ],
        Some(Menu::Edit),
        key(Modifiers::COMMAND, Key::Z),
        undoable,
        |app, _| {
            app.board.drop_gesture(&mut app.document);
            app.document.undo();
        },
    ),
    row(
        REDO,
        ["Redo", "Do again what was taken back."],
        Some(Menu::Edit),
        key(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z),
        redoable,
        redo,
    ),
    row(
        "edit.redo_y",
        ["Redo (second key)", "Do again what was taken back."],
        None,
        key(Modifiers::COMMAND, Key::Y),
        redoable,
        redo,
    ),
];

const UNDO: &str = "edit.undo";
const REDO: &str = "edit.redo";

fn redo(app: &mut App, _: &eframe::egui::Context) {
    app.board.drop_gesture(&mut app.document);
    app.document.redo();
}

/// What an action would do now, where its label alone does not say: "Undo brush stroke".
pub(in crate::ui) fn title(app: &App, action: &Action) -> String {
    let name = match action.id {
        UNDO => app.document.undo_name(),
        REDO => app.document.redo_name(),
        _ => None,
    };
    match name {
        Some(name) => format!("{} {}", action.label, name.label()),
        None => action.label.to_owned(),
    }
}

/// Rows that change the mask as a whole.
pub(super) const MASK: &[Action] = &[
    row(
        "mask.invert",
        [
            "Invert mask",
            "Mask what is not masked, and unmask what is.",
        ],
        Some(Menu::Mask),
        key(Modifiers::COMMAND, Key::I),
        ready,
        |app, _| app.document.edit_mask(EditName::Invert, Mask::invert),
    ),
    row(
        "mask.grow",
        [
            "Grow mask",
            "Widen the mask on all sides by the number of pixels beside the button.",
        ],
        Some(Menu::Mask),
        key(Modifiers::NONE, Key::G),
        masked,
        |app, _| {
            let by = app.board.grow_by;
            let grown = |mask: &Mask| grow(mask, by);
            app.document.edit_mask(EditName::Grow, grown);
        },
    ),
    row(
        "mask.shrink",
        [
            "Shrink mask",
            "Narrow the mask on all sides by the number of pixels beside the button.",
        ],
        Some(Menu::Mask),
        key(Modifiers::SHIFT, Key::G),
        masked,
        |app, _| {
            let by = app.board.grow_by;
            let shrunk = |mask: &Mask| shrink(mask, by);
            app.document.edit_mask(EditName::Shrink, shrunk);
        },
    ),
    row(
        "mask.fill_holes",
        ["Fill holes", "Mask everything that the mask encloses."],
        Some(Menu::Mask),
        key(Modifiers::NONE, Key::H),
        masked,
        |app, _| app.document.edit_mask(EditName::FillHoles, fill_holes),
    ),
    row(
        "mask.from_alpha",
        [
            "Mask from transparency",
            "Mask what is transparent in the picture.",
        ],
        Some(Menu::Mask),
        key(Modifiers::NONE, Key::A),
        ready,
        from_alpha,
    ),
    row(
        "mask.clear",
        ["Clear mask", "Unmask everything."],
        Some(Menu::Mask),
        key(Modifiers::COMMAND, Key::D),
        masked,
        |app, _| {
            let clear = |mask: &Mask| Mask::filled(mask.size(), 0);
            app.document.edit_mask(EditName::Clear, clear);
        },
    ),
    row(
        "mask.hide",
        [
            "Hide mask",
            "Show the picture without its mask, or with it again.",
        ],
        Some(Menu::Mask),
        key(Modifiers::NONE, Key::M),
        always,
        |app, _| app.board.mask_hidden = !app.board.mask_hidden,
    ),
];

/// Masks what is transparent; says so where nothing is, rather than empty the mask.
fn from_alpha(app: &mut App, _: &eframe::egui::Context) {
    let picture = app.document.seen();
    if picture.is_opaque() {
        app.shell.notices.say(texts::board::OPAQUE);
        return;
    }
    let values = picture.channel(3).map(|alpha| 255 - alpha).collect();
    let mask = Mask::new(picture.size(), values);
    app.document.edit_mask(EditName::FromAlpha, |_| mask);
}
