//! The languages, their tables, and the one that is spoken.
//!
//! Does not know which messages there are.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{OnceLock, PoisonError, RwLock};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use serde::{Deserialize, Serialize};
use unic_langid::LanguageIdentifier;

/// A language of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// English, which says everything.
    #[default]
    #[serde(rename = "en")]
    English,
    /// German.
    #[serde(rename = "de")]
    German,
}

/// The files of a folder of `assets/locales`.
macro_rules! tables {
    ($language:literal: $($table:literal)+) => {
        &[$((
            $table,
            include_str!(concat!("../../../assets/locales/", $language, "/", $table, ".ftl")),
        ),)+]
    };
}

impl Language {
    /// Every language.
    pub const ALL: &[Self] = &[Self::English, Self::German];

    /// Its tag, the name of its folder too.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// Its tables by name.
    pub fn tables(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::English => tables!(
                "en": "analysis" "board" "fix" "keys" "library" "menus" "object" "prepare" "recipes"
                "server" "shell" "studio" "sweep" "words" "work"
            ),
            Self::German => tables!(
                "de": "analysis" "board" "fix" "keys" "library" "menus" "object" "prepare" "recipes"
                "server" "shell" "studio" "sweep" "words" "work"
                "actions" "choices" "edits" "fields" "reasons" "starters"
            ),
        }
    }

    /// The one of a tag as systems write it (`de_DE.UTF-8`, `de-AT`); English for languages that are not here.
    pub fn of(tag: &str) -> Self {
        let own = tag.split(['-', '_', '.']).next().unwrap_or_default();
        let own = own.to_lowercase();
        let found = Self::ALL.iter().find(|language| language.tag() == own);
        found.copied().unwrap_or_default()
    }

    /// The system's where that was set, else English.
    pub fn of_system() -> Self {
        SYSTEM.get().copied().unwrap_or_default()
    }

    /// A message, or one of its attributes; `None` where its table has none, or where its arguments are not these.
    pub fn message(
        self,
        table: &str,
        id: &str,
        tip: bool,
        args: &FluentArgs<'_>,
    ) -> Option<String> {
        let bundle = self.spoken().bundles.get(table)?;
        let message = bundle.get_message(&message_id(id))?;
        let pattern = match tip {
            true => message.get_attribute("tip")?.value(),
            false => message.value()?,
        };
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(args), &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }

    /// A message without arguments, put together once.
    pub(super) fn fixed(self, key: Key) -> Option<&'static str> {
        let fixed = &self.spoken().fixed;
        // Whoever panicked had only begun to add to it.
        let seen = fixed.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = seen.get(&key) {
            return *text;
        }
        drop(seen);
        let [table, row, of, tip] = key;
        let id = match of {
            "" => row.to_owned(),
            of => format!("{row}-{of}"),
        };
        let text = self.message(table, &id, tip == "tip", &FluentArgs::new());
        let text = text.map(|text| &*text.leak());
        let mut seen = fixed.write().unwrap_or_else(PoisonError::into_inner);
        *seen.entry(key).or_insert(text)
    }

    fn spoken(self) -> &'static Spoken {
        static SPOKEN: [OnceLock<Spoken>; Language::ALL.len()] =
            [const { OnceLock::new() }; Language::ALL.len()];
        SPOKEN[self as usize].get_or_init(|| Spoken::new(self))
    }
}

/// Table, row, what of the row, and `tip` for its tip.
pub(super) type Key = [&'static str; 4];

/// A language's tables, read.
struct Spoken {
    bundles: HashMap<&'static str, FluentBundle<FluentResource>>,
    /// Messages without arguments that were said already.
    fixed: RwLock<HashMap<Key, Option<&'static str>>>,
}

impl Spoken {
    fn new(language: Language) -> Self {
        let read = |&(table, text): &(&'static str, &str)| {
            let languages = language.tag().parse::<LanguageIdentifier>();
            let mut bundle = FluentBundle::new_concurrent(languages.into_iter().collect());
            // The window lays out no text from right to left, whose marks would be looked for in vain.
            bundle.set_use_isolating(false);
            // What of a table makes no sense is found by the tests of the tables.
            let resource =
                FluentResource::try_new(text.to_owned()).unwrap_or_else(|(some, _)| some);
            bundle.add_resource_overriding(resource);
            (table, bundle)
        };
        Self {
            bundles: language.tables().iter().map(read).collect(),
            fixed: RwLock::default(),
        }
    }
}

/// A name of Rust's as tables write it.
fn message_id(name: &str) -> String {
    name.to_lowercase().replace(['_', '.', ' '], "-")
}

/// The system's language.
static SYSTEM: OnceLock<Language> = OnceLock::new();

/// Says once which language the system has; without it that is English.
pub fn set_system(tag: Option<&str>) {
    let language = tag.map(Language::of).unwrap_or_default();
    // It stays what it was at the start.
    let _ = SYSTEM.set(language);
}

thread_local! {
    // One window a thread; whoever works beside it is told.
    static NOW: Cell<Language> = const { Cell::new(Language::English) };
}

/// The language that this thread speaks.
pub(in crate::ui) fn now() -> Language {
    NOW.get()
}

/// Has this thread speak a language.
pub(in crate::ui) fn speak(language: Language) {
    NOW.set(language);
}
