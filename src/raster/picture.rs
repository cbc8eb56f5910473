//! Pictures: sRGB pixels with straight alpha, and pieces of them.
//!
//! Does not know files or models.

use std::fmt;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{F32, U8x4, U16x4};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use super::over::{over, share};
use super::{Mask, Rect, Size};

/// A picture: 8-bit sRGB and straight alpha, `[red, green, blue, alpha]` for each pixel, row by row from the top left.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Picture {
    size: Size,
    pixels: Vec<[u8; 4]>,
}

impl Picture {
    /// A picture of `size.area()` pixels, row by row.
    ///
    /// # Panics
    /// When the number of pixels is not that of the size.
    pub fn new(size: Size, pixels: Vec<[u8; 4]>) -> Self {
        assert_eq!(pixels.len(), size.area(), "pixels of a {size} picture");
        Self { size, pixels }
    }

    /// A picture of one colour.
    pub fn filled(size: Size, pixel: [u8; 4]) -> Self {
        Self::new(size, vec![pixel; size.area()])
    }

    /// A picture whose pixel at column `x`, row `y` is `pixel(x, y)`.
    pub fn from_fn(size: Size, mut pixel: impl FnMut(u32, u32) -> [u8; 4]) -> Self {
        let mut pixels = Vec::with_capacity(size.area());
        for y in 0..size.height {
            pixels.extend((0..size.width).map(|x| pixel(x, y)));
        }
        Self { size, pixels }
    }

    /// Width and height.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The pixel at column `x`, row `y`.
    ///
    /// # Panics
    /// When it lies outside.
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 4] {
        assert!(x < self.size.width, "column {x} of {}", self.size.width);
        self.row(y)[x as usize]
    }

    /// All pixels, row by row.
    pub fn pixels(&self) -> &[[u8; 4]] {
        &self.pixels
    }

    /// The pixels of row `y`.
    ///
    /// # Panics
    /// When it lies outside.
    pub fn row(&self, y: u32) -> &[[u8; 4]] {
        let width = self.size.width as usize;
        &self.pixels[y as usize * width..][..width]
    }

    /// The pixels of row `y`, to change them.
    ///
    /// # Panics
    /// When it lies outside.
    pub fn row_mut(&mut self, y: u32) -> &mut [[u8; 4]] {
        let width = self.size.width as usize;
        &mut self.pixels[y as usize * width..][..width]
    }

    /// All pixels, row by row, to change them.
    pub fn pixels_mut(&mut self) -> &mut [[u8; 4]] {
        &mut self.pixels
    }

    /// The rows from the top.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[[u8; 4]]> {
        (0..self.size.height).map(|y| self.row(y))
    }

    /// One channel (0 red, 1 green, 2 blue, 3 alpha), row by row: what planar tensors are filled from.
    ///
    /// # Panics
    /// When there is no such channel.
    pub fn channel(&self, index: usize) -> impl ExactSizeIterator<Item = u8> {
        assert!(index < 4, "channel {index} of 4");
        self.pixels.iter().map(move |pixel| pixel[index])
    }

    /// Whether no pixel lets anything through.
    pub fn is_opaque(&self) -> bool {
        self.pixels.iter().all(|pixel| pixel[3] == 255)
    }

    /// The part inside `rect`.
    ///
    /// # Panics
    /// When `rect` does not lie inside the picture.
    pub fn crop(&self, rect: Rect) -> Self {
        assert!(
            Rect::of(self.size).contains(rect),
            "a crop of {rect:?} out of {}",
            self.size
        );
        let size = rect.size();
        let mut pixels = Vec::with_capacity(size.area());
        for y in rect.top..rect.top + size.height {
            pixels.extend_from_slice(&self.row(y)[rect.left as usize..][..size.width as usize]);
        }
        Self { size, pixels }
    }

    /// The picture with its longest side brought to `longest` where it is longer, neither less than a pixel.
    pub fn thumbnail(&self, longest: u32) -> Self {
        let size = self.size.within(longest);
        if size == self.size {
            return self.clone();
        }
        self.resize(size)
    }

    /// The picture at another size: Lanczos with three lobes, widened when shrinking; alpha-weighted where the picture is not opaque.
    ///
    /// The same size gives the same pixels.
    ///
    /// # Panics
    /// When either size is empty.
    pub fn resize(&self, size: Size) -> Self {
        self.resized(size, FilterType::Lanczos3)
    }

    /// The same linearly, as networks that look at pictures were shown theirs.
    ///
    /// # Panics
    /// When either size is empty.
    pub fn resize_linear(&self, size: Size) -> Self {
        self.resized(size, FilterType::Bilinear)
    }

    fn resized(&self, size: Size, filter: FilterType) -> Self {
        assert!(
            !self.size.is_empty() && !size.is_empty(),
            "a resize of {} to {size}",
            self.size
        );
        if size == self.size {
            return self.clone();
        }
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
        let pixels = if self.is_opaque() {
            let source = self.pixels.iter().map(|&pixel| U8x4::new(pixel)).collect();
            resample(self.size, source, size, options.use_alpha(false))
                .iter()
                .map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2], 255])
                .collect()
        } else {
            // 16 bits: premultiplied at 8, the colours of faint pixels would come out coarse.
            let source = self
                .pixels
                .iter()
                .map(|&pixel| U16x4::new(pixel.map(|value| u16::from(value) * 257)))
                .collect();
            resample(self.size, source, size, options.use_alpha(true))
                .iter()
                .map(|pixel| pixel.0.map(|value| ((u32::from(value) + 128) / 257) as u8))
                .collect()
        };
        Self { size, pixels }
    }

    /// A picture of `size` with this one at `inner` and its edges repeated around it.
    ///
    /// # Panics
    /// When the picture is empty, `inner` is not of its size, or `inner` does not lie inside `size`.
    pub fn extend_edges(&self, size: Size, inner: Rect) -> Self {
        Self {
            size,
            pixels: extend(&self.pixels, self.size, size, inner),
        }
    }

    /// Blends `new` over the picture by a mask, and fills what is transparent by another that is no less; all of one size.
    ///
    /// With alpha `b` of this picture, `t` and `c` of `new` times `mask` and times `filled`, all over 255, the result has alpha `b + (1 - b) c`, and its colour is this picture's by `b (1 - t)` and that of `new` by the rest of it; so over what is opaque it is `round(base * (1 - t) + new * t)`, on the sRGB values as they are (A1111's paste-back), and the colour of a transparent pixel never shows.
    ///
    /// Where `mask` is 0 all four channels are this picture's bit for bit; where it is 255 and `new` is opaque they are those of `new`. Where `filled` is less than `mask` it counts as that.
    ///
    /// # Panics
    /// When the sizes differ.
    pub fn composite(&self, new: &Self, mask: &Mask, filled: &Mask) -> Self {
        assert_eq!(new.size, self.size, "a picture over another");
        assert_eq!(mask.size(), self.size, "mask of a picture");
        assert_eq!(filled.size(), self.size, "mask of a picture");
        let masks = mask.values().iter().zip(filled.values());
        let pixels = self.pixels.iter().zip(&new.pixels).zip(masks);
        let laid = |((base, new), (&mask, &filled)): ((&[u8; 4], &[u8; 4]), _)| {
            laid(*new, *base, mask, filled)
        };
        Self {
            size: self.size,
            pixels: pixels.map(laid).collect(),
        }
    }

    /// Puts a patch in its place, all four channels.
    ///
    /// # Panics
    /// When its rectangle does not lie inside the picture.
    pub fn paste(&mut self, patch: &Patch) {
        assert!(
            Rect::of(self.size).contains(patch.rect),
            "a patch at {:?} in {}",
            patch.rect,
            self.size
        );
        let (left, width) = (patch.rect.left as usize, self.size.width as usize);
        for (y, row) in (patch.rect.top as usize..).zip(patch.pixels.rows()) {
            self.pixels[y * width + left..][..row.len()].copy_from_slice(row);
        }
    }

    /// Exchanges the part inside `rect` with `other`; twice is nothing.
    ///
    /// # Panics
    /// When `rect` does not lie inside the picture, or `other` is not of its size.
    pub fn swap(&mut self, rect: Rect, other: &mut Self) {
        exchange(
            self.size,
            &mut self.pixels,
            rect,
            other.size,
            &mut other.pixels,
        );
    }

    /// The picture over a plain ground, opaque.
    pub fn flatten(&self, ground: [u8; 3]) -> Self {
        let [red, green, blue] = ground;
        let flat = |&pixel: &[u8; 4]| over(pixel, [red, green, blue, 255]);
        Self {
            size: self.size,
            pixels: self.pixels.iter().map(flat).collect(),
        }
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({})", self.size)
    }
}

/// New pixels for a rectangle of a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    rect: Rect,
    pixels: Picture,
}

impl Patch {
    /// `pixels` to be put at `rect`.
    ///
    /// # Panics
    /// When their sizes differ.
    pub fn new(rect: Rect, pixels: Picture) -> Self {
        assert_eq!(pixels.size, rect.size(), "pixels of {rect:?}");
        Self { rect, pixels }
    }

    /// Where it belongs, picture pixels.
    pub fn rect(&self) -> Rect {
        self.rect
    }

    /// The same in a picture of which `part` is the one that it was made for.
    #[must_use]
    pub fn inside(self, part: Rect) -> Self {
        let (left, top) = (part.left, part.top);
        let Rect {
            left: x, top: y, ..
        } = self.rect;
        let Size { width, height } = self.rect.size();
        Self {
            rect: Rect::new(left + x, top + y, left + x + width, top + y + height),
            ..self
        }
    }

    /// What belongs there.
    pub fn pixels(&self) -> &Picture {
        &self.pixels
    }
}

/// A pixel of [`Picture::composite`].
fn laid(new: [u8; 4], base: [u8; 4], mask: u8, filled: u8) -> [u8; 4] {
    let top = share(new[3], mask);
    if top == 0 || top == 255 {
        return if top == 0 { base } else { new };
    }
    let (b, t) = (u32::from(base[3]), u32::from(top));
    let c = u32::from(share(new[3], filled)).max(t);
    let n = 255 * b + c * (255 - b);
    let of_base = b * (255 - t);
    let color = |channel: usize| {
        let (base, new) = (u32::from(base[channel]), u32::from(new[channel]));
        ((of_base * base + (n - of_base) * new + n / 2) / n) as u8
    };
    [color(0), color(1), color(2), ((n + 127) / 255) as u8]
}

/// Values at another size, linearly between pixel centres, widened when shrinking.
pub(super) fn linear(from: Size, values: &[f32], to: Size) -> Vec<f32> {
    let source = values.iter().map(|&value| F32::new(value)).collect();
    let linear = ResizeAlg::Convolution(FilterType::Bilinear);
    let options = ResizeOptions::new().resize_alg(linear);
    let values = resample(from, source, to, options);
    values.iter().map(|value| value.0).collect()
}

/// `source` at another size.
pub(super) fn resample<P: PixelTrait>(
    from: Size,
    source: Vec<P>,
    to: Size,
    options: ResizeOptions,
) -> Vec<P> {
    let source = TypedImageRef::new(from.width, from.height, &source);
    let mut pixels = vec![P::default(); to.area()];
    let target = TypedImage::from_pixels_slice(to.width, to.height, &mut pixels);
    let (Ok(source), Ok(mut target)) = (source, target) else {
        unreachable!("buffers of other sizes than their pictures");
    };
    // The errors are crop boxes outside the source, and there is no crop box.
    let done = Resizer::new().resize_typed(&source, &mut target, &options);
    assert!(done.is_ok(), "a resize of {from} to {to}: {done:?}");
    pixels
}

/// Exchanges the pixels inside `rect` with those of a raster of its size.
pub(super) fn exchange<P>(
    size: Size,
    pixels: &mut [P],
    rect: Rect,
    other_size: Size,
    other: &mut [P],
) {
    assert!(
        Rect::of(size).contains(rect) && other_size == rect.size(),
        "an exchange of {other_size} at {rect:?} in {size}"
    );
    let (left, width) = (rect.left as usize, rect.size().width as usize);
    if rect.is_empty() {
        return;
    }
    for (y, row) in (rect.top as usize..).zip(other.chunks_exact_mut(width)) {
        pixels[y * size.width as usize + left..][..width].swap_with_slice(row);
    }
}

/// `source` at `inner` of a larger raster, its outermost values repeated around it.
pub(super) fn extend<P: Copy>(source: &[P], from: Size, to: Size, inner: Rect) -> Vec<P> {
    assert!(
        !from.is_empty() && inner.size() == from && Rect::of(to).contains(inner),
        "an extension of {from} at {inner:?} to {to}"
    );
    let nearest = |at: u32, start: u32, end: u32| (at.clamp(start, end - 1) - start) as usize;
    let mut extended = Vec::with_capacity(to.area());
    for y in 0..to.height {
        let start = nearest(y, inner.top, inner.bottom) * from.width as usize;
        let row = &source[start..start + from.width as usize];
        extended.extend((0..to.width).map(|x| row[nearest(x, inner.left, inner.right)]));
    }
    extended
}
