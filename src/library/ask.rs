//! Asking a server: redirects followed by hand, so that a token stays with its server and nothing leads into the own network.
//!
//! Does not know files.

use std::io::{self, Read as _};
use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use ureq::http::{Response, Uri};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body};

use super::access::{Access, Limits};
use super::download::{Control, State};
use super::place::{Heads, Target};
use super::transfer::persist;

use Trouble::{Again, Fatal};

/// Bytes of a list of files.
const LONGEST_LIST: u64 = 16 << 20;

/// Redirects of one request.
const REDIRECTS: usize = 8;

/// A file that is to be fetched.
pub(super) struct Order {
    pub address: String,
    /// Sent to the first address's server alone, with the variable that it comes from.
    pub token: Option<String>,
    /// The variable that a token would come from.
    pub token_name: &'static str,
    pub target: Target,
    /// SHA-256 in hexadecimal digits, where it is known.
    pub sha256: Option<String>,
}

/// Why there is no file.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It may work the next time, and how long to wait for it.
    Again(String, Option<Duration>),
    /// It will not work as asked.
    Fatal(String),
    /// The owner paused it.
    Paused,
    /// The owner stopped it.
    Stopped,
}

/// What is here already of a file, and what tells whether it is still the same.
#[derive(Clone, Copy)]
pub(super) struct Have<'a> {
    pub length: u64,
    /// What `If-Range` takes.
    pub validator: Option<&'a str>,
}

/// The answer at the end of the redirects.
pub(super) struct Reply {
    pub status: u16,
    pub heads: Heads,
    pub validator: Option<String>,
    /// Where its bytes begin.
    pub start: Option<u64>,
    /// Bytes of the whole file, as this server says.
    pub said: Option<u64>,
    pub body: Body,
}

/// A list of files as JSON.
///
/// # Errors
/// As [`fetch`]'s.
pub(super) fn list(
    order: &Order,
    access: &Access,
    control: &Control,
) -> Result<serde_json::Value, Trouble> {
    let agent = agent(access);
    persist(control, &access.limits, |_| {
        control.report(State::Asking, 0, None);
        let reply = ask(order, access, &agent, None, control)?;
        if reply.status != 200 {
            return Err(refused(reply.status, order));
        }
        let mut text = Vec::new();
        let body = reply.body.into_reader();
        body.take(LONGEST_LIST)
            .read_to_end(&mut text)
            .map_err(|error| Again(format!("the connection was cut ({error})"), None))?;
        serde_json::from_slice(&text).map_err(|error| {
            Fatal(format!(
                "the server's list of files makes no sense: {error}"
            ))
        })
    })
}

/// Asks for what is not here yet of a file, and follows redirects.
pub(super) fn ask(
    order: &Order,
    access: &Access,
    agent: &Agent,
    have: Option<Have<'_>>,
    control: &Control,
) -> Result<Reply, Trouble> {
    let first = uri(&order.address)?;
    let mut at = first.clone();
    let (mut content, mut commit, mut size) = (None, None, None);
    for _ in 0..=REDIRECTS {
        control.check()?;
        let mut request = agent.get(at.clone());
        request = request.header("accept-encoding", "identity");
        // A token is its server's alone.
        let own = origin(&at) == origin(&first);
        if let Some(token) = order.token.as_ref().filter(|_| own) {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(have) = have {
            request = request.header("range", format!("bytes={}-", have.length));
            if let Some(validator) = have.validator {
                request = request.header("if-range", validator);
            }
        }
        let reply = request.call().map_err(unreached)?;
        let head = |name: &str| {
            let value = reply.headers().get(name)?.to_str().ok()?;
            Some(value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        if own {
            content = content.or_else(|| head("x-linked-etag").map(|etag| bare(&etag)));
            commit = commit.or_else(|| head("x-repo-commit"));
            size = size.or_else(|| head("x-linked-size").and_then(|size| size.parse().ok()));
        }
        let status = reply.status().as_u16();
        if matches!(status, 301 | 302 | 303 | 307 | 308) {
            let location = head("location");
            let location = location.ok_or_else(|| refused(status, order))?;
            at = followed(&at, &location, &first, &access.limits)?;
            continue;
        }
        if status == 429 || status == 408 || status >= 500 {
            let after = head("retry-after").and_then(|after| after.parse().ok());
            let why = format!("the server is busy (status {status})");
            return Err(Again(why, after.map(Duration::from_secs)));
        }
        let is_page = head("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        if status == 200 && is_page {
            return Err(Fatal(format!(
                "the server sent a web page and not the file; it may want you to sign in: put a token into {}",
                order.token_name
            )));
        }
        let etag = head("etag");
        let strong = etag.clone().filter(|etag| !etag.starts_with("W/"));
        let (start, total) = head("content-range").map_or((None, None), |range| ranges(&range));
        let length = || head("content-length").and_then(|length| length.parse().ok());
        let said = match status {
            200 => length(),
            _ => total,
        };
        return Ok(Reply {
            status,
            heads: Heads {
                etag: content.or(etag.map(|etag| bare(&etag))),
                commit,
                size: size.or(said),
            },
            validator: strong.or_else(|| head("last-modified")),
            start,
            said,
            body: Response::into_body(reply),
        });
    }
    Err(Fatal("the server redirects without an end".to_owned()))
}

/// An entity tag without its quotes.
fn bare(etag: &str) -> String {
    etag.trim_start_matches("W/").trim_matches('"').to_owned()
}

/// `bytes FIRST-LAST/TOTAL` or `bytes */TOTAL`: where it begins, and how long the file is.
fn ranges(range: &str) -> (Option<u64>, Option<u64>) {
    let range = range.strip_prefix("bytes").unwrap_or(range).trim();
    let (part, total) = range.split_once('/').unwrap_or((range, ""));
    let start = part.split('-').next().and_then(|first| first.parse().ok());
    (start, total.parse().ok())
}

pub(super) fn refused(status: u16, order: &Order) -> Trouble {
    let name = order.token_name;
    Fatal(match status {
        401 | 403 => format!(
            "the server does not give it away without a token (status {status}); agree to the model's terms on its page and put your token into {name}"
        ),
        404 | 410 => format!(
            "the server has no such file (status {status}): {}",
            order.address
        ),
        _ => format!("the server answers with status {status}: {}", order.address),
    })
}

fn unreached(error: ureq::Error) -> Trouble {
    match error {
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Fatal(error.to_string())
        }
        ureq::Error::Io(_)
        | ureq::Error::Timeout(_)
        | ureq::Error::HostNotFound
        | ureq::Error::ConnectionFailed
        | ureq::Error::Protocol(_) => {
            Again(format!("the server cannot be reached ({error})"), None)
        }
        error => Fatal(format!("the server cannot be asked: {error}")),
    }
}

fn uri(address: &str) -> Result<Uri, Trouble> {
    let address = address.split('#').next().unwrap_or_default();
    address
        .parse()
        .map_err(|error| Fatal(format!("`{address}` is no address: {error}")))
}

/// What two addresses of one server share.
fn origin(uri: &Uri) -> (Option<&str>, Option<&str>, Option<u16>) {
    let port = uri.port_u16().or(match uri.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    });
    (uri.scheme_str(), uri.host(), port)
}

/// Where a redirect leads, if it may lead there.
fn followed(from: &Uri, location: &str, first: &Uri, limits: &Limits) -> Result<Uri, Trouble> {
    let scheme = from.scheme_str().unwrap_or("https");
    let authority = from.authority().map_or("", |authority| authority.as_str());
    let folder = from
        .path()
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    let whole = match location {
        _ if location.contains("://") => location.to_owned(),
        _ if location.starts_with("//") => format!("{scheme}:{location}"),
        _ if location.starts_with('/') => format!("{scheme}://{authority}{location}"),
        _ => format!("{scheme}://{authority}{folder}/{location}"),
    };
    let to = uri(&whole)?;
    let encrypted = to.scheme_str() == Some("https");
    if !encrypted && first.scheme_str() != Some("http") {
        return Err(Fatal(format!(
            "the server sends on to `{whole}`, which would come unencrypted"
        )));
    }
    let literal = |uri: &Uri| -> Option<IpAddr> {
        let host = uri.host()?.trim_start_matches('[').trim_end_matches(']');
        host.parse().ok()
    };
    let is_private = |uri: &Uri| {
        uri.host()
            .is_some_and(|host| host.eq_ignore_ascii_case("localhost"))
            || literal(uri).is_some_and(|ip| (limits.private)(ip))
    };
    if is_private(&to) && !is_private(first) {
        return Err(Fatal(refused_host(to.host().unwrap_or_default())));
    }
    Ok(to)
}

fn refused_host(host: &str) -> String {
    format!(
        "the server sends on to `{host}`, which is in this machine's own network; that is refused"
    )
}

/// An agent that leaves redirects and statuses to its owner.
pub(super) fn agent(access: &Access) -> Agent {
    let silence = Some(access.limits.silence);
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(access.proxy.clone())
        .user_agent(concat!("pentimento/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(silence)
        .timeout_recv_response(silence)
        .timeout_per_read(silence)
        .build();
    let guard = Guard {
        private: access.limits.private,
        // It looks up the names, and stands in this network itself.
        behind_proxy: access.proxy.is_some(),
        first: OnceLock::new(),
        names: DefaultResolver::default(),
    };
    Agent::with_parts(config, DefaultConnector::default(), guard)
}

/// Looks names up, and refuses those of the own network unless the first one was there.
struct Guard {
    private: fn(IpAddr) -> bool,
    behind_proxy: bool,
    /// Whether the first address was in the own network.
    first: OnceLock<bool>,
    names: DefaultResolver,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").field("first", &self.first).finish()
    }
}

impl Resolver for Guard {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        let own = |address: &SocketAddr| (self.private)(address.ip());
        let private = found.iter().any(own);
        if !self.behind_proxy && private && !*self.first.get_or_init(|| private) {
            let line = refused_host(uri.host().unwrap_or_default());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, line).into());
        }
        let _ = self.first.set(private);
        Ok(found)
    }
}
