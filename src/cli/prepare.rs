//! Flags that change the picture, and its mask with it, before it is repainted.
//!
//! Does not know files or models.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use crate::raster::file::MAX_SIDE;
use crate::raster::prepare::{Margins, Preparation};
use crate::raster::{Axis, Mask, Picture, Rect, Size};
use crate::recipe::{MaskMode, infotext};

/// What is done to picture and mask together before the repaint, in this order.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Before the repaint, in this order")]
pub struct PrepareArgs {
    /// Cut picture and mask to a part: its left and top, and its size.
    #[arg(long, value_name = "L,T,WxH", value_parser = crop, allow_hyphen_values = true)]
    pub crop: Option<Rect>,

    /// Rotate picture and mask clockwise: 90, 180 or 270.
    #[arg(long, value_name = "DEGREES", value_parser = quarter_turns, allow_hyphen_values = true)]
    pub rotate: Option<u32>,

    /// Mirror picture and mask: horizontal swaps left and right, vertical top and bottom.
    #[arg(long, value_name = "AXIS", value_parser = axis)]
    pub flip: Option<Axis>,

    /// Scale picture and mask by a factor.
    #[arg(long, value_name = "FACTOR", allow_hyphen_values = true)]
    pub scale: Option<f64>,

    /// Upscaler that scales the picture in place of Lanczos: a .safetensors or .onnx file, or its name in the library; with a --strength of some 0.3 the repaint then adds detail (hires fix).
    #[arg(long, value_name = "FILE", requires = "scale")]
    pub upscaler: Option<PathBuf>,

    /// Add pixels at the edges and repaint them (outpainting): one number for all sides, or four; the seam is repainted 16 pixels deep without a mask blur, 23 at the usual one.
    #[arg(long, value_name = "LEFT,TOP,RIGHT,BOTTOM", value_parser = extend, allow_hyphen_values = true)]
    pub extend: Option<Margins>,
}

impl PrepareArgs {
    /// Refuses them where there is no picture to change.
    ///
    /// # Errors
    /// One line.
    pub fn check(&self, on_picture: bool) -> Result<(), Failure> {
        let flags = [
            ("--crop", self.crop.is_some()),
            ("--rotate", self.rotate.is_some()),
            ("--flip", self.flip.is_some()),
            ("--scale", self.scale.is_some()),
            ("--extend", self.extend.is_some()),
        ];
        match flags.iter().find(|(_, given)| *given && !on_picture) {
            None => Ok(()),
            Some((flag, _)) => Err(Failure::Usage(format!(
                "{flag} changes a picture; give one with --image"
            ))),
        }
    }

    /// The picture and its mask as they are to be repainted; a picture that gets room gets a mask with it.
    ///
    /// # Errors
    /// When that cannot be done with a picture of this size.
    ///
    /// # Panics
    /// When the mask is not of the picture's size.
    pub fn prepare(
        &self,
        mut picture: Picture,
        mut mask: Option<Mask>,
        mode: MaskMode,
        mut upscale: impl FnMut(&Path, Picture, Size) -> Result<Picture, Failure>,
    ) -> Result<(Picture, Option<Mask>), Failure> {
        let mask_keeps = mode == MaskMode::NotMasked;
        if self.extend.is_some() && mask.is_none() {
            let nothing = if mask_keeps { 255 } else { 0 };
            mask = Some(Mask::filled(picture.size(), nothing));
        }
        let steps: [&dyn Fn(Size) -> Result<Option<Preparation>, String>; 5] = [
            &|from| self.crop.map(|rect| cut(from, rect)).transpose(),
            &|_| Ok(self.rotate.map(Preparation::Rotate)),
            &|_| Ok(self.flip.map(Preparation::Flip)),
            &|from| {
                let size = self.scale.map(|factor| scaled(from, factor)).transpose()?;
                Ok(size.map(Preparation::Scale))
            },
            &|_| {
                Ok(self.extend.map(|margins| Preparation::Frame {
                    margins,
                    mask_keeps,
                }))
            },
        ];
        for step in steps {
            let from = picture.size();
            let Some(preparation) = step(from).map_err(Failure::Usage)? else {
                continue;
            };
            if preparation.applied(from).is_none() {
                return Err(Failure::Usage(format!(
                    "a picture of {from} cannot be extended so far; sides can be up to {MAX_SIDE} pixels"
                )));
            }
            picture = match (preparation, &self.upscaler) {
                (Preparation::Scale(size), Some(with)) => upscale(with, picture, size)?,
                _ => preparation.picture(&picture),
            };
            mask = mask.map(|mask| preparation.mask(&mask));
        }
        Ok((picture, mask))
    }

    /// What the result's recipe says of it.
    pub fn said(&self) -> Vec<(String, String)> {
        let room = self.extend.map(|margins| {
            let Margins {
                left,
                top,
                right,
                bottom,
            } = margins;
            (infotext::EXTENDED, format!("{left} {top} {right} {bottom}"))
        });
        let stem = |path: &PathBuf| {
            path.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        let upscaler = self
            .upscaler
            .as_ref()
            .map(|with| (infotext::HIRES_UPSCALER, stem(with)));
        let factor = upscaler.as_ref().and(self.scale);
        let factor = factor.map(|factor| (infotext::HIRES_UPSCALE, factor.to_string()));
        let said = room.into_iter().chain(factor).chain(upscaler);
        said.map(|(key, value)| (key.to_owned(), value)).collect()
    }
}

/// The preparation that cuts a picture of size `from` to `rect`.
fn cut(from: Size, rect: Rect) -> Result<Preparation, String> {
    if !Rect::of(from).contains(rect) {
        return Err(format!(
            "the part {},{},{} does not lie inside the picture of {from}",
            rect.left,
            rect.top,
            rect.size()
        ));
    }
    Ok(Preparation::Frame {
        margins: Margins::cut(from, rect),
        mask_keeps: false,
    })
}

/// The size that a picture of size `from` has after it was scaled.
///
/// # Errors
/// One line, where it is none that a picture can have.
pub fn scaled(from: Size, factor: f64) -> Result<Size, String> {
    let side = |side: u32| (f64::from(side) * factor).round();
    let (width, height) = (side(from.width), side(from.height));
    let sides = 1.0..=f64::from(MAX_SIDE);
    if !sides.contains(&width) || !sides.contains(&height) {
        return Err(format!(
            "a picture of {from} cannot be scaled by {factor}; sides can be 1 to {MAX_SIDE} pixels"
        ));
    }
    Ok(Size::new(width as u32, height as u32))
}

fn crop(text: &str) -> Result<Rect, String> {
    let numbers = || {
        let mut parts = text.splitn(3, ',').map(str::trim);
        let (left, top) = (
            parts.next()?.parse::<u32>().ok()?,
            parts.next()?.parse::<u32>().ok()?,
        );
        let (width, height) = parts.next()?.split_once(['x', 'X'])?;
        Some((left, top, width.parse().ok()?, height.parse().ok()?))
    };
    let bounds = |&(left, top, width, height): &(u32, u32, u32, u32)| {
        Some(Rect::new(
            left,
            top,
            left.checked_add(width)?,
            top.checked_add(height)?,
        ))
    };
    match numbers().as_ref().map(bounds) {
        Some(Some(rect)) if !rect.is_empty() => Ok(rect),
        Some(_) => Err("the part holds no pixel of a picture".to_owned()),
        None => Err("write it as 64,0,512x768: left, top, width x height".to_owned()),
    }
}

fn quarter_turns(text: &str) -> Result<u32, String> {
    match text {
        "90" => Ok(1),
        "180" => Ok(2),
        "270" | "-90" => Ok(3),
        _ => Err("choose 90, 180 or 270 degrees, clockwise".to_owned()),
    }
}

fn axis(text: &str) -> Result<Axis, String> {
    match text {
        "horizontal" => Ok(Axis::Horizontal),
        "vertical" => Ok(Axis::Vertical),
        _ => Err("choose horizontal or vertical".to_owned()),
    }
}

fn extend(text: &str) -> Result<Margins, String> {
    let number = |text: &str| {
        let pixels = text.trim().parse::<i32>().ok();
        pixels.filter(|pixels| (0..=MAX_SIDE as i32).contains(pixels))
    };
    let numbers: Option<Vec<i32>> = text.split(',').map(number).collect();
    let margins = match numbers.as_deref() {
        Some(&[all]) => Margins::new(all, all, all, all),
        Some(&[left, top, right, bottom]) => Margins::new(left, top, right, bottom),
        _ => {
            return Err(format!(
                "write one number of pixels, or four as in 64,0,64,0: left, top, right, bottom, each 0 to {MAX_SIDE}"
            ));
        }
    };
    match margins {
        Margins::NONE => Err("add at least one pixel along one side".to_owned()),
        margins => Ok(margins),
    }
}
