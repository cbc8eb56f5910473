//! What is written beside a model: networks that are models by themselves.
//!
//! Does not know how they are written.

use crate::engine::error::EngineError;
use crate::engine::part::Part;
use crate::engine::source::ModelSource;
use crate::engine::{detector, remote, sam, segmenter, tagger, upscaler};

/// What is written beside a model: a network that is a model by itself, as a file or the built-in one.
#[derive(Clone, Debug)]
pub struct Beside {
    /// What it is for.
    pub kind: BesideKind,
    /// Where it lies.
    pub source: ModelSource,
}

/// What a network is for that is a model by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BesideKind {
    /// Makes pictures larger.
    Upscaler,
    /// Says what is in a picture.
    Tagger,
    /// Finds what words say.
    Segmenter,
    /// Finds what is pointed at.
    Sam,
    /// Finds hands, faces or people.
    Detector,
}

impl BesideKind {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Upscaler,
        Self::Tagger,
        Self::Segmenter,
        Self::Sam,
        Self::Detector,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Upscaler => remote::UPSCALER,
            Self::Tagger => remote::TAGGER,
            Self::Segmenter => remote::SEGMENTER,
            Self::Sam => "sam",
            Self::Detector => remote::DETECTOR,
        }
    }
}

impl Beside {
    /// Its networks, with what servers call them.
    pub(super) fn networks(&self) -> Result<Vec<(&'static str, Part<()>)>, EngineError> {
        let source = &self.source;
        Ok(match self.kind {
            BesideKind::Upscaler => upscaler::find(source)?.networks().into(),
            BesideKind::Tagger => tagger::find(source)?.networks().into(),
            BesideKind::Segmenter => segmenter::find(source)?.networks(),
            BesideKind::Sam => sam::find(&source.path(""))?.networks().into(),
            BesideKind::Detector => detector::networks(source)?,
        })
    }
}
