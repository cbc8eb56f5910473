//! How many tokens a prompt takes, for whoever shows it while it is written.
//!
//! Does not know the text encoder; counting runs no network.

use std::fmt;
use std::sync::Arc;

use crate::diffusion::prompt;
use crate::diffusion::prompt::schedule::{Prompt, Role};

/// Steps of the schedule that a prompt's changes are looked at for.
const STEPS: usize = 100;

/// Ids of a text in pieces, without start and end; `None` when it cannot be encoded.
type Tokenize = dyn Fn(&str) -> Option<Vec<Vec<u32>>> + Send + Sync;

/// Counts the tokens of prompts as one model reads them; clones share the vocabulary.
#[derive(Clone)]
pub struct TokenCounter {
    window: usize,
    most: Option<usize>,
    tokenize: Arc<Tokenize>,
}

/// Length of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenCount {
    /// Tokens of the prompt's words.
    pub used: usize,
    /// Tokens that the windows which they are laid out in can hold: 75 for CLIP, 150 when they fill two windows, and always as many where the model fixes how many windows there are.
    pub room: usize,
    /// Whether the model has as many windows.
    pub fits: bool,
}

impl TokenCounter {
    /// A counter for a text encoder's window, in ids with start and end, the number of windows where the model fixes it, and a tokenizer that gives ids without start and end.
    pub fn new(
        window: usize,
        most: Option<usize>,
        tokenize: impl Fn(&str) -> Option<Vec<Vec<u32>>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            window,
            most,
            tokenize: Arc::new(tokenize),
        }
    }

    /// The length of a prompt whose wildcards are resolved, without its tags: of its longest text where that changes or there are several; `None` when the tokenizer cannot encode it.
    #[must_use]
    pub fn count(&self, prompt: &str) -> Option<TokenCount> {
        let capacity = self.window.saturating_sub(2);
        let (prompt, _) = Prompt::read(prompt, Role::Prompt);
        let lengths = prompt.texts(STEPS).into_iter().map(|text| {
            let windows = prompt::layout(capacity, &text, |words| (self.tokenize)(words).ok_or(()));
            let windows = windows.ok()?;
            Some((windows.len(), windows.iter().map(Vec::len).sum()))
        });
        let lengths: Option<Vec<_>> = lengths.collect();
        let (windows, used) = lengths?.into_iter().max()?;
        Some(TokenCount {
            used,
            room: self.most.unwrap_or(windows) * capacity,
            fits: self.most.is_none_or(|most| windows <= most),
        })
    }
}

impl fmt::Debug for TokenCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCounter")
            .field("window", &self.window)
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}
