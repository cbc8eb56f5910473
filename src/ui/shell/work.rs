//! Projects and the journal: the whole work, into files and back.
//!
//! Does not know pictures of other formats, which [`files`](super::files) sees to, nor how work that was left behind is offered.

mod task;

use std::path::{Path, PathBuf};

use eframe::egui;

use super::disk::Errand;
use super::files::{self, Next};
use super::origin::{Kept, KeptSketch, Origin, Unsaved};
use super::recovery::Offer;
use super::{Places, Shell};
use crate::document::CandidateId;
use crate::project::{self, Desk, Journal, Orphan, Work};
use crate::raster::file::Format;
use crate::recipe::Recipe;
use crate::recipe::parsed::Others;
use crate::ui::shell::App;
use crate::ui::studio::Studio;
use crate::ui::texts::shell as texts;
use crate::ui::texts::work as work_texts;

pub(super) use task::{Arrived, WorkDone, WorkTask, read};

/// What keeps the work beyond the program's end.
#[derive(Default)]
pub(super) struct Keeping {
    started: bool,
    journal: Option<Box<Journal>>,
    /// What the recipe was when the picture was opened or saved, and of which picture.
    recipe: Option<(u64, Recipe)>,
    /// Work that was recovered, until the journal has it: the frame that holds it, once one does.
    taken_over: Vec<(Orphan, Option<u64>)>,
    /// Whether the journal's trouble was told.
    told: bool,
    /// Work that was left behind, to be decided on.
    pub offer: Offer,
}

/// What a project's file has beside picture and mask.
pub(super) struct KeptWork {
    /// With a star or without one.
    candidates: Vec<(CandidateId, bool)>,
    recipe: Recipe,
    others: Option<Others>,
}

impl KeptWork {
    fn now(studio: &Studio) -> Self {
        Self {
            candidates: Self::marked(studio).collect(),
            recipe: studio.recipe.clone(),
            others: studio.others().cloned(),
        }
    }

    fn marked(studio: &Studio) -> impl Iterator<Item = (CandidateId, bool)> {
        let held = studio.held().into_iter();
        held.map(|held| (held.id, held.result.starred))
    }

    fn is(&self, studio: &Studio) -> bool {
        Self::marked(studio).eq(self.candidates.iter().copied())
            && same(&self.recipe, &studio.recipe)
            && self.others.as_ref() == studio.others()
    }
}

/// Whether two recipes are the same but for the seed, which every repaint changes.
fn same(one: &Recipe, other: &Recipe) -> bool {
    one == other
        || *one
            == Recipe {
                seed: one.seed,
                ..other.clone()
            }
}

/// Whether a file's name says that it is a project.
pub(super) fn is_named(path: &Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|it| it.eq_ignore_ascii_case(project::EXTENSION))
}

/// Whether a title is the name of a file that can be written.
pub(super) fn names_a_file(title: &str) -> bool {
    let path = Path::new(title);
    is_named(path) || Format::of_path(path).is_ok()
}

/// What of the document is not kept; all of a project counts as its picture.
pub(super) fn unsaved(app: &App) -> Unsaved {
    let origin = &app.shell.origin;
    let Some(kept) = &origin.work else {
        return origin.unsaved_in(&app.document);
    };
    let beside = kept.is(&app.studio);
    let kept = beside && origin.has_all(&app.document);
    Unsaved {
        picture: !kept,
        mask: false,
    }
}

/// Starts the journal and looks for work that was left behind, once.
pub(super) fn start(app: &mut App, ctx: &egui::Context) {
    if std::mem::replace(&mut app.shell.work.started, true) {
        return;
    }
    if let Some(journals) = app.shell.places.journals.clone() {
        let ctx = ctx.clone();
        send(app, &ctx.clone(), WorkTask::Start { journals, ctx });
    }
}

/// Ends the journal: everything is saved, or not wanted.
pub(super) fn end(app: &mut App, ctx: &egui::Context) {
    for (orphan, _) in std::mem::take(&mut app.shell.work.taken_over) {
        send(app, ctx, WorkTask::Forget(orphan));
    }
    if let Some(journal) = app.shell.work.journal.take() {
        send(app, ctx, WorkTask::Finish(journal));
    }
}

/// Writes down what has changed; costs next to nothing when nothing has.
pub(super) fn frame(app: &mut App, ctx: &egui::Context) {
    if app.shell.work.journal.is_none() {
        return;
    }
    let unsaved = would_be_missed(app);
    let App {
        document,
        studio,
        shell,
        ..
    } = app;
    let Shell {
        work,
        origin,
        notices,
        places,
        ..
    } = shell;
    let Some(journal) = &mut work.journal else {
        return;
    };
    let recorded = journal.record(document, &desk(origin, studio, unsaved));
    if let Some(reason) = journal.trouble()
        && !std::mem::replace(&mut work.told, true)
    {
        notices.fail(work_texts::not_written(&folder(places), &reason));
    }
    for (_, frame) in &mut work.taken_over {
        if recorded {
            frame.get_or_insert(journal.sent());
        }
    }
    let synced = journal.synced();
    let has = |(_, frame): &(Orphan, Option<u64>)| frame.is_some_and(|frame| frame <= synced);
    let safe: Vec<_> = work.taken_over.extract_if(.., |taken| has(taken)).collect();
    for (orphan, _) in safe {
        send(app, ctx, WorkTask::Forget(orphan));
    }
}

/// Whether the artist would miss anything if the program were gone now.
fn would_be_missed(app: &mut App) -> bool {
    let number = app.studio.picture();
    let work = &mut app.shell.work;
    if work.recipe.as_ref().is_none_or(|(of, _)| *of != number) {
        work.recipe = Some((number, app.studio.recipe.clone()));
    }
    let unsaved = unsaved(app);
    if unsaved.picture || unsaved.mask || app.shell.origin.work.is_some() {
        return unsaved.picture || unsaved.mask;
    }
    let recipe = app.shell.work.recipe.as_ref();
    !app.studio.held().is_empty()
        || recipe.is_some_and(|(_, recipe)| !same(recipe, &app.studio.recipe))
}

fn desk<'a>(origin: &'a Origin, studio: &'a Studio, unsaved: bool) -> Desk<'a> {
    Desk {
        title: &origin.title,
        source: origin.path.as_deref().or(origin.source.as_deref()),
        metadata: &origin.metadata,
        opened: studio.picture(),
        recipe: &studio.recipe,
        control_pictures: studio.control_pictures(),
        others: studio.others(),
        made: studio.kept_recipe(),
        candidates: studio.held(),
        unsaved,
    }
}

fn folder(places: &Places) -> PathBuf {
    places.journals.clone().unwrap_or_default()
}

/// Saves everything to a project's file.
pub(super) fn save(app: &mut App, ctx: &egui::Context, path: PathBuf) {
    let desk = desk(&app.shell.origin, &app.studio, false);
    let mut work = Work::of(&app.document, &desk);
    work.source = picture_source(&app.shell.origin);
    let saving = &mut app.shell.saving;
    saving.picture = Kept::now(&app.document, app.document.picture());
    saving.sketch = KeptSketch::now(&app.document);
    saving.mask = Kept::now(&app.document, app.document.mask());
    saving.work = Some(KeptWork::now(&app.studio));
    let work = Box::new(work);
    send(app, ctx, WorkTask::Save { path, work });
}

/// The picture's file that the work began with.
fn picture_source(origin: &Origin) -> Option<PathBuf> {
    let own = origin.path.clone().filter(|path| !is_named(path));
    own.or_else(|| origin.source.clone())
}

fn send(app: &mut App, ctx: &egui::Context, task: WorkTask) {
    files::send(&mut app.shell, ctx, Errand::Work(task));
}

/// Sees to what came of a task.
pub(super) fn finish(app: &mut App, ctx: &egui::Context, outcome: WorkDone) {
    match outcome {
        WorkDone::Started { journal, orphans } => {
            match journal {
                // The artist was faster.
                Ok(journal) if app.shell.quitting => send(app, ctx, WorkTask::Finish(journal)),
                Ok(journal) => app.shell.work.journal = Some(journal),
                Err(error) => {
                    let line = work_texts::not_started(&folder(&app.shell.places), &error);
                    app.shell.notices.fail(line);
                }
            }
            app.shell.work.offer.found(orphans);
        }
        WorkDone::Saved(path) => saved(app, ctx, &path),
        WorkDone::Unsaved(error) => {
            let next = app.shell.saving.next.take();
            stay(&mut app.shell, next);
            app.shell.notices.fail(error.to_string());
        }
        WorkDone::Opened(arrived) => show(app, *arrived),
        WorkDone::Recognised(arrived) => files::leave(app, ctx, Next::Work(arrived)),
        WorkDone::Unread(path, error) => {
            app.shell.settings.recent.retain(|recent| *recent != path);
            app.shell.notices.fail(error.to_string());
        }
        WorkDone::Unrecovered(orphan, error) => {
            app.shell.notices.fail(error.to_string());
            app.shell.work.offer.put_back(orphan);
        }
        WorkDone::Done => {}
    }
}

fn saved(app: &mut App, ctx: &egui::Context, path: &Path) {
    let saving = &mut app.shell.saving;
    let saved = std::mem::take(saving);
    let origin = &mut app.shell.origin;
    origin.source = picture_source(origin);
    origin.picture_kept(path, saved.picture, saved.sketch);
    origin.mask_kept(saved.mask);
    origin.work = saved.work;
    app.shell.settings.remember(path);
    app.shell.notices.say(texts::saved(path));
    if let Some(next) = saved.next {
        files::leave(app, ctx, next);
    }
}

/// The artist does not go on after all: work that was to be recovered waits again.
pub(super) fn stay(shell: &mut Shell, next: Option<Next>) {
    if let Some(Next::Recover(orphan)) = next {
        shell.work.offer.put_back(orphan);
    }
}

/// The picture was saved to a file of its own: its recipe is no longer missed.
pub(super) fn picture_saved(shell: &mut Shell) {
    shell.work.recipe = None;
}

/// Opens work that was read.
pub(super) fn show(app: &mut App, arrived: Arrived) {
    let Arrived {
        title,
        path,
        document,
        transparent,
        work,
        lost,
        foreign,
        unknown_modes,
        recovered,
    } = arrived;
    if !files::fits(app, &title, document.picture()) {
        if let Some((orphan, _)) = recovered {
            app.shell.work.offer.put_back(orphan);
        }
        return;
    }
    let Work {
        metadata,
        source,
        recipe,
        control_pictures,
        others,
        made,
        candidates,
        ..
    } = work;
    let size = document.size();
    let whole = lost.is_empty() && recovered.is_none();
    let mut origin = match &path {
        // What is damaged, foreign or recovered is not written over unasked.
        Some(path) if whole && !foreign => {
            Origin::of_file(path, metadata, Vec::new(), transparent, &document)
        }
        _ if whole => Origin::new(title.clone(), &document).with_metadata(metadata),
        _ => Origin::unsaved(title.clone(), transparent, &document).with_metadata(metadata),
    };
    origin.source = source;
    if !whole {
        origin.mask_unsaved();
    }
    files::put(app, document, origin);
    if !foreign {
        app.studio.use_recipe(recipe);
        app.studio.show_controls(control_pictures);
        let misfits = app.studio.restore(&app.document, others, made, candidates);
        if misfits > 0 {
            app.shell
                .notices
                .fail(work_texts::results_lost(&title, misfits));
        }
    }
    if app.shell.origin.path.is_some() {
        app.shell.origin.work = Some(KeptWork::now(&app.studio));
    }
    if let Some(path) = &path {
        app.shell.settings.remember(path);
    }
    match recovered {
        Some((orphan, torn)) => {
            app.shell.work.taken_over.push((orphan, None));
            app.shell.notices.say(match torn {
                true => work_texts::recovered_torn(&title),
                false => work_texts::recovered(&title),
            });
        }
        None => app.shell.notices.say(texts::opened(&title, size)),
    }
    if foreign {
        app.shell.notices.say(work_texts::FOREIGN);
    }
    for line in work_texts::losses(&title, &lost, &unknown_modes) {
        app.shell.notices.fail(line);
    }
}

/// What a project without a name is offered to be called.
pub(super) fn file_name(stem: &str) -> String {
    format!("{stem}.{}", project::EXTENSION)
}

/// The path that a project is saved to when that one was chosen; none where it would replace another file unasked.
pub(super) fn target(shell: &mut Shell, path: PathBuf) -> Option<PathBuf> {
    if is_named(&path) {
        return Some(path);
    }
    let named = path.with_file_name(file_name(&stem_of(&path)));
    if named.exists() {
        shell.notices.fail(work_texts::name_taken(&named));
        return None;
    }
    Some(named)
}

fn stem_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// Whether the open document is a project's.
pub(super) fn is_open(shell: &Shell) -> bool {
    shell.origin.work.is_some()
}
