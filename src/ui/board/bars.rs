//! The settings of the tools above the canvas, and the popover of the mask's look.
//!
//! Does not know what the tools do.

use eframe::egui::{
    self, Align, Button, Checkbox, DragValue, Layout, Popup, PopupCloseBehavior, RectAlign,
    Response, Slider, Tooltip, Ui, Widget,
};

use super::colors;
use super::compare::Comparison;
use super::editor::Editor;
use super::find;
use super::frame_tool;
use super::icon::{self, BUTTON, Icon};
use super::mask_rows::title;
use super::object;
use super::remembered::LONGEST_STRING;
use super::sketch_rows::MASK_SKETCH;
use super::tool::{RADIUS, Tool};
use super::touch::Fingers;
use crate::canvas::MaskLook;
use crate::ui::room;
use crate::ui::row::key_text;
use crate::ui::texts::{self, Text, board as say};

/// Room between two buttons, points.
pub(super) const TIGHT: f32 = 2.0;

/// Length of a slider, points.
const SLIDER: f32 = 54.0;

/// Room that settings and view take in one line, points.
const ONE_LINE: f32 = 904.0;

/// Length of the shortest slider, points; with less room there are numbers alone.
const SHORTEST: f32 = 16.0;

/// Room that the brush's settings take without sliders, and how much more those of colours take, points.
const BARE: [f32; 2] = [372.0, 148.0];

/// Room that is left beside the mask's button where its colour has a place too, points.
const SWATCH_ROOM: f32 = 350.0;

/// The farthest that the mask grows in one go, picture pixels.
const GROW_MOST: u32 = 256;

/// Draws the settings of the tool in hand, and how the canvas is seen: in one line where there is room.
pub(super) fn options(editor: &mut Editor<'_>, ui: &mut Ui) {
    ui.spacing_mut().slider_width = SLIDER;
    if ui.available_width() < ONE_LINE {
        ui.horizontal(|ui| {
            ui.set_min_height(BUTTON);
            ui.spacing_mut().item_spacing.x = 2.0 * TIGHT;
            settings(editor, ui);
        });
        ui.horizontal(|ui| {
            ui.set_min_height(BUTTON);
            ui.spacing_mut().item_spacing.x = TIGHT;
            seeing(editor, ui);
        });
    } else {
        ui.horizontal(|ui| {
            ui.set_min_height(BUTTON);
            // From the right first: the settings take what is left, and hints are cut to it.
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.scope(|ui| {
                    ui.spacing_mut().item_spacing.x = TIGHT;
                    seeing(editor, ui);
                });
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    settings(editor, ui)
                });
            });
        });
    }
}

fn settings(editor: &mut Editor<'_>, ui: &mut Ui) {
    let [brush_alone, colors] = BARE;
    let bare = brush_alone
        + if editor.board.tool.is_color() {
            colors
        } else {
            0.0
        };
    let slider = (ui.available_width() - bare) / 3.0;
    let spacing = ui.spacing_mut();
    spacing.slider_width = match slider >= SHORTEST {
        true => slider.min(SLIDER),
        false => 0.0,
    };
    if slider < SLIDER {
        spacing.item_spacing.x = 2.0 * TIGHT;
        spacing.button_padding.x = 5.0;
    }
    match editor.board.tool {
        Tool::Brush => brush(editor, ui),
        Tool::ColorBrush => {
            colors::pair(&mut editor.board.colors, ui);
            brush(editor, ui);
            sketch(editor, ui);
            colors::recent(&mut editor.board.colors, ui);
        }
        Tool::Eyedropper => {
            colors::pair(&mut editor.board.colors, ui);
            colors::recent(&mut editor.board.colors, ui);
            hint(ui, say::EYEDROPPER_HINT);
        }
        Tool::Wand => wand(editor, ui),
        Tool::Object => object::options(editor, ui),
        Tool::Frame => frame_tool::options(editor, ui),
        Tool::Rectangle | Tool::Ellipse => hint(ui, say::SHAPE_HINT),
        Tool::Lasso => hint(ui, say::LASSO_HINT),
        Tool::Polygon => hint(ui, say::POLYGON_HINT),
    }
}

pub(super) fn hint(ui: &mut Ui, text: impl Into<egui::RichText>) {
    ui.add(egui::Label::new(text.into().weak()).truncate());
}

fn brush(editor: &mut Editor<'_>, ui: &mut Ui) {
    let brush = &mut editor.board.brush;
    let mut size = brush.radius * 2.0;
    let sizes = 2.0 * RADIUS[0]..=2.0 * RADIUS[1];
    // Rounded for the eye alone: fewer decimals would round the brush itself, and hold a small one back.
    let format = |size: f64, _| say::brush_size(size);
    let longest = format!("{} px", say::brush_size(f64::from(2.0 * RADIUS[1])));
    ui.spacing_mut().interact_size.x = room::number_width(ui, &[&longest]);
    let response = if ui.spacing().slider_width > 0.0 {
        let slider = Slider::new(&mut size, sizes)
            .logarithmic(true)
            .custom_formatter(format)
            .suffix(" px");
        named(ui, say::SIZE, say::SIZE_TIP, slider)
    } else {
        let speed = f64::from(size) * 0.02;
        let number = DragValue::new(&mut size)
            .range(sizes)
            .speed(speed)
            .custom_formatter(format)
            .suffix(" px");
        named(ui, say::SIZE, say::SIZE_TIP, number)
    };
    if response.changed() {
        brush.radius = size / 2.0;
    }
    ui.spacing_mut().interact_size.x = room::number_width(ui, &["100 %"]);
    percent(ui, say::HARDNESS, say::HARDNESS_TIP, &mut brush.hardness);
    percent(ui, say::OPACITY, say::OPACITY_TIP, &mut brush.opacity);
    let pen = ui.add(Button::new(say::PEN)).on_hover_text(say::PEN_TIP);
    Popup::menu(&pen)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .accessible_name(say::PEN)
        .show(|ui| {
            let by_size = &mut brush.size_by_pressure;
            tick(ui, say::PEN_SIZE, say::PEN_SIZE_TIP, by_size);
            let by_opacity = &mut brush.opacity_by_pressure;
            tick(ui, say::PEN_OPACITY, say::PEN_OPACITY_TIP, by_opacity);
            ui.separator();
            let string = DragValue::new(&mut editor.board.string)
                .range(0.0..=LONGEST_STRING)
                .max_decimals(0)
                .suffix(" px");
            ui.horizontal(|ui| named(ui, say::STRING, say::STRING_TIP, string));
            ui.separator();
            ui.label(say::FINGERS).on_hover_text(say::FINGERS_TIP);
            for (fingers, name) in [
                (Fingers::Auto, say::FINGERS_AUTO),
                (Fingers::Paint, say::FINGERS_PAINT),
                (Fingers::Move, say::FINGERS_MOVE),
            ] {
                ui.radio_value(&mut editor.board.fingers, fingers, name)
                    .on_hover_text(say::FINGERS_TIP);
            }
        });
}

/// What can be done with what was drawn.
fn sketch(editor: &mut Editor<'_>, ui: &mut Ui) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = TIGHT;
        for (id, icon) in [
            (MASK_SKETCH, Icon::MaskSketch),
            ("sketch.merge", Icon::MergeSketch),
            ("sketch.clear", Icon::ClearSketch),
        ] {
            action_button(editor, ui, id, icon, None);
        }
    });
}

fn wand(editor: &mut Editor<'_>, ui: &mut Ui) {
    let number = DragValue::new(&mut editor.board.tolerance);
    named(ui, say::TOLERANCE, say::TOLERANCE_TIP, number);
    tick(
        ui,
        say::CONTIGUOUS,
        say::CONTIGUOUS_TIP,
        &mut editor.board.contiguous,
    );
}

/// A word and what it is the name of.
pub(super) fn named(ui: &mut Ui, name: Text, tip: Text, widget: impl Widget) -> Response {
    let label = ui.label(name).on_hover_text(tip);
    ui.add(widget).labelled_by(label.id).on_hover_text(tip)
}

fn percent(ui: &mut Ui, name: Text, tip: Text, value: &mut f32) {
    let mut percent = (*value * 100.0).round();
    let response = if ui.spacing().slider_width > 0.0 {
        let slider = Slider::new(&mut percent, 0.0..=100.0)
            .max_decimals(0)
            .suffix(" %");
        named(ui, name, tip, slider)
    } else {
        let number = DragValue::new(&mut percent)
            .range(0.0..=100.0)
            .max_decimals(0)
            .suffix(" %");
        named(ui, name, tip, number)
    };
    if response.changed() {
        *value = percent / 100.0;
    }
}

pub(super) fn tick(ui: &mut Ui, name: Text, tip: Text, value: &mut bool) {
    ui.add(Checkbox::new(value, name)).on_hover_text(tip);
}

/// How the canvas is seen: the mask, the comparison, the view; from the right where that is the layout.
fn seeing(editor: &mut Editor<'_>, ui: &mut Ui) {
    let mut groups: [fn(&mut Editor<'_>, &mut Ui); 3] = [mask, comparison, view];
    if ui.layout().prefer_right_to_left() {
        groups.reverse();
    }
    for (i, group) in groups.into_iter().enumerate() {
        if i > 0 {
            ui.separator();
        }
        group(editor, ui);
    }
}

/// Buttons of actions in reading order, whichever way they are laid out.
fn buttons(editor: &mut Editor<'_>, ui: &mut Ui, mut buttons: Vec<(&str, Icon, Option<bool>)>) {
    if ui.layout().prefer_right_to_left() {
        buttons.reverse();
    }
    for (id, icon, chosen) in buttons {
        action_button(editor, ui, id, icon, chosen);
    }
}

fn comparison(editor: &mut Editor<'_>, ui: &mut Ui) {
    let is = |mode| Some(editor.board.comparing.mode == mode);
    let row = vec![
        ("compare.wipe", Icon::Wipe, is(Comparison::Wipe)),
        (
            "compare.side_by_side",
            Icon::SideBySide,
            is(Comparison::SideBySide),
        ),
        (
            "compare.difference",
            Icon::Difference,
            is(Comparison::Difference),
        ),
        (
            "compare.original",
            Icon::Original,
            Some(editor.board.shows_original()),
        ),
    ];
    buttons(editor, ui, row);
}

fn view(editor: &mut Editor<'_>, ui: &mut Ui) {
    let row = vec![
        ("view.zoom_out", Icon::ZoomOut, None),
        ("view.zoom_in", Icon::ZoomIn, None),
        ("view.fit", Icon::Fit, None),
        ("view.actual", Icon::Actual, None),
        ("view.rotate_left", Icon::RotateLeft, None),
        ("view.rotate_right", Icon::RotateRight, None),
    ];
    buttons(editor, ui, row);
}

/// Colours of the mask, each seen well on what others are lost on.
pub(super) const MASK_COLORS: &[[u8; 3]] = &[
    [230, 60, 60],
    [40, 200, 90],
    [60, 130, 255],
    [255, 210, 40],
    [220, 70, 230],
];

/// The mask's look, behind a button with its colour.
fn mask(editor: &mut Editor<'_>, ui: &mut Ui) {
    let button = ui
        .add(Button::new(say::MASK))
        .on_hover_text(say::MASK_TIP)
        .accessible_name(say::MASK_LOOK);
    Popup::menu(&button)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .accessible_name(say::MASK_LOOK)
        .show(|ui| {
            ui.spacing_mut().slider_width = SLIDER;
            let board = &mut *editor.board;
            for (look, name) in [
                (MaskLook::Tint, say::TINT),
                (MaskLook::Hatch, say::HATCH),
                (MaskLook::Outline, say::OUTLINE),
                (MaskLook::BlackAndWhite, say::BLACK_AND_WHITE),
            ] {
                let chosen = !board.mask_hidden && board.mask_style.look == look;
                if ui.radio(chosen, name).clicked() {
                    board.mask_style.look = look;
                    board.mask_hidden = false;
                }
            }
            if ui.radio(board.mask_hidden, say::HIDDEN).clicked() {
                board.mask_hidden = true;
            }
            ui.separator();
            ui.horizontal(|ui| {
                let label = ui.label(say::COLOR);
                ui.color_edit_button_srgb(&mut board.mask_style.color)
                    .labelled_by(label.id)
                    .on_hover_text(say::COLOR_TIP);
                ui.spacing_mut().item_spacing.x = 2.0 * TIGHT;
                for &color in MASK_COLORS {
                    let swatch = colors::square(ui, color, &say::mask_color(color));
                    if swatch.on_hover_text(say::COLOR_TIP).clicked() {
                        board.mask_style.color = color;
                    }
                }
            });
            ui.horizontal(|ui| {
                percent(
                    ui,
                    say::STRENGTH,
                    say::STRENGTH_TIP,
                    &mut board.mask_style.opacity,
                );
            });
            ui.horizontal(|ui| {
                let by = DragValue::new(&mut board.grow_by)
                    .range(1..=GROW_MOST)
                    .suffix(" px");
                named(ui, say::GROW_BY, say::GROW_BY_TIP, by);
            });
        });
    // In the smallest windows the way to its look has to do.
    if ui.available_width() < SWATCH_ROOM {
        return;
    }
    let Some(next) = find("mask.next_color") else {
        return;
    };
    let color = editor.board.mask_style.color;
    let swatch = colors::square(ui, color, next.label()).on_hover_text(next.tooltip());
    if swatch.clicked() {
        editor.run(ui.ctx(), next);
    }
}

/// A button that runs an action, with its key and its reason when it cannot be run.
fn action_button(
    editor: &mut Editor<'_>,
    ui: &mut Ui,
    id: &str,
    icon: Icon,
    chosen: Option<bool>,
) -> Option<Response> {
    action_button_at(editor, ui, id, icon, chosen, RectAlign::BOTTOM_START)
}

/// The same, which says what it is for beside it, not over the next one.
pub(super) fn action_button_at(
    editor: &mut Editor<'_>,
    ui: &mut Ui,
    id: &str,
    icon: Icon,
    chosen: Option<bool>,
    aside: RectAlign,
) -> Option<Response> {
    let row = find(id)?;
    let seen = editor.seen();
    let title = title(&seen, row);
    let enabled = (row.does.enabled)(&seen);
    let response = icon::button(ui, icon, &title, chosen, enabled.is_ok());
    let key = row.key(editor.around.shortcuts);
    let key = key.map(|key| key_text(ui.ctx(), &key));
    let tip = texts::board::tip(&title, key.as_deref(), row.tooltip());
    let (shown, tip) = match enabled {
        Ok(()) => (Tooltip::for_enabled(&response), tip),
        Err(reason) => (Tooltip::for_disabled(&response), format!("{tip}\n{reason}")),
    };
    room::aside(&response, shown, aside, &tip);
    if response.clicked() {
        editor.run(ui.ctx(), row);
    }
    Some(response)
}
