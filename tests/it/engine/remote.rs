//! Networks that run on a server: pictures as from here, and whatever a server can do wrong as one line.

mod jobs;
pub mod server;
mod singles;
mod spread;
mod trusted;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pentimento::diffusion::networks::Networks as _;
use pentimento::diffusion::plan::Plan;
use pentimento::diffusion::repaint::repaint;
use pentimento::engine::remote::{Address, Remote, RemoteNetworks};
use pentimento::engine::{Cancel, Device, Kit, KitControl, KitLora, ModelSource, OnnxNetworks};
use pentimento::raster::{Mask, Picture, Size};
use pentimento::recipe::{Control, ControlKind, Recipe};
use serde::Deserialize;

use super::control::controlled;
use super::{fixture, json, runtime};
use server::{Does, Fault, Server, Setup};

const SIZE: Size = Size::new(64, 64);

fn golden(name: &str) -> PathBuf {
    fixture("../golden/models").join(name)
}

fn picture() -> Arc<Picture> {
    Arc::new(Picture::from_fn(SIZE, |x, y| {
        [(x * 4) as u8, (y * 4) as u8, 50, 255]
    }))
}

fn mask() -> Arc<Mask> {
    Arc::new(Mask::from_fn(SIZE, |x, _| if x < 32 { 255 } else { 0 }))
}

fn recipe() -> Recipe {
    Recipe {
        prompt: "a hand".to_owned(),
        steps: 3,
        strength: 1.0,
        ..Recipe::default()
    }
}

/// The picture that a kit makes, or what it says.
fn repainted(kit: &Kit, recipe: &Recipe) -> Result<Picture, String> {
    let kit = kit
        .loaded_for(recipe, &Cancel::new())
        .map_err(|error| error.to_string())?;
    let loaded = OnnxNetworks::load(runtime(), &kit, Device::Cpu, &Cancel::new(), &mut |_| {});
    let (mut networks, _) = loaded.map_err(|error| error.to_string())?;
    let plan = Plan::new(&picture(), Some(&mask()), recipe, networks.spec()).unwrap();
    let patch = repaint(&plan, &mut networks, &mut |_| ControlFlow::Continue(()));
    let patch = patch.map_err(|halt| halt.to_string())?;
    let mut whole = Picture::clone(&picture());
    whole.paste(&patch);
    Ok(whole)
}

fn remote(url: &str) -> Remote {
    Remote {
        timeout: Duration::from_secs(20),
        ..Remote::of(url.parse().unwrap())
    }
}

fn kit(model: &Path, remote: Option<Remote>) -> Kit {
    Kit {
        remote,
        ..Kit::of(ModelSource::at(model.to_owned()))
    }
}

/// A server with the graphs of a model's folder, those of `roles`, called by them.
fn serving(model: &Path, roles: &str, setup: Setup<'_>) -> Server {
    let graphs = roles
        .split(',')
        .map(|role| (role, model.join(role).join("model.onnx")));
    let graphs: Vec<_> = graphs.collect();
    let graphs: Vec<_> = graphs
        .iter()
        .map(|(role, path)| (*role, path.as_path()))
        .collect();
    Server::start(&graphs, setup)
}

/// A server of a model's UNet that fails as it is told to.
fn failing(model: &Path, fault: Fault, grpc: bool) -> Server {
    let setup = Setup {
        fault,
        ..over(grpc)
    };
    serving(model, "unet", setup)
}

fn over(grpc: bool) -> Setup<'static> {
    Setup {
        grpc,
        ..Setup::default()
    }
}

#[test]
fn pictures_are_those_of_here_bit_for_bit() {
    let all = "unet,text_encoder,vae_encoder,vae_decoder";
    let both_texts = "unet,text_encoder,text_encoder_2,vae_encoder,vae_decoder";
    let rows = [
        (golden("sd-9ch"), "unet"),
        (golden("sd-9ch"), all),
        (golden("sd-4ch"), "text_encoder"),
        (golden("sdxl-4ch"), both_texts),
        (fixture("models/legacy-diffusers-fp16"), all),
        (fixture("models/optimum-1.23"), all),
        (fixture("models/lcm"), "unet,vae_decoder"),
    ];
    for (model, roles) in rows {
        let here = repainted(&kit(&model, None), &recipe()).unwrap();
        for grpc in [false, true] {
            let server = serving(&model, roles, over(grpc));
            let remote = Remote {
                networks: roles.parse().unwrap(),
                ..remote(&server.url(false))
            };
            let there = repainted(&kit(&model, Some(remote)), &recipe());
            assert!(
                there.as_ref() == Ok(&here),
                "{} {roles} {grpc}: {:?}",
                model.display(),
                there.err()
            );
            let asked = server.asked();
            for role in roles.split(',') {
                assert!(
                    asked.contains(&format!("infer {role}")),
                    "{role}: {asked:?}"
                );
            }
        }
    }
}

#[test]
fn a_server_whose_requests_share_batches_is_fed_rows() {
    let model = fixture("models/legacy-diffusers");
    let here = repainted(&kit(&model, None), &recipe()).unwrap();
    for grpc in [false, true] {
        let setup = Setup {
            columns: true,
            ..over(grpc)
        };
        let server = serving(&model, "unet", setup);
        let there = kit(&model, Some(remote(&server.url(false))));
        assert!(repainted(&there, &recipe()) == Ok(here.clone()));
    }
}

#[test]
fn a_model_is_found_by_its_names_and_version() {
    let model = golden("sd-9ch");
    let unet = model.join("unet/model.onnx");
    // What the server calls it, what was said, and the line where that leads nowhere.
    let rows = [
        ("unet", "unet", ""),
        ("sd-9ch-unet", "unet", ""),
        ("unet", "unet@1", ""),
        (
            "unet",
            "unet@2",
            "there is no model `sd-9ch-unet` nor `unet`",
        ),
        ("a b/c", "unet=a b/c", ""),
        ("sd15", "unet=sd15@1", ""),
        ("unet", "unet=sd15", "there is no model `sd15`"),
        ("sd15", "unet", "there is no model `sd-9ch-unet` nor `unet`"),
    ];
    for (name, said, line) in rows {
        for grpc in [false, true] {
            let server = Server::start(&[(name, &unet)], over(grpc));
            let remote = Remote {
                networks: said.parse().unwrap(),
                ..remote(&server.url(false))
            };
            match repainted(&kit(&model, Some(remote)), &recipe()) {
                Ok(_) => assert_eq!(line, "", "{name} {said}"),
                Err(error) => {
                    assert!(
                        !line.is_empty() && error.contains(line),
                        "{name} {said}: {error}"
                    );
                }
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Both(String),
    /// Over HTTP, over gRPC.
    Each([String; 2]),
}

#[derive(Deserialize)]
struct Row {
    fault: Fault,
    line: Line,
}

#[test]
fn every_fault_of_a_server_is_one_line() {
    let model = golden("sd-9ch");
    let here = repainted(&kit(&model, None), &recipe()).unwrap();
    let rows: Vec<Row> = serde_json::from_value(json("server_faults.json")).unwrap();
    for Row { fault, line } in rows {
        for grpc in [false, true] {
            let line = match &line {
                Line::Both(line) => line,
                Line::Each(lines) => &lines[usize::from(grpc)],
            };
            let told = format!("{fault:?} grpc {grpc}");
            let waits = [Does::Silent, Does::Drip].contains(&fault.does);
            let other = serving(&model, "unet", over(grpc));
            let setup = Setup {
                grpc,
                fault: fault.clone(),
                other: format!("{}/v2/models/unet", other.url(false)),
                ..Setup::default()
            };
            let server = serving(&model, "unet", setup);
            let mut remote = remote(&server.url(false));
            if waits {
                remote.timeout = Duration::from_secs(1);
            }
            match repainted(&kit(&model, Some(remote)), &recipe()) {
                Ok(there) => {
                    assert_eq!(line, "", "{told}");
                    assert!(there == here, "{told}");
                }
                Err(error) => {
                    let mut lines = line.split('|');
                    let fits = !line.is_empty() && lines.any(|line| error.contains(line));
                    assert!(fits, "{told}: {error}");
                    assert_eq!(error.lines().count(), 1, "{error}");
                    assert!(error.contains(&server.address), "{error}");
                }
            }
            assert_eq!(other.asked(), Vec::<String>::new(), "{told}");
        }
    }
}

#[test]
fn an_address_is_a_url_of_one_of_four_schemes() {
    let rows = [
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://gpu.studio/", "http://gpu.studio:80"),
        ("https://gpu.studio/a/b/v2/", "https://gpu.studio:443/a/b"),
        ("grpc://10.0.0.7:8001", "grpc://10.0.0.7:8001"),
        ("grpcs://gpu.studio", "grpcs://gpu.studio:443"),
        ("grpc://[::1]:8001", "grpc://[::1]:8001"),
        (" http://a:1 ", "http://a:1"),
        ("grpc://gpu.studio", "give a server as"),
        ("localhost:8000", "give a server as"),
        ("ftp://a:1", "give a server as"),
        ("http://", "give a server as"),
        ("", "give a server as"),
        ("http://me:secret@a:1", "holds no name or password"),
        ("http://a:1/?token=secret", "more than a server's address"),
        ("grpc://a:1/path", "more than a server's address"),
    ];
    for (text, wanted) in rows {
        match text.parse::<Address>() {
            Ok(address) => assert_eq!(address.to_string(), wanted),
            Err(error) => assert!(error.contains(wanted), "{text}: {error}"),
        }
    }
}

#[test]
fn networks_are_written_as_they_are_read() {
    for text in [
        "unet",
        "unet=a@2,vae_decoder",
        "upscaler=x4@2,hand_landmarks",
        "text_encoder@3,controlnet@2,controlnet-canny=d@1",
    ] {
        assert_eq!(text.parse::<RemoteNetworks>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "unet,",
        "vae",
        "controlnet-",
        "unet=",
        "unet@",
        "enlarger=x",
    ] {
        let error = text.parse::<RemoteNetworks>().unwrap_err();
        assert!(
            error.contains("is no network of a model"),
            "{text}: {error}"
        );
    }
    for (text, line) in [
        ("controlnet=c", "say which ControlNet that is"),
        ("unet,vae_decoder,unet=b", "`unet` is given twice"),
    ] {
        let error = text.parse::<RemoteNetworks>().unwrap_err();
        assert!(error.contains(line), "{text}: {error}");
    }
    let usual = RemoteNetworks::default();
    assert!(usual.has("unet") && usual.has("controlnet") && !usual.has("vae_decoder"));
}

/// A ControlNet that is shown the picture itself.
fn as_it_is(name: &str) -> Control {
    Control {
        kind: ControlKind::AsIs,
        ..Control::named(name)
    }
}

#[test]
fn a_controlnet_runs_there_with_and_without_a_file_here() {
    let (_scratch, kit) = controlled();
    let ModelSource::Directory(model) = &kit.model else {
        panic!("{kit:?}");
    };
    let (unet, canny) = (
        model.join("unet/model.onnx"),
        fixture("controlled/canny.onnx"),
    );
    let recipe = Recipe {
        controls: vec![as_it_is("canny")],
        ..recipe()
    };
    let here = repainted(&kit, &recipe).unwrap();
    assert!(here != repainted(&kit, &self::recipe()).unwrap());
    for grpc in [false, true] {
        let server = Server::start(&[("unet", &unet), ("controlnet-canny", &canny)], over(grpc));
        for controls in [kit.controls.clone(), Vec::new()] {
            let kit = Kit {
                remote: Some(remote(&server.url(false))),
                controls,
                ..kit.clone()
            };
            assert!(repainted(&kit, &recipe) == Ok(here.clone()));
        }
        assert!(
            server
                .asked()
                .contains(&"infer controlnet-canny".to_owned())
        );
        let other = Kit {
            remote: Some(remote(&server.url(false))),
            controls: vec![KitControl {
                name: "depth".to_owned(),
                file: canny.clone(),
            }],
            ..kit.clone()
        };
        let recipe = Recipe {
            controls: vec![as_it_is("depth")],
            ..recipe.clone()
        };
        let error = repainted(&other, &recipe).unwrap_err();
        assert!(
            error.contains("there is no model `model-controlnet-depth`"),
            "{error}"
        );
    }
}

#[test]
fn a_lora_cannot_change_what_runs_there() {
    let model = golden("onnx-sd1");
    let server = serving(&model, "unet", over(true));
    let lora = |unet: f32, text: f32| Kit {
        loras: vec![KitLora {
            file: fixture("../golden/loras/kohya-sd1.safetensors"),
            unet: unet.into(),
            text: text.into(),
        }],
        ..kit(&model, Some(remote(&server.url(false))))
    };
    let error = repainted(&lora(1.0, 0.0), &recipe()).unwrap_err();
    assert!(
        error.contains("a server's networks cannot be changed from here"),
        "{error}"
    );
    repainted(&lora(0.0, 0.0), &recipe()).unwrap();
}

/// A copy of a model's folder.
fn copied(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copied(&entry.path(), &to),
            false => std::fs::copy(entry.path(), to).map(drop).unwrap(),
        }
    }
}

#[test]
fn a_graph_that_runs_there_may_be_missing_here_but_not_broken() {
    let scratch = tempfile::tempdir().unwrap();
    let server = serving(&golden("sd-9ch"), "unet", over(true));
    let there = Some(remote(&server.url(false)));
    let here = repainted(&kit(&golden("sd-9ch"), None), &recipe()).unwrap();
    let missing = scratch.path().join("sd-turbo");
    copied(&golden("sd-9ch"), &missing);
    std::fs::remove_file(missing.join("unet/model.onnx")).unwrap();
    let without = kit(&missing, there.clone());
    assert!(repainted(&without, &recipe()) == Ok(here));
    // Its name tells what its UNet's head would not.
    let told = without.suggestion("", &Cancel::new()).unwrap();
    assert_eq!((told.steps, told.guidance), (4, 1.0));
    assert_eq!(kit(&missing, None).suggestion("", &Cancel::new()), None);

    let broken = scratch.path().join("broken");
    copied(&golden("sd-9ch"), &broken);
    std::fs::write(broken.join("unet/model.onnx"), "no graph").unwrap();
    let error = repainted(&kit(&broken, there), &recipe()).unwrap_err();
    assert!(error.contains("broken/unet/model.onnx: "), "{error}");
}

#[test]
fn which_of_two_names_a_server_answers_to_is_told() {
    let model = golden("sd-9ch");
    let unet = model.join("unet/model.onnx");
    let rows = [
        ("unet", "unet", Some("as `unet`")),
        ("sd-9ch-unet", "unet", Some("as `sd-9ch-unet`")),
        ("unet", "unet=unet", None),
    ];
    for (name, said, wanted) in rows {
        let server = Server::start(&[(name, &unet)], over(true));
        let there = Remote {
            networks: said.parse().unwrap(),
            ..remote(&server.url(false))
        };
        let kit = kit(&model, Some(there));
        let loaded = OnnxNetworks::load(runtime(), &kit, Device::Cpu, &Cancel::new(), &mut |_| {});
        let notes = loaded.unwrap().1.notes;
        let told = notes.iter().find(|note| note.contains(&server.address));
        match wanted {
            Some(wanted) => assert!(told.unwrap().ends_with(wanted), "{notes:?}"),
            None => assert_eq!(told, None),
        }
    }
}
