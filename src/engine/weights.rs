//! Weights as a value: names to tensors, wherever their bytes lie.
//!
//! Reads the head of a .safetensors file and no more, so that a checkpoint of gigabytes costs what its head costs. Does not know what a tensor is for, nor ONNX Runtime.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::{Bound, Range};
use std::path::Path;
use std::sync::Arc;

use half::{bf16, f16};
use safetensors::tensor::{Dtype, Metadata};

use super::error::EngineError;
use super::graph::Element;

/// Longest head that is read; the largest known ones have a hundredth of it.
const LONGEST_HEAD: u64 = 100 << 20;

/// Named tensors; a function from weights to weights makes a LoRA, a part or another naming of a checkpoint.
#[derive(Clone, Debug, Default)]
pub struct Weights {
    tensors: BTreeMap<String, Tensor>,
    /// What the file says of itself (`__metadata__`).
    pub notes: BTreeMap<String, String>,
    /// Names of matrices whose rows are their layer's inputs, and not its outputs as usual.
    pub transposed: BTreeSet<String>,
    /// Why some of a network's weights are not among them, where it is known.
    pub hidden: Option<&'static str>,
}

/// One tensor: its bytes are read, or given to ONNX Runtime by their place, only where they are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Type of its elements.
    pub element: Element,
    /// Lengths of its sides, the slowest first.
    pub shape: Vec<usize>,
    /// Where its bytes are: little endian, row by row.
    pub place: Place,
}

/// Where bytes lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a file, from a byte on; the path has no links in it.
    File {
        /// Which.
        file: Arc<Path>,
        /// From where, bytes.
        start: u64,
    },
    /// In memory, from a byte on.
    Memory {
        /// Which bytes.
        bytes: Arc<[u8]>,
        /// From where.
        start: usize,
    },
}

impl Weights {
    /// Reads the head of a .safetensors file, wherever links lead.
    ///
    /// # Errors
    /// [`EngineError::Model`] when the file cannot be read, is none, or its tensors do not lie in it one after the other.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        let problem = |problem: String| EngineError::Model {
            path: path.to_owned(),
            problem,
        };
        let unreadable = |error: io::Error| problem(format!("it cannot be read: {error}"));
        let real: Arc<Path> = path.canonicalize().map_err(unreadable)?.into();
        let found = std::fs::metadata(&real).map_err(unreadable)?;
        if !found.is_file() {
            // A pipe would wait for its other end.
            return Err(problem("it is no file".into()));
        }
        let mut file = File::open(&real).map_err(unreadable)?;
        let cut = || problem("it ends too early (a broken download?)".into());
        let mut size = [0; 8];
        file.read_exact(&mut size).map_err(|_| cut())?;
        let size = u64::from_le_bytes(size);
        let room = found.len() - 8;
        if size > LONGEST_HEAD {
            return Err(problem("it is no .safetensors file".into()));
        }
        if size > room {
            return Err(cut());
        }
        let mut head = Vec::new();
        (&mut file)
            .take(size)
            .read_to_end(&mut head)
            .map_err(unreadable)?;
        let head: Metadata = serde_json::from_slice(&head)
            .map_err(|error| problem(format!("it is no usable .safetensors file: {error}")))?;
        match (head.data_len() as u64).cmp(&(room - size)) {
            std::cmp::Ordering::Less => {
                return Err(problem(format!(
                    "it has {} bytes that none of its tensors claims",
                    room - size - head.data_len() as u64
                )));
            }
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Greater => return Err(cut()),
        }
        let tensors = head.tensors().into_iter().map(|(name, info)| {
            let tensor = Tensor {
                element: element(info.dtype),
                shape: info.shape.clone(),
                place: Place::File {
                    file: Arc::clone(&real),
                    start: 8 + size + info.data_offsets.0 as u64,
                },
            };
            (name, tensor)
        });
        Ok(Self {
            tensors: tensors.collect(),
            notes: head.metadata().clone().into_iter().flatten().collect(),
            transposed: BTreeSet::new(),
            hidden: None,
        })
    }

    /// A tensor by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(name)
    }

    /// A tensor and its name as it is kept.
    pub(super) fn entry(&self, name: &str) -> Option<(&str, &Tensor)> {
        let (name, tensor) = self.tensors.get_key_value(name)?;
        Some((name, tensor))
    }

    /// Whether there is a tensor of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// All tensors, by their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors
            .iter()
            .map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// The names that begin with `start`, in order.
    pub fn names<'a>(&'a self, start: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        let behind = (Bound::Included(start), Bound::Unbounded);
        let tensors = self.tensors.range::<str, _>(behind);
        tensors
            .map(|(name, _)| name.as_str())
            .take_while(move |name| name.starts_with(start))
    }

    /// Puts a tensor in, in the place of one of the same name.
    pub fn put(&mut self, name: String, tensor: Tensor) {
        self.tensors.insert(name, tensor);
    }

    /// Takes the tensors of other weights in.
    pub fn extend(&mut self, other: Self) {
        self.tensors.extend(other.tensors);
        self.notes.extend(other.notes);
        self.transposed.extend(other.transposed);
        self.hidden = self.hidden.or(other.hidden);
    }

    /// The tensors that `name` gives a name to, under that name.
    #[must_use]
    pub fn renamed(&self, name: impl Fn(&str) -> Option<String>) -> Self {
        let named = |(old, tensor): (&str, &Tensor)| Some((name(old)?, tensor.clone()));
        Self {
            tensors: self.iter().filter_map(named).collect(),
            notes: self.notes.clone(),
            hidden: self.hidden,
            transposed: self.transposed.iter().filter_map(|old| name(old)).collect(),
        }
    }

    /// The tensors whose names begin with `start`, without it.
    #[must_use]
    pub fn part(&self, start: &str) -> Self {
        self.renamed(|name| name.strip_prefix(start).map(str::to_owned))
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }
}

impl Tensor {
    /// A tensor of numbers in memory.
    #[must_use]
    pub fn of_floats(shape: Vec<usize>, values: &[f32]) -> Self {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        Self {
            element: Element::F32,
            shape,
            place: Place::Memory {
                bytes: bytes.into(),
                start: 0,
            },
        }
    }

    /// The file that holds it.
    pub(super) fn file(&self) -> Option<&Path> {
        match &self.place {
            Place::File { file, .. } => Some(file),
            Place::Memory { .. } => None,
        }
    }

    /// Numbers in it.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// Bytes that it takes where it lies.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.count() as u64 * self.element.size()
    }

    /// The same bytes in another shape.
    #[must_use]
    pub fn shaped(&self, shape: &[usize]) -> Option<Self> {
        (shape.iter().product::<usize>() == self.count()).then(|| Self {
            shape: shape.to_vec(),
            ..self.clone()
        })
    }

    /// Some of its rows (the slowest side); they lie together.
    #[must_use]
    pub fn rows(&self, rows: Range<usize>) -> Option<Self> {
        let all = *self.shape.first()?;
        if rows.end > all || rows.is_empty() {
            return None;
        }
        let skipped = self.bytes() / all as u64 * rows.start as u64;
        let mut part = self.clone();
        part.shape[0] = rows.len();
        match &mut part.place {
            Place::File { start, .. } => *start += skipped,
            Place::Memory { start, .. } => *start += usize::try_from(skipped).ok()?,
        }
        Some(part)
    }

    /// Its bytes.
    ///
    /// # Errors
    /// When its file cannot be read any more.
    pub(super) fn read(&self) -> io::Result<Arc<[u8]>> {
        let length = usize::try_from(self.bytes()).map_err(io::Error::other)?;
        match &self.place {
            Place::Memory { bytes, start } if *start == 0 && bytes.len() == length => {
                Ok(Arc::clone(bytes))
            }
            Place::Memory { bytes, start } => Ok(bytes[*start..*start + length].into()),
            Place::File { file, start } => {
                let mut file = File::open(file)?;
                file.seek(SeekFrom::Start(*start))?;
                let mut bytes = vec![0; length];
                file.read_exact(&mut bytes)?;
                Ok(bytes.into())
            }
        }
    }

    /// Its numbers as f32.
    ///
    /// # Errors
    /// When its file cannot be read any more, or it holds numbers of a type that no network has.
    pub fn floats(&self) -> io::Result<Vec<f32>> {
        let bytes = &*self.read()?;
        Ok(match self.element {
            Element::F32 => convert(bytes, f32::from_le_bytes),
            Element::F64 => convert(bytes, |bytes| f64::from_le_bytes(bytes) as f32),
            Element::F16 => convert(bytes, |bytes| f16::from_le_bytes(bytes).to_f32()),
            Element::Bf16 => convert(bytes, |bytes| bf16::from_le_bytes(bytes).to_f32()),
            Element::F8E4m3 => convert(bytes, |[byte]| small_float(byte, 3)),
            Element::F8E5m2 => convert(bytes, |[byte]| small_float(byte, 2)),
            Element::I32 => convert(bytes, |bytes| i32::from_le_bytes(bytes) as f32),
            Element::I64 => convert(bytes, |bytes| i64::from_le_bytes(bytes) as f32),
            other => {
                return Err(io::Error::other(format!(
                    "{other} is no number of a network"
                )));
            }
        })
    }
}

fn convert<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|bytes| number(*bytes))
        .collect()
}

/// A float of eight bits, `mantissa` of them behind the exponent (Micikevicius et al. 2022, "FP8 formats for deep learning"): E4M3 has one NaN and no infinity, E5M2 follows IEEE 754.
fn small_float(byte: u8, mantissa: u32) -> f32 {
    let bias = if mantissa == 3 { 7 } else { 15 };
    let exponent = i32::from(byte & 0x7f) >> mantissa;
    let fraction = f32::from(byte & ((1 << mantissa) - 1)) / (1 << mantissa) as f32;
    let size = match (exponent, byte & 0x7f) {
        (_, 0x7f) if mantissa == 3 => f32::NAN,
        (31, _) if fraction > 0.0 => f32::NAN,
        (31, _) => f32::INFINITY,
        (0, _) => fraction * 2_f32.powi(1 - bias),
        _ => (1.0 + fraction) * 2_f32.powi(exponent - bias),
    };
    if byte & 0x80 == 0 { size } else { -size }
}

fn element(kind: Dtype) -> Element {
    match kind {
        Dtype::F16 => Element::F16,
        Dtype::BF16 => Element::Bf16,
        Dtype::F32 => Element::F32,
        Dtype::F64 => Element::F64,
        Dtype::F8_E4M3 => Element::F8E4m3,
        Dtype::F8_E5M2 => Element::F8E5m2,
        Dtype::I32 => Element::I32,
        Dtype::I64 => Element::I64,
        // Of ONNX's numbers: what is not a network's number is only named in messages.
        Dtype::U8 => Element::Other(2),
        Dtype::I8 => Element::Other(3),
        Dtype::U16 => Element::Other(4),
        Dtype::I16 => Element::Other(5),
        Dtype::BOOL => Element::BOOL,
        Dtype::U32 => Element::Other(12),
        Dtype::U64 => Element::Other(13),
        _ => Element::Other(0),
    }
}
