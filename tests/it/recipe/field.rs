//! `recipe::field`: what the table of fields says holds wherever it is used.

use std::collections::BTreeSet;

use pentimento::engine::check_recipe;
use pentimento::recipe::field::rows::{FIELDS, MASK_BLUR_X};
use pentimento::recipe::field::{Field, Kind, Value};
use pentimento::recipe::sweep::{grid, parameters};
use pentimento::recipe::{Control, Method, Recipe};

/// The recipe with a field at a number.
fn with(field: &Field, number: f64) -> Option<Recipe> {
    let mut recipe = Recipe {
        method: Method::InpaintEncode,
        controls: vec![Control::default()],
        ..Recipe::default()
    };
    let value = match field.kind {
        Kind::Whole(_) => Value::Whole(number as u64),
        _ => Value::Number(number),
    };
    (field.set)(&mut recipe, value).map(|()| recipe)
}

#[test]
fn the_check_takes_the_ends_of_each_range_and_nothing_beyond() {
    let mut numbers = 0;
    for field in FIELDS {
        let (Kind::Whole(scale) | Kind::Number(scale)) = &field.kind else {
            continue;
        };
        numbers += 1;
        let (least, most) = scale.range;
        for end in [least, most] {
            let recipe = with(field, end).unwrap();
            assert_eq!(check_recipe(&recipe), Ok(()), "{field:?} {end}");
        }
        let mut beyond = vec![most + 1.0, f64::from(u32::MAX)];
        match field.kind {
            Kind::Number(_) => beyond.extend([least - 0.5, most + 0.5, f64::NAN]),
            _ if least > 0.0 => beyond.push(least - 1.0),
            _ => {}
        }
        for number in beyond {
            let recipe = with(field, number).unwrap();
            let line = check_recipe(&recipe).unwrap_err().to_string();
            // The smallest number is told as such.
            let told = (field.get)(&recipe).to_string();
            let ends = line.contains(&most.to_string()) || line.contains("is usual");
            assert!(line.contains(&told) && ends, "{field:?} {number}: {line}");
            assert!(!line.contains(['{', '}']), "{field:?}: {line}");
        }
    }
    assert!(numbers >= 9, "{numbers} numbers");
}

/// What is usual lies in the range and on the slider, and every text is filled in.
#[test]
fn rows_are_complete() {
    let mut names = BTreeSet::new();
    for field in FIELDS {
        let option = &field.option;
        for name in [option.name, option.alias] {
            assert!(name.is_empty() || names.insert(name), "--{name} twice");
        }
        let help = field.filled(option.help, &Value::None);
        for word in ["{usual}", "{range}", "{most}", "{value}", "{label}"] {
            assert!(!help.contains(word), "{field:?}: {help}");
        }
        assert!(help.len() > 10 && !help.ends_with('.'), "{field:?}: {help}");
        let tooltip = field.caption.tooltip;
        let captioned = field.caption.label.is_empty() == tooltip.is_empty();
        assert!(captioned && (tooltip.is_empty() || tooltip.ends_with('.')));
        if let (Kind::Whole(scale) | Kind::Number(scale), Some(usual)) =
            (&field.kind, field.usual().number())
        {
            assert!((scale.slider.0..=scale.slider.1).contains(&usual));
        }
        // A value that is got can be set.
        let mut recipe = Recipe::default();
        let value = (field.get)(&recipe);
        if **field != MASK_BLUR_X && value != Value::None {
            assert_eq!((field.set)(&mut recipe, value), Some(()), "{field:?}");
            assert_eq!(recipe, Recipe::default(), "{field:?}");
        }
    }
}

#[test]
fn what_a_sweep_gives_as_an_example_can_be_swept() {
    let recipe = Recipe {
        prompt: "open hand".to_owned(),
        controls: vec![Control::default()],
        ..Recipe::default()
    };
    for field in parameters() {
        let sweep = field.sweep.as_ref().unwrap();
        let axis = format!("{}={}", field.option.name, sweep.example);
        let axis = axis.parse().unwrap();
        let rows = grid(&recipe, Some(&axis), None).unwrap();
        for recipe in &rows[0] {
            assert_eq!(check_recipe(recipe), Ok(()), "{field:?}");
        }
        let last = rows[0].last().unwrap();
        assert_ne!(last, &recipe, "{field:?}");
        assert!(sweep.about.ends_with('.'), "{field:?}");
    }
}
