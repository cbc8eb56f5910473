//! The recipe panel: what the next repaint will be, and the button that begins it.
//!
//! Does not know how any of it is computed; each field is one row.

use std::ops::RangeInclusive;

use eframe::egui;

use super::super::app::App;
use super::super::shell;
use super::super::texts::recipes as recipe_texts;
use super::super::texts::studio as texts;
use super::rows::{self, Choice, Scale};
use super::{Studio, Words, notes, others, presets, prompt, queue, seed};
use crate::engine::steps_to_run;
use crate::recipe::{
    Area, MaskEdge, MaskMode, MaskedContent, Method, Recipe, ResizeMode, Sampler, SeedSource,
    Spacing,
};

/// The most variations of one press.
const MOST_VARIATIONS: u32 = 32;

/// The most of them that are made at once.
const MOST_AT_ONCE: u32 = 16;

/// Draws the recipe.
pub fn recipe_panel(app: &mut App, ui: &mut egui::Ui) {
    app.studio.look_at(&app.document);
    egui::Panel::bottom("repaint")
        .resizable(false)
        .frame(egui::Frame::NONE)
        .show(ui, |ui| queue::show(app, ui));
    shell::recipe_offer(app, ui);
    // Beside the rows, not over their ends.
    ui.spacing_mut().scroll.floating_allocated_width = 10.0;
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.add_space(4.0);
            presets::row(app, ui);
            prompts(app, ui);
            shell::reference_well(app, ui);
            let studio = &mut app.studio;
            section(ui, texts::SECTION_SAMPLING, true, |ui| sampling(ui, studio));
            section(ui, texts::SECTION_MASK, true, |ui| {
                mask_and_area(ui, &mut studio.recipe);
            });
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
        notes::remember(app, now);
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
    let usual = Recipe::default();
    let recipe = &mut studio.recipe;
    let held = recipe.method.holds_strength();
    only_if(ui, held.is_none(), held.unwrap_or_default(), |ui| {
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
    });
    let run = steps_to_run(recipe.steps, recipe.held_strength());
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
        choices(
            Sampler::ALL,
            |sampler| sampler.row().a1111.to_owned(),
            |sampler| sampler.row().advice,
        ),
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
    let usual = Recipe::default();
    rows::choice(
        ui,
        &texts::MASK_MODE,
        &mut recipe.mask_mode,
        usual.mask_mode,
        choices(
            MaskMode::ALL,
            |mode| texts::mask_mode(mode).to_owned(),
            MaskMode::about,
        ),
    );
    rows::choice(
        ui,
        &texts::MASKED_CONTENT,
        &mut recipe.masked_content,
        usual.masked_content,
        choices(
            MaskedContent::ALL,
            |content| texts::listed(content.name()),
            MaskedContent::about,
        ),
    );
    rows::number(
        ui,
        &texts::MASK_BLUR,
        &mut recipe.mask_blur,
        usual.mask_blur,
        blur(),
    );
    rows::choice(
        ui,
        &texts::AREA,
        &mut recipe.area,
        usual.area,
        choices(
            Area::ALL,
            |area| texts::area(area).to_owned(),
            texts::area_tooltip,
        ),
    );
    let used = recipe.area != Area::Whole;
    only_if(ui, used, texts::PADDING_UNUSED, |ui| {
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
    });
}

fn advanced(ui: &mut egui::Ui, recipe: &mut Recipe) {
    let usual = Recipe::default();
    rows::choice(
        ui,
        &texts::METHOD,
        &mut recipe.method,
        usual.method,
        choices(
            Method::ALL,
            |method| texts::listed(method.name()),
            Method::about,
        ),
    );
    let grows = recipe.method == Method::InpaintEncode;
    only_if(ui, grows, texts::GROW_UNUSED, |ui| {
        rows::number(
            ui,
            &texts::GROW_MASK,
            &mut recipe.grow_mask,
            usual.grow_mask,
            Scale {
                unit: " px",
                ..whole(0..=64, 0..=64)
            },
        );
    });
    rows::choice(
        ui,
        &texts::MASK_EDGE,
        &mut recipe.mask_edge,
        usual.mask_edge,
        choices(
            MaskEdge::ALL,
            |edge| texts::listed(edge.name()),
            MaskEdge::about,
        ),
    );
    let mut vertical = recipe.mask_blur_y.unwrap_or(recipe.mask_blur);
    rows::number(
        ui,
        &texts::MASK_BLUR_Y,
        &mut vertical,
        recipe.mask_blur,
        blur(),
    );
    recipe.mask_blur_y = (vertical != recipe.mask_blur).then_some(vertical);
    rows::size(ui, &texts::SIZE, &mut recipe.size, 512, 64..=4096);
    let resizes = recipe.size.is_some() && recipe.area == Area::Whole;
    only_if(ui, resizes, texts::RESIZE_UNUSED, |ui| {
        rows::choice(
            ui,
            &texts::RESIZE,
            &mut recipe.resize,
            usual.resize,
            choices(
                ResizeMode::ALL,
                |mode| texts::listed(mode.name()),
                ResizeMode::about,
            ),
        );
    });
    rows::tick(
        ui,
        &texts::COLOR_MATCH,
        &mut recipe.color_match,
        usual.color_match,
    );
    rows::choice(
        ui,
        &texts::SEED_SOURCE,
        &mut recipe.seed_source,
        usual.seed_source,
        choices(
            SeedSource::ALL,
            |source| texts::seed_source(source).to_owned(),
            |_| texts::SEED_SOURCE.tooltip,
        ),
    );
}

/// A list of all values of a kind.
fn choices<T: Copy>(
    all: &[T],
    label: impl Fn(T) -> String,
    tooltip: impl Fn(T) -> &'static str,
) -> Vec<Choice<T>> {
    let choice = |value: &T| Choice {
        value: *value,
        label: label(*value),
        tooltip: tooltip(*value),
    };
    all.iter().map(choice).collect()
}

/// Rows that can only be changed while they count, and say why where they do not.
fn only_if(ui: &mut egui::Ui, counts: bool, why_not: &str, rows: impl FnOnce(&mut egui::Ui)) {
    ui.add_enabled_ui(counts, rows)
        .response
        .on_disabled_hover_text(why_not);
}

/// The scale of a mask's blur.
fn blur() -> Scale<f32> {
    Scale {
        slider: 0.0..=64.0,
        typed: 0.0..=512.0,
        step: 0.5,
        decimals: 1,
        unit: " px",
        usual: None,
    }
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
