//! Closed sets of choices: one row a choice, with its names here and elsewhere and what is said about it.
//!
//! Does not know what a choice does.

/// One of a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is chosen: the name of its set.
    pub what: &'static str,
    /// The name that command lines and files use.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// What the window calls it, where that is not its name.
    pub label: &'static str,
    /// What the window says of it, where that is not `about`.
    pub tooltip: &'static str,
    /// A1111's names, the one first that infotexts say; none where A1111 has not got it.
    pub a1111: &'static [&'static str],
    /// ComfyUI's name, and SwarmUI's after it; empty where they have not got it.
    pub comfy: &'static str,
    /// InvokeAI's name, where it is another; empty where it has not got it.
    pub invoke: &'static str,
}

impl Choice {
    pub(crate) const fn new(what: &'static str, name: &'static str, about: &'static str) -> Self {
        Self {
            what,
            name,
            about: about.trim_ascii_start(),
            label: "",
            tooltip: "",
            a1111: &[],
            comfy: "",
            invoke: "",
        }
    }

    /// What the window calls it.
    pub fn label(&self) -> String {
        if !self.label.is_empty() {
            return self.label.to_owned();
        }
        let mut letters = self.name.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect::<String>().replace('-', " ")
    }

    /// What the window says of it.
    pub fn tooltip(&self) -> &'static str {
        match self.tooltip {
            "" => self.about,
            tooltip => tooltip,
        }
    }

    /// Whether A1111 calls it so, in any case.
    pub(super) fn is_a1111(&self, name: &str) -> bool {
        self.a1111.iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}

/// A closed set.
#[derive(Debug)]
pub struct Choices {
    /// What is chosen.
    pub what: &'static str,
    /// Every choice, in the order in which lists show them.
    pub rows: &'static [Choice],
}

impl Choices {
    /// The place of the choice of that name.
    ///
    /// # Errors
    /// [`UnknownName`], which lists the names.
    pub fn find(&self, name: &str) -> Result<usize, UnknownName> {
        let found = self.rows.iter().position(|choice| choice.name == name);
        found.ok_or_else(|| UnknownName::of(self.what, self.rows.iter().map(|row| row.name), name))
    }
}

/// A name that is none of the choices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} `{name}`; choose one of {known}")]
pub struct UnknownName {
    what: &'static str,
    known: String,
    name: String,
}

impl UnknownName {
    pub(super) fn of<'a>(
        what: &'static str,
        known: impl Iterator<Item = &'a str>,
        name: &str,
    ) -> Self {
        Self {
            what,
            known: known.collect::<Vec<_>>().join(", "),
            name: name.to_owned(),
        }
    }
}

/// Declares a closed set of choices: for each a sentence, its variant, its name, and in braces what else its [`Choice`] says.
macro_rules! choices {
    ($(#[$doc:meta])* $type:ident, $what:literal { $(
        $(#[doc = $about:literal])+ $variant:ident = $name:literal $({ $($column:ident: $value:expr),+ $(,)? })?,
    )+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $type {
            $($(#[doc = $about])+ #[serde(rename = $name)] $variant,)+
        }

        impl $type {
            /// Every choice, in the order in which lists show them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The rows of all.
            pub const CHOICES: &'static $crate::recipe::choice::Choices = &$crate::recipe::choice::Choices {
                what: $what,
                rows: &[$($crate::recipe::choice::Choice {
                    $($($column: $value,)+)?
                    ..$crate::recipe::choice::Choice::new($what, $name, concat!($($about),+))
                },)+],
            };

            /// Its row.
            pub fn choice(self) -> &'static $crate::recipe::choice::Choice {
                &Self::CHOICES.rows[self as usize]
            }

            /// The name that command lines and files use.
            pub fn name(self) -> &'static str {
                self.choice().name
            }

            /// What it does, in a sentence for the artist.
            pub fn about(self) -> &'static str {
                self.choice().about
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::recipe::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::CHOICES.find(text).map(|at| Self::ALL[at])
            }
        }

        impl $crate::recipe::field::Held for $type {
            fn value(&self) -> $crate::recipe::field::Value {
                $crate::recipe::field::Value::Choice(self.name())
            }

            fn of(value: $crate::recipe::field::Value) -> Option<Self> {
                match value {
                    $crate::recipe::field::Value::Choice(name) => name.parse().ok(),
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use choices;
