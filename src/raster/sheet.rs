//! Contact sheets: pictures in rows and columns, with words above and beside them.
//!
//! Does not know what the pictures have to do with one another.

use super::file::MAX_SIDE;
use super::lettering::Lettering;
use super::{Patch, Picture, Rect, Size};

const GROUND: [u8; 4] = [24, 24, 26, 255];
const INK: [u8; 3] = [232, 232, 232];
/// Stands where a picture is missing.
const EMPTY: [u8; 4] = [44, 44, 48, 255];

/// Space between and around pictures, pixels.
const GAP: u32 = 8;
/// Most lines of a label.
const LINES: usize = 3;
/// A label beside a row is at most this share of a picture's width, or of 240 pixels where that is more.
const ROW_LABEL_SHARE: f32 = 0.6;

/// A sheet of `rows` of pictures; a place without one stays empty.
///
/// `column_labels` stand above the columns and `row_labels` before the rows; either may be empty.
/// Each picture stands centred in a cell as large as the largest of them; all are scaled down where the sheet would be larger than a picture may be ([`MAX_SIDE`]).
pub fn contact_sheet(
    rows: &[Vec<Option<Picture>>],
    column_labels: &[String],
    row_labels: &[String],
) -> Picture {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0).max(1) as u32;
    let count = rows.len().max(1) as u32;
    let pictures = || rows.iter().flatten().flatten();
    let largest = |side: fn(&Picture) -> u32| pictures().map(side).max().unwrap_or(64).max(1);
    let natural = Size::new(
        largest(|picture| picture.size().width),
        largest(|picture| picture.size().height),
    );
    let most = |cells: u32| ((MAX_SIDE - 1024) / cells).saturating_sub(GAP).max(1);
    let scale = f64::min(
        f64::from(most(columns)) / f64::from(natural.width),
        f64::from(most(count)) / f64::from(natural.height),
    )
    .min(1.0);
    let scaled = |size: Size| {
        let side = |side: u32| ((f64::from(side) * scale) as u32).max(1);
        Size::new(side(size.width), side(size.height))
    };
    let cell = scaled(natural);
    let labels = Labels::new(cell, column_labels, row_labels);

    let size = Size::new(
        labels.left + GAP + columns * (cell.width + GAP),
        labels.top + GAP + count * (cell.height + GAP),
    );
    let mut sheet = Picture::filled(size, GROUND);
    for (row, top) in rows.iter().zip(0..) {
        let top = labels.top + GAP + top * (cell.height + GAP);
        for (picture, left) in row.iter().zip(0..) {
            let left = labels.left + GAP + left * (cell.width + GAP);
            let picture = match picture {
                None => Picture::filled(cell, EMPTY),
                Some(picture) => {
                    let size = scaled(picture.size());
                    let resized = match size == picture.size() {
                        true => picture.clone(),
                        false => picture.resize(size),
                    };
                    resized.flatten([255; 3])
                }
            };
            let size = picture.size();
            let left = left + (cell.width - size.width) / 2;
            let top = top + (cell.height - size.height) / 2;
            let place = Rect {
                left,
                top,
                right: left + size.width,
                bottom: top + size.height,
            };
            sheet.paste(&Patch::new(place, picture));
        }
    }
    labels.write(&mut sheet, cell);
    sheet
}

/// Labels laid out: their lines, and the room that they take.
struct Labels {
    lettering: Option<Lettering>,
    columns: Vec<Vec<String>>,
    rows: Vec<Vec<String>>,
    /// Height of the room above the pictures.
    top: u32,
    /// Width of the room before them.
    left: u32,
}

impl Labels {
    fn new(cell: Size, columns: &[String], rows: &[String]) -> Self {
        let height = (cell.height.min(cell.width) as f32 / 12.0).clamp(14.0, 40.0);
        let Ok(lettering) = Lettering::new(height) else {
            // The typeface is part of the program; a test reads it.
            return Self {
                lettering: None,
                columns: Vec::new(),
                rows: Vec::new(),
                top: 0,
                left: 0,
            };
        };
        let beside = (cell.width as f32 * ROW_LABEL_SHARE).max(240.0);
        let wrap = |labels: &[String], width: f32| -> Vec<Vec<String>> {
            let labels = labels.iter();
            labels
                .map(|label| lettering.wrap(label, width, LINES))
                .collect()
        };
        let columns = wrap(columns, cell.width as f32);
        let rows = wrap(rows, beside);
        let lines = columns.iter().map(Vec::len).max().unwrap_or(0) as u32;
        let widest = rows
            .iter()
            .flatten()
            .map(|line| lettering.width(line).ceil() as u32)
            .max();
        Self {
            top: if lines == 0 {
                0
            } else {
                GAP + lines * lettering.line_height()
            },
            left: widest.map_or(0, |width| GAP + width),
            lettering: Some(lettering),
            columns,
            rows,
        }
    }

    fn write(&self, sheet: &mut Picture, cell: Size) {
        let Some(lettering) = &self.lettering else {
            return;
        };
        let line_height = lettering.line_height() as f32;
        let block = |lines: &[String]| lines.len() as f32 * line_height;
        for (lines, index) in self.columns.iter().zip(0..) {
            let cell_left = (self.left + GAP + index * (cell.width + GAP)) as f32;
            // Against the pictures, so that short labels stay with them.
            let mut top = self.top as f32 - block(lines) + GAP as f32 / 2.0;
            for line in lines {
                let left = cell_left + (cell.width as f32 - lettering.width(line)).max(0.0) / 2.0;
                lettering.write(sheet, line, left as u32, top.max(0.0) as u32, INK);
                top += line_height;
            }
        }
        for (lines, index) in self.rows.iter().zip(0..) {
            let cell_top = (self.top + GAP + index * (cell.height + GAP)) as f32;
            let mut top = cell_top + (cell.height as f32 - block(lines)) / 2.0;
            for line in lines {
                let left = (self.left as f32 - lettering.width(line)).max(0.0);
                lettering.write(sheet, line, left as u32, top.max(0.0) as u32, INK);
                top += line_height;
            }
        }
    }
}
