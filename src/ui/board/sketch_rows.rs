//! Rows of the colour that is drawn over the picture.
//!
//! Does not know the pointer.

use eframe::egui::{Context, Key, Modifiers};

use super::mask_rows::ready;
use super::{key, row};
use crate::document::{Document, EditName};
use crate::ui::action::{Action, Menu, always};
use crate::ui::app::App;
use crate::ui::shell;
use crate::ui::texts;

/// There is something drawn.
fn sketched(app: &App) -> Result<(), String> {
    ready(app)?;
    match app.document.sketch_bounds() {
        Some(_) => Ok(()),
        None => Err(texts::board::NO_SKETCH.into()),
    }
}

fn change(app: &mut App, ctx: &Context, what: EditName, change: fn(&mut Document)) {
    shell::edit(app, ctx, what, change, |_| ());
}

/// What makes a mask of what was drawn.
pub(in crate::ui) const MASK_SKETCH: &str = "sketch.mask";

/// Rows of the sketch and of its colours.
pub(super) const ACTIONS: &[Action] = &[
    row(
        MASK_SKETCH,
        [
            "Mask what I painted",
            "Mask every place where you painted colour, so that Repaint turns your colours into what the prompt says.",
        ],
        Some(Menu::Mask),
        key(Modifiers::SHIFT, Key::M),
        sketched,
        |app, ctx| {
            change(app, ctx, EditName::MaskSketch, Document::mask_sketch);
            app.board.mask_hidden = false;
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
        |app, ctx| change(app, ctx, EditName::MergeSketch, Document::merge_sketch),
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
        |app, ctx| change(app, ctx, EditName::ClearSketch, Document::clear_sketch),
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
        |app, _| app.board.colors.swap(),
    ),
];
