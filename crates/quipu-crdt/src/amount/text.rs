//! Amounts as text: `12.34 EUR`.

use core::fmt;
use core::str::FromStr;

use super::{Amount, Unit};

/// Why a text is not an amount of this unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseAmountError {
    /// It is not of the form `12.34` or `-12.34`, with or without the code of the unit.
    NotANumber,
    /// It has more decimals than the unit; dropping them would change the amount.
    TooManyDecimals {
        /// How many the unit has.
        scale: u8,
    },
    /// It passes 128 bits of minor units.
    OutOfRange,
    /// Another code follows the number.
    OtherUnit {
        /// The code of the unit that was asked for.
        expected: &'static str,
    },
}

impl fmt::Display for ParseAmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber => f.write_str("an amount is written in digits with a point, as in `-12.34`"),
            Self::TooManyDecimals { scale } => {
                write!(f, "more than {scale} decimals: round the amount by the rule that applies")
            }
            Self::OutOfRange => f.write_str("the amount does not fit 128 bits of minor units"),
            Self::OtherUnit { expected } => write!(f, "the amount is not in {expected}: convert it first"),
        }
    }
}

impl core::error::Error for ParseAmountError {}

impl<U: Unit> FromStr for Amount<U> {
    type Err = ParseAmountError;

    /// Takes what [`fmt::Display`] writes, also with fewer decimals and without the code.
    fn from_str(text: &str) -> Result<Self, ParseAmountError> {
        let number = match text.split_once(' ') {
            Some((number, code)) if code == U::CODE => number,
            Some((number, _)) if !number.is_empty() => {
                return Err(ParseAmountError::OtherUnit { expected: U::CODE });
            }
            Some(_) => return Err(ParseAmountError::NotANumber),
            None => text,
        };
        let (negative, digits) = match number.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, number),
        };
        let (whole, decimals) = match digits.split_once('.') {
            Some((whole, decimals)) if !decimals.is_empty() => (whole, decimals),
            Some(_) => return Err(ParseAmountError::NotANumber),
            None => (digits, ""),
        };
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_digits(whole) || !is_digits(decimals) {
            return Err(ParseAmountError::NotANumber);
        }
        let missing = usize::from(U::SCALE)
            .checked_sub(decimals.len())
            .ok_or(ParseAmountError::TooManyDecimals { scale: U::SCALE })?;
        let zeros = core::iter::repeat_n(b'0', missing);
        let minor = whole.bytes().chain(decimals.bytes()).chain(zeros).try_fold(0_i128, |minor, byte| {
            let digit = i128::from(byte - b'0');
            // Downwards if negative, since the smallest number has no positive counterpart.
            minor.checked_mul(10)?.checked_add(if negative { -digit } else { digit })
        });
        minor.map(Self::from_minor).ok_or(ParseAmountError::OutOfRange)
    }
}

impl<U: Unit> fmt::Display for Amount<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor() < 0 { "-" } else { "" };
        let one = Self::ONE.unsigned_abs();
        let (whole, decimals) = (self.minor().unsigned_abs() / one, self.minor().unsigned_abs() % one);
        let scale = usize::from(U::SCALE);
        if scale == 0 {
            return write!(f, "{sign}{whole} {}", U::CODE);
        }
        write!(f, "{sign}{whole}.{decimals:0scale$} {}", U::CODE)
    }
}

impl<U: Unit> fmt::Debug for Amount<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
