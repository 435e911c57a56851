//! Amounts serialised: as text for people; in binary as unit and minor units. The unit is its code and scale.

use alloc::string::ToString;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Amount, Unit};

/// Stands for the unit in what is written: `["EUR", 2]`. Another one is refused.
pub(crate) struct Declared<U>(PhantomData<fn() -> U>);

impl<U> Declared<U> {
    pub(crate) const UNIT: Self = Self(PhantomData);
}

impl<U: Unit> Serialize for Declared<U> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (U::CODE, U::SCALE).serialize(serializer)
    }
}

impl<'de, U: Unit> Deserialize<'de> for Declared<U> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (_, scale): (Code<U>, u8) = Deserialize::deserialize(deserializer)?;
        if scale != U::SCALE {
            let (code, ours) = (U::CODE, U::SCALE);
            return Err(D::Error::custom(format_args!(
                "{code} has {ours} decimals here, {scale} in what was read"
            )));
        }
        Ok(Self::UNIT)
    }
}

/// The code alone.
struct Code<U>(PhantomData<fn() -> U>);

impl<'de, U: Unit> Deserialize<'de> for Code<U> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Self(PhantomData))
    }
}

impl<U: Unit> Visitor<'_> for Code<U> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the unit {}", U::CODE)
    }

    fn visit_str<E: Error>(self, code: &str) -> Result<Self, E> {
        if code == U::CODE {
            Ok(self)
        } else {
            Err(E::invalid_value(serde::de::Unexpected::Str(code), &self))
        }
    }
}

impl<U: Unit> Serialize for Amount<U> {
    /// `"12.34 EUR"`, or `(("EUR", 2), 1234)` in binary.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_str(self);
        }
        (Declared::<U>::UNIT, self.minor()).serialize(serializer)
    }
}

impl<'de, U: Unit> Deserialize<'de> for Amount<U> {
    /// Takes back exactly what is written: as text, all decimals and the code.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return deserializer.deserialize_str(AmountVisitor(PhantomData));
        }
        let (_, minor): (Declared<U>, i128) = Deserialize::deserialize(deserializer)?;
        Ok(Self::from_minor(minor))
    }
}

struct AmountVisitor<U>(PhantomData<fn() -> U>);

impl<U: Unit> Visitor<'_> for AmountVisitor<U> {
    type Value = Amount<U>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an amount in {} with {} decimals", U::CODE, U::SCALE)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Amount<U>, E> {
        let amount: Amount<U> = text.parse().map_err(E::custom)?;
        if amount.to_string() != text {
            return Err(E::custom(format_args!("{amount} is written otherwise: {text}")));
        }
        Ok(amount)
    }
}
