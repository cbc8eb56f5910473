//! The engine's own time in a step, beside the bare `Session::run` of the same graph.
//!
//! `cargo bench --bench step` prints the ratio of the two; the goal is at most 1.02 for a graph of 50 ms.
//! A step of a whole repaint and a bare run take turns, one by one, and each step is compared with the bare runs just before and after it, so that a machine whose speed drifts slows both alike.
//! The processor time of all threads is compared beside the time on the clock: waiting for a processor that others keep busy does not count in it.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ndarray::{Array3, Array4};
use ort::session::Session;
use ort::value::TensorRef;
use pentimento::diffusion::networks::Networks as _;
use pentimento::diffusion::plan::Plan;
use pentimento::diffusion::repaint::{Progress, repaint};
use pentimento::engine::runtime::Runtime;
use pentimento::engine::{Cancel, Device, Kit, ModelSource, OnnxNetworks};
use pentimento::raster::{Mask, Picture, Size};
use pentimento::recipe::{Area, Recipe, Sampler, Spacing};
use rand_mt::Mt64;

/// Repaints of each picture; the first is for warming up.
const REPAINTS: usize = 9;

/// Steps of one repaint; the first is not measured.
const STEPS: usize = 41;

/// Sides of the pictures, pixels.
const SIDES: [u32; 3] = [128, 256, 320];

/// Resamples that the interval of a median is taken from.
const RESAMPLES: usize = 2000;

fn main() {
    let runtime = Runtime::start(Device::Cpu).unwrap_or_else(|error| panic!("{error}"));
    let source = ModelSource::BuiltIn;
    let (mut networks, _) = OnnxNetworks::load(
        &runtime,
        &Kit::of(source.clone()),
        Device::Cpu,
        &Cancel::new(),
        &mut |_| (),
    )
    .unwrap_or_else(|error| panic!("{error}"));
    let unet = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/pocket/unet/model.onnx");
    let mut session = bare_session(&runtime, &unet);
    for side in SIDES {
        let bare = BareRun::new(&networks, side);
        let mut turns = Vec::new();
        for round in 0..REPAINTS {
            let measured = take_turns(&mut networks, &mut session, &bare, side);
            if round > 0 {
                turns.extend(measured);
            }
        }
        println!("{side} px, {} steps:", turns.len());
        report("on the clock", &turns, |time| time.clock);
        if turns.iter().all(|turn| turn.step.processor.is_some()) {
            let processor = |time: Time| time.processor.unwrap_or_default();
            report("on the processor", &turns, processor);
        }
    }
}

/// The graph in a session with the engine's own settings.
fn bare_session(runtime: &Runtime, unet: &Path) -> Session {
    Device::Cpu
        .session_builder(runtime)
        .and_then(|mut builder| builder.commit_from_file(unet))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Time between two moments.
#[derive(Clone, Copy)]
struct Time {
    clock: Duration,
    /// Of all threads of this process; where the system tells it.
    processor: Option<Duration>,
}

/// A moment.
#[derive(Clone, Copy)]
struct Moment(Instant, Option<Duration>);

impl Moment {
    fn now() -> Self {
        Self(Instant::now(), processor_time())
    }

    fn since(self, start: Self) -> Time {
        Time {
            clock: self.0 - start.0,
            processor: self.1.zip(start.1).map(|(end, start)| end - start),
        }
    }
}

#[cfg(unix)]
fn processor_time() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).ok()
}

#[cfg(not(unix))]
fn processor_time() -> Option<Duration> {
    None
}

/// A step, and the bare runs before and after it.
struct Turn {
    before: Time,
    step: Time,
    after: Time,
}

/// What the graph is fed: as large as in a step, and no zeros, which some kernels may skip.
struct BareRun {
    sample: Array4<f32>,
    timestep: ndarray::Array0<f32>,
    context: Array3<f32>,
}

impl BareRun {
    fn new(networks: &OnnxNetworks, side: u32) -> Self {
        let cells = (side / networks.spec().factor) as usize;
        let channels = 2 * networks.spec().latent_channels + 1;
        let wave = |index: usize| (index as f32 * 0.37).sin();
        Self {
            sample: Array4::from_shape_fn((1, channels, cells, cells), |(_, c, y, x)| {
                wave(c * 101 + y * 13 + x)
            }),
            timestep: ndarray::arr0(500.0),
            context: Array3::from_shape_fn((1, 77, 128), |(_, i, j)| wave(i * 31 + j)),
        }
    }

    fn run(&self, session: &mut Session) -> Time {
        let start = Moment::now();
        let inputs = ort::inputs![
            "sample" => TensorRef::from_array_view(self.sample.view()).unwrap_or_else(|error| panic!("{error}")),
            "timestep" => TensorRef::from_array_view(self.timestep.view()).unwrap_or_else(|error| panic!("{error}")),
            "encoder_hidden_states" => TensorRef::from_array_view(self.context.view()).unwrap_or_else(|error| panic!("{error}")),
        ];
        session
            .run(inputs)
            .unwrap_or_else(|error| panic!("{error}"));
        Moment::now().since(start)
    }
}

/// A whole repaint without guidance; after each of its steps comes a bare run.
fn take_turns(
    networks: &mut OnnxNetworks,
    session: &mut Session,
    bare: &BareRun,
    side: u32,
) -> Vec<Turn> {
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
    let mut turns = Vec::new();
    let mut last = None;
    let result = repaint(&plan, networks, &mut |progress| {
        if let Progress::Stepped(_) = progress {
            let end = Moment::now();
            let after = bare.run(session);
            if let Some((before, start)) = last {
                let step = end.since(start);
                turns.push(Turn {
                    before,
                    step,
                    after,
                });
            }
            last = Some((after, Moment::now()));
        }
        ControlFlow::Continue(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    turns
}

/// Prints the median time of a bare run, and the median of step / bare run with its interval.
fn report(what: &str, turns: &[Turn], time: impl Fn(Time) -> Duration) {
    let seconds = |of: Time| time(of).as_secs_f64();
    let bare = |turn: &Turn| (seconds(turn.before) + seconds(turn.after)) / 2.0;
    let ratios: Vec<f64> = turns
        .iter()
        .map(|turn| seconds(turn.step) / bare(turn))
        .collect();
    let (low, high) = interval(&ratios);
    println!(
        "  {what}: Session::run {:.1} ms, step/run median {:.4}, 95 % interval {low:.4} to {high:.4}",
        median(turns.iter().map(bare).collect()) * 1e3,
        median(ratios),
    );
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        1 => values[middle],
        _ => (values[middle - 1] + values[middle]) / 2.0,
    }
}

/// Percentile interval of the median by the bootstrap (Efron 1979): 95 % of the medians of resamples with replacement lie in it.
fn interval(values: &[f64]) -> (f64, f64) {
    let mut random = Mt64::new(0);
    let mut medians: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let draw = |_| values[(random.next_u64() % values.len() as u64) as usize];
            median((0..values.len()).map(draw).collect())
        })
        .collect();
    medians.sort_by(f64::total_cmp);
    (medians[RESAMPLES / 40], medians[RESAMPLES * 39 / 40])
}
