//! Where other tools keep their models, told from how their folders look.
//!
//! Layouts of A1111 and Forge, ComfyUI (`folder_paths.py`, `utils/extra_config.py`), StabilityMatrix, InvokeAI, SwarmUI and huggingface_hub. Looks only where a tool would be; does not read models.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode as _, Yaml};

use crate::engine::FileKind;
use crate::engine::FileKind::{
    Checkpoint, ControlNet, Detector, Embedding, Lora, Other, Upscaler, Vae,
};
use crate::folders;

/// A program that keeps models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// This one, or a plain folder.
    Own,
    /// AUTOMATIC1111's web UI, and Forge.
    A1111,
    /// ComfyUI.
    ComfyUi,
    /// StabilityMatrix.
    StabilityMatrix,
    /// InvokeAI.
    InvokeAi,
    /// SwarmUI.
    SwarmUi,
    /// The cache of Hugging Face's programs.
    HuggingFace,
}

impl Tool {
    /// What artists call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "Pentimento",
            Self::A1111 => "A1111 or Forge",
            Self::ComfyUi => "ComfyUI",
            Self::StabilityMatrix => "StabilityMatrix",
            Self::InvokeAi => "InvokeAI",
            Self::SwarmUi => "SwarmUI",
            Self::HuggingFace => "Hugging Face",
        }
    }
}

/// A folder of models.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Whose.
    pub tool: Tool,
    /// What is in it, where its files do not say; [`FileKind::Other`] for all kinds.
    pub kind: FileKind,
    /// Where.
    pub folder: PathBuf,
}

/// How a tool's folder looks: it has one of the first, and keeps models in those of the second.
type Layout = (
    Tool,
    &'static [&'static str],
    &'static [(FileKind, &'static str)],
);

/// The first that fits.
const LAYOUTS: [Layout; 5] = [
    (
        Tool::StabilityMatrix,
        &["Models/StableDiffusion"],
        &[
            (Checkpoint, "Models/StableDiffusion"),
            (Lora, "Models/Lora"),
            (Lora, "Models/LyCORIS"),
            (Vae, "Models/VAE"),
            (Embedding, "Models/Embeddings"),
            (Embedding, "Models/TextualInversion"),
            (ControlNet, "Models/ControlNet"),
            (Upscaler, "Models/ESRGAN"),
            (Upscaler, "Models/RealESRGAN"),
            (Other, "Models/DiffusionModels"),
            (Detector, "Models/Ultralytics"),
        ],
    ),
    (
        Tool::SwarmUi,
        &["launch-linux.sh", "launch-windows.bat", "launch-macos.sh"],
        &[
            (Checkpoint, "Models/Stable-Diffusion"),
            (Lora, "Models/Lora"),
            (Vae, "Models/VAE"),
            (Embedding, "Models/Embeddings"),
            (ControlNet, "Models/controlnet"),
            (Upscaler, "Models/upscale_models"),
            (Detector, "Models/yolov8"),
        ],
    ),
    (
        Tool::A1111,
        &["models/Stable-diffusion"],
        &[
            (Checkpoint, "models/Stable-diffusion"),
            (Lora, "models/Lora"),
            (Lora, "models/LyCORIS"),
            (Vae, "models/VAE"),
            (Embedding, "embeddings"),
            (ControlNet, "models/ControlNet"),
            (Upscaler, "models/ESRGAN"),
            (Upscaler, "models/RealESRGAN"),
            (Detector, "models/adetailer"),
        ],
    ),
    (
        Tool::ComfyUi,
        &["models/checkpoints"],
        &[
            (Checkpoint, "models/checkpoints"),
            (Lora, "models/loras"),
            (Vae, "models/vae"),
            (Embedding, "models/embeddings"),
            (ControlNet, "models/controlnet"),
            (Upscaler, "models/upscale_models"),
            (Checkpoint, "models/diffusers"),
            (Other, "models/diffusion_models"),
            (Other, "models/unet"),
            (Detector, "models/ultralytics"),
        ],
    ),
    (
        Tool::InvokeAi,
        &["databases/invokeai.db", "invokeai.yaml"],
        &[(Other, "models")],
    ),
];

/// Keys of `extra_model_paths.yaml`, and what lies there.
const COMFY_KEYS: [(&str, FileKind); 11] = [
    ("checkpoints", Checkpoint),
    ("loras", Lora),
    ("vae", Vae),
    ("embeddings", Embedding),
    ("controlnet", ControlNet),
    ("upscale_models", Upscaler),
    ("diffusers", Checkpoint),
    ("diffusion_models", Other),
    ("unet", Other),
    ("ultralytics", Detector),
    ("ultralytics_bbox", Detector),
];

/// What the names of tools' folders begin with, in small letters.
const NAMES: [&str; 9] = [
    "stable-diffusion-webui",
    "sd-webui",
    "webui",
    "sd.webui",
    "comfyui",
    "stabilitymatrix",
    "invokeai",
    "swarmui",
    "forge",
];

/// Folders that portable packages put between theirs and the tool's.
const WITHIN: [&str; 5] = ["", "ComfyUI", "webui", "Data", "SwarmUI"];

/// The folders of models of the tool that lives in a folder; none where no tool does.
#[must_use]
pub fn places(root: &Path) -> Vec<Place> {
    let is_there = |name: &&&str| root.join(name).exists();
    let fits = |layout: &&Layout| {
        let (_, marks, kept) = layout;
        marks.iter().any(|mark| is_there(&mark)) && kept.iter().any(|(_, folder)| is_there(&folder))
    };
    let Some((tool, _, kept)) = LAYOUTS.iter().find(fits) else {
        return Vec::new();
    };
    let own = kept.iter().map(|(kind, folder)| Place {
        tool: *tool,
        kind: *kind,
        folder: root.join(folder),
    });
    let mut places: Vec<_> = own.collect();
    if *tool == Tool::ComfyUi {
        places.extend(comfy_places(&root.join("extra_model_paths.yaml")));
    }
    let mut seen = BTreeSet::new();
    places.retain(|place| {
        let real = place.folder.canonicalize();
        real.is_ok_and(|real| real.is_dir() && seen.insert(real))
    });
    places
}

/// What ComfyUI's settings say of folders elsewhere: sections with `base_path`, and one path or several lines of them under each key.
fn comfy_places(file: &Path) -> Vec<Place> {
    const LONGEST: u64 = 1 << 20;
    let short = fs::metadata(file).is_ok_and(|found| found.len() <= LONGEST);
    let text = if short {
        fs::read_to_string(file).ok()
    } else {
        None
    };
    let documents = Yaml::load_from_str(&text.unwrap_or_default()).unwrap_or_default();
    let sections = documents.first().and_then(Yaml::as_mapping);
    let sections = sections.into_iter().flat_map(|sections| sections.iter());
    let beside = file.parent().unwrap_or(file);
    let mut places = Vec::new();
    for (_, section) in sections {
        let Some(section) = section.as_mapping() else {
            continue;
        };
        let text = |key: &str| {
            let mut pairs = section.iter();
            let (_, value) = pairs.find(|(own, _)| own.as_str() == Some(key))?;
            value.as_str()
        };
        let base = text("base_path").map_or(beside.to_owned(), |base| beside.join(expanded(base)));
        for (key, kind) in COMFY_KEYS {
            let lines = text(key).unwrap_or_default().lines().map(str::trim);
            places.extend(lines.filter(|line| !line.is_empty()).map(|line| Place {
                tool: Tool::ComfyUi,
                kind,
                folder: base.join(expanded(line)),
            }));
        }
    }
    places
}

/// A path whose `~` is the user's home.
fn expanded(path: &str) -> PathBuf {
    match (path.strip_prefix('~'), folders::home()) {
        (Some(rest), Some(home)) => home.join(rest.trim_start_matches(['/', '\\'])),
        _ => path.into(),
    }
}

/// Tools' folders directly in some others.
#[must_use]
pub fn find(bases: &[PathBuf]) -> Vec<PathBuf> {
    let mut roots = Vec::new();
    let mut seen = BTreeSet::new();
    for base in bases {
        let inside = fs::read_dir(base).into_iter().flatten().flatten();
        let known = inside.filter(|entry| {
            let name = entry.file_name().to_string_lossy().to_lowercase();
            NAMES.iter().any(|start| name.starts_with(start))
        });
        let mut known: Vec<_> = known.map(|entry| entry.path()).collect();
        known.sort();
        for root in known {
            let within = WITHIN.iter().map(|name| match name.is_empty() {
                true => root.clone(),
                false => root.join(name),
            });
            roots.extend(within.filter(|root| {
                let real = root.canonicalize();
                !places(root).is_empty() && real.is_ok_and(|real| seen.insert(real))
            }));
        }
    }
    roots
}

/// Where people put tools: home, documents, and the roots of disks.
#[must_use]
pub fn usual_bases() -> Vec<PathBuf> {
    let mut bases: Vec<PathBuf> = Vec::new();
    if let Some(home) = folders::home() {
        let within = [
            "",
            "AI",
            "ai",
            "Desktop",
            "Documents",
            "Downloads",
            "git",
            "src",
            "apps",
            ".local/share",
            "AppData/Roaming",
        ];
        bases.extend(within.map(|name| home.join(name)));
        bases.push(home.join("pinokio/api"));
    }
    bases.extend(folders::documents());
    let disks = sysinfo::Disks::new_with_refreshed_list();
    for disk in &disks {
        let root = disk.mount_point();
        bases.extend(["", "AI", "ai"].map(|name| root.join(name)));
    }
    bases.push("/opt".into());
    bases
}
