//! What happens to every pixel of a 4K picture: strokes, mask blur and growth, composite, noise, resizing; and to a mask after a click.
//!
//! `cargo bench --bench pixels`; figures and the machine go to `docs/performance.md`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use pentimento::diffusion::noise::Noise;
use pentimento::document::{Brush, Stroke, StrokeMode, StrokePoint};
use pentimento::raster::blur::gaussian;
use pentimento::raster::logits::Logits;
use pentimento::raster::morphology::grow;
use pentimento::raster::{Mask, Picture, Size};
use pentimento::recipe::SeedSource;

const UHD: Size = Size {
    width: 3840,
    height: 2160,
};

fn disc(size: Size) -> Mask {
    let (cx, cy, r) = (size.width / 2, size.height / 2, size.height / 3);
    Mask::from_fn(size, |x, y| {
        if x.abs_diff(cx).pow(2) + y.abs_diff(cy).pow(2) < r * r {
            255
        } else {
            0
        }
    })
}

/// A stroke along a wave through the middle half of a picture.
fn wave(size: Size, hardness: f32) -> Stroke {
    let brush = Brush {
        radius: 100.0,
        hardness,
        opacity: 1.0,
        size_by_pressure: false,
        opacity_by_pressure: false,
    };
    let mut stroke = Stroke::new(StrokeMode::Paint, brush);
    for i in 0..500 {
        let share = i as f32 / 500.0;
        stroke.push(StrokePoint {
            x: size.width as f32 * (0.25 + share / 2.0),
            y: size.height as f32 * (0.5 + 0.2 * (share * 12.0).sin()),
            pressure: 1.0,
        });
    }
    stroke
}

fn pixels(c: &mut Criterion) {
    let mut group = c.benchmark_group("4K");
    group.sample_size(10);
    let mask = disc(UHD);
    for sigma in [4.0, 16.0, 64.0] {
        group.bench_function(format!("mask blur {sigma}"), |b| {
            b.iter(|| gaussian(black_box(&mask), sigma, sigma))
        });
    }
    for px in [16, 64] {
        group.bench_function(format!("mask grow {px}"), |b| {
            b.iter(|| grow(black_box(&mask), px))
        });
    }
    for (hardness, name) in [(1.0, "hard"), (0.0, "soft")] {
        let stroke = wave(UHD, hardness);
        let mut mask = Mask::filled(UHD, 0);
        group.bench_function(format!("stroke of 500 points, radius 100, {name}"), |b| {
            b.iter(|| black_box(&stroke).rasterise(&mut mask))
        });
    }
    let base = Picture::from_fn(UHD, |x, y| [x as u8, y as u8, (x ^ y) as u8, 255]);
    let fresh = Picture::filled(UHD, [200, 40, 90, 255]);
    let soft = gaussian(&mask, 4.0, 4.0);
    group.bench_function("composite", |b| {
        b.iter(|| base.composite(black_box(&fresh), &soft, &soft))
    });
    let half = Size {
        width: UHD.width / 2,
        height: UHD.height / 2,
    };
    group.bench_function("resize to half", |b| {
        b.iter(|| black_box(&base).resize(half))
    });
    // The latents of a 4K picture at factor 8.
    let shape = (1, 4, UHD.height as usize / 8, UHD.width as usize / 8);
    for source in SeedSource::ALL {
        group.bench_function(format!("noise {source}"), |b| {
            b.iter(|| Noise::new(black_box(7), *source).draw(shape))
        });
    }
    group.finish();
}

/// What a network says of a shape of five lobes, 256 values on a side, and a picture of it.
fn object(side: u32) -> (Logits, Picture) {
    let depth = |x: f32, y: f32| {
        let (x, y) = (x - 0.51, y - 0.49);
        0.24 + 0.1 * (5.0 * y.atan2(x)).cos() - x.hypot(y)
    };
    let place = |at: u32, of: u32| (at as f32 + 0.5) / of as f32;
    let value = |at: u32| depth(place(at % 256, 256), place(at / 256, 256)) * 1024.0;
    let logits = Logits::new(Size::new(256, 256), (0..256 * 256).map(value).collect());
    let picture = Picture::from_fn(Size::new(side, side), |x, y| {
        let loud = (x.wrapping_mul(0x9e37_79b9) ^ y.wrapping_mul(0x85eb_ca6b)) >> 27;
        let own = match depth(place(x, side), place(y, side)) > 0.0 {
            true => [190, 140, 110],
            false => [60, 90, 120],
        };
        let [red, green, blue] = own.map(|color| color + loud as u8);
        [red, green, blue, 255]
    });
    (logits, picture)
}

fn clicks(c: &mut Criterion) {
    let mut group = c.benchmark_group("click to mask");
    group.sample_size(10);
    for side in [1024, 4096] {
        let (logits, picture) = object(side);
        group.bench_function(format!("mask of {side} px"), |b| {
            b.iter(|| black_box(&logits).mask(picture.size()))
        });
        group.bench_function(format!("refined mask of {side} px"), |b| {
            b.iter(|| black_box(&logits).refined(&picture))
        });
    }
    group.finish();
}

criterion_group!(benches, pixels, clicks);
criterion_main!(benches);
