//! The thread that reads and writes files, one after the other, so that the window never waits for a disk.
//!
//! Does not know what a file is wanted for: what was asked comes back with the answer.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui;

use super::new_canvas;
use super::recognise::{Traits, traits};
use super::work::{self, WorkDone, WorkTask};
use crate::document::Document;
use crate::project;
use crate::raster::file::{self, FileError, Metadata, Note, PictureFile};
use crate::raster::{Mask, Patch, Picture, Size};
use crate::recipe::text_file;
use crate::ui::settings::Settings;
use crate::ui::texts;
use crate::ui::thread::Worker;

/// What a file that is read is wanted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be opened.
    Open,
    /// To become the mask, whatever it looks like.
    Mask,
    /// To be opened, or to become the mask where it looks like one.
    Recognise,
    /// To become the reference picture.
    Reference,
}

/// Something to do.
pub(super) enum Errand {
    /// Read a picture.
    Read { path: PathBuf, purpose: Purpose },
    /// Read a text that may tell a recipe.
    Text { path: PathBuf },
    /// Write a picture, with a patch laid over it that was not yet.
    Save {
        path: PathBuf,
        picture: Arc<Picture>,
        over: Option<Arc<Patch>>,
        metadata: Metadata,
        /// Whether the open document is in that file from then on.
        own: bool,
    },
    /// Write a mask as a grey picture.
    Export { path: PathBuf, mask: Arc<Mask> },
    /// Something with a whole work.
    Work(WorkTask),
    /// Make a blank canvas.
    Canvas(Size),
    /// Write the settings.
    Keep {
        path: PathBuf,
        settings: Box<Settings>,
    },
}

impl Errand {
    /// What is being done, for a person; nothing for what needs no telling.
    fn label(&self) -> Option<String> {
        match self {
            Self::Read { path, .. } | Self::Text { path } => {
                Some(texts::shell::reading(&super::name_of(path)))
            }
            Self::Save { path, .. } => Some(texts::shell::saving(&super::name_of(path))),
            Self::Export { path, .. } => Some(texts::shell::saving_mask(&super::name_of(path))),
            Self::Work(task) => task.label(),
            Self::Canvas(_) | Self::Keep { .. } => None,
        }
    }
}

/// A picture that was read.
pub(super) struct Read {
    pub path: PathBuf,
    pub purpose: Purpose,
    pub file: PictureFile,
    pub traits: Traits,
    /// A line each on what of a project could not be read.
    pub losses: Vec<String>,
}

/// What came of an errand.
pub(super) enum Done {
    Read(Box<Read>),
    /// A text was read, or not; none where it can be no recipe.
    Text(PathBuf, std::io::Result<Option<String>>),
    /// Reading failed.
    Unread(PathBuf, FileError),
    Saved {
        path: PathBuf,
        notes: Vec<Note>,
        own: bool,
    },
    Exported {
        path: PathBuf,
        notes: Vec<Note>,
    },
    /// A blank canvas was made.
    Canvas(Box<Document>),
    /// Something with a whole work came to its end.
    Work(WorkDone),
    /// Writing failed; what failed is in the error.
    Unwritten {
        error: FileError,
        /// Whether it is the open picture, its mask, or what the artist asked for.
        own: bool,
    },
    /// The settings could not be kept.
    Unkept(PathBuf, std::io::Error),
    /// The settings were kept.
    Kept,
}

/// The thread. Dropping it waits until all errands are done.
pub(super) struct Disk {
    desk: Worker<Errand, Done>,
    /// What the errands are that are not done yet, and since when.
    labels: VecDeque<(Option<String>, Instant)>,
    /// How long the window waits once for what a person waits for: at the start, so that no other picture is drawn first.
    pub patience: Duration,
}

impl Default for Disk {
    fn default() -> Self {
        Self {
            desk: Worker::new("files", Errand::run),
            labels: VecDeque::new(),
            patience: Duration::ZERO,
        }
    }
}

impl Disk {
    /// Hands an errand over.
    ///
    /// # Errors
    /// One line, when the thread cannot take it.
    pub fn send(&mut self, ctx: &egui::Context, errand: Errand) -> Result<(), String> {
        let label = errand.label();
        self.desk.send(ctx, errand)?;
        self.labels.push_back((label, Instant::now()));
        Ok(())
    }

    /// What came of the next errand that is done.
    pub fn poll(&mut self) -> Option<Result<Done, String>> {
        let patience = std::mem::take(&mut self.patience);
        let waited = if self.busy() {
            patience
        } else {
            Duration::ZERO
        };
        let done = self.desk.poll_within(waited)?;
        match done {
            Ok(_) => {
                if self
                    .labels
                    .pop_front()
                    .is_some_and(|(label, _)| label.is_none())
                {
                    self.patience = patience;
                }
            }
            Err(_) => self.labels.clear(),
        }
        Some(done)
    }

    /// What is being done, once it takes long enough to be worth a word.
    pub fn progress(&self) -> Option<&str> {
        let (label, since) = self.labels.front()?;
        (since.elapsed().as_millis() > 200)
            .then_some(label.as_deref())
            .flatten()
    }

    /// Whether something that a person waits for is not done yet.
    pub fn busy(&self) -> bool {
        self.labels.iter().any(|(label, _)| label.is_some())
    }
}

impl Errand {
    fn run(self) -> Done {
        match self {
            Self::Work(task) => Done::Work(task.run()),
            Self::Canvas(size) => Done::Canvas(Box::new(new_canvas::blank(size))),
            Self::Read { path, purpose } if project::is_project(&path) => work::read(path, purpose),
            Self::Read { path, purpose } => match file::read(&path) {
                Ok(file) => {
                    let traits = traits(&path, &file.picture);
                    Done::Read(Box::new(Read {
                        path,
                        purpose,
                        file,
                        traits,
                        losses: Vec::new(),
                    }))
                }
                Err(error) => Done::Unread(path, error),
            },
            Self::Text { path } => {
                let text = text_file::read(&path);
                Done::Text(path, text)
            }
            Self::Save {
                path,
                mut picture,
                over,
                metadata,
                own,
            } => {
                if let Some(patch) = over {
                    Arc::make_mut(&mut picture).paste(&patch);
                }
                if let Some(folder) = path.parent().filter(|_| !own) {
                    // The folder of results may be one that is not there yet; what fails is said of the file.
                    std::fs::create_dir_all(folder).ok();
                }
                match file::write(&path, &picture, &metadata) {
                    Ok(notes) => Done::Saved { path, notes, own },
                    Err(error) => Done::Unwritten { error, own },
                }
            }
            Self::Export { path, mask } => {
                let grey = picture_of(&mask);
                match file::write(&path, &grey, &Metadata::default()) {
                    Ok(notes) => Done::Exported { path, notes },
                    Err(error) => Done::Unwritten { error, own: true },
                }
            }
            Self::Keep { path, settings } => match settings.save(&path) {
                Ok(()) => Done::Kept,
                Err(error) => Done::Unkept(path, error),
            },
        }
    }
}

/// The mask as an opaque grey picture, white where to repaint: what [`Mask::from_picture`] reads back.
pub(super) fn picture_of(mask: &Mask) -> Picture {
    let pixels = mask
        .values()
        .iter()
        .map(|&value| [value, value, value, 255]);
    Picture::new(mask.size(), pixels.collect())
}
