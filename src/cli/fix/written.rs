//! What `pentimento fix` writes and tells: the picture's recipe with ADetailer's keys, the tries beside it, a line.
//!
//! Does not know how anything is found or repainted.

use std::path::Path;

use serde_json::json;

use super::super::Failure;
use super::super::paint::Input;
use super::super::progress::Session;
use super::super::repaint::make_folder;
use super::{FixArgs, Fixed, Pass};
use crate::detection::Found;
use crate::engine::told_of;
use crate::raster::Rect;
use crate::raster::file::{self, Format, Metadata};
use crate::raster::sheet::contact_sheet;
use crate::recipe::detail::{Detail, Told};
use crate::recipe::{Area, infotext};

/// What the picture says of itself when it is written.
pub(super) fn described(
    session: &mut Session,
    input: &Input,
    out: &Path,
    passes: &[(&Pass, &Vec<Fixed>)],
) -> Result<Metadata, Failure> {
    let mut metadata = input.metadata.clone();
    let mut loras = Vec::new();
    for (tab, (pass, fixed)) in (1..).zip(passes) {
        let Some(Fixed { made, .. }) = fixed.last() else {
            continue;
        };
        for lora in fixed.iter().flat_map(|one| session.lora_hashes(&one.made)) {
            if !loras.contains(&lora) {
                loras.push(lora);
            }
        }
        let detail = Detail {
            tab,
            told: Told {
                whole: pass.recipe.area == Area::Whole,
                ..told_of(pass.model(), pass.confidence, &pass.choice)
            },
            padding: pass.padding,
            recipe: &pass.recipe,
        };
        let text = detail.infotext(
            (&metadata.texts(), metadata.comment().as_deref()),
            (&made.model, session.hash(made)),
            &loras,
        );
        metadata.set_comment(Format::of_path(out)?, infotext::KEYWORD, &text);
    }
    Ok(metadata)
}

/// Writes all tries of those of which they are wanted beside the result, and a sheet of them.
pub(super) fn write_tries(
    session: &mut Session,
    out: &Path,
    fixed: &[&Fixed],
) -> Result<(), Failure> {
    let stem = out
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let folder = out.with_file_name(format!("{stem}-tries"));
    make_folder("folder of tries", &folder)?;
    let (mut rows, mut labels) = (Vec::new(), Vec::new());
    for (number, one) in (1..).zip(fixed).filter(|(_, one)| one.all) {
        let mut row = vec![Some(one.before.clone())];
        for (index, part) in (1..).zip(&one.tries) {
            let path = folder.join(format!("{number}-{index}.png"));
            file::write(&path, part, &Metadata::default())?;
            row.push(Some(part.clone()));
        }
        rows.push(row);
        labels.push(format!("{number}: try {} kept", one.picked + 1));
    }
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let columns = (0..columns).map(|index| match index {
        0 => "before".to_owned(),
        index => format!("try {index}"),
    });
    let sheet = contact_sheet(&rows, &columns.collect::<Vec<_>>(), &labels);
    file::write(&folder.join("sheet.png"), &sheet, &Metadata::default())?;
    session.say(&format!("all tries: {}", folder.display()));
    Ok(())
}

/// Says what was found, and what became of it.
pub(super) fn tell(
    session: &Session,
    args: &FixArgs,
    image: &Path,
    out: Option<&Path>,
    found: &[Found],
    fixed: &[&Fixed],
) {
    if !args.json {
        if let Some(out) = out {
            session.say(&out.display().to_string());
            return;
        }
        for one in found {
            let Rect {
                left,
                top,
                right,
                bottom,
            } = one.shape.rect;
            session.say(&format!(
                "{} at {left},{top} to {right},{bottom}, score {:.2}",
                one.label, one.score
            ));
        }
        return;
    }
    let round = |value: f32| (f64::from(value) * 1e4).round() / 1e4;
    session.report(json!({
        "image": image.to_string_lossy(),
        "out": out.map(|out| out.to_string_lossy()),
        "found": found.iter().map(|one| json!({
            "label": one.label,
            "score": round(one.score),
            "presence": round(one.presence),
            "sure": one.is_sure(),
            "box": <[u32; 4]>::from(one.shape.rect),
        })).collect::<Vec<_>>(),
        "repainted": fixed.iter().map(|one| json!({
            "part": <[u32; 4]>::from(one.rect),
            "rendered": [one.made.rendered.width, one.made.rendered.height],
            "hints": one.hints.iter().copied().map(round).collect::<Vec<_>>(),
            "kept": one.picked + 1,
        })).collect::<Vec<_>>(),
    }));
}
