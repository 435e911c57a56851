//! Values as text.
//!
//! JSON with the keys of maps in order: equal values are equal texts, so that an engine compares values by comparing texts.
//! Whatever else writes these keys has to write the same form, or its values compare as different.

use quipu_node::{KvError, Value};

/// The text of a value. Refused if it would not come back the same: JSON has no infinite numbers, and no integers beyond 64
/// bits that every reader keeps.
pub(crate) fn encode(value: &Value) -> Result<String, KvError> {
    let refused = || KvError::Refused(format!("{value} cannot be stored and come back the same").into());
    let text = serde_json::to_string(value).map_err(|_| refused())?;
    match decode(text.as_bytes()) {
        Ok(back) if back == *value => Ok(text),
        _ => Err(refused()),
    }
}

/// The value that a text stands for.
pub(crate) fn decode(text: &[u8]) -> Result<Value, KvError> {
    serde_json::from_slice(text).map_err(|error| {
        KvError::Malformed(format!("`{}` is stored, not JSON: {error}", shortened(text)).into())
    })
}

/// The integer that a text stands for.
#[cfg(any(test, feature = "etcd", feature = "nats", feature = "postgres", feature = "redis"))]
pub(crate) fn decode_int(text: &[u8]) -> Result<i64, KvError> {
    let value = decode(text)?;
    value
        .as_int()
        .and_then(|int| i64::try_from(int).ok())
        .ok_or_else(|| KvError::Malformed(format!("{value} is stored, not a 64-bit integer").into()))
}

/// The sum, or a refusal: integers never wrap.
pub(crate) fn sum(value: i64, delta: i64) -> Result<i64, KvError> {
    value.checked_add(delta).ok_or_else(|| KvError::Refused(format!("{value} + {delta} overflows").into()))
}

fn shortened(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_plain_digits() {
        assert_eq!(encode(&Value::from(-7_i64)).unwrap(), "-7");
        assert_eq!(encode(&Value::from(u64::MAX)).unwrap(), "18446744073709551615");
    }

    #[test]
    fn what_would_not_come_back_the_same_is_refused() {
        for value in [Value::Float(f64::NAN), Value::Float(f64::INFINITY), Value::Int(i128::MAX)] {
            assert!(matches!(encode(&value), Err(KvError::Refused(_))), "{value}");
        }
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        assert!(matches!(decode(b"{"), Err(KvError::Malformed(_))));
        assert!(matches!(decode(&[0xff; 200]), Err(KvError::Malformed(_))));
        assert!(matches!(decode_int(b"1.0"), Err(KvError::Malformed(_))));
        assert!(matches!(decode_int(b"9223372036854775808"), Err(KvError::Malformed(_))));
    }

    #[test]
    fn the_order_of_entries_makes_no_difference() {
        let one = Value::map([("a", Value::from(1_i64)), ("b", Value::Null)]);
        let other = Value::map([("b", Value::Null), ("a", Value::from(1_i64))]);
        assert_eq!(encode(&one).unwrap(), encode(&other).unwrap());
    }
}
