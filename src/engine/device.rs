//! What a model runs on: the execution providers of ONNX Runtime, proved by a tiny session before they are trusted.
//!
//! Does not know models; never falls back without saying so.

use std::fmt;
use std::path::Path;

use ort::ep::{self, ArenaExtendStrategy, ExecutionProvider as _, ExecutionProviderDispatch};
use ort::session::Session;
use ort::session::builder::{AutoDevicePolicy, GraphOptimizationLevel, SessionBuilder};
use ort::value::TensorRef;

use super::error::EngineError;
use super::runtime::{Runtime, RuntimeKeeper, RuntimeReport};
use crate::recipe::choices;

choices! {
    /// What a model runs on.
    Device, "device" {
        /// The fastest that works here; says what it passed over and why, where this machine could have it. CoreML, which leaves much of such graphs to the processor without a word, is tried only by name.
        Auto = "auto" { tooltip: "The fastest that works here." },
        /// The processor.
        Cpu = "cpu" { label: "Processor", tooltip: "Works everywhere, slowly." },
        /// NVIDIA graphics cards.
        Cuda = "cuda" { label: "NVIDIA (CUDA)" },
        /// Graphics cards under Windows.
        DirectMl = "directml" { label: "DirectML" },
        /// Apple's accelerators.
        CoreMl = "coreml" { label: "CoreML" },
    }
}

/// Where the system's files are.
pub const SYSTEM_ROOT: &str = if cfg!(windows) { "C:/" } else { "/" };

/// `y = x + x` for f32 `x` of shape `[4]`; written by `tests/fixtures/generate_models.py`.
const PROBE: &[u8] = include_bytes!("probe.onnx");

impl Device {
    /// The devices to try for this choice, in order.
    #[must_use]
    pub fn ladder(self) -> Vec<Self> {
        match self {
            Self::Auto => {
                let mut ladder = vec![];
                if cfg!(any(windows, target_os = "linux")) {
                    ladder.push(Self::Cuda);
                }
                if cfg!(windows) {
                    ladder.push(Self::DirectMl);
                }
                ladder.push(Self::Cpu);
                ladder
            }
            named => vec![named],
        }
    }

    /// Whether a machine looks as if it could run models on this device, by the files of its driver below `root` ([`SYSTEM_ROOT`]).
    #[must_use]
    pub fn has_driver(self, root: &Path) -> bool {
        let files: &[&str] = match self {
            Self::Cuda => &[
                "dev/nvidiactl",
                "usr/lib/wsl/lib/libcuda.so.1",
                "Windows/System32/nvcuda.dll",
            ],
            Self::DirectMl => &["Windows/System32/d3d12.dll"],
            Self::Auto | Self::Cpu | Self::CoreMl => return true,
        };
        files.iter().any(|file| root.join(file).exists())
    }

    /// Whether it is news that this device is not used: not on machines that cannot have it.
    pub(super) fn is_missed(self) -> bool {
        self.provider().is_ok_and(|(_, built_in)| built_in)
            || self.has_driver(Path::new(SYSTEM_ROOT))
    }

    /// The provider, and whether the loaded library was built with it.
    fn provider(self) -> ort::Result<(ExecutionProviderDispatch, bool)> {
        Ok(match self {
            // Plain ONNX Runtime keeps an arena; the wrapper's default would turn it off.
            Self::Auto | Self::Cpu => (ep::CPU::default().with_arena_allocator(true).build(), true),
            Self::Cuda => (
                // The default search tries every algorithm at every new size, which takes many seconds.
                ep::CUDA::default()
                    .with_conv_algorithm_search(ep::cuda::ConvAlgorithmSearch::Heuristic)
                    .with_arena_extend_strategy(ArenaExtendStrategy::SameAsRequested)
                    .build(),
                ep::CUDA::is_available()?,
            ),
            Self::DirectMl => (
                ep::DirectML::default().build(),
                ep::DirectML::is_available()?,
            ),
            Self::CoreMl => (
                ep::CoreML::default()
                    .with_model_format(ep::coreml::ModelFormat::MLProgram)
                    .build(),
                ep::CoreML::is_available()?,
            ),
        })
    }

    /// A session builder for this device; registration failures are errors, not a silent processor.
    ///
    /// # Errors
    /// When ONNX Runtime refuses an option or the device's provider.
    pub fn session_builder(self, runtime: &Runtime) -> ort::Result<SessionBuilder> {
        // Spinning threads would burn every core between two steps.
        // The automatic policy could add providers that nobody asked for.
        let builder = Session::builder(runtime.environment())?
            .with_auto_device(AutoDevicePolicy::PreferCPU)?
            .with_intra_op_spinning(false)?
            .with_execution_providers([self.provider()?.0.error_on_failure()])?;
        if self == Self::DirectMl {
            // DirectML allows neither memory patterns nor parallel nodes, and level 3 is the highest that it survives.
            return Ok(builder
                .with_memory_pattern(false)?
                .with_parallel_execution(false)?
                .with_optimization_level(GraphOptimizationLevel::Level3)?);
        }
        Ok(builder)
    }

    /// Runs a tiny graph on the device, which is the only proof that it works.
    ///
    /// # Errors
    /// [`EngineError::DeviceUnavailable`] with ONNX Runtime's reason.
    pub fn prove(self, runtime: &Runtime) -> Result<(), EngineError> {
        let run = || -> Result<(), String> {
            let text = |error: ort::Error| error.to_string();
            if !self.provider().map_err(text)?.1 {
                return Err("the ONNX Runtime library in use was built without it".into());
            }
            let mut builder = self.session_builder(runtime).map_err(text)?;
            if self != Self::Cpu {
                builder = builder
                    .with_disable_cpu_fallback()
                    .map_err(|error| error.to_string())?;
            }
            let mut session = builder.commit_from_memory(PROBE).map_err(text)?;
            let x = TensorRef::from_array_view(([4_usize], &[1.0_f32, 2.0, 3.0, 4.0][..]))
                .map_err(text)?;
            let outputs = session.run(ort::inputs![x]).map_err(text)?;
            let (_, y) = outputs[0].try_extract_tensor::<f32>().map_err(text)?;
            if y == [2.0, 4.0, 6.0, 8.0] {
                Ok(())
            } else {
                Err(format!("a trial sum came out wrong: {y:?}"))
            }
        };
        run().map_err(|reason| EngineError::DeviceUnavailable {
            device: self,
            reason: one_line(&reason),
        })
    }
}

/// ONNX Runtime's messages run over several lines.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What `pentimento devices` prints: the library and what it can run on.
#[derive(Debug)]
pub struct DevicesReport {
    /// Where the library was looked for.
    pub runtime: RuntimeReport,
    /// Each device with the reason why it cannot be used; empty without a library.
    pub devices: Vec<(Device, Result<(), String>)>,
    /// Why there is no library to ask.
    pub problem: Option<String>,
}

impl DevicesReport {
    /// Starts ONNX Runtime and tries every device.
    #[must_use]
    pub fn gather() -> Self {
        Self::gather_with(&RuntimeKeeper::default())
    }

    /// As [`gather`](Self::gather), in a process that goes on using ONNX Runtime.
    pub(super) fn gather_with(keeper: &RuntimeKeeper) -> Self {
        match keeper.start_reporting() {
            Ok(runtime) => Self {
                runtime: runtime.report().clone(),
                devices: Device::ALL
                    .iter()
                    .filter(|device| **device != Device::Auto)
                    .map(|device| (*device, device.prove(runtime).map_err(reason_of)))
                    .collect(),
                problem: None,
            },
            Err((error, report)) => Self {
                problem: Some(match error {
                    EngineError::RuntimeMissing(_) => RuntimeReport::how_to_get_it(),
                    error => error.to_string(),
                }),
                runtime: report,
                devices: Vec::new(),
            },
        }
    }
}

fn reason_of(error: EngineError) -> String {
    match error {
        EngineError::DeviceUnavailable { reason, .. } => reason,
        other => other.to_string(),
    }
}

impl fmt::Display for DevicesReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.runtime)?;
        if let Some(problem) = &self.problem {
            return writeln!(f, "no device can be tried: {problem}");
        }
        writeln!(f, "devices:")?;
        for (device, finding) in &self.devices {
            match finding {
                Ok(()) => writeln!(f, "  {device}: works")?,
                Err(reason) => writeln!(f, "  {device}: {reason}")?,
            }
        }
        Ok(())
    }
}
