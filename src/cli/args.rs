//! The command line as typed.
//!
//! Numbers are only parsed here; whether they make sense is decided where they are used.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

use crate::engine::Device;
use crate::raster::Size;
use crate::raster::file::MAX_SIDE;
use crate::recipe::{Area, Recipe, Sampler, SeedSource, Spacing};

/// Repaint parts of pictures with a diffusion model.
#[derive(Debug, Parser)]
#[command(name = "pentimento", version, arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Repaint the masked part of a picture, the whole picture, or an empty canvas.
    Repaint(Box<RepaintArgs>),
    /// Repair the sample hands that come with the program and save before, mask and after.
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

    /// Size of a new picture; without it the model's own.
    #[arg(long, value_name = "WxH", conflicts_with = "image", value_parser = size)]
    pub size: Option<Size>,

    /// Where the result goes; its ending chooses PNG, JPEG, WebP or TIFF.
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,

    #[command(flatten)]
    pub recipe: RecipeArgs,

    /// What runs the model.
    #[arg(long, default_value_t = Device::Auto, value_parser = clap::value_parser!(Device))]
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
    #[arg(long, value_name = "N", default_value_t = Recipe::default().steps)]
    pub steps: usize,

    /// Guidance scale: how strictly the prompt is followed; 1 is off.
    #[arg(long, value_name = "G", default_value_t = Recipe::default().guidance_scale, allow_negative_numbers = true)]
    pub cfg: f64,

    /// Stepping rule.
    #[arg(long, value_name = "NAME", default_value_t = Recipe::default().sampler)]
    pub sampler: Sampler,

    /// How the noise levels of the steps are spaced.
    #[arg(long, value_name = "NAME", default_value_t = Recipe::default().spacing)]
    pub schedule: Spacing,

    /// Seed of the noise; without it a random one, which is printed.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// Whose noise: torch-cpu as ComfyUI and diffusers, philox as A1111 with GPU or NV noise.
    #[arg(long, value_name = "NAME", default_value_t = Recipe::default().seed_source)]
    pub seed_source: SeedSource,

    /// Softness of the mask's edge, pixels.
    #[arg(long, value_name = "PX", default_value_t = Recipe::default().mask_blur, allow_negative_numbers = true)]
    pub mask_blur: f32,

    /// Which part of the picture the model sees: auto, whole, only-masked.
    #[arg(long, value_name = "NAME", default_value_t = Recipe::default().area)]
    pub area: Area,

    /// Surroundings that the model sees around an only-masked part, pixels.
    #[arg(long, value_name = "PX", default_value_t = Recipe::default().padding)]
    pub padding: u32,
}

#[derive(Debug, ClapArgs)]
pub struct SampleArgs {
    /// Which sample; without a name all of them.
    pub name: Option<String>,

    /// Folder for the pictures.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,

    /// What runs the model.
    #[arg(long, default_value_t = Device::Auto)]
    pub device: Device,
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
            spacing: self.schedule,
            seed: self.seed.unwrap_or_else(random_seed),
            seed_source: self.seed_source,
            mask_blur: self.mask_blur,
            area: self.area,
            padding: self.padding,
        }
    }
}

/// A seed that nobody chose, below 2^32 as the field's tools draw them.
fn random_seed() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    u64::from(RandomState::new().hash_one(std::time::SystemTime::now()) as u32)
}
