//! The engine's thread: load, repaint, stop, and go on after whatever fails.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_channel::bounded;
use pentimento::engine::{
    Cancel, Device, Engine, EngineError, Event, Job, JobId, Kit, KitLora, Made, ModelInfo,
    ModelSource, Outcome, Previews, Repaint, ShelfReport, Work,
};
use pentimento::raster::{Mask, Picture, Size};
use pentimento::recipe::{Recipe, Sampler, Spacing};
use sha2::{Digest as _, Sha256};

use super::{fixture, runtime};

const PATIENCE: Duration = Duration::from_secs(60);

fn engine() -> Engine {
    // The thread's runtime is then a clone of the process's.
    runtime();
    Engine::spawn(|| ()).unwrap()
}

fn golden(model: &str) -> PathBuf {
    fixture("../golden/models").join(model)
}

fn kit(directory: PathBuf) -> Kit {
    Kit::of(ModelSource::Directory(directory))
}

fn load(engine: &mut Engine, directory: PathBuf) -> Result<ModelInfo, EngineError> {
    engine
        .load(kit(directory), Device::Cpu, Cancel::new())
        .unwrap();
    loop {
        if let Event::Loaded(loaded) = next(engine) {
            return loaded;
        }
    }
}

fn next(engine: &Engine) -> Event {
    engine.wait(PATIENCE).unwrap().expect("an event in time")
}

fn job(model: PathBuf, steps: usize) -> Job {
    let size = Size::new(64, 64);
    let repaint = Repaint {
        picture: Arc::new(Picture::from_fn(size, |x, y| {
            [(x * 4) as u8, (y * 4) as u8, 50, 255]
        })),
        mask: Some(Arc::new(Mask::from_fn(
            size,
            |x, _| if x < 32 { 255 } else { 0 },
        ))),
        recipe: Recipe {
            steps,
            strength: 1.0,
            sampler: Sampler::Euler,
            spacing: Spacing::Uniform,
            ..Recipe::default()
        },
        control_pictures: Vec::new(),
        batch: 1,
    };
    Job {
        work: Work::Repaint(repaint),
        kit: kit(model),
        device: Device::Cpu,
        previews: Previews::Off,
    }
}

/// Steps that were told, and how the job ended.
fn finish(engine: &Engine) -> (Vec<usize>, Result<Outcome, EngineError>) {
    let mut steps = Vec::new();
    loop {
        match next(engine) {
            Event::Step { index, .. } => steps.push(index),
            Event::Finished { outcome, .. } => return (steps, outcome),
            Event::Loading(_)
            | Event::Loaded(_)
            | Event::Noted(_)
            | Event::Shelf(_)
            | Event::Devices(_) => {}
        }
    }
}

#[test]
fn a_job_tells_its_steps_and_gives_a_patch() {
    let mut engine = engine();
    let info = load(&mut engine, golden("sd-9ch")).unwrap();
    assert_eq!((info.device, info.spec.latent_channels), (Device::Cpu, 4));
    engine
        .submit(JobId(1), job(golden("sd-9ch"), 3), Cancel::new())
        .unwrap();
    let (steps, outcome) = finish(&engine);
    assert_eq!(steps, [1, 2, 3]);
    let Ok(Outcome::Repainted { patches, made }) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(patches.len(), 1);
    assert_eq!(patches[0].rect().size(), Size::new(64, 64));
    assert_eq!(made.timings.steps.len(), 3);
}

#[test]
fn the_owner_is_woken_for_every_event() {
    runtime();
    let rung = Arc::new(AtomicUsize::new(0));
    let bell = Arc::clone(&rung);
    let wake = move || {
        bell.fetch_add(1, Ordering::SeqCst);
    };
    let mut engine = Engine::spawn(wake).unwrap();
    load(&mut engine, golden("sd-4ch")).unwrap();
    engine
        .submit(JobId(1), job(golden("sd-4ch"), 2), Cancel::new())
        .unwrap();
    finish(&engine).1.unwrap();
    drop(engine);
    // Four networks, what is in memory, the model, two steps, the end.
    assert_eq!(rung.load(Ordering::SeqCst), 9);
}

#[test]
fn failures_leave_the_engine_ready() {
    let mut engine = engine();
    assert!(load(&mut engine, golden("no-such-model")).is_err());
    engine
        .submit(JobId(2), job(golden("no-such-model"), 1), Cancel::new())
        .unwrap();
    assert!(matches!(finish(&engine).1, Err(EngineError::Model { .. })));
    load(&mut engine, golden("sd-4ch")).unwrap();
    engine
        .submit(JobId(3), job(golden("sd-4ch"), 0), Cancel::new())
        .unwrap();
    assert!(matches!(finish(&engine).1, Err(EngineError::Plan(_))));
    engine
        .submit(JobId(4), job(golden("sd-4ch"), 1), Cancel::new())
        .unwrap();
    assert!(matches!(finish(&engine).1, Ok(Outcome::Repainted { .. })));
}

/// A job whose single evaluation multiplies matrices for many minutes, begun.
fn endless(engine: &mut Engine) -> Cancel {
    load(engine, fixture("models/slow")).unwrap();
    let cancel = Cancel::new();
    engine
        .submit(JobId(1), job(fixture("models/slow"), 1), cancel.clone())
        .unwrap();
    assert!(engine.wait(Duration::from_millis(500)).unwrap().is_none());
    cancel
}

#[test]
fn a_stopped_job_ends_at_once_and_the_next_one_runs() {
    let mut engine = engine();
    endless(&mut engine).cancel();
    let (steps, outcome) = finish(&engine);
    assert!(matches!(outcome, Ok(Outcome::Cancelled)), "{outcome:?}");
    assert!(steps.is_empty());
    load(&mut engine, golden("sd-4ch")).unwrap();
    engine
        .submit(JobId(2), job(golden("sd-4ch"), 1), Cancel::new())
        .unwrap();
    assert!(matches!(finish(&engine).1, Ok(Outcome::Repainted { .. })));
}

#[test]
fn dropping_the_engine_stops_all_its_jobs() {
    let mut engine = engine();
    endless(&mut engine);
    engine
        .submit(JobId(2), job(golden("sd-4ch"), 1), Cancel::new())
        .unwrap();
    drop(engine);
}

#[test]
fn a_full_queue_is_an_error_not_a_wait() {
    let mut engine = engine();
    endless(&mut engine);
    let busy = (2..100).find_map(|id| {
        engine
            .submit(JobId(id), job(golden("sd-4ch"), 1), Cancel::new())
            .err()
    });
    assert!(matches!(busy, Some(EngineError::Busy)), "{busy:?}");
}

#[test]
fn a_stopped_load_is_told_and_the_next_one_works() {
    let mut engine = engine();
    let cancel = Cancel::new();
    cancel.cancel();
    engine
        .load(kit(golden("sd-4ch")), Device::Cpu, cancel)
        .unwrap();
    let loaded = loop {
        if let Event::Loaded(loaded) = next(&engine) {
            break loaded;
        }
    };
    assert!(
        matches!(loaded, Err(EngineError::LoadStopped)),
        "{loaded:?}"
    );
    load(&mut engine, golden("sd-4ch")).unwrap();
}

#[test]
fn a_vanished_thread_is_an_error_not_a_wait() {
    let (commands, inbox) = bounded(1);
    let (outbox, events) = bounded(1);
    let mut engine = Engine::from_channels(commands, events);
    assert!(matches!(engine.poll(), Ok(None)));
    drop((inbox, outbox));
    assert!(matches!(engine.poll(), Err(EngineError::WorkerGone)));
    assert!(matches!(
        engine.wait(PATIENCE),
        Err(EngineError::WorkerGone)
    ));
    let submitted = engine.submit(JobId(1), job(golden("sd-4ch"), 1), Cancel::new());
    assert!(matches!(submitted, Err(EngineError::WorkerGone)));
}

/// Does not touch the other tests' runtime: alone in its process, only the engine keeps it alive.
#[test]
fn a_thread_that_died_is_replaced_and_the_next_job_runs() {
    let deadly = Arc::new(AtomicBool::new(false));
    let wake = {
        let deadly = Arc::clone(&deadly);
        move || assert!(!deadly.load(Ordering::SeqCst), "killed by the test")
    };
    let mut engine = Engine::spawn(wake).unwrap();
    load(&mut engine, golden("sd-4ch")).unwrap();
    deadly.store(true, Ordering::SeqCst);
    engine
        .submit(JobId(1), job(golden("sd-4ch"), 3), Cancel::new())
        .unwrap();
    let gone = loop {
        match engine.wait(PATIENCE) {
            Ok(event) => assert!(event.is_some(), "the thread lives"),
            Err(error) => break error,
        }
    };
    assert!(matches!(gone, EngineError::WorkerGone));
    deadly.store(false, Ordering::SeqCst);
    engine.restart().unwrap();
    load(&mut engine, golden("sd-4ch")).unwrap();
    engine
        .submit(JobId(2), job(golden("sd-4ch"), 1), Cancel::new())
        .unwrap();
    assert!(matches!(finish(&engine).1, Ok(Outcome::Repainted { .. })));
}

#[test]
fn an_engine_whose_thread_is_played_cannot_be_restarted() {
    let (commands, _inbox) = bounded(1);
    let (_outbox, events) = bounded(1);
    let mut engine = Engine::from_channels(commands, events);
    assert!(matches!(engine.restart(), Err(EngineError::WorkerGone)));
}

#[test]
fn the_devices_are_told_by_the_thread_that_will_use_them() {
    let mut engine = engine();
    engine.devices(Device::Cpu).unwrap();
    let Event::Devices(report) = next(&engine) else {
        panic!("another event")
    };
    assert_eq!(report.devices[0], (Device::Cpu, Ok(())));
    load(&mut engine, golden("sd-4ch")).unwrap();
}

#[test]
fn a_loaded_model_counts_tokens_without_its_thread() {
    let mut engine = engine();
    let info = load(&mut engine, golden("sd-4ch")).unwrap();
    drop(engine);
    let window = info.spec.text_window - 2;
    for (prompt, used, windows) in [
        ("", 0, 1),
        ("a", 1, 1),
        ("(a:1.3)", 1, 1),
        ("a BREAK a", 2, 2),
    ] {
        let count = info.tokens.count(prompt).unwrap();
        assert_eq!(
            (count.used, count.room),
            (used, windows * window),
            "{prompt}"
        );
    }
}

/// What was made, and the models in memory as they were last told.
fn done(engine: &Engine, shelf: &mut ShelfReport) -> Made {
    loop {
        match next(engine) {
            Event::Shelf(report) => *shelf = report,
            Event::Finished { outcome, .. } => match outcome {
                Ok(Outcome::Repainted { made, .. }) => return made,
                other => panic!("{other:?}"),
            },
            _ => {}
        }
    }
}

fn names(shelf: &ShelfReport) -> Vec<String> {
    let name = |model: &ModelSource| match model {
        ModelSource::Directory(path) | ModelSource::File(path) => {
            path.file_name().unwrap().to_string_lossy().into_owned()
        }
        ModelSource::BuiltIn => "built-in".to_owned(),
    };
    let models = shelf.models.iter();
    models.map(|held| name(&held.kit.model)).collect()
}

#[test]
fn a_job_runs_on_the_model_that_it_names_and_says_so() {
    let mut engine = engine();
    let mut shelf = ShelfReport::default();
    load(&mut engine, golden("sd-4ch")).unwrap();
    let models = ["sd-9ch", "sd-4ch", "sd-9ch"];
    for (id, model) in (1..).zip(models) {
        engine
            .submit(JobId(id), job(golden(model), 1), Cancel::new())
            .unwrap();
    }
    for model in models {
        let made = done(&engine, &mut shelf);
        assert_eq!((made.model.as_str(), made.device), (model, Device::Cpu));
        assert_eq!(made.rendered, Size::new(64, 64));
        assert!(made.masked);
    }
    // Both stay; the last was told when the other came.
    assert_eq!(names(&shelf), ["sd-9ch", "sd-4ch"]);
}

#[test]
fn memory_holds_what_the_budget_allows_and_the_least_recently_used_goes() {
    let mut engine = engine();
    let mut shelf = ShelfReport::default();
    let run = |engine: &mut Engine, shelf: &mut ShelfReport, model: &str| {
        engine
            .submit(JobId(1), job(golden(model), 1), Cancel::new())
            .unwrap();
        done(engine, shelf)
    };
    for model in ["sd-4ch", "sd-9ch", "sd-4ch"] {
        run(&mut engine, &mut shelf, model);
    }
    let weight: u64 = shelf.models.iter().map(|held| held.weight).sum();
    engine.set_memory(Some(weight)).unwrap();
    run(&mut engine, &mut shelf, "sd-4ch-v");
    // Of the third what there is room for.
    assert_eq!(names(&shelf)[..2], ["sd-4ch-v", "sd-4ch"]);
    assert!(shelf.models.iter().map(|held| held.weight).sum::<u64>() <= weight);
    assert_eq!(shelf.budget, Some(weight));
    engine.set_memory(Some(1000)).unwrap();
    engine
        .submit(JobId(1), job(golden("sd-4ch"), 1), Cancel::new())
        .unwrap();
    let outcome = finish(&engine).1;
    assert!(
        matches!(
            outcome,
            Err(EngineError::OutOfMemory {
                available: 1000,
                ..
            })
        ),
        "{outcome:?}"
    );
}

#[test]
fn networks_take_turns_in_a_memory_that_does_not_hold_them_all() {
    let mut engine = engine();
    let mut repaint = |most: Option<u64>| {
        let kit = Kit::of(ModelSource::at(golden("ldm-sd1.safetensors")));
        let job = job(golden("sd-9ch"), 2);
        engine.set_memory(most).unwrap();
        let submitted = engine.submit(JobId(1), Job { kit, ..job }, Cancel::new());
        submitted.unwrap();
        let (mut names, mut held) = (Vec::new(), 0);
        loop {
            match next(&engine) {
                Event::Loading(name) => names.push(name),
                Event::Shelf(shelf) => held = shelf.models.iter().map(|one| one.weight).sum(),
                Event::Finished { outcome, .. } => match outcome {
                    Ok(Outcome::Repainted { patches, .. }) => return (names, held, patches),
                    other => panic!("{other:?}"),
                },
                _ => {}
            }
        }
    };
    let (names, all, want): (_, u64, _) = repaint(None);
    assert_eq!(names.len(), 4, "{names:?}");
    // The text encoder's words take most of it.
    for share in [0.95, 0.9, 0.85] {
        let most = (all as f64 * share) as u64;
        let (names, held, found) = repaint(Some(most));
        assert!(!names.is_empty() && held <= most, "{share}: {names:?}");
        assert_eq!(found, want, "{share}");
    }
}

#[test]
fn a_model_whose_files_changed_is_loaded_anew() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("model");
    super::bad_models::copy(&golden("sd-4ch"), &copy);
    let mut engine = engine();
    let loads = |engine: &mut Engine| {
        let shelf = &mut ShelfReport::default();
        engine
            .submit(JobId(1), job(copy.clone(), 1), Cancel::new())
            .unwrap();
        done(engine, shelf);
        shelf.models.len()
    };
    assert_eq!([loads(&mut engine), loads(&mut engine)], [1, 0]);
    let config = copy.join("vae_decoder/config.json");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text + " ").unwrap();
    assert_eq!(loads(&mut engine), 1);
}

/// Names of the networks that are loaded for a kit.
fn loaded_for(engine: &mut Engine, kit: Kit) -> Vec<String> {
    engine.load(kit, Device::Cpu, Cancel::new()).unwrap();
    let (mut names, mut done) = (Vec::new(), 0);
    loop {
        match next(engine) {
            Event::Loading(loading) => {
                assert!(loading.done >= done && loading.done < loading.total);
                assert_eq!(loading.done == 0, names.is_empty());
                done = loading.done;
                names.push(loading.part);
            }
            Event::Loaded(info) => {
                info.unwrap();
                return names;
            }
            _ => {}
        }
    }
}

#[test]
fn another_strength_of_a_lora_loads_what_it_changes() {
    let mut engine = engine();
    let lora = |unet: f32, text: f32| KitLora {
        file: Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/golden/loras/kohya-sd1.safetensors"),
        unet: unet.into(),
        text: text.into(),
    };
    let kit = |loras| Kit {
        loras,
        ..Kit::of(ModelSource::at(golden("ldm-sd1.safetensors")))
    };
    let all = ["text encoder", "UNet", "VAE encoder", "VAE decoder"];
    assert_eq!(loaded_for(&mut engine, kit(vec![])), all);
    let text_and_unet = loaded_for(&mut engine, kit(vec![lora(1.0, 1.0)]));
    assert_eq!(text_and_unet, ["text encoder", "UNet"]);
    assert_eq!(loaded_for(&mut engine, kit(vec![lora(0.5, 1.0)])), ["UNet"]);
    let text = loaded_for(&mut engine, kit(vec![lora(0.5, 0.25)]));
    assert_eq!(text, ["text encoder"]);
    assert_eq!(loaded_for(&mut engine, kit(vec![lora(1.0, 0.25)])), [""; 0]);
    assert_eq!(loaded_for(&mut engine, kit(vec![lora(0.0, 0.0)])), [""; 0]);
}

#[test]
fn a_result_tells_the_hash_of_its_checkpoint() {
    let mut engine = engine();
    let path = golden("ldm-sd1.safetensors");
    let job = Job {
        kit: Kit::of(ModelSource::at(path.clone())),
        ..job(golden("sd-9ch"), 1)
    };
    engine.submit(JobId(1), job, Cancel::new()).unwrap();
    let (_, outcome) = finish(&engine);
    let Ok(Outcome::Repainted { made, .. }) = outcome else {
        panic!("{outcome:?}")
    };
    let digest = Sha256::digest(std::fs::read(path).unwrap());
    let digits: String = digest[..5]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let hash = made.model_hash.unwrap();
    assert_eq!(hash.wait(&Cancel::new()), Some(digits.as_str()));
}
