//! Picture and mask cropped, extended, scaled, turned and mirrored.
//!
//! Does not know the mathematics; the document does it.

use std::sync::Arc;

use eframe::egui::{self, Key, KeyboardShortcut, Modifiers};

use super::edit::{edit_pixels, idle};
use super::{analysis, engine_work, scale};
use crate::document::EditName;
use crate::engine::{ModelSource, Outcome, Upscale, Work};
use crate::raster::file::MAX_SIDE;
use crate::raster::prepare::{Margins, Preparation};
use crate::raster::{Axis, Mask, Rect, Size};
use crate::recipe::{Recipe, infotext};
use crate::ui::shell::App;
use crate::ui::shell::action::{self, Action, Menu, key};
use crate::ui::studio;
use crate::ui::texts::prepare as texts;

/// The denoising strength below which an extension is likely to keep streaks of the edges that filled it.
const STREAKY: f64 = 0.9;

/// Prepares picture, mask and sketch; says so when it cannot be done.
pub(super) fn prepare(app: &mut App, ctx: &egui::Context, preparation: Preparation) {
    let size = app.document.size();
    let after = match possible(app, preparation) {
        Ok(after) => after,
        Err(line) => return app.shell.notices.fail(line),
    };
    if preparation.is_idle(size) {
        return;
    }
    let masked_before = app.document.mask_bounds().is_some();
    let work = (EditName::of(preparation), size.area() + after.area());
    edit_pixels(
        app,
        ctx,
        work,
        move |document| match preparation {
            Preparation::Frame {
                margins,
                mask_keeps,
            } if margins.add() => {
                // What was repainted and kept is not to be repainted again with the new part.
                let kept = if mask_keeps { 255 } else { 0 };
                document.prepare_masked(preparation, &Mask::filled(size, kept));
            }
            _ => document.prepare(preparation),
        },
        move |app| prepared(app, preparation, masked_before),
    );
}

/// The size after a preparation, or why it cannot be done; one line.
fn possible(app: &App, preparation: Preparation) -> Result<Size, String> {
    let most = app.canvas.as_ref().map_or(MAX_SIDE, |it| it.max_side());
    match preparation.applied(app.document.size()) {
        None => Err(texts::impossible()),
        Some(after) if after.width.max(after.height) > most => Err(texts::too_large(after, most)),
        Some(after) => Ok(after),
    }
}

/// Brings picture, mask and sketch to a size, the picture by an upscaler; `then_at` is the strength at which the whole of it is repainted then, where it is (hires fix).
pub(super) fn upscale(app: &mut App, model: ModelSource, size: Size, then_at: Option<f64>) {
    let preparation = Preparation::Scale(size);
    if let Err(line) = possible(app, preparation) {
        return app.shell.notices.fail(line);
    }
    let before = app.document.size();
    let upscale = Upscale {
        picture: Arc::clone(app.document.picture()),
        size: Some(size),
        tile: None,
    };
    let work = (Work::Upscale(upscale), model);
    engine_work::begin(app, texts::UPSCALING, work, move |app, ctx, outcome| {
        let Outcome::Upscaled { picture, model, .. } = outcome else {
            return;
        };
        let work = (EditName::Scale, before.area() + size.area());
        let factor = f64::from(size.width) / f64::from(before.width);
        let context = ctx.clone();
        edit_pixels(
            app,
            ctx,
            work,
            move |document| document.scale_to(picture),
            move |app| {
                let more = [
                    (infotext::POSTPROCESS_UPSCALE, factor.to_string()),
                    (infotext::POSTPROCESS_UPSCALER, model),
                ];
                app.studio.kept_with(&app.document, &more);
                prepared(app, preparation, false);
                if let Some(strength) = then_at {
                    app.with_studio(&context, |host| studio::repaint_whole(host, strength));
                }
            },
        );
    });
}

/// Says what a preparation means for the next repaint.
pub(super) fn prepared(app: &mut App, preparation: Preparation, masked_before: bool) {
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

const fn row(
    id: &'static str,
    texts: [&'static str; 2],
    shortcut: Option<KeyboardShortcut>,
    enabled: fn(&App) -> Result<(), String>,
    run: fn(&mut App, &egui::Context),
) -> Action {
    action::row(id, texts, Some(Menu::Picture), shortcut, enabled, run)
}

/// Rows of the picture's size and sides.
pub(super) const ACTIONS: &[Action] = &[
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
        "picture.analyse",
        [
            "Analyse picture…",
            "Suggest prompt, model and size for the picture, from what its file says and a tagger sees.",
        ],
        key(Modifiers::SHIFT, Key::A),
        action::always,
        analysis::open,
    ),
    row(
        "picture.scale",
        [
            "Scale picture…",
            "Make picture and mask larger or smaller, by a factor or to a size.",
        ],
        key(Modifiers::COMMAND.plus(Modifiers::ALT), Key::I),
        idle,
        |app, _| scale::open(app, 1),
    ),
    row(
        "picture.upscale",
        [
            "Upscale…",
            "Make picture and mask larger, by an upscaler (ESRGAN, Real-ESRGAN, ONNX) or by Lanczos.",
        ],
        None,
        idle,
        |app, _| scale::open(app, 2),
    ),
    row(
        "picture.rotate_left",
        [
            "Rotate picture left",
            "Rotate picture and mask by a quarter against the clock.",
        ],
        key(Modifiers::COMMAND, Key::OpenBracket),
        idle,
        |app, ctx| prepare(app, ctx, Preparation::Rotate(3)),
    ),
    row(
        "picture.rotate_right",
        [
            "Rotate picture right",
            "Rotate picture and mask by a quarter with the clock.",
        ],
        key(Modifiers::COMMAND, Key::CloseBracket),
        idle,
        |app, ctx| prepare(app, ctx, Preparation::Rotate(1)),
    ),
    row(
        "picture.rotate_180",
        [
            "Rotate picture by half",
            "Rotate picture and mask upside down.",
        ],
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

fn masked(app: &App) -> Result<(), String> {
    idle(app)?;
    let whole = Rect::of(app.document.size());
    match app.document.mask_bounds() {
        None => Err(texts::NO_MASK.into()),
        Some(bounds) if bounds == whole => Err(texts::WHOLE_MASK.into()),
        Some(_) => Ok(()),
    }
}

/// Both sides at the nearest multiples of 8, but not none.
pub(super) fn in_eights(size: Size) -> Size {
    let round = |side: u32| ((side + 4) / 8 * 8).clamp(8, MAX_SIDE);
    Size::new(round(size.width), round(size.height))
}
