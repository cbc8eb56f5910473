//! `diffusion::prompt::conditioning`: what is heard at each step, by itself and through the pipeline.

use std::ops::ControlFlow;
use std::sync::Arc;

use ndarray::Array4;
use pentimento::diffusion::latent::Latents;
use pentimento::diffusion::networks::{
    Chunk, Condition, Evaluation, Halt, Hint, ModelSpec, Networks, Residuals, UnetInput,
};
use pentimento::diffusion::plan::Plan;
use pentimento::diffusion::prompt::conditioning::Conditioning;
use pentimento::diffusion::prompt::schedule::{Prompt, Role};
use pentimento::diffusion::repaint::repaint;
use pentimento::raster::{Picture, Size};
use pentimento::recipe::{Recipe, Sampler, Spacing};

use crate::fake::FakeNetworks;

/// The fake networks, and what they were asked: prompts encoded, and the words heard in each evaluation.
struct Listening {
    inner: FakeNetworks,
    encoded: usize,
    /// Length of the first word of each condition, as its token says.
    heard: Vec<Vec<usize>>,
}

impl Listening {
    fn new() -> Self {
        Self {
            inner: FakeNetworks::new(UnetInput::Latents),
            encoded: 0,
            heard: Vec::new(),
        }
    }
}

impl Networks for Listening {
    fn spec(&self) -> &ModelSpec {
        self.inner.spec()
    }

    fn tokenize(&self, text: &str) -> Result<Vec<Vec<u32>>, Halt> {
        self.inner.tokenize(text)
    }

    fn encode(&mut self, chunks: &[Chunk], clip_skip: usize) -> Result<Condition, Halt> {
        self.encoded += chunks.len();
        self.inner.encode(chunks, clip_skip)
    }

    fn encode_picture(&mut self, picture: &Array4<f32>) -> Result<Latents, Halt> {
        self.inner.encode_picture(picture)
    }

    fn control(
        &mut self,
        index: usize,
        hint: &Hint<'_>,
        evaluation: &Evaluation<'_>,
    ) -> Result<Vec<Residuals>, Halt> {
        self.inner.control(index, hint, evaluation)
    }

    fn predict(&mut self, evaluation: &Evaluation<'_>) -> Result<Vec<Latents>, Halt> {
        let first_word = |condition: &&Condition| match condition.states[[0, 1, 0]] as usize {
            901 => 0,
            token => token - 100,
        };
        self.heard
            .push(evaluation.conditions.iter().map(first_word).collect());
        self.inner.predict(evaluation)
    }

    fn decode(&mut self, latents: &Latents) -> Result<Array4<f32>, Halt> {
        self.inner.decode(latents)
    }
}

fn conditioning(
    networks: &mut Listening,
    prompt: &str,
    negative: Option<&str>,
    run: usize,
    of: usize,
) -> Conditioning {
    let read = |text, role| Prompt::read(text, role).0;
    let negative = negative.map(|text| read(text, Role::Negative));
    Conditioning::new(
        networks,
        &read(prompt, Role::Prompt),
        negative.as_ref(),
        run,
        of,
        1,
    )
    .unwrap()
}

#[test]
fn prompt_and_negative_prompt_are_equally_long_within_a_step() {
    let mut networks = Listening::new();
    let long = vec!["word"; 100].join(" ");
    let scheduled = format!("[short:{long}:1]");
    let heard = conditioning(&mut networks, &scheduled, Some("not"), 3, 3);
    let lengths = |step| -> Vec<usize> {
        heard
            .at(step)
            .iter()
            .map(|condition| condition.states.dim().1)
            .collect()
    };
    assert_eq!(lengths(0), [77, 77]);
    assert_eq!(lengths(1), [154, 154]);
    assert_eq!(
        heard.at(1)[1].states[[0, 77, 0]],
        900.0,
        "the second chunk is an empty one"
    );
}

#[test]
fn equal_texts_are_encoded_once() {
    let mut networks = Listening::new();
    conditioning(
        &mut networks,
        "[a|bb] AND a AND [a:bb:3]",
        Some("a"),
        20,
        20,
    );
    assert_eq!(networks.encoded, 2);
}

/// Prompt, negative prompt, sampler, steps, strength, guidance; and the word lengths heard in each evaluation.
type Heard = (
    &'static str,
    &'static str,
    Sampler,
    usize,
    f64,
    f64,
    &'static [&'static [usize]],
);

const HEARD: &[Heard] = &[
    (
        "[a:bb:2]",
        "",
        Sampler::Euler,
        4,
        1.0,
        7.0,
        &[&[1, 0], &[1, 0], &[2, 0], &[2, 0]],
    ),
    (
        "[a:bb:0.5]",
        "ccc",
        Sampler::DpmPp2m,
        4,
        1.0,
        7.0,
        &[&[1, 3], &[1, 3], &[2, 3], &[2, 3]],
    ),
    (
        "[a|bb|ccc]",
        "",
        Sampler::Euler,
        4,
        1.0,
        1.0,
        &[&[1], &[2], &[3], &[1]],
    ),
    // Both evaluations of a step hear the same; the last step has one.
    (
        "[a|bb]",
        "",
        Sampler::Heun,
        3,
        1.0,
        1.0,
        &[&[1], &[1], &[2], &[2], &[1]],
    ),
    (
        "[a|bb]",
        "",
        Sampler::DpmPpSde,
        3,
        1.0,
        1.0,
        &[&[1], &[1], &[2], &[2], &[1]],
    ),
    (
        "[a:bb:1]",
        "",
        Sampler::Dpm2,
        2,
        1.0,
        1.0,
        &[&[1], &[1], &[2]],
    ),
    // Steps count from the first that runs, shares are of the whole schedule.
    (
        "[a:bb:0.5]",
        "",
        Sampler::Euler,
        8,
        0.75,
        1.0,
        &[&[1], &[1], &[1], &[1], &[2], &[2]],
    ),
    (
        "[a:bb:5]",
        "",
        Sampler::Euler,
        8,
        0.5,
        1.0,
        &[&[1], &[1], &[1], &[1]],
    ),
    // Composing needs the negative prompt at every guidance.
    (
        "a AND bb :0.5",
        "ccc",
        Sampler::Euler,
        2,
        1.0,
        1.0,
        &[&[1, 2, 3], &[1, 2, 3]],
    ),
    (
        "a",
        "[b:cc:1]",
        Sampler::Euler,
        2,
        1.0,
        2.0,
        &[&[1, 1], &[1, 2]],
    ),
];

fn blank() -> Arc<Picture> {
    Arc::new(Picture::filled(Size::new(32, 32), [128, 128, 128, 255]))
}

fn paint(networks: &mut Listening, recipe: &Recipe) -> Picture {
    let plan = Plan::new(&blank(), None, recipe, networks.spec()).unwrap();
    let patch = repaint(&plan, networks, &mut |_| ControlFlow::Continue(())).unwrap();
    patch.pixels().clone()
}

#[test]
fn each_evaluation_hears_the_text_of_its_step() {
    for (prompt, negative, sampler, steps, strength, guidance_scale, expected) in HEARD {
        let mut networks = Listening::new();
        let recipe = Recipe {
            prompt: (*prompt).to_owned(),
            negative_prompt: (*negative).to_owned(),
            sampler: *sampler,
            spacing: Spacing::Karras,
            steps: *steps,
            strength: *strength,
            guidance_scale: *guidance_scale,
            ..Recipe::default()
        };
        paint(&mut networks, &recipe);
        assert_eq!(networks.heard, *expected, "{prompt} {sampler}");
    }
}

#[test]
fn composing_adds_weighted_differences() {
    let picture = |prompt: &str, guidance_scale| {
        let recipe = Recipe {
            prompt: prompt.to_owned(),
            negative_prompt: "nothing".to_owned(),
            sampler: Sampler::Euler,
            steps: 4,
            strength: 1.0,
            guidance_scale,
            ..Recipe::default()
        };
        paint(&mut Listening::new(), &recipe)
    };
    // One prompt in two halves is that prompt; a weight is guidance by another name; weight 0 is not there.
    let near = |a: &Picture, b: &Picture| {
        let bytes = a
            .pixels()
            .as_flattened()
            .iter()
            .zip(b.pixels().as_flattened());
        bytes.map(|(a, b)| a.abs_diff(*b)).max().unwrap()
    };
    let plain = picture("some hand", 6.0);
    assert!(near(&picture("some hand :0.5 AND some hand :0.5", 6.0), &plain) <= 1);
    assert!(near(&picture("some hand :2 AND other :0", 3.0), &plain) <= 1);
    assert!(near(&picture("some hand AND other", 6.0), &plain) > 1);
}
