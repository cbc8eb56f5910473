//! Enlarging a picture tile by tile, so that memory does not grow with the picture: tiles overlap, and fade into each other where they do.
//!
//! Does not know networks.

use ndarray::{Array4, ArrayView4};

use crate::diffusion::networks::Halt;
use crate::raster::fill::fill;
use crate::raster::{Mask, Picture, Size};

/// How a picture is cut, all in pixels of the picture that is enlarged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tiling {
    /// How many times as wide and high what is made of a tile is.
    pub scale: u32,
    /// Size of the tiles; they are smaller where the picture is.
    pub tile: Size,
    /// What their sides are multiples of.
    pub multiple: u32,
    /// What their places are multiples of.
    pub grid: u32,
    /// Whether tiles have that size whatever the picture's.
    pub fixed: bool,
}

/// One side of a picture, cut.
struct Cut {
    /// Length of a tile.
    tile: u32,
    /// Where the tiles start.
    starts: Vec<u32>,
    /// What each tile counts at each of its pixels once it is enlarged: together 1 at every pixel of the picture.
    shares: Vec<Vec<f32>>,
}

impl Tiling {
    /// How many tiles a picture has.
    pub fn count(&self, size: Size) -> usize {
        let [across, down] = self.cuts(size);
        across.starts.len() * down.starts.len()
    }

    /// Enlarges a picture: `network` makes of `[1, 3, h, w]` RGB from 0 to 1 what is `scale` times as high and wide, and hears before each tile how many there were.
    ///
    /// Where a tile is larger than the picture its edges are mirrored. Alpha is enlarged by Lanczos; what is transparent takes the colours around it, so that no border shows in what is not.
    ///
    /// # Errors
    /// As `network`.
    pub fn enlarge(
        &self,
        picture: &Picture,
        network: &mut dyn FnMut(usize, Array4<f32>) -> Result<Array4<f32>, Halt>,
    ) -> Result<Picture, Halt> {
        let Size { width, height } = picture.size();
        let scale = self.scale as usize;
        let enlarged = Size::new(width * self.scale, height * self.scale);
        let opaque =
            (!picture.is_opaque()).then(|| fill(picture, &Mask::filled(picture.size(), 0)));
        let [across, down] = self.cuts(picture.size());
        let row = enlarged.width as usize;
        // Rows of the tiles in the making; those above the next tiles are done.
        let mut band = vec![[0.0_f32; 3]; row * down.tile as usize * scale];
        let mut pixels = Vec::with_capacity(enlarged.area());
        let mut done = 0;
        for (index, &top) in down.starts.iter().enumerate() {
            for (&left, shares) in across.starts.iter().zip(&across.shares) {
                let size = Size::new(across.tile, down.tile);
                let tile = part(opaque.as_ref().unwrap_or(picture), left, top, size);
                let made = network(done, tile)?;
                lay(
                    &mut band,
                    row,
                    left as usize * scale,
                    made.view(),
                    [shares, &down.shares[index]],
                );
                done += 1;
            }
            let next = down.starts.get(index + 1).copied().unwrap_or(height);
            let rows = (next.min(height) - top) as usize * scale;
            let byte = |value: f32| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
            let opaque = |&[red, green, blue]: &[f32; 3]| [byte(red), byte(green), byte(blue), 255];
            pixels.extend(band[..rows * row].iter().map(opaque));
            band.copy_within(rows * row.., 0);
            let left = band.len() - rows * row;
            band[left..].fill([0.0; 3]);
        }
        let mut enlarged = Picture::new(enlarged, pixels);
        if !picture.is_opaque() {
            let alphas = picture.resize(enlarged.size());
            for (pixel, alpha) in enlarged.pixels_mut().iter_mut().zip(alphas.channel(3)) {
                pixel[3] = alpha;
            }
        }
        Ok(enlarged)
    }

    fn cuts(&self, size: Size) -> [Cut; 2] {
        [
            self.cut(size.width, self.tile.width),
            self.cut(size.height, self.tile.height),
        ]
    }

    /// Cuts a side into tiles of one length, evenly spread, which overlap by an eighth of it or more.
    fn cut(&self, side: u32, tile: u32) -> Cut {
        let tile = match self.fixed {
            true => tile,
            false => tile.min(side.next_multiple_of(self.multiple)),
        };
        let all = side.next_multiple_of(self.grid).max(tile);
        let overlap = (tile / 8).max(LEAST_OVERLAP).min(tile / 2);
        let beyond = all - tile;
        let steps = beyond.div_ceil(tile - overlap);
        let start = |step: u32| {
            let even = u64::from(beyond) * u64::from(step) / u64::from(steps.max(1));
            even as u32 / self.grid * self.grid
        };
        let starts: Vec<u32> = (0..=steps).map(start).collect();
        let shares = shares(&starts, tile, overlap, all, self.scale);
        Cut {
            tile,
            starts,
            shares,
        }
    }
}

/// Least overlap of two tiles, pixels: what lies beyond a tile's edge is seen by none of its pixels that count.
const LEAST_OVERLAP: u32 = 16;

/// What each tile counts: nothing in the outer quarter of its overlap with others, all from the inner quarter on.
fn shares(starts: &[u32], tile: u32, overlap: u32, side: u32, scale: u32) -> Vec<Vec<f32>> {
    let overlap = (overlap * scale) as f32;
    let fade = |depth: f32| ((depth - overlap / 4.0) / (overlap / 2.0)).clamp(0.0, 1.0);
    let length = (tile * scale) as usize;
    let mut shares: Vec<Vec<f32>> = Vec::new();
    let mut sums = vec![0.0; (side * scale) as usize];
    for &start in starts {
        let (first, last) = (start == 0, start + tile >= side);
        let of_tile = (0..length).map(|at| {
            let depth = at as f32 + 0.5;
            let from_left = if first { 1.0 } else { fade(depth) };
            let from_right = if last {
                1.0
            } else {
                fade(length as f32 - depth)
            };
            from_left * from_right
        });
        let of_tile: Vec<f32> = of_tile.collect();
        let sums = &mut sums[(start * scale) as usize..];
        sums.iter_mut()
            .zip(&of_tile)
            .for_each(|(sum, share)| *sum += share);
        shares.push(of_tile);
    }
    for (of_tile, start) in shares.iter_mut().zip(starts) {
        let sums = &sums[(start * scale) as usize..];
        of_tile
            .iter_mut()
            .zip(sums)
            .for_each(|(share, sum)| *share /= sum);
    }
    shares
}

/// A part of a picture as `[1, 3, h, w]`; beyond the picture's edges it is mirrored.
fn part(picture: &Picture, left: u32, top: u32, size: Size) -> Array4<f32> {
    let of = picture.size();
    let columns: Vec<usize> = (left..left + size.width)
        .map(|x| mirrored(x, of.width))
        .collect();
    let rows: Vec<usize> = (top..top + size.height)
        .map(|y| mirrored(y, of.height))
        .collect();
    let pixels = picture.pixels();
    Array4::from_shape_fn((1, 3, rows.len(), columns.len()), |(_, channel, y, x)| {
        let pixel = pixels[rows[y] * of.width as usize + columns[x]];
        f32::from(pixel[channel]) / 255.0
    })
}

/// A place on a side that goes to and fro between its first and last pixel.
fn mirrored(at: u32, side: u32) -> usize {
    let period = (2 * (side - 1)).max(1);
    let at = at % period;
    at.min(period - at).min(side - 1) as usize
}

/// Adds what was made of a tile to a band of rows, as far as it lies in the picture.
fn lay(
    band: &mut [[f32; 3]],
    row: usize,
    left: usize,
    made: ArrayView4<'_, f32>,
    [across, down]: [&Vec<f32>; 2],
) {
    for ((y, line), down) in band.chunks_exact_mut(row).enumerate().zip(down) {
        let line = line[left..].iter_mut().zip(across).enumerate();
        for (x, (pixel, across)) in line {
            for (channel, value) in pixel.iter_mut().enumerate() {
                *value += made[[0, channel, y, x]] * across * down;
            }
        }
    }
}
