//! Drawn hands and people, by the built-in networks of that world.
//!
//! Does not know MediaPipe's networks.

use super::super::cancel::Cancel;
use super::super::error::EngineError;
use super::super::graph::Element;
use super::super::part::Part;
use super::super::remote;
use super::super::segmenter;
use super::super::source::ModelSource;
use super::super::stage::Stage;
use super::super::tokenizer::ClipTokenizer;
use super::{LEAST_TILE, Opening, SAME_HAND, feed, signed, unit};
use crate::detection::drawn::{self, Thing};
use crate::detection::view::{View, tiles};
use crate::detection::{Found, suppressed};
use crate::diffusion::networks::Halt;
use crate::raster::heat::Heat;
use crate::raster::logits::sigmoid;
use crate::raster::{Picture, Size};

/// Side of the pictures that the network of drawn hands sees, pixels.
const DRAWN_SIDE: u32 = 192;

/// Side of the pictures that the judge of drawn hands sees, pixels.
const CLEAN_SIDE: u32 = 128;

/// Shares of a picture's shorter side that it sees.
const NEARER: [f32; 3] = [1.0, 0.85, 0.7];

/// Least score of a drawn hand.
const LEAST_DRAWN: f32 = 0.4;

/// What they are called, here and on servers.
pub(super) const DRAWN: (&str, &str) = ("finder of drawn hands", remote::DRAWN_HANDS);
pub(super) const CLEAN: (&str, &str) = ("judge of drawn hands", remote::CLEAN_HANDS);

/// What finds drawn hands and people: the built-in network of words.
pub(super) struct Drawn {
    stage: Stage,
    tokenizer: ClipTokenizer,
    /// What tells how clean they look.
    clean: Stage,
}

/// The things that it found, and whether it knows the world of the picture.
pub(super) struct Seen {
    pub found: Vec<Found>,
    pub knows: bool,
}

/// The network that finds drawn hands, and that which tells how clean they look, where this build holds them.
pub(super) fn drawn_parts() -> Result<Option<[Part<()>; 2]>, EngineError> {
    let source = ModelSource::BuiltIn;
    let names = [segmenter::BUILT_IN, "clean"].map(|folder| format!("{folder}/model.onnx"));
    if !names.iter().all(|name| source.has(name)) {
        return Ok(None);
    }
    let [words, clean] = names.map(|name| Part::open(&source, &name, |_, _| Ok(())));
    Ok(Some([words?, clean?]))
}

impl Drawn {
    /// The network, where this build holds it.
    pub fn open(opening: &Opening<'_>) -> Result<Option<Self>, EngineError> {
        let Some([words, clean]) = drawn_parts()? else {
            return Ok(None);
        };
        Ok(Some(Self {
            stage: opening.stage(DRAWN, &words)?,
            tokenizer: ClipTokenizer::open(&ModelSource::BuiltIn, segmenter::BUILT_IN)?,
            clean: opening.stage(CLEAN, &clean)?,
        }))
    }

    /// How clean the hand in the middle of a picture looks, in `[0, 1]`: seen at three distances, since each errs by itself.
    pub fn clean(&mut self, picture: &Picture, cancel: &Cancel) -> Result<f32, Halt> {
        let mut sum = 0.0;
        for share in NEARER {
            let part = drawn::middle(picture.size(), share);
            let view = View::stretched(part, Size::new(CLEAN_SIDE, CLEAN_SIDE));
            let pixels = feed(&self.clean, view.tensor(picture, 0, unit))?;
            let [score] = self
                .clean
                .run(vec![("picture", pixels)], ["score"], cancel)?;
            sum += score.first().copied().unwrap_or_default();
        }
        Ok(sigmoid(sum / NEARER.len() as f32))
    }

    /// The things of a kind in a picture.
    pub fn find(
        &mut self,
        picture: &Picture,
        thing: &Thing,
        least: f32,
        cancel: &Cancel,
    ) -> Result<Seen, Halt> {
        let mut ids = vec![self.tokenizer.start];
        ids.extend(self.tokenizer.encode(thing.word).map_err(Halt::Network)?);
        ids.push(self.tokenizer.end);
        let (size, mut found, mut knows) = (picture.size(), Vec::new(), false);
        for part in tiles(size, LEAST_TILE) {
            let view = View::letterbox(part, Size::new(DRAWN_SIDE, DRAWN_SIDE));
            let pixels = feed(&self.stage, view.tensor(picture, 0, signed))?;
            let mask = vec![1; ids.len()];
            let inputs = vec![
                ("pixel_values", pixels),
                ("input_ids", self.stage.feed_ids(Element::I64, &ids, 1)?),
                (
                    "attention_mask",
                    self.stage.feed_ids(Element::I64, &mask, 1)?,
                ),
            ];
            let [logits, ratings] = self.stage.run(inputs, ["logits", "ratings"], cancel)?;
            let strange = ratings.iter().nth(1).copied().unwrap_or_default();
            if strange > segmenter::STRANGE {
                // Nothing in it counts.
                continue;
            }
            knows = true;
            let side = logits.shape().last().map_or(0, |side| *side as u32);
            let shares = logits.iter().copied().map(sigmoid);
            let map = Heat::new(Size::new(side, side), shares.collect());
            found.extend(drawn::things(
                thing,
                &map,
                &view,
                size,
                least.max(LEAST_DRAWN),
            ));
        }
        let boxes: Vec<_> = found.iter().map(|one| (one.bounds, one.score)).collect();
        let once = suppressed(&boxes, SAME_HAND).into_iter();
        Ok(Seen {
            found: once.map(|index| found[index].clone()).collect(),
            knows,
        })
    }
}
