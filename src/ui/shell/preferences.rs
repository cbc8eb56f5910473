//! The window of settings: one row for each, which the palette finds too.
//!
//! Does not keep them; [`settings`](super::settings) does.

use eframe::egui::{self, Align2, ThemePreference};

use super::Shell;
use crate::ui::settings::Settings;
use crate::ui::texts::{Language, Text, shell as texts};

/// One choice of the artist's.
pub(super) struct Setting {
    /// Its name.
    pub label: Text,
    /// One sentence in an artist's words.
    pub tooltip: Text,
    /// What values it has.
    pub kind: Kind,
}

/// What values a setting has, and where they are kept.
pub(super) enum Kind {
    /// One of a few.
    Choice(&'static [Chosen]),
    /// On or off, and the words beside the box.
    Switch(Text, fn(&mut Settings) -> &mut bool),
    /// Words, and what stands there while there are none.
    Words(Text, fn(&mut Settings) -> &mut String),
    /// A number.
    Number {
        /// The least and the most.
        range: [f64; 2],
        /// How much a drag changes it.
        speed: f64,
        /// Written behind it.
        unit: Text,
        get: fn(&Settings) -> f64,
        set: fn(&mut Settings, f64),
    },
}

/// One of the few values of a setting.
pub(super) struct Chosen {
    /// Its name.
    pub label: Text,
    /// Whether it is the one.
    pub is: fn(&Settings) -> bool,
    /// Makes it the one.
    pub set: fn(&mut Settings),
}

macro_rules! budget {
    ($label:ident, $tooltip:ident, $field:ident) => {
        Setting {
            label: texts::$label,
            tooltip: texts::$tooltip,
            kind: Kind::Number {
                range: [
                    *Settings::BUDGETS.start() as f64,
                    *Settings::BUDGETS.end() as f64,
                ],
                speed: 16.0,
                unit: texts::MEBIBYTES,
                get: |settings| settings.$field as f64,
                set: |settings, budget| settings.$field = budget as usize,
            },
        }
    };
}

macro_rules! theme {
    ($label:ident, $theme:ident) => {
        Chosen {
            label: texts::$label,
            is: |settings| settings.theme == ThemePreference::$theme,
            set: |settings| settings.theme = ThemePreference::$theme,
        }
    };
}

macro_rules! language {
    ($name:expr, $language:expr) => {
        Chosen {
            label: $name,
            is: |settings| settings.language == $language,
            set: |settings| settings.language = $language,
        }
    };
}

/// Every setting, in the order in which they are shown.
pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        label: texts::LANGUAGE,
        tooltip: texts::LANGUAGE_TIP,
        kind: Kind::Choice(&[
            language!(texts::THEME_SYSTEM, None),
            language!(Text::name("English"), Some(Language::English)),
            language!(Text::name("Deutsch"), Some(Language::German)),
        ]),
    },
    Setting {
        label: texts::THEME,
        tooltip: texts::THEME_TOOLTIP,
        kind: Kind::Choice(&[
            theme!(THEME_DARK, Dark),
            theme!(THEME_LIGHT, Light),
            theme!(THEME_SYSTEM, System),
        ]),
    },
    Setting {
        label: texts::SCALE,
        tooltip: texts::SCALE_TOOLTIP,
        kind: Kind::Number {
            range: [
                (*Settings::SCALES.start() * 100.0).round() as f64,
                (*Settings::SCALES.end() * 100.0).round() as f64,
            ],
            speed: 5.0,
            unit: texts::PERCENT,
            get: |settings| f64::from((settings.scale * 100.0).round()),
            set: |settings, percent| settings.scale = percent as f32 / 100.0,
        },
    },
    Setting {
        label: texts::TOOLS,
        tooltip: texts::TOOL_NAMES_TOOLTIP,
        kind: Kind::Switch(texts::TOOL_NAMES, |settings| &mut settings.tool_names),
    },
    budget!(UNDO_BUDGET, UNDO_BUDGET_TOOLTIP, undo_budget),
    budget!(RESULTS_BUDGET, RESULTS_BUDGET_TOOLTIP, results_budget),
    Setting {
        label: texts::FILES,
        tooltip: texts::WRITE_RECIPES_TOOLTIP,
        kind: Kind::Switch(texts::WRITE_RECIPES, |settings| &mut settings.write_recipes),
    },
    Setting {
        label: Text::NONE,
        tooltip: texts::SAVE_BESIDE_TOOLTIP,
        kind: Kind::Switch(texts::SAVE_BESIDE, |settings| &mut settings.save_beside),
    },
    Setting {
        label: texts::RESULTS,
        tooltip: texts::AUTOSAVE_TOOLTIP,
        kind: Kind::Switch(texts::AUTOSAVE, |settings| &mut settings.autosave_results),
    },
    Setting {
        label: texts::RESULTS_FOLDER,
        tooltip: texts::RESULTS_FOLDER_TOOLTIP,
        kind: Kind::Words(texts::RESULTS_FOLDER_HINT, |settings| {
            &mut settings.results_folder
        }),
    },
    Setting {
        label: texts::RESULTS_NAME,
        tooltip: texts::RESULTS_NAME_TOOLTIP,
        kind: Kind::Words(Text::NONE, |settings| &mut settings.results_name),
    },
];

/// Width of a text's field, points: no less than the longest switch beside it takes.
const FIELD: f32 = 260.0;

impl Setting {
    /// Brings it back to what it was at first.
    fn reset(&self, settings: &mut Settings) {
        let mut first = Settings::default();
        match self.kind {
            Kind::Choice(choices) => {
                let usual = choices.iter().find(|choice| (choice.is)(&first));
                usual.into_iter().for_each(|choice| (choice.set)(settings));
            }
            Kind::Switch(_, of) => *of(settings) = *of(&mut first),
            Kind::Words(_, of) => of(settings).clone_from(of(&mut first)),
            Kind::Number { get, set, .. } => set(settings, get(&first)),
        }
    }
}

/// Draws the settings, while they are open; changes show at once.
pub(super) fn show(shell: &mut Shell, ctx: &egui::Context) {
    let mut open = shell.settings_open;
    let settings = &mut shell.settings;
    egui::Window::new(texts::SETTINGS_TITLE)
        .id(egui::Id::unique("settings"))
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .pivot(Align2::CENTER_CENTER)
        .default_pos(ctx.content_rect().center())
        .show(ctx, |ui| {
            egui::Grid::new("settings grid")
                .num_columns(2)
                .spacing([18.0, 8.0])
                .show(ui, |ui| {
                    for setting in SETTINGS {
                        row(ui, setting, settings);
                        ui.end_row();
                    }
                });
            ui.add_space(8.0);
            let usual = ui
                .button(texts::SETTINGS_RESET)
                .on_hover_text(texts::SETTINGS_RESET_TOOLTIP);
            if usual.clicked() {
                let language = settings.language;
                SETTINGS.iter().for_each(|setting| setting.reset(settings));
                settings.language = language;
            }
        });
    shell.settings_open = open;
}

fn row(ui: &mut egui::Ui, setting: &Setting, settings: &mut Settings) {
    let label = ui.label(setting.label);
    match setting.kind {
        Kind::Choice(choices) => {
            ui.horizontal(|ui| {
                for choice in choices {
                    let chosen = ui.selectable_label((choice.is)(settings), choice.label);
                    if chosen.on_hover_text(setting.tooltip).clicked() {
                        (choice.set)(settings);
                    }
                }
            });
        }
        Kind::Switch(words, of) => {
            ui.checkbox(of(settings), words)
                .on_hover_text(setting.tooltip);
        }
        Kind::Words(hint, of) => {
            let field = egui::TextEdit::singleline(of(settings)).hint_text(hint);
            ui.add(field.desired_width(FIELD))
                .labelled_by(label.id)
                .on_hover_text(setting.tooltip);
        }
        Kind::Number {
            range: [least, most],
            speed,
            unit,
            get,
            set,
        } => {
            let mut value = get(settings);
            let number = egui::DragValue::new(&mut value)
                .range(least..=most)
                .speed(speed)
                .fixed_decimals(0)
                .suffix(unit)
                // While it is typed, the window does not grow with every digit.
                .update_while_editing(false);
            let number = ui.add(number).labelled_by(label.id);
            if number.on_hover_text(setting.tooltip).changed() {
                set(settings, value);
            }
        }
    }
}
