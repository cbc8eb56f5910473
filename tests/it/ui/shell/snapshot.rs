//! A few small pictures of the window, drawn by the software driver: what only an eye would notice.
//!
//! `UPDATE_SNAPSHOTS=1` draws them anew; look at them before they are kept, and pack them with `zopflipng`.

use eframe::egui::{Key, Modifiers, ThemePreference};
use eframe::wgpu::TextureFormat;
use egui_kittest::{SnapshotOptions, SnapshotResults};
use pentimento::ui::texts::Language;

use super::{plain, press};
use crate::canvas::screen::Screen;

/// Pixels that may differ a little: drivers of other versions round text and curves otherwise.
const STRAY_PIXELS: usize = 60;

/// Name, theme, language, the key that is pressed first.
type Look = (
    &'static str,
    ThemePreference,
    Language,
    Option<(Modifiers, Key)>,
);

const PICTURES: &[Look] = &[
    (
        "window-dark",
        ThemePreference::Dark,
        Language::English,
        None,
    ),
    (
        "window-light",
        ThemePreference::Light,
        Language::English,
        None,
    ),
    (
        "window-german",
        ThemePreference::Dark,
        Language::German,
        None,
    ),
    (
        "palette-dark",
        ThemePreference::Dark,
        Language::English,
        Some((Modifiers::COMMAND, Key::K)),
    ),
];

#[test]
fn the_window_looks_as_in_the_pictures() {
    // Says so where there is nothing to draw with.
    if Screen::new([8, 8], 1.0, TextureFormat::Rgba8Unorm).is_none() {
        return;
    }
    let options = SnapshotOptions::new().max_failed_pixels(STRAY_PIXELS);
    let mut results = SnapshotResults::new();
    for (name, theme, language, key) in PICTURES {
        let mut harness = plain();
        harness.set_size([620.0, 560.0].into());
        harness.state_mut().settings_mut().theme = *theme;
        harness.state_mut().settings_mut().language = Some(*language);
        harness.run_steps(8);
        if let Some((modifiers, key)) = key {
            press(&mut harness, *modifiers, *key);
        }
        harness.run_steps(8);
        harness.snapshot_options(*name, &options);
        results.extend_harness(&mut harness);
    }
}
