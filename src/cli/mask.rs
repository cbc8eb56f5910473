//! `pentimento mask`: a mask of what words say, in a picture; and the same for a repaint.
//!
//! Does not know how a network finds it.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::json;

use super::args::names;
use super::progress::Session;
use super::repaint::check_target;
use super::{Failure, models, output};
use crate::engine::{BUILT_IN_NAME, Device, FileKind, FindMask};
use crate::raster::file::{self, Metadata};
use crate::raster::heat::{Heat, HeatMask};
use crate::raster::{Mask, Picture};

#[derive(Debug, Args)]
pub struct MaskArgs {
    /// What to mask, in a few words; several things behind commas, or by more than one --words.
    #[arg(long, value_name = "TEXT", required = true, value_delimiter = ',')]
    pub words: Vec<String>,

    /// Picture to look at.
    #[arg(long, value_name = "PATH")]
    pub image: PathBuf,

    /// Where the mask goes: white where the words were found; its ending chooses PNG, JPEG, WebP or TIFF.
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,

    /// Network that finds it: CLIPSeg as .safetensors or as .onnx, the folder of one, or its name in the library; without it the library's first, or the built-in one (`built-in`), which knows drawn hands and figures.
    #[arg(long, value_name = "FILE")]
    pub with: Option<PathBuf>,

    /// How sure the network has to be, 0 to 1: a lower one masks more.
    #[arg(long, value_name = "SHARE", default_value_t = HeatMask::default().threshold, value_parser = threshold, allow_negative_numbers = true)]
    pub threshold: f32,

    /// How far the mask is grown, in 352nds of the picture's side.
    #[arg(long, value_name = "SIZE", default_value_t = HeatMask::default().dilate, value_parser = size, allow_negative_numbers = true)]
    pub dilate: f32,

    /// Standard deviation of the blur before that, in 352nds of the picture's side.
    #[arg(long, value_name = "SIZE", default_value_t = HeatMask::default().blur, value_parser = size, allow_negative_numbers = true)]
    pub blur: f32,

    /// What runs the network.
    #[arg(long, value_name = "NAME", default_value_t = Device::Auto, value_parser = names(Device::ALL, Device::name))]
    pub device: Device,

    /// Print one line of JSON on standard output, and no progress bar.
    #[arg(long)]
    pub json: bool,
}

/// A mask of words for a repaint.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Mask by words")]
pub struct WordsArgs {
    /// Repaint what these words say, found by CLIPSeg; several things behind commas, or by more than one --mask-words.
    #[arg(long, value_name = "TEXT", value_delimiter = ',')]
    pub mask_words: Vec<String>,

    /// What the words do to the mask that is given: add to it, subtract from it, or intersect with it.
    #[arg(long, value_name = "HOW", default_value = "add", value_parser = PossibleValuesParser::new(JOINS.map(|(name, _)| name)))]
    pub mask_words_mode: String,

    /// Network that finds them, as `pentimento mask --with` takes it.
    #[arg(long, value_name = "FILE", requires = "mask_words")]
    pub segmenter: Option<PathBuf>,

    /// How sure it has to be, 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = HeatMask::default().threshold, value_parser = threshold, allow_negative_numbers = true)]
    pub words_threshold: f32,

    /// How far what it finds is grown, in 352nds of the picture's side.
    #[arg(long, value_name = "SIZE", default_value_t = HeatMask::default().dilate, value_parser = size, allow_negative_numbers = true)]
    pub words_dilate: f32,

    /// How far it is blurred before that, in 352nds of the picture's side.
    #[arg(long, value_name = "SIZE", default_value_t = HeatMask::default().blur, value_parser = size, allow_negative_numbers = true)]
    pub words_blur: f32,
}

/// How a mask that was given and one that was found make one.
type Join = fn(&Mask, &Mask) -> Mask;
const JOINS: [(&str, Join); 3] = [
    ("add", Mask::union),
    ("subtract", Mask::subtract),
    ("intersect", Mask::intersect),
];

fn threshold(text: &str) -> Result<f32, String> {
    let number = text.parse().ok();
    let fits = number.filter(|number| HeatMask::THRESHOLD.contains(number));
    fits.ok_or_else(|| "choose a number from 0 to 1".to_owned())
}

fn size(text: &str) -> Result<f32, String> {
    let number = text.parse().ok();
    let fits = number.filter(|number| HeatMask::BLUR.contains(number));
    fits.ok_or_else(|| format!("choose a number from 0 to {}", HeatMask::BLUR.end()))
}

/// Runs the command.
pub fn run(args: &MaskArgs) -> Result<(), Failure> {
    check_target(&args.out, [&args.image].into_iter())?;
    let input = file::read(&args.image)?;
    let how = HeatMask {
        threshold: args.threshold,
        dilate: args.dilate,
        blur: args.blur,
    };
    let mut session = Session::start(args.json)?;
    let with = (args.with.clone(), args.device);
    let mask = find(
        &mut session,
        with,
        &args.words,
        &Arc::new(input.picture),
        &how,
    )?;
    session.check_interrupt()?;
    let shown = Picture::new(
        mask.size(),
        mask.values()
            .iter()
            .map(|&value| [value, value, value, 255])
            .collect(),
    );
    file::write(&args.out, &shown, &Metadata::default())?;
    let percent = mask.coverage() * 100.0;
    match args.json {
        true => output::report(&json!({
            "out": args.out.to_string_lossy(),
            "words": args.words,
            "coverage": mask.coverage(),
        })),
        false => session.say(&format!("{} ({percent:.1} % masked)", args.out.display())),
    }
    Ok(())
}

/// The mask of what words say in a picture.
fn find(
    session: &mut Session,
    (with, device): (Option<PathBuf>, Device),
    words: &[String],
    picture: &Arc<Picture>,
    how: &HeatMask,
) -> Result<Mask, Failure> {
    let words: Vec<String> = words.iter().map(|word| word.trim().to_owned()).collect();
    if words.iter().any(String::is_empty) {
        let line = "say what to mask: a few words, several things behind commas";
        return Err(Failure::Usage(line.to_owned()));
    }
    let with = match with {
        Some(with) => models::known(with, FileKind::Segmenter)?,
        None => models::first(FileKind::Segmenter).unwrap_or_else(|| BUILT_IN_NAME.into()),
    };
    let wanted = FindMask {
        picture: Arc::clone(picture),
        words: words.clone(),
    };
    let heats = session.find(&with, device, wanted)?;
    let heat = Heat::surest(&heats);
    let mask = heat
        .as_ref()
        .and_then(|heat| heat.mask(picture.size(), how));
    // As a mask that is read from a file.
    mask.map(Mask::without_faint).ok_or_else(|| {
        let most = heat.map_or(0.0, |heat| heat.most());
        Failure::NotFound(format!(
            "nothing was found of `{}`: the network is {most:.2} sure at most, and the threshold is {}; lower that, or say it in other words",
            words.join(", "),
            how.threshold
        ))
    })
}

impl WordsArgs {
    /// A repaint's mask, with what the words find where there are some.
    ///
    /// # Errors
    /// When nothing is found, or it cannot be looked for.
    pub fn applied(
        &self,
        session: &mut Session,
        device: Device,
        picture: &Arc<Picture>,
        mask: Option<Mask>,
    ) -> Result<Option<Mask>, Failure> {
        if self.mask_words.is_empty() {
            return Ok(mask);
        }
        let how = HeatMask {
            threshold: self.words_threshold,
            dilate: self.words_dilate,
            blur: self.words_blur,
        };
        let with = (self.segmenter.clone(), device);
        let found = find(session, with, &self.mask_words, picture, &how)?;
        let join = JOINS.iter().find(|(name, _)| *name == self.mask_words_mode);
        Ok(Some(match (mask, join) {
            (Some(mask), Some((_, join))) => join(&mask, &found).without_faint(),
            _ => found,
        }))
    }
}
