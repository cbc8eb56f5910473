//! Pictures in white squares, to the bit as Pillow makes them.

use super::{read_picture, tests_folder};

const PICTURES: [&str; 6] = ["wide", "tall", "small", "exact", "odd", "large"];

#[test]
fn squares_are_pillows() {
    for name in PICTURES {
        let golden = |name: &str| read_picture(&tests_folder("golden/taggers").join(name));
        let made = golden(&format!("{name}.png")).squared(32);
        let wanted = golden(&format!("{name}.square.png"));
        let pairs = made.pixels().iter().zip(wanted.pixels());
        let apart = pairs.filter(|(made, wanted)| made != wanted).count();
        assert_eq!((made.size(), apart), (wanted.size(), 0), "{name}");
    }
}
