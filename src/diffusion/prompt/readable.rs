//! Prompts of other programs, whose syntax is more lenient: what cannot be read here is taken as text.
//!
//! Does not know which program wrote a prompt.

use std::collections::BTreeSet;

use super::check::mistakes;
use super::schedule::{Prompt, Role, Severity};
use crate::diffusion::plan::MOST_WEIGHT;
use crate::recipe::Recipe;
use crate::recipe::excerpt::{QUOTE, excerpt};

/// How often a prompt is read again, each time with what was wrong taken as text, before all its brackets are.
const MOST_READINGS: usize = 8;

/// Steps of the schedule that a prompt's weights are looked at for.
const STEPS: usize = 100;

/// Most fragments that are named.
const MOST_NAMED: usize = 3;

/// Makes a recipe's prompts ones that can be run, and says in a line each what was taken as text.
pub fn make_readable(recipe: &mut Recipe) -> Vec<String> {
    let prompts = [
        (&mut recipe.prompt, Role::Prompt),
        (&mut recipe.negative_prompt, Role::Negative),
    ];
    let mut notes = Vec::new();
    for (text, role) in prompts {
        let Some((readable, taken, count)) = readable(text, role) else {
            continue;
        };
        let named: Vec<_> = taken
            .iter()
            .take(MOST_NAMED)
            .map(|one| format!("`{one}`"))
            .collect();
        let more = match count - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        notes.push(format!(
            "in the {role}, {}{more} has another meaning here or none and was taken as text",
            named.join(", ")
        ));
        *text = readable;
    }
    notes
}

/// The prompt with what cannot be read escaped, the fragments that this was done to or the first of them, and how many there are; `None` where all can be read.
///
/// A bracket gets a backslash; `AND` where it joins nothing becomes `and`, which is the same to a text encoder.
fn readable(text: &str, role: Role) -> Option<(String, Vec<String>, usize)> {
    let mut readable = text.to_owned();
    let mut taken = Vec::new();
    for _ in 0..MOST_READINGS {
        let wrong = mistakes(&readable, role).into_iter();
        let wrong = wrong.filter(|mistake| mistake.severity == Severity::Wrong);
        let ranges: Vec<_> = wrong.map(|mistake| mistake.range).collect();
        if ranges.is_empty() {
            break;
        }
        let mut marks = BTreeSet::new();
        for range in ranges {
            let fragment = &readable[range.clone()];
            taken.push(excerpt(fragment, QUOTE));
            marks.insert(range.start);
            if fragment.len() > 1 && fragment.ends_with(']') {
                marks.insert(range.end - 1);
            }
        }
        (readable, _) = as_text(&readable, |at| marks.contains(&at));
    }
    let wrong = |text: &str| {
        let (prompt, mistakes) = Prompt::read(text, role);
        let heavy = || prompt.largest_weight(STEPS).abs() > MOST_WEIGHT;
        mistakes.iter().any(|one| one.severity == Severity::Wrong) || heavy()
    };
    let mut count = taken.len();
    if wrong(&readable) {
        (readable, count) = as_text(text, |_| true);
        if taken.is_empty() {
            taken.push(excerpt(text, QUOTE));
            count = 1;
        }
        taken.truncate(MOST_NAMED);
        count = count.max(taken.len());
    }
    (!taken.is_empty()).then_some((readable, taken, count))
}

/// The text with brackets and `AND`s at some places, bytes, made plain, and how many that were, closing brackets not counted.
fn as_text(text: &str, is_plain: impl Fn(usize) -> bool) -> (String, usize) {
    let mut plain = String::with_capacity(text.len());
    let mut count = 0;
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = match next {
            '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => next.len_utf8(),
        };
        match next {
            '(' | ')' | '[' | ']' if is_plain(at) => {
                count += usize::from("([".contains(next));
                plain.push('\\');
                plain.push(next);
            }
            'A' if rest.starts_with("AND") && is_plain(at) => {
                count += 1;
                plain.push_str("and");
                at += 2;
            }
            _ => plain.push_str(&rest[..length]),
        }
        at += length;
    }
    (plain, count)
}
