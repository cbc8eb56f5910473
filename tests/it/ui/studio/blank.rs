//! A new canvas is repainted as the command line makes pictures without one.

use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;

use eframe::egui::{Key, Modifiers};
use pentimento::diffusion::plan::Plan;
use pentimento::diffusion::repaint::repaint;
use pentimento::document::EditName;
use pentimento::engine::{Cancel, Device, Kit, ModelSource, OnnxNetworks, Repaint};
use pentimento::raster::{Mask, Patch, Picture, Rect, Size, file};
use pentimento::recipe::Recipe;

use super::{Window, ready};
use crate::engine::runtime;

/// A window with a new canvas of the loaded model's own size, 32x32.
fn blank() -> Window {
    let mut window = ready();
    window.key(Modifiers::COMMAND, Key::N);
    // The mask of the picture that is open is asked about first.
    if window.shows("Unsaved work") {
        window.press("Discard");
    }
    assert!(window.shows("32 x 32 (model)"));
    window.press("Create");
    assert_eq!(window.app().document().size(), Size::new(32, 32));
    window
}

fn jobs(window: &mut Window) -> Repaint {
    window.press_repaint();
    let (id, job, _) = window.job();
    window.finish_whole(id, job.picture.size());
    job
}

#[test]
fn a_canvas_is_text_to_image_until_something_is_on_it() {
    let mut window = blank();
    window.recipe_mut().size = Some([96, 64]);
    let job = jobs(&mut window);
    // No mask to hold anything by, and the canvas's own size.
    assert_eq!((job.mask, job.recipe.size), (None, None));
    assert_eq!(job.recipe.strength, 1.0);
    window.recipe_mut().size = None;
    // Again, as nothing was kept.
    assert_eq!(jobs(&mut window).mask, None);
    // A part of it is a part of it.
    let document = window.harness.state_mut().document_mut();
    document.edit_mask(EditName::Import, |mask| {
        Mask::from_fn(mask.size(), |x, _| if x < 20 { 255 } else { 0 })
    });
    window.steps();
    assert!(jobs(&mut window).mask.is_some());
    window.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(jobs(&mut window).mask, None);
    // What was kept is a picture like any other.
    window.key(Modifiers::NONE, Key::ArrowRight);
    window.key(Modifiers::NONE, Key::Enter);
    assert_eq!(window.app().document().undo_name(), Some(EditName::Result));
    assert!(jobs(&mut window).mask.is_some());
}

impl Window {
    /// Ends a job with a result that covers the whole picture.
    fn finish_whole(&mut self, job: pentimento::engine::JobId, size: Size) {
        let patch = Patch::new(Rect::of(size), Picture::filled(size, [30, 30, 30, 255]));
        self.say(pentimento::engine::Event::Finished {
            job,
            outcome: Ok(pentimento::engine::Outcome::Repainted {
                patches: vec![patch],
                made: super::made(),
            }),
        });
    }
}

#[test]
fn the_window_and_the_command_line_paint_the_same_pixels() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/models/sd-9ch");
    for model in [Some(model), None] {
        let mut window = blank();
        *window.recipe_mut() = Recipe {
            prompt: "open hand".to_owned(),
            steps: 3,
            seed: 5,
            strength: 1.0,
            ..Recipe::default()
        };
        let job = jobs(&mut window);
        let source = model
            .clone()
            .map_or(ModelSource::BuiltIn, ModelSource::Directory);
        let (mut networks, _) = OnnxNetworks::load(
            runtime(),
            &Kit::of(source.clone()),
            Device::Cpu,
            &Cancel::new(),
            &mut |_| (),
        )
        .unwrap();
        let plan = Plan::new(
            &job.picture,
            job.mask.as_deref(),
            &job.recipe,
            pentimento::diffusion::networks::Networks::spec(&networks),
        )
        .unwrap();
        let mut painted = (*job.picture).clone();
        painted.paste(&repaint(&plan, &mut networks, &mut |_| ControlFlow::Continue(())).unwrap());

        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out.png");
        let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
        command.args([
            "repaint",
            "--prompt",
            "open hand",
            "--steps",
            "3",
            "--seed",
            "5",
            "--size",
            "32x32",
            "--device",
            "cpu",
        ]);
        command.env("PENTIMENTO_CONFIG_DIR", dir.path().join("config"));
        if let Some(model) = &model {
            command.arg("--model").arg(model);
        }
        let output = command.arg("--out").arg(&out).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(file::read(&out).unwrap().picture == painted, "{model:?}");
    }
}
