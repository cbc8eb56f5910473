//! The journal: everything that changes, on disk within a moment, without the window ever waiting for the disk.
//!
//! A running program owns a folder of its own, locked while it lives; a folder that nobody holds is work that was not saved.
//! The window calls [`Journal::record`] once a frame; a thread writes. While it is busy changes add up, and go out together when it is done.
//!
//! What a kill can take is therefore what changed while the change before was still being written: of a stroke or a result that is a few milliseconds, of a picture of 8192 x 8192 pixels that was just opened a second or two.
//! What was written stays whatever happens to the program. The disk is asked to have it a second after it changed; a power cut may take what it does not have by then.
//!
//! Does not know what the window does with recovered work.

mod writer;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use crossbeam_channel::{Sender, bounded};

use super::record::{Change, Facts, Pixels, Record};
use super::{ControlPictures, Desk, orphan};
use crate::document::{Before, Candidate, Dirty, Document};
use crate::raster::{Rect, Size};
use writer::{Shared, Transaction, Writer};

/// The file of changes in a journal's folder.
pub(super) const WORK: &str = "work";

/// Held for as long as the program lives.
pub(super) const LOCK: &str = "lock";

/// A file that has grown by this many bytes, and doubled, is begun anew.
const GROWTH: u64 = 256 << 20;

/// How long after a change the disk is asked to really have it.
const SYNC_AFTER: Duration = Duration::from_secs(1);

/// Writes down what changes.
pub struct Journal {
    frames: Option<Sender<Transaction>>,
    thread: Option<JoinHandle<()>>,
    folder: PathBuf,
    shared: Arc<Shared>,
    /// The number of the last frame that was handed over, from 1.
    sent: u64,
    seen: Seen,
    _lock: File,
}

/// What was written down last.
#[derive(Default)]
struct Seen {
    facts: Option<Facts>,
    /// Which picture's metadata.
    opened: Option<u64>,
    /// Results that are written down, and whether with a star.
    candidates: Vec<(u64, bool)>,
    control_pictures: ControlPictures,
    before: bool,
    sketch: bool,
}

impl Journal {
    /// Starts a journal in a folder of its own under `journals`.
    ///
    /// `wake` is called on the journal's thread when [`record`](Self::record) should be called again.
    ///
    /// # Errors
    /// When the folder cannot be made or locked, or there is no thread.
    pub fn start(journals: &Path, wake: impl Fn() + Send + Sync + 'static) -> io::Result<Self> {
        Self::with_growth(journals, GROWTH, wake)
    }

    /// As [`start`](Self::start), with the number of bytes by which its file may grow before it is begun anew.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn with_growth(
        journals: &Path,
        growth: u64,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let (folder, lock) = own_folder(journals)?;
        // One frame may wait: the next is made when that one is written.
        let (frames, inbox) = bounded(1);
        let shared = Arc::new(Shared::new());
        let writer = Writer::new(&folder, growth, Arc::clone(&shared), Arc::new(wake));
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.serve(&inbox))?;
        Ok(Self {
            frames: Some(frames),
            thread: Some(thread),
            folder,
            shared,
            sent: 0,
            seen: Seen::default(),
            _lock: lock,
        })
    }

    /// The folder that this journal keeps; not an orphan while it lives.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Hands on what has changed since the last call, and says whether that is now all on its way; never waits.
    ///
    /// Not while a stroke is in the making, nor while the frame before is still being written. That an earlier frame is whole in the file is thus known when a later one has been taken.
    pub fn record(&mut self, document: &mut Document, desk: &Desk<'_>) -> bool {
        let Some(frames) = &self.frames else {
            return false;
        };
        if document.wet().is_some() {
            return false;
        }
        // Asked for before looking, so that the thread cannot end between the two unheard.
        self.shared.missed.store(true, SeqCst);
        if self.shared.busy.load(SeqCst) {
            return false;
        }
        self.shared.missed.store(false, SeqCst);
        let all = self.shared.wants_all.swap(false, SeqCst);
        if all {
            self.seen = Seen::default();
        }
        let changes = self.seen.changes(document, desk, all);
        if changes.is_empty() {
            return true;
        }
        self.sent += 1;
        self.shared.busy.store(true, SeqCst);
        let frame = Transaction {
            number: self.sent,
            changes,
            all,
        };
        if frames.try_send(frame).is_err() {
            self.frames = None;
            self.shared.report("its thread has ended".to_owned());
            return false;
        }
        true
    }

    /// The number of the last frame that was handed over.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// The number of the last frame that the disk has for certain.
    pub fn synced(&self) -> u64 {
        self.shared.synced.load(SeqCst)
    }

    /// Why nothing can be written down, told once each time that it begins.
    pub fn trouble(&self) -> Option<String> {
        self.shared.take_report()
    }

    /// Ends the journal and takes its folder away: everything is saved, or not wanted.
    pub fn finish(mut self) {
        self.stop();
        // Still locked: nobody takes it for abandoned.
        orphan::remove(&self.folder);
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
        if self.sent == 0 {
            orphan::remove(&self.folder);
        }
    }
}

/// A new folder, and its lock.
fn own_folder(journals: &Path) -> io::Result<(PathBuf, File)> {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let name = format!("{}-{}", since.as_millis(), std::process::id());
    let mut attempt = 0;
    loop {
        attempt += 1;
        let folder = journals.join(format!("{name}-{attempt}"));
        fs::create_dir_all(&folder)?;
        let path = folder.join(LOCK);
        // Another program that looks for orphans may hold it for a moment, and clear away what it takes for one.
        let lock = keep_private(&folder)
            .and_then(|()| File::create(&path))
            .and_then(|lock| lock.lock().map(|()| lock));
        match lock {
            Ok(lock) if path.exists() => return Ok((folder, lock)),
            Ok(_) if attempt < 5 => {}
            Ok(_) => return Err(io::Error::other("its folder is taken away at once")),
            Err(error) if error.kind() == io::ErrorKind::NotFound && attempt < 5 => {}
            Err(error) => return Err(error),
        }
    }
}

/// Unsaved work is nobody else's business.
#[cfg(unix)]
fn keep_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

/// The user's own folder is private as it is.
#[cfg(not(unix))]
fn keep_private(_: &Path) -> io::Result<()> {
    Ok(())
}

impl Seen {
    fn changes(&mut self, document: &mut Document, desk: &Desk<'_>, all: bool) -> Vec<Change> {
        let mut changes = Vec::new();
        self.content(document, all, &mut changes);
        if !self.facts.as_ref().is_some_and(|facts| facts.are(desk)) {
            let facts = Facts::of(desk);
            changes.push((Record::Facts(Box::new(facts.clone())), Pixels::None));
            self.facts = Some(facts);
        }
        if self.opened != Some(desk.opened) {
            let metadata = desk.metadata.clone();
            let alpha = metadata.alpha;
            changes.push((Record::Metadata { alpha }, Pixels::Metadata(metadata)));
            self.opened = Some(desk.opened);
        }
        self.candidates(desk, &mut changes);
        self.control_pictures(desk, &mut changes);
        changes
    }

    fn control_pictures(&mut self, desk: &Desk<'_>, changes: &mut Vec<Change>) {
        let seen = std::mem::replace(&mut self.control_pictures, desk.control_pictures.clone());
        let gone = seen
            .keys()
            .filter(|name| !desk.control_pictures.contains_key(*name));
        let gone = gone.map(|name| Record::NoControlPicture(name.clone()));
        changes.extend(gone.map(|record| (record, Pixels::None)));
        for (name, picture) in &desk.control_pictures {
            if seen
                .get(name)
                .is_none_or(|seen| !Arc::ptr_eq(seen, picture))
            {
                let rect = Rect::of(picture.size());
                let record = Record::ControlPicture(name.clone(), rect);
                changes.push((record, Pixels::Picture(Arc::clone(picture), rect)));
            }
        }
    }

    /// Pixels where they have changed.
    fn content(&mut self, document: &mut Document, all: bool, changes: &mut Vec<Change>) {
        let dirty = match document.take_unrecorded() {
            dirty if !all => dirty,
            _ => Dirty::all(document.size()),
        };
        if dirty.resized {
            changes.push((Record::Size(document.size()), Pixels::None));
        }
        if !dirty.picture.is_empty() {
            // Shared, since a large picture is only ever edited in a copy.
            let picture = Arc::clone(document.picture());
            let rect = dirty.picture;
            changes.push((Record::Picture(rect), Pixels::Picture(picture, rect)));
        }
        // A mask of another size starts empty.
        let mask = match document.mask_bounds() {
            bounds if dirty.resized => bounds.unwrap_or(Rect::EMPTY),
            _ => dirty.mask,
        };
        if !mask.is_empty() {
            let now = document.mask();
            let (of, part) = share(now, now.size(), mask, |rect| now.crop(rect));
            changes.push((Record::Mask(mask), Pixels::Mask(of, part)));
        }
        self.sketch(document, dirty, changes);
        if !dirty.picture.is_empty() && (self.before || document.has_before()) {
            let before = document.before_shared();
            self.before = before.is_some();
            let rect = before.as_ref().map(Before::rect);
            let pixels = before.map_or(Pixels::None, Pixels::Before);
            changes.push((Record::Before(rect), pixels));
        }
    }

    /// As the mask: one over another size, or over none, starts empty.
    fn sketch(&mut self, document: &Document, dirty: Dirty, changes: &mut Vec<Change>) {
        let had = std::mem::replace(&mut self.sketch, document.sketch().is_some());
        let Some(sketch) = document.sketch() else {
            if had && !dirty.resized {
                changes.push((Record::NoSketch, Pixels::None));
            }
            return;
        };
        let rect = match document.sketch_bounds() {
            bounds if dirty.resized || !had => bounds.unwrap_or(Rect::EMPTY),
            _ => dirty.sketch,
        };
        if !rect.is_empty() {
            let (of, part) = share(sketch, sketch.size(), rect, |rect| sketch.crop(rect));
            changes.push((Record::Sketch(rect), Pixels::Picture(of, part)));
        }
    }

    fn candidates(&mut self, desk: &Desk<'_>, changes: &mut Vec<Change>) {
        let marked = |one: &&Candidate| (one.id.0, one.result.starred);
        let now: Vec<_> = desk.candidates.iter().map(marked).collect();
        let gone = |(id, _): &&(u64, bool)| !now.iter().any(|(other, _)| other == id);
        let gone = self.candidates.iter().filter(gone);
        changes.extend(gone.map(|(id, _)| (Record::Dropped(*id), Pixels::None)));
        for Candidate { id, result, .. } in &desk.candidates {
            if !self.candidates.contains(&(id.0, result.starred)) {
                let (rect, patch) = (result.patch.rect(), Arc::clone(&result.patch));
                let record = Record::Result(id.0, rect, Box::new(result.clone()));
                changes.push((record, Pixels::Patch(patch)));
            }
        }
        self.candidates = now;
    }
}

/// A part of something: a small one is copied, a large one shared. What is shared is copied by the next edit if it is still held then, what is copied always is.
fn share<T>(of: &Arc<T>, size: Size, part: Rect, cut: impl FnOnce(Rect) -> T) -> (Arc<T>, Rect) {
    match part.size().area() > size.area() / 2 {
        true => (Arc::clone(of), part),
        false => (Arc::new(cut(part)), Rect::of(part.size())),
    }
}
