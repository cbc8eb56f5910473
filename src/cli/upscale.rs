//! `pentimento upscale`: pictures made larger, by an upscaler or by Lanczos.
//!
//! Does not know how upscalers work.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::args::names;
use super::folder::EachArgs;
use super::prepare::scaled;
use super::progress::Session;
use super::{Failure, models, output};
use crate::engine::{Device, FileKind, Upscale};
use crate::raster::file::{self, Format, Note};
use crate::raster::{Picture, Size};
use crate::recipe::infotext::{self, POSTPROCESS_UPSCALE, POSTPROCESS_UPSCALER};

#[derive(Debug, Args)]
pub struct UpscaleArgs {
    #[command(flatten)]
    pub each: EachArgs,

    /// Upscaler: ESRGAN, Real-ESRGAN or compact as .safetensors, any as .onnx, its name in the library, or `built-in`, which makes drawings twice as large; without it Lanczos.
    #[arg(long, value_name = "FILE")]
    pub with: Option<PathBuf>,

    /// How many times as wide and high the result is; without it as many as the upscaler makes, or 2.
    #[arg(long, value_name = "FACTOR", allow_hyphen_values = true)]
    pub factor: Option<f64>,

    /// Side of the tiles that the upscaler sees, pixels: smaller ones take less memory.
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(32..=4096))]
    pub tile: Option<u32>,

    /// What runs the upscaler.
    #[arg(long, value_name = "NAME", default_value_t = Device::Auto, value_parser = names(Device::ALL, Device::name))]
    pub device: Device,

    /// Print one line of JSON on standard output, and no progress bar.
    #[arg(long)]
    pub json: bool,
}

/// Name of what enlarges where no upscaler does, as A1111 has it.
const LANCZOS: &str = "Lanczos";

/// Runs the command.
pub fn run(args: &UpscaleArgs) -> Result<(), Failure> {
    args.each.run(args.json, |session, image, out| {
        one(args, session, image, out)
    })
}

/// Makes one picture larger.
fn one(args: &UpscaleArgs, session: &mut Session, image: &Path, out: &Path) -> Result<(), Failure> {
    let input = file::read(image)?;
    let from = input.picture.size();
    let size = |factor| scaled(from, factor).map_err(Failure::Usage);
    let size = args.factor.map(size).transpose()?;
    for note in &input.notes {
        session.say(&note.to_string());
    }
    let (picture, name, device) = match &args.with {
        Some(with) => {
            let upscale = Upscale {
                picture: Arc::new(input.picture),
                size,
                tile: args.tile,
            };
            let with = models::known(with.clone(), FileKind::Upscaler)?;
            session.upscale(&with, args.device, upscale)?
        }
        None => {
            let size = size.map_or_else(|| scaled(from, 2.0).map_err(Failure::Usage), Ok)?;
            (input.picture.resize(size), LANCZOS.to_owned(), Device::Cpu)
        }
    };
    session.check_interrupt()?;
    let made = picture.size();
    let factor = args.factor.unwrap_or_else(|| factor(from, made));
    let format = Format::of_path(out)?;
    let mut metadata = input.metadata;
    let texts = metadata.texts();
    let own = texts.into_iter().find(|(key, _)| key == infotext::KEYWORD);
    let before = own.map(|(_, text)| text).or(metadata.comment());
    let more = [
        (POSTPROCESS_UPSCALE, factor.to_string()),
        (POSTPROCESS_UPSCALER, name.clone()),
    ];
    let text = infotext::with_more(&before.unwrap_or_default(), &more);
    metadata.set_comment(format, infotext::KEYWORD, &text);
    let notes = file::write(out, &picture, &metadata)?;
    // All pixels are new.
    for note in notes.iter().filter(|note| **note != Note::Recoded) {
        session.say(&note.to_string());
    }
    match args.json {
        true => output::report(&json!({
            "out": out.to_string_lossy(),
            "model": name,
            "device": device.name(),
            "width": made.width,
            "height": made.height,
        })),
        false => session.say(&format!(
            "{} ({from} to {made} by {name} on {device})",
            out.display()
        )),
    }
    Ok(())
}

/// How many times as large a picture was made.
fn factor(from: Size, to: Size) -> f64 {
    f64::from(to.width) / f64::from(from.width)
}

/// Makes a picture larger by an upscaler for a repaint.
pub fn before_repaint(
    session: &mut Session,
    with: &Path,
    device: Device,
    picture: Picture,
    size: Size,
) -> Result<Picture, Failure> {
    let upscale = Upscale {
        picture: Arc::new(picture),
        size: Some(size),
        tile: None,
    };
    let with = models::known(with.to_owned(), FileKind::Upscaler)?;
    let (picture, ..) = session.upscale(&with, device, upscale)?;
    Ok(picture)
}
