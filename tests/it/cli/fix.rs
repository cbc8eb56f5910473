//! `pentimento fix`: found, repainted several times, the best kept, all else untouched.

use std::path::{Path, PathBuf};

use pentimento::raster::Rect;
use pentimento::raster::file;
use serde_json::Value;
use tempfile::TempDir;

use super::{folder, listing, model, run};

fn under_tests(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name)
}

/// A folder with a picture of several hands beside what [`folder`] has.
fn work() -> TempDir {
    let dir = folder();
    let hands = under_tests("golden/detectors/several.png");
    std::fs::copy(hands, dir.path().join("hands.png")).unwrap();
    dir
}

/// What a run says on standard output, line by line.
fn fix(dir: &Path, more: &str) -> Vec<Value> {
    let (model, detector) = (model(), under_tests("fixtures/detectors/hand.onnx"));
    let mut args = vec![
        "fix",
        "--model",
        model.to_str().unwrap(),
        "--device",
        "cpu",
        "--json",
    ];
    args.extend(["--steps", "1", "--strength", "1", "--seed", "5"]);
    let more = more.replace("TOY", detector.to_str().unwrap());
    args.extend(more.split(' '));
    let output = run(dir, &args);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn rects(list: &Value, key: &str) -> Vec<Rect> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| Rect::from(serde_json::from_value::<[u32; 4]>(one[key].clone()).unwrap()))
        .collect()
}

#[test]
fn each_hand_is_repainted_as_often_as_asked_and_nothing_else() {
    let dir = work();
    let said = fix(
        dir.path(),
        "--image hands.png --out out.png --tries 2 --pick all --top 2 --prompt one[SEP]two",
    );
    let [report] = &said[..] else {
        panic!("{said:?}")
    };
    let found = rects(&report["found"], "box");
    let all = report["found"].as_array().unwrap();
    let sure = all.iter().filter(|one| one["sure"] == true).count();
    assert_eq!(sure, 6, "{report}");
    let repainted = report["repainted"].as_array().unwrap();
    assert_eq!(repainted.len(), 2, "{report}");
    for one in repainted {
        let hints: Vec<f64> = serde_json::from_value(one["hints"].clone()).unwrap();
        let kept = one["kept"].as_u64().unwrap() as usize;
        let best = hints.iter().copied().fold(0.0, f64::max);
        let first = hints.iter().position(|hint| *hint >= best * 0.9);
        assert_eq!((hints.len(), Some(kept - 1)), (2, first), "{report}");
    }
    let read = |name: &str| file::read(&dir.path().join(name)).unwrap();
    let (before, after) = (read("hands.png").picture, read("out.png"));
    // Dilated by 4 and blurred by 4: no farther than 20 pixels from a mask.
    let near = |x: u32, y: u32| {
        found.iter().any(|rect| {
            let inside = |at: u32, from: u32, to: u32| at + 20 >= from && at < to + 20;
            inside(x, rect.left, rect.right) && inside(y, rect.top, rect.bottom)
        })
    };
    let mut changed = 0;
    for y in 0..before.size().height {
        for x in 0..before.size().width {
            let same = before.pixel(x, y) == after.picture.pixel(x, y);
            assert!(same || near(x, y), "{x} {y}");
            changed += usize::from(!same);
        }
    }
    assert!(changed > 1000, "{changed}");
    let text = after
        .metadata
        .comment()
        .unwrap_or_else(|| after.metadata.texts()[0].1.clone());
    for words in [
        "ADetailer model: built-in hands",
        "ADetailer prompt: one[SEP]two",
        "ADetailer confidence: 0.3",
    ] {
        assert!(text.contains(words), "{text}");
    }
    let tries = ["1-1.png", "1-2.png", "2-1.png", "2-2.png", "sheet.png"];
    assert_eq!(listing(&dir.path().join("out-tries")), tries);
    assert_ne!(
        read("out-tries/1-1.png").picture,
        read("out-tries/1-2.png").picture
    );
}

#[test]
fn a_detector_of_the_artists_finds_what_its_classes_say() {
    let dir = work();
    for (more, wanted) in [
        // Of a double the surer stays; people are not hands.
        ("", vec![[140, 41, 310, 238], [506, 306, 732, 531]]),
        ("--find people", vec![[28, 0, 872, 600]]),
        ("--confidence 0.6", vec![[140, 41, 310, 238]]),
    ] {
        let more = format!("--image hands.png --dry-run --detector TOY {more}");
        let said = fix(dir.path(), more.trim());
        let own: Vec<[u32; 4]> = rects(&said[0]["found"], "box")
            .into_iter()
            .map(Into::into)
            .collect();
        assert_eq!(own, wanted, "{more}");
    }
}

/// Drawn people are found without any detector, and a second search goes on with the first one's result.
#[test]
fn faces_or_people_are_repainted_after_the_hands() {
    let dir = work();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/six-fingers");
    std::fs::copy(sample.join("picture.png"), dir.path().join("figure.png")).unwrap();
    let said = fix(
        dir.path(),
        "--image figure.png --out out.png --tries 1 --prompt hand --top 1 --dilate 6 --then=people:someone --confidence 0.2 --dilate 0 --mask-blur 2 --strength 0.9 --steps 2 --negative bad --tries 2 --pick all --then TOY:other",
    );
    let found = said[0]["found"].as_array().unwrap();
    let people = found
        .iter()
        .filter(|one| one["label"] == "drawn person" && one["sure"] == true);
    assert_eq!(people.count(), 1, "{said:?}");
    let repainted = rects(&said[0]["repainted"], "part");
    assert!(repainted.len() >= 2, "{said:?}");
    let [hand, person] = [0, 1].map(|place| repainted[place].size());
    assert!(person.area() > hand.area(), "{said:?}");
    let after = file::read(&dir.path().join("out.png")).unwrap().metadata;
    let text = after
        .comment()
        .unwrap_or_else(|| after.texts()[0].1.clone());
    let last = text.lines().last().unwrap().to_owned() + ",";
    for words in [
        "model: built-in hands",
        "prompt: hand",
        "confidence: 0.3",
        "mask only top k: 1",
        "dilate erode: 6",
        "mask blur: 4",
        "denoising strength: 1",
        "model 2nd: built-in people",
        "prompt 2nd: someone",
        "negative prompt 2nd: bad",
        "confidence 2nd: 0.2",
        // What is left out is as in the first pass.
        "mask only top k 2nd: 1",
        "dilate erode 2nd: 0",
        "mask blur 2nd: 2",
        "denoising strength 2nd: 0.9",
        "use separate steps 2nd: True",
        "steps 2nd: 2",
    ] {
        let words = format!("ADetailer {words},");
        assert!(last.contains(&words), "{words} in {last}");
    }
    for words in [
        "negative prompt:",
        "use separate steps:",
        "prompt 2nd: hand",
    ] {
        assert!(!last.contains(&format!("ADetailer {words}")), "{last}");
    }
    let tries = said[0]["repainted"].as_array().unwrap().iter();
    let tries: Vec<_> = tries
        .map(|one| one["hints"].as_array().unwrap().len())
        .collect();
    assert_eq!(tries[..2], [1, 2], "{said:?}");
    let written = ["2-1.png", "2-2.png", "sheet.png"];
    assert_eq!(listing(&dir.path().join("out-tries")), written);
}

/// What is asked for, and the size that each is rendered at.
const RENDERED: &[(&str, &[[u32; 2]])] = &[
    ("", &[[64, 64], [64, 64]]),
    (" --size 128x128", &[[128, 128], [128, 128]]),
    (
        " --size 128x128 --match-size free",
        &[[112, 128], [128, 128]],
    ),
    (
        " --size 128x128 --match-size free --then people --detector TOY --match-size off --size 96x128",
        &[[112, 128], [128, 128], [96, 128]],
    ),
];

#[test]
fn each_is_rendered_at_a_size_of_its_shape_where_that_is_wanted() {
    let dir = work();
    for (more, wanted) in RENDERED {
        let more = format!(
            "--image hands.png --out out.png --tries 1 --prompt hand --pick first --detector TOY{more}"
        );
        let said = fix(dir.path(), &more);
        let own = said[0]["repainted"].as_array().unwrap().iter();
        let own: Vec<[u32; 2]> = own
            .map(|one| serde_json::from_value(one["rendered"].clone()).unwrap())
            .collect();
        assert_eq!(own, *wanted, "{more}");
        let read = |name: &str| file::read(&dir.path().join(name)).unwrap().picture;
        assert_eq!(read("out.png").size(), read("hands.png").size());
        std::fs::remove_file(dir.path().join("out.png")).unwrap();
    }
}

#[test]
fn a_folder_is_gone_through_and_a_second_run_goes_on_where_the_first_ended() {
    let dir = work();
    std::fs::create_dir(dir.path().join("in")).unwrap();
    for (from, to) in [
        ("hands.png", "a.png"),
        ("picture.png", "b.png"),
        ("notes.txt", "c.png"),
    ] {
        std::fs::copy(dir.path().join(from), dir.path().join("in").join(to)).unwrap();
    }
    let model = model();
    let args = "fix --image-dir in --out-dir out --device cpu --json --steps 1 --strength 1 --tries 1 --prompt [SKIP][SEP]hand --model";
    let args: Vec<&str> = args.split(' ').chain([model.to_str().unwrap()]).collect();
    for wanted in ["2 done, 0 skipped, 1 failed", "0 done, 2 skipped, 1 failed"] {
        let output = run(dir.path(), &args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(wanted), "{said}");
    }
    assert_eq!(listing(&dir.path().join("out")), ["a.png", "b.png"]);
    // Where nothing is found the picture is as it was.
    let read = |name: &str| file::read(&dir.path().join(name)).unwrap().picture;
    assert_eq!(read("out/b.png"), read("in/b.png"));
    assert_ne!(read("out/a.png"), read("in/a.png"));
}

/// What A1111 wrote of a picture with two detectors of ADetailer.
const TABS: &str = "a woman, waving\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 99, Size: 64x64, ADetailer model: hand_yolov8n.pt, ADetailer prompt: \"[PROMPT], hand\", ADetailer confidence: 0.6, ADetailer mask only top k: 1, ADetailer dilate erode: 0, ADetailer mask blur: 2, ADetailer denoising strength: 0.4, ADetailer inpaint only masked: True, ADetailer inpaint padding: 20, ADetailer model 2nd: person_yolov8n-seg.pt, ADetailer confidence 2nd: 0.2, ADetailer version: 24.5.1";

#[test]
fn a_pictures_settings_of_adetailer_are_used_again() {
    let dir = work();
    std::fs::write(dir.path().join("a.txt"), TABS).unwrap();
    // What is asked for, and words that the picture says then of how it was made.
    for (more, wanted) in [
        (
            "",
            &[
                "ADetailer prompt: \"[PROMPT], hand\"",
                "confidence: 0.6,",
                "mask only top k: 1,",
                "dilate erode: 0,",
                "mask blur: 2,",
                "padding: 20",
            ][..],
        ),
        (
            " --confidence 0.4 --top 2 --crop-factor 2 --mask-blur 0",
            &[
                "confidence: 0.4,",
                "top k: 2,",
                "dilate erode: 0,",
                "mask blur: 0,",
            ],
        ),
        (
            " --tab 2 --prompt someone",
            &[
                "ADetailer prompt: someone",
                "confidence: 0.2,",
                "dilate erode: 4,",
            ],
        ),
        (
            " --then people --tab 2 --detector TOY --strength 0.5 --steps 2",
            &[
                "confidence: 0.6,",
                "inpaint padding: 20,",
                "model 2nd: hand.onnx",
                "confidence 2nd: 0.2,",
                "top k 2nd: 1,",
                "dilate erode 2nd: 0,",
                "mask blur 2nd: 2,",
                "denoising strength 2nd: 0.5,",
            ],
        ),
    ] {
        let out = dir.path().join("out.png");
        let said = fix(
            dir.path(),
            &format!(
                "--image hands.png --out out.png --tries 1 --detector TOY --recipe a.txt{more}"
            ),
        );
        let text = file::read(&out).unwrap().metadata;
        let text = text.comment().unwrap_or_else(|| text.texts()[0].1.clone());
        for words in wanted {
            assert!(text.contains(words), "{more}: {words} in {text}");
        }
        let padded = more.is_empty() || more.contains("--then");
        assert_eq!(text.contains("inpaint padding"), padded, "{text}");
        let people = more.starts_with(" --tab");
        let label = said[0]["found"][0]["label"].as_str();
        assert_eq!(label == Some("person"), people, "{more}: {said:?}");
        std::fs::remove_file(out).unwrap();
    }
}

/// Arguments after `fix`, and words of the one line that they are answered with.
const BAD: &[(&str, &str)] = &[
    ("--out out.png", "--image"),
    ("--image hands.png", "--out"),
    ("--image hands.png --out hands.png", "replace its own input"),
    (
        "--image picture.png --dry-run --find people",
        "give a detector of yours with --detector",
    ),
    (
        "--image hands.png --dry-run --then feet",
        "give hands, faces, people or a detector",
    ),
    (
        "--image hands.png --dry-run --then x.onnx",
        "its name says neither",
    ),
    (
        "--image hands.png --dry-run --detector notes.txt",
        "no usable ONNX file",
    ),
    ("--image hands.png --dry-run --detector x.pt", "a pickle"),
    (
        "--image hands.png --dry-run --detector none.onnx",
        "cannot be read",
    ),
    (
        "--image hands.png --dry-run --detector TOY --find faces",
        "does not find faces, but hand, person",
    ),
    (
        "--image hands.png --dry-run --detector UNET",
        "no YOLO detector",
    ),
    ("--image hands.png --dry-run --confidence 2", "from 0 to 1"),
    ("--image hands.png --dry-run --offset 4", "two numbers"),
    (
        "--image hands.png --dry-run --dynamic-denoise -1",
        "from 0 to 10",
    ),
    (
        "--image hands.png --dry-run --tries 0",
        "'0' for '--tries <N>'",
    ),
    (
        "--image hands.png --dry-run --crop-factor 0.5",
        "from 1 to 100",
    ),
    (
        "--image hands.png --then faces --out out.png",
        "--out is for the whole run",
    ),
    (
        "--out out.png --then=faces --image hands.png",
        "--image is for the whole run",
    ),
    (
        "--image hands.png --dry-run --then faces --seed 3",
        "--seed is for the whole run",
    ),
    (
        "--image hands.png --dry-run --then faces --then people -h",
        "-h is for the whole run",
    ),
    (
        "--image hands.png --dry-run --then faces --json",
        "--json is for the whole run",
    ),
    ("--image hands.png --dry-run --then", "a value is required"),
    (
        "--image hands.png --dry-run --then --confidence 0.4",
        "<WHAT[:PROMPT]>",
    ),
    (
        "--image hands.png --dry-run --then faces --confidence 2",
        "from 0 to 1",
    ),
    (
        "--image hands.png --dry-run --then faces people",
        "unexpected argument 'people'",
    ),
    (
        "--image hands.png --dry-run --then faces:one --prompt two",
        "give one of them",
    ),
    (
        "--image hands.png --dry-run --then TOY --detector TOY",
        "give one of them",
    ),
    (
        "--image hands.png --dry-run --then faces --control-weight 0.5",
        "about ControlNets",
    ),
    (
        "--image hands.png --dry-run --then faces --steps 9999",
        "9999 steps cannot be run",
    ),
    (
        "--image hands.png --dry-run --then people --tab 3 --recipe tabs.txt",
        "--recipe is for the whole run",
    ),
    (
        "--image hands.png --dry-run --recipe tabs.txt --then people --tab 3",
        "no detector 3",
    ),
    (
        "--image hands.png --dry-run --match-size free --area whole",
        "--match-size is about parts",
    ),
    (
        "--image hands.png --out out.png --match-size strict --model MODEL",
        "has the sizes of SDXL",
    ),
    ("--image notes.txt --dry-run", "not a picture"),
    ("--image hands.png --dry-run --tab 2", "--recipe <PATH>"),
    (
        "--image hands.png --dry-run --tab 3 --recipe tabs.txt",
        "no detector 3",
    ),
];

#[test]
fn what_cannot_be_fixed_is_answered_in_one_line() {
    let dir = work();
    std::fs::write(dir.path().join("tabs.txt"), TABS).unwrap();
    let (toy, unet) = (
        under_tests("fixtures/detectors/hand.onnx"),
        model().join("unet/model.onnx"),
    );
    for (more, words) in BAD {
        let more = more
            .replace("TOY", toy.to_str().unwrap())
            .replace("MODEL", model().to_str().unwrap())
            .replace("UNET", unet.to_str().unwrap());
        let output = run(
            dir.path(),
            &["fix"]
                .into_iter()
                .chain(more.split(' '))
                .collect::<Vec<_>>(),
        );
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{more}: {said}");
        assert_eq!(said.lines().count(), 1, "{more}: {said}");
        assert!(said.contains(words), "{more}: {said}");
        assert_eq!(output.stdout.is_empty(), !more.contains("--json"), "{more}");
    }
    assert!(!listing(dir.path()).contains(&"out.png".to_owned()));
}
