//! `recipe::{comfy, json, parsed}`: what other programs write, and our own JSON.
//!
//! `tests/fixtures/recipes` has a file a family, and in it a case a line: texts as a picture carries them, and the fields that are found in them with their values.

use std::fs;
use std::path::Path;

use pentimento::recipe::parsed::{NoRecipe, read_metadata, read_text};
use pentimento::recipe::{Parsed, Recipe, Sampler, SeedSource, Spacing, Variation};
use serde_json::{Map, Value, json};

fn chunk(keyword: &str, text: &str) -> Parsed {
    let text = [
        ("Software".to_owned(), "a tool".to_owned()),
        (keyword.to_owned(), text.to_owned()),
    ];
    read_metadata(&text, None, &Recipe::default()).unwrap()
}

fn kept<'a>(parsed: &'a Parsed, key: &str) -> Option<&'a str> {
    let pair = parsed.others.iter().find(|(own, _)| own == key);
    pair.map(|(_, value)| value.as_str())
}

/// A graph of ComfyUI's nodes: two prompts, a LoRA, text from a primitive node, and a second sampler behind the first.
const GRAPH: &str = r#"{
  "3": {"class_type": "KSampler", "inputs": {"seed": 156680208700286, "steps": 22, "cfg": 8.0, "sampler_name": "dpmpp_2m_sde_gpu", "scheduler": "karras", "denoise": 0.87, "model": ["10", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}},
  "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5.safetensors"}},
  "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 768, "batch_size": 1}},
  "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["11", 0], "clip": ["4", 1]}},
  "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "watermark", "clip": ["4", 1]}},
  "8": {"class_type": "VAEDecode", "inputs": {"samples": ["12", 0], "vae": ["4", 2]}},
  "10": {"class_type": "LoraLoader", "inputs": {"lora_name": "hands.safetensors", "strength_model": 0.6, "model": ["4", 0]}, "is_changed": [NaN]},
  "11": {"class_type": "PrimitiveString", "inputs": {"value": "an open hand"}},
  "12": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 9, "cfg": 2.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 0.5, "model": ["10", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["13", 0]}},
  "13": {"class_type": "LatentUpscaleBy", "inputs": {"samples": ["3", 0], "scale_by": 1.5}}
}"#;

#[test]
fn a_graph_is_followed_from_its_first_sampler() {
    let parsed = chunk("prompt", GRAPH);
    let expected = Recipe {
        prompt: "an open hand".to_owned(),
        negative_prompt: "watermark".to_owned(),
        strength: 0.87,
        steps: 22,
        guidance_scale: 8.0,
        sampler: Sampler::DpmPp2mSde,
        spacing: Spacing::Karras,
        seed: 156_680_208_700_286,
        ..Recipe::default()
    };
    assert_eq!(parsed.recipe, expected);
    assert_eq!(parsed.size, Some((512, 768)));
    for (key, value) in [
        ("Samplers", "2, of which the first was read"),
        ("CheckpointLoaderSimple.ckpt_name", "v1-5.safetensors"),
        ("LoraLoader.lora_name", "hands.safetensors"),
        ("LoraLoader.strength_model", "0.6"),
        ("KSampler.steps", "9"),
        ("LatentUpscaleBy.scale_by", "1.5"),
    ] {
        assert_eq!(kept(&parsed, key), Some(value), "{key}");
    }
    // What was read is not told again.
    assert!(
        !parsed
            .others
            .iter()
            .any(|(_, value)| value == "22" || value == "an open hand")
    );
    let request = format!(r#"{{"client_id": "x", "prompt": {GRAPH}}}"#);
    assert_eq!(
        read_text(&request, &Recipe::default()).unwrap().recipe,
        expected
    );
}

/// The same with what newer graphs have: noise, guider, sampler and sigmas in nodes of their own, composed and passed-on conditioning.
const CUSTOM: &str = r#"{
  "1": {"class_type": "SamplerCustomAdvanced", "inputs": {"noise": ["2", 0], "guider": ["3", 0], "sampler": ["4", 0], "sigmas": ["5", 0], "latent_image": ["6", 2]}},
  "2": {"class_type": "RandomNoise", "inputs": {"noise_seed": 77}},
  "3": {"class_type": "CFGGuider", "inputs": {"cfg": 4.5, "positive": ["6", 0], "negative": ["6", 1]}},
  "4": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "res_multistep"}},
  "5": {"class_type": "BasicScheduler", "inputs": {"scheduler": "sgm_uniform", "steps": 14, "denoise": 1}},
  "6": {"class_type": "InpaintModelConditioning", "inputs": {"positive": ["7", 0], "negative": ["9", 0]}},
  "7": {"class_type": "ConditioningCombine", "inputs": {"conditioning_1": ["8", 0], "conditioning_2": ["10", 0]}},
  "8": {"class_type": "CLIPTextEncode", "inputs": {"text": "a hand"}},
  "9": {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["8", 0]}},
  "10": {"class_type": "CLIPTextEncode", "inputs": {"text": "five fingers"}}
}"#;

#[test]
fn newer_graphs_are_followed_too() {
    let parsed = read_text(CUSTOM, &Recipe::default()).unwrap();
    let recipe = &parsed.recipe;
    assert_eq!(recipe.prompt, "a hand AND five fingers");
    assert_eq!(
        (recipe.negative_prompt.as_str(), recipe.seed, recipe.steps),
        ("", 77, 14)
    );
    assert_eq!((recipe.guidance_scale, recipe.strength), (4.5, 1.0));
    assert_eq!(recipe.spacing, Spacing::SgmUniform);
    assert_eq!(
        kept(&parsed, "sampler_name"),
        Some("res_multistep"),
        "an unknown sampler is kept"
    );
    assert_eq!(recipe.sampler, Recipe::default().sampler);
}

#[test]
fn graphs_that_go_in_circles_end() {
    let text = r#"{"1": {"class_type": "KSampler", "inputs": {"seed": ["1", 0], "steps": ["2", 0], "positive": ["2", 0], "latent_image": ["1", 0]}},
        "2": {"class_type": "X", "inputs": {"steps": ["1", 0], "conditioning": ["2", 0]}}}"#;
    assert_eq!(read_text(text, &Recipe::default()), Err(NoRecipe::Nothing));
}

#[test]
fn invokes_metadata_is_read() {
    let parsed = chunk(
        "invokeai_metadata",
        r#"{"app_version": "5.0.0", "generation_mode": "img2img", "positive_prompt": "a hand", "negative_prompt": "six", "width": 512, "height": 640, "seed": 4, "rand_device": "cpu", "cfg_scale": 7.5, "steps": 30, "scheduler": "dpmpp_2m_k", "strength": 0.6, "model": {"name": "sd-1.5"}}"#,
    );
    let expected = Recipe {
        prompt: "a hand".to_owned(),
        negative_prompt: "six".to_owned(),
        strength: 0.6,
        steps: 30,
        guidance_scale: 7.5,
        sampler: Sampler::DpmPp2m,
        spacing: Spacing::Karras,
        seed: 4,
        ..Recipe::default()
    };
    assert_eq!(parsed.recipe, expected);
    assert_eq!(parsed.size, Some((512, 640)));
    assert_eq!(kept(&parsed, "model"), Some(r#"{"name":"sd-1.5"}"#));
    assert_eq!(kept(&parsed, "app_version"), Some("5.0.0"));
}

#[test]
fn swarms_parameters_are_read() {
    let base = Recipe {
        seed_source: SeedSource::Philox,
        ..Recipe::default()
    };
    let text = r#"{"sui_image_params": {"prompt": "a hand", "negativeprompt": "six", "model": "sd", "seed": 8, "steps": "12", "cfgscale": 3, "width": 768, "height": 512, "sampler": "dpmpp_2s_ancestral", "scheduler": "ddim_uniform", "initimagecreativity": 0.4, "variationseed": 9, "variationseedstrength": 0.1, "swarm_version": "0.9"}, "sui_extra_data": {"date": "today"}}"#;
    let parsed = read_text(text, &base).unwrap();
    let expected = Recipe {
        prompt: "a hand".to_owned(),
        negative_prompt: "six".to_owned(),
        strength: 0.4,
        steps: 12,
        guidance_scale: 3.0,
        sampler: Sampler::DpmPp2sA,
        spacing: Spacing::Ddim,
        seed: 8,
        variation: Some(Variation {
            seed: 9,
            strength: 0.1,
        }),
        ..Recipe::default()
    };
    assert_eq!(parsed.recipe, expected);
    assert_eq!(parsed.size, Some((768, 512)));
    assert_eq!(kept(&parsed, "model"), Some("sd"));
    assert_eq!(kept(&parsed, "sui_extra_data"), Some(r#"{"date":"today"}"#));
}

#[test]
fn our_own_json_may_be_partial() {
    let base = Recipe {
        steps: 3,
        ..Recipe::default()
    };
    let parsed = read_text(
        r#"{"prompt": "x", "sampler": "lcm", "remark": "mine"}"#,
        &base,
    )
    .unwrap();
    assert_eq!(
        (parsed.recipe.steps, parsed.recipe.sampler),
        (3, Sampler::Lcm)
    );
    assert_eq!(parsed.found, ["prompt", "sampler"]);
    assert_eq!(kept(&parsed, "remark"), Some("mine"));
    let wrong = read_text(r#"{"sampler": "eular"}"#, &base).unwrap_err();
    assert!(
        matches!(&wrong, NoRecipe::Field { field, .. } if field == "sampler"),
        "{wrong}"
    );
    assert!(read_text(r#"{"a": 1}"#, &base).is_err());
}

/// A text as a picture carries it: JSON is written out.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

fn check_case(case: &Value) {
    let name = &case["name"];
    let chunks = case["chunks"].as_object().unwrap().iter();
    let chunks: Vec<_> = chunks
        .map(|(key, value)| (key.clone(), written(value)))
        .collect();
    // Nothing that a program leaves out may come from here.
    let base = Recipe {
        prompt: "of before".to_owned(),
        negative_prompt: "of before".to_owned(),
        sampler: Sampler::UniPc,
        spacing: Spacing::KlOptimal,
        strength: 0.125,
        steps: 77,
        ..Recipe::default()
    };
    let read = read_metadata(&chunks, None, &base);
    if let Some(error) = case["error"].as_str() {
        assert!(read.unwrap_err().to_string().contains(error), "{name}");
        return;
    }
    let parsed = read.unwrap();
    let Value::Object(mut recipe) = serde_json::to_value(&parsed.recipe).unwrap() else {
        panic!("a recipe is an object");
    };
    recipe.retain(|field, _| parsed.found.contains(&field.as_str()));
    let numbers = |fields: &Map<String, Value>| -> Vec<(String, String)> {
        let plain = |value: &Value| match value.as_f64() {
            Some(number) if value.is_f64() => number.to_string(),
            _ => value.to_string(),
        };
        fields
            .iter()
            .map(|(key, value)| (key.clone(), plain(value)))
            .collect()
    };
    let expected = case["expects"].as_object().unwrap();
    assert_eq!(numbers(&recipe), numbers(expected), "{name}");
    let size = case["size"].as_array();
    let size = size.map(|sides| {
        (
            sides[0].as_u64().unwrap() as u32,
            sides[1].as_u64().unwrap() as u32,
        )
    });
    assert_eq!(parsed.size, size, "{name}");
    let notes = case["notes"].as_array().map_or(&[][..], Vec::as_slice);
    assert_eq!(
        parsed.notes.len(),
        notes.len(),
        "{name}: {:?}",
        parsed.notes
    );
    for (note, words) in parsed.notes.iter().zip(notes) {
        assert!(note.contains(words.as_str().unwrap()), "{name}: {note}");
    }
}

#[test]
fn what_other_programs_write_is_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recipes");
    let mut cases = 0;
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for case in serde_json::from_str::<Vec<Value>>(&text).unwrap() {
            check_case(&case);
            cases += 1;
        }
    }
    assert!(cases > 0);
}

/// A graph whose sampler's prompt is node `t0`, with more nodes.
fn sampled(nodes: impl IntoIterator<Item = (String, Value)>) -> Value {
    let sampler = json!({"class_type": "KSampler", "inputs": {"seed": 5, "steps": 3, "positive": ["t0", 0], "latent_image": ["l", 0]}});
    let own = [("s".to_owned(), sampler)];
    Value::Object(own.into_iter().chain(nodes).collect())
}

fn texts(class: &str, count: usize, input: impl Fn(usize, usize) -> Value) -> Vec<(String, Value)> {
    let node = |at| {
        let inputs = json!({"string_a": input(at, 1), "string_b": input(at, 2), "delimiter": ""});
        (
            format!("t{at}"),
            json!({"class_type": class, "inputs": inputs}),
        )
    };
    (0..count).map(node).collect()
}

#[test]
fn graphs_that_do_harm_end() {
    let next = |at: usize, _: usize| json!([format!("t{}", at + 1), 0]);
    let leaf = |at: usize| {
        (
            format!("t{at}"),
            json!({"class_type": "P", "inputs": {"value": "a".repeat(1000)}}),
        )
    };
    let subgraph = |at: usize| {
        let nodes: Vec<_> = (0..10)
            .map(|id| json!({"id": id, "type": format!("g{}", at + 1)}))
            .collect();
        json!({"id": format!("g{at}"), "nodes": nodes, "links": []})
    };
    let subgraphs: Vec<_> = (0..40).map(subgraph).collect();
    let graphs = [
        // Twice as long at each of 60 nodes, and of 5, which is read.
        sampled(texts("StringConcatenate", 60, next).into_iter().chain([leaf(60)])),
        sampled(texts("StringConcatenate", 5, next).into_iter().chain([leaf(5)])),
        // As many ways, none to a text.
        sampled(texts("Anything", 60, next)),
        sampled(texts("Anything", 3000, |at, side| json!([format!("t{}", (at * 7 + side * 13) % 3000), 0]))),
        sampled(texts("Anything", 20_000, next)),
        sampled((0..5000).map(|at| (format!("k{at}"), json!({"class_type": "KSampler", "inputs": {"latent_image": [format!("k{}", at + 1), 0]}})))),
        json!({"nodes": [{"id": 1, "type": "g0"}], "links": [], "definitions": {"subgraphs": subgraphs}}),
        json!({"nodes": [{"id": 1, "type": "a"}], "links": [], "definitions": {"subgraphs": [{"id": "a", "nodes": [{"id": 1, "type": "a"}], "links": []}]}}),
        json!({"nodes": [{"id": 1, "type": "KSampler", "inputs": [{"name": "positive", "link": 1}]}, {"id": 2, "type": "Reroute", "inputs": [{"name": "", "link": 1}]}], "links": [[1, 2, 0, 1, 0, "X"]]}),
    ];
    for (index, graph) in graphs.iter().enumerate() {
        let read = read_text(&graph.to_string(), &Recipe::default());
        let length = read.map_or(0, |parsed| parsed.recipe.prompt.len());
        assert_eq!(length, if index == 1 { 32_000 } else { 0 }, "{index}");
    }
}
