//! The tables of the window's languages: each says all that the window says, with the same arguments.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use fluent_bundle::FluentResource;
use pentimento::document::EditName;
use pentimento::engine::{Device, SuggestedSize};
use pentimento::library::{self, STARTERS, Style};
use pentimento::recipe::field::Kind;
use pentimento::recipe::field::rows::FIELDS;
use pentimento::recipe::{Area, Method, Recipe};
use pentimento::ui::action;
use pentimento::ui::texts::{Language, used};

/// What a message of a table has: words, a tip, and the arguments of both.
#[derive(Debug, Default, PartialEq)]
struct Message {
    words: bool,
    tip: bool,
    arguments: BTreeSet<String>,
}

type Table = BTreeMap<String, Message>;

/// Names of Rust's as tables write them.
fn id(name: &str) -> String {
    name.to_lowercase().replace(['_', '.', ' '], "-")
}

/// The messages of a file, by their names; in order as written, and each once.
fn read(text: &str, file: &str) -> Table {
    let parsed = FluentResource::try_new(text.to_owned());
    assert!(parsed.is_ok(), "{file}: {:?}", parsed.map_err(|(_, e)| e));
    let mut table = Table::new();
    let mut name = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (head, words) = line.split_once('=').unwrap_or((line, ""));
        if line.starts_with(|first: char| first.is_ascii_lowercase()) {
            name = head.trim().to_owned();
            let new = Message {
                words: !words.trim().is_empty(),
                ..Message::default()
            };
            let old = table.insert(name.clone(), new);
            assert_eq!(old, None, "{file}: {name} is there twice");
        }
        let Some(message) = table.get_mut(&name) else {
            continue;
        };
        if let Some(attribute) = line.trim().strip_prefix('.') {
            assert!(attribute.starts_with("tip ="), "{file}: {line}");
            assert!(!words.trim().is_empty(), "{file}: {name} has an empty tip");
            message.tip = true;
        }
        let arguments = line.split('$').skip(1);
        let arguments = arguments.map(|rest| rest.split(|c: char| !c.is_ascii_lowercase()));
        let arguments = arguments.filter_map(|mut rest| rest.next());
        message.arguments.extend(arguments.map(str::to_owned));
    }
    table
}

/// The tables of a language, as they lie in its folder.
fn tables(language: Language) -> BTreeMap<&'static str, Table> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/locales");
    let folder = folder.join(language.tag());
    let files = language.tables().iter();
    let read = |(name, _): &(&'static str, &str)| {
        let file = folder.join(format!("{name}.ftl"));
        let text = fs::read_to_string(&file).unwrap();
        (*name, self::read(&text, &file.display().to_string()))
    };
    let tables: BTreeMap<_, _> = files.map(read).collect();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), tables.len());
    tables
}

/// What the window says by itself.
fn own() -> BTreeMap<&'static str, Table> {
    let mut tables = BTreeMap::<_, Table>::new();
    for one in used() {
        let arguments = one.arguments.iter().map(|name| (*name).to_owned());
        let message = Message {
            words: true,
            tip: one.tip,
            arguments: arguments.collect(),
        };
        let table = tables.entry(one.table).or_default();
        let old = table.insert(id(one.id), message);
        assert_eq!(old, None, "{}: two are called {}", one.table, one.id);
    }
    tables
}

/// What rows of Rust's tables say, which have their English there.
fn of_rows() -> BTreeMap<&'static str, Table> {
    let row = |words: bool, tip: bool| Message {
        words,
        tip,
        ..Message::default()
    };
    let mut fields = Table::new();
    let (whole, encode) = (Area::Whole, Method::InpaintEncode);
    let recipes = [
        Recipe::default(),
        Recipe {
            area: whole,
            method: encode,
            ..Recipe::default()
        },
    ];
    let mut choices = Table::new();
    let mut add_choices = |set: &pentimento::recipe::choice::Choices| {
        for choice in set.rows {
            // Names of the field are the same in every language.
            let words = set.what != "sampler";
            choices.insert(
                id(&format!("{} {}", set.what, choice.name)),
                row(words, true),
            );
        }
    };
    add_choices(Device::CHOICES);
    for field in FIELDS {
        let name = field.option.name;
        if !field.caption.label.is_empty() {
            fields.insert(name.to_owned(), row(true, true));
        }
        if let Some(sweep) = &field.sweep {
            fields.insert(format!("{name}-about"), row(true, false));
            if !sweep.label.is_empty() {
                fields.insert(format!("{name}-sweep"), row(true, false));
            }
        }
        if recipes
            .iter()
            .any(|recipe| (field.unused)(recipe).is_some())
        {
            fields.insert(format!("{name}-unused"), row(true, false));
        }
        if let Kind::Choice(set) = field.kind {
            add_choices(set);
        }
    }
    let actions = action::all().map(|row| id(row.id));
    let edits = EditName::ALL.iter().map(|edit| id(edit.label()));
    let starters = STARTERS.iter().map(|starter| id(starter.name));
    BTreeMap::from([
        ("actions", actions.map(|id| (id, row(true, true))).collect()),
        ("choices", choices),
        ("edits", edits.map(|id| (id, row(true, false))).collect()),
        ("fields", fields),
        ("reasons", reasons()),
        (
            "starters",
            starters.map(|id| (id, row(true, false))).collect(),
        ),
    ])
}

/// Why something is suggested, and the styles that stand in such sentences.
fn reasons() -> Table {
    let sentences = library::reasons().chain(SuggestedSize::REASONS.iter().copied());
    let mut table: Table = sentences
        .map(|(name, english)| {
            let arguments = english.split('{').skip(1);
            let arguments = arguments.filter_map(|rest| rest.split('}').next());
            let message = Message {
                words: true,
                tip: false,
                arguments: arguments.map(str::to_owned).collect(),
            };
            (name.to_owned(), message)
        })
        .collect();
    let styles = [
        Style::Photograph,
        Style::Anime,
        Style::Painting,
        Style::Cartoon,
    ];
    for style in styles {
        let message = Message {
            words: true,
            ..Message::default()
        };
        table.insert(id(style.name()), message);
    }
    table
}

#[test]
fn every_language_says_what_the_window_says_and_nothing_else() {
    for language in Language::ALL {
        let mut wanted = own();
        if *language != Language::English {
            wanted.extend(of_rows());
        }
        let found = tables(*language);
        assert!(found.keys().eq(wanted.keys()), "{language:?}");
        for (name, wanted) in &wanted {
            let found = &found[name];
            let missing = wanted.iter().find(|(id, one)| found.get(*id) != Some(one));
            let at = missing.map(|(id, _)| found.get(id));
            assert_eq!(missing, None, "{} {name}: {at:?}", language.tag());
            let idle = found.keys().find(|id| !wanted.contains_key(*id));
            assert_eq!(idle, None, "{} {name}", language.tag());
        }
    }
}

#[test]
fn systems_name_their_language_in_their_ways() {
    for (tag, language) in [
        ("de_DE.UTF-8", Language::German),
        ("de-AT", Language::German),
        ("DE", Language::German),
        ("en_GB.UTF-8", Language::English),
        ("fr-FR", Language::English),
        ("den", Language::English),
        ("C", Language::English),
        ("", Language::English),
    ] {
        assert_eq!(Language::of(tag), language, "{tag}");
    }
}
