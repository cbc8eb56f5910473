//! What the library offers: folders of other tools, models to begin with; and what is being fetched.
//!
//! Does not know how anything is fetched.

use eframe::egui;

use super::super::texts::library as texts;
use super::super::texts::studio::does_to;
use super::Host;
use super::library::choose;
use crate::engine::FileKind;
use crate::library::{Entry, Home, STARTERS, State};

/// Folders of other tools that were found; whether one was taken.
pub fn offers(host: &mut Host<'_>, ui: &mut egui::Ui) -> bool {
    let mut any = false;
    let library = &mut host.studio.models.library;
    let offers = library.found.as_ref().map(|found| found.offers.clone());
    for (tool, root) in offers.unwrap_or_default() {
        let mut taken = None;
        ui.horizontal_wrapped(|ui| {
            ui.label(texts::offer(tool))
                .on_hover_text(root.display().to_string());
            let take = ui.button(texts::USE).on_hover_text(texts::USE_TOOLTIP);
            let leave = ui
                .button(texts::NOT_NOW)
                .on_hover_text(texts::NOT_NOW_TOOLTIP);
            taken = match (take.clicked(), leave.clicked()) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            };
        });
        let Some(take) = taken else { continue };
        any |= take;
        if take {
            library.shelf.add(root.clone());
        } else {
            library.shelf.declined.push(root.clone());
        }
        if let Some(found) = &mut library.found {
            found.offers.retain(|(_, own)| *own != root);
        }
        library.unsaved = true;
        library.stale = true;
    }
    any
}

/// Models to begin with, where there is none but the built-in one.
pub fn starters(host: &mut Host<'_>, ui: &mut egui::Ui, home: &Home) {
    let added = !host.settings.models.is_empty();
    let library = &mut host.studio.models.library;
    let Some(found) = &library.found else { return };
    let is_model = |entry: &Entry| entry.kind == FileKind::Checkpoint && entry.refused.is_none();
    let offered = !found.offers.is_empty();
    if added || offered || library.shelf.started || found.entries.iter().any(is_model) {
        return;
    }
    ui.label(texts::STARTERS);
    for starter in &STARTERS {
        let fetched = library
            .downloads
            .iter()
            .any(|(name, _)| name == starter.name);
        ui.horizontal(|ui| {
            let button = ui.add_enabled(!fetched, egui::Button::new(texts::DOWNLOAD));
            button.widget_info(|| {
                let label = does_to(&texts::DOWNLOAD, starter.name);
                egui::WidgetInfo::labeled(egui::Role::Button, true, label)
            });
            if button.on_hover_text(starter.source).clicked()
                && let Err(line) = library.fetch(starter.name.to_owned(), starter.source, home)
            {
                host.notices.fail(line);
            }
            ui.vertical(|ui| {
                ui.strong(starter.name);
                ui.add(egui::Label::new(texts::starter(starter)).wrap());
            });
        });
    }
    if ui.button(texts::NO_STARTERS).clicked() {
        library.shelf.started = true;
        library.unsaved = true;
    }
}

/// What is being fetched, or was.
pub fn downloads(host: &mut Host<'_>, ui: &mut egui::Ui) {
    let library = &mut host.studio.models.library;
    let mut gone = None;
    let mut paint = None;
    for (i, (name, download)) in library.downloads.iter().enumerate() {
        let progress = download.progress();
        ui.strong(name);
        if let Some(size) = progress.size.filter(|_| !progress.state.is_end()) {
            let share = progress.done as f32 / size.max(1) as f32;
            ui.add(egui::ProgressBar::new(share).desired_height(6.0));
        }
        ui.horizontal_wrapped(|ui| {
            ui.label(texts::progress(&progress));
            match &progress.state {
                State::Finished(path) => {
                    if ui.button(texts::USE_MODEL).clicked() {
                        paint = Some(path.clone());
                        gone = Some(i);
                    }
                    if ui.button(texts::DISMISS).clicked() {
                        gone = Some(i);
                    }
                }
                State::Stopped | State::Failed(_) => {
                    if ui.button(texts::DISMISS).clicked() {
                        gone = Some(i);
                    }
                }
                state => {
                    let paused = *state == State::Paused;
                    let label = if paused { texts::RESUME } else { texts::PAUSE };
                    if ui.button(label).clicked() {
                        if paused {
                            download.resume();
                        } else {
                            download.pause();
                        }
                    }
                    let stop = ui.button(texts::STOP).on_hover_text(texts::STOP_TOOLTIP);
                    if stop.clicked() {
                        download.stop();
                    }
                }
            }
        });
    }
    if let Some(i) = gone {
        library.downloads.remove(i);
        library.stale = true;
    }
    if let Some(path) = paint {
        choose(host, Some(path));
    }
}
