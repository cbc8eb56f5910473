//! Results in files of their own, saved as they come.

use std::path::Path;
use std::time::{Duration, Instant};

use pentimento::document::Document;
use pentimento::raster::{Picture, file};
use pentimento::ui::Shell;

use super::{PLACE, SIZE, Window, bare_with};

/// A pattern, and the files of two results of seeds 5 and 6 for the picture `hand.png`.
const NAMES: &[(&str, [&str; 2])] = &[
    ("{name}-{seed}", ["hand-5.png", "hand-6.png"]),
    ("{number} of {name}", ["1 of hand.png", "2 of hand.png"]),
    ("all", ["all.png", "all-2.png"]),
    ("", ["hand-result.png", "hand-result-2.png"]),
    (" .. ", ["hand-result.png", "hand-result-2.png"]),
    ("../{seed}/x", ["-5-x.png", "-6-x.png"]),
    ("{unknown}", ["{unknown}.png", "{unknown}-2.png"]),
];

/// A window that is ready to repaint, and saves every result into a folder.
fn saving(folder: &str, pattern: &str) -> Window {
    let mut shell = Shell::default();
    let settings = &mut shell.settings;
    settings.autosave_results = true;
    settings.results_folder = folder.to_owned();
    settings.results_name = pattern.to_owned();
    let document = Document::new(Picture::filled(SIZE, [128, 128, 128, 255]));
    shell.call("hand.png".to_owned(), &document);
    let mut window = bare_with(shell);
    window.load();
    window.mask();
    window
}

/// Repaints twice, and lets both results come.
fn repaint(window: &mut Window) {
    window.harness.state_mut().studio_mut().variations = 2;
    window.press_repaint();
    for gray in [40, 50] {
        let (id, ..) = window.job();
        window.finish(id, gray);
    }
}

fn until(window: &mut Window, what: &str, so: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !so() {
        assert!(Instant::now() < patience, "{what}");
        std::thread::sleep(Duration::from_millis(20));
        window.steps();
    }
}

#[test]
fn every_result_is_saved_by_the_pattern_and_replaces_none() {
    for (pattern, names) in NAMES {
        let dir = tempfile::tempdir().unwrap();
        let mut window = saving(dir.path().to_str().unwrap(), pattern);
        repaint(&mut window);
        for (name, gray) in names.iter().zip([40, 50]) {
            let path = dir.path().join(name);
            let read = || file::read(&path).ok().map(|file| file.picture);
            until(&mut window, &format!("{pattern}: {name}"), || {
                read().is_some()
            });
            let picture = read().unwrap();
            assert_eq!(picture.size(), SIZE, "{pattern}");
            let seen = [picture.pixel(PLACE.left, PLACE.top), picture.pixel(60, 40)];
            assert_eq!(seen.map(|pixel| pixel[0]), [gray, 128], "{pattern}: {name}");
        }
        let files = std::fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(files, 2, "{pattern}");
        assert_eq!(window.picture(), 128, "the picture stays");
    }
}

#[test]
fn without_a_folder_it_is_said_and_without_the_setting_nothing_is_written() {
    let mut window = saving("", "{seed}");
    repaint(&mut window);
    assert!(window.told("give results a folder"));
    let dir = tempfile::tempdir().unwrap();
    let mut window = saving(dir.path().to_str().unwrap(), "{seed}");
    let settings = window.harness.state_mut().settings_mut();
    settings.autosave_results = false;
    repaint(&mut window);
    window.steps();
    assert_eq!(window.results(), 2);
    let written = |folder: &Path| std::fs::read_dir(folder).unwrap().count();
    assert_eq!(written(dir.path()), 0);
}
