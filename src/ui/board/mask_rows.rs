//! Rows that undo and redo, and that change the mask as a whole.
//!
//! Does not know the pointer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eframe::egui::{Context, Key, Modifiers, Pos2};

use super::bars::MASK_COLORS;
use super::editor::{Editor, Effect, Row, Seen, always};
use super::gesture::close_polygon;
use super::object;
use super::tool::Tool;
use super::{key, row};
use crate::document::{Document, EditName, StrokeMode};
use crate::raster::Mask;
use crate::raster::flood::{fill_holes, flood};
use crate::raster::morphology::{grow, shrink};
use crate::ui::row::{self, Menu};
use crate::ui::texts::{self, board as say};

/// Nothing is half drawn or worked on.
pub(super) fn ready(seen: &Seen<'_>) -> Result<(), String> {
    seen.idle()?;
    if seen.board.is_ready() {
        Ok(())
    } else {
        Err(texts::board::UNFINISHED.into())
    }
}

/// There is a mask to change.
fn masked(seen: &Seen<'_>) -> Result<(), String> {
    ready(seen)?;
    match seen.document.mask_bounds() {
        Some(_) => Ok(()),
        None => Err(texts::board::NO_MASK.into()),
    }
}

fn undoable(seen: &Seen<'_>) -> Result<(), String> {
    seen.idle()?;
    match seen.document.undo_name() {
        Some(_) => Ok(()),
        None if seen.board.pointing.prompt().is_some() => Ok(()),
        None => Err(texts::board::NOTHING_TO_UNDO.into()),
    }
}

fn redoable(seen: &Seen<'_>) -> Result<(), String> {
    seen.idle()?;
    match seen.document.redo_name() {
        Some(_) => Ok(()),
        None => Err(texts::board::NOTHING_TO_REDO.into()),
    }
}

fn drawing(seen: &Seen<'_>) -> Result<(), String> {
    if seen.board.is_ready() {
        Err(texts::board::NOTHING_BEGUN.into())
    } else {
        Ok(())
    }
}

fn cornered(seen: &Seen<'_>, corners: usize) -> Result<(), String> {
    if seen.board.corners() >= corners {
        Ok(())
    } else {
        Err(texts::board::FEW_CORNERS.into())
    }
}

/// Adds the colour at a point of the picture to the mask, or takes it away; nothing outside the picture.
pub(super) fn wand(editor: &mut Editor<'_>, at: Pos2, mode: StrokeMode) {
    let size = editor.document.size();
    let inside = |at: f32, side: u32| (0.0..side as f32).contains(&at).then_some(at as u32);
    let (Some(x), Some(y)) = (inside(at.x, size.width), inside(at.y, size.height)) else {
        return;
    };
    let (tolerance, contiguous) = (editor.board.tolerance, editor.board.contiguous);
    let what = Tool::Wand.edit();
    editor.edit(what, move |document| {
        let alike = flood(&document.seen(), x, y, tolerance, contiguous);
        document.edit_mask(what, |mask| match mode {
            StrokeMode::Paint => mask.union(&alike),
            StrokeMode::Erase => mask.subtract(&alike),
        });
    });
}

/// Rows that the history and half-drawn outlines have.
pub(super) const EDITS: &[Row] = &[
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
        object::forget,
    ),
    row(
        "edit.close_polygon",
        [
            "Close polygon",
            "Join the polygon's last corner with its first.",
        ],
        None,
        key(Modifiers::NONE, Key::Enter),
        |seen| cornered(seen, 3),
        |editor, _| close_polygon(editor),
    ),
    row(
        "edit.drop_corner",
        [
            "Drop corner",
            "Take the polygon's last corner back, or the last point of what you point at.",
        ],
        None,
        key(Modifiers::NONE, Key::Backspace),
        |seen| match seen.board.pointing.prompt() {
            Some(_) => Ok(()),
            None => cornered(seen, 1),
        },
        |editor, _| editor.board.drop_corner(),
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
        |editor, _| {
            editor.board.drop_gesture(editor.document);
            let pointing = &mut editor.board.pointing;
            // What is pointed at came last.
            match pointing.prompt() {
                Some(_) => pointing.take_back(),
                None => {
                    editor.document.undo();
                }
            }
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

fn redo(editor: &mut Editor<'_>, _: &Context) {
    editor.board.drop_gesture(editor.document);
    editor.document.redo();
}

/// What an action would do now, where its label alone does not say: "Undo brush stroke".
pub(in crate::ui) fn title<Does>(seen: &Seen<'_>, row: &row::Row<Does>) -> String {
    let name = match row.id {
        UNDO if seen.board.pointing.prompt().is_some() => None,
        UNDO => seen.document.undo_name(),
        REDO => seen.document.redo_name(),
        _ => None,
    };
    match name {
        Some(name) => say::undone(row.label(), texts::edit(name)),
        None => row.label().to_owned(),
    }
}

/// The row that masks everything.
pub(in crate::ui) const ALL: &str = "mask.all";

/// Rows that change the mask as a whole.
pub(super) const MASK: &[Row] = &[
    row(
        ALL,
        [
            "Mask everything",
            "Put the whole picture under the mask, to repaint all of it.",
        ],
        Some(Menu::Mask),
        key(Modifiers::COMMAND, Key::A),
        ready,
        |editor, _| {
            let all = |mask: &Mask| Mask::filled(mask.size(), 255);
            editor.change_mask(EditName::MaskAll, all);
        },
    ),
    row(
        "mask.invert",
        [
            "Invert mask",
            "Mask what is not masked, and unmask what is.",
        ],
        Some(Menu::Mask),
        key(Modifiers::COMMAND, Key::I),
        ready,
        |editor, _| editor.change_mask(EditName::Invert, Mask::invert),
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
        |editor, _| {
            let by = editor.board.grow_by;
            editor.change_mask(EditName::Grow, move |mask| grow(mask, by));
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
        |editor, _| {
            let by = editor.board.grow_by;
            editor.change_mask(EditName::Shrink, move |mask| shrink(mask, by));
        },
    ),
    row(
        "mask.fill_holes",
        ["Fill holes", "Mask everything that the mask encloses."],
        Some(Menu::Mask),
        key(Modifiers::NONE, Key::H),
        masked,
        |editor, _| editor.change_mask(EditName::FillHoles, fill_holes),
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
        |editor, _| {
            let clear = |mask: &Mask| Mask::filled(mask.size(), 0);
            editor.change_mask(EditName::Clear, clear);
        },
    ),
    row(
        "mask.next_color",
        [
            "Next mask colour",
            "Draw the mask in the next colour, where it is hard to tell from the picture.",
        ],
        Some(Menu::Mask),
        key(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::H),
        always,
        |editor, _| {
            let color = &mut editor.board.mask_style.color;
            let at = MASK_COLORS.iter().position(|other| other == color);
            let next = at.map_or(0, |at| (at + 1) % MASK_COLORS.len());
            *color = MASK_COLORS[next];
        },
    ),
    row(
        "mask.hide",
        [
            "Hide mask",
            "Show the picture without its mask, or with it again.",
        ],
        Some(Menu::Mask),
        key(Modifiers::COMMAND, Key::H),
        always,
        |editor, _| editor.board.mask_hidden = !editor.board.mask_hidden,
    ),
];

/// Masks what is transparent; says so where nothing is, rather than empty the mask.
fn from_alpha(editor: &mut Editor<'_>, _: &Context) {
    let opaque = Arc::new(AtomicBool::new(false));
    let found = Arc::clone(&opaque);
    let edit = move |document: &mut Document| {
        let picture = document.seen();
        if picture.is_opaque() {
            return found.store(true, Ordering::Relaxed);
        }
        let values = picture.channel(3).map(|alpha| 255 - alpha).collect();
        let mask = Mask::new(picture.size(), values);
        document.edit_mask(EditName::FromAlpha, |_| mask);
    };
    let note = move || {
        let opaque = opaque.load(Ordering::Relaxed);
        opaque.then_some(texts::board::OPAQUE.get())
    };
    editor.effects.push(Effect::Edit {
        what: EditName::FromAlpha,
        edit: Box::new(edit),
        note: Box::new(note),
    });
}
