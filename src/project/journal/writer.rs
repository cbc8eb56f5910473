//! The journal's thread: frames into the file, one after the other.
//!
//! Does not know what the changes are of.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};

use super::{SYNC_AFTER, WORK};
use crate::project::orphan::About;
use crate::project::record::{self, Change};

/// How long a disk that took nothing is left alone.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// Has [`Journal::record`](super::Journal::record) called again.
pub(super) type Wake = Arc<dyn Fn() + Send + Sync>;

/// Changes that belong together.
pub(super) struct Transaction {
    pub number: u64,
    pub changes: Vec<Change>,
    /// Whether they are all there is, and a new file begins with them.
    pub all: bool,
}

/// What window and thread tell each other.
pub(super) struct Shared {
    /// Whether a frame is on its way.
    pub busy: AtomicBool,
    /// Whether something could not be handed over meanwhile.
    pub missed: AtomicBool,
    /// Whether the next frame has to hold everything: the file has grown, or could not be written.
    pub wants_all: AtomicBool,
    /// The number of the last frame that the disk has.
    pub synced: AtomicU64,
    report: Mutex<Option<String>>,
}

impl Shared {
    pub fn new() -> Self {
        Self {
            busy: AtomicBool::new(false),
            missed: AtomicBool::new(false),
            wants_all: AtomicBool::new(true),
            synced: AtomicU64::new(0),
            report: Mutex::new(None),
        }
    }

    /// Says why nothing can be written down.
    pub fn report(&self, reason: String) {
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        *report = Some(reason);
    }

    pub fn take_report(&self) -> Option<String> {
        // Asked once a frame; who writes it is never longer than a moment.
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        report.take()
    }
}

/// The thread's side.
pub(super) struct Writer {
    folder: PathBuf,
    growth: u64,
    shared: Arc<Shared>,
    wake: Wake,
    file: Option<BufWriter<File>>,
    /// Bytes of the file's first frame, and of all.
    base: u64,
    length: u64,
    /// What is said of the work beside it, and what the folder has of that.
    about: About,
    about_kept: Option<About>,
    /// Whether the last attempt failed.
    failing: bool,
}

impl Writer {
    pub fn new(folder: &Path, growth: u64, shared: Arc<Shared>, wake: Wake) -> Self {
        Self {
            folder: folder.to_owned(),
            growth,
            shared,
            wake,
            file: None,
            base: 0,
            length: 0,
            about: About::default(),
            about_kept: None,
            failing: false,
        }
    }

    pub fn serve(mut self, inbox: &Receiver<Transaction>) {
        let syncing = match start_syncing(&self.shared, &self.wake) {
            Ok(syncing) => syncing,
            Err(error) => return self.failed(&error),
        };
        // The frame that the disk may not have yet, and since when.
        let mut unsynced: Option<(u64, Instant)> = None;
        loop {
            let wait = unsynced.map_or(Duration::from_secs(3600), |(_, since)| {
                SYNC_AFTER.saturating_sub(since.elapsed())
            });
            match inbox.recv_timeout(wait) {
                Ok(frame) => {
                    match self.write(&frame) {
                        Ok(()) => {
                            self.failing = false;
                            let since = unsynced.map_or_else(Instant::now, |(_, since)| since);
                            unsynced = Some((frame.number, since));
                        }
                        Err(error) => {
                            unsynced = None;
                            self.failed(&error);
                            // Meanwhile the window hands over nothing: only its end is heard.
                            let heard = inbox.recv_timeout(RETRY_AFTER);
                            if matches!(heard, Err(RecvTimeoutError::Disconnected)) {
                                return;
                            }
                        }
                    }
                    self.shared.busy.store(false, SeqCst);
                    if self.shared.missed.swap(false, SeqCst) {
                        (self.wake)();
                    }
                }
                Err(RecvTimeoutError::Timeout) => unsynced = self.sync(&syncing, unsynced),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Has the disk asked for what it may not have; what could not be asked for yet comes back.
    fn sync(
        &mut self,
        syncing: &Sender<(File, u64)>,
        unsynced: Option<(u64, Instant)>,
    ) -> Option<(u64, Instant)> {
        let ((number, _), file) = unsynced.zip(self.file.as_ref())?;
        match file.get_ref().try_clone() {
            Ok(file) => match syncing.try_send((file, number)) {
                // The disk is still at the last one.
                Err(TrySendError::Full(_)) => Some((number, Instant::now())),
                Ok(()) | Err(TrySendError::Disconnected(_)) => None,
            },
            Err(error) => {
                self.failed(&error);
                None
            }
        }
    }

    /// What was being written is not there: begin anew with everything.
    fn failed(&mut self, error: &io::Error) {
        tracing::warn!(
            "unsaved work cannot be written down ({error}): {}",
            self.folder.display()
        );
        self.file = None;
        self.about_kept = None;
        self.shared.wants_all.store(true, SeqCst);
        if !self.failing {
            self.failing = true;
            self.shared.report(error.to_string());
            (self.wake)();
        }
    }

    fn write(&mut self, frame: &Transaction) -> io::Result<()> {
        for (record, _) in &frame.changes {
            self.about.note(record);
        }
        // That something would be missed is said before it is there, that nothing would be afterwards: work is rather offered once too often.
        let first = self.about.unsaved || self.about_kept.is_none();
        if first {
            self.keep_about()?;
        }
        self.append(frame)?;
        self.keep_about()
    }

    fn append(&mut self, frame: &Transaction) -> io::Result<()> {
        if frame.all {
            // Beside the old file, which stays good until the new one is.
            let path = self.folder.join(WORK);
            let fresh = path.with_extension("new");
            let mut file = BufWriter::new(File::create(&fresh)?);
            self.length = record::begin(&mut file)? + record::append(&mut file, &frame.changes)?;
            self.base = self.length;
            // Closed before another takes its name.
            self.file = None;
            fs::rename(&fresh, &path)?;
            self.file = Some(file);
            return Ok(());
        }
        // Without a file a frame of everything was asked for, and will come.
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        self.length += record::append(file, &frame.changes)?;
        file.flush()?;
        if self.length > 2 * self.base && self.length - self.base > self.growth {
            self.shared.wants_all.store(true, SeqCst);
        }
        Ok(())
    }

    fn keep_about(&mut self) -> io::Result<()> {
        if self.about_kept.as_ref() != Some(&self.about) {
            self.about.write(&self.folder)?;
            self.about_kept = Some(self.about.clone());
        }
        Ok(())
    }
}

/// Starts the thread that waits for the disk: a slow one must not keep frames from being written.
///
/// It ends by itself when nobody can ask any more.
fn start_syncing(shared: &Arc<Shared>, wake: &Wake) -> io::Result<Sender<(File, u64)>> {
    let (syncing, inbox) = bounded::<(File, u64)>(0);
    let (shared, wake) = (Arc::clone(shared), Arc::clone(wake));
    std::thread::Builder::new()
        .name("journal-sync".to_owned())
        .spawn(move || {
            while let Ok((file, number)) = inbox.recv() {
                match file.sync_data() {
                    Ok(()) => shared.synced.store(number, SeqCst),
                    Err(error) => {
                        shared.wants_all.store(true, SeqCst);
                        shared.report(error.to_string());
                    }
                }
                wake();
            }
        })?;
    Ok(syncing)
}
