//! Mistakes that were made elsewhere, each found by chance within a stated number of executions, and by the search.

use quipu_laws::{Bounds, Settings, check, exhaust};

use crate::dot_set::{DotSet, MISTAKES, Mistake};
use crate::register::{Register, Tally};
use crate::{found_by_chance, found_by_search};

const fn number(mistake: Mistake) -> usize {
    let mut number = 0;
    while MISTAKES[number] as u8 != mistake as u8 {
        number += 1;
    }
    number
}

type With<const MISTAKE: usize> = DotSet<MISTAKE>;

#[test]
fn without_a_mistake_nothing_is_found() {
    check::<With<{ number(Mistake::None) }>>(&Settings::default()).unwrap();
    exhaust::<With<{ number(Mistake::None) }>>(Bounds { restarts: 1, ..Bounds::new(3, 2) }).unwrap();
    check::<Register<false>>(&Settings::default()).unwrap();
    exhaust::<Register<false>>(Bounds { restarts: 0, ..Bounds::new(3, 3) }).unwrap();
    check::<Tally<0, false>>(&Settings::default()).unwrap();
    exhaust::<Tally<0, false>>(Bounds { restarts: 1, ..Bounds::new(3, 3) }).unwrap();
}

#[test]
fn a_merge_that_keeps_an_element_removed_on_the_other_side() {
    found_by_chance::<With<{ number(Mistake::KeepsWhatBothHave) }>>(20);
    found_by_search::<With<{ number(Mistake::KeepsWhatBothHave) }>>(3, 2);
}

#[test]
fn a_map_join_that_uses_an_already_advanced_clock() {
    found_by_chance::<With<{ number(Mistake::AdvancedContext) }>>(20);
    found_by_search::<With<{ number(Mistake::AdvancedContext) }>>(2, 1);
}

#[test]
fn greater_or_equal_for_greater_in_a_dot_comparison() {
    found_by_chance::<With<{ number(Mistake::GreaterOrEqual) }>>(20);
    found_by_search::<With<{ number(Mistake::GreaterOrEqual) }>>(2, 1);
}

#[test]
fn two_updates_of_one_replica_delivered_out_of_order() {
    found_by_chance::<With<{ number(Mistake::NoGaps) }>>(20);
    found_by_search::<With<{ number(Mistake::NoGaps) }>>(2, 2);
}

#[test]
fn a_remove_that_claims_all_its_sender_has_seen() {
    found_by_chance::<With<{ number(Mistake::RemoveClaimsAll) }>>(20);
    found_by_search::<With<{ number(Mistake::RemoveClaimsAll) }>>(3, 2);
}

#[test]
fn equal_ids_issued_twice_after_a_loss() {
    found_by_chance::<With<{ number(Mistake::SameNameAfterLoss) }>>(20);
    let failure =
        exhaust::<With<{ number(Mistake::SameNameAfterLoss) }>>(Bounds { restarts: 1, ..Bounds::new(2, 2) })
            .unwrap_err();
    assert!(failure.story.iter().any(|line| line.contains("loses everything")), "{failure}");
}

#[test]
fn news_that_leave_out_removals() {
    found_by_chance::<With<{ number(Mistake::NewsWithoutRemovals) }>>(20);
    found_by_search::<With<{ number(Mistake::NewsWithoutRemovals) }>>(2, 1);
}

#[test]
fn an_encoding_that_forgets_removals() {
    found_by_chance::<With<{ number(Mistake::EncodesTheLiving) }>>(20);
    found_by_search::<With<{ number(Mistake::EncodesTheLiving) }>>(2, 0);
}

#[test]
fn a_collection_of_removed_elements_at_any_time() {
    found_by_chance::<With<{ number(Mistake::ForgetsTheRemoved) }>>(20);
    found_by_search::<With<{ number(Mistake::ForgetsTheRemoved) }>>(2, 0);
}

#[test]
fn a_multi_value_write_that_drops_an_unseen_sibling() {
    found_by_chance::<Register<true>>(20);
    found_by_search::<Register<true>>(3, 1);
}

#[test]
fn a_counter_that_adds_what_it_should_compare() {
    found_by_chance::<Tally<1, false>>(20);
    found_by_search::<Tally<1, false>>(1, 1);
}

#[test]
fn a_counter_that_believes_the_newcomer() {
    found_by_chance::<Tally<2, false>>(20);
    found_by_search::<Tally<2, false>>(2, 2);
}

#[test]
fn a_counter_that_wraps() {
    found_by_chance::<Tally<0, true>>(50);
    found_by_search::<Tally<0, true>>(3, 0);
}
