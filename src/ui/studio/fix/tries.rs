//! The tries of what was found: from the list to the queue, and from the picks into the picture.

use std::sync::Arc;

use super::super::host::{Host, Seen};
use super::super::queue::Cell;
use super::super::{carried, submit};
use super::spot::lay;
use super::{Fix, Spot, Try};
use crate::document::{Document, EditName};
use crate::raster::{Patch, Picture, Rect};
use crate::recipe::detail::{self, Told};
use crate::recipe::{Area, MaskMode, Recipe};
use crate::ui::texts::fix as texts;

/// Why what is ticked cannot be repainted, or that one.
pub(super) fn can_repaint(seen: &Seen<'_>, only: Option<usize>) -> Result<(), String> {
    let studio = seen.studio;
    seen.idle()?;
    if !studio.fix.is_of(seen.document) {
        return Err(texts::CHANGED.into());
    }
    if studio.queue.chosen().is_none() {
        return Err(texts::NO_MODEL.into());
    }
    if only.is_none() && !studio.fix.spots.iter().any(|spot| spot.ticked) {
        return Err(texts::NONE_TICKED.into());
    }
    studio.check()
}

/// Puts the tries of all that are ticked, or of one, into the queue: those of the first come first.
pub(super) fn repaint(host: &mut Host<'_>, only: Option<usize>) {
    if let Err(reason) = can_repaint(&host.seen(), only) {
        return host.notices.say(reason);
    }
    host.studio.draw_seeds();
    let start = host.start_picture();
    let own = carried::own_prompt(host);
    let studio = &mut *host.studio;
    // Beside ADetailer's prompt the panel's is that of the whole picture.
    let (panel, own) = match studio.fix.told() {
        Some(told) => (
            told.over(&studio.recipe),
            Some(studio.recipe.prompt.clone()),
        ),
        None => (studio.recipe.clone(), own),
    };
    studio.series += 1;
    let around = super::around(studio);
    let (mut rank, mut skipped) = (0, 0);
    for index in 0..studio.fix.spots.len() {
        let fix = &studio.fix;
        let spot = &fix.spots[index];
        let place = rank;
        rank += usize::from(spot.ticked);
        if !only.map_or(spot.ticked, |only| only == index) {
            continue;
        }
        let Some(recipe) = recipe_of(&panel, own.as_deref(), spot, (place, around), fix) else {
            skipped += 1;
            continue;
        };
        let start = with_picks(&start, fix, index, recipe.padding);
        let mask = Arc::new(spot.region.in_picture(start.size()));
        let made = spot.tries.len();
        let mut orders = Vec::new();
        for number in made..made + studio.fix.tries as usize {
            // ADetailer's seeds: one more for each mask; further tries count on.
            let resolved = match studio.resolved(&recipe.nth((place + number) as u64)) {
                Ok(resolved) => resolved,
                Err(line) => return host.notices.fail(line),
            };
            let fix = &mut studio.fix;
            let cell = Cell {
                sheet: fix.sheet,
                index: fix.name(),
            };
            fix.spots[index].tries.push(Try::new(cell.index, &start));
            orders.push((resolved, Some(cell)));
        }
        let most = studio.batch;
        submit::put(studio, &start, Some(&mask), &orders, most);
    }
    host.studio.seeds_used();
    host.studio.results.deselect();
    if skipped > 0 {
        host.notices.say(texts::skipped(skipped));
    }
}

/// The picture that a spot is repainted in: where the model sees others, with what is picked of them.
fn with_picks(start: &Arc<Picture>, fix: &Fix, index: usize, padding: u32) -> Arc<Picture> {
    let whole = Rect::of(start.size());
    let seen = fix.spots[index].region.rect.pad(padding, start.size());
    let mut picture = Arc::clone(start);
    for (_, one) in picks(fix).filter(|(other, _)| *other != index) {
        if let Some(patch) = &one.patch
            && !patch.rect().intersection(seen).is_empty()
        {
            lay(patch, &one.start, Arc::make_mut(&mut picture), whole);
        }
    }
    picture
}

/// What is picked, with its spot's place, in the order in which it was asked for: the later may have been made over the earlier.
fn picks(fix: &Fix) -> impl Iterator<Item = (usize, &Try)> {
    let spots = fix.spots.iter().enumerate();
    let mut picks: Vec<_> = spots
        .filter_map(|(index, spot)| Some((index, spot.pick()?)))
        .collect();
    picks.sort_by_key(|(_, one)| one.name);
    picks.into_iter()
}

/// What a spot, the number `place` of those that are repainted, is repainted by; none where its prompt says that it is to be skipped.
fn recipe_of(
    panel: &Recipe,
    own: Option<&str>,
    spot: &Spot,
    (place, around): (usize, f32),
    fix: &Fix,
) -> Option<Recipe> {
    let text = detail::prompt(&panel.prompt, own, place);
    let prompt = match spot.prompt.trim() {
        "" => text?,
        own => detail::prompt(own, text.as_deref(), 0)?,
    };
    let size = spot.region.rect.size();
    let longer = size.width.max(size.height) as f32;
    let told = fix.told();
    Some(Recipe {
        prompt,
        strength: spot.strength.unwrap_or(panel.strength),
        area: match told.is_some_and(|told| told.whole) {
            true => Area::Whole,
            false => Area::OnlyMasked,
        },
        mask_mode: MaskMode::Masked,
        padding: match told.is_some_and(Told::has_padding) {
            true => panel.padding,
            false => (longer * (around - 1.0) / 2.0).round() as u32,
        },
        size: None,
        ..panel.clone()
    })
}

/// Why no pick can be kept.
pub(super) fn can_keep(seen: &Seen<'_>) -> Result<(), String> {
    seen.idle()?;
    let fix = &seen.studio.fix;
    if !fix.is_of(seen.document) {
        return Err(texts::CHANGED.into());
    }
    match fix.spots.iter().any(|spot| spot.picked.is_some()) {
        true => Ok(()),
        false => Err(texts::NONE_PICKED.into()),
    }
}

/// Puts the picks into the picture, each as a step of its own.
pub(super) fn keep(host: &mut Host<'_>) {
    if let Err(reason) = can_keep(&host.seen()) {
        return host.notices.say(reason);
    }
    host.document.end_stroke();
    let before = host.document.revision();
    let studio = &mut *host.studio;
    let (there, all) = studio.fix.done();
    studio.queue.clear_sheet(studio.fix.sheet);
    let picked = |(_, one): (usize, &Try)| {
        let start = Arc::clone(&one.start);
        Some((start, Arc::clone(one.patch.as_ref()?), one.infotext.clone()))
    };
    let picks: Vec<_> = picks(&studio.fix).filter_map(picked).collect();
    let infotexts: Vec<_> = picks.iter().map(|(.., text)| text.clone()).collect();
    let edit = move |document: &mut Document| {
        for (start, patch, _) in &picks {
            let rect = patch.rect();
            let mut pixels = document.seen_in(rect);
            // Beside its mask a try has the picture as it was, without what was kept of others.
            lay(patch, start, &mut pixels, rect);
            document.apply(EditName::Result, &Patch::new(rect, pixels));
        }
    };
    host.edit(EditName::Result, edit, move |host| {
        let fix = &mut host.studio.fix;
        fix.open = false;
        fix.clear();
        let count = infotexts.len();
        host.studio.kept.add_all(host.document, before, infotexts);
        host.studio.results.deselect();
        host.notices.say(texts::kept(count, all - there));
    });
}
