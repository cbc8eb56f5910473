//! Tokens in the system's keychain: Secret Service, macOS's Keychain or Windows' Credential Manager, a token for each address.
//!
//! Does not know when one is asked for. Calls may wait for somebody who unlocks the keychain.

use keyring::v1::Entry as SystemEntry;
use keyring_core::{Entry, Error, get_default_store};

use super::Address;

/// What the tokens are filed under.
const SERVICE: &str = "pentimento-server";

/// The token that is kept for a server.
///
/// # Errors
/// One line, when there is no keychain, or it stays locked.
pub fn token(server: &Address) -> Result<Option<String>, String> {
    found(entry(server)?.get_password())
}

/// Whether a token is kept for a server; does not read it, so that nothing is unlocked.
///
/// # Errors
/// As [`token`].
pub fn has(server: &Address) -> Result<bool, String> {
    found(entry(server)?.get_credential()).map(|found| found.is_some())
}

/// Keeps a server's token, in the place of the one that is kept.
///
/// # Errors
/// As [`token`]; when it is empty or no header can have it.
pub fn keep(server: &Address, token: &str) -> Result<(), String> {
    let token = token.trim();
    super::connection::bearer(token)?.ok_or("the token is empty")?;
    let kept = entry(server)?.set_password(token);
    kept.map_err(|error| problem(&error))
}

/// Takes a server's token out; whether there was one.
///
/// # Errors
/// As [`token`].
pub fn forget(server: &Address) -> Result<bool, String> {
    found(entry(server)?.delete_credential()).map(|found| found.is_some())
}

fn entry(server: &Address) -> Result<Entry, String> {
    if get_default_store().is_none()
        && let Err(error) = SystemEntry::store_status()
    {
        return Err(problem(error));
    }
    Entry::new(SERVICE, &server.to_string()).map_err(|error| problem(&error))
}

fn found<T>(done: Result<T, Error>) -> Result<Option<T>, String> {
    match done {
        Ok(value) => Ok(Some(value)),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(problem(&error)),
    }
}

/// No contents of an error, which may hold what is secret.
fn problem(error: &Error) -> String {
    let why = match error {
        Error::PlatformFailure(error) | Error::NoStorageAccess(error) => error.to_string(),
        Error::NoDefaultStore => "there is none".to_owned(),
        Error::Ambiguous(_) => "it has several tokens for this server".to_owned(),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => "what it has is no token".to_owned(),
        error => error.to_string(),
    };
    format!(
        "the system's keychain cannot be used ({why}); put the token into {}, or into a file for --server-token-file",
        super::TOKEN
    )
}
