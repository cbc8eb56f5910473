//! The ControlNets of the recipe: a row of each in the panel, and what it will be shown.
//!
//! Makes that picture on a thread. Does not know how a ControlNet is run.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui;

use super::super::room;
use super::super::texts::library as library_texts;
use super::super::texts::studio as texts;
use super::super::thread::Pending;
use super::Host;
use super::{models, rows};
use crate::document::Base;
use crate::engine::{BUILT_IN_CONTROL, FileKind, KitControl, identify, shown_to_control};
use crate::library::Entry;
use crate::project::ControlPictures;
use crate::raster::{Picture, file};
use crate::recipe::field::rows::{
    CONTROL_END, CONTROL_KIND, CONTROL_MODE, CONTROL_START, CONTROL_WEIGHT,
};
use crate::recipe::field::{Field, Section};
use crate::recipe::{Control, Method, Recipe};

/// The rows of a ControlNet.
const ROWS: [&Field; 5] = [
    &CONTROL_KIND,
    &CONTROL_WEIGHT,
    &CONTROL_START,
    &CONTROL_END,
    &CONTROL_MODE,
];

/// Longest side of what is shown of what it is shown, points.
const PICTURE: f32 = 96.0;

/// What the panel knows of ControlNets beside the recipe.
#[derive(Default)]
pub struct Controls {
    /// Files that were dropped on the window.
    files: Vec<PathBuf>,
    /// Of which it is not known yet what they are.
    dropped: Vec<(PathBuf, Pending<bool>)>,
    /// What each ControlNet of the recipe is shown, by its place.
    views: Vec<View>,
    /// Pictures that were prepared elsewhere, by the name that recipes have for them.
    pub pictures: ControlPictures,
    /// One that is being chosen and read.
    picking: Option<(usize, Pending<Picked>)>,
    /// Whether the list of those on this machine was asked for.
    pub wanted: bool,
    /// The method that the recipe had in the last frame.
    method: Option<Method>,
}

/// The name of a file that was chosen, and what is in it.
type Picked = Option<(String, Result<Picture, String>)>;

/// What a ControlNet is shown.
struct View {
    /// What it was made from, or is being made from; of a picture of its own the place in memory.
    of: (Base, Recipe, Option<usize>),
    making: Option<Pending<Option<Picture>>>,
    texture: Option<egui::TextureHandle>,
}

impl Controls {
    /// What the ControlNets of a recipe are shown in the place of its picture.
    ///
    /// # Errors
    /// One line, where a picture is not here.
    pub fn shown(&self, recipe: &Recipe) -> Result<Vec<Option<Arc<Picture>>>, String> {
        let shown = recipe.controls.iter().map(|control| {
            if control.picture.is_empty() {
                return Ok(None);
            }
            let picture = self.pictures.get(&control.picture).cloned();
            let missing = || texts::no_control_picture_here(&control.model, &control.picture);
            picture.map(Some).ok_or_else(missing)
        });
        shown.collect()
    }

    /// The pictures that recipes name, as far as they are here.
    pub fn named_by<'a>(&self, recipes: impl Iterator<Item = &'a Recipe>) -> ControlPictures {
        let names = recipes.flat_map(|recipe| recipe.controls.iter().map(|one| &one.picture));
        let here = names.filter_map(|name| self.pictures.get_key_value(name));
        here.map(|(name, picture)| (name.clone(), Arc::clone(picture)))
            .collect()
    }

    /// Keeps a picture, and tells the name that it has from now on: another of the same name stays what it was.
    fn keep(&mut self, name: &str, picture: Picture) -> String {
        let free = |name: &String| self.pictures.get(name).is_none_or(|own| **own == picture);
        let more = (2..).map(|number| format!("{name} ({number})"));
        let name = std::iter::once(name.to_owned()).chain(more).find(free);
        let name = name.unwrap_or_default();
        let kept = self.pictures.entry(name.clone());
        kept.or_insert_with(|| Arc::new(picture));
        name
    }

    /// Where ControlNets lie that are in no folder of the library.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.files.iter().cloned()
    }
}

/// Takes a model or ControlNet that was dropped on the window.
pub fn dropped(host: &mut Host<'_>, ctx: &egui::Context, path: PathBuf) {
    let own = path.clone();
    let is_control = move || identify(&own).is_ok_and(|it| it.kind == FileKind::ControlNet);
    let looking = match path.is_file() {
        true => Pending::start(ctx, "what a file is", is_control).ok(),
        false => None,
    };
    match looking {
        Some(looking) => host.studio.controls.dropped.push((path, looking)),
        None => models::add(host, path),
    }
}

/// Adds a ControlNet to the recipe.
pub fn add(host: &mut Host<'_>, file: PathBuf) {
    let name = KitControl::of(file.clone()).name;
    host.studio.recipe.controls.push(Control::named(&name));
    host.studio.controls.wanted = true;
    host.settings.unfolded.insert(Section::Control);
    know(host, file);
}

/// The kit knows where a ControlNet is from now on, unless it is inside the model; no network is loaded again for that.
fn know(host: &mut Host<'_>, file: PathBuf) {
    let files = &mut host.studio.controls.files;
    if file.exists() && !files.contains(&file) {
        files.push(file);
        models::load(host);
    }
}

/// Hears what files are that were dropped.
pub fn logic(host: &mut Host<'_>) {
    let dropped = std::mem::take(&mut host.studio.controls.dropped);
    for (path, looking) in dropped {
        match looking.poll() {
            None => host.studio.controls.dropped.push((path, looking)),
            Some(Ok(true)) => add(host, path),
            // What it is instead is said where it is loaded.
            Some(_) => models::add(host, path),
        }
    }
    let studio = &mut *host.studio;
    // Only when the method is chosen, so that the row can be removed again.
    let method = Some(studio.recipe.method);
    if std::mem::replace(&mut studio.controls.method, method) != method
        && let Some(kit) = studio.queue.chosen()
    {
        kit.put_own_control(&mut studio.recipe);
    }
    let picking = studio.controls.picking.take();
    let Some((at, picking)) = picking else { return };
    match picking.poll() {
        None => studio.controls.picking = Some((at, picking)),
        Some(Ok(Some((name, Ok(picture))))) => {
            if let Some(control) = studio.recipe.controls.get_mut(at) {
                control.picture = studio.controls.keep(&name, picture);
                studio.checked = None;
            }
        }
        Some(Ok(Some((_, Err(line)))) | Err(line)) => host.notices.fail(line),
        Some(Ok(None)) => {}
    }
}

/// Asks for a picture that one is shown in the place of the one that is repainted, on a thread.
fn pick(host: &mut Host<'_>, ctx: &egui::Context, at: usize) {
    let choose = || {
        let dialog = rfd::FileDialog::new().set_title(texts::PICK_CONTROL_PICTURE);
        let path = dialog.pick_file()?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let read = file::read(&path).map(|file| file.picture);
        Some((name.into_owned(), read.map_err(|error| error.to_string())))
    };
    match Pending::start(ctx, "control picture", choose) {
        Ok(picking) => host.studio.controls.picking = Some((at, picking)),
        Err(line) => host.notices.fail(line),
    }
}

/// Draws the button in the library's row of a ControlNet; tells whether it is to lead the next repaint.
pub fn use_button(ui: &mut egui::Ui, entry: &Entry) -> bool {
    if entry.kind != FileKind::ControlNet {
        return false;
    }
    let button = ui.small_button(library_texts::USE_CONTROL);
    let button = button.on_hover_text(library_texts::USE_CONTROL_TOOLTIP);
    button.widget_info(|| {
        let label = texts::does_to(&library_texts::USE_CONTROL, &entry.name);
        egui::WidgetInfo::labeled(egui::Role::Button, true, label)
    });
    button.clicked()
}

/// Draws their part of the panel.
pub fn all(host: &mut Host<'_>, ui: &mut egui::Ui) {
    host.studio.controls.wanted = true;
    let entries = host.studio.models.library.entries().iter();
    let known = entries.filter(|entry| entry.kind == FileKind::ControlNet);
    let known = known
        // Those of the library are files.
        .map(|entry| (room::stem(&entry.path), entry.path.clone()));
    let own = (host.studio.is_built_in()).then(|| BUILT_IN_CONTROL.to_owned());
    let own = own.map(|name| (name.clone(), PathBuf::from(name)));
    let spec = host.studio.spec();
    let inside = spec.iter().flat_map(|spec| &spec.controls);
    let inside = inside.filter(|control| control.inside.is_some());
    let inside = inside.map(|control| (control.name.clone(), PathBuf::from(&control.name)));
    let known: Vec<_> = own.into_iter().chain(inside).chain(known).collect();
    let mut gone = None;
    for at in 0..host.studio.recipe.controls.len() {
        ui.push_id(("control", at), |ui| {
            if row(host, ui, at, &known) {
                gone = Some(at);
            }
        });
        ui.separator();
    }
    if let Some(at) = gone {
        host.studio.recipe.controls.remove(at);
        host.studio.controls.views.clear();
    }
    if known.is_empty() && host.studio.recipe.controls.is_empty() {
        ui.weak(texts::NO_CONTROLNETS);
        return;
    }
    let mut chosen = None;
    egui::ComboBox::from_id_salt("add a ControlNet")
        .selected_text(texts::ADD_CONTROL)
        .width(ui.available_width())
        .show_ui(ui, |ui| {
            for (name, file) in &known {
                let item = ui.selectable_label(false, name);
                if item.on_hover_text(file.display().to_string()).clicked() {
                    chosen = Some(file.clone());
                }
            }
        })
        .response
        .on_hover_text(texts::ADD_CONTROL_TOOLTIP);
    if let Some(file) = chosen {
        add(host, file);
    }
}

/// Draws one; tells whether it is to go.
fn row(host: &mut Host<'_>, ui: &mut egui::Ui, at: usize, known: &[(String, PathBuf)]) -> bool {
    let mut gone = false;
    let control = &mut host.studio.recipe.controls[at];
    let mut chosen = None;
    ui.horizontal(|ui| {
        let remove = ui.small_button(texts::REMOVE);
        let remove = remove.on_hover_text(texts::REMOVE_CONTROL_TOOLTIP);
        remove.widget_info(|| {
            let label = texts::does_to(&texts::REMOVE, &control.model);
            egui::WidgetInfo::labeled(egui::Role::Button, true, label)
        });
        gone = remove.clicked();
        egui::ComboBox::from_id_salt("file")
            .selected_text(&control.model)
            .width(ui.available_width())
            .truncate()
            .show_ui(ui, |ui| {
                for (name, file) in known {
                    let item = ui.selectable_label(*name == control.model, name);
                    if item.on_hover_text(file.display().to_string()).clicked() {
                        chosen = Some((name.clone(), file.clone()));
                    }
                }
            });
    });
    // Rows are those of a recipe that has no other.
    let mut alone = Recipe {
        controls: vec![control.clone()],
        ..Recipe::default()
    };
    for field in ROWS {
        rows::field(ui, field, &mut alone);
    }
    if let Some(changed) = alone.controls.pop() {
        *control = changed;
    }
    if let Some((name, file)) = chosen {
        control.model = name;
        know(host, file);
    }
    let own = host.studio.recipe.controls[at].picture.clone();
    ui.horizontal(|ui| {
        let idle = host.studio.controls.picking.is_none();
        let label = match &own[..] {
            "" => texts::CONTROL_PICTURE.get(),
            name => name,
        };
        let button = ui.add_enabled(idle, egui::Button::new(label).truncate());
        if button
            .on_hover_text(texts::CONTROL_PICTURE_TOOLTIP)
            .clicked()
        {
            pick(host, ui.ctx(), at);
        }
        if !own.is_empty() && ui.small_button(texts::NO_CONTROL_PICTURE).clicked() {
            host.studio.recipe.controls[at].picture.clear();
        }
    });
    if let Some(texture) = view(host, ui.ctx(), at) {
        let size = texture.size_vec2();
        let size = size * (PICTURE / size.max_elem()).min(1.0);
        let image = egui::Image::new(&texture).fit_to_exact_size(size);
        ui.add(image.alt_text(texts::SHOWN_TO_CONTROL))
            .on_hover_text(texts::SHOWN_TO_CONTROL);
    }
    gone
}

/// What a ControlNet will be shown, as far as it was made; begins to make it where something changed.
fn view(host: &mut Host<'_>, ctx: &egui::Context, at: usize) -> Option<egui::TextureHandle> {
    let spec = host.studio.spec()?.clone();
    let (base, recipe) = (host.studio.base, &host.studio.recipe);
    let control = recipe.controls.get(at)?.clone();
    // What the place of the picture and its mask hang on.
    let shape = Recipe {
        mask_mode: recipe.mask_mode,
        mask_blur: recipe.mask_blur,
        mask_blur_y: recipe.mask_blur_y,
        area: recipe.area,
        padding: recipe.padding,
        size: recipe.size,
        resize: recipe.resize,
        controls: vec![Control {
            kind: control.kind,
            ..Control::default()
        }],
        ..Recipe::default()
    };
    let views = &host.studio.controls.views;
    let own = host.studio.controls.pictures.get(&control.picture).cloned();
    let of = (base, shape, own.as_ref().map(|own| Arc::as_ptr(own).addr()));
    let idle = views.get(at).is_none_or(|view| view.making.is_none());
    if idle && views.get(at).is_none_or(|view| view.of != of) {
        let picture = host.start_picture();
        let mask = (!host.around.blank).then(|| Arc::clone(host.document.mask()));
        let shape = of.1.clone();
        let make = move || {
            let mask = mask.filter(|mask| mask.bounds().is_some());
            let (mask, own) = (mask.as_deref(), own.as_deref());
            let shown = shown_to_control(&picture, mask, &shape, &spec, &control, own).ok()?;
            Some(shown.thumbnail(2 * PICTURE as u32))
        };
        // Without a thread it is tried again in the next frame.
        let making = Pending::start(ctx, "control picture", make).ok();
        let views = &mut host.studio.controls.views;
        views.truncate(host.studio.recipe.controls.len());
        let texture = views.get(at).and_then(|view| view.texture.clone());
        let view = View {
            of,
            making,
            texture,
        };
        match views.get_mut(at) {
            Some(old) => *old = view,
            None => views.push(view),
        }
    }
    let view = host.studio.controls.views.get_mut(at)?;
    if let Some(made) = view.making.as_ref().and_then(Pending::poll) {
        view.making = None;
        let picture = made.ok().flatten();
        let name = format!("control {at}");
        view.texture = picture.map(|picture| room::texture(ctx, name, &picture));
    }
    view.texture.clone()
}
