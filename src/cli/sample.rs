//! `pentimento sample`: repairs the wrong hands that come with the program, so that a newcomer sees at once what it does.
//!
//! Does not know what the samples show; they come from [`sample`](crate::sample).

use std::path::Path;
use std::sync::Arc;

use super::args::SampleArgs;
use super::progress::Session;
use super::repaint::{make_folder, report};
use super::{Failure, output};
use crate::engine::{Kit, Made, ModelSource, Previews, Repaint};
use crate::raster::file::{self, Metadata};
use crate::raster::{Mask, Patch, Picture, Rect, Size};
use crate::recipe::Recipe;
use crate::sample::{Contents, SAMPLES, Sample};

/// Runs the command.
pub fn run(args: &SampleArgs) -> Result<(), Failure> {
    let chosen: Vec<_> = SAMPLES
        .iter()
        .filter(|sample| args.name.as_deref().is_none_or(|name| name == sample.name))
        .collect();
    if chosen.is_empty() {
        let names: Vec<_> = SAMPLES.iter().map(|sample| sample.name).collect();
        return Err(Failure::Usage(format!(
            "there is no such sample; choose one of {}",
            names.join(", ")
        )));
    }
    let mut session = Session::start(args.json)?;
    let info = session.load(Kit::of(ModelSource::BuiltIn), args.device)?;
    for sample in chosen {
        let (recipe, made) = repair(sample, &args.out.join(sample.name), &mut session)?;
        let out = args.out.join(sample.name).join(COMPARISON);
        if args.json {
            let mut line = report(&out, recipe.seed, &info, &made);
            line["sample"] = sample.name.into();
            output::report(&line);
        } else {
            session.say(&format!(
                "{}: \"{}\", {} steps -> {}",
                sample.name,
                recipe.prompt,
                made.timings.steps.len(),
                out.display()
            ));
        }
    }
    Ok(())
}

/// Name of the picture before, masked and after.
const COMPARISON: &str = "before-after.png";

/// Repairs a sample into a folder, and says how.
fn repair(sample: &Sample, dir: &Path, session: &mut Session) -> Result<(Recipe, Made), Failure> {
    let Contents {
        picture,
        mask,
        recipe,
    } = sample
        .unpack()
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let (picture, mask) = (Arc::new(picture), Arc::new(mask));
    let repaint = Repaint {
        picture: Arc::clone(&picture),
        mask: Some(Arc::clone(&mask)),
        recipe: recipe.clone(),
        control_pictures: Vec::new(),
        batch: 1,
    };
    let (patches, made) = session.repaint(repaint, Previews::Off, |_, _| Ok(()))?;
    let mut repainted = (*picture).clone();
    patches.iter().for_each(|patch| repainted.paste(patch));

    make_folder("folder", dir)?;
    let comparison = side_by_side(&[&picture, &tinted(&picture, &mask), &repainted]);
    for (file, pixels) in [
        ("before.png", &*picture),
        ("repainted.png", &repainted),
        (COMPARISON, &comparison),
    ] {
        file::write(&dir.join(file), pixels, &Metadata::default())?;
    }
    Ok((recipe, made))
}

/// The picture with the masked part tinted red, as the overlay shows it.
fn tinted(picture: &Picture, mask: &Mask) -> Picture {
    let red = Picture::filled(picture.size(), [230, 60, 60, 255]);
    let half = Mask::new(
        mask.size(),
        mask.values().iter().map(|value| value / 2).collect(),
    );
    picture.composite(&red, &half, &half)
}

/// Pictures of one size in a row, on white.
fn side_by_side(pictures: &[&Picture]) -> Picture {
    const GAP: u32 = 8;
    let Some(size) = pictures.first().map(|picture| picture.size()) else {
        return Picture::filled(
            Size {
                width: 1,
                height: 1,
            },
            [255; 4],
        );
    };
    let count = pictures.len() as u32;
    let sheet = Size {
        width: count * size.width + (count - 1) * GAP,
        height: size.height,
    };
    let mut row = Picture::filled(sheet, [255; 4]);
    for (picture, index) in pictures.iter().zip(0..) {
        let left = index * (size.width + GAP);
        let rect = Rect {
            left,
            top: 0,
            right: left + size.width,
            bottom: size.height,
        };
        row.paste(&Patch::new(rect, (*picture).clone()));
    }
    row
}
