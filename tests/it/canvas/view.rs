//! The view transform.

use std::f32::consts::FRAC_1_SQRT_2;

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
    let turned = View::fit(PICTURE, viewport(), 1.0).rotated(90.0).fitted(
        Size::new(1136, 1536),
        viewport(),
        1.0,
    );
    assert_eq!((turned.zoom(), turned.degrees()), (0.5, 90.0));
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
    for turns in -4..8i32 {
        let view = upright.rotated(turns as f32 * 90.0);
        let (x, y) = corners[turns.rem_euclid(4) as usize];
        let seen = view.screen_from_picture(Pos2::ZERO, viewport(), 1.0);
        assert_eq!(seen, viewport().center() + vec2(x, y), "{turns}");
        assert_eq!(view.degrees(), turns.rem_euclid(4) as f32 * 90.0);
        assert_eq!(view.rotated(turns as f32 * -90.0), upright);
    }
}

/// Where a direction of the picture lies on the screen.
type Seen = (f32, f32);

/// Degrees and whether the screen is then mirrored → where the picture's directions right and down lie on the screen.
const TURNS: &[(f32, bool, Seen, Seen)] = &[
    (0.0, false, (1.0, 0.0), (0.0, 1.0)),
    (0.0, true, (-1.0, 0.0), (0.0, 1.0)),
    (90.0, false, (0.0, 1.0), (-1.0, 0.0)),
    (90.0, true, (0.0, 1.0), (1.0, 0.0)),
    (-90.0, true, (0.0, -1.0), (-1.0, 0.0)),
    (180.0, true, (1.0, 0.0), (0.0, -1.0)),
    (30.0, false, (0.866_025_4, 0.5), (-0.5, 0.866_025_4)),
    (30.0, true, (-0.866_025_4, 0.5), (0.5, 0.866_025_4)),
    (-1e-9, false, (1.0, 0.0), (0.0, 1.0)),
    (
        765.0,
        false,
        (FRAC_1_SQRT_2, FRAC_1_SQRT_2),
        (-FRAC_1_SQRT_2, FRAC_1_SQRT_2),
    ),
];

#[test]
fn a_view_is_rotated_first_and_mirrored_on_the_screen() {
    let upright = View::fit(PICTURE, viewport(), 1.0);
    for &(degrees, mirrored, right, down) in TURNS {
        let turned = upright.rotated(degrees);
        let view = if mirrored { turned.mirrored() } else { turned };
        for (along, (x, y)) in [(vec2(1.0, 0.0), right), (vec2(0.0, 1.0), down)] {
            let seen = view.turned(along);
            let near = (seen - vec2(x, y)).length() < 1e-6;
            assert!(near, "{degrees} {mirrored}: {along:?} at {seen:?}");
        }
        assert!((0.0..360.0).contains(&view.degrees()), "{}", view.degrees());
        assert_eq!(view.is_mirrored(), mirrored);
        assert_eq!(view.mirrored().mirrored(), view);
        assert_eq!(view.upright(), upright);
        // What lies in the middle stays there.
        let middle = view.screen_from_picture(pos2(320.0, 240.0), viewport(), 1.0);
        assert!(near(middle, viewport().center(), 1.0), "{middle:?}");
    }
}

#[test]
fn fitting_shows_every_corner_however_the_view_lies() {
    let whole = Rect::from_min_size(Pos2::ZERO, vec2(640.0, 480.0));
    for degrees in [0.0, 17.0, 45.0, 90.0, 133.0, 301.5] {
        for mirrored in [false, true] {
            let view = View::fit(PICTURE, viewport(), 1.5).rotated(degrees);
            let view = if mirrored { view.mirrored() } else { view };
            let corners = |view: View| {
                let corners = [whole.left_top(), whole.right_top(), whole.left_bottom()];
                let corners = corners.into_iter().chain([whole.right_bottom()]);
                let seen = corners.map(|at| view.screen_from_picture(at, viewport(), 1.5));
                Rect::from_points(&seen.collect::<Vec<_>>())
            };
            let seen = corners(view.fitted(PICTURE, viewport(), 1.5));
            let which = format!("{degrees} {mirrored}: {seen:?}");
            assert!(viewport().shrink(15.0).contains_rect(seen), "{which}");
            let seen = corners(view.fitted_across(whole, viewport(), 1.5));
            let which = format!("across at {degrees} {mirrored}: {seen:?}");
            assert!((seen.width() - 768.0).abs() < 1.5, "{which}");
        }
    }
}

#[test]
fn the_picture_cannot_be_lost() {
    for picture in [PICTURE, Size::new(10_000, 20), Size::new(1, 1)] {
        for degrees in [0.0, 90.0, 180.0, 270.0, 33.0, 225.0] {
            for zoom in [0.02, 1.0, 64.0] {
                for (dx, dy) in [(1e6, 0.0), (-1e6, 1e6), (0.0, -1e6), (3.0, 5.0)] {
                    let view = View::fit(picture, viewport(), 1.5)
                        .rotated(degrees)
                        .with_zoom_at(zoom, viewport().center(), viewport(), 1.5)
                        .panned(vec2(dx, dy), 1.5)
                        .clamped(picture, viewport(), 1.5);
                    let corner = pos2(picture.width as f32, picture.height as f32);
                    let clamped = view.clamped(picture, viewport(), 1.5);
                    if degrees % 90.0 != 0.0 {
                        // Some point of the picture is in sight.
                        let middle = view.picture_from_screen(viewport().center(), viewport(), 1.5);
                        let nearest = middle.clamp(Pos2::ZERO, corner);
                        let seen = view.screen_from_picture(nearest, viewport(), 1.5);
                        let inside = viewport().shrink(63.0).contains(seen);
                        assert!(inside, "{picture} {degrees} {zoom} {dx} {dy}: {seen:?}");
                        let again = clamped.screen_from_picture(nearest, viewport(), 1.5);
                        assert!(near(again, seen, 0.01), "{seen:?} {again:?}");
                        continue;
                    }
                    let seen = Rect::from_two_pos(
                        view.screen_from_picture(Pos2::ZERO, viewport(), 1.5),
                        view.screen_from_picture(corner, viewport(), 1.5),
                    );
                    let shared = seen.intersect(viewport()).size();
                    let least = |side: f32| side.min(64.0) - 1.0;
                    assert!(
                        shared.x >= least(seen.width()) && shared.y >= least(seen.height()),
                        "{picture} {degrees} {zoom} {dx} {dy}: {seen:?}"
                    );
                    assert_eq!(clamped, view);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn there_and_back(
        zoom in View::MIN_ZOOM..View::MAX_ZOOM,
        degrees in prop_oneof![(0..4i32).prop_map(|turns| turns as f32 * 90.0), -400.0..400.0f32],
        mirrored: bool,
        (dx, dy) in (-300.0..300.0f32, -300.0..300.0f32),
        (x, y) in (-100.0..740.0f32, -100.0..580.0f32),
        scale in prop::sample::select(vec![1.0f32, 1.25, 1.5, 2.0]),
    ) {
        let view = View::fit(PICTURE, viewport(), scale)
            .rotated(degrees)
            .with_zoom_at(zoom, pos2(500.0, 300.0), viewport(), scale)
            .panned(vec2(dx, dy), scale);
        let view = if mirrored { view.mirrored() } else { view };
        let seen = view.screen_from_picture(pos2(x, y), viewport(), scale);
        let back = view.picture_from_screen(seen, viewport(), scale);
        prop_assert!(near(back, pos2(x, y), 0.01 + 0.001 / zoom), "{:?}", back);
        // The corner lies on a whole physical pixel where edges are parallel to the screen's.
        let corner = view.screen_from_picture(Pos2::ZERO, viewport(), scale) * scale;
        let parallel = view.degrees() % 90.0 == 0.0;
        prop_assert!(!parallel || near(corner, corner.round(), 0.02), "{:?}", corner);
    }

    #[test]
    fn zooming_keeps_the_point_under_the_cursor(
        zooms in prop::collection::vec(0.01..80.0f32, 1..30),
        degrees in prop_oneof![(0..4i32).prop_map(|turns| turns as f32 * 90.0), 0.0..360.0f32],
        (x, y) in (200.0..1000.0f32, 40.0..640.0f32),
    ) {
        let start = View::fit(PICTURE, viewport(), 1.0).rotated(degrees);
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
