//! The canvas: its view, its shaders, and what they draw against their twins on the CPU.

mod display;
mod mask;
pub mod screen;
mod shaders;
mod sketch;
mod uploads;
mod view;

use eframe::egui::Color32;
use pentimento::canvas::{Compare, MaskLook, MaskStyle, Scene, View};
use pentimento::raster::{Picture, Size};

/// What a screen's target holds where nothing converts it.
const PLAIN: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// Every value of every channel, with lines of one pixel and a translucent part.
fn test_picture(size: Size) -> Picture {
    Picture::from_fn(size, |x, y| {
        let line = x % 16 == 7 || y % 16 == 11;
        let alpha = if x > y + size.width / 3 {
            (x * 5) as u8
        } else {
            255
        };
        if line {
            [250, 250, 240, alpha]
        } else {
            [(x * 7) as u8, (y * 5) as u8, (x * 3 + y * 11) as u8, alpha]
        }
    })
}

/// The mask in place of the picture: what is seen of a mask at 100 % is the mask.
fn black_and_white(view: View) -> Scene {
    Scene {
        view,
        mask: MaskStyle {
            look: MaskLook::BlackAndWhite,
            color: Color32::RED.to_array()[..3].try_into().unwrap(),
            opacity: 1.0,
        },
        compare: Compare::Layer,
    }
}
