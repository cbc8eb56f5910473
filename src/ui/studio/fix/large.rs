//! One spot alone: its original and its pick on two sides of a line that is dragged.
//!
//! Does not know how pictures are made.

use std::collections::BTreeMap;

use eframe::egui::{self, Align2, Rect, Sense, Ui, pos2, vec2};

use super::super::super::board;
use super::super::super::texts::board::{AFTER, BEFORE};
use super::super::super::texts::fix as texts;
use super::Fix;
use super::desk::{Asked, cells};
use super::spot::View;

/// Side of the pictures below, points.
const SIDE: f32 = 84.0;

/// What is shown alone.
pub(super) struct Large {
    /// The name of the spot.
    of: usize,
    /// Its pictures by their names.
    views: BTreeMap<usize, View>,
    /// Where the line stands, as a share of the picture's width.
    line: f32,
}

impl Default for Large {
    fn default() -> Self {
        Self {
            of: 0,
            views: BTreeMap::new(),
            line: 0.5,
        }
    }
}

impl Large {
    /// Shows that spot; pictures of another go.
    pub fn look_at(&mut self, spot: usize) {
        if self.of != spot {
            self.of = spot;
            self.views.clear();
        }
    }

    /// Whether that picture was not asked for yet; from now on it is.
    pub fn asks(&mut self, name: usize) -> bool {
        !std::mem::replace(&mut self.views.entry(name).or_default().asked, true)
    }

    /// Takes a picture that was asked for.
    pub fn take(&mut self, name: usize, texture: egui::TextureHandle) {
        if let Some(view) = self.views.get_mut(&name) {
            view.texture = Some(texture);
        }
    }
}

/// Draws it, with all tries of the spot below.
pub(super) fn show(ui: &mut Ui, fix: &mut Fix, asked: &mut Option<Asked>) {
    let (Some(large), Some(spot)) = (&mut fix.large, fix.spots.get(fix.selected)) else {
        return;
    };
    let pick = spot.pick();
    let what = spot
        .picked
        .map_or_else(|| texts::ORIGINAL.into(), |number| texts::a_try(number + 1));
    ui.horizontal(|ui| {
        ui.strong(texts::alone(
            &texts::name(fix.selected + 1, &spot.label),
            &what,
        ));
        ui.weak(texts::LARGE_KEYS);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui
                .button(texts::BACK)
                .on_hover_text(texts::BACK_TIP)
                .clicked()
            {
                *asked = Some(Asked::Back);
            }
        });
    });
    let room = ui.available_size() - vec2(0.0, SIDE + 2.0 * ui.spacing().item_spacing.y);
    let (rect, response) =
        ui.allocate_exact_size(room.max(vec2(SIDE, SIDE)), Sense::click_and_drag());
    let size = spot.part.size();
    let size = vec2(size.width as f32, size.height as f32);
    let at = Rect::from_center_size(rect.center(), size * (rect.size() / size).min_elem());
    if let Some(pointer) = response.interact_pointer_pos() {
        large.line = ((pointer.x - at.left()) / at.width().max(1.0)).clamp(0.0, 1.0);
    }
    let line = at.left() + large.line * at.width();
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, 3.0, ui.visuals().extreme_bg_color);
    let sides = match pick {
        Some(pick) => vec![
            (spot.name, &spot.original, at.with_max_x(line)),
            (pick.name, &pick.view, at.with_min_x(line)),
        ],
        None => vec![(spot.name, &spot.original, at)],
    };
    for (name, small, clip) in sides {
        let sharp = large
            .views
            .get(&name)
            .and_then(|view| view.texture.as_ref());
        if let Some(texture) = sharp.or(small.texture.as_ref()) {
            let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            let painter = painter.with_clip_rect(clip.intersect(rect));
            painter.image(texture.id(), at, uv, egui::Color32::WHITE);
        }
    }
    if pick.is_some() {
        board::wipe_line(&painter, at, line);
        let font = egui::TextStyle::Body.resolve(ui.style());
        let ends = [
            (at.left_top() + vec2(8.0, 6.0), Align2::LEFT_TOP, BEFORE),
            (at.right_top() + vec2(-8.0, 6.0), Align2::RIGHT_TOP, AFTER),
        ];
        for (place, align, text) in ends {
            // Readable on any picture.
            painter.text(
                place + vec2(1.0, 1.0),
                align,
                text,
                font.clone(),
                egui::Color32::BLACK,
            );
            painter.text(place, align, text, font.clone(), egui::Color32::WHITE);
        }
        if response.hovered() {
            ui.ctx().set_cursor_icon(egui::CursorIcon::ResizeHorizontal);
        }
    }
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, texts::LARGE));
    egui::ScrollArea::horizontal().show(ui, |ui| {
        ui.horizontal(|ui| cells(ui, fix.selected, spot, SIDE, asked));
    });
}
