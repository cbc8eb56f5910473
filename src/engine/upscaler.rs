//! Upscalers: networks that make a picture larger, from a .safetensors file of a known kind or from any ONNX graph that does it.
//!
//! Does not know who wants it larger.

use std::path::Path;
use std::sync::Arc;

use ndarray::{Array4, ArrayD};

use super::cancel::Cancel;
use super::checkpoint;
use super::device::Device;
use super::error::EngineError;
use super::graph::{Element, Graph, Port, is_onnx};
use super::identity::{self, FileKind};
use super::loading::{Alone, Opened};
use super::names::{self, count};
use super::network::upscaler::Config;
use super::network::{Forward, Network};
use super::part::Part;
use super::remote;
use super::single::Facts;
use super::source::ModelSource;
use super::stage::{SharedStage, Stage, UPSCALER, alone};
use super::tiles::Tiling;
use super::weights::Weights;
use crate::diffusion::networks::Halt;
use crate::raster::file::MAX_SIDE;
use crate::raster::{Picture, Size};

/// A network that was read and checked, and is ready to be loaded.
pub(super) struct Found {
    name: String,
    part: Part<Ports>,
    /// What only running it tells where nothing is given.
    scale: Option<u32>,
    multiple: u32,
}

/// The input and the output of an image network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ports {
    input: String,
    output: String,
    element: Element,
    /// Whether channels are the last side, and not the second.
    channels_last: bool,
    /// Size of the pictures that it takes, where the graph fixes it.
    fixed: Option<Size>,
}

/// An upscaler in memory.
pub(super) struct Upscaler {
    pub name: String,
    pub device: Device,
    pub notes: Vec<String>,
    stage: SharedStage,
    ports: Ports,
    tiling: Tiling,
}

/// Most that a picture is enlarged one time after the other.
const MOST_PASSES: usize = 3;

/// Side of a tile after it was enlarged, pixels, unless another is asked for: some hundred megabytes for the layers of a large network.
const ENLARGED_TILE: u32 = 1024;

/// Sides that a network of unknown kind is run at: multiples of all that is usual.
const PROBE: u32 = 64;

const WANTED: &str =
    "use an upscaler of the kinds ESRGAN, Real-ESRGAN or compact (.safetensors), or one as .onnx";

/// The graph of the built-in upscaler among the built-in model's files, and how many times as large it makes drawings.
const BUILT_IN_GRAPH: (&str, u32) = ("upscaler/model.onnx", 2);

/// The folder of the built-in upscaler among the built-in model's files.
pub(super) const BUILT_IN: &str = "upscaler";

/// Checks that an upscaler can be run; some milliseconds.
///
/// # Errors
/// [`EngineError::Model`] and [`EngineError::Mismatch`] when it cannot.
pub fn check_upscaler(source: &ModelSource) -> Result<(), EngineError> {
    find(source).map(drop)
}

/// Reads an upscaler: a file, or the built-in one.
///
/// # Errors
/// [`EngineError::Model`] and [`EngineError::Mismatch`] when it is none that can be run.
pub(super) fn find(source: &ModelSource) -> Result<Found, EngineError> {
    let (path, name) = (&*source.path(""), source.name());
    if *source == ModelSource::BuiltIn {
        let (graph, scale) = BUILT_IN_GRAPH;
        return Ok(Found {
            name,
            part: Part::open(source, graph, Ports::bind)?,
            scale: Some(scale),
            multiple: 1,
        });
    }
    if is_onnx(path) {
        let folder = path.parent().unwrap_or(Path::new(""));
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let folder = ModelSource::Directory(folder.to_owned());
        return Ok(Found {
            name,
            part: Part::open(&folder, &file, Ports::bind)?,
            scale: None,
            multiple: 1,
        });
    }
    let problem = |problem: String| EngineError::Model {
        path: path.to_owned(),
        problem,
    };
    if path.is_dir() {
        return Err(problem(format!(
            "this is a folder and no upscaler; {WANTED}"
        )));
    }
    let weights = checkpoint::read(path)?;
    let identity = identity::of_file(&weights);
    match (identity.kind, identity.refused) {
        (FileKind::Upscaler, None) => {}
        (_, Some(what)) => return Err(problem(format!("this is {what}; {WANTED}"))),
        (kind, None) => {
            let what = kind.what();
            return Err(problem(format!("this is {what} and no upscaler; {WANTED}")));
        }
    }
    let weights = names::upscaler(&weights);
    let (config, scale) = config(&weights).map_err(problem)?;
    let multiple = match config {
        Config::Esrgan { unshuffle } => unshuffle as u32,
        Config::Compact { .. } => 1,
    };
    let network = Network::new(weights, path, Forward::Upscaler(config));
    Ok(Found {
        name,
        part: Part::of(network, Ports::bind)?,
        scale: Some(scale),
        multiple,
    })
}

/// Which network weights are of, and how many times as large it makes a picture.
fn config(weights: &Weights) -> Result<(Config, u32), String> {
    let side = |name: &str, axis: usize| {
        let tensor = weights.get(name).filter(|tensor| tensor.shape.len() == 4);
        let side = tensor.map(|tensor| tensor.shape[axis]);
        side.ok_or_else(|| format!("its tensor `{name}` is missing or no convolution"))
    };
    let square = |channels: usize, most: usize| (1..=most).find(|side| channels == 3 * side * side);
    let (config, enlarged, shrunk) = if weights.has("conv_first.weight") {
        let channels = side("conv_first.weight", 1)?;
        let unshuffle = square(channels, 4).ok_or_else(|| {
            format!("it takes {channels} channels; only those of coloured pictures can be run")
        })?;
        let ups = count(|up| weights.has(&format!("conv_up{}.weight", up + 1)));
        (Config::Esrgan { unshuffle }, 1 << ups.min(8), unshuffle)
    } else {
        let layers = count(|layer| weights.has(&format!("body.{}.weight", 2 * layer)));
        let channels = side(&format!("body.{}.weight", 2 * layers.saturating_sub(1)), 0)?;
        let scale = square(channels, 16).ok_or_else(|| {
            format!(
                "its last layer gives {channels} channels, which are no squares of coloured pixels"
            )
        })?;
        (Config::Compact { scale }, scale, 1)
    };
    match enlarged % shrunk {
        0 => Ok((config, (enlarged / shrunk) as u32)),
        _ => Err(format!(
            "it makes pictures {enlarged}/{shrunk} times as large, which is no whole number"
        )),
    }
}

impl Ports {
    fn bind(graph: &Graph, file: &Path) -> Result<Self, EngineError> {
        let mismatch = |found: String| {
            EngineError::Mismatch {
            file: file.to_owned(),
            expected: "one input and one output of float32 or float16 [1, 3, height, width] or [1, height, width, 3], as an upscaler has".into(),
            found,
        }
        };
        let list = |ports: &[Port]| {
            let ports = ports.iter().map(ToString::to_string);
            ports.collect::<Vec<_>>().join(" and ")
        };
        let ([input], [output]) = (&graph.inputs[..], &graph.outputs[..]) else {
            return Err(mismatch(format!(
                "inputs {}, outputs {}",
                list(&graph.inputs),
                list(&graph.outputs)
            )));
        };
        let channels_last = input.fixed(3) == Some(3) && input.fixed(1) != Some(3);
        let [channels, high, wide] = if channels_last { [3, 1, 2] } else { [1, 2, 3] };
        let is_picture = |port: &Port| {
            port.element.is_float()
                && port.rank().is_none_or(|rank| rank == 4)
                && port.fixed(0).is_none_or(|batch| batch == 1)
                && port.fixed(channels).is_none_or(|channels| channels == 3)
        };
        if let Some(port) = [input, output].into_iter().find(|port| !is_picture(port)) {
            return Err(mismatch(port.to_string()));
        }
        let fixed = match (input.fixed(wide), input.fixed(high)) {
            (Some(width), Some(height)) => Some(Size::new(width as u32, height as u32)),
            (None, None) => None,
            _ => return Err(mismatch(input.to_string())),
        };
        Ok(Self {
            input: input.name.clone(),
            output: output.name.clone(),
            element: input.element,
            channels_last,
            fixed: fixed.filter(|size| size.width.max(size.height) <= MAX_SIDE),
        })
    }

    /// Runs the network on `[1, 3, h, w]`.
    fn run(
        &self,
        stage: &mut Stage,
        tile: Array4<f32>,
        cancel: &Cancel,
    ) -> Result<ArrayD<f32>, Halt> {
        let tile = match self.channels_last {
            true => tile.permuted_axes([0, 2, 3, 1]),
            false => tile,
        };
        let tensor = stage.feed(self.element, tile.view().into_dyn())?;
        let [made] = stage.run(vec![(self.input.clone(), tensor)], [&self.output], cancel)?;
        match (self.channels_last, made.ndim()) {
            (true, 4) => Ok(made.permuted_axes(vec![0, 3, 1, 2])),
            _ => Ok(made),
        }
    }
}

impl Found {
    /// Its network, with what servers call it.
    pub fn networks(self) -> [(&'static str, Part<()>); 1] {
        [(remote::UPSCALER, self.part.without_ports())]
    }

    /// What is known of it.
    pub fn facts(&self) -> Facts {
        Facts {
            weight: self.part.weight,
            files: vec![self.part.file.clone()],
        }
    }
}

impl Upscaler {
    /// Loads a network that was read.
    ///
    /// # Errors
    /// As [`Alone::open_one`]; [`EngineError::Model`] where it does not enlarge a trial picture by a whole factor.
    pub fn load(found: Found, loading: &mut Alone<'_>) -> Result<Self, EngineError> {
        let Opened {
            stage,
            ports,
            device,
            notes,
        } = loading.open_one((UPSCALER, remote::UPSCALER), &found.part)?;
        let scale = match found.scale {
            Some(scale) => scale,
            None => probe(&mut alone(&stage), &ports, &found.part.file, loading.cancel)?,
        };
        let multiple = match found.scale {
            Some(_) => found.multiple,
            // Other sides may be refused by a network of unknown kind.
            None => PROBE,
        };
        let side = (ENLARGED_TILE / scale).clamp(128, 512);
        let side = side.next_multiple_of(multiple);
        Ok(Self {
            name: found.name,
            device,
            notes,
            tiling: Tiling {
                scale,
                tile: ports.fixed.unwrap_or(Size::new(side, side)),
                multiple,
                grid: found.multiple,
                fixed: ports.fixed.is_some(),
            },
            stage,
            ports,
        })
    }

    /// Makes a picture larger; where a size is wanted, by one pass after the other until it is reached or three were made (A1111's `modules/upscaler.py`), and by Lanczos to it. `on_tile` hears how many tiles are done, and of how many.
    ///
    /// # Errors
    /// [`EngineError::TooLarge`] before anything is done; [`EngineError::Run`].
    pub fn upscale(
        &self,
        picture: &Arc<Picture>,
        wanted: Option<Size>,
        tile: Option<u32>,
        cancel: &Cancel,
        on_tile: &mut dyn FnMut(usize, usize),
    ) -> Result<Picture, EngineError> {
        let mut tiling = self.tiling;
        if let Some(side) = tile.filter(|_| !tiling.fixed) {
            let side = side.next_multiple_of(tiling.multiple);
            tiling.tile = Size::new(side, side);
        }
        let mut sizes = vec![picture.size()];
        loop {
            let Size { width, height } = sizes[sizes.len() - 1];
            let size = Size::new(
                width.saturating_mul(tiling.scale),
                height.saturating_mul(tiling.scale),
            );
            if size.width.max(size.height) > MAX_SIDE {
                return Err(EngineError::TooLarge(size));
            }
            let reached = wanted
                .is_none_or(|wanted| wanted.width <= size.width && wanted.height <= size.height);
            if reached || tiling.scale == 1 || sizes.len() == MOST_PASSES {
                break;
            }
            sizes.push(size);
        }
        let all: usize = sizes.iter().map(|size| tiling.count(*size)).sum();
        let mut stage = alone(&self.stage);
        let mut before = 0;
        let mut current = Arc::clone(picture);
        for size in sizes {
            let enlarged = tiling.enlarge(&current, &mut |done, tile| {
                on_tile(before + done, all);
                let (_, _, height, width) = tile.dim();
                let scale = tiling.scale as usize;
                let made = self.ports.run(&mut stage, tile, cancel)?;
                stage.shaped(made, [1, 3, height * scale, width * scale])
            });
            current = Arc::new(enlarged.map_err(EngineError::Run)?);
            before += tiling.count(size);
        }
        on_tile(all, all);
        let enlarged = Arc::unwrap_or_clone(current);
        Ok(match wanted {
            Some(size) => enlarged.resize(size),
            None => enlarged,
        })
    }
}

/// How many times as large a network makes a picture, told by one.
fn probe(
    stage: &mut Stage,
    ports: &Ports,
    file: &Path,
    cancel: &Cancel,
) -> Result<u32, EngineError> {
    let Size { width, height } = ports.fixed.unwrap_or(Size::new(PROBE, PROBE));
    let (width, height) = (width as usize, height as usize);
    let grey = Array4::from_elem((1, 3, height, width), 0.5);
    let made = ports.run(stage, grey, cancel).map_err(|halt| match halt {
        Halt::Cancelled => EngineError::LoadStopped,
        halt => EngineError::Run(halt),
    })?;
    let scale = match made.shape() {
        &[1, 3, high, wide] if high % height == 0 && high / height * width == wide => high / height,
        _ => 0,
    };
    if (1..=16).contains(&scale) {
        return Ok(scale as u32);
    }
    let made = made.shape();
    Err(EngineError::Model {
        path: file.to_owned(),
        problem: format!(
            "it makes {made:?} of [1, 3, {height}, {width}], which is no picture enlarged by a whole factor; {WANTED}"
        ),
    })
}
