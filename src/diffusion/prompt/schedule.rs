//! Prompts that change while a picture forms, and prompts that are composed: A1111's `[from:to:when]`, `[a|b]` and `AND` (`modules/prompt_parser.py`).
//!
//! Brackets of attention pass through as text; [`spans`](super::spans) reads them.
//! Unlike A1111, which takes what it cannot read literally, every mistake is found and placed.
//! Does not know tokens or networks.

use std::fmt;
use std::ops::Range;

use super::{explicit_weight, tags};

/// Deepest nesting of brackets that is read.
const DEEPEST: usize = 64;

/// Which prompt a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What should be there.
    Prompt,
    /// What should not be there; it cannot be composed.
    Negative,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Prompt => "prompt",
            Self::Negative => "negative prompt",
        })
    }
}

/// Something in a prompt that is not as the artist will have meant it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where, bytes of the prompt.
    pub range: Range<usize>,
    /// What is wrong and what to do.
    pub message: &'static str,
    /// How much it matters.
    pub severity: Severity,
}

/// How much a mistake matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The prompt has a meaning all the same, the one that A1111 gives it.
    Odd,
    /// A tag that other programs act on: not applied, and not a part of the words.
    Unapplied,
    /// The prompt has no meaning and is not run.
    Wrong,
}

/// A prompt as it was read: one part, or several joined by `AND`.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    parts: Vec<Part>,
}

/// One of the prompts that `AND` joins.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    nodes: Vec<Node>,
    /// Its share of the guidance; 1 where nothing is said.
    pub weight: f32,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    /// `[from:to:when]`; either side may be empty.
    Change {
        from: Vec<Node>,
        to: Vec<Node>,
        when: When,
    },
    /// `[a|b]`: one after the other, a step each.
    Turns(Vec<Vec<Node>>),
}

/// The last step before a change.
#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    Step(f64),
    /// Share of the steps.
    Fraction(f64),
}

impl Prompt {
    /// Reads a prompt; every mistake is told, those that make it meaningless and those that do not, and every tag.
    pub fn read(text: &str, role: Role) -> (Self, Vec<Mistake>) {
        let (plain, tags) = tags::split(text);
        let (prompt, mut mistakes) = Self::read_plain(&plain.text, role);
        for mistake in &mut mistakes {
            mistake.range = plain.in_prompt(&mistake.range);
        }
        // Those that name LoRAs are the engine's matter.
        let applied =
            |tag: &tags::Tag| role == Role::Prompt && tags::LORAS.contains(&tag.kind.as_str());
        let others = tags.into_iter().filter(|tag| !applied(tag));
        mistakes.extend(others.map(|tag| Mistake {
            range: tag.range,
            message: "this is not applied here; it stays in the recipe",
            severity: Severity::Unapplied,
        }));
        mistakes.sort_by_key(|mistake| mistake.range.start);
        (prompt, mistakes)
    }

    /// Reads a prompt that has no tags.
    fn read_plain(text: &str, role: Role) -> (Self, Vec<Mistake>) {
        let mut reader = Reader {
            text,
            at: 0,
            open: Vec::new(),
            mistakes: Vec::new(),
        };
        let mut parts = vec![reader.nodes()];
        let mut starts = vec![0];
        while reader.at < text.len() {
            let joint = reader.at..reader.at + AND.len();
            if role == Role::Negative {
                reader.wrong(
                    joint.clone(),
                    "AND composes prompts and not negative prompts; write a comma",
                );
            }
            reader.at = joint.end;
            starts.push(joint.end);
            parts.push(reader.nodes());
        }
        let mut mistakes = reader.mistakes;
        if parts.len() == 1 {
            let part = |nodes| Part { nodes, weight: 1.0 };
            let parts = parts.into_iter().map(part).collect();
            return (Self { parts }, mistakes);
        }
        let ends = starts.iter().skip(1).map(|start| start - AND.len());
        for (start, end) in starts.iter().zip(ends.chain([text.len()])) {
            if text[*start..end].trim().is_empty() {
                let joint = start.checked_sub(AND.len()).unwrap_or(end);
                mistakes.push(Mistake {
                    range: joint..joint + AND.len(),
                    message: "AND joins two prompts, and one side is empty",
                    severity: Severity::Odd,
                });
            }
        }
        let parts = parts.into_iter().map(Part::weighted).collect();
        (Self { parts }, mistakes)
    }

    /// The prompts that are composed, at least one.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether the prediction for the prompt is a sum, and not one text's own.
    pub fn is_composed(&self) -> bool {
        self.parts.len() > 1
    }

    /// Every text that one of the parts has in a schedule of so many steps, each once.
    pub fn texts(&self, steps: usize) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for part in &self.parts {
            for step in 1..=steps.max(1) {
                let text = part.text_at(step, steps);
                if !texts.contains(&text) {
                    texts.push(text);
                }
            }
        }
        texts
    }
}

impl Part {
    /// The weight behind the last colon goes from the text to the part, and so do the spaces around.
    fn weighted(mut nodes: Vec<Node>) -> Self {
        let mut weight = 1.0;
        if let Some(Node::Text(last)) = nodes.last_mut() {
            if let Some((text, number)) = last.rsplit_once(':')
                && let Some(number) = part_weight(number.trim())
            {
                weight = number;
                last.truncate(text.len());
            }
            last.truncate(last.trim_end().len());
        }
        if let Some(Node::Text(first)) = nodes.first_mut() {
            let lead = first.len() - first.trim_start().len();
            first.drain(..lead);
        }
        Self { nodes, weight }
    }

    /// The text at a step, counted from 1, of a schedule of `steps`.
    pub fn text_at(&self, step: usize, steps: usize) -> String {
        let mut text = String::new();
        write(&self.nodes, step, steps, &mut text);
        text
    }
}

fn write(nodes: &[Node], step: usize, steps: usize, to: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => to.push_str(text),
            Node::Change {
                from,
                to: then,
                when,
            } => {
                let now = if when.is_before_change(step, steps) {
                    from
                } else {
                    then
                };
                write(now, step, steps, to);
            }
            Node::Turns(turns) => {
                if let Some(turn) = turns.get((step - 1) % turns.len().max(1)) {
                    write(turn, step, steps, to);
                }
            }
        }
    }
}

impl When {
    fn is_before_change(self, step: usize, steps: usize) -> bool {
        let last = match self {
            Self::Step(step) => step,
            Self::Fraction(share) => share * steps as f64,
        };
        (step as f64) <= last.trunc()
    }
}

/// A part's weight: digits with at most one dot, and a sign.
fn part_weight(text: &str) -> Option<f32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    text.parse().ok().filter(|_| plain && digits != ".")
}

const AND: &str = "AND";

/// A bracket that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bracket {
    Round,
    Square,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    open: Vec<Bracket>,
    mistakes: Vec<Mistake>,
}

impl<'a> Reader<'a> {
    fn wrong(&mut self, range: Range<usize>, message: &'static str) {
        self.mistake(range, message, Severity::Wrong);
    }

    fn odd(&mut self, range: Range<usize>, message: &'static str) {
        self.mistake(range, message, Severity::Odd);
    }

    fn mistake(&mut self, range: Range<usize>, message: &'static str, severity: Severity) {
        self.mistakes.push(Mistake {
            range,
            message,
            severity,
        });
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Reads up to what ends the innermost bracket or, in square brackets, the next colon or bar; outside of brackets up to `AND`.
    fn nodes(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        while let Some(next) = self.peek() {
            let here = self.at..self.at + next.len_utf8();
            match (next, self.open.last()) {
                ('(' | '[', _) if self.open.len() >= DEEPEST => {
                    self.wrong(
                        here.clone(),
                        "brackets lie too deep in one another; take some out",
                    );
                    self.at = self.text.len();
                }
                ('[', _) => self.square(&mut nodes),
                ('(', _) => self.round(&mut nodes),
                (')', Some(Bracket::Round)) => break,
                // A round bracket that is still open ends here too.
                (']', _) if self.open.contains(&Bracket::Square) => break,
                (':' | '|', Some(Bracket::Square)) => break,
                (')' | ']', _) => {
                    self.odd(here.clone(), "this bracket closes nothing and is taken as it is; write a backslash before it if that is meant");
                    self.text(&mut nodes, here.end);
                }
                (':', Some(Bracket::Round)) => {
                    if explicit_weight(self.rest()).is_none() {
                        self.odd(here.clone(), "no weight stands here, so the colon is taken as it is; write a weight as (words:1.2)");
                    }
                    self.text(&mut nodes, here.end);
                }
                ('\\', _) => {
                    let escaped = self.text[here.end..].chars().next();
                    self.text(&mut nodes, here.end + escaped.map_or(0, char::len_utf8));
                }
                ('A', None) if self.is_and() => break,
                ('A', Some(_)) if self.is_and() => {
                    self.wrong(
                        self.at..self.at + AND.len(),
                        "AND joins whole prompts; take it out of the brackets",
                    );
                    self.text(&mut nodes, self.at + AND.len());
                }
                _ => {
                    let stop = |c| matches!(c, '(' | ')' | '[' | ']' | ':' | '|' | '\\' | 'A');
                    let more = self.text[here.end..].find(stop);
                    self.text(
                        &mut nodes,
                        more.map_or(self.text.len(), |more| here.end + more),
                    );
                }
            }
        }
        nodes
    }

    /// Whether the word `AND` starts here.
    fn is_and(&self) -> bool {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let after = self.rest().strip_prefix(AND);
        let before = &self.text[..self.at];
        after.is_some_and(|after| !after.starts_with(is_word)) && !before.ends_with(is_word)
    }

    /// Takes what comes before `end` as text.
    fn text(&mut self, nodes: &mut Vec<Node>, end: usize) {
        push_text(nodes, &self.text[self.at..end]);
        self.at = end;
    }

    /// Reads attention: `(words)`, `(words:1.2)`.
    fn round(&mut self, nodes: &mut Vec<Node>) {
        let start = self.at;
        self.text(nodes, start + 1);
        self.open.push(Bracket::Round);
        for node in self.nodes() {
            push(nodes, node);
        }
        self.open.pop();
        match self.peek() {
            Some(')') => self.text(nodes, self.at + 1),
            _ => self.odd(start..start + 1, "this bracket is never closed, so it reaches to the end; write ) where it should end"),
        }
    }

    /// Reads `[words]`, `[to:when]`, `[from:to:when]`, `[a|b]`.
    fn square(&mut self, nodes: &mut Vec<Node>) {
        let start = self.at;
        self.at += 1;
        self.open.push(Bracket::Square);
        let mut fields = Vec::new();
        let mut between = Vec::new();
        let closed = loop {
            let field_start = self.at;
            let field = self.nodes();
            fields.push((field, field_start..self.at));
            match self.peek() {
                Some(mark @ (':' | '|')) => {
                    between.push(mark);
                    self.at += 1;
                }
                Some(_) => break true,
                None => break false,
            }
        };
        self.open.pop();
        if closed {
            self.at += 1;
        }
        let whole = start..self.at;
        let is_attention = between.is_empty();
        if !closed {
            match is_attention {
                true => self.odd(start..start + 1, "this bracket is never closed, so it reaches to the end; write ] where it should end"),
                false => return self.wrong(whole, "this bracket is never closed; write ] behind the step or the last choice"),
            }
        }
        if is_attention {
            push_text(nodes, "[");
            for (field, _) in fields {
                field.into_iter().for_each(|node| push(nodes, node));
            }
            push_text(nodes, if closed { "]" } else { "" });
        } else if !between.contains(&':') {
            nodes.push(Node::Turns(
                fields.into_iter().map(|(field, _)| field).collect(),
            ));
        } else if between.contains(&'|') {
            self.wrong(whole, "colons and bars are mixed; put the choices in brackets of their own, as in [[a|b]:c:0.5]");
        } else {
            self.change(nodes, fields, whole);
        }
    }

    /// Makes a change out of the fields between colons, the last of which is the step.
    fn change(
        &mut self,
        nodes: &mut Vec<Node>,
        fields: Vec<(Vec<Node>, Range<usize>)>,
        whole: Range<usize>,
    ) {
        let Some((_, place)) = fields.last() else {
            return;
        };
        let (place, when) = (place.clone(), when(&self.text[place.clone()]));
        let mut sides = fields.into_iter().map(|(field, _)| field);
        let (from, to) = match sides.len() {
            2 => (Vec::new(), sides.next().unwrap_or_default()),
            3 => (sides.next().unwrap_or_default(), sides.next().unwrap_or_default()),
            _ => return self.wrong(whole, "there are too many colons; write [from:to:0.5], and a backslash before colons that are words"),
        };
        match when {
            None => self.wrong(whole, "the step is missing; write [from:to:0.5] for half of the steps, [from:to:8] for step 8, or backslashes before brackets that are words"),
            Some(when) => {
                if matches!(when, When::Fraction(share) if share > 1.0) {
                    self.odd(place, "a share above 1 is never reached; write a whole number for a step");
                }
                nodes.push(Node::Change { from, to, when });
            }
        }
    }
}

/// A step (`8`) or a share of the steps (`0.5`: it has a dot).
fn when(text: &str) -> Option<When> {
    let text = text.trim();
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    let number: f64 = text.parse().ok().filter(|_| text.chars().all(plain))?;
    let number = Some(number).filter(|number| number.is_finite())?;
    Some(match text.contains('.') {
        true => When::Fraction(number),
        false => When::Step(number),
    })
}

fn push(nodes: &mut Vec<Node>, node: Node) {
    match node {
        Node::Text(text) => push_text(nodes, &text),
        node => nodes.push(node),
    }
}

fn push_text(nodes: &mut Vec<Node>, text: &str) {
    match nodes.last_mut() {
        _ if text.is_empty() => {}
        Some(Node::Text(last)) => last.push_str(text),
        _ => nodes.push(Node::Text(text.to_owned())),
    }
}
