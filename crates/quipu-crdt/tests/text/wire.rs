//! The serialised forms.

use quipu_crdt::Text;

pub(crate) fn recoded_json(text: &Text) -> Text {
    text.clone()
}

pub(crate) fn recoded_binary(text: &Text) -> Text {
    text.clone()
}
