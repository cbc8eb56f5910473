//! A document edited away from it, as on another thread, and the edits taken over.
//!
//! Does not know what edits it.

use super::history::{Content, History};
use super::{Dirty, Document};

/// A document as it was at one moment, to be edited elsewhere. Shares the memory of what is not edited.
pub struct Fork {
    /// What it was.
    from: Content,
    /// The highest revision that was given then.
    newest: u64,
    document: Document,
}

impl Fork {
    /// The document to edit; what is undone in it is not taken over.
    pub fn document(&mut self) -> &mut Document {
        &mut self.document
    }
}

impl Document {
    /// This state of the document with nothing to undo, to be edited elsewhere; without the stroke in the making.
    pub fn fork(&self) -> Fork {
        Fork {
            from: self.content.clone(),
            newest: self.newest,
            document: Self {
                content: self.content.clone(),
                tally: self.tally.clone(),
                sketch_tally: self.sketch_tally.clone(),
                seen: self.seen.clone(),
                wet: None,
                history: History::new(self.history.budget()),
                dirty: Dirty::NONE,
                unrecorded: Dirty::NONE,
                newest: self.newest,
            },
        }
    }

    /// Takes over what was edited in a fork of this document, with its undo steps, and forgets a stroke in the making; next to no work. False, and nothing, where the document was edited since.
    ///
    /// What was there before is left in the fork, to be dropped where it may take its time.
    pub fn take(&mut self, fork: &mut Fork) -> bool {
        let Fork {
            from,
            newest,
            document,
        } = fork;
        if *newest != self.newest || !self.content.is(from) {
            return false;
        }
        self.wet = None;
        std::mem::swap(&mut self.content, &mut document.content);
        std::mem::swap(&mut self.tally, &mut document.tally);
        self.sketch_tally = document.sketch_tally.take();
        self.seen = document.seen.take().into();
        self.history.append(&mut document.history);
        for dirty in [&mut self.dirty, &mut self.unrecorded] {
            *dirty = dirty.and(document.dirty);
        }
        self.newest = document.newest;
        true
    }
}
