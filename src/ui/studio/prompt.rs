//! The two prompts: their fields, their length in tokens, and the weights of their words.
//!
//! Does not know the engine; the counter comes from the loaded model.

use eframe::egui;
use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;

use super::super::texts as all_texts;
use super::super::texts::studio::{self as texts, NEGATIVE_HINT, NEGATIVE_UNHEARD, PROMPT_HINT};
use super::earlier;
use super::history::{History, Words};
use super::mistakes::Checked;
use super::rows;
use super::weights;
use crate::engine::{PromptRole, TokenCount, TokenCounter};
use crate::recipe::Recipe;
use crate::recipe::field::rows::{NEGATIVE_PROMPT, PROMPT};
use crate::recipe::wildcard::{Wildcards, resolve};

/// Lines of a prompt that show at least, and at most; more scroll.
const LINES: (usize, f32) = (2, 8.0);

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

    fn role(self) -> PromptRole {
        match self {
            Self::Positive => PromptRole::Prompt,
            Self::Negative => PromptRole::Negative,
        }
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
    checks: [Checked; 2],
}

impl Prompts {
    /// Looks at both again: what they may name has changed.
    pub fn look_again(&mut self) {
        for checked in &mut self.checks {
            checked.stale = true;
        }
    }
}

/// What the prompts may say beside words.
pub struct Grammar<'a> {
    /// The lists behind `__name__`.
    pub wildcards: &'a Wildcards,
    /// What the tooltip says of them.
    pub tooltip: &'a str,
    /// Whether the model was taught the words of its vocabulary and no others.
    pub few_words: bool,
}

/// The last count and what was counted.
#[derive(Default)]
struct Counted {
    /// The words that would run, and the model that would read them.
    of: (String, String),
    seed: u64,
    count: Option<TokenCount>,
    /// Words of them that a model of few words was not taught.
    unknown: Vec<String>,
}

impl Counted {
    /// Counts again only what has changed; `template` is what the words are chosen from, unless it cannot be resolved.
    fn count(
        &mut self,
        template: &str,
        changed: bool,
        seed: u64,
        wildcards: &Wildcards,
        (model, counter): (&str, &TokenCounter),
        few_words: bool,
    ) -> Option<TokenCount> {
        if changed || self.seed != seed || self.of.1 != model || self.count.is_none() {
            let words = resolve(template, seed, wildcards);
            let of = (words.unwrap_or(template.to_owned()), model.to_owned());
            if self.of != of || self.count.is_none() {
                self.count = counter.count(&of.0);
                self.unknown = match few_words {
                    true => unknown(&of.0, counter),
                    false => Vec::new(),
                };
            }
            self.of = of;
            self.seed = seed;
        }
        self.count
    }
}

/// The words of a prompt that the vocabulary has no token of their own for; tags and operators are none.
fn unknown(prompt: &str, counter: &TokenCounter) -> Vec<String> {
    let without_tags = prompt.split('<').map(|part| part.rsplit('>').next());
    let parts = without_tags.map(Option::unwrap_or_default);
    let words = parts.flat_map(|part| part.split(|letter: char| !letter.is_alphabetic()));
    let mut unknown: Vec<String> = Vec::new();
    for word in words.filter(|word| !word.chars().all(char::is_uppercase)) {
        let whole = counter.count(word).is_some_and(|count| count.used <= 1);
        if !whole && !unknown.iter().any(|other| other == word) {
            unknown.push(word.to_owned());
        }
    }
    unknown
}

/// Draws both prompts; `model` is the loaded model's name and its counter. Gives the earlier prompts that were chosen in place of them.
pub fn show(
    ui: &mut egui::Ui,
    prompts: &mut Prompts,
    recipe: &mut Recipe,
    model: Option<(&str, &TokenCounter)>,
    grammar: &Grammar<'_>,
    history: &History,
) -> Option<Words> {
    prompts.focused = None;
    let mut chosen = None;
    for (which, caption, hint) in [
        (Which::Positive, &all_texts::field(&PROMPT), PROMPT_HINT),
        (
            Which::Negative,
            &all_texts::field(&NEGATIVE_PROMPT),
            NEGATIVE_HINT,
        ),
    ] {
        let unheard = which == Which::Negative
            && recipe.guidance_scale == 1.0
            && !recipe.negative_prompt.is_empty();
        let seed = recipe.prompt_seeds()[which as usize];
        let text = which.text(recipe);
        let checked = &mut prompts.checks[which as usize];
        let changed = checked.look_at(text, which.role(), grammar.wildcards);
        let counted = &mut prompts.counts[which as usize];
        let count = model.and_then(|model| {
            let few = grammar.few_words;
            counted.count(text, changed, seed, grammar.wildcards, model, few)
        });
        let mut layouter = |ui: &egui::Ui, text: &dyn egui::TextBuffer, width: f32| {
            let job = checked.layout(ui, text.as_str(), width);
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        // What nobody wrote takes one line, and no line of its own for its name.
        let folded = which == Which::Negative && text.is_empty();
        let field = egui::TextEdit::multiline(text)
            .id(which.id())
            .desired_rows(if which == Which::Positive { LINES.0 } else { 1 })
            .desired_width(f32::INFINITY)
            .hint_text(hint)
            .layouter(&mut layouter);
        let field = ui
            .horizontal(|ui| {
                let name = ui.label(caption.label()).on_hover_ui(|ui| {
                    ui.label(caption.tooltip());
                    ui.label(grammar.tooltip);
                });
                if folded {
                    return Ok(ui.add(field).labelled_by(name.id));
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if which == Which::Positive {
                        chosen = earlier::menu(ui, history);
                    }
                    if let Some(count) = count {
                        let length = egui::RichText::new(texts::tokens(count)).small();
                        let (length, tooltip) = match count.fits {
                            true => (length.weak(), texts::TOKENS_TOOLTIP),
                            false => (
                                length.color(ui.visuals().warn_fg_color),
                                texts::TOO_LONG_TOOLTIP,
                            ),
                        };
                        ui.label(length).on_hover_text(tooltip);
                    }
                });
                Err(Box::new((field, name.id)))
            })
            .inner;
        let field = field.unwrap_or_else(|below| {
            let (field, name) = *below;
            let line = ui.text_style_height(&egui::TextStyle::Body);
            egui::ScrollArea::vertical()
                .id_salt(caption.id())
                .max_height(line * LINES.1 + 6.0)
                .auto_shrink([false, true])
                .show(ui, |ui| ui.add(field).labelled_by(name))
                .inner
        });
        rows::led(caption, &field);
        if field.has_focus() {
            prompts.focused = Some(which);
        }
        checked.explain(ui, field.has_focus());
        if which == Which::Positive && grammar.few_words && !counted.unknown.is_empty() {
            let line = texts::unknown(&counted.unknown);
            let line = egui::RichText::new(line).small();
            let colour = ui.visuals().warn_fg_color;
            ui.add(egui::Label::new(line.color(colour)).wrap());
        }
        if unheard {
            let warning = egui::RichText::new(NEGATIVE_UNHEARD)
                .small()
                .color(ui.visuals().warn_fg_color);
            ui.label(warning);
        }
        ui.add_space(2.0);
    }
    chosen
}

/// Puts other prompts into the recipe, the cursor at the end of the one that is typed in.
pub fn replace(ctx: &egui::Context, recipe: &mut Recipe, which: Option<Which>, words: Words) {
    recipe.prompt = words.prompt;
    recipe.negative_prompt = words.negative_prompt;
    let Some(which) = which else { return };
    if let Some(mut state) = TextEditState::load(ctx, which.id()) {
        let end = CCursor::new(which.text(recipe).chars().count());
        state.cursor.set_char_range(Some(CCursorRange::one(end)));
        state.store(ctx, which.id());
    }
}

/// Puts the cursor at the end of a prompt; the key that asked for it is not typed into it.
pub fn focus(ctx: &egui::Context, which: Which, recipe: &Recipe) {
    let typed = |event: &egui::Event| matches!(event, egui::Event::Text(_));
    ctx.input_mut(|input| input.events.retain(|event| !typed(event)));
    let text = match which {
        Which::Positive => &recipe.prompt,
        Which::Negative => &recipe.negative_prompt,
    };
    let end = CCursor::new(text.chars().count());
    let mut state = TextEditState::load(ctx, which.id()).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::one(end)));
    state.store(ctx, which.id());
    let field = match which {
        Which::Positive => &PROMPT,
        Which::Negative => &NEGATIVE_PROMPT,
    };
    rows::lead_to(ctx, &all_texts::field(field));
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
