//! The list of earlier prompts, for those who use the pointer.
//!
//! Does not know how they are kept.

use eframe::egui::{self, Sense, vec2};

use super::super::texts::recipes as texts;
use super::history::{History, Words};

/// Width of the list, points.
const WIDTH: f32 = 340.0;

/// Draws the button, and the list while it is open; gives what was chosen from it.
pub fn menu(ui: &mut egui::Ui, history: &History) -> Option<Words> {
    let button = clock(ui, !history.entries().is_empty());
    let mut chosen = None;
    egui::Popup::menu(&button).width(WIDTH).show(|ui| {
        ui.weak(texts::EARLIER_TITLE);
        egui::ScrollArea::vertical()
            .max_height(360.0)
            .show(ui, |ui| {
                for words in history.entries() {
                    let line = egui::Button::selectable(
                        false,
                        texts::earlier(&words.prompt, &words.negative_prompt),
                    )
                    .truncate()
                    .min_size(vec2(WIDTH - 16.0, 0.0));
                    let line = ui.add(line).on_hover_ui(|ui| {
                        ui.label(&words.prompt);
                        if !words.negative_prompt.is_empty() {
                            ui.weak(texts::not(&words.negative_prompt));
                        }
                    });
                    if line.clicked() {
                        chosen = Some(words.clone());
                        ui.close();
                    }
                }
            });
    });
    chosen
}

/// A small drawn clock.
fn clock(ui: &mut egui::Ui, enabled: bool) -> egui::Response {
    let button = |ui: &mut egui::Ui| {
        let (rect, response) = ui.allocate_exact_size(vec2(20.0, 18.0), Sense::click());
        response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, enabled, texts::EARLIER));
        let visuals = ui.style().interact(&response);
        if response.hovered() || response.has_focus() {
            ui.painter()
                .rect_filled(rect, visuals.corner_radius, visuals.weak_bg_fill);
        }
        let stroke = egui::Stroke::new(1.3, visuals.fg_stroke.color);
        let centre = rect.center();
        ui.painter().circle_stroke(centre, 5.5, stroke);
        let hands = [vec2(0.0, -3.5), vec2(0.0, 0.0), vec2(2.6, 1.4)];
        let hands = hands.map(|hand| centre + hand).to_vec();
        ui.painter().line(hands, stroke);
        response
    };
    ui.add_enabled_ui(enabled, button)
        .inner
        .on_hover_text(texts::EARLIER_TOOLTIP)
        .on_disabled_hover_text(texts::EARLIER_NONE)
}
