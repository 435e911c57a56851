//! The serialised forms.

use quipu_crdt::Text;

pub(crate) fn recoded_json(text: &Text) -> Text {
    let json = serde_json::to_string(text).expect("serialises");
    let back: Text = serde_json::from_str(&json).expect("comes back");
    assert_eq!(serde_json::to_string(&back).expect("serialises"), json, "one form");
    back
}

pub(crate) fn recoded_binary(text: &Text) -> Text {
    let bytes = postcard::to_allocvec(text).expect("serialises");
    let back: Text = postcard::from_bytes(&bytes).expect("comes back");
    assert_eq!(postcard::to_allocvec(&back).expect("serialises"), bytes, "one form");
    back
}
