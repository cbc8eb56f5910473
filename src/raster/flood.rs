//! Regions that hang together: pixels of like colour, holes of a mask.
//!
//! Neighbours are the four pixels beside, above and below.
//!
//! Does not know what a region is picked for.

use super::{Mask, Picture, Size};

/// From this value on a mask counts as painted.
const PAINTED: u8 = 128;

/// The pixels whose colour is like that of the pixel at column `x`, row `y`: 255 where no channel, alpha included, differs by more than `tolerance`, else 0.
///
/// With `contiguous` only those that hang together with that pixel.
/// Nothing for a place outside the picture. Time is that of a few looks at each pixel, memory that of the mask and the runs of pixels whose neighbours are still to be looked at.
pub fn flood(picture: &Picture, x: u32, y: u32, tolerance: u8, contiguous: bool) -> Mask {
    let size = picture.size();
    if x >= size.width || y >= size.height {
        return Mask::filled(size, 0);
    }
    let seed = picture.pixel(x, y);
    let alike = |pixel: &[u8; 4]| {
        let channels = pixel.iter().zip(&seed);
        channels.fold(0, |most, (&a, &b)| a.abs_diff(b).max(most)) <= tolerance
    };
    if !contiguous {
        let value = |pixel| if alike(pixel) { 255 } else { 0 };
        return Mask::new(size, picture.pixels().iter().map(value).collect());
    }
    let pixels = picture.pixels();
    Mask::new(size, connected(size, [(x, y)], |i| alike(&pixels[i])))
}

/// The regions of 128 and more that a mask has, each as a mask of the same size with 255 where it is, in the order of their first pixels by row.
pub fn regions(mask: &Mask) -> Vec<Mask> {
    let (size, mut left) = (mask.size(), mask.values().to_vec());
    let mut regions = Vec::new();
    for seed in 0..left.len() {
        if left[seed] < PAINTED {
            continue;
        }
        let width = size.width as usize;
        let at = ((seed % width) as u32, (seed / width) as u32);
        let region = connected(size, [at], |i| left[i] >= PAINTED);
        let taken = left
            .iter_mut()
            .zip(&region)
            .filter(|(_, taken)| **taken > 0);
        taken.for_each(|(left, _)| *left = 0);
        regions.push(Mask::new(size, region));
    }
    regions
}

/// Paints the holes of a mask: regions below 128 from which no way below 128 leads to the picture's border become 255.
///
/// The soft inner rim of a hole rises with it: values of 128 and more are raised to 255 for as long as they climb away from the hole, so that no ring is left between the two.
pub fn fill_holes(mask: &Mask) -> Mask {
    let size = mask.size();
    if size.is_empty() {
        return mask.clone();
    }
    let values = mask.values();
    let (right, bottom) = (size.width - 1, size.height - 1);
    let border = (0..size.width)
        .flat_map(|x| [(x, 0), (x, bottom)])
        .chain((0..size.height).flat_map(|y| [(0, y), (right, y)]));
    let outside = connected(size, border, |i| values[i] < PAINTED);
    let hole = |i: usize| values[i] < PAINTED && outside[i] == 0;
    let width = size.width as usize;
    let neighbours = |i: usize| {
        let x = i % width;
        let all = [
            (x > 0).then(|| i - 1),
            (x + 1 < width).then_some(i + 1),
            i.checked_sub(width),
            (i + width < values.len()).then_some(i + width),
        ];
        all.into_iter().flatten()
    };
    let mut filled = values.to_vec();
    let mut rising = Vec::new();
    for i in 0..values.len() {
        let soft = (PAINTED..255).contains(&values[i]);
        if hole(i) || soft && neighbours(i).any(hole) {
            filled[i] = 255;
            rising.extend(soft.then_some(i));
        }
    }
    while let Some(i) = rising.pop() {
        for next in neighbours(i) {
            if values[next] > values[i] && filled[next] != 255 {
                filled[next] = 255;
                rising.push(next);
            }
        }
    }
    Mask::new(size, filled)
}

/// A run of a row: `left..right`, taken, the rows above and below not yet looked at.
struct Run {
    y: u32,
    left: u32,
    right: u32,
}

/// 255 for each pixel that hangs together with one of `seeds` through pixels for which `inside(index)` holds, else 0.
fn connected(
    size: Size,
    seeds: impl IntoIterator<Item = (u32, u32)>,
    inside: impl Fn(usize) -> bool,
) -> Vec<u8> {
    let width = size.width as usize;
    let mut taken = vec![0u8; size.area()];
    let mut runs = Vec::new();
    for (x, y) in seeds {
        runs.extend(take(&mut taken, width, x, y, &inside));
        while let Some(Run { y, left, right }) = runs.pop() {
            let below = (y + 1 < size.height).then_some(y + 1);
            for y in y.checked_sub(1).into_iter().chain(below) {
                let mut x = left;
                while x < right {
                    match take(&mut taken, width, x, y, &inside) {
                        Some(run) => {
                            x = run.right + 1;
                            runs.push(run);
                        }
                        None => x += 1,
                    }
                }
            }
        }
    }
    taken
}

/// Takes the run around column `x` of row `y`; none where that pixel is taken already or not inside.
fn take(
    taken: &mut [u8],
    width: usize,
    x: u32,
    y: u32,
    inside: &impl Fn(usize) -> bool,
) -> Option<Run> {
    let start = y as usize * width;
    let row = &mut taken[start..][..width];
    let x = x as usize;
    let open = |row: &[u8], x: usize| row[x] == 0 && inside(start + x);
    if !open(row, x) {
        return None;
    }
    let mut left = x;
    while left > 0 && open(row, left - 1) {
        left -= 1;
    }
    let mut right = x + 1;
    while right < width && open(row, right) {
        right += 1;
    }
    row[left..right].fill(255);
    Some(Run {
        y,
        left: left as u32,
        right: right as u32,
    })
}
