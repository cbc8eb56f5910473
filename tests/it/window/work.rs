//! A picture worked on for longer: its own recipe taken over, the masked part alone rendered, an edge dragged outwards, all taken back, and a crash.

use std::path::Path;

use pentimento::project::recover;
use pentimento::raster::blur::reach;
use pentimento::raster::file::{self, Format, Metadata};
use pentimento::raster::prepare::FEATHER;
use pentimento::raster::{Picture, Rect, Size};
use pentimento::recipe::infotext::{self, Extras};
use pentimento::recipe::parsed::read_metadata;
use pentimento::recipe::{Area, Recipe, Sampler, Spacing};

use super::desktop::{Desktop, Program, locate};
use super::{keep_shot, sample, save_over, settle, wanted};

/// Steps that are undone and done again: stroke, result, edge, result.
const EDITS: usize = 4;

/// What the picture says it was made with: only the masked part, few steps.
fn carried() -> Recipe {
    Recipe {
        prompt: "open hand, five fingers, light skin, blue sleeve".to_owned(),
        sampler: Sampler::Euler,
        spacing: Spacing::Uniform,
        steps: 8,
        guidance_scale: 2.0,
        area: Area::OnlyMasked,
        padding: 24,
        mask_blur: 3.0,
        ..Recipe::default()
    }
}

/// Whether a pixel of the screen is white, as handles are.
fn is_white(screen: &Picture, x: u32, y: u32) -> bool {
    screen.pixel(x, y)[..3] == [255; 3]
}

/// Runs an action by its name.
pub fn action(desktop: &Desktop, name: &str) {
    desktop.tool("key ctrl+k");
    desktop.type_text(name);
    desktop.tool("key Return");
}

/// Repaints, waits for the result, and keeps it.
fn repaint(desktop: &Desktop, program: &mut Program, count: usize) {
    desktop.tool("key ctrl+Return");
    program.wait_for_lines("repainted in", count);
    desktop.tool("key Return");
}

/// Saves, and gives the file when it is another picture than before.
fn saved(
    desktop: &Desktop,
    program: &mut Program,
    path: &Path,
    before: &Picture,
    first: bool,
) -> Picture {
    match first {
        true => save_over(desktop, program),
        false => desktop.tool("key ctrl+s"),
    }
    program.wait_for("saved file", |_| {
        let now = file::read(path).ok()?.picture;
        (now != *before).then_some(now)
    })
}

/// Pixels of two pictures that differ outside the columns from `from` to `to`.
fn differing_outside(a: &Picture, b: &Picture, from: u32, to: u32) -> usize {
    let Size { width, height } = a.size();
    let columns = (0..width).filter(|x| !(from..to).contains(x));
    let pixels = columns.flat_map(|x| (0..height).map(move |y| (x, y)));
    pixels
        .filter(|&(x, y)| a.pixel(x, y) != b.pixel(x, y))
        .count()
}

#[test]
fn only_the_mask_then_an_edge_then_all_taken_back_and_a_crash() {
    if !wanted() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("hand.png");
    let original = sample();
    let mut metadata = Metadata::default();
    let extras = Extras {
        masked: true,
        ..Extras::default()
    };
    let text = infotext::write(&carried(), &extras);
    metadata.set_comment(Format::Png, infotext::KEYWORD, &text);
    file::write(&path, &original, &metadata).unwrap();
    let desktop = Desktop::start();
    let mut program = desktop.open(home.path(), &[&path]);
    let (place, scale) = settle(&desktop, &mut program, &original);
    keep_shot(&desktop, "carried");
    action(&desktop, "take over the picture");

    // The hand, as the sample has it.
    let hand = [(150, 70), (185, 62), (200, 85), (165, 105), (160, 80)];
    let scale = scale as i32;
    let on_screen = |(x, y): (i32, i32)| {
        let (left, top) = (place.left as i32, place.top as i32);
        (left + x * scale, top + y * scale)
    };
    desktop.stroke(1, &hand.map(on_screen));
    keep_shot(&desktop, "only-masked");
    repaint(&desktop, &mut program, 1);
    let repainted = saved(&desktop, &mut program, &path, &original, true);
    let read = file::read(&path).unwrap().metadata;
    let recipe = read_metadata(&read.text, None, &Recipe::default())
        .unwrap()
        .recipe;
    assert_eq!(
        Recipe { seed: 0, ..recipe },
        carried(),
        "the file says how it was made"
    );
    let far = 20 + reach(carried().mask_blur) + 2;
    let (from, to) = (150 - far, 200 + far);
    assert_eq!(differing_outside(&original, &repainted, from, to), 0);

    // The right edge outwards: the frame leaves room around the picture.
    desktop.tool("key f");
    let (place, scale) = program.wait_for("frame's handle", |_| {
        let screen = desktop.screen();
        let (place, scale) = locate(&screen, &original)?;
        is_white(&screen, place.right, place.top).then_some((place, scale))
    });
    let middle = ((place.top + place.bottom) / 2) as i32;
    let right = place.right as i32;
    desktop.stroke(
        1,
        &[(right, middle), (right + 10, middle), (right + 32, middle)],
    );
    program.wait_for("frame's handle beyond the picture", |_| {
        let screen = desktop.screen();
        // That of the corner: the pointer lies on the other.
        let mut there = place.right + 24..place.right + 40;
        there.any(|x| is_white(&screen, x, place.top)).then_some(())
    });
    keep_shot(&desktop, "frame");
    desktop.tool("key Return");
    program.wait_for_line("Extended to");
    keep_shot(&desktop, "extended");
    repaint(&desktop, &mut program, 2);
    keep_shot(&desktop, "extended-repainted");
    let extended = saved(&desktop, &mut program, &path, &repainted, false);
    let Size { width, height } = repainted.size();
    let room = extended.size().width - width;
    assert_eq!(extended.size().height, height);
    assert!((32 / scale).abs_diff(room) <= 8, "{room} columns of room");
    let old = extended.crop(Rect::new(0, 0, width, height));
    let seam = width - FEATHER - reach(carried().mask_blur);
    let kept = Rect::new(0, 0, seam, height);
    let untouched = repainted.crop(kept) == old.crop(kept);
    assert!(untouched, "only the new part and its seam were repainted");

    // Everything back, to the last bit; and everything again.
    for _ in 0..EDITS {
        desktop.tool("key ctrl+z");
    }
    keep_shot(&desktop, "undone");
    let undone = saved(&desktop, &mut program, &path, &extended, false);
    assert!(undone == original, "undo leaves the picture as it was");
    for _ in 0..EDITS {
        desktop.tool("key ctrl+shift+z");
    }
    program.wait_for("journal of all", |_| {
        let journals = std::fs::read_dir(home.path().join("state/pentimento/journals")).ok()?;
        let works = journals.map_while(|entry| Some(entry.ok()?.path().join("work")));
        let mut kept = works.filter_map(|work| recover(&work).ok());
        kept.find(|kept| *kept.work.picture == extended).map(drop)
    });
    program.kill();

    // What was not saved comes back.
    let mut program = desktop.open(home.path(), &[]);
    program.wait_for_line("unsaved work is offered");
    keep_shot(&desktop, "recovery");
    desktop.tool("search --sync --onlyvisible --name Pentimento windowfocus");
    desktop.tool("key Return");
    program.wait_for("recovered work in the title", |_| {
        desktop.has_title("hand.png").then_some(())
    });
    keep_shot(&desktop, "recovered");
    action(&desktop, "save as");
    program.wait_for_line("no file dialog");
    keep_shot(&desktop, "save-as");
    desktop.tool("key ctrl+a");
    let again = home.path().join("again.png");
    desktop.type_text(&again.to_string_lossy());
    desktop.tool("key Return");
    let recovered = program.wait_for("recovered picture", |_| {
        file::read(&again).ok().map(|read| read.picture)
    });
    assert!(recovered == extended, "the crash lost nothing");
}
