//! The recipe panel: what the next repaint will be, and the button that begins it.
//!
//! Does not know how any of it is computed; each field is one row.

use eframe::egui;

use super::super::app::App;
use super::super::shell;
use super::super::texts::recipes as recipe_texts;
use super::super::texts::studio as texts;
use super::{
    Studio, Words, controls, foot, loras, offer, others, preset_files, presets, prompt, rows, seed,
    suggestion,
};
use crate::engine::steps_to_run;
use crate::recipe::field::Field;
use crate::recipe::field::rows::{
    AREA, CLIP_SKIP, COLOR_MATCH, CONTROL_END, CONTROL_KIND, CONTROL_MODE, CONTROL_START,
    CONTROL_WEIGHT, FIELDS, GROW_MASK, GUIDANCE, MASK_BLUR, MASK_BLUR_Y, MASK_EDGE, MASK_MODE,
    MASKED_CONTENT, METHOD, NEGATIVE_PROMPT, PADDING, PROMPT, RESIZE, SAMPLER, SEED, SEED_SOURCE,
    SIZE, SPACING, STEPS, STRENGTH, VARIATION_SEED, VARIATION_STRENGTH,
};
use crate::recipe::{Recipe, Spacing};

/// The most variations of one press.
const MOST_VARIATIONS: u32 = 32;

/// The most of them that are made at once.
const MOST_AT_ONCE: u32 = 16;

/// The rows of the fields of a mask.
const MASK: &[&Field] = &[&MASK_MODE, &MASKED_CONTENT, &MASK_BLUR, &AREA, &PADDING];

/// The rows that are seldom wanted; those of fields that have no other place follow them.
const ADVANCED: &[&Field] = &[
    &CLIP_SKIP,
    &METHOD,
    &GROW_MASK,
    &MASK_EDGE,
    &MASK_BLUR_Y,
    &SIZE,
    &RESIZE,
    &COLOR_MATCH,
    &SEED_SOURCE,
];

/// Fields whose rows are drawn one by one.
const ELSEWHERE: &[&Field] = &[
    &PROMPT,
    &NEGATIVE_PROMPT,
    &STRENGTH,
    &STEPS,
    &SAMPLER,
    &SPACING,
    &GUIDANCE,
    &SEED,
    &VARIATION_SEED,
    &VARIATION_STRENGTH,
    &CONTROL_KIND,
    &CONTROL_WEIGHT,
    &CONTROL_START,
    &CONTROL_END,
    &CONTROL_MODE,
];

/// Draws the recipe.
pub fn recipe_panel(app: &mut App, ui: &mut egui::Ui) {
    app.studio.look_at(&app.document);
    egui::Panel::bottom("repaint")
        .resizable(false)
        .frame(egui::Frame::NONE)
        .show(ui, |ui| foot::show(app, ui));
    shell::recipe_offer(app, ui);
    offer::show(app, ui);
    // Beside the rows, not over their ends.
    ui.spacing_mut().scroll.floating_allocated_width = 10.0;
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.add_space(4.0);
            presets::row(app, ui);
            prompts(app, ui);
            loras::show(app, ui);
            shell::reference_well(app, ui);
            let studio = &mut app.studio;
            section(ui, texts::SECTION_SAMPLING, true, |ui| sampling(ui, studio));
            section(ui, texts::SECTION_MASK, true, |ui| {
                mask_and_area(ui, &mut studio.recipe);
            });
            controls::section(app, ui);
            let studio = &mut app.studio;
            section(ui, texts::SECTION_ADVANCED, false, |ui| {
                advanced(ui, &mut studio.recipe);
            });
            if others::show(ui, studio.others.as_ref()) {
                studio.others = None;
            }
        });
}

/// Both prompts, and the way to earlier ones.
fn prompts(app: &mut App, ui: &mut egui::Ui) {
    let tooltip = recipe_texts::grammar(app.shell.places().wildcards.as_deref());
    let studio = &mut app.studio;
    let head = studio.head();
    let head = head.map(|(spec, tokens)| (spec.name.clone(), tokens.clone()));
    let counter = head.as_ref().map(|(name, tokens)| (name.as_str(), tokens));
    let grammar = prompt::Grammar {
        wildcards: &studio.wildcards,
        tooltip: &tooltip,
    };
    let chosen = prompt::show(
        ui,
        &mut studio.prompts,
        &mut studio.recipe,
        counter,
        &grammar,
        &studio.history,
    );
    if let Some(words) = chosen {
        let now = Words::of(&studio.recipe);
        preset_files::remember(&mut app.studio, now);
        prompt::replace(ui.ctx(), &mut app.studio.recipe, None, words);
    }
}

/// A part of the recipe that can be folded away.
fn section(ui: &mut egui::Ui, title: &str, open: bool, rows: impl FnOnce(&mut egui::Ui)) {
    egui::CollapsingHeader::new(egui::RichText::new(title).strong())
        .default_open(open)
        .show_unindented(ui, rows);
}

fn sampling(ui: &mut egui::Ui, studio: &mut Studio) {
    if let Some(suggestion) = studio.spec().and_then(|spec| spec.suggestion) {
        suggestion::line(ui, &mut studio.recipe, &mut studio.taken, suggestion);
    }
    let recipe = &mut studio.recipe;
    rows::field(ui, &STRENGTH, recipe);
    let run = steps_to_run(recipe.steps, recipe.held_strength());
    rows::note(ui, texts::steps_that_run(run, recipe.steps));
    rows::field(ui, &STEPS, recipe);
    let was_usual = recipe.spacing == recipe.sampler.usual_spacing();
    rows::field(ui, &SAMPLER, recipe);
    let usual = recipe.sampler.usual_spacing();
    if was_usual {
        recipe.spacing = usual;
    }
    let others = Spacing::ALL.iter().filter(|other| **other != usual);
    let first = rows::Entry {
        name: usual.name(),
        label: texts::usual_spacing(usual),
        tooltip: texts::USUAL_SPACING_TOOLTIP,
    };
    let others = others.map(|other| rows::Entry {
        name: other.name(),
        label: other.choice().label(),
        tooltip: SPACING.caption.tooltip,
    });
    let entries = std::iter::once(first).chain(others).collect();
    let (caption, chosen) = (&SPACING.caption, recipe.spacing.name());
    let chosen = rows::choice(ui, caption, chosen, usual.name(), entries);
    recipe.spacing = chosen.parse().unwrap_or(usual);
    rows::field(ui, &GUIDANCE, recipe);
    seed::show(ui, studio);
    rows::count(
        ui,
        &texts::COUNT,
        &mut studio.variations,
        1,
        1..=MOST_VARIATIONS,
    );
    if studio.variations > 1 {
        rows::count(
            ui,
            &recipe_texts::BATCH,
            &mut studio.batch,
            1,
            1..=MOST_AT_ONCE,
        );
    }
}

fn mask_and_area(ui: &mut egui::Ui, recipe: &mut Recipe) {
    for field in MASK {
        rows::field(ui, field, recipe);
    }
}

fn advanced(ui: &mut egui::Ui, recipe: &mut Recipe) {
    let placed = |field: &Field| {
        let mut placed = ELSEWHERE.iter().chain(MASK).chain(ADVANCED);
        field.caption.label.is_empty() || placed.any(|own| *own == field)
    };
    let others = FIELDS.iter().filter(|field| !placed(field));
    for field in ADVANCED.iter().chain(others).copied() {
        if *field != MASK_BLUR_Y {
            rows::field(ui, field, recipe);
            continue;
        }
        let (x, y) = recipe.mask_blurs();
        let mut vertical = f64::from(y);
        rows::number(ui, field, &mut vertical, f64::from(x));
        recipe.mask_blur_y = Some(vertical as f32).filter(|y| *y != x);
    }
}
