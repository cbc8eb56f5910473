//! What the studio works on, what the rest of the window tells it, and what it asks of the rest.
//!
//! Does not know who answers.

use eframe::egui::{Context, Rect};

use super::super::texts::Text;
use super::Studio;
use crate::document::{Base, CandidateId, Document, EditName, RepaintResult};
use crate::engine::{Outcome, Work};
use crate::raster::file::Metadata;
use crate::ui::dialog::Wanted;
use crate::ui::notices::Notices;
use crate::ui::row::{self, Menu};
use crate::ui::settings::{Places, Settings};

/// What the rest of the window tells the studio.
#[derive(Clone, Copy)]
pub(in crate::ui) struct Around {
    /// Why nothing can be edited now.
    pub busy: Option<&'static str>,
    /// Whether the picture is an empty canvas.
    pub blank: bool,
    /// Where the canvas was drawn last, points.
    pub canvas: Rect,
    /// Whether keys go to a question or a list of another room.
    pub keys_taken: bool,
    /// Whether a window of another room is open that Escape closes.
    pub window_open: bool,
}

/// The studio, to be looked at.
pub(in crate::ui) struct Seen<'a> {
    pub document: &'a Document,
    pub studio: &'a Studio,
    pub settings: &'a Settings,
    pub around: Around,
}

/// The studio, to be worked with.
pub(in crate::ui) struct Host<'a> {
    pub document: &'a mut Document,
    pub studio: &'a mut Studio,
    pub settings: &'a mut Settings,
    pub notices: &'a mut Notices,
    pub places: &'a Places,
    /// What the open picture's file says beside its pixels.
    pub metadata: &'a Metadata,
    pub around: Around,
    /// What the rest of the window has to do, in this order.
    pub effects: Vec<Effect>,
}

/// What follows an edit.
type Then = Box<dyn FnOnce(&mut Host<'_>)>;

/// What goes on with what came of a work.
type Took = Box<dyn FnOnce(&mut Host<'_>, Outcome)>;

/// Something that is not the studio's own to do.
pub(in crate::ui) enum Effect {
    /// Edit the document, on a thread where that takes long.
    Edit {
        what: EditName,
        edit: Box<dyn FnOnce(&mut Document) + Send>,
        then: Then,
    },
    /// Have the engine do a work while the document stays as it is.
    Begin {
        what: Text,
        work: Box<Work>,
        then: Took,
    },
    /// The engine has ended the work beside repainting.
    Ended(Box<Result<Outcome, String>>),
    /// A result has come, and is the candidate of this number.
    Came(Box<RepaintResult>, Base, CandidateId),
    /// Ask the artist for a path, unless that is being done.
    Ask(Wanted),
    /// Run an action of another room.
    Run(&'static str),
    /// Take the recipe over that is on the clipboard.
    PasteRecipe,
    /// Close the window of another room that was opened last.
    CloseWindow,
    /// Start the program again.
    Restart,
}

/// What a row of the studio does, and why it cannot be done now.
#[derive(Clone, Copy)]
pub struct Does {
    pub(in crate::ui) enabled: fn(&Seen<'_>) -> Result<(), String>,
    pub(in crate::ui) run: fn(&mut Host<'_>, &Context),
}

/// A row of the studio.
pub(in crate::ui) type Row = row::Row<Does>;

/// A row whose key is not the typist's.
pub(super) const fn row(
    id: &'static str,
    texts: [&'static str; 2],
    menu: Option<Menu>,
    shortcut: Option<eframe::egui::KeyboardShortcut>,
    enabled: fn(&Seen<'_>) -> Result<(), String>,
    run: fn(&mut Host<'_>, &Context),
) -> Row {
    Row::new(id, texts, menu, shortcut, Does { enabled, run })
}

/// A row that can always be done.
pub(super) fn always(_: &Seen<'_>) -> Result<(), String> {
    Ok(())
}

impl Seen<'_> {
    /// Nothing is worked on.
    pub fn idle(&self) -> Result<(), String> {
        self.around.busy.map_or(Ok(()), |busy| Err(busy.to_owned()))
    }
}

impl Host<'_> {
    pub fn seen(&self) -> Seen<'_> {
        Seen {
            document: self.document,
            studio: self.studio,
            settings: self.settings,
            around: self.around,
        }
    }

    /// Runs a row, or says why it cannot be done.
    pub fn run(&mut self, ctx: &Context, row: &Row) {
        match (row.does.enabled)(&self.seen()) {
            Ok(()) => (row.does.run)(self, ctx),
            Err(reason) => self.notices.say(reason),
        }
    }

    /// Edits the document, at once or on a thread.
    pub fn edit(
        &mut self,
        what: EditName,
        edit: impl FnOnce(&mut Document) + Send + 'static,
        then: impl FnOnce(&mut Host<'_>) + 'static,
    ) {
        self.effects.push(Effect::Edit {
            what,
            edit: Box::new(edit),
            then: Box::new(then),
        });
    }

    /// Asks the artist for a path.
    pub fn ask(&mut self, wanted: Wanted) {
        self.effects.push(Effect::Ask(wanted));
    }
}
