//! What masking by words says.
//!
//! Does not know when it is said.

texts! {
    "words";
    texts:
        TITLE, WORDS, WORDS_TIP, WORDS_HINT, FIND, FINDING, WITH, WITH_TIP, VIEW, APPLY,
        APPLY_TIP;
    captions: THRESHOLD, DILATE, BLUR, HEAT, MASK, NOTHING, REPLACE, ADD, SUBTRACT, INTERSECT;
    nothing_found(most: f32) { most: format!("{most:.2}") };
    coverage(share: f64) { percent: format!("{:.1}", share * 100.0) };
}
