//! The models on this machine as the window of models lists them, and downloads.
//!
//! Looks through folders and reads pictures on threads. Does not know how a model is loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use eframe::egui;

use super::super::app::App;
use super::super::room;
use super::super::texts::library as texts;
use super::super::thread::Pending;
use super::{controls, models};
use crate::engine::FileKind;
use crate::library::{Download, Entry, Home, STARTERS, Shelf, Source, State, Tool};
use crate::raster::{Picture, file};

/// Width of the list, points.
const WIDTH: f32 = 400.0;

/// Height of a row of it, and side of the picture in it, points.
const ROW: f32 = 52.0;
const PICTURE: f32 = 48.0;

/// Pictures that are read at once.
const READERS: usize = 2;

/// How often a running download is drawn anew.
const TICK: Duration = Duration::from_millis(250);

/// What is known of the models on this machine.
#[derive(Default)]
pub struct Library {
    shelf: Shelf,
    found: Option<Found>,
    looking: Option<Pending<Found>>,
    saving: Option<Pending<std::io::Result<()>>>,
    search: String,
    kind: Option<FileKind>,
    pictures: BTreeMap<PathBuf, View>,
    downloads: Vec<(String, Download)>,
}

/// What a look through the folders found.
struct Found {
    shelf: Shelf,
    entries: Vec<Entry>,
    offers: Vec<(Tool, PathBuf)>,
}

/// The picture of a model.
enum View {
    Reading(Pending<Option<Picture>>),
    Shown(egui::TextureHandle),
    None,
}

impl Library {
    /// Looks through the folders, as they are chosen now; the first time as they were kept.
    fn look(&mut self, ctx: &egui::Context, home: &Home) {
        let known = self.found.as_ref().map(|_| self.shelf.clone());
        let home = home.clone();
        let work = move || {
            let shelf = known.unwrap_or_else(|| Shelf::load(&home.shelf));
            Found {
                entries: shelf.entries(&home),
                offers: shelf.offers(&home),
                shelf,
            }
        };
        // Without a thread it is tried again with the next opening.
        self.looking = Pending::start(ctx, "model folders", work).ok();
    }

    /// The models that were found.
    pub(super) fn entries(&self) -> &[Entry] {
        self.found.as_ref().map_or(&[], |found| &found.entries)
    }

    /// The folders that models of a kind were found in.
    pub fn folders(&self, kind: FileKind) -> BTreeSet<PathBuf> {
        let of_kind = self.entries().iter().filter(|entry| entry.kind == kind);
        let folders = of_kind.filter_map(|entry| entry.path.parent());
        folders.map(Path::to_owned).collect()
    }

    /// Keeps the artist's choices.
    fn save(&mut self, ctx: &egui::Context, home: &Home) {
        let (shelf, path) = (self.shelf.clone(), home.shelf.clone());
        self.saving = Pending::start(ctx, "library", move || shelf.save(&path)).ok();
    }

    /// Places of the models to be shown, the favourites first and then the recent ones.
    fn rows(&self) -> Vec<usize> {
        let words = self.search.to_lowercase();
        let words: Vec<&str> = words.split_whitespace().collect();
        let fits = |entry: &Entry| {
            if self.kind.is_some_and(|kind| kind != entry.kind) {
                return false;
            }
            if words.is_empty() {
                return true;
            }
            let family = entry.family.as_deref().unwrap_or_default();
            let text = format!("{} {family} {}", entry.name, entry.path.display());
            let text = text.to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        let entries = self.entries();
        let mut rows: Vec<usize> = (0..entries.len())
            .filter(|at| fits(&entries[*at]))
            .collect();
        let recent = |path: &Path| self.shelf.recent.iter().position(|own| own == path);
        rows.sort_by_key(|at| {
            let path = &entries[*at].path;
            let favourite = self.shelf.favourites.contains(path);
            (!favourite, recent(path).unwrap_or(usize::MAX))
        });
        rows
    }

    /// The picture of a model, if it has been read.
    fn picture(&mut self, ctx: &egui::Context, path: &Path) -> Option<egui::TextureHandle> {
        let reads = |view: &&View| matches!(view, View::Reading(_));
        let readers = self.pictures.values().filter(reads).count();
        if !self.pictures.contains_key(path) && readers < READERS {
            let own = path.to_owned();
            let read = Pending::start(ctx, "model picture", move || {
                let picture = file::read(&own).ok()?.picture;
                Some(picture.thumbnail(2 * PICTURE as u32))
            });
            let view = read.map_or(View::None, View::Reading);
            self.pictures.insert(path.to_owned(), view);
        }
        let view = self.pictures.get_mut(path)?;
        if let View::Reading(picture) = view
            && let Some(picture) = picture.poll()
        {
            *view = match picture {
                Ok(Some(picture)) => {
                    View::Shown(room::texture(ctx, path.display().to_string(), &picture))
                }
                Ok(None) | Err(_) => View::None,
            };
        }
        match view {
            View::Shown(texture) => Some(texture.clone()),
            View::Reading(_) | View::None => None,
        }
    }

    fn fetch(&mut self, name: String, source: &str, home: &Home) -> Result<(), String> {
        let source: Source = source.parse().map_err(|error| format!("{name}: {error}"))?;
        let download = Download::start(source, None, home.access.clone());
        let download = download.map_err(|error| format!("{name}: {error}"))?;
        self.downloads.push((name, download));
        Ok(())
    }
}

/// Hears the threads, and looks at the downloads.
pub fn logic(app: &mut App, ctx: &egui::Context) {
    let Some(home) = app.shell.places().library.clone() else {
        return;
    };
    let library = &mut app.studio.models.library;
    if let Some(found) = library.looking.as_ref().and_then(Pending::poll) {
        library.looking = None;
        if let Ok(found) = found {
            let kinds = [FileKind::Lora, FileKind::ControlNet];
            let folders = |library: &Library| kinds.map(|kind| library.folders(kind));
            let before = folders(library);
            library.shelf.clone_from(&found.shelf);
            library.found = Some(found);
            if folders(library) != before {
                // Its prompts may name other LoRAs now; no network is loaded again for that.
                models::load(app);
            }
        }
    }
    let library = &mut app.studio.models.library;
    if let Some(saved) = library.saving.as_ref().and_then(Pending::poll) {
        library.saving = None;
        if let Ok(Err(error)) | Err(error) = saved.map(|saved| saved.map_err(|e| e.to_string())) {
            let line = format!("{}: {error}", texts::NO_HOME);
            app.shell.notices.fail(line);
        }
    }
    let library = &mut app.studio.models.library;
    let running = |(_, download): &&(String, Download)| !download.progress().state.is_end();
    if library.downloads.iter().any(|one| running(&one)) {
        ctx.request_repaint_after(TICK);
    }
    let studio = &app.studio;
    let wanted =
        studio.models.open || studio.controls.wanted || studio.recipe.prompt.contains("<lora:");
    let library = &mut app.studio.models.library;
    if wanted && library.found.is_none() && library.looking.is_none() {
        library.look(ctx, &home);
    }
}

/// Draws the list into the window of models.
pub fn section(app: &mut App, ui: &mut egui::Ui) {
    let Some(home) = app.shell.places().library.clone() else {
        return;
    };
    ui.set_width(WIDTH);
    ui.strong(texts::TITLE);
    offers(app, ui, &home);
    starters(app, ui, &home);
    downloads(app, ui, &home);
    search(app, ui, &home);
    let library = &app.studio.models.library;
    let rows = library.rows();
    let line = match &library.found {
        None => Some(texts::LOOKING),
        Some(found) if found.entries.is_empty() => Some(texts::NOTHING),
        Some(_) if rows.is_empty() => Some(texts::NOTHING_FITS),
        Some(_) => None,
    };
    if let Some(line) = line {
        ui.weak(line);
        return;
    }
    room::beside_bars(ui);
    egui::ScrollArea::vertical()
        .id_salt("library")
        .max_height(420.0)
        .auto_shrink([false, true])
        .show_rows(ui, ROW, rows.len(), |ui, shown| {
            for at in &rows[shown] {
                // A click in the list may begin another look.
                let entry = app.studio.models.library.entries().get(*at).cloned();
                if let Some(entry) = entry {
                    row(app, ui, &entry, &home);
                }
            }
        });
}

fn search(app: &mut App, ui: &mut egui::Ui, home: &Home) {
    let library = &mut app.studio.models.library;
    ui.horizontal(|ui| {
        let field = egui::TextEdit::singleline(&mut library.search)
            .hint_text(texts::SEARCH_HINT)
            .desired_width(180.0);
        ui.add(field).on_hover_text(texts::SEARCH_TOOLTIP);
        let shown = library.kind.map_or(texts::EVERY_KIND, texts::kind);
        egui::ComboBox::from_id_salt("kind of model")
            .selected_text(shown)
            .show_ui(ui, |ui| {
                ui.selectable_value(&mut library.kind, None, texts::EVERY_KIND);
                for kind in FileKind::ALL {
                    ui.selectable_value(&mut library.kind, Some(*kind), texts::kind(*kind));
                }
            })
            .response
            .on_hover_text(texts::KIND_TOOLTIP);
        let idle = library.looking.is_none();
        let again = ui
            .add_enabled(idle, egui::Button::new(texts::LOOK_AGAIN))
            .on_hover_text(texts::LOOK_AGAIN_TOOLTIP);
        if again.clicked() {
            library.look(ui.ctx(), home);
        }
    });
}

/// Folders of other tools that were found.
fn offers(app: &mut App, ui: &mut egui::Ui, home: &Home) {
    let library = &mut app.studio.models.library;
    let offers = library.found.as_ref().map(|found| found.offers.clone());
    for (tool, root) in offers.unwrap_or_default() {
        let mut taken = None;
        ui.horizontal_wrapped(|ui| {
            ui.label(texts::offer(tool))
                .on_hover_text(root.display().to_string());
            let take = ui.button(texts::USE).on_hover_text(texts::USE_TOOLTIP);
            let leave = ui
                .button(texts::NOT_NOW)
                .on_hover_text(texts::NOT_NOW_TOOLTIP);
            taken = match (take.clicked(), leave.clicked()) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            };
        });
        let Some(take) = taken else { continue };
        if take {
            library.shelf.add(root.clone());
        } else {
            library.shelf.declined.push(root.clone());
        }
        if let Some(found) = &mut library.found {
            found.offers.retain(|(_, own)| *own != root);
        }
        library.save(ui.ctx(), home);
        library.look(ui.ctx(), home);
    }
}

/// Models to begin with, where there is none but the built-in one.
fn starters(app: &mut App, ui: &mut egui::Ui, home: &Home) {
    let added = !app.shell.settings.models.is_empty();
    let library = &mut app.studio.models.library;
    let Some(found) = &library.found else { return };
    let is_model = |entry: &Entry| entry.kind == FileKind::Checkpoint && entry.refused.is_none();
    let offered = !found.offers.is_empty();
    if added || offered || library.shelf.started || found.entries.iter().any(is_model) {
        return;
    }
    ui.label(texts::STARTERS);
    for starter in &STARTERS {
        let fetched = library
            .downloads
            .iter()
            .any(|(name, _)| name == starter.name);
        ui.horizontal(|ui| {
            let button = ui.add_enabled(!fetched, egui::Button::new(texts::DOWNLOAD));
            button.widget_info(|| {
                let label = format!("{} {}", texts::DOWNLOAD, starter.name);
                egui::WidgetInfo::labeled(egui::Role::Button, true, label)
            });
            if button.on_hover_text(starter.source).clicked()
                && let Err(line) = library.fetch(starter.name.to_owned(), starter.source, home)
            {
                app.shell.notices.fail(line);
            }
            ui.vertical(|ui| {
                ui.strong(starter.name);
                ui.add(egui::Label::new(texts::starter(starter)).wrap());
            });
        });
    }
    if ui.button(texts::NO_STARTERS).clicked() {
        library.shelf.started = true;
        library.save(ui.ctx(), home);
    }
}

/// What is being fetched, or was.
fn downloads(app: &mut App, ui: &mut egui::Ui, home: &Home) {
    let library = &mut app.studio.models.library;
    let mut gone = None;
    let mut paint = None;
    for (i, (name, download)) in library.downloads.iter().enumerate() {
        let progress = download.progress();
        ui.strong(name);
        if let Some(size) = progress.size.filter(|_| !progress.state.is_end()) {
            let share = progress.done as f32 / size.max(1) as f32;
            ui.add(egui::ProgressBar::new(share).desired_height(6.0));
        }
        ui.horizontal_wrapped(|ui| {
            ui.label(texts::progress(&progress));
            match &progress.state {
                State::Finished(path) => {
                    if ui.button(texts::USE_MODEL).clicked() {
                        paint = Some(path.clone());
                        gone = Some(i);
                    }
                    if ui.button(texts::DISMISS).clicked() {
                        gone = Some(i);
                    }
                }
                State::Stopped | State::Failed(_) => {
                    if ui.button(texts::DISMISS).clicked() {
                        gone = Some(i);
                    }
                }
                state => {
                    let paused = *state == State::Paused;
                    let label = if paused { texts::RESUME } else { texts::PAUSE };
                    if ui.button(label).clicked() {
                        if paused {
                            download.resume();
                        } else {
                            download.pause();
                        }
                    }
                    let stop = ui.button(texts::STOP).on_hover_text(texts::STOP_TOOLTIP);
                    if stop.clicked() {
                        download.stop();
                    }
                }
            }
        });
    }
    if let Some(i) = gone {
        library.downloads.remove(i);
        library.look(ui.ctx(), home);
    }
    if let Some(path) = paint {
        choose(app, ui.ctx(), path, home);
    }
}

/// Paints with a model from now on.
fn choose(app: &mut App, ctx: &egui::Context, path: PathBuf, home: &Home) {
    let library = &mut app.studio.models.library;
    library.shelf.remember(&path);
    library.save(ctx, home);
    models::use_model(app, Some(path));
}

fn row(app: &mut App, ui: &mut egui::Ui, entry: &Entry, home: &Home) {
    let chosen = app.shell.settings.model.as_ref() == Some(&entry.path);
    let (rect, _) = ui.allocate_exact_size(
        egui::vec2(ui.available_width(), ROW - ui.spacing().item_spacing.y),
        egui::Sense::hover(),
    );
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let row = &mut ui.new_child(egui::UiBuilder::new().max_rect(rect).layout(layout));
    let library = &mut app.studio.models.library;
    let picture = entry.picture.as_ref();
    let texture = picture.and_then(|path| library.picture(row.ctx(), path));
    let side = egui::Vec2::splat(PICTURE);
    let (frame, _) = row.allocate_exact_size(side, egui::Sense::hover());
    match texture {
        Some(texture) => {
            let size = texture.size_vec2();
            let scale = PICTURE / size.max_elem();
            let inner = egui::Rect::from_center_size(frame.center(), size * scale);
            egui::Image::new(&texture).paint_at(row, inner);
        }
        None => {
            let fill = row.visuals().faint_bg_color;
            row.painter().rect_filled(frame, 3.0, fill);
        }
    }
    let favourite = library.shelf.favourites.contains(&entry.path);
    let mut star = favourite;
    let mut clicked = false;
    let mut said = None;
    let mut leads = false;
    row.with_layout(egui::Layout::right_to_left(egui::Align::Center), |row| {
        let button = row
            .toggle_value(&mut star, egui::RichText::new(texts::FAVOURITE).small())
            .on_hover_text(texts::FAVOURITE_TOOLTIP);
        button.widget_info(|| {
            let label = texts::favourite(&entry.name);
            egui::WidgetInfo::selected(egui::Role::Button, true, favourite, label)
        });
        if let Some(words) = texts::words(entry) {
            let add = row
                .small_button(texts::ADD_WORDS)
                .on_hover_text(texts::add_words_tooltip(&words));
            add.widget_info(|| {
                let label = texts::add_words(&entry.name);
                egui::WidgetInfo::labeled(egui::Role::Button, true, label)
            });
            if add.clicked() {
                said = Some(words);
            }
        }
        leads = controls::use_button(row, entry);
        row.with_layout(egui::Layout::top_down(egui::Align::Min), |row| {
            let usable = entry.kind == FileKind::Checkpoint && entry.refused.is_none();
            let name = egui::RichText::new(&entry.name).strong();
            let path = entry.path.display().to_string();
            row.add_space(4.0);
            if usable {
                clicked = row.radio(chosen, name).on_hover_text(path).clicked();
            } else {
                let label = egui::Label::new(name).truncate();
                row.add(label).on_hover_text(path);
            }
            let facts = egui::RichText::new(texts::facts(entry)).weak();
            let facts = row.add(egui::Label::new(facts).truncate());
            let refused = entry.refused.as_ref();
            if let Some(why) = refused.filter(|_| entry.kind == FileKind::Checkpoint) {
                facts.on_hover_text(why);
            }
        });
    });
    if star != favourite {
        let favourites = &mut library.shelf.favourites;
        favourites.retain(|path| *path != entry.path);
        if star {
            favourites.push(entry.path.clone());
        }
        library.save(ui.ctx(), home);
    }
    if leads {
        controls::add(app, entry.path.clone());
    }
    if let Some(words) = said {
        let prompt = &mut app.studio.recipe.prompt;
        if !prompt.is_empty() && !prompt.ends_with(char::is_whitespace) {
            prompt.push(' ');
        }
        prompt.push_str(&words);
    }
    if clicked {
        choose(app, ui.ctx(), entry.path.clone(), home);
    }
}
