//! Messages as a harness sees them: one JSON object per line, judged as strictly as Maelstrom does.
//!
//! From a node come exactly `src`, `dest` and `body`, and perhaps an integer `id`; anything else is a [`LineError`]
//! that says precisely what is wrong. What is left out: bodies are not judged here, see [`crate::check_reply`].

use std::fmt;

use serde_json::{Map, Value as Json};

/// The fields of a body, with text keys.
pub type Body = Map<String, Json>;

/// A message on the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The harness's own number for it; what a node writes there is overwritten.
    pub id: Option<i64>,
    /// The sender's name.
    pub src: String,
    /// The receiver's name.
    pub dest: String,
    /// What is said.
    pub body: Body,
}

impl Message {
    /// Appends the message as one line, line feed included.
    pub fn write_line(&self, out: &mut Vec<u8>) {
        write_line(out, self.id, &self.src, &self.dest, &self.body);
    }
}

/// Appends a message as one line, line feed included.
pub fn write_line(out: &mut Vec<u8>, id: Option<i64>, src: &str, dest: &str, body: &Body) {
    out.push(b'{');
    if let Some(id) = id {
        out.extend_from_slice(b"\"id\":");
        write_json(out, &id);
        out.push(b',');
    }
    out.extend_from_slice(b"\"src\":");
    write_json(out, src);
    out.extend_from_slice(b",\"dest\":");
    write_json(out, dest);
    out.extend_from_slice(b",\"body\":");
    write_json(out, body);
    out.extend_from_slice(b"}\n");
}

/// Appends a value as compact JSON.
fn write_json<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).expect("memory takes every write, and the keys are text");
}

/// Why a line is not a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineError {
    /// There is nothing on the line.
    Empty,
    /// It is not JSON.
    NotJson {
        /// Where it stops being JSON, in bytes from 1.
        column: usize,
        /// What is wrong there.
        why: String,
    },
    /// It is JSON, but not an object.
    NotAnObject {
        /// What it is instead.
        got: &'static str,
    },
    /// A field that every message has is missing.
    Missing {
        /// Which.
        field: &'static str,
    },
    /// A top-level key that no message has.
    ExtraKey {
        /// Its name.
        key: String,
    },
    /// A field is of the wrong type.
    WrongType {
        /// Which.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is instead.
        got: &'static str,
    },
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("an empty line"),
            Self::NotJson { column, why } => write!(f, "not JSON at column {column}: {why}"),
            Self::NotAnObject { got } => write!(f, "{got} instead of a message object"),
            Self::Missing { field } => write!(f, "`{field}` is missing"),
            Self::ExtraKey { key } => {
                write!(f, "extra top-level key `{key}` (a message has `src`, `dest` and `body` only)")
            }
            Self::WrongType { field, expected, got } => {
                write!(f, "`{field}` must be {expected}, but it is {got}")
            }
        }
    }
}

impl std::error::Error for LineError {}

/// Reads one line, with or without its line feed, as a message.
///
/// # Errors
/// Says the first thing that is wrong with it; the keys are looked at in the order `src`, `dest`, `body`, `id`, then
/// the extra ones.
pub fn parse_line(line: &str) -> Result<Message, LineError> {
    if line.trim().is_empty() {
        return Err(LineError::Empty);
    }
    let mut fields = match serde_json::from_str(line).map_err(|error| not_json(&error))? {
        Json::Object(fields) => fields,
        other => return Err(LineError::NotAnObject { got: type_name(&other) }),
    };
    let src = text(&mut fields, "src")?;
    let dest = text(&mut fields, "dest")?;
    let body = match fields.remove("body") {
        Some(Json::Object(body)) => body,
        other => return Err(wrong("body", "an object", other.as_ref())),
    };
    let id = match fields.remove("id") {
        None => None,
        Some(Json::Number(number)) if number.is_i64() || number.is_u64() => number.as_i64(),
        Some(other) => return Err(wrong("id", "an integer", Some(&other))),
    };
    match fields.into_iter().next() {
        Some((key, _)) => Err(LineError::ExtraKey { key }),
        None => Ok(Message { id, src, dest, body }),
    }
}

/// What a JSON value is, for people.
pub(crate) fn type_name(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(number) if number.is_f64() => "a number with a fraction or beyond 64 bits",
        Json::Number(_) => "an integer",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

fn not_json(error: &serde_json::Error) -> LineError {
    let text = error.to_string();
    // The parser appends its own position; a line has only columns.
    let why = text.split(" at line ").next().unwrap_or(&text).to_owned();
    LineError::NotJson { column: error.column(), why }
}

fn text(fields: &mut Map<String, Json>, field: &'static str) -> Result<String, LineError> {
    match fields.remove(field) {
        Some(Json::String(text)) => Ok(text),
        other => Err(wrong(field, "a string", other.as_ref())),
    }
}

fn wrong(field: &'static str, expected: &'static str, got: Option<&Json>) -> LineError {
    match got {
        None => LineError::Missing { field },
        Some(value) => LineError::WrongType { field, expected, got: type_name(value) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let line = r#"{"id":7,"src":"n1","dest":"c2","body":{"in_reply_to":1,"type":"add_ok"}}"#;
        let message = parse_line(line).unwrap();
        assert_eq!((message.id, &*message.src, &*message.dest), (Some(7), "n1", "c2"));
        let mut written = Vec::new();
        message.write_line(&mut written);
        assert_eq!(String::from_utf8(written).unwrap(), format!("{line}\n"));
        assert_eq!(parse_line(r#"{"src":"n1","dest":"c2","body":{}}"#).unwrap().id, None);
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said_precisely() {
        let cases = [
            ("", "an empty line"),
            (" \r", "an empty line"),
            ("hello", "not JSON at column 1: expected value"),
            (r#"{"src":"n1""#, "not JSON at column 11: EOF while parsing an object"),
            (r#"{"src":"n1"} x"#, "not JSON at column 14: trailing characters"),
            ("[1]", "an array instead of a message object"),
            ("1", "an integer instead of a message object"),
            (r#"{"dest":"c1","body":{}}"#, "`src` is missing"),
            (r#"{"src":"n1","body":{}}"#, "`dest` is missing"),
            (r#"{"src":"n1","dest":"c1"}"#, "`body` is missing"),
            (r#"{"src":1,"dest":"c1","body":{}}"#, "`src` must be a string, but it is an integer"),
            (r#"{"src":"n1","dest":null,"body":{}}"#, "`dest` must be a string, but it is null"),
            (r#"{"src":"n1","dest":"c1","body":[]}"#, "`body` must be an object, but it is an array"),
            (r#"{"src":"n1","dest":"c1","body":{},"id":"7"}"#, "`id` must be an integer, but it is a string"),
            (
                r#"{"src":"n1","dest":"c1","body":{},"time":3}"#,
                "extra top-level key `time` (a message has `src`, `dest` and `body` only)",
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(parse_line(line).unwrap_err().to_string(), expected, "{line}");
        }
    }
}
