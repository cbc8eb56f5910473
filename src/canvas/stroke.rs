//! The wet stroke: draws the coverage of the stroke in the making, each segment once.
//!
//! Does not know what the stroke does to mask or sketch.

use std::mem::size_of;

use eframe::wgpu;
use eframe::wgpu::util::DeviceExt as _;

use super::textures::{Gpu, Region};
use crate::document::{Ink, Segment, Stroke, StrokeMode};
use crate::raster::{Rect, Size};

/// What the shader reads. Keep in sync with shaders/stroke.wgsl.
mod gpu_data {
    use bytemuck::{Pod, Zeroable};

    #[repr(C)]
    #[derive(Clone, Copy, Pod, Zeroable)]
    pub struct Target {
        pub origin: [f32; 2],
        pub size: [f32; 2],
    }

    #[repr(C)]
    #[derive(Clone, Copy, Pod, Zeroable)]
    pub struct Segment {
        pub a: [f32; 2],
        pub b: [f32; 2],
        pub radius: [f32; 2],
        pub opacity: [f32; 2],
        pub hardness: f32,
    }
}

/// The stroke in the making, as far as it is drawn.
pub(super) struct WetStroke {
    pipeline: wgpu::RenderPipeline,
    region: Region,
    drawn: Option<Drawn>,
}

/// What the region holds.
#[derive(Clone, Copy)]
struct Drawn {
    ink: Ink,
    mode: StrokeMode,
    segments: usize,
    first: Segment,
    last: Segment,
    bounds: Rect,
}

impl Drawn {
    /// Whether `stroke` is the same stroke or a longer one.
    fn begins(&self, ink: Ink, stroke: &Stroke) -> bool {
        let same =
            |number: usize, segment: Segment| stroke.segments_from(number).next() == Some(segment);
        (self.ink, self.mode) == (ink, stroke.mode())
            && same(0, self.first)
            && same(self.segments - 1, self.last)
    }

    /// What of the coverage belongs to the mask, and what to the sketch.
    fn change(&self, rect: Rect) -> Change {
        let (mask, sketch) = match self.ink {
            Ink::Mask => (rect, Rect::EMPTY),
            Ink::Color(_) => (Rect::EMPTY, rect),
        };
        Change { mask, sketch }
    }
}

/// Where the coverage changed.
#[derive(Clone, Copy)]
pub(super) struct Change {
    /// Of strokes over the mask.
    pub mask: Rect,
    /// Of strokes over the sketch.
    pub sketch: Rect,
}

impl WetStroke {
    pub fn new(gpu: &Gpu) -> Self {
        let device = &gpu.device;
        let module = device.create_shader_module(wgpu::include_wgsl!("../../shaders/stroke.wgsl"));
        let attributes = wgpu::vertex_attr_array![
            0 => Float32x2, 1 => Float32x2, 2 => Float32x2, 3 => Float32x2, 4 => Float32
        ];
        let largest = wgpu::BlendComponent {
            src_factor: wgpu::BlendFactor::One,
            dst_factor: wgpu::BlendFactor::One,
            operation: wgpu::BlendOperation::Max,
        };
        let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("wet stroke"),
            layout: None,
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("vertex"),
                compilation_options: Default::default(),
                buffers: &[Some(wgpu::VertexBufferLayout {
                    array_stride: size_of::<gpu_data::Segment>() as u64,
                    step_mode: wgpu::VertexStepMode::Instance,
                    attributes: &attributes,
                })],
            },
            primitive: wgpu::PrimitiveState {
                topology: wgpu::PrimitiveTopology::TriangleStrip,
                ..Default::default()
            },
            depth_stencil: None,
            multisample: Default::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some("fragment"),
                compilation_options: Default::default(),
                targets: &[Some(wgpu::ColorTargetState {
                    format: wgpu::TextureFormat::R8Unorm,
                    blend: Some(wgpu::BlendState {
                        color: largest,
                        alpha: largest,
                    }),
                    write_mask: wgpu::ColorWrites::ALL,
                })],
            }),
            multiview_mask: None,
            cache: None,
        });
        Self {
            pipeline,
            region: Region::new("wet stroke"),
            drawn: None,
        }
    }

    /// The coverage, where there is any.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// What the drawn stroke does to the mask; none where no stroke over it is drawn.
    pub fn mode(&self) -> Option<StrokeMode> {
        let drawn = self.drawn.filter(|drawn| drawn.ink == Ink::Mask);
        drawn.map(|drawn| drawn.mode)
    }

    /// What the drawn stroke does to the sketch, and its colour; none where no stroke over that is drawn.
    pub fn color(&self) -> Option<(StrokeMode, [u8; 3])> {
        match self.drawn?.ink {
            Ink::Mask => None,
            Ink::Color(color) => Some((self.drawn?.mode, color)),
        }
    }

    /// Where the drawn stroke lies.
    pub fn drawn(&self) -> Change {
        let nothing = Change {
            mask: Rect::EMPTY,
            sketch: Rect::EMPTY,
        };
        self.drawn
            .map_or(nothing, |drawn| drawn.change(drawn.bounds))
    }

    /// Forgets the drawn stroke.
    pub fn clear(&mut self) {
        self.region.clear();
        self.drawn = None;
    }

    /// Draws what `stroke` gained since the last call, or all of it where it is another; says where the coverage changed.
    pub fn draw(
        &mut self,
        gpu: &mut Gpu,
        encoder: &mut wgpu::CommandEncoder,
        stroke: Option<(Ink, &Stroke)>,
        size: Size,
    ) -> Change {
        let stroke = stroke.filter(|(_, stroke)| stroke.segment_count() > 0);
        let mut changed = Change {
            mask: Rect::EMPTY,
            sketch: Rect::EMPTY,
        };
        if let Some(drawn) = self.drawn
            && !stroke.is_some_and(|(ink, stroke)| drawn.begins(ink, stroke))
        {
            changed = drawn.change(drawn.bounds);
            self.clear();
        }
        let Some((ink, stroke)) = stroke else {
            return changed;
        };
        let drawn = self.drawn.map_or(0, |drawn| drawn.segments);
        let new: Vec<Segment> = stroke.segments_from(drawn).collect();
        let (Some(&next), Some(&last)) = (new.first(), new.last()) else {
            return changed;
        };
        let bounds = new
            .iter()
            .map(|segment| segment.bounds(size))
            .fold(Rect::EMPTY, Rect::union);
        let known = self.drawn;
        let drawn = Drawn {
            ink,
            mode: stroke.mode(),
            segments: drawn + new.len(),
            first: known.map_or(next, |drawn| drawn.first),
            last,
            bounds: known.map_or(bounds, |drawn| drawn.bounds.union(bounds)),
        };
        self.drawn = Some(drawn);
        if !bounds.is_empty() {
            self.region.cover(gpu, bounds, size);
            self.draw_segments(gpu, encoder, &new);
        }
        let new = drawn.change(bounds);
        Change {
            mask: changed.mask.union(new.mask),
            sketch: changed.sketch.union(new.sketch),
        }
    }

    fn draw_segments(
        &self,
        gpu: &mut Gpu,
        encoder: &mut wgpu::CommandEncoder,
        segments: &[Segment],
    ) {
        let Some(view) = self.region.view() else {
            return;
        };
        let rect = self.region.rect();
        let target = gpu_data::Target {
            origin: [rect.left as f32, rect.top as f32],
            size: [rect.size().width as f32, rect.size().height as f32],
        };
        let segments: Vec<_> = segments
            .iter()
            .map(|segment| gpu_data::Segment {
                a: segment.a,
                b: segment.b,
                radius: segment.radius,
                opacity: segment.opacity,
                hardness: segment.hardness,
            })
            .collect();
        let buffer = |label, contents: &[u8], usage| {
            gpu.device
                .create_buffer_init(&wgpu::util::BufferInitDescriptor {
                    label: Some(label),
                    contents,
                    usage,
                })
        };
        let instances: &[u8] = bytemuck::cast_slice(&segments);
        let uniform = buffer(
            "wet stroke's target",
            bytemuck::bytes_of(&target),
            wgpu::BufferUsages::UNIFORM,
        );
        let vertices = buffer("wet segments", instances, wgpu::BufferUsages::VERTEX);
        let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("wet stroke"),
            layout: &self.pipeline.get_bind_group_layout(0),
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: uniform.as_entire_binding(),
            }],
        });
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("wet stroke"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Load,
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.set_vertex_buffer(0, vertices.slice(..));
        pass.draw(0..4, 0..segments.len() as u32);
        drop(pass);
        gpu.uploaded += instances.len() as u64;
    }
}
