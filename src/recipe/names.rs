//! Samplers and schedules by the names that other tools give them.
//!
//! Does not know the files that the names stand in.

use super::{Sampler, Spacing};

/// The sampler that A1111 calls so, and the spacing where the name ends in one, as they did before version 1.9 (`DPM++ 2M Karras`).
pub fn sampler_of_a1111(name: &str) -> Option<(Sampler, Option<Spacing>)> {
    let known = |name: &str| found(Sampler::ALL, |sampler| sampler.choice().is_a1111(name));
    if let Some(sampler) = known(name) {
        return Some((sampler, None));
    }
    Spacing::ALL.iter().find_map(|spacing| {
        let mut suffixes = spacing.choice().a1111.iter();
        suffixes.find_map(|suffix| {
            let at = name.len().checked_sub(suffix.len() + 1)?;
            let (sampler, tail) = name.split_at_checked(at)?;
            let tail = tail.strip_prefix(' ')?;
            let matches = tail.eq_ignore_ascii_case(suffix);
            Some((known(sampler).filter(|_| matches)?, Some(*spacing)))
        })
    })
}

/// The first that is as asked.
fn found<T: Copy>(all: &[T], is_it: impl Fn(T) -> bool) -> Option<T> {
    all.iter().copied().find(|one| is_it(*one))
}

/// The spacing that A1111 calls so; `Automatic` is what is usual for the sampler.
pub fn spacing_of_a1111(name: &str, sampler: Sampler) -> Option<Spacing> {
    if name.eq_ignore_ascii_case("automatic") {
        return Some(sampler.usual_spacing());
    }
    found(Spacing::ALL, |spacing| spacing.choice().is_a1111(name))
}

/// The sampler that ComfyUI, and SwarmUI after it, calls so; `_gpu` only says where noise is drawn, `_bh2` names a variant of UniPC.
pub fn sampler_of_comfy(name: &str) -> Option<Sampler> {
    let name = name.strip_suffix("_gpu").unwrap_or(name);
    let name = name.strip_suffix("_bh2").unwrap_or(name);
    found(Sampler::ALL, |sampler| sampler.choice().comfy == name)
}

/// The spacing that ComfyUI ("scheduler"), and SwarmUI after it, calls so.
pub fn spacing_of_comfy(name: &str) -> Option<Spacing> {
    let is_it = |spacing: Spacing| !name.is_empty() && spacing.choice().comfy == name;
    found(Spacing::ALL, is_it)
}

/// Names beside those of the table.
const ALIASES: &[(&str, Sampler)] = &[
    ("ddim_v3", Sampler::Ddim),
    ("dpmpp_2", Sampler::DpmPp2m),
    ("dpmpp_2_a", Sampler::DpmPp2sA),
    ("dpmpp_2s_a", Sampler::DpmPp2sA),
    ("unipc_snr", Sampler::UniPc),
    ("unipc_snr_2", Sampler::UniPc),
    ("unipc_tq", Sampler::UniPc),
    ("unipc_tu", Sampler::UniPc),
    ("unipc_tu_2", Sampler::UniPc),
];

/// The sampler that any of the programs calls so, in any case and with or without `k_` in front, and the spacing where the name ends in one: A1111's ` Karras`, InvokeAI's `_k`, `_karras` of others.
pub fn sampler_of_any(name: &str) -> Option<(Sampler, Option<Spacing>)> {
    if let Some(found) = sampler_of_a1111(name.trim()) {
        return Some(found);
    }
    let name = name.trim().to_ascii_lowercase();
    let name = name.strip_prefix("k_").unwrap_or(&name);
    let known = |name: &str| {
        let ours = |sampler: Sampler| {
            let invoke = sampler.choice().invoke;
            sampler.name() == name || (!invoke.is_empty() && invoke == name)
        };
        let alias = || ALIASES.iter().find(|(alias, _)| *alias == name);
        sampler_of_comfy(name)
            .or_else(|| found(Sampler::ALL, ours))
            .or_else(|| Some(alias()?.1))
    };
    if let Some(sampler) = known(name) {
        return Some((sampler, None));
    }
    let (name, spacing) = match name.strip_suffix("_k") {
        Some(name) => (name, Spacing::Karras),
        None => {
            let (name, spacing) = name.rsplit_once('_')?;
            (name, spacing_of_comfy(spacing)?)
        }
    };
    Some((known(name)?, Some(spacing)))
}

/// The spacing that any of the programs calls so, in any case; NovelAI's `native` is the model's own.
pub fn spacing_of_any(name: &str) -> Option<Spacing> {
    let name = name.trim().to_ascii_lowercase();
    let is_it = |spacing: Spacing| {
        let choice = spacing.choice();
        choice.name == name || choice.comfy == name || choice.is_a1111(&name)
    };
    found(Spacing::ALL, |spacing| !name.is_empty() && is_it(spacing))
        .or_else(|| (name == "native").then_some(Spacing::Uniform))
}
