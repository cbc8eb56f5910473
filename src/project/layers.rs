//! The layers of an OpenRaster file put together, where it brings no merged picture.
//!
//! Does not know archives; parts come by name.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use crate::raster::blend::Operator;
use crate::raster::file::{MAX_BYTES, MAX_SIDE, PictureFile};
use crate::raster::{Picture, Size};

/// Deepest nesting of groups that is read.
const DEEPEST: usize = 32;

/// Most pixels that all layers and groups together may have, each taken for as large as the picture: minutes of work.
const MOST_PIXELS: usize = 1 << 35;

/// The layers as one picture.
pub(super) struct Merged {
    pub picture: Picture,
    /// ICC profile of the lowest visible layer.
    pub icc: Option<Vec<u8>>,
    /// Layers that could not be read, each as it stands in a list.
    pub lost: Vec<String>,
    /// Names of what they are laid over each other by, where that is not known and was taken as normal.
    pub unknown: Vec<String>,
}

/// Why there is no picture.
pub(super) enum NotMerged {
    /// It makes no sense, or nothing visible can be read.
    Nothing,
    /// It would take too much memory or time.
    TooMuch,
}

/// A layer, or a group of them.
struct Item {
    name: String,
    visible: bool,
    opacity: f32,
    operator: String,
    isolated: bool,
    at: [i64; 2],
    content: Content,
}

enum Content {
    /// The part that holds its pixels, and the part that holds a tile of the same where the layer is a background (MyPaint).
    Layer(String, Option<String>),
    /// Top first.
    Group(Vec<Item>),
}

/// Puts together what `stack` (the file's `stack.xml`) says, with the pictures that `part` finds.
///
/// As openraster.org's "Layer Stack Specification" has it: the lowest layer first; groups by themselves, unless they are said not to be isolated and are laid over what is below as usual; what is left and top of a group moves its layers.
pub(super) fn merged(
    stack: &[u8],
    part: impl Fn(&str) -> Option<PictureFile>,
) -> Result<Merged, NotMerged> {
    let (size, items) = parsed(stack)?;
    let (count, depth) = cost(&items);
    // The picture, and one for each group that is open.
    let bytes = 4 * size.area() * (1 + depth);
    if count.saturating_mul(size.area()) > MOST_PIXELS || bytes as u64 > MAX_BYTES {
        return Err(NotMerged::TooMuch);
    }
    let mut drawing = Drawing {
        part,
        icc: None,
        lost: Vec::new(),
        unknown: Vec::new(),
    };
    let mut picture = Picture::filled(size, [0; 4]);
    drawing.draw(&items, &mut picture, [0, 0]);
    let Drawing {
        icc, lost, unknown, ..
    } = drawing;
    icc.map(|icc| Merged {
        picture,
        icc,
        lost,
        unknown,
    })
    .ok_or(NotMerged::Nothing)
}

/// How many layers and groups are drawn, and how many pictures of groups are open at once.
fn cost(items: &[Item]) -> (usize, usize) {
    let visible = items.iter().filter(|item| item.visible);
    visible.fold((0, 0), |(count, depth), item| match &item.content {
        Content::Layer(..) => (count + 1, depth),
        Content::Group(items) => {
            let (within, below) = cost(items);
            let open = below + usize::from(item.isolated);
            (count + within + 1, depth.max(open))
        }
    })
}

struct Drawing<F> {
    part: F,
    /// The profile of the lowest layer, where that has one; none before a layer was drawn.
    icc: Option<Option<Vec<u8>>>,
    lost: Vec<String>,
    unknown: Vec<String>,
}

impl<F: Fn(&str) -> Option<PictureFile>> Drawing<F> {
    fn draw(&mut self, items: &[Item], onto: &mut Picture, at: [i64; 2]) {
        for item in items.iter().rev().filter(|item| item.visible) {
            let at = [
                at[0].saturating_add(item.at[0]),
                at[1].saturating_add(item.at[1]),
            ];
            let operator = Operator::named(&item.operator).unwrap_or_else(|| {
                if !self.unknown.contains(&item.operator) {
                    self.unknown.push(item.operator.clone());
                }
                Operator::OVER
            });
            match &item.content {
                Content::Group(items) if !item.isolated => self.draw(items, onto, at),
                Content::Group(items) => {
                    let mut group = Picture::filled(onto.size(), [0; 4]);
                    self.draw(items, &mut group, at);
                    onto.blend(&group, [0, 0], operator, item.opacity);
                }
                Content::Layer(src, tile) => {
                    let layer = (self.part)(src);
                    let tile = || {
                        let mut file = (self.part)(tile.as_deref()?)?;
                        file.picture = tiled(&file.picture, onto.size());
                        Some((file, [0, 0]))
                    };
                    match layer.map(|file| (file, at)).or_else(tile) {
                        Some((file, at)) => {
                            onto.blend(&file.picture, at, operator, item.opacity);
                            self.icc.get_or_insert(file.metadata.icc);
                        }
                        None => self.lost.push(format!("the layer \"{}\"", item.name)),
                    }
                }
            }
        }
    }
}

/// A picture of `size`, filled with copies of `tile` from the left and top.
fn tiled(tile: &Picture, size: Size) -> Picture {
    let Size { width, height } = tile.size();
    Picture::from_fn(size, |x, y| tile.pixel(x % width, y % height))
}

/// The size of the picture and its layers, top first.
fn parsed(stack: &[u8]) -> Result<(Size, Vec<Item>), NotMerged> {
    use NotMerged::Nothing;
    let stack = std::str::from_utf8(stack).map_err(|_| Nothing)?;
    let mut reader = quick_xml::Reader::from_str(stack);
    let mut size = None;
    // The groups that are open, the outermost first.
    let mut open: Vec<Item> = Vec::new();
    loop {
        let (element, closed) = match reader.read_event() {
            Ok(Event::Start(element)) => (element, false),
            Ok(Event::Empty(element)) => (element, true),
            Ok(Event::End(element)) if element.local_name().as_ref() == b"stack" => {
                match (open.pop().ok_or(Nothing)?, open.last_mut()) {
                    (group, Some(outer)) => outer.add(group),
                    (
                        Item {
                            content: Content::Group(items),
                            ..
                        },
                        None,
                    ) => {
                        return Ok((size.ok_or(Nothing)?, items));
                    }
                    _ => return Err(Nothing),
                }
                continue;
            }
            Ok(Event::Eof) | Err(_) => return Err(Nothing),
            Ok(_) => continue,
        };
        let deep = open.len() > DEEPEST;
        match (element.local_name().as_ref(), open.last_mut()) {
            (b"image", None) => {
                let side = |name| value(&element, name)?.trim().parse().ok();
                let sides = 1..=MAX_SIDE;
                let read = side("w").zip(side("h")).map(|(w, h)| Size::new(w, h));
                size =
                    read.filter(|size| sides.contains(&size.width) && sides.contains(&size.height));
            }
            (b"stack", outer) => {
                let group = Item::of(&element, Content::Group(Vec::new()));
                match (closed, outer) {
                    (true, Some(outer)) => outer.add(group),
                    (true, None) => return Ok((size.ok_or(Nothing)?, Vec::new())),
                    (false, _) if deep => return Err(NotMerged::TooMuch),
                    (false, _) => open.push(group),
                }
            }
            (b"layer", Some(group)) => {
                let src = value(&element, "src").unwrap_or_default();
                let tile = value(&element, "background-tile");
                group.add(Item::of(&element, Content::Layer(src, tile)));
            }
            _ => {}
        }
    }
}

impl Item {
    fn of(element: &BytesStart<'_>, content: Content) -> Self {
        let number = |name| value(element, name)?.trim().parse::<f32>().ok();
        let offset = |name| number(name).map_or(0, |pixels| pixels.round() as i64);
        let opacity = number("opacity").filter(|opacity| opacity.is_finite());
        let opacity = opacity.unwrap_or(1.0).clamp(0.0, 1.0);
        let operator = value(element, "composite-op");
        let operator = operator.unwrap_or_else(|| OVER.to_owned());
        let auto = value(element, "isolation").is_some_and(|isolation| isolation == "auto");
        Self {
            name: value(element, "name").unwrap_or_default(),
            visible: value(element, "visibility").is_none_or(|visibility| visibility != "hidden"),
            isolated: !auto || opacity < 1.0 || operator != OVER,
            opacity,
            operator,
            at: [offset("x"), offset("y")],
            content,
        }
    }

    /// Adds a layer or group under those that a group has.
    fn add(&mut self, item: Self) {
        if let Content::Group(items) = &mut self.content {
            items.push(item);
        }
    }
}

const OVER: &str = "svg:src-over";

/// An attribute's value.
fn value(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).ok()??;
    let value = attribute.normalized_value(XmlVersion::default()).ok()?;
    Some(value.into_owned())
}
