//! The thread that reads and writes files, one after the other, so that the window never waits for a disk.
//!
//! Does not know what a file is wanted for: what was asked comes back with the answer.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use eframe::egui;

use super::recognise::{Traits, traits};
use super::settings::Settings;
use super::work::{self, Outcome, Task};
use crate::project;
use crate::raster::file::{self, FileError, Metadata, Note, PictureFile};
use crate::raster::{Mask, Picture};
use crate::recipe::text_file;

/// Errands that may wait.
const WAITING: usize = 32;

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
    /// Write a picture.
    Save {
        path: PathBuf,
        picture: Arc<Picture>,
        metadata: Metadata,
    },
    /// Write a mask as a grey picture.
    Export { path: PathBuf, mask: Arc<Mask> },
    /// Something with a whole work.
    Work(Task),
    /// Write the settings.
    Keep { path: PathBuf, settings: Settings },
}

impl Errand {
    /// What is being done, for a person; nothing for what needs no telling.
    fn label(&self) -> Option<String> {
        match self {
            Self::Read { path, .. } | Self::Text { path } => {
                Some(format!("Reading {}…", super::name_of(path)))
            }
            Self::Save { path, .. } => Some(format!("Saving {}…", super::name_of(path))),
            Self::Export { path, .. } => {
                Some(format!("Saving the mask as {}…", super::name_of(path)))
            }
            Self::Work(task) => task.label(),
            Self::Keep { .. } => None,
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
    },
    Exported {
        path: PathBuf,
        notes: Vec<Note>,
    },
    /// Something with a whole work came to its end.
    Work(Outcome),
    /// Writing failed; what failed is in the error.
    Unwritten(FileError),
    /// The settings could not be kept.
    Unkept(PathBuf, std::io::Error),
    /// The settings were kept.
    Kept,
}

/// The thread, started with the first errand. Dropping it waits until all errands are done.
#[derive(Default)]
pub(super) struct Disk {
    running: Option<Running>,
    /// What the errands are that are not done yet, and since when.
    labels: VecDeque<(Option<String>, Instant)>,
}

struct Running {
    // An `Option` since the thread ends when its sender is gone.
    errands: Option<SyncSender<Errand>>,
    done: Receiver<Done>,
    thread: Option<JoinHandle<()>>,
}

impl Disk {
    /// Hands an errand over.
    ///
    /// # Errors
    /// One line, when the thread cannot take it.
    pub fn send(&mut self, ctx: &egui::Context, errand: Errand) -> Result<(), String> {
        let label = errand.label();
        let running = match &mut self.running {
            Some(running) => running,
            none => none.insert(Running::start(ctx.clone())?),
        };
        let sent = match &running.errands {
            Some(errands) => errands.try_send(errand),
            None => Err(TrySendError::Disconnected(errand)),
        };
        match sent {
            Ok(()) => {
                self.labels.push_back((label, Instant::now()));
                Ok(())
            }
            Err(TrySendError::Full(_)) => {
                Err("too many files are waiting, try again in a moment".to_owned())
            }
            Err(TrySendError::Disconnected(_)) => {
                self.running = None;
                Err("the thread for files has ended, try again".to_owned())
            }
        }
    }

    /// What came of the next errand that is done.
    pub fn poll(&mut self) -> Option<Result<Done, String>> {
        let running = self.running.as_mut()?;
        match running.done.try_recv() {
            Ok(done) => {
                self.labels.pop_front();
                Some(Ok(done))
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.running = None;
                self.labels.clear();
                Some(Err(
                    "the thread for files has ended, try again; the log says why".to_owned(),
                ))
            }
        }
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

impl Running {
    fn start(ctx: egui::Context) -> Result<Self, String> {
        let (errands, inbox) = sync_channel::<Errand>(WAITING);
        // As many answers as errands: the thread never waits for the window.
        let (outbox, done) = sync_channel(WAITING + 1);
        let thread = std::thread::Builder::new()
            .name("files".to_owned())
            .spawn(move || {
                while let Ok(errand) = inbox.recv() {
                    if outbox.send(errand.run()).is_err() {
                        // Nobody is left to tell, but what is waiting still wants to be written.
                        continue;
                    }
                    ctx.request_repaint();
                }
            })
            .map_err(|error| format!("the system gives no thread for files ({error})"))?;
        Ok(Self {
            errands: Some(errands),
            done,
            thread: Some(thread),
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.errands.take());
        if let Some(thread) = self.thread.take() {
            // A panic in the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl Errand {
    fn run(self) -> Done {
        match self {
            Self::Work(task) => Done::Work(task.run()),
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
                picture,
                metadata,
            } => match file::write(&path, &picture, &metadata) {
                Ok(notes) => Done::Saved { path, notes },
                Err(error) => Done::Unwritten(error),
            },
            Self::Export { path, mask } => {
                let grey = picture_of(&mask);
                match file::write(&path, &grey, &Metadata::default()) {
                    Ok(notes) => Done::Exported { path, notes },
                    Err(error) => Done::Unwritten(error),
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
