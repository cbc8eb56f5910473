//! Detectors at work: the built-in ones for hands and faces, and those that artists have as ONNX files.
//!
//! Reads files and runs networks, always on the processor: they are small. What their numbers mean is [`detection`](crate::detection)'s matter.

mod drawn;
mod file;
mod told;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::{Array4, ArrayD, Axis, Ix2};

use super::cancel::Cancel;
use super::device::Device;
use super::error::EngineError;
use super::graph::Element;
use super::network::{Form, Forward, Network};
use super::part::Part;
use super::remote::{self, Places, Remote};
use super::runtime::Runtime;
use super::source::ModelSource;
use super::stage::Stage;
use super::tensor::Tensor;
use super::tflite::Lite;
use crate::detection::anchors::{Anchored, Anchors, FACE, PALM};
use crate::detection::drawn::{HAND, PERSON, joined};
use crate::detection::hand::Square;
use crate::detection::view::{View, tiles};
use crate::detection::{Bounds, Found, LEAST_PRESENCE, Region, suppressed};
use crate::diffusion::networks::Halt;
use crate::raster::{Picture, Rect, Size};
use drawn::{CLEAN, DRAWN, Drawn, Seen, drawn_parts};
use file::FileDetector;
pub use told::{choice_told, told_of};

/// The built-in detectors' files, by their name; empty in builds that could not fetch them.
const BUILT_IN: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/detectors.rs"));

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Hands.
    Hands,
    /// Faces.
    Faces,
    /// Whole people; built in is a finder of drawn ones alone.
    People,
}

/// What is to be found, and how.
#[derive(Clone, Debug)]
pub struct Detect {
    /// The whole picture.
    pub picture: Arc<Picture>,
    /// What is looked for.
    pub subject: Subject,
    /// A detector of the artist's; without one the built-in.
    pub detector: Option<PathBuf>,
    /// Smallest score that counts, in `[0, 1]`.
    pub least: f32,
}

impl Subject {
    /// All of them, by their word.
    pub const ALL: [(&'static str, Self); 3] = [
        ("hands", Self::Hands),
        ("faces", Self::Faces),
        ("people", Self::People),
    ];

    /// The word that classes of it have in their names.
    const fn word(self) -> &'static str {
        match self {
            Self::Hands => "hand",
            Self::Faces => "face",
            Self::People => "person",
        }
    }
}

/// Least side of a part that is searched by itself, pixels.
const LEAST_TILE: u32 = 160;

/// How many times smaller the whole picture is seen too: a hand that fills it is not known for one.
const AFAR: [f64; 3] = [1.5, 2.0, 3.0];

/// Two hands are one where their outlines have more than this in common.
const SAME_HAND: f32 = 0.4;

/// What the landmark network does not take for a hand at all counts only when the palm is this sure: six fingers are no hand to it, nor is a pattern on a wall.
const SURE_WITHOUT_POINTS: f32 = 0.4;

/// From here on the landmark network's points are believed.
const BELIEVED: f32 = 0.5;

/// Detectors that were used before, so that the next picture does not wait for them.
#[derive(Default)]
pub struct Detectors {
    hands: Option<Hands>,
    faces: Option<Stage>,
    file: Option<FileDetector>,
    /// Where they run that do not run here.
    remote: Option<Remote>,
}

/// What detectors are opened with.
struct Opening<'a> {
    runtime: &'a Runtime,
    places: Places<'a>,
    cancel: &'a Cancel,
}

impl Opening<'_> {
    /// A network, called `what` here and `role` on servers.
    fn stage<P: Clone>(
        &self,
        (what, role): (&'static str, &str),
        part: &Part<P>,
    ) -> Result<Stage, EngineError> {
        let Part { file, bytes, .. } = self.places.alone(role, part)?;
        let (runtime, cancel) = (self.runtime, self.cancel);
        Stage::open(
            runtime,
            Device::Cpu,
            what,
            &file,
            &bytes,
            Form::FULL,
            cancel,
        )
    }
}

/// What finds hands: as far as this build holds it, one at least.
struct Hands {
    landmarks: Option<Landmarks>,
    drawn: Option<Drawn>,
}

/// MediaPipe's two networks.
struct Landmarks {
    palm: Stage,
    hand: Stage,
}

impl Detectors {
    /// What there is in a picture, the surest first.
    ///
    /// # Errors
    /// [`EngineError`] when a detector cannot be read or fails, or there is none for what is looked for.
    pub fn find(
        &mut self,
        runtime: &Runtime,
        wanted: &Detect,
        cancel: &Cancel,
    ) -> Result<Vec<Found>, EngineError> {
        self.find_at(None, runtime, wanted, cancel)
    }

    /// As [`find`](Self::find), by networks of which some may run on a server.
    ///
    /// # Errors
    /// As [`find`](Self::find); [`EngineError::Server`].
    pub(super) fn find_at(
        &mut self,
        remote: Option<&Remote>,
        runtime: &Runtime,
        wanted: &Detect,
        cancel: &Cancel,
    ) -> Result<Vec<Found>, EngineError> {
        if self.remote.as_ref() != remote {
            *self = Self {
                remote: remote.cloned(),
                ..Self::default()
            };
        }
        let opening = &Opening {
            runtime,
            places: Places::of(remote, ModelSource::BuiltIn.name(), cancel),
            cancel,
        };
        let picture = &*wanted.picture;
        if picture.size().is_empty() {
            return Ok(Vec::new());
        }
        // What shines through is not what is hidden behind it.
        let flat = (!picture.is_opaque()).then(|| picture.flatten([255; 3]));
        let picture = flat.as_ref().unwrap_or(picture);
        let found = match (&wanted.detector, wanted.subject) {
            (Some(path), subject) => {
                if self.file.as_ref().is_none_or(|file| !file.is(path)) {
                    self.file = None;
                }
                let file = match &mut self.file {
                    Some(file) => file,
                    none => none.insert(FileDetector::open(opening, path)?),
                };
                return file.find(picture, subject.word(), wanted.least, cancel);
            }
            (None, Subject::Hands) => {
                let hands = match &mut self.hands {
                    Some(hands) => hands,
                    none => none.insert(Hands::open(opening)?),
                };
                hands.find(picture, wanted.least, cancel)
            }
            (None, Subject::Faces) => {
                let stage = match &mut self.faces {
                    Some(faces) => faces,
                    none => none.insert(opening.stage(FACES, &built_in(FACES.1)?)?),
                };
                find_faces(stage, picture, wanted.least, cancel)
            }
            (None, Subject::People) => {
                let hands = match &mut self.hands {
                    Some(hands) => hands,
                    none => none.insert(Hands::open(opening)?),
                };
                let people = hands
                    .drawn
                    .as_mut()
                    .map(|drawn| drawn.find(picture, &PERSON, wanted.least, cancel));
                match people.transpose() {
                    // Where nothing is drawn the network knows nothing.
                    Ok(None | Some(Seen { knows: false, .. })) => {
                        return Err(EngineError::Detector(
                            "people are found in drawings only, and this looks like none; give a detector of yours with --detector, for instance person_yolov8s-seg as ONNX".into(),
                        ));
                    }
                    Ok(Some(seen)) => Ok(seen.found),
                    Err(halt) => Err(halt),
                }
            }
        };
        found.map_err(EngineError::Run)
    }
}

/// What the built-in networks are called, here and on servers.
const FACES: (&str, &str) = ("face detector", remote::FACE_DETECTOR);
const PALMS: (&str, &str) = ("palm detector", remote::PALM_DETECTOR);
const LANDMARKS: (&str, &str) = ("hand landmark network", remote::HAND_LANDMARKS);

/// A built-in network that is no graph, by what servers call it.
fn built_in(role: &str) -> Result<Part<()>, EngineError> {
    let name = match role {
        remote::PALM_DETECTOR => "palm_detection_full.tflite",
        remote::HAND_LANDMARKS => "hand_landmark_full.tflite",
        _ => "face_detection_short_range.tflite",
    };
    let bytes = BUILT_IN.iter().find(|(file, _)| *file == name);
    let Some((_, bytes)) = bytes else {
        return Err(EngineError::Detector(
            "this build holds no detectors, as it could not fetch them; build it again with the network on, or give a detector with --detector".into(),
        ));
    };
    let file = Path::new(name);
    let (graph, weights) = Lite::read(bytes, file)?;
    let network = Network::new(weights, file, Forward::Lite(Arc::new(graph)));
    Part::of(network, |_, _| Ok(()))
}

/// The networks of a detector with what servers call them: of a file, or the built-in ones for hands and faces.
pub(super) fn networks(source: &ModelSource) -> Result<Vec<(&'static str, Part<()>)>, EngineError> {
    if *source != ModelSource::BuiltIn {
        return Ok(vec![(remote::DETECTOR, file::part(&source.path(""))?)]);
    }
    let lite = [PALMS, LANDMARKS, FACES].map(|(_, role)| Ok((role, built_in(role)?)));
    let drawn = drawn_parts()?;
    let drawn = drawn.map(|[words, clean]| [Ok((DRAWN.1, words)), Ok((CLEAN.1, clean))]);
    let drawn = drawn.into_iter().flatten();
    lite.into_iter().chain(drawn).collect()
}

impl Hands {
    fn open(opening: &Opening<'_>) -> Result<Self, EngineError> {
        let drawn = Drawn::open(opening)?;
        // Without either of them the palm detector says what is wrong.
        let landmarks = match BUILT_IN.is_empty() && drawn.is_some() {
            true => None,
            false => Some(Landmarks::open(opening)?),
        };
        Ok(Self { landmarks, drawn })
    }

    fn find(&mut self, picture: &Picture, least: f32, cancel: &Cancel) -> Result<Vec<Found>, Halt> {
        let hands = match &mut self.landmarks {
            Some(landmarks) => landmarks.find(picture, least, cancel)?,
            None => Vec::new(),
        };
        let Some(drawn) = &mut self.drawn else {
            return Ok(hands);
        };
        let own = drawn.find(picture, &HAND, least, cancel)?.found;
        let mut all = joined(hands, &own, BELIEVED);
        if !own.is_empty() {
            let clean = drawn.clean(picture, cancel)?;
            all.iter_mut().for_each(|hand| hand.clean = Some(clean));
        }
        Ok(all)
    }
}

impl Landmarks {
    fn open(opening: &Opening<'_>) -> Result<Self, EngineError> {
        Ok(Self {
            palm: opening.stage(PALMS, &built_in(PALMS.1)?)?,
            hand: opening.stage(LANDMARKS, &built_in(LANDMARKS.1)?)?,
        })
    }

    fn find(&mut self, picture: &Picture, least: f32, cancel: &Cancel) -> Result<Vec<Found>, Halt> {
        let size = picture.size();
        let mut palms: Vec<(View, Anchored)> = Vec::new();
        for view in views(size, PALM.side) {
            let found = anchored(&mut self.palm, &PALM, picture, &view, unit, least, cancel)?;
            palms.extend(found.into_iter().map(|palm| (view, palm)));
        }
        let boxes: Vec<_> = palms
            .iter()
            .map(|(view, palm)| (view.bounds(palm.bounds), palm.score))
            .collect();
        let mut hands = Vec::new();
        for index in suppressed(&boxes, SAME_HAND) {
            let (view, palm) = &palms[index];
            let square = Square::of_palm(palm, view);
            let input = self
                .hand
                .feed(Element::F32, square.tensor(picture).into_dyn().view())?;
            let [points, presence] =
                self.hand
                    .run(vec![("input.0", input)], ["output.0", "output.1"], cancel)?;
            let presence = presence.first().copied().unwrap_or_default();
            if presence < LEAST_PRESENCE && palm.score < SURE_WITHOUT_POINTS {
                continue;
            }
            let (outline, shape) = match presence >= BELIEVED {
                true => {
                    let numbers: Vec<f32> = points.iter().copied().collect();
                    let points = square.points(&numbers);
                    (square.outline(&points, size), square.region(&points, size))
                }
                false => (square.middle(size), square.middle(size)),
            };
            if let Some(bounds) = edges(&outline) {
                hands.push(Found {
                    clean: None,
                    bounds,
                    score: palm.score,
                    presence,
                    label: "hand".into(),
                    shape,
                });
            }
        }
        // Two palms of one hand lead to the same outline.
        let outlines: Vec<_> = hands.iter().map(|hand| (hand.bounds, hand.score)).collect();
        let kept = suppressed(&outlines, SAME_HAND);
        Ok(kept.into_iter().map(|index| hands[index].clone()).collect())
    }
}

fn find_faces(
    stage: &mut Stage,
    picture: &Picture,
    least: f32,
    cancel: &Cancel,
) -> Result<Vec<Found>, Halt> {
    let mut faces = Vec::new();
    for view in views(picture.size(), FACE.side) {
        // As its graph of MediaPipe has it.
        for face in anchored(stage, &FACE, picture, &view, signed, least, cancel)? {
            faces.push((view.bounds(face.bounds), face.score));
        }
    }
    let kept = suppressed(&faces, SAME_HAND);
    let found = kept.into_iter().map(|index| {
        let (bounds, score) = faces[index];
        Found {
            bounds,
            score,
            presence: score,
            clean: None,
            label: "face".into(),
            shape: Region::filled(bounds.pixels(picture.size())),
        }
    });
    Ok(found.filter(|face| !face.shape.rect.is_empty()).collect())
}

/// What of a picture is looked at with an input of so many pixels a side.
fn views(picture: Size, side: u32) -> impl Iterator<Item = View> {
    let size = Size::new(side, side);
    let tiles = tiles(picture, LEAST_TILE).into_iter();
    let near = tiles.map(move |part| View::letterbox(part, size));
    let afar = AFAR.into_iter();
    near.chain(afar.map(move |times| View::from_afar(Rect::of(picture), size, times)))
}

/// What a detector with anchors finds in a view.
fn anchored(
    stage: &mut Stage,
    anchors: &Anchors,
    picture: &Picture,
    view: &View,
    number: impl Fn(u8) -> f32,
    least: f32,
    cancel: &Cancel,
) -> Result<Vec<Anchored>, Halt> {
    let input = feed(stage, view.tensor(picture, 0, number))?;
    let [numbers, logits] =
        stage.run(vec![("input.0", input)], ["output.0", "output.1"], cancel)?;
    let rows = |values: ArrayD<f32>| {
        let rows = values
            .index_axis_move(Axis(0), 0)
            .into_dimensionality::<Ix2>();
        rows.map_err(|error| Halt::Network(Box::new(error)))
    };
    Ok(anchors.found(rows(numbers)?.view(), rows(logits)?.view(), least))
}

fn feed(stage: &Stage, tensor: Array4<f32>) -> Result<Tensor, Halt> {
    stage.feed(Element::F32, tensor.into_dyn().view())
}

/// A byte in `[0, 1]`.
fn unit(value: u8) -> f32 {
    f32::from(value) / 255.0
}

/// A byte in `[-1, 1]`.
fn signed(value: u8) -> f32 {
    unit(value) * 2.0 - 1.0
}

/// The box around what a mask has in it.
fn edges(region: &Region) -> Option<Bounds> {
    let inside = region.mask.bounds()?;
    let Rect { left, top, .. } = region.rect;
    Some(Bounds {
        left: (left + inside.left) as f32,
        top: (top + inside.top) as f32,
        right: (left + inside.right) as f32,
        bottom: (top + inside.bottom) as f32,
    })
}
