//! ComfyUI's graphs of nodes, followed from their sampler back to prompts, seed and size.
//!
//! Does not run the graph: of several samplers the first one counts, and what other nodes say is kept to be shown.

mod graph;
mod tables;
mod text;
mod workflow;

use std::borrow::Cow;

use serde_json::Value;

use self::graph::{Graph, Side};
use self::tables::{SAMPLER_CLASSES, SCALARS, SPACING_CLASSES};
use super::json::{Object, object, shown};
use super::names::{sampler_of_comfy, spacing_of_comfy};
use super::number::{number, whole};
use super::{Parsed, Recipe, SeedSource};

/// What is said where the graph has a prompt that is not found.
const NO_PROMPT: &str = "the prompt was not found in the graph of nodes; type it";
const NO_NEGATIVE: &str = "the negative prompt was not found in the graph of nodes; type it";

/// Reads the recipe of the first sampler in a graph that was run (`prompt`) or drawn (`workflow`); `None` where the object is no graph.
///
/// Its noise is drawn on the CPU. What its nodes leave out has ComfyUI's defaults.
pub fn read(object: &Object, base: &Recipe) -> Option<Parsed> {
    let nodes = nodes_of(object)?;
    let mut graph = Graph::of(&nodes);
    let mut parsed = Parsed::starting_from(base);
    let samplers = graph.samplers();
    let first = samplers
        .iter()
        .copied()
        .find(|id| !graph.comes_after_sampler(id))
        .or(samplers.first().copied());
    if let Some(id) = first {
        numbers(&mut graph, id, &mut parsed);
        prompts(&mut graph, id, &mut parsed);
    }
    if samplers.len() > 1 {
        let count = samplers.len();
        parsed.keep("Samplers", &format!("{count}, of which the first was read"));
    }
    for (key, value) in graph.unused() {
        parsed.keep(&key, &value);
    }
    Some(parsed.of_another_program())
}

/// The nodes of a graph: bare, as a request's or a file's `prompt`, or of one that was drawn.
fn nodes_of(object_: &Object) -> Option<Cow<'_, Object>> {
    let is_graph = |object: &Object| object.values().any(graph::is_node);
    if is_graph(object_) {
        return Some(Cow::Borrowed(object_));
    }
    // Some programs write JSON into JSON.
    let inside = |key: &str| match object_.get(key)? {
        Value::Object(inside) => Some(Cow::Borrowed(inside)),
        Value::String(text) if text.trim_start().starts_with('{') => {
            object(text).ok().map(Cow::Owned)
        }
        _ => None,
    };
    if let Some(prompt) = inside("prompt").filter(|prompt| is_graph(prompt)) {
        return Some(prompt);
    }
    let drawn = match workflow::is_drawn(object_) {
        true => Some(Cow::Borrowed(object_)),
        false => inside("workflow").filter(|workflow| workflow::is_drawn(workflow)),
    };
    drawn.map(|drawn| Cow::Owned(workflow::nodes(&drawn)))
}

fn prompts(graph: &mut Graph<'_>, id: &str, parsed: &mut Parsed) {
    match graph.text_of_sampler(id, Side::Positive) {
        Some(text) => parsed.set("prompt", text, |r| &mut r.prompt),
        None => parsed.notes.push(NO_PROMPT.to_owned()),
    }
    match graph.text_of_sampler(id, Side::Negative) {
        Some(text) => parsed.set("negative_prompt", text, |r| &mut r.negative_prompt),
        // A graph without one has none.
        None if !graph.leads_on(id, Side::Negative) => {
            if !parsed.found.is_empty() {
                parsed.set("negative_prompt", String::new(), |r| &mut r.negative_prompt);
            }
        }
        None => parsed.notes.push(NO_NEGATIVE.to_owned()),
    }
}

fn numbers(graph: &mut Graph<'_>, id: &str, parsed: &mut Parsed) {
    let mut found = Object::new();
    for scalar in SCALARS {
        if let Some(value) = graph.scalar(id, scalar) {
            found.insert(scalar.name.to_owned(), value);
        }
    }
    // What has a meaning is taken out, the rest is shown.
    let mut take = |name: &str, meaning: &mut dyn FnMut(&Value) -> Option<()>| {
        let used = found.get(name).and_then(meaning).is_some();
        used.then(|| found.remove(name));
    };
    let (mut steps, mut strength, mut skipped) = (None, None, graph.steps_split_off(id));
    take("steps", &mut |value| {
        steps = Some(usize::try_from(whole(value)?).ok()?);
        Some(())
    });
    take("denoise", &mut |value| {
        strength = Some(number(value)?);
        Some(())
    });
    take("start_at_step", &mut |value| {
        skipped = Some(whole(value)?);
        Some(())
    });
    take("end_at_step", &mut |value| {
        let to_the_end = usize::try_from(whole(value)?).ok()? >= steps?;
        to_the_end.then_some(())
    });
    take("cfg", &mut |value| {
        parsed.set("guidance_scale", number(value)?, |r| &mut r.guidance_scale);
        Some(())
    });
    take("seed", &mut |value| {
        parsed.set("seed", whole(value)?, |r| &mut r.seed);
        parsed.set("seed_source", SeedSource::TorchCpu, |r| &mut r.seed_source);
        parsed.set("variation", None, |r| &mut r.variation);
        Some(())
    });
    let (mut width, mut height) = (None, None);
    for (name, side) in [("width", &mut width), ("height", &mut height)] {
        take(name, &mut |value| {
            *side = Some(u32::try_from(whole(value)?).ok()?);
            Some(())
        });
    }
    parsed.size = width.zip(height);
    let classes = [
        ("sampler_name", SAMPLER_CLASSES, "sampler"),
        ("scheduler", SPACING_CLASSES, "sigmas"),
    ];
    for (name, classes, through) in classes {
        if !found.contains_key(name)
            && let Some(class) = graph.class_behind(id, classes, through)
        {
            found.insert(name.to_owned(), class.into());
        }
    }
    let mut take = |name: &str, meaning: &mut dyn FnMut(&str) -> Option<()>| {
        let used = found
            .get(name)
            .and_then(Value::as_str)
            .and_then(meaning)
            .is_some();
        used.then(|| found.remove(name));
    };
    take("sampler_name", &mut |name| {
        parsed.set("sampler", sampler_of_comfy(name)?, |r| &mut r.sampler);
        Some(())
    });
    take("scheduler", &mut |name| {
        parsed.set("spacing", spacing_of_comfy(name)?, |r| &mut r.spacing);
        Some(())
    });
    if let Some(steps) = steps {
        parsed.set("steps", steps, |r| &mut r.steps);
        // What a sampler skips at the beginning is what a lower strength leaves out.
        let skipped = usize::try_from(skipped.unwrap_or(0)).unwrap_or(usize::MAX);
        let run = share(steps - skipped.min(steps), steps);
        let split = graph.split_denoise(id);
        let strength = split.unwrap_or_else(|| strength.unwrap_or(1.0) * run);
        parsed.set("strength", strength, |r| &mut r.strength);
    }
    for (name, value) in &found {
        parsed.keep(name, &shown(value));
    }
}

/// The share that `run` of `steps` are, rounded so that as many steps come of it again.
fn share(run: usize, steps: usize) -> f64 {
    let share = run as f64 / steps.max(1) as f64;
    match share * (steps as f64) < run as f64 {
        true => share.next_up(),
        false => share,
    }
}
