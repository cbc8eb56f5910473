//! ADetailer's part of a recipe: its prompts for several masks, and its keys in an infotext (Bing-su/adetailer, `adetailer/args.py`, read for its behaviour).
//!
//! Does not know what is found, nor masks.

use super::field::rows::{
    GUIDANCE, MASK_BLUR, NEGATIVE_PROMPT, PADDING, PROMPT, SAMPLER, STEPS, STRENGTH,
};
use super::field::{Field, Value};
use super::infotext::{self, Extras};
use super::names::sampler_of_any;
use super::number::{number_in, whole_in};
use super::parsed::{Parsed, read_metadata};
use super::{Recipe, wildcard};

/// Parts the prompts of several masks.
const NEXT: &str = "[SEP]";

/// A mask with this prompt is left as it is.
const SKIP: &str = "[SKIP]";

/// Stands for the picture's own prompt.
const OWN: &str = "[PROMPT]";

/// A run of this kind, as an infotext says it.
pub struct Detail<'a> {
    /// Which of several it is, from 1 on.
    pub tab: u8,
    /// How it was found.
    pub told: Told,
    /// Whether the recipe's padding is what the model saw around a mask, and not so many times its side.
    pub padding: bool,
    /// How it was repainted.
    pub recipe: &'a Recipe,
}

/// What an infotext says of ADetailer's run: how it found, and how it repainted where that was not as the rest of the picture. What is not said is as usual.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// What found it: `hand_yolov8n.pt`.
    pub model: String,
    /// Smallest score that counted, in `[0, 1]`.
    pub confidence: Option<f32>,
    /// At most so many; 0 took all.
    pub most: Option<usize>,
    /// Whether these were the surest, and not the largest.
    pub by_confidence: bool,
    /// Smallest share of the picture that a box took, in `[0, 1]`.
    pub least_share: Option<f32>,
    /// Largest share of the picture that a box took, in `[0, 1]`.
    pub most_share: Option<f32>,
    /// What masks were moved by, pixels to the right.
    pub right: Option<i32>,
    /// What masks were moved by, pixels upwards.
    pub up: Option<i32>,
    /// What masks grew by, pixels.
    pub dilate: Option<i32>,
    /// What became of several masks: `Merge` or `Merge and Invert`.
    pub merge: Option<String>,
    /// Whether the model saw the whole picture.
    pub whole: bool,
    /// Fields of the recipe, and what they are to be.
    pub fields: Vec<(&'static Field, Value)>,
}

/// Keys of a recipe's fields.
static FIELDS: [(&str, &Field); 8] = [
    ("prompt", &PROMPT),
    ("negative prompt", &NEGATIVE_PROMPT),
    ("mask blur", &MASK_BLUR),
    ("inpaint padding", &PADDING),
    ("denoising strength", &STRENGTH),
    ("steps", &STEPS),
    ("CFG scale", &GUIDANCE),
    ("sampler", &SAMPLER),
];

/// Fields that are told only where they are not as in the rest of the picture: the switch that says so, and the key.
static SEPARATE: [(&str, &Field, &str); 3] = [
    ("ADetailer use separate steps", &STEPS, "ADetailer steps"),
    (
        "ADetailer use separate CFG scale",
        &GUIDANCE,
        "ADetailer CFG scale",
    ),
    (
        "ADetailer use separate sampler",
        &SAMPLER,
        "ADetailer sampler",
    ),
];

/// Most tabs that ADetailer can be set to.
pub const MOST_TABS: u8 = 15;

/// What the keys of a tab end in: nothing, ` 2nd`, ` 3rd`.
fn ordinal(tab: u8) -> String {
    match tab {
        0 | 1 => String::new(),
        2 => " 2nd".to_owned(),
        3 => " 3rd".to_owned(),
        tab => format!(" {tab}th"),
    }
}

impl Told {
    /// Takes what is said of a tab, the first of which is 1, out of what stood beside a recipe; none where no model was told. What has no meaning here stays.
    #[must_use]
    pub fn take(pairs: &mut Vec<(String, String)>, tab: u8) -> Option<Self> {
        let end = ordinal(tab);
        let mut told = Self::default();
        let mut model = None;
        pairs.retain(|(key, value)| {
            let key = key.strip_prefix("ADetailer ");
            let key = key.and_then(|key| key.strip_suffix(end.as_str()));
            match key {
                Some("model") => {
                    model = Some(value.clone());
                    false
                }
                Some(key) => told.put(key, value).is_none(),
                None => true,
            }
        });
        told.model = model?;
        Some(told)
    }

    /// Takes the value of a key; none where that has no meaning.
    fn put(&mut self, key: &str, value: &str) -> Option<()> {
        let share = || {
            let share = number_in(value).filter(|share| (0.0..=1.0).contains(share));
            share.map(|share| share as f32)
        };
        let pixels = |most: i32| {
            let whole = number_in(value).filter(|number| number.fract() == 0.0);
            let fits = whole.filter(|number| number.abs() <= f64::from(most));
            fits.map(|number| number as i32)
        };
        match key {
            "confidence" => self.confidence = Some(share()?),
            "mask only top k" | "mask only top k largest" => {
                self.most = Some(usize::try_from(whole_in(value)?).ok()?);
            }
            "method to decide top k masks" => self.by_confidence = value == "Confidence",
            "mask min ratio" => self.least_share = Some(share()?),
            "mask max ratio" => self.most_share = Some(share()?),
            "x offset" => self.right = Some(pixels(8192)?),
            "y offset" => self.up = Some(pixels(8192)?),
            "dilate erode" => self.dilate = Some(pixels(128)?),
            "mask merge invert" => self.merge = Some(value.to_owned()),
            "inpaint only masked" => self.whole = value == "False",
            // The program's own version, and switches of values that are told beside them.
            "version"
            | "use separate steps"
            | "use separate CFG scale"
            | "use separate sampler" => {}
            key => self.put_field(key, value)?,
        }
        Some(())
    }

    fn put_field(&mut self, key: &str, text: &str) -> Option<()> {
        let (_, field) = FIELDS.iter().find(|(own, _)| *own == key)?;
        let value = match &field.infotext {
            Some(infotext) if *field != &SAMPLER => field.read(infotext.key, text)?,
            _ if *field == &SAMPLER => sampler_of_any(text)?.0.into(),
            _ => Value::Text(wildcard::literal(text)),
        };
        let mut recipe = Recipe::default();
        (field.set)(&mut recipe, value.clone())?;
        field.check(&recipe).ok()?;
        self.fields.push((field, value));
        Some(())
    }

    /// Whether how much the model saw around a mask was said in pixels.
    #[must_use]
    pub fn has_padding(&self) -> bool {
        self.fields.iter().any(|(field, _)| **field == PADDING)
    }

    /// A recipe, but for what was told to be otherwise.
    #[must_use]
    pub fn over(&self, recipe: &Recipe) -> Recipe {
        let mut recipe = recipe.clone();
        for (field, value) in &self.fields {
            // Whether it fits was found when it was read.
            let _ = (field.set)(&mut recipe, value.clone());
        }
        recipe
    }

    /// Takes what is said of a tab out of what was read, and puts what it says of the recipe there.
    #[must_use]
    pub fn take_from(parsed: &mut Parsed, tab: u8) -> Option<Self> {
        let told = Self::take(&mut parsed.others, tab)?;
        parsed.recipe = told.over(&parsed.recipe);
        Some(told)
    }
}

/// The prompt of the mask of a number: its piece between `[SEP]`s, or the last where there are fewer; an empty one is the picture's own. `None` where it is to be skipped.
#[must_use]
pub fn prompt(text: &str, own: Option<&str>, number: usize) -> Option<String> {
    let pieces: Vec<&str> = text.split(NEXT).map(str::trim).collect();
    let piece = pieces[number.min(pieces.len() - 1)];
    match piece {
        SKIP => None,
        "" => Some(own.unwrap_or_default().to_owned()),
        piece => Some(piece.replace(OWN, own.unwrap_or_default())),
    }
}

/// Strength for a box that takes that share of the picture, both in `[0, 1]`: the larger it is, the less changes (ADetailer's dynamic denoising). Power 0 leaves it as it is.
#[must_use]
pub fn dynamic_strength(strength: f64, share: f64, power: f64) -> f64 {
    strength * (1.0 - share.clamp(0.0, 1.0)).powf(power)
}

/// How the size that a mask is rendered at follows its box (ADetailer's "match inpaint bbox size").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchSize {
    /// Not at all.
    Off,
    /// A size that SDXL was trained with.
    Strict,
    /// Any size.
    Free,
}

/// Sizes that SDXL was trained with, and those with width and height exchanged.
const SDXL: [[u32; 2]; 5] = [
    [1024, 1024],
    [1152, 896],
    [1216, 832],
    [1344, 768],
    [1536, 640],
];

/// Width and height at which a mask with a box of `[width, height]` is rendered, where `usual` are those without a match, pixels.
///
/// Strict takes the size whose width by height is nearest to the box's, of those that are no smaller; free keeps the longer side of the usual ones and rounds up to 8 pixels. What is within a tenth of the usual one is that.
#[must_use]
pub fn render_size(how: MatchSize, [width, height]: [u32; 2], usual: [u32; 2]) -> [u32; 2] {
    let shape = |[width, height]: [u32; 2]| f64::from(width) / f64::from(height);
    let of_box = shape([width, height]);
    let size = match how {
        MatchSize::Off => None,
        MatchSize::Strict => {
            let off = |size: &[u32; 2]| (shape(*size) - of_box).abs();
            let all = SDXL
                .into_iter()
                .flat_map(|[long, short]| [[long, short], [short, long]]);
            let large = all.filter(|size| size[0] >= width && size[1] >= height);
            large.min_by(|a, b| off(a).total_cmp(&off(b)))
        }
        MatchSize::Free => {
            let longer = f64::from(usual[0].max(usual[1]));
            let sides = [longer * of_box.min(1.0), longer / of_box.max(1.0)];
            Some(sides.map(|side| (side as u32).div_ceil(8).max(1) * 8))
        }
    };
    let differs =
        |size: &[u32; 2]| (0..2).any(|side| size[side].abs_diff(usual[side]) * 10 > usual[side]);
    size.filter(differs).unwrap_or(usual)
}

/// The prompt that a picture says it was made with.
#[must_use]
pub fn own_prompt(texts: &[(String, String)], comment: Option<&str>) -> Option<String> {
    let parsed = read_metadata(texts, comment, &Recipe::default()).ok()?;
    Some(parsed.recipe.prompt)
}

impl Detail<'_> {
    /// The infotext of a picture that was repainted so by a model of a hash with LoRAs of some: its own, with ADetailer's keys behind it; where it has none, the recipe's.
    #[must_use]
    pub fn infotext(
        &self,
        (texts, comment): (&[(String, String)], Option<&str>),
        (model, model_hash): (&str, Option<&str>),
        loras: &[(String, String)],
    ) -> String {
        let Self { told, recipe, .. } = self;
        let padding = match self.padding {
            true => recipe.padding.to_string(),
            false => String::new(),
        };
        let number = |value: Option<f32>| value.map_or_else(String::new, |value| value.to_string());
        // As there, what is as usual is left out.
        let unless = |usual: i32, value: Option<i32>| match value {
            Some(value) if value != usual => value.to_string(),
            _ => String::new(),
        };
        let most = told.most.filter(|most| *most > 0);
        let method = most.filter(|_| told.by_confidence);
        let pairs = [
            ("ADetailer model", told.model.clone()),
            ("ADetailer prompt", recipe.prompt.clone()),
            ("ADetailer negative prompt", recipe.negative_prompt.clone()),
            ("ADetailer confidence", number(told.confidence)),
            (
                "ADetailer method to decide top k masks",
                method.map_or_else(String::new, |_| "Confidence".to_owned()),
            ),
            (
                "ADetailer mask only top k",
                most.map_or_else(String::new, |most| most.to_string()),
            ),
            (
                "ADetailer mask min ratio",
                number(told.least_share.filter(|share| *share > 0.0)),
            ),
            (
                "ADetailer mask max ratio",
                number(told.most_share.filter(|share| *share < 1.0)),
            ),
            ("ADetailer x offset", unless(0, told.right)),
            ("ADetailer y offset", unless(0, told.up)),
            (
                "ADetailer dilate erode",
                told.dilate.map_or_else(String::new, |by| by.to_string()),
            ),
            (
                "ADetailer mask merge invert",
                told.merge.clone().unwrap_or_default(),
            ),
            ("ADetailer mask blur", recipe.mask_blur.to_string()),
            ("ADetailer denoising strength", recipe.strength.to_string()),
            (
                "ADetailer inpaint only masked",
                if told.whole { "False" } else { "True" }.to_owned(),
            ),
            ("ADetailer inpaint padding", padding),
        ];
        let own = texts
            .iter()
            .find(|(key, _)| key == infotext::KEYWORD)
            .map(|(_, text)| text.as_str());
        let own = own
            .or(comment)
            .filter(|text| infotext::has_parameters(text));
        let own = own.map_or_else(
            || {
                let extras = Extras {
                    model: Some(model),
                    model_hash,
                    masked: true,
                    ..Extras::default()
                };
                infotext::write(recipe, &extras)
            },
            str::to_owned,
        );
        let whole = infotext::read(&own, &Recipe::default()).recipe;
        let separate = SEPARATE
            .iter()
            .filter(|(_, field, _)| (field.get)(&whole) != (field.get)(recipe));
        let separate = separate.flat_map(|(switch, field, key)| {
            let value = field
                .written(recipe, true)
                .map_or_else(String::new, |(_, value)| value);
            [(*switch, "True".to_owned()), (*key, value)]
        });
        let said = |(_, value): &(&str, String)| !value.is_empty();
        let end = ordinal(self.tab);
        let more = pairs.into_iter().chain(separate).filter(said);
        let more: Vec<_> = more
            .map(|(key, value)| (format!("{key}{end}"), value))
            .collect();
        let last = own.trim().rsplit('\n').next().unwrap_or_default();
        let mut said = infotext::pairs(last);
        said.retain(|(key, _)| key.eq_ignore_ascii_case(infotext::LORA_HASHES));
        let said = infotext::with_lora_hashes(said, &own, loras);
        let hashes = said
            .into_iter()
            .map(|(_, hashes)| (infotext::LORA_HASHES, hashes));
        let more = more
            .iter()
            .map(|(key, value)| (key.as_str(), value.clone()));
        let more: Vec<_> = hashes.chain(more).collect();
        infotext::with_more(&own, &more)
    }
}
