//! ComfyUI's `prompt`: a graph of nodes, followed from its sampler back to prompts, seed and size.
//!
//! Does not run the graph: of several samplers the first one counts, and what other nodes say is kept to be shown.

use std::collections::BTreeSet;

use serde_json::Value;

use super::json::{Fields, Object, shown};
use super::{Parsed, Recipe, SeedSource};

/// How many links are followed before a chain is given up.
const MOST_LINKS: usize = 64;

/// How many nodes are looked at before the rest of a graph is given up; one that goes in circles has no end.
const MOST_VISITS: usize = 10_000;

/// Whether an object is a graph of nodes, bare or as a request's `prompt`.
pub fn is_graph(object: &Object) -> bool {
    nodes_of(object).values().any(is_node)
}

fn is_node(value: &Value) -> bool {
    value.get("class_type").is_some_and(Value::is_string)
}

fn nodes_of(object: &Object) -> &Object {
    match object.get("prompt") {
        Some(Value::Object(nodes)) if nodes.values().any(is_node) => nodes,
        _ => object,
    }
}

/// Reads the recipe of a graph's first sampler; its noise is drawn on the CPU.
pub fn read(object: &Object, base: &Recipe) -> Parsed {
    let mut graph = Graph {
        nodes: nodes_of(object),
        used: BTreeSet::new(),
        visits: 0,
    };
    let samplers: Vec<&str> = graph
        .nodes
        .iter()
        .filter(|(_, node)| is_sampler(node))
        .map(|(id, _)| id.as_str())
        .collect();
    let first = samplers
        .iter()
        .copied()
        .find(|id| !graph.comes_after_sampler(id))
        .or(samplers.first().copied());
    let mut flat = Object::new();
    if let Some(id) = first {
        for (field, keys, through) in SCALARS {
            if let Some(value) = graph.scalar(id, keys, through, 0) {
                flat.insert((*field).to_owned(), value);
            }
        }
        for side in ["positive", "negative"] {
            if let Some(text) = graph.prompt_of_sampler(id, side) {
                flat.insert(side.to_owned(), text.into());
            }
        }
    }
    let mut fields = Fields::new(&flat, base);
    fields.prompts("positive", "negative");
    fields.numbers("cfg", "denoise");
    fields.comfy_sampler("sampler_name", "scheduler");
    fields.seed_source(SeedSource::TorchCpu);
    fields.size();
    let mut parsed = fields.finish();
    if samplers.len() > 1 {
        let count = samplers.len();
        parsed.keep("Samplers", format!("{count}, of which the first was read"));
    }
    for (key, value) in graph.unused() {
        parsed.keep(key, value);
    }
    parsed
}

/// Field, the names that nodes give it, and the inputs of a sampler behind which it may lie.
const SCALARS: &[(&str, &[&str], &[&str])] = &[
    ("seed", &["seed", "noise_seed"], &["noise"]),
    ("steps", &["steps"], &["sigmas"]),
    ("cfg", &["cfg"], &["guider"]),
    ("sampler_name", &["sampler_name"], &["sampler"]),
    ("scheduler", &["scheduler"], &["sigmas"]),
    ("denoise", &["denoise"], &["sigmas"]),
    ("width", &["width"], LATENT_LINKS),
    ("height", &["height"], LATENT_LINKS),
];

/// Inputs that lead from a sampler towards the empty latents.
const LATENT_LINKS: &[&str] = &["latent_image", "samples", "latent"];

fn is_sampler(node: &Value) -> bool {
    let class = node["class_type"].as_str().unwrap_or_default();
    class.contains("Sampler") && node["inputs"].get("latent_image").is_some()
}

struct Graph<'a> {
    nodes: &'a Object,
    /// Node and input of every value that was read.
    used: BTreeSet<(&'a str, &'a str)>,
    /// Nodes looked at so far.
    visits: usize,
}

impl<'a> Graph<'a> {
    fn inputs(&self, id: &str) -> Option<(&'a str, &'a Object)> {
        let (id, node) = self.nodes.get_key_value(id)?;
        Some((id, node.get("inputs")?.as_object()?))
    }

    /// The inputs of a node at the end of a chain of `depth` links.
    fn visit(&mut self, id: &str, depth: usize) -> Option<(&'a str, &'a Object)> {
        self.visits += 1;
        let goes_on = depth < MOST_LINKS && self.visits <= MOST_VISITS;
        self.inputs(id).filter(|_| goes_on)
    }

    /// The node and output that an input is linked to.
    fn link(value: &Value) -> Option<(&str, u64)> {
        match value.as_array()?.as_slice() {
            [id, slot] => Some((id.as_str()?, slot.as_u64()?)),
            _ => None,
        }
    }

    /// The value of the first of `keys` that a node has, its links followed; else of a node behind one of the inputs `through`.
    fn scalar(&mut self, id: &str, keys: &[&str], through: &[&str], depth: usize) -> Option<Value> {
        let (id, inputs) = self.visit(id, depth)?;
        for (key, value) in inputs
            .iter()
            .filter(|(key, _)| keys.contains(&key.as_str()))
        {
            match Self::link(value) {
                None if !value.is_array() && !value.is_object() => {
                    self.used.insert((id, key));
                    return Some(value.clone());
                }
                None => {}
                // Primitive nodes have other names for what they hold.
                Some((source, _)) => {
                    let names: Vec<_> = keys.iter().copied().chain(PRIMITIVES).collect();
                    let found = self.scalar(source, &names, &[], depth + 1);
                    if found.is_some() {
                        return found;
                    }
                }
            }
        }
        through.iter().find_map(|input| {
            let (source, _) = Self::link(inputs.get(*input)?)?;
            self.scalar(source, keys, through, depth + 1)
        })
    }

    /// The text that a sampler's `positive` or `negative` input says.
    fn prompt_of_sampler(&mut self, id: &str, side: &str) -> Option<String> {
        let (_, inputs) = self.inputs(id)?;
        if let Some((source, slot)) = inputs.get(side).and_then(Self::link) {
            return self.prompt(source, slot, 0);
        }
        let (guider, _) = Self::link(inputs.get("guider")?)?;
        let (_, inputs) = self.inputs(guider)?;
        let alone = inputs.get("conditioning").filter(|_| side == "positive");
        let (source, slot) = Self::link(inputs.get(side).or(alone)?)?;
        self.prompt(source, slot, 0)
    }

    /// The text behind an output of a conditioning node.
    fn prompt(&mut self, id: &str, slot: u64, depth: usize) -> Option<String> {
        let (_, inputs) = self.visit(id, depth)?;
        let class = self.nodes[id]["class_type"].as_str().unwrap_or_default();
        if class == "ConditioningZeroOut" {
            return Some(String::new());
        }
        let text = self.scalar(id, &["text", "text_g", "prompt"], &[], depth);
        if let Some(Value::String(text)) = text {
            return Some(text);
        }
        let side = ["positive", "negative"].get(usize::try_from(slot).ok()?);
        let passed = side.and_then(|side| inputs.get(*side)).and_then(Self::link);
        if let Some((source, slot)) = passed {
            return self.prompt(source, slot, depth + 1);
        }
        // Combining is A1111's AND, joining its BREAK.
        let pairs = [
            ("conditioning_1", "conditioning_2", " AND "),
            ("conditioning_to", "conditioning_from", " BREAK "),
        ];
        for (one, other, word) in pairs {
            let ends = inputs.get(one).zip(inputs.get(other));
            let links = ends.and_then(|(one, other)| Self::link(one).zip(Self::link(other)));
            if let Some((one, other)) = links {
                let one = self.prompt(one.0, one.1, depth + 1)?;
                let other = self.prompt(other.0, other.1, depth + 1)?;
                return Some(one + word + &other);
            }
        }
        let (source, slot) = Self::link(inputs.get("conditioning")?)?;
        self.prompt(source, slot, depth + 1)
    }

    /// Whether another sampler made what a sampler starts from.
    fn comes_after_sampler(&self, id: &str) -> bool {
        let mut seen = BTreeSet::from([id]);
        let mut next = vec![(id, true)];
        while let Some((id, start)) = next.pop() {
            let Some((_, inputs)) = self.inputs(id) else {
                continue;
            };
            if !start && is_sampler(&self.nodes[id]) {
                return true;
            }
            let links = inputs
                .iter()
                .filter(|(key, _)| !start || *key == "latent_image");
            for (source, _) in links.filter_map(|(_, value)| Self::link(value)) {
                if seen.insert(source) {
                    next.push((source, false));
                }
            }
        }
        false
    }

    /// Every plain value that was not read, as `class.input`.
    fn unused(&self) -> Vec<(String, String)> {
        let mut unused = Vec::new();
        for (id, node) in self.nodes.iter().filter(|(_, node)| is_node(node)) {
            let class = node["class_type"].as_str().unwrap_or_default();
            let inputs = node.get("inputs").and_then(Value::as_object);
            for (key, value) in inputs.into_iter().flatten() {
                let plain = !value.is_array() && !value.is_object();
                if plain && !self.used.contains(&(id.as_str(), key.as_str())) {
                    unused.push((format!("{class}.{key}"), shown(value)));
                }
            }
        }
        unused
    }
}

/// What primitive nodes call their value.
const PRIMITIVES: [&str; 7] = ["value", "text", "string", "int", "float", "number", "seed"];
