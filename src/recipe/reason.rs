//! Why something is suggested: sentences with places for values, for languages to say in their own words.
//!
//! Does not know what is suggested.

use std::fmt;

/// A reason's name and its English sentence, without the full stop; `{name}` is a place for a value.
pub type ReasonRow = (&'static str, &'static str);

/// A sentence and what stands in its places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The sentence.
    pub row: ReasonRow,
    /// Values by the names of their places.
    pub values: Vec<(&'static str, String)>,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fill = |text: String, (name, value): &(&str, String)| {
            text.replace(&format!("{{{name}}}"), value)
        };
        f.write_str(&self.values.iter().fold(self.row.1.to_owned(), fill))
    }
}
