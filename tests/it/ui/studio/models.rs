//! Models and devices: what is listed, what is loaded, and on what.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::engine::runtime::RuntimeReport;
use pentimento::engine::{Command, Device, DevicesReport, Event, ModelSource};
use pentimento::ui::Shell;

use super::{Window, info, ready};

fn golden(model: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/models")
        .join(model)
}

/// A window whose models are open.
fn open() -> Window {
    let mut window = ready();
    window.harness.get_by_role(Role::Link).click();
    window.steps();
    window
}

/// What the engine was just asked to load.
fn asked(window: &Window) -> (ModelSource, Device) {
    loop {
        match window.commands.try_recv().unwrap() {
            Command::Load(source, device, _) => return (source, device),
            Command::Devices => {}
            Command::Repaint(..) => panic!("a job"),
        }
    }
}

/// Draws frames until a text shows.
fn until_shown(window: &mut Window, text: &str) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !window.shows(text) {
        assert!(Instant::now() < patience, "{text} does not show");
        std::thread::sleep(Duration::from_millis(20));
        window.steps();
    }
}

fn report() -> DevicesReport {
    DevicesReport {
        runtime: RuntimeReport { places: Vec::new() },
        devices: vec![
            (Device::Cpu, Ok(())),
            (Device::Cuda, Err("no driver".to_owned())),
        ],
        problem: None,
    }
}

#[test]
fn the_built_in_model_and_its_device_are_told() {
    let mut window = open();
    assert!(window.shows("Built-in"));
    assert!(window.shows("runs on: Processor; loaded in 1.2 s"));
    assert!(window.shows("a note of the model"));
    assert!(matches!(
        window.commands.try_recv().unwrap(),
        Command::Devices
    ));
    assert!(window.shows("Devices are tried when the engine is free."));
    window.say(Event::Devices(report()));
    assert!(window.shows("works"));
    assert!(window.shows("no driver"));
    let cuda = window
        .harness
        .get_by_role_and_label(Role::RadioButton, "NVIDIA (CUDA)");
    assert!(cuda.accesskit_node().is_disabled());
}

#[test]
fn another_device_is_remembered_and_loads_the_model_again() {
    let mut window = open();
    window
        .harness
        .get_by_role_and_label(Role::RadioButton, "Processor")
        .click();
    window.steps();
    assert_eq!(asked(&window), (ModelSource::BuiltIn, Device::Cpu));
    assert_eq!(window.app().shell().settings.device, Device::Cpu);
    assert!(!window.is_enabled("Repaint"));
    window.say(Event::Loaded(Ok(info())));
    assert!(window.is_enabled("Repaint"));
}

/// A window whose settings name two models that were added, one of them broken.
fn with_models() -> Window {
    let mut shell = Shell::default();
    shell.settings.models = vec![golden("sd-4ch"), golden("no-such-model")];
    shell.settings.model = Some(golden("sd-4ch"));
    let mut window = super::bare_with(shell);
    window.harness.get_by_role(Role::Link).click();
    window.steps();
    window
}

#[test]
fn the_model_of_the_settings_is_loaded_and_the_others_are_looked_at() {
    let mut window = with_models();
    let sd = ModelSource::Directory(golden("sd-4ch"));
    assert_eq!(asked(&window), (sd, Device::Auto));
    until_shown(&mut window, "4 channels, made for");
    until_shown(&mut window, "there is no such directory");
    window.say(Event::Loading("UNet".to_owned()));
    assert!(window.shows("The model is loading: UNet"));
}

#[test]
fn a_model_taken_off_the_list_gives_way_to_the_built_in_one() {
    let mut window = with_models();
    window.load();
    window.harness.get_by_label("Remove sd-4ch").click();
    window.steps();
    assert_eq!(asked(&window).0, ModelSource::BuiltIn);
    let settings = &window.app().shell().settings;
    assert_eq!(settings.models, [golden("no-such-model")]);
    assert_eq!(settings.model, None);
}

#[test]
fn choosing_a_model_waits_for_the_job_in_flight() {
    let mut window = with_models();
    window.load();
    window.mask();
    while window.commands.try_recv().is_ok() {}
    window.press_repaint();
    let (id, ..) = window.job();
    window
        .harness
        .get_by_role_and_label(Role::RadioButton, "Built-in")
        .click();
    window.steps();
    assert!(window.commands.try_recv().is_err());
    window.finish(id, 30);
    assert_eq!(asked(&window).0, ModelSource::BuiltIn);
    assert_eq!(window.results(), 1);
}

#[test]
fn choosing_a_model_stops_a_load_in_flight() {
    let mut window = with_models();
    let Command::Load(_, _, cancel) = window.commands.try_recv().unwrap() else {
        panic!("another command");
    };
    window
        .harness
        .get_by_role_and_label(Role::RadioButton, "Built-in")
        .click();
    window.steps();
    assert!(cancel.is_cancelled());
    window.say(Event::Loaded(Err(
        pentimento::engine::EngineError::LoadStopped,
    )));
    assert!(!window.told("loading was stopped"));
    assert_eq!(asked(&window).0, ModelSource::BuiltIn);
}
