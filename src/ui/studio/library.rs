//! The models on this machine, the built-in one and those that were added, as the window of models lists them.
//!
//! Looks through folders and reads pictures on threads. Does not know how a model is loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eframe::egui;

use super::super::room;
use super::super::texts::library as texts;
use super::super::texts::studio::does_to;
use super::super::thread::Pending;
use super::host::{Host, Seen};
use super::{controls, downloads, loras, models};
use crate::engine::FileKind;
use crate::library::{Download, Entry, Home, Shelf, Source, Tool};
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
    pub shelf: Shelf,
    pub found: Option<Found>,
    looking: Option<Pending<Found>>,
    saving: Option<Pending<std::io::Result<()>>>,
    /// Whether the folders are to be looked through.
    pub stale: bool,
    /// Whether the artist's choices are to be kept.
    pub unsaved: bool,
    /// The models that were added one by one, at the last look.
    added: Vec<PathBuf>,
    search: String,
    pub kind: Option<FileKind>,
    /// The LoRA whose details are shown.
    pub selected: Option<PathBuf>,
    /// LoRAs that go into the prompt once they have told their preferred strengths: names and files.
    adding: Vec<(String, PathBuf)>,
    pictures: BTreeMap<PathBuf, View>,
    pub downloads: Vec<(String, Download)>,
}

/// What a look through the folders found.
pub struct Found {
    shelf: Shelf,
    pub entries: Vec<Entry>,
    pub offers: Vec<(Tool, PathBuf)>,
}

/// The picture of a model.
enum View {
    Reading(Pending<Option<Picture>>),
    Shown(egui::TextureHandle),
    None,
}

impl Library {
    /// Looks through the folders, as they are chosen now; the first time as they were kept.
    fn look(&mut self, ctx: &egui::Context, home: Option<&Arc<Home>>, added: &[PathBuf]) {
        let known = self.found.as_ref().map(|_| self.shelf.clone());
        let (home, own) = (home.cloned(), added.to_owned());
        let work = move || {
            let kept = || home.as_ref().map(|home| Shelf::load(&home.shelf));
            let shelf = known.or_else(kept).unwrap_or_default();
            let offers = home.as_ref().map(|home| shelf.offers(home));
            Found {
                entries: shelf.entries(home.as_deref(), &own),
                offers: offers.unwrap_or_default(),
                shelf,
            }
        };
        self.stale = false;
        self.added = added.to_owned();
        // Without a thread it is tried again with the next opening.
        self.looking = Pending::start(ctx, "model folders", work).ok();
    }

    /// The same where that was never done.
    pub fn look_once(&mut self, ctx: &egui::Context, home: Option<&Arc<Home>>, added: &[PathBuf]) {
        if self.found.is_none() && self.looking.is_none() {
            self.look(ctx, home, added);
        }
    }

    /// The models that were found.
    pub fn entries(&self) -> &[Entry] {
        self.found.as_ref().map_or(&[], |found| &found.entries)
    }

    /// The folders that models of a kind were found in.
    pub fn folders(&self, kind: FileKind) -> BTreeSet<PathBuf> {
        let of_kind = self.entries().iter().filter(|entry| entry.kind == kind);
        let folders = of_kind.filter_map(|entry| entry.path.parent());
        folders.map(Path::to_owned).collect()
    }

    /// Places of the models to be shown, the built-in one first, then the favourites and the recent ones.
    fn rows(&self) -> Vec<Option<usize>> {
        let words = self.search.to_lowercase();
        let words: Vec<&str> = words.split_whitespace().collect();
        let fits = |kind: FileKind, text: &str| {
            let text = text.to_lowercase();
            let of_kind = self.kind.is_none_or(|wanted| wanted == kind);
            of_kind && words.iter().all(|word| text.contains(word))
        };
        let entries = self.entries();
        let found = |at: &usize| {
            let entry = &entries[*at];
            let family = entry.family.as_deref().unwrap_or_default();
            let text = format!("{} {family} {}", entry.name, entry.path.display());
            fits(entry.kind, &text)
        };
        let mut rows: Vec<usize> = (0..entries.len()).filter(found).collect();
        let recent = |path: &Path| self.shelf.recent.iter().position(|own| own == path);
        rows.sort_by_key(|at| {
            let path = &entries[*at].path;
            let favourite = self.shelf.favourites.contains(path);
            (!favourite, recent(path).unwrap_or(usize::MAX))
        });
        let built_in = fits(FileKind::Checkpoint, texts::BUILT_IN.get()).then_some(None);
        built_in
            .into_iter()
            .chain(rows.into_iter().map(Some))
            .collect()
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

    pub fn fetch(&mut self, name: String, source: &str, home: &Home) -> Result<(), String> {
        let source: Source = source.parse().map_err(|error| format!("{name}: {error}"))?;
        let download = Download::start(source, None, home.access.clone());
        let download = download.map_err(|error| format!("{name}: {error}"))?;
        self.downloads.push((name, download));
        Ok(())
    }
}

/// Hears the threads, and looks at the downloads.
pub fn logic(host: &mut Host<'_>, ctx: &egui::Context) {
    let home = host.places.library.clone();
    let library = &mut host.studio.models.library;
    if let Some(found) = library.looking.as_ref().and_then(Pending::poll) {
        library.looking = None;
        if let Ok(found) = found {
            if library.found.is_none() {
                library.shelf.clone_from(&found.shelf);
            }
            library.found = Some(found);
            // Its prompts may name other LoRAs now, and more may have been said of it; no network is loaded again for LoRAs' folders.
            if host.studio.queue.chosen() != Some(&models::kit(host.studio, host.settings)) {
                models::load(host);
            }
        }
    }
    let library = &mut host.studio.models.library;
    if let Some(saved) = library.saving.as_ref().and_then(Pending::poll) {
        library.saving = None;
        if let Ok(Err(error)) | Err(error) = saved.map(|saved| saved.map_err(|e| e.to_string())) {
            let line = format!("{}: {error}", texts::NO_HOME);
            host.notices.fail(line);
        }
    }
    let library = &mut host.studio.models.library;
    let running = |(_, download): &&(String, Download)| !download.progress().state.is_end();
    if library.downloads.iter().any(|one| running(&one)) {
        ctx.request_repaint_after(TICK);
    }
    if library.unsaved && library.saving.is_none() {
        library.unsaved = false;
        let shelf = library.shelf.clone();
        let save = |home: &Arc<Home>| {
            let path = home.shelf.clone();
            Pending::start(ctx, "library", move || shelf.save(&path)).ok()
        };
        library.saving = home.as_ref().and_then(save);
    }
    let (settings, studio) = (&*host.settings, &mut *host.studio);
    let (prompt, about) = (&mut studio.recipe.prompt, &mut studio.loras);
    studio.models.library.adding.retain(|(name, path)| {
        let Some(about) = about.read(ctx, path) else {
            return true;
        };
        let strength = about.and_then(|about| about.strength).unwrap_or(1.0);
        loras::append(prompt, &format!("<lora:{name}:{strength}>"), " ");
        false
    });
    let wanted = studio.models.open
        || studio.controls.wanted
        || studio.recipe.prompt.contains("<l")
        || home.is_some();
    let library = &mut studio.models.library;
    let stale = match library.found {
        None => wanted,
        Some(_) => library.stale || library.added != settings.models,
    };
    if stale && library.looking.is_none() {
        library.look(ctx, home.as_ref(), &settings.models);
    }
}

/// Draws the list into the window of models.
pub fn section(host: &mut Host<'_>, ui: &mut egui::Ui) {
    ui.set_width(WIDTH);
    ui.strong(texts::TITLE);
    let home = host.places.library.clone();
    if let Some(home) = &home {
        downloads::offers(host, ui);
        downloads::starters(host, ui, home);
        downloads::downloads(host, ui);
    }
    search(host, ui);
    let library = &host.studio.models.library;
    let rows = library.rows();
    let line = match &library.found {
        None => Some(texts::LOOKING),
        Some(found) if found.entries.is_empty() => Some(texts::NOTHING),
        Some(_) if rows.is_empty() => Some(texts::NOTHING_FITS),
        Some(_) => None,
    };
    room::beside_bars(ui);
    egui::ScrollArea::vertical()
        .id_salt("library")
        .max_height(420.0)
        .auto_shrink([false, true])
        .show_rows(ui, ROW, rows.len(), |ui, shown| {
            for at in &rows[shown] {
                // A click in the list may begin another look.
                let entry = at.and_then(|at| host.studio.models.library.entries().get(at).cloned());
                if at.is_none() || entry.is_some() {
                    row(host, ui, entry.as_ref(), home.is_some());
                }
            }
        });
    if let Some(line) = line {
        ui.weak(line);
    }
    let pick = models::can_pick(&host.seen()).is_ok();
    let button = ui
        .add_enabled(pick, egui::Button::new(texts::ADD_FOLDER))
        .on_hover_text(texts::ADD_FOLDER_TOOLTIP)
        .on_disabled_hover_text(texts::ALREADY_PICKING);
    if button.clicked() {
        models::pick(host, ui.ctx());
    }
}

fn search(host: &mut Host<'_>, ui: &mut egui::Ui) {
    let library = &mut host.studio.models.library;
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
            library.stale = true;
        }
    });
}

/// Paints with a model from now on.
pub fn choose(host: &mut Host<'_>, path: Option<PathBuf>) {
    let library = &mut host.studio.models.library;
    library.selected = None;
    if let Some(path) = &path {
        library.shelf.remember(path);
        library.unsaved = true;
    }
    models::use_model(host, path);
}

/// Draws a model, the built-in one where none is given; the artist's choices are kept where they can be.
fn row(host: &mut Host<'_>, ui: &mut egui::Ui, entry: Option<&Entry>, keeps: bool) {
    let (rect, _) = ui.allocate_exact_size(
        egui::vec2(ui.available_width(), ROW - ui.spacing().item_spacing.y),
        egui::Sense::hover(),
    );
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let row = &mut ui.new_child(egui::UiBuilder::new().max_rect(rect).layout(layout));
    let library = &mut host.studio.models.library;
    let picture = entry.and_then(|entry| entry.picture.as_ref());
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
    row.with_layout(egui::Layout::right_to_left(egui::Align::Center), |row| {
        if let Some(entry) = entry {
            if keeps {
                star(
                    &mut host.studio.models.library,
                    row,
                    &entry.name,
                    &entry.path,
                );
            }
            beside(host, row, entry);
        }
        row.with_layout(egui::Layout::top_down(egui::Align::Min), |row| {
            row.add_space(4.0);
            row.horizontal(|row| name(host, row, entry));
            let problem = entry.and_then(|entry| problem(&host.seen(), entry));
            let colour = match problem {
                Some(_) => row.visuals().warn_fg_color,
                None => row.visuals().weak_text_color(),
            };
            let facts = match (entry, &problem) {
                (None, _) => texts::BUILT_IN_FACTS.into(),
                (Some(entry), None) => texts::facts(entry),
                (Some(_), Some(problem)) => problem.clone(),
            };
            let line = egui::RichText::new(facts).color(colour);
            let line = row.add(egui::Label::new(line).truncate());
            if let Some(problem) = problem {
                line.on_hover_text(problem);
            }
        });
    });
}

/// What keeps a model from being painted with here: it is no model that can be opened, or there is too little memory.
fn problem(seen: &Seen<'_>, entry: &Entry) -> Option<String> {
    if entry.kind != FileKind::Checkpoint {
        return None;
    }
    if let Some(why) = &entry.refused {
        return Some(texts::refused(why));
    }
    let queue = &seen.studio.queue;
    let device = queue.ready().map(|info| info.device);
    let device = device.unwrap_or(seen.settings.device);
    let needed = device.weight_of(entry.parameters?)?;
    let held: u64 = queue.shelf().models.iter().map(|held| held.weight).sum();
    let free = queue.shelf().free? + held;
    (needed > free).then(|| texts::too_large(needed, free))
}

/// The name of a model; what can be painted with is chosen by it, and a LoRA is looked at.
fn name(host: &mut Host<'_>, row: &mut egui::Ui, entry: Option<&Entry>) {
    let Some(entry) = entry else {
        let chosen = host.settings.model.is_none();
        let name = egui::RichText::new(texts::BUILT_IN).strong();
        let radio = row.radio(chosen, name);
        if radio.on_hover_text(texts::BUILT_IN_TOOLTIP).clicked() {
            choose(host, None);
        }
        return;
    };
    let name = egui::RichText::new(&entry.name).strong();
    let path = entry.path.display().to_string();
    if entry.kind == FileKind::Checkpoint && entry.refused.is_none() {
        let chosen = host.settings.model.as_ref() == Some(&entry.path);
        if row.radio(chosen, name).on_hover_text(path).clicked() {
            choose(host, Some(entry.path.clone()));
        }
        return;
    }
    let label = egui::Label::new(name).truncate();
    if entry.kind == FileKind::Lora {
        let label = row.add(label.sense(egui::Sense::click()));
        let selected = &mut host.studio.models.library.selected;
        if label.on_hover_text(path).clicked() {
            *selected = Some(entry.path.clone());
        }
    } else {
        row.add(label).on_hover_text(path);
    }
}

/// Whether a model is listed among the first.
fn star(library: &mut Library, row: &mut egui::Ui, name: &str, path: &Path) {
    let favourite = library.shelf.favourites.iter().any(|own| own == path);
    let mut star = favourite;
    let button = row
        .toggle_value(&mut star, egui::RichText::new(texts::FAVOURITE).small())
        .on_hover_text(texts::FAVOURITE_TOOLTIP);
    button.widget_info(|| {
        let label = texts::favourite_one(name);
        egui::WidgetInfo::selected(egui::Role::Button, true, favourite, label)
    });
    if star != favourite {
        let favourites = &mut library.shelf.favourites;
        favourites.retain(|own| own != path);
        if star {
            favourites.push(path.to_owned());
        }
        library.unsaved = true;
    }
}

/// What else can be done with a model: a LoRA or an embedding goes into the prompt, and one that was added by hand off the list.
fn beside(host: &mut Host<'_>, row: &mut egui::Ui, entry: &Entry) {
    if controls::use_button(row, entry) {
        controls::add(host, entry.path.clone());
    }
    if matches!(entry.kind, FileKind::Lora | FileKind::Embedding) {
        let add = row
            .small_button(texts::ADD_WORDS)
            .on_hover_text(texts::ADD_WORDS_TOOLTIP);
        add.widget_info(|| {
            let label = texts::add_words_of(&entry.name);
            egui::WidgetInfo::labeled(egui::Role::Button, true, label)
        });
        let studio = &mut *host.studio;
        match (add.clicked(), entry.kind) {
            (false, _) => {}
            (true, FileKind::Lora) => {
                let lora = (entry.name.clone(), entry.path.clone());
                studio.models.library.adding.push(lora);
            }
            (true, _) => loras::append(&mut studio.recipe.prompt, &entry.name, " "),
        }
    }
    if !host.settings.models.contains(&entry.path) {
        return;
    }
    let remove = row
        .small_button(texts::REMOVE)
        .on_hover_text(texts::REMOVE_MODEL_TOOLTIP);
    remove.widget_info(|| {
        let label = does_to(&texts::REMOVE, &entry.name);
        egui::WidgetInfo::labeled(egui::Role::Button, true, label)
    });
    if remove.clicked() {
        let settings = &mut *host.settings;
        settings.models.retain(|one| *one != entry.path);
        if settings.model.as_ref() == Some(&entry.path) {
            choose(host, None);
        }
    }
}
