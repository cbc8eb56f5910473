//! Tags that programs act on and never encode: `<lora:name:0.8>`, `<segment:face>`; and `embedding:name`, which is encoded.
//!
//! A1111 takes every `<word:…>` out of a prompt before it reads the rest (`modules/extra_networks.py`). SwarmUI has tags with `[…]` behind the word, some without a colon, and tags in tags (`docs/Features/Prompt Syntax.md`); ComfyUI names embeddings in bare words (`comfy/sd1_clip.py`).
//! Does not know what they name.

use std::ops::Range;

/// Tags that are known by name, and so may have blanks around it and `[…]` behind it.
const KNOWN: &[&str] = &[
    "alt",
    "alternate",
    "base",
    "break",
    "clear",
    "comment",
    "embed",
    "embedding",
    "extend",
    "fromto",
    "hypernet",
    "lora",
    "lyco",
    "macro",
    "object",
    "p",
    "param",
    "preset",
    "random",
    "refiner",
    "region",
    "repeat",
    "segment",
    "setmacro",
    "setvar",
    "trigger",
    "var",
    "video",
    "videoswap",
    "wc",
    "wildcard",
];

/// Those that need no colon.
const ALONE: &[&str] = &[
    "base",
    "break",
    "macro",
    "refiner",
    "trigger",
    "var",
    "video",
    "videoswap",
];

/// Those that name a LoRA.
pub const LORAS: [&str; 2] = ["lora", "lyco"];

/// How ComfyUI names an embedding.
const EMBEDDING: &str = "embedding:";

/// The embeddings that a text names as ComfyUI does, without blanks or marks in the name: where, bytes, and the name.
pub fn embeddings(text: &str) -> Vec<(Range<usize>, &str)> {
    let named = text.match_indices(EMBEDDING).filter_map(|(at, _)| {
        let start = at + EMBEDDING.len();
        let end = start + bare_name(&text[start..]);
        let alone = !text[..at].ends_with(is_word) && end > start;
        alone.then(|| (at..end, &text[start..end]))
    });
    named.collect()
}

/// A tag.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    /// Where, bytes of the prompt.
    pub range: Range<usize>,
    /// Its word in small letters, such as `lora`.
    pub kind: String,
    /// What it names; empty where it names nothing.
    pub name: String,
    /// What stands behind the name, between colons.
    pub arguments: Vec<String>,
}

impl Tag {
    /// Strengths of a network on the text encoder and on the UNet, 1 where nothing is said; `None` where they are no numbers.
    ///
    /// `<lora:name:0.8>` is both, `<lora:name:0.5:0.8>` one behind the other, `te=0.5` and `unet=0.8` go by name (A1111 `extensions-builtin/Lora/extra_networks_lora.py`).
    pub fn strengths(&self) -> Option<(f32, f32)> {
        let number = |text: &str| {
            let number: f32 = text.trim().parse().ok()?;
            number.is_finite().then_some(number)
        };
        let (named, positional): (Vec<_>, Vec<_>) =
            self.arguments.iter().partition(|one| one.contains('='));
        let by_name = |key: &str| {
            let mut pairs = named.iter().filter_map(|pair| pair.split_once('='));
            pairs.find(|(own, _)| own.trim() == key)
        };
        let strength = |key: &str, place: usize, usual: f32| match by_name(key) {
            Some((_, value)) => number(value),
            None => positional
                .get(place)
                .map_or(Some(usual), |text| number(text)),
        };
        let text_encoder = strength("te", 0, 1.0)?;
        Some((text_encoder, strength("unet", 1, text_encoder)?))
    }

    /// The tag as text, with other strengths on the text encoder and on the UNet; what else it says of the network stays.
    #[must_use]
    pub fn with_strengths(&self, text_encoder: f32, unet: f32) -> String {
        let strengths = match text_encoder == unet {
            true => vec![unet.to_string()],
            false => vec![text_encoder.to_string(), unet.to_string()],
        };
        let stays = |argument: &&String| {
            let key = argument.split_once('=').map(|(key, _)| key.trim());
            key.is_some_and(|key| !["te", "unet"].contains(&key))
        };
        let others = self.arguments.iter().filter(stays).cloned();
        let rest: Vec<_> = strengths.into_iter().chain(others).collect();
        format!("<{}:{}:{}>", self.kind, self.name, rest.join(":"))
    }
}

/// A prompt without its tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plain {
    /// The text.
    pub text: String,
    /// What was cut out: where in [`Plain::text`], and how much, bytes.
    cuts: Vec<(usize, usize)>,
}

impl Plain {
    /// Where a range of the text lies in the prompt.
    pub fn in_prompt(&self, range: &Range<usize>) -> Range<usize> {
        let cut = |counts: &dyn Fn(usize) -> bool| -> usize {
            let cuts = self.cuts.iter().filter(|(at, _)| counts(*at));
            cuts.map(|(_, length)| length).sum()
        };
        let start = range.start + cut(&|at| at <= range.start);
        let end = range.end + cut(&|at| at < range.end);
        start..end.max(start)
    }
}

/// Takes the tags out of a prompt.
pub fn split(prompt: &str) -> (Plain, Vec<Tag>) {
    let (mut plain, mut tags) = (Plain::default(), Vec::new());
    let mut done = 0;
    for (at, _) in prompt.match_indices('<') {
        if at < done {
            continue;
        }
        if let Some(tag) = tag(prompt, at) {
            plain.text.push_str(&prompt[done..at]);
            plain.cuts.push((plain.text.len(), tag.range.len()));
            done = tag.range.end;
            tags.push(tag);
        }
    }
    plain.text.push_str(&prompt[done..]);
    (plain, tags)
}

/// The tag that begins at byte `at`.
fn tag(prompt: &str, at: usize) -> Option<Tag> {
    let text = &prompt[at..];
    let head = head(text)?;
    let length = closing(text, head.length)?;
    let (kind, content) = (head.word, &text[head.length..length - 1]);
    let kind = kind.trim_end_matches(':').trim().to_lowercase();
    let mut fields = content.split(':').map(|field| field.trim().to_owned());
    let name = fields.next().unwrap_or_default();
    let alone = ALONE.contains(&kind.as_str());
    (alone || !content.trim().is_empty()).then(|| Tag {
        range: at..at + length,
        kind,
        name,
        arguments: fields.collect(),
    })
}

/// Length of a name in bare words: up to a blank or a mark of the prompt's own that no backslash precedes.
fn bare_name(text: &str) -> usize {
    let mut escaped = false;
    let end = text.find(|c: char| {
        let ends = c.is_whitespace() || ",()[]{}<>:|".contains(c);
        let ends = ends && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.unwrap_or(text.len())
}

/// What a tag begins with.
struct Head<'a> {
    word: &'a str,
    /// Length up to what it says, bytes.
    length: usize,
}

/// `<word:`, `<word[…]:`, and `<word` in front of a `>`.
fn head(text: &str) -> Option<Head<'_>> {
    let inner = text.strip_prefix('<')?;
    let word = &inner[..inner.find([':', '[', '<', '>'])?];
    let kind = word.trim().to_lowercase();
    let known = KNOWN.contains(&kind.as_str());
    let is_one = !word.is_empty() && word.chars().all(is_word);
    let mut rest = &inner[word.len()..];
    if rest.starts_with('[') && known {
        rest = rest[rest.find(']')? + 1..].trim_start();
    }
    let takes_nothing = rest.starts_with('>') && ALONE.contains(&kind.as_str());
    let says = rest.starts_with(':') && (known || is_one);
    (takes_nothing || says).then(|| Head {
        word,
        length: text.len() - rest.len() + usize::from(says),
    })
}

/// Length of the tag whose head has `from` bytes: up to its own `>`, or to the first where tags in it are not closed.
fn closing(text: &str, from: usize) -> Option<usize> {
    let first = from + text[from..].find('>')?;
    let mut open = 0usize;
    for (at, mark) in text[from..].match_indices(['<', '>']) {
        match (mark, open) {
            (">", 0) => return Some(from + at + 1),
            (">", _) => open -= 1,
            _ => open += usize::from(head(&text[from + at..]).is_some()),
        }
    }
    Some(first + 1)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
