//! What the row of the server says.
//!
//! Does not know when it is said.

use super::studio::{Caption, caption};

pub const SERVER: Caption = caption(
    "Server",
    "Runs networks of the model in the place of this machine: one that speaks the Open Inference Protocol, version 2 (Triton, KServe, OpenVINO Model Server).",
);
pub const USED: &str = "Run networks on a server";
/// The fields of a server, and what stands in each while it is empty.
pub const FIELDS: &[(Caption, &str)] = &[
    (
        caption(
            "Address",
            "Its scheme decides how it is spoken to. Jobs are spread over several: give them with spaces between.",
        ),
        "grpc://HOST:8001 or http://HOST:8000",
    ),
    (
        caption(
            "Runs there",
            "Networks of the model, each with its name and version on the server where those are not the usual ones, as in unet=sd15-unet@2.",
        ),
        "unet,controlnet",
    ),
    (
        caption(
            "Authorities",
            "PEM file of the certificates that the server is trusted by, in the place of the usual ones.",
        ),
        "the usual ones",
    ),
    (
        caption(
            "Token file",
            "File that holds the token which the server asks for.",
        ),
        "PENTIMENTO_SERVER_TOKEN",
    ),
];
pub const ASK: &str = "Ask again";
pub const LOOKING: &str = "The server is asked.";
