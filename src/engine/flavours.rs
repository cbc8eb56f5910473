//! The flavours of ONNX Runtime: the package that each comes in, what a copy is known by, and what it can run on.
//!
//! The build script reads this file too: it imports nothing of this crate.

use std::path::{Path, PathBuf};

/// One flavour of ONNX Runtime.
pub struct Flavour {
    /// Its name, as `PENTIMENTO_RUNTIMES` takes it.
    pub name: &'static str,
    /// Part of the name of a file beside the library that only this flavour has.
    mark: Option<&'static str>,
    /// What it is for, and what the machine has to bring.
    pub what: &'static str,
    /// Its package for each platform.
    pub packages: &'static [Package],
}

/// An official wheel, and the platform whose library it holds.
#[allow(dead_code, reason = "the build script reads all of it")]
pub struct Package {
    pub os: &'static str,
    pub arch: &'static str,
    pub name: &'static str,
    pub version: &'static str,
    /// Platform tag of the wheel, as pip's `--platform` takes it.
    pub platform: &'static str,
    pub sha256: &'static str,
}

/// All flavours. Linux on x86-64 is what they were run on; the rows of macOS, Windows and Linux on ARM are written from the packages' contents and have not run.
pub const FLAVOURS: &[Flavour] = &[
    Flavour {
        name: "cpu",
        mark: None,
        what: "the processor; on macOS also Apple's accelerators",
        packages: &[
            Package {
                os: "linux",
                arch: "x86_64",
                name: "onnxruntime",
                version: "1.31.1",
                platform: "manylinux_2_28_x86_64",
                sha256: "1f3dea47f2f0e5117c2404cea7d21fd253ae7836a3bf167a501cdfbb2600d536",
            },
            Package {
                os: "linux",
                arch: "aarch64",
                name: "onnxruntime",
                version: "1.31.1",
                platform: "manylinux_2_28_aarch64",
                sha256: "0b9a492176886992e0e875f06bc0367e333f5fff11711a2d642e18b02f3009cc",
            },
            Package {
                os: "macos",
                arch: "aarch64",
                name: "onnxruntime",
                version: "1.31.1",
                platform: "macosx_14_0_arm64",
                sha256: "96dd2564b10ea7153ad9c207e7cd8e5917cb3ba521e0e0a62ac03486fdc8d56c",
            },
            Package {
                os: "windows",
                arch: "aarch64",
                name: "onnxruntime",
                version: "1.31.1",
                platform: "win_arm64",
                sha256: "fe8b9ac1ae8e894e12c47ee82e4f6dfc1835768133687257866469fda80d0bf1",
            },
        ],
    },
    Flavour {
        name: "directml",
        mark: Some("DirectML.dll"),
        what: "graphics cards under Windows, and the processor",
        packages: &[Package {
            os: "windows",
            arch: "x86_64",
            name: "onnxruntime-directml",
            version: "1.24.4",
            platform: "win_amd64",
            sha256: "f2ecb68b7b7b259d2ef3112ae760149f9b5a1e7c0fbb73d539da6250a648a614",
        }],
    },
    Flavour {
        name: "openvino",
        mark: Some("onnxruntime_providers_openvino"),
        what: "the processor in bfloat16 where it has that, and Intel's graphics",
        packages: &[Package {
            os: "linux",
            arch: "x86_64",
            name: "onnxruntime-openvino",
            version: "1.24.1",
            platform: "manylinux_2_28_x86_64",
            sha256: "d617fac2f59a6ab5ea59a788c3e1592240a129642519aaeaa774761dfe35150e",
        }],
    },
    Flavour {
        name: "cuda",
        mark: Some("onnxruntime_providers_cuda"),
        what: "NVIDIA graphics cards; CUDA 13 and cuDNN 9 have to be there",
        packages: &[
            Package {
                os: "linux",
                arch: "x86_64",
                name: "onnxruntime-gpu",
                version: "1.31.1",
                platform: "manylinux_2_28_x86_64",
                sha256: "05d548956197b9d01f59b625de740e0d6be3593f874e241a12dc0362650ecdf7",
            },
            Package {
                os: "windows",
                arch: "x86_64",
                name: "onnxruntime-gpu",
                version: "1.31.1",
                platform: "win_amd64",
                sha256: "2bb1e9373baba88f6415257f5b6a589d23e23c16004f7d89adf4344eada5749e",
            },
        ],
    },
];

impl Flavour {
    /// The flavour of a library, by the files beside it.
    #[must_use]
    pub fn of(library: &Path) -> &'static Self {
        let beside: Vec<String> = library
            .parent()
            .and_then(|folder| std::fs::read_dir(folder).ok())
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        let is_marked = |flavour: &&Self| {
            let mark = flavour.mark;
            mark.is_some_and(|mark| beside.iter().any(|name| name.contains(mark)))
        };
        FLAVOURS.iter().find(is_marked).unwrap_or(&FLAVOURS[0])
    }

    /// The package for a platform, by Rust's names of it.
    #[must_use]
    pub fn package(&self, os: &str, arch: &str) -> Option<&'static Package> {
        self.packages
            .iter()
            .find(|package| package.os == os && package.arch == arch)
    }

    /// Where builds keep this flavour's library for a platform, below `cache`.
    #[must_use]
    pub fn folder(&self, package: &Package, cache: &Path) -> PathBuf {
        let Package {
            version, os, arch, ..
        } = package;
        let name = self.name;
        cache.join(format!("onnxruntime-{version}-{name}-{os}-{arch}"))
    }
}
