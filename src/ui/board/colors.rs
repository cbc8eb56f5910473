//! The colours that the colour brush paints with: two to swap, those painted with last, and what takes one from the picture.
//!
//! Does not know how strokes are laid.

use eframe::egui::{
    self, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2,
};

use super::editor::Editor;
use crate::ui::texts::board as say;
use crate::ui::theme;

/// How many colours are kept for choosing again.
const RECENT: usize = 8;

/// Width of the swatch of the colour in hand, points.
const SWATCH: f32 = 30.0;

/// Side of the square of a colour painted with before, points.
const SQUARE: f32 = 16.0;

/// Room between two of them, points.
const GAP: f32 = 3.0;

/// The colours in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colors {
    /// What the brush paints with, sRGB.
    pub front: [u8; 3],
    /// What it is swapped with.
    pub back: [u8; 3],
    /// Painted with before, the last one first.
    recent: Vec<[u8; 3]>,
}

impl Default for Colors {
    fn default() -> Self {
        Self {
            front: [200, 60, 50],
            back: [255; 3],
            recent: Vec::new(),
        }
    }
}

impl Colors {
    /// Painted with before, the last one first.
    pub fn recent(&self) -> &[[u8; 3]] {
        &self.recent
    }

    /// Exchanges the colour with the other one.
    pub(super) fn swap(&mut self) {
        std::mem::swap(&mut self.front, &mut self.back);
    }

    /// Takes note that the colour is painted with.
    pub(super) fn use_front(&mut self) {
        let front = self.front;
        self.recent.retain(|&color| color != front);
        self.recent.insert(0, front);
        self.recent.truncate(RECENT);
    }

    fn side(&mut self, back: bool) -> &mut [u8; 3] {
        if back {
            &mut self.back
        } else {
            &mut self.front
        }
    }
}

/// Takes the colour that is seen at a point of the picture: a result's or preview's where one lies over it; nothing outside the picture or where nothing is seen.
pub(super) fn pick(editor: &mut Editor<'_>, at: Pos2, back: bool) {
    let size = editor.document.size();
    let inside = |at: f32, side: u32| (0.0..side as f32).contains(&at).then_some(at as u32);
    let (Some(x), Some(y)) = (inside(at.x, size.width), inside(at.y, size.height)) else {
        return;
    };
    let over = editor.around.over.as_ref().map(|layer| &layer.patch);
    let over =
        over.filter(|patch| !editor.board.shows_original() && patch.rect().contains_point(x, y));
    let [red, green, blue, alpha] = match over {
        Some(patch) => {
            let corner = patch.rect();
            patch.pixels().pixel(x - corner.left, y - corner.top)
        }
        None => editor.document.seen_at(x, y),
    };
    if alpha > 0 {
        *editor.board.colors.side(back) = [red, green, blue];
    }
}

/// Draws the two colours, the first to be chosen freely.
pub(super) fn pair(colors: &mut Colors, ui: &mut Ui) {
    let swatch = swatch(ui, colors.front, say::PAINT_COLOR.get(), SWATCH);
    let swatch = swatch.on_hover_text(say::PAINT_COLOR_TIP);
    egui::Popup::from_toggle_button_response(&swatch)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| picker(ui, &mut colors.front));
    let back = square(ui, colors.back, &say::second_color(colors.back));
    if back.on_hover_text(say::SECOND_COLOR_TIP).clicked() {
        colors.swap();
    }
}

/// What chooses a colour: by eye, and as web pages write it.
fn picker(ui: &mut Ui, color: &mut [u8; 3]) {
    let mut shown = theme::chosen(*color);
    let alpha = egui::color_picker::Alpha::Opaque;
    if egui::color_picker::color_picker_color32(ui, &mut shown, alpha) {
        *color = [shown.r(), shown.g(), shown.b()];
    }
    let id = ui.scope_id().with("hex");
    let typed = ui.data(|data| data.get_temp::<String>(id));
    let mut text = typed.unwrap_or_else(|| say::hex(*color));
    ui.horizontal(|ui| {
        let name = ui.label(say::HEX);
        let field = egui::TextEdit::singleline(&mut text).desired_width(80.0);
        let field = ui
            .add(field)
            .labelled_by(name.id)
            .on_hover_text(say::HEX_TIP);
        if field.changed()
            && let Some(read) = read_hex(&text)
        {
            *color = read;
        }
        // What is half typed stays as it is typed.
        ui.data_mut(|data| match field.has_focus() {
            true => drop(data.insert_temp(id, text)),
            false => data.remove::<String>(id),
        });
    });
}

/// A colour as `#rrggbb` or `#rgb`, with or without the sign.
fn read_hex(text: &str) -> Option<[u8; 3]> {
    let digits: Vec<u32> = text
        .trim()
        .trim_start_matches('#')
        .chars()
        .map(|digit| digit.to_digit(16))
        .collect::<Option<_>>()?;
    match digits[..] {
        [r, g, b] => Some([r, g, b].map(|digit| (digit * 17) as u8)),
        [r, s, g, h, b, c] => Some([r * 16 + s, g * 16 + h, b * 16 + c].map(|byte| byte as u8)),
        _ => None,
    }
}

/// Draws the colours painted with before, as many as there is room for.
pub(super) fn recent(colors: &mut Colors, ui: &mut Ui) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        let room = (ui.available_width() / (SQUARE + GAP)) as usize;
        let others = colors.recent.iter().filter(|&&color| color != colors.front);
        let others: Vec<_> = others.take(room).copied().collect();
        for color in others {
            let response = square(ui, color, &say::recent_color(color));
            if response.on_hover_text(say::RECENT_COLOR_TIP).clicked() {
                colors.front = color;
            }
        }
    });
}

/// A small square of a colour, to be chosen.
pub(super) fn square(ui: &mut Ui, color: [u8; 3], name: &str) -> Response {
    swatch(ui, color, name, SQUARE)
}

fn swatch(ui: &mut Ui, color: [u8; 3], name: &str, width: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, SQUARE), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, ui.is_enabled(), name));
    let visuals = ui.visuals();
    let line = if response.hovered() || response.has_focus() {
        Stroke::new(2.0, theme::accent(visuals))
    } else {
        Stroke::new(1.0, visuals.window_stroke.color)
    };
    let fill = theme::chosen(color);
    ui.painter().rect(rect, 2.0, fill, line, StrokeKind::Inside);
    response
}

/// The colour under the eyedropper, beside the pointer: what would be painted with.
pub(super) fn sample(painter: &egui::Painter, at: Pos2, color: [u8; 3]) {
    let rect = Rect::from_min_size(pos2(at.x + 14.0, at.y - 34.0), Vec2::splat(24.0));
    let dark = Stroke::new(3.0, theme::scrim());
    painter.rect_stroke(rect, 3.0, dark, StrokeKind::Outside);
    let light = Stroke::new(1.0, theme::untinted());
    painter.rect(rect, 3.0, theme::chosen(color), light, StrokeKind::Outside);
}
