//! A TensorFlow Lite graph as ONNX: pictures turned from `[n, h, w, channels]` to `[n, channels, h, w]`, all else as it is.

use super::builder::{Builder, Value};
use super::proto::Attribute;
use crate::engine::error::EngineError;
use crate::engine::graph::Element;
use crate::engine::tflite::{Activation, Lite, Operator, Window, constant};

/// Where the sides of a TensorFlow picture are in ONNX's, and the other way.
const TO_ONNX: [i64; 4] = [0, 3, 1, 2];
const TO_LITE: [i64; 4] = [0, 2, 3, 1];

/// Inputs `input.N` and outputs `output.N` in the order of the file; pictures among them are `[n, channels, h, w]`.
pub(super) fn forward(g: &mut Builder<'_>, lite: &Lite) -> Result<(), EngineError> {
    let mut values: Vec<Option<Value>> = vec![None; lite.shapes.len()];
    for (number, &tensor) in lite.inputs.iter().enumerate() {
        let dims: Vec<String> = turned(&lite.shapes[tensor])
            .iter()
            .map(usize::to_string)
            .collect();
        let dims: Vec<&str> = dims.iter().map(String::as_str).collect();
        values[tensor] = Some(g.input(&format!("input.{number}"), Element::F32, &dims, 1));
    }
    let broken = |g: &Builder<'_>| g.problem("its operators are not in the order of their inputs");
    for step in &lite.steps {
        if step.operator == Operator::Dequantize {
            // A constant of 16 bits: it is taken where it is used, by its own number.
            let Some(&from) = step.inputs.first() else {
                return Err(broken(g));
            };
            let shape = &lite.shapes[from];
            values[step.output] = Some(g.weight(&constant(from), shape)?);
            continue;
        }
        let mut inputs = Vec::new();
        for &tensor in &step.inputs {
            let name = constant(tensor);
            inputs.push(match &values[tensor] {
                Some(value) => value.clone(),
                None if g.has(&name) => g.weight(&name, &lite.shapes[tensor])?,
                // Lists of integers are in the operator.
                None => Value::none(),
            });
        }
        let Some(x) = inputs.first() else {
            return Err(broken(g));
        };
        let rank = lite.shapes[step.inputs[0]].len();
        let out = &lite.shapes[step.output];
        let value = match &step.operator {
            Operator::Convolution {
                window,
                depthwise,
                then,
            } => {
                let kernel = step
                    .inputs
                    .get(1)
                    .map_or(&[][..], |&tensor| &lite.shapes[tensor]);
                let (&[_, high, wide, channels], [_, weight, ..]) = (kernel, &inputs[..]) else {
                    return Err(broken(g));
                };
                let (sides, groups) = match depthwise {
                    true => ([3, 0, 1, 2], channels),
                    false => (TO_ONNX, 1),
                };
                let weight = g.transpose(weight, &sides);
                let mut all = vec![x, &weight];
                all.extend(inputs.get(2));
                let mut attributes = moving(window);
                let own = [high as i64, wide as i64];
                attributes.push(("kernel_shape", Attribute::Integers(&own)));
                attributes.push(("dilations", Attribute::Integers(&window.dilations)));
                attributes.push(("group", Attribute::Integer(groups as i64)));
                let y = g.node("Conv", &all, &attributes);
                active(g, &y, *then)
            }
            Operator::MaxPool { window, size } => {
                let mut attributes = moving(window);
                attributes.push(("kernel_shape", Attribute::Integers(size)));
                g.node("MaxPool", &[x], &attributes)
            }
            Operator::FullyConnected(then) => {
                let width = step
                    .inputs
                    .get(1)
                    .and_then(|tensor| lite.shapes[*tensor].last());
                let rows = flat(g, x, rank);
                let rows = g.reshape(&rows, &[-1, *width.unwrap_or(&1) as i64], 1);
                let mut all = vec![&rows];
                all.extend(&inputs[1..]);
                let y = g.node("Gemm", &all, &[("transB", Attribute::Integer(1))]);
                active(g, &y, *then)
            }
            Operator::Add(then) => {
                let Some(other) = inputs.get(1) else {
                    return Err(broken(g));
                };
                let y = g.add(x, other);
                active(g, &y, *then)
            }
            Operator::Prelu => {
                let (Some(slopes), Some(tensor)) = (inputs.get(1), step.inputs.get(1)) else {
                    return Err(broken(g));
                };
                // One for each channel, of a picture without the batch.
                let &[.., channels] = &lite.shapes[*tensor][..] else {
                    return Err(broken(g));
                };
                let slopes = g.reshape(slopes, &[channels as i64, 1, 1], channels);
                g.node("PRelu", &[x, &slopes], &[])
            }
            Operator::Activation(then) => active(g, x, *then),
            Operator::ResizeBilinear(_) => {
                let sizes: Vec<i64> = turned(out).iter().map(|side| *side as i64).collect();
                let sizes = g.integers(&sizes);
                let attributes = [
                    ("mode", Attribute::Text("linear")),
                    (
                        "coordinate_transformation_mode",
                        Attribute::Text("half_pixel"),
                    ),
                ];
                g.node(
                    "Resize",
                    &[x, &Value::none(), &Value::none(), &sizes],
                    &attributes,
                )
            }
            Operator::Pad(pads) => {
                let side = |index: usize| match rank {
                    4 => TO_ONNX[index] as usize,
                    _ => index,
                };
                let at = |side: usize, end: usize| pads.get(side).map_or(0, |pad| pad[end]);
                let both: Vec<i64> = [0, 1]
                    .into_iter()
                    .flat_map(|end| (0..rank).map(move |index| (index, end)))
                    .map(|(index, end)| at(side(index), end))
                    .collect();
                let both = g.integers(&both);
                g.node("Pad", &[x, &both], &[])
            }
            Operator::Concatenation { axis } => {
                let axis = match rank {
                    4 => TO_LITE.get(*axis).copied().unwrap_or_default(),
                    _ => *axis as i64,
                };
                g.concat(&inputs.iter().collect::<Vec<_>>(), axis)
            }
            Operator::Reshape => {
                let rows = flat(g, x, rank);
                let shape: Vec<i64> = out.iter().map(|side| *side as i64).collect();
                let y = g.reshape(&rows, &shape, 1);
                match out.len() {
                    4 => g.transpose(&y, &TO_ONNX),
                    _ => y,
                }
            }
            Operator::Mean(sides) => {
                let x = flat(g, x, rank);
                let sides: Vec<i64> = sides.iter().map(|side| *side as i64).collect();
                let sides = g.integers(&sides);
                g.node(
                    "ReduceMean",
                    &[&x, &sides],
                    &[("keepdims", Attribute::Integer(0))],
                )
            }
            Operator::Dequantize => continue,
        };
        values[step.output] = Some(value);
    }
    for (number, &tensor) in lite.outputs.iter().enumerate() {
        let Some(value) = &values[tensor] else {
            return Err(broken(g));
        };
        let dims: Vec<String> = turned(&lite.shapes[tensor])
            .iter()
            .map(usize::to_string)
            .collect();
        let dims: Vec<&str> = dims.iter().map(String::as_str).collect();
        g.output(&format!("output.{number}"), value, &dims);
    }
    Ok(())
}

/// Sides as ONNX has them.
fn turned(shape: &[usize]) -> Vec<usize> {
    match shape {
        &[n, high, wide, channels] => vec![n, channels, high, wide],
        other => other.to_vec(),
    }
}

/// A picture with its numbers in TensorFlow's order.
fn flat(g: &mut Builder<'_>, x: &Value, rank: usize) -> Value {
    match rank {
        4 => g.transpose(x, &TO_LITE),
        _ => x.clone(),
    }
}

fn moving(window: &Window) -> Vec<(&'static str, Attribute<'_>)> {
    let pads = if window.same { "SAME_UPPER" } else { "VALID" };
    vec![
        ("auto_pad", Attribute::Text(pads)),
        ("strides", Attribute::Integers(&window.strides)),
    ]
}

fn active(g: &mut Builder<'_>, x: &Value, then: Activation) -> Value {
    match then {
        Activation::None => x.clone(),
        Activation::Relu => g.node("Relu", &[x], &[]),
        Activation::Relu6 => {
            let (least, most) = (g.floats(&[], &[0.0]), g.floats(&[], &[6.0]));
            g.node("Clip", &[x, &least, &most], &[])
        }
        Activation::Sigmoid => g.node("Sigmoid", &[x], &[]),
    }
}
