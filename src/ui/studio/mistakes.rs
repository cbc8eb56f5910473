//! What is wrong with a prompt: found, underlined, and explained below it.
//!
//! Does not know the grammar of prompts or wildcards; asks those who do.

use std::ops::Range;
use std::time::{Duration, Instant};

use eframe::egui::text::LayoutJob;
use eframe::egui::{self, Stroke, TextFormat};

use super::super::texts::recipes as texts;
use crate::engine::{PromptRole, PromptSeverity, prompt_mistakes};
use crate::recipe::wildcard::{self, Wildcards};

/// How long words stay untouched before they are explained: who types a bracket is about to close it.
const PATIENCE: Duration = Duration::from_millis(600);

/// Mistakes that are explained at once.
const SHOWN: usize = 3;

/// A mistake in a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where, bytes.
    pub range: Range<usize>,
    /// What is wrong and what to do.
    pub message: String,
    /// Whether the prompt has no meaning with it.
    pub wrong: bool,
}

/// The mistakes of a text, as it was last looked at.
#[derive(Default)]
pub struct Checked {
    text: Option<String>,
    mistakes: Vec<Mistake>,
    /// When the text last changed.
    since: Option<Instant>,
    /// Whether the wildcards have changed since.
    pub stale: bool,
    /// Whether a wildcard is missing.
    missing: bool,
}

impl Checked {
    /// Looks at a text unless that was done; gives whether it did.
    pub fn look_at(&mut self, text: &str, role: PromptRole, wildcards: &Wildcards) -> bool {
        let now = Instant::now();
        let same = self.text.as_deref() == Some(text);
        if same && !std::mem::take(&mut self.stale) {
            return false;
        }
        let unresolved = wildcard::mistakes(text, wildcards);
        self.missing = !unresolved.is_empty();
        let unresolved = unresolved.into_iter().map(|error| Mistake {
            range: error.range,
            message: error.message,
            wrong: true,
        });
        let unread = prompt_mistakes(text, role)
            .into_iter()
            .map(|mistake| Mistake {
                range: mistake.range,
                message: mistake.message.to_owned(),
                wrong: mistake.severity == PromptSeverity::Wrong,
            });
        self.mistakes = unresolved.chain(unread).collect();
        self.mistakes.sort_by_key(|mistake| mistake.range.start);
        self.since = Some(match (same, self.since) {
            (true, Some(changed)) => changed,
            // What was there when the window opened is not being typed.
            (_, None) => now.checked_sub(PATIENCE).unwrap_or(now),
            (false, Some(_)) => now,
        });
        self.text = Some(text.to_owned());
        true
    }

    /// The text laid out as a field does, its mistakes underlined.
    pub fn layout(&self, ui: &egui::Ui, text: &str, width: f32) -> LayoutJob {
        let font = egui::TextStyle::Body.resolve(ui.style());
        let row = ui.fonts_mut(|fonts| fonts.row_height(&font));
        let color = ui.visuals().text_color();
        let plain = TextFormat {
            line_height: Some(row + ui.spacing().extra_text_line_spacing),
            ..TextFormat::simple(font, color)
        };
        let mut job = LayoutJob {
            keep_trailing_whitespace: true,
            break_on_newline: true,
            ..LayoutJob::default()
        };
        job.wrap.max_width = width;
        let mut done = 0;
        for mistake in &self.mistakes {
            let range = mistake.range.start.max(done)..mistake.range.end;
            // Mistakes of a text that has just changed may lie across its letters.
            if range.is_empty() || text.get(range.clone()).is_none() {
                continue;
            }
            let underlined = TextFormat {
                underline: Stroke::new(1.5, colour(ui, mistake.wrong)),
                ..plain.clone()
            };
            if range.start > done {
                job.append(&text[done..range.start], 0.0, plain.clone());
            }
            job.append(&text[range.clone()], 0.0, underlined);
            done = range.end;
        }
        if done < text.len() || text.is_empty() {
            job.append(&text[done..], 0.0, plain);
        }
        job
    }

    /// Explains the mistakes under the field; while words are typed into it, after a moment.
    pub fn explain(&self, ui: &mut egui::Ui, typing: bool) {
        let (Some(changed), Some(text)) = (self.since, &self.text) else {
            return;
        };
        if self.mistakes.is_empty() {
            return;
        }
        if self.missing {
            ui.ctx().request_repaint_after(super::STALE);
        }
        let left = PATIENCE.saturating_sub(changed.elapsed());
        if typing && !left.is_zero() {
            ui.ctx().request_repaint_after(left);
            return;
        }
        for mistake in self.mistakes.iter().take(SHOWN) {
            let fragment = text.get(mistake.range.clone()).unwrap_or_default();
            let line = texts::mistake(fragment, &mistake.message);
            let line = egui::RichText::new(line)
                .small()
                .color(colour(ui, mistake.wrong));
            ui.add(egui::Label::new(line).wrap());
        }
        if let Some(more) = self.mistakes.len().checked_sub(SHOWN)
            && more > 0
        {
            ui.label(
                egui::RichText::new(texts::more_mistakes(more))
                    .small()
                    .weak(),
            );
        }
    }
}

fn colour(ui: &egui::Ui, wrong: bool) -> egui::Color32 {
    match wrong {
        true => ui.visuals().error_fg_color,
        false => ui.visuals().warn_fg_color,
    }
}
