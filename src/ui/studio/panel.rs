//! The recipe panel: what the next repaint will be, and the button that begins it.
//!
//! Does not know how any of it is computed; each field is one row.

use std::ops::RangeInclusive;

use eframe::egui;

use super::super::action;
use super::super::app::App;
use super::super::shell;
use super::super::texts::studio as texts;
use super::rows::{self, Choice, Scale};
use super::{Studio, prompt, queue};
use crate::engine::steps_to_run;
use crate::recipe::{Area, Recipe, Sampler, SeedSource, Spacing};

/// The most variations of one press.
const MOST_VARIATIONS: u32 = 32;

/// Draws the recipe.
pub fn recipe_panel(app: &mut App, ui: &mut egui::Ui) {
    app.studio.look_at(&app.document);
    egui::Panel::bottom("repaint")
        .resizable(false)
        .frame(egui::Frame::NONE)
        .show(ui, |ui| queue::show(app, ui));
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.add_space(4.0);
            let studio = &mut app.studio;
            let model = studio.link.ready();
            let counter = model.map(|info| (info.spec.name.as_str(), &info.tokens));
            prompt::show(ui, &mut studio.prompts, &mut studio.recipe, counter);
            shell::reference_well(app, ui);
            let studio = &mut app.studio;
            section(ui, texts::SECTION_SAMPLING, true, |ui| sampling(ui, studio));
            section(ui, texts::SECTION_MASK, true, |ui| {
                mask_and_area(ui, &mut studio.recipe);
            });
            section(ui, texts::SECTION_ADVANCED, false, |ui| {
                advanced(ui, &mut studio.recipe);
            });
        });
}

/// A part of the recipe that can be folded away.
fn section(ui: &mut egui::Ui, title: &str, open: bool, rows: impl FnOnce(&mut egui::Ui)) {
    egui::CollapsingHeader::new(egui::RichText::new(title).strong())
        .default_open(open)
        .show_unindented(ui, rows);
}

fn sampling(ui: &mut egui::Ui, studio: &mut Studio) {
    let usual = Recipe::default();
    let recipe = &mut studio.recipe;
    rows::number(
        ui,
        &texts::STRENGTH,
        &mut recipe.strength,
        usual.strength,
        Scale {
            slider: 0.0..=1.0,
            typed: 0.0..=1.0,
            step: 0.01,
            decimals: 2,
            unit: "",
            usual: Some(0.4..=0.8),
        },
    );
    let run = steps_to_run(recipe.steps, recipe.strength);
    rows::note(ui, texts::steps_that_run(run, recipe.steps));
    rows::number(
        ui,
        &texts::STEPS,
        &mut recipe.steps,
        usual.steps,
        whole(1..=60, 1..=1000),
    );
    let was_usual = recipe.spacing == recipe.sampler.usual_spacing();
    rows::choice(
        ui,
        &texts::SAMPLER,
        &mut recipe.sampler,
        usual.sampler,
        Sampler::ALL
            .iter()
            .map(|sampler| Choice {
                value: *sampler,
                label: texts::sampler(*sampler).to_owned(),
                tooltip: texts::sampler_tooltip(*sampler),
            })
            .collect(),
    );
    let spacing = recipe.sampler.usual_spacing();
    if was_usual {
        recipe.spacing = spacing;
    }
    let others = Spacing::ALL.iter().filter(|other| **other != spacing);
    rows::choice(
        ui,
        &texts::SPACING,
        &mut recipe.spacing,
        spacing,
        std::iter::once(Choice {
            value: spacing,
            label: texts::usual_spacing(spacing),
            tooltip: texts::USUAL_SPACING_TOOLTIP,
        })
        .chain(others.map(|other| Choice {
            value: *other,
            label: texts::spacing(*other).to_owned(),
            tooltip: texts::SPACING.tooltip,
        }))
        .collect(),
    );
    rows::number(
        ui,
        &texts::GUIDANCE,
        &mut recipe.guidance_scale,
        usual.guidance_scale,
        Scale {
            slider: 1.0..=20.0,
            typed: 1.0..=30.0,
            step: 0.5,
            decimals: 1,
            unit: "",
            usual: None,
        },
    );
    seed(ui, studio);
    rows::count(
        ui,
        &texts::COUNT,
        &mut studio.variations,
        1,
        1..=MOST_VARIATIONS,
    );
}

fn seed(ui: &mut egui::Ui, studio: &mut Studio) {
    let mut thrown = false;
    let chosen = rows::seed(
        ui,
        [&texts::SEED, &texts::SEED_LOCK],
        &mut studio.recipe.seed,
        &mut studio.seed_locked,
        |ui| {
            if let Some(dice) = action::find("recipe.new_seed") {
                thrown = rows::dice(ui, dice.label, dice.tooltip);
            }
            thrown
        },
    );
    if thrown {
        studio.new_seed();
    } else if chosen {
        studio.seed_used = false;
    }
}

fn mask_and_area(ui: &mut egui::Ui, recipe: &mut Recipe) {
    let usual = Recipe::default();
    rows::number(
        ui,
        &texts::MASK_BLUR,
        &mut recipe.mask_blur,
        usual.mask_blur,
        Scale {
            slider: 0.0..=64.0,
            typed: 0.0..=512.0,
            step: 0.5,
            decimals: 1,
            unit: " px",
            usual: None,
        },
    );
    rows::choice(
        ui,
        &texts::AREA,
        &mut recipe.area,
        usual.area,
        Area::ALL
            .iter()
            .map(|area| Choice {
                value: *area,
                label: texts::area(*area).to_owned(),
                tooltip: texts::area_tooltip(*area),
            })
            .collect(),
    );
    ui.add_enabled_ui(recipe.area != Area::Whole, |ui| {
        rows::number(
            ui,
            &texts::PADDING,
            &mut recipe.padding,
            usual.padding,
            Scale {
                unit: " px",
                step: 4.0,
                ..whole(0..=256, 0..=4096)
            },
        );
    })
    .response
    .on_disabled_hover_text(texts::PADDING_UNUSED);
}

fn advanced(ui: &mut egui::Ui, recipe: &mut Recipe) {
    let usual = Recipe::default();
    rows::choice(
        ui,
        &texts::SEED_SOURCE,
        &mut recipe.seed_source,
        usual.seed_source,
        SeedSource::ALL
            .iter()
            .map(|source| Choice {
                value: *source,
                label: texts::seed_source(*source).to_owned(),
                tooltip: texts::SEED_SOURCE.tooltip,
            })
            .collect(),
    );
}

/// A scale of whole numbers.
fn whole<N>(slider: RangeInclusive<N>, typed: RangeInclusive<N>) -> Scale<N> {
    Scale {
        slider,
        typed,
        step: 1.0,
        decimals: 0,
        unit: "",
        usual: None,
    }
}
