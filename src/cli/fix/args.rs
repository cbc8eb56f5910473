//! What `pentimento fix` takes: ADetailer's settings under its names, with its meanings and defaults.
//!
//! Does not know what is done with them.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ErrorKind};
use clap::{Args as ClapArgs, Command, Parser};

use super::super::args::{FieldArgs, RecipeArgs, SubjectArgs, names};
use super::super::{Failure, one_line};
use crate::detection::targets::{Choice, Merge, Order, Rank};
use crate::engine::{Subject, choice_told};
use crate::recipe::detail::{MOST_TABS, MatchSize, Told};
use crate::recipe::field::rows::SEED;

/// Begins a further pass.
const THEN: &str = "--then";

/// What `fix` takes.
#[derive(Debug, ClapArgs)]
pub struct FixArgs {
    #[command(flatten)]
    pub subject: SubjectArgs,

    /// What to look for: hands, unless --recipe says otherwise.
    #[arg(long, value_name = "WHAT", value_parser = names(&SUBJECTS, subject_name))]
    pub find: Option<Subject>,

    /// Search the result of that again, and repaint what is found: hands, faces or people, or a detector of yours; behind a colon its prompt, else the picture's own. What stands behind it, up to the next --then, is this pass's own: --detector, --tries, --pick, ADetailer's settings, and the recipe's but for the seed; what is left out is as in the first pass. What is for the whole run (--image, --out, --model, --seed ...) stands before the first --then: `--out fixed.png --then "faces:a calm face" --confidence 0.5 --then people --strength 0.2`.
    #[arg(long, value_name = "WHAT[:PROMPT] [OPTIONS]", num_args = 1.., allow_hyphen_values = true)]
    pub then: Vec<OsString>,

    /// How many tries go through the model at once: faster on graphics cards, at the price of memory.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=16))]
    pub batch: u64,

    /// Find only, and say what was found.
    #[arg(long)]
    pub dry_run: bool,

    /// Where the result goes; its ending chooses PNG, JPEG, WebP or TIFF.
    #[arg(long, value_name = "PATH", required_unless_present_any = ["image_dir", "dry_run"], requires = "image")]
    pub out: Option<PathBuf>,

    /// Folder of pictures, one after the other.
    #[arg(long, value_name = "DIR", requires = "out_dir", conflicts_with_all = ["image", "mask", "sketch", "out", "dry_run"])]
    pub image_dir: Option<PathBuf>,

    /// Folder for the results, under the pictures' names; what is there already is skipped.
    #[arg(long, value_name = "DIR", requires = "image_dir")]
    pub out_dir: Option<PathBuf>,

    #[command(flatten)]
    pub pass: PassArgs,

    #[command(flatten)]
    pub recipe: RecipeArgs,

    /// Print one line of JSON on standard output for each picture, or for what went wrong, and no progress bar.
    #[arg(long)]
    pub json: bool,
}

/// What a pass has of its own, beside the recipe's fields.
#[derive(Debug, ClapArgs)]
pub struct PassArgs {
    /// Detector of yours: a YOLO as ONNX (hand_yolov8n.onnx); without it the built-in one.
    #[arg(long, value_name = "FILE")]
    pub detector: Option<PathBuf>,

    /// How often each is repainted; the seed counts up [default: 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=64))]
    pub tries: Option<u64>,

    /// Which try is kept: the one that looks most like what was found, and of drawn hands cleanest, to small networks (a hint: they take six fingers for a hand), the very first, or the best with all others beside it as numbered files and a sheet [default: best]
    #[arg(long, value_name = "WHICH", value_parser = names(&PICKS, pick_name))]
    pub pick: Option<Pick>,

    #[command(flatten)]
    pub choice: ChoiceArgs,
}

/// ADetailer's settings.
#[derive(Debug, ClapArgs)]
#[command(
    next_help_heading = "What of it is repainted (ADetailer's settings; a picture that has them gives them to --recipe)"
)]
pub struct ChoiceArgs {
    /// Which detector's settings --recipe takes, of a picture where ADetailer ran several [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=i64::from(MOST_TABS)))]
    pub tab: Option<u8>,

    /// Smallest score that counts, 0 to 1 [default: 0.3]
    #[arg(long, value_name = "S", value_parser = share)]
    pub confidence: Option<f32>,

    /// At most so many; 0 takes all.
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,

    /// Which these are [default: area]
    #[arg(long, value_name = "BY", value_parser = names(&RANKS, rank_name))]
    pub top_by: Option<Rank>,

    /// Smallest share of the picture that its box takes, 0 to 1 [default: 0]
    #[arg(long, value_name = "S", value_parser = share)]
    pub min_area: Option<f32>,

    /// Largest share of the picture that its box takes, 0 to 1 [default: 1]
    #[arg(long, value_name = "S", value_parser = share)]
    pub max_area: Option<f32>,

    /// The order in which they are repainted [default: found]
    #[arg(long, value_name = "ORDER", value_parser = names(&ORDERS, order_name))]
    pub sort: Option<Order>,

    /// How far masks are moved to the right and upwards, pixels [default: 0,0]
    #[arg(long, value_name = "X,Y", value_parser = offset, allow_hyphen_values = true)]
    pub offset: Option<[i32; 2]>,

    /// Side of the square that masks grow by, pixels; a negative one shrinks them [default: 4]
    #[arg(long, value_name = "PX", allow_negative_numbers = true, value_parser = clap::value_parser!(i32).range(-128..=128))]
    pub dilate: Option<i32>,

    /// What becomes of several masks: each by itself, all at once, or all but them [default: none]
    #[arg(long, value_name = "HOW", value_parser = names(&MERGES, merge_name))]
    pub merge: Option<Merge>,

    /// Change large ones less: the strength times the share of the picture that the box leaves free, to this power; 2 to 4 are usual, 0 is off [default: 0]
    #[arg(long, value_name = "POWER", allow_negative_numbers = true, value_parser = power)]
    pub dynamic_denoise: Option<f64>,

    /// How much the model sees: so many times the mask's longer side, unless --padding says it in pixels [default: 3; 1.4 for a model of 256 pixels]
    #[arg(long, value_name = "TIMES", value_parser = crop_factor)]
    pub crop_factor: Option<f32>,

    /// Whether each is rendered at a size of its box's shape (ADetailer's "match inpaint bbox size"): off is the model's own square, or --size; strict is the SDXL size of the nearest shape that is no smaller than the box, for models of 1024 pixels; free is the box's shape, as long as the longer side would be, in steps of 8. A size that is within a tenth of the usual one is not taken [default: off]
    #[arg(long, value_name = "HOW", value_parser = names(&MATCHES, match_name))]
    pub match_size: Option<MatchSize>,
}

/// What stands behind a `--then`.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
pub struct ThenArgs {
    /// What is looked for.
    #[arg(value_name = "WHAT[:PROMPT]", value_parser = then)]
    pub what: Then,

    #[command(flatten)]
    pub pass: PassArgs,

    #[command(flatten)]
    pub fields: FieldArgs,
}

impl ThenArgs {
    /// The passes of what stands behind the first `--then`.
    ///
    /// # Errors
    /// When one has options that make no sense there.
    pub fn all(words: &[OsString]) -> Result<Vec<Self>, Failure> {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let passes: Result<Vec<_>, _> = words.split(|word| word == THEN).map(Self::of).collect();
        match passes {
            Ok(passes) if passes.len() >= usize::from(MOST_TABS) => Err(Failure::Usage(format!(
                "a run has at most {MOST_TABS} passes; leave out some --then"
            ))),
            passes => passes,
        }
    }

    fn of(words: &[OsString]) -> Result<Self, Failure> {
        let of_run = |option: &str| {
            Failure::Usage(format!(
                "{option} is for the whole run, and stands behind a --then; give it before the first --then"
            ))
        };
        let args = Self::try_parse_from(words).map_err(|error| {
            let run = FixArgs::augment_args(Command::new("fix"));
            let known = |option: &&str| {
                let mut longs = run.get_arguments().filter_map(|arg| arg.get_long());
                longs.any(|long| option.strip_prefix("--") == Some(long))
                    || ["-h", "--help"].contains(option)
            };
            let option = error.get(ContextKind::InvalidArg).map(ToString::to_string);
            let option = option.filter(|_| error.kind() == ErrorKind::UnknownArgument);
            match option.as_deref().filter(known) {
                Some(option) => of_run(option),
                None => Failure::Usage(one_line(&error.to_string())),
            }
        })?;
        match args.fields.get(&SEED) {
            Some(_) => Err(of_run("--seed")),
            None => Ok(args),
        }
    }
}

/// A word of the command line as words; `--then=faces` is two, so that what follows is this pass's.
pub fn words(word: OsString) -> Vec<OsString> {
    let what = word
        .to_str()
        .and_then(|word| word.strip_prefix(THEN)?.strip_prefix('='));
    match what {
        Some(what) => vec![THEN.into(), what.into()],
        None => vec![word],
    }
}

/// What is wrong behind the first `--then` of a command line, which clap takes as it is.
pub fn complaint(words: &[OsString]) -> Option<Failure> {
    words.get(1).filter(|command| *command == "fix")?;
    let first = words.iter().position(|word| word == THEN)?;
    ThenArgs::all(&words[first + 1..]).err()
}

/// A further search.
#[derive(Clone, Debug)]
pub struct Then {
    /// What is looked for.
    pub subject: Subject,
    /// A detector of the artist's; without one the built-in.
    pub detector: Option<PathBuf>,
    /// The prompt for it, empty for the picture's own.
    pub prompt: String,
}

fn then(text: &str) -> Result<Then, String> {
    let (detector, prompt) = match text.find(".onnx").map(|at| text.split_at(at + 5)) {
        Some((file, rest)) => (Some(PathBuf::from(file)), rest.strip_prefix(':')),
        None => (None, text.split_once(':').map(|(_, prompt)| prompt)),
    };
    let what = text.split(':').next().unwrap_or_default();
    let named = SUBJECTS.iter().find(|own| subject_name(**own) == what);
    let subject = match &detector {
        Some(file) => {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            Subject::of_detector(&name)
                .ok_or("its name says neither hand nor face nor person; rename the detector")?
        }
        None => *named.ok_or(
            "give hands, faces, people or a detector (.onnx), and behind a colon a prompt",
        )?,
    };
    Ok(Then {
        subject,
        detector,
        prompt: prompt.unwrap_or_default().to_owned(),
    })
}

/// Which try is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The first whose hint is not far below the best.
    Best,
    /// The first.
    First,
    /// The best, and all are written.
    All,
}

const SUBJECTS: [Subject; 3] = [Subject::Hands, Subject::Faces, Subject::People];
const PICKS: [Pick; 3] = [Pick::Best, Pick::First, Pick::All];
const RANKS: [Rank; 2] = [Rank::Area, Rank::Confidence];
const ORDERS: [Order; 4] = [
    Order::Found,
    Order::LeftToRight,
    Order::CentreToEdge,
    Order::Area,
];
const MATCHES: [MatchSize; 3] = [MatchSize::Off, MatchSize::Strict, MatchSize::Free];
const MERGES: [Merge; 3] = [Merge::Apart, Merge::Merge, Merge::MergeInvert];

pub fn subject_name(subject: Subject) -> &'static str {
    let all = Subject::ALL.iter();
    all.clone()
        .find(|(_, own)| *own == subject)
        .map_or("", |(name, _)| *name)
}

fn pick_name(pick: Pick) -> &'static str {
    match pick {
        Pick::Best => "best",
        Pick::First => "first",
        Pick::All => "all",
    }
}

fn rank_name(rank: Rank) -> &'static str {
    match rank {
        Rank::Area => "area",
        Rank::Confidence => "confidence",
    }
}

fn order_name(order: Order) -> &'static str {
    match order {
        Order::Found => "found",
        Order::LeftToRight => "left-to-right",
        Order::CentreToEdge => "centre-to-edge",
        Order::Area => "area",
    }
}

fn merge_name(merge: Merge) -> &'static str {
    match merge {
        Merge::Apart => "none",
        Merge::Merge => "merge",
        Merge::MergeInvert => "merge-and-invert",
    }
}

fn match_name(how: MatchSize) -> &'static str {
    match how {
        MatchSize::Off => "off",
        MatchSize::Strict => "strict",
        MatchSize::Free => "free",
    }
}

fn share(text: &str) -> Result<f32, String> {
    let number = text.parse::<f32>().ok();
    number
        .filter(|number| (0.0..=1.0).contains(number))
        .ok_or_else(|| "choose a number from 0 to 1".to_owned())
}

fn power(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok();
    number
        .filter(|number| (0.0..=10.0).contains(number))
        .ok_or_else(|| "choose a number from 0 to 10".to_owned())
}

fn crop_factor(text: &str) -> Result<f32, String> {
    let number = text.parse::<f32>().ok();
    number
        .filter(|number| (1.0..=100.0).contains(number))
        .ok_or_else(|| "choose a number from 1 to 100".to_owned())
}

fn offset(text: &str) -> Result<[i32; 2], String> {
    let numbers: Vec<i32> = text
        .split(',')
        .filter_map(|part| part.trim().parse().ok())
        .collect();
    let fits = |number: &i32| (-8192..=8192).contains(number);
    match numbers[..] {
        [x, y] if text.split(',').count() == 2 && [x, y].iter().all(fits) => Ok([x, y]),
        _ => Err("give two numbers of pixels, right and up, as in 10,-4".to_owned()),
    }
}

impl ChoiceArgs {
    /// As [`targets`](crate::detection::targets::targets) takes them; what was not typed is as a picture tells it, else as in another choice.
    pub fn choice(&self, told: &Told, other: &Choice) -> Choice {
        let told = choice_told(told, other.clone());
        let [least, most] = told.shares;
        Choice {
            most: self.top.unwrap_or(told.most),
            by: self.top_by.unwrap_or(told.by),
            shares: [
                self.min_area.unwrap_or(least),
                self.max_area.unwrap_or(most),
            ],
            order: self.sort.unwrap_or(told.order),
            offset: self.offset.unwrap_or(told.offset),
            grow: self.dilate.unwrap_or(told.grow),
            merge: self.merge.unwrap_or(told.merge),
        }
    }
}
