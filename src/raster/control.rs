//! What ControlNets are shown of a picture: its edges, itself blurred, itself in grey.
//!
//! Does not know networks.

use super::blur::gaussian;
use super::lab::lightness;
use super::{Mask, Picture, Size};

/// Gradients (L1 norm) from which on an edge begins, and is followed: sd-webui-controlnet's for Canny.
const BEGINS: i32 = 200;
const FOLLOWED: i32 = 100;

/// Tangent of 22.5 degrees in 15 binary places, as OpenCV rounds it.
const TANGENT: i32 = 13_573;

/// Edges, white on black (Canny 1986), of the channel that changes most; the values of OpenCV's `Canny` with thresholds of 100 and 200, a 3 x 3 Sobel kernel and the L1 norm.
#[must_use]
pub fn edges(picture: &Picture) -> Picture {
    let Size { width, height } = picture.size();
    let (wide, high) = (width as usize, height as usize);
    // Gradients along x and y and their norm, in a border of one cell of nothing.
    let stride = wide + 2;
    let mut gradients = vec![(0_i32, 0_i32, 0_i32); stride * (high + 2)];
    for y in 0..high {
        for x in 0..wide {
            gradients[(y + 1) * stride + x + 1] = steepest(picture, x, y);
        }
    }
    let norm = |at: usize| gradients[at].2;
    let mut found = vec![false; gradients.len()];
    let mut candidates = vec![false; gradients.len()];
    let mut front = Vec::new();
    for y in 0..high {
        for x in 0..wide {
            let at = (y + 1) * stride + x + 1;
            let (dx, dy, own) = gradients[at];
            if own <= FOLLOWED || !is_crest(dx, dy, own, at, stride, norm) {
                continue;
            }
            candidates[at] = true;
            if own > BEGINS {
                found[at] = true;
                front.push(at);
            }
        }
    }
    while let Some(at) = front.pop() {
        for row in [at - stride, at, at + stride] {
            for next in row - 1..=row + 1 {
                if candidates[next] && !found[next] {
                    found[next] = true;
                    front.push(next);
                }
            }
        }
    }
    Picture::from_fn(picture.size(), |x, y| {
        let is_edge = found[(y as usize + 1) * stride + x as usize + 1];
        let value = if is_edge { 255 } else { 0 };
        [value, value, value, 255]
    })
}

/// The gradient (Sobel, edges repeated) of the channel that changes most there, and its L1 norm.
fn steepest(picture: &Picture, x: usize, y: usize) -> (i32, i32, i32) {
    let Size { width, height } = picture.size();
    let (last_x, last_y) = (width as usize - 1, height as usize - 1);
    let columns = [x.saturating_sub(1), x, (x + 1).min(last_x)];
    let rows = [y.saturating_sub(1), y, (y + 1).min(last_y)];
    let near = rows.map(|y| columns.map(|x| picture.pixel(x as u32, y as u32)));
    let gradient = |channel: usize| {
        let at = |row: usize, column: usize| i32::from(near[row][column][channel]);
        let along = |from: [(usize, usize); 3], to: [(usize, usize); 3]| {
            let sum = |places: [(usize, usize); 3]| {
                let [a, b, c] = places.map(|(row, column)| at(row, column));
                a + 2 * b + c
            };
            sum(to) - sum(from)
        };
        let dx = along([(0, 0), (1, 0), (2, 0)], [(0, 2), (1, 2), (2, 2)]);
        let dy = along([(0, 0), (0, 1), (0, 2)], [(2, 0), (2, 1), (2, 2)]);
        (dx, dy, dx.abs() + dy.abs())
    };
    let [first, second, third] = [gradient(0), gradient(1), gradient(2)];
    let steeper = |a: (i32, i32, i32), b: (i32, i32, i32)| if b.2 > a.2 { b } else { a };
    steeper(steeper(first, second), third)
}

/// Whether a norm is the greatest along its gradient, in one of four directions.
fn is_crest(
    dx: i32,
    dy: i32,
    own: i32,
    at: usize,
    stride: usize,
    norm: impl Fn(usize) -> i32,
) -> bool {
    let (x, y) = (dx.abs(), dy.abs() << 15);
    let flat = x * TANGENT;
    let steep = flat + (x << 16);
    if y < flat {
        own > norm(at - 1) && own >= norm(at + 1)
    } else if y > steep {
        own > norm(at - stride) && own >= norm(at + stride)
    } else if (dx ^ dy) < 0 {
        own > norm(at - stride + 1) && own > norm(at + stride - 1)
    } else {
        own > norm(at - stride - 1) && own > norm(at + stride + 1)
    }
}

/// The picture, blurred by a Gaussian of a standard deviation in pixels.
#[must_use]
pub fn blurred(picture: &Picture, sigma: f32) -> Picture {
    let channels = [0, 1, 2].map(|channel: usize| {
        let plane = Mask::from_fn(picture.size(), |x, y| picture.pixel(x, y)[channel]);
        gaussian(&plane, sigma, sigma)
    });
    Picture::from_fn(picture.size(), |x, y| {
        let [red, green, blue] = channels.each_ref().map(|plane| plane.value(x, y));
        [red, green, blue, 255]
    })
}

/// The picture in grey: CIELAB's lightness.
#[must_use]
pub fn grey(picture: &Picture) -> Picture {
    let lightness = lightness(picture);
    let pixels = lightness
        .into_iter()
        .map(|value| [value, value, value, 255]);
    Picture::new(picture.size(), pixels.collect())
}
