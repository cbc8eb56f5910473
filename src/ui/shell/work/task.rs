//! What is done with whole works on the thread for files.
//!
//! Does not know the window.

use std::io;
use std::path::PathBuf;

use eframe::egui;

use crate::document::Document;
use crate::project::{self, Journal, Opened, Orphan, ProjectError, Recovered, Work};
use crate::raster::file::{Format, PictureFile};
use crate::ui::shell::disk::{self, Done, Purpose, Read};
use crate::ui::shell::name_of;
use crate::ui::shell::recognise::traits;
use crate::ui::texts;
use crate::ui::texts::work::losses;

/// Something to do.
pub(in crate::ui::shell) enum WorkTask {
    /// Start a journal, and look for work that was left behind.
    Start {
        journals: PathBuf,
        ctx: egui::Context,
    },
    /// Write a project.
    Save { path: PathBuf, work: Box<Work> },
    /// Read work that was left behind.
    Recover(Orphan),
    /// Clear work away that was taken over, or is not wanted.
    Forget(Orphan),
    /// End a journal and clear it away.
    Finish(Box<Journal>),
}

/// What came of it.
pub(in crate::ui::shell) enum WorkDone {
    Started {
        journal: io::Result<Box<Journal>>,
        orphans: Vec<Orphan>,
    },
    Saved(PathBuf),
    Unsaved(ProjectError),
    /// To be shown at once.
    Opened(Box<Arrived>),
    /// To be shown once unsaved work was asked about.
    Recognised(Box<Arrived>),
    Unread(PathBuf, ProjectError),
    Unrecovered(Orphan, ProjectError),
    /// Nothing to tell.
    Done,
}

/// Work that was read, ready to be gone on with.
pub(in crate::ui::shell) struct Arrived {
    pub title: String,
    /// The file, unless it was recovered.
    pub path: Option<PathBuf>,
    pub document: Document,
    /// Whether something shines through its picture.
    pub transparent: bool,
    /// What the document was made of, and what lies beside it.
    pub work: Work,
    pub lost: Vec<String>,
    pub foreign: bool,
    pub unknown_modes: Vec<String>,
    /// Where it was recovered from, and whether its last step was cut short.
    pub recovered: Option<(Orphan, bool)>,
}

impl Arrived {
    fn new(title: String, path: Option<PathBuf>, work: Work) -> Self {
        let document = work.document();
        Self {
            title,
            path,
            transparent: !document.picture().is_opaque(),
            document,
            work,
            lost: Vec::new(),
            foreign: false,
            unknown_modes: Vec::new(),
            recovered: None,
        }
    }
}

impl WorkTask {
    /// What is being done, for a person; nothing for what needs no telling.
    pub fn label(&self) -> Option<String> {
        match self {
            Self::Save { path, .. } => Some(texts::shell::saving(&name_of(path))),
            Self::Recover(orphan) => Some(texts::work::recovering(orphan.title())),
            Self::Start { .. } | Self::Forget(_) | Self::Finish(_) => None,
        }
    }

    /// Does it.
    pub fn run(self) -> WorkDone {
        match self {
            Self::Start { journals, ctx } => WorkDone::Started {
                journal: Journal::start(&journals, move || ctx.request_repaint()).map(Box::new),
                orphans: project::orphans(&journals),
            },
            Self::Save { path, work } => match project::write(&path, &work) {
                Ok(()) => WorkDone::Saved(path),
                Err(error) => WorkDone::Unsaved(error),
            },
            Self::Recover(orphan) => match project::recover(&orphan.work()) {
                Ok(Recovered { title, work, torn }) => {
                    let mut arrived = Arrived::new(title, None, work);
                    arrived.recovered = Some((orphan, torn));
                    WorkDone::Opened(Box::new(arrived))
                }
                Err(error) => WorkDone::Unrecovered(orphan, error),
            },
            Self::Forget(orphan) => {
                orphan.forget();
                WorkDone::Done
            }
            Self::Finish(journal) => {
                journal.finish();
                WorkDone::Done
            }
        }
    }
}

/// Reads a project for what it is wanted for.
pub(in crate::ui::shell) fn read(path: PathBuf, purpose: Purpose) -> Done {
    let opened = match project::read(&path) {
        Ok(opened) => opened,
        Err(error) => return Done::Work(WorkDone::Unread(path, error)),
    };
    let Opened {
        work,
        lost,
        foreign,
        unknown_modes,
    } = opened;
    if matches!(purpose, Purpose::Open | Purpose::Recognise) {
        let mut arrived = Arrived::new(name_of(&path), Some(path), work);
        arrived.lost = lost;
        arrived.foreign = foreign;
        arrived.unknown_modes = unknown_modes;
        let arrived = Box::new(arrived);
        return Done::Work(match purpose {
            Purpose::Open => WorkDone::Opened(arrived),
            _ => WorkDone::Recognised(arrived),
        });
    }
    let picture = match purpose {
        Purpose::Mask if !foreign => disk::picture_of(&work.mask),
        _ => (*work.seen()).clone(),
    };
    let file = PictureFile {
        picture,
        metadata: work.metadata,
        format: Format::Png,
        notes: Vec::new(),
    };
    let traits = traits(&path, &file.picture);
    Done::Read(Box::new(Read {
        losses: losses(&name_of(&path), &lost, &unknown_modes),
        path,
        purpose,
        file,
        traits,
    }))
}
