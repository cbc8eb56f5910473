//! Sweeps: one recipe with a parameter or two taken through lists of values (A1111's X/Y plot).
//!
//! Does not run anything; it makes the recipes, and the words for the sheet that shows their pictures.

use super::{Recipe, Variation, choices};

/// Most pictures of a sweep.
pub const MOST: usize = 1024;

choices! {
    /// What a sweep can take through values.
    Parameter, "parameter of a sweep" {
        /// The first value is searched for in both prompts and replaced by each in turn (A1111's "Prompt S/R").
        Prompt = "prompt",
        /// Steps.
        Steps = "steps",
        /// Guidance scale.
        Cfg = "cfg",
        /// Denoising strength.
        Strength = "strength",
        /// Sampler; a schedule that is the usual one goes along.
        Sampler = "sampler",
        /// Spacing.
        Schedule = "schedule",
        /// Seed.
        Seed = "seed",
        /// Whose noise.
        SeedSource = "seed-source",
        /// Seed of the variation, whose strength is 0.1 where the recipe has none.
        VariationSeed = "variation-seed",
        /// Strength of the variation, whose seed is the next one where the recipe has none.
        VariationStrength = "variation-strength",
        /// Mask blur, along both axes.
        MaskBlur = "mask-blur",
        /// Mask edge.
        MaskEdge = "mask-edge",
        /// Masked content.
        MaskedContent = "masked-content",
        /// Method.
        Method = "method",
        /// Area.
        Area = "area",
        /// Padding.
        Padding = "padding",
    }
}

/// A parameter and the values that it goes through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// The parameter.
    pub parameter: Parameter,
    /// Its values as they were written, at least one.
    pub values: Vec<String>,
}

/// Why a sweep cannot be done: one line that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SweepError {
    /// No `=`, or no values.
    #[error("write a parameter and its values as `cfg=3,5,7`, values with commas in double quotes")]
    Form,
    /// Not a parameter.
    #[error(transparent)]
    Parameter(#[from] super::UnknownName),
    /// Not a value of the parameter.
    #[error("`{value}` is not a value of {parameter} ({reason})")]
    Value {
        /// The parameter.
        parameter: Parameter,
        /// What was written.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The words to replace are in neither prompt.
    #[error(
        "`{0}` is in neither prompt; the first value of a prompt sweep is what the others replace"
    )]
    NotInPrompt(String),
    /// Too many pictures.
    #[error("{0} pictures are too many for one sheet; give fewer values, up to {MOST} pictures")]
    TooMany(usize),
}

impl std::str::FromStr for Axis {
    type Err = SweepError;

    /// `cfg=3,5,7`; a value with commas stands in double quotes, and a double quote in it is written twice.
    fn from_str(text: &str) -> Result<Self, SweepError> {
        let (name, list) = text.split_once('=').ok_or(SweepError::Form)?;
        let parameter = name.trim().parse()?;
        let values = values(list).ok_or(SweepError::Form)?;
        Ok(Self { parameter, values })
    }
}

fn values(list: &str) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let mut rest = list;
    loop {
        rest = rest.trim_start();
        let value = match rest.strip_prefix('"') {
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let value = rest[..end].trim_end().to_owned();
                rest = &rest[end..];
                if value.is_empty() {
                    return None;
                }
                value
            }
            Some(quoted) => {
                let mut value = String::new();
                rest = quoted;
                loop {
                    let end = rest.find('"')?;
                    value.push_str(&rest[..end]);
                    rest = &rest[end + 1..];
                    match rest.strip_prefix('"') {
                        Some(after) => {
                            value.push('"');
                            rest = after;
                        }
                        None => break,
                    }
                }
                rest = rest.trim_start();
                value
            }
        };
        values.push(value);
        if rest.is_empty() {
            return Some(values);
        }
        rest = rest.strip_prefix(',')?;
    }
}

impl Axis {
    /// A label for each value: `cfg 7`; of a prompt sweep the value alone.
    pub fn labels(&self) -> Vec<String> {
        let label = |value: &String| match self.parameter {
            Parameter::Prompt => value.clone(),
            parameter => format!("{parameter} {value}"),
        };
        self.values.iter().map(label).collect()
    }

    /// The recipe with the parameter at one of its values.
    fn apply(&self, value: &str, recipe: &Recipe) -> Result<Recipe, SweepError> {
        let mut recipe = recipe.clone();
        match self.parameter {
            Parameter::Prompt => {
                let searched = self.values.first().map_or("", String::as_str);
                let prompts = [&recipe.prompt, &recipe.negative_prompt];
                if searched.is_empty() || !prompts.iter().any(|prompt| prompt.contains(searched)) {
                    return Err(SweepError::NotInPrompt(searched.to_owned()));
                }
                recipe.prompt = recipe.prompt.replace(searched, value);
                recipe.negative_prompt = recipe.negative_prompt.replace(searched, value);
            }
            Parameter::Steps => recipe.steps = self.whole(value)?,
            Parameter::Cfg => recipe.guidance_scale = self.number(value)?,
            Parameter::Strength => recipe.strength = self.number(value)?,
            Parameter::Sampler => {
                let usual = recipe.spacing == recipe.sampler.usual_spacing();
                recipe.sampler = self.parse(value)?;
                if usual {
                    recipe.spacing = recipe.sampler.usual_spacing();
                }
            }
            Parameter::Schedule => recipe.spacing = self.parse(value)?,
            Parameter::Seed => recipe.seed = self.whole(value)?,
            Parameter::SeedSource => recipe.seed_source = self.parse(value)?,
            Parameter::VariationSeed => {
                recipe.variation = Some(Variation {
                    seed: self.whole(value)?,
                    strength: recipe.variation.map_or(0.1, |variation| variation.strength),
                });
            }
            Parameter::VariationStrength => {
                let next = recipe.seed.wrapping_add(1);
                recipe.variation = Some(Variation {
                    seed: recipe.variation.map_or(next, |variation| variation.seed),
                    strength: self.number(value)?,
                });
            }
            Parameter::MaskBlur => {
                recipe.mask_blur = self.number(value)?;
                recipe.mask_blur_y = None;
            }
            Parameter::MaskEdge => recipe.mask_edge = self.parse(value)?,
            Parameter::MaskedContent => recipe.masked_content = self.parse(value)?,
            Parameter::Method => recipe.method = self.parse(value)?,
            Parameter::Area => recipe.area = self.parse(value)?,
            Parameter::Padding => recipe.padding = self.whole(value)?,
        }
        Ok(recipe)
    }

    fn whole<T: std::str::FromStr>(&self, value: &str) -> Result<T, SweepError> {
        let no = |_| self.wrong(value, "write a whole number, 0 or more");
        value.parse().map_err(no)
    }

    fn number<T: std::str::FromStr>(&self, value: &str) -> Result<T, SweepError> {
        let no = |_| self.wrong(value, "write a number");
        value.parse().map_err(no)
    }

    fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        value: &str,
    ) -> Result<T, SweepError> {
        let no = |error: T::Err| self.wrong(value, &error.to_string());
        value.parse().map_err(no)
    }

    fn wrong(&self, value: &str, reason: &str) -> SweepError {
        SweepError::Value {
            parameter: self.parameter,
            value: value.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

/// What the infotext of a sweep's sheet says of its axes, keys and values (A1111 `scripts/xyz_grid.py`).
pub fn pairs(x: Option<&Axis>, y: Option<&Axis>) -> Vec<(String, String)> {
    let axes = [(x, ["X Type", "X Values"]), (y, ["Y Type", "Y Values"])];
    let of_axis = |(axis, [kind, values]): (Option<&Axis>, [&'static str; 2])| {
        let axis = axis?;
        Some([
            (kind.to_owned(), axis.parameter.to_string()),
            (values.to_owned(), axis.values.join(", ")),
        ])
    };
    axes.into_iter().filter_map(of_axis).flatten().collect()
}

/// The recipes of a sweep, row by row: `x` across, `y` down.
///
/// # Errors
/// [`SweepError`] for a value that its parameter cannot have, before any picture is made.
pub fn grid(
    recipe: &Recipe,
    x: Option<&Axis>,
    y: Option<&Axis>,
) -> Result<Vec<Vec<Recipe>>, SweepError> {
    let length = |axis: Option<&Axis>| axis.map_or(1, |axis| axis.values.len());
    let count = length(x).saturating_mul(length(y));
    if count > MOST {
        return Err(SweepError::TooMany(count));
    }
    let along = |axis: Option<&Axis>, recipe: &Recipe| match axis {
        None => Ok(vec![recipe.clone()]),
        Some(axis) => {
            let values = axis.values.iter();
            values.map(|value| axis.apply(value, recipe)).collect()
        }
    };
    let down: Vec<Recipe> = along(y, recipe)?;
    down.iter().map(|recipe| along(x, recipe)).collect()
}
