//! The view transform.

use eframe::egui::{Pos2, Rect, pos2, vec2};
use pentimento::canvas::View;
use pentimento::raster::Size;
use proptest::prelude::*;

const PICTURE: Size = Size::new(640, 480);

fn viewport() -> Rect {
    Rect::from_min_max(pos2(200.0, 40.0), pos2(1000.0, 640.0))
}

fn near(a: Pos2, b: Pos2, tolerance: f32) -> bool {
    (a - b).length() <= tolerance
}

#[test]
fn fitting_shows_the_whole_picture_with_a_margin() {
    // Picture, pixels per point, zoom: the viewport is 800 by 600 points, 16 of them a margin on each side.
    let cases = [
        (Size::new(768, 568), 1.0, 1.0),
        (Size::new(1536, 1136), 1.0, 0.5),
        (Size::new(1536, 100), 1.0, 0.5),
        (Size::new(1536, 1136), 2.0, 1.0),
        (Size::new(100, 100), 1.0, 5.0),
        (Size::new(700, 500), 1.0, 1.0),
        (Size::new(1, 1), 1.0, 64.0),
        (Size::new(100_000, 1), 1.0, 0.02),
    ];
    for (picture, scale, zoom) in cases {
        let view = View::fit(picture, viewport(), scale);
        assert_eq!(view.zoom(), zoom, "{picture} at {scale}");
        let middle = pos2(picture.width as f32, picture.height as f32) / 2.0;
        let seen = view.screen_from_picture(middle, viewport(), scale);
        assert!(near(seen, viewport().center(), 1.0), "{picture}: {seen:?}");
    }
    let turned = View::fit(PICTURE, viewport(), 1.0).rotated(1).fitted(
        Size::new(1136, 1536),
        viewport(),
        1.0,
    );
    assert_eq!((turned.zoom(), turned.quarter_turns()), (0.5, 1));
}

#[test]
fn quarter_turns_are_clockwise_about_the_middle() {
    let upright = View::fit(PICTURE, viewport(), 1.0);
    // Where the picture's top left corner comes to lie, from the middle of the viewport, at 100 %.
    let corners = [
        (-320.0, -240.0),
        (240.0, -320.0),
        (320.0, 240.0),
        (-240.0, 320.0),
    ];
    for turns in -4..8 {
        let view = upright.rotated(turns);
        let (x, y) = corners[turns.rem_euclid(4) as usize];
        let seen = view.screen_from_picture(Pos2::ZERO, viewport(), 1.0);
        assert_eq!(seen, viewport().center() + vec2(x, y), "{turns}");
        assert_eq!(i32::from(view.quarter_turns()), turns.rem_euclid(4));
        assert_eq!(view.rotated(-turns), upright);
    }
}

#[test]
fn the_picture_cannot_be_lost() {
    for picture in [PICTURE, Size::new(10_000, 20), Size::new(1, 1)] {
        for turns in 0..4 {
            for zoom in [0.02, 1.0, 64.0] {
                for (dx, dy) in [(1e6, 0.0), (-1e6, 1e6), (0.0, -1e6), (3.0, 5.0)] {
                    let view = View::fit(picture, viewport(), 1.5)
                        .rotated(turns)
                        .with_zoom_at(zoom, viewport().center(), viewport(), 1.5)
                        .panned(vec2(dx, dy), 1.5)
                        .clamped(picture, viewport(), 1.5);
                    let corner = pos2(picture.width as f32, picture.height as f32);
                    let seen = Rect::from_two_pos(
                        view.screen_from_picture(Pos2::ZERO, viewport(), 1.5),
                        view.screen_from_picture(corner, viewport(), 1.5),
                    );
                    let shared = seen.intersect(viewport()).size();
                    let least = |side: f32| side.min(64.0) - 1.0;
                    assert!(
                        shared.x >= least(seen.width()) && shared.y >= least(seen.height()),
                        "{picture} {turns} {zoom} {dx} {dy}: {seen:?}"
                    );
                    assert_eq!(view.clamped(picture, viewport(), 1.5), view);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn there_and_back(
        zoom in View::MIN_ZOOM..View::MAX_ZOOM,
        turns in 0..4i32,
        (dx, dy) in (-300.0..300.0f32, -300.0..300.0f32),
        (x, y) in (-100.0..740.0f32, -100.0..580.0f32),
        scale in prop::sample::select(vec![1.0f32, 1.25, 1.5, 2.0]),
    ) {
        let view = View::fit(PICTURE, viewport(), scale)
            .rotated(turns)
            .with_zoom_at(zoom, pos2(500.0, 300.0), viewport(), scale)
            .panned(vec2(dx, dy), scale);
        let seen = view.screen_from_picture(pos2(x, y), viewport(), scale);
        let back = view.picture_from_screen(seen, viewport(), scale);
        prop_assert!(near(back, pos2(x, y), 0.01 + 0.001 / zoom), "{:?}", back);
        // The corner lies on a whole physical pixel.
        let corner = view.screen_from_picture(Pos2::ZERO, viewport(), scale) * scale;
        prop_assert!(near(corner, corner.round(), 0.02), "{:?}", corner);
    }

    #[test]
    fn zooming_keeps_the_point_under_the_cursor(
        zooms in prop::collection::vec(0.01..80.0f32, 1..30),
        turns in 0..4i32,
        (x, y) in (200.0..1000.0f32, 40.0..640.0f32),
    ) {
        let start = View::fit(PICTURE, viewport(), 1.0).rotated(turns);
        let point = start.picture_from_screen(pos2(x, y), viewport(), 1.0);
        let mut view = start;
        for zoom in zooms {
            view = view.with_zoom_at(zoom, pos2(x, y), viewport(), 1.0);
            prop_assert_eq!(view.zoom(), zoom.clamp(View::MIN_ZOOM, View::MAX_ZOOM));
            let seen = view.screen_from_picture(point, viewport(), 1.0);
            // To the nearest pixel before and after, however often.
            prop_assert!(near(seen, pos2(x, y), 0.71 * (1.0 + view.zoom() / start.zoom()) + 0.1), "{:?}", seen);
        }
    }
}
