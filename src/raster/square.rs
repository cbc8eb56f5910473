//! Pictures as the field's taggers and captioners are shown them: in the middle of a white square, or stretched.
//!
//! Does not know networks.

use super::{Picture, Size};

/// Bits behind the point of a weight (Pillow's `PRECISION_BITS`).
const BITS: u32 = 32 - 8 - 2;

/// What lies around the picture.
const WHITE: [u8; 3] = [255; 3];

/// The places that a place of the result is made of: the first, and the weight of each.
struct Taps {
    start: usize,
    weights: Vec<i32>,
}

impl Picture {
    /// The picture over white, centred in a white square (the odd pixel right or below), which is brought to `side` pixels a side.
    ///
    /// The whole numbers are those of Pillow's bicubic resize (`src/libImaging/Resample.c`, a = -0.5, rows before columns, 8 bits between them) of such a square, as the taggers' own programs prepare theirs (SmilingWolf's `wd-tagger/app.py`, fancyfeast's `joytag`). The square itself is never made.
    ///
    /// # Panics
    /// When the picture is empty, or the side is 0.
    pub fn squared(&self, side: u32) -> Self {
        let (width, height) = (self.size().width as usize, self.size().height as usize);
        assert!(width > 0 && height > 0 && side > 0, "{self:?} to {side}");
        let longest = width.max(height);
        let at = ((longest - width) / 2, (longest - height) / 2);
        self.flatten(WHITE)
            .within([longest; 2], at, Size::new(side, side))
    }

    /// The opaque picture at a size, whatever its shape, as Pillow's bicubic resize makes it.
    ///
    /// # Panics
    /// When the picture or the size is empty.
    pub fn bicubic(&self, size: Size) -> Self {
        assert!(
            !self.size().is_empty() && !size.is_empty(),
            "{self:?} to {size}"
        );
        let whole = [self.size().width as usize, self.size().height as usize];
        self.within(whole, (0, 0), size)
    }

    /// A white picture with the opaque one at a place of it, brought to a size.
    fn within(&self, whole: [usize; 2], (left, top): (usize, usize), size: Size) -> Self {
        let height = self.size().height as usize;
        let across = taps(whole[0], size.width as usize);
        let mut narrow = Vec::with_capacity(across.len() * height);
        for row in self.rows() {
            narrow.extend(across.iter().map(|taps| {
                taps.sum(|at| match at.checked_sub(left).and_then(|x| row.get(x)) {
                    Some([red, green, blue, _]) => [*red, *green, *blue],
                    None => WHITE,
                })
            }));
        }
        let mut pixels = Vec::with_capacity(size.area());
        for down in taps(whole[1], size.height as usize) {
            pixels.extend((0..across.len()).map(|x| {
                let [red, green, blue] = down.sum(|at| match at.checked_sub(top) {
                    Some(y) if y < height => narrow[y * across.len() + x],
                    _ => WHITE,
                });
                [red, green, blue, 255]
            }));
        }
        Self::new(size, pixels)
    }
}

/// What each of `to` places along an axis is made of, where there were `from`.
fn taps(from: usize, to: usize) -> Vec<Taps> {
    let scale = from as f64 / to as f64;
    let widened = scale.max(1.0);
    let support = 2.0 * widened;
    let one = |at: usize| {
        let center = (at as f64 + 0.5) * scale;
        let start = (center - support + 0.5).max(0.0) as usize;
        let end = ((center + support + 0.5) as usize).min(from);
        let weight = |at: usize| bicubic((at as f64 - center + 0.5) * (1.0 / widened));
        let weights: Vec<f64> = (start..end).map(weight).collect();
        let sum: f64 = weights.iter().sum();
        let fixed = |weight: &f64| (weight / sum * f64::from(1 << BITS)).round() as i32;
        Taps {
            start,
            weights: weights.iter().map(fixed).collect(),
        }
    };
    (0..to).map(one).collect()
}

impl Taps {
    fn sum(&self, pixel: impl Fn(usize) -> [u8; 3]) -> [u8; 3] {
        let mut sums = [1_i32 << (BITS - 1); 3];
        for (at, weight) in (self.start..).zip(&self.weights) {
            let pixel = pixel(at);
            for (sum, value) in sums.iter_mut().zip(pixel) {
                *sum += weight * i32::from(value);
            }
        }
        sums.map(|sum| (sum >> BITS).clamp(0, 255) as u8)
    }
}

/// Keys' cubic, a = -0.5.
fn bicubic(x: f64) -> f64 {
    let a = -0.5;
    let x = x.abs();
    if x < 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * a
    } else {
        0.0
    }
}
