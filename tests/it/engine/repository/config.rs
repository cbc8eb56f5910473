//! What servers are told of a network: protocol buffers in their text format, read as far as configs are written in it.

use super::network::Network;
use super::{rows, write};

/// A message: its fields in their order.
#[derive(Debug, Default)]
pub struct Node(Vec<(String, Value)>);

#[derive(Debug)]
enum Value {
    Plain(String),
    Message(Node),
}

/// Reads a whole file.
pub fn parse(text: &str) -> Node {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => 2 + rest[1..].find('"').unwrap(),
            '{' | '}' | '[' | ']' | ',' | ':' => 1,
            _ => {
                let is_word = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
                let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                assert!(end > 0, "{rest}");
                end
            }
        };
        tokens.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    let mut tokens = tokens.into_iter().peekable();
    let node = message(&mut tokens, None);
    assert!(tokens.next().is_none());
    node
}

type Tokens<'a> = std::iter::Peekable<std::vec::IntoIter<&'a str>>;

fn message(tokens: &mut Tokens<'_>, end: Option<&str>) -> Node {
    let mut node = Node::default();
    loop {
        let next = tokens.next();
        if next == end {
            return node;
        }
        let name = next.unwrap().to_owned();
        let colon = tokens.next_if_eq(&":").is_some();
        if tokens.next_if_eq(&"[").is_none() {
            node.0.push((name, value(tokens, colon)));
            continue;
        }
        while tokens.next_if_eq(&"]").is_none() {
            node.0.push((name.clone(), value(tokens, colon)));
            if tokens.next_if_eq(&",").is_none() {
                assert_eq!(tokens.peek(), Some(&"]"));
            }
        }
        // A field that is there without an element.
        if !node.0.iter().any(|(own, _)| *own == name) {
            node.0.push((name, Value::Message(Node::default())));
        }
    }
}

fn value(tokens: &mut Tokens<'_>, colon: bool) -> Value {
    match tokens.next().unwrap() {
        "{" => Value::Message(message(tokens, Some("}"))),
        plain => {
            assert!(colon, "a colon stands before {plain}");
            Value::Plain(plain.trim_matches('"').to_owned())
        }
    }
}

impl Node {
    /// The messages of a field.
    pub fn all(&self, name: &str) -> Vec<&Self> {
        let fields = self.0.iter().filter(|(own, _)| own == name);
        let messages = fields.filter_map(|(_, value)| match value {
            Value::Message(node) => Some(node),
            Value::Plain(_) => None,
        });
        messages.collect()
    }

    fn plain<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let fields = self.0.iter().filter(move |(own, _)| own == name);
        fields.filter_map(|(_, value)| match value {
            Value::Plain(text) => Some(text.as_str()),
            Value::Message(_) => None,
        })
    }

    /// A text, or the name of a constant.
    pub fn text(&self, name: &str) -> &str {
        self.0
            .iter()
            .find_map(|(own, value)| match value {
                Value::Plain(text) if own == name => Some(text.as_str()),
                _ => None,
            })
            .unwrap_or_default()
    }

    pub fn number(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap()
    }

    pub fn numbers(&self, name: &str) -> Vec<i64> {
        let numbers = self.plain(name);
        numbers.map(|number| number.parse().unwrap()).collect()
    }
}

#[test]
fn servers_are_told_what_the_graphs_have() {
    for row in rows() {
        let scratch = tempfile::tempdir().unwrap();
        let served = write(&row, scratch.path());
        for one in &served {
            let network = Network::open(&scratch.path().join(&one.name));
            let told = &network.told;
            assert_eq!(told.text("name"), one.name);
            assert_eq!(told.text("platform"), "onnxruntime_onnx");
            assert_eq!(told.number("max_batch_size"), one.batch.unwrap_or(0) as i64);
            let ports = [
                ("input", &network.graph.inputs),
                ("output", &network.graph.outputs),
            ];
            for (kind, ports) in ports {
                let found = told.all(kind);
                assert_eq!(found.len(), ports.len(), "{} {}", row.model, one.name);
                for (told, port) in found.iter().zip(ports) {
                    assert_eq!(told.text("name"), port.name);
                    let name = told.text("data_type").replace("TYPE_FP", "float");
                    let name = name.replace("TYPE_INT", "int");
                    assert_eq!(name, port.element.to_string());
                    let mut dims: Vec<i64> = (0..port.rank().unwrap())
                        .map(|axis| port.fixed(axis).map_or(-1, |side| side as i64))
                        .collect();
                    if one.batch.is_some() {
                        assert_eq!(dims.remove(0), -1, "{} {port}", one.name);
                    }
                    let reshaped = told.all("reshape").len() == 1;
                    assert_eq!(reshaped, dims.is_empty(), "{port}");
                    if reshaped {
                        dims.push(1);
                    }
                    assert_eq!(told.numbers("dims"), dims, "{} {port}", one.name);
                }
            }
            let group = &told.all("instance_group")[0];
            assert_eq!(
                (group.text("kind"), group.number("count")),
                ("KIND_AUTO", 2)
            );
            let sizes = told.all("dynamic_batching");
            let sizes: Vec<_> = sizes
                .iter()
                .map(|one| one.numbers("preferred_batch_size"))
                .collect();
            let shares = one.batch == Some(6);
            assert_eq!(sizes, vec![vec![2, 4]; usize::from(shares)]);
            let warm = told.all("model_warmup");
            assert_eq!(
                warm.len(),
                1 + usize::from(shares),
                "{} {}",
                row.model,
                one.name
            );
            for sample in warm {
                let inputs = sample.all("inputs");
                assert_eq!(inputs.len(), network.graph.inputs.len());
                for input in inputs {
                    let value = &input.all("value")[0];
                    let port = told.all("input").into_iter();
                    let mut port = port.filter(|port| port.text("name") == input.text("key"));
                    let port = port.next().unwrap();
                    let (given, taken) = (value.numbers("dims"), port.numbers("dims"));
                    assert_eq!(value.text("data_type"), port.text("data_type"));
                    let fits = |(given, taken): (&i64, &i64)| {
                        *given > 0 && (taken == given || *taken == -1)
                    };
                    assert!(given.len() == taken.len() && given.iter().zip(&taken).all(fits));
                }
            }
        }
    }
}
