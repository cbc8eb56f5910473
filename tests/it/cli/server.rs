//! `--server`: networks elsewhere.

use pentimento::raster::file;

use super::{command, folder, listing, run};
use crate::engine::fixture;
use crate::engine::remote::server::{Does, Fault, Server, Setup};

/// A repaint of the folder's picture with a tiny model.
fn args<'a>(model: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let subject = [
        "--image",
        "picture.png",
        "--mask",
        "mask.png",
        "--steps",
        "3",
    ];
    super::repaint_args(model, &[&subject[..], more].concat())
}

#[test]
fn a_repaint_with_a_server_writes_the_file_that_one_without_writes() {
    let dir = folder();
    let model = super::model();
    let unet = model.join("unet/model.onnx");
    let model = model.to_str().unwrap();
    let here = run(dir.path(), &args(model, &["--out", "here.png"]));
    assert!(here.status.success(), "{here:?}");
    let bytes = |name: &str| std::fs::read(dir.path().join(name)).unwrap();
    for grpc in [false, true] {
        let setup = Setup {
            grpc,
            token: Some("ripe-secret"),
            certificate: Some("server.pem"),
            ..Setup::default()
        };
        let server = Server::start(&[("sd15", &unet)], setup);
        let (url, ca) = (server.url(true), fixture("tls/ca.pem"));
        let more = [
            "--server",
            &url,
            "--remote",
            "unet=sd15",
            "--server-ca",
            ca.to_str().unwrap(),
            "--out",
            "there.png",
        ];
        let mut there = command(dir.path(), &args(model, &more));
        let there = there
            .env("PENTIMENTO_SERVER_TOKEN", "ripe-secret")
            .env("RUST_LOG", "trace")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&there.stderr);
        assert!(there.status.success(), "{said}");
        assert!(!said.contains("ripe-secret"), "{said}");
        assert_eq!(bytes("there.png"), bytes("here.png"));
        std::fs::remove_file(dir.path().join("there.png")).unwrap();
    }
}

#[test]
fn a_server_that_cannot_be_used_is_one_line_and_leaves_no_file() {
    let dir = folder();
    let before = listing(dir.path());
    let model = super::model();
    let model = model.to_str().unwrap();
    // Nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (nobody, wrong) = (format!("grpc://{port}"), format!("ftp://{port}"));
    let rows = [
        (
            vec!["--server", &nobody],
            "the server is not reached (Connection refused",
        ),
        (vec!["--server", &wrong], "give a server as"),
        (
            vec!["--server", &nobody, "--remote", "clip"],
            "is no network of a model",
        ),
        (vec!["--remote", "unet"], "--server <URL>"),
        (
            vec!["--server", &nobody, "--server", &nobody],
            "is given twice",
        ),
    ];
    for (more, line) in rows {
        let more = [&more[..], &["--out", "out.png"]].concat();
        let output = run(dir.path(), &args(model, &more));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(line), "{said}");
        let mut after = listing(dir.path());
        after.retain(|name| name != "config");
        assert_eq!(after, before);
    }
}

#[test]
fn what_is_spread_over_servers_is_what_one_makes_in_the_same_order() {
    let dir = folder();
    let at = |name: &str| dir.path().join(name);
    for (folder, from) in [("images", "picture.png"), ("masks", "mask.png")] {
        std::fs::create_dir(at(folder)).unwrap();
        for name in ["a", "b", "c", "d"] {
            std::fs::copy(at(from), at(folder).join(format!("{name}.png"))).unwrap();
        }
    }
    std::fs::create_dir(at("hands")).unwrap();
    let hands = fixture("../golden/detectors/several.png");
    for name in ["a.png", "b.png", "c.png"] {
        std::fs::copy(&hands, at("hands").join(name)).unwrap();
    }
    std::fs::write(at("images/broken.png"), "no picture").unwrap();
    std::fs::copy(at("masks/a.png"), at("masks/broken.png")).unwrap();
    let model = super::model();
    let unet = model.join("unet/model.onnx");
    let detector = fixture("detectors/hand.onnx");
    let common = format!(
        "--model {} --prompt hand --seed 5 --device cpu --steps 2 --json",
        model.display()
    );
    let fix = format!("--strength 1 --detector {}", detector.display());
    // A command that writes into OUT, and how it ends.
    let rows = [
        ("repaint --image picture.png --mask mask.png --count 5 --out OUT/out.png".to_owned(), true),
        ("repaint --image picture.png --mask mask.png --count 5 --batch 2 --out OUT/out.png".to_owned(), true),
        ("repaint --image-dir images --mask-dir masks --out-dir OUT".to_owned(), false),
        (format!("fix --image-dir hands --out-dir OUT {fix}"), true),
        (format!("fix --image hands/a.png --out OUT/out.png --tries 4 --pick all {fix}"), true),
        ("sweep --image picture.png --mask mask.png --x steps=2,3 --y seed=1,2,3 --out OUT/sheet.png".to_owned(), true),
    ];
    for (command, succeeds) in rows {
        for grpc in [false, true] {
            let slow = Fault {
                at: "infer".to_owned(),
                does: Does::Slow,
                ..Fault::default()
            };
            let setup = |fault| Setup {
                grpc,
                fault,
                ..Setup::default()
            };
            let servers = [slow, Fault::default()]
                .map(|fault| Server::start(&[("unet", &unet)], setup(fault)));
            let urls = servers.each_ref().map(|server| server.url(false));
            let made = |out: &str, urls: &[String]| {
                std::fs::create_dir(at(out)).unwrap();
                let servers: String = urls.iter().map(|url| format!(" --server {url}")).collect();
                let line = format!("{command} {common}{servers}").replace("OUT", out);
                let args: Vec<&str> = line.split(' ').collect();
                let output = run(dir.path(), &args);
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert_eq!(output.status.success(), succeeds, "{line}: {said}");
                let told = String::from_utf8(output.stdout).unwrap();
                let lines = told.lines().map(|line| {
                    let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
                    line["ms"].take();
                    line.to_string().replace(out, "OUT")
                });
                let lines: Vec<_> = lines.collect();
                let mut files = Vec::new();
                let mut folders = vec![at(out)];
                while let Some(folder) = folders.pop() {
                    for entry in std::fs::read_dir(folder).unwrap() {
                        let path = entry.unwrap().path();
                        match path.is_dir() {
                            true => folders.push(path),
                            false => files.push((
                                path.strip_prefix(at(out)).unwrap().to_owned(),
                                std::fs::read(&path).unwrap(),
                            )),
                        }
                    }
                }
                files.sort();
                std::fs::remove_dir_all(at(out)).unwrap();
                (lines, files)
            };
            let one = made("one", &urls[1..]);
            let before = servers[0].asked().len();
            assert_eq!(before, 0);
            let several = made("several", &urls);
            assert!(!one.1.is_empty(), "{command}");
            assert_eq!(one.0, several.0, "{command}");
            assert!(one.1 == several.1, "{command}");
            for server in &servers {
                assert!(
                    server.asked().contains(&"infer unet".to_owned()),
                    "{command}"
                );
            }
        }
    }
}

#[test]
fn what_runs_beside_a_failure_is_written_with_all_that_is_known_of_it() {
    let dir = folder();
    let model = fixture("../golden/models/ldm-sd1.safetensors");
    let model = model.to_str().unwrap();
    let export = ["export-server", "--model", model, "--out", "repository"];
    assert!(run(dir.path(), &export).status.success());
    let unet = dir.path().join("repository/unet/1/model.onnx");
    let refuses = Fault {
        at: "infer".to_owned(),
        does: Does::Status,
        status: [400, 3],
        ..Fault::default()
    };
    let slow = Fault {
        at: "infer".to_owned(),
        does: Does::Slow,
        ..Fault::default()
    };
    let servers = [refuses, slow].map(|fault| {
        let setup = Setup {
            fault,
            ..Setup::default()
        };
        Server::start(&[("unet", &unet)], setup)
    });
    let [first, second] = servers.each_ref().map(|server| server.url(false));
    let both = ["--server", &first, "--server", &second, "--count", "2"];
    let output = run(
        dir.path(),
        &args(model, &[&both[..], &["--out", "out.png"]].concat()),
    );
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains("out of luck"),
        "{said}"
    );
    let written = ["out-1.png", "out-2.png"].map(|name| dir.path().join(name));
    let written: Vec<_> = written.iter().filter(|path| path.exists()).collect();
    assert_eq!(written.len(), 1, "{said}");
    let texts = file::read(written[0]).unwrap().metadata.texts();
    assert!(
        texts.iter().any(|(_, text)| text.contains("Model hash: ")),
        "{texts:?}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_keychain_a_token_is_one_line() {
    let dir = folder();
    let nowhere = dir.path().join("bus");
    let rows: [&[&str]; 3] = [
        &["--server", "grpc://gpu.studio:1"],
        &["--server", "grpc://gpu.studio:1", "--forget"],
        &["--server", "gpu.studio"],
    ];
    let lines = [
        "the system's keychain cannot be used",
        "the system's keychain cannot be used",
        "give a server as",
    ];
    std::fs::write(dir.path().join("token"), "ripe-secret").unwrap();
    for (args, line) in rows.into_iter().zip(lines) {
        let output = command(dir.path(), &[&["server-token"], args].concat())
            .env(
                "DBUS_SESSION_BUS_ADDRESS",
                format!("unix:path={}", nowhere.display()),
            )
            .stdin(std::fs::File::open(dir.path().join("token")).unwrap())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(line) && said.lines().count() == 1, "{said}");
        assert!(
            !said.contains("secret") && output.stdout.is_empty(),
            "{said}"
        );
    }
}
