//! The layouts of the family's exports: what the two graphs of each are fed, told from their heads.
//!
//! Does not run them.

use std::path::Path;

use crate::engine::error::EngineError;
use crate::engine::graph::{Element, Graph, Port};
use crate::raster::Size;

/// One way to export such a network.
#[derive(Debug)]
pub(super) struct Layout {
    /// Its name in messages.
    pub name: &'static str,
    /// Inputs of the decoder that are outputs of the encoder.
    pub embeddings: &'static [&'static str],
    pub points: &'static str,
    pub labels: &'static str,
    pub view: View,
    pub padding: Padding,
    /// Whether it hears boxes, as two points of labels 2 and 3.
    pub boxes: bool,
    /// Whether it hears points that are not meant, of label 0.
    pub outside: bool,
    /// Most points that it hears; it passes others over without a word.
    pub most: usize,
}

/// How the picture lies in what the encoder sees; points are given in its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// Its longest side fills the input, the rest of which is empty; normalised.
    Fitted,
    /// It is stretched to the input; normalised.
    Stretched,
    /// As it is, not normalised.
    Own,
}

/// When a point of label -1, which means nothing, follows the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Padding {
    Never,
    WithoutBox,
    Always,
}

/// The layouts, each told by its decoder's inputs.
///
/// Sources: `utils/onnx.py` of facebookresearch/segment-anything, `sam2_onnx.py` of vietanhdev/samexporter and `sam2_image_predictor.py` of facebookresearch/sam2, `efficient_sam.py` of yformer/EfficientSAM, `modeling_sam.py` and `modeling_sam2.py` of huggingface/transformers.
pub(super) const LAYOUTS: [Layout; 5] = [
    Layout {
        name: "Segment Anything",
        embeddings: &["image_embeddings"],
        points: "point_coords",
        labels: "point_labels",
        view: View::Fitted,
        padding: Padding::WithoutBox,
        boxes: true,
        outside: true,
        most: usize::MAX,
    },
    Layout {
        name: "SAM 2",
        embeddings: &["image_embed", "high_res_feats_0", "high_res_feats_1"],
        points: "point_coords",
        labels: "point_labels",
        view: View::Stretched,
        padding: Padding::Always,
        boxes: true,
        outside: true,
        most: usize::MAX,
    },
    Layout {
        name: "EfficientSAM",
        embeddings: &["image_embeddings"],
        points: "batched_point_coords",
        labels: "batched_point_labels",
        view: View::Own,
        padding: Padding::Never,
        boxes: true,
        outside: false,
        most: 6,
    },
    Layout {
        name: "SAM of transformers",
        embeddings: &["image_embeddings", "image_positional_embeddings"],
        points: "input_points",
        labels: "input_labels",
        view: View::Fitted,
        padding: Padding::Never,
        boxes: false,
        outside: true,
        most: usize::MAX,
    },
    Layout {
        name: "SAM 2 of transformers",
        embeddings: &[
            "image_embeddings.0",
            "image_embeddings.1",
            "image_embeddings.2",
        ],
        points: "input_points",
        labels: "input_labels",
        view: View::Stretched,
        padding: Padding::Always,
        boxes: true,
        outside: true,
        most: usize::MAX,
    },
];

/// What the mask that was made before is fed as, and whether there is one.
pub(super) const EARLIER: &str = "mask_input";
pub(super) const HAS_EARLIER: &str = "has_mask_input";
/// What the size of the masks, height first, is fed as.
pub(super) const MASK_SIZE: &str = "orig_im_size";
/// Boxes of their own, of which none are fed: two points say the same.
pub(super) const BOXES: &str = "input_boxes";

/// What outputs are called: the masks, their scores, and the masks that can be fed again.
const MASKS: [&str; 3] = ["masks", "output_masks", "pred_masks"];
const SCORES: [&str; 2] = ["iou_predictions", "iou_scores"];
const LOW: &str = "low_res_masks";

/// Side of the masks that are fed again, where the graph does not fix it.
const LOW_SIDE: usize = 256;

/// Longest side of what is fed that a graph may fix; what claims more is broken.
const MOST_SIDE: usize = 4096;

/// The graph that answers.
#[derive(Clone, Debug)]
pub(super) struct Decoder {
    pub layout: &'static Layout,
    /// Its embeddings in the layout's order, with the sides of each.
    pub embeddings: Vec<Port>,
    pub points: Element,
    pub labels: Element,
    /// Type and size of the mask that was made before, where it hears one.
    pub earlier: Option<(Element, Size)>,
    /// Type of the size of the masks, where it asks for that.
    pub mask_size: Option<Element>,
    /// Type of boxes, where it wants some.
    pub boxes: Option<Element>,
    pub masks: String,
    pub scores: String,
    pub low: Option<String>,
}

/// The graph that looks at the picture.
#[derive(Clone, Debug)]
pub(super) struct Encoder {
    pub input: String,
    pub element: Element,
    /// Whether it takes `[height, width, 3]` from 0 to 255, and normalises itself.
    pub raw: bool,
    /// Size of its input, where the graph fixes it.
    pub fixed: Option<Size>,
    /// Its outputs in the order of the decoder's embeddings.
    pub outputs: Vec<String>,
}

impl Decoder {
    /// What a graph is, where it is the decoder of one of the layouts.
    pub fn of(graph: &Graph) -> Option<Self> {
        let layout = LAYOUTS.iter().find(|layout| layout.is(graph))?;
        let element = |name: &str| graph.input(name).map(|port| port.element);
        let output = |names: &[&str]| {
            let mut ports = graph.outputs.iter().map(|port| &port.name);
            ports.find(|own| names.contains(&own.as_str())).cloned()
        };
        let low = graph.input(EARLIER).map(|port| {
            let side = |axis| port.fixed(axis).unwrap_or(LOW_SIDE) as u32;
            (port.element, Size::new(side(3), side(2)))
        });
        if graph
            .input(EARLIER)
            .is_some_and(|port| is_too_large(port, [2, 3]))
        {
            return None;
        }
        let embeddings = layout.embeddings.iter();
        Some(Self {
            layout,
            embeddings: embeddings
                .map(|name| graph.input(name).cloned())
                .collect::<Option<_>>()?,
            points: element(layout.points)?,
            labels: element(layout.labels)?,
            earlier: low,
            mask_size: element(MASK_SIZE),
            boxes: element(BOXES),
            masks: output(&MASKS)?,
            scores: output(&SCORES)?,
            low: output(&[LOW]),
        })
    }

    /// As [`Self::of`], to open it.
    pub fn bind(graph: &Graph, file: &Path) -> Result<Self, EngineError> {
        Self::of(graph).ok_or_else(|| EngineError::Mismatch {
            file: file.to_owned(),
            expected: "the inputs and outputs of a mask decoder".into(),
            found: listed(&graph.inputs),
        })
    }
}

impl Layout {
    /// Whether a graph has its inputs and no others.
    fn is(&self, graph: &Graph) -> bool {
        let own = [self.points, self.labels];
        let needed = || self.embeddings.iter().chain(&own);
        let more = [EARLIER, HAS_EARLIER, MASK_SIZE, BOXES];
        let known = |port: &Port| needed().chain(&more).any(|name| *name == port.name);
        needed().all(|name| graph.input(name).is_some())
            && graph.input(EARLIER).is_some() == graph.input(HAS_EARLIER).is_some()
            && graph.inputs.iter().all(known)
    }
}

impl Encoder {
    /// What a graph is, where it makes what a decoder hears out of one picture.
    pub fn of(graph: &Graph, decoder: &Decoder) -> Option<Self> {
        let [input] = &graph.inputs[..] else {
            return None;
        };
        let raw = match input.rank()? {
            3 => true,
            4 => false,
            _ => return None,
        };
        let [channels, high, wide] = if raw { [2, 0, 1] } else { [1, 2, 3] };
        let colors = input.fixed(channels).is_none_or(|channels| channels == 3);
        if !input.element.is_float() || !colors || is_too_large(input, [high, wide]) {
            return None;
        }
        let output = |wanted: &Port| match &graph.outputs[..] {
            // Some exports call it by another name.
            [only] if decoder.embeddings.len() == 1 => Some(only),
            all => all.iter().find(|port| port.name == wanted.name),
        };
        let outputs = decoder.embeddings.iter().map(|wanted| {
            let found = output(wanted)?;
            (found.element.is_float() && fit(found, wanted)).then(|| found.name.clone())
        });
        let fixed = input.fixed(wide).zip(input.fixed(high));
        Some(Self {
            input: input.name.clone(),
            element: input.element,
            raw,
            fixed: fixed.map(|(wide, high)| Size::new(wide as u32, high as u32)),
            outputs: outputs.collect::<Option<_>>()?,
        })
    }

    /// As [`Self::of`], to open it.
    pub fn bind(graph: &Graph, file: &Path, decoder: &Decoder) -> Result<Self, EngineError> {
        Self::of(graph, decoder).ok_or_else(|| EngineError::Mismatch {
            file: file.to_owned(),
            expected: format!(
                "one picture as input and the outputs {}",
                listed(&decoder.embeddings)
            ),
            found: format!("{} and {}", listed(&graph.inputs), listed(&graph.outputs)),
        })
    }
}

/// Whether a graph fixes sides of a port beyond all reason.
fn is_too_large(port: &Port, axes: [usize; 2]) -> bool {
    let mut sides = axes.into_iter().filter_map(|axis| port.fixed(axis));
    sides.any(|side| side > MOST_SIDE)
}

/// Whether what one port gives can be what another takes.
fn fit(given: &Port, taken: &Port) -> bool {
    (0..4).all(|axis| {
        let sides = given.fixed(axis).zip(taken.fixed(axis));
        sides.is_none_or(|(given, taken)| given == taken)
    })
}

fn listed(ports: &[Port]) -> String {
    let ports = ports.iter().map(ToString::to_string);
    ports.collect::<Vec<_>>().join(", ")
}
