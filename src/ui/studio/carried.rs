//! The recipe that the open picture carries: offered, and taken over when the artist wants it.
//!
//! Does not know how a recipe is written down or read.

use eframe::egui;

use super::super::texts::Text;
use super::host::{Host, Seen};
use super::{Studio, offer, preset_files};
use crate::raster::file::Metadata;
use crate::recipe::parsed::{self, NoRecipe};
use crate::recipe::{Parsed, detail};
use crate::ui::notices::Notices;
use crate::ui::texts::recipes as texts;

/// A recipe that the open picture carries.
pub struct Carried {
    name: String,
    parsed: Parsed,
}

/// The recipe that a picture's file tells.
///
/// # Errors
/// Every [`NoRecipe`].
pub(in crate::ui) fn read(studio: &Studio, metadata: &Metadata) -> Result<Parsed, NoRecipe> {
    let comment = metadata.comment();
    parsed::read_metadata(&metadata.texts(), comment.as_deref(), &studio.recipe)
}

impl Studio {
    /// Offers the recipe that a picture carries that was just opened; the panel is left alone until the artist wants it.
    pub(in crate::ui) fn offer_recipe(
        &mut self,
        notices: &mut Notices,
        metadata: &Metadata,
        name: &str,
    ) {
        match read(self, metadata) {
            Ok(parsed) if parsed.tells() && parsed.recipe != self.recipe => {
                let name = name.to_owned();
                self.carried = Some(Carried { name, parsed });
            }
            Ok(_) | Err(NoRecipe::Nothing) => {}
            Err(problem) => notices.fail(texts::carried_unread(name, &problem)),
        }
    }

    /// Takes note that another recipe is in the panel by the artist's will.
    pub(super) fn recipe_taken(&mut self) {
        let taken = &self.recipe;
        self.carried
            .take_if(|carried| carried.parsed.recipe == *taken);
    }
}

/// The prompt that the picture says it was made with: that of the last result that was kept, else its file's.
pub fn own_prompt(host: &Host<'_>) -> Option<String> {
    let metadata = host.metadata;
    let kept = host.studio.kept_recipe();
    let own = kept.and_then(|kept| detail::own_prompt(&[], Some(kept)));
    own.or_else(|| detail::own_prompt(&metadata.texts(), metadata.comment().as_deref()))
}

/// Why there is no recipe to take over.
pub fn can_take(seen: &Seen<'_>) -> Result<(), String> {
    match seen.studio.carried {
        Some(_) => Ok(()),
        None => Err(texts::NO_CARRIED.into()),
    }
}

/// Takes the picture's recipe over.
pub fn take(host: &mut Host<'_>) {
    let Some(carried) = host.studio.carried.take() else {
        return;
    };
    // What it does not tell is as it is now, not as it was at the opening.
    let parsed = read(host.studio, host.metadata).unwrap_or(carried.parsed);
    preset_files::take_over(host.studio, host.notices, &carried.name, parsed);
}

/// Draws the offer, while there is one.
pub fn row(host: &mut Host<'_>, ui: &mut egui::Ui) {
    let Some(carried) = &host.studio.carried else {
        return;
    };
    let tooltip =
        texts::carried_tooltip(&carried.parsed.recipe.prompt, carried.parsed.others.len());
    ui.add_space(4.0);
    let says = |ui: &mut egui::Ui| ui.label(texts::CARRIED);
    let button = [texts::CARRIED_TAKE.get(), &tooltip];
    let leave = [texts::CARRIED_LEAVE, texts::CARRIED_LEAVE_TOOLTIP].map(Text::get);
    match offer::frame(ui, says, button, leave) {
        None => {}
        Some(true) => take(host),
        Some(false) => host.studio.carried = None,
    }
}
