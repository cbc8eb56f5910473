//! The program's folders on this machine: what the user configures, what is kept, what can be made again.
//!
//! Does not know what is in them; none of them need exist yet. Each is `None` where the user has no home.

use std::path::PathBuf;

use directories::{ProjectDirs, UserDirs};

/// Environment variable that names another folder than the system's for everything that the user configures.
pub const VARIABLE: &str = "PENTIMENTO_CONFIG_DIR";

fn system() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "pentimento")
}

/// Settings, presets, wildcards and the window's place: what [`VARIABLE`] says, else the system's place for a program's configuration.
pub fn configuration() -> Option<PathBuf> {
    match std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()) {
        Some(folder) => Some(folder.into()),
        None => system().map(|dirs| dirs.config_dir().to_owned()),
    }
}

/// The user's presets.
pub fn presets() -> Option<PathBuf> {
    configuration().map(|folder| folder.join("presets"))
}

/// The user's wildcards.
pub fn wildcards() -> Option<PathBuf> {
    configuration().map(|folder| folder.join("wildcards"))
}

/// The log, earlier prompts and the journals of unsaved work.
pub fn state() -> Option<PathBuf> {
    let dirs = system()?;
    let folder = dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir());
    Some(folder.to_owned())
}

/// Libraries that the user put there.
pub fn data() -> Option<PathBuf> {
    system().map(|dirs| dirs.data_dir().to_owned())
}

/// Models that were fetched or put there.
pub fn models() -> Option<PathBuf> {
    data().map(|folder| folder.join("models"))
}

/// The user's home.
pub fn home() -> Option<PathBuf> {
    UserDirs::new().map(|dirs| dirs.home_dir().to_owned())
}

/// The user's documents.
pub fn documents() -> Option<PathBuf> {
    UserDirs::new()?.document_dir().map(Into::into)
}

/// What can be made or fetched again.
pub fn cache() -> Option<PathBuf> {
    system().map(|dirs| dirs.cache_dir().to_owned())
}
