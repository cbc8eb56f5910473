//! What is asked of the model and what came of it: recipe, queue, engine, results, models.
//!
//! Does not know the pointer or files.

mod actions;
mod advice;
pub(super) mod beside;
mod card;
pub(super) mod carried;
mod contact;
mod controls;
mod desk;
mod details;
mod devices;
mod downloads;
mod earlier;
mod fix;
mod foot;
mod found;
mod fresh;
mod history;
mod host;
mod kept;
mod layers;
mod library;
mod loras;
mod mistakes;
mod models;
mod offer;
mod others;
mod panel;
mod preset_files;
mod presets;
pub mod progress;
mod prompt;
mod queue;
pub(super) mod reference;
mod results;
mod rows;
mod running;
mod seed;
mod server;
mod sheet;
mod submit;
mod suggestion;
mod sweep;
pub mod weights;

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui;

use super::texts::Text;
use super::texts::studio as texts;
use super::thread::Worker;
use crate::document::{Base, Document};
use crate::engine::{Engine, Kit, ModelSource, ModelSpec, TokenCounter};
use crate::project::ControlPictures;
use crate::recipe::infotext::{self, Extras};
use crate::recipe::parsed::Others;
use crate::recipe::wildcard::{self, Wildcards};
use crate::recipe::{MaskMode, Recipe, random_seed};

pub(super) use actions::ACTIONS;
pub(super) use beside::{
    begin as begin_beside, call_off as call_off_beside, done as beside_done, models_of,
};
pub(super) use contact::save as save_sheet;
pub(super) use controls::dropped as take_model;
pub(super) use desk::Desk;
pub(super) use found::{apply_preset, go_to, values};
pub(super) use history::Words;
pub(super) use host::{Around, Does, Effect, Host, Seen};
pub(super) use panel::recipe_panel;
pub(super) use preset_files::take_over;
pub(super) use presets::look as look_for_presets;
use queue::{JobExtras, ModelState, News, Queue};
pub(super) use results::strip::{BUTTONS, offers as offers_at_picture, panel as results_panel};
pub(super) use results::{layers_of, mixed_seeds, selected_layers, selected_numbers};
pub(super) use submit::repaint_whole;

/// How often a running job's time left is drawn anew.
const TICK: Duration = Duration::from_millis(500);

/// How old a look at the files of wildcards may be.
const STALE: Duration = Duration::from_secs(1);

/// The engine and what it is asked for.
pub struct Studio {
    /// What the next repaint will be.
    pub recipe: Recipe,
    /// Whether the seed stays from one press of Repaint to the next.
    pub seed_locked: bool,
    /// Whether the variation's seed stays from one press of Repaint to the next.
    pub variation_locked: bool,
    /// How many results one press makes, each with the next seed.
    pub variations: u32,
    /// How many of them go through the model at once.
    pub batch: u32,
    /// Whether the seed was used; the next press takes another unless it is locked.
    seed_used: bool,
    /// Whether the variation's was.
    variation_used: bool,
    /// The variation's, while it is off.
    variation_seed: u64,
    /// As they were read last, and when that was asked for.
    wildcards: Arc<Wildcards>,
    looked: Option<Instant>,
    /// Why the recipe cannot be run, and of which that was found.
    checked: Option<(Recipe, Result<(), String>)>,
    history: history::History,
    /// Prompts to be kept for later runs.
    to_remember: Vec<Words>,
    preset_files: Worker<preset_files::PresetTask, preset_files::PresetDone>,
    presets: presets::PresetList,
    /// The recipe of the sample that is open, until a picture of the artist's own is.
    sample: Option<Recipe>,
    /// What the source of the recipe said beside it.
    others: Option<Others>,
    /// The recipe that the open picture carries, until it is taken over or left.
    pub(super) carried: Option<carried::Carried>,
    /// What the masked part is repainted from in place of what is there.
    pub(super) reference: Option<reference::Reference>,
    /// Where its well was drawn last.
    pub(super) reference_well: Option<egui::Rect>,
    kept: kept::KeptRecipes,
    sweep: sweep::SweepDialog,
    contact: contact::Contact,
    fix: fix::Fix,
    controls: controls::Controls,
    queue: Queue,
    /// How often something was asked for.
    series: u64,
    results: results::Results,
    prompts: prompt::Prompts,
    models: models::Models,
    loras: loras::Loras,
    /// What was taken of how a model wants to be run.
    taken: suggestion::Taken,
    offer: offer::Offer,
    /// What a job of this moment would be made from.
    base: Base,
    /// Of what, and for which side of the mask, the next was found.
    judged: Option<(Base, MaskMode)>,
    /// Why the mask of that cannot be repainted.
    mask_problem: Option<Text>,
    /// How thick the mask of that document is, once it was asked for.
    thick: advice::Thick,
    /// Whether the model of the settings was asked for.
    started: bool,
    /// Whether words were typed in the last frame.
    typing: bool,
}

impl Studio {
    /// A studio with an engine that has no model yet; it is asked for the model of the settings in the first frame.
    ///
    /// The first press of Repaint uses the recipe's own seed.
    pub fn new(engine: Engine, recipe: Recipe) -> Self {
        Self {
            recipe,
            seed_locked: false,
            variation_locked: false,
            variations: 1,
            batch: 1,
            seed_used: false,
            variation_used: false,
            variation_seed: random_seed(),
            wildcards: Arc::default(),
            looked: None,
            checked: None,
            history: history::History::default(),
            to_remember: Vec::new(),
            preset_files: Worker::new("preset files", preset_files::serve),
            presets: presets::PresetList::default(),
            sample: None,
            others: None,
            carried: None,
            reference: None,
            reference_well: None,
            kept: kept::KeptRecipes::default(),
            sweep: sweep::SweepDialog::default(),
            contact: contact::Contact::new(),
            fix: fix::Fix::new(),
            controls: controls::Controls::default(),
            queue: Queue::new(engine),
            series: 0,
            results: results::Results::new(),
            prompts: prompt::Prompts::default(),
            models: models::Models::new(),
            loras: loras::Loras::default(),
            taken: suggestion::Taken::default(),
            offer: offer::Offer::default(),
            base: Base::default(),
            judged: None,
            mask_problem: None,
            thick: advice::Thick::default(),
            started: false,
            typing: false,
        }
    }

    /// Works with another recipe from now on; the next press of Repaint uses its seed.
    pub fn use_recipe(&mut self, recipe: Recipe) {
        self.recipe = recipe;
        self.seed_used = false;
        self.variation_used = false;
        self.others = None;
        self.loras.forget();
    }

    /// Another picture was opened: results and previews of the one before no longer belong to what is shown.
    pub fn picture_opened(&mut self) {
        self.base.picture += 1;
        self.kept.clear();
        self.carried = None;
        self.fix.forget(&mut self.queue);
    }

    /// What ControlNets of the recipe and of the results are shown in the place of the picture, by name.
    pub(super) fn control_pictures(&self) -> ControlPictures {
        let held = self.held();
        let recipes = held.iter().map(|held| &held.result.recipe);
        self.controls.named_by(recipes.chain([&self.recipe]))
    }

    /// Takes those of opened work for all there are.
    pub(super) fn show_controls(&mut self, pictures: ControlPictures) {
        self.controls.pictures = pictures;
        self.checked = None;
    }

    /// What the source of the recipe said beside it.
    pub(super) fn others(&self) -> Option<&Others> {
        self.others.as_ref()
    }

    /// How the picture was made, as text: the recipe of the last result that was kept and not undone.
    pub(super) fn kept_recipe(&self) -> Option<&str> {
        self.kept.last()
    }

    /// The picture was changed as no recipe says: how it was made is that, and `more`.
    pub(super) fn kept_with(&mut self, document: &Document, more: &[(&str, String)]) {
        let text = infotext::with_more(self.kept.last().unwrap_or_default(), more);
        self.kept.add(document, text);
    }

    /// Whether keys go to a question and not to actions.
    pub(super) fn takes_keys(&self) -> bool {
        self.presets.asks()
    }

    /// Whether words were typed in the last frame.
    pub(super) fn is_typing(&self) -> bool {
        self.typing
    }

    /// Shows the picture, and no longer a result over it.
    pub(super) fn put_results_away(&mut self) {
        self.results.deselect();
    }

    /// Whether there are results to choose from.
    pub fn has_results(&self) -> bool {
        !self.results.gallery().is_empty()
    }

    /// Whether a job runs or waits.
    pub fn is_busy(&self) -> bool {
        self.queue.running().is_some() || !self.queue.waiting().is_empty()
    }

    /// Why nothing can be repainted now, and what to do about it; one line.
    ///
    /// # Errors
    /// That line.
    pub fn can_repaint(&self) -> Result<(), String> {
        self.has_model()?;
        if let Some(problem) = self.mask_problem {
            return Err(problem.into());
        }
        match &self.checked {
            Some((recipe, finding)) if *recipe == self.recipe => finding.clone(),
            _ => self.check(),
        }
    }

    /// Why the recipe cannot be run: with its wildcards, and whatever the model.
    fn check(&self) -> Result<(), String> {
        // Also in choices that the next seed may make.
        for prompt in [&self.recipe.prompt, &self.recipe.negative_prompt] {
            if let Some(error) = wildcard::mistakes(prompt, &self.wildcards).first() {
                return Err(error.to_string());
            }
        }
        self.resolved(&self.recipe.nth(0)).map(|_| ())
    }

    /// What the model that is chosen takes; none until its head was read.
    pub(super) fn spec(&self) -> Option<&ModelSpec> {
        self.head().map(|(spec, _)| spec)
    }

    /// Whether the built-in model is chosen.
    fn is_built_in(&self) -> bool {
        let chosen = self.queue.chosen();
        chosen.is_some_and(|kit| matches!(kit.model, ModelSource::BuiltIn))
    }

    /// What the model that is chosen takes, and how it counts tokens.
    fn head(&self) -> Option<(&ModelSpec, &TokenCounter)> {
        match self.queue.ready() {
            Some(info) => Some((&info.spec, &info.tokens)),
            None => self.models.head(self.queue.chosen()?),
        }
    }

    /// Takes wildcards as they are now; what was said of others is looked at again.
    fn take_wildcards(&mut self, wildcards: Arc<Wildcards>) {
        if !Arc::ptr_eq(&self.wildcards, &wildcards) {
            self.wildcards = wildcards;
            self.checked = None;
            self.prompts.look_again();
        }
    }

    fn new_seed(&mut self) {
        self.recipe.seed = random_seed();
        self.seed_used = false;
    }

    /// Takes note of the document as it is now.
    fn look_at(&mut self, document: &Document) {
        let before = self.base;
        self.base = Base::of(document, before.picture);
        if self.base.revision != before.revision {
            self.kept.look_at(document);
        }
        let checked = self.checked.as_ref();
        if checked.is_none_or(|(recipe, _)| *recipe != self.recipe) {
            self.checked = Some((self.recipe.clone(), self.check()));
        }
        let now = (self.base, self.recipe.mask_mode);
        if self.judged != Some(now) {
            self.judged = Some(now);
            self.mask_problem = mask_problem(document, self.recipe.mask_mode);
        }
    }
}

/// Why a side of a mask cannot be repainted: nothing was painted, or it is nowhere half full.
fn mask_problem(document: &Document, mode: MaskMode) -> Option<Text> {
    let Some(bounds) = document.mask_bounds() else {
        // Not even where all that is not masked should change: nobody means the whole picture by painting nothing.
        return Some(match mode {
            MaskMode::Masked if document.sketch().is_some() => texts::EMPTY_MASK_SKETCH,
            MaskMode::Masked => texts::EMPTY_MASK,
            MaskMode::NotMasked => texts::EMPTY_MASK_KEPT,
        });
    };
    if mode == MaskMode::NotMasked {
        let kept = document.mask().values().iter().all(|value| *value >= 128);
        return kept.then_some(texts::FULL_MASK);
    }
    let columns = bounds.left as usize..bounds.right as usize;
    let seen = (bounds.top..bounds.bottom).any(|y| {
        let row = &document.mask().row(y)[columns.clone()];
        row.iter().any(|value| *value >= 128)
    });
    (!seen).then_some(texts::FAINT_MASK)
}

/// Hears the engine.
pub(super) fn logic(host: &mut Host<'_>, ctx: &egui::Context) {
    host.studio.look_at(host.document);
    if !host.studio.started {
        host.studio.started = true;
        let wildcards = host.places.wildcards.clone();
        host.studio.wildcards = Arc::new(Wildcards::unread(wildcards));
        preset_files::begin(host, ctx);
        models::set_memory(host);
        models::load(host);
    }
    models::logic(host, ctx);
    offer::logic(host, ctx);
    controls::logic(host);
    preset_files::hear(host, ctx);
    let budget = host.settings.results_budget << 20;
    let dropped = host.studio.results.set_budget(budget);
    if dropped > 0 {
        host.notices.say(texts::dropped(dropped));
    }
    let news = host.studio.queue.hear();
    react(host, news);
    contact::logic(host, ctx);
    fix::logic(host, ctx);
    if host.studio.queue.running().is_some() {
        ctx.request_repaint_after(TICK);
    }
}

/// Does what the engine's news ask for.
fn react(host: &mut Host<'_>, news: Vec<News>) {
    for news in news {
        match news {
            News::Loaded => {
                let said = models::said(host.studio, host.settings).cloned();
                let mut kit = Kit::of(ModelSource::BuiltIn);
                for note in said.iter().flat_map(|said| said.put_into(&mut kit)) {
                    host.notices.say(note);
                }
            }
            News::Done(outcome) => host.effects.push(Effect::Ended(Box::new(outcome))),
            News::Seen(cell, found) => host.studio.fix.judge(cell, &found),
            News::Failed(problem) => host.notices.fail(problem),
            News::Noted(note) => host.notices.say(note),
            News::Repainted {
                result,
                base,
                order: JobExtras { cell, .. },
            } => {
                let patch = Arc::clone(&result.patch);
                host.studio.fix.take(cell, &patch, &result.infotext);
                let came = result.clone();
                let (id, dropped) = host.studio.results.add(*result, base);
                host.effects.push(Effect::Came(came, base, id));
                let sheet = host.studio.contact.sheet_mut();
                if let (Some(cell), Some(sheet)) = (cell, sheet) {
                    sheet.take(cell, id, patch);
                }
                if dropped > 0 {
                    host.notices.say(texts::dropped(dropped));
                }
            }
        }
    }
}

/// Why nothing can be repainted now.
fn can_repaint(seen: &Seen<'_>) -> Result<(), String> {
    seen.studio.can_repaint()
}

/// One short line on what the engine is doing.
pub(super) fn status_line(studio: &Studio) -> String {
    let Some(running) = studio.queue.running() else {
        return match studio.queue.model() {
            ModelState::None => texts::NO_MODEL.into(),
            ModelState::Loading { part } => texts::loading(part.as_ref()),
            ModelState::Failed(_) => texts::MODEL_FAILED.into(),
            ModelState::Ready(info) => texts::model_line(info),
        };
    };
    let progress = running.progress();
    match studio.queue.waiting().len() {
        0 => progress,
        waiting => texts::and_waiting(&progress, waiting),
    }
}

/// The recipe of the result that is looked at as text, else the panel's.
///
/// # Errors
/// One line, where a prompt cannot be resolved.
fn infotext(seen: &Seen<'_>) -> Result<String, String> {
    let (studio, masked) = (seen.studio, !seen.around.blank);
    if let Some(text) = studio.results.infotext() {
        return Ok(text.to_owned());
    }
    let size = studio.spec().map(|spec| {
        let size = submit::rendered(seen.document, masked, &studio.recipe, spec);
        (size.width, size.height)
    });
    let resolved = studio.resolved(&studio.recipe)?;
    let extras = Extras {
        size,
        model: studio.spec().map(|spec| spec.name.as_str()),
        model_hash: None,
        masked,
        more: &resolved.beside_as_asked(&studio.recipe),
    };
    Ok(infotext::write(&resolved.recipe, &extras))
}

/// Draws what floats over the window.
pub(super) fn windows(host: &mut Host<'_>, ctx: &egui::Context) {
    models::window(host, ctx);
    sweep::window(host, ctx);
    contact::window(host, ctx);
    fix::window(host, ctx);
    presets::question(host, ctx);
    host.studio.typing = ctx.text_edit_focused();
}
