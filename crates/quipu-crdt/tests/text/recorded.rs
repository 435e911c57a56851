//! Recorded editing sessions: the sequential ones end with the recorded text, the concurrent ones converge.

use quipu_crdt::text::{Edit, Offset, Unit};
use quipu_crdt::{Lattice, NodeName, ReplicaId, Text};

use crate::traces::{self, Patch, Trace};

fn replica(agent: usize) -> ReplicaId {
    ReplicaId::new(NodeName::new(&format!("agent{agent}")), 1)
}

/// Makes the edits of a patch and returns the deltas.
fn edit(text: &mut Text, who: ReplicaId, patch: &Patch) -> Vec<Text> {
    let at = Offset::Chars(patch.at);
    let mut deltas = Vec::new();
    if patch.deleted > 0 {
        let end = Offset::Chars(patch.at + patch.deleted);
        deltas.push(text.delete(who, at..end).expect("within the text"));
    }
    if !patch.inserted.is_empty() {
        deltas.push(text.insert(who, at, &patch.inserted).expect("within the text"));
    }
    deltas
}

/// Makes edits to a plain string, as an editor would.
pub(crate) fn follow(shown: &mut Vec<u16>, edits: &[Edit]) {
    for edit in edits {
        match edit {
            Edit::Insert { at, text } => drop(shown.splice(*at..*at, text.encode_utf16())),
            Edit::Delete { at, len } => drop(shown.drain(*at..*at + *len)),
        }
    }
}

fn replay_sequential(name: &str) {
    let trace = traces::read(name);
    let (mut here, mut there) = (Text::default(), Text::default());
    let mut shown = Vec::new();
    for transaction in &trace.transactions {
        for patch in &transaction.patches {
            for delta in edit(&mut here, replica(0), patch) {
                follow(&mut shown, &there.apply(&delta, Unit::Utf16));
            }
        }
    }
    assert_eq!(here.to_string(), trace.end, "{name} edited");
    assert_eq!(there.to_string(), trace.end, "{name} received");
    assert_eq!(String::from_utf16(&shown).expect("whole characters"), trace.end, "{name} shown in an editor");
    assert_eq!(here, there);
}

#[test]
fn sequential_sessions_end_with_the_recorded_text() {
    for name in ["automerge-paper", "rustcode", "seph-blog1", "sveltecomponent", "friendsforever_flat"] {
        replay_sequential(&format!("sequential/{name}"));
    }
}
