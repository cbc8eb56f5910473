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
use super::server::ServerArgs;
use super::{Failure, output};
use crate::engine::remote::{self, RemoteNetworks};
use crate::engine::{Device, FileKind, ModelSource, Upscale, check_upscaler};
use crate::raster::file::{self, Format, Note};
use crate::raster::{Picture, Size};
use crate::recipe::infotext::{self, POSTPROCESS_UPSCALE, POSTPROCESS_UPSCALER};

#[derive(Debug, Args)]
pub struct UpscaleArgs {
    #[command(flatten)]
    pub each: EachArgs,

    #[command(flatten)]
    pub server: ServerArgs,

    /// Upscaler: ESRGAN, Real-ESRGAN or compact as .safetensors, any as .onnx, its name in the library, or `built-in`, which makes drawings twice as large; `lanczos`, as without it, needs none.
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

/// Upscaling of a result.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Upscaling the result")]
pub struct AfterArgs {
    /// Make each result larger in the end, its alpha with it, by what `pentimento upscale --with` takes: an upscaler, `built-in` or `lanczos`.
    #[arg(long, value_name = "FILE")]
    pub upscale_after: Option<PathBuf>,

    /// How many times as wide and high the result is then; without it as many as the upscaler makes, or 2.
    #[arg(
        long,
        value_name = "FACTOR",
        requires = "upscale_after",
        allow_hyphen_values = true
    )]
    pub by: Option<f64>,
}

/// Name of what enlarges where no upscaler does, as A1111 has it.
const LANCZOS: &str = "Lanczos";

/// How a picture is made larger.
struct How<'a> {
    with: Option<&'a Path>,
    factor: Option<f64>,
    tile: Option<u32>,
    device: Device,
}

/// A picture that was made larger.
struct Upscaled {
    picture: Picture,
    /// The upscaler's name, and what it ran on.
    name: String,
    device: Device,
    /// What its infotext says of that.
    said: [(&'static str, String); 2],
}

impl How<'_> {
    /// The upscaler, none for Lanczos, and the size that a picture is to have, none for the upscaler's own.
    ///
    /// # Errors
    /// Where a picture cannot have that size, or several upscalers have the name.
    fn settled(
        &self,
        session: &mut Session,
        from: Size,
    ) -> Result<(Option<ModelSource>, Option<Size>), Failure> {
        let with = upscaler(session, self.with)?;
        let factor = self.factor.or(with.is_none().then_some(2.0));
        let size = factor.map(|factor| scaled(from, factor).map_err(Failure::Usage));
        Ok((with, size.transpose()?))
    }

    /// Makes a picture larger.
    fn applied(&self, session: &mut Session, picture: Picture) -> Result<Upscaled, Failure> {
        let from = picture.size();
        let (with, size) = self.settled(session, from)?;
        let (picture, name, device) = match (with, size) {
            (None, size) => {
                let picture = picture.resize(size.unwrap_or(from));
                (picture, LANCZOS.to_owned(), Device::Cpu)
            }
            (Some(with), size) => {
                let upscale = Upscale {
                    picture: Arc::new(picture),
                    size,
                    tile: self.tile,
                };
                session.upscale(with, self.device, upscale)?
            }
        };
        session.check_interrupt()?;
        let own = f64::from(picture.size().width) / f64::from(from.width);
        let factor = self.factor.unwrap_or(own);
        Ok(Upscaled {
            said: [
                (POSTPROCESS_UPSCALE, factor.to_string()),
                (POSTPROCESS_UPSCALER, name.clone()),
            ],
            picture,
            name,
            device,
        })
    }
}

impl AfterArgs {
    fn how(&self, device: Device) -> Option<How<'_>> {
        Some(How {
            with: Some(self.upscale_after.as_deref()?),
            factor: self.by,
            tile: None,
            device,
        })
    }

    /// Checks that a result of a size can be made larger, before there is one.
    ///
    /// # Errors
    /// Where it cannot have the size, or no upscaler is meant.
    pub fn check(&self, session: &mut Session, device: Device, size: Size) -> Result<(), Failure> {
        let Some(how) = self.how(device) else {
            return Ok(());
        };
        let (with, _) = how.settled(session, size)?;
        with.map_or(Ok(()), |with| Ok(check_upscaler(&with)?))
    }

    /// A result, made larger where that is wanted, and its infotext.
    ///
    /// # Errors
    /// Where it cannot be made larger.
    pub fn applied(
        &self,
        session: &mut Session,
        device: Device,
        picture: Picture,
        infotext: String,
    ) -> Result<(Picture, String), Failure> {
        let Some(how) = self.how(device) else {
            return Ok((picture, infotext));
        };
        let Upscaled { picture, said, .. } = how.applied(session, picture)?;
        Ok((picture, infotext::with_more(&infotext, &said)))
    }
}

/// Runs the command.
pub fn run(args: &UpscaleArgs) -> Result<(), Failure> {
    let remote = args
        .server
        .remote_for(RemoteNetworks::of(&[remote::UPSCALER]))?;
    args.each.run(args.json, remote, |session, image, out| {
        one(args, session, image, out)
    })
}

/// Makes one picture larger.
fn one(args: &UpscaleArgs, session: &mut Session, image: &Path, out: &Path) -> Result<(), Failure> {
    let input = file::read(image)?;
    let from = input.picture.size();
    for note in &input.notes {
        session.say(&note.to_string());
    }
    let how = How {
        with: args.with.as_deref(),
        factor: args.factor,
        tile: args.tile,
        device: args.device,
    };
    let Upscaled {
        picture,
        name,
        device,
        said,
    } = how.applied(session, input.picture)?;
    let made = picture.size();
    let format = Format::of_path(out)?;
    let mut metadata = input.metadata;
    let texts = metadata.texts();
    let own = texts.into_iter().find(|(key, _)| key == infotext::KEYWORD);
    let before = own.map(|(_, text)| text).or(metadata.comment());
    let text = infotext::with_more(&before.unwrap_or_default(), &said);
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

/// The upscaler that is meant; none for Lanczos.
fn upscaler(session: &mut Session, with: Option<&Path>) -> Result<Option<ModelSource>, Failure> {
    match with.filter(|with| !with.as_os_str().eq_ignore_ascii_case(LANCZOS)) {
        Some(with) => session.beside(Some(with), FileKind::Upscaler),
        None => Ok(None),
    }
}

/// Makes a picture larger by an upscaler for a repaint.
pub fn before_repaint(
    session: &mut Session,
    with: &Path,
    device: Device,
    picture: Picture,
    size: Size,
) -> Result<Picture, Failure> {
    let Some(with) = upscaler(session, Some(with))? else {
        return Ok(picture.resize(size));
    };
    let upscale = Upscale {
        picture: Arc::new(picture),
        size: Some(size),
        tile: None,
    };
    Ok(session.upscale(with, device, upscale)?.0)
}
