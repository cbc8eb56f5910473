//! Rows of the recipe: a name, a control, and a way back to the default.
//!
//! Does not know what the fields mean; what a row says and reaches stands in the field's row of the table.

use std::ops::RangeInclusive;

use eframe::egui::{self, Sense, emath, vec2};

use super::super::room;
use super::super::texts::{self, Caption, recipes as say};
use crate::recipe::Recipe;
use crate::recipe::field::{Field, Kind, MAX_SIDE, Scale, Value};

/// Width of the names, points.
const NAME: f32 = 82.0;

/// Width of a number field, points; more where a row's longest value needs it.
const NUMBER: f32 = 62.0;

/// Width of the way back to the default, points.
const RESET: f32 = 18.0;

/// Lays out one row; `control` gets the name's id to be labelled by, and the width that it may take. Tells whether the default is wanted back.
fn row(
    ui: &mut egui::Ui,
    caption: &Caption,
    changed: bool,
    control: impl FnOnce(&mut egui::Ui, egui::Id, f32),
) -> bool {
    ui.horizontal(|ui| {
        let label = egui::Label::new(caption.label())
            .selectable(false)
            .truncate()
            .sense(Sense::click());
        // Names of every length leave the controls in one column.
        let name = room::of_width(ui, NAME, |ui| ui.add(label)).on_hover_text(caption.tooltip());
        let width = control_width(ui);
        // A list shows as much of its text as there is room in the window, not in the row.
        room::of_width(ui, width, |ui| control(ui, name.id, width));
        let wanted = reset(ui, caption, changed);
        changed && (wanted || name.double_clicked())
    })
    .inner
}

/// The room of a row without the way back at its end, points: where everything in the panel ends.
pub fn control_width(ui: &egui::Ui) -> f32 {
    (ui.available_width() - RESET - ui.spacing().item_spacing.x).max(0.0)
}

/// Gives the keyboard to a row's control in the frames to come, once it is drawn.
pub fn lead_to(ctx: &egui::Context, caption: &Caption) {
    ctx.data_mut(|data| data.insert_temp(egui::Id::unique(WANTED), *caption));
    ctx.request_repaint();
}

const WANTED: &str = "row that is led to";

/// Says what a control is for, and gives it the keyboard where it is led to.
pub fn told(caption: &Caption, control: egui::Response) -> egui::Response {
    led(caption, &control);
    let tooltip = egui::Tooltip::for_enabled(&control);
    room::aside(
        &control,
        tooltip,
        egui::RectAlign::LEFT_START,
        caption.tooltip(),
    );
    control
}

/// Gives a control the keyboard where it is led to.
pub fn led(caption: &Caption, control: &egui::Response) {
    let id = egui::Id::unique(WANTED);
    let wanted = control.ctx.data(|data| data.get_temp::<Caption>(id));
    if wanted == Some(*caption) && control.enabled() {
        control.ctx.data_mut(|data| data.remove::<Caption>(id));
        control.request_focus();
        control.scroll_to_me(Some(egui::Align::Center));
    }
}

/// A small arrow back at the row's end, there while the value is not the default.
fn reset(ui: &mut egui::Ui, caption: &Caption, changed: bool) -> bool {
    let size = vec2(RESET, ui.spacing().interact_size.y);
    if !changed {
        ui.allocate_exact_size(size, Sense::hover());
        return false;
    }
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let label = say::reset(caption.label());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
    paint_reset(ui, rect, &response);
    response.on_hover_text(say::RESET_TIP).clicked()
}

/// Three quarters of a circle with an arrow head.
fn paint_reset(ui: &egui::Ui, rect: egui::Rect, response: &egui::Response) {
    let stroke = egui::Stroke::new(1.3, ui.style().interact(response).fg_stroke.color);
    let (centre, radius) = (rect.center(), 4.5);
    let point = |turn: f32| centre + radius * egui::Vec2::angled(turn);
    let from = -0.75 * std::f32::consts::TAU + 0.35;
    let arc: Vec<_> = (0..=16)
        .map(|step| point(from + step as f32 / 16.0 * (0.75 * std::f32::consts::TAU)))
        .collect();
    let tip = arc[0];
    ui.painter().add(egui::Shape::line(arc, stroke));
    let head = vec![
        tip + vec2(-3.5, 0.5),
        tip + vec2(2.0, -3.5),
        tip + vec2(2.0, 3.0),
    ];
    ui.painter().add(egui::Shape::convex_polygon(
        head,
        stroke.color,
        egui::Stroke::NONE,
    ));
}

/// The row of a field, which can be changed while it counts, and says why where it does not.
pub fn field(ui: &mut egui::Ui, field: &Field, recipe: &mut Recipe) {
    let unused = texts::field_unused(field, recipe);
    ui.add_enabled_ui(unused.is_none(), |ui| {
        let value = (field.get)(recipe);
        if let Some(value) = control(ui, field, value, field.usual()) {
            // A control makes no value that its field does not take.
            let _ = (field.set)(recipe, value);
        }
    })
    .response
    .on_disabled_hover_text(unused.unwrap_or_default());
}

/// The row of a field by the kind of its value; the value, where that changes.
fn control(ui: &mut egui::Ui, field: &Field, value: Value, usual: Value) -> Option<Value> {
    let caption = &texts::field(field);
    let after = match (&field.kind, &value, &usual) {
        (Kind::Whole(_), Value::Whole(whole), Value::Whole(usual)) => {
            let (before, mut number) = (*whole as f64, *whole as f64);
            self::number(ui, field, &mut number, *usual as f64);
            // Not every whole number is one of floating point.
            match number == before {
                true => return None,
                false => Value::Whole(number as u64),
            }
        }
        (Kind::Number(_), Value::Number(before), Value::Number(usual)) => {
            let mut number = *before;
            self::number(ui, field, &mut number, *usual);
            Value::Number(number)
        }
        (Kind::Choice(choices), Value::Choice(name), Value::Choice(usual)) => {
            let entries = choices.rows.iter().map(|choice| Entry {
                name: choice.name,
                label: texts::choice_label(choice),
                tooltip: texts::choice_tooltip(choice),
            });
            Value::Choice(choice(ui, caption, name, usual, entries.collect()))
        }
        (Kind::Switch, Value::Switch(on), Value::Switch(usual)) => {
            Value::Switch(tick(ui, caption, *on, *usual))
        }
        (Kind::Size, before, _) => {
            let before = match before {
                Value::Size(size) => Some(*size),
                _ => None,
            };
            Value::from(size(ui, caption, before))
        }
        _ => return None,
    };
    (after != value).then_some(after)
}

/// A control of its own kind, which has no usual value to go back to.
pub fn plain(
    ui: &mut egui::Ui,
    caption: &Caption,
    control: impl FnOnce(&mut egui::Ui, egui::Id, f32),
) {
    row(ui, caption, false, control);
}

/// A slider and the number beside it, of a field that has a scale.
pub fn number(ui: &mut egui::Ui, field: &Field, value: &mut f64, default: f64) {
    if let Kind::Whole(scale) | Kind::Number(scale) = &field.kind {
        slider(ui, &texts::field(field), scale, value, default);
    }
}

/// A slider and the number beside it; where a step of its scale would be less than a point there, it has the line below.
pub fn slider(ui: &mut egui::Ui, caption: &Caption, scale: &Scale, value: &mut f64, default: f64) {
    let changed = *value != default;
    let mut below = None;
    let wanted = row(ui, caption, changed, |ui, name, width| {
        let gap = ui.spacing().item_spacing.x;
        let room = (width - digits_width(ui, scale) - gap).max(0.0);
        if f64::from(room) < steps(scale) {
            below = Some(name);
            ui.add_space(room + gap);
        } else {
            rail(ui, caption, scale, value, name, room);
        }
        digits(ui, caption, scale, value, name);
    });
    if let Some(name) = below {
        let width = control_width(ui);
        rail(ui, caption, scale, value, name, width);
    }
    if wanted {
        *value = default;
    }
}

/// In how many steps a slider goes from end to end.
fn steps(scale: &Scale) -> f64 {
    (scale.slider.1 - scale.slider.0) / scale.step
}

/// The row of a number that decides most: its slider has the whole width, and words at its ends.
///
/// `note` stands beside the name.
pub fn wide(ui: &mut egui::Ui, field: &Field, ends: [&str; 3], note: &str, recipe: &mut Recipe) {
    let (Kind::Number(scale), Some(before)) = (&field.kind, (field.get)(recipe).number()) else {
        return;
    };
    let (caption, unused) = (&texts::field(field), texts::field_unused(field, recipe));
    let default = field.usual().number().unwrap_or(before);
    let mut value = before;
    ui.add_enabled_ui(unused.is_none(), |ui| {
        let mut name = egui::Id::NULL;
        let wanted = row(ui, caption, value != default, |ui, id, width| {
            name = id;
            let gap = ui.spacing().item_spacing.x;
            let room = (width - digits_width(ui, scale) - gap).max(0.0);
            let note = egui::Label::new(egui::RichText::new(note).small().weak());
            room::of_width(ui, room, |ui| ui.add(note.truncate()));
            digits(ui, caption, scale, &mut value, id);
        });
        let width = control_width(ui);
        let slider = rail(ui, caption, scale, &mut value, name, width);
        words_under(ui, slider, scale, ends);
        if wanted {
            value = default;
        }
    })
    .response
    .on_disabled_hover_text(unused.unwrap_or_default());
    if value != before {
        // A slider makes no value that its field does not take.
        let _ = (field.set)(recipe, Value::Number(value));
    }
}

/// Words under a slider: at its ends, and between them under what is usual.
fn words_under(
    ui: &mut egui::Ui,
    slider: egui::Rect,
    scale: &Scale,
    [low, usual, high]: [&str; 3],
) {
    let size = vec2(
        slider.width(),
        ui.text_style_height(&egui::TextStyle::Small),
    );
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let font = egui::TextStyle::Small.resolve(ui.style());
    let weak = ui.visuals().weak_text_color();
    let mut words = vec![
        (rect.left_top(), egui::Align2::LEFT_TOP, low, weak),
        (rect.right_top(), egui::Align2::RIGHT_TOP, high, weak),
    ];
    if let Some((least, most)) = scale.usual {
        let part = ((least + most) / 2.0 - scale.slider.0) / (scale.slider.1 - scale.slider.0);
        let at = egui::pos2(emath::lerp(rect.x_range(), part as f32), rect.top());
        let colour = ui.visuals().hyperlink_color;
        words.push((at, egui::Align2::CENTER_TOP, usual, colour));
    }
    for (at, anchor, word, colour) in words {
        ui.painter().text(at, anchor, word, font.clone(), colour);
    }
}

/// A slider without its number, its usual part marked; gives where it lies.
fn rail(
    ui: &mut egui::Ui,
    caption: &Caption,
    scale: &Scale,
    value: &mut f64,
    name: egui::Id,
    width: f32,
) -> egui::Rect {
    ui.spacing_mut().slider_width = width;
    let (start, end) = scale.slider;
    let slider = egui::Slider::new(value, start..=end)
        .show_value(false)
        .step_by(scale.step)
        .clamping(egui::SliderClamping::Never)
        .trailing_fill(true);
    let slider = ui.add(slider).labelled_by(name);
    if let Some(usual) = scale.usual {
        mark(ui, slider.rect, scale.slider, usual);
    }
    slider.on_hover_text(caption.tooltip()).rect
}

/// The two longest values of a scale.
fn longest(scale: &Scale) -> [String; 2] {
    [scale.range.0, scale.range.1].map(|value| format!("{value:.*}", scale.decimals))
}

/// Width of a scale's number field, points.
fn digits_width(ui: &egui::Ui, scale: &Scale) -> f32 {
    let [least, most] = longest(scale).map(|end| format!("{end}{}", scale.unit));
    room::number_width(ui, &[&least, &most]).max(NUMBER)
}

/// A number without its slider.
fn digits(ui: &mut egui::Ui, caption: &Caption, scale: &Scale, value: &mut f64, name: egui::Id) {
    let most = longest(scale).iter().map(String::len).fold(0, usize::max);
    let number = egui::DragValue::new(value)
        .range(scale.range.0..=scale.range.1)
        .clamp_existing_to_range(false)
        .speed(scale.step)
        .fixed_decimals(scale.decimals)
        // Recipes of other programs may hold what cannot be typed here.
        .custom_formatter(|value, _| {
            let text = format!("{value:.*}", scale.decimals);
            match text.len() <= most {
                true => text,
                false => format!("{value:.0e}"),
            }
        })
        .suffix(scale.unit);
    let width = digits_width(ui, scale);
    told(caption, room::number(ui, width, number).labelled_by(name));
}

/// A line under the part of a slider that is usual.
fn mark(ui: &egui::Ui, slider: egui::Rect, ends: (f64, f64), usual: (f64, f64)) {
    let radius = slider.height() / 2.5;
    let rail = slider.x_range().shrink(radius);
    let place = |value: f64| {
        let part = (value - ends.0) / (ends.1 - ends.0);
        emath::lerp(rail.min..=rail.max, part as f32)
    };
    let line = egui::Rangef::new(place(usual.0), place(usual.1));
    let stroke = egui::Stroke::new(2.0, ui.visuals().hyperlink_color);
    ui.painter().hline(line, slider.bottom() - 1.0, stroke);
}

/// A whole number without a slider.
pub fn count(
    ui: &mut egui::Ui,
    caption: &Caption,
    value: &mut u32,
    default: u32,
    range: RangeInclusive<u32>,
) {
    let wanted = row(ui, caption, *value != default, |ui, name, _| {
        let number = egui::DragValue::new(value).range(range).speed(0.05);
        told(caption, room::number(ui, NUMBER, number).labelled_by(name));
    });
    if wanted {
        *value = default;
    }
}

/// Yes or no.
fn tick(ui: &mut egui::Ui, caption: &Caption, mut value: bool, default: bool) -> bool {
    let wanted = row(ui, caption, value != default, |ui, name, _| {
        told(caption, ui.checkbox(&mut value, "").labelled_by(name));
    });
    if wanted { default } else { value }
}

/// Width and height, or none.
fn size(ui: &mut egui::Ui, caption: &Caption, mut value: Option<[u32; 2]>) -> Option<[u32; 2]> {
    let wanted = row(ui, caption, value.is_some(), |ui, name, _| {
        let mut given = value.is_some();
        told(caption, ui.checkbox(&mut given, "").labelled_by(name));
        value = given.then(|| value.unwrap_or([512, 512]));
        if let Some([width, height]) = &mut value {
            for (side, label) in [(width, say::WIDTH), (height, say::HEIGHT)] {
                let number = egui::DragValue::new(side).range(1..=MAX_SIDE).speed(8.0);
                let number = room::number(ui, NUMBER, number);
                // The tooltip is its name where nothing else is.
                number.on_hover_text(label);
            }
        }
    });
    value.filter(|_| !wanted)
}

/// One of a list.
pub struct Entry {
    /// What it stands for.
    pub name: &'static str,
    /// What it is called.
    pub label: String,
    /// What it is good for.
    pub tooltip: &'static str,
}

/// A list to choose from; the name that is chosen.
pub fn choice(
    ui: &mut egui::Ui,
    caption: &Caption,
    name: &'static str,
    default: &'static str,
    entries: Vec<Entry>,
) -> &'static str {
    let mut chosen = name;
    let wanted = row(ui, caption, name != default, |ui, id, width| {
        let shown = entries.iter().find(|entry| entry.name == name);
        let shown = shown.map_or("", |entry| entry.label.as_str()).to_owned();
        let list = egui::ComboBox::from_id_salt(caption.id())
            .width(width)
            .height(360.0)
            .truncate()
            .selected_text(shown)
            .show_ui(ui, |ui| {
                for entry in entries {
                    ui.selectable_value(&mut chosen, entry.name, entry.label)
                        .on_hover_text(entry.tooltip);
                }
            });
        told(caption, list.response.labelled_by(id));
    });
    if wanted { default } else { chosen }
}
