//! From the recipe to the queue: seeds drawn, wildcards resolved, a snapshot for each job.
//!
//! Does not know the engine; hands jobs to the link.

use std::sync::Arc;

use super::super::app::App;
use super::super::shell;
use super::history::Words;
use super::link::{Cell, Slip};
use super::{Studio, notes, random_seed};
use crate::document::Document;
use crate::engine::{Frame, Job, ModelSpec, Previews, check_recipe};
use crate::raster::Size;
use crate::recipe::Recipe;
use crate::recipe::variation::at_once;
use crate::recipe::wildcard::{Templates, Wildcards};

/// A recipe that can be run, and where its prompts came from.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The recipe.
    pub recipe: Recipe,
    /// Its prompts before their wildcards were resolved.
    pub templates: Templates,
}

impl Resolved {
    /// Resolves the wildcards of a recipe, and checks what comes of them.
    ///
    /// # Errors
    /// One line: a wildcard that is not there, or what no model can do.
    pub fn of(recipe: &Recipe, wildcards: &Wildcards) -> Result<Self, String> {
        let resolved = recipe.with_wildcards_resolved(wildcards);
        let (recipe, templates) = resolved.map_err(|error| error.to_string())?;
        check_recipe(&recipe).map_err(|error| error.to_string())?;
        Ok(Self { recipe, templates })
    }
}

/// Repaints as the recipe says, as often as results are wanted.
pub fn repaint(app: &mut App) {
    let studio = &mut app.studio;
    studio.draw_seeds();
    let count = u64::from(studio.variations.max(1));
    let series = (0..count).map(|index| studio.recipe.nth(index));
    let resolved: Result<Vec<_>, _> = series
        .map(|recipe| Resolved::of(&recipe, &studio.wildcards))
        .collect();
    match resolved {
        Ok(resolved) => {
            let batches = in_batches(resolved, studio.batch as usize);
            let orders = batches.into_iter().map(|(one, batch)| Order {
                resolved: one,
                batch,
                cell: None,
            });
            send(app, orders);
        }
        Err(line) => app.shell.notices.fail(line),
    }
}

/// The first of each part of a series that is made at once, and how many there are in the part.
fn in_batches(mut series: Vec<Resolved>, most: usize) -> Vec<(Resolved, usize)> {
    let mut batches = Vec::new();
    while !series.is_empty() {
        let batch = at_once(series.iter().map(|one| &one.recipe), most);
        let others = series.split_off(batch);
        let first = std::mem::replace(&mut series, others).into_iter().next();
        batches.extend(first.map(|first| (first, batch)));
    }
    batches
}

/// A job to be.
pub struct Order {
    /// The recipe of its first picture.
    pub resolved: Resolved,
    /// How many pictures of the series it makes at once.
    pub batch: usize,
    /// The place of a contact sheet that waits for it.
    pub cell: Option<Cell>,
}

/// Puts jobs at the end of the queue.
pub fn send(app: &mut App, orders: impl Iterator<Item = Order>) {
    let start = shell::start_picture(app);
    let studio = &mut app.studio;
    studio.look_at(&app.document);
    studio.seeds_used();
    for order in orders {
        let Resolved { recipe, templates } = order.resolved;
        let Some(spec) = studio.spec() else { return };
        let slip = Slip {
            templates,
            rendered: rendered(&app.document, &recipe, spec),
            cell: order.cell,
        };
        let job = Job {
            picture: Arc::clone(&start),
            mask: Some(Arc::clone(app.document.mask())),
            recipe,
            batch: order.batch,
            previews: Previews::Latest,
        };
        studio.link.submit(job, studio.base, slip);
    }
    // What comes next is what the artist wants to see.
    studio.results.deselect();
    let words = Words::of(&app.studio.recipe);
    notes::remember(app, words);
}

/// The size that the model renders a recipe at.
pub fn rendered(document: &Document, recipe: &Recipe, spec: &ModelSpec) -> Size {
    // How far the mask's blur reaches decides what is shown to the model, and not at which size.
    let bounds = document.mask_bounds();
    Frame::new(document.size(), bounds, recipe, spec).working
}

impl Studio {
    /// Takes seeds that nobody chose in place of those that were used, unless they are locked.
    pub(super) fn draw_seeds(&mut self) {
        if self.seed_used && !self.seed_locked {
            self.recipe.seed = random_seed();
            self.seed_used = false;
        }
        if let Some(variation) = &mut self.recipe.variation
            && self.variation_used
            && !self.variation_locked
        {
            variation.seed = random_seed();
            self.variation_used = false;
        }
    }

    fn seeds_used(&mut self) {
        self.seed_used = true;
        self.variation_used = self.recipe.variation.is_some();
    }
}
