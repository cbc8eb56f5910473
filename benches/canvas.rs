//! What a frame costs while an artist paints on a picture of 8192 by 8192 pixels, and what memory such a picture takes.
//!
//! Timed is [`Canvas::sync`] with [`Canvas::paint`]: our own code and what of wgpu runs inside its calls, but not what the device does after them.
//!
//! `cargo bench --bench canvas`; figures and the machine go to `docs/performance.md`.

#[allow(
    dead_code,
    reason = "the tests read back what they draw, this does not"
)]
#[path = "../tests/it/canvas/screen.rs"]
mod screen;

use std::fs;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use eframe::egui;
use pentimento::canvas::{Canvas, Compare, MaskLook, MaskStyle, Scene, View};
use pentimento::document::{Brush, Document, StrokeMode, StrokePoint};
use pentimento::raster::{Picture, Size};

use screen::Screen;

const SIZE: Size = Size::new(8192, 8192);

const BRUSH: Brush = Brush {
    radius: 60.0,
    hardness: 0.7,
    opacity: 1.0,
    size_by_pressure: false,
    opacity_by_pressure: false,
};

/// The pointer's place at an event: round and round, 40 pixels at a time.
fn at(event: u32) -> StrokePoint {
    let turn = event as f32 * 0.04;
    StrokePoint {
        x: 4000.0 + 1000.0 * turn.cos(),
        y: 4000.0 + 1000.0 * turn.sin(),
        pressure: 1.0,
    }
}

/// A line of `/proc/self/status`, MB; none where there is no such file.
fn memory(field: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(field))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024 / 1_000_000)
}

fn report_memory(when: &str) {
    if let (Some(now), Some(most)) = (memory("VmRSS:"), memory("VmHWM:")) {
        let once = SIZE.area() as f64 * 4.0 / 1e6;
        println!(
            "memory {when}: {now} MB, {:.2} of the picture's {once:.0} MB; {most} MB at most",
            now as f64 / once
        );
    }
}

fn painting(c: &mut Criterion) {
    let format = wgpu::TextureFormat::Rgba8Unorm;
    let Some(screen) = Screen::new([1280, 800], 1.0, format) else {
        return;
    };
    println!("device: {}", screen.state.adapter.get_info().name);
    report_memory("with a device");
    let picture = Picture::from_fn(SIZE, |x, y| [x as u8, y as u8, (x ^ y) as u8, 255]);
    let mut document = Document::new(picture);
    let mut canvas = Canvas::new(&screen.state);
    let opening = Instant::now();
    while canvas.sync(&mut document, [4.0; 2], None) {}
    println!("first upload: {:?}", opening.elapsed());
    screen.wait();
    report_memory("with the picture open");
    let scene = Scene {
        view: View::fit(SIZE, screen.rect(), 1.0),
        mask: MaskStyle {
            look: MaskLook::Tint,
            color: [255, 0, 0],
            opacity: 0.5,
        },
        compare: Compare::Layer,
    };
    let draw = || {
        drop(screen.render(|painter| canvas.paint(painter, screen.rect(), &scene)));
        screen.wait();
    };
    // The driver compiles the shader with the first.
    draw();
    let drawing = Instant::now();
    draw();
    println!(
        "a frame on the device, all of the picture in sight: {:?}",
        drawing.elapsed()
    );

    let context = egui::Context::default();
    let painter = context.layer_painter(egui::LayerId::background());
    let mut event = 0;
    let mut sent = Vec::new();
    c.bench_function("8192x8192: a frame while painting", |b| {
        b.iter_custom(|frames| {
            document.begin_stroke(StrokeMode::Paint, BRUSH, at(event));
            let mut spent = Duration::ZERO;
            for _ in 0..frames {
                event += 1;
                document.extend_stroke(at(event));
                let before = canvas.uploaded_bytes();
                let start = Instant::now();
                canvas.sync(&mut document, [4.0; 2], None);
                canvas.paint(&painter, screen.rect(), &scene);
                spent += start.elapsed();
                sent.push(canvas.uploaded_bytes() - before);
                screen.wait();
            }
            document.end_stroke();
            canvas.sync(&mut document, [4.0; 2], None);
            screen.wait();
            spent
        })
    });
    sent.sort_unstable();
    println!(
        "sent for an event: {} bytes as a rule, {} at most",
        sent[sent.len() / 2],
        sent[sent.len() - 1]
    );
    report_memory("after painting");
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(4));
    targets = painting
}
criterion_main!(benches);
