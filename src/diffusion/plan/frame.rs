//! Which part of the picture the model sees, and at which size.

use crate::diffusion::networks::ModelSpec;
use crate::raster::file::MAX_SIDE;
use crate::raster::fit::contained;
use crate::raster::{Mask, MaskFilter, Picture, Rect, Size, expand_to_aspect};
use crate::recipe::{Area, Recipe};

/// A whole picture up to this many times the model's native side is rendered whole by [`Area::Auto`].
const WHOLE_UP_TO: f32 = 1.5;

/// The part of the picture that the model sees, and its place in the model's working picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The part, pixels of the picture at [`canvas_size`].
    pub rect: Rect,
    /// The working picture's size: the part, scaled, and its edges repeated around it, as large as the model takes.
    pub working: Size,
    /// Where the scaled part lies in the working picture.
    pub content: Rect,
}

impl Frame {
    /// The frame of a repaint, from sizes alone: cheap enough to be drawn while the artist paints.
    ///
    /// `masked` are the bounds of the mask as it counts, inverted and blurred ([`blurred`](super::blurred)), in pixels of a picture of size `picture`; `None` when there is no mask, or an empty one.
    ///
    /// # Panics
    /// When `picture` or `masked` is empty, or `masked` does not lie inside the picture.
    pub fn new(picture: Size, masked: Option<Rect>, recipe: &Recipe, spec: &ModelSpec) -> Self {
        let canvas = canvas_size(picture, masked.is_some(), recipe);
        let native = spec
            .fixed
            .size(Size::new(spec.native_side, spec.native_side));
        let asked = asked_size(recipe);
        let fits = picture.width as f32 <= native.width as f32 * WHOLE_UP_TO
            && picture.height as f32 <= native.height as f32 * WHOLE_UP_TO;
        let whole = match recipe.area {
            Area::Whole => true,
            Area::OnlyMasked => false,
            Area::Auto => fits && asked.is_none(),
        };
        match masked.filter(|_| !whole) {
            None => Self::whole(canvas, spec),
            Some(masked) => {
                let target = spec.fixed.size(asked.unwrap_or(native));
                let rect = expand_to_aspect(masked.pad(recipe.padding, picture), target, picture);
                Self::fitted(rect, target, spec)
            }
        }
    }

    /// The frame of a whole picture: at its own size, or fitted into the only one that the model takes.
    pub(super) fn whole(picture: Size, spec: &ModelSpec) -> Self {
        let target = spec.fixed.size(picture);
        if target != picture {
            return Self::fitted(Rect::of(picture), target, spec);
        }
        Self {
            rect: Rect::of(picture),
            working: on_grid(picture, spec),
            content: Rect::of(picture),
        }
    }

    /// The frame of a part that is scaled into a target: centred in it, as A1111's "resize and fill" does it, then in what the model takes.
    fn fitted(rect: Rect, target: Size, spec: &ModelSpec) -> Self {
        let inner = contained(rect.size(), target);
        let working = on_grid(target, spec);
        let (right, down) = (
            (working.width - target.width) / 2,
            (working.height - target.height) / 2,
        );
        let content = Rect::new(
            inner.left + right,
            inner.top + down,
            inner.right + right,
            inner.bottom + down,
        );
        Self {
            rect,
            working,
            content,
        }
    }

    /// The model's view of the picture.
    pub(super) fn picture(&self, picture: &Picture) -> Picture {
        let part = picture.crop(self.rect);
        // What shows through transparent pixels is white to the model (A1111's background).
        let part = if part.is_opaque() {
            part
        } else {
            part.flatten([255; 3])
        };
        part.resize(self.content.size())
            .extend_edges(self.working, self.content)
    }

    /// The model's view of the mask.
    pub(super) fn mask(&self, mask: &Mask) -> Mask {
        mask.crop(self.rect)
            .resize(self.content.size(), MaskFilter::Bicubic)
            .extend_edges(self.working, self.content)
    }

    /// Where the content lies in a working picture of another resolution, such as a preview of latent size; at least one pixel.
    pub(super) fn content_in(&self, size: Size) -> Rect {
        let scale =
            |at: u32, from: u32, to: u32| (u64::from(at) * u64::from(to) / u64::from(from)) as u32;
        let x = |at: u32| scale(at, self.working.width, size.width);
        let y = |at: u32| scale(at, self.working.height, size.height);
        let (left, top) = (x(self.content.left), y(self.content.top));
        Rect {
            left,
            top,
            right: x(self.content.right).max(left + 1),
            bottom: y(self.content.bottom).max(top + 1),
        }
    }
}

/// The size of the picture that a repaint gives: its own, or the one that a whole picture is brought to.
pub fn canvas_size(picture: Size, masked: bool, recipe: &Recipe) -> Size {
    match asked_size(recipe) {
        Some(asked) if !masked || recipe.area == Area::Whole => asked,
        Some(_) | None => picture,
    }
}

/// [`Recipe::size`], brought to the sides that pictures can have.
fn asked_size(recipe: &Recipe) -> Option<Size> {
    let side = |side: u32| side.clamp(1, MAX_SIDE);
    recipe
        .size
        .map(|[width, height]| Size::new(side(width), side(height)))
}

/// The size, sides rounded up to what the model takes; fixed ones it takes as they are.
pub(super) fn on_grid(size: Size, spec: &ModelSpec) -> Size {
    let multiple = spec.factor * spec.latent_multiple;
    let up = |side: u32| side.div_ceil(multiple) * multiple;
    spec.fixed.size(Size::new(up(size.width), up(size.height)))
}
