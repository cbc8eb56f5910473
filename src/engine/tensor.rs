//! Numbers as a graph declares them, on their way into a network and out of it.
//!
//! Does not know what they mean, nor where the network runs.

use half::f16;
use half::slice::HalfFloatSliceExt as _;
use ndarray::{ArrayD, IxDyn};
use ort::session::SessionInputValue;
use ort::value::{DynValue, Tensor as Value, TensorElementType};

use super::graph::Element;

/// An input of a network.
#[derive(Debug)]
pub(super) struct Tensor {
    pub shape: Vec<usize>,
    numbers: Numbers,
}

#[derive(Debug)]
enum Numbers {
    F16(Vec<f16>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    Bool(Vec<bool>),
}

impl Tensor {
    /// Numbers in a type that can be fed.
    pub fn of_numbers(
        element: Element,
        shape: Vec<usize>,
        numbers: &[f64],
    ) -> Result<Self, String> {
        let each = numbers.iter();
        let numbers = match element {
            Element::I32 => Numbers::I32(each.map(|number| *number as i32).collect()),
            Element::I64 => Numbers::I64(each.map(|number| *number as i64).collect()),
            Element::BOOL => Numbers::Bool(each.map(|number| *number != 0.0).collect()),
            Element::F64 => Numbers::F64(numbers.to_vec()),
            float => {
                let floats = each.map(|number| *number as f32).collect();
                return Self::of_floats(float, shape, floats);
            }
        };
        Ok(Self { shape, numbers })
    }

    /// Numbers in a floating-point type that can be fed.
    pub fn of_floats(
        element: Element,
        shape: Vec<usize>,
        values: Vec<f32>,
    ) -> Result<Self, String> {
        let numbers = match element {
            Element::F32 => Numbers::F32(values),
            Element::F16 => {
                let mut halves = vec![f16::ZERO; values.len()];
                halves.convert_from_f32_slice(&values);
                Numbers::F16(halves)
            }
            Element::F64 => Numbers::F64(values.into_iter().map(f64::from).collect()),
            Element::I32
            | Element::I64
            | Element::Bf16
            | Element::F8E4m3
            | Element::F8E5m2
            | Element::Other(_) => return Err(format!("{element} cannot be fed from floats")),
        };
        Ok(Self { shape, numbers })
    }

    /// The same for a session.
    pub fn into_value(self) -> ort::Result<SessionInputValue<'static>> {
        let shape = self.shape;
        Ok(match self.numbers {
            Numbers::F16(numbers) => Value::from_array((shape, numbers))?.into(),
            Numbers::F32(numbers) => Value::from_array((shape, numbers))?.into(),
            Numbers::F64(numbers) => Value::from_array((shape, numbers))?.into(),
            Numbers::I32(numbers) => Value::from_array((shape, numbers))?.into(),
            Numbers::I64(numbers) => Value::from_array((shape, numbers))?.into(),
            Numbers::Bool(numbers) => Value::from_array((shape, numbers))?.into(),
        })
    }

    /// Its type.
    pub fn element(&self) -> Element {
        match self.numbers {
            Numbers::F16(_) => Element::F16,
            Numbers::F32(_) => Element::F32,
            Numbers::F64(_) => Element::F64,
            Numbers::I32(_) => Element::I32,
            Numbers::I64(_) => Element::I64,
            Numbers::Bool(_) => Element::BOOL,
        }
    }

    /// Its numbers one after the other, little-endian.
    pub fn bytes(&self) -> Vec<u8> {
        fn all<T: Copy, const N: usize>(numbers: &[T], bytes: fn(T) -> [u8; N]) -> Vec<u8> {
            numbers.iter().flat_map(|number| bytes(*number)).collect()
        }
        match &self.numbers {
            Numbers::F16(numbers) => all(numbers, f16::to_le_bytes),
            Numbers::F32(numbers) => all(numbers, f32::to_le_bytes),
            Numbers::F64(numbers) => all(numbers, f64::to_le_bytes),
            Numbers::I32(numbers) => all(numbers, i32::to_le_bytes),
            Numbers::I64(numbers) => all(numbers, i64::to_le_bytes),
            Numbers::Bool(numbers) => all(numbers, |truth| [u8::from(truth)]),
        }
    }
}

/// An output of a session as f32, whatever floating-point type it has.
pub(super) fn read(value: &DynValue) -> ort::Result<ArrayD<f32>> {
    let (shape, values): (&[i64], Vec<f32>) = match value.dtype().tensor_type() {
        Some(TensorElementType::Float16) => {
            let (shape, halves) = value.try_extract_tensor::<f16>()?;
            (shape, halves.to_f32_vec())
        }
        Some(TensorElementType::Float64) => {
            let (shape, doubles) = value.try_extract_tensor::<f64>()?;
            (shape, doubles.iter().map(|value| *value as f32).collect())
        }
        _ => {
            let (shape, values) = value.try_extract_tensor::<f32>()?;
            (shape, values.to_vec())
        }
    };
    shaped(shape, values).map_err(ort::Error::new)
}

/// An output as little-endian bytes, as f32.
pub(super) fn read_bytes(
    element: Element,
    shape: &[i64],
    bytes: &[u8],
) -> Result<ArrayD<f32>, String> {
    fn all<const N: usize>(bytes: &[u8], number: fn([u8; N]) -> f32) -> Vec<f32> {
        bytes.as_chunks().0.iter().map(|one| number(*one)).collect()
    }
    let values = match element {
        Element::F16 => all(bytes, |one| f16::from_le_bytes(one).to_f32()),
        Element::F32 => all(bytes, f32::from_le_bytes),
        Element::F64 => all(bytes, |one| f64::from_le_bytes(one) as f32),
        other => return Err(format!("{other} where a floating-point type was expected")),
    };
    if bytes.len() as u64 != values.len() as u64 * element.size() {
        return Err(format!("{} bytes, which are no whole numbers", bytes.len()));
    }
    shaped(shape, values)
}

fn shaped(shape: &[i64], values: Vec<f32>) -> Result<ArrayD<f32>, String> {
    let sides = shape.iter().map(|side| usize::try_from(*side).unwrap_or(0));
    let sides: Vec<_> = sides.collect();
    let count = values.len();
    ArrayD::from_shape_vec(IxDyn(&sides), values)
        .map_err(|_| format!("{count} numbers for the shape {shape:?}"))
}
