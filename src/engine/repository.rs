//! A model as the folder that inference servers read: for each of its networks the graph, the weights, and what a server is told of them.
//!
//! The layout is Triton's model repository (`model_repository.md` and `model_config.proto` of triton-inference-server). Does not know ONNX Runtime, nor how servers are spoken to.

mod beside;
mod config;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Cursor, Read, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::cancel::Cancel;
use super::catalog::{self, Model};
use super::error::{EngineError, gigabytes};
use super::exported::rewritten;
use super::graph::{Element, Graph, Port, Stored};
use super::kit::{Kit, KitControl};
use super::memory::free_on_disk;
use super::network::proto::{Message, external};
use super::network::{Built, Form};
use super::part::Part;
use super::source::GraphBytes;

pub use beside::{Beside, BesideKind};

/// A graph's name in its folder, as servers look for it.
const GRAPH: &str = "model.onnx";

/// The file of the weights that are not linked.
const WEIGHTS: &str = "weights.bin";

/// How the inputs are called that ControlNets fill.
const RESIDUAL: &str = "_residual";

/// Weights begin at multiples of so many bytes, so that they can be used where they are mapped.
const ALIGNED: u64 = 64;

/// Bytes that are copied before it is looked whether to stop.
const COPIED: u64 = 16 << 20;

/// Bytes that are left free on the disk, and more than all graphs take.
const MARGIN: u64 = 64 << 20;

/// How a model is written for servers.
#[derive(Clone, Debug)]
pub struct Serving {
    /// What the networks' names begin with, before a hyphen.
    pub prefix: Option<String>,
    /// Type that graphs compute in which are written here; ONNX exports stay as they are.
    pub element: Element,
    /// Whether weights are no copies, but second names of the model's own files (hard links), where those lie on the same disk.
    pub links: bool,
    /// Most pictures that go through the UNet or a ControlNet at once.
    pub batch: usize,
    /// How often a network is in memory, on each device.
    pub instances: usize,
    /// What runs the networks.
    pub processor: Processor,
}

/// What a server runs networks on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Processor {
    /// Graphics cards where there are any.
    Auto,
    /// Graphics cards.
    Gpu,
    /// The processor.
    Cpu,
}

impl Processor {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Auto, Self::Gpu, Self::Cpu];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Gpu => "gpu",
            Self::Cpu => "cpu",
        }
    }
}

/// Which network of a model it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Text,
    ControlNet,
    Unet,
    VaeEncoder,
    VaeDecoder,
    /// A model by itself.
    Single(&'static str),
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "text_encoder",
            Self::ControlNet => "controlnet",
            Self::Unet => "unet",
            Self::VaeEncoder => "vae_encoder",
            Self::VaeDecoder => "vae_decoder",
            Self::Single(name) => name,
        }
    }
}

/// A network as it was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// What servers call it.
    pub name: String,
    /// What it takes.
    pub inputs: Vec<Port>,
    /// Pictures that it takes at once, of several requests together; `None` where each request runs alone, with the batch that its graph has.
    pub batch: Option<usize>,
    /// Bytes that were written for it; what is linked is not among them.
    pub written: u64,
    /// What there is to tell of its LoRAs.
    pub notes: Vec<String>,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_residual = |port: &&Port| port.name.ends_with(RESIDUAL);
        let inputs = self.inputs.iter().filter(|port| !is_residual(port));
        let inputs: Vec<_> = inputs.map(Port::to_string).collect();
        write!(f, "{}: takes {}", self.name, inputs.join(", "))?;
        match self.inputs.iter().any(|port| is_residual(&port)) {
            true => f.write_str(" and what ControlNets add; ")?,
            false => f.write_str("; ")?,
        }
        match self.batch {
            Some(1) => f.write_str("one picture at a time")?,
            Some(most) => write!(f, "requests share batches of up to {most}")?,
            None => f.write_str("each request runs alone")?,
        }
        write!(f, "; {:.1} MB written", self.written as f64 / 1e6)
    }
}

/// Writes a model as a repository, and what goes beside it, under another name until it is whole; `on_network` hears of each network that is done.
///
/// # Errors
/// [`EngineError::Model`] when the model cannot be read, the folder is not empty, or there is no room for it; [`EngineError::LoadStopped`].
pub fn write(
    (kit, beside): (&Kit, &[Beside]),
    to: &Path,
    serving: &Serving,
    cancel: &Cancel,
    on_network: &mut dyn FnMut(&Written),
) -> Result<Vec<String>, EngineError> {
    let problem = |problem: String| EngineError::Model {
        path: to.to_owned(),
        problem,
    };
    let unwritable = |error: io::Error| problem(format!("it cannot be written: {error}"));
    if let Some(prefix) = &serving.prefix {
        check_name(prefix, to)?;
    }
    let there = fs::symlink_metadata(to).is_ok();
    let is_empty = || fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_none());
    if there && !is_empty() {
        return Err(problem(
            "it is there already and no empty folder; choose another, or remove it".into(),
        ));
    }
    let model = catalog::open(kit)?;
    let singles = beside.iter().map(Beside::networks);
    let singles = singles.collect::<Result<Vec<_>, _>>()?.concat();
    for (index, control) in kit.controls.iter().enumerate() {
        let same = |other: &KitControl| other.name.eq_ignore_ascii_case(&control.name);
        if kit.controls[..index].iter().any(same) {
            return Err(EngineError::Model {
                path: control.file.clone(),
                problem: format!(
                    "another ControlNet is called `{}` too; rename one of the files",
                    control.name
                ),
            });
        }
    }
    // An empty folder may be a disk of its own or lead elsewhere: what is written goes into it.
    let to = std::path::absolute(to).map_err(unwritable)?;
    let parent = match there {
        true => &to,
        false => to.parent().unwrap_or(&to),
    };
    fs::create_dir_all(parent).map_err(unwritable)?;
    let scratch = tempfile::Builder::new()
        .prefix(".repository-")
        .tempdir_in(parent)
        .map_err(unwritable)?;
    // One level down, since the scratch folder itself is for this user's eyes only.
    let root = scratch.path().join("repository");
    fs::create_dir(&root).map_err(unwritable)?;

    let mut repository = Repository {
        model: &model,
        serving,
        cancel,
        root,
        on_network,
    };
    let texts = || model.text_encoders.iter().map(|text| &text.part);
    let copied = texts().map(|part| repository.copied(part)).sum::<u64>()
        + (model.controls.iter().map(|part| repository.copied(part))).sum::<u64>()
        + repository.copied(&model.unet)
        + repository.copied(&model.vae_encoder)
        + repository.copied(&model.vae_decoder)
        + (singles.iter().map(|(_, part)| repository.copied(part))).sum::<u64>();
    let needed = copied.saturating_add(MARGIN);
    if let Some(free) = free_on_disk(parent).filter(|free| *free < needed) {
        return Err(problem(format!(
            "there is not enough room: {} are needed where {} are free; make room on the disk, or choose a folder on the model's own and let its weights be links",
            gigabytes(needed),
            gigabytes(free)
        )));
    }
    for (index, part) in texts().enumerate() {
        repository.network(Role::Text, index, part)?;
    }
    for (index, part) in model.controls.iter().enumerate() {
        repository.network(Role::ControlNet, index, part)?;
    }
    repository.network(Role::Unet, 0, &model.unet)?;
    repository.network(Role::VaeEncoder, 0, &model.vae_encoder)?;
    repository.network(Role::VaeDecoder, 0, &model.vae_decoder)?;
    for (role, part) in &singles {
        repository.network(Role::Single(role), 0, part)?;
    }
    if !there {
        fs::rename(&repository.root, &to).map_err(unwritable)?;
        return Ok(model.notes.clone());
    }
    for entry in fs::read_dir(&repository.root).map_err(unwritable)? {
        let entry = entry.map_err(unwritable)?;
        fs::rename(entry.path(), to.join(entry.file_name())).map_err(unwritable)?;
    }
    Ok(model.notes.clone())
}

/// A repository in the making.
struct Repository<'a> {
    model: &'a Model,
    serving: &'a Serving,
    cancel: &'a Cancel,
    root: PathBuf,
    on_network: &'a mut dyn FnMut(&Written),
}

impl Repository<'_> {
    /// Whether a network's weights stay where they are, under a second name: ONNX Runtime follows no other links.
    fn links<P>(&self, part: &Part<P>) -> bool {
        let of_file = match &part.bytes {
            GraphBytes::File { path, .. } => Some(path.as_path()),
            GraphBytes::Network(network) => network.weights.iter().find_map(|(_, one)| one.file()),
            GraphBytes::Memory { .. } | GraphBytes::Changed(_) | GraphBytes::Served(_) => None,
        };
        let probe = self.root.with_file_name("probe");
        let links = |file: &Path| {
            let real = file.canonicalize();
            real.and_then(|real| fs::hard_link(real, &probe)).is_ok()
        };
        let linked = self.serving.links && of_file.is_some_and(links);
        fs::remove_file(probe).ok();
        linked
    }

    /// Bytes of weights that have to be copied, at the most.
    fn copied<P>(&self, part: &Part<P>) -> u64 {
        match part.loras.is_empty() && self.links(part) {
            true => 0,
            false => part.stored,
        }
    }

    fn network<P>(&mut self, role: Role, index: usize, part: &Part<P>) -> Result<(), EngineError> {
        let prefix = self.serving.prefix.iter();
        let prefix: String = prefix.map(|prefix| format!("{prefix}-")).collect();
        let more = match (role, index) {
            (Role::ControlNet, _) => format!("-{}", self.model.spec.controls[index].name),
            (_, 0) => String::new(),
            _ => format!("_{}", index + 1),
        };
        let name = format!("{prefix}{}{more}", role.name());
        check_name(&name, &part.file)?;
        let folder = self.root.join(&name).join("1");
        let (bytes, notes) = part.changed(self.cancel)?;
        let element = match role {
            // They are small, and those here are compared to them.
            Role::Single(_) => Element::F32,
            _ => self.serving.element,
        };
        let form = Form {
            element,
            for_server: Some(element),
            // As they run here, so that the numbers are the same.
            stored: matches!(role, Role::Text) && element == Element::F32,
        };
        let link = self.links(part);
        let put = match &bytes {
            GraphBytes::Network(network) => self.put_built(&network.build(form)?, &folder, link),
            GraphBytes::Changed(built) => self.put_built(built, &folder, link),
            GraphBytes::Memory { bytes, borrowed } => {
                let lenders = borrowed
                    .iter()
                    .map(|(name, lender)| (name.as_str(), *lender));
                let mut files = [(GRAPH, *bytes)].into_iter().chain(lenders);
                let written = files.try_fold(0, |sum, (name, bytes)| {
                    put(&folder.join(name), bytes).map(|()| sum + bytes.len() as u64)
                });
                written.map(|written| (part.graph.clone(), written))
            }
            GraphBytes::Served(_) => Err(io::Error::other("it lies on a server already")),
            GraphBytes::File { path, elsewhere } => {
                let own = |location: &str| path.with_file_name(location);
                let file_of = |location: &str| {
                    let mut moved = elsewhere.iter();
                    let moved = moved.find(|(own, _)| own == location);
                    moved.map_or_else(|| own(location), |(_, file)| file.clone())
                };
                let locations = part.graph.external.iter().map(|one| one.location.as_str());
                let locations: BTreeSet<_> = locations.collect();
                let weights = locations.into_iter().map(|one| (one, file_of(one)));
                let all = [(GRAPH, path.clone())].into_iter().chain(weights);
                let written = all.map(|(name, file)| self.place(&file, &folder.join(name), link));
                let written: io::Result<u64> = written.sum();
                written.map(|written| (part.graph.clone(), written))
            }
        };
        let described = put.and_then(|(graph, written)| {
            let written_here = matches!(bytes, GraphBytes::Network(_));
            let told = config::Told {
                name: &name,
                role,
                graph: &graph,
                written_here,
            };
            let text = told.text(&self.model.spec, self.serving);
            let (text, batch) = text.map_err(io::Error::other)?;
            fs::write(self.root.join(&name).join("config.pbtxt"), text)?;
            Ok(Written {
                name,
                inputs: graph.inputs,
                batch,
                written,
                notes,
            })
        });
        if self.cancel.is_cancelled() {
            return Err(EngineError::LoadStopped);
        }
        let served = described.map_err(|error| EngineError::Model {
            path: part.file.clone(),
            problem: format!("it cannot be written for a server: {error}"),
        })?;
        (self.on_network)(&served);
        Ok(())
    }

    /// Gives a file a second name where it can be linked, else copies it; the bytes that were written.
    fn place(&self, from: &Path, to: &Path, link: bool) -> io::Result<u64> {
        fs::create_dir_all(to.parent().unwrap_or(to))?;
        let real = from.canonicalize()?;
        if link && fs::hard_link(&real, to).is_ok() {
            return Ok(0);
        }
        self.copy(&mut File::open(real)?, &mut File::create_new(to)?)
    }

    /// Copies until it is stopped; the bytes that were copied.
    fn copy(&self, from: &mut impl Read, to: &mut impl Write) -> io::Result<u64> {
        let mut copied = 0;
        while !self.cancel.is_cancelled() {
            match io::copy(&mut from.by_ref().take(COPIED), to)? {
                0 => return Ok(copied),
                more => copied += more,
            }
        }
        Err(io::ErrorKind::Interrupted.into())
    }

    /// Puts a graph that was written here into a folder, with those of its weights that are not in files, or cannot be linked, in one file beside it.
    fn put_built(&self, built: &Built, folder: &Path, link: bool) -> io::Result<(Graph, u64)> {
        let graph = Graph::read(Cursor::new(&built.bytes)).map_err(io::Error::other)?;
        let memory = built.memory.iter();
        let memory: BTreeMap<&str, &Arc<[u8]>> =
            memory.map(|(name, bytes)| (name.as_str(), bytes)).collect();
        let within = |location: &str| {
            let folder = built.folder.as_deref().unwrap_or(Path::new(""));
            folder.join(location)
        };
        fs::create_dir_all(folder)?;
        let mut weights = None;
        let (mut gone, mut moved, mut end) = (Vec::new(), Message::default(), 0);
        let mut linked = BTreeSet::new();
        for (name, one) in &graph.initializers {
            let Some(Stored {
                location: Some(location),
                start,
                length: Some(length),
            }) = &one.bytes
            else {
                continue;
            };
            let bytes = memory.get(location.as_str());
            if bytes.is_none() && link {
                linked.insert(location);
                continue;
            }
            if self.cancel.is_cancelled() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let to = match &mut weights {
                Some(to) => to,
                none => none.insert(BufWriter::new(File::create_new(folder.join(WEIGHTS))?)),
            };
            let at = u64::next_multiple_of(end, ALIGNED);
            io::copy(&mut io::repeat(0).take(at - end), to)?;
            let copied = match bytes {
                Some(bytes) => {
                    let mut bytes = Cursor::new(bytes);
                    bytes.set_position(*start);
                    self.copy(&mut bytes.take(*length), to)?
                }
                None => {
                    let mut file = File::open(within(location))?;
                    file.seek(SeekFrom::Start(*start))?;
                    self.copy(&mut file.take(*length), to)?
                }
            };
            if copied != *length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            end = at + length;
            gone.push(one.place.clone());
            let dims: Vec<_> = one.dims.iter().map(|side| *side as usize).collect();
            moved.message(5, &external(name, one.element, &dims, WEIGHTS, at, *length));
        }
        if let Some(mut weights) = weights {
            weights.flush()?;
        }
        let bytes = rewritten(&graph, &mut Cursor::new(&built.bytes), gone, &moved)?;
        let mut written = end + bytes.len() as u64;
        for location in linked {
            written += self.place(&within(location), &folder.join(location), link)?;
        }
        put(&folder.join(GRAPH), &bytes)?;
        Ok((graph, written))
    }
}

/// Refuses what cannot be in the name of a server's model: it is a folder, and a part of addresses.
fn check_name(name: &str, path: &Path) -> Result<(), EngineError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !name.is_empty() && name.chars().all(fits) && !name.starts_with('.') {
        return Ok(());
    }
    Err(EngineError::Model {
        path: path.to_owned(),
        problem: format!(
            "`{name}` cannot be the name of a server's model; use letters, digits, `.`, `_` and `-`"
        ),
    })
}

/// Writes a new file, and its folder where that is not there.
fn put(to: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(to.parent().unwrap_or(to))?;
    File::create_new(to)?.write_all(bytes)
}
