//! What an artist says of a model, kept for its file.

use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use pentimento::engine::{Event, Kit, ModelSource, PredictionKind};
use pentimento::library::Shelf;
use tempfile::TempDir;

use super::Window;
use super::library::{again, golden, is_asked, open, shelved, until_asked};

/// Chooses an entry of a list until the engine is asked for what fits: what is found of a model meanwhile moves the list from under the pointer.
fn choose(window: &mut Window, list: &str, entry: &str, fits: impl Fn(&Kit) -> bool) {
    let mut again = 0..12;
    while again.next().is_some() {
        press(window, list, entry);
        if is_asked(window, 5, &fits) {
            return;
        }
    }
    panic!("{entry} of {list} is asked for");
}

fn press(window: &mut Window, list: &str, entry: &str) {
    let count = |window: &Window| window.harness.query_all_by_label(entry).count();
    let (closed, patience) = (count(window), Instant::now() + Duration::from_secs(60));
    while count(window) == closed {
        assert!(Instant::now() < patience, "{list} opens");
        window
            .harness
            .get_by_role_and_label(Role::ComboBox, list)
            .click();
        window.steps();
    }
    // What is open is drawn last.
    let entries = window.harness.query_all_by_label(entry);
    entries.last().unwrap().click();
    window.steps();
}

#[test]
fn what_is_said_of_a_model_is_kept_for_its_file() {
    let root = TempDir::new().unwrap();
    let home = shelved(root.path());
    let mut window = open(&home);
    window.load();
    let anime = root
        .path()
        .join("ComfyUI/models/checkpoints/Anime.safetensors");
    let soft = root.path().join("ComfyUI/models/vae/soft.safetensors");
    window
        .harness
        .get_by_role_and_label(Role::RadioButton, "Anime")
        .click();
    window.steps();
    until_asked(&mut window, |kit| {
        kit.model == ModelSource::File(anime.clone())
    });
    window.say(Event::Loaded(Ok(super::info())));
    choose(
        &mut window,
        "Predicts",
        "velocity, zero terminal SNR",
        |kit| kit.prediction == Some(PredictionKind::V) && kit.zero_snr,
    );
    window.say(Event::Loaded(Ok(super::info())));
    assert!(window.told("prediction v with zero terminal SNR"));
    choose(&mut window, "VAE", "soft", |kit| {
        kit.vae.as_ref() == Some(&soft)
    });
    window.say(Event::Loaded(Ok(super::info())));
    let patience = Instant::now() + Duration::from_secs(60);
    let kept = || Shelf::load(&home.shelf).said(&anime).cloned();
    while kept().is_none_or(|said| said.vae.is_none()) {
        assert!(Instant::now() < patience, "it is kept");
        window.steps();
    }

    // With the next start; the other model is as its file says.
    let mut window = again(&home, &anime);
    until_asked(&mut window, |kit| {
        kit.prediction == Some(PredictionKind::V) && kit.vae.as_ref() == Some(&soft)
    });
    let hands = root
        .path()
        .join("ComfyUI/models/checkpoints/hands.safetensors");
    let mut window = again(&home, &hands);
    until_asked(&mut window, |kit| kit.prediction.is_none());

    // Another file of the name is another model.
    std::fs::copy(golden("ldm-sd1.safetensors"), &anime).unwrap();
    assert_eq!(kept(), None);
}
