//! The window's state and its frame: events of the engine first, then keys, then the panels.
//!
//! Does not know what any panel shows; each area draws itself.

use std::path::PathBuf;

use eframe::egui;

use super::engine_work::{self, begin};
use super::{Shell, action, edit, files, mask_words, menus, offers, prepare, result_file};
use super::{new_canvas, object_mask};
use crate::canvas::Canvas;
use crate::document::{Document, EditName};
use crate::engine::{FileKind, ModelSource};
use crate::recipe::Parsed;
use crate::ui::board::{self, Around, Board, Editor, Effect, Seen, ToolBar};
use crate::ui::dialog::Wanted;
use crate::ui::studio::{self, Host, Studio};
use crate::ui::{room, theme};

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
        edit::edit(self, ctx, what, edit, |_| ());
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
        new_canvas::is_blank(&self.shell, &self.document, &self.studio.recipe)
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
            Effect::Edit { what, edit, note } => edit::edit(self, ctx, what, edit, |app| {
                if let Some(line) = note() {
                    app.shell.notices.say(line);
                }
            }),
            Effect::ShowObject(index) => object_mask::show_candidate(&mut self.shell, index),
            Effect::TakeObject => object_mask::take(self, ctx),
            Effect::Prepare(preparation) => prepare::prepare(self, ctx, preparation),
        }
    }
}

/// What the studio is told of the other rooms, and what it asks of them.
impl App {
    /// Looks at what is asked of the model.
    pub(super) fn see_studio(&self) -> studio::Seen<'_> {
        studio::Seen {
            document: &self.document,
            studio: &self.studio,
            settings: &self.shell.settings,
            around: told(&self.shell, self.is_blank()),
        }
    }

    /// Works with another recipe from now on, which came from `source`.
    pub(super) fn take_over(&mut self, source: &str, parsed: Parsed) {
        studio::take_over(&mut self.studio, &mut self.shell.notices, source, parsed);
    }

    /// The models of a kind in the library, by their names.
    pub(super) fn models_of(
        &mut self,
        ctx: &egui::Context,
        kind: FileKind,
    ) -> Vec<(String, PathBuf)> {
        self.with_studio(ctx, |host| studio::models_of(host, ctx, kind))
    }

    /// Works with what is asked of the model, and sees to what that asks of others.
    pub(super) fn with_studio<R>(
        &mut self,
        ctx: &egui::Context,
        work: impl FnOnce(&mut Host<'_>) -> R,
    ) -> R {
        let around = told(&self.shell, self.is_blank());
        let mut host = Host {
            document: &mut self.document,
            studio: &mut self.studio,
            settings: &mut self.shell.settings,
            notices: &mut self.shell.notices,
            places: &self.shell.places,
            metadata: &self.shell.origin.metadata,
            around,
            effects: Vec::new(),
        };
        let done = work(&mut host);
        for effect in host.effects {
            self.carry_out(ctx, effect);
        }
        done
    }

    fn carry_out(&mut self, ctx: &egui::Context, effect: studio::Effect) {
        use studio::Effect;
        match effect {
            Effect::Edit { what, edit, then } => {
                let own = ctx.clone();
                let then = move |app: &mut Self| app.with_studio(&own, then);
                edit::edit(self, ctx, what, edit, then);
            }
            // What does it is in the work, and no model is needed.
            Effect::Begin { what, work, then } => {
                let took = |app: &mut Self, ctx: &egui::Context, outcome| {
                    app.with_studio(ctx, |host| then(host, outcome));
                };
                begin(self, what, (*work, ModelSource::BuiltIn), took);
            }
            Effect::Ended(outcome) => engine_work::ended(self, *outcome),
            Effect::Came(result, base, id) => {
                result_file::keep(self, ctx, &result, base, id.0 + 1);
            }
            Effect::Ask(wanted) if !self.shell.dialog.is_open() => {
                if wanted == Wanted::ResultTarget
                    && let Some((seed, number)) = studio::selected_numbers(&self.studio)
                {
                    self.shell.result_name = result_file::name(&self.shell, seed, number);
                }
                files::ask(&mut self.shell, ctx, wanted);
            }
            Effect::Ask(_) => {}
            Effect::Run(id) => {
                if let Some(row) = action::find(id) {
                    action::run(self, ctx, row);
                }
            }
            Effect::PasteRecipe => super::paste_recipe(&mut self.shell, ctx),
            Effect::CloseWindow => super::close_window(&mut self.shell),
            Effect::Restart => super::restart(self, ctx),
        }
    }
}

fn told(shell: &Shell, blank: bool) -> studio::Around {
    studio::Around {
        busy: edit::busy(shell),
        blank,
        canvas: shell.canvas,
        keys_taken: shell.takes_keys(),
        window_open: super::window_open(shell),
    }
}

fn around<'a>(document: &Document, studio: &'a Studio, shell: &'a Shell) -> Around<'a> {
    Around {
        busy: edit::busy(shell),
        blank: new_canvas::is_blank(shell, document, &studio.recipe),
        recipe: &studio.recipe,
        spec: studio.spec(),
        over: mask_words::layer(shell)
            .or_else(|| object_mask::layer(shell))
            .or_else(|| studio.layer()),
        judged: studio.judged(),
        against: studio.held_against(),
        pointed: object_mask::pointed(shell),
        shortcuts: &shell.settings.shortcuts,
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.shell.settings.speak();
        if !super::starts(self, ctx) {
            self.with_studio(ctx, |host| studio::logic(host, ctx));
        }
        super::logic(self, ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        action::run_pressed(self, ui.ctx());
        egui::Panel::top("menu").show(ui, |ui| menus::menu_bar(self, ui));
        let line = studio::status_line(&self.studio);
        egui::Panel::bottom("status")
            .show(ui, |ui| self.see(|seen| board::status_bar(seen, ui, line)));
        let bar = ToolBar::new(ui.available_height(), self.shell.settings.tool_names);
        egui::Panel::left("tools")
            .resizable(false)
            .exact_size(bar.width())
            .frame(board::tool_frame(ui.style()))
            .show(ui, |ui| {
                let ctx = ui.ctx().clone();
                self.work(&ctx, |editor| board::tool_bar(editor, ui, bar));
            });
        let most = (ui.available_width() * RECIPE_SHARE).max(RECIPE[0]);
        egui::Panel::right("recipe")
            .default_size(320.0)
            .size_range(RECIPE[0]..=most.min(RECIPE[1]))
            .show(ui, |ui| {
                let ctx = ui.ctx().clone();
                room::within(ui, |ui| {
                    self.with_studio(&ctx, |host| studio::recipe_panel(host, ui));
                });
            });
        let ctx = ui.ctx().clone();
        let results = self.with_studio(&ctx, |host| studio::results_panel(host, ui));
        offers::menus(self, &results);
        let ground = egui::Frame::NONE.fill(theme::canvas_ground(ui.visuals()));
        let canvas = egui::CentralPanel::no_frame().frame(ground).show(ui, |ui| {
            let ctx = ui.ctx().clone();
            let heard = self.work(&ctx, |editor| board::hear(editor, ui));
            self.work(&ctx, |editor| board::paint(editor, ui, &heard));
        });
        offers::at_picture(self, &ctx, canvas.response.rect);
        self.with_studio(&ctx, |host| studio::windows(host, &ctx));
        super::windows(self, &ctx, canvas.response.rect);
    }
}
