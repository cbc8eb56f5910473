//! The window as the system sees it: title, icon, size, and where files of the program's own lie.
//!
//! Does not know what is in the window.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::{SurfaceConfig, egui};

use super::dialog::system_picker;
use super::input;
use super::settings::Places;
use super::shell::{App, Shell};
use super::studio::Studio;
use super::texts;
use super::theme;
use crate::canvas::{self, Canvas};
use crate::document::Document;
use crate::engine::{Engine, EngineError};
use crate::folders;
use crate::library::Home;
use crate::recipe::Recipe;
use crate::sample::{SAMPLES, SampleError};

/// What the system calls the program.
const APP_ID: &str = "pentimento";

const ICON: &[u8] = include_bytes!("../../assets/icon.png");

/// Why no window can be had.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The engine's thread.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The sample of the first start.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// No graphics device, or one that is too weak.
    #[error(
        "no graphics device can be used ({0}), install its Vulkan, Metal or DirectX 12 driver (Debian: mesa-vulkan-drivers)"
    )]
    Graphics(String),
    /// The window itself.
    #[error("no window can be opened ({0}), check that the desktop session is reachable")]
    Window(String),
}

/// Why no window could be shown here, if so; cheap, and asked before anything is started.
pub fn missing_display() -> Option<String> {
    let wanted = ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"];
    let windowed = cfg!(any(windows, target_os = "macos"));
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    (!windowed && !wanted.into_iter().any(set)).then(|| {
        "there is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set)"
            .to_owned()
    })
}

/// Where the log of a run goes: the user's folder for the state of programs, where there is one.
pub fn log_path() -> Option<PathBuf> {
    folders::state().map(|folder| folder.join("pentimento.log"))
}

/// Opens the window on these pictures, else on the first sample, and returns when it is closed; with pictures where the program is to be started again on these.
///
/// `log` is the file that the log panel names.
///
/// # Errors
/// Every [`OpenError`].
pub fn open(
    pictures: Vec<PathBuf>,
    log: Option<PathBuf>,
) -> Result<Option<Vec<PathBuf>>, OpenError> {
    let places = Places {
        settings: folders::configuration().map(|folder| folder.join("settings.json")),
        log,
        presets: folders::presets(),
        wildcards: folders::wildcards(),
        prompts: folders::state().map(|folder| folder.join("prompts.json")),
        journals: folders::state().map(|folder| folder.join("journals")),
        library: Home::from_environment().map(Arc::new),
    };
    texts::set_system(sys_locale::get_locale().as_deref());
    let kept = places.journals.is_some();
    let mut shell = Shell::new(places, system_picker());
    let restart = shell.restart();
    if !kept {
        shell.notices.fail(texts::work::NO_STATE_FOLDER);
    }
    let first = SAMPLES[0].unpack()?;
    let title = SAMPLES[0].title();
    eframe::run_native(
        texts::TITLE,
        options(),
        Box::new(|creation| {
            let ctx = &creation.egui_ctx;
            attach(ctx);
            let wake = ctx.clone();
            let engine = Engine::spawn(move || wake.request_repaint())?;
            let state = creation
                .wgpu_render_state
                .as_ref()
                .ok_or("the window came without a graphics device")?;
            let document = Document::with_mask(first.picture, first.mask);
            let mut studio = Studio::new(engine, Recipe::default());
            studio.use_sample(first.recipe);
            shell.call(title, &document);
            let mut app = App::new(document, Some(Canvas::new(state)), studio, shell);
            app.open(ctx, pictures);
            Ok(Box::new(app))
        }),
    )
    .map_err(|error| match error {
        eframe::Error::Wgpu(cause) => OpenError::Graphics(cause.to_string()),
        error => {
            // What comes before tells where in the libraries it was noticed.
            let words = error.to_string();
            let reason = words.rsplit(": ").next().unwrap_or_default();
            OpenError::Window(reason.to_owned())
        }
    })?;
    Ok(restart.get().cloned())
}

/// Gives a context the look of the window, and its input the order in which it came.
pub fn attach(ctx: &egui::Context) {
    theme::apply(ctx);
    input::attach(ctx);
}

fn options() -> eframe::NativeOptions {
    let mut viewport = egui::ViewportBuilder::default()
        .with_title(texts::TITLE)
        .with_app_id(APP_ID)
        .with_inner_size([1280.0, 820.0])
        .with_min_inner_size([720.0, 480.0]);
    match eframe::icon_data::from_png_bytes(ICON) {
        Ok(icon) => viewport = viewport.with_icon(icon),
        Err(error) => tracing::warn!("the icon cannot be read: {error}"),
    }
    eframe::NativeOptions {
        viewport,
        // Copy and paste are actions of their own: of a picture on the canvas, of words in a text field.
        clipboard_shortcuts: false,
        persistence_path: folders::configuration().map(|folder| folder.join("window.ron")),
        wgpu_options: canvas::configuration().with_surface_config(SurfaceConfig::LOW_LATENCY),
        ..Default::default()
    }
}
