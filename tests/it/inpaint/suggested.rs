//! The size that is suggested for a picture and what is masked of it.

use pentimento::diffusion::networks::{Fixed, ModelSpec, UnetInput};
use pentimento::diffusion::plan::{Frame, SuggestedSize};
use pentimento::raster::{Rect, Size};
use pentimento::recipe::Recipe;

use crate::fake::spec;

/// Native side, the picture's width and height, the masked part's edges or `-` `|` area, size or `-`, padding `|` the size that is rendered.
const SIZES: &str = "
1024 1024 1024 - | whole - 32 | 1024 1024
1024 1216 832 - | whole - 32 | 1216 832
1024 4000 3000 - | whole 1152x896 32 | 1152 896
1024 3000 4000 - | whole 896x1152 32 | 896 1152
512 4000 3000 - | whole 576x448 32 | 576 448
512 300 200 - | whole 640x384 32 | 640 384
512 9000 100 - | whole 1024x256 32 | 1024 256
512 1 1 - | whole 512x512 32 | 512 512
512 2000 2000 100,100,300,300 | only-masked 512x512 50 | 512 512
512 512 512 0,0,400,400 | whole - 100 | 512 512
512 512 512 200,200,260,260 | only-masked 512x512 32 | 512 512
512 3000 1000 1000,400,2000,600 | only-masked 768x320 128 | 768 320
512 2000 2000 0,0,1,1 | only-masked 512x512 32 | 512 512
32 64 48 - | whole 40x24 32 | 40 24
";

fn model(native_side: u32) -> ModelSpec {
    let (factor, latent_multiple) = if native_side < 512 { (4, 2) } else { (8, 8) };
    ModelSpec {
        native_side,
        factor,
        latent_multiple,
        ..spec(UnetInput::Latents)
    }
}

#[test]
fn sizes_are_suggested_as_in_the_table() {
    for row in SIZES.trim().lines() {
        let parts: Vec<_> = row.split(" | ").collect();
        let given: Vec<_> = parts[0].split(' ').collect();
        let number = |text: &str| text.parse::<u32>().unwrap();
        let spec = model(number(given[0]));
        let picture = Size::new(number(given[1]), number(given[2]));
        let masked = (given[3] != "-").then(|| {
            let edges: Vec<_> = given[3].split(',').map(number).collect();
            Rect::new(edges[0], edges[1], edges[2], edges[3])
        });
        let suggested = SuggestedSize::new(picture, masked, &spec);
        let size = suggested.size;
        let size = size.map_or("-".to_owned(), |[width, height]| {
            format!("{width}x{height}")
        });
        let said = format!("{} {size} {}", suggested.area.name(), suggested.padding);
        assert_eq!(said, parts[1], "{row}");
        let Size { width, height } = suggested.frame.working;
        assert_eq!(format!("{width} {height}"), parts[2], "{row}");
        // It is what a repaint with it does.
        let mut recipe = Recipe::default();
        suggested.put_into(&mut recipe);
        let frame = Frame::new(picture, masked, &recipe, &spec);
        assert_eq!(frame, suggested.frame, "{row}");
        let reason = suggested.reason.to_string();
        assert!(
            !reason.is_empty() && !reason.contains(['\n', '{', '}']),
            "{reason}"
        );
    }
}

#[test]
fn a_fixed_size_is_the_only_one() {
    let fixed = ModelSpec {
        fixed: Fixed {
            width: Some(512),
            height: Some(512),
            windows: None,
        },
        ..model(512)
    };
    let part = Rect::new(0, 0, 300, 60);
    for (picture, masked) in [
        (Size::new(4000, 3000), None),
        (Size::new(600, 500), None),
        (Size::new(600, 500), Some(part)),
        (Size::new(4000, 500), Some(part)),
    ] {
        let suggested = SuggestedSize::new(picture, masked, &fixed);
        assert_eq!(suggested.size, Some([512, 512]), "{picture} {masked:?}");
        assert_eq!(suggested.frame.working, Size::new(512, 512));
    }
}
