//! Rust values as Coq's, and back: the types of Coq's standard library that have an equal here.

use crate::{CallError, Value, WrongShape};

/// A type of Rust that stands for a type of Coq.
///
/// | Rust | Coq |
/// |---|---|
/// | `u8`, `u16`, `u64`, `u128` | `N` |
/// | `i64`, `i128` | `Z` |
/// | `bool`, `()` | `bool`, `unit` |
/// | `Vec<T>`, `Option<T>`, `(A, B)` | `list`, `option`, `prod`; a triple of Coq is a pair of a pair and a value |
/// | [`Value`] | any of them |
pub trait Shape: Sized {
    /// As a value of Coq's type; an error if it is deeper than [`Value::DEPTH`].
    fn value(&self) -> Result<Value, CallError>;

    /// Back from a value of Coq's type.
    fn read(value: &Value) -> Result<Self, WrongShape>;
}

impl Shape for Value {
    fn value(&self) -> Result<Value, CallError> {
        Ok(self.clone())
    }

    fn read(value: &Value) -> Result<Self, WrongShape> {
        Ok(value.clone())
    }
}

impl Shape for () {
    fn value(&self) -> Result<Value, CallError> {
        Value::constructor("Tt", vec![])
    }

    fn read(value: &Value) -> Result<Self, WrongShape> {
        match value.parts() {
            Some(("Tt", [])) => Ok(()),
            _ => wrong(value, "the unit"),
        }
    }
}

impl Shape for bool {
    fn value(&self) -> Result<Value, CallError> {
        Value::constructor(if *self { "True" } else { "False" }, vec![])
    }

    fn read(value: &Value) -> Result<Self, WrongShape> {
        match value.parts() {
            Some(("True", [])) => Ok(true),
            Some(("False", [])) => Ok(false),
            _ => wrong(value, "a boolean"),
        }
    }
}

impl<A: Shape, B: Shape> Shape for (A, B) {
    fn value(&self) -> Result<Value, CallError> {
        Value::constructor("Pair", vec![self.0.value()?, self.1.value()?])
    }

    fn read(value: &Value) -> Result<Self, WrongShape> {
        match value.parts() {
            Some(("Pair", [a, b])) => Ok((A::read(a)?, B::read(b)?)),
            _ => wrong(value, "a pair"),
        }
    }
}

impl<T: Shape> Shape for Option<T> {
    fn value(&self) -> Result<Value, CallError> {
        match self {
            None => Value::constructor("None", vec![]),
            Some(inner) => Value::constructor("Some", vec![inner.value()?]),
        }
    }

    fn read(value: &Value) -> Result<Self, WrongShape> {
        match value.parts() {
            Some(("None", [])) => Ok(None),
            Some(("Some", [inner])) => Ok(Some(T::read(inner)?)),
            _ => wrong(value, "an option"),
        }
    }
}

impl<T: Shape> Shape for Vec<T> {
    fn value(&self) -> Result<Value, CallError> {
        let end = Value::constructor("Nil", vec![]);
        self.iter().rev().try_fold(end?, |rest, item| Value::constructor("Cons", vec![item.value()?, rest]))
    }

    fn read(value: &Value) -> Result<Self, WrongShape> {
        let (mut items, mut rest) = (Self::new(), value);
        loop {
            match rest.parts() {
                Some(("Nil", [])) => return Ok(items),
                Some(("Cons", [item, more])) => {
                    items.push(T::read(item)?);
                    rest = more;
                }
                _ => return wrong(value, "a list"),
            }
        }
    }
}

/// `XI p` is twice p and 1, `XO p` is twice p, `XH` is 1.
fn positive(number: u128) -> Result<Value, CallError> {
    let highest = Value::constructor("XH", vec![]);
    let below = u128::BITS.saturating_sub(number.leading_zeros() + 1);
    (0..below).rev().try_fold(highest?, |higher, bit| {
        Value::constructor(if number >> bit & 1 == 1 { "XI" } else { "XO" }, vec![higher])
    })
}

fn read_positive(value: &Value) -> Option<u128> {
    let (mut number, mut rest) = (0, value);
    for bit in 0..u128::BITS {
        match rest.parts()? {
            ("XH", []) => return Some(number | 1 << bit),
            ("XI", [higher]) => (number, rest) = (number | 1 << bit, higher),
            ("XO", [higher]) => rest = higher,
            _ => return None,
        }
    }
    None
}

impl Shape for u128 {
    fn value(&self) -> Result<Value, CallError> {
        match *self {
            0 => Value::constructor("N0", vec![]),
            number => Value::constructor("Npos", vec![positive(number)?]),
        }
    }

    fn read(value: &Value) -> Result<Self, WrongShape> {
        let number = match value.parts() {
            Some(("N0", [])) => Some(0),
            Some(("Npos", [number])) => read_positive(number),
            _ => None,
        };
        number.map_or_else(|| wrong(value, "a natural number below 2^128"), Ok)
    }
}

impl Shape for i128 {
    fn value(&self) -> Result<Value, CallError> {
        let size = self.unsigned_abs();
        match self.signum() {
            0 => Value::constructor("Z0", vec![]),
            1 => Value::constructor("Zpos", vec![positive(size)?]),
            _ => Value::constructor("Zneg", vec![positive(size)?]),
        }
    }

    fn read(value: &Value) -> Result<Self, WrongShape> {
        let number = match value.parts() {
            Some(("Z0", [])) => Some(0),
            Some(("Zpos", [size])) => read_positive(size).and_then(|size| Self::try_from(size).ok()),
            Some(("Zneg", [size])) => read_positive(size).and_then(|size| 0_i128.checked_sub_unsigned(size)),
            _ => None,
        };
        number.map_or_else(|| wrong(value, "an integer of 128 bits"), Ok)
    }
}

/// A smaller number by way of a larger one.
macro_rules! smaller {
    ($($small:ty as $large:ty, $wanted:literal;)*) => {$(
        impl Shape for $small {
            fn value(&self) -> Result<Value, CallError> {
                <$large>::from(*self).value()
            }

            fn read(value: &Value) -> Result<Self, WrongShape> {
                <$large>::read(value)?.try_into().or_else(|_| wrong(value, $wanted))
            }
        }
    )*};
}

smaller! {
    u8 as u128, "a natural number of 8 bits";
    u16 as u128, "a natural number of 16 bits";
    u64 as u128, "a natural number of 64 bits";
    i64 as i128, "an integer of 64 bits";
}

fn wrong<T>(value: &Value, wanted: &'static str) -> Result<T, WrongShape> {
    Err(WrongShape { wanted, found: value.raw() })
}
