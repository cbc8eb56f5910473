//! Loading networks: on the first device of a choice that can be had, and on the plain processor where another provider of it refuses a graph.
//!
//! Does not know models, nor what is held in memory.

use std::sync::{Arc, Mutex};

use super::cancel::Cancel;
use super::device::Device;
use super::error::EngineError;
use super::graph::Element;
use super::memory;
use super::message::Loading;
use super::network::Form;
use super::part::Part;
use super::remote::Places;
use super::runtime::Runtime;
use super::stage::{SharedStage, Stage};

/// Operators that the processor has no code for, and the optimisers that put them into graphs.
const NOT_ON_CPU: [&str; 5] = [
    "GroupNorm",
    "SkipGroupNorm",
    "NhwcConv",
    "BiasAdd",
    "BiasSplitGelu",
];

/// Loads with the devices of a choice in turn, until it can be done; `notes` gets those that were passed over, and what there is to tell of the one that was not.
pub(super) fn on_first<T>(
    device: Device,
    notes: &mut Vec<String>,
    mut load: impl FnMut(Device) -> Result<(T, Vec<String>), EngineError>,
) -> Result<(T, Device), EngineError> {
    for candidate in device.ladder() {
        match load(candidate) {
            Ok((loaded, more)) => {
                notes.extend(more);
                return Ok((loaded, candidate));
            }
            Err(EngineError::LoadStopped) => return Err(EngineError::LoadStopped),
            Err(EngineError::DeviceUnavailable { reason, .. })
                if device == Device::Auto && candidate != Device::Cpu =>
            {
                if candidate.is_missed() {
                    notes.push(format!("{candidate} is not used: {reason}"));
                }
            }
            Err(error) if device == Device::Auto && candidate != Device::Cpu => {
                notes.push(format!("{candidate} is not used: {error}"));
            }
            Err(error) => return Err(error),
        }
    }
    Err(EngineError::DeviceUnavailable {
        device,
        reason: "there is nothing to try on this platform".into(),
    })
}

/// What a network is loaded with.
#[derive(Clone, Copy)]
pub(super) struct Loader<'a> {
    pub runtime: &'a Runtime,
    /// What it runs on; never [`Device::Auto`].
    pub device: Device,
    /// What written graphs compute in where not in the device's own type.
    pub element: Option<Element>,
    pub cancel: &'a Cancel,
}

impl Loader<'_> {
    /// A network, with its LoRAs; on the plain processor where another provider of the processor refuses its graph. `stored` says whether matrices stay as they are stored, `notes` gets what there is to tell.
    ///
    /// # Errors
    /// [`EngineError`] when it cannot be loaded, or that was stopped.
    pub fn load<P>(
        self,
        name: &'static str,
        part: &Part<P>,
        stored: bool,
        notes: &mut Vec<String>,
    ) -> Result<Stage, EngineError> {
        let (bytes, more) = part.changed(self.cancel)?;
        notes.extend(more);
        let file = &part.file;
        let open = |device: Device| {
            let element = self.element.unwrap_or(device.element());
            let form = Form {
                element,
                stored,
                ..Form::FULL
            };
            Stage::open(self.runtime, device, name, file, &bytes, form, self.cancel)
        };
        match open(self.device) {
            Err(EngineError::Model { .. })
                if self.device.on_processor() && self.device != Device::Cpu =>
            {
                let stage = open(Device::Cpu)?;
                notes.push(format!(
                    "{} does not take the {name}'s graph; the plain processor runs it",
                    self.device
                ));
                Ok(stage)
            }
            opened => opened,
        }
    }
}

/// What networks are loaded with that are models by themselves.
pub(super) struct Alone<'a> {
    pub runtime: &'a Runtime,
    /// The device that was asked for.
    pub device: Device,
    pub cancel: &'a Cancel,
    /// Which of them run on a server.
    pub places: &'a Places<'a>,
    /// Hears of each before it is loaded.
    pub on_part: &'a mut dyn FnMut(Loading),
}

/// A network that is a model by itself, loaded.
pub(super) struct Opened<P> {
    pub stage: SharedStage,
    pub ports: P,
    /// What it runs on; never [`Device::Auto`].
    pub device: Device,
    /// What its owner should be told.
    pub notes: Vec<String>,
}

impl Alone<'_> {
    /// Loads a network, `role` being what servers call it.
    ///
    /// # Errors
    /// As [`Places::alone`]; [`EngineError`] when the device cannot be had or the weights do not fit.
    pub fn open_one<P: Clone>(
        &mut self,
        (name, role): (&'static str, &str),
        part: &Part<P>,
    ) -> Result<Opened<P>, EngineError> {
        let part = &self.places.alone(role, part)?;
        let mut notes = Vec::new();
        let load = |device: Device| {
            device.prove(self.runtime)?;
            if device.on_processor() || device == Device::CoreMl {
                runs_on_cpu(part)?;
                memory::check(part.weight, memory::available())?;
            }
            (self.on_part)(Loading {
                part: name.to_owned(),
                done: 0,
                total: part.weight,
            });
            let loader = Loader {
                runtime: self.runtime,
                device,
                element: None,
                cancel: self.cancel,
            };
            let mut notes = Vec::new();
            let stage = loader.load(name, part, false, &mut notes)?;
            Ok((stage, notes))
        };
        let (stage, device) = on_first(self.device, &mut notes, load)?;
        Ok(Opened {
            stage: Arc::new(Mutex::new(stage)),
            ports: part.ports.clone(),
            device,
            notes,
        })
    }
}

/// Graphs that were optimised for graphics cards hold operators that only they have.
pub(super) fn runs_on_cpu<P>(part: &Part<P>) -> Result<(), EngineError> {
    let missing = part.graph.microsoft_operators(&NOT_ON_CPU);
    if missing.is_empty() || part.is_served() {
        return Ok(());
    }
    let names = missing.into_iter().collect::<Vec<_>>().join(", ");
    Err(EngineError::Model {
        path: part.file.clone(),
        problem: format!(
            "this model was optimised for CUDA or DirectML ({names}), which the processor cannot run; use such a device, or a plain export of the model"
        ),
    })
}
