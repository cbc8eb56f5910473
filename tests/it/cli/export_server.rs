//! `pentimento export-server`, as a studio calls it.

use super::{command, listing};

#[test]
fn a_repository_is_written_once_and_told_in_a_line() {
    let dir = tempfile::tempdir().unwrap();
    let model = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/models/ldm-sdxl.safetensors"
    );
    let args = ["export-server", "--model", model, "--out", "a/repository"];
    let more = ["--prefix", "xl", "--precision", "fp16", "--max-batch", "4"];
    let output = command(dir.path(), &[&args[..], &more, &["--json"]].concat());
    let output = { output }.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["out"], "a/repository");
    let networks = told["networks"].as_array().unwrap();
    let names: Vec<_> = networks.iter().map(|one| &one["name"]).collect();
    assert_eq!(
        names,
        [
            "xl-text_encoder",
            "xl-text_encoder_2",
            "xl-unet",
            "xl-vae_encoder",
            "xl-vae_decoder"
        ]
    );
    assert_eq!(
        (&networks[2]["batch"], &networks[4]["batch"]),
        (&4.into(), &1.into())
    );
    let mut sorted: Vec<_> = names.iter().map(|name| name.as_str().unwrap()).collect();
    sorted.sort_unstable();
    assert_eq!(listing(&dir.path().join("a/repository")), sorted);
    let sample = networks[2]["inputs"][0].as_str().unwrap();
    assert_eq!(sample, "`sample` float16 [batch, 4, height, width]");
    assert_eq!(listing(&dir.path().join("a")), ["repository"]);

    let again = command(dir.path(), &args).output().unwrap();
    let said = String::from_utf8(again.stderr).unwrap();
    assert_eq!(again.status.code(), Some(2));
    assert!(
        said.contains("a/repository") && said.lines().count() == 1,
        "{said}"
    );
}
