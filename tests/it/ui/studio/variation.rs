//! Noise of another seed mixed in: its rows, its lock, and how a series counts.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::recipe::{Recipe, Variation};

use super::{Window, ready};

/// Seed of the noise, and of the variation, of the jobs that one press makes.
fn press(window: &mut Window) -> Vec<(u64, Option<u64>)> {
    window.press_repaint();
    let mut seeds = Vec::new();
    while window.app().studio().is_busy() {
        let (id, job, _) = window.job();
        let variation = job.recipe.variation.map(|variation| variation.seed);
        seeds.push((job.recipe.seed, variation));
        window.finish(id, 30);
    }
    seeds
}

/// Moves the slider by keys.
fn slide(window: &mut Window, key: Key) {
    window
        .harness
        .get_by_role_and_label(Role::Slider, "Variation")
        .focus();
    window.steps();
    window.key(Modifiers::NONE, key);
}

#[test]
fn a_series_counts_the_variations_seed_up_and_leaves_the_seed() {
    for (variation, expected) in [
        (None, [(5, None), (6, None), (7, None)]),
        (Some(0.2), [(5, Some(40)), (5, Some(41)), (5, Some(42))]),
    ] {
        let mut window = ready();
        window.recipe_mut().variation = variation.map(|strength| Variation { seed: 40, strength });
        window.harness.state_mut().studio_mut().variations = 3;
        assert_eq!(press(&mut window), expected, "{variation:?}");
    }
}

#[test]
fn turning_it_on_keeps_the_seed_and_turning_it_off_its_own() {
    let mut window = ready();
    assert!(window.harness.query_by_label("Var. seed").is_none());
    assert!(!window.app().studio().seed_locked);
    press(&mut window);
    slide(&mut window, Key::ArrowRight);
    let first = window.recipe().variation.unwrap();
    assert!(first.strength > 0.0 && first.strength < 0.1, "{first:?}");
    assert!(window.app().studio().seed_locked);
    window.harness.get_by_label("Var. seed");
    assert_eq!(press(&mut window), [(5, Some(first.seed))]);
    let next = press(&mut window);
    assert_eq!(next[0].0, 5);
    assert_ne!(next[0].1, Some(first.seed));

    let last = window.recipe().variation.unwrap().seed;
    slide(&mut window, Key::ArrowLeft);
    assert_eq!(window.recipe().variation, None);
    assert!(window.harness.query_by_label("Var. seed").is_none());
    slide(&mut window, Key::ArrowRight);
    assert_eq!(window.recipe().variation.unwrap().seed, last);
    window.harness.get_by_label("Reset variation").click();
    window.steps();
    assert_eq!(window.recipe().variation, None);
}

#[test]
fn its_seed_is_typed_thrown_and_locked() {
    let mut window = ready();
    window.recipe_mut().variation = Some(Variation {
        seed: 40,
        strength: 0.3,
    });
    window.steps();
    window
        .harness
        .get_by_role_and_label(Role::TextInput, "Var. seed")
        .focus();
    window.steps();
    window.key(Modifiers::COMMAND, Key::A);
    window
        .harness
        .get_by_role_and_label(Role::TextInput, "Var. seed")
        .type_text("77");
    window.steps();
    let locked = window.harness.get_by_label("Lock variation seed");
    assert_eq!(
        locked.accesskit_node().toggled(),
        Some(eframe::egui::accesskit::Toggled::True)
    );
    assert_eq!(press(&mut window)[0].1, Some(77));
    assert_eq!(press(&mut window)[0].1, Some(77));
    window.press("New variation seed");
    let thrown = window.recipe().variation.unwrap().seed;
    assert_ne!(thrown, 77);
    window.harness.get_by_label("Lock variation seed").click();
    window.steps();
    assert_eq!(press(&mut window)[0].1, Some(thrown));
    assert_ne!(press(&mut window)[0].1, Some(thrown));
}

#[test]
fn a_results_own_menu_takes_its_seed_and_leaves_the_rest() {
    let mut window = ready();
    window.recipe_mut().variation = Some(Variation {
        seed: 40,
        strength: 0.3,
    });
    press(&mut window);
    let mine = Recipe {
        prompt: "fist".to_owned(),
        seed: 9,
        steps: 33,
        ..Recipe::default()
    };
    *window.recipe_mut() = mine.clone();
    window.steps();
    window
        .harness
        .get_by_label("Result 1, seed 5")
        .click_secondary();
    window.steps();
    window.press("Use seed");
    let expected = Recipe {
        seed: 5,
        variation: Some(Variation {
            seed: 40,
            strength: 0.3,
        }),
        ..mine
    };
    assert_eq!(*window.recipe(), expected);
    assert!(window.app().studio().seed_locked);
    assert!(window.app().studio().variation_locked);
}
