//! The signs on the canvas's buttons, as lines: sharp at every scale, and in the theme's colour.
//!
//! Does not know what a button does.

use eframe::egui::{
    self, Align2, Color32, FontId, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui,
    Vec2, WidgetInfo, vec2,
};

/// Side of the square that an icon is drawn in, in its own units.
const GRID: f32 = 20.0;

/// Side of a button, points.
pub(super) const BUTTON: f32 = 28.0;

/// One mark of an icon, in units of [`GRID`].
enum Mark {
    /// A line through points.
    Line(&'static [(f32, f32)]),
    /// A line through points and back to the first.
    Ring(&'static [(f32, f32)]),
    /// A circle's outline: centre and radius.
    Circle(f32, f32, f32),
    /// A filled circle.
    Disc(f32, f32, f32),
    /// A filled convex outline.
    Solid(&'static [(f32, f32)]),
    /// An ellipse's outline: centre and radii.
    Ellipse(f32, f32, f32, f32),
    /// A word or a sign.
    Text(&'static str, f32),
}

/// What a button shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Icon {
    /// A brush.
    Brush,
    /// A brush above the colour that the button paints below it.
    ColorBrush,
    /// A pipette.
    Eyedropper,
    /// Painted strokes in a frame of dashes.
    MaskSketch,
    /// A layer that goes down onto another.
    MergeSketch,
    /// A crossed drop.
    ClearSketch,
    /// An eraser.
    Eraser,
    /// A rectangle.
    Rectangle,
    /// An ellipse.
    Ellipse,
    /// A loop drawn by hand.
    Lasso,
    /// Straight lines between corners.
    Polygon,
    /// A wand with a spark.
    Wand,
    /// A pointer at a thing with a dashed outline.
    Object,
    /// Two angles that make a frame.
    Frame,
    /// An arrow back.
    Undo,
    /// An arrow forth.
    Redo,
    /// Half dark, half light.
    Invert,
    /// A disc, and arrows outwards.
    Grow,
    /// A ring, and arrows into it.
    Shrink,
    /// A ring whose inside fills up.
    FillHoles,
    /// A crossed square.
    Clear,
    /// A divided square.
    Wipe,
    /// Two squares.
    SideBySide,
    /// A delta.
    Difference,
    /// An eye.
    Original,
    /// Corners of a frame.
    Fit,
    /// One to one.
    Actual,
    /// A plus in a lens.
    ZoomIn,
    /// A minus in a lens.
    ZoomOut,
    /// A tilted sheet below an arrow, against the clock.
    RotateLeft,
    /// A tilted sheet below an arrow, with the clock.
    RotateRight,
}

impl Icon {
    #[rustfmt::skip]
    fn marks(self) -> &'static [Mark] {
        use Mark::{Circle, Disc, Ellipse, Line, Ring, Solid, Text};
        match self {
            Self::Brush => &[
                Line(&[(16.5, 3.5), (9.0, 11.0)]), Line(&[(17.5, 4.5), (10.5, 12.0)]),
                Line(&[(16.5, 3.5), (17.5, 4.5)]),
                Solid(&[(8.5, 11.0), (10.8, 12.8), (9.6, 15.4), (6.6, 16.8), (3.0, 16.8), (5.0, 15.0), (6.0, 12.4)]),
            ],
            Self::ColorBrush => &[
                Line(&[(17.0, 2.5), (9.5, 9.0)]), Line(&[(18.0, 3.5), (11.2, 10.6)]), Line(&[(17.0, 2.5), (18.0, 3.5)]),
                Solid(&[(8.8, 9.4), (10.8, 11.2), (9.8, 13.4), (7.4, 14.4), (4.4, 14.4), (6.0, 13.0), (6.8, 10.6)]),
            ],
            Self::Eyedropper => &[
                Solid(&[(12.6, 5.2), (15.4, 2.6), (17.4, 4.6), (14.8, 7.4)]),
                Line(&[(10.8, 5.4), (14.6, 9.2)]),
                Line(&[(11.4, 6.6), (4.6, 13.4), (4.2, 15.8), (6.6, 15.4), (13.4, 8.6)]),
                Line(&[(4.2, 15.8), (2.8, 17.2)]),
            ],
            Self::MaskSketch => &[
                Line(&[(2.5, 5.5), (2.5, 2.5), (5.5, 2.5)]), Line(&[(14.5, 2.5), (17.5, 2.5), (17.5, 5.5)]),
                Line(&[(17.5, 14.5), (17.5, 17.5), (14.5, 17.5)]), Line(&[(5.5, 17.5), (2.5, 17.5), (2.5, 14.5)]),
                Line(&[(8.5, 2.5), (11.5, 2.5)]), Line(&[(8.5, 17.5), (11.5, 17.5)]),
                Line(&[(2.5, 8.5), (2.5, 11.5)]), Line(&[(17.5, 8.5), (17.5, 11.5)]),
                Solid(&[(5.5, 11.0), (8.0, 6.5), (12.0, 6.0), (14.5, 9.0), (13.5, 13.0), (8.0, 14.0)]),
            ],
            Self::MergeSketch => &[
                Ring(&[(10.0, 8.6), (17.0, 12.6), (10.0, 16.6), (3.0, 12.6)]),
                Line(&[(10.0, 2.0), (10.0, 10.4)]), Line(&[(7.4, 7.8), (10.0, 10.4), (12.6, 7.8)]),
            ],
            Self::ClearSketch => &[
                Line(&[(10.0, 2.5), (6.2, 8.4), (5.0, 11.8), (5.8, 14.8), (8.0, 16.8), (10.0, 17.2), (12.0, 16.8), (14.2, 14.8), (15.0, 11.8), (13.8, 8.4), (10.0, 2.5)]),
                Line(&[(7.8, 10.0), (12.2, 14.4)]), Line(&[(12.2, 10.0), (7.8, 14.4)]),
            ],
            Self::Eraser => &[
                Ring(&[(11.5, 3.5), (17.0, 9.0), (9.5, 16.5), (6.5, 16.5), (3.0, 13.0), (3.0, 12.0)]),
                Line(&[(7.0, 8.0), (12.8, 13.2)]), Line(&[(9.5, 16.5), (17.0, 16.5)]),
            ],
            Self::Rectangle => &[Ring(&[(3.0, 5.0), (17.0, 5.0), (17.0, 15.0), (3.0, 15.0)])],
            Self::Ellipse => &[Ellipse(10.0, 10.0, 7.5, 5.5)],
            Self::Lasso => &[
                Ellipse(10.5, 8.0, 7.0, 4.5), Circle(5.2, 13.0, 1.6),
                Line(&[(5.0, 14.6), (5.6, 16.2), (4.2, 17.8)]),
            ],
            Self::Polygon => &[
                Ring(&[(4.0, 7.0), (11.0, 3.5), (17.0, 9.0), (13.5, 16.0), (5.0, 15.0)]),
                Disc(4.0, 7.0, 1.5), Disc(11.0, 3.5, 1.5), Disc(17.0, 9.0, 1.5), Disc(13.5, 16.0, 1.5), Disc(5.0, 15.0, 1.5),
            ],
            Self::Wand => &[
                Line(&[(3.5, 16.5), (10.5, 9.5)]), Line(&[(4.5, 17.5), (11.5, 10.5)]),
                Line(&[(13.5, 2.5), (13.5, 5.0)]), Line(&[(13.5, 9.0), (13.5, 10.5)]),
                Line(&[(10.0, 6.7), (11.3, 6.7)]), Line(&[(15.2, 6.7), (18.0, 6.7)]),
                Line(&[(16.2, 4.0), (15.2, 5.0)]), Line(&[(10.8, 4.0), (11.8, 5.0)]), Line(&[(16.2, 9.4), (15.2, 8.4)]),
            ],
            Self::Object => &[
                Line(&[(2.5, 8.0), (2.5, 5.5), (4.5, 3.0)]), Line(&[(7.0, 2.2), (10.5, 2.2)]),
                Line(&[(13.0, 3.0), (15.5, 5.0), (16.0, 7.5)]), Line(&[(2.5, 10.5), (3.5, 13.0), (5.5, 15.0)]),
                Solid(&[(8.5, 8.0), (17.5, 13.2), (13.4, 14.2)]), Solid(&[(8.5, 8.0), (13.4, 14.2), (10.8, 18.0)]),
            ],
            Self::Frame => &[
                Line(&[(5.5, 1.5), (5.5, 14.5), (18.5, 14.5)]), Line(&[(1.5, 5.5), (14.5, 5.5), (14.5, 18.5)]),
            ],
            Self::Undo => &[
                Line(&[(7.5, 3.5), (3.5, 7.5), (7.5, 11.5)]),
                Line(&[(3.5, 7.5), (12.0, 7.5), (15.2, 9.0), (16.5, 12.0), (15.2, 15.0), (12.0, 16.5), (8.0, 16.5)]),
            ],
            Self::Redo => &[
                Line(&[(12.5, 3.5), (16.5, 7.5), (12.5, 11.5)]),
                Line(&[(16.5, 7.5), (8.0, 7.5), (4.8, 9.0), (3.5, 12.0), (4.8, 15.0), (8.0, 16.5), (12.0, 16.5)]),
            ],
            Self::Invert => &[
                Circle(10.0, 10.0, 7.0),
                Solid(&[(10.0, 3.0), (12.7, 3.6), (15.0, 5.1), (16.5, 7.4), (17.0, 10.0), (16.5, 12.6), (15.0, 14.9), (12.7, 16.4), (10.0, 17.0)]),
            ],
            Self::Grow => &[
                Disc(10.0, 10.0, 3.4),
                Line(&[(13.2, 6.8), (17.6, 2.4)]), Line(&[(14.0, 2.4), (17.6, 2.4), (17.6, 6.0)]),
                Line(&[(6.8, 13.2), (2.4, 17.6)]), Line(&[(6.0, 17.6), (2.4, 17.6), (2.4, 14.0)]),
            ],
            Self::Shrink => &[
                Circle(10.0, 10.0, 7.6), Disc(10.0, 10.0, 1.6),
                Line(&[(17.8, 2.2), (13.0, 7.0)]), Line(&[(13.0, 3.8), (13.0, 7.0), (16.2, 7.0)]),
                Line(&[(2.2, 17.8), (7.0, 13.0)]), Line(&[(3.8, 13.0), (7.0, 13.0), (7.0, 16.2)]),
            ],
            Self::FillHoles => &[
                Circle(10.0, 10.0, 7.6), Circle(10.0, 10.0, 3.6),
                Solid(&[(6.4, 10.0), (13.6, 10.0), (12.5, 12.5), (10.0, 13.6), (7.5, 12.5)]),
            ],
            Self::Clear => &[
                Ring(&[(4.0, 4.0), (16.0, 4.0), (16.0, 16.0), (4.0, 16.0)]),
                Line(&[(7.2, 7.2), (12.8, 12.8)]), Line(&[(12.8, 7.2), (7.2, 12.8)]),
            ],
            Self::Wipe => &[
                Ring(&[(3.0, 4.5), (17.0, 4.5), (17.0, 15.5), (3.0, 15.5)]),
                Line(&[(10.0, 2.0), (10.0, 18.0)]),
                Solid(&[(3.0, 4.5), (10.0, 4.5), (10.0, 15.5), (3.0, 15.5)]),
            ],
            Self::SideBySide => &[
                Solid(&[(2.5, 5.0), (8.8, 5.0), (8.8, 15.0), (2.5, 15.0)]),
                Ring(&[(11.2, 5.0), (17.5, 5.0), (17.5, 15.0), (11.2, 15.0)]),
            ],
            Self::Difference => &[Ring(&[(10.0, 3.5), (17.0, 16.0), (3.0, 16.0)])],
            Self::Original => &[
                Ring(&[(2.0, 10.0), (5.5, 6.4), (10.0, 5.0), (14.5, 6.4), (18.0, 10.0), (14.5, 13.6), (10.0, 15.0), (5.5, 13.6)]),
                Disc(10.0, 10.0, 2.6),
            ],
            Self::Fit => &[
                Line(&[(3.0, 7.0), (3.0, 3.5), (6.5, 3.5)]), Line(&[(13.5, 3.5), (17.0, 3.5), (17.0, 7.0)]),
                Line(&[(17.0, 13.0), (17.0, 16.5), (13.5, 16.5)]), Line(&[(6.5, 16.5), (3.0, 16.5), (3.0, 13.0)]),
                Ring(&[(6.5, 7.0), (13.5, 7.0), (13.5, 13.0), (6.5, 13.0)]),
            ],
            Self::Actual => &[Text("1:1", 12.0)],
            Self::ZoomIn => &[
                Circle(8.5, 8.5, 5.5), Line(&[(12.6, 12.6), (17.0, 17.0)]),
                Line(&[(6.0, 8.5), (11.0, 8.5)]), Line(&[(8.5, 6.0), (8.5, 11.0)]),
            ],
            Self::ZoomOut => &[
                Circle(8.5, 8.5, 5.5), Line(&[(12.6, 12.6), (17.0, 17.0)]), Line(&[(6.0, 8.5), (11.0, 8.5)]),
            ],
            Self::RotateLeft => &[
                Ring(&[(12.7, 6.6), (4.2, 9.7), (7.3, 18.2), (15.8, 15.1)]),
                Line(&[(14.5, 3.8), (11.5, 2.4), (8.0, 2.2), (4.4, 3.8)]), Line(&[(7.4, 4.7), (4.4, 3.8), (4.6, 0.8)]),
            ],
            Self::RotateRight => &[
                Ring(&[(7.3, 6.6), (15.8, 9.7), (12.7, 18.2), (4.2, 15.1)]),
                Line(&[(5.5, 3.8), (8.5, 2.4), (12.0, 2.2), (15.6, 3.8)]), Line(&[(12.6, 4.7), (15.6, 3.8), (15.4, 0.8)]),
            ],
        }
    }

    /// Draws it into a square.
    fn paint(self, painter: &Painter, square: Rect, color: Color32) {
        let unit = square.width() / GRID;
        let at = |&(x, y): &(f32, f32)| square.min + vec2(x, y) * unit;
        let points = |marks: &[(f32, f32)]| marks.iter().map(at).collect::<Vec<Pos2>>();
        let stroke = Stroke::new(1.3, color);
        for mark in self.marks() {
            painter.add(match *mark {
                Mark::Line(line) => Shape::line(points(line), stroke),
                Mark::Ring(ring) => Shape::closed_line(points(ring), stroke),
                Mark::Circle(x, y, radius) => {
                    Shape::circle_stroke(at(&(x, y)), radius * unit, stroke)
                }
                Mark::Disc(x, y, radius) => Shape::circle_filled(at(&(x, y)), radius * unit, color),
                Mark::Solid(outline) => Shape::convex_polygon(points(outline), color, Stroke::NONE),
                Mark::Ellipse(x, y, across, down) => {
                    let radius = vec2(across, down) * unit;
                    Shape::ellipse_stroke(at(&(x, y)), radius, stroke)
                }
                Mark::Text(text, size) => {
                    let font = FontId::proportional(size * unit);
                    painter.text(square.center(), Align2::CENTER_CENTER, text, font, color);
                    Shape::Noop
                }
            });
        }
    }
}

/// A square button with an icon, named for those who cannot see it.
pub(super) fn button(
    ui: &mut Ui,
    icon: Icon,
    name: &str,
    chosen: Option<bool>,
    enabled: bool,
) -> Response {
    ui.add_enabled_ui(enabled, |ui| {
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(BUTTON), Sense::click());
        response.widget_info(|| match chosen {
            Some(chosen) => WidgetInfo::selected(Role::Button, ui.is_enabled(), chosen, name),
            None => WidgetInfo::labeled(Role::Button, ui.is_enabled(), name),
        });
        let chosen = chosen == Some(true);
        let visuals = ui.style().interact_selectable(&response, chosen);
        if chosen
            || response.hovered()
            || response.has_focus()
            || response.is_pointer_button_down_on()
        {
            ui.painter().rect(
                rect.expand(visuals.expansion),
                visuals.corner_radius,
                visuals.weak_bg_fill,
                visuals.bg_stroke,
                egui::StrokeKind::Inside,
            );
        }
        let square = Rect::from_center_size(rect.center(), Vec2::splat(GRID));
        icon.paint(ui.painter(), square, visuals.text_color());
        response
    })
    .inner
}
