//! The part of the picture that the model would see now, and the size at which it would render it.
//!
//! Does not know how it is drawn.

use super::editor::Seen;
use crate::document::Document;
use crate::engine::{Frame, ModelSpec, canvas_size, check_recipe};
use crate::raster::blur::reach;
use crate::raster::{Rect, Size};
use crate::recipe::{MaskMode, Recipe};

/// The frame of a repaint of this moment; none without a mask or a model, or where the result would be of another size than the picture.
///
/// From sizes alone, at no cost while painting: the blur counts with all of its reach, the last pixels of which may round to nothing.
pub(super) fn frame(seen: &Seen<'_>) -> Option<Frame> {
    let around = seen.around;
    frame_of(seen.document, around.recipe, around.spec?, around.blank)
}

/// The same of a document, on an empty canvas where it is `blank`.
pub(in crate::ui) fn frame_of(
    document: &Document,
    recipe: &Recipe,
    spec: &ModelSpec,
    blank: bool,
) -> Option<Frame> {
    let size = document.size();
    if blank {
        let whole = Recipe {
            size: None,
            ..recipe.clone()
        };
        return Some(Frame::new(size, None, &whole, spec));
    }
    let bounds = document.mask_bounds()?;
    check_recipe(recipe).ok()?;
    (canvas_size(size, true, recipe) == size)
        .then(|| Frame::new(size, Some(repainted(bounds, size, recipe)), recipe, spec))
}

/// The bounds of what is repainted of a mask with these bounds; those of the inverted mask are taken for the whole picture.
fn repainted(bounds: Rect, size: Size, recipe: &Recipe) -> Rect {
    if recipe.mask_mode == MaskMode::NotMasked {
        return Rect::of(size);
    }
    let (across, down) = recipe.mask_blurs();
    let (across, down) = (reach(across), reach(down));
    Rect::new(
        bounds.left.saturating_sub(across),
        bounds.top.saturating_sub(down),
        bounds.right.saturating_add(across),
        bounds.bottom.saturating_add(down),
    )
    .intersection(Rect::of(size))
}
