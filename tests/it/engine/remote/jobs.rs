//! Jobs of the engine's thread whose networks run on a server: stopped, failed, and followed by others.

use std::time::Duration;

use pentimento::engine::remote::Remote;
use pentimento::engine::{
    Cancel, Device, Engine, EngineError, Event, Job, JobId, Kit, Outcome, Previews, Repaint, Work,
};

use super::server::{Does, Fault};
use super::{failing, golden, kit, mask, picture, recipe, remote};
use crate::engine::runtime;

pub fn job(kit: Kit) -> Job {
    let repaint = Repaint {
        picture: picture(),
        mask: Some(mask()),
        recipe: recipe(),
        control_pictures: Vec::new(),
        batch: 1,
    };
    Job {
        work: Work::Repaint(repaint),
        kit,
        device: Device::Cpu,
        previews: Previews::Off,
    }
}

pub fn engine() -> Engine {
    // The thread's runtime is then a clone of the process's.
    runtime();
    Engine::spawn(|| ()).unwrap()
}

fn finish(engine: &Engine) -> Result<Outcome, EngineError> {
    loop {
        let event = engine
            .wait(Duration::from_secs(60))
            .unwrap()
            .expect("an event in time");
        if let Event::Finished { outcome, .. } = event {
            return outcome;
        }
    }
}

#[test]
fn a_stop_drops_the_call_and_the_next_job_runs() {
    let model = golden("sd-9ch");
    for grpc in [false, true] {
        for at in ["ready", "head", "infer"] {
            let fault = Fault {
                at: at.to_owned(),
                times: Some(1),
                does: Does::Silent,
                ..Fault::default()
            };
            let server = failing(&model, fault, grpc);
            let remote = Remote::of(server.url(false).parse().unwrap());
            let kit = kit(&model, Some(remote));
            let mut engine = engine();
            let cancel = Cancel::new();
            engine
                .submit(JobId(1), job(kit.clone()), cancel.clone())
                .unwrap();
            while !server.asked().iter().any(|asked| asked.starts_with(at)) {
                std::thread::sleep(Duration::from_millis(5));
            }
            cancel.cancel();
            let outcome = finish(&engine);
            assert!(
                matches!(outcome, Ok(Outcome::Cancelled)),
                "{at}: {outcome:?}"
            );
            engine.submit(JobId(2), job(kit), Cancel::new()).unwrap();
            assert!(
                matches!(finish(&engine), Ok(Outcome::Repainted { .. })),
                "{at}"
            );
        }
    }
}

#[test]
fn a_server_that_fails_costs_its_job_and_no_other() {
    let model = golden("sd-9ch");
    for grpc in [false, true] {
        // One more than a call is repeated.
        let fault = Fault {
            at: "infer".to_owned(),
            after: 1,
            times: Some(3),
            does: Does::Cut,
            ..Fault::default()
        };
        let server = failing(&model, fault, grpc);
        let kit = kit(&model, Some(remote(&server.url(false))));
        let mut engine = engine();
        engine
            .submit(JobId(1), job(kit.clone()), Cancel::new())
            .unwrap();
        let error = finish(&engine).unwrap_err().to_string();
        assert!(error.contains("the server is not reached"), "{error}");
        let heads = || {
            server
                .asked()
                .iter()
                .filter(|asked| **asked == "head unet")
                .count()
        };
        assert_eq!(heads(), 1);
        engine.submit(JobId(2), job(kit), Cancel::new()).unwrap();
        assert!(matches!(finish(&engine), Ok(Outcome::Repainted { .. })));
        // What the server has may be another since.
        assert_eq!(heads(), 2);
    }
}

#[test]
fn a_server_says_soon_what_it_has_however_long_it_may_run() {
    let model = golden("sd-9ch");
    let fault = Fault {
        at: "head".to_owned(),
        does: Does::Silent,
        ..Fault::default()
    };
    let server = failing(&model, fault, true);
    let kit = kit(&model, Some(Remote::of(server.url(false).parse().unwrap())));
    let mut engine = engine();
    engine.submit(JobId(1), job(kit), Cancel::new()).unwrap();
    let error = finish(&engine).unwrap_err().to_string();
    assert!(
        error.contains("did not say within 10 s what it has"),
        "{error}"
    );
}
