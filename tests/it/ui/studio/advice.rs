//! What is said before a repaint, and what helps: a table.

use std::time::Duration;

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::document::{Document, EditName};
use pentimento::engine::{Event, TokenCounter};
use pentimento::raster::{Mask, Picture, Size};
use pentimento::recipe::{Area, Recipe};

use super::{Window, bare, info, ready};

/// What is done, a part of what is said, and the button that ends it; none where no button does.
type Row = (fn(&mut Window), &'static str, Option<&'static str>);

const ROWS: &[Row] = &[
    (
        |window| window.recipe_mut().strength = 0.0,
        "At strength 0 nothing changes",
        Some("Usual strength"),
    ),
    (
        |window| {
            mask(window, 3);
            window.recipe_mut().mask_blur = 4.0;
        },
        "its blur leaves less than half",
        Some("Blur 1 px"),
    ),
    // The model's own side is 32 pixels.
    (
        |window| {
            large(window);
            window.recipe_mut().area = Area::OnlyMasked;
            window.recipe_mut().padding = 40;
        },
        "2.4 times enlarged",
        Some("No padding"),
    ),
    (
        |window| {
            large(window);
            mask(window, 4);
            window.recipe_mut().area = Area::OnlyMasked;
            window.recipe_mut().padding = 40;
        },
        "too small for the model to draw in",
        None,
    ),
];

/// Masks so many columns.
fn mask(window: &mut Window, columns: u32) {
    let document = window.harness.state_mut().document_mut();
    document.edit_mask(EditName::Import, |mask| {
        Mask::from_fn(mask.size(), |x, y| {
            if (8..8 + columns).contains(&x) && (8..28).contains(&y) {
                255
            } else {
                0
            }
        })
    });
}

/// Opens a picture of which a model of 32 pixels sees a part.
fn large(window: &mut Window) {
    let size = Size::new(200, 200);
    *window.harness.state_mut().document_mut() =
        Document::new(Picture::filled(size, [128, 128, 128, 255]));
    mask(window, 20);
}

#[test]
fn what_is_said_and_helps_is_as_in_the_table() {
    for (does, said, help) in ROWS {
        let mut window = ready();
        let document = window.harness.state_mut().document_mut();
        document.edit_mask(EditName::Import, |mask| Mask::filled(mask.size(), 255));
        window.steps();
        assert!(!window.shows(said), "{said}: at first");
        does(&mut window);
        window.steps();
        assert!(window.shows(said), "{said}");
        assert!(window.is_enabled("Repaint"), "{said}: nobody is held up");
        if let Some(help) = help {
            window.harness.get_by_label(help).scroll_to_me();
            window.steps();
            window.press(help);
            assert!(!window.shows(said), "{said}: {help}");
        }
    }
}

#[test]
fn the_built_in_model_says_which_words_it_was_not_taught() {
    let mut window = bare();
    window.mask();
    window.commands.try_recv().unwrap();
    let known = ["open", "hand", "five", "fingers"];
    let words = move |text: &str| {
        let words = text.split_whitespace();
        let tokens = |word: &str| vec![7; if known.contains(&word) { 1 } else { 3 }];
        Some(words.map(tokens).collect())
    };
    let mut info = info();
    info.load = Duration::from_millis(1);
    info.tokens = TokenCounter::new(info.spec.text_window, info.spec.fixed.windows, words);
    window.say(Event::Loaded(Ok(info)));
    for (prompt, said) in [
        ("open hand", None),
        ("open hand, wizard", Some("does not know: wizard.")),
        (
            "(robot:1.2) five fingers AND robot",
            Some("does not know: robot."),
        ),
        ("<lora:detail:0.8> hand", None),
    ] {
        window.recipe_mut().prompt = prompt.to_owned();
        window.steps();
        match said {
            Some(said) => assert!(window.shows(said), "{prompt}"),
            None => assert!(!window.shows("does not know"), "{prompt}"),
        }
    }
}

#[test]
fn a_folded_section_says_in_one_line_what_is_in_it_and_opens_when_it_is_pressed() {
    let mut window = ready();
    window.harness.state_mut().settings_mut().unfolded.clear();
    *window.recipe_mut() = Recipe {
        steps: 25,
        guidance_scale: 3.0,
        color_match: true,
        ..window.recipe().clone()
    };
    window.harness.run_steps(30);
    for line in [
        "25 \u{b7} guidance 3",
        "blur 4 px",
        "padding 32 px",
        "match colours",
    ] {
        assert!(window.shows(line), "{line}");
    }
    let rows = |window: &Window| {
        let sliders = window.harness.query_all_by_role(Role::Slider);
        let names = sliders.filter_map(|node| node.accesskit_node().label());
        names.collect::<Vec<_>>()
    };
    assert!(!rows(&window).contains(&"Steps".to_owned()));
    window.harness.get_by_label("Sampling").click();
    window.harness.run_steps(30);
    assert!(rows(&window).contains(&"Steps".to_owned()));
    assert!(!window.shows("25 \u{b7} guidance 3"));
    assert_eq!(window.app().settings().unfolded.len(), 1);
}
