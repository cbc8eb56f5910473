//! Fixing hands: what was found in the picture, the tries for each, and which of them is kept.
//!
//! Does not know how anything is found, nor how it is drawn.

mod desk;
mod keys;
mod large;
mod look;
mod spot;
mod tries;

use std::sync::Arc;

use eframe::egui;

use super::super::texts::Text;
use super::super::texts::fix as texts;
use super::super::thread::Worker;
use super::Studio;
use super::host::{Effect, Host, Seen};
use super::queue::{Cell, Queue};
use super::sweep;
use crate::canvas::Layer;
use crate::detection::hint::{LEAST_SCORE, hint};
use crate::detection::targets::{Choice, Order, surroundings, targets};
use crate::detection::{Found, Region};
use crate::document::{Document, EditName};
use crate::engine::{Detect, Outcome, Subject, Work, choice_told};
use crate::raster::{Patch, Picture};
use crate::recipe::detail::Told;

use keys::pick;
use spot::{Hint, Spot, Try};
use tries::{can_keep, can_repaint, keep, repaint};

pub use desk::window;

/// Smallest score that counts (ADetailer's).
const LEAST: f32 = 0.3;

/// Side of the pictures of a model that nothing is known of yet, pixels.
const NATIVE_SIDE: u32 = 512;

/// The window, and all that it shows.
pub struct Fix {
    open: bool,
    subject: Subject,
    /// What the list was found with.
    listed: Subject,
    /// Tries for each.
    tries: u32,
    /// How much the model sees, in sides of what was found, where that is not what is usual for it.
    around: Option<f32>,
    /// Whether tries with a better hint come first.
    by_hint: bool,
    /// ADetailer's settings as the source of the recipe has them, and whether they count.
    told: Option<Told>,
    use_told: bool,
    /// Side of a picture in the window, points.
    side: f32,
    /// The picture that was looked through.
    of: Option<Arc<Picture>>,
    spots: Vec<Spot>,
    selected: usize,
    /// The spot whose mask is in the document to be painted on.
    painted: Option<usize>,
    /// One spot alone, as large as the window.
    large: Option<large::Large>,
    /// The number of the sheet that its results come to.
    sheet: u64,
    /// Names of spots and tries that were given so far.
    names: usize,
    looks: Worker<look::Task, look::Seen>,
    /// Pictures that are being made.
    asked: usize,
    /// Whether what is looked at for a hint is being made.
    judging: bool,
    /// The next try that is looked at for a hint, by its name.
    to_judge: Option<(usize, Picture)>,
    /// What is seen of the picture, over which the outlines are drawn; none while the list is not of it.
    over: Option<Arc<Picture>>,
    /// The outlines over that, and of which state of the list they are.
    outlines: Option<Layer>,
    outlined: Vec<(usize, bool)>,
    /// Outlines that were drawn so far.
    drawn: u64,
}

impl Fix {
    /// A window that is closed.
    pub fn new() -> Self {
        Self {
            open: false,
            subject: Subject::Hands,
            listed: Subject::Hands,
            tries: 4,
            around: None,
            by_hint: true,
            told: None,
            use_told: true,
            side: 128.0,
            of: None,
            spots: Vec::new(),
            selected: 0,
            painted: None,
            large: None,
            sheet: 0,
            names: 0,
            looks: Worker::new("tries", look::serve),
            asked: 0,
            judging: false,
            to_judge: None,
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
    pub fn take(&mut self, cell: Option<Cell>, patch: &Arc<Patch>, infotext: &str) {
        if let Some(one) = cell.and_then(|cell| self.try_at(cell)) {
            one.patch = Some(Arc::clone(patch));
            one.lost = false;
            one.view.asked = false;
            infotext.clone_into(&mut one.infotext);
        }
    }

    /// Takes what was found in a try.
    pub fn judge(&mut self, cell: Cell, found: &[Found]) {
        let has = |spot: &&mut Spot| spot.tries.iter().any(|one| one.name == cell.index);
        let Some(spot) = self.spots.iter_mut().find(has) else {
            return;
        };
        let mut tries = spot.tries.iter_mut();
        if let Some(one) = tries.find(|one| one.name == cell.index)
            && let (Hint::Asked(seen), Some(patch)) = (one.hint, &one.patch)
            && cell.sheet == self.sheet
        {
            one.hint = Hint::Known(hint(found, &spot.region, seen, patch.rect()));
        }
        if self.by_hint && spot.picked.is_none() && spot.is_judged() {
            spot.sort(true);
        }
    }

    fn try_at(&mut self, cell: Cell) -> Option<&mut Try> {
        let mut all = self.spots.iter_mut().flat_map(|spot| &mut spot.tries);
        all.find(|one| one.name == cell.index && cell.sheet == self.sheet)
    }

    /// A name that neither a spot nor a try of the list has.
    fn name(&mut self) -> usize {
        self.names += 1;
        self.names
    }

    /// ADetailer's settings, where they count.
    fn told(&self) -> Option<&Told> {
        self.told.as_ref().filter(|_| self.use_told)
    }

    /// Whether the list is of this document's picture.
    fn is_of(&self, document: &Document) -> bool {
        let of = self.of.as_ref();
        of.is_some_and(|of| Arc::ptr_eq(of, document.picture()))
    }

    /// Puts a new list in the place of the one before.
    fn list(&mut self, found: Vec<Found>, of: Arc<Picture>, sheet: u64) {
        self.clear();
        let choice = Choice {
            order: Order::LeftToRight,
            ..Choice::default()
        };
        let choice = self
            .told()
            .map_or_else(|| choice.clone(), |told| choice_told(told, choice.clone()));
        for (region, from) in targets(&found, of.size(), &choice) {
            let found = from.first().map(|one| &found[*one]);
            let label = found.map_or_else(String::new, |found| found.label.clone());
            let score = found.map_or(0.0, |found| found.score);
            let name = self.name();
            self.spots.push(Spot {
                ticked: found.is_some_and(Found::is_sure),
                ..Spot::new(name, label, score, region, &of)
            });
        }
        self.of = Some(of);
        self.sheet = sheet;
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
        self.selected = 0;
        self.painted = None;
        self.large = None;
        self.to_judge = None;
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
        for spot in &mut self.spots {
            for one in &mut spot.tries {
                let index = one.name;
                one.lost = one.patch.is_none() && !queue.is_at(Cell { sheet, index });
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

    /// Moves a spot to the place of another; those between make room.
    fn shift(&mut self, from: usize, to: usize) {
        if from < self.spots.len() && to < self.spots.len() {
            let spot = self.spots.remove(from);
            self.spots.insert(to, spot);
            self.selected = to;
        }
    }

    /// How many tries are there, and of how many that are there or will be.
    fn done(&self) -> (usize, usize) {
        let all = || self.spots.iter().flat_map(|spot| &spot.tries);
        let count = |counts: fn(&&Try) -> bool| all().filter(counts).count();
        (count(|one| one.patch.is_some()), count(|one| !one.lost))
    }
}

/// How much the model sees, in sides of what was found.
fn around(studio: &Studio) -> f32 {
    let side = studio.spec().map_or(NATIVE_SIDE, |spec| spec.native_side);
    studio.fix.around.unwrap_or_else(|| surroundings(side))
}

/// Opens the window, and looks through a picture that was not looked through yet; or closes it.
pub fn open(host: &mut Host<'_>) {
    let fix = &mut host.studio.fix;
    fix.open = !fix.open;
    if !fix.open {
        return;
    }
    // What is seen is the list, and Enter is its key, until a result is selected.
    host.studio.results.deselect();
    let others = host.studio.others().map(|others| others.pairs.clone());
    let told = Told::take(&mut others.unwrap_or_default(), 1);
    let fix = &mut host.studio.fix;
    if told != fix.told {
        let named = told
            .as_ref()
            .and_then(|told| Subject::of_detector(&told.model));
        fix.subject = named.unwrap_or(fix.subject);
        fix.told = told;
    }
    if !fix.is_of(host.document) {
        find(host);
    }
}

/// Closes what is large, else the window.
pub fn close(studio: &mut Studio) {
    let fix = &mut studio.fix;
    fix.open = fix.large.take().is_some();
}

/// Why neither tries can be asked for nor picks be kept.
pub fn can_go_on(seen: &Seen<'_>) -> Result<(), String> {
    let fix = &seen.studio.fix;
    if !fix.open {
        return Err(texts::CLOSED.into());
    }
    if seen.studio.results.is_by_hand() {
        return Err(texts::RESULT_SELECTED.into());
    }
    let tried = fix.spots.iter().any(|spot| !spot.tries.is_empty());
    // Without a pick that says so: what was tried is not tried again unasked.
    match tried {
        true => can_keep(seen),
        false => can_repaint(seen, None),
    }
}

/// Repaints all that are ticked, or keeps the picks.
pub fn go_on(host: &mut Host<'_>, _: &egui::Context) {
    let mut spots = host.studio.fix.spots.iter();
    match spots.any(|spot| spot.picked.is_some()) {
        true => keep(host),
        false => repaint(host, None),
    }
}

/// Why nothing can be found now.
pub fn can_open(seen: &Seen<'_>) -> Result<(), String> {
    match seen.around.blank {
        true => Err(texts::NO_PICTURE.into()),
        false => Ok(()),
    }
}

/// Looks through the picture.
fn find(host: &mut Host<'_>) {
    let of = Arc::clone(host.document.picture());
    let wanted = Detect {
        picture: host.document.seen(),
        subject: host.studio.fix.subject,
        detector: host.settings.detector.clone(),
        least: host
            .studio
            .fix
            .told()
            .and_then(|told| told.confidence)
            .unwrap_or(LEAST),
    };
    let subject = wanted.subject;
    let then = move |host: &mut Host<'_>, outcome| {
        if let Outcome::Detected(found) = outcome {
            host.studio.queue.clear_sheet(host.studio.fix.sheet);
            let sheet = sweep::next_sheet(host.studio);
            host.studio.fix.listed = subject;
            host.studio.fix.list(found, of, sheet);
        }
    };
    host.effects.push(Effect::Begin {
        what: texts::FINDING,
        work: Box::new(Work::Detect(wanted)),
        then: Box::new(then),
    });
}

/// Adds what the mask covers to the list, or takes it for the mask of one that is there.
fn take_mask(host: &mut Host<'_>, spot: Option<usize>) {
    let document = &*host.document;
    let fix = &mut host.studio.fix;
    let Some(rect) = document.mask_bounds() else {
        return host.notices.say(texts::NO_MASK);
    };
    if !fix.is_of(document) {
        return host.notices.say(texts::CHANGED);
    }
    let region = Region {
        rect,
        mask: document.mask().crop(rect),
    };
    let label = word(fix.listed, texts::ONE).to_owned();
    let name = fix.name();
    let new = Spot::new(name, label, 0.0, region, document.picture());
    fix.outlined.clear();
    fix.painted = None;
    match spot.and_then(|spot| fix.spots.get_mut(spot)) {
        Some(old) => old.cover(new),
        None => {
            fix.spots.push(new);
            fix.selected = fix.spots.len() - 1;
        }
    }
}

/// The word for a subject, of those in the order of all subjects.
fn word(subject: Subject, words: [Text; 3]) -> &'static str {
    let mut all = Subject::ALL.iter().zip(words);
    let found = all.find(|((_, own), _)| *own == subject);
    found.map_or("", |(_, word)| word.get())
}

/// Puts a spot's mask into the document.
fn edit_mask(host: &mut Host<'_>, spot: usize) {
    let Some(spot) = host.studio.fix.spots.get(spot) else {
        return;
    };
    let region = spot.region.clone();
    host.studio.fix.painted = Some(spot.name);
    let edit = move |document: &mut Document| {
        let size = document.size();
        document.edit_mask(EditName::Import, |_| region.in_picture(size));
    };
    host.edit(EditName::Import, edit, |_| ());
}

/// Hears what was made for the window, asks for what is missing, and takes its keys.
pub fn logic(host: &mut Host<'_>, ctx: &egui::Context) {
    let fix = &mut host.studio.fix;
    while let Some(seen) = fix.looks.poll() {
        fix.asked = fix.asked.saturating_sub(1);
        match seen {
            Ok(seen) => look::take(fix, seen, ctx),
            Err(line) => host.notices.fail(line),
        }
    }
    let queue = &mut host.studio.queue;
    fix.give_up(queue);
    fix.look_at(host.document);
    if !fix.open {
        return;
    }
    if let Err(line) = look::ask(fix, queue, ctx) {
        host.notices.fail(line);
    }
    if let Some((index, picture)) = fix.to_judge.take() {
        let work = Work::Detect(Detect {
            picture: Arc::new(picture),
            subject: fix.listed,
            detector: host.settings.detector.clone(),
            least: LEAST_SCORE,
        });
        let sheet = fix.sheet;
        queue.look(work, Cell { sheet, index });
    }
    // As for actions: a dialog, a text field or an open list has the keys.
    let elsewhere = host.around.keys_taken
        || host.studio.takes_keys()
        || host.studio.typing
        || ctx.egui_wants_keyboard_input()
        || egui::Popup::is_any_open(ctx);
    let plain = ctx.input(|input| input.modifiers.is_none());
    if plain && !elsewhere && host.seen().idle().is_ok() {
        keys::hear(host, ctx);
    }
}
