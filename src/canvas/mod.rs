//! Showing it: the document's pixels on the GPU, painted into an egui panel through a [`View`].
//!
//! The document is the truth and the GPU a cache: it is only ever written to, what changed and nothing else, and can be filled again at any time.
//! A sketch has no texture: what is seen of picture and sketch is written where either changed. Only a stroke in the making is laid over that by the shader.
//! The three shaders have twins on the CPU: `stroke.wgsl` [`coverage`](crate::document::coverage), `mask_blur.wgsl` [`raster::blur`](crate::raster::blur), `display.wgsl` [`twin`].
//!
//! Does not know engines, recipes, candidates or panels: a picture to lay over the document is a [`Layer`], whatever it stands for.

mod display;
mod mask_blur;
mod stroke;
mod textures;
mod view;

use std::sync::Arc;

use eframe::egui::{Painter, Rect as ScreenRect};
use eframe::egui_wgpu::{RenderState, WgpuConfiguration, WgpuSetup};
use eframe::wgpu;

use crate::document::{Dirty, Document, StrokeMode};
use crate::raster::{Patch, Rect, Size};

pub use display::twin;
pub use view::View;

use display::Display;
use mask_blur::{MaskBlur, Sources};
use stroke::WetStroke;
use textures::{Gpu, PictureTexture, Region, bands};

/// Pixels laid over a part of the picture in its place, alpha included: a candidate, a preview, or what was there before.
#[derive(Clone)]
pub struct Layer {
    /// Another for other pixels.
    pub id: u64,
    /// The pixels, and where in the picture they belong.
    pub patch: Arc<Patch>,
}

/// How the document is to be seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scene {
    /// Where the artist looks.
    pub view: View,
    /// How the mask is shown.
    pub mask: MaskStyle,
    /// Which of picture and layer are shown.
    pub compare: Compare,
}

/// How the mask is shown over the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaskStyle {
    /// Its form.
    pub look: MaskLook,
    /// Its colour, gamma-encoded sRGB.
    pub color: [u8; 3],
    /// Its opacity where the mask is full, in `[0, 1]`; no matter for black and white.
    pub opacity: f32,
}

/// The form in which the mask is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MaskLook {
    /// Not at all.
    Hidden,
    /// Its colour over the picture.
    Tint,
    /// Diagonal stripes, of one width at every zoom.
    Hatch,
    /// A line where the mask is half, of one width at every zoom.
    Outline,
    /// The mask in place of the picture, white what is repainted.
    BlackAndWhite,
}

/// Which of picture and layer are shown; without a layer, always the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Compare {
    /// The picture with the layer over it.
    Layer,
    /// The picture alone.
    Picture,
    /// The other layer, in the place of the first.
    Other,
    /// The picture alone left of a vertical line, with the layer right of it; the line's place in points from the screen's left.
    Wipe(f32),
    /// How much each channel differs between the two, four times as strong, on black.
    Difference,
}

/// A layer's name, its place and its pixels.
type HeldLayer = Option<(u64, Rect, PictureTexture)>;

/// The document on the GPU.
pub struct Canvas {
    gpu: Gpu,
    display: Display,
    picture: Option<PictureTexture>,
    /// The part of the picture that is still to be uploaded.
    unsent: Rect,
    layer: HeldLayer,
    other: HeldLayer,
    mask: Region,
    wet: WetStroke,
    /// The picture without its sketch, where a stroke in the making erases that.
    bare: Region,
    blur: MaskBlur,
    /// The mask as it is shown: with the wet stroke, blurred.
    shown: Region,
    sigma: [f32; 2],
}

impl Canvas {
    /// An empty canvas on the device of a window without multisampling and depth buffer, as eframe makes it.
    pub fn new(render_state: &RenderState) -> Self {
        let mut gpu = Gpu::new(&render_state.device, &render_state.queue);
        Self {
            display: Display::new(&gpu, render_state.target_format),
            wet: WetStroke::new(&gpu),
            blur: MaskBlur::new(&mut gpu),
            picture: None,
            unsent: Rect::EMPTY,
            layer: None,
            other: None,
            mask: Region::new("mask"),
            bare: Region::of_colors("picture under the sketch"),
            shown: Region::new("shown mask"),
            sigma: [0.0; 2],
            gpu,
        }
    }

    /// The longest side of a picture that the device holds, pixels.
    pub fn max_side(&self) -> u32 {
        self.gpu.device.limits().max_texture_dimension_2d
    }

    /// Uploads what has changed since the last call, straight from the document's memory, and draws the mask anew where it changed.
    ///
    /// `mask_blur` holds the standard deviations along X and Y, picture pixels, of the blur that the mask is shown with.
    /// A layer that does not lie inside the picture is not shown.
    ///
    /// Of a large part of the picture that has changed each call uploads one band, so that no frame takes long; true while there is more to upload.
    ///
    /// # Panics
    /// When the picture is larger than [`max_side`](Self::max_side), or a deviation is negative or not finite.
    pub fn sync(
        &mut self,
        document: &mut Document,
        mask_blur: [f32; 2],
        layer: Option<&Layer>,
    ) -> bool {
        let size = document.size();
        assert!(
            size.width.max(size.height) <= self.max_side(),
            "a picture of {size} on a device that holds {}",
            self.max_side()
        );
        let mut dirty = document.take_dirty();
        if self.size() != Some(size) {
            self.forget();
            // Also where the document was shown on another device before.
            dirty = Dirty::all(size);
        }
        self.sync_picture(document, dirty);
        let held = self.layer.take();
        self.layer = self.synced_layer(size, layer, held);
        self.sync_strokes(document, dirty, mask_blur);
        !self.unsent.is_empty()
    }

    /// Holds another layer to compare with, by the rules of [`sync`](Self::sync), which comes first.
    pub fn sync_other(&mut self, layer: Option<&Layer>) {
        if let Some(size) = self.size() {
            let held = self.other.take();
            self.other = self.synced_layer(size, layer, held);
        }
    }

    /// How many bytes of pixels and stroke were sent to the GPU so far.
    pub fn uploaded_bytes(&self) -> u64 {
        self.gpu.uploaded
    }

    /// Paints what was last [synced](Self::sync) into `viewport`, points; as often in a frame as there are places to see it.
    pub fn paint(&self, painter: &Painter, viewport: ScreenRect, scene: &Scene) {
        let Some(picture) = &self.picture else {
            return;
        };
        let layer = match scene.compare {
            Compare::Other => &self.other,
            _ => &self.layer,
        };
        let layer = layer
            .as_ref()
            .map(|(_, rect, texture)| (*rect, texture.view()));
        let textures = display::Textures {
            picture: picture.view(),
            size: picture.size(),
            layer,
            mask: self.shown.held(),
            wet: self.wet.region().held(),
            bare: self.bare.held(),
            stroke: self.wet.color(),
        };
        let callback = self.display.callback(
            &self.gpu,
            &textures,
            scene,
            viewport,
            painter.pixels_per_point(),
        );
        painter.add(eframe::egui_wgpu::Callback::new_paint_callback(
            viewport, callback,
        ));
    }

    fn size(&self) -> Option<Size> {
        self.picture.as_ref().map(PictureTexture::size)
    }

    /// Lets go of every texture of a picture of another size, before there are new ones.
    fn forget(&mut self) {
        self.picture = None;
        self.unsent = Rect::EMPTY;
        (self.layer, self.other) = (None, None);
        self.mask.clear();
        self.shown.clear();
        self.wet.clear();
        self.bare.clear();
    }

    /// Writes what is seen where picture or sketch changed.
    fn sync_picture(&mut self, document: &Document, dirty: Dirty) {
        let size = document.size();
        let texture = self
            .picture
            .get_or_insert_with(|| PictureTexture::new(&self.gpu, "picture", size));
        let other = match dirty.picture.contains(dirty.sketch) {
            true => Rect::EMPTY,
            false => dirty.sketch,
        };
        let mut now = Vec::new();
        for rect in [dirty.picture, other] {
            match bands(rect).nth(1) {
                None => now.push(rect),
                Some(_) => self.unsent = self.unsent.union(rect),
            }
        }
        if let Some(band) = bands(self.unsent).next() {
            now.push(band);
            self.unsent.top = band.bottom;
        }
        let sketched = document.sketch_bounds().unwrap_or(Rect::EMPTY);
        for rect in now {
            if !sketched.contains(rect) {
                texture.write(&mut self.gpu, document.picture(), rect);
            }
            let part = rect.intersection(sketched);
            if !part.is_empty() {
                texture.write_part(&mut self.gpu, &document.seen_in(part), part);
            }
        }
    }

    /// Draws the stroke in the making, and all that depends on it.
    fn sync_strokes(&mut self, document: &Document, dirty: Dirty, mask_blur: [f32; 2]) {
        let size = document.size();
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        let stroke = document.wet_ink().zip(document.wet());
        let redrawn = self.wet.draw(&mut self.gpu, &mut encoder, stroke, size);
        self.sync_bare(document, dirty.picture, redrawn.sketch);
        self.sync_mask(document, dirty.mask, mask_blur, redrawn.mask, &mut encoder);
        self.gpu.queue.submit([encoder.finish()]);
    }

    /// Holds the picture without its sketch under a stroke that erases that; `redrawn` is where the stroke is new.
    fn sync_bare(&mut self, document: &Document, dirty: Rect, redrawn: Rect) {
        let erasing = matches!(self.wet.color(), Some((StrokeMode::Erase, _)));
        if !erasing || document.sketch().is_none() {
            self.bare.clear();
            return;
        }
        let (picture, size) = (document.picture(), document.size());
        self.bare.cover(&self.gpu, redrawn, size);
        for rect in [redrawn, dirty.intersection(self.bare.rect())] {
            let pixels = picture.pixels();
            self.bare.write(&mut self.gpu, pixels, size.width, rect);
        }
    }

    /// Writes what changed of the mask, and draws it as it is shown where it or the stroke over it changed.
    fn sync_mask(
        &mut self,
        document: &Document,
        dirty: Rect,
        mask_blur: [f32; 2],
        redrawn: Rect,
        encoder: &mut wgpu::CommandEncoder,
    ) {
        let size = document.size();
        // Where the mask was not painted, there is nothing to hold.
        let painted = document.mask_bounds().unwrap_or(Rect::EMPTY);
        let whole = dirty == Rect::of(size);
        if whole {
            self.mask.clear();
        }
        let upload = if whole { painted } else { dirty };
        self.mask.cover(&self.gpu, upload, size);
        let values = document.mask().values();
        self.mask.write(&mut self.gpu, values, size.width, upload);
        let other_blur = self.sigma != mask_blur;
        if other_blur {
            self.sigma = mask_blur;
            self.blur.set_sigma(&mut self.gpu, mask_blur);
        }
        let changed = if whole || other_blur {
            self.shown.clear();
            painted.union(self.wet.drawn().mask)
        } else {
            dirty.union(redrawn)
        };
        let sources = Sources {
            mask: &self.mask,
            wet: self.wet.region(),
            mode: self.wet.mode(),
            size,
        };
        if !changed.is_empty() {
            self.blur
                .draw(&self.gpu, encoder, &sources, &mut self.shown, changed);
        }
    }

    /// A layer's texture, made of the one that was `held` where that fits.
    fn synced_layer(&mut self, size: Size, layer: Option<&Layer>, held: HeldLayer) -> HeldLayer {
        let inside = |layer: &&Layer| {
            let rect = layer.patch.rect();
            Rect::of(size).contains(rect) && !rect.is_empty()
        };
        let layer = layer.filter(inside)?;
        let rect = layer.patch.rect();
        let fits = |texture: &PictureTexture| texture.size() == rect.size();
        let texture = match held {
            Some((id, at, texture)) if id == layer.id && at == rect => {
                return Some((id, at, texture));
            }
            Some((_, _, texture)) if fits(&texture) => texture,
            _ => PictureTexture::new(&self.gpu, "layer", rect.size()),
        };
        let pixels = layer.patch.pixels();
        texture.write(&mut self.gpu, pixels, Rect::of(pixels.size()));
        Some((layer.id, rect, texture))
    }
}

/// The window's configuration with a device that holds pictures as large as its adapter can, up to 16 384 pixels a side.
pub fn configuration() -> WgpuConfiguration {
    let mut configuration = WgpuConfiguration::default();
    if let WgpuSetup::CreateNew(setup) = &mut configuration.wgpu_setup {
        let usual = setup.device_descriptor.clone();
        setup.device_descriptor = Arc::new(move |adapter| {
            let mut descriptor = usual(adapter);
            let most = adapter.limits().max_texture_dimension_2d;
            descriptor.required_limits.max_texture_dimension_2d = most.min(MAX_SIDE);
            descriptor
        });
    }
    configuration
}

/// The longest side that is asked of a device, pixels.
const MAX_SIDE: u32 = 16_384;
