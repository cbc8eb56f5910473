//! Who is spoken to, and who hears the token.

use pentimento::engine::remote::Remote;

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
