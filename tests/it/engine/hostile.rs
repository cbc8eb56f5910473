//! Files that were made to do harm: valid ones with a changed head or changed numbers are read or refused in one line, whatever they hold.

mod readers;

use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture;
use readers::{READERS, check};

/// Numbers where lengths, offsets and sides belong.
const NUMBERS: [&str; 12] = [
    "0",
    "1",
    "2",
    "-1",
    "1.5",
    "65536",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "18446744073709551616",
    "1e300",
    "null",
];

const TYPES: [&str; 10] = [
    "F16", "F32", "F64", "BF16", "F8_E4M3", "F8_E5M2", "BOOL", "I64", "U8", "F4",
];

/// One change of a file.
#[derive(Clone, Debug)]
enum Change {
    /// The length that stands in front.
    Length(u64),
    /// A byte of the head.
    Byte(usize, u8),
    /// Of a tensor: both offsets, or a side.
    Offset(usize, usize, usize),
    Side(usize, usize, usize),
    Type(usize, usize),
    /// A tensor under another's name.
    Name(usize, usize),
    /// Lists in lists in the place of a tensor.
    Deep(usize, usize),
    /// The file's end.
    Cut(usize),
    /// A number of the tensors: NaN, infinity, or nothing.
    Number(usize, u8),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let place = 0..1usize << 20;
    let number = 0..NUMBERS.len();
    let one = prop_oneof![
        any::<u64>().prop_map(Change::Length),
        (place.clone(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        (place.clone(), 0..2usize, number.clone()).prop_map(|(a, b, c)| Change::Offset(a, b, c)),
        (place.clone(), 0..4usize, number).prop_map(|(a, b, c)| Change::Side(a, b, c)),
        (place.clone(), 0..TYPES.len()).prop_map(|(a, b)| Change::Type(a, b)),
        (place.clone(), place.clone()).prop_map(|(a, b)| Change::Name(a, b)),
        (place.clone(), 0..100_000usize).prop_map(|(a, b)| Change::Deep(a, b)),
        place.clone().prop_map(Change::Cut),
        (place, prop_oneof![Just(0xff), Just(0x7c), Just(0)])
            .prop_map(|(a, b)| Change::Number(a, b)),
    ];
    proptest::collection::vec(one, 1..4)
}

/// A file with changes made to it.
fn changed(good: &[u8], changes: &[Change]) -> Vec<u8> {
    let end = 8 + u64::from_le_bytes(good[..8].try_into().unwrap()) as usize;
    let (mut head, mut data) = (good[8..end].to_vec(), good[end..].to_vec());
    let (mut length, mut cut) = (None, None);
    for change in changes {
        let tree = serde_json::from_slice::<serde_json::Map<String, Value>>(&head).ok();
        let edit = |edit: &dyn Fn(&mut serde_json::Map<String, Value>, &str)| {
            let mut tree = tree.clone()?;
            let names: Vec<_> = tree.keys().cloned().collect();
            let at = match change {
                Change::Offset(at, ..)
                | Change::Side(at, ..)
                | Change::Type(at, _)
                | Change::Name(at, _)
                | Change::Deep(at, _) => *at,
                _ => 0,
            };
            edit(&mut tree, names.get(at % names.len().max(1))?);
            Some(serde_json::to_vec(&tree).unwrap())
        };
        // A number that JSON's own type cannot hold stays as it was.
        let number = |index: &usize| serde_json::from_str(NUMBERS[*index]).unwrap_or(json!(7));
        let put = |tree: &mut serde_json::Map<String, Value>, name: &str, key, index, value| {
            let list = tree[name].get_mut(key).and_then(Value::as_array_mut);
            if let Some(slot) = list.and_then(|list| list.get_mut(index)) {
                *slot = value;
            }
        };
        let new = match change {
            Change::Length(value) => {
                length = Some(*value);
                None
            }
            Change::Cut(at) => {
                cut = Some(*at);
                None
            }
            Change::Byte(at, byte) => {
                let at = at % head.len().max(1);
                if let Some(slot) = head.get_mut(at) {
                    *slot = *byte;
                }
                None
            }
            Change::Number(at, byte) => {
                // Sixteen bytes, so that a number of any type is hit.
                let at = at % data.len().max(1);
                for slot in data.iter_mut().skip(at).take(16) {
                    *slot = *byte;
                }
                None
            }
            Change::Offset(_, index, value) => {
                edit(&|tree, name| put(tree, name, "data_offsets", *index, number(value)))
            }
            Change::Side(_, index, value) => {
                edit(&|tree, name| put(tree, name, "shape", *index, number(value)))
            }
            Change::Type(_, kind) => edit(&|tree, name| {
                if let Some(tensor) = tree[name].as_object_mut() {
                    tensor.insert("dtype".to_owned(), json!(TYPES[*kind]));
                }
            }),
            Change::Name(_, other) => edit(&|tree, name| {
                let value = tree.remove(name).unwrap_or_default();
                let other = tree.keys().nth(other % tree.len().max(1)).cloned();
                tree.insert(other.unwrap_or_default(), value);
            }),
            Change::Deep(_, depth) => {
                let text = String::from_utf8_lossy(&head).into_owned();
                let deep = format!("{{\"a\":{},", "[".repeat(*depth));
                Some(text.replacen('{', &deep, 1).into_bytes())
            }
        };
        head = new.unwrap_or(head);
    }
    let length = length.unwrap_or(head.len() as u64).to_le_bytes();
    let mut bytes = [&length[..], &head, &data].concat();
    bytes.truncate(cut.map_or(bytes.len(), |cut| cut % bytes.len()));
    bytes
}

/// One change of bytes of any kind.
#[derive(Clone, Debug)]
enum Edit {
    Put(usize, u8),
    Copy(usize, usize, usize),
    Remove(usize, usize),
    Insert(usize, Vec<u8>),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let place = 0..1usize << 20;
    let one = prop_oneof![
        (place.clone(), any::<u8>()).prop_map(|(at, byte)| Edit::Put(at, byte)),
        (place.clone(), place.clone(), 1..64usize).prop_map(|(a, b, c)| Edit::Copy(a, b, c)),
        (place.clone(), 1..64usize).prop_map(|(at, count)| Edit::Remove(at, count)),
        (place, proptest::collection::vec(any::<u8>(), 1..16))
            .prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
    ];
    proptest::collection::vec(one, 1..6)
}

fn edited(good: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for edit in edits {
        let all = bytes.len();
        let place = |at: &usize| at % (all + 1);
        let part = |at: &usize, count: usize| place(at)..(place(at) + count).min(all);
        match edit {
            Edit::Put(at, byte) => bytes[part(at, 1)].fill(*byte),
            Edit::Copy(from, to, count) => {
                let copy = bytes[part(from, *count)].to_vec();
                bytes.splice(part(to, 0), copy);
            }
            Edit::Remove(at, count) => drop(bytes.drain(part(at, *count))),
            Edit::Insert(at, new) => drop(bytes.splice(part(at, 0), new.iter().copied())),
        }
    }
    bytes
}

/// A reader and a file that it reads.
fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let files = READERS
        .iter()
        .flat_map(|(reader, _, files)| files.iter().map(|file| (*reader, *file)));
    let read = |(reader, file)| (reader, fs::read(fixture("../golden").join(file)).unwrap());
    files.map(read).collect()
}

proptest! {
    #[test]
    fn changed_heads_are_read_or_refused_in_one_line(
        file in any::<proptest::sample::Index>(),
        changes in changes(),
    ) {
        let mut seeds = seeds();
        seeds.retain(|(reader, _)| !matches!(*reader, "onnx" | "infotext"));
        let (reader, good) = file.get(&seeds);
        check(reader, &changed(good, &changes));
    }

    #[test]
    fn changed_files_are_read_or_refused_in_one_line(
        file in any::<proptest::sample::Index>(),
        edits in edits(),
    ) {
        let seeds = seeds();
        let (reader, good) = file.get(&seeds);
        check(reader, &edited(good, &edits));
    }
}
