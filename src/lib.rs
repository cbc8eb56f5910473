//! Pentimento: a native desktop painter for AI repainting.
//!
//! An artist opens a picture, masks what is wrong, says what should be there, and a diffusion model repaints just that; every pixel outside the mask stays as it was, bit for bit.
//!
//! # Map
//!
//! In reading order; each module's head says what it does *not* know.
//!
//! | module | what it is | may use |
//! |---|---|---|
//! | [`folders`] | the program's folders on this machine | nothing |
//! | [`raster`] | what pixels are: pictures, masks, rectangles, files | nothing |
//! | [`recipe`] | what an artist asks for: plain parameters, and the texts, presets, series and sweeps that they come from and go to | folders |
//! | [`document`] | what is edited: the picture, its mask, the sketch over it, the stroke in the making, undo, the results kept | raster, recipe |
//! | [`project`] | keeping work: project files, and the journal that brings a killed program's work back | document, raster, recipe |
//! | [`canvas`] | showing it: the document on the GPU, painted through a view | document, raster |
//! | [`diffusion`] | the mathematics: schedules, samplers, guidance, inpainting, prompts, [the plan](diffusion::plan) and [the pipeline](diffusion::repaint) | raster, recipe |
//! | [`detection`] | finding hands and faces: what detectors see, what their numbers mean, the masks made of it | raster |
//! | [`engine`] | running it: ONNX Runtime, devices, model directories, the thread that owns them | detection, diffusion, folders, raster, recipe |
//! | [`library`] | which models lie on this machine, and fetching others | engine, folders, recipe |
//! | [`sample`] | the wrong hands that come with the program | raster, recipe |
//! | [`ui`] | operating it: the window, its panels, one table of actions | all but diffusion and cli |
//! | [`cli`] | the engine without a window | detection, engine, library, raster, recipe, sample |
//!
//! `tests/it/tidy.rs` holds the table true.
//!
//! # One repaint, as data
//!
//! 1. The owner of an [`engine::Engine`] submits a [`engine::Job`]: picture, mask, [`recipe::Recipe`], and the [`engine::Kit`] and device that do it; what is not in memory is loaded when its turn comes.
//! 2. [`diffusion::plan::Plan::new`] checks everything and decides everything: the part that the model sees, its size, the masks, the sigmas. After it nothing can be invalid.
//! 3. [`diffusion::repaint::repaint`] encodes text and picture, runs a sampler over `Masked(Guided(Controlled(Unet)))`, decodes, and lays the result over the picture through the blurred mask: a [`raster::Patch`].
//! 4. The patch comes back as an [`engine::Event`]; progress comes on the way and may be dropped.
//!
//! # Where a change goes
//!
//! | change | place |
//! |---|---|
//! | a sampler | its function in [`diffusion::sampler`], its row in `recipe/sampler.rs` |
//! | a field of the recipe | its row in [`recipe::field::rows`], and where it is used |
//! | a family of models | its row in `engine/family.rs`; networks that no other has, as functions in `engine/network` |
//! | how a server's networks are run | [`engine::remote`]: a transport is a file beside `remote/grpc.rs`; which of several servers does a job is `engine/replicas.rs`'s, a network that may run there has a name in [`engine::remote::ROLES`] or [`engine::remote::SINGLES`] |
//! | an execution provider | its row in [`engine::device`]; where another library is needed, a row in `engine/flavours.rs` |
//! | what a model is loaded with (another VAE, LoRAs, ControlNets) | a member of [`engine::Kit`], which jobs carry and the shelf (`engine/shelf.rs`) keeps models by; what changes weights is a function from [`engine::weights`] to them, as [`engine::lora`] is; what an ONNX export keeps of their names is read in `engine/exported.rs` |
//! | what is written for inference servers | [`engine::repository`]: the graphs in the form of [`engine::repository::Serving`], what a server is told of them in `repository/config.rs` |
//! | what a ControlNet is shown | its row in `recipe/control.rs`, its picture in `diffusion/plan/control.rs` |
//! | a kind of LoRA | its tensors' names in `engine/lora/key.rs`, its formula in `engine/lora/delta.rs` |
//! | a detector | what its numbers mean in [`detection`], its file's reading in [`engine::detector`] |
//! | a work of the engine beside repainting | a variant of [`engine::Work`] and [`engine::Outcome`], what does it as `engine/upscaler.rs` and `engine/segmenter.rs` are, in the window a call of `ui/shell/engine_work.rs` |
//! | a layout of taggers | its row in `engine/tagger.rs`; what tags mean for a prompt in [`recipe::tags`], for the choice of a model in `library/suited.rs` |
//! | a captioner | its networks and how it is asked in `engine/captioner.rs` |
//! | an export of Segment Anything's kind | its row in `engine/sam/layout.rs` |
//! | a kind of upscaler | its function in `engine/network/upscaler.rs`, its row in `engine/identity.rs` |
//! | an action of the window | its row in the room's table; menus, keys, palette and help come from it |
//! | what the window says | its message in every folder of `assets/locales`, its name in a `texts!` of `ui/texts` |
//! | a language of the window | its folder in `assets/locales`, its row in `ui/texts/language.rs`; `docs/languages.md` |
//! | a panel or dialog of the window | its room: `ui/board` the canvas, `ui/studio` what is asked of a model and what came of it, `ui/shell` all around; what it wants of another room is an `Effect` of its own |
//!
//! Decisions and their whys are in `docs/design.md`.
//!
//! # Words
//!
//! - *latents*: what the VAE makes of a picture, times its scaling factor; `1/factor` of the picture's size.
//! - *sigma*: standard deviation of the noise in `x = clean + sigma * noise` (k-diffusion's parameterisation). *timestep*: the UNet's name for a sigma, in `[0, 999]`; only inside [`diffusion::denoiser`].
//! - *noise schedule*: the cumulative alphas that a model was trained with. *spacing* (`--schedule` on the command line): how sigmas are picked from it. *sampler*: the stepping rule. The word *scheduler* is not used, since the field uses it for all three.
//! - *strength*: denoising strength in `[0, 1]`, the share of the steps that is run. *steps*: length of the schedule.
//! - *mask*: 255 = repaint, 0 = keep.
//! - *patch*: pixels and the rectangle of the picture that they replace.

// They panic where the output is closed or full, and end the work with it.
#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod folders;

pub mod raster;
pub mod recipe;

pub mod document;

pub mod project;

pub mod canvas;

pub mod diffusion;

pub mod detection;

pub mod engine;

pub mod library;

pub mod sample;

pub mod ui;

pub mod cli;
