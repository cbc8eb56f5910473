//! The tools at the left of the canvas, in groups: one column of buttons, or two in a low window.
//!
//! Does not know what the tools do.

use eframe::egui::{self, RectAlign, ScrollArea, Separator, Ui, vec2};

use eframe::egui::scroll_area::ScrollBarVisibility;

use super::bars::{TIGHT, action_button_at};
use super::editor::Editor;
use super::find;
use super::icon::{BUTTON, Icon};
use super::tool::Tool;
use crate::ui::room;
use crate::ui::theme;

/// Room of a line between groups of tools, points.
const RULE: f32 = 4.0;

const MARGIN: f32 = 6.0;

/// Width of a button's name beside it, points.
const NAMES: f32 = 118.0;

/// How the tool bar is laid out: in one column or two, with or without the buttons' names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) struct ToolBar {
    /// Whether each button's name stands beside it.
    pub names: bool,
    /// Whether one column would not fit.
    two: bool,
}

impl ToolBar {
    /// The tool bar of a window with so much height left for it, points.
    pub fn new(height: f32, names: bool) -> Self {
        let buttons: usize = GROUPS.iter().map(|group| group.len()).sum();
        let rules = (GROUPS.len() - 1) as f32 * (RULE + TIGHT);
        let needed = buttons as f32 * (BUTTON + TIGHT) + rules + 2.0 * MARGIN;
        let two = needed > height;
        Self { names, two }
    }

    /// Its width with its margins, points.
    pub fn width(self) -> f32 {
        self.columns() + 2.0 * MARGIN
    }

    fn columns(self) -> f32 {
        let one = BUTTON + if self.names { TIGHT + NAMES } else { 0.0 };
        if self.two { 2.0 * one + TIGHT } else { one }
    }
}

/// What the tools lie on.
pub(in crate::ui) fn tool_frame(style: &egui::Style) -> egui::Frame {
    egui::Frame::side_top_panel(style).inner_margin(egui::Margin::same(MARGIN as i8))
}

/// A button of the tool bar.
enum Item {
    Of(Tool),
    Action(&'static str, Icon),
}

/// The buttons, in groups with a line between them.
const GROUPS: &[&[Item]] = &[
    &[
        Item::Of(Tool::Brush),
        Item::Of(Tool::ColorBrush),
        Item::Of(Tool::Eyedropper),
    ],
    &[
        Item::Of(Tool::Rectangle),
        Item::Of(Tool::Ellipse),
        Item::Of(Tool::Lasso),
        Item::Of(Tool::Polygon),
        Item::Of(Tool::Wand),
        Item::Of(Tool::Object),
    ],
    &[
        Item::Of(Tool::Frame),
        Item::Action("brush.eraser", Icon::Eraser),
    ],
    &[
        Item::Action("edit.undo", Icon::Undo),
        Item::Action("edit.redo", Icon::Redo),
    ],
    &[
        Item::Action("mask.invert", Icon::Invert),
        Item::Action("mask.grow", Icon::Grow),
        Item::Action("mask.shrink", Icon::Shrink),
        Item::Action("mask.fill_holes", Icon::FillHoles),
        Item::Action("mask.clear", Icon::Clear),
    ],
];

/// Draws the tools.
pub(in crate::ui) fn tool_bar(editor: &mut Editor<'_>, ui: &mut Ui, bar: ToolBar) {
    // The smallest window shows the first of them; the wheel and Tab lead to the rest.
    ScrollArea::vertical()
        .scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(TIGHT, TIGHT);
            ui.set_width(bar.columns());
            for (number, group) in GROUPS.iter().enumerate() {
                if number > 0 {
                    rule(ui);
                }
                let per_row = if bar.two { 2 } else { 1 };
                for row in group.chunks(per_row) {
                    ui.horizontal(|ui| {
                        for item in row {
                            tool_button(editor, ui, item, bar.names);
                        }
                    });
                }
            }
        });
}

fn tool_button(editor: &mut Editor<'_>, ui: &mut Ui, item: &Item, names: bool) {
    let (id, icon, chosen) = match *item {
        Item::Of(tool) => {
            let chosen = editor.board.tool == tool;
            (tool.action(), tool.icon(), Some(chosen))
        }
        Item::Action("brush.eraser", icon) => ("brush.eraser", icon, Some(editor.board.eraser)),
        Item::Action(id, icon) => (id, icon, None),
    };
    let aside = RectAlign::RIGHT_START;
    let Some(button) = action_button_at(editor, ui, id, icon, chosen, aside) else {
        return;
    };
    if matches!(item, Item::Of(Tool::ColorBrush)) {
        let color = theme::chosen(editor.board.colors.front);
        let low = button.rect.shrink2(vec2(5.0, 3.0));
        let stroke = low.with_min_y(low.bottom() - 3.0);
        ui.painter().rect_filled(stroke, 1.5, color);
    }
    if let Some(row) = find(id).filter(|_| names) {
        let pressed = room::of_width(ui, NAMES, |ui| {
            let name = egui::Label::new(row.label()).selectable(false).truncate();
            ui.add_enabled(button.enabled(), name.sense(egui::Sense::click()))
        });
        if pressed.clicked() {
            editor.run(ui.ctx(), row);
        }
    }
}

/// A line between groups.
fn rule(ui: &mut Ui) {
    ui.add(Separator::default().spacing(RULE));
}
