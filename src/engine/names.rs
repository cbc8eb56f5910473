//! Names of tensors: those of latent diffusion's and OpenCLIP's files, and those of diffusers and transformers, which are the program's own.
//!
//! A checkpoint's tensors are renamed when it is opened, so that networks, LoRAs and configs meet one naming.
//! Facts from diffusers' `loaders/single_file_utils.py` and `scripts/convert_diffusers_to_original_sdxl.py`. Does not know shapes or files.

use std::collections::BTreeSet;

use super::weights::Weights;

/// Leaves of a residual block of the UNet: diffusers' name, latent diffusion's.
const RESNET: [(&str, &str); 6] = [
    ("norm1", "in_layers.0"),
    ("conv1", "in_layers.2"),
    ("time_emb_proj", "emb_layers.1"),
    ("norm2", "out_layers.0"),
    ("conv2", "out_layers.3"),
    ("conv_shortcut", "skip_connection"),
];

/// Leaves of the VAE's blocks.
const VAE_LEAVES: [(&str, &str); 6] = [
    ("conv_shortcut", "nin_shortcut"),
    ("group_norm", "norm"),
    ("to_q", "q"),
    ("to_k", "k"),
    ("to_v", "v"),
    ("to_out.0", "proj_out"),
];

/// Leaves of the VAE's attention in early diffusers models, and since.
const OLD_VAE_LEAVES: [(&str, &str); 4] = [
    ("to_q", "query"),
    ("to_k", "key"),
    ("to_v", "value"),
    ("to_out.0", "proj_attn"),
];

/// Leaves of a layer of a text encoder: transformers' name, OpenCLIP's.
const TEXT_LEAVES: [(&str, &str); 5] = [
    ("layer_norm1", "ln_1"),
    ("layer_norm2", "ln_2"),
    ("mlp.fc1", "mlp.c_fc"),
    ("mlp.fc2", "mlp.c_proj"),
    ("self_attn.out_proj", "attn.out_proj"),
];

/// The modules of a UNet of so many levels, and residual blocks in each level on the way down: diffusers' path, latent diffusion's.
///
/// Leaves of residual blocks differ too ([`resnet_leaf`]); all others are the same.
pub(super) fn unet_modules(levels: usize, layers: usize) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = [
        ("conv_in", "input_blocks.0.0"),
        ("time_embedding.linear_1", "time_embed.0"),
        ("time_embedding.linear_2", "time_embed.2"),
        ("time_embedding.cond_proj", "time_embed.cond_proj"),
        ("add_embedding.linear_1", "label_emb.0.0"),
        ("add_embedding.linear_2", "label_emb.0.2"),
        ("mid_block.resnets.0", "middle_block.0"),
        ("mid_block.attentions.0", "middle_block.1"),
        ("mid_block.resnets.1", "middle_block.2"),
        ("conv_norm_out", "out.0"),
        ("conv_out", "out.2"),
    ]
    .map(|(own, other)| (own.to_owned(), other.to_owned()))
    .to_vec();
    let mut pair = |own: String, other: String| pairs.push((own, other));
    for level in 0..levels {
        for layer in 0..layers {
            let block = 1 + level * (layers + 1) + layer;
            pair(
                format!("down_blocks.{level}.resnets.{layer}"),
                format!("input_blocks.{block}.0"),
            );
            pair(
                format!("down_blocks.{level}.attentions.{layer}"),
                format!("input_blocks.{block}.1"),
            );
        }
        pair(
            format!("down_blocks.{level}.downsamplers.0.conv"),
            format!("input_blocks.{}.0.op", (level + 1) * (layers + 1)),
        );
        for layer in 0..=layers {
            let block = level * (layers + 1) + layer;
            pair(
                format!("up_blocks.{level}.resnets.{layer}"),
                format!("output_blocks.{block}.0"),
            );
            pair(
                format!("up_blocks.{level}.attentions.{layer}"),
                format!("output_blocks.{block}.1"),
            );
        }
        // Behind the level's last attention, or in its place.
        for place in [1, 2] {
            pair(
                format!("up_blocks.{level}.upsamplers.0.conv"),
                format!(
                    "output_blocks.{}.{place}.conv",
                    level * (layers + 1) + layers
                ),
            );
        }
    }
    pairs
}

/// A name inside a residual block of the UNet, from latent diffusion's to diffusers'.
pub(super) fn resnet_leaf(name: &str) -> String {
    leaf(name, &RESNET)
}

/// The other way: from diffusers' to latent diffusion's.
pub(super) fn ldm_leaf(name: &str) -> String {
    leaf(name, &RESNET.map(|(own, other)| (other, own)))
}

/// A UNet's tensors under diffusers' names, from latent diffusion's or those themselves.
pub(super) fn unet(weights: &Weights) -> Weights {
    if !weights.has("input_blocks.0.0.weight") {
        return weights.clone();
    }
    let levels = 1 + count(|level| {
        // Levels are told by their downsamplers, wherever they are.
        let mut operators = weights
            .names("input_blocks.")
            .filter(|name| name.ends_with(".0.op.weight"));
        operators.nth(level).is_some()
    });
    let layers =
        count(|layer| weights.has(&format!("input_blocks.{}.0.in_layers.0.weight", layer + 1)));
    let modules = unet_modules(levels, layers);
    weights.renamed(|name| {
        let within = |other: &str| name.strip_prefix(other)?.strip_prefix('.');
        let fits = modules
            .iter()
            .filter_map(|(own, other)| Some((own, other.len(), within(other)?)));
        let Some((own, _, rest)) = fits.max_by_key(|(_, length, _)| *length) else {
            return Some(name.to_owned());
        };
        let rest = if own.contains("resnets") {
            resnet_leaf(rest)
        } else {
            rest.to_owned()
        };
        Some(format!("{own}.{rest}"))
    })
}

/// A ControlNet's tensors under diffusers' names, from latent diffusion's or those themselves.
///
/// Of the attention in ControlNet Unions only the values stay, see [`network::controlnet`](super::network::controlnet).
pub(super) fn controlnet(weights: &Weights) -> Weights {
    let numbered = |name: &str, start: &str| -> Option<(usize, String)> {
        let (number, leaf) = name.strip_prefix(start)?.split_once('.')?;
        Some((number.parse().ok()?, leaf.to_owned()))
    };
    let last = weights
        .names("input_hint_block.")
        .filter_map(|name| numbered(name, "input_hint_block."))
        .map(|(number, _)| number)
        .max();
    let mut renamed = unet(weights).renamed(|name| {
        if let Some((number, leaf)) = numbered(name, "zero_convs.") {
            let leaf = leaf.strip_prefix("0.").unwrap_or(&leaf);
            return Some(format!("controlnet_down_blocks.{number}.{leaf}"));
        }
        if let Some((number, leaf)) = numbered(name, "input_hint_block.") {
            let layer = match number {
                0 => "conv_in".to_owned(),
                number if Some(number) == last => "conv_out".to_owned(),
                // Activations lie between.
                number => format!("blocks.{}", (number / 2).saturating_sub(1)),
            };
            return Some(format!("controlnet_cond_embedding.{layer}.{leaf}"));
        }
        Some(match name.strip_prefix("middle_block_out.0.") {
            Some(leaf) => format!("controlnet_mid_block.{leaf}"),
            None => name.to_owned(),
        })
    });
    const JOINT: &str = ".attn.in_proj_";
    let joint: Vec<_> = renamed
        .iter()
        .filter_map(|(name, tensor)| {
            let (layer, leaf) = name.split_once(JOINT)?;
            let third = tensor.shape.first()? / 3;
            let values = tensor.rows(2 * third..3 * third)?;
            Some((format!("{layer}.attn.v_proj.{leaf}"), values))
        })
        .collect();
    for (name, values) in joint {
        renamed.put(name, values);
    }
    renamed.renamed(|name| (!name.contains(JOINT)).then(|| name.to_owned()))
}

/// A VAE's tensors under diffusers' names, from latent diffusion's, early diffusers' or those themselves.
pub(super) fn vae(weights: &Weights) -> Weights {
    if !weights.has("decoder.up.0.block.0.norm1.weight") {
        return weights.renamed(|name| {
            Some(match name.split_once(".attentions.0.") {
                Some((block, rest)) => {
                    format!("{block}.attentions.0.{}", leaf(rest, &OLD_VAE_LEAVES))
                }
                None => name.to_owned(),
            })
        });
    }
    let levels = count(|level| weights.has(&format!("decoder.up.{level}.block.0.norm1.weight")));
    weights.renamed(|name| {
        let parts: Vec<&str> = name.split('.').collect();
        let [half @ ("encoder" | "decoder"), rest @ ..] = &parts[..] else {
            return Some(name.to_owned());
        };
        let rest = match rest {
            ["norm_out", leaf] => format!("conv_norm_out.{leaf}"),
            ["mid", "attn_1", rest @ ..] => {
                format!(
                    "mid_block.attentions.0.{}",
                    leaf(&rest.join("."), &VAE_LEAVES)
                )
            }
            ["mid", block, rest @ ..] => {
                let index = if *block == "block_1" { 0 } else { 1 };
                format!("mid_block.resnets.{index}.{}", rest.join("."))
            }
            ["down", level, "block", block, rest @ ..] => format!(
                "down_blocks.{level}.resnets.{block}.{}",
                leaf(&rest.join("."), &VAE_LEAVES)
            ),
            ["down", level, "downsample", rest @ ..] => {
                format!("down_blocks.{level}.downsamplers.0.{}", rest.join("."))
            }
            // Latent diffusion counts the levels of the way up from the finest.
            ["up", level, kind, rest @ ..] => {
                let level = level
                    .parse()
                    .ok()
                    .and_then(|level: usize| levels.checked_sub(level + 1))?;
                match (*kind, rest) {
                    ("block", [block, rest @ ..]) => format!(
                        "up_blocks.{level}.resnets.{block}.{}",
                        leaf(&rest.join("."), &VAE_LEAVES)
                    ),
                    _ => format!("up_blocks.{level}.upsamplers.0.{}", rest.join(".")),
                }
            }
            rest => rest.join("."),
        };
        Some(format!("{half}.{rest}"))
    })
}

/// A text encoder's tensors under transformers' names: from OpenCLIP's, from those without `text_model.`, or those themselves.
///
/// OpenCLIP's `text_projection` keeps its name, since it lies the other way round.
pub(super) fn text(weights: &Weights) -> Weights {
    let open_clip = weights.has("token_embedding.weight");
    let mut text = weights.renamed(|name| {
        if !open_clip {
            let bare = ["embeddings.", "encoder.", "final_layer_norm."];
            return Some(if bare.iter().any(|start| name.starts_with(start)) {
                format!("text_model.{name}")
            } else {
                name.to_owned()
            });
        }
        Some(match name {
            "token_embedding.weight" => "text_model.embeddings.token_embedding.weight".into(),
            "positional_embedding" => "text_model.embeddings.position_embedding.weight".into(),
            _ => {
                let layer = name
                    .strip_prefix("transformer.resblocks.")
                    .and_then(|rest| rest.split_once('.'));
                match (layer, name.strip_prefix("ln_final.")) {
                    (Some((layer, rest)), _) => {
                        format!(
                            "text_model.encoder.layers.{layer}.{}",
                            leaf(rest, &TEXT_LEAVES)
                        )
                    }
                    (_, Some(rest)) => format!("text_model.final_layer_norm.{rest}"),
                    _ => name.to_owned(),
                }
            }
        })
    });
    // OpenCLIP has queries, keys and values in one tensor, which lie one after the other.
    let joint: Vec<_> = text
        .iter()
        .filter_map(|(name, tensor)| {
            let (layer, leaf) = name.split_once(".attn.in_proj_")?;
            Some((layer.to_owned(), leaf.to_owned(), tensor.clone()))
        })
        .collect();
    for (layer, leaf, tensor) in joint {
        let third = tensor.shape.first().map_or(0, |rows| rows / 3);
        for (index, name) in ["q_proj", "k_proj", "v_proj"].into_iter().enumerate() {
            if let Some(part) = tensor.rows(index * third..(index + 1) * third) {
                text.put(format!("{layer}.self_attn.{name}.{leaf}"), part);
            }
        }
    }
    text.renamed(|name| (!name.contains(".attn.in_proj_")).then(|| name.to_owned()))
}

/// An upscaler's tensors in the names of Real-ESRGAN; ESRGAN's first release numbered its layers, its second had other names.
pub(super) fn upscaler(weights: &Weights) -> Weights {
    let starts = ["params_ema.", "params."];
    let has = |start: &&str| weights.names(start).next().is_some();
    let weights = weights.part(starts.into_iter().find(has).unwrap_or_default());
    let number = |name: &str| {
        name.strip_prefix("model.")?
            .strip_suffix(".weight")?
            .parse()
            .ok()
    };
    let numbers: BTreeSet<usize> = weights.names("model.").filter_map(number).collect();
    weights.renamed(|name| {
        let (layer, leaf) = name.rsplit_once('.')?;
        let parts: Vec<_> = layer.split('.').collect();
        let layer = match parts[..] {
            ["model", "0"] => "conv_first".to_owned(),
            ["model", number] => {
                let place = numbers.iter().position(|own| number.parse() == Ok(*own))?;
                match numbers.len() - place {
                    1 => "conv_last".to_owned(),
                    2 => "conv_hr".to_owned(),
                    _ => format!("conv_up{place}"),
                }
            }
            ["model", "1", "sub", block, dense, conv, "0"] | ["RRDB_trunk", block, dense, conv] => {
                format!("body.{block}.{}.{conv}", dense.to_lowercase())
            }
            ["model", "1", "sub", _] | ["trunk_conv"] => "conv_body".to_owned(),
            ["HRconv"] => "conv_hr".to_owned(),
            _ => match layer.strip_prefix("upconv") {
                Some(up) => format!("conv_up{up}"),
                None => layer.to_owned(),
            },
        };
        Some(format!("{layer}.{leaf}"))
    })
}

/// Puts a pair's first name in the place of its second at the start of a name.
fn leaf(name: &str, pairs: &[(&str, &str)]) -> String {
    let other = |(own, other): &(&str, &str)| {
        let rest = name.strip_prefix(other)?;
        rest.starts_with('.').then(|| format!("{own}{rest}"))
    };
    pairs
        .iter()
        .find_map(other)
        .unwrap_or_else(|| name.to_owned())
}

/// How many numbers from 0 on have it.
pub(super) fn count(has: impl Fn(usize) -> bool) -> usize {
    (0..).take_while(|number| has(*number)).count()
}
