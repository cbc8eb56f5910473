//! ControlNets as sessions: what one gives, and how the UNet hears it.

use ndarray::{Array2, Array4, Array5, ArrayD, Axis, IxDyn, concatenate};

use super::evaluation::{Wanted, fed, filled};
use crate::diffusion::latent::repeat;
use crate::diffusion::networks::{Evaluation, Halt, Hint, Inside, Residuals};
use crate::engine::cancel::Cancel;
use crate::engine::ports::{ControlPorts, HINT, INSIDE, InsidePorts, SCALE, TYPES, UnetPorts};
use crate::engine::stage::{Inputs, Stage};

/// What a ControlNet adds for each condition of an evaluation.
pub(super) fn run(
    (stage, ports): (&mut Stage, &ControlPorts),
    hint: &Hint<'_>,
    evaluation: &Evaluation<'_>,
    wanted: &[Wanted<'_>],
    at_once: usize,
    cancel: &Cancel,
) -> Result<Vec<Residuals>, Halt> {
    let names: Vec<_> = ports.residuals.iter().map(|(name, _)| *name).collect();
    let mut runs: Vec<Residuals> = Vec::new();
    for wanted in wanted.chunks(at_once) {
        let filled = filled(wanted, ports.inputs.batch);
        let batch = filled.len();
        let mut inputs = fed(stage, &ports.inputs, evaluation, &filled)?;
        let pictures = repeat(hint.picture, batch);
        inputs.push((HINT, stage.feed(ports.hint, pictures.view().into_dyn())?));
        if let Some((element, kinds)) = ports.types {
            let flag = |(_, kind)| f32::from(hint.kind == Some(kind));
            let flags = Array2::from_shape_fn((batch, kinds), flag);
            inputs.push((TYPES, stage.feed(element, flags.view().into_dyn())?));
        }
        if let Some((element, shape)) = &ports.scale {
            inputs.push((SCALE, stage.feed_timestep(*element, 1.0, shape)?));
        }
        let found = stage.run_for(inputs, &names, cancel)?;
        let residuals = found.into_iter().map(|one| {
            let shape = one.shape().to_vec();
            let one: Result<Array4<f32>, _> = one.into_dimensionality();
            let mut one = one
                .ok()
                .filter(|one| one.len_of(Axis(0)) == batch)
                .ok_or_else(|| {
                    stage.error(&format!(
                        "it gave an output of shape {shape:?} for a batch of {batch}"
                    ))
                })?;
            one.slice_axis_inplace(Axis(0), (..wanted.len()).into());
            Ok(one)
        });
        runs.push(residuals.collect::<Result<_, Halt>>()?);
    }
    let pictures = evaluation.sample.len_of(Axis(0));
    let mut conditions = vec![Residuals::new(); evaluation.conditions.len()];
    for index in 0..names.len() {
        let views: Vec<_> = runs.iter().map(|run| run[index].view()).collect();
        let all = concatenate(Axis(0), &views).map_err(|error| stage.error(&error.to_string()))?;
        let parts = all.axis_chunks_iter(Axis(0), pictures);
        for (condition, part) in conditions.iter_mut().zip(parts) {
            condition.push(part.to_owned());
        }
    }
    Ok(conditions)
}

/// What ControlNets inside the UNet are shown, as its inputs; where none is at work, nothing times 0.
pub(super) fn fed_inside(
    stage: &Stage,
    ports: &InsidePorts,
    shown: &[Inside<'_>],
    batch: usize,
    [height, width]: [usize; 2],
) -> Result<Inputs, Halt> {
    let mut pictures = Array5::zeros((ports.count, batch, 3, height, width));
    let mut weights = vec![0.0; ports.count];
    for one in shown {
        let picture = one.picture.broadcast((batch, 3, height, width));
        let wrong = || stage.error("its ControlNet was shown a picture of another size");
        let mut place = pictures.index_axis_mut(Axis(0), one.place);
        place.assign(&picture.ok_or_else(wrong)?);
        weights[one.place] = f64::from(one.weight);
    }
    let (element, shape) = &ports.scales;
    Ok(vec![
        (
            INSIDE[0],
            stage.feed(ports.pictures, pictures.view().into_dyn())?,
        ),
        (INSIDE[1], stage.feed_numbers(*element, shape, &weights)?),
    ])
}

/// What ControlNets add, as inputs of the UNet; of one that hears them and where none is at work, zeros that are spread over every pixel.
pub(super) fn fed_residuals(
    stage: &Stage,
    ports: &UnetPorts,
    evaluation: &Evaluation<'_>,
    filled: &[Wanted<'_>],
) -> Result<Inputs, Halt> {
    let inputs = ports.residuals.iter().enumerate();
    let inputs = inputs.map(|(index, (name, port))| {
        let residual = match evaluation.residuals {
            [] => {
                let side = |axis| port.fixed(axis).unwrap_or(1);
                ArrayD::zeros(IxDyn(&[filled.len(), side(1), side(2), side(3)]))
            }
            residuals => {
                let one = |one: &Wanted<'_>| {
                    let residual = residuals.get(one.place)?.get(index)?;
                    let at = Axis(0);
                    (one.index < residual.len_of(at))
                        .then(|| residual.slice_axis(at, (one.index..=one.index).into()))
                };
                let views: Option<Vec<_>> = filled.iter().map(one).collect();
                let views = views.ok_or_else(|| stage.error("the ControlNet gave too little"))?;
                let all = concatenate(Axis(0), &views);
                all.map_err(|error| stage.error(&error.to_string()))?
                    .into_dyn()
            }
        };
        Ok((*name, stage.feed(port.element, residual.view())?))
    });
    inputs.collect()
}
