//! The foot of the recipe panel: the button, why it cannot be pressed, the job that runs, and those that wait.
//!
//! Does not know the engine; asks the queue.

use eframe::egui::{self, vec2};

use super::super::action;
use super::super::app::App;
use super::super::board;
use super::super::room;
use super::super::shell;
use super::super::texts::studio as texts;
use super::queue::ModelState;
use super::{can_repaint, models};
use crate::document::{Document, EditName};
use crate::engine::{JobId, Work};
use crate::raster::Mask;

/// Height of the waiting jobs that are shown at once, points.
const HEIGHT: f32 = 96.0;

/// Lines that a reason takes at most.
const MOST_LINES: usize = 4;

/// What is to be done with a waiting job.
enum Change {
    Shift(JobId, isize),
    Remove(JobId),
}

/// Draws the foot.
pub fn show(app: &mut App, ui: &mut egui::Ui) {
    ui.add_space(4.0);
    model_line(app, ui);
    button(app, ui);
    running(app, ui);
    waiting(app, ui);
    ui.add_space(2.0);
}

/// Which model would paint; pressed, it opens the models.
fn model_line(app: &mut App, ui: &mut egui::Ui) {
    let queue = &app.studio.queue;
    let line = match queue.model() {
        ModelState::Ready(info) => texts::model_line(info),
        ModelState::Loading { part } if queue.running().is_none() => {
            texts::loading(part.as_deref())
        }
        ModelState::Loading { .. } => {
            let spec = app.studio.spec();
            spec.map_or(texts::MODELS_TITLE, |spec| &spec.name)
                .to_owned()
        }
        ModelState::None | ModelState::Failed(_) => texts::MODELS_TITLE.to_owned(),
    };
    let Some(open) = action::find("models.open") else {
        return;
    };
    ui.horizontal(|ui| {
        ui.weak(texts::MODEL);
        ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Truncate);
        let pressed = ui.link(line).on_hover_text(open.tooltip).clicked();
        if pressed {
            models::open(&mut app.studio);
        }
    });
}

fn button(app: &mut App, ui: &mut egui::Ui) {
    let Some(row) = action::find("repaint.repaint") else {
        return;
    };
    let enabled = can_repaint(app);
    let mut text = egui::RichText::new(row.label).size(16.0);
    let chosen = ui.visuals().selection;
    if enabled.is_ok() {
        text = text.color(chosen.stroke.color);
    }
    let mut button = egui::Button::new(text);
    if enabled.is_ok() {
        button = button.fill(chosen.bg_fill);
    }
    let size = vec2(ui.available_width(), 34.0);
    let tooltip = match app.shell.settings.shortcut(row) {
        Some(key) => format!("{} ({})", row.tooltip, action::key_text(ui.ctx(), &key)),
        None => row.tooltip.to_owned(),
    };
    let response = ui
        .add_enabled_ui(enabled.is_ok(), |ui| ui.add_sized(size, button))
        .inner;
    let response = response.on_hover_text(tooltip);
    match &enabled {
        Ok(()) => {
            if response.clicked() {
                action::run(app, ui.ctx(), row);
            }
        }
        Err(reason) => {
            response.on_disabled_hover_text(reason);
            why_not(app, ui, reason);
        }
    }
}

/// Says why, and offers the way out where there is one.
fn why_not(app: &mut App, ui: &mut egui::Ui, reason: &str) {
    let model = app.studio.queue.model();
    let none = matches!(model, ModelState::None | ModelState::Failed(_));
    ui.horizontal_wrapped(|ui| {
        let colour = ui.visuals().warn_fg_color;
        ui.label(room::cut(ui, reason, colour, MOST_LINES));
        let problem = app.studio.mask_problem;
        let sketched = problem == Some(texts::EMPTY_MASK_SKETCH);
        if sketched
            && !none
            && let Some(row) = action::find(board::MASK_SKETCH)
        {
            let mask = ui.small_button(row.label).on_hover_text(row.tooltip);
            if mask.clicked() {
                action::run(app, ui.ctx(), row);
            }
        }
        let empty = sketched || problem == Some(texts::EMPTY_MASK);
        if empty && !none {
            let all = ui
                .small_button(texts::MASK_ALL)
                .on_hover_text(texts::MASK_ALL_TOOLTIP);
            if all.clicked() {
                let all = |document: &mut Document| {
                    let all = |mask: &Mask| Mask::filled(mask.size(), 255);
                    document.edit_mask(EditName::Invert, all);
                };
                shell::edit(app, ui.ctx(), EditName::Invert, all, |_| ());
            }
        }
    });
}

/// The job that runs.
fn running(app: &mut App, ui: &mut egui::Ui) {
    let Some(running) = app.studio.queue.running() else {
        return;
    };
    let line = running.progress();
    let (fraction, stopping) = (running.pace.fraction(), running.stopping);
    let Some(stop) = action::find("repaint.stop") else {
        return;
    };
    ui.horizontal(|ui| {
        let width = ui.available_width() - 56.0;
        let bar = egui::ProgressBar::new(fraction)
            .desired_width(width)
            .desired_height(ui.spacing().interact_size.y)
            .corner_radius(3.0)
            .text(line);
        ui.add(bar);
        let button = egui::Button::new(stop.label).min_size(vec2(ui.available_width(), 0.0));
        let response = ui
            .add_enabled(!stopping, button)
            .on_hover_text(stop.tooltip)
            .on_disabled_hover_text(texts::STOPPING);
        if response.clicked() {
            app.studio.queue.stop();
        }
    });
}

/// The jobs that wait, next first.
fn waiting(app: &mut App, ui: &mut egui::Ui) {
    let waiting = app.studio.queue.waiting();
    if waiting.is_empty() {
        return;
    }
    let mut change = None;
    ui.weak(texts::waiting(waiting.len()));
    room::beside_bars(ui);
    egui::ScrollArea::vertical()
        .max_height(HEIGHT)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            for (place, one) in waiting.iter().enumerate() {
                let Work::Repaint(repaint) = &one.job.work else {
                    continue;
                };
                ui.horizontal(|ui| {
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        let name = |what: &str| format!("{what} job {}", place + 1);
                        if small(
                            ui,
                            Glyph::Cross,
                            &name(texts::REMOVE),
                            texts::REMOVE_TOOLTIP,
                        ) {
                            change = Some(Change::Remove(one.id));
                        }
                        let last = place + 1 == waiting.len();
                        ui.add_enabled_ui(!last, |ui| {
                            if small(ui, Glyph::Down, &name(texts::LATER), texts::LATER_TOOLTIP) {
                                change = Some(Change::Shift(one.id, 1));
                            }
                        });
                        ui.add_enabled_ui(place > 0, |ui| {
                            if small(ui, Glyph::Up, &name(texts::EARLIER), texts::EARLIER_TOOLTIP) {
                                change = Some(Change::Shift(one.id, -1));
                            }
                        });
                        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                            let line =
                                texts::waiting_job(place + 1, &repaint.recipe, repaint.batch);
                            ui.add(egui::Label::new(line).truncate());
                        });
                    });
                });
            }
        });
    match change {
        Some(Change::Shift(id, places)) => app.studio.queue.shift(id, places),
        Some(Change::Remove(id)) => app.studio.queue.remove(id),
        None => {}
    }
}

#[derive(Clone, Copy)]
enum Glyph {
    Up,
    Down,
    Cross,
}

/// A small drawn button.
fn small(ui: &mut egui::Ui, glyph: Glyph, label: &str, tooltip: &str) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(18.0, 18.0), egui::Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, enabled, label));
    let visuals = ui.style().interact(&response);
    if response.hovered() || response.has_focus() {
        ui.painter()
            .rect_filled(rect, visuals.corner_radius, visuals.weak_bg_fill);
    }
    let stroke = egui::Stroke::new(1.5, visuals.fg_stroke.color);
    let at = |x: f32, y: f32| rect.center() + vec2(x, y);
    let lines: &[[egui::Pos2; 3]] = &match glyph {
        Glyph::Up => [[at(-4.0, 2.0), at(0.0, -2.0), at(4.0, 2.0)]; 1].to_vec(),
        Glyph::Down => [[at(-4.0, -2.0), at(0.0, 2.0), at(4.0, -2.0)]; 1].to_vec(),
        Glyph::Cross => vec![
            [at(-3.5, -3.5), at(0.0, 0.0), at(3.5, 3.5)],
            [at(-3.5, 3.5), at(0.0, 0.0), at(3.5, -3.5)],
        ],
    };
    for line in lines {
        ui.painter().line(line.to_vec(), stroke);
    }
    response.on_hover_text(tooltip).clicked()
}
