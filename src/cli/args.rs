//! The command line as typed.
//!
//! Numbers are only parsed here; whether they make sense is decided where they are used.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args as ClapArgs, Parser, Subcommand};

use super::prepare::PrepareArgs;
use super::sketch::SketchArgs;
use crate::engine::Device;
use crate::raster::Size;
use crate::raster::file::MAX_SIDE;
use crate::recipe::sweep::Axis;
use crate::recipe::{
    Area, MaskEdge, MaskMode, MaskedContent, Method, Recipe, ResizeMode, Sampler, SeedSource,
    Spacing, Variation,
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
    /// Take a parameter or two through lists of values, into one contact sheet.
    Sweep(Box<SweepArgs>),
    /// Repair the sample hands that come with the program and save the pictures before and after.
    Sample(SampleArgs),
    /// Say where ONNX Runtime was looked for and what can run here.
    Devices(DevicesArgs),
}

/// What is repainted, and by what.
#[derive(Debug, ClapArgs)]
pub struct SubjectArgs {
    /// Model directory in the diffusers ONNX layout; without it the built-in model.
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,

    /// Picture to repaint; without it a new one of --size is made from the prompt alone.
    #[arg(long, value_name = "PATH")]
    pub image: Option<PathBuf>,

    /// Mask of the picture's size: white where to repaint, black or transparent where to keep; where it is not black and white but paint on nothing, or a picture with a hole, what is opaque is repainted. Values below 16 of 255 count as 0. Without it the whole picture is repainted.
    #[arg(long, value_name = "PATH", requires = "image")]
    pub mask: Option<PathBuf>,

    #[command(flatten)]
    pub sketch: SketchArgs,

    /// What runs the model.
    #[arg(long, value_name = "NAME", default_value_t = Device::Auto, value_parser = names(Device::ALL, Device::name))]
    pub device: Device,

    /// Most memory that weights may take, gigabytes; without it what is free.
    #[arg(long, value_name = "GB", value_parser = gigabytes)]
    pub memory: Option<u64>,
}

/// Gigabytes as bytes.
fn gigabytes(text: &str) -> Result<u64, String> {
    match text.parse::<f64>() {
        Ok(count) if count > 0.0 && count < 1e9 => Ok((count * 1e9) as u64),
        _ => Err("give a number of gigabytes above 0, like 6 or 7.5".to_owned()),
    }
}

/// What ends a repaint of folders.
const FOLDER_HELP: &str = "Folders: --image-dir, --out-dir and, where only parts are repainted, --mask-dir repaint every picture of a folder with one load of the model. A mask has its picture's name, whatever the ending; pictures without one, and those that are in the output folder already, are skipped. A picture that fails is named in one line and the rest goes on.\n\nExit code: 0 when everything asked for is there; 1 when some pictures of a folder failed, or the model did; 2 when nothing could be started as asked; 130 after Ctrl-C.";

#[derive(Debug, ClapArgs)]
#[command(after_help = FOLDER_HELP)]
pub struct RepaintArgs {
    #[command(flatten)]
    pub subject: SubjectArgs,

    /// Where the result goes; its ending chooses PNG, JPEG, WebP or TIFF.
    #[arg(long, value_name = "PATH", required_unless_present = "image_dir")]
    pub out: Option<PathBuf>,

    /// Folder of pictures to repaint, one after the other.
    #[arg(long, value_name = "DIR", requires = "out_dir", conflicts_with_all = ["image", "mask", "sketch", "out", "previews", "count", "batch"])]
    pub image_dir: Option<PathBuf>,

    /// Folder of masks, each with its picture's name; without it whole pictures are repainted.
    #[arg(long, value_name = "DIR", requires = "image_dir")]
    pub mask_dir: Option<PathBuf>,

    /// Folder for the results, under the pictures' names; what is there already is skipped.
    #[arg(long, value_name = "DIR", requires = "image_dir")]
    pub out_dir: Option<PathBuf>,

    /// How many pictures to make: the seed counts up (with a variation, the variation's seed), and the files are numbered.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub count: u64,

    /// How many of them go through the model at once: faster on graphics cards, at the price of memory.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=16))]
    pub batch: u64,

    /// Keep the recipe as asked for under a name, for --preset.
    #[arg(long, value_name = "NAME")]
    pub save_preset: Option<String>,

    #[command(flatten)]
    pub recipe: RecipeArgs,

    /// Folder for a picture of each step.
    #[arg(long, value_name = "DIR")]
    pub previews: Option<PathBuf>,

    /// Print one line of JSON on standard output for each picture, or for what went wrong, and no progress bar.
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub prepare: PrepareArgs,
}

/// What `--x` and `--y` take.
const SWEEP_HELP: &str = "Parameters: prompt (the first value is replaced by each of the others in both prompts), steps, cfg, strength, sampler, schedule, seed, seed-source, variation-seed, variation-strength, mask-blur, mask-edge, masked-content, method, area, padding. A value with a comma stands in double quotes.";

#[derive(Debug, ClapArgs)]
#[command(after_help = SWEEP_HELP)]
pub struct SweepArgs {
    /// What goes across the sheet: a parameter and its values, as in `cfg=3,5,7`.
    #[arg(long, value_name = "PARAM=V1,V2", required_unless_present = "y")]
    pub x: Option<Axis>,

    /// What goes down the sheet.
    #[arg(long, value_name = "PARAM=V1,V2")]
    pub y: Option<Axis>,

    #[command(flatten)]
    pub subject: SubjectArgs,

    /// Where the sheet goes; its ending chooses PNG, JPEG, WebP or TIFF.
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,

    /// Print one line of JSON on standard output for the sheet, or for what went wrong, and no progress bar.
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub recipe: RecipeArgs,

    #[command(flatten)]
    pub prepare: PrepareArgs,
}

/// What is not given is as in --recipe or --preset, else as usual.
#[derive(Debug, ClapArgs)]
pub struct RecipeArgs {
    /// Start from the recipe of a picture (ours, A1111's, ComfyUI's, InvokeAI's, SwarmUI's), or of a text or JSON file; what is given beside it counts more.
    #[arg(long = "recipe", value_name = "PATH", conflicts_with = "preset")]
    pub from: Option<PathBuf>,

    /// Start from a recipe that was kept with --save-preset; what is given beside it counts more.
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,

    /// What should be there; `(word:1.2)` strengthens a word, `[word]` weakens it, `[from:to:0.5]` changes half way, `[a|b]` takes turns, `AND` composes, `{a|b}`, `{2$$a|b|c}` and `__list__` choose by the seed.
    #[arg(long, value_name = "TEXT")]
    pub prompt: Option<String>,

    /// What should not be there.
    #[arg(long, alias = "negative-prompt", value_name = "TEXT")]
    pub negative: Option<String>,

    /// Denoising strength, 0 to 1: 0 keeps the picture, 1 ignores what was there [default: 0.75; 1 without --image, and with --extend].
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub strength: Option<f64>,

    /// Length of the schedule; the share that the strength asks for is run [default: 20].
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub steps: Option<usize>,

    /// Guidance scale: how strictly the prompt is followed; 1 is off [default: 7].
    #[arg(
        long,
        alias = "cfg-scale",
        value_name = "G",
        allow_negative_numbers = true
    )]
    pub cfg: Option<f64>,

    /// Stepping rule [default: dpmpp-2m].
    #[arg(long, value_name = "NAME", value_parser = names(Sampler::ALL, Sampler::name))]
    pub sampler: Option<Sampler>,

    /// How the noise levels of the steps are spaced; without it as is usual for the sampler.
    #[arg(long, value_name = "NAME", value_parser = names(Spacing::ALL, Spacing::name))]
    pub schedule: Option<Spacing>,

    /// Seed of the noise; without it, or with -1, a random one, which is printed.
    #[arg(long, value_name = "N", value_parser = seed, allow_negative_numbers = true)]
    pub seed: Option<u64>,

    /// Whose noise: torch-cpu as ComfyUI and diffusers, philox as A1111 with GPU or NV noise [default: torch-cpu].
    #[arg(long, value_name = "NAME", value_parser = names(SeedSource::ALL, SeedSource::name))]
    pub seed_source: Option<SeedSource>,

    /// Another seed whose noise is mixed in, for pictures near the one of --seed; without it, or with -1, a random one.
    #[arg(long, value_name = "N", value_parser = seed, allow_negative_numbers = true, requires = "variation_strength")]
    pub variation_seed: Option<u64>,

    /// How much of that noise, 0 to 1.
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    pub variation_strength: Option<f64>,

    /// Size of a new picture (without it the model's own); with a mask, the size that the masked part is rendered at; with a picture and no mask or --area whole, the size that the picture is brought to.
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub size: Option<Size>,

    /// How a picture is brought to --size: stretch, crop, fill (bars of its edges), fill-and-mask (and repaint the bars), latent [default: stretch].
    #[arg(long, value_name = "NAME", value_parser = names(ResizeMode::ALL, ResizeMode::name))]
    pub resize: Option<ResizeMode>,

    /// Which side of the mask is repainted [default: masked].
    #[arg(long, value_name = "NAME", value_parser = names(MaskMode::ALL, MaskMode::name))]
    pub mask_mode: Option<MaskMode>,

    /// Softness of the mask's edge, pixels [default: 4].
    #[arg(long, value_name = "PX", allow_negative_numbers = true)]
    pub mask_blur: Option<f32>,

    /// Softness of the mask's edge along X where it is not --mask-blur.
    #[arg(long, value_name = "PX", allow_negative_numbers = true)]
    pub mask_blur_x: Option<f32>,

    /// Softness of the mask's edge along Y where it is not --mask-blur.
    #[arg(long, value_name = "PX", allow_negative_numbers = true)]
    pub mask_blur_y: Option<f32>,

    /// How the picture around the mask is held still: soft lets old and new grow into each other, hard does not, open holds nothing; auto is soft where the mask is, and for inpainting models [default: auto].
    #[arg(long, value_name = "NAME", value_parser = names(MaskEdge::ALL, MaskEdge::name))]
    pub mask_edge: Option<MaskEdge>,

    /// What lies under the mask at the start [default: original].
    #[arg(long, value_name = "NAME", value_parser = names(MaskedContent::ALL, MaskedContent::name))]
    pub masked_content: Option<MaskedContent>,

    /// How the model is told what to repaint; auto is inpaint-model for inpainting models, else latent-mask [default: auto].
    #[arg(long, value_name = "NAME", value_parser = names(Method::ALL, Method::name))]
    pub method: Option<Method>,

    /// Pixels by which inpaint-encode grows the mask, 0 to 64 [default: 6].
    #[arg(long, value_name = "PX")]
    pub grow_mask: Option<u32>,

    /// Which part of the picture the model sees: auto, whole, only-masked [default: auto].
    #[arg(long, value_name = "NAME", value_parser = names(Area::ALL, Area::name))]
    pub area: Option<Area>,

    /// Surroundings that the model sees around an only-masked part, pixels [default: 32].
    #[arg(long, value_name = "PX")]
    pub padding: Option<u32>,

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

    /// Print one line of JSON on standard output for each sample, or for what went wrong, and no progress bar.
    #[arg(long)]
    pub json: bool,

    /// What runs the model.
    #[arg(long, value_name = "NAME", default_value_t = Device::Auto, value_parser = names(Device::ALL, Device::name))]
    pub device: Device,
}

#[derive(Debug, ClapArgs)]
pub struct DevicesArgs {
    /// As what would be asked for: decides which ONNX Runtime library is loaded where several are here.
    #[arg(long, value_name = "NAME", default_value_t = Device::Auto, value_parser = names(Device::ALL, Device::name))]
    pub device: Device,

    /// Print it as one line of JSON.
    #[arg(long)]
    pub json: bool,
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

impl SubjectArgs {
    /// The files that are read.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let sketch = &self.sketch.sketch;
        self.image.iter().chain(&self.mask).chain(sketch)
    }
}

impl RecipeArgs {
    /// `base` with what was given put in its place.
    ///
    /// A sampler without a schedule brings its usual one along.
    pub fn over(&self, base: &Recipe) -> Recipe {
        let mut recipe = base.clone();
        give(&mut recipe.prompt, self.prompt.clone());
        give(&mut recipe.negative_prompt, self.negative.clone());
        give(&mut recipe.strength, self.strength);
        give(&mut recipe.steps, self.steps);
        give(&mut recipe.guidance_scale, self.cfg);
        give(&mut recipe.sampler, self.sampler);
        give(
            &mut recipe.spacing,
            self.sampler.map(Sampler::usual_spacing),
        );
        give(&mut recipe.spacing, self.schedule);
        give(&mut recipe.seed, self.seed);
        give(&mut recipe.seed_source, self.seed_source);
        if let Some(strength) = self.variation_strength {
            let known = recipe.variation.map(|variation| variation.seed);
            let seed = self.variation_seed.or(known);
            recipe.variation = Some(Variation {
                seed: seed.unwrap_or_else(random_seed),
                strength,
            });
        }
        give(&mut recipe.mask_mode, self.mask_mode);
        if self.mask_blur.is_some() {
            recipe.mask_blur_y = None;
        }
        give(&mut recipe.mask_blur, self.mask_blur);
        if self.mask_blur_x.is_some() || self.mask_blur_y.is_some() {
            let (x, y) = recipe.mask_blurs();
            recipe.mask_blur = self.mask_blur_x.unwrap_or(x);
            recipe.mask_blur_y = Some(self.mask_blur_y.unwrap_or(y));
        }
        give(&mut recipe.mask_edge, self.mask_edge);
        give(&mut recipe.masked_content, self.masked_content);
        give(&mut recipe.method, self.method);
        give(&mut recipe.grow_mask, self.grow_mask);
        give(&mut recipe.area, self.area);
        give(&mut recipe.padding, self.padding);
        let size = self.size.map(|size| [size.width, size.height]);
        recipe.size = size.or(recipe.size);
        give(&mut recipe.resize, self.resize);
        recipe.color_match |= self.color_match;
        recipe
    }
}

fn give<T>(field: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *field = given;
    }
}

/// A seed that nobody chose, below 2^32 as the field's tools draw them.
pub fn random_seed() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    u64::from(RandomState::new().hash_one(std::time::SystemTime::now()) as u32)
}
