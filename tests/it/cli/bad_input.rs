//! Bad input: exit code 2, one line that says what to do, nothing written.

use super::{folder, listing, run};

/// Arguments after `repaint`, and words of the one line that they are answered with.
const BAD: &[(&str, &str)] = &[
    ("--steps 0 --out out.png", "0 steps cannot be run"),
    ("--steps -3 --out out.png", "-3"),
    ("--seed -7 --out out.png", "or -1 for a random one"),
    (
        "--prompt ((x:99):99) --out out.png",
        "prompt weight of 9801",
    ),
    (
        "--image picture.png --steps 30 --strength 0.02 --out out.png",
        "raise it to at least 0.034",
    ),
    (
        "--negativ x --out out.png",
        "similar argument exists: '--negative'",
    ),
    (
        "--size 16000x16000 --out out.png --device cpu",
        "rendering 16000x16000 at once is too much",
    ),
    (
        "--image nothing.png --out out.png",
        "no such file, check the path: nothing.png",
    ),
    ("--image notes.txt --out out.png", "not a picture"),
    (
        "--image picture.png --mask small.png --out out.png",
        "the mask is 60x75 but the picture is 61x75",
    ),
    (
        "--image picture.png --mask black.png --out out.png",
        "all black",
    ),
    (
        "--image picture.png --strength 2 --out out.png",
        "denoising strength 2 is outside 0 to 1",
    ),
    (
        "--image picture.png --strength -1 --out out.png",
        "denoising strength -1",
    ),
    (
        "--image picture.png --strength x --out out.png",
        "'x' for '--strength <S>'",
    ),
    (
        "--image picture.png --sampler eular --out out.png",
        "'eular' for '--sampler <NAME>' [possible values: euler, euler-a",
    ),
    (
        "--image picture.png --schedule carras --out out.png",
        "'carras' for '--schedule <NAME>' [possible values: uniform, karras",
    ),
    (
        "--image picture.png --device gpu --out out.png",
        "possible values: auto, cpu, openvino, openvino-f32, openvino-gpu, cuda, directml, coreml",
    ),
    (
        "--image picture.png --steps 0 --out out.png",
        "0 steps cannot be run",
    ),
    (
        "--image picture.png --cfg -3 --out out.png",
        "guidance scale -3",
    ),
    (
        "--image picture.png --mask-blur -3 --out out.png",
        "mask blur -3",
    ),
    (
        "--image picture.png --out out.xyz",
        "end the file name in .png",
    ),
    (
        "--image picture.png --out no/such/folder/out.png",
        "folder to write to does not exist",
    ),
    (
        "--image picture.png --out picture.png",
        "would replace its own input",
    ),
    (
        "--image picture.png --mask mask.png --out mask.png",
        "would replace its own input",
    ),
    ("--strength 0.5 --out out.png", "give one with --image"),
    (
        "--prompt [a:b] --out out.png",
        "the prompt cannot be read at character 1, `[a:b]`: the step is missing",
    ),
    (
        "--negative x[a|b --out out.png",
        "the negative prompt cannot be read at character 2",
    ),
    ("--prompt {a|b --out out.png", "this brace is never closed"),
    (
        "--prompt __pose__ --out out.png",
        "no such wildcard, create",
    ),
    (
        "--variation-strength 2 --out out.png",
        "variation strength 2 is outside 0 to 1",
    ),
    (
        "--variation-seed 2 --out out.png",
        "--variation-strength <S>",
    ),
    ("--count 0 --out out.png", "0 is not in 1..=10000"),
    (
        "--recipe nothing.png --out out.png",
        "no such file, check the path: nothing.png",
    ),
    ("--recipe picture.png --out out.png", "no recipe was found"),
    (
        "--preset hands --out out.png",
        "there is no preset `hands`; none has been saved yet",
    ),
    ("--preset ../hands --out out.png", "cannot name a preset"),
    (
        "--preset a --recipe picture.png --out out.png",
        "cannot be used with",
    ),
    (
        "--image-dir nowhere --out-dir out",
        "the folder cannot be read",
    ),
    (
        "--image-dir . --out-dir .",
        "the results would replace their own inputs",
    ),
    ("--image-dir empty-model", "--out-dir <DIR>"),
    (
        "--image-dir . --out-dir out --image picture.png",
        "cannot be used with",
    ),
    ("--image picture.png", "--out <PATH>"),
    ("--mask mask.png --out out.png", "--image"),
    (
        "--image picture.png --mask-blur-y -3 --out out.png",
        "mask blur -3",
    ),
    (
        "--image picture.png --mask-blur-x 600 --out out.png",
        "mask blur 600 is outside 0 to 512",
    ),
    (
        "--image picture.png --grow-mask 99 --out out.png",
        "grown by 99 pixels; choose 0 to 64",
    ),
    (
        "--image picture.png --masked-content noise --out out.png",
        "'noise' for '--masked-content <NAME>' [possible values: original, fill, latent-noise",
    ),
    (
        "--image picture.png --method inpaint --out out.png",
        "'inpaint' for '--method <NAME>' [possible values: auto, latent-mask",
    ),
    (
        "--image picture.png --resize squash --out out.png",
        "'squash' for '--resize <NAME>' [possible values: stretch, crop",
    ),
    (
        "--image picture.png --mask white.png --mask-mode not-masked --out out.png",
        "all white",
    ),
    (
        "--image picture.png --size 6400x6400 --out out.png --device cpu",
        "rendering 6400x6400 at once is too much",
    ),
    ("--size 64 --out out.png", "write it as 512x768"),
    (
        "--extend 64 --out out.png",
        "--extend changes a picture; give one with --image",
    ),
    (
        "--rotate 90 --out out.png",
        "--rotate changes a picture; give one with --image",
    ),
    (
        "--image picture.png --extend 64,0 --out out.png",
        "four as in 64,0,64,0",
    ),
    (
        "--image picture.png --extend -8 --out out.png",
        "each 0 to 16384",
    ),
    (
        "--image picture.png --extend 10% --out out.png",
        "write one number of pixels",
    ),
    (
        "--image picture.png --extend 0,0,0,0 --out out.png",
        "add at least one pixel",
    ),
    (
        "--image picture.png --extend 0,0,16384,0 --out out.png",
        "a picture of 61x75 cannot be extended so far; sides can be up to 16384 pixels",
    ),
    (
        "--image picture.png --crop 10,10,512x512 --out out.png",
        "the part 10,10,512x512 does not lie inside the picture of 61x75",
    ),
    (
        "--image picture.png --crop 10,10 --out out.png",
        "write it as 64,0,512x768",
    ),
    (
        "--image picture.png --crop 10,10,0x5 --out out.png",
        "no pixel",
    ),
    (
        "--image picture.png --crop -1,0,5x5 --out out.png",
        "write it as 64,0,512x768",
    ),
    (
        "--image picture.png --rotate 45 --out out.png",
        "choose 90, 180 or 270",
    ),
    (
        "--image picture.png --flip sideways --out out.png",
        "choose horizontal or vertical",
    ),
    (
        "--image picture.png --scale 0 --out out.png",
        "cannot be scaled by 0; sides can be 1 to 16384 pixels",
    ),
    (
        "--image picture.png --scale -2 --out out.png",
        "cannot be scaled by -2",
    ),
    (
        "--image picture.png --scale 400 --out out.png",
        "cannot be scaled by 400",
    ),
    (
        "--image picture.png --mask mask.png --crop 0,0,8x8 --out out.png",
        "all black",
    ),
    (
        "--size 0x64 --out out.png",
        "sides can be 1 to 16384 pixels",
    ),
    (
        "--size 40000x64 --out out.png",
        "sides can be 1 to 16384 pixels",
    ),
    (
        "--image picture.png --out out.png --model empty-model",
        "unet",
    ),
    (
        "--image picture.png --out out.png --model nowhere",
        "nowhere",
    ),
    (
        "--image picture.png --out out.png --model notes.txt",
        "notes.txt",
    ),
    (
        "--image picture.png --out out.png --device coreml",
        "coreml",
    ),
];

#[test]
fn bad_input_exits_with_2_and_one_line_and_writes_nothing() {
    let dir = folder();
    let before = listing(dir.path());
    for (args, words) in BAD {
        let args: Vec<_> = ["repaint"].into_iter().chain(args.split(' ')).collect();
        let output = run(dir.path(), &args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert_eq!(stderr.trim_end().lines().count(), 1, "{args:?}: {stderr}");
        assert!(
            stderr.to_lowercase().contains(&words.to_lowercase()),
            "{args:?}: {stderr:?} does not say {words:?}"
        );
        assert!(output.stdout.is_empty(), "{args:?}");
        assert_eq!(listing(dir.path()), before, "{args:?}");
    }
}
