//! Sweeps: one recipe with a parameter or two taken through lists of values (A1111's X/Y plot).
//!
//! Does not run anything; it makes the recipes, and the words for the sheet that shows their pictures.

use super::field::rows::{FIELDS, MASK_BLUR, PROMPT};
use super::field::{Field, Value};
use super::{Recipe, UnknownName};

/// Most pictures of a sweep.
pub const MOST: usize = 1024;

/// Options of what is swept most, which lists show first.
const FIRST: &[&str] = &["prompt", "steps", "cfg"];

/// What a sweep can take through values.
pub fn parameters() -> Vec<&'static Field> {
    let swept = FIELDS.iter().filter(|field| field.sweep.is_some());
    let mut swept: Vec<_> = swept.copied().collect();
    let place = |field: &&Field| FIRST.iter().position(|name| *name == field.option.name);
    swept.sort_by_key(|field| place(field).unwrap_or(FIRST.len()));
    swept
}

/// A parameter and the values that it goes through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepAxis {
    /// The parameter, one of [`parameters`].
    pub parameter: &'static Field,
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
    Parameter(#[from] UnknownName),
    /// Not a value of the parameter.
    #[error("`{value}` is not a value of {} ({reason})", .parameter.option.name)]
    Value {
        /// The parameter.
        parameter: &'static Field,
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

impl std::str::FromStr for SweepAxis {
    type Err = SweepError;

    /// `cfg=3,5,7`; a value with commas stands in double quotes, and a double quote in it is written twice.
    fn from_str(text: &str) -> Result<Self, SweepError> {
        let (name, list) = text.split_once('=').ok_or(SweepError::Form)?;
        let (name, known) = (name.trim(), parameters());
        let parameter = known.iter().find(|field| field.option.name == name);
        let names = known.iter().map(|field| field.option.name);
        let parameter =
            parameter.ok_or_else(|| UnknownName::of("parameter of a sweep", names, name))?;
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

impl SweepAxis {
    /// A label for each value: `cfg 7`; of a prompt sweep the value alone.
    pub fn labels(&self) -> Vec<String> {
        let label = |value: &String| match self.parameter.option.name {
            "prompt" => value.clone(),
            name => format!("{name} {value}"),
        };
        self.values.iter().map(label).collect()
    }

    /// The recipe with the parameter at one of its values.
    fn apply(&self, value: &str, recipe: &Recipe) -> Result<Recipe, SweepError> {
        let mut recipe = recipe.clone();
        if *self.parameter == PROMPT {
            let searched = self.values.first().map_or("", String::as_str);
            let prompts = [&recipe.prompt, &recipe.negative_prompt];
            if searched.is_empty() || !prompts.iter().any(|prompt| prompt.contains(searched)) {
                return Err(SweepError::NotInPrompt(searched.to_owned()));
            }
            recipe.prompt = recipe.prompt.replace(searched, value);
            recipe.negative_prompt = recipe.negative_prompt.replace(searched, value);
            return Ok(recipe);
        }
        let parsed = recipe.keep_usual_spacing(|recipe| self.parameter.parse_into(value, recipe));
        let parsed = parsed.and_then(|()| match (self.parameter.get)(&recipe) {
            Value::None => Err("the recipe has no ControlNet; choose one first".to_owned()),
            _ => Ok(()),
        });
        parsed.map_err(|reason| SweepError::Value {
            parameter: self.parameter,
            value: value.to_owned(),
            reason,
        })?;
        if *self.parameter == MASK_BLUR {
            recipe.mask_blur_y = None;
        }
        Ok(recipe)
    }
}

/// What the infotext of a sweep's sheet says of its axes, keys and values (A1111 `scripts/xyz_grid.py`).
pub fn pairs(x: Option<&SweepAxis>, y: Option<&SweepAxis>) -> Vec<(String, String)> {
    let axes = [(x, ["X Type", "X Values"]), (y, ["Y Type", "Y Values"])];
    let of_axis = |(axis, [kind, values]): (Option<&SweepAxis>, [&'static str; 2])| {
        let axis = axis?;
        Some([
            (kind.to_owned(), axis.parameter.option.name.to_owned()),
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
    x: Option<&SweepAxis>,
    y: Option<&SweepAxis>,
) -> Result<Vec<Vec<Recipe>>, SweepError> {
    let length = |axis: Option<&SweepAxis>| axis.map_or(1, |axis| axis.values.len());
    let count = length(x).saturating_mul(length(y));
    if count > MOST {
        return Err(SweepError::TooMany(count));
    }
    let along = |axis: Option<&SweepAxis>, recipe: &Recipe| match axis {
        None => Ok(vec![recipe.clone()]),
        Some(axis) => {
            let values = axis.values.iter();
            values.map(|value| axis.apply(value, recipe)).collect()
        }
    };
    let down: Vec<Recipe> = along(y, recipe)?;
    down.iter().map(|recipe| along(x, recipe)).collect()
}
