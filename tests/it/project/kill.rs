//! A program that works as the window does is killed at fifty moments, and its work comes back each time.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pentimento::project::{Journal, orphans, recover};
use rand_mt::Mt;

use super::journal::Table;

/// Where the child keeps its journal.
const CHILD: &str = "PENTIMENTO_TEST_JOURNAL";

const KILLS: u32 = 50;

/// Seeds the moments; another number tries others.
const SEED: &str = "PENTIMENTO_TEST_SEED";

/// The file is begun anew every few steps, since that is a moment to be killed at too.
const GROWTH: u64 = 60_000;

/// The child of the kill test; by itself it only does one step.
///
/// It does a step, hands it to the journal in the next frames, and says so when it was taken: in the window, too, no stroke is painted faster than the one before is taken.
#[test]
fn a_program_that_works_says_what_its_journal_has_taken() {
    let Some(folder) = std::env::var_os(CHILD).map(PathBuf::from) else {
        let mut table = Table::new();
        table.step(0);
        assert_ne!(table.work(), Table::new().work());
        return;
    };
    let mut journal = Journal::with_growth(&folder, GROWTH, || {}).unwrap();
    let mut table = Table::new();
    let frame = |table: &mut Table, journal: &mut Journal| {
        while !table.record(journal) {
            std::thread::sleep(Duration::from_micros(300));
        }
    };
    frame(&mut table, &mut journal);
    for n in 0.. {
        table.step(n);
        frame(&mut table, &mut journal);
        // Not println!, which a test harness may hold back.
        let mut out = std::io::stdout().lock();
        writeln!(out, "taken {n}").unwrap();
        out.flush().unwrap();
    }
}

/// Kills the child a while after it has said so many steps, and gives the last one that it said.
fn kill_after(child: &mut Child, least: u32, wait: Duration) -> u32 {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = |line: &str| line.rsplit("taken ").next()?.trim().parse::<u32>().ok();
    let mut last = None;
    for line in lines.by_ref().map_while(Result::ok) {
        last = said(&line).or(last);
        if last >= Some(least) {
            break;
        }
    }
    // What it says meanwhile waits in the pipe.
    std::thread::sleep(wait);
    child.kill().unwrap();
    child.wait().unwrap();
    for line in lines.map_while(Result::ok) {
        last = said(&line).or(last);
    }
    last.expect("it said what was taken")
}

#[test]
fn fifty_kills_lose_at_most_the_last_step() {
    let seed = std::env::var(SEED).map_or(20_261_124, |seed| seed.parse().unwrap());
    println!("the moments are those of {SEED}={seed}");
    let mut random = Mt::new(seed);
    // How many steps are missing → how often.
    let mut missing = [0; 2];
    let mut torn = 0;
    for kill in 0..KILLS {
        let (least, wait) = (1 + random.next_u32() % 40, random.next_u32() % 12_000);
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "project::kill::a_program_that_works_says_what_its_journal_has_taken",
                "--exact",
                "--nocapture",
            ])
            .env(CHILD, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let last = kill_after(&mut child, least, Duration::from_micros(wait.into()));
        let found = orphans(folder.path());
        assert_eq!(found.len(), 1, "kill {kill}");
        let back = recover(&found[0].work()).unwrap();
        torn += u32::from(back.torn);
        // Step `last` was taken, so the one before is whole in the file; the next may have been taken unsaid.
        let mut table = Table::new();
        let mut matching = Vec::new();
        for n in 0..=last + 1 {
            table.step(n);
            if n + 1 >= last && table.work() == back.work {
                matching.push(n);
            }
        }
        let at = matching.last().unwrap_or_else(|| {
            panic!("kill {kill}: neither of the last states, {last} was taken (seed {seed})")
        });
        missing[last.saturating_sub(*at).min(1) as usize] += 1;
    }
    println!(
        "nothing missing {}, the last step {}; torn frames {torn}",
        missing[0], missing[1]
    );
}
