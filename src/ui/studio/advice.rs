//! What is likely to disappoint, said before it is repainted: a line where the control is, and what helps in one click.
//!
//! Nothing of it keeps anybody from repainting. Does not know what the model makes of it.

use std::cell::Cell;

use eframe::egui;

use super::super::board;
use super::super::texts::Text;
use super::super::texts::studio as texts;
use super::host::{Host, Seen};
use super::models;
use crate::document::Base;
use crate::raster::Mask;
use crate::recipe::field::Section;
use crate::recipe::{Area, MaskMode, Recipe};

/// A rendered part that is enlarged more than this shows it.
const SOFT: f32 = 2.0;

/// Sides of a mask in latent cells below which a model draws nothing that can be named.
const FEW_CELLS: f32 = 3.0;

/// A line is half full after a blur whose deviation is its width over this: `2 sqrt(2) erfinv(1/2)`.
const HALF_FULL: f32 = 1.349;

/// One line of advice.
pub struct Advice {
    /// Where it is said.
    pub at: Section,
    line: String,
    helps: Vec<Help>,
}

/// What helps.
#[derive(Clone, Copy)]
enum Help {
    /// A change of the recipe.
    Recipe(Text, fn(&mut Recipe)),
    /// Another model.
    Model,
}

const USUAL_STRENGTH: Help = Help::Recipe(texts::USUAL_STRENGTH, |recipe| {
    recipe.strength = Recipe::default().strength;
});

/// All that is to be said of a repaint of this moment; from sizes and numbers alone.
pub fn of(seen: &Seen<'_>) -> Vec<Advice> {
    let recipe = &seen.studio.recipe;
    let mut all = Vec::new();
    let mut say = |at, line: String, helps: &[Help]| {
        let helps = helps.to_vec();
        all.push(Advice { at, line, helps });
    };
    let strength = recipe.held_strength();
    if strength == 0.0 {
        let line = texts::STRENGTH_ZERO.into();
        say(Section::Pinned, line, &[USUAL_STRENGTH]);
    } else if strength == 1.0 && seen.studio.reference.is_some() {
        let line = texts::REFERENCE_UNSEEN.into();
        say(Section::Pinned, line, &[USUAL_STRENGTH]);
    }
    let Some(bounds) = seen.document.mask_bounds().filter(|_| !seen.around.blank) else {
        return all;
    };
    if recipe.mask_mode == MaskMode::NotMasked {
        return all;
    }
    let masked = bounds.size();
    let longer = masked.width.max(masked.height) as f32;
    let area = seen.document.coverage() as f32 * seen.document.size().area() as f32;
    // Of one part; of several far apart, each may be thicker.
    let one = area / longer;
    let is_thinner = |than: f32| one < than && thickness(seen) < than;
    let (across, down) = recipe.mask_blurs();
    if is_thinner(HALF_FULL * across.min(down)) {
        let sharper = Help::Recipe(texts::LESS_BLUR, |recipe| {
            (recipe.mask_blur, recipe.mask_blur_y) = (1.0, None);
        });
        say(Section::Mask, texts::BLURRED_AWAY.into(), &[sharper]);
    }
    let Some(spec) = seen.studio.spec() else {
        return all;
    };
    let blank = seen.around.blank;
    let Some(frame) = board::frame_of(seen.document, recipe, spec, blank) else {
        return all;
    };
    let enlarged = frame.rect.size().width as f32 / frame.content.size().width.max(1) as f32;
    let closer = Help::Recipe(texts::ONLY_MASKED, |recipe| recipe.area = Area::OnlyMasked);
    let whole = frame.rect.size() == seen.document.size() && recipe.area != Area::OnlyMasked;
    if enlarged > SOFT {
        let tighter = Help::Recipe(texts::LESS_PADDING, |recipe| recipe.padding = 0);
        let mut helps = vec![Help::Model];
        if whole {
            helps.insert(0, closer);
        } else if recipe.padding > 0 && frame.rect.size().width > masked.width {
            helps.insert(0, tighter);
        }
        say(Section::Area, texts::enlarged(enlarged), &helps);
    }
    if is_thinner(FEW_CELLS * enlarged * spec.factor as f32) {
        let helps = if whole { vec![closer] } else { Vec::new() };
        let line = texts::few_cells(enlarged <= SOFT).into();
        say(Section::Area, line, &helps);
    }
    all
}

/// How thick a document's mask is where it is thickest, and of which document that was found.
pub type Thick = Cell<Option<(Base, f32)>>;

/// How thick the mask is where it is thickest, pixels; looked at once for each state of the document.
fn thickness(seen: &Seen<'_>) -> f32 {
    let base = seen.studio.base;
    if let Some((of, thick)) = seen.studio.thick.get()
        && of == base
    {
        return thick;
    }
    let thick = largest_square(seen.document.mask()) as f32;
    seen.studio.thick.set(Some((base, thick)));
    thick
}

/// Side of the largest square that is at least half masked all over, pixels.
fn largest_square(mask: &Mask) -> u32 {
    let size = mask.size();
    // Of the squares whose last pixel is in the row before.
    let mut sides = vec![0_u32; size.width as usize + 1];
    let mut largest = 0;
    for y in 0..size.height {
        let mut corner = 0;
        for (x, &value) in mask.row(y).iter().enumerate() {
            let above = sides[x + 1];
            sides[x + 1] = match value >= 128 {
                true => 1 + corner.min(above).min(sides[x]),
                false => 0,
            };
            corner = above;
            largest = largest.max(sides[x + 1]);
        }
    }
    largest
}

/// Draws what is to be said there.
pub fn show(host: &mut Host<'_>, ui: &mut egui::Ui, all: &[Advice], at: Section) {
    for advice in all.iter().filter(|advice| advice.at == at) {
        ui.horizontal_wrapped(|ui| {
            let colour = ui.visuals().warn_fg_color;
            ui.label(egui::RichText::new(&advice.line).small().color(colour));
            for help in &advice.helps {
                let label = match help {
                    Help::Recipe(label, _) => *label,
                    Help::Model => texts::ANOTHER_MODEL,
                };
                if ui.small_button(label).clicked() {
                    match help {
                        Help::Recipe(_, change) => change(&mut host.studio.recipe),
                        Help::Model => models::open(host.studio),
                    }
                }
            }
        });
    }
}
