//! What was found, and the tries of it.
//!
//! Does not know jobs, nor how anything is drawn.

use std::sync::Arc;

use eframe::egui::TextureHandle;

use crate::detection::Region;
use crate::raster::{Patch, Picture, Rect, Size};

/// A picture as the window shows it.
#[derive(Default)]
pub(super) struct View {
    /// Whether it was asked for.
    pub asked: bool,
    pub texture: Option<TextureHandle>,
}

/// Something that was found.
pub(super) struct Spot {
    /// Its number among all spots and tries of the list, which stays when others move.
    pub name: usize,
    pub label: String,
    pub score: f32,
    pub region: Region,
    /// Whether it is to be repainted.
    pub ticked: bool,
    /// What should be there; where it is empty, what the panel says.
    pub prompt: String,
    /// Its own strength, where it has one.
    pub strength: Option<f64>,
    /// The part of the picture that is shown of it.
    pub part: Rect,
    pub original: View,
    pub tries: Vec<Try>,
    /// The try that is to be kept; without one the original.
    pub picked: Option<usize>,
}

/// One repaint of a spot.
pub(super) struct Try {
    /// As [`Spot::name`]; also its place on the sheet that results come to.
    pub name: usize,
    /// What it is made from.
    pub start: Arc<Picture>,
    /// Whether no job will bring it any more.
    pub lost: bool,
    pub patch: Option<Arc<Patch>>,
    pub infotext: String,
    pub view: View,
    /// The preview that was asked for last.
    pub preview: u64,
    pub hint: Hint,
}

/// How much a try is taken for what it should be.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Hint {
    Unasked,
    /// Of that size is what is looked at.
    Asked(Size),
    Known(f32),
}

impl Spot {
    pub fn new(name: usize, label: String, score: f32, region: Region, of: &Picture) -> Self {
        let size = region.rect.size();
        Self {
            name,
            label,
            score,
            part: region.rect.pad(size.width.max(size.height) / 3, of.size()),
            region,
            ticked: true,
            prompt: String::new(),
            strength: None,
            original: View::default(),
            tries: Vec::new(),
            picked: None,
        }
    }

    /// The try that is to be kept, once it is there.
    pub fn pick(&self) -> Option<&Try> {
        self.tries
            .get(self.picked?)
            .filter(|one| one.patch.is_some())
    }

    /// The picture of that name: the spot's own, or a try's.
    pub fn view_mut(&mut self, name: usize) -> Option<&mut View> {
        if self.name == name {
            return Some(&mut self.original);
        }
        let one = self.tries.iter_mut().find(|one| one.name == name)?;
        Some(&mut one.view)
    }

    /// Shows another part of the picture.
    pub fn cover(&mut self, new: Self) {
        self.region = new.region;
        self.part = new.part;
        self.original.asked = false;
        for one in &mut self.tries {
            one.view.asked = false;
        }
    }

    /// The next try whose hint is not known, once all are there that will be; one alone needs none.
    pub fn unjudged(&mut self) -> Option<&mut Try> {
        let there = self.tries.iter().filter(|one| one.patch.is_some()).count();
        let coming = self
            .tries
            .iter()
            .any(|one| one.patch.is_none() && !one.lost);
        if coming || there < 2 {
            return None;
        }
        let mut tries = self.tries.iter_mut();
        tries.find(|one| one.patch.is_some() && one.hint == Hint::Unasked)
    }

    /// Whether the hint of every try that is there is known.
    pub fn is_judged(&self) -> bool {
        let mut there = self.tries.iter().filter(|one| one.patch.is_some());
        there.all(|one| matches!(one.hint, Hint::Known(_)))
    }

    /// Puts the tries with the better hint first, or all in the order in which they were asked for; the pick stays.
    pub fn sort(&mut self, by_hint: bool) {
        let picked = self.pick().map(|one| one.name);
        let rank = |one: &Try| match one.hint {
            Hint::Known(hint) if by_hint => hint,
            _ => -1.0,
        };
        self.tries
            .sort_by(|a, b| rank(b).total_cmp(&rank(a)).then(a.name.cmp(&b.name)));
        self.picked = self.tries.iter().position(|one| Some(one.name) == picked);
    }
}

impl Try {
    pub fn new(name: usize, start: &Arc<Picture>) -> Self {
        Self {
            name,
            start: Arc::clone(start),
            lost: false,
            patch: None,
            infotext: String::new(),
            view: View::default(),
            preview: 0,
            hint: Hint::Unasked,
        }
    }
}

/// Puts what a patch changes of the picture that it was made from into pixels of that part of another, which may differ from it elsewhere.
pub(super) fn lay(patch: &Patch, start: &Picture, pixels: &mut Picture, part: Rect) {
    let rect = patch.rect();
    let (x, y) = (rect.left - part.left, rect.top - part.top);
    for (row, new) in (0..).zip(patch.pixels().rows()) {
        let before = &start.row(rect.top + row)[rect.left as usize..];
        let own = &mut pixels.row_mut(y + row)[x as usize..];
        for ((own, new), before) in own.iter_mut().zip(new).zip(before) {
            if new != before {
                *own = *new;
            }
        }
    }
}
