//! Input in the order in which it came: what arrives during one slow frame is heard in as many passes as its order needs.
//!
//! A pass of the window hears keys before the pointer, and egui tests a click against where the pointer ended and what was drawn before; so what acts has a pass to itself, and the points of a stroke share one.
//!
//! Does not know what any input does.

use std::collections::VecDeque;
use std::num::NonZeroUsize;

use eframe::egui::{self, DroppedFileHandle, Event, ViewportCommand, ViewportEvent};

use super::shell;

/// The most passes of one frame; what is left is heard in the next frame.
const MOST_PASSES: NonZeroUsize = NonZeroUsize::new(32).unwrap();

/// Has a context's input act in the order in which it came, and its keys be what text fields understand.
pub fn attach(ctx: &egui::Context) {
    ctx.options_mut(|options| options.max_passes = MOST_PASSES);
    ctx.add_plugin(Input::default());
}

/// What an event is to those beside it in a pass, in the order in which a pass may hold them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// Holds for all that comes after it in the pass.
    State,
    /// Any number, heard in their order.
    Motion,
    /// Any number, all of them at one place.
    Scroll,
    /// Comes last.
    Act,
}

fn part(event: &Event) -> Part {
    match event {
        Event::ModifiersChanged(_) | Event::Key { pressed: false, .. } | Event::PointerGone => {
            Part::State
        }
        Event::PointerMoved(_) | Event::MouseMoved(_) | Event::Touch { .. } => Part::Motion,
        Event::MouseWheel { .. } | Event::Zoom(_) | Event::Rotate(_) => Part::Scroll,
        _ => Part::Act,
    }
}

/// Whether one pass may hear both, the second directly after the first.
fn together(first: &Event, second: &Event) -> bool {
    match (part(first), part(second)) {
        // What a key types belongs to it.
        (Part::Act, _) => {
            let key = matches!(first, Event::Key { .. });
            key && matches!(second, Event::Text(_))
        }
        (Part::State, _) => true,
        // Widgets hear of a move only while the button is held, and are pressed where they were drawn last.
        (_, Part::Act) => false,
        (first, second) => first <= second,
    }
}

/// Takes what the next pass is to hear from the front of what waits.
pub fn next_pass(waiting: &mut VecDeque<Event>) -> Vec<Event> {
    let mut pass = Vec::new();
    while let Some(event) = waiting.pop_front_if(|next| {
        let last = pass.last();
        last.is_none_or(|last| together(last, next))
    }) {
        pass.push(event);
    }
    pass
}

/// What was not heard yet.
#[derive(Default)]
struct Input {
    waiting: VecDeque<Event>,
    /// Files that were dropped. The system does not say after which event: they come after all of their frame, as what came before them is not meant for them.
    dropped: Vec<DroppedFileHandle>,
    /// Whether the text of the clipboard comes with the next frame, before all else.
    pasting: bool,
    /// Whether the last pass is laid out once more, which shows what it opened.
    settling: bool,
    /// Whether the window is to be closed when all is heard.
    closing: bool,
}

impl Input {
    fn all_is_heard(&self) -> bool {
        self.waiting.is_empty() && self.dropped.is_empty()
    }
}

impl egui::Plugin for Input {
    fn debug_name(&self) -> &'static str {
        "input in order"
    }

    fn input_hook(&mut self, ctx: &egui::Context, input: &mut egui::RawInput) {
        let new = std::mem::take(&mut input.events);
        if ctx.current_pass_index() == 0 {
            self.settling = false;
            if std::mem::take(&mut self.pasting) {
                let (pasted, new) = new.into_iter().partition(is_pasted);
                let waiting = std::mem::replace(&mut self.waiting, VecDeque::from(pasted));
                self.waiting.extend(waiting);
                self.waiting.extend::<Vec<_>>(new);
            } else {
                self.waiting.extend(new);
            }
        } else {
            // All passes of a frame are of its time.
            input.time = Some(ctx.input(|input| input.time));
        }
        self.dropped.append(&mut input.dropped_files);
        if !self.settling && !self.pasting {
            if self.waiting.is_empty() {
                input.dropped_files = std::mem::take(&mut self.dropped);
            }
            input.events = next_pass(&mut self.waiting);
            self.pasting = shell::translate_keys(ctx, &mut input.events);
        }
        let viewport = input.viewports.get_mut(&input.viewport_id);
        if let Some(viewport) = viewport.filter(|_| !self.all_is_heard()) {
            let before = viewport.events.len();
            viewport
                .events
                .retain(|event| *event != ViewportEvent::Close);
            if viewport.events.len() < before {
                self.closing = true;
                ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            }
        }
    }

    fn on_end_pass(&mut self, ui: &mut egui::Ui) {
        let asked = ui.output(|output| output.requested_discard());
        if asked && self.settling {
            // Once is what egui grants too, unless told otherwise.
            ui.output_mut(|output| output.request_discard_reasons.clear());
        }
        self.settling = asked && !self.settling;
        if self.all_is_heard() {
            if std::mem::take(&mut self.closing) {
                ui.send_viewport_cmd(ViewportCommand::Close);
            }
            return;
        }
        if !self.pasting {
            ui.request_discard("more input came in this frame");
        }
        if !ui.will_discard() {
            ui.request_repaint();
        }
    }
}

fn is_pasted(event: &Event) -> bool {
    matches!(event, Event::Paste(_) | Event::PasteImage(_))
}
