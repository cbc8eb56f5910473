//! A desktop of its own for the real program: Xvfb, xdotool, and the screen read from Xvfb's framebuffer file.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pentimento::raster::{Picture, Rect, Size};
use tempfile::TempDir;

/// How long anything may take on a slow, busy machine that renders in software.
const PATIENCE: Duration = Duration::from_secs(600);

/// A virtual screen.
pub struct Desktop {
    server: Child,
    display: String,
    folder: TempDir,
}

impl Desktop {
    /// Starts a screen of 1280 x 800 pixels.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24"])
            .args(["-nolisten", "tcp", "-fbdir"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts; script/bootstrap --check installs it");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut number)
            .unwrap();
        assert!(!number.trim().is_empty(), "Xvfb found no free display");
        Self {
            server,
            display: format!(":{}", number.trim()),
            folder,
        }
    }

    /// Starts the program with a home of its own.
    pub fn open(&self, home: &Path, args: &[&Path]) -> Program {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pentimento"));
        command
            .args(args)
            .env("DISPLAY", &self.display)
            .env_remove("WAYLAND_DISPLAY")
            .env("HOME", home)
            .env("LC_ALL", "C")
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_STATE_HOME", home.join("state"))
            .env("PENTIMENTO_LOG", "pentimento=info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let started = Instant::now();
        let mut process = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let stderr = process.stderr.take().unwrap();
        let heard = Arc::clone(&log);
        std::thread::Builder::new()
            .name("program-log".to_owned())
            .spawn(move || {
                for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                    let mut log = heard.lock().unwrap();
                    log.push_str(&line);
                    log.push('\n');
                }
            })
            .unwrap();
        Program {
            process,
            log,
            started,
        }
    }

    /// Runs xdotool with words separated by spaces.
    pub fn tool(&self, words: &str) {
        let done = Command::new("xdotool")
            .args(words.split(' '))
            .env("DISPLAY", &self.display)
            .output()
            .expect("xdotool starts; script/bootstrap --check installs it");
        assert!(
            done.status.success(),
            "xdotool {words}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }

    /// Types text where the keyboard's focus is.
    pub fn type_text(&self, text: &str) {
        let done = Command::new("xdotool")
            .args(["type", "--delay", "1", text])
            .env("DISPLAY", &self.display)
            .status()
            .unwrap();
        assert!(done.success());
    }

    /// Draws a stroke with a mouse button through points; nothing waits for the program, which has to keep the order.
    pub fn stroke(&self, button: u32, points: &[(i32, i32)]) {
        let (first, rest) = points.split_first().unwrap();
        let mut words = format!("mousemove {} {} mousedown {button}", first.0, first.1);
        for (x, y) in rest {
            words += &format!(" mousemove {x} {y}");
        }
        self.tool(&format!("{words} mouseup {button}"));
    }

    /// Whether a visible window has that in its title.
    pub fn has_title(&self, title: &str) -> bool {
        let found = Command::new("xdotool")
            .args(["search", "--onlyvisible", "--name", title])
            .env("DISPLAY", &self.display)
            .output()
            .unwrap();
        found.status.success()
    }

    /// What the screen shows.
    pub fn screen(&self) -> Picture {
        let mut bytes = Vec::new();
        std::fs::File::open(self.folder.path().join("Xvfb_screen0"))
            .unwrap()
            .read_to_end(&mut bytes)
            .unwrap();
        picture_from_xwd(&bytes)
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The running program.
pub struct Program {
    process: Child,
    log: Arc<Mutex<String>>,
    /// When it was started.
    pub started: Instant,
}

impl Program {
    /// All that it logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until `found` gives something.
    pub fn wait_for<T>(&mut self, what: &str, mut found: impl FnMut(&str) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = found(&self.log()) {
                return found;
            }
            if let Some(status) = self.process.try_wait().unwrap() {
                panic!("it ended ({status}) before {what}:\n{}", self.log());
            }
            assert!(
                start.elapsed() < PATIENCE,
                "no {what} in {PATIENCE:?}:\n{}",
                self.log()
            );
            pause(50);
        }
    }

    /// Waits for a line of the log.
    pub fn wait_for_line(&mut self, text: &str) {
        self.wait_for(text, |log| log.contains(text).then_some(()));
    }

    /// Waits until a line of the log came that many times.
    pub fn wait_for_lines(&mut self, text: &str, count: usize) {
        self.wait_for(text, |log| {
            (log.matches(text).count() >= count).then_some(())
        });
    }

    /// Ends it as a crash would: without a word.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Waits until it has ended by itself, and well.
    pub fn wait_for_end(mut self) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                assert!(status.success(), "it ended with {status}:\n{}", self.log());
                return;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "it does not end:\n{}",
                self.log()
            );
            pause(50);
        }
    }

    /// Most memory that it held at once, bytes.
    pub fn peak_memory(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let kilobytes: u64 = line
            .and_then(|line| line.split_whitespace().nth(1))
            .and_then(|number| number.parse().ok())
            .unwrap();
        kilobytes * 1024
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Between two looks.
pub fn pause(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}

/// Where a screenshot is kept, to be looked at.
pub fn shot(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(format!("{name}.png"))
}

/// Where `picture` lies on the screen, and how many screen pixels each of its pixels takes.
///
/// Judged by pixels whose neighbours are all of their colour, so that interpolation changes nothing; a third of them may lie under a mask or a brush.
pub fn locate(screen: &Picture, picture: &Picture) -> Option<(Rect, u32)> {
    let size = picture.size();
    let flat = |&(x, y): &(u32, u32)| {
        let colour = picture.pixel(x, y);
        (y - 1..=y + 1).all(|y| (x - 1..=x + 1).all(|x| picture.pixel(x, y) == colour))
    };
    let probes: Vec<_> = (3..size.height - 3)
        .step_by(29)
        .flat_map(|y| (3..size.width - 3).step_by(23).map(move |x| (x, y)))
        .filter(flat)
        .collect();
    assert!(probes.len() > 40, "a picture with flat parts");
    let mut best = (probes.len() / 3, None);
    for scale in 1..=4 {
        let (width, height) = (size.width * scale, size.height * scale);
        let (Some(right), Some(bottom)) = (
            screen.size().width.checked_sub(width),
            screen.size().height.checked_sub(height),
        ) else {
            continue;
        };
        for top in 0..=bottom {
            for left in 0..=right {
                let mut misses = 0;
                let at = |i: u32| i * scale + scale / 2;
                for &(x, y) in &probes {
                    let seen = screen.pixel(left + at(x), top + at(y));
                    misses += usize::from(seen[..3] != picture.pixel(x, y)[..3]);
                    if misses >= best.0 {
                        break;
                    }
                }
                if misses < best.0 {
                    let rect = Rect::new(left, top, left + width, top + height);
                    best = (misses, Some((rect, scale)));
                }
            }
        }
    }
    best.1
}

/// A 24-bit screen dump of the X Window System (`XWDFile.h`: 25 big-endian words, the name, the colour map, the rows).
fn picture_from_xwd(bytes: &[u8]) -> Picture {
    let word = |index: usize| {
        let at = index * 4;
        u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
    };
    let (header, width, height) = (word(0), word(4), word(5));
    let (bits, stride, colours) = (word(11), word(12), word(19));
    assert_eq!(bits, 32, "bits of a pixel on Xvfb's screen");
    let pixels = &bytes[(header + colours * 12) as usize..];
    Picture::from_fn(Size::new(width, height), |x, y| {
        let at = (y * stride + x * 4) as usize;
        [pixels[at + 2], pixels[at + 1], pixels[at], 255]
    })
}
