//! Projects and recovered work: saved whole, opened whole, and offered after a program was killed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use pentimento::document::{EditName, RepaintResult};
use pentimento::project::{Work, read, recover, write};
use pentimento::raster::file::Metadata;
use pentimento::raster::{Mask, Patch, Picture, Rect, Size};
use pentimento::recipe::Recipe;
use pentimento::recipe::parsed::Others;
use pentimento::ui::{App, Picker, Places};
use tempfile::TempDir;

use super::{SIZE, click, drop_files, plain, press, said, type_text, until, window};

const OTHER: Size = Size {
    width: 50,
    height: 36,
};

/// Work with something of everything.
fn work() -> Work {
    let picture = Picture::from_fn(OTHER, |x, y| [(x * 5) as u8, (y * 7) as u8, 99, 255]);
    let patch = |left: u32, tint| {
        let rect = Rect::new(left, 4, left + 16, 20);
        Patch::new(rect, Picture::filled(rect.size(), [tint, 9, 200, 255]))
    };
    let recipe = |prompt: &str| Recipe {
        prompt: prompt.to_owned(),
        ..Recipe::default()
    };
    let result = |left, tint| RepaintResult {
        recipe: recipe("one of two"),
        patch: Arc::new(patch(left, tint)),
        base: OTHER,
        model: "a model".to_owned(),
        steps: 15,
        seconds: 1.5,
        infotext: "one of two\nSeed: 0".to_owned(),
        ..RepaintResult::default()
    };
    Work {
        mask: Arc::new(Mask::from_fn(OTHER, |x, _| if x < 9 { 255 } else { 0 })),
        sketch: Some(Arc::new(Picture::from_fn(OTHER, |x, _| match x > 40 {
            true => [200, 30, 30, 255],
            false => [0; 4],
        }))),
        before: Some(patch(10, 70)),
        source: Some("hands/left.png".into()),
        recipe: Recipe {
            controls: crate::project::led().0,
            ..recipe("an open hand")
        },
        control_pictures: crate::project::led().1,
        others: Some(Others {
            name: "cat.png".to_owned(),
            recipe: recipe("a cat"),
            pairs: vec![("ENSD".to_owned(), "31337".to_owned())],
        }),
        made: Some("an open hand\nSeed: 3".to_owned()),
        candidates: vec![result(2, 10), result(30, 90)],
        ..Work::new(picture, Metadata::default(), None)
    }
}

/// A folder, and a window whose journals are in it.
fn with_journals(dir: &Path) -> Harness<'static, App> {
    let places = Places {
        journals: Some(dir.join("journals")),
        ..Places::default()
    };
    window(places, Arc::new(|_| None))
}

/// Answers with these paths, one after the other.
fn answers(paths: &[PathBuf]) -> Picker {
    let mut paths = paths.to_vec();
    paths.reverse();
    let paths = Mutex::new(paths);
    Arc::new(move |_| paths.lock().unwrap().pop())
}

fn run_action(harness: &mut Harness<'static, App>, words: &str) {
    press(harness, Modifiers::COMMAND, Key::K);
    type_text(harness, words);
    press(harness, Modifiers::NONE, Key::Enter);
}

fn paint(harness: &mut Harness<'static, App>, columns: u32) {
    let document = harness.state_mut().document_mut();
    let mask = Mask::from_fn(document.size(), |x, _| if x < columns { 255 } else { 0 });
    document.edit_mask(EditName::Import, |_| mask);
    harness.run_steps(2);
}

fn shows(harness: &Harness<'static, App>, label: &str) -> bool {
    harness.query_by_label(label).is_some()
}

/// Steps until the window shows something.
fn until_shown(harness: &mut Harness<'static, App>, label: &str) {
    let end = Instant::now() + Duration::from_secs(20);
    while !shows(harness, label) {
        harness.run_steps(2);
        let said = harness.state().notices().lines();
        assert!(Instant::now() < end, "{label}; said: {said:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn holds(app: &App, work: &Work) -> bool {
    let document = app.document();
    *document.picture() == work.picture
        && *document.mask() == work.mask
        && document.sketch() == work.sketch.as_ref()
        && document.before() == work.before
        && app.studio().recipe == work.recipe
}

#[test]
fn a_project_is_opened_and_saved_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("hand.ora"), dir.path().join("copy.ora"));
    write(&first, &work()).unwrap();
    let mut harness = window(Places::default(), answers(std::slice::from_ref(&second)));
    drop_files(&mut harness, std::slice::from_ref(&first));
    until(&mut harness, "opened", |app| holds(app, &work()));
    assert!(!harness.state().is_unsaved());
    harness.get_by_label_contains("Result 1");
    harness.get_by_label_contains("Result 2");
    assert_eq!(
        harness.state().settings().recent,
        std::slice::from_ref(&first)
    );

    run_action(&mut harness, "save as");
    until(&mut harness, "saved", |app| said(app, "Saved"));
    assert_eq!(read(&second).unwrap().work, work());

    // All of it counts.
    press(&mut harness, Modifiers::COMMAND, Key::S);
    assert!(said(harness.state(), "as it is in its file"));
    paint(&mut harness, 20);
    assert!(harness.state().is_unsaved(), "the mask");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    until(&mut harness, "saved again", |app| !app.is_unsaved());
    harness.state_mut().document_mut().clear_sketch();
    assert!(harness.state().is_unsaved(), "the sketch");
    harness.state_mut().document_mut().undo();
    assert!(!harness.state().is_unsaved(), "undone is as it was");
    harness.state_mut().studio_mut().recipe.seed += 1;
    assert!(!harness.state().is_unsaved(), "the next seed is no work");
    harness.state_mut().studio_mut().recipe.steps = 3;
    assert!(harness.state().is_unsaved(), "the recipe");
    harness.state_mut().studio_mut().recipe.steps = work().recipe.steps;
    assert!(!harness.state().is_unsaved());
    harness.get_by_label_contains("Result 1").click();
    harness.run_steps(3);
    run_action(&mut harness, "discard");
    assert!(harness.state().is_unsaved(), "the results");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    until(&mut harness, "saved at last", |app| !app.is_unsaved());
    let kept = read(&second).unwrap().work;
    assert_eq!(kept.mask.bounds(), Some(Rect::new(0, 0, 20, 36)));
    assert_eq!(kept.candidates, work().candidates[1..]);
    assert_eq!(kept.source, work().source);
}

#[test]
fn a_picture_becomes_a_project_and_nothing_is_asked_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let mut harness = window(Places::default(), answers(&[dir.path().join("mine")]));
    paint(&mut harness, 5);
    harness.state_mut().studio_mut().recipe.prompt = "a hand".to_owned();
    assert!(harness.state().is_unsaved());
    run_action(&mut harness, "save project");
    until(&mut harness, "saved", |app| !app.is_unsaved());
    let kept = read(&dir.path().join("mine.ora")).unwrap().work;
    assert_eq!(kept.mask.bounds(), Some(Rect::new(0, 0, 5, 48)));
    assert_eq!(kept.recipe.prompt, "a hand");
    press(&mut harness, Modifiers::COMMAND, Key::Q);
    assert!(!shows(&harness, "Unsaved work"));
}

#[test]
fn a_projects_name_never_replaces_another_file_unasked() {
    let dir = tempfile::tempdir().unwrap();
    let taken = dir.path().join("hand.ora");
    write(&taken, &work()).unwrap();
    let mut harness = window(Places::default(), answers(&[dir.path().join("hand.png")]));
    run_action(&mut harness, "save project");
    until(&mut harness, "said", |app| {
        said(app, "already a project of that name")
    });
    assert_eq!(read(&taken).unwrap().work, work());
}

#[test]
fn a_project_with_changes_is_asked_about_and_saved_by_enter() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hand.ora");
    write(&path, &work()).unwrap();
    let mut harness = plain();
    let ctx = harness.ctx.clone();
    harness.state_mut().open(&ctx, vec![path.clone()]);
    until(&mut harness, "opened", |app| app.document().size() == OTHER);
    paint(&mut harness, 3);
    press(&mut harness, Modifiers::COMMAND, Key::Q);
    harness.get_by_label("The changes to hand.ora are not saved.");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    until(&mut harness, "saved", |app| !app.is_unsaved());
    let kept = read(&path).unwrap().work;
    assert_eq!(kept.mask.bounds(), Some(Rect::new(0, 0, 3, 36)));
}

#[test]
fn what_a_damaged_project_lost_is_said_and_it_is_not_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hand.ora");
    write(&path, &work()).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    // In the middle of the mask's pixels, whose name is in the list of layers before.
    let name = b"data/mask.png";
    let mut at = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(name));
    let at = at.nth(1).unwrap();
    bytes[at + 80] ^= 0xff;
    std::fs::write(&path, &bytes).unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let asks = Arc::clone(&asked);
    let picker: Picker = Arc::new(move |ask| {
        asks.lock().unwrap().push(ask.name.clone());
        None
    });
    let mut harness = window(Places::default(), picker);
    drop_files(&mut harness, std::slice::from_ref(&path));
    until(&mut harness, "said", |app| {
        said(app, "hand.ora is damaged. Lost: the mask.")
    });
    assert_eq!(*harness.state().document().picture(), work().picture);
    assert_eq!(harness.state().document().mask_bounds(), None);
    assert!(harness.state().is_unsaved());
    harness.get_by_label_contains("Result 2");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    until(&mut harness, "asked", |_| {
        *asked.lock().unwrap() == ["hand.ora"]
    });
    assert_eq!(std::fs::read(&path).unwrap(), bytes);

    std::fs::write(&path, &bytes[..200]).unwrap();
    let mut harness = plain();
    drop_files(&mut harness, &[path]);
    until(&mut harness, "refused", |app| said(app, "cannot be read"));
    assert_eq!(harness.state().document().size(), SIZE);
}

/// Files that only the journal's folder has: one for each program that lives or was killed.
fn journals(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir.join("journals"));
    let Ok(entries) = entries else {
        return Vec::new();
    };
    let works = entries.map(|entry| entry.unwrap().path().join("work"));
    works.filter(|work| work.is_file()).collect()
}

/// Steps until a journal holds a mask of so many columns, and kills the program.
fn killed_with(mut harness: Harness<'static, App>, dir: &Path, columns: u32) {
    until(&mut harness, "journaled", |_| {
        journals(dir).iter().any(|path| {
            let kept = recover(path).map(|back| back.work.mask.bounds());
            kept.is_ok_and(|bounds| bounds.is_some_and(|bounds| bounds.right == columns))
        })
    });
    drop(harness);
}

fn killed(dir: &TempDir, columns: u32) {
    let mut harness = with_journals(dir.path());
    paint(&mut harness, columns);
    killed_with(harness, dir.path(), columns);
}

fn mask_width(app: &App) -> Option<u32> {
    app.document().mask_bounds().map(|bounds| bounds.right)
}

#[test]
fn work_of_a_killed_program_is_offered_and_recovered_unsaved() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hand.ora");
    write(&path, &work()).unwrap();
    let mut harness = with_journals(dir.path());
    drop_files(&mut harness, &[path]);
    until(&mut harness, "opened", |app| holds(app, &work()));
    paint(&mut harness, 11);
    killed_with(harness, dir.path(), 11);

    let mut harness = with_journals(dir.path());
    until_shown(&mut harness, "Unsaved work was found");
    harness.get_by_label("hand.ora");
    harness.get_by_label("50x36 pixels, a moment ago");
    assert_eq!(harness.state().document().size(), SIZE, "not before asked");
    click(&mut harness, "Recover");
    let mut expected = work();
    expected.mask = Arc::new(Mask::from_fn(OTHER, |x, _| if x < 11 { 255 } else { 0 }));
    until(&mut harness, "recovered", |app| holds(app, &expected));
    assert!(said(harness.state(), "Recovered hand.ora"));
    assert!(harness.state().is_unsaved());
    harness.get_by_label_contains("Result 2");
    assert!(!shows(&harness, "Unsaved work was found"));
    press(&mut harness, Modifiers::COMMAND, Key::Q);
    harness.get_by_label_contains("The changes to hand.ora are not saved.");
}

#[test]
fn a_kill_while_work_is_recovered_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    killed(&dir, 13);
    // Killed at once, and killed when only the new journal has it.
    for at_once in [true, false, true, false] {
        let mut harness = with_journals(dir.path());
        until_shown(&mut harness, "Unsaved work was found");
        harness.get_all_by_label("Recover").next().unwrap().click();
        harness.run_steps(2);
        until(&mut harness, "recovered", |app| mask_width(app) == Some(13));
        if !at_once {
            until(&mut harness, "taken over", |_| {
                journals(dir.path()).len() == 1
            });
        }
        drop(harness);
        // The new journal may only have what the window began with.
        let kept = journals(dir.path()).into_iter().any(|path| {
            let back = recover(&path).unwrap();
            let bounds = back.work.mask.bounds();
            bounds.is_some_and(|bounds| bounds.right == 13)
        });
        assert!(kept);
        // What was killed at once may be there twice; one of them goes on.
        let mut harness = with_journals(dir.path());
        until_shown(&mut harness, "Unsaved work was found");
        while harness.get_all_by_label("Recover").count() > 1 {
            harness
                .get_all_by_label("Throw away")
                .next()
                .unwrap()
                .click();
            harness.run_steps(2);
            click(&mut harness, "Delete it for good");
        }
        drop(harness);
    }
}

#[test]
fn recovered_work_is_only_forgotten_when_the_new_journal_has_it() {
    let dir = tempfile::tempdir().unwrap();
    killed(&dir, 13);
    let old = journals(dir.path()).remove(0);
    let mut harness = with_journals(dir.path());
    until_shown(&mut harness, "Unsaved work was found");
    until(&mut harness, "both", |_| journals(dir.path()).len() == 2);
    // The new journal takes nothing more: a folder cannot be written over.
    let new = journals(dir.path());
    let new = new.iter().find(|path| **path != old).unwrap();
    let about = new.with_file_name("about.json");
    std::fs::remove_file(&about).unwrap();
    std::fs::create_dir(&about).unwrap();
    click(&mut harness, "Recover");
    until(&mut harness, "recovered", |app| mask_width(app) == Some(13));
    until(&mut harness, "said", |app| {
        said(app, "cannot be written down")
    });
    // Longer than a journal that works would take.
    let end = Instant::now() + Duration::from_secs(2);
    while Instant::now() < end {
        harness.run_steps(2);
        let back = recover(&old).unwrap();
        assert_eq!(back.work.mask.bounds().unwrap().right, 13);
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn later_offers_it_again_and_throwing_away_asks_twice() {
    let dir = tempfile::tempdir().unwrap();
    killed(&dir, 13);
    for start in 0..2 {
        let mut harness = with_journals(dir.path());
        until_shown(&mut harness, "Unsaved work was found");
        match start {
            0 => click(&mut harness, "Later"),
            _ => press(&mut harness, Modifiers::NONE, Key::Escape),
        }
        assert!(!shows(&harness, "Unsaved work was found"));
        run_action(&mut harness, "recover work");
        harness.get_by_label("Unsaved work was found");
        click(&mut harness, "Throw away");
        click(&mut harness, "Keep it");
        harness.get_by_label("Recover");
    }
    let mut harness = with_journals(dir.path());
    until_shown(&mut harness, "Unsaved work was found");
    click(&mut harness, "Throw away");
    assert_eq!(harness.query_all_by_label("Recover").count(), 0);
    click(&mut harness, "Delete it for good");
    assert!(!shows(&harness, "Unsaved work was found"));
    run_action(&mut harness, "recover work");
    assert!(said(harness.state(), "No session ended unexpectedly"));
    drop(harness);
    let mut harness = with_journals(dir.path());
    harness.run_steps(20);
    until(&mut harness, "its own alone", |_| {
        journals(dir.path()).len() == 1
    });
    assert!(!shows(&harness, "Unsaved work was found"));
}

#[test]
fn several_are_listed_newest_first_and_all_can_be_reached() {
    let dir = tempfile::tempdir().unwrap();
    for columns in [21, 22, 23] {
        killed(&dir, columns);
    }
    let mut harness = with_journals(dir.path());
    until_shown(&mut harness, "Unsaved work was found");
    assert_eq!(harness.get_all_by_label("Recover").count(), 3);
    // Enter takes the newest.
    press(&mut harness, Modifiers::NONE, Key::Enter);
    until(&mut harness, "the newest", |app| {
        mask_width(app) == Some(23)
    });
    run_action(&mut harness, "recover work");
    harness.get_all_by_label("Recover").nth(1).unwrap().click();
    harness.run_steps(3);
    // What was recovered is asked about like any other work.
    click(&mut harness, "Cancel");
    run_action(&mut harness, "recover work");
    assert_eq!(harness.get_all_by_label("Recover").count(), 2);
    harness.get_all_by_label("Recover").nth(1).unwrap().click();
    harness.run_steps(3);
    click(&mut harness, "Discard");
    until(&mut harness, "another", |app| {
        mask_width(app).is_some_and(|width| width < 23)
    });
}

#[test]
fn a_program_that_ends_by_itself_or_changed_nothing_leaves_nothing_to_offer() {
    let dir = tempfile::tempdir().unwrap();
    let mut harness = with_journals(dir.path());
    until(&mut harness, "journaled", |_| {
        journals(dir.path()).len() == 1
    });
    drop(harness);
    let mut harness = with_journals(dir.path());
    until(&mut harness, "its own", |_| journals(dir.path()).len() == 1);
    assert!(!shows(&harness, "Unsaved work was found"));
    paint(&mut harness, 9);
    press(&mut harness, Modifiers::COMMAND, Key::Q);
    click(&mut harness, "Discard");
    drop(harness);
    assert_eq!(journals(dir.path()).len(), 0);
    let entries = std::fs::read_dir(dir.path().join("journals")).unwrap();
    assert_eq!(entries.count(), 0);
}

#[test]
fn a_folder_that_cannot_be_written_is_said_once() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("journals"), "a file").unwrap();
    let mut harness = with_journals(dir.path());
    until(&mut harness, "said", |app| {
        said(app, "Unsaved work would not survive a crash")
    });
    paint(&mut harness, 9);
    harness.run_steps(10);
    let lines = harness.state().notices().lines();
    assert_eq!((lines.len(), lines[0].times), (1, 1), "{lines:?}");
}

#[test]
fn what_is_lost_of_a_layered_file_is_said_whatever_it_is_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("layers.ora");
    let stack = r#"<image w="50" h="36"><stack><layer name="ink" src="data/broken.png"/><layer src="data/red.png" composite-op="x:dodge"/></stack></image>"#;
    crate::project::layers::written(&path, stack);
    for action in ["open\u{2026}", "import mask", "reference picture"] {
        let mut harness = window(Places::default(), answers(std::slice::from_ref(&path)));
        run_action(&mut harness, action);
        for line in ["Lost: the layer \"ink\"", "taken as normal (x:dodge)"] {
            until(&mut harness, action, |app| said(app, line));
        }
    }
}
