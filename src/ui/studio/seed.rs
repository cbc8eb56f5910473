//! Rows of the seed, and of the variation mixed into it.
//!
//! Does not know how noise is mixed.

use eframe::egui::style::WidgetVisuals;
use eframe::egui::{self, Sense, vec2};

use super::super::texts::recipes::VARIATION_LOCK;
use super::super::texts::studio::SEED_LOCK;
use super::super::texts::{self, Caption};
use super::{Studio, actions, random_seed, rows};
use crate::recipe::field::rows::{SEED, VARIATION_SEED, VARIATION_STRENGTH};
use crate::recipe::{Recipe, Variation};

/// Draws the rows.
pub fn show(ui: &mut egui::Ui, studio: &mut Studio) {
    let (thrown, chosen) = seed_row(
        ui,
        "recipe.new_seed",
        [&texts::field(&SEED), &SEED_LOCK],
        &mut studio.recipe.seed,
        &mut studio.seed_locked,
    );
    if thrown {
        studio.new_seed();
    } else if chosen {
        studio.seed_used = false;
    }
    let mut strength = studio.variation_strength();
    rows::number(ui, &VARIATION_STRENGTH, &mut strength, 0.0);
    studio.vary(strength);
    let Some(variation) = &mut studio.recipe.variation else {
        return;
    };
    let (thrown, chosen) = seed_row(
        ui,
        "recipe.new_variation_seed",
        [&texts::field(&VARIATION_SEED), &VARIATION_LOCK],
        &mut variation.seed,
        &mut studio.variation_locked,
    );
    if thrown {
        studio.new_variation_seed();
    } else if chosen {
        studio.variation_used = false;
    }
}

/// A seed with its dice and its lock; tells whether the dice was thrown, and whether digits were typed.
fn seed_row(
    ui: &mut egui::Ui,
    dice: &str,
    captions: [&Caption; 2],
    seed: &mut u64,
    locked: &mut bool,
) -> (bool, bool) {
    let mut thrown = false;
    let chosen = digits(ui, captions, seed, locked, |ui| {
        if let Some(dice) = actions::find(dice) {
            thrown = self::dice(ui, dice.label(), dice.tooltip());
        }
        thrown
    });
    (thrown, chosen)
}

impl Studio {
    /// How much of the variation's noise is mixed in; 0 is none.
    pub(super) fn variation_strength(&self) -> f64 {
        self.recipe
            .variation
            .map_or(0.0, |variation| variation.strength)
    }

    /// Mixes more or less of the variation's noise in; 0 turns it off and keeps its seed for later.
    ///
    /// Who varies a picture wants that very picture varied: turning it on locks the seed.
    pub(super) fn vary(&mut self, strength: f64) {
        let before = self.variation_strength();
        if strength == before {
            return;
        }
        let last = self.recipe.variation.take();
        let seed = last.map_or(self.variation_seed, |variation| variation.seed);
        self.variation_seed = seed;
        if strength > 0.0 {
            self.recipe.variation = Some(Variation { seed, strength });
            self.seed_locked |= before == 0.0;
        }
    }

    /// Takes the seeds of another recipe, and locks them.
    pub(super) fn use_seeds(&mut self, other: &Recipe) {
        self.recipe.seed = other.seed;
        self.recipe.seed_source = other.seed_source;
        self.recipe.variation = other.variation;
        self.seed_used = false;
        self.variation_used = false;
        self.seed_locked = true;
        self.variation_locked |= other.variation.is_some();
    }

    /// Throws the dice for another variation of the same seed.
    pub(super) fn new_variation_seed(&mut self) {
        if let Some(variation) = &mut self.recipe.variation {
            variation.seed = random_seed();
            self.variation_used = false;
        }
    }
}

/// The seed: its digits, whether it is kept, and a dice. Tells whether the artist chose the seed by hand.
fn digits(
    ui: &mut egui::Ui,
    captions: [&Caption; 2],
    seed: &mut u64,
    locked: &mut bool,
    dice: impl FnOnce(&mut egui::Ui) -> bool,
) -> bool {
    let [caption, lock] = captions;
    let mut chosen = false;
    rows::plain(ui, caption, |ui, name, width| {
        let (button, gap) = (26.0, ui.spacing().item_spacing.x);
        let mut digits = seed.to_string();
        let field = egui::TextEdit::singleline(&mut digits)
            .desired_width(width - 2.0 * (button + gap) - 8.0)
            .font(egui::TextStyle::Monospace);
        let field = ui.add(field).labelled_by(name);
        if field.changed() {
            digits.retain(|digit| digit.is_ascii_digit());
            // Longer numbers than a seed can be are not typed.
            if let Ok(number) = if digits.is_empty() {
                Ok(0)
            } else {
                digits.parse()
            } {
                *seed = number;
                *locked = true;
                chosen = true;
            }
        }
        rows::told(caption, field);
        if dice(ui) {
            chosen = true;
        }
        padlock(ui, lock, locked);
    });
    chosen
}

/// Draws the ground of a button, and gives the painter of what is on it.
fn button<'a>(ui: &'a egui::Ui, rect: egui::Rect, visuals: &WidgetVisuals) -> &'a egui::Painter {
    let (fill, stroke) = (visuals.weak_bg_fill, visuals.bg_stroke);
    let (painter, inside) = (ui.painter(), egui::StrokeKind::Inside);
    painter.rect(rect, visuals.corner_radius, fill, stroke, inside);
    painter
}

/// A drawn padlock, open or shut.
fn padlock(ui: &mut egui::Ui, caption: &Caption, locked: &mut bool) {
    let size = vec2(26.0, ui.spacing().interact_size.y);
    let (rect, mut response) = ui.allocate_exact_size(size, Sense::click());
    if response.clicked() {
        *locked = !*locked;
        response.mark_changed();
    }
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::CheckBox, true, *locked, caption.label())
    });
    let visuals = ui.style().interact_selectable(&response, *locked);
    let painter = button(ui, rect, &visuals);
    let body = egui::Rect::from_center_size(rect.center() + vec2(0.0, 2.5), vec2(9.0, 6.5));
    painter.rect_filled(body, 1.0, visuals.fg_stroke.color);
    // The shackle: half a circle on two legs, swung aside when open.
    let lean = if *locked { 0.0 } else { 4.0 };
    let top = body.center_top() + vec2(lean, -2.0);
    let mut shackle: Vec<_> = (0..=8)
        .map(|step| {
            top + 2.7 * egui::Vec2::angled(std::f32::consts::PI * (1.0 + step as f32 / 8.0))
        })
        .collect();
    shackle.insert(0, shackle[0] + vec2(0.0, 2.0));
    if *locked {
        shackle.push(top + vec2(2.7, 2.0));
    }
    let stroke = egui::Stroke::new(1.4, visuals.fg_stroke.color);
    painter.add(egui::Shape::line(shackle, stroke));
    response.on_hover_text(caption.tooltip());
}

/// A drawn dice, pressed for a new number.
fn dice(ui: &mut egui::Ui, label: &str, tooltip: &str) -> bool {
    let size = vec2(26.0, ui.spacing().interact_size.y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, label));
    let visuals = *ui.style().interact(&response);
    let painter = button(ui, rect, &visuals);
    let die = egui::Rect::from_center_size(rect.center(), vec2(12.0, 12.0));
    let stroke = egui::Stroke::new(1.2, visuals.fg_stroke.color);
    painter.rect_stroke(die, 2.5, stroke, egui::StrokeKind::Inside);
    for (x, y) in [
        (-3.0, -3.0),
        (3.0, -3.0),
        (0.0, 0.0),
        (-3.0, 3.0),
        (3.0, 3.0),
    ] {
        painter.circle_filled(die.center() + vec2(x, y), 1.1, visuals.fg_stroke.color);
    }
    response.on_hover_text(tooltip).clicked()
}
