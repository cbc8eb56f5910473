//! The recipe panel: what the next repaint will be, and the button that begins it.
//!
//! Words and model stay in sight above, Repaint below; what lies between scrolls, and folds by sections. Does not know how any of it is computed; each field is one row, in the section that its table says.

use eframe::egui;

use super::super::room;
use super::super::texts::recipes as recipe_texts;
use super::super::texts::studio as texts;
use super::super::texts::{self as all_texts, Text};
use super::Host;
use super::advice::Advice;
use super::{
    Studio, Words, advice, card, carried, controls, foot, loras, offer, others, preset_files,
    presets, prompt, reference, rows, seed,
};
use crate::engine::steps_to_run;
use crate::recipe::field::rows::{FIELDS, MASK_BLUR_Y, SPACING, STRENGTH};
use crate::recipe::field::{Field, Section};
use crate::recipe::{Recipe, Spacing};

/// The most variations of one press.
const MOST_VARIATIONS: u32 = 32;

/// The most of them that are made at once.
const MOST_AT_ONCE: u32 = 16;

/// Room between two groups of rows, points.
const GAP: f32 = 10.0;

/// The most of the panel's height that words and model take; in a small window they scroll.
const PINNED_SHARE: f32 = 0.6;

/// Where the line of a folded section begins, points.
const TITLE: f32 = 104.0;

/// The sections that fold, in their order.
const SECTIONS: &[Section] = &[
    Section::Sampling,
    Section::Mask,
    Section::Area,
    Section::Control,
    Section::Advanced,
];

/// Draws the recipe.
pub fn recipe_panel(host: &mut Host<'_>, ui: &mut egui::Ui) {
    host.studio.look_at(host.document);
    let said = advice::of(&host.seen());
    egui::Panel::bottom("repaint")
        .resizable(false)
        .frame(egui::Frame::NONE)
        .exact_size(foot::HEIGHT)
        .show(ui, |ui| foot::show(host, ui));
    // Beside the rows, not over their ends.
    room::beside_bars(ui);
    let most = ui.available_height() * PINNED_SHARE;
    egui::ScrollArea::vertical()
        .id_salt("words")
        .max_height(most)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            ui.add_space(2.0);
            prompts(host, ui);
            card::show(host, ui);
        });
    ui.separator();
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, |ui| {
            carried::row(host, ui);
            offer::show(host, ui);
            always(host, ui, &said);
            loras::show(host, ui);
            ui.add_space(GAP);
            for section in SECTIONS {
                folding(host, ui, *section);
                advice::show(host, ui, &said, *section);
            }
            let studio = &mut *host.studio;
            if others::show(ui, studio.others.as_ref()) {
                studio.others = None;
            }
            ui.add_space(GAP);
        });
}

/// Both prompts, and the way to earlier ones.
fn prompts(host: &mut Host<'_>, ui: &mut egui::Ui) {
    let tooltip = recipe_texts::grammar(host.places.wildcards.as_deref());
    let studio = &mut *host.studio;
    let head = studio.head();
    let head = head.map(|(spec, tokens)| (spec.name.clone(), tokens.clone()));
    let counter = head.as_ref().map(|(name, tokens)| (name.as_str(), tokens));
    let grammar = prompt::Grammar {
        wildcards: &studio.wildcards,
        tooltip: &tooltip,
        few_words: studio.is_built_in(),
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
        preset_files::remember(host.studio, now);
        prompt::replace(ui.ctx(), &mut host.studio.recipe, None, words);
    }
}

/// The rows that no section folds away.
fn always(host: &mut Host<'_>, ui: &mut egui::Ui, said: &[Advice]) {
    let studio = &mut *host.studio;
    let recipe = &mut studio.recipe;
    let run = steps_to_run(recipe.steps, recipe.held_strength());
    let run = texts::steps_that_run(run, recipe.steps);
    rows::wide(
        ui,
        &STRENGTH,
        texts::STRENGTH_ENDS.map(Text::get),
        &run,
        recipe,
    );
    advice::show(host, ui, said, Section::Pinned);
    ui.add_space(GAP);
    let studio = &mut *host.studio;
    let (count, one) = (&mut studio.variations, 1..=MOST_VARIATIONS);
    rows::count(ui, &texts::COUNT, count, 1, one);
    if studio.variations > 1 {
        let (batch, caption) = (&mut studio.batch, &recipe_texts::BATCH);
        rows::count(ui, caption, batch, 1, 1..=MOST_AT_ONCE);
    }
    seed::show(ui, studio);
    ui.add_space(GAP);
    presets::row(host, ui);
    reference::well(host, ui);
}

/// A section: its title, what is in it in one line while it is folded, and its rows.
fn folding(host: &mut Host<'_>, ui: &mut egui::Ui, section: Section) {
    let unfolded = &mut host.settings.unfolded;
    let open = unfolded.contains(&section);
    let title = texts::section(section);
    let shown = egui::CollapsingHeader::new(egui::RichText::new(title).strong())
        .open(Some(open))
        .show_unindented(ui, |ui| {
            match section {
                Section::Control => controls::all(host, ui),
                _ => rows_of(ui, host.studio, section),
            }
            ui.add_space(6.0);
        });
    let mut pressed = shown.header_response.clicked();
    if !open {
        let rect = shown.header_response.rect;
        let right = ui.max_rect().right();
        let room = rect
            .with_min_x((rect.left() + TITLE).min(right))
            .with_max_x(right);
        let layout = egui::Layout::left_to_right(egui::Align::Center);
        let line = egui::RichText::new(summary(&host.studio.recipe, section)).weak();
        let line = egui::Label::new(line).truncate().selectable(false);
        let line = line.sense(egui::Sense::click());
        let line = ui
            .new_child(egui::UiBuilder::new().max_rect(room).layout(layout))
            .add(line);
        pressed |= line.clicked();
    }
    let unfolded = &mut host.settings.unfolded;
    match (pressed, open) {
        (true, true) => drop(unfolded.remove(&section)),
        (true, false) => drop(unfolded.insert(section)),
        (false, _) => {}
    }
}

/// What a folded section says of itself.
fn summary(recipe: &Recipe, section: Section) -> String {
    match section {
        Section::Sampling => texts::sampling(recipe),
        Section::Mask => texts::mask(recipe),
        Section::Area => texts::area(recipe),
        Section::Control => texts::controls(recipe),
        Section::Pinned | Section::Advanced => {
            let changed = fields(section).filter(|field| (field.get)(recipe) != field.usual());
            texts::changed(changed.map(|field| all_texts::field(field).label()))
        }
    }
}

/// The fields of a section that have rows.
fn fields(section: Section) -> impl Iterator<Item = &'static Field> {
    let own = move |field: &&&Field| field.section == section && !field.caption.label.is_empty();
    FIELDS.iter().filter(own).copied()
}

fn rows_of(ui: &mut egui::Ui, studio: &mut Studio, section: Section) {
    let recipe = &mut studio.recipe;
    for field in fields(section) {
        if *field == SPACING {
            spacing(ui, recipe);
        } else if *field == MASK_BLUR_Y {
            let (x, y) = recipe.mask_blurs();
            let mut vertical = f64::from(y);
            rows::number(ui, field, &mut vertical, f64::from(x));
            recipe.mask_blur_y = Some(vertical as f32).filter(|y| *y != x);
        } else {
            recipe.keep_usual_spacing(|recipe| rows::field(ui, field, recipe));
        }
    }
}

/// The row of the schedule, the sampler's usual one first.
fn spacing(ui: &mut egui::Ui, recipe: &mut Recipe) {
    let usual = recipe.sampler.usual_spacing();
    let others = Spacing::ALL.iter().filter(|other| **other != usual);
    let first = rows::Entry {
        name: usual.name(),
        label: texts::usual_spacing(usual),
        tooltip: texts::USUAL_SPACING_TOOLTIP.get(),
    };
    let others = others.map(|other| rows::Entry {
        name: other.name(),
        label: all_texts::choice_label(other.choice()),
        tooltip: all_texts::field(&SPACING).tooltip(),
    });
    let entries = std::iter::once(first).chain(others).collect();
    let (caption, chosen) = (&all_texts::field(&SPACING), recipe.spacing.name());
    let chosen = rows::choice(ui, caption, chosen, usual.name(), entries);
    recipe.spacing = chosen.parse().unwrap_or(usual);
}
