//! LoRAs that do not fit, are broken, or of other kinds.

use pentimento::engine::lora::{Lora, Role, apply};
use pentimento::engine::weights::{Tensor, Weights};
use pentimento::engine::{Cancel, EngineError};
use safetensors::tensor::Dtype;

use super::{Row, write};

const F32: Dtype = Dtype::F32;
const ONE: &[u8] = &1_f32.to_le_bytes();
const NAN: &[u8] = &f32::NAN.to_le_bytes();
const LARGEST: &[u8] = &f32::MAX.to_le_bytes();

const OUT: &str = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_out_0";
const KEY: &str = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k";

/// A model of Stable Diffusion 1's kind, all zeros.
fn model() -> Weights {
    let mut weights = Weights::default();
    for (module, shape) in [("attn1.to_out.0", vec![8, 4]), ("attn2.to_k", vec![8, 768])] {
        let numbers = vec![0.0; shape.iter().product()];
        weights.put(
            format!("mid_block.attentions.0.transformer_blocks.0.{module}.weight"),
            Tensor::of_floats(shape, &numbers),
        );
    }
    weights.put(
        "mid_block.resnets.0.conv1.weight".into(),
        Tensor::of_floats(vec![2, 2, 3, 3], &[0.0; 36]),
    );
    weights
}

/// A LoRA's tensors, `@` for [`OUT`] and `%` for [`KEY`]; and what is said of it.
const REFUSED: &[(&[Row<'_>], &str)] = &[
    (
        &[("@.lora_down.weight", F32, &[2, 4], ONE)],
        "`@`: one half of its LoRA is missing",
    ),
    (
        &[("@.lora_up.weight", F32, &[8, 2], ONE)],
        "`@`: one half of its LoRA is missing",
    ),
    (
        &[
            ("@.hada_w1_a", F32, &[8, 2], ONE),
            ("@.hada_w1_b", F32, &[2, 4], ONE),
        ],
        "`@`: one half of its LoHa is missing",
    ),
    (
        &[("@.lokr_w1", F32, &[2, 2], ONE)],
        "`@`: one half of its LoKr is missing",
    ),
    (
        &[
            ("@.lokr_w2_b", F32, &[2, 2], ONE),
            ("@.lokr_w1", F32, &[2, 2], ONE),
        ],
        "`@`: one half of its LoKr is missing",
    ),
    (
        &[
            ("@.lora_down.weight", F32, &[0, 4], ONE),
            ("@.lora_up.weight", F32, &[8, 0], ONE),
        ],
        "`@`: its matrices cannot be multiplied",
    ),
    (
        &[
            ("@.lora_down.weight", F32, &[0, 1 << 60], ONE),
            ("@.lora_up.weight", F32, &[1 << 60, 0], ONE),
        ],
        "`@`: its matrices cannot be multiplied",
    ),
    (
        &[
            ("@.lora_down.weight", F32, &[3, 4], ONE),
            ("@.lora_up.weight", F32, &[8, 2], ONE),
        ],
        "`@`: its matrices cannot be multiplied",
    ),
    (
        &[
            ("@.lora_down.weight", F32, &[], ONE),
            ("@.lora_up.weight", F32, &[], ONE),
        ],
        "`@`: its matrices cannot be multiplied",
    ),
    (
        &[
            ("@.lora_down.weight", F32, &[2, 4], ONE),
            ("@.lora_up.weight", F32, &[8, 2], ONE),
            ("@.lora_mid.weight", F32, &[2], ONE),
        ],
        "`@`: its matrices cannot be multiplied",
    ),
    (
        &[
            ("@.lora_down.weight", F32, &[2, 4], ONE),
            ("@.lora_up.weight", F32, &[8, 2], ONE),
            ("@.lora_mid.weight", F32, &[3, 2, 3, 3], ONE),
        ],
        "`@`: its matrices cannot be multiplied",
    ),
    (
        &[("@.lora_mid.weight", F32, &[2, 2], ONE)],
        "`@`: what belongs to its lora_mid is missing",
    ),
    (
        &[
            ("@.diff", F32, &[8, 4], ONE),
            ("@.lokr_t2", F32, &[2, 2], ONE),
        ],
        "`@`: what belongs to its lokr_t2 is missing",
    ),
    (
        &[
            ("@.diff", F32, &[8, 4], ONE),
            ("@.lora_down.weight", F32, &[2, 4], ONE),
            ("@.lora_up.weight", F32, &[8, 2], ONE),
        ],
        "`@`: what belongs to its diff is missing",
    ),
    (
        &[("@.diff", F32, &[8, 4], ONE), ("@.alpha", F32, &[2], ONE)],
        "`@`: its alpha is no number",
    ),
    (
        &[("@.diff", F32, &[8, 4], ONE), ("@.alpha", F32, &[], NAN)],
        "`@`: its alpha is no number",
    ),
    (
        &[
            ("@.diff", F32, &[8, 4], ONE),
            ("@.alpha", Dtype::BOOL, &[], &[1]),
        ],
        "`@`: its alpha is no number",
    ),
    (
        &[("@.diff", F32, &[8, 4], NAN)],
        "`@`: it holds numbers that are not finite",
    ),
    (
        &[
            ("@.lora_down.weight", F32, &[2, 4], LARGEST),
            ("@.lora_up.weight", F32, &[8, 2], LARGEST),
        ],
        "`@`: it makes numbers that are not finite",
    ),
    (
        &[("@.diff", Dtype::U8, &[8, 4], &[1])],
        "`@`: uint8 is no number of a network",
    ),
    (
        &[
            ("@.lora_down.weight", F32, &[2, 5], ONE),
            ("@.lora_up.weight", F32, &[8, 2], ONE),
        ],
        "none of its 1 parts for the UNet fits this model; choose a LoRA made for it",
    ),
    (
        &[
            ("@.lokr_w1", F32, &[1000, 1000], ONE),
            ("@.lokr_w2", F32, &[1000, 1000], ONE),
        ],
        "none of its 1 parts for the UNet fits this model; choose a LoRA made for it",
    ),
    (
        &[
            ("@.diff", F32, &[8, 4], ONE),
            ("@.dora_scale", F32, &[3, 1], ONE),
        ],
        "none of its 1 parts for the UNet fits this model; choose a LoRA made for it",
    ),
    (
        &[("@.diff_b", F32, &[8], ONE)],
        "none of its 1 parts for the UNet fits this model; choose a LoRA made for it",
    ),
    (
        &[("@.alpha", F32, &[], ONE)],
        "none of its 1 parts for the UNet fits this model; choose a LoRA made for it",
    ),
    (
        &[
            (
                "lora_unet_mid_block_resnets_0_conv1.lora_down.weight",
                F32,
                &[1000, 2],
                ONE,
            ),
            (
                "lora_unet_mid_block_resnets_0_conv1.lora_up.weight",
                F32,
                &[2, 1000],
                ONE,
            ),
            (
                "lora_unet_mid_block_resnets_0_conv1.lora_mid.weight",
                F32,
                &[1000, 1000, 3, 3],
                ONE,
            ),
        ],
        "none of its 1 parts for the UNet fits this model; choose a LoRA made for it",
    ),
    (
        &[
            ("%.lora_down.weight", F32, &[2, 2048], ONE),
            ("%.lora_up.weight", F32, &[8, 2], ONE),
        ],
        "it is made for SDXL, not for Stable Diffusion 1; choose a LoRA made for this model",
    ),
    (
        &[
            ("%.lora_down.weight", F32, &[2, 1024], ONE),
            ("%.lora_up.weight", F32, &[8, 2], ONE),
        ],
        "it is made for Stable Diffusion 2, not for Stable Diffusion 1; choose a LoRA made for this model",
    ),
    (
        &[
            ("%.lora_down.weight", F32, &[2, 96], ONE),
            ("%.lora_up.weight", F32, &[8, 2], ONE),
        ],
        "it is made for models that hear text 96 wide, not for Stable Diffusion 1; choose a LoRA made for this model",
    ),
    (
        &[(
            "lora_unet_double_blocks_0_img_attn_proj.diff",
            F32,
            &[1, 1],
            ONE,
        )],
        "none of its 1 parts for the UNet fits this model, since it is made for Flux; choose a LoRA made for it",
    ),
    (
        &[
            (
                "transformer.single_transformer_blocks.0.attn.to_k.lora_A.weight",
                F32,
                &[1, 1],
                ONE,
            ),
            (
                "transformer.single_transformer_blocks.0.attn.to_k.lora_B.weight",
                F32,
                &[1, 1],
                ONE,
            ),
        ],
        "none of its 1 parts for the UNet fits this model, since it is made for Flux; choose a LoRA made for it",
    ),
    (
        &[(
            "lora_unet_joint_blocks_0_x_block_attn_proj.diff",
            F32,
            &[1, 1],
            ONE,
        )],
        "none of its 1 parts for the UNet fits this model, since it is made for Stable Diffusion 3; choose a LoRA made for it",
    ),
    (
        &[("@.oft_blocks", F32, &[2, 2, 2], ONE)],
        "it is of the kind OFT, which cannot be applied yet; choose a LoRA, LoHa, LoKr or DoRA",
    ),
    (
        &[("@.on_input", Dtype::BOOL, &[], &[1])],
        "it is of the kind IA3, which cannot be applied yet; choose a LoRA, LoHa, LoKr or DoRA",
    ),
    (
        &[("@.a1.weight", F32, &[2, 2], ONE)],
        "it is of the kind GLoRA, which cannot be applied yet; choose a LoRA, LoHa, LoKr or DoRA",
    ),
    (
        &[(
            "model.diffusion_model.input_blocks.0.0.weight",
            F32,
            &[2, 2],
            ONE,
        )],
        "it holds no LoRA; choose a file that a LoRA trainer wrote",
    ),
    (
        &[],
        "it holds no LoRA; choose a file that a LoRA trainer wrote",
    ),
];

/// What is said of a LoRA of these tensors on [`model`].
fn said(rows: &[Row<'_>], strength: f32) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.safetensors");
    let named: Vec<_> = rows
        .iter()
        .map(|(name, kind, shape, number)| {
            (
                name.replace('@', OUT).replace('%', KEY),
                *kind,
                *shape,
                *number,
            )
        })
        .collect();
    let rows: Vec<Row<'_>> = named
        .iter()
        .map(|(name, kind, shape, number)| (name.as_str(), *kind, *shape, *number))
        .collect();
    write(&path, &rows);
    let done = Lora::open(&path).and_then(|lora| {
        let (_, notes) = apply(&model(), Role::Unet, &[(&lora, strength)], &Cancel::new())?;
        Ok([lora.notes, notes].concat())
    });
    done.map_err(|error| match error {
        EngineError::Model {
            path: file,
            problem,
        } if file == path => problem,
        error => panic!("{error}"),
    })
}

#[test]
fn broken_ones_are_refused_in_a_line() {
    for (rows, complaint) in REFUSED {
        let complaint = complaint.replace('@', OUT);
        assert_eq!(said(rows, 1.0), Err(complaint), "{rows:?}");
    }
}

#[test]
fn strengths_are_numbers() {
    for strength in [f32::NAN, f32::INFINITY] {
        let refused = said(&[("@.diff", F32, &[8, 4], ONE)], strength);
        assert_eq!(refused, Err("its strength is no number".into()));
    }
}

#[test]
fn an_alpha_may_be_an_integer() {
    for (kind, number) in [
        (Dtype::I64, &1_i64.to_le_bytes()[..]),
        (Dtype::I32, &1_i32.to_le_bytes()),
    ] {
        let rows: &[Row<'_>] = &[
            ("@.lora_down.weight", F32, &[2, 4], ONE),
            ("@.lora_up.weight", F32, &[8, 2], ONE),
            ("@.alpha", kind, &[], number),
        ];
        assert_eq!(said(rows, 1.0), Ok(Vec::new()));
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let long = format!("lora_unet_{}", "x.".repeat(50_000));
    let names: Vec<String> = ["a", "b", "c", long.as_str(), "e"]
        .map(|name| format!("{name}.diff"))
        .to_vec();
    let mut rows: Vec<Row<'_>> = names
        .iter()
        .map(|name| (name.as_str(), F32, &[1_usize][..], ONE))
        .collect();
    rows.push(("@.diff", F32, &[8, 4], ONE));
    rows.extend(
        ["bundle_emb.x.string_to_param.*", "unet.conv_in.lora_B.bias"]
            .map(|name| (name, F32, &[1_usize][..], ONE)),
    );
    assert_eq!(
        said(&rows, 1.0),
        Ok(vec![
            "LoRA `x`: 2 of its tensors are of no known kind and were left out: `bundle_emb.x.string_to_param.*`, `unet.conv_in.lora_B.bias`".into(),
            "LoRA `x`: 5 of its 6 parts for the UNet do not fit this model and were left out: `a`, `b`, `c` and 2 more".into(),
        ])
    );
}
