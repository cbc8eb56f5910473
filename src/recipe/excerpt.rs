//! Texts of any length, cut to what fits a line.
//!
//! Does not know where the line is shown.

/// Longest line that is said, characters.
const LINE: usize = 600;

/// Longest quotation inside a line, characters.
pub const QUOTE: usize = 80;

/// A text of at most `most` characters: of a longer one its beginning and, for a fifth, its end.
pub fn excerpt(text: &str, most: usize) -> String {
    if text.char_indices().nth(most).is_none() {
        return text.to_owned();
    }
    let tail = most / 5;
    let head = most.saturating_sub(tail + 3);
    let head_end = text.char_indices().nth(head);
    let tail_start = text.char_indices().rev().nth(tail.saturating_sub(1));
    let (head_end, tail_start) = (
        head_end.map_or(text.len(), |(at, _)| at),
        tail_start.map_or(text.len(), |(at, _)| at),
    );
    format!("{} \u{2026} {}", &text[..head_end], &text[tail_start..])
}

/// What is said, on one line of a sensible length; the end stays, where errors name the file.
pub fn line(text: &str) -> String {
    let cut = excerpt(text.trim_end(), LINE);
    match cut.contains(char::is_control) {
        true => {
            let words = cut.split(|c: char| c.is_control() || c == ' ');
            words
                .filter(|word| !word.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        }
        false => cut,
    }
}
