//! A window without a window: egui and the canvas on a device, read back.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use eframe::egui;
use eframe::egui_wgpu::{
    RenderState, Renderer, RendererOptions, ScreenDescriptor, WgpuConfiguration, WgpuSetup,
    WgpuSetupCreateNew,
};
use pentimento::canvas;
use pentimento::raster::{Picture, Size};

/// Set where a test without a device is to fail.
const DEVICE_EXPECTED: &str = "PENTIMENTO_TEST_GPU";

/// A device, the software driver where there is one, and a screen for it.
pub struct Screen {
    pub state: RenderState,
    size: [u32; 2],
    pixels_per_point: f32,
}

impl Screen {
    /// A screen of physical pixels; none, with a line that says so, where no adapter is found and none is expected.
    pub fn new(size: [u32; 2], pixels_per_point: f32, format: wgpu::TextureFormat) -> Option<Self> {
        let mut configuration = canvas::configuration();
        configuration.wgpu_setup = WgpuSetup::CreateNew(WgpuSetupCreateNew {
            native_adapter_selector: Some(std::sync::Arc::new(|adapters, _| {
                let rank = |adapter: &&wgpu::Adapter| {
                    let info = adapter.get_info();
                    (
                        info.backend == wgpu::Backend::Gl,
                        info.device_type != wgpu::DeviceType::Cpu,
                    )
                };
                let best = adapters.iter().min_by_key(rank).cloned();
                best.ok_or_else(|| "no adapter".to_owned())
            })),
            ..match configuration.wgpu_setup {
                WgpuSetup::CreateNew(setup) => setup,
                WgpuSetup::Existing(_) => unreachable!("the canvas's configuration makes a device"),
            }
        });
        let mut state = match create(&configuration) {
            Ok(state) => state,
            Err(error) => {
                assert!(
                    std::env::var_os(DEVICE_EXPECTED).is_none(),
                    "{error}: install a Vulkan driver (Debian: mesa-vulkan-drivers) or unset {DEVICE_EXPECTED}"
                );
                eprintln!("NOT TESTED: {error}; set {DEVICE_EXPECTED}=1 to make this a failure");
                return None;
            }
        };
        state.target_format = format;
        *state.renderer.write() =
            Renderer::new(&state.device, format, RendererOptions::PREDICTABLE);
        Some(Self {
            state,
            size,
            pixels_per_point,
        })
    }

    /// All of it, points.
    pub fn rect(&self) -> egui::Rect {
        let [width, height] = self.size.map(|side| side as f32 / self.pixels_per_point);
        egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(width, height))
    }

    /// What is seen after `paint`, on a ground of nothing: premultiplied bytes as the target holds them.
    pub fn draw(&self, paint: impl FnMut(&egui::Painter)) -> Picture {
        let texture = self.render(paint);
        self.read(&texture)
    }

    /// Draws what `paint` adds, and waits for nothing.
    pub fn render(&self, mut paint: impl FnMut(&egui::Painter)) -> wgpu::Texture {
        let context = egui::Context::default();
        let mut input = egui::RawInput {
            screen_rect: Some(self.rect()),
            ..Default::default()
        };
        let viewport = input.viewports.entry(egui::ViewportId::ROOT).or_default();
        viewport.native_pixels_per_point = Some(self.pixels_per_point);
        let mut output = context.run_ui(input, |ui| {
            paint(&ui.ctx().layer_painter(egui::LayerId::background()));
        });
        // There is no text, so no fonts are needed.
        output.textures_delta.clear();
        let jobs = context.tessellate(output.shapes, output.pixels_per_point);
        let screen = ScreenDescriptor {
            size_in_pixels: self.size,
            pixels_per_point: output.pixels_per_point,
        };
        let RenderState { device, queue, .. } = &self.state;
        let mut renderer = self.state.renderer.write();
        let mut encoder = device.create_command_encoder(&Default::default());
        let commands = renderer.update_buffers(device, queue, &mut encoder, &jobs, &screen);
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("screen"),
            size: self.extent(),
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: self.state.target_format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let view = texture.create_view(&Default::default());
        let mut pass = encoder
            .begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("screen"),
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view: &view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations {
                        load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
                        store: wgpu::StoreOp::Store,
                    },
                })],
                ..Default::default()
            })
            .forget_lifetime();
        renderer.render(&mut pass, &jobs, &screen);
        drop(pass);
        queue.submit(commands.into_iter().chain([encoder.finish()]));
        texture
    }

    /// Waits until the device has done all that it was told.
    pub fn wait(&self) {
        let done = self.state.device.poll(wgpu::PollType::wait_indefinitely());
        done.expect("the device answers");
    }

    fn read(&self, texture: &wgpu::Texture) -> Picture {
        let RenderState { device, queue, .. } = &self.state;
        let [width, height] = self.size;
        let row = (4 * width).next_multiple_of(256);
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("screen, read back"),
            size: u64::from(row) * u64::from(height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder = device.create_command_encoder(&Default::default());
        encoder.copy_texture_to_buffer(
            texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(row),
                    rows_per_image: None,
                },
            },
            self.extent(),
        );
        queue.submit([encoder.finish()]);
        buffer.slice(..).map_async(wgpu::MapMode::Read, |mapped| {
            mapped.expect("the screen is read back")
        });
        self.wait();
        let bytes = buffer.slice(..).get_mapped_range().expect("it is mapped");
        let pixels = bytes
            .chunks_exact(row as usize)
            .flat_map(|row| row[..4 * width as usize].chunks_exact(4))
            .map(|pixel| [pixel[0], pixel[1], pixel[2], pixel[3]])
            .collect();
        Picture::new(Size::new(width, height), pixels)
    }

    fn extent(&self) -> wgpu::Extent3d {
        wgpu::Extent3d {
            width: self.size[0],
            height: self.size[1],
            depth_or_array_layers: 1,
        }
    }
}

fn create(configuration: &WgpuConfiguration) -> Result<RenderState, String> {
    let instance = block_on(configuration.wgpu_setup.new_instance());
    let options = RendererOptions::PREDICTABLE;
    block_on(RenderState::create(configuration, &instance, None, options))
        .map_err(|error| error.to_string())
}

/// The native drivers' futures never wait for anyone.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            return value;
        }
    }
}
