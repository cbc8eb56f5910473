//! The window that fixes hands: spots as rows, tries as columns.

use eframe::egui::{self, Align2, Sense, Stroke, Ui, vec2};

use super::super::super::texts::fix as texts;
use super::super::Host;
use super::super::models_of;
use super::large;
use super::spot::{Hint, Spot};
use super::tries::{can_keep, can_repaint, keep, repaint};
use super::{Fix, edit_mask, find, pick, take_mask, word};
use crate::engine::{FileKind, Subject};
use crate::ui::dialog::Wanted;
use crate::ui::model_choice::choose as choose_model;

/// Smallest and largest side of a picture, points.
const SIDES: std::ops::RangeInclusive<f32> = 72.0..=384.0;

/// Width of what stands before a row, points.
const BEFORE: f32 = 168.0;

/// Space between pictures of a row, points.
const GAP: f32 = 6.0;

/// Width of the window while nothing was tried, points; the picture stays in sight beside it.
const WIDTH: f32 = 500.0;

/// What was pressed.
pub(super) enum Asked {
    Find,
    OtherDetector,
    Repaint(Option<usize>),
    Stop,
    Keep,
    TakeMask(Option<usize>),
    EditMask(usize),
    Pick(usize, Option<usize>),
    /// As well alone.
    Enlarge(usize, Option<usize>),
    Back,
    Move(usize, usize),
}

/// Draws the window, while it is open.
pub fn window(host: &mut Host<'_>, ctx: &egui::Context) {
    if !host.studio.fix.open {
        return;
    }
    let room = host.around.canvas;
    let detectors = models_of(host, ctx, FileKind::Detector);
    let (may_repaint, may_keep) = (can_repaint(&host.seen(), None), can_keep(&host.seen()));
    let may_find = host.seen().idle().is_ok();
    let panel = host.studio.recipe.strength;
    let around = super::around(host.studio);
    let (mut open, mut asked) = (true, None);
    let fix = &mut host.studio.fix;
    let most = room.width() - 24.0;
    let tries = fix.spots.iter().map(|spot| spot.tries.len()).max();
    let tries = tries.unwrap_or_default().min(4) as f32;
    let needed = match tries > 0.0 {
        true => BEFORE + (tries + 1.0) * (fix.side + GAP) + 30.0,
        false => WIDTH,
    };
    let detector = &mut host.settings.detector;
    egui::Window::new(texts::TITLE)
        .id(egui::Id::unique("fix hands"))
        .open(&mut open)
        .collapsible(true)
        .default_size(vec2(WIDTH.min(most), room.height() * 0.9))
        .min_width(needed.min(most))
        .pivot(Align2::RIGHT_CENTER)
        .default_pos(room.right_center() - vec2(12.0, 0.0))
        .show(ctx, |ui| {
            head(ui, fix, detector, &detectors, may_find, &mut asked);
            foot(ui, fix, around, [&may_repaint, &may_keep], &mut asked);
            ui.separator();
            if fix.large.is_some() && !fix.spots.is_empty() {
                return large::show(ui, fix, &mut asked);
            }
            egui::ScrollArea::both()
                .auto_shrink([false, false])
                .show(ui, |ui| body(ui, fix, panel, &mut asked));
        });
    fix.open = open;
    match asked {
        None => {}
        Some(Asked::Find) => find(host),
        Some(Asked::OtherDetector) => host.ask(Wanted::Detector),
        Some(Asked::Repaint(only)) => repaint(host, only),
        Some(Asked::Stop) => host.studio.queue.clear_sheet(host.studio.fix.sheet),
        Some(Asked::Keep) => keep(host),
        Some(Asked::TakeMask(spot)) => take_mask(host, spot),
        Some(Asked::EditMask(spot)) => edit_mask(host, spot),
        Some(Asked::Pick(spot, number)) => {
            host.studio.fix.selected = spot;
            pick(host.studio, spot, number);
        }
        Some(Asked::Enlarge(spot, number)) => {
            let fix = &mut host.studio.fix;
            fix.selected = spot;
            fix.large.get_or_insert_default();
            pick(host.studio, spot, number);
        }
        Some(Asked::Back) => host.studio.fix.large = None,
        Some(Asked::Move(from, to)) => host.studio.fix.shift(from, to),
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
        if choose_model(
            ui,
            [texts::WITH.get(), texts::WITH_TIP.get()],
            Some(texts::BUILT_IN.get()),
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
    if let Some(told) = &fix.told {
        let name = texts::told(&told.model);
        ui.checkbox(&mut fix.use_told, name)
            .on_hover_text(texts::TOLD_TIP);
    }
}

/// How they are repainted, and what becomes of it.
fn foot(
    ui: &mut Ui,
    fix: &mut Fix,
    mut around: f32,
    [may_repaint, may_keep]: [&Result<(), String>; 2],
    asked: &mut Option<Asked>,
) {
    ui.horizontal(|ui| {
        let label = ui.label(texts::TRIES).on_hover_text(texts::TRIES_TIP);
        ui.add(egui::DragValue::new(&mut fix.tries).range(1..=16))
            .labelled_by(label.id)
            .on_hover_text(texts::TRIES_TIP);
        let label = ui.label(texts::AROUND).on_hover_text(texts::AROUND_TIP);
        let drag = egui::DragValue::new(&mut around)
            .range(1.0..=10.0)
            .speed(0.05)
            .max_decimals(1)
            .suffix(" \u{d7}");
        let drag = ui.add(drag).labelled_by(label.id);
        if drag.on_hover_text(texts::AROUND_TIP).changed() {
            fix.around = Some(around);
        }
        if enabled(
            ui,
            texts::REPAINT.get(),
            texts::REPAINT_TIP.get(),
            may_repaint,
        ) {
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
    });
    ui.horizontal(|ui| {
        let add = ui.button(texts::ADD).on_hover_text(texts::ADD_TIP);
        if add.clicked() {
            *asked = Some(Asked::TakeMask(None));
        }
        let by_hint = ui
            .checkbox(&mut fix.by_hint, texts::BY_HINT)
            .on_hover_text(texts::BY_HINT_TIP);
        if by_hint.changed() {
            fix.spots.iter_mut().for_each(|spot| spot.sort(fix.by_hint));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if enabled(ui, texts::KEEP.get(), texts::KEEP_TIP.get(), may_keep) {
                *asked = Some(Asked::Keep);
            }
            ui.spacing_mut().slider_width = 60.0;
            ui.add(egui::Slider::new(&mut fix.side, SIDES).show_value(false))
                .on_hover_text(texts::SIDE_TIP);
        });
    });
    if fix.large.is_none() {
        ui.weak(texts::KEYS);
    }
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
    let grid = egui::Grid::new("fix grid").spacing(vec2(GAP, 8.0));
    grid.show(ui, |ui| {
        for (index, spot) in fix.spots.iter_mut().enumerate() {
            let row = ui.vertical(|ui| {
                ui.set_width(BEFORE);
                let painted = fix.painted == Some(spot.name);
                let state = (index == fix.selected, painted);
                before(ui, index, spot, state, panel, asked);
            });
            let id = ui.scope_id().with(("row", index));
            let row = ui.interact(row.response.rect, id, Sense::hover());
            if let Some(from) = row.dnd_release_payload::<usize>() {
                *asked = Some(Asked::Move(*from, index));
            }
            if row.dnd_hover_payload::<usize>().is_some() {
                let color = ui.visuals().hyperlink_color;
                let stroke = Stroke::new(2.0, color);
                ui.painter()
                    .hline(row.rect.x_range(), row.rect.top() - 4.0, stroke);
            }
            cells(ui, index, spot, fix.side, asked);
            ui.end_row();
        }
    });
}

/// The original of a spot and its tries, each to be picked.
pub(super) fn cells(ui: &mut Ui, index: usize, spot: &Spot, side: f32, asked: &mut Option<Asked>) {
    let original = (&spot.original, false, Hint::Unasked, texts::ORIGINAL.into());
    let tries = (1..)
        .zip(&spot.tries)
        .map(|(number, one)| (&one.view, one.lost, one.hint, texts::a_try(number)));
    let pictures = std::iter::once(original).chain(tries);
    for (place, (view, lost, hint, what)) in pictures.enumerate() {
        let number = place.checked_sub(1);
        let picked = spot.picked == number;
        let name = texts::cell(&what, index + 1);
        let seen = view.texture.as_ref();
        let seen = seen.ok_or(if lost { "\u{2013}" } else { "\u{2026}" });
        let note = match hint {
            Hint::Known(hint) => texts::hinted(hint),
            Hint::Unasked | Hint::Asked(_) => String::new(),
        };
        let cell = cell(ui, seen, side, picked, [&place.to_string(), &name, &note]);
        if cell.double_clicked() {
            *asked = Some(Asked::Enlarge(index, number));
        } else if cell.clicked() {
            *asked = Some(Asked::Pick(index, number));
        }
    }
}

/// What stands before a row: whether it is selected, and whether its mask is being painted.
fn before(
    ui: &mut Ui,
    index: usize,
    spot: &mut Spot,
    (selected, painted): (bool, bool),
    panel: f64,
    asked: &mut Option<Asked>,
) {
    ui.spacing_mut().item_spacing.y = 3.0;
    let name = texts::name(index + 1, &spot.label);
    let name = match selected {
        true => egui::RichText::new(name)
            .strong()
            .color(ui.visuals().hyperlink_color),
        false => egui::RichText::new(name),
    };
    ui.horizontal(|ui| {
        handle(ui, index);
        ui.checkbox(&mut spot.ticked, name);
    });
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
    ui.horizontal(|ui| {
        let more = ui.small_button(texts::MORE).on_hover_text(texts::MORE_TIP);
        if more.clicked() {
            *asked = Some(Asked::Repaint(Some(index)));
        }
        let (name, tip, what) = match painted {
            true => (
                texts::USE_MASK,
                texts::USE_MASK_TIP,
                Asked::TakeMask(Some(index)),
            ),
            false => (
                texts::EDIT_MASK,
                texts::EDIT_MASK_TIP,
                Asked::EditMask(index),
            ),
        };
        let mask = egui::Button::new(name).small().selected(painted);
        if ui.add(mask).on_hover_text(tip).clicked() {
            *asked = Some(what);
        }
    });
}

/// What a row is dragged by.
fn handle(ui: &mut Ui, index: usize) {
    let (rect, response) = ui.allocate_exact_size(vec2(12.0, 14.0), Sense::drag());
    response.dnd_set_drag_payload(index);
    let color = match response.hovered() || response.dragged() {
        true => ui.visuals().strong_text_color(),
        false => ui.visuals().weak_text_color(),
    };
    for down in [-4.0, 0.0, 4.0] {
        let middle = rect.center().y + down;
        let stroke = Stroke::new(1.5, color);
        ui.painter()
            .hline(rect.shrink(1.0).x_range(), middle, stroke);
    }
    if response.hovered() {
        ui.ctx().set_cursor_icon(egui::CursorIcon::Grab);
    }
    let name = texts::handle(index + 1);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    response.on_hover_text(texts::HANDLE_TIP);
}

/// A picture of a row, or what stands in its place; the one that is picked has a frame.
fn cell(
    ui: &mut Ui,
    seen: Result<&egui::TextureHandle, &str>,
    side: f32,
    picked: bool,
    [key, name, note]: [&str; 3],
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
    let font = egui::TextStyle::Small.resolve(ui.style());
    let white = egui::Color32::WHITE;
    let mark = texts::mark(key, note);
    let text = ui.painter().layout_no_wrap(mark, font, white);
    let place = rect.left_bottom() + vec2(6.0, -5.0);
    let at = Align2::LEFT_BOTTOM.anchor_size(place, text.size());
    let ground = egui::Color32::from_black_alpha(150);
    ui.painter().rect_filled(at.expand(2.0), 2.0, ground);
    ui.painter().galley(at.min, text, white);
    let visuals = ui.visuals();
    let stroke = match (picked, response.hovered() || response.has_focus()) {
        (true, _) => Stroke::new(3.0, visuals.selection.bg_fill),
        (false, true) => Stroke::new(2.0, visuals.hyperlink_color),
        (false, false) => Stroke::NONE,
    };
    ui.painter()
        .rect_stroke(rect, 3.0, stroke, egui::StrokeKind::Inside);
    let label = match note {
        "" => name.to_owned(),
        note => format!("{name}, {note}"),
    };
    let there = seen.is_ok();
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, there, picked, &label));
    match note {
        "" => response.on_hover_text(name),
        _ => response.on_hover_text(format!("{label}: {}", texts::HINT_TIP)),
    }
}
