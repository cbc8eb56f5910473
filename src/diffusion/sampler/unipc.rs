//! UniPC: each evaluation first corrects the step that led to it, then predicts the next.

use super::{Run, sum};
use crate::diffusion::latent::Latents;
use crate::diffusion::networks::Halt;

/// An estimate and where it was made.
struct Estimate {
    denoised: Latents,
    sigma: f64,
}

/// The step that was taken last.
struct Taken {
    /// Where it started from, corrected.
    x: Latents,
    order: usize,
}

/// UniPC of order 2 with B2(h) = e^h - 1, predicting clean latents (Zhao et al. 2023; diffusers `UniPCMultistepScheduler`, `bh2`).
pub fn unipc(run: &mut Run<'_>, mut x: Latents) -> Result<Latents, Halt> {
    let mut latest: Option<Estimate> = None;
    let mut before: Option<Estimate> = None;
    let mut taken: Option<Taken> = None;
    for (index, sigma, sigma_next) in run.steps() {
        let denoised = run.denoise(&x, index, sigma)?;
        if let (Some(taken), Some(latest)) = (&taken, &latest) {
            x = correct(
                taken,
                latest,
                before.as_ref().filter(|_| taken.order == 2),
                &denoised,
                sigma,
            );
        }
        before = latest.replace(Estimate {
            denoised: denoised.clone(),
            sigma,
        });
        let order = 2.min(index + 1).min(run.walk.steps() - index);
        let x_next = match before.as_ref().filter(|_| order == 2) {
            Some(before) => {
                let r = (sigma / before.sigma).ln() / (sigma / sigma_next).ln();
                let ahead = 0.5 / r * (1.0 - sigma_next / sigma);
                sum([
                    (sigma_next / sigma, &x),
                    (1.0 - sigma_next / sigma - ahead, &denoised),
                    (ahead, &before.denoised),
                ])
            }
            None => sum([
                (sigma_next / sigma, &x),
                (1.0 - sigma_next / sigma, &denoised),
            ]),
        };
        taken = Some(Taken {
            x: std::mem::replace(&mut x, x_next),
            order,
        });
        run.finish(index, &denoised, &x)?;
    }
    Ok(x)
}

/// Takes the last step again (UniC), now that the estimate at its end, `sigma`, is known; of order 1, or 2 where the estimate `before` its start is given.
fn correct(
    taken: &Taken,
    start: &Estimate,
    before: Option<&Estimate>,
    denoised: &Latents,
    sigma: f64,
) -> Latents {
    let h = (start.sigma / sigma).ln();
    // (e^-h - 1), then the paper's h phi_2 and h phi_3 of -h.
    let b = (-h).exp_m1();
    let phi_2 = b / -h - 1.0;
    let phi_3 = phi_2 / -h - 0.5;
    let step = sum([(sigma / start.sigma, &taken.x), (-b, &start.denoised)]);
    match before {
        None => {
            let weight = -0.5 * b;
            sum([(1.0, &step), (weight, denoised), (-weight, &start.denoised)])
        }
        Some(before) => {
            // Solves [1 1; r 1] [rho_1 rho_2] = [phi_2 2 phi_3] / b.
            let r = (start.sigma / before.sigma).ln() / h;
            let (right_1, right_2) = (phi_2 / b, 2.0 * phi_3 / b);
            let rho_1 = (right_1 - right_2) / (1.0 - r);
            let rho_2 = right_1 - rho_1;
            let (old, new) = (-b * rho_1 / r, -b * rho_2);
            sum([
                (1.0, &step),
                (old, &before.denoised),
                (new, denoised),
                (-old - new, &start.denoised),
            ])
        }
    }
}
