//! `pentimento models`, as a person or a script calls it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pentimento::engine::PredictionKind;
use pentimento::library::{Said, Shelf};
use pentimento::raster::Picture;
use pentimento::raster::file;
use pentimento::recipe::parsed::read_metadata;
use pentimento::recipe::{Parsed, Recipe, Sampler};
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::engine::fixture;

/// The program with a home of its own; words are split at spaces, `~` is the home.
fn run(home: &Path, words: &str) -> Output {
    let words = words
        .split_whitespace()
        .map(|word| word.replace('~', home.to_str().unwrap()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
    for name in [
        "HF_HOME",
        "HF_HUB_CACHE",
        "HF_ENDPOINT",
        "HF_TOKEN",
        "HF_HUB_OFFLINE",
        "PENTIMENTO_CONFIG_DIR",
    ] {
        command.env_remove(name);
    }
    for (name, folder) in [
        ("XDG_DATA_HOME", "data"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_CONFIG_HOME", "config"),
    ] {
        command.env(name, home.join(folder));
    }
    command.env("HOME", home).args(words).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn home() -> TempDir {
    let home = TempDir::new().unwrap();
    let models = home.path().join("ComfyUI/models/checkpoints");
    std::fs::create_dir_all(&models).unwrap();
    let from = fixture("../golden/models/ldm-sd1.safetensors");
    std::fs::copy(from, models.join("Tiny.safetensors")).unwrap();
    let tagger = models.join("wd");
    copy_folder(&fixture("../golden/taggers/bad/fewer-names"), &tagger);
    let folder = fixture("../golden/models/sd-4ch");
    copy_folder(&folder, &home.path().join("ComfyUI/models/diffusers/Small"));
    home
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &to);
        } else {
            std::fs::copy(&path, to).unwrap();
        }
    }
}

/// Words `|` exit code `|` what standard output has in it, `-` for nothing `|` what standard error has in it; on Linux, where the home can be chosen. They run one after the other.
#[cfg(target_os = "linux")]
const RUNS: &str = "
models list | 0 | - | no models found
models folders | 0 | ComfyUI: ~/ComfyUI/models/checkpoints  (not used) | -
models folders | 0 | ComfyUI found: `pentimento models folders --add ~/ComfyUI` | -
models folders --add ~/nowhere | 2 | - | there is no such folder
models folders --add ~/ComfyUI | 0 | ComfyUI: ~/ComfyUI/models/checkpoints\\n | -
models list | 0 | Stable Diffusion | -
models list --kind checkpoint --json | 0 | \"name\":\"Tiny\" | -
models list --kind tagger | 0 | cannot be opened, ~/ComfyUI/models/checkpoints/wd/model.onnx: expected an output of 19 numbers | -
models list --kind lora | 0 | - | no models found
models list --kind shoe | 2 | - | possible values
models get nonsense | 2 | - | nothing that can be fetched
models get owner/name --sha256 abc | 2 | - | 64 hexadecimal digits
models get http://example.com/a.safetensors --json | 2 | \"error\" | unencrypted
models verify | 0 | - | nothing that was fetched
repaint --model small --device cpu --size 64x64 --steps 1 --out ~/a.png | 0 | - | -
repaint --model Small --device cpu --size 64x64 --steps 1 --out ~/b.png | 0 | - | -
repaint --model Tinier --size 64x64 --out ~/c.png | 2 | - | no such file or folder
";

#[cfg(target_os = "linux")]
#[test]
fn models_are_found_listed_and_called_by_name() {
    let home = home();
    let root = home.path().to_str().unwrap();
    for row in RUNS.trim().lines() {
        let parts: Vec<_> = row.split('|').map(str::trim).collect();
        let [words, code, wanted_out, wanted_error] = parts[..] else {
            panic!("{row}");
        };
        let output = run(home.path(), words);
        let (out, error) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), code.parse().ok(), "{row}: {error}");
        for (found, wanted) in [(out, wanted_out), (error, wanted_error)] {
            match wanted {
                "-" if words.starts_with("repaint") => {}
                "-" => assert_eq!(found, "", "{row}"),
                wanted => {
                    let wanted = wanted.replace('~', root).replace("\\n", "\n");
                    assert!(found.contains(&wanted), "{row}: {found}");
                }
            }
        }
    }
    assert!(home.path().join("a.png").exists() && home.path().join("b.png").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn what_was_fetched_is_verified() {
    use crate::library::server::{Answer, Server, content, sha256};
    use std::collections::BTreeMap;
    let home = home();
    let answers = BTreeMap::from([("/a.safetensors".to_owned(), vec![Answer::default()])]);
    let server = Server::start(answers);
    let get = format!("models get http://{}/a.safetensors --json", server.address);
    let output = run(home.path(), &get);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let path = home.path().join("data/pentimento/models/a.safetensors");
    assert_eq!(line["path"], path.to_str().unwrap());
    assert_eq!(sha256(&std::fs::read(&path).unwrap()), sha256(&content()));
    let missing = get.replace("/a.", "/none.");
    let output = run(home.path(), &missing);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("\"error\":\"the server has no such file"));
    let output = run(home.path(), "models verify");
    assert!(text(&output.stdout).contains("a.safetensors: as fetched"));
    assert!(output.status.success());
    std::fs::write(&path, "spoilt").unwrap();
    let output = run(home.path(), "models verify");
    assert!(text(&output.stdout).contains("a.safetensors: changed"));
    assert_eq!(output.status.code(), Some(1));
}

/// Makes a tiny picture, and gives the result's recipe and what was said.
fn repaint(home: &Path, words: &str) -> (Parsed, Picture, String) {
    let words =
        format!("repaint --device cpu --size 32x32 --seed 1 --out ~/out.png --prompt hand {words}");
    let output = run(home, &words);
    let said = text(&output.stderr);
    assert!(output.status.success(), "{words}: {said}");
    let file = file::read(&home.join("out.png")).unwrap();
    let metadata = &file.metadata;
    let recipe = read_metadata(&metadata.text, None, &Recipe::default()).unwrap();
    (recipe, file.picture, said)
}

fn golden(name: &str) -> PathBuf {
    fixture("../golden/models").join(name)
}

/// Copies a .safetensors file with other names; tensors without one are left out.
fn rename(from: &Path, to: &Path, name: impl Fn(&str) -> Option<String>) {
    let bytes = std::fs::read(from).unwrap();
    let end = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let tensors: Map<String, Value> = serde_json::from_slice(&bytes[8..end]).unwrap();
    let (mut head, mut data) = (Map::new(), Vec::new());
    for (own, mut tensor) in tensors {
        let Some(own) = name(&own).filter(|_| own != "__metadata__") else {
            continue;
        };
        let offset = |index: usize| tensor["data_offsets"][index].as_u64().unwrap() as usize;
        let start = data.len();
        data.extend_from_slice(&bytes[end + offset(0)..end + offset(1)]);
        tensor["data_offsets"] = serde_json::json!([start, data.len()]);
        head.insert(own, tensor);
    }
    let head = Value::Object(head).to_string();
    let length = (head.len() as u64).to_le_bytes();
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::write(to, [&length[..], head.as_bytes(), &data].concat()).unwrap();
}

/// What is asked for beside the model; steps, guidance and sampler; whether it is said.
const FEW_STEPS: &[(&str, usize, f64, Sampler, bool)] = &[
    (
        "--model ~/sd_turbo.safetensors",
        4,
        1.0,
        Sampler::Euler,
        true,
    ),
    (
        "--model ~/sd_turbo.safetensors --steps 2 --cfg 3",
        2,
        3.0,
        Sampler::Euler,
        true,
    ),
    (
        "--model ~/sd_turbo.safetensors --steps 2 --cfg 3 --sampler ddim",
        2,
        3.0,
        Sampler::Ddim,
        false,
    ),
    (
        "--model ~/sd_turbo.safetensors --recipe ~/recipe.txt",
        3,
        5.0,
        Sampler::Heun,
        false,
    ),
    (
        "--model ~/plain.safetensors --steps 3 --lora ~/lcm-lora.safetensors",
        3,
        1.0,
        Sampler::Lcm,
        true,
    ),
    (
        "--model ~/plain.safetensors --steps 3",
        3,
        7.0,
        Sampler::DpmPp2m,
        false,
    ),
];

#[test]
fn a_model_for_few_steps_is_run_so_unless_something_else_is_asked_for() {
    let home = TempDir::new().unwrap();
    for (from, to) in [
        ("ldm-sd1.safetensors", "sd_turbo.safetensors"),
        ("ldm-sd1.safetensors", "plain.safetensors"),
        ("../loras/kohya-sd1.safetensors", "lcm-lora.safetensors"),
    ] {
        std::fs::copy(golden(from), home.path().join(to)).unwrap();
    }
    let recipe = "hand\nSteps: 3, Sampler: Heun, CFG scale: 5, Seed: 1";
    std::fs::write(home.path().join("recipe.txt"), recipe).unwrap();
    for (words, steps, guidance, sampler, told) in FEW_STEPS {
        let (parsed, _, said) = repaint(home.path(), words);
        let recipe = parsed.recipe;
        assert_eq!(
            (recipe.steps, recipe.guidance_scale, recipe.sampler),
            (*steps, *guidance, *sampler),
            "{words}"
        );
        assert_eq!(
            said.contains("made for few steps: "),
            *told,
            "{words}: {said}"
        );
    }
}

#[test]
fn what_was_said_of_a_model_counts_unless_something_else_is_asked_for() {
    let home = TempDir::new().unwrap();
    let model = home.path().join("pony.safetensors");
    std::fs::copy(golden("ldm-sdxl.safetensors"), &model).unwrap();
    assert!(run(home.path(), "models folders --add ~").status.success());
    let kept = home.path().join("config/pentimento/library.json");
    let mut shelf = Shelf::load(&kept);
    let mut said = Said::of(&model);
    said.set_prediction(Some(PredictionKind::V));
    said.vae = Some(golden("vae-ldm.safetensors"));
    shelf.say(said);
    shelf.save(&kept).unwrap();
    let vae = format!("--vae {}", golden("vae-ldm.safetensors").display());
    let model = "--model ~/pony.safetensors --steps 2";
    let (_, remembered, lines) = repaint(home.path(), model);
    assert!(lines.contains("prediction v, as was said"), "{lines}");
    assert!(lines.contains("VAE "), "{lines}");
    let (_, epsilon, lines) = repaint(home.path(), &format!("{model} --prediction epsilon {vae}"));
    assert!(!lines.contains("as was said"), "{lines}");
    assert!(remembered != epsilon);
    // Another file of the name is another model.
    std::fs::write(home.path().join("config/pentimento/library.json"), "{}").unwrap();
    let (_, asked, lines) = repaint(home.path(), &format!("{model} --prediction v {vae}"));
    assert!(!lines.contains("as was said"), "{lines}");
    assert!(remembered == asked);
}

#[test]
fn text_encoders_come_from_whole_models_files_and_folders() {
    let home = TempDir::new().unwrap();
    let at = |name: &str| home.path().join(name);
    let (one, other) = (
        golden("ldm-sd1.safetensors"),
        golden("ldm-sd1-9ch.safetensors"),
    );
    let text = "cond_stage_model.transformer.";
    let without =
        |start: &'static str| move |name: &str| (!name.starts_with(start)).then(|| name.to_owned());
    let only = |start: &'static str| move |name: &str| name.strip_prefix(start).map(str::to_owned);
    rename(
        &one,
        &at("pruned.safetensors"),
        without("cond_stage_model."),
    );
    rename(
        &one,
        &at("unet.safetensors"),
        only("model.diffusion_model."),
    );
    rename(
        &other,
        &at("clip.safetensors"),
        only("cond_stage_model.transformer."),
    );
    rename(&other, &at("comfy.safetensors"), |name| {
        Some(format!(
            "text_encoders.clip_l.transformer.{}",
            name.strip_prefix(text)?
        ))
    });
    rename(
        &other,
        &at("old.safetensors"),
        only("cond_stage_model.transformer.text_model."),
    );
    for folder in ["folder/text_encoder", "alone"] {
        let to = at(folder).join("model.safetensors");
        rename(&other, &to, only("cond_stage_model.transformer."));
        let config = r#"{"num_attention_heads": 1, "hidden_act": "quick_gelu"}"#;
        std::fs::write(at(folder).join("config.json"), config).unwrap();
    }
    let paint = |model: &str, text: &str| {
        let vae = one.display();
        let words = format!("--steps 2 --vae {vae} --model {model} {text}");
        repaint(home.path(), &words).1
    };
    let one = one.display().to_string();
    let given = |text: &str| format!("--text-encoder {text}");
    let expected = paint(&one, &given(&other.display().to_string()));
    assert!(expected != paint(&one, ""));
    for model in [&one, "~/pruned.safetensors", "~/unet.safetensors"] {
        for text in [
            "clip.safetensors",
            "comfy.safetensors",
            "old.safetensors",
            "folder",
            "alone",
        ] {
            let found = paint(model, &given(&format!("~/{text}")));
            assert!(found == expected, "{model} with {text}");
        }
    }
    // SDXL has two, of which one can be given.
    let xl = golden("ldm-sdxl.safetensors").display().to_string();
    let other = golden("ldm-sdxl-9ch.safetensors");
    rename(
        &other,
        &at("second.safetensors"),
        only("conditioner.embedders.1.model."),
    );
    let paint = |text: &str| repaint(home.path(), &format!("--steps 2 --model {xl} {text}")).1;
    let pictures = [
        "",
        "--text-encoder ~/second.safetensors",
        &given(&other.display().to_string()),
    ]
    .map(paint);
    assert!(pictures[0] != pictures[1] && pictures[1] != pictures[2]);
    for (model, text, problem) in [
        ("pruned", "", "--text-encoder"),
        ("unet", "", "--text-encoder"),
        ("unet", "--text-encoder ~/clip.safetensors", "--vae"),
        (
            "pruned",
            "--text-encoder ~/nowhere.safetensors",
            "there is no such file",
        ),
        (
            "pruned",
            "--text-encoder ~/unet.safetensors",
            "no text encoder of Stable Diffusion in it",
        ),
    ] {
        let words = format!(
            "repaint --device cpu --prompt x --size 32x32 --out ~/no.png --model ~/{model}.safetensors {text}"
        );
        let output = run(home.path(), words.trim());
        let said = self::text(&output.stderr);
        assert!(!output.status.success(), "{words}");
        assert!(said.contains(problem), "{words}: {said}");
        assert!(!at("no.png").exists());
    }
}
