//! Which lengths a model's graphs fix, and whether the four graphs agree on them.
//!
//! Does not know what is repainted.

use super::catalog::Part;
use super::error::EngineError;
use super::ports::{TextPorts, UnetPorts, VaePorts};
use crate::diffusion::networks::Fixed;
use crate::raster::file::MAX_SIDE;

/// Reads the lengths; `factor` picture pixels make a latent pixel, `window` tokens a window.
///
/// # Errors
/// [`EngineError::Mismatch`] when two graphs fix a length differently, or one fixes it to what cannot be fed.
pub(super) fn read(
    text: &Part<TextPorts>,
    unet: &Part<UnetPorts>,
    encoder: &Part<VaePorts>,
    decoder: &Part<VaePorts>,
    factor: u32,
    window: usize,
) -> Result<Fixed, EngineError> {
    let mut fixed = Fixed::default();
    let pictures = [
        (&unet.file, unet.graph.input("sample"), factor),
        (&encoder.file, encoder.graph.input(encoder.ports.input), 1),
        (
            &decoder.file,
            decoder.graph.input(decoder.ports.input),
            factor,
        ),
    ];
    for (file, port, scale) in pictures {
        let side = |axis| {
            let side = u32::try_from(port?.fixed(axis)?).ok()?;
            Some(side.saturating_mul(scale))
        };
        let own = Fixed {
            width: side(3),
            height: side(2),
            windows: None,
        };
        let both = Fixed {
            width: fixed.width.or(own.width),
            height: fixed.height.or(own.height),
            windows: None,
        };
        let agrees = own.width.is_none_or(|width| both.width == Some(width))
            && own.height.is_none_or(|height| both.height == Some(height));
        let usable = |side: u32| side.is_multiple_of(factor) && side <= MAX_SIDE;
        if !agrees || ![own.width, own.height].into_iter().flatten().all(usable) {
            return Err(EngineError::Mismatch {
                file: file.clone(),
                expected: match agrees {
                    true => {
                        format!("pictures with sides of a multiple of {factor} up to {MAX_SIDE}")
                    }
                    false => format!("pictures of {fixed}, as another graph of the model has them"),
                },
                found: format!("a graph that is fixed to {own}"),
            });
        }
        fixed = both;
    }
    let context = unet.graph.input("encoder_hidden_states");
    let hidden = text
        .graph
        .outputs
        .iter()
        .find(|port| port.name == text.ports.hidden);
    let mismatch = |expected: String| EngineError::Mismatch {
        file: unet.file.clone(),
        expected,
        found: context.map(ToString::to_string).unwrap_or_default(),
    };
    if let Some(tokens) = context.and_then(|port| port.fixed(1)) {
        if !tokens.is_multiple_of(window) {
            return Err(mismatch(format!(
                "hidden states of a multiple of {window} tokens, the text encoder's window"
            )));
        }
        fixed.windows = Some(tokens / window);
    }
    let width = |port: Option<&super::graph::Port>| port?.fixed(2);
    match (width(hidden), width(context)) {
        (Some(hidden), Some(context)) if hidden != context => Err(mismatch(format!(
            "hidden states of a width of {hidden}, which the text encoder gives"
        ))),
        _ => Ok(fixed),
    }
}
