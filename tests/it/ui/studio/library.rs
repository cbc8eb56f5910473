//! The models on this machine: found folders, the list, favourites, downloads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::engine::{Command, Event, ModelSource};
use pentimento::library::{Access, Home, Shelf};
use pentimento::raster::file::{self, Metadata};
use pentimento::raster::{Picture, Size};
use pentimento::recipe::{Control, ControlKind};
use pentimento::ui::{Places, Shell};
use tempfile::TempDir;

use super::Window;
use crate::library::server::{Answer, Server};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/models")
        .join(name)
}

fn library(root: &Path) -> Home {
    let nothing = |_: &str| None;
    let access = Access::of(&nothing, root, root.join("own"), root.join("locks"));
    Home {
        access,
        shelf: root.join("library.json"),
        memory: None,
        bases: Some(vec![root.to_owned()]),
    }
}

/// A ComfyUI with two models, one of them with a picture, a VAE, a LoRA and an embedding.
fn comfy(root: &Path) -> PathBuf {
    let comfy = root.join("ComfyUI");
    let copies = [
        ("checkpoints/hands.safetensors", "ldm-sd1.safetensors"),
        ("checkpoints/Anime.safetensors", "ldm-sdxl.safetensors"),
        ("vae/soft.safetensors", "vae-ldm.safetensors"),
        ("loras/thin.safetensors", "../loras/kohya-sd1.safetensors"),
        (
            "controlnet/edges_canny.safetensors",
            "../controls/sd1.safetensors",
        ),
        (
            "embeddings/night.safetensors",
            "../embeddings/nightsky.safetensors",
        ),
    ];
    for (name, from) in copies {
        let to = comfy.join("models").join(name);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(golden(from), to).unwrap();
    }
    let picture = Picture::from_fn(Size::new(90, 60), |x, y| {
        [(2 * x) as u8, 90, (4 * y) as u8, 255]
    });
    let path = comfy.join("models/checkpoints/hands.preview.png");
    file::write(&path, &picture, &Metadata::default()).unwrap();
    comfy
}

/// A window with a library, whose models are open and looked through.
fn open(home: &Home) -> Window {
    let places = Places {
        library: Some(home.clone()),
        ..Places::default()
    };
    let shell = Shell::new(places, std::sync::Arc::new(|_| None));
    let mut window = super::bare_with(shell);
    window.open_models();
    gone(&mut window, "Folders are being looked through");
    window
}

/// Draws frames until a text is gone.
fn gone(window: &mut Window, text: &str) {
    let patience = Instant::now() + Duration::from_secs(60);
    while window.shows(text) {
        assert!(Instant::now() < patience, "{text}");
        std::thread::sleep(Duration::from_millis(20));
        window.steps();
    }
}

fn click(window: &mut Window, label: &str) {
    window.harness.get_by_label(label).click();
    window.steps();
}

/// What the engine was asked to load last.
fn asked(window: &Window) -> Option<ModelSource> {
    let loads = std::iter::from_fn(|| window.commands.try_recv().ok());
    let loads = loads.filter_map(|command| match command {
        Command::Load(kit, ..) => Some(kit.model),
        _ => None,
    });
    loads.last()
}

#[test]
fn a_found_folder_is_offered_used_and_painted_with() {
    let root = TempDir::new().unwrap();
    let comfy = comfy(root.path());
    let home = library(root.path());
    let mut window = open(&home);
    window.load();
    assert!(window.shows("A folder of ComfyUI was found."));
    assert!(window.shows("No models in the known folders"));
    click(&mut window, "Use its models");
    window.until_shown("hands");
    assert!(!window.shows("A folder of ComfyUI was found."));
    assert!(window.shows("model, Stable Diffusion, "));
    assert!(window.shows("VAE, "));
    // The model was chosen again, with the LoRAs of that folder.
    let patience = Instant::now() + Duration::from_secs(60);
    while asked(&window).is_none() {
        assert!(Instant::now() < patience, "the model is asked for again");
        window.steps();
    }
    window.say(Event::Loaded(Ok(super::info())));
    window
        .harness
        .get_by_role_and_label(Role::RadioButton, "hands")
        .click();
    window.steps();
    let path = comfy.join("models/checkpoints/hands.safetensors");
    assert_eq!(window.app().shell().settings.model, Some(path.clone()));
    assert_eq!(asked(&window), Some(ModelSource::File(path.clone())));
    let patience = Instant::now() + Duration::from_secs(60);
    while Shelf::load(&home.shelf).recent != [path.clone()] {
        assert!(Instant::now() < patience, "the choice is kept");
        window.steps();
    }
    assert_eq!(Shelf::load(&home.shelf).folders, [comfy]);
}

#[test]
fn a_lora_and_an_embedding_go_into_the_prompt_and_are_found_from_there() {
    let root = TempDir::new().unwrap();
    let comfy = comfy(root.path());
    let home = library(root.path());
    let mut window = open(&home);
    window.load();
    window.recipe_mut().prompt = "a hand".to_owned();
    click(&mut window, "Use its models");
    window.until_shown("thin");
    let loras = comfy.join("models/loras");
    let patience = Instant::now() + Duration::from_secs(60);
    let mut asked = std::iter::from_fn(|| {
        window.steps();
        assert!(
            Instant::now() < patience,
            "the model is asked for with the LoRAs"
        );
        Some(window.commands.try_recv().ok())
    });
    let with_loras = |command: Option<Command>| match command {
        Some(Command::Load(kit, ..)) => kit.lora_folders.contains(&loras),
        _ => false,
    };
    assert!(asked.any(with_loras));
    click(&mut window, "Add thin to the prompt");
    click(&mut window, "Add night to the prompt");
    assert_eq!(window.recipe().prompt, "a hand <lora:thin:1> night");
}

#[test]
fn a_controlnet_leads_the_next_repaint_by_a_click() {
    let root = TempDir::new().unwrap();
    let mut window = listed(root.path());
    window.load();
    click(&mut window, "Use edges_canny");
    assert_eq!(window.recipe().controls, [Control::named("edges_canny")]);
    assert_eq!(window.recipe().controls[0].kind, ControlKind::Canny);
}

#[test]
fn a_dropped_checkpoint_is_painted_with() {
    let mut window = super::ready();
    asked(&window);
    let path = golden("ldm-sd1.safetensors");
    let file = std::sync::Arc::new(super::order::Dropped(path.clone()));
    window.harness.input_mut().dropped_files.push(file);
    window.harness.run_steps(4);
    let patience = Instant::now() + Duration::from_secs(60);
    while window.app().shell().settings.model.is_none() {
        assert!(Instant::now() < patience, "the drop is seen to");
        window.steps();
    }
    let models = &window.app().shell().settings.models;
    assert_eq!(models[..], *std::slice::from_ref(&path));
    assert_eq!(asked(&window), Some(ModelSource::File(path)));
}

#[test]
fn a_declined_folder_is_not_offered_again() {
    let root = TempDir::new().unwrap();
    comfy(root.path());
    let home = library(root.path());
    let mut window = open(&home);
    click(&mut window, "No");
    gone(&mut window, "A folder of ComfyUI was found.");
    let patience = Instant::now() + Duration::from_secs(60);
    while Shelf::load(&home.shelf).declined.is_empty() {
        assert!(Instant::now() < patience, "the choice is kept");
        window.steps();
    }
    let window = open(&home);
    assert!(!window.shows("A folder of ComfyUI was found."));
}

/// A window with the models of a ComfyUI in its list.
fn listed(root: &Path) -> Window {
    let home = library(root);
    let mut shelf = Shelf::default();
    shelf.add(comfy(root));
    shelf.save(&home.shelf).unwrap();
    open(&home)
}

/// The models that are listed, from above.
fn names(window: &Window) -> Vec<&'static str> {
    let mut shown: Vec<_> = ["Anime", "hands", "soft"]
        .into_iter()
        .filter_map(|name| {
            let label = format!("Favourite {name}");
            let node = window.harness.query_by_label(&label)?;
            Some((node.rect().top() as i32, name))
        })
        .collect();
    shown.sort_unstable();
    shown.into_iter().map(|(_, name)| name).collect()
}

#[test]
fn favourites_come_first() {
    let root = TempDir::new().unwrap();
    let mut window = listed(root.path());
    assert_eq!(names(&window), ["Anime", "hands", "soft"]);
    click(&mut window, "Favourite soft");
    assert_eq!(names(&window), ["soft", "Anime", "hands"]);
    click(&mut window, "Favourite soft");
    assert_eq!(names(&window), ["Anime", "hands", "soft"]);
}

#[test]
fn a_machine_without_models_is_offered_some_and_nothing_is_fetched_before_a_click() {
    let root = TempDir::new().unwrap();
    let slow = Answer {
        silent: 60_000,
        ..Answer::default()
    };
    let path = "/api/models/stable-diffusion-v1-5/stable-diffusion-inpainting/revision/main";
    let server = Server::start(BTreeMap::from([(path.to_owned(), vec![slow])]));
    let mut home = library(root.path());
    home.access.hub = format!("http://{}", server.address);
    let mut window = open(&home);
    assert!(window.shows("nothing is downloaded until you click"));
    assert!(window.shows("licence CreativeML OpenRAIL-M"));
    assert!(server.asked().is_empty());
    click(&mut window, "Download Stable Diffusion 1.5 Inpainting");
    window.until_shown("asks the server");
    let patience = Instant::now() + Duration::from_secs(60);
    while server.asked().is_empty() {
        assert!(Instant::now() < patience, "the server is asked");
        window.steps();
    }
    assert_eq!(server.asked(), [path]);
    let again = window
        .harness
        .get_by_label("Download Stable Diffusion 1.5 Inpainting");
    assert!(again.accesskit_node().is_disabled());
    click(&mut window, "Do not offer these");
    gone(&mut window, "nothing is downloaded until you click");
}

/// Writes what the window of models looks like, where a folder for it is named.
#[test]
fn the_list_and_the_offers_fit_into_the_window() {
    let root = TempDir::new().unwrap();
    let empty = open(&library(&root.path().join("nothing")));
    let full = TempDir::new().unwrap();
    let mut full = listed(full.path());
    for _ in 0..20 {
        std::thread::sleep(Duration::from_millis(10));
        full.steps();
    }
    for (name, mut window) in [("starters", empty), ("list", full)] {
        let width = window.harness.ctx.content_rect().width();
        let right = window
            .harness
            .get_by_label("Models and devices")
            .rect()
            .right();
        assert!(right <= width, "{name}: {right}");
        if let Some(folder) = std::env::var_os("PENTIMENTO_TEST_PICTURES") {
            let picture = window.harness.render().unwrap();
            picture
                .save(Path::new(&folder).join(format!("{name}.png")))
                .unwrap();
        }
    }
}
