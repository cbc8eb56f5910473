//! From the recipe to the queue: seeds drawn, wildcards resolved, a snapshot for each job.
//!
//! Does not know the engine; hands jobs to the queue.

use std::sync::Arc;

use super::super::texts::studio as texts;
use super::Host;
use super::history::Words;
use super::queue::{Cell, JobExtras, ModelState};
use super::{Studio, preset_files, random_seed};
use crate::document::Document;
use crate::engine::{Frame, ModelSpec, Repaint, check_recipe};
use crate::raster::{Mask, Picture, Size};
use crate::recipe::variation::{NEAR, batches};
use crate::recipe::wildcard::Resolved;
use crate::recipe::{Recipe, Variation, infotext};

impl Studio {
    /// Why there is no model to repaint with.
    pub(super) fn has_model(&self) -> Result<(), String> {
        match self.queue.model() {
            // A job waits for its model.
            ModelState::Ready(_) | ModelState::Loading { .. } => Ok(()),
            ModelState::None => Err(texts::NO_MODEL.into()),
            ModelState::Failed(_) => Err(texts::MODEL_FAILED.into()),
        }
    }
}

/// Repaints as the recipe says, as often as results are wanted.
pub fn repaint(host: &mut Host<'_>) {
    let studio = &mut *host.studio;
    studio.draw_seeds();
    let count = u64::from(studio.variations.max(1));
    let series = (0..count).map(|index| studio.recipe.nth(index));
    let series: Result<Vec<_>, _> = series.map(|recipe| studio.resolved(&recipe)).collect();
    match series {
        Ok(series) => {
            studio.seeds_used();
            send(host, series.into_iter().map(|one| (one, None)).collect());
        }
        Err(line) => host.notices.fail(line),
    }
}

/// Repaints as often, near the selected result: by its recipe and seed, with a little of another seed's noise, or a little more or less of the one that it has. The panel's recipe stays.
pub fn similar(host: &mut Host<'_>) {
    let studio = &mut *host.studio;
    let Some(selected) = studio.results.selected() else {
        return;
    };
    let recipe = &selected.result.recipe;
    let count = u64::from(studio.variations.max(1));
    let variations: Vec<_> = match mixed(recipe) {
        None => {
            let first = random_seed();
            let seeds = (0..count).map(|index| first.wrapping_add(index));
            let varied = |seed| Variation {
                seed,
                strength: NEAR,
            };
            seeds.map(varied).collect()
        }
        Some(variation) => {
            let phase = random_seed() as f64 / 2.0_f64.powi(32);
            variation.near(count, phase).collect()
        }
    };
    let series = variations.into_iter().map(|variation| {
        studio.resolved(&Recipe {
            variation: Some(variation),
            ..recipe.clone()
        })
    });
    match series.collect::<Result<Vec<_>, _>>() {
        Ok(series) => send(host, series.into_iter().map(|one| (one, None)).collect()),
        Err(line) => host.notices.fail(line),
    }
}

/// The noise that is mixed into a recipe's own, where some is.
pub fn mixed(recipe: &Recipe) -> Option<Variation> {
    recipe.variation.filter(|mixed| mixed.strength > 0.0)
}

/// Puts jobs at the end of the queue, each with the place of a contact sheet that waits for it.
///
/// Results that wait for no such place are made in batches, where that is wanted.
pub fn send(host: &mut Host<'_>, orders: Vec<(Resolved, Option<Cell>)>) {
    let mask = (!host.around.blank).then(|| Arc::clone(host.document.mask()));
    send_masked(host, mask, orders);
}

/// Repaints the whole picture at its own size, at most at `strength`, whatever is masked. The panel's recipe stays.
pub fn repaint_whole(host: &mut Host<'_>, strength: f64) {
    let studio = &mut *host.studio;
    let recipe = Recipe {
        strength: studio.recipe.strength.min(strength),
        // A picture that was made larger is more than the model sees at once.
        tile: studio.spec().map_or(0, |spec| spec.native_side),
        ..studio.recipe.clone()
    };
    match studio.has_model().and_then(|()| studio.resolved(&recipe)) {
        Ok(one) => send_masked(host, None, vec![(one, None)]),
        Err(line) => host.notices.fail(line),
    }
}

/// Puts repaints of the mask, or of the whole picture, at the end of the queue.
fn send_masked(
    host: &mut Host<'_>,
    mask: Option<Arc<Mask>>,
    mut orders: Vec<(Resolved, Option<Cell>)>,
) {
    let start = host.start_picture();
    let studio = &mut *host.studio;
    studio.look_at(host.document);
    studio.series += 1;
    let loose = orders.iter().all(|(_, cell)| cell.is_none());
    let most = if loose { studio.batch } else { 1 };
    if mask.is_none() {
        // The picture has the size that was chosen for it.
        for (resolved, _) in &mut orders {
            resolved.recipe.size = None;
        }
    }
    put(studio, &start, mask.as_ref(), &orders, most);
    // What comes next is what the artist wants to see.
    studio.results.deselect();
    let words = Words::of(&host.studio.recipe);
    preset_files::remember(host.studio, words);
}

/// Puts repaints of one picture and mask at the end of the queue, up to `most` at once; places of one contact sheet follow each other.
pub fn put(
    studio: &mut Studio,
    start: &Arc<Picture>,
    mask: Option<&Arc<Mask>>,
    orders: &[(Resolved, Option<Cell>)],
    most: u32,
) {
    let most = most.max(1) as usize;
    for batch in batches(orders, most, |(resolved, _)| &resolved.recipe) {
        let Some((Resolved { recipe, beside }, cell)) = batch.first() else {
            continue;
        };
        let order = JobExtras {
            beside: beside.clone(),
            cell: *cell,
            series: studio.series,
        };
        let repaint = Repaint {
            picture: Arc::clone(start),
            mask: mask.cloned(),
            // Checked when the recipe was resolved.
            control_pictures: studio.controls.shown(recipe).unwrap_or_default(),
            recipe: recipe.clone(),
            batch: batch.len(),
        };
        studio.queue.submit(repaint, studio.base, order);
    }
}

/// The size that the model renders a recipe at, with the document's mask or without one.
pub fn rendered(document: &Document, masked: bool, recipe: &Recipe, spec: &ModelSpec) -> Size {
    // How far the mask's blur reaches decides what is shown to the model, and not at which size.
    let bounds = document.mask_bounds().filter(|_| masked);
    Frame::new(document.size(), bounds, recipe, spec).working
}

impl Studio {
    /// A recipe with its wildcards resolved and checked, and what the panel's source said beside it.
    ///
    /// # Errors
    /// One line: a wildcard that is not there, or what no model can do.
    pub(super) fn resolved(&self, recipe: &Recipe) -> Result<Resolved, String> {
        let resolved = recipe.with_wildcards_resolved(&self.wildcards);
        let mut resolved = resolved.map_err(|error| error.to_string())?;
        check_recipe(&resolved.recipe).map_err(|error| error.to_string())?;
        self.controls.shown(&resolved.recipe)?;
        if let Some(others) = &self.others {
            let carried = infotext::carried(&others.pairs, &others.recipe, recipe);
            resolved.beside.extend(carried);
        }
        Ok(resolved)
    }

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

    pub(super) fn seeds_used(&mut self) {
        self.seed_used = true;
        self.variation_used = self.recipe.variation.is_some();
    }
}
