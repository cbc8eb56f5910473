//! One evaluation of the UNet, or of a ControlNet, as the inputs of a session.

use ndarray::{ArrayView4, Axis, concatenate, stack};

use crate::diffusion::networks::{Condition, Evaluation, Halt};
use crate::engine::ports::{EvaluationPorts, POOLED, TimestepShape};
use crate::engine::stage::{Inputs, Stage};

/// One prediction that is wanted.
#[derive(Clone)]
pub(super) struct Wanted<'a> {
    pub condition: &'a Condition,
    /// `[1, C, h, w]`
    pub picture: ArrayView4<'a, f32>,
    /// Places of the condition and of the picture in their evaluation.
    pub place: usize,
    pub index: usize,
}

/// What goes through a network together: a fixed batch is filled up, and what is more than was wanted is dropped.
pub(super) fn filled<'a>(wanted: &[Wanted<'a>], batch: Option<usize>) -> Vec<Wanted<'a>> {
    let batch = batch.unwrap_or(wanted.len());
    let filled = (0..batch).map(|index| wanted[index % wanted.len()].clone());
    filled.collect()
}

/// The inputs of an evaluation.
pub(super) fn fed(
    stage: &Stage,
    ports: &EvaluationPorts,
    evaluation: &Evaluation<'_>,
    filled: &[Wanted<'_>],
) -> Result<Inputs, Halt> {
    let pictures: Vec<_> = filled.iter().map(|one| one.picture).collect();
    let samples =
        concatenate(Axis(0), &pictures).map_err(|error| stage.error(&error.to_string()))?;
    let states: Vec<_> = (filled.iter())
        .map(|one| one.condition.states.view())
        .collect();
    let context = concatenate(Axis(0), &states)
        .map_err(|error| stage.error(&format!("the texts' lengths differ: {error}")))?;
    let timestep_shape: &[usize] = match ports.timestep_shape {
        TimestepShape::Scalar => &[],
        TimestepShape::One => &[1],
        TimestepShape::Batch => &[filled.len()],
        TimestepShape::Column => &[filled.len(), 1],
    };
    let mut inputs: Inputs = vec![
        (
            "sample",
            stage.feed(ports.sample, samples.view().into_dyn())?,
        ),
        (
            "timestep",
            stage.feed_timestep(ports.timestep, evaluation.timestep, timestep_shape)?,
        ),
        (
            "encoder_hidden_states",
            stage.feed(ports.context, context.view().into_dyn())?,
        ),
    ];
    for port in &ports.rows {
        let mut extras = evaluation.extras.iter();
        let extra = extras.find(|(extra, _)| extra.name() == port.name);
        let rows = filled.iter().map(|one| match extra {
            Some((_, row)) => Some(row.view()),
            None if port.name == POOLED => Some(one.condition.pooled.as_ref()?.row(0)),
            None => None,
        });
        let rows = rows.collect::<Option<Vec<_>>>().ok_or_else(|| {
            stage.error(&format!("there is nothing for its input `{}`", port.name))
        })?;
        let rows = stack(Axis(0), &rows).map_err(|error| stage.error(&error.to_string()))?;
        let tensor = stage.feed(port.element, rows.view().into_dyn())?;
        inputs.push((port.name, tensor));
    }
    Ok(inputs)
}
