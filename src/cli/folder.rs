//! `--image-dir`: every picture of a folder, with one load of the model.
//!
//! Goes on after a picture that fails, and skips what is there already, so that a run that was stopped can be started again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::progress::Session;
use super::repaint::{check_target, make_folder, same};
use super::{Failure, error_line};
use crate::engine::{EngineError, Remote};
use crate::raster::file::{self, Format};

/// A picture or a folder of them, and where what is made of each goes.
#[derive(Debug, Args)]
pub struct EachArgs {
    /// Picture to look at.
    #[arg(
        long,
        value_name = "PATH",
        required_unless_present = "image_dir",
        requires = "out"
    )]
    pub image: Option<PathBuf>,

    /// Where the result goes; its ending chooses PNG, JPEG, WebP or TIFF.
    #[arg(long, value_name = "PATH", requires = "image")]
    pub out: Option<PathBuf>,

    /// Folder of pictures, one after the other.
    #[arg(long, value_name = "DIR", requires = "out_dir", conflicts_with_all = ["image", "out"])]
    pub image_dir: Option<PathBuf>,

    /// Folder for the results, under the pictures' names; what is there already is skipped.
    #[arg(long, value_name = "DIR", requires = "image_dir")]
    pub out_dir: Option<PathBuf>,
}

impl EachArgs {
    /// Does a work that needs no model beforehand, by networks of which some may run on a server: `one` makes of a picture's file what goes into another.
    ///
    /// # Errors
    /// As `one`, or [`run`].
    pub fn run(
        &self,
        json: bool,
        remote: Option<Remote>,
        one: impl Fn(&mut Session, &Path, &Path) -> Result<(), Failure> + Sync,
    ) -> Result<(), Failure> {
        match (&self.image, &self.out, &self.image_dir, &self.out_dir) {
            (_, _, Some(images), Some(out)) => {
                let folders = Folders {
                    images,
                    masks: None,
                    out,
                };
                let one = |session: &mut Session, (): &(), entry: &Entry, _: Option<&Path>| {
                    one(session, &entry.image, &entry.out)
                };
                let load = |session: &mut Session| {
                    session.use_server(remote);
                    Ok(())
                };
                run(folders, json, &[], load, one)
            }
            (Some(image), Some(out), ..) => {
                check_target(out, [image].into_iter())?;
                let mut session = Session::start(json)?;
                session.use_server(remote);
                one(&mut session, image, out)
            }
            // The parser asks for one of them.
            _ => Err(Failure::Usage(
                "give --image and --out, or --image-dir and --out-dir".to_owned(),
            )),
        }
    }
}

/// The folders of a run.
#[derive(Clone, Copy)]
pub struct Folders<'a> {
    /// Of the pictures.
    pub images: &'a Path,
    /// Of their masks.
    pub masks: Option<&'a Path>,
    /// Of the results.
    pub out: &'a Path,
}

/// A picture of the folder.
pub struct Entry {
    /// Its file.
    pub image: PathBuf,
    /// Its result's.
    pub out: PathBuf,
    todo: Todo,
}

/// What there is to do for a picture.
enum Todo {
    Paint {
        mask: Option<PathBuf>,
    },
    /// Nothing, and why.
    Skip(&'static str),
    /// It cannot be done, and why.
    Fail(String),
}

/// How often what came of a picture.
#[derive(Default)]
struct Tally {
    done: usize,
    skipped: usize,
    failed: usize,
}

/// Does a work for every picture of a folder that it is not done for; with `json` failures are told on standard output too.
///
/// # Errors
/// When the folders cannot be used, the model cannot be loaded, the run is stopped, or some pictures failed.
pub fn run<Loaded: Sync>(
    folders: Folders<'_>,
    json: bool,
    notes: &[String],
    load: impl FnOnce(&mut Session) -> Result<Loaded, Failure>,
    one: impl Fn(&mut Session, &Loaded, &Entry, Option<&Path>) -> Result<(), Failure> + Sync,
) -> Result<(), Failure> {
    let Folders { images, masks, out } = folders;
    let (entries, others) = entries(images, masks, out)?;
    let mut session = Session::start(json)?;
    if let Some(line) = left_out(&others) {
        session.say(&line);
    }
    for note in notes {
        session.say(note);
    }
    // A run with nothing left to do needs no model.
    let to_paint = entries
        .iter()
        .any(|entry| matches!(entry.todo, Todo::Paint { .. }));
    let info = match to_paint {
        true => Some(load(&mut session)?),
        false => None,
    };
    let mut tally = Tally::default();
    let work = |session: &mut Session, index: usize, entry: &Entry| {
        session.about(format!("picture {}/{} ", index + 1, entries.len()));
        match (&entry.todo, &info) {
            (Todo::Skip(reason), _) => {
                session.say(&format!("skipped ({reason}): {}", entry.image.display()));
                Ok(false)
            }
            (Todo::Fail(reason), _) => Err(Failure::Usage(reason.clone())),
            (Todo::Paint { mask }, Some(info)) => {
                one(session, info, entry, mask.as_deref()).map(|()| true)
            }
            (Todo::Paint { .. }, None) => Err(EngineError::NoModel.into()),
        }
    };
    session.each(&entries, work, |session, index, outcome| {
        match outcome {
            Ok(true) => tally.done += 1,
            Ok(false) => tally.skipped += 1,
            Err(error @ (Failure::Interrupted | Failure::Engine(EngineError::WorkerGone))) => {
                session.say(&tally.summary());
                return Err(error);
            }
            Err(error) => {
                let image = &entries[index].image;
                tally.failed += 1;
                session.say(&format!("failed: {}: {error}", image.display()));
                if json {
                    session.report(error_line(Some(image), &error));
                }
            }
        }
        Ok(())
    })?;
    session.say_counts();
    match tally.failed {
        0 => {
            session.say(&tally.summary());
            Ok(())
        }
        _ => Err(Failure::Some(tally.summary())),
    }
}

impl Tally {
    fn summary(&self) -> String {
        let Self {
            done,
            skipped,
            failed,
        } = self;
        format!("{done} done, {skipped} skipped, {failed} failed")
    }
}

/// The files of a folder by the endings of their names, sorted; hidden ones are in neither list.
#[derive(Default)]
struct Listing {
    pictures: Vec<PathBuf>,
    others: Vec<PathBuf>,
}

/// Most files that are named as left out.
const MOST_NAMES: usize = 8;

/// What of the folders is left out, in one line.
fn left_out(others: &[PathBuf]) -> Option<String> {
    let names = others.iter().take(MOST_NAMES).map(|path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    });
    let names = names.collect::<Vec<_>>().join(", ");
    let more = match others.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let count = match others.len() {
        0 => return None,
        1 => "1 file is".to_owned(),
        count => format!("{count} files are"),
    };
    Some(format!(
        "{count} left out, not named as PNG, JPEG, WebP or TIFF: {names}{more}"
    ))
}

/// The folder's pictures in the order of their names, hidden files left out, and what is to be done for each; and the files that are left out.
fn entries(
    images: &Path,
    masks: Option<&Path>,
    out: &Path,
) -> Result<(Vec<Entry>, Vec<PathBuf>), Failure> {
    let Listing {
        pictures,
        mut others,
    } = listing(images)?;
    if pictures.is_empty() {
        let but = left_out(&others).map_or_else(String::new, |line| format!(" ({line})"));
        return Err(Failure::Usage(format!(
            "there are no PNG, JPEG, WebP or TIFF pictures in {}{but}",
            images.display()
        )));
    }
    let mut by_stem: BTreeMap<_, Vec<PathBuf>> = BTreeMap::new();
    if let Some(masks) = masks {
        let masks = listing(masks)?;
        others.extend(masks.others);
        for mask in masks.pictures {
            by_stem
                .entry(mask.file_stem().map(ToOwned::to_owned))
                .or_default()
                .push(mask);
        }
    }
    if same(images, out) || masks.is_some_and(|masks| same(masks, out)) {
        return Err(Failure::Usage(format!(
            "the results would replace their own inputs; choose another --out-dir than {}",
            out.display()
        )));
    }
    make_folder("folder", out)?;
    let mut entries = Vec::new();
    for image in pictures {
        let target = out.join(image.file_name().unwrap_or_default());
        let stem = image.file_stem().map(ToOwned::to_owned);
        let todo = match by_stem.get(&stem).map(Vec::as_slice) {
            _ if target.exists() => Todo::Skip("it is there already"),
            None if masks.is_some() => Todo::Skip("it has no mask"),
            None => Todo::Paint { mask: None },
            Some([mask]) => Todo::Paint {
                mask: Some(mask.clone()),
            },
            Some(several) => {
                let count = several.len();
                Todo::Fail(format!("{count} masks have its name; leave one of them"))
            }
        };
        entries.push(Entry {
            image,
            out: target,
            todo,
        });
    }
    if entries
        .iter()
        .any(|entry| matches!(entry.todo, Todo::Paint { .. }))
        && let Some(first) = entries.first()
    {
        file::check_output(&first.out)?;
    }
    Ok((entries, others))
}

fn listing(folder: &Path) -> Result<Listing, Failure> {
    let complaint = |error| {
        Failure::Usage(format!(
            "the folder cannot be read ({error}): {}",
            folder.display()
        ))
    };
    let mut listing = Listing::default();
    for entry in std::fs::read_dir(folder).map_err(complaint)? {
        let path = entry.map_err(complaint)?.path();
        let name = path.file_name().unwrap_or_default();
        if name.to_string_lossy().starts_with('.') || !path.is_file() {
            continue;
        }
        match Format::of_path(&path) {
            Ok(_) => listing.pictures.push(path),
            Err(_) => listing.others.push(path),
        }
    }
    listing.pictures.sort();
    listing.others.sort();
    Ok(listing)
}
