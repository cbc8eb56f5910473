//! Room of a fixed size: what is shown in it never moves what is around it.
//!
//! Does not know what is shown.

use std::path::Path;

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Align, Color32, ColorImage, Context, DragValue, Layout, RectAlign, Response, Sense, TextStyle,
    TextureHandle, TextureOptions, Tooltip, Ui, UiBuilder, vec2,
};

use crate::raster::Picture;

/// Draws into the room that there is: only the artist makes a panel wider, never what is in it.
pub fn within<R>(ui: &mut Ui, draw: impl FnOnce(&mut Ui) -> R) -> R {
    let room = ui.available_rect_before_wrap();
    let drawn = draw(&mut ui.new_child(UiBuilder::new().max_rect(room)));
    ui.expand_to_include_rect(room);
    drawn
}

/// Keeps the scroll bars of what is drawn from now on beside its buttons, not over them.
pub fn beside_bars(ui: &mut Ui) {
    ui.spacing_mut().scroll.floating_allocated_width = 10.0;
}

/// Draws one line's part into so much width, points.
pub fn of_width<R>(ui: &mut Ui, width: f32, draw: impl FnOnce(&mut Ui) -> R) -> R {
    let size = vec2(width, ui.spacing().interact_size.y);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let layout = Layout::left_to_right(Align::Center);
    draw(&mut ui.new_child(UiBuilder::new().max_rect(rect).layout(layout)))
}

/// Adds a number field of that width; what is longer is cut.
pub fn number(ui: &mut Ui, width: f32, number: DragValue<'_>) -> Response {
    of_width(ui, width, |ui| {
        ui.shrink_clip_rect(ui.max_rect().expand(2.0));
        ui.add_sized(ui.available_size(), number)
    })
}

/// The width of a number field that holds any of these.
pub fn number_width(ui: &Ui, texts: &[&str]) -> f32 {
    let font = TextStyle::Button.resolve(ui.style());
    let width = |text: &&str| {
        let colour = ui.visuals().text_color();
        let text = ui
            .painter()
            .layout_no_wrap((*text).to_owned(), font.clone(), colour);
        text.size().x
    };
    let longest = texts.iter().map(width).fold(0.0, f32::max);
    (longest + 2.0 * ui.spacing().button_padding.x).ceil()
}

/// Says what a control is for beside it, where no other control is covered.
pub fn aside(response: &Response, mut tooltip: Tooltip<'_>, align: RectAlign, text: &str) {
    let ctx = &response.ctx;
    ctx.accesskit_node_builder(response.id, |node| node.set_description(text));
    tooltip.popup = tooltip.popup.align(align);
    tooltip.show(|ui| {
        ui.set_max_width(ui.spacing().tooltip_width);
        ui.label(text);
    });
}

/// A text of at most so many lines, cut where more would follow.
pub fn cut(ui: &Ui, text: &str, colour: Color32, lines: usize) -> LayoutJob {
    let font = TextStyle::Body.resolve(ui.style());
    let mut job = LayoutJob::simple(text.to_owned(), font, colour, ui.available_width());
    job.wrap.max_rows = lines;
    job
}

/// A picture to be shown, smoothed where it is scaled.
pub fn texture(ctx: &Context, name: impl Into<String>, picture: &Picture) -> TextureHandle {
    let size = picture.size();
    let size = [size.width as usize, size.height as usize];
    let image = ColorImage::from_rgba_unmultiplied(size, picture.pixels().as_flattened());
    ctx.load_texture(name, image, TextureOptions::LINEAR)
}

/// The name of a file without its ending.
pub fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    stem.to_string_lossy().into_owned()
}
