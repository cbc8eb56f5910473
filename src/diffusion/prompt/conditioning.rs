//! What the UNet hears at each step of a run.
//!
//! Does not know how samplers step; whoever asks says which step it is.

use super::chunks;
use super::schedule::{Part, Prompt};
use crate::diffusion::networks::{Chunk, Condition, Halt, Networks};

/// The conditions of a run: of each part of the prompt, and of the negative prompt where guidance wants it.
///
/// Texts that come back are encoded once.
#[derive(Clone, Debug)]
pub struct Conditioning {
    conditions: Vec<Condition>,
    /// Indices of the conditions for each step: the prompt's parts, then the negative prompt.
    steps: Vec<Vec<usize>>,
    /// Weight of each of the prompt's parts.
    weights: Vec<f32>,
}

impl Conditioning {
    /// Encodes what the `run` steps of a run need.
    ///
    /// Steps are counted from the first one that runs, and a share of the steps is one of the whole `schedule`, as A1111 has it: at a lower strength a late change may not come.
    /// Within a step all conditions are equally long, the shorter ones padded with empty chunks; where the UNet fixes their length, all have it.
    /// A part of the negative prompt that is empty is zeros for models that want it so; A1111 does this for every SDXL model.
    ///
    /// # Errors
    /// When the tokenizer or the text encoder fails, or a text is longer than the UNet hears.
    pub fn new(
        networks: &mut dyn Networks,
        prompt: &Prompt,
        negative: Option<&Prompt>,
        run: usize,
        schedule: usize,
        clip_skip: usize,
    ) -> Result<Self, Halt> {
        let mut encoder = Encoder {
            networks,
            layouts: Vec::new(),
            encoded: Vec::new(),
            clip_skip,
        };
        let zeros = encoder.networks.spec().zeros_for_empty_negative;
        let parts = prompt.parts().iter().map(|part| (part, false));
        let negative = negative.iter().flat_map(|negative| negative.parts());
        let all: Vec<(&Part, bool)> = parts.chain(negative.map(|part| (part, zeros))).collect();
        let mut steps = Vec::new();
        for step in 1..=run.max(1) {
            let mut laid_out = Vec::new();
            for (part, zeros) in &all {
                let text = part.text_at(step, schedule);
                laid_out.push((encoder.layout(&text)?, *zeros && text.is_empty()));
            }
            let length = |(layout, _): &(usize, bool)| encoder.layouts[*layout].1.len();
            let mut longest = laid_out.iter().map(length).max().unwrap_or(0);
            let spec = encoder.networks.spec();
            if let Some(most) = spec.fixed.windows {
                if longest > most {
                    return Err(Halt::PromptTooLong {
                        windows: longest,
                        window: spec.text_window,
                        most,
                    });
                }
                longest = most;
            }
            let mut indices = Vec::new();
            for (layout, zeros) in laid_out {
                indices.push(encoder.encode((layout, longest, zeros))?);
            }
            steps.push(indices);
        }
        Ok(Self {
            conditions: encoder
                .encoded
                .into_iter()
                .map(|(_, condition)| condition)
                .collect(),
            steps,
            weights: prompt.parts().iter().map(|part| part.weight).collect(),
        })
    }

    /// The conditions of a step, counted from 0: one for each of [`Self::weights`], then the negative prompt's where there is one; the last step's beyond the run.
    pub fn at(&self, step: usize) -> Vec<&Condition> {
        let indices = self.steps.get(step).or(self.steps.last());
        let indices = indices.into_iter().flatten();
        indices.map(|index| &self.conditions[*index]).collect()
    }

    /// Weights of the prompt's parts: `unconditional + scale * sum of weight * (part - unconditional)` is the composition (Liu et al. 2022, A1111's `AND`).
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }
}

/// Encodes texts and keeps what it encoded.
struct Encoder<'a> {
    networks: &'a mut dyn Networks,
    layouts: Vec<(String, Vec<Chunk>)>,
    /// Layout, number of chunks and whether it is zeros, and the condition.
    encoded: Vec<((usize, usize, bool), Condition)>,
    clip_skip: usize,
}

impl Encoder<'_> {
    /// Index of a text's layout.
    fn layout(&mut self, text: &str) -> Result<usize, Halt> {
        if let Some(index) = self.layouts.iter().position(|(own, _)| own == text) {
            return Ok(index);
        }
        let laid_out = chunks(self.networks, text)?;
        self.layouts.push((text.to_owned(), laid_out));
        Ok(self.layouts.len() - 1)
    }

    /// Index of a layout's condition at a length in chunks, or of its zeros.
    fn encode(&mut self, key: (usize, usize, bool)) -> Result<usize, Halt> {
        let (layout, length, zeros) = key;
        if let Some(index) = self.encoded.iter().position(|(own, _)| *own == key) {
            return Ok(index);
        }
        let mut padded = self.layouts[layout].1.clone();
        padded.resize(length, Chunk::new());
        let condition = self.networks.encode(&padded, self.clip_skip)?;
        let condition = if zeros { condition.zeroed() } else { condition };
        self.encoded.push((key, condition));
        Ok(self.encoded.len() - 1)
    }
}
