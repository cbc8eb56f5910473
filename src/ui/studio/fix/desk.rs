//! The window that fixes hands: spots as rows, tries as columns.

use eframe::egui::{self, Align2, Sense, Stroke, Ui, vec2};

use super::super::super::app::App;
use super::super::super::shell;
use super::super::super::texts::fix as texts;
use super::super::models_of;
use super::tries::{can_keep, can_repaint, keep, repaint};
use super::{Fix, Spot, edit_mask, find, pick, take_mask, word};
use crate::engine::{FileKind, Subject};

/// Smallest and largest side of a picture, points.
const SIDES: std::ops::RangeInclusive<f32> = 72.0..=384.0;

/// Width of what stands before a row, points.
const BEFORE: f32 = 150.0;

/// Width of the window at first, points: the original and four tries.
const WIDTH: f32 = 880.0;

/// What was pressed.
enum Asked {
    Find,
    OtherDetector,
    Repaint(Option<usize>),
    Stop,
    Keep,
    TakeMask(Option<usize>),
    EditMask(usize),
    Pick(usize, Option<usize>),
}

/// Draws the window, while it is open.
pub fn window(app: &mut App, ctx: &egui::Context) {
    if !app.studio.fix.open {
        return;
    }
    let room = shell::canvas_rect(app);
    let detectors = models_of(app, ctx, FileKind::Detector);
    let (may_repaint, may_keep) = (can_repaint(app, None), can_keep(app));
    let may_find = shell::idle(app).is_ok();
    let panel = app.studio.recipe.strength;
    let (mut open, mut asked) = (true, None);
    let fix = &mut app.studio.fix;
    let detector = &mut app.shell.settings.detector;
    egui::Window::new(texts::TITLE)
        .id(egui::Id::unique("fix hands"))
        .open(&mut open)
        .collapsible(true)
        .default_size(vec2(WIDTH.min(room.width() - 24.0), room.height() * 0.8))
        .pivot(Align2::RIGHT_CENTER)
        .default_pos(room.right_center() - vec2(12.0, 0.0))
        .show(ctx, |ui| {
            head(ui, fix, detector, &detectors, may_find, &mut asked);
            foot(ui, fix, &may_repaint, &may_keep, &mut asked);
            ui.separator();
            egui::ScrollArea::both()
                .auto_shrink([false, false])
                .show(ui, |ui| body(ui, fix, panel, &mut asked));
        });
    fix.open = open;
    match asked {
        None => {}
        Some(Asked::Find) => find(app),
        Some(Asked::OtherDetector) => shell::ask_for_detector(app, ctx),
        Some(Asked::Repaint(only)) => repaint(app, only),
        Some(Asked::Stop) => app.studio.queue.clear_sheet(app.studio.fix.sheet),
        Some(Asked::Keep) => keep(app, ctx),
        Some(Asked::TakeMask(spot)) => take_mask(app, spot),
        Some(Asked::EditMask(spot)) => edit_mask(app, ctx, spot),
        Some(Asked::Pick(spot, number)) => {
            app.studio.fix.selected = spot;
            pick(&mut app.studio, spot, number);
        }
    }
}

/// What is looked for, and by what.
fn head(
    ui: &mut Ui,
    fix: &mut Fix,
    detector: &mut Option<std::path::PathBuf>,
    detectors: &[(String, std::path::PathBuf)],
    may_find: bool,
    asked: &mut Option<Asked>,
) {
    ui.horizontal(|ui| {
        let label = ui.label(texts::SUBJECT).on_hover_text(texts::SUBJECT_TIP);
        let word = |subject| word(subject, texts::SUBJECTS);
        egui::ComboBox::from_id_salt("fix subject")
            .width(80.0)
            .selected_text(word(fix.subject))
            .show_ui(ui, |ui| {
                for (_, subject) in Subject::ALL {
                    ui.selectable_value(&mut fix.subject, subject, word(subject));
                }
            })
            .response
            .labelled_by(label.id);
        if shell::choose_model(
            ui,
            [texts::WITH, texts::WITH_TIP],
            Some(texts::BUILT_IN),
            detector,
            detectors,
        ) {
            *asked = Some(Asked::OtherDetector);
        }
        let button = ui.add_enabled(may_find, egui::Button::new(texts::FIND));
        if button.on_hover_text(texts::FIND_TIP).clicked() {
            *asked = Some(Asked::Find);
        }
    });
}

/// How they are repainted, and what becomes of it.
fn foot(
    ui: &mut Ui,
    fix: &mut Fix,
    may_repaint: &Result<(), String>,
    may_keep: &Result<(), String>,
    asked: &mut Option<Asked>,
) {
    ui.horizontal(|ui| {
        let label = ui.label(texts::TRIES).on_hover_text(texts::TRIES_TIP);
        ui.add(egui::DragValue::new(&mut fix.tries).range(1..=16))
            .labelled_by(label.id)
            .on_hover_text(texts::TRIES_TIP);
        let label = ui.label(texts::AROUND).on_hover_text(texts::AROUND_TIP);
        let around = egui::DragValue::new(&mut fix.around)
            .range(1.0..=10.0)
            .speed(0.05)
            .max_decimals(1)
            .suffix(" \u{d7}");
        ui.add(around)
            .labelled_by(label.id)
            .on_hover_text(texts::AROUND_TIP);
        if enabled(ui, texts::REPAINT, texts::REPAINT_TIP, may_repaint) {
            *asked = Some(Asked::Repaint(None));
        }
        let (done, all) = fix.done();
        if done < all {
            if ui
                .button(texts::STOP)
                .on_hover_text(texts::STOP_TIP)
                .clicked()
            {
                *asked = Some(Asked::Stop);
            }
            ui.weak(texts::progress(done, all));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if enabled(ui, texts::KEEP, texts::KEEP_TIP, may_keep) {
                *asked = Some(Asked::Keep);
            }
            ui.spacing_mut().slider_width = 80.0;
            ui.add(egui::Slider::new(&mut fix.side, SIDES).show_value(false));
            if ui
                .button(texts::ADD)
                .on_hover_text(texts::ADD_TIP)
                .clicked()
            {
                *asked = Some(Asked::TakeMask(None));
            }
        });
    });
    ui.weak(texts::KEYS);
}

fn enabled(ui: &mut Ui, name: &str, tip: &str, may: &Result<(), String>) -> bool {
    let button = ui
        .add_enabled(may.is_ok(), egui::Button::new(name))
        .on_hover_text(tip);
    let button = match may {
        Err(reason) => button.on_disabled_hover_text(reason),
        Ok(()) => button,
    };
    button.clicked()
}

fn body(ui: &mut Ui, fix: &mut Fix, panel: f64, asked: &mut Option<Asked>) {
    if fix.spots.is_empty() {
        if fix.of.is_some() {
            ui.add(egui::Label::new(texts::NOTHING).wrap());
        }
        return;
    }
    let (side, selected) = (fix.side, fix.selected);
    let mut select = None;
    let grid = egui::Grid::new("fix grid").spacing(vec2(6.0, 8.0));
    grid.show(ui, |ui| {
        for (index, spot) in fix.spots.iter_mut().enumerate() {
            ui.vertical(|ui| {
                ui.set_width(BEFORE);
                before(ui, index, spot, index == selected, panel, asked);
            });
            let original = (&spot.original, false, texts::ORIGINAL.to_owned());
            let tries = (1..)
                .zip(&spot.tries)
                .map(|(number, one)| (&one.seen, one.lost, texts::a_try(number)));
            let pictures = std::iter::once(original).chain(tries);
            for (place, (seen, lost, what)) in pictures.enumerate() {
                let number = place.checked_sub(1);
                let picked = spot.picked == number;
                let name = texts::cell(index + 1, &what);
                let seen = seen
                    .as_ref()
                    .ok_or(if lost { "\u{2013}" } else { "\u{2026}" });
                if cell(ui, seen, side, picked, &name).clicked() {
                    *asked = Some(Asked::Pick(index, number));
                    select = Some(index);
                }
            }
            ui.end_row();
        }
    });
    fix.selected = select.unwrap_or(selected);
}

/// What stands before a row.
fn before(
    ui: &mut Ui,
    index: usize,
    spot: &mut Spot,
    selected: bool,
    panel: f64,
    asked: &mut Option<Asked>,
) {
    let name = texts::name(index + 1, &spot.label);
    let name = match selected {
        true => egui::RichText::new(name)
            .strong()
            .color(ui.visuals().hyperlink_color),
        false => egui::RichText::new(name),
    };
    ui.checkbox(&mut spot.ticked, name);
    let size = spot.region.rect.size();
    ui.weak(texts::about(spot.score, size.width, size.height));
    let prompt = egui::TextEdit::singleline(&mut spot.prompt)
        .hint_text(texts::PROMPT_HINT)
        .desired_width(BEFORE - 12.0);
    ui.add(prompt).on_hover_text(texts::PROMPT_TIP);
    ui.horizontal(|ui| {
        let mut strength = spot.strength.unwrap_or(panel);
        let label = ui.weak(texts::STRENGTH);
        let drag = egui::DragValue::new(&mut strength)
            .range(0.05..=1.0)
            .speed(0.01)
            .max_decimals(2);
        let drag = ui
            .add(drag)
            .labelled_by(label.id)
            .on_hover_text(texts::STRENGTH_TIP);
        if drag.changed() {
            spot.strength = Some(strength);
        }
    });
    ui.horizontal_wrapped(|ui| {
        for (name, tip, what) in [
            (texts::MORE, texts::MORE_TIP, Asked::Repaint(Some(index))),
            (
                texts::EDIT_MASK,
                texts::EDIT_MASK_TIP,
                Asked::EditMask(index),
            ),
            (
                texts::USE_MASK,
                texts::USE_MASK_TIP,
                Asked::TakeMask(Some(index)),
            ),
        ] {
            if ui.small_button(name).on_hover_text(tip).clicked() {
                *asked = Some(what);
            }
        }
    });
}

/// A picture of a row, or what stands in its place; the one that is picked has a frame.
fn cell(
    ui: &mut Ui,
    seen: Result<&egui::TextureHandle, &str>,
    side: f32,
    picked: bool,
    name: &str,
) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::click());
    let visuals = ui.visuals();
    let painter = ui.painter();
    painter.rect_filled(rect, 3.0, visuals.extreme_bg_color);
    match seen {
        Ok(texture) => {
            let size = texture.size_vec2();
            let scale = (rect.size() / size).min_elem();
            let at = egui::Rect::from_center_size(rect.center(), size * scale);
            egui::Image::new((texture.id(), at.size())).paint_at(ui, at);
        }
        Err(mark) => {
            let font = egui::TextStyle::Heading.resolve(ui.style());
            let color = visuals.weak_text_color();
            painter.text(rect.center(), Align2::CENTER_CENTER, mark, font, color);
        }
    }
    let visuals = ui.visuals();
    let stroke = match (picked, response.hovered() || response.has_focus()) {
        (true, _) => Stroke::new(3.0, visuals.selection.bg_fill),
        (false, true) => Stroke::new(2.0, visuals.hyperlink_color),
        (false, false) => Stroke::NONE,
    };
    ui.painter()
        .rect_stroke(rect, 3.0, stroke, egui::StrokeKind::Inside);
    response
        .widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, seen.is_ok(), picked, name));
    response.on_hover_text(name)
}
