//! A picture file that becomes the reference picture.
//!
//! Does not know how it is repainted from.

use super::app::App;
use super::files;
use crate::raster::file::PictureFile;
use crate::recipe::parsed::NoRecipe;
use crate::ui::studio::carried;
use crate::ui::studio::reference::Reference;
use crate::ui::texts::shell as texts;

/// Takes a picture to repaint from.
///
/// Where it carries the recipe that made it, that becomes the recipe.
pub(super) fn take(app: &mut App, name: String, file: PictureFile) {
    files::tell(app, &name, &file.notes);
    let notices = &mut app.shell.notices;
    match carried::read(&app.studio, &file.metadata) {
        Ok(parsed) => {
            notices.say(texts::reference_read(&name));
            app.take_over(&name, parsed);
        }
        Err(NoRecipe::Nothing) => notices.say(texts::reference_read(&name)),
        Err(problem) => notices.fail(texts::reference_recipe_unread(&name, &problem)),
    }
    app.studio.reference = Some(Reference::new(name, file.picture));
}
