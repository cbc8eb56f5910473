//! Stopping a job in the middle of a network's run.

use std::time::{Duration, Instant};

use ndarray::{Array3, Array4};
use pentimento::diffusion::networks::{Condition, Evaluation, Halt, Networks};
use pentimento::engine::cancel::Cancel;

use super::{fixture, load};

#[test]
fn a_run_in_progress_ends_between_two_nodes() {
    // This UNet multiplies matrices for many minutes.
    let (mut networks, _) = load(&fixture("models/slow")).unwrap();
    let cancel = Cancel::new();
    networks.set_cancel(cancel.clone());
    let stopper = std::thread::Builder::new()
        .name("stopper".into())
        .spawn({
            let cancel = cancel.clone();
            move || {
                std::thread::sleep(Duration::from_millis(300));
                cancel.cancel();
                Instant::now()
            }
        })
        .unwrap();
    let halt = predict(&mut networks).unwrap_err();
    let ended = Instant::now();
    let asked = stopper.join().unwrap();
    assert!(matches!(halt, Halt::Cancelled), "{halt}");
    let late = ended.saturating_duration_since(asked);
    assert!(ended > asked, "it ended before it was stopped");
    assert!(late < Duration::from_secs(5), "it ran on for {late:?}");

    // The next run of the same job does not start.
    assert!(matches!(predict(&mut networks), Err(Halt::Cancelled)));
}

#[test]
fn a_fresh_handle_lets_the_next_job_run() {
    let (mut networks, _) = load(&fixture("models/optimum-1.24")).unwrap();
    let cancel = Cancel::new();
    networks.set_cancel(cancel.clone());
    cancel.cancel();
    assert!(cancel.is_cancelled());
    assert!(matches!(
        networks.encode(&[vec![(1, 1.0)]], 1),
        Err(Halt::Cancelled)
    ));
    assert!(matches!(
        networks.decode(&Array4::zeros((1, 4, 1, 1))),
        Err(Halt::Cancelled)
    ));
    networks.set_cancel(Cancel::new());
    assert!(networks.encode(&[vec![(1, 1.0)]], 1).is_ok());
}

fn predict(networks: &mut impl Networks) -> Result<Vec<Array4<f32>>, Halt> {
    networks.predict(&Evaluation {
        sample: &Array4::zeros((1, 4, 2, 2)),
        timestep: 1.0,
        conditions: &[&Condition {
            states: Array3::zeros((1, 2, 6)),
            pooled: None,
        }],
        extras: &[],
        residuals: &[],
        inside: &[],
    })
}
