//! A message on the node's side: decoded in two steps, without building a JSON tree.
//!
//! Whose message it is decides how its body is read (a client's, a peer's, a service's), and the sender may stand
//! behind the body on the line. So a [`Frame`] leaves the body as text, and [`Body`] then takes it apart in one pass:
//! the reserved keys by themselves, all others as the values a node will want anyway.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use quipu_node::Value;
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A message whose body has not been looked at. The receiver's name and what else stands on the line are passed over.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Frame<'a> {
    /// The sender.
    #[serde(borrow)]
    pub(crate) src: Text<'a>,
    /// The receiver: this node, under the name by which it is told its own in `init`.
    #[serde(borrow)]
    pub(crate) dest: Text<'a>,
    /// The body, still text.
    #[serde(borrow)]
    pub(crate) body: &'a RawValue,
}

/// The fields of a body.
#[derive(Debug, Default)]
pub(crate) struct Body<'a> {
    pub(crate) kind: Option<Text<'a>>,
    pub(crate) msg_id: Option<i64>,
    pub(crate) in_reply_to: Option<i64>,
    /// All other fields, as they stand.
    fields: Vec<(Text<'a>, Value)>,
}

impl<'a> Body<'a> {
    /// Reads a body, or says what is wrong with it.
    pub(crate) fn parse(body: &'a str) -> Result<Self, String> {
        serde_json::from_str(body).map_err(|error| {
            let text = error.to_string();
            text.split(" at line ").next().unwrap_or(&text).to_owned()
        })
    }

    /// The message number of a body that [`Body::parse`] refused, if one can be found: whom to tell.
    /// All else is passed over unread, for it may be what was refused: a number out of range, or lists without end.
    pub(crate) fn salvage_msg_id(body: &str) -> Option<i64> {
        Self::salvage(body, "msg_id")
    }

    /// The last integer under `key` of a body that [`Body::parse`] refused.
    pub(crate) fn salvage(body: &str, key: &'static str) -> Option<i64> {
        serde_json::Deserializer::from_str(body).deserialize_map(SalvageVisitor { key }).ok().flatten()
    }

    /// The message's type, or nothing if it has none.
    pub(crate) fn kind(&self) -> &str {
        self.kind.as_ref().map_or("", |kind| &kind.0)
    }

    /// Takes a field out.
    pub(crate) fn take(&mut self, key: &str) -> Option<Value> {
        // The last of several equal keys counts, as everywhere in JSON.
        let index = self.fields.iter().rposition(|(name, _)| name.0 == key)?;
        Some(self.fields.swap_remove(index).1)
    }

    /// True if there is such a field.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.fields.iter().any(|(name, _)| name.0 == key)
    }

    /// All fields but the reserved ones, as one map.
    pub(crate) fn into_fields(self) -> Value {
        let own = |(key, value): (Text<'a>, Value)| (Arc::<str>::from(&*key.0), value);
        Value::map(self.fields.into_iter().map(own))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Body<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(BodyVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object as `body`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body<'de>, A::Error> {
        let mut body = Body::default();
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match &*key.0 {
                "type" => body.kind = Some(map.next_value().map_err(|error| field("type", &error))?),
                "msg_id" => body.msg_id = map.next_value().map_err(|error| field("msg_id", &error))?,
                "in_reply_to" => {
                    body.in_reply_to = map.next_value().map_err(|error| field("in_reply_to", &error))?;
                }
                _ => body.fields.push((key, map.next_value()?)),
            }
        }
        Ok(body)
    }
}

/// Looks for one integer in a map.
struct SalvageVisitor {
    key: &'static str,
}

impl<'de> Visitor<'de> for SalvageVisitor {
    type Value = Option<i64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<i64>, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<Text<'de>>()? {
            let value: &RawValue = map.next_value()?;
            if key.0 == self.key {
                found = value.get().parse().ok();
            }
        }
        Ok(found)
    }
}

fn field<E: de::Error>(name: &str, error: &E) -> E {
    E::custom(format_args!("`{name}`: {error}"))
}

/// Text that is borrowed from the line wherever it holds no escape.
#[derive(Debug)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

/// True if the text is one JSON value: used to tell a line that is not JSON from one that is not a message.
pub(crate) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}
