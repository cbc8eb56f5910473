//! `pentimento fix`: finds the hands of a picture, repaints each as often as asked, and keeps the best try of each.
//!
//! The settings have ADetailer's names, meanings and defaults. Does not know how anything is found.

mod args;
mod pass;
mod written;

use std::path::Path;
use std::sync::Arc;

use args::subject_name;
pub use args::{FixArgs, Pick, complaint, words};
use pass::{How, Pass};
use written::{described, tell, write_tries};

use super::Failure;
use super::folder::{self, Folders};
use super::paint::Input;
use super::prepare::PrepareArgs;
use super::progress::Session;
use super::repaint::check_target;
use crate::detection::hint::{LEAST_SCORE, hint, seen};
use crate::detection::targets::targets;
use crate::detection::{Found, Region};
use crate::engine::{Made, ModelInfo, Previews, Repaint};
use crate::raster::{Mask, Patch, Picture, Rect, file};
use crate::recipe::Recipe;
use crate::recipe::detail::{self, dynamic_strength};
use crate::recipe::parsed::{Parsed, read_metadata};
use crate::recipe::wildcard::Resolved;

/// Runs the command.
pub fn run(args: &FixArgs) -> Result<(), Failure> {
    let how = How::of(args)?;
    let wanted = &how.wanted;
    let load = |session: &mut Session| {
        let info = session.load_for(&args.subject, wanted)?;
        how.check(&info)?;
        Ok(info)
    };
    if let (Some(images), Some(out)) = (&args.image_dir, &args.out_dir) {
        let folders = Folders {
            images,
            masks: None,
            out,
        };
        return folder::run(
            folders,
            args.json,
            &wanted.notes,
            load,
            |session, info, entry, _| {
                fix(&how, session, Some(info), &entry.image, Some(&entry.out))
            },
        );
    }
    let Some(image) = &args.subject.image else {
        return Err(Failure::Usage(
            "give a picture with --image, or a folder with --image-dir".to_owned(),
        ));
    };
    if let Some(out) = &args.out {
        let read = args.subject.files().chain(args.recipe.control.images());
        check_target(out, read)?;
    }
    let mut session = Session::start(args.json)?;
    session.limit(&args.subject)?;
    for note in &wanted.notes {
        session.say(note);
    }
    let info = match args.dry_run {
        true => None,
        false => Some(load(&mut session)?),
    };
    fix(
        &how,
        &mut session,
        info.as_ref(),
        image,
        args.out.as_deref(),
    )
}

/// What became of one mask.
struct Fixed {
    rect: Rect,
    /// The picture's part before, and after each try.
    before: Picture,
    tries: Vec<Picture>,
    /// Whether all of them are wanted.
    all: bool,
    hints: Vec<f32>,
    picked: usize,
    /// How the last of them was really done.
    made: Made,
}

/// Finds and repaints in one picture; without a model it only finds.
fn fix(
    how: &How<'_>,
    session: &mut Session,
    info: Option<&ModelInfo>,
    image: &Path,
    out: Option<&Path>,
) -> Result<(), Failure> {
    let How { args, wanted, .. } = how;
    let given = (&args.subject, &PrepareArgs::default());
    let mask = args.subject.mask.as_deref();
    let input = Input::read(session, image, mask, given, &wanted.recipe)?;
    for note in &input.notes {
        session.say(&note.to_string());
    }
    let (texts, comment) = (input.metadata.texts(), input.metadata.comment());
    let own = read_metadata(&texts, comment.as_deref(), &Recipe::default());
    let own = match own {
        Ok(Parsed { recipe, others, .. }) => (Some(recipe.prompt), others),
        Err(_) => (how.main.clone(), Vec::new()),
    };
    let mut picture = Arc::clone(&input.picture);
    let (mut found, mut fixed) = (Vec::new(), Vec::new());
    let mut number = 0;
    for pass in &how.passes {
        let Search {
            found: more,
            regions,
        } = search(how, pass, session, image, &picture, input.mask.as_deref())?;
        if let Some(info) = info.filter(|_| out.is_some()) {
            let on = On {
                how,
                pass,
                info,
                own: &own,
                first: number,
            };
            number += regions.len();
            fixed.push(repaint(&on, session, &regions, &mut picture)?);
        }
        found.extend(more);
    }
    let Some(out) = out.filter(|_| info.is_some()) else {
        tell(session, args, image, None, &found, &[]);
        return Ok(());
    };
    let passes: Vec<_> = how.passes.iter().zip(&fixed).collect();
    let metadata = described(session, &input, out, &passes)?;
    for note in file::write(out, &picture, &metadata)? {
        session.note("", note.to_string());
    }
    let fixed: Vec<&Fixed> = fixed.iter().flatten().collect();
    if fixed.iter().any(|one| one.all) {
        write_tries(session, out, &fixed)?;
    }
    tell(session, args, image, Some(out), &found, &fixed);
    Ok(())
}

/// What a pass finds in a picture.
struct Search {
    found: Vec<Found>,
    /// What of it is to be repainted, each with the area of its box, pixels.
    regions: Vec<(Region, f32)>,
}

fn search(
    how: &How<'_>,
    pass: &Pass,
    session: &mut Session,
    image: &Path,
    picture: &Arc<Picture>,
    mask: Option<&Mask>,
) -> Result<Search, Failure> {
    let device = how.args.subject.device;
    let found = session.detect(device, pass.find(picture, pass.confidence))?;
    let sure: Vec<Found> = found.iter().filter(|one| one.is_sure()).cloned().collect();
    let mut regions = targets(&sure, picture.size(), &pass.choice);
    if let Some(mask) = mask {
        // As in ADetailer, what the artist masked says where to look.
        regions.retain(|(region, _)| meets(region, mask));
    }
    let what = subject_name(pass.subject);
    if sure.len() < found.len() {
        let faint = found.len() - sure.len();
        session.say(&format!(
            "faint finds, left as they are: {faint}; mask by hand what of it is {what}"
        ));
    }
    session.say(&match regions.len() {
        0 => format!("no {what} were found: {}", image.display()),
        count => format!(
            "{count} of {} {what} to repaint: {}",
            found.len(),
            image.display()
        ),
    });
    let sized = regions.into_iter().map(|(region, from)| {
        let area = match from[..] {
            [one] => sure[one].bounds.area(),
            _ => region.rect.size().area() as f32,
        };
        (region, area)
    });
    let regions = sized.collect();
    Ok(Search { found, regions })
}

/// What a pass repaints by.
struct On<'a> {
    how: &'a How<'a>,
    pass: &'a Pass,
    info: &'a ModelInfo,
    /// The prompt that the picture says it was made with, and what else it says.
    own: &'a (Option<String>, Vec<(String, String)>),
    /// How many were found in the passes before.
    first: usize,
}

/// Repaints what was found, each in the picture that those before it changed.
fn repaint(
    on: &On<'_>,
    session: &mut Session,
    regions: &[(Region, f32)],
    picture: &mut Arc<Picture>,
) -> Result<Vec<Fixed>, Failure> {
    let On {
        how, pass, info, ..
    } = on;
    let (own, said) = on.own;
    let mut fixed = Vec::new();
    for (number, (region, area)) in regions.iter().enumerate() {
        let Some(prompt) = detail::prompt(&pass.recipe.prompt, own.as_deref(), number) else {
            session.say(&format!(
                "{} of {} is skipped, as its prompt says",
                number + 1,
                regions.len()
            ));
            continue;
        };
        session.about(format!("{} of {} ", number + 1, regions.len()));
        let share = f64::from(*area) / picture.size().area() as f64;
        let recipe = Recipe {
            prompt,
            strength: dynamic_strength(pass.recipe.strength, share, pass.dynamic_denoise),
            ..pass.recipe_for(region, info)
        };
        let number = on.first + number;
        let one = tries(
            (how, pass),
            session,
            (&recipe, said),
            number,
            region,
            picture,
        )?;
        let one = one.map(|one| best(on, session, region, picture, one));
        let Some(best) = one.transpose()?.flatten() else {
            continue;
        };
        let mut next = (**picture).clone();
        next.paste(&Patch::new(best.rect, best.tries[best.picked].clone()));
        *picture = Arc::new(next);
        fixed.push(best);
    }
    Ok(fixed)
}

/// Whether a region has a pixel in common with a mask.
fn meets(region: &Region, mask: &Mask) -> bool {
    let part = mask.crop(region.rect);
    let both = part.values().iter().zip(region.mask.values());
    both.into_iter().any(|(mask, own)| *mask > 0 && *own > 0)
}

/// All tries for a mask, by a recipe and what the picture says beside its own: the part of the picture that each changes.
fn tries(
    (how, pass): (&How<'_>, &Pass),
    session: &mut Session,
    (recipe, said): (&Recipe, &[(String, String)]),
    number: usize,
    region: &Region,
    picture: &Arc<Picture>,
) -> Result<Option<(Vec<Patch>, Made)>, Failure> {
    let How { args, wanted, .. } = how;
    let mask = Arc::new(region.in_picture(picture.size()));
    let count = if pass.pick == Pick::First {
        1
    } else {
        pass.tries
    };
    let starts: Vec<u64> = (0..count).step_by(args.batch.max(1) as usize).collect();
    let (mut patches, mut made) = (Vec::new(), None);
    let work = |session: &mut Session, _: usize, at: &u64| {
        // ADetailer's seeds: one more for each mask; further tries count on.
        let Resolved { recipe, beside } = wanted.resolved(&recipe.nth(number as u64 + at))?;
        session.know_loras(&[&beside, said].concat());
        let repaint = Repaint {
            picture: Arc::clone(picture),
            mask: Some(Arc::clone(&mask)),
            control_pictures: session.control_pictures(),
            recipe,
            batch: args.batch.min(count - at) as usize,
        };
        let done = session.repaint(repaint, Previews::Off, |_, _| Ok(()))?;
        session.check_interrupt()?;
        Ok(done)
    };
    session.each(&starts, work, |_, _, done: Result<_, Failure>| {
        let (more, done) = done?;
        patches.extend(more);
        made = Some(done);
        Ok(())
    })?;
    Ok(made.map(|made| (patches, made)))
}

/// A try that looks less than so many times as much like a clean hand as another is passed over for the next.
const LEAST_HINT: f32 = 0.9;

/// The tries, and the one that is kept: the first of those with the best hints, since what differs less says nothing (`docs/performance.md`).
fn best(
    On { how, pass, .. }: &On<'_>,
    session: &mut Session,
    region: &Region,
    picture: &Arc<Picture>,
    (patches, made): (Vec<Patch>, Made),
) -> Result<Option<Fixed>, Failure> {
    let Some(rect) = patches.first().map(Patch::rect) else {
        return Ok(None);
    };
    let mut hints = Vec::new();
    for patch in &patches {
        let hint = match pass.pick {
            Pick::First => 0.0,
            Pick::Best | Pick::All => {
                let seen = Arc::new(seen(patch));
                let wanted = pass.find(&seen, LEAST_SCORE);
                let found = session.detect(how.args.subject.device, wanted)?;
                hint(&found, region, seen.size(), rect)
            }
        };
        hints.push(hint);
    }
    let most = hints.iter().copied().fold(0.0, f32::max);
    let picked = hints.iter().position(|hint| *hint >= LEAST_HINT * most);
    Ok(Some(Fixed {
        rect,
        made,
        before: picture.crop(rect),
        picked: picked.unwrap_or_default(),
        tries: patches
            .into_iter()
            .map(|patch| patch.pixels().clone())
            .collect(),
        all: pass.pick == Pick::All,
        hints,
    }))
}
