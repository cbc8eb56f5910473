//! A mask of what is pointed at.
//!
//! Does not know how a network finds it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::{Value as Json, json};

use super::Failure;
use super::args::names;
use super::mask::JOINS;
use super::progress::Session;
use crate::engine::sam::best;
use crate::engine::{Device, FileKind, FindObject, Prompt, PromptPoint};
use crate::raster::{Join, Mask, Picture};

/// What is pointed at.
#[derive(Debug, Args)]
#[command(next_help_heading = "Mask by points")]
pub struct PointArgs {
    /// Mask the thing at this pixel, column and row from 0; several --point mean the same thing.
    #[arg(long, value_name = "X,Y", allow_hyphen_values = true, value_parser = numbers::<2>)]
    pub point: Vec<[f32; 2]>,

    /// A pixel that is not meant.
    #[arg(long, value_name = "X,Y", allow_hyphen_values = true, value_parser = numbers::<2>)]
    pub not_point: Vec<[f32; 2]>,

    /// Mask the thing in this box: its left, top, right and bottom pixels.
    #[arg(long = "box", id = "bounds", value_name = "X,Y,X,Y", allow_hyphen_values = true, value_parser = numbers::<4>)]
    pub bounds: Option<[f32; 4]>,

    /// Network that finds it: the folder of MobileSAM, EfficientSAM, SAM 2 or the like as ONNX, one of its two graphs, or its name in the library; without it the library's first.
    #[arg(long, value_name = "FOLDER")]
    pub points_with: Option<PathBuf>,

    /// Which of its masks: `best` as it thinks itself, or by number from 0.
    #[arg(long, value_name = "NUMBER", default_value = "best", value_parser = index)]
    pub mask_index: Index,

    /// Leave the mask's edge where the network has it, and not where the picture's is.
    #[arg(long)]
    pub no_refine: bool,

    /// What it does to the mask of --words: add to it, subtract from it, or intersect with it.
    #[arg(long, value_name = "HOW", default_value_t = Join::Add, value_parser = names(JOINS, Join::name))]
    pub points_mode: Join,
}

/// Which of several masks.
#[derive(Clone, Copy, Debug)]
pub enum Index {
    /// The one that the network thinks best.
    Best,
    /// Counted from 0.
    Number(usize),
}

fn index(text: &str) -> Result<Index, String> {
    match text {
        "best" => Ok(Index::Best),
        _ => text
            .parse()
            .map(Index::Number)
            .map_err(|_| "choose best, or a number from 0".to_owned()),
    }
}

fn numbers<const N: usize>(text: &str) -> Result<[f32; N], String> {
    let numbers: Result<Vec<f32>, _> = text.split(',').map(|one| one.trim().parse()).collect();
    let numbers = numbers
        .ok()
        .filter(|all| all.iter().all(|number| number.is_finite()));
    let numbers = numbers.and_then(|numbers| numbers.try_into().ok());
    numbers.ok_or_else(|| format!("give {N} numbers with commas between them"))
}

impl PointArgs {
    /// Whether something is pointed at.
    pub fn are_given(&self) -> bool {
        !self.point.is_empty() || self.bounds.is_some()
    }

    /// Checks that points which are not meant come with what is.
    pub fn check(&self) -> Result<(), Failure> {
        match !self.are_given() && !self.not_point.is_empty() {
            true => Err(Failure::Usage(
                "--not-point takes away from what --point or --box means; give one of them too"
                    .to_owned(),
            )),
            false => Ok(()),
        }
    }

    /// The mask of what is pointed at in a picture, and what JSON says of it.
    pub fn found(
        &self,
        session: &mut Session,
        with: Option<&Path>,
        device: Device,
        picture: &Arc<Picture>,
    ) -> Result<(Mask, Json), Failure> {
        let with = session.beside(self.points_with.as_deref().or(with), FileKind::Sam)?;
        let with = with.ok_or_else(|| {
                Failure::Usage("no network that finds what is pointed at is here; `pentimento models get Acly/MobileSAM/mobile_sam_image_encoder.onnx` and `pentimento models get Acly/MobileSAM/sam_mask_decoder_multi.onnx` fetch one, or give its folder".to_owned())
            })?;
        let points = |points: &[[f32; 2]], inside: bool| -> Vec<PromptPoint> {
            let points = points.iter();
            points.map(|&at| PromptPoint { at, inside }).collect()
        };
        let prompt = Prompt {
            points: [points(&self.point, true), points(&self.not_point, false)].concat(),
            bounds: self.bounds,
            earlier: None,
        };
        let wanted = FindObject {
            picture: Arc::clone(picture),
            prompt: Some(prompt),
        };
        let candidates = session.point(with, device, wanted)?;
        let chosen = match self.mask_index {
            Index::Best => best(&candidates),
            Index::Number(number) => Some(number),
        };
        let chosen = chosen.unwrap_or_default();
        let candidate = candidates.get(chosen).ok_or_else(|| {
            let count = candidates.len();
            Failure::Usage(format!(
                "the network makes {count} masks; choose a --mask-index below that"
            ))
        })?;
        let mask = match self.no_refine {
            true => candidate.logits.mask(picture.size()),
            false => candidate.logits.refined(picture).without_faint(),
        };
        if mask.is_empty() {
            return Err(Failure::NotFound(
                "the network sees nothing there; point at another place, or draw a box".to_owned(),
            ));
        }
        let scores: Vec<f32> = candidates.iter().map(|one| one.score).collect();
        Ok((mask, json!({ "scores": scores, "index": chosen })))
    }
}
