//! The nodes of a graph that was run, their links, and what of them was read.
//!
//! Does not know texts; [`text`](super::text) does.
//!
//! A graph may be damaged or made to do harm: every walk ends after so many nodes, links and letters.

use std::collections::BTreeSet;

use serde_json::Value;

use super::tables::{PRIMITIVES, Scalar};
use crate::recipe::json::{Object, shown};
use crate::recipe::number::{number, whole};

/// How many links are followed before a chain is given up.
const MOST_LINKS: usize = 64;

/// How many nodes are looked at before the rest of a graph is given up.
const MOST_VISITS: usize = 100_000;

/// How many bytes the texts that are put together may have in all.
const MOST_TEXT: usize = 1 << 20;

/// What a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Positive,
    Negative,
}

impl Side {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
        }
    }
}

/// A node and one of its outputs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    pub(super) node: String,
    pub(super) slot: u64,
}

pub(super) struct Graph<'a> {
    nodes: &'a Object,
    /// Node and input of every value that was read.
    used: BTreeSet<(&'a str, &'a str)>,
    /// Outputs that are being read or gave no text.
    pub(super) without_text: BTreeSet<(Link, Side)>,
    /// Nodes looked at so far.
    visits: usize,
    /// Bytes that texts may still have.
    pub(super) text_left: usize,
}

/// Whether a value is a node of a graph that was run.
pub(super) fn is_node(value: &Value) -> bool {
    value.get("class_type").is_some_and(Value::is_string)
}

/// The output that an input is linked to.
pub(super) fn link(value: &Value) -> Option<Link> {
    match value.as_array()?.as_slice() {
        [node, slot] => {
            let node = match node {
                Value::String(id) => id.clone(),
                id => id.as_u64()?.to_string(),
            };
            let slot = slot
                .as_u64()
                .or_else(|| slot.as_f64().map(|slot| slot as u64))?;
            Some(Link { node, slot })
        }
        _ => None,
    }
}

fn is_plain(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

impl<'a> Graph<'a> {
    pub(super) fn of(nodes: &'a Object) -> Self {
        Self {
            nodes,
            used: BTreeSet::new(),
            without_text: BTreeSet::new(),
            visits: 0,
            text_left: MOST_TEXT,
        }
    }

    /// The class of a node; empty where there is none.
    pub(super) fn class(&self, id: &str) -> &'a str {
        let class = self.nodes.get(id).and_then(|node| node.get("class_type"));
        class.and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn inputs(&self, id: &str) -> Option<(&'a str, &'a Object)> {
        let (id, node) = self.nodes.get_key_value(id)?;
        Some((id, node.get("inputs")?.as_object()?))
    }

    /// The inputs of a node at the end of a chain of `depth` links.
    pub(super) fn visit(&mut self, id: &str, depth: usize) -> Option<(&'a str, &'a Object)> {
        self.visits += 1;
        let goes_on = depth < MOST_LINKS && self.visits <= MOST_VISITS;
        self.inputs(id).filter(|_| goes_on)
    }

    /// Takes note that an input was read.
    pub(super) fn read(&mut self, id: &'a str, key: &'a str) {
        self.used.insert((id, key));
    }

    /// The nodes that sample; where none has the usual inputs, those that could.
    pub(super) fn samplers(&self) -> Vec<&'a str> {
        let all = |fits: &dyn Fn(&str, &Object) -> bool| -> Vec<&'a str> {
            let nodes = self.nodes.iter().filter(|(_, node)| is_node(node));
            let nodes = nodes.filter_map(|(id, _)| self.inputs(id));
            let fitting = nodes.filter(|(id, inputs)| fits(self.class(id), inputs));
            fitting.map(|(id, _)| id).collect()
        };
        let usual = all(&|class, inputs| is_sampler(class, inputs));
        match usual.is_empty() {
            true => all(&|_, inputs| {
                let has = |key| inputs.contains_key(key);
                has("steps") && (has("cfg") || has("denoise")) && (has("positive") || has("pipe"))
            }),
            false => usual,
        }
    }

    /// Whether another sampler made what a sampler starts from.
    pub(super) fn comes_after_sampler(&mut self, id: &str) -> bool {
        let mut seen = BTreeSet::from([id.to_owned()]);
        let mut next = vec![(id.to_owned(), true)];
        while let Some((id, start)) = next.pop() {
            self.visits += 1;
            let Some((id, inputs)) = self.inputs(&id) else {
                continue;
            };
            if !start && is_sampler(self.class(id), inputs) {
                return true;
            }
            if self.visits > MOST_VISITS {
                return false;
            }
            let links = inputs
                .iter()
                .filter(|(key, _)| !start || *key == "latent_image");
            for link in links.filter_map(|(_, value)| link(value)) {
                if seen.insert(link.node.clone()) {
                    next.push((link.node, false));
                }
            }
        }
        false
    }

    /// A value of a sampler, or of the nodes behind it.
    pub(super) fn scalar(&mut self, id: &str, scalar: &Scalar) -> Option<Value> {
        self.scalar_at(id, scalar, scalar.keys, scalar.through, 0)
    }

    fn scalar_at(
        &mut self,
        id: &str,
        scalar: &Scalar,
        keys: &[&str],
        through: &[&str],
        depth: usize,
    ) -> Option<Value> {
        let (id, inputs) = self.visit(id, depth)?;
        let fits = |value: &Value| match scalar.is_word {
            true => value.is_string(),
            false => value.is_number() || value.is_string(),
        };
        for (key, value) in keys.iter().filter_map(|key| inputs.get_key_value(*key)) {
            match link(value) {
                None if fits(value) => {
                    self.read(id, key);
                    return Some(value.clone());
                }
                None => {}
                Some(source) => {
                    let found = self.primitive(&source.node, scalar, depth + 1);
                    if found.is_some() {
                        return found;
                    }
                }
            }
        }
        through.iter().find_map(|input| {
            let source = link(inputs.get(*input)?)?;
            self.scalar_at(&source.node, scalar, keys, through, depth + 1)
        })
    }

    /// The value that a node behind an input holds: under a name of the input's own, a usual one, or the only one of its kind; else that of the only node behind it.
    fn primitive(&mut self, id: &str, scalar: &Scalar, depth: usize) -> Option<Value> {
        let (own, inputs) = self.visit(id, depth)?;
        let names: Vec<_> = scalar.keys.iter().chain(PRIMITIVES).copied().collect();
        if let Some(value) = self.scalar_at(id, scalar, &names, &[], depth) {
            return Some(value);
        }
        let of_kind = |value: &Value| match scalar.is_word {
            true => value.is_string(),
            false => value.is_number(),
        };
        let mut alone = inputs.iter().filter(|(_, value)| of_kind(value));
        if let (Some((key, value)), None) = (alone.next(), alone.next()) {
            self.read(own, key);
            return Some(value.clone());
        }
        let mut links = inputs.values().filter_map(link);
        match (links.next(), links.next()) {
            (Some(source), None) => self.primitive(&source.node, scalar, depth + 1),
            _ => None,
        }
    }

    /// The steps that are split off before the sigmas which a sampler takes, by `SplitSigmas`.
    pub(super) fn steps_split_off(&mut self, id: &str) -> Option<u64> {
        let (split, inputs, _) = self.split(id).filter(|(.., slot)| *slot == 1)?;
        let (key, step) = inputs.get_key_value("step")?;
        self.read(split, key);
        whole(step)
    }

    /// The denoising strength of the sigmas which a sampler takes, by `SplitSigmasDenoise`.
    pub(super) fn split_denoise(&mut self, id: &str) -> Option<f64> {
        let (split, inputs, _) = self.split(id).filter(|(.., slot)| *slot == 1)?;
        let (key, denoise) = inputs.get_key_value("denoise")?;
        self.read(split, key);
        number(denoise)
    }

    /// The node that splits the sigmas which a sampler takes, and which half that is.
    fn split(&self, id: &str) -> Option<(&'a str, &'a Object, u64)> {
        let (_, inputs) = self.inputs(id)?;
        let link = link(inputs.get("sigmas")?)?;
        let (split, inputs) = self.inputs(&link.node)?;
        let splits = self.class(split).starts_with("SplitSigmas");
        splits.then_some((split, inputs, link.slot))
    }

    /// What the class of a node behind an input stands for.
    pub(super) fn class_behind<'t>(
        &self,
        id: &str,
        classes: &[(&str, &'t str)],
        through: &str,
    ) -> Option<&'t str> {
        let mut id = id.to_owned();
        for _ in 0..MOST_LINKS {
            let (_, inputs) = self.inputs(&id)?;
            let behind = link(inputs.get(through)?)?;
            let class = self.class(&behind.node);
            let row = classes.iter().find(|(own, _)| *own == class);
            if let Some((_, name)) = row {
                return Some(name);
            }
            id = behind.node;
        }
        None
    }

    /// Every plain value that was not read, as `class.input`.
    pub(super) fn unused(&self) -> impl Iterator<Item = (String, String)> {
        let nodes = self.nodes.iter().filter(|(_, node)| is_node(node));
        let inputs = nodes.filter_map(|(id, _)| self.inputs(id));
        inputs.flat_map(move |(id, inputs)| {
            let left = inputs.iter().filter(move |(key, value)| {
                is_plain(value) && !self.used.contains(&(id, key.as_str()))
            });
            left.map(move |(key, value)| (format!("{}.{key}", self.class(id)), shown(value)))
        })
    }
}

fn is_sampler(class: &str, inputs: &Object) -> bool {
    let has = |key: &str| inputs.contains_key(key);
    let sampler = class.to_ascii_lowercase().contains("sampler");
    let seeded = (has("seed") || has("noise_seed")) && has("steps");
    sampler && (has("latent_image") || seeded)
}
