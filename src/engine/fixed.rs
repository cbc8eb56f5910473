//! Which lengths a model's graphs fix, and whether the graphs agree on them.
//!
//! Does not know what is repainted.

use super::error::EngineError;
use super::graph::Port;
use super::part::{Part, Text};
use super::ports::{POOLED, UnetPorts, VaePorts};
use crate::diffusion::networks::Fixed;
use crate::raster::file::MAX_SIDE;

/// Reads the lengths; `factor` picture pixels make a latent pixel.
///
/// # Errors
/// [`EngineError::Mismatch`] when two graphs fix a length differently, or one fixes it to what cannot be fed.
pub(super) fn read(
    texts: &[Text],
    unet: &Part<UnetPorts>,
    encoder: &Part<VaePorts>,
    decoder: &Part<VaePorts>,
    factor: u32,
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
    let mismatch = |port: Option<&Port>, expected: String| EngineError::Mismatch {
        file: unet.file.clone(),
        expected,
        found: port.map(ToString::to_string).unwrap_or_default(),
    };
    let window = texts.first().map_or(1, |text| text.window.window);
    if let Some(tokens) = context.and_then(|port| port.fixed(1)) {
        if !tokens.is_multiple_of(window) {
            let expected = format!(
                "hidden states of a multiple of {window} tokens, the text encoder's window"
            );
            return Err(mismatch(context, expected));
        }
        fixed.windows = Some(tokens / window);
    }
    let width = |text: &Text, name: &str, axis| {
        let mut outputs = text.part.graph.outputs.iter();
        outputs.find(|port| port.name == name)?.fixed(axis)
    };
    let hidden = |text| width(text, &text.part.ports.layers[0], 2);
    let pooled = |text: &Text| width(text, text.part.ports.pooled.as_ref()?, 1);
    // The encoders' states lie side by side; one of them gives the pooled text.
    let widths: [(_, _, _, Option<usize>); 2] = [
        ("hidden states", context, 2, texts.iter().map(hidden).sum()),
        (
            "a pooled text",
            unet.graph.input(POOLED),
            1,
            texts.iter().find_map(pooled),
        ),
    ];
    for (what, port, axis, given) in widths {
        let taken = port.and_then(|port| port.fixed(axis));
        if let (Some(given), Some(taken)) = (given, taken)
            && given != taken
        {
            let expected = format!("{what} of a width of {given}, which the text encoders give");
            return Err(mismatch(port, expected));
        }
    }
    Ok(fixed)
}
