//! Real servers of the Open Inference Protocol on the loopback address, with repositories that `pentimento export-server` wrote: KServe's model server, and Triton where its Python is named.
//!
//! `script/bootstrap --check` installs their packages; `tests/servers` has the scripts.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use pentimento::raster::file::{self, Metadata};
use pentimento::raster::{Picture, Size};

/// Set where the servers have to be there, as in the check.
const EXPECTED: &str = "PENTIMENTO_TEST_SERVERS";

/// The Python that can run Triton, where there is one (`docs/servers.md`).
const TRITON_PYTHON: &str = "PENTIMENTO_TEST_TRITON";

/// How long a server may take until it is ready.
const MOST_WAIT: Duration = Duration::from_secs(120);

/// A server's name, and the Python with its packages, which may lie in a folder of their own.
struct Kind {
    name: &'static str,
    python: PathBuf,
    packages: PathBuf,
}

/// The servers that can be started here.
fn kinds() -> Vec<Kind> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let tools = target.unwrap_or_else(|| root().join("target"));
    let tools = tools.join("tools/servers");
    let kserve = Kind {
        name: "kserve",
        python: "python3".into(),
        packages: tools.join("kserve"),
    };
    let triton = Kind {
        name: "triton",
        python: tools.join("triton/bin/python"),
        packages: tools.join("triton"),
    };
    let expected = [(kserve, EXPECTED), (triton, TRITON_PYTHON)];
    let found = expected.into_iter().filter(|(kind, variable)| {
        let there = kind.packages.is_dir();
        let (name, wanted) = (kind.name, std::env::var_os(variable).is_some());
        assert!(
            there || !wanted,
            "{variable} is set, but the packages of {name} are not there; run script/bootstrap --check"
        );
        if !there {
            eprintln!("skipped: the server {name} is not installed for the tests");
        }
        there
    });
    found.map(|(kind, _)| kind).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Kind {
    fn script(&self, name: &str) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(root().join("tests/servers").join(name));
        command.env("PYTHONPATH", &self.packages);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}

/// A server that is ended with the test.
struct Server {
    process: Child,
    http: u16,
    grpc: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Triton's own processes end with the one that began them, where that is asked to.
        #[cfg(unix)]
        Command::new("kill")
            .arg(self.process.id().to_string())
            .status()
            .ok();
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end {
            if let Ok(Some(_)) = self.process.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Server {
    fn start(kind: &Kind, repository: &Path) -> Self {
        let port = || {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let (http, grpc) = (port(), port());
        let mut command = kind.script(&format!("with_{}.py", kind.name));
        command.arg(repository);
        command.args(["--http_port", &http.to_string()]);
        command.args(["--grpc_port", &grpc.to_string()]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().unwrap();
        let mut server = Self {
            process,
            http,
            grpc,
        };
        let end = Instant::now() + MOST_WAIT;
        while !server.is_ready() {
            let ended = server.process.try_wait().unwrap();
            assert!(ended.is_none(), "{} ended: {ended:?}", kind.name);
            assert!(Instant::now() < end, "{} is not ready in time", kind.name);
            std::thread::sleep(Duration::from_millis(200));
        }
        server
    }

    fn is_ready(&self) -> bool {
        let ask = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(("127.0.0.1", self.http))?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            let request = "GET /v2/models/vae_encoder/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            stream.write_all(request.as_bytes())?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }
}

fn model(name: &str) -> PathBuf {
    root().join("tests/golden/models").join(name)
}

fn export(model: &Path, to: &Path, more: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
    command.args(["export-server", "--model"]).arg(model);
    let output = command.arg("--out").arg(to).args(more).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

/// What is exported, and how.
const EXPORTS: &[(&str, &[&str])] = &[
    ("ldm-sd1.safetensors", &[]),
    ("ldm-sdxl-9ch.safetensors", &["--precision", "fp16"]),
    ("onnx-sd1", &[]),
];

#[test]
fn every_network_answers_over_both_transports() {
    for kind in kinds() {
        let scratch = tempfile::tempdir().unwrap();
        for (name, more) in EXPORTS {
            let repository = scratch.path().join(name);
            export(&model(name), &repository, more);
            let server = Server::start(&kind, &repository);
            let mut compare = kind.script("compare.py");
            compare.arg(&repository).args([
                server.http.to_string(),
                server.grpc.to_string(),
                kind.name.to_owned(),
            ]);
            let output = compare.output().unwrap();
            let told = String::from_utf8_lossy(&output.stdout);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success() && told.contains("unet grpc, 2 at once"),
                "{} {name}: {told}{said}",
                kind.name
            );
        }
    }
}

#[test]
fn a_replica_that_is_killed_costs_no_job() {
    let Some(kserve) = kinds().into_iter().find(|kind| kind.name == "kserve") else {
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    let repository = scratch.path().join("repository");
    export(&model("ldm-sd1.safetensors"), &repository, &[]);
    let output = kserve.script("load.py").arg(&repository).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && told.contains("200 done") && told.contains("0 lost"),
        "{told}{said}"
    );
}

/// A model, and what of it runs on the server.
const REMOTE: &[(&str, &str)] = &[
    ("ldm-sd1.safetensors", "unet"),
    (
        "ldm-sd1.safetensors",
        "text_encoder,unet,vae_encoder,vae_decoder",
    ),
    ("ldm-sdxl.safetensors", "text_encoder,text_encoder_2,unet"),
    ("sd-9ch", "text_encoder,unet,vae_encoder,vae_decoder"),
];

/// A folder with a picture and a mask, and the program in it.
struct Studio<'a>(&'a Path);

impl<'a> Studio<'a> {
    fn new(folder: &'a Path) -> Self {
        let studio = Self(folder);
        let size = Size::new(72, 48);
        let picture = Picture::from_fn(size, |x, y| [(x * 3) as u8, (y * 5) as u8, 90, 255]);
        let mask = Picture::from_fn(size, |x, y| {
            let value = if (20..50).contains(&x) && y > 10 {
                255
            } else {
                0
            };
            [value, value, value, 255]
        });
        for (name, picture) in [("picture.png", &picture), ("mask.png", &mask)] {
            file::write(&studio.at(name), picture, &Metadata::default()).unwrap();
        }
        studio
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn repaint(&self, name: &str, out: &str, more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
        command.current_dir(self.0);
        command.env("PENTIMENTO_CONFIG_DIR", self.at("config"));
        command.args(["repaint", "--image", "picture.png", "--mask", "mask.png"]);
        command.args(["--prompt", "an open hand", "--steps", "3", "--seed", "5"]);
        command.args(["--device", "cpu", "--out", out, "--model"]);
        command.arg(model(name)).args(more).output().unwrap()
    }

    /// The file of a picture.
    fn painted(&self, name: &str, more: &[&str]) -> Vec<u8> {
        let output = self.repaint(name, "out.png", more);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name} {more:?}: {said}");
        std::fs::read(self.at("out.png")).unwrap()
    }
}

#[test]
fn a_picture_is_the_same_wherever_the_networks_run() {
    let scratch = tempfile::tempdir().unwrap();
    let studio = Studio::new(scratch.path());
    for kind in kinds() {
        for (name, remote) in REMOTE {
            let repository = tempfile::tempdir_in(scratch.path()).unwrap();
            export(&model(name), repository.path(), &[]);
            let server = Server::start(&kind, repository.path());
            let here = studio.painted(name, &[]);
            let mut address = String::new();
            for (way, port) in [("http", server.http), ("grpc", server.grpc)] {
                address = format!("{way}://127.0.0.1:{port}");
                let there = studio.painted(name, &["--server", &address, "--remote", remote]);
                assert!(here == there, "{} {name} {way} {remote}", kind.name);
            }
            drop(server);
            // What is not there does not paint here in silence.
            let output = studio.repaint(name, "none.png", &["--server", &address]);
            let said = String::from_utf8_lossy(&output.stderr);
            let failed = !output.status.success() && !studio.at("none.png").exists();
            assert!(failed && said.contains("127.0.0.1"), "{said}");
        }
    }
}

/// What becomes of a server's answers on the way.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Each connection ends behind so many bytes.
    CutEach(usize),
    /// The first does.
    CutFirst(usize),
    /// A byte each twentieth of a second.
    Drip,
}

fn spawn(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().name("proxy".to_owned());
    thread.spawn(work).unwrap();
}

/// The port of a proxy before a server's, on threads that end with their connections.
fn proxy(to: u16, way: Way) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    spawn(move || {
        for (number, client) in listener.incoming().enumerate() {
            let Ok(mut client) = client else { return };
            let mut server = TcpStream::connect(("127.0.0.1", to)).unwrap();
            let (mut asks, mut answers) =
                (client.try_clone().unwrap(), server.try_clone().unwrap());
            spawn(move || {
                std::io::copy(&mut asks, &mut server).ok();
                server.shutdown(Shutdown::Both).ok();
            });
            spawn(move || {
                let most = match way {
                    Way::CutEach(most) => most,
                    Way::CutFirst(most) if number == 0 => most,
                    Way::CutFirst(_) | Way::Drip => usize::MAX,
                };
                let mut left = most;
                let mut bytes = [0; 4096];
                while left > 0 {
                    let room = match way {
                        Way::Drip => 1,
                        _ => left.min(bytes.len()),
                    };
                    let Ok(count @ 1..) = answers.read(&mut bytes[..room]) else {
                        break;
                    };
                    if let Way::Drip = way {
                        std::thread::sleep(Duration::from_millis(50));
                    }
                    if client.write_all(&bytes[..count]).is_err() {
                        break;
                    }
                    left -= count;
                }
                client.shutdown(Shutdown::Both).ok();
                answers.shutdown(Shutdown::Both).ok();
            });
        }
    });
    port
}

/// What a proxy does, and the line that comes of it; none where the picture does.
const WAYS: &[(Way, Option<&str>)] = &[
    (Way::CutEach(0), Some("the server is not reached")),
    (Way::CutEach(1), Some("the server is not reached")),
    (Way::CutEach(60), Some("the server is not reached")),
    (Way::CutEach(250), Some("the server is not reached")),
    (Way::CutEach(900), Some("the server is not reached")),
    (Way::CutEach(2500), Some("the server is not reached")),
    (Way::CutEach(1 << 40), None),
    (Way::CutFirst(0), None),
    (Way::CutFirst(60), None),
    (Way::CutFirst(250), None),
    (Way::CutFirst(900), None),
    (Way::CutFirst(2500), None),
    (Way::Drip, Some("did not answer within 1 s")),
];

#[test]
fn a_way_that_breaks_before_a_real_server_costs_a_line_or_nothing() {
    let Some(kserve) = kinds().into_iter().find(|kind| kind.name == "kserve") else {
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    let studio = Studio::new(scratch.path());
    let name = "ldm-sd1.safetensors";
    let repository = scratch.path().join("repository");
    export(&model(name), &repository, &[]);
    let server = Server::start(&kserve, &repository);
    let here = studio.painted(name, &[]);
    for (way, line) in WAYS {
        for (scheme, port) in [("http", server.http), ("grpc", server.grpc)] {
            let address = format!("{scheme}://127.0.0.1:{}", proxy(port, *way));
            let more = ["--server", &address, "--server-timeout", "1"];
            let more = match line {
                Some(_) => &more[..],
                None => &more[..2],
            };
            let told = format!("{way:?} {scheme}");
            match line {
                None => assert!(studio.painted(name, more) == here, "{told}"),
                Some(line) => {
                    let output = studio.repaint(name, "none.png", more);
                    let said = String::from_utf8_lossy(&output.stderr);
                    let failed = !output.status.success() && !studio.at("none.png").exists();
                    assert!(failed && said.contains(line), "{told}: {said}");
                    assert!(said.contains(&address), "{told}: {said}");
                }
            }
        }
    }
}
