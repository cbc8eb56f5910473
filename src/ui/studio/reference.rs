//! The reference picture: what the masked part is repainted from, in place of what is there.
//!
//! Does not know how it is repainted.

use std::sync::Arc;

use eframe::egui::{self, Align2, FontId, Sense, vec2};

use super::{Host, rows};
use crate::document::Document;
use crate::raster::{Patch, Picture, Rect, Size};
use crate::ui::dialog::Wanted;
use crate::ui::room;
use crate::ui::texts::shell as texts;
use crate::ui::theme;

/// Longest side of the picture in the well, pixels.
const THUMBNAIL: u32 = 256;

/// A picture to repaint from.
pub struct Reference {
    name: String,
    picture: Picture,
    /// The picture at the size of the document that was last repainted with it.
    fitted: Option<Picture>,
    thumbnail: Option<egui::TextureHandle>,
}

impl Reference {
    pub fn new(name: String, picture: Picture) -> Self {
        Self {
            name,
            picture,
            fitted: None,
            thumbnail: None,
        }
    }

    /// The picture at another size: scaled to cover it, the middle kept.
    fn fitted(&mut self, size: Size) -> &Picture {
        let fits = self.fitted.take().filter(|fitted| fitted.size() == size);
        let fitted = fits.unwrap_or_else(|| cover(&self.picture, size));
        self.fitted.insert(fitted)
    }
}

/// The middle of a picture that has the proportions of `size`, at that size.
fn cover(picture: &Picture, size: Size) -> Picture {
    let own = picture.size();
    let (width, height) = (u64::from(own.width), u64::from(own.height));
    let (to_width, to_height) = (u64::from(size.width), u64::from(size.height));
    // The widest part of the wanted proportions that lies inside.
    let part = Size {
        width: (height * to_width / to_height).clamp(1, width) as u32,
        height: (width * to_height / to_width).clamp(1, height) as u32,
    };
    let left = (own.width - part.width) / 2;
    let top = (own.height - part.height) / 2;
    let rect = Rect::new(left, top, left + part.width, top + part.height);
    picture.crop(rect).resize(size)
}

impl Host<'_> {
    /// What a repaint begins from: what is seen of the document, under its mask the reference picture where there is one.
    pub fn start_picture(&mut self) -> Arc<Picture> {
        let document: &Document = self.document;
        let mut start = document.seen();
        if let Some(reference) = &mut self.studio.reference
            && let Some(bounds) = document.mask_bounds()
        {
            let new = reference.fitted(document.size()).crop(bounds);
            let mask = document.mask().crop(bounds);
            let laid = start.crop(bounds).composite(&new, &mask, &mask);
            Arc::make_mut(&mut start).paste(&Patch::new(bounds, laid));
        }
        start
    }
}

/// Draws the well: shows the reference picture, takes another.
pub fn well(host: &mut Host<'_>, ui: &mut egui::Ui) {
    let size = vec2(rows::control_width(ui), 44.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    host.studio.reference_well = Some(rect);
    let name = host.studio.reference.as_ref().map(|it| it.name.clone());
    let label = match &name {
        Some(name) => format!("{}: {name}", texts::WELL_LABEL),
        None => texts::WELL_LABEL.into(),
    };
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
    let visuals = ui.visuals();
    let state = ui.style().interact(&response);
    let painter = ui.painter();
    painter.rect(
        rect,
        state.corner_radius,
        visuals.extreme_bg_color,
        egui::Stroke::new(1.0, visuals.window_stroke.color),
        egui::StrokeKind::Inside,
    );
    let font = egui::TextStyle::Body.resolve(ui.style());
    let thumbnail = host
        .studio
        .reference
        .as_mut()
        .map(|it| thumbnail(it, ui.ctx()));
    if let Some(texture) = thumbnail {
        let side = rect.height() - 8.0;
        let scale = side / texture.size_vec2().max_elem();
        let centre = rect.left_center() + vec2(4.0 + side / 2.0, 0.0);
        let at = egui::Rect::from_center_size(centre, texture.size_vec2() * scale);
        let whole = egui::Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
        painter.image(texture.id(), at, whole, theme::untinted());
    }
    let (text, from, colour) = match &name {
        Some(name) => (name.as_str(), rect.height(), visuals.text_color()),
        None => (texts::WELL_EMPTY.get(), 10.0, visuals.weak_text_color()),
    };
    write(
        ui,
        rect.with_min_x(rect.left() + from).shrink(4.0),
        text,
        font,
        colour,
    );
    if response.on_hover_text(texts::WELL_TOOLTIP).clicked() {
        host.ask(Wanted::Reference);
    }
    if name.is_some() {
        let clear = ui
            .small_button(texts::WELL_CLEAR)
            .on_hover_text(texts::WELL_CLEAR_TOOLTIP);
        if clear.clicked() {
            host.studio.reference = None;
        }
    }
}

/// Writes one line, cut where the room ends.
fn write(ui: &egui::Ui, rect: egui::Rect, text: &str, font: FontId, colour: egui::Color32) {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width());
    let galley = ui.painter().layout_job(job);
    let at = Align2::LEFT_CENTER.anchor_size(rect.left_center(), galley.size());
    ui.painter().galley(at.min, galley, colour);
}

fn thumbnail(reference: &mut Reference, ctx: &egui::Context) -> egui::TextureHandle {
    let texture = reference.thumbnail.get_or_insert_with(|| {
        let small = reference.picture.thumbnail(THUMBNAIL);
        room::texture(ctx, "reference", &small)
    });
    texture.clone()
}
