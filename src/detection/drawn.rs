//! Drawn hands and people in a map that says of every place how sure a network is that it shows one, and what becomes of hands that another network found too.
//!
//! Does not know the network.

use super::view::View;
use super::{Bounds, Found, Region, suppressed};
use crate::raster::flood::regions;
use crate::raster::heat::Heat;
use crate::raster::morphology::grow;
use crate::raster::{Mask, MaskFilter, Rect, Size};

/// From here on a place of the map belongs to a thing.
const INSIDE: f32 = 0.5;

/// A thing takes at least this share of the map.
const LEAST_SHARE: f32 = 0.002;

/// What comes so near to a side of the view, as a share of its length, is cut by it.
const NEAR: f32 = 0.015;

/// A kind of thing that is found so.
pub struct Thing {
    /// What the network is asked for.
    pub word: &'static str,
    /// The mask reaches so far beyond the map, as a share of the thing's longer side.
    margin: f32,
}

/// A finger that is missing needs room to be painted in.
pub const HAND: Thing = Thing {
    word: "hand",
    margin: 0.2,
};

/// Whole people.
pub const PERSON: Thing = Thing {
    word: "person",
    margin: 0.02,
};

/// From this score on it is taken for what it is.
const SURE: f32 = 0.6;

/// Two are one where their boxes have more than this in common.
const SAME_HAND: f32 = 0.4;

/// The things of a kind in the map of a view, with a score of `least` at least: 0 where their places are hardly of it on average, 1 where they are surely. Not those that the view cuts through the middle of a picture.
#[must_use]
pub fn things(thing: &Thing, map: &Heat, view: &View, picture: Size, least: f32) -> Vec<Found> {
    let values = map.values();
    let inside = |value: &f32| if *value >= INSIDE { 255 } else { 0 };
    let inside = Mask::new(map.size(), values.iter().map(inside).collect());
    let found = regions(&inside).into_iter().filter_map(|region| {
        let places = region.values().iter().zip(values);
        let places: Vec<f32> = places
            .filter_map(|(taken, value)| (*taken > 0).then_some(*value))
            .collect();
        // From even odds on.
        let score = (places.iter().sum::<f32>() / places.len() as f32 - INSIDE) / (1.0 - INSIDE);
        let rect = region.bounds()?;
        let share = places.len() as f32 / values.len() as f32;
        let fits = share >= LEAST_SHARE && score >= least;
        if !fits || is_cut(rect, map.size(), view, picture) {
            return None;
        }
        let (bounds, shape) = in_picture(&region, rect, view, picture, thing.margin)?;
        Some(Found {
            clean: None,
            bounds,
            score,
            presence: if score >= SURE { score } else { 0.0 },
            label: format!("drawn {}", thing.word),
            shape,
        })
    });
    found.collect()
}

/// Where a place of a map is in the picture.
fn place(view: &View, map: Size, [x, y]: [u32; 2]) -> [f32; 2] {
    let scale = |at: u32, whole: u32, map: u32| at as f32 * whole as f32 / map as f32;
    view.place([
        scale(x, view.size.width, map.width),
        scale(y, view.size.height, map.height),
    ])
}

/// Whether a part of the map reaches a side of the view that is none of the picture.
fn is_cut(part: Rect, map: Size, view: &View, picture: Size) -> bool {
    let seen = view.rect.size();
    let (wide, high) = (NEAR * seen.width as f32, NEAR * seen.height as f32);
    let [left, top] = place(view, map, [part.left, part.top]);
    let [right, bottom] = place(view, map, [part.right, part.bottom]);
    let Rect {
        left: first,
        top: upper,
        right: last,
        bottom: lower,
    } = view.rect;
    (first > 0 && left < first as f32 + wide)
        || (upper > 0 && top < upper as f32 + high)
        || (last < picture.width && right > last as f32 - wide)
        || (lower < picture.height && bottom > lower as f32 - high)
}

/// The box of a part of the map in the picture, and its mask, a little larger; none where the view shows no picture.
fn in_picture(
    region: &Mask,
    part: Rect,
    view: &View,
    picture: Size,
    margin: f32,
) -> Option<(Bounds, Region)> {
    let [left, top] = place(view, region.size(), [part.left, part.top]);
    let [right, bottom] = place(view, region.size(), [part.right, part.bottom]);
    let whole = Bounds {
        left,
        top,
        right,
        bottom,
    };
    let all = Bounds {
        left: 0.0,
        top: 0.0,
        right: picture.width as f32,
        bottom: picture.height as f32,
    };
    let bounds = whole.intersection(all);
    let rect = bounds.pixels(picture);
    if rect.is_empty() {
        return None;
    }
    let longer = rect.size().width.max(rect.size().height);
    let margin = ((longer as f32 * margin).round() as u32).max(1);
    // What lies beyond the picture is cut off: brought into it, it would push the rest aside.
    let seen = seen(part, whole, rect);
    let fine = region.crop(seen).resize(rect.size(), MaskFilter::Bilinear);
    let wide = rect.pad(margin, picture);
    let mask = Mask::from_fn(wide.size(), |x, y| {
        let (x, y) = (wide.left + x, wide.top + y);
        let within = (rect.left..rect.right).contains(&x) && (rect.top..rect.bottom).contains(&y);
        match within && fine.value(x - rect.left, y - rect.top) >= 128 {
            true => 255,
            false => 0,
        }
    });
    let shape = Region {
        rect: wide,
        mask: grow(&mask, margin),
    };
    Some((bounds, shape))
}

/// The places of a part of the map that lie in a rectangle of the picture, where the part covers `whole`.
fn seen(part: Rect, whole: Bounds, rect: Rect) -> Rect {
    let along = |[first, last]: [u32; 2], [low, high]: [f32; 2], [from, to]: [u32; 2]| {
        let place = |at: u32| (at as f32 - low) * (last - first) as f32 / (high - low);
        // A rounded side is none that was cut.
        let near = |at: u32, side: f32| (at as f32 - side).abs() < 1.0;
        let start = if near(from, low) {
            first
        } else {
            first + place(from).round() as u32
        };
        let end = if near(to, high) {
            last
        } else {
            first + place(to).round() as u32
        };
        let start = start.clamp(first, last - 1);
        [start, end.clamp(start + 1, last)]
    };
    let across = [whole.left, whole.right];
    let [left, right] = along([part.left, part.right], across, [rect.left, rect.right]);
    let down = [whole.top, whole.bottom];
    let [top, bottom] = along([part.top, part.bottom], down, [rect.top, rect.bottom]);
    Rect::new(left, top, right, bottom)
}

/// The square in the middle of a picture whose side is that share of the picture's shorter one.
#[must_use]
pub fn middle(picture: Size, share: f32) -> Rect {
    let shorter = picture.width.min(picture.height) as f32;
    let side = ((shorter * share).round() as u32).max(1);
    let (left, top) = (
        picture.width.saturating_sub(side) / 2,
        picture.height.saturating_sub(side) / 2,
    );
    Rect::new(left, top, left + side, top + side)
}

/// Hands that a network with landmarks found, and drawn ones that another did, each hand once: where the landmarks' `presence` is at least `believed` the mask is that of both, since points leave out a finger that is one too many, else the drawn one stays, also in the place of what was found inside of it.
#[must_use]
pub fn joined(mut hands: Vec<Found>, drawn: &[Found], believed: f32) -> Vec<Found> {
    let boxes: Vec<_> = drawn.iter().map(|one| (one.bounds, one.score)).collect();
    for index in suppressed(&boxes, SAME_HAND) {
        let one = &drawn[index];
        let holds = |outer: Bounds, inner: Bounds| {
            let [x, y] = inner.centre();
            (outer.left..outer.right).contains(&x) && (outer.top..outer.bottom).contains(&y)
        };
        let same = |other: &Found| {
            other.bounds.overlap(one.bounds) > SAME_HAND
                || (holds(one.bounds, other.bounds) && holds(other.bounds, one.bounds))
        };
        let mut listed = false;
        for hand in hands
            .iter_mut()
            .filter(|hand| same(hand) && hand.presence >= believed)
        {
            hand.shape = hand.shape.union(&one.shape);
            listed = true;
        }
        if !listed {
            let is_part = |hand: &Found| hand.presence < believed && holds(one.bounds, hand.bounds);
            hands.retain(|hand| !same(hand) && !is_part(hand));
            hands.push(one.clone());
        }
    }
    hands.sort_by(|a, b| b.score.total_cmp(&a.score));
    hands
}
