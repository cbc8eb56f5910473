//! What paints, as a value: a model, and what was chosen to go with it.
//!
//! Reads none of its files but the heads that tell how it wants to be run.

use std::path::{Component, Path, PathBuf};

use super::cancel::Cancel;
use super::lora::about::About;
use super::lora::find;
use super::remote::{self, Remote};
use super::source::{ModelSource, Stamp};
use super::{catalog, controlnet, few_steps};
use crate::diffusion::networks::PredictionKind;
use crate::diffusion::plan::PlanError;
use crate::folders;
use crate::recipe::excerpt::{QUOTE, excerpt};
use crate::recipe::{Control, ControlKind, Method, Recipe, Suggestion, infotext};

/// What paints, as it was chosen: nothing of it is read from elsewhere later.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kit {
    /// The base model.
    pub model: ModelSource,
    /// A VAE in the place of the model's own: a .safetensors file.
    pub vae: Option<PathBuf>,
    /// Text encoders in the place of the model's own, or where it has none: a .safetensors file of them or of a whole model, or a folder in the layout of diffusers.
    pub text_encoder: Option<PathBuf>,
    /// What changes its weights.
    pub loras: Vec<KitLora>,
    /// Embeddings (textual inversion), each called by its file's name: files, and folders of them.
    pub embeddings: Vec<PathBuf>,
    /// What its UNet predicts, where the artist knows better than its files: a checkpoint need not say that it predicts velocity.
    pub prediction: Option<PredictionKind>,
    /// Whether its noise schedule ends in pure noise (zero terminal SNR), whatever its files say.
    pub zero_snr: bool,
    /// Whether the built-in model paints with its UNet without mask channels, as methods that are not made for inpainting models want it.
    pub general: bool,
    /// Folders of the LoRAs that prompts name.
    pub lora_folders: Vec<PathBuf>,
    /// Names in prompts, each with the [hash](super::model_hash::Hashed::Tensors) of the LoRA that it meant where the prompt was written.
    pub lora_hashes: Vec<(String, String)>,
    /// ControlNets.
    pub controls: Vec<KitControl>,
    /// Files and folders of the ControlNets that recipes name.
    pub control_folders: Vec<PathBuf>,
    /// A server, and which of its networks run there.
    pub remote: Option<Remote>,
}

/// A kit with what a prompt or a recipe asks for.
pub(super) struct Found {
    pub kit: Kit,
    /// What each of its LoRAs is called: as the prompt has it, else as its file.
    pub names: Vec<String>,
    /// A line for each LoRA that is not found, or not where its name leads.
    pub notes: Vec<String>,
}

/// A LoRA of a kit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KitLora {
    /// Its .safetensors file.
    pub file: PathBuf,
    /// Its strength on the UNet; 1 is as it was made.
    pub unet: Strength,
    /// Its strength on the text encoders.
    pub text: Strength,
}

/// A ControlNet of a kit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KitControl {
    /// What recipes call it ([`Control::model`](crate::recipe::Control::model)).
    pub name: String,
    /// Its file, or its folder: in the layout of diffusers, or with an ONNX export.
    pub file: PathBuf,
}

impl KitControl {
    /// A ControlNet under the usual name: that of its file without ending, or of its folder.
    #[must_use]
    pub fn of(file: PathBuf) -> Self {
        let name = if file.is_dir() {
            file.file_name()
        } else {
            file.file_stem()
        };
        let name = name.unwrap_or_default().to_string_lossy().into_owned();
        Self { name, file }
    }
}

/// A strength that can be told from others exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Strength(u32);

impl From<f32> for Strength {
    fn from(value: f32) -> Self {
        // The two zeros are one.
        Self((value + 0.0).to_bits())
    }
}

impl From<Strength> for f32 {
    fn from(strength: Strength) -> Self {
        Self::from_bits(strength.0)
    }
}

/// Where other tools keep LoRAs, ControlNets and embeddings, seen from the folder of a checkpoint: ComfyUI, A1111 and Forge, StabilityMatrix.
const LORAS: [&str; 4] = ["../loras", "../Lora", "../LyCORIS", "../LoRA"];
const CONTROLS: [&str; 3] = [
    "../controlnet",
    "../ControlNet",
    "../../extensions/sd-webui-controlnet/models",
];
const EMBEDDINGS: [&str; 3] = ["../embeddings", "../Embeddings", "../../embeddings"];

impl Kit {
    /// A model, and nothing beside it.
    #[must_use]
    pub const fn of(model: ModelSource) -> Self {
        Self {
            model,
            vae: None,
            text_encoder: None,
            loras: Vec::new(),
            embeddings: Vec::new(),
            prediction: None,
            zero_snr: false,
            general: false,
            lora_folders: Vec::new(),
            lora_hashes: Vec::new(),
            controls: Vec::new(),
            control_folders: Vec::new(),
            remote: None,
        }
    }

    /// A model with the LoRAs, ControlNets and embeddings in the program's own folders, and in those of the tool whose folders the model lies in.
    #[must_use]
    pub fn around(model: ModelSource) -> Self {
        Self {
            embeddings: around(&model, &EMBEDDINGS, "embeddings"),
            lora_folders: around(&model, &LORAS, "loras"),
            control_folders: around(&model, &CONTROLS, "controlnets"),
            ..Self::of(model)
        }
    }

    /// The kit with the LoRAs that a prompt asks for (`<lora:name:0.8>`) in the place of the folders that they are looked for in.
    ///
    /// Reads folders, and files whose hashes are not kept until that is cancelled, so it is not for the window's thread.
    #[must_use]
    pub(super) fn for_prompt(&self, prompt: &str, cancel: &Cancel) -> Found {
        let (wanted, mut notes) = find::wanted(prompt);
        let stem = |lora: &KitLora| {
            let stem = lora.file.file_stem().unwrap_or_default();
            stem.to_string_lossy().into_owned()
        };
        let mut names: Vec<_> = self.loras.iter().map(stem).collect();
        let mut kit = Self {
            lora_folders: Vec::new(),
            lora_hashes: Vec::new(),
            control_folders: Vec::new(),
            ..self.clone()
        };
        let folders: Vec<&Path> = self.lora_folders.iter().map(PathBuf::as_path).collect();
        for one in wanted {
            let found = find::find(&one.name, &folders).or_else(|| {
                let mut hashes = self.lora_hashes.iter();
                let (_, hash) = hashes.find(|(name, _)| *name == infotext::lora_name(&one.name))?;
                let cache = folders::cache();
                find::by_hash(&one.name, hash, &folders, cache.as_deref(), cancel)
            });
            let Some(found) = found else {
                notes.push(format!(
                    "no LoRA is called `{}`, so its tag is not applied; put its .safetensors file into one of the folders of LoRAs",
                    excerpt(&one.name, QUOTE)
                ));
                continue;
            };
            notes.extend(found.note);
            names.push(one.name);
            kit.loras.push(KitLora {
                file: found.path,
                unet: one.unet.into(),
                text: one.text.into(),
            });
        }
        Found { kit, names, notes }
    }

    /// The kit for what runs none but those networks: without its server where none of them runs there.
    pub(super) fn with_server_for(&self, roles: &[&str]) -> Self {
        let runs = |remote: &Remote| roles.iter().any(|role| remote.networks.has(role));
        Self {
            remote: self.remote.clone().filter(runs),
            ..self.clone()
        }
    }

    /// Whether that is so, or ControlNets need it.
    pub(super) fn is_general(&self) -> bool {
        let there = self.remote.as_ref();
        let is_here = there.is_none_or(|there| !there.networks.has(remote::UNET));
        let wanted = self.general || !self.controls.is_empty();
        self.model == ModelSource::BuiltIn && is_here && wanted
    }

    /// How many servers repaints can be spread over, and so how many of them may run at once; 1 where none of their networks runs on any.
    #[must_use]
    pub fn servers(&self) -> usize {
        let remote = self.with_server_for(&remote::ROLES).remote;
        remote.map_or(1, |remote| remote.servers().count())
    }

    /// How it wants to be run, where one of its LoRAs, those of the prompt among them, or else its model is made for few steps.
    ///
    /// Reads heads of files, and asks no server; what cannot be read suggests nothing here, and is complained of when it is loaded.
    #[must_use]
    pub fn suggestion(&self, prompt: &str, cancel: &Cancel) -> Option<Suggestion> {
        let Found { kit, .. } = self.for_prompt(prompt, cancel);
        let of_lora = |lora: &KitLora| About::read(&lora.file).ok()?.suggestion;
        let of_model = || {
            let opened = catalog::open(&Self {
                loras: Vec::new(),
                remote: None,
                ..kit.clone()
            });
            match opened {
                Ok(model) => model.spec.suggestion,
                // What of it is on a server alone tells nothing here, but its name does.
                Err(_) if kit.remote.is_some() => few_steps::of_model(&[&kit.model.name()], false),
                Err(_) => None,
            }
        };
        kit.loras.iter().find_map(of_lora).or_else(of_model)
    }

    /// The kit with the LoRAs and ControlNets that a recipe asks for in the place of the folders that they are looked for in: what is to be loaded before a job that asks for them.
    ///
    /// Reads folders, so it is not for the window's thread.
    ///
    /// # Errors
    /// [`PlanError::NoControlNet`].
    pub fn loaded_for(&self, recipe: &Recipe, cancel: &Cancel) -> Result<Self, PlanError> {
        Ok(self.for_recipe(recipe, cancel)?.kit)
    }

    /// The same with what there is to tell of it.
    ///
    /// # Errors
    /// [`PlanError::NoControlNet`].
    pub(super) fn for_recipe(&self, recipe: &Recipe, cancel: &Cancel) -> Result<Found, PlanError> {
        let Found {
            mut kit,
            names,
            mut notes,
        } = self.for_prompt(&recipe.prompt, cancel);
        kit.controls = Vec::new();
        let folders: Vec<&Path> = self.control_folders.iter().map(PathBuf::as_path).collect();
        for control in &recipe.controls {
            let name = &control.model;
            if kit.controls.iter().any(|own| own.name == *name) {
                continue;
            }
            // Whether the model has it is seen when it is loaded.
            if controlnet::is_inside(name) && !self.controls.iter().any(|own| own.name == *name) {
                continue;
            }
            let files = self.control_folders.iter().filter(|path| path.is_file());
            let files = files.map(|path| KitControl::of(path.clone()));
            let mut known = self.controls.iter().cloned().chain(files);
            let one = match known.find(|own| own.name == *name) {
                Some(known) => known,
                None => {
                    let within = || folders.iter().find_map(|folder| control_in(folder, name));
                    let remote = self.remote.as_ref();
                    let serves = remote.is_some_and(|one| one.networks.has_control(name));
                    let own = name == controlnet::BUILT_IN;
                    let there = || (serves || own).then(|| name.into());
                    let file = match find::find(name, &folders) {
                        Some(found) => {
                            notes.extend(found.note);
                            Some(found.path)
                        }
                        None => within().or_else(there),
                    };
                    KitControl {
                        name: name.clone(),
                        file: file.ok_or_else(|| PlanError::NoControlNet(name.clone()))?,
                    }
                }
            };
            kit.controls.push(one);
        }
        kit.general = match recipe.method {
            Method::Auto | Method::InpaintModel => false,
            Method::LatentMask | Method::InpaintEncode | Method::ControlnetInpaint => true,
        };
        Ok(Found { kit, names, notes })
    }

    /// Adds the ControlNet of the built-in model to a recipe whose method needs one, and that has none.
    pub fn put_own_control(&self, recipe: &mut Recipe) {
        let wants = recipe.method == Method::ControlnetInpaint;
        let mut controls = recipe.controls.iter();
        let has = controls.any(|control| control.kind == ControlKind::Inpaint);
        if wants && !has && self.model == ModelSource::BuiltIn {
            recipe.controls.push(Control::named(controlnet::BUILT_IN));
        }
    }

    /// Size and time of each of its files: others mean that it is another.
    pub(super) fn files(&self) -> Vec<Stamp> {
        let mut files = self.model.files();
        let loras = self.loras.iter().map(|lora| &lora.file);
        for file in self.vae.iter().chain(loras) {
            files.extend(ModelSource::File(file.clone()).files());
        }
        for control in &self.controls {
            files.extend(ModelSource::at(control.file.clone()).files());
        }
        for path in self.embeddings.iter().chain(&self.text_encoder) {
            files.extend(ModelSource::at(path.clone()).files());
        }
        files
    }
}

/// The folders of a kind that are there: the program's own, and those around a model's.
fn around(model: &ModelSource, places: &[&str], own: &str) -> Vec<PathBuf> {
    let own = folders::models().map(|models| models.join(own));
    let parent = match model {
        ModelSource::File(path) | ModelSource::Directory(path) => path.parent(),
        ModelSource::BuiltIn => None,
    };
    let beside = parent
        .into_iter()
        .flat_map(|folder| places.iter().map(|place| folder.join(place)));
    let mut found = Vec::new();
    for folder in own.into_iter().chain(beside) {
        // Some systems do not tell small letters from large ones.
        if let Ok(real) = folder.canonicalize()
            && real.is_dir()
            && !found.contains(&real)
        {
            found.push(real);
        }
    }
    found
}

/// A ControlNet of a name in a folder that is no .safetensors file there: a folder of diffusers or of an ONNX export, or an ONNX file.
fn control_in(folder: &Path, name: &str) -> Option<PathBuf> {
    // Names come with recipes of others, and lead nowhere else.
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    if !Path::new(name).components().all(plain) {
        return None;
    }
    let file = folder.join(format!("{name}.onnx"));
    let within = folder.join(name);
    let holds = |file: &str| within.join(file).is_file();
    let of_folder = holds("config.json") || holds("model.onnx");
    if of_folder {
        return Some(within);
    }
    file.is_file().then_some(file)
}
