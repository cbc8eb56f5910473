//! ControlNets in the panel: dropped, chosen from the library, shown what they will see, and sent with a job.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui_kittest::kittest::Queryable as _;
use pentimento::diffusion::networks::ControlSpec;
use pentimento::engine::{Command, Event};
use pentimento::recipe::{Control, ControlKind, Method};

use super::Window;

fn golden(name: &str) -> PathBuf {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    golden.join(name)
}

fn drop_file(window: &mut Window, path: &Path) {
    let file = Arc::new(super::order::Dropped(path.to_owned()));
    window.harness.input_mut().dropped_files.push(file);
    window.harness.run_steps(4);
}

/// Draws frames until something is so.
fn until(window: &mut Window, what: &str, is: impl Fn(&mut Window) -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !is(window) {
        assert!(Instant::now() < patience, "{what}");
        std::thread::sleep(Duration::from_millis(5));
        window.steps();
    }
}

#[test]
fn a_dropped_controlnet_gets_a_row_and_goes_with_the_next_job() {
    let mut window = super::ready();
    let file = golden("controls/sd1-tile.safetensors");
    let model = window.app().shell().settings.model.clone();
    drop_file(&mut window, &file);
    until(&mut window, "a row", |window| {
        !window.recipe().controls.is_empty()
    });
    assert_eq!(window.recipe().controls, [Control::named("sd1-tile")]);
    assert_eq!(window.recipe().controls[0].kind, ControlKind::Tile);
    assert_eq!(window.app().shell().settings.model, model);
    // The engine finds it from now on.
    let known = file.clone();
    until(&mut window, "the kit knows it", move |window| {
        let mut commands = std::iter::from_fn(|| window.commands.try_recv().ok());
        commands.any(|command| match command {
            Command::Load(kit, ..) => kit.control_folders.contains(&known),
            _ => false,
        })
    });
    window.say(Event::Loaded(Ok(super::info())));
    until(&mut window, "its row is shown", |window| {
        window.shows("Remove sd1-tile")
    });
    until(&mut window, "what it sees", |window| {
        window.shows("What the ControlNet sees")
    });
    if let Some(folder) = std::env::var_os("PENTIMENTO_TEST_PICTURES") {
        window
            .harness
            .get_by_label_contains("What the ControlNet sees")
            .scroll_to_me();
        window.harness.run_steps(10);
        let picture = window.harness.render().unwrap();
        let path = Path::new(&folder).join("controlnet.png");
        picture.save(path).unwrap();
    }
    window.recipe_mut().controls[0].weight = 0.5;
    window.recipe_mut().method = Method::ControlnetInpaint;
    window.steps();
    // The built-in model brings its own; it can be taken away, and without one there is no such method.
    assert_eq!(window.recipe().controls[1].model, "built-in-inpaint");
    window.recipe_mut().controls.truncate(1);
    window.steps();
    assert!(
        window
            .app()
            .studio()
            .can_repaint()
            .unwrap_err()
            .contains("trained for inpainting")
    );
    window.recipe_mut().controls[0].kind = ControlKind::Inpaint;
    window.recipe_mut().controls[0].picture = "pose.png".to_owned();
    window.steps();
    assert!(window.shows("pose.png"));
    let missing = window.app().studio().can_repaint().unwrap_err();
    assert!(missing.contains("is shown pose.png, which is not here"));
    window.harness.get_by_label("Take away").scroll_to_me();
    window.steps();
    window.harness.get_by_label("Take away").click();
    window.steps();
    assert_eq!(window.recipe().controls[0].picture, "");
    window.press_repaint();
    let (_, job, _) = window.job();
    assert_eq!(job.recipe.controls, window.recipe().controls);
    assert_eq!(job.recipe.controls[0].weight, 0.5);
    assert_eq!(job.control_pictures.len(), 1);
    assert!(job.control_pictures[0].is_none());
    window
        .harness
        .get_by_label("Remove sd1-tile")
        .scroll_to_me();
    window.steps();
    window.harness.get_by_label("Remove sd1-tile").click();
    window.steps();
    assert!(window.recipe().controls.is_empty());
}

#[test]
fn controlnets_inside_the_model_are_in_the_list_and_need_no_file() {
    let mut window = super::bare();
    window.commands.try_recv().unwrap();
    let mut info = super::info();
    info.spec.controls = vec![ControlSpec {
        name: "inside".to_owned(),
        types: None,
        inside: Some(0),
    }];
    window.say(Event::Loaded(Ok(info)));
    window.mask();
    let list = "Add a ControlNet\u{2026}";
    window.harness.get_by_value(list).scroll_to_me();
    window.steps();
    window.harness.get_by_value(list).click();
    window.steps();
    window.harness.get_by_label("inside").click();
    window.steps();
    assert_eq!(window.recipe().controls, [Control::named("inside")]);
    // Nothing is loaded for it.
    assert!(window.commands.try_recv().is_err());
    until(&mut window, "what it sees", |window| {
        window.shows("What the ControlNet sees")
    });
    window.recipe_mut().controls[0].kind = ControlKind::Inpaint;
    window.recipe_mut().method = Method::ControlnetInpaint;
    window.steps();
    window.press_repaint();
    let (_, job, _) = window.job();
    assert_eq!(job.recipe.controls[0].model, "inside");
}
