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

/// What one agent of a concurrent session has, and of which transactions.
#[derive(Default)]
struct Agent {
    text: Text,
    shown: Vec<u16>,
    seen: Vec<bool>,
}

impl Agent {
    /// Takes in what the named transactions had seen, in their order.
    fn merge(&mut self, upto: &[usize], trace: &Trace, deltas: &[Vec<Text>]) {
        let (mut open, mut missing) = (upto.to_vec(), Vec::new());
        while let Some(number) = open.pop() {
            if !std::mem::replace(&mut self.seen[number], true) {
                missing.push(number);
                open.extend(&trace.transactions[number].parents);
            }
        }
        missing.sort_unstable();
        for delta in missing.into_iter().flat_map(|number| &deltas[number]) {
            let bytes = postcard::to_allocvec(delta).expect("serialises");
            let delta = postcard::from_bytes(&bytes).expect("comes back");
            follow(&mut self.shown, &self.text.apply(&delta, Unit::Utf16));
        }
    }
}

fn replay_concurrent(name: &str) {
    let trace = traces::read(name);
    let count = trace.transactions.len();
    let mut agents: Vec<Agent> = Vec::new();
    agents.resize_with(trace.agents, || Agent { seen: vec![false; count], ..Agent::default() });
    let mut deltas: Vec<Vec<Text>> = Vec::new();
    for (number, transaction) in trace.transactions.iter().enumerate() {
        let agent = &mut agents[transaction.agent];
        agent.merge(&transaction.parents, &trace, &deltas);
        let mut made = Vec::new();
        for patch in &transaction.patches {
            made.extend(edit(&mut agent.text, replica(transaction.agent), patch));
            let range = patch.at..patch.at + patch.deleted;
            agent.shown.splice(range, patch.inserted.encode_utf16());
        }
        agent.seen[number] = true;
        deltas.push(made);
    }
    for agent in &mut agents {
        agent.merge(&(0..count).collect::<Vec<_>>(), &trace, &deltas);
        assert_eq!(agent.text.to_string(), trace.end, "{name}");
        assert_eq!(String::from_utf16(&agent.shown).expect("whole characters"), trace.end, "{name}");
    }
    let mut backwards = Text::default();
    for delta in deltas.iter().flatten().rev() {
        backwards.join(delta);
    }
    for agent in &agents {
        assert_eq!(agent.text, agents[0].text, "{name}");
        assert_eq!(agent.text, backwards, "{name}: every delta before what it builds on");
    }
}

#[test]
fn concurrent_sessions_converge_for_every_agent() {
    for name in ["friendsforever", "clownschool"] {
        replay_concurrent(&format!("concurrent/{name}"));
    }
}

/// What a full state may take, from the sizes that others need for the same history.
#[test]
fn full_histories_stay_small() {
    for (name, most) in [
        ("automerge-paper", 90_000),
        ("rustcode", 160_000),
        ("seph-blog1", 140_000),
        ("friendsforever_flat", 22_000),
    ] {
        let trace = traces::read(&format!("sequential/{name}"));
        let mut text = Text::default();
        let (mut bytes, mut deltas, mut inserted) = (0, 0, 0);
        for patch in trace.transactions.iter().flat_map(|transaction| &transaction.patches) {
            inserted += patch.inserted.len();
            for delta in edit(&mut text, replica(0), patch) {
                bytes += postcard::to_allocvec(&delta).expect("serialises").len();
                deltas += 1;
            }
        }
        let full = postcard::to_allocvec(&text).expect("serialises");
        assert!(full.len() <= most, "{name}: {} bytes instead of at most {most}", full.len());
        let back: Text = postcard::from_bytes(&full).expect("comes back");
        assert_eq!(back, text);
        assert_eq!(back.to_string(), trace.end);
        let without = postcard::to_allocvec(&text.without_deleted_text()).expect("serialises");
        assert!(without.len() < full.len());
        let back: Text = postcard::from_bytes(&without).expect("comes back");
        assert_eq!(back, text);
        // A delta names the replica, here in 8 bytes, and has up to 11 beside its text.
        assert!(bytes - inserted <= deltas * (8 + 11), "{name}: {bytes} bytes in {deltas} deltas");
    }
}

#[test]
fn sequential_sessions_end_with_the_recorded_text() {
    for name in ["automerge-paper", "rustcode", "seph-blog1", "sveltecomponent", "friendsforever_flat"] {
        replay_sequential(&format!("sequential/{name}"));
    }
}
