//! `recipe::{comfy, json}`: the JSON of ComfyUI, InvokeAI, SwarmUI, and our own.

use pentimento::recipe::parsed::{NoRecipe, read_metadata, read_text};
use pentimento::recipe::{Parsed, Recipe, Sampler, SeedSource, Spacing, Variation};

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
