//! Wildcards: `{red|blue}` and `__name__` in a prompt become one of their choices, chosen by the seed.
//!
//! A recipe's prompts are templates. What runs is [`Resolved`]: its prompts mean what they say, no brace or backslash is read in them again. [`literal`] leads back, from words that were run to the template that becomes them.
//!
//! The language is that of Dynamic Prompts (`docs/SYNTAX.md`), with a backslash for what is meant as it is.
//! Does not know attention weights or schedules; brackets of other kinds pass through whole.

mod grammar;
mod lists;

pub use grammar::literal;
pub use lists::Wildcards;

use std::ops::{Range, RangeInclusive};

use self::grammar::{Choices, choices, escape, list_name};
use super::{Recipe, infotext};

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

/// A recipe that can be run: its prompts are not templates any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The recipe.
    pub recipe: Recipe,
    /// What an infotext says beside it, keys and values: the templates that the prompts came from, where the prompts do not lead back to them.
    pub beside: Vec<(String, String)>,
}

impl Resolved {
    /// What an infotext says beside it when what was asked for counts, and not what came of it this time.
    pub fn beside_as_asked(&self, asked: &Recipe) -> Vec<(String, String)> {
        if self.recipe.with_literal_prompts() == *asked {
            return self.beside.clone();
        }
        let (key, value) = infotext::OF_TEMPLATES;
        let templates = [
            (key, value),
            (infotext::TEMPLATE, &asked.prompt),
            (infotext::NEGATIVE_TEMPLATE, &asked.negative_prompt),
        ];
        let templates = templates.map(|(key, value)| (key.to_owned(), value.to_owned()));
        [&templates[..], &self.beside].concat()
    }
}

impl Recipe {
    /// What the wildcards of its prompts are resolved by, the negative prompt's last: another stream for that, so that editing one leaves the other's choices alone.
    pub fn prompt_seeds(&self) -> [u64; 2] {
        [self.seed, !self.seed]
    }

    /// The recipe with the wildcards of its prompts resolved by its seed.
    ///
    /// # Errors
    /// [`WildcardError`] in one of the prompts.
    pub fn with_wildcards_resolved(
        &self,
        wildcards: &Wildcards,
    ) -> Result<Resolved, WildcardError> {
        let [seed, negative_seed] = self.prompt_seeds();
        let prompt = resolve(&self.prompt, seed, wildcards)?;
        let negative_prompt = resolve(&self.negative_prompt, negative_seed, wildcards)?;
        let templates = [
            (infotext::TEMPLATE, &self.prompt, &prompt),
            (
                infotext::NEGATIVE_TEMPLATE,
                &self.negative_prompt,
                &negative_prompt,
            ),
        ];
        let beside = templates
            .into_iter()
            .filter(|(_, before, after)| **before != literal(after))
            .map(|(key, before, _)| (key.to_owned(), before.clone()))
            .collect();
        let recipe = Self {
            prompt,
            negative_prompt,
            ..self.clone()
        };
        Ok(Resolved { recipe, beside })
    }

    /// The recipe that resolves to this one, whose prompts are taken as they are: see [`literal`].
    pub fn with_literal_prompts(&self) -> Self {
        Self {
            prompt: literal(&self.prompt),
            negative_prompt: literal(&self.negative_prompt),
            ..self.clone()
        }
    }
}

/// Resolves a template: the same seed and lists give the same prompt on every machine.
///
/// `{a|b}` is `a` or `b`, each as likely, and they may hold choices themselves; `{3::a|b}` is `a` three times in four; `{2$$a|b|c}` is two of them, `{1-2$$ and $$a|b|c}` one or two with words between them; `__name__` is a line of that list; a backslash makes `{`, `}`, `|` or `__` plain.
///
/// # Errors
/// [`WildcardError`] for a brace without its partner, a count or weights that are none, and a list that is not there.
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

/// What may keep a template from being resolved, whatever the seed, in its order: braces without their partners, counts and weights that are none, lists that are not there. The lines of the lists are not looked into.
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
            '\\' => escape(rest).length,
            '{' => match choices(rest) {
                Err((complaint, length)) => {
                    found.push(moved(complaint, from));
                    length
                }
                Ok(choices) => {
                    for option in choices.options {
                        let start = from + option.start;
                        look(option.text, start, depth + 1, wildcards, found);
                    }
                    choices.length
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
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        // The high half of a 128-bit product is even enough for lists of words.
        ((u128::from(self.next()) * sides as u128) >> 64) as usize
    }

    /// One of the weights, as likely as it is heavy.
    fn pick(&mut self, weights: &[f64]) -> usize {
        if weights.windows(2).all(|pair| pair[0] == pair[1]) {
            return self.roll(weights.len());
        }
        let share = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        let mut left = share * weights.iter().sum::<f64>();
        let heavy = |weight: &f64| *weight > 0.0;
        let hit = weights.iter().position(|weight| {
            let hit = heavy(weight) && left < *weight;
            left -= weight;
            hit
        });
        // A rounding error may lead past the last one.
        hit.or(weights.iter().rposition(heavy)).unwrap_or(0)
    }

    /// As many of the weights as a range says, each at most once, those of 0 never.
    fn draw(&mut self, weights: &[f64], count: &RangeInclusive<usize>) -> Vec<usize> {
        let mut left: Vec<_> = (0..weights.len()).filter(|at| weights[*at] > 0.0).collect();
        let (least, most) = (*count.start(), (*count.end()).min(weights.len()));
        let least = least.min(most);
        let wanted = match most - least {
            0 => most,
            more => least + self.roll(more + 1),
        };
        let mut drawn = Vec::new();
        while drawn.len() < wanted && !left.is_empty() {
            let heavy: Vec<_> = left.iter().map(|at| weights[*at]).collect();
            drawn.push(left.remove(self.pick(&heavy)));
        }
        drawn
    }
}

type Complaint = (Range<usize>, String);

/// A complaint about text that begins at byte `from`.
fn moved((range, message): Complaint, from: usize) -> Complaint {
    (from + range.start..from + range.end, message)
}

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
            let from = at;
            let here = |complaint| moved(complaint, from);
            at += match next {
                '\\' => {
                    let escape = escape(rest);
                    resolved.push_str(escape.kept);
                    resolved.push_str(escape.plain);
                    escape.length
                }
                '{' => {
                    let choices = choices(rest).map_err(|(wrong, _)| here(wrong))?;
                    let chosen = self.chosen(&choices, depth);
                    resolved.push_str(&chosen.map_err(here)?);
                    choices.length
                }
                '}' => return Err(here((0..1, CLOSES_NOTHING.to_owned()))),
                '_' => match list_name(rest) {
                    None => {
                        let run = rest.find(|c| c != '_').unwrap_or(rest.len());
                        resolved.push_str(&rest[..run]);
                        run
                    }
                    Some(name) => {
                        let lines = self.lines(name).map_err(here)?;
                        let line = &lines[self.dice.roll(lines.len())];
                        let inner = self.line(name, line, depth);
                        resolved.push_str(&inner.map_err(here)?);
                        name.len() + 4
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

    /// What comes of a pair of braces.
    fn chosen(&mut self, choices: &Choices<'_>, depth: usize) -> Result<String, Complaint> {
        let mut parts = Vec::new();
        match choices.list() {
            // Several lines of one list do not repeat.
            Some((name, start)) => {
                let lines = self.lines(name).map_err(|wrong| moved(wrong, start))?;
                let weights = vec![1.0; lines.len()];
                for index in self.dice.draw(&weights, &choices.count) {
                    let line = self.line(name, &lines[index], depth + 1);
                    parts.push(line.map_err(|wrong| moved(wrong, start))?);
                }
            }
            None => {
                let weights: Vec<_> = choices.options.iter().map(|one| one.weight).collect();
                for index in self.dice.draw(&weights, &choices.count) {
                    let option = &choices.options[index];
                    let inner = self.text(option.text, depth + 1);
                    parts.push(inner.map_err(|wrong| moved(wrong, option.start))?);
                }
            }
        }
        parts.retain(|part| !part.is_empty());
        Ok(parts.join(choices.separator))
    }

    /// The lines of the list whose name stands at the start of a text.
    fn lines(&self, name: &str) -> Result<Vec<String>, Complaint> {
        let lines = self.wildcards.choices(name);
        lines.map_err(|message| (0..name.len() + 4, message))
    }

    /// What comes of a line of a list; a complaint about it is shown at the list's name.
    fn line(&mut self, name: &str, line: &str, depth: usize) -> Result<String, Complaint> {
        let inner = self.text(line, depth + 1);
        inner.map_err(|(_, message)| (0..name.len() + 4, message))
    }
}
