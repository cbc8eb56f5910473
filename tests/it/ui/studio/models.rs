//! Models and devices: what is listed, what is loaded, and on what.

use std::path::{Path, PathBuf};

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::engine::runtime::RuntimeReport;
use pentimento::engine::{
    Command, Device, DevicesReport, Event, Kit, ModelSource, ShelfReport, Shelved,
};
use pentimento::recipe::{Sampler, Spacing, Suggestion};
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
    window.open_models();
    window
}

/// What the engine was just asked to load.
fn asked(window: &Window) -> (ModelSource, Device) {
    loop {
        match window.commands.try_recv().unwrap() {
            Command::Load(kit, device, _) => return (kit.model, device),
            Command::Devices(_) | Command::Memory(_) => {}
            Command::Run(..) => panic!("a job"),
        }
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
        next_start: Vec::new(),
        free_memory: None,
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
        Command::Devices(Device::Auto)
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
    // What is asked for now is done on it.
    window.press_repaint();
    assert!(window.commands.try_recv().is_err());
    window.say(Event::Loaded(Ok(info())));
    assert_eq!(window.whole_job().1.device, Device::Cpu);
}

#[test]
fn a_device_of_another_library_offers_a_new_start() {
    let mut window = open();
    while window.commands.try_recv().is_ok() {}
    window.say(Event::Devices(DevicesReport {
        next_start: vec![Device::Cuda],
        ..report()
    }));
    window
        .harness
        .get_by_role_and_label(Role::RadioButton, "NVIDIA (CUDA)")
        .click();
    window.steps();
    assert_eq!(window.app().shell().settings.device, Device::Cuda);
    assert!(window.shows("Restart with NVIDIA (CUDA)"));
    assert!(window.commands.try_recv().is_err(), "nothing is loaded");
}

/// A window whose settings name two models that were added, one of them broken.
fn with_models() -> Window {
    let mut shell = Shell::default();
    shell.settings.models = vec![golden("sd-4ch"), golden("no-such-model")];
    shell.settings.model = Some(golden("sd-4ch"));
    let mut window = super::bare_with(shell);
    window.open_models();
    window.until_shown("Remove sd-4ch");
    window
}

#[test]
fn the_model_of_the_settings_is_loaded_and_the_others_are_looked_at() {
    let mut window = with_models();
    let sd = ModelSource::Directory(golden("sd-4ch"));
    assert_eq!(asked(&window), (sd, Device::Auto));
    window.until_shown("made for 64\u{d7}64, predicts noise");
    window.until_shown("there is no model here any more");
    window.say(super::loading("UNet"));
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
    window.key(Modifiers::COMMAND, Key::Enter);
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
fn a_job_waits_for_the_model_that_is_being_loaded() {
    let mut window = super::bare();
    window.mask();
    assert!(matches!(
        window.commands.try_recv().unwrap(),
        Command::Load(..)
    ));
    window.say(super::loading("UNet"));
    assert!(window.shows("The model is loading: UNet"));
    window.press_repaint();
    assert!(window.commands.try_recv().is_err());
    assert!(window.shows("1 job waits"));
    window.say(Event::Loaded(Ok(info())));
    window.job();
}

#[test]
fn jobs_are_done_with_the_model_that_was_chosen_when_they_were_asked_for() {
    let mut window = with_models();
    window.load();
    window.mask();
    while window.commands.try_recv().is_ok() {}
    window.recipe_mut().seed = 1;
    window.key(Modifiers::COMMAND, Key::Enter);
    window.key(Modifiers::COMMAND, Key::Enter);
    window
        .harness
        .get_by_role_and_label(Role::RadioButton, "Built-in")
        .click();
    window.steps();
    window.key(Modifiers::COMMAND, Key::Enter);
    let sd = ModelSource::Directory(golden("sd-4ch"));
    let (first, job, _) = window.whole_job();
    assert_eq!((job.kit.model, job.device), (sd.clone(), Device::Auto));
    window.finish(first, 30);
    // The second was asked for before the other model was chosen.
    let (second, job, _) = window.whole_job();
    assert_eq!(job.kit.model, sd);
    window.say(super::loading("VAE decoder"));
    assert!(window.shows("The model is loading: VAE decoder"));
    window.finish(second, 30);
    assert_eq!(asked(&window).0, ModelSource::BuiltIn);
    assert!(window.commands.try_recv().is_err());
    window.say(Event::Loaded(Ok(info())));
    let (third, job, _) = window.whole_job();
    assert_eq!(job.kit.model, ModelSource::BuiltIn);
    window.finish(third, 30);
    assert_eq!(window.results(), 3);
}

#[test]
fn what_is_held_in_memory_is_told() {
    let mut window = open();
    window.say(Event::Shelf(ShelfReport {
        models: vec![Shelved {
            kit: Kit::of(ModelSource::BuiltIn),
            device: Device::Cpu,
            weight: 3_400_000_000,
        }],
        free: None,
        budget: None,
    }));
    assert!(window.shows("in memory: 3.4 GB on Processor"));
}

#[test]
fn memory_for_models_can_be_limited() {
    let mut window = open();
    while window.commands.try_recv().is_ok() {}
    let limit = window
        .harness
        .get_by_role_and_label(Role::RadioButton, "at most");
    limit.click();
    window.steps();
    assert_eq!(window.app().shell().settings.memory, Some(8.0));
    assert!(matches!(
        window.commands.try_recv().unwrap(),
        Command::Memory(Some(8_000_000_000))
    ));
}

#[test]
fn a_load_shows_its_share_and_can_be_stopped() {
    let mut window = super::bare();
    window.mask();
    let Command::Load(_, _, cancel) = window.commands.try_recv().unwrap() else {
        panic!("another command");
    };
    window.say(super::loading("UNet"));
    assert!(window.shows("The model is loading: UNet, 25 %"));
    window.press("Stop");
    assert!(cancel.is_cancelled());
    let stopped = pentimento::engine::EngineError::LoadStopped;
    window.say(Event::Loaded(Err(stopped)));
    assert!(window.commands.try_recv().is_err(), "it is loaded again");
    assert!(!window.is_enabled("Repaint"));
    window.open_models();
    assert!(window.shows("Loading was stopped"));
    window.press("Load again");
    assert_eq!(asked(&window).0, ModelSource::BuiltIn);
    window.say(Event::Loaded(Ok(info())));
    assert!(window.is_enabled("Repaint"));
}

#[test]
fn a_model_for_few_steps_says_so_and_one_click_takes_it() {
    let mut window = super::bare();
    window.commands.try_recv().unwrap();
    let wanted = Suggestion {
        steps: 8,
        guidance: 1.5,
        sampler: Sampler::Lcm,
        spacing: Spacing::Uniform,
    };
    let mut info = info();
    info.spec.suggestion = Some(wanted);
    window.say(Event::Loaded(Ok(info)));
    let before = Suggestion::of(window.recipe());
    assert!(window.shows("Made for 8 steps, guidance 1.5, LCM"));
    window.press("Use");
    assert_eq!(Suggestion::of(window.recipe()), wanted);
    window.press("Undo");
    assert_eq!(Suggestion::of(window.recipe()), before);
    window.press("Use");
    window.recipe_mut().steps = 7;
    window.steps();
    window.press("Use");
    window.press("Undo");
    assert_eq!(window.recipe().steps, 7);
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
