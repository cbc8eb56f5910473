//! What is seen against the twin of `display.wgsl`, and against the picture itself.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use eframe::egui::{Pos2, Rect as ScreenRect, pos2, vec2};
use pentimento::canvas::twin::Twin;
use pentimento::canvas::{Canvas, Compare, Layer, MaskLook, MaskStyle, Scene, View};
use pentimento::document::{Document, EditName};
use pentimento::raster::{Mask, Patch, Picture, Rect, Size, file};

use super::screen::Screen;
use super::{PLAIN, test_picture};

const PICTURE: Size = Size::new(200, 150);
const SCREEN: [u32; 2] = [320, 240];

/// A soft disc, and a hard block in the picture's corner.
fn test_mask(size: Size) -> Mask {
    let middle = [size.width, size.height].map(|side| side as f32 * 0.55);
    let radius = size.height as f32 * 0.3;
    Mask::from_fn(size, |x, y| {
        let distance = (x as f32 - middle[0]).hypot(y as f32 - middle[1]);
        let soft = ((radius - distance) / (0.2 * radius)).clamp(0.0, 1.0) * 255.0;
        if x < size.width / 6 && y < size.height / 4 {
            255
        } else {
            soft as u8
        }
    })
}

/// Pixels of other colours over a part of the picture.
fn test_layer(size: Size) -> Layer {
    let rect = Rect::new(
        size.width / 3,
        size.height / 5,
        size.width - 7,
        size.height / 5 * 4,
    );
    let pixels = Picture::from_fn(rect.size(), |x, y| {
        [
            (x * 3) as u8,
            200,
            (y * 2) as u8,
            if y < 20 { 120 } else { 255 },
        ]
    });
    Layer {
        id: 1,
        patch: Arc::new(Patch::new(rect, pixels)),
    }
}

fn style(look: MaskLook) -> MaskStyle {
    MaskStyle {
        look,
        color: [255, 40, 90],
        opacity: 0.6,
    }
}

/// Keeps what is seen, on grey, for someone to look at.
fn keep(name: &str, seen: &Picture) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("canvas");
    fs::create_dir_all(&folder).unwrap();
    let on_grey = seen.pixels().iter().map(|&[red, green, blue, alpha]| {
        let ground = (255 - u16::from(alpha)) * 60 / 255;
        let over = |value: u8| (u16::from(value) + ground).min(255) as u8;
        [over(red), over(green), over(blue), 255]
    });
    let picture = Picture::new(seen.size(), on_grey.collect());
    let path = folder.join(format!("{name}.png"));
    file::write(&path, &picture, &file::Metadata::default()).unwrap();
}

struct Case {
    name: String,
    picture: Size,
    scene: Scene,
    scale: f32,
    viewport: ScreenRect,
}

/// Every look, every way to compare, every turn, and zooms on both sides of every limit.
fn cases() -> Vec<Case> {
    let all = ScreenRect::from_min_size(Pos2::ZERO, vec2(SCREEN[0] as f32, SCREEN[1] as f32));
    let mut cases = Vec::new();
    let mut add = |name: String, picture, zoom, degrees, look, compare, scale: f32, viewport| {
        // Where there is something to see at every zoom: edges of the layer and of the mask.
        // A negative angle stands for a mirrored view.
        let fitted = View::fit(picture, viewport, scale).rotated(f32::abs(degrees));
        let fitted = match degrees < 0.0 {
            true => fitted.mirrored(),
            false => fitted,
        };
        let edge = pos2(picture.width as f32 * 0.36, picture.height as f32 * 0.3);
        let cursor = fitted.screen_from_picture(edge, viewport, scale);
        let view = fitted.with_zoom_at(zoom, cursor, viewport, scale);
        cases.push(Case {
            name,
            picture,
            scene: Scene {
                view,
                mask: style(look),
                compare,
            },
            scale,
            viewport,
        });
    };
    let looks = [
        MaskLook::Hidden,
        MaskLook::Tint,
        MaskLook::Hatch,
        MaskLook::Outline,
        MaskLook::BlackAndWhite,
    ];
    for look in looks {
        for zoom in [0.5, 0.73, 1.0, 1.37, 4.0, 8.0] {
            let name = format!("{look:?} at {zoom}").to_lowercase();
            add(name, PICTURE, zoom, 0.0, look, Compare::Layer, 1.0, all);
        }
    }
    let compares = [
        ("picture", Compare::Picture),
        ("wipe", Compare::Wipe(170.3)),
        ("difference", Compare::Difference),
    ];
    for (name, compare) in compares {
        let look = MaskLook::Hidden;
        add(name.into(), PICTURE, 1.3, 0.0, look, compare, 1.0, all);
    }
    for degrees in [90.0, 180.0, 270.0, 33.0, 201.0, -360.0, -90.0, -33.0] {
        let (name, look) = (format!("turned by {degrees}"), MaskLook::Hatch);
        add(
            name,
            PICTURE,
            1.25,
            degrees,
            look,
            Compare::Wipe(150.0),
            1.0,
            all,
        );
    }
    // Large pictures, shrunk: some texels are skipped at the last.
    for (side, zoom) in [(1500, 0.15), (3000, 0.07)] {
        let (name, size) = (format!("shrunk to {zoom}"), Size::new(side, side / 2));
        add(
            name,
            size,
            zoom,
            0.0,
            MaskLook::Tint,
            Compare::Layer,
            1.0,
            all,
        );
    }
    let dense = ScreenRect::from_min_max(pos2(20.0, 10.0), pos2(150.0, 100.0));
    for look in [MaskLook::Outline, MaskLook::Hatch] {
        let name = format!("dense {look:?}").to_lowercase();
        add(name, PICTURE, 2.0, 0.0, look, Compare::Layer, 2.0, dense);
    }
    cases
}

#[test]
fn what_is_seen_is_what_the_twin_sees() {
    let Some(screen) = Screen::new(SCREEN, 1.0, PLAIN) else {
        return;
    };
    let dense = Screen::new(SCREEN, 2.0, PLAIN).unwrap();
    let mut canvases = [&screen, &dense].map(|screen| (Canvas::new(&screen.state), screen));
    for case in cases() {
        let picture = test_picture(case.picture);
        let mask = test_mask(case.picture);
        let layer = test_layer(case.picture);
        let mut document = Document::new(picture.clone());
        document.edit_mask(EditName::Import, |_| mask.clone());
        let (canvas, screen) = &mut canvases[usize::from(case.scale > 1.0)];
        while canvas.sync(&mut document, [0.0; 2], Some(&layer)) {}
        let seen = screen.draw(|painter| canvas.paint(painter, case.viewport, &case.scene));
        keep(&case.name, &seen);
        let twin = Twin::new(
            &case.scene,
            case.viewport,
            case.scale,
            &picture,
            Some(&layer.patch),
            &mask,
        );
        let mut worst = (0.0, [0, 0]);
        for (y, row) in (0..).zip(seen.rows()) {
            for (x, pixel) in (0..).zip(row) {
                let centre = pos2(x as f32 + 0.5, y as f32 + 0.5) / case.scale;
                let expected = if case.viewport.contains(centre) {
                    twin.pixel(x, y)
                } else {
                    [0.0; 4]
                };
                for (&value, expected) in pixel.iter().zip(expected) {
                    let error = (f32::from(value) - expected * 255.0).abs();
                    if error > worst.0 {
                        worst = (error, [x, y]);
                    }
                }
            }
        }
        assert!(worst.0 <= 1.0, "{}: off by {worst:?}", case.name);
    }
}

#[test]
fn pixels_arrive_unchanged() {
    let opaque = |size| test_picture(size).flatten([10, 200, 30]);
    // Screen density, zoom, and the target: above 400 %, whole multiples show every pixel as a block of itself.
    let cases = [
        (1.0, 1, PLAIN),
        (1.5, 1, PLAIN),
        (2.0, 1, PLAIN),
        (1.0, 7, PLAIN),
        (1.0, 1, wgpu::TextureFormat::Rgba8UnormSrgb),
        (1.25, 5, wgpu::TextureFormat::Rgba8UnormSrgb),
    ];
    for (scale, zoom, format) in cases {
        let Some(screen) = Screen::new(SCREEN, scale, format) else {
            return;
        };
        for degrees in [0.0, 90.0, 180.0, 270.0, -360.0, -90.0] {
            let picture = opaque(Size::new(160, 120));
            let mut document = Document::new(picture.clone());
            let mut canvas = Canvas::new(&screen.state);
            canvas.sync(&mut document, [0.0; 2], None);
            let middle = screen.rect().center();
            let view = View::fit(picture.size(), screen.rect(), scale)
                .rotated(f32::abs(degrees))
                .with_zoom_at(zoom as f32, middle + vec2(3.0, 1.7), screen.rect(), scale);
            let view = match degrees < 0.0 {
                true => view.mirrored(),
                false => view,
            };
            let scene = Scene {
                view,
                mask: style(MaskLook::Hidden),
                compare: Compare::Layer,
            };
            let seen = screen.draw(|painter| canvas.paint(painter, screen.rect(), &scene));
            let mut compared = 0;
            for (y, row) in (0..).zip(seen.rows()) {
                for (x, &pixel) in (0..).zip(row) {
                    let centre = pos2(x as f32 + 0.5, y as f32 + 0.5) / scale;
                    let at = view
                        .picture_from_screen(centre, screen.rect(), scale)
                        .floor();
                    if at.x >= 0.0 && at.y >= 0.0 && at.x < 160.0 && at.y < 120.0 {
                        let expected = picture.pixel(at.x as u32, at.y as u32);
                        assert_eq!(pixel, expected, "{x}, {y} at {scale}, {zoom}, {format:?}");
                        compared += 1;
                    }
                }
            }
            assert!(compared > 10_000, "only {compared} pixels were in sight");
        }
    }
}

#[test]
fn two_views_side_by_side_are_two_views() {
    let Some(screen) = Screen::new(SCREEN, 1.0, PLAIN) else {
        return;
    };
    let picture = test_picture(PICTURE);
    let mut document = Document::new(picture.clone());
    let mut canvas = Canvas::new(&screen.state);
    let layer = test_layer(PICTURE);
    canvas.sync(&mut document, [0.0; 2], Some(&layer));
    let (left, right) = screen.rect().split_left_right_at_fraction(0.5);
    let scene = |viewport, compare| Scene {
        view: View::fit(PICTURE, viewport, 1.0),
        mask: style(MaskLook::Hidden),
        compare,
    };
    let both = screen.draw(|painter| {
        canvas.paint(painter, left, &scene(left, Compare::Picture));
        canvas.paint(painter, right, &scene(right, Compare::Layer));
    });
    let alone = |viewport, compare| {
        screen.draw(|painter| canvas.paint(painter, viewport, &scene(viewport, compare)))
    };
    let half = |at: u32| Rect::new(at, 0, at + SCREEN[0] / 2, SCREEN[1]);
    let middle = SCREEN[0] / 2;
    let (before, after) = (alone(left, Compare::Picture), alone(right, Compare::Layer));
    assert_eq!(both.crop(half(0)), before.crop(half(0)));
    assert_eq!(both.crop(half(middle)), after.crop(half(middle)));
    assert_ne!(before.crop(half(0)), after.crop(half(middle)));
}

/// What is seen of a scene at 100 %.
fn seen(screen: &Screen, canvas: &Canvas) -> Picture {
    let view = View::fit(PICTURE, screen.rect(), 1.0);
    let scene = Scene {
        view,
        mask: style(MaskLook::Tint),
        compare: Compare::Layer,
    };
    screen.draw(|painter| canvas.paint(painter, screen.rect(), &scene))
}

#[test]
fn layers_come_and_go() {
    let Some(screen) = Screen::new(SCREEN, 1.0, PLAIN) else {
        return;
    };
    let layer = |id, rect: Rect| Layer {
        id,
        patch: Arc::new(Patch::new(
            rect,
            Picture::filled(rect.size(), [id as u8 * 30, 0, 200, 255]),
        )),
    };
    let with = |layer: &Layer| {
        let mut picture = test_picture(PICTURE);
        picture.paste(&layer.patch);
        picture
    };
    let plain = test_picture(PICTURE);
    let (here, there) = (Rect::new(10, 20, 60, 50), Rect::new(110, 90, 160, 120));
    let (first, second, third) = (layer(1, here), layer(2, here), layer(3, there));
    let outside = layer(4, Rect::new(180, 20, 201, 50));
    let cases = [
        (None, plain.clone()),
        (Some(&first), with(&first)),
        (Some(&second), with(&second)),
        (Some(&third), with(&third)),
        (Some(&outside), plain.clone()),
        (Some(&first), with(&first)),
        (None, plain.clone()),
    ];
    let mut document = Document::new(plain);
    let mut canvas = Canvas::new(&screen.state);
    let mut expected = Canvas::new(&screen.state);
    for (number, (layer, picture)) in cases.into_iter().enumerate() {
        canvas.sync(&mut document, [0.0; 2], layer);
        expected.sync(&mut Document::new(picture), [0.0; 2], None);
        assert_eq!(seen(&screen, &canvas), seen(&screen, &expected), "{number}");
    }
}

#[test]
fn another_canvas_shows_the_same() {
    let Some(screen) = Screen::new(SCREEN, 1.0, PLAIN) else {
        return;
    };
    let mut document = Document::new(test_picture(PICTURE));
    document.edit_mask(EditName::Import, |_| test_mask(PICTURE));
    let mut canvases = [(); 2].map(|()| Canvas::new(&screen.state));
    let [first, second] = canvases.each_mut().map(|canvas| {
        canvas.sync(&mut document, [2.0; 2], None);
        seen(&screen, canvas)
    });
    assert_eq!(first, second);
}
