//! How a picture is brought to what a network that looks at it takes.
//!
//! Does not know networks.

use ndarray::Array4;
use serde_json::Value as Json;

use crate::raster::{Picture, Size};

/// Side of the input, and what colours from 0 to 1 are normalised by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scaling {
    pub side: u32,
    pub mean: [f32; 3],
    pub deviation: [f32; 3],
}

/// ImageNet's numbers.
pub(super) const fn imagenet(side: u32) -> Scaling {
    Scaling {
        side,
        mean: [0.485, 0.456, 0.406],
        deviation: [0.229, 0.224, 0.225],
    }
}

impl Scaling {
    /// What transformers' `preprocessor_config.json` says, and what is usual where it does not.
    pub fn read(config: &Json, usual: Self) -> Self {
        let side = [
            &config["size"]["height"],
            &config["size"],
            &config["size"]["shortest_edge"],
            &config["size"]["longest_edge"],
        ];
        let side = side.iter().find_map(|side| side.as_u64());
        let side = side.and_then(|side| u32::try_from(side).ok());
        let three = |name: &str, usual: [f32; 3]| {
            let all = config[name].as_array();
            let all: Option<Vec<f32>> = all.and_then(|all| {
                all.iter()
                    .map(|one| one.as_f64().map(|one| one as f32))
                    .collect()
            });
            all.and_then(|all| all.try_into().ok()).unwrap_or(usual)
        };
        Self {
            side: side
                .filter(|side| (16..=2048).contains(side))
                .unwrap_or(usual.side),
            mean: three("image_mean", usual.mean),
            deviation: three("image_std", usual.deviation)
                .map(|one| if one > 0.0 { one } else { 1.0 }),
        }
    }

    /// A picture, normalised, as `[1, 3, h, w]` in the upper left of a frame, whose rest is 0.
    pub fn tensor(self, picture: &Picture, frame: Size) -> Array4<f32> {
        planes(picture, frame, [0.0; 3], |channel, value| {
            (f32::from(value) / 255.0 - self.mean[channel]) / self.deviation[channel]
        })
    }
}

/// What `value` makes of the channels of a picture as `[1, 3, h, w]`, in the upper left of a frame whose rest is `empty`.
pub(super) fn planes(
    picture: &Picture,
    frame: Size,
    empty: [f32; 3],
    value: impl Fn(usize, u8) -> f32,
) -> Array4<f32> {
    let (width, size) = (picture.size().width as usize, picture.size());
    let (wide, high) = (frame.width as usize, frame.height as usize);
    let pixels = picture.pixels();
    Array4::from_shape_fn((1, 3, high, wide), |(_, channel, y, x)| {
        match x < width && y < size.height as usize {
            true => value(channel, pixels[y * width + x][channel]),
            false => empty[channel],
        }
    })
}
