//! The engine's thread: load, repaint, stop, and go on after whatever fails.

mod beside;
mod held;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_channel::bounded;
use pentimento::engine::{
    Cancel, Device, Engine, EngineError, Event, Job, JobId, Kit, ModelInfo, ModelSource, Outcome,
    Previews, Repaint, Work,
};
use pentimento::raster::{Mask, Picture, Size};
use pentimento::recipe::{Recipe, Sampler, Spacing};

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
