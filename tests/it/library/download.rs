//! Downloads against a server with faults.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pentimento::library::{Access, Download, Limits, Progress, State, is_private};
use serde::Deserialize;
use tempfile::TempDir;

use crate::engine::fixture;

use super::server::{Answer, Server, content, sha256};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    source: String,
    #[serde(default)]
    sha256: Option<String>,
    answers: BTreeMap<String, Vec<Answer>>,
    /// Files that are there before, by their place; numbers are that many bytes of the file.
    #[serde(default)]
    before: BTreeMap<String, serde_json::Value>,
    /// The machine's: `free`, `longest`, `links`, `offline`, `public` (this machine's first address counts as another network's).
    #[serde(default)]
    machine: BTreeMap<String, u64>,
    /// Where it lies in the end, or a part of the line that says why not.
    end: Result<String, String>,
    asked: Vec<String>,
    /// Files that are there after: `true` for the file itself, a number for that many bytes of it, `false` for not being there, else a text.
    #[serde(default)]
    after: BTreeMap<String, serde_json::Value>,
}

fn access(root: &Path, server: &Server) -> Access {
    let nothing = |_: &str| None;
    let mut access = Access::of(&nothing, root, root.join("models"), root.join("locks"));
    let address = format!("http://{}", server.address);
    access.hub.clone_from(&address);
    access.civitai = address;
    access.hub_token = Some("hub-secret".to_owned());
    access.civitai_token = Some("civitai-secret".to_owned());
    access.hub_cache = root.join("hub");
    access.limits = Limits {
        tries: 3,
        wait: Duration::from_millis(1),
        silence: Duration::from_millis(700),
        free: |_| None,
        ..Limits::default()
    };
    access
}

fn ended(download: &Download) -> Progress {
    until(download, |progress| progress.state.is_end())
}

fn until(download: &Download, wanted: impl Fn(&Progress) -> bool) -> Progress {
    let begun = Instant::now();
    loop {
        let progress = download.progress();
        if wanted(&progress) {
            return progress;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{progress:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn bytes_of(value: &serde_json::Value, server: &Server) -> Vec<u8> {
    match value {
        serde_json::Value::Bool(_) => content(),
        serde_json::Value::Number(count) => content()[..count.as_u64().unwrap() as usize].to_vec(),
        serde_json::Value::String(text) => server.fill(text).into_bytes(),
        other => server.fill(&other.to_string()).into_bytes(),
    }
}

fn run(name: &str, case: &Case) {
    let root = TempDir::new().unwrap();
    let server = Server::start(case.answers.clone());
    for (file, value) in &case.before {
        let path = root.path().join(server.fill(file));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes_of(value, &server)).unwrap();
    }
    let mut access = access(root.path(), &server);
    for (key, value) in &case.machine {
        match (&key[..], value) {
            ("free", 0) => access.limits.free = |_| Some(0),
            ("free", _) => access.limits.free = |_| Some(u64::MAX),
            ("longest", longest) => access.limits.longest = *longest,
            ("links", on) => access.limits.links = *on == 1,
            ("offline", on) => access.offline = *on == 1,
            ("public", 1) => {
                access.limits.private =
                    |ip| ip != IpAddr::V4(Ipv4Addr::LOCALHOST) && is_private(ip);
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    let source = server.fill(&case.source).parse().unwrap();
    let hash = case.sha256.as_ref().map(|hash| server.fill(hash));
    let download = Download::start(source, hash, access).unwrap();
    let state = ended(&download).state;
    match (&case.end, state) {
        (Ok(path), State::Finished(found)) => {
            assert_eq!(found, root.path().join(path), "{name}");
        }
        (Err(why), State::Failed(line)) => {
            let why = server.fill(why);
            assert!(line.contains(&why), "{name}: {line}");
            assert!(!line.contains('\n'), "{name}: {line}");
        }
        (_, state) => panic!("{name}: {state:?}"),
    }
    let asked: Vec<_> = case.asked.iter().map(|line| server.fill(line)).collect();
    assert_eq!(server.asked(), asked, "{name}");
    for (file, value) in &case.after {
        let path = root.path().join(server.fill(file));
        if *value == false {
            assert!(std::fs::symlink_metadata(path).is_err(), "{name}: {file}");
            continue;
        }
        let found = std::fs::read(&path).unwrap_or_else(|error| panic!("{name}: {file}: {error}"));
        assert!(found == bytes_of(value, &server), "{name}: {file}");
    }
}

#[test]
fn servers_are_borne_as_in_the_table() {
    let text = std::fs::read(fixture("downloads.json")).unwrap();
    let cases: BTreeMap<String, Case> = serde_json::from_slice(&text).unwrap();
    let failed = cases.iter().filter(|(name, case)| {
        let run = std::panic::AssertUnwindSafe(|| run(name, case));
        std::panic::catch_unwind(run).is_err()
    });
    let failed: Vec<_> = failed.map(|(name, _)| name).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

/// A server that takes half a second for the file.
fn slow() -> Server {
    let answer = Answer {
        drip: 50,
        head: BTreeMap::from([("etag".to_owned(), "\"one\"".to_owned())]),
        ..Answer::default()
    };
    Server::start(BTreeMap::from([(
        "/a.safetensors".to_owned(),
        vec![answer],
    )]))
}

fn start(root: &Path, server: &Server) -> Download {
    let source = format!("http://{}/a.safetensors", server.address);
    Download::start(source.parse().unwrap(), None, access(root, server)).unwrap()
}

fn is_whole(root: &Path) -> bool {
    std::fs::read(root.join("models/a.safetensors")).unwrap() == content()
}

#[test]
fn pausing_keeps_what_came_and_going_on_asks_for_the_rest() {
    let (root, server) = (TempDir::new().unwrap(), slow());
    let download = start(root.path(), &server);
    until(&download, |progress| progress.done >= 500);
    download.pause();
    let paused = until(&download, |progress| progress.state == State::Paused);
    std::thread::sleep(Duration::from_millis(150));
    assert_eq!(download.progress(), paused, "nothing moves in a pause");
    download.resume();
    assert!(matches!(ended(&download).state, State::Finished(_)));
    let rest = format!(
        "/a.safetensors range=bytes={}- if-range=\"one\"",
        paused.done
    );
    assert_eq!(server.asked(), ["/a.safetensors".to_owned(), rest]);
    assert!(is_whole(root.path()));
}

#[test]
fn stopping_keeps_what_came_for_the_next_start() {
    let (root, server) = (TempDir::new().unwrap(), slow());
    let first = start(root.path(), &server);
    until(&first, |progress| progress.done >= 500);
    first.stop();
    let stopped = ended(&first);
    assert_eq!(stopped.state, State::Stopped);
    let left = std::fs::read(root.path().join("models/a.safetensors.part")).unwrap();
    assert_eq!(left, content()[..left.len()]);
    assert!((500..5000).contains(&left.len()), "{}", left.len());
    let second = start(root.path(), &server);
    assert!(matches!(ended(&second).state, State::Finished(_)));
    assert!(server.asked()[1].contains(&format!("range=bytes={}-", left.len())));
    assert!(is_whole(root.path()));
}

#[test]
fn of_two_that_want_one_file_the_second_waits_and_takes_what_the_first_fetched() {
    let (root, server) = (TempDir::new().unwrap(), slow());
    let first = start(root.path(), &server);
    until(&first, |progress| progress.done >= 500);
    let second = start(root.path(), &server);
    let waits = |progress: &Progress| matches!(&progress.state, State::Waiting(why) if why.contains("another program"));
    until(&second, waits);
    assert!(matches!(ended(&first).state, State::Finished(_)));
    assert!(matches!(ended(&second).state, State::Finished(_)));
    assert!(is_whole(root.path()));
    let hash = std::fs::read_to_string(root.path().join("models/a.safetensors.sha256")).unwrap();
    assert_eq!(hash, format!("{}  a.safetensors\n", sha256(&content())));
}

/// Addresses of this machine and its network, and of others.
#[test]
fn own_networks_are_told_from_others() {
    const OWN: &str = "127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 0.0.0.0 100.64.0.1 255.255.255.255 224.0.0.1 ::1 :: fe80::1 fc00::1 fd12::1 ff02::1 ::ffff:10.0.0.1";
    const OTHERS: &str =
        "1.1.1.1 172.32.0.1 100.128.0.1 192.169.0.1 2606:4700::1111 ::ffff:1.1.1.1";
    for (addresses, own) in [(OWN, true), (OTHERS, false)] {
        for address in addresses.split(' ') {
            assert_eq!(is_private(address.parse().unwrap()), own, "{address}");
        }
    }
}

/// Variables `|` a path or value of the result, `=` and what it is; `~` is the home.
const ENVIRONMENT: &str = "
| hub_cache=~/.cache/huggingface/hub
| hub=https://huggingface.co
| hub_token=
XDG_CACHE_HOME=/x | hub_cache=/x/huggingface/hub
HF_HOME=/h | hub_cache=/h/hub
HF_HOME=/h HUGGINGFACE_HUB_CACHE=/old | hub_cache=/old
HF_HOME=/h HUGGINGFACE_HUB_CACHE=/old HF_HUB_CACHE=/new | hub_cache=/new
HF_HUB_CACHE= | hub_cache=~/.cache/huggingface/hub
HF_ENDPOINT=https://mirror.example/ | hub=https://mirror.example
HF_TOKEN=abc | hub_token=abc
HF_TOKEN_PATH=~/token | hub_token=kept
HF_HOME=~ | hub_token=kept
HF_HOME=~ HF_TOKEN=abc | hub_token=abc
HF_HUB_OFFLINE=1 | offline=true
HF_HUB_OFFLINE=yes | offline=true
HF_HUB_OFFLINE=0 | offline=false
CIVITAI_API_TOKEN=abc | civitai_token=abc
";

#[test]
fn the_environment_is_read_as_in_the_table() {
    let home = TempDir::new().unwrap();
    std::fs::write(home.path().join("token"), "kept\n").unwrap();
    let root = home.path().to_str().unwrap();
    for row in ENVIRONMENT.trim().lines() {
        let (variables, wanted) = row.split_once('|').unwrap();
        let variables: Vec<_> = variables
            .split_whitespace()
            .filter_map(|pair| pair.split_once('='))
            .collect();
        let variable = |name: &str| {
            let found = variables.iter().find(|(own, _)| *own == name)?;
            Some(found.1.replace('~', root).into())
        };
        let access = Access::of(&variable, home.path(), PathBuf::new(), PathBuf::new());
        let (field, wanted) = wanted.trim().split_once('=').unwrap();
        let found = match field {
            "hub_cache" => access.hub_cache.display().to_string(),
            "hub" => access.hub,
            "hub_token" => access.hub_token.unwrap_or_default(),
            "civitai_token" => access.civitai_token.unwrap_or_default(),
            "offline" => access.offline.to_string(),
            other => panic!("{other}"),
        };
        assert_eq!(found, wanted.replace('~', root), "{row}");
    }
}
