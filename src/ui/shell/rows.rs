//! Rows of files, the clipboard, settings and help.
//!
//! Does not carry them out.

use eframe::egui::{Key, Modifiers};

use super::files::{self, Next};
use super::{Keys, Palette, mask_words};
use crate::ui::dialog::Wanted;
use crate::ui::shell::App;
use crate::ui::shell::action::{Action, Menu, always, key, row};
use crate::ui::studio;
use crate::ui::texts::shell as texts;
use crate::ui::texts::work as work_texts;

const COMMAND_SHIFT: Modifiers = Modifiers {
    shift: true,
    ..Modifiers::COMMAND
};

/// Rows of files, the clipboard and the program.
pub(super) const ACTIONS: &[Action] = &[
    row(
        "mask.words",
        [
            "Mask by words…",
            "Mask what a few words say, found by a network (CLIPSeg).",
        ],
        Some(Menu::Mask),
        None,
        always,
        mask_words::open,
    ),
    row(
        "file.new",
        [
            "New canvas…",
            "Begin with an empty canvas, on which the prompt alone makes a picture.",
        ],
        Some(Menu::File),
        key(Modifiers::COMMAND, Key::N),
        always,
        |app, ctx| files::leave(app, ctx, Next::NewCanvas),
    )
    .while_typing(),
    row(
        "file.open",
        [
            "Open…",
            "Open a picture (PNG, JPEG, WebP or TIFF) or a project (OpenRaster).",
        ],
        Some(Menu::File),
        key(Modifiers::COMMAND, Key::O),
        no_dialog,
        |app, ctx| files::ask(&mut app.shell, ctx, Wanted::Picture),
    )
    .while_typing(),
    row(
        "file.save",
        ["Save", "Save the picture, or the project, to its file, or beside an opened one where the settings say so."],
        Some(Menu::File),
        key(Modifiers::COMMAND, Key::S),
        no_dialog,
        files::save,
    )
    .while_typing(),
    row(
        "file.save_as",
        [
            "Save as…",
            "Save under another name or in another format, all of it as a project (.ora).",
        ],
        Some(Menu::File),
        key(COMMAND_SHIFT, Key::S),
        no_dialog,
        |app, ctx| files::ask(&mut app.shell, ctx, Wanted::PictureTarget),
    )
    .while_typing(),
    row(
        "file.save_project",
        [
            "Save project…",
            "Save picture, mask, results and recipe together, as an OpenRaster file that other painters open as layers.",
        ],
        Some(Menu::File),
        None,
        no_dialog,
        |app, ctx| files::ask(&mut app.shell, ctx, Wanted::ProjectTarget),
    )
    .while_typing(),
    row(
        "file.recover",
        [
            "Recover work…",
            "Show the work of sessions that ended unexpectedly.",
        ],
        Some(Menu::File),
        None,
        |app| match app.shell.work.offer.is_empty() {
            true => Err(work_texts::NOTHING_TO_RECOVER.into()),
            false => Ok(()),
        },
        |app, _| app.shell.work.offer.open(),
    )
    .while_typing(),
    row(
        "file.import_mask",
        [
            "Import mask…",
            "Take the mask from a grey picture, white where to repaint.",
        ],
        Some(Menu::File),
        None,
        no_dialog,
        |app, ctx| files::ask(&mut app.shell, ctx, Wanted::Mask),
    )
    .while_typing(),
    row(
        "file.export_mask",
        [
            "Save mask…",
            "Save the mask as a grey picture, white where to repaint.",
        ],
        Some(Menu::File),
        key(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::M),
        has_mask,
        |app, ctx| files::ask(&mut app.shell, ctx, Wanted::MaskTarget),
    )
    .while_typing(),
    row(
        "file.reference",
        [
            "Reference picture…",
            "Choose a picture that the masked part is repainted from.",
        ],
        Some(Menu::File),
        None,
        no_dialog,
        |app, ctx| files::ask(&mut app.shell, ctx, Wanted::Reference),
    )
    .while_typing(),
    row(
        "file.quit",
        ["Quit", "End the program; unsaved work is asked about."],
        Some(Menu::File),
        key(Modifiers::COMMAND, Key::Q),
        always,
        |app, ctx| files::leave(app, ctx, Next::Quit),
    )
    .while_typing(),
    row(
            "edit.copy",
            [
                "Copy picture",
                "Put the picture on the clipboard, with the result that is shown.",
            ],
            Some(Menu::Edit),
            key(Modifiers::COMMAND, Key::C),
            always,
            super::copy,
    ),
    row(
            "edit.paste",
            [
                "Paste picture",
                "Open the picture on the clipboard, or take it as the mask when it looks like one.",
            ],
            Some(Menu::Edit),
            key(Modifiers::COMMAND, Key::V),
            always,
            |app, ctx| super::paste(&mut app.shell, ctx),
    ),
    row(
        "edit.settings",
        ["Settings…", "Choose theme, size and memory, and how pictures and results are saved."],
        Some(Menu::Edit),
        key(Modifiers::COMMAND, Key::Comma),
        always,
        |app, _| app.shell.settings_open = true,
    )
    .while_typing(),
    row(
        "help.palette",
        [
            "Find an action…",
            "Find anything that can be done by its name, and do it.",
        ],
        Some(Menu::Help),
        key(Modifiers::COMMAND, Key::K),
        always,
        |app, ctx| {
            app.shell.palette = Some(Palette::default());
            app.with_studio(ctx, |host| studio::look_for_presets(host, ctx));
        },
    )
    .while_typing(),
    row(
        "help.keys",
        ["Keys…", "List all keys, and change them."],
        Some(Menu::Help),
        key(Modifiers::NONE, Key::F1),
        always,
        |app, _| app.shell.keys = Some(Keys::default()),
    )
    .while_typing(),
    row(
        "help.log",
        [
            "Messages…",
            "Read again what was said, and where the log file is.",
        ],
        Some(Menu::Help),
        None,
        always,
        |app, _| app.shell.log_open = true,
    )
    .while_typing(),
];

fn no_dialog(app: &App) -> Result<(), String> {
    match app.shell.dialog.is_open() {
        true => Err(texts::DIALOG_OPEN.into()),
        false => Ok(()),
    }
}

fn has_mask(app: &App) -> Result<(), String> {
    no_dialog(app)?;
    match app.document.mask_bounds() {
        None => Err(texts::EMPTY_MASK.into()),
        Some(_) => Ok(()),
    }
}
