//! What LoRAs are said to be.

use std::collections::BTreeMap;
use std::fs;

use pentimento::engine::lora::about::About;
use pentimento::recipe::{Sampler, Spacing, Suggestion};
use serde_json::Value;

/// Reads a file of this name with this metadata, and these files beside it.
fn about(name: &str, metadata: &[(&str, &str)], beside: &[(&str, &str)]) -> About {
    let folder = tempfile::tempdir().unwrap();
    let metadata: BTreeMap<_, _> = metadata.iter().copied().collect();
    let head = serde_json::json!({ "__metadata__": metadata }).to_string();
    let length = (head.len() as u64).to_le_bytes();
    let path = folder.path().join(format!("{name}.safetensors"));
    fs::write(&path, [&length[..], head.as_bytes()].concat()).unwrap();
    for (ending, text) in beside {
        fs::write(folder.path().join(format!("{name}.{ending}")), text).unwrap();
    }
    About::read(&path).unwrap()
}

const TAGS: &str = r#"{"10_hand": {"open hand": 7, " hand": 3, "glove": "5", "": 90}, "2_b": {"hand": 6, "x": null, "y": [1]}, "rubbish": 3}"#;
const DEEP: &str = "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[";

type Pairs = &'static [(&'static str, &'static str)];

/// Metadata; files beside; trigger words.
const WORDS: &[(Pairs, Pairs, &[&str])] = &[
    (&[], &[], &[]),
    (
        &[("ss_tag_frequency", TAGS)],
        &[],
        &["hand", "open hand", "glove", "x", "y"],
    ),
    (
        &[(
            "ss_tag_frequency",
            r#"{"a": {"miku (vocaloid)": 2, "rin \\(vocaloid\\)": 1}}"#,
        )],
        &[],
        &["miku \\(vocaloid\\)", "rin \\(vocaloid\\)"],
    ),
    (
        &[
            ("ss_tag_frequency", TAGS),
            ("modelspec.trigger_phrase", "hndz "),
        ],
        &[],
        &["hndz"],
    ),
    (
        &[
            ("ss_tag_frequency", DEEP),
            ("modelspec.trigger_phrase", "None"),
        ],
        &[("json", DEEP), ("civitai.info", "\u{0}")],
        &[],
    ),
    (
        &[("ss_tag_frequency", "[1, 2]")],
        &[("civitai.info", r#"{"trainedWords": "x"}"#)],
        &[],
    ),
    (
        &[("ss_tag_frequency", TAGS)],
        &[(
            "civitai.info",
            r#"{"trainedWords": ["hndz, nice", 3, "ok"]}"#,
        )],
        &["hndz, nice", "ok"],
    ),
    (
        &[],
        &[
            ("civitai.info", r#"{"trainedWords": ["hndz"]}"#),
            ("json", "\u{feff}{\"activation text\": \"my hndz\"}"),
        ],
        &["my hndz"],
    ),
    (
        &[],
        &[
            ("civitai.info", r#"{"trainedWords": ["hndz"]}"#),
            ("json", r#"{"activation text": ""}"#),
        ],
        &["hndz"],
    ),
];

#[test]
fn trigger_words_come_from_the_first_that_says_them() {
    for (metadata, beside, words) in WORDS {
        assert_eq!(
            about("x", metadata, beside).words,
            *words,
            "{metadata:?} {beside:?}"
        );
    }
}

#[test]
fn the_rest_is_read_too() {
    let beside = r#"{"preferred weight": "0.7", "notes": "for close-ups", "sd version": "SDXL"}"#;
    let metadata = [
        ("ss_output_name", "hands_v3"),
        ("ss_base_model_version", "sdxl_base_v1-0"),
    ];
    let expected = About {
        title: Some("hands_v3".into()),
        base: Some("sdxl_base_v1-0".into()),
        strength: Some(0.7),
        notes: Some("for close-ups".into()),
        ..About::default()
    };
    assert_eq!(about("x", &metadata, &[("json", beside)]), expected);
    let expected = About {
        base: Some("SD 1.5".into()),
        ..About::default()
    };
    let beside = [
        ("json", r#"{"preferred weight": 0, "notes": 3}"#),
        ("civitai.info", r#"{"baseModel": "SD 1.5"}"#),
    ];
    assert_eq!(about("x", &[], &beside), expected);
}

/// Steps, guidance, sampler, spacing.
type Suggested = Option<(usize, f64, Sampler, Spacing)>;

/// A file's name, and what it suggests.
const FEW_STEPS: &[(&str, Suggested)] = &[
    (
        "lcm-lora-sdv1-5",
        Some((4, 1.0, Sampler::Lcm, Spacing::Uniform)),
    ),
    (
        "LCM_LoRA_Weights_SD15",
        Some((4, 1.0, Sampler::Lcm, Spacing::Uniform)),
    ),
    (
        "sdxl_lightning_8step_lora",
        Some((8, 1.0, Sampler::Euler, Spacing::SgmUniform)),
    ),
    (
        "SDXL-Lightning 4 steps",
        Some((4, 1.0, Sampler::Euler, Spacing::SgmUniform)),
    ),
    (
        "Hyper-SD15-2steps-lora",
        Some((2, 1.0, Sampler::Ddim, Spacing::SgmUniform)),
    ),
    (
        "Hyper-SDXL-12steps-CFG-lora",
        Some((12, 5.0, Sampler::Ddim, Spacing::SgmUniform)),
    ),
    (
        "sd_xl_turbo_lora_v1",
        Some((4, 1.0, Sampler::EulerA, Spacing::SgmUniform)),
    ),
    (
        "dmd2_sdxl_4step_lora",
        Some((4, 1.0, Sampler::Lcm, Spacing::SgmUniform)),
    ),
    (
        "TCD-SDXL-LoRA",
        Some((4, 1.0, Sampler::Ddim, Spacing::SgmUniform)),
    ),
    ("sdxl_lightning_0step", None),
    ("lightning storm", None),
    ("hyperrealistic sdxl", None),
    ("911 turbo", None),
    ("film_steps", None),
    ("hands", None),
];

#[test]
fn few_steps_are_suggested() {
    for (name, expected) in FEW_STEPS {
        let expected = expected.map(|(steps, guidance, sampler, spacing)| Suggestion {
            steps,
            guidance,
            sampler,
            spacing,
        });
        assert_eq!(about(name, &[], &[]).suggestion, expected, "{name}");
        let titled = about("x", &[("ss_output_name", name)], &[]);
        assert_eq!(titled.suggestion, expected, "{name} as a title");
    }
}

#[test]
fn rubbish_in_metadata_is_no_words() {
    let wrong = Value::from(3).to_string();
    let all = [
        "ss_tag_frequency",
        "lora_adapter_metadata",
        "ss_output_name",
    ]
    .map(|key| (key, wrong.as_str()));
    assert_eq!(about("x", &all, &[]).title.as_deref(), Some("3"));
}
