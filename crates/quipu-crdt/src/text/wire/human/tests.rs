//! The limits of the readable form.

use alloc::vec;

use super::*;
use crate::NodeName;

fn form(text: Option<String>, dropped: Option<u32>) -> RunForm {
    let m = ReplicaId::new(NodeName::new("m"), 1);
    RunForm { id: (m, 1), left: None, right: None, text, dropped }
}

#[test]
fn a_run_is_not_longer_than_a_span() {
    let zeros = |bytes| String::from_utf8(vec![0; bytes]).unwrap();
    let too_long = form(Some(zeros(Span::MOST_BYTES + 1)), None).into_run();
    assert_eq!(too_long, Err(Malformed::BadText));
    assert_eq!(form(Some(zeros(3)), None).into_run().map(|run| run.chars), Ok(3));
}

#[test]
fn a_run_has_a_text_or_had_one() {
    assert_eq!(form(None, Some(3)).into_run().map(|run| (run.chars, run.text)), Ok((3, None)));
    assert_eq!(form(None, None).into_run(), Err(Malformed::BadText));
    assert_eq!(form(Some("ab".into()), Some(2)).into_run(), Err(Malformed::BadText));
}
