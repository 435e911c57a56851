//! The composed causal types: what they do, what every order of concurrent changes ends in, and what decoding refuses.

mod cart;
mod document;
mod executions;
mod flags;
mod or_map;
mod resettable_counter;

use quipu_crdt::{NodeName, ReplicaId};

fn replica(name: &str) -> ReplicaId {
    ReplicaId::new(NodeName::new(name), 1)
}

/// All orders of the numbers below `n`.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![vec![]];
    }
    let insert = |order: &Vec<usize>, at: usize| {
        let mut longer = order.clone();
        longer.insert(at, n - 1);
        longer
    };
    let shorter = orders(n - 1);
    shorter.iter().flat_map(|order| (0..n).map(move |at| insert(order, at))).collect()
}

/// A state comes back from JSON and from bytes.
#[cfg(feature = "serde")]
fn both_encodings<S>(state: &quipu_crdt::Causal<S>)
where
    S: quipu_crdt::DotStore + serde::Serialize + serde::de::DeserializeOwned + std::fmt::Debug,
{
    let text = serde_json::to_string(state).expect("serialises");
    assert_eq!(&serde_json::from_str::<quipu_crdt::Causal<S>>(&text).expect("comes back"), state);
    let bytes = postcard::to_allocvec(state).expect("serialises");
    assert_eq!(&postcard::from_bytes::<quipu_crdt::Causal<S>>(&bytes).expect("comes back"), state);
}
