//! The contact sheet of a sweep: the places that its results come to, and what is drawn and written of them.
//!
//! Does not know windows; pictures are made on a thread.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui;

use super::super::room::texture;
use super::queue::Cell;
use crate::document::CandidateId;
use crate::engine::canvas_size;
use crate::raster::file::{self, FileError, Format, Metadata, Note};
use crate::raster::sheet::contact_sheet;
use crate::raster::{Patch, Picture, Size};
use crate::recipe::sweep::SweepAxis;
use crate::recipe::wildcard::Resolved;
use crate::recipe::{Recipe, infotext};

/// Longest side of a picture as the window shows it, pixels.
pub const VIEW: u32 = 512;

/// Pictures that are being made for the window at once.
const ASKED: usize = 6;

/// A sweep and what has come of it.
pub struct Sheet {
    /// Tells its cells from those of other sheets.
    pub number: u64,
    /// What goes across.
    pub x: Option<SweepAxis>,
    /// What goes down.
    pub y: Option<SweepAxis>,
    /// The places, row by row.
    pub places: Vec<Place>,
    /// Whether only what was repainted is shown, with a little around it.
    pub close_up: bool,
    /// Side of a place in the window, points.
    pub side: f32,
    /// What the picture of it says of how it was made.
    pub infotext: String,
    /// The picture that was repainted.
    start: Arc<Picture>,
}

/// A place on the sheet.
pub struct Place {
    /// What was asked for, its wildcards resolved.
    pub recipe: Recipe,
    /// What its infotext says beside that.
    pub beside: Vec<(String, String)>,
    /// The result, when it is there.
    pub patch: Option<Arc<Patch>>,
    /// Its name among the results.
    pub candidate: Option<CandidateId>,
    /// What the window shows.
    pub view: View,
}

/// A picture in the window.
#[derive(Default)]
pub enum View {
    /// Not made yet.
    #[default]
    None,
    /// Being made.
    Asked,
    /// There.
    Shown(egui::TextureHandle),
}

impl Sheet {
    /// A sheet whose results have yet to come.
    pub fn new(
        number: u64,
        [x, y]: [Option<SweepAxis>; 2],
        cells: &[Resolved],
        start: Arc<Picture>,
        infotext: String,
    ) -> Self {
        let place = |one: &Resolved| Place {
            recipe: one.recipe.with_literal_prompts(),
            beside: one.beside.clone(),
            patch: None,
            candidate: None,
            view: View::None,
        };
        Self {
            number,
            x,
            y,
            places: cells.iter().map(place).collect(),
            close_up: false,
            side: 160.0,
            infotext,
            start,
        }
    }

    /// How many places a row has.
    pub fn columns(&self) -> usize {
        self.x.as_ref().map_or(1, |axis| axis.values.len())
    }

    /// What stands above the columns and before the rows.
    pub fn labels(&self) -> [Vec<String>; 2] {
        let labels =
            |axis: &Option<SweepAxis>| axis.as_ref().map(SweepAxis::labels).unwrap_or_default();
        [labels(&self.x), labels(&self.y)]
    }

    /// What a place is called.
    pub fn name(&self, index: usize) -> String {
        let [x, y] = self.labels();
        let (across, down) = (index % self.columns(), index / self.columns());
        let words = [x.get(across), y.get(down)];
        words
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// How many results are there.
    pub fn done(&self) -> usize {
        self.places
            .iter()
            .filter(|place| place.patch.is_some())
            .count()
    }

    /// Proportions of a place, width to height.
    pub fn aspect(&self) -> f32 {
        let patch = self.places.iter().find_map(|place| place.patch.as_ref());
        let size = match patch {
            Some(patch) if self.close_up => part(patch, self.start.size()).size(),
            _ => self.start.size(),
        };
        (size.width as f32 / size.height.max(1) as f32).clamp(0.25, 4.0)
    }

    /// A result has come.
    pub fn take(&mut self, cell: Cell, candidate: CandidateId, patch: Arc<Patch>) {
        if cell.sheet == self.number
            && let Some(place) = self.places.get_mut(cell.index)
        {
            place.patch = Some(patch);
            place.candidate = Some(candidate);
            place.view = View::None;
        }
    }

    /// Shows more or less of every picture.
    pub fn set_close_up(&mut self, close_up: bool) {
        self.close_up = close_up;
        for place in &mut self.places {
            place.view = View::None;
        }
    }

    /// The next picture to make for the window, if there is one and few enough are in the making.
    pub fn next_view(&mut self) -> Option<SheetTask> {
        let asked = |place: &&Place| matches!(place.view, View::Asked);
        if self.places.iter().filter(asked).count() >= ASKED {
            return None;
        }
        let wanted = |place: &Place| matches!(place.view, View::None) && place.patch.is_some();
        let index = self.places.iter().position(wanted)?;
        self.places[index].view = View::Asked;
        let shot = self.shot(&self.places[index])?;
        let cell = Cell {
            sheet: self.number,
            index,
        };
        Some(SheetTask::View(cell, shot))
    }

    /// A picture for the window was made.
    pub fn shown(&mut self, cell: Cell, close_up: bool, picture: &Picture, ctx: &egui::Context) {
        // Meanwhile something else was asked for.
        if cell.sheet != self.number || close_up != self.close_up {
            return;
        }
        if let Some(place) = self.places.get_mut(cell.index) {
            let name = format!("sheet {} {}", cell.sheet, cell.index);
            place.view = View::Shown(texture(ctx, name, picture));
        }
    }

    /// What a place shows; none before its result is there.
    fn shot(&self, place: &Place) -> Option<Shot> {
        Some(Shot {
            start: Arc::clone(&self.start),
            patch: Arc::clone(place.patch.as_ref()?),
            whole: canvas_size(self.start.size(), true, &place.recipe) == self.start.size(),
            close_up: self.close_up,
        })
    }

    /// What is to be done to write the sheet to a file; `recipe` says whether with how it was made.
    pub fn to_save(&self, path: PathBuf, recipe: bool) -> SheetTask {
        let shots: Vec<_> = self.places.iter().map(|place| self.shot(place)).collect();
        SheetTask::Save(Box::new(SheetFile {
            path,
            rows: shots.chunks(self.columns()).map(<[_]>::to_vec).collect(),
            labels: self.labels(),
            infotext: recipe.then(|| self.infotext.clone()),
        }))
    }
}

/// What a place shows.
#[derive(Clone)]
pub struct Shot {
    start: Arc<Picture>,
    patch: Arc<Patch>,
    /// Whether the patch lies in the picture, and not in its place.
    whole: bool,
    close_up: bool,
}

impl Shot {
    fn picture(&self) -> Picture {
        if !self.whole {
            return self.patch.pixels().clone();
        }
        let mut picture = (*self.start).clone();
        picture.paste(&self.patch);
        match self.close_up {
            true => picture.crop(part(&self.patch, picture.size())),
            false => picture,
        }
    }
}

/// What is shown close up: the patch and a quarter of its longer side around it.
fn part(patch: &Patch, picture: Size) -> crate::raster::Rect {
    let size = patch.rect().size();
    patch.rect().pad(size.width.max(size.height) / 4, picture)
}

/// Something to make.
pub enum SheetTask {
    /// A picture for the window.
    View(Cell, Shot),
    /// The file of a sheet.
    Save(Box<SheetFile>),
}

/// A sheet to write.
pub struct SheetFile {
    path: PathBuf,
    rows: Vec<Vec<Option<Shot>>>,
    labels: [Vec<String>; 2],
    infotext: Option<String>,
}

/// What came of it.
pub enum SheetDone {
    /// A picture for the window, and whether it is a close-up.
    View(Cell, bool, Box<Picture>),
    /// The file is written.
    Saved(PathBuf, Vec<Note>),
    /// The file could not be written.
    Unsaved(FileError),
}

/// Does a task.
pub fn serve(task: SheetTask) -> SheetDone {
    match task {
        SheetTask::View(cell, shot) => {
            let small = shot.picture().thumbnail(VIEW);
            SheetDone::View(cell, shot.close_up, Box::new(small))
        }
        SheetTask::Save(order) => match write(&order) {
            Ok(notes) => SheetDone::Saved(order.path, notes),
            Err(error) => SheetDone::Unsaved(error),
        },
    }
}

fn write(order: &SheetFile) -> Result<Vec<Note>, FileError> {
    let picture = |shot: &Option<Shot>| shot.as_ref().map(Shot::picture);
    let rows: Vec<Vec<_>> = order
        .rows
        .iter()
        .map(|row| row.iter().map(picture).collect())
        .collect();
    let [x, y] = &order.labels;
    let sheet = contact_sheet(&rows, x, y);
    let mut metadata = Metadata::default();
    if let Some(text) = &order.infotext {
        metadata.set_comment(Format::of_path(&order.path)?, infotext::KEYWORD, text);
    }
    file::write(&order.path, &sheet, &metadata)
}
