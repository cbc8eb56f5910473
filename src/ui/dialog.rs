//! The system's file dialogs, on a thread of their own: the window goes on while one is open.
//!
//! Does not know what is done with the answer: what was asked comes back with it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui;

use crate::project;
use crate::raster::file::{self, Format};
use crate::ui::texts::work as work_texts;
use crate::ui::texts::{Text, shell as texts};
use crate::ui::thread::Pending;

/// A dialog that is gone sooner than this was never there: no person is that quick.
const TOO_QUICK: Duration = Duration::from_millis(1000);

/// What a person is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A picture to open.
    Picture,
    /// A place and name for the picture.
    PictureTarget,
    /// A place and name for a project.
    ProjectTarget,
    /// A mask to read.
    Mask,
    /// A place and name for the mask.
    MaskTarget,
    /// A reference picture.
    Reference,
    /// A place and name for a contact sheet.
    SheetTarget,
    /// A place and name for the picture with a result in it.
    ResultTarget,
    /// An upscaler.
    Upscaler,
    /// A network that finds what words say.
    Segmenter,
    /// A tagger.
    Tagger,
    /// A captioner.
    Captioner,
    /// A network that finds what is pointed at.
    Sam,
    /// A detector of hands, faces or people.
    Detector,
}

impl Wanted {
    /// The title of its dialog.
    fn title(self) -> Text {
        match self {
            Self::Picture => texts::ASK_PICTURE,
            Self::PictureTarget => texts::ASK_PICTURE_TARGET,
            Self::ProjectTarget => texts::ASK_PROJECT_TARGET,
            Self::Mask => texts::ASK_MASK,
            Self::SheetTarget => texts::ASK_SHEET_TARGET,
            Self::ResultTarget => texts::ASK_RESULT_TARGET,
            Self::MaskTarget => texts::ASK_MASK_TARGET,
            Self::Reference => texts::ASK_REFERENCE,
            Self::Upscaler => texts::ASK_UPSCALER,
            Self::Segmenter => texts::ASK_SEGMENTER,
            Self::Tagger => texts::ASK_TAGGER,
            Self::Captioner => texts::ASK_CAPTIONER,
            Self::Sam => texts::ASK_SAM,
            Self::Detector => texts::ASK_DETECTOR,
        }
    }
}

impl Wanted {
    /// Whether a file is to be written.
    pub fn is_target(self) -> bool {
        matches!(
            self,
            Self::PictureTarget
                | Self::MaskTarget
                | Self::SheetTarget
                | Self::ResultTarget
                | Self::ProjectTarget
        )
    }
}

/// A question for a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What for.
    pub wanted: Wanted,
    /// Where to begin.
    pub folder: Option<PathBuf>,
    /// The name that is offered for a new file.
    pub name: String,
}

/// Asks a person for a path, and waits for the answer: the system's dialog, or a test.
pub type Picker = Arc<dyn Fn(&Ask) -> Option<PathBuf> + Send + Sync>;

/// The system's dialog.
pub fn system_picker() -> Picker {
    Arc::new(|ask| {
        let mut dialog = rfd::FileDialog::new().set_title(ask.wanted.title());
        if let Some(folder) = &ask.folder {
            dialog = dialog.set_directory(folder);
        }
        let pictures: Vec<_> = file::ENDINGS.iter().map(|(ending, _)| *ending).collect();
        match ask.wanted {
            Wanted::Picture => dialog
                .add_filter(work_texts::PICTURES_AND_PROJECTS, &with_projects(&pictures))
                .add_filter(texts::PICTURES, &pictures)
                .add_filter(work_texts::PROJECT, &[project::EXTENSION])
                .add_filter(texts::ALL_FILES, &["*"])
                .pick_file(),
            Wanted::Mask | Wanted::Reference => dialog
                .add_filter(texts::PICTURES, &pictures)
                .add_filter(texts::ALL_FILES, &["*"])
                .pick_file(),
            Wanted::Tagger | Wanted::Captioner => dialog
                .add_filter(texts::NETWORKS, &["onnx"])
                .add_filter(texts::ALL_FILES, &["*"])
                .pick_file(),
            Wanted::Upscaler | Wanted::Segmenter | Wanted::Sam | Wanted::Detector => dialog
                .add_filter(texts::NETWORKS, &["safetensors", "onnx"])
                .add_filter(texts::ALL_FILES, &["*"])
                .pick_file(),
            Wanted::ProjectTarget => dialog
                .add_filter(work_texts::PROJECT, &[project::EXTENSION])
                .set_file_name(&ask.name)
                .save_file(),
            Wanted::PictureTarget if ask.name.ends_with(".ora") => {
                let dialog = dialog.add_filter(work_texts::PROJECT, &[project::EXTENSION]);
                for_pictures(dialog).set_file_name(&ask.name).save_file()
            }
            Wanted::PictureTarget => for_pictures(dialog)
                .add_filter(work_texts::PROJECT, &[project::EXTENSION])
                .set_file_name(&ask.name)
                .save_file(),
            Wanted::MaskTarget | Wanted::SheetTarget | Wanted::ResultTarget => {
                for_pictures(dialog).set_file_name(&ask.name).save_file()
            }
        }
    })
}

fn for_pictures(dialog: rfd::FileDialog) -> rfd::FileDialog {
    Format::ALL.iter().fold(dialog, |dialog, format| {
        let endings: Vec<_> = format.endings().collect();
        dialog.add_filter(format.to_string(), &endings)
    })
}

fn with_projects<'a>(pictures: &[&'a str]) -> Vec<&'a str> {
    [pictures, &[project::EXTENSION]].concat()
}

/// What came of a question.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A path.
    Path(Ask, PathBuf),
    /// No path is wanted after all.
    Cancelled,
    /// The system showed no dialog.
    NoDialog(Ask),
}

/// What was chosen, and how long that took.
type Reply = (Option<PathBuf>, Duration);

/// The dialog that is open, if one is.
#[derive(Default)]
pub(super) struct Dialog {
    open: Option<(Ask, Pending<Reply>)>,
}

impl Dialog {
    /// Whether one is open.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Opens one.
    ///
    /// # Errors
    /// One line, when the system gives no thread.
    pub fn ask(&mut self, ctx: &egui::Context, picker: &Picker, ask: Ask) -> Result<(), String> {
        let (picker, question) = (Arc::clone(picker), ask.clone());
        let answer = Pending::start(ctx, "dialog", move || {
            let start = Instant::now();
            (picker(&question), start.elapsed())
        })?;
        self.open = Some((ask, answer));
        Ok(())
    }

    /// The answer, when it has come.
    pub fn poll(&mut self) -> Option<Answer> {
        let (_, answer) = self.open.as_ref()?;
        let (answer, took) = answer.poll()?.unwrap_or_default();
        let (ask, ..) = self.open.take()?;
        Some(match answer {
            Some(path) => Answer::Path(ask, path),
            None if took < TOO_QUICK => Answer::NoDialog(ask),
            None => Answer::Cancelled,
        })
    }
}
