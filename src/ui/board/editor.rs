//! What the canvas works on, what the rest of the window tells it, and what it asks of the rest.
//!
//! Does not know who answers.

use eframe::egui::Context;

use super::Board;
use super::object::Pointed;
use crate::canvas::{Canvas, Layer};
use crate::document::{Document, EditName};
use crate::engine::ModelSpec;
use crate::raster::Mask;
use crate::raster::prepare::Preparation;
use crate::recipe::Recipe;
use crate::ui::row::{self, Shortcuts};

/// What the rest of the window tells the canvas.
pub(in crate::ui) struct Around<'a> {
    /// Why nothing can be edited now.
    pub busy: Option<&'static str>,
    /// Whether the picture is an empty canvas.
    pub blank: bool,
    /// What the next repaint will be.
    pub recipe: &'a Recipe,
    /// What the model that is chosen takes, once that is known.
    pub spec: Option<&'a ModelSpec>,
    /// What lies over the picture: a result, or what a model has in mind.
    pub over: Option<Layer>,
    /// Names what is to be judged of that without a mask over it: a result, or a job by its previews.
    pub judged: Option<u64>,
    /// Another result that this one is held against in the place of the picture before.
    pub against: Option<Layer>,
    /// What was found of what is pointed at.
    pub pointed: Pointed,
    /// Keys that the artist changed.
    pub shortcuts: &'a Shortcuts,
}

/// The canvas, to be looked at.
pub(in crate::ui) struct Seen<'a> {
    pub document: &'a Document,
    pub board: &'a Board,
    pub around: &'a Around<'a>,
}

/// The canvas, to be worked on.
pub(in crate::ui) struct Editor<'a> {
    pub document: &'a mut Document,
    /// Draws it, where there is a graphics device.
    pub canvas: Option<&'a mut Canvas>,
    pub board: &'a mut Board,
    pub around: Around<'a>,
    /// What the rest of the window has to do, in this order.
    pub effects: Vec<Effect>,
}

/// Something that is not the canvas's own to do.
pub(in crate::ui) enum Effect {
    /// Tell the artist.
    Say(String),
    /// Look at the picture, and no longer at a result.
    PutResultsAway,
    /// Edit the document, on a thread where that takes long.
    Edit {
        what: EditName,
        edit: Box<dyn FnOnce(&mut Document) + Send>,
        /// What to say once it is done.
        note: Box<dyn FnOnce() -> Option<&'static str>>,
    },
    /// Show another candidate of what is pointed at.
    ShowObject(usize),
    /// Make the one that is shown part of the mask.
    TakeObject,
    /// Cut, extend, scale, turn or mirror the picture.
    Prepare(Preparation),
}

/// What a row of the canvas does, and why it cannot be done now.
#[derive(Clone, Copy)]
pub struct Does {
    pub(in crate::ui) enabled: fn(&Seen<'_>) -> Result<(), String>,
    pub(in crate::ui) run: fn(&mut Editor<'_>, &Context),
}

/// A row of the canvas.
pub(in crate::ui) type Row = row::Row<Does>;

/// A row that can always be done.
pub(super) fn always(_: &Seen<'_>) -> Result<(), String> {
    Ok(())
}

impl Seen<'_> {
    /// Nothing is worked on.
    pub fn idle(&self) -> Result<(), String> {
        match self.around.busy {
            None => Ok(()),
            Some(reason) => Err(reason.to_owned()),
        }
    }
}

impl Editor<'_> {
    pub fn seen(&self) -> Seen<'_> {
        Seen {
            document: self.document,
            board: self.board,
            around: &self.around,
        }
    }

    pub fn say(&mut self, line: impl Into<String>) {
        self.effects.push(Effect::Say(line.into()));
    }

    /// Runs a row, or says why it cannot be done.
    pub fn run(&mut self, ctx: &Context, row: &Row) {
        match (row.does.enabled)(&self.seen()) {
            Ok(()) => (row.does.run)(self, ctx),
            Err(reason) => self.say(reason),
        }
    }

    /// Edits the document, at once or on a thread.
    pub fn edit(&mut self, what: EditName, edit: impl FnOnce(&mut Document) + Send + 'static) {
        self.effects.push(Effect::Edit {
            what,
            edit: Box::new(edit),
            note: Box::new(|| None),
        });
    }

    /// Puts another mask in place of the document's.
    pub fn change_mask(
        &mut self,
        what: EditName,
        change: impl FnOnce(&Mask) -> Mask + Send + 'static,
    ) {
        self.edit(what, move |document| document.edit_mask(what, change));
    }
}
