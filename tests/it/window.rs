//! The real program in a real window: Xvfb, a software driver, a mouse and a keyboard.
//!
//! Runs where `PENTIMENTO_TEST_WINDOW=1` says that Xvfb, xdotool and a Vulkan driver are there, as `script/test` does; elsewhere it says that it tests nothing.

mod desktop;
mod methods;
mod work;

use std::path::Path;

use pentimento::raster::blur::reach;
use pentimento::raster::file::{self, Metadata};
use pentimento::raster::{Picture, Rect};
use pentimento::recipe::Recipe;

use desktop::{Desktop, Program, locate, pause, shot};

/// The prompt's field, pixels of the screen.
const PROMPT: Rect = Rect::new(966, 56, 1264, 96);

/// Beside the picture and in the head of dialogs, which all change it: pixels of the screen.
const HEAD: (u32, u32) = (900, 91);

fn wanted() -> bool {
    let wanted = std::env::var_os("PENTIMENTO_TEST_WINDOW").is_some_and(|value| value == "1");
    if !wanted {
        eprintln!("NOT TESTED: the window; PENTIMENTO_TEST_WINDOW=1 asks for it");
    }
    wanted
}

fn sample() -> Picture {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/six-fingers/picture.png");
    file::read(&path).unwrap().picture
}

/// Waits until the window shows the picture, gives the keyboard to it, and says where the picture is and how large.
fn settle(desktop: &Desktop, program: &mut Program, picture: &Picture) -> (Rect, u32) {
    let found = program.wait_for("picture on the screen", |_| {
        locate(&desktop.screen(), picture)
    });
    desktop.tool("search --sync --onlyvisible --name Pentimento windowfocus");
    found
}

/// The screen at [`HEAD`].
fn head(desktop: &Desktop) -> [u8; 4] {
    desktop.screen().pixel(HEAD.0, HEAD.1)
}

/// Waits until a dialog is open, or none is, and nothing fades in or out any more.
fn wait_for_dialog(desktop: &Desktop, program: &mut Program, bare: [u8; 4], open: bool) {
    let mut last = None;
    program.wait_for("dialog, or its end", |_| {
        pause(300);
        let now = head(desktop);
        let still = last.replace(now) == Some(now);
        (still && (now != bare) == open).then_some(())
    });
}

/// Saves over the file that was opened, which is asked for once.
fn save_over(desktop: &Desktop, program: &mut Program) {
    let bare = head(desktop);
    desktop.tool("key ctrl+s");
    wait_for_dialog(desktop, program, bare, true);
    desktop.tool("key Tab Tab Return");
    // It has the keys until it is gone.
    wait_for_dialog(desktop, program, bare, false);
}

/// Keeps a picture to be looked at; nothing depends on when it is taken.
fn keep_shot(desktop: &Desktop, name: &str) {
    pause(700);
    file::write(&shot(name), &desktop.screen(), &Metadata::default()).unwrap();
}

#[test]
fn the_first_press_of_repaint_repairs_the_sample() {
    if !wanted() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let desktop = Desktop::start();
    let mut program = desktop.open(home.path(), &[]);
    let (place, scale) = settle(&desktop, &mut program, &sample());
    println!(
        "{:.0} ms from start to the picture on the screen, looked at every 50 ms",
        program.started.elapsed().as_secs_f64() * 1e3
    );
    assert!(scale >= 1, "a small picture is shown whole");
    keep_shot(&desktop, "first-start");
    let hand = |screen: &Picture| {
        // The sample's hand: top left of its middle.
        let at = |x: u32, y: u32| (place.left + x * scale, place.top + y * scale);
        let ((left, top), (right, bottom)) = (at(50, 60), at(215, 240));
        screen.crop(Rect::new(left, top, right, bottom))
    };
    let before = hand(&desktop.screen());
    desktop.tool("key ctrl+Return");
    program.wait_for_line("repainted in 15 steps");
    program.wait_for("result in its place", |_| {
        (hand(&desktop.screen()) != before).then_some(())
    });
    keep_shot(&desktop, "candidate");
    desktop.tool("key c");
    let middle = ((place.left + place.right) / 2) as i32;
    let (hand_x, y) = (
        (place.left + 130 * scale) as i32,
        (place.top + 200 * scale) as i32,
    );
    desktop.stroke(
        1,
        &[(middle, y), (middle - 40, y), (hand_x, y), (hand_x, y - 30)],
    );
    keep_shot(&desktop, "wipe");
    desktop.tool("key shift+c");
    keep_shot(&desktop, "side-by-side");
    desktop.tool("key shift+c");
    desktop.tool("key Return");
    keep_shot(&desktop, "kept");
    println!("peak memory {} MB", program.peak_memory() / 1_000_000);
}

#[test]
fn painting_both_buttons_repainting_and_saving_changes_only_what_was_masked() {
    if !wanted() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("hand.png");
    let before = sample();
    file::write(&path, &before, &Metadata::default()).unwrap();
    let desktop = Desktop::start();
    let mut program = desktop.open(home.path(), &[&path]);
    let (place, scale) = settle(&desktop, &mut program, &before);
    let on_screen = |(x, y): &(i32, i32)| {
        let scale = scale as i32;
        (place.left as i32 + x * scale, place.top as i32 + y * scale)
    };
    let stroke = |button, points: &[(i32, i32)]| {
        let points: Vec<_> = points.iter().map(on_screen).collect();
        desktop.stroke(button, &points);
    };
    // Over the hand with the left button; beside it too, and away again with the right one.
    let hand = [
        (110, 130),
        (125, 120),
        (145, 122),
        (160, 140),
        (150, 160),
        (125, 165),
        (120, 145),
        (145, 145),
    ];
    let away = [(300, 60), (320, 70), (310, 90)];
    stroke(1, &hand);
    stroke(1, &away);
    keep_shot(&desktop, "painted");
    // The eraser a little larger, so that no rim of the stroke stays.
    desktop.tool("key --repeat 6 bracketright");
    stroke(3, &away);
    keep_shot(&desktop, "erased");

    let (x, y) = (PROMPT.left + 150, PROMPT.top + 14);
    desktop.tool(&format!("mousemove {x} {y} click 1 key ctrl+a"));
    desktop.type_text("open hand, five fingers, light skin, blue sleeve");
    desktop.tool("key ctrl+Return");
    program.wait_for_line("repainted in");
    keep_shot(&desktop, "repainted");
    desktop.tool("key Return");
    save_over(&desktop, &mut program);
    program.wait_for("saved file", |_| {
        file::read(&path).ok().filter(|now| now.picture != before)
    });
    keep_shot(&desktop, "saved");
    // Without a mask nothing is left to be asked about.
    desktop.tool("key ctrl+d");
    desktop.tool("key ctrl+q");
    program.wait_for_end();

    let after = file::read(&path).unwrap().picture;
    assert_eq!(after.size(), before.size());
    // Points of the stroke, the brush's radius, the blur's reach, and a pixel for where the mouse really was.
    let radius = 20 + reach(Recipe::default().mask_blur) as i32 + 2;
    let near = |x: u32, y: u32| {
        hand.windows(2).any(|pair| {
            let distance = distance_to_segment((x as f64 + 0.5, y as f64 + 0.5), pair[0], pair[1]);
            distance <= f64::from(radius)
        })
    };
    let mut changed = 0;
    for y in 0..before.size().height {
        for x in 0..before.size().width {
            if before.pixel(x, y) != after.pixel(x, y) {
                assert!(
                    near(x, y),
                    "the pixel at {x}, {y} was not masked and changed"
                );
                changed += 1;
            }
        }
    }
    assert!(changed > 1000, "only {changed} pixels changed");
}

fn distance_to_segment((x, y): (f64, f64), a: (i32, i32), b: (i32, i32)) -> f64 {
    let (ax, ay, bx, by) = (
        f64::from(a.0),
        f64::from(a.1),
        f64::from(b.0),
        f64::from(b.1),
    );
    let (dx, dy) = (bx - ax, by - ay);
    let t = (((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    (x - ax - t * dx).hypot(y - ay - t * dy)
}
