//! The command palette: every action by its name, found by a few of its letters.
//!
//! Does not know what the actions do.

use eframe::egui::{self, Align, Key, Layout, Modifiers};

use crate::ui::shell::App;
use crate::ui::shell::action::{self, Action};
use crate::ui::texts::{self as all_texts, shell as texts};

/// The palette while it is open.
#[derive(Default)]
pub(super) struct Palette {
    /// What was typed.
    query: String,
    /// Which of the found actions Enter would run.
    at: usize,
}

/// How well a name fits what was typed; `None` when its letters are not in it in that order.
///
/// Letters in a row and at the starts of words count more; a shorter name wins between equals.
pub(crate) fn score(query: &str, name: &str) -> Option<i32> {
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let mut score = 0;
    let mut from = 0;
    let mut last = None;
    for letter in query.to_lowercase().chars().filter(|c| !c.is_whitespace()) {
        let starts = |&at: &usize| at == 0 || !name[at - 1].is_alphanumeric();
        let mut places = (from..name.len()).filter(|&at| name[at] == letter);
        let next = places.clone().find(|&at| last == Some(at.wrapping_sub(1)));
        let start = places.clone().find(starts);
        let at = next.or(start).or_else(|| places.next())?;
        score += match () {
            () if next == Some(at) => 8,
            () if start == Some(at) => 6,
            () => 1,
        };
        last = Some(at);
        from = at + 1;
    }
    Some(score * 100 - name.len() as i32)
}

/// Actions that fit, best first; all of them in their order when nothing is typed.
pub(crate) fn find(query: &str) -> Vec<&'static Action> {
    let mut found: Vec<_> = action::all()
        .filter_map(|action| Some((score(query, action.label)?, action)))
        .collect();
    if !query.trim().is_empty() {
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    }
    found.into_iter().map(|(_, action)| action).collect()
}

/// Draws the palette, if it is open, and runs what was chosen.
pub(super) fn show(app: &mut App, ctx: &egui::Context) {
    let Some(mut palette) = app.shell.palette.take() else {
        return;
    };
    let mut found = find(&palette.query);
    if palette.query.trim().is_empty() {
        // A list to choose from begins with what can be chosen.
        found.sort_by_key(|action| action.enabled(app).is_err());
    }
    let press = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let (down, up, enter) = (
        press(Key::ArrowDown),
        press(Key::ArrowUp),
        press(Key::Enter),
    );
    if !found.is_empty() {
        let step = usize::from(down) + if up { found.len() - 1 } else { 0 };
        palette.at = (palette.at.min(found.len() - 1) + step) % found.len();
    }
    let moved = down || up;
    let modal = egui::Modal::new(egui::Id::unique("palette"));
    let area = modal
        .area
        .clone()
        .anchor(egui::Align2::CENTER_TOP, [0.0, 70.0]);
    let response = modal.area(area).show(ctx, |ui| {
        ui.set_width(460.0);
        let field = egui::TextEdit::singleline(&mut palette.query)
            .hint_text(texts::PALETTE_HINT)
            .desired_width(f32::INFINITY);
        let field = ui.add(field);
        field.widget_info(|| {
            let mut info =
                egui::WidgetInfo::labeled(egui::Role::TextInput, true, texts::PALETTE_LABEL);
            info.current_text_value = Some(palette.query.clone());
            info
        });
        if !field.has_focus() {
            field.request_focus();
        }
        if field.changed() {
            palette.at = 0;
        }
        ui.add_space(4.0);
        let mut chosen = None;
        egui::ScrollArea::vertical()
            .max_height(360.0)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                if found.is_empty() {
                    ui.weak(texts::PALETTE_NONE);
                }
                for (index, action) in found.iter().enumerate() {
                    let row = row(app, ui, action, index == palette.at);
                    if row.clicked() {
                        chosen = Some(*action);
                    }
                    if moved && index == palette.at {
                        row.scroll_to_me(None);
                    }
                }
            });
        chosen
    });
    let chosen = match enter && response.inner.is_none() {
        true => found.get(palette.at).copied(),
        false => response.inner,
    };
    match chosen {
        Some(action) => action::run(app, ctx, action),
        None if response.should_close() => {}
        None => app.shell.palette = Some(palette),
    }
}

/// One action: its name and key, or why it cannot be done.
fn row(app: &App, ui: &mut egui::Ui, action: &'static Action, at: bool) -> egui::Response {
    let enabled = action.enabled(app);
    let key = app.shell.settings.shortcut(action);
    let key = key.map(|key| action::key_text(ui.ctx(), &key));
    let mut button = egui::Button::new(action.label)
        .selected(at)
        .frame_when_inactive(at)
        .min_size(egui::vec2(ui.available_width(), 0.0));
    let trailing = match (&enabled, action.menu) {
        (Err(reason), _) => Some(reason.clone()),
        (Ok(()), menu) => key.or_else(|| menu.map(|menu| all_texts::menu(menu).to_owned())),
    };
    if let Some(trailing) = trailing {
        button = button.shortcut_text(egui::RichText::new(trailing).weak());
    }
    // Enabled all the same, so that it can be asked for and the reason is said.
    ui.with_layout(Layout::top_down_justified(Align::Min), |ui| ui.add(button))
        .inner
        .on_hover_text(action.tooltip)
}
