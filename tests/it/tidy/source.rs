//! What stands in a source file, as far as its rules need it.

/// The source without comments and without what is in quotes.
pub fn bare(source: &str) -> String {
    let mut bare = String::new();
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("'\"'") {
            3
        } else if next == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else {
            bare.push(next);
            next.len_utf8()
        };
        rest = &rest[length..];
    }
    bare
}

/// Every path in bare code, groups written out: `use a::{b, c::d}` is `a::b` and `a::c::d`.
pub fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut prefixes = Vec::<String>::new();
    let mut path = String::new();
    let mut rest = code;
    while let Some(next) = rest.chars().next() {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        if length > 0 {
            path.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        if rest.starts_with("::") {
            path.push_str("::");
            rest = &rest[2..];
            continue;
        }
        if next == '{' {
            let group = path.ends_with("::");
            let outer = prefixes.last().cloned().unwrap_or_default();
            prefixes.push(if group { outer + &path } else { String::new() });
            path.clear();
        } else if !path.is_empty() {
            found.push(prefixes.last().cloned().unwrap_or_default() + &path);
            path.clear();
        }
        if next == '}' {
            prefixes.pop();
        }
        rest = &rest[next.len_utf8()..];
    }
    found.push(path);
    found
}
