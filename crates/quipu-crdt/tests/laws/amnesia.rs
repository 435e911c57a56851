//! The negative control: a replica that has lost everything and goes on under its old incarnation.
//!
//! It gives names anew that others know already, and of two changes with one name one is lost. The search that finds nothing
//! wrong with fresh incarnations must find this, in a few steps.

use quipu_crdt::{
    Cart, Causal, Document, DwFlag, EwFlag, GCounter, MvRegister, OrMap, OrSet, PnCounter, ResettableCounter,
    RwSet,
};
use quipu_laws::{Bounds, Failure, Subject, exhaust};

use crate::SHORT;
use crate::kind::Of;
use crate::text::Typist;

/// [`forgetful`] for one type.
type Search = fn(&str) -> Failure;

/// The shortest story of a type that goes on under its old name, of executions that are right under a new one.
fn forgetful<S: Subject>(name: &str) -> Failure {
    for operations in 2..=3 {
        // No more than every type is taken through with new incarnations.
        if let Err(failure) = exhaust::<S>(Bounds { operations, ..SHORT }) {
            assert!(failure.story.len() <= 6, "{name}: {failure}");
            assert!(failure.story.iter().any(|step| step.contains("loses everything")), "{name}: {failure}");
            return failure;
        }
    }
    panic!("{name}: nothing is wrong in three operations");
}

#[test]
fn a_replica_under_its_old_incarnation_is_found_for_every_type() {
    let types: [(&str, Search); 18] = [
        ("GCounter", forgetful::<Of<GCounter, true>>),
        ("PnCounter", forgetful::<Of<PnCounter, true>>),
        ("OrSet", forgetful::<Of<Causal<OrSet<u8>>, true>>),
        ("RwSet", forgetful::<Of<Causal<RwSet<u8>>, true>>),
        ("EwFlag", forgetful::<Of<Causal<EwFlag>, true>>),
        ("DwFlag", forgetful::<Of<Causal<DwFlag>, true>>),
        ("MvRegister", forgetful::<Of<Causal<MvRegister<u8>>, true>>),
        ("ResettableCounter", forgetful::<Of<Causal<ResettableCounter>, true>>),
        ("OrMap of ResettableCounter", forgetful::<Of<Causal<OrMap<u8, ResettableCounter>>, true>>),
        ("OrMap of MvRegister", forgetful::<Of<Causal<OrMap<u8, MvRegister<u8>>>, true>>),
        ("OrMap of OrSet", forgetful::<Of<Causal<OrMap<u8, OrSet<u8>>>, true>>),
        ("OrMap of RwSet", forgetful::<Of<Causal<OrMap<u8, RwSet<u8>>>, true>>),
        ("OrMap of EwFlag", forgetful::<Of<Causal<OrMap<u8, EwFlag>>, true>>),
        ("OrMap of DwFlag", forgetful::<Of<Causal<OrMap<u8, DwFlag>>, true>>),
        ("OrMap of OrMap of OrSet", forgetful::<Of<Causal<OrMap<u8, OrMap<u8, OrSet<u8>>>>, true>>),
        ("Cart", forgetful::<Of<Causal<Cart<u8>>, true>>),
        ("Document", forgetful::<Of<Causal<Document>, true>>),
        ("Text", forgetful::<Typist<true>>),
    ];
    for (name, forgetful) in types {
        println!("{name}: {}", forgetful(name));
    }
}

#[test]
fn the_story_of_a_set_that_gives_a_name_twice() {
    let failure = forgetful::<Of<Causal<OrSet<u8>>, true>>("OrSet");
    let story = "\
broken: a replica shows what its history says
  it shows {1}, its history says {1, 2}; its state is {n2@1:1: 1} seen {n2@1: 1..=1}
after these steps (4, shrunk from 4):
  1. r2 does Add(2) (delta d8)  ->  {n2@1:1: 2} seen {n2@1: 1..=1}
  2. r2 loses everything, comes back as a new replica  ->  {} seen {}
  3. r2 does Add(1) (delta d9)  ->  {n2@1:1: 1} seen {n2@1: 1..=1}
  4. r2 receives d8  ->  {n2@1:1: 1} seen {n2@1: 1..=1}
found by the exhaustive search, after 70 states";
    assert_eq!(failure.to_string(), story);
}
