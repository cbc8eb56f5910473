//! Samplers and schedules by the names that other tools give them.
//!
//! Does not know the files that the names stand in.

use super::{Sampler, Spacing};

/// Ours, A1111's (`modules/sd_schedulers.py`), ComfyUI's.
const SPACINGS: &[(Spacing, &str, &str)] = &[
    (Spacing::Uniform, "Uniform", ""),
    (Spacing::Karras, "Karras", "karras"),
    (Spacing::Exponential, "Exponential", "exponential"),
    (Spacing::SgmUniform, "SGM Uniform", "sgm_uniform"),
    (Spacing::Simple, "Simple", "simple"),
    (Spacing::Normal, "Normal", "normal"),
    (Spacing::Ddim, "DDIM", "ddim_uniform"),
    (Spacing::Beta, "Beta", "beta"),
    (Spacing::KlOptimal, "KL Optimal", "kl_optimal"),
];

/// A1111's name of a spacing ("Schedule type").
pub fn a1111_spacing(spacing: Spacing) -> &'static str {
    let row = SPACINGS.iter().find(|row| row.0 == spacing);
    row.map_or(spacing.name(), |row| row.1)
}

/// The sampler that A1111 calls so, and the spacing where the name ends in one, as they did before version 1.9 (`DPM++ 2M Karras`).
pub fn sampler_of_a1111(name: &str) -> Option<(Sampler, Option<Spacing>)> {
    let known = |name: &str| {
        let mut all = Sampler::ALL.iter().copied();
        all.find(|sampler| sampler.row().a1111.eq_ignore_ascii_case(name))
    };
    if let Some(sampler) = known(name) {
        return Some((sampler, None));
    }
    let suffixes = SPACINGS.iter().map(|row| (row.0, row.1));
    suffixes
        .chain([(Spacing::SgmUniform, "SGMUniform")])
        .find_map(|(spacing, suffix)| {
            let at = name.len().checked_sub(suffix.len() + 1)?;
            let (sampler, tail) = name.split_at_checked(at)?;
            let tail = tail.strip_prefix(' ')?;
            let matches = tail.eq_ignore_ascii_case(suffix);
            Some((known(sampler).filter(|_| matches)?, Some(spacing)))
        })
}

/// The spacing that A1111 calls so; `Automatic` is what is usual for the sampler.
pub fn spacing_of_a1111(name: &str, sampler: Sampler) -> Option<Spacing> {
    if name.eq_ignore_ascii_case("automatic") {
        return Some(sampler.usual_spacing());
    }
    let mut rows = SPACINGS.iter();
    rows.find(|row| row.1.eq_ignore_ascii_case(name))
        .map(|row| row.0)
}

/// The sampler that ComfyUI, and SwarmUI after it, calls so; `_gpu` only says where noise is drawn, `_bh2` names a variant of UniPC.
pub fn sampler_of_comfy(name: &str) -> Option<Sampler> {
    let name = name.strip_suffix("_gpu").unwrap_or(name);
    let name = name.strip_suffix("_bh2").unwrap_or(name);
    let mut all = Sampler::ALL.iter().copied();
    all.find(|sampler| sampler.row().comfy == name)
}

/// The spacing that ComfyUI ("scheduler"), and SwarmUI after it, calls so.
pub fn spacing_of_comfy(name: &str) -> Option<Spacing> {
    let mut rows = SPACINGS.iter().filter(|row| !row.2.is_empty());
    rows.find(|row| row.2 == name).map(|row| row.0)
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
        let ours = |sampler: &Sampler| {
            let invoke = sampler.row().invoke;
            sampler.name() == name || (!invoke.is_empty() && invoke == name)
        };
        let alias = || ALIASES.iter().find(|(alias, _)| *alias == name);
        sampler_of_comfy(name)
            .or_else(|| Sampler::ALL.iter().copied().find(ours))
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
    let row =
        |row: &&(Spacing, &str, &str)| row.0.name() == name || row.1.eq_ignore_ascii_case(&name);
    spacing_of_comfy(&name)
        .or_else(|| Some(SPACINGS.iter().find(row)?.0))
        .or_else(|| (name == "native").then_some(Spacing::Uniform))
}
