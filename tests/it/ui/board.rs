//! The canvas under scripted pointers and keys: what is painted, seen and said.

mod compare;
mod draw;
mod keys;
mod large;
mod look;
mod pen;
mod prepare;
mod says;
mod sketch;

use crossbeam_channel::bounded;
use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pentimento::document::Document;
use pentimento::engine::Engine;
use pentimento::raster::{Picture, Size};
use pentimento::recipe::Recipe;
use pentimento::ui::{App, Shell, Studio};

const LEFT: PointerButton = PointerButton::Primary;
const RIGHT: PointerButton = PointerButton::Secondary;
const NONE: Modifiers = Modifiers::NONE;

/// A window on a picture, its engine silent.
struct Desk {
    harness: Harness<'static, App>,
    modifiers: Modifiers,
}

impl Desk {
    /// A grey picture of 200 by 100 pixels with a white square from (40, 40) to (60, 60).
    fn new() -> Self {
        Self::with(Document::new(Picture::from_fn(
            Size::new(200, 100),
            |x, y| match (x, y) {
                (40..60, 40..60) => [255, 255, 255, 255],
                _ => [90, 90, 90, 255],
            },
        )))
    }

    fn with(document: Document) -> Self {
        let ((commands, _inbox), (_outbox, events)) = (bounded(8), bounded(8));
        let engine = Engine::from_channels(commands, events);
        let studio = Studio::new(engine, Recipe::default());
        let app = App::new(document, None, studio, Shell::default());
        let mut harness = super::harness(app, [1280.0, 800.0]);
        harness.run();
        Self {
            harness,
            modifiers: NONE,
        }
    }

    fn app(&self) -> &App {
        self.harness.state()
    }

    fn canvas(&self) -> Rect {
        self.harness.get_by_label("Canvas").rect()
    }

    /// Where a point of the picture is on the screen.
    fn at(&self, x: f32, y: f32) -> Pos2 {
        let view = self.app().board().view.unwrap();
        view.screen_from_picture(pos2(x, y), self.canvas(), 1.0)
    }

    /// The point of the picture under a point of the screen.
    fn under(&self, at: Pos2) -> Pos2 {
        let view = self.app().board().view.unwrap();
        view.picture_from_screen(at, self.canvas(), 1.0)
    }

    fn send(&mut self, events: impl IntoIterator<Item = Event>) {
        self.harness.input_mut().events.extend(events);
        self.harness.step();
        // A thread that ends in between wakes the window once more.
        let rests = (0..20).any(|_| self.harness.try_run().is_ok());
        assert!(rests, "the window comes to rest");
    }

    fn button(&mut self, at: Pos2, button: PointerButton, pressed: bool) {
        let modifiers = self.modifiers;
        self.send([Event::PointerButton {
            pos: at,
            button,
            pressed,
            modifiers,
        }]);
    }

    fn move_to(&mut self, at: Pos2) {
        self.send([Event::PointerMoved(at)]);
    }

    /// Presses, moves through the points of the picture, and releases.
    fn drag(&mut self, button: PointerButton, points: &[(f32, f32)]) {
        let points: Vec<_> = points.iter().map(|&(x, y)| self.at(x, y)).collect();
        self.button(points[0], button, true);
        for &at in &points[1..] {
            self.move_to(at);
        }
        self.button(points[points.len() - 1], button, false);
    }

    fn click(&mut self, button: PointerButton, x: f32, y: f32) {
        self.drag(button, &[(x, y)]);
    }

    fn hold(&mut self, modifiers: Modifiers) {
        self.modifiers = modifiers;
        self.send([Event::ModifiersChanged(modifiers)]);
    }

    fn key_event(&mut self, key: Key, modifiers: Modifiers, pressed: bool) {
        self.send([Event::Key {
            key,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers,
        }]);
    }

    fn key(&mut self, modifiers: Modifiers, key: Key) {
        self.key_event(key, modifiers, true);
        self.key_event(key, modifiers, false);
    }

    fn mask(&self, x: u32, y: u32) -> u8 {
        self.app().document().mask().value(x, y)
    }

    fn is_empty(&self) -> bool {
        self.app().document().mask_bounds().is_none()
    }

    /// Everything that labels say.
    fn words(&self) -> Vec<String> {
        let labels = self.harness.query_all_by_role(Role::Label);
        labels
            .filter_map(|label| label.accesskit_node().value())
            .collect()
    }

    fn says(&self, words: &str) -> bool {
        self.words().iter().any(|said| said == words)
    }
}
