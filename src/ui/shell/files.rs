//! Opening, saving, importing and exporting: what is done with what was asked for and what came of it.
//!
//! Does not read or write anything itself; [`disk`](super::disk) does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui;

use super::disk::{Done, Errand, Purpose, Read};
use super::origin::{Kept, KeptSketch, Origin};
use super::question::{Left, Question};
use super::recognise::{Likeness, recognise};
use super::work::{self, Arrived, KeptWork, WorkTask};
use super::{App, Shell};
use super::{mask_file, name_of, new_canvas, recipe_file, reference, result_file};
use crate::document::Document;
use crate::project::{self, Orphan};
use crate::raster::file::{self, PictureFile};
use crate::raster::{Mask, Picture};
use crate::sample::SAMPLES;
use crate::ui::dialog::{Answer, Ask, Wanted};
use crate::ui::room;
use crate::ui::studio;
use crate::ui::texts::shell as texts;
use crate::ui::texts::work as work_texts;
use crate::ui::thread;

/// Masks of other pictures that are held on to.
const MASKS: usize = 8;

/// What follows when the artist has decided about unsaved work.
pub(super) enum Next {
    /// End the program.
    Quit,
    /// Open a picture, and after it what may be its mask.
    Open(PathBuf, Option<PathBuf>),
    /// Open a picture that was already read.
    Show(Box<Read>),
    /// Open a project that was already read.
    Work(Box<Arrived>),
    /// Recover work that was left behind.
    Recover(Orphan),
    /// Open a sample, by its place in the list.
    Sample(usize),
    /// Open a picture from the clipboard, and whether something shines through it.
    Pasted(Picture, bool),
    /// Ask for the size of a new canvas.
    NewCanvas,
}

/// What is being saved, until it is.
#[derive(Default)]
pub(super) struct Saving {
    pub picture: Kept<Picture>,
    pub sketch: KeptSketch,
    pub mask: Kept<Mask>,
    /// What a project keeps beside them.
    pub work: Option<KeptWork>,
    /// What follows when it is saved.
    pub next: Option<Next>,
}

/// Asks about unsaved work, if there is any, and goes on.
pub(super) fn leave(app: &mut App, ctx: &egui::Context, next: Next) {
    let unsaved = work::unsaved(app);
    // The mask of a picture with a file waits for it, as long as the program runs.
    let mask_waits = app.shell.origin.path.is_some() && !matches!(next, Next::Quit);
    // A project keeps them.
    let results = match work::is_open(&app.shell) {
        true => 0,
        false => app.studio.unkept(),
    };
    // Who kept one has chosen.
    let unchosen = results > 0 && app.studio.kept_recipe().is_none();
    let what = match (unsaved.picture, unsaved.mask && !mask_waits) {
        (true, _) => Left::Picture,
        // A project has the mask too.
        (false, _) if unchosen => Left::Results,
        (false, true) => Left::Mask,
        (false, false) => return go(app, ctx, next),
    };
    app.shell.question = Some(Question::Unsaved {
        what,
        results,
        next,
    });
}

/// Goes on, whatever is unsaved.
pub(super) fn go(app: &mut App, ctx: &egui::Context, next: Next) {
    match next {
        Next::Quit => {
            app.shell.quitting = true;
            work::end(app, ctx);
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
        Next::Open(path, mask) => {
            let purpose = Purpose::Open;
            send(&mut app.shell, ctx, Errand::Read { path, purpose });
            if let Some(path) = mask {
                let purpose = Purpose::Recognise;
                send(&mut app.shell, ctx, Errand::Read { path, purpose });
            }
        }
        Next::Show(read) => show(app, *read),
        Next::Work(arrived) => work::show(app, *arrived),
        Next::Recover(orphan) => send(&mut app.shell, ctx, Errand::Work(WorkTask::Recover(orphan))),
        Next::Sample(index) => open_sample(app, index),
        Next::NewCanvas => new_canvas::open(app),
        Next::Pasted(picture, transparent) => {
            if fits(app, texts::PASTED.get(), &picture) {
                let document = Document::new(picture);
                let origin = Origin::unsaved(texts::PASTED.into(), transparent, &document);
                put(app, document, origin);
                app.studio.leave_sample();
            }
        }
    }
}

/// Opens what was given on the command line: a picture and perhaps its mask, else asks which.
pub(super) fn open_all(app: &mut App, ctx: &egui::Context, mut paths: Vec<PathBuf>) {
    let called_mask = |path: &PathBuf| name_of(path).to_lowercase().contains("mask");
    if paths.len() == 2 && called_mask(&paths[0]) && !called_mask(&paths[1]) {
        paths.swap(0, 1);
    }
    match paths.as_slice() {
        [] => {}
        [picture] => leave(app, ctx, Next::Open(picture.clone(), None)),
        [picture, mask] if called_mask(mask) => {
            leave(app, ctx, Next::Open(picture.clone(), Some(mask.clone())));
        }
        _ => app.shell.question = Some(Question::Which { paths }),
    }
}

/// Opens a dialog.
pub(super) fn ask(shell: &mut Shell, ctx: &egui::Context, wanted: Wanted) {
    let origin = &shell.origin;
    let recent = shell.settings.recent.first();
    let near = origin.path.as_ref().or(origin.source.as_ref()).or(recent);
    let stem = room::stem(Path::new(&origin.title));
    let name = match wanted {
        Wanted::MaskTarget => format!("{stem}-mask.png"),
        Wanted::SheetTarget => format!("{stem}-sheet.png"),
        Wanted::ResultTarget => format!("{}.png", shell.result_name),
        Wanted::ProjectTarget => work::file_name(&stem),
        // Also what was recovered, or is damaged: it has no file but a file's name.
        _ if origin.path.is_some() || work::names_a_file(&origin.title) => origin.title.clone(),
        _ => format!("{stem}.png"),
    };
    let near = near.and_then(|path| path.parent()).map(Path::to_owned);
    let folder = match wanted {
        Wanted::ResultTarget => result_file::folder(shell).or(near),
        _ => near,
    };
    let ask = Ask {
        wanted,
        folder,
        name,
    };
    if let Err(line) = shell.dialog.ask(ctx, &shell.picker, ask) {
        shell.notices.fail(line);
    }
}

/// Takes the file of a network that was chosen.
fn network_chosen(app: &mut App, wanted: Wanted, path: PathBuf) {
    let settings = &mut app.shell.settings;
    match wanted {
        Wanted::Detector => settings.detector = Some(path),
        Wanted::Segmenter => settings.segmenter = Some(path),
        Wanted::Tagger => settings.tagger = Some(path),
        Wanted::Captioner => settings.captioner = Some(path),
        Wanted::Sam => settings.sam = Some(path),
        _ => {
            settings.upscaler = Some(path);
            let scaling = app.shell.scaling.iter_mut();
            scaling.for_each(|scaling| scaling.upscale = true);
        }
    }
}

/// Goes on with the path that was chosen.
pub(super) fn chosen(app: &mut App, ctx: &egui::Context, wanted: Wanted, mut path: PathBuf) {
    // Some dialogs give a name as it was typed.
    let usual = match wanted == Wanted::PictureTarget && work::is_open(&app.shell) {
        true => project::EXTENSION,
        false => "png",
    };
    if wanted.is_target() && path.extension().is_none() && !path.with_extension(usual).exists() {
        path.set_extension(usual);
    }
    match wanted {
        Wanted::Picture => leave(app, ctx, Next::Open(path, None)),
        Wanted::PictureTarget => save_to(app, ctx, path),
        Wanted::MaskTarget => export_to(app, ctx, path),
        Wanted::SheetTarget => app.with_studio(ctx, |host| studio::save_sheet(host, ctx, path)),
        Wanted::ResultTarget => recipe_file::save_result(app, ctx, path),
        Wanted::ProjectTarget => {
            if let Some(path) = work::target(&mut app.shell, path) {
                work::save(app, ctx, path);
            }
        }
        Wanted::Mask => read(app, ctx, path, Purpose::Mask),
        Wanted::Reference => read(app, ctx, path, Purpose::Reference),
        network => network_chosen(app, network, path),
    }
}

fn read(app: &mut App, ctx: &egui::Context, path: PathBuf, purpose: Purpose) {
    send(&mut app.shell, ctx, Errand::Read { path, purpose });
}

/// Saves to the document's file, or asks for one.
pub(super) fn save(app: &mut App, ctx: &egui::Context) {
    let origin = &app.shell.origin;
    match origin.path.clone() {
        None => ask(&mut app.shell, ctx, Wanted::PictureTarget),
        Some(_) if !work::unsaved(app).picture => {
            app.shell.notices.say(match work::is_open(&app.shell) {
                true => work_texts::SAVED_ALREADY,
                false => texts::SAVED_ALREADY,
            });
            if let Some(next) = app.shell.saving.next.take() {
                leave(app, ctx, next);
            }
        }
        Some(path) if result_file::saves_beside(&app.shell) => {
            let copy = result_file::beside(&app.shell, &path);
            save_to(app, ctx, copy);
        }
        Some(path) => save_to(app, ctx, path),
    }
}

/// Saves, and goes on when it is saved.
pub(super) fn save_then(app: &mut App, ctx: &egui::Context, what: Left, next: Next) {
    app.shell.saving.next = Some(next);
    match what {
        Left::Picture => save(app, ctx),
        Left::Mask => ask(&mut app.shell, ctx, Wanted::MaskTarget),
        Left::Results => ask(&mut app.shell, ctx, Wanted::ProjectTarget),
    }
}

/// Saves to a file; asks once when that loses something.
fn save_to(app: &mut App, ctx: &egui::Context, path: PathBuf) {
    if work::is_named(&path) {
        return work::save(app, ctx, path);
    }
    let origin = &app.shell.origin;
    let losses = origin.losses(&path);
    let agreed = origin.agreed && origin.path.as_deref() == Some(&path);
    if losses.is_empty() || agreed {
        write(app, ctx, path);
    } else {
        app.shell.question = Some(Question::Lossy { path, losses });
    }
}

/// Saves to a file, whatever that loses.
pub(super) fn write(app: &mut App, ctx: &egui::Context, path: PathBuf) {
    app.shell.saving.picture = Kept::now(&app.document, app.document.picture());
    app.shell.saving.sketch = KeptSketch::now(&app.document);
    let metadata = recipe_file::metadata(app, &path);
    let errand = Errand::Save {
        path,
        // A picture format has no layers: what is seen is saved.
        picture: app.document.seen(),
        over: None,
        metadata,
        own: true,
    };
    send(&mut app.shell, ctx, errand);
}

fn export_to(app: &mut App, ctx: &egui::Context, path: PathBuf) {
    let mask = Arc::clone(app.document.mask());
    app.shell.saving.mask = Kept::now(&app.document, &mask);
    send(&mut app.shell, ctx, Errand::Export { path, mask });
}

pub(super) fn send(shell: &mut Shell, ctx: &egui::Context, errand: Errand) {
    if let Err(line) = shell.disk.send(ctx, errand) {
        shell.notices.fail(line);
    }
}

/// Hears the dialog and the disk.
pub(super) fn logic(app: &mut App, ctx: &egui::Context) {
    match app.shell.dialog.poll() {
        Some(Answer::Path(ask, path)) => chosen(app, ctx, ask.wanted, path),
        Some(Answer::NoDialog(ask)) => {
            tracing::info!("the system shows no file dialog, the path is asked for in the window");
            let folder = ask.folder.clone().unwrap_or_default();
            let name = if ask.wanted.is_target() {
                ask.name.as_str()
            } else {
                ""
            };
            let typed = folder.join(name).to_string_lossy().into_owned();
            app.shell.question = Some(Question::Path { ask, typed });
        }
        // Who does not want to save after all does not want to go on either.
        Some(Answer::Cancelled) => {
            let next = app.shell.saving.next.take();
            work::stay(&mut app.shell, next);
        }
        None => {}
    }
    while let Some(done) = app.shell.disk.poll() {
        match done {
            Ok(done) => finish(app, ctx, done),
            Err(line) => app.shell.notices.fail(line),
        }
    }
}

fn finish(app: &mut App, ctx: &egui::Context, done: Done) {
    match done {
        Done::Read(read) => arrive(app, ctx, *read),
        Done::Text(path, text) => recipe_file::arrived(app, &path, text),
        Done::Work(outcome) => work::finish(app, ctx, outcome),
        Done::Unread(path, error) => {
            app.shell.settings.recent.retain(|recent| *recent != path);
            app.shell.notices.fail(error.to_string());
        }
        Done::Saved {
            path,
            notes,
            own: false,
        } => {
            app.shell.notices.say(texts::saved(&path));
            tell(app, &name_of(&path), &notes);
        }
        Done::Saved { path, notes, .. } => {
            let kept = std::mem::take(&mut app.shell.saving.picture);
            let sketch = std::mem::take(&mut app.shell.saving.sketch);
            app.shell.origin.picture_kept(&path, kept, sketch);
            work::picture_saved(&mut app.shell);
            app.shell.settings.remember(&path);
            app.shell.notices.say(texts::saved(&path));
            tell(app, &name_of(&path), &notes);
            if let Some(next) = app.shell.saving.next.take() {
                leave(app, ctx, next);
            }
        }
        Done::Exported { path, notes } => {
            let kept = std::mem::take(&mut app.shell.saving.mask);
            app.shell.origin.mask_kept(kept);
            app.shell.notices.say(texts::mask_saved(&path));
            tell(app, &name_of(&path), &notes);
            if let Some(next) = app.shell.saving.next.take() {
                leave(app, ctx, next);
            }
        }
        Done::Unwritten { error, own } => {
            // A result that could not be saved as it came holds nothing up.
            let next = app.shell.saving.next.take_if(|_| own);
            work::stay(&mut app.shell, next);
            app.shell.notices.fail(error.to_string());
        }
        Done::Unkept(path, error) => {
            let line = texts::settings_not_kept(&path, &error);
            app.shell.notices.fail(line);
        }
        Done::Canvas(document) => new_canvas::show(app, *document),
        Done::Kept => {}
    }
}

/// A picture was read.
fn arrive(app: &mut App, ctx: &egui::Context, read: Read) {
    let name = name_of(&read.path);
    for line in &read.losses {
        app.shell.notices.fail(line);
    }
    match read.purpose {
        Purpose::Open => show(app, read),
        Purpose::Mask => mask_file::take(app, ctx, &name, read.file.picture),
        Purpose::Recognise => match recognise(read.traits, app.document.size()) {
            Likeness::Mask => mask_file::take(app, ctx, &name, read.file.picture),
            Likeness::Picture => leave(app, ctx, Next::Show(Box::new(read))),
            Likeness::Doubt => {
                app.shell.question = Some(Question::PictureOrMask {
                    name,
                    read: Box::new(read),
                });
            }
        },
        Purpose::Reference => reference::take(app, name, read.file),
    }
}

/// Opens a picture that was read.
fn show(app: &mut App, read: Read) {
    let Read {
        path, file, traits, ..
    } = read;
    let PictureFile {
        picture,
        metadata,
        notes,
        ..
    } = file;
    let name = name_of(&path);
    if !fits(app, &name, &picture) {
        return;
    }
    let size = picture.size();
    let waiting = app.shell.masks.iter().position(|(of, _)| *of == path);
    let waiting = waiting.map(|index| app.shell.masks.remove(index).1);
    let mask = waiting.filter(|mask| mask.size() == size);
    let restored = mask.is_some();
    let document = match mask {
        Some(mask) => Document::with_masked(picture, mask),
        None => Document::new(picture),
    };
    let mut origin = Origin::of_file(
        &path,
        metadata,
        notes.clone(),
        traits.transparent,
        &document,
    );
    if restored {
        origin.mask_unsaved();
    }
    put(app, document, origin);
    app.studio.leave_sample();
    let metadata = &app.shell.origin.metadata;
    app.studio
        .offer_recipe(&mut app.shell.notices, metadata, &name);
    app.shell.settings.remember(&path);
    app.shell.notices.say(texts::opened(&name, size));
    if restored {
        app.shell.notices.say(texts::MASK_RESTORED);
    }
    tell(app, &name, &notes);
}

/// Whether the graphics device and the files can hold a picture; says so when not.
pub(super) fn fits(app: &mut App, name: &str, picture: &Picture) -> bool {
    let device = app.canvas.as_ref().map(|canvas| canvas.max_side());
    let limit = device.unwrap_or(file::MAX_SIDE).min(file::MAX_SIDE);
    let size = picture.size();
    let fits = size.width.max(size.height) <= limit && !size.is_empty();
    if !fits {
        let line = texts::too_large(name, size, limit);
        app.shell.notices.fail(line);
    }
    fits
}

fn open_sample(app: &mut App, index: usize) {
    let Some(sample) = SAMPLES.get(index) else {
        return;
    };
    match sample.unpack() {
        Ok(contents) => {
            let document = Document::with_mask(contents.picture, contents.mask);
            let origin = Origin::new(sample.title(), &document);
            let line = texts::opened(&origin.title, document.size());
            put(app, document, origin);
            app.studio.use_sample(contents.recipe);
            app.shell.notices.say(line);
        }
        Err(error) => app.shell.notices.fail(error.to_string()),
    }
}

/// Puts another document in the place of the open one, whose mask waits until its picture is opened again.
pub(super) fn put(app: &mut App, document: Document, origin: Origin) {
    app.shell.blank = Kept::default();
    app.shell.editing = None;
    super::engine_work::call_off(app);
    let old = std::mem::replace(&mut app.document, document);
    let left = std::mem::replace(&mut app.shell.origin, origin);
    let own = left.path.filter(|_| left.work.is_none());
    if let Some(path) = own.filter(|_| old.mask_bounds().is_some()) {
        app.shell.masks.retain(|(of, _)| *of != path);
        app.shell.masks.push((path, old.masked()));
        if app.shell.masks.len() > MASKS {
            app.shell.masks.remove(0);
        }
    }
    thread::dispose(old);
    app.document
        .set_history_budget(app.shell.settings.undo_budget << 20);
    app.board.view = None;
    app.studio.picture_opened();
}

pub(super) fn tell(app: &mut App, name: &str, notes: &[file::Note]) {
    for &note in notes {
        app.shell.notices.say(texts::noted(name, note));
    }
}
