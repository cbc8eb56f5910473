//! A result: what was asked for, what it was made from and with, and its pixels; one value from the engine's answer to the strip, the journal and the project's file.
//!
//! Does not know engines, windows or files.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Document;
use crate::raster::{Patch, Size};
use crate::recipe::Recipe;

/// One result of a repaint; its pixels are kept beside what serde writes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RepaintResult {
    /// What was asked for, the seed included; its prompts are literal.
    pub recipe: Recipe,
    /// The size of the picture that it was made from.
    pub base: Size,
    /// Name of the model that made it; empty where that was not kept.
    #[serde(default)]
    pub model: String,
    /// Name of the device that it was made on; empty where that was not kept.
    #[serde(default)]
    pub device: String,
    /// Steps that were run.
    pub steps: usize,
    /// How long it took, seconds.
    pub seconds: f32,
    /// How it was made, as text.
    pub infotext: String,
    /// Which press of Repaint made it, counted from 1; 0 where that was not kept.
    #[serde(default)]
    pub series: u64,
    /// Whether the artist marked it with a star.
    #[serde(default)]
    pub starred: bool,
    /// The pixels that it would put into the picture.
    #[serde(skip)]
    pub patch: Arc<Patch>,
}

/// The state of a document that a result is made from; means nothing beyond the program's end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Base {
    /// The picture, counted from the first that was opened.
    pub picture: u64,
    /// Its size.
    pub size: Size,
    /// The document's [revision](Document::revision).
    pub revision: u64,
    /// The document's [geometry](Document::geometry).
    pub geometry: u64,
}

impl Base {
    /// A document as it is now, which shows that picture.
    pub fn of(document: &Document, picture: u64) -> Self {
        Self {
            picture,
            size: document.size(),
            revision: document.revision(),
            geometry: document.geometry(),
        }
    }
}
