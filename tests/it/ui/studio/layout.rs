//! What is typed, loaded or said leaves the parts of the window where they are.

use std::collections::BTreeMap;

use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect, Role, vec2};
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use pentimento::engine;
use pentimento::recipe::field::Kind;
use pentimento::recipe::field::rows::FIELDS;
use pentimento::recipe::{MaskMode, MaskedContent, SeedSource, Variation};
use pentimento::ui::{Tool, action};

use super::{Window, bare, info, ready};

/// What has a place of its own.
const FIXED: &[Role] = &[
    Role::Button,
    Role::Canvas,
    Role::CheckBox,
    Role::ComboBox,
    Role::MultilineTextInput,
    Role::Slider,
    Role::SpinButton,
    Role::TextInput,
];

/// Tools whose settings have numbers.
const TOOLS: &[&str] = &["tool.brush", "tool.color_brush", "tool.wand", "tool.frame"];

/// Sizes of the window, pixels, and what a point takes of them.
const SCREENS: &[([f32; 2], f32)] = &[
    ([1280.0, 800.0], 1.0),
    ([1024.0, 640.0], 1.0),
    ([1280.0, 800.0], 1.25),
    ([2560.0, 1600.0], 2.0),
    ([720.0, 480.0], 1.0),
];

/// A name, and what is put into the window.
type Content = (&'static str, fn(&mut Window));

const CONTENTS: &[Content] = &[
    ("prompts without blanks", |window| {
        window.recipe_mut().prompt = "x".repeat(3000);
        window.recipe_mut().negative_prompt = "y".repeat(3000);
    }),
    ("a long mistake in a prompt", |window| {
        window.recipe_mut().prompt = format!("__{}__ (a:1.1", "x".repeat(3000));
    }),
    ("numbers of a foreign recipe", |window| {
        let recipe = window.recipe_mut();
        recipe.steps = usize::MAX as _;
        recipe.guidance_scale = 123_456_789.5;
        recipe.mask_blur = 123_456_789.5;
        recipe.mask_blur_y = Some(987_654_321.5);
        recipe.padding = u32::MAX;
        recipe.grow_mask = u32::MAX;
        recipe.size = Some([u32::MAX; 2]);
        recipe.seed = u64::MAX;
        recipe.variation = Some(Variation {
            seed: u64::MAX,
            strength: 123_456_789.5,
        });
    }),
    ("the longest choices of every list", |window| {
        let recipe = window.recipe_mut();
        recipe.seed_source = SeedSource::Philox;
        recipe.mask_mode = MaskMode::NotMasked;
        recipe.masked_content = MaskedContent::LatentNoise;
        recipe.color_match = true;
    }),
    ("a model's long name", |window| {
        let mut info = info();
        info.spec.name = "x".repeat(400);
        window.say(engine::Event::Loaded(Ok(info)));
    }),
    ("long notices", |window| {
        let notices = window.harness.state_mut().notices_mut();
        notices.say("x".repeat(10_000));
        notices.say("word ".repeat(2_000));
        notices.fail("line\n".repeat(2_000));
        notices.fail("x".repeat(10_000));
    }),
    ("jobs with long prompts", |window| {
        window.recipe_mut().prompt = "x".repeat(3000);
        for _ in 0..3 {
            window.press_repaint();
        }
    }),
];

/// Where canvas, prompt and Repaint lie.
fn anchors(window: &Window) -> [Rect; 3] {
    let harness = &window.harness;
    let repaint = harness.query_all_by_role_and_label(Role::Button, "Repaint");
    let prompt = harness.get_by_role_and_label(Role::MultilineTextInput, "Prompt");
    [
        canvas(window),
        prompt.rect(),
        // The menu comes first.
        repaint.last().unwrap().rect(),
    ]
}

/// Where everything that has a place lies.
fn places(window: &Window) -> BTreeMap<String, Vec<Rect>> {
    let mut places = BTreeMap::<_, Vec<_>>::new();
    for node in window.harness.query_all(By::new().predicate(|_| true)) {
        let (role, label) = (node.accesskit_node().role(), node.accesskit_node().label());
        if FIXED.contains(&role) {
            let name = format!("{role:?} {}", label.unwrap_or_default());
            places.entry(name).or_default().push(node.rect());
        }
    }
    places
}

fn canvas(window: &Window) -> Rect {
    window.harness.get_by_label("Canvas").rect()
}

/// What lies elsewhere than before, of what was and still is there.
fn moved(before: &BTreeMap<String, Vec<Rect>>, now: &BTreeMap<String, Vec<Rect>>) -> Vec<String> {
    let same = |a: f32, b: f32| (a - b).abs() < 0.6;
    let mut moved = Vec::new();
    for (name, rects) in before {
        let Some(others) = now.get(name).filter(|now| now.len() == rects.len()) else {
            continue;
        };
        for (a, b) in rects.iter().zip(others) {
            if !same(a.left(), b.left()) || !same(a.right(), b.right()) {
                moved.push(format!("{name}: {:?} now {:?}", a.x_range(), b.x_range()));
            }
        }
    }
    moved
}

/// A window of points with all rows of the recipe in it.
fn window(size: [f32; 2]) -> Window {
    let mut window = ready();
    window.harness.set_size(size.into());
    let recipe = window.recipe_mut();
    recipe.size = Some([512, 512]);
    recipe.method = pentimento::recipe::Method::InpaintEncode;
    recipe.variation = Some(Variation {
        seed: 7,
        strength: 0.5,
    });
    window.harness.state_mut().studio_mut().variations = 2;
    window.steps();
    window
}

/// Takes a tool in hand.
fn take(window: &mut Window, tool: &str) {
    let row = action::find(tool).unwrap_or_else(|| panic!("no {tool}"));
    let ctx = window.harness.ctx.clone();
    row.run(window.harness.state_mut(), &ctx);
    window.harness.run_steps(8);
}

fn pointer(window: &mut Window, events: Vec<Event>) {
    window.harness.input_mut().events.extend(events);
    window.harness.run_steps(2);
}

fn button(pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    }
}

fn drag(window: &mut Window, from: Pos2, to: Pos2) {
    let events = vec![Event::PointerMoved(from), button(from, true)];
    pointer(window, events);
    pointer(window, vec![Event::PointerMoved(to)]);
    pointer(window, vec![button(to, false)]);
    // What a panel made of its content grows with every move.
    let aside = canvas(window).center();
    for step in 0..4 {
        pointer(
            window,
            vec![Event::PointerMoved(aside + vec2(step as f32, 0.0))],
        );
    }
}

/// Controls of a kind: their number among all nodes of that kind.
fn controls(window: &Window, role: Role) -> Vec<Rect> {
    let nodes = window.harness.query_all_by_role(role);
    nodes.map(|node| node.rect()).collect()
}

#[test]
fn no_number_moves_anything() {
    for tool in TOOLS {
        let mut window = window([1280.0, 1700.0]);
        take(&mut window, tool);
        let (at_first, ground) = (places(&window), canvas(&window));
        let look = |window: &Window, what: String| {
            let moved = moved(&at_first, &places(window));
            assert!(moved.is_empty(), "{tool}, {what}: {moved:#?}");
            let x = canvas(window).x_range();
            assert_eq!(x, ground.x_range(), "{tool}, {what}");
        };
        // The recipe's are the same whatever the tool.
        let whole = *tool == TOOLS[0];
        let wanted = |rect: &Rect| whole || rect.left() < ground.right();
        let sliders = controls(&window, Role::Slider);
        assert!(sliders.len() >= 7, "{tool}: {} sliders", sliders.len());
        for (index, rect) in sliders.iter().enumerate().filter(|(_, rect)| wanted(rect)) {
            for end in [rect.left(), rect.right()] {
                drag(&mut window, rect.center(), Pos2::new(end, rect.center().y));
                look(&window, format!("slider {index} to {end}"));
            }
        }
        let numbers = controls(&window, Role::SpinButton);
        assert!(numbers.len() >= 8, "{tool}: {} numbers", numbers.len());
        for index in (0..numbers.len()).filter(|index| wanted(&numbers[*index])) {
            for typed in ["-99999999", "99999999", "0.123456789", "10"] {
                // Rows may have come and gone.
                let Some(rect) = controls(&window, Role::SpinButton).get(index).copied() else {
                    continue;
                };
                let at = rect.center();
                pointer(
                    &mut window,
                    vec![Event::PointerMoved(at), button(at, true), button(at, false)],
                );
                window.key(Modifiers::COMMAND, Key::A);
                window.harness.event(Event::Text(typed.to_owned()));
                window.key(Modifiers::NONE, Key::Enter);
                drag(&mut window, ground.center(), ground.center());
                look(&window, format!("number {index} at {rect:?} typed {typed}"));
            }
        }
    }
}

#[test]
fn a_run_of_use_moves_neither_canvas_nor_prompt_nor_repaint() {
    for size in [[1280.0, 720.0], [1920.0, 1080.0], [720.0, 480.0]] {
        let mut window = bare();
        window.harness.set_size(size.into());
        window.harness.run_steps(6);
        let at_first = anchors(&window);
        let same = |window: &mut Window, what: &str| {
            window.harness.run_steps(6);
            assert_eq!(anchors(window), at_first, "{what} in {size:?}");
        };
        window.load();
        same(&mut window, "the model is there");
        window.mask();
        same(&mut window, "a mask");
        window.harness.state_mut().studio_mut().variations = 4;
        window.press_repaint();
        same(&mut window, "a queue of three");
        let (id, ..) = window.job();
        window.step(id, 3, 10);
        same(&mut window, "a preview");
        window.finish(id, 30);
        same(&mut window, "the first result");
        let (id, ..) = window.job();
        window.fail(id, engine::EngineError::NoModel);
        same(&mut window, "a failure");
        for gray in [40, 50] {
            let (id, ..) = window.job();
            window.finish(id, gray);
        }
        same(&mut window, "an idle queue");
        window.key(Modifiers::NONE, Key::ArrowLeft);
        same(&mut window, "another result");
        window.key(Modifiers::NONE, Key::Enter);
        same(&mut window, "kept");
        window.key(Modifiers::NONE, Key::ArrowLeft);
        window.key(Modifiers::NONE, Key::Delete);
        same(&mut window, "deleted");
        for (open, what) in [(Key::M, "models"), (Key::K, "palette")] {
            window.key(Modifiers::COMMAND, open);
            same(&mut window, what);
            window.key(Modifiers::NONE, Key::Escape);
            same(&mut window, "closed");
        }
        window.key(Modifiers::COMMAND, Key::Z);
        same(&mut window, "undone");
        window
            .harness
            .state_mut()
            .document_mut()
            .edit_mask(pentimento::document::EditName::Clear, |mask| {
                pentimento::raster::Mask::filled(mask.size(), 0)
            });
        same(&mut window, "nothing to repaint");
    }
}

#[test]
fn no_tools_settings_lie_over_each_other() {
    for (size, scale) in SCREENS {
        for tool in TOOLS {
            let points = size.map(|side| side / scale);
            let mut window = window(points);
            take(&mut window, tool);
            let bar = canvas(&window).top();
            let places = places(&window).into_iter();
            let parts = places
                .flat_map(|(name, rects)| rects.into_iter().map(move |rect| (name.clone(), rect)));
            let in_bar = |(_, rect): &(String, Rect)| rect.bottom() <= bar && rect.left() > 44.0;
            let parts: Vec<_> = parts
                .filter(in_bar)
                .filter(|(_, rect)| rect.top() > 24.0)
                .collect();
            assert!(parts.len() > 8, "{tool}: {parts:?}");
            for (index, (name, rect)) in parts.iter().enumerate() {
                for (other, under) in &parts[..index] {
                    let both = rect.intersect(*under);
                    let over = both.width() > 1.0 && both.height() > 1.0;
                    assert!(
                        !over,
                        "{tool} in {size:?} at {scale}: {name} {rect:?} over {other} {under:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn no_content_moves_the_canvas_or_leaves_its_panel() {
    for (name, put) in CONTENTS {
        for (size, scale) in SCREENS {
            let points = size.map(|side| side / scale);
            let mut window = window(points);
            window.harness.set_pixels_per_point(*scale);
            window.harness.run_steps(6);
            let before = canvas(&window);
            put(&mut window);
            window.harness.run_steps(6);
            for step in 0..4 {
                let at = before.center() + vec2(step as f32, 0.0);
                pointer(&mut window, vec![Event::PointerMoved(at)]);
            }
            let which = format!("{name} in {size:?} at {scale}");
            assert_eq!(canvas(&window), before, "{which}");
            for (name, rects) in places(&window) {
                for rect in rects {
                    let inside = rect.left() < before.right() || rect.right() <= points[0] + 0.5;
                    assert!(inside, "{which}: {name} at {rect:?}");
                }
            }
            let areas = window.harness.ctx.memory(|memory| {
                let layers: Vec<_> = memory.areas().visible_layer_ids().into_iter().collect();
                let rects = layers
                    .into_iter()
                    .filter_map(|layer| memory.area_rect(layer.id));
                rects.collect::<Vec<_>>()
            });
            for area in areas {
                assert!(
                    area.width() <= points[0] && area.height() <= points[1],
                    "{which}: {area:?}"
                );
            }
        }
    }
}

#[test]
fn a_panel_that_was_made_too_wide_comes_back_into_its_limits() {
    let mut window = bare();
    window.harness.set_size([1280.0, 800.0].into());
    window.harness.run_steps(4);
    // The canvas has the edge's other side.
    let edge = Pos2::new(canvas(&window).right() + 2.0, 400.0);
    drag(&mut window, edge, Pos2::new(60.0, 400.0));
    let wide = canvas(&window);
    assert!(wide.right() < edge.x, "the artist may make it wider");
    assert!(
        wide.right() >= 640.0,
        "the canvas keeps half of the window: {wide:?}"
    );
    window.harness.set_size([760.0, 480.0].into());
    window.harness.run_steps(4);
    let narrow = canvas(&window);
    assert!(narrow.width() >= 300.0, "{narrow:?}");
}

/// Widths of the window, points, and so of its panel.
const WIDTHS: &[f32] = &[640.0, 800.0, 1024.0, 1280.0, 1920.0];

#[test]
fn a_slider_of_the_panel_has_a_point_for_each_of_its_steps() {
    for width in WIDTHS {
        let mut window = window([*width, 1700.0]);
        let unfolded = FIELDS.iter().map(|field| field.section);
        window.harness.state_mut().settings_mut().unfolded = unfolded.collect();
        window.harness.run_steps(6);
        for field in FIELDS {
            let (Kind::Whole(scale) | Kind::Number(scale)) = &field.kind else {
                continue;
            };
            let label = field.caption.label;
            let slider = window.harness.query_by_role_and_label(Role::Slider, label);
            let Some(rect) = slider.map(|slider| slider.rect()) else {
                continue;
            };
            let steps = (scale.slider.1 - scale.slider.0) / scale.step;
            let room = f64::from(rect.width());
            assert!(room + 0.5 >= steps, "{label} in {width}: {room} of {steps}");
        }
    }
}

#[test]
fn a_tools_name_stands_beside_it_where_wanted_and_takes_it_in_hand() {
    for names in [false, true] {
        let mut window = window([1280.0, 900.0]);
        window.harness.state_mut().settings_mut().tool_names = names;
        window.harness.run_steps(6);
        let tools = || window.harness.query_all_by_label("Polygon");
        assert_eq!(tools().count(), 1 + usize::from(names));
        let rects: Vec<_> = tools().map(|node| node.rect()).collect();
        let last = rects.iter().max_by(|a, b| a.left().total_cmp(&b.left()));
        let at = last.unwrap().center();
        let events = vec![Event::PointerMoved(at), button(at, true), button(at, false)];
        pointer(&mut window, events);
        assert_eq!(window.app().board().tool, Tool::Polygon);
    }
}
