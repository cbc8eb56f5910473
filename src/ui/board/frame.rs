//! The frame that crops and extends: its edges, how a drag moves them, and what keeps its shape.
//!
//! Numbers only, in pixels of the picture. Does not know the pointer's events, or how it is drawn.

use eframe::egui::{Pos2, Rect, pos2};

use super::Tool;
use crate::raster::Size;
use crate::raster::prepare::Margins;
use crate::ui::texts::board as texts;
use crate::ui::texts::prepare::size_of;

/// What edges that are led by hand stop at: sides of so many pixels are what models like.
const STEP: i32 = 8;

/// A frame's edges, picture pixels; they may lie outside the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edges {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) right: i32,
    pub(super) bottom: i32,
}

impl Edges {
    fn of(size: Size) -> Self {
        let [right, bottom] = signed(size);
        Self {
            left: 0,
            top: 0,
            right,
            bottom,
        }
    }

    pub(super) fn rect(self) -> Rect {
        let corner = |x: i32, y: i32| pos2(x as f32, y as f32);
        Rect::from_min_max(corner(self.left, self.top), corner(self.right, self.bottom))
    }

    pub(super) fn size(self) -> Size {
        let side = |from: i32, to: i32| to.saturating_sub(from).max(0) as u32;
        Size::new(side(self.left, self.right), side(self.top, self.bottom))
    }

    /// How far the edges of a picture have to move.
    pub(super) fn margins(self, picture: Size) -> Margins {
        let [width, height] = signed(picture);
        Margins::new(
            -self.left,
            -self.top,
            self.right - width,
            self.bottom - height,
        )
    }

    /// A frame of that size about the middle of this one.
    fn resized(self, [width, height]: [i32; 2]) -> Self {
        let left = (self.left + self.right - width).div_euclid(2);
        let top = (self.top + self.bottom - height).div_euclid(2);
        Self {
            left,
            top,
            right: left + width,
            bottom: top + height,
        }
    }

    fn moved(self, [across, down]: [i32; 2]) -> Self {
        Self {
            left: self.left + across,
            top: self.top + down,
            right: self.right + across,
            bottom: self.bottom + down,
        }
    }
}

/// What of a frame's shape stays while it is dragged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proportion {
    /// Nothing.
    #[default]
    Free,
    /// Width to height as the picture has them.
    Picture,
    /// Width to height as in these numbers.
    Ratio(u32, u32),
    /// Width and height in pixels; the frame only moves.
    Fixed(Size),
}

impl Proportion {
    /// What a list calls it; `native` is the size that the model was trained for.
    pub(super) fn label(self, native: Option<Size>) -> String {
        match self {
            Self::Free => texts::FRAME_FREE.into(),
            Self::Picture => texts::FRAME_AS_PICTURE.into(),
            Self::Ratio(width, height) => format!("{width}:{height}"),
            Self::Fixed(size) if Some(size) == native => texts::frame_fixed_model(&size_of(size)),
            Self::Fixed(size) => format!("{} px", size_of(size)),
        }
    }

    /// The ratios that lists show.
    pub(super) const RATIOS: &[Self] = &[
        Self::Ratio(1, 1),
        Self::Ratio(5, 4),
        Self::Ratio(4, 3),
        Self::Ratio(3, 2),
        Self::Ratio(16, 9),
        Self::Ratio(4, 5),
        Self::Ratio(3, 4),
        Self::Ratio(2, 3),
        Self::Ratio(9, 16),
    ];

    /// Width over height, where that stays.
    fn ratio(self, picture: Size) -> Option<f64> {
        let over = |width: u32, height: u32| f64::from(width) / f64::from(height);
        match self {
            Self::Free => None,
            Self::Picture => Some(over(picture.width, picture.height)),
            Self::Ratio(width, height) => Some(over(width, height)),
            Self::Fixed(size) => Some(over(size.width, size.height)),
        }
    }
}

/// Which end of an axis is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Neither,
    /// Left, or top.
    Low,
    /// Right, or bottom.
    High,
}

/// What of a frame is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Grip {
    /// An edge, or a corner.
    Ends(End, End),
    /// All of it.
    Inside,
    /// Nothing: a new frame is drawn from a corner.
    Fresh,
}

/// A drag of the frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Drag {
    pub(super) grip: Grip,
    /// Where the pointer took hold, picture pixels.
    pub(super) from: Pos2,
    /// The frame then.
    pub(super) start: Edges,
}

/// The frame while its tool is in hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct CropFrame {
    pub(super) edges: Edges,
    pub(super) proportion: Proportion,
    /// The picture's size, for which the edges are meant.
    pub(super) picture: Size,
    /// The longest side that the frame may have, pixels.
    pub(super) most: u32,
    /// The tool to take in hand again after it.
    pub(super) before: Tool,
}

impl Default for CropFrame {
    fn default() -> Self {
        let picture = Size::new(1, 1);
        Self {
            edges: Edges::of(picture),
            proportion: Proportion::Free,
            picture,
            most: crate::raster::file::MAX_SIDE,
            before: Tool::Brush,
        }
    }
}

impl CropFrame {
    /// Takes note of the picture as it is now; a frame that was meant for one of another size is the picture's again.
    pub(super) fn settle(&mut self, picture: Size, most: u32) {
        self.most = most;
        if self.picture != picture {
            self.picture = picture;
            self.reset();
        }
    }

    /// Puts the frame around the picture, as it is.
    pub(super) fn reset(&mut self) {
        self.edges = Edges::of(self.picture);
        self.proportion = Proportion::Free;
    }

    /// Whether the frame would change anything.
    pub(super) fn is_touched(&self) -> bool {
        self.margins() != Margins::NONE
    }

    /// How far the picture's edges would move.
    pub(super) fn margins(&self) -> Margins {
        self.edges.margins(self.picture)
    }

    /// CropFrame and picture together, with room around to drag an edge into, picture pixels.
    pub(super) fn sight(&self) -> Rect {
        let all = self.edges.rect().union(Edges::of(self.picture).rect());
        all.expand(all.width().max(all.height()) * 0.14)
    }

    /// Gives the frame another shape: the largest that fits into it, about its middle.
    pub(super) fn reshape(&mut self, proportion: Proportion) {
        self.proportion = proportion;
        let now = self.edges.size();
        let (width, height) = (f64::from(now.width), f64::from(now.height));
        let size = match (proportion, proportion.ratio(self.picture)) {
            (Proportion::Fixed(size), _) => signed(size),
            (_, Some(ratio)) if width > height * ratio => [whole(height * ratio), whole(height)],
            (_, Some(ratio)) => [whole(width), whole(width / ratio)],
            (_, None) => return,
        };
        self.take(self.edges.resized(size));
    }

    /// Leads a drag to a point of the picture; its ends stop at sides of multiples of 8 and at the picture's own edges where `snaps`.
    pub(super) fn lead(&mut self, drag: Drag, to: Pos2, snaps: bool) {
        let by = [
            whole_step(to.x - drag.from.x),
            whole_step(to.y - drag.from.y),
        ];
        let fixed = matches!(self.proportion, Proportion::Fixed(_));
        match drag.grip {
            Grip::Inside => self.shift(drag.start, by),
            _ if fixed => self.shift(drag.start, by),
            Grip::Fresh => {
                let [x, y] = [drag.from.x, drag.from.y].map(whole_step);
                let [x, y] = [x.clamp(0, self.far()[0]), y.clamp(0, self.far()[1])];
                let across = if by[0] < 0 { End::Low } else { End::High };
                let down = if by[1] < 0 { End::Low } else { End::High };
                let start = Edges {
                    left: x,
                    top: y,
                    right: x,
                    bottom: y,
                };
                self.pull(start, [across, down], [to.x, to.y].map(whole_step), snaps);
            }
            Grip::Ends(across, down) => {
                let at = |end: End, low: i32, high: i32, by: i32| match end {
                    End::Low => low + by,
                    End::High | End::Neither => high + by,
                };
                let start = drag.start;
                let to = [
                    at(across, start.left, start.right, by[0]),
                    at(down, start.top, start.bottom, by[1]),
                ];
                self.pull(start, [across, down], to, snaps);
            }
        }
    }

    /// Moves one edge outwards by so many pixels from the picture's own: left, top, right, bottom.
    pub(super) fn set_margin(&mut self, side: usize, margin: i32) {
        let [width, height] = self.far();
        let start = self.edges;
        if let Proportion::Fixed(_) = self.proportion {
            let now = [
                -start.left,
                -start.top,
                start.right - width,
                start.bottom - height,
            ];
            let by = margin - now[side];
            let by = match side {
                0 => [-by, 0],
                1 => [0, -by],
                2 => [by, 0],
                _ => [0, by],
            };
            self.shift(start, by);
            return;
        }
        let (ends, to) = match side {
            0 => ([End::Low, End::Neither], [-margin, 0]),
            1 => ([End::Neither, End::Low], [0, -margin]),
            2 => ([End::High, End::Neither], [width + margin, 0]),
            _ => ([End::Neither, End::High], [0, height + margin]),
        };
        self.pull(start, ends, to, false);
    }

    /// Moves the whole frame, as far as some of the picture stays in it.
    fn shift(&mut self, start: Edges, [across, down]: [i32; 2]) {
        let [width, height] = self.far();
        self.take(start.moved([
            across.clamp(1 - start.right, width - 1 - start.left),
            down.clamp(1 - start.bottom, height - 1 - start.top),
        ]));
    }

    /// Moves the ends that are held to `to`, and what its shape asks for with them.
    fn pull(&mut self, start: Edges, ends: [End; 2], to: [i32; 2], snaps: bool) {
        let far = self.far();
        let most = self.most as i32;
        let mut low = [start.left, start.top];
        let mut high = [start.right, start.bottom];
        for axis in 0..2 {
            match ends[axis] {
                End::Neither => {}
                End::Low => {
                    let end = snapped(to[axis], high[axis], 0, snaps);
                    let nearest = (high[axis] - 1).min(far[axis] - 1);
                    low[axis] = end.clamp((high[axis] - most).min(nearest), nearest);
                }
                End::High => {
                    let end = snapped(to[axis], low[axis], far[axis], snaps);
                    let nearest = (low[axis] + 1).max(1);
                    high[axis] = end.clamp(nearest, (low[axis] + most).max(nearest));
                }
            }
        }
        let mut edges = Edges {
            left: low[0],
            top: low[1],
            right: high[0],
            bottom: high[1],
        };
        if let Some(ratio) = self.proportion.ratio(self.picture) {
            edges = proportioned(edges, start, ends, ratio);
        }
        self.take(edges);
    }

    /// Takes edges that can be applied; else the frame stays.
    fn take(&mut self, edges: Edges) {
        let size = edges.margins(self.picture).applied(self.picture);
        if size.is_some_and(|size| size.width.max(size.height) <= self.most) {
            self.edges = edges;
        }
    }

    /// The picture's right and bottom edge.
    fn far(&self) -> [i32; 2] {
        signed(self.picture)
    }
}

/// An end at a multiple of 8 from the other one, or at the picture's own edge where that is nearer.
fn snapped(to: i32, other: i32, own: i32, snaps: bool) -> i32 {
    if !snaps {
        return to;
    }
    if (to - own).abs() <= STEP / 2 {
        return own;
    }
    let steps = (f64::from(to - other) / f64::from(STEP)).round();
    other + steps as i32 * STEP
}

/// The edges with the axis that was not held, or was moved less, brought to the proportion: from the corner that is not held, or about the middle.
fn proportioned(edges: Edges, start: Edges, [across, down]: [End; 2], ratio: f64) -> Edges {
    let size = edges.size();
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let by_width = match (across, down) {
        (End::Neither, _) => false,
        (_, End::Neither) => true,
        _ => width >= height * ratio,
    };
    let (width, height) = match by_width {
        true => (whole(width), whole(width / ratio)),
        false => (whole(height * ratio), whole(height)),
    };
    let axis = |end: End, low: i32, high: i32, length: i32| match end {
        End::Low => (high - length, high),
        End::High => (low, low + length),
        End::Neither => {
            let low = (low + high - length).div_euclid(2);
            (low, low + length)
        }
    };
    let (left, right) = match across {
        End::Neither => axis(across, start.left, start.right, width),
        _ => axis(across, edges.left, edges.right, width),
    };
    let (top, bottom) = match down {
        End::Neither => axis(down, start.top, start.bottom, height),
        _ => axis(down, edges.top, edges.bottom, height),
    };
    Edges {
        left,
        top,
        right,
        bottom,
    }
}

/// A length of at least a pixel; sides are far below what `i32` holds.
fn whole(length: f64) -> i32 {
    length.round().max(1.0) as i32
}

/// A place that the pointer gave, kept where sums of two fit.
fn whole_step(at: f32) -> i32 {
    at.round().clamp(-1e6, 1e6) as i32
}

fn signed(size: Size) -> [i32; 2] {
    [size.width, size.height].map(|side| side.min(i32::MAX as u32 / 4) as i32)
}

#[cfg(test)]
mod tests;
