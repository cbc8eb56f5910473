//! What clicking to mask says.
//!
//! Does not know when it is said.

use std::time::Duration;

use super::Text;
use crate::raster::Join;

texts! {
    "object";
    texts:
        HINT, PENDING_HINT, NOTHING_YET, ONLY_ONE, NEEDED, LOOKING, NOTHING_FOUND, REFINE,
        REFINE_TIP, GROW, GROW_TIP, REPLACE, ADD,
        SUBTRACT, INTERSECT;
    captions: JOIN, TAKE, WITH;
    looking_for(time: Duration) { seconds: time.as_secs().to_string() };
    candidate(score: f32) { score: format!("{score:.2}") };
}

/// What becomes of the mask.
pub fn join(join: Join) -> Text {
    match join {
        Join::Replace => REPLACE,
        Join::Add => ADD,
        Join::Subtract => SUBTRACT,
        Join::Intersect => INTERSECT,
    }
}
