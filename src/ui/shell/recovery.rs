//! Offers work of sessions that ended unexpectedly: recovered, thrown away, or kept for later.
//!
//! Does not read any of it before it is asked for; [`work`](super::work) does then.

use std::time::SystemTime;

use eframe::egui::{self, Align, Key, Layout, Modifiers, RichText};

use super::disk::Errand;
use super::files::{self, Next};
use super::work::WorkTask;
use crate::project::Orphan;
use crate::ui::room;
use crate::ui::shell::App;
use crate::ui::texts::work as texts;
use crate::ui::theme;

/// Room for the list, points; more scrolls.
const LIST: f32 = 280.0;

/// Work that was left behind, newest first.
#[derive(Default)]
pub(super) struct Offer {
    orphans: Vec<Orphan>,
    /// Whether the dialog is open.
    open: bool,
    /// Which of them is asked about once more before it is thrown away.
    doomed: Option<usize>,
}

impl Offer {
    /// Offers what was found.
    pub fn found(&mut self, orphans: Vec<Orphan>) {
        self.open = !orphans.is_empty();
        if self.open {
            tracing::info!("unsaved work is offered: {}", orphans.len());
        }
        self.orphans = orphans;
    }

    /// Takes back what could not be recovered after all.
    pub fn put_back(&mut self, orphan: Orphan) {
        self.orphans.insert(0, orphan);
        self.doomed = None;
    }

    /// Shows the dialog again.
    pub fn open(&mut self) {
        self.open = true;
    }

    /// Whether the dialog is open, and has the keys.
    pub fn is_open(&self) -> bool {
        self.open && !self.orphans.is_empty()
    }

    /// Whether there is anything to recover.
    pub fn is_empty(&self) -> bool {
        self.orphans.is_empty()
    }
}

/// What was chosen.
#[derive(Clone, Copy)]
enum Choice {
    Recover(usize),
    Doom(Option<usize>),
    ThrowAway(usize),
    Later,
}

/// Draws the dialog, while it is open and nothing else is asked.
pub(super) fn show(app: &mut App, ctx: &egui::Context) {
    if !app.shell.work.offer.is_open() || app.shell.question.is_some() {
        return;
    }
    let offer = &app.shell.work.offer;
    let enter = ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(14);
    let modal = egui::Modal::new(egui::Id::unique("recovery"))
        .frame(frame)
        .backdrop_color(theme::scrim());
    let response = modal.show(ctx, |ui| {
        ui.set_width(440.0);
        ui.heading(texts::TITLE);
        ui.add_space(4.0);
        ui.label(match offer.orphans.len() {
            1 => texts::BODY_ONE,
            _ => texts::BODY_MANY,
        });
        ui.add_space(8.0);
        let mut chosen = None;
        room::beside_bars(ui);
        egui::ScrollArea::vertical()
            .max_height(LIST)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                for (index, orphan) in offer.orphans.iter().enumerate() {
                    if index > 0 {
                        ui.separator();
                    }
                    let doomed = offer.doomed == Some(index);
                    chosen = chosen.or(row(ui, orphan, index, doomed, enter));
                }
            });
        ui.add_space(10.0);
        let later = ui.button(texts::LATER).on_hover_text(texts::LATER_TOOLTIP);
        match later.clicked() || (enter && later.has_focus()) {
            true => Some(Choice::Later),
            false => chosen,
        }
    });
    let chosen = match response.inner {
        Some(choice) => Some(choice),
        // A click beside it decides nothing.
        None if response.should_close() && !response.backdrop_response.clicked() => {
            Some(Choice::Later)
        }
        // Enter recovers the newest, which loses nothing.
        None if enter && offer.doomed.is_none() => Some(Choice::Recover(0)),
        None => None,
    };
    if let Some(choice) = chosen {
        carry_out(app, ctx, choice);
    }
}

/// One work: what it is on the left, what to do with it on the right.
fn row(
    ui: &mut egui::Ui,
    orphan: &Orphan,
    index: usize,
    doomed: bool,
    enter: bool,
) -> Option<Choice> {
    let buttons: [(&str, &str, Choice); 2] = match doomed {
        false => [
            (
                texts::THROW_AWAY.get(),
                texts::THROW_AWAY_TOOLTIP.get(),
                Choice::Doom(Some(index)),
            ),
            (
                texts::RECOVER.get(),
                texts::RECOVER_TOOLTIP.get(),
                Choice::Recover(index),
            ),
        ],
        true => [
            (
                texts::THROW_AWAY_TRULY.get(),
                texts::THROW_AWAY_TRULY_TOOLTIP.get(),
                Choice::ThrowAway(index),
            ),
            (
                texts::KEEP.get(),
                texts::KEEP_TOOLTIP.get(),
                Choice::Doom(None),
            ),
        ],
    };
    let title = match orphan.title() {
        "" => texts::UNTITLED.get(),
        title => title,
    };
    let since = SystemTime::now()
        .duration_since(orphan.changed())
        .unwrap_or_default();
    let mut chosen = None;
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for (place, (label, tooltip, choice)) in buttons.into_iter().enumerate() {
                let first = index == 0 && place == 1 && !doomed;
                let button = ui
                    .add(egui::Button::new(label).selected(first))
                    .on_hover_text(tooltip);
                if button.clicked() || (enter && button.has_focus()) {
                    chosen = Some(choice);
                }
            }
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.add(egui::Label::new(RichText::new(title).strong()).truncate());
                ui.weak(texts::facts(orphan.size(), since));
            });
        });
    });
    chosen
}

fn carry_out(app: &mut App, ctx: &egui::Context, choice: Choice) {
    let offer = &mut app.shell.work.offer;
    match choice {
        Choice::Recover(index) => {
            let orphan = offer.orphans.remove(index);
            offer.open = false;
            offer.doomed = None;
            files::leave(app, ctx, Next::Recover(orphan));
        }
        Choice::Doom(doomed) => offer.doomed = doomed,
        Choice::ThrowAway(index) => {
            let orphan = offer.orphans.remove(index);
            offer.doomed = None;
            files::send(&mut app.shell, ctx, Errand::Work(WorkTask::Forget(orphan)));
        }
        Choice::Later => {
            offer.open = false;
            offer.doomed = None;
        }
    }
}
