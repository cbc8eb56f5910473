//! Reads protocol-buffer messages field by field, skipping what nobody asked for.
//!
//! Does not know ONNX; never reads a payload that it can skip, so a graph of gigabytes costs as much as its header.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// Longest text that is read; names in graphs are far shorter, and garbage must not ask for gigabytes.
const LONGEST_TEXT: u64 = 1 << 20;

/// Why a message cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// A field claims more bytes than there are.
    #[error("it ends too early (a broken download?)")]
    Truncated,
    /// The bytes follow no protocol-buffer rule.
    #[error("it is not an ONNX graph ({0})")]
    Malformed(&'static str),
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// Value of one field. A payload has to be consumed, by reading or by [`Wire::skip`], before the next field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    /// Integer, enumeration or truth value.
    Varint(u64),
    /// Four or eight bytes, already skipped.
    Fixed,
    /// Text, bytes or a nested message that ends at this position.
    Payload {
        /// Position just behind it, bytes from the start.
        end: u64,
    },
}

/// A reader that stands somewhere in a message.
pub(super) struct Wire<R: Read + Seek> {
    reader: BufReader<R>,
    position: u64,
    length: u64,
}

impl<R: Read + Seek> Wire<R> {
    /// Starts at the first byte.
    pub(super) fn new(mut reader: R) -> Result<Self, WireError> {
        let length = reader.seek(SeekFrom::End(0))?;
        reader.seek(SeekFrom::Start(0))?;
        Ok(Self {
            reader: BufReader::new(reader),
            position: 0,
            length,
        })
    }

    /// Where it stands, bytes from the start.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Bytes in all.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Number and value of the next field of a message that ends at `end`; `None` behind its last.
    pub(super) fn next(&mut self, end: u64) -> Result<Option<(u64, Value)>, WireError> {
        if self.position == end {
            return Ok(None);
        }
        if self.position > end {
            return Err(WireError::Malformed("a field runs over its message's end"));
        }
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Value::Varint(self.varint()?),
            1 => {
                self.advance(8)?;
                Value::Fixed
            }
            2 => {
                let size = self.varint()?;
                let behind = self
                    .position
                    .checked_add(size)
                    .ok_or(WireError::Malformed("an impossible length"))?;
                if behind > self.length {
                    return Err(WireError::Truncated);
                }
                if behind > end {
                    return Err(WireError::Malformed("a field runs over its message's end"));
                }
                Value::Payload { end: behind }
            }
            5 => {
                self.advance(4)?;
                Value::Fixed
            }
            _ => return Err(WireError::Malformed("an unknown field type")),
        };
        Ok(Some((key >> 3, value)))
    }

    /// Passes over a field that nobody asked for.
    pub(super) fn skip(&mut self, value: Value) -> Result<(), WireError> {
        match value {
            Value::Payload { end } => self.advance(end.saturating_sub(self.position)),
            Value::Varint(_) | Value::Fixed => Ok(()),
        }
    }

    /// Reads a payload as text; what is not UTF-8 is replaced, as names are only compared and shown.
    pub(super) fn text(&mut self, value: Value) -> Result<String, WireError> {
        let Value::Payload { end } = value else {
            return Err(WireError::Malformed("a number where a text belongs"));
        };
        let size = end.saturating_sub(self.position);
        if size > LONGEST_TEXT {
            return Err(WireError::Malformed("a name longer than a megabyte"));
        }
        let mut bytes = vec![0; size as usize];
        self.reader.read_exact(&mut bytes)?;
        self.position = end;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Reads a repeated integer field, packed or not, into `list`.
    pub(super) fn integers(&mut self, value: Value, list: &mut Vec<i64>) -> Result<(), WireError> {
        match value {
            Value::Varint(number) => list.push(number as i64),
            Value::Payload { end } => {
                while self.position < end {
                    list.push(self.varint()? as i64);
                }
            }
            Value::Fixed => {
                return Err(WireError::Malformed(
                    "a fixed number where a varint belongs",
                ));
            }
        }
        Ok(())
    }

    fn varint(&mut self) -> Result<u64, WireError> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            if self.position >= self.length {
                return Err(WireError::Truncated);
            }
            let mut byte = [0];
            self.reader.read_exact(&mut byte)?;
            self.position += 1;
            number |= u64::from(byte[0] & 0x7f) << shift;
            if byte[0] < 0x80 {
                return Ok(number);
            }
        }
        Err(WireError::Malformed("a number of more than ten bytes"))
    }

    fn advance(&mut self, size: u64) -> Result<(), WireError> {
        if self.length - self.position < size {
            return Err(WireError::Truncated);
        }
        let step = i64::try_from(size).map_err(|_| WireError::Malformed("an impossible length"))?;
        self.reader.seek_relative(step)?;
        self.position += size;
        Ok(())
    }
}
