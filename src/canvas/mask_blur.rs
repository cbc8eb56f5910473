//! The mask as it will be used: with the wet stroke, and its edge softened, drawn anew where it changed.
//!
//! Does not know how the mask is shown.

use eframe::wgpu;
use eframe::wgpu::util::DeviceExt as _;

use super::textures::{self, Gpu, Region};
use crate::document::StrokeMode;
use crate::raster::{Rect, Size, blur};

/// Masks are blurred in pieces of at most so many pixels a side, so that what lies between the axes stays small.
const PIECE: u32 = 1024;

/// What the shader reads. Keep in sync with shaders/mask_blur.wgsl.
mod gpu_data {
    use bytemuck::{Pod, Zeroable};

    #[repr(C)]
    #[derive(Clone, Copy, Pod, Zeroable)]
    pub struct Axis {
        pub picture: [i32; 2],
        pub origin: [i32; 2],
        pub source: [i32; 4],
        pub wet: [i32; 4],
        pub direction: [i32; 2],
        pub reach: i32,
        pub mode: i32,
    }
}

/// What is blurred.
pub(super) struct Sources<'a> {
    pub mask: &'a Region,
    pub wet: &'a Region,
    /// What the wet stroke does; none where there is none.
    pub mode: Option<StrokeMode>,
    /// Width and height of the picture.
    pub size: Size,
}

/// The two passes of the blur.
pub(super) struct MaskBlur {
    layout: wgpu::BindGroupLayout,
    pipeline: wgpu::RenderPipeline,
    /// For X and for Y.
    kernels: [Kernel; 2],
    /// The rows of one piece after the first pass.
    between: Option<(wgpu::TextureView, Size)>,
}

struct Kernel {
    reach: u32,
    view: wgpu::TextureView,
}

impl Kernel {
    fn new(gpu: &mut Gpu, sigma: f32) -> Self {
        let weights = blur::kernel(sigma);
        let size = Size::new(weights.len() as u32, 1);
        let format = wgpu::TextureFormat::R32Float;
        let usage = wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST;
        let texture = textures::texture(&gpu.device, "mask blur kernel", size, format, usage);
        gpu.write(&texture, &weights, size.width, Rect::of(size), [0, 0]);
        Self {
            reach: blur::reach(sigma),
            view: texture.create_view(&Default::default()),
        }
    }
}

/// One axis over one piece.
struct Pass<'a> {
    direction: [i32; 2],
    kernel: &'a Kernel,
    source: (&'a wgpu::TextureView, Rect),
    wet: (&'a wgpu::TextureView, Rect),
    mode: Option<StrokeMode>,
    target: &'a wgpu::TextureView,
    /// The picture pixel in the target's corner.
    origin: [u32; 2],
    /// What is drawn, picture pixels.
    rect: Rect,
}

impl MaskBlur {
    pub fn new(gpu: &mut Gpu) -> Self {
        let device = &gpu.device;
        let module =
            device.create_shader_module(wgpu::include_wgsl!("../../shaders/mask_blur.wgsl"));
        let layout = textures::layout(device, "mask blur", 3);
        let pipeline = textures::pipeline(
            device,
            "mask blur",
            &module,
            &layout,
            wgpu::TextureFormat::R8Unorm,
        );
        Self {
            layout,
            pipeline,
            kernels: [Kernel::new(gpu, 0.0), Kernel::new(gpu, 0.0)],
            between: None,
        }
    }

    /// Sets the standard deviations along X and Y, picture pixels.
    pub fn set_sigma(&mut self, gpu: &mut Gpu, sigma: [f32; 2]) {
        self.kernels = sigma.map(|sigma| Kernel::new(gpu, sigma));
    }

    /// Draws into `shown` what depends on the sources inside `changed`.
    pub fn draw(
        &mut self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        sources: &Sources<'_>,
        shown: &mut Region,
        changed: Rect,
    ) {
        let [reach_x, reach_y] = self.kernels.each_ref().map(|kernel| kernel.reach);
        let rect = pad(changed, reach_x, reach_y, sources.size);
        if rect.is_empty() {
            return;
        }
        shown.cover(gpu, rect, sources.size);
        let Some(target) = shown.view() else {
            return;
        };
        for piece in pieces(rect) {
            let rows = pad(piece, 0, reach_y, sources.size);
            self.make_room(gpu, rows.size());
            let Some((between, _)) = &self.between else {
                return;
            };
            let view = |region: &'_ Region| region.view().unwrap_or(&gpu.blank).clone();
            let (mask, wet) = (view(sources.mask), view(sources.wet));
            let along_x = Pass {
                direction: [1, 0],
                kernel: &self.kernels[0],
                source: (&mask, sources.mask.rect()),
                wet: (&wet, sources.wet.rect()),
                mode: sources.mode,
                target: between,
                origin: [rows.left, rows.top],
                rect: rows,
            };
            let along_y = Pass {
                direction: [0, 1],
                kernel: &self.kernels[1],
                source: (between, rows),
                wet: (&gpu.blank, Rect::EMPTY),
                mode: None,
                target,
                origin: [shown.rect().left, shown.rect().top],
                rect: piece,
            };
            for pass in [along_x, along_y] {
                self.draw_axis(gpu, encoder, &pass, sources.size);
            }
        }
    }

    /// Sees that the texture between the axes holds a piece of `size`.
    fn make_room(&mut self, gpu: &Gpu, size: Size) {
        let held = self.between.as_ref().map_or(Size::new(0, 0), |held| held.1);
        if held.width >= size.width && held.height >= size.height {
            return;
        }
        let size = Size::new(
            held.width.max(size.width.next_multiple_of(64)),
            held.height.max(size.height.next_multiple_of(64)),
        );
        let usage = wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::RENDER_ATTACHMENT;
        let format = wgpu::TextureFormat::R8Unorm;
        let texture = textures::texture(&gpu.device, "mask between axes", size, format, usage);
        self.between = Some((texture.create_view(&Default::default()), size));
    }

    fn draw_axis(
        &self,
        gpu: &Gpu,
        encoder: &mut wgpu::CommandEncoder,
        draw: &Pass<'_>,
        picture: Size,
    ) {
        let axis = gpu_data::Axis {
            picture: [picture.width as i32, picture.height as i32],
            origin: draw.origin.map(|at| at as i32),
            source: textures::corners(draw.source.1),
            wet: textures::corners(draw.wet.1),
            direction: draw.direction,
            reach: draw.kernel.reach as i32,
            mode: match draw.mode {
                None => 0,
                Some(StrokeMode::Paint) => 1,
                Some(StrokeMode::Erase) => 2,
            },
        };
        let uniform = gpu
            .device
            .create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some("mask blur axis"),
                contents: bytemuck::bytes_of(&axis),
                usage: wgpu::BufferUsages::UNIFORM,
            });
        let views = [&draw.kernel.view, draw.source.0, draw.wet.0];
        let group = textures::bind(&gpu.device, "mask blur", &self.layout, &uniform, &views);
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("mask blur"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: draw.target,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Load,
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        let size = draw.rect.size();
        let [left, top] = [
            draw.rect.left - draw.origin[0],
            draw.rect.top - draw.origin[1],
        ];
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.set_scissor_rect(left, top, size.width, size.height);
        pass.draw(0..3, 0..1);
    }
}

/// A rectangle grown by the reach of a blur, cut at the picture's edges.
fn pad(rect: Rect, x: u32, y: u32, size: Size) -> Rect {
    let (wide, tall) = (rect.pad(x, size), rect.pad(y, size));
    Rect {
        top: tall.top,
        bottom: tall.bottom,
        ..wide
    }
}

/// A rectangle cut into pieces of at most [`PIECE`] pixels a side.
fn pieces(rect: Rect) -> impl Iterator<Item = Rect> {
    let starts = |start: u32, end: u32| (start..end).step_by(PIECE as usize);
    starts(rect.top, rect.bottom).flat_map(move |top| {
        starts(rect.left, rect.right)
            .map(move |left| Rect::new(left, top, left + PIECE, top + PIECE).intersection(rect))
    })
}
