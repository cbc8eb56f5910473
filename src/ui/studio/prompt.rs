//! The two prompts: their fields, their length in tokens, and the weights of their words.
//!
//! Does not know the engine; the counter comes from the loaded model.

use eframe::egui;
use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;

use super::super::texts::studio::{
    self as texts, NEGATIVE_HINT, NEGATIVE_PROMPT, NEGATIVE_UNHEARD, PROMPT, PROMPT_HINT,
};
use super::weights;
use crate::engine::{TokenCount, TokenCounter};
use crate::recipe::Recipe;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// What should be there.
    Positive,
    /// What must not.
    Negative,
}

impl Which {
    fn id(self) -> egui::Id {
        egui::Id::unique(match self {
            Self::Positive => "prompt",
            Self::Negative => "negative prompt",
        })
    }

    fn text(self, recipe: &mut Recipe) -> &mut String {
        match self {
            Self::Positive => &mut recipe.prompt,
            Self::Negative => &mut recipe.negative_prompt,
        }
    }
}

/// Which prompt is typed in, and how long they are.
#[derive(Default)]
pub struct Prompts {
    /// The one with the cursor, as of the last frame.
    pub focused: Option<Which>,
    counts: [Counted; 2],
}

/// The last count and what was counted.
#[derive(Default)]
struct Counted {
    text: String,
    model: String,
    count: Option<TokenCount>,
}

impl Counted {
    /// Counts again only what has changed.
    fn count(&mut self, text: &str, model: &str, counter: &TokenCounter) -> Option<TokenCount> {
        if self.text != text || self.model != model || self.count.is_none() {
            self.count = counter.count(text);
            text.clone_into(&mut self.text);
            model.clone_into(&mut self.model);
        }
        self.count
    }
}

/// Draws both prompts; `model` is the loaded model's name and its counter.
pub fn show(
    ui: &mut egui::Ui,
    prompts: &mut Prompts,
    recipe: &mut Recipe,
    model: Option<(&str, &TokenCounter)>,
) {
    prompts.focused = None;
    for (which, caption, hint, rows) in [
        (Which::Positive, &PROMPT, PROMPT_HINT, 4),
        (Which::Negative, &NEGATIVE_PROMPT, NEGATIVE_HINT, 2),
    ] {
        let unheard = which == Which::Negative
            && recipe.guidance_scale == 1.0
            && !recipe.negative_prompt.is_empty();
        let text = which.text(recipe);
        let counted = &mut prompts.counts[which as usize];
        let count = model.and_then(|(name, counter)| counted.count(text, name, counter));
        let name = ui
            .horizontal(|ui| {
                let name = ui.label(caption.label).on_hover_text(caption.tooltip);
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if let Some(count) = count {
                        let length = egui::RichText::new(texts::tokens(count)).small().weak();
                        ui.label(length).on_hover_text(texts::TOKENS_TOOLTIP);
                    }
                });
                name
            })
            .inner;
        let field = egui::TextEdit::multiline(text)
            .id(which.id())
            .desired_rows(rows)
            .desired_width(f32::INFINITY)
            .hint_text(hint);
        let field = ui.add(field).labelled_by(name.id);
        if field.has_focus() {
            prompts.focused = Some(which);
        }
        if unheard {
            let warning = egui::RichText::new(NEGATIVE_UNHEARD)
                .small()
                .color(ui.visuals().warn_fg_color);
            ui.label(warning);
        }
        ui.add_space(2.0);
    }
}

/// Adds `step` to the weight of the words at the cursor of that prompt; false where there are none.
pub fn shift(ctx: &egui::Context, recipe: &mut Recipe, which: Which, step: f64) -> bool {
    let Some(mut state) = TextEditState::load(ctx, which.id()) else {
        return false;
    };
    let Some(range) = state.cursor.char_range() else {
        return false;
    };
    let text = which.text(recipe);
    let selected = range.as_sorted_char_range();
    let Some((shifted, place)) = weights::shift(text, selected.start.0..selected.end.0, step)
    else {
        return false;
    };
    *text = shifted;
    let selected = CCursorRange::two(CCursor::new(place.start), CCursor::new(place.end));
    state.cursor.set_char_range(Some(selected));
    state.store(ctx, which.id());
    true
}
