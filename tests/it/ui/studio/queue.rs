//! Jobs that wait: seen, reordered, removed, and run one after the other.

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use pentimento::engine::{Event, Outcome};
use pentimento::ui::Shell;

use super::{Window, bare_with, ready};

/// One job runs and four wait, with seeds 5 and 6 to 9.
fn five() -> Window {
    let mut window = ready();
    window.harness.state_mut().studio_mut().variations = 5;
    window.press_repaint();
    window
}

/// Seeds of the jobs that the engine gets when it finishes each at once.
fn seeds(window: &mut Window) -> Vec<u64> {
    let mut seeds = Vec::new();
    while window.app().studio().is_busy() {
        let (id, job, _) = window.job();
        seeds.push(job.recipe.seed);
        window.finish(id, 30);
    }
    seeds
}

#[test]
fn variations_run_with_one_seed_after_the_other() {
    let mut window = five();
    window.press("4 jobs wait");
    assert!(window.shows("1. seed 6: open hand"));
    assert_eq!(seeds(&mut window), [5, 6, 7, 8, 9]);
    assert_eq!(window.results(), 5);
}

#[test]
fn waiting_jobs_are_reordered_and_removed() {
    // Buttons pressed, and the order in which the jobs then run.
    let cases: &[(&[&str], &[u64])] = &[
        (&["Later job 1"], &[5, 7, 6, 8, 9]),
        (&["Earlier job 4"], &[5, 6, 7, 9, 8]),
        (&["Earlier job 4", "Earlier job 3"], &[5, 6, 9, 7, 8]),
        (&["Remove job 2"], &[5, 6, 8, 9]),
        (&["Remove job 1", "Remove job 1", "Later job 1"], &[5, 9, 8]),
        (&["Earlier job 1"], &[5, 6, 7, 8, 9]),
        (&["Later job 4"], &[5, 6, 7, 8, 9]),
    ];
    for (pressed, order) in cases {
        let mut window = five();
        window.press("4 jobs wait");
        for label in *pressed {
            window.harness.get_by_label(label).scroll_to_me();
            window.steps();
            window.harness.get_by_label(label).click();
            window.steps();
        }
        assert_eq!(seeds(&mut window), *order, "{pressed:?}");
    }
}

#[test]
fn stopping_one_lets_the_next_run_and_stopping_all_ends_it() {
    let mut window = five();
    let (id, _, first) = window.job();
    window.press("Stop");
    assert!(first.is_cancelled());
    assert!(window.commands.try_recv().is_err());
    window.say(pentimento::engine::Event::Finished {
        job: id,
        outcome: Ok(pentimento::engine::Outcome::Cancelled),
    });
    let (id, job, second) = window.job();
    assert_eq!(job.recipe.seed, 6);
    window.key(Modifiers::SHIFT, Key::Escape);
    assert!(second.is_cancelled());
    assert!(!window.shows("wait"));
    window.say(pentimento::engine::Event::Finished {
        job: id,
        outcome: Ok(pentimento::engine::Outcome::Cancelled),
    });
    assert!(!window.app().studio().is_busy());
    assert!(window.commands.try_recv().is_err());
}

#[test]
fn a_press_while_a_job_runs_waits_with_the_recipe_of_its_moment() {
    let mut window = ready();
    window.press_repaint();
    let (id, ..) = window.job();
    window.recipe_mut().prompt = "fist".to_owned();
    window.press_repaint();
    window.recipe_mut().prompt = "later words".to_owned();
    assert!(window.shows("1 job waits"));
    window.finish(id, 30);
    assert_eq!(window.job().1.recipe.prompt, "fist");
}

#[test]
fn a_series_is_made_so_many_at_once_and_each_is_a_result() {
    let mut window = ready();
    let at_once = |window: &Window| window.harness.query_by_label("At once").is_some();
    assert!(!at_once(&window));
    window.harness.state_mut().studio_mut().variations = 5;
    window.harness.state_mut().studio_mut().batch = 2;
    window.steps();
    assert!(at_once(&window));
    window.press_repaint();
    window.press("2 jobs wait");
    assert!(window.shows("1. seed 7 and 1 more: open hand"));
    window.key(Modifiers::NONE, Key::Escape);
    let mut jobs = Vec::new();
    while window.app().studio().is_busy() {
        let (id, job, _) = window.job();
        jobs.push((job.recipe.seed, job.batch));
        window.finish_batch(id, &[20, 30][..job.batch]);
    }
    assert_eq!(jobs, [(5, 2), (7, 2), (9, 1)]);
    assert_eq!(window.results(), 5);
    for number in 1..=5 {
        assert!(window.shows(&format!("Result {number}, seed {}", number + 4)));
    }
    // Where the wildcards of two come out otherwise, they are not made at once.
    window.recipe_mut().prompt = "{a|b|c|d|e|f|g|h}".to_owned();
    window.recipe_mut().seed = 5;
    window.harness.state_mut().studio_mut().seed_locked = true;
    window.press_repaint();
    let (_, job, _) = window.job();
    assert_eq!(job.batch, 1);
}

/// Variations on two servers, and the jobs that the engine gets at once, with their cancels.
fn on_two(variations: u32) -> Window {
    let mut shell = Shell::default();
    shell.settings.server.used = true;
    shell.settings.server.address = "grpc://a:1 http://b:2".to_owned();
    let mut window = bare_with(shell);
    window.load();
    window.mask();
    window.harness.state_mut().studio_mut().variations = variations;
    window.press_repaint();
    window
}

#[test]
fn each_server_has_a_job_and_results_come_in_their_order() {
    let mut window = on_two(4);
    let (first, job, _) = window.job();
    assert_eq!(job.recipe.seed, 5);
    let (second, job, _) = window.job();
    assert_eq!(job.recipe.seed, 6);
    assert!(window.commands.try_recv().is_err());
    assert!(window.shows("2 jobs wait"));

    // The second is done first: its server gets the next, and its result waits for the first.
    window.finish(second, 20);
    let (third, job, _) = window.job();
    assert_eq!((job.recipe.seed, window.results()), (7, 0));
    window.finish(third, 30);
    let (fourth, _, _) = window.job();
    assert_eq!(window.results(), 0);
    window.finish(first, 10);
    assert_eq!(window.results(), 3);
    window.finish(fourth, 40);
    assert_eq!(window.results(), 4);
    for (number, seed) in (1..).zip(5..=8) {
        assert!(window.shows(&format!("Result {number}, seed {seed}")));
    }
    assert!(!window.app().studio().is_busy());
}

#[test]
fn a_stop_ends_the_first_of_several_and_stopping_all_ends_each() {
    let stopped = |job| Event::Finished {
        job,
        outcome: Ok(Outcome::Cancelled),
    };
    let mut window = on_two(4);
    let ((first, _, one), (second, _, two)) = (window.job(), window.job());
    window.press("Stop");
    assert!(one.is_cancelled() && !two.is_cancelled());
    window.say(stopped(first));
    let (third, job, three) = window.job();
    assert_eq!(job.recipe.seed, 7);
    window.key(Modifiers::SHIFT, Key::Escape);
    assert!(two.is_cancelled() && three.is_cancelled());
    window.say(stopped(third));
    window.say(stopped(second));
    assert!(window.commands.try_recv().is_err());
    assert!(!window.app().studio().is_busy());
    assert_eq!(window.results(), 0);
}

#[test]
fn what_is_done_is_kept_where_the_engine_dies() {
    let mut window = on_two(3);
    let ((_, _, _), (second, _, _)) = (window.job(), window.job());
    window.finish(second, 20);
    window.job();
    assert_eq!(window.results(), 0);
    window.events = None;
    window.steps();
    assert_eq!(window.results(), 1);
}
