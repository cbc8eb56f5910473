//! What each ControlNet is shown, at the place and size of the working picture.

use std::borrow::Cow;
use std::sync::Arc;

use ndarray::Array4;

use super::{Frame, PlanError, ResultCanvas, blurred, canvas_size, check_recipe};
use crate::diffusion::control;
use crate::diffusion::latent::{picture_from_tensor, tensor_from_mask, tensor_from_picture};
use crate::diffusion::networks::ModelSpec;
use crate::raster::control::{blurred as blurred_picture, edges, grey};
use crate::raster::{Mask, Picture};
use crate::recipe::{Control, ControlKind, ControlMode, Method, Recipe};

/// Standard deviation of the blur of [`ControlKind::Blur`], pixels (sd-webui-controlnet's `blur_gaussian`).
const BLUR: f32 = 9.0;

/// What a ControlNet Union is told that a kind of picture is (xinsir's order; the last two are ProMax's); `None` where it cannot be told.
fn union_type(kind: ControlKind) -> Option<usize> {
    match kind {
        ControlKind::Pose => Some(0),
        ControlKind::Depth => Some(1),
        ControlKind::Scribble => Some(2),
        ControlKind::Canny | ControlKind::Lines => Some(3),
        ControlKind::Normal => Some(4),
        ControlKind::Segments => Some(5),
        ControlKind::Tile | ControlKind::Blur | ControlKind::Grey => Some(6),
        ControlKind::Inpaint => Some(7),
        ControlKind::AsIs => None,
    }
}

/// What a working picture is made from.
pub(super) struct Views<'a> {
    pub recipe: &'a Recipe,
    pub frame: &'a Frame,
    /// The picture at the result's size.
    pub picture: &'a Picture,
    /// The mask as it counts, at that size.
    pub mask: Option<&'a Mask>,
}

/// Decides the ControlNets of a recipe; each may have a picture of its own in the place of the one that is repainted.
pub(super) fn controls(
    views: &Views<'_>,
    own: &[Option<Arc<Picture>>],
    spec: &ModelSpec,
) -> Result<Vec<control::Control>, PlanError> {
    let controls = views.recipe.controls.iter().enumerate();
    let decided = controls.map(|(at, asked)| {
        let index = spec.controls.iter().position(|one| one.name == asked.model);
        let index = index.ok_or_else(|| PlanError::NoControlNet(asked.model.clone()))?;
        let place = spec.controls[index].inside;
        let mut before = views.recipe.controls[..at].iter();
        if place.is_some()
            && (asked.mode != ControlMode::Balanced || before.any(|one| one.model == asked.model))
        {
            return Err(PlanError::InsideUnet(asked.model.clone()));
        }
        let kind = match spec.controls[index].types {
            None => None,
            Some(types) => match union_type(asked.kind) {
                Some(kind) if kind < types => Some(kind),
                _ => {
                    return Err(PlanError::UnknownType {
                        model: asked.model.clone(),
                        kind: asked.kind,
                    });
                }
            },
        };
        let own = own.get(at).and_then(Option::as_deref);
        Ok(control::Control {
            index,
            inside: place,
            picture: views.shown(asked.kind, own, kind.is_some()),
            kind,
            weight: asked.weight as f32,
            range: (asked.start, asked.end),
            mode: asked.mode,
        })
    });
    decided.collect()
}

impl Views<'_> {
    /// What a ControlNet of a kind is shown, `[1, 3, H, W]`: in `[0, 1]`, and what is to be inpainted -1, but 0 for ControlNet Unions.
    ///
    /// Without a mask everything is to be inpainted.
    fn shown(&self, kind: ControlKind, own: Option<&Picture>, union: bool) -> Array4<f32> {
        let size = self.picture.size();
        let picture = match own {
            None => Cow::Borrowed(self.picture),
            Some(own) if own.size() == size => Cow::Borrowed(own),
            Some(own) => Cow::Owned(own.cover(size)),
        };
        let seen = self.frame.picture(&picture);
        let seen = match kind {
            ControlKind::Canny => edges(&seen),
            ControlKind::Blur => blurred_picture(&seen, BLUR),
            ControlKind::Grey => grey(&seen),
            ControlKind::Inpaint
            | ControlKind::Tile
            | ControlKind::AsIs
            | ControlKind::Pose
            | ControlKind::Depth
            | ControlKind::Scribble
            | ControlKind::Lines
            | ControlKind::Normal
            | ControlKind::Segments => seen,
        };
        let shown = (tensor_from_picture(&seen) + 1.0) / 2.0;
        if kind != ControlKind::Inpaint {
            return shown;
        }
        let mask = match self.mask {
            Some(mask) => self.frame.mask(mask).rounded(),
            None => Mask::filled(seen.size(), 255),
        };
        let mask = tensor_from_mask(&mask);
        let nothing = if union { 0.0 } else { 1.0 };
        &shown * &mask.mapv(|mask| 1.0 - mask) - mask * nothing
    }
}

/// What a ControlNet would be shown of a picture, for the eye: what is to be inpainted is black.
///
/// # Errors
/// [`PlanError`] when the recipe cannot be run with any model.
///
/// # Panics
/// When the picture is empty or the mask is not of its size.
pub fn shown(
    picture: &Arc<Picture>,
    mask: Option<&Mask>,
    recipe: &Recipe,
    spec: &ModelSpec,
    control: &Control,
    own: Option<&Picture>,
) -> Result<Picture, PlanError> {
    check_recipe(recipe)?;
    let canvas = ResultCanvas::new(picture, mask, recipe);
    let blurred = canvas.mask.as_ref().map(|mask| blurred(mask, recipe));
    let bounds = blurred.as_ref().and_then(Mask::bounds);
    let size = canvas_size(picture.size(), mask.is_some(), recipe);
    let frame = Frame::new(size, bounds.filter(|_| mask.is_some()), recipe, spec);
    let views = Views {
        recipe,
        frame: &frame,
        picture: &canvas.picture,
        mask: blurred.as_ref(),
    };
    let shown = views.shown(control.kind, own, true);
    Ok(picture_from_tensor((shown * 2.0 - 1.0).view()))
}

/// Checks that a method which needs a ControlNet has one.
pub(super) fn check(recipe: &Recipe) -> Result<(), PlanError> {
    let inpaints = |control: &Control| control.kind == ControlKind::Inpaint;
    if recipe.method == Method::ControlnetInpaint && !recipe.controls.iter().any(inpaints) {
        return Err(PlanError::NoInpaintingControl);
    }
    let mut controls = recipe.controls.iter();
    match controls.find(|control| control.start >= control.end) {
        Some(control) => Err(PlanError::EmptyRange {
            start: control.start,
            end: control.end,
        }),
        None => Ok(()),
    }
}
