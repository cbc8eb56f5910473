//! Flags that lay colour over the picture before it is repainted: sketch-to-image, and hints under the mask.
//!
//! Does not know the model.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::raster::file;
use crate::raster::{Mask, Picture, Rect};

/// What is laid over the picture.
#[derive(Clone, Debug, Default, Args)]
pub struct SketchArgs {
    /// Colours to lay over the picture before it is repainted: a picture of its size, transparent where nothing is sketched.
    #[arg(long, value_name = "PATH", requires = "image")]
    pub sketch: Option<PathBuf>,

    /// Repaint what the sketch covers, beside what --mask covers where that is given.
    #[arg(long, requires = "sketch")]
    pub mask_sketch: bool,
}

impl SketchArgs {
    /// The picture with the sketch over it, and the mask with what the sketch covers where that was asked for.
    ///
    /// # Errors
    /// When the sketch cannot be read, is of another size than the picture, or holds nothing to mask.
    pub fn lay(
        &self,
        mut picture: Picture,
        mask: Option<Mask>,
    ) -> Result<(Picture, Option<Mask>), Failure> {
        let Some(path) = &self.sketch else {
            return Ok((picture, mask));
        };
        let sketch = file::read(path)?.picture;
        let size = picture.size();
        if sketch.size() != size {
            return Err(Failure::Usage(format!(
                "the sketch is {} but the picture is {size}; save it at the picture's size: {}",
                sketch.size(),
                path.display()
            )));
        }
        picture.lay(&sketch, Rect::of(size));
        if !self.mask_sketch {
            return Ok((picture, mask));
        }
        let covered = Mask::new(size, sketch.channel(3).collect());
        if covered.is_empty() {
            return Err(Failure::Usage(format!(
                "nothing is painted in the sketch, so --mask-sketch has nothing to mask: {}",
                path.display()
            )));
        }
        let mask = match mask {
            Some(mask) => mask.union(&covered),
            None => covered,
        };
        Ok((picture, Some(mask)))
    }
}
