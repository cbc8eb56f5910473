//! What a LoRA does to a weight: LoRA (Hu et al. 2021), LoHa and LoKr (Yeh et al. 2023, "Navigating text-to-image customization", LyCORIS), their Tucker forms for convolutions, DoRA (Liu et al. 2024), and whole differences.
//!
//! Every weight is a matrix here: outputs by inputs, a convolution's kernel beside its inputs. Does not know names or models.

use std::collections::BTreeMap;
use std::io;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, Axis, Zip, s};

use super::key::{Module, Target};
use crate::engine::weights::Tensor;

const COMPARED: &str = "sides were compared when it was read";

/// Rows and columns.
type Sides = (usize, usize);

/// What is done to one module.
#[derive(Clone, Debug)]
pub(super) struct Update {
    /// The module as the file writes it.
    pub written: String,
    delta: Option<Delta>,
    /// What the difference is multiplied by: alpha over rank.
    scale: f32,
    magnitude: Option<Magnitude>,
    bias: Option<Tensor>,
}

/// A difference of weights.
#[derive(Clone, Debug)]
enum Delta {
    Plain(Factor),
    /// LoHa: the products of their numbers, one by one.
    Hadamard(Factor, Factor),
    /// LoKr: the first's every number times the second.
    Kronecker(Factor, Factor),
}

/// A matrix, as it is or as a product.
#[derive(Clone, Debug)]
enum Factor {
    Whole(Tensor),
    /// `out[p, r] = sum over i of left[p, i] * right[i, r]`.
    Product(Tensor, Tensor),
    /// `out[p, r, k] = sum over i, j of left[i, p] * core[i, j, k] * right[j, r]`; LoCon's left lies as `[p, i]`, which the last says.
    Tucker(Tensor, Tensor, Tensor, bool),
}

/// DoRA's lengths of the vectors that a weight is made of.
#[derive(Clone, Debug)]
struct Magnitude {
    lengths: Tensor,
    /// Whether they are known to be the outputs'; else their shape says it.
    outputs: bool,
}

/// How a PEFT adapter weighs its parts: LoRA's alpha, and whether the root of the rank divides it (rsLoRA).
pub(super) type Weighing = (f32, bool);

impl Update {
    /// What the tensors of a module in a LoRA's file do; without an alpha among them `usual` stands for it, and without that the scale is 1.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn of(
        written: String,
        mut leaves: BTreeMap<&'static str, Tensor>,
        usual: Option<Weighing>,
    ) -> Result<Self, String> {
        let alpha = leaves.remove("alpha").as_ref().map(scalar).transpose()?;
        let mut take = |leaf: &str| leaves.remove(leaf);
        let mut low_rank = |left, core, right, upright, kind| {
            let pair = pair(take(left), take(right), kind)?;
            Ok::<_, String>(pair.map(|(left, right)| match take(core) {
                Some(core) => Factor::Tucker(left, core, right, upright),
                None => Factor::Product(left, right),
            }))
        };
        let lora = low_rank("lora_up", "lora_mid", "lora_down", true, "LoRA")?;
        let hada_1 = low_rank("hada_w1_a", "hada_t1", "hada_w1_b", false, "LoHa")?;
        let hada_2 = low_rank("hada_w2_a", "hada_t2", "hada_w2_b", false, "LoHa")?;
        let lokr_1 = low_rank("lokr_w1_a", "lokr_t1", "lokr_w1_b", false, "LoKr")?;
        let lokr_2 = low_rank("lokr_w2_a", "lokr_t2", "lokr_w2_b", false, "LoKr")?;
        // Of LoKr's two products the second's rank counts (A1111, ComfyUI).
        let ranks = [&lora, &hada_1, &lokr_2, &lokr_1];
        let rank = ranks.into_iter().flatten().find_map(Factor::rank);
        let lokr_1 = lokr_1.or_else(|| take("lokr_w1").map(Factor::Whole));
        let lokr_2 = lokr_2.or_else(|| take("lokr_w2").map(Factor::Whole));
        let delta = if let Some(factor) = lora {
            Some(Delta::Plain(factor))
        } else if let Some((first, second)) = pair(hada_1, hada_2, "LoHa")? {
            Some(Delta::Hadamard(first, second))
        } else if let Some((first, second)) = pair(lokr_1, lokr_2, "LoKr")? {
            Some(Delta::Kronecker(first, second))
        } else {
            take("diff").map(|diff| Delta::Plain(Factor::Whole(diff)))
        };
        let lengths = |lengths, outputs| Magnitude { lengths, outputs };
        let magnitude = take("magnitude").map(|own| lengths(own, true));
        let magnitude = magnitude.or_else(|| take("dora_scale").map(|own| lengths(own, false)));
        let bias = take("diff_b");
        if let Some(leaf) = leaves.into_keys().next() {
            return Err(format!("what belongs to its {leaf} is missing"));
        }
        if let Some(delta) = &delta
            && delta.sides().is_none()
        {
            return Err("its matrices cannot be multiplied".into());
        }
        let scale = match (alpha, usual, rank) {
            (Some(alpha), _, Some(rank)) | (None, Some((alpha, false)), Some(rank)) => {
                alpha / rank as f32
            }
            (None, Some((alpha, true)), Some(rank)) => alpha / (rank as f32).sqrt(),
            _ => 1.0,
        };
        Ok(Self {
            written,
            delta,
            scale,
            magnitude,
            bias,
        })
    }

    /// Inputs of the module, kernel included.
    pub fn inputs(&self) -> Option<usize> {
        Some(self.delta.as_ref()?.sides()?.1)
    }

    /// The tensors of a module that it changes; `None` where it does not fit.
    pub fn targets<'a>(&self, module: &Module<'a>) -> Option<Vec<Target<'a>>> {
        let mut targets = Vec::new();
        if let Some(delta) = &self.delta {
            let target = module.weight?;
            let shape = target.shape();
            let whole = sides(&shape)?;
            let own = delta.sides()?;
            let fits = match &self.magnitude {
                None => own == whole || Some(own) == without_mask(&shape),
                Some(magnitude) => own == whole && magnitude.outputs(&shape).is_some(),
            };
            if !fits || delta.rank_of_core() > whole.0.max(whole.1) {
                return None;
            }
            targets.push(target);
        }
        if let Some(bias) = &self.bias {
            let target = module.bias?;
            if sides(&target.tensor.shape) != sides(&bias.shape) {
                return None;
            }
            targets.push(target);
        }
        (!targets.is_empty()).then_some(targets)
    }

    /// Adds what it makes of a weight of a shape to `values`; `original` are the weight's numbers where one of its updates decomposes them.
    pub fn add(
        &self,
        shape: &[usize],
        original: Option<&Array2<f32>>,
        values: &mut Array2<f32>,
        strength: f32,
    ) -> io::Result<()> {
        let Some(delta) = &self.delta else {
            return Ok(());
        };
        let (Some(magnitude), Some(original)) = (&self.magnitude, original) else {
            return delta.add_to(values, self.scale * strength);
        };
        // Lengths are those of the changed weight, as in the paper, PEFT and LyCORIS (ComfyUI takes the unchanged one's for outputs); strength goes from the weight to the decomposed one (ComfyUI, A1111).
        let mut changed = original.as_standard_layout().into_owned();
        delta.add_to(&mut changed, self.scale)?;
        let outputs = magnitude.outputs(shape) == Some(true);
        let lengths = matrix(&magnitude.lengths)?;
        let (rows, cols) = changed.dim();
        let sides = match outputs {
            true => (rows, 1, cols),
            false => (rows, lengths.len(), cols / lengths.len()),
        };
        let view = changed.view_mut().into_shape_with_order(sides);
        let mut vectors = view.expect(COMPARED);
        let axis = Axis(usize::from(!outputs));
        for (mut vector, wanted) in vectors.axis_iter_mut(axis).zip(&lengths) {
            let squares = vector.iter().map(|value| f64::from(*value).powi(2));
            let length = squares.sum::<f64>().sqrt() as f32 + f32::EPSILON;
            vector *= wanted / length;
        }
        Zip::from(values)
            .and(&changed)
            .and(original)
            .for_each(|value, changed, original| *value += strength * (changed - original));
        Ok(())
    }

    /// Adds what it makes of a bias.
    pub fn add_bias(&self, values: &mut Array2<f32>, strength: f32) -> io::Result<()> {
        if let Some(bias) = &self.bias {
            values.scaled_add(strength, &matrix(bias)?);
        }
        Ok(())
    }

    /// Whether it needs the weight as it was.
    pub fn decomposes(&self) -> bool {
        self.magnitude.is_some()
    }
}

impl Magnitude {
    /// Whether the lengths are those of a weight's outputs; else of its inputs, and `None` where there are as many of neither (ComfyUI `weight_decompose`).
    fn outputs(&self, weight: &[usize]) -> Option<bool> {
        let count = self.lengths.count();
        let first = self.lengths.shape.first();
        let outputs = self.outputs || first == weight.first();
        let axis = usize::from(!outputs);
        (weight.get(axis) == Some(&count)).then_some(outputs)
    }
}

impl Delta {
    fn sides(&self) -> Option<Sides> {
        match self {
            Self::Plain(factor) => factor.sides(),
            Self::Hadamard(first, second) => {
                let sides = first.sides()?;
                (second.sides()? == sides).then_some(sides)
            }
            Self::Kronecker(first, second) => {
                let ((a, b), (c, d)) = (first.sides()?, second.sides()?);
                Some((a.checked_mul(c)?, b.checked_mul(d)?))
            }
        }
    }

    /// Greatest rank of a Tucker form, whose parts are multiplied out.
    fn rank_of_core(&self) -> usize {
        let rank = |factor: &Factor| match factor {
            Factor::Tucker(_, core, ..) => core.shape[0],
            _ => 0,
        };
        match self {
            Self::Plain(factor) => rank(factor),
            Self::Hadamard(first, second) | Self::Kronecker(first, second) => {
                rank(first).max(rank(second))
            }
        }
    }

    /// Adds it, times a number, to the columns that it has.
    fn add_to(&self, values: &mut Array2<f32>, scale: f32) -> io::Result<()> {
        match self {
            Self::Plain(factor) => {
                let (left, right) = factor.parts()?;
                let mut values = values.slice_mut(s![.., ..right.ncols()]);
                match left {
                    Some(left) => general_mat_mul(scale, &left, &right, 1.0, &mut values),
                    None => values.scaled_add(scale, &right),
                }
            }
            Self::Hadamard(first, second) => {
                let (first, second) = (first.whole()?, second.whole()?);
                let values = values.slice_mut(s![.., ..first.ncols()]);
                Zip::from(values)
                    .and(&first)
                    .and(&second)
                    .for_each(|value, first, second| *value += scale * first * second);
            }
            Self::Kronecker(first, second) => {
                let (first, second) = (first.whole()?, second.whole()?);
                let (rows, cols) = second.dim();
                for ((row, col), number) in first.indexed_iter() {
                    let (row, col) = (row * rows, col * cols);
                    values
                        .slice_mut(s![row..row + rows, col..col + cols])
                        .scaled_add(scale * number, &second);
                }
            }
        }
        Ok(())
    }
}

impl Factor {
    fn sides(&self) -> Option<Sides> {
        match self {
            Self::Whole(tensor) => sides(&tensor.shape),
            Self::Product(left, right) => {
                let ((rows, rank), (same, cols)) = (sides(&left.shape)?, sides(&right.shape)?);
                (rank == same).then_some((rows, cols))
            }
            Self::Tucker(left, core, right, upright) => {
                let (one, other) = sides(&left.shape)?;
                let (rank, rows) = if *upright { (other, one) } else { (one, other) };
                let (same, inputs) = sides(&right.shape)?;
                let (first, cols) = sides(&core.shape)?;
                let fits = first == rank && core.shape.get(1) == Some(&same);
                fits.then(|| Some((rows, inputs.checked_mul(cols / same)?)))?
            }
        }
    }

    /// Rows of the last of its matrices, where it is a product.
    fn rank(&self) -> Option<usize> {
        match self {
            Self::Whole(_) => None,
            Self::Product(_, right) | Self::Tucker(_, _, right, _) => right.shape.first().copied(),
        }
    }

    fn whole(&self) -> io::Result<Array2<f32>> {
        Ok(match self.parts()? {
            (Some(left), right) => left.dot(&right),
            (None, whole) => whole,
        })
    }

    /// The matrices that it is the product of.
    fn parts(&self) -> io::Result<(Option<Array2<f32>>, Array2<f32>)> {
        Ok(match self {
            Self::Whole(tensor) => (None, matrix(tensor)?),
            Self::Product(left, right) => (Some(matrix(left)?), matrix(right)?),
            Self::Tucker(left, core, right, upright) => {
                let (left, core, right) = (matrix(left)?, matrix(core)?, matrix(right)?);
                let left = if *upright { left } else { left.reversed_axes() };
                let (same, inputs) = right.dim();
                let (rank, kernel) = (core.nrows(), core.ncols() / same);
                let mut joined = Array2::zeros((rank, inputs * kernel));
                for (core, joined) in core.outer_iter().zip(joined.outer_iter_mut()) {
                    let core = core.into_shape_with_order((same, kernel)).expect(COMPARED);
                    let joined = joined.into_shape_with_order((inputs, kernel));
                    let mut joined = joined.expect(COMPARED);
                    general_mat_mul(1.0, &right.t(), &core, 0.0, &mut joined);
                }
                (Some(left), joined)
            }
        })
    }
}

/// Both or neither.
fn pair<T>(one: Option<T>, other: Option<T>, kind: &str) -> Result<Option<(T, T)>, String> {
    match (one, other) {
        (Some(one), Some(other)) => Ok(Some((one, other))),
        (None, None) => Ok(None),
        _ => Err(format!("one half of its {kind} is missing")),
    }
}

/// A shape as a matrix's; `None` where it has no numbers.
fn sides(shape: &[usize]) -> Option<Sides> {
    let (rows, rest) = shape.split_first()?;
    let cols = rest
        .iter()
        .try_fold(1, |cols: usize, side| cols.checked_mul(*side))?;
    (*rows > 0 && cols > 0).then_some((*rows, cols))
}

/// Sides of the first convolution of a model without the mask's and the masked picture's channels: an update for a model of 4 channels leaves those of one with 9 alone (A1111 `network_apply_weights`).
fn without_mask(weight: &[usize]) -> Option<Sides> {
    let (rows, cols) = sides(weight)?;
    matches!(weight, [_, 9, _, _]).then_some((rows, cols / 9 * 4))
}

/// The numbers of a tensor as a matrix.
pub(super) fn matrix(tensor: &Tensor) -> io::Result<Array2<f32>> {
    let numbers = tensor.floats()?;
    if numbers.iter().any(|number| !number.is_finite()) {
        return Err(io::Error::other("it holds numbers that are not finite"));
    }
    let (rows, cols) = sides(&tensor.shape).unwrap_or((1, numbers.len()));
    Array2::from_shape_vec((rows, cols), numbers).map_err(io::Error::other)
}

/// The one number of a tensor.
fn scalar(tensor: &Tensor) -> Result<f32, String> {
    let number = match tensor.count() {
        1 => tensor
            .floats()
            .ok()
            .and_then(|numbers| numbers.first().copied()),
        _ => None,
    };
    let usable = number.filter(|number| number.is_finite());
    usable.ok_or_else(|| "its alpha is no number".into())
}
