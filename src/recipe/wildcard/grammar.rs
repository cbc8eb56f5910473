//! What a template is made of: choices in braces, names of lists, escapes.
//!
//! Does not choose.

use std::ops::RangeInclusive;

use super::Complaint;

pub(super) const NEVER_CLOSED: &str =
    "this brace is never closed; write } behind the last choice, or \\{ for a brace as it is";
const NO_COUNT: &str = "no count stands before $$; write {2$$a|b|c} for two of the choices, {1-2$$ and $$a|b|c} for one or two with words between them";
const NO_WEIGHT: &str = "no choice weighs more than 0; write a weight as {3::a|b}";

/// What stands between several choices where nothing is said (Dynamic Prompts).
const SEPARATOR: &str = ",";

/// The choices in a pair of braces.
pub(super) struct Choices<'a> {
    /// The choices, at least one.
    pub options: Vec<Choice<'a>>,
    /// How many of them are taken, without repeats, as far as there are so many.
    pub count: RangeInclusive<usize>,
    /// What stands between them.
    pub separator: &'a str,
    /// Length with both braces, bytes.
    pub length: usize,
}

impl<'a> Choices<'a> {
    /// The list that several lines are asked of, and where it stands, bytes behind the brace's place.
    pub fn list(&self) -> Option<(&'a str, usize)> {
        let [only] = self.options.as_slice() else {
            return None;
        };
        let name = list_name(only.text)?;
        let alone = only.text.len() == name.len() + 4;
        (alone && self.count != (1..=1)).then_some((name, only.start))
    }
}

/// One of the choices.
pub(super) struct Choice<'a> {
    /// How likely it is, relative to the others.
    pub weight: f64,
    /// Where its text begins, bytes behind the brace's place.
    pub start: usize,
    /// What comes of it.
    pub text: &'a str,
}

/// A run of backslashes, and what it makes of what follows.
pub(super) struct Escape<'a> {
    /// Backslashes that stay.
    pub kept: &'a str,
    /// What loses its meaning.
    pub plain: &'a str,
    /// Length of both in the template, bytes.
    pub length: usize,
}

/// What the backslashes at the start of `text` stand for.
///
/// In front of `{`, `}`, `|` or `__` two are one, and one that is left over takes the meaning from what follows; elsewhere they are the prompt's own and stay.
pub(super) fn escape(text: &str) -> Escape<'_> {
    let run = text.len() - text.trim_start_matches('\\').len();
    match special(&text[run..]) {
        None => Escape {
            kept: &text[..run],
            plain: "",
            length: run,
        },
        Some(special) => {
            let plain = if run % 2 == 1 { special } else { "" };
            Escape {
                kept: &text[..run / 2],
                plain,
                length: run + plain.len(),
            }
        }
    }
}

/// The template that becomes `text`, whatever the seed and the lists: what would be a choice, a list or an escape in it is escaped, the rest stays as it is.
pub fn literal(text: &str) -> String {
    let mut template = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let after = rest.trim_start_matches('\\');
        let run = &rest[..rest.len() - after.len()];
        template.push_str(run);
        let length = match special(after) {
            None => match after.find(['\\', '{', '}', '|', '_']) {
                Some(0) => 1,
                Some(at) => at,
                None => after.len(),
            },
            Some(special) => {
                template.push_str(run);
                let acts = match special {
                    "|" => false,
                    "__" => list_name(after).is_some(),
                    _ => true,
                };
                if acts {
                    template.push('\\');
                }
                match special {
                    "__" if !acts => after.find(|c| c != '_').unwrap_or(after.len()),
                    special => special.len(),
                }
            }
        };
        template.push_str(&after[..length]);
        rest = &after[length..];
    }
    template
}

/// What at the start of `text` a backslash takes the meaning from.
fn special(text: &str) -> Option<&str> {
    let marks = ["{", "}", "|", "__"];
    marks.into_iter().find_map(|mark| {
        let found = text.starts_with(mark);
        found.then(|| &text[..mark.len()])
    })
}

/// The choices in the braces at the start of `text`.
///
/// Bars inside square brackets are A1111's alternation and do not part choices.
///
/// # Errors
/// What is wrong and where in `text`, and how many bytes that spoils.
pub(super) fn choices(text: &str) -> Result<Choices<'_>, (Complaint, usize)> {
    let (head, wrong) = match head(text) {
        Ok(head) => (head, None),
        Err(complaint) => (Head::ONE, Some(complaint)),
    };
    let mut options = Vec::new();
    let (mut braces, mut square, mut start) = (1usize, 0usize, head.length);
    let mut characters = text[head.length..].char_indices();
    while let Some((at, c)) = characters.next() {
        let at = head.length + at;
        match c {
            '\\' => {
                characters.next();
            }
            '{' => braces += 1,
            '[' => square += 1,
            ']' => square = square.saturating_sub(1),
            '}' => {
                braces -= 1;
                if braces == 0 {
                    options.push(choice(text, start, at));
                    let length = at + 1;
                    let weightless = options.iter().all(|option| option.weight == 0.0);
                    let wrong = wrong
                        .or_else(|| weightless.then(|| (0..length, NO_WEIGHT.to_owned())))
                        .map_or(Ok(()), |complaint| Err((complaint, length)));
                    return wrong.map(|()| Choices {
                        options,
                        count: head.least..=head.most,
                        separator: head.separator,
                        length,
                    });
                }
            }
            '|' if braces == 1 && square == 0 => {
                options.push(choice(text, start, at));
                start = at + 1;
            }
            _ => {}
        }
    }
    Err(((0..1, NEVER_CLOSED.to_owned()), 1))
}

/// How many choices are taken, and what stands between them.
struct Head<'a> {
    least: usize,
    most: usize,
    separator: &'a str,
    /// Length with the brace, bytes.
    length: usize,
}

impl Head<'_> {
    /// Where nothing is said.
    const ONE: Self = Self {
        least: 1,
        most: 1,
        separator: SEPARATOR,
        length: 1,
    };
}

/// `{`, `{2$$`, `{1-2$$`, `{-2$$`, `{1-$$`, each also with a separator and `$$` behind it.
fn head(text: &str) -> Result<Head<'_>, Complaint> {
    let dollars = "$$";
    let ends = |c| matches!(c, '{' | '}' | '|' | '\\');
    let first = &text[1..1 + text[1..].find(ends).unwrap_or(text.len() - 1)];
    let Some(bounds) = first.split_once(dollars).map(|(bounds, _)| bounds) else {
        return Ok(Head::ONE);
    };
    let length = 1 + bounds.len() + dollars.len();
    let (least, most) = bounds_of(bounds.trim()).ok_or_else(|| (1..length, NO_COUNT.to_owned()))?;
    let rest = &text[length..];
    let rest = &rest[..rest.find(['{', '}']).unwrap_or(rest.len())];
    let separator = rest.split_once(dollars).map(|(separator, _)| separator);
    Ok(Head {
        least: least.min(most),
        most: most.max(least),
        separator: separator.unwrap_or(SEPARATOR),
        length: length + separator.map_or(0, |separator| separator.len() + dollars.len()),
    })
}

/// `2`, `1-2`, `-2` (from 1), `1-` (to all).
fn bounds_of(text: &str) -> Option<(usize, usize)> {
    let number = |text: &str| text.trim().parse().ok();
    match text.split_once('-') {
        None => number(text).map(|exactly| (exactly, exactly)),
        Some(("", most)) => Some((1, number(most)?)),
        Some((least, "")) => Some((number(least)?, usize::MAX)),
        Some((least, most)) => Some((number(least)?, number(most)?)),
    }
}

/// `text` or `3::text` between two places.
fn choice(text: &str, start: usize, end: usize) -> Choice<'_> {
    let whole = &text[start..end];
    let weighted = whole.split_once("::").and_then(|(weight, text)| {
        let weight = weight.trim_start();
        let plain = |c: char| c.is_ascii_digit() || c == '.';
        let weight: f64 = weight.parse().ok().filter(|_| weight.chars().all(plain))?;
        weight.is_finite().then_some((weight, text))
    });
    let (weight, text) = weighted.unwrap_or((1.0, whole));
    Choice {
        weight,
        start: end - text.len(),
        text,
    }
}

/// The name in `__name__` at the start of `text`: letters, digits, `-`, single `_`, and `/` for folders.
pub(super) fn list_name(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("__")?;
    let name = &inner[..inner.find("__")?];
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/');
    let sound = !name.is_empty() && name.chars().all(fits);
    let inside = !name.starts_with('/') && !name.starts_with('_');
    Some(name).filter(|_| sound && inside)
}
