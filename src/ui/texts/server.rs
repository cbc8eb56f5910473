//! What the row of the server says.
//!
//! Does not know when it is said.

use super::Caption;

texts! {
    "server";
    texts: USED, ASK, LOOKING, ADDRESS_HINT, AUTHORITIES_HINT, KEEP, FORGET, KEPT, NOT_KEPT;
    captions: SERVER, ADDRESS, NETWORKS, AUTHORITIES, TOKEN_FILE, TOKEN;
}

/// The fields of a server, and what stands in each while it is empty.
pub fn fields() -> [(Caption, &'static str); 4] {
    [
        (ADDRESS, ADDRESS_HINT.get()),
        (NETWORKS, "unet,controlnet"),
        (AUTHORITIES, AUTHORITIES_HINT.get()),
        (TOKEN_FILE, "PENTIMENTO_SERVER_TOKEN"),
    ]
}
