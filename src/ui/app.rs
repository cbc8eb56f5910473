//! The window's state and its frame: events of the engine first, then keys, then the panels.
//!
//! Does not know what any panel shows; each area draws itself.

use eframe::egui;

use super::action;
use super::board::{self, Around, Board, Editor, Effect, Seen};
use super::room;
use super::shell::{self, Shell};
use super::studio::{self, Studio};
use super::theme;
use crate::canvas::Canvas;
use crate::document::{Document, EditName};

/// The least and the most width of the recipe, points.
const RECIPE: [f32; 2] = [280.0, 520.0];

/// The most of a window's width that the recipe takes while that is more than its least.
const RECIPE_SHARE: f32 = 0.45;

/// Everything that the window shows and changes.
pub struct App {
    /// What is edited.
    pub(super) document: Document,
    /// Draws it; absent where there is no graphics device, as in tests of the panels.
    pub(super) canvas: Option<Canvas>,
    /// How it is looked at and painted on.
    pub(super) board: Board,
    /// What is asked of the model, and what came of it.
    pub(super) studio: Studio,
    /// Files, settings, dialogs, notices.
    pub(super) shell: Shell,
}

impl App {
    /// A window on a document.
    pub fn new(document: Document, canvas: Option<Canvas>, studio: Studio, shell: Shell) -> Self {
        let mut board = Board::default();
        shell.settings.board.apply(&mut board);
        Self {
            document,
            canvas,
            board,
            studio,
            shell,
        }
    }

    /// What is edited.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What is edited, to edit it.
    pub fn document_mut(&mut self) -> &mut Document {
        &mut self.document
    }

    /// Edits what is edited: at once where that is quick, else on a thread.
    pub fn edit(
        &mut self,
        ctx: &egui::Context,
        what: EditName,
        edit: impl FnOnce(&mut Document) + Send + 'static,
    ) {
        shell::edit(self, ctx, what, edit, |_| ());
    }

    /// What is asked of the model, and what came of it.
    pub fn studio(&self) -> &Studio {
        &self.studio
    }

    /// What is asked of the model, to ask otherwise.
    pub fn studio_mut(&mut self) -> &mut Studio {
        &mut self.studio
    }

    /// Files, settings, dialogs, notices.
    pub fn shell(&self) -> &Shell {
        &self.shell
    }

    /// Files, settings, dialogs, notices, to change them.
    pub fn shell_mut(&mut self) -> &mut Shell {
        &mut self.shell
    }

    /// How it is looked at and painted on.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// How it is looked at and painted on, to change that.
    pub fn board_mut(&mut self) -> &mut Board {
        &mut self.board
    }
}

/// What the canvas is told of the other rooms, and what it asks of them.
impl App {
    /// Whether the picture is an empty canvas.
    pub(super) fn is_blank(&self) -> bool {
        shell::is_blank(&self.shell, &self.document, &self.studio.recipe)
    }

    /// Looks at the canvas.
    pub(super) fn see<R>(&self, look: impl FnOnce(&Seen<'_>) -> R) -> R {
        look(&Seen {
            document: &self.document,
            board: &self.board,
            around: &around(&self.document, &self.studio, &self.shell),
        })
    }

    /// Works on the canvas, and sees to what it asks of others.
    pub(super) fn work<R>(
        &mut self,
        ctx: &egui::Context,
        work: impl FnOnce(&mut Editor<'_>) -> R,
    ) -> R {
        let around = around(&self.document, &self.studio, &self.shell);
        let mut editor = Editor {
            document: &mut self.document,
            canvas: self.canvas.as_mut(),
            board: &mut self.board,
            around,
            effects: Vec::new(),
        };
        let done = work(&mut editor);
        for effect in editor.effects {
            self.apply(ctx, effect);
        }
        done
    }

    fn apply(&mut self, ctx: &egui::Context, effect: Effect) {
        match effect {
            Effect::Say(line) => self.shell.notices.say(line),
            Effect::PutResultsAway => self.studio.put_results_away(),
            Effect::Edit { what, edit, note } => shell::edit(self, ctx, what, edit, |app| {
                if let Some(line) = note() {
                    app.shell.notices.say(line);
                }
            }),
            Effect::ShowObject(index) => shell::show_object(&mut self.shell, index),
            Effect::TakeObject => shell::take_object(self, ctx),
            Effect::Prepare(preparation) => shell::prepare(self, ctx, preparation),
        }
    }
}

fn around<'a>(document: &Document, studio: &'a Studio, shell: &'a Shell) -> Around<'a> {
    Around {
        busy: shell::busy(shell),
        blank: shell::is_blank(shell, document, &studio.recipe),
        recipe: &studio.recipe,
        spec: studio.spec(),
        over: shell::mask_words_layer(shell)
            .or_else(|| shell::object_layer(shell))
            .or_else(|| studio.layer()),
        judged: studio.judged(),
        pointed: shell::pointed(shell),
        shortcuts: &shell.settings.shortcuts,
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        studio::logic(self, ctx);
        shell::logic(self, ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        action::run_pressed(self, ui.ctx());
        egui::Panel::top("menu").show(ui, |ui| shell::menu_bar(self, ui));
        let line = studio::status_line(&self.studio);
        egui::Panel::bottom("status")
            .show(ui, |ui| self.see(|seen| board::status_bar(seen, ui, line)));
        egui::Panel::left("tools")
            .resizable(false)
            .exact_size(board::TOOL_BAR)
            .frame(board::tool_frame(ui.style()))
            .show(ui, |ui| {
                let ctx = ui.ctx().clone();
                self.work(&ctx, |editor| board::tool_bar(editor, ui));
            });
        let most = (ui.available_width() * RECIPE_SHARE).max(RECIPE[0]);
        egui::Panel::right("recipe")
            .default_size(320.0)
            .size_range(RECIPE[0]..=most.min(RECIPE[1]))
            .show(ui, |ui| {
                room::within(ui, |ui| studio::recipe_panel(self, ui))
            });
        studio::results_panel(self, ui);
        let ground = egui::Frame::NONE.fill(theme::canvas_ground(ui.visuals()));
        let canvas = egui::CentralPanel::no_frame().frame(ground).show(ui, |ui| {
            let ctx = ui.ctx().clone();
            let heard = self.work(&ctx, |editor| board::hear(editor, ui));
            self.work(&ctx, |editor| board::paint(editor, ui, &heard));
        });
        studio::at_picture(self, ui.ctx(), canvas.response.rect);
        studio::windows(self, ui.ctx());
        shell::windows(self, ui.ctx(), canvas.response.rect);
    }
}
