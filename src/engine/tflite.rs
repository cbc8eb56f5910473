//! Reads TensorFlow Lite files: the operators of their first graph, and its constants as weights.
//!
//! A .tflite file is a FlatBuffer of the schema `tensorflow/compiler/mlir/lite/schema/schema.fbs`; the numbers of fields and operators are that file's. Does not know what the graph is for, nor ONNX.

use std::path::Path;
use std::sync::Arc;

use super::error::EngineError;
use super::graph::Element;
use super::weights::{Place, Tensor, Weights};

/// A graph: tensors by number, and what computes them, in order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lite {
    /// Sides of each tensor; pictures are `[n, h, w, channels]`.
    pub shapes: Vec<Vec<usize>>,
    pub steps: Vec<Step>,
    pub inputs: Vec<usize>,
    pub outputs: Vec<usize>,
}

/// An operator at work: tensors by number.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub operator: Operator,
    pub inputs: Vec<usize>,
    pub output: usize,
}

/// What a step computes, with all that is no tensor of floats.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operator {
    Convolution {
        window: Window,
        /// Each channel by itself.
        depthwise: bool,
        then: Activation,
    },
    MaxPool {
        window: Window,
        size: [i64; 2],
    },
    FullyConnected(Activation),
    Add(Activation),
    Prelu,
    Activation(Activation),
    /// To twice or more the size, pixel centres at halves.
    ResizeBilinear([i64; 2]),
    /// Zeros before and behind, side by side.
    Pad(Vec<[i64; 2]>),
    Concatenation {
        axis: usize,
    },
    /// The sides are the output's.
    Reshape,
    /// Over these sides, which go.
    Mean(Vec<usize>),
    /// Numbers of 16 bits as 32 bits.
    Dequantize,
}

/// How a window moves over a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    /// Whether zeros around the picture keep its size (over the stride); of an odd number the one more is behind.
    pub same: bool,
    /// Down and to the right.
    pub strides: [i64; 2],
    pub dilations: [i64; 2],
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Activation {
    None,
    Relu,
    /// Cut off at 6.
    Relu6,
    Sigmoid,
}

/// Name of a constant among the weights.
pub(super) fn constant(tensor: usize) -> String {
    tensor.to_string()
}

impl Lite {
    /// The graph in a file's bytes, and its constant floats by their [`constant`] name.
    ///
    /// # Errors
    /// [`EngineError::Model`] when it is broken, or has an operator that is not known here.
    pub fn read(bytes: &'static [u8], file: &Path) -> Result<(Self, Weights), EngineError> {
        let problem = |problem: String| EngineError::Model {
            path: file.to_owned(),
            problem,
        };
        if bytes.get(4..8) != Some(b"TFL3") {
            return Err(problem("it is no TensorFlow Lite file".into()));
        }
        read(bytes)
            .unwrap_or_else(|| Err("it is broken".into()))
            .map_err(problem)
    }
}

/// `None` where an offset leads out of the file.
fn read(bytes: &'static [u8]) -> Option<Result<(Lite, Weights), String>> {
    let model = Table::root(bytes)?;
    let codes: Vec<i64> = model
        .tables(1)?
        .iter()
        // Codes above 127 are in the later field only.
        .map(|code| Some(i64::from(code.i8(0)?.max(0)).max(i64::from(code.i32(3)?))))
        .collect::<Option<_>>()?;
    let graph = model.tables(2)?.into_iter().next()?;
    let buffers = model.tables(4)?;
    let tensors = graph.tables(0)?;
    let all: Arc<[u8]> = bytes.into();
    let mut weights = Weights::default();
    let mut shapes = Vec::new();
    for (number, tensor) in tensors.iter().enumerate() {
        let shape = tensor.integers(0)?;
        let shape: Vec<usize> = shape
            .iter()
            .map(|side| usize::try_from(*side).ok())
            .collect::<Option<_>>()?;
        let element = match tensor.i8(1)? {
            0 => Element::F32,
            1 => Element::F16,
            _ => Element::I32,
        };
        let (start, length) = buffers.get(tensor.u32(2)? as usize)?.bytes(0)?;
        let constant_ = Tensor {
            element,
            shape: shape.clone(),
            place: Place::Memory {
                bytes: Arc::clone(&all),
                start,
            },
        };
        if length > 0 && element != Element::I32 {
            if constant_.bytes() != length as u64 {
                return None;
            }
            weights.put(constant(number), constant_);
        }
        shapes.push(shape);
    }
    // A constant list of integers.
    let list = |tensor: usize| -> Option<Vec<i64>> {
        let (start, length) = buffers
            .get(tensors.get(tensor)?.u32(2)? as usize)?
            .bytes(0)?;
        let (numbers, _) = bytes.get(start..start + length)?.as_chunks();
        Some(
            numbers
                .iter()
                .map(|number| i64::from(i32::from_le_bytes(*number)))
                .collect(),
        )
    };
    let mut steps = Vec::new();
    for operator in graph.tables(3)? {
        let code = *codes.get(operator.u32(0)? as usize)?;
        let index = |number: &i32| {
            usize::try_from(*number)
                .ok()
                .filter(|at| *at < shapes.len())
        };
        // A missing bias is -1.
        let inputs = operator.integers(1)?;
        let inputs: Vec<usize> = inputs
            .iter()
            .filter(|number| **number >= 0)
            .map(index)
            .collect::<Option<_>>()?;
        let output = operator.integers(2)?.first().and_then(index)?;
        let options = operator.table(4).unwrap_or(Table { bytes, at: 0 });
        let options = |field| {
            if options.at == 0 {
                Some(0)
            } else {
                options.i32(field)
            }
        };
        let flag = |field| options(field).map(|number| number & 0xff);
        let steps_of = |dilated: Option<[usize; 2]>| -> Option<Window> {
            let dilations = match dilated {
                Some([wide, high]) => [options(high)?, options(wide)?].map(|n| i64::from(n.max(1))),
                None => [1, 1],
            };
            Some(Window {
                same: flag(0)? == 0,
                strides: [i64::from(options(2)?), i64::from(options(1)?)],
                dilations,
            })
        };
        let operator = match code {
            0 => activation(flag(0)?).map(Operator::Add),
            2 => {
                let (axis, rank) = (i64::from(options(0)?), shapes[output].len() as i64);
                let axis = usize::try_from(if axis < 0 { axis + rank } else { axis }).ok()?;
                activation(flag(1)?)
                    .filter(|then| *then == Activation::None)
                    .map(|_| Operator::Concatenation { axis })
            }
            3 => activation(flag(3)?).and_then(|then| {
                Some(Operator::Convolution {
                    window: steps_of(Some([4, 5]))?,
                    depthwise: false,
                    then,
                })
            }),
            4 => activation(flag(4)?).and_then(|then| {
                Some(Operator::Convolution {
                    window: steps_of(Some([5, 6]))?,
                    depthwise: true,
                    then,
                })
            }),
            6 => Some(Operator::Dequantize),
            9 => activation(flag(0)?).map(Operator::FullyConnected),
            14 => Some(Operator::Activation(Activation::Sigmoid)),
            17 => activation(flag(5)?)
                .filter(|then| *then == Activation::None)
                .and_then(|_| {
                    Some(Operator::MaxPool {
                        window: steps_of(None)?,
                        size: [i64::from(options(4)?), i64::from(options(3)?)],
                    })
                }),
            19 => Some(Operator::Activation(Activation::Relu)),
            21 => Some(Operator::Activation(Activation::Relu6)),
            22 => Some(Operator::Reshape),
            23 => {
                let sides = list(*inputs.get(1)?)?;
                let half = flag(2)? == 0 && flag(3)? == 1;
                half.then_some(Operator::ResizeBilinear([*sides.first()?, *sides.get(1)?]))
            }
            34 => {
                let pads = list(*inputs.get(1)?)?;
                Some(Operator::Pad(pads.as_chunks().0.to_vec()))
            }
            40 => {
                let sides = list(*inputs.get(1)?)?;
                let sides = sides.iter().map(|side| usize::try_from(*side).ok());
                let sides = sides.collect::<Option<_>>()?;
                (flag(0)? == 0).then_some(Operator::Mean(sides))
            }
            54 => Some(Operator::Prelu),
            _ => None,
        };
        let Some(operator) = operator else {
            return Some(Err(format!(
                "its operator {code} is of a kind that is not known"
            )));
        };
        steps.push(Step {
            operator,
            inputs,
            output,
        });
    }
    let numbers = |field| -> Option<Vec<usize>> {
        let found = graph.integers(field)?;
        let in_range = |number: &i32| {
            usize::try_from(*number)
                .ok()
                .filter(|at| *at < shapes.len())
        };
        found.iter().map(in_range).collect()
    };
    let (inputs, outputs) = (numbers(1)?, numbers(2)?);
    let lite = Lite {
        shapes,
        steps,
        inputs,
        outputs,
    };
    Some(Ok((lite, weights)))
}

fn activation(number: i32) -> Option<Activation> {
    match number {
        0 => Some(Activation::None),
        1 => Some(Activation::Relu),
        3 => Some(Activation::Relu6),
        _ => None,
    }
}

/// A table of a FlatBuffer, by the offset of its start; every read is checked against the end of the file.
#[derive(Clone, Copy)]
struct Table {
    bytes: &'static [u8],
    at: usize,
}

impl Table {
    fn root(bytes: &'static [u8]) -> Option<Self> {
        Self { bytes, at: 0 }.follow(0)
    }

    fn number<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        self.bytes.get(at..at.checked_add(N)?)?.try_into().ok()
    }

    /// The table that an offset at a place leads to.
    fn follow(self, at: usize) -> Option<Self> {
        let offset = u32::from_le_bytes(self.number(at)?) as usize;
        Some(Self {
            at: at.checked_add(offset)?,
            ..self
        })
    }

    /// Place of a field; `None` inside where the table leaves it at its default.
    fn field(self, field: usize) -> Option<Option<usize>> {
        let back = i64::from(i32::from_le_bytes(self.number(self.at)?));
        let fields = usize::try_from(self.at as i64 - back).ok()?;
        let size = usize::from(u16::from_le_bytes(self.number(fields)?));
        let entry = 4 + 2 * field;
        if entry + 2 > size {
            return Some(None);
        }
        let offset = usize::from(u16::from_le_bytes(self.number(fields + entry)?));
        Some((offset > 0).then_some(self.at + offset))
    }

    fn i8(self, field: usize) -> Option<i8> {
        match self.field(field)? {
            Some(at) => Some(i8::from_le_bytes(self.number(at)?)),
            None => Some(0),
        }
    }

    /// Shorter numbers are read with what lies behind them.
    fn i32(self, field: usize) -> Option<i32> {
        match self.field(field)? {
            Some(at) => Some(i32::from_le_bytes(self.number(at)?)),
            None => Some(0),
        }
    }

    fn u32(self, field: usize) -> Option<u32> {
        self.i32(field).map(i32::cast_unsigned)
    }

    fn table(self, field: usize) -> Option<Self> {
        self.follow(self.field(field)??)
    }

    /// Where a vector's elements of so many bytes begin, and how many there are.
    fn vector(self, field: usize, size: usize) -> Option<(usize, usize)> {
        let Some(at) = self.field(field)? else {
            return Some((0, 0));
        };
        let vector = self.follow(at)?.at;
        let count = u32::from_le_bytes(self.number(vector)?) as usize;
        let end = (vector + 4).checked_add(count.checked_mul(size)?)?;
        (end <= self.bytes.len()).then_some((vector + 4, count))
    }

    fn bytes(self, field: usize) -> Option<(usize, usize)> {
        self.vector(field, 1)
    }

    fn integers(self, field: usize) -> Option<Vec<i32>> {
        let (start, count) = self.vector(field, 4)?;
        let numbers = self.bytes.get(start..start + 4 * count)?.as_chunks().0;
        Some(
            numbers
                .iter()
                .map(|number| i32::from_le_bytes(*number))
                .collect(),
        )
    }

    fn tables(self, field: usize) -> Option<Vec<Self>> {
        let (start, count) = self.vector(field, 4)?;
        (0..count)
            .map(|index| self.follow(start + 4 * index))
            .collect()
    }
}
