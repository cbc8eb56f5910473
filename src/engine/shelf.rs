//! The models that are held in memory, for the next job that wants one of them.
//!
//! The least recently used one goes first, before anything is loaded that would not fit beside it.
//! Does not know jobs, nor who wants a model.

use std::path::PathBuf;
use std::time::{Instant, SystemTime};

use super::cancel::Cancel;
use super::catalog;
use super::device::Device;
use super::error::EngineError;
use super::kit::Kit;
use super::memory;
use super::message::ModelInfo;
use super::onnx::OnnxNetworks;
use super::runtime::Runtime;
use super::stage::Sessions;

/// Memory that a loaded model takes at work, over the bytes of its files: weights are repacked beside the file's own, and activations come on top (measured on Stable Diffusion 1.5 in f32: 9.2 GB for 4.0 GB).
const AT_WORK: f64 = 2.3;

/// Models in memory, least recently used first.
#[derive(Default)]
pub(super) struct Shelf {
    loaded: Vec<Loaded>,
    sessions: Sessions,
    /// Most bytes of weights that are held; without a number, what the system can give.
    budget: Option<u64>,
}

/// A model in memory.
pub(super) struct Loaded {
    kit: Kit,
    /// The device that was asked for.
    asked: Device,
    files: Files,
    weight: u64,
    pub networks: OnnxNetworks,
    pub info: ModelInfo,
}

/// What is held in memory, most recently used first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShelfReport {
    /// The models.
    pub models: Vec<Shelved>,
    /// Bytes that the system can still give, where it tells.
    pub free: Option<u64>,
    /// Most bytes of weights that are held, where that was said.
    pub budget: Option<u64>,
}

/// A model that is held in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelved {
    /// The model.
    pub kit: Kit,
    /// What it runs on.
    pub device: Device,
    /// Bytes of its graphs and weights.
    pub weight: u64,
}

/// Size and time of each of a model's files: others mean another model.
type Files = Vec<(PathBuf, u64, Option<SystemTime>)>;

impl Shelf {
    /// Holds at most so many bytes of weights from now on, or what the system can give.
    pub fn set_budget(&mut self, most: Option<u64>) {
        self.budget = most;
        while !self.loaded.is_empty() && !self.is_within(0) {
            self.loaded.remove(0);
        }
    }

    /// Whether a kit's model is here for a device, its files still what they were; one whose files changed goes.
    pub fn has(&mut self, kit: &Kit, device: Device) -> bool {
        let Some(at) = self.place(kit, device) else {
            return false;
        };
        let same = self.loaded[at].files == kit.files();
        if !same {
            self.loaded.remove(at);
        }
        same
    }

    /// A kit's model, if it is here; it counts as used.
    pub fn used(&mut self, kit: &Kit, device: Device) -> Option<&mut Loaded> {
        let at = self.place(kit, device)?;
        self.loaded[at..].rotate_left(1);
        self.loaded.last_mut()
    }

    fn place(&self, kit: &Kit, device: Device) -> Option<usize> {
        let fits = |one: &Loaded| one.asked == device || one.info.device == device;
        self.loaded
            .iter()
            .position(|one| one.kit == *kit && fits(one))
    }

    /// Loads a kit's model, `on_part` hearing the name of each network before it is loaded; what does not fit beside it goes first.
    ///
    /// # Errors
    /// As [`OnnxNetworks::load`]; [`EngineError::OutOfMemory`] where it is larger than the budget. What was here before may be gone all the same.
    pub fn load(
        &mut self,
        runtime: &Runtime,
        kit: &Kit,
        device: Device,
        cancel: &Cancel,
        on_part: &mut dyn FnMut(&str),
    ) -> Result<(), EngineError> {
        let start = Instant::now();
        let files = kit.files();
        let model = catalog::open(kit)?;
        // Networks that another model here has too stay, whichever model goes.
        let at = if device == Device::Auto {
            Device::Cpu
        } else {
            device
        };
        let (shared, fresh): (Vec<_>, Vec<_>) = model
            .parts()
            .map(|(made_of, weight)| (self.sessions.get(at, made_of), weight))
            .partition(|(stage, _)| stage.is_some());
        self.make_room(fresh.iter().map(|(_, weight)| weight).sum(), device)?;
        let (networks, report) = OnnxNetworks::load_opened(
            runtime,
            &model,
            device,
            cancel,
            &mut self.sessions,
            on_part,
        )?;
        drop(shared);
        let info = ModelInfo {
            spec: model.spec.clone(),
            device: report.device,
            notes: report.notes,
            load: start.elapsed(),
            tokens: model.token_counter(),
        };
        self.loaded.push(Loaded {
            kit: kit.clone(),
            asked: device,
            files,
            weight: model.weight,
            networks,
            info,
        });
        Ok(())
    }

    /// Lets models go until so many bytes of weights fit.
    pub(super) fn make_room(&mut self, weight: u64, device: Device) -> Result<(), EngineError> {
        if let Some(budget) = self.budget {
            memory::check(weight, Some(budget))?;
        }
        if !device.on_processor() || device == Device::Auto {
            // How much memory an accelerator has left is not known: it holds one model.
            self.loaded.retain(|one| one.info.device.on_processor());
        }
        while !self.loaded.is_empty() && !self.fits(weight) {
            self.loaded.remove(0);
        }
        Ok(())
    }

    fn fits(&self, weight: u64) -> bool {
        let wanted = (weight as f64 * AT_WORK) as u64;
        self.is_within(weight) && memory::available().is_none_or(|free| wanted <= free)
    }

    /// Whether the budget has room for that much more.
    fn is_within(&self, more: u64) -> bool {
        let held: u64 = self.loaded.iter().map(|one| one.weight).sum();
        self.budget.is_none_or(|budget| held + more <= budget)
    }

    /// What is here, and what more there is room for.
    pub fn report(&self) -> ShelfReport {
        let shelved = |one: &Loaded| Shelved {
            kit: one.kit.clone(),
            device: one.info.device,
            weight: one.weight,
        };
        ShelfReport {
            models: self.loaded.iter().rev().map(shelved).collect(),
            free: memory::available(),
            budget: self.budget,
        }
    }
}
