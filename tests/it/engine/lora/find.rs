//! LoRAs in prompts and folders.

use std::fs;
use std::path::Path;

use pentimento::engine::lora::find::{find, wanted};

/// A name; strengths on UNet and text encoders.
type Strengths = (&'static str, f32, f32);

/// A prompt; the LoRAs that it asks for; how many lines are said.
const WANTED: &[(&str, &[Strengths], usize)] = &[
    ("a hand", &[], 0),
    ("a <lora:x:0.8> b", &[("x", 0.8, 0.8)], 0),
    (
        "<LoRA:x:0.5:0.25><lyco:dir/y>",
        &[("x", 0.25, 0.5), ("dir/y", 1.0, 1.0)],
        0,
    ),
    ("<lora:x:te=0.2:unet=-0.4>", &[("x", -0.4, 0.2)], 0),
    (
        "<lora:x:0.5> <hypernet:z:1> <lora:x:0.25>",
        &[("x", 0.75, 0.75)],
        0,
    ),
    (
        "<lora:x:strong> <lora:y:nan> <lora:z>",
        &[("z", 1.0, 1.0)],
        2,
    ),
];

#[test]
fn prompts_name_loras() {
    for (prompt, expected, lines) in WANTED {
        let (found, notes) = wanted(prompt);
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.name.as_str(), one.unet, one.text))
            .collect();
        assert_eq!(found, *expected, "{prompt}");
        assert_eq!(notes.len(), *lines, "{prompt}");
    }
}

/// Files in two folders; those with `=` call themselves what follows.
const FILES: &[&str] = &[
    "1/Hands.safetensors",
    "1/hands.txt",
    "1/style/ink.safetensors",
    "1/style/Old/ink v2.1.safetensors",
    "1/zebra/ink.SAFETENSORS",
    "2/hands.safetensors",
    "2/style/wash.safetensors",
    "2/x1.safetensors=Fine Hands_v3",
    "outside.safetensors",
];

/// A name, the file, and whether others are told of.
const FOUND: &[(&str, Option<&str>, bool)] = &[
    ("Hands", Some("1/Hands.safetensors"), false),
    ("hands", Some("2/hands.safetensors"), false),
    ("HANDS", Some("1/Hands.safetensors"), true),
    ("Hands.safetensors", Some("1/Hands.safetensors"), false),
    ("ink", Some("1/style/ink.safetensors"), true),
    ("zebra/ink", Some("1/zebra/ink.SAFETENSORS"), false),
    ("zebra\\Ink", Some("1/zebra/ink.SAFETENSORS"), false),
    ("ink v2.1", Some("1/style/Old/ink v2.1.safetensors"), false),
    ("elsewhere/wash", Some("2/style/wash.safetensors"), false),
    ("fine hands_V3", Some("2/x1.safetensors"), false),
    ("ink v2", None, false),
    ("../outside", None, false),
    ("", None, false),
    ("/", None, false),
];

#[test]
fn names_are_found_in_folders() {
    let root = tempfile::tempdir().unwrap();
    for file in FILES {
        let (file, title) = file.split_once('=').unwrap_or((file, ""));
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let head = format!(r#"{{"__metadata__":{{"ss_output_name":"{title}"}}}}"#);
        let length = (head.len() as u64).to_le_bytes();
        fs::write(path, [&length[..], head.as_bytes()].concat()).unwrap();
    }
    let (one, two) = (root.path().join("1"), root.path().join("2"));
    // The first is named twice, as the model's neighbour and as the library's.
    let folders: [&Path; 4] = [&one, Path::new("/nowhere"), &two, &one];
    for (name, expected, others) in FOUND {
        let found = find(name, &folders);
        let path = found.as_ref().map(|found| found.path.as_path());
        assert_eq!(
            path,
            expected.map(|file| root.path().join(file)).as_deref(),
            "{name}"
        );
        let note = found.and_then(|found| found.note);
        assert_eq!(note.is_some(), *others, "{name}: {note:?}");
    }
}
