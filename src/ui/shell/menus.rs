//! The menu bar and its keys: every action that has a menu, and beside them recent files and samples.
//!
//! Does not know what the actions do.

use eframe::egui::containers::menu::MenuState;
use eframe::egui::os::OperatingSystem;
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    self, Color32, FocusDirection, Key, Modifiers, Popup, Response, Stroke, TextStyle,
};

use super::files::{self, Next};
use super::name_of;
use crate::sample::SAMPLES;
use crate::ui::board;
use crate::ui::room;
use crate::ui::shell::App;
use crate::ui::shell::action::{self, Action, Menu};
use crate::ui::texts::shell as texts;

/// The actions that a line stands above.
const GROUPS: &[&str] = &[
    "file.import_mask",
    "file.reference",
    "file.quit",
    "edit.copy",
    "edit.settings",
    "picture.scale",
    "picture.rotate_left",
    "picture.flip_horizontal",
    "results.keep",
    "recipe.new_seed",
    "sweep.open",
    "models.open",
    "view.rotate_left",
    "view.full_screen",
    "compare.wipe",
    "help.log",
];

/// Draws the menus.
pub(super) fn menu_bar(app: &mut App, ui: &mut egui::Ui) {
    let bar = egui::MenuBar::new().ui(ui, |ui| {
        let titles = Menu::ALL.iter().map(|menu| {
            let title = title(ui, *menu);
            let shown = ui.menu_button(title, |ui| {
                ui.set_min_width(200.0);
                room::beside_bars(ui);
                let most = ui.ctx().content_rect().height() - MENU_ROOM;
                let scroll = egui::ScrollArea::vertical().max_height(most);
                // The popup would give it less than it has.
                let scroll = scroll.min_scrolled_height(most);
                scroll.show(ui, |ui| rows(app, ui, *menu));
            });
            shown.response
        });
        titles.collect::<Vec<_>>()
    });
    let asked = app.shell.takes_keys() || app.studio.takes_keys();
    if !asked && ui.memory(|memory| memory.top_modal_layer().is_none()) {
        hear(ui.ctx(), &bar.inner);
    }
}

/// Room of the window that an open menu leaves: the bar above it, and its own edges, points.
const MENU_ROOM: f32 = 60.0;

/// Draws the actions of a menu.
fn rows(app: &mut App, ui: &mut egui::Ui, menu: Menu) {
    for action in action::all().filter(|action| action.menu == Some(menu)) {
        if GROUPS.contains(&action.id) {
            ui.separator();
        }
        item(app, ui, action);
        if action.id == "file.open" {
            recent(app, ui);
            samples(app, ui);
        }
    }
}

/// Whether Alt and a letter open a menu: not where the letter is typed with it.
fn has_letters(ctx: &egui::Context) -> bool {
    !matches!(ctx.os(), OperatingSystem::Mac | OperatingSystem::IOS)
}

/// The name of a menu, the letter that opens it underlined while Alt is held.
fn title(ui: &egui::Ui, menu: Menu) -> LayoutJob {
    let font = TextStyle::Button.resolve(ui.style());
    let plain = TextFormat::simple(font, Color32::PLACEHOLDER);
    let shown = has_letters(ui.ctx()) && ui.input(|input| input.modifiers.alt);
    let width = if shown { 1.0 } else { 0.0 };
    let underlined = TextFormat {
        underline: Stroke::new(width, ui.visuals().text_color()),
        ..plain.clone()
    };
    let own = own_letter(menu);
    let mut job = LayoutJob::default();
    for (at, letter) in menu.title().char_indices() {
        let format = if Some((at, letter)) == own {
            &underlined
        } else {
            &plain
        };
        job.append(letter.encode_utf8(&mut [0; 4]), 0.0, format.clone());
    }
    job
}

/// Opens the menu whose letter is pressed with Alt, or the first with F10, and goes from an open one to its neighbours.
///
/// Up, Down, Enter, Escape and what is in a menu of a menu are the library's.
fn hear(ctx: &egui::Context, titles: &[Response]) {
    let popup = Popup::default_response_id;
    let open = titles
        .iter()
        .position(|title| Popup::is_id_open(ctx, popup(title)));
    let wanted = letter(ctx).or_else(|| {
        let at = open?;
        let deeper = MenuState::from_id(ctx, popup(&titles[at]), |menu| menu.open_item.is_some());
        let pressed = |key| ctx.input(|input| input.key_pressed(key));
        match (pressed(Key::ArrowRight), pressed(Key::ArrowLeft)) {
            _ if deeper => None,
            (true, _) => Some((at + 1) % titles.len()),
            (_, true) => Some((at + titles.len() - 1) % titles.len()),
            _ => None,
        }
    });
    if let Some(title) = wanted.and_then(|at| titles.get(at)) {
        Popup::open_id(ctx, popup(title));
        ctx.memory_mut(|memory| {
            memory.move_focus(FocusDirection::None);
            memory.request_focus(title.id);
        });
        ctx.request_repaint();
    }
}

/// The letter that opens a menu, and where it stands in the name: the first that none before it has.
fn own_letter(menu: Menu) -> Option<(usize, char)> {
    let mut taken = Vec::new();
    for other in Menu::ALL {
        let title = other.title();
        let mut letters = title.char_indices();
        let own = letters.find(|(_, letter)| !taken.contains(&letter.to_ascii_lowercase()));
        if *other == menu {
            return own;
        }
        taken.extend(own.map(|(_, letter)| letter.to_ascii_lowercase()));
    }
    None
}

/// The menu that a key asks for; the letter is not typed.
fn letter(ctx: &egui::Context) -> Option<usize> {
    if ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::F10)) {
        return Some(0);
    }
    if !has_letters(ctx) {
        return None;
    }
    ctx.input_mut(|input| {
        let at = Menu::ALL.iter().position(|menu| {
            let letter = own_letter(*menu).map(|(_, letter)| letter.to_ascii_uppercase());
            let key = letter.and_then(|letter| Key::from_name(&letter.to_string()));
            key.is_some_and(|key| input.consume_key(Modifiers::ALT, key))
        })?;
        let typed = |event: &egui::Event| matches!(event, egui::Event::Text(_));
        input.events.retain(|event| !typed(event));
        Some(at)
    })
}

/// Closes the menu that an entry was chosen from, also by a key, and gives the keys back to the canvas.
fn close(ui: &egui::Ui) {
    ui.close();
    ui.memory_mut(|memory| {
        if let Some(entry) = memory.focused() {
            memory.surrender_focus(entry);
        }
    });
}

/// Draws an action as a row of a menu, and runs it when it is chosen.
pub(super) fn item(app: &mut App, ui: &mut egui::Ui, action: &'static Action) {
    let enabled = action.enabled(app);
    let mut button = egui::Button::new(app.see(|seen| board::title(seen, action)));
    if let Some(shortcut) = app.shell.settings.shortcut(action) {
        button = button.shortcut_text(action::key_text(ui.ctx(), &shortcut));
    }
    let response = ui
        .add_enabled(enabled.is_ok(), button)
        .on_hover_text(action.tooltip());
    let response = match &enabled {
        Ok(()) => response,
        Err(reason) => response.on_disabled_hover_text(reason),
    };
    if response.clicked() {
        close(ui);
        action::run(app, ui.ctx(), action);
    }
}

fn recent(app: &mut App, ui: &mut egui::Ui) {
    ui.menu_button(texts::RECENT, |ui| {
        let paths = app.shell.settings.recent.clone();
        if paths.is_empty() {
            ui.add_enabled(false, egui::Button::new(texts::NO_RECENT));
            return;
        }
        for path in paths {
            let response = ui
                .button(name_of(&path))
                .on_hover_text(path.display().to_string());
            if response.clicked() {
                close(ui);
                files::leave(app, ui.ctx(), Next::Open(path, None));
            }
        }
        ui.separator();
        if ui.button(texts::FORGET_RECENT).clicked() {
            app.shell.settings.recent.clear();
        }
    });
}

fn samples(app: &mut App, ui: &mut egui::Ui) {
    let menu = ui.menu_button(texts::SAMPLES, |ui| {
        for (index, sample) in SAMPLES.iter().enumerate() {
            if ui.button(sample.title()).clicked() {
                close(ui);
                files::leave(app, ui.ctx(), Next::Sample(index));
            }
        }
    });
    menu.response.on_hover_text(texts::SAMPLES_TOOLTIP);
}
