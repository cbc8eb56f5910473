//! Prompts: A1111's attention syntax, its chunks of 75 tokens, and its mean-preserving emphasis; [`schedule`] has what changes from step to step, [`tags`] what other programs' tags are.
//!
//! Does not know vocabularies: token ids come from [`Networks::tokenize`].

pub mod check;
pub mod conditioning;
pub mod readable;
pub mod schedule;
pub mod tags;

use ndarray::{Array3, Axis, concatenate};

use super::networks::{Chunk, Halt, Networks};

/// Weight of one pair of round brackets; square brackets divide by it (A1111 `modules/prompt_parser.py`).
const BRACKET_WEIGHT: f32 = 1.1;

/// How far back from a full chunk a comma may lie for the words after it to move on together, tokens (A1111 `comma_padding_backtrack`).
const COMMA_BACKTRACK: usize = 20;

/// A stretch of a prompt.
#[derive(Clone, Debug, PartialEq)]
pub enum Span {
    /// Words with one attention weight; 1 is neutral.
    Words {
        /// The words, escapes resolved.
        text: String,
        /// Multiplier of their embeddings.
        weight: f32,
    },
    /// `BREAK`: the next words start a new chunk.
    Break,
}

/// Splits a prompt by its attention weights.
///
/// `(x)` weighs 1.1, `[x]` 1/1.1, `(x:1.3)` 1.3; nesting multiplies, a backslash makes a bracket literal, and brackets left open reach to the end (A1111 `parse_prompt_attention`).
/// Neighbours of equal weight are one span; an empty prompt is one empty span.
pub fn spans(prompt: &str) -> Vec<Span> {
    let mut pieces: Vec<(String, f32)> = Vec::new();
    let mut round = Vec::new();
    let mut square = Vec::new();
    let mut rest = prompt;
    while let Some(first) = rest.chars().next() {
        let mut taken = first.len_utf8();
        match first {
            '\\' => {
                let escaped = rest[1..].chars().next().filter(|c| "()[]\\".contains(*c));
                taken += escaped.map_or(0, char::len_utf8);
                pieces.push((escaped.unwrap_or('\\').to_string(), 1.0));
            }
            '(' => round.push(pieces.len()),
            '[' => square.push(pieces.len()),
            ')' if !round.is_empty() => weigh(&mut pieces, round.pop(), BRACKET_WEIGHT),
            ']' if !square.is_empty() => weigh(&mut pieces, square.pop(), 1.0 / BRACKET_WEIGHT),
            ':' => match explicit_weight(rest) {
                Some((weight, length)) if !round.is_empty() => {
                    weigh(&mut pieces, round.pop(), weight);
                    taken = length;
                }
                _ => pieces.push((":".to_owned(), 1.0)),
            },
            _ => {
                let end = rest[taken..].find(['\\', '(', ')', '[', ']', ':']);
                taken = end.map_or(rest.len(), |end| end + taken);
                pieces.push((rest[..taken].to_owned(), 1.0));
            }
        }
        rest = &rest[taken..];
    }
    for start in round {
        weigh(&mut pieces, Some(start), BRACKET_WEIGHT);
    }
    for start in square {
        weigh(&mut pieces, Some(start), 1.0 / BRACKET_WEIGHT);
    }
    merge(pieces)
}

fn weigh(pieces: &mut [(String, f32)], start: Option<usize>, weight: f32) {
    for (_, piece_weight) in pieces.iter_mut().skip(start.unwrap_or(usize::MAX)) {
        *piece_weight *= weight;
    }
}

/// The weight in `:1.3)` at the start of `text`, and the bytes that it takes.
fn explicit_weight(text: &str) -> Option<(f32, usize)> {
    let close = 1 + text[1..].find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | ' '))?;
    let weight = text[1..close].trim().parse().ok()?;
    text[close..]
        .starts_with(')')
        .then_some((weight, close + 1))
}

fn merge(pieces: Vec<(String, f32)>) -> Vec<Span> {
    let mut merged: Vec<Span> = Vec::new();
    for (piece, piece_weight) in pieces {
        for (index, part) in split_at_breaks(&piece).into_iter().enumerate() {
            if index > 0 {
                merged.push(Span::Break);
            }
            match merged.last_mut() {
                Some(Span::Words { text, weight }) if *weight == piece_weight => {
                    text.push_str(part)
                }
                _ if part.is_empty() => {}
                _ => merged.push(Span::Words {
                    text: part.to_owned(),
                    weight: piece_weight,
                }),
            }
        }
    }
    if merged.is_empty() {
        merged.push(Span::Words {
            text: String::new(),
            weight: 1.0,
        });
    }
    merged
}

/// Parts of `text` around the word `BREAK`, spaces beside it dropped.
fn split_at_breaks(text: &str) -> Vec<&str> {
    const WORD: &str = "BREAK";
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(WORD) {
        let after = at + WORD.len();
        let alone = !text[..at].ends_with(is_word) && !text[after..].starts_with(is_word);
        if alone {
            let part = text[start..at].trim_end();
            parts.push(if start == 0 { part } else { part.trim_start() });
            start = after;
        }
    }
    parts.push(if start == 0 {
        text
    } else {
        text[start..].trim_start()
    });
    parts
}

/// Lays tokens out in windows.
///
/// A full chunk whose last comma lies at most 20 tokens back hands the words after it to the next one, so that no phrase is torn (A1111 `modules/sd_hijack_clip.py`).
///
/// # Errors
/// When the tokenizer fails.
pub fn chunks(networks: &dyn Networks, prompt: &str) -> Result<Vec<Chunk>, Halt> {
    let capacity = networks.spec().text_window - 2;
    layout(capacity, prompt, |text| networks.tokenize(text))
}

/// Ids and weights of each window of `capacity` ids, without start, end and padding; at least one, which may be empty.
///
/// # Errors
/// Those of `tokenize`.
pub fn layout<E>(
    capacity: usize,
    prompt: &str,
    tokenize: impl Fn(&str) -> Result<Vec<Vec<u32>>, E>,
) -> Result<Vec<Chunk>, E> {
    let comma = tokenize(",")?;
    let mut full: Vec<Chunk> = Vec::new();
    let mut open = Chunk::new();
    let mut last_comma = None;
    for span in spans(prompt) {
        let Span::Words { text, weight } = span else {
            full.push(std::mem::take(&mut open));
            last_comma = None;
            continue;
        };
        for piece in tokenize(&text)? {
            let is_comma = comma.first() == Some(&piece);
            if open.len() == capacity {
                let tail = match last_comma {
                    Some(at) if !is_comma && capacity - at <= COMMA_BACKTRACK => {
                        open.split_off(at + 1)
                    }
                    _ => Vec::new(),
                };
                full.push(std::mem::replace(&mut open, tail));
                last_comma = None;
            }
            if is_comma {
                last_comma = Some(open.len());
            }
            if open.len() + piece.len() > capacity {
                full.push(std::mem::take(&mut open));
                last_comma = None;
            }
            open.extend(piece.into_iter().map(|id| (id, weight)));
        }
    }
    if !open.is_empty() || full.is_empty() {
        full.push(open);
    }
    Ok(full)
}

/// The window of one text encoder, and how it is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextWindow {
    /// Ids per window, start and end included (77 for CLIP).
    pub window: usize,
    /// Start-of-text id.
    pub start: u32,
    /// End-of-text id.
    pub end: u32,
    /// Padding id (the end id for CLIP-L, 0 for OpenCLIP).
    pub pad: u32,
}

impl TextWindow {
    /// Ids and weights of a chunk between start, end and padding.
    pub fn fill(self, chunk: &[(u32, f32)]) -> (Vec<u32>, Vec<f32>) {
        let neutral = |id| (id, 1.0);
        let (mut ids, mut weights): (Vec<_>, Vec<_>) = std::iter::once(neutral(self.start))
            .chain(chunk.iter().copied())
            .chain([neutral(self.end)])
            .unzip();
        ids.resize(ids.len().max(self.window), self.pad);
        weights.resize(ids.len(), 1.0);
        (ids, weights)
    }

    /// Hidden states of chunks one behind the other, each emphasised: `[1, window * chunks, width]`; `encode` gives those of one window of ids.
    ///
    /// # Errors
    /// Those of `encode`.
    pub fn states(
        self,
        chunks: &[Chunk],
        mut encode: impl FnMut(&[u32]) -> Result<Array3<f32>, Halt>,
    ) -> Result<Array3<f32>, Halt> {
        let mut parts = Vec::new();
        for chunk in chunks {
            let (ids, weights) = self.fill(chunk);
            parts.push(emphasise(encode(&ids)?, &weights));
        }
        let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
        concatenate(Axis(1), &views).map_err(|error| Halt::Network(Box::new(error)))
    }
}

/// Multiplies each token's states by its weight, then scales the chunk so that its mean is as before (A1111 `modules/sd_emphasis.py`, "Original").
fn emphasise(mut states: Array3<f32>, weights: &[f32]) -> Array3<f32> {
    if weights.iter().all(|weight| *weight == 1.0) {
        return states;
    }
    let mean_before = states.mean().unwrap_or(0.0);
    for (mut token, weight) in states.axis_iter_mut(Axis(1)).zip(weights) {
        token *= *weight;
    }
    let mean_after = states.mean().unwrap_or(0.0);
    // A mean of zero has no ratio to restore.
    if mean_after != 0.0 {
        states *= mean_before / mean_after;
    }
    states
}
