//! Models of one network: opened for a job that wants one, and kept for the next that wants the same.
//!
//! Does not know jobs.

use std::path::PathBuf;

use super::device::Device;
use super::kit::Kit;
use super::remote::Remote;
use super::source::{ModelSource, Stamp, stamps};

/// The last such model of a kind.
pub(super) struct Single<T>(Option<Held<T>>);

struct Held<T> {
    /// What was asked for, where, and what for.
    source: ModelSource,
    remote: Option<Remote>,
    asked: Device,
    /// Its files that the source does not name, and how all were.
    beside: Vec<PathBuf>,
    files: Vec<Stamp>,
    weight: u64,
    network: T,
}

/// What is known of such a model before it is loaded.
pub(super) struct Facts {
    /// Bytes of its weights.
    pub weight: u64,
    /// The files that it is made of.
    pub files: Vec<PathBuf>,
}

impl<T> Default for Single<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// How the files of a source and some more are.
fn files(source: &ModelSource, beside: &[PathBuf]) -> Vec<Stamp> {
    let mut files = source.files();
    files.extend(stamps(beside.iter().cloned()));
    files
}

impl<T> Single<T> {
    /// Whether it is that model, and its files are what they were.
    pub fn is(&self, kit: &Kit, asked: Device) -> bool {
        self.0.as_ref().is_some_and(|held| {
            held.source == kit.model
                && held.remote == kit.remote
                && held.asked == asked
                && held.files == files(&kit.model, &held.beside)
        })
    }

    /// Bytes of the weights that are held.
    pub fn weight(&self) -> u64 {
        self.0.as_ref().map_or(0, |held| held.weight)
    }

    /// The model.
    pub fn held(&mut self) -> Option<&mut T> {
        self.0.as_mut().map(|held| &mut held.network)
    }

    /// Holds a model from now on, in the place of another.
    pub fn hold(&mut self, kit: &Kit, asked: Device, facts: Facts, network: T) {
        self.0 = Some(Held {
            source: kit.model.clone(),
            remote: kit.remote.clone(),
            asked,
            files: files(&kit.model, &facts.files),
            beside: facts.files,
            weight: facts.weight,
            network,
        });
    }
}
