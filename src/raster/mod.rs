//! What pixels are: rectangles, pictures, masks, the operations that only know them (blur, fill, fit, colour match), contact sheets, and picture files.
//!
//! Everything here is plain 8-bit data in picture pixels, row by row from the top left; colours are sRGB as the file holds them.
//!
//! Does not know models, recipes or documents: it imports nothing of this crate, and no other module imports `image`.

pub mod blur;
pub mod file;
pub mod fill;
pub mod fit;
pub mod lab;
mod lettering;
mod mask;
mod picture;
mod rect;
pub mod sheet;

pub use mask::{Mask, MaskFilter};
pub use picture::{Patch, Picture};
pub use rect::{Rect, Size, expand_to_aspect};
