//! Heat maps, which say how sure a network is of each place of a picture, and the masks that come of them.
//!
//! Does not know what was looked for.

use std::sync::Arc;

use super::blur::gaussian;
use super::morphology::grow;
use super::picture::linear;
use super::{Mask, MaskFilter, Picture, Size};

/// How sure a network is of each place of a picture, from 0 to 1, row by row; its size is the network's, whatever the picture's.
#[derive(Clone, Debug, PartialEq)]
pub struct Heat {
    size: Size,
    values: Arc<[f32]>,
}

/// How a mask is made of a heat map, as ComfyUI's CLIPSeg node does it (`custom_nodes/clipseg.py`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeatMask {
    /// What is at most as sure is not masked, 0 to 1.
    pub threshold: f32,
    /// How far what is left is grown, pixels of the heat map.
    pub dilate: f32,
    /// Standard deviation of the blur before that, pixels of the heat map.
    pub blur: f32,
}

impl Default for HeatMask {
    fn default() -> Self {
        Self {
            threshold: 0.4,
            dilate: 4.0,
            blur: 7.0,
        }
    }
}

impl HeatMask {
    /// What the threshold may be.
    pub const THRESHOLD: std::ops::RangeInclusive<f32> = 0.0..=1.0;
    /// What the growth may be.
    pub const DILATE: std::ops::RangeInclusive<f32> = 0.0..=50.0;
    /// What the blur may be.
    pub const BLUR: std::ops::RangeInclusive<f32> = 0.0..=50.0;
}

/// Longest side that a mask is worked out at: it is smooth, so that more would show nothing.
const LONGEST: u32 = 1024;

impl Heat {
    /// A heat map of `size.area()` values, row by row.
    ///
    /// # Panics
    /// When the number of values is not that of the size, or there are none.
    pub fn new(size: Size, values: Vec<f32>) -> Self {
        assert!(!size.is_empty(), "an empty heat map");
        assert_eq!(values.len(), size.area(), "values of a {size} heat map");
        Self {
            size,
            values: values.into(),
        }
    }

    /// Width and height.
    pub fn size(&self) -> Size {
        self.size
    }

    /// All values, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// How sure the network is where it is most.
    pub fn most(&self) -> f32 {
        self.values.iter().copied().fold(0.0, f32::max)
    }

    /// At each place the surest of several.
    pub fn surest(heats: &[Self]) -> Option<Self> {
        let (first, others) = heats.split_first()?;
        let mut values = first.values.to_vec();
        for other in others.iter().filter(|other| other.size == first.size) {
            let pairs = values.iter_mut().zip(other.values.iter());
            pairs.for_each(|(value, other)| *value = value.max(*other));
        }
        Some(Self::new(first.size, values))
    }

    /// The mask of a picture of a size; none where nothing is surer than the threshold.
    ///
    /// What is no surer than the threshold becomes 0 and the rest stays soft, then it is blurred, brought to 255 where it is greatest, and grown: the node's order, but at the picture's size where that is neither too large nor less than the map's, and never brought down where all of the picture was found.
    ///
    /// # Panics
    /// When the size is empty, or a number of `how` is negative or not finite.
    pub fn mask(&self, size: Size, how: &HeatMask) -> Option<Mask> {
        let fit = size.within(LONGEST);
        // Never less than the map's own, as what is sure in a small place would be averaged away.
        let work = Size::new(
            fit.width.max(self.size.width),
            fit.height.max(self.size.height),
        );
        let soft = |value: f32| match value > how.threshold {
            true => (value.clamp(0.0, 1.0) * 255.0).round().max(1.0) as u8,
            false => 0,
        };
        // A speck may fall between the pixels of a larger size.
        let mut sizes = [work, self.size].into_iter();
        let (work, soft) = sizes.find_map(|size| {
            let values = linear(self.size, &self.values, size);
            let values = values.into_iter().map(soft).collect();
            Some((size, stretched(Mask::new(size, values))?))
        })?;
        let (wide, high) = (
            work.width as f32 / self.size.width as f32,
            work.height as f32 / self.size.height as f32,
        );
        let blurred = gaussian(&soft, how.blur * wide, how.blur * high);
        // A speck may be blurred away; it was found all the same.
        let found = stretched(blurred).unwrap_or(soft);
        let grown = grow(&found, (how.dilate * (wide * high).sqrt()).round() as u32);
        Some(grown.resize(size, MaskFilter::Bilinear))
    }

    /// The heat map in colours, dark where the network is not sure and light where it is, at a size.
    ///
    /// # Panics
    /// When the size is empty.
    pub fn picture(&self, size: Size) -> Picture {
        let values = linear(self.size, &self.values, size);
        let pixels = values.into_iter().map(color).collect();
        Picture::new(size, pixels)
    }
}

/// The mask with its greatest value brought to 255; none where it is empty.
fn stretched(mut mask: Mask) -> Option<Mask> {
    let most = mask
        .values()
        .iter()
        .copied()
        .max()
        .filter(|most| *most > 0)?;
    for value in mask.values_mut() {
        *value = ((u32::from(*value) * 255 + u32::from(most) / 2) / u32::from(most)) as u8;
    }
    Some(mask)
}

/// Viridis (van der Walt and Smith 2015) at five places.
const COLORS: [[f32; 3]; 5] = [
    [68.0, 1.0, 84.0],
    [59.0, 82.0, 139.0],
    [33.0, 145.0, 140.0],
    [94.0, 201.0, 98.0],
    [253.0, 231.0, 37.0],
];

fn color(value: f32) -> [u8; 4] {
    let place = value.clamp(0.0, 1.0) * (COLORS.len() - 1) as f32;
    let below = (place as usize).min(COLORS.len() - 2);
    let share = place - below as f32;
    let mixed = |channel: usize| {
        let (a, b) = (COLORS[below][channel], COLORS[below + 1][channel]);
        (a + (b - a) * share).round() as u8
    };
    [mixed(0), mixed(1), mixed(2), 255]
}
