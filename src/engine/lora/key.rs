//! Names in a LoRA's file: which module of which network each tensor belongs to, and what it is there.
//!
//! Trainers write a module's path in diffusers' or latent diffusion's names, with dots or with underscores. Underscores cannot be told from dots, so all paths are compared with underscores, and a model's own modules are the list to look in.
//! Does not know what the tensors do.

use std::collections::BTreeMap;
use std::fmt;

use crate::engine::names;
use crate::engine::weights::{Tensor, Weights};

/// A network of a model that LoRAs change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The UNet.
    Unet,
    /// The first text encoder.
    TextEncoder,
    /// SDXL's second text encoder.
    TextEncoder2,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unet => "UNet",
            Self::TextEncoder => "text encoder",
            Self::TextEncoder2 => "second text encoder",
        })
    }
}

/// How names begin: kohya-ss `sd-scripts`, SimpleTuner, diffusers, ComfyUI.
const PREFIXES: [(&str, Role); 13] = [
    ("lora_unet_", Role::Unet),
    ("lycoris_", Role::Unet),
    ("lora_te1_", Role::TextEncoder),
    ("lora_te2_", Role::TextEncoder2),
    ("lora_te_", Role::TextEncoder),
    ("unet.", Role::Unet),
    ("text_encoder_2.", Role::TextEncoder2),
    ("text_encoder.", Role::TextEncoder),
    ("text_encoders.clip_l.transformer.", Role::TextEncoder),
    ("text_encoders.clip_g.transformer.", Role::TextEncoder2),
    ("model.diffusion_model.", Role::Unet),
    ("diffusion_model.", Role::Unet),
    ("text_model.", Role::TextEncoder),
];

/// What PEFT puts before a path.
const WRAPPER: &str = "base_model.model.";

/// What tensors are: kohya-ss `sd-scripts`' and LyCORIS' names, behind a dot.
const LEAVES: &str = "alpha dora_scale diff diff_b hada_w1_a hada_w1_b hada_w2_a hada_w2_b hada_t1 hada_t2 lokr_w1 lokr_w1_a lokr_w1_b lokr_w2 lokr_w2_a lokr_w2_b lokr_t2";

/// Other ends of names: theirs of matrices and of whole updates of norms, and early diffusers'.
const OTHER_LEAVES: [(&str, &str); 11] = [
    (".lora_down.weight", "lora_down"),
    (".lora_up.weight", "lora_up"),
    (".lora_mid.weight", "lora_mid"),
    (".lora.down.weight", "lora_down"),
    (".lora.up.weight", "lora_up"),
    ("_lora.down.weight", "lora_down"),
    ("_lora.up.weight", "lora_up"),
    (".lora_linear_layer.down.weight", "lora_down"),
    (".lora_linear_layer.up.weight", "lora_up"),
    (".w_norm", "diff"),
    (".b_norm", "diff_b"),
];

/// PEFT's names of them, before the name of the adapter and `.weight`.
const PEFT_LEAVES: [(&str, &str); 3] = [
    (".lora_A", "lora_down"),
    (".lora_B", "lora_up"),
    (".lora_magnitude_vector", "magnitude"),
];

/// Marks of kinds that are not applied.
const OTHER_KINDS: [(&str, &str); 7] = [
    (".oft_", "OFT"),
    (".boft_", "BOFT"),
    (".on_input", "IA3"),
    (".ia3_", "IA3"),
    (".a1.weight", "GLoRA"),
    (".vera_", "VeRA"),
    (".lora_embedding_", "LoRA of an embedding"),
];

/// What a tensor's name says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key<'a> {
    pub role: Role,
    /// Path of the module, with underscores.
    pub module: String,
    /// The module as the file writes it.
    pub written: &'a str,
    /// What the tensor is there.
    pub leaf: &'static str,
}

/// The kind of a tensor that belongs to no kind that is applied.
pub(super) fn other_kind(name: &str) -> Option<&'static str> {
    let mut kinds = OTHER_KINDS.iter();
    kinds.find_map(|(mark, kind)| name.contains(mark).then_some(*kind))
}

/// Reads a tensor's name; `None` where it is none of a LoRA's.
pub(super) fn read(name: &str) -> Option<Key<'_>> {
    let (written, leaf) = leaf(name)?;
    let bare = |path| str::strip_prefix(path, WRAPPER).unwrap_or(path);
    let path = bare(written);
    let (role, path) = PREFIXES
        .iter()
        .find_map(|(prefix, role)| Some((*role, path.strip_prefix(prefix)?)))
        .unwrap_or((Role::Unet, path));
    let mut module = bare(path).replace('.', "_").replace("_processor_", "_");
    if module.ends_with("_to_out") {
        module.push_str("_0");
    }
    if role != Role::Unet {
        module = text_module(&module);
    }
    Some(Key {
        role,
        module,
        written,
        leaf,
    })
}

fn leaf(name: &str) -> Option<(&str, &'static str)> {
    let (path, last) = name.rsplit_once('.')?;
    if let Some(leaf) = LEAVES.split(' ').find(|leaf| *leaf == last) {
        return Some((path, leaf));
    }
    let mut others = OTHER_LEAVES.iter();
    let other = others.find_map(|(end, leaf)| Some((name.strip_suffix(end)?, *leaf)));
    other.or_else(|| {
        PEFT_LEAVES.iter().find_map(|(mark, leaf)| {
            let (path, rest) = name.rsplit_once(mark)?;
            let adapter = rest.strip_suffix(".weight").unwrap_or(rest);
            let one = adapter.is_empty() || adapter.rfind('.') == Some(0);
            (one && adapter != ".bias").then_some((path, *leaf))
        })
    })
}

/// A text encoder's module without the model's own name, which some trainers leave out; early diffusers calls projections as a UNet's.
fn text_module(module: &str) -> String {
    let module = module.strip_prefix("text_model_").unwrap_or(module);
    let early = [
        ("_to_q", "_q_proj"),
        ("_to_k", "_k_proj"),
        ("_to_v", "_v_proj"),
        ("_to_out_0", "_out_proj"),
    ];
    let own = early
        .iter()
        .find_map(|(end, own)| Some(module.strip_suffix(end)?.to_owned() + own));
    own.unwrap_or_else(|| module.to_owned())
}

/// A tensor of a model that an update changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub name: &'a str,
    pub tensor: &'a Tensor,
    /// Whether its rows are the module's inputs.
    pub transposed: bool,
}

impl Target<'_> {
    /// Its sides as the module has them, the outputs first.
    pub fn shape(&self) -> Vec<usize> {
        let mut shape = self.tensor.shape.clone();
        if self.transposed {
            shape.reverse();
        }
        shape
    }
}

/// What a module of a model has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Module<'a> {
    pub weight: Option<Target<'a>>,
    pub bias: Option<Target<'a>>,
}

/// A network's modules by the paths that [`read`] gives, for a UNet in latent diffusion's names too.
pub(super) fn modules(weights: &Weights, role: Role) -> BTreeMap<String, Module<'_>> {
    let has = |start: &str| weights.names(start).next().is_some();
    let pairs = match role {
        Role::Unet => names::unet_modules(
            names::count(|level| has(&format!("down_blocks.{level}."))),
            names::count(|layer| has(&format!("down_blocks.0.resnets.{layer}."))),
        ),
        _ => Vec::new(),
    };
    let mut modules = BTreeMap::<String, Module<'_>>::new();
    for (name, tensor) in weights.iter() {
        let in_ldm = pairs.iter().filter_map(|(own, other)| {
            let rest = name.strip_prefix(own.as_str())?.strip_prefix('.')?;
            Some(match own.contains("resnets") {
                true => format!("{other}.{}", names::ldm_leaf(rest)),
                false => format!("{other}.{rest}"),
            })
        });
        // OpenCLIP's projection has no leaf, and lies the other way round.
        let transposed = name == "text_projection" || weights.transposed.contains(name);
        for spelled in in_ldm.chain([name.to_owned()]) {
            let (path, leaf) = spelled.rsplit_once('.').unwrap_or((name, "weight"));
            let path = path.replace('.', "_");
            let module = modules
                .entry(match role {
                    Role::Unet => path,
                    _ => text_module(&path),
                })
                .or_default();
            let target = Some(Target {
                name,
                tensor,
                transposed,
            });
            match leaf {
                "weight" => module.weight = target,
                "bias" => module.bias = target,
                _ => {}
            }
        }
    }
    modules
}
