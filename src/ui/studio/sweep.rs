//! The dialog of a parameter sweep: two parameters and their values, and the jobs that come of them.
//!
//! Does not know how a parameter is set; asks the recipe.

use eframe::egui::{self, Align2};

use super::super::texts::sweep as texts;
use super::super::texts::{self as all_texts, Caption, Language, sweep_about, sweep_label};
use super::host::{Host, Seen};
use super::queue::Cell;
use super::sheet::Sheet;
use super::submit;
use super::{Studio, can_repaint, contact};
use crate::recipe::Recipe;
use crate::recipe::field::Field;
use crate::recipe::field::rows::STRENGTH;
use crate::recipe::infotext::{self, Extras};
use crate::recipe::sweep::{SweepAxis, SweepError, grid, pairs, parameters};
use crate::recipe::wildcard::Resolved;

/// The dialog.
pub struct SweepDialog {
    /// Whether it is open.
    pub open: bool,
    forms: [Form; 2],
    /// What was judged last and in which language, and what came of it.
    judged: Option<(Language, Recipe, [Form; 2])>,
    plan: SweepPlan,
    /// Sheets that were begun.
    sheets: u64,
}

/// An axis as it is filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Form {
    parameter: Option<&'static Field>,
    values: String,
}

/// What would come of the forms.
#[derive(Clone, Debug)]
struct SweepPlan {
    axes: [Option<SweepAxis>; 2],
    /// What is wrong with each form.
    mistakes: [Option<String>; 2],
    /// The recipes row by row, or why there are none.
    cells: Result<Vec<Resolved>, String>,
}

impl Default for SweepPlan {
    /// Of forms that are not filled in.
    fn default() -> Self {
        Self {
            axes: [None, None],
            mistakes: [None, None],
            cells: Err(texts::VALUES_FIRST.into()),
        }
    }
}

impl Default for SweepDialog {
    fn default() -> Self {
        let form = |parameter| Form {
            parameter,
            values: String::new(),
        };
        Self {
            open: false,
            forms: [form(Some(&STRENGTH)), form(None)],
            judged: None,
            plan: SweepPlan::default(),
            sheets: 0,
        }
    }
}

impl Form {
    /// The axis; none where no parameter is chosen.
    fn axis(&self) -> Result<Option<SweepAxis>, SweepError> {
        let Some(parameter) = self.parameter else {
            return Ok(None);
        };
        format!("{}={}", parameter.option.name, self.values)
            .parse()
            .map(Some)
    }
}

impl SweepPlan {
    fn of(recipe: &Recipe, forms: &[Form; 2], studio: &Studio) -> Self {
        let mut plan = Self::default();
        let mut complete = true;
        for (form, index) in forms.iter().zip(0..) {
            if form.parameter.is_some() && form.values.trim().is_empty() {
                complete = false;
                continue;
            }
            let axis = form.axis().and_then(|axis| {
                // Alone, so that a mistake stands beside its own field.
                grid(recipe, axis.as_ref(), None).map(|_| axis)
            });
            match axis {
                Ok(axis) => plan.axes[index] = axis,
                Err(error) => plan.mistakes[index] = Some(texts::mistake(&error)),
            }
        }
        let [x, y] = &plan.axes;
        plan.cells = if plan.mistakes.iter().any(Option::is_some) {
            Err(texts::MEND_FIRST.into())
        } else if !complete || (x.is_none() && y.is_none()) {
            Err(texts::VALUES_FIRST.into())
        } else {
            grid(recipe, x.as_ref(), y.as_ref())
                .map_err(|error| error.to_string())
                .and_then(|rows| {
                    let cells = rows.iter().flatten();
                    cells.map(|cell| studio.resolved(cell)).collect()
                })
        };
        plan
    }
}

/// A number that no sheet had.
pub fn next_sheet(studio: &mut Studio) -> u64 {
    studio.sweep.sheets += 1;
    studio.sweep.sheets
}

/// Opens the dialog.
pub fn open(studio: &mut Studio) {
    studio.sweep.open = true;
}

/// Why the sweep that is filled in cannot be begun.
fn can_start(seen: &Seen<'_>) -> Result<(), String> {
    match &seen.studio.sweep.plan.cells {
        Err(reason) => Err(reason.clone()),
        Ok(_) => can_repaint(seen),
    }
}

/// Puts the sweep's jobs into the queue, and opens the sheet that their results come to.
fn start(host: &mut Host<'_>) {
    host.studio.draw_seeds();
    let masked = !host.around.blank;
    let studio = &mut *host.studio;
    let plan = SweepPlan::of(&studio.recipe, &studio.sweep.forms, studio);
    let whole = studio.resolved(&studio.recipe);
    let (cells, whole) = match plan.cells.and_then(|cells| Ok((cells, whole?))) {
        Ok(both) => both,
        Err(line) => return host.notices.fail(line),
    };
    studio.sweep.open = false;
    let number = next_sheet(studio);
    let Some(spec) = studio.spec() else { return };
    let [x, y] = &plan.axes;
    let more = [
        pairs(x.as_ref(), y.as_ref()),
        whole.beside_as_asked(&studio.recipe),
    ]
    .concat();
    let size = submit::rendered(host.document, masked, &studio.recipe, spec);
    let infotext = infotext::write(
        &whole.recipe,
        &Extras {
            size: Some((size.width, size.height)),
            model: Some(&spec.name),
            model_hash: None,
            masked,
            more: &more,
        },
    );
    let start = host.start_picture();
    let sheet = Sheet::new(number, plan.axes, &cells, start, infotext);
    let cell = |index| {
        Some(Cell {
            sheet: number,
            index,
        })
    };
    let orders = cells.into_iter().zip(0..);
    host.studio.seeds_used();
    submit::send(
        host,
        orders.map(|(one, index)| (one, cell(index))).collect(),
    );
    contact::put(host.studio, sheet);
}

/// Draws the dialog, while it is open.
pub fn window(host: &mut Host<'_>, ctx: &egui::Context) {
    if !host.studio.sweep.open {
        return;
    }
    let studio = &mut *host.studio;
    let forms = studio.sweep.forms.clone();
    let now = (all_texts::now(), studio.recipe.clone(), forms);
    if studio.sweep.judged.as_ref() != Some(&now) {
        studio.sweep.plan = SweepPlan::of(&now.1, &now.2, studio);
        studio.sweep.judged = Some(now);
    }
    let ready = can_start(&host.seen());
    let dialog = &mut host.studio.sweep;
    let (mut open, mut begin) = (true, false);
    egui::Window::new(texts::TITLE)
        .id(egui::Id::unique("sweep"))
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .pivot(Align2::CENTER_CENTER)
        .default_pos(ctx.content_rect().center())
        .show(ctx, |ui| {
            ui.set_width(420.0);
            ui.label(texts::ABOUT);
            ui.add_space(6.0);
            let names = [&texts::ACROSS, &texts::DOWN];
            for (index, name) in names.into_iter().enumerate() {
                let form = &mut dialog.forms[index];
                axis(ui, name, form, dialog.plan.mistakes[index].as_deref());
                ui.add_space(6.0);
            }
            ui.separator();
            let counted = match &dialog.plan.cells {
                Ok(cells) => {
                    let [x, y] = &dialog.plan.axes;
                    let length = |axis: &Option<SweepAxis>| {
                        axis.as_ref().map_or(1, |axis| axis.values.len())
                    };
                    texts::count(cells.len(), length(x), length(y))
                }
                Err(_) => String::new(),
            };
            ui.horizontal(|ui| {
                let button = egui::Button::new(texts::START).selected(ready.is_ok());
                let button = ui
                    .add_enabled(ready.is_ok(), button)
                    .on_hover_text(texts::START_TOOLTIP);
                begin = button.clicked();
                match &ready {
                    Ok(()) => ui.weak(counted),
                    Err(reason) => {
                        button.on_disabled_hover_text(reason);
                        let line = format!("{counted} {reason}");
                        let color = ui.visuals().warn_fg_color;
                        let line = egui::RichText::new(line.trim()).color(color);
                        ui.add(egui::Label::new(line).wrap())
                    }
                }
            });
        });
    host.studio.sweep.open = open;
    if begin {
        start(host);
    }
}

/// Draws an axis: its parameter, its values, and what is wrong with them.
fn axis(ui: &mut egui::Ui, caption: &Caption, form: &mut Form, mistake: Option<&str>) {
    let name = |parameter: Option<&Field>| parameter.map_or(texts::NOTHING.get(), sweep_label);
    let about = |parameter: &Field| sweep_about(parameter);
    ui.horizontal(|ui| {
        let (place, _) = ui.allocate_exact_size(
            egui::vec2(72.0, ui.spacing().interact_size.y),
            egui::Sense::hover(),
        );
        let label = ui
            .new_child(egui::UiBuilder::new().max_rect(place))
            .label(caption.label())
            .on_hover_text(caption.tooltip());
        let before = form.parameter;
        let list = egui::ComboBox::from_id_salt(caption.id())
            .width(130.0)
            .height(420.0)
            .truncate()
            .selected_text(name(form.parameter))
            .show_ui(ui, |ui| {
                ui.selectable_value(&mut form.parameter, None, name(None));
                for parameter in parameters() {
                    let choice = Some(parameter);
                    ui.selectable_value(&mut form.parameter, choice, name(choice))
                        .on_hover_text(about(parameter));
                }
            });
        list.response
            .labelled_by(label.id)
            .on_hover_text(caption.tooltip());
        if form.parameter != before {
            // Values of another parameter make no sense.
            form.values.clear();
        }
        let sweep = form
            .parameter
            .and_then(|parameter| parameter.sweep.as_ref());
        let hint = sweep.map_or(String::new(), texts::hint);
        let field = egui::TextEdit::singleline(&mut form.values)
            .hint_text(&hint)
            .desired_width(f32::INFINITY);
        let field = ui
            .add_enabled(form.parameter.is_some(), field)
            .on_hover_text(texts::VALUES_TOOLTIP)
            .on_disabled_hover_text(texts::PARAMETER_FIRST);
        let label = texts::values_of(caption.label());
        let (enabled, typed) = (form.parameter.is_some(), form.values.clone());
        field.widget_info(|| {
            let mut info = egui::WidgetInfo::text_edit(enabled, &typed, &typed, &hint);
            info.label = Some(label.clone());
            info
        });
    });
    let line = match (mistake, form.parameter) {
        (Some(mistake), _) => egui::RichText::new(mistake).color(ui.visuals().error_fg_color),
        (None, Some(parameter)) => egui::RichText::new(about(parameter)).weak(),
        (None, None) => return,
    };
    ui.add(egui::Label::new(line.small()).wrap());
}
