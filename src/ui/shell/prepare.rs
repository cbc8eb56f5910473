//! Picture and mask cropped, extended, scaled, turned and mirrored: at once where that is quick, else on a thread of its own, while the window takes nothing but Cancel.
//!
//! Does not know the mathematics; the document's contents do it.

use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use eframe::egui::{self, Color32, Key, KeyboardShortcut, Modifiers};

use super::scale;
use crate::document::{EditName, Prepared};
use crate::raster::file::MAX_SIDE;
use crate::raster::prepare::{Margins, Preparation};
use crate::raster::{Axis, Rect, Size};
use crate::recipe::Recipe;
use crate::ui::action::{Action, Menu};
use crate::ui::app::App;
use crate::ui::texts::prepare as texts;
use crate::ui::theme;

/// Pixels before and after that are prepared while the window waits: a few hundredths of a second.
const AT_ONCE: usize = 1 << 21;

/// Work that is done sooner than this is not worth a word.
const SOON: Duration = Duration::from_millis(150);

/// The denoising strength below which an extension is likely to keep streaks of the edges that filled it.
const STREAKY: f64 = 0.9;

/// A preparation that a thread is at.
pub(super) struct Preparing {
    preparation: Preparation,
    /// The document's revision that it is made of.
    revision: u64,
    since: Instant,
    outcome: Receiver<Prepared>,
}

/// Prepares picture, mask and sketch; says so when it cannot be done.
pub(in crate::ui) fn prepare(app: &mut App, ctx: &egui::Context, preparation: Preparation) {
    let size = app.document.size();
    let most = app.canvas.as_ref().map_or(MAX_SIDE, |it| it.max_side());
    let Some(after) = preparation.applied(size) else {
        app.shell.notices.fail(texts::impossible());
        return;
    };
    if after.width.max(after.height) > most {
        app.shell.notices.fail(texts::too_large(after, most));
        return;
    }
    if preparation.is_idle(size) {
        return;
    }
    app.document.end_stroke();
    let mut contents = app.document.contents();
    if let Preparation::Frame {
        margins,
        mask_keeps,
    } = preparation
        && margins.add()
    {
        // What was repainted and kept is not to be repainted again with the new part.
        contents = contents.unmasked(mask_keeps);
    }
    if size.area() + after.area() <= AT_ONCE {
        take(app, preparation, contents.prepared(preparation));
        return;
    }
    let (sender, outcome) = sync_channel(1);
    let repaint = ctx.clone();
    let thread = std::thread::Builder::new()
        .name("prepare".to_owned())
        .spawn(move || {
            // Nobody waits for it any more where that was cancelled.
            let _ = sender.send(contents.prepared(preparation));
            repaint.request_repaint();
        });
    match thread {
        Ok(_) => {
            app.shell.preparing = Some(Preparing {
                preparation,
                revision: app.document.revision(),
                since: Instant::now(),
                outcome,
            });
        }
        Err(error) => app.shell.notices.fail(format!(
            "the system gives no thread to work on the picture ({error}); close other programs and try again"
        )),
    }
}

/// Takes what the thread has made, when it has.
pub(super) fn logic(app: &mut App) {
    let Some(work) = &app.shell.preparing else {
        return;
    };
    let outcome = match work.outcome.try_recv() {
        Err(TryRecvError::Empty) => return,
        Ok(prepared) => Some(prepared),
        Err(TryRecvError::Disconnected) => None,
    };
    let Some(work) = app.shell.preparing.take() else {
        return;
    };
    match outcome {
        Some(prepared) if work.revision == app.document.revision() => {
            take(app, work.preparation, prepared);
        }
        Some(_) => app.shell.notices.fail(texts::CHANGED_MEANWHILE),
        None => app.shell.notices.fail(texts::FAILED),
    }
}

/// Puts what was prepared in the document's place, and says what that means for the next repaint.
fn take(app: &mut App, preparation: Preparation, prepared: Prepared) {
    let masked_before = app.document.mask_bounds().is_some();
    app.document.take_prepared(prepared);
    // Whatever was half drawn, and where the artist looked, is elsewhere now.
    app.board.view = None;
    let size = app.document.size();
    match preparation {
        Preparation::Frame { margins, .. } if margins.add() => {
            let strength = &mut app.studio.recipe.strength;
            // Who chose a strength keeps it.
            let usual = Recipe::default().strength;
            let raised_from = (*strength == usual).then_some(usual);
            if raised_from.is_some() {
                *strength = 1.0;
            }
            let low = Some(*strength).filter(|strength| *strength < STREAKY);
            let line = texts::extended(size, masked_before, raised_from, low);
            app.shell.notices.say(line);
        }
        Preparation::Frame { .. } => app.shell.notices.say(texts::cropped(size)),
        Preparation::Scale(_) => app.shell.notices.say(texts::scaled(size)),
        Preparation::Rotate(_) | Preparation::Flip(_) => {}
    }
}

/// Keeps the pointer from the picture while it is worked on, and says so when that takes long.
pub(super) fn show(app: &mut App, ctx: &egui::Context) {
    let Some(work) = &app.shell.preparing else {
        return;
    };
    let long = work.since.elapsed() >= SOON;
    if !long {
        ctx.request_repaint_after(SOON);
    }
    let (frame, scrim) = match long {
        true => {
            let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(14);
            (frame, theme::scrim())
        }
        false => (egui::Frame::NONE, Color32::TRANSPARENT),
    };
    let modal = egui::Modal::new(egui::Id::unique("work"))
        .frame(frame)
        .backdrop_color(scrim);
    let what = texts::working(EditName::of(work.preparation));
    let cancelled = modal.show(ctx, |ui| {
        long.then(|| {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label(what);
                ui.button(texts::CANCEL).clicked()
            })
            .inner
        })
    });
    let escape = ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    if escape || cancelled.inner == Some(true) {
        app.shell.preparing = None;
    }
}

const fn key(modifiers: Modifiers, key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(modifiers, key))
}

const fn row(
    id: &'static str,
    [label, tooltip]: [&'static str; 2],
    shortcut: Option<KeyboardShortcut>,
    enabled: fn(&App) -> Result<(), String>,
    run: fn(&mut App, &egui::Context),
) -> Action {
    Action {
        id,
        label,
        tooltip,
        menu: Some(Menu::Picture),
        shortcut,
        while_typing: false,
        enabled,
        run,
    }
}

/// Rows of the picture's size and sides.
pub(in crate::ui) const ACTIONS: &[Action] = &[
    row(
        "picture.crop_to_mask",
        [
            "Crop to the mask",
            "Cut the picture to the smallest rectangle around the mask.",
        ],
        None,
        masked,
        |app, ctx| {
            if let Some(bounds) = app.document.mask_bounds() {
                let margins = Margins::cut(app.document.size(), bounds);
                let mask_keeps = false;
                prepare(
                    app,
                    ctx,
                    Preparation::Frame {
                        margins,
                        mask_keeps,
                    },
                );
            }
        },
    ),
    row(
        "picture.scale",
        [
            "Scale picture…",
            "Make picture and mask larger or smaller, by a factor or to a size.",
        ],
        key(Modifiers::COMMAND.plus(Modifiers::ALT), Key::I),
        idle,
        scale::open,
    ),
    row(
        "picture.rotate_left",
        [
            "Turn picture left",
            "Turn picture and mask by a quarter against the clock.",
        ],
        key(Modifiers::COMMAND, Key::OpenBracket),
        idle,
        |app, ctx| prepare(app, ctx, Preparation::Rotate(3)),
    ),
    row(
        "picture.rotate_right",
        [
            "Turn picture right",
            "Turn picture and mask by a quarter with the clock.",
        ],
        key(Modifiers::COMMAND, Key::CloseBracket),
        idle,
        |app, ctx| prepare(app, ctx, Preparation::Rotate(1)),
    ),
    row(
        "picture.rotate_180",
        ["Turn picture by half", "Turn picture and mask upside down."],
        None,
        idle,
        |app, ctx| prepare(app, ctx, Preparation::Rotate(2)),
    ),
    row(
        "picture.flip_horizontal",
        [
            "Mirror left and right",
            "Mirror picture and mask, so that left and right change places.",
        ],
        key(Modifiers::SHIFT, Key::H),
        idle,
        |app, ctx| prepare(app, ctx, Preparation::Flip(Axis::Horizontal)),
    ),
    row(
        "picture.flip_vertical",
        [
            "Mirror top and bottom",
            "Mirror picture and mask, so that top and bottom change places.",
        ],
        key(Modifiers::SHIFT, Key::V),
        idle,
        |app, ctx| prepare(app, ctx, Preparation::Flip(Axis::Vertical)),
    ),
];

/// Nothing is worked on.
pub(super) fn idle(app: &App) -> Result<(), String> {
    match app.shell.preparing {
        None => Ok(()),
        Some(_) => Err(texts::WORKING.to_owned()),
    }
}

fn masked(app: &App) -> Result<(), String> {
    idle(app)?;
    let whole = Rect::of(app.document.size());
    match app.document.mask_bounds() {
        None => Err(texts::NO_MASK.to_owned()),
        Some(bounds) if bounds == whole => Err(texts::WHOLE_MASK.to_owned()),
        Some(_) => Ok(()),
    }
}

/// Both sides at the nearest multiples of 8, but not none.
pub(super) fn in_eights(size: Size) -> Size {
    let round = |side: u32| ((side + 4) / 8 * 8).clamp(8, MAX_SIDE);
    Size::new(round(size.width), round(size.height))
}
