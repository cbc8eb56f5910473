//! ControlNets at work: what they add to the UNet, and when (Zhang et al. 2023, "Adding conditional control to text-to-image diffusion models").
//!
//! Does not know what their pictures show.

use ndarray::Array4;

use super::denoiser::{At, Unet};
use super::latent::Latents;
use super::networks::{Condition, Halt, Hint, Inside, Residuals};
use crate::recipe::ControlMode;

/// What each skip connection is heard less than the next coarser one where prompt or ControlNet leads (sd-webui-controlnet `scripts/hook.py`).
const SOFT: f32 = 0.825;

/// Coarser ones than the finest that the softness is counted from: those of Stable Diffusion 1, which has the most.
const SOFT_FROM: i32 = 12;

/// A ControlNet at work.
#[derive(Clone, Debug)]
pub struct Control {
    /// Which of the model's.
    pub index: usize,
    /// Its place among those inside the UNet, where it is one ([`ControlSpec::inside`](super::networks::ControlSpec::inside)).
    pub inside: Option<usize>,
    /// What it is shown, `[1, 3, H, W]` of the working picture: in `[0, 1]`, and -1 where there is nothing.
    pub picture: Array4<f32>,
    /// Which kind of picture that is, for ControlNets that tell kinds apart.
    pub kind: Option<usize>,
    /// What its residuals are multiplied by.
    pub weight: f32,
    /// Shares of the steps between which it is heard.
    pub range: (f64, f64),
    /// Who leads.
    pub mode: ControlMode,
}

impl Control {
    /// Whether it is heard at a step of a run: whole steps inside its range (diffusers' `controlnet_keep`).
    fn is_heard(&self, step: usize, steps: usize) -> bool {
        let share = |step: usize| step as f64 / steps as f64;
        let (start, end) = self.range;
        share(step) >= start && share(step + 1) <= end && self.weight != 0.0
    }

    /// What a residual is multiplied by, counted from the finest.
    fn scale(&self, index: usize) -> f32 {
        match self.mode {
            ControlMode::Balanced => self.weight,
            ControlMode::Prompt | ControlMode::Control => {
                self.weight * SOFT.powi(SOFT_FROM - index as i32)
            }
        }
    }
}

/// A UNet that hears ControlNets.
pub struct Controlled<'a> {
    /// The UNet.
    pub unet: Unet<'a>,
    /// The ControlNets; what they add adds up.
    pub controls: &'a [Control],
}

impl Controlled<'_> {
    /// What the UNet predicts in `x` for each condition, of which the first `asked` are the prompt's.
    ///
    /// # Errors
    /// As [`Unet::predict`].
    pub fn predict(
        &mut self,
        x: &Latents,
        at: At,
        conditions: &[&Condition],
        asked: usize,
    ) -> Result<Vec<Latents>, Halt> {
        let mut sums: Vec<Residuals> = Vec::new();
        let steps = self.unet.walk.steps();
        let mut inside = Vec::new();
        let heard = self.controls.iter();
        for control in heard.filter(|control| control.is_heard(at.step, steps)) {
            if let Some(place) = control.inside {
                inside.push(Inside {
                    place,
                    picture: &control.picture,
                    weight: control.weight,
                });
                continue;
            }
            let hint = Hint {
                picture: &control.picture,
                kind: control.kind,
            };
            let hearing = match control.mode {
                ControlMode::Control => &conditions[..asked],
                ControlMode::Balanced | ControlMode::Prompt => conditions,
            };
            let found = self.unet.control(control.index, &hint, x, at, hearing)?;
            if sums.is_empty()
                && let Some(first) = found.first()
            {
                let nothing: Residuals = first.iter().map(|one| one * 0.0).collect();
                sums = vec![nothing; conditions.len()];
            }
            for (sum, found) in sums.iter_mut().zip(found) {
                for (index, (sum, found)) in sum.iter_mut().zip(found).enumerate() {
                    sum.scaled_add(control.scale(index), &found);
                }
            }
        }
        self.unet.predict(x, at, conditions, &sums, &inside)
    }
}
