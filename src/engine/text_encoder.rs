//! The text encoders: chunks of tokens in, what the UNet hears out.
//!
//! Does not know prompts or vocabularies.

use ndarray::{Axis, concatenate};

use super::cancel::Cancel;
use super::graph::Element;
use super::part::Text;
use super::ports::EMBEDDINGS;
use super::stage::{SharedStage, alone};
use crate::diffusion::networks::{Chunk, Condition, Halt};

/// What the encoders of a model make of a text: their states side by side, and the pooled text of the one that has it, that of the first chunk as in A1111. `stage_of` gives an encoder's session.
pub(super) fn encode(
    encoders: &[Text],
    stage_of: &mut dyn FnMut(&Text) -> Result<SharedStage, Halt>,
    chunks: &[Chunk],
    clip_skip: usize,
    cancel: &Cancel,
) -> Result<Condition, Halt> {
    let mut states = Vec::new();
    let mut pooled = None;
    for encoder in encoders {
        let (window, stage) = (encoder.window, stage_of(encoder)?);
        states.push(window.states(chunks, |ids| {
            let part = encode_window(encoder, &stage, ids, clip_skip, cancel)?;
            pooled = pooled.take().or(part.pooled);
            Ok(part.states)
        })?);
    }
    let views: Vec<_> = states.iter().map(|states| states.view()).collect();
    let states = concatenate(Axis(2), &views).map_err(|error| Halt::Network(Box::new(error)))?;
    Ok(Condition { states, pooled })
}

/// The condition of one window of ids.
fn encode_window(
    encoder: &Text,
    stage: &SharedStage,
    ids: &[u32],
    clip_skip: usize,
    cancel: &Cancel,
) -> Result<Condition, Halt> {
    let ports = &encoder.part.ports;
    let stage = &mut *alone(stage);
    let mut inputs = vec![("input_ids", stage.feed_ids(ports.ids, ids, ports.batch)?)];
    if ports.embeddings.is_some() {
        inputs.push((
            EMBEDDINGS,
            stage.feed(Element::F32, encoder.embeddings.view().into_dyn())?,
        ));
    }
    // What a family does not hear has one layer.
    let hidden = &ports.layers[clip_skip.clamp(1, ports.layers.len()) - 1];
    let (hidden, pooled) = match &ports.pooled {
        None => {
            let [hidden] = stage.run(inputs, [hidden], cancel)?;
            (hidden, None)
        }
        Some(name) => {
            let [hidden, pooled] = stage.run(inputs, [hidden, name], cancel)?;
            (hidden, Some(pooled))
        }
    };
    // The graph need not say the widths.
    let width = |shape: &[usize]| shape.last().copied().unwrap_or(0);
    let shape = [ports.batch, ids.len(), width(hidden.shape())];
    let mut states = stage.shaped(hidden, shape)?;
    states.slice_axis_inplace(Axis(0), (..1).into());
    let pooled = match pooled {
        Some(pooled) => {
            let shape = [ports.batch, width(pooled.shape())];
            let mut pooled = stage.shaped(pooled, shape)?;
            pooled.slice_axis_inplace(Axis(0), (..1).into());
            Some(pooled)
        }
        None => None,
    };
    Ok(Condition { states, pooled })
}
