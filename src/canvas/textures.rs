//! Textures that are written from the document's own memory, and that hold no more of the picture than there is to hold.
//!
//! Does not know what they are drawn for.

use eframe::wgpu;

use crate::raster::{Picture, Rect, Size};

/// Bytes that one write hands to the driver, which copies them: larger writes are cut into bands of this, so that the copies do not pile up.
const BAND_BYTES: usize = 8 << 20;

/// Regions grow by whole tiles of this many pixels a side.
const TILE: u32 = 256;

/// The device, and a count of what was sent to it.
pub(super) struct Gpu {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    /// Stands for a texture where there is none.
    pub blank: wgpu::TextureView,
    /// Bytes of pixels and stroke written so far.
    pub uploaded: u64,
}

impl Gpu {
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        let (device, queue) = (device.clone(), queue.clone());
        let format = wgpu::TextureFormat::R8Unorm;
        let usage = wgpu::TextureUsages::TEXTURE_BINDING;
        let blank = texture(&device, "blank", Size::new(1, 1), format, usage);
        Self {
            blank: blank.create_view(&Default::default()),
            device,
            queue,
            uploaded: 0,
        }
    }

    /// Copies `rect` out of rows of `row_length` texels to `at` in a texture.
    pub fn write<T: bytemuck::NoUninit>(
        &mut self,
        texture: &wgpu::Texture,
        texels: &[T],
        row_length: u32,
        rect: Rect,
        [x, y]: [u32; 2],
    ) {
        if rect.is_empty() {
            return;
        }
        let texel = size_of::<T>();
        let Size { width, height } = rect.size();
        let band = (BAND_BYTES / (width as usize * texel)).clamp(1, height as usize) as u32;
        let mut before_last = None;
        for row in (0..height).step_by(band as usize) {
            let rows = band.min(height - row);
            let first = (rect.top + row) as usize * row_length as usize + rect.left as usize;
            let length = (rows as usize - 1) * row_length as usize + width as usize;
            self.queue.write_texture(
                wgpu::TexelCopyTextureInfo {
                    texture,
                    mip_level: 0,
                    origin: wgpu::Origin3d {
                        x,
                        y: y + row,
                        z: 0,
                    },
                    aspect: wgpu::TextureAspect::All,
                },
                bytemuck::cast_slice(&texels[first..first + length]),
                wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(row_length * texel as u32),
                    rows_per_image: None,
                },
                extent(Size::new(width, rows)),
            );
            if band < height {
                let submitted = self.queue.submit([]);
                if let Some(index) = before_last.replace(submitted) {
                    // A lost device shows where the window paints; here there is nothing to be done about it.
                    let _ = self.device.poll(wgpu::PollType::Wait {
                        submission_index: Some(index),
                        timeout: None,
                    });
                }
            }
        }
        self.uploaded += (width as usize * height as usize * texel) as u64;
    }
}

/// Pixels of the whole picture, or of a layer.
pub(super) struct PictureTexture {
    texture: wgpu::Texture,
    view: wgpu::TextureView,
    size: Size,
}

impl PictureTexture {
    pub fn new(gpu: &Gpu, label: &str, size: Size) -> Self {
        // The bytes as they are: display.wgsl reckons in gamma-encoded values.
        let format = wgpu::TextureFormat::Rgba8Unorm;
        let usage = wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST;
        let texture = texture(&gpu.device, label, size, format, usage);
        Self {
            view: texture.create_view(&Default::default()),
            texture,
            size,
        }
    }

    pub fn size(&self) -> Size {
        self.size
    }

    pub fn view(&self) -> &wgpu::TextureView {
        &self.view
    }

    /// Writes `rect` of a picture of this size.
    pub fn write(&self, gpu: &mut Gpu, picture: &Picture, rect: Rect) {
        let at = [rect.left, rect.top];
        gpu.write(&self.texture, picture.pixels(), self.size.width, rect, at);
    }

    /// Writes pixels of the size of `rect` there.
    pub fn write_part(&self, gpu: &mut Gpu, part: &Picture, rect: Rect) {
        let (size, at) = (part.size(), [rect.left, rect.top]);
        let whole = Rect::of(size);
        gpu.write(&self.texture, part.pixels(), size.width, whole, at);
    }
}

/// A rectangle cut into bands of rows, of which each is one write.
pub(super) fn bands(rect: Rect) -> impl Iterator<Item = Rect> {
    let row = rect.size().width as usize * size_of::<[u8; 4]>();
    let rows = (BAND_BYTES / row.max(1)).max(1) as u32;
    let starts = (rect.top..rect.bottom).step_by(rows as usize);
    starts.map(move |top| Rect {
        top,
        bottom: (top + rows).min(rect.bottom),
        ..rect
    })
}

/// Texels of a part of the picture; around the part they are 0.
pub(super) struct Region {
    label: &'static str,
    format: wgpu::TextureFormat,
    rect: Rect,
    texture: Option<(wgpu::Texture, wgpu::TextureView)>,
}

impl Region {
    /// A region of nothing, of one channel.
    pub const fn new(label: &'static str) -> Self {
        Self::of(label, wgpu::TextureFormat::R8Unorm)
    }

    /// A region of nothing, of colours.
    pub const fn of_colors(label: &'static str) -> Self {
        Self::of(label, wgpu::TextureFormat::Rgba8Unorm)
    }

    const fn of(label: &'static str, format: wgpu::TextureFormat) -> Self {
        Self {
            label,
            format,
            rect: Rect::EMPTY,
            texture: None,
        }
    }

    /// The part of the picture that is held.
    pub fn rect(&self) -> Rect {
        self.rect
    }

    pub fn view(&self) -> Option<&wgpu::TextureView> {
        self.texture.as_ref().map(|(_, view)| view)
    }

    /// The part of the picture that is held, and its texels; none where that is nothing.
    pub fn held(&self) -> Option<(Rect, &wgpu::TextureView)> {
        self.view().map(|view| (self.rect, view))
    }

    /// Back to nothing.
    pub fn clear(&mut self) {
        *self = Self::of(self.label, self.format);
    }

    /// Grows to hold `rect` of a picture of `bounds`; what is new is 0.
    pub fn cover(&mut self, gpu: &Gpu, rect: Rect, bounds: Size) {
        if self.rect.contains(rect) {
            return;
        }
        let grown = grow(self.rect, rect, bounds);
        let usage = wgpu::TextureUsages::TEXTURE_BINDING
            | wgpu::TextureUsages::RENDER_ATTACHMENT
            | wgpu::TextureUsages::COPY_DST
            | wgpu::TextureUsages::COPY_SRC;
        let new = texture(&gpu.device, self.label, grown.size(), self.format, usage);
        if let Some((old, _)) = &self.texture {
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            let mut to = new.as_image_copy();
            to.origin.x = self.rect.left - grown.left;
            to.origin.y = self.rect.top - grown.top;
            encoder.copy_texture_to_texture(old.as_image_copy(), to, extent(self.rect.size()));
            // At once: writes through the queue run before all that is submitted later.
            gpu.queue.submit([encoder.finish()]);
        }
        let view = new.create_view(&Default::default());
        self.texture = Some((new, view));
        self.rect = grown;
    }

    /// Writes `rect` out of the texels of the whole picture, `width` to a row, of this region's format; the region [covers](Self::cover) it.
    pub fn write<T: bytemuck::NoUninit>(
        &mut self,
        gpu: &mut Gpu,
        texels: &[T],
        width: u32,
        rect: Rect,
    ) {
        if let Some((texture, _)) = &self.texture
            && !rect.is_empty()
        {
            let at = [rect.left - self.rect.left, rect.top - self.rect.top];
            gpu.write(texture, texels, width, rect, at);
        }
    }
}

/// A texture of one level.
pub(super) fn texture(
    device: &wgpu::Device,
    label: &str,
    size: Size,
    format: wgpu::TextureFormat,
    usage: wgpu::TextureUsages,
) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: extent(size),
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage,
        view_formats: &[],
    })
}

/// Bindings of a full-target pass: a uniform, and then `textures` textures that are read texel by texel.
pub(super) fn layout(device: &wgpu::Device, label: &str, textures: u32) -> wgpu::BindGroupLayout {
    let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty,
        count: None,
    };
    let uniform = wgpu::BindingType::Buffer {
        ty: wgpu::BufferBindingType::Uniform,
        has_dynamic_offset: false,
        min_binding_size: None,
    };
    let texture = wgpu::BindingType::Texture {
        sample_type: wgpu::TextureSampleType::Float { filterable: false },
        view_dimension: wgpu::TextureViewDimension::D2,
        multisampled: false,
    };
    let entries: Vec<_> = std::iter::once(entry(0, uniform))
        .chain((1..=textures).map(|binding| entry(binding, texture)))
        .collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some(label),
        entries: &entries,
    })
}

/// What is bound for one pass over such a layout.
pub(super) fn bind(
    device: &wgpu::Device,
    label: &str,
    layout: &wgpu::BindGroupLayout,
    uniform: &wgpu::Buffer,
    views: &[&wgpu::TextureView],
) -> wgpu::BindGroup {
    let uniform = wgpu::BindGroupEntry {
        binding: 0,
        resource: uniform.as_entire_binding(),
    };
    let textures = (1..)
        .zip(views)
        .map(|(binding, view)| wgpu::BindGroupEntry {
            binding,
            resource: wgpu::BindingResource::TextureView(view),
        });
    let entries: Vec<_> = std::iter::once(uniform).chain(textures).collect();
    device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(label),
        layout,
        entries: &entries,
    })
}

/// A pipeline of one triangle over the whole target, premultiplied colours laid over what is there.
pub(super) fn pipeline(
    device: &wgpu::Device,
    label: &str,
    module: &wgpu::ShaderModule,
    layout: &wgpu::BindGroupLayout,
    format: wgpu::TextureFormat,
) -> wgpu::RenderPipeline {
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(label),
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(label),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some("vertex"),
            compilation_options: Default::default(),
            buffers: &[],
        },
        primitive: Default::default(),
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some("fragment"),
            compilation_options: Default::default(),
            targets: &[Some(wgpu::ColorTargetState {
                format,
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}

/// A rectangle as the shaders take it: left, top, right, bottom.
pub(super) fn corners(rect: Rect) -> [i32; 4] {
    [rect.left, rect.top, rect.right, rect.bottom].map(|side| side as i32)
}

/// The rectangle to hold `needed` from now on: by whole tiles, and half as much again where it outgrew `held`, so that a stroke that wanders on seldom makes it grow.
fn grow(held: Rect, needed: Rect, bounds: Size) -> Rect {
    let all = held.union(needed);
    let (more_x, more_y) = if held.is_empty() {
        (0, 0)
    } else {
        (all.size().width / 2, all.size().height / 2)
    };
    let low = |all: u32, held: u32, more: u32| {
        let low = if all < held {
            all.saturating_sub(more)
        } else {
            all
        };
        low / TILE * TILE
    };
    let high = |all: u32, held: u32, more: u32| {
        let high = if all > held { all + more } else { all };
        high.next_multiple_of(TILE)
    };
    Rect::new(
        low(all.left, held.left, more_x),
        low(all.top, held.top, more_y),
        high(all.right, held.right, more_x),
        high(all.bottom, held.bottom, more_y),
    )
    .intersection(Rect::of(bounds))
}

fn extent(size: Size) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width: size.width,
        height: size.height,
        depth_or_array_layers: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_grow_by_tiles_and_by_half_where_they_are_outgrown() {
        let bounds = Size::new(3000, 2000);
        let cases = [
            // Held, needed, grown.
            (
                Rect::EMPTY,
                Rect::new(300, 10, 310, 20),
                Rect::new(256, 0, 512, 256),
            ),
            (
                Rect::new(256, 0, 512, 256),
                Rect::new(500, 0, 600, 100),
                Rect::new(256, 0, 1024, 256),
            ),
            (
                Rect::new(512, 512, 1024, 1024),
                Rect::new(500, 600, 510, 610),
                Rect::new(0, 512, 1024, 1024),
            ),
            (
                Rect::new(0, 0, 256, 256),
                Rect::new(2900, 1900, 3000, 2000),
                Rect::new(0, 0, 3000, 2000),
            ),
        ];
        for (held, needed, grown) in cases {
            assert_eq!(grow(held, needed, bounds), grown, "{held:?} {needed:?}");
        }
    }
}
