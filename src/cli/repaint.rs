//! `pentimento repaint`: one picture, one mask, one prompt, one result or a series of them, or a folder of pictures.
//!
//! Reads everything before the model loads, writes each result when it is there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use super::Failure;
use super::args::RepaintArgs;
use super::folder::{self, Entry, Folders};
use super::paint::{Input, paint};
use super::progress::Session;
use super::wanted::Wanted;
use crate::engine::{Made, ModelInfo, Previews, canvas_size};
use crate::raster::file::{self, Metadata};
use crate::recipe::Recipe;
use crate::recipe::preset::Presets;
use crate::recipe::variation::batches;
use crate::recipe::wildcard::Resolved;

/// Runs the command.
pub fn run(args: &RepaintArgs) -> Result<(), Failure> {
    let on_picture = args.subject.image.is_some() || args.image_dir.is_some();
    args.prepare.check(on_picture)?;
    let wanted = Wanted::of(
        &args.recipe,
        &args.subject,
        on_picture,
        args.prepare.extend.is_some(),
    )?;
    if let Some(name) = &args.save_preset {
        Presets::of_user()?.save(name, &wanted.recipe)?;
    }
    match (&args.image_dir, &args.out_dir, &args.out) {
        (Some(images), Some(out), _) => {
            let folders = Folders {
                images,
                masks: args.mask_dir.as_deref(),
                out,
            };
            let load = |session: &mut Session| session.load_for(&args.subject, &wanted);
            folder::run(
                folders,
                args.json,
                &wanted.notes,
                load,
                |session, info, entry, mask| one_of_many(args, session, info, entry, mask, &wanted),
            )
        }
        (_, _, Some(out)) => series(args, out, &wanted),
        // The parser asks for one of them.
        _ => Err(Failure::Usage(
            "give --out, or --image-dir and --out-dir".to_owned(),
        )),
    }
}

/// Repaints one picture as often as asked.
fn series(args: &RepaintArgs, out: &Path, wanted: &Wanted) -> Result<(), Failure> {
    let targets: Vec<PathBuf> = (0..args.count)
        .map(|index| numbered(out, index, args.count))
        .collect();
    for target in &targets {
        check_target(
            target,
            args.subject.files().chain(args.recipe.control.images()),
        )?;
    }
    let series: Vec<Resolved> = (0..args.count)
        .map(|index| wanted.nth(index))
        .collect::<Result<_, _>>()?;
    let mut session = Session::start(args.json)?;
    let input = Input::of(&mut session, &args.subject, &args.prepare, &wanted.recipe)?;
    let notes = input.iter().flat_map(|input| &input.notes);
    for note in notes.map(ToString::to_string).chain(wanted.notes.clone()) {
        session.say(&note);
    }
    let device = args.subject.device;
    if let Some(input) = &input {
        let size = canvas_size(input.picture.size(), input.mask.is_some(), &wanted.recipe);
        args.after.check(&mut session, device, size)?;
    }
    let info = session.load_for(&args.subject, wanted)?;
    if args.previews.is_some() && info.spec.preview.is_none() {
        return Err(Failure::Usage(format!(
            "no previews are known for the model {} (its vae_decoder/config.json has no latent_rgb_factors); leave --previews out",
            info.spec.name
        )));
    }
    let input = match input {
        Some(input) => input,
        None => {
            let blank = Input::blank(wanted.canvas(), &info);
            args.after
                .check(&mut session, device, blank.picture.size())?;
            blank
        }
    };
    let batches: Vec<_> =
        batches(&series, args.batch as usize, |resolved| &resolved.recipe).collect();
    let starts = batches.iter().scan(0, |next, batch| {
        let start = *next;
        *next += batch.len();
        Some(start)
    });
    let starts: Vec<usize> = starts.collect();
    let work = |session: &mut Session, index: usize, batch: &&[Resolved]| {
        let number = starts[index] + 1;
        if args.count > 1 {
            session.about(format!("picture {number}/{} ", args.count));
        }
        let previews = args.previews.as_deref().map(|folder| match args.count {
            1 => folder.to_owned(),
            _ => folder.join(number.to_string()),
        });
        if let Some(folder) = &previews {
            make_folder("previews folder", folder)?;
        }
        let wish = match previews {
            Some(_) => Previews::Every,
            None => Previews::Off,
        };
        let painted = paint(session, &info, &input, batch, wish, |index, picture| {
            if let Some(folder) = &previews {
                let path = folder.join(format!("step-{index:03}.png"));
                file::write(&path, picture, &Metadata::default())?;
            }
            Ok(())
        })?;
        let larger = painted.into_iter();
        let larger = larger.map(|painted| painted.upscaled(session, &args.after, device));
        Ok(larger.collect::<Vec<_>>())
    };
    // What is painted is not lost with what would make it larger, nor what is yet to be painted.
    let mut failure = None;
    session.each(
        &batches,
        work,
        |session, index, done: Result<_, Failure>| {
            let wanted = batches[index].iter().zip(&targets[starts[index]..]);
            for ((painted, failed), (resolved, target)) in done?.into_iter().zip(wanted) {
                for note in painted.write(target)? {
                    session.note("", note.to_string());
                }
                tell(
                    session,
                    args,
                    target,
                    &resolved.recipe,
                    &info,
                    &painted.made,
                );
                failure = failure.take().or(failed);
            }
            Ok(())
        },
    )?;
    failure.map_or(Ok(()), Err)
}

/// Repaints one picture of the folder.
fn one_of_many(
    args: &RepaintArgs,
    session: &mut Session,
    info: &ModelInfo,
    entry: &Entry,
    mask: Option<&Path>,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let resolved = wanted.nth(0)?;
    let how = (&args.subject, &args.prepare);
    let input = Input::read(session, &entry.image, mask, how, &resolved.recipe)?;
    let batch = std::slice::from_ref(&resolved);
    let device = args.subject.device;
    let size = canvas_size(input.picture.size(), input.mask.is_some(), &resolved.recipe);
    args.after.check(session, device, size)?;
    let painted = paint(session, info, &input, batch, Previews::Off, |_, _| Ok(()))?;
    for painted in painted {
        let (painted, failed) = painted.upscaled(session, &args.after, device);
        let lost = painted.write(&entry.out)?;
        let about = format!("{}: ", entry.image.display());
        for note in &input.notes {
            session.say(&format!("{about}{note}"));
        }
        // Those are the format's, and alike for most.
        for note in lost {
            session.note(&about, note.to_string());
        }
        if args.json {
            let mut line = report(&entry.out, resolved.recipe.seed, info, &painted.made);
            line["image"] = entry.image.to_string_lossy().into();
            session.report(line);
        }
        if let Some(failure) = failed {
            return Err(failure);
        }
    }
    Ok(())
}

/// Says that a picture is there, and how it was made.
fn tell(
    session: &Session,
    args: &RepaintArgs,
    target: &Path,
    recipe: &Recipe,
    info: &ModelInfo,
    made: &Made,
) {
    let seed = recipe.seed;
    if args.json {
        session.report(report(target, seed, info, made));
        return;
    }
    let seconds = made.timings.steps.iter().sum::<Duration>().as_secs_f64();
    let variation = recipe.variation.map_or_else(String::new, |variation| {
        format!(", variation {} by {}", variation.seed, variation.strength)
    });
    let parts = made.timings.parts.max(1);
    let tiles = match parts {
        1 => String::new(),
        _ => format!(" in each of {parts} tiles"),
    };
    session.say(&format!(
        "{} (seed {seed}{variation}, {} of {} steps{tiles} in {seconds:.1} s on {})",
        target.display(),
        made.timings.steps.len() / parts,
        recipe.steps,
        made.device,
    ));
}

/// `out.png`, or of several `out-01.png`, `out-02.png` and so on.
fn numbered(out: &Path, index: u64, count: u64) -> PathBuf {
    if count == 1 {
        return out.to_owned();
    }
    let mut name = out.file_stem().unwrap_or_default().to_owned();
    let digits = count.to_string().len();
    name.push(format!("-{:0digits$}", index + 1));
    if let Some(extension) = out.extension() {
        name.push(".");
        name.push(extension);
    }
    out.with_file_name(name)
}

/// Refuses a target that could not be written, before any work is done for it.
pub fn check_target<'a>(
    out: &Path,
    inputs: impl Iterator<Item = &'a PathBuf>,
) -> Result<(), Failure> {
    file::check_output(out)?;
    for input in inputs {
        if same(input, out) {
            return Err(Failure::Usage(format!(
                "the result would replace its own input; choose another --out than {}",
                out.display()
            )));
        }
    }
    Ok(())
}

/// Makes a folder, `what` it is.
pub fn make_folder(what: &str, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| {
        let folder = folder.display();
        Failure::Usage(format!("the {what} cannot be made ({error}): {folder}"))
    })
}

/// Whether two paths are one file or folder.
pub fn same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// The line that `--json` prints for a picture.
pub fn report(out: &Path, seed: u64, info: &ModelInfo, made: &Made) -> serde_json::Value {
    let timings = &made.timings;
    let ms = |time: Duration| (time.as_secs_f64() * 1e6).round() / 1e3;
    json!({
        "out": out.to_string_lossy(),
        "model": made.model,
        "device": made.device.name(),
        "seed": seed,
        "steps": timings.steps.len(),
        "tiles": timings.parts,
        "ms": {
            "load": ms(info.load),
            "text": ms(timings.text),
            "encode": ms(timings.encode),
            "steps": timings.steps.iter().copied().map(ms).collect::<Vec<_>>(),
            "decode": ms(timings.decode),
            "composite": ms(timings.composite),
        },
    })
}
