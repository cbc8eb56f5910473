//! The command line as typed.
//!
//! Numbers are only parsed here; whether they make sense is decided where they are used.

use std::num::ParseIntError;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser, ValueParser};
use clap::{
    Arg, ArgAction, ArgMatches, Args as ClapArgs, Command as ClapCommand, FromArgMatches, Parser,
    Subcommand,
};

use super::analyse::AnalyseArgs;
use super::control::ControlArgs;
use super::export_server::ExportServerArgs;
use super::fix::FixArgs;
use super::mask::{MaskArgs, WordsArgs};
use super::models::ModelsArgs;
use super::prepare::PrepareArgs;
use super::server::ServerArgs;
use super::server_token::ServerTokenArgs;
use super::sketch::SketchArgs;
use super::upscale::{AfterArgs, UpscaleArgs};
use crate::engine::{Device, KitLora, PredictionKind};
use crate::recipe::field::rows::{FIELDS, MASK_BLUR, SAMPLER, VARIATION_STRENGTH};
use crate::recipe::field::{Field, Kind, Value};
use crate::recipe::sweep::{SweepAxis, parameters};
use crate::recipe::{Recipe, Variation, random_seed};

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
    /// Find the hands (faces, people) of a picture, repaint each several times, and keep the best.
    Fix(Box<FixArgs>),
    /// Take a parameter or two through lists of values, into one contact sheet.
    Sweep(Box<SweepArgs>),
    /// Suggest prompt, model and size for a picture, each with its reason.
    Analyse(Box<AnalyseArgs>),
    /// Make a mask of what some words say in a picture, or of what is pointed at.
    Mask(Box<MaskArgs>),
    /// Make a picture larger, by an upscaler or by Lanczos.
    Upscale(Box<UpscaleArgs>),
    /// Repair the sample hands that come with the program and save the pictures before and after.
    Sample(SampleArgs),
    /// Say where ONNX Runtime was looked for and what can run here.
    Devices(DevicesArgs),
    /// Write a model as the repository of an inference server (Triton, KServe, OpenVINO Model Server), for `--server`.
    ExportServer(ExportServerArgs),
    /// Keep the token of a server, from standard input, in the system's keychain.
    ServerToken(ServerTokenArgs),
    /// List the models on this machine, fetch others, or look whether they are as they were fetched.
    Models(ModelsArgs),
}

/// A model, and what is loaded with it.
#[derive(Debug, ClapArgs)]
pub struct KitArgs {
    /// Model: a checkpoint (.safetensors), or a folder in the layout of diffusers, of .safetensors files or ONNX graphs; without it the built-in model.
    #[arg(long, value_name = "PATH")]
    pub model: Option<PathBuf>,

    /// VAE in the place of the model's own: a .safetensors file.
    #[arg(long, value_name = "FILE")]
    pub vae: Option<PathBuf>,

    /// Text encoders in the place of the model's own, or where it has none: a .safetensors file of them or of a whole model, or a folder in the layout of diffusers.
    #[arg(long, value_name = "PATH")]
    pub text_encoder: Option<PathBuf>,

    /// LoRA: a .safetensors file, with its strength behind a colon, and that on the text encoder behind another where it is not the same; may be given more than once. `<lora:name:0.8>` in the prompt does the same for those in a folder of LoRAs.
    #[arg(long, value_name = "FILE[:S[:S]]", value_parser = lora)]
    pub lora: Vec<KitLora>,
}

/// What is repainted, and by what.
#[derive(Debug, ClapArgs)]
pub struct SubjectArgs {
    #[command(flatten)]
    pub kit: KitArgs,

    /// Folder of the LoRAs that prompts name, beside those of the program and of the tool whose folders the model lies in; may be given more than once.
    #[arg(long, value_name = "DIR")]
    pub lora_dir: Vec<PathBuf>,

    /// What the model predicts, where its file does not say so: v for velocity models whose pictures come out as noise.
    #[arg(long, value_name = "NAME", value_parser = names(PredictionKind::ALL, PredictionKind::name))]
    pub prediction: Option<PredictionKind>,

    /// The model's noise schedule ends in pure noise (zero terminal SNR), though its file does not say so; most velocity models of SDXL are trained that way.
    #[arg(long)]
    pub zero_snr: bool,

    /// Folder of embeddings (textual inversion), called by their files' names in prompts; may be given more than once.
    #[arg(long, value_name = "DIR")]
    pub embeddings: Vec<PathBuf>,

    /// Picture to repaint; without it a new one of --size is made from the prompt alone.
    #[arg(long, value_name = "PATH")]
    pub image: Option<PathBuf>,

    /// Mask of the picture's size: white where to repaint, black or transparent where to keep; where it is not black and white but paint on nothing, or a picture with a hole, what is opaque is repainted. Values below 16 of 255 count as 0. Without it the whole picture is repainted.
    #[arg(long, value_name = "PATH", requires = "image")]
    pub mask: Option<PathBuf>,

    #[command(flatten)]
    pub words: WordsArgs,

    #[command(flatten)]
    pub sketch: SketchArgs,

    /// What runs the model.
    #[arg(long, value_name = "NAME", default_value_t = Device::Auto, value_parser = names(Device::ALL, Device::name))]
    pub device: Device,

    #[command(flatten)]
    pub server: ServerArgs,

    /// Most memory that weights may take, gigabytes; without it what is free.
    #[arg(long, value_name = "GB", value_parser = gigabytes)]
    pub memory: Option<u64>,
}

/// A LoRA with its strengths.
fn lora(text: &str) -> Result<KitLora, String> {
    let number = |text: &str| text.parse::<f32>().ok().filter(|number| number.is_finite());
    let mut file = text;
    let mut strengths = Vec::new();
    // From behind, as a path may have colons of its own.
    while let Some((rest, last)) = file.rsplit_once(':')
        && let Some(strength) = number(last)
        && strengths.len() < 2
    {
        strengths.push(strength);
        file = rest;
    }
    if file.is_empty() {
        return Err("give a LoRA as FILE, FILE:0.8 or FILE:0.8:0.5".to_owned());
    }
    let unet = strengths.last().copied().unwrap_or(1.0);
    Ok(KitLora {
        file: PathBuf::from(file),
        unet: unet.into(),
        text: strengths[..strengths.len().saturating_sub(1)]
            .first()
            .copied()
            .unwrap_or(unet)
            .into(),
    })
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

    #[command(flatten)]
    pub after: AfterArgs,
}

/// What `--x` and `--y` take.
fn sweep_help() -> String {
    let names = parameters()
        .into_iter()
        .map(|field| match field.option.name {
            "prompt" => {
                "prompt (the first value is replaced by each of the others in both prompts)"
            }
            name => name,
        });
    let names = names.collect::<Vec<_>>().join(", ");
    format!("Parameters: {names}. A value with a comma stands in double quotes.")
}

#[derive(Debug, ClapArgs)]
#[command(after_help = sweep_help())]
pub struct SweepArgs {
    /// What goes across the sheet: a parameter and its values, as in `cfg=3,5,7`.
    #[arg(long, value_name = "PARAM=V1,V2", required_unless_present = "y")]
    pub x: Option<SweepAxis>,

    /// What goes down the sheet.
    #[arg(long, value_name = "PARAM=V1,V2")]
    pub y: Option<SweepAxis>,

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

/// What is not given is as in --recipe or --preset, else as the makers of a model or LoRA for few steps recommend, else as usual.
#[derive(Debug, ClapArgs)]
pub struct RecipeArgs {
    /// Start from the recipe of a picture (ours, A1111's, ComfyUI's, InvokeAI's, SwarmUI's), or of a text or JSON file; what is given beside it counts more.
    #[arg(long = "recipe", value_name = "PATH", conflicts_with = "preset")]
    pub from: Option<PathBuf>,

    /// Start from a recipe that was kept with --save-preset; what is given beside it counts more.
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,

    #[command(flatten)]
    pub fields: FieldArgs,

    #[command(flatten)]
    pub control: ControlArgs,
}

/// The options of a recipe's fields that were given, in the order of the table.
#[derive(Debug)]
pub struct FieldArgs(Vec<(&'static Field, Value)>);

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
pub fn names<T: Copy + Send + Sync + 'static>(
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

impl SubjectArgs {
    /// The files that are read.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let sketch = &self.sketch.sketch;
        self.image.iter().chain(&self.mask).chain(sketch)
    }
}

impl ClapArgs for FieldArgs {
    fn augment_args(command: ClapCommand) -> ClapCommand {
        let options = FIELDS.iter().map(|field| {
            let option = &field.option;
            let help = field.filled(option.help, &Value::None);
            let arg = Arg::new(option.name).long(option.name).help(help);
            let arg = match field.kind {
                Kind::Switch => return arg.action(ArgAction::SetTrue),
                Kind::Text => arg,
                _ => arg.allow_negative_numbers(true),
            };
            let arg = arg.value_name(option.value).value_parser(parser(field));
            let alias = Some(option.alias).filter(|alias| !alias.is_empty());
            let requires = Some(option.requires).filter(|other| !other.is_empty());
            arg.aliases(alias).requires_all(requires)
        });
        command.args(options)
    }

    fn augment_args_for_update(command: ClapCommand) -> ClapCommand {
        Self::augment_args(command)
    }
}

impl FromArgMatches for FieldArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = FIELDS.iter().filter_map(|field| {
            let value = match field.kind {
                Kind::Switch => matches
                    .get_flag(field.option.name)
                    .then_some(Value::Switch(true)),
                _ => matches.get_one(field.option.name).cloned(),
            };
            Some((*field, value?))
        });
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// A parser of a field's values, which lists those of a choice in the help and in its complaint.
fn parser(field: &'static Field) -> ValueParser {
    match field.kind {
        Kind::Choice(choices) => {
            let names = choices.rows.iter().map(|choice| choice.name);
            PossibleValuesParser::new(names)
                .try_map(|text| field.parse(&text))
                .into()
        }
        Kind::Seed => ValueParser::new(|text: &str| seed(text).map(Value::Whole)),
        Kind::Whole(_) => ValueParser::new(|text: &str| {
            let whole = text
                .parse()
                .map_err(|error: ParseIntError| error.to_string())?;
            let fits = field.parse_into(text, &mut Recipe::default());
            fits.map(|()| Value::Whole(whole))
        }),
        Kind::Number(_) => ValueParser::new(|text: &str| text.parse().map(Value::Number)),
        Kind::Text | Kind::Switch | Kind::Size => ValueParser::new(|text: &str| field.parse(text)),
    }
}

impl FieldArgs {
    /// What was given for a field.
    pub fn get(&self, field: &Field) -> Option<&Value> {
        let given = self.0.iter().find(|(own, _)| *own == field);
        given.map(|(_, value)| value)
    }

    /// `base` with what was given put in its place.
    ///
    /// A sampler without a schedule brings its usual one along.
    pub fn over(&self, base: &Recipe) -> Recipe {
        let mut recipe = base.clone();
        for (field, value) in &self.0 {
            if **field == VARIATION_STRENGTH && recipe.variation.is_none() {
                let (seed, strength) = (random_seed(), 0.0);
                recipe.variation = Some(Variation { seed, strength });
            }
            // The parser has seen to it that it can be set.
            let _ = (field.set)(&mut recipe, value.clone());
            if **field == SAMPLER {
                recipe.spacing = recipe.sampler.usual_spacing();
            }
            if **field == MASK_BLUR {
                recipe.mask_blur_y = None;
            }
        }
        recipe
    }
}
