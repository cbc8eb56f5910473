//! The table of the recipe's fields: a new one is its row here, and where it is used.
//!
//! Does not know how any of it is computed; the names are the field's own, as A1111 and its kin use them.

use serde::{Deserialize, Serialize};

use super::{CliOption, Field, Held, Infotext, Kind, Scale, Section, Sweep, caption};
use crate::recipe::{
    Area, Control, ControlKind, ControlMode, MaskEdge, MaskMode, MaskedContent, Method, NOISE,
    ResizeMode, Sampler, SeedSource, Spacing, Variation,
};

/// Hands the table to the macro that follows: for each field what it is, its type, its default, and its rows with what of [`Field`] is not as usual.
///
/// A field has more rows than one where more than one option sets it; in brackets stands how, where the whole field is not the row's value.
macro_rules! fields {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident: $type:ty = $usual:expr => $($row:ident $([$get:expr, $set:expr])? { $($body:tt)* })*
    )+) => {
        /// Everything that a repaint needs beside the picture, the mask and the model.
        ///
        /// In files a field that is left out has its default, so that older recipes still load.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Recipe {
            $($(#[doc = $doc])+ pub $name: $type,)+
        }

        impl Default for Recipe {
            /// A1111's defaults: 20 steps of DPM++ 2M Karras at guidance 7, strength 0.75, mask blur 4, padding 32.
            fn default() -> Self {
                Self { $($name: $usual,)+ }
            }
        }

        /// Keys of a recipe's JSON.
        pub const KEYS: &[&str] = &[$(stringify!($name),)+];

        $($(
            #[doc = concat!("The row of [`Recipe::", stringify!($name), "`].")]
            pub static $row: Field = Field {
                $($body)*
                ..Field::new(stringify!($name), access!(get $name $($get)?), access!(set $name $($set)?))
            };
        )*)+

        /// Every row, in the order in which the help has their options.
        pub static FIELDS: &[&Field] = &[$($(&$row,)*)+];
    };
}

/// How a row gets and sets its value: the whole field's, or as is told.
macro_rules! access {
    (get $name:ident) => {
        |recipe| recipe.$name.value()
    };
    (set $name:ident) => {
        |recipe, value| {
            recipe.$name = Held::of(value)?;
            Some(())
        }
    };
    ($which:ident $name:ident $told:expr) => {
        $told
    };
}

/// A part of the recipe's ControlNets: the first one's, set for all.
macro_rules! of_controls {
    (get $part:ident) => {
        |recipe| recipe.controls.first().map(|control| control.$part).value()
    };
    (set $part:ident) => {
        |recipe, value| {
            let value = Held::of(value)?;
            for control in &mut recipe.controls {
                control.$part = value;
            }
            Some(())
        }
    };
}

/// Of a mask's blur.
const BLUR: Scale = Scale {
    slider: (0.0, 64.0),
    step: 0.5,
    decimals: 1,
    unit: " px",
    ..Scale::number(0.0, 512.0)
};

const BLUR_COMPLAINT: &str = "mask blur {value} is outside {range} pixels; 4 is usual";

fields! {
    /// What should be there; A1111 attention syntax (`(word:1.2)`, `[word]`), and a template until its [`wildcard`](crate::recipe::wildcard)s are resolved.
    prompt: String = String::new() => PROMPT {
        option: CliOption::new("prompt", "TEXT", "What should be there; `(word:1.2)` strengthens a word, `[word]` weakens it, `[from:to:0.5]` changes half way, `[a|b]` takes turns, `AND` composes, `{a|b}`, `{2$$a|b|c}` and `__list__` choose by the seed"),
        caption: caption("Prompt", "Say what should be there, as a list of words: \"open hand, five fingers\"."),
        section: Section::Pinned,
        sweep: Some(Sweep {
            label: "Words of the prompt",
            about: "The first value is searched for in both prompts and replaced by each in turn (A1111's \"Prompt S/R\").",
            example: "open hand, fist, paw",
        }),
    }
    /// What should not be there; only heard when `guidance_scale` is not 1.
    negative_prompt: String = String::new() => NEGATIVE_PROMPT {
        option: CliOption { alias: "negative-prompt", ..CliOption::new("negative", "TEXT", "What should not be there") },
        caption: caption("Negative prompt", "Say what must not appear; it is heard only while guidance is above 1."),
        section: Section::Pinned,
    }
    /// Denoising strength in `[0, 1]`: the share of the steps that is run. 0 keeps the picture, 1 ignores what was there.
    strength: f64 = 0.75 => STRENGTH {
        kind: Kind::Number(Scale { usual: Some((0.4, 0.8)), ..Scale::number(0.0, 1.0) }),
        complaint: "denoising strength {value} is outside {range}; 0.4 to 0.8 is usual",
        option: CliOption::new("strength", "S", "Denoising strength, {range}: 0 keeps the picture, 1 ignores what was there [default: {usual}; 1 without --image, and with --extend]"),
        infotext: Some(Infotext::always("Denoising strength")),
        caption: caption("Strength", "How far the repaint may leave what is there now: 0 keeps it, 1 ignores it, and 0.4 to 0.8 is usual."),
        section: Section::Pinned,
        unused: |recipe| recipe.method.holds_strength(),
        sweep: Some(Sweep { label: "", about: "Denoising strength.", example: "0.4, 0.6, 0.8" }),
    }
    /// Length of the schedule; `min(int(steps * strength), steps)` of them run.
    steps: usize = 20 => STEPS {
        // The training schedules have 1000 timesteps.
        kind: Kind::Whole(Scale { slider: (1.0, 60.0), ..Scale::whole(1.0, 1000.0) }),
        complaint: "{value} steps cannot be run; choose {range}, {usual} is usual",
        option: CliOption::new("steps", "N", "Length of the schedule; the share that the strength asks for is run [default: {usual}]"),
        infotext: Some(Infotext::always("Steps")),
        caption: caption("Steps", "In how many strokes the model works from noise to picture; more takes longer and gains little above 30."),
        section: Section::Sampling,
        sweep: Some(Sweep { label: "", about: "Steps.", example: "10, 20, 40" }),
    }
    /// Classifier-free guidance scale, `>= 1`; 1 turns guidance off and halves the work.
    guidance_scale: f64 = 7.0 => GUIDANCE {
        kind: Kind::Number(Scale { slider: (1.0, 20.0), step: 0.5, decimals: 1, ..Scale::number(1.0, 1000.0) }),
        complaint: "guidance scale {value} cannot be used; choose 1 (off) to {most}, {usual} is usual",
        option: CliOption { alias: "cfg-scale", ..CliOption::new("cfg", "G", "Guidance scale: how strictly the prompt is followed; 1 is off [default: {usual}]") },
        infotext: Some(Infotext::always("CFG scale")),
        caption: caption("Guidance", "How strictly the prompt is followed; too much burns the colours, 1 turns it off and halves the time."),
        section: Section::Sampling,
        sweep: Some(Sweep { label: "", about: "Guidance scale.", example: "3, 5, 7, 11" }),
    }
    /// Stepping rule.
    sampler: Sampler = Sampler::DpmPp2m => SAMPLER {
        kind: Kind::Choice(Sampler::CHOICES),
        option: CliOption::new("sampler", "NAME", "Stepping rule [default: {usual}]"),
        infotext: Some(Infotext::always("Sampler")),
        caption: caption("Sampler", "The hand that the model paints with: how it walks from noise to picture."),
        section: Section::Sampling,
        sweep: Some(Sweep { label: "", about: "Sampler; a schedule that is the usual one goes along.", example: "euler, dpmpp-2m, unipc" }),
    }
    /// How the sigmas are picked.
    spacing: Spacing = Spacing::Karras => SPACING {
        kind: Kind::Choice(Spacing::CHOICES),
        option: CliOption::new("schedule", "NAME", "How the noise levels of the steps are spaced; without it as is usual for the sampler"),
        infotext: Some(Infotext::always("Schedule type")),
        caption: caption("Schedule", "How the steps are shared out between the rough beginning and the fine end."),
        section: Section::Sampling,
        sweep: Some(Sweep { label: "", about: "Spacing.", example: "uniform, karras, beta" }),
    }
    /// How many of the text encoder's last layers are left out, the one that is read counted: 1 reads the last, 2 the last but one (A1111's Clip skip). Only Stable Diffusion 1 hears it.
    clip_skip: usize = 1 => CLIP_SKIP {
        kind: Kind::Whole(Scale::whole(1.0, 12.0)),
        complaint: "a clip skip of {value} cannot be used; choose {range}, {usual} is usual",
        option: CliOption::new("clip-skip", "N", "Layer of the text encoder that is read, counted from the last, {range}; anime models of Stable Diffusion 1 want 2, SDXL hears none of it [default: {usual}]"),
        infotext: Some(Infotext::own("Clip skip")),
        caption: caption("Clip skip", "Which layer of the text encoder is read, counted from the last; many anime models of Stable Diffusion 1 were made for 2."),
        sweep: Some(Sweep { label: "", about: "Clip skip.", example: "1, 2" }),
    }
    /// Seed of the noise.
    seed: u64 = 0 => SEED {
        kind: Kind::Seed,
        option: CliOption::new("seed", "N", "Seed of the noise; without it, or with -1, a random one, which is printed"),
        infotext: Some(Infotext::always("Seed")),
        caption: caption("Seed", "The number of the noise that the repaint grows from; the same number gives the same result."),
        section: Section::Pinned,
        sweep: Some(Sweep { label: "", about: "Seed.", example: "1, 2, 3" }),
    }
    /// Generator that turns the seed into noise.
    seed_source: SeedSource = SeedSource::TorchCpu => SEED_SOURCE {
        kind: Kind::Choice(SeedSource::CHOICES),
        option: CliOption::new("seed-source", "NAME", "Whose noise: torch-cpu as ComfyUI and diffusers, philox as A1111 with GPU or NV noise [default: {usual}]"),
        infotext: Some(Infotext::always("RNG")),
        caption: caption("Noise", NOISE),
        sweep: Some(Sweep { label: "", about: "Whose noise.", example: "torch-cpu, philox" }),
    }
    /// Another seed's noise mixed in, for pictures near the one of `seed`.
    variation: Option<Variation> = None => VARIATION_SEED [
        |recipe| recipe.variation.map(|variation| variation.seed).value(),
        |recipe, value| {
            let strength = recipe.variation.map_or(0.1, |variation| variation.strength);
            recipe.variation = Some(Variation { seed: Held::of(value)?, strength });
            Some(())
        }
    ] {
        kind: Kind::Seed,
        option: CliOption { requires: "variation-strength", ..CliOption::new("variation-seed", "N", "Another seed whose noise is mixed in, for pictures near the one of --seed; without it, or with -1, a random one") },
        infotext: Some(Infotext::always("Variation seed")),
        caption: caption("Var. seed", "The seed of the noise that is mixed in; each gives another picture near the first."),
        section: Section::Pinned,
        sweep: Some(Sweep { label: "Variation seed", about: "Seed of the variation, whose strength is 0.1 where the recipe has none.", example: "1, 2, 3" }),
    }
    VARIATION_STRENGTH [
        |recipe| recipe.variation.map(|variation| variation.strength).value(),
        |recipe, value| {
            let seed = recipe.variation.map_or(recipe.seed.wrapping_add(1), |variation| variation.seed);
            recipe.variation = Some(Variation { seed, strength: Held::of(value)? });
            Some(())
        }
    ] {
        kind: Kind::Number(Scale::number(0.0, 1.0)),
        complaint: "variation strength {value} is outside {range}; 0.05 to 0.3 is usual",
        option: CliOption::new("variation-strength", "S", "How much of that noise, {range}"),
        infotext: Some(Infotext::always("Variation seed strength")),
        caption: caption("Variation", "Mix in some noise of another seed, for pictures near the one of the seed: 0 is off, 0.1 is close by, 1 is another picture."),
        section: Section::Pinned,
        sweep: Some(Sweep { label: "Variation strength", about: "Strength of the variation, whose seed is the next one where the recipe has none.", example: "0.1, 0.2, 0.4" }),
    }
    /// Width and height to render at, pixels.
    ///
    /// With a mask, the size that the masked part is rendered at; the picture keeps its own. Without a mask, or with [`Area::Whole`], the size that the picture is brought to. `None` is the model's native size for a masked part, and the picture's own for a whole picture.
    size: Option<[u32; 2]> = None => SIZE {
        kind: Kind::Size,
        complaint: "a size of {value} cannot be used; sides can be {range} pixels",
        option: CliOption::new("size", "WxH", "Size of a new picture (without it the model's own); with a mask, the size that the masked part is rendered at; with a picture and no mask or --area whole, the size that the picture is brought to"),
        infotext: Some(Infotext::own("Render size")),
        caption: caption("Render at", "Width and height that the model paints at; off, it takes its own size for a masked part and the picture's for the whole."),
        section: Section::Area,
    }
    /// How the picture is brought to [`Recipe::size`].
    resize: ResizeMode = ResizeMode::Stretch => RESIZE {
        kind: Kind::Choice(ResizeMode::CHOICES),
        option: CliOption::new("resize", "NAME", "How a picture is brought to --size: stretch, crop, fill (bars of its edges), fill-and-mask (and repaint the bars), latent [default: {usual}]"),
        infotext: Some(Infotext::own("Resize mode")),
        caption: caption("Resize", "How a whole picture is brought to the size that it is rendered at."),
        section: Section::Area,
        unused: |recipe| (recipe.size.is_none() || recipe.area != Area::Whole).then_some("Choose the whole picture and a size to render at first."),
    }
    /// Which side of the mask is repainted.
    mask_mode: MaskMode = MaskMode::Masked => MASK_MODE {
        kind: Kind::Choice(MaskMode::CHOICES),
        option: CliOption::new("mask-mode", "NAME", "Which side of the mask is repainted [default: {usual}]"),
        infotext: Some(Infotext::masked("Mask mode")),
        caption: caption("Repaint", "Which side of the mask is repainted."),
        section: Section::Mask,
    }
    /// Standard deviation of the mask's Gaussian blur in `[0, 512]`, picture pixels; along both axes unless [`Recipe::mask_blur_y`] says otherwise.
    mask_blur: f32 = 4.0 => MASK_BLUR {
        kind: Kind::Number(BLUR),
        complaint: BLUR_COMPLAINT,
        option: CliOption::new("mask-blur", "PX", "Softness of the mask's edge, pixels [default: {usual}]"),
        infotext: Some(Infotext { always: true, absent: Some("0"), ..Infotext::masked("Mask blur") }),
        caption: caption("Mask blur", "How softly the repaint melts into the picture at the edge of the mask, in pixels."),
        section: Section::Mask,
        sweep: Some(Sweep { label: "", about: "Mask blur, along both axes.", example: "0, 4, 12" }),
    }
    MASK_BLUR_X [
        |recipe| recipe.mask_blur.value(),
        |recipe, value| {
            let (_, y) = recipe.mask_blurs();
            recipe.mask_blur = Held::of(value)?;
            recipe.mask_blur_y = Some(y);
            Some(())
        }
    ] {
        kind: Kind::Number(BLUR),
        complaint: BLUR_COMPLAINT,
        option: CliOption::new("mask-blur-x", "PX", "Softness of the mask's edge along X where it is not --mask-blur"),
    }
    /// Standard deviation of the mask's blur along Y where it is not that along X, picture pixels.
    mask_blur_y: Option<f32> = None => MASK_BLUR_Y {
        kind: Kind::Number(BLUR),
        complaint: BLUR_COMPLAINT,
        option: CliOption::new("mask-blur-y", "PX", "Softness of the mask's edge along Y where it is not --mask-blur"),
        infotext: Some(Infotext::masked("Mask blur Y")),
        caption: caption("Blur Y", "The mask's blur from top to bottom, where it is not that from side to side."),
        section: Section::Mask,
    }
    /// How the picture around the mask is held still while the model works.
    mask_edge: MaskEdge = MaskEdge::Auto => MASK_EDGE {
        kind: Kind::Choice(MaskEdge::CHOICES),
        option: CliOption::new("mask-edge", "NAME", "How the picture around the mask is held still: soft lets old and new grow into each other, hard does not, open holds nothing; auto is soft where the mask is, and for inpainting models [default: {usual}]"),
        // A1111's mask is hard where nothing is said.
        infotext: Some(Infotext { absent: Some("hard"), ..Infotext::masked("Mask edge") }),
        caption: caption("Mask edge", "How the model treats the edge of the mask."),
        section: Section::Mask,
        sweep: Some(Sweep { label: "", about: "Mask edge.", example: "soft, hard" }),
    }
    /// What lies under the mask before the first step.
    masked_content: MaskedContent = MaskedContent::Original => MASKED_CONTENT {
        kind: Kind::Choice(MaskedContent::CHOICES),
        option: CliOption::new("masked-content", "NAME", "What lies under the mask at the start [default: {usual}]"),
        infotext: Some(Infotext::masked("Masked content")),
        caption: caption("Start from", "What lies under the mask before the first step."),
        section: Section::Mask,
        sweep: Some(Sweep { label: "Masked content", about: "Masked content.", example: "original, fill, latent-noise" }),
    }
    /// How the model is told what to repaint.
    method: Method = Method::Auto => METHOD {
        kind: Kind::Choice(Method::CHOICES),
        option: CliOption::new("method", "NAME", "How the model is told what to repaint; auto is inpaint-model for inpainting models, else latent-mask [default: {usual}]"),
        infotext: Some(Infotext::masked("Inpaint method")),
        caption: caption("Method", "How the model is told what to repaint."),
        sweep: Some(Sweep { label: "", about: "Method.", example: "latent-mask, inpaint-encode" }),
    }
    /// Window by which [`Method::InpaintEncode`] grows the mask, in `[0, 64]` pixels of the rendered part: 6 grows it by 2 to the left and above, by 3 to the right and below.
    grow_mask: u32 = 6 => GROW_MASK {
        kind: Kind::Whole(Scale { unit: " px", ..Scale::whole(0.0, 64.0) }),
        complaint: "the mask cannot be grown by {value} pixels; choose {range}, {usual} is usual",
        option: CliOption::new("grow-mask", "PX", "Pixels by which inpaint-encode grows the mask, {range} [default: {usual}]"),
        infotext: Some(Infotext::masked("Grow mask")),
        caption: caption("Grow mask", "How far the method inpaint encode cuts out beyond the mask, in pixels."),
        unused: |recipe| (recipe.method != Method::InpaintEncode).then_some("Only the method inpaint encode grows the mask."),
    }
    /// Which part of the picture the model sees.
    area: Area = Area::Auto => AREA {
        kind: Kind::Choice(Area::CHOICES),
        option: CliOption::new("area", "NAME", "Which part of the picture the model sees: auto, whole, only-masked [default: {usual}]"),
        infotext: Some(Infotext { own_key: "Area choice", absent: Some("whole"), ..Infotext::masked("Inpaint area") }),
        caption: caption("Area", "How much of the picture the model gets to see."),
        section: Section::Area,
        sweep: Some(Sweep { label: "", about: "Area.", example: "whole, only-masked" }),
    }
    /// Surroundings shown to the model around the mask when only the masked part is rendered, picture pixels.
    padding: u32 = 32 => PADDING {
        kind: Kind::Whole(Scale { slider: (0.0, 256.0), step: 4.0, unit: " px", ..Scale::whole(0.0, super::MAX_SIDE as f64) }),
        option: CliOption::new("padding", "PX", "Surroundings that the model sees around an only-masked part, pixels [default: {usual}]"),
        infotext: Some(Infotext { always: true, ..Infotext::masked("Masked area padding") }),
        caption: caption("Padding", "How much of the surroundings the model sees around the masked part, in pixels."),
        section: Section::Area,
        unused: |recipe| (recipe.area == Area::Whole).then_some("The model sees the whole picture, so nothing is added around the mask."),
        sweep: Some(Sweep { label: "", about: "Padding.", example: "16, 32, 64" }),
    }
    /// Most that a part measures along a side, with what the model sees around it, where what is masked, or all, is rendered in parts one after the other, picture pixels; 0 renders it at once.
    tile: u32 = 0 => TILE {
        kind: Kind::Whole(Scale { slider: (0.0, 2048.0), step: 64.0, unit: " px", ..Scale::whole(0.0, super::MAX_SIDE as f64) }),
        option: CliOption::new("tile", "PX", "Render what is masked, or all of the picture, in parts of so many pixels a side at the most, what the model sees around them included, one after the other, each at the model's own size: for large pictures at a low strength (hires fix); 0 renders it at once [default: {usual}]"),
        infotext: Some(Infotext::own("Tile")),
        caption: caption("Tiles", "Side of the parts in which a large picture is rendered, one after the other; 0 renders it at once."),
        section: Section::Area,
    }
    /// What is given back to the picture inside the mask: pixels that differ by less than this many times what the model's coding alone makes, as measured outside the mask. 0 gives nothing back.
    difference_threshold: f32 = 1.0 => DIFFERENCE_THRESHOLD {
        kind: Kind::Number(Scale { slider: (0.0, 4.0), step: 0.1, decimals: 1, ..Scale::number(0.0, 4.0) }),
        complaint: "a difference threshold of {value} is outside {range}; 1 is usual, and 0 keeps every pixel that the model made",
        option: CliOption::new("difference-threshold", "TIMES", "Give back what hardly changed inside the mask: less than this many times what the model's coding alone changes, {range}; 0 keeps every pixel that the model made [default: {usual}]"),
        infotext: Some(Infotext { absent: Some("0"), ..Infotext::masked("Difference threshold") }),
        caption: caption("Difference threshold", "Inside the mask, what hardly changed is given back to the picture, so that no edge shows; 0 keeps every pixel of the result."),
        section: Section::Mask,
        sweep: Some(Sweep { label: "", about: "Difference threshold.", example: "0, 1, 2" }),
    }
    /// Whether the result's colours are brought to those of the picture, as measured outside the mask (mean and deviation in CIELAB).
    color_match: bool = false => COLOR_MATCH {
        kind: Kind::Switch,
        option: CliOption::new("color-match", "", "Bring the result's colours to those of the picture around the mask"),
        infotext: Some(Infotext::own("Color match")),
        caption: caption("Match colours", "Bring the result's colours to those of the picture around the mask."),
    }
    /// The ControlNets at work; what they say adds up.
    controls: Vec<Control> = Vec::new() => CONTROL_KIND [of_controls!(get kind), of_controls!(set kind)] {
        kind: Kind::Choice(ControlKind::CHOICES),
        option: CliOption::new("control-kind", "NAME", "What the ControlNets are shown; without it as their files' names say, and as-is with --control-image"),
        caption: caption("Shown", "What the ControlNet is shown; as it was trained for."),
        section: Section::Control,
    }
    CONTROL_WEIGHT [of_controls!(get weight), of_controls!(set weight)] {
        kind: Kind::Number(Scale { slider: (0.0, 2.0), step: 0.05, ..Scale::number(0.0, 10.0) }),
        complaint: "a ControlNet's weight of {value} is outside {range}; 0.5 to 1 is usual",
        option: CliOption::new("control-weight", "W", "How strongly the ControlNets are heard, {range} [default: {usual}]"),
        caption: caption("Weight", "How strongly the ControlNet is heard; 1 is as it was trained."),
        section: Section::Control,
        sweep: Some(Sweep { label: "ControlNet weight", about: "Weight of the ControlNets.", example: "1, 0.75, 0.5" }),
    }
    CONTROL_START [of_controls!(get start), of_controls!(set start)] {
        kind: Kind::Number(Scale::number(0.0, 0.99)),
        complaint: "a ControlNet's start of {value} is outside {range}; 0 is usual",
        option: CliOption::new("control-start", "SHARE", "Share of the steps that run before the ControlNets are heard, {range} [default: {usual}]"),
        caption: caption("From", "The share of the steps that run before the ControlNet is heard."),
        section: Section::Control,
        sweep: Some(Sweep { label: "ControlNet start", about: "Share of the steps before the ControlNets are heard.", example: "0, 0.2, 0.4" }),
    }
    CONTROL_END [of_controls!(get end), of_controls!(set end)] {
        kind: Kind::Number(Scale::number(0.01, 1.0)),
        complaint: "a ControlNet's end of {value} is outside {range}; 1 is usual",
        option: CliOption::new("control-end", "SHARE", "Share of the steps after which the ControlNets are not heard any more, {range} [default: {usual}]"),
        caption: caption("Until", "The share of the steps after which the ControlNet is not heard any more."),
        section: Section::Control,
        sweep: Some(Sweep { label: "ControlNet end", about: "Share of the steps after which the ControlNets are not heard any more.", example: "1, 0.8, 0.5" }),
    }
    CONTROL_MODE [of_controls!(get mode), of_controls!(set mode)] {
        kind: Kind::Choice(ControlMode::CHOICES),
        option: CliOption::new("control-mode", "NAME", "What counts more, the prompt or the ControlNets [default: {usual}]"),
        caption: caption("Leads", "Whether the prompt or the ControlNet counts more."),
        section: Section::Control,
        sweep: Some(Sweep { label: "ControlNet mode", about: "What counts more, the prompt or the ControlNets.", example: "balanced, prompt, control" }),
    }
}
