//! The pictures of the window that fixes hands, made on a thread.

use std::sync::Arc;

use eframe::egui;

use super::super::queue::{Cell, Queue};
use super::Fix;
use super::spot::{Hint, Spot};
use crate::canvas::Layer;
use crate::detection::{Region, hint};
use crate::raster::lettering::Lettering;
use crate::raster::morphology::shrink;
use crate::raster::{Patch, Picture, Rect, Size};
use crate::ui::room::texture;

/// Longest side of a picture as a row shows it, pixels.
const VIEW: u32 = 384;

/// Longest side of a picture that is shown alone, pixels.
pub(super) const LARGE: u32 = 2048;

/// Names of layers that neither results nor previews have.
const LAYERS: u64 = 1 << 61;

const INK: [u8; 3] = [255, 255, 255];
const LINE: [u8; 4] = [255, 170, 40, 255];
const FAINT: [u8; 4] = [150, 150, 150, 255];

/// Something to make.
pub(super) struct Task {
    sheet: u64,
    of: Arc<Picture>,
    what: What,
}

enum What {
    /// A spot's part of the picture, with a try or a preview in it, for what has that name; and its longest side.
    Part(usize, Rect, Option<Arc<Patch>>, u32),
    /// What of the try of that name is looked at for a hint.
    Judged(usize, Arc<Patch>),
    /// The outlines of all, and whether each is ticked.
    Outlines(Vec<(Region, bool)>),
}

/// What was made.
pub(super) struct Seen {
    sheet: u64,
    what: Made,
}

enum Made {
    Part(usize, u32, Picture),
    Judged(usize, Picture),
    /// Those, and the picture over which they are.
    Outlines(Arc<Picture>, Option<Patch>),
}

/// Does a task.
pub(super) fn serve(Task { sheet, of, what }: Task) -> Seen {
    let what = match what {
        What::Part(name, rect, patch, side) => Made::Part(
            name,
            side,
            part(&of, rect, patch.as_deref()).thumbnail(side),
        ),
        What::Judged(name, patch) => Made::Judged(name, hint::seen(&patch)),
        What::Outlines(regions) => {
            let outlines = outlines(&of, &regions);
            Made::Outlines(of, outlines)
        }
    };
    Seen { sheet, what }
}

/// Pictures that are being made at once.
const ASKED: usize = 16;

/// Asks for what is not there yet; of a try in the making for what the model has in mind.
pub(super) fn ask(fix: &mut Fix, queue: &Queue, ctx: &egui::Context) -> Result<(), String> {
    let Some(of) = &fix.of else { return Ok(()) };
    let state = fix.spots.iter().map(|spot| (spot.name, spot.ticked));
    let state: Vec<_> = state.collect();
    let mut tasks: Vec<(Arc<Picture>, What)> = Vec::new();
    if let Some(over) = fix.over.as_ref().filter(|_| fix.outlined != state) {
        let regions = fix
            .spots
            .iter()
            .map(|spot| (spot.region.clone(), spot.ticked));
        tasks.push((Arc::clone(over), What::Outlines(regions.collect())));
        fix.outlined = state;
    }
    let previews = queue
        .all_running()
        .filter_map(|running| Some((running.order.cell?, running.preview.as_ref()?)));
    let previews: Vec<_> = previews.collect();
    let room = ASKED.saturating_sub(fix.asked);
    for spot in &mut fix.spots {
        let part =
            |name, patch: Option<&Arc<Patch>>| What::Part(name, spot.part, patch.cloned(), VIEW);
        if !spot.original.asked && tasks.len() < room {
            spot.original.asked = true;
            tasks.push((Arc::clone(of), part(spot.name, None)));
        }
        for one in &mut spot.tries {
            let at = Cell {
                sheet: fix.sheet,
                index: one.name,
            };
            let preview = previews.iter().find(|(cell, _)| *cell == at);
            match (&one.patch, preview) {
                _ if tasks.len() >= room => {}
                (Some(patch), _) if !one.view.asked => {
                    one.view.asked = true;
                    tasks.push((Arc::clone(&one.start), part(one.name, Some(patch))));
                }
                // One at a time: a slow thread leaves some out.
                (None, Some((_, (number, patch)))) if one.preview != *number && fix.asked == 0 => {
                    one.preview = *number;
                    tasks.push((Arc::clone(&one.start), part(one.name, Some(patch))));
                }
                _ => {}
            }
        }
    }
    let judging = queue.is_looking() || fix.to_judge.is_some() || fix.judging;
    if !judging
        && let Some(one) = fix.spots.iter_mut().find_map(Spot::unjudged)
        && let Some(patch) = &one.patch
    {
        fix.judging = true;
        tasks.push((Arc::clone(of), What::Judged(one.name, Arc::clone(patch))));
    }
    if let (Some(large), Some(spot)) = (&mut fix.large, fix.spots.get(fix.selected)) {
        large.look_at(spot.name);
        let pick = spot
            .pick()
            .map(|one| (one.name, &one.start, one.patch.clone()));
        for (name, start, patch) in [Some((spot.name, of, None)), pick].into_iter().flatten() {
            if large.asks(name) {
                tasks.push((Arc::clone(start), What::Part(name, spot.part, patch, LARGE)));
            }
        }
    }
    for (of, what) in tasks {
        let task = Task {
            sheet: fix.sheet,
            of,
            what,
        };
        fix.looks.send(ctx, task)?;
        fix.asked += 1;
    }
    Ok(())
}

/// Takes what was made; of another list it is dropped.
pub(super) fn take(fix: &mut Fix, Seen { sheet, what }: Seen, ctx: &egui::Context) {
    if let Made::Judged(..) = what {
        fix.judging = false;
    }
    if sheet != fix.sheet {
        return;
    }
    match what {
        Made::Part(name, side, picture) => {
            let seen = || texture(ctx, format!("fix {sheet} {name} {side}"), &picture);
            if side == LARGE {
                if let Some(large) = &mut fix.large {
                    large.take(name, seen());
                }
                return;
            }
            if let Some(view) = fix.spots.iter_mut().find_map(|spot| spot.view_mut(name)) {
                view.texture = Some(seen());
            }
        }
        Made::Judged(name, picture) => {
            let mut tries = fix.spots.iter_mut().flat_map(|spot| &mut spot.tries);
            if let Some(one) = tries.find(|one| one.name == name) {
                one.hint = Hint::Asked(picture.size());
                fix.to_judge = Some((name, picture));
            }
        }
        // What is seen has changed meanwhile.
        Made::Outlines(over, _)
            if !fix.over.as_ref().is_some_and(|own| Arc::ptr_eq(own, &over)) => {}
        Made::Outlines(_, patch) => {
            fix.drawn += 1;
            fix.outlines = patch.map(|patch| Layer {
                id: LAYERS + fix.drawn,
                patch: Arc::new(patch),
            });
        }
    }
}

/// A part of a picture, with what a try changes of it.
fn part(of: &Picture, rect: Rect, patch: Option<&Patch>) -> Picture {
    let mut part = of.crop(rect);
    let Some(patch) = patch else { return part };
    let both = patch.rect().intersection(rect);
    if !both.is_empty() {
        let within = |from: Rect| {
            Rect::new(
                both.left - from.left,
                both.top - from.top,
                both.right - from.left,
                both.bottom - from.top,
            )
        };
        let pixels = patch.pixels().crop(within(patch.rect()));
        part.paste(&Patch::new(within(rect), pixels));
    }
    part
}

/// The picture with numbered outlines, as far as they reach.
fn outlines(of: &Picture, regions: &[(Region, bool)]) -> Option<Patch> {
    let all = regions.iter().map(|(region, _)| region.rect);
    let all = all.reduce(Rect::union)?;
    let width = (of.size().width.max(of.size().height) / 500).max(1);
    let letters = Lettering::new((14 * width) as f32).ok()?;
    let (high, margin) = (letters.line_height(), 3 * width);
    let all = all.pad(high + 2 * margin, of.size());
    let mut pixels = of.crop(all);
    for (number, (region, ticked)) in (1..).zip(regions) {
        let color = if *ticked { LINE } else { FAINT };
        let Rect { left, top, .. } = region.rect;
        let inner = shrink(&region.mask, width);
        let Size {
            width: wide,
            height,
        } = region.mask.size();
        for y in 0..height {
            let line = region.mask.row(y).iter().zip(inner.row(y));
            let row = pixels.row_mut(top - all.top + y);
            let row = &mut row[(left - all.left) as usize..][..wide as usize];
            for (pixel, (mask, inner)) in row.iter_mut().zip(line) {
                if *mask >= 128 && *inner < 128 {
                    *pixel = color;
                }
            }
        }
        let text = number.to_string();
        let across = letters.width(&text).ceil() as u32 + 2 * margin;
        let (x, y) = (left - all.left, (top - all.top).saturating_sub(high));
        let size = pixels.size();
        for row in y..(y + high).min(size.height) {
            let end = (x + across).min(size.width) as usize;
            pixels.row_mut(row)[x as usize..end].fill([30, 30, 34, 255]);
        }
        letters.write(&mut pixels, &text, x + margin, y, INK);
    }
    Some(Patch::new(all, pixels))
}
