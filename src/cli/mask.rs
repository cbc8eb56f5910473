//! `pentimento mask`: a mask of what words say, or points mean, in a picture; and the same of words for a repaint.
//!
//! Does not know how a network finds it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::args::names;
use super::folder::EachArgs;
use super::point::PointArgs;
use super::progress::Session;
use super::server::ServerArgs;
use super::{Failure, output};
use crate::engine::remote::{self, RemoteNetworks};
use crate::engine::{Device, FileKind, FindMask, ModelSource};
use crate::raster::file::{self, Metadata};
use crate::raster::heat::{Heat, HeatMask};
use crate::raster::{Join, Mask, Picture};

#[derive(Debug, Args)]
pub struct MaskArgs {
    /// What to mask, in a few words; several things behind commas, or by more than one --words.
    #[arg(long, value_name = "TEXT", required_unless_present_any = ["point", "bounds"], value_delimiter = ',')]
    pub words: Vec<String>,

    #[command(flatten)]
    pub each: EachArgs,

    #[command(flatten)]
    pub server: ServerArgs,

    /// Network that finds it: CLIPSeg for words, as .safetensors or as .onnx, the folder of one, or its name in the library; for points alone what --points-with takes; without it the built-in one (`built-in`), which knows drawn hands and figures.
    #[arg(long, value_name = "FILE")]
    pub with: Option<PathBuf>,

    #[command(flatten)]
    pub points: PointArgs,

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
    #[arg(long, value_name = "HOW", default_value_t = Join::Add, value_parser = names(JOINS, Join::name))]
    pub mask_words_mode: Join,

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
pub const JOINS: &[Join] = &[Join::Add, Join::Subtract, Join::Intersect];

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
    args.points.check()?;
    let remote = args.server.remote_for(RemoteNetworks::of(&[
        remote::SEGMENTER,
        remote::SEGMENTER_TEXT,
        remote::SAM_ENCODER,
        remote::SAM_DECODER,
    ]))?;
    args.each.run(args.json, remote, |session, image, out| {
        one(args, session, image, out)
    })
}

/// Makes the mask of one picture.
fn one(args: &MaskArgs, session: &mut Session, image: &Path, out: &Path) -> Result<(), Failure> {
    let picture = Arc::new(file::read(image)?.picture);
    let how = HeatMask {
        threshold: args.threshold,
        dilate: args.dilate,
        blur: args.blur,
    };
    let mut mask = None;
    if !args.words.is_empty() {
        let with = (args.with.as_deref(), args.device);
        mask = Some(find(session, with, &args.words, &picture, &how)?);
    }
    let mut pointed = None;
    if args.points.are_given() {
        let with = args.with.as_deref().filter(|_| mask.is_none());
        let (object, told) = args.points.found(session, with, args.device, &picture)?;
        pointed = Some(told);
        mask = Some(match mask {
            Some(words) => args
                .points
                .points_mode
                .apply(&words, &object)
                .without_faint(),
            None => object,
        });
    }
    let mask = mask.unwrap_or_else(|| Mask::filled(picture.size(), 0));
    if mask.bounds().is_none() {
        let line = "nothing is left of the mask: what is pointed at takes away all that the words mean, or lies elsewhere; choose another --points-mode";
        return Err(Failure::NotFound(line.to_owned()));
    }
    session.check_interrupt()?;
    let gray = mask.values().iter();
    let gray = gray.map(|&value| [value, value, value, 255]).collect();
    file::write(out, &Picture::new(mask.size(), gray), &Metadata::default())?;
    let percent = mask.coverage() * 100.0;
    match args.json {
        true => {
            let mut line = json!({
                "out": out.to_string_lossy(),
                "words": args.words,
                "coverage": mask.coverage(),
            });
            if let Some(pointed) = pointed {
                line["pointed"] = pointed;
            }
            output::report(&line);
        }
        false => session.say(&format!("{} ({percent:.1} % masked)", out.display())),
    }
    Ok(())
}

/// The mask of what words say in a picture.
fn find(
    session: &mut Session,
    (with, device): (Option<&Path>, Device),
    words: &[String],
    picture: &Arc<Picture>,
    how: &HeatMask,
) -> Result<Mask, Failure> {
    let words: Vec<String> = words.iter().map(|word| word.trim().to_owned()).collect();
    if words.iter().any(String::is_empty) {
        let line = "say what to mask: a few words, several things behind commas";
        return Err(Failure::Usage(line.to_owned()));
    }
    let with = session.beside(with, FileKind::Segmenter)?;
    // A build without one says so.
    let with = with.unwrap_or(ModelSource::BuiltIn);
    let wanted = FindMask {
        picture: Arc::clone(picture),
        words: words.clone(),
    };
    let heats = session.find(with, device, wanted)?;
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
        let with = (self.segmenter.as_deref(), device);
        let found = find(session, with, &self.mask_words, picture, &how)?;
        Ok(Some(match mask {
            Some(mask) => self.mask_words_mode.apply(&mask, &found).without_faint(),
            None => found,
        }))
    }
}
