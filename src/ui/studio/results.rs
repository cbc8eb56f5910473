//! Results: candidates that are looked at, kept or discarded.
//!
//! Does not know the engine, or how they are drawn.

mod held;
pub mod strip;

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui;

use super::super::room::texture;
use super::super::texts::prepare as prepare_texts;
use super::super::texts::studio as texts;
use super::Host;
use super::host::Seen;
use super::reference::Reference;
use super::{Studio, fix, submit};
use crate::document::{Base, Candidate, CandidateId, Document, EditName, Gallery, RepaintResult};
use crate::engine::{ResultCanvas, canvas_size};
use crate::raster::{Mask, Patch, Picture};
use crate::recipe::wildcard::Wildcards;
use crate::recipe::{Parsed, infotext};

/// The candidates, and which of them is looked at.
pub struct Results {
    gallery: Gallery,
    /// Of the thumbnails that were shown.
    textures: BTreeMap<CandidateId, egui::TextureHandle>,
    selected: Option<CandidateId>,
    /// Whether the artist selected it, and not its arrival.
    by_hand: bool,
    hovered: Option<CandidateId>,
    /// The one that others are held against.
    against: Option<CandidateId>,
    /// The one that the strip was scrolled to last.
    scrolled: Option<CandidateId>,
    /// Memory that they may keep, bytes.
    budget: usize,
}

impl Results {
    /// None yet.
    pub fn new() -> Self {
        Self {
            gallery: Gallery::new(),
            textures: BTreeMap::new(),
            selected: None,
            by_hand: false,
            hovered: None,
            against: None,
            scrolled: None,
            budget: 0,
        }
    }

    /// The candidates, oldest first.
    pub fn gallery(&self) -> &Gallery {
        &self.gallery
    }

    /// The candidate that is selected.
    pub fn selected(&self) -> Option<&Candidate> {
        self.gallery.get(self.selected?)
    }

    /// Sets how much memory the candidates may keep, bytes; gives how many had to go for it.
    pub fn set_budget(&mut self, bytes: usize) -> usize {
        if bytes == self.budget {
            return 0;
        }
        self.budget = bytes;
        let dropped = self.gallery.set_budget(bytes);
        self.forget_all(&dropped)
    }

    /// Takes a new candidate in, and shows it unless the artist looks at another; gives its name, and how many had to go for it.
    pub fn add(&mut self, result: RepaintResult, base: Base) -> (CandidateId, usize) {
        let (id, dropped) = self.gallery.push(result, base);
        let dropped = self.forget_all(&dropped);
        if !self.by_hand || self.selected.is_none() {
            self.selected = Some(id);
            self.by_hand = false;
        }
        (id, dropped)
    }

    /// How the candidate that is looked at was made, as text.
    pub fn infotext(&self) -> Option<&str> {
        let (candidate, _) = self.looked_at()?;
        Some(&candidate.result.infotext)
    }

    /// What was asked for to make the selected candidate, and what to call that one.
    pub fn asked(&self, wildcards: &Wildcards) -> Option<(String, Parsed)> {
        let Candidate { id, result, .. } = self.selected()?;
        let recipe = &result.recipe;
        let others = infotext::read(&result.infotext, recipe).others;
        let name = texts::result(id.0 + 1, recipe);
        Some((name, infotext::asked(&others, recipe, wildcards)))
    }

    /// Selects a candidate by hand.
    pub fn select(&mut self, id: CandidateId) {
        self.selected = self.gallery.get(id).map(|candidate| candidate.id);
        self.by_hand = true;
    }

    /// Whether a candidate is selected by hand.
    pub fn is_by_hand(&self) -> bool {
        self.by_hand && self.selected().is_some()
    }

    /// Looks at the picture again, and at what comes next.
    pub fn deselect(&mut self) {
        self.selected = None;
        self.by_hand = false;
    }

    /// The neighbour of the selected candidate; the newest or the oldest where none is selected.
    pub fn neighbour(&self, forwards: bool) -> Option<CandidateId> {
        match (self.selected, forwards) {
            (Some(id), true) => self.gallery.next(id),
            (Some(id), false) => self.gallery.previous(id),
            (None, true) => self.gallery.iter().next().map(|candidate| candidate.id),
            (None, false) => self.gallery.iter().last().map(|candidate| candidate.id),
        }
    }

    /// Throws the selected candidate away and selects the next that could be kept, else the one before.
    pub fn discard(&mut self, now: Base) {
        let Some(id) = self.selected else { return };
        let fits = |one: &&Candidate| Self::misfit(one, now).is_none();
        let all = || self.gallery.iter();
        let after = all().filter(|one| one.id > id).find(fits);
        let before = || all().rev().filter(|one| one.id < id).find(fits);
        let neighbour = after.or_else(before).map(|one| one.id);
        self.gallery.remove(id);
        self.forget(id);
        self.selected = neighbour;
        // What arrives does not take its place.
        self.by_hand = neighbour.is_some();
    }

    /// Marks the selected candidate with a star, or takes it away.
    pub fn star(&mut self) {
        if let Some(id) = self.selected {
            self.gallery.star(id);
        }
    }

    /// The candidate that others are held against.
    pub fn against(&self) -> Option<&Candidate> {
        self.gallery.get(self.against?)
    }

    /// Holds the others against this candidate from now on, or no longer where they were.
    pub fn hold_against(&mut self, id: CandidateId) {
        self.against = (self.against != Some(id)).then_some(id);
    }

    /// Throws all candidates away.
    pub fn discard_all(&mut self) {
        let all: Vec<_> = self.gallery.iter().map(|one| one.id).collect();
        self.gallery.clear();
        for id in all {
            self.forget(id);
        }
    }

    /// The candidate that the artist looks at, and whether that was their choice.
    pub fn looked_at(&self) -> Option<(&Candidate, bool)> {
        // The pointer on the one that is held against stays a comparison.
        let hovered = self.hovered.filter(|id| self.against != Some(*id));
        let hovered = hovered.and_then(|id| self.gallery.get(id));
        hovered
            .map(|candidate| (candidate, true))
            .or_else(|| Some((self.selected()?, self.by_hand)))
    }

    /// Why a candidate cannot be laid over the picture that `now` describes.
    pub fn misfit(candidate: &Candidate, now: Base) -> Option<String> {
        let base = candidate.base;
        if base.picture != now.picture {
            Some(texts::OTHER_PICTURE.into())
        } else if base.size != now.size {
            Some(texts::other_size(base.size, now.size))
        } else if base.geometry != now.geometry {
            Some(prepare_texts::OTHER_GEOMETRY.into())
        } else {
            None
        }
    }

    /// Whether a candidate can be shown in its place in the picture that `now` describes; one that would change the picture's size cannot.
    pub fn fits_in_place(candidate: &Candidate, now: Base) -> bool {
        Self::misfit(candidate, now).is_none()
            && canvas_size(now.size, true, &candidate.result.recipe) == now.size
    }

    /// Gives how many they are.
    fn forget_all(&mut self, dropped: &[Candidate]) -> usize {
        for candidate in dropped {
            self.forget(candidate.id);
        }
        dropped.len()
    }

    fn forget(&mut self, id: CandidateId) {
        self.textures.remove(&id);
        if self.hovered == Some(id) {
            self.hovered = None;
        }
        if self.selected == Some(id) {
            self.deselect();
        }
    }

    /// A texture of a candidate's thumbnail.
    fn texture(&mut self, ctx: &egui::Context, id: CandidateId) -> Option<egui::TextureHandle> {
        let thumbnail = &self.gallery.get(id)?.thumbnail;
        let name = || texture(ctx, format!("result {}", id.0), thumbnail);
        let texture = self.textures.entry(id).or_insert_with(name);
        Some(texture.clone())
    }
}

/// Lays the selected candidate over the picture, or puts it in the picture's place where it is of another size: one step to undo. Looks at the picture again.
pub fn keep(host: &mut Host<'_>, _: &egui::Context) {
    let Some(candidate) = host.studio.results.selected() else {
        return;
    };
    let id = candidate.id;
    let RepaintResult {
        patch,
        recipe,
        infotext,
        ..
    } = candidate.result.clone();
    let work = move |document: &mut Document| {
        if canvas_size(document.size(), true, &recipe) == document.size() {
            return document.apply(EditName::Result, &patch);
        }
        let mask = ResultCanvas::new(document.picture(), Some(document.mask()), &recipe)
            .mask
            .filter(|mask| mask.size() == patch.pixels().size())
            .unwrap_or_else(|| Mask::filled(patch.pixels().size(), 0));
        document.replace(EditName::Result, patch.pixels().clone(), mask, None);
    };
    host.edit(EditName::Result, work, move |host| {
        host.studio.kept.add(host.document, infotext);
        if host.studio.results.selected == Some(id) {
            host.studio.results.deselect();
        }
    });
}

/// Why the selected candidate cannot be kept.
pub fn can_keep(seen: &Seen<'_>) -> Result<(), String> {
    seen.idle()?;
    if seen.studio.fix.is_open() && !seen.studio.results.is_by_hand() {
        // Tries select themselves as they come, below the outlines of the window that picks among them.
        return fix::can_go_on(seen).and(Err(texts::NONE_SELECTED.into()));
    }
    can_lay_over(seen)
}

/// The selected candidate, or what to do to have one.
pub fn selected(studio: &Studio) -> Result<&Candidate, String> {
    let results = &studio.results;
    results.selected().ok_or_else(|| {
        if results.gallery.is_empty() {
            texts::NO_RESULTS.into()
        } else {
            texts::NONE_SELECTED.into()
        }
    })
}

/// The layers of the selected candidate, and how it was made, as text.
pub fn selected_layers(studio: &Studio, document: &Document) -> Option<(Layers, String)> {
    let result = &studio.results.selected()?.result;
    Some((layers_of(document, result), result.infotext.clone()))
}

/// A picture, and what is still to be laid over it.
type Layers = (Arc<Picture>, Option<Arc<Patch>>);

/// The picture and the result over it, or that alone where it is of another size.
pub fn layers_of(document: &Document, result: &RepaintResult) -> Layers {
    let size = document.size();
    match canvas_size(size, true, &result.recipe) == size {
        true => (document.seen(), Some(Arc::clone(&result.patch))),
        false => (Arc::new(result.patch.pixels().clone()), None),
    }
}

/// The seed of the selected candidate, and its number in the strip.
pub fn selected_numbers(studio: &Studio) -> Option<(u64, u64)> {
    let selected = studio.results.selected()?;
    Some((selected.result.recipe.seed, selected.id.0 + 1))
}

/// The two seeds whose noises the selected candidate mixes, where it does.
pub fn mixed_seeds(studio: &Studio) -> Option<[u64; 2]> {
    let recipe = &studio.results.selected()?.result.recipe;
    Some([recipe.seed, submit::mixed(recipe)?.seed])
}

/// Why the selected candidate cannot be laid over the picture.
pub fn can_lay_over(seen: &Seen<'_>) -> Result<(), String> {
    let selected = selected(seen.studio)?;
    Results::misfit(selected, seen.studio.base).map_or(Ok(()), Err)
}

/// Repaints from the picture with the selected candidate in it.
pub fn as_reference(host: &mut Host<'_>) {
    if let Some(((picture, over), _)) = selected_layers(host.studio, host.document) {
        let mut picture = Arc::unwrap_or_clone(picture);
        if let Some(patch) = over {
            picture.paste(&patch);
        }
        let name = super::super::texts::shell::RESULT_REFERENCE.into();
        host.studio.reference = Some(Reference::new(name, picture));
    }
}
