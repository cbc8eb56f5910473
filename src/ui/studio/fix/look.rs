//! The pictures of the window that fixes hands, made on a thread.

use std::sync::Arc;

use eframe::egui;

use super::Fix;
use crate::canvas::Layer;
use crate::detection::Region;
use crate::raster::lettering::Lettering;
use crate::raster::morphology::shrink;
use crate::raster::{Patch, Picture, Rect, Size};
use crate::ui::room::texture;

/// Longest side of a picture as the window shows it, pixels.
const VIEW: u32 = 384;

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
    /// A spot's part of the picture, with a try in it.
    Part(usize, Option<usize>, Rect, Option<Arc<Patch>>),
    /// The outlines of all, and whether each is ticked.
    Outlines(Vec<(Region, bool)>),
}

/// What was made.
pub(super) struct Seen {
    sheet: u64,
    what: Made,
}

enum Made {
    Part(usize, Option<usize>, Picture),
    /// Those, and the picture over which they are.
    Outlines(Arc<Picture>, Option<Patch>),
}

/// Does a task.
pub(super) fn serve(Task { sheet, of, what }: Task) -> Seen {
    let what = match what {
        What::Part(spot, number, rect, patch) => Made::Part(
            spot,
            number,
            part(&of, rect, patch.as_deref()).thumbnail(VIEW),
        ),
        What::Outlines(regions) => {
            let outlines = outlines(&of, &regions);
            Made::Outlines(of, outlines)
        }
    };
    Seen { sheet, what }
}

/// Pictures that are being made at once.
const ASKED: usize = 16;

/// Asks for what is not there yet.
pub(super) fn ask(fix: &mut Fix, ctx: &egui::Context) -> Result<(), String> {
    let Some(of) = &fix.of else { return Ok(()) };
    let ticks: Vec<bool> = fix.spots.iter().map(|spot| spot.ticked).collect();
    let mut tasks = Vec::new();
    if let Some(over) = fix.over.as_ref().filter(|_| fix.outlined != ticks) {
        let regions = fix
            .spots
            .iter()
            .map(|spot| (spot.region.clone(), spot.ticked));
        tasks.push((over, What::Outlines(regions.collect())));
        fix.outlined = ticks;
    }
    for (index, spot) in fix.spots.iter_mut().enumerate() {
        if !spot.asked && fix.asked + tasks.len() < ASKED {
            spot.asked = true;
            tasks.push((of, What::Part(index, None, spot.part, None)));
        }
        for (number, one) in spot.tries.iter_mut().enumerate() {
            let room = fix.asked + tasks.len() < ASKED;
            if let Some(patch) = one.patch.as_ref().filter(|_| room && !one.asked) {
                one.asked = true;
                let patch = Some(Arc::clone(patch));
                tasks.push((of, What::Part(index, Some(number), spot.part, patch)));
            }
        }
    }
    for (of, what) in tasks {
        let task = Task {
            sheet: fix.sheet,
            of: Arc::clone(of),
            what,
        };
        fix.looks.send(ctx, task)?;
        fix.asked += 1;
    }
    Ok(())
}

/// Takes what was made; of another list it is dropped.
pub(super) fn take(fix: &mut Fix, Seen { sheet, what }: Seen, ctx: &egui::Context) {
    if sheet != fix.sheet {
        return;
    }
    match what {
        Made::Part(spot, number, picture) => {
            let Some(place) = fix.spots.get_mut(spot) else {
                return;
            };
            let name = format!("fix {sheet} {spot} {number:?}");
            let seen = Some(texture(ctx, name, &picture));
            match number {
                None => place.original = seen,
                Some(number) => {
                    if let Some(one) = place.tries.get_mut(number) {
                        one.seen = seen;
                    }
                }
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
