//! Wildcards: `{red|blue}` and `__name__` in a prompt become one of their choices, chosen by the seed.
//!
//! Does not know attention weights or schedules; brackets of other kinds pass through whole.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::{Recipe, folder, infotext, text_file};

const NEVER_CLOSED: &str =
    "this brace is never closed; write } behind the last choice, or \\{ for a brace as it is";
const CLOSES_NOTHING: &str = "this brace closes nothing; write \\} for a brace as it is";
const TOO_DEEP: &str = "choices lie too deep in one another; does a list name itself?";

/// How deep choices may lie in one another, files included.
const DEEPEST: usize = 32;

/// Why a template cannot be resolved: one line that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}: `{fragment}`")]
pub struct WildcardError {
    /// Where in the template, bytes.
    pub range: Range<usize>,
    /// What stands there.
    pub fragment: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// The lists behind `__name__`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wildcards {
    folder: Option<PathBuf>,
    lists: BTreeMap<String, Vec<String>>,
}

impl Wildcards {
    /// The user's files: `wildcards/NAME.txt` in the configuration folder, a choice on each line, `#` in front of remarks.
    pub fn of_user() -> Self {
        Self::in_folder(folder::wildcards())
    }

    /// The files of a folder; `None` has none.
    pub fn in_folder(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            lists: BTreeMap::new(),
        }
    }

    /// Adds a list without a file.
    pub fn with_list(mut self, name: &str, choices: &[&str]) -> Self {
        let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
        self.lists.insert(name.to_owned(), choices);
        self
    }

    /// The choices of a list, or what to do when there are none.
    fn choices(&self, name: &str) -> Result<Vec<String>, String> {
        if let Some(choices) = self.lists.get(name) {
            return Ok(choices.clone());
        }
        let Some(folder) = &self.folder else {
            return Err(format!("no folder for wildcards; set {}", folder::VARIABLE));
        };
        let path = folder.join(format!("{name}.txt"));
        let text = text_file::read_all(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => format!("no such wildcard, create {}", path.display()),
            _ => format!(
                "the wildcard cannot be read ({error}), check {}",
                path.display()
            ),
        })?;
        let lines = text.lines().map(str::trim);
        let choices: Vec<_> = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::to_owned)
            .collect();
        match choices.is_empty() {
            true => Err(empty_list(&path)),
            false => Ok(choices),
        }
    }
}

fn empty_list(path: &Path) -> String {
    format!(
        "the wildcard has no choices, write one a line in {}",
        path.display()
    )
}

/// Templates of a recipe whose prompts had wildcards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Templates {
    /// The prompt's, where it had any.
    pub prompt: Option<String>,
    /// The negative prompt's, where it had any.
    pub negative_prompt: Option<String>,
}

impl Templates {
    /// What an infotext says of them, keys and values.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let templates = [
            (infotext::TEMPLATE, &self.prompt),
            (infotext::NEGATIVE_TEMPLATE, &self.negative_prompt),
        ];
        templates
            .into_iter()
            .filter_map(|(key, template)| Some((key, template.clone()?)))
            .collect()
    }
}

impl Recipe {
    /// The recipe with the wildcards of its prompts resolved by its seed, and the templates that they came from.
    ///
    /// # Errors
    /// [`WildcardError`] in one of the prompts.
    pub fn with_wildcards_resolved(
        &self,
        wildcards: &Wildcards,
    ) -> Result<(Self, Templates), WildcardError> {
        let prompt = resolve(&self.prompt, self.seed, wildcards)?;
        // Another stream, so that editing one prompt leaves the other's choices alone.
        let negative_prompt = resolve(&self.negative_prompt, !self.seed, wildcards)?;
        let template = |before: &str, after: &str| (before != after).then(|| before.to_owned());
        let templates = Templates {
            prompt: template(&self.prompt, &prompt),
            negative_prompt: template(&self.negative_prompt, &negative_prompt),
        };
        let recipe = Self {
            prompt,
            negative_prompt,
            ..self.clone()
        };
        Ok((recipe, templates))
    }
}

/// Resolves a template: the same seed and lists give the same prompt on every machine.
///
/// `{a|b}` is `a` or `b`, each as likely, and they may hold choices themselves; `__name__` is a line of that list; a backslash makes `{`, `}`, `|` or `__` plain.
///
/// # Errors
/// [`WildcardError`] for a brace without its partner and a list that is not there.
pub fn resolve(template: &str, seed: u64, wildcards: &Wildcards) -> Result<String, WildcardError> {
    let mut resolver = Resolver {
        wildcards,
        dice: Dice(seed),
    };
    resolver
        .text(template, 0)
        .map_err(|(range, message)| WildcardError {
            fragment: template[range.clone()].to_owned(),
            range,
            message,
        })
}

/// What may keep a template from being resolved, whatever the seed, in its order: braces without their partners, lists that are not there. The lines of the lists are not looked into.
pub fn mistakes(template: &str, wildcards: &Wildcards) -> Vec<WildcardError> {
    let mut found = Vec::new();
    look(template, 0, 0, wildcards, &mut found);
    let error = |(range, message): Complaint| WildcardError {
        fragment: template[range.clone()].to_owned(),
        range,
        message,
    };
    found.into_iter().map(error).collect()
}

/// Looks for mistakes in the part of a template that begins at byte `offset`.
fn look(
    text: &str,
    offset: usize,
    depth: usize,
    wildcards: &Wildcards,
    found: &mut Vec<Complaint>,
) {
    if depth > DEEPEST {
        found.push((offset..offset + text.len(), TOO_DEEP.to_owned()));
        return;
    }
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        let from = offset + at;
        at += match next {
            '\\' => escaped(rest).1,
            '{' => match choices(rest) {
                None => {
                    found.push((from..from + 1, NEVER_CLOSED.to_owned()));
                    1
                }
                Some((choices, length)) => {
                    for (start, choice) in choices {
                        look(choice, from + start, depth + 1, wildcards, found);
                    }
                    length
                }
            },
            '}' => {
                found.push((from..from + 1, CLOSES_NOTHING.to_owned()));
                1
            }
            '_' => match list_name(rest) {
                None => rest.find(|c| c != '_').unwrap_or(rest.len()),
                Some(name) => {
                    let length = name.len() + 4;
                    let missing = wildcards.choices(name).err();
                    found.extend(missing.map(|message| (from..from + length, message)));
                    length
                }
            },
            _ => rest.find(['\\', '{', '}', '_']).unwrap_or(rest.len()),
        };
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        // The high half of a 128-bit product is even enough for lists of words.
        ((u128::from(z) * sides as u128) >> 64) as usize
    }
}

type Complaint = (Range<usize>, String);

struct Resolver<'a> {
    wildcards: &'a Wildcards,
    dice: Dice,
}

impl Resolver<'_> {
    fn text(&mut self, text: &str, depth: usize) -> Result<String, Complaint> {
        if depth > DEEPEST {
            return Err((0..text.len(), TOO_DEEP.to_owned()));
        }
        let mut resolved = String::new();
        let mut at = 0;
        while let Some(next) = text[at..].chars().next() {
            let rest = &text[at..];
            at += match next {
                '\\' => {
                    let (plain, length) = escaped(rest);
                    resolved.push_str(plain);
                    length
                }
                '{' => {
                    let (choices, length) =
                        choices(rest).ok_or_else(|| (at..at + 1, NEVER_CLOSED.to_owned()))?;
                    let (start, choice) = &choices[self.dice.roll(choices.len())];
                    let inner = self.text(choice, depth + 1);
                    resolved.push_str(&inner.map_err(|(range, message)| {
                        let from = at + start;
                        (from + range.start..from + range.end, message)
                    })?);
                    length
                }
                '}' => {
                    return Err((at..at + 1, CLOSES_NOTHING.to_owned()));
                }
                '_' => match list_name(rest) {
                    None => {
                        let run = rest.find(|c| c != '_').unwrap_or(rest.len());
                        resolved.push_str(&rest[..run]);
                        run
                    }
                    Some(name) => {
                        let length = name.len() + 4;
                        let here = |message| (at..at + length, message);
                        let lines = self.wildcards.choices(name).map_err(here)?;
                        let line = &lines[self.dice.roll(lines.len())];
                        let inner = self.text(line, depth + 1);
                        // A complaint about a line of a file is shown at the file's name.
                        resolved.push_str(&inner.map_err(|(_, message)| here(message))?);
                        length
                    }
                },
                _ => {
                    let end = rest.find(['\\', '{', '}', '_']).unwrap_or(rest.len());
                    resolved.push_str(&rest[..end]);
                    end
                }
            };
        }
        Ok(resolved)
    }
}

/// What the backslash at the start of `text` makes of what follows, and how many bytes that takes; other escapes are the prompt's own and stay.
fn escaped(text: &str) -> (&str, usize) {
    let next = text[1..].chars().next();
    match next {
        Some('{' | '}' | '|') => (&text[1..2], 2),
        Some('_') if text[1..].starts_with("__") => ("__", 3),
        Some(other) => (&text[..1 + other.len_utf8()], 1 + other.len_utf8()),
        None => (text, 1),
    }
}

/// The choices in the braces at the start of `text`, each with its place, and the length with both braces; `None` when they are not closed.
///
/// Bars inside square brackets are A1111's alternation and do not part choices.
fn choices(text: &str) -> Option<(Vec<(usize, &str)>, usize)> {
    let mut choices = Vec::new();
    let (mut braces, mut square, mut start) = (0usize, 0usize, 1);
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
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
                    choices.push((start, &text[start..at]));
                    return Some((choices, at + 1));
                }
            }
            '|' if braces == 1 && square == 0 => {
                choices.push((start, &text[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

/// The name in `__name__` at the start of `text`: letters, digits, `-`, single `_`, and `/` for folders.
fn list_name(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("__")?;
    let name = &inner[..inner.find("__")?];
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/');
    let sound = !name.is_empty() && name.chars().all(fits);
    let inside = !name.starts_with('/') && !name.starts_with('_');
    Some(name).filter(|_| sound && inside)
}

/// The template that becomes `text`, whatever the seed and the lists: what would be a choice, a list or an escape in it is escaped, the rest stays as it is.
pub fn literal(text: &str) -> String {
    let mut template = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let after = &rest[next.len_utf8()..];
        let special = after.starts_with(['{', '}']) || after.starts_with("__");
        let length = match next {
            '\\' if special => {
                template.push('\\');
                1
            }
            '\\' => 1 + after.chars().next().map_or(0, char::len_utf8),
            '{' | '}' => {
                template.push('\\');
                1
            }
            '_' if list_name(rest).is_some() => {
                template.push('\\');
                2
            }
            '_' => rest.find(|c| c != '_').unwrap_or(rest.len()),
            _ => rest.find(['\\', '{', '}', '_']).unwrap_or(rest.len()),
        };
        template.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    template
}
