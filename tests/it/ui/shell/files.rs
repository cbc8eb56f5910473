//! Opening, saving, dropping, and the questions about them.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{self, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use pentimento::document::EditName;
use pentimento::raster::file;
use pentimento::raster::{Mask, Patch, Picture, Rect, Size};
use pentimento::ui::{App, Places};
use tempfile::TempDir;

use super::{SIZE, click, drop_files, folder, plain, press, said, until, window};

const OTHER: Size = Size {
    width: 40,
    height: 30,
};

fn at(dir: &TempDir, name: &str) -> PathBuf {
    dir.path().join(name)
}

fn opened(harness: &mut Harness<'static, App>, path: PathBuf, size: Size) {
    drop_files(harness, &[path]);
    until(harness, "opened", |app| app.document().size() == size);
}

/// Changes a corner of the picture.
fn change(harness: &mut Harness<'static, App>) {
    let rect = Rect::new(0, 0, 4, 4);
    let patch = Patch::new(rect, Picture::filled(rect.size(), [1, 2, 3, 255]));
    let document = harness.state_mut().document_mut();
    document.apply(EditName::Result, &patch);
    harness.run_steps(2);
}

fn paint(harness: &mut Harness<'static, App>) {
    let document = harness.state_mut().document_mut();
    let mask = Mask::from_fn(document.size(), |x, _| if x < 7 { 255 } else { 0 });
    document.edit_mask(EditName::Import, |_| mask);
    harness.run_steps(2);
}

#[test]
fn a_dropped_file_is_opened_or_becomes_the_mask_or_is_asked_about() {
    let dir = folder();
    let mut harness = plain();
    for (name, mask) in [
        ("hand-mask.png", Some(true)),
        ("halves.png", Some(true)),
        ("ramp.png", None),
        ("colours.png", Some(false)),
    ] {
        let before = harness.state().document().mask_bounds();
        drop_files(&mut harness, &[at(&dir, name)]);
        match mask {
            Some(true) => {
                let line = format!("{name} is the mask now");
                until(&mut harness, name, |app| said(app, &line));
                assert_eq!(
                    harness.state().document().mask_bounds(),
                    Some(Rect::new(0, 0, 20, 48))
                );
                harness.state_mut().document_mut().undo();
                harness.run_steps(2);
            }
            Some(false) => {
                let line = format!("Opened {name}, 64x48");
                until(&mut harness, name, |app| said(app, &line));
            }
            None => {
                let mut asked = false;
                for _ in 0..200 {
                    harness.run_steps(2);
                    asked = harness.query_by_label("Picture or mask?").is_some();
                    if asked {
                        break;
                    }
                    std::thread::sleep(std::time::Duration::from_millis(10));
                }
                assert!(asked, "{name}");
                click(&mut harness, "Cancel");
                assert_eq!(harness.state().document().mask_bounds(), before);
            }
        }
    }
}

#[test]
fn a_reference_picture_brings_the_recipe_that_it_carries() {
    let dir = folder();
    let metadata = file::Metadata {
        text: vec![(
            "parameters".to_owned(),
            "a grey cat, sitting\nNegative prompt: dog\nSteps: 33, Sampler: Euler a, CFG scale: 5.5, Seed: 99, Size: 64x48"
                .to_owned(),
        )],
        ..file::Metadata::default()
    };
    let picture = Picture::filled(OTHER, [9, 90, 200, 255]);
    file::write(&at(&dir, "made.png"), &picture, &metadata).unwrap();
    let mut harness = plain();
    for (name, prompt, line) in [
        ("red.png", "", "red.png is the reference picture now."),
        (
            "made.png",
            "a grey cat, sitting",
            "The recipe of made.png is in the panel.",
        ),
    ] {
        let well = harness.get_by(|node| {
            node.label()
                .is_some_and(|label| label.starts_with("Reference picture"))
        });
        let centre = well.rect().center();
        harness.hover_at(centre);
        harness.run_steps(2);
        drop_files(&mut harness, &[at(&dir, name)]);
        until(&mut harness, name, |app| said(app, line));
        assert_eq!(harness.state().studio().recipe.prompt, prompt);
        assert_eq!(harness.state().document().size(), SIZE, "nothing is opened");
    }
    let recipe = &harness.state().studio().recipe;
    assert_eq!((recipe.steps, recipe.seed), (33, 99));
    assert_eq!(recipe.negative_prompt, "dog");
}

#[test]
fn several_pictures_ask_which_and_a_named_mask_follows_its_picture() {
    let dir = folder();
    let mut harness = plain();
    drop_files(
        &mut harness,
        &[at(&dir, "red.png"), at(&dir, "colours.png")],
    );
    click(&mut harness, "red.png");
    until(&mut harness, "red", |app| app.document().size() == OTHER);

    // In either order.
    drop_files(
        &mut harness,
        &[at(&dir, "hand-mask.png"), at(&dir, "colours.png")],
    );
    until(&mut harness, "both", |app| {
        app.document().size() == SIZE && app.document().mask_bounds().is_some()
    });
}

#[test]
fn a_mask_of_another_size_is_scaled_only_when_asked() {
    let dir = folder();
    let mut harness = plain();
    drop_files(&mut harness, &[at(&dir, "small-mask.png")]);
    let asked =
        |harness: &Harness<'static, App>| harness.query_by_label("Use it as the mask").is_some();
    for _ in 0..200 {
        if asked(&harness) {
            break;
        }
        harness.run_steps(2);
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    click(&mut harness, "Use it as the mask");
    harness.get_by_label("small-mask.png is 40x30 pixels and the picture 64x48.");
    click(&mut harness, "Scale it");
    let bounds = harness.state().document().mask_bounds().unwrap();
    assert!(
        bounds.right.abs_diff(32) <= 1 && bounds.bottom == 48,
        "{bounds:?}"
    );
}

#[test]
fn unsaved_work_is_asked_about_before_another_picture() {
    let dir = folder();
    let mut harness = plain();
    opened(&mut harness, at(&dir, "red.png"), OTHER);
    assert!(!harness.state().is_unsaved());
    change(&mut harness);
    assert!(harness.state().is_unsaved());
    harness.state_mut().document_mut().undo();
    assert!(!harness.state().is_unsaved(), "undone is as it was");
    harness.state_mut().document_mut().redo();

    let ask = |harness: &mut Harness<'static, App>| {
        drop_files(harness, &[at(&dir, "colours.png")]);
        for _ in 0..200 {
            harness.run_steps(2);
            if harness.query_by_label("Unsaved work").is_some() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("nothing was asked");
    };
    ask(&mut harness);
    harness.get_by_label("The changes to red.png are not saved.");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(harness.state().document().size(), OTHER);
    assert!(harness.state().is_unsaved());

    // Enter saves, and goes on.
    ask(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    // It would replace the file that was opened, which is asked once.
    harness.get_by_label_contains("The file that you opened is replaced");
    click(&mut harness, "Save all the same");
    until(&mut harness, "saved and opened", |app| {
        app.document().size() == SIZE
    });
    let kept = file::read(&at(&dir, "red.png")).unwrap().picture;
    assert_eq!(kept.pixel(0, 0), [1, 2, 3, 255]);
    assert_eq!(kept.pixel(5, 0), [200, 30, 30, 255]);

    let names: Vec<_> = harness.state().settings().recent.clone();
    let names: Vec<_> = names.iter().map(|path| path.file_name().unwrap()).collect();
    assert_eq!(names, ["colours.png", "red.png"]);
}

#[test]
fn leaving_a_picture_keeps_its_mask_for_the_way_back() {
    let dir = folder();
    let mut harness = plain();
    opened(&mut harness, at(&dir, "red.png"), OTHER);
    paint(&mut harness);
    opened(&mut harness, at(&dir, "colours.png"), SIZE);
    assert_eq!(harness.state().document().mask_bounds(), None);
    opened(&mut harness, at(&dir, "red.png"), OTHER);
    assert_eq!(
        harness.state().document().mask_bounds(),
        Some(Rect::new(0, 0, 7, 30))
    );
    // Ending the program would lose it.
    press(&mut harness, Modifiers::COMMAND, Key::Q);
    harness.get_by_label("The mask of red.png is not saved.");
    click(&mut harness, "Cancel");
}

#[test]
fn the_file_that_was_opened_is_replaced_only_when_that_was_agreed_to() {
    let dir = folder();
    let path = at(&dir, "red.png");
    let first = std::fs::read(&path).unwrap();
    let mut harness = plain();
    opened(&mut harness, path.clone(), OTHER);
    change(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::S);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(std::fs::read(&path).unwrap(), first);
    press(&mut harness, Modifiers::COMMAND, Key::S);
    click(&mut harness, "Save all the same");
    until(&mut harness, "saved", |app| !app.is_unsaved());
    assert_ne!(std::fs::read(&path).unwrap(), first);
    // Once.
    harness.state_mut().document_mut().undo();
    press(&mut harness, Modifiers::COMMAND, Key::S);
    until(&mut harness, "saved again", |app| !app.is_unsaved());
}

#[test]
fn escape_closes_one_window_at_a_time_and_says_nothing_where_none_is_open() {
    let mut harness = plain();
    let ctx = harness.ctx.clone();
    for id in ["edit.settings", "help.keys", "help.log", "models.open"] {
        let row = pentimento::ui::action::find(id).unwrap_or_else(|| panic!("no {id}"));
        row.run(harness.state_mut(), &ctx);
    }
    harness.run_steps(4);
    let close = pentimento::ui::action::find("repaint.close").unwrap();
    for open in (0..4).rev() {
        press(&mut harness, Modifiers::NONE, Key::Escape);
        assert_eq!(close.enabled(harness.state()).is_ok(), open > 0, "{open}");
    }
    let lines = harness.state().notices().lines().len();
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(harness.state().notices().lines().len(), lines);
}

#[test]
fn what_was_in_no_file_is_saved_where_the_dialog_says() {
    let dir = folder();
    let target = at(&dir, "new");
    let chosen = target.clone();
    let mut harness = window(
        Places::default(),
        Arc::new(move |ask| {
            assert_eq!(ask.name, "start.png");
            Some(chosen.clone())
        }),
    );
    change(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::S);
    until(&mut harness, "saved", |app| !app.is_unsaved());
    let written = file::read(&target.with_extension("png")).unwrap();
    assert_eq!(written.picture, **harness.state().document().picture());
}

#[test]
fn what_cannot_be_read_is_said_and_changes_nothing() {
    let dir = folder();
    std::fs::write(at(&dir, "notes.txt"), "not a picture").unwrap();
    let mut harness = plain();
    drop_files(&mut harness, &[at(&dir, "notes.txt")]);
    until(&mut harness, "said", |app| said(app, "not a picture"));
    assert_eq!(harness.state().document().size(), SIZE);
}

/// The system says neither where a file is dropped nor after which of the frame's events.
#[test]
fn a_drop_lands_where_the_pointer_was_last() {
    let dir = folder();
    for (first, last, opened) in [
        ("Reference picture", "Canvas", true),
        ("Canvas", "Reference picture", false),
    ] {
        let mut harness = plain();
        let at = |harness: &Harness<'static, App>, label| {
            let nodes = harness.query_all_by_label(label);
            nodes.last().unwrap().rect().center()
        };
        let (first, last) = (at(&harness, first), at(&harness, last));
        let key = |pressed| egui::Event::Key {
            key: Key::E,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        let input = harness.input_mut();
        input.events.push(egui::Event::PointerMoved(first));
        input.events.extend([key(true), key(false)]);
        input.events.push(egui::Event::PointerMoved(last));
        drop_files(&mut harness, &[dir.path().join("colours.png")]);
        until(&mut harness, "seen to", |app| {
            said(app, "Opened colours.png") || said(app, "is the reference picture")
        });
        assert_eq!(said(harness.state(), "Opened colours.png"), opened);
    }
}

#[test]
fn a_copy_beside_the_original_is_saved_where_that_is_wanted() {
    let dir = folder();
    let (path, copy) = (at(&dir, "red.png"), at(&dir, "red-edited-2.png"));
    std::fs::copy(&path, at(&dir, "red-edited.png")).unwrap();
    let before = std::fs::read(&path).unwrap();
    let mut harness = plain();
    harness.state_mut().settings_mut().save_beside = true;
    opened(&mut harness, path.clone(), OTHER);
    change(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::S);
    until(&mut harness, "saved", |app| !app.is_unsaved());
    assert_eq!(
        file::read(&copy).unwrap().picture.pixel(0, 0),
        [1, 2, 3, 255]
    );
    assert_eq!(std::fs::read(&path).unwrap(), before, "the original stays");
    // From then on the copy is the picture's file.
    let rect = Rect::new(8, 8, 9, 9);
    let patch = Patch::new(rect, Picture::filled(rect.size(), [9, 9, 9, 255]));
    let document = harness.state_mut().document_mut();
    document.apply(EditName::Result, &patch);
    press(&mut harness, Modifiers::COMMAND, Key::S);
    until(&mut harness, "saved again", |app| !app.is_unsaved());
    assert_eq!(
        file::read(&copy).unwrap().picture.pixel(8, 8),
        [9, 9, 9, 255]
    );
    assert!(!at(&dir, "red-edited-3.png").exists());
}
