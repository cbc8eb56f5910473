//! How the window looks: one calm look in dark and in light, and the only place with literal colours.
//!
//! Greys are neutral, so that they do not sway how a picture's colours are judged; one accent marks what is chosen.
//!
//! Does not know which of the two is shown; the artist's settings choose.
#![allow(
    clippy::disallowed_methods,
    reason = "the one place where colours are made"
)]

use eframe::egui::{
    self, Color32, CornerRadius, FontFamily, FontId, Shadow, Stroke, TextStyle, Theme, Visuals,
    vec2,
};

/// The colours that differ between dark and light.
struct Palette {
    /// Around the picture: the same middle grey in both, a stop below a mid-tone.
    panel: u8,
    window: u8,
    /// Where words are typed.
    well: u8,
    line: u8,
    text: u8,
    strong: u8,
    button: u8,
    hovered: u8,
    pressed: u8,
    accent: Color32,
    /// Behind what is chosen.
    chosen: Color32,
    /// Words on that.
    on_chosen: Color32,
    warning: Color32,
    error: Color32,
    shadow: u8,
}

const DARK: Palette = Palette {
    panel: 43,
    window: 48,
    well: 30,
    line: 66,
    text: 196,
    strong: 245,
    button: 62,
    hovered: 76,
    pressed: 90,
    accent: Color32::from_rgb(104, 158, 217),
    chosen: Color32::from_rgb(48, 92, 138),
    on_chosen: Color32::from_rgb(236, 242, 249),
    warning: Color32::from_rgb(232, 176, 92),
    error: Color32::from_rgb(240, 122, 110),
    shadow: 110,
};

const LIGHT: Palette = Palette {
    panel: 228,
    window: 238,
    well: 250,
    line: 196,
    text: 52,
    strong: 12,
    button: 212,
    hovered: 200,
    pressed: 184,
    accent: Color32::from_rgb(38, 98, 166),
    chosen: Color32::from_rgb(158, 194, 232),
    on_chosen: Color32::from_rgb(16, 38, 62),
    warning: Color32::from_rgb(140, 84, 0),
    error: Color32::from_rgb(178, 34, 24),
    shadow: 50,
};

/// Gives the window its look, in dark and in light.
pub fn apply(ctx: &egui::Context) {
    for (theme, palette) in [(Theme::Dark, &DARK), (Theme::Light, &LIGHT)] {
        ctx.style_mut_of(theme, |style| {
            style.visuals = visuals(theme, palette);
            style.text_styles = text_styles();
            let spacing = &mut style.spacing;
            spacing.item_spacing = vec2(6.0, 5.0);
            spacing.button_padding = vec2(7.0, 3.0);
            spacing.interact_size.y = 22.0;
            spacing.menu_margin = egui::Margin::same(5);
            spacing.window_margin = egui::Margin::same(10);
            spacing.slider_width = 130.0;
            spacing.tooltip_width = 340.0;
            style.interaction.tooltip_delay = 0.4;
        });
    }
}

/// What lies around the picture and behind the scrim of a drop, on the canvas.
pub fn canvas_ground(visuals: &Visuals) -> Color32 {
    Color32::from_gray(if visuals.dark_mode { 34 } else { 200 })
}

/// Dims what lies below something that needs an answer.
pub fn scrim() -> Color32 {
    Color32::from_black_alpha(120)
}

/// Leaves a picture's own colours as they are.
pub fn untinted() -> Color32 {
    Color32::WHITE
}

/// A colour that the artist chose, sRGB.
pub fn chosen([red, green, blue]: [u8; 3]) -> Color32 {
    Color32::from_rgb(red, green, blue)
}

/// Marks what is chosen, aimed at or running.
pub fn accent(visuals: &Visuals) -> Color32 {
    visuals.hyperlink_color
}

/// What puts a result into the picture, and marks one that is in it.
pub fn keep(visuals: &Visuals) -> Color32 {
    match visuals.dark_mode {
        true => Color32::from_rgb(46, 125, 72),
        false => Color32::from_rgb(38, 122, 66),
    }
}

fn text_styles() -> std::collections::BTreeMap<TextStyle, FontId> {
    let size = |points| FontId::new(points, FontFamily::Proportional);
    [
        (TextStyle::Small, size(10.5)),
        (TextStyle::Body, size(13.0)),
        (TextStyle::Button, size(13.0)),
        (TextStyle::Heading, size(16.0)),
        (
            TextStyle::Monospace,
            FontId::new(12.0, FontFamily::Monospace),
        ),
    ]
    .into()
}

fn visuals(theme: Theme, palette: &Palette) -> Visuals {
    let grey = Color32::from_gray;
    let line = Stroke::new(1.0, grey(palette.line));
    let mut visuals = theme.default_visuals();
    visuals.panel_fill = grey(palette.panel);
    visuals.window_fill = grey(palette.window);
    visuals.window_stroke = line;
    visuals.extreme_bg_color = grey(palette.well);
    visuals.code_bg_color = grey(palette.well);
    visuals.faint_bg_color = grey(palette.panel).lerp_to_gamma(grey(palette.line), 0.25);
    visuals.hyperlink_color = palette.accent;
    visuals.warn_fg_color = palette.warning;
    visuals.error_fg_color = palette.error;
    visuals.selection.bg_fill = palette.chosen;
    visuals.selection.stroke = Stroke::new(1.0, palette.on_chosen);
    visuals.slider_trailing_fill = true;
    visuals.striped = false;
    visuals.window_corner_radius = CornerRadius::same(6);
    visuals.menu_corner_radius = CornerRadius::same(5);
    let shadow = Shadow {
        offset: [0, 6],
        blur: 16,
        spread: 0,
        color: Color32::from_black_alpha(palette.shadow),
    };
    visuals.window_shadow = shadow;
    visuals.popup_shadow = shadow;

    let widgets = &mut visuals.widgets;
    let states = [
        (&mut widgets.noninteractive, palette.panel, palette.text),
        (&mut widgets.inactive, palette.button, palette.text),
        (&mut widgets.hovered, palette.hovered, palette.strong),
        (&mut widgets.active, palette.pressed, palette.strong),
        (&mut widgets.open, palette.hovered, palette.strong),
    ];
    for (state, fill, text) in states {
        state.bg_fill = grey(fill);
        state.weak_bg_fill = grey(fill);
        state.fg_stroke = Stroke::new(1.0, grey(text));
        state.bg_stroke = Stroke::NONE;
        state.corner_radius = CornerRadius::same(4);
        state.expansion = 0.0;
    }
    widgets.noninteractive.bg_stroke = line;
    widgets.hovered.bg_stroke = Stroke::new(1.0, palette.accent.gamma_multiply(0.6));
    widgets.active.bg_stroke = Stroke::new(1.0, palette.accent);
    visuals
}
