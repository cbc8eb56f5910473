//! Textual inversion: vectors that stand for tokens, under the name of their file.
//!
//! Does not know prompts, nor how a text encoder comes to hear them.

use std::path::{Path, PathBuf};

use ndarray::Array2;

use super::error::EngineError;
use super::weights::{Tensor, Weights};

/// Names of the tensors for each text encoder of a model, the first encoder's first: SDXL's as trainers write them, and as older scripts of diffusers do. A lone tensor of any name is the first encoder's.
const ENCODERS: [&[&str]; 2] = [
    &["clip_l", "text_encoders_0", "text_encoders.0"],
    &["clip_g", "text_encoders_1", "text_encoders.1"],
];

/// An embedding's file.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    /// What prompts call it: the file's name without its ending.
    pub name: String,
    /// For each text encoder the vectors `[tokens, width]`, as many for each.
    pub vectors: Vec<Array2<f32>>,
    path: PathBuf,
}

impl Embedding {
    /// Reads a .safetensors file: `emb_params` or whatever its only tensor is called, or one tensor for each text encoder.
    ///
    /// # Errors
    /// [`EngineError::Model`] when it cannot be read, or holds no vectors.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        let weights = Weights::open(path)?;
        let tensors = tensors(&weights).map_err(|said| problem(path, said))?;
        let vectors = tensors.into_iter().map(|(name, tensor)| {
            vectors(tensor).map_err(|said| problem(path, format!("`{name}`: {said}")))
        });
        let vectors = vectors.collect::<Result<Vec<_>, _>>()?;
        if let [first, others @ ..] = &vectors[..]
            && let Some(other) = others.iter().find(|other| other.nrows() != first.nrows())
        {
            return Err(problem(
                path,
                format!(
                    "it has {} vectors for one text encoder and {} for the other",
                    first.nrows(),
                    other.nrows()
                ),
            ));
        }
        let name = path.file_stem().unwrap_or_default();
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            vectors,
            path: path.to_owned(),
        })
    }

    /// Tokens that it stands for.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.vectors.first().map_or(0, Array2::nrows)
    }

    /// Whether a model whose text encoders are so wide can hear it.
    ///
    /// # Errors
    /// [`EngineError::Model`] with both widths when it was made for another family.
    pub fn check(&self, widths: &[usize]) -> Result<(), EngineError> {
        let own: Vec<_> = self.vectors.iter().map(Array2::ncols).collect();
        if own == widths {
            return Ok(());
        }
        let list = |widths: &[usize]| {
            let widths: Vec<_> = widths.iter().map(usize::to_string).collect();
            widths.join(" and ")
        };
        Err(problem(
            &self.path,
            format!(
                "its vectors are {} wide and the model's are {}; use an embedding made for this family of models",
                list(&own),
                list(widths)
            ),
        ))
    }
}

fn problem(path: &Path, problem: impl Into<String>) -> EngineError {
    EngineError::Model {
        path: path.to_owned(),
        problem: problem.into(),
    }
}

/// The tensor of each text encoder, with its name.
fn tensors(weights: &Weights) -> Result<Vec<(&str, &Tensor)>, String> {
    let all: Vec<_> = weights.iter().collect();
    let of = |names: &[&str]| all.iter().copied().find(|(name, _)| names.contains(name));
    match (ENCODERS.map(of), &all[..]) {
        ([Some(first), Some(second)], _) => Ok(vec![first, second]),
        ([None, Some((name, _))], _) => Err(format!(
            "it has `{name}` alone; SDXL needs `clip_l` beside it"
        )),
        (_, [only]) => Ok(vec![*only]),
        (_, several) => {
            let params = several.iter().find(|(name, _)| *name == "emb_params");
            params.map(|params| vec![*params]).ok_or_else(|| {
                format!(
                    "it holds {} tensors, so it is no embedding; use a file of textual inversion",
                    several.len()
                )
            })
        }
    }
}

/// `[tokens, width]` of a tensor of that shape, or of one vector.
fn vectors(tensor: &Tensor) -> Result<Array2<f32>, String> {
    let shape = match tensor.shape[..] {
        [width] if width > 0 => (1, width),
        [tokens, width] if tokens > 0 && width > 0 => (tokens, width),
        _ => {
            return Err(format!(
                "it is {:?} where [tokens, width] belongs",
                tensor.shape
            ));
        }
    };
    let values = tensor.floats().map_err(|error| error.to_string())?;
    if values.iter().any(|value| !value.is_finite()) {
        return Err("it holds numbers that are not finite".into());
    }
    Array2::from_shape_vec(shape, values).map_err(|error| error.to_string())
}
