//! The window of models and devices: what there is, what runs, on what, and why.
//!
//! Does not know how a model is loaded; looks at folders and asks for a folder on threads of its own.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui;

use super::super::app::App;
use super::super::room;
use super::super::shell::Settings;
use super::super::texts::studio::{self as texts, DEVICE, MEMORY};
use super::super::thread::Pending;
use super::Studio;
use super::library::{self, Library};
use super::queue::{Devices, ModelState};
use crate::engine::catalog::{self, Model};
use crate::engine::{Device, FileKind, Kit, ModelSource, ModelSpec, TokenCounter};

/// The window, and what is known of the models that are not loaded.
pub struct Models {
    pub open: bool,
    looked: Vec<Looked>,
    /// The models on this machine.
    pub(super) library: Library,
    /// A folder that is being asked for.
    picking: Option<Pending<Option<PathBuf>>>,
}

/// What a model was found to be, without loading it.
struct Looked {
    source: ModelSource,
    finding: Finding,
}

enum Finding {
    Looking(Pending<Result<ModelFacts, String>>),
    Found(Box<ModelFacts>),
    Bad(String),
}

/// What a list says of a model.
struct ModelFacts {
    spec: ModelSpec,
    tokens: TokenCounter,
    what: String,
    notes: Vec<String>,
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
            picking: None,
        }
    }

    /// What a model is; looked up on a thread the first time.
    fn look(&mut self, ctx: &egui::Context, source: &ModelSource) -> &Finding {
        let at = match self.looked.iter().position(|one| one.source == *source) {
            Some(at) => at,
            None => {
                self.looked.push(Looked {
                    source: source.clone(),
                    finding: look(ctx, source.clone()),
                });
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
                Err(_) => Finding::Bad(texts::LOOK_DIED.to_owned()),
            };
        }
        finding
    }

    /// What a model takes and how it counts tokens, if it was looked up.
    pub fn head(&self, source: &ModelSource) -> Option<(&ModelSpec, &TokenCounter)> {
        let looked = self.looked.iter().find(|one| one.source == *source)?;
        match &looked.finding {
            Finding::Found(facts) => Some((&facts.spec, &facts.tokens)),
            Finding::Looking(_) | Finding::Bad(_) => None,
        }
    }
}

/// Reads a model's configs and graphs on a thread.
fn look(ctx: &egui::Context, source: ModelSource) -> Finding {
    let facts = move || {
        let model = catalog::open(&Kit::of(source));
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
pub fn can_pick(app: &App) -> Result<(), String> {
    if app.studio.models.picking.is_some() {
        return Err(texts::ALREADY_PICKING.to_owned());
    }
    Ok(())
}

/// Asks for the folder of a model, on a thread.
pub fn pick(app: &mut App, ctx: &egui::Context) {
    open(&mut app.studio);
    let folder = || {
        let dialog = rfd::FileDialog::new().set_title(texts::PICK_TITLE);
        dialog.pick_folder()
    };
    match Pending::start(ctx, "model folder", folder) {
        Ok(folder) => app.studio.models.picking = Some(folder),
        Err(line) => app.shell.notices.fail(line),
    }
}

/// Adds a model's folder to the list and loads it.
pub fn add(app: &mut App, folder: PathBuf) {
    if !app.shell.settings.models.contains(&folder) {
        app.shell.settings.models.push(folder.clone());
    }
    open(&mut app.studio);
    use_model(app, Some(folder));
}

/// Loads a model of the list, the built-in one where no folder is given, and again with the next start.
pub(super) fn use_model(app: &mut App, folder: Option<PathBuf>) {
    app.shell.settings.model = folder;
    load(app);
}

/// Chooses the model that the settings name, on the device that they name.
pub fn load(app: &mut App) {
    let mut kit = Kit::around(source(app.shell.settings.model.as_ref()));
    let library = &app.studio.models.library;
    kit.lora_folders.extend(library.folders(FileKind::Lora));
    kit.control_folders
        .extend(library.folders(FileKind::ControlNet));
    kit.control_folders.extend(app.studio.controls.files());
    let news = app.studio.queue.choose(kit, app.shell.settings.device);
    super::react(app, news);
}

/// Holds as many models in memory as the settings say.
pub fn set_memory(app: &mut App) {
    let most = app.shell.settings.memory;
    let most = most.map(|most| (f64::from(most) * 1e9) as u64);
    if most != app.studio.queue.shelf().budget {
        app.studio.queue.set_budget(most);
    }
}

fn source(folder: Option<&PathBuf>) -> ModelSource {
    folder.map_or(ModelSource::BuiltIn, |folder| {
        ModelSource::at(folder.clone())
    })
}

/// Reads the head of the model that is chosen, and hears the folder that was asked for.
pub fn logic(app: &mut App, ctx: &egui::Context) {
    library::logic(app, ctx);
    let studio = &mut app.studio;
    if studio.queue.ready().is_none()
        && let Some(kit) = studio.queue.chosen()
    {
        studio.models.look(ctx, &kit.model);
    }
    let picked = app.studio.models.picking.as_ref().and_then(Pending::poll);
    if let Some(folder) = picked {
        app.studio.models.picking = None;
        if let Ok(Some(folder)) = folder {
            add(app, folder);
        }
    }
}

/// Draws the window.
pub fn window(app: &mut App, ctx: &egui::Context) {
    if !app.studio.models.open {
        return;
    }
    app.studio.queue.ask_devices();
    let mut open = true;
    egui::Window::new(texts::MODELS_TITLE)
        .open(&mut open)
        .collapsible(false)
        .default_width(460.0)
        .default_pos(ctx.content_rect().center() - egui::vec2(300.0, 200.0))
        .show(ctx, |ui| {
            ui.horizontal_top(|ui| {
                ui.vertical(|ui| library::section(app, ui));
                ui.vertical(|ui| chosen_and_devices(app, ui));
            });
        });
    app.studio.models.open = open;
}

/// The built-in model and those that were added, and what they run on.
fn chosen_and_devices(app: &mut App, ui: &mut egui::Ui) {
    let folders = app.shell.settings.models.clone();
    let sources = std::iter::once(None).chain(folders.into_iter().map(Some));
    room::beside_bars(ui);
    egui::ScrollArea::vertical()
        .max_height(320.0)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            for folder in sources {
                model_row(app, ui, folder);
                ui.separator();
            }
        });
    let pick = can_pick(app).is_ok();
    let button = ui
        .add_enabled(pick, egui::Button::new(texts::ADD_FOLDER))
        .on_hover_text(texts::ADD_FOLDER_TOOLTIP)
        .on_disabled_hover_text(texts::ALREADY_PICKING);
    if button.clicked() {
        self::pick(app, ui.ctx());
    }
    ui.add_space(6.0);
    device_rows(app, ui);
    ui.add_space(6.0);
    memory_row(app, ui);
}

fn model_row(app: &mut App, ui: &mut egui::Ui, folder: Option<PathBuf>) {
    let source = source(folder.as_ref());
    let name = match &folder {
        None => texts::BUILT_IN.to_owned(),
        Some(folder) => folder.file_name().map_or_else(
            || folder.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        ),
    };
    let chosen = app.shell.settings.model == folder;
    ui.horizontal(|ui| {
        let radio = ui.radio(chosen, egui::RichText::new(&name).strong());
        let radio = match &folder {
            None => radio.on_hover_text(texts::BUILT_IN_TOOLTIP),
            Some(folder) => radio.on_hover_text(folder.display().to_string()),
        };
        if radio.clicked() {
            use_model(app, folder.clone());
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if let Some(folder) = &folder {
                let remove = ui
                    .small_button(texts::REMOVE)
                    .on_hover_text(texts::REMOVE_MODEL_TOOLTIP);
                remove.widget_info(|| {
                    let label = format!("{} {name}", texts::REMOVE);
                    egui::WidgetInfo::labeled(egui::Role::Button, true, label)
                });
                if remove.clicked() {
                    app.shell.settings.models.retain(|one| one != folder);
                    if chosen {
                        use_model(app, None);
                    }
                }
            }
        });
    });
    ui.indent(("model", &name, &folder), |ui| {
        match app.studio.models.look(ui.ctx(), &source) {
            Finding::Looking(_) => {
                ui.weak(texts::LOOKING);
            }
            Finding::Found(facts) => {
                ui.label(&facts.what);
                for note in &facts.notes {
                    ui.weak(note);
                }
            }
            Finding::Bad(problem) => {
                ui.colored_label(ui.visuals().error_fg_color, problem);
            }
        }
        state_of(app, ui, &source);
    });
}

/// How far the engine is with this model.
fn state_of(app: &mut App, ui: &mut egui::Ui, source: &ModelSource) {
    let mut again = false;
    let queue = &app.studio.queue;
    let held = queue.shelf().models.iter();
    for held in held.filter(|held| held.kit.model == *source) {
        ui.weak(texts::in_memory(held));
    }
    let chosen = queue.chosen().is_some_and(|kit| kit.model == *source);
    match queue.model() {
        _ if !chosen => {}
        ModelState::None => {}
        ModelState::Loading { part } => {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label(texts::loading(part.as_deref()));
            });
        }
        ModelState::Ready(info) => {
            let good = egui::RichText::new(texts::model_runs(info)).strong();
            ui.label(good);
            for note in &info.notes {
                ui.weak(note);
            }
        }
        ModelState::Failed(problem) => {
            ui.colored_label(ui.visuals().error_fg_color, problem);
            again = ui
                .button(texts::LOAD_AGAIN)
                .on_hover_text(texts::LOAD_AGAIN_TOOLTIP)
                .clicked();
        }
    }
    if again {
        load(app);
    }
}

/// How much memory models may take together.
fn memory_row(app: &mut App, ui: &mut egui::Ui) {
    ui.strong(MEMORY.label).on_hover_text(MEMORY.tooltip);
    let free = app.studio.queue.shelf().free;
    let memory = &mut app.shell.settings.memory;
    let before = *memory;
    ui.horizontal(|ui| {
        ui.radio_value(memory, None, texts::memory_free(free));
        let limited = ui.radio(memory.is_some(), texts::MEMORY_AT_MOST);
        if limited.clicked() && memory.is_none() {
            *memory = Some(texts::MEMORY_USUAL);
        }
        let mut most = memory.unwrap_or(texts::MEMORY_USUAL);
        let value = egui::DragValue::new(&mut most)
            .range(Settings::MEMORY)
            .speed(0.1)
            .max_decimals(1)
            .suffix(" GB");
        if ui.add_enabled(memory.is_some(), value).changed() {
            *memory = Some(most);
        }
    });
    if *memory != before {
        set_memory(app);
    }
}

/// What there is to run on, with the reason where a device cannot be used.
fn device_rows(app: &mut App, ui: &mut egui::Ui) {
    ui.strong(DEVICE.label).on_hover_text(DEVICE.tooltip);
    let report = match app.studio.queue.devices() {
        Devices::Known(report) => Some(Arc::clone(report)),
        _ => None,
    };
    let mut chosen = app.shell.settings.device;
    // Another library has to be loaded for it, which only a new start can do.
    let waits = |device: Device| {
        let report = report.as_ref();
        report.is_some_and(|report| report.next_start.contains(&device))
    };
    for device in Device::ALL {
        let finding = report.as_ref().and_then(|report| {
            let row = report.devices.iter().find(|(own, _)| own == device);
            row.map(|(_, finding)| finding)
        });
        ui.horizontal(|ui| {
            // What was not tried may still work.
            let refused = matches!(finding, Some(Err(_))) && !waits(*device);
            ui.add_enabled_ui(!refused, |ui| {
                ui.radio_value(&mut chosen, *device, device.choice().label())
                    .on_hover_text(device.choice().tooltip());
            });
            match finding {
                Some(Ok(())) => {
                    ui.weak(texts::WORKS);
                }
                Some(Err(reason)) => {
                    ui.add(egui::Label::new(egui::RichText::new(reason).weak()).truncate())
                        .on_hover_text(reason);
                }
                None => {}
            }
        });
    }
    match &report {
        None => {
            ui.weak(texts::TRYING_DEVICES);
        }
        Some(report) => {
            if let Some(problem) = &report.problem {
                ui.colored_label(ui.visuals().error_fg_color, problem);
            }
            ui.weak(texts::runtime(&report.runtime));
        }
    }
    if waits(chosen) {
        let button = ui
            .button(texts::restart_with(chosen))
            .on_hover_text(texts::RESTART_TOOLTIP);
        if button.clicked() {
            super::super::shell::restart(app, ui.ctx());
        }
    }
    if chosen != app.shell.settings.device {
        app.shell.settings.device = chosen;
        if !waits(chosen) {
            load(app);
        }
    }
}
