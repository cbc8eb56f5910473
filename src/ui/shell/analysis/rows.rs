//! The groups of the dialog, drawn.
//!
//! Does not carry out what is clicked.

use std::path::PathBuf;

use eframe::egui::{self, Align2, Ui};

use super::{Analysis, Does};
use crate::engine::{FileKind, ModelSource, SuggestedSize};
use crate::recipe::excerpt::{QUOTE, excerpt};
use crate::ui::dialog::Wanted as Picked;
use crate::ui::model_choice;
use crate::ui::shell::App;
use crate::ui::shell::{edit, engine_work};
use crate::ui::texts::library::BUILT_IN;
use crate::ui::texts::{Caption, Text, analysis as texts};

const WIDTH: f32 = 400.0;

/// Room for what stands around the part that scrolls: title, size and the way back, points.
const BELOW: f32 = 180.0;

/// Tags that can be clicked, those below the thresholds among them.
const MOST_TAGS: usize = 60;

/// Models that are listed.
const MOST_MODELS: usize = 6;

/// Draws the dialog; whether it stays open.
pub(super) fn window(
    app: &mut App,
    ctx: &egui::Context,
    dialog: &mut Analysis,
    [taggers, captioners]: [&[(String, PathBuf)]; 2],
    sized: Option<SuggestedSize>,
    does: &mut Does,
) -> bool {
    let mut open = true;
    let canvas = app.shell.canvas;
    egui::Window::new(texts::TITLE)
        .id(egui::Id::unique("analysis"))
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .pivot(Align2::RIGHT_TOP)
        .default_pos(canvas.right_top() + egui::vec2(-12.0, 12.0))
        .show(ctx, |ui| {
            ui.set_width(WIDTH);
            let most = (canvas.height() - BELOW).max(160.0);
            let scroll = egui::ScrollArea::vertical().max_height(most);
            // The window would give it less than it has.
            let scroll = scroll.min_scrolled_height(most);
            scroll.auto_shrink([false, true]).show(ui, |ui| {
                own(app, ui, dialog, does);
                ui.separator();
                prompt(app, ui, dialog, taggers, does);
                caption(app, ui, dialog, captioners, does);
                ui.separator();
                models(app, ui, dialog, does);
            });
            ui.separator();
            size(ui, sized, does);
            ui.add_space(4.0);
            let [label, tip] = texts::PUT_BACK.both();
            let back = ui.add_enabled(dialog.before.is_some(), egui::Button::new(label));
            if back.on_hover_text(tip).clicked() {
                *does = Does::PutBack;
            }
        });
    open
}

/// A button on its own row.
fn button(ui: &mut Ui, [label, tip]: [&str; 2]) -> bool {
    ui.button(label).on_hover_text(tip).clicked()
}

fn wrapped(ui: &mut Ui, text: impl Into<egui::WidgetText>) {
    ui.add(egui::Label::new(text).wrap());
}

/// What the picture says itself.
fn own(app: &App, ui: &mut Ui, dialog: &Analysis, does: &mut Does) {
    ui.strong(texts::OWN);
    ui.label(texts::pixels(dialog.of.size()));
    if dialog.photographed {
        ui.label(texts::PHOTOGRAPHED);
    }
    let maker = &dialog.maker;
    let names = (maker.name.as_deref(), maker.hash.as_deref());
    match &dialog.own {
        None if !dialog.photographed => {
            ui.weak(texts::NOTHING);
        }
        None => {}
        Some(own) => {
            let prompt = excerpt(&own.recipe.prompt, QUOTE);
            let prompt = Some(prompt).filter(|_| own.found.contains(&"prompt"));
            wrapped(
                ui,
                texts::carries(&prompt.unwrap_or_default(), own.found.len()),
            );
            if button(ui, texts::USE_RECIPE.both()) {
                *does = Does::Recipe;
            }
        }
    }
    if names == (None, None) {
        return;
    }
    wrapped(ui, texts::made_by(names.0, names.1));
    let ranked = dialog.ranked.made();
    match ranked.and_then(|(_, ranked)| ranked.made.as_ref()) {
        Some(made) if app.shell.settings.model.as_ref() == Some(&made.path) => {
            ui.weak(texts::sentence(texts::IN_USE.get()));
        }
        Some(made) => {
            let taken = button(ui, texts::USE_ITS_MODEL.both());
            if taken {
                *does = Does::Model(Some(made.path.clone()));
            }
        }
        None if ranked.is_some() => {
            ui.weak(texts::NOT_HERE);
        }
        None => {}
    }
}

/// What the tagger sees.
fn prompt(
    app: &mut App,
    ui: &mut Ui,
    dialog: &mut Analysis,
    taggers: &[(String, PathBuf)],
    does: &mut Does,
) {
    ui.strong(texts::PROMPT);
    let built_in = ModelSource::built_in(FileKind::Tagger).map(|_| texts::BUILT_IN.get());
    let chosen = &mut app.shell.settings.tagger;
    if model_choice::choose(
        ui,
        [texts::WITH.get(), texts::WITH_TIP.get()],
        built_in,
        chosen,
        taggers,
    ) {
        *does = Does::Other(Picked::Tagger);
    }
    let ready = chosen.is_some() || built_in.is_some();
    if !ready {
        wrapped(ui, texts::NEEDED);
        return;
    }
    if dialog.tagged.is_none() {
        if waits(app, ui, texts::LOOKING, &texts::LOOK) {
            *does = Does::Look;
        }
        return;
    }
    if dialog.is_foreign() {
        let line = egui::RichText::new(texts::FOREIGN).color(ui.visuals().warn_fg_color);
        wrapped(ui, line);
    }
    let mut anew = chips(ui, dialog);
    let grid = egui::Grid::new("tag thresholds").num_columns(2);
    grid.spacing([12.0, 4.0]).show(ui, |ui| {
        let thresholds = &mut dialog.thresholds;
        for ([name, tip], value) in [
            (texts::THRESHOLD.both(), &mut thresholds.general),
            (texts::CHARACTER.both(), &mut thresholds.character),
        ] {
            let label = ui.label(name).on_hover_text(tip);
            let slider = egui::Slider::new(value, 0.05..=1.0).max_decimals(2);
            let slider = ui.add(slider).labelled_by(label.id).on_hover_text(tip);
            anew |= slider.changed();
            ui.end_row();
        }
    });
    let [label, tip] = texts::WEIGHTED.both();
    let weighted = ui.checkbox(&mut dialog.weighted, label);
    anew |= weighted.on_hover_text(tip).changed();
    if anew {
        dialog.write();
    }
    take(ui, [texts::TEXT, texts::TEXT_HINT], &mut dialog.text, does);
}

/// What the captioner says.
fn caption(
    app: &mut App,
    ui: &mut Ui,
    dialog: &mut Analysis,
    captioners: &[(String, PathBuf)],
    does: &mut Does,
) {
    let chosen = &mut app.shell.settings.captioner;
    let none = Some(texts::NO_CAPTION.get());
    if model_choice::choose(ui, texts::CAPTION_WITH.both(), none, chosen, captioners) {
        *does = Does::Other(Picked::Captioner);
    }
    match &mut dialog.caption {
        Some(caption) => take(ui, [texts::CAPTION, Text::NONE], caption, does),
        None if chosen.is_none() => {}
        None => {
            if waits(app, ui, texts::DESCRIBING, &texts::DESCRIBE) {
                *does = Does::Describe;
            }
        }
    }
}

/// Says that a network is at it, else draws the button that has it begin; whether that was pressed.
fn waits(app: &App, ui: &mut Ui, what: Text, caption: &Caption) -> bool {
    let [label, tip] = caption.both();
    let busy = edit::busy_with(&app.shell.editing, &app.shell.engine_work);
    let looking = engine_work::quiet_for(app, what).is_some();
    let look = ui.add_enabled(!busy && !looking, egui::Button::new(label));
    if looking {
        ui.weak(what);
    }
    look.on_hover_text(tip).clicked()
}

/// Words that can be changed and taken as the prompt.
fn take(ui: &mut Ui, [name, hint]: [Text; 2], text: &mut String, does: &mut Does) {
    let label = ui.label(name);
    let field = egui::TextEdit::multiline(text)
        .id(egui::Id::unique(name.get()))
        .desired_rows(3)
        .desired_width(f32::INFINITY)
        .hint_text(hint);
    ui.add(field).labelled_by(label.id);
    let can = !text.trim().is_empty();
    ui.horizontal(|ui| {
        for ([label, tip], wish) in [
            (texts::APPEND.both(), Does::Append as fn(String) -> Does),
            (texts::REPLACE.both(), Does::Replace),
        ] {
            let button = ui.add_enabled(can, egui::Button::new(label));
            if button.on_hover_text(tip).clicked() {
                *does = wish(text.trim().to_owned());
            }
        }
    });
}

/// The tags, each a switch; whether one was clicked.
fn chips(ui: &mut Ui, dialog: &mut Analysis) -> bool {
    let seen = dialog.tags();
    if !seen.iter().any(|tag| dialog.is_in(tag) == Some(true)) {
        wrapped(ui, texts::UNSURE);
    }
    let chips: Vec<_> = seen
        .iter()
        .take(MOST_TAGS)
        .filter_map(|tag| {
            Some((
                tag.name.clone(),
                texts::tag(&tag.words(), tag.score),
                dialog.is_in(tag)?,
            ))
        })
        .collect();
    let mut clicked = None;
    let scroll = egui::ScrollArea::vertical()
        .id_salt("tags")
        .max_height(132.0);
    scroll.auto_shrink([false, true]).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
            for (name, label, is_in) in chips {
                if ui.selectable_label(is_in, label).clicked() {
                    clicked = Some(name);
                }
            }
        });
    });
    let Some(name) = clicked else {
        return false;
    };
    if !dialog.flipped.remove(&name) {
        dialog.flipped.insert(name);
    }
    true
}

/// The models that suit the picture.
fn models(app: &App, ui: &mut Ui, dialog: &Analysis, does: &mut Does) {
    ui.strong(texts::MODEL);
    let Some((_, ranked)) = dialog.ranked.made() else {
        ui.weak(texts::RANKING);
        return;
    };
    for model in ranked.models.iter().take(MOST_MODELS) {
        ui.horizontal(|ui| {
            let name = match model.path {
                Some(_) => &*model.name,
                None => BUILT_IN.get(),
            };
            ui.label(name);
            if let Some(family) = &model.family {
                ui.weak(family);
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if app.shell.settings.model == model.path {
                    ui.weak(texts::IN_USE);
                    return;
                }
                let take = ui
                    .small_button(texts::USE)
                    .on_hover_text(texts::USE_MODEL_TIP);
                take.widget_info(|| {
                    let label = texts::use_model(name);
                    egui::WidgetInfo::labeled(egui::Role::Button, true, label)
                });
                if take.clicked() {
                    *does = Does::Model(model.path.clone());
                }
            });
        });
        let line = egui::RichText::new(texts::reasons(&model.reasons))
            .small()
            .weak();
        wrapped(ui, line);
    }
}

/// The size that suits it.
fn size(ui: &mut Ui, sized: Option<SuggestedSize>, does: &mut Does) {
    ui.strong(texts::SIZE);
    let Some(sized) = sized else {
        ui.weak(texts::NO_SPEC);
        return;
    };
    ui.horizontal(|ui| {
        ui.label(texts::suggested(&sized));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let take = ui
                .small_button(texts::USE)
                .on_hover_text(texts::USE_SIZE_TIP);
            take.widget_info(|| {
                let label = texts::use_model(texts::SIZE.get());
                egui::WidgetInfo::labeled(egui::Role::Button, true, label)
            });
            if take.clicked() {
                *does = Does::Size(sized.clone());
            }
        });
    });
    let line = egui::RichText::new(texts::reasons(std::slice::from_ref(&sized.reason)))
        .small()
        .weak();
    wrapped(ui, line);
}
