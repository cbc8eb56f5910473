//! One picture of a command: read, repainted, written with its recipe.
//!
//! Does not know how many there are.

use std::path::Path;
use std::sync::Arc;

use super::Failure;
use super::progress::Session;
use super::wanted::Resolved;
use crate::engine::{
    Canvas, EngineError, Frame, Job, ModelInfo, Previews, Timings, blurred, check, check_canvas,
};
use crate::raster::file::{self, Format, Metadata, Note};
use crate::raster::{Mask, Picture, Size};
use crate::recipe::Recipe;
use crate::recipe::infotext::{self, Extras};

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
}

impl Input {
    /// Reads a picture and its mask.
    ///
    /// # Errors
    /// When one of them cannot be read, or they do not fit each other or the recipe.
    pub fn read(image: &Path, mask: Option<&Path>, recipe: &Recipe) -> Result<Self, Failure> {
        let input = file::read(image)?;
        let mask = mask
            .map(|path| Ok::<_, Failure>(Mask::from_picture(&file::read(path)?.picture)))
            .transpose()?;
        check(&input.picture, mask.as_ref(), recipe).map_err(EngineError::from)?;
        Ok(Self {
            picture: Arc::new(input.picture),
            metadata: input.metadata,
            mask: mask.map(Arc::new),
            notes: input.notes,
        })
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
    /// Where the time went.
    pub timings: Timings,
}

/// Repaints a picture; `on_preview` gets each step's number, and the picture as it is at that step.
///
/// # Errors
/// When it cannot be repainted as asked, or was stopped.
pub fn paint(
    session: &mut Session,
    info: &ModelInfo,
    input: &Input,
    wanted: &Resolved,
    previews: Previews,
    mut on_preview: impl FnMut(usize, &Picture) -> Result<(), Failure>,
) -> Result<Painted, Failure> {
    let (recipe, mask) = (&wanted.recipe, input.mask.as_deref());
    check_canvas(input.picture.size(), mask.is_some(), recipe, &info.spec)
        .map_err(EngineError::from)?;
    let canvas = Canvas::new(&input.picture, mask, recipe);
    let masked = canvas.mask.as_ref().map(|mask| blurred(mask, recipe));
    let bounds = masked.as_ref().and_then(Mask::bounds);
    let rendered = Frame::new(canvas.picture.size(), bounds, recipe, &info.spec).working;
    let job = Job {
        picture: Arc::clone(&input.picture),
        mask: input.mask.clone(),
        recipe: recipe.clone(),
        previews,
    };
    let (patch, timings) = session.repaint(job, |index, patch| {
        let mut shown = (*canvas.picture).clone();
        shown.paste(&patch);
        on_preview(index, &shown)
    })?;
    session.check_interrupt()?;
    let mut picture = (*canvas.picture).clone();
    picture.paste(&patch);

    let more = wanted.templates.pairs();
    let extras = Extras {
        size: Some((rendered.width, rendered.height)),
        model: Some(&info.spec.name),
        masked: masked.is_some(),
        more: &more,
    };
    Ok(Painted {
        picture,
        metadata: input.metadata.clone(),
        infotext: infotext::write(&wanted.recipe, &extras),
        timings,
    })
}

impl Painted {
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
