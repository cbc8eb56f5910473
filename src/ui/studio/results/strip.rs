//! The results in a strip below the canvas, by the press that made them; and at the picture what can be done with the one that is looked at.
//!
//! Does not know how results are made or kept.

use eframe::egui::{self, Align2, Color32, Pos2, vec2};

use super::Results;
use crate::document::CandidateId;
use crate::ui::action;
use crate::ui::app::App;
use crate::ui::room;
use crate::ui::shell;
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

/// What is offered at the picture, and what that says where it is not the action's label.
const OFFERED: &[(&str, Option<&str>)] = &[
    (KEEP, None),
    ("results.discard", None),
    (COMPARE, Some(texts::COMPARE)),
    ("results.similar", None),
];

const KEEP: &str = "results.keep";
const COMPARE: &str = "compare.wipe";

/// What a result's own menu offers.
const MENU: &[&str] = &[
    KEEP,
    "results.discard",
    "results.similar",
    "results.star",
    "results.save",
    "edit.copy",
    "results.reference",
    "results.use_recipe",
    "results.use_seed",
    "recipe.copy",
];

/// Draws the strip, also while there are no results: what comes moves nothing.
pub fn strip(app: &mut App, ui: &mut egui::Ui) {
    if app.studio.results.gallery().is_empty() {
        app.studio.results.hovered = None;
        ui.centered_and_justified(|ui| ui.weak(texts::STRIP_EMPTY));
        return;
    }
    ui.add_space(4.0);
    egui::ScrollArea::horizontal()
        .auto_shrink([false, false])
        .stick_to_right(true)
        .show(ui, |ui| ui.horizontal_top(|ui| groups(app, ui)));
}

/// Draws the results by the press that made them, those of other pictures first and dimmed.
fn groups(app: &mut App, ui: &mut egui::Ui) {
    let base = app.studio.base;
    let results = &app.studio.results;
    let mut ids: Vec<_> = results.gallery().iter().collect();
    ids.sort_by_key(|one| (one.base.picture == base.picture, one.id));
    let group = |one: &crate::document::Candidate| {
        let own = one.base.picture == base.picture;
        own.then_some(one.result.series)
    };
    let ids: Vec<_> = ids.into_iter().map(|one| (one.id, group(one))).collect();
    // The bar of the scroll area lies below.
    let height = ui.available_height() - 12.0;
    let (mut hovered, mut last) = (None, None);
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
        if one(app, ui, id, height) {
            hovered = Some(id);
        }
    }
    let results = &mut app.studio.results;
    results.hovered = hovered;
    results.scrolled = results.selected;
}

/// Draws one result; tells whether the pointer is on it.
fn one(app: &mut App, ui: &mut egui::Ui, id: CandidateId, height: f32) -> bool {
    let base = app.studio.base;
    let results = &mut app.studio.results;
    let chosen = results.selected == Some(id);
    let Some(candidate) = results.gallery.get(id) else {
        return false;
    };
    let result = &candidate.result;
    let kept = app.studio.kept.holds(&result.infotext);
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
        let marks = texts::marks(kept, starred);
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
        return false;
    }
    let facts = (
        texts::result_facts(result),
        result.model.clone(),
        result.device.clone(),
    );
    let Some(texture) = results.texture(ui.ctx(), id) else {
        return false;
    };
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
    let hovered = response.hovered();
    if response.clicked() || response.secondary_clicked() {
        results.select(id);
    }
    response.context_menu(|ui| {
        for action in MENU.iter().filter_map(|id| action::find(id)) {
            shell::menu_item(app, ui, action);
        }
    });
    hovered
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

/// Draws at the picture what can be done with the result that is selected; the canvas lies at `canvas`.
pub fn at_picture(app: &mut App, ctx: &egui::Context, canvas: egui::Rect) {
    if !offers(app) {
        return;
    }
    egui::Area::new(egui::Id::unique("at the result"))
        .pivot(Align2::CENTER_BOTTOM)
        .fixed_pos(canvas.center_bottom() - vec2(0.0, 8.0))
        .constrain_to(canvas)
        .fade_in(false)
        .show(ctx, |ui| {
            egui::Frame::popup(ui.style())
                .inner_margin(4)
                .show(ui, |ui| {
                    ui.horizontal(|ui| {
                        for (id, label) in OFFERED {
                            offer(app, ui, id, *label);
                        }
                    });
                });
        });
}

/// Whether anything is offered there.
pub fn offers(app: &App) -> bool {
    app.studio.results.selected().is_some() && !app.studio.fix.is_open()
}

fn offer(app: &mut App, ui: &mut egui::Ui, id: &str, label: Option<&str>) {
    let Some(action) = action::find(id) else {
        return;
    };
    let enabled = action.enabled(app);
    let tooltip = match app.shell.settings.shortcut(action) {
        Some(key) => format!("{} ({})", action.tooltip, action::key_text(ui.ctx(), &key)),
        None => action.tooltip.to_owned(),
    };
    let mut text = egui::RichText::new(label.unwrap_or(action.label));
    if id == KEEP && enabled.is_ok() {
        text = text.color(theme::untinted()).strong();
    }
    let mut button = egui::Button::new(text).min_size(vec2(78.0, 28.0));
    if id == KEEP && enabled.is_ok() {
        button = button.fill(theme::keep(ui.visuals()));
    }
    if id == COMPARE {
        button = button.selected(app.board.comparison() != Default::default());
    }
    let button = ui
        .add_enabled(enabled.is_ok(), button)
        .on_hover_text(tooltip);
    match enabled {
        Ok(()) if button.clicked() => action::run(app, ui.ctx(), action),
        Ok(()) => {}
        Err(reason) => drop(button.on_disabled_hover_text(reason)),
    }
}

/// Draws the strip as a panel whose height only the artist changes.
pub fn panel(app: &mut App, ui: &mut egui::Ui) {
    let most = (ui.ctx().content_rect().height() / 3.0).max(STRIP[0]);
    egui::Panel::bottom("results")
        .default_size(STRIP[1].min(most))
        .size_range(STRIP[0]..=most)
        .show(ui, |ui| room::within(ui, |ui| strip(app, ui)));
}
