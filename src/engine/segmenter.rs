//! CLIPSeg: how sure a network is that each place of a picture shows what some words say.
//!
//! Its weights as transformers keeps them, or its ONNX export. Does not know masks.

mod words;

use std::path::Path;
use std::slice::from_ref;
use std::sync::Arc;

use ndarray::{Array2, ArrayD};
use serde_json::Value as Json;

use super::cancel::Cancel;
use super::checkpoint;
use super::device::Device;
use super::error::EngineError;
use super::graph::{Element, Graph, is_onnx};
use super::identity::{self, FileKind};
use super::loading::{Alone, Opened};
use super::names::count;
use super::network::text::{Activation, States};
use super::network::{Forward, Heads, Network, clipseg, text};
use super::part::{Part, Text};
use super::ports::{Layer, TextPorts};
use super::remote;
use super::scaling::{Scaling, imagenet};
use super::single::Facts;
use super::source::ModelSource;
use super::stage::{Inputs, SharedStage, alone};
use super::text_encoder;
use super::tokenizer::ClipTokenizer;
use crate::diffusion::networks::Halt;
use crate::raster::heat::Heat;
use crate::raster::logits::sigmoid;
use crate::raster::{Picture, Size};
use words::Words;

/// A network that was read and checked, and is ready to be loaded.
pub(super) struct Found {
    name: String,
    words: Words,
    scaling: Scaling,
    graphs: Graphs,
}

/// What it is made of.
enum Graphs {
    /// Weights: the text encoder, and what hears the picture and the text.
    Own { text: Box<Text>, seen: Part<()> },
    /// One graph for both.
    Export(Part<ExportPorts>),
}

/// The inputs of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ExportPorts {
    /// Whether it says how sure it is that a picture is of another world than it was made for, as the built-in one does.
    rated: bool,
    ids: Element,
    /// Ids that it takes at once, where the graph fixes it.
    window: Option<usize>,
    /// Type of the ids' mask, where it wants one.
    mask: Option<Element>,
    pixels: Element,
}

/// CLIPSeg's own.
const USUAL: Scaling = imagenet(352);

/// A network in memory.
pub(super) struct Segmenter {
    pub name: String,
    pub device: Device,
    pub notes: Vec<String>,
    words: Words,
    scaling: Scaling,
    stages: Stages,
}

enum Stages {
    /// The text encoder with its session, and what sees.
    Own(Box<(Text, SharedStage)>, SharedStage),
    Export(SharedStage, ExportPorts),
}

const WANTED: &str = "use CLIPSeg (model.safetensors of CIDAS/clipseg-rd64-refined, or the folder of its ONNX export)";

/// The files of an export, beside its configs or in a folder there.
const EXPORTS: [&str; 2] = ["onnx/model.onnx", "model.onnx"];

/// Where it is surer than this that a picture is of another world than it was made for, that is said.
pub(super) const STRANGE: f32 = 0.25;

const FOREIGN: &str = "this network knows drawings, and the picture does not look like one to it, so look at the mask; for other pictures fetch CLIPSeg: `pentimento models get CIDAS/clipseg-rd64-refined/model.safetensors`";

/// The folder of the built-in network among the built-in model's files.
pub(super) const BUILT_IN: &str = "words";

/// Reads a network: a .safetensors or .onnx file, with configs beside it where there are some, the folder of one, or the built-in one.
///
/// # Errors
/// [`EngineError::Model`] and [`EngineError::Mismatch`] when it is none that can be run.
pub(super) fn find(own: &ModelSource) -> Result<Found, EngineError> {
    if *own == ModelSource::BuiltIn {
        let graph = format!("{BUILT_IN}/model.onnx");
        return Ok(Found {
            name: own.name(),
            words: Words::read(own, BUILT_IN)?,
            scaling: Scaling::read(&json(own, BUILT_IN, "preprocessor_config.json")?, USUAL),
            graphs: Graphs::Export(Part::open(own, &graph, ExportPorts::bind)?),
        });
    }
    let path = &*own.path("");
    let folder = match path.is_dir() {
        true => path,
        false => path.parent().unwrap_or(Path::new("")),
    };
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let is_graph = is_onnx(path);
    // Exports lie in a folder beside their configs.
    let root = match folder.file_name() {
        Some(name) if name == "onnx" && !folder.join("config.json").exists() => {
            folder.parent().unwrap_or(Path::new(""))
        }
        _ => folder,
    };
    let configs = ModelSource::Directory(root.to_owned());
    let config = json(&configs, ".", "config.json")?;
    let config = Some(config).filter(|config| config["model_type"] == "clipseg");
    let config = config.unwrap_or_default();
    let (words, scaling) = match config.is_null() {
        true => (Words::all(ClipTokenizer::of_clip()), USUAL),
        false => (
            Words::read(&configs, ".")?,
            Scaling::read(&json(&configs, ".", "preprocessor_config.json")?, USUAL),
        ),
    };
    let inside = path.join("model.safetensors");
    let weights = match path.is_dir() {
        true => inside.is_file().then_some(inside),
        false => (!is_graph).then(|| path.to_owned()),
    };
    let graphs = match weights {
        Some(file) => networks(&file, &config, &words.tokenizer, scaling)?,
        None => {
            let source = ModelSource::Directory(folder.to_owned());
            let mut exports = EXPORTS.iter().filter(|name| source.has(name));
            let name = match is_graph {
                true => &*file,
                false => exports.next().ok_or_else(|| EngineError::Model {
                    path: path.to_owned(),
                    problem: format!("there is no model.safetensors or model.onnx here; {WANTED}"),
                })?,
            };
            Graphs::Export(Part::open(&source, name, ExportPorts::bind)?)
        }
    };
    Ok(Found {
        name: own.name(),
        words,
        scaling,
        graphs,
    })
}

/// A config beside a network; nothing where it is not there.
fn json(source: &ModelSource, folder: &str, name: &str) -> Result<Json, EngineError> {
    let config = source.json(&format!("{folder}/{name}"))?;
    Ok(config.unwrap_or_default())
}

/// The two networks of weights.
fn networks(
    path: &Path,
    config: &Json,
    tokenizer: &ClipTokenizer,
    scaling: Scaling,
) -> Result<Graphs, EngineError> {
    let problem = |problem: String| EngineError::Model {
        path: path.to_owned(),
        problem,
    };
    let weights = checkpoint::read(path)?;
    let identity = identity::of_file(&weights);
    if identity.kind != FileKind::Segmenter {
        let what = identity.refused.unwrap_or(identity.kind.what());
        return Err(problem(format!("this is {what}; {WANTED}")));
    }
    let number = |value: &Json, usual: usize| {
        let number = value
            .as_u64()
            .map_or(Some(usual), |own| usize::try_from(own).ok());
        number.filter(|number| (0..=1024).contains(number))
    };
    let numbers = |value: &Json, usual: &[usize]| match value.as_array() {
        Some(all) => all.iter().map(|one| number(one, 0)).collect(),
        None => Some(usual.to_vec()),
    };
    let broken = || problem("its config.json has numbers that no such network has".into());
    let heads = |at: &str, usual| number(&config[at]["num_attention_heads"], usual);
    let mut heard = numbers(&config["extract_layers"], &[3, 6, 9]).ok_or_else(broken)?;
    heard.reverse();
    let reduces = count(|layer| weights.has(&format!("decoder.reduces.{layer}.weight")));
    if heard.len() != reduces {
        return Err(problem(format!(
            "its decoder hears {reduces} layers and its config.json names {}",
            heard.len()
        )));
    }
    let deepest = heard.iter().copied().max().unwrap_or_default();
    let text_heads = heads("text_config", 8).ok_or_else(broken)?;
    let seen = clipseg::Config {
        heads: heads("vision_config", 12).ok_or_else(broken)?,
        decoder_heads: number(&config["decoder_num_attention_heads"], 4).ok_or_else(broken)?,
        conditional: number(&config["conditional_layer"], 0).ok_or_else(broken)?,
        heard,
        side: scaling.side as usize,
    };
    let activation = |at: &str| match config[at]["hidden_act"].as_str() {
        None | Some("quick_gelu") => Ok(()),
        Some(other) => Err(problem(format!(
            "its activation `{other}` cannot be run; {WANTED}"
        ))),
    };
    activation("text_config").and(activation("vision_config"))?;

    let clip = weights.part("clip.");
    let text = clip.renamed(|name| {
        let own = name.starts_with("text_model.") || name.starts_with("text_projection.");
        own.then(|| name.to_owned())
    });
    let mut others = clip.renamed(|name| {
        let layer = name.strip_prefix("vision_model.encoder.layers.");
        let layer = layer.and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
        // What lies behind the layers that the decoder hears is not run.
        let own = name.starts_with("vision_model.")
            && !name.starts_with("vision_model.post_layernorm.")
            && layer.is_none_or(|layer| layer <= deepest);
        own.then(|| name.to_owned())
    });
    others.extend(weights.renamed(|name| name.starts_with("decoder.").then(|| name.to_owned())));
    let config = text::Config {
        heads: Heads::Count(vec![text_heads].into()),
        activation: Activation::QuickGelu,
        end: tokenizer.end,
        states: States::Normalised,
        pooled: true,
    };
    let bind = |graph: &Graph, file: &Path| TextPorts::bind(graph, file, Layer::Last, true);
    let text = Part::of(Network::new(text, path, Forward::Text(config)), bind)?;
    let seen = Network::new(others, path, Forward::ClipSeg(seen));
    Ok(Graphs::Own {
        text: Box::new(Text::of("text encoder", text, tokenizer, None)?),
        seen: Part::of(seen, |_, _| Ok(()))?,
    })
}

impl ExportPorts {
    fn bind(graph: &Graph, file: &Path) -> Result<Self, EngineError> {
        let names: Vec<_> = graph.inputs.iter().map(|port| port.name.as_str()).collect();
        let mismatch = || {
            EngineError::Mismatch {
            file: file.to_owned(),
            expected: "the inputs `pixel_values` and `input_ids` and the output `logits`, as CLIPSeg has them".into(),
            found: names.join(", "),
        }
        };
        let pixels = graph.input("pixel_values").ok_or_else(mismatch)?;
        let ids = graph.input("input_ids").ok_or_else(mismatch)?;
        let mask = graph.input("attention_mask");
        let known = 2 + usize::from(mask.is_some());
        let logits = graph.outputs.iter().any(|port| port.name == "logits");
        if !logits || graph.inputs.len() != known || !pixels.element.is_float() {
            return Err(mismatch());
        }
        Ok(Self {
            rated: graph.outputs.iter().any(|port| port.name == "ratings"),
            ids: ids.element,
            window: ids.fixed(1),
            mask: mask.map(|port| port.element),
            pixels: pixels.element,
        })
    }
}

impl Found {
    /// Its networks, with what servers call them.
    pub fn networks(self) -> Vec<(&'static str, Part<()>)> {
        match self.graphs {
            Graphs::Own { text, seen } => vec![
                (remote::SEGMENTER_TEXT, text.part.without_ports()),
                (remote::SEGMENTER, seen),
            ],
            Graphs::Export(part) => vec![(remote::SEGMENTER, part.without_ports())],
        }
    }

    /// What is known of it.
    pub fn facts(&self) -> Facts {
        let (weight, file) = match &self.graphs {
            Graphs::Own { text, seen } => (text.part.weight + seen.weight, &seen.file),
            Graphs::Export(part) => (part.weight, &part.file),
        };
        Facts {
            weight,
            files: vec![file.clone()],
        }
    }
}

impl Segmenter {
    /// Loads a network that was read.
    ///
    /// # Errors
    /// As [`Alone::open_one`].
    pub fn load(found: Found, loading: &mut Alone<'_>) -> Result<Self, EngineError> {
        let (stages, device, notes) = match found.graphs {
            Graphs::Own { text, seen } => {
                let seen: Opened<()> = loading.open_one(("CLIPSeg", remote::SEGMENTER), &seen)?;
                let heard =
                    loading.open_one(("text encoder", remote::SEGMENTER_TEXT), &text.part)?;
                let stages = Stages::Own(Box::new((*text, heard.stage)), seen.stage);
                (stages, seen.device, [seen.notes, heard.notes].concat())
            }
            Graphs::Export(part) => {
                let opened = loading.open_one(("CLIPSeg", remote::SEGMENTER), &part)?;
                let stages = Stages::Export(opened.stage, opened.ports);
                (stages, opened.device, opened.notes)
            }
        };
        Ok(Self {
            name: found.name,
            device,
            notes,
            words: found.words,
            scaling: found.scaling,
            stages,
        })
    }

    /// How sure the network is of each place of a picture, for each of some words; `on_words` hears how many are done.
    ///
    /// # Errors
    /// [`Halt`], also where a text is too long.
    pub fn look(
        &mut self,
        picture: &Picture,
        words: &[String],
        cancel: &Cancel,
        on_words: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<Heat>, Halt> {
        words.iter().try_for_each(|text| self.words.check(text))?;
        let side = Size::new(self.scaling.side, self.scaling.side);
        let small = picture.flatten([255; 3]).resize_linear(side);
        let pixels = self.scaling.tensor(&small, side);
        let (mut heats, mut strange) = (Vec::new(), false);
        for (text, done) in words.iter().zip(1..) {
            let ids = self.words.tokenizer.encode(text).map_err(Halt::Network)?;
            let window = self.window();
            if ids.len() + 2 > window {
                return Err(Halt::PromptTooLong {
                    windows: (ids.len() + 2).div_ceil(window),
                    window,
                    most: 1,
                });
            }
            let logits = match &mut self.stages {
                Stages::Own(encoder, seen) => {
                    let chunk = ids.into_iter().map(|id| (id, 1.0)).collect();
                    let (text, own) = &**encoder;
                    let mut own = |_: &Text| Ok(Arc::clone(own));
                    let heard =
                        text_encoder::encode(from_ref(text), &mut own, &[chunk], 1, cancel)?;
                    let text = heard.pooled.unwrap_or_else(|| Array2::zeros((1, 1)));
                    let stage = &mut *alone(seen);
                    let inputs = vec![
                        (
                            "pixel_values",
                            stage.feed(Element::F32, pixels.view().into_dyn())?,
                        ),
                        (
                            "text_embeds",
                            stage.feed(Element::F32, text.view().into_dyn())?,
                        ),
                    ];
                    stage.run(inputs, ["logits"], cancel)?
                }
                Stages::Export(seen, ports) => {
                    let mut ids = ids;
                    ids.insert(0, self.words.tokenizer.start);
                    ids.push(self.words.tokenizer.end);
                    let mut mask = vec![1; ids.len()];
                    if let Some(window) = ports.window {
                        ids.resize(window, self.words.tokenizer.pad);
                        mask.resize(window, 0);
                    }
                    let stage = &mut *alone(seen);
                    let mut inputs: Inputs = vec![
                        (
                            "pixel_values",
                            stage.feed(ports.pixels, pixels.view().into_dyn())?,
                        ),
                        ("input_ids", stage.feed_ids(ports.ids, &ids, 1)?),
                    ];
                    if let Some(element) = ports.mask {
                        inputs.push(("attention_mask", stage.feed_ids(element, &mask, 1)?));
                    }
                    if ports.rated {
                        let [logits, ratings] = stage.run(inputs, ["logits", "ratings"], cancel)?;
                        strange |= ratings.iter().nth(1).is_some_and(|share| *share > STRANGE);
                        [logits]
                    } else {
                        stage.run(inputs, ["logits"], cancel)?
                    }
                }
            };
            let [logits] = logits;
            heats.push(self.heat(&logits)?);
            on_words(done, words.len());
        }
        if strange {
            self.notes.push(FOREIGN.to_owned());
        }
        Ok(heats)
    }

    /// Ids that it takes at once, start and end included.
    fn window(&self) -> usize {
        match &self.stages {
            Stages::Own(encoder, _) => encoder.0.window.window,
            Stages::Export(_, ports) => ports.window.unwrap_or(77).max(3),
        }
    }

    /// Logits `[1, h, w]`, with or without sides of 1 around, as shares.
    fn heat(&self, logits: &ArrayD<f32>) -> Result<Heat, Halt> {
        let shape = logits.shape();
        let sides: Vec<usize> = shape.iter().copied().filter(|side| *side != 1).collect();
        let &[high, wide] = &sides[..] else {
            let (Stages::Own(_, stage) | Stages::Export(stage, _)) = &self.stages;
            let found = format!("it gave {shape:?}, which is no picture");
            return Err(alone(stage).error(&found));
        };
        let shares = logits.iter().copied().map(sigmoid);
        Ok(Heat::new(
            Size::new(wide as u32, high as u32),
            shares.collect(),
        ))
    }
}
