//! The window of a contact sheet: its pictures as they come, each a way to its recipe.
//!
//! Does not know sweeps; shows what a [`Sheet`] has.

use std::path::PathBuf;

use eframe::egui::{self, Align2, Sense, vec2};

use super::super::dialog::Wanted;
use super::super::texts::sweep as texts;
use super::super::thread::Worker;
use super::Studio;
use super::host::{Host, Seen};
use super::preset_files;
use super::queue::{Cell, Queue};
use super::sheet::{self, Place, Sheet, SheetDone, SheetTask, View};
use crate::recipe::infotext;

/// Smallest and largest side of a picture, points.
const SIDES: std::ops::RangeInclusive<f32> = 64.0..=512.0;

/// The window, and the sheet of the last sweep.
pub struct Contact {
    open: bool,
    sheet: Option<Sheet>,
    desk: Worker<SheetTask, SheetDone>,
    /// Whether the sheet is being written.
    saving: bool,
}

impl Contact {
    /// Without a sheet.
    pub fn new() -> Self {
        Self {
            open: false,
            sheet: None,
            desk: Worker::new("contact sheet", sheet::serve),
            saving: false,
        }
    }

    /// The sheet of the last sweep, to put results on.
    pub fn sheet_mut(&mut self) -> Option<&mut Sheet> {
        self.sheet.as_mut()
    }
}

/// Why there is no sheet to look at.
pub fn can_open(seen: &Seen<'_>) -> Result<(), String> {
    match seen.studio.contact.sheet {
        Some(_) => Ok(()),
        None => Err(texts::NO_SHEET.into()),
    }
}

/// Opens the window.
pub fn open(studio: &mut Studio) {
    studio.contact.open = true;
}

/// Shows another sheet.
pub fn put(studio: &mut Studio, sheet: Sheet) {
    studio.contact.sheet = Some(sheet);
    studio.contact.open = true;
}

/// Writes the sheet to a file.
pub fn save(host: &mut Host<'_>, ctx: &egui::Context, path: PathBuf) {
    let contact = &mut host.studio.contact;
    let Some(sheet) = &contact.sheet else { return };
    let task = sheet.to_save(path, host.settings.write_recipes);
    match contact.desk.send(ctx, task) {
        Ok(()) => contact.saving = true,
        Err(line) => host.notices.fail(line),
    }
}

/// Hears what was made, and asks for what is missing.
pub fn logic(host: &mut Host<'_>, ctx: &egui::Context) {
    let contact = &mut host.studio.contact;
    while let Some(made) = contact.desk.poll() {
        match made {
            Ok(SheetDone::View(cell, close_up, picture)) => {
                if let Some(sheet) = &mut contact.sheet {
                    sheet.shown(cell, close_up, &picture, ctx);
                }
            }
            Ok(SheetDone::Saved(path, notes)) => {
                contact.saving = false;
                host.notices.say(texts::saved(&path));
                for note in notes {
                    host.notices.say(note.to_string());
                }
            }
            Ok(SheetDone::Unsaved(error)) => {
                contact.saving = false;
                host.notices.fail(error.to_string());
            }
            Err(line) => {
                contact.saving = false;
                host.notices.fail(line);
            }
        }
    }
    if !contact.open {
        return;
    }
    while let Some(task) = contact.sheet.as_mut().and_then(Sheet::next_view) {
        if let Err(line) = contact.desk.send(ctx, task) {
            host.notices.fail(line);
            break;
        }
    }
}

/// What was pressed in the window.
enum Asked {
    Take(usize),
    Stop,
    Save,
}

/// Whether a sheet is looked at.
pub fn is_open(studio: &Studio) -> bool {
    studio.contact.open && studio.contact.sheet.is_some()
}

/// Closes it.
pub fn close(studio: &mut Studio) {
    studio.contact.open = false;
}

/// Draws the window, while it is open.
pub fn window(host: &mut Host<'_>, ctx: &egui::Context) {
    // Beside the recipe panel, which shows what a place's recipe is.
    let room = host.around.canvas;
    let studio = &mut *host.studio;
    let Some(sheet) = studio
        .contact
        .sheet
        .as_mut()
        .filter(|_| studio.contact.open)
    else {
        return;
    };
    let (queue, saving) = (&studio.queue, studio.contact.saving);
    let (mut open, mut asked) = (true, None);
    egui::Window::new(texts::SHEET)
        .id(egui::Id::unique("contact sheet"))
        .open(&mut open)
        .collapsible(true)
        .default_size(room.size() - vec2(60.0, 90.0))
        .pivot(Align2::CENTER_CENTER)
        .default_pos(room.center())
        .show(ctx, |ui| {
            head(ui, sheet, queue, saving, &mut asked);
            ui.separator();
            egui::ScrollArea::both()
                .auto_shrink([false, false])
                .show(ui, |ui| body(ui, sheet, queue, &mut asked));
        });
    studio.contact.open = open;
    match asked {
        Some(Asked::Take(index)) => take(host, index),
        Some(Asked::Stop) => {
            if let Some(sheet) = &host.studio.contact.sheet {
                host.studio.queue.clear_sheet(sheet.number);
            }
        }
        Some(Asked::Save) => host.ask(Wanted::SheetTarget),
        None => {}
    }
}

/// Whether a result may still come to a place.
fn comes(queue: &Queue, sheet: &Sheet, index: usize) -> bool {
    sheet.places[index].patch.is_none()
        && queue.is_at(Cell {
            sheet: sheet.number,
            index,
        })
}

fn head(
    ui: &mut egui::Ui,
    sheet: &mut Sheet,
    queue: &Queue,
    saving: bool,
    asked: &mut Option<Asked>,
) {
    let all = sheet.places.len();
    let coming = (0..all).filter(|index| comes(queue, sheet, *index)).count();
    let done = sheet.done();
    ui.horizontal(|ui| {
        let save = egui::Button::new(texts::SAVE_SHEET);
        let save = ui
            .add_enabled(done > 0 && !saving, save)
            .on_hover_text(texts::SAVE_SHEET_TOOLTIP)
            .on_disabled_hover_text(match saving {
                true => texts::SAVING,
                false => texts::NOTHING_YET,
            });
        if save.clicked() {
            *asked = Some(Asked::Save);
        }
        let mut close_up = sheet.close_up;
        if ui
            .checkbox(&mut close_up, texts::CLOSE_UP)
            .on_hover_text(texts::CLOSE_UP_TOOLTIP)
            .changed()
        {
            sheet.set_close_up(close_up);
        }
        ui.spacing_mut().slider_width = 110.0;
        let label = ui.label(texts::SIDE);
        ui.add(egui::Slider::new(&mut sheet.side, SIDES).show_value(false))
            .labelled_by(label.id)
            .on_hover_text(texts::SIDE_TOOLTIP);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if coming > 0 {
                let stop = ui
                    .button(texts::STOP_SWEEP)
                    .on_hover_text(texts::STOP_SWEEP_TOOLTIP);
                if stop.clicked() {
                    *asked = Some(Asked::Stop);
                }
            }
            ui.weak(texts::progress(done, all, coming));
        });
    });
}

fn body(ui: &mut egui::Ui, sheet: &Sheet, queue: &Queue, asked: &mut Option<Asked>) {
    let columns = sheet.columns();
    let [across, down] = sheet.labels();
    let side = match sheet.aspect() {
        wide if wide >= 1.0 => vec2(sheet.side, sheet.side / wide),
        tall => vec2(sheet.side * tall, sheet.side),
    };
    let caption = |ui: &mut egui::Ui, text: &str, width: f32| {
        ui.vertical(|ui| {
            ui.set_width(width);
            ui.add(egui::Label::new(text).wrap());
        });
    };
    egui::Grid::new("contact sheet grid")
        .spacing(vec2(6.0, 6.0))
        .show(ui, |ui| {
            if !across.is_empty() {
                if !down.is_empty() {
                    ui.label("");
                }
                for label in &across {
                    caption(ui, label, side.x);
                }
                ui.end_row();
            }
            for index in 0..sheet.places.len() {
                if index % columns == 0
                    && let Some(label) = down.get(index / columns)
                {
                    caption(ui, label, 90.0);
                }
                let place = &sheet.places[index];
                let coming = comes(queue, sheet, index);
                let response = picture(ui, place, side, coming);
                let name = sheet.name(index);
                let there = place.patch.is_some();
                response
                    .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, there, &name));
                let response = response.on_hover_ui(|ui| {
                    ui.strong(&name);
                    ui.label(match (there, coming) {
                        (true, _) => texts::TAKE_TOOLTIP,
                        (false, true) => texts::COMES,
                        (false, false) => texts::MISSING,
                    });
                });
                if response.clicked() && there {
                    *asked = Some(Asked::Take(index));
                }
                if index % columns + 1 == columns {
                    ui.end_row();
                }
            }
        });
}

/// Draws a place: its picture, or why there is none.
fn picture(ui: &mut egui::Ui, place: &Place, side: egui::Vec2, coming: bool) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(side, Sense::click());
    let visuals = ui.visuals();
    let painter = ui.painter();
    painter.rect_filled(rect, 2.0, visuals.extreme_bg_color);
    if let View::Shown(texture) = &place.view {
        let size = texture.size_vec2();
        let scale = (side / size).min_elem();
        let at = egui::Rect::from_center_size(rect.center(), size * scale);
        egui::Image::new((texture.id(), at.size())).paint_at(ui, at);
    } else {
        let line = match (place.patch.is_some(), coming) {
            (true, _) | (false, true) => "\u{2026}",
            (false, false) => "\u{2013}",
        };
        let font = egui::TextStyle::Heading.resolve(ui.style());
        let color = visuals.weak_text_color();
        painter.text(rect.center(), Align2::CENTER_CENTER, line, font, color);
    }
    if response.hovered() || response.has_focus() {
        let stroke = egui::Stroke::new(2.0, visuals.hyperlink_color);
        painter.rect_stroke(rect, 2.0, stroke, egui::StrokeKind::Inside);
    }
    response
}

/// Takes the recipe of a place over, and looks at its result where that is still among the results.
fn take(host: &mut Host<'_>, index: usize) {
    let studio = &mut *host.studio;
    let Some(sheet) = &studio.contact.sheet else {
        return;
    };
    let Some(place) = sheet.places.get(index) else {
        return;
    };
    let asked = infotext::asked(&place.beside, &place.recipe, &studio.wildcards);
    let name = sheet.name(index);
    if let Some(candidate) = place.candidate {
        studio.results.select(candidate);
    }
    preset_files::adopt(host.studio, &name, asked);
    host.notices.say(texts::taken(&name));
}
