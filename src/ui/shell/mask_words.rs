//! The dialog that masks what words say: one look of the network, and sliders over what it found.
//!
//! Does not know the network.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{self, Align2, Ui};

use super::mask_preview::{self, MaskPreview};
use super::{edit, engine_work, files};
use crate::canvas::Layer;
use crate::document::{Document, EditName};
use crate::engine::{FileKind, FindMask, ModelSource, Outcome, Work};
use crate::raster::heat::{Heat, HeatMask};
use crate::raster::{Join, Patch, Picture, Rect};
use crate::ui::dialog::Wanted;
use crate::ui::model_choice;
use crate::ui::shell::App;
use crate::ui::texts::Text;
use crate::ui::texts::prepare::BUILT_IN_NETWORK;
use crate::ui::texts::words as texts;
use crate::ui::thread::Wished;

/// The dialog, while it is open.
#[derive(Default)]
pub(super) struct MaskWords {
    text: String,
    /// Whether it was drawn: it opens with the words' field in hand.
    drawn: bool,
    found: Option<Found>,
    how: HeatMask,
    join: Join,
    view: View,
    preview: Wished<Wish, MaskPreview>,
}

/// What the network found.
struct Found {
    heat: Arc<Heat>,
    of: Arc<Picture>,
    /// The words, and the network that was asked.
    asked: (Vec<String>, Option<PathBuf>),
}

/// What a mask and its preview are made from.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Wish {
    how: HeatMask,
    view: View,
}

/// What lies over the picture meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum View {
    Nothing,
    #[default]
    Heat,
    Mask,
}

/// Names of layers that neither results nor previews have.
const LAYERS: u64 = 1 << 62;

/// Opens the dialog, or closes it.
pub(super) fn open(app: &mut App, _: &egui::Context) {
    app.shell.mask_words = match app.shell.mask_words.take() {
        Some(_) => None,
        None => Some(Box::default()),
    };
}

/// What the dialog lays over the picture.
pub(super) fn layer(shell: &super::Shell) -> Option<Layer> {
    let dialog = shell.mask_words.as_ref()?;
    let (wish, made) = dialog.preview.made()?;
    made.layer.clone().filter(|_| wish.view == dialog.view)
}

/// Draws the dialog, if it is open.
pub(super) fn show(app: &mut App, ctx: &egui::Context) {
    let Some(mut dialog) = app.shell.mask_words.take() else {
        return;
    };
    dialog.keep_up(&app.document, ctx);
    let all = app.models_of(ctx, FileKind::Segmenter);
    let (mut open, mut does) = (true, Does::Nothing);
    egui::Window::new(texts::TITLE)
        .id(egui::Id::unique("mask by words"))
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .pivot(Align2::RIGHT_TOP)
        .default_pos(app.shell.canvas.right_top() + egui::vec2(-12.0, 44.0))
        .show(ctx, |ui| {
            ui.set_width(330.0);
            let settings = &mut app.shell.settings;
            let busy = edit::busy_with(&app.shell.editing, &app.shell.engine_work);
            does = dialog.rows(ui, &mut settings.segmenter, &all, busy);
        });
    match does {
        Does::Nothing => {}
        Does::Other if app.shell.dialog.is_open() => {}
        Does::Other => files::ask(&mut app.shell, ctx, Wanted::Segmenter),
        Does::Find => find(app, &dialog),
        Does::Apply => {
            let made = dialog.preview.of(&dialog.wish());
            if let Some(mask) = made.and_then(|made| made.mask.clone()) {
                mask_preview::join(app, ctx, EditName::Words, dialog.join, mask);
            }
            open = false;
        }
    }
    app.shell.mask_words = Some(dialog).filter(|_| open);
}

/// What a press in the dialog asks for.
#[derive(PartialEq)]
enum Does {
    Nothing,
    Other,
    Find,
    Apply,
}

/// Has the network look at the picture.
fn find(app: &mut App, dialog: &MaskWords) {
    let words = words_of(&dialog.text);
    let by = app.shell.settings.segmenter.clone();
    let model = by.clone().map_or(ModelSource::BuiltIn, ModelSource::at);
    let asked = (words.clone(), by);
    let of = app.document.seen();
    let wanted = FindMask {
        picture: Arc::clone(&of),
        words,
    };
    let work = (Work::FindMask(wanted), model);
    engine_work::begin(app, texts::FINDING, work, move |app, _, outcome| {
        let Outcome::Found { heats, .. } = outcome else {
            return;
        };
        if let (Some(dialog), Some(heat)) = (&mut app.shell.mask_words, Heat::surest(&heats)) {
            let heat = Arc::new(heat);
            dialog.found = Some(Found { heat, of, asked });
            dialog.preview.forget();
        }
    });
}

/// The things to look for in a text.
fn words_of(text: &str) -> Vec<String> {
    let words = text.split([',', '\n']).map(str::trim);
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

impl MaskWords {
    /// Makes mask and preview anew on a thread where they are not as they are wanted.
    fn keep_up(&mut self, document: &Document, ctx: &egui::Context) {
        let Some(found) = &self.found else {
            return;
        };
        let seen = document.seen();
        if !Arc::ptr_eq(&found.of, &seen) {
            // It was of another picture.
            self.found = None;
            self.preview.forget();
            return;
        }
        let wish = self.wish();
        self.preview.wish(ctx, "mask preview", wish, |number| {
            let heat = Arc::clone(&found.heat);
            move || made(&heat, &seen, wish, LAYERS + number)
        });
    }

    fn wish(&self) -> Wish {
        Wish {
            how: self.how,
            view: self.view,
        }
    }

    fn rows(
        &mut self,
        ui: &mut Ui,
        model: &mut Option<PathBuf>,
        all: &[(String, PathBuf)],
        busy: bool,
    ) -> Does {
        let mut does = Does::Nothing;
        let label = ui.label(texts::WORDS).on_hover_text(texts::WORDS_TIP);
        ui.horizontal(|ui| {
            let field = egui::TextEdit::singleline(&mut self.text)
                .hint_text(texts::WORDS_HINT)
                .desired_width(260.0);
            let field = ui.add(field).labelled_by(label.id);
            let enter = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            if enter || !std::mem::replace(&mut self.drawn, true) {
                field.request_focus();
            }
            let asked = (words_of(&self.text), model.clone());
            let can = !busy && !asked.0.is_empty();
            let found = self.found.as_ref().filter(|found| found.asked == asked);
            let made = self.preview.of(&self.wish());
            let button = ui.add_enabled(can, egui::Button::new(texts::FIND));
            if (button.clicked() || (enter && found.is_none())) && can {
                does = Does::Find;
            } else if enter && can && made.is_some_and(|made| made.mask.is_some()) {
                does = Does::Apply;
            }
        });
        let names = [texts::WITH, texts::WITH_TIP].map(Text::get);
        if model_choice::choose(ui, names, Some(BUILT_IN_NETWORK.get()), model, all) {
            does = Does::Other;
        }
        ui.add_enabled_ui(self.found.is_some(), |ui| {
            ui.separator();
            let HeatMask {
                threshold,
                dilate,
                blur,
            } = &mut self.how;
            let grid = egui::Grid::new("words grid").num_columns(2);
            grid.spacing([12.0, 6.0]).show(ui, |ui| {
                slider(ui, texts::THRESHOLD.both(), threshold, HeatMask::THRESHOLD);
                slider(ui, texts::DILATE.both(), dilate, 0.0..=20.0);
                slider(ui, texts::BLUR.both(), blur, 0.0..=20.0);
            });
            ui.horizontal(|ui| {
                ui.label(texts::VIEW);
                for (view, [name, tip]) in [
                    (View::Heat, texts::HEAT.both()),
                    (View::Mask, texts::MASK.both()),
                    (View::Nothing, texts::NOTHING.both()),
                ] {
                    ui.selectable_value(&mut self.view, view, name)
                        .on_hover_text(tip);
                }
            });
            ui.separator();
            ui.horizontal(|ui| {
                for (join, [name, tip]) in [
                    (Join::Replace, texts::REPLACE.both()),
                    (Join::Add, texts::ADD.both()),
                    (Join::Subtract, texts::SUBTRACT.both()),
                    (Join::Intersect, texts::INTERSECT.both()),
                ] {
                    ui.selectable_value(&mut self.join, join, name)
                        .on_hover_text(tip);
                }
            });
        });
        ui.add_space(6.0);
        let made = self.preview.of(&self.wish());
        let mask = made.and_then(|made| made.mask.as_ref());
        ui.horizontal(|ui| {
            let button = ui.add_enabled(mask.is_some() && !busy, egui::Button::new(texts::APPLY));
            if button.on_hover_text(texts::APPLY_TIP).clicked() {
                does = Does::Apply;
            }
            match (&self.found, made, mask) {
                (Some(found), Some(_), None) => {
                    let line = texts::nothing_found(found.heat.most());
                    ui.colored_label(ui.visuals().warn_fg_color, line);
                }
                (Some(_), Some(_), Some(mask)) => {
                    ui.weak(texts::coverage(mask.coverage()));
                }
                _ => {}
            }
        });
        does
    }
}

fn slider(
    ui: &mut Ui,
    [name, tip]: [&str; 2],
    value: &mut f32,
    range: std::ops::RangeInclusive<f32>,
) {
    let label = ui.label(name).on_hover_text(tip);
    let slider = egui::Slider::new(value, range).max_decimals(2);
    ui.add(slider).labelled_by(label.id).on_hover_text(tip);
    ui.end_row();
}

/// The mask that is wished for, and what shows it over the picture.
fn made(heat: &Heat, of: &Picture, Wish { how, view }: Wish, id: u64) -> MaskPreview {
    let size = of.size();
    let mask = heat.mask(size, &how);
    let pixels = match (view, &mask) {
        (View::Nothing, _) => None,
        (View::Heat, _) => {
            let colors = heat.picture(size);
            let pairs = of.pixels().iter().zip(colors.pixels());
            let half = |(&below, above): (&[u8; 4], &[u8; 4])| {
                let mut mixed = below;
                mixed.iter_mut().zip(above).for_each(|(below, above)| {
                    *below = u16::midpoint(u16::from(*below), u16::from(*above)) as u8;
                });
                mixed
            };
            Some(Picture::new(size, pairs.map(half).collect()))
        }
        (View::Mask, Some(mask)) => {
            let gray = |&value: &u8| [value, value, value, 255];
            Some(Picture::new(size, mask.values().iter().map(gray).collect()))
        }
        (View::Mask, None) => Some(Picture::filled(size, [0, 0, 0, 255])),
    };
    let layer = pixels.map(|pixels| Layer {
        id,
        patch: Arc::new(Patch::new(Rect::of(size), pixels)),
    });
    MaskPreview {
        mask: mask.map(Arc::new),
        layer,
    }
}
