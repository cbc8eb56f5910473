//! Modules' names in all spellings.

use std::path::Path;

use pentimento::engine::lora::{Lora, Role};
use pentimento::engine::weights::{Tensor, Weights};
use safetensors::tensor::Dtype;

use super::super::json;
use super::{applied, write};

/// Weights of one number each, 0.
fn zeros<'a>(modules: impl IntoIterator<Item = &'a str>) -> Weights {
    let mut weights = Weights::default();
    for module in modules {
        let leaf = if module == "text_projection" {
            ""
        } else {
            ".weight"
        };
        weights.put(
            format!("{module}{leaf}"),
            Tensor::of_floats(vec![1, 1], &[0.0]),
        );
    }
    weights
}

/// How a module's path is spelled.
type Spelling = fn(&str) -> String;

const SPELLINGS: [(bool, Spelling); 6] = [
    (false, |path| {
        format!("lora_unet_{}", path.replace('.', "_"))
    }),
    (true, |path| format!("lora_unet_{}", path.replace('.', "_"))),
    (false, |path| format!("lycoris_{}", path.replace('.', "_"))),
    (false, |path| format!("unet.{path}")),
    (true, |path| format!("diffusion_model.{path}")),
    (false, |path| format!("base_model.model.{path}")),
];

#[test]
fn every_module_of_a_unet_is_found_in_every_spelling() {
    let families = json("loras/modules.json");
    let folder = tempfile::tempdir().unwrap();
    for (family, pairs) in families.as_object().unwrap() {
        let pairs: Vec<(&str, &str)> = pairs
            .as_object()
            .unwrap()
            .iter()
            .map(|(ldm, own)| (ldm.as_str(), own.as_str().unwrap()))
            .collect();
        assert!(pairs.len() > 100);
        let base = zeros(pairs.iter().map(|(_, own)| *own));
        for (in_ldm, spelling) in SPELLINGS {
            let numbered: Vec<(String, [u8; 4])> = pairs
                .iter()
                .zip(1_u16..)
                .map(|((ldm, own), number)| {
                    let path = if in_ldm { ldm } else { own };
                    let number = f32::from(number).to_le_bytes();
                    (spelling(path) + ".diff", number)
                })
                .collect();
            let rows: Vec<_> = numbered
                .iter()
                .map(|(name, number)| (name.as_str(), Dtype::F32, &[1, 1][..], &number[..]))
                .collect();
            let path = folder.path().join("spelled.safetensors");
            write(&path, &rows);
            let (own, notes) = applied(&base, Role::Unet, &[(&Lora::open(&path).unwrap(), 1.0)]);
            assert_eq!(notes, [""; 0], "{family}");
            for ((_, module), number) in pairs.iter().zip(1_u16..) {
                let changed = own.get(&format!("{module}.weight")).unwrap();
                assert_eq!(
                    changed.floats().unwrap(),
                    [f32::from(number)],
                    "{family}: {module}"
                );
            }
        }
    }
}

const TO_Q: &str = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q";
const TO_OUT: &str = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_out.0";
const Q_PROJ: &str = "text_model.encoder.layers.0.self_attn.q_proj";
const OUT_PROJ: &str = "text_model.encoder.layers.0.self_attn.out_proj";

/// Names of the two tensors of a LoRA, the end that differs as `down|up`; the network and the module that they change.
const NAMES: &[(&str, &str, Role, &str)] = &[
    (
        "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.",
        "lora_A.weight|lora_B.weight",
        Role::Unet,
        TO_Q,
    ),
    (
        "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.",
        "lora_A.default.weight|lora_B.default.weight",
        Role::Unet,
        TO_Q,
    ),
    (
        "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.",
        "lora_A.style_0.weight|lora_B.style_0.weight",
        Role::Unet,
        TO_Q,
    ),
    (
        "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.",
        "lora_A|lora_B",
        Role::Unet,
        TO_Q,
    ),
    (
        "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.",
        "lora.down.weight|lora.up.weight",
        Role::Unet,
        TO_Q,
    ),
    (
        "unet.base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.",
        "lora_A.weight|lora_B.weight",
        Role::Unet,
        TO_Q,
    ),
    (
        "down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.",
        "down.weight|up.weight",
        Role::Unet,
        TO_Q,
    ),
    (
        "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.",
        "down.weight|up.weight",
        Role::Unet,
        TO_Q,
    ),
    (
        "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_out_lora.",
        "down.weight|up.weight",
        Role::Unet,
        TO_OUT,
    ),
    (
        "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_out.0.lora.",
        "down.weight|up.weight",
        Role::Unet,
        TO_OUT,
    ),
    (
        "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_out_0.",
        "lora_down.weight|lora_up.weight",
        Role::Unet,
        TO_OUT,
    ),
    (
        "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q.",
        "lora_down.weight|lora_up.weight",
        Role::Unet,
        TO_Q,
    ),
    (
        "lora_te_text_model_encoder_layers_0_self_attn_q_proj.",
        "lora_down.weight|lora_up.weight",
        Role::TextEncoder,
        Q_PROJ,
    ),
    (
        "lora_te1_text_model_encoder_layers_0_self_attn_out_proj.",
        "lora_down.weight|lora_up.weight",
        Role::TextEncoder,
        OUT_PROJ,
    ),
    (
        "lora_te2_text_model_encoder_layers_0_self_attn_out_proj.",
        "lora_down.weight|lora_up.weight",
        Role::TextEncoder2,
        OUT_PROJ,
    ),
    (
        "lora_te2_encoder_layers_0_self_attn_out_proj.",
        "lora_down.weight|lora_up.weight",
        Role::TextEncoder2,
        OUT_PROJ,
    ),
    (
        "lora_te2_text_projection.",
        "lora_down.weight|lora_up.weight",
        Role::TextEncoder2,
        "text_projection",
    ),
    (
        "text_encoder.text_model.encoder.layers.0.self_attn.q_proj.",
        "lora_linear_layer.down.weight|lora_linear_layer.up.weight",
        Role::TextEncoder,
        Q_PROJ,
    ),
    (
        "text_encoder.text_model.encoder.layers.0.self_attn.to_q_lora.",
        "down.weight|up.weight",
        Role::TextEncoder,
        Q_PROJ,
    ),
    (
        "text_encoder.text_model.encoder.layers.0.self_attn.to_out_lora.",
        "down.weight|up.weight",
        Role::TextEncoder,
        OUT_PROJ,
    ),
    (
        "text_encoder_2.text_model.encoder.layers.0.self_attn.q_proj.",
        "lora_A.weight|lora_B.weight",
        Role::TextEncoder2,
        Q_PROJ,
    ),
    (
        "text_encoders.clip_g.transformer.text_model.encoder.layers.0.self_attn.q_proj.",
        "lora_A.weight|lora_B.weight",
        Role::TextEncoder2,
        Q_PROJ,
    ),
    (
        "base_model.model.text_model.encoder.layers.0.self_attn.q_proj.",
        "lora_A.weight|lora_B.weight",
        Role::TextEncoder,
        Q_PROJ,
    ),
];

#[test]
fn tensors_belong_to_the_modules_of_the_table() {
    let folder = tempfile::tempdir().unwrap();
    for (start, ends, role, module) in NAMES {
        let base = match role {
            Role::Unet => zeros([TO_Q, TO_OUT, "down_blocks.0.resnets.0.conv1"]),
            _ => zeros([Q_PROJ, OUT_PROJ, "text_projection"]),
        };
        let (down, up) = ends.split_once('|').unwrap();
        let two = 2_f32.to_le_bytes();
        let path = folder.path().join("named.safetensors");
        let (down, up) = (format!("{start}{down}"), format!("{start}{up}"));
        write(
            Path::new(&path),
            &[
                (&down, Dtype::F32, &[1, 1], &two),
                (&up, Dtype::F32, &[1, 1], &two),
            ],
        );
        let lora = Lora::open(&path).unwrap();
        assert_eq!(lora.roles().collect::<Vec<_>>(), [*role], "{down}");
        let (own, _) = applied(&base, *role, &[(&lora, 0.5)]);
        for (name, tensor) in own.iter() {
            let wanted = if name.trim_end_matches(".weight") == *module {
                2.0
            } else {
                0.0
            };
            assert_eq!(tensor.floats().unwrap(), [wanted], "{down}: {name}");
        }
    }
}
