//! Keeping work: project files that other painters open, and the journal from which a killed program's work comes back.
//!
//! Does not know windows or threads of others; a [`Work`] is a plain value, made from and turned into what the window holds.

mod journal;
mod record;

mod damaged;
mod ora;

use std::path::PathBuf;
use std::sync::Arc;

use crate::document::{Document, Gallery};
use crate::raster::file::{FileError, Metadata};
use crate::raster::{Mask, Patch, Picture};
use crate::recipe::Recipe;

pub use journal::{Journal, forget, orphans};
pub use ora::{read, write};
pub use record::{Recovered, recover};

/// Everything that an artist would miss.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// The picture as it is now, accepted results included.
    pub picture: Arc<Picture>,
    /// The mask; of the picture's size.
    pub mask: Arc<Mask>,
    /// The picture's own pixels before the accepted results, over the rectangle around them.
    pub before: Option<Patch>,
    /// What the picture's file said beside the pixels.
    pub metadata: Metadata,
    /// The file that the picture came from.
    pub source: Option<PathBuf>,
    /// What the next repaint would be.
    pub recipe: Recipe,
    /// Results not yet decided on, oldest first.
    pub candidates: Vec<Pending>,
}

/// A result not yet decided on.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// What was asked for, the seed included.
    pub recipe: Recipe,
    /// The pixels that it would put into the picture.
    pub patch: Arc<Patch>,
    /// How long it took, seconds.
    pub seconds: f32,
}

impl Work {
    /// A picture that was just opened.
    pub fn new(picture: Picture, metadata: Metadata, source: Option<PathBuf>) -> Self {
        Self {
            mask: Arc::new(Mask::filled(picture.size(), 0)),
            picture: Arc::new(picture),
            before: None,
            metadata,
            source,
            recipe: Recipe::default(),
            candidates: Vec::new(),
        }
    }

    /// What a window holds now; cheap but for [`Document::before`], as pixels are shared.
    pub fn of(
        document: &Document,
        gallery: &Gallery,
        recipe: &Recipe,
        metadata: &Metadata,
        source: Option<PathBuf>,
    ) -> Self {
        Self {
            picture: Arc::clone(document.picture()),
            mask: Arc::clone(document.mask()),
            before: document.before(),
            metadata: metadata.clone(),
            source,
            recipe: recipe.clone(),
            candidates: gallery
                .iter()
                .map(|candidate| Pending {
                    recipe: candidate.recipe.clone(),
                    patch: Arc::clone(&candidate.patch),
                    seconds: candidate.seconds,
                })
                .collect(),
        }
    }

    /// The document and the results to go on with; undo starts anew.
    pub fn open(&self) -> (Document, Gallery) {
        let document = Document::with_mask(Arc::clone(&self.picture), Arc::clone(&self.mask));
        let mut gallery = Gallery::new();
        for pending in &self.candidates {
            gallery.push(
                pending.recipe.clone(),
                Arc::clone(&pending.patch),
                document.revision(),
                pending.seconds,
            );
        }
        (document, gallery)
    }
}

/// Why a project could not be written or read: one line that says what to do, the path last.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// Not an OpenRaster file.
    #[error("not an OpenRaster project, open it as a picture or choose an .ora file: {}", .0.display())]
    NotAProject(PathBuf),
    /// Made by a later version.
    #[error("the project was saved by a newer Pentimento (format {version}), update the program: {}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format's number.
        version: u32,
    },
    /// No picture could be read out of it.
    #[error("the project is damaged and its picture cannot be read, use a copy of it: {}", .0.display())]
    NothingLeft(PathBuf),
    /// Its parts could not be put together.
    #[error("the project cannot be written ({cause}): {}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The reason.
        cause: std::io::Error,
    },
}
