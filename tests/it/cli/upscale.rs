//! `pentimento upscale`, and upscalers before a repaint.

use std::path::Path;

use pentimento::raster::file::{self, Metadata};
use pentimento::raster::{Picture, Size};

use super::{SIZE, folder, model, repaint_args, run};

fn upscaler(name: &str) -> String {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/upscalers");
    golden.join(name).to_str().unwrap().to_owned()
}

/// Flags; `@` stands before an upscaler's name `|` times as large `|` what the recipe says.
const ROWS: &str = "
--out a.png --with @compact-x4.safetensors | 4 | Postprocess upscale by: 4, Postprocess upscaler: compact-x4
--out a.png --with @compact-x4.safetensors --factor 2 | 2 | Postprocess upscale by: 2, Postprocess upscaler: compact-x4
--out a.png --with @onnx-x3-free.onnx --tile 32 | 3 | Postprocess upscale by: 3, Postprocess upscaler: onnx-x3-free
--out a.png --with built-in | 2 | Postprocess upscale by: 2, Postprocess upscaler: built-in
--out a.png | 2 | Postprocess upscale by: 2, Postprocess upscaler: Lanczos
--out a.png --factor 3 | 3 | Postprocess upscale by: 3, Postprocess upscaler: Lanczos
--out a.jpg --with @compact-x2.safetensors | 2 | Postprocess upscale by: 2, Postprocess upscaler: compact-x2
";

fn told(path: &Path) -> (Size, String) {
    let read = file::read(path).unwrap();
    let texts = read.metadata.texts();
    let text = texts.into_iter().find(|(key, _)| key == "parameters");
    let text = text.map(|(_, text)| text).or(read.metadata.comment());
    (read.picture.size(), text.unwrap_or_default())
}

#[test]
fn pictures_are_made_larger_as_in_the_table() {
    let dir = folder();
    for row in ROWS.trim().lines() {
        let parts: Vec<_> = row.split(" | ").collect();
        let words: Vec<String> = parts[0]
            .split(' ')
            .map(|word| word.strip_prefix('@').map_or(word.to_owned(), upscaler))
            .collect();
        let mut args = vec!["upscale", "--image", "picture.png", "--device", "cpu"];
        args.extend(words.iter().map(String::as_str));
        let output = run(dir.path(), &args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{row}: {stderr}");
        assert!(!stderr.contains("outside the mask"), "{stderr}");
        let factor: u32 = parts[1].parse().unwrap();
        let (size, text) = told(&dir.path().join(&words[1]));
        assert_eq!(
            size,
            Size::new(SIZE.width * factor, SIZE.height * factor),
            "{row}"
        );
        assert_eq!(text, parts[2], "{row}");
    }
}

#[test]
fn a_repaint_begins_with_the_upscaled_picture_and_ends_in_an_upscale() {
    let dir = folder();
    let (model, with) = (model(), upscaler("compact-x2.safetensors"));
    let more = [
        "--image",
        "picture.png",
        "--mask",
        "mask.png",
        "--out",
        "big.png",
        "--strength",
        "0",
        "--scale",
        "2",
        "--upscaler",
        &with,
    ];
    let output = run(dir.path(), &repaint_args(model.to_str().unwrap(), &more));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let (size, text) = told(&dir.path().join("big.png"));
    assert_eq!(size, Size::new(2 * SIZE.width, 2 * SIZE.height));
    assert!(
        text.contains("Hires upscale: 2, Hires upscaler: compact-x2"),
        "{text}"
    );
    let args = [
        "upscale",
        "--image",
        "picture.png",
        "--with",
        &with,
        "--device",
        "cpu",
        "--out",
        "alone.png",
    ];
    assert!(run(dir.path(), &args).status.success());
    let read = |name: &str| file::read(&dir.path().join(name)).unwrap().picture;
    assert!(
        read("big.png") == read("alone.png"),
        "strength 0 keeps what the upscaler made"
    );

    // Once more: what was said stays, and the last factor is told.
    for factor in ["2", "3"] {
        let args = [
            "upscale", "--image", "big.png", "--factor", factor, "--out", "last.png",
        ];
        assert!(run(dir.path(), &args).status.success());
    }
    let args = [
        "upscale",
        "--image",
        "last.png",
        "--factor",
        "2",
        "--out",
        "again.png",
    ];
    assert!(run(dir.path(), &args).status.success());
    let (_, text) = told(&dir.path().join("again.png"));
    assert!(text.contains("Hires upscale: 2"), "{text}");
    assert!(
        text.ends_with("Postprocess upscale by: 2, Postprocess upscaler: Lanczos"),
        "{text}"
    );
    assert_eq!(text.matches("Postprocess").count(), 2, "{text}");
    let args = [
        "upscale",
        "--image",
        "alone.png",
        "--factor",
        "2",
        "--out",
        "more.png",
    ];
    assert!(run(dir.path(), &args).status.success());
    let (_, text) = told(&dir.path().join("more.png"));
    assert_eq!(
        text,
        "Postprocess upscale by: 2, Postprocess upscaler: Lanczos"
    );
}

/// Flags of a repaint `|` those of the command that does the same with its result.
const AFTER: &str = "
--upscale-after built-in | --with built-in
--upscale-after lanczos --by 3 | --factor 3
--upscale-after @compact-x4.safetensors --by 2.5 | --with @compact-x4.safetensors --factor 2.5
--count 2 --upscale-after @onnx-x3-free.onnx | --with @onnx-x3-free.onnx
";

#[test]
fn a_result_is_made_larger_as_by_a_second_command() {
    let dir = folder();
    let clear = Picture::from_fn(SIZE, |x, y| {
        [(x * 3) as u8, 90, (y * 3) as u8, (x * 4) as u8]
    });
    file::write(&dir.path().join("clear.png"), &clear, &Metadata::default()).unwrap();
    let model = model();
    let model = model.to_str().unwrap();
    let with = |words: &str| -> Vec<String> {
        let words = words.split(' ');
        words
            .map(|word| word.strip_prefix('@').map_or(word.to_owned(), upscaler))
            .collect()
    };
    let done = |base: &[&str], more: &[String]| {
        let all: Vec<_> = base
            .iter()
            .copied()
            .chain(more.iter().map(|it| &**it))
            .collect();
        let output = run(dir.path(), &all);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{all:?}: {stderr}");
    };
    for row in AFTER.trim().lines() {
        let (once, then) = row.split_once(" | ").unwrap();
        let several = once.starts_with("--count 2");
        let base = [
            "--image",
            "clear.png",
            "--mask",
            "mask.png",
            "--steps",
            "2",
            "--out",
        ];
        let named = |out: &'static str| repaint_args(model, &[&base[..], &[out]].concat());
        let once = with(once);
        done(&named("one.png"), &once);
        done(&named("two.png"), &once[..if several { 2 } else { 0 }]);
        for end in if several {
            &["-1.png", "-2.png"][..]
        } else {
            &[".png"]
        } {
            let (from, large) = (format!("two{end}"), dir.path().join(format!("one{end}")));
            let base = [
                "upscale", "--image", &from, "--device", "cpu", "--out", "last.png",
            ];
            done(&base, &with(then));
            let (one, two) = (told(&large), told(&dir.path().join("last.png")));
            assert_eq!(one, two, "{row}");
            assert!(one.1.starts_with("a hand\n") && one.1.contains("Postprocess upscaler"));
            let pixels = |path: &Path| file::read(path).unwrap().picture;
            let (one, two) = (pixels(&large), pixels(&dir.path().join("last.png")));
            assert!(one == two, "{row}");
            assert!(
                one.pixels().iter().any(|pixel| pixel[3] < 100),
                "{row}: alpha"
            );
        }
    }
}

/// Flags beside an upscaler that fails at work `|` how the files are called that are written all the same.
const KEPT: &str = "
--strength 1 | .png
--strength 1 --count 2 | -1.png -2.png
--strength 1 --count 3 --batch 2 | -1.png -2.png -3.png
";

#[test]
fn a_result_that_cannot_be_made_larger_is_written_as_it_is() {
    let dir = folder();
    let model = model();
    let failing = upscaler("bad-shrinks.onnx");
    for row in KEPT.trim().lines() {
        let (flags, ends) = row.split_once(" | ").unwrap();
        let made = |out: &str, after: &[&str]| {
            let mut more = vec!["--image", "picture.png", "--mask", "mask.png"];
            more.extend(["--steps", "1", "--out", out]);
            more.extend(flags.split(' ').chain(after.iter().copied()));
            run(dir.path(), &repaint_args(model.to_str().unwrap(), &more))
        };
        assert!(made("plain.png", &[]).status.success(), "{row}");
        let output = made("kept.png", &["--upscale-after", &failing]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{row}");
        let told = stderr.matches("no picture enlarged by a whole factor");
        assert_eq!(told.count(), 1, "{row}: {stderr}");
        for end in ends.split(' ') {
            let read = |name: &str| file::read(&dir.path().join(format!("{name}{end}"))).unwrap();
            let (kept, plain) = (read("kept"), read("plain"));
            assert!(kept.picture == plain.picture, "{row}");
            assert_eq!(kept.metadata.texts(), plain.metadata.texts(), "{row}");
        }
    }
}

/// Flags `|` what the one line says.
const REFUSED: &str = "
upscale --image picture.png --out a.png --factor 0 | cannot be scaled by 0
upscale --image picture.png --out a.png --factor 1000 | cannot be scaled by 1000
upscale --image picture.png --out picture.png | would replace its own input
upscale --image picture.png --out a.png --with nowhere.safetensors | nowhere.safetensors
upscale --image picture.png --out a.png --with picture.png | no .safetensors file
upscale --image picture.png --out a.png --with . | no upscaler
repaint --image picture.png --out a.png --upscaler x.safetensors | --scale
repaint --image picture.png --out a.png --scale 2 --upscaler x.safetensors | x.safetensors
repaint --image picture.png --out a.png --by 2 | --upscale-after
repaint --image picture.png --out a.png --upscale-after lanczos --by 1000 | cannot be scaled by 1000
repaint --image picture.png --out a.png --upscale-after nowhere.safetensors | nowhere.safetensors
repaint --image picture.png --out a.png --upscale-after mask.png | no .safetensors file
";

#[test]
fn what_cannot_be_made_larger_is_said_in_one_line() {
    let dir = folder();
    for row in REFUSED.trim().lines() {
        let (words, says) = row.split_once(" | ").unwrap();
        let output = run(dir.path(), &words.split(' ').collect::<Vec<_>>());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{row}: {stderr}");
        assert!(stderr.contains(says), "{row}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{row}: {stderr}");
        assert!(!dir.path().join("a.png").exists(), "{row}");
    }
}
