//! A detector of the YOLO family out of an ONNX file.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ndarray::{Axis, Ix3, Ix4};
use saphyr::{LoadableYamlNode as _, Yaml};

use super::{Opening, feed, unit};
use crate::detection::Found;
use crate::detection::view::View;
use crate::detection::yolo::{Head, names, unbatched};
use crate::engine::cancel::Cancel;
use crate::engine::error::EngineError;
use crate::engine::graph::Graph;
use crate::engine::part::Part;
use crate::engine::remote::DETECTOR;
use crate::engine::source::GraphBytes;
use crate::engine::stage::Stage;
use crate::raster::{Picture, Rect, Size};

/// Side of the input where neither the graph nor the file says it, pixels.
const SIDE: u32 = 640;

/// Largest side of an input, pixels.
const MOST_SIDE: u32 = 4096;

/// Grey around a picture that does not fill the input (Ultralytics' `LetterBox`).
const BORDER: u8 = 114;

/// A detector that was opened.
pub(super) struct FileDetector {
    path: PathBuf,
    stamp: Option<(u64, SystemTime)>,
    stage: Stage,
    head: Head,
    input: String,
    outputs: Vec<String>,
    size: Size,
}

/// The network in a file.
///
/// # Errors
/// [`EngineError::Model`] when it cannot be read.
pub(super) fn part(path: &Path) -> Result<Part<()>, EngineError> {
    let problem = |problem: String| EngineError::Model {
        path: path.to_owned(),
        problem,
    };
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    if ending == "pt" || ending == "pth" {
        return Err(problem(
            "it is a pickle, which can run code as it is read; use the same detector as ONNX"
                .into(),
        ));
    }
    let file = File::open(path).map_err(|error| problem(format!("it cannot be read: {error}")))?;
    let graph = Graph::read(BufReader::new(file))
        .map_err(|error| problem(format!("it is no usable ONNX file: {error}")))?;
    let bytes = GraphBytes::File {
        path: path.to_owned(),
        elsewhere: Vec::new(),
    };
    let made_of = path.display().to_string();
    Ok(Part::new(
        path.to_owned(),
        graph,
        bytes,
        (),
        made_of,
        (0, 0),
    ))
}

impl FileDetector {
    /// Opens one.
    ///
    /// # Errors
    /// [`EngineError::Model`] when it is no detector of this family.
    pub fn open(opening: &Opening<'_>, path: &Path) -> Result<Self, EngineError> {
        let part = part(path)?;
        let graph = &part.graph;
        let problem = |problem: String| EngineError::Model {
            path: path.to_owned(),
            problem,
        };
        let no_yolo = || {
            problem("it is no YOLO detector: those have one picture as input, and one output of boxes, or two with masks".into())
        };
        let [port] = &graph.inputs[..] else {
            return Err(no_yolo());
        };
        if port.rank() != Some(4) || !(1..=2).contains(&graph.outputs.len()) {
            return Err(no_yolo());
        }
        let side = |axis| port.fixed(axis).and_then(|side| u32::try_from(side).ok());
        let said = graph
            .notes
            .get("imgsz")
            .map(|text| integers(text))
            .unwrap_or_default();
        let side = |axis: usize| side(axis).or(said.get(axis - 2).copied()).unwrap_or(SIDE);
        let size = Size::new(side(3), side(2));
        if ![size.width, size.height]
            .into_iter()
            .all(|side| (32..=MOST_SIDE).contains(&side))
        {
            return Err(problem(format!(
                "its input of {size} pixels cannot be filled"
            )));
        }
        let coefficients = match &graph.outputs[..] {
            [_, protos] => protos.fixed(1).unwrap_or(32),
            _ => 0,
        };
        let pairs = graph
            .notes
            .get("names")
            .map(|text| classes(text))
            .unwrap_or_default();
        Ok(Self {
            path: path.to_owned(),
            stamp: stamp(path),
            stage: opening.stage(("detector", DETECTOR), &part)?,
            head: Head {
                names: names(&pairs),
                coefficients,
            },
            input: port.name.clone(),
            outputs: graph.outputs.iter().map(|port| port.name.clone()).collect(),
            size,
        })
    }

    /// Whether it was opened from this file as it is now.
    pub fn is(&self, path: &Path) -> bool {
        self.path == path && self.stamp == stamp(path)
    }

    /// What is in a picture, of the classes that are called by `word`; of a file with one class all.
    pub fn find(
        &mut self,
        picture: &Picture,
        word: &str,
        least: f32,
        cancel: &Cancel,
    ) -> Result<Vec<Found>, EngineError> {
        let several = self.head.names.len() > 1;
        let named = |name: &String| is_named(name, word);
        if several && !self.head.names.iter().any(named) {
            return Err(EngineError::Model {
                path: self.path.clone(),
                problem: format!(
                    "it does not find {word}s, but {}; choose another detector",
                    self.head.names[..self.head.names.len().min(5)].join(", ")
                ),
            });
        }
        let view = View::letterbox(Rect::of(picture.size()), self.size);
        let input =
            feed(&self.stage, view.tensor(picture, BORDER, unit)).map_err(EngineError::Run)?;
        let inputs = vec![(self.input.clone(), input)];
        let (boxes, protos) = match &self.outputs[..] {
            [boxes, protos] => {
                let [boxes, protos] = self
                    .stage
                    .run(inputs, [boxes, protos], cancel)
                    .map_err(EngineError::Run)?;
                (boxes, Some(protos))
            }
            _ => {
                let [boxes] = self
                    .stage
                    .run(inputs, [&self.outputs[0]], cancel)
                    .map_err(EngineError::Run)?;
                (boxes, None)
            }
        };
        let problem = |problem: String| EngineError::Model {
            path: self.path.clone(),
            problem,
        };
        let odd =
            |error: ndarray::ShapeError| problem(format!("its output has an odd shape: {error}"));
        let boxes = boxes.into_dimensionality::<Ix3>().map_err(odd)?;
        let protos = protos
            .map(|protos| protos.into_dimensionality::<Ix4>())
            .transpose()
            .map_err(odd)?;
        let of_another_size = protos.as_ref().is_some_and(|protos| {
            protos.is_empty() || protos.len_of(Axis(1)) != self.head.coefficients
        });
        if boxes.is_empty() || of_another_size {
            return Err(problem("its outputs do not go together".into()));
        }
        let protos = protos.as_ref().map(|protos| protos.index_axis(Axis(0), 0));
        let mut found = self
            .head
            .found(
                unbatched(boxes.view()),
                protos,
                &view,
                picture.size(),
                least,
            )
            .map_err(problem)?;
        if several {
            found.retain(|found| named(&found.label));
        }
        Ok(found)
    }
}

fn stamp(path: &Path) -> Option<(u64, SystemTime)> {
    let found = std::fs::metadata(path).ok()?;
    Some((found.len(), found.modified().ok()?))
}

/// Whether a class is called by a word, alone or among others: `left hand`, but not `handbag`.
fn is_named(class: &str, word: &str) -> bool {
    let class = class.to_lowercase();
    let mut words = class.split(|letter: char| !letter.is_alphabetic());
    words.any(|own| own.strip_suffix('s').unwrap_or(own) == word || own == word)
}

/// The numbers in a text: `[640, 640]`.
fn integers(text: &str) -> Vec<u32> {
    let numbers = text.split(|letter: char| !letter.is_ascii_digit());
    numbers.filter_map(|number| number.parse().ok()).collect()
}

/// Classes as the exporter writes them, a mapping of Python, which is one of YAML too; or a list.
fn classes(text: &str) -> Vec<(usize, String)> {
    let Ok(documents) = Yaml::load_from_str(text) else {
        return Vec::new();
    };
    let name = |value: &Yaml<'_>| value.as_str().map(str::to_owned);
    match documents.first() {
        Some(Yaml::Mapping(pairs)) => pairs
            .iter()
            .filter_map(|(number, value)| {
                Some((usize::try_from(number.as_integer()?).ok()?, name(value)?))
            })
            .collect(),
        Some(Yaml::Sequence(list)) => list
            .iter()
            .enumerate()
            .filter_map(|(number, value)| Some((number, name(value)?)))
            .collect(),
        _ => Vec::new(),
    }
}
