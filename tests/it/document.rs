//! What is edited: strokes, shapes, undo, results.

mod gallery;
mod history;
mod prepare;
mod shape;
mod sketch;
mod stroke;
mod walk;

use pentimento::document::{Brush, Document, Stroke, StrokeMode, StrokePoint};
use pentimento::raster::{Mask, Picture, Size};

/// Numbers that no picture has.
const POISON: [f32; 3] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];

/// A brush that pressure does not change.
fn brush(radius: f32, hardness: f32, opacity: f32) -> Brush {
    Brush {
        radius,
        hardness,
        opacity,
        size_by_pressure: false,
        opacity_by_pressure: false,
    }
}

/// Where a mouse was.
fn at(x: f32, y: f32) -> StrokePoint {
    StrokePoint {
        x,
        y,
        pressure: 1.0,
    }
}

fn stroke(mode: StrokeMode, brush: Brush, points: &[StrokePoint]) -> Stroke {
    let mut stroke = Stroke::new(mode, brush);
    for &point in points {
        stroke.push(point);
    }
    stroke
}

/// The mask of a stroke on an empty one.
fn rasterised(size: Size, stroke: &Stroke) -> Mask {
    let mut mask = Mask::filled(size, 0);
    stroke.rasterise(&mut mask);
    mask
}

fn document(width: u32, height: u32) -> Document {
    Document::new(Picture::from_fn(Size::new(width, height), |x, y| {
        [x as u8, y as u8, (x * 5 + y * 3) as u8, 255]
    }))
}

/// A whole stroke, from press to release.
fn draw(document: &mut Document, mode: StrokeMode, brush: Brush, points: &[StrokePoint]) {
    document.begin_stroke(mode, brush, points[0]);
    for &point in &points[1..] {
        document.extend_stroke(point);
    }
    document.end_stroke();
}

/// One state, as it was.
#[derive(Clone)]
struct State {
    picture: Picture,
    mask: Mask,
    sketch: Option<Picture>,
    revision: u64,
}

impl State {
    fn of(document: &Document) -> Self {
        Self {
            picture: document.picture().as_ref().clone(),
            mask: document.mask().as_ref().clone(),
            sketch: document.sketch().map(|sketch| sketch.as_ref().clone()),
            revision: document.revision(),
        }
    }

    fn is(&self, document: &Document) -> bool {
        self.picture == **document.picture()
            && self.mask == **document.mask()
            && self.sketch.as_ref() == document.sketch().map(AsRef::as_ref)
            && self.revision == document.revision()
    }
}
