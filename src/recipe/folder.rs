//! The user's folders for the program's files.
//!
//! Does not know what is in its files.

use std::path::PathBuf;

use directories::ProjectDirs;

/// Environment variable that names another folder than the system's.
pub const VARIABLE: &str = "PENTIMENTO_CONFIG_DIR";

/// The system's places for the program's files; `None` where the user has no home.
pub fn of_system() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "pentimento")
}

/// The folder: what [`VARIABLE`] says, else the system's place for a program's configuration; `None` where the user has no home.
pub fn configuration() -> Option<PathBuf> {
    match std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()) {
        Some(folder) => Some(folder.into()),
        None => of_system().map(|folders| folders.config_dir().to_owned()),
    }
}

/// The folder of the user's presets, which need not exist yet.
pub fn presets() -> Option<PathBuf> {
    configuration().map(|folder| folder.join("presets"))
}

/// The folder of the user's wildcards, which need not exist yet.
pub fn wildcards() -> Option<PathBuf> {
    configuration().map(|folder| folder.join("wildcards"))
}
