//! How servers are spoken to and where what they send goes, read once from the environment.
//!
//! Does not know what is fetched.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::engine::free_on_disk;
use crate::folders;

/// What every download needs to know.
#[derive(Clone)]
pub struct Access {
    /// Address of Hugging Face or its mirror, without a slash at its end.
    pub hub: String,
    /// Sent to that address and to no other.
    pub hub_token: Option<String>,
    /// Address of Civitai.
    pub civitai: String,
    /// Sent to that address and to no other.
    pub civitai_token: Option<String>,
    /// Whether nothing may be fetched.
    pub offline: bool,
    /// What stands between here and the servers.
    pub proxy: Option<ureq::Proxy>,
    /// The cache that Hugging Face's programs share.
    pub hub_cache: PathBuf,
    /// Where files of other servers go.
    pub models: PathBuf,
    /// Where the files lie that keep two programs from writing one.
    pub locks: PathBuf,
    /// What this machine can bear.
    pub limits: Limits,
}

/// What this machine can bear.
#[derive(Clone, Copy)]
pub struct Limits {
    /// How often a server is asked again in a row while no byte comes.
    pub tries: u32,
    /// How long the first of those waits is; each next one is twice as long.
    pub wait: Duration,
    /// How long a server may say nothing.
    pub silence: Duration,
    /// Bytes that are free where a file is to lie, if that can be told.
    pub free: fn(&Path) -> Option<u64>,
    /// Bytes that a file can have.
    pub longest: u64,
    /// Whether links can be made.
    pub links: bool,
    /// Whether an address is of this machine or its own network.
    pub private: fn(IpAddr) -> bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tries: 5,
            wait: Duration::from_secs(1),
            silence: Duration::from_secs(30),
            free: free_on_disk,
            longest: u64::MAX,
            links: true,
            private: is_private,
        }
    }
}

impl Access {
    /// What the environment of this program says; `None` where the user has no home.
    #[must_use]
    pub fn from_environment() -> Option<Self> {
        let models = folders::models()?;
        let locks = folders::cache()?.join("locks");
        let home = folders::home()?;
        let mut access = Self::of(&|name| std::env::var_os(name), &home, models, locks);
        access.proxy = ureq::Proxy::try_from_env();
        Some(access)
    }

    /// The same of any environment, without a proxy (names as huggingface_hub's `constants.py` has them).
    pub fn of(
        variable: &dyn Fn(&str) -> Option<OsString>,
        home: &Path,
        models: PathBuf,
        locks: PathBuf,
    ) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let text = |name: &str| {
            let value = set(name)?.into_string().ok()?;
            Some(value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let folder = |name: &str| set(name).map(PathBuf::from);
        let cache = folder("XDG_CACHE_HOME").unwrap_or_else(|| home.join(".cache"));
        let hub_home = folder("HF_HOME").unwrap_or_else(|| cache.join("huggingface"));
        let hub_cache = folder("HF_HUB_CACHE")
            .or_else(|| folder("HUGGINGFACE_HUB_CACHE"))
            .unwrap_or_else(|| hub_home.join("hub"));
        let token_file = folder("HF_TOKEN_PATH").unwrap_or_else(|| hub_home.join("token"));
        let kept = || {
            let token = std::fs::read_to_string(token_file).ok()?;
            Some(token.trim().to_owned()).filter(|token| !token.is_empty())
        };
        let hub = text("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".to_owned());
        let offline = text("HF_HUB_OFFLINE").is_some_and(|value| {
            ["1", "ON", "YES", "TRUE"].contains(&value.to_uppercase().as_str())
        });
        Self {
            hub: hub.trim_end_matches('/').to_owned(),
            hub_token: text("HF_TOKEN").or_else(kept),
            civitai: "https://civitai.com".to_owned(),
            civitai_token: text("CIVITAI_API_TOKEN"),
            offline,
            proxy: None,
            hub_cache,
            models,
            locks,
            limits: Limits::default(),
        }
    }
}

/// Whether an address is of this machine or its own network, or of nobody.
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_multicast()
                || first == 0
                // Shared by a provider's customers (RFC 6598).
                || (first == 100 && second & 0xc0 == 64)
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_private(v4.into()),
            None => {
                v6.is_loopback()
                    || v6.is_unspecified()
                    || v6.is_multicast()
                    || v6.is_unique_local()
                    || v6.is_unicast_link_local()
            }
        },
    }
}
