//! `quipu search`: the table of all counters, one counterexample, and the JSON.

use crate::Folder;

#[test]
fn the_table_says_of_each_counter_what_is_claimed_of_it() {
    let folder = Folder::new();
    let ended = folder.quipu("search --operations 3");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.stdout.starts_with("2 nodes, up to 3 client operations"),
        "the bounds come first: {ended:?}"
    );
    let row = |name: &str| ended.stdout.lines().find(|line| line.contains(name)).unwrap();
    assert_eq!(row("(chain)").matches("| right: all ").count(), 2, "{ended:?}");
    for refuted in ["plain read |", "identity CAS", "constant written", "random 0..99", "chain without tags"]
    {
        assert_eq!(row(refuted).matches("| wrong: ").count(), 2, "{ended:?}");
    }
    for name in ["CAS loop, fresh value", "lock in the store |", "(slots)"] {
        assert!(
            row(name).contains("| wrong: 2 operations, ") && row(name).contains("| right: all "),
            "{ended:?}"
        );
    }
}

#[test]
fn a_counterexample_is_told_with_the_order_that_makes_it_lawful() {
    let folder = Folder::new();
    let ended = folder.quipu("search --node slots --store definition");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for sentence in [
        "wrong        after 2 client operations, in 7 steps; nothing shorter is wrong",
        "  9. n0 has answered c0: read_ok 0",
        "So: the read, begun after every add was acknowledged, is wrong: n0 read 0; acceptable: 1.",
        "One order of the store's operations explains every answer:",
    ] {
        assert!(ended.stdout.contains(sentence), "{ended:?}");
    }
}

#[test]
fn the_json_of_a_search_is_one_document() {
    let folder = Folder::new();
    let ended = folder.quipu("search --node cas --fence fresh --operations 2 --json");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let document = ended.json();
    assert_eq!((&document["operations"], &document["lose"]), (&2.into(), &0.into()));
    let results = document["results"].as_array().unwrap();
    assert_eq!(results.len(), 2, "one for each store: {document}");
    assert_eq!((&results[0]["store"], &results[0]["verdict"]), (&"definition".into(), &"wrong".into()));
    assert_eq!(results[0]["counterexample"]["operations"], 2);
    assert_eq!((&results[1]["store"], &results[1]["verdict"]), (&"maelstrom".into(), &"right".into()));
    assert!(results[1]["counterexample"].is_null());
}

#[test]
fn more_states_than_allowed_are_no_verdict() {
    let folder = Folder::new();
    let ended = folder.quipu("search --node chain --store definition --states 1000");
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.line("unknown").contains("--states"), "{ended:?}");
}
