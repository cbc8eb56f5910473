//! Drawn hands: the samples', hands in maps, and those that another network found too.

use std::sync::Arc;

use pentimento::detection::view::View;
use pentimento::detection::{Bounds, Found, Region, drawn};
use pentimento::engine::cancel::Cancel;
use pentimento::engine::detector::{Detect, Detectors, Subject};
use pentimento::raster::heat::Heat;
use pentimento::raster::{Rect, Size};
use pentimento::sample::SAMPLES;

use crate::engine::runtime;

/// Sample, and the box that its hand has in its picture as it was drawn.
const DRAWN: [(&str, [f32; 4]); 4] = [
    ("six-fingers", [46.0, 64.0, 213.0, 239.0]),
    ("missing-finger", [73.0, 54.0, 212.0, 239.0]),
    ("fused-fingers", [93.0, 59.0, 188.0, 237.0]),
    ("melted-hand", [79.0, 21.0, 214.0, 196.0]),
];

#[test]
fn drawn_hands_are_found_once_each() {
    let mut detectors = Detectors::default();
    for (name, [left, top, right, bottom]) in DRAWN {
        let sample = SAMPLES.iter().find(|sample| sample.name == name).unwrap();
        let picture = sample.unpack().unwrap().picture;
        let wanted = Detect {
            picture: Arc::new(picture),
            subject: Subject::Hands,
            detector: None,
            least: 0.3,
        };
        let found = detectors.find(runtime(), &wanted, &Cancel::new()).unwrap();
        let sure: Vec<&Found> = found.iter().filter(|one| one.is_sure()).collect();
        let [hand] = sure[..] else {
            panic!("{name}: {sure:?}");
        };
        let drawn = Bounds {
            left,
            top,
            right,
            bottom,
        };
        let overlap = hand.bounds.overlap(drawn);
        assert!(overlap > 0.8, "{name}: {:?}, {overlap}", hand.bounds);
    }
}

/// A map of 100 x 100 that is `value` sure of some boxes and not at all of the rest.
fn map(value: f32, boxes: &[[u32; 4]]) -> Heat {
    let inside = |x: u32, y: u32| {
        let holds = |[left, top, right, bottom]: &[u32; 4]| {
            (*left..*right).contains(&x) && (*top..*bottom).contains(&y)
        };
        if boxes.iter().any(holds) { value } else { 0.0 }
    };
    let values = (0..10_000).map(|at| inside(at % 100, at / 100)).collect();
    Heat::new(Size::new(100, 100), values)
}

/// How sure the map is; where; the view of a picture of 400 x 200; the boxes of the hands.
type Mapped = (f32, &'static [[u32; 4]], [u32; 4], &'static [[f32; 4]]);
const MAPPED: &[Mapped] = &[
    (
        0.95,
        &[[10, 10, 30, 40]],
        [0, 0, 200, 200],
        &[[20.0, 20.0, 60.0, 80.0]],
    ),
    (
        0.95,
        &[[10, 10, 30, 40]],
        [200, 0, 400, 200],
        &[[220.0, 20.0, 260.0, 80.0]],
    ),
    // Letterboxed: 50 of 100 rows are the picture's.
    (
        0.95,
        &[[10, 25, 30, 40]],
        [0, 0, 400, 200],
        &[[40.0, 0.0, 120.0, 60.0]],
    ),
    (0.95, &[[10, 2, 30, 20]], [0, 0, 400, 200], &[]),
    // Cut by the view, and by the picture.
    (0.95, &[[80, 10, 100, 40]], [0, 0, 200, 200], &[]),
    (
        0.95,
        &[[80, 10, 100, 40]],
        [200, 0, 400, 200],
        &[[360.0, 20.0, 400.0, 80.0]],
    ),
    (
        0.95,
        &[[0, 10, 20, 40], [50, 50, 70, 70]],
        [200, 0, 400, 200],
        &[[300.0, 100.0, 340.0, 140.0]],
    ),
    // Hardly sure, and a speck.
    (0.6, &[[10, 10, 30, 40]], [0, 0, 200, 200], &[]),
    (0.95, &[[10, 10, 13, 13]], [0, 0, 200, 200], &[]),
];

#[test]
fn a_map_becomes_hands() {
    let picture = Size::new(400, 200);
    for (value, boxes, view, wanted) in MAPPED {
        let view = View::letterbox(Rect::from(*view), Size::new(192, 192));
        let hands = drawn::things(&drawn::HAND, &map(*value, boxes), &view, picture, 0.4);
        let found: Vec<_> = hands.iter().map(|hand| hand.bounds).collect();
        assert_eq!(
            found.len(),
            wanted.len(),
            "{boxes:?} in {view:?}: {found:?}"
        );
        for (found, [left, top, right, bottom]) in found.iter().zip(*wanted) {
            let sides = [
                found.left - left,
                found.top - top,
                found.right - right,
                found.bottom - bottom,
            ];
            assert!(
                sides.iter().all(|side| side.abs() < 0.1),
                "{boxes:?}: {found:?}"
            );
        }
        for hand in &hands {
            let [x, y] = hand.bounds.centre();
            let Rect { left, top, .. } = hand.shape.rect;
            assert_eq!(hand.shape.mask.value(x as u32 - left, y as u32 - top), 255);
            assert!((hand.score - 0.9).abs() < 1e-3 && hand.is_sure());
        }
    }
}

/// A hand that reaches beyond the picture into the view's border: what is seen of it lies where it is.
#[test]
fn a_hand_at_the_pictures_edge_is_cut_and_not_squeezed() {
    // Letterboxed: rows 25 to 75 are the picture's, 4 pixels each.
    let view = View::letterbox(Rect::new(0, 0, 400, 200), Size::new(192, 192));
    let arm = [10, 5, 20, 45];
    let palm = [20, 35, 50, 45];
    let hands = drawn::things(
        &drawn::HAND,
        &map(0.95, &[arm, palm]),
        &view,
        Size::new(400, 200),
        0.4,
    );
    let [hand] = &hands[..] else {
        panic!("{hands:?}");
    };
    let Rect { left, top, .. } = hand.shape.rect;
    assert_eq!(top, 0);
    let value = |x: u32, y: u32| hand.shape.mask.value(x - left, y - top);
    // The palm is 40 to 80 pixels below the edge, and 32 more around it.
    assert_eq!([4, 12, 108].map(|y| value(150, y)), [0, 255, 255]);
    assert_eq!([2, 40, 70].map(|y| value(60, y)), [255; 3]);
}

/// Presence of a hand with landmarks at a place and its width, places of drawn ones, and the labels that stay.
const JOINED: [(f32, f32, &[f32], &[&str]); 6] = [
    (0.9, 60.0, &[50.0], &["hand"]),
    (0.2, 60.0, &[50.0], &["drawn hand"]),
    (0.9, 60.0, &[50.0, 300.0], &["hand", "drawn hand"]),
    (0.2, 60.0, &[300.0, 302.0], &["hand", "drawn hand"]),
    // A part of the drawn one, and a small hand before a large one.
    (0.2, 10.0, &[70.0], &["drawn hand"]),
    (0.9, 10.0, &[70.0], &["hand", "drawn hand"]),
];

#[test]
fn a_hand_that_two_networks_found_is_listed_once() {
    let found = |x: f32, wide: f32, presence: f32, label: &str| {
        let bounds = Bounds::around([x, 50.0], [wide, 80.0]);
        Found {
            bounds,
            score: 0.9,
            presence,
            clean: None,
            label: label.to_owned(),
            shape: Region::filled(bounds.pixels(Size::new(400, 200))),
        }
    };
    for (presence, wide, drawn_at, wanted) in JOINED {
        let drawn: Vec<_> = drawn_at
            .iter()
            .map(|x| found(*x, 60.0, 0.9, "drawn hand"))
            .collect();
        let joined = drawn::joined(vec![found(55.0, wide, presence, "hand")], &drawn, 0.5);
        let labels: Vec<_> = joined.iter().map(|one| one.label.as_str()).collect();
        assert_eq!(labels, wanted, "{presence} {wide} {drawn_at:?}");
        let whole = |one: &Found| one.shape.rect.contains(drawn[0].shape.rect);
        assert!(joined.iter().any(whole), "{presence} {wide}: {joined:?}");
    }
}
