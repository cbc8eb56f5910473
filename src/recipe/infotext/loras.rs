//! The hashes by which an infotext tells LoRAs, whatever they are called on another machine (A1111 `extensions-builtin/Lora/extra_networks_lora.py` and `scripts/lora_script.py`).

/// The key of LoRAs' hashes: `name: hash, name: hash`.
pub const LORA_HASHES: &str = "Lora hashes";

/// A name as it stands there.
#[must_use]
pub fn lora_name(name: &str) -> String {
    name.replace([':', ','], "")
}

/// What is said of LoRAs: names and hashes.
#[must_use]
pub fn lora_hashes(pairs: &[(String, String)]) -> Vec<(String, String)> {
    let said = pairs
        .iter()
        .filter(|(key, _)| key.eq_ignore_ascii_case(LORA_HASHES));
    let all = said.flat_map(|(_, value)| value.split(','));
    let pair = |text: &str| {
        let (name, hash) = text.split_once(':')?;
        Some((name.trim().to_owned(), hash.trim().to_owned()))
    };
    all.filter_map(pair).collect()
}

/// What is said beside a recipe with the hashes of the LoRAs that ran, and those that were said of others of its prompt.
#[must_use]
pub fn with_lora_hashes(
    mut more: Vec<(String, String)>,
    prompt: &str,
    ran: &[(String, String)],
) -> Vec<(String, String)> {
    if ran.is_empty() {
        return more;
    }
    let mut all: Vec<_> = ran
        .iter()
        .map(|(name, hash)| (lora_name(name), hash.clone()))
        .collect();
    for (name, hash) in lora_hashes(&more) {
        let known = all.iter().any(|(own, _)| *own == name);
        if !known && prompt.contains(&format!(":{name}")) {
            all.push((name, hash));
        }
    }
    more.retain(|(key, _)| !key.eq_ignore_ascii_case(LORA_HASHES));
    let all: Vec<_> = all
        .iter()
        .map(|(name, hash)| format!("{name}: {hash}"))
        .collect();
    more.push((LORA_HASHES.to_owned(), all.join(", ")));
    more
}
