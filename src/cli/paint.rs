//! One picture of a command: read, repainted, written with its recipe.
//!
//! Does not know how many there are.

use std::path::Path;
use std::sync::Arc;

use super::Failure;
use super::args::SubjectArgs;
use super::prepare::PrepareArgs;
use super::progress::Session;
use super::upscale::{AfterArgs, before_repaint};
use crate::engine::{
    Device, EngineError, Made, ModelInfo, PlanError, Previews, Repaint, ResultCanvas, check,
    check_canvas,
};
use crate::raster::file::{self, Format, Metadata, Note};
use crate::raster::{Mask, Patch, Picture, Size};
use crate::recipe::Recipe;
use crate::recipe::infotext::{self, Extras};
use crate::recipe::wildcard::Resolved;

/// A picture to repaint, and where.
pub struct Input {
    /// The picture.
    pub picture: Arc<Picture>,
    /// What its file said beside it.
    pub metadata: Metadata,
    /// What to repaint; without one the whole picture.
    pub mask: Option<Arc<Mask>>,
    /// What was lost in reading it.
    pub notes: Vec<Note>,
    /// What was done to it, for the result's recipe.
    prepared: Vec<(String, String)>,
}

impl Input {
    /// Reads a picture and its mask, lays the sketch over it, and prepares them as the command says.
    ///
    /// # Errors
    /// When one of them cannot be read or prepared, or they do not fit each other or the recipe.
    pub fn read(
        session: &mut Session,
        image: &Path,
        mask: Option<&Path>,
        (subject, prepare): (&SubjectArgs, &PrepareArgs),
        recipe: &Recipe,
    ) -> Result<Self, Failure> {
        let input = file::read(image)?;
        let mask = mask
            .map(|path| Ok::<_, Failure>(Mask::from_picture(&file::read(path)?.picture)))
            .transpose()?;
        let picture = input.picture.size();
        if let Some(mask) = mask
            .as_ref()
            .map(Mask::size)
            .filter(|mask| *mask != picture)
        {
            return Err(EngineError::from(PlanError::MaskSize { mask, picture }).into());
        }
        let picture = Arc::new(input.picture);
        let mask = subject
            .words
            .applied(session, subject.device, &picture, mask)?;
        let picture = Arc::unwrap_or_clone(picture);
        let (picture, mask) = subject.sketch.lay(picture, mask)?;
        let upscale = |with: &Path, picture, size| {
            before_repaint(session, with, subject.device, picture, size)
        };
        let (picture, mask) = prepare.prepare(picture, mask, recipe.mask_mode, upscale)?;
        check(&picture, mask.as_ref(), recipe).map_err(EngineError::from)?;
        Ok(Self {
            picture: Arc::new(picture),
            metadata: input.metadata,
            mask: mask.map(Arc::new),
            notes: input.notes,
            prepared: prepare.said(),
        })
    }

    /// Reads what is asked for, as [`Self::read`]; none where that is a new picture.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn of(
        session: &mut Session,
        subject: &SubjectArgs,
        prepare: &PrepareArgs,
        recipe: &Recipe,
    ) -> Result<Option<Self>, Failure> {
        session.limit(subject)?;
        let mask = subject.mask.as_deref();
        let read = |image| Self::read(session, image, mask, (subject, prepare), recipe);
        subject.image.as_deref().map(read).transpose()
    }

    /// A canvas without anything on it, of a size or the model's own.
    pub fn blank(size: Option<Size>, info: &ModelInfo) -> Self {
        let side = info.spec.native_side;
        let size = size.unwrap_or(Size::new(side, side));
        Self {
            picture: Arc::new(Picture::filled(size, [128, 128, 128, 255])),
            metadata: Metadata::default(),
            mask: None,
            notes: Vec::new(),
            prepared: Vec::new(),
        }
    }
}

/// A repainted picture, and how it was made.
pub struct Painted {
    /// The picture.
    pub picture: Picture,
    /// What its file should say, but for the recipe.
    metadata: Metadata,
    /// How it was made, as text.
    infotext: String,
    /// How it was really done.
    pub made: Made,
}

/// Repaints a picture as each of a batch asks, all at once; they are recipes of one series ([`Recipe::nth`]), wildcards resolved alike. `on_preview` gets each step's number, and the picture as it is at that step.
///
/// # Errors
/// When it cannot be repainted as asked, or was stopped.
pub fn paint(
    session: &mut Session,
    info: &ModelInfo,
    input: &Input,
    batch: &[Resolved],
    previews: Previews,
    mut on_preview: impl FnMut(usize, &Picture) -> Result<(), Failure>,
) -> Result<Vec<Painted>, Failure> {
    let Some(Resolved { recipe, beside }) = batch.first() else {
        return Ok(Vec::new());
    };
    session.know_loras(beside);
    let mask = input.mask.as_deref();
    check_canvas(input.picture.size(), mask.is_some(), recipe, &info.spec)
        .map_err(EngineError::from)?;
    let canvas = ResultCanvas::new(&input.picture, mask, recipe);
    let repaint = Repaint {
        picture: Arc::clone(&input.picture),
        mask: input.mask.clone(),
        recipe: recipe.clone(),
        control_pictures: session.control_pictures(),
        batch: batch.len(),
    };
    let (patches, made) = session.repaint(repaint, previews, |index, patch| {
        let mut shown = (*canvas.picture).clone();
        shown.paste(&patch);
        on_preview(index, &shown)
    })?;
    let hash = session.hash(&made);
    let loras = session.lora_hashes(&made);
    session.check_interrupt()?;
    let painted = |(patch, wanted): (&Patch, &Resolved)| {
        let mut picture = (*canvas.picture).clone();
        picture.paste(patch);
        Painted {
            picture,
            metadata: input.metadata.clone(),
            infotext: infotext_of(wanted, input, &made, hash, &loras),
            made: made.clone(),
        }
    };
    Ok(patches.iter().zip(batch).map(painted).collect())
}

/// How a picture was made, as text.
fn infotext_of(
    wanted: &Resolved,
    input: &Input,
    made: &Made,
    hash: Option<&str>,
    loras: &[(String, String)],
) -> String {
    let more = [&input.prepared[..], &wanted.beside].concat();
    let more = infotext::with_lora_hashes(more, &wanted.recipe.prompt, loras);
    let extras = Extras {
        size: Some((made.rendered.width, made.rendered.height)),
        model: Some(&made.model),
        model_hash: hash,
        masked: made.masked,
        more: &more,
    };
    infotext::write(&wanted.recipe, &extras)
}

impl Painted {
    /// The same, made larger where that is wanted; as it was, and why, where it cannot be.
    pub fn upscaled(
        self,
        session: &mut Session,
        after: &AfterArgs,
        device: Device,
    ) -> (Self, Option<Failure>) {
        let own = (self.picture.clone(), self.infotext.clone());
        match after.applied(session, device, own.0, own.1) {
            Ok((picture, infotext)) => {
                let larger = Self {
                    picture,
                    infotext,
                    ..self
                };
                (larger, None)
            }
            Err(failure) => (self, Some(failure)),
        }
    }

    /// Writes the picture with its recipe: in PNG as text, elsewhere as the comment in the EXIF data.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, out: &Path) -> Result<Vec<Note>, Failure> {
        let mut metadata = self.metadata.clone();
        metadata.set_comment(Format::of_path(out)?, infotext::KEYWORD, &self.infotext);
        Ok(file::write(out, &self.picture, &metadata)?)
    }
}
