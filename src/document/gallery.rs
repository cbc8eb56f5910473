//! Results not yet decided on, within a number of bytes.
//!
//! Does not know engines or windows; a candidate changes the document only when someone applies its patch.

use std::collections::VecDeque;

use super::{Base, RepaintResult};
use crate::raster::Picture;

/// The budget of a new gallery: 512 MiB.
const BUDGET: usize = 512 << 20;

/// The longest side of a thumbnail, pixels.
pub const THUMBNAIL: u32 = 128;

/// Names a candidate for as long as its gallery lives; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CandidateId(pub u64);

/// One result.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its name.
    pub id: CandidateId,
    /// What it is.
    pub result: RepaintResult,
    /// The document that it was made from.
    pub base: Base,
    /// The patch made small: no side longer than [`THUMBNAIL`].
    pub thumbnail: Picture,
}

impl Candidate {
    /// Memory that it takes.
    fn bytes(&self) -> usize {
        let area = |picture: &Picture| picture.size().area() * 4;
        area(self.result.patch.pixels()) + area(&self.thumbnail) + size_of::<Self>()
    }
}

/// Candidates, oldest first.
#[derive(Debug)]
pub struct Gallery {
    candidates: VecDeque<Candidate>,
    next: u64,
    budget: usize,
}

impl Default for Gallery {
    fn default() -> Self {
        Self::new()
    }
}

impl Gallery {
    /// An empty gallery with a budget of 512 MiB.
    pub fn new() -> Self {
        Self {
            candidates: VecDeque::new(),
            next: 0,
            budget: BUDGET,
        }
    }

    /// Adds a result at the end, and returns its name and the oldest candidates that had to go for it to fit the budget; the new one itself always stays.
    pub fn push(&mut self, result: RepaintResult, base: Base) -> (CandidateId, Vec<Candidate>) {
        let id = CandidateId(self.next);
        self.next += 1;
        let thumbnail = result.patch.pixels().thumbnail(THUMBNAIL);
        self.candidates.push_back(Candidate {
            id,
            result,
            base,
            thumbnail,
        });
        (id, self.trim())
    }

    /// The candidate of that name, unless it is gone.
    pub fn get(&self, id: CandidateId) -> Option<&Candidate> {
        self.position(id).map(|at| &self.candidates[at])
    }

    /// Marks a candidate with a star, or takes it away.
    pub fn star(&mut self, id: CandidateId) {
        if let Some(at) = self.position(id) {
            let starred = &mut self.candidates[at].result.starred;
            *starred = !*starred;
        }
    }

    /// All candidates, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Candidate> + ExactSizeIterator {
        self.candidates.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.candidates.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.candidates.is_empty()
    }

    /// The candidate after this one; none after the last.
    pub fn next(&self, id: CandidateId) -> Option<CandidateId> {
        let at = self.position(id)?;
        self.candidates.get(at + 1).map(|candidate| candidate.id)
    }

    /// The candidate before this one; none before the first.
    pub fn previous(&self, id: CandidateId) -> Option<CandidateId> {
        let at = self.position(id)?.checked_sub(1)?;
        self.candidates.get(at).map(|candidate| candidate.id)
    }

    /// Takes a candidate out.
    pub fn remove(&mut self, id: CandidateId) -> Option<Candidate> {
        let at = self.position(id)?;
        self.candidates.remove(at)
    }

    /// Takes all of them out.
    pub fn clear(&mut self) {
        self.candidates.clear();
    }

    /// Memory that they take.
    pub fn bytes(&self) -> usize {
        self.candidates.iter().map(Candidate::bytes).sum()
    }

    /// Sets how much memory they may take, and returns the oldest that had to go for it; the newest always stays.
    pub fn set_budget(&mut self, bytes: usize) -> Vec<Candidate> {
        self.budget = bytes;
        self.trim()
    }

    fn position(&self, id: CandidateId) -> Option<usize> {
        // Names are given in order.
        self.candidates
            .binary_search_by_key(&id, |candidate| candidate.id)
            .ok()
    }

    fn trim(&mut self) -> Vec<Candidate> {
        let mut bytes = self.bytes();
        let mut dropped = Vec::new();
        while bytes > self.budget
            && self.candidates.len() > 1
            && let Some(oldest) = self.candidates.pop_front()
        {
            bytes -= oldest.bytes();
            dropped.push(oldest);
        }
        dropped
    }
}
