//! What a download is asked for by: an address, a repository of Hugging Face, a version on Civitai.
//!
//! Does not know how any of them is fetched.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

/// Where a model is to come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The address of a file.
    Web(String),
    /// A file of a repository of Hugging Face, or what a model needs of it.
    Hub {
        /// `owner/name`.
        repo: String,
        /// Path in it.
        file: Option<String>,
        /// Branch, tag or commit.
        revision: String,
    },
    /// A version of a model on Civitai.
    Civitai {
        /// Its number.
        version: u64,
    },
}

/// Why words are not the source of a download.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// None of the forms.
    #[error(
        "`{0}` is nothing that can be fetched; give an https address, owner/name[/file][@revision] of Hugging Face, or civitai:VERSION"
    )]
    Unknown(String),
    /// Without encryption.
    #[error("`{0}` would come unencrypted; give its https address")]
    Plain(String),
    /// A model of Civitai without a version.
    #[error(
        "a model's page has several versions; choose one there and give the address with modelVersionId in it, or civitai:VERSION"
    )]
    NoVersion,
    /// A path that leads out of its folder.
    #[error("`{0}` is no name of a file; it would lie outside its folder")]
    Escapes(String),
    /// A file that could run code.
    #[error(
        "`{0}` is a pickle, which can run any code when it is opened; look for the .safetensors file"
    )]
    Pickle(String),
    /// An address that does not name a model's file.
    #[error(
        "`{0}` does not end in the name of a model's file (.safetensors, .onnx); give the address of the file itself"
    )]
    NoFile(String),
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let text = text.trim();
        let unknown = || SourceError::Unknown(text.to_owned());
        if let Some(version) = text.strip_prefix("civitai:") {
            let version = version.parse().map_err(|_| unknown())?;
            return Ok(Self::Civitai { version });
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return hub(text, None);
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = host(authority);
        match &scheme.to_lowercase()[..] {
            "https" => {}
            // What does not leave the machine needs no encryption.
            "http" if ["localhost", "127.0.0.1", "[::1]"].contains(&host) => {}
            "http" => return Err(SourceError::Plain(text.to_owned())),
            _ => return Err(unknown()),
        }
        if host.is_empty() || authority.contains('@') {
            return Err(unknown());
        }
        let path = path.split_once('#').map_or(path, |(path, _)| path);
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        match host {
            "huggingface.co" | "www.huggingface.co" | "hf.co" => {
                let parts = path.trim_end_matches('/').split('/');
                let decoded = parts.map(|part| percent_decode_str(part).decode_utf8());
                let parts: Result<Vec<_>, _> = decoded.collect();
                hub_page(&parts.map_err(|_| unknown())?, text)
            }
            "civitai.com" | "www.civitai.com" => {
                let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                let mut pairs = pairs.filter(|(name, _)| *name == "modelVersionId");
                let direct = path.strip_prefix("api/download/models/");
                let version = direct.or(pairs.next().map(|(_, version)| version));
                let version = version.ok_or(SourceError::NoVersion)?;
                let version = version.parse().map_err(|_| unknown())?;
                Ok(Self::Civitai { version })
            }
            _ => {
                web_name(text)?;
                Ok(Self::Web(text.to_owned()))
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Web(address) => f.write_str(address),
            Self::Hub {
                repo,
                file,
                revision,
            } => {
                f.write_str(repo)?;
                if let Some(file) = file {
                    write!(f, "/{file}")?;
                }
                match &revision[..] {
                    MAIN => Ok(()),
                    revision => write!(f, "@{revision}"),
                }
            }
            Self::Civitai { version } => write!(f, "civitai:{version}"),
        }
    }
}

/// The branch that is meant where none is named.
const MAIN: &str = "main";

/// `host:port` without its port.
pub(super) fn host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// `owner/name[/file][@revision]`.
fn hub(text: &str, revision: Option<&str>) -> Result<Source, SourceError> {
    let (path, at) = match text.rsplit_once('@') {
        Some((path, at)) if revision.is_none() => (path, Some(at)),
        _ => (text, revision),
    };
    let revision = at.unwrap_or(MAIN);
    let unknown = || SourceError::Unknown(text.to_owned());
    let mut parts = path.splitn(3, '/');
    let (Some(owner), Some(name)) = (parts.next(), parts.next()) else {
        return Err(unknown());
    };
    let is_name = |name: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        !name.is_empty() && name.chars().all(known) && !name.starts_with('.')
    };
    if !is_name(owner) || !is_name(name) {
        return Err(unknown());
    }
    let file = parts.next().map(str::to_owned);
    for path in [Some(revision), file.as_deref()].into_iter().flatten() {
        if !is_inside(path) {
            return Err(SourceError::Escapes(path.to_owned()));
        }
    }
    if let Some(file) = file.as_deref().filter(|file| is_pickle(file)) {
        return Err(SourceError::Pickle(file.to_owned()));
    }
    Ok(Source::Hub {
        repo: format!("{owner}/{name}"),
        file,
        revision: revision.to_owned(),
    })
}

/// The path of a page of Hugging Face: a model, or a file of it behind `resolve`, `blob` or `tree`.
fn hub_page(path: &[Cow<'_, str>], address: &str) -> Result<Source, SourceError> {
    let parts: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
    match parts[..] {
        // Theirs begin like an owner.
        ["datasets" | "spaces", ..] => Err(SourceError::Unknown(address.to_owned())),
        [owner, name] | [owner, name, "tree"] => hub(&format!("{owner}/{name}"), None),
        [owner, name, "tree", revision] => hub(&format!("{owner}/{name}"), Some(revision)),
        [owner, name, "resolve" | "blob", revision, ref file @ ..] if !file.is_empty() => hub(
            &format!("{owner}/{name}/{}", file.join("/")),
            Some(revision),
        ),
        _ => Err(SourceError::Unknown(address.to_owned())),
    }
}

/// The name of the file at an address.
pub(super) fn web_name(address: &str) -> Result<String, SourceError> {
    let no_file = || SourceError::NoFile(address.to_owned());
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let (_, name) = path.rsplit_once('/').ok_or_else(no_file)?;
    let name = percent_decode_str(name).decode_utf8();
    let name = name.map_err(|_| no_file())?.into_owned();
    if is_pickle(&name) {
        return Err(SourceError::Pickle(name));
    }
    if name.is_empty() {
        return Err(no_file());
    }
    if !is_inside(&name) || name.contains('/') {
        return Err(SourceError::Escapes(name));
    }
    match ending(&name) {
        Some("safetensors" | "onnx") => Ok(name),
        _ => Err(no_file()),
    }
}

fn ending(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, ending)| ending)
}

/// Whether a file can run code when it is opened.
pub(super) fn is_pickle(name: &str) -> bool {
    const PICKLES: [&str; 4] = ["ckpt", "pt", "pth", "bin"];
    ending(name).is_some_and(|ending| PICKLES.contains(&&ending.to_lowercase()[..]))
}

/// Whether a path stays in its folder, on every system.
pub(super) fn is_inside(path: &str) -> bool {
    path.split('/').all(|part| {
        let strange = |c: char| c.is_control() || "\\:*?\"<>|".contains(c);
        !part.is_empty() && !part.ends_with(['.', ' ']) && !part.contains(strange)
    })
}
