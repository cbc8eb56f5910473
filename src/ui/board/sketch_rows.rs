//! Rows of the colour that is drawn over the picture.
//!
//! Does not know the pointer.

use eframe::egui::{Key, Modifiers};

use super::editor::{Row, Seen, always};
use super::mask_rows::ready;
use super::{key, row};
use crate::document::{Document, EditName};
use crate::ui::row::Menu;
use crate::ui::texts;

/// There is something drawn.
fn sketched(seen: &Seen<'_>) -> Result<(), String> {
    ready(seen)?;
    match seen.document.sketch_bounds() {
        Some(_) => Ok(()),
        None => Err(texts::board::NO_SKETCH.into()),
    }
}

/// What makes a mask of what was drawn.
pub(in crate::ui) const MASK_SKETCH: &str = "sketch.mask";

/// Rows of the sketch and of its colours.
pub(super) const ACTIONS: &[Row] = &[
    row(
        MASK_SKETCH,
        [
            "Mask what I painted",
            "Mask every place where you painted colour, so that Repaint turns your colours into what the prompt says.",
        ],
        Some(Menu::Mask),
        key(Modifiers::SHIFT, Key::M),
        sketched,
        |editor, _| {
            editor.edit(EditName::MaskSketch, Document::mask_sketch);
            editor.board.mask_hidden = false;
        },
    ),
    row(
        "sketch.merge",
        [
            "Merge the sketch into the picture",
            "Make the colour that you painted part of the picture; it looks the same, but can no longer be erased on its own.",
        ],
        Some(Menu::Edit),
        None,
        sketched,
        |editor, _| editor.edit(EditName::MergeSketch, Document::merge_sketch),
    ),
    row(
        "sketch.clear",
        [
            "Clear the sketch",
            "Take away all the colour that you painted and show the picture under it.",
        ],
        Some(Menu::Edit),
        None,
        sketched,
        |editor, _| editor.edit(EditName::ClearSketch, Document::clear_sketch),
    ),
    row(
        "color.swap",
        [
            "Swap colours",
            "Paint with the second colour, and keep the first for later.",
        ],
        None,
        key(Modifiers::NONE, Key::X),
        always,
        |editor, _| editor.board.colors.swap(),
    ),
];
