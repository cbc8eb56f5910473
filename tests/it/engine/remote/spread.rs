//! Jobs that several servers share: each done once, as one server does it, whatever becomes of the others.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pentimento::engine::remote::Remote;
use pentimento::engine::{
    Cancel, Engine, EngineError, Event, Job, JobId, Kit, KitLora, ModelSource, Outcome, Previews,
    Work,
};
use pentimento::raster::Patch;
use serde::Deserialize;

use super::jobs::{engine, job};
use super::server::{Fault, Server};
use super::{failing, golden, json, kit, over, remote, serving};
use crate::engine::fixture;

const PATIENCE: Duration = Duration::from_secs(60);

/// A job of that seed.
fn of_seed(kit: &Kit, seed: u64) -> Job {
    let mut job = job(kit.clone());
    if let Work::Repaint(repaint) = &mut job.work {
        repaint.recipe.seed = seed;
    }
    job
}

fn submit(engine: &mut Engine, kit: &Kit, seed: u64) -> Cancel {
    let cancel = Cancel::new();
    engine
        .submit(JobId(seed), of_seed(kit, seed), cancel.clone())
        .unwrap();
    cancel
}

/// What came of each job, and what was told meanwhile.
type Ends = (BTreeMap<u64, Result<Outcome, EngineError>>, Vec<String>);

/// Hears until so many jobs ended; none ends twice.
fn ends(engine: &Engine, jobs: usize) -> Ends {
    let (mut ended, mut told) = (BTreeMap::new(), Vec::new());
    while ended.len() < jobs {
        match engine.wait(PATIENCE).unwrap().expect("an event in time") {
            Event::Finished { job, outcome } => {
                assert!(
                    ended.insert(job.0, outcome).is_none(),
                    "{job:?} ended twice"
                );
            }
            Event::Noted(line) => told.push(line),
            _ => {}
        }
    }
    while let Some(event) = engine.poll().unwrap() {
        assert!(!matches!(event, Event::Finished { .. }), "{event:?}");
    }
    (ended, told)
}

/// The pictures of so many jobs that run at once, by their seeds, and what was told.
fn painted(kit: &Kit, seeds: std::ops::Range<u64>) -> (BTreeMap<u64, Vec<Patch>>, Vec<String>) {
    let mut engine = engine();
    let count = seeds.clone().count();
    for seed in seeds {
        submit(&mut engine, kit, seed);
    }
    let (ended, told) = ends(&engine, count);
    let patches = |(seed, outcome)| match outcome {
        Ok(Outcome::Repainted { patches, .. }) => (seed, patches),
        other => panic!("{seed}: {other:?} {told:?}"),
    };
    (ended.into_iter().map(patches).collect(), told)
}

fn with_both(servers: [&Server; 2]) -> Kit {
    let [first, second] = servers.map(|server| server.url(false).parse().unwrap());
    let both = Remote {
        timeout: Duration::from_secs(20),
        ..Remote::of_all([first, second]).unwrap()
    };
    kit(&golden("sd-9ch"), Some(both))
}

#[derive(Deserialize)]
struct Row {
    faults: [Fault; 2],
    /// What is told of each that is left out.
    told: Vec<String>,
    /// Whether each runs something.
    runs: [bool; 2],
}

#[test]
fn several_servers_make_what_one_makes_each_once() {
    let model = golden("sd-9ch");
    let alone = serving(&model, "unet", over(false));
    let wanted = kit(&model, Some(remote(&alone.url(false))));
    let (wanted, _) = painted(&wanted, 0..1);
    let all = kit(&model, None);
    let mut engine = engine();
    let mut here = BTreeMap::new();
    for seed in 0..4 {
        submit(&mut engine, &all, seed);
        let (ended, _) = ends(&engine, 1);
        for (seed, outcome) in ended {
            if let Ok(Outcome::Repainted { patches, .. }) = outcome {
                here.insert(seed, patches);
            }
        }
    }
    assert_eq!(wanted[&0], here[&0]);
    let rows: Vec<Row> = serde_json::from_value(json("server_spreads.json")).unwrap();
    for Row { faults, told, runs } in rows {
        for grpc in [false, true] {
            let servers = faults
                .each_ref()
                .map(|fault| failing(&model, fault.clone(), grpc));
            let (there, said) = painted(&with_both(servers.each_ref()), 0..4);
            let row = format!("{faults:?} grpc {grpc}");
            assert!(there == here, "{row}");
            let out: Vec<_> = said
                .iter()
                .filter(|line| line.contains("left out"))
                .collect();
            assert_eq!(out.len(), told.len(), "{row}: {said:?}");
            for (line, wanted) in out.iter().zip(&told) {
                assert!(line.contains(wanted), "{row}: {line}");
            }
            for (server, runs) in servers.iter().zip(runs) {
                let asked = server.asked();
                let ran = asked.iter().any(|one| one == "infer unet");
                assert_eq!(ran, runs, "{row}: {} {asked:?}", server.address);
            }
        }
    }
}

#[test]
fn where_all_fail_the_job_fails_and_the_next_tries_them_again() {
    let model = golden("sd-9ch");
    // One more than a call is repeated.
    let fault: Fault =
        serde_json::from_str(r#"{"at": "ready", "does": "not_ready", "times": 3}"#).unwrap();
    let start = || failing(&model, fault.clone(), true);
    let servers = [start(), start()];
    let kit = with_both(servers.each_ref());
    let mut engine = engine();
    submit(&mut engine, &kit, 1);
    let (mut ended, told) = ends(&engine, 1);
    let error = ended.remove(&1).unwrap().unwrap_err().to_string();
    assert!(error.contains("it is not ready yet") && error.lines().count() == 1);
    assert!(error.contains(&servers[1].address), "{error}");
    let out = told.iter().filter(|line| line.contains("left out"));
    assert_eq!(out.count(), 1, "{told:?}");
    submit(&mut engine, &kit, 2);
    let (ended, _) = ends(&engine, 1);
    assert!(matches!(ended[&2], Ok(Outcome::Repainted { .. })));
}

#[test]
fn one_that_was_left_out_is_tried_again_later() {
    let model = golden("sd-9ch");
    let fault: Fault =
        serde_json::from_str(r#"{"at": "ready", "does": "cut", "times": 3}"#).unwrap();
    let first = failing(&model, fault, true);
    let second = serving(&model, "unet", over(true));
    let kit = with_both([&first, &second]);
    let mut engine = engine();
    let patience = Instant::now() + PATIENCE;
    for seed in 1.. {
        assert!(Instant::now() < patience, "it is never tried again");
        submit(&mut engine, &kit, seed);
        let (ended, _) = ends(&engine, 1);
        assert!(matches!(ended[&seed], Ok(Outcome::Repainted { .. })));
        if first.asked().contains(&"infer unet".to_owned()) {
            break;
        }
    }
}

#[test]
fn a_stop_ends_one_of_the_jobs_and_a_server_takes_the_next() {
    let model = golden("sd-9ch");
    for grpc in [false, true] {
        let fault: Fault =
            serde_json::from_str(r#"{"at": "infer", "does": "silent", "times": 1}"#).unwrap();
        let first = failing(&model, fault, grpc);
        let second = serving(&model, "unet", over(grpc));
        let kit = with_both([&first, &second]);
        let mut engine = engine();
        let stop = submit(&mut engine, &kit, 1);
        while !first.asked().contains(&"infer unet".to_owned()) {
            std::thread::sleep(Duration::from_millis(5));
        }
        submit(&mut engine, &kit, 2);
        let (ended, _) = ends(&engine, 1);
        assert!(
            matches!(ended[&2], Ok(Outcome::Repainted { .. })),
            "{ended:?}"
        );
        stop.cancel();
        let (ended, told) = ends(&engine, 1);
        assert!(matches!(ended[&1], Ok(Outcome::Cancelled)), "{ended:?}");
        assert_eq!(told, Vec::<String>::new());
        submit(&mut engine, &kit, 3);
        let (ended, _) = ends(&engine, 1);
        assert!(matches!(ended[&3], Ok(Outcome::Repainted { .. })));
    }
}

#[test]
fn each_server_is_given_once() {
    let parse = |text: &str| text.parse().unwrap();
    let rows: [(&[&str], &str); 4] = [
        (&["grpc://a:1", "http://a:1"], ""),
        (
            &["grpc://a:1", "grpc://b:1", "grpc://a:1"],
            "grpc://a:1 is given twice",
        ),
        (&["http://a", "http://a:80/"], "http://a:80 is given twice"),
        (&[], "give 1 to 64 servers"),
    ];
    for (texts, line) in rows {
        match Remote::of_all(texts.iter().map(|text| parse(text))) {
            Ok(remote) => {
                assert_eq!(line, "");
                assert_eq!(remote.servers().count(), texts.len());
            }
            Err(error) => assert!(!line.is_empty() && error.contains(line), "{error}"),
        }
    }
}

#[test]
fn previews_of_jobs_at_once_are_told_apart() {
    let model = golden("sd-9ch");
    let servers = [(), ()].map(|()| serving(&model, "unet", over(true)));
    let kit = with_both(servers.each_ref());
    let mut engine = engine();
    for seed in 1..=2 {
        let job = Job {
            previews: Previews::Every,
            ..of_seed(&kit, seed)
        };
        engine.submit(JobId(seed), job, Cancel::new()).unwrap();
    }
    let (mut steps, mut ended) = (BTreeMap::<u64, Vec<usize>>::new(), 0);
    while ended < 2 {
        match engine.wait(PATIENCE).unwrap().expect("an event in time") {
            Event::Step { job, index, of, .. } => {
                assert_eq!(of, 3);
                steps.entry(job.0).or_default().push(index);
            }
            Event::Finished { outcome, .. } => {
                assert!(
                    matches!(outcome, Ok(Outcome::Repainted { .. })),
                    "{outcome:?}"
                );
                ended += 1;
            }
            _ => {}
        }
    }
    assert_eq!(
        steps,
        BTreeMap::from([(1, vec![1, 2, 3]), (2, vec![1, 2, 3])])
    );
}

/// A fault of both servers or strength of a LoRA on what runs there → the line, and whether it is tried on the other.
#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    fault: Fault,
    #[serde(default)]
    lora: f32,
    line: String,
    tries_both: bool,
}

#[test]
fn what_any_server_would_refuse_is_asked_of_one() {
    let model = golden("onnx-sd1");
    let rows: Vec<Refusal> = serde_json::from_value(json("server_refusals.json")).unwrap();
    for row in rows {
        for grpc in [false, true] {
            let start = || failing(&model, row.fault.clone(), grpc);
            let servers = [start(), start()];
            let lora = KitLora {
                file: fixture("../golden/loras/kohya-sd1.safetensors"),
                unet: row.lora.into(),
                text: 0.0.into(),
            };
            let kit = Kit {
                model: ModelSource::at(model.clone()),
                loras: vec![lora],
                ..with_both(servers.each_ref())
            };
            let mut engine = engine();
            submit(&mut engine, &kit, 1);
            let (mut ended, told) = ends(&engine, 1);
            let error = ended.remove(&1).unwrap().unwrap_err().to_string();
            assert!(error.contains(&row.line), "{}: {error}", row.line);
            assert_eq!(error.lines().count(), 1, "{error}");
            let out = told.iter().any(|line| line.contains("left out"));
            let asked = !servers[1].asked().is_empty();
            assert_eq!([out, asked], [row.tries_both; 2], "{error}: {told:?}");
        }
    }
}

#[test]
fn only_servers_that_run_something_are_counted() {
    let urls = ["http://a:1", "http://b:1", "http://c:1"].map(|url| url.parse().unwrap());
    let all = Remote::of_all(urls).unwrap();
    for (networks, count) in [
        ("unet", 3),
        ("controlnet-canny=c", 3),
        ("upscaler,vae_decoder", 3),
        ("upscaler", 1),
        ("tagger,hand_landmarks", 1),
    ] {
        let there = Remote {
            networks: networks.parse().unwrap(),
            ..all.clone()
        };
        let kit = kit(&golden("sd-9ch"), Some(there));
        assert_eq!(kit.servers(), count, "{networks}");
    }
    assert_eq!(kit(&golden("sd-9ch"), None).servers(), 1);
}

fn slow() -> Fault {
    serde_json::from_str(r#"{"at": "infer", "does": "slow"}"#).unwrap()
}

#[test]
fn a_network_that_two_jobs_want_here_is_loaded_once() {
    let model = golden("sd-9ch");
    let servers = [(), ()].map(|()| failing(&model, slow(), true));
    let kit = with_both(servers.each_ref());
    let mut engine = engine();
    let runs = |server: &Server| {
        let asked = server.asked();
        asked.iter().filter(|one| *one == "infer unet").count()
    };
    for round in 0..4 {
        let before = servers.each_ref().map(runs);
        for job in 0..2 {
            submit(&mut engine, &kit, 2 * round + job);
        }
        while servers
            .iter()
            .zip(before)
            .any(|(server, before)| runs(server) == before)
        {
            std::thread::sleep(Duration::from_millis(5));
        }
        // What is to decode goes meanwhile.
        engine.set_memory(Some(0)).unwrap();
        engine.set_memory(None).unwrap();
        let (mut ended, mut loads, mut shelves) = (0, 0, 0);
        while ended < 2 {
            match engine.wait(PATIENCE).unwrap().expect("an event in time") {
                Event::Shelf(report) if report.budget == Some(0) => shelves += 1,
                Event::Loading(loading) if shelves > 0 && loading.part == "VAE decoder" => {
                    loads += 1;
                }
                Event::Finished { outcome, .. } => {
                    assert!(
                        matches!(outcome, Ok(Outcome::Repainted { .. })),
                        "{outcome:?}"
                    );
                    ended += 1;
                }
                _ => {}
            }
        }
        assert_eq!(loads, 1, "{round}");
    }
}

#[test]
fn a_call_that_hangs_is_dropped_with_the_engine_whatever_came_after_it() {
    let model = golden("sd-9ch");
    let fault: Fault = serde_json::from_str(r#"{"at": "infer", "does": "silent"}"#).unwrap();
    let hangs = failing(&model, fault, true);
    let kit = with_both([&hangs, &serving(&model, "unet", over(true))]);
    let mut engine = engine();
    let stop = submit(&mut engine, &kit, 1);
    while !hangs.asked().contains(&"infer unet".to_owned()) {
        std::thread::sleep(Duration::from_millis(5));
    }
    for _ in 0..100 {
        engine.set_memory(None).unwrap();
        while !matches!(
            engine.wait(PATIENCE).unwrap().expect("an event in time"),
            Event::Shelf(_)
        ) {}
    }
    drop(engine);
    assert!(stop.is_cancelled());
}
