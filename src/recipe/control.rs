//! ControlNets of a recipe: which network looks at what, how strongly and how long.
//!
//! Does not know their files nor pictures. The names are those of A1111's extension, sd-webui-controlnet (`scripts/enums.py`, `scripts/infotext.py`).

use serde::{Deserialize, Serialize};

use super::choices;
use super::infotext::{pairs, quote};
use super::number::number_in;

choices! {
    /// What a ControlNet is shown.
    ControlKind, "control kind" {
        /// The picture without what is masked: for ControlNets that were trained for inpainting.
        Inpaint = "inpaint" { a1111: &["inpaint_only", "inpaint_global_harmonious", "inpaint_only+lama", "inpaint"] },
        /// The edges in the picture: what is painted keeps its outlines.
        Canny = "canny" { a1111: &["canny"] },
        /// The picture: what is painted keeps its forms and colours, and gains detail.
        Tile = "tile" { a1111: &["tile_resample", "tile_colorfix", "tile_colorfix+sharp"] },
        /// The picture, blurred: what is painted keeps its large forms and colours.
        Blur = "blur" { a1111: &["blur_gaussian"] },
        /// The picture in grey: what is painted is coloured anew.
        Grey = "grey" { a1111: &["recolor_luminance", "recolor_intensity"] },
        /// The picture as it is, whatever it shows.
        AsIs = "as-is" { label: "As it is", a1111: &["none"] },
        /// A drawn skeleton (OpenPose), made elsewhere.
        Pose = "pose",
        /// A map of depth, made elsewhere.
        Depth = "depth",
        /// A scribble or soft edges, made elsewhere.
        Scribble = "scribble",
        /// Lines, drawn elsewhere.
        Lines = "lines",
        /// A map of surface normals, made elsewhere.
        Normal = "normal",
        /// A map of what is where in flat colours, made elsewhere.
        Segments = "segments",
    }
}

choices! {
    /// Whether prompt or ControlNet leads.
    ControlMode, "control mode" {
        /// Both count alike.
        Balanced = "balanced" { a1111: &["Balanced"] },
        /// The prompt counts more: the ControlNet is heard less the finer what it says.
        Prompt = "prompt" { label: "The prompt", a1111: &["My prompt is more important"] },
        /// The ControlNet counts more: only what the prompt asks for hears it, so that guidance makes it stronger.
        Control = "control" { label: "The ControlNet", a1111: &["ControlNet is more important"] },
    }
}

/// One ControlNet at work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Control {
    /// Name of its file without ending, perhaps with the folder it is in.
    pub model: String,
    /// What it is shown.
    pub kind: ControlKind,
    /// Name of the picture that it is shown as it is in the place of the one that is repainted; empty where there is none.
    pub picture: String,
    /// What its residuals are multiplied by.
    pub weight: f64,
    /// Share of the steps that run before it is heard, in `[0, 1]`.
    pub start: f64,
    /// Share of them after which it is not heard any more.
    pub end: f64,
    /// Who leads.
    pub mode: ControlMode,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            model: String::new(),
            kind: ControlKind::Inpaint,
            picture: String::new(),
            weight: 1.0,
            start: 0.0,
            end: 1.0,
            mode: ControlMode::Balanced,
        }
    }
}

/// What files of ControlNets have in their names, and what those are shown; the first that fits.
const KINDS_BY_NAME: [(&str, ControlKind); 16] = [
    ("inpaint", ControlKind::Inpaint),
    ("union", ControlKind::Inpaint),
    ("promax", ControlKind::Inpaint),
    ("canny", ControlKind::Canny),
    ("tile", ControlKind::Tile),
    ("blur", ControlKind::Blur),
    ("recolor", ControlKind::Grey),
    ("gray", ControlKind::Grey),
    ("grey", ControlKind::Grey),
    ("pose", ControlKind::Pose),
    ("depth", ControlKind::Depth),
    ("normal", ControlKind::Normal),
    ("seg", ControlKind::Segments),
    ("lineart", ControlKind::Lines),
    ("scribble", ControlKind::Scribble),
    ("softedge", ControlKind::Scribble),
];

impl Control {
    /// A ControlNet by the name of its file, shown what the name says that it was trained for.
    #[must_use]
    pub fn named(model: &str) -> Self {
        let lower = model.to_lowercase();
        let kind = KINDS_BY_NAME.iter().find(|(part, _)| lower.contains(part));
        Self {
            model: model.to_owned(),
            kind: kind.map_or(ControlKind::AsIs, |(_, kind)| *kind),
            ..Self::default()
        }
    }

    /// It as A1111's infotext has its units: `Module: canny, Model: name, Weight: 1, …`.
    pub(super) fn written(&self) -> String {
        let made = self.kind.is_of_picture() && self.picture.is_empty();
        let module = self.kind.choice().a1111.first().filter(|_| made);
        let mut pairs = vec![
            ("Module", (*module.unwrap_or(&"none")).to_owned()),
            ("Model", self.model.clone()),
            ("Weight", self.weight.to_string()),
            ("Resize Mode", "Crop and Resize".to_owned()),
            ("Guidance Start", self.start.to_string()),
            ("Guidance End", self.end.to_string()),
            ("Pixel Perfect", "True".to_owned()),
            ("Control Mode", self.mode.choice().a1111[0].to_owned()),
        ];
        if !made {
            pairs.push((TYPE, self.kind.name().to_owned()));
        }
        if !self.picture.is_empty() {
            pairs.push((PICTURE, self.picture.clone()));
        }
        let written = pairs.iter();
        let written: Vec<_> = written
            .map(|(key, value)| format!("{key}: {}", quote(value)))
            .collect();
        written.join(", ")
    }

    /// A unit of an infotext, its keys in the capitals of any version; `None` where another program showed it a picture that was made elsewhere, which is not here.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut control = Self::default();
        let (mut module, mut kind) = (None, None);
        for (key, value) in pairs(text) {
            let known = match &key.to_lowercase()[..] {
                "module" | "preprocessor" => {
                    module = Some(value);
                    Some(())
                }
                "model" => {
                    control.model = without_hash(&value).to_owned();
                    Some(())
                }
                "weight" => number_in(&value).map(|weight| control.weight = weight),
                "guidance start" => number_in(&value).map(|start| control.start = start),
                "guidance end" => number_in(&value).map(|end| control.end = end),
                "control mode" => {
                    let mode = ControlMode::ALL.iter();
                    let mode = mode.copied().find(|mode| mode.choice().is_a1111(&value));
                    mode.map(|mode| control.mode = mode)
                }
                _ if key == TYPE => {
                    kind = value.parse().ok();
                    Some(())
                }
                _ if key == PICTURE => {
                    control.picture = value;
                    Some(())
                }
                // Sizes of what was made of the picture.
                _ => Some(()),
            };
            known?;
        }
        let by_module = || {
            let mut kinds = ControlKind::ALL.iter().copied();
            let module = module.as_deref()?;
            kinds.find(|kind| kind.is_of_picture() && kind.choice().is_a1111(module))
        };
        control.kind = kind.or_else(by_module)?;
        (!control.model.is_empty()).then_some(control)
    }
}

impl ControlKind {
    /// Whether what is shown is made of the picture, so that the kind alone says it.
    fn is_of_picture(self) -> bool {
        !self.choice().a1111.is_empty() && self != Self::AsIs
    }
}

/// Key of what a picture shows that was made elsewhere; A1111 has other values for it.
const TYPE: &str = "Union Control Type";

/// Key of the name of that picture; A1111 says nothing of it.
const PICTURE: &str = "Picture";

/// A model's name without the hash that A1111 puts behind it: `name [0123abcd]`.
fn without_hash(model: &str) -> &str {
    let bare = model
        .strip_suffix(']')
        .and_then(|rest| rest.rsplit_once(" ["));
    bare.map_or(model, |(name, _)| name)
}
