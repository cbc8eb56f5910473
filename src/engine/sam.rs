//! Segment Anything and its kin: an encoder looks at a picture once, and a decoder says for some points or a box which thing of it is meant.
//!
//! ONNX exports in the layouts of `sam/layout.rs`. Does not know masks, nor who points.

mod layout;
mod pair;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use ndarray::{ArrayD, ArrayViewD, Axis};

use super::cancel::Cancel;
use super::device::Device;
use super::error::EngineError;
use super::graph::Element;
use super::loading::{Alone, Opened};
use super::part::Part;
use super::remote;
use super::scaling::{Scaling, imagenet, planes};
use super::single::Facts;
use super::source::ModelSource;
use super::stage::{Inputs, SharedStage, alone};
use crate::diffusion::networks::Halt;
use crate::raster::logits::Logits;
use crate::raster::{Picture, Size};
use layout::{BOXES, Decoder, EARLIER, Encoder, HAS_EARLIER, MASK_SIZE, Padding, View};

pub use pair::pairs;

/// A thing in a picture that is pointed at.
#[derive(Clone, Debug)]
pub struct FindObject {
    /// The picture.
    pub picture: Arc<Picture>,
    /// What is meant; without it the picture is only looked at, so that the next answer takes no longer than the decoder.
    pub prompt: Option<Prompt>,
}

/// What is meant in a picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prompt {
    /// Points, at least one of which is inside where there is no box.
    pub points: Vec<PromptPoint>,
    /// A box around it, `[left, top, right, bottom]`, in pixels as the points.
    pub bounds: Option<[f32; 4]>,
    /// The mask that the points before made ([`Candidate::low`]), for networks that hear one.
    pub earlier: Option<Logits>,
}

/// A point of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PromptPoint {
    /// Column and row, picture pixels; the middle of the first pixel is 0, 0.
    pub at: [f32; 2],
    /// Whether it is meant, or just not.
    pub inside: bool,
}

/// What may be meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Where it is, over the whole picture.
    pub logits: Logits,
    /// How good a mask it is as the network sees it: the overlap with the true one that it expects, about 0 to 1.
    pub score: f32,
    /// The same as the network can be told it again.
    pub low: Option<Logits>,
}

/// Which of some candidates the network thinks best.
#[must_use]
pub fn best(candidates: &[Candidate]) -> Option<usize> {
    let all = candidates.iter().enumerate();
    let best = all.max_by(|(_, a), (_, b)| a.score.total_cmp(&b.score));
    best.map(|(index, _)| index)
}

impl Prompt {
    /// Where it is in a picture of a size: points, and the box as far as it lies inside.
    fn check(&self, size: Size) -> Result<Option<[f32; 4]>, String> {
        let [wide, high] = [size.width, size.height].map(|side| side as f32);
        let inside =
            |[x, y]: [f32; 2]| (-0.5..wide - 0.5).contains(&x) && (-0.5..high - 0.5).contains(&y);
        if let Some(PromptPoint { at: [x, y], .. }) =
            self.points.iter().find(|point| !inside(point.at))
        {
            return Err(format!(
                "the point {x},{y} lies outside the picture, which is {size}; columns and rows count from 0"
            ));
        }
        let Some(bounds) = self.bounds else {
            return match self.points.iter().any(|point| point.inside) {
                true => Ok(None),
                false => Err(
                    "nothing is pointed at: give a point inside what is meant, or a box around it"
                        .into(),
                ),
            };
        };
        let [left, top, right, bottom] = bounds;
        let cut = [
            left.max(0.0),
            top.max(0.0),
            right.min(wide - 1.0),
            bottom.min(high - 1.0),
        ];
        match cut[0] < cut[2] && cut[1] < cut[3] {
            true => Ok(Some(cut)),
            false => Err(format!(
                "the box {left},{top},{right},{bottom} holds nothing of the picture, which is {size}; give its left, top, right and bottom"
            )),
        }
    }
}

/// A network that was read and checked, and is ready to be loaded.
pub(super) struct Found {
    name: String,
    encoder: Part<Encoder>,
    decoder: Part<Decoder>,
    config: PathBuf,
    scaling: Scaling,
}

/// A network in memory.
pub(super) struct Sam {
    pub name: String,
    pub device: Device,
    pub notes: Vec<String>,
    encoder: (SharedStage, Encoder),
    decoder: (SharedStage, Decoder),
    scaling: Scaling,
    /// The picture that was looked at last, and what the encoder made of it.
    seen: Option<(Weak<Picture>, Vec<ArrayD<f32>>)>,
}

/// What says how pictures are prepared, where it is there.
const CONFIG: &str = "preprocessor_config.json";

/// Side of the input where nothing says it, pixels.
const SIDE: u32 = 1024;

/// Side of SAM 3's, which normalises otherwise.
const SAM_3: Scaling = Scaling {
    side: 1008,
    mean: [0.5; 3],
    deviation: [0.5; 3],
};

/// Reads a network: the folder of its two graphs, or one of them beside the other.
///
/// # Errors
/// [`EngineError::Model`] and [`EngineError::Mismatch`] when it is none that can be run.
pub(super) fn find(path: &Path) -> Result<Found, EngineError> {
    let pair = pair::find(path)?;
    let folder = ModelSource::Directory(pair.folder);
    let decoder = Part::open(&folder, &pair.decoder, Decoder::bind)?;
    let encoder = Part::open(&folder, &pair.encoder, |graph, file| {
        Encoder::bind(graph, file, &decoder.ports)
    })?;
    let side = encoder.ports.fixed.map_or(SIDE, |size| size.width);
    let usual = match side == SAM_3.side {
        true => SAM_3,
        false => imagenet(side),
    };
    let root = ModelSource::Directory(pair.root);
    let config = root.json(CONFIG)?;
    let scaling = Scaling::read(&config.unwrap_or_default(), usual);
    Ok(Found {
        name: ModelSource::at(path.to_owned()).name(),
        encoder,
        decoder,
        config: root.path(CONFIG),
        scaling,
    })
}

impl Found {
    /// Its networks, with what servers call them.
    pub fn networks(self) -> [(&'static str, Part<()>); 2] {
        [
            (remote::SAM_ENCODER, self.encoder.without_ports()),
            (remote::SAM_DECODER, self.decoder.without_ports()),
        ]
    }

    /// What is known of it.
    pub fn facts(&self) -> Facts {
        let graphs = [&self.encoder.file, &self.decoder.file];
        Facts {
            weight: self.encoder.weight + self.decoder.weight,
            files: graphs.into_iter().chain([&self.config]).cloned().collect(),
        }
    }
}

/// How large a picture is in what the encoder sees, and how large that is.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Shown {
    size: Size,
    frame: Size,
}

impl Sam {
    /// Loads a network that was read.
    ///
    /// # Errors
    /// As [`Alone::open_one`].
    pub fn load(found: Found, loading: &mut Alone<'_>) -> Result<Self, EngineError> {
        let encoder: Opened<Encoder> =
            loading.open_one(("image encoder", remote::SAM_ENCODER), &found.encoder)?;
        let decoder = loading.open_one(("mask decoder", remote::SAM_DECODER), &found.decoder)?;
        Ok(Self {
            name: found.name,
            device: encoder.device,
            notes: encoder.notes,
            encoder: (encoder.stage, encoder.ports),
            decoder: (decoder.stage, decoder.ports),
            scaling: found.scaling,
            seen: None,
        })
    }

    /// Looks at a picture, unless it was looked at last.
    ///
    /// # Errors
    /// [`Halt`].
    pub fn look(&mut self, picture: &Arc<Picture>, cancel: &Cancel) -> Result<(), Halt> {
        let same = |(seen, _): &(Weak<Picture>, _)| seen.as_ptr() == Arc::as_ptr(picture);
        if self.seen.as_ref().is_some_and(same) {
            return Ok(());
        }
        self.seen = None;
        let Shown { size, frame } = self.shown(picture.size());
        let small = picture.flatten([255; 3]).resize_linear(size);
        let (stage, ports) = &self.encoder;
        let mut pixels = match (ports.raw, self.decoder.1.layout.view) {
            (true, _) => {
                // What is empty beside the picture is the mean colour, which the graph makes 0 of.
                let empty = self.scaling.mean.map(|mean| mean * 255.0);
                planes(&small, frame, empty, |_, value| f32::from(value))
            }
            (false, View::Own) => {
                planes(&small, frame, [0.0; 3], |_, value| f32::from(value) / 255.0)
            }
            (false, _) => self.scaling.tensor(&small, frame),
        }
        .into_dyn();
        if ports.raw {
            pixels = pixels
                .index_axis_move(Axis(0), 0)
                .permuted_axes(vec![1, 2, 0]);
        }
        let stage = &mut *alone(stage);
        let input = (
            ports.input.clone(),
            stage.feed(ports.element, pixels.view())?,
        );
        let names: Vec<&str> = ports.outputs.iter().map(String::as_str).collect();
        let made = stage.run_for(vec![input], &names, cancel)?;
        self.seen = Some((Arc::downgrade(picture), made));
        Ok(())
    }

    fn shown(&self, size: Size) -> Shown {
        let (_, encoder) = &self.encoder;
        let side = self.scaling.side;
        let frame = encoder.fixed.unwrap_or(Size::new(side, side));
        match self.decoder.1.layout.view {
            View::Stretched => Shown { size: frame, frame },
            View::Own => {
                let size = encoder.fixed.unwrap_or(size.within(side));
                Shown { size, frame: size }
            }
            View::Fitted => {
                // `ResizeLongestSide` of segment-anything.
                let [wide, high] = [size.width, size.height].map(f64::from);
                let factor = (f64::from(frame.width) / wide).min(f64::from(frame.height) / high);
                let side = |side: f64| ((side * factor + 0.5) as u32).max(1);
                let size = Size::new(side(wide), side(high));
                // What takes any size fills the rest up itself.
                let whole = encoder.raw && encoder.fixed.is_none();
                Shown {
                    size,
                    frame: if whole { size } else { frame },
                }
            }
        }
    }

    /// What may be meant in the picture that was looked at last.
    ///
    /// # Errors
    /// [`EngineError::Prompt`] where the prompt cannot be answered, [`EngineError::Run`].
    pub fn answer(
        &mut self,
        picture: &Picture,
        prompt: &Prompt,
        cancel: &Cancel,
    ) -> Result<Vec<Candidate>, EngineError> {
        let bounds = prompt.check(picture.size()).map_err(EngineError::Prompt)?;
        let shown = self.shown(picture.size());
        let (stage, ports) = &self.decoder;
        let layout = ports.layout;
        let name = layout.name;
        let refused = match bounds {
            Some(_) if !layout.boxes => Some("hears no boxes; click what is meant".to_owned()),
            _ if !layout.outside && prompt.points.iter().any(|point| !point.inside) => {
                Some("hears no points that are not meant; drag a box around what is meant".into())
            }
            _ if prompt.points.len() + 2 * usize::from(bounds.is_some()) > layout.most => {
                Some(format!(
                    "hears {} points at most, and a box is two of them; take some away",
                    layout.most
                ))
            }
            _ => None,
        };
        if let Some(why) = refused {
            return Err(EngineError::Prompt(format!("{name} {why}")));
        }
        let (points, labels) = placed(prompt, bounds, layout.padding, picture.size(), shown.size);
        let mask_size = match layout.view {
            View::Fitted if picture.size().width.max(picture.size().height) <= SIDE => {
                picture.size()
            }
            _ => shown.size,
        };
        let nested = layout.points != "point_coords";
        let count = labels.len();
        let shape =
            |last: &[usize]| [&[1][..], if nested { &[1] } else { &[] }, &[count], last].concat();
        let Some((_, embeddings)) = &self.seen else {
            return Err(EngineError::NoModel);
        };
        let mut stage = alone(stage);
        let mut inputs: Inputs<String> = Vec::new();
        for (port, embedding) in ports.embeddings.iter().zip(embeddings) {
            let fed = stage
                .feed(port.element, embedding.view())
                .map_err(EngineError::Run)?;
            inputs.push((port.name.clone(), fed));
        }
        let mut feed = |name: &str, element: Element, shape: &[usize], values: &[f64]| {
            let fed = stage.feed_numbers(element, shape, values);
            fed.map(|fed| inputs.push((name.to_owned(), fed)))
                .map_err(EngineError::Run)
        };
        feed(layout.points, ports.points, &shape(&[2]), &points)?;
        feed(layout.labels, ports.labels, &shape(&[]), &labels)?;
        if let Some((element, size)) = ports.earlier {
            let earlier = prompt
                .earlier
                .as_ref()
                .filter(|earlier| earlier.size() == size);
            let values = earlier.map_or_else(
                || vec![0.0; size.area()],
                |earlier| earlier.values().iter().copied().map(f64::from).collect(),
            );
            let has = f64::from(u8::from(earlier.is_some()));
            let sides = [size.height, size.width].map(|side| side as usize);
            feed(EARLIER, element, &[1, 1, sides[0], sides[1]], &values)?;
            feed(HAS_EARLIER, element, &[1], &[has])?;
        }
        if let Some(element) = ports.mask_size {
            let sides = [mask_size.height, mask_size.width].map(f64::from);
            feed(MASK_SIZE, element, &[2], &sides)?;
        }
        if let Some(element) = ports.boxes {
            feed(BOXES, element, &[1, 0, 4], &[])?;
        }
        let names = [Some(&ports.masks), Some(&ports.scores), ports.low.as_ref()];
        let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
        let made = stage
            .run_for(inputs, &names, cancel)
            .map_err(EngineError::Run)?;
        let read = |made: &ArrayD<f32>| {
            grids(made.view()).ok_or_else(|| {
                EngineError::Run(
                    stage.error(&format!("it gave {:?}, which are no masks", made.shape())),
                )
            })
        };
        let masks = read(&made[0])?;
        let scores: Vec<f32> = made[1].iter().copied().collect();
        if scores.len() != masks.len() {
            let found = format!("it gave {} masks and {} scores", masks.len(), scores.len());
            return Err(EngineError::Run(stage.error(&found)));
        }
        if scores.iter().any(|score| !score.is_finite()) {
            let found = "it gave scores that are no numbers; use one with fp32 weights";
            return Err(EngineError::Run(stage.error(found)));
        }
        let again = ports.earlier.map(|(_, size)| size);
        let lows = match made.get(2) {
            Some(low) => read(low)?,
            None => masks.clone(),
        };
        // Where the graph does not cut its masks itself, they lie in the frame as the picture does.
        let cut = layout.view == View::Fitted && ports.mask_size.is_none();
        let candidates = masks.into_iter().zip(scores).enumerate();
        Ok(candidates
            .map(|(index, (mask, score))| Candidate {
                logits: match cut {
                    true => mask.corner(shown.frame, shown.size),
                    false => mask,
                },
                score,
                low: lows
                    .get(index)
                    .filter(|low| Some(low.size()) == again)
                    .cloned(),
            })
            .collect())
    }
}

/// The points and labels of a prompt, in pixels of what the encoder sees.
fn placed(
    prompt: &Prompt,
    bounds: Option<[f32; 4]>,
    padding: Padding,
    size: Size,
    shown: Size,
) -> (Vec<f64>, Vec<f64>) {
    let scale = [
        f64::from(shown.width) / f64::from(size.width),
        f64::from(shown.height) / f64::from(size.height),
    ];
    let mut all: Vec<([f32; 2], f64)> = Vec::new();
    if let Some([left, top, right, bottom]) = bounds {
        all.extend([([left, top], 2.0), ([right, bottom], 3.0)]);
    }
    let points = prompt.points.iter();
    all.extend(points.map(|point| (point.at, f64::from(u8::from(point.inside)))));
    let pads = match padding {
        Padding::Never => false,
        Padding::WithoutBox => bounds.is_none(),
        Padding::Always => true,
    };
    if pads {
        all.push(([0.0; 2], -1.0));
    }
    let place = |at: [f32; 2]| [0, 1].map(|axis| f64::from(at[axis]) * scale[axis]);
    let points = all.iter().flat_map(|(at, _)| place(*at)).collect();
    (points, all.iter().map(|(_, label)| *label).collect())
}

/// Every mask of `[.., h, w]`.
fn grids(made: ArrayViewD<'_, f32>) -> Option<Vec<Logits>> {
    let &[.., high, wide] = made.shape() else {
        return None;
    };
    let size = Size::new(u32::try_from(wide).ok()?, u32::try_from(high).ok()?);
    let values: Vec<f32> = made.iter().copied().collect();
    let whole = !size.is_empty() && !values.is_empty() && made.ndim() > 2;
    whole.then(|| {
        let masks = values.chunks_exact(size.area());
        masks.map(|mask| Logits::new(size, mask.to_vec())).collect()
    })
}
