//! Which recipe the picture has now: that of the last result that was kept and not undone.
//!
//! Does not know results; a recipe is a text here.

use crate::document::Document;

/// The recipes of kept results, oldest first.
#[derive(Debug, Default)]
pub struct KeptRecipes {
    all: Vec<One>,
}

#[derive(Debug)]
struct One {
    /// Revision of the document that the keeping led to.
    revision: u64,
    infotext: String,
    /// Whether that lies in the past of the document as it was last looked at.
    done: bool,
}

impl KeptRecipes {
    /// Takes note that a result was just put into the document.
    pub fn add(&mut self, document: &Document, infotext: String) {
        self.look_at(document);
        self.all.push(One {
            revision: document.revision(),
            infotext,
            done: true,
        });
    }

    /// Takes note that results were just put into the document, one step after the other, oldest first; `before` was its revision until then.
    pub fn add_all(&mut self, document: &Document, before: u64, infotexts: Vec<String>) {
        self.look_at(document);
        let steps = document.past().take_while(|revision| *revision != before);
        let newest_first = steps.zip(infotexts.into_iter().rev());
        let mut new: Vec<_> = newest_first
            .map(|(revision, infotext)| One {
                revision,
                infotext,
                done: true,
            })
            .collect();
        new.reverse();
        self.all.append(&mut new);
    }

    /// Another document was opened.
    pub fn clear(&mut self) {
        self.all.clear();
    }

    /// Takes note of what was undone and redone; to be called whenever the document's revision has changed.
    pub fn look_at(&mut self, document: &Document) {
        if self.all.is_empty() {
            return;
        }
        let past: std::collections::BTreeSet<u64> = document.past().collect();
        for one in &mut self.all {
            // What is older than all that can be undone stays.
            let forgotten = past.first().is_some_and(|oldest| one.revision < *oldest);
            one.done = past.contains(&one.revision) || (one.done && forgotten);
        }
    }

    /// Whether a result with that recipe is in the picture as it was last looked at.
    pub fn holds(&self, infotext: &str) -> bool {
        let mut all = self.all.iter();
        all.any(|one| one.done && one.infotext == infotext)
    }

    /// The recipe of the picture as it was last looked at.
    pub fn last(&self) -> Option<&str> {
        let mut newest = self.all.iter().rev();
        newest.find(|one| one.done).map(|one| one.infotext.as_str())
    }
}
