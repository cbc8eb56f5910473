//! Pictures of the window's main states, with a picture on its canvas: what only an eye would notice.
//!
//! `tests/snapshots/states.txt` says which. `UPDATE_SNAPSHOTS=1` draws them anew; look at them before they are kept, and pack them with `pngquant --nofs 256`.

use crossbeam_channel::{bounded, unbounded};
use eframe::App as _;
use eframe::egui::ThemePreference;
use eframe::wgpu::TextureFormat;
use egui_kittest::wgpu::WgpuTestRenderer;
use egui_kittest::{Harness, SnapshotOptions, SnapshotResults};
use pentimento::canvas::Canvas;
use pentimento::document::Document;
use pentimento::engine::{Engine, Event, Outcome};
use pentimento::raster::{Mask, Patch, Picture, Rect, Size};
use pentimento::recipe::Recipe;
use pentimento::ui::{self, App, Shell, Studio, action};

use super::fix::one;
use super::{Window, loading, made};
use crate::canvas::screen::Screen;

/// Pixels that may differ a little: drivers of other versions round text and curves otherwise.
const STRAY_PIXELS: usize = 700;

/// How much a pixel may differ: packed to 256 colours, no text and no edge differs by more.
const THRESHOLD: f32 = 3.0;

/// The hand of the drawing, and another place.
const HANDS: [Rect; 2] = [Rect::new(50, 60, 215, 240), Rect::new(10, 10, 60, 60)];

/// A drawing of few colours, so that pictures of it are small: a hand of five bars, its sleeve, a head.
fn drawing() -> Picture {
    let inside = |rect: Rect, x: u32, y: u32| {
        (rect.left..rect.right).contains(&x) && (rect.top..rect.bottom).contains(&y)
    };
    let skin = [Rect::new(70, 130, 190, 220), Rect::new(290, 200, 390, 320)];
    let fingers = (0..5).map(|finger| Rect::new(70 + 25 * finger, 70, 88 + 25 * finger, 130));
    let skin: Vec<_> = skin.into_iter().chain(fingers).collect();
    let sleeve = [Rect::new(90, 220, 170, 400), Rect::new(260, 340, 420, 448)];
    Picture::from_fn(Size::new(448, 448), |x, y| match () {
        () if skin.iter().any(|rect| inside(*rect, x, y)) => [249, 203, 164, 255],
        () if sleeve.iter().any(|rect| inside(*rect, x, y)) => [60, 112, 208, 255],
        () => [251, 240, 215, 255],
    })
}

/// A window of that size, points, on the drawing; none where there is nothing to draw with.
fn window(size: [f32; 2], scale: f32, theme: ThemePreference) -> Option<Window> {
    let screen = Screen::new([8, 8], 1.0, TextureFormat::Rgba8Unorm)?;
    let (commands, inbox) = bounded(64);
    let (outbox, events) = unbounded();
    let engine = Engine::from_channels(commands, events);
    let recipe = Recipe {
        prompt: "open hand, five fingers".to_owned(),
        seed: 5,
        ..Recipe::default()
    };
    let mut shell = Shell::default();
    shell.settings.theme = theme;
    shell.settings.model = Some("no-such-model".into());
    let canvas = Canvas::new(&screen.state);
    let document = Document::new(drawing());
    let app = App::new(document, Some(canvas), Studio::new(engine, recipe), shell);
    let mut frame = eframe::Frame::_new_kittest();
    let harness = Harness::builder()
        .with_size(size)
        .with_pixels_per_point(scale)
        .with_context_setup(ui::attach)
        .renderer(WgpuTestRenderer::from_render_state(screen.state))
        .build_ui_state(
            move |ui, app: &mut App| {
                app.logic(ui.ctx(), &mut frame);
                app.ui(ui, &mut frame);
            },
            app,
        );
    Some(Window {
        harness,
        commands: inbox,
        events: Some(outbox),
    })
}

/// What a model would make of a part of the picture: it as it is, in other colours.
fn repainted(rect: Rect) -> Patch {
    let picture = drawing().crop(rect);
    let swapped = |x, y| {
        let [red, green, blue, alpha] = picture.pixel(x, y);
        [green, blue, red, alpha]
    };
    Patch::new(rect, Picture::from_fn(rect.size(), swapped))
}

impl Window {
    /// The repaint that the engine has to do next, if there is one; whatever else it was asked is left.
    fn next_repaint(&mut self) -> Option<pentimento::engine::JobId> {
        use pentimento::engine::{Command, Work};
        while let Ok(command) = self.commands.try_recv() {
            if let Command::Run(id, job, _) = command
                && matches!(job.work, Work::Repaint(_))
            {
                return Some(id);
            }
        }
        None
    }

    fn finish_with(&mut self, outcome: Outcome) {
        let job = self.next_repaint().unwrap();
        self.say(Event::Finished {
            job,
            outcome: Ok(outcome),
        });
    }

    /// One step of a line of the table.
    fn take_step(&mut self, step: &str, job: &mut Option<pentimento::engine::JobId>) {
        let made_of = |rect| Outcome::Repainted {
            patches: vec![repainted(rect)],
            made: made(),
        };
        match step {
            "open" => self.load(),
            "mask" => {
                let Rect {
                    left,
                    top,
                    right,
                    bottom,
                } = HANDS[0];
                let mask = Mask::from_fn(drawing().size(), |x, y| {
                    255 * u8::from((left..right).contains(&x) && (top..bottom).contains(&y))
                });
                let document = self.harness.state_mut().document_mut();
                document.edit_mask(pentimento::document::EditName::Import, |_| mask);
            }
            "count" => self.harness.state_mut().studio_mut().variations = 2,
            "next" => *job = self.next_repaint(),
            "repaint" => {
                self.press_repaint();
                *job = self.next_repaint();
            }
            "step" => {
                let preview = Some(repainted(HANDS[0]));
                self.say(Event::Step {
                    job: job.unwrap(),
                    index: 6,
                    of: 15,
                    preview,
                });
            }
            "loading" => self.say(loading("VAE decoder")),
            "finish" => self.say(Event::Finished {
                job: job.unwrap(),
                outcome: Ok(made_of(HANDS[0])),
            }),
            "hold" => self.run_action("Compare with it"),
            "found" => {
                let (job, ..) = self.whole_job();
                let found = HANDS.map(|rect| one(rect, 0.9)).to_vec();
                self.say(Event::Finished {
                    job,
                    outcome: Ok(Outcome::Detected(found)),
                });
            }
            "tries" => {
                for rect in [HANDS[0]; 3] {
                    self.finish_with(made_of(rect));
                }
            }
            other => {
                let id = other.strip_prefix("run:").unwrap();
                let ctx = self.harness.ctx.clone();
                let row = action::find(id).unwrap_or_else(|| panic!("an action {id}"));
                row.run(self.harness.state_mut(), &ctx);
            }
        }
        self.steps();
    }
}

#[test]
fn the_window_looks_as_in_the_pictures_of_its_states() {
    let table = include_str!("../../../snapshots/states.txt");
    let lines = || table.lines().filter(|line| !line.starts_with('#'));
    let sizes = lines().find_map(|line| line.strip_prefix("size ")).unwrap();
    let states = lines().filter(|line| !line.starts_with("size "));
    let options = SnapshotOptions::new()
        .threshold(THRESHOLD)
        .max_failed_pixels(STRAY_PIXELS);
    let mut results = SnapshotResults::new();
    for state in states {
        let mut words = state.split_whitespace();
        let name = words.next().unwrap();
        let steps: Vec<_> = words.collect();
        for size in sizes.split_whitespace() {
            let (points, scale) = size.split_once('@').unwrap();
            let (width, height) = points.split_once('x').unwrap();
            let [width, height, scale] = [width, height, scale].map(|one| one.parse().unwrap());
            for (theme, called) in [
                (ThemePreference::Dark, "dark"),
                (ThemePreference::Light, "light"),
            ] {
                let Some(mut window) = window([width, height], scale, theme) else {
                    return;
                };
                window.harness.run_steps(4);
                let mut job = None;
                for step in &steps {
                    window.take_step(step, &mut job);
                }
                // Pictures are made small on threads.
                std::thread::sleep(std::time::Duration::from_millis(300));
                window.harness.run_steps(12);
                let picture = format!("{name}-{points}@{scale}-{called}");
                window.harness.snapshot_options(picture, &options);
                results.extend_harness(&mut window.harness);
            }
        }
    }
}
