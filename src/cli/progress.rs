//! The progress bar, and the loop that drains the engine's events.
//!
//! Does not know what the events are about beyond showing them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::SubjectArgs;
use super::control::Controls;
use super::{Failure, models, output};
use crate::engine::{
    Cancel, Device, Engine, EngineError, Event, FileKind, Job, JobId, Kit, Made, ModelInfo,
    ModelSource, Outcome, Previews, Repaint, Work,
};
use crate::raster::{Patch, Picture};
use crate::recipe::excerpt;

/// How long one wait for an event lasts.
const LOOK: Duration = Duration::from_secs(1);

/// The engine as the command line uses it: one model, one job after the other.
pub struct Session {
    engine: Engine,
    /// What paints, and on what, once it is loaded.
    chosen: Option<(Kit, Device)>,
    /// What ControlNets are shown in the place of the picture.
    control_pictures: Vec<Option<Arc<Picture>>>,
    cancel: Cancel,
    bar: ProgressBar,
    jobs: u64,
    /// Notes that were said, and how often there was reason to.
    noted: BTreeMap<String, usize>,
}

impl Session {
    /// Starts the engine and takes Ctrl-C over: from now on it stops the job instead of the process.
    pub fn start(quiet: bool) -> Result<Self, Failure> {
        let cancel = Cancel::new();
        let on_interrupt = cancel.clone();
        ctrlc::set_handler(move || on_interrupt.cancel())
            .map_err(|error| Failure::Usage(format!("Ctrl-C cannot be watched: {error}")))?;
        let target = if quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        Ok(Self {
            engine: Engine::spawn(|| ())?,
            chosen: None,
            control_pictures: Vec::new(),
            cancel,
            bar,
            jobs: 0,
            noted: BTreeMap::new(),
        })
    }

    /// Loads the model and ControlNets that were asked for, as [`Self::load`].
    pub fn load_for(
        &mut self,
        subject: &SubjectArgs,
        controls: &Controls,
    ) -> Result<ModelInfo, Failure> {
        if subject.memory.is_some() {
            self.engine.set_memory(subject.memory)?;
        }
        let model = subject.model.clone().map(models::known).transpose()?;
        let model = model.map_or(ModelSource::BuiltIn, ModelSource::at);
        let mut kit = Kit::around(model);
        kit.vae.clone_from(&subject.vae);
        kit.loras.clone_from(&subject.lora);
        kit.prediction = subject.prediction;
        kit.embeddings.extend(models::folders(FileKind::Embedding));
        kit.embeddings.extend(subject.embeddings.iter().cloned());
        kit.lora_folders.extend(models::folders(FileKind::Lora));
        kit.lora_folders.extend(subject.lora_dir.iter().cloned());
        kit.controls.clone_from(&controls.files);
        kit.control_folders
            .extend(models::folders(FileKind::ControlNet));
        self.control_pictures.clone_from(&controls.pictures);
        self.load(kit, subject.device)
    }

    /// Loads what paints from now on, naming its parts as they load.
    pub fn load(&mut self, kit: Kit, device: Device) -> Result<ModelInfo, Failure> {
        self.chosen = Some((kit.clone(), device));
        self.engine.load(kit, device, self.cancel.clone())?;
        self.bar.set_style(style("{spinner} loading {msg}"));
        self.bar.enable_steady_tick(Duration::from_millis(100));
        let info = loop {
            match self.next()? {
                Event::Loading(part) => self.bar.set_message(part),
                Event::Loaded(info) => break info?,
                Event::Step { .. }
                | Event::Noted(_)
                | Event::Finished { .. }
                | Event::Shelf(_)
                | Event::Devices(_) => {}
            }
        };
        self.bar.disable_steady_tick();
        for note in &info.notes {
            self.say(note);
        }
        Ok(info)
    }

    /// Repaints with what was loaded; `on_preview` gets each step's number and preview.
    pub fn repaint(
        &mut self,
        repaint: Repaint,
        previews: Previews,
        mut on_preview: impl FnMut(usize, Patch) -> Result<(), Failure>,
    ) -> Result<(Vec<Patch>, Made), Failure> {
        let (kit, device) = self.chosen.clone().ok_or(EngineError::NoModel)?;
        let job = Job {
            work: Work::Repaint(repaint),
            kit,
            device,
            previews,
        };
        self.jobs += 1;
        self.engine
            .submit(JobId(self.jobs), job, self.cancel.clone())?;
        self.bar.reset();
        self.bar
            .set_style(style("{prefix}step {pos}/{len} {bar:30} {msg}"));
        let start = Instant::now();
        let outcome = loop {
            match self.next()? {
                Event::Step {
                    index, of, preview, ..
                } => {
                    self.bar.set_length(of as u64);
                    self.bar.set_position(index as u64);
                    self.bar.set_message(pace(start.elapsed(), index, of));
                    if let Some(preview) = preview {
                        on_preview(index, preview)?;
                    }
                }
                Event::Noted(note) => self.say(&note),
                Event::Finished { outcome, .. } => break outcome?,
                Event::Loading(_) | Event::Loaded(_) | Event::Shelf(_) | Event::Devices(_) => {}
            }
        };
        self.bar.finish_and_clear();
        match outcome {
            Outcome::Repainted { patches, made } => Ok((patches, made)),
            Outcome::Cancelled => Err(Failure::Interrupted),
        }
    }

    /// What ControlNets are shown in the place of the picture.
    pub fn control_pictures(&self) -> Vec<Option<Arc<Picture>>> {
        self.control_pictures.clone()
    }

    /// What the bar says before the steps of the next jobs: where a longer work is.
    pub fn about(&self, what: String) {
        self.bar.set_prefix(what);
    }

    /// Ends the command when Ctrl-C came after the engine's last look at it.
    pub fn check_interrupt(&self) -> Result<(), Failure> {
        if self.cancel.is_cancelled() {
            return Err(Failure::Interrupted);
        }
        Ok(())
    }

    /// Prints one line of sensible length on standard error without disturbing the bar.
    pub fn say(&self, line: &str) {
        self.bar.suspend(|| output::say(&excerpt::line(line)));
    }

    /// Says what holds for a picture, unless it was said of another; `about` stands in front.
    pub fn note(&mut self, about: &str, note: String) {
        let count = self.noted.entry(note.clone()).or_default();
        *count += 1;
        if *count == 1 {
            self.say(&format!("{about}{note}"));
        }
    }

    /// Says of how many pictures those notes hold that hold for more than one.
    pub fn say_counts(&self) {
        for (note, count) in self.noted.iter().filter(|(_, count)| **count > 1) {
            self.say(&format!("{count} pictures: {note}"));
        }
    }

    /// The next event, however long it takes: Ctrl-C reaches the engine by another way, and is answered by an event.
    fn next(&self) -> Result<Event, Failure> {
        loop {
            if let Some(event) = self.engine.wait(LOOK)? {
                return Ok(event);
            }
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// `0.42 s/step, 3 s left`.
fn pace(elapsed: Duration, done: usize, of: usize) -> String {
    let step = elapsed.as_secs_f64() / done.max(1) as f64;
    let left = step * of.saturating_sub(done) as f64;
    format!("{step:.2} s/step, {left:.0} s left")
}
