//! The engine's thread: receives commands, owns the models, reports.
//!
//! Does not know who listens nor how a picture is repainted, and keeps nothing of a job once it is finished.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::Receiver;

use super::cancel::Cancel;
use super::captioner::{self, CaptionDetail, Captioner};
use super::detector::Detectors;
use super::device::{Device, DevicesReport};
use super::error::EngineError;
use super::kit::{Found, Kit};
use super::loading::Alone;
use super::message::{Command, Event, FindMask, Job, JobId, ModelInfo, Outcome, Upscale, Work};
pub(super) use super::outbox::Outbox;
use super::remote::{Places, ROLES};
use super::replicas::Replicas;
use super::runtime::RuntimeKeeper;
use super::sam::{self, FindObject, Sam};
use super::segmenter::{self, Segmenter};
use super::shelf::Shelf;
use super::single::{Facts, Single};
use super::source::ModelSource;
use super::tagger::{self, Tagger};
use super::upscaler::{self, Upscaler};
use crate::diffusion::networks::Halt;
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
        let (masks, words) = (
            segmenter.weight() + sam.weight(),
            tagger.weight() + captioner.weight(),
        );
        upscaler.weight() + masks + words
    }

    /// Lets all go.
    fn clear(&mut self, shelf: &mut Shelf) {
        *self = Self::default();
        shelf.count_beside(0);
    }
}

/// What the engine holds in memory, and the servers that it knows.
#[derive(Default)]
pub(super) struct Memory {
    pub runtime: RuntimeKeeper,
    pub shelf: Mutex<Shelf>,
    // Locked before the shelf where both are.
    singles: Mutex<Singles>,
    detectors: Mutex<Detectors>,
    pub replicas: Replicas,
    /// What was said of models: a LoRA of another strength has no more to say.
    pub told: Mutex<BTreeSet<String>>,
}

/// What a mutex holds; what a thread left there that panicked is whole, as it is put there whole.
pub(super) fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves commands until their sender is gone, or nobody listens any more; repaints that several servers can do run beside each other.
pub(super) fn serve(commands: &Receiver<Command>, events: &Outbox, runtime: &RuntimeKeeper) {
    let memory = Arc::new(Memory {
        runtime: runtime.clone(),
        ..Memory::default()
    });
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    while let Ok(command) = commands.recv() {
        let sent = match command {
            Command::Load(kit, device, cancel) => {
                events.must_send(Event::Loaded(memory.load(&kit, device, &cancel, events)))
            }
            Command::Run(job, request, cancel) => {
                threads.retain(|thread| !thread.is_finished());
                let spreads = matches!(request.work, Work::Repaint(_)) && request.kit.servers() > 1;
                let (own, outbox) = (Arc::clone(&memory), events.clone());
                let work = move || own.serve_job(job, &request, &cancel, &outbox);
                match spreads.then(|| thread(job, events, work.clone())) {
                    Some(Ok(thread)) => {
                        threads.push(thread);
                        ControlFlow::Continue(())
                    }
                    // Where the system gives no thread it is done here.
                    Some(Err(_)) | None => work(),
                }
            }
            Command::Memory(most) => {
                if most.is_some_and(|most| held(&memory.singles).weight() > most) {
                    memory.clear_singles();
                }
                let mut shelf = held(&memory.shelf);
                shelf.set_budget(most);
                shelf.has_changed();
                events.must_send(Event::Shelf(shelf.report()))
            }
            Command::Devices(wanted) => {
                events.must_send(Event::Devices(DevicesReport::gather_with(runtime, wanted)))
            }
        };
        if sent.is_break() {
            break;
        }
    }
    for thread in threads {
        // A panic was reported when it happened.
        let _ = thread.join();
    }
}

/// A thread of its own for a job; its end is told also where it panics.
fn thread(
    job: JobId,
    events: &Outbox,
    work: impl FnOnce() -> ControlFlow<()> + Send + 'static,
) -> std::io::Result<JoinHandle<()>> {
    struct Told(JobId, Outbox);
    impl Drop for Told {
        fn drop(&mut self) {
            if std::thread::panicking() {
                let outcome = Err(EngineError::WorkerGone);
                let _ = self.1.must_send(Event::Finished {
                    job: self.0,
                    outcome,
                });
            }
        }
    }
    let told = Told(job, events.clone());
    let thread = std::thread::Builder::new().name("engine job".to_owned());
    thread.spawn(move || {
        // Nobody listening is noticed by the engine's own thread.
        let _ = work();
        drop(told);
    })
}

impl Memory {
    /// Lets the models of one network go.
    pub fn clear_singles(&self) {
        held(&self.singles).clear(&mut held(&self.shelf));
    }

    /// Makes a kit's model ready.
    fn load(
        &self,
        kit: &Kit,
        device: Device,
        cancel: &Cancel,
        events: &Outbox,
    ) -> Result<ModelInfo, EngineError> {
        let Found { kit, .. } = kit.for_prompt("", cancel);
        let tell = |note| {
            let _ = events.must_send(Event::Noted(note));
        };
        let info = self.on_server(&kit, &ROLES, cancel, tell, |kit| {
            if !held(&self.shelf).has(kit, device) {
                self.clear_singles();
            }
            Ok(self.ready(kit, device, cancel, events)?.info)
        })?;
        held(&self.told).extend(info.notes.iter().cloned());
        Ok(info)
    }

    /// Does a job and tells of its end; breaks when nobody listens.
    fn serve_job(
        &self,
        job: JobId,
        request: &Job,
        cancel: &Cancel,
        events: &Outbox,
    ) -> ControlFlow<()> {
        let around = Around {
            memory: self,
            kit: &request.kit,
            request,
            job,
            cancel,
            events,
        };
        let outcome = match &request.work {
            Work::Repaint(wanted) => around.repaint(wanted),
            work => {
                let tell = |note| around.tell([note]);
                self.on_server(&request.kit, work.networks(), cancel, tell, |kit| {
                    let done = Around { kit, ..around }.single_work(work);
                    if done.is_err() && kit.remote.is_some() {
                        // What the server has may be another by the next.
                        self.clear_singles();
                    }
                    done
                })
            }
        };
        let outcome = match outcome {
            Err(EngineError::LoadStopped | EngineError::Run(Halt::Cancelled)) => {
                Ok(Outcome::Cancelled)
            }
            outcome => outcome,
        };
        let changed = {
            let shelf = held(&self.shelf);
            shelf.has_changed().then(|| shelf.report())
        };
        if let Some(report) = changed {
            let _ = events.must_send(Event::Shelf(report));
        }
        events.must_send(Event::Finished { job, outcome })
    }
}

/// What a job is done with beside its model.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub memory: &'a Memory,
    /// The job's, with one server in the place of several.
    pub kit: &'a Kit,
    pub request: &'a Job,
    pub job: JobId,
    pub cancel: &'a Cancel,
    pub events: &'a Outbox,
}

impl Around<'_> {
    /// Does what models of one network do.
    fn single_work(&self, work: &Work) -> Result<Outcome, EngineError> {
        match work {
            Work::Repaint(wanted) => self.repaint(wanted),
            Work::Upscale(wanted) => self.upscale(wanted),
            Work::FindMask(wanted) => self.find(wanted),
            Work::Tag(picture) => self.tag(picture),
            Work::Caption(picture, detail) => self.caption(picture, *detail),
            Work::FindObject(wanted) => self.point(wanted),
            Work::Detect(wanted) => {
                let runtime = self.memory.runtime.start(self.request.device)?;
                let remote = self.kit.remote.as_ref();
                let detectors = &mut *held(&self.memory.detectors);
                let found = detectors.find_at(remote, runtime, wanted, self.cancel);
                if found.is_err() && remote.is_some() {
                    *detectors = Detectors::default();
                }
                found.map(Outcome::Detected)
            }
        }
    }

    /// The model of one network that the job names, loaded where it is not here; what is held in memory and does not fit beside it goes.
    fn single<'a, F, T>(
        &self,
        singles: &'a mut Singles,
        pick: fn(&mut Singles) -> &mut Single<T>,
        find: fn(&ModelSource) -> Result<F, EngineError>,
        facts: fn(&F) -> Facts,
        load: fn(F, &mut Alone<'_>) -> Result<T, EngineError>,
    ) -> Result<&'a mut T, EngineError> {
        let (kit, Job { device, .. }) = (self.kit, self.request);
        if !pick(singles).is(kit, *device) {
            let found = find(&kit.model)?;
            let mut facts = facts(&found);
            if kit.remote.is_some() {
                facts.weight = 0;
            }
            let places = Places::of(kit.remote.as_ref(), kit.model.name(), self.cancel);
            let shelf = &mut *held(&self.memory.shelf);
            *pick(singles) = Single::default();
            shelf.count_beside(singles.weight());
            // An accelerator holds one model.
            if !device.on_processor() || !shelf.has_room(facts.weight) {
                singles.clear(shelf);
            }
            shelf.make_room(facts.weight, *device)?;
            let mut loading = Alone {
                runtime: self.memory.runtime.start(*device)?,
                device: *device,
                cancel: self.cancel,
                places: &places,
                on_part: &mut |loading| {
                    let _ = self.events.may_send(Event::Loading(loading));
                },
            };
            let loaded = load(found, &mut loading);
            let _ = self.events.must_send(Event::Shelf(shelf.report()));
            pick(singles).hold(kit, *device, facts, loaded?);
            self.tell(places.notes());
            shelf.count_beside(singles.weight());
        }
        pick(singles).held().ok_or(EngineError::NoModel)
    }

    /// Tells what there is to tell of a model that was just loaded.
    pub fn tell(&self, notes: impl IntoIterator<Item = String>) {
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
    fn upscale(&self, wanted: &Upscale) -> Result<Outcome, EngineError> {
        let singles = &mut *held(&self.memory.singles);
        let facts = upscaler::Found::facts;
        let upscaler = self.single(
            singles,
            |all| &mut all.upscaler,
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
    fn find(&self, wanted: &FindMask) -> Result<Outcome, EngineError> {
        let singles = &mut *held(&self.memory.singles);
        let facts = segmenter::Found::facts;
        let segmenter = self.single(
            singles,
            |all| &mut all.segmenter,
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
    fn tag(&self, picture: &Picture) -> Result<Outcome, EngineError> {
        let singles = &mut *held(&self.memory.singles);
        let facts = tagger::Found::facts;
        let tagger = self.single(
            singles,
            |all| &mut all.tagger,
            tagger::find,
            facts,
            Tagger::load,
        )?;
        self.tell(tagger.notes.drain(..));
        let tagged = tagger.tag(picture, self.cancel);
        Ok(Outcome::Tagged(tagged.map_err(EngineError::Run)?))
    }

    /// Says in sentences what a picture shows.
    fn caption(&self, picture: &Picture, detail: CaptionDetail) -> Result<Outcome, EngineError> {
        let singles = &mut *held(&self.memory.singles);
        let (facts, load) = (captioner::Found::facts, Captioner::load);
        let pick: fn(&mut Singles) -> &mut Single<Captioner> = |all| &mut all.captioner;
        let captioner = self.single(singles, pick, captioner::find, facts, load)?;
        self.tell(captioner.notes.drain(..));
        let mut on_token = |index, of| self.done(index, of);
        let captioned = captioner.caption(picture, detail, self.cancel, &mut on_token);
        Ok(Outcome::Captioned(captioned.map_err(EngineError::Run)?))
    }

    /// Looks which thing of a picture is pointed at.
    fn point(&self, wanted: &FindObject) -> Result<Outcome, EngineError> {
        let singles = &mut *held(&self.memory.singles);
        let find = |source: &ModelSource| sam::find(&source.path(""));
        let facts = sam::Found::facts;
        let sam = self.single(singles, |all| &mut all.sam, find, facts, Sam::load)?;
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
