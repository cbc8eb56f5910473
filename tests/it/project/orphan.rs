//! Work of killed programs: found by those who look, held by one, and never that of a program that lives.

use std::time::{Duration, SystemTime};

use pentimento::project::{Journal, orphans, recover};
use pentimento::raster::Size;

use super::journal::Table;

fn left_behind(folder: &std::path::Path, title: &str, unsaved: bool) {
    let mut journal = Journal::start(folder, || {}).unwrap();
    let mut table = Table::new();
    table.record_as(&mut journal, title, unsaved);
    drop(journal);
}

#[test]
fn only_what_nobody_holds_is_found_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    assert!(orphans(&folder.path().join("none")).is_empty());
    let mut living = Journal::start(folder.path(), || {}).unwrap();
    Table::new().record_all(&mut living);
    for title in ["first.png", "second.png", "third.png"] {
        left_behind(folder.path(), title, true);
        std::thread::sleep(Duration::from_millis(15));
    }
    let found = orphans(folder.path());
    let titles: Vec<_> = found.iter().map(|orphan| orphan.title()).collect();
    assert_eq!(titles, ["third.png", "second.png", "first.png"]);
    for orphan in &found {
        assert_eq!(orphan.size(), Size::new(400, 300));
        assert!(orphan.changed() <= SystemTime::now());
        assert_eq!(recover(&orphan.work()).unwrap().title, orphan.title());
    }
    assert!(
        orphans(folder.path()).is_empty(),
        "who decides on them holds them"
    );
    let mut found = found.into_iter();
    found.next().unwrap().forget();
    drop(found);
    let left = orphans(folder.path());
    let titles: Vec<_> = left.iter().map(|orphan| orphan.title()).collect();
    assert_eq!(titles, ["second.png", "first.png"], "put off is kept");
    drop(left);
    drop(living);
    assert_eq!(orphans(folder.path()).len(), 3, "killed");
}

#[test]
fn what_would_not_be_missed_is_cleared_away() {
    let folder = tempfile::tempdir().unwrap();
    left_behind(folder.path(), "saved.png", false);
    // Ended before there was anything, and killed before.
    drop(Journal::start(folder.path(), || {}).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    std::fs::create_dir(folder.path().join("killed")).unwrap();
    std::fs::write(folder.path().join("killed/lock"), "").unwrap();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    // Somebody else's.
    std::fs::write(folder.path().join("note.txt"), "a note").unwrap();
    assert!(orphans(folder.path()).is_empty());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    left_behind(folder.path(), "unsaved.png", true);
    // Where nothing is said beside it the work counts.
    let inner = orphans(folder.path())[0].work();
    std::fs::remove_file(inner.with_file_name("about.json")).unwrap();
    assert_eq!(orphans(folder.path()).len(), 1);
}

#[test]
fn a_clean_end_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::start(folder.path(), || {}).unwrap();
    let mut table = Table::new();
    table.record_all(&mut journal);
    table.step(0);
    table.record(&mut journal);
    journal.finish();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn saving_and_going_on_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::start(folder.path(), || {}).unwrap();
    let mut table = Table::new();
    table.record_as(&mut journal, "hand.png", true);
    table.record_as(&mut journal, "hand.png", false);
    table.step(0);
    table.record_as(&mut journal, "hand.png", true);
    drop(journal);
    let found = orphans(folder.path());
    assert_eq!(found.len(), 1);
    assert_eq!(recover(&found[0].work()).unwrap().work, table.work());
}
