//! CLIP's own vocabulary of 49,408 tokens, for checkpoints, which bring none.
//!
//! A crate carries the merges; what happens to a text before them is as in transformers' `CLIPTokenizer` without ftfy (`models/clip/tokenization_clip.py`), which A1111 and ComfyUI use. Does not know windows, nor what pads them.

use std::sync::LazyLock;

use instant_clip_tokenizer::Tokenizer;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::utils::SysRegex;
use tokenizers::{Error, NormalizedString, Normalizer as _};

use super::tokenizer::WORDS;

/// The special tokens, as texts name them, and their ids.
pub(super) const SPECIAL: [(&str, u32); 2] = [("<|startoftext|>", 49406), ("<|endoftext|>", 49407)];

/// Longest word that the merges are tried on as a whole, bytes: their cost grows with its square, and no prompt has a longer one.
const LONGEST: usize = 512;

static MERGES: LazyLock<Tokenizer> = LazyLock::new(Tokenizer::new);

static WORD: LazyLock<Result<SysRegex, String>> = LazyLock::new(|| {
    let [start, end] = SPECIAL.map(|(text, _)| text.replace('|', r"\|"));
    SysRegex::new(&format!("{start}|{end}|{WORDS}")).map_err(|error| error.to_string())
});

/// Ids of a text without start and end.
///
/// # Errors
/// None that a text could cause.
pub(super) fn encode(text: &str) -> Result<Vec<u32>, Error> {
    let words = WORD.as_ref().map_err(Clone::clone)?;
    let mut text = text.to_owned();
    for (special, _) in SPECIAL {
        text = text.replace(special, &format!(" {special} "));
    }
    let mut text = NormalizedString::from(text);
    // Without control characters, Chinese characters apart; letters keep their accents.
    BertNormalizer::new(true, true, Some(false), false).normalize(&mut text)?;
    text.nfc();
    // The whole text: a final sigma is told by what stands around it.
    let text = text.get().to_lowercase();
    let mut ids = Vec::new();
    let mut tokens = Vec::new();
    for (start, end) in words.find_iter(&text) {
        let mut word = &text[start..end];
        if let Some((_, id)) = SPECIAL.iter().find(|(special, _)| *special == word) {
            ids.push(*id);
            continue;
        }
        while !word.is_empty() {
            let (piece, rest) = word.split_at(word.floor_char_boundary(LONGEST));
            MERGES.encode(piece, &mut tokens);
            word = rest;
        }
        ids.extend(tokens.drain(..).map(|token| u32::from(token.to_u16())));
    }
    Ok(ids)
}
