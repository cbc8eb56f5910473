//! `pentimento analyse`: what would paint a picture like this one: its prompt, a model and a size, each with its reason.
//!
//! Suggests, and changes nothing. Does not know how taggers work.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::{Value as Json, json};

use super::args::names;
use super::progress::Session;
use super::server::ServerArgs;
use super::{Failure, models, output};
use crate::engine::remote::{self, RemoteNetworks};
use crate::engine::{
    CaptionDetail, Captioned, Device, EngineError, FileKind, Kit, ModelSource, PlanError,
    SuggestedSize, Tagged, catalog,
};
use crate::library::{Made, Maker, Style, Suited, Wanted, suited};
use crate::raster::file::{self, Metadata};
use crate::raster::{Mask, Picture, Rect};
use crate::recipe::parsed::{self, NoRecipe};
use crate::recipe::reason::Reason;
use crate::recipe::tags::{Tag, Thresholds, chosen, prompt};
use crate::recipe::{Parsed, Recipe};

#[derive(Debug, Args)]
pub struct AnalyseArgs {
    /// Picture to look at.
    #[arg(long, value_name = "PATH")]
    pub image: PathBuf,

    /// Mask of what is to be repainted, of the picture's size, as `pentimento repaint --mask` takes it: model and size are then for that part.
    #[arg(long, value_name = "PATH")]
    pub mask: Option<PathBuf>,

    /// Tagger that says what is in the picture: an .onnx file with selected_tags.csv (WD14) or top_tags.txt (JoyTag) beside it, the folder of one, or its name in the library; without it the built-in one, in builds without one the library's first.
    #[arg(long, value_name = "FILE")]
    pub tagger: Option<PathBuf>,

    /// How sure the tagger has to be of what is seen, 0.05 to 1; without it as its makers say.
    #[arg(long, value_name = "SCORE", value_parser = threshold)]
    pub threshold: Option<f32>,

    /// The same of who is seen.
    #[arg(long, value_name = "SCORE", value_parser = threshold)]
    pub character_threshold: Option<f32>,

    /// Weight each tag of the prompt by its score.
    #[arg(long)]
    pub weighted: bool,

    /// Model that the size is for: a path, or its name in the library; without it the one that suits the picture best.
    #[arg(long, value_name = "PATH")]
    pub model: Option<PathBuf>,

    /// Captioner that says in sentences what is in the picture: the folder of Florence-2 as ONNX, as transformers.js runs it, or its name in the library.
    #[arg(long, value_name = "FOLDER")]
    pub caption: Option<PathBuf>,

    /// How much it says.
    #[arg(long, value_name = "DETAIL", requires = "caption", default_value_t = CaptionDetail::default(), value_parser = names(CaptionDetail::ALL, CaptionDetail::name))]
    pub caption_detail: CaptionDetail,

    /// What runs the tagger and the captioner.
    #[arg(long, value_name = "NAME", default_value_t = Device::Auto, value_parser = names(Device::ALL, Device::name))]
    pub device: Device,

    #[command(flatten)]
    pub server: ServerArgs,

    /// Print one line of JSON on standard output, and no progress bar.
    #[arg(long)]
    pub json: bool,
}

/// Models that are listed as text.
const LISTED: usize = 5;

const NO_TAGGER: &str = "no tagger is here, so no prompt is suggested; `pentimento models get SmilingWolf/wd-vit-tagger-v3` fetches one, or give its file with --tagger";

fn threshold(text: &str) -> Result<f32, String> {
    let number = text.parse().ok();
    let fits = number.filter(|number| (0.05..=1.0).contains(number));
    fits.ok_or_else(|| "choose a number from 0.05 to 1".to_owned())
}

/// What is known of a picture before anything is looked up.
struct Looked {
    picture: Arc<Picture>,
    masked: Option<Rect>,
    /// The recipe that it carries.
    carried: Option<Parsed>,
    photographed: bool,
}

impl Looked {
    fn at(session: &Session, args: &AnalyseArgs) -> Result<Self, Failure> {
        let input = file::read(&args.image)?;
        for note in &input.notes {
            session.say(&note.to_string());
        }
        let size = input.picture.size();
        let mask = args.mask.as_deref().map(file::read).transpose()?;
        let mask = mask.map(|file| Mask::from_picture(&file.picture));
        let other = mask.as_ref().map(Mask::size).filter(|mask| *mask != size);
        if let Some(mask) = other {
            let picture = size;
            return Err(EngineError::from(PlanError::MaskSize { mask, picture }).into());
        }
        let masked = match mask.map(|mask| mask.without_faint().bounds()) {
            Some(None) => return Err(EngineError::from(PlanError::EmptyMask).into()),
            Some(bounds) => bounds,
            None => None,
        };
        Ok(Self {
            picture: Arc::new(input.picture),
            masked,
            carried: carried(session, &input.metadata),
            photographed: Style::is_photographed(&input.metadata.texts()),
        })
    }
}

/// The recipe that a picture carries; says so where that cannot be read.
fn carried(session: &Session, metadata: &Metadata) -> Option<Parsed> {
    let comment = metadata.comment();
    match parsed::read_metadata(&metadata.texts(), comment.as_deref(), &Recipe::default()) {
        Ok(parsed) if parsed.tells() => Some(parsed),
        Ok(_) | Err(NoRecipe::Nothing) => None,
        Err(error) => {
            session.say(&format!("the picture's recipe is not read: {error}"));
            None
        }
    }
}

/// Runs the command.
pub fn run(args: &AnalyseArgs) -> Result<(), Failure> {
    let mut session = Session::start(args.json)?;
    let usual = RemoteNetworks::of(&[remote::TAGGER]);
    session.use_server(args.server.remote_for(usual)?);
    let looked = Looked::at(&session, args)?;
    let tagger = session.beside(args.tagger.as_deref(), FileKind::Tagger)?;
    let built_in = tagger == Some(ModelSource::BuiltIn);
    let tagged = match tagger {
        Some(tagger) => Some(session.tag(tagger, args.device, Arc::clone(&looked.picture))?),
        None => {
            session.say(NO_TAGGER);
            None
        }
    };
    let caption = match &args.caption {
        Some(with) => {
            let with = models::known(with, FileKind::Captioner)?;
            let picture = Arc::clone(&looked.picture);
            Some(session.caption(with, args.device, picture, args.caption_detail)?)
        }
        None => None,
    };
    let usual = tagged
        .as_ref()
        .map_or(Thresholds::WD14, |tagged| tagged.thresholds);
    let thresholds = Thresholds {
        general: args.threshold.unwrap_or(usual.general),
        character: args.character_threshold.unwrap_or(usual.character),
    };
    let seen = tagged.as_ref().map_or(&[][..], |tagged| &tagged.tags);
    let foreign = seen
        .iter()
        .any(|tag| tag.is_out_of_domain() && tag.score >= 0.5);
    if foreign {
        session.say("the tagger does not know the world of this picture, so that its tags mean little; give another with --tagger");
    }
    let (entries, cache) = models::entries();
    let others = looked.carried.as_ref().map_or(&[][..], |own| &own.others);
    let maker = Maker::of(others);
    let size = looked.picture.size();
    let wanted = Wanted {
        size: (size.width, size.height),
        masked: looked.masked.is_some(),
        style: match looked.photographed {
            true => Some(Style::Photograph),
            false => Style::of(seen),
        },
        made: maker.find(&entries, cache.as_deref()),
        in_domain: built_in.then_some(!foreign),
    };
    let ranked = suited(&entries, &wanted);
    let sized = suggested_size(&session, args, &looked, &ranked)?;
    session.check_interrupt()?;
    let words = chosen(seen, thresholds);
    let said = tagged
        .is_some()
        .then(|| prompt(words.iter().copied(), args.weighted.then_some(thresholds)));
    let analysed = Analysed {
        looked: &looked,
        maker: &maker,
        made: wanted.made.as_ref(),
        tagged: tagged.as_ref(),
        caption: caption.as_ref(),
        words: &words,
        prompt: said,
        ranked: &ranked,
        sized,
    };
    match args.json {
        true => output::report(&analysed.line(&args.image)),
        false => output::print(&analysed.text())?,
    }
    Ok(())
}

/// The size for the model that was asked for, else for the one that suits best; its name and the suggestion.
fn suggested_size(
    session: &Session,
    args: &AnalyseArgs,
    looked: &Looked,
    ranked: &[Suited],
) -> Result<Option<SuggestedSize>, Failure> {
    let known = |model: &PathBuf| models::known(model, FileKind::Checkpoint);
    let asked = args.model.as_ref().map(known).transpose()?;
    let first = || ranked.first().and_then(|best| best.path.clone());
    let first = || first().map(ModelSource::at);
    let source = asked.clone().or_else(first);
    let source = source.unwrap_or(ModelSource::BuiltIn);
    match catalog::open(&Kit::around(source)) {
        Ok(model) => {
            let size = looked.picture.size();
            Ok(Some(SuggestedSize::new(size, looked.masked, &model.spec)))
        }
        Err(error) if asked.is_some() => Err(error.into()),
        Err(error) => {
            session.say(&format!("no size is suggested: {error}"));
            Ok(None)
        }
    }
}

/// All that is suggested.
struct Analysed<'a> {
    looked: &'a Looked,
    maker: &'a Maker,
    made: Option<&'a Made>,
    tagged: Option<&'a Tagged>,
    caption: Option<&'a Captioned>,
    words: &'a [&'a Tag],
    prompt: Option<String>,
    ranked: &'a [Suited],
    sized: Option<SuggestedSize>,
}

impl Analysed<'_> {
    fn line(&self, image: &Path) -> Json {
        let size = self.looked.picture.size();
        let own = self.looked.carried.as_ref();
        let of_words = |tag: &&Tag| json!({ "tag": tag.words(), "category": tag.category.name(), "score": tag.score });
        let of_models = |model: &Suited| {
            json!({
                "name": model.name,
                "path": model.path,
                "family": model.family,
                "points": model.points,
                "reasons": said(&model.reasons),
            })
        };
        let of_size = |sized: &SuggestedSize| {
            let rendered = sized.frame.working;
            json!({
                "area": sized.area.name(),
                "size": sized.size,
                "padding": sized.padding,
                "rendered": [rendered.width, rendered.height],
                "reason": sized.reason.to_string(),
            })
        };
        json!({
            "image": image.to_string_lossy(),
            "width": size.width,
            "height": size.height,
            "own": own.map(|own| json!({
                "prompt": own.recipe.prompt,
                "negative_prompt": own.recipe.negative_prompt,
                "fields": own.found,
                "model": self.maker.name,
                "model_hash": self.maker.hash,
                "model_path": self.made.map(|made| &made.path),
            })),
            "tagger": self.tagged.map(|tagged| &tagged.model),
            "tags": self.words.iter().map(of_words).collect::<Vec<_>>(),
            "prompt": self.prompt,
            "caption": self.caption.map(|caption| json!({
                "text": caption.text,
                "model": caption.model,
            })),
            "models": self.ranked.iter().map(of_models).collect::<Vec<_>>(),
            "size": self.sized.as_ref().map(of_size),
        })
    }

    fn text(&self) -> String {
        let mut lines = vec![format!("picture  {}", self.looked.picture.size())];
        if let Some(own) = &self.looked.carried {
            lines.push(format!("recipe   {}", own.found.join(", ")));
            if own.found.contains(&"prompt") {
                lines.push(format!("         {}", one_line(&own.recipe.prompt)));
            }
            let said = [&self.maker.name, &self.maker.hash];
            let said: Vec<_> = said.into_iter().flatten().map(String::as_str).collect();
            if !said.is_empty() {
                let here = self.made.map_or("not in the library".to_owned(), |made| {
                    made.path.display().to_string()
                });
                lines.push(format!("made by  {} ({here})", said.join(", ")));
            }
        }
        if let (Some(prompt), Some(tagged)) = (&self.prompt, self.tagged) {
            let prompt = match prompt.is_empty() {
                true => "the tagger is not sure of anything; lower --threshold",
                false => prompt,
            };
            lines.push(format!("prompt   {prompt}"));
            let scores = self.words.iter();
            let scores = scores.map(|tag| format!("{} {:.2}", tag.words(), tag.score));
            let scores: Vec<_> = scores.collect();
            lines.push(format!(
                "         by {}: {}",
                tagged.model,
                scores.join(", ")
            ));
        }
        if let Some(Captioned { text, model, .. }) = self.caption {
            lines.push(format!("caption  {}", one_line(text)));
            lines.push(format!("         by {model}"));
        }
        for (model, place) in self.ranked.iter().take(LISTED).zip(1..) {
            let reasons = match model.reasons.is_empty() {
                true => "nothing speaks for it or against it".to_owned(),
                false => said(&model.reasons).join("; "),
            };
            lines.push(format!("model {place}  {}: {reasons}", model.name));
        }
        if let Some(sized) = &self.sized {
            let size = sized
                .size
                .map(|[width, height]| format!("--size {width}x{height} "));
            let area = sized.area.name();
            lines.push(format!(
                "size     {}--area {area} --padding {}",
                size.unwrap_or_default(),
                sized.padding
            ));
            lines.push(format!("         {}", sized.reason));
        }
        lines.join("\n") + "\n"
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reasons in words.
fn said(reasons: &[Reason]) -> Vec<String> {
    reasons.iter().map(Reason::to_string).collect()
}
