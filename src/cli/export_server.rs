//! `pentimento export-server`: a model as the repository of an inference server.
//!
//! Does not know what is in such a repository.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::args::{KitArgs, names};
use super::progress::{plain_kit, put_said};
use super::{Failure, output};
use crate::engine::graph::Element;
use crate::engine::repository::{self, Beside, BesideKind, Processor, Serving};
use crate::engine::{Cancel, Kit, KitControl, ModelSource};

/// Types that networks can compute in.
const PRECISIONS: &[Element] = &[Element::F32, Element::F16];

#[derive(Debug, Args)]
pub struct ExportServerArgs {
    #[command(flatten)]
    pub kit: KitArgs,

    /// ControlNet to go with it: a .safetensors file, a folder in the layout of diffusers, or an ONNX export; may be given more than once. The UNet is then one that hears ControlNets, and `canny.safetensors` is called `controlnet-canny`.
    #[arg(long, value_name = "PATH")]
    pub control: Vec<PathBuf>,

    /// Network to go beside it, which is a model by itself: upscaler=FILE, tagger=FILE, segmenter=FILE, sam=FOLDER, detector=FILE, or built-in in the place of FILE; may be given more than once. They compute in fp32.
    #[arg(long = "with", value_name = "KIND=FILE", value_parser = beside)]
    pub beside: Vec<Beside>,

    /// Folder for the repository: a new or an empty one.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,

    /// What the networks' names begin with, so that a server can have several models: `sd15` gives `sd15-unet`.
    #[arg(long, value_name = "NAME")]
    pub prefix: Option<String>,

    /// Type that networks compute in whose graphs are written from weights; ONNX exports stay as they are, and the VAE computes in fp32.
    #[arg(long, value_name = "NAME", default_value = "fp32", value_parser = names(PRECISIONS, precision))]
    pub precision: Element,

    /// Most pictures that go through the UNet at once; a picture with a negative prompt counts as two.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub max_batch: u16,

    /// What the server runs them on; auto is graphics cards where it has any.
    #[arg(long, value_name = "NAME", default_value = "auto", value_parser = names(Processor::ALL, Processor::name))]
    pub processor: Processor,

    /// How often each network is in memory, on each card.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub instances: u16,

    /// Copy no weights that can be hard links to the model's own files, where those lie on the same disk: no room is taken, but the repository cannot be sent elsewhere as it is, and some tools refuse such files.
    #[arg(long)]
    pub link: bool,

    /// Print one line of JSON on standard output, or for what went wrong.
    #[arg(long)]
    pub json: bool,
}

fn precision(element: Element) -> &'static str {
    match element {
        Element::F16 => "fp16",
        _ => "fp32",
    }
}

fn beside(text: &str) -> Result<Beside, String> {
    let (kind, file) = text.split_once('=').unwrap_or((text, ""));
    let mut kinds = BesideKind::ALL.iter();
    match kinds.find(|known| known.name() == kind) {
        Some(kind) if !file.is_empty() => Ok(Beside {
            kind: *kind,
            source: ModelSource::at(file.into()),
        }),
        _ => {
            let names: Vec<_> = BesideKind::ALL.iter().map(|kind| kind.name()).collect();
            Err(format!("give KIND=FILE, KIND being {}", names.join(", ")))
        }
    }
}

/// Runs the command.
pub fn run(args: &ExportServerArgs) -> Result<(), Failure> {
    let mut kit = plain_kit(&args.kit)?;
    let mut notes = put_said(&mut kit);
    let kit = Kit {
        controls: args.control.iter().cloned().map(KitControl::of).collect(),
        embeddings: Vec::new(),
        ..kit
    };
    let serving = Serving {
        prefix: args.prefix.clone(),
        element: args.precision,
        links: args.link,
        batch: args.max_batch.into(),
        instances: args.instances.into(),
        processor: args.processor,
    };
    let cancel = Cancel::new();
    let on_interrupt = cancel.clone();
    ctrlc::set_handler(move || on_interrupt.cancel())
        .map_err(|error| Failure::Usage(format!("Ctrl-C cannot be watched: {error}")))?;
    let mut networks = Vec::new();
    let told = repository::write(
        (&kit, &args.beside),
        &args.out,
        &serving,
        &cancel,
        &mut |served| {
            for note in &served.notes {
                output::say(&format!("{}: {note}", served.name));
            }
            if !args.json {
                output::say(&served.to_string());
            }
            networks.push(json!({
                "name": served.name,
                "inputs": served.inputs.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "batch": served.batch,
                "written": served.written,
            }));
        },
    )?;
    notes.extend(told);
    for note in notes {
        output::say(&note);
    }
    match args.json {
        true => output::report(&json!({ "out": args.out, "networks": networks })),
        false => output::say(&format!("{} is whole", args.out.display())),
    }
    Ok(())
}
