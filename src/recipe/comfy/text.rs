//! From a sampler back to the texts of its prompts, through whatever nodes lie between.
//!
//! Does not know what the nodes do beyond their row in [`tables`](super::tables): what has no row is followed by the names of its inputs, then by any link that may lead to a text.

use serde_json::Value;

use super::graph::{Graph, Link, Side, link};
use super::tables::{BETWEEN, JOINTS, Joint, NO_TEXTS, PAIRS, STORED, SWITCHES, Switch, TEXTS};
use crate::recipe::json::Object;
use crate::recipe::number::whole;

/// A node where it is come by: for which side, and behind how many others.
#[derive(Clone, Copy)]
struct Place<'a> {
    id: &'a str,
    inputs: &'a Object,
    side: Side,
    depth: usize,
}

impl<'a> Graph<'a> {
    /// The text of a sampler's prompt.
    pub(super) fn text_of_sampler(&mut self, id: &str, side: Side) -> Option<String> {
        let (_, inputs) = self.inputs(id)?;
        match inputs.get(side.key()).and_then(link) {
            Some(source) => self.text(source, side, 0),
            None => {
                // The guider, pipe or context that it comes in.
                let all = Link {
                    node: id.to_owned(),
                    slot: u64::MAX,
                };
                self.text(all, side, 0)
            }
        }
    }

    /// Whether a sampler or its guider has an input for a side.
    pub(super) fn leads_on(&self, id: &str, side: Side) -> bool {
        let has = |inputs: &Object, key: &str| inputs.contains_key(key);
        self.inputs(id).is_some_and(|(_, inputs)| {
            let guider = inputs.get("guider").and_then(link);
            let guider = guider.and_then(|guider| self.inputs(&guider.node));
            has(inputs, side.key())
                || ["pipe", "context", "basic_pipe"]
                    .iter()
                    .any(|key| has(inputs, key))
                || guider.is_some_and(|(_, inputs)| has(inputs, side.key()))
        })
    }

    /// The text that an output stands for; an output is not entered again while it is read or after it gave none.
    fn text(&mut self, at: Link, side: Side, depth: usize) -> Option<String> {
        let (id, inputs) = self.visit(&at.node, depth)?;
        let output = (at, side);
        if !self.without_text.insert(output.clone()) {
            return None;
        }
        let text = self.text_of_node(Place {
            id,
            inputs,
            side,
            depth,
        })?;
        self.text_left = self.text_left.checked_sub(text.len())?;
        self.without_text.remove(&output);
        Some(text)
    }

    fn text_of_node(&mut self, node: Place<'a>) -> Option<String> {
        let Place {
            id, inputs, side, ..
        } = node;
        let class = self.class(id).to_ascii_lowercase();
        if class == "conditioningzeroout" {
            return Some(String::new());
        }
        for key in STORED {
            if let Some((key, Value::String(text))) = inputs.get_key_value(*key)
                && !text.is_empty()
                && !class.contains("concat")
            {
                self.read(id, key);
                return Some(text.clone());
            }
        }
        if let Some(text) = self.replaced(node) {
            return Some(text);
        }
        if let Some(joint) = JOINTS.iter().find(|joint| class.contains(joint.class)) {
            let text = self.joined(node, joint);
            if text.is_some() {
                return text;
            }
        }
        if let Some(key) = self.switched(id, inputs) {
            return self.input(node, &key);
        }
        let mut pairs = PAIRS.iter();
        if let Some(pair) = pairs.find(|pair| pair.iter().all(|key| inputs.contains_key(*key))) {
            let key = pair[usize::from(side == Side::Negative)];
            return self.input(node, key);
        }
        // A guider with one prompt has none that should not be there.
        if class.contains("guider") && side == Side::Negative {
            return None;
        }
        let opposite = match side {
            Side::Positive => Side::Negative.key(),
            Side::Negative => Side::Positive.key(),
        };
        let known = TEXTS
            .iter()
            .copied()
            .filter(|key| inputs.contains_key(*key) && (*key != opposite || inputs.len() == 1));
        let mut empty = None;
        for key in known {
            match self.input(node, key) {
                Some(text) if text.is_empty() => empty = Some(text),
                Some(text) => return Some(text),
                None => {}
            }
        }
        if empty.is_some() {
            return empty;
        }
        let others = inputs.iter().filter(|(key, value)| {
            let known = TEXTS.contains(&key.as_str()) || NO_TEXTS.contains(&key.as_str());
            !known && *key != opposite && link(value).is_some()
        });
        others
            .into_iter()
            .find_map(|(key, _)| self.input(node, key))
    }

    /// The text of an input: its own, or that of the output that it is linked to.
    fn input(&mut self, node: Place<'a>, key: &str) -> Option<String> {
        let (key, value) = node.inputs.get_key_value(key)?;
        match (value, link(value)) {
            (Value::String(text), _) => {
                self.read(node.id, key);
                Some(text.clone())
            }
            (_, Some(source)) => self.text(source, node.side, node.depth + 1),
            _ => None,
        }
    }

    /// The parts of a joint, put together; `None` where one is not found, or there is none.
    fn joined(&mut self, node: Place<'a>, joint: &Joint) -> Option<String> {
        let inputs = node.inputs;
        let mut parts: Vec<_> = inputs
            .keys()
            .filter_map(|key| Some((place(key, joint.inputs)?, key.as_str())))
            .collect();
        parts.sort();
        if parts.is_empty() {
            return None;
        }
        let written = BETWEEN.iter().find(|key| inputs.contains_key(**key));
        let is = |key: &str, words: &[&str]| match inputs.get(key) {
            Some(Value::String(text)) => words.contains(&text.as_str()),
            Some(Value::Bool(on)) => *on,
            _ => false,
        };
        let between = match written {
            Some(key) => self.input(node, key)?.replace("\\n", "\n"),
            None if is("linebreak_addition", &["true"]) => "\n".to_owned(),
            None if is("tidy_tags", &["no"]) => String::new(),
            None => joint.between.to_owned(),
        };
        let mut texts = Vec::new();
        for (_, key) in parts {
            let text = self.input(node, key)?;
            match joint.tidy {
                true if text.trim().is_empty() => {}
                true if is("clean_whitespace", &["true"]) => texts.push(text.trim().to_owned()),
                _ => texts.push(text),
            }
        }
        // Before it is made: texts may be longer than all that is left.
        let length: usize = texts.iter().map(|text| text.len() + between.len()).sum();
        (length <= self.text_left).then(|| texts.join(&between))
    }

    /// The text of a node that puts words in the place of others.
    fn replaced(&mut self, node: Place<'a>) -> Option<String> {
        let inputs = node.inputs;
        let replaces = inputs.get("action").and_then(Value::as_str) == Some("replace");
        let keys = match replaces {
            true => ["text_a", "text_b", "text_c"],
            false => ["string", "find", "replace"],
        };
        if !keys.iter().all(|key| inputs.contains_key(*key)) {
            return None;
        }
        let [text, from, to] = keys.map(|key| self.input(node, key));
        let (text, from, to) = (text?, from?, to.unwrap_or_default());
        let count = text.matches(&from).count();
        let fits = count.saturating_mul(to.len()) <= self.text_left;
        (fits && !from.is_empty()).then(|| text.replace(&from, &to))
    }

    /// The input that a switch lets through.
    fn switched(&mut self, id: &'a str, inputs: &'a Object) -> Option<String> {
        let fits = |switch: &&Switch| {
            let from = |key: &str| inputs.keys().any(|own| own.starts_with(key));
            inputs.contains_key(switch.selects) && switch.from.iter().all(|key| from(key))
        };
        let switch = SWITCHES.iter().find(fits)?;
        let (key, selected) = inputs.get_key_value(switch.selects)?;
        let wanted = match selected {
            Value::Bool(on) => u64::from(*on),
            value => whole(value)?,
        };
        let wanted = match switch.from {
            [name] => {
                let number = wanted.checked_sub(switch.first)? + switch.first;
                let names = [format!("{name}{number}"), format!("{name}_{number}")];
                names.into_iter().find(|name| inputs.contains_key(name))?
            }
            names => (*names.get(usize::try_from(wanted).ok()?)?).to_owned(),
        };
        self.read(id, key);
        Some(wanted)
    }
}

/// The place of an input among those whose names begin with one of `names` and end in a letter, a number or nothing.
fn place<'k>(key: &'k str, names: &[&str]) -> Option<(usize, usize, &'k str)> {
    names.iter().enumerate().find_map(|(index, name)| {
        let end = key.strip_prefix(name)?;
        let number = end.chars().all(|c| c.is_ascii_digit());
        let letter = end.len() == 1 && end.chars().all(|c| c.is_ascii_lowercase());
        (number || letter).then_some((index, end.len(), end))
    })
}
