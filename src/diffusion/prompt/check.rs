//! Whether a prompt can be run, and what a window underlines in it.
//!
//! Does not know recipes.

use super::schedule::{Mistake, Prompt, Role, Severity};
use super::{Span, spans};

/// A prompt that has no meaning: one line that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {role} cannot be read at character {position}, `{fragment}`: {message}")]
pub struct Unreadable {
    /// Which prompt.
    pub role: Role,
    /// Where, characters from 1.
    pub position: usize,
    /// What stands there.
    pub fragment: String,
    /// What is wrong and what to do.
    pub message: &'static str,
}

/// Every mistake in a prompt, in its order.
pub fn mistakes(text: &str, role: Role) -> Vec<Mistake> {
    Prompt::read(text, role).1
}

/// The first of a prompt's mistakes that leaves it without meaning.
pub fn unreadable(text: &str, role: Role) -> Option<Unreadable> {
    let mut wrong = mistakes(text, role).into_iter();
    let Mistake { range, message, .. } =
        wrong.find(|mistake| mistake.severity == Severity::Wrong)?;
    Some(Unreadable {
        role,
        position: text[..range.start].chars().count() + 1,
        fragment: text[range].to_owned(),
        message,
    })
}

impl Prompt {
    /// The attention or `AND` weight farthest from 0 at any step of a schedule of so many.
    pub fn largest_weight(&self, steps: usize) -> f32 {
        let mut weights: Vec<f32> = self.parts().iter().map(|part| part.weight).collect();
        for text in self.texts(steps) {
            weights.extend(spans(&text).iter().filter_map(|span| match span {
                Span::Words { weight, .. } => Some(*weight),
                Span::Break => None,
            }));
        }
        let farther = |a: f32, b: f32| if b.abs() > a.abs() { b } else { a };
        weights.into_iter().fold(0.0, farther)
    }
}
