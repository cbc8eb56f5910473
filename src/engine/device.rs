//! What a model runs on: the execution providers of ONNX Runtime, proved by a tiny session before they are trusted.
//!
//! Does not know models; never falls back without saying so.

use std::fmt;
use std::path::Path;

use ort::ep::{
    self, ArbitrarilyConfigurableExecutionProvider as _, ArenaExtendStrategy,
    ExecutionProvider as _, ExecutionProviderDispatch,
};
use ort::session::Session;
use ort::session::builder::{AutoDevicePolicy, GraphOptimizationLevel, SessionBuilder};
use ort::value::TensorRef;

use super::error::{EngineError, gigabytes};
use super::graph::Element;
use super::memory;
use super::runtime::{Runtime, RuntimeKeeper, RuntimeReport};
use crate::folders;
use crate::recipe::choices;

choices! {
    /// What a model runs on.
    Device, "device" {
        /// The fastest that works here; says what it passed over and why, where this machine could have it. CoreML, which leaves much of such graphs to the processor without a word, is tried only by name.
        Auto = "auto" { tooltip: "The fastest that works here." },
        /// The processor.
        Cpu = "cpu" { label: "Processor", tooltip: "Works everywhere, slowly." },
        /// The processor through OpenVINO, in bfloat16 where it has that.
        OpenVino = "openvino" {
            label: "Processor, OpenVINO",
            tooltip: "In bfloat16 where the processor has that: faster than the plain processor, and rounded a little.",
        },
        /// The processor through OpenVINO, in full precision.
        OpenVinoF32 = "openvino-f32" { label: "Processor, OpenVINO exact" },
        /// Intel's graphics through OpenVINO.
        OpenVinoGpu = "openvino-gpu" { label: "Intel graphics (OpenVINO)" },
        /// NVIDIA graphics cards.
        Cuda = "cuda" { label: "NVIDIA (CUDA)" },
        /// Graphics cards under Windows.
        DirectMl = "directml" { label: "DirectML" },
        /// Apple's accelerators.
        CoreMl = "coreml" { label: "CoreML" },
    }
}

/// How a device is driven.
struct Row {
    /// The flavour of ONNX Runtime that drives it.
    flavour: &'static str,
    /// Files of which one is there where the machine has its driver; none where no driver is needed.
    driver: &'static [&'static str],
    /// Whether models are in the processor's memory.
    on_processor: bool,
    /// What graphs that are written for it compute in; OpenVINO chooses by itself.
    element: Element,
    /// The provider, and whether the loaded library was built with it.
    provider: fn() -> ort::Result<(ExecutionProviderDispatch, bool)>,
}

const CPU: Row = Row {
    flavour: "cpu",
    driver: &[],
    on_processor: true,
    element: Element::F32,
    // Plain ONNX Runtime keeps an arena; the wrapper's default would turn it off.
    provider: || Ok((ep::CPU::default().with_arena_allocator(true).build(), true)),
};

const OPENVINO: Row = Row {
    flavour: "openvino",
    driver: &[],
    on_processor: true,
    element: Element::F32,
    provider: || openvino("CPU", if has_bfloat16() { "bf16" } else { "f32" }, false),
};

const OPENVINO_F32: Row = Row {
    provider: || openvino("CPU", "f32", false),
    ..OPENVINO
};

const OPENVINO_GPU: Row = Row {
    driver: &["etc/OpenCL/vendors/intel.icd"],
    on_processor: false,
    // Its kernels take minutes to compile; on the processor that takes seconds, and what is kept holds the weights once more.
    provider: || openvino("GPU", "f16", true),
    ..OPENVINO
};

const CUDA: Row = Row {
    flavour: "cuda",
    driver: &[
        "dev/nvidiactl",
        "usr/lib/wsl/lib/libcuda.so.1",
        "Windows/System32/nvcuda.dll",
    ],
    on_processor: false,
    element: Element::F16,
    provider: || {
        // The default search tries every algorithm at every new size, which takes many seconds.
        let cuda = ep::CUDA::default()
            .with_conv_algorithm_search(ep::cuda::ConvAlgorithmSearch::Heuristic)
            .with_arena_extend_strategy(ArenaExtendStrategy::SameAsRequested);
        Ok((cuda.build(), ep::CUDA::is_available()?))
    },
};

const DIRECT_ML: Row = Row {
    flavour: "directml",
    driver: &["Windows/System32/d3d12.dll"],
    on_processor: false,
    element: Element::F16,
    provider: || {
        let direct_ml = ep::DirectML::default();
        Ok((direct_ml.build(), ep::DirectML::is_available()?))
    },
};

const CORE_ML: Row = Row {
    // The plain library has it, on one system.
    flavour: if cfg!(target_os = "macos") {
        "cpu"
    } else {
        "coreml"
    },
    driver: &[],
    on_processor: false,
    element: Element::F32,
    provider: || {
        let core_ml = ep::CoreML::default().with_model_format(ep::coreml::ModelFormat::MLProgram);
        Ok((core_ml.build(), ep::CoreML::is_available()?))
    },
};

/// OpenVINO on its device `CPU` or `GPU` at a precision; `keep` has what it compiles kept in the user's cache.
fn openvino(
    device: &str,
    precision: &str,
    keep: bool,
) -> ort::Result<(ExecutionProviderDispatch, bool)> {
    // ONNX Runtime takes OpenVINO's own properties as JSON text.
    let config = format!(r#"{{"{device}":{{"INFERENCE_PRECISION_HINT":"{precision}"}}}}"#);
    let mut provider = ep::OpenVINO::default()
        .with_device_type(device)
        .with_arbitrary_config("load_config", config);
    if let Some(cache) = folders::cache().filter(|_| keep) {
        provider = provider.with_cache_dir(cache.join("openvino").display());
    }
    Ok((provider.build(), ep::OpenVINO::is_available()?))
}

/// Whether the processor multiplies bfloat16 numbers itself.
fn has_bfloat16() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx512bf16");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// Where the system's files are.
pub const SYSTEM_ROOT: &str = if cfg!(windows) { "C:/" } else { "/" };

/// `y = x + x` for f32 `x` of shape `[4]`; written by `tests/fixtures/generate_models.py`.
const PROBE: &[u8] = include_bytes!("probe.onnx");

impl Device {
    fn row(self) -> Row {
        match self {
            Self::Auto | Self::Cpu => CPU,
            Self::OpenVino => OPENVINO,
            Self::OpenVinoF32 => OPENVINO_F32,
            Self::OpenVinoGpu => OPENVINO_GPU,
            Self::Cuda => CUDA,
            Self::DirectMl => DIRECT_ML,
            Self::CoreMl => CORE_ML,
        }
    }

    /// Whether models on it are in the processor's memory.
    pub(super) fn on_processor(self) -> bool {
        self.row().on_processor
    }

    /// What graphs that are written for it compute in.
    pub(super) fn element(self) -> Element {
        self.row().element
    }

    /// Bytes of the processor's memory that the weights of a checkpoint of so many parameters take; `None` where they are in other memory.
    #[must_use]
    pub fn weight_of(self, parameters: u64) -> Option<u64> {
        self.on_processor()
            .then(|| parameters * self.element().size())
    }

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
                ladder.extend([Self::OpenVino, Self::Cpu]);
                ladder
            }
            named => vec![named],
        }
    }

    /// The flavours of ONNX Runtime to look for, the best first, on a machine with its files below `root` ([`SYSTEM_ROOT`]); any other may do too.
    #[must_use]
    pub fn flavours(self, root: &Path) -> Vec<&'static str> {
        let ladder = self.ladder().into_iter();
        let mut names: Vec<_> = ladder
            .filter(|device| self != Self::Auto || device.has_driver(root))
            .map(|device| device.row().flavour)
            .collect();
        names.dedup();
        names
    }

    /// Whether a machine looks as if it could run models on this device, by the files of its driver below `root` ([`SYSTEM_ROOT`]).
    #[must_use]
    pub fn has_driver(self, root: &Path) -> bool {
        let files = self.row().driver;
        files.is_empty() || files.iter().any(|file| root.join(file).exists())
    }

    /// Whether it is news that this device is not used: not on machines that cannot have it, nor where another library would have to be brought first.
    pub(super) fn is_missed(self) -> bool {
        let row = self.row();
        (row.provider)().is_ok_and(|(_, built_in)| built_in)
            || (!row.driver.is_empty() && self.has_driver(Path::new(SYSTEM_ROOT)))
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
            .with_execution_providers([(self.row().provider)()?.0.error_on_failure()])?;
        if self.row().flavour == "openvino" {
            // OpenVINO optimises by itself. What others did before can make it lose the outputs of a part, which shows only at the first run; as it is, such a graph is refused when it is loaded.
            return Ok(builder.with_optimization_level(GraphOptimizationLevel::Disable)?);
        }
        if self.row().flavour == "cpu" {
            // A pattern of the memory of a run is laid beside what its first run took.
            return Ok(builder.with_memory_pattern(false)?);
        }
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
            if !(self.row().provider)().map_err(text)?.1 {
                return Err(runtime.report().lacks(self.row().flavour));
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
    /// Devices whose library is here but not in use: the program has to be started again for them.
    pub next_start: Vec<Device>,
    /// Bytes of memory that models can have, where the system tells.
    pub free_memory: Option<u64>,
}

impl DevicesReport {
    /// Starts ONNX Runtime as it would be for a device, and tries every device.
    #[must_use]
    pub fn gather(wanted: Device) -> Self {
        Self::gather_with(&RuntimeKeeper::default(), wanted)
    }

    /// As [`gather`](Self::gather), in a process that goes on using ONNX Runtime.
    pub(super) fn gather_with(keeper: &RuntimeKeeper, wanted: Device) -> Self {
        match keeper.start_reporting(wanted) {
            Ok(runtime) => Self {
                runtime: runtime.report().clone(),
                devices: Device::ALL
                    .iter()
                    .filter(|device| **device != Device::Auto)
                    .map(|device| (*device, device.prove(runtime).map_err(reason_of)))
                    .collect(),
                problem: None,
                next_start: Device::ALL
                    .iter()
                    .copied()
                    .filter(|device| runtime.report().has_for_next_start(*device))
                    .collect(),
                free_memory: memory::available(),
            },
            Err((error, report)) => Self {
                problem: Some(match error {
                    EngineError::RuntimeMissing(_) => RuntimeReport::how_to_get_it(),
                    error => error.to_string(),
                }),
                runtime: report,
                devices: Vec::new(),
                next_start: Vec::new(),
                free_memory: memory::available(),
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
        if let Some(free) = self.free_memory {
            writeln!(f, "memory for models: {} free", gigabytes(free))?;
        }
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
