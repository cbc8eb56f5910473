//! What models run on, and how much memory they may take.
//!
//! Does not know models.

use std::sync::Arc;

use eframe::egui;

use super::super::settings::Settings;
use super::super::texts as all_texts;
use super::super::texts::studio::{self as texts, DEVICE, MEMORY};
use super::host::{Effect, Host};
use super::models;
use super::queue::Devices;
use crate::engine::Device;

/// How much memory models may take together.
pub fn memory_row(host: &mut Host<'_>, ui: &mut egui::Ui) {
    ui.strong(MEMORY.label()).on_hover_text(MEMORY.tooltip());
    let free = host.studio.queue.shelf().free;
    let memory = &mut host.settings.memory;
    let before = *memory;
    ui.horizontal(|ui| {
        ui.radio_value(memory, None, texts::memory_free(free));
        let limited = ui.radio(memory.is_some(), texts::MEMORY_AT_MOST);
        if limited.clicked() && memory.is_none() {
            *memory = Some(texts::MEMORY_USUAL);
        }
        let mut most = memory.unwrap_or(texts::MEMORY_USUAL);
        let value = egui::DragValue::new(&mut most)
            .range(Settings::MEMORY)
            .speed(0.1)
            .max_decimals(1)
            .suffix(" GB");
        if ui.add_enabled(memory.is_some(), value).changed() {
            *memory = Some(most);
        }
    });
    if *memory != before {
        models::set_memory(host);
    }
}

/// What there is to run on, with the reason where a device cannot be used.
pub fn device_rows(host: &mut Host<'_>, ui: &mut egui::Ui) {
    ui.strong(DEVICE.label()).on_hover_text(DEVICE.tooltip());
    let report = match host.studio.queue.devices() {
        Devices::Known(report) => Some(Arc::clone(report)),
        _ => None,
    };
    let mut chosen = host.settings.device;
    // Another library has to be loaded for it, which only a new start can do.
    let waits = |device: Device| {
        let report = report.as_ref();
        report.is_some_and(|report| report.next_start.contains(&device))
    };
    for device in Device::ALL {
        let finding = report.as_ref().and_then(|report| {
            let row = report.devices.iter().find(|(own, _)| own == device);
            row.map(|(_, finding)| finding)
        });
        ui.horizontal(|ui| {
            // What was not tried may still work.
            let refused = matches!(finding, Some(Err(_))) && !waits(*device);
            ui.add_enabled_ui(!refused, |ui| {
                ui.radio_value(
                    &mut chosen,
                    *device,
                    all_texts::choice_label(device.choice()),
                )
                .on_hover_text(all_texts::choice_tooltip(device.choice()));
            });
            match finding {
                Some(Ok(())) => {
                    ui.weak(texts::WORKS);
                }
                Some(Err(reason)) => {
                    ui.add(egui::Label::new(egui::RichText::new(reason).weak()).truncate())
                        .on_hover_text(reason);
                }
                None => {}
            }
        });
    }
    match &report {
        None => {
            ui.weak(texts::TRYING_DEVICES);
        }
        Some(report) => {
            if let Some(problem) = &report.problem {
                ui.colored_label(ui.visuals().error_fg_color, problem);
            }
            ui.weak(texts::runtime(&report.runtime));
        }
    }
    if waits(chosen) {
        let button = ui
            .button(texts::restart_with(chosen))
            .on_hover_text(texts::RESTART_TOOLTIP);
        if button.clicked() {
            host.effects.push(Effect::Restart);
        }
    }
    if chosen != host.settings.device {
        host.settings.device = chosen;
        if !waits(chosen) {
            models::load(host);
        }
    }
}
