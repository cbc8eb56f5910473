//! The command line as typed.
//!
//! Numbers are only parsed here; whether they make sense is decided where they are used.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args as ClapArgs, Parser, Subcommand};

use crate::engine::Device;
use crate::raster::Size;
use crate::raster::file::MAX_SIDE;
use crate::recipe::{
    Area, MaskEdge, MaskMode, MaskedContent, Method, Recipe, ResizeMode, Sampler, SeedSource,
    Spacing,
};

/// Repaint parts of pictures with a diffusion model.
#[derive(Debug, Parser)]
#[command(
    name = "pentimento",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Without a command the window opens."
)]
pub struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Picture to open in the window, and a mask of its size where there is one.
    #[arg(value_name = "PICTURE")]
    pub pictures: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Repaint the masked part of a picture, the whole picture, or an empty canvas.
    Repaint(Box<RepaintArgs>),
    /// Repair the sample hands that come with the program and save the pictures before and after.
    Sample(SampleArgs),
    /// Say where ONNX Runtime was looked for and what can run here.
    Devices,
}

#[derive(Debug, ClapArgs)]
pub struct RepaintArgs {
    /// Model directory in the diffusers ONNX layout; without it the built-in model.
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,

    /// Picture to repaint; without it a new one of --size is made from the prompt alone.
    #[arg(long, value_name = "PATH")]
    pub image: Option<PathBuf>,

    /// Mask of the picture's size, white where to repaint; without it the whole picture is repainted.
    #[arg(long, value_name = "PATH", requires = "image")]
    pub mask: Option<PathBuf>,

    /// Where the result goes; its ending chooses PNG, JPEG, WebP or TIFF.
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,

    #[command(flatten)]
    pub recipe: RecipeArgs,

    /// What runs the model.
    #[arg(long, value_name = "NAME", default_value_t = Device::Auto, value_parser = names(Device::ALL, Device::name))]
    pub device: Device,

    /// Folder for a picture of each step.
    #[arg(long, value_name = "DIR")]
    pub previews: Option<PathBuf>,

    /// Print one line of JSON on standard output at the end, and no progress bar.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct RecipeArgs {
    /// What should be there; `(word:1.2)` strengthens a word, `[word]` weakens it.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub prompt: String,

    /// What should not be there.
    #[arg(
        long,
        alias = "negative-prompt",
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub negative: String,

    /// Denoising strength, 0 to 1: 0 keeps the picture, 1 ignores what was there [default: 0.75; 1 without --image].
    #[arg(
        long,
        value_name = "S",
        allow_negative_numbers = true,
        requires = "image"
    )]
    pub strength: Option<f64>,

    /// Length of the schedule; the share that the strength asks for is run.
    #[arg(long, value_name = "N", default_value_t = Recipe::default().steps, allow_negative_numbers = true)]
    pub steps: usize,

    /// Guidance scale: how strictly the prompt is followed; 1 is off.
    #[arg(long, alias = "cfg-scale", value_name = "G", default_value_t = Recipe::default().guidance_scale, allow_negative_numbers = true)]
    pub cfg: f64,

    /// Stepping rule.
    #[arg(long, value_name = "NAME", default_value_t = Recipe::default().sampler, value_parser = names(Sampler::ALL, Sampler::name))]
    pub sampler: Sampler,

    /// How the noise levels of the steps are spaced; without it as is usual for the sampler.
    #[arg(long, value_name = "NAME", value_parser = names(Spacing::ALL, Spacing::name))]
    pub schedule: Option<Spacing>,

    /// Seed of the noise; without it, or with -1, a random one, which is printed.
    #[arg(long, value_name = "N", value_parser = seed, allow_negative_numbers = true)]
    pub seed: Option<u64>,

    /// Whose noise: torch-cpu as ComfyUI and diffusers, philox as A1111 with GPU or NV noise.
    #[arg(long, value_name = "NAME", default_value_t = Recipe::default().seed_source, value_parser = names(SeedSource::ALL, SeedSource::name))]
    pub seed_source: SeedSource,

    /// Size of a new picture (without it the model's own); with a mask, the size that the masked part is rendered at; with a picture and no mask or --area whole, the size that the picture is brought to.
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub size: Option<Size>,

    /// How a picture is brought to --size: stretch, crop, fill (bars of its edges), fill-and-mask (and repaint the bars), latent.
    #[arg(long, value_name = "NAME", default_value_t = Recipe::default().resize, value_parser = names(ResizeMode::ALL, ResizeMode::name))]
    pub resize: ResizeMode,

    /// Which side of the mask is repainted.
    #[arg(long, value_name = "NAME", default_value_t = Recipe::default().mask_mode, value_parser = names(MaskMode::ALL, MaskMode::name))]
    pub mask_mode: MaskMode,

    /// Softness of the mask's edge, pixels.
    #[arg(long, value_name = "PX", default_value_t = Recipe::default().mask_blur, allow_negative_numbers = true)]
    pub mask_blur: f32,

    /// Softness of the mask's edge along X where it is not --mask-blur.
    #[arg(long, value_name = "PX", allow_negative_numbers = true)]
    pub mask_blur_x: Option<f32>,

    /// Softness of the mask's edge along Y where it is not --mask-blur.
    #[arg(long, value_name = "PX", allow_negative_numbers = true)]
    pub mask_blur_y: Option<f32>,

    /// How the picture around the mask is held still: soft lets old and new grow into each other, hard does not, open holds nothing; auto is soft where the mask is, and for inpainting models.
    #[arg(long, value_name = "NAME", default_value_t = Recipe::default().mask_edge, value_parser = names(MaskEdge::ALL, MaskEdge::name))]
    pub mask_edge: MaskEdge,

    /// What lies under the mask at the start.
    #[arg(long, value_name = "NAME", default_value_t = Recipe::default().masked_content, value_parser = names(MaskedContent::ALL, MaskedContent::name))]
    pub masked_content: MaskedContent,

    /// How the model is told what to repaint; auto is inpaint-model for inpainting models, else latent-mask.
    #[arg(long, value_name = "NAME", default_value_t = Recipe::default().method, value_parser = names(Method::ALL, Method::name))]
    pub method: Method,

    /// Pixels by which inpaint-encode grows the mask, 0 to 64.
    #[arg(long, value_name = "PX", default_value_t = Recipe::default().grow_mask)]
    pub grow_mask: u32,

    /// Which part of the picture the model sees: auto, whole, only-masked.
    #[arg(long, value_name = "NAME", default_value_t = Recipe::default().area, value_parser = names(Area::ALL, Area::name))]
    pub area: Area,

    /// Surroundings that the model sees around an only-masked part, pixels.
    #[arg(long, value_name = "PX", default_value_t = Recipe::default().padding)]
    pub padding: u32,

    /// Bring the result's colours to those of the picture around the mask.
    #[arg(long)]
    pub color_match: bool,
}

#[derive(Debug, ClapArgs)]
pub struct SampleArgs {
    /// Which sample; without a name all of them.
    pub name: Option<String>,

    /// Folder for the pictures.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,

    /// What runs the model.
    #[arg(long, value_name = "NAME", default_value_t = Device::Auto, value_parser = names(Device::ALL, Device::name))]
    pub device: Device,
}

/// A parser that lists the names of a choice in the help and in its complaint.
fn names<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(|choice| name(*choice))).try_map(move |text| {
        let chosen = all.iter().copied().find(|choice| name(*choice) == text);
        chosen.ok_or("not one of the names")
    })
}

/// A seed; -1 stands for a random one, as in A1111.
fn seed(text: &str) -> Result<u64, String> {
    match text {
        "-1" => Ok(random_seed()),
        _ => text.parse().map_err(|_| {
            format!(
                "choose a whole number from 0 to {}, or -1 for a random one",
                u64::MAX
            )
        }),
    }
}

fn size(text: &str) -> Result<Size, String> {
    let sides = text
        .split_once(['x', 'X'])
        .and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    match sides {
        Some((width, height))
            if (1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height) =>
        {
            Ok(Size { width, height })
        }
        Some(_) => Err(format!("sides can be 1 to {MAX_SIDE} pixels")),
        None => Err("write it as 512x768, width first".to_owned()),
    }
}

impl RecipeArgs {
    /// The recipe, the default strength and a random seed filled in.
    pub fn recipe(&self, default_strength: f64) -> Recipe {
        Recipe {
            prompt: self.prompt.clone(),
            negative_prompt: self.negative.clone(),
            strength: self.strength.unwrap_or(default_strength),
            steps: self.steps,
            guidance_scale: self.cfg,
            sampler: self.sampler,
            spacing: self
                .schedule
                .unwrap_or_else(|| self.sampler.usual_spacing()),
            seed: self.seed.unwrap_or_else(random_seed),
            seed_source: self.seed_source,
            mask_mode: self.mask_mode,
            mask_blur: self.mask_blur_x.unwrap_or(self.mask_blur),
            mask_blur_y: self
                .mask_blur_y
                .or(self.mask_blur_x.and(Some(self.mask_blur))),
            mask_edge: self.mask_edge,
            masked_content: self.masked_content,
            method: self.method,
            grow_mask: self.grow_mask,
            area: self.area,
            padding: self.padding,
            size: self.size.map(|size| [size.width, size.height]),
            resize: self.resize,
            color_match: self.color_match,
        }
    }
}

/// A seed that nobody chose, below 2^32 as the field's tools draw them.
fn random_seed() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    u64::from(RandomState::new().hash_one(std::time::SystemTime::now()) as u32)
}
