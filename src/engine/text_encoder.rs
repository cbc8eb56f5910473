//! The text encoders: chunks of tokens in, what the UNet hears out.
//!
//! Does not know prompts or vocabularies.

use ndarray::{Axis, concatenate};

use super::cancel::Cancel;
use super::ports::TextPorts;
use super::stage::Stage;
use crate::diffusion::networks::{Chunk, Condition, Halt};
use crate::diffusion::prompt::TextWindow;

/// A text encoder that is ready to run.
pub(super) struct TextEncoder {
    pub stage: Stage,
    pub ports: TextPorts,
    pub window: TextWindow,
}

/// What the encoders of a model make of a text: their states side by side, and the pooled text of the one that has it, that of the first chunk as in A1111.
pub(super) fn encode(
    encoders: &mut [TextEncoder],
    chunks: &[Chunk],
    cancel: &Cancel,
) -> Result<Condition, Halt> {
    let mut states = Vec::new();
    let mut pooled = None;
    for encoder in encoders {
        let window = encoder.window;
        states.push(window.states(chunks, |ids| {
            let part = encoder.encode_window(ids, cancel)?;
            pooled = pooled.take().or(part.pooled);
            Ok(part.states)
        })?);
    }
    let views: Vec<_> = states.iter().map(|states| states.view()).collect();
    let states = concatenate(Axis(2), &views).map_err(|error| Halt::Network(Box::new(error)))?;
    Ok(Condition { states, pooled })
}

impl TextEncoder {
    /// The condition of one window of ids.
    fn encode_window(&mut self, ids: &[u32], cancel: &Cancel) -> Result<Condition, Halt> {
        let Self { stage, ports, .. } = self;
        let inputs = vec![("input_ids", stage.feed_ids(ports.ids, ids, ports.batch)?)];
        let (hidden, pooled) = match &ports.pooled {
            None => {
                let [hidden] = stage.run(inputs, [&ports.hidden], cancel)?;
                (hidden, None)
            }
            Some(name) => {
                let [hidden, pooled] = stage.run(inputs, [&ports.hidden, name], cancel)?;
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
}
