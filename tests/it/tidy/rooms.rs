//! The window's rooms: which of them may know which.

use std::path::Path;

use super::{bare, paths, rust_files};

/// Room → rooms that it may use, each of which stands above it.
const ROOMS: &[(&str, &[&str])] = &[
    ("texts", &[]),
    ("row", &["texts"]),
    ("theme", &[]),
    ("room", &[]),
    ("modal", &["texts", "theme"]),
    ("thread", &["texts"]),
    ("model_choice", &["room", "texts"]),
    ("notices", &[]),
    ("dialog", &["texts", "thread"]),
    ("board", &["room", "row", "texts", "theme"]),
    ("settings", &["board", "row", "texts"]),
    (
        "studio",
        &[
            "board",
            "dialog",
            "modal",
            "model_choice",
            "notices",
            "room",
            "row",
            "settings",
            "texts",
            "theme",
            "thread",
        ],
    ),
    (
        "shell",
        &[
            "board",
            "dialog",
            "modal",
            "model_choice",
            "notices",
            "room",
            "row",
            "settings",
            "studio",
            "texts",
            "theme",
            "thread",
        ],
    ),
    ("input", &["shell"]),
    (
        "window",
        &[
            "dialog", "input", "settings", "shell", "studio", "texts", "theme",
        ],
    ),
];

/// File in `src/ui` `|` its code `|` the first complaint about it.
const EXAMPLES: &str = "
board/bars.rs | use crate::ui::row::Menu; use super::tool; |
board/bars.rs | use crate::ui::shell; | board uses shell
board/bars.rs | use super::super::{texts, studio::Studio}; | board uses studio
board/mod.rs | use super::shell::App; | board uses shell
board/frame/tests.rs | fn f() { crate::ui::action::all() } | board uses action
board/bars.rs | use crate::ui::App; | board uses App
thread.rs | use super::texts; use super::board; | thread uses board
shell/work/task.rs | use super::super::super::studio; |
shell/mod.rs | use super::nowhere::X; | shell uses nowhere
studio/mod.rs | use super::window; | studio uses window
studio/fix/desk.rs | use crate::ui::App; | studio uses App
studio/foot.rs | use super::super::shell::{self, action}; | studio uses shell
shell/app.rs | use super::studio; use crate::ui::studio::Studio; |
stray.rs | | stray is not in the table of rooms
";

/// The modules that a path in a file of `src` leads through, from the crate's root; none for other crates' and local names.
fn resolved(file: &Path, path: &str) -> Option<Vec<String>> {
    let file = file.strip_prefix("src").ok()?.with_extension("");
    let names = file.iter().map(|part| part.to_str().unwrap().to_owned());
    let mut modules: Vec<_> = names.filter(|name| name != "mod").collect();
    let (first, _) = path.split_once("::")?;
    if !["crate", "super", "self"].contains(&first) {
        return None;
    }
    for part in path.split("::") {
        match part {
            "crate" => modules.clear(),
            "super" => drop(modules.pop()),
            "self" => {}
            name => modules.push(name.to_owned()),
        }
    }
    Some(modules)
}

/// What a file of the window uses against the table.
fn complaints(file: &Path, source: &str) -> Vec<String> {
    let room = file.strip_prefix("src/ui").unwrap().iter().next().unwrap();
    let room = Path::new(room).file_stem().unwrap().to_str().unwrap();
    // It declares them.
    if room == "mod" {
        return Vec::new();
    }
    let Some((_, may)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{room} is not in the table of rooms")];
    };
    paths(&bare(source))
        .iter()
        .filter_map(|path| resolved(file, path))
        .filter(|modules| modules.len() > 1 && modules[0] == "ui")
        .filter(|modules| modules[1] != room && !may.contains(&modules[1].as_str()))
        .map(|modules| format!("{room} uses {}", modules[1]))
        .collect()
}

/// Rows of a table that name a room which does not stand above them.
fn misplaced(rooms: &[(&str, &[&str])]) -> Vec<String> {
    let mut misplaced = Vec::new();
    let mut above: Vec<&str> = Vec::new();
    for &(room, may) in rooms {
        let below = may.iter().filter(|other| !above.contains(other));
        misplaced.extend(below.map(|other| format!("{room} uses {other}, which stands below it")));
        above.push(room);
    }
    misplaced
}

#[test]
fn examples_are_judged_as_in_the_table() {
    for row in EXAMPLES.trim().lines() {
        let parts: Vec<_> = row.split('|').map(str::trim).collect();
        let [file, source, complaint] = parts[..] else {
            panic!("{row}");
        };
        let found = complaints(&Path::new("src/ui").join(file), source);
        assert_eq!(found.first().map_or("", String::as_str), complaint, "{row}");
    }
}

#[test]
fn a_circle_is_found() {
    let circle: &[(&str, &[&str])] = &[("one", &["two"]), ("two", &["one"])];
    assert_eq!(misplaced(circle), ["one uses two, which stands below it"]);
}

#[test]
fn rooms_use_what_stands_above_them() {
    assert_eq!(misplaced(ROOMS), Vec::<String>::new());
    let files = rust_files("src/ui");
    assert!(files.len() > 50);
    let found: Vec<_> = files
        .iter()
        .flat_map(|(path, source)| complaints(path, source))
        .collect();
    assert!(found.is_empty(), "{found:?}");
}
