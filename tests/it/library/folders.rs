//! Folders of other tools, and the models in them.

use std::path::Path;

use pentimento::engine::{FileKind, identify};
use pentimento::library::{Access, Home, Place, STARTERS, Shelf, Source, Tool, find, places, scan};
use tempfile::TempDir;

use crate::engine::fixture;

/// Makes a tree: a name that ends in `/` is a folder, `NAME < FIXTURE` a copy, `NAME = TEXT` a text with `~` for line ends.
fn tree(root: &Path, files: &[&str]) {
    for row in files {
        let (name, text, copied) = match (row.split_once(" < "), row.split_once(" = ")) {
            (Some((name, from)), _) => (name, String::new(), Some(from)),
            (_, Some((name, text))) => (name, text.replace('~', "\n"), None),
            _ => (*row, String::new(), None),
        };
        let path = root.join(name);
        if name.ends_with('/') {
            std::fs::create_dir_all(path).unwrap();
            continue;
        }
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match copied {
            Some(from) => drop(std::fs::copy(golden(from), path).unwrap()),
            None => std::fs::write(path, text).unwrap(),
        }
    }
}

fn golden(name: &str) -> std::path::PathBuf {
    fixture("../golden/models").join(name)
}

/// What a tool's folder looks like, and where its models are: `tool kind folder`.
const TOOLS: &[(&[&str], &[&str])] = &[
    (
        &[
            "models/Stable-diffusion/",
            "models/Lora/",
            "embeddings/",
            "models/VAE/",
            "webui.py",
        ],
        &[
            "A1111 or Forge checkpoint models/Stable-diffusion",
            "A1111 or Forge lora models/Lora",
            "A1111 or Forge vae models/VAE",
            "A1111 or Forge embedding embeddings",
        ],
    ),
    (
        &["models/checkpoints/", "models/loras/", "models/controlnet/"],
        &[
            "ComfyUI checkpoint models/checkpoints",
            "ComfyUI lora models/loras",
            "ComfyUI controlnet models/controlnet",
        ],
    ),
    (
        &[
            "models/checkpoints/",
            "elsewhere/ckpt/",
            "elsewhere/l1/",
            "elsewhere/l 2/",
            "extra_model_paths.yaml = # mine~a111:~    base_path: elsewhere/~    checkpoints: ckpt~    loras: |~         l1~         l 2~    vae: missing~    is_default: true~other:~    embeddings: [1, 2]~",
        ],
        &[
            "ComfyUI checkpoint models/checkpoints",
            "ComfyUI checkpoint elsewhere/ckpt",
            "ComfyUI lora elsewhere/l1",
            "ComfyUI lora elsewhere/l 2",
        ],
    ),
    (
        &["models/checkpoints/", "extra_model_paths.yaml = a: [~"],
        &["ComfyUI checkpoint models/checkpoints"],
    ),
    (
        &[
            "models/checkpoints/",
            "extra_model_paths.yaml = x:~  checkpoints: models/checkpoints/../checkpoints~",
        ],
        &["ComfyUI checkpoint models/checkpoints"],
    ),
    (
        &[
            "Models/StableDiffusion/",
            "Models/Lora/",
            "Models/Ultralytics/",
        ],
        &[
            "StabilityMatrix checkpoint Models/StableDiffusion",
            "StabilityMatrix lora Models/Lora",
            "StabilityMatrix detector Models/Ultralytics",
        ],
    ),
    (
        &["invokeai.yaml", "databases/invokeai.db", "models/a/"],
        &["InvokeAI other models"],
    ),
    (
        &[
            "launch-linux.sh",
            "Models/Stable-Diffusion/",
            "Models/Lora/",
        ],
        &[
            "SwarmUI checkpoint Models/Stable-Diffusion",
            "SwarmUI lora Models/Lora",
        ],
    ),
    (&["models/", "README.md"], &[]),
    (&["models/checkpoints"], &[]),
];

#[test]
fn tools_are_told_by_their_folders() {
    for (files, wanted) in TOOLS {
        let root = TempDir::new().unwrap();
        tree(root.path(), files);
        let found = places(root.path()).into_iter().map(|place| {
            let folder = place.folder.strip_prefix(root.path()).unwrap().to_owned();
            format!(
                "{} {} {}",
                place.tool.name(),
                place.kind.name(),
                folder.display()
            )
        });
        assert_eq!(found.collect::<Vec<_>>(), *wanted, "{files:?}");
    }
}

#[test]
fn tools_are_found_where_people_put_them_and_offered_once() {
    let base = TempDir::new().unwrap();
    tree(
        base.path(),
        &[
            "ComfyUI_windows_portable/ComfyUI/models/checkpoints/",
            "stable-diffusion-webui-forge/models/Stable-diffusion/",
            "StabilityMatrix/Data/Models/StableDiffusion/",
            "comfyui/empty/",
            "photographs/models/checkpoints/",
        ],
    );
    let bases = [base.path().to_owned(), base.path().join("missing")];
    let wanted = [
        "ComfyUI_windows_portable/ComfyUI",
        "StabilityMatrix/Data",
        "stable-diffusion-webui-forge",
    ]
    .map(|name| base.path().join(name));
    assert_eq!(find(&bases), wanted);
    let mut shelf = Shelf::default();
    shelf.add(wanted[0].clone());
    shelf.declined.push(wanted[2].clone());
    let nothing = |_: &str| None;
    let root = base.path();
    let home = Home {
        access: Access::of(&nothing, root, root.join("own"), root.join("locks")),
        shelf: root.join("library.json"),
        memory: None,
        bases: Some(bases.to_vec()),
    };
    let offers = shelf.offers(&home);
    assert_eq!(offers, [(Tool::StabilityMatrix, wanted[1].clone())]);
}

/// Files of the references and what they are: kind, family, a part of why it is no model.
const FILES: &str = "
ldm-sd1.safetensors | checkpoint | Stable Diffusion |
ldm-sd1-9ch.safetensors | checkpoint | Stable Diffusion |
ldm-sd2-v.safetensors | checkpoint | Stable Diffusion 2 |
ldm-sdxl.safetensors | checkpoint | SDXL |
vae-ldm.safetensors | vae | - | a VAE
vae-diffusers.safetensors | vae | - | a VAE
folder-sd1/unet/diffusion_pytorch_model.safetensors | checkpoint | Stable Diffusion |
";

#[test]
fn files_are_told_by_their_heads() {
    for row in FILES.trim().lines() {
        let parts: Vec<_> = row.split('|').map(str::trim).collect();
        let found = identify(&golden(parts[0])).unwrap();
        assert_eq!(found.kind.name(), parts[1], "{row}");
        if parts[1] != "other" {
            assert_eq!(found.family.unwrap_or("-"), parts[2], "{row}");
        }
        let refused = found.refused.unwrap_or_default();
        assert!(refused.contains(parts[3]), "{row}: {refused}");
        assert_eq!(refused.is_empty(), parts[3].is_empty(), "{row}: {refused}");
    }
}

/// Names and shapes of tensors `|` kind and family.
const HEADS: &str = "
lora_unet_x_attn2_to_k.lora_down.weight:4,768 lora_unet_x_attn2_to_k.lora_up.weight:320,4 | lora Stable Diffusion
lora_unet_x_attn2_to_k.lora_up.weight:640,4 lora_unet_x_attn2_to_k.lora_down.weight:4,2048 | lora SDXL
unet.x.attn2.to_k.lora_A.weight:4,1024 unet.x.attn2.to_k.lora_B.weight:320,4 | lora Stable Diffusion 2
transformer.single_transformer_blocks.0.attn.to_k.lora_A.weight:4,3072 | lora -
lora_te_text_model_x.lora_down.weight:4,768 | lora -
lora_unet_x_attn2_to_k.hada_w1_a:320,4 lora_unet_x_attn2_to_k.hada_w1_b:4,768 | lora Stable Diffusion
double_blocks.0.img_attn.qkv.weight:4,4 | checkpoint Flux
joint_blocks.0.x.weight:4,4 | checkpoint Stable Diffusion 3
emb_params:2,768 | embedding Stable Diffusion
emb_params:2,1024 | embedding Stable Diffusion 2
clip_g:2,1280 clip_l:2,768 | embedding SDXL
controlnet_cond_embedding.conv_in.weight:4,3 down_blocks.0.attn2.to_k.weight:320,768 | controlnet Stable Diffusion
control_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight:320,2048 | controlnet SDXL
body.0.rdb1.conv1.weight:4,4 | upscaler ESRGAN
model.1.sub.0.RDB1.conv1.0.weight:4,4 | upscaler ESRGAN
params_ema.body.0.weight:4,3,3,3 params_ema.body.1.weight:4 | upscaler compact
body.0.body.0.weight:4,3,3,3 | upscaler EDSR
clip.text_model.embeddings.token_embedding.weight:4,4 decoder.film_mul.weight:4,4 | segmenter CLIPSeg
layers.0.residual_group.blocks.0.attn.relative_position_bias_table:4,4 | upscaler SwinIR
layers.0.residual_group.blocks.0.attn.relative_position_bias_table:4,4 layers.0.residual_group.overlap_attn.qkv.weight:4,4 | upscaler HAT
anything:1,1 | other -
";

/// A .safetensors file of zeros.
fn write(path: &Path, tensors: &str) {
    let mut head = serde_json::Map::new();
    let mut end = 0;
    for tensor in tensors.split_whitespace() {
        let (name, shape) = tensor.rsplit_once(':').unwrap();
        let shape: Vec<usize> = shape.split(',').map(|side| side.parse().unwrap()).collect();
        let start = end;
        end += 2 * shape.iter().product::<usize>();
        let info =
            serde_json::json!({"dtype": "F16", "shape": shape, "data_offsets": [start, end]});
        head.insert(name.to_owned(), info);
    }
    let head = serde_json::to_vec(&head).unwrap();
    let mut bytes = (head.len() as u64).to_le_bytes().to_vec();
    bytes.extend(head);
    bytes.resize(bytes.len() + end, 0);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn what_goes_with_a_model_is_told_by_its_head() {
    let root = TempDir::new().unwrap();
    let path = root.path().join("a.safetensors");
    for row in HEADS.trim().lines() {
        let (tensors, wanted) = row.split_once('|').unwrap();
        write(&path, tensors);
        let found = identify(&path).unwrap();
        let family = found.family.unwrap_or("-");
        assert_eq!(
            format!("{} {family}", found.kind.name()),
            wanted.trim(),
            "{row}"
        );
    }
}

fn place(folder: &Path, kind: FileKind, tool: Tool) -> Place {
    Place {
        tool,
        kind,
        folder: folder.to_owned(),
    }
}

/// Lines of what a look at some places finds.
fn lines(places: &[Place], memory: Option<&Path>) -> Vec<String> {
    let entries = scan(places, memory);
    let line = |entry: &pentimento::library::Entry| {
        let picture = entry.picture.as_ref().map_or("-".into(), |picture| {
            picture.file_name().unwrap().to_string_lossy().into_owned()
        });
        format!(
            "{} {} {} {picture}",
            entry.kind.name(),
            entry.name,
            entry.family.as_deref().unwrap_or("-"),
        )
    };
    entries.iter().map(line).collect()
}

#[test]
fn models_are_listed_with_their_pictures() {
    let root = TempDir::new().unwrap();
    tree(
        root.path(),
        &[
            "x/b.safetensors < ldm-sd1.safetensors",
            "x/b.png",
            "x/b.preview.png",
            "x/deep/A.safetensors < ldm-sdxl.safetensors",
            "x/deep/A.webp",
            "x/vae.safetensors < vae-ldm.safetensors",
            "x/broken.safetensors = no",
            "x/note.txt = no",
            "x/old.ckpt = no",
            "x/folder/model_index.json = {}",
            "x/folder/unet/diffusion_pytorch_model.safetensors < folder-sd1/unet/diffusion_pytorch_model.safetensors",
            "x/graphs/unet/model.onnx = x",
            "x/tool/unet/c.safetensors < ldm-sd2-v.safetensors",
            "x/wd-vit/model.onnx < ../taggers/wd/model.onnx",
            "x/wd-vit/selected_tags.csv < ../taggers/wd/selected_tags.csv",
            "x/joytag.onnx < ../taggers/joy/model.onnx",
            "x/joytag.txt < ../taggers/joy/top_tags.txt",
            "x/lost/model.onnx = x",
            "x/lost/selected_tags.csv = x",
            "x/flo/tokenizer.json = x",
            "x/flo/onnx/vision_encoder.onnx = x",
            "x/flo/onnx/embed_tokens.onnx = x",
            "x/flo/onnx/encoder_model_quantized.onnx = x",
            "x/flo/onnx/decoder_model_merged.onnx = x",
            "x/half/onnx/vision_encoder.onnx = x",
            "x/half/tokenizer.json = x",
            "x/other.onnx = x",
            "u/4x.onnx = x",
            "u/4x.txt = Licence: MIT",
        ],
    );
    let folder = root.path().join("x");
    let wanted = [
        "checkpoint A SDXL A.webp",
        "checkpoint b Stable Diffusion b.preview.png",
        "checkpoint c Stable Diffusion 2 -",
        "checkpoint folder - -",
        "checkpoint graphs - -",
        "vae vae - -",
        "tagger joytag - -",
        "tagger lost - -",
        "tagger wd-vit - -",
        "captioner flo - -",
        "other broken - -",
    ];
    let all = place(&folder, FileKind::Other, Tool::Own);
    assert_eq!(lines(std::slice::from_ref(&all), None), wanted);
    // A folder in two lists is looked at once.
    let deep = place(&folder.join("deep"), FileKind::Lora, Tool::ComfyUi);
    assert_eq!(lines(&[all, deep], None), wanted);
    let entries = scan(&[place(&folder, FileKind::Other, Tool::Own)], None);
    let broken = entries.iter().find(|entry| entry.name == "broken").unwrap();
    assert!(broken.refused.is_some());
    let taggers = entries
        .iter()
        .filter(|entry| entry.kind == FileKind::Tagger);
    let refused: Vec<_> = taggers.map(|entry| entry.refused.is_some()).collect();
    assert_eq!(refused, [false, true, false]);
    // A licence is no list of tags.
    let upscalers = place(&root.path().join("u"), FileKind::Upscaler, Tool::Own);
    assert_eq!(lines(&[upscalers], None), ["upscaler 4x - -"]);
}

#[cfg(unix)]
#[test]
fn links_in_loops_end_and_a_cache_is_called_by_its_repositories() {
    use std::os::unix::fs::symlink;
    let root = TempDir::new().unwrap();
    let commit = "models--o--n/snapshots/abc";
    tree(
        root.path(),
        &[
            "models--o--n/refs/main = abc",
            "models--o--n/blobs/1 < ldm-sd1.safetensors",
            "models--o--n/snapshots/old/b.safetensors < ldm-sdxl.safetensors",
            "models--o--d/snapshots/abc/model_index.json = {}",
            "loop/a.safetensors < ldm-sd1.safetensors",
        ],
    );
    std::fs::create_dir_all(root.path().join(commit)).unwrap();
    let link = root.path().join(commit).join("a.safetensors");
    symlink("../../blobs/1", link).unwrap();
    symlink("..", root.path().join("loop/up")).unwrap();
    symlink("nowhere", root.path().join("loop/lost.safetensors")).unwrap();
    let hub = place(root.path(), FileKind::Other, Tool::HuggingFace);
    assert_eq!(
        lines(&[hub], None),
        ["checkpoint a Stable Diffusion -", "checkpoint o/d - -"]
    );
    let folder = place(&root.path().join("loop"), FileKind::Other, Tool::Own);
    let found = lines(&[folder], None);
    let own = found
        .iter()
        .filter(|line| line.starts_with("checkpoint a "));
    assert!(own.count() >= 1, "{found:?}");
}

/// Files of a folder of models, from `tests/golden/sam` `|` the names and paths that are listed.
const POINTED: &[(&[&str], &[&str])] = &[
    (
        &[
            "a/mobile_sam_image_encoder.onnx < ../sam/mobile/mobile_sam_image_encoder.onnx",
            "a/sam_mask_decoder_multi.onnx < ../sam/mobile/sam_mask_decoder_multi.onnx",
        ],
        &["a a"],
    ),
    (
        &[
            "b/onnx/vision_encoder.onnx < ../sam/sam3/onnx/vision_encoder.onnx",
            "b/onnx/prompt_encoder_mask_decoder.onnx < ../sam/sam3/onnx/prompt_encoder_mask_decoder.onnx",
        ],
        &["b b/onnx"],
    ),
    // Two in one folder, and a decoder without its encoder.
    (
        &[
            "c/tiny.encoder.onnx < ../sam/sam2/sam2_hiera_tiny.encoder.onnx",
            "c/tiny.decoder.onnx < ../sam/sam2/sam2_hiera_tiny.decoder.onnx",
            "c/vit.encoder.onnx < ../sam/vit/sam_vit_b.encoder.onnx",
            "c/vit.decoder.onnx < ../sam/vit/sam_vit_b.decoder.onnx",
        ],
        &[
            "tiny.decoder c/tiny.decoder.onnx",
            "vit.decoder c/vit.decoder.onnx",
        ],
    ),
    (
        &["d/decoder.onnx < ../sam/sam2/sam2_hiera_tiny.decoder.onnx"],
        &[],
    ),
    (&["e/decoder.onnx = no graph"], &[]),
];

#[test]
fn networks_that_are_pointed_with_are_listed_by_their_folders() {
    for (files, listed) in POINTED {
        let root = tempfile::tempdir().unwrap();
        tree(root.path(), files);
        let entries = scan(&[place(root.path(), FileKind::Other, Tool::Own)], None);
        let line = |entry: &pentimento::library::Entry| {
            assert!(entry.kind == FileKind::Sam && entry.size > 1000);
            let path = entry.path.strip_prefix(root.path()).unwrap();
            format!("{} {}", entry.name, path.display())
        };
        let lines: Vec<_> = entries.iter().map(line).collect();
        assert_eq!(lines, *listed);
    }
}

#[test]
fn what_was_read_is_kept_until_the_file_changes() {
    let root = TempDir::new().unwrap();
    let memory = root.path().join("memory/models.json");
    let file = root.path().join("a.safetensors");
    write(&file, "emb_params:2,768");
    let places = [place(root.path(), FileKind::Other, Tool::Own)];
    assert_eq!(
        lines(&places, Some(&memory)),
        ["embedding a Stable Diffusion -"]
    );
    let kept = std::fs::read_to_string(&memory).unwrap();
    std::fs::write(&memory, kept.replace("Stable Diffusion", "Kept")).unwrap();
    assert_eq!(lines(&places, Some(&memory)), ["embedding a Kept -"]);
    write(&file, "emb_params:3,1024");
    assert_eq!(
        lines(&places, Some(&memory)),
        ["embedding a Stable Diffusion 2 -"]
    );
    std::fs::write(&memory, "{").unwrap();
    assert_eq!(
        lines(&places, Some(&memory)),
        ["embedding a Stable Diffusion 2 -"]
    );
}

#[test]
fn models_to_begin_with_can_be_asked_for() {
    for starter in &STARTERS {
        let source: Source = starter.source.parse().unwrap();
        assert!(matches!(source, Source::Hub { .. }), "{}", starter.name);
        assert!(!starter.licence.is_empty() && starter.about > 1 << 20);
    }
}
