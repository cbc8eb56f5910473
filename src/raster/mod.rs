//! What pixels are: pictures, masks, rectangles, and the files that hold them.
