//! Models of one network: opened for a job that wants one, and kept for the next that wants the same.
//!
//! Does not know jobs.

use std::path::PathBuf;
use std::time::SystemTime;

use super::device::Device;
use super::error::EngineError;
use super::source::ModelSource;

/// The last such model of a kind.
pub(super) struct Single<T>(Option<Held<T>>);

struct Held<T> {
    source: ModelSource,
    /// The device that was asked for.
    asked: Device,
    files: Vec<(PathBuf, u64, Option<SystemTime>)>,
    network: T,
}

impl<T> Default for Single<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Single<T> {
    /// The model, opened where another is here, or none, or its files are no longer what they were.
    ///
    /// # Errors
    /// As `open`.
    pub fn ready(
        &mut self,
        source: &ModelSource,
        asked: Device,
        open: impl FnOnce() -> Result<T, EngineError>,
    ) -> Result<&mut T, EngineError> {
        let files = source.files();
        let same =
            |held: &Held<T>| held.source == *source && held.asked == asked && held.files == files;
        let held = match self.0.take().filter(same) {
            Some(held) => held,
            None => Held {
                source: source.clone(),
                asked,
                files,
                network: open()?,
            },
        };
        Ok(&mut self.0.insert(held).network)
    }
}
