//! Which form a text takes, and the ways in which formats hand bytes over.

use alloc::string::ToString;
use alloc::vec;

use serde::de::value::{Error as Refused, SeqDeserializer};

use super::*;
use crate::text::Offset;
use crate::{Lattice, NodeName, ReplicaId};

fn text(what: &str) -> Text {
    let mut text = Text::default();
    let m = ReplicaId::new(NodeName::new("m"), 1);
    text.insert(m, Offset::Chars(0), what).expect("at the start");
    text
}

#[test]
fn bytes_may_come_one_by_one() {
    let bytes = vec![2, 1, 1, b'm', 1, 2, 2, b'a', b'b'];
    let whole = Bytes.visit_bytes::<Refused>(&bytes).expect("well formed");
    let one_by_one = Bytes.visit_seq(SeqDeserializer::<_, Refused>::new(bytes.into_iter()));
    assert_eq!((&whole, one_by_one), (&text("ab"), Ok(text("ab"))));
    let refused = Bytes.visit_seq(SeqDeserializer::<_, Refused>::new(vec![2_u8].into_iter())).unwrap_err();
    assert_eq!(refused.to_string(), Malformed::Truncated.to_string());
}

#[test]
fn a_byte_after_the_end_is_refused() {
    for text in [text("ab"), text(&"x".repeat(300))] {
        let mut bytes = Vec::new();
        match text.read().as_change().filter(fits) {
            Some(change) => little::write(&change, &mut bytes),
            None => full::write(&text.read(), &mut bytes),
        }
        assert_eq!(read(&bytes), Ok(text));
        bytes.push(0);
        assert_eq!(read(&bytes), Err(Malformed::Trailing));
    }
}

#[test]
fn one_run_of_few_bytes_is_a_little_form_however_it_is_held() {
    for (len, is_little) in [(1, true), (LITTLE, true), (LITTLE + 1, false)] {
        let whole = text(&"x".repeat(len));
        let delta = whole.difference(&Text::default());
        assert!(matches!((&whole.known, &delta.known), (Known::Much(_), Known::Little(_))));
        let [bytes, same] = [whole, delta].map(|text| postcard::to_allocvec(&text).expect("serialises"));
        assert_eq!(bytes, same);
        let length = if len < 100 { 1 } else { 2 };
        assert_eq!(bytes[length] & little::FULL == 0, is_little);
    }
}
