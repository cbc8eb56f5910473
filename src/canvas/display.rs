//! The last pass: what the artist sees, drawn into egui's own render pass.
//!
//! Does not know where the textures' pixels come from.

pub mod twin;

use eframe::egui::{PaintCallbackInfo, Rect as ScreenRect};
use eframe::egui_wgpu::{CallbackResources, CallbackTrait};
use eframe::wgpu;
use eframe::wgpu::util::DeviceExt as _;

use super::textures::{self, Gpu};
use super::{Compare, MaskLook, Scene};
use crate::document::StrokeMode;
use crate::raster::{Rect, Size};

/// What the shader reads. Keep in sync with shaders/display.wgsl.
mod gpu_data {
    use bytemuck::{Pod, Zeroable};

    #[repr(C)]
    #[derive(Clone, Copy, Debug, Pod, Zeroable)]
    pub struct Scene {
        pub to_picture: [f32; 4],
        pub start: [f32; 2],
        pub corner: [f32; 2],
        pub size: [f32; 2],
        pub zoom: f32,
        pub pixels_per_point: f32,
        pub layer: [i32; 4],
        pub mask: [i32; 4],
        pub wet: [i32; 4],
        pub bare: [i32; 4],
        pub ink: [f32; 4],
        pub color: [f32; 4],
        pub look: u32,
        pub compare: u32,
        pub wipe: f32,
        pub linear_target: u32,
    }
}

/// A texture of a part of the picture.
type Part<'a> = Option<(Rect, &'a wgpu::TextureView)>;

/// What is shown, and which parts of the picture the textures hold.
pub(super) struct Textures<'a> {
    /// What is seen of picture and sketch.
    pub picture: &'a wgpu::TextureView,
    pub size: Size,
    pub layer: Part<'a>,
    pub mask: Part<'a>,
    /// Coverage of the stroke in the making.
    pub wet: Part<'a>,
    /// The picture without its sketch, under a stroke that erases that.
    pub bare: Part<'a>,
    /// What that stroke does to the sketch, and its colour; none where it is one over the mask.
    pub stroke: Option<(StrokeMode, [u8; 3])>,
}

/// Which parts of the picture are held besides, and the stroke over the sketch.
#[derive(Clone, Copy)]
struct Held {
    layer: Rect,
    mask: Rect,
    wet: Rect,
    bare: Rect,
    stroke: Option<(StrokeMode, [u8; 3])>,
}

/// The pipeline of the pass.
pub(super) struct Display {
    layout: wgpu::BindGroupLayout,
    pipeline: wgpu::RenderPipeline,
    /// Whether the target encodes what it is given as sRGB.
    linear_target: bool,
}

impl Display {
    /// For a target of `format`.
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Self {
        let device = &gpu.device;
        let module = device.create_shader_module(wgpu::include_wgsl!("../../shaders/display.wgsl"));
        let layout = textures::layout(device, "canvas", 5);
        Self {
            pipeline: textures::pipeline(device, "canvas", &module, &layout, format),
            layout,
            linear_target: format.is_srgb(),
        }
    }

    /// All that one painting of the scene needs.
    pub fn callback(
        &self,
        gpu: &Gpu,
        shown: &Textures<'_>,
        scene: &Scene,
        viewport: ScreenRect,
        pixels_per_point: f32,
    ) -> impl CallbackTrait + 'static {
        let rect = |part: Part<'_>| part.map_or(Rect::EMPTY, |(rect, _)| rect);
        let held = Held {
            layer: rect(shown.layer),
            mask: rect(shown.mask),
            wet: rect(shown.wet),
            bare: rect(shown.bare),
            stroke: shown.stroke,
        };
        let data = gpu_data::Scene {
            linear_target: u32::from(self.linear_target),
            ..scene_data(scene, viewport, pixels_per_point, shown.size, held)
        };
        let uniform = gpu
            .device
            .create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some("canvas scene"),
                contents: bytemuck::bytes_of(&data),
                usage: wgpu::BufferUsages::UNIFORM,
            });
        let or_blank = |part: Part<'_>| part.map_or(&gpu.blank, |(_, view)| view).clone();
        let parts = [shown.layer, shown.mask, shown.wet, shown.bare].map(or_blank);
        let views: Vec<_> = std::iter::once(shown.picture).chain(&parts).collect();
        Callback {
            pipeline: self.pipeline.clone(),
            group: textures::bind(&gpu.device, "canvas", &self.layout, &uniform, &views),
        }
    }
}

struct Callback {
    pipeline: wgpu::RenderPipeline,
    group: wgpu::BindGroup,
}

impl CallbackTrait for Callback {
    fn paint(
        &self,
        _: PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        _: &CallbackResources,
    ) {
        // The viewport is the canvas's, and so is the part of the screen that may be drawn to.
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.group, &[]);
        pass.draw(0..3, 0..1);
    }
}

/// The scene in numbers, for a target that takes gamma-encoded values.
fn scene_data(
    scene: &Scene,
    viewport: ScreenRect,
    pixels_per_point: f32,
    size: Size,
    held: Held,
) -> gpu_data::Scene {
    let placement = scene.view.placement(viewport, pixels_per_point);
    let corner = [viewport.min.x, viewport.min.y].map(|side| (side * pixels_per_point).floor());
    // From the viewport's own corner, and in f64 until here: far from the picture's corner f32 would be coarse.
    let at = |x: f32, y: f32| {
        placement.picture_from_pixels([
            f64::from(corner[0]) + f64::from(x),
            f64::from(corner[1]) + f64::from(y),
        ])
    };
    let (start, right, down) = (at(0.0, 0.0), at(1.0, 0.0), at(0.0, 1.0));
    let step = |to: [f64; 2]| [0, 1].map(|axis| (to[axis] - start[axis]) as f32);
    let ([a, b], [c, d]) = (step(right), step(down));
    let [red, green, blue] = scene.mask.color.map(|value| f32::from(value) / 255.0);
    let ink = match held.stroke {
        None => [0.0; 4],
        Some((StrokeMode::Paint, color)) => {
            let [red, green, blue] = color.map(|value| f32::from(value) / 255.0);
            [red, green, blue, 1.0]
        }
        Some((StrokeMode::Erase, _)) => [0.0; 4],
    };
    let (compare, wipe) = match scene.compare {
        Compare::Layer | Compare::Other => (0, 0.0),
        Compare::Picture => (1, 0.0),
        Compare::Wipe(at) => (2, at * pixels_per_point),
        Compare::Difference => (3, 0.0),
    };
    gpu_data::Scene {
        to_picture: [a, b, c, d],
        start: start.map(|at| at as f32),
        corner,
        size: [size.width as f32, size.height as f32],
        zoom: placement.zoom as f32,
        pixels_per_point,
        layer: textures::corners(held.layer),
        mask: textures::corners(held.mask),
        wet: textures::corners(match held.stroke {
            Some(_) => held.wet,
            // The mask that is shown has it already.
            None => Rect::EMPTY,
        }),
        bare: textures::corners(held.bare),
        ink,
        color: [red, green, blue, scene.mask.opacity.clamp(0.0, 1.0)],
        look: match scene.mask.look {
            MaskLook::Hidden => 0,
            MaskLook::Tint => 1,
            MaskLook::Hatch => 2,
            MaskLook::Outline => 3,
            MaskLook::BlackAndWhite => 4,
        },
        compare,
        wipe,
        linear_target: 0,
    }
}
