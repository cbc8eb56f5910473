//! `--server`: what runs elsewhere.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;

use crate::engine::remote::{Address, Remote, RemoteNetworks, TIMEOUT};

#[derive(Debug, ClapArgs)]
pub struct ServerArgs {
    /// Server that runs networks of the model in the place of this machine: http://HOST:PORT, https://HOST, grpc://HOST:PORT or grpcs://HOST:PORT of one that speaks the Open Inference Protocol, version 2 (Triton, KServe, OpenVINO Model Server). Its token is read from PENTIMENTO_SERVER_TOKEN.
    #[arg(long, value_name = "URL")]
    pub server: Option<Address>,

    /// Networks that run on the server: unet, controlnet, text_encoder, text_encoder_2, vae_encoder, vae_decoder, each with its name and version there where those are not the usual ones, as in unet=sd15-unet@2. Usual are MODEL-unet, else unet. Without it unet and controlnet run there: they run in every step and take most of the memory, and a UNet's numbers are few.
    #[arg(long, value_name = "LIST", requires = "server")]
    pub remote: Option<RemoteNetworks>,

    /// Certificates of the authorities that the server is trusted by, in the place of the usual ones: a PEM file.
    #[arg(long, value_name = "FILE", requires = "server")]
    pub server_ca: Option<PathBuf>,

    /// File that holds the token for the server.
    #[arg(long, value_name = "FILE", requires = "server")]
    pub server_token_file: Option<PathBuf>,

    /// Most time that one call of the server may take, seconds.
    #[arg(long, value_name = "SECONDS", requires = "server", default_value_t = TIMEOUT, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub server_timeout: u64,
}

impl ServerArgs {
    /// The server, and what runs there.
    pub fn remote(&self) -> Option<Remote> {
        Some(Remote {
            networks: self.remote.clone().unwrap_or_default(),
            authorities: self.server_ca.clone(),
            token_file: self.server_token_file.clone(),
            timeout: Duration::from_secs(self.server_timeout),
            ..Remote::of(self.server.clone()?)
        })
    }
}
