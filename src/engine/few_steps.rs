//! How models and LoRAs that are made for few steps want to be run, told from their names.
//!
//! Values are those of their makers' model cards, which name diffusers' schedulers: trailing spacing is `sgm-uniform` here, a guidance scale of 0 is 1. Does not know files.

use crate::recipe::{Sampler, Spacing, Suggestion};

/// What else a name has to say, where its word means other things too.
#[derive(Clone, Copy)]
enum Beside {
    Nothing,
    Steps,
    StepsOrModel,
}

const TRAILING: Spacing = Spacing::SgmUniform;

type Row = (&'static str, Beside, usize, Sampler, Spacing);

/// The word in a name, what is beside it, steps, sampler and spacing; run without guidance.
///
/// Cards of `latent-consistency/lcm-lora-sdv1-5`, `h1t/TCD-SDXL-LoRA`, `tianweiy/DMD2`, `ByteDance/SDXL-Lightning`, `ByteDance/Hyper-SD`, `stabilityai/sdxl-turbo`; of the last a whole model's `scheduler_config.json`, as of `stabilityai/sd-turbo`.
const FEW_STEPS: [Row; 6] = [
    ("lcm", Beside::Nothing, 4, Sampler::Lcm, Spacing::Uniform),
    ("tcd", Beside::Nothing, 4, Sampler::Ddim, TRAILING),
    ("dmd2", Beside::Nothing, 4, Sampler::Lcm, TRAILING),
    ("lightning", Beside::Steps, 4, Sampler::Euler, TRAILING),
    ("hyper", Beside::Steps, 8, Sampler::Ddim, TRAILING),
    ("turbo", Beside::StepsOrModel, 4, Sampler::EulerA, TRAILING),
];

/// Whole models that their makers recommend otherwise: the words in a name, steps, guidance, sampler and spacing.
///
/// DreamShaper XL's card (Lykon): 4 to 8 steps for Turbo, 3 to 6 for Lightning. Models with LCM merged in run as LCM-LoRA's card has it, 4 to 8 steps at a guidance of 1 to 2.
#[rustfmt::skip]
const MERGED: [(&[&str], usize, f64, Sampler, Spacing); 5] = [
    (&["dreamshaper", "turbo"], 8, 2.0, Sampler::DpmPpSde, Spacing::Karras),
    (&["dreamshaper", "lightning"], 6, 2.0, Sampler::DpmPpSde, Spacing::Karras),
    (&["lcm"], 8, 1.5, Sampler::Lcm, Spacing::Uniform),
    (&["sd", "xl", "turbo"], 4, 1.0, Sampler::EulerA, TRAILING),
    (&["sd", "turbo"], 4, 1.0, Sampler::Euler, TRAILING),
];

/// A latent consistency model that hears its guidance scale (card of `SimianLuo/LCM_Dreamshaper_v7`).
const CONSISTENCY: Suggestion = Suggestion {
    steps: 4,
    guidance: 8.0,
    sampler: Sampler::Lcm,
    spacing: Spacing::Uniform,
};

/// What the names of a LoRA say.
pub(super) fn of_lora(names: &[&str]) -> Option<Suggestion> {
    told(&words(names), false)
}

/// What the names of a whole model say; `hears_guidance` where its UNet takes the guidance scale as a number.
pub(super) fn of_model(names: &[&str], hears_guidance: bool) -> Option<Suggestion> {
    if hears_guidance {
        return Some(CONSISTENCY);
    }
    let words = words(names);
    // Makers write their names in one word or in several.
    let joined = words.concat();
    let has = |wanted: &&str| match *wanted {
        "dreamshaper" => joined.contains(wanted),
        wanted => words.iter().any(|word| word == wanted),
    };
    let merged = MERGED.iter().find(|(words, ..)| words.iter().all(&has));
    let own = merged.map(|(_, steps, guidance, sampler, spacing)| Suggestion {
        steps: *steps,
        guidance: *guidance,
        sampler: *sampler,
        spacing: *spacing,
    });
    own.or_else(|| told(&words, true))
}

/// What words say; that they name a model need not be said of a whole one with a family in its name.
fn told(words: &[String], whole: bool) -> Option<Suggestion> {
    let steps = words.iter().enumerate().find_map(|(index, word)| {
        let digits = word.trim_end_matches("steps").trim_end_matches("step");
        let follows = words
            .get(index + 1)
            .is_some_and(|next| next.starts_with("step"));
        let number = digits.parse().ok().filter(|steps| (1..=64).contains(steps));
        number.filter(|_| digits.len() < word.len() || follows)
    });
    let of_family = |word: &String| word.starts_with("sd") || whole && word.ends_with("xl");
    let model = words.iter().any(of_family);
    let mut rows = FEW_STEPS.into_iter();
    let (_, _, usual, sampler, spacing) = rows.find(|(word, beside, ..)| {
        let beside = match beside {
            Beside::Nothing => true,
            Beside::Steps => steps.is_some() || whole && model,
            Beside::StepsOrModel => steps.is_some() || model,
        };
        beside && words.iter().any(|own| own == word)
    })?;
    Some(Suggestion {
        steps: steps.unwrap_or(usual),
        // Those that are made to be guided say so.
        guidance: match words.iter().any(|word| word == "cfg") {
            true => 5.0,
            false => 1.0,
        },
        sampler,
        spacing,
    })
}

/// The words of names in small letters; `sdxlTurboV2` is three.
fn words(names: &[&str]) -> Vec<String> {
    let mut words = vec![String::new()];
    for name in names {
        let letters: Vec<char> = name.chars().collect();
        for (at, letter) in letters.iter().enumerate() {
            let before = at.checked_sub(1).map(|at| letters[at]);
            let after = letters.get(at + 1);
            let begins = letter.is_uppercase()
                && before.is_some_and(|before| {
                    !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase())
                });
            if begins || !letter.is_alphanumeric() {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
                word.extend(letter.to_lowercase());
            }
        }
        words.push(String::new());
    }
    words.retain(|word| !word.is_empty());
    words
}
