//! What the palette finds of the recipe: its fields, their values, the presets.
//!
//! Does not know how it is searched.

use eframe::egui;

use super::super::texts;
use super::prompt::{self, Which};
use super::{Host, Studio, presets, rows};
use crate::recipe::Recipe;
use crate::recipe::field::rows::{
    FIELDS, NEGATIVE_PROMPT, PROMPT, SEED, VARIATION_SEED, VARIATION_STRENGTH,
};
use crate::recipe::field::{Field, Kind, Section};

impl Studio {
    /// The fields that have a control in the panel now.
    pub(in crate::ui) fn fields_in_sight(&self) -> impl Iterator<Item = &'static Field> {
        let varied = self.recipe.variation.is_some();
        // Those of a ControlNet are as many as there are ControlNets.
        FIELDS.iter().copied().filter(move |field| {
            let shown = !field.caption.label.is_empty() && field.section != Section::Control;
            shown && (*field != &VARIATION_SEED || varied)
        })
    }

    /// Whether a number or size as it is typed is a value of a field.
    pub(in crate::ui) fn takes(&self, field: &'static Field, text: &str) -> bool {
        let typed = matches!(
            field.kind,
            Kind::Seed | Kind::Whole(_) | Kind::Number(_) | Kind::Size
        );
        let mut tried = self.recipe.clone();
        typed && field.parse_into(text, &mut tried).is_ok() && field.check(&tried).is_ok()
    }

    /// Sets a field to a value that it takes, as it is typed or by its name, as its control does.
    pub(in crate::ui) fn set_field(&mut self, field: &'static Field, text: &str) {
        if *field == VARIATION_STRENGTH
            && let Ok(strength) = text.parse()
        {
            return self.vary(strength);
        }
        let recipe = &mut self.recipe;
        // It was asked before whether the field takes it.
        recipe.keep_usual_spacing(|recipe| drop(field.parse_into(text, recipe)));
        if *field == SEED {
            self.seed_locked = true;
            self.seed_used = false;
        }
        if *field == VARIATION_SEED {
            self.variation_locked = true;
            self.variation_used = false;
        }
    }

    /// The names of the presets, as of the last look at their folder.
    pub fn preset_names(&self) -> &[String] {
        &self.presets.names
    }
}

/// Values of a field that have names: what they are called, and as they are typed.
pub fn values(field: &Field, recipe: &Recipe) -> Vec<(String, &'static str)> {
    match field.kind {
        Kind::Choice(choices) => {
            let rows = choices.rows.iter();
            rows.map(|choice| (texts::choice_label(choice), choice.name))
                .collect()
        }
        // The one that it has not.
        Kind::Switch => match (field.get)(recipe).to_string().as_str() {
            "on" => vec![("off".to_owned(), "off")],
            _ => vec![("on".to_owned(), "on")],
        },
        _ => Vec::new(),
    }
}

/// Leads to a field's control: opens the section that it is in, and gives it the keyboard.
pub fn go_to(host: &mut Host<'_>, ctx: &egui::Context, field: &'static Field) {
    if *field == PROMPT {
        return prompt::focus(ctx, Which::Positive, &host.studio.recipe);
    }
    if *field == NEGATIVE_PROMPT {
        return prompt::focus(ctx, Which::Negative, &host.studio.recipe);
    }
    if field.section != Section::Pinned {
        host.settings.unfolded.insert(field.section);
    }
    rows::lead_to(ctx, &texts::field(field));
}

/// Uses a preset.
pub fn apply_preset(host: &mut Host<'_>, ctx: &egui::Context, name: String) {
    presets::apply(host, ctx, name);
}
