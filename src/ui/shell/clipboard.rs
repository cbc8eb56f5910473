//! The system's clipboard, on a thread of its own: other programs answer when they like.
//!
//! The thread lives as long as the window, since on some systems what was copied is gone with the program that holds it.
//! Does not know what is done with a picture or text that was pasted.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};

use eframe::egui::{self, Event, Key, Modifiers, ViewportCommand};

use super::recognise::{Traits, traits};
use crate::raster::{Patch, Picture, Size};
use crate::ui::texts::shell as texts;

enum ClipboardTask {
    Paste,
    PasteText,
    Copy(Arc<Picture>, Option<Arc<Patch>>),
}

/// What came of it.
pub(super) enum Clip {
    /// A picture to paste, and what it looks like.
    Pasted(Picture, Traits),
    /// A text, in place of a picture or asked for.
    Text(String),
    /// The picture is on the clipboard.
    Copied,
    /// Neither picture nor text is on the clipboard.
    Nothing,
    /// One line.
    Failed(String),
}

/// The thread, started when first used.
#[derive(Default)]
pub(super) struct Clipboard {
    running: Option<(SyncSender<ClipboardTask>, Receiver<Clip>)>,
}

impl Clipboard {
    /// Asks for the picture on the clipboard, or the text where there is none.
    ///
    /// # Errors
    /// One line.
    pub fn paste(&mut self, ctx: &egui::Context) -> Result<(), String> {
        self.send(ctx, ClipboardTask::Paste)
    }

    /// Asks for the text on the clipboard.
    ///
    /// # Errors
    /// One line.
    pub fn paste_text(&mut self, ctx: &egui::Context) -> Result<(), String> {
        self.send(ctx, ClipboardTask::PasteText)
    }

    /// Puts a picture there, with a part of it replaced.
    ///
    /// # Errors
    /// One line.
    pub fn copy(
        &mut self,
        ctx: &egui::Context,
        picture: Arc<Picture>,
        part: Option<Arc<Patch>>,
    ) -> Result<(), String> {
        self.send(ctx, ClipboardTask::Copy(picture, part))
    }

    /// What came of it, when it has come.
    pub fn poll(&mut self) -> Option<Clip> {
        let (_, clips) = self.running.as_ref()?;
        match clips.try_recv() {
            // The thread does not know which language is spoken.
            Ok(Clip::Failed(error)) => Some(Clip::Failed(texts::clipboard_failed(&error))),
            Ok(clip) => Some(clip),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.running = None;
                Some(Clip::Failed(texts::clipboard_failed(&"its thread ended")))
            }
        }
    }

    fn send(&mut self, ctx: &egui::Context, task: ClipboardTask) -> Result<(), String> {
        let (tasks, _) = match &mut self.running {
            Some(running) => running,
            none => none.insert(start(ctx.clone())?),
        };
        tasks
            .try_send(task)
            .map_err(|_| texts::clipboard_failed(&"it has not answered yet"))
    }
}

fn start(ctx: egui::Context) -> Result<(SyncSender<ClipboardTask>, Receiver<Clip>), String> {
    let (tasks, inbox) = sync_channel::<ClipboardTask>(2);
    let (outbox, clips) = sync_channel(4);
    std::thread::Builder::new()
        .name("clipboard".to_owned())
        .spawn(move || {
            let mut board = None;
            while let Ok(task) = inbox.recv() {
                let clip = serve(&mut board, task).unwrap_or_else(|error| match error {
                    arboard::Error::ContentNotAvailable | arboard::Error::ConversionFailure => {
                        Clip::Nothing
                    }
                    error => Clip::Failed(error.to_string()),
                });
                if outbox.send(clip).is_err() {
                    break;
                }
                ctx.request_repaint();
            }
        })
        .map_err(|error| texts::clipboard_failed(&error))?;
    Ok((tasks, clips))
}

fn serve(
    board: &mut Option<arboard::Clipboard>,
    task: ClipboardTask,
) -> Result<Clip, arboard::Error> {
    let board = match board {
        Some(board) => board,
        none => none.insert(arboard::Clipboard::new()?),
    };
    match task {
        ClipboardTask::Paste => {
            let image = match board.get_image() {
                Err(arboard::Error::ContentNotAvailable) => {
                    return Ok(Clip::Text(board.get_text()?));
                }
                image => image?,
            };
            let size = (u32::try_from(image.width), u32::try_from(image.height));
            let (Ok(width), Ok(height)) = size else {
                return Ok(Clip::Nothing);
            };
            let size = Size { width, height };
            let (pixels, _) = image.bytes.as_chunks::<4>();
            if size.is_empty() || pixels.len() != size.area() {
                return Ok(Clip::Nothing);
            }
            let picture = Picture::new(size, pixels.to_vec());
            let traits = traits(Path::new(""), &picture);
            Ok(Clip::Pasted(picture, traits))
        }
        ClipboardTask::PasteText => Ok(Clip::Text(board.get_text()?)),
        ClipboardTask::Copy(picture, part) => {
            let picture = match part {
                None => picture,
                Some(part) => {
                    let mut whole = (*picture).clone();
                    whole.paste(&part);
                    Arc::new(whole)
                }
            };
            let size = picture.size();
            let image = arboard::ImageData {
                width: size.width as usize,
                height: size.height as usize,
                bytes: Cow::Borrowed(picture.pixels().as_flattened()),
            };
            board.set_image(image)?;
            Ok(Clip::Copied)
        }
    }
}

/// Turns the keys for cut, copy and paste into what a text field understands, while one is being typed in or words are selected; else they are actions. Tells whether the clipboard's text was asked for, which comes with the next frame.
pub(in crate::ui) fn translate_keys(ctx: &egui::Context, events: &mut Vec<Event>) -> bool {
    let selected = || {
        let labels = ctx.plugin_opt::<egui::text_selection::LabelSelectionState>();
        labels.is_some_and(|labels| labels.lock().has_selection())
    };
    if !ctx.text_edit_focused() && !selected() {
        return false;
    }
    let mut paste = false;
    events.retain_mut(|event| {
        let Event::Key {
            key,
            pressed: true,
            modifiers,
            ..
        } = *event
        else {
            return true;
        };
        let command = modifiers.matches_exact(Modifiers::COMMAND);
        match key {
            Key::C if command => *event = Event::Copy,
            Key::X if command => *event = Event::Cut,
            Key::V if command => {
                paste = true;
                return false;
            }
            _ => {}
        }
        true
    });
    if paste {
        ctx.send_viewport_cmd(ViewportCommand::RequestPaste);
    }
    paste
}
