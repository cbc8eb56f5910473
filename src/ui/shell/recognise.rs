//! Tells a mask file from a picture by what it is called and what it looks like.
//!
//! Does not know what is done with either.

use std::path::Path;

use crate::raster::{Picture, Size};

/// Share of pure black and white above which a grey picture is taken for a mask; soft edges are the rest.
const DECIDED: f64 = 0.85;

/// What a picture file shows of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits {
    /// Its width and height.
    pub size: Size,
    /// Whether its name says that it is a mask.
    pub named_mask: bool,
    /// Whether it has no colour at all.
    pub grey: bool,
    /// Whether it is mostly black and white, with both.
    pub decided: bool,
    /// Whether something shines through it.
    pub transparent: bool,
}

/// What a file is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// A picture to be opened.
    Picture,
    /// A mask of the open picture.
    Mask,
    /// Either.
    Doubt,
}

/// Looks at a file: every pixel once.
pub fn traits(path: &Path, picture: &Picture) -> Traits {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let grey = picture
        .pixels()
        .iter()
        .all(|[red, green, blue, _]| red == green && green == blue);
    let count = |value: fn(u8) -> bool| picture.channel(0).filter(|&red| value(red)).count();
    let (black, white) = (count(|red| red < 8), count(|red| red > 247));
    let decided =
        black > 0 && white > 0 && (black + white) as f64 >= DECIDED * picture.size().area() as f64;
    Traits {
        size: picture.size(),
        named_mask: name.to_lowercase().contains("mask"),
        grey,
        decided: grey && decided,
        transparent: !picture.is_opaque(),
    }
}

/// What a file is, beside an open picture of `open`.
///
/// A mask is grey and of the picture's size, and either called one or black and white; one of these alone leaves doubt.
pub fn recognise(traits: Traits, open: Size) -> Likeness {
    let fits = traits.size == open;
    match (fits && traits.grey, traits.named_mask || traits.decided) {
        (true, true) => Likeness::Mask,
        (true, false) => Likeness::Doubt,
        (false, _) if traits.named_mask => Likeness::Doubt,
        (false, _) => Likeness::Picture,
    }
}
