//! What can be done with recipe, queue, results and models, as rows of the table of actions.
//!
//! Does not know how any of it is drawn.

use eframe::egui::{self, Key, Modifiers};

use super::super::dialog::Wanted;
use super::super::row::{Menu, key};
use super::super::texts::recipes as recipe_texts;
use super::super::texts::studio as texts;
use super::Studio;
use super::history::{History, Words};
use super::host::{Effect, Host, Row, Seen, always, row};
use super::prompt::Which;
use super::{carried, contact, fix, models, preset_files, prompt, results, submit, sweep};

/// Rows of repainting, its results, its recipe and its models.
pub const ACTIONS: &[Row] = &[
    row(
        "repaint.repaint",
        [
            "Repaint",
            "Repaint the masked part as the recipe says; while one runs, the next one waits.",
        ],
        Some(Menu::Repaint),
        key(Modifiers::COMMAND, Key::Enter),
        super::can_repaint,
        |host, ctx| {
            submit::repaint(host);
            // Who repaints looks at what comes of it, and chooses with keys.
            ctx.memory_mut(|memory| memory.stop_text_input());
        },
    )
    .while_typing(),
    row(
        "recipe.prompt",
        [
            "Write the prompt",
            "Put the cursor into the prompt; Escape gives the keys back to the canvas, and so does Ctrl+Enter, which repaints.",
        ],
        Some(Menu::Repaint),
        key(Modifiers::NONE, Key::T),
        always,
        |host, ctx| prompt::focus(ctx, Which::Positive, &host.studio.recipe),
    ),
    row(
        "repaint.close",
        ["Close dialog", "Close the window that is open."],
        None,
        key(Modifiers::NONE, Key::Escape),
        |seen| {
            let studio = seen.studio;
            let own = studio.sweep.open || studio.models.open || studio.fix.is_open();
            let own = own || contact::is_open(studio);
            match own || seen.around.window_open {
                true => Ok(()),
                false => Err(texts::NO_DIALOG.into()),
            }
        },
        |host, _| {
            // The key gave up the prompt.
            if host.studio.typing && !host.around.window_open {
                return;
            }
            // One at a time, what was asked for last first.
            if host.around.window_open {
                host.effects.push(Effect::CloseWindow);
            } else if host.studio.models.open {
                host.studio.models.open = false;
            } else if host.studio.sweep.open {
                host.studio.sweep.open = false;
            } else if contact::is_open(host.studio) {
                contact::close(host.studio);
            } else {
                fix::close(host.studio);
            }
        },
    ),
    row(
        "repaint.stop",
        [
            "Stop",
            "Stop the repaint that runs; with none running, put the results away and show your picture.",
        ],
        Some(Menu::Repaint),
        key(Modifiers::NONE, Key::Escape),
        can_stop,
        |host, _| stop(host.studio),
    ),
    row(
        "repaint.stop_all",
        ["Stop all", "Stop the repaint that runs and send away those that wait."],
        Some(Menu::Repaint),
        key(Modifiers::SHIFT, Key::Escape),
        |seen| {
            let queue = &seen.studio.queue;
            if queue.running().is_none() && queue.waiting().is_empty() {
                return Err(texts::NOTHING_RUNS.into());
            }
            Ok(())
        },
        |host, _| {
            host.studio.queue.stop_all();
        },
    )
    .while_typing(),
    row(
        "repaint.fix",
        [
            "Fix hands\u{2026}",
            "Find the hands (or faces) of the picture, repaint each several times, and pick the best of each.",
        ],
        Some(Menu::Repaint),
        key(Modifiers::SHIFT, Key::F),
        fix::can_open,
        |host, _| fix::open(host),
    ),
    row(
        "repaint.fix_next",
        [
            "Repaint all hands, or keep the picks",
            "In the window that fixes hands: repaint each that is ticked, or keep the tries that are picked.",
        ],
        None,
        key(Modifiers::NONE, Key::Enter),
        fix::can_go_on,
        fix::go_on,
    ),
    row(
        "results.keep",
        ["Keep", "Put the selected result into the picture; one undo takes it back."],
        Some(Menu::Repaint),
        key(Modifiers::NONE, Key::Enter),
        results::can_keep,
        results::keep,
    ),
    row(
        "results.discard",
        ["Discard", "Throw the selected result away."],
        Some(Menu::Repaint),
        key(Modifiers::NONE, Key::Delete),
        |seen| results::selected(seen.studio).map(|_| ()),
        |host, _| {
            let now = host.studio.base;
            host.studio.results.discard(now);
        },
    ),
    row(
        "results.discard_all",
        ["Discard all results", "Throw every result of the strip away."],
        Some(Menu::Repaint),
        None,
        has_results,
        |host, _| host.studio.results.discard_all(),
    ),
    row(
        "results.similar",
        ["Similar", "Repaint near the selected result: by its recipe and seed, with a little other noise; as many as Count says."],
        Some(Menu::Repaint),
        None,
        |seen| super::can_repaint(seen).and_then(|()| results::can_lay_over(seen)),
        |host, _| submit::similar(host),
    ),
    row(
        "results.star",
        ["Star", "Mark the selected result with a star, or take it away."],
        Some(Menu::Repaint),
        None,
        |seen| results::selected(seen.studio).map(|_| ()),
        |host, _| host.studio.results.star(),
    ),
    row(
        "results.against",
        ["Compare with it", "Hold the selected result against each other one that you select: side by side and with the wipe it stands in the place of the picture before. Ctrl+click does it in the strip."],
        Some(Menu::Repaint),
        None,
        results::can_lay_over,
        |host, _| {
            if let Some(id) = host.studio.results.selected().map(|one| one.id) {
                host.studio.results.hold_against(id);
            }
        },
    ),
    row(
        "results.save",
        [
            "Save result as\u{2026}",
            "Save the picture with the selected result in it to a file of its own; the open picture stays as it is.",
        ],
        Some(Menu::Repaint),
        None,
        results::can_lay_over,
        |host, _| host.ask(Wanted::ResultTarget),
    ),
    row(
        "results.reference",
        ["Repaint from result", "Make the picture with the selected result in it the reference picture."],
        Some(Menu::Repaint),
        None,
        results::can_lay_over,
        |host, _| results::as_reference(host),
    ),
    row(
        "results.use_recipe",
        ["Use recipe", "Bring back the recipe that made the selected result, its seed locked."],
        Some(Menu::Repaint),
        None,
        |seen| results::selected(seen.studio).map(|_| ()),
        |host, _| {
            let studio = &*host.studio;
            if let Some((name, asked)) = studio.results.asked(&studio.wildcards) {
                preset_files::adopt(host.studio, &name, asked);
            }
        },
    ),
    row(
        "results.use_seed",
        [
            "Use seed",
            "Take the seed of the selected result into the panel and lock it; the rest of the recipe stays.",
        ],
        Some(Menu::Repaint),
        None,
        |seen| results::selected(seen.studio).map(|_| ()),
        |host, _| {
            let recipe = results::selected(host.studio).map(|one| one.result.recipe.clone());
            if let Ok(recipe) = recipe {
                host.studio.use_seeds(&recipe);
            }
        },
    ),
    row(
        "results.next",
        ["Next result", "Look at the next result."],
        Some(Menu::Repaint),
        key(Modifiers::NONE, Key::ArrowRight),
        has_results,
        |host, _| walk(host.studio, true),
    ),
    row(
        "results.previous",
        ["Previous result", "Look at the result before."],
        Some(Menu::Repaint),
        key(Modifiers::NONE, Key::ArrowLeft),
        has_results,
        |host, _| walk(host.studio, false),
    ),
    row(
        "recipe.new_seed",
        ["New seed", "Throw the dice for another seed."],
        Some(Menu::Repaint),
        None,
        always,
        |host, _| host.studio.new_seed(),
    ),
    row(
        "recipe.new_variation_seed",
        ["New variation seed", "Throw the dice for another variation of the same seed."],
        Some(Menu::Repaint),
        None,
        |seen| match seen.studio.recipe.variation {
            Some(_) => Ok(()),
            None => Err(recipe_texts::NO_VARIATION.into()),
        },
        |host, _| host.studio.new_variation_seed(),
    ),
    row(
        "recipe.copy",
        [
            "Copy recipe",
            "Put the recipe of the result that you look at on the clipboard as text, else that of the panel.",
        ],
        Some(Menu::Repaint),
        None,
        always,
        copy_recipe,
    )
    .while_typing(),
    row(
        "recipe.paste",
        [
            "Paste recipe",
            "Take over the recipe that is on the clipboard as text, whichever tool of the field wrote it.",
        ],
        Some(Menu::Repaint),
        None,
        always,
        |host, _| host.effects.push(Effect::PasteRecipe),
    )
    .while_typing(),
    row(
        "recipe.take_over",
        [
            "Take over the picture's recipe",
            "Put the recipe that the open picture carries into the panel.",
        ],
        Some(Menu::Repaint),
        None,
        carried::can_take,
        |host, _| carried::take(host),
    )
    .while_typing(),
    row(
        "recipe.older_prompt",
        ["Earlier prompt", "Go back to the prompts that you repainted with before these."],
        None,
        key(Modifiers::ALT, Key::ArrowUp),
        in_a_prompt,
        |host, ctx| leaf(host, ctx, History::older, recipe_texts::OLDEST.get()),
    )
    .while_typing(),
    row(
        "recipe.newer_prompt",
        ["Later prompt", "Go forward to later prompts, and at their end to what you were typing."],
        None,
        key(Modifiers::ALT, Key::ArrowDown),
        in_a_prompt,
        |host, ctx| leaf(host, ctx, History::newer, recipe_texts::NEWEST.get()),
    )
    .while_typing(),
    row(
        "sweep.open",
        [
            "Parameter sweep\u{2026}",
            "Repaint once for every value of a parameter or two, and see the results side by side.",
        ],
        Some(Menu::Repaint),
        None,
        always,
        |host, _| sweep::open(host.studio),
    )
    .while_typing(),
    row(
        "sweep.sheet",
        ["Contact sheet", "Look at the results of the last parameter sweep side by side."],
        Some(Menu::Repaint),
        None,
        contact::can_open,
        |host, _| contact::open(host.studio),
    )
    .while_typing(),
    row(
        "recipe.heavier",
        ["Weigh words more", "Raise the weight of the selected words of a prompt by a tenth."],
        None,
        key(Modifiers::COMMAND, Key::ArrowUp),
        in_a_prompt,
        |host, ctx| weigh(host, ctx, 0.1),
    )
    .while_typing(),
    row(
        "recipe.lighter",
        ["Weigh words less", "Lower the weight of the selected words of a prompt by a tenth."],
        None,
        key(Modifiers::COMMAND, Key::ArrowDown),
        in_a_prompt,
        |host, ctx| weigh(host, ctx, -0.1),
    )
    .while_typing(),
    row(
        "models.open",
        [
            "Models and devices\u{2026}",
            "Choose the model that paints and the device that it runs on.",
        ],
        Some(Menu::Repaint),
        key(Modifiers::COMMAND, Key::M),
        always,
        |host, _| models::open(host.studio),
    )
    .while_typing(),
    row(
        "models.add_folder",
        ["Add a model\u{2026}", "Add a checkpoint, or the folder of a model in the layout of diffusers."],
        Some(Menu::Repaint),
        None,
        models::can_pick,
        models::pick,
    )
    .while_typing(),
];

/// The row of that name.
pub(super) fn find(id: &str) -> Option<&'static Row> {
    ACTIONS.iter().find(|row| row.id == id)
}

/// Puts the recipe of the result that is looked at on the clipboard, else the panel's.
fn copy_recipe(host: &mut Host<'_>, ctx: &egui::Context) {
    match super::infotext(&host.seen()) {
        Ok(text) => {
            ctx.copy_text(text);
            host.notices.say(recipe_texts::COPIED);
        }
        Err(line) => host.notices.fail(line),
    }
}

fn has_results(seen: &Seen<'_>) -> Result<(), String> {
    if seen.studio.results.gallery().is_empty() {
        return Err(texts::NO_RESULTS.into());
    }
    Ok(())
}

fn walk(studio: &mut Studio, forwards: bool) {
    if let Some(id) = studio.results.neighbour(forwards) {
        studio.results.select(id);
    }
}

fn in_a_prompt(seen: &Seen<'_>) -> Result<(), String> {
    match seen.studio.prompts.focused {
        Some(_) => Ok(()),
        None => Err(texts::NOT_IN_A_PROMPT.into()),
    }
}

/// Goes through the earlier prompts.
fn leaf(
    host: &mut Host<'_>,
    ctx: &egui::Context,
    turn: fn(&mut History, &Words) -> Option<Words>,
    end: &str,
) {
    let studio = &mut *host.studio;
    let now = Words::of(&studio.recipe);
    match turn(&mut studio.history, &now) {
        Some(words) => {
            prompt::replace(ctx, &mut studio.recipe, studio.prompts.focused, words);
        }
        None => host.notices.say(end),
    }
}

fn weigh(host: &mut Host<'_>, ctx: &egui::Context, step: f64) {
    let studio = &mut *host.studio;
    let shifted = studio
        .prompts
        .focused
        .is_some_and(|which| prompt::shift(ctx, &mut studio.recipe, which, step));
    if !shifted {
        host.notices.say(texts::NO_WORD);
    }
}

/// Why there is nothing to stop.
fn can_stop(seen: &Seen<'_>) -> Result<(), String> {
    let studio = seen.studio;
    if studio.queue.running().is_none() && studio.results.selected().is_none() {
        return Err(texts::NOTHING_RUNS.into());
    }
    Ok(())
}

/// Stops the job that runs, else puts the results away.
fn stop(studio: &mut Studio) {
    // The key took the cursor out of a text field, and has done enough.
    if studio.typing {
        return;
    }
    if studio.queue.running().is_some() {
        studio.queue.stop();
    } else {
        studio.results.deselect();
    }
}
