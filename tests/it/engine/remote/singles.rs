//! Networks that are models by themselves, on a server as `export-server` writes them: what they say is what they say here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pentimento::detection::Found;
use pentimento::engine::detector::{Detect, Subject};
use pentimento::engine::graph::Element;
use pentimento::engine::remote::{Remote, RemoteNetworks, SINGLES};
use pentimento::engine::repository::{self, Beside, BesideKind, Processor, Serving};
use pentimento::engine::{
    Cancel, Candidate, Device, Event, FindMask, FindObject, Job, JobId, Kit, ModelSource, Outcome,
    Previews, Prompt, PromptPoint, Tagged, Upscale, Work,
};
use pentimento::raster::heat::Heat;
use pentimento::raster::{Picture, file};

use super::jobs::engine;
use super::server::Server;
use super::{over, remote};
use crate::engine::fixture;

/// What came of a work, to be compared.
#[derive(Debug, PartialEq)]
enum Said {
    Picture(Picture),
    Heats(Vec<Heat>),
    Tagged(Tagged),
    Pointed(Vec<Candidate>),
    Found(Vec<Found>),
}

fn done(work: Work, model: ModelSource, remote: Option<Remote>) -> Result<Said, String> {
    let mut engine = engine();
    let job = Job {
        work,
        kit: Kit {
            remote,
            ..Kit::of(model)
        },
        device: Device::Cpu,
        previews: Previews::Off,
    };
    engine.submit(JobId(1), job, Cancel::new()).unwrap();
    loop {
        let event = engine.wait(std::time::Duration::from_secs(60)).unwrap();
        if let Event::Finished { outcome, .. } = event.expect("an event in time") {
            return Ok(match outcome.map_err(|error| error.to_string())? {
                Outcome::Upscaled { picture, .. } => Said::Picture(picture),
                Outcome::Found { heats, .. } => Said::Heats(heats),
                Outcome::Tagged(tagged) => Said::Tagged(tagged),
                Outcome::Pointed { candidates, .. } => Said::Pointed(candidates),
                Outcome::Detected(found) => Said::Found(found),
                other => panic!("{other:?}"),
            });
        }
    }
}

fn golden(name: &str) -> PathBuf {
    fixture("../golden").join(name)
}

/// Each work with its model, that is `built-in` or a file, as it is exported, and the networks that do it.
fn works() -> Vec<(Work, BesideKind, ModelSource, &'static [&'static str])> {
    let picture = Arc::new(
        file::read(&golden("detectors/several.png"))
            .unwrap()
            .picture,
    );
    let at = |name: &str| ModelSource::at(golden(name));
    let upscale = || {
        Work::Upscale(Upscale {
            picture: Arc::clone(&picture),
            size: None,
            tile: None,
        })
    };
    let find = || {
        Work::FindMask(FindMask {
            picture: Arc::clone(&picture),
            words: vec!["hand".to_owned()],
        })
    };
    let detect = |subject, detector| {
        Work::Detect(Detect {
            picture: Arc::clone(&picture),
            subject,
            detector,
            least: 0.1,
        })
    };
    let point = PromptPoint {
        at: [30.0, 30.0],
        inside: true,
    };
    let prompt = Prompt {
        points: vec![point],
        ..Prompt::default()
    };
    let object = FindObject {
        picture: Arc::clone(&picture),
        prompt: Some(prompt),
    };
    let toy = fixture("detectors/hand.onnx");
    let hands = detect(Subject::Hands, None);
    let faces = detect(Subject::Faces, None);
    let of_file = detect(Subject::Hands, Some(toy.clone()));
    use BesideKind::{Detector, Sam, Segmenter, Tagger, Upscaler};
    let built_in = || ModelSource::BuiltIn;
    vec![
        (upscale(), Upscaler, built_in(), &["upscaler"]),
        (upscale(), Upscaler, at(UPSCALER), &["upscaler"]),
        (find(), Segmenter, built_in(), &["segmenter"]),
        (
            find(),
            Segmenter,
            at(SEGMENTER),
            &["segmenter", "segmenter_text"],
        ),
        (
            Work::Tag(Arc::clone(&picture)),
            Tagger,
            built_in(),
            &["tagger"],
        ),
        (
            Work::Tag(Arc::clone(&picture)),
            Tagger,
            at("taggers/wd"),
            &["tagger"],
        ),
        (
            Work::FindObject(object),
            Sam,
            at(SAM),
            &["sam_encoder", "sam_decoder"],
        ),
        (
            hands,
            Detector,
            built_in(),
            &["palm_detector", "drawn_hands", "clean_hands"],
        ),
        (faces, Detector, built_in(), &["face_detector"]),
        (of_file, Detector, ModelSource::at(toy), &["detector"]),
    ]
}

const UPSCALER: &str = "upscalers/esrgan-x2-unshuffle.safetensors";
const SEGMENTER: &str = "segmenters/plain";
const SAM: &str = "sam/mobile";

/// A server with what `export-server` writes of a network.
fn exported(kind: BesideKind, source: &ModelSource, to: &Path, grpc: bool) -> Server {
    let beside = [Beside {
        kind,
        source: source.clone(),
    }];
    let serving = Serving {
        prefix: None,
        element: Element::F16,
        links: false,
        batch: 8,
        instances: 1,
        processor: Processor::Cpu,
    };
    let painter = Kit::of(ModelSource::BuiltIn);
    repository::write(
        (&painter, &beside),
        to,
        &serving,
        &Cancel::new(),
        &mut |_| (),
    )
    .unwrap();
    let graphs: Vec<_> = SINGLES
        .iter()
        .map(|role| (*role, to.join(role).join("1/model.onnx")))
        .filter(|(_, path)| path.exists())
        .collect();
    for (role, _) in &graphs {
        let config = std::fs::read_to_string(to.join(role).join("config.pbtxt")).unwrap();
        assert!(config.contains("max_batch_size: 0"), "{config}");
    }
    let graphs: Vec<_> = graphs
        .iter()
        .map(|(role, path)| (*role, path.as_path()))
        .collect();
    Server::start(&graphs, over(grpc))
}

#[test]
fn they_say_on_a_server_what_they_say_here() {
    for (at, (work, kind, model, roles)) in works().into_iter().enumerate() {
        let here = done(work.clone(), model.clone(), None).unwrap();
        let scratch = tempfile::tempdir().unwrap();
        let server = exported(kind, &model, &scratch.path().join("all"), at % 2 == 0);
        let painted_with = match &work {
            Work::Detect(_) => ModelSource::BuiltIn,
            _ => model,
        };
        let all = Remote {
            networks: RemoteNetworks::of(&SINGLES),
            ..remote(&server.url(false))
        };
        let there = done(work.clone(), painted_with.clone(), Some(all));
        assert_eq!(there.as_ref(), Ok(&here), "{kind:?} {roles:?}");
        let asked = server.asked();
        for role in roles {
            let ran = asked.contains(&format!("infer {role}"));
            assert!(ran, "{kind:?} {role}: {asked:?}");
        }
        // What is not to run there does not, and nothing is asked.
        let usual = remote(&server.url(false));
        assert_eq!(done(work, painted_with, Some(usual)), Ok(here), "{kind:?}");
        assert_eq!(server.asked().len(), asked.len());
    }
}

#[test]
fn another_network_than_the_one_here_is_refused_and_a_missing_one_named() {
    let graph = fixture("../../models/scene/tagger/model.onnx");
    let server = Server::start(&[("upscaler", &graph)], over(true));
    // What is said, and the line.
    let rows = [
        ("upscaler", "upscaler/model.onnx has it, found"),
        ("upscaler=x4", "there is no model `x4`"),
    ];
    for (networks, line) in rows {
        let there = Remote {
            networks: networks.parse().unwrap(),
            ..remote(&server.url(false))
        };
        let (work, ..) = works().swap_remove(0);
        let error = done(work, ModelSource::BuiltIn, Some(there)).unwrap_err();
        assert!(
            error.contains(line) && error.lines().count() == 1,
            "{error}"
        );
        assert!(error.contains(&server.address), "{error}");
    }
    assert!(
        !server
            .asked()
            .iter()
            .any(|asked| asked.starts_with("infer"))
    );
}
