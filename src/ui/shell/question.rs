//! What has to be decided before anything else: dialogs over the window, answered by a button or a key.
//!
//! Does not carry anything out; [`files`](super::files) does.

use std::path::PathBuf;

use eframe::egui::{self, Key, Modifiers};

use super::disk::{Errand, Purpose, Read};
use super::files::{self, Next};
use super::reference;
use super::work;
use super::{mask_file, name_of};
use crate::raster::Picture;
use crate::ui::dialog::{Ask, Wanted};
use crate::ui::shell::App;
use crate::ui::texts::{Text, shell as texts};
use crate::ui::theme;

/// A decision to make, and what it is about.
pub(super) enum Question {
    /// Work would be lost, and so many results that are in no picture.
    Unsaved {
        what: Left,
        results: usize,
        next: Next,
    },
    /// A file would hold less than the picture, or than the file that it replaces.
    Lossy { path: PathBuf, losses: Vec<String> },
    /// Several pictures came at once.
    Which { paths: Vec<PathBuf> },
    /// A file that could be either.
    PictureOrMask { name: String, read: Box<Read> },
    /// A mask of another size than the picture.
    MaskSize { name: String, picture: Picture },
    /// The system has no file dialog: a path is typed.
    Path { ask: Ask, typed: String },
}

/// What would be lost first of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// The picture's changes; all of a project's.
    Picture,
    /// The mask.
    Mask,
    /// Results of which none was kept.
    Results,
}

/// What a button decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    Cancel,
    Save,
    Discard,
    Elsewhere,
    Picture,
    Mask,
    Reference,
    Scale,
    Nth(usize),
    Typed,
}

impl Question {
    fn title(&self) -> Text {
        match self {
            Self::Unsaved { .. } => texts::UNSAVED_TITLE,
            Self::Lossy { .. } => texts::LOSSY_TITLE,
            Self::Which { .. } => texts::WHICH_TITLE,
            Self::PictureOrMask { .. } => texts::MASK_TITLE,
            Self::MaskSize { .. } => texts::SIZE_TITLE,
            Self::Path { .. } => texts::PATH_TITLE,
        }
    }

    fn body(&self, app: &App) -> String {
        match self {
            Self::Unsaved { what, results, .. } => {
                let title = &app.shell.origin.title;
                let what = match what {
                    Left::Picture => texts::unsaved(title),
                    Left::Mask => texts::unsaved_mask(title),
                    Left::Results => String::new(),
                };
                format!("{what}{}", texts::unkept(*results))
                    .trim()
                    .to_owned()
            }
            Self::Lossy { path, losses } => texts::lossy(&name_of(path), losses),
            Self::Which { .. } => texts::WHICH.into(),
            Self::PictureOrMask { name, .. } => texts::picture_or_mask(name),
            Self::MaskSize { name, picture } => {
                texts::mask_of_other_size(name, picture.size(), app.document.size())
            }
            Self::Path { .. } => texts::PATH_NOTE.into(),
        }
    }

    /// The buttons, the one that Enter presses first; Esc always cancels.
    fn buttons(&self) -> Vec<(String, Choice)> {
        let mut buttons: Vec<(String, Choice)> = match self {
            Self::Unsaved { what, .. } => {
                let discard = (texts::DISCARD.into(), Choice::Discard);
                let save = |label: &str| (label.to_owned(), Choice::Save);
                // Enter never throws anything away.
                match what {
                    Left::Picture => vec![save(texts::SAVE.get()), discard],
                    Left::Mask => vec![save(texts::SAVE_MASK.get()), discard],
                    Left::Results => vec![save(texts::SAVE_PROJECT.get()), discard],
                }
            }
            Self::Lossy { .. } => vec![
                (texts::SAVE_ELSEWHERE.into(), Choice::Elsewhere),
                (texts::SAVE_ANYWAY.into(), Choice::Save),
            ],
            Self::Which { paths } => {
                let names = paths.iter().map(|path| name_of(path));
                names.zip((0..).map(Choice::Nth)).collect()
            }
            Self::PictureOrMask { .. } => vec![
                (texts::USE_AS_MASK.into(), Choice::Mask),
                (texts::OPEN_IT.into(), Choice::Picture),
                (texts::USE_AS_REFERENCE.into(), Choice::Reference),
            ],
            Self::MaskSize { .. } => vec![(texts::SCALE_MASK.into(), Choice::Scale)],
            Self::Path { .. } => vec![(texts::PATH_OK.into(), Choice::Typed)],
        };
        buttons.push((texts::CANCEL.into(), Choice::Cancel));
        buttons
    }
}

/// Draws the question, if there is one, and carries out what was chosen.
pub(super) fn show(app: &mut App, ctx: &egui::Context) {
    let Some(mut question) = app.shell.question.take() else {
        return;
    };
    let (title, body, buttons) = (question.title(), question.body(app), question.buttons());
    let id = egui::Id::unique(("question", title.get()));
    let enter = ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(14);
    let modal = egui::Modal::new(id)
        .frame(frame)
        .backdrop_color(theme::scrim());
    let response = modal.show(ctx, |ui| {
        ui.set_width(380.0);
        ui.heading(title);
        ui.add_space(4.0);
        ui.label(body);
        ui.add_space(6.0);
        if let Question::Path { typed, .. } = &mut question {
            let field = egui::TextEdit::singleline(typed)
                .hint_text(texts::PATH_LABEL)
                .desired_width(f32::INFINITY);
            let field = ui.add(field);
            if !ui.memory(|memory| memory.has_focus(field.id)) {
                field.request_focus();
            }
            ui.add_space(6.0);
        }
        let listed = matches!(question, Question::Which { .. });
        let layout = match listed {
            true => egui::Layout::top_down_justified(egui::Align::Min),
            false => egui::Layout::left_to_right(egui::Align::Center).with_main_wrap(true),
        };
        ui.with_layout(layout, |ui| {
            let mut chosen = None;
            for (index, (label, choice)) in buttons.iter().enumerate() {
                let button = egui::Button::new(label).selected(index == 0 && !listed);
                let button = ui.add(button);
                // Enter presses the button that has the focus, else the first.
                if button.clicked() || (enter && button.has_focus()) {
                    chosen = Some(*choice);
                }
            }
            chosen
        })
        .inner
    });
    let chosen = match response.inner {
        Some(choice) => Some(choice),
        None if response.should_close() => Some(Choice::Cancel),
        None if enter => buttons.first().map(|(_, choice)| *choice),
        None => None,
    };
    match chosen {
        Some(choice) => carry_out(app, ctx, question, choice),
        None => app.shell.question = Some(question),
    }
}

fn carry_out(app: &mut App, ctx: &egui::Context, question: Question, choice: Choice) {
    match (question, choice) {
        (question, Choice::Cancel) => {
            let next = app.shell.saving.next.take();
            app.shell.saving = files::Saving::default();
            work::stay(&mut app.shell, next);
            if let Question::Unsaved { next, .. } = question {
                work::stay(&mut app.shell, Some(next));
            }
        }
        (Question::Unsaved { what, next, .. }, Choice::Save) => {
            files::save_then(app, ctx, what, next);
        }
        (Question::Unsaved { next, .. }, Choice::Discard) => files::go(app, ctx, next),
        (Question::Lossy { path, .. }, Choice::Save) => {
            app.shell.origin.agreed = true;
            files::write(app, ctx, path);
        }
        (Question::Lossy { .. }, Choice::Elsewhere) => {
            files::ask(&mut app.shell, ctx, Wanted::PictureTarget);
        }
        (Question::Which { mut paths }, Choice::Nth(index)) if index < paths.len() => {
            files::leave(app, ctx, Next::Open(paths.swap_remove(index), None));
        }
        (Question::PictureOrMask { name, read }, Choice::Mask) => {
            mask_file::take(app, ctx, &name, read.file.picture);
        }
        (Question::PictureOrMask { read, .. }, Choice::Picture) => {
            files::leave(app, ctx, Next::Show(read));
        }
        (Question::PictureOrMask { name, read }, Choice::Reference) => {
            reference::take(app, name, read.file);
        }
        (Question::MaskSize { name, picture }, Choice::Scale) => {
            mask_file::scale(app, ctx, name, picture);
        }
        (Question::Path { ask, typed }, Choice::Typed) => {
            let path = PathBuf::from(typed.trim());
            files::chosen(app, ctx, ask.wanted, path);
        }
        // No question offers any other button.
        (question, _) => app.shell.question = Some(question),
    }
}

/// Reads a file for what it turns out to be.
pub(super) fn read_what_it_is(app: &mut App, ctx: &egui::Context, path: PathBuf) {
    let purpose = Purpose::Recognise;
    files::send(&mut app.shell, ctx, Errand::Read { path, purpose });
}
