//! What a client library's error says.

use std::error::Error;

/// An error with what lies below it: the outermost one alone says next to nothing.
pub(crate) fn described(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(error) = below {
        text = format!("{text}: {error}");
        below = error.source();
    }
    text
}
