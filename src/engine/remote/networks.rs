//! Which networks of a model run on a server, and what it calls them.
//!
//! Does not know servers.

use std::fmt;
use std::str::FromStr;

use super::{CONTROLNET, ROLES, SINGLES, UNET};

/// Which networks run on a server, as written: `unet,vae_decoder=sd15-vae@2`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RemoteNetworks(pub(super) Vec<RemoteNetwork>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RemoteNetwork {
    pub role: &'static str,
    /// Which ControlNet, by the name that recipes call it; without one all of them.
    pub one: Option<String>,
    /// What the server calls it; without one it is called by what is usual.
    pub name: Option<String>,
    /// Version on the server; without one it chooses.
    pub version: Option<String>,
}

impl Default for RemoteNetworks {
    /// What runs in every step, and takes most of the memory.
    fn default() -> Self {
        Self::of(&[UNET, CONTROLNET])
    }
}

impl FromStr for RemoteNetworks {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let network = |text: &str| -> Result<RemoteNetwork, String> {
            let (text, version) = match text.rsplit_once('@') {
                Some((text, version)) => (text, Some(version.trim())),
                None => (text, None),
            };
            let (role, name) = match text.split_once('=') {
                Some((role, name)) => (role.trim(), Some(name.trim())),
                None => (text.trim(), None),
            };
            let of_control = role.strip_prefix(CONTROLNET);
            let one = of_control.and_then(|rest| rest.strip_prefix('-'));
            let role = one.map_or(role, |_| CONTROLNET);
            let mut all = ROLES.iter().chain(&SINGLES);
            let known = all.find(|known| **known == role);
            let empty = [name, version, one].contains(&Some(""));
            match known {
                Some(role) if !empty => Ok(RemoteNetwork {
                    role,
                    one: one.map(str::to_owned),
                    name: name.map(str::to_owned),
                    version: version.map(str::to_owned),
                }),
                _ => Err(format!(
                    "`{text}` is no network of a model; give some of {}, {}, each with its name on the server behind it where that is not usual, as in unet=sd15-unet",
                    ROLES.join(", "),
                    SINGLES.join(", ")
                )),
            }
        };
        let networks = text.split(',').map(network);
        let networks = networks.collect::<Result<Vec<_>, _>>()?;
        for (at, network) in networks.iter().enumerate() {
            let RemoteNetwork { role, one, .. } = network;
            if *role == CONTROLNET && one.is_none() && network.name.is_some() {
                return Err(format!(
                    "say which ControlNet that is: {CONTROLNET}-NAME=…, as recipes call it"
                ));
            }
            if networks[..at]
                .iter()
                .any(|other| other.role == *role && other.one == *one)
            {
                return Err(format!("`{role}` is given twice; give each network once"));
            }
        }
        Ok(Self(networks))
    }
}

impl fmt::Display for RemoteNetworks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, network) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{}", network.role)?;
            let parts = [
                ('-', &network.one),
                ('=', &network.name),
                ('@', &network.version),
            ];
            for (mark, text) in parts {
                if let Some(text) = text {
                    write!(f, "{mark}{text}")?;
                }
            }
        }
        Ok(())
    }
}

impl RemoteNetworks {
    /// Networks under their usual names, of [`ROLES`] and [`SINGLES`].
    #[must_use]
    pub fn of(roles: &[&'static str]) -> Self {
        let network = |role: &&'static str| RemoteNetwork {
            role,
            one: None,
            name: None,
            version: None,
        };
        Self(roles.iter().map(network).collect())
    }

    /// Whether a network runs on the server.
    #[must_use]
    pub fn has(&self, role: &str) -> bool {
        self.0.iter().any(|one| one.role == role)
    }

    /// Whether a ControlNet of that name is among them.
    pub(in crate::engine) fn has_control(&self, name: &str) -> bool {
        let controls = self.0.iter().filter(|one| one.role == CONTROLNET);
        let mut names = controls.map(|control| control.one.as_deref());
        names.any(|one| one.is_none_or(|one| one == name))
    }
}
