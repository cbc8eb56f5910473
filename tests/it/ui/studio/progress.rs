//! Time left: a table.

use std::time::{Duration, Instant};

use pentimento::ui::progress::Pace;

/// Step and second.
type Heard = &'static [(usize, u64)];

/// Steps heard of, of 10, with the second in which each came; the second of the question; seconds left, with a tail of 2.
const LEFT: &[(Heard, u64, Option<u64>)] = &[
    (&[], 5, None),
    (&[(1, 4)], 4, Some(9 * 4 + 2)),
    (&[(1, 4)], 6, Some(9 * 4)),
    (&[(1, 4), (2, 5)], 5, Some(8 + 2)),
    (&[(1, 4), (5, 12)], 12, Some(5 * 2 + 2)),
    (&[(3, 6), (5, 12)], 13, Some(5 * 3 + 1)),
    (&[(2, 8)], 8, Some(8 * 4 + 2)),
    (&[(1, 4), (10, 13)], 13, Some(2)),
    (&[(1, 4), (10, 13)], 99, Some(0)),
];

#[test]
fn time_left_is_as_in_the_table() {
    let start = Instant::now();
    let at = |second| start + Duration::from_secs(second);
    for (heard, now, left) in LEFT {
        let mut pace = Pace::new(start);
        for (index, second) in *heard {
            pace.step(*index, 10, at(*second));
        }
        let found = pace.times(at(*now), Duration::from_secs(2));
        let found = found.map(|[_, left]| left);
        assert_eq!(found, left.map(Duration::from_secs), "{heard:?} at {now}");
        let done = heard.last().map_or(0, |(index, _)| *index);
        assert_eq!(pace.fraction(), done as f32 / 10.0);
    }
}
