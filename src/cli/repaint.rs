//! `pentimento repaint`: one picture, one mask, one prompt, one result.
//!
//! Reads everything before the model loads, writes only when the result is there.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::args::RepaintArgs;
use super::progress::Session;
use super::{Failure, output};
use crate::engine::{
    Canvas, EngineError, Job, ModelInfo, ModelSource, Previews, Timings, check, check_canvas,
    check_recipe,
};
use crate::raster::file::{self, Metadata};
use crate::raster::{Mask, Patch, Picture, Size};

/// Runs the command.
pub fn run(args: &RepaintArgs) -> Result<(), Failure> {
    // Without a picture there is nothing that a lower strength could keep.
    let default_strength = if args.image.is_some() {
        crate::recipe::Recipe::default().strength
    } else {
        1.0
    };
    let recipe = args.recipe.recipe(default_strength);
    check_recipe(&recipe).map_err(EngineError::from)?;
    check_target(args)?;
    let input = args.image.as_deref().map(file::read).transpose()?;
    let mask = args.mask.as_deref().map(read_mask).transpose()?;
    if let Some(input) = &input {
        check(&input.picture, mask.as_ref(), &recipe).map_err(EngineError::from)?;
    }

    let mut session = Session::start(args.json)?;
    if let Some(input) = &input {
        for note in &input.notes {
            session.say(&note.to_string());
        }
    }
    if !recipe.negative_prompt.is_empty() && recipe.guidance_scale == 1.0 {
        session.say("the negative prompt is not heard at guidance scale 1");
    }
    if let Some(reason) = recipe.method.holds_strength()
        && recipe.strength < 1.0
    {
        session.say(reason);
    }
    let source = args
        .model
        .clone()
        .map_or(ModelSource::BuiltIn, ModelSource::Directory);
    let info = session.load(source, args.device)?;

    if args.previews.is_some() && info.spec.preview.is_none() {
        return Err(Failure::Usage(format!(
            "no previews are known for the model {} (its vae_decoder/config.json has no latent_rgb_factors); leave --previews out",
            info.spec.name
        )));
    }

    let (picture, metadata) = match input {
        Some(input) => (input.picture, input.metadata),
        None => {
            let native = Size {
                width: info.spec.native_side,
                height: info.spec.native_side,
            };
            let size = args.recipe.size.unwrap_or(native);
            let grey = Picture::filled(size, [128, 128, 128, 255]);
            (grey, Metadata::default())
        }
    };
    let picture = Arc::new(picture);
    check_canvas(picture.size(), mask.is_some(), &recipe, &info.spec).map_err(EngineError::from)?;
    let canvas = Canvas::new(&picture, mask.as_ref(), &recipe).picture;
    let job = Job {
        picture,
        mask: mask.map(Arc::new),
        recipe: recipe.clone(),
        previews: if args.previews.is_some() {
            Previews::Every
        } else {
            Previews::Off
        },
    };
    let previews = args
        .previews
        .as_deref()
        .map(|dir| PreviewFolder::create(dir, &canvas))
        .transpose()?;
    let (patch, timings) = session.repaint(job, |index, patch| match &previews {
        None => Ok(()),
        Some(previews) => previews.write(index, &patch),
    })?;

    session.check_interrupt()?;
    let mut result = (*canvas).clone();
    result.paste(&patch);
    for note in file::write(&args.out, &result, &metadata)? {
        session.say(&note.to_string());
    }
    if args.json {
        let report = report(args, recipe.seed, &info, &timings);
        output::print(&format!("{report}\n"))?;
    } else {
        let seconds = timings.steps.iter().sum::<Duration>().as_secs_f64();
        session.say(&format!(
            "{} (seed {}, {} of {} steps in {seconds:.1} s on {})",
            args.out.display(),
            recipe.seed,
            timings.steps.len(),
            recipe.steps,
            info.device,
        ));
    }
    Ok(())
}

/// Refuses a target that could not be written, before any work is done for it.
fn check_target(args: &RepaintArgs) -> Result<(), Failure> {
    file::check_output(&args.out)?;
    let same = |path: &Path| match (path.canonicalize(), args.out.canonicalize()) {
        (Ok(path), Ok(out)) => path == out,
        _ => false,
    };
    for input in args.image.iter().chain(&args.mask) {
        if same(input) {
            let out = args.out.display();
            return Err(Failure::Usage(format!(
                "the result would replace its own input; choose another --out than {out}"
            )));
        }
    }
    Ok(())
}

fn read_mask(path: &Path) -> Result<Mask, Failure> {
    Ok(Mask::from_picture(&file::read(path)?.picture))
}

/// The folder that gets a picture of each step.
struct PreviewFolder<'a> {
    dir: &'a Path,
    picture: &'a Picture,
}

impl<'a> PreviewFolder<'a> {
    fn create(dir: &'a Path, picture: &'a Picture) -> Result<Self, Failure> {
        std::fs::create_dir_all(dir).map_err(|error| {
            Failure::Usage(format!(
                "the previews folder cannot be made ({error}): {}",
                dir.display()
            ))
        })?;
        Ok(Self { dir, picture })
    }

    fn write(&self, index: usize, patch: &Patch) -> Result<(), Failure> {
        let path = self.dir.join(format!("step-{index:03}.png"));
        let mut shown = self.picture.clone();
        shown.paste(patch);
        file::write(&path, &shown, &Metadata::default())?;
        Ok(())
    }
}

/// The line that `--json` prints.
fn report(args: &RepaintArgs, seed: u64, info: &ModelInfo, timings: &Timings) -> serde_json::Value {
    let ms = |time: Duration| (time.as_secs_f64() * 1e6).round() / 1e3;
    json!({
        "out": args.out.to_string_lossy(),
        "model": info.spec.name,
        "device": info.device.name(),
        "seed": seed,
        "steps": timings.steps.len(),
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
