//! The progress bar, and the loop that drains the engine's events.
//!
//! Does not know what the events are about beyond showing them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{KitArgs, SubjectArgs};
use super::link::Link;
use super::wanted::Wanted;
use super::{Failure, models, output};
use crate::detection::Found;
use crate::engine::model_hash::ModelHash;
use crate::engine::{
    Cancel, Candidate, CaptionDetail, Captioned, Detect, Device, EngineError, Event, FileKind,
    FindMask, FindObject, Job, Kit, Made, ModelInfo, ModelSource, Outcome, Previews, Remote,
    Repaint, Tagged, Upscale, Work,
};
use crate::raster::heat::Heat;
use crate::raster::{Patch, Picture};
use crate::recipe::{excerpt, infotext};

/// The engine as the command line uses it: one model, one job after the other, and forks of it where several servers do its jobs.
pub struct Session {
    link: Arc<Link>,
    /// Where networks may run.
    remote: Option<Remote>,
    /// What paints, and on what, once it is loaded.
    chosen: Option<(Kit, Device)>,
    /// The models for works beside painting that were looked for: of which kind, as what, and which they are.
    beside: Vec<(FileKind, Option<PathBuf>, Option<ModelSource>)>,
    /// What ControlNets are shown in the place of the picture.
    control_pictures: Vec<Option<Arc<Picture>>>,
    cancel: Cancel,
    bars: MultiProgress,
    bar: ProgressBar,
    /// Notes that were said, and how often there was reason to.
    noted: BTreeMap<String, usize>,
    /// What a fork says, until what comes before it was said.
    held: Option<RefCell<Vec<Said>>>,
}

/// What is said of a picture.
pub enum Said {
    Line(String),
    /// What stands in front, and what holds for many.
    Note(String, String),
    Report(serde_json::Value),
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
        let bars = MultiProgress::with_draw_target(target);
        Ok(Self {
            link: Arc::new(Link::start()?),
            remote: None,
            chosen: None,
            beside: Vec::new(),
            control_pictures: Vec::new(),
            cancel,
            bar: bars.add(ProgressBar::no_length()),
            bars,
            noted: BTreeMap::new(),
            held: None,
        })
    }

    /// Another thread's, with what was chosen here and a bar of its own.
    pub(super) fn fork(&self) -> Self {
        let bar = self.bars.add(ProgressBar::no_length());
        bar.set_prefix(self.bar.prefix());
        Self {
            link: Arc::clone(&self.link),
            remote: self.remote.clone(),
            chosen: self.chosen.clone(),
            beside: self.beside.clone(),
            control_pictures: self.control_pictures.clone(),
            cancel: self.cancel.clone(),
            bar,
            bars: self.bars.clone(),
            noted: BTreeMap::new(),
            held: Some(RefCell::default()),
        }
    }

    /// How many jobs may run at once; a fork has one.
    pub(super) fn at_once(&self) -> usize {
        match (&self.held, &self.chosen) {
            (None, Some((kit, _))) => kit.servers(),
            _ => 1,
        }
    }

    /// Runs networks on that server which are models by themselves, as far as it is to have them.
    pub fn use_server(&mut self, remote: Option<Remote>) {
        self.remote = remote;
    }

    /// Holds no more weights than was asked for, and knows the server.
    pub fn limit(&mut self, subject: &SubjectArgs) -> Result<(), Failure> {
        self.use_server(subject.server.remote()?);
        if subject.memory.is_some() {
            self.link.say(|engine| engine.set_memory(subject.memory))?;
        }
        Ok(())
    }

    /// Loads what paints for a command, as [`Self::load`].
    pub fn load_for(
        &mut self,
        subject: &SubjectArgs,
        wanted: &Wanted,
    ) -> Result<ModelInfo, Failure> {
        self.limit(subject)?;
        self.control_pictures.clone_from(&wanted.controls.pictures);
        // With what the recipe adds, so that nothing is loaded twice.
        let first = wanted.nth(0)?;
        let mut kit = wanted.kit.clone();
        kit.lora_hashes = infotext::lora_hashes(&first.beside);
        let loaded = kit
            .loaded_for(&first.recipe, &self.cancel)
            .map_err(EngineError::from)?;
        let info = self.load(loaded, subject.device)?;
        self.chosen = Some((kit, subject.device));
        Ok(info)
    }

    /// Finds LoRAs that have other names here by what the source of the recipe says of them.
    pub fn know_loras(&mut self, beside: &[(String, String)]) {
        if let Some((kit, _)) = &mut self.chosen {
            kit.lora_hashes = infotext::lora_hashes(beside);
        }
    }

    /// Loads what paints from now on, naming its parts as they load.
    pub fn load(&mut self, kit: Kit, device: Device) -> Result<ModelInfo, Failure> {
        self.chosen = Some((kit.clone(), device));
        self.link
            .say(|engine| engine.load(kit.clone(), device, self.cancel.clone()))?;
        self.bar.set_style(style("{spinner} loading {msg}"));
        self.bar.enable_steady_tick(Duration::from_millis(100));
        let info = loop {
            match self.link.next(None)? {
                Event::Loading(loading) => {
                    let share = (100.0 * loading.fraction()).round();
                    self.bar
                        .set_message(format!("{} ({share} %)", loading.part));
                }
                Event::Loaded(info) => break info?,
                Event::Noted(note) => self.say_now(&note),
                Event::Step { .. }
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
        on_preview: impl FnMut(usize, Patch) -> Result<(), Failure>,
    ) -> Result<(Vec<Patch>, Made), Failure> {
        let (kit, device) = self.chosen.clone().ok_or(EngineError::NoModel)?;
        let job = Job {
            work: Work::Repaint(repaint),
            kit,
            device,
            previews,
        };
        match self.run(job, "step", on_preview)? {
            Outcome::Repainted { patches, made } => Ok((patches, made)),
            _ => Err(Failure::Interrupted),
        }
    }

    /// Finds what is looked for in a picture; needs no model, but the library of the device that the rest of the run is on.
    pub fn detect(&mut self, device: Device, detect: Detect) -> Result<Vec<Found>, Failure> {
        let work = Work::Detect(detect);
        match self.by(ModelSource::BuiltIn, device, work, "part")? {
            Outcome::Detected(found) => Ok(found),
            _ => Err(Failure::Interrupted),
        }
    }

    /// As [`models::chosen`], looked for once.
    pub fn beside(
        &mut self,
        asked: Option<&Path>,
        kind: FileKind,
    ) -> Result<Option<ModelSource>, Failure> {
        let mut known = self.beside.iter();
        let known = known.find(|(of, by, _)| *of == kind && by.as_deref() == asked);
        if let Some((.., model)) = known {
            return Ok(model.clone());
        }
        let model = models::chosen(asked, kind)?;
        let asked = asked.map(Path::to_owned);
        self.beside.push((kind, asked, model.clone()));
        Ok(model)
    }

    /// Makes a picture larger by an upscaler: the picture, the upscaler's name and what it ran on.
    pub fn upscale(
        &mut self,
        with: ModelSource,
        device: Device,
        upscale: Upscale,
    ) -> Result<(Picture, String, Device), Failure> {
        match self.by(with, device, Work::Upscale(upscale), "tile")? {
            Outcome::Upscaled {
                picture,
                model,
                device,
            } => Ok((picture, model, device)),
            _ => Err(Failure::Interrupted),
        }
    }

    /// How sure a network is of each place of a picture, for each of some words.
    pub fn find(
        &mut self,
        with: ModelSource,
        device: Device,
        wanted: FindMask,
    ) -> Result<Vec<Heat>, Failure> {
        match self.by(with, device, Work::FindMask(wanted), "word")? {
            Outcome::Found { heats, .. } => Ok(heats),
            _ => Err(Failure::Interrupted),
        }
    }

    /// What may be meant by what is pointed at in a picture.
    pub fn point(
        &mut self,
        with: ModelSource,
        device: Device,
        wanted: FindObject,
    ) -> Result<Vec<Candidate>, Failure> {
        match self.by(with, device, Work::FindObject(wanted), "picture")? {
            Outcome::Pointed { candidates, .. } => Ok(candidates),
            _ => Err(Failure::Interrupted),
        }
    }

    /// Does a work by a model of its own.
    fn by(
        &mut self,
        with: ModelSource,
        device: Device,
        work: Work,
        unit: &str,
    ) -> Result<Outcome, Failure> {
        let job = Job {
            work,
            kit: Kit {
                remote: self.remote.clone(),
                ..Kit::of(with)
            },
            device,
            previews: Previews::Off,
        };
        self.run(job, unit, |_, _| Ok(()))
    }

    /// What a tagger sees in a picture.
    pub fn tag(
        &mut self,
        tagger: ModelSource,
        device: Device,
        picture: Arc<Picture>,
    ) -> Result<Tagged, Failure> {
        match self.by(tagger, device, Work::Tag(picture), "picture")? {
            Outcome::Tagged(tagged) => Ok(tagged),
            _ => Err(Failure::Interrupted),
        }
    }

    /// What a captioner says of a picture.
    pub fn caption(
        &mut self,
        captioner: ModelSource,
        device: Device,
        picture: Arc<Picture>,
        detail: CaptionDetail,
    ) -> Result<Captioned, Failure> {
        match self.by(captioner, device, Work::Caption(picture, detail), "token")? {
            Outcome::Captioned(captioned) => Ok(captioned),
            _ => Err(Failure::Interrupted),
        }
    }

    /// Does a job, and shows how many of its steps, called `unit`, are done.
    fn run(
        &mut self,
        job: Job,
        unit: &str,
        mut on_preview: impl FnMut(usize, Patch) -> Result<(), Failure>,
    ) -> Result<Outcome, Failure> {
        let id = self.link.submit(&job, &self.cancel)?;
        self.bar.reset();
        self.bar.set_style(style(&format!(
            "{{prefix}}{unit} {{pos}}/{{len}} {{bar:30}} {{msg}}"
        )));
        let start = Instant::now();
        let outcome = loop {
            match self.link.next(Some(id))? {
                Event::Step {
                    index, of, preview, ..
                } => {
                    self.bar.set_length(of as u64);
                    self.bar.set_position(index as u64);
                    self.bar.set_message(pace(start.elapsed(), unit, index, of));
                    if let Some(preview) = preview {
                        on_preview(index, preview)?;
                    }
                }
                Event::Noted(note) => self.say_now(&note),
                Event::Finished { outcome, .. } => break outcome?,
                Event::Loading(loading) => {
                    self.bar.set_message(format!("loading {}", loading.part));
                }
                Event::Loaded(_) | Event::Shelf(_) | Event::Devices(_) => {}
            }
        };
        self.bar.finish_and_clear();
        match outcome {
            Outcome::Cancelled => Err(Failure::Interrupted),
            outcome => Ok(outcome),
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

    /// The hash of what made a picture, waited for until an interrupt: a file is written once.
    pub fn hash<'a>(&self, made: &'a Made) -> Option<&'a str> {
        made.model_hash.as_ref()?.wait(&self.cancel)
    }

    /// The hashes of the LoRAs that made a picture with their names, waited for as [`Self::hash`].
    pub fn lora_hashes(&self, made: &Made) -> Vec<(String, String)> {
        let wait = |hash: &ModelHash| hash.wait(&self.cancel).map(str::to_owned);
        let loras = made.loras.iter();
        let hashed = loras.filter_map(|(name, hash)| Some((name.clone(), wait(hash)?)));
        hashed.collect()
    }

    /// Ends the command when Ctrl-C came after the engine's last look at it.
    pub fn check_interrupt(&self) -> Result<(), Failure> {
        let goes_on = !self.cancel.is_cancelled();
        goes_on.then_some(()).ok_or(Failure::Interrupted)
    }

    /// Prints one line of sensible length on standard error without disturbing the bar.
    pub fn say(&self, line: &str) {
        match &self.held {
            Some(held) => held.borrow_mut().push(Said::Line(line.to_owned())),
            None => self.say_now(line),
        }
    }

    /// The same, whatever else waits to be said.
    fn say_now(&self, line: &str) {
        self.bars.suspend(|| output::say(&excerpt::line(line)));
    }

    /// Prints the line that `--json` promises.
    pub fn report(&self, line: serde_json::Value) {
        match &self.held {
            Some(held) => held.borrow_mut().push(Said::Report(line)),
            None => output::report(&line),
        }
    }

    /// Says what holds for a picture, unless it was said of another; `about` stands in front.
    pub fn note(&mut self, about: &str, note: String) {
        if let Some(held) = &self.held {
            held.borrow_mut().push(Said::Note(about.to_owned(), note));
            return;
        }
        let count = self.noted.entry(note.clone()).or_default();
        *count += 1;
        if *count == 1 {
            self.say(&format!("{about}{note}"));
        }
    }

    /// What a fork has to say.
    pub(super) fn take_said(&self) -> Vec<Said> {
        self.held.as_ref().map(RefCell::take).unwrap_or_default()
    }

    /// Says what a fork had to say.
    pub(super) fn say_all(&mut self, said: Vec<Said>) {
        for said in said {
            match said {
                Said::Line(line) => self.say(&line),
                Said::Note(about, note) => self.note(&about, note),
                Said::Report(line) => self.report(line),
            }
        }
    }

    /// Says of how many pictures those notes hold that hold for more than one.
    pub fn say_counts(&self) {
        for (note, count) in self.noted.iter().filter(|(_, count)| **count > 1) {
            self.say(&format!("{count} pictures: {note}"));
        }
    }
}

/// What paints, as it was asked for; and a line for each thing that was said of the model before.
///
/// # Errors
/// When several models have the name.
pub fn kit(subject: &SubjectArgs) -> Result<(Kit, Vec<String>), Failure> {
    let mut kit = plain_kit(&subject.kit)?;
    kit.prediction = subject.prediction;
    kit.zero_snr = subject.zero_snr;
    kit.remote = subject.server.remote()?;
    kit.embeddings.extend(models::folders(FileKind::Embedding));
    kit.embeddings.extend(subject.embeddings.iter().cloned());
    kit.lora_folders.extend(models::folders(FileKind::Lora));
    kit.control_folders
        .extend(models::folders(FileKind::ControlNet));
    kit.lora_folders.extend(subject.lora_dir.iter().cloned());
    let notes = put_said(&mut kit);
    Ok((kit, notes))
}

/// A model with what was chosen to go with it.
///
/// # Errors
/// When several models have the name.
pub fn plain_kit(args: &KitArgs) -> Result<Kit, Failure> {
    let known = |model: &PathBuf| models::known(model, FileKind::Checkpoint);
    let model = args.model.as_ref().map(known).transpose()?;
    Ok(Kit {
        vae: args.vae.clone(),
        text_encoder: args.text_encoder.clone(),
        loras: args.lora.clone(),
        ..Kit::around(model.unwrap_or(ModelSource::BuiltIn))
    })
}

/// Puts what was said of a kit's model before where the kit says nothing; a line for each.
pub fn put_said(kit: &mut Kit) -> Vec<String> {
    let path = match &kit.model {
        ModelSource::File(path) | ModelSource::Directory(path) => std::path::absolute(path).ok(),
        ModelSource::BuiltIn => None,
    };
    let said = path.and_then(|path| models::said(&path));
    said.map(|said| said.put_into(kit)).unwrap_or_default()
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// `0.42 s/step, 3 s left`.
fn pace(elapsed: Duration, unit: &str, done: usize, of: usize) -> String {
    let step = elapsed.as_secs_f64() / done.max(1) as f64;
    let left = step * of.saturating_sub(done) as f64;
    format!("{step:.2} s/{unit}, {left:.0} s left")
}
