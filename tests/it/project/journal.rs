//! The journal: what was done comes back after a kill at any moment, but for the last stroke at most.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pentimento::document::{Brush, Document, EditName, Gallery, StrokeMode, StrokePoint};
use pentimento::project::{Journal, Recovered, forget, orphans, recover};
use pentimento::raster::file::Metadata;
use pentimento::raster::{Patch, Picture, Rect, Size};
use pentimento::recipe::Recipe;

/// Where a child of the kill test keeps its journal.
const CHILD: &str = "PENTIMENTO_TEST_JOURNAL";

/// How often the kill test kills.
const KILLS: u32 = 50;

const SIZE: Size = Size::new(400, 300);

/// Everything that is written down.
struct Desk {
    document: Document,
    gallery: Gallery,
    recipe: Recipe,
}

impl Desk {
    fn new() -> Self {
        let picture = Picture::from_fn(SIZE, |x, y| [x as u8, y as u8, (x ^ y) as u8, 255]);
        Self {
            document: Document::new(picture),
            gallery: Gallery::new(),
            recipe: Recipe::default(),
        }
    }

    /// The n-th thing done: mostly strokes, now and then a result, an undo, a turn, other words.
    fn step(&mut self, n: u32) {
        let document = &mut self.document;
        let spread =
            |k: u32, of: u32| (n.wrapping_mul(2_654_435_761).wrapping_add(k * 97) >> 7) % of;
        let point = |k: u32| StrokePoint {
            x: spread(k, 380) as f32,
            y: spread(k + 50, 280) as f32,
            pressure: 1.0,
        };
        match n % 11 {
            3 => {
                let left = spread(1, 200);
                let rect = Rect::new(left, 10, left + 60, 70);
                let tint = [n as u8, 80, 200, 255];
                let patch = Arc::new(Patch::new(rect, Picture::filled(rect.size(), tint)));
                self.gallery.push(
                    self.recipe.clone(),
                    Arc::clone(&patch),
                    document.revision(),
                    0.5,
                );
                if n.is_multiple_of(2) && Rect::of(document.size()).contains(rect) {
                    document.apply(EditName::Result, &patch);
                }
            }
            5 => {
                document.undo();
            }
            7 => document.edit_mask(EditName::Invert, |mask| mask.invert()),
            8 => {
                let oldest = self.gallery.iter().next().map(|candidate| candidate.id);
                if let Some(oldest) = oldest.filter(|_| self.gallery.len() > 2) {
                    self.gallery.remove(oldest);
                }
            }
            9 if n.is_multiple_of(3) => {
                let (picture, mask) = (document.picture().rotated(1), document.mask().rotated(1));
                document.replace(EditName::Rotate, picture, mask, None);
            }
            10 => self.recipe.prompt = format!("words {n}"),
            _ => {
                let brush = Brush {
                    radius: 4.0 + spread(3, 20) as f32,
                    hardness: 0.7,
                    opacity: 1.0,
                    size_by_pressure: false,
                    opacity_by_pressure: false,
                };
                document.begin_stroke(StrokeMode::Paint, brush, point(0));
                document.extend_stroke(point(1));
                document.extend_stroke(point(2));
                document.end_stroke();
            }
        }
    }

    fn record(&mut self, journal: &mut Journal) {
        let metadata = Metadata::default();
        journal.record(
            &mut self.document,
            &self.gallery,
            &self.recipe,
            &metadata,
            None,
        );
    }

    fn is(&self, recovered: &Recovered) -> bool {
        let work = &recovered.work;
        let patches = |n: usize| work.candidates.get(n).map(|pending| &pending.patch);
        work.picture == *self.document.picture()
            && work.mask == *self.document.mask()
            && work.recipe == self.recipe
            && work.candidates.len() == self.gallery.len()
            && self
                .gallery
                .iter()
                .enumerate()
                .all(|(n, kept)| patches(n) == Some(&kept.patch))
    }
}

/// Records until the thread has taken everything.
fn record_all(desk: &mut Desk, journal: &mut Journal, path: &Path) {
    let start = Instant::now();
    while !recover(path).is_ok_and(|recovered| desk.is(&recovered)) {
        desk.record(journal);
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "the journal never catches up"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn every_kind_of_change_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::start(folder.path()).unwrap();
    let path = journal.folder().join("work");
    let mut desk = Desk::new();
    for n in 0..40 {
        desk.step(n);
        record_all(&mut desk, &mut journal, &path);
    }
    assert!(
        orphans(folder.path()).is_empty(),
        "a running program's journal is its own"
    );
    drop(journal);
    assert_eq!(orphans(folder.path()), std::slice::from_ref(&path));
    forget(&path);
    assert!(orphans(folder.path()).is_empty());
}

#[test]
fn a_clean_end_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::start(folder.path()).unwrap();
    Desk::new().record(&mut journal);
    journal.finish();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_cut_or_spoilt_file_gives_the_work_before_the_damage() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::start(folder.path()).unwrap();
    let path = journal.folder().join("work");
    let mut desk = Desk::new();
    let mut lengths = Vec::new();
    for n in 0..6 {
        desk.step(n);
        record_all(&mut desk, &mut journal, &path);
        lengths.push(std::fs::metadata(&path).unwrap().len() as usize);
    }
    drop(journal);
    let bytes = std::fs::read(&path).unwrap();
    let whole = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        recover(&path)
    };
    for (&before, &after) in lengths.iter().zip(&lengths[1..]) {
        if before == after {
            continue;
        }
        let expected = whole(&bytes[..before]).unwrap();
        assert!(!expected.torn);
        for cut in [before + 1, (before + after) / 2, after - 1] {
            let torn = whole(&bytes[..cut]).unwrap();
            assert!(torn.torn && torn.work == expected.work, "cut at {cut}");
        }
        let mut spoilt = bytes.clone();
        spoilt[(before + after) / 2] ^= 1;
        let torn = whole(&spoilt).unwrap();
        assert!(
            torn.torn && torn.work == expected.work,
            "spoilt after {before}"
        );
    }
    assert!(whole(&bytes[..30]).is_err());
    assert!(whole(b"").is_err());
}

/// The child of the kill test; by itself it says what it would do and does it once.
#[test]
fn steps_are_told_after_they_are_done() {
    let Some(folder) = std::env::var_os(CHILD).map(PathBuf::from) else {
        let mut desk = Desk::new();
        let before = desk.document.revision();
        desk.step(0);
        assert_ne!(desk.document.revision(), before);
        return;
    };
    let mut journal = Journal::start(&folder).unwrap();
    let mut desk = Desk::new();
    for n in 0.. {
        desk.record(&mut journal);
        desk.step(n);
        println!("did {n}");
        desk.record(&mut journal);
        // As fast as a frame, which is faster than any hand.
        std::thread::sleep(Duration::from_millis(16));
    }
}

#[test]
fn fifty_kills_lose_at_most_the_last_step() {
    let mut recovered_at = Vec::new();
    for kill in 0..KILLS {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "project::journal::steps_are_told_after_they_are_done",
                "--exact",
                "--nocapture",
            ])
            .env(CHILD, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let did = |line: &str| line.rsplit("did ").next()?.trim().parse::<u32>().ok();
        // A moment spread over the first steps, and off their rhythm.
        let least = kill * 7 % 30;
        let mut last = None;
        for line in lines.by_ref().map_while(Result::ok) {
            last = did(&line).or(last);
            if last >= Some(least) {
                break;
            }
        }
        std::thread::sleep(Duration::from_micros(u64::from(kill * 7919 % 17_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        // What it still said before it died.
        for line in lines.map_while(Result::ok) {
            last = did(&line).or(last);
        }
        let last = last.expect("it said what it did");
        let found = orphans(folder.path());
        assert_eq!(found.len(), 1, "kill {kill}");
        let recovered = recover(&found[0]).unwrap();
        let mut desk = Desk::new();
        let mut matching = None;
        for n in 0..=last + 1 {
            desk.step(n);
            if desk.is(&recovered) {
                matching = Some(n);
            }
        }
        let matching = matching
            .unwrap_or_else(|| panic!("kill {kill}: a state that never was (after step {last})"));
        assert!(
            matching + 1 >= last,
            "kill {kill}: back at step {matching} of {last}"
        );
        recovered_at.push(matching);
    }
    recovered_at.sort_unstable();
    recovered_at.dedup();
    assert!(
        recovered_at.len() > 10,
        "the moments differ: {recovered_at:?}"
    );
}
