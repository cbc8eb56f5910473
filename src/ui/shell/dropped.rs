//! Files that are dragged over the window and dropped on it.
//!
//! Does not read them; [`files`](super::files) sees to that.

use std::path::PathBuf;

use eframe::egui::{self, Align2, Order};

use super::disk::{Errand, Purpose};
use super::{files, question, recipe_file};
use crate::ui::shell::App;
use crate::ui::studio;
use crate::ui::texts::shell as texts;
use crate::ui::theme;

/// How long a drop waits for the pointer to say where it was, seconds: systems do not tell during the drag.
const PATIENCE: f64 = 0.25;

/// What is known of a drop.
#[derive(Default)]
pub(super) struct Drop {
    /// What was dropped and not yet seen to, and when.
    waiting: Option<(Vec<PathBuf>, f64)>,
}

/// Hears what is dropped.
pub(super) fn logic(app: &mut App, ctx: &egui::Context) {
    let (now, dropped, moved) = ctx.input(|input| {
        let dropped = input.raw.dropped_files.iter();
        let dropped: Vec<_> = dropped.map(|file| file.path().to_owned()).collect();
        let moved = |event: &egui::Event| matches!(event, egui::Event::PointerMoved(_));
        (input.time, dropped, input.events.iter().any(moved))
    });
    if !dropped.is_empty() {
        let waiting = &mut app.shell.drop.waiting;
        // Several files come one after the other.
        let earlier = waiting.take().map_or(Vec::new(), |(paths, _)| paths);
        *waiting = Some(([earlier, dropped].concat(), now));
    }
    let Some((_, since)) = app.shell.drop.waiting else {
        return;
    };
    if !moved && now - since < PATIENCE {
        ctx.request_repaint_after(std::time::Duration::from_secs_f64(PATIENCE));
        return;
    }
    let pointer = ctx.input(|input| input.pointer.latest_pos());
    let well = app.studio.reference_well;
    let on_well = pointer.is_some_and(|at| well.is_some_and(|well| well.contains(at)));
    if let Some((paths, _)) = app.shell.drop.waiting.take() {
        take(app, ctx, paths, on_well);
    }
}

/// Sees to what was dropped: a model, a reference, a picture or mask, or several pictures.
fn take(app: &mut App, ctx: &egui::Context, mut paths: Vec<PathBuf>, on_well: bool) {
    paths.dedup();
    let is_model = |path: &PathBuf| {
        let ending = path.extension();
        path.is_dir() || ending.is_some_and(|own| own.eq_ignore_ascii_case("safetensors"))
    };
    let (models, paths): (Vec<_>, Vec<_>) = paths.into_iter().partition(is_model);
    for model in models {
        app.with_studio(ctx, |host| studio::take_model(host, ctx, model));
    }
    let (texts, mut paths): (Vec<_>, Vec<_>) = paths
        .into_iter()
        .partition(|path| recipe_file::is_text(path));
    for path in texts {
        recipe_file::read(app, ctx, path);
    }
    match paths.len() {
        0 => {}
        1 if on_well => {
            let (path, purpose) = (paths.remove(0), Purpose::Reference);
            files::send(&mut app.shell, ctx, Errand::Read { path, purpose });
        }
        1 => question::read_what_it_is(app, ctx, paths.remove(0)),
        _ => files::open_all(app, ctx, paths),
    }
}

/// Shows over the window what a drop would do, while files hover over it.
pub(super) fn show(app: &App, ctx: &egui::Context) {
    let hovered = ctx.input(|input| input.raw.hovered_files.clone());
    if hovered.is_empty() {
        return;
    }
    let folder = hovered
        .iter()
        .all(|file| file.path.as_ref().is_some_and(|path| path.is_dir()));
    let text = match hovered.len() {
        _ if folder => texts::DROP_FOLDER,
        1 => texts::DROP_PICTURE,
        _ => texts::DROP_PICTURES,
    };
    let layer = egui::LayerId::new(Order::Foreground, egui::Id::unique("drop"));
    let painter = ctx.layer_painter(layer);
    let style = ctx.global_style();
    let whole = ctx.content_rect();
    let stroke = egui::Stroke::new(2.0, theme::accent(&style.visuals));
    let sign = |at: egui::Pos2, text: &str| {
        let font = egui::TextStyle::Heading.resolve(&style);
        let colour = style.visuals.strong_text_color();
        let galley = painter.layout_no_wrap(text.to_owned(), font, colour);
        let rect = Align2::CENTER_CENTER.anchor_size(at, galley.size());
        let fill = style.visuals.window_fill;
        painter.rect(
            rect.expand2(egui::vec2(16.0, 10.0)),
            6.0,
            fill,
            stroke,
            egui::StrokeKind::Inside,
        );
        painter.galley(rect.min, galley, colour);
    };
    painter.rect_filled(whole, 0.0, theme::scrim());
    let canvas = app.shell.canvas.intersect(whole);
    painter.rect_stroke(canvas.shrink(6.0), 6.0, stroke, egui::StrokeKind::Inside);
    sign(canvas.center(), &text);
    let well = app.studio.reference_well;
    if let Some(well) = well.filter(|_| hovered.len() == 1 && !folder) {
        painter.rect_stroke(well.expand(2.0), 4.0, stroke, egui::StrokeKind::Inside);
        sign(well.center(), texts::DROP_REFERENCE.get());
    }
}
