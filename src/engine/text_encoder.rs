//! The text encoder: chunks of tokens in, what the UNet hears out.
//!
//! Does not know prompts or vocabularies.

use ndarray::{Array3, Axis, Ix3};

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

impl TextEncoder {
    /// The condition of a text.
    pub(super) fn encode(&mut self, chunks: &[Chunk], cancel: &Cancel) -> Result<Condition, Halt> {
        let window = self.window;
        let states = window.states(chunks, |ids| self.encode_window(ids, cancel))?;
        Ok(Condition {
            states,
            pooled: None,
        })
    }

    /// Hidden states of one window of ids, `[1, window, width]`.
    fn encode_window(&mut self, ids: &[u32], cancel: &Cancel) -> Result<Array3<f32>, Halt> {
        let Self { stage, ports, .. } = self;
        let tensor = stage.feed_ids(ports.ids, ids, ports.batch)?;
        let mut hidden = stage.run(vec![("input_ids", tensor)], &ports.hidden, cancel)?;
        match hidden.shape() {
            [batch, tokens, _] if (*batch, *tokens) == (ports.batch, ids.len()) => {
                hidden.slice_axis_inplace(Axis(0), (..1).into());
                hidden
                    .into_dimensionality::<Ix3>()
                    .map_err(|error| stage.error(&error.to_string()))
            }
            found => Err(stage.error(&format!(
                "it gave hidden states of shape {found:?} for {} ids",
                ids.len()
            ))),
        }
    }
}
