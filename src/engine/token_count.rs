//! How many tokens a prompt takes, for whoever shows it while it is written.
//!
//! Does not know the text encoder; counting runs no network.

use std::fmt;
use std::sync::Arc;

use crate::diffusion::prompt::{self, tags};

/// Ids of a text, without start and end; `None` when it cannot be encoded.
type Tokenize = dyn Fn(&str) -> Option<Vec<u32>> + Send + Sync;

/// Counts the tokens of prompts as one model reads them; clones share the vocabulary.
#[derive(Clone)]
pub struct TokenCounter {
    window: usize,
    tokenize: Arc<Tokenize>,
}

/// Length of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenCount {
    /// Tokens of the prompt's words.
    pub used: usize,
    /// Tokens that the windows which they are laid out in can hold: 75 for CLIP, 150 when they fill two windows.
    pub room: usize,
}

impl TokenCounter {
    /// A counter for a text encoder's window, in ids with start and end, and a tokenizer that gives ids without start and end.
    pub fn new(
        window: usize,
        tokenize: impl Fn(&str) -> Option<Vec<u32>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            window,
            tokenize: Arc::new(tokenize),
        }
    }

    /// The length of a prompt in attention syntax without its tags; `None` when the tokenizer cannot encode it.
    #[must_use]
    pub fn count(&self, prompt: &str) -> Option<TokenCount> {
        let capacity = self.window.saturating_sub(2);
        let (plain, _) = tags::split(prompt);
        let windows = prompt::layout(capacity, &plain.text, |text| {
            (self.tokenize)(text).ok_or(())
        });
        let windows = windows.ok()?;
        Some(TokenCount {
            used: windows.iter().map(Vec::len).sum(),
            room: windows.len() * capacity,
        })
    }
}

impl fmt::Debug for TokenCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCounter")
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}
