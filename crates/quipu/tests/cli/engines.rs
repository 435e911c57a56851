//! `quipu compare --engine`, on memory: what is printed, and what is refused.

use crate::Folder;

const MECHANISMS: [&str; 7] =
    ["read-modify-write", "swap", "swap-backoff", "key-per-writer", "atomic-add", "optimistic", "lease"];

#[test]
fn each_mechanism_has_a_row_and_a_right_count_where_it_promises_one() {
    let folder = Folder::new();
    let ended = folder.quipu("compare --engine memory --clients 1,3 --seconds 0.05 --json");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let json = ended.json();
    let rows = json["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2 * MECHANISMS.len(), "{ended:?}");
    for row in rows {
        assert!(MECHANISMS.contains(&row["mechanism"].as_str().unwrap()), "{row}");
        assert!(row["acknowledged"].as_u64().unwrap() > 0, "{row}");
        assert!(row["right"] == true || row["mechanism"] == "read-modify-write", "{row}");
    }
}

#[test]
fn rows_as_csv_have_one_line_each_below_their_names() {
    let folder = Folder::new();
    let ended = folder.quipu("compare --engine memory --clients 2 --seconds 0.05 --csv");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let lines: Vec<_> = ended.stdout.lines().map(|line| line.split(',').collect::<Vec<_>>()).collect();
    assert_eq!(lines.len(), 1 + MECHANISMS.len(), "{ended:?}");
    assert!(lines.iter().all(|line| line.len() == lines[0].len()), "{ended:?}");
    assert_eq!(lines[0][..4], ["engine", "fsync", "mechanism", "clients"]);
}

#[test]
fn the_page_has_its_figures_and_its_picture_beside_it() {
    let folder = Folder::new();
    let ended = folder.quipu("compare --engine memory --clients 2 --seconds 0.05 --rounds 2 --out page");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let page = folder.read("page/engines.md");
    for link in ["csv/engines.csv", "svg/engines.svg"] {
        assert!(page.contains(link), "{page}");
        assert!(!folder.read(&format!("page/{link}")).is_empty());
    }
    assert!(page.contains("| key-per-writer | 2 |"), "{page}");
}

#[test]
fn what_is_no_engine_or_cannot_be_reached_is_said_so() {
    let folder = Folder::new();
    for (words, code, says) in [
        ("compare --engine mysql", 254, "`mysql` is no engine"),
        ("compare --engine mysql://127.0.0.1:1", 254, "`mysql` is no engine"),
        ("compare --engine memory --seconds 0", 254, "from 0.05 to 600"),
        ("compare --json", 254, "--engine"),
        ("compare --engine mysql", 254, "postgres, redis, etcd, nats"),
        ("compare --engine redis://127.0.0.1:1 --seconds 0.05", 255, "refused"),
        ("compare --engine etcd://127.0.0.1:1 --seconds 0.05", 255, "refused"),
        ("compare --engine nats://127.0.0.1:1 --seconds 0.05", 255, "refused"),
    ] {
        let ended = folder.quipu(words);
        assert_eq!(ended.code, Some(code), "{words}: {ended:?}");
        assert!(ended.stderr.contains(says), "{words}: {ended:?}");
    }
}
