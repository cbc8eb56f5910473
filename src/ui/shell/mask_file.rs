//! A picture that becomes the mask.
//!
//! Does not know where it comes from.

use eframe::egui;

use super::edit::edit;
use super::question::Question;
use crate::document::EditName;
use crate::raster::{Mask, MaskFilter, Picture};
use crate::ui::shell::App;
use crate::ui::texts::shell as texts;

/// Makes a picture the mask; asks when it is of another size.
pub(super) fn take(app: &mut App, ctx: &egui::Context, name: &str, picture: Picture) {
    let name = name.to_owned();
    match picture.size() == app.document.size() {
        true => scale(app, ctx, name, picture),
        false => app.shell.question = Some(Question::MaskSize { name, picture }),
    }
}

/// Makes a picture the mask, scaled where it is of another size.
pub(super) fn scale(app: &mut App, ctx: &egui::Context, name: String, picture: Picture) {
    edit(
        app,
        ctx,
        EditName::Import,
        move |document| {
            let mask = Mask::from_picture(&picture);
            let size = document.size();
            document.edit_mask(EditName::Import, |_| match mask.size() == size {
                true => mask,
                false => mask.resize(size, MaskFilter::Bilinear),
            });
        },
        move |app| app.shell.notices.say(texts::mask_read(&name)),
    );
}
