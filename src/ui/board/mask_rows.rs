//! Rows that undo and redo, and that change the mask as a whole.
//!
//! Does not know the pointer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eframe::egui::{Context, Key, Modifiers, Pos2};

use super::gesture::close_polygon;
use super::tool::Tool;
use super::{key, row};
use crate::document::{Document, EditName, StrokeMode};
use crate::raster::Mask;
use crate::raster::flood::{fill_holes, flood};
use crate::raster::morphology::{grow, shrink};
use crate::ui::action::{Action, Menu, always};
use crate::ui::app::App;
use crate::ui::shell;
use crate::ui::texts;

/// Nothing is half drawn or worked on.
pub(super) fn ready(app: &App) -> Result<(), String> {
    shell::idle(app)?;
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
    shell::idle(app)?;
    match app.document.undo_name() {
        Some(_) => Ok(()),
        None => Err(texts::board::NOTHING_TO_UNDO.into()),
    }
}

fn redoable(app: &App) -> Result<(), String> {
    shell::idle(app)?;
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
pub(super) fn wand(app: &mut App, ctx: &Context, at: Pos2, mode: StrokeMode) {
    let size = app.document.size();
    let inside = |at: f32, side: u32| (0.0..side as f32).contains(&at).then_some(at as u32);
    let (Some(x), Some(y)) = (inside(at.x, size.width), inside(at.y, size.height)) else {
        return;
    };
    let (tolerance, contiguous) = (app.board.tolerance, app.board.contiguous);
    let what = Tool::Wand.edit();
    let work = move |document: &mut Document| {
        let alike = flood(&document.seen(), x, y, tolerance, contiguous);
        document.edit_mask(what, |mask| match mode {
            StrokeMode::Paint => mask.union(&alike),
            StrokeMode::Erase => mask.subtract(&alike),
        });
    };
    shell::edit(app, ctx, what, work, |_| ());
}

/// Puts another mask in place of the document's.
fn change(
    app: &mut App,
    ctx: &Context,
    what: EditName,
    change: impl FnOnce(&Mask) -> Mask + Send + 'static,
) {
    let work = move |document: &mut Document| document.edit_mask(what, change);
    shell::edit(app, ctx, what, work, |_| ());
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

fn redo(app: &mut App, _: &Context) {
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
        |app, ctx| change(app, ctx, EditName::Invert, Mask::invert),
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
        |app, ctx| {
            let by = app.board.grow_by;
            change(app, ctx, EditName::Grow, move |mask| grow(mask, by));
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
        |app, ctx| {
            let by = app.board.grow_by;
            change(app, ctx, EditName::Shrink, move |mask| shrink(mask, by));
        },
    ),
    row(
        "mask.fill_holes",
        ["Fill holes", "Mask everything that the mask encloses."],
        Some(Menu::Mask),
        key(Modifiers::NONE, Key::H),
        masked,
        |app, ctx| change(app, ctx, EditName::FillHoles, fill_holes),
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
        |app, ctx| {
            let clear = |mask: &Mask| Mask::filled(mask.size(), 0);
            change(app, ctx, EditName::Clear, clear);
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
fn from_alpha(app: &mut App, ctx: &Context) {
    let opaque = Arc::new(AtomicBool::new(false));
    let found = Arc::clone(&opaque);
    let work = move |document: &mut Document| {
        let picture = document.seen();
        if picture.is_opaque() {
            return found.store(true, Ordering::Relaxed);
        }
        let values = picture.channel(3).map(|alpha| 255 - alpha).collect();
        let mask = Mask::new(picture.size(), values);
        document.edit_mask(EditName::FromAlpha, |_| mask);
    };
    shell::edit(app, ctx, EditName::FromAlpha, work, move |app| {
        if opaque.load(Ordering::Relaxed) {
            app.shell.notices.say(texts::board::OPAQUE);
        }
    });
}
