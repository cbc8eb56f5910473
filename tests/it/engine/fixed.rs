//! Each row of `fixed_models.json` puts graphs of fixed lengths into a model and repaints with it: at the size that they fix, or with one line that names it.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use pentimento::diffusion::networks::Networks as _;
use pentimento::diffusion::plan::Plan;
use pentimento::diffusion::repaint::repaint_batch;
use pentimento::raster::{Mask, Patch, Picture, Rect, Size};
use pentimento::recipe::Recipe;
use serde::Deserialize;

use super::bad_models::copy;
use super::{fixture, json, load};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    /// Folder below `models` that the rest comes from: that of `optimum-1.24` where none is named.
    from: Option<String>,
    /// Graphs from `graphs` in the place of the model's.
    replace: BTreeMap<String, String>,
    repaints: Vec<Repaint>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Repaint {
    area: String,
    size: Option<[u32; 2]>,
    resize: Option<String>,
    #[serde(default)]
    prompt: String,
    #[serde(default)]
    negative: String,
    /// Pictures at once; one where it is not said.
    count: Option<usize>,
    /// Size that it is rendered at.
    working: Option<[u32; 2]>,
    /// A model without fixed lengths that gives the same pixels.
    r#as: Option<String>,
    /// What the refusal says.
    #[serde(default)]
    says: Vec<String>,
}

#[test]
fn fixed_lengths_are_kept_or_named() {
    let rows: Vec<Row> = serde_json::from_value(json("fixed_models.json")).unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        let scratch = tempfile::tempdir().unwrap();
        let model = scratch.path().join("model");
        let from = row.from.as_deref().unwrap_or("optimum-1.24");
        copy(&fixture("models").join(from), &model);
        for (name, graph) in &row.replace {
            let graph = fixture("graphs").join(format!("{graph}.onnx"));
            fs::copy(graph, model.join(name)).unwrap();
        }
        for (index, repaint) in row.repaints.iter().enumerate() {
            let name = format!("{}, repaint {}", row.name, index + 1);
            match run(&model, repaint) {
                Ok((working, patches)) => {
                    assert!(repaint.says.is_empty(), "{name}: it was done");
                    if let Some([width, height]) = repaint.working {
                        assert_eq!(working, Size::new(width, height), "{name}");
                    }
                    assert_eq!(patches.len(), repaint.count.unwrap_or(1), "{name}");
                    if let Some(other) = &repaint.r#as {
                        let (_, same) = run(&fixture("models").join(other), repaint).unwrap();
                        assert!(patches == same, "{name}: other pixels than {other}'s");
                    }
                }
                Err(error) => {
                    assert!(!repaint.says.is_empty(), "{name}: {error}");
                    for part in &repaint.says {
                        assert!(error.contains(part), "{name}: no `{part}` in {error}");
                    }
                }
            }
        }
    }
}

fn run(model: &Path, repaint: &Repaint) -> Result<(Size, Vec<Patch>), String> {
    let size = Size::new(100, 80);
    let picture = Arc::new(Picture::from_fn(size, |x, y| [x as u8, y as u8, 77, 255]));
    let hole = Rect::new(30, 20, 60, 50);
    let mask = Mask::from_fn(size, |x, y| 255 * u8::from(hole.contains_point(x, y)));
    let recipe = Recipe {
        area: repaint.area.parse().unwrap(),
        resize: repaint
            .resize
            .as_deref()
            .unwrap_or("stretch")
            .parse()
            .unwrap(),
        size: repaint.size,
        prompt: repaint.prompt.clone(),
        negative_prompt: repaint.negative.clone(),
        steps: 3,
        seed: 5,
        ..Recipe::default()
    };
    let (mut networks, _) = load(model).unwrap();
    let plan = Plan::new(&picture, Some(&mask), &recipe, networks.spec())
        .and_then(|plan| plan.batch(repaint.count.unwrap_or(1)))
        .map_err(|error| error.to_string())?;
    let patches = repaint_batch(&plan, &mut networks, &mut |_| ControlFlow::Continue(()));
    Ok((
        plan.frame.working,
        patches.map_err(|error| error.to_string())?,
    ))
}
