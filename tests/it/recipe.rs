//! `recipe`: what other tools write, presets, wildcards, series and sweeps.

mod carried;
mod control;
mod detail;
mod field;
mod foreign;
mod infotext;
mod preset;
mod sweep;
mod tags;
mod text_file;
mod wildcard;

use pentimento::recipe::field::rows::KEYS;
use pentimento::recipe::{Recipe, Variation};

#[test]
fn every_field_of_a_recipe_is_known_by_name() {
    let serde_json::Value::Object(fields) = serde_json::to_value(Recipe::default()).unwrap() else {
        panic!("a recipe is an object");
    };
    let mut own: Vec<_> = fields.keys().map(String::as_str).collect();
    let mut known = KEYS.to_vec();
    own.sort_unstable();
    known.sort_unstable();
    assert_eq!(own, known);
}

#[test]
fn a_series_counts_the_seed_up_or_that_of_the_variation() {
    let seeds = |variation| -> Vec<(u64, Option<u64>)> {
        let recipe = Recipe {
            seed: u64::MAX - 1,
            variation,
            ..Recipe::default()
        };
        let series = (0..3).map(|index| recipe.nth(index));
        series
            .map(|recipe| {
                (
                    recipe.seed,
                    recipe.variation.map(|variation| variation.seed),
                )
            })
            .collect()
    };
    let top = u64::MAX;
    assert_eq!(seeds(None), [(top - 1, None), (top, None), (0, None)]);
    let with = |strength| Some(Variation { seed: 7, strength });
    assert_eq!(
        seeds(with(0.2)),
        [(top - 1, Some(7)), (top - 1, Some(8)), (top - 1, Some(9))]
    );
    assert_eq!(
        seeds(with(0.0)),
        [(top - 1, Some(7)), (top, Some(7)), (0, Some(7))]
    );
}
