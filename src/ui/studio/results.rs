//! Results: candidates that are looked at, kept or discarded.
//!
//! Does not know the engine; draws the strip in which they wait.

mod held;

use std::collections::BTreeMap;

use eframe::egui::{self, vec2};

use super::super::action;
use super::super::app::App;
use super::super::room::texture;
use super::super::shell;
use super::super::texts::prepare as prepare_texts;
use super::super::texts::studio as texts;
use super::{Studio, fix};
use crate::document::{Base, Candidate, CandidateId, Document, EditName, Gallery, RepaintResult};
use crate::engine::{ResultCanvas, canvas_size};
use crate::raster::Mask;
use crate::recipe::wildcard::Wildcards;
use crate::recipe::{Parsed, infotext};

/// Height of a thumbnail, points.
const HEIGHT: f32 = 76.0;

/// What a result's own menu offers.
const MENU: &[&str] = &[
    "results.keep",
    "results.discard",
    "results.use_recipe",
    "results.use_seed",
    "recipe.copy",
];

/// Height of the strip, points.
pub const STRIP: f32 = 108.0;

/// The candidates, and which of them is looked at.
pub struct Results {
    gallery: Gallery,
    /// Of the thumbnails that were shown.
    textures: BTreeMap<CandidateId, egui::TextureHandle>,
    selected: Option<CandidateId>,
    /// Whether the artist selected it, and not its arrival.
    by_hand: bool,
    hovered: Option<CandidateId>,
    /// Memory that they may keep, bytes.
    budget: usize,
}

impl Results {
    /// None yet.
    pub fn new() -> Self {
        Self {
            gallery: Gallery::new(),
            textures: BTreeMap::new(),
            selected: None,
            by_hand: false,
            hovered: None,
            budget: 0,
        }
    }

    /// The candidates, oldest first.
    pub fn gallery(&self) -> &Gallery {
        &self.gallery
    }

    /// The candidate that is selected.
    pub fn selected(&self) -> Option<&Candidate> {
        self.gallery.get(self.selected?)
    }

    /// Sets how much memory the candidates may keep, bytes; gives how many had to go for it.
    pub fn set_budget(&mut self, bytes: usize) -> usize {
        if bytes == self.budget {
            return 0;
        }
        self.budget = bytes;
        let dropped = self.gallery.set_budget(bytes);
        self.forget_all(&dropped)
    }

    /// Takes a new candidate in, and shows it unless the artist looks at another; gives its name, and how many had to go for it.
    pub fn add(&mut self, result: RepaintResult, base: Base) -> (CandidateId, usize) {
        let (id, dropped) = self.gallery.push(result, base);
        let dropped = self.forget_all(&dropped);
        if !self.by_hand || self.selected.is_none() {
            self.selected = Some(id);
            self.by_hand = false;
        }
        (id, dropped)
    }

    /// How the candidate that is looked at was made, as text.
    pub fn infotext(&self) -> Option<&str> {
        let (candidate, _) = self.looked_at()?;
        Some(&candidate.result.infotext)
    }

    /// What was asked for to make the selected candidate, and what to call that one.
    pub fn asked(&self, wildcards: &Wildcards) -> Option<(String, Parsed)> {
        let Candidate { id, result, .. } = self.selected()?;
        let recipe = &result.recipe;
        let others = infotext::read(&result.infotext, recipe).others;
        let name = texts::result(id.0 + 1, recipe);
        Some((name, infotext::asked(&others, recipe, wildcards)))
    }

    /// Selects a candidate by hand.
    pub fn select(&mut self, id: CandidateId) {
        self.selected = self.gallery.get(id).map(|candidate| candidate.id);
        self.by_hand = true;
    }

    /// Whether a candidate is selected by hand.
    pub fn is_by_hand(&self) -> bool {
        self.by_hand && self.selected().is_some()
    }

    /// Looks at the picture again, and at what comes next.
    pub fn deselect(&mut self) {
        self.selected = None;
        self.by_hand = false;
    }

    /// The neighbour of the selected candidate; the newest or the oldest where none is selected.
    pub fn neighbour(&self, forwards: bool) -> Option<CandidateId> {
        match (self.selected, forwards) {
            (Some(id), true) => self.gallery.next(id),
            (Some(id), false) => self.gallery.previous(id),
            (None, true) => self.gallery.iter().next().map(|candidate| candidate.id),
            (None, false) => self.gallery.iter().last().map(|candidate| candidate.id),
        }
    }

    /// Throws the selected candidate away and selects its neighbour.
    pub fn discard(&mut self) {
        let Some(id) = self.selected else { return };
        let neighbour = self.neighbour(true).or_else(|| self.neighbour(false));
        self.gallery.remove(id);
        self.forget(id);
        self.selected = neighbour;
    }

    /// Throws all candidates away.
    pub fn discard_all(&mut self) {
        self.gallery.clear();
        self.textures.clear();
        self.deselect();
        self.hovered = None;
    }

    /// The candidate that the artist looks at, and whether that was their choice.
    pub fn looked_at(&self) -> Option<(&Candidate, bool)> {
        let hovered = self.hovered.and_then(|id| self.gallery.get(id));
        hovered
            .map(|candidate| (candidate, true))
            .or_else(|| Some((self.selected()?, self.by_hand)))
    }

    /// Why a candidate cannot be laid over the picture that `now` describes.
    pub fn misfit(candidate: &Candidate, now: Base) -> Option<String> {
        let base = candidate.base;
        if base.picture != now.picture {
            Some(texts::OTHER_PICTURE.to_owned())
        } else if base.size != now.size {
            Some(texts::other_size(base.size, now.size))
        } else if base.geometry != now.geometry {
            Some(prepare_texts::OTHER_GEOMETRY.to_owned())
        } else {
            None
        }
    }

    /// Whether a candidate can be shown in its place in the picture that `now` describes; one that would change the picture's size cannot.
    pub fn fits_in_place(candidate: &Candidate, now: Base) -> bool {
        Self::misfit(candidate, now).is_none()
            && canvas_size(now.size, true, &candidate.result.recipe) == now.size
    }

    /// Gives how many they are.
    fn forget_all(&mut self, dropped: &[Candidate]) -> usize {
        for candidate in dropped {
            self.forget(candidate.id);
        }
        dropped.len()
    }

    fn forget(&mut self, id: CandidateId) {
        self.textures.remove(&id);
        if self.hovered == Some(id) {
            self.hovered = None;
        }
        if self.selected == Some(id) {
            self.deselect();
        }
    }

    /// A texture of a candidate's thumbnail.
    fn texture(&mut self, ctx: &egui::Context, id: CandidateId) -> Option<egui::TextureHandle> {
        let thumbnail = &self.gallery.get(id)?.thumbnail;
        let name = || texture(ctx, format!("result {}", id.0), thumbnail);
        let texture = self.textures.entry(id).or_insert_with(name);
        Some(texture.clone())
    }
}

/// Lays the selected candidate over the picture, or puts it in the picture's place where it is of another size: one step to undo. Looks at the picture again.
pub fn keep(app: &mut App, ctx: &egui::Context) {
    let Some(candidate) = app.studio.results.selected() else {
        return;
    };
    let id = candidate.id;
    let RepaintResult {
        patch,
        recipe,
        infotext,
        ..
    } = candidate.result.clone();
    let work = move |document: &mut Document| {
        if canvas_size(document.size(), true, &recipe) == document.size() {
            return document.apply(EditName::Result, &patch);
        }
        let mask = ResultCanvas::new(document.picture(), Some(document.mask()), &recipe)
            .mask
            .filter(|mask| mask.size() == patch.pixels().size())
            .unwrap_or_else(|| Mask::filled(patch.pixels().size(), 0));
        document.replace(EditName::Result, patch.pixels().clone(), mask, None);
    };
    shell::edit(app, ctx, EditName::Result, work, move |app| {
        app.studio.kept.add(&app.document, infotext);
        if app.studio.results.selected == Some(id) {
            app.studio.results.deselect();
        }
    });
}

/// Why the selected candidate cannot be kept.
pub fn can_keep(app: &App) -> Result<(), String> {
    shell::idle(app)?;
    if app.studio.fix.is_open() && !app.studio.results.is_by_hand() {
        // Tries select themselves as they come, below the outlines of the window that picks among them.
        return fix::can_go_on(app).and(Err(texts::NONE_SELECTED.to_owned()));
    }
    let selected = selected(&app.studio)?;
    match Results::misfit(selected, app.studio.base) {
        Some(reason) => Err(reason),
        None => Ok(()),
    }
}

/// The selected candidate, or what to do to have one.
pub fn selected(studio: &Studio) -> Result<&Candidate, String> {
    let results = &studio.results;
    results.selected().ok_or_else(|| {
        if results.gallery.is_empty() {
            texts::NO_RESULTS.to_owned()
        } else {
            texts::NONE_SELECTED.to_owned()
        }
    })
}

/// Draws the candidates and what can be done with the selected one.
pub fn strip(app: &mut App, ui: &mut egui::Ui) {
    ui.add_space(8.0);
    ui.horizontal_top(|ui| {
        ui.vertical(|ui| {
            ui.set_width(104.0);
            for id in ["results.keep", "results.discard", "results.use_recipe"] {
                action_button(app, ui, id);
            }
        });
        ui.separator();
        egui::ScrollArea::horizontal()
            .auto_shrink([false, true])
            .stick_to_right(true)
            .show(ui, |ui| ui.horizontal_top(|ui| thumbnails(app, ui)));
    });
    ui.add_space(2.0);
}

/// A button that fills the width and does what the action does.
fn action_button(app: &mut App, ui: &mut egui::Ui, id: &str) {
    let Some(action) = action::find(id) else {
        return;
    };
    let enabled = action.enabled(app);
    let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
    let tooltip = match app.shell.settings.shortcut(action) {
        Some(key) => format!("{} ({})", action.tooltip, action::key_text(ui.ctx(), &key)),
        None => action.tooltip.to_owned(),
    };
    let response = ui
        .add_enabled_ui(enabled.is_ok(), |ui| {
            ui.add_sized(size, egui::Button::new(action.label))
        })
        .inner
        .on_hover_text(tooltip);
    let response = match enabled {
        Ok(()) => response,
        Err(reason) => response.on_disabled_hover_text(reason),
    };
    if response.clicked() {
        action::run(app, ui.ctx(), action);
    }
}

fn thumbnails(app: &mut App, ui: &mut egui::Ui) {
    let base = app.studio.base;
    let gallery = &app.studio.results.gallery;
    let ids: Vec<_> = gallery.iter().map(|one| one.id).collect();
    let mut hovered = None;
    for id in ids {
        let results = &mut app.studio.results;
        let Some(texture) = results.texture(ui.ctx(), id) else {
            continue;
        };
        let chosen = results.selected == Some(id);
        let size = texture.size_vec2();
        let response = thumbnail(ui, &texture, size * (HEIGHT / size.y), chosen);
        let Some(candidate) = results.gallery.get(id) else {
            continue;
        };
        let result = &candidate.result;
        let label = texts::result(id.0 + 1, &result.recipe);
        response
            .widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, chosen, &label));
        let misfit = Results::misfit(candidate, base);
        let response = response.on_hover_ui(|ui| {
            ui.strong(&label);
            ui.label(texts::result_facts(result));
            if !result.model.is_empty() {
                ui.label(texts::made_with(&result.model, &result.device));
            }
            if let Some(reason) = &misfit {
                ui.colored_label(ui.visuals().warn_fg_color, reason);
            }
        });
        if response.hovered() {
            hovered = Some(id);
        }
        if response.clicked() || response.secondary_clicked() {
            results.select(id);
        }
        response.context_menu(|ui| {
            for action in MENU.iter().filter_map(|id| action::find(id)) {
                shell::menu_item(app, ui, action);
            }
        });
    }
    app.studio.results.hovered = hovered;
}

/// A picture that can be chosen, framed when it is.
fn thumbnail(
    ui: &mut egui::Ui,
    texture: &egui::TextureHandle,
    size: egui::Vec2,
    chosen: bool,
) -> egui::Response {
    const FRAME: f32 = 3.0;
    let outer = size + egui::Vec2::splat(2.0 * FRAME);
    let (rect, response) = ui.allocate_exact_size(outer, egui::Sense::click());
    let visuals = ui.visuals();
    let color = if chosen {
        visuals.hyperlink_color
    } else if response.hovered() || response.has_focus() {
        visuals.widgets.hovered.bg_stroke.color
    } else {
        visuals.widgets.noninteractive.bg_stroke.color
    };
    let width = if chosen { 2.0 } else { 1.0 };
    ui.painter().rect_stroke(
        rect.shrink(1.0),
        2.0,
        egui::Stroke::new(width, color),
        egui::StrokeKind::Inside,
    );
    egui::Image::new((texture.id(), size)).paint_at(ui, rect.shrink(FRAME));
    response
}
