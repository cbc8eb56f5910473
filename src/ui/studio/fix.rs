//! Fixing hands: what was found in the picture, the tries for each, and which of them is kept.
//!
//! Does not know how anything is found, nor how it is drawn.

mod desk;
mod look;
mod tries;

use std::path::Path;
use std::sync::Arc;

use eframe::egui::{self, Key, Modifiers};

use super::super::app::App;
use super::super::shell;
use super::super::texts::fix as texts;
use super::super::thread::Worker;
use super::queue::{Cell, Queue};
use super::{Studio, sweep};
use crate::canvas::Layer;
use crate::detection::targets::{Choice, Order, targets};
use crate::detection::{Found, Region};
use crate::document::{Document, EditName};
use crate::engine::{Detect, Outcome, Subject, Work};
use crate::raster::{Patch, Picture, Rect};

use tries::{can_keep, can_repaint, keep, repaint};

pub use desk::window;

/// Smallest score that counts (ADetailer's).
const LEAST: f32 = 0.3;

/// The window, and all that it shows.
pub struct Fix {
    open: bool,
    subject: Subject,
    /// Tries for each.
    tries: u32,
    /// How much the model sees, in sides of what was found.
    around: f32,
    /// Side of a picture in the window, points.
    side: f32,
    /// The picture that was looked through.
    of: Option<Arc<Picture>>,
    spots: Vec<Spot>,
    selected: usize,
    /// The number of the sheet that its results come to.
    sheet: u64,
    /// Spot and try of each place of that sheet.
    places: Vec<(usize, usize)>,
    looks: Worker<look::Task, look::Seen>,
    /// Pictures that are being made.
    asked: usize,
    /// What is seen of the picture, over which the outlines are drawn; none while the list is not of it.
    over: Option<Arc<Picture>>,
    /// The outlines over that, and of which state of the list they are.
    outlines: Option<Layer>,
    outlined: Vec<bool>,
    /// Outlines that were drawn so far.
    drawn: u64,
}

/// Something that was found.
struct Spot {
    label: String,
    score: f32,
    region: Region,
    /// Whether it is to be repainted.
    ticked: bool,
    /// What should be there; where it is empty, what the panel says.
    prompt: String,
    /// Its own strength, where it has one.
    strength: Option<f64>,
    /// The part of the picture that is shown of it.
    part: Rect,
    original: Option<egui::TextureHandle>,
    /// Whether that was asked for.
    asked: bool,
    tries: Vec<Try>,
    /// The try that is to be kept; without one the original.
    picked: Option<usize>,
}

/// One repaint of a spot.
struct Try {
    /// What it is made from.
    start: Arc<Picture>,
    /// Whether no job will bring it any more.
    lost: bool,
    patch: Option<Arc<Patch>>,
    infotext: String,
    /// Whether its picture was asked for.
    asked: bool,
    seen: Option<egui::TextureHandle>,
}

impl Fix {
    /// A window that is closed.
    pub fn new() -> Self {
        Self {
            open: false,
            subject: Subject::Hands,
            tries: 4,
            around: 3.0,
            side: 128.0,
            of: None,
            spots: Vec::new(),
            selected: 0,
            sheet: 0,
            places: Vec::new(),
            looks: Worker::new("tries", look::serve),
            asked: 0,
            over: None,
            outlines: None,
            outlined: Vec::new(),
            drawn: 0,
        }
    }

    /// What lies over the picture: numbered outlines.
    pub fn layer(&self) -> Option<Layer> {
        self.outlines.clone().filter(|_| self.open)
    }

    /// Takes a result that came to a place of its sheet.
    pub fn take(&mut self, cell: Cell, patch: &Arc<Patch>, infotext: &str) {
        if cell.sheet != self.sheet {
            return;
        }
        if let Some(one) = self.try_at(cell.index) {
            one.patch = Some(Arc::clone(patch));
            one.lost = false;
            infotext.clone_into(&mut one.infotext);
        }
    }

    fn try_at(&mut self, place: usize) -> Option<&mut Try> {
        let (spot, number) = *self.places.get(place)?;
        self.spots.get_mut(spot)?.tries.get_mut(number)
    }

    /// Whether the list is of this document's picture.
    fn is_of(&self, document: &Document) -> bool {
        let of = self.of.as_ref();
        of.is_some_and(|of| Arc::ptr_eq(of, document.picture()))
    }

    /// Puts a new list in the place of the one before.
    fn list(&mut self, found: Vec<Found>, of: Arc<Picture>, sheet: u64) {
        let size = of.size();
        let choice = Choice {
            order: Order::LeftToRight,
            ..Choice::default()
        };
        let spots = targets(&found, size, &choice).into_iter();
        self.spots = spots
            .map(|(region, from)| {
                let found = from.first().map(|one| &found[*one]);
                let label = found.map_or_else(String::new, |found| found.label.clone());
                let score = found.map_or(0.0, |found| found.score);
                Spot {
                    ticked: found.is_some_and(Found::is_sure),
                    ..Spot::new(label, score, region, &of)
                }
            })
            .collect();
        self.of = Some(of);
        self.sheet = sheet;
        self.places.clear();
        self.selected = 0;
        self.drop_outlines();
    }

    /// Lets go of the list and of the jobs for it: another picture was opened.
    pub fn forget(&mut self, queue: &mut Queue) {
        queue.clear_sheet(self.sheet);
        self.clear();
    }

    /// Lets go of the list.
    fn clear(&mut self) {
        self.of = None;
        self.spots.clear();
        self.places.clear();
        self.drop_outlines();
    }

    fn drop_outlines(&mut self) {
        self.over = None;
        self.outlines = None;
        self.outlined.clear();
    }

    /// Draws the outlines anew where something else is seen than what they were drawn over.
    fn look_at(&mut self, document: &Document) {
        if !self.open || !self.is_of(document) {
            return self.drop_outlines();
        }
        let seen = document.seen();
        let over = self.over.as_ref();
        if !over.is_some_and(|over| Arc::ptr_eq(over, &seen)) {
            self.drop_outlines();
            self.over = Some(seen);
        }
    }

    /// Gives up the tries without a result that no job of the queue is for; those at the end of a row go.
    fn give_up(&mut self, queue: &Queue) {
        let (done, all) = self.done();
        if done == all {
            return;
        }
        let sheet = self.sheet;
        let waits = |index: usize| queue.is_at(Cell { sheet, index });
        let places = self.places.iter().enumerate();
        let alive: Vec<_> = places
            .filter(|(index, _)| waits(*index))
            .map(|(_, place)| *place)
            .collect();
        for (index, spot) in self.spots.iter_mut().enumerate() {
            for (number, one) in spot.tries.iter_mut().enumerate() {
                one.lost = one.patch.is_none() && !alive.contains(&(index, number));
            }
            while spot.tries.pop_if(|one| one.lost).is_some() {}
        }
    }

    /// Whether the window is open.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Moves on to the next spot, round and round.
    fn go_on(&mut self) {
        self.selected = (self.selected + 1) % self.spots.len().max(1);
    }

    /// How many tries are there, and of how many that are there or will be.
    fn done(&self) -> (usize, usize) {
        let all = || self.spots.iter().flat_map(|spot| &spot.tries);
        let count = |counts: fn(&&Try) -> bool| all().filter(counts).count();
        (count(|one| one.patch.is_some()), count(|one| !one.lost))
    }
}

impl Try {
    fn new(start: &Arc<Picture>) -> Self {
        Self {
            start: Arc::clone(start),
            lost: false,
            patch: None,
            infotext: String::new(),
            asked: false,
            seen: None,
        }
    }
}

impl Spot {
    fn new(label: String, score: f32, region: Region, of: &Picture) -> Self {
        let size = region.rect.size();
        Self {
            label,
            score,
            part: region.rect.pad(size.width.max(size.height) / 3, of.size()),
            region,
            ticked: true,
            prompt: String::new(),
            strength: None,
            original: None,
            asked: false,
            tries: Vec::new(),
            picked: None,
        }
    }
}

/// Opens the window, and looks through a picture that was not looked through yet; or closes it.
pub fn open(app: &mut App) {
    let fix = &mut app.studio.fix;
    fix.open = !fix.open;
    if !fix.open {
        return;
    }
    // What is seen is the list, and Enter is its key, until a result is selected.
    app.studio.results.deselect();
    if !fix.is_of(&app.document) {
        find(app);
    }
}

/// Closes the window.
pub fn close(studio: &mut Studio) {
    studio.fix.open = false;
}

/// Why neither tries can be asked for nor picks be kept.
pub fn can_go_on(app: &App) -> Result<(), String> {
    let fix = &app.studio.fix;
    if !fix.open {
        return Err(texts::CLOSED.to_owned());
    }
    if app.studio.results.is_by_hand() {
        return Err(texts::RESULT_SELECTED.to_owned());
    }
    let tried = fix.spots.iter().any(|spot| !spot.tries.is_empty());
    // Without a pick that says so: what was tried is not tried again unasked.
    match tried {
        true => can_keep(app),
        false => can_repaint(app, None),
    }
}

/// Repaints all that are ticked, or keeps the picks.
pub fn go_on(app: &mut App, ctx: &egui::Context) {
    let mut spots = app.studio.fix.spots.iter();
    match spots.any(|spot| spot.picked.is_some()) {
        true => keep(app, ctx),
        false => repaint(app, None),
    }
}

/// Why nothing can be found now.
pub fn can_open(app: &App) -> Result<(), String> {
    match app.is_blank() {
        true => Err(texts::NO_PICTURE.to_owned()),
        false => Ok(()),
    }
}

/// Looks through the picture.
fn find(app: &mut App) {
    let of = Arc::clone(app.document.picture());
    let wanted = Detect {
        picture: Arc::clone(&of),
        subject: app.studio.fix.subject,
        detector: app.shell.settings.detector.clone(),
        least: LEAST,
    };
    // The detector is in the work, and no model is needed.
    let work = (Work::Detect(wanted), Path::new(""));
    shell::begin_work(app, texts::FINDING, work, move |app, _, outcome| {
        if let Outcome::Detected(found) = outcome {
            app.studio.queue.clear_sheet(app.studio.fix.sheet);
            let sheet = sweep::next_sheet(&mut app.studio);
            app.studio.fix.list(found, of, sheet);
        }
    });
}

/// Adds what the mask covers to the list, or takes it for the mask of one that is there.
fn take_mask(app: &mut App, spot: Option<usize>) {
    let document = &app.document;
    let fix = &mut app.studio.fix;
    let Some(rect) = document.mask_bounds() else {
        return app.shell.notices.say(texts::NO_MASK);
    };
    if !fix.is_of(document) {
        return app.shell.notices.say(texts::CHANGED);
    }
    let region = Region {
        rect,
        mask: document.mask().crop(rect),
    };
    let label = word(fix.subject, texts::ONE).to_owned();
    let new = Spot::new(label, 0.0, region, document.picture());
    fix.outlined.clear();
    match spot.and_then(|spot| fix.spots.get_mut(spot)) {
        Some(old) => {
            old.region = new.region;
            old.part = new.part;
            old.asked = false;
            old.tries.iter_mut().for_each(|one| one.asked = false);
        }
        None => {
            fix.spots.push(new);
            fix.selected = fix.spots.len() - 1;
        }
    }
}

/// The word for a subject, of those in the order of all subjects.
fn word(subject: Subject, words: [&'static str; 3]) -> &'static str {
    let mut all = Subject::ALL.iter().zip(words);
    let found = all.find(|((_, own), _)| *own == subject);
    found.map_or("", |(_, word)| word)
}

/// Puts a spot's mask into the document.
fn edit_mask(app: &mut App, ctx: &egui::Context, spot: usize) {
    let Some(spot) = app.studio.fix.spots.get(spot) else {
        return;
    };
    let region = spot.region.clone();
    let edit = move |document: &mut Document| {
        let size = document.size();
        document.edit_mask(EditName::Import, |_| region.in_picture(size));
    };
    shell::edit(app, ctx, EditName::Import, edit, |_| ());
}

/// Hears what was made for the window, asks for what is missing, and takes its keys.
pub fn logic(app: &mut App, ctx: &egui::Context) {
    let fix = &mut app.studio.fix;
    while let Some(seen) = fix.looks.poll() {
        fix.asked = fix.asked.saturating_sub(1);
        match seen {
            Ok(seen) => look::take(fix, seen, ctx),
            Err(line) => app.shell.notices.fail(line),
        }
    }
    fix.give_up(&app.studio.queue);
    fix.look_at(&app.document);
    if !fix.open {
        return;
    }
    if let Err(line) = look::ask(fix, ctx) {
        app.shell.notices.fail(line);
    }
    // As for actions: a dialog, a text field or an open list has the keys.
    let elsewhere = app.shell.takes_keys()
        || app.studio.takes_keys()
        || app.studio.typing
        || ctx.egui_wants_keyboard_input()
        || egui::Popup::is_any_open(ctx);
    let plain = ctx.input(|input| input.modifiers.is_none());
    if plain && !elsewhere && shell::idle(app).is_ok() {
        keys(app, ctx);
    }
}

fn keys(app: &mut App, ctx: &egui::Context) {
    const DIGITS: [Key; 10] = [
        Key::Num0,
        Key::Num1,
        Key::Num2,
        Key::Num3,
        Key::Num4,
        Key::Num5,
        Key::Num6,
        Key::Num7,
        Key::Num8,
        Key::Num9,
    ];
    let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    for (digit, key) in DIGITS.into_iter().enumerate() {
        if pressed(key) {
            let selected = app.studio.fix.selected;
            pick(&mut app.studio, selected, digit.checked_sub(1));
        }
    }
    if pressed(Key::Tab) {
        app.studio.fix.go_on();
        // It would move the focus too.
        ctx.memory_mut(|memory| memory.move_focus(egui::FocusDirection::None));
    }
}

/// Picks a try of a spot that is there, or the original.
fn pick(studio: &mut Studio, spot: usize, number: Option<usize>) {
    if let Some(spot) = studio.fix.spots.get_mut(spot) {
        let there = |number: usize| {
            spot.tries
                .get(number)
                .is_some_and(|one| one.patch.is_some())
        };
        if number.is_none_or(there) {
            spot.picked = number;
        }
    }
}
