//! The engine's own time in a step, beside the bare `Session::run` of the same graph with the same inputs.
//!
//! `cargo bench --bench step` prints the ratio; the goal is at most 2 % on top of a graph of 50 ms.
//! Both are measured in turn, so that a machine whose speed drifts slows both.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ndarray::Array4;
use ort::session::Session;
use ort::value::TensorRef;
use pentimento::diffusion::networks::{Embedding, Networks as _};
use pentimento::diffusion::plan::Plan;
use pentimento::diffusion::repaint::{Progress, repaint};
use pentimento::engine::runtime::Runtime;
use pentimento::engine::{Cancel, Device, ModelSource, OnnxNetworks};
use pentimento::raster::{Mask, Picture, Size};
use pentimento::recipe::{Area, Recipe, Sampler, Spacing};

/// Pairs of runs that are measured.
const ROUNDS: usize = 15;

/// Steps of one repaint.
const STEPS: usize = 11;

/// Sides of the pictures, pixels.
const SIDES: [u32; 3] = [128, 256, 320];

fn main() {
    let runtime = Runtime::start().unwrap_or_else(|error| panic!("{error}"));
    let source = ModelSource::BuiltIn;
    let (mut networks, _) =
        OnnxNetworks::load(&runtime, &source, Device::Cpu, &Cancel::new(), &mut |_| ())
            .unwrap_or_else(|error| panic!("{error}"));
    let unet = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/pocket/unet/model.onnx");
    let mut session = bare_session(&runtime, &unet);
    for side in SIDES {
        let mut ratios = Vec::new();
        let mut bare_times = Vec::new();
        // The first round warms both up.
        for round in 0..=ROUNDS {
            let bare = bare_step(&mut session, &networks, side);
            let engine = engine_step(&mut networks, side);
            if round > 0 {
                ratios.push(engine.as_secs_f64() / bare.as_secs_f64());
                bare_times.push(bare);
            }
        }
        ratios.sort_by(f64::total_cmp);
        bare_times.sort();
        println!(
            "{side} px: Session::run {:.1} ms, engine/bare median {:.4}, quartiles {:.4} to {:.4}",
            bare_times[ROUNDS / 2].as_secs_f64() * 1e3,
            ratios[ROUNDS / 2],
            ratios[ROUNDS / 4],
            ratios[ROUNDS * 3 / 4],
        );
    }
}

/// The graph in a session with the engine's own settings.
fn bare_session(runtime: &Runtime, unet: &Path) -> Session {
    Device::Cpu
        .session_builder(runtime)
        .and_then(|mut builder| builder.commit_from_file(unet))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Mean time of one evaluation without guidance.
fn bare_step(session: &mut Session, networks: &OnnxNetworks, side: u32) -> Duration {
    let cells = (side / networks.spec().factor) as usize;
    let sample = Array4::<f32>::zeros((1, 2 * networks.spec().latent_channels + 1, cells, cells));
    let context = Embedding::zeros((1, 77, 128));
    let timestep = ndarray::arr0(500.0_f32);
    let start = Instant::now();
    for _ in 0..STEPS {
        let inputs = ort::inputs![
            "sample" => TensorRef::from_array_view(sample.view()).unwrap_or_else(|error| panic!("{error}")),
            "timestep" => TensorRef::from_array_view(timestep.view()).unwrap_or_else(|error| panic!("{error}")),
            "encoder_hidden_states" => TensorRef::from_array_view(context.view()).unwrap_or_else(|error| panic!("{error}")),
        ];
        session
            .run(inputs)
            .unwrap_or_else(|error| panic!("{error}"));
    }
    start.elapsed() / STEPS as u32
}

/// Mean time of one step of a whole repaint, from the end of the first to the end of the last.
fn engine_step(networks: &mut OnnxNetworks, side: u32) -> Duration {
    let size = Size::new(side, side);
    let picture = Arc::new(Picture::filled(size, [120, 140, 160, 255]));
    let mask = Mask::from_fn(
        size,
        |x, y| if x > side / 3 && y > side / 3 { 255 } else { 0 },
    );
    let recipe = Recipe {
        strength: 1.0,
        steps: STEPS,
        guidance_scale: 1.0,
        sampler: Sampler::DpmPp2m,
        spacing: Spacing::Karras,
        area: Area::Whole,
        ..Recipe::default()
    };
    let plan = Plan::new(&picture, Some(&mask), &recipe, networks.spec())
        .unwrap_or_else(|error| panic!("{error}"));
    let mut first = None;
    let mut last = Duration::ZERO;
    let result = repaint(&plan, networks, &mut |progress| {
        match (progress, first) {
            (Progress::Stepped(_), None) => first = Some(Instant::now()),
            (Progress::Stepped(_), Some(first)) => last = first.elapsed(),
            _ => {}
        }
        ControlFlow::Continue(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    last / (STEPS - 1) as u32
}
