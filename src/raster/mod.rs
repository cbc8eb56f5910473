//! What pixels are: rectangles, pictures, masks, what is done to all of their pixels (blur, fill, fit, grow, turn, prepare, colour match, edges, masks of networks), contact sheets, and picture files.
//!
//! Everything here is plain 8-bit data in picture pixels, row by row from the top left; colours are sRGB as the file holds them.
//!
//! Does not know models, recipes or documents: it imports nothing of this crate, and no other module imports `image`.

pub(crate) mod bands;
pub mod blend;
pub mod blur;
pub mod control;
pub mod difference;
pub mod file;
pub mod fill;
pub mod fit;
pub mod flood;
pub mod heat;
pub mod lab;
pub mod lettering;
pub mod logits;
mod mask;
pub mod morphology;
mod over;
mod picture;
pub mod prepare;
mod rect;
pub mod sheet;
mod square;
mod transform;

pub use mask::{Join, Mask, MaskFilter};
pub use over::{faded, over};
pub use picture::{Patch, Picture};
pub use rect::{Rect, Size, expand_to_aspect};
pub use transform::Axis;
