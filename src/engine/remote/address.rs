//! Where a server is: its URL, whose scheme decides how it is spoken to.

use std::fmt;
use std::str::FromStr;

use hyper::http::Uri;

/// Address of a server of the Open Inference Protocol.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    pub(super) scheme: Scheme,
    /// Without the brackets of an IPv6 address.
    pub(super) host: String,
    pub(super) port: u16,
    /// What stands before `/v2`, without a slash at its end.
    pub(super) path: String,
}

/// How a server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scheme {
    Http,
    Https,
    Grpc,
    Grpcs,
}

/// Each scheme with its usual port; gRPC has none.
const SCHEMES: [(Scheme, &str, Option<u16>); 4] = [
    (Scheme::Http, "http", Some(80)),
    (Scheme::Https, "https", Some(443)),
    (Scheme::Grpc, "grpc", None),
    (Scheme::Grpcs, "grpcs", Some(443)),
];

impl Scheme {
    pub fn is_grpc(self) -> bool {
        matches!(self, Self::Grpc | Self::Grpcs)
    }
}

impl Address {
    /// Whether what is sent to it is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        matches!(self.scheme, Scheme::Https | Scheme::Grpcs)
    }

    /// Host and port, as a request has them.
    pub(super) fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const WANTED: &str = "give a server as http://HOST:PORT, https://HOST, grpc://HOST:PORT or grpcs://HOST:PORT";
        let uri: Uri = text.trim().parse().map_err(|_| WANTED.to_owned())?;
        let mut schemes = SCHEMES.iter();
        let scheme = schemes.find(|(_, name, _)| uri.scheme_str() == Some(*name));
        let (Some((scheme, _, usual)), Some(host)) = (scheme, uri.host()) else {
            return Err(WANTED.to_owned());
        };
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        if authority.contains('@') {
            return Err(format!(
                "a server's address holds no name or password; put a token into {}",
                super::TOKEN
            ));
        }
        let path = uri.path().trim_end_matches('/').trim_end_matches("/v2");
        if uri.query().is_some() || (scheme.is_grpc() && !path.is_empty()) {
            return Err(format!(
                "`{text}` has more than a server's address; {WANTED}"
            ));
        }
        Ok(Self {
            scheme: *scheme,
            host: host.trim_matches(['[', ']']).to_owned(),
            port: uri.port_u16().or(*usual).ok_or(WANTED)?,
            path: path.to_owned(),
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut schemes = SCHEMES.iter();
        let name = schemes.find(|(scheme, ..)| *scheme == self.scheme);
        let name = name.map_or("", |(_, name, _)| name);
        write!(f, "{name}://{}{}", self.authority(), self.path)
    }
}
