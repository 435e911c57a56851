//! Wrong usage: exit code 254 and one clear line, before anything has run.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::{Folder, run};

/// The command ends with 254, says `problem` in its first line, and has done nothing else.
fn refused(folder: &Folder, words: &str, problem: &str) {
    let ended = folder.quipu(words);
    assert_eq!(ended.code, Some(254), "quipu {words}: {ended:?}");
    assert_eq!(ended.stdout, "", "quipu {words} printed results");
    let first = ended.stderr.lines().next().unwrap_or_default();
    assert!(first.starts_with("error: "), "quipu {words}: {}", ended.stderr);
    assert!(ended.stderr.contains(problem), "quipu {words}: `{problem}` is missing in {}", ended.stderr);
    assert!(!folder.path("store").exists(), "quipu {words} has written files");
}

#[test]
fn options_that_cannot_work_are_refused() {
    let folder = Folder::new();
    for (words, problem) in [
        ("test -w juggling", "'juggling'"),
        ("test --node-count 0", "--node-count: must be at least 1"),
        ("test --node-count -1", "-1 is not in"),
        ("test --rate -1", "--rate: must be 0 or more"),
        ("test --rate nan", "--rate: must be 0 or more"),
        ("test --rate 1e-300", "--rate: must be 0, which sends nothing, or at least"),
        ("test --latency-dist uniform", "give --latency above 0"),
        ("test --latency-dist exponential --latency 0", "give --latency above 0"),
        ("test --latency-dist gaussian", "'gaussian'"),
        ("test --loss 2", "--loss: must be a probability"),
        ("test --duplicate -0.1", "--duplicate: must be a probability"),
        ("test --nemesis meteor", "'meteor'"),
        ("test --nemesis partition,partition", "--nemesis: names a kind of fault twice"),
        ("test --nemesis-interval 0", "--nemesis-interval: must be from"),
        ("test --nemesis-interval 1e300", "--nemesis-interval: must be from"),
        ("test --quiet-time -1", "--quiet-time: must be from 0"),
        ("test --time-limit 1.5", "'1.5'"),
        ("test --availability 2", "--availability: must be"),
        ("test --concurrency 0n", "`0n` is not a number of workers"),
        ("test --topology ring", "'ring'"),
        ("test --seed x", "'x'"),
        ("test --test-count 0", "--test-count"),
        ("explore --seeds 0", "--seeds"),
        ("explore -w cart --without context", "--without: cart has no context to leave out; it has additions"),
        ("test -w echo --without tags", "it has nothing that can"),
        ("node slots --without tags", "--without: slots has no tags"),
        ("search --node keys --without tags", "--without: keys has no tags"),
        ("rates --only nothing-of-the-kind", "--only"),
        ("search --node gossip", "gossip: the node speaks to its peers"),
        ("search --node echo", "echo is no counter"),
        ("search --fence fresh", "say which with --node"),
        ("search --node chain --from-zero", "chain keeps more than a number"),
        ("search --store lin-kv", "definition or maelstrom"),
        ("search --nodes 4", "--nodes"),
        ("search --operations 1", "--operations"),
        ("juggle", "'juggle'"),
    ] {
        refused(&folder, words, problem);
    }
}

#[test]
fn nodes_that_do_not_fit_are_refused() {
    let folder = Folder::new();
    for (words, problem) in [
        ("test --node nobody", "'nobody'"),
        ("test --node chain -w g-set", "chain does not serve g-set; these do: g-set"),
        ("test --node gossip --bin /bin/cat", "--bin and the flags of built-in nodes exclude each other"),
        ("test --like-maelstrom", "--bin"),
        ("test -- argument", "--bin"),
    ] {
        refused(&folder, words, problem);
    }
}

#[test]
fn programs_that_cannot_be_started_are_refused() {
    let folder = Folder::new();
    fs::create_dir(folder.path("directory")).unwrap();
    fs::write(folder.path("text"), "hello\n").unwrap();
    for (name, text) in [("headless", "hello\n"), ("orphan", "#!/no/such/interpreter\n")] {
        fs::write(folder.path(name), text).unwrap();
        fs::set_permissions(folder.path(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    for command in ["test", "explore"] {
        refused(&folder, &format!("{command} --bin missing"), "there is no file `missing` here");
        refused(&folder, &format!("{command} --bin directory"), "`directory` is a directory");
        refused(&folder, &format!("{command} --bin text"), "`text` is not executable (try: chmod +x text)");
    }
    let out = folder.path("out");
    let out = out.display();
    refused(&folder, &format!("test --out {out} --bin headless"), "a script needs a first line");
    refused(&folder, &format!("test --out {out} --bin orphan"), "the interpreter in its first line");
}

#[test]
fn a_folder_that_cannot_be_written_is_told_before_the_run() {
    let folder = Folder::new();
    fs::write(folder.path("file"), "").unwrap();
    for command in ["test", "explore --node cas --seeds 4", "replay --seed 1"] {
        refused(&folder, &format!("{command} --out file/below"), "cannot write to file/below");
    }
}

#[test]
fn an_exploration_without_failures_leaves_no_folder_behind() {
    let folder = Folder::new();
    let ended = folder.quipu("explore --node chain --seeds 2 --time-limit 1 --out new/below");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!folder.path("new").exists());
}

#[test]
fn saved_runs_that_make_no_sense_are_refused() {
    let folder = Folder::new();
    fs::create_dir(folder.path("empty")).unwrap();
    fs::write(folder.path("garbage"), "hello").unwrap();
    refused(&folder, "replay", "nothing to replay");
    refused(&folder, "replay missing", "cannot replay missing");
    refused(&folder, "replay empty", "cannot replay empty/run.json: there is no such file");
    refused(&folder, "replay garbage", "cannot replay garbage: expected value");

    let ended = folder.quipu("explore --node cas --seeds 20 --time-limit 5 --out shrunk");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let saved = folder.read("shrunk/run.json");
    for (from, to, problem) in [
        (r#""version": 1"#, r#""version": 99"#, "its format is version 99"),
        (r#""worker": "#, r#""worker": 7"#, ", but the last one is 1"),
        (r#""add": 1"#, r#""echo": "x""#, "which is no operation of g-counter"),
        (r#""cas""#, r#""unheard-of""#, "invalid value 'unheard-of' for '--node"),
        (r#""node_count": 2"#, r#""node_count": 0"#, "--node-count: must be at least 1"),
    ] {
        let edited = saved.replacen(from, to, 1);
        assert_ne!(edited, saved, "{from} is not in {saved}");
        fs::write(folder.path("edited"), edited).unwrap();
        refused(&folder, "replay edited", problem);
    }
    refused(&folder, "replay shrunk --node gossip", "cannot be used with '--node");
}

#[test]
fn help_and_version_are_no_errors() {
    let folder = Folder::new();
    let version = folder.quipu("--version");
    assert_eq!((version.code, version.stdout.starts_with("quipu ")), (Some(0), true));
    for command in ["", "test", "explore", "replay", "rates", "search", "node"] {
        let ended = folder.quipu(&format!("{command} --help"));
        assert_eq!(ended.code, Some(0));
        assert!(ended.stdout.contains("Examples:"), "quipu {command} --help shows no example");
    }
    let counter = run(env!("CARGO_BIN_EXE_maelstrom-counter"), &["--help"], &folder.0);
    assert_eq!((counter.code, counter.stdout.contains("Examples:")), (Some(0), true));
}
