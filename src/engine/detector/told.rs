//! ADetailer's settings as an infotext tells them, as the detectors and the choice of masks have them.
//!
//! Does not know where they were read.

use super::Subject;
use crate::detection::targets::{Choice, Merge, Rank};
use crate::recipe::detail::Told;

/// ADetailer's words for what becomes of several masks.
const MERGES: [(Merge, &str); 2] = [
    (Merge::Merge, "Merge"),
    (Merge::MergeInvert, "Merge and Invert"),
];

impl Subject {
    /// What a detector of this name finds, where that says so: `face_yolov8n.pt`.
    #[must_use]
    pub fn of_detector(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        let mut all = Self::ALL.iter().map(|(_, subject)| *subject);
        all.find(|subject| name.contains(subject.word()))
    }
}

/// A choice, but for what was told to be otherwise.
#[must_use]
pub fn choice_told(told: &Told, choice: Choice) -> Choice {
    let [least, most] = choice.shares;
    let [right, up] = choice.offset;
    let merge = MERGES
        .iter()
        .find(|(_, name)| told.merge.as_deref() == Some(name));
    Choice {
        most: told.most.unwrap_or(choice.most),
        by: match told.by_confidence {
            true => Rank::Confidence,
            false => choice.by,
        },
        shares: [
            told.least_share.unwrap_or(least),
            told.most_share.unwrap_or(most),
        ],
        order: choice.order,
        offset: [told.right.unwrap_or(right), told.up.unwrap_or(up)],
        grow: told.dilate.unwrap_or(choice.grow),
        merge: merge.map_or(choice.merge, |(merge, _)| *merge),
    }
}

/// What is to be told of a choice, and of what found it.
#[must_use]
pub fn told_of(model: String, confidence: f32, choice: &Choice) -> Told {
    let merge = MERGES.iter().find(|(merge, _)| *merge == choice.merge);
    Told {
        model,
        confidence: Some(confidence),
        most: Some(choice.most),
        by_confidence: choice.by == Rank::Confidence,
        least_share: Some(choice.shares[0]),
        most_share: Some(choice.shares[1]),
        right: Some(choice.offset[0]),
        up: Some(choice.offset[1]),
        dilate: Some(choice.grow),
        merge: merge.map(|(_, name)| (*name).to_owned()),
        ..Told::default()
    }
}
