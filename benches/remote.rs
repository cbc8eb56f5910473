//! A step on a server of this machine beside the same step here.
//!
//! `cargo bench --bench remote` prints the ratio of the two for each transport: what the protocol costs, without a network between. Both take turns, one by one.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use ndarray::{Array3, Array4};
use pentimento::diffusion::networks::{Condition, Evaluation, Networks as _};
use pentimento::engine::runtime::Runtime;
use pentimento::engine::{Cancel, Device, Kit, ModelSource, OnnxNetworks, Remote};
use server::{Server, Setup};

#[path = "../tests/it/engine/remote/server.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "it belongs to the tests, which use all of it"
)]
mod server;

/// What the server asks its surroundings for.
mod engine {
    use super::{LazyLock, Path, PathBuf, Runtime};
    use pentimento::engine::Device;

    static RUNTIME: LazyLock<Runtime> =
        LazyLock::new(|| Runtime::start(Device::Cpu).unwrap_or_else(|error| panic!("{error}")));

    pub fn runtime() -> &'static Runtime {
        &RUNTIME
    }

    pub fn fixture(name: &str) -> PathBuf {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        root.join("tests/fixtures").join(name)
    }
}

/// Steps of each kind; the first ten are not measured.
const STEPS: usize = 110;

/// Sides of the pictures, pixels.
const SIDES: [usize; 3] = [128, 256, 512];

fn main() {
    let unet = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/pocket/unet/model.onnx");
    let mut here = load(None);
    for grpc in [true, false] {
        let setup = Setup {
            grpc,
            ..Setup::default()
        };
        let server = Server::start(&[("unet", &unet)], setup);
        let address = server.url(false).parse();
        let address = address.unwrap_or_else(|error| panic!("{error}"));
        let mut there = load(Some(Remote::of(address)));
        for side in SIDES {
            let mut ratios = Vec::new();
            let mut local = Duration::ZERO;
            for step in 0..STEPS {
                let (own, other) = (predict(&mut here, side), predict(&mut there, side));
                if step >= 10 {
                    local += own;
                    ratios.push(other.as_secs_f64() / own.as_secs_f64());
                }
            }
            ratios.sort_by(f64::total_cmp);
            let (count, name) = (ratios.len(), if grpc { "gRPC" } else { "HTTP" });
            println!(
                "{name}, {side} px: {:.1} ms here, there / here {:.3} (quartiles {:.3} to {:.3})",
                local.as_secs_f64() * 1e3 / count as f64,
                ratios[count / 2],
                ratios[count / 4],
                ratios[count * 3 / 4],
            );
        }
    }
}

fn load(remote: Option<Remote>) -> OnnxNetworks {
    let kit = Kit {
        remote,
        ..Kit::of(ModelSource::BuiltIn)
    };
    let cancel = Cancel::new();
    let loaded = OnnxNetworks::load(engine::runtime(), &kit, Device::Cpu, &cancel, &mut |_| ());
    loaded.unwrap_or_else(|error| panic!("{error}")).0
}

/// Time of one evaluation with one condition.
fn predict(networks: &mut OnnxNetworks, side: usize) -> Duration {
    let cells = side / networks.spec().factor as usize;
    let channels = 2 * networks.spec().latent_channels + 1;
    let wave = |index: usize| (index as f32 * 0.37).sin();
    let condition = Condition {
        states: Array3::from_shape_fn((1, 77, 128), |(_, i, j)| wave(i * 31 + j)),
        pooled: None,
    };
    let sample = Array4::from_shape_fn((1, channels, cells, cells), |(_, c, y, x)| {
        wave(c * 101 + y * 13 + x)
    });
    let evaluation = Evaluation {
        sample: &sample,
        timestep: 500.0,
        conditions: &[&condition],
        extras: &[],
        residuals: &[],
        inside: &[],
    };
    let start = Instant::now();
    let made = networks.predict(&evaluation);
    made.unwrap_or_else(|error| panic!("{error}"));
    start.elapsed()
}
