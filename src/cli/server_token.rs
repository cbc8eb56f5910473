//! `pentimento server-token`: a server's token in the system's keychain.

use std::io::Read as _;

use clap::Args;

use super::{Failure, output};
use crate::engine::remote::{Address, keychain};

/// Longest token that is read, bytes: more than any server's headers may be.
const LONGEST: u64 = 1 << 16;

#[derive(Debug, Args)]
pub struct ServerTokenArgs {
    /// Server whose token it is, as in the other commands; may be given more than once.
    #[arg(long, value_name = "URL", required = true)]
    pub server: Vec<Address>,

    /// Take the token out of the keychain.
    #[arg(long)]
    pub forget: bool,
}

/// Runs the command.
pub fn run(args: &ServerTokenArgs) -> Result<(), Failure> {
    let mut token = String::new();
    if !args.forget {
        let read = std::io::stdin().take(LONGEST).read_to_string(&mut token);
        read.map_err(|error| Failure::Usage(format!("no token on standard input: {error}")))?;
    }
    for server in &args.server {
        let done = match args.forget {
            false => keychain::keep(server, &token).map(|()| "kept"),
            true => keychain::forget(server).map(|had| if had { "forgotten" } else { "none kept" }),
        };
        let done = done.map_err(|line| Failure::Usage(format!("{server}: {line}")))?;
        output::say(&format!("{server}: {done}"));
    }
    Ok(())
}
