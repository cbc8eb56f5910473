//! Prompts that were repainted with, newest first, kept from run to run.
//!
//! Does not know fields or keys, nor when the file is read.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::super::texts::recipes as texts;
use crate::recipe::{Recipe, text_file};

/// The most that are kept.
pub const MOST: usize = 200;

/// A prompt and the negative prompt beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// What should be there.
    pub prompt: String,
    /// What must not.
    #[serde(default)]
    pub negative_prompt: String,
}

impl Words {
    /// Those of a recipe.
    pub fn of(recipe: &Recipe) -> Self {
        Self {
            prompt: recipe.prompt.clone(),
            negative_prompt: recipe.negative_prompt.clone(),
        }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.prompt.trim().is_empty() && self.negative_prompt.trim().is_empty()
    }
}

/// The prompts, and which of them is looked at.
#[derive(Debug, Default)]
pub struct History {
    /// Newest first, none twice.
    entries: Vec<Words>,
    /// The one that is looked at; none while words are typed.
    at: Option<usize>,
    /// What was typed when looking began.
    draft: Words,
}

impl History {
    /// Newest first.
    pub fn entries(&self) -> &[Words] {
        &self.entries
    }

    /// Takes in what was repainted with, as the newest.
    pub fn remember(&mut self, words: Words) {
        self.at = None;
        put(&mut self.entries, words);
    }

    /// Takes in what is kept from earlier runs, newest first, behind what was remembered since.
    pub fn take_kept(&mut self, kept: Vec<Words>) {
        for words in kept {
            if !self.entries.contains(&words) {
                self.entries.push(words);
            }
        }
        self.entries.truncate(MOST);
    }

    /// The words before `now`; none before the oldest. What is typed and not kept is the last entry, found again by [`Self::newer`].
    pub fn older(&mut self, now: &Words) -> Option<Words> {
        let next = match self.place(now) {
            Some(at) => at + 1,
            None => {
                self.draft = now.clone();
                // What was just repainted with still stands there: one press goes to the one before.
                usize::from(self.entries.first() == Some(now))
            }
        };
        let words = self.entries.get(next)?.clone();
        self.at = Some(next);
        Some(words)
    }

    /// The words after `now`; after the newest, what was typed when looking began.
    pub fn newer(&mut self, now: &Words) -> Option<Words> {
        let at = self.place(now)?;
        self.at = at.checked_sub(1);
        let words = self.at.and_then(|at| self.entries.get(at));
        Some(words.unwrap_or(&self.draft).clone())
    }

    /// The entry that is looked at, unless it has been typed in since.
    fn place(&mut self, now: &Words) -> Option<usize> {
        self.at = self.at.filter(|at| self.entries.get(*at) == Some(now));
        self.at
    }
}

fn put(entries: &mut Vec<Words>, words: Words) {
    entries.retain(|entry| *entry != words);
    entries.insert(0, words);
    entries.truncate(MOST);
}

/// Reads the file; nothing where there is none. One that makes no sense is renamed, so that it is not written over.
///
/// # Errors
/// One line.
pub fn read(path: &Path) -> Result<Vec<Words>, String> {
    let text = match text_file::read_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text.map_err(|error| texts::prompts_unread(path, &error))?,
    };
    serde_json::from_str(&text).map_err(|cause| {
        let aside = path.with_extension("damaged.json");
        match fs::rename(path, &aside) {
            Ok(()) => texts::prompts_damaged(&cause, &aside),
            Err(error) => texts::prompts_unread(path, &error),
        }
    })
}

/// Puts words at the head of the file's list, whoever else has written to it; written beside and renamed.
///
/// # Errors
/// One line.
pub fn add(path: &Path, words: Words) -> Result<(), String> {
    let mut entries = read(path)?;
    put(&mut entries, words);
    let unkept = |error: io::Error| texts::prompts_unkept(path, &error);
    let text = serde_json::to_vec_pretty(&entries).map_err(|error| unkept(error.into()))?;
    text_file::write_beside(path, &text).map_err(unkept)
}
