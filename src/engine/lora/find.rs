//! Which LoRAs a prompt asks for, and where their files are.
//!
//! Does not read them, but for the names that they give themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::about::About;
use crate::diffusion::prompt::tags::{self, Tag};
use crate::engine::cancel::Cancel;
use crate::engine::model_hash::{Hashed, among};
use crate::recipe::excerpt::{QUOTE, excerpt};

/// How deep folders in folders are looked into: a link may lead back to a folder around it.
const DEEPEST_FOLDER: usize = 8;

/// A LoRA that a prompt asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Its name, perhaps with the folder it is in.
    pub name: String,
    /// Strength on the UNet.
    pub unet: f32,
    /// Strength on the text encoders.
    pub text: f32,
}

/// The tags of a prompt that name LoRAs: `<lora:…>` and `<lyco:…>`, in their order.
#[must_use]
pub fn tags(prompt: &str) -> Vec<Tag> {
    let (_, mut tags) = tags::split(prompt);
    tags.retain(|tag| tags::LORAS.contains(&tag.kind.as_str()));
    tags
}

/// The LoRAs of a prompt's `<lora:…>` and `<lyco:…>` tags in the order of their first mention, those that are named twice with the sum of their strengths; and a line for each tag without usable strengths.
#[must_use]
pub fn wanted(prompt: &str) -> (Vec<Wanted>, Vec<String>) {
    let (mut wanted, mut notes) = (Vec::<Wanted>::new(), Vec::new());
    for tag in self::tags(prompt) {
        let Some((text, unet)) = tag.strengths() else {
            let tag = &prompt[tag.range];
            notes.push(format!("`{tag}` is not applied, since its strength is no number; write for example <lora:name:0.8>"));
            continue;
        };
        match wanted.iter_mut().find(|one| one.name == tag.name) {
            Some(one) => {
                one.unet += unet;
                one.text += text;
            }
            None => wanted.push(Wanted {
                name: tag.name,
                unet,
                text,
            }),
        }
    }
    (wanted, notes)
}

/// A LoRA's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub path: PathBuf,
    /// What to say where others would have been it too.
    pub note: Option<String>,
}

/// The LoRA, or the ControlNet, of a name in some folders and those in them: the file of just that path, else of that name in any case, else the one that calls itself so (A1111 writes `ss_output_name` into prompts). Of several it is the first by folder and path.
#[must_use]
pub fn find(name: &str, folders: &[&Path]) -> Option<Found> {
    let name = name.replace('\\', "/");
    let wanted = name
        .strip_suffix(".safetensors")
        .unwrap_or(&name)
        .trim_matches('/');
    if wanted.is_empty() {
        return None;
    }
    let mut seen = BTreeSet::new();
    let mut files: Vec<(String, PathBuf)> = folders.iter().flat_map(|f| files(f)).collect();
    // A folder may be named twice, once beside the model and once by the library.
    files.retain(|(_, path)| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    let stem = |path: &str| path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let titled = |path: &Path| About::read(path).ok()?.title;
    let lower = wanted.to_lowercase();
    let is_it = |rule: usize, own: &str, path: &Path| match rule {
        0 => own == wanted,
        1 => own.to_lowercase() == lower,
        2 => stem(own) == stem(wanted),
        _ => titled(path).is_some_and(|title| title.to_lowercase() == lower),
    };
    let all = |rule| -> Vec<&PathBuf> {
        let files = files.iter().filter(|(own, path)| is_it(rule, own, path));
        files.map(|(_, path)| path).collect()
    };
    let found = (0..4).map(all).find(|found| !found.is_empty())?;
    let path = found[0].clone();
    let note = (found.len() > 1).then(|| {
        format!(
            "{} files are called `{wanted}`, and {} is used; write its folder to choose another",
            found.len(),
            path.display()
        )
    });
    Some(Found { path, note })
}

/// The LoRA of a hash ([`Hashed::Tensors`]) in some folders and those in them, whatever it is called now; those that were not hashed before are hashed for it, until that is cancelled.
#[must_use]
pub fn by_hash(
    name: &str,
    hash: &str,
    folders: &[&Path],
    cache: Option<&Path>,
    cancel: &Cancel,
) -> Option<Found> {
    // Fewer digits than are written would find another.
    let hash = hash.get(..Hashed::Tensors.digits())?.to_lowercase();
    let files = folders.iter().flat_map(|folder| files(folder));
    let files = files.map(|(_, path)| path);
    let path = among(Hashed::Tensors, &hash, files, cache, cancel)?;
    let note = format!(
        "no LoRA is called `{}`, but {} is the one that was meant, by its hash; it is used",
        excerpt(name, QUOTE),
        path.display()
    );
    Some(Found {
        path,
        note: Some(note),
    })
}

/// The LoRAs in a folder and those in it: path in the folder without ending, with slashes; and file.
pub(in crate::engine) fn files(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut found = BTreeMap::new();
    look_into(folder, "", 0, &mut found);
    found.into_iter().collect()
}

fn look_into(folder: &Path, prefix: &str, depth: usize, found: &mut BTreeMap<String, PathBuf>) {
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let path = entry.path();
        let (Ok(facts), Some(name)) = (path.metadata(), path.file_name()) else {
            continue;
        };
        let name = name.to_string_lossy();
        if facts.is_dir() && depth < DEEPEST_FOLDER {
            look_into(&path, &format!("{prefix}{name}/"), depth + 1, found);
        } else if facts.is_file()
            && let Some((stem, ending)) = name.rsplit_once('.')
            && ending.eq_ignore_ascii_case("safetensors")
        {
            found.insert(format!("{prefix}{stem}"), path.clone());
        }
    }
}
