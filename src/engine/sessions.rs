//! The networks that are held in memory, least recently used first: models that have some in common share them.
//!
//! Does not know models, nor who wants a network.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use super::cancel::Cancel;
use super::device::Device;
use super::error::EngineError;
use super::graph::Element;
use super::memory;
use super::stage::{SharedStage, Stage};

/// Memory that loading takes over the bytes of the weights (measured on Stable Diffusion 1.5's UNet: 1.05).
const AT_LOAD: f64 = 1.1;

/// How often a job that waits for another to load a network looks whether it was stopped.
const LOOK: Duration = Duration::from_millis(20);

/// The networks in memory; clones share them.
#[derive(Clone, Default)]
pub(super) struct Sessions {
    networks: Arc<Mutex<Networks>>,
    loading: Arc<Mutex<()>>,
}

#[derive(Default)]
struct Networks {
    held: Vec<Held>,
    /// Bytes of weights that others hold.
    beside: u64,
    /// Most bytes of weights that are held; without a number, what the system can give.
    budget: Option<u64>,
    /// What graphs that are written compute in where not in the device's own type.
    element: Option<Element>,
    /// Whether others are held than when that was last asked.
    changed: bool,
}

/// A network in memory.
struct Held {
    device: Device,
    made_of: String,
    /// Bytes of its weights.
    weight: u64,
    stage: SharedStage,
}

impl Sessions {
    /// No networks yet; those that are written will compute in a type.
    pub fn of(element: Option<Element>) -> Self {
        let networks = Networks {
            element,
            ..Networks::default()
        };
        Self {
            networks: Arc::new(Mutex::new(networks)),
            ..Self::default()
        }
    }

    /// What graphs that are written compute in where not in the device's own type.
    pub fn element(&self) -> Option<Element> {
        self.lock().element
    }

    /// The network that was made of these on a device; it counts as used.
    pub fn used(&self, device: Device, made_of: &str) -> Option<SharedStage> {
        let held = &mut self.lock().held;
        let at = held.iter().position(|one| one.is(device, made_of))?;
        held[at..].rotate_left(1);
        held.last().map(|one| Arc::clone(&one.stage))
    }

    /// Waits until no other job loads a network, which may be the one that is wanted; none does until that goes.
    ///
    /// # Errors
    /// [`EngineError::LoadStopped`].
    pub fn alone(&self, cancel: &Cancel) -> Result<MutexGuard<'_, ()>, EngineError> {
        loop {
            match self.loading.try_lock() {
                Ok(alone) => return Ok(alone),
                Err(TryLockError::Poisoned(alone)) => return Ok(alone.into_inner()),
                Err(TryLockError::WouldBlock) if cancel.is_cancelled() => {
                    return Err(EngineError::LoadStopped);
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK),
            }
        }
    }

    /// Bytes of the weights of the network that was made of these on a device, where it is held.
    pub fn weight(&self, device: Device, made_of: &str) -> Option<u64> {
        let networks = self.lock();
        let mut held = networks.held.iter();
        held.find_map(|one| one.is(device, made_of).then_some(one.weight))
    }

    /// Holds a network.
    pub fn put(&self, device: Device, made_of: &str, weight: u64, stage: Stage) -> SharedStage {
        let stage = Arc::new(Mutex::new(stage));
        let mut networks = self.lock();
        networks.changed = true;
        networks.held.push(Held {
            device,
            made_of: made_of.to_owned(),
            weight,
            stage: Arc::clone(&stage),
        });
        stage
    }

    /// Holds at most so many bytes of weights from now on, or what the system can give.
    pub fn set_budget(&self, most: Option<u64>) {
        let mut networks = self.lock();
        networks.budget = most;
        while networks.held_bytes() > most.unwrap_or(u64::MAX) && networks.drop_oldest(&|_| false) {
        }
    }

    /// Counts so many bytes of weights that others hold.
    pub fn count_beside(&self, weight: u64) {
        self.lock().beside = weight;
    }

    /// Whether so many more bytes of weights fit as it is.
    pub fn has_room(&self, weight: u64) -> bool {
        self.lock().has_room(weight)
    }

    /// Most bytes of weights that are held.
    pub fn budget(&self) -> Option<u64> {
        self.lock().budget
    }

    /// Lets the networks go that `keep` does not want.
    pub fn retain(&self, keep: impl Fn(Device, &str) -> bool) {
        let mut networks = self.lock();
        let before = networks.held.len();
        networks.held.retain(|one| keep(one.device, &one.made_of));
        networks.changed |= networks.held.len() < before;
    }

    /// Lets the least recently used go until weights can be loaded, but for those that `keep` wants; whether they can be.
    pub fn make_room_for(&self, weight: u64, keep: &dyn Fn(&str) -> bool) -> bool {
        let mut networks = self.lock();
        loop {
            if networks.has_room(weight) {
                return true;
            }
            if !networks.drop_oldest(keep) {
                return false;
            }
        }
    }

    /// Lets the least recently used go, but for one, until so many bytes are free for what it computes.
    pub fn make_room_to_run(&self, made_of: &str, bytes: u64) {
        let mut networks = self.lock();
        while !is_free(bytes) && networks.drop_oldest(&|one| one == made_of) {}
    }

    /// Whether others are held than at the last call.
    pub fn has_changed(&self) -> bool {
        std::mem::take(&mut self.lock().changed)
    }

    fn lock(&self) -> MutexGuard<'_, Networks> {
        self.networks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Networks {
    fn held_bytes(&self) -> u64 {
        self.beside + self.held.iter().map(|one| one.weight).sum::<u64>()
    }

    fn has_room(&self, weight: u64) -> bool {
        let budget = self.budget.unwrap_or(u64::MAX);
        let within = self.held_bytes().saturating_add(weight) <= budget;
        within && is_free((weight as f64 * AT_LOAD) as u64)
    }

    /// Lets the least recently used go that `keep` does not want; false where there is none.
    fn drop_oldest(&mut self, keep: &dyn Fn(&str) -> bool) -> bool {
        let oldest = self.held.iter().position(|one| !keep(&one.made_of));
        if let Some(at) = oldest {
            self.held.remove(at);
            self.changed = true;
        }
        oldest.is_some()
    }
}

impl Held {
    fn is(&self, device: Device, made_of: &str) -> bool {
        self.device == device && self.made_of == made_of
    }
}

fn is_free(bytes: u64) -> bool {
    memory::available().is_none_or(|free| bytes <= free)
}

/// Refuses weights that are larger than the budget, or than the memory.
pub(super) fn check(weight: u64, budget: Option<u64>) -> Result<(), EngineError> {
    memory::check(weight, budget)?;
    memory::check(weight, memory::available())
}
