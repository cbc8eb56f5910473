//! Captioners: what a picture shows, in sentences; Florence-2 in the layout that transformers.js runs (`vision_encoder`, `embed_tokens`, `encoder_model`, `decoder_model_merged` or `decoder_model`).
//!
//! Does not know prompts.

use std::fmt;
use std::path::{Path, PathBuf};

use ndarray::{ArrayD, Axis, Ix3, concatenate};
use serde_json::Value as Json;
use tokenizers::Tokenizer;

use super::cancel::Cancel;
use super::device::Device;
use super::error::EngineError;
use super::graph::{Element, Graph, Port, is_onnx};
use super::loading::Alone;
use super::part::Part;
use super::scaling::{Scaling, imagenet};
use super::single::Facts;
use super::source::ModelSource;
use super::stage::{Inputs, SharedStage, alone};
use crate::diffusion::networks::Halt;
use crate::raster::{Picture, Size};

/// How much is said of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaptionDetail {
    /// One sentence.
    Short,
    /// What is seen.
    #[default]
    Detailed,
    /// A paragraph.
    MoreDetailed,
}

impl CaptionDetail {
    /// All.
    pub const ALL: &[Self] = &[Self::Short, Self::Detailed, Self::MoreDetailed];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Detailed => "detailed",
            Self::MoreDetailed => "more-detailed",
        }
    }

    /// Florence-2's token for it, and the words that it stands for where no config has others (transformers `processing_florence2.py`).
    const fn task(self) -> (&'static str, &'static str) {
        match self {
            Self::Short => ("<CAPTION>", "What does the image describe?"),
            Self::Detailed => (
                "<DETAILED_CAPTION>",
                "Describe in detail what is shown in the image.",
            ),
            Self::MoreDetailed => (
                "<MORE_DETAILED_CAPTION>",
                "Describe with a paragraph what is shown in the image.",
            ),
        }
    }
}

impl fmt::Display for CaptionDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a captioner says of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captioned {
    /// In sentences.
    pub text: String,
    /// Its tokens, start and end included.
    pub ids: Vec<u32>,
    /// Name of the network.
    pub model: String,
    /// What it ran on; never [`Device::Auto`].
    pub device: Device,
}

/// What a network of it is fed, and what it gives.
#[derive(Clone, Debug)]
struct Ports {
    inputs: Vec<Port>,
    output: &'static str,
}

/// Its networks: name in messages, the start of its file's name, the inputs that it has to have, its output.
const NETWORKS: [(&str, &[&str], &[&str], &str); 4] = [
    (
        "vision encoder",
        &["vision_encoder"],
        &[PIXELS],
        "image_features",
    ),
    (
        "embeddings",
        &["embed_tokens"],
        &["input_ids"],
        "inputs_embeds",
    ),
    (
        "text encoder",
        &["encoder_model"],
        &["attention_mask", "inputs_embeds"],
        "last_hidden_state",
    ),
    (
        "text decoder",
        &["decoder_model_merged", "decoder_model"],
        &[
            "encoder_attention_mask",
            "encoder_hidden_states",
            "inputs_embeds",
        ],
        "logits",
    ),
];

/// The picture, as the vision encoder calls it.
const PIXELS: &str = "pixel_values";

/// Ends of the names of exports in other types, the first that is there.
const TYPES: [&str; 4] = ["", "_fp16", "_quantized", "_q4"];

/// What a merged decoder remembers of earlier runs begins with, and what says whether it is to.
const PAST: &str = "past_key_values.";
const REMEMBERS: &str = "use_cache_branch";

/// Its other files: its words, how pictures come in, how it goes on.
const CONFIGS: [&str; 3] = [
    "tokenizer.json",
    "preprocessor_config.json",
    "generation_config.json",
];

const SIDE: u32 = 768;

/// Most tokens that are said where no config has another number.
const LONGEST: u64 = 512;

const WANTED: &str = "use Florence-2 as ONNX in the layout of transformers.js (as onnx-community/Florence-2-base-ft), its folder with tokenizer.json and the folder onnx in it";

/// How it goes on and ends: `generation_config.json`, and what is published of Florence-2.
#[derive(Clone, Copy, Debug)]
struct Rules {
    start: u32,
    end: u32,
    first: Option<u32>,
    /// Runs of so many tokens are said once; 0 for none.
    unrepeated: usize,
    longest: usize,
}

/// A captioner that was read and checked, and is ready to be loaded.
pub(super) struct Found {
    name: String,
    tokenizer: Tokenizer,
    scaling: Scaling,
    /// The words of each detail.
    asked: Vec<String>,
    rules: Rules,
    parts: Vec<Part<Ports>>,
}

/// A captioner in memory.
pub(super) struct Captioner {
    pub name: String,
    pub device: Device,
    pub notes: Vec<String>,
    tokenizer: Tokenizer,
    scaling: Scaling,
    asked: Vec<String>,
    rules: Rules,
    stages: Vec<(SharedStage, Ports)>,
}

/// The file of a network, where there is one.
fn graph_file(starts: &[&str], is_there: impl Fn(&str) -> bool) -> Option<String> {
    let names = starts.iter().flat_map(|start| {
        TYPES
            .iter()
            .flat_map(move |end| ["onnx/", ""].map(|folder| format!("{folder}{start}{end}.onnx")))
    });
    names.into_iter().find(|name| is_there(name))
}

/// The files that a captioner needs among those of a folder, named from it; `None` where it is none.
#[must_use]
pub fn captioner_files(is_there: impl Fn(&str) -> bool) -> Option<Vec<String>> {
    let graphs = NETWORKS
        .iter()
        .map(|(_, starts, ..)| graph_file(starts, &is_there));
    let mut files: Vec<String> = graphs.collect::<Option<_>>()?;
    files.extend(files.clone().iter().map(|file| format!("{file}_data")));
    files.extend(CONFIGS.map(str::to_owned));
    files.retain(|file| is_there(file));
    files.iter().any(|file| file == CONFIGS[0]).then_some(files)
}

/// Reads a captioner: its folder, the one with its graphs, or one of those.
///
/// # Errors
/// [`EngineError::Model`] and [`EngineError::Mismatch`] when it is none that can be run.
pub(super) fn find(own: &ModelSource) -> Result<Found, EngineError> {
    let path = own.path("");
    let folder = match is_onnx(&path) {
        true => path.parent().unwrap_or(Path::new("")).to_owned(),
        false => path,
    };
    let root = match folder.file_name() {
        Some(name) if name == "onnx" => folder.parent().unwrap_or(Path::new("")).to_owned(),
        _ => folder,
    };
    let source = ModelSource::Directory(root);
    let graph = |starts: &[&str]| {
        graph_file(starts, |name| source.has(name)).ok_or_else(|| {
            let line = format!("there is no {}.onnx here; {WANTED}", starts[0]);
            own.error("", line)
        })
    };
    let parts = NETWORKS.map(|(_, starts, inputs, output)| {
        Part::open(&source, &graph(starts)?, |graph, file| {
            Ports::bind(graph, file, inputs, output)
        })
    });
    let parts = parts.into_iter().collect::<Result<Vec<_>, _>>()?;
    let [words, prepared, rules] = CONFIGS;
    let words = source.read(words)?;
    let words =
        words.ok_or_else(|| own.error("", format!("there is no tokenizer.json here; {WANTED}")))?;
    let tokenizer = Tokenizer::from_bytes(&words)
        .map_err(|error| source.error(CONFIGS[0], format!("it is no usable tokenizer: {error}")))?;
    let json = |name: &str| source.json(name).map(Option::unwrap_or_default);
    let prepared: Json = json(prepared)?;
    let rules: Json = json(rules)?;
    let number = |name: &str, usual: u64| rules[name].as_u64().unwrap_or(usual);
    let id = |name: &str, usual: u64| u32::try_from(number(name, usual)).unwrap_or_default();
    let said = |detail: &CaptionDetail| {
        let (token, usual) = detail.task();
        let own = prepared["task_prompts_without_inputs"][token].as_str();
        own.unwrap_or(usual).to_owned()
    };
    // What the graph fixes holds, whatever a config says.
    let pixels = &parts[0].ports.inputs;
    let pixels = pixels.iter().find(|port| port.name == PIXELS);
    let side = pixels.and_then(|port| u32::try_from(port.fixed(2)?).ok());
    let side = side.filter(|side| (16..=2048).contains(side));
    let mut scaling = Scaling::read(&prepared, imagenet(SIDE));
    scaling.side = side.unwrap_or(scaling.side);
    Ok(Found {
        name: source.published_name(),
        tokenizer,
        scaling,
        asked: CaptionDetail::ALL.iter().map(said).collect(),
        rules: Rules {
            start: id("decoder_start_token_id", 2),
            end: id("eos_token_id", 2),
            first: match rules.get("forced_bos_token_id") {
                Some(Json::Null) => None,
                _ => Some(id("forced_bos_token_id", 0)),
            },
            unrepeated: number("no_repeat_ngram_size", 3).min(64) as usize,
            longest: number("max_length", LONGEST).clamp(2, 4096) as usize,
        },
        parts,
    })
}

impl Ports {
    fn bind(
        graph: &Graph,
        file: &Path,
        inputs: &[&str],
        output: &'static str,
    ) -> Result<Self, EngineError> {
        let missing = inputs.iter().find(|name| graph.input(name).is_none());
        let stray = graph.inputs.iter().find(|port| {
            let known = inputs.contains(&&*port.name) || port.name == REMEMBERS;
            !known && !port.name.starts_with(PAST)
        });
        let gives = graph.outputs.iter().any(|port| port.name == output);
        if missing.is_some() || stray.is_some() || !gives {
            let list = |ports: &[Port]| {
                let ports: Vec<_> = ports.iter().map(ToString::to_string).collect();
                ports.join(", ")
            };
            return Err(EngineError::Mismatch {
                file: file.to_owned(),
                expected: format!(
                    "the inputs `{}` and the output `{output}`",
                    inputs.join("`, `")
                ),
                found: format!("{} and {}", list(&graph.inputs), list(&graph.outputs)),
            });
        }
        Ok(Self {
            inputs: graph.inputs.clone(),
            output,
        })
    }
}

impl Found {
    /// What is known of it.
    pub fn facts(&self) -> Facts {
        let files: Vec<PathBuf> = self.parts.iter().map(|part| part.file.clone()).collect();
        Facts {
            weight: self.parts.iter().map(|part| part.weight).sum(),
            files,
        }
    }
}

/// What goes into a network.
enum Fed<'a> {
    Numbers(&'a ArrayD<f32>),
    Ids(&'a [u32]),
}

impl Captioner {
    /// Loads a captioner that was read.
    ///
    /// # Errors
    /// As [`Alone::open_one`].
    pub fn load(found: Found, loading: &mut Alone<'_>) -> Result<Self, EngineError> {
        let (mut stages, mut notes) = (Vec::new(), Vec::new());
        let mut device = loading.device;
        for ((name, ..), part) in NETWORKS.iter().zip(&found.parts) {
            let opened = loading.open_one((name, name), part)?;
            device = opened.device;
            notes.extend(opened.notes);
            stages.push((opened.stage, opened.ports));
        }
        Ok(Self {
            name: found.name,
            device,
            notes,
            tokenizer: found.tokenizer,
            scaling: found.scaling,
            asked: found.asked,
            rules: found.rules,
            stages,
        })
    }

    /// What it says of a picture, the likeliest token after the other; `on_token` hears how many there are, and of how many at most.
    ///
    /// # Errors
    /// [`Halt`].
    pub fn caption(
        &mut self,
        picture: &Picture,
        detail: CaptionDetail,
        cancel: &Cancel,
        on_token: &mut dyn FnMut(usize, usize),
    ) -> Result<Captioned, Halt> {
        let broken = |error: tokenizers::Error| {
            Halt::Network(Box::new(EngineError::Model {
                path: PathBuf::from(CONFIGS[0]),
                problem: error.to_string(),
            }))
        };
        let side = Size::new(self.scaling.side, self.scaling.side);
        let seen = self
            .scaling
            .tensor(&picture.flatten([255; 3]).bicubic(side), side);
        let seen = self.run(0, &[(PIXELS, Fed::Numbers(&seen.into_dyn()))], cancel)?;
        let asked = self.tokenizer.encode(&*self.asked[detail as usize], true);
        let asked = asked.map_err(broken)?;
        let asked = self.run(1, &[("input_ids", Fed::Ids(asked.get_ids()))], cancel)?;
        let joined = concatenate(Axis(1), &[seen.view(), asked.view()]);
        let joined = joined.map_err(|error| self.error(0, &error.to_string()))?;
        let mask = vec![1; joined.len_of(Axis(1))];
        let inputs = [
            ("attention_mask", Fed::Ids(&mask)),
            ("inputs_embeds", Fed::Numbers(&joined)),
        ];
        let heard = self.run(2, &inputs, cancel)?;
        let Rules {
            start,
            end,
            first,
            longest,
            ..
        } = self.rules;
        let mut ids = vec![start];
        while ids.len() < longest && (ids.len() == 1 || ids.last() != Some(&end)) {
            let next = match (ids.len(), first) {
                (1, Some(first)) => first,
                (length, _) if length + 1 == longest => end,
                _ => {
                    let said = self.run(1, &[("input_ids", Fed::Ids(&ids))], cancel)?;
                    let inputs = [
                        ("encoder_attention_mask", Fed::Ids(&mask)),
                        ("encoder_hidden_states", Fed::Numbers(&heard)),
                        ("inputs_embeds", Fed::Numbers(&said)),
                    ];
                    let logits = self.run(3, &inputs, cancel)?;
                    let shape = format!("it gave {:?}, which are no words", logits.shape());
                    let logits = logits.into_dimensionality::<Ix3>().ok();
                    let logits =
                        logits.filter(|logits| logits.dim().0 > 0 && logits.dim().1 == ids.len());
                    let logits = logits.ok_or_else(|| self.error(3, &shape))?;
                    let last = logits.slice(ndarray::s![0, -1, ..]);
                    likeliest(last.iter().copied(), &ids, self.rules.unrepeated).unwrap_or(end)
                }
            };
            ids.push(next);
            on_token(ids.len(), longest);
        }
        Ok(Captioned {
            text: self
                .tokenizer
                .decode(&ids, true)
                .map_err(broken)?
                .trim()
                .to_owned(),
            ids,
            model: self.name.clone(),
            device: self.device,
        })
    }

    fn error(&self, which: usize, message: &str) -> Halt {
        alone(&self.stages[which].0).error(message)
    }

    /// Runs one of the networks. What a merged decoder could remember is nothing: of a caption's few tokens all are read in every run.
    fn run(
        &self,
        which: usize,
        fed: &[(&'static str, Fed<'_>)],
        cancel: &Cancel,
    ) -> Result<ArrayD<f32>, Halt> {
        let (stage, ports) = &self.stages[which];
        let stage = &mut *alone(stage);
        let mut inputs: Inputs<String> = Vec::new();
        for port in &ports.inputs {
            let fed = fed.iter().find(|(name, _)| *name == port.name);
            let value = match fed.map(|(_, value)| value) {
                Some(Fed::Numbers(values)) => stage.feed(port.element, values.view())?,
                Some(Fed::Ids(ids)) => stage.feed_ids(port.element, ids, 1)?,
                None if port.name == REMEMBERS => {
                    stage.feed_numbers(Element::BOOL, &[1], &[0.0])?
                }
                None => {
                    let side = |axis| port.fixed(axis).unwrap_or(1);
                    stage.feed_numbers(port.element, &[1, side(1), 0, side(3)], &[])?
                }
            };
            inputs.push((port.name.clone(), value));
        }
        let [made] = stage.run(inputs, [ports.output], cancel)?;
        Ok(made)
    }
}

/// The token with the highest logit, the first of those, that ends no run of `unrepeated` tokens which was there before (transformers' `NoRepeatNGramLogitsProcessor`).
fn likeliest(logits: impl Iterator<Item = f32>, ids: &[u32], unrepeated: usize) -> Option<u32> {
    let run = unrepeated
        .checked_sub(1)
        .and_then(|before| ids.len().checked_sub(before));
    let run = run.map(|at| &ids[at..]);
    let again = |id: u32| {
        let runs = ids.windows(unrepeated.max(1));
        run.is_some_and(|run| {
            runs.into_iter()
                .any(|own| own.split_last() == Some((&id, run)))
        })
    };
    let mut best: Option<(u32, f32)> = None;
    for (id, logit) in (0..).zip(logits) {
        if best.is_none_or(|(_, most)| logit > most) && !again(id) {
            best = Some((id, logit));
        }
    }
    best.map(|(id, _)| id)
}
