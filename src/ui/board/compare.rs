//! Holding before against after: wipe, side by side, difference, and the original while a key is held.
//!
//! With a layer over the picture (a candidate, a preview) the picture alone is *before*, or another candidate that it is held against; else what the picture was before its accepted results.
//!
//! Does not know where a layer comes from.

use std::sync::Arc;

use eframe::egui::{Context, Key, KeyboardShortcut, Modifiers, Pos2, Rect, pos2};

use super::editor::{Editor, Row, Seen};
use super::gesture::REACH;
use super::{Board, find, key, row};
use crate::canvas::{Compare, Layer};
use crate::document::Document;
use crate::raster::{self, Mask};
use crate::ui::row::Menu;
use crate::ui::texts::{self, Text};

/// Free space between two panes, points.
const GAP: f32 = 2.0;

/// Names of layers made here begin here, out of the way of all others.
const FIRST_ID: u64 = 1 << 63;

/// How before is held against after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comparison {
    /// Only after is shown.
    #[default]
    Off,
    /// Before left of a line, after right of it.
    Wipe,
    /// Before and after in panes of one view.
    SideBySide,
    /// Where they differ.
    Difference,
}

/// How the canvas is compared now.
#[derive(Default)]
pub(super) struct Comparing {
    pub(super) mode: Comparison,
    /// Whether only before is shown, until taken back.
    pub(super) original: bool,
    /// Whether the key for it is held.
    pub(super) held: bool,
    /// Where the wipe's line stands, share of the canvas's width from the middle, in `[-0.5, 0.5]`.
    line: f32,
    /// What the picture was before its results, for a revision of the document.
    before: Option<(u64, Option<Layer>)>,
    judged: Judged,
    /// The other result that was held against the one that is shown.
    against: Option<u64>,
}

/// What the artist judges, without the mask over it until they change that mask.
#[derive(Default)]
struct Judged {
    /// The result that is shown, how it is compared, and whether before alone is shown.
    what: (Option<u64>, Comparison, bool),
    /// The mask as it was at first; none once it was changed, or where nothing is judged.
    mask: Option<Arc<Mask>>,
}

/// One painting of the canvas.
pub(super) struct Shot {
    /// What of the screen it may cover.
    pub(super) clip: Rect,
    /// What the view takes for its viewport.
    pub(super) pane: Rect,
    pub(super) compare: Compare,
    /// What the artist is told it is.
    pub(super) label: Option<Text>,
}

/// What there is to compare.
pub(super) struct Sides {
    /// Over the picture in one of them.
    pub(super) layer: Option<Layer>,
    /// Over it in the other, where that is no picture.
    pub(super) other: Option<Layer>,
    before: Compare,
    after: Compare,
}

impl Board {
    /// Whether anything but the present state is shown.
    pub(super) fn is_comparing(&self) -> bool {
        self.shows_original() || self.comparing.mode != Comparison::Off
    }

    /// Whether only before is shown.
    pub fn shows_original(&self) -> bool {
        self.comparing.original || self.comparing.held
    }

    /// Takes note of the result that is shown, if one is, and of the mask.
    pub(super) fn judge(&mut self, result: Option<u64>, mask: &Arc<Mask>) {
        let what = (result, self.comparing.mode, self.shows_original());
        let judged = &mut self.comparing.judged;
        if judged.what != what {
            let judges = what != Default::default();
            judged.what = what;
            judged.mask = judges.then(|| Arc::clone(mask));
        }
        judged.mask.take_if(|first| !Arc::ptr_eq(first, mask));
    }

    /// Whether a result or a comparison is judged, and the mask is not worked on.
    pub(super) fn is_judging(&self) -> bool {
        self.comparing.judged.mask.is_some()
    }

    /// Where the picture is drawn, points; one place, or two of equal size.
    pub(super) fn panes(&self) -> Vec<Rect> {
        let all = self.viewport;
        if self.comparing.mode != Comparison::SideBySide || self.shows_original() {
            return vec![all];
        }
        let width = ((all.width() - GAP) / 2.0).floor();
        let left = Rect::from_min_max(all.min, pos2(all.min.x + width, all.max.y));
        let right = Rect::from_min_max(pos2(all.max.x - width, all.min.y), all.max);
        vec![left, right]
    }

    /// Where the wipe's line stands, points from the screen's left; nowhere without a wipe.
    pub(super) fn wipe_line(&self) -> Option<f32> {
        let wiping = self.comparing.mode == Comparison::Wipe && !self.shows_original();
        let viewport = self.viewport;
        wiping.then(|| viewport.center().x + self.comparing.line * viewport.width())
    }

    /// Whether a point of the screen takes hold of the wipe's line.
    pub(super) fn wipe_line_near(&self, at: Pos2) -> bool {
        self.wipe_line()
            .is_some_and(|line| (line - at.x).abs() < REACH)
    }

    /// Leads the wipe's line to the pointer.
    pub(super) fn move_wipe_line(&mut self, at: Pos2) {
        let viewport = self.viewport;
        let share = (at.x - viewport.center().x) / viewport.width().max(1.0);
        self.comparing.line = share.clamp(-0.5, 0.5);
    }

    /// What there is to compare: `over` is what lies over the picture now, `against` what that is held against.
    ///
    /// Two that are held against each other for the first time are shown side by side.
    pub(super) fn sides(
        &mut self,
        document: &Document,
        over: Option<Layer>,
        against: Option<Layer>,
    ) -> Sides {
        // What was made for another picture does not fit this one.
        let whole = raster::Rect::of(document.size());
        let fits = |layer: &Layer| whole.contains(layer.patch.rect());
        let over = over.filter(fits);
        let other = against.filter(|layer| over.is_some() && fits(layer));
        let id = other.as_ref().map(|layer| layer.id);
        let held = std::mem::replace(&mut self.comparing.against, id);
        if id.is_some() && held != id && self.comparing.mode == Comparison::Off {
            self.comparing.mode = Comparison::SideBySide;
        }
        if over.is_some() || !self.is_comparing() {
            return Sides {
                layer: over,
                before: match other {
                    Some(_) => Compare::Other,
                    None => Compare::Picture,
                },
                after: Compare::Layer,
                other,
            };
        }
        Sides {
            other: None,
            layer: self.before(document),
            before: Compare::Layer,
            after: Compare::Picture,
        }
    }

    /// What the picture was before its results; gathered once for each state of the document.
    fn before(&mut self, document: &Document) -> Option<Layer> {
        let revision = document.revision();
        match &self.comparing.before {
            Some((known, layer)) if *known == revision => layer.clone(),
            _ => {
                let layer = document.before().map(|patch| Layer {
                    id: FIRST_ID | revision,
                    patch: Arc::new(patch),
                });
                self.comparing.before = Some((revision, layer.clone()));
                layer
            }
        }
    }

    /// The paintings of this frame.
    pub(super) fn shots(&self, sides: &Sides) -> Vec<Shot> {
        let all = self.viewport;
        let shot = |clip, pane, compare, label| Shot {
            clip,
            pane,
            compare,
            label,
        };
        let (before, after) = match sides.before {
            Compare::Other => (Some(texts::board::OTHER), Some(texts::board::SELECTED)),
            _ => (Some(texts::board::BEFORE), Some(texts::board::AFTER)),
        };
        if self.shows_original() {
            let original = match sides.before {
                Compare::Other => Compare::Picture,
                before => before,
            };
            return vec![shot(all, all, original, Some(texts::board::BEFORE))];
        }
        match self.comparing.mode {
            Comparison::Off => vec![shot(all, all, sides.after, None)],
            Comparison::Difference => {
                let label = Some(texts::board::DIFFERENCE);
                vec![shot(all, all, Compare::Difference, label)]
            }
            Comparison::SideBySide => {
                let sides = [(sides.before, before), (sides.after, after)];
                let panes = self.panes().into_iter().zip(sides);
                panes
                    .map(|(pane, (compare, label))| shot(pane, pane, compare, label))
                    .collect()
            }
            Comparison::Wipe => {
                let line = self.wipe_line().unwrap_or(all.center().x);
                let (left, right) = (all.with_max_x(line), all.with_min_x(line));
                vec![
                    shot(left, all, sides.before, before),
                    shot(right, all, sides.after, after),
                ]
            }
        }
    }
}

/// Sees whether the key that shows the original is held.
pub(super) fn hear_key(editor: &mut Editor<'_>, ctx: &Context) {
    editor.board.comparing.held = original_key(editor).is_some_and(|shortcut| {
        !ctx.egui_wants_keyboard_input()
            && ctx.input(|input| {
                input.key_down(shortcut.logical_key)
                    && input.modifiers.matches_logically(shortcut.modifiers)
            })
    });
}

fn original_key(editor: &Editor<'_>) -> Option<KeyboardShortcut> {
    find(ORIGINAL).and_then(|row| row.key(editor.around.shortcuts))
}

/// Shows the original until chosen again; the key shows it for as long as it is held, and leaves this alone.
fn keep_original(editor: &mut Editor<'_>, ctx: &Context) {
    let by_key = original_key(editor).is_some_and(|shortcut| {
        let key = shortcut.logical_key;
        ctx.input(|input| input.key_down(key) || input.key_released(key))
    });
    if !by_key {
        editor.board.comparing.original = !editor.board.comparing.original;
    }
}

const ORIGINAL: &str = "compare.original";

/// Whether there is anything to compare.
fn comparable(seen: &Seen<'_>) -> Result<(), String> {
    if seen.board.is_comparing() || seen.around.over.is_some() || seen.document.has_before() {
        Ok(())
    } else {
        Err(texts::board::NOTHING_TO_COMPARE.into())
    }
}

/// Compares in that way, or no longer if it did.
fn toggle(editor: &mut Editor<'_>, mode: Comparison) {
    let comparing = &mut editor.board.comparing;
    comparing.original = false;
    comparing.mode = if comparing.mode == mode {
        Comparison::Off
    } else {
        mode
    };
}

/// Rows that hold before against after.
pub(super) const ACTIONS: &[Row] = &[
    row(
        "compare.wipe",
        [
            "Wipe",
            "Show before and after on two sides of a line that you drag.",
        ],
        Some(Menu::View),
        key(Modifiers::NONE, Key::C),
        comparable,
        |editor, _| toggle(editor, Comparison::Wipe),
    ),
    row(
        "compare.side_by_side",
        [
            "Side by side",
            "Show before and after beside each other, moved and zoomed together.",
        ],
        Some(Menu::View),
        key(Modifiers::SHIFT, Key::C),
        comparable,
        |editor, _| toggle(editor, Comparison::SideBySide),
    ),
    row(
        "compare.difference",
        [
            "Difference",
            "Show where before and after differ: black is the same.",
        ],
        Some(Menu::View),
        key(Modifiers::NONE, Key::D),
        comparable,
        |editor, _| toggle(editor, Comparison::Difference),
    ),
    row(
        ORIGINAL,
        [
            "Original",
            "Show the picture as it was before, while the key is held or until chosen again.",
        ],
        Some(Menu::View),
        key(Modifiers::NONE, Key::Backslash),
        comparable,
        keep_original,
    ),
];
