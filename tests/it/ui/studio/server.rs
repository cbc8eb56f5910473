//! The server in the window of models and devices: typed, asked, remembered, and gone with a click.

use eframe::egui::accesskit::Role;
use eframe::egui::{Event as Input, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use pentimento::engine::remote::keychain;
use pentimento::engine::{Command, Remote};
use pentimento::ui::texts::Language;

use super::{Window, info, ready};
use crate::engine::remote::server::{Server, Setup};
use pentimento::engine::Event;

/// Types into the field of a name, and leaves it.
fn enter(window: &mut Window, field: &str, text: &str) {
    let role = Role::TextInput;
    window.harness.get_by_role_and_label(role, field).focus();
    window.steps();
    window.key(Modifiers::COMMAND, Key::A);
    window.harness.event(Input::Text(text.to_owned()));
    window.steps();
    window.key(Modifiers::NONE, Key::Enter);
}

/// The server of what the engine was last asked to load; nothing where it was asked nothing.
fn asked(window: &Window) -> Option<Option<Remote>> {
    let mut remote = None;
    while let Ok(command) = window.commands.try_recv() {
        if let Command::Load(kit, ..) = command {
            remote = Some(kit.remote);
        }
    }
    remote
}

#[test]
fn a_server_is_typed_asked_and_remembered() {
    let unet = crate::engine::fixture("../golden/models/sd-9ch/unet/model.onnx");
    let server = Server::start(&[("unet", &unet)], Setup::default());
    let mut window = ready();
    window.open_models();
    window.press_box("Server");
    enter(&mut window, "Address", "localhost:8000");
    window.press_box("Run networks on a server");
    assert!(window.shows("give a server as http://HOST:PORT"));
    // It makes no sense yet, and nothing is loaded for it.
    assert_eq!(asked(&window), None);

    enter(&mut window, "Address", &server.url(false));
    let remote = asked(&window).unwrap().unwrap();
    assert_eq!(remote, Remote::of(server.url(false).parse().unwrap()));
    window.say(Event::Loaded(Ok(info())));
    window.until_shown("unet: runs there as unet");
    enter(&mut window, "Runs there", "vae_decoder=other");
    let networks = asked(&window).unwrap().unwrap().networks;
    assert_eq!(networks.to_string(), "vae_decoder=other");
    window.until_shown("there is no model `other`");

    let settings = window.app().shell().settings.clone();
    let file = tempfile::NamedTempFile::new().unwrap();
    settings.save(file.path()).unwrap();
    let (again, problem) = pentimento::ui::Settings::load(file.path());
    assert_eq!((again, problem), (settings, None));
    window.say(Event::Loaded(Ok(info())));
    window.press_box("Run networks on a server");
    assert_eq!(asked(&window), Some(None));
}

#[test]
fn a_server_that_is_not_there_is_said_in_its_row() {
    let mut window = ready();
    window.open_models();
    window.press_box("Server");
    enter(&mut window, "Address", "grpc://127.0.0.1:1");
    window.press_box("Run networks on a server");
    window.until_shown("grpc://127.0.0.1:1: the server is not reached");
}

#[test]
fn a_token_goes_into_the_keychain_and_is_never_shown() {
    let unet = crate::engine::fixture("../golden/models/sd-9ch/unet/model.onnx");
    let setup = Setup {
        token: Some("ripe-secret"),
        ..Setup::default()
    };
    let server = Server::start(&[("unet", &unet)], setup);
    let mut window = ready();
    window.open_models();
    window.press_box("Server");
    enter(&mut window, "Address", &server.url(false));
    window.press_box("Run networks on a server");
    assert!(asked(&window).unwrap().is_some());
    enter(&mut window, "Runs there", "unet");
    window.until_shown("No token is kept for this address");
    window.until_shown("the server asks for a token");

    let role = Role::PasswordInput;
    let field = window.harness.get_by_role_and_label(role, "Token");
    field.focus();
    window.steps();
    window.harness.event(Input::Text("ripe-secret".to_owned()));
    window.steps();
    assert!(!window.shows("ripe-secret"));
    window.harness.get_by_label("Keep token").scroll_to_me();
    window.steps();
    window.press("Keep token");
    window.until_shown("A token is kept for this address");
    window.until_shown("unet: runs there as unet");
    assert!(!window.shows("ripe-secret"));
    let address = server.url(false).parse().unwrap();
    assert_eq!(
        keychain::token(&address),
        Ok(Some("ripe-secret".to_owned()))
    );

    window.harness.get_by_label("Forget token").scroll_to_me();
    window.steps();
    window.press("Forget token");
    window.until_shown("No token is kept for this address");
    assert_eq!(keychain::has(&address), Ok(false));
}

#[test]
fn its_fields_stand_in_one_column() {
    for language in [Language::English, Language::German] {
        let mut window = ready();
        window.harness.set_size([1280.0, 1000.0].into());
        let settings = window.harness.state_mut().settings_mut();
        settings.language = Some(language);
        settings.server.used = true;
        settings.server.address = "http://localhost:9".to_owned();
        window.key(Modifiers::COMMAND, Key::M);
        window.harness.run_steps(30);
        let rects = |role| {
            let fields = window.harness.query_all_by_role(role);
            fields.map(|field| field.rect()).collect::<Vec<_>>()
        };
        let token = *rects(Role::PasswordInput).last().unwrap();
        let own = rects(Role::TextInput);
        let below: Vec<_> = own
            .iter()
            .filter(|field| field.left() == token.left())
            .collect();
        assert_eq!(below.len(), 4, "{language:?}");
        assert!(below.iter().all(|field| field.right() == token.right()));
    }
}
