//! Recipe, queue, results and models, with an engine that says what the test tells it to.

mod advice;
mod analysis;
mod blank;
mod controls;
mod fix;
mod geometry;
mod german;
mod history;
mod job;
mod judged;
mod kept;
mod layout;
mod library;
mod loras;
mod mistakes;
mod models;
mod object;
mod order;
mod pictures;
mod presets;
mod progress;
mod queue;
mod recipe;
mod refusals;
mod restart;
mod result_files;
mod said;
mod server;
mod sketch;
mod strip;
mod sweep;
mod tasks;
mod upscale;
mod variation;
mod weights;
mod words;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use eframe::egui;
use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::diffusion::networks::UnetInput;
use pentimento::document::{Document, EditName};
use pentimento::engine::{
    Cancel, Command, Device, Engine, EngineError, Event, Job, JobId, Loading, Made, ModelInfo,
    Outcome, Repaint, Timings, TokenCounter, Work,
};
use pentimento::raster::{Mask, Patch, Picture, Rect, Size};
use pentimento::recipe::Recipe;
use pentimento::recipe::field::Section;
use pentimento::ui::{App, Shell, Studio};

/// Size of the picture that is open.
const SIZE: Size = Size {
    width: 64,
    height: 48,
};

/// The sections of the recipe that fold.
const SECTIONS: [Section; 5] = [
    Section::Sampling,
    Section::Mask,
    Section::Area,
    Section::Control,
    Section::Advanced,
];

/// Where the results of the played engine lie.
const PLACE: Rect = Rect {
    left: 8,
    top: 8,
    right: 24,
    bottom: 24,
};

/// A window, and the far end of its engine's channels.
struct Window {
    harness: Harness<'static, App>,
    commands: Receiver<Command>,
    events: Option<Sender<Event>>,
}

/// A window on a grey picture without a mask, its model not loaded yet.
fn bare() -> Window {
    bare_with(Shell::default())
}

/// As [`bare`], with settings of its own.
fn bare_with(shell: Shell) -> Window {
    // No test asks the keychain of this machine.
    keyring_core::set_default_store(keyring_core::mock::Store::new().unwrap());
    let (commands, inbox) = bounded(8);
    let (outbox, events) = unbounded();
    let engine = Engine::from_channels(commands, events);
    Window {
        harness: harness(engine, shell),
        commands: inbox,
        events: Some(outbox),
    }
}

fn harness(engine: Engine, shell: Shell) -> Harness<'static, App> {
    let document = Document::new(Picture::filled(SIZE, [128, 128, 128, 255]));
    let recipe = Recipe {
        prompt: "open hand".to_owned(),
        seed: 5,
        ..Recipe::default()
    };
    let mut app = App::new(document, None, Studio::new(engine, recipe), shell);
    // Every row shows.
    app.settings_mut().unfolded = SECTIONS.into();
    let mut harness = super::harness(app, [1100.0, 900.0]);
    harness.run_steps(3);
    harness
}

/// A window that is ready to repaint: model loaded, a part of the picture masked.
fn ready() -> Window {
    let mut window = bare();
    window.load();
    window.mask();
    window
}

fn info() -> ModelInfo {
    let spec = crate::fake::spec(UnetInput::Latents);
    let words = |text: &str| Some(vec![vec![7]; text.split_whitespace().count()]);
    ModelInfo {
        tokens: TokenCounter::new(spec.text_window, spec.fixed.windows, words),
        spec,
        device: Device::Cpu,
        notes: vec!["a note of the model".to_owned()],
        load: Duration::from_millis(1200),
    }
}

/// A network is being loaded when a quarter of the weights is there.
fn loading(part: &str) -> Event {
    Event::Loading(Loading {
        part: part.to_owned(),
        done: 250_000_000,
        total: 1_000_000_000,
    })
}

/// How the played engine made a result.
fn made() -> Made {
    Made {
        loras: Vec::new(),
        model: "fake".to_owned(),
        model_hash: None,
        device: Device::Cpu,
        rendered: Size::new(64, 64),
        masked: true,
        timings: Timings {
            steps: vec![Duration::from_millis(100); 15],
            ..Timings::default()
        },
    }
}

/// A result of one colour.
fn patch(gray: u8) -> Patch {
    let pixel = [gray, gray, gray, 255];
    Patch::new(PLACE, Picture::filled(PLACE.size(), pixel))
}

impl Window {
    fn app(&self) -> &App {
        self.harness.state()
    }

    fn steps(&mut self) {
        self.harness.run_steps(4);
    }

    fn say(&mut self, event: Event) {
        self.events.as_ref().unwrap().send(event).unwrap();
        self.steps();
    }

    /// Answers the load that the window asked for.
    fn load(&mut self) {
        let command = self.commands.try_recv().unwrap();
        assert!(matches!(command, Command::Load(..)));
        self.say(Event::Loaded(Ok(info())));
    }

    /// Masks a part of the picture.
    fn mask(&mut self) {
        let document = self.harness.state_mut().document_mut();
        document.edit_mask(EditName::Import, |_| {
            Mask::from_fn(SIZE, |x, _| if x < 20 { 255 } else { 0 })
        });
        self.steps();
    }

    /// The job that the engine was just handed.
    fn job(&mut self) -> (JobId, Repaint, Cancel) {
        let (id, job, cancel) = self.whole_job();
        let Work::Repaint(repaint) = job.work else {
            panic!("no repaint")
        };
        (id, repaint, cancel)
    }

    /// As [`Self::job`], with what it is to be done with.
    fn whole_job(&mut self) -> (JobId, Job, Cancel) {
        match self.commands.try_recv().unwrap() {
            Command::Run(id, job, cancel) => (id, *job, cancel),
            Command::Load(..) | Command::Memory(_) | Command::Devices(_) => {
                panic!("another command")
            }
        }
    }

    fn step(&mut self, job: JobId, index: usize, gray: u8) {
        let preview = Some(patch(gray));
        self.say(Event::Step {
            job,
            index,
            of: 15,
            preview,
        });
    }

    fn finish(&mut self, job: JobId, gray: u8) {
        self.finish_batch(job, &[gray]);
    }

    fn finish_batch(&mut self, job: JobId, grays: &[u8]) {
        let made = made();
        let patches = grays.iter().map(|gray| patch(*gray)).collect();
        self.say(Event::Finished {
            job,
            outcome: Ok(Outcome::Repainted { patches, made }),
        });
    }

    fn fail(&mut self, job: JobId, error: EngineError) {
        self.say(Event::Finished {
            job,
            outcome: Err(error),
        });
    }

    /// Presses Repaint, and gives the jobs that the engine gets when it always finishes at once.
    fn press_repaint(&mut self) {
        self.press("Repaint");
    }

    /// Presses a button outside the menu bar.
    fn press(&mut self, label: &str) {
        let buttons = self
            .harness
            .query_all_by_role_and_label(Role::Button, label);
        // The menus come first.
        buttons.last().unwrap().click();
        self.steps();
    }

    /// Ticks a box, or no longer.
    fn press_box(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.steps();
    }

    /// Draws frames until the artist is told that.
    fn until_told(&mut self, text: &str) {
        let patience = Instant::now() + Duration::from_secs(60);
        while !self.told(text) {
            assert!(Instant::now() < patience, "{text} is not told");
            std::thread::sleep(Duration::from_millis(20));
            self.steps();
        }
    }

    /// Chooses an action in the menu of repainting.
    fn run_action(&mut self, label: &str) {
        let menus = self
            .harness
            .query_all_by_role_and_label(Role::Button, "Repaint");
        menus.into_iter().next().unwrap().click();
        self.steps();
        self.press(label);
    }

    fn is_enabled(&self, label: &str) -> bool {
        let buttons = self
            .harness
            .query_all_by_role_and_label(Role::Button, label);
        !buttons.last().unwrap().accesskit_node().is_disabled()
    }

    fn shows(&self, text: &str) -> bool {
        self.harness
            .query_all_by_label_contains(text)
            .next()
            .is_some()
    }

    /// Opens the models, and waits until each was looked at: what is found moves what lies below.
    fn open_models(&mut self) {
        self.press("Change\u{2026}");
        let patience = Instant::now() + Duration::from_secs(60);
        while self.shows("Being looked at") {
            assert!(Instant::now() < patience, "the models are looked at");
            std::thread::sleep(Duration::from_millis(20));
            self.steps();
        }
        self.steps();
    }

    /// Draws frames until a text shows.
    fn until_shown(&mut self, text: &str) {
        let patience = Instant::now() + Duration::from_secs(60);
        while !self.shows(text) {
            assert!(Instant::now() < patience, "{text} does not show");
            std::thread::sleep(Duration::from_millis(20));
            self.steps();
        }
    }

    fn key(&mut self, modifiers: egui::Modifiers, key: egui::Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.steps();
    }

    /// Whether that was told to the artist.
    fn told(&self, text: &str) -> bool {
        format!("{:?}", self.app().shell().notices).contains(text)
    }

    /// Grey value of what lies over the picture.
    fn layer(&self) -> Option<u8> {
        let layer = self.app().studio().layer()?;
        Some(layer.patch.pixels().pixel(0, 0)[0])
    }

    /// Grey value of the picture where results lie.
    fn picture(&self) -> u8 {
        self.app().document().picture().pixel(PLACE.left, PLACE.top)[0]
    }

    fn results(&self) -> usize {
        self.harness
            .query_all_by_label_contains("Result ")
            .filter(|node| node.accesskit_node().role() == Role::Button)
            .count()
    }

    fn recipe(&self) -> &Recipe {
        &self.app().studio().recipe
    }

    fn recipe_mut(&mut self) -> &mut Recipe {
        &mut self.harness.state_mut().studio_mut().recipe
    }
}

/// The same picture, not a copy of it.
fn same(a: &Arc<Picture>, b: &Arc<Picture>) -> bool {
    Arc::ptr_eq(a, b)
}
