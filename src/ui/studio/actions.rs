//! What can be done with recipe, queue, results and models, as rows of the table of actions.
//!
//! Does not know how any of it is drawn.

use eframe::egui::{self, Key, KeyboardShortcut, Modifiers};

use super::super::action::{Action, Menu, always};
use super::super::app::App;
use super::super::shell;
use super::super::texts::recipes as recipe_texts;
use super::super::texts::studio as texts;
use super::history::{History, Words};
use super::{contact, models, notes, prompt, results, submit, sweep};

const fn key(modifiers: Modifiers, key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(modifiers, key))
}

/// Rows of repainting, its results, its recipe and its models.
pub const ACTIONS: &[Action] = &[
    Action {
        id: "repaint.repaint",
        label: "Repaint",
        tooltip: "Repaint the masked part as the recipe says; while one runs, the next one waits.",
        menu: Some(Menu::Repaint),
        shortcut: key(Modifiers::COMMAND, Key::Enter),
        while_typing: true,
        enabled: super::can_repaint,
        run: |app, _| submit::repaint(app),
    },
    Action {
        id: "repaint.close",
        label: "Close dialog",
        tooltip: "Close the window of the sweep or of the models.",
        menu: None,
        shortcut: key(Modifiers::NONE, Key::Escape),
        while_typing: false,
        enabled: |app| match app.studio.sweep.open || app.studio.models.open {
            true => Ok(()),
            false => Err(texts::NO_DIALOG.to_owned()),
        },
        run: |app, _| {
            app.studio.sweep.open = false;
            app.studio.models.open = false;
        },
    },
    Action {
        id: "repaint.stop",
        label: "Stop",
        tooltip: "Stop the repaint that runs; with none running, put the results away and show your picture.",
        menu: Some(Menu::Repaint),
        shortcut: key(Modifiers::NONE, Key::Escape),
        while_typing: false,
        enabled: super::can_stop,
        run: |app, _| super::stop(app),
    },
    Action {
        id: "repaint.stop_all",
        label: "Stop all",
        tooltip: "Stop the repaint that runs and send away those that wait.",
        menu: Some(Menu::Repaint),
        shortcut: key(Modifiers::SHIFT, Key::Escape),
        while_typing: true,
        enabled: |app| {
            let queue = &app.studio.queue;
            if queue.running().is_none() && queue.waiting().is_empty() {
                return Err(texts::NOTHING_RUNS.to_owned());
            }
            Ok(())
        },
        run: |app, _| {
            app.studio.queue.clear();
            app.studio.queue.stop();
        },
    },
    Action {
        id: "results.keep",
        label: "Keep",
        tooltip: "Put the selected result into the picture; one undo takes it back.",
        menu: Some(Menu::Repaint),
        shortcut: key(Modifiers::NONE, Key::Enter),
        while_typing: false,
        enabled: results::can_keep,
        run: results::keep,
    },
    Action {
        id: "results.discard",
        label: "Discard",
        tooltip: "Throw the selected result away.",
        menu: Some(Menu::Repaint),
        shortcut: key(Modifiers::NONE, Key::Delete),
        while_typing: false,
        enabled: |app| results::selected(app).map(|_| ()),
        run: |app, _| app.studio.results.discard(),
    },
    Action {
        id: "results.discard_all",
        label: "Discard all results",
        tooltip: "Throw every result of the strip away.",
        menu: Some(Menu::Repaint),
        shortcut: None,
        while_typing: false,
        enabled: has_results,
        run: |app, _| app.studio.results.discard_all(),
    },
    Action {
        id: "results.use_recipe",
        label: "Use recipe",
        tooltip: "Bring back the recipe that made the selected result, its seed locked.",
        menu: Some(Menu::Repaint),
        shortcut: None,
        while_typing: false,
        enabled: |app| results::selected(app).map(|_| ()),
        run: |app, _| {
            let studio = &app.studio;
            if let Some((name, asked)) = studio.results.asked(&studio.wildcards) {
                notes::adopt(app, &name, asked);
            }
        },
    },
    Action {
        id: "results.use_seed",
        label: "Use seed",
        tooltip: "Take the seed of the selected result into the panel and lock it; the rest of the recipe stays.",
        menu: Some(Menu::Repaint),
        shortcut: None,
        while_typing: false,
        enabled: |app| results::selected(app).map(|_| ()),
        run: |app, _| {
            let recipe = results::selected(app).map(|one| one.recipe.clone());
            if let Ok(recipe) = recipe {
                app.studio.use_seeds(&recipe);
            }
        },
    },
    Action {
        id: "results.next",
        label: "Next result",
        tooltip: "Look at the next result.",
        menu: Some(Menu::Repaint),
        shortcut: key(Modifiers::NONE, Key::ArrowRight),
        while_typing: false,
        enabled: has_results,
        run: |app, _| walk(app, true),
    },
    Action {
        id: "results.previous",
        label: "Previous result",
        tooltip: "Look at the result before.",
        menu: Some(Menu::Repaint),
        shortcut: key(Modifiers::NONE, Key::ArrowLeft),
        while_typing: false,
        enabled: has_results,
        run: |app, _| walk(app, false),
    },
    Action {
        id: "recipe.new_seed",
        label: "New seed",
        tooltip: "Throw the dice for another seed.",
        menu: Some(Menu::Repaint),
        shortcut: None,
        while_typing: false,
        enabled: always,
        run: |app, _| app.studio.new_seed(),
    },
    Action {
        id: "recipe.new_variation_seed",
        label: "New variation seed",
        tooltip: "Throw the dice for another variation of the same seed.",
        menu: Some(Menu::Repaint),
        shortcut: None,
        while_typing: false,
        enabled: |app| match app.studio.recipe.variation {
            Some(_) => Ok(()),
            None => Err(recipe_texts::NO_VARIATION.to_owned()),
        },
        run: |app, _| app.studio.new_variation_seed(),
    },
    Action {
        id: "recipe.copy",
        label: "Copy recipe",
        tooltip: "Put the recipe of the result that you look at on the clipboard as text, else that of the panel.",
        menu: Some(Menu::Repaint),
        shortcut: None,
        while_typing: true,
        enabled: always,
        run: shell::copy_recipe,
    },
    Action {
        id: "recipe.paste",
        label: "Paste recipe",
        tooltip: "Take over the recipe that is on the clipboard as text, whichever tool of the field wrote it.",
        menu: Some(Menu::Repaint),
        shortcut: None,
        while_typing: true,
        enabled: always,
        run: shell::paste_recipe,
    },
    Action {
        id: "recipe.take_over",
        label: "Take over the picture's recipe",
        tooltip: "Put the recipe that the open picture carries into the panel.",
        menu: Some(Menu::Repaint),
        shortcut: None,
        while_typing: true,
        enabled: shell::can_take_recipe,
        run: |app, _| shell::take_recipe(app),
    },
    Action {
        id: "recipe.older_prompt",
        label: "Earlier prompt",
        tooltip: "Go back to the prompts that you repainted with before these.",
        menu: None,
        shortcut: key(Modifiers::ALT, Key::ArrowUp),
        while_typing: true,
        enabled: in_a_prompt,
        run: |app, ctx| leaf(app, ctx, History::older, recipe_texts::OLDEST),
    },
    Action {
        id: "recipe.newer_prompt",
        label: "Later prompt",
        tooltip: "Go forward to later prompts, and at their end to what you were typing.",
        menu: None,
        shortcut: key(Modifiers::ALT, Key::ArrowDown),
        while_typing: true,
        enabled: in_a_prompt,
        run: |app, ctx| leaf(app, ctx, History::newer, recipe_texts::NEWEST),
    },
    Action {
        id: "sweep.open",
        label: "Parameter sweep\u{2026}",
        tooltip: "Repaint once for every value of a parameter or two, and see the results side by side.",
        menu: Some(Menu::Repaint),
        shortcut: None,
        while_typing: true,
        enabled: always,
        run: |app, _| sweep::open(app),
    },
    Action {
        id: "sweep.sheet",
        label: "Contact sheet",
        tooltip: "Look at the results of the last parameter sweep side by side.",
        menu: Some(Menu::Repaint),
        shortcut: None,
        while_typing: true,
        enabled: contact::can_open,
        run: |app, _| contact::open(app),
    },
    Action {
        id: "recipe.heavier",
        label: "Weigh words more",
        tooltip: "Raise the weight of the selected words of a prompt by a tenth.",
        menu: None,
        shortcut: key(Modifiers::COMMAND, Key::ArrowUp),
        while_typing: true,
        enabled: in_a_prompt,
        run: |app, ctx| weigh(app, ctx, 0.1),
    },
    Action {
        id: "recipe.lighter",
        label: "Weigh words less",
        tooltip: "Lower the weight of the selected words of a prompt by a tenth.",
        menu: None,
        shortcut: key(Modifiers::COMMAND, Key::ArrowDown),
        while_typing: true,
        enabled: in_a_prompt,
        run: |app, ctx| weigh(app, ctx, -0.1),
    },
    Action {
        id: "models.open",
        label: "Models and devices\u{2026}",
        tooltip: "Choose the model that paints and the device that it runs on.",
        menu: Some(Menu::Repaint),
        shortcut: key(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::M),
        while_typing: true,
        enabled: always,
        run: |app, _| models::open(app),
    },
    Action {
        id: "models.add_folder",
        label: "Add a model\u{2026}",
        tooltip: "Add the folder of a model in the diffusers ONNX layout.",
        menu: Some(Menu::Repaint),
        shortcut: None,
        while_typing: true,
        enabled: models::can_pick,
        run: |app, ctx| models::pick(app, ctx),
    },
];

fn has_results(app: &App) -> Result<(), String> {
    if app.studio.results.gallery().is_empty() {
        return Err(texts::NO_RESULTS.to_owned());
    }
    Ok(())
}

fn walk(app: &mut App, forwards: bool) {
    if let Some(id) = app.studio.results.neighbour(forwards) {
        app.studio.results.select(id);
    }
}

fn in_a_prompt(app: &App) -> Result<(), String> {
    match app.studio.prompts.focused {
        Some(_) => Ok(()),
        None => Err(texts::NOT_IN_A_PROMPT.to_owned()),
    }
}

/// Goes through the earlier prompts.
fn leaf(
    app: &mut App,
    ctx: &egui::Context,
    turn: fn(&mut History, &Words) -> Option<Words>,
    end: &str,
) {
    let studio = &mut app.studio;
    let now = Words::of(&studio.recipe);
    match turn(&mut studio.history, &now) {
        Some(words) => {
            prompt::replace(ctx, &mut studio.recipe, studio.prompts.focused, words);
        }
        None => app.shell.notices.say(end),
    }
}

fn weigh(app: &mut App, ctx: &egui::Context, step: f64) {
    let studio = &mut app.studio;
    let shifted = studio
        .prompts
        .focused
        .is_some_and(|which| prompt::shift(ctx, &mut studio.recipe, which, step));
    if !shifted {
        app.shell.notices.say(texts::NO_WORD);
    }
}
