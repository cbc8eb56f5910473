//! Raising and lowering the weight of words in a prompt, in A1111's attention syntax: `(word:1.1)`.
//!
//! Does not know text fields or keys; positions are counted in characters.

use std::ops::Range;

/// Heaviest weight that the keys reach; more only burns colours.
const HEAVIEST: f64 = 2.0;

/// What a pair of round brackets without a number weighs.
const BRACKETS: f64 = 1.1;

/// Adds `step` to the weight of the selected words, or of the word or the brackets at the cursor where nothing is selected.
///
/// Gives the new prompt and the same words' new place in it; at weight 1 the brackets go.
/// Weights stay within 0 and 2.
/// `None` where there is no word, or where the selection would tear brackets apart.
pub fn shift(prompt: &str, selection: Range<usize>, step: f64) -> Option<(String, Range<usize>)> {
    let text: Vec<char> = prompt.chars().collect();
    let groups = groups(&text)?;
    let chosen = trim(&text, selection.start..selection.end.min(text.len()));
    let inner = if chosen.is_empty() {
        let cursor = selection.start.min(text.len());
        let around = groups
            .iter()
            .filter(|group| group.outer.start < cursor && cursor < group.outer.end)
            .min_by_key(|group| group.outer.len());
        match around {
            Some(group) if group.round => group.inner.clone(),
            _ => word_at(&text, cursor)?,
        }
    } else {
        chosen
    };
    let known = groups
        .iter()
        .filter(|group| group.round)
        .find(|group| group.inner == inner || group.outer == inner);
    let (outer, inner, weight) = match known {
        Some(group) => (group.outer.clone(), group.inner.clone(), group.weight),
        None if groups.iter().any(|group| group.is_torn_by(&inner)) => return None,
        None => (inner.clone(), inner, 1.0),
    };
    let weight = ((weight + step) * 100.0).round() / 100.0;
    let weight = weight.clamp(0.0, HEAVIEST);
    let words: String = text[inner].iter().collect();
    let before: String = text[..outer.start].iter().collect();
    let after: String = text[outer.end..].iter().collect();
    let length = words.chars().count();
    let (replaced, start) = if weight == 1.0 {
        (words, outer.start)
    } else {
        (format!("({words}:{weight:?})"), outer.start + 1)
    };
    Some((format!("{before}{replaced}{after}"), start..start + length))
}

/// A pair of brackets in a prompt.
#[derive(Debug)]
struct Group {
    /// With its brackets.
    outer: Range<usize>,
    /// Its words.
    inner: Range<usize>,
    /// What its words weigh, other brackets aside.
    weight: f64,
    round: bool,
}

impl Group {
    /// Whether brackets around `range` would cross this pair.
    fn is_torn_by(&self, range: &Range<usize>) -> bool {
        let apart = range.end <= self.outer.start || self.outer.end <= range.start;
        let around = range.start <= self.outer.start && self.outer.end <= range.end;
        let within = self.inner.start <= range.start && range.end <= self.inner.end;
        !(apart || around || within)
    }
}

/// Every pair of brackets that is not escaped; `None` when one is left open, which would reach to the end.
fn groups(text: &[char]) -> Option<Vec<Group>> {
    let mut found = Vec::new();
    let (mut round, mut square) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            '\\' => at += 1,
            '(' => round.push(at),
            '[' => square.push(at),
            ')' => {
                if let Some(start) = round.pop() {
                    let inside: String = text[start + 1..at].iter().collect();
                    let (length, weight) =
                        explicit(&inside).unwrap_or((inside.chars().count(), BRACKETS));
                    found.push(Group {
                        outer: start..at + 1,
                        inner: start + 1..start + 1 + length,
                        weight,
                        round: true,
                    });
                }
            }
            ']' => {
                if let Some(start) = square.pop() {
                    found.push(Group {
                        outer: start..at + 1,
                        inner: start + 1..at,
                        weight: 1.0 / BRACKETS,
                        round: false,
                    });
                }
            }
            _ => {}
        }
        at += 1;
    }
    (round.is_empty() && square.is_empty()).then_some(found)
}

/// Characters before the last colon and the number behind it, where it is one.
fn explicit(inside: &str) -> Option<(usize, f64)> {
    let (words, number) = inside.rsplit_once(':')?;
    let weight: f64 = number.trim().parse().ok()?;
    weight
        .is_finite()
        .then_some((words.chars().count(), weight))
}

/// The range without the space at its ends.
fn trim(text: &[char], range: Range<usize>) -> Range<usize> {
    let is_word = |at: &usize| !text[*at].is_whitespace();
    let Some(start) = range.clone().find(is_word) else {
        return range.start..range.start;
    };
    let end = range.rev().find(is_word).map_or(start, |last| last + 1);
    start..end
}

/// The word that the cursor stands in or at an end of.
fn word_at(text: &[char], cursor: usize) -> Option<Range<usize>> {
    let is_part = |c: &char| !c.is_whitespace() && !",.;:!?|()[]{}<>\\".contains(*c);
    let start = cursor
        - text[..cursor]
            .iter()
            .rev()
            .take_while(|c| is_part(c))
            .count();
    let end = cursor + text[cursor..].iter().take_while(|c| is_part(c)).count();
    (start < end).then_some(start..end)
}
