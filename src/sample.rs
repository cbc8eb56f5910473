//! The samples that come with the program: pictures of wrong hands, where each is wrong, and how to repair it.
//!
//! They are in the executable; nothing is read from disk. Does not know what repairs them, or where they are shown.

use std::path::Path;

use crate::raster::file::{self, FileError};
use crate::raster::{Mask, Picture};
use crate::recipe::Recipe;

/// A picture with a wrong hand, packed.
#[derive(Debug)]
pub struct Sample {
    /// What command lines call it: words with hyphens between them.
    pub name: &'static str,
    picture: &'static [u8],
    mask: &'static [u8],
    recipe: &'static str,
}

/// A sample, unpacked.
#[derive(Clone, Debug, PartialEq)]
pub struct Contents {
    /// The wrong hand.
    pub picture: Picture,
    /// Where it is wrong; of the picture's size.
    pub mask: Mask,
    /// How to repair it.
    pub recipe: Recipe,
}

/// Why a sample cannot be unpacked: it was packed wrongly.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The picture or its mask.
    #[error(transparent)]
    File(#[from] FileError),
    /// The mask is of another size than the picture.
    #[error("the mask of sample {0} is not of its picture's size")]
    Size(&'static str),
    /// The recipe.
    #[error("sample {name} has an unreadable recipe: {cause}")]
    Recipe {
        /// The sample.
        name: &'static str,
        /// The parser's words.
        cause: serde_json::Error,
    },
}

macro_rules! samples {
    ($($name:literal,)+) => {
        &[$(Sample {
            name: $name,
            picture: include_bytes!(concat!("../assets/samples/", $name, "/picture.png")),
            mask: include_bytes!(concat!("../assets/samples/", $name, "/mask.png")),
            recipe: include_str!(concat!("../assets/samples/", $name, "/sample.json")),
        },)+]
    };
}

/// Every sample; the first is the one that a newcomer sees.
pub const SAMPLES: &[Sample] = samples![
    "six-fingers",
    "missing-finger",
    "fused-fingers",
    "melted-hand",
];

impl Sample {
    /// Unpacks it.
    ///
    /// # Errors
    /// [`SampleError`], for a sample that should not have been packed.
    pub fn unpack(&self) -> Result<Contents, SampleError> {
        let name = Path::new(self.name);
        let picture = file::decode(self.picture, name)?.picture;
        let mask = Mask::from_picture(&file::decode(self.mask, name)?.picture);
        if mask.size() != picture.size() {
            return Err(SampleError::Size(self.name));
        }
        let recipe = serde_json::from_str(self.recipe).map_err(|cause| SampleError::Recipe {
            name: self.name,
            cause,
        })?;
        Ok(Contents {
            picture,
            mask,
            recipe,
        })
    }

    /// The name as a person writes it: `Six fingers`.
    pub fn title(&self) -> String {
        let words = self.name.replace('-', " ");
        let mut letters = words.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect()
    }
}
