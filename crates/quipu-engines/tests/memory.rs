//! Memory passes the suite, and the suite finds what is wrong with engines that are wrong.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod broken;

use quipu_engines::conformance::{self, Case, InMemory};

use broken::{Broken, Mistake};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_passes_every_case() {
    for (case, outcome) in conformance::run(&InMemory::new(), "memory").await {
        assert_eq!(outcome, Ok(()), "{}", case.name());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_mistake_is_found_by_its_case() {
    for (mistake, case) in [
        (Mistake::SwapsWithoutLooking, Case::Semantics),
        (Mistake::LooksBeforeItSwaps, Case::Swaps),
        (Mistake::AddsInTwoSteps, Case::Counts),
        (Mistake::TokensStandStill, Case::Leases),
        (Mistake::FencesNothing, Case::Leases),
        (Mistake::SaysRefusedWhenNobodyKnows, Case::LostReplies),
        (Mistake::TriesAgainWhenNobodyKnows, Case::LostReplies),
        (Mistake::WaitsForEver, Case::Semantics),
    ] {
        let outcome = conformance::try_case(&Broken::new(mistake), case, "broken").await;
        assert!(outcome.is_err(), "{mistake:?} was not found by {}", case.name());
    }
}
