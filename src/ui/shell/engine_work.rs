//! What the engine does to the document beside repainting: the picture can be looked at meanwhile, but not changed.
//!
//! Does not know what is done.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{self, Key, Modifiers};

use super::{edit, object_mask};
use crate::engine::{ModelSource, Outcome, Work};
use crate::raster::Picture;
use crate::ui::shell::App;
use crate::ui::shell::action;
use crate::ui::studio;
use crate::ui::texts::{Text, object as object_texts, prepare as texts};

/// How often its progress is drawn anew.
const TICK: Duration = Duration::from_millis(200);

/// What goes on with what came of it.
type Then = Box<dyn FnOnce(&mut App, &egui::Context, Outcome)>;

/// A work that the engine is at, or will be.
pub(super) struct EngineWork {
    what: Text,
    since: Instant,
    /// What was seen of the document that it is done to.
    of: Arc<Picture>,
    /// What came of it.
    done: Option<Result<Outcome, String>>,
    then: Then,
    /// Whether the document can be worked on meanwhile.
    quiet: bool,
}

/// Has a model do a work, `what` it is in a word or two, and goes on with what comes of it.
pub(super) fn begin(
    app: &mut App,
    what: Text,
    work: (Work, ModelSource),
    then: impl FnOnce(&mut App, &egui::Context, Outcome) + 'static,
) {
    if let Err(reason) = edit::idle(app) {
        app.shell.notices.say(reason);
        return;
    }
    app.document.end_stroke();
    // What is looked at quietly makes room.
    call_off(app);
    set_going(app, what, work, Box::new(then), false);
}

/// The same while the document is worked on, also by a model inside the program; whether it was begun, which it is not beside another work.
pub(super) fn begin_quietly(
    app: &mut App,
    what: Text,
    (work, model): (Work, ModelSource),
    then: impl FnOnce(&mut App, &egui::Context, Outcome) + 'static,
) -> bool {
    let free = app.shell.engine_work.is_none();
    if free {
        set_going(app, what, (work, model), Box::new(then), true);
    }
    free
}

fn set_going(
    app: &mut App,
    what: Text,
    (work, model): (Work, ModelSource),
    then: Then,
    quiet: bool,
) {
    studio::begin_beside(&mut app.studio, work, model);
    app.shell.engine_work = Some(EngineWork {
        what,
        since: Instant::now(),
        of: app.document.seen(),
        done: None,
        then,
        quiet,
    });
}

impl EngineWork {
    /// Whether nothing can be edited meanwhile.
    pub(super) fn is_busy(&self) -> bool {
        !self.quiet
    }
}

/// How long the quiet work of that name has been going on.
pub(super) fn quiet_for(app: &App, what: Text) -> Option<Duration> {
    let work = app.shell.engine_work.as_ref();
    let own = work.filter(|work| work.quiet && work.what == what);
    own.map(|work| work.since.elapsed())
}

/// Calls it off.
pub(super) fn call_off(app: &mut App) {
    if let Some(work) = app.shell.engine_work.take() {
        studio::call_off_beside(&mut app.studio);
        if work.quiet {
            // It would be asked for again.
            app.board.pointing.clear();
        }
    }
}

/// Takes what came of it.
pub(super) fn ended(app: &mut App, outcome: Result<Outcome, String>) {
    if let Some(work) = &mut app.shell.engine_work {
        work.done = Some(outcome);
    }
}

/// Whether Escape calls it off: a quiet one only where nothing else takes the key.
fn hears_escape(app: &App, ctx: &egui::Context) -> bool {
    let Some(work) = &app.shell.engine_work else {
        return false;
    };
    let elsewhere = || {
        let dialog = action::find("repaint.close");
        app.shell.takes_keys()
            || app.studio.takes_keys()
            || app.studio.is_typing()
            || ctx.egui_wants_keyboard_input()
            || egui::Popup::is_any_open(ctx)
            || dialog.is_some_and(|close| close.enabled(app).is_ok())
    };
    work.is_busy() || !elsewhere()
}

/// Goes on with what came of it, when it has; Escape calls it off.
pub(super) fn logic(app: &mut App, ctx: &egui::Context) {
    if hears_escape(app, ctx)
        && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
    {
        return call_off(app);
    }
    let Some(mut work) = app.shell.engine_work.take() else {
        return;
    };
    match work.done.take() {
        None => app.shell.engine_work = Some(work),
        Some(Err(line)) => {
            if work.what == object_texts::LOOKING {
                object_mask::refuse(app, &line);
            }
            app.shell.notices.fail(line);
        }
        Some(Ok(Outcome::Cancelled)) => {}
        Some(Ok(outcome)) => match Arc::ptr_eq(&work.of, &app.document.seen()) {
            true => (work.then)(app, ctx, outcome),
            false if work.quiet => {}
            false => app.shell.notices.fail(texts::CHANGED_MEANWHILE),
        },
    }
}

/// Says over the canvas how far it is, and offers to call it off.
pub(super) fn show(app: &mut App, ctx: &egui::Context) {
    let Some(work) = &app.shell.engine_work else {
        return;
    };
    ctx.request_repaint_after(TICK);
    if work.quiet {
        return;
    }
    let line = texts::done(&work.what, studio::beside_done(&app.studio));
    if edit::working(ctx, app.shell.canvas, work.since, &line) {
        call_off(app);
    }
}
