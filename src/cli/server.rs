//! `--server`: what runs elsewhere.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;

use super::Failure;
use crate::engine::remote::{Address, Remote, RemoteNetworks, TIMEOUT};

#[derive(Debug, ClapArgs)]
pub struct ServerArgs {
    /// Server that runs networks of the model in the place of this machine; may be given more than once, and repaints are then spread over all: http://HOST:PORT, https://HOST, grpc://HOST:PORT or grpcs://HOST:PORT of one that speaks the Open Inference Protocol, version 2 (Triton, KServe, OpenVINO Model Server). Its token is read from PENTIMENTO_SERVER_TOKEN, else from the system's keychain (`pentimento server-token`).
    #[arg(long, value_name = "URL")]
    pub server: Vec<Address>,

    /// Networks that run on the server: unet, controlnet, text_encoder, text_encoder_2, vae_encoder, vae_decoder, and beside the model upscaler, tagger, segmenter, segmenter_text, sam_encoder, sam_decoder, detector, palm_detector, hand_landmarks, drawn_hands, clean_hands, face_detector, each with its name and version there where those are not the usual ones, as in unet=sd15-unet@2. Usual are MODEL-unet, else unet. Without it unet and controlnet run there, of commands that do not paint the network that they use: they run in every step and take most of the memory, and a UNet's numbers are few.
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
    /// The servers, and what runs there.
    ///
    /// # Errors
    /// When one is given twice.
    pub fn remote(&self) -> Result<Option<Remote>, Failure> {
        self.remote_for(RemoteNetworks::default())
    }

    /// The same where something else usually runs there.
    ///
    /// # Errors
    /// When one is given twice.
    pub fn remote_for(&self, usual: RemoteNetworks) -> Result<Option<Remote>, Failure> {
        if self.server.is_empty() {
            return Ok(None);
        }
        Ok(Some(Remote {
            networks: self.remote.clone().unwrap_or(usual),
            authorities: self.server_ca.clone(),
            token_file: self.server_token_file.clone(),
            timeout: Duration::from_secs(self.server_timeout),
            ..Remote::of_all(self.server.iter().cloned()).map_err(Failure::Usage)?
        }))
    }
}
