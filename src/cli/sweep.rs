//! `pentimento sweep`: a parameter or two through lists of values, into one contact sheet.
//!
//! Does not know the parameters; it runs the recipes that a grid holds.

use serde_json::json;

use super::args::SweepArgs;
use super::paint::{Input, paint};
use super::progress::Session;
use super::repaint::check_target;
use super::wanted::Wanted;
use super::{Failure, output};
use crate::engine::Previews;
use crate::raster::file::{self, Format, Metadata};
use crate::raster::sheet::contact_sheet;
use crate::recipe::infotext::{self, Extras};
use crate::recipe::sweep::{SweepAxis, grid, pairs};
use crate::recipe::wildcard::Resolved;

/// Runs the command.
pub fn run(args: &SweepArgs) -> Result<(), Failure> {
    args.prepare.check(args.subject.image.is_some())?;
    let extends = args.prepare.extend.is_some();
    let wanted = Wanted::of(
        &args.recipe,
        &args.subject,
        args.subject.image.is_some(),
        extends,
    )?;
    let mut rows = Vec::new();
    for row in grid(&wanted.recipe, args.x.as_ref(), args.y.as_ref())? {
        let row = row.iter().map(|recipe| wanted.resolved(recipe));
        rows.push(row.collect::<Result<Vec<_>, _>>()?);
    }
    check_target(
        &args.out,
        args.subject.files().chain(args.recipe.control.images()),
    )?;
    let mut session = Session::start(args.json)?;
    let input = Input::of(&mut session, &args.subject, &args.prepare, &wanted.recipe)?;
    let notes = input.iter().flat_map(|input| &input.notes);
    for note in notes.map(ToString::to_string).chain(wanted.notes.clone()) {
        session.say(&note);
    }
    let info = session.load_for(&args.subject, &wanted)?;
    let input = input.unwrap_or_else(|| Input::blank(wanted.canvas(), &info));
    let count: usize = rows.iter().map(Vec::len).sum();
    let cells: Vec<_> = rows.iter().flatten().collect();
    let mut pictures = Vec::new();
    let work = |session: &mut Session, index: usize, resolved: &&Resolved| {
        session.about(format!("picture {}/{count} ", index + 1));
        let batch = std::slice::from_ref(*resolved);
        paint(session, &info, &input, batch, Previews::Off, |_, _| Ok(()))
    };
    session.each(&cells, work, |_, _, painted| {
        pictures.extend(painted?.into_iter().map(|painted| Some(painted.picture)));
        Ok(())
    })?;
    let mut pictures = pictures.into_iter();
    let row = |row: &Vec<Resolved>| pictures.by_ref().take(row.len()).collect();
    let painted: Vec<Vec<_>> = rows.iter().map(row).collect();
    let labels =
        |axis: &Option<SweepAxis>| axis.as_ref().map(SweepAxis::labels).unwrap_or_default();
    let sheet = contact_sheet(&painted, &labels(&args.x), &labels(&args.y));
    let whole = wanted.resolved(&wanted.recipe)?;
    let axes = pairs(args.x.as_ref(), args.y.as_ref());
    let more = [axes, whole.beside_as_asked(&wanted.recipe)].concat();
    let extras = Extras {
        model: Some(&info.spec.name),
        masked: input.mask.is_some(),
        more: &more,
        ..Extras::default()
    };
    let text = infotext::write(&whole.recipe, &extras);
    let mut metadata = Metadata::default();
    metadata.set_comment(Format::of_path(&args.out)?, infotext::KEYWORD, &text);
    for note in file::write(&args.out, &sheet, &metadata)? {
        session.say(&note.to_string());
    }
    let seed = wanted.recipe.seed;
    if args.json {
        output::report(&json!({
            "out": args.out.to_string_lossy(),
            "model": info.spec.name,
            "device": info.device.name(),
            "seed": seed,
            "pictures": count,
        }));
    } else {
        let out = args.out.display();
        session.say(&format!("{out} ({count} pictures, seed {seed})"));
    }
    Ok(())
}
