//! Who is spoken to, and who hears the token.

use pentimento::engine::remote::{Address, Remote, keychain};

use super::server::Setup;
use super::{golden, kit, over, recipe, remote, repainted, serving};
use crate::engine::fixture;

#[test]
fn a_token_is_sent_where_it_was_asked_for_and_shown_nowhere() {
    let model = golden("sd-9ch");
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("token");
    // What the file holds, and the line.
    let rows = [
        ("ripe-secret\n", ""),
        ("other-secret", "the server refuses the token"),
        ("", "the server asks for a token"),
        ("bad\u{1}secret", "characters that none can have"),
    ];
    keyring_core::set_default_store(keyring_core::mock::Store::new().unwrap());
    for (token, line) in rows {
        std::fs::write(&file, token).unwrap();
        for grpc in [false, true] {
            let setup = Setup {
                token: Some("ripe-secret"),
                ..over(grpc)
            };
            let server = serving(&model, "unet", setup);
            let remote = Remote {
                token_file: Some(file.clone()),
                ..remote(&server.url(false))
            };
            let kit = kit(&model, Some(remote));
            assert!(!format!("{kit:?}").contains("secret"));
            match repainted(&kit, &recipe()) {
                Ok(_) => assert_eq!(line, ""),
                Err(error) => {
                    assert!(!line.is_empty() && error.contains(line), "{error}");
                    assert!(!error.contains("secret"), "{error}");
                }
            }
        }
    }
    let server = serving(&model, "unet", over(true));
    let missing = Remote {
        token_file: Some(scratch.path().join("none")),
        ..remote(&server.url(false))
    };
    let error = repainted(&kit(&model, Some(missing)), &recipe()).unwrap_err();
    assert!(error.contains("none: "), "{error}");
    assert_eq!(server.asked(), Vec::<String>::new());
}

#[test]
fn a_token_comes_from_the_keychain_where_none_is_given() {
    keyring_core::set_default_store(keyring_core::mock::Store::new().unwrap());
    let model = golden("sd-9ch");
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("token");
    std::fs::write(&file, "other-secret").unwrap();
    for grpc in [false, true] {
        let setup = Setup {
            token: Some("ripe-secret"),
            ..over(grpc)
        };
        let server = serving(&model, "unet", setup);
        let url = server.url(false);
        let address: Address = url.parse().unwrap();
        let said = |token_file| {
            let remote = Remote {
                token_file,
                ..remote(&url)
            };
            let said = repainted(&kit(&model, Some(remote)), &recipe());
            said.err().unwrap_or_default()
        };
        // What is kept, what a file gives, and the line.
        let rows = [
            (None, None, "the server asks for a token"),
            (Some("other-secret"), None, "the server refuses the token"),
            (Some(" ripe-secret\n"), None, ""),
            (
                Some("ripe-secret"),
                Some(&file),
                "the server refuses the token",
            ),
        ];
        for (kept, given, line) in rows {
            if let Some(token) = kept {
                keychain::keep(&address, token).unwrap();
            }
            assert_eq!(keychain::has(&address), Ok(kept.is_some()));
            let said = said(given.cloned());
            assert!(
                said.contains(line) && said.is_empty() == line.is_empty(),
                "{said}"
            );
            assert!(!said.contains("secret"), "{said}");
        }
        for bad in ["", " \n", "bad\u{1}secret"] {
            let line = keychain::keep(&address, bad).unwrap_err();
            assert!(!line.contains("secret"), "{line}");
        }
        let kept = keychain::token(&address);
        assert_eq!(kept, Ok(Some("ripe-secret".to_owned())));
        assert_eq!(keychain::forget(&address), Ok(true));
        assert_eq!(keychain::forget(&address), Ok(false));
        assert_eq!(keychain::token(&address), Ok(None));
    }
}

#[test]
fn only_a_certificate_that_holds_is_spoken_to() {
    let model = golden("sd-9ch");
    let refused = "no encrypted connection can be made";
    // The server's certificate, the authorities, and the line.
    let rows = [
        ("server.pem", Some("ca.pem"), ""),
        ("server.pem", None, refused),
        ("expired.pem", Some("ca.pem"), refused),
        ("elsewhere.pem", Some("ca.pem"), refused),
        ("server.pem", Some("server.key"), "give a PEM file"),
        ("server.pem", Some("none.pem"), "give a PEM file"),
    ];
    for (certificate, authorities, line) in rows {
        for grpc in [false, true] {
            let setup = Setup {
                certificate: Some(certificate),
                ..over(grpc)
            };
            let server = serving(&model, "unet", setup);
            let remote = Remote {
                authorities: authorities.map(|name| fixture("tls").join(name)),
                ..remote(&server.url(true))
            };
            match repainted(&kit(&model, Some(remote)), &recipe()) {
                Ok(_) => assert_eq!(line, "", "{certificate}"),
                Err(error) => {
                    assert!(
                        !line.is_empty() && error.contains(line),
                        "{certificate}: {error}"
                    );
                    assert_eq!(server.asked(), Vec::<String>::new());
                }
            }
        }
    }
}
