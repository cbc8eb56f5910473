//! Taggers: what a network calls what it sees in a picture, of the layouts WD14 (`selected_tags.csv`) and JoyTag (`top_tags.txt`), told by the list that lies beside the graph.
//!
//! Does not know prompts.

use std::path::{Path, PathBuf};

use ndarray::Array4;

use super::cancel::Cancel;
use super::device::Device;
use super::error::EngineError;
use super::graph::{Element, Graph, is_onnx};
use super::loading::Alone;
use super::part::Part;
use super::remote;
use super::single::Facts;
use super::source::ModelSource;
use super::stage::{SharedStage, alone};
use crate::diffusion::networks::Halt;
use crate::raster::Picture;
use crate::raster::logits::sigmoid;
use crate::recipe::tags::{Tag, Thresholds, Vocabulary};

/// How its name reads in messages.
pub(super) const TAGGER: &str = "tagger";

/// What taggers of a kind have in common.
#[derive(Debug)]
struct Layout {
    /// The list beside the graph.
    list: &'static str,
    read: fn(&str) -> Result<Vocabulary, String>,
    thresholds: Thresholds,
    /// Where the graph does not say it: whether the channels lie last.
    channels_last: bool,
    /// The picture's channel for each of the input's.
    channels: [usize; 3],
    /// What of a value, 0 to 255, is taken as 1, and mean and deviation of the input's channels in that.
    scale: (f32, [f32; 3], [f32; 3]),
    /// Whether the outputs are logits, and no probabilities yet.
    logits: bool,
}

/// Blue, green, red from 0 to 255, as SmilingWolf's `wd-tagger/app.py` feeds them.
const WD14: Layout = Layout {
    list: "selected_tags.csv",
    read: Vocabulary::read_csv,
    thresholds: Thresholds::WD14,
    channels_last: true,
    channels: [2, 1, 0],
    scale: (1.0, [0.0; 3], [1.0; 3]),
    logits: false,
};

/// Red, green, blue by CLIP's mean and deviation, as fancyfeast's `joytag` feeds them.
const JOYTAG: Layout = Layout {
    list: "top_tags.txt",
    read: Vocabulary::read_list,
    thresholds: Thresholds::JOYTAG,
    channels_last: false,
    channels: [0, 1, 2],
    scale: (
        255.0,
        [0.481_454_66, 0.457_827_5, 0.408_210_73],
        [0.268_629_54, 0.261_302_6, 0.275_777_1],
    ),
    logits: true,
};

const LAYOUTS: [&Layout; 2] = [&WD14, &JOYTAG];

/// The lists that lie beside taggers' graphs.
pub const TAG_LISTS: [&str; 2] = [WD14.list, JOYTAG.list];

/// The graph's file in a folder.
const GRAPH: &str = "model.onnx";

/// The folder of the built-in tagger among the built-in model's files.
pub(super) const BUILT_IN: &str = "tagger";

/// Side of the pictures that taggers take, pixels, where a graph does not say it.
const SIDE: usize = 448;

/// Scores below this are not told.
const LEAST: f32 = 0.05;

const WANTED: &str = "use a tagger of the layout WD14 (model.onnx with selected_tags.csv, as SmilingWolf/wd-vit-tagger-v3) or JoyTag (model.onnx with top_tags.txt)";

/// What a tagger says of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Tagged {
    /// What it sees with a score of at least 0.05, and all of its ratings, in the order of its list.
    pub tags: Vec<Tag>,
    /// How sure its makers want it to be.
    pub thresholds: Thresholds,
    /// Its name.
    pub model: String,
    /// What it ran on; never [`Device::Auto`].
    pub device: Device,
}

/// A tagger that was read and checked, and is ready to be loaded.
pub(super) struct Found {
    name: String,
    layout: &'static Layout,
    vocabulary: Vocabulary,
    list: PathBuf,
    part: Part<Ports>,
}

/// A tagger in memory.
pub(super) struct Tagger {
    pub name: String,
    pub device: Device,
    pub notes: Vec<String>,
    layout: &'static Layout,
    vocabulary: Vocabulary,
    stage: SharedStage,
    ports: Ports,
}

/// Its input and output.
#[derive(Clone, Debug)]
struct Ports {
    input: String,
    element: Element,
    channels_last: bool,
    side: usize,
    output: String,
}

/// Where a tagger's files lie.
struct Files {
    source: ModelSource,
    graph: String,
    list: String,
    layout: &'static Layout,
}

/// The list beside a graph that makes it a tagger, if there is one.
#[must_use]
pub fn tag_list(graph: &Path) -> Option<PathBuf> {
    let files = files(&ModelSource::at(graph.to_owned())).ok()?;
    Some(files.source.path(&files.list))
}

/// Checks that a graph can be run as a tagger; some milliseconds.
///
/// # Errors
/// [`EngineError::Model`] and [`EngineError::Mismatch`] when it cannot.
pub fn check_tagger(path: &Path) -> Result<(), EngineError> {
    find(&ModelSource::at(path.to_owned())).map(drop)
}

/// The files of a tagger: a folder of one, its graph, or the built-in one. The list has its own name, or the graph's with another ending.
fn files(of: &ModelSource) -> Result<Files, EngineError> {
    let (source, prefix, graph) = match of {
        ModelSource::BuiltIn => (ModelSource::BuiltIn, format!("{BUILT_IN}/"), None),
        ModelSource::Directory(path) => (ModelSource::Directory(path.clone()), String::new(), None),
        ModelSource::File(path) => {
            let folder = path.parent().unwrap_or(Path::new("")).to_owned();
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            (ModelSource::Directory(folder), String::new(), name)
        }
    };
    let graph = graph.unwrap_or_else(|| format!("{prefix}{GRAPH}"));
    let stem = stem(&graph);
    let lists = LAYOUTS.iter().flat_map(|layout| {
        let ending = Path::new(layout.list).extension().unwrap_or_default();
        let own = stem.map(|stem| format!("{stem}.{}", ending.to_string_lossy()));
        let usual = format!("{prefix}{}", layout.list);
        own.into_iter().chain([usual]).map(|list| (list, *layout))
    });
    let found = lists.into_iter().find(|(list, _)| source.has(list));
    let Some((list, layout)) = found.filter(|_| stem.is_some()) else {
        let problem = match of.path("").exists() {
            true => format!("there is no list of tags beside the graph; {WANTED}"),
            false => "there is no such file or folder".to_owned(),
        };
        return Err(of.error("", problem));
    };
    Ok(Files {
        source,
        graph,
        list,
        layout,
    })
}

/// A graph's name without its ending; `None` for other files.
fn stem(graph: &str) -> Option<&str> {
    let (stem, _) = graph.rsplit_once('.')?;
    is_onnx(Path::new(graph)).then_some(stem)
}

/// Reads a tagger: its graph, its folder, or the built-in one.
///
/// # Errors
/// [`EngineError::Model`] and [`EngineError::Mismatch`] when it is none that can be run.
pub(super) fn find(of: &ModelSource) -> Result<Found, EngineError> {
    let Files {
        source,
        graph,
        list,
        layout,
    } = files(of)?;
    let text = source.text(&list)?.unwrap_or_default();
    let vocabulary = (layout.read)(&String::from_utf8_lossy(&text)).map_err(|problem| {
        let line = format!("{problem}; take the list and the graph from one release");
        source.error(&list, line)
    })?;
    let bind = |graph: &Graph, file: &Path| Ports::bind(graph, file, layout, vocabulary.len());
    let part = Part::open(&source, &graph, bind)?;
    Ok(Found {
        name: match (of, stem(&graph)) {
            (ModelSource::BuiltIn, _) => of.name(),
            (_, None | Some("model")) => source.published_name(),
            (_, Some(stem)) => stem.to_owned(),
        },
        layout,
        vocabulary,
        list: source.path(&list),
        part,
    })
}

impl Ports {
    fn bind(graph: &Graph, file: &Path, layout: &Layout, tags: usize) -> Result<Self, EngineError> {
        let mismatch = |expected: String, found: String| EngineError::Mismatch {
            file: file.to_owned(),
            expected,
            found,
        };
        let listed = |ports: &[super::graph::Port]| {
            let ports: Vec<_> = ports.iter().map(ToString::to_string).collect();
            ports.join(", ")
        };
        let [input] = &graph.inputs[..] else {
            let expected = "one input, a picture, as taggers have it";
            return Err(mismatch(expected.to_owned(), listed(&graph.inputs)));
        };
        let three = |axis| input.fixed(axis) == Some(3);
        let channels_last = match (three(1), three(3)) {
            (false, true) => true,
            (true, false) => false,
            _ => layout.channels_last,
        };
        let (sides, channels) = if channels_last {
            ([1, 2], 3)
        } else {
            ([2, 3], 1)
        };
        let [high, wide] = sides.map(|axis| input.fixed(axis));
        let side = high.or(wide).unwrap_or(SIDE);
        let square = [high, wide].into_iter().flatten().all(|own| own == side);
        let colours = input.fixed(channels).is_none_or(|count| count == 3);
        if input.rank() != Some(4)
            || !input.element.is_float()
            || !square
            || !colours
            || !(16..=2048).contains(&side)
        {
            let expected =
                "a square picture of three channels as the input, floats, as taggers have it";
            return Err(mismatch(expected.to_owned(), input.to_string()));
        }
        let last = |port: &super::graph::Port| {
            port.rank()
                .and_then(|rank| port.fixed(rank.checked_sub(1)?))
        };
        let mut outputs = graph.outputs.iter();
        let exact = outputs.find(|port| last(port) == Some(tags));
        let output = exact.or_else(|| graph.outputs.iter().find(|port| last(port).is_none()));
        let output = output
            .filter(|port| port.element.is_float())
            .ok_or_else(|| {
                let expected = format!(
                    "an output of {tags} numbers, as many as {} names; take both from one release",
                    layout.list
                );
                mismatch(expected, listed(&graph.outputs))
            })?;
        Ok(Self {
            input: input.name.clone(),
            element: input.element,
            channels_last,
            side,
            output: output.name.clone(),
        })
    }
}

impl Found {
    /// Its network, with what servers call it.
    pub fn networks(self) -> [(&'static str, Part<()>); 1] {
        [(remote::TAGGER, self.part.without_ports())]
    }

    /// What is known of it.
    pub fn facts(&self) -> Facts {
        Facts {
            weight: self.part.weight,
            files: vec![self.part.file.clone(), self.list.clone()],
        }
    }
}

impl Tagger {
    /// Loads a tagger that was read.
    ///
    /// # Errors
    /// As [`Alone::open_one`].
    pub fn load(found: Found, loading: &mut Alone<'_>) -> Result<Self, EngineError> {
        let opened = loading.open_one((TAGGER, remote::TAGGER), &found.part)?;
        Ok(Self {
            name: found.name,
            device: opened.device,
            notes: opened.notes,
            layout: found.layout,
            vocabulary: found.vocabulary,
            stage: opened.stage,
            ports: opened.ports,
        })
    }

    /// What it sees in a picture, which is not empty.
    ///
    /// # Errors
    /// [`Halt`], also where its numbers are no probabilities.
    pub fn tag(&mut self, picture: &Picture, cancel: &Cancel) -> Result<Tagged, Halt> {
        let Self { layout, ports, .. } = self;
        let input = prepared(picture, layout, ports);
        let stage = &mut *alone(&self.stage);
        let input = stage.feed(ports.element, input.view().into_dyn())?;
        let inputs = vec![(ports.input.clone(), input)];
        let [made] = stage.run(inputs, [&ports.output], cancel)?;
        let mut scores: Vec<f32> = made.into_iter().collect();
        if scores.len() != self.vocabulary.len() {
            return Err(stage.error(&format!(
                "it gave {} numbers, and {} names {} tags; take both from one release",
                scores.len(),
                layout.list,
                self.vocabulary.len()
            )));
        }
        if layout.logits {
            scores.iter_mut().for_each(|score| *score = sigmoid(*score));
        }
        // Half precision ends a little beside.
        if let Some(score) = scores.iter().find(|score| !(-0.01..=1.01).contains(*score)) {
            return Err(stage.error(&format!(
                "it gave the score {score}, which is no probability; {WANTED}"
            )));
        }
        let scores: Vec<f32> = scores.iter().map(|score| score.clamp(0.0, 1.0)).collect();
        Ok(Tagged {
            tags: self.vocabulary.tags(&scores, LEAST),
            thresholds: layout.thresholds,
            model: self.name.clone(),
            device: self.device,
        })
    }
}

/// A picture as the network takes it.
fn prepared(picture: &Picture, layout: &Layout, ports: &Ports) -> Array4<f32> {
    let side = ports.side;
    let square = picture.squared(side as u32);
    let pixels = square.pixels();
    let value = |y: usize, x: usize, channel: usize| {
        let (one, mean, deviation) = layout.scale;
        let value = f32::from(pixels[y * side + x][layout.channels[channel]]);
        (value / one - mean[channel]) / deviation[channel]
    };
    match ports.channels_last {
        true => Array4::from_shape_fn((1, side, side, 3), |(_, y, x, channel)| {
            value(y, x, channel)
        }),
        false => Array4::from_shape_fn((1, 3, side, side), |(_, channel, y, x)| {
            value(y, x, channel)
        }),
    }
}
