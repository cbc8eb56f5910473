//! Every shader is valid WGSL for every device that the window may get.

use std::fs;
use std::path::Path;

use wgpu::naga::front::wgsl;
use wgpu::naga::valid::{Capabilities, ValidationFlags, Validator};

/// What is wrong with a shader's source.
fn complaint(source: &str) -> Option<String> {
    let module = match wgsl::parse_str(source) {
        Ok(module) => module,
        Err(error) => return Some(error.emit_to_string(source)),
    };
    // No capability beyond those of WebGPU itself.
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
    let error = validator.validate(&module).err()?;
    Some(error.emit_to_string(source))
}

#[test]
fn shaders_are_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    let mut found = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let source = fs::read_to_string(&path).unwrap();
        let complaint = complaint(&source);
        assert!(
            complaint.is_none(),
            "{}: {}",
            path.display(),
            complaint.unwrap()
        );
        found += 1;
    }
    assert_eq!(found, 3, "shaders");
}

#[test]
fn invalid_shaders_are_recognised() {
    let cases = [
        "fn f( {",
        "fn f() -> f32 { return vec2f(1.0); }",
        "@fragment fn f() -> @location(0) vec4f { return g; }",
    ];
    for source in cases {
        assert!(complaint(source).is_some(), "{source}");
    }
}
