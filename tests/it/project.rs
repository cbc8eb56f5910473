//! Kept work comes back: whole from whole files, as much as there is from damaged ones.

mod journal;
mod kill;
pub mod layers;
mod older;
mod ora;
mod orphan;

use std::sync::Arc;

use pentimento::document::RepaintResult;
use pentimento::project::{ControlPictures, Work};
use pentimento::raster::file::Metadata;
use pentimento::raster::{Mask, Patch, Picture, Rect, Size};
use pentimento::recipe::parsed::Others;
use pentimento::recipe::{Control, Recipe};

/// ControlNets, one of which is shown a picture of its own, and that.
pub fn led() -> (Vec<Control>, ControlPictures) {
    let led = Control {
        picture: "pose & \u{624b}.png".to_owned(),
        ..Control::named("openpose")
    };
    let picture = Picture::from_fn(Size::new(9, 5), |x, y| [x as u8, y as u8, 7, 255 - x as u8]);
    let pictures = [(led.picture.clone(), Arc::new(picture))];
    (vec![Control::named("tile"), led], pictures.into())
}

/// Work with something of everything.
fn work() -> Work {
    let size = Size::new(53, 37);
    let picture = Picture::from_fn(size, |x, y| {
        [
            (x * 4) as u8,
            (y * 6) as u8,
            (x * y) as u8,
            255 - (x % 3) as u8,
        ]
    });
    let patch = |left, tint| {
        let rect = Rect::new(left, 5, left + 20, 25);
        Patch::new(rect, Picture::filled(rect.size(), [tint, 9, 200, 255]))
    };
    let result = |left, tint, seed| RepaintResult {
        recipe: Recipe {
            prompt: format!("a hand, \"{seed}\"\nand <more>"),
            seed,
            ..Recipe::default()
        },
        patch: Arc::new(patch(left, tint)),
        base: size,
        model: "a model".to_owned(),
        device: "CPU".to_owned(),
        steps: 15,
        seconds: 1.5,
        infotext: format!("a hand\nSeed: {seed}"),
        series: 3,
        starred: true,
    };
    Work {
        mask: Arc::new(Mask::from_fn(size, |x, y| {
            if x > 8 && y > 9 { (x * 5) as u8 } else { 0 }
        })),
        picture: Arc::new(picture),
        sketch: Some(Arc::new(Picture::from_fn(size, |x, y| {
            match (x / 7 + y / 5) % 3 {
                0 if x < 40 => [250, (x * 6) as u8, 30, 255 - (y * 6) as u8],
                _ => [0; 4],
            }
        }))),
        before: Some(patch(11, 80)),
        metadata: Metadata {
            icc: None,
            exif: None,
            text: vec![("parameters".to_owned(), "a hand".to_owned())],
            alpha: true,
            ..Metadata::default()
        },
        source: Some("hands/left & right.png".into()),
        others: Some(Others {
            name: "cat.png".to_owned(),
            recipe: Recipe::default(),
            pairs: vec![("Lora hashes".to_owned(), "a: 1f, b: 2e".to_owned())],
        }),
        made: Some("a hand\nSeed: 5".to_owned()),
        recipe: Recipe {
            prompt: "open hand, five fingers".to_owned(),
            steps: 25,
            controls: led().0,
            ..Recipe::default()
        },
        control_pictures: led().1,
        candidates: vec![result(3, 10, 7), result(30, 20, u64::MAX)],
    }
}
