//! Click to mask: what is pointed at in the picture, how what is found there joins the mask, and the rows and settings of that.
//!
//! Does not know who finds it: what is pointed at is there to be read, and what was found comes in as [`Pointed`].

use eframe::egui::{self, Button, Context, DragValue, FocusDirection, Key, Modifiers, Pos2, Ui};

use super::bars::{hint, named, tick};
use super::editor::{Editor, Effect, Row, Seen};
use super::tool::Tool;
use super::{key, row};
use crate::document::StrokeMode;
use crate::engine::{Prompt, PromptPoint};
use crate::raster::Join;
use crate::ui::texts::object as say;

/// Farthest that what is found is grown or shrunk, picture pixels.
const GROW_MOST: i32 = 64;

/// How what is found becomes the mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shaping {
    /// Whether its edge is brought to the picture's.
    pub refine: bool,
    /// By how much it is grown, or shrunk where negative, picture pixels.
    pub grow: i32,
}

/// What is pointed at, and what becomes of what is found there.
#[derive(Clone, Debug)]
pub struct Pointing {
    prompt: Prompt,
    /// What it does to the mask.
    pub join: Join,
    /// How it becomes one.
    pub shaping: Shaping,
}

/// What the rest of the window says of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::ui) struct Pointed {
    /// What each candidate is worth to the network, about 0 to 1.
    pub scores: Vec<f32>,
    /// The one that is shown.
    pub chosen: usize,
}

impl Default for Pointing {
    fn default() -> Self {
        Self {
            prompt: Prompt::default(),
            join: Join::Add,
            shaping: Shaping {
                refine: true,
                grow: 0,
            },
        }
    }
}

impl Pointing {
    /// What is pointed at; nothing before the first click.
    pub fn prompt(&self) -> Option<&Prompt> {
        let given = !self.prompt.points.is_empty() || self.prompt.bounds.is_some();
        given.then_some(&self.prompt)
    }

    /// Points at nothing any more.
    pub fn clear(&mut self) {
        self.prompt = Prompt::default();
    }

    /// Points without the box.
    pub(in crate::ui) fn drop_box(&mut self) {
        self.prompt.bounds = None;
    }

    /// Takes the last point back, or the box where there is none.
    pub(super) fn take_back(&mut self) {
        if self.prompt.points.pop().is_none() {
            self.prompt.bounds = None;
        }
        if !self.prompt.points.iter().any(|point| point.inside) && self.prompt.bounds.is_none() {
            self.clear();
        }
    }

    /// The box, two corners in picture pixels, and the points, each with whether it is meant.
    pub(super) fn marks(&self) -> (Option<[Pos2; 2]>, impl Iterator<Item = (Pos2, bool)>) {
        let shown = |x: f32, y: f32| egui::pos2(x + 0.5, y + 0.5);
        let bounds = self.prompt.bounds;
        let bounds =
            bounds.map(|[left, top, right, bottom]| [shown(left, top), shown(right, bottom)]);
        let points = self.prompt.points.iter();
        (
            bounds,
            points.map(move |point| (shown(point.at[0], point.at[1]), point.inside)),
        )
    }
}

/// Adds what was clicked or dragged around, picture pixels; nothing outside the picture.
pub(super) fn point(editor: &mut Editor<'_>, from: Pos2, to: Option<Pos2>, mode: StrokeMode) {
    let size = editor.document.size();
    let [wide, high] = [size.width, size.height].map(|side| side as f32);
    // The network counts from the middle of the first pixel.
    let own = |at: Pos2| [at.x - 0.5, at.y - 0.5];
    let pointing = &mut editor.board.pointing;
    match to {
        Some(to) => {
            let rect = egui::Rect::from_two_pos(from, to);
            let all = egui::Rect::from_min_max(Pos2::ZERO, egui::pos2(wide, high));
            let rect = rect.intersect(all);
            if !rect.is_positive() {
                return;
            }
            let ([left, top], [right, bottom]) = (own(rect.min), own(rect.max));
            pointing.prompt = Prompt {
                bounds: Some([left, top, right, bottom]),
                ..Prompt::default()
            };
        }
        None if !(0.0..wide).contains(&from.x) || !(0.0..high).contains(&from.y) => return,
        None => {
            let inside = mode == StrokeMode::Paint;
            if !inside && pointing.prompt().is_none() {
                return editor.say(say::NOTHING_YET);
            }
            pointing.prompt.points.push(PromptPoint {
                at: own(from),
                inside,
            });
        }
    }
    // Under a result nobody would see what is found.
    editor.effects.push(Effect::PutResultsAway);
}

fn pointing(seen: &Seen<'_>) -> Result<(), String> {
    seen.idle()?;
    match seen.board.pointing.prompt() {
        Some(_) => Ok(()),
        None => Err(say::NOTHING_YET.into()),
    }
}

/// Rows of what is pointed at; before all others that Enter also stands for.
pub(super) const ACTIONS: &[Row] = &[
    row(
        "object.take",
        ["Take object", "Make what was found part of the mask."],
        None,
        key(Modifiers::NONE, Key::Enter),
        pointing,
        |editor, _| editor.effects.push(Effect::TakeObject),
    ),
    row(
        "object.next",
        [
            "Other object",
            "Show another thing that you may have meant: a part of it, or more than it.",
        ],
        None,
        key(Modifiers::NONE, Key::Tab),
        |seen| {
            pointing(seen)?;
            match seen.around.pointed.scores.len() {
                0 | 1 => Err(say::ONLY_ONE.into()),
                _ => Ok(()),
            }
        },
        |editor, ctx| {
            let Pointed { scores, chosen } = &editor.around.pointed;
            let next = (chosen + 1) % scores.len().max(1);
            editor.effects.push(Effect::ShowObject(next));
            // The key would move the focus too.
            ctx.memory_mut(|memory| memory.move_focus(FocusDirection::None));
        },
    ),
];

/// Draws the settings.
pub(super) fn options(editor: &mut Editor<'_>, ui: &mut Ui) {
    let pointing = &mut editor.board.pointing;
    let combo = egui::ComboBox::from_id_salt("object join")
        .width(84.0)
        .selected_text(say::join(pointing.join));
    let combo = combo.show_ui(ui, |ui| {
        for join in Join::ALL {
            ui.selectable_value(&mut pointing.join, join, say::join(join));
        }
    });
    combo.response.on_hover_text(say::JOIN.tooltip());
    let Shaping { refine, grow } = &mut pointing.shaping;
    tick(ui, say::REFINE, say::REFINE_TIP, refine);
    let number = DragValue::new(grow)
        .range(-GROW_MOST..=GROW_MOST)
        .suffix(" px");
    named(ui, say::GROW, say::GROW_TIP, number);
    let Pointed { scores, chosen } = editor.around.pointed.clone();
    if editor.board.pointing.prompt().is_none() {
        return hint(ui, say::HINT);
    }
    for (index, score) in scores.iter().enumerate().filter(|_| scores.len() > 1) {
        let button = ui.selectable_label(index == chosen, (index + 1).to_string());
        if button.on_hover_text(say::candidate(*score)).clicked() {
            editor.effects.push(Effect::ShowObject(index));
        }
    }
    let can = !scores.is_empty();
    let take = ui.add_enabled(can, Button::new(say::TAKE.label()));
    if take.on_hover_text(say::TAKE.tooltip()).clicked() {
        editor.effects.push(Effect::TakeObject);
    }
    hint(ui, say::PENDING_HINT);
}

/// Takes the tool from the hand, and all that was pointed at.
pub(super) fn leave(editor: &mut Editor<'_>, tool: Tool) {
    if tool != Tool::Object {
        editor.board.pointing.clear();
    }
}

/// Forgets what was pointed at.
pub(super) fn forget(editor: &mut Editor<'_>, _: &Context) {
    editor.board.drop_gesture(editor.document);
    editor.board.pointing.clear();
}
