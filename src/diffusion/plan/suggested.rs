//! The size at which a model paints a picture, or its masked part, best.
//!
//! Sizes alone; does not know pixels.

use super::frame::{Frame, on_grid};
use crate::diffusion::networks::ModelSpec;
use crate::raster::{Rect, Size};
use crate::recipe::reason::{Reason, ReasonRow};
use crate::recipe::{Area, Recipe};

/// A size up to this many times a model's native side along each of its own is as good as that.
const NEAR: f64 = 1.5;

/// Least surroundings that a masked part is seen with, pixels: A1111's own.
const LEAST_PADDING: u32 = 32;

const KEEPS_SIZE: ReasonRow = (
    "keeps-size",
    "{model} paints pictures of about {side} x {side}, and this one is {picture}: it keeps its size",
);
const NEAREST_SHAPE: ReasonRow = (
    "nearest-shape",
    "{model} paints pictures of about {side} x {side}, and of the sizes with that area {size} is nearest to the shape of {picture}; the result has that size, so mask a part to keep the picture's own",
);
const SMALL_ENOUGH: ReasonRow = (
    "small-enough",
    "the picture ({picture}) is small enough for {model} to see all of it around the mask",
);
const SEEN_AROUND: ReasonRow = (
    "seen-around",
    "the masked part is seen with {padding} pixels around it, and {model} renders that at {size}, near its own {side} x {side}",
);

/// How a repaint is best brought to a model.
#[derive(Clone, Debug, PartialEq)]
pub struct SuggestedSize {
    /// What the model sees.
    pub area: Area,
    /// The size that it renders; without one the picture's own.
    pub size: Option<[u32; 2]>,
    /// Surroundings of the masked part that it sees, pixels of the picture.
    pub padding: u32,
    /// What it then sees, and at which size.
    pub frame: Frame,
    /// Why.
    pub reason: Reason,
}

impl SuggestedSize {
    /// What may be said of a size.
    pub const REASONS: &[ReasonRow] = &[KEEPS_SIZE, NEAREST_SHAPE, SMALL_ENOUGH, SEEN_AROUND];

    /// What suits a picture of that size with a model, and the bounds of what is masked where something is.
    ///
    /// A whole picture near the model's own size keeps its size, another is brought to the model's bucket that is nearest to its shape.
    /// A masked part is seen with a quarter of its longer side around it, and rendered at the bucket nearest to the shape of both; where the picture is near the model's size and the part more than half of that, it is seen whole.
    ///
    /// # Panics
    /// As [`Frame::new`].
    #[must_use]
    pub fn new(picture: Size, masked: Option<Rect>, spec: &ModelSpec) -> Self {
        let native = f64::from(spec.native_side);
        let (long, short) = longer_first(picture);
        let near = f64::from(long) <= native * NEAR && f64::from(short) >= native / NEAR;
        let padding = masked.map_or(LEAST_PADDING, |masked| {
            let quarter = longer_first(masked.size()).0 / 4;
            quarter.clamp(LEAST_PADDING, (spec.native_side / 4).max(LEAST_PADDING))
        });
        let seen = masked.map(|masked| masked.pad(padding, picture));
        let half = |seen: &Rect| f64::from(longer_first(seen.size()).0) > native / 2.0;
        let fits = f64::from(long) <= native * NEAR;
        let (area, size, row) = match seen {
            None if near && spec.fixed.size(picture) == picture => (Area::Whole, None, KEEPS_SIZE),
            None => (Area::Whole, Some(bucket(picture, spec)), NEAREST_SHAPE),
            Some(seen) if fits && half(&seen) && spec.fixed.size(picture) == picture => {
                (Area::Whole, None, SMALL_ENOUGH)
            }
            Some(seen) => (
                Area::OnlyMasked,
                Some(bucket(seen.size(), spec)),
                SEEN_AROUND,
            ),
        };
        let values = [
            ("model", spec.name.clone()),
            ("side", spec.native_side.to_string()),
            ("picture", picture.to_string()),
            ("padding", padding.to_string()),
            (
                "size",
                size.map_or_else(String::new, |size| size.to_string()),
            ),
        ];
        let named = |(name, _): &(&str, String)| row.1.contains(&format!("{{{name}}}"));
        let values = values.into_iter().filter(named).collect();
        let mut suggested = Self {
            area,
            size: size.map(|Size { width, height }| [width, height]),
            padding,
            frame: Frame::whole(picture, spec),
            reason: Reason { row, values },
        };
        let mut recipe = Recipe::default();
        suggested.put_into(&mut recipe);
        suggested.frame = Frame::new(picture, masked, &recipe, spec);
        suggested
    }

    /// Puts it into a recipe.
    pub fn put_into(&self, recipe: &mut Recipe) {
        recipe.area = self.area;
        recipe.size = self.size;
        recipe.padding = self.padding;
    }
}

fn longer_first(size: Size) -> (u32, u32) {
    (size.width.max(size.height), size.width.min(size.height))
}

/// The model's bucket that is nearest to a shape: of the sizes on a grid (of 64 pixels for native sides from 512 on, else of an eighth of that) with the area of its native square or the most below it, none of whose sides is more than twice or less than half the native one (kohya-ss `sd-scripts`, `make_bucket_resolutions`). A size that its graphs fix is the only one.
fn bucket(shape: Size, spec: &ModelSpec) -> Size {
    let native = spec.native_side;
    let multiple = spec.factor * spec.latent_multiple;
    let step = (native / 8).clamp(1, 64).next_multiple_of(multiple.max(1));
    let area = u64::from(native).pow(2);
    let aspect = |size: Size| (f64::from(size.width) / f64::from(size.height)).ln();
    let wanted = aspect(shape);
    let widths = (1..=2 * native / step).map(|count| count * step);
    let sizes = widths.filter_map(|width| {
        let height = (area / u64::from(width)) as u32 / step * step;
        let sides = native / 2..=2 * native;
        (sides.contains(&width) && sides.contains(&height)).then(|| Size::new(width, height))
    });
    let apart = |size: &Size| (aspect(*size) - wanted).abs();
    let nearest = sizes.min_by(|a, b| apart(a).total_cmp(&apart(b)));
    let square = on_grid(Size::new(native, native), spec);
    spec.fixed.size(nearest.unwrap_or(square))
}
