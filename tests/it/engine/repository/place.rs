//! Where a repository is written, and what is told before that.

use std::fs;

use pentimento::engine::repository::{self, Written};
use pentimento::engine::{Cancel, KitControl};

use super::{kit, rows, serving, write};

#[test]
fn two_controlnets_of_one_name_are_told_before_anything_is_written() {
    let scratch = tempfile::tempdir().unwrap();
    let rows = rows();
    let row = rows.iter().find(|row| row.control.is_some()).unwrap();
    let mut kit = kit(row);
    let other = scratch.path().join("other");
    fs::create_dir(&other).unwrap();
    let name = kit.controls[0].file.file_name().unwrap();
    let twin = other.join(name.to_ascii_uppercase());
    fs::copy(&kit.controls[0].file, &twin).unwrap();
    let mut second = KitControl::of(twin.clone());
    second.file.clone_from(&twin);
    kit.controls.push(second);
    let to = scratch.path().join("to");
    let put = &mut |_: &Written| panic!("something is written");
    let written = repository::write((&kit, &[]), &to, &serving(row), &Cancel::new(), put);
    let error = written.unwrap_err().to_string();
    assert!(error.contains("another ControlNet is called"), "{error}");
    assert!(error.contains(&twin.display().to_string()), "{error}");
    assert!(!to.exists());
}

#[cfg(unix)]
#[test]
fn an_empty_folder_is_filled_where_it_lies() {
    let scratch = tempfile::tempdir().unwrap();
    let (real, link) = (scratch.path().join("real"), scratch.path().join("link"));
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let before = std::os::unix::fs::MetadataExt::ino(&fs::metadata(&real).unwrap());
    let names: Vec<_> = write(&rows()[0], &link)
        .into_iter()
        .map(|one| one.name)
        .collect();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let after = std::os::unix::fs::MetadataExt::ino(&fs::metadata(&real).unwrap());
    assert_eq!(before, after);
    let listed = fs::read_dir(&real).unwrap();
    let mut listed: Vec<_> = listed.map(|entry| entry.unwrap().file_name()).collect();
    listed.sort();
    let mut names: Vec<_> = names.into_iter().map(std::ffi::OsString::from).collect();
    names.sort();
    assert_eq!(listed, names);
}
