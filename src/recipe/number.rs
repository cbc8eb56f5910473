//! Numbers as other programs write them: whole ones with a decimal point, and any of them as text.
//!
//! Does not know what they count.

use serde_json::Value;

/// A finite number, written as such or as text.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => number_in(text),
        value => value.as_f64(),
    }
}

/// A whole number of at least 0, written as such, with a decimal point, or as text; exact up to 64 bits.
pub(super) fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => whole_in(text),
        value => value.as_u64().or_else(|| exactly(value.as_f64()?)),
    }
}

/// A finite number in a text.
pub(super) fn number_in(text: &str) -> Option<f64> {
    let number: Option<f64> = text.trim().parse().ok();
    number.filter(|number| number.is_finite())
}

/// A whole number of at least 0 in a text: `3`, `3.0`, `1e1`.
pub(super) fn whole_in(text: &str) -> Option<u64> {
    let plain = text.trim().parse().ok();
    plain.or_else(|| exactly(number_in(text)?))
}

/// The value with its whole numbers written without a decimal point, and what is text where `like` has a number made a number.
pub(super) fn tidied(value: &Value, like: &Value) -> Value {
    match (value, like) {
        (Value::Array(values), _) => {
            let values = values.iter().map(|value| tidied(value, &Value::Null));
            Value::Array(values.collect())
        }
        (Value::Object(fields), _) => {
            let field =
                |(key, value): (&String, &Value)| (key.clone(), tidied(value, &Value::Null));
            Value::Object(fields.iter().map(field).collect())
        }
        (Value::String(text), Value::Number(_)) => match whole_in(text) {
            Some(whole) => whole.into(),
            None => number_in(text).map_or_else(|| value.clone(), Value::from),
        },
        (Value::Number(number), _) if number.is_f64() => match whole(value) {
            Some(whole) => whole.into(),
            None => value.clone(),
        },
        _ => value.clone(),
    }
}

fn exactly(number: f64) -> Option<u64> {
    // Two to the power of 64: the first that is too large.
    const END: f64 = 18_446_744_073_709_551_616.0;
    let fits = number.fract() == 0.0 && (0.0..END).contains(&number);
    fits.then_some(number as u64)
}
