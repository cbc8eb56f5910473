//! Models of one network: kept while they are what they were and there is room for them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use pentimento::engine::{
    Cancel, Device, Engine, Event, FindObject, Job, JobId, Kit, ModelSource, Previews, ShelfReport,
    Upscale, Work,
};
use pentimento::raster::{Picture, Size};

use super::{engine, job, next};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

fn picture() -> Arc<Picture> {
    Arc::new(Picture::filled(Size::new(40, 32), [90, 120, 30, 255]))
}

fn upscale() -> Work {
    Work::Upscale(Upscale {
        picture: picture(),
        size: None,
        tile: None,
    })
}

fn look() -> Work {
    Work::FindObject(FindObject {
        picture: picture(),
        prompt: None,
    })
}

/// Bytes of the networks that a work loads, and of the models that paint and are in memory after it.
fn loads(engine: &mut Engine, work: Work, model: &Path) -> (Vec<u64>, u64) {
    let job = Job {
        work,
        kit: Kit::of(ModelSource::at(model.to_owned())),
        device: Device::Cpu,
        previews: Previews::Off,
    };
    engine.submit(JobId(1), job, Cancel::new()).unwrap();
    ended(engine)
}

fn ended(engine: &Engine) -> (Vec<u64>, u64) {
    let (mut loaded, mut shelf) = (Vec::new(), ShelfReport::default());
    loop {
        match next(engine) {
            Event::Loading(loading) => loaded.push(loading.total),
            Event::Shelf(report) => shelf = report,
            Event::Finished { outcome, .. } => {
                outcome.unwrap();
                return (loaded, shelf.models.iter().map(|held| held.weight).sum());
            }
            _ => {}
        }
    }
}

#[test]
fn they_share_the_budget_with_each_other_and_with_what_paints() {
    let mut engine = engine();
    let works = [
        (
            upscale as fn() -> Work,
            golden("upscalers/compact-x4.safetensors"),
        ),
        (|| Work::Tag(picture()), golden("taggers/wd")),
    ];
    let run = |engine: &mut Engine, which: usize| {
        let (work, model) = &works[which];
        loads(engine, work(), model)
    };
    let [first, second] = [0, 1].map(|which| run(&mut engine, which).0);
    let ([first], [second]) = (&first[..], &second[..]) else {
        panic!("{first:?}, {second:?}")
    };
    let both = first + second;
    for (budget, kept) in [(both, true), (both - 1, false)] {
        engine.set_memory(Some(budget)).unwrap();
        for which in [0, 1, 0, 1] {
            run(&mut engine, which);
        }
        assert_eq!(run(&mut engine, 0).0.is_empty(), kept, "{budget} of {both}");
        assert!(run(&mut engine, 0).0.is_empty());
    }
    // A model that paints makes room, and counts.
    engine.set_memory(None).unwrap();
    engine
        .submit(JobId(1), job(super::golden("sd-4ch"), 1), Cancel::new())
        .unwrap();
    let (_, painter) = ended(&engine);
    engine.set_memory(Some(painter + both - 1)).unwrap();
    let (loaded, left) = run(&mut engine, 0);
    assert_eq!((loaded.len(), left), (1, painter));
    let (loaded, left) = run(&mut engine, 1);
    assert!(
        loaded.len() == 1 && left <= painter,
        "{left} of {painter} beside {both}"
    );
    // The upscaler went for the tagger, and not the painter.
    assert_eq!(left, painter);
}

/// The folder of a model, the file that it is named by, and another that it is made of.
const FILES: [(&str, &str, &str); 2] = [
    ("taggers/wd", "model.onnx", "selected_tags.csv"),
    (
        "sam/mobile",
        "mobile_sam_image_encoder.onnx",
        "sam_mask_decoder_multi.onnx",
    ),
];

#[test]
fn one_whose_other_file_changed_is_loaded_anew() {
    let mut engine = engine();
    for (folder, named, other) in FILES {
        let scratch = tempfile::tempdir().unwrap();
        let copy = scratch.path().join("model");
        crate::engine::bad_models::copy(&golden(folder), &copy);
        let mut count = || {
            let work = match folder.starts_with("sam") {
                true => look(),
                false => Work::Tag(picture()),
            };
            loads(&mut engine, work, &copy.join(named)).0.len()
        };
        let all = count();
        assert!(all > 0 && count() == 0, "{folder}");
        let file = File::options().write(true).open(copy.join(other)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!((count(), count()), (all, 0), "{folder}");
    }
}
