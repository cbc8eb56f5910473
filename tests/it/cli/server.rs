//! `--server`: networks elsewhere.

use super::{command, folder, listing, run};
use crate::engine::fixture;
use crate::engine::remote::server::{Server, Setup};

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
