//! What `pentimento fix` does to each picture, settled before anything runs: its passes, each with settings of its own.
//!
//! Does not know pictures, nor how anything is found.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::Failure;
use super::super::args::FieldArgs;
use super::super::wanted::Wanted;
use super::args::{FixArgs, PassArgs, Pick, ThenArgs, subject_name};
use crate::detection::Region;
use crate::detection::targets::{Choice, surroundings};
use crate::engine::{Detect, ModelInfo, Subject};
use crate::raster::{Picture, Size};
use crate::recipe::detail::{MatchSize, Told, render_size};
use crate::recipe::field::rows::{AREA, PADDING, PROMPT};
use crate::recipe::{Area, Recipe};

/// Smallest score that counts, unless something else is said (ADetailer's).
const CONFIDENCE: f32 = 0.3;

/// How often each is repainted, unless something else is said.
const TRIES: u64 = 4;

/// What the built-in detectors' names begin with.
const BUILT_IN: &str = "built-in";

/// Side of the pictures that models paint best which strict sizes are made for, pixels.
const STRICT_SIDE: u32 = 1024;

/// What is done to each picture.
pub struct How<'a> {
    /// What was typed.
    pub args: &'a FixArgs,
    /// What paints, and the first pass's recipe.
    pub wanted: Wanted,
    /// The prompt of the picture that the recipe was read from, without ADetailer's.
    pub main: Option<String>,
    /// What is looked for, one after the other.
    pub passes: Vec<Pass>,
}

/// One search of a picture, and how what it finds is repainted.
pub struct Pass {
    /// What is looked for.
    pub subject: Subject,
    /// A detector of the artist's; without one the built-in.
    detector: Option<PathBuf>,
    /// What each is repainted by, before what it is in the picture is known; its prompt is for all of them.
    pub recipe: Recipe,
    /// How often each is.
    pub tries: u64,
    /// Which try is kept.
    pub pick: Pick,
    /// Smallest score that counts.
    pub confidence: f32,
    /// Which of what was found, and what becomes of its masks.
    pub choice: Choice,
    /// How much less large ones change, as a power.
    pub dynamic_denoise: f64,
    match_size: MatchSize,
    /// How much the model sees, so many times a mask's longer side, unless that was said in pixels.
    crop_factor: Option<f32>,
    /// Whether what the model sees around a mask was said in pixels.
    pub padding: bool,
}

impl Pass {
    /// As usual (ADetailer's defaults).
    fn usual() -> Self {
        Self {
            subject: Subject::Hands,
            detector: None,
            recipe: Recipe {
                area: Area::OnlyMasked,
                ..Recipe::default()
            },
            tries: TRIES,
            pick: Pick::Best,
            confidence: CONFIDENCE,
            choice: Choice::default(),
            dynamic_denoise: 0.0,
            match_size: MatchSize::Off,
            crop_factor: None,
            padding: false,
        }
    }

    /// A pass by a recipe that has what was typed already: what was not typed is as a picture tells it, else as in another pass.
    fn new(
        args: &PassArgs,
        (fields, recipe): (&FieldArgs, Recipe),
        told: Option<&Told>,
        other: &Self,
    ) -> Result<Self, Failure> {
        let usual = Told::default();
        let choice = &args.choice;
        let area = match (fields.get(&AREA), told.map(|told| told.whole)) {
            (Some(_), _) => recipe.area,
            (None, Some(true)) => Area::Whole,
            (None, Some(false)) => Area::OnlyMasked,
            (None, None) => other.recipe.area,
        };
        let told = told.unwrap_or(&usual);
        let named = Subject::of_detector(&told.model);
        let pass = Self {
            subject: named.unwrap_or(other.subject),
            detector: args.detector.clone(),
            recipe: Recipe { area, ..recipe },
            tries: args.tries.unwrap_or(other.tries),
            pick: args.pick.unwrap_or(other.pick),
            confidence: choice
                .confidence
                .or(told.confidence)
                .unwrap_or(other.confidence),
            choice: choice.choice(told, &other.choice),
            dynamic_denoise: choice.dynamic_denoise.unwrap_or(other.dynamic_denoise),
            match_size: choice.match_size.unwrap_or(other.match_size),
            crop_factor: choice.crop_factor.or(other.crop_factor),
            padding: fields.get(&PADDING).is_some()
                || choice.crop_factor.is_none() && (told.has_padding() || other.padding),
        };
        if pass.match_size != MatchSize::Off && area == Area::Whole {
            return Err(Failure::Usage(
                "--match-size is about parts, and the model is to see the whole picture; leave it off, or give --area only-masked".to_owned(),
            ));
        }
        Ok(pass)
    }

    /// A further pass as typed behind `--then`.
    fn further(
        then: &ThenArgs,
        told: Option<&Told>,
        first: &Self,
        wanted: &mut Wanted,
    ) -> Result<Self, Failure> {
        let (what, fields) = (&then.what, &then.fields);
        let twice = |given: bool, option: &str| match given {
            true => Err(Failure::Usage(format!(
                "what stands behind --then and {option} say the same; give one of them"
            ))),
            false => Ok(()),
        };
        let has_prompt = !what.prompt.is_empty();
        twice(
            has_prompt && fields.get(&PROMPT).is_some(),
            "the --prompt behind it",
        )?;
        twice(
            what.detector.is_some() && then.pass.detector.is_some(),
            "the --detector behind it",
        )?;
        let recipe = Recipe {
            prompt: String::new(),
            ..first.recipe.clone()
        };
        let mut recipe =
            fields.over(&told.map_or_else(|| recipe.clone(), |told| told.over(&recipe)));
        if has_prompt {
            recipe.prompt.clone_from(&what.prompt);
        }
        let recipe = wanted.also(fields, recipe)?;
        let mut pass = Self::new(&then.pass, (fields, recipe), told, first)?;
        pass.subject = what.subject;
        pass.detector = pass.detector.or_else(|| what.detector.clone());
        Ok(pass)
    }

    /// A search of a picture for all that scores no less.
    pub fn find(&self, picture: &Arc<Picture>, least: f32) -> Detect {
        Detect {
            picture: Arc::clone(picture),
            subject: self.subject,
            detector: self.detector.clone(),
            least,
        }
    }

    /// What finds it, as an infotext names it.
    pub fn model(&self) -> String {
        let name = self.detector.as_deref().and_then(Path::file_name);
        name.map_or_else(
            || format!("{BUILT_IN} {}", subject_name(self.subject)),
            |name| name.to_string_lossy().into_owned(),
        )
    }

    /// What a mask is repainted by, but for its prompt and strength: how much a model sees around it, and at which size.
    pub fn recipe_for(&self, region: &Region, info: &ModelInfo) -> Recipe {
        let Size { width, height } = region.rect.size();
        let side = info.spec.native_side;
        let usual = self.recipe.size.unwrap_or([side; 2]);
        let size = render_size(self.match_size, [width, height], usual);
        let times = self.crop_factor.unwrap_or_else(|| surroundings(side));
        Recipe {
            padding: match self.padding {
                true => self.recipe.padding,
                false => (width.max(height) as f32 * (times - 1.0) / 2.0).round() as u32,
            },
            size: match size == usual {
                true => self.recipe.size,
                false => Some(size),
            },
            ..self.recipe.clone()
        }
    }
}

impl<'a> How<'a> {
    /// What the arguments ask for.
    ///
    /// # Errors
    /// When a pass cannot be run so.
    pub fn of(args: &'a FixArgs) -> Result<Self, Failure> {
        let then = ThenArgs::all(&args.then)?;
        let tabs = then.iter().map(|then| then.pass.choice.tab);
        let (mut told, mut main) = (Vec::new(), None);
        let mut wanted = Wanted::reading(&args.recipe, &args.subject, (true, false), |source| {
            main = Some(source.recipe.prompt.clone());
            let all = source.others.clone();
            told.push(Told::take_from(source, args.pass.choice.tab.unwrap_or(1)));
            told.extend(tabs.clone().map(|tab| {
                let _ = Told::take(&mut source.others, tab?);
                Told::take(&mut all.clone(), tab?)
            }));
        })?;
        told.resize(1 + then.len(), None);
        let given = std::iter::once(&args.pass).chain(then.iter().map(|then| &then.pass));
        for (given, told) in given.zip(&told) {
            match (given.choice.tab, told) {
                (Some(tab), None) => {
                    return Err(Failure::Usage(format!(
                        "--recipe <PATH> tells of no detector {tab} of ADetailer; leave --tab out, or give another picture"
                    )));
                }
                (_, Some(told)) if given.detector.is_none() && !is_built_in(&told.model) => {
                    wanted.notes.push(format!(
                        "found with {} there, here with the built-in detector; give that one as ONNX with --detector",
                        told.model
                    ));
                }
                _ => {}
            }
        }
        let recipe = (&args.recipe.fields, wanted.recipe.clone());
        let mut first = Pass::new(&args.pass, recipe, told[0].as_ref(), &Pass::usual())?;
        first.subject = args.find.unwrap_or(first.subject);
        let mut passes = vec![first];
        for (then, told) in then.iter().zip(&told[1..]) {
            let pass = Pass::further(then, told.as_ref(), &passes[0], &mut wanted)?;
            passes.push(pass);
        }
        Ok(Self {
            args,
            wanted,
            main,
            passes,
        })
    }

    /// Whether a model can do so.
    ///
    /// # Errors
    /// When it paints no pictures of the sizes that are asked for.
    pub fn check(&self, info: &ModelInfo) -> Result<(), Failure> {
        let side = info.spec.native_side;
        let mut passes = self.passes.iter();
        match passes.any(|pass| pass.match_size == MatchSize::Strict) && side != STRICT_SIDE {
            true => Err(Failure::Usage(format!(
                "--match-size strict has the sizes of SDXL, and this model paints {side} pixels a side; give free or off"
            ))),
            false => Ok(()),
        }
    }
}

/// Whether that names a detector of this program, or none.
fn is_built_in(model: &str) -> bool {
    model.starts_with(BUILT_IN) || model.is_empty()
}
