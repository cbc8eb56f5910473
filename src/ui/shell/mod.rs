//! Around the canvas: files, clipboard, settings, menus, dialogs, notices.
//!
//! Does not know the pointer's tools or the engine.

pub mod action;
mod analysis;
mod app;
mod clipboard;
mod disk;
mod dropped;
mod edit;
mod engine_work;
mod files;
mod keys;
mod mask_file;
mod mask_preview;
mod mask_words;
mod menus;
mod new_canvas;
mod object_mask;
mod offers;
mod origin;
mod palette;
mod preferences;
mod prepare;
mod question;
mod recipe_file;
mod recognise;
mod recovery;
mod reference;
mod result_file;
mod rows;
mod scale;
mod toasts;
mod work;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use eframe::egui;

use super::board::Remembered;
use super::dialog::{Dialog, Picker};
use super::notices::Notices;
use super::settings::{Places, Settings};
use super::studio;
use super::texts::TITLE;
use super::texts::shell as texts;
use crate::document::{Document, Masked};
use crate::raster::Picture;
use clipboard::{Clip, Clipboard};
use disk::{Disk, Errand};
use files::{Next, Saving};
use keys::Keys;
use origin::{Kept, Origin};
use palette::Palette;
use question::Question;
use recognise::{Likeness, Traits, recognise};

pub use app::App;
pub(super) use clipboard::translate_keys;

/// Files, settings, dialogs, notices.
pub struct Shell {
    /// What the artist chose once and wants again.
    pub settings: Settings,
    /// What the artist is told.
    pub notices: Notices,
    places: Places,
    picker: Picker,
    /// The settings as they were last given to the disk, and as they were last used.
    kept: Settings,
    used: Option<Settings>,
    disk: Disk,
    dialog: Dialog,
    clipboard: Clipboard,
    origin: Origin,
    saving: Saving,
    /// Files that results were saved to in this run, or are about to be.
    written: BTreeSet<PathBuf>,
    /// What the file of the result that is to be saved may be called.
    result_name: String,
    work: work::Keeping,
    /// Masks of pictures that were left, until they are opened again.
    masks: Vec<(PathBuf, Masked)>,
    drop: dropped::Drop,
    /// Where the canvas was drawn last.
    canvas: egui::Rect,
    question: Option<Question>,
    /// What a thread is doing to the document.
    editing: Option<edit::Editing>,
    /// What the engine does to it beside repainting.
    engine_work: Option<engine_work::EngineWork>,
    mask_words: Option<Box<mask_words::MaskWords>>,
    analysis: Option<Box<analysis::Analysis>>,
    object: object_mask::ObjectMask,
    scaling: Option<scale::Scaling>,
    new_canvas: Option<new_canvas::NewCanvas>,
    /// The canvas that nothing was painted on yet.
    blank: Kept<Picture>,
    palette: Option<Palette>,
    keys: Option<Keys>,
    settings_open: bool,
    log_open: bool,
    /// Whether the window may close without asking.
    quitting: bool,
    restart: Restart,
    title: String,
    /// When the window was asked for, until its picture is on the screen.
    begun: Option<Instant>,
}

impl Default for Shell {
    /// Without places of its own, and without dialogs: every question for a path is cancelled.
    fn default() -> Self {
        Self::new(Places::default(), Arc::new(|_| None))
    }
}

impl Shell {
    /// Where it is said that the program is to be started again.
    pub(super) fn restart(&self) -> Restart {
        Arc::clone(&self.restart)
    }

    /// With the settings that are kept there; `picker` asks for paths.
    pub fn new(places: Places, picker: Picker) -> Self {
        let mut notices = Notices::default();
        let mut settings = Settings::default();
        if let Some((read, trouble)) = places.settings.as_deref().map(Settings::load) {
            settings = read;
            if let Some(line) = trouble {
                notices.fail(line);
            }
        }
        settings.speak();
        Self {
            kept: settings.clone(),
            used: None,
            settings,
            notices,
            places,
            picker,
            disk: Disk::default(),
            dialog: Dialog::default(),
            clipboard: Clipboard::default(),
            origin: Origin::nothing(),
            saving: Saving::default(),
            written: BTreeSet::new(),
            result_name: String::new(),
            work: work::Keeping::default(),
            masks: Vec::new(),
            drop: dropped::Drop::default(),
            canvas: egui::Rect::ZERO,
            question: None,
            editing: None,
            engine_work: None,
            mask_words: None,
            analysis: None,
            object: object_mask::ObjectMask::default(),
            scaling: None,
            new_canvas: None,
            blank: Kept::default(),
            palette: None,
            keys: None,
            settings_open: false,
            log_open: false,
            quitting: false,
            restart: Restart::default(),
            title: String::new(),
            begun: Some(Instant::now()),
        }
    }

    /// Calls the document that the window starts with by a name; nothing in it is unsaved.
    pub fn call(&mut self, title: String, document: &Document) {
        self.origin = Origin::new(title, document);
    }

    /// Whether keys go elsewhere than to actions: to a question, or to the palette.
    pub(super) fn takes_keys(&self) -> bool {
        let waiting = self.keys.as_ref().is_some_and(Keys::is_waiting);
        let asked = self.question.is_some() || self.work.offer.is_open();
        let dialog = self.scaling.is_some() || self.new_canvas.is_some();
        asked || dialog || self.palette.is_some() || waiting
    }
}

impl App {
    /// Opens what was given on the command line.
    pub fn open(&mut self, ctx: &egui::Context, pictures: Vec<PathBuf>) {
        // First of all, so that nothing is done before it is there.
        work::start(self, ctx);
        self.shell.disk.patience = FIRST_READ;
        files::open_all(self, ctx, pictures);
    }

    /// The artist's choices.
    pub fn settings(&self) -> &Settings {
        &self.shell.settings
    }

    /// The artist's choices, to change.
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.shell.settings
    }

    /// What the artist was told.
    pub fn notices(&self) -> &Notices {
        &self.shell.notices
    }

    /// What the artist was told, to tell more.
    pub fn notices_mut(&mut self) -> &mut Notices {
        &mut self.shell.notices
    }

    /// Whether something of the document is in no file.
    pub fn is_unsaved(&self) -> bool {
        let unsaved = work::unsaved(self);
        unsaved.picture || unsaved.mask
    }
}

/// The pictures to open when the program is started again, once that was asked for.
pub(super) type Restart = Arc<OnceLock<Vec<PathBuf>>>;

/// Closes the window and starts the program again; what is not saved comes back from the journal.
pub(super) fn restart(app: &mut App, ctx: &egui::Context) {
    let saved = (!app.is_unsaved()).then(|| app.shell.origin.path.clone());
    // Pressed twice, it is asked for once.
    let _ = app.shell.restart.set(saved.flatten().into_iter().collect());
    app.shell.quitting = true;
    ctx.send_viewport_cmd(egui::ViewportCommand::Close);
}

/// Hears dialogs, drops and the window.
pub(super) fn logic(app: &mut App, ctx: &egui::Context) {
    work::start(app, ctx);
    edit::logic(app, ctx);
    engine_work::logic(app, ctx);
    object_mask::logic(app, ctx);
    files::logic(app, ctx);
    hear_clipboard(app, ctx);
    dropped::logic(app, ctx);
    if ctx.input(|input| input.viewport().close_requested()) && !app.shell.quitting {
        ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
        // A question that is open is answered first.
        if app.shell.question.is_none() {
            files::leave(app, ctx, Next::Quit);
        }
    }
    use_settings(app, ctx);
    // A mask is a tool, not the picture.
    let mark = if work::unsaved(app).picture { "*" } else { "" };
    let title = format!("{}{mark} - {TITLE}", app.shell.origin.title);
    if title != app.shell.title {
        ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
        app.shell.title = title;
    }
    work::frame(app, ctx);
}

/// Whether the picture is yet to come on the screen: what takes the processor from drawing it waits so long.
fn starts(app: &mut App, ctx: &egui::Context) -> bool {
    let shell = &mut app.shell;
    let Some(begun) = shell.begun else {
        return false;
    };
    ctx.request_repaint();
    if app.canvas.is_some() && shell.canvas == egui::Rect::ZERO {
        return true;
    }
    let ms = begun.elapsed().as_millis();
    tracing::info!("The first frame was drawn {ms} ms after the window was asked for.");
    shell.begun = None;
    false
}

/// The longest that the first frame waits for its picture to be read.
const FIRST_READ: Duration = Duration::from_millis(300);

/// Draws dialogs and notices over everything; the canvas lies at `canvas`.
pub(super) fn windows(app: &mut App, ctx: &egui::Context, canvas: egui::Rect) {
    app.shell.canvas = canvas;
    preferences::show(&mut app.shell, ctx);
    keys::show(&mut app.shell, ctx);
    toasts::log(&mut app.shell, ctx);
    toasts::show(
        app,
        ctx,
        canvas.right_bottom() - egui::vec2(0.0, raised(app)),
    );
    dropped::show(app, ctx);
    palette::show(app, ctx);
    mask_words::show(app, ctx);
    analysis::show(app, ctx);
    object_mask::show(app, ctx);
    scale::show(app, ctx);
    new_canvas::ask(app, ctx);
    edit::show(&mut app.shell, ctx);
    engine_work::show(app, ctx);
    question::show(app, ctx);
    recovery::show(app, ctx);
    // Again, since no frame may follow.
    work::frame(app, ctx);
}

/// How high what lies at the canvas's lower edge is, to be above what is offered at the picture; points.
fn raised(app: &App) -> f32 {
    match studio::offers_at_picture(&app.studio) {
        true => studio::BUTTONS,
        false => 0.0,
    }
}

/// Uses settings that have changed, and keeps them.
fn use_settings(app: &mut App, ctx: &egui::Context) {
    app.shell.settings.board = Remembered::of(&app.board);
    let shell = &mut app.shell;
    if shell.used.as_ref() != Some(&shell.settings) {
        let settings = &shell.settings;
        ctx.set_theme(settings.theme);
        ctx.set_zoom_factor(settings.scale);
        app.document.set_history_budget(settings.undo_budget << 20);
        shell.used = Some(settings.clone());
        // A slider that is being dragged changes them with every frame.
        ctx.request_repaint_after(Duration::from_millis(500));
        return;
    }
    let settled = !ctx.input(|input| input.pointer.any_down());
    if shell.settings != shell.kept && settled {
        shell.kept = shell.settings.clone();
        if let Some(path) = shell.places.settings.clone() {
            let settings = Box::new(shell.settings.clone());
            files::send(&mut app.shell, ctx, Errand::Keep { path, settings });
        }
    }
}

/// Whether a window is open that Escape closes.
fn window_open(shell: &Shell) -> bool {
    let lists = shell.keys.is_some() || shell.settings_open || shell.log_open;
    lists || shell.mask_words.is_some() || shell.analysis.is_some()
}

/// Closes one of them.
fn close_window(shell: &mut Shell) {
    let closed = shell.keys.take().is_some()
        || std::mem::take(&mut shell.settings_open)
        || std::mem::take(&mut shell.log_open)
        || shell.mask_words.take().is_some();
    if !closed {
        shell.analysis = None;
    }
}

fn copy(app: &mut App, ctx: &egui::Context) {
    let picture = app.document.seen();
    let part = app.studio.layer().map(|layer| layer.patch);
    let shell = &mut app.shell;
    if let Err(line) = shell.clipboard.copy(ctx, picture, part) {
        shell.notices.fail(line);
    }
}

fn paste(shell: &mut Shell, ctx: &egui::Context) {
    if let Err(line) = shell.clipboard.paste(ctx) {
        shell.notices.fail(line);
    }
}

/// Asks the clipboard for a recipe.
fn paste_recipe(shell: &mut Shell, ctx: &egui::Context) {
    if let Err(line) = shell.clipboard.paste_text(ctx) {
        shell.notices.fail(line);
    }
}

fn hear_clipboard(app: &mut App, ctx: &egui::Context) {
    while let Some(clip) = app.shell.clipboard.poll() {
        match clip {
            Clip::Pasted(picture, traits) => pasted(app, ctx, picture, traits),
            Clip::Text(text) => recipe_file::take_pasted(app, &text),
            Clip::Copied => app.shell.notices.say(texts::COPIED),
            Clip::Nothing => app.shell.notices.say(texts::NOTHING_TO_PASTE),
            Clip::Failed(line) => app.shell.notices.fail(line),
        }
    }
}

/// Opens a picture that was pasted, or takes it as the mask when it looks like one.
fn pasted(app: &mut App, ctx: &egui::Context, picture: Picture, traits: Traits) {
    match recognise(traits, app.document.size()) {
        Likeness::Mask => mask_file::take(app, ctx, texts::PASTED.get(), picture),
        Likeness::Picture | Likeness::Doubt => {
            files::leave(app, ctx, Next::Pasted(picture, traits.transparent));
        }
    }
}

/// The last part of a path, for a person.
fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
