//! Tags: what taggers call what they see in a picture, and the prompt that they make.
//!
//! Reads the lists that lie beside taggers. Does not know networks or pictures.

use super::wildcard::literal;

/// A thing that a tagger sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    /// Its name as the tagger learnt it, with underscores.
    pub name: String,
    /// What kind of thing it is.
    pub category: Category,
    /// How sure the tagger is of it, in `[0, 1]`.
    pub score: f32,
}

/// What a tag is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Who is seen, or whose work it is: names, of which a tagger has to be surer.
    Character,
    /// What is seen.
    General,
    /// What may be shown it, or what the tagger says of the picture as a whole; never in a prompt.
    Rating,
}

impl Category {
    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Character => "character",
            Self::General => "general",
            Self::Rating => "rating",
        }
    }
}

/// A rating of a tagger that knows one world alone: the picture is not of it.
pub const OUT_OF_DOMAIN: [&str; 2] = ["out_of_domain", "not_of_this_world"];

/// How sure a tagger has to be of what goes into a prompt, in `[0, 1]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Of what is seen.
    pub general: f32,
    /// Of names.
    pub character: f32,
}

impl Thresholds {
    /// The WD14 taggers' own.
    pub const WD14: Self = Self {
        general: 0.35,
        character: 0.85,
    };

    /// JoyTag's own; it does not tell names from things.
    pub const JOYTAG: Self = Self {
        general: 0.4,
        character: 0.4,
    };

    /// The one for a category; `None` for what is in no prompt.
    #[must_use]
    pub fn of(self, category: Category) -> Option<f32> {
        match category {
            Category::Character => Some(self.character),
            Category::General => Some(self.general),
            Category::Rating => None,
        }
    }
}

/// Faces of signs, whose underscores are no spaces (the list of the WD14 taggers' programs).
const KAOMOJI: [&str; 19] = [
    "0_0", "(o)_(o)", "+_+", "+_-", "._.", "<o>_<o>", "<|>_<|>", "=_=", ">_<", "3_3", "6_9", ">_o",
    "@_@", "^_^", "o_o", "u_u", "x_x", "|_|", "||_||",
];

impl Tag {
    /// The tag as it is read: spaces for underscores, but for faces of signs.
    #[must_use]
    pub fn words(&self) -> String {
        match KAOMOJI.contains(&self.name.as_str()) {
            true => self.name.clone(),
            false => self.name.replace('_', " "),
        }
    }

    /// The tag as a prompt says it: its own brackets and backslashes, and what a template would take for a choice, mean nothing.
    #[must_use]
    pub fn prompt(&self) -> String {
        let mut escaped = String::new();
        for sign in self.words().chars() {
            if "()[]\\".contains(sign) {
                escaped.push('\\');
            }
            escaped.push(sign);
        }
        literal(&escaped)
    }

    /// The same with a weight by its score: from 0.85 at the threshold to 1.15 where the tagger is sure, in steps of 0.05; 1 is not written.
    #[must_use]
    pub fn weighted(&self, thresholds: Thresholds) -> String {
        let least = thresholds.of(self.category).unwrap_or_default().min(0.99);
        let above = ((self.score - least) / (1.0 - least)).clamp(0.0, 1.0);
        let twentieths = ((0.85 + 0.3 * above) * 20.0).round();
        match twentieths as i32 {
            20 => self.prompt(),
            _ => format!("({}:{})", self.prompt(), twentieths / 20.0),
        }
    }

    /// Whether it says that the picture is of another world than the tagger's.
    #[must_use]
    pub fn is_out_of_domain(&self) -> bool {
        let name = self.name.to_lowercase().replace(' ', "_");
        self.category == Category::Rating && OUT_OF_DOMAIN.contains(&name.as_str())
    }
}

/// The tags of which a tagger is sure enough, names first, each kind the surest first.
#[must_use]
pub fn chosen(tags: &[Tag], thresholds: Thresholds) -> Vec<&Tag> {
    let sure = |tag: &&Tag| {
        let least = thresholds.of(tag.category);
        least.is_some_and(|least| tag.score >= least)
    };
    let mut chosen: Vec<&Tag> = tags.iter().filter(sure).collect();
    chosen.sort_by(|a, b| {
        a.category
            .cmp(&b.category)
            .then(b.score.total_cmp(&a.score))
    });
    chosen
}

/// The prompt of some tags, by score where thresholds are given.
#[must_use]
pub fn prompt<'a>(tags: impl IntoIterator<Item = &'a Tag>, weights: Option<Thresholds>) -> String {
    let said = tags.into_iter().map(|tag| match weights {
        Some(thresholds) => tag.weighted(thresholds),
        None => tag.prompt(),
    });
    said.collect::<Vec<_>>().join(", ")
}

/// What a tagger's outputs are called, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary(Vec<(String, Category)>);

impl Vocabulary {
    /// Reads the table of WD14 taggers: a head that names the columns `name` and `category`, and a tag a line; Danbooru's numbers of categories, and 9 for ratings.
    ///
    /// # Errors
    /// What is wrong with which line.
    pub fn read_csv(text: &str) -> Result<Self, String> {
        let mut lines = text.lines().zip(1..);
        let head = lines.next().map_or(Vec::new(), |(line, _)| cells(line));
        let column = |name: &str| {
            let found = head.iter().position(|own| own.trim() == name);
            found.ok_or_else(|| format!("its first line has no column `{name}`"))
        };
        let (name, category) = (column("name")?, column("category")?);
        let lines = lines.filter(|(line, _)| !line.trim().is_empty());
        let tags = lines.map(|(line, number)| {
            let cells = cells(line);
            let named = cells.get(name).map(|name| name.trim().to_owned());
            let named = named.filter(|name| !name.is_empty());
            let kind = cells
                .get(category)
                .and_then(|cell| cell.trim().parse().ok());
            match (named, kind) {
                (Some(name), Some(1 | 3 | 4)) => Ok((name, Category::Character)),
                (Some(name), Some(9)) => Ok((name, Category::Rating)),
                (Some(name), Some(0_u32..)) => Ok((name, Category::General)),
                _ => Err(format!("its line {number} has no name and category")),
            }
        });
        Self::of(tags.collect::<Result<_, _>>()?)
    }

    /// Reads the list of JoyTag: a tag a line.
    ///
    /// # Errors
    /// When it is empty.
    pub fn read_list(text: &str) -> Result<Self, String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        Self::of(
            lines
                .map(|line| (line.to_owned(), Category::General))
                .collect(),
        )
    }

    fn of(tags: Vec<(String, Category)>) -> Result<Self, String> {
        match tags.is_empty() {
            true => Err("it names no tags".to_owned()),
            false => Ok(Self(tags)),
        }
    }

    /// How many tags there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tags of at least that score, in their order; every rating.
    #[must_use]
    pub fn tags(&self, scores: &[f32], least: f32) -> Vec<Tag> {
        let named = self.0.iter().zip(scores);
        let kept = named
            .filter(|((_, category), score)| **score >= least || *category == Category::Rating);
        kept.map(|((name, category), score)| Tag {
            name: name.clone(),
            category: *category,
            score: *score,
        })
        .collect()
    }
}

/// The cells of a line of comma-separated values, quoted ones without their quotes.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    let mut signs = line.trim_end_matches('\r').chars().peekable();
    while let Some(sign) = signs.next() {
        let cell = cells.len() - 1;
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => {
                signs.next();
                cells[cell].push('"');
            }
            '"' if quoted || cells[cell].is_empty() => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            sign => cells[cell].push(sign),
        }
    }
    cells
}
