//! The tries of what was found: from the list to the queue, and from the picks into the picture.

use std::sync::Arc;

use eframe::egui;

use super::super::queue::{Cell, JobExtras};
use super::{Spot, Try};
use crate::document::{Document, EditName};
use crate::engine::Repaint;
use crate::raster::Patch;
use crate::recipe::wildcard::Resolved;
use crate::recipe::{Area, MaskMode, Recipe, detail};
use crate::ui::app::App;
use crate::ui::shell;
use crate::ui::texts::fix as texts;

/// Why what is ticked cannot be repainted, or that one.
pub(super) fn can_repaint(app: &App, only: Option<usize>) -> Result<(), String> {
    let studio = &app.studio;
    shell::idle(app)?;
    if !studio.fix.is_of(&app.document) {
        return Err(texts::CHANGED.to_owned());
    }
    if studio.queue.chosen().is_none() {
        return Err(texts::NO_MODEL.to_owned());
    }
    if only.is_none() && !studio.fix.spots.iter().any(|spot| spot.ticked) {
        return Err(texts::NONE_TICKED.to_owned());
    }
    studio.check()
}

/// Puts the tries of all that are ticked, or of one, into the queue: those of the first come first.
pub(super) fn repaint(app: &mut App, only: Option<usize>) {
    if let Err(reason) = can_repaint(app, only) {
        return app.shell.notices.say(reason);
    }
    app.studio.draw_seeds();
    let start = shell::start_picture(app);
    let studio = &mut app.studio;
    for index in 0..studio.fix.spots.len() {
        let fix = &studio.fix;
        let spot = &fix.spots[index];
        let wanted = only.map_or(spot.ticked, |only| only == index);
        let Some(recipe) = recipe_of(&studio.recipe, spot, index, fix.around).filter(|_| wanted)
        else {
            continue;
        };
        let mask = Arc::new(spot.region.in_picture(start.size()));
        for _ in 0..studio.fix.tries {
            let number = studio.fix.spots[index].tries.len();
            // ADetailer's seeds: one more for each mask; further tries count on.
            let Resolved { recipe, beside } =
                match studio.resolved(&recipe.nth((index + number) as u64)) {
                    Ok(resolved) => resolved,
                    Err(line) => return app.shell.notices.fail(line),
                };
            let fix = &mut studio.fix;
            let cell = Cell {
                sheet: fix.sheet,
                index: fix.places.len(),
            };
            fix.places.push((index, number));
            fix.spots[index].tries.push(Try::new(&start));
            let order = JobExtras {
                beside,
                cell: Some(cell),
                series: studio.series,
            };
            let repaint = Repaint {
                picture: Arc::clone(&start),
                mask: Some(Arc::clone(&mask)),
                control_pictures: studio.controls.pictures(&recipe),
                recipe,
                batch: 1,
            };
            studio.queue.submit(repaint, studio.base, order);
        }
    }
    app.studio.seeds_used();
    app.studio.results.deselect();
}

/// What a spot is repainted by; none where its prompt says that it is to be skipped.
fn recipe_of(panel: &Recipe, spot: &Spot, index: usize, around: f32) -> Option<Recipe> {
    let text = match spot.prompt.trim() {
        "" => detail::prompt(&panel.prompt, None, index)?,
        own => own.to_owned(),
    };
    let size = spot.region.rect.size();
    let longer = size.width.max(size.height) as f32;
    Some(Recipe {
        prompt: text,
        strength: spot.strength.unwrap_or(panel.strength),
        area: Area::OnlyMasked,
        mask_mode: MaskMode::Masked,
        padding: (longer * (around - 1.0) / 2.0).round() as u32,
        size: None,
        ..panel.clone()
    })
}

/// Why no pick can be kept.
pub(super) fn can_keep(app: &App) -> Result<(), String> {
    shell::idle(app)?;
    let fix = &app.studio.fix;
    if !fix.is_of(&app.document) {
        return Err(texts::CHANGED.to_owned());
    }
    match fix.spots.iter().any(|spot| spot.picked.is_some()) {
        true => Ok(()),
        false => Err(texts::NONE_PICKED.to_owned()),
    }
}

/// Puts the picks into the picture, each as a step of its own.
pub(super) fn keep(app: &mut App, ctx: &egui::Context) {
    if let Err(reason) = can_keep(app) {
        return app.shell.notices.say(reason);
    }
    app.document.end_stroke();
    let before = app.document.revision();
    let studio = &mut app.studio;
    studio.queue.clear_sheet(studio.fix.sheet);
    let picked = |spot: &Spot| {
        let one = spot.tries.get(spot.picked?)?;
        let start = Arc::clone(&one.start);
        Some((start, Arc::clone(one.patch.as_ref()?), one.infotext.clone()))
    };
    let picks: Vec<_> = studio.fix.spots.iter().filter_map(picked).collect();
    let infotexts: Vec<_> = picks.iter().map(|(.., text)| text.clone()).collect();
    let edit = move |document: &mut Document| {
        for (start, patch, _) in &picks {
            let rect = patch.rect();
            let mut pixels = document.seen_in(rect);
            // Beside its mask a try has the picture as it was, without what was kept of others.
            let before = start.crop(rect);
            let changed = patch.pixels().pixels().iter().zip(before.pixels());
            for (own, (new, before)) in pixels.pixels_mut().iter_mut().zip(changed) {
                if new != before {
                    *own = *new;
                }
            }
            document.apply(EditName::Result, &Patch::new(rect, pixels));
        }
    };
    shell::edit(app, ctx, EditName::Result, edit, move |app| {
        let fix = &mut app.studio.fix;
        fix.open = false;
        fix.clear();
        let count = infotexts.len();
        app.studio.kept.add_all(&app.document, before, infotexts);
        app.studio.results.deselect();
        app.shell.notices.say(texts::kept(count));
    });
}
