//! The engine's thread: receives commands, owns the models, reports.
//!
//! Does not know who listens, and keeps nothing of a job once it is finished.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use super::cancel::Cancel;
use super::captioner::{self, CaptionDetail, Captioner};
use super::detector::Detectors;
use super::device::{Device, DevicesReport};
use super::error::EngineError;
use super::kit::{Found, Kit, KitLora};
use super::loading::Alone;
use super::message::{
    Command, Event, FindMask, Job, JobId, Made, Outcome, Previews, Repaint, Timings, Upscale, Work,
};
use super::model_hash::{Hashed, ModelHash};
pub(super) use super::outbox::Outbox;
use super::runtime::RuntimeKeeper;
use super::sam::{self, FindObject, Sam};
use super::segmenter::{self, Segmenter};
use super::shelf::{Loaded, Shelf};
use super::single::{Facts, Single};
use super::source::ModelSource;
use super::tagger::{self, Tagger};
use super::upscaler::{self, Upscaler};
use crate::diffusion::latent;
use crate::diffusion::networks::{Halt, Networks};
use crate::diffusion::plan::Plan;
use crate::diffusion::repaint::{Progress, repaint_batch};
use crate::folders;
use crate::raster::Picture;

/// The models of one network that were run last; they go before a painter is loaded, and for each other where there is no room.
#[derive(Default)]
struct Singles {
    upscaler: Single<Upscaler>,
    segmenter: Single<Segmenter>,
    tagger: Single<Tagger>,
    captioner: Single<Captioner>,
    sam: Single<Sam>,
}

impl Singles {
    /// Bytes of the weights that are held.
    fn weight(&self) -> u64 {
        let Self {
            upscaler,
            segmenter,
            tagger,
            captioner,
            sam,
        } = self;
        let words = tagger.weight() + captioner.weight();
        upscaler.weight() + segmenter.weight() + words + sam.weight()
    }

    /// Lets all go.
    fn clear(&mut self, shelf: &mut Shelf) {
        *self = Self::default();
        shelf.count_beside(0);
    }
}

/// Serves commands until their sender is gone, or nobody listens any more.
pub(super) fn serve(commands: &Receiver<Command>, events: &Outbox, runtime: &RuntimeKeeper) {
    let mut shelf = Shelf::default();
    let mut singles = Singles::default();
    let mut detectors = Detectors::default();
    // What was said of models: a LoRA of another strength has no more to say.
    let mut told = BTreeSet::new();
    while let Ok(command) = commands.recv() {
        let sent = match command {
            Command::Load(kit, device, cancel) => {
                let Found { kit, .. } = kit.for_prompt("", &cancel);
                if !shelf.has(&kit, device) {
                    singles.clear(&mut shelf);
                }
                let loaded = ready(&mut shelf, runtime, &kit, device, &cancel, events);
                told.extend(loaded.iter().flat_map(|loaded| loaded.info.notes.clone()));
                events.must_send(Event::Loaded(loaded.map(|loaded| loaded.info.clone())))
            }
            Command::Run(job, request, cancel) => {
                let around = Around {
                    runtime,
                    request: &request,
                    job,
                    cancel: &cancel,
                    events,
                };
                let outcome = match &request.work {
                    Work::Repaint(wanted) => {
                        let found = request.kit.for_recipe(&wanted.recipe, &cancel);
                        found.map_err(EngineError::from).and_then(|found| {
                            let Found { kit, names, notes } = found;
                            if cancel.is_cancelled() {
                                return Err(EngineError::LoadStopped);
                            }
                            around.tell(notes);
                            let is_new = !shelf.has(&kit, request.device);
                            let device = request.device;
                            if !shelf.is_whole(&kit, device) {
                                singles.clear(&mut shelf);
                            }
                            let loaded = ready(&mut shelf, runtime, &kit, device, &cancel, events)?;
                            if is_new {
                                let notes = loaded.info.notes.iter().cloned();
                                around.tell(notes.filter(|note| told.insert(note.clone())));
                            }
                            let done = run(loaded, &names, &around, wanted);
                            if matches!(done, Err(EngineError::Run(Halt::Network(_)))) {
                                shelf.forget(&kit);
                            }
                            done
                        })
                    }
                    Work::Upscale(wanted) => around.upscale(&mut singles, &mut shelf, wanted),
                    Work::FindMask(wanted) => around.find(&mut singles, &mut shelf, wanted),
                    Work::Tag(picture) => around.tag(&mut singles, &mut shelf, picture),
                    Work::Caption(picture, detail) => {
                        around.caption(&mut singles, &mut shelf, picture, *detail)
                    }
                    Work::FindObject(wanted) => around.point(&mut singles, &mut shelf, wanted),
                    Work::Detect(wanted) => runtime
                        .start(request.device)
                        .and_then(|runtime| detectors.find(runtime, wanted, &cancel))
                        .map(Outcome::Detected),
                };
                let outcome = match outcome {
                    Err(EngineError::LoadStopped | EngineError::Run(Halt::Cancelled)) => {
                        Ok(Outcome::Cancelled)
                    }
                    outcome => outcome,
                };
                if shelf.has_changed() {
                    let _ = events.must_send(Event::Shelf(shelf.report()));
                }
                events.must_send(Event::Finished { job, outcome })
            }
            Command::Memory(most) => {
                if most.is_some_and(|most| singles.weight() > most) {
                    singles.clear(&mut shelf);
                }
                shelf.set_budget(most);
                shelf.has_changed();
                events.must_send(Event::Shelf(shelf.report()))
            }
            Command::Devices(wanted) => {
                events.must_send(Event::Devices(DevicesReport::gather_with(runtime, wanted)))
            }
        };
        if sent.is_break() {
            return;
        }
    }
}

/// The model of a kit, loaded where it is not in memory yet.
fn ready<'a>(
    shelf: &'a mut Shelf,
    runtime: &RuntimeKeeper,
    kit: &Kit,
    device: Device,
    cancel: &Cancel,
    events: &Outbox,
) -> Result<&'a mut Loaded, EngineError> {
    if !shelf.has(kit, device) {
        // Nobody listening is noticed when the end is reported.
        let mut tell = |loading| {
            let _ = events.may_send(Event::Loading(loading));
        };
        let loaded = runtime
            .start(device)
            .and_then(|runtime| shelf.load(runtime, kit, device, cancel, &mut tell));
        shelf.has_changed();
        let _ = events.must_send(Event::Shelf(shelf.report()));
        loaded?;
    }
    shelf.used(kit, device).ok_or(EngineError::NoModel)
}

fn run(
    loaded: &mut Loaded,
    names: &[String],
    around: &Around<'_>,
    wanted: &Repaint,
) -> Result<Outcome, EngineError> {
    let Loaded {
        kit,
        networks,
        info,
        hash,
        ..
    } = loaded;
    let &Around {
        request,
        job,
        cancel,
        events,
        ..
    } = around;
    let begin = |(name, lora): (&String, &KitLora)| {
        let (file, cache) = (lora.file.clone(), folders::cache());
        let hash = ModelHash::begin_of(Hashed::Tensors, file, cache);
        (name.clone(), hash)
    };
    let loras = names.iter().zip(&kit.loras).map(begin).collect();
    let plan = Plan::with_control_pictures(
        &wanted.picture,
        wanted.mask.as_deref(),
        &wanted.recipe,
        networks.spec(),
        &wanted.control_pictures,
    )?;
    let waits = events.clone();
    let on_part = move |loading| {
        let _ = waits.may_send(Event::Loading(loading));
    };
    networks.set_cancel(cancel.clone());
    networks.set_listener(Arc::new(on_part));
    let asked = wanted.recipe.clip_skip;
    if let Some(most) = networks.spec().clip_skips.filter(|most| *most < asked) {
        let _ = events.must_send(Event::Noted(format!(
            "clip skip {asked} is heard as {most}, as this model's text encoder gives no other layer; a checkpoint (.safetensors) gives all"
        )));
    }
    let preview_map = networks
        .spec()
        .preview
        .clone()
        .filter(|_| request.previews != Previews::Off);
    let mut timings = Timings::default();
    let mut watch = Stopwatch::start();
    let plan = plan.batch(wanted.batch)?;
    let patches = repaint_batch(&plan, networks, &mut |progress| {
        let lap = watch.lap();
        let mut heard = ControlFlow::Continue(());
        match progress {
            Progress::TextEncoded => timings.text = lap,
            Progress::PictureEncoded => timings.encode = lap,
            Progress::Decoded => timings.decode = lap,
            Progress::Stepped(step) => {
                timings.steps.push(lap);
                let preview = preview_map
                    .as_ref()
                    .map(|map| plan.preview(&latent::preview(step.denoised, map)));
                let event = Event::Step {
                    job,
                    index: step.index + 1,
                    of: step.of,
                    preview,
                };
                heard = match request.previews {
                    Previews::Every => events.must_send(event),
                    Previews::Off | Previews::Latest => events.may_send(event),
                };
                // Previews are the reader's wish, not the step's time.
                watch.lap();
            }
        }
        if cancel.is_cancelled() {
            return ControlFlow::Break(());
        }
        heard
    });
    timings.composite = watch.lap();
    around.tell(networks.take_notes());
    match patches {
        Ok(patches) => Ok(Outcome::Repainted {
            patches,
            made: Made {
                model: info.spec.name.clone(),
                model_hash: hash.clone(),
                loras,
                device: info.device,
                rendered: plan.frame.working,
                masked: plan.masked,
                timings,
            },
        }),
        Err(halt) => Err(EngineError::Run(halt)),
    }
}

/// What a job is done with beside its model.
struct Around<'a> {
    runtime: &'a RuntimeKeeper,
    request: &'a Job,
    job: JobId,
    cancel: &'a Cancel,
    events: &'a Outbox,
}

impl Around<'_> {
    /// The model of one network that the job names, loaded where it is not here; what is held in memory and does not fit beside it goes.
    fn single<'a, F, T>(
        &self,
        singles: &'a mut Singles,
        pick: fn(&mut Singles) -> &mut Single<T>,
        shelf: &mut Shelf,
        find: fn(&ModelSource) -> Result<F, EngineError>,
        facts: fn(&F) -> Facts,
        load: fn(F, &mut Alone<'_>) -> Result<T, EngineError>,
    ) -> Result<&'a mut T, EngineError> {
        let Job { kit, device, .. } = self.request;
        if !pick(singles).is(&kit.model, *device) {
            let found = find(&kit.model)?;
            let facts = facts(&found);
            *pick(singles) = Single::default();
            shelf.count_beside(singles.weight());
            // An accelerator holds one model.
            if !device.on_processor() || !shelf.has_room(facts.weight) {
                singles.clear(shelf);
            }
            shelf.make_room(facts.weight, *device)?;
            let mut loading = Alone {
                runtime: self.runtime.start(*device)?,
                device: *device,
                cancel: self.cancel,
                on_part: &mut |loading| {
                    let _ = self.events.may_send(Event::Loading(loading));
                },
            };
            let loaded = load(found, &mut loading);
            let _ = self.events.must_send(Event::Shelf(shelf.report()));
            pick(singles).hold(&kit.model, *device, facts, loaded?);
            shelf.count_beside(singles.weight());
        }
        pick(singles).held().ok_or(EngineError::NoModel)
    }

    /// Tells what there is to tell of a model that was just loaded.
    fn tell(&self, notes: impl IntoIterator<Item = String>) {
        for note in notes {
            let _ = self.events.must_send(Event::Noted(note));
        }
    }

    /// Tells how many parts of the job are done.
    fn done(&self, index: usize, of: usize) {
        let _ = self.events.may_send(Event::Step {
            job: self.job,
            index,
            of,
            preview: None,
        });
    }

    /// Makes a picture larger.
    fn upscale(
        &self,
        singles: &mut Singles,
        shelf: &mut Shelf,
        wanted: &Upscale,
    ) -> Result<Outcome, EngineError> {
        let facts = upscaler::Found::facts;
        let upscaler = self.single(
            singles,
            |all| &mut all.upscaler,
            shelf,
            upscaler::find,
            facts,
            Upscaler::load,
        )?;
        self.tell(upscaler.notes.drain(..));
        let mut on_tile = |index, of| self.done(index, of);
        let picture = upscaler.upscale(
            &wanted.picture,
            wanted.size,
            wanted.tile,
            self.cancel,
            &mut on_tile,
        )?;
        Ok(Outcome::Upscaled {
            picture,
            model: upscaler.name.clone(),
            device: upscaler.device,
        })
    }

    /// Looks where in a picture is what words say.
    fn find(
        &self,
        singles: &mut Singles,
        shelf: &mut Shelf,
        wanted: &FindMask,
    ) -> Result<Outcome, EngineError> {
        let facts = segmenter::Found::facts;
        let segmenter = self.single(
            singles,
            |all| &mut all.segmenter,
            shelf,
            segmenter::find,
            facts,
            Segmenter::load,
        )?;
        self.tell(segmenter.notes.drain(..));
        let mut on_words = |index, of| self.done(index, of);
        let FindMask { picture, words } = wanted;
        let heats = segmenter.look(picture, words, self.cancel, &mut on_words);
        self.tell(segmenter.notes.drain(..));
        Ok(Outcome::Found {
            heats: heats.map_err(EngineError::Run)?,
            model: segmenter.name.clone(),
            device: segmenter.device,
        })
    }

    /// Says what is in a picture.
    fn tag(
        &self,
        singles: &mut Singles,
        shelf: &mut Shelf,
        picture: &Picture,
    ) -> Result<Outcome, EngineError> {
        let facts = tagger::Found::facts;
        let tagger = self.single(
            singles,
            |all| &mut all.tagger,
            shelf,
            tagger::find,
            facts,
            Tagger::load,
        )?;
        self.tell(tagger.notes.drain(..));
        let tagged = tagger.tag(picture, self.cancel);
        Ok(Outcome::Tagged(tagged.map_err(EngineError::Run)?))
    }

    /// Says in sentences what a picture shows.
    fn caption(
        &self,
        singles: &mut Singles,
        shelf: &mut Shelf,
        picture: &Picture,
        detail: CaptionDetail,
    ) -> Result<Outcome, EngineError> {
        let (facts, load) = (captioner::Found::facts, Captioner::load);
        let pick: fn(&mut Singles) -> &mut Single<Captioner> = |all| &mut all.captioner;
        let captioner = self.single(singles, pick, shelf, captioner::find, facts, load)?;
        self.tell(captioner.notes.drain(..));
        let mut on_token = |index, of| self.done(index, of);
        let captioned = captioner.caption(picture, detail, self.cancel, &mut on_token);
        Ok(Outcome::Captioned(captioned.map_err(EngineError::Run)?))
    }

    /// Looks which thing of a picture is pointed at.
    fn point(
        &self,
        singles: &mut Singles,
        shelf: &mut Shelf,
        wanted: &FindObject,
    ) -> Result<Outcome, EngineError> {
        let find = |source: &ModelSource| sam::find(&source.path(""));
        let facts = sam::Found::facts;
        let sam = self.single(singles, |all| &mut all.sam, shelf, find, facts, Sam::load)?;
        self.tell(sam.notes.drain(..));
        let FindObject { picture, prompt } = wanted;
        sam.look(picture, self.cancel).map_err(EngineError::Run)?;
        let answer = |prompt| sam.answer(picture, prompt, self.cancel);
        let candidates = prompt.as_ref().map(answer).transpose()?;
        Ok(Outcome::Pointed {
            candidates: candidates.unwrap_or_default(),
            model: sam.name.clone(),
            device: sam.device,
        })
    }
}

struct Stopwatch(Instant);

impl Stopwatch {
    fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the last lap.
    fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now - std::mem::replace(&mut self.0, now)
    }
}
