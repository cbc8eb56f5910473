//! Which models suit a picture: those of the library, the likeliest first, each with what speaks for it.
//!
//! What is known of the picture comes from its file and from a tagger; nothing here looks at pixels or opens models.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use super::entries::Entry;
use crate::engine::lora::about::said_beside;
use crate::engine::{FileKind, model_hash, native_side};
use crate::recipe::infotext::{MODEL, MODEL_HASH};
use crate::recipe::reason::{Reason, ReasonRow};
use crate::recipe::tags::Tag;

/// How a picture looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A photograph, or as good as one.
    Photograph,
    /// Anime, manga.
    Anime,
    /// Painted or drawn by hand.
    Painting,
    /// A comic, a cartoon, or rendered like one.
    Cartoon,
}

/// A style's name in a sentence, the tags that show it, and what models for it have in their names and descriptions.
struct StyleRow {
    style: Style,
    name: &'static str,
    tags: &'static [&'static str],
    models: &'static [&'static str],
}

#[rustfmt::skip]
const STYLES: [StyleRow; 4] = [
    StyleRow {
        style: Style::Photograph,
        name: "a photograph",
        tags: &["photo_(medium)", "photo", "photograph", "photorealistic", "realistic", "film_grain"],
        models: &["photo", "realis", "reality", "realvis", "juggernaut", "cyberreal", "epicreal", "zavychroma", "analog"],
    },
    StyleRow {
        style: Style::Anime,
        name: "anime",
        tags: &["anime", "anime_coloring", "anime_screenshot", "anime_screencap", "official_art", "manga", "game_cg"],
        models: &["anime", "anything", "counterfeit", "meina", "illustrious", "noobai", "pony", "animagine", "waifu", "orangemix", "hassaku", "manga"],
    },
    StyleRow {
        style: Style::Painting,
        name: "a painting",
        tags: &["painting", "painting_(medium)", "traditional_media", "watercolor_(medium)", "oil_painting_(medium)", "acrylic_paint_(medium)", "painterly", "impressionism", "fine_art_parody"],
        models: &["paint", "dreamshaper", "watercolor", "illustration", "artwork", "openjourney"],
    },
    StyleRow {
        style: Style::Cartoon,
        name: "a cartoon",
        tags: &["cartoon", "comic", "toon_(style)", "western_comics_(style)", "disney", "pixar", "3d", "blender_(medium)"],
        models: &["toon", "comic", "disney", "pixar"],
    },
];

/// Tags that say anime where no style is said: taggers learnt from drawings of people.
const DRAWN: [&str; 4] = ["1girl", "1boy", "multiple_girls", "blush"];

/// Score from which a tag shows a style.
const SHOWS: f32 = 0.35;

impl Style {
    fn row(self) -> &'static StyleRow {
        let row = STYLES.iter().find(|row| row.style == self);
        row.unwrap_or(&STYLES[0])
    }

    /// Its name in a sentence.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The style that some tags show the surest, if they show one.
    #[must_use]
    pub fn of(tags: &[Tag]) -> Option<Self> {
        let score = |names: &[&str]| {
            let shown = tags.iter().filter(|tag| names.contains(&&*tag.name));
            shown.map(|tag| tag.score).fold(0.0, f32::max)
        };
        let all = STYLES.iter().map(|row| (score(row.tags), row.style));
        let (best, style) = all.max_by(|a, b| a.0.total_cmp(&b.0))?;
        match best >= SHOWS {
            true => Some(style),
            false => (score(&DRAWN) >= SHOWS).then_some(Self::Anime),
        }
    }
}

impl Style {
    /// Whether the texts of a picture's file, by their names, say which camera took it.
    #[must_use]
    pub fn is_photographed(texts: &[(String, String)]) -> bool {
        // Other programs write their recipes there.
        let camera = |wanted: &str| {
            let named = |(key, value): &(String, String)| {
                let value = value.trim();
                key == wanted
                    && !value.is_empty()
                    && value.len() < 64
                    && !value.contains(['{', ':'])
            };
            texts.iter().any(named)
        };
        camera("Make") && camera("Model")
    }
}

/// What a picture says of the model that made it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Maker {
    /// Its name.
    pub name: Option<String>,
    /// The first digits of its file's SHA-256, or another hash of the field's.
    pub hash: Option<String>,
}

impl Maker {
    /// Among the keys and values beside a recipe.
    #[must_use]
    pub fn of(pairs: &[(String, String)]) -> Self {
        let said = |key: &str| {
            let mut pairs = pairs.iter();
            let (_, value) = pairs.find(|(own, _)| own.eq_ignore_ascii_case(key))?;
            Some(value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        Self {
            name: said(MODEL),
            hash: said(MODEL_HASH),
        }
    }

    /// The model in the library: by its hash, where it was hashed before (`cache` is the folder that keeps hashes), else by its name.
    #[must_use]
    pub fn find(&self, entries: &[Entry], cache: Option<&Path>) -> Option<Made> {
        let hash = self.hash.as_deref();
        let kept = hash.zip(cache).and_then(|(hash, cache)| {
            let path = model_hash::known(hash, cache)?;
            Some(Made {
                path,
                by: By::Hash(hash.to_owned()),
            })
        });
        let called = || {
            let name = self.name.as_ref()?.to_lowercase().replace('\\', "/");
            let name = name.strip_suffix(".safetensors").unwrap_or(&name);
            let stem = name.rsplit('/').next().unwrap_or(name);
            let mut usable = entries.iter().filter(|entry| is_model(entry));
            let entry = usable.find(|entry| entry.name.to_lowercase() == stem)?;
            Some(Made {
                path: entry.path.clone(),
                by: By::Name,
            })
        };
        kept.or_else(called)
    }
}

/// The model of the library that made a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its path.
    pub path: PathBuf,
    /// What it was found by.
    pub by: By,
}

/// What a model was found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// By its hash: it is that file.
    Hash(String),
    /// By its name: it may be another version.
    Name,
}

/// What is known of a picture that a model is wanted for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// Its width and height, pixels.
    pub size: (u32, u32),
    /// Whether a part of it is masked.
    pub masked: bool,
    /// How it looks, where that is known.
    pub style: Option<Style>,
    /// The model that made it, where that is here.
    pub made: Option<Made>,
    /// Whether the built-in tagger knows its world, where it was asked.
    pub in_domain: Option<bool>,
}

/// A model, and what speaks for or against it.
#[derive(Clone, Debug, PartialEq)]
pub struct Suited {
    /// The model; none is the built-in one.
    pub path: Option<PathBuf>,
    /// Its name.
    pub name: String,
    /// Its family, where that is known.
    pub family: Option<String>,
    /// Why it stands where it stands.
    pub reasons: Vec<Reason>,
    /// What orders them: the more, the better.
    pub points: i32,
}

/// A model that is judged.
struct Candidate<'a> {
    entry: Option<&'a Entry>,
    /// Its name and what the files beside it say, in small letters.
    words: String,
}

/// What a rule finds in a model, the values of its sentence; `None` where it does not apply.
type Finds = fn(&Candidate<'_>, &Wanted) -> Option<Vec<(&'static str, String)>>;

/// Side from which a family paints large, pixels.
const LARGE: f64 = 1024.0;

/// A rule: its points, what it says, and where it applies.
struct Rule(i32, ReasonRow, Finds);

/// What counts, and how much: each rule that applies adds its points and its sentence.
const RULES: &[Rule] = &[
    Rule(
        1000,
        ("made-with-it", "the picture was made with it (hash {hash})"),
        |model, wanted| match &wanted.made {
            Some(Made {
                path,
                by: By::Hash(hash),
            }) if model.is(path) => Some(vec![("hash", hash.clone())]),
            _ => None,
        },
    ),
    Rule(
        800,
        ("named", "the picture names it as its model"),
        |model, wanted| match &wanted.made {
            Some(Made { path, by: By::Name }) if model.is(path) => Some(Vec::new()),
            _ => None,
        },
    ),
    Rule(
        200,
        ("masked", "it is made for inpainting, and a part is masked"),
        |model, wanted| (wanted.masked && model.inpaints()).then(Vec::new),
    ),
    Rule(
        -150,
        (
            "not-masked",
            "it is made for inpainting, and nothing is masked",
        ),
        |model, wanted| (!wanted.masked && model.inpaints()).then(Vec::new),
    ),
    Rule(
        120,
        (
            "own-style",
            "the picture looks like {style}, which it is made for",
        ),
        |model, wanted| {
            let own = |style: &Style| model.styles().any(|own| own == *style);
            wanted.style.filter(own).map(of_style)
        },
    ),
    Rule(
        -60,
        ("other-style", "it is made for another style than {style}"),
        |model, wanted| {
            let style = wanted.style?;
            let others = model.styles().any(|own| own != style);
            (others && model.styles().all(|own| own != style)).then(|| of_style(style))
        },
    ),
    Rule(
        40,
        (
            "its-size",
            "{family} paints pictures of about this size ({size})",
        ),
        |model, wanted| model.of_size(wanted, Fits::Well),
    ),
    Rule(
        40,
        (
            "largest",
            "{family} paints the largest parts of a picture of {size}",
        ),
        |model, wanted| model.of_size(wanted, Fits::Large),
    ),
    Rule(
        40,
        (
            "least-enlarged",
            "{family} needs the least enlargement of a picture of {size}",
        ),
        |model, wanted| model.of_size(wanted, Fits::Small),
    ),
    Rule(
        160,
        (
            "drawn",
            "the picture is of the drawn world that the built-in model knows",
        ),
        |model, wanted| (model.entry.is_none() && wanted.in_domain == Some(true)).then(Vec::new),
    ),
];

/// What may be said of a model.
pub fn reasons() -> impl Iterator<Item = ReasonRow> {
    RULES.iter().map(|Rule(_, row, _)| *row)
}

fn of_style(style: Style) -> Vec<(&'static str, String)> {
    vec![("style", style.name().to_owned())]
}

/// How a family's size stands to a picture's.
#[derive(PartialEq)]
enum Fits {
    Well,
    /// The picture is larger than that of a family that paints large.
    Large,
    /// The picture is smaller than that of a family that paints small.
    Small,
}

impl Candidate<'_> {
    /// Family and size, where that is how the family stands to it.
    fn of_size(&self, wanted: &Wanted, fits: Fits) -> Option<Vec<(&'static str, String)>> {
        let family = self.entry?.family.as_deref()?;
        let side = f64::from(native_side(family)?);
        let (width, height) = wanted.size;
        let own = (f64::from(width) * f64::from(height)).sqrt();
        let found = if (side / 1.45..=side * 1.45).contains(&own) {
            Fits::Well
        } else if own > side && side >= LARGE {
            Fits::Large
        } else if own < side && side < LARGE {
            Fits::Small
        } else {
            return None;
        };
        let size = format!("{width} x {height}");
        (found == fits).then(|| vec![("family", family.to_owned()), ("size", size)])
    }

    fn is(&self, path: &Path) -> bool {
        let own = self.entry.map(|entry| &entry.path);
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        own.is_some_and(|own| own == path || real(own) == real(path))
    }

    fn inpaints(&self) -> bool {
        self.entry.is_some_and(|entry| entry.inpainting) || self.words.contains("inpaint")
    }

    fn styles(&self) -> impl Iterator<Item = Style> {
        let shown = |row: &&StyleRow| row.models.iter().any(|word| self.words.contains(word));
        STYLES.iter().filter(shown).map(|row| row.style)
    }
}

/// Whether a model can be painted with.
fn is_model(entry: &Entry) -> bool {
    entry.kind == FileKind::Checkpoint && entry.refused.is_none()
}

/// The models that can be painted with, the built-in one among them, the likeliest first; reads the texts beside their files.
#[must_use]
pub fn suited(entries: &[Entry], wanted: &Wanted) -> Vec<Suited> {
    let own = entries.iter().filter(|entry| is_model(entry)).map(Some);
    let judged = own.chain([None]).map(|entry| {
        let name = entry.map_or("built-in", |entry| &entry.name);
        let beside = entry.map_or_else(String::new, |entry| said_beside(&entry.path));
        // An inpainting model is not one for paintings.
        let words = format!("{name} {beside}").to_lowercase();
        let words = words.replace("inpaint", "");
        let model = Candidate { entry, words };
        let found = RULES.iter().filter_map(|Rule(points, row, finds)| {
            let values = finds(&model, wanted)?;
            Some((points, Reason { row: *row, values }))
        });
        let (points, reasons): (Vec<i32>, Vec<Reason>) = found.unzip();
        Suited {
            path: entry.map(|entry| entry.path.clone()),
            name: name.to_owned(),
            family: entry.and_then(|entry| entry.family.clone()),
            reasons,
            points: points.iter().sum(),
        }
    });
    let mut judged: Vec<_> = judged.collect();
    // What stays equal stays in the library's order, the built-in model last.
    judged.sort_by_key(|model| Reverse(model.points));
    judged
}
