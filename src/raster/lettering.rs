//! Words on pictures, in the typeface of the window.
//!
//! Does not know what the words are about; letters that the typeface lacks come out as boxes.

use ab_glyph::{Font as _, FontRef, InvalidFont, PxScale, ScaleFont as _, point};

use super::{Mask, Patch, Picture, Rect, Size};

/// A typeface at a size.
pub struct Lettering {
    font: FontRef<'static>,
    scale: PxScale,
}

impl Lettering {
    /// The typeface at a line height of `height` pixels.
    ///
    /// # Errors
    /// When the typeface that comes with the program cannot be read.
    pub fn new(height: f32) -> Result<Self, InvalidFont> {
        Ok(Self {
            font: FontRef::try_from_slice(epaint_default_fonts::UBUNTU_LIGHT)?,
            scale: PxScale::from(height),
        })
    }

    /// Height of a line, pixels.
    pub fn line_height(&self) -> u32 {
        self.font.as_scaled(self.scale).height().ceil() as u32
    }

    /// Width of a text on one line, pixels.
    pub fn width(&self, text: &str) -> f32 {
        let font = self.font.as_scaled(self.scale);
        let mut width = 0.0;
        let mut before = None;
        for id in text.chars().map(|c| font.glyph_id(c)) {
            width += before.map_or(0.0, |before| font.kern(before, id)) + font.h_advance(id);
            before = Some(id);
        }
        width
    }

    /// The text on as many lines as it needs at `width` pixels, `most` at most; what does not fit ends in an ellipsis.
    pub fn wrap(&self, text: &str, width: f32, most: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::new();
        for word in text.split_whitespace() {
            let longer = match line.is_empty() {
                true => word.to_owned(),
                false => format!("{line} {word}"),
            };
            if !line.is_empty() && self.width(&longer) > width {
                lines.push(std::mem::replace(&mut line, word.to_owned()));
            } else {
                line = longer;
            }
        }
        lines.push(line);
        let cut = lines.len() > most;
        lines.truncate(most.max(1));
        let last = lines.len() - 1;
        for (index, line) in lines.iter_mut().enumerate() {
            if self.width(line) > width || (cut && index == last) {
                while !line.is_empty() && self.width(&format!("{line}…")) > width {
                    line.pop();
                }
                line.push('…');
            }
        }
        lines
    }

    /// Writes a line whose top left corner is at `(left, top)` over an opaque picture; what lies outside is not drawn.
    pub fn write(&self, picture: &mut Picture, text: &str, left: u32, top: u32, color: [u8; 3]) {
        let size = picture.size();
        let place = Rect {
            left: left.min(size.width),
            top: top.min(size.height),
            right: left
                .saturating_add(self.width(text).ceil() as u32)
                .min(size.width),
            bottom: top.saturating_add(self.line_height()).min(size.height),
        };
        if place.size().is_empty() {
            return;
        }
        let [r, g, b] = color;
        let ink = Picture::filled(place.size(), [r, g, b, 255]);
        let part = picture.crop(place);
        let letters = self.coverage(text, place.size());
        let inked = part.composite(&ink, &letters, &letters);
        picture.paste(&Patch::new(place, inked));
    }

    /// How much of each pixel the letters of a line cover.
    fn coverage(&self, text: &str, size: Size) -> Mask {
        let font = self.font.as_scaled(self.scale);
        let mut covered = vec![0u8; size.area()];
        let mut pen = point(0.0, font.ascent());
        let mut before = None;
        for id in text.chars().map(|c| font.glyph_id(c)) {
            pen.x += before.map_or(0.0, |before| font.kern(before, id));
            before = Some(id);
            let glyph = id.with_scale_and_position(self.scale, pen);
            pen.x += font.h_advance(id);
            let Some(outline) = font.outline_glyph(glyph) else {
                continue;
            };
            let corner = outline.px_bounds().min;
            outline.draw(|x, y, coverage| {
                let (x, y) = (corner.x + x as f32, corner.y + y as f32);
                let inside =
                    x >= 0.0 && y >= 0.0 && x < size.width as f32 && y < size.height as f32;
                if inside {
                    let at = y as usize * size.width as usize + x as usize;
                    let value = (coverage.clamp(0.0, 1.0) * 255.0).round() as u8;
                    covered[at] = covered[at].max(value);
                }
            });
        }
        Mask::new(size, covered)
    }
}
