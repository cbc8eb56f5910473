//! The models whose networks are held in memory, for the next job that wants one of them.
//!
//! Does not know jobs, nor who wants a model.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use super::cancel::Cancel;
use super::catalog;
use super::device::Device;
use super::error::EngineError;
use super::kit::Kit;
use super::memory;
use super::message::{Loading, ModelInfo};
use super::model_hash::ModelHash;
use super::onnx::OnnxNetworks;
use super::runtime::Runtime;
use super::sessions::{self, Sessions};
use super::source::{ModelSource, Stamp};
use crate::folders;

/// Models, least recently used first.
#[derive(Default)]
pub(super) struct Shelf {
    loaded: Vec<Loaded>,
    sessions: Sessions,
}

/// A model in memory; clones share its networks.
#[derive(Clone)]
pub(super) struct Loaded {
    pub kit: Kit,
    /// The device that was asked for.
    asked: Device,
    files: Vec<Stamp>,
    pub networks: OnnxNetworks,
    pub info: ModelInfo,
    pub hash: Option<ModelHash>,
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
    /// Bytes of its weights that are in memory; what several models have is counted for the first of them.
    pub weight: u64,
}

impl Shelf {
    /// Holds at most so many bytes of weights from now on, or what the system can give.
    pub fn set_budget(&mut self, most: Option<u64>) {
        self.sessions.set_budget(most);
    }

    /// Counts so many bytes of weights that are held elsewhere.
    pub fn count_beside(&mut self, weight: u64) {
        self.sessions.count_beside(weight);
    }

    /// Whether so many more bytes of weights fit without anything having to go.
    pub fn has_room(&self, weight: u64) -> bool {
        self.sessions.has_room(weight)
    }

    /// Whether a kit's model is here for a device, its files still what they were; one whose files changed goes, and so does one of which nothing is left in memory.
    pub fn has(&mut self, kit: &Kit, device: Device) -> bool {
        self.loaded
            .retain(|one| one.networks.held().next().is_some());
        let Some(at) = self.place(kit, device) else {
            return false;
        };
        let same = self.loaded[at].files == kit.files();
        if !same {
            self.loaded.remove(at);
            let loaded = &self.loaded;
            self.sessions.retain(|device, made_of| {
                loaded.iter().any(|one| one.networks.has(device, made_of))
            });
        }
        same
    }

    /// Whether a kit's model is here for a device with all of its networks.
    pub fn is_whole(&self, kit: &Kit, device: Device) -> bool {
        self.place(kit, device)
            .is_some_and(|at| self.loaded[at].networks.is_whole())
    }

    /// A kit's model, if it is here; it counts as used.
    pub fn used(&mut self, kit: &Kit, device: Device) -> Option<Loaded> {
        let at = self.place(kit, device)?;
        self.loaded[at..].rotate_left(1);
        self.loaded.last().cloned()
    }

    /// Lets go of what is known of a kit's server, so that the next job asks it anew; sessions stay.
    pub fn forget(&mut self, kit: &Kit) {
        let Some(remote) = &kit.remote else { return };
        self.loaded.retain(|one| one.kit != *kit);
        let there = format!("{}/", remote.server);
        self.sessions
            .retain(|_, made_of| !made_of.starts_with(&there));
    }

    fn place(&self, kit: &Kit, device: Device) -> Option<usize> {
        let fits = |one: &Loaded| one.asked == device || one.info.device == device;
        self.loaded
            .iter()
            .position(|one| one.kit == *kit && fits(one))
    }

    /// Loads a kit's model, `on_part` hearing of each network before it is loaded; what does not fit beside it goes first.
    ///
    /// # Errors
    /// As [`OnnxNetworks::load`]; [`EngineError::OutOfMemory`] where a network is larger than the budget. What was here before may be gone all the same.
    pub fn load(
        &mut self,
        runtime: &Runtime,
        kit: &Kit,
        model: catalog::Model,
        device: Device,
        cancel: &Cancel,
        on_part: &mut dyn FnMut(Loading),
    ) -> Result<(), EngineError> {
        let model = Arc::new(model);
        let start = Instant::now();
        let files = kit.files();
        let (networks, report) =
            OnnxNetworks::load_opened(runtime, &model, device, cancel, &self.sessions, on_part)?;
        // Begun behind the load, as it reads all of the file the first time.
        let hash = match &kit.model {
            ModelSource::File(path) => {
                let same = |one: &&Loaded| {
                    one.kit.model == kit.model && one.files.first() == files.first()
                };
                let known = self
                    .loaded
                    .iter()
                    .find(same)
                    .and_then(|one| one.hash.clone());
                let begin = || ModelHash::begin(path.clone(), folders::cache());
                Some(known.unwrap_or_else(begin))
            }
            ModelSource::Directory(_) | ModelSource::BuiltIn => None,
        };
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
            networks,
            info,
            hash,
        });
        Ok(())
    }

    /// Whether other networks are held than at the last call.
    pub fn has_changed(&self) -> bool {
        self.sessions.has_changed()
    }

    /// Lets networks go until so many bytes of weights fit.
    ///
    /// # Errors
    /// [`EngineError::OutOfMemory`] where they never do.
    pub(super) fn make_room(&self, weight: u64, device: Device) -> Result<(), EngineError> {
        if !device.on_processor() || device == Device::Auto {
            // How much memory an accelerator has left is not known: it holds one model.
            self.sessions.retain(|device, _| device.on_processor());
        }
        self.sessions.make_room_for(weight, &|_| false);
        sessions::check(weight, self.sessions.budget())
    }

    /// What is here, and what more there is room for.
    pub fn report(&self) -> ShelfReport {
        // What several models have is counted once.
        let mut seen = BTreeSet::new();
        let mut shelved = |one: &'_ Loaded| {
            let own = one.networks.held();
            let own = own.filter(|(made_of, _)| seen.insert((*made_of).to_owned()));
            Shelved {
                weight: own.map(|(_, weight)| weight).sum(),
                kit: one.kit.clone(),
                device: one.info.device,
            }
        };
        let here = self.loaded.iter().rev();
        let here = here.filter(|one| one.networks.held().next().is_some());
        ShelfReport {
            models: here.map(&mut shelved).collect(),
            free: memory::available(),
            budget: self.sessions.budget(),
        }
    }
}
