//! What pixels are: rectangles, pictures, masks, the mask blur, contact sheets, and picture files.
//!
//! Everything here is plain 8-bit data in picture pixels, row by row from the top left; colours are sRGB as the file holds them.
//!
//! Does not know models, recipes or documents: it imports nothing of this crate, and no other module imports `image`.

pub mod blur;
pub mod file;
mod lettering;
mod mask;
mod picture;
mod rect;
pub mod sheet;

pub use mask::{Mask, MaskFilter};
pub use picture::{Patch, Picture};
pub use rect::{Rect, Size, expand_to_aspect};
