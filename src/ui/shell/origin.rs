//! Where the document came from, and how it stands to its file.
//!
//! Does not read or write anything.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use super::work::KeptWork;
use crate::document::Document;
use crate::raster::file::{Format, Metadata, Note};
use crate::raster::{Mask, Picture};
use crate::recipe::infotext;
use crate::ui::texts::shell as texts;

/// Where the document came from, and what of it is in files.
pub(super) struct Origin {
    /// The file that saving writes; none for what was never in one.
    pub path: Option<PathBuf>,
    /// What the document is called.
    pub title: String,
    /// What to write with the pixels.
    pub metadata: Metadata,
    /// What the file held that was not read; gone when it is written over.
    unread: Vec<Note>,
    /// Whether something shines through the picture.
    transparent: bool,
    /// The picture's file that the work began with, where that is not `path`.
    pub source: Option<PathBuf>,
    /// What the file has beside picture and mask, where it is a project.
    pub work: Option<KeptWork>,
    /// Whether the file is as it was when it was opened.
    pub original: bool,
    /// Whether the artist has agreed to what saving to the file loses.
    pub agreed: bool,
    /// The picture that is kept.
    picture: Kept<Picture>,
    /// The sketch that is kept with it.
    sketch: KeptSketch,
    /// The mask that is kept.
    mask: Kept<Mask>,
}

/// A picture or mask as it is in a file.
pub(super) struct Kept<T> {
    /// A revision of the document that has it.
    revision: u64,
    /// The very one. `Weak`, since the document would otherwise copy it at the next edit.
    content: Weak<T>,
}

impl<T> Default for Kept<T> {
    /// Nothing.
    fn default() -> Self {
        Self {
            revision: u64::MAX,
            content: Weak::new(),
        }
    }
}

impl<T> Kept<T> {
    /// What a document has now.
    pub fn now(document: &Document, content: &Arc<T>) -> Self {
        Self {
            revision: document.revision(),
            content: Arc::downgrade(content),
        }
    }

    /// Whether a document has it.
    pub fn is(&self, document: &Document, content: &Arc<T>) -> bool {
        self.revision == document.revision()
            || Weak::ptr_eq(&self.content, &Arc::downgrade(content))
    }
}

/// A sketch as it is in a file, in a layer of its own or as what was seen of it.
#[derive(Default)]
pub(super) struct KeptSketch(Option<Kept<Picture>>);

impl KeptSketch {
    /// What a document has now; none counts as well.
    pub fn now(document: &Document) -> Self {
        let sketch = document.sketch();
        Self(sketch.map(|sketch| Kept::now(document, sketch)))
    }

    fn is(&self, document: &Document) -> bool {
        match (&self.0, document.sketch()) {
            (None, None) => true,
            (Some(kept), Some(sketch)) => kept.is(document, sketch),
            _ => false,
        }
    }
}

/// What of a document is not kept anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unsaved {
    /// The picture or its sketch has changed.
    pub picture: bool,
    /// The mask has changed, and is not empty.
    pub mask: bool,
}

impl Origin {
    /// Of a window that has not been told what it shows.
    pub fn nothing() -> Self {
        Self {
            path: None,
            title: String::new(),
            metadata: Metadata::default(),
            unread: Vec::new(),
            transparent: false,
            source: None,
            work: None,
            original: false,
            agreed: false,
            picture: Kept {
                revision: 0,
                content: Weak::new(),
            },
            sketch: KeptSketch::default(),
            mask: Kept {
                revision: 0,
                content: Weak::new(),
            },
        }
    }

    /// A document as it was just made, of which nothing is unsaved.
    pub fn new(title: String, document: &Document) -> Self {
        Self {
            title,
            picture: Kept::now(document, document.picture()),
            sketch: KeptSketch::now(document),
            mask: Kept::now(document, document.mask()),
            ..Self::nothing()
        }
    }

    /// A document that was read from a file.
    pub fn of_file(
        path: &Path,
        metadata: Metadata,
        unread: Vec<Note>,
        transparent: bool,
        document: &Document,
    ) -> Self {
        Self {
            path: Some(path.to_owned()),
            metadata,
            unread,
            transparent,
            original: true,
            ..Self::new(super::name_of(path), document)
        }
    }

    /// A document that is in no file and should be asked about.
    pub fn unsaved(title: String, transparent: bool, document: &Document) -> Self {
        Self {
            transparent,
            picture: Kept::default(),
            ..Self::new(title, document)
        }
    }

    /// With what its file says beside the pixels.
    pub fn with_metadata(self, metadata: Metadata) -> Self {
        Self { metadata, ..self }
    }

    /// Takes note that the mask is in no file, whatever the document began with.
    pub fn mask_unsaved(&mut self) {
        self.mask = Kept::default();
    }

    /// What is not kept.
    pub fn unsaved_in(&self, document: &Document) -> Unsaved {
        Unsaved {
            picture: !self.picture.is(document, document.picture()) || !self.sketch.is(document),
            mask: !self.mask.is(document, document.mask()) && document.mask_bounds().is_some(),
        }
    }

    /// Whether picture, sketch and mask are kept as they are.
    pub fn has_all(&self, document: &Document) -> bool {
        !self.unsaved_in(document).picture && self.mask.is(document, document.mask())
    }

    /// Takes note that the picture was saved.
    pub fn picture_kept(&mut self, path: &Path, picture: Kept<Picture>, sketch: KeptSketch) {
        if self.path.as_deref() != Some(path) {
            self.path = Some(path.to_owned());
            self.title = super::name_of(path);
            // What was not read is still in the other file.
            self.unread.clear();
            self.agreed = false;
        }
        self.work = None;
        self.original = false;
        self.picture = picture;
        self.sketch = sketch;
    }

    /// Takes note that the mask was saved.
    pub fn mask_kept(&mut self, mask: Kept<Mask>) {
        self.mask = mask;
    }

    /// What saving to a file would lose, each in a sentence.
    pub fn losses(&self, path: &Path) -> Vec<String> {
        let Ok(format) = Format::of_path(path) else {
            return Vec::new();
        };
        let mut losses = Vec::new();
        if format == Format::Jpeg && self.transparent {
            losses.push(texts::LOSES_ALPHA.into());
        }
        // A recipe has its place in every format.
        let mut keywords = self.metadata.text.iter().map(|(keyword, _)| keyword);
        if format != Format::Png && keywords.any(|keyword| keyword != infotext::KEYWORD) {
            losses.push(texts::LOSES_TEXT.into());
        }
        if self.path.as_deref() == Some(path) {
            losses.extend(self.original.then(|| texts::REPLACES.into()));
            losses.extend(self.unread.iter().map(|&note| texts::loses_unread(note)));
        }
        losses
    }
}
