//! The journal: everything that changes, on disk within a moment, without the window ever waiting for the disk.
//!
//! A running program owns a folder of its own, locked while it lives; a folder that nobody holds is work that was not saved.
//! The window calls [`Journal::record`] once a frame; a thread writes. While it is busy changes add up and go out together.
//!
//! Does not know what the window does with recovered work.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::Pending;
use super::record::{self, Change, Facts};
use crate::document::{Candidate, Dirty, Document, Gallery};
use crate::raster::file::Metadata;
use crate::raster::{Mask, Rect};
use crate::recipe::Recipe;

/// The file of changes in a journal's folder.
const WORK: &str = "work";

/// Held for as long as the program lives.
const LOCK: &str = "lock";

/// A file that has grown by this many bytes, and doubled, is begun anew.
const GROWTH: u64 = 256 << 20;

/// How long after the last change the disk is asked to really have it: a kill loses nothing before, a power cut does.
const SYNC_AFTER: Duration = Duration::from_secs(2);

/// Writes down what changes.
pub struct Journal {
    frames: Option<Sender<Frame>>,
    thread: Option<JoinHandle<()>>,
    folder: PathBuf,
    /// Set by the thread: the file has grown, or could not be written.
    wants_all: Arc<AtomicBool>,
    seen: Seen,
}

/// What was written down last.
#[derive(Default)]
struct Seen {
    facts: Option<Facts>,
    metadata: Option<Metadata>,
    candidates: Vec<u64>,
}

/// Changes that belong together.
struct Frame {
    changes: Vec<Change>,
    /// Whether they are all there is, and a new file begins with them.
    all: bool,
}

impl Journal {
    /// Starts a journal in a folder of its own under `journals`.
    ///
    /// # Errors
    /// When the folder cannot be made or locked, or there is no thread.
    pub fn start(journals: &Path) -> io::Result<Self> {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let folder = journals.join(format!("{}-{}", since.as_millis(), std::process::id()));
        fs::create_dir_all(&folder)?;
        let lock = File::create(folder.join(LOCK))?;
        lock.lock()?;
        // One frame may wait; `record` sends none before that one is taken.
        let (frames, inbox) = bounded(1);
        let wants_all = Arc::new(AtomicBool::new(true));
        let writer = Writer {
            path: folder.join(WORK),
            wants_all: Arc::clone(&wants_all),
            file: None,
            base: 0,
            length: 0,
            _lock: lock,
        };
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.serve(&inbox))?;
        Ok(Self {
            frames: Some(frames),
            thread: Some(thread),
            folder,
            wants_all,
            seen: Seen::default(),
        })
    }

    /// The folder that this journal keeps; not an orphan while it lives.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Hands on what has changed since the last call; never waits.
    pub fn record(
        &mut self,
        document: &mut Document,
        gallery: &Gallery,
        recipe: &Recipe,
        metadata: &Metadata,
        source: Option<&Path>,
    ) {
        let Some(frames) = self.frames.clone() else {
            return;
        };
        if frames.is_full() {
            return;
        }
        let all = self.wants_all.swap(false, Ordering::Relaxed);
        if all {
            self.seen = Seen::default();
        }
        let mut changes = Vec::new();
        content(document, all, &mut changes);
        let facts = Facts {
            recipe: recipe.clone(),
            source: source.map(Path::to_owned),
        };
        if self.seen.facts.as_ref() != Some(&facts) {
            changes.push(Change::Facts(facts.clone()));
            self.seen.facts = Some(facts);
        }
        if self.seen.metadata.as_ref() != Some(metadata) {
            changes.push(Change::Metadata(metadata.clone()));
            self.seen.metadata = Some(metadata.clone());
        }
        self.candidates(gallery, &mut changes);
        if !changes.is_empty() && frames.try_send(Frame { changes, all }).is_err() {
            // The thread is gone or the frame was not taken: next time everything.
            self.wants_all.store(true, Ordering::Relaxed);
        }
    }

    fn candidates(&mut self, gallery: &Gallery, changes: &mut Vec<Change>) {
        let id = |candidate: &Candidate| candidate.id.0;
        if gallery
            .iter()
            .map(id)
            .eq(self.seen.candidates.iter().copied())
        {
            return;
        }
        for gone in &self.seen.candidates {
            if !gallery.iter().any(|candidate| id(candidate) == *gone) {
                changes.push(Change::Dropped(*gone));
            }
        }
        for candidate in gallery.iter() {
            if !self.seen.candidates.contains(&candidate.id.0) {
                let pending = Pending {
                    recipe: candidate.recipe.clone(),
                    patch: Arc::clone(&candidate.patch),
                    seconds: candidate.seconds,
                };
                changes.push(Change::Candidate(candidate.id.0, pending));
            }
        }
        self.seen.candidates = gallery.iter().map(id).collect();
    }

    /// Ends the journal and takes its folder away: everything is saved, or not wanted.
    pub fn finish(mut self) {
        self.stop();
        remove(&self.folder);
    }

    fn stop(&mut self) {
        drop(self.frames.take());
        if let Some(thread) = self.thread.take() {
            // A panic in the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Picture and mask where they have changed.
fn content(document: &mut Document, all: bool, changes: &mut Vec<Change>) {
    let whole = Rect::of(document.size());
    let dirty = match document.take_unrecorded() {
        dirty if !all => dirty,
        _ => Dirty::all(document.size()),
    };
    if dirty.resized {
        changes.push(Change::Size(document.size()));
    }
    if !dirty.picture.is_empty() {
        let picture = document.picture();
        changes.push(Change::Picture(
            dirty.picture,
            // The whole is shared: the next edit copies it, rarely, where a copy here would always.
            if dirty.picture == whole {
                Arc::clone(picture)
            } else {
                Arc::new(picture.crop(dirty.picture))
            },
        ));
    }
    // A mask of another size starts empty.
    let mask_rect = match document.mask_bounds() {
        bounds if dirty.resized => bounds.unwrap_or(Rect::EMPTY),
        _ => dirty.mask,
    };
    if !mask_rect.is_empty() {
        let mask: Mask = document.mask().crop(mask_rect);
        changes.push(Change::Mask(mask_rect, Arc::new(mask)));
    }
}

/// The thread's side.
struct Writer {
    path: PathBuf,
    wants_all: Arc<AtomicBool>,
    file: Option<BufWriter<File>>,
    /// Bytes of the file's first frame, and of all.
    base: u64,
    length: u64,
    _lock: File,
}

impl Writer {
    fn serve(mut self, inbox: &Receiver<Frame>) {
        let mut unsynced: Option<Instant> = None;
        loop {
            let wait = unsynced.map_or(Duration::from_secs(3600), |since| {
                SYNC_AFTER.saturating_sub(since.elapsed())
            });
            match inbox.recv_timeout(wait) {
                Ok(frame) => {
                    if let Err(error) = self.write(&frame) {
                        tracing::warn!(
                            "unsaved work cannot be written down ({error}): {}",
                            self.path.display()
                        );
                        self.file = None;
                        self.wants_all.store(true, Ordering::Relaxed);
                        // A full disk is not asked again at once.
                        std::thread::sleep(SYNC_AFTER);
                        continue;
                    }
                    unsynced.get_or_insert_with(Instant::now);
                }
                Err(RecvTimeoutError::Timeout) => {
                    if unsynced.take().is_some()
                        && let Some(file) = &self.file
                        && let Err(error) = file.get_ref().sync_data()
                    {
                        tracing::warn!("{error}: {}", self.path.display());
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn write(&mut self, frame: &Frame) -> io::Result<()> {
        if frame.all {
            // Beside the old file, which stays good until the new one is.
            let fresh = self.path.with_extension("new");
            let mut file = BufWriter::new(File::create(&fresh)?);
            self.length = record::begin(&mut file)? + record::append(&mut file, &frame.changes)?;
            self.base = self.length;
            fs::rename(&fresh, &self.path)?;
            self.file = Some(file);
            return Ok(());
        }
        // Without a file a frame of everything was asked for, and will come.
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        self.length += record::append(file, &frame.changes)?;
        file.flush()?;
        if self.length > 2 * self.base && self.length - self.base > GROWTH {
            self.wants_all.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Files of work that a program left behind when it was killed, newest first; journals of running programs are not among them.
pub fn orphans(journals: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(journals) else {
        return Vec::new();
    };
    let mut folders: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|folder| is_abandoned(folder))
        .collect();
    folders.sort();
    folders.reverse();
    let (full, empty): (Vec<_>, Vec<_>) = folders
        .into_iter()
        .partition(|folder| folder.join(WORK).is_file());
    // Killed before anything was there to lose.
    for folder in &empty {
        remove(folder);
    }
    full.into_iter().map(|folder| folder.join(WORK)).collect()
}

/// Forgets work that was taken over or is not wanted; `work` is one of [`orphans`].
pub fn forget(work: &Path) {
    if let Some(folder) = work.parent() {
        remove(folder);
    }
}

fn is_abandoned(folder: &Path) -> bool {
    let Ok(lock) = File::open(folder.join(LOCK)) else {
        return false;
    };
    !matches!(lock.try_lock(), Err(TryLockError::WouldBlock))
}

fn remove(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder) {
        tracing::warn!("cannot be removed ({error}): {}", folder.display());
    }
}
