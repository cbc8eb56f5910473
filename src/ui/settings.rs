//! What the artist chose once and wants again: theme, shortcuts, recent files; and the file that keeps it.
//!
//! Does not know where any of it is used.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use eframe::egui::{KeyboardShortcut, ThemePreference};
use serde::{Deserialize, Serialize};

use super::board::Remembered;
use super::row::{Row, Shortcuts};
use super::texts::{self, Language};
use crate::engine::{Address, Device, Remote};
use crate::library::Home;
use crate::recipe::field::Section;
use crate::recipe::text_file;

/// Where the program keeps what is its own; nothing is kept where there is no place.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The file of the settings.
    pub settings: Option<PathBuf>,
    /// The log file of this run.
    pub log: Option<PathBuf>,
    /// The folder of presets.
    pub presets: Option<PathBuf>,
    /// The folder of wildcards.
    pub wildcards: Option<PathBuf>,
    /// The file of earlier prompts.
    pub prompts: Option<PathBuf>,
    /// The folder of journals, in which unsaved work is written down.
    pub journals: Option<PathBuf>,
    /// The library of models.
    pub library: Option<Arc<Home>>,
}

/// How many recent files are kept.
pub const RECENT: usize = 10;

/// The artist's choices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What the window speaks; the system's language, where the window has it, when absent.
    pub language: Option<Language>,
    /// Dark, light, or what the system says.
    pub theme: ThemePreference,
    /// Scale of the interface, in [`Settings::SCALES`].
    pub scale: f32,
    /// Whether names stand beside the buttons of the tool bar.
    pub tool_names: bool,
    /// Memory that undo may keep, MiB, in [`Settings::BUDGETS`].
    pub undo_budget: usize,
    /// Memory that results may keep, MiB, in [`Settings::BUDGETS`].
    pub results_budget: usize,
    /// Whether the recipe of a kept result is written into the picture's file.
    pub write_recipes: bool,
    /// Whether the first Save leaves an opened picture as it is and writes a copy beside it.
    pub save_beside: bool,
    /// Where results are saved; beside the picture when empty.
    pub results_folder: String,
    /// What files of results are called, a pattern.
    pub results_name: String,
    /// Whether every result is saved as it comes.
    pub autosave_results: bool,
    /// Keys that were changed, by action; `None` takes the key away.
    pub shortcuts: Shortcuts,
    /// Pictures that were opened or saved, newest first.
    pub recent: Vec<PathBuf>,
    /// Folders of models that were added, in the order of adding.
    pub models: Vec<PathBuf>,
    /// The model to load; the built-in one when absent.
    pub model: Option<PathBuf>,
    /// What it is to run on.
    pub device: Device,
    /// The upscaler that was used last; Lanczos when absent.
    pub upscaler: Option<PathBuf>,
    /// The network that finds what words say.
    pub segmenter: Option<PathBuf>,
    /// The tagger; the built-in one, where there is one, when absent.
    pub tagger: Option<PathBuf>,
    /// The captioner; none when absent.
    pub captioner: Option<PathBuf>,
    /// The network that finds what is pointed at.
    pub sam: Option<PathBuf>,
    /// The detector of hands, faces or people; the built-in one when absent.
    pub detector: Option<PathBuf>,
    /// Most memory that the weights of models may take together, gigabytes, in [`Settings::MEMORY`]; what is free when absent.
    pub memory: Option<f32>,
    /// The server that runs networks.
    pub server: ServerChoice,
    /// Sections of the recipe that stand open.
    pub unfolded: BTreeSet<Section>,
    /// Brush, colours and the mask's look as they were last.
    pub board: Remembered,
}

/// A server as it was typed; its token is never kept here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerChoice {
    /// Whether it runs anything.
    pub used: bool,
    /// Its URL; those of several with spaces between.
    pub address: String,
    /// What runs there; what is usual where empty.
    pub networks: String,
    /// A PEM file in the place of the usual authorities.
    pub authorities: String,
    /// A file with the token.
    pub token_file: String,
}

impl ServerChoice {
    /// What a kit has of it; nothing where it is not used.
    ///
    /// # Errors
    /// One line, when address or networks are none.
    pub fn remote(&self) -> Result<Option<Remote>, String> {
        let path = |text: &str| {
            Some(PathBuf::from(text.trim())).filter(|path| !path.as_os_str().is_empty())
        };
        let none = self.address.trim().is_empty().then_some("");
        let addresses = self.address.split_whitespace().chain(none);
        let addresses = addresses.map(str::parse);
        let addresses: Vec<Address> = addresses.collect::<Result<_, _>>()?;
        let networks = Some(self.networks.trim()).filter(|text| !text.is_empty());
        let remote = Remote {
            networks: networks.map(str::parse).transpose()?.unwrap_or_default(),
            authorities: path(&self.authorities),
            token_file: path(&self.token_file),
            ..Remote::of_all(addresses)?
        };
        Ok(Some(remote).filter(|_| self.used))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: None,
            theme: ThemePreference::System,
            scale: 1.0,
            tool_names: false,
            undo_budget: 1024,
            results_budget: 1024,
            write_recipes: true,
            save_beside: false,
            results_folder: String::new(),
            results_name: "{name}-{seed}".to_owned(),
            autosave_results: false,
            shortcuts: Shortcuts::new(),
            recent: Vec::new(),
            models: Vec::new(),
            model: None,
            device: Device::Auto,
            upscaler: None,
            segmenter: None,
            tagger: None,
            captioner: None,
            sam: None,
            detector: None,
            memory: None,
            server: ServerChoice::default(),
            unfolded: BTreeSet::new(),
            board: Remembered::default(),
        }
    }
}

impl Settings {
    /// Scales that can be chosen.
    pub const SCALES: std::ops::RangeInclusive<f32> = 0.6..=3.0;

    /// Memory for models that can be chosen, gigabytes.
    pub const MEMORY: std::ops::RangeInclusive<f32> = 0.1..=1024.0;

    /// Budgets that can be chosen, MiB.
    pub const BUDGETS: std::ops::RangeInclusive<usize> = 64..=65_536;

    /// Reads the file; defaults where there is none.
    ///
    /// A file that makes no sense is renamed, so that it is not written over; what was done about it is the second value.
    pub fn load(path: &Path) -> (Self, Option<String>) {
        let text = match text_file::read_all(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return (Self::default(), None);
            }
            Err(error) => {
                let line = format!(
                    "the settings cannot be read ({error}), the usual ones are used: {}",
                    path.display()
                );
                return (Self::default(), Some(line));
            }
        };
        let cause = match serde_json::from_str::<Self>(&text) {
            Ok(settings) => return (settings.in_range(), None),
            Err(cause) => cause,
        };
        let aside = path.with_extension("damaged.json");
        let line = match fs::rename(path, &aside) {
            Ok(()) => format!(
                "the settings were damaged ({cause}) and the usual ones are used; the damaged file is kept: {}",
                aside.display()
            ),
            Err(error) => format!(
                "the settings are damaged ({cause}) and cannot be put aside ({error}), the usual ones are used: {}",
                path.display()
            ),
        };
        (Self::default(), Some(line))
    }

    /// Writes the file, beside and renamed; makes its folder.
    ///
    /// # Errors
    /// The system's.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        text_file::write_beside(path, &text)
    }

    /// Has this thread speak the language that is chosen, else the system's.
    pub(super) fn speak(&self) {
        texts::speak(self.language.unwrap_or_else(Language::of_system));
    }

    /// The key of an action: the artist's, else its own.
    pub fn shortcut<Does>(&self, action: &Row<Does>) -> Option<KeyboardShortcut> {
        action.key(&self.shortcuts)
    }

    /// Puts a picture at the head of the recent ones.
    pub fn remember(&mut self, path: &Path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        self.recent.retain(|kept| *kept != path);
        self.recent.insert(0, path);
        self.recent.truncate(RECENT);
    }

    /// Numbers typed into the file by hand are brought where they can be.
    fn in_range(mut self) -> Self {
        self.scale = match self.scale.is_finite() {
            true => self.scale.clamp(*Self::SCALES.start(), *Self::SCALES.end()),
            false => 1.0,
        };
        for budget in [&mut self.undo_budget, &mut self.results_budget] {
            *budget = (*budget).clamp(*Self::BUDGETS.start(), *Self::BUDGETS.end());
        }
        self.recent.truncate(RECENT);
        self.server.used &= self.server.remote().is_ok();
        self
    }
}
