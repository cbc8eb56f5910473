//! The server that runs networks in the place of this machine: its address, and what it answers.
//!
//! Does not know how it is spoken to.

use eframe::egui;

use super::super::room;
use super::super::texts::Caption;
use super::super::texts::server::{self as texts, SERVER};
use super::super::thread::Pending;
use super::{Host, models};
use crate::engine::remote::{self, Address, Remote, keychain};
use crate::engine::{Kit, ModelSource};

/// What the server last answered, and what the keychain has for it.
#[derive(Default)]
pub struct Server {
    asked: Option<(Remote, ModelSource, Answer)>,
    kept: Option<(Vec<Address>, Kept)>,
    /// A token, until it is kept.
    token: String,
}

enum Kept {
    /// With whether another token is put there.
    Looking(Pending<Result<bool, String>>, bool),
    Known(Result<bool, String>),
}

enum Answer {
    Looking(Pending<Result<Vec<String>, String>>),
    Known(Result<Vec<String>, String>),
}

/// Height below its rows that is the window's edge, and the least that they have, points: in a low window they scroll.
const BELOW: f32 = 28.0;
const LEAST: f32 = 84.0;

/// The server's address, what runs there, and whether it does; unfolded where one is used.
pub fn section(host: &mut Host<'_>, ui: &mut egui::Ui) {
    egui::CollapsingHeader::new(egui::RichText::new(SERVER.label()).strong())
        .id_salt(SERVER.id())
        .default_open(host.settings.server.used)
        .show(ui, |ui| {
            let below = ui.ctx().content_rect().bottom() - ui.cursor().top();
            egui::ScrollArea::vertical()
                .id_salt("server")
                .max_height((below - BELOW).max(LEAST))
                .auto_shrink([false, true])
                .show(ui, |ui| rows(host, ui));
        })
        .header_response
        .on_hover_text(SERVER.tooltip());
}

fn rows(host: &mut Host<'_>, ui: &mut egui::Ui) {
    let server = &mut host.settings.server;
    let mut entered = ui.checkbox(&mut server.used, texts::USED).changed();
    let fields = [
        &mut server.address,
        &mut server.networks,
        &mut server.authorities,
        &mut server.token_file,
    ];
    for (text, (caption, hint)) in fields.into_iter().zip(texts::fields()) {
        let field = egui::TextEdit::singleline(text).hint_text(hint);
        entered |= named(ui, &caption, field).lost_focus();
    }
    let remote = server.remote();
    if let Err(problem) = &remote
        && (server.used || !server.address.is_empty())
    {
        ui.colored_label(ui.visuals().error_fg_color, problem);
    }
    let fits = remote.is_ok();
    if let Ok(Some(remote)) = &remote {
        token(host, ui, remote.servers().cloned().collect());
        answer(host, ui);
    }
    // What makes no sense yet changes nothing.
    if entered
        && fits
        && host.studio.queue.chosen() != Some(&models::kit(host.studio, host.settings))
    {
        models::load(host);
    }
}

/// A field with its name before it, all fields in one column.
fn named(ui: &mut egui::Ui, caption: &Caption, field: egui::TextEdit<'_>) -> egui::Response {
    ui.horizontal(|ui| {
        let label = egui::Label::new(caption.label()).truncate();
        let label = room::of_width(ui, NAME, |ui| ui.add(label));
        let label = label.on_hover_text(caption.tooltip());
        let field = field.desired_width(ui.available_width());
        ui.add(field).labelled_by(label.id)
    })
    .inner
}

/// Width of the names of fields, points.
const NAME: f32 = 92.0;

/// Whether the keychain has a token for the addresses, and a field that puts one there; all of it on a thread.
fn token(host: &mut Host<'_>, ui: &mut egui::Ui, servers: Vec<Address>) {
    let own = &mut host.studio.models.server;
    let mut entered = None;
    let mut forgets = false;
    let field = egui::TextEdit::singleline(&mut own.token).password(true);
    named(ui, &texts::TOKEN, field);
    ui.horizontal(|ui| {
        ui.add_space(NAME + ui.spacing().item_spacing.x);
        let typed = !own.token.trim().is_empty();
        if ui
            .add_enabled(typed, egui::Button::new(texts::KEEP.get()))
            .clicked()
        {
            entered = Some(std::mem::take(&mut own.token));
        }
        let kept = matches!(own.kept, Some((_, Kept::Known(Ok(true)))));
        forgets = kept && ui.button(texts::FORGET).clicked();
    });
    let changes = entered.is_some() || forgets;
    if changes || own.kept.as_ref().is_none_or(|(known, _)| *known != servers) {
        let asked = servers.clone();
        let work = move || {
            for server in &asked {
                match &entered {
                    Some(token) => keychain::keep(server, token)?,
                    None if forgets => drop(keychain::forget(server)?),
                    None => {}
                }
            }
            let mut has = asked.iter().map(keychain::has);
            has.try_fold(true, |all, has| Ok(all && has?))
        };
        let kept = match Pending::start(ui.ctx(), "keychain", work) {
            Ok(pending) => Kept::Looking(pending, changes),
            Err(line) => Kept::Known(Err(line)),
        };
        own.kept = Some((servers, kept));
    }
    let Some((_, kept)) = &mut own.kept else {
        return;
    };
    if let Kept::Looking(pending, changes) = kept
        && let Some(found) = pending.poll()
    {
        if *changes {
            // The server is asked again, with the other token.
            own.asked = None;
        }
        *kept = Kept::Known(found.and_then(|found| found));
    }
    if let Kept::Known(known) = kept {
        ui.weak(match known {
            Ok(true) => texts::KEPT.get(),
            Ok(false) => texts::NOT_KEPT.get(),
            Err(line) => line.as_str(),
        });
    }
}

/// What the server has of the model that is chosen; asked on a thread.
fn answer(host: &mut Host<'_>, ui: &mut egui::Ui) {
    let Some(Kit {
        remote: Some(remote),
        model,
        ..
    }) = host.studio.queue.chosen()
    else {
        return;
    };
    let asked = &mut host.studio.models.server.asked;
    let again = ui.button(texts::ASK).clicked();
    let same = |(own, other, _): &(Remote, ModelSource, Answer)| own == remote && other == model;
    if again || !asked.as_ref().is_some_and(same) {
        let (wanted, source) = (remote.clone(), model.clone());
        let look = move || remote::look(&wanted, &source).map_err(|error| error.to_string());
        let answer = match Pending::start(ui.ctx(), "server", look) {
            Ok(answer) => Answer::Looking(answer),
            Err(line) => Answer::Known(Err(line)),
        };
        *asked = Some((remote.clone(), model.clone(), answer));
    }
    let Some((.., answer)) = asked else { return };
    if let Answer::Looking(pending) = answer
        && let Some(found) = pending.poll()
    {
        *answer = Answer::Known(found.and_then(|found| found));
    }
    match answer {
        Answer::Looking(_) => {
            ui.weak(texts::LOOKING);
        }
        Answer::Known(Ok(found)) => {
            for line in found {
                ui.weak(line.as_str());
            }
        }
        Answer::Known(Err(problem)) => {
            ui.colored_label(ui.visuals().error_fg_color, problem.as_str());
        }
    }
}
