//! The foot of the recipe panel: the button, why it cannot be pressed, the job that runs, and those that wait.
//!
//! Does not know the engine; asks the queue.

use eframe::egui::{self, vec2};

use super::super::board;
use super::super::room;
use super::super::row::key_text;
use super::super::texts::{Text, studio as texts};
use super::Host;
use super::actions;
use super::can_repaint;
use super::host::Effect;
use super::queue::ModelState;
use crate::engine::JobId;

/// Height of the foot, points: the button, and below it two lines that are always there.
pub const HEIGHT: f32 = 34.0 + 2.0 * LINE + 18.0;

/// Height of one of those lines, points.
const LINE: f32 = 22.0;

/// Height of the waiting jobs that are shown at once, points.
const LIST: [f32; 2] = [340.0, 220.0];

/// Width of the button of the queue, points.
const QUEUE: f32 = 74.0;

/// What is to be done with a waiting job.
enum Change {
    Shift(JobId, isize),
    Remove(JobId),
}

/// Draws the foot.
pub fn show(host: &mut Host<'_>, ui: &mut egui::Ui) {
    ui.add_space(5.0);
    let enabled = can_repaint(&host.seen());
    ui.horizontal(|ui| {
        button(host, ui, &enabled);
        waiting(host, ui);
    });
    match (running(host, ui), enabled) {
        (false, Err(reason)) => why_not(host, ui, &reason),
        (false, Ok(())) => {
            let last = host.studio.results.gallery().iter().next_back();
            let line = texts::idle(last.map(|last| &last.result));
            ui.add(egui::Label::new(egui::RichText::new(line).weak()).truncate());
        }
        (true, _) => {}
    }
}

fn button(host: &mut Host<'_>, ui: &mut egui::Ui, enabled: &Result<(), String>) {
    let Some(row) = actions::find("repaint.repaint") else {
        return;
    };
    let mut text = egui::RichText::new(row.label()).size(16.0);
    let chosen = ui.visuals().selection;
    if enabled.is_ok() {
        text = text.color(chosen.stroke.color);
    }
    let mut button = egui::Button::new(text);
    if enabled.is_ok() {
        button = button.fill(chosen.bg_fill);
    }
    let size = vec2(
        ui.available_width() - QUEUE - ui.spacing().item_spacing.x,
        34.0,
    );
    let tooltip = match host.settings.shortcut(row) {
        Some(key) => format!("{} ({})", row.tooltip(), key_text(ui.ctx(), &key)),
        None => row.tooltip().to_owned(),
    };
    let response = ui
        .add_enabled_ui(enabled.is_ok(), |ui| ui.add_sized(size, button))
        .inner;
    let response = response.on_hover_text(tooltip);
    match enabled {
        Ok(()) if response.clicked() => host.run(ui.ctx(), row),
        Ok(()) => {}
        Err(reason) => drop(response.on_disabled_hover_text(reason)),
    }
}

/// Says why, and offers the way out where there is one.
fn why_not(host: &mut Host<'_>, ui: &mut egui::Ui, reason: &str) {
    let model = host.studio.queue.model();
    let none = matches!(model, ModelState::None | ModelState::Failed(_));
    let problem = host.studio.mask_problem.filter(|_| !none);
    let sketched = problem == Some(texts::EMPTY_MASK_SKETCH);
    let offers = sketched || problem == Some(texts::EMPTY_MASK);
    let colour = ui.visuals().warn_fg_color;
    let line = room::cut(ui, reason, colour, if offers { 1 } else { 2 });
    ui.label(line).on_hover_text(reason);
    if !offers {
        return;
    }
    ui.horizontal(|ui| {
        let ways = [
            sketched.then_some(board::MASK_SKETCH),
            Some(board::MASK_ALL),
        ];
        for row in ways.into_iter().flatten().filter_map(board::find) {
            let way = ui.small_button(row.label()).on_hover_text(row.tooltip());
            if way.clicked() {
                host.effects.push(Effect::Run(row.id));
            }
        }
    });
}

/// The job that runs, or the model that is being loaded; whether there is one.
fn running(host: &mut Host<'_>, ui: &mut egui::Ui) -> bool {
    let queue = &host.studio.queue;
    let Some(running) = queue.running() else {
        let ModelState::Loading { part: Some(part) } = queue.model() else {
            return false;
        };
        let (fraction, line) = (part.fraction(), texts::loading(Some(part)));
        if bar(ui, fraction, line, true, texts::STOP_LOADING_TOOLTIP.get()) {
            host.studio.queue.stop_load();
        }
        return true;
    };
    let Some(stop) = actions::find("repaint.stop") else {
        return false;
    };
    let fraction = match &running.loading {
        Some(loading) => loading.fraction(),
        None => running.pace.fraction(),
    };
    let (line, can_stop) = (running.progress(), !running.stopping);
    if bar(ui, fraction, line, can_stop, stop.tooltip()) {
        host.studio.queue.stop();
    }
    true
}

/// How far something is, and the button that stops it; whether that was pressed.
pub(super) fn bar(
    ui: &mut egui::Ui,
    fraction: f32,
    line: String,
    can_stop: bool,
    tooltip: &str,
) -> bool {
    ui.horizontal(|ui| {
        let width = ui.available_width() - 56.0;
        let bar = egui::ProgressBar::new(fraction)
            .desired_width(width)
            .desired_height(ui.spacing().interact_size.y)
            .corner_radius(3.0)
            .text(line);
        ui.add(bar);
        let button = egui::Button::new(texts::STOP).min_size(vec2(ui.available_width(), 0.0));
        ui.add_enabled(can_stop, button)
            .on_hover_text(tooltip)
            .on_disabled_hover_text(texts::STOPPING)
            .clicked()
    })
    .inner
}

/// The button of the queue, and above it the jobs that wait, next first.
fn waiting(host: &mut Host<'_>, ui: &mut egui::Ui) {
    let waiting = host.studio.queue.waiting();
    let count = waiting.len();
    let button = egui::Button::new(texts::queue(count)).min_size(vec2(QUEUE, 34.0));
    let button = ui.add_enabled(count > 0, button);
    button.widget_info(|| {
        let label = texts::waiting(count);
        egui::WidgetInfo::labeled(egui::Role::Button, count > 0, label)
    });
    let button = button
        .on_hover_text(texts::QUEUE_TOOLTIP)
        .on_disabled_hover_text(texts::waiting(count));
    let mut change = None;
    let list = |ui: &mut egui::Ui| {
        ui.set_width(LIST[0]);
        ui.weak(texts::waiting(count));
        room::beside_bars(ui);
        let scroll = egui::ScrollArea::vertical().max_height(LIST[1]);
        scroll.auto_shrink([false, true]).show(ui, |ui| {
            for (place, one) in waiting.iter().enumerate() {
                let repaint = &one.repaint;
                ui.horizontal(|ui| {
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        let job = texts::a_job(place + 1);
                        let name = |what: Text| texts::does_to(&what, &job);
                        if small(
                            ui,
                            Glyph::Cross,
                            &name(texts::REMOVE),
                            texts::REMOVE_TOOLTIP.get(),
                        ) {
                            change = Some(Change::Remove(one.id));
                        }
                        let last = place + 1 == waiting.len();
                        ui.add_enabled_ui(!last, |ui| {
                            if small(
                                ui,
                                Glyph::Down,
                                &name(texts::LATER),
                                texts::LATER_TOOLTIP.get(),
                            ) {
                                change = Some(Change::Shift(one.id, 1));
                            }
                        });
                        ui.add_enabled_ui(place > 0, |ui| {
                            if small(
                                ui,
                                Glyph::Up,
                                &name(texts::EARLIER),
                                texts::EARLIER_TOOLTIP.get(),
                            ) {
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
    };
    let popup = egui::Popup::from_toggle_button_response(&button);
    if count == 0 {
        egui::Popup::close_id(ui.ctx(), popup.get_id());
        return;
    }
    popup
        .align(egui::RectAlign::TOP_END)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .show(list);
    match change {
        Some(Change::Shift(id, places)) => host.studio.queue.shift(id, places),
        Some(Change::Remove(id)) => host.studio.queue.remove(id),
        None => {}
    }
}

/// What a small button shows.
#[derive(Clone, Copy)]
pub(super) enum Glyph {
    Up,
    Down,
    Cross,
}

/// A small drawn button.
pub(super) fn small(ui: &mut egui::Ui, glyph: Glyph, label: &str, tooltip: &str) -> bool {
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
