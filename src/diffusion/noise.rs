//! Gaussian noise from a seed, value for value as PyTorch draws it.
//!
//! Does not know what the noise is for, nor when it is drawn.

use std::f64::consts::TAU;

use ndarray::Axis;
use rand_mt::Mt;

use super::latent::Latents;
use crate::recipe::{Recipe, SeedSource, Variation};

/// The generators of the pictures of a run: each draw continues where the last one ended, as pipelines do with one `torch.Generator` a picture.
#[derive(Clone, Debug)]
pub struct Noise(Vec<Stream>);

/// The noise of one picture.
#[derive(Clone, Debug)]
struct Stream {
    own: Generator,
    /// Another generator at its start, for the first draw, and its share.
    varied: Option<(Generator, f32)>,
}

#[derive(Clone, Debug)]
enum Generator {
    Torch(Box<TorchCpu>),
    Philox(Philox),
}

impl Noise {
    /// One picture's generator at its start.
    ///
    /// Torch's CPU generator hears the low 32 bits of the seed only.
    pub fn new(seed: u64, source: SeedSource) -> Self {
        Self(vec![Stream {
            own: Generator::new(seed, source),
            varied: None,
        }])
    }

    /// The generators of the pictures that recipes ask for, with their variations.
    pub fn of<'a>(recipes: impl IntoIterator<Item = &'a Recipe>) -> Self {
        let stream = |recipe: &Recipe| {
            let varied = recipe.variation.filter(|varied| varied.strength != 0.0);
            let other = |varied: Variation| {
                (
                    Generator::new(varied.seed, recipe.seed_source),
                    varied.strength as f32,
                )
            };
            Stream {
                own: Generator::new(recipe.seed, recipe.seed_source),
                varied: varied.map(other),
            }
        };
        Self(recipes.into_iter().map(stream).collect())
    }

    /// Standard normal values of a shape, in row-major order: `torch.randn(shape, generator=...)`, its first axis shared out among the pictures.
    pub fn draw(&mut self, shape: (usize, usize, usize, usize)) -> Latents {
        let mut noise = Latents::zeros(shape);
        let share = shape.0.div_ceil(self.0.len().max(1));
        for (stream, mut part) in self
            .0
            .iter_mut()
            .zip(noise.axis_chunks_iter_mut(Axis(0), share))
        {
            if let Some(values) = part.as_slice_mut() {
                stream.own.fill(values);
            }
        }
        noise
    }

    /// The first noise of a run: [`Self::draw`], with the noise of the variations' seeds mixed in; later draws go on as if there were none.
    pub fn draw_first(&mut self, shape: (usize, usize, usize, usize)) -> Latents {
        let mut noise = self.draw(shape);
        let share = shape.0.div_ceil(self.0.len().max(1));
        for (stream, mut part) in self
            .0
            .iter()
            .zip(noise.axis_chunks_iter_mut(Axis(0), share))
        {
            if let Some((other, share)) = &stream.varied {
                let own = part.to_owned();
                let mut mixed = Latents::zeros(own.dim());
                if let Some(values) = mixed.as_slice_mut() {
                    other.clone().fill(values);
                }
                part.assign(&slerp(*share, &own, &mixed));
            }
        }
        noise
    }
}

impl Generator {
    fn new(seed: u64, source: SeedSource) -> Self {
        match source {
            SeedSource::TorchCpu => Self::Torch(Box::new(TorchCpu::new(seed))),
            SeedSource::Philox => Self::Philox(Philox { seed, draws: 0 }),
        }
    }

    fn fill(&mut self, values: &mut [f32]) {
        match self {
            Self::Torch(torch) => torch.fill(values),
            Self::Philox(philox) => philox.fill(values),
        }
    }
}

/// Noises whose columns are this alike on average are taken for the same.
const ALIKE: f32 = 0.9995;

/// A1111's spherical interpolation from `low` (`share` 0) to `high` (1), for each channel and column on its own (`modules/rng.py` `slerp`, which for latents of one picture measures angles along their height).
///
/// Where both are the same noise, A1111 interpolates linearly, and from `high` to `low`.
/// Columns that point the same or the opposite way have no arc between them, and are mixed linearly; A1111 divides by 0 there.
pub fn slerp(share: f32, low: &Latents, high: &Latents) -> Latents {
    let along_height = Axis(2);
    let norm = |noise: &Latents| {
        let squares = noise.mapv(|value| value * value);
        squares
            .sum_axis(along_height)
            .mapv(f32::sqrt)
            .insert_axis(along_height)
    };
    let dot = ((low / &norm(low)) * (high / &norm(high))).sum_axis(along_height);
    if dot.mean().is_some_and(|mean| mean > ALIKE) {
        return low * share + high * (1.0 - share);
    }
    let omega = dot
        .mapv(|dot| dot.clamp(-1.0, 1.0).acos())
        .insert_axis(along_height);
    let part = |share: f32| {
        omega.mapv(|omega| match omega.sin() {
            sin if sin > 0.0 => (share * omega).sin() / sin,
            _ => share,
        })
    };
    low * &part(1.0 - share) + high * &part(share)
}

/// `torch.randn` on the CPU (PyTorch `aten/src/ATen/native/cpu/DistributionTemplates.h`), bit for bit as machines with AVX2 compute it.
#[derive(Clone, Debug)]
struct TorchCpu {
    words: Mt,
    /// The second value of the last pair that a short draw made.
    spare: Option<f64>,
}

/// Values that one Box-Muller block makes.
const BLOCK: usize = 16;

impl TorchCpu {
    fn new(seed: u64) -> Self {
        Self {
            words: Mt::new(seed as u32),
            spare: None,
        }
    }

    fn fill(&mut self, values: &mut [f32]) {
        if values.len() < BLOCK {
            return values.fill_with(|| self.short() as f32);
        }
        values.fill_with(|| self.uniform());
        let (blocks, tail) = values.as_chunks_mut::<BLOCK>();
        blocks.iter_mut().for_each(box_muller);
        if !tail.is_empty()
            && let Some(last) = values.last_chunk_mut::<BLOCK>()
        {
            // The ragged end is drawn again together with the values before it.
            last.fill_with(|| self.uniform());
            box_muller(last);
        }
    }

    /// Uniform in `[0, 1)` with 24 bits.
    fn uniform(&mut self) -> f32 {
        (self.words.next_u32() & 0xff_ffff) as f32 / (1 << 24) as f32
    }

    /// Uniform in `[0, 1)` with 53 bits, the high word first.
    fn uniform_wide(&mut self) -> f64 {
        let high = u64::from(self.words.next_u32());
        let low = u64::from(self.words.next_u32());
        ((high << 32 | low) & ((1 << 53) - 1)) as f64 / (1u64 << 53) as f64
    }

    /// One value of a draw of fewer than 16, which are made in pairs.
    fn short(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let angle = TAU * self.uniform_wide();
        let radius = (-2.0 * (-self.uniform_wide()).ln_1p()).sqrt();
        self.spare = Some(radius * angle.sin());
        radius * angle.cos()
    }
}

/// Turns 16 uniform values into 16 normal ones: radii from the first half, angles from the second.
fn box_muller(block: &mut [f32; BLOCK]) {
    for j in 0..BLOCK / 2 {
        let radius = (-2.0 * cephes_ln(1.0 - block[j])).sqrt();
        let (sin, cos) = cephes_sin_cos(std::f32::consts::TAU * block[j + BLOCK / 2]);
        block[j] = radius * cos;
        block[j + BLOCK / 2] = radius * sin;
    }
}

/// Natural logarithm of a normal, positive number, rounded as torch's AVX2 code rounds it (Cephes polynomial, `aten/src/ATen/native/cpu/avx_mathfun.h`, multiply-adds fused).
fn cephes_ln(a: f32) -> f32 {
    let mut exponent = (a.to_bits() >> 23) as f32 - 126.0;
    let mantissa = f32::from_bits(a.to_bits() & 0x807f_ffff | 0x3f00_0000);
    let x = if mantissa < std::f32::consts::FRAC_1_SQRT_2 {
        exponent -= 1.0;
        mantissa - 1.0 + mantissa
    } else {
        mantissa - 1.0
    };
    let z = x * x;
    let coefficients = [
        7.037_683_6e-2,
        -1.151_461e-1,
        1.167_699_84e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_4e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ];
    let y = horner(x, &coefficients) * x;
    let y = y.mul_add(z, exponent * -2.121_944_4e-4);
    let y = (-0.5f32).mul_add(z, y);
    exponent.mul_add(0.693_359_4, x + y)
}

/// Sine and cosine of an angle in `[0, 2 pi]`, rounded as torch's AVX2 code rounds them.
fn cephes_sin_cos(angle: f32) -> (f32, f32) {
    // Octant, made even; the angle is then reduced by octant times pi / 4 in three parts.
    let octant = ((angle * 1.273_239_5) as i32 + 1) & !1;
    let q = octant as f32;
    let x = q.mul_add(-0.785_156_25, angle);
    let x = q.mul_add(-2.418_756_5e-4, x);
    let x = q.mul_add(-3.774_895e-8, x);
    let z = x * x;
    let cos = horner(z, &[2.443_315_7e-5, -1.388_731_6e-3, 4.166_664_6e-2]) * z;
    let cos = cos.mul_add(z, -(z * 0.5)) + 1.0;
    let sin = horner(z, &[-1.951_529_6e-4, 8.332_161e-3, -1.666_665_5e-1]) * z;
    let sin = sin.mul_add(x, x);
    let (sin, cos) = if octant & 2 == 0 {
        (sin, cos)
    } else {
        (cos, sin)
    };
    let sign = |negative: bool| if negative { -1.0 } else { 1.0 };
    (
        sin * sign(octant & 4 != 0),
        cos * sign((octant - 2) & 4 == 0),
    )
}

/// Polynomial in `x`, highest power first, each step one fused multiply-add.
fn horner(x: f32, coefficients: &[f32]) -> f32 {
    coefficients
        .iter()
        .copied()
        .reduce(|sum, coefficient| sum.mul_add(x, coefficient))
        .unwrap_or(0.0)
}

/// `torch.randn` on CUDA (A1111 `modules/rng_philox.py`; Philox4x32-10 of Salmon et al. 2011): each value is a function of seed, draw and position.
#[derive(Clone, Debug)]
struct Philox {
    seed: u64,
    draws: u32,
}

impl Philox {
    fn fill(&mut self, values: &mut [f32]) {
        for (index, value) in (0u32..).zip(values) {
            let [w0, w1, ..] = philox4x32([self.draws, 0, index, 0], self.seed);
            const STEP: f32 = 1.0 / 4_294_967_296.0;
            let u = w0 as f32 * STEP + STEP / 2.0;
            let v = w1 as f32 * (std::f32::consts::TAU * STEP) + std::f32::consts::TAU * STEP / 2.0;
            *value = (-2.0 * u.ln()).sqrt() * v.sin();
        }
        self.draws = self.draws.wrapping_add(1);
    }
}

fn philox4x32(mut counter: [u32; 4], seed: u64) -> [u32; 4] {
    let mut key = [seed as u32, (seed >> 32) as u32];
    for _ in 0..10 {
        let [c0, c1, c2, c3] = counter;
        let a = u64::from(c0) * 0xD251_1F53;
        let b = u64::from(c2) * 0xCD9E_8D57;
        counter = [
            (b >> 32) as u32 ^ c1 ^ key[0],
            b as u32,
            (a >> 32) as u32 ^ c3 ^ key[1],
            a as u32,
        ];
        key = [
            key[0].wrapping_add(0x9E37_79B9),
            key[1].wrapping_add(0xBB67_AE85),
        ];
    }
    counter
}
