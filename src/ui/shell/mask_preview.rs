//! A mask that a network found: shown over the picture until it becomes part of the document's.
//!
//! Does not know the network, or how the mask is shown.

use std::sync::Arc;

use eframe::egui;

use super::edit;
use crate::canvas::Layer;
use crate::document::{Document, EditName};
use crate::raster::{Join, Mask};
use crate::ui::shell::App;

/// The mask, none where there is nothing in it, and what shows it.
#[derive(Clone, Default)]
pub(super) struct MaskPreview {
    pub mask: Option<Arc<Mask>>,
    pub layer: Option<Layer>,
}

/// Makes a mask part of the document's: one undo step.
pub(super) fn join(
    app: &mut App,
    ctx: &egui::Context,
    what: EditName,
    join: Join,
    mask: Arc<Mask>,
) {
    let edited = move |document: &mut Document| {
        document.edit_mask(what, |own| join.apply(own, &mask));
    };
    edit::edit(app, ctx, what, edited, |_| ());
}
