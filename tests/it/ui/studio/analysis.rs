//! Analysing the picture: the dialog, what a tagger saw, and what is taken of it.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::document::EditName;
use pentimento::engine::{
    CaptionDetail, Captioned, Device, Event, JobId, ModelSource, Outcome, SuggestedSize, Tagged,
    UnetInput, Work,
};
use pentimento::raster::Picture;
use pentimento::raster::file::{self, Metadata};
use pentimento::recipe::tags::{Category, Tag, Thresholds};
use pentimento::recipe::{Area, Recipe};
use pentimento::ui::{Places, Shell};

use super::{Window, ready, same};
use crate::fake::spec;

/// What the tagger of the tests sees.
const SEEN: [(&str, Category, f32); 6] = [
    ("general", Category::Rating, 0.9),
    ("out_of_domain", Category::Rating, 0.1),
    ("hat_(red)", Category::General, 0.9),
    ("long_hair", Category::General, 0.6),
    ("sky", Category::General, 0.2),
    ("alice", Category::Character, 0.95),
];

fn open(window: &mut Window) {
    window.key(Modifiers::SHIFT, Key::A);
    window.steps();
}

/// Opens the dialog with a tagger, which is asked at once.
pub(super) fn look(window: &mut Window) -> JobId {
    window.harness.state_mut().settings_mut().tagger = Some(PathBuf::from("/models/wd"));
    open(window);
    let (id, job, _) = window.whole_job();
    assert_eq!(job.kit.model, ModelSource::at("/models/wd".into()));
    match job.work {
        Work::Tag(picture) => assert!(same(&picture, &window.app().document().seen())),
        other => panic!("{other:?}"),
    }
    id
}

fn seen(window: &mut Window, job: JobId, foreign: f32) {
    let tags = SEEN.map(|(name, category, score)| Tag {
        name: name.to_owned(),
        category,
        score: if name == "out_of_domain" {
            foreign
        } else {
            score
        },
    });
    let tagged = Tagged {
        tags: tags.into(),
        thresholds: Thresholds::WD14,
        model: "wd".to_owned(),
        device: Device::Cpu,
    };
    let outcome = Ok(Outcome::Tagged(tagged));
    window.say(Event::Finished { job, outcome });
    window.until_shown("long hair  60 %");
}

#[test]
fn tags_become_a_prompt_with_a_click_alone() {
    let mut window = ready();
    window.recipe_mut().prompt = "a cat".to_owned();
    let job = look(&mut window);
    seen(&mut window, job, 0.1);
    assert_eq!(window.recipe().prompt, "a cat");
    window.press("Append");
    assert_eq!(
        window.recipe().prompt,
        r"a cat, alice, hat \(red\), long hair"
    );
    window.press("Put back");
    assert_eq!(window.recipe().prompt, "a cat");
    assert!(!window.is_enabled("Put back"));
    // A click on a tag takes it out, or puts it in.
    window.press("alice  95 %");
    window.press("sky  20 %");
    window.press("Replace");
    assert_eq!(window.recipe().prompt, r"hat \(red\), long hair, sky");
    window.harness.get_by_label("Weighted by score").click();
    window.steps();
    window.press("Replace");
    assert_eq!(
        window.recipe().prompt,
        r"(hat \(red\):1.1), (long hair:0.95), (sky:0.85)"
    );
    // A tagger that knows the picture's world says nothing of that.
    assert!(!window.shows("does not know the world of this picture"));
    window.key(Modifiers::NONE, Key::Escape);
    window.steps();
    assert!(!window.shows("What the picture says itself"));
}

#[test]
fn a_caption_comes_after_the_tags_and_is_taken_as_it_was_changed() {
    let mut window = ready();
    window.recipe_mut().prompt = "a cat".to_owned();
    window.harness.state_mut().settings_mut().captioner = Some(PathBuf::from("/models/flo"));
    let job = look(&mut window);
    seen(&mut window, job, 0.1);
    let (job, asked, _) = window.whole_job();
    assert_eq!(asked.kit.model, ModelSource::at("/models/flo".into()));
    let picture = window.app().document().seen();
    match asked.work {
        Work::Caption(asked, CaptionDetail::Detailed) => assert!(same(&asked, &picture)),
        other => panic!("{other:?}"),
    }
    // Its own button and hint, not the tagger's.
    let buttons = window.harness.query_all_by_role(Role::Button);
    let labels: Vec<_> = buttons
        .filter_map(|node| node.accesskit_node().label())
        .collect();
    assert!(labels.iter().any(|label| label == "Describe"));
    assert!(!labels.iter().any(|label| label == "Look"));
    let outcome = Ok(Outcome::Captioned(Captioned {
        text: "A cat with a hat.".to_owned(),
        ids: vec![2, 0, 2],
        model: "flo".to_owned(),
        device: Device::Cpu,
    }));
    window.say(Event::Finished { job, outcome });
    window.until_shown("Description");
    assert_eq!(window.recipe().prompt, "a cat");
    let field = window.harness.get_by_label("Description");
    field.focus();
    window.steps();
    window
        .harness
        .get_by_label("Description")
        .type_text(" On a mat.");
    window.steps();
    let append = window.harness.get_all_by_label("Append").last();
    append.unwrap().click();
    window.steps();
    assert_eq!(window.recipe().prompt, "a cat, A cat with a hat. On a mat.");
    // Another captioner is asked anew.
    window.harness.state_mut().settings_mut().captioner = Some(PathBuf::from("/models/other"));
    window.steps();
    let (_, asked, _) = window.whole_job();
    assert_eq!(asked.kit.model, ModelSource::at("/models/other".into()));
    assert!(!window.shows("Description"));
}

#[test]
fn a_tagger_of_another_world_is_said() {
    let mut window = ready();
    let job = look(&mut window);
    seen(&mut window, job, 0.8);
    assert!(window.shows("does not know the world of this picture"));
}

#[test]
fn model_and_size_are_suggested_before_a_tagger_has_looked() {
    let mut window = ready();
    open(&mut window);
    assert!(window.shows("Nothing of how it was made."));
    window.until_shown("Built-in");
    let document = window.app().document();
    let wanted = SuggestedSize::new(
        document.size(),
        document.mask_bounds(),
        &spec(UnetInput::Latents),
    );
    assert_eq!(window.recipe().area, Recipe::default().area);
    window.press("Use Size");
    let mut recipe = window.recipe().clone();
    assert_eq!((recipe.area, recipe.size), (wanted.area, wanted.size));
    assert_ne!(recipe.area, Area::Auto);
    window.press("Put back");
    recipe.area = window.recipe().area;
    assert_eq!(recipe.area, Recipe::default().area);
    assert_eq!(window.recipe().size, None);
}

#[test]
fn what_was_seen_stays_when_a_result_is_kept() {
    let mut window = ready();
    let job = look(&mut window);
    seen(&mut window, job, 0.1);
    let document = window.harness.state_mut().document_mut();
    document.apply(EditName::Result, &super::patch(10));
    window.steps();
    assert!(window.shows("long hair  60 %"));
}

#[test]
fn the_tagger_waits_for_a_repaint_and_the_mask_can_be_changed_meanwhile() {
    let mut window = ready();
    window.press_repaint();
    let (id, ..) = window.job();
    window.harness.state_mut().settings_mut().tagger = Some(PathBuf::from("/models/wd"));
    open(&mut window);
    window.key(Modifiers::COMMAND, Key::I);
    assert_eq!(window.app().document().undo_name(), Some(EditName::Invert));
    window.finish(id, 10);
    let (_, job, _) = window.whole_job();
    assert!(matches!(job.work, Work::Tag(_)));
}

#[test]
fn all_that_a_recipe_brought_is_put_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("own.png");
    let own = "its own prompt\nSteps: 33, Seed: 99, Size: 64x48, ENSD: 31337";
    let metadata = Metadata {
        text: vec![("parameters".to_owned(), own.to_owned())],
        ..Metadata::default()
    };
    let picture = Picture::filled(super::SIZE, [90, 80, 70, 255]);
    file::write(&path, &picture, &metadata).unwrap();
    let picker = Arc::new(move |_: &_| Some(path.clone()));
    let mut window = super::bare_with(Shell::new(Places::default(), picker));
    window.load();
    window.key(Modifiers::COMMAND, Key::O);
    window.until_shown("This picture carries its recipe.");
    open(&mut window);
    window.press("Use its recipe");
    assert_eq!(window.recipe().prompt, "its own prompt");
    assert!(window.app().studio().seed_locked);
    assert!(window.shows("Not used here"));
    window.press("Put back");
    assert_eq!(window.recipe().prompt, "open hand");
    assert!(!window.app().studio().seed_locked);
    assert!(!window.shows("Not used here"));
}

#[test]
fn the_size_is_in_sight_however_much_is_seen() {
    for height in [640.0, 800.0] {
        let mut window = ready();
        window.harness.set_size([1280.0, height].into());
        let job = look(&mut window);
        seen(&mut window, job, 0.1);
        let size = window.harness.get_by_label_contains("Use Size").rect();
        let below = window.harness.get_by_label("Put back").rect();
        let canvas = window.harness.get_by_label("Canvas").rect();
        assert!(
            canvas.contains_rect(size),
            "{height}: {size:?} in {canvas:?}"
        );
        assert!(
            below.bottom() <= height && below.top() > size.bottom(),
            "{below:?}"
        );
    }
}
