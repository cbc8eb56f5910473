//! Clicking to mask, seen from the engine: the picture is looked at in the background, each click is answered, and what is found is shown over the picture until it becomes the mask.
//!
//! Does not know the pointer: what is pointed at stands on the board.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{self, Align2};

use super::mask_preview::{self, MaskPreview};
use super::{edit, engine_work, files};
use crate::canvas::Layer;
use crate::document::{Document, EditName};
use crate::engine::sam::best;
use crate::engine::{Candidate, FileKind, FindObject, ModelSource, Outcome, Prompt, Work};
use crate::raster::logits::Logits;
use crate::raster::morphology::{grow, shrink};
use crate::raster::{Patch, Picture};
use crate::ui::board::{Pointed, Shaping, Tool};
use crate::ui::dialog::Wanted;
use crate::ui::model_choice;
use crate::ui::shell::App;
use crate::ui::texts::object as texts;
use crate::ui::thread::Wished;

/// What was asked and answered, and what is shown of it.
#[derive(Default)]
pub(super) struct ObjectMask {
    /// What the engine was asked last.
    asked: Option<Asked>,
    found: Option<Found>,
    /// What the network could not hear, and why.
    refused: Option<(Prompt, String)>,
    /// Answers so far.
    count: u64,
    preview: Wished<Wish, MaskPreview>,
    /// What is pointed at, where what is found for it becomes the mask as soon as it is there.
    take: Option<Prompt>,
}

/// What the engine is asked: about a picture, by a network; without a prompt it only looks at it.
#[derive(Clone)]
struct Asked {
    of: Arc<Picture>,
    model: PathBuf,
    prompt: Option<Prompt>,
}

/// What was found.
struct Found {
    prompt: Prompt,
    candidates: Vec<Candidate>,
    chosen: usize,
    /// Number of the answer.
    answer: u64,
}

/// What a mask and its preview are made from.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Wish {
    answer: u64,
    chosen: usize,
    shaping: Shaping,
}

/// Names of layers that neither results nor other previews have.
const LAYERS: u64 = 3 << 61;

/// What is found is shown in this colour, over the picture.
const TINT: [u8; 3] = [40, 140, 255];

/// What the canvas shows over the picture.
pub(super) fn layer(shell: &super::Shell) -> Option<Layer> {
    shell.object.preview.made()?.1.layer.clone()
}

/// What the canvas is told.
pub(super) fn pointed(shell: &super::Shell) -> Pointed {
    let found = shell.object.found.as_ref();
    found.map_or_else(Pointed::default, |found| Pointed {
        scores: found.candidates.iter().map(|one| one.score).collect(),
        chosen: found.chosen,
    })
}

/// Shows another candidate.
pub(super) fn show_candidate(shell: &mut super::Shell, index: usize) {
    if let Some(found) = &mut shell.object.found {
        found.chosen = index.min(found.candidates.len().saturating_sub(1));
    }
}

/// Makes what is shown part of the mask, as soon as it is there.
pub(super) fn take(app: &mut App, ctx: &egui::Context) {
    if app.shell.settings.sam.is_none() {
        return app.shell.notices.say(texts::NEEDED);
    }
    app.shell.object.take = app.board.pointing.prompt().cloned();
    taken(app, ctx);
}

/// Takes why what was asked could not be answered.
pub(super) fn refuse(app: &mut App, why: &str) {
    let object = &mut app.shell.object;
    let prompt = object.asked.as_ref().and_then(|asked| asked.prompt.clone());
    object.refused = prompt.map(|prompt| (prompt, why.to_owned()));
}

/// Asks what is to be asked, and takes what was answered.
pub(super) fn logic(app: &mut App, ctx: &egui::Context) {
    if let (Some((refused, _)), Some(now)) =
        (&app.shell.object.refused, app.board.pointing.prompt())
        && refused.points.is_empty()
        && refused.bounds == now.bounds
        && !now.points.is_empty()
    {
        // A click after a box that was not heard says it without one.
        app.board.pointing.drop_box();
    }
    let prompt = app.board.pointing.prompt().cloned();
    if app.board.tool != Tool::Object {
        if app.shell.object.asked.is_some() {
            app.shell.object = ObjectMask::default();
            call_off(app);
        }
        return;
    }
    let object = &mut app.shell.object;
    if prompt.is_none() {
        object.forget();
    }
    if let Some(model) = app.shell.settings.sam.clone() {
        ask(app, model, prompt);
    }
    app.shell
        .object
        .keep_up(&app.document, app.board.pointing.shaping, ctx);
    taken(app, ctx);
}

/// Calls off what the engine is asked.
fn call_off(app: &mut App) {
    if engine_work::quiet_for(app, texts::LOOKING).is_some() {
        engine_work::call_off(app);
    }
}

/// Has the engine answer what it was not asked yet.
fn ask(app: &mut App, model: PathBuf, mut prompt: Option<Prompt>) {
    let of = app.document.seen();
    let asked = app.shell.object.asked.as_ref();
    let known = asked.filter(|asked| Arc::ptr_eq(&asked.of, &of) && asked.model == model);
    if known.is_some_and(|asked| asked.prompt == prompt || prompt.is_none()) {
        return;
    }
    if known.is_none() && asked.is_some() {
        // It was of another picture, or of another network.
        call_off(app);
        app.shell.object.forget();
        app.shell.object.asked = None;
        app.board.pointing.clear();
        prompt = None;
    }
    let mut told = prompt.clone();
    if let (Some(told), Some(found)) = (&mut told, &app.shell.object.found)
        && told.bounds == found.prompt.bounds
        && told.points.starts_with(&found.prompt.points)
    {
        // The same thing, said more closely.
        told.earlier = found
            .candidates
            .get(found.chosen)
            .and_then(|one| one.low.clone());
    }
    let wanted = FindObject {
        picture: Arc::clone(&of),
        prompt: told,
    };
    let work = (Work::FindObject(wanted), ModelSource::at(model.clone()));
    let answered = prompt.clone();
    let begun = engine_work::begin_quietly(app, texts::LOOKING, work, move |app, _, outcome| {
        if let (Some(prompt), Outcome::Pointed { candidates, .. }) = (answered, outcome) {
            app.shell.object.answer(prompt, candidates);
        }
    });
    if begun {
        app.shell.object.asked = Some(Asked { of, model, prompt });
    }
}

/// Puts what is shown into the document, where it is wished for and there: one undo step.
fn taken(app: &mut App, ctx: &egui::Context) {
    let looking = engine_work::quiet_for(app, texts::LOOKING).is_some();
    let object = &mut app.shell.object;
    // What is said more closely is looked at before it is taken.
    if object.take.as_ref() != app.board.pointing.prompt() {
        object.take = None;
    }
    let wish = object.wish(app.board.pointing.shaping);
    let made = wish.and_then(|wish| object.preview.of(&wish));
    // A click that is not answered yet may change it.
    let asked = object
        .asked
        .as_ref()
        .and_then(|asked| asked.prompt.as_ref());
    let last = app.board.pointing.prompt() == asked;
    let answered = object.found.as_ref().map(|found| &found.prompt) == asked;
    if object.take.is_some() && last && !answered && !looking {
        object.take = None;
        let refused = object.refused.as_ref();
        let why = refused.filter(|(prompt, _)| Some(prompt) == asked);
        let why = why
            .map_or(texts::NOTHING_FOUND.get(), |(_, why)| why)
            .to_owned();
        return app.shell.notices.say(why);
    }
    let Some(made) = made.filter(|_| object.take.is_some() && last && answered) else {
        return;
    };
    let Some(mask) = made.mask.clone() else {
        object.take = None;
        return app.shell.notices.say(texts::NOTHING_FOUND);
    };
    if edit::idle(app).is_err() {
        return;
    }
    app.shell.object.forget();
    let join = app.board.pointing.join;
    app.board.pointing.clear();
    mask_preview::join(app, ctx, EditName::Object, join, mask);
}

/// Says which network finds what is clicked, and how far it is, over the canvas.
pub(super) fn show(app: &mut App, ctx: &egui::Context) {
    if app.board.tool != Tool::Object {
        return;
    }
    let all = app.models_of(ctx, FileKind::Sam);
    let chosen = &mut app.shell.settings.sam;
    if chosen.is_none() {
        *chosen = all.first().map(|(_, path)| path.clone());
    }
    let busy = engine_work::quiet_for(app, texts::LOOKING);
    let area = egui::Area::new(egui::Id::unique("click to mask"))
        .pivot(Align2::LEFT_BOTTOM)
        .fixed_pos(app.shell.canvas.left_bottom() + egui::vec2(12.0, -12.0 - super::raised(app)));
    let (mut other, mut stop) = (false, false);
    area.show(ctx, |ui| {
        let frame = egui::Frame::popup(ui.style());
        frame.show(ui, |ui| {
            ui.set_max_width(420.0);
            let chosen = &mut app.shell.settings.sam;
            other = model_choice::choose(ui, texts::WITH.both(), None, chosen, &all);
            if chosen.is_none() {
                ui.add(egui::Label::new(texts::NEEDED).wrap());
            }
            if let Some(busy) = busy {
                ui.horizontal(|ui| {
                    ui.spinner();
                    ui.label(texts::looking_for(busy));
                    stop = ui.button(crate::ui::texts::prepare::CANCEL).clicked();
                });
            }
        });
    });
    if stop {
        engine_work::call_off(app);
    }
    if other && !app.shell.dialog.is_open() {
        files::ask(&mut app.shell, ctx, Wanted::Sam);
    }
}

impl ObjectMask {
    /// Lets go of what was found.
    fn forget(&mut self) {
        self.found = None;
        self.preview.forget();
        self.take = None;
        if let Some(asked) = &mut self.asked {
            asked.prompt = None;
        }
    }

    fn answer(&mut self, prompt: Prompt, candidates: Vec<Candidate>) {
        // It was dropped meanwhile.
        if self
            .asked
            .as_ref()
            .is_none_or(|asked| asked.prompt.as_ref() != Some(&prompt))
        {
            return;
        }
        self.count += 1;
        self.found = best(&candidates).map(|chosen| Found {
            prompt,
            candidates,
            chosen,
            answer: self.count,
        });
    }

    fn wish(&self, shaping: Shaping) -> Option<Wish> {
        let found = self.found.as_ref()?;
        Some(Wish {
            answer: found.answer,
            chosen: found.chosen,
            shaping,
        })
    }

    /// Makes mask and preview anew on a thread where they are not as they are wished for.
    fn keep_up(&mut self, document: &Document, shaping: Shaping, ctx: &egui::Context) {
        let (Some(wish), Some(found)) = (self.wish(shaping), &self.found) else {
            return;
        };
        let Some(candidate) = found.candidates.get(found.chosen) else {
            return;
        };
        self.preview.wish(ctx, "mask preview", wish, |number| {
            let (logits, of) = (candidate.logits.clone(), document.seen());
            move || made(&logits, &of, shaping, LAYERS + number)
        });
    }
}

/// The mask that is wished for, and what shows it over the picture.
fn made(
    logits: &Logits,
    of: &Picture,
    Shaping { refine, grow: by }: Shaping,
    id: u64,
) -> MaskPreview {
    let mask = match refine {
        true => logits.refined(of).without_faint(),
        false => logits.mask(of.size()),
    };
    let mask = match by {
        0 => mask,
        1.. => grow(&mask, by.unsigned_abs()),
        _ => shrink(&mask, by.unsigned_abs()),
    };
    let Some(bounds) = mask.bounds() else {
        return MaskPreview::default();
    };
    let size = of.size();
    // Seen when the whole picture is, too.
    let line = (size.width.max(size.height) / 700).max(1);
    let rect = bounds.pad(line, size);
    let inside = |x: u32, y: u32| mask.value(x, y) >= 128;
    let near = |x: u32, y: u32| {
        let (left, up) = (x.saturating_sub(line), y.saturating_sub(line));
        let (right, down) = (
            (x + line).min(size.width - 1),
            (y + line).min(size.height - 1),
        );
        [(left, y), (right, y), (x, up), (x, down)]
    };
    let pixels = Picture::from_fn(rect.size(), |x, y| {
        let (x, y) = (x + rect.left, y + rect.top);
        let own = of.pixel(x, y);
        let differs = near(x, y)
            .iter()
            .any(|&(to_x, to_y)| inside(to_x, to_y) != inside(x, y));
        match (inside(x, y), differs) {
            (true, true) => [255, 255, 255, 255],
            (false, true) => [0, 0, 0, 255],
            (true, false) => {
                let [red, green, blue] =
                    [0, 1, 2].map(|channel| u8::midpoint(own[channel], TINT[channel]));
                [red, green, blue, 255]
            }
            (false, false) => own,
        }
    });
    MaskPreview {
        mask: Some(Arc::new(mask)),
        layer: Some(Layer {
            id,
            patch: Arc::new(Patch::new(rect, pixels)),
        }),
    }
}
