//! A server on this machine that answers as it was told to, faults included.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// One answer; what it does not say is as a server that works would have it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answer {
    /// 206 where a part was asked for, else 200.
    pub status: Option<u16>,
    pub head: BTreeMap<String, String>,
    /// Another text than the file.
    pub text: Option<String>,
    /// JSON instead of the file.
    pub json: Option<serde_json::Value>,
    /// Other bytes than the file's.
    pub spoilt: bool,
    /// Bytes after which the connection is cut.
    pub cut: Option<usize>,
    /// Bytes that are claimed.
    pub length: Option<usize>,
    /// The whole file although a part was asked for.
    pub whole: bool,
    /// Where a part begins instead of where it was asked for.
    pub start: Option<usize>,
    /// Says nothing for so long, ms.
    pub silent: u64,
    /// Waits after each 500 bytes, ms.
    pub drip: u64,
}

/// The file that the server has.
pub fn content() -> Vec<u8> {
    (0..5000_u32).map(|i| (i * i / 7) as u8).collect()
}

pub fn sha256(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes);
    digits.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub struct Server {
    pub address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Each path gives its answers one after the other, the last one for ever.
    pub fn start(answers: BTreeMap<String, Vec<Answer>>) -> Self {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::new(Mutex::new(answers));
        let log = Arc::clone(&asked);
        let accept = move || {
            for stream in listener.incoming().flatten() {
                let (answers, log) = (Arc::clone(&answers), Arc::clone(&log));
                let serve = move || {
                    // A client may leave whenever it likes.
                    let _ = serve(stream, port, &answers, &log);
                };
                let thread = std::thread::Builder::new().name("answer".into());
                thread.spawn(serve).unwrap();
            }
        };
        let thread = std::thread::Builder::new().name("server".into());
        thread.spawn(accept).unwrap();
        Self {
            address: format!("127.0.0.1:{port}"),
            asked,
        }
    }

    /// What was asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Fills in what only the server knows.
    pub fn fill(&self, text: &str) -> String {
        fill(text, self.address.rsplit(':').next().unwrap())
    }
}

fn fill(text: &str, port: &str) -> String {
    let content = content();
    text.replace("{server}", &format!("127.0.0.1:{port}"))
        .replace("{other}", &format!("localhost:{port}"))
        .replace("{inside}", &format!("127.0.0.2:{port}"))
        .replace("{sha256}", &sha256(&content))
        .replace("{size}", &content.len().to_string())
}

fn serve(
    stream: TcpStream,
    port: u16,
    answers: &Mutex<BTreeMap<String, Vec<Answer>>>,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let port = port.to_string();
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut heads = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        heads.insert(name.to_lowercase(), value.to_owned());
    }
    let mut said = path.clone();
    for name in ["range", "if-range", "authorization"] {
        if let Some(value) = heads.get(name) {
            said += &format!(" {name}={value}");
        }
    }
    if let Some(host) = heads
        .get("host")
        .filter(|host| !host.starts_with("127.0.0.1"))
    {
        said += &format!(" host={}", host.split(':').next().unwrap());
    }
    log.lock().unwrap().push(said);
    let answer = {
        let mut answers = answers.lock().unwrap();
        match answers.get_mut(&path) {
            Some(all) if all.len() > 1 => all.remove(0),
            Some(all) => all[0].clone(),
            None => Answer {
                status: Some(404),
                text: Some(String::new()),
                ..Answer::default()
            },
        }
    };
    std::thread::sleep(Duration::from_millis(answer.silent));
    let mut body = match (&answer.text, &answer.json) {
        (Some(text), _) => text.clone().into_bytes(),
        (None, Some(json)) => fill(&json.to_string(), &port).into_bytes(),
        (None, None) => content(),
    };
    if answer.spoilt {
        body[7] ^= 1;
    }
    let all = body.len();
    let start = heads
        .get("range")
        .filter(|_| !answer.whole && answer.text.is_none());
    let start: Option<usize> = start.map(|range| {
        let first = range.trim_start_matches("bytes=").trim_end_matches('-');
        answer.start.unwrap_or(first.parse().unwrap())
    });
    let usual = match start {
        Some(start) if start >= all => 416,
        Some(_) => 206,
        None => 200,
    };
    let status = answer.status.unwrap_or(usual);
    let mut head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
    match (status, start) {
        (206, Some(start)) => {
            head += &format!("content-range: bytes {start}-{}/{all}\r\n", all - 1);
            body.drain(..start);
        }
        (416, _) => {
            head += &format!("content-range: bytes */{all}\r\n");
            body.clear();
        }
        (300..400, _) => body.clear(),
        _ => {}
    }
    let length = answer.length.unwrap_or(body.len());
    head += &format!("content-length: {length}\r\n");
    for (name, value) in &answer.head {
        head += &format!("{name}: {}\r\n", fill(value, &port));
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    body.truncate(answer.cut.unwrap_or(body.len()));
    for piece in body.chunks(500) {
        stream.write_all(piece)?;
        std::thread::sleep(Duration::from_millis(answer.drip));
    }
    stream.flush()
}
