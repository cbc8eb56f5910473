//! LoRAs: updates of a model's weights, as a function from weights to weights.
//!
//! A LoRA's tensors are sorted and checked once, from the head of its file; their numbers are read where they are applied. Names and kinds are those of kohya-ss `sd-scripts`, LyCORIS, PEFT and diffusers, as ComfyUI (`comfy/lora.py`, `comfy/weight_adapter`) and A1111 (`extensions-builtin/Lora`) read them.
//! Does not know who asks for a LoRA, nor how a network runs.

pub mod about;
mod delta;
pub mod find;
mod key;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::cancel::Cancel;
use super::error::EngineError;
use super::weights::{Place, Tensor, Weights};
pub use crate::diffusion::prompt::tags::Tag;
use crate::raster::bands::in_bands;
use crate::recipe::excerpt::{QUOTE, excerpt};
use about::About;
use delta::{Update, Weighing};
pub use find::tags;
pub use key::Role;
use key::{Module, Target};

/// What to do where a LoRA does not fit a model, and where an ONNX export does not show its weights.
const CHOOSE: &str = "choose a LoRA made for it";
pub(super) const PLAIN: &str = "use a plain export, or the model's checkpoint (.safetensors)";

/// Names that a line about some of them tells.
const MOST_NAMES: usize = 3;

/// Families by the width of the text that their UNets hear.
const FAMILIES: [(usize, &str); 4] = [
    (768, "Stable Diffusion 1"),
    (1024, "Stable Diffusion 2"),
    (1280, "the SDXL refiner"),
    (2048, "SDXL"),
];

/// Families without a UNet of Stable Diffusion's, by what names of their modules hold.
const OTHER_FAMILIES: [(&str, &str); 8] = [
    ("single_transformer_blocks", "Flux"),
    ("double_blocks", "Flux"),
    ("single_blocks", "Flux"),
    ("joint_blocks", "Stable Diffusion 3"),
    ("img_mlp", "Qwen-Image"),
    ("lora_prior", "Stable Cascade"),
    ("noise_refiner", "Lumina or Z-Image"),
    (
        "transformer_transformer_blocks",
        "Stable Diffusion 3 or another transformer",
    ),
];

/// A LoRA: what it does to each module of each network.
#[derive(Clone, Debug)]
pub struct Lora {
    /// The file's name without its ending.
    pub name: String,
    /// What was left out when it was read, one line each.
    pub notes: Vec<String>,
    path: PathBuf,
    parts: BTreeMap<Role, BTreeMap<String, Update>>,
    metadata: BTreeMap<String, String>,
}

impl Lora {
    /// Reads the head of a LoRA's .safetensors file.
    ///
    /// # Errors
    /// [`EngineError::Model`] when the file cannot be read, holds no LoRA, one of a kind that cannot be applied, or a broken one.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        let weights = Weights::open(path)?;
        let problem = |problem: String| EngineError::Model {
            path: path.to_owned(),
            problem,
        };
        let mut modules = BTreeMap::<_, (String, BTreeMap<&'static str, Tensor>)>::new();
        let mut others = Vec::new();
        for (name, tensor) in weights.iter() {
            if let Some(kind) = key::other_kind(name) {
                return Err(problem(format!(
                    "it is of the kind {kind}, which cannot be applied yet; choose a LoRA, LoHa, LoKr or DoRA"
                )));
            }
            let Some(key) = key::read(name) else {
                others.push(name);
                continue;
            };
            let module = modules.entry((key.role, key.module));
            let (_, leaves) = module.or_insert_with(|| (key.written.to_owned(), BTreeMap::new()));
            leaves.insert(key.leaf, tensor.clone());
        }
        if modules.is_empty() {
            return Err(problem(
                "it holds no LoRA; choose a file that a LoRA trainer wrote".into(),
            ));
        }
        let adapter = about::object(weights.notes.get("lora_adapter_metadata"));
        let mut parts = BTreeMap::<Role, BTreeMap<String, Update>>::new();
        for ((role, module), (written, leaves)) in modules {
            let usual = weighing(&adapter, role, &module);
            let update = Update::of(written.clone(), leaves, usual)
                .map_err(|what| problem(format!("`{}`: {what}", excerpt(&written, QUOTE))))?;
            parts.entry(role).or_default().insert(module, update);
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let mut notes = Vec::new();
        if !others.is_empty() {
            notes.push(format!(
                "LoRA `{name}`: {} of its tensors are of no known kind and were left out: {}",
                others.len(),
                listed(&others)
            ));
        }
        Ok(Self {
            name: name.into_owned(),
            notes,
            path: path.to_owned(),
            parts,
            metadata: weights.notes,
        })
    }

    /// Its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The networks that it changes.
    pub fn roles(&self) -> impl Iterator<Item = Role> {
        self.parts.keys().copied()
    }

    /// What the file, and those beside it, say of it.
    #[must_use]
    pub fn about(&self) -> About {
        About::of(&self.path, &self.metadata)
    }

    fn error(&self, problem: String) -> EngineError {
        EngineError::Model {
            path: self.path.clone(),
            problem,
        }
    }

    /// What kind of models it is made for, as far as it shows.
    fn family(&self) -> Option<String> {
        let unet = self.parts.get(&Role::Unet)?;
        let marked = OTHER_FAMILIES.iter().find(|(mark, _)| {
            let mut modules = unet.keys();
            modules.any(|module| module.contains(mark))
        });
        if let Some((_, family)) = marked {
            return Some((*family).to_owned());
        }
        match self.text_width() {
            Some(width) => Some(family(width)),
            None => self.about().base,
        }
    }

    /// Width of the text that the UNet it changes hears.
    fn text_width(&self) -> Option<usize> {
        let unet = self.parts.get(&Role::Unet)?;
        let mut hearing = unet
            .iter()
            .filter(|(module, _)| module.ends_with("_attn2_to_k"));
        hearing.find_map(|(_, update)| update.inputs())
    }

    /// Refuses a UNet of another family.
    fn check_family(&self, modules: &BTreeMap<String, Module<'_>>) -> Result<(), EngineError> {
        let mut hearing = modules
            .iter()
            .filter(|(module, _)| module.ends_with("_attn2_to_k"));
        let model = hearing.find_map(|(_, module)| module.weight?.shape().get(1).copied());
        match (self.text_width(), model) {
            (Some(own), Some(model)) if own != model => Err(self.error(format!(
                "it is made for {}, not for {}; choose a LoRA made for this model",
                family(own),
                family(model)
            ))),
            _ => Ok(()),
        }
    }
}

/// A tensor that changes, and what changes it.
struct Change<'a> {
    target: Target<'a>,
    updates: Vec<(&'a Lora, &'a Update, f32)>,
}

/// The weights of one network with LoRAs applied, each with its strength; tensors that change become f32 in memory, all others stay. One line for each LoRA of which a part does not fit.
///
/// What each adds is added up in f32; the order matters only to DoRA, which decomposes the weights that those before it made (A1111 `extensions-builtin/Lora/networks.py`, ComfyUI `comfy/lora.py`).
///
/// `weights` have the names of diffusers and transformers; those that change keep their sides.
///
/// # Errors
/// [`EngineError::Model`] when a LoRA is made for another family of models, no part of it fits, or its numbers cannot be read or are not finite; [`EngineError::LoadStopped`].
pub fn apply(
    weights: &Weights,
    role: Role,
    loras: &[(&Lora, f32)],
    cancel: &Cancel,
) -> Result<(Weights, Vec<String>), EngineError> {
    let modules = key::modules(weights, role);
    let mut changes = BTreeMap::<&str, Change<'_>>::new();
    let mut notes = Vec::new();
    for &(lora, strength) in loras {
        if !strength.is_finite() {
            return Err(lora.error("its strength is no number".into()));
        }
        let Some(parts) = lora.parts.get(&role).filter(|_| strength != 0.0) else {
            continue;
        };
        if role == Role::Unet {
            lora.check_family(&modules)?;
        }
        let mut misfits = Vec::new();
        // Some files have a module in two spellings.
        let mut changed = BTreeSet::new();
        for (path, update) in parts {
            let targets = modules.get(path).and_then(|module| update.targets(module));
            if targets.is_none() {
                misfits.push(update.written.as_str());
            }
            for target in targets.into_iter().flatten() {
                if changed.insert(target.name) {
                    let change = changes.entry(target.name).or_insert(Change {
                        target,
                        updates: Vec::new(),
                    });
                    change.updates.push((lora, update, strength));
                }
            }
        }
        let count = parts.len();
        if misfits.len() == count {
            let (hint, remedy) = match (weights.hidden, lora.family()) {
                (Some(reason), _) => (format!(", since {reason}"), PLAIN),
                (None, Some(family)) if role == Role::Unet => {
                    (format!(", since it is made for {family}"), CHOOSE)
                }
                _ => (String::new(), CHOOSE),
            };
            return Err(lora.error(format!(
                "none of its {count} parts for the {role} fits this model{hint}; {remedy}"
            )));
        }
        if !misfits.is_empty() {
            notes.push(format!(
                "LoRA `{}`: {} of its {count} parts for the {role} do not fit this model and were left out{}: {}",
                excerpt(&lora.name, QUOTE),
                misfits.len(),
                weights.hidden.map_or_else(String::new, |reason| format!(", since {reason}")),
                listed(&misfits)
            ));
        }
    }
    let changes: Vec<_> = changes.into_values().collect();
    let mut done: Vec<Option<Result<Tensor, EngineError>>> = Vec::new();
    done.resize_with(changes.len(), || None);
    in_bands(
        &mut done,
        1,
        0..changes.len() as u32,
        usize::MAX,
        |first, slots| {
            for (change, slot) in changes[first..].iter().zip(slots) {
                if !cancel.is_cancelled() {
                    *slot = Some(change.tensor());
                }
            }
        },
    );
    let mut all = weights.clone();
    for (change, tensor) in changes.iter().zip(done) {
        let tensor = tensor.ok_or(EngineError::LoadStopped)??;
        all.put(change.target.name.to_owned(), tensor);
    }
    Ok((all, notes))
}

impl Change<'_> {
    /// The changed tensor.
    fn tensor(&self) -> Result<Tensor, EngineError> {
        let Target { name, tensor, .. } = self.target;
        let mut values = delta::matrix(tensor).map_err(|error| EngineError::Model {
            path: match &tensor.place {
                Place::File { file, .. } => file.to_path_buf(),
                Place::Memory { .. } => PathBuf::from(name),
            },
            problem: format!("`{name}`: {error}"),
        })?;
        if self.target.transposed {
            values = values.reversed_axes();
        }
        for (lora, update, strength) in &self.updates {
            // DoRA decomposes the weights that the LoRAs before it made.
            let original = update.decomposes().then(|| values.clone());
            let added = match name.ends_with(".bias") {
                true => update.add_bias(&mut values, *strength),
                false => update.add(
                    &self.target.shape(),
                    original.as_ref(),
                    &mut values,
                    *strength,
                ),
            };
            let written = excerpt(&update.written, QUOTE);
            added.map_err(|error| lora.error(format!("`{written}`: {error}")))?;
        }
        if values.iter().any(|value| !value.is_finite())
            && let Some((lora, update, _)) = self.updates.last()
        {
            let written = excerpt(&update.written, QUOTE);
            return Err(lora.error(format!("`{written}`: it makes numbers that are not finite")));
        }
        if self.target.transposed {
            values = values.reversed_axes();
        }
        let (values, _) = values.into_raw_vec_and_offset();
        Ok(Tensor::of_floats(tensor.shape.clone(), &values))
    }
}

/// Models that hear text so wide.
pub(super) fn family(width: usize) -> String {
    let known = FAMILIES.iter().find(|(own, _)| *own == width);
    known.map_or_else(
        || format!("models that hear text {width} wide"),
        |(_, family)| (*family).to_owned(),
    )
}

/// The first of some names, and how many more there are.
fn listed(names: &[&str]) -> String {
    let some = names.iter().take(MOST_NAMES);
    let some: Vec<_> = some
        .map(|name| format!("`{}`", excerpt(name, QUOTE)))
        .collect();
    match names.len().saturating_sub(MOST_NAMES) {
        0 => some.join(", "),
        more => format!("{} and {more} more", some.join(", ")),
    }
}

/// What a PEFT adapter's configuration says of a module (diffusers `loaders/lora_base.py`, PEFT `LoraConfig`).
fn weighing(
    adapter: &serde_json::Map<String, serde_json::Value>,
    role: Role,
    module: &str,
) -> Option<Weighing> {
    let network = match role {
        Role::Unet => "unet",
        Role::TextEncoder => "text_encoder",
        Role::TextEncoder2 => "text_encoder_2",
    };
    let said = |key: &str| adapter.get(&format!("{network}.{key}"));
    let own = said("alpha_pattern").and_then(|patterns| {
        let mut patterns = patterns.as_object()?.iter();
        patterns
            .find_map(|(path, alpha)| module.ends_with(&path.replace('.', "_")).then_some(alpha))
    });
    let alpha = own.or_else(|| said("lora_alpha"))?.as_f64()?;
    let root = said("use_rslora").and_then(serde_json::Value::as_bool);
    Some((alpha as f32, root == Some(true)))
}
