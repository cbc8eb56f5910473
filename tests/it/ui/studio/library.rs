//! The models on this machine: found folders, the list, favourites, downloads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::engine::{Command, Event, Kit, ModelSource, ShelfReport};
use pentimento::library::{Access, Home, Shelf};
use pentimento::raster::file::{self, Metadata};
use pentimento::raster::{Picture, Size};
use pentimento::recipe::{Control, ControlKind};
use pentimento::ui::{Places, Shell};
use tempfile::TempDir;

use super::Window;
use crate::library::server::{Answer, Server};

pub fn golden(name: &str) -> PathBuf {
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
            "loras/thin-lcm.safetensors",
            "../loras/kohya-sd1.safetensors",
        ),
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
    let words = r#"{"activation text": "thin line", "preferred weight": 0.7}"#;
    for (name, text) in [("thin", words), ("thin-lcm", words)] {
        let path = comfy.join("models/loras").join(name);
        std::fs::write(path.with_extension("json"), text).unwrap();
    }
    let picture = Picture::from_fn(Size::new(90, 60), |x, y| {
        [(2 * x) as u8, 90, (4 * y) as u8, 255]
    });
    let path = comfy.join("models/checkpoints/hands.preview.png");
    file::write(&path, &picture, &Metadata::default()).unwrap();
    comfy
}

/// A window with a library.
fn with(home: &Home) -> Window {
    let places = Places {
        library: Some(Arc::new(home.clone())),
        ..Places::default()
    };
    super::bare_with(Shell::new(places, Arc::new(|_| None)))
}

/// A window with a library, whose models are open and looked through.
pub fn open(home: &Home) -> Window {
    let mut window = with(home);
    window.open_models();
    gone(&mut window, "Folders are being looked through");
    window
}

/// Draws frames until a text is gone.
fn gone(window: &mut Window, text: &str) {
    until(window, text, |window| !window.shows(text));
}

/// Draws frames until something is so.
fn until(window: &mut Window, what: &str, so: impl Fn(&Window) -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !so(window) {
        assert!(Instant::now() < patience, "{what}");
        std::thread::sleep(Duration::from_millis(5));
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
    let mut window = with(&home);
    window.load();
    // Where the built-in model is named, before any window of models is open.
    window.until_shown("A folder of ComfyUI was found.");
    click(&mut window, "Use its models");
    window.until_shown("model, Stable Diffusion, ");
    assert!(!window.shows("A folder of ComfyUI was found."));
    assert!(window.shows("VAE, "));
    // The model was chosen again, with the LoRAs of that folder.
    until(&mut window, "the model is asked for again", |window| {
        asked(window).is_some()
    });
    window.say(Event::Loaded(Ok(super::info())));
    window
        .harness
        .get_by_role_and_label(Role::RadioButton, "hands")
        .click();
    window.steps();
    let path = comfy.join("models/checkpoints/hands.safetensors");
    assert_eq!(window.app().shell().settings.model, Some(path.clone()));
    assert_eq!(asked(&window), Some(ModelSource::File(path.clone())));
    until(&mut window, "the choice is kept", |_| {
        Shelf::load(&home.shelf).recent == [path.clone()]
    });
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
    assert!(window.shows("No models in the known folders"));
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
    until(&mut window, "the LoRA is in the prompt", |window| {
        window.recipe().prompt != "a hand"
    });
    click(&mut window, "Add night to the prompt");
    assert_eq!(window.recipe().prompt, "a hand <lora:thin:0.7> night");
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
    let file = Arc::new(super::order::Dropped(path.clone()));
    window.harness.input_mut().dropped_files.push(file);
    window.harness.run_steps(4);
    until(&mut window, "the drop is seen to", |window| {
        window.app().shell().settings.model.is_some()
    });
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
    until(&mut window, "the choice is kept", |_| {
        !Shelf::load(&home.shelf).declined.is_empty()
    });
    let window = open(&home);
    assert!(!window.shows("A folder of ComfyUI was found."));
}

/// A window with the models of a ComfyUI in its list.
pub fn listed(root: &Path) -> Window {
    open(&shelved(root))
}

/// A library with the models of a ComfyUI.
pub fn shelved(root: &Path) -> Home {
    let home = library(root);
    let mut shelf = Shelf::default();
    shelf.add(comfy(root));
    shelf.save(&home.shelf).unwrap();
    home
}

/// Draws frames until the engine is asked to load something that fits.
pub fn until_asked(window: &mut Window, fits: impl Fn(&Kit) -> bool) {
    assert!(is_asked(window, 60, fits), "such a load is asked for");
}

/// The same within so many seconds.
pub fn is_asked(window: &mut Window, seconds: u64, fits: impl Fn(&Kit) -> bool) -> bool {
    let patience = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < patience {
        window.steps();
        while let Ok(command) = window.commands.try_recv() {
            if let Command::Load(kit, ..) = command {
                if fits(&kit) {
                    return true;
                }
                window.say(Event::Loaded(Ok(super::info())));
            }
        }
    }
    false
}

/// A window that starts with a model.
pub fn again(home: &Home, model: &Path) -> Window {
    let places = Places {
        library: Some(Arc::new(home.clone())),
        ..Places::default()
    };
    let mut shell = Shell::new(places, Arc::new(|_| None));
    shell.settings.model = Some(model.to_owned());
    super::bare_with(shell)
}

#[test]
fn what_cannot_be_painted_with_here_says_why_in_its_row() {
    let root = TempDir::new().unwrap();
    let home = shelved(root.path());
    let head = r#"{"double_blocks.0.img.weight":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}"#;
    let length = (head.len() as u64).to_le_bytes();
    let bytes = [&length[..], head.as_bytes(), &[0; 2]].concat();
    let folder = root.path().join("ComfyUI/models/checkpoints");
    std::fs::write(folder.join("flux.safetensors"), bytes).unwrap();
    let mut window = open(&home);
    window.load();
    assert!(window.shows("cannot be opened: a Flux model"));
    assert!(!window.shows("of memory, and"));
    window.say(Event::Shelf(ShelfReport {
        models: Vec::new(),
        free: Some(1000),
        budget: None,
    }));
    assert!(window.shows("of memory, and 0 MB are free"));
}

#[test]
fn the_model_of_a_recipe_is_offered() {
    let hash = |path: &Path, cache: &Path| {
        let hash = pentimento::engine::model_hash::hash(path, Some(cache));
        hash.unwrap()
    };
    for by_hash in [true, false] {
        let root = TempDir::new().unwrap();
        let mut home = shelved(root.path());
        let cache = root.path().join("cache");
        home.memory = Some(cache.join("models.json"));
        let hands = root
            .path()
            .join("ComfyUI/models/checkpoints/hands.safetensors");
        let (hash, name) = match by_hash {
            true => (hash(&hands, &cache), "renamed"),
            false => ("0123456789".to_owned(), "hands"),
        };
        let mut window = open(&home);
        window.load();
        let text = format!(
            "a hand\nSteps: 9, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 64x64, Model hash: {hash}, Model: {name}"
        );
        let recipe = root.path().join("recipe.txt");
        std::fs::write(&recipe, text).unwrap();
        let file = Arc::new(super::order::Dropped(recipe));
        window.harness.input_mut().dropped_files.push(file);
        window.harness.run_steps(4);
        window.until_shown("This was made with hands.");
        window.press("Use it");
        assert_eq!(window.app().shell().settings.model, Some(hands));
        assert!(!window.shows("This was made with"));
        assert_eq!(window.recipe().steps, 9);
    }
}

#[test]
fn a_lora_tells_its_words_in_the_list_too() {
    let root = TempDir::new().unwrap();
    let mut window = listed(root.path());
    window.load();
    window.recipe_mut().prompt = "a hand".to_owned();
    window.steps();
    click(&mut window, "thin-lcm");
    window.until_shown("Add thin line to the prompt");
    assert!(window.shows("Preferred weight 0.7"));
    assert!(window.shows("Made for 4 steps, guidance 1, LCM"));
    click(&mut window, "Add thin line to the prompt");
    assert_eq!(window.recipe().prompt, "a hand, thin line");
    click(&mut window, "Back");
    assert!(!window.shows("Preferred weight"));
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
    until(&mut window, "the server is asked", |_| {
        !server.asked().is_empty()
    });
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
