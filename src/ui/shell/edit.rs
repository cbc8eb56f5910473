//! Edits of the document: at once where that is quick, else on a thread, while the picture can be looked at but not changed.
//!
//! Does not know what an edit does.

use std::time::{Duration, Instant};

use eframe::egui::{self, Align2, Key, Modifiers, Rect};

use super::Shell;
use super::engine_work::EngineWork;
use crate::document::{Document, EditName, Fork};
use crate::ui::shell::App;
use crate::ui::texts::prepare as texts;
use crate::ui::thread::{self, Pending};

/// Pixels before and after that are edited while the window waits: a few hundredths of a second.
pub(super) const AT_ONCE: usize = 1 << 21;

/// Work that is done sooner than this is not worth a word.
const SOON: Duration = Duration::from_millis(150);

/// An edit that a thread is at.
pub(super) struct Editing {
    what: EditName,
    since: Instant,
    edited: Pending<Fork>,
    then: Box<dyn FnOnce(&mut App)>,
}

/// An edit of the document that keeps its size; says why not where another is under way.
pub(super) fn edit(
    app: &mut App,
    ctx: &egui::Context,
    what: EditName,
    edit: impl FnOnce(&mut Document) + Send + 'static,
    then: impl FnOnce(&mut App) + 'static,
) {
    let pixels = 2 * app.document.size().area();
    edit_pixels(app, ctx, (what, pixels), edit, then);
}

/// An edit of so many pixels before and after, and what follows once it is done.
pub(super) fn edit_pixels(
    app: &mut App,
    ctx: &egui::Context,
    (what, pixels): (EditName, usize),
    edit: impl FnOnce(&mut Document) + Send + 'static,
    then: impl FnOnce(&mut App) + 'static,
) {
    if let Err(reason) = idle(app) {
        app.shell.notices.say(reason);
        return;
    }
    app.document.end_stroke();
    if pixels <= AT_ONCE {
        edit(&mut app.document);
        return then(app);
    }
    let mut fork = app.document.fork();
    let edited = Pending::start(ctx, "edit", move || {
        edit(fork.document());
        fork
    });
    match edited {
        Ok(edited) => {
            app.shell.editing = Some(Editing {
                what,
                since: Instant::now(),
                edited,
                then: Box::new(then),
            });
        }
        Err(line) => app.shell.notices.fail(line),
    }
}

/// Nothing is worked on.
pub(super) fn idle(app: &App) -> Result<(), String> {
    match busy(&app.shell) {
        None => Ok(()),
        Some(reason) => Err(reason.to_owned()),
    }
}

/// Why nothing can be edited now.
pub(super) fn busy(shell: &Shell) -> Option<&'static str> {
    busy_with(&shell.editing, &shell.engine_work).then_some(texts::WORKING.get())
}

/// Whether a thread or the engine is at it.
pub(super) fn busy_with(editing: &Option<Editing>, work: &Option<EngineWork>) -> bool {
    editing.is_some() || work.as_ref().is_some_and(EngineWork::is_busy)
}

/// Takes what the thread has made, when it has; Escape calls it off.
pub(super) fn logic(app: &mut App, ctx: &egui::Context) {
    let Some(editing) = app.shell.editing.take() else {
        return;
    };
    if ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        return;
    }
    match editing.edited.poll() {
        None => app.shell.editing = Some(editing),
        Some(Ok(mut fork)) => {
            let taken = app.document.take(&mut fork);
            thread::dispose(fork);
            match taken {
                true => (editing.then)(app),
                false => app.shell.notices.fail(texts::CHANGED_MEANWHILE),
            }
        }
        Some(Err(_)) => app.shell.notices.fail(texts::FAILED),
    }
}

/// Says over the canvas what is worked on when that takes long, and offers to call it off.
pub(super) fn show(shell: &mut Shell, ctx: &egui::Context) {
    let Some(editing) = &shell.editing else {
        return;
    };
    let what = texts::working(editing.what);
    if working(ctx, shell.canvas, editing.since, &what) {
        shell.editing = None;
    }
}

/// Says over the canvas what is worked on when that takes long; whether it is to be called off.
pub(super) fn working(ctx: &egui::Context, canvas: Rect, since: Instant, what: &str) -> bool {
    if since.elapsed() < SOON {
        ctx.request_repaint_after(SOON);
        return false;
    }
    let area = egui::Area::new(egui::Id::unique("work"))
        .order(egui::Order::Foreground)
        .pivot(Align2::CENTER_CENTER)
        .fixed_pos(canvas.center());
    let cancelled = area.show(ctx, |ui| {
        let frame = egui::Frame::popup(ui.style()).inner_margin(14);
        let row = frame.show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label(what);
                ui.button(texts::CANCEL).clicked()
            })
        });
        row.inner.inner
    });
    cancelled.inner
}
