//! Why Repaint cannot be pressed: said beside it, and nothing is sent.

use eframe::egui::{Key, Modifiers};
use pentimento::document::EditName;
use pentimento::engine::{EngineError, Event};
use pentimento::raster::Mask;
use pentimento::recipe::MaskMode;

use super::{SIZE, Window, bare, ready};

type Arrange = fn() -> Window;

/// What is wrong, how it came to be, and what stands beside the button.
const REFUSALS: &[(&str, Arrange, &str)] = &[
    (
        "bad model",
        || {
            let mut window = bare();
            window.mask();
            window.say(Event::Loaded(Err(EngineError::Busy)));
            window
        },
        "The model cannot be used; see Models and devices.",
    ),
    (
        "empty mask",
        || {
            let mut window = bare();
            window.load();
            window
        },
        "Paint over what should change first.",
    ),
    (
        "faint mask",
        || {
            let mut window = ready();
            let document = window.harness.state_mut().document_mut();
            document.edit_mask(EditName::Import, |_| Mask::filled(SIZE, 127));
            window.steps();
            window
        },
        "The mask is too faint",
    ),
    (
        "nothing to keep",
        || {
            let mut window = bare();
            window.load();
            window.recipe_mut().mask_mode = MaskMode::NotMasked;
            window.steps();
            window
        },
        "Paint over what should stay first.",
    ),
    (
        "everything kept",
        || {
            let mut window = ready();
            window.recipe_mut().mask_mode = MaskMode::NotMasked;
            let document = window.harness.state_mut().document_mut();
            document.edit_mask(EditName::Import, |_| Mask::filled(SIZE, 128));
            window.steps();
            window
        },
        "Everything is masked to stay",
    ),
    (
        "no step",
        || {
            let mut window = ready();
            window.recipe_mut().strength = 0.01;
            window.steps();
            window
        },
        "denoising strength 0.01 of 20 steps runs no step",
    ),
];

#[test]
fn repaint_says_why_it_is_disabled() {
    for (name, arrange, reason) in REFUSALS {
        let mut window = arrange();
        while window.commands.try_recv().is_ok() {}
        assert!(window.shows(reason), "{name}");
        assert!(!window.is_enabled("Repaint"), "{name}");
        window.press_repaint();
        assert!(!window.told(reason), "{name}");
        window.key(Modifiers::COMMAND, Key::Enter);
        assert!(window.told(reason), "{name}");
        assert!(window.commands.try_recv().is_err(), "{name}");
        assert!(!window.app().studio().is_busy(), "{name}");
    }
}

#[test]
fn an_empty_mask_repaints_everything_only_when_asked_to() {
    let mut window = bare();
    window.load();
    window.press("Mask everything");
    assert_eq!(window.app().document().coverage(), 1.0);
    assert!(window.is_enabled("Repaint"));
    window.press_repaint();
    let (_, job, _) = window.job();
    assert_eq!(job.mask.unwrap().coverage(), 1.0);
}

#[test]
fn a_model_that_fails_is_told_once_and_can_be_loaded_again() {
    let mut window = bare();
    window.commands.try_recv().unwrap();
    window.say(Event::Loaded(Err(EngineError::Model {
        path: "models/broken".into(),
        problem: "unet/model.onnx is missing".into(),
    })));
    assert!(window.told("models/broken: unet/model.onnx is missing"));
    window.open_models();
    assert!(window.shows("models/broken: unet/model.onnx is missing"));
    while window.commands.try_recv().is_ok() {}
    window.press("Load again");
    window.load();
    assert!(window.shows("loaded in 1.2 s"));
    assert!(window.shows("a note of the model"));
}
