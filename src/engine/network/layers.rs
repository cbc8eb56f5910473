//! Layers that networks are made of, as parts of a graph in the making.
//!
//! Does not know any network.

use super::builder::{Builder, Value};
use super::proto::Attribute;
use crate::engine::error::EngineError;

impl Builder<'_> {
    /// Rows of `x` `[.., in]` times a layer's weights, plus its bias where it has one: `[rows, out]`.
    pub fn linear(&mut self, at: &str, x: &Value) -> Result<Value, EngineError> {
        let name = format!("{at}.weight");
        let &[out, width, ref ones @ ..] = self.shape(&name)? else {
            return Err(self.wrong_shape(&name, "[out, in]"));
        };
        if width != x.width || ones.iter().any(|side| *side != 1) {
            return Err(self.wrong_shape(&name, &format!("[out, {}]", x.width)));
        }
        let mut inputs = vec![x.clone(), self.weight(&name, &[out, width])?];
        let bias = format!("{at}.bias");
        if self.has(&bias) {
            inputs.push(self.weight(&bias, &[out])?);
        }
        let inputs: Vec<_> = inputs.iter().collect();
        let product = self.node("Gemm", &inputs, &[("transB", Attribute::Integer(1))]);
        Ok(product.of_width(out))
    }

    /// A convolution of `[n, in, h, w]`, with zeros at its top, left, bottom and right.
    pub fn conv(
        &mut self,
        at: &str,
        x: &Value,
        stride: i64,
        pads: [i64; 4],
    ) -> Result<Value, EngineError> {
        let name = format!("{at}.weight");
        let &[out, width, high, wide] = self.shape(&name)? else {
            return Err(self.wrong_shape(&name, "[out, in, height, width]"));
        };
        if width != x.width {
            let wanted = format!("[out, {}, height, width]", x.width);
            return Err(self.wrong_shape(&name, &wanted));
        }
        let mut inputs = vec![x.clone(), self.weight(&name, &[out, width, high, wide])?];
        let bias = format!("{at}.bias");
        if self.has(&bias) {
            inputs.push(self.weight(&bias, &[out])?);
        }
        let inputs: Vec<_> = inputs.iter().collect();
        let attributes = [
            (
                "kernel_shape",
                Attribute::Integers(&[high as i64, wide as i64]),
            ),
            ("strides", Attribute::Integers(&[stride, stride])),
            ("pads", Attribute::Integers(&pads)),
        ];
        let convolved = self.node("Conv", &inputs, &attributes);
        Ok(convolved.of_width(out))
    }

    /// A convolution that keeps height and width: 3 x 3 with a border of zeros, or 1 x 1.
    pub fn conv_same(&mut self, at: &str, x: &Value) -> Result<Value, EngineError> {
        let side = self.shape(&format!("{at}.weight"))?.last().copied();
        self.conv(at, x, 1, [side.unwrap_or(1) as i64 / 2; 4])
    }

    /// Group normalisation of `[n, channels, h, w]` (Wu and He 2018), as instance normalisation of the groups: the processor has no faster form.
    pub fn group_norm(
        &mut self,
        at: &str,
        x: &Value,
        groups: usize,
        epsilon: f32,
    ) -> Result<Value, EngineError> {
        if groups == 0 || !x.width.is_multiple_of(groups) {
            return Err(self.problem(format!(
                "`{at}` has {} channels, which are no {groups} groups",
                x.width
            )));
        }
        let whole = self.node("Shape", &[x], &[]);
        let grouped = self.reshape(x, &[0, groups as i64, -1], groups);
        let ones = self.floats(&[groups], &vec![1.0; groups]);
        let zeros = self.floats(&[groups], &vec![0.0; groups]);
        let epsilon = [("epsilon", Attribute::Float(epsilon))];
        let normal = self.node(
            "InstanceNormalization",
            &[&grouped, &ones, &zeros],
            &epsilon,
        );
        let normal = self.node("Reshape", &[&normal, &whole], &[]);
        let scale = self.weight(&format!("{at}.weight"), &[x.width, 1, 1])?;
        let shift = self.weight(&format!("{at}.bias"), &[x.width, 1, 1])?;
        let scaled = self.node("Mul", &[&normal, &scale], &[]);
        let shifted = self.node("Add", &[&scaled, &shift], &[]);
        Ok(shifted.of_width(x.width))
    }

    /// Layer normalisation of the last side (Ba et al. 2016).
    pub fn layer_norm(&mut self, at: &str, x: &Value) -> Result<Value, EngineError> {
        let scale = self.weight(&format!("{at}.weight"), &[x.width])?;
        let shift = self.weight(&format!("{at}.bias"), &[x.width])?;
        let attributes = [
            ("axis", Attribute::Integer(-1)),
            ("epsilon", Attribute::Float(1e-5)),
        ];
        Ok(self.node("LayerNormalization", &[x, &scale, &shift], &attributes))
    }

    pub fn add(&mut self, x: &Value, y: &Value) -> Value {
        self.node("Add", &[x, y], &[])
    }

    pub fn multiply(&mut self, x: &Value, y: &Value) -> Value {
        self.node("Mul", &[x, y], &[])
    }

    /// `x * sigmoid(x)` (Hendrycks and Gimpel 2016).
    pub fn silu(&mut self, x: &Value) -> Value {
        let gate = self.node("Sigmoid", &[x], &[]);
        self.multiply(x, &gate)
    }

    /// `x * sigmoid(1.702 x)` (Hendrycks and Gimpel 2016, as CLIP has it).
    pub fn quick_gelu(&mut self, x: &Value) -> Value {
        let factor = self.floats(&[1], &[1.702]);
        let gate = self.multiply(x, &factor);
        let gate = self.node("Sigmoid", &[&gate], &[]);
        self.multiply(x, &gate)
    }

    /// Channels of pictures one behind the other.
    pub fn concat(&mut self, values: &[&Value], axis: i64) -> Value {
        let joined = self.node("Concat", values, &[("axis", Attribute::Integer(axis))]);
        joined.of_width(values.iter().map(|value| value.width).sum())
    }

    /// Another shape, `0` where a side stays and `-1` where it follows from the rest.
    pub fn reshape(&mut self, x: &Value, shape: &[i64], width: usize) -> Value {
        let shape = self.integers(shape);
        self.node("Reshape", &[x, &shape], &[]).of_width(width)
    }

    pub fn transpose(&mut self, x: &Value, sides: &[i64]) -> Value {
        self.node("Transpose", &[x], &[("perm", Attribute::Integers(sides))])
    }

    /// Attention of queries `[n, s, width]` to keys and values `[n, t, width]` in several heads (Vaswani et al. 2017); no provider keeps the `s x t` scores.
    pub fn attention(
        &mut self,
        [q, k, v]: [&Value; 3],
        heads: usize,
    ) -> Result<Value, EngineError> {
        self.check_heads(q.width, heads)?;
        let heads = [("num_heads", Attribute::Integer(heads as i64))];
        let heard = self.own_node("MultiHeadAttention", &[q, k, v], &heads);
        Ok(heard.of_width(v.width))
    }

    /// Refuses heads that a width cannot be cut into.
    pub fn check_heads(&self, width: usize, heads: usize) -> Result<(), EngineError> {
        if heads == 0 || !width.is_multiple_of(heads) {
            return Err(self.problem(format!(
                "it has a width of {width}, which is no {heads} heads"
            )));
        }
        Ok(())
    }
}
