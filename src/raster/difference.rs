//! Where a picture made by a model differs from what was there by more than the model's own coding does.
//!
//! Does not know models: what coding alone changes is measured on the pixels that were to be kept.

use super::blur::gaussian;
use super::morphology::grow;
use super::{Mask, Picture};

/// Steps of a difference for each step of 255, so that fractions of a step count.
const FINE: u32 = 4;

/// Share of the kept pixels whose difference counts as coding alone.
const SHARE: f64 = 0.95;

/// Least and most that the threshold can be, of 255: less than the one nobody sees but as an edge, and more than the other is a change, however much a model loses.
const THRESHOLD: (f32, f32) = (4.0, 24.0);

/// Fewer kept pixels than this say too little.
const LEAST_SAMPLES: usize = 64;

/// How much of each pixel has changed: 255 where `made` differs from `before` by more than twice the threshold, 0 where by less than it, grown and smoothed in between.
///
/// Differences are those of the channel that differs most, averaged over `sigma` picture pixels (the standard deviation of a Gaussian).
/// The threshold is `times` the difference that 95 % of the kept pixels stay below (`mask` 0, farther from it than the average reaches), held to 4 to 24 of 255.
/// Transparent pixels count as changed. `None` where too few pixels are kept to measure by.
///
/// The rule is this program's own; that what hardly differs is given back to the picture is after A1111's soft inpainting (`extensions-builtin/soft-inpainting`), which compares latents.
///
/// # Panics
/// When the three are not of one size, or `sigma` is negative or not finite.
pub fn changed(
    made: &Picture,
    before: &Picture,
    mask: &Mask,
    sigma: f32,
    times: f32,
) -> Option<Mask> {
    assert_eq!(made.size(), before.size(), "pictures to compare");
    assert_eq!(made.size(), mask.size(), "mask of a picture");
    let apart = made.pixels().iter().zip(before.pixels()).map(|(new, old)| {
        let channels = new[..3].iter().zip(&old[..3]);
        let most = channels.map(|(new, old)| new.abs_diff(*old)).max();
        (u32::from(most.unwrap_or(0)) * FINE).min(255) as u8
    });
    let apart = gaussian(&Mask::new(made.size(), apart.collect()), sigma, sigma);
    let coding = f32::from(coding(&apart, &grow(mask, (2.0 * sigma).ceil() as u32))?);
    let fine = FINE as f32;
    let threshold = (times * coding).clamp(THRESHOLD.0 * fine, THRESHOLD.1 * fine);
    let steps: [u8; 256] = std::array::from_fn(|value| {
        let share = (value as f32 / threshold - 1.0).clamp(0.0, 1.0);
        (share * share * (3.0 - 2.0 * share) * 255.0).round() as u8
    });
    let values = apart.values().iter().zip(before.pixels());
    let values = values.map(|(value, old)| match old[3] {
        255 => steps[usize::from(*value)],
        _ => 255,
    });
    let found = Mask::new(made.size(), values.collect());
    Some(gaussian(
        &grow(&found, (2.0 * sigma).ceil() as u32),
        sigma,
        sigma,
    ))
}

/// The difference that most of what is kept stays below.
fn coding(apart: &Mask, masked: &Mask) -> Option<u8> {
    let mut counts = [0_usize; 256];
    for (value, masked) in apart.values().iter().zip(masked.values()) {
        counts[usize::from(*value)] += usize::from(*masked == 0);
    }
    let kept: usize = counts.iter().sum();
    let mut below = 0;
    let holds = |count: &usize| {
        below += count;
        below as f64 >= SHARE * kept as f64
    };
    let most = counts.iter().position(holds)?;
    (kept >= LEAST_SAMPLES).then_some(most as u8)
}
