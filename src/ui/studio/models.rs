//! The window of models and devices, and which model is chosen.
//!
//! Does not know how a model is loaded; looks at models and asks for files on threads of its own.

use std::path::PathBuf;

use eframe::egui;

use super::super::settings::Settings;
use super::super::texts::studio as texts;
use super::super::thread::Pending;
use super::Studio;
use super::host::{Host, Seen};
use super::library::{self, Library};
use super::server::{self, Server};
use super::{details, devices};
use crate::engine::catalog::{self, Model};
use crate::engine::{FileKind, Kit, ModelSource, ModelSpec, TokenCounter};
use crate::library::Said;

/// The window, and what is known of the models that are not loaded.
pub struct Models {
    pub open: bool,
    looked: Vec<Looked>,
    /// The models on this machine.
    pub(super) library: Library,
    pub(super) server: Server,
    /// What is being asked for, and the path that comes of it.
    picking: Option<(Pick, Pending<Option<PathBuf>>)>,
}

/// What a path is asked for.
pub enum Pick {
    /// A model: its folder.
    Model,
    /// What goes with a model: a file.
    Part(Said, fn(&mut Said) -> &mut Option<PathBuf>),
}

/// What a model was found to be, without loading it.
struct Looked {
    kit: Kit,
    finding: Finding,
}

pub enum Finding {
    Looking(Pending<Result<ModelFacts, String>>),
    Found(Box<ModelFacts>),
    Bad(String),
}

/// What the window says of a model.
pub struct ModelFacts {
    spec: ModelSpec,
    tokens: TokenCounter,
    pub what: String,
    pub notes: Vec<String>,
}

impl From<Model> for ModelFacts {
    fn from(model: Model) -> Self {
        Self {
            what: format!(
                "{}, {}",
                texts::model_facts(&model.spec),
                texts::bytes(model.weight)
            ),
            tokens: model.token_counter(),
            spec: model.spec,
            notes: model.notes,
        }
    }
}

impl Models {
    /// A window that is shut.
    pub fn new() -> Self {
        Self {
            open: false,
            looked: Vec::new(),
            library: Library::default(),
            server: Server::default(),
            picking: None,
        }
    }

    /// What a model is; looked up on a thread the first time.
    pub fn look(&mut self, ctx: &egui::Context, kit: &Kit) -> &Finding {
        let kit = alone(kit);
        let at = match self.looked.iter().position(|one| one.kit == kit) {
            Some(at) => at,
            None => {
                let finding = look(ctx, kit.clone());
                self.looked.push(Looked { kit, finding });
                self.looked.len() - 1
            }
        };
        let finding = &mut self.looked[at].finding;
        if let Finding::Looking(answer) = finding
            && let Some(answer) = answer.poll()
        {
            *finding = match answer {
                Ok(Ok(facts)) => Finding::Found(Box::new(facts)),
                Ok(Err(problem)) => Finding::Bad(problem),
                Err(_) => Finding::Bad(texts::LOOK_DIED.into()),
            };
        }
        finding
    }

    /// What a model takes and how it counts tokens, if it was looked up.
    pub fn head(&self, kit: &Kit) -> Option<(&ModelSpec, &TokenCounter)> {
        let kit = alone(kit);
        let looked = self.looked.iter().find(|one| one.kit == kit)?;
        match &looked.finding {
            Finding::Found(facts) => Some((&facts.spec, &facts.tokens)),
            Finding::Looking(_) | Finding::Bad(_) => None,
        }
    }
}

/// A kit without what prompts name.
fn alone(kit: &Kit) -> Kit {
    Kit {
        loras: Vec::new(),
        embeddings: Vec::new(),
        lora_folders: Vec::new(),
        ..kit.clone()
    }
}

/// Reads a model's configs and graphs on a thread.
fn look(ctx: &egui::Context, kit: Kit) -> Finding {
    let facts = move || {
        let model = catalog::open(&kit);
        model
            .map(ModelFacts::from)
            .map_err(|error| error.to_string())
    };
    Pending::start(ctx, "model reader", facts).map_or_else(Finding::Bad, Finding::Looking)
}

/// Opens the window.
pub fn open(studio: &mut Studio) {
    studio.models.open = true;
}

/// Why no folder can be asked for.
pub fn can_pick(seen: &Seen<'_>) -> Result<(), String> {
    if seen.studio.models.picking.is_some() {
        return Err(super::super::texts::library::ALREADY_PICKING.into());
    }
    Ok(())
}

/// Asks for the folder of a model, on a thread.
pub fn pick(host: &mut Host<'_>, ctx: &egui::Context) {
    open(host.studio);
    ask(host, ctx, Pick::Model);
}

/// Asks for a path, on a thread.
pub fn ask(host: &mut Host<'_>, ctx: &egui::Context, what: Pick) {
    let dialog = rfd::FileDialog::new();
    let file = matches!(what, Pick::Part(..));
    let answer = move || match file {
        true => dialog
            .add_filter("safetensors", &["safetensors"])
            .pick_file(),
        false => dialog.set_title(texts::PICK_TITLE).pick_folder(),
    };
    match Pending::start(ctx, "model path", answer) {
        Ok(answer) => host.studio.models.picking = Some((what, answer)),
        Err(line) => host.notices.fail(line),
    }
}

/// Adds a model's folder to the list and loads it.
pub fn add(host: &mut Host<'_>, folder: PathBuf) {
    if !host.settings.models.contains(&folder) {
        host.settings.models.push(folder.clone());
    }
    open(host.studio);
    use_model(host, Some(folder));
}

/// Loads a model of the list, the built-in one where no folder is given, and again with the next start.
pub(super) fn use_model(host: &mut Host<'_>, folder: Option<PathBuf>) {
    host.settings.model = folder;
    load(host);
}

/// What paints, as the settings and what was said of the model have it.
pub fn kit(studio: &Studio, settings: &Settings) -> Kit {
    let mut kit = Kit::around(source(settings.model.as_ref()));
    let library = &studio.models.library;
    kit.lora_folders.extend(library.folders(FileKind::Lora));
    kit.control_folders
        .extend(library.folders(FileKind::ControlNet));
    kit.control_folders.extend(studio.controls.files());
    kit.remote = settings.server.remote().ok().flatten();
    if let Some(said) = said(studio, settings) {
        said.put_into(&mut kit);
    }
    kit
}

/// What was said of the model that is chosen.
pub fn said<'a>(studio: &'a Studio, settings: &Settings) -> Option<&'a Said> {
    let model = settings.model.as_ref()?;
    studio.models.library.shelf.said(model)
}

/// Keeps what the artist says of a model, and loads it so.
pub fn say(host: &mut Host<'_>, said: Said) {
    let library = &mut host.studio.models.library;
    library.shelf.say(said);
    library.unsaved = true;
    load(host);
}

/// Chooses the model that the settings name, on the device that they name.
pub fn load(host: &mut Host<'_>) {
    let news = host
        .studio
        .queue
        .choose(kit(host.studio, host.settings), host.settings.device);
    super::react(host, news);
}

/// Holds as many models in memory as the settings say.
pub fn set_memory(host: &mut Host<'_>) {
    let most = host.settings.memory;
    let most = most.map(|most| (f64::from(most) * 1e9) as u64);
    if most != host.studio.queue.shelf().budget {
        host.studio.queue.set_budget(most);
    }
}

fn source(folder: Option<&PathBuf>) -> ModelSource {
    folder.map_or(ModelSource::BuiltIn, |folder| {
        ModelSource::at(folder.clone())
    })
}

/// Reads the head of the model that is chosen, and hears the path that was asked for.
pub fn logic(host: &mut Host<'_>, ctx: &egui::Context) {
    library::logic(host, ctx);
    let studio = &mut *host.studio;
    if studio.queue.ready().is_none()
        && let Some(kit) = studio.queue.chosen()
    {
        studio.models.look(ctx, kit);
    }
    let picking = &mut studio.models.picking;
    let Some(picked) = picking.as_ref().and_then(|(_, path)| path.poll()) else {
        return;
    };
    match (picking.take(), picked) {
        (Some((Pick::Model, _)), Ok(Some(folder))) => add(host, folder),
        (Some((Pick::Part(mut said, part), _)), Ok(Some(file))) => {
            *part(&mut said) = Some(file);
            say(host, said);
        }
        _ => {}
    }
}

/// Draws the window.
pub fn window(host: &mut Host<'_>, ctx: &egui::Context) {
    if !host.studio.models.open {
        return;
    }
    host.studio.queue.ask_devices();
    let mut open = true;
    egui::Window::new(texts::MODELS_TITLE)
        .id(egui::Id::unique("models"))
        .open(&mut open)
        .collapsible(false)
        .default_width(460.0)
        .default_pos(ctx.content_rect().center() - egui::vec2(300.0, 200.0))
        .show(ctx, |ui| {
            ui.horizontal_top(|ui| {
                ui.vertical(|ui| library::section(host, ui));
                ui.vertical(|ui| {
                    details::show(host, ui);
                    ui.separator();
                    devices::device_rows(host, ui);
                    ui.add_space(6.0);
                    devices::memory_row(host, ui);
                    ui.add_space(6.0);
                    server::section(host, ui);
                });
            });
        });
    host.studio.models.open = open;
}
