//! The journal: every kind of change comes back, and a damaged file gives what was before the damage.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use pentimento::document::{
    Base, Brush, Document, EditName, Gallery, RepaintResult, StrokeMode, StrokePoint,
};
use pentimento::project::{ControlPictures, Desk, Journal, ProjectError, Work, recover};
use pentimento::raster::file::Metadata;
use pentimento::raster::{Axis, Patch, Picture, Rect, Size};
use pentimento::recipe::Recipe;
use pentimento::recipe::parsed::Others;

const SIZE: Size = Size {
    width: 400,
    height: 300,
};

const TITLE: &str = "hand.png";

/// Everything that is written down.
pub struct Table {
    pub document: Document,
    gallery: Gallery,
    recipe: Recipe,
    others: Option<Others>,
    control_pictures: ControlPictures,
    metadata: Metadata,
    opened: u64,
}

impl Table {
    pub fn new() -> Self {
        let picture = Picture::from_fn(SIZE, |x, y| [x as u8, y as u8, (x ^ y) as u8, 255]);
        Self {
            document: Document::new(picture),
            gallery: Gallery::new(),
            recipe: Recipe::default(),
            others: None,
            control_pictures: ControlPictures::new(),
            metadata: Metadata::default(),
            opened: 0,
        }
    }

    /// The n-th thing done: mostly strokes, now and then a result, an undo, a turn, other words.
    pub fn step(&mut self, n: u32) {
        let document = &mut self.document;
        let spread =
            |k: u32, of: u32| (n.wrapping_mul(2_654_435_761).wrapping_add(k * 97) >> 7) % of;
        let point = |k: u32| StrokePoint {
            x: spread(k, 380) as f32,
            y: spread(k + 50, 280) as f32,
            pressure: 1.0,
        };
        match n % 13 {
            3 => {
                let left = spread(1, 200);
                let rect = Rect::new(left, 10, left + 60, 70);
                let tint = [n as u8, 80, 200, 255];
                let patch = Arc::new(Patch::new(rect, Picture::filled(rect.size(), tint)));
                let result = RepaintResult {
                    recipe: self.recipe.clone(),
                    base: SIZE,
                    model: format!("model {n}"),
                    device: "CPU".to_owned(),
                    steps: 12,
                    seconds: 0.5,
                    infotext: "how it was made".to_owned(),
                    series: n.into(),
                    starred: false,
                    patch: Arc::clone(&patch),
                };
                self.gallery.push(result, Base::default());
                if n.is_multiple_of(2) && Rect::of(document.size()).contains(rect) {
                    document.apply(EditName::Result, &patch);
                }
            }
            5 => {
                document.undo();
            }
            7 => document.edit_mask(EditName::Invert, |mask| mask.invert()),
            11 if !n.is_multiple_of(2) => {
                let newest = self.gallery.iter().last().map(|candidate| candidate.id);
                newest.into_iter().for_each(|id| self.gallery.star(id));
            }
            8 => {
                let oldest = self.gallery.iter().next().map(|candidate| candidate.id);
                if let Some(oldest) = oldest.filter(|_| self.gallery.len() > 2) {
                    self.gallery.remove(oldest);
                }
            }
            9 => match spread(2, 4) {
                0 => document.rotate(1),
                1 => document.flip(Axis::Horizontal),
                2 => document.scale(Size::new(300 + spread(5, 100), 260)),
                _ => document.crop(Rect::new(3, 5, 290, 250)),
            },
            1 | 6 => {
                let mode = match n.is_multiple_of(4) {
                    true => StrokeMode::Erase,
                    false => StrokeMode::Paint,
                };
                let colour = [n as u8, 200, 30];
                document.begin_sketch(colour, mode, brush(4.0 + spread(3, 20) as f32), point(0));
                document.extend_stroke(point(1));
                document.end_stroke();
            }
            12 => match spread(4, 3) {
                0 => document.clear_sketch(),
                1 => document.merge_sketch(),
                _ => document.mask_sketch(),
            },
            10 => {
                let (controls, pictures) = super::led();
                let show = !n.is_multiple_of(3);
                self.recipe.controls = if show { controls } else { Vec::new() };
                self.control_pictures = if show {
                    pictures
                } else {
                    ControlPictures::new()
                };
                self.recipe.prompt = format!("words {n}");
                self.others = n.is_multiple_of(4).then(|| Others {
                    name: format!("picture {n}"),
                    recipe: self.recipe.clone(),
                    pairs: vec![("Clip skip".to_owned(), n.to_string())],
                });
            }
            11 if n.is_multiple_of(2) => {
                // Another picture is opened.
                *self = Self::new();
                self.opened = u64::from(n);
                self.metadata.text = vec![("Title".to_owned(), format!("picture {n}"))];
            }
            _ => {
                let brush = brush(4.0 + spread(3, 20) as f32);
                document.begin_stroke(StrokeMode::Paint, brush, point(0));
                document.extend_stroke(point(1));
                document.extend_stroke(point(2));
                document.end_stroke();
            }
        }
    }

    fn desk(&self) -> Desk<'_> {
        Desk {
            title: TITLE,
            source: Some(Path::new("/somewhere/hand.png")),
            metadata: &self.metadata,
            opened: self.opened,
            recipe: &self.recipe,
            others: self.others.as_ref(),
            control_pictures: self.control_pictures.clone(),
            made: (self.gallery.len() > 1).then_some("a hand\nSeed: 5"),
            candidates: self.gallery.iter().collect(),
            unsaved: true,
        }
    }

    pub fn work(&self) -> Work {
        Work::of(&self.document, &self.desk())
    }

    /// Hands on what has changed, as the window does in each frame.
    pub fn record(&mut self, journal: &mut Journal) -> bool {
        self.try_record(journal, TITLE, true)
    }

    fn try_record(&mut self, journal: &mut Journal, title: &str, unsaved: bool) -> bool {
        let mut document = std::mem::replace(&mut self.document, Document::new(dot()));
        let desk = Desk {
            title,
            unsaved,
            ..self.desk()
        };
        let taken = journal.record(&mut document, &desk);
        self.document = document;
        taken
    }

    /// Records until the file has it.
    pub fn record_all(&mut self, journal: &mut Journal) {
        self.record_as(journal, TITLE, true);
    }

    pub fn record_as(&mut self, journal: &mut Journal, title: &str, unsaved: bool) {
        let start = Instant::now();
        // The second time something is taken the first is written.
        for _ in 0..2 {
            while !self.try_record(journal, title, unsaved) {
                assert!(start.elapsed() < Duration::from_secs(30), "never taken");
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

fn brush(radius: f32) -> Brush {
    Brush {
        radius,
        hardness: 0.7,
        opacity: 1.0,
        size_by_pressure: false,
        opacity_by_pressure: false,
    }
}

fn dot() -> Picture {
    Picture::filled(Size::new(1, 1), [0; 4])
}

fn start(folder: &Path, growth: u64) -> Journal {
    Journal::with_growth(folder, growth, || {}).unwrap()
}

#[test]
fn every_kind_of_change_comes_back() {
    for growth in [20_000, u64::MAX] {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = start(folder.path(), growth);
        let path = journal.folder().join("work");
        let mut table = Table::new();
        let mut lengths = Vec::new();
        for n in 0..60 {
            table.step(n);
            table.record_all(&mut journal);
            let back = recover(&path).unwrap();
            assert!(!back.torn, "after step {n}");
            assert_eq!(back.work, table.work(), "after step {n}");
            assert_eq!(back.title, TITLE);
            lengths.push(std::fs::metadata(&path).unwrap().len());
        }
        let begun_anew = lengths.is_sorted();
        assert_eq!(begun_anew, growth == u64::MAX, "{lengths:?}");
    }
}

/// As programs wrote it that did not keep the values that came with a recipe.
#[test]
fn an_older_journal_opens() {
    let facts = r#"{"title": "old.png", "source": null, "unsaved": true, "recipe": {"prompt": "a hand"}, "made": null}"#;
    let mut payload = [&b"S"[..], &3u32.to_le_bytes(), &2u32.to_le_bytes(), b"F"].concat();
    payload.extend((facts.len() as u64).to_le_bytes());
    payload.extend(facts.as_bytes());
    let length = (payload.len() as u64).to_le_bytes();
    let sum = crc32fast::hash(&payload).to_le_bytes();
    let file = [&b"pentimento journal 1\n"[..], &length, &payload, &sum].concat();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("work");
    std::fs::write(&path, file).unwrap();
    let back = recover(&path).unwrap();
    assert!(!back.torn);
    assert_eq!(back.work.recipe.prompt, "a hand");
    assert_eq!(back.work.others, None);
}

#[test]
fn nothing_is_written_while_nothing_changes_or_a_stroke_is_in_the_making() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = start(folder.path(), u64::MAX);
    let mut table = Table::new();
    table.record_all(&mut journal);
    let sent = journal.sent();
    assert_eq!(sent, 1);
    for _ in 0..50 {
        assert!(table.record(&mut journal));
    }
    assert_eq!(journal.sent(), sent);
    let point = |x: f32| StrokePoint {
        x,
        y: 50.0,
        pressure: 1.0,
    };
    let document = &mut table.document;
    document.edit_mask(EditName::Invert, |mask| mask.invert());
    document.begin_stroke(StrokeMode::Erase, brush(9.0), point(20.0));
    assert!(!table.record(&mut journal));
    assert_eq!(journal.sent(), sent);
    table.document.end_stroke();
    table.record_all(&mut journal);
    assert_eq!(journal.sent(), sent + 1);
    let back = recover(&journal.folder().join("work")).unwrap();
    assert_eq!(back.work, table.work());
}

#[test]
fn what_came_while_the_disk_was_busy_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let woken = Arc::new(AtomicU32::new(0));
    let wakes = Arc::clone(&woken);
    let wake = move || {
        wakes.fetch_add(1, Ordering::SeqCst);
    };
    let mut journal = Journal::start(folder.path(), wake).unwrap();
    // Takes a while to deflate.
    let picture = Picture::from_fn(Size::new(1500, 1500), |x, y| {
        let noise = x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503);
        noise.to_le_bytes()
    });
    let mut table = Table::new();
    table.document = Document::new(picture);
    assert!(table.record(&mut journal));
    table.step(0);
    if !table.record(&mut journal) {
        let end = Instant::now() + Duration::from_secs(30);
        while woken.load(Ordering::SeqCst) == 0 {
            assert!(Instant::now() < end, "nobody called");
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(table.record(&mut journal));
    }
    // And once the disk has it.
    let end = Instant::now() + Duration::from_secs(60);
    while journal.synced() < journal.sent() {
        assert!(Instant::now() < end, "never on the disk");
        std::thread::sleep(Duration::from_millis(5));
    }
    let back = recover(&journal.folder().join("work")).unwrap();
    assert_eq!(back.work, table.work());
}

#[test]
fn a_cut_or_spoilt_file_gives_the_work_before_the_damage() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = start(folder.path(), u64::MAX);
    let path = journal.folder().join("work");
    let mut table = Table::new();
    let mut ends = Vec::new();
    for n in 0..6 {
        table.step(n);
        table.record_all(&mut journal);
        ends.push(std::fs::metadata(&path).unwrap().len() as usize);
    }
    drop(journal);
    let bytes = std::fs::read(&path).unwrap();
    let of = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        recover(&path)
    };
    let mut tried = 0;
    for (&before, &after) in ends.iter().zip(&ends[1..]) {
        if before == after {
            continue;
        }
        tried += 1;
        let expected = of(&bytes[..before]).unwrap();
        assert!(!expected.torn);
        for cut in [before + 1, before + 9, (before + after) / 2, after - 1] {
            let torn = of(&bytes[..cut]).unwrap();
            assert!(torn.torn && torn.work == expected.work, "cut at {cut}");
        }
        // The length's lowest and highest byte, the payload, the checksum.
        for at in [before, before + 7, (before + after) / 2, after - 1] {
            let mut spoilt = bytes.clone();
            spoilt[at] ^= 0x40;
            let torn = of(&spoilt).unwrap();
            assert!(torn.torn && torn.work == expected.work, "spoilt at {at}");
        }
    }
    assert!(tried > 3);
    for (bytes, expected) in [
        (&bytes[..30], "nothing of this work can be read"),
        (b"", "nothing of this work can be read"),
        (
            b"pentimento journal 3\nwhatever",
            "a newer Pentimento (format 3)",
        ),
    ] {
        let error = of(bytes).unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains('\n'), "{error}");
    }
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(recover(&path), Err(ProjectError::File(_))));
}

#[test]
fn a_folder_that_takes_nothing_is_said_once_and_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("taken");
    std::fs::write(&file, "a file").unwrap();
    assert!(Journal::start(&file, || {}).is_err());
    let mut journal = start(folder.path(), u64::MAX);
    let mut table = Table::new();
    table.record_all(&mut journal);
    assert_eq!(journal.trouble(), None);
    // Nothing can take the place of a folder.
    let about = journal.folder().join("about.json");
    std::fs::remove_file(&about).unwrap();
    std::fs::create_dir(&about).unwrap();
    table.recipe.prompt = "other words".to_owned();
    // What is said of the work has to change for that file to be written.
    assert!(table.try_record(&mut journal, "other.png", true));
    let end = Instant::now() + Duration::from_secs(30);
    let trouble = loop {
        if let Some(trouble) = journal.trouble() {
            break trouble;
        }
        assert!(Instant::now() < end, "nothing was said");
        std::thread::sleep(Duration::from_millis(1));
    };
    assert!(!trouble.is_empty() && !trouble.contains('\n'), "{trouble}");
    assert_eq!(journal.trouble(), None);
    // What was there before is still good, and its end is not waited for.
    let since = Instant::now();
    let path = journal.folder().join("work");
    drop(journal);
    assert!(since.elapsed() < Duration::from_secs(5));
    assert!(recover(&path).is_ok());
}
