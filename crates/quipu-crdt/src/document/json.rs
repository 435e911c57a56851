//! Documents as plain values: what is written, and what is read.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

/// A plain value: what is read from a [`crate::Document`], and what is written to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Json {
    /// Nothing, as a value.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number, written as one value. What is to be counted is a [`Json::Counter`].
    Int(i64),
    /// A floating-point number.
    Float(Float),
    /// Text, written as a whole. What several edit at once is a text type of its own.
    Text(String),
    /// A number to which replicas add at the same time. Written, it must fit 64 bits: it is the first step.
    Counter(i128),
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(BTreeMap<String, Json>),
    /// What was written at the same time and does not go together: at least two values, in the order that
    /// [`Json::resolved`] prefers. It is read, never written.
    Conflict(Vec<Json>),
}

impl Json {
    /// The value without conflicts: of each the first. That is the object, else the list, else the counter, else the
    /// smallest of the scalars, where null comes before booleans, numbers and texts. The rule says nothing about which is newer.
    #[must_use]
    pub fn resolved(self) -> Self {
        match self {
            Self::Conflict(values) => values.into_iter().next().map_or(Self::Null, Self::resolved),
            Self::List(items) => Self::List(items.into_iter().map(Self::resolved).collect()),
            Self::Object(fields) => {
                Self::Object(fields.into_iter().map(|(key, value)| (key, value.resolved())).collect())
            }
            plain => plain,
        }
    }

    /// An empty object.
    pub const fn object() -> Self {
        Self::Object(BTreeMap::new())
    }

    /// An empty list.
    pub const fn list() -> Self {
        Self::List(Vec::new())
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Float> for Json {
    fn from(value: Float) -> Self {
        Self::Float(value)
    }
}

impl<T: Into<Self>> FromIterator<T> for Json {
    /// The list of these.
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl<'a, T: Into<Self>> FromIterator<(&'a str, T)> for Json {
    /// The object of these; the last of equal keys counts.
    fn from_iter<I: IntoIterator<Item = (&'a str, T)>>(fields: I) -> Self {
        Self::Object(fields.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

/// A floating-point number that is neither infinite nor "not a number", compared by its bits: 0 and -0 differ. It is stored and
/// never computed with.
#[derive(Clone, Copy)]
pub struct Float(f64);

impl Float {
    /// None for infinities and what is not a number: JSON has no such values.
    pub fn new(value: f64) -> Option<Self> {
        value.is_finite().then_some(Self(value))
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl PartialEq for Float {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Float {}

impl PartialOrd for Float {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Float {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Hash for Float {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

impl fmt::Debug for Float {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Float {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(feature = "serde")]
mod wire {
    use alloc::format;
    use alloc::string::String;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Float;

    impl Serialize for Float {
        /// As text in readable formats, so that every bit comes back; as its bits in others.
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if serializer.is_human_readable() {
                serializer.collect_str(self)
            } else {
                self.get().serialize(serializer)
            }
        }
    }

    impl<'de> Deserialize<'de> for Float {
        /// Refuses infinities, what is not a number, and text that this type would not write.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let value = if deserializer.is_human_readable() {
                let text = String::deserialize(deserializer)?;
                text.parse().ok().and_then(Self::new).filter(|value| format!("{value}") == text)
            } else {
                Self::new(f64::deserialize(deserializer)?)
            };
            value.ok_or_else(|| D::Error::custom("a number that is not finite, or in an unusual spelling"))
        }
    }
}
