//! The results in a strip below the canvas, by the press that made them; and whether anything is offered at the picture.
//!
//! Does not know how results are made or kept.

use eframe::egui::{self, Align2, Color32, Pos2, Response, vec2};

use super::Results;
use crate::document::CandidateId;
use crate::ui::room;
use crate::ui::studio::{Host, Studio};
use crate::ui::texts::studio as texts;
use crate::ui::theme;

/// Least and usual height of the strip, points.
pub const STRIP: [f32; 2] = [74.0, 112.0];

/// Height of the buttons at the picture with the room below them, points.
pub const BUTTONS: f32 = 46.0;

/// Room around a thumbnail for its frame, points.
const FRAME: f32 = 3.0;

/// The least width of a result, so that its seed can be read, points.
const LEAST: f32 = 64.0;

/// Draws the strip, also while there are no results: what comes moves nothing.
fn strip(host: &mut Host<'_>, ui: &mut egui::Ui) -> Vec<Response> {
    if host.studio.results.gallery().is_empty() {
        host.studio.results.hovered = None;
        // Words are not spread where the line breaks.
        let middle = egui::Layout::centered_and_justified(egui::Direction::TopDown);
        ui.with_layout(middle.with_cross_justify(false), |ui| {
            ui.weak(texts::STRIP_EMPTY)
        });
        return Vec::new();
    }
    ui.add_space(4.0);
    egui::ScrollArea::horizontal()
        .auto_shrink([false, false])
        .stick_to_right(true)
        .show(ui, |ui| ui.horizontal_top(|ui| groups(host, ui)).inner)
        .inner
}

/// Draws the results by the press that made them, those of other pictures first and dimmed.
fn groups(host: &mut Host<'_>, ui: &mut egui::Ui) -> Vec<Response> {
    let base = host.studio.base;
    let results = &host.studio.results;
    let mut ids: Vec<_> = results.gallery().iter().collect();
    ids.sort_by_key(|one| (one.base.picture == base.picture, one.id));
    let group = |one: &crate::document::Candidate| {
        let own = one.base.picture == base.picture;
        own.then_some(one.result.series)
    };
    let ids: Vec<_> = ids.into_iter().map(|one| (one.id, group(one))).collect();
    // The bar of the scroll area lies below.
    let height = ui.available_height() - 12.0;
    let (mut shown, mut hovered, mut last) = (Vec::new(), None, None);
    for (id, group) in ids {
        if group.is_none() && last.is_none() {
            ui.add_sized(
                vec2(52.0, height),
                egui::Label::new(egui::RichText::new(texts::OTHERS_RESULTS).small().weak()).wrap(),
            );
        }
        if last.is_some_and(|last| last != group) {
            ui.allocate_ui(vec2(7.0, height), |ui| ui.separator());
        }
        last = Some(group);
        if let Some(response) = one(host, ui, id, height) {
            if response.hovered() {
                hovered = Some(id);
            }
            shown.push(response);
        }
    }
    let results = &mut host.studio.results;
    results.hovered = hovered;
    results.scrolled = results.selected;
    shown
}

/// Draws one result, where it is in sight.
fn one(host: &mut Host<'_>, ui: &mut egui::Ui, id: CandidateId, height: f32) -> Option<Response> {
    let base = host.studio.base;
    let results = &mut host.studio.results;
    let chosen = results.selected == Some(id);
    let against = results.against == Some(id);
    let candidate = results.gallery.get(id)?;
    let result = &candidate.result;
    let kept = host.studio.kept.holds(&result.infotext);
    let starred = result.starred;
    let misfit = Results::misfit(candidate, base);
    let line = ui.text_style_height(&egui::TextStyle::Small) + 2.0;
    let inner = (height - line - 2.0 * FRAME).max(16.0);
    let shown = candidate.thumbnail.size();
    let size = vec2(
        shown.width as f32 * inner / shown.height.max(1) as f32,
        inner,
    );
    let outer = vec2(size.x.max(LEAST) + 2.0 * FRAME, height);
    let (rect, response) = ui.allocate_exact_size(outer, egui::Sense::click());
    let label = texts::result(id.0 + 1, &result.recipe);
    response.widget_info(|| {
        let marks = texts::marks(kept, starred, against);
        let label = format!("{label}{marks}");
        egui::WidgetInfo::selected(egui::Role::Button, true, chosen, label)
    });
    if chosen && results.scrolled != Some(id) {
        response.scroll_to_me(None);
    }
    let words = format!("{}  {}", id.0 + 1, result.recipe.seed);
    if !ui.is_rect_visible(rect) {
        // Also who does not see it can press it.
        if response.clicked() {
            results.select(id);
        }
        return None;
    }
    let facts = (
        texts::result_facts(result),
        result.model.clone(),
        result.device.clone(),
    );
    let texture = results.texture(ui.ctx(), id)?;
    let visuals = ui.visuals();
    let (width, colour) = if chosen {
        (2.0, visuals.hyperlink_color)
    } else if response.hovered() || response.has_focus() {
        (1.0, visuals.widgets.hovered.bg_stroke.color)
    } else {
        (1.0, visuals.widgets.noninteractive.bg_stroke.color)
    };
    let stroke = egui::Stroke::new(width, colour);
    let inside = egui::StrokeKind::Inside;
    let frame = rect.with_max_y(rect.bottom() - line);
    ui.painter()
        .rect_stroke(frame.shrink(1.0), 2.0, stroke, inside);
    let tint = match misfit {
        Some(_) => theme::untinted().gamma_multiply(0.45),
        None => theme::untinted(),
    };
    let at = egui::Rect::from_center_size(frame.center(), size);
    egui::Image::new((texture.id(), size))
        .tint(tint)
        .paint_at(ui, at);
    let font = egui::TextStyle::Small.resolve(ui.style());
    let colour = match chosen {
        true => visuals.strong_text_color(),
        false => visuals.weak_text_color(),
    };
    let mut job = egui::text::LayoutJob::simple_singleline(words, font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width());
    let galley = ui.painter().layout_job(job);
    let under = Align2::CENTER_BOTTOM.anchor_size(rect.center_bottom(), galley.size());
    ui.painter().galley(under.min, galley, colour);
    if kept {
        tick(ui, frame.right_top() + vec2(-11.0, 11.0));
    }
    if against {
        let visuals = ui.visuals();
        let stroke = egui::Stroke::new(2.0, visuals.warn_fg_color);
        ui.painter()
            .rect_stroke(frame.shrink(1.0), 2.0, stroke, inside);
    }
    if starred {
        star(ui, frame.left_top() + vec2(11.0, 11.0));
    }
    let response = response.on_hover_ui(|ui| {
        ui.strong(&label);
        let (facts, model, device) = &facts;
        ui.label(facts);
        if !model.is_empty() {
            ui.label(texts::made_with(model, device));
        }
        if let Some(reason) = &misfit {
            ui.colored_label(ui.visuals().warn_fg_color, reason);
        }
    });
    if response.clicked() && ui.input(|input| input.modifiers.command) {
        results.hold_against(id);
    } else if response.clicked() || response.secondary_clicked() {
        results.select(id);
    }
    Some(response)
}

/// Marks what was kept.
fn tick(ui: &egui::Ui, at: Pos2) {
    let painter = ui.painter();
    painter.circle_filled(at, 7.0, theme::keep(ui.visuals()));
    let corners = [vec2(-3.2, 0.2), vec2(-0.8, 2.6), vec2(3.4, -2.4)].map(|by| at + by);
    let stroke = egui::Stroke::new(1.6, theme::untinted());
    painter.line(corners.to_vec(), stroke);
}

/// Marks what the artist marked.
fn star(ui: &egui::Ui, at: Pos2) {
    let painter = ui.painter();
    painter.circle_filled(at, 7.0, Color32::from_black_alpha(150));
    let colour = ui.visuals().warn_fg_color;
    let turn = |index: usize| index as f32 * std::f32::consts::TAU / 10.0;
    let corner = |index: usize| {
        let radius = if index.is_multiple_of(2) { 5.5 } else { 2.4 };
        at + radius * vec2(turn(index).sin(), -turn(index).cos())
    };
    // A star is not convex: five triangles about its middle.
    for point in (0..10).step_by(2) {
        let sides = [
            corner((point + 9) % 10),
            corner(point),
            corner(point + 1),
            at,
        ];
        let none = egui::Stroke::NONE;
        painter.add(egui::Shape::convex_polygon(sides.to_vec(), colour, none));
    }
}

/// Whether anything is offered there.
pub fn offers(studio: &Studio) -> bool {
    studio.results.selected().is_some() && !studio.fix.is_open()
}

/// Draws the strip as a panel whose height only the artist changes; the results that are in sight.
pub fn panel(host: &mut Host<'_>, ui: &mut egui::Ui) -> Vec<Response> {
    let most = (ui.ctx().content_rect().height() / 3.0).max(STRIP[0]);
    egui::Panel::bottom("results")
        .default_size(STRIP[1].min(most))
        .size_range(STRIP[0]..=most)
        .show(ui, |ui| room::within(ui, |ui| strip(host, ui)))
        .inner
}
