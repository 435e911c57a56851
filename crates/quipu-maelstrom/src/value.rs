//! Between the data model of nodes and JSON.

use quipu_node::Value;
use serde::Deserialize;
use serde_json::{Number, Value as Json};

/// The value of a piece of JSON. `1` and `1.0` stay different.
pub fn from_json(json: &Json) -> Value {
    Value::deserialize(json).expect("the data model of nodes is JSON's")
}

/// A value as JSON. Integers beyond 64 bits become floating-point numbers, as whoever reads them will do anyway;
/// numbers that JSON cannot write become null.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(bool) => Json::Bool(*bool),
        Value::Int(int) => {
            Number::from_i128(*int).or_else(|| Number::from_f64(*int as f64)).map_or(Json::Null, Json::Number)
        }
        Value::Float(float) => Number::from_f64(*float).map_or(Json::Null, Json::Number),
        Value::Text(text) => Json::String((**text).to_owned()),
        Value::List(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Map(entries) => {
            Json::Object(entries.iter().map(|(key, value)| ((**key).to_owned(), to_json(value))).collect())
        }
    }
}
