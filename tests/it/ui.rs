//! The window without a window: panels driven by label and key, the engine played by the test.

mod board;
mod languages;
mod shell;
mod studio;

use eframe::App as _;
use egui_kittest::Harness;
use pentimento::ui::{self, App};

/// A window of that size, points, that looks and hears as the program's does.
fn harness(app: App, size: [f32; 2]) -> Harness<'static, App> {
    let mut frame = eframe::Frame::_new_kittest();
    Harness::builder()
        .with_size(size)
        .with_context_setup(ui::attach)
        .build_ui_state(
            move |ui, app: &mut App| {
                app.logic(ui.ctx(), &mut frame);
                app.ui(ui, &mut frame);
            },
            app,
        )
}
