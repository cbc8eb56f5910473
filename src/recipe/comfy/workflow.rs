//! ComfyUI's graph as it is drawn (`workflow`): made into the graph that would be run, as the editor does when it is sent off.
//!
//! Does not know what is read from a graph.
//!
//! Format: ComfyUI_frontend `src/platform/workflow/validation/schemas/workflowSchema.ts`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::graph::Link;
use crate::recipe::json::Object;

/// Most nodes, those in subgraphs counted each time.
const MOST_NODES: usize = 20_000;

/// How deep subgraphs may lie in one another.
const DEEPEST: usize = 16;

/// How many nodes a link may pass through that are only drawn.
const MOST_PASSED: usize = 64;

/// The node in a subgraph that stands for its inputs, and the one for its outputs.
const INPUTS: i64 = -10;
const OUTPUTS: i64 = -20;

/// A node's mode: left out, and passed through.
const MUTED: u64 = 2;
const BYPASSED: u64 = 4;

/// What the editor adds behind a seed.
const CONTROLS: &[&str] = &["fixed", "increment", "decrement", "randomize"];

/// The names of a node's widgets, in order and between spaces, for the nodes that old files do not name them of.
const WIDGETS: &[(&str, &str)] = &[
    ("KSampler", "seed steps cfg sampler_name scheduler denoise"),
    (
        "KSamplerAdvanced",
        "add_noise noise_seed steps cfg sampler_name scheduler start_at_step end_at_step return_with_leftover_noise",
    ),
    (
        "KSampler (Efficient)",
        "seed steps cfg sampler_name scheduler denoise",
    ),
    ("SamplerCustom", "add_noise noise_seed cfg"),
    ("RandomNoise", "noise_seed"),
    ("CFGGuider", "cfg"),
    ("KSamplerSelect", "sampler_name"),
    ("BasicScheduler", "scheduler steps denoise"),
    ("KarrasScheduler", "steps sigma_max sigma_min rho"),
    ("SplitSigmas", "step"),
    ("SplitSigmasDenoise", "denoise"),
    ("CLIPTextEncode", "text"),
    (
        "CLIPTextEncodeSDXL",
        "width height crop_w crop_h target_width target_height text_g text_l",
    ),
    ("EmptyLatentImage", "width height batch_size"),
    ("EmptySD3LatentImage", "width height batch_size"),
    ("StringConcatenate", "string_a string_b delimiter"),
    (
        "ImpactWildcardProcessor",
        "wildcard_text populated_text mode seed",
    ),
    ("SDXLPromptStyler", "text_positive text_negative style"),
    ("easy positive", "positive"),
    ("easy negative", "negative"),
    ("CheckpointLoaderSimple", "ckpt_name"),
    ("LoraLoader", "lora_name strength_model strength_clip"),
];

/// Whether an object is a graph as it is drawn.
pub(super) fn is_drawn(object: &Object) -> bool {
    object.get("nodes").is_some_and(Value::is_array) && object.contains_key("links")
}

/// The nodes that would be run, by id.
pub(super) fn nodes(workflow: &Object) -> Object {
    let mut subgraphs = BTreeMap::new();
    let definitions = workflow
        .get("definitions")
        .and_then(|all| all.get("subgraphs"));
    for subgraph in definitions.and_then(Value::as_array).into_iter().flatten() {
        if let (Some(id), Some(subgraph)) = (subgraph["id"].as_str(), subgraph.as_object()) {
            subgraphs.insert(id, Sheet::of(subgraph));
        }
    }
    let mut maker = Maker {
        subgraphs: &subgraphs,
        made: Object::new(),
        left: MOST_NODES,
    };
    maker.sheet(&Place {
        sheet: &Sheet::of(workflow),
        prefix: String::new(),
        around: None,
    });
    maker.made
}

/// The nodes and links of a graph or a subgraph.
struct Sheet<'a> {
    nodes: BTreeMap<i64, &'a Object>,
    /// Source of each link: node and output.
    links: BTreeMap<i64, (i64, usize)>,
    /// The link at each output of a subgraph.
    outputs: BTreeMap<usize, i64>,
    /// The node that sets each name which others get.
    set: BTreeMap<&'a str, i64>,
}

impl<'a> Sheet<'a> {
    fn of(object: &'a Object) -> Self {
        let list = |key: &str| {
            object
                .get(key)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
        };
        let mut sheet = Self {
            nodes: BTreeMap::new(),
            links: BTreeMap::new(),
            outputs: BTreeMap::new(),
            set: BTreeMap::new(),
        };
        for node in list("nodes").filter_map(Value::as_object) {
            let Some(id) = node.get("id").and_then(integer) else {
                continue;
            };
            if kind(node) == "SetNode"
                && let Some(Value::String(name)) =
                    node.get("widgets_values").and_then(|all| all.get(0))
            {
                sheet.set.insert(name, id);
            }
            sheet.nodes.insert(id, node);
        }
        for link in list("links") {
            // A list in the outermost graph, an object in newer ones and in subgraphs.
            let part =
                |index: usize, key: &str| integer(link.get(index).or_else(|| link.get(key))?);
            let ends = (
                part(0, "id"),
                part(1, "origin_id"),
                part(2, "origin_slot"),
                part(3, "target_id"),
                part(4, "target_slot"),
            );
            if let (Some(id), Some(from), Some(slot), Some(to), Some(at)) = ends
                && let (Ok(slot), Ok(at)) = (usize::try_from(slot), usize::try_from(at))
            {
                sheet.links.insert(id, (from, slot));
                if to == OUTPUTS {
                    sheet.outputs.insert(at, id);
                }
            }
        }
        sheet
    }
}

/// A sheet where it is used.
struct Place<'p, 'a> {
    sheet: &'p Sheet<'a>,
    /// What the ids of its nodes begin with.
    prefix: String,
    /// The node that stands for the subgraph, and where that lies.
    around: Option<(&'p Place<'p, 'a>, &'a Object)>,
}

/// Where the value of an input comes from.
enum Source {
    Output(Link),
    Value(Value),
}

struct Maker<'p, 'a> {
    subgraphs: &'p BTreeMap<&'a str, Sheet<'a>>,
    made: Object,
    /// Nodes that may still be made.
    left: usize,
}

impl<'a> Maker<'_, 'a> {
    fn sheet(&mut self, place: &Place<'_, 'a>) {
        let depth = std::iter::successors(place.around, |(place, _)| place.around).count();
        for (id, node) in &place.sheet.nodes {
            if self.left == 0 || depth > DEEPEST {
                return;
            }
            self.left -= 1;
            if matches!(mode(node), MUTED | BYPASSED) {
                continue;
            }
            if let Some(sheet) = self.subgraphs.get(kind(node)) {
                self.sheet(&Place {
                    sheet,
                    prefix: format!("{}{id}:", place.prefix),
                    around: Some((place, *node)),
                });
                continue;
            }
            let mut inputs = widgets(node);
            for (index, input) in slots(node, "inputs").enumerate() {
                let Some(name) = input["name"].as_str() else {
                    continue;
                };
                match self.source(place, node, index) {
                    Some(Source::Output(link)) => {
                        inputs.insert(name.to_owned(), json!([link.node, link.slot]));
                    }
                    Some(Source::Value(value)) => {
                        inputs.insert(name.to_owned(), value);
                    }
                    None => {}
                }
            }
            let made = json!({"class_type": kind(node), "inputs": inputs});
            self.made.insert(format!("{}{id}", place.prefix), made);
        }
    }

    /// What an input of a node is linked to, once what is only drawn is taken out.
    fn source(&self, place: &Place<'_, 'a>, node: &'a Object, index: usize) -> Option<Source> {
        let mut place = place;
        let mut link = integer(slots(node, "inputs").nth(index)?.get("link")?)?;
        for _ in 0..MOST_PASSED {
            let (from, slot) = *place.sheet.links.get(&link)?;
            if from == INPUTS {
                let (outer, node) = place.around?;
                let input = slots(node, "inputs").nth(slot)?;
                match input.get("link").and_then(integer) {
                    Some(outer_link) => {
                        link = outer_link;
                        place = outer;
                        continue;
                    }
                    None => {
                        let name = input["name"].as_str()?;
                        return widgets(node).get(name).cloned().map(Source::Value);
                    }
                }
            }
            let node = place.sheet.nodes.get(&from)?;
            let input = |index: usize| integer(slots(node, "inputs").nth(index)?.get("link")?);
            link = match (kind(node), mode(node)) {
                (_, MUTED) => return None,
                (_, BYPASSED) => input(passed(node, slot)?)?,
                ("Reroute", _) => input(0)?,
                ("GetNode", _) => {
                    let name = node.get("widgets_values")?.get(0)?.as_str()?;
                    let set = place.sheet.nodes.get(place.sheet.set.get(name)?)?;
                    integer(slots(set, "inputs").next()?.get("link")?)?
                }
                ("PrimitiveNode", _) => {
                    return node
                        .get("widgets_values")?
                        .get(0)
                        .cloned()
                        .map(Source::Value);
                }
                (kind, _) => match self.subgraphs.get(kind) {
                    Some(inside) => return self.out_of(place, node, from, inside, slot),
                    None => {
                        return Some(Source::Output(Link {
                            node: format!("{}{from}", place.prefix),
                            slot: slot as u64,
                        }));
                    }
                },
            };
        }
        None
    }

    /// What an output of a subgraph stands for: an output of a node in it, of subgraphs in it as well.
    fn out_of(
        &self,
        place: &Place<'_, 'a>,
        node: &'a Object,
        id: i64,
        inside: &Sheet<'a>,
        slot: usize,
    ) -> Option<Source> {
        let mut prefix = format!("{}{id}:", place.prefix);
        let (mut inside, mut slot, mut deep) = (inside, slot, false);
        for _ in 0..DEEPEST {
            let (from, at) = *inside.links.get(inside.outputs.get(&slot)?)?;
            if from == INPUTS {
                // An input that is passed on; through several subgraphs it is given up.
                return self.source(place, node, at).filter(|_| !deep);
            }
            let next = inside.nodes.get(&from)?;
            match self.subgraphs.get(kind(next)) {
                None => {
                    return Some(Source::Output(Link {
                        node: format!("{prefix}{from}"),
                        slot: at as u64,
                    }));
                }
                Some(deeper) => {
                    prefix = format!("{prefix}{from}:");
                    (inside, slot, deep) = (deeper, at, true);
                }
            }
        }
        None
    }
}

fn integer(value: &Value) -> Option<i64> {
    let text = || value.as_str()?.parse().ok();
    value.as_i64().or_else(text)
}

fn kind(node: &Object) -> &str {
    node.get("type").and_then(Value::as_str).unwrap_or_default()
}

fn mode(node: &Object) -> u64 {
    node.get("mode").and_then(Value::as_u64).unwrap_or_default()
}

fn slots<'a>(node: &'a Object, key: &str) -> impl Iterator<Item = &'a Value> {
    node.get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// The input that a bypassed node passes on to an output: the first of the same type.
fn passed(node: &Object, slot: usize) -> Option<usize> {
    let kind = slots(node, "outputs").nth(slot)?.get("type")?;
    slots(node, "inputs").position(|input| input.get("type") == Some(kind))
}

/// The values of a node's widgets by name.
fn widgets(node: &Object) -> Object {
    let values = match node.get("widgets_values") {
        Some(Value::Object(values)) => return values.clone(),
        Some(Value::Array(values)) => values,
        _ => return Object::new(),
    };
    let named: Vec<&str> = slots(node, "inputs")
        .filter_map(|input| input.get("widget")?.get("name")?.as_str())
        .collect();
    let row = WIDGETS.iter().find(|(kind_, _)| *kind_ == kind(node));
    let names = match row {
        Some((_, names)) => names.split(' ').collect(),
        None if named.is_empty() && values.iter().any(Value::is_string) => vec!["text"],
        None if named.is_empty() => vec!["value"],
        None => named,
    };
    let mut values = values.iter().peekable();
    let mut widgets = Object::new();
    for name in names {
        // A text without a name of its own is the first that there is.
        if row.is_none() && name == "text" {
            while values.peek().is_some_and(|value| !value.is_string()) {
                values.next();
            }
        }
        let Some(value) = values.next() else { break };
        widgets.insert(name.to_owned(), value.clone());
        let control = |value: &&Value| value.as_str().is_some_and(|text| CONTROLS.contains(&text));
        if name.contains("seed") && values.peek().is_some_and(control) {
            values.next();
        }
    }
    widgets
}
