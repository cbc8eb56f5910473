//! The dialog that scales the picture: by a factor, or to a size, by Lanczos or by an upscaler.
//!
//! Does not scale; [`prepare`](super::prepare) does.

use eframe::egui::{self, Ui};

use super::files;
use super::prepare::{in_eights, prepare, upscale};
use crate::engine::{BUILT_IN_NAME, FileKind, ModelSource};
use crate::raster::Size;
use crate::raster::file::MAX_SIDE;
use crate::raster::prepare::Preparation;
use crate::ui::dialog::Wanted;
use crate::ui::modal::{self, Answer};
use crate::ui::model_choice;
use crate::ui::shell::App;
use crate::ui::texts::Text;
use crate::ui::texts::prepare as texts;

/// Factors that have a button, percent.
const FACTORS: &[u32] = &[25, 50, 150, 200, 400];

/// Strength that adds detail to an upscaled picture and leaves what it shows.
const DETAIL: f64 = 0.3;

/// The sizes that are chosen, while the dialog is open.
pub(super) struct Scaling {
    /// By an upscaler, where one is chosen; else by Lanczos.
    pub(super) upscale: bool,
    from: Size,
    to: Size,
    locked: bool,
    /// Whether it is repainted then.
    repaint: bool,
}

/// Opens the dialog at a factor; at more than 1 with the upscaler that was used last.
pub(super) fn open(app: &mut App, factor: u32) {
    let size = app.document.size();
    let mut scaling = Scaling {
        upscale: factor > 1,
        from: size,
        to: size,
        locked: true,
        repaint: false,
    };
    scaling.set_factor(f64::from(factor));
    app.shell.scaling = Some(scaling);
}

impl Scaling {
    /// Takes another width or height, and the other one with it where they are locked.
    fn set(&mut self, width: Option<u32>, height: Option<u32>) {
        let from = self.from;
        let along = |side: u32, to: u32, of: u32| {
            let side = f64::from(side) * f64::from(to) / f64::from(of.max(1));
            side.round().clamp(1.0, f64::from(MAX_SIDE)) as u32
        };
        if let Some(width) = width {
            self.to.width = width;
            if self.locked {
                self.to.height = along(from.height, width, from.width);
            }
        }
        if let Some(height) = height {
            self.to.height = height;
            if self.locked {
                self.to.width = along(from.width, height, from.height);
            }
        }
    }

    /// Takes a factor for both sides.
    fn set_factor(&mut self, factor: f64) {
        let side = |side: u32| {
            let side = f64::from(side) * factor;
            side.round().clamp(1.0, f64::from(MAX_SIDE)) as u32
        };
        self.to = Size::new(side(self.from.width), side(self.from.height));
    }

    fn factor(&self) -> f64 {
        f64::from(self.to.width) / f64::from(self.from.width.max(1))
    }
}

/// Draws the dialog, if it is open.
pub(super) fn show(app: &mut App, ctx: &egui::Context) {
    let Some(mut scaling) = app.shell.scaling.take() else {
        return;
    };
    let most = app.canvas.as_ref().map_or(MAX_SIDE, |it| it.max_side());
    let most = most.min(MAX_SIDE);
    let mut upscalers = app.models_of(ctx, FileKind::Upscaler);
    upscalers.insert(0, (texts::BUILT_IN_NETWORK.into(), BUILT_IN_NAME.into()));
    let mut other = false;
    let answer = modal::show(ctx, texts::SCALE_TITLE.get(), texts::SCALE.get(), |ui| {
        let settings = &mut app.shell.settings;
        let mut chosen = settings.upscaler.clone().filter(|_| scaling.upscale);
        let names = [texts::WAY, texts::WAY_TIP].map(Text::get);
        other = model_choice::choose(
            ui,
            names,
            Some(texts::LANCZOS.get()),
            &mut chosen,
            &upscalers,
        );
        scaling.upscale = chosen.is_some();
        settings.upscaler = chosen.or(settings.upscaler.take());
        ui.add_space(6.0);
        rows(ui, &mut scaling);
        let repaint = egui::Checkbox::new(&mut scaling.repaint, texts::AND_REPAINT);
        let repaint = ui.add_enabled(scaling.upscale, repaint);
        repaint
            .on_hover_text(texts::AND_REPAINT_TIP)
            .on_disabled_hover_text(texts::AND_REPAINT_TIP);
        let to = scaling.to;
        match to.width.max(to.height) <= most {
            true => Ok(()),
            false => {
                let reason = texts::too_large(to, most);
                ui.colored_label(ui.visuals().warn_fg_color, &reason);
                Err(reason)
            }
        }
    });
    if other && !app.shell.dialog.is_open() {
        files::ask(&mut app.shell, ctx, Wanted::Upscaler);
    }
    let upscaler = app.shell.settings.upscaler.clone();
    match (answer, upscaler.filter(|_| scaling.upscale)) {
        (Answer::Open, _) => app.shell.scaling = Some(scaling),
        (Answer::Cancelled, _) => {}
        (Answer::Done, Some(upscaler)) => {
            let then_at = scaling.repaint.then_some(DETAIL);
            upscale(app, ModelSource::at(upscaler), scaling.to, then_at);
        }
        (Answer::Done, None) => prepare(app, ctx, Preparation::Scale(scaling.to)),
    }
}

fn rows(ui: &mut Ui, scaling: &mut Scaling) {
    ui.horizontal(|ui| {
        for percent in FACTORS {
            let button = ui.button(texts::times(*percent));
            if button.on_hover_text(texts::FACTOR_TIP).clicked() {
                scaling.set_factor(f64::from(*percent) / 100.0);
            }
        }
    });
    ui.add_space(4.0);
    let grid = egui::Grid::new("scale grid")
        .num_columns(2)
        .spacing([18.0, 6.0]);
    grid.show(ui, |ui| {
        let Size {
            mut width,
            mut height,
        } = scaling.to;
        let sides = 1..=MAX_SIDE;
        let row = [texts::WIDTH, texts::WIDTH_TIP, texts::PIXELS].map(Text::get);
        if modal::number(ui, row, &mut width, sides.clone(), 1.0) {
            scaling.set(Some(width), None);
        }
        let row = [texts::HEIGHT, texts::HEIGHT_TIP, texts::PIXELS].map(Text::get);
        if modal::number(ui, row, &mut height, sides, 1.0) {
            scaling.set(None, Some(height));
        }
        let mut percent = scaling.factor() * 100.0;
        let row = [texts::FACTOR, texts::FACTOR_TIP, texts::PERCENT].map(Text::get);
        if modal::number(ui, row, &mut percent, 0.1..=10_000.0, 0.5) {
            scaling.set_factor(percent / 100.0);
        }
    });
    let locked = egui::Checkbox::new(&mut scaling.locked, texts::LOCK);
    let locked = ui.add(locked).on_hover_text(texts::LOCK_TIP);
    if locked.changed() && scaling.locked {
        scaling.set(Some(scaling.to.width), None);
    }
    ui.add_space(4.0);
    ui.label(texts::scale_from(scaling.from, scaling.to));
    let rounded = in_eights(scaling.to);
    if rounded == scaling.to {
        ui.weak(texts::SCALE_NOTE);
    } else {
        ui.horizontal(|ui| {
            ui.weak(texts::NOT_EIGHTS);
            let button = ui.small_button(texts::round_to(rounded));
            if button.on_hover_text(texts::ROUND_TIP).clicked() {
                scaling.to = rounded;
            }
        });
    }
}
