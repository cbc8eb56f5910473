//! A field of the recipe: one row, from which come its option, its keys in files, its range, its control in the window and its sweep.
//!
//! Does not know the fields; [`rows`] has them.

pub mod rows;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::choice::{Choices, UnknownName};
use super::number::{number_in, whole_in};
use super::{Control, Recipe};

/// Longest side that a size can have, pixels: that of the largest picture.
pub const MAX_SIDE: u32 = 16_384;

/// A field of the recipe, or a part of one that is set apart.
pub struct Field {
    /// Its key in a recipe's JSON; parts of one field share it.
    pub key: &'static str,
    /// Its value; [`Value::None`] where the recipe has none.
    pub get: fn(&Recipe) -> Value,
    /// Sets it; `None`, and nothing is set, where the value is of another kind or too large for its type.
    pub set: fn(&mut Recipe, Value) -> Option<()>,
    /// What values it has.
    pub kind: Kind,
    /// The line about a value out of range, a [template](Field::filled).
    pub complaint: &'static str,
    /// Its option on the command line.
    pub option: CliOption,
    /// Its place in an infotext.
    pub infotext: Option<Infotext>,
    /// What the window says of it; without a label it has no row there.
    pub caption: Caption,
    /// Where the window has its row.
    pub section: Section,
    /// Why its value does not count beside the recipe's others; `None` while it does.
    pub unused: fn(&Recipe) -> Option<&'static str>,
    /// What is said where a sweep takes it through values; `None` where none can.
    pub sweep: Option<Sweep>,
}

/// A part of the recipe's panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// Always in sight, each field in a place of its own.
    Pinned,
    /// How the steps are run.
    Sampling,
    /// What of the mask counts, and how it ends.
    Mask,
    /// What the model is shown, and how large.
    Area,
    /// ControlNets.
    Control,
    /// What is seldom wanted.
    Advanced,
}

/// What values a field has.
pub enum Kind {
    /// Words.
    Text,
    /// A whole number of 64 bits, of which none means more than another.
    Seed,
    /// A whole number of at least 0.
    Whole(Scale),
    /// A number.
    Number(Scale),
    /// A name of a closed set.
    Choice(&'static Choices),
    /// On or off.
    Switch,
    /// Width and height, `1..=MAX_SIDE` pixels each.
    Size,
}

/// The range of a number, and how a window sets it.
#[derive(Clone, Copy)]
pub struct Scale {
    /// The smallest and the largest value that is accepted.
    pub range: (f64, f64),
    /// The ends of a slider.
    pub slider: (f64, f64),
    /// A slider moves by this.
    pub step: f64,
    /// Decimals shown.
    pub decimals: usize,
    /// Written behind the number.
    pub unit: &'static str,
    /// What is usual, marked under a slider.
    pub usual: Option<(f64, f64)>,
}

/// An option of the command line.
pub struct CliOption {
    /// Its name without the dashes.
    pub name: &'static str,
    /// Another name, or empty.
    pub alias: &'static str,
    /// What stands for its value in the help.
    pub value: &'static str,
    /// Its help, a [template](Field::filled) without the full stop.
    pub help: &'static str,
    /// The option that it is nothing without, or empty.
    pub requires: &'static str,
}

/// A field's place in A1111's infotext.
pub struct Infotext {
    /// Its key.
    pub key: &'static str,
    /// Key of ours for choices that A1111 has no name for; empty where there are none, or it has no name for any.
    pub own_key: &'static str,
    /// Whether it is said where there is a mask, and only there.
    pub masked: bool,
    /// Whether it is said also where it is what its absence means.
    pub always: bool,
    /// What its absence means, as text, where that is not the recipe's default.
    pub absent: Option<&'static str>,
}

/// What one control says.
#[derive(Clone, Copy, Debug)]
pub struct Caption {
    /// Its name.
    pub label: &'static str,
    /// One sentence in an artist's words.
    pub tooltip: &'static str,
}

/// What a sweep says of a field.
pub struct Sweep {
    /// Its name there, where it is not the caption's.
    pub label: &'static str,
    /// What is taken through values, in a sentence.
    pub about: &'static str,
    /// Values that it could go through.
    pub example: &'static str,
}

/// A value of any field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// None, where a field may have none.
    None,
    /// Of [`Kind::Text`].
    Text(String),
    /// Of [`Kind::Seed`] and [`Kind::Whole`].
    Whole(u64),
    /// Of [`Kind::Number`].
    Number(f64),
    /// Of [`Kind::Choice`]: the choice's name.
    Choice(&'static str),
    /// Of [`Kind::Switch`].
    Switch(bool),
    /// Of [`Kind::Size`]: width and height, pixels.
    Size([u32; 2]),
}

/// A type that a field's value has in a recipe.
pub trait Held: Sized {
    /// It as a value.
    fn value(&self) -> Value;

    /// It from a value; `None` where that is of another kind or too large.
    fn of(value: Value) -> Option<Self>;
}

macro_rules! held {
    ($($type:ty, $kind:ident, $to:expr, $from:expr;)+) => {
        $(impl Held for $type {
            fn value(&self) -> Value {
                Value::$kind($to(self))
            }

            fn of(value: Value) -> Option<Self> {
                match value {
                    Value::$kind(value) => $from(value),
                    _ => None,
                }
            }
        })+
    };
}

held! {
    String, Text, String::clone, Some;
    u64, Whole, |whole: &u64| *whole, Some;
    u32, Whole, |whole: &u32| u64::from(*whole), |whole: u64| whole.try_into().ok();
    usize, Whole, |whole: &usize| *whole as u64, |whole: u64| whole.try_into().ok();
    f64, Number, |number: &f64| *number, Some;
    f32, Number, decimal, |number: f64| Some(number as f32);
    bool, Switch, |on: &bool| *on, Some;
    [u32; 2], Size, |size: &[u32; 2]| *size, Some;
}

impl<T: Held> Held for Option<T> {
    fn value(&self) -> Value {
        self.as_ref().map_or(Value::None, T::value)
    }

    fn of(value: Value) -> Option<Self> {
        match value {
            Value::None => Some(None),
            value => T::of(value).map(Some),
        }
    }
}

/// The number that has the same shortest decimals, so that 1.3 stays 1.3.
fn decimal(number: &f32) -> f64 {
    let text = number.to_string();
    text.parse().unwrap_or_else(|_| f64::from(*number))
}

impl<T: Held> From<T> for Value {
    fn from(held: T) -> Self {
        held.value()
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Whole(whole) => write!(f, "{whole}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Choice(name) => f.write_str(name),
            Self::Switch(on) => f.write_str(if *on { "on" } else { "off" }),
            Self::Size([width, height]) => write!(f, "{width}x{height}"),
        }
    }
}

impl Value {
    /// A number of either kind.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Whole(whole) => Some(*whole as f64),
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// A value out of its field's range: one line that says what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", .field.filled(.field.complaint, .value))]
pub struct OutOfRange {
    /// The field.
    pub field: &'static Field,
    /// Its value.
    pub value: Value,
}

impl Field {
    pub(super) const fn new(
        key: &'static str,
        get: fn(&Recipe) -> Value,
        set: fn(&mut Recipe, Value) -> Option<()>,
    ) -> Self {
        Self {
            key,
            get,
            set,
            kind: Kind::Text,
            complaint: "{label} {value} is outside {range}; {usual} is usual",
            option: CliOption::new("", "", ""),
            infotext: None,
            caption: caption("", ""),
            section: Section::Advanced,
            unused: |_| None,
            sweep: None,
        }
    }

    /// The value of [`Recipe::default`], and of a ControlNet's default in one.
    pub fn usual(&self) -> Value {
        (self.get)(&Recipe {
            controls: vec![Control::default()],
            ..Recipe::default()
        })
    }

    /// A text of the table with what stands in its braces: the `{value}` spoken of, the `{usual}` one, the `{range}`, its end (`{most}`), the caption's `{label}` in small letters.
    pub fn filled(&self, text: &str, value: &Value) -> String {
        let (least, most) = match self.kind {
            Kind::Whole(scale) | Kind::Number(scale) => scale.range,
            _ => (1.0, f64::from(MAX_SIDE)),
        };
        text.replace("{value}", &value.to_string())
            .replace("{usual}", &self.usual().to_string())
            .replace("{range}", &format!("{least} to {most}"))
            .replace("{most}", &most.to_string())
            .replace("{label}", &self.caption.label.to_lowercase())
    }

    /// Checks its value in a recipe.
    ///
    /// # Errors
    /// [`OutOfRange`].
    pub fn check(&'static self, recipe: &Recipe) -> Result<(), OutOfRange> {
        let value = (self.get)(recipe);
        let fits = match (&self.kind, &value) {
            (Kind::Whole(scale) | Kind::Number(scale), value) => value
                .number()
                .is_none_or(|number| (scale.range.0..=scale.range.1).contains(&number)),
            (_, Value::Size(sides)) => sides.iter().all(|side| (1..=MAX_SIDE).contains(side)),
            _ => true,
        };
        match fits {
            true => Ok(()),
            false => Err(OutOfRange { field: self, value }),
        }
    }

    /// A value as it is typed.
    ///
    /// # Errors
    /// What is wrong with it, without the value itself.
    pub fn parse(&self, text: &str) -> Result<Value, String> {
        let number = "write a number";
        let whole = "write a whole number, 0 or more";
        Ok(match &self.kind {
            Kind::Text => Value::Text(text.to_owned()),
            Kind::Seed | Kind::Whole(_) => Value::Whole(text.parse().map_err(|_| whole)?),
            Kind::Number(_) => Value::Number(text.parse().map_err(|_| number)?),
            Kind::Choice(choices) => {
                let unknown = |error: UnknownName| error.to_string();
                Value::Choice(choices.rows[choices.find(text).map_err(unknown)?].name)
            }
            Kind::Switch => Value::Switch(text == "on"),
            Kind::Size => {
                let sides = text.split_once(['x', 'X']);
                let sides = sides.and_then(|(w, h)| Some([w.parse().ok()?, h.parse().ok()?]));
                let sides: [u32; 2] = sides.ok_or("write it as 512x768, width first")?;
                if !sides.iter().all(|side| (1..=MAX_SIDE).contains(side)) {
                    return Err(format!("sides can be 1 to {MAX_SIDE} pixels"));
                }
                Value::Size(sides)
            }
        })
    }

    /// Sets it to a value as it is typed.
    ///
    /// # Errors
    /// What is wrong with it, without the value itself.
    pub fn parse_into(&self, text: &str, recipe: &mut Recipe) -> Result<(), String> {
        let value = self.parse(text)?;
        (self.set)(recipe, value).ok_or_else(|| format!("{text} is not in 0..={}", u32::MAX))
    }

    /// Its key and value in an infotext; `None` where that does not speak of it.
    pub(super) fn written(&self, recipe: &Recipe, masked: bool) -> Option<(&'static str, String)> {
        let infotext = self.infotext.as_ref()?;
        let value = (self.get)(recipe);
        let said = masked || !infotext.masked;
        if !said || value == Value::None || (!infotext.always && value == self.absent()) {
            return None;
        }
        let elsewhere = match (&self.kind, &value) {
            (Kind::Choice(choices), Value::Choice(name)) => {
                let choice = choices.rows.iter().find(|choice| choice.name == *name);
                choice.and_then(|choice| choice.a1111.first())
            }
            _ => None,
        };
        Some(match (elsewhere, infotext.own_key) {
            (Some(name), _) => (infotext.key, (*name).to_owned()),
            (None, "") => (infotext.key, value.to_string()),
            (None, own_key) => (own_key, value.to_string()),
        })
    }

    /// What its absence in an infotext means.
    pub(super) fn absent(&self) -> Value {
        let absent = self.infotext.as_ref().and_then(|infotext| infotext.absent);
        absent
            .and_then(|text| self.parse(text).ok())
            .unwrap_or_else(|| self.usual())
    }

    /// Its value under a key of an infotext; `None` where it makes no sense.
    pub(super) fn read(&self, key: &str, text: &str) -> Option<Value> {
        let infotext = self.infotext.as_ref()?;
        match &self.kind {
            Kind::Seed | Kind::Whole(_) => whole_in(text).map(Value::Whole),
            Kind::Number(_) => number_in(text).map(Value::Number),
            Kind::Choice(choices) if key != infotext.own_key => {
                let is_it = |choice: &&super::choice::Choice| match choice.a1111 {
                    [] => infotext.own_key.is_empty() && choice.name == text,
                    names => names.contains(&text),
                };
                let choice = choices.rows.iter().find(is_it)?;
                Some(Value::Choice(choice.name))
            }
            Kind::Switch => (text == "on").then_some(Value::Switch(true)),
            Kind::Size => size_in(text).map(Value::Size),
            Kind::Text | Kind::Choice(_) => self.parse(text).ok(),
        }
    }
}

/// A width and height in an infotext.
pub(super) fn size_in(text: &str) -> Option<[u32; 2]> {
    let (width, height) = text.split_once('x')?;
    let side = |side| u32::try_from(whole_in(side)?).ok();
    Some([side(width)?, side(height)?])
}

/// Fields are the same where they are one row.
impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Field {}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({} {})", self.key, self.option.name)
    }
}

impl Scale {
    const fn number(least: f64, most: f64) -> Self {
        Self {
            range: (least, most),
            slider: (least, most),
            step: 0.01,
            decimals: 2,
            unit: "",
            usual: None,
        }
    }

    const fn whole(least: f64, most: f64) -> Self {
        Self {
            step: 1.0,
            decimals: 0,
            ..Self::number(least, most)
        }
    }
}

impl CliOption {
    const fn new(name: &'static str, value: &'static str, help: &'static str) -> Self {
        Self {
            name,
            alias: "",
            value,
            help,
            requires: "",
        }
    }
}

impl Infotext {
    /// Said of every recipe.
    const fn always(key: &'static str) -> Self {
        Self {
            key,
            own_key: "",
            masked: false,
            always: true,
            absent: None,
        }
    }

    /// Said of a recipe for a mask.
    const fn masked(key: &'static str) -> Self {
        Self {
            masked: true,
            ..Self::own(key)
        }
    }

    /// Said of a recipe that is not as usual.
    const fn own(key: &'static str) -> Self {
        Self {
            always: false,
            ..Self::always(key)
        }
    }
}

/// What one control says.
pub const fn caption(label: &'static str, tooltip: &'static str) -> Caption {
    Caption { label, tooltip }
}
