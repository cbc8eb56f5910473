//! Files of textual inversion: what they hold against the generator's list, and what is said of others.

use std::path::Path;

use pentimento::engine::embedding::Embedding;
use safetensors::tensor::{Dtype, TensorView};

use super::{fixture, json};

#[test]
fn vectors_are_those_of_the_files() {
    let rows = json("../golden/embeddings/rows.json");
    let rows = rows.as_object().unwrap();
    assert!(rows.len() > 3);
    for (name, want) in rows {
        let file = fixture("../golden/embeddings").join(format!("{name}.safetensors"));
        let embedding = Embedding::open(&file).unwrap();
        let want: Vec<Vec<Vec<f32>>> = serde_json::from_value(want.clone()).unwrap();
        let found: Vec<Vec<Vec<f32>>> = (embedding.vectors.iter())
            .map(|vectors| vectors.outer_iter().map(|row| row.to_vec()).collect())
            .collect();
        assert_eq!(found, want, "{name}");
        assert_eq!(
            (&embedding.name, embedding.tokens()),
            (name, want[0].len()),
            "{name}"
        );
    }
}

/// The tensors of a file `|` widths of the model's text encoders `|` what is wrong with it, or nothing.
const FILES: &str = "
emb_params 2,768 F32 | 768 |
emb_params 2,768 BF16 | 768 |
<s> 768 F16 | 768 |
emb_params 1,768 F16; name 1 F32 | 768 |
clip_g 2,1280 F16; clip_l 2,768 F16 | 768 1280 |
text_encoders_0 2,768 F16; text_encoders_1 2,1280 F16 | 768 1280 |
clip_l 3,768 F16 | 768 |
emb_params 2,768 F32 | 1024 | its vectors are 768 wide and the model's are 1024; use an embedding made for this family of models
emb_params 2,768 F32 | 768 1280 | its vectors are 768 wide and the model's are 768 and 1280; use an embedding made for this family of models
clip_g 2,1280 F16; clip_l 2,768 F16 | 768 | its vectors are 768 and 1280 wide and the model's are 768; use an embedding made for this family of models
clip_g 2,1280 F16 | 768 1280 | it has `clip_g` alone; SDXL needs `clip_l` beside it
clip_g 3,1280 F16; clip_l 2,768 F16 | 768 1280 | it has 2 vectors for one text encoder and 3 for the other
a 2,4 F32; b 2,4 F32 | 4 | it holds 2 tensors, so it is no embedding; use a file of textual inversion
emb_params 2,3,4 F32 | 4 | `emb_params`: it is [2, 3, 4] where [tokens, width] belongs
emb_params 0,768 F32 | 768 | `emb_params`: it is [0, 768] where [tokens, width] belongs
emb_params 2,4 BOOL | 4 | `emb_params`: bool is no number of a network
";

#[test]
fn files_of_another_kind_are_told_from_embeddings() {
    let scratch = tempfile::tempdir().unwrap();
    for (index, row) in FILES.trim().lines().enumerate() {
        let [tensors, widths, want] = row
            .split('|')
            .map(str::trim)
            .collect::<Vec<_>>()
            .try_into()
            .unwrap();
        let path = scratch.path().join(format!("{index}.safetensors"));
        write(&path, tensors);
        let widths: Vec<usize> = widths
            .split(' ')
            .map(|width| width.parse().unwrap())
            .collect();
        let said = Embedding::open(&path).and_then(|found| found.check(&widths));
        let said = said.map_or_else(|error| error.to_string(), |()| String::new());
        let said = said.split_once(": ").map_or("", |(_, said)| said);
        assert_eq!(said, want, "{row}");
    }
}

fn write(path: &Path, tensors: &str) {
    let zeros = vec![0; 1 << 16];
    let views = tensors.split("; ").map(|tensor| {
        let [name, shape, kind] = tensor.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let shape: Vec<usize> = shape.split(',').map(|side| side.parse().unwrap()).collect();
        let (kind, size) = match kind {
            "F32" => (Dtype::F32, 4),
            "F16" => (Dtype::F16, 2),
            "BF16" => (Dtype::BF16, 2),
            _ => (Dtype::BOOL, 1),
        };
        let bytes = shape.iter().product::<usize>() * size;
        (
            name.to_owned(),
            TensorView::new(kind, shape, &zeros[..bytes]).unwrap(),
        )
    });
    safetensors::serialize_to_file(views, None, path).unwrap();
}
