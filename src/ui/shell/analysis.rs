//! The dialog that analyses the picture: what it says itself, and a prompt, a model and a size for it.
//!
//! Suggests; the panel changes with a click alone. Does not know the tagger.

mod rows;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui;

use super::{engine_work, files};
use crate::engine::{CaptionDetail, FileKind, ModelSource, Outcome, SuggestedSize, Tagged, Work};
use crate::library::{Made, Maker, Style, Suited, Wanted, suited};
use crate::raster::Picture;
use crate::recipe::Parsed;
use crate::recipe::tags::{Tag, Thresholds, prompt};
use crate::ui::dialog::Wanted as Picked;
use crate::ui::shell::App;
use crate::ui::studio::{self, Desk, beside};
use crate::ui::texts::analysis as texts;
use crate::ui::thread::Wished;

/// The dialog, while it is open.
pub(super) struct Analysis {
    of: Arc<Picture>,
    /// The number of the opened picture.
    number: u64,
    /// The recipe that it carries.
    own: Option<Parsed>,
    maker: Maker,
    photographed: bool,
    /// Whether the tagger was asked without a click.
    asked: bool,
    tagged: Option<Tagged>,
    /// The tagger that was asked last; none is the built-in one.
    by: Option<PathBuf>,
    /// The captioner that was asked, and what it said.
    described_by: Option<PathBuf>,
    caption: Option<String>,
    thresholds: Thresholds,
    /// Tags that are to be in the prompt against the thresholds, or out of it.
    flipped: BTreeSet<String>,
    weighted: bool,
    /// The prompt, as it is to be taken.
    text: String,
    /// By what is known, and of how many models.
    ranked: Wished<(Wanted, usize), Ranked>,
    /// The panel and the model before the last click.
    before: Option<Box<(Desk, Option<PathBuf>)>>,
}

/// The library's models by what speaks for them, and the one that made the picture.
#[derive(Clone)]
struct Ranked {
    made: Option<Made>,
    models: Vec<Suited>,
}

/// What a press in the dialog asks for.
enum Does {
    Nothing,
    Other(Picked),
    Look,
    Describe,
    Recipe,
    Model(Option<PathBuf>),
    Append(String),
    Replace(String),
    Size(SuggestedSize),
    PutBack,
}

/// Opens the dialog, or closes it.
pub(super) fn open(app: &mut App, _: &egui::Context) {
    app.shell.analysis = match app.shell.analysis.take() {
        Some(_) => None,
        None => Some(Box::new(Analysis::of(app))),
    };
}

/// Draws the dialog, if it is open.
pub(super) fn show(app: &mut App, ctx: &egui::Context) {
    let Some(mut dialog) = app.shell.analysis.take() else {
        return;
    };
    if dialog.number == app.studio.picture() {
        if !Arc::ptr_eq(&dialog.of, &app.document.seen()) {
            dialog.of = app.document.seen();
            // What is being said of the picture before is not heard.
            dialog.asked &= dialog.tagged.is_some();
            dialog.described_by.take_if(|_| dialog.caption.is_none());
        }
    } else {
        let before = dialog.before.take();
        *dialog = Analysis::of(app);
        dialog.before = before;
    }
    let [taggers, captioners] =
        [FileKind::Tagger, FileKind::Captioner].map(|kind| app.models_of(ctx, kind));
    let built_in = ModelSource::built_in(FileKind::Tagger).is_some();
    let chosen = &mut app.shell.settings.tagger;
    if chosen.is_none() && !built_in {
        *chosen = taggers.first().map(|(_, path)| path.clone());
    }
    if dialog.asked && dialog.by != app.shell.settings.tagger {
        dialog.asked = false;
        dialog.tagged = None;
        dialog.text.clear();
    }
    if dialog.described_by != app.shell.settings.captioner {
        dialog.described_by = None;
        dialog.caption = None;
    }
    dialog.rank(app, ctx);
    let masked = app.document.mask_bounds();
    let size = app.document.size();
    let spec = app.studio.spec();
    let sized = spec.map(|spec| SuggestedSize::new(size, masked, spec));
    let ready = app.shell.settings.tagger.is_some() || built_in;
    let mut does = Does::Nothing;
    if ready && !dialog.asked {
        does = Does::Look;
    } else if dialog.described_by != app.shell.settings.captioner {
        does = Does::Describe;
    }
    let open = rows::window(
        app,
        ctx,
        &mut dialog,
        [&taggers, &captioners],
        sized,
        &mut does,
    );
    app.shell.analysis = Some(dialog).filter(|_| open);
    carry_out(app, ctx, does);
}

fn carry_out(app: &mut App, ctx: &egui::Context, does: Does) {
    if matches!(does, Does::Nothing) {
        return;
    }
    let before = Box::new((app.studio.desk(), app.shell.settings.model.clone()));
    let Some(dialog) = &mut app.shell.analysis else {
        return;
    };
    match does {
        Does::Nothing => {}
        Does::Other(network) => {
            if !app.shell.dialog.is_open() {
                files::ask(&mut app.shell, ctx, network);
            }
            return;
        }
        Does::Look => return look(app),
        Does::Describe => return describe(app),
        Does::PutBack => {
            let Some(before) = dialog.before.take() else {
                return;
            };
            let (desk, model) = *before;
            app.studio.put_back(desk);
            if app.shell.settings.model != model {
                app.with_studio(ctx, |host| beside::paint_with(host, model));
            }
            return;
        }
        Does::Recipe => {
            // What it does not tell is as it is now.
            if let Some(own) = carried(app) {
                let name = app.shell.origin.title.clone();
                app.take_over(&name, own);
            }
        }
        Does::Model(path) => app.with_studio(ctx, |host| beside::paint_with(host, path)),
        Does::Replace(text) => app.studio.recipe.prompt = text,
        Does::Append(text) => {
            let prompt = &mut app.studio.recipe.prompt;
            let kept = prompt.trim_end().trim_end_matches(',').to_owned();
            *prompt = match kept.is_empty() {
                true => text,
                false => format!("{kept}, {text}"),
            };
        }
        Does::Size(size) => size.put_into(&mut app.studio.recipe),
    }
    if let Some(dialog) = &mut app.shell.analysis {
        dialog.before = Some(before);
    }
}

/// The recipe that the picture carries.
fn carried(app: &App) -> Option<Parsed> {
    let read = studio::carried::read(&app.studio, &app.shell.origin.metadata);
    read.ok().filter(Parsed::tells)
}

/// Has the tagger look at the picture; where the engine is at something else, it is tried again with the next frame.
fn look(app: &mut App) {
    let by = app.shell.settings.tagger.clone();
    if let Some(dialog) = &mut app.shell.analysis {
        dialog.by.clone_from(&by);
    }
    let Some(tagger) = by
        .map(ModelSource::at)
        .or_else(|| ModelSource::built_in(FileKind::Tagger))
    else {
        return;
    };
    let work = Work::Tag(app.document.seen());
    let work = (work, tagger);
    let begun = engine_work::begin_quietly(app, texts::LOOKING, work, |app, _, outcome| {
        if let (Outcome::Tagged(tagged), Some(dialog)) = (outcome, &mut app.shell.analysis) {
            dialog.thresholds = tagged.thresholds;
            dialog.tagged = Some(tagged);
            dialog.flipped.clear();
            dialog.write();
        }
    });
    if let Some(dialog) = &mut app.shell.analysis {
        dialog.asked = begun;
    }
}

/// Has the captioner describe the picture; tried again as with [`look`].
fn describe(app: &mut App) {
    let Some(by) = app.shell.settings.captioner.clone() else {
        return;
    };
    let work = Work::Caption(app.document.seen(), CaptionDetail::default());
    let work = (work, ModelSource::at(by.clone()));
    let asked = by.clone();
    let begun = engine_work::begin_quietly(app, texts::DESCRIBING, work, move |app, _, outcome| {
        // Another may have been chosen since, or none.
        let dialog = app.shell.analysis.as_mut();
        let dialog = dialog.filter(|dialog| dialog.described_by.as_ref() == Some(&asked));
        if let (Outcome::Captioned(captioned), Some(dialog)) = (outcome, dialog) {
            dialog.caption = Some(captioned.text);
        }
    });
    if let Some(dialog) = &mut app.shell.analysis {
        dialog.described_by = begun.then_some(by);
    }
}

impl Analysis {
    /// What the picture says itself.
    fn of(app: &App) -> Self {
        let own = carried(app);
        let others = own.as_ref().map_or(&[][..], |own| &own.others);
        Self {
            of: app.document.seen(),
            number: app.studio.picture(),
            maker: Maker::of(others),
            photographed: Style::is_photographed(&app.shell.origin.metadata.texts()),
            own,
            asked: false,
            tagged: None,
            by: None,
            described_by: None,
            caption: None,
            thresholds: Thresholds::WD14,
            flipped: BTreeSet::new(),
            weighted: false,
            text: String::new(),
            ranked: Wished::default(),
            before: None,
        }
    }

    /// Ranks the library's models anew, on a thread, where something else is known than before.
    fn rank(&mut self, app: &App, ctx: &egui::Context) {
        let entries = beside::entries(&app.studio);
        let size = self.of.size();
        let seen = self.tagged.as_ref().map_or(&[][..], |tagged| &tagged.tags);
        let built_in = self.tagged.is_some() && app.shell.settings.tagger.is_none();
        let wanted = Wanted {
            size: (size.width, size.height),
            masked: app.document.mask_bounds().is_some(),
            style: match self.photographed {
                true => Some(Style::Photograph),
                false => Style::of(seen),
            },
            made: None,
            in_domain: built_in.then_some(!self.is_foreign()),
        };
        let wish = (wanted.clone(), entries.len());
        self.ranked.wish(ctx, "ranking of models", wish, |_| {
            let entries = entries.to_vec();
            let home = app.shell.places.library.clone();
            let (maker, mut asked) = (self.maker.clone(), wanted);
            move || {
                let cache = home.as_ref().and_then(|home| home.cache());
                asked.made = maker.find(&entries, cache);
                Ranked {
                    models: suited(&entries, &asked),
                    made: asked.made,
                }
            }
        });
    }

    /// Whether the tagger says that it does not know the picture's world.
    fn is_foreign(&self) -> bool {
        let seen = self.tagged.as_ref().map_or(&[][..], |tagged| &tagged.tags);
        seen.iter()
            .any(|tag| tag.is_out_of_domain() && tag.score >= 0.5)
    }

    /// Whether a tag is to be in the prompt; `None` for what never is.
    fn is_in(&self, tag: &Tag) -> Option<bool> {
        let sure = tag.score >= self.thresholds.of(tag.category)?;
        Some(sure != self.flipped.contains(&tag.name))
    }

    /// Writes the prompt anew from the tags.
    fn write(&mut self) {
        let mut seen: Vec<&Tag> = self.tags();
        seen.retain(|tag| self.is_in(tag) == Some(true));
        self.text = prompt(seen, self.weighted.then_some(self.thresholds));
    }

    /// What the tagger sees but for ratings: names first, each kind the surest first.
    fn tags(&self) -> Vec<&Tag> {
        let seen = self.tagged.as_ref().map_or(&[][..], |tagged| &tagged.tags);
        let least = Thresholds {
            general: 0.0,
            character: 0.0,
        };
        crate::recipe::tags::chosen(seen, least)
    }
}
