//! Finding: what detectors' numbers mean, the masks made of it, and the built-in networks against LiteRT.

mod drawn;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::{Array2, Array3};
use pentimento::detection::targets::{Choice, Merge, Order, Rank, surroundings, targets};
use pentimento::detection::view::{View, tiles};
use pentimento::detection::yolo::Head;
use pentimento::detection::{Bounds, Found, Region};
use pentimento::engine::cancel::Cancel;
use pentimento::engine::detector::{Detect, Detectors, Subject};
use pentimento::raster::file::read;
use pentimento::raster::{Rect, Size};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::engine::runtime;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/detectors")
        .join(name)
}

#[derive(Deserialize)]
struct Case {
    picture: String,
    hands: Vec<Hand>,
    faces: Vec<Face>,
}

#[derive(Deserialize)]
struct Hand {
    score: f32,
    points: Vec<f32>,
}

#[derive(Deserialize)]
struct Face {
    r#box: [f32; 4],
    score: f32,
}

fn find(subject: Subject, picture: &str, least: f32) -> Vec<Found> {
    let picture = Arc::new(read(&golden(picture)).unwrap().picture);
    let wanted = Detect {
        picture,
        subject,
        detector: None,
        least,
    };
    Detectors::default()
        .find(runtime(), &wanted, &Cancel::new())
        .unwrap()
}

#[test]
fn hands_and_faces_are_found_where_litert_finds_them() {
    let cases: Vec<Case> =
        serde_json::from_slice(&fs::read(golden("found.json")).unwrap()).unwrap();
    let mut hands = 0;
    for case in &cases {
        let mut found = find(Subject::Hands, &case.picture, 0.6);
        // Others are found by a network that LiteRT does not have.
        found.retain(|one| one.label == "hand");
        assert_eq!(found.len(), case.hands.len(), "{}", case.picture);
        for hand in &case.hands {
            // Scores that are close may change places.
            let wrist = [hand.points[0], hand.points[1]];
            let far = |found: &&Found| {
                let [x, y] = found.bounds.centre();
                (x - wrist[0]).hypot(y - wrist[1]) as u32
            };
            let found = found.iter().min_by_key(far).unwrap();
            assert!(
                (found.score - hand.score).abs() < 0.03,
                "{}: {}",
                case.picture,
                found.score
            );
            let points: Vec<[f32; 2]> = hand.points.as_chunks().0.to_vec();
            // Every point lies in the mask, and the mask reaches no farther than fingers do.
            let mut outer = Bounds::around(points[0], [0.0; 2]);
            for [x, y] in points {
                outer.left = outer.left.min(x);
                outer.right = outer.right.max(x);
                outer.top = outer.top.min(y);
                outer.bottom = outer.bottom.max(y);
                let Rect { left, top, .. } = found.shape.rect;
                assert_eq!(found.shape.mask.value(x as u32 - left, y as u32 - top), 255);
            }
            let margin = [
                outer.left - found.bounds.left,
                outer.top - found.bounds.top,
                found.bounds.right - outer.right,
                found.bounds.bottom - outer.bottom,
            ];
            let mean = margin.iter().sum::<f32>() / 4.0;
            assert!(
                margin.iter().all(|one| (one - mean).abs() < 2.0) && mean > 5.0,
                "{}: margins {margin:?}",
                case.picture
            );
            hands += 1;
        }
        let found = find(Subject::Faces, &case.picture, 0.55);
        assert_eq!(found.len(), case.faces.len(), "{}", case.picture);
        for (found, face) in found.iter().zip(&case.faces) {
            let [left, top, right, bottom] = face.r#box;
            let place = Bounds {
                left,
                top,
                right,
                bottom,
            };
            assert!(
                (found.score - face.score).abs() < 0.02,
                "{}: {}",
                case.picture,
                found.score
            );
            assert!(found.bounds.overlap(place) > 0.97, "{:?}", found.bounds);
        }
    }
    assert!(hands > 5);
}

/// Each row: YOLO numbers, and the boxes that come of them.
#[test]
fn numbers_of_every_yolo_become_boxes() {
    let rows: Vec<Value> = serde_json::from_slice(&fs::read(golden("yolo.json")).unwrap()).unwrap();
    for row in &rows {
        let name = row["name"].as_str().unwrap();
        let list = |key: &str| -> Vec<f32> { serde_json::from_value(row[key].clone()).unwrap() };
        let shape: [usize; 2] = serde_json::from_value(row["shape"].clone()).unwrap();
        let output = Array2::from_shape_vec(shape, list("output")).unwrap();
        let protos = row.get("protos").map(|_| {
            let shape: [usize; 3] = serde_json::from_value(row["protos_shape"].clone()).unwrap();
            Array3::from_shape_vec(shape, list("protos")).unwrap()
        });
        let head = Head {
            names: serde_json::from_value(row["names"].clone()).unwrap(),
            coefficients: protos.as_ref().map_or(0, |protos| protos.dim().0),
        };
        let [width, height]: [u32; 2] = serde_json::from_value(row["picture"].clone()).unwrap();
        let [wide, high]: [u32; 2] = serde_json::from_value(row["input"].clone()).unwrap();
        let picture = Size::new(width, height);
        let view = View::letterbox(Rect::of(picture), Size::new(wide, high));
        let protos = protos.as_ref().map(|protos| protos.view());
        let found = match head.found(output.view(), protos, &view, picture, 0.3) {
            Ok(found) => found,
            Err(problem) => {
                assert_eq!(json!(problem), row["error"], "{name}");
                continue;
            }
        };
        let wanted: Vec<Value> = serde_json::from_value(row["found"].clone()).unwrap();
        assert_eq!(found.len(), wanted.len(), "{name}: {found:?}");
        for (found, wanted) in found.iter().zip(wanted) {
            let place: [f32; 4] = serde_json::from_value(wanted["box"].clone()).unwrap();
            let own = [
                found.bounds.left,
                found.bounds.top,
                found.bounds.right,
                found.bounds.bottom,
            ];
            let far = own
                .iter()
                .zip(place)
                .any(|(own, place)| (own - place).abs() > 0.05);
            assert!(!far, "{name}: {own:?} and not {place:?}");
            assert!(
                (found.score - wanted["score"].as_f64().unwrap() as f32).abs() < 1e-4,
                "{name}"
            );
            assert_eq!(json!(found.label), wanted["label"], "{name}");
            if let Some(pixels) = wanted.get("pixels").and_then(Value::as_f64) {
                let own = found
                    .shape
                    .mask
                    .values()
                    .iter()
                    .filter(|value| **value == 255)
                    .count();
                assert!(
                    (own as f64 - pixels).abs() <= 0.02 * pixels + 2.0,
                    "{name}: {own}"
                );
            }
        }
    }
}

/// Four boxes of other places, sizes and scores in a picture of 100 x 80.
fn four() -> Vec<Found> {
    let boxes = [
        ([10.0, 10.0, 29.0, 29.0], 0.9),
        ([70.0, 5.0, 79.0, 14.0], 0.8),
        ([40.0, 30.0, 69.0, 59.0], 0.5),
        ([2.0, 60.0, 6.0, 64.0], 0.4),
    ];
    let found = boxes.map(|([left, top, right, bottom], score)| {
        let bounds = Bounds {
            left,
            top,
            right,
            bottom,
        };
        Found {
            bounds,
            score,
            presence: score,
            clean: None,
            label: "hand".into(),
            shape: Region::filled(bounds.pixels(Size::new(100, 80))),
        }
    });
    found.to_vec()
}

/// Choice `|` the numbers of what is taken, in order, each with the box of its mask.
#[test]
fn adetailers_settings_choose_and_change_masks() {
    let size = Size::new(100, 80);
    let plain = || Choice {
        grow: 0,
        ..Choice::default()
    };
    type Row = (Choice, Vec<(Vec<usize>, [u32; 4])>);
    let one = |number: usize| {
        let rect = [
            [10, 10, 30, 30],
            [70, 5, 80, 15],
            [40, 30, 70, 60],
            [2, 60, 7, 65],
        ][number];
        (vec![number], rect)
    };
    let rows: Vec<Row> = vec![
        (plain(), vec![one(0), one(1), one(2), one(3)]),
        (Choice { most: 2, ..plain() }, vec![one(0), one(2)]),
        (
            Choice {
                most: 2,
                by: Rank::Confidence,
                ..plain()
            },
            vec![one(0), one(1)],
        ),
        (
            Choice {
                shares: [0.01, 0.1],
                ..plain()
            },
            vec![one(0), one(1)],
        ),
        (
            Choice {
                order: Order::LeftToRight,
                ..plain()
            },
            vec![one(3), one(0), one(2), one(1)],
        ),
        (
            Choice {
                order: Order::CentreToEdge,
                ..plain()
            },
            vec![one(2), one(0), one(1), one(3)],
        ),
        (
            Choice {
                order: Order::Area,
                ..plain()
            },
            vec![one(2), one(0), one(1), one(3)],
        ),
        // To the right and up; what leaves the picture does not come in again.
        (
            Choice {
                offset: [25, 10],
                ..plain()
            },
            vec![
                (vec![0], [35, 0, 55, 20]),
                (vec![1], [95, 0, 100, 5]),
                (vec![2], [65, 20, 95, 50]),
                (vec![3], [27, 50, 32, 55]),
            ],
        ),
        // A square of 4 has its anchor at 2: one to the left, two to the right.
        (
            Choice {
                grow: 4,
                most: 1,
                ..plain()
            },
            vec![(vec![2], [39, 29, 72, 62])],
        ),
        (
            Choice {
                grow: -4,
                most: 1,
                ..plain()
            },
            vec![(vec![2], [42, 32, 69, 59])],
        ),
        (
            Choice {
                merge: Merge::Merge,
                ..plain()
            },
            vec![(vec![0, 1, 2, 3], [2, 5, 80, 65])],
        ),
        (
            Choice {
                merge: Merge::MergeInvert,
                ..plain()
            },
            vec![(vec![0, 1, 2, 3], [0, 0, 100, 80])],
        ),
        // Shrunk to nothing.
        (
            Choice {
                grow: -6,
                shares: [0.0, 0.004],
                ..plain()
            },
            vec![],
        ),
    ];
    for (choice, wanted) in rows {
        let own: Vec<_> = targets(&four(), size, &choice)
            .into_iter()
            .map(|(region, from)| {
                let mask = region.in_picture(size);
                (
                    from,
                    mask.bounds().map(<[u32; 4]>::from).unwrap_or_default(),
                )
            })
            .collect();
        assert_eq!(own, wanted, "{choice:?}");
    }
}

#[test]
fn tiles_cover_a_picture_and_overlap() {
    for (size, count) in [
        ([100, 80], 1),
        ([400, 330], 13),
        ([4000, 3000], 61),
        ([1, 1], 1),
    ] {
        let size = Size::from(size);
        let parts = tiles(size, 160);
        assert_eq!(parts.len(), count, "{size}");
        assert!(parts.iter().all(|part| Rect::of(size).contains(*part)));
    }
}

#[test]
fn small_models_are_shown_less_around_a_hand() {
    for (side, wanted) in [(64, 1.4), (256, 256.0 / 180.0), (512, 3.0), (1024, 3.0)] {
        assert_eq!(surroundings(side), wanted, "{side}");
    }
}
