//! How the mask reaches the model, by each method.

use ndarray::Array4;

use super::PlanError;
use super::frame::Frame;
use crate::diffusion::latent::{stretch, tensor_from_mask, tensor_from_picture};
use crate::diffusion::networks::{ModelSpec, UnetInput};
use crate::raster::fill::fill;
use crate::raster::{Mask, MaskFilter, Picture, Size};
use crate::recipe::{MaskEdge, MaskedContent, Method, Recipe};

/// The share of the run below which a soft mask changes next to nothing even where it is strongest.
const FAINTEST: f32 = 0.25;

/// How the mask reaches the model; all `None` when the whole picture is repainted by a model without mask channels.
#[derive(Clone, Debug, Default)]
pub struct Masking {
    /// Known latents are held outside of this.
    pub latent: Option<LatentMask>,
    /// The UNet's own mask channels.
    pub channels: Option<Channels>,
    /// The masked part of the starting latents is taken out.
    pub hole: Option<Hole>,
}

/// A mask on the latent grid.
#[derive(Clone, Debug)]
pub struct LatentMask {
    /// `[1, C, h, w]` in `[0, 1]`, 1 = repaint.
    pub values: Array4<f32>,
    /// Whether fainter cells are repainted later (differential diffusion); else the values are shares of the blend.
    pub soft: bool,
}

/// What an inpainting model's UNet takes beside the latents.
#[derive(Clone, Debug)]
pub struct Channels {
    /// `[1, 1, h, w]`, each value 0 or 1.
    pub mask: Array4<f32>,
    /// The picture beside it.
    pub picture: ChannelPicture,
}

impl Channels {
    /// Whether they hold the encoded picture itself.
    pub fn see_known(&self) -> bool {
        matches!(self.picture, ChannelPicture::Known)
    }
}

/// The picture in an inpainting model's channels.
#[derive(Clone, Debug)]
pub enum ChannelPicture {
    /// The encoded picture itself.
    Known,
    /// Another one, to be encoded: `[1, 3, H, W]` in `[-1, 1]`.
    Pixels(Array4<f32>),
}

/// What takes the place of the starting latents under the mask.
#[derive(Clone, Debug)]
pub struct Hole {
    /// `[1, C, h, w]` in `[0, 1]`, 1 = taken out.
    pub mask: Array4<f32>,
    /// Whether the run's first noise fills it, at unit variance; else zeros do.
    pub noise: bool,
}

/// The method, `auto` resolved.
///
/// # Errors
/// [`PlanError::NotAnInpaintingModel`] when the model cannot do what is asked.
pub(super) fn method(recipe: &Recipe, spec: &ModelSpec) -> Result<Method, PlanError> {
    match (recipe.method, spec.unet_input) {
        (Method::Auto, UnetInput::Inpainting) => Ok(Method::InpaintModel),
        (Method::Auto, UnetInput::Latents) => Ok(Method::LatentMask),
        (Method::InpaintModel, UnetInput::Latents) => {
            Err(PlanError::NotAnInpaintingModel(spec.name.clone()))
        }
        (chosen, _) => Ok(chosen),
    }
}

/// The model's view of the picture, what lies under the mask put in its place: `[1, 3, H, W]` in `[-1, 1]`.
pub(super) fn pixels(
    frame: &Frame,
    picture: &Picture,
    blurred: Option<&Mask>,
    method: Method,
    content: MaskedContent,
) -> Array4<f32> {
    let seen = frame.picture(picture);
    let Some(mask) = blurred.map(|mask| frame.mask(mask)) else {
        return tensor_from_picture(&seen);
    };
    match (method, content) {
        (Method::InpaintEncode, _) => grey_under(&mask, &tensor_from_picture(&seen)),
        (_, MaskedContent::Original) => tensor_from_picture(&seen),
        // Both kinds of latent content start from the filled picture too (A1111).
        (_, MaskedContent::Fill | MaskedContent::LatentNoise | MaskedContent::LatentNothing) => {
            tensor_from_picture(&fill(&seen, &mask))
        }
    }
}

impl Masking {
    /// Decides it for the working picture's mask, `None` where everything is repainted, and whether the artist's mask has a soft edge; `pixels` is the view of the picture with nothing under the mask replaced.
    pub(super) fn new(
        mask: Option<&Mask>,
        soft_edge: bool,
        pixels: impl FnOnce() -> Array4<f32>,
        method: Method,
        recipe: &Recipe,
        spec: &ModelSpec,
    ) -> Self {
        let inpainting = spec.unet_input == UnetInput::Inpainting;
        let Some(mask) = mask else {
            return Self {
                channels: inpainting.then(|| everything(pixels(), spec)),
                ..Self::default()
            };
        };
        let latent = latent_mask(mask, soft_edge, method, recipe, spec);
        let channels = inpainting.then(|| match method {
            Method::InpaintEncode => Channels {
                mask: rounded_channel(&mask.grown(recipe.grow_mask), spec),
                picture: ChannelPicture::Known,
            },
            Method::LatentMask => Channels {
                mask: rounded_channel(mask, spec),
                picture: ChannelPicture::Known,
            },
            Method::Auto | Method::InpaintModel | Method::ControlnetInpaint => Channels {
                mask: tensor_from_mask(
                    &mask
                        .rounded()
                        .resize(latent_size(mask.size(), spec), MaskFilter::Nearest),
                ),
                picture: ChannelPicture::Pixels(grey_under(mask, &pixels())),
            },
        });
        let noise = match recipe.masked_content {
            _ if method == Method::InpaintEncode => None,
            MaskedContent::Original | MaskedContent::Fill => None,
            MaskedContent::LatentNoise => Some(true),
            MaskedContent::LatentNothing => Some(false),
        };
        let hole = noise.map(|noise| Hole {
            mask: latent.as_ref().map_or_else(
                || every_channel(&hard_cells(mask, spec), spec),
                |latent| latent.values.clone(),
            ),
            noise,
        });
        Self {
            latent,
            channels,
            hole,
        }
    }

    /// Whether the model would be told to repaint nothing.
    pub(super) fn vanishes(&self) -> bool {
        let below = |mask: &Array4<f32>, least| mask.iter().all(|value| *value < least);
        let held = self.latent.as_ref().is_some_and(|mask| {
            let least = if mask.soft { FAINTEST } else { 0.5 };
            below(&mask.values, least)
        });
        let unseen = self.channels.as_ref();
        held || unseen.is_some_and(|channels| below(&channels.mask, 0.5))
    }
}

/// The mask that the known latents are held by; `None` where nothing is held.
fn latent_mask(
    mask: &Mask,
    soft_edge: bool,
    method: Method,
    recipe: &Recipe,
    spec: &ModelSpec,
) -> Option<LatentMask> {
    let encoded = method == Method::InpaintEncode;
    let soft = match (recipe.mask_edge, method) {
        (MaskEdge::Open, _) => return None,
        (MaskEdge::Soft, _) => true,
        // The mask of `inpaint-encode` is rounded, so that its edge is never soft by itself.
        (MaskEdge::Hard, _) | (MaskEdge::Auto, Method::InpaintEncode) => false,
        // Its channels know the thinnest stroke, which rounding would lose.
        (MaskEdge::Auto, Method::InpaintModel) => true,
        (MaskEdge::Auto, Method::Auto | Method::LatentMask | Method::ControlnetInpaint) => {
            soft_edge
        }
    };
    let cells = if encoded {
        let cells = linear_cells(&mask.grown(recipe.grow_mask), spec);
        match recipe.mask_edge {
            MaskEdge::Hard => cells.mapv(|value| f32::from(value >= 0.5)),
            MaskEdge::Auto | MaskEdge::Soft | MaskEdge::Open => cells,
        }
    } else if soft {
        tensor_from_mask(&mask.greatest_of_cells(spec.factor))
    } else {
        hard_cells(mask, spec)
    };
    Some(LatentMask {
        values: every_channel(&cells, spec),
        soft,
    })
}

/// The mask on the latent grid, rounded: `[1, 1, h, w]` (A1111 `modules/processing.py`: PIL bicubic, then at least one half).
fn hard_cells(mask: &Mask, spec: &ModelSpec) -> Array4<f32> {
    tensor_from_mask(&mask.resize(latent_size(mask.size(), spec), MaskFilter::Bicubic))
        .mapv(|value| f32::from(value >= 0.5))
}

/// The mask on the latent grid, linear between pixel centres: `[1, 1, h, w]` in `[0, 1]` (ComfyUI's `interpolate(mode="bilinear")`).
fn linear_cells(mask: &Mask, spec: &ModelSpec) -> Array4<f32> {
    let cells = latent_size(mask.size(), spec);
    stretch(&tensor_from_mask(mask), cells, [f64::from(spec.factor); 2])
}

/// The same rounded, a half to 0 as PyTorch rounds it (ComfyUI `comfy/model_base.py`).
fn rounded_channel(mask: &Mask, spec: &ModelSpec) -> Array4<f32> {
    linear_cells(mask, spec).mapv(|value| f32::from(value > 0.5))
}

/// The channels of an inpainting model that repaints everything: mask 1, a picture of mid grey.
fn everything(pixels: Array4<f32>, spec: &ModelSpec) -> Channels {
    let (_, _, height, width) = pixels.dim();
    let size = latent_size(Size::new(width as u32, height as u32), spec);
    Channels {
        mask: Array4::ones((1, 1, size.height as usize, size.width as usize)),
        picture: ChannelPicture::Pixels(pixels * 0.0),
    }
}

/// The picture with mid grey where the mask is at least one half (diffusers `StableDiffusionInpaintPipeline`, ComfyUI `VAEEncodeForInpaint`).
fn grey_under(mask: &Mask, pixels: &Array4<f32>) -> Array4<f32> {
    pixels * &tensor_from_mask(&mask.rounded()).mapv(|repaint| 1.0 - repaint)
}

fn every_channel(cells: &Array4<f32>, spec: &ModelSpec) -> Array4<f32> {
    let (_, _, height, width) = cells.dim();
    let shape = (1, spec.latent_channels, height, width);
    Array4::from_shape_fn(shape, |(_, _, y, x)| cells[[0, 0, y, x]])
}

fn latent_size(size: Size, spec: &ModelSpec) -> Size {
    Size::new(size.width / spec.factor, size.height / spec.factor)
}
