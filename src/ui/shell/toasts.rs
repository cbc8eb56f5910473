//! Draws what the artist is told: lines in the corner, and the log of all of them.
//!
//! Does not know what happened.

use eframe::egui::{self, Align, Align2, Layout, vec2};

use super::Shell;
use crate::ui::notices::{Line, Weight};
use crate::ui::room;
use crate::ui::shell::App;
use crate::ui::texts::shell as texts;

const WIDTH: f32 = 360.0;

/// Lines of a toast at most; the log has all of it.
const MOST_LINES: usize = 6;

/// Draws the lines that show, and what is being read or written.
pub(super) fn show(app: &mut App, ctx: &egui::Context, corner: egui::Pos2) {
    let now = ctx.input(|input| input.time);
    let shell = &mut app.shell;
    let progress = shell.disk.progress().map(str::to_owned);
    let lines: Vec<Line> = shell.notices.shown().cloned().collect();
    if shell.disk.busy() && progress.is_none() {
        // Whether it takes long is seen by looking again.
        ctx.request_repaint_after(std::time::Duration::from_millis(200));
    }
    if lines.is_empty() && progress.is_none() {
        return;
    }
    let (mut dismissed, mut log, mut hovered) = (None, false, false);
    egui::Area::new(egui::Id::unique("toasts"))
        .pivot(Align2::RIGHT_BOTTOM)
        .fixed_pos(corner + vec2(-10.0, -10.0))
        .order(egui::Order::Foreground)
        .show(ctx, |ui| {
            ui.set_max_width(WIDTH);
            for line in &lines {
                let toast = toast(ui, line);
                hovered |= toast.hovered;
                log |= toast.clicked;
                if toast.dismissed {
                    dismissed = Some(line.number);
                }
            }
            if let Some(progress) = progress {
                frame(ui).show(ui, |ui| {
                    ui.set_width(WIDTH - 24.0);
                    ui.horizontal(|ui| {
                        ui.spinner();
                        ui.add(egui::Label::new(progress).truncate());
                    });
                });
            }
        });
    if log {
        shell.log_open = true;
    }
    if let Some(number) = dismissed {
        shell.notices.dismiss(number);
    }
    age(&mut app.shell, ctx, now, &lines, hovered);
}

/// Lets notes go that have been there long enough, while none is looked at.
fn age(shell: &mut Shell, ctx: &egui::Context, now: f64, lines: &[Line], hovered: bool) {
    for (_, since) in &mut shell.notices.toasts {
        if since.is_none() || hovered {
            *since = Some(now);
        }
    }
    let left = |line: &Line| {
        let toasts = &shell.notices.toasts;
        let (_, since) = toasts.iter().find(|(number, _)| *number == line.number)?;
        Some((*since)? + line.seconds() - now)
    };
    let mut gone = Vec::new();
    for line in lines.iter().filter(|line| line.weight == Weight::Note) {
        match left(line) {
            Some(left) if left <= 0.0 => gone.push(line.number),
            Some(left) => ctx.request_repaint_after(std::time::Duration::from_secs_f64(left)),
            None => {}
        }
    }
    for number in gone {
        shell.notices.dismiss(number);
        ctx.request_repaint();
    }
}

struct Toast {
    hovered: bool,
    clicked: bool,
    dismissed: bool,
}

fn frame(ui: &egui::Ui) -> egui::Frame {
    egui::Frame::popup(ui.style()).inner_margin(egui::Margin::symmetric(10, 7))
}

fn toast(ui: &mut egui::Ui, line: &Line) -> Toast {
    let visuals = ui.visuals();
    let mut frame = frame(ui);
    let mut colour = visuals.text_color();
    if line.weight == Weight::Error {
        frame = frame.stroke(egui::Stroke::new(1.0, visuals.error_fg_color));
        colour = visuals.strong_text_color();
    }
    frame
        .show(ui, |ui| {
            ui.set_width(WIDTH - 24.0);
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                let close = ui
                    .add(
                        egui::Button::new("×")
                            .frame(false)
                            .min_size(vec2(18.0, 18.0)),
                    )
                    .on_hover_text(texts::DISMISS);
                close.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::Role::Button, true, texts::DISMISS)
                });
                let label = ui
                    .with_layout(Layout::left_to_right(Align::Min), |ui| {
                        let text = room::cut(ui, &line.text, colour, MOST_LINES);
                        let label = egui::Label::new(text)
                            .wrap()
                            .selectable(false)
                            .sense(egui::Sense::click());
                        ui.add(label)
                    })
                    .inner
                    .on_hover_text(texts::TOAST_TOOLTIP);
                Toast {
                    hovered: label.hovered() || close.hovered(),
                    clicked: label.clicked(),
                    dismissed: close.clicked(),
                }
            })
            .inner
        })
        .inner
}

/// A line as the log has it: the time of day, and the text.
fn logged(line: &Line) -> String {
    let mark = match line.weight {
        Weight::Note => "",
        Weight::Error => texts::LOG_ERROR.get(),
    };
    let times = match line.times {
        1 => String::new(),
        times => texts::log_times(times),
    };
    format!("{} {mark}{}{times}", line.clock(), line.text)
}

/// Draws the log, while it is open.
pub(super) fn log(shell: &mut Shell, ctx: &egui::Context) {
    let mut open = shell.log_open;
    egui::Window::new(texts::LOG_TITLE)
        .id(egui::Id::unique("log"))
        .open(&mut open)
        .collapsible(false)
        .default_size([560.0, 320.0])
        .pivot(Align2::CENTER_CENTER)
        .default_pos(ctx.content_rect().center())
        .show(ctx, |ui| {
            ui.horizontal_wrapped(|ui| {
                let copy = egui::Button::new(texts::LOG_COPY);
                let lines = shell.notices.lines();
                let copy = ui
                    .add_enabled(!lines.is_empty(), copy)
                    .on_hover_text(texts::LOG_COPY_TOOLTIP)
                    .on_disabled_hover_text(texts::LOG_EMPTY);
                if copy.clicked() {
                    let all: Vec<_> = lines.iter().map(logged).collect();
                    ui.ctx().copy_text(all.join("\n"));
                }
                match &shell.places.log {
                    Some(path) => {
                        ui.weak(texts::LOG_CLOCK);
                        let path = path.display().to_string();
                        ui.add(egui::Label::new(egui::RichText::new(path).monospace()).wrap());
                    }
                    None => {
                        ui.weak(texts::LOG_NO_FILE);
                    }
                }
            });
            ui.separator();
            egui::ScrollArea::vertical()
                .auto_shrink([false, false])
                .stick_to_bottom(true)
                .show(ui, |ui| {
                    if shell.notices.lines().is_empty() {
                        ui.weak(texts::LOG_EMPTY);
                    }
                    for line in shell.notices.lines() {
                        let mut text = egui::RichText::new(logged(line)).monospace();
                        if line.weight == Weight::Error {
                            text = text.color(ui.visuals().error_fg_color);
                        }
                        ui.add(egui::Label::new(text).wrap());
                    }
                });
        });
    shell.log_open = open;
}
