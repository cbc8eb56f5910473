//! Tags and their prompts.

use pentimento::diffusion::prompt::schedule::{Mistake, Prompt, Role, Severity};
use pentimento::diffusion::prompt::{Span, spans};
use pentimento::recipe::tags::{Category, Tag, Thresholds, Vocabulary, chosen, prompt};
use pentimento::recipe::wildcard::{Wildcards, resolve};

fn tag(name: &str, category: Category, score: f32) -> Tag {
    Tag {
        name: name.to_owned(),
        category,
        score,
    }
}

/// A tag's name `|` what the prompt says.
const PROMPTS: &str = r"
long_hair | long hair
photo_(medium) | photo \(medium\)
>_< | >_<
^_^ | ^_^
(o)_(o) | \(o\)_\(o\)
||_|| | ||_||
<|>_<|> | <|>_<|>
back\slash | back\\slash
\m/ | \\m/
{curly} | \{curly\}
[brackets] | \[brackets\]
3:4 | 3:4
";

#[test]
fn a_tag_is_said_so_that_its_signs_mean_nothing() {
    for row in PROMPTS.trim().lines() {
        let (name, said) = row.split_once(" | ").unwrap();
        let tag = tag(name, Category::General, 0.9);
        assert_eq!(tag.prompt(), said);
        // The model hears the words themselves, also with a weight.
        for (said, weight) in [
            (tag.prompt(), 1.0),
            (format!("({}:1.1)", tag.prompt()), 1.1),
        ] {
            let template = resolve(&said, 1, &Wildcards::default()).unwrap();
            let (read, mistakes) = Prompt::read(&template, Role::Prompt);
            // A colon of the tag's own before the weight's is worth a remark, no more.
            let grave = |one: &&Mistake| one.severity != Severity::Odd;
            assert_eq!(mistakes.iter().find(grave), None, "{said}");
            let heard = spans(&read.parts()[0].text_at(0, 1));
            let text = tag.words();
            assert_eq!(heard, [Span::Words { text, weight }], "{said}");
        }
    }
}

/// A score, the threshold, and the weight that is written.
const WEIGHTS: [(f32, f32, &str); 6] = [
    (0.35, 0.35, "(hat:0.85)"),
    (1.0, 0.35, "(hat:1.15)"),
    (0.675, 0.35, "hat"),
    (0.9, 0.35, "(hat:1.1)"),
    (0.2, 0.35, "(hat:0.85)"),
    (1.0, 1.0, "(hat:1.15)"),
];

#[test]
fn weights_follow_scores() {
    for (score, general, said) in WEIGHTS {
        let thresholds = Thresholds {
            general,
            character: 0.85,
        };
        let tag = tag("hat", Category::General, score);
        assert_eq!(tag.weighted(thresholds), said, "{score} of {general}");
    }
}

#[test]
fn prompts_name_who_is_seen_first_and_no_rating() {
    let tags = [
        tag("explicit", Category::Rating, 0.99),
        tag("sky", Category::General, 0.36),
        tag("tree", Category::General, 0.9),
        tag("alice_(wonderland)", Category::Character, 0.86),
        tag("bob", Category::Character, 0.84),
        tag("hat", Category::General, 0.34),
    ];
    let picked = chosen(&tags, Thresholds::WD14);
    assert_eq!(
        prompt(picked.iter().copied(), None),
        r"alice \(wonderland\), tree, sky"
    );
    assert_eq!(
        prompt(picked, Some(Thresholds::WD14)),
        r"(alice \(wonderland\):0.85), (tree:1.1), (sky:0.85)"
    );
}

/// A table's lines, by `~` `|` the names, with the first letter of each's category, or the complaint.
const TABLES: &str = r#"
tag_id,name,category,count~1,hat,0,9~2,bob,4,9~3,safe,9,9 | g hat, c bob, r safe
name,category~a,1~b,3~c,5~d,0 | c a, c b, g c, g d
category,x,name~0,,"a, ""b"""~ | g a, "b"
tag_id,name,category,count | it names no tags
id,tag~1,2 | its first line has no column `name`
name,kind~1,2 | its first line has no column `category`
name,category~a,0~b | its line 3 has no name and category
name,category~a,x | its line 2 has no name and category
name,category~,0 | its line 2 has no name and category
"#;

#[test]
fn tables_of_tags_are_read() {
    for row in TABLES.trim().lines() {
        let (table, says) = row.split_once(" | ").unwrap();
        for end in ["\n", "\r\n"] {
            let read = Vocabulary::read_csv(&table.replace('~', end));
            let read = read.map(|read| {
                let tags = read.tags(&vec![1.0; read.len()], 0.0);
                let said = tags
                    .iter()
                    .map(|tag| format!("{} {}", &tag.category.name()[..1], tag.name));
                said.collect::<Vec<_>>().join(", ")
            });
            assert_eq!(read.unwrap_or_else(|error| error), says, "{table}");
        }
    }
}
