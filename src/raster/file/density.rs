//! How densely the pixels of a picture lie: what JFIF, EXIF, TIFF and PNG say of it, each in its own units.

use image::codecs::jpeg::{PixelDensity, PixelDensityUnit};

/// Metres of an inch.
const INCH: f64 = 0.0254;

/// Half of what one pixel per metre makes in pixels per inch: a PNG that was meant to say 300 is no further from it.
const ROUNDING: f64 = INCH / 2.0 + 1e-6;

/// Pixels per unit along X and along Y, each a fraction above 0; as the file says it, so that nothing is lost on the way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Density {
    x: (u32, u32),
    y: (u32, u32),
    unit: Unit,
}

/// What pixels are counted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nothing: the shape of a pixel and not its size.
    Ratio,
    /// 25.4 mm.
    Inch,
    /// 10 mm.
    Centimetre,
    /// 1000 mm.
    Metre,
}

impl Density {
    /// A density; none where a number is 0, or where square pixels of no size are all that is said.
    pub fn new(x: (u32, u32), y: (u32, u32), unit: Unit) -> Option<Self> {
        let numbers = [x.0, x.1, y.0, y.1];
        let says = unit != Unit::Ratio || x != y;
        (says && !numbers.contains(&0)).then_some(Self { x, y, unit })
    }

    /// Of JFIF's bytes: the unit, and pixels along X and Y.
    pub(super) fn of_jfif(&[unit, x1, x0, y1, y0]: &[u8; 5]) -> Option<Self> {
        let unit = match unit {
            0 => Unit::Ratio,
            1 => Unit::Inch,
            2 => Unit::Centimetre,
            _ => return None,
        };
        let number = |bytes| (u32::from(u16::from_be_bytes(bytes)), 1);
        Self::new(number([x1, x0]), number([y1, y0]), unit)
    }

    /// Of TIFF's and EXIF's fractions and unit.
    pub(super) fn of_fractions(x: (u32, u32), y: (u32, u32), unit: u16) -> Option<Self> {
        let unit = match unit {
            1 => Unit::Ratio,
            2 => Unit::Inch,
            3 => Unit::Centimetre,
            _ => return None,
        };
        Self::new(x, y, unit)
    }

    pub(super) fn of_png(dims: png::PixelDimensions) -> Option<Self> {
        let unit = match dims.unit {
            png::Unit::Unspecified => Unit::Ratio,
            png::Unit::Meter => Unit::Metre,
        };
        Self::new((dims.xppu, 1), (dims.yppu, 1), unit)
    }

    /// Whether it is only the shape of a pixel.
    pub(super) fn is_ratio(&self) -> bool {
        self.unit == Unit::Ratio
    }

    /// Of the picture turned by 90 degrees.
    pub(super) fn turned(self) -> Self {
        Self {
            x: self.y,
            y: self.x,
            ..self
        }
    }

    /// Pixels per inch along X and Y; a whole number that PNG rounded is whole again.
    fn per_inch(&self) -> [f64; 2] {
        let unit = match self.unit {
            Unit::Ratio | Unit::Inch => INCH,
            Unit::Centimetre => 0.01,
            Unit::Metre => 1.0,
        };
        [self.x, self.y].map(|(above, below)| {
            let inch = f64::from(above) / f64::from(below) * (INCH / unit);
            let rounded = self.unit == Unit::Metre && (inch - inch.round()).abs() < ROUNDING;
            if rounded { inch.round() } else { inch }
        })
    }

    /// The smallest whole numbers in the proportion of X to Y.
    fn proportion(&self) -> [u64; 2] {
        let x = u64::from(self.x.0) * u64::from(self.y.1);
        let y = u64::from(self.y.0) * u64::from(self.x.1);
        let (mut divisor, mut rest) = (x, y);
        while rest > 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        [x / divisor, y / divisor]
    }

    /// For JFIF, in whole pixels.
    pub(super) fn jfif(&self) -> PixelDensity {
        let (unit, numbers) = match self.unit {
            Unit::Ratio => {
                let proportion = self.proportion().map(|number| number as f64);
                (PixelDensityUnit::PixelAspectRatio, proportion)
            }
            Unit::Centimetre => {
                let own = self.per_inch().map(|number| number * (0.01 / INCH));
                (PixelDensityUnit::Centimeters, own)
            }
            Unit::Inch | Unit::Metre => (PixelDensityUnit::Inches, self.per_inch()),
        };
        let [x, y] = numbers.map(|number| number.round().clamp(1.0, 65_535.0) as u16);
        PixelDensity {
            density: (x, y),
            unit,
        }
    }

    /// For TIFF and EXIF: fractions along X and Y, and the unit.
    pub(super) fn fractions(&self) -> ([(u32, u32); 2], u16) {
        let inch = self.per_inch();
        match self.unit {
            Unit::Ratio => ([self.x, self.y], 1),
            Unit::Inch => ([self.x, self.y], 2),
            Unit::Centimetre => ([self.x, self.y], 3),
            Unit::Metre if inch.iter().all(|number| number.fract() == 0.0) => {
                (inch.map(|number| (number as u32, 1)), 2)
            }
            Unit::Metre => ([(self.x.0, 100), (self.y.0, 100)], 3),
        }
    }

    /// For PNG, in whole pixels.
    pub(super) fn png(&self) -> png::PixelDimensions {
        let (unit, numbers) = match self.unit {
            Unit::Ratio => {
                let proportion = self.proportion().map(|number| number as f64);
                (png::Unit::Unspecified, proportion)
            }
            Unit::Metre => {
                let own = [self.x.0, self.y.0].map(f64::from);
                (png::Unit::Meter, own)
            }
            _ => (
                png::Unit::Meter,
                self.per_inch().map(|number| number / INCH),
            ),
        };
        let [xppu, yppu] = numbers.map(|number| number.round().max(1.0) as u32);
        png::PixelDimensions { xppu, yppu, unit }
    }
}
