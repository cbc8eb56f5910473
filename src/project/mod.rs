//! Keeping work: project files that other painters open, and the journal from which a killed program's work comes back.
//!
//! Does not know windows; a [`Work`] is a plain value, made from and turned into what the window holds.

mod journal;
mod orphan;
mod record;

mod damaged;
mod layers;
mod ora;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::document::{Candidate, Document, RepaintResult};
use crate::raster::file::{FileError, Metadata};
use crate::raster::{Mask, Patch, Picture, Rect};
use crate::recipe::Recipe;
use crate::recipe::parsed::Others;

pub use journal::Journal;
pub use ora::{Opened, is_project, read, write};
pub use orphan::{Orphan, orphans};
pub use record::{Recovered, recover};

/// The ending of a project's file name.
pub const EXTENSION: &str = "ora";

/// Pictures of ControlNets, by the name that [`Control::picture`](crate::recipe::Control::picture) has.
pub type ControlPictures = BTreeMap<String, Arc<Picture>>;

/// Everything that an artist would miss.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// The picture as it is now, accepted results included.
    pub picture: Arc<Picture>,
    /// The mask; of the picture's size.
    pub mask: Arc<Mask>,
    /// What was painted over the picture, straight alpha, of the picture's size; none while nothing is.
    pub sketch: Option<Arc<Picture>>,
    /// What was seen before the accepted results, over the rectangle around them; inside the picture.
    pub before: Option<Patch>,
    /// What the picture's file said beside the pixels.
    pub metadata: Metadata,
    /// The file that the picture came from.
    pub source: Option<PathBuf>,
    /// What the next repaint would be.
    pub recipe: Recipe,
    /// What its ControlNets and those of the results are shown in the place of the picture, by name.
    pub control_pictures: ControlPictures,
    /// What the source of that said beside it.
    pub others: Option<Others>,
    /// How the picture was made, as text: the recipe of the last accepted result.
    pub made: Option<String>,
    /// Results not yet decided on, oldest first.
    pub candidates: Vec<RepaintResult>,
}

/// What a window holds beside the document, to be looked at: nothing is copied.
#[derive(Clone, Debug)]
pub struct Desk<'a> {
    /// What the work is called.
    pub title: &'a str,
    /// The file that the picture came from.
    pub source: Option<&'a Path>,
    /// What that said beside the pixels.
    pub metadata: &'a Metadata,
    /// Another number with each picture that is opened.
    pub opened: u64,
    /// What the next repaint would be.
    pub recipe: &'a Recipe,
    /// As [`Work::control_pictures`].
    pub control_pictures: ControlPictures,
    /// What the source of that said beside it.
    pub others: Option<&'a Others>,
    /// How the picture was made, as text.
    pub made: Option<&'a str>,
    /// Results not yet decided on, oldest first.
    pub candidates: Vec<&'a Candidate>,
    /// Whether anything of it would be missed if it were gone.
    pub unsaved: bool,
}

impl Work {
    /// A picture that was just opened.
    pub fn new(picture: Picture, metadata: Metadata, source: Option<PathBuf>) -> Self {
        Self {
            mask: Arc::new(Mask::filled(picture.size(), 0)),
            picture: Arc::new(picture),
            sketch: None,
            before: None,
            metadata,
            source,
            recipe: Recipe::default(),
            control_pictures: ControlPictures::new(),
            others: None,
            made: None,
            candidates: Vec::new(),
        }
    }

    /// What a window holds now; cheap but for [`Document::before`], as pixels are shared.
    pub fn of(document: &Document, desk: &Desk<'_>) -> Self {
        Self {
            picture: Arc::clone(document.picture()),
            mask: Arc::clone(document.mask()),
            sketch: document.sketch().map(Arc::clone),
            before: document.before(),
            metadata: desk.metadata.clone(),
            source: desk.source.map(Path::to_owned),
            recipe: desk.recipe.clone(),
            control_pictures: desk.control_pictures.clone(),
            others: desk.others.cloned(),
            made: desk.made.map(str::to_owned),
            candidates: desk
                .candidates
                .iter()
                .map(|one| one.result.clone())
                .collect(),
        }
    }

    /// The picture with the sketch over it.
    pub fn seen(&self) -> Arc<Picture> {
        let Some(sketch) = &self.sketch else {
            return Arc::clone(&self.picture);
        };
        let mut seen = Picture::clone(&self.picture);
        seen.lay(sketch, Rect::of(sketch.size()));
        Arc::new(seen)
    }

    /// The document to go on with; as much work as it holds pixels.
    pub fn document(&self) -> Document {
        Document::reopened(
            Arc::clone(&self.picture),
            Arc::clone(&self.mask),
            self.sketch.clone(),
            self.before.as_ref(),
        )
    }
}

/// Why a project or a journal could not be written or read: one line that says what to do, the path last.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// Not an OpenRaster file.
    #[error("not an OpenRaster project, choose an .ora file or a picture: {}", .0.display())]
    NotAProject(PathBuf),
    /// Made by a later version.
    #[error("it was saved by a newer Pentimento (format {version}), update the program: {}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format's number.
        version: u32,
    },
    /// No picture could be read out of it.
    #[error("the project is damaged and its picture cannot be read, use a copy of it: {}", .0.display())]
    NothingLeft(PathBuf),
    /// Another program's file of which nothing is to be seen.
    #[error("it has no merged picture and no visible layer that can be read, make a layer visible and save it again where it was made: {}", .0.display())]
    NothingVisible(PathBuf),
    /// Another program's file whose layers would take more memory and time than there is for a picture.
    #[error("its layers or groups are too many or lie too deep in one another to be put together here, export it as PNG where it was made: {}", .0.display())]
    TooMuch(PathBuf),
    /// No state of the work could be read out of a journal.
    #[error("nothing of this work can be read any more, throw it away: {}", .0.display())]
    NothingKept(PathBuf),
    /// Its parts could not be put together.
    #[error("the project cannot be written ({cause}): {}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The reason.
        cause: std::io::Error,
    },
}
