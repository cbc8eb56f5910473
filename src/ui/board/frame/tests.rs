//! Drags of the frame, as a table.

use super::*;

const SIZE: Size = Size::new(100, 60);

fn frame(proportion: Proportion) -> CropFrame {
    let mut frame = CropFrame::default();
    frame.settle(SIZE, 400);
    frame.proportion = proportion;
    frame
}

fn edges([left, top, right, bottom]: [i32; 4]) -> Edges {
    Edges {
        left,
        top,
        right,
        bottom,
    }
}

/// Shape, what is held, by how much it is dragged, whether it snaps, the edges after.
type Case = (Proportion, Grip, [f32; 2], bool, [i32; 4]);

#[rustfmt::skip]
const CASES: &[Case] = {
    use End::{High, Low, Neither};
    use Grip::{Ends, Inside};
    use Proportion::{Fixed, Free, Picture, Ratio};
    &[
        // Free, to the pixel, and at multiples of 8 of the whole side.
        (Free, Ends(Low, Neither), [-13.0, 5.0], false, [-13, 0, 100, 60]),
        (Free, Ends(Low, Neither), [-13.0, 5.0], true, [-12, 0, 100, 60]),
        (Free, Ends(High, High), [30.0, 50.0], true, [0, 0, 128, 112]),
        (Free, Ends(Neither, Low), [9.0, 20.0], true, [0, 20, 100, 60]),
        // The picture's own edge holds.
        (Free, Ends(High, Neither), [3.0, 0.0], true, [0, 0, 100, 60]),
        (Free, Ends(High, Neither), [-4.4, 0.0], true, [0, 0, 100, 60]),
        // A pixel of the picture stays, and no side is longer than what is allowed.
        (Free, Ends(Low, Neither), [900.0, 0.0], false, [99, 0, 100, 60]),
        (Free, Ends(Neither, High), [0.0, -900.0], true, [0, 0, 100, 1]),
        (Free, Ends(High, Neither), [900.0, 0.0], true, [0, 0, 400, 60]),
        (Free, Ends(Low, Neither), [-900.0, 0.0], false, [-300, 0, 100, 60]),
        (Free, Inside, [-250.0, 10.0], true, [-99, 10, 1, 70]),
        // A corner keeps the other one, an edge the middle.
        (Ratio(1, 1), Ends(High, High), [0.0, 60.0], false, [0, 0, 120, 120]),
        (Ratio(1, 1), Ends(Low, Low), [-20.0, 10.0], false, [-20, -60, 100, 60]),
        (Ratio(2, 1), Ends(High, Neither), [20.0, 0.0], true, [0, 0, 120, 60]),
        (Picture, Ends(Neither, Low), [0.0, -60.0], true, [-50, -60, 150, 60]),
        (Fixed(Size::new(32, 16)), Ends(High, Neither), [-200.0, 3.0], true, [-99, 3, 1, 63]),
    ]
};

#[test]
fn drags_move_the_edges_as_in_the_table() {
    for &(proportion, grip, [x, y], snaps, after) in CASES {
        let mut frame = frame(proportion);
        let drag = Drag {
            grip,
            from: pos2(50.0, 30.0),
            start: frame.edges,
        };
        frame.lead(drag, pos2(50.0 + x, 30.0 + y), snaps);
        assert_eq!(frame.edges, edges(after), "{proportion:?} {grip:?} {x} {y}");
    }
}

#[test]
fn a_fresh_frame_is_drawn_from_a_corner() {
    let draw = |proportion, from: [f32; 2], to: [f32; 2]| {
        let mut frame = frame(proportion);
        let drag = Drag {
            grip: Grip::Fresh,
            from: from.into(),
            start: frame.edges,
        };
        frame.lead(drag, to.into(), false);
        frame.edges
    };
    let free = Proportion::Free;
    assert_eq!(
        draw(free, [10.0, 20.0], [40.0, 50.0]),
        edges([10, 20, 40, 50])
    );
    assert_eq!(
        draw(free, [40.0, 50.0], [10.0, 20.0]),
        edges([10, 20, 40, 50])
    );
    assert_eq!(
        draw(free, [40.0, 50.0], [140.0, 20.0]),
        edges([40, 20, 140, 50])
    );
    let square = Proportion::Ratio(1, 1);
    assert_eq!(
        draw(square, [10.0, 10.0], [40.0, 20.0]),
        edges([10, 10, 40, 40])
    );
}

#[test]
fn shapes_are_cut_about_the_middle() {
    for (proportion, after) in [
        (Proportion::Ratio(1, 1), [20, 0, 80, 60]),
        (Proportion::Ratio(5, 2), [0, 10, 100, 50]),
        (Proportion::Fixed(Size::new(20, 80)), [40, -10, 60, 70]),
        (Proportion::Picture, [0, 0, 100, 60]),
        // Longer than what is allowed: the frame stays.
        (Proportion::Fixed(Size::new(500, 80)), [0, 0, 100, 60]),
    ] {
        let mut frame = frame(Proportion::Free);
        frame.reshape(proportion);
        assert_eq!(frame.edges, edges(after), "{proportion:?}");
    }
}

#[test]
fn typed_margins_move_their_edge() {
    for (side, margin, after) in [
        (0, 13, [-13, 0, 100, 60]),
        (1, -7, [0, 7, 100, 60]),
        (2, 1, [0, 0, 101, 60]),
        (3, 5, [0, 0, 100, 65]),
    ] {
        let mut frame = frame(Proportion::Free);
        frame.set_margin(side, margin);
        assert_eq!(frame.edges, edges(after), "{side}");
        let margins = frame.margins();
        let all = [margins.left, margins.top, margins.right, margins.bottom];
        assert_eq!(all[side], margin);
    }
    let mut frame = frame(Proportion::Free);
    frame.reshape(Proportion::Fixed(Size::new(20, 20)));
    frame.set_margin(2, 5);
    assert_eq!(frame.edges, edges([85, 20, 105, 40]));
}
