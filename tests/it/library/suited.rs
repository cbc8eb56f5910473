//! Which models suit a picture, and why.

use std::path::{Path, PathBuf};

use pentimento::engine::FileKind;
use pentimento::library::{By, Entry, Made, Maker, Style, Tool, Wanted, suited};
use pentimento::recipe::reason::Reason;
use pentimento::recipe::tags::{Category, Tag};
use tempfile::TempDir;

const SD: &str = "Stable Diffusion";

/// Models in the library's order: name, family, whether it sees the mask.
const MODELS: [(&str, &str, bool); 6] = [
    ("sd15", SD, false),
    ("tidyInpainting", SD, true),
    ("JuggernautXL", "SDXL", false),
    ("AnythingXL", "SDXL", false),
    ("watercolorMix", SD, false),
    ("noname", "SDXL", false),
];

fn library(root: &Path) -> Vec<Entry> {
    let about = r#"{"description": "For <b>Anime</b> pictures."}"#;
    std::fs::write(root.join("noname.json"), about).unwrap();
    let entry = |(name, family, inpainting): (&str, &str, bool)| Entry {
        path: root.join(name).with_extension("safetensors"),
        name: name.to_owned(),
        kind: FileKind::Checkpoint,
        family: Some(family.to_owned()),
        refused: None,
        size: 1,
        inpainting,
        parameters: None,
        picture: None,
        tool: Tool::Own,
    };
    let mut entries: Vec<_> = MODELS.map(entry).into();
    let mut refused = entries[2].clone();
    refused.refused = Some("no".to_owned());
    let mut lora = entries[2].clone();
    lora.kind = FileKind::Lora;
    entries.extend([refused, lora]);
    entries
}

/// Width and height, `m` where it is masked, style, what made it (`#` by hash), and whether the built-in tagger knows it `|` the models in order `|` why the first is first.
const PICTURES: &str = "
512 512 - - - - | sd15 watercolorMix JuggernautXL AnythingXL noname built-in tidyInpainting | Stable Diffusion paints pictures of about this size (512 x 512)
1024 1024 - - - - | JuggernautXL AnythingXL noname sd15 watercolorMix built-in tidyInpainting | SDXL paints pictures of about this size
4000 3000 - - - - | JuggernautXL AnythingXL noname sd15 watercolorMix built-in tidyInpainting | SDXL paints the largest parts of a picture of 4000 x 3000
512 512 m - - - | tidyInpainting sd15 watercolorMix JuggernautXL AnythingXL noname built-in | it is made for inpainting, and a part is masked
1024 1024 - photograph - - | JuggernautXL sd15 built-in AnythingXL noname watercolorMix tidyInpainting | the picture looks like a photograph, which it is made for
1024 1024 - anime - - | AnythingXL noname sd15 built-in JuggernautXL watercolorMix tidyInpainting | the picture looks like anime
512 512 - painting - - | watercolorMix sd15 built-in JuggernautXL AnythingXL noname tidyInpainting | the picture looks like a painting
64 64 - - sd15 - | sd15 watercolorMix JuggernautXL AnythingXL noname built-in tidyInpainting | the picture names it as its model
64 64 - - #noname - | noname sd15 watercolorMix JuggernautXL AnythingXL built-in tidyInpainting | the picture was made with it (hash 0123456789)
128 128 - - - - | sd15 watercolorMix JuggernautXL AnythingXL noname built-in tidyInpainting | Stable Diffusion needs the least enlargement of a picture of 128 x 128
1024 1024 - - - yes | built-in JuggernautXL AnythingXL noname sd15 watercolorMix tidyInpainting | the drawn world that the built-in model knows
1024 1024 - - - no | JuggernautXL AnythingXL noname sd15 watercolorMix built-in tidyInpainting | SDXL
";

#[test]
fn models_are_ranked_each_with_its_reasons() {
    let root = TempDir::new().unwrap();
    let entries = library(root.path());
    for row in PICTURES.trim().lines() {
        let parts: Vec<_> = row.split(" | ").collect();
        let [picture, order, why] = parts[..] else {
            panic!("{row}");
        };
        let facts: Vec<_> = picture.split(' ').collect();
        let [width, height, masked, style, made, domain] = facts[..] else {
            panic!("{row}");
        };
        let styles = [
            ("photograph", Style::Photograph),
            ("anime", Style::Anime),
            ("painting", Style::Painting),
        ];
        let path = |name: &str| root.path().join(name).with_extension("safetensors");
        let made = match made.strip_prefix('#') {
            Some(name) => Some((path(name), By::Hash("0123456789".to_owned()))),
            None => (made != "-").then(|| (path(made), By::Name)),
        };
        let wanted = Wanted {
            size: (width.parse().unwrap(), height.parse().unwrap()),
            masked: masked == "m",
            style: styles
                .iter()
                .find(|(name, _)| *name == style)
                .map(|it| it.1),
            made: made.map(|(path, by)| Made { path, by }),
            in_domain: (domain != "-").then_some(domain == "yes"),
        };
        let ranked = suited(&entries, &wanted);
        let names: Vec<_> = ranked.iter().map(|model| model.name.as_str()).collect();
        assert_eq!(names.join(" "), order, "{row}");
        let reasons: Vec<_> = ranked[0].reasons.iter().map(Reason::to_string).collect();
        let reasons = reasons.join("; ");
        assert!(reasons.contains(why), "{row}: {reasons}");
    }
}

/// Tags with their scores `|` the style.
const STYLES: &str = "
photo_(medium) 0.9, 1girl 0.99 | a photograph
1girl 0.9, solo 0.8 | anime
watercolor_(medium) 0.5, anime_coloring 0.4 | a painting
western_comics_(style) 0.6 | a cartoon
realistic 0.3, sky 0.9 | -
 | -
";

#[test]
fn tags_tell_the_style() {
    for row in STYLES.trim_matches('\n').lines() {
        let (tags, style) = row.split_once(" | ").unwrap();
        let tags = tags.split(", ").filter_map(|tag| {
            let (name, score) = tag.split_once(' ')?;
            Some(Tag {
                name: name.to_owned(),
                category: Category::General,
                score: score.parse().unwrap(),
            })
        });
        let tags: Vec<_> = tags.collect();
        assert_eq!(Style::of(&tags).map_or("-", Style::name), style, "{row}");
    }
}

/// What a file says `|` whether a camera took it.
const CAMERAS: &str = "
Make=Canon Model=EOS | yes
Make=Canon | no
Model=workflow:{} Make=prompt:{} | no
Make= Model=EOS | no
parameters=hat | no
";

#[test]
fn cameras_are_known() {
    for row in CAMERAS.trim().lines() {
        let (said, taken) = row.split_once(" | ").unwrap();
        let texts = said.split(' ').filter_map(|pair| pair.split_once('='));
        let texts: Vec<_> = texts
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        assert_eq!(Style::is_photographed(&texts), taken == "yes", "{row}");
    }
}

/// What a picture says of its model `|` the model that is found.
const MAKERS: &str = r"
Model=sd15 | sd15
Model=SD15.safetensors | sd15
model=folder/sd15 | sd15
Model=folder\JuggernautXL.safetensors | JuggernautXL
Model=sd1 | -
Model= | -
Model hash=0123456789 | -
";

#[test]
fn the_model_of_a_picture_is_found_by_its_name() {
    let root = TempDir::new().unwrap();
    let entries = library(root.path());
    for row in MAKERS.trim().lines() {
        let (said, name) = row.split_once(" | ").unwrap();
        let (key, value) = said.split_once('=').unwrap();
        let maker = Maker::of(&[(key.to_owned(), value.to_owned())]);
        let found = maker.find(&entries, None).map(|made| made.path);
        let wanted = (name != "-").then(|| root.path().join(name).with_extension("safetensors"));
        assert_eq!(found, wanted, "{row}");
    }
    // A hash that was taken before counts more than a name.
    let file: PathBuf = root.path().join("sd15.safetensors");
    std::fs::write(&file, "weights").unwrap();
    let hash = pentimento::engine::model_hash::hash(&file, Some(root.path())).unwrap();
    let said = [("Model", "JuggernautXL"), ("Model hash", &hash)];
    let said = said.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let found = Maker::of(&said).find(&entries, Some(root.path())).unwrap();
    assert_eq!(found.by, By::Hash(hash));
    assert!(found.path.ends_with("sd15.safetensors"));
}
