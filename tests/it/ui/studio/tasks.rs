//! What an artist's tasks take: `docs/window-tasks.md` tells the steps, and they are played here.

use std::sync::Arc;

use eframe::egui::{Key, Modifiers, PointerButton};
use egui_kittest::kittest::Queryable as _;
use pentimento::engine::{Command, Event, Outcome, Work};
use pentimento::raster::file::{self, Metadata};
use pentimento::raster::{Picture, Rect, Size};
use pentimento::ui::{Places, Shell};

use super::fix::one;
use super::judged::draw;
use super::{PLACE, Window, bare_with, made, patch};

/// Size of the artist's own picture.
const OWN: Size = Size::new(64, 40);

/// A task, how many results are there before it, and whether it is done.
type Goal = (&'static str, usize, fn(&Window) -> bool);

const GOALS: &[Goal] = &[
    ("own picture, mask, prompt, repaint", 0, |window| {
        let own = window.app().document().size() == OWN;
        own && window.recipe().prompt == "open hand" && window.results() == 1
    }),
    ("another one like this result", 1, |window| {
        window.results() == 2
    }),
    ("save one result to a file of its own", 1, |window| {
        window.told("Saved ")
    }),
    ("fix two hands", 0, |window| {
        window.told("2 tries are in the picture")
    }),
    ("hold two results against each other", 2, |window| {
        window.app().studio().held_against().is_some()
    }),
    ("take a kept result back", 1, |window| {
        window.picture() == 128
    }),
    ("repaint with another strength", 0, |window| {
        window.results() == 1 && window.recipe().strength == 0.5
    }),
];

impl Window {
    /// Does what the engine was asked, until it is asked nothing more.
    fn answer_all(&mut self) {
        self.steps();
        while let Ok(command) = self.commands.try_recv() {
            let Command::Run(job, work, _) = command else {
                continue;
            };
            let outcome = match work.work {
                Work::Repaint(repaint) => Outcome::Repainted {
                    patches: (0..repaint.batch).map(|_| patch(10)).collect(),
                    made: made(),
                },
                Work::Detect(wanted) if wanted.picture.size().area() > 2000 => {
                    Outcome::Detected(vec![one(PLACE, 0.9), one(Rect::new(40, 8, 52, 20), 0.9)])
                }
                Work::Detect(_) => Outcome::Detected(Vec::new()),
                other => panic!("{other:?}"),
            };
            self.say(Event::Finished {
                job,
                outcome: Ok(outcome),
            });
        }
    }

    /// One step of a task, as the table writes it.
    fn play(&mut self, step: &str) {
        let key = |name: &str| {
            let (held, key) = name.rsplit_once('+').unwrap_or(("", name));
            let modifiers = match held {
                "" => Modifiers::NONE,
                "Ctrl" => Modifiers::COMMAND,
                "Shift" => Modifiers::SHIFT,
                other => panic!("{other}"),
            };
            (
                modifiers,
                Key::from_name(key).unwrap_or_else(|| panic!("{step}")),
            )
        };
        if let Some(label) = step.strip_prefix("click ") {
            match label {
                // The menu comes first.
                "Repaint" => {
                    let menu = self.harness.get_all_by_label(label).next();
                    menu.unwrap().click();
                }
                _ => self.press(label),
            }
        } else if let Some(number) = step.strip_prefix("Ctrl+click ") {
            let label = format!("Result {number}, ");
            let result = self.harness.get_all_by_label_contains(&label).next();
            result.unwrap().click_modifiers(Modifiers::COMMAND);
        } else if let Some(words) = step.strip_prefix('"') {
            let words = words.trim_end_matches('"').to_owned();
            self.harness.event(eframe::egui::Event::Text(words));
        } else if step == "stroke" {
            draw(self, PointerButton::Primary);
        } else if step != "the dialog" {
            let (modifiers, key) = key(step);
            self.key(modifiers, key);
        }
        for _ in 0..3 {
            // Files and small pictures are made by threads.
            std::thread::sleep(std::time::Duration::from_millis(60));
            self.answer_all();
        }
    }
}

#[test]
fn the_tasks_of_an_artist_take_the_steps_that_are_told() {
    let table = include_str!("../../../../docs/window-tasks.md");
    let rows = table.lines().filter(|line| line.starts_with("| "));
    let rows = rows.map(|line| line.trim_matches('|').split(" | ").map(str::trim));
    let rows: Vec<Vec<_>> = rows.map(Iterator::collect).skip(1).collect();
    assert_eq!(rows.len(), 10);
    for row in &rows {
        let [task, _, count, steps] = row[..] else {
            panic!("{row:?}")
        };
        if steps.starts_with("by hand") {
            continue;
        }
        let steps: Vec<_> = steps
            .split(", ")
            .map(|step| step.trim_matches('`'))
            .collect();
        assert_eq!(count.parse(), Ok(steps.len()), "{task}");
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join("own.png");
        let grey = Picture::filled(OWN, [128, 128, 128, 255]);
        file::write(&own, &grey, &Metadata::default()).unwrap();
        let result = dir.path().join("result.png");
        let pick = move |ask: &pentimento::ui::Ask| match ask.wanted.is_target() {
            true => Some(result.clone()),
            false => Some(own.clone()),
        };
        let shell = Shell::new(Places::default(), Arc::new(pick));
        let mut window = bare_with(shell);
        window.load();
        let (_, results, done) = GOALS.iter().find(|(name, ..)| *name == task).unwrap();
        if !task.starts_with("own picture") {
            window.recipe_mut().prompt = "open hand".to_owned();
            window.mask();
        } else {
            window.recipe_mut().prompt = String::new();
        }
        for _ in 0..*results {
            window.press_repaint();
            window.answer_all();
        }
        if task.starts_with("take a kept") {
            window.press("Keep");
            assert_ne!(window.picture(), 128);
        }
        for step in steps {
            window.play(step);
        }
        assert!(done(&window), "{task}");
    }
}
