//! A click that masks, from the question to the mask whose edge follows the picture's.
//!
//! `cargo bench --bench click -- FOLDER` with a folder of networks of Segment Anything's kind; the picture is encoded before.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pentimento::engine::sam::best;
use pentimento::engine::{
    Cancel, Candidate, Device, Engine, Event, FindObject, Job, JobId, Kit, ModelSource, Outcome,
    Previews, Prompt, PromptPoint, Work,
};
use pentimento::raster::{Picture, Size};

/// Sides of the pictures, pixels.
const SIDES: [u32; 3] = [1024, 2048, 4096];

/// Clicks on each; the first is not measured.
const CLICKS: usize = 16;

fn main() {
    let folder = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let Some(folder) = folder.map(PathBuf::from) else {
        println!("give a folder of networks: cargo bench --bench click -- FOLDER");
        return;
    };
    let mut engine = Engine::spawn(|| ()).unwrap_or_else(|error| panic!("{error}"));
    for side in SIDES {
        let picture = Arc::new(waves(side));
        ask(&mut engine, &folder, &picture, None);
        let (mut answers, mut edges) = (Vec::new(), Vec::new());
        for click in 0..CLICKS {
            let at = [0.31, 0.67].map(|share| side as f32 * (share + 0.01 * click as f32));
            let prompt = Prompt {
                points: vec![PromptPoint { at, inside: true }],
                ..Prompt::default()
            };
            let begun = Instant::now();
            let candidates = ask(&mut engine, &folder, &picture, Some(prompt));
            let answered = begun.elapsed();
            let best = best(&candidates).and_then(|place| candidates.get(place));
            let mask = best.map(|one| one.logits.refined(&picture).without_faint());
            let edged = begun.elapsed();
            assert!(mask.is_some(), "nothing was found");
            if click > 0 {
                answers.push(answered);
                edges.push(edged);
            }
        }
        println!(
            "{side} px: answered after {}, mask after {}",
            told(answers),
            told(edges)
        );
    }
}

/// Least, median and most.
fn told(mut times: Vec<Duration>) -> String {
    times.sort();
    let [least, median, most] = [0, times.len() / 2, times.len() - 1].map(|place| times[place]);
    format!("{least:.0?}, {median:.0?}, {most:.0?}")
}

fn ask(
    engine: &mut Engine,
    folder: &std::path::Path,
    picture: &Arc<Picture>,
    prompt: Option<Prompt>,
) -> Vec<Candidate> {
    let job = Job {
        work: Work::FindObject(FindObject {
            picture: Arc::clone(picture),
            prompt,
        }),
        kit: Kit::of(ModelSource::at(folder.to_owned())),
        device: Device::Cpu,
        previews: Previews::Off,
    };
    let submitted = engine.submit(JobId(1), job, Cancel::new());
    submitted.unwrap_or_else(|error| panic!("{error}"));
    loop {
        let event = engine.wait(Duration::from_secs(60));
        let event = event.unwrap_or_else(|error| panic!("{error}"));
        if let Some(Event::Finished { outcome, .. }) = event {
            return match outcome {
                Ok(Outcome::Pointed { candidates, .. }) => candidates,
                Ok(_) => Vec::new(),
                Err(error) => panic!("{error}"),
            };
        }
    }
}

/// A picture with edges in it.
fn waves(side: u32) -> Picture {
    Picture::from_fn(Size::new(side, side), |x, y| {
        let wave = |v: u32, n: f32| (127.0 + 120.0 * (v as f32 / side as f32 * n).sin()) as u8;
        [wave(x, 9.0), wave(y, 13.0), wave(x + y, 21.0), 255]
    })
}
