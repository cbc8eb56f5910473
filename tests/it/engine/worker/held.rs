//! The engine's thread and what it holds in memory.

use std::path::Path;

use pentimento::engine::{
    Cancel, Device, Engine, EngineError, Event, Job, JobId, Kit, KitLora, Made, ModelSource,
    Outcome, ShelfReport, Work,
};
use pentimento::raster::Size;
use pentimento::recipe::Control;
use sha2::{Digest as _, Sha256};

use super::{engine, finish, golden, job, load, next};

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
    crate::engine::bad_models::copy(&golden("sd-4ch"), &copy);
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

/// A copy of a LoRA with a tensor that nothing reads, in a folder of its own.
fn odd_lora() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/loras/kohya-sd1.safetensors");
    let mut bytes = std::fs::read(file).unwrap();
    let (known, odd) = (b"mlp_fc1.alpha", b"mlp_fc1.alphb");
    let at = bytes.windows(known.len()).position(|part| part == known);
    let at = at.unwrap();
    bytes[at..at + odd.len()].copy_from_slice(odd);
    std::fs::write(folder.path().join("odd.safetensors"), bytes).unwrap();
    folder
}

/// The networks that are loaded before a job ends, and the lines that are told.
fn told_by(engine: &mut Engine, job: Job) -> (Vec<String>, Vec<String>) {
    engine.submit(JobId(1), job, Cancel::new()).unwrap();
    let (mut parts, mut lines) = (Vec::new(), Vec::new());
    loop {
        match next(engine) {
            Event::Loading(loading) => parts.push(loading.part),
            Event::Noted(line) => lines.push(line),
            Event::Finished { outcome, .. } => {
                outcome.unwrap();
                return (parts, lines);
            }
            _ => {}
        }
    }
}

#[test]
fn what_a_recipe_names_is_loaded_once_and_tells_what_it_lacks() {
    let mut engine = engine();
    let folder = odd_lora();
    let controls = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/controls");
    let kit = Kit {
        lora_folders: vec![folder.path().to_owned()],
        control_folders: vec![controls],
        ..Kit::of(ModelSource::at(golden("ldm-sd1.safetensors")))
    };
    let wanted = |prompt: &str| {
        let mut job = Job {
            kit: kit.clone(),
            ..job(golden("sd-4ch"), 1)
        };
        if let Work::Repaint(repaint) = &mut job.work {
            repaint.recipe.prompt = prompt.to_owned();
            repaint.recipe.controls = vec![Control {
                model: "sd1".to_owned(),
                ..Control::default()
            }];
        }
        job
    };
    let first = wanted("a hand <lora:odd:0.5>");
    let Work::Repaint(repaint) = &first.work else {
        panic!("a repaint")
    };
    let loaded = kit.loaded_for(&repaint.recipe, &Cancel::new()).unwrap();
    let parts = loaded_for(&mut engine, loaded);
    let once = |name: &str| parts.iter().filter(|part| *part == name).count() == 1;
    assert!(once("UNet") && once("ControlNet"), "{parts:?}");
    let (parts, lines) = told_by(&mut engine, first);
    assert_eq!((parts.len(), lines.len()), (0, 0), "{parts:?}, {lines:?}");
    // Said when it was loaded, so not again of another strength.
    let (parts, lines) = told_by(&mut engine, wanted("a hand <lora:odd:0.7>"));
    assert!(
        parts.contains(&"UNet".to_owned()) && lines.is_empty(),
        "{parts:?}, {lines:?}"
    );
    // Where a job is the first to load it, it tells.
    let mut engine = super::engine();
    for told in [1, 0] {
        let (_, lines) = told_by(&mut engine, wanted("a hand <lora:odd:0.9>"));
        let of_lora = lines
            .iter()
            .filter(|line| line.contains("of no known kind"));
        assert_eq!(of_lora.count(), told, "{lines:?}");
    }
}
