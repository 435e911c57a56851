//! Starting and ending: what can go wrong before the first request, and what must not be left behind.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use quipu_harness::process::{Launch, LaunchError, ProcessWorld, StartError};
use quipu_harness::world::World;
use quipu_maelstrom::ReplyShape;
use quipu_node::{Reply, Request, Value};

use super::{Folder, lives, next, only};

#[test]
fn a_program_that_cannot_be_started_is_told_in_one_line_before_anything_runs() {
    let folder = Folder::new();
    let plain = folder.file("plain", "hello", 0o644);
    let cases = [
        (folder.0.join("none"), "there is no file `"),
        (PathBuf::from("no-such-program"), "there is no file `no-such-program` here (programs on the PATH"),
        (folder.0.clone(), "is a directory, not a program"),
        (plain, "is not executable (try: chmod +x "),
    ];
    for (program, expected) in cases {
        let error: LaunchError = Launch::new(&program, Vec::new(), &folder.0).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(expected) && text.lines().count() == 1, "{text}");
    }
    let orphan = folder.file("orphan", "#!/no/such/interpreter\n", 0o755);
    let mut config = folder.config("", 1);
    config.launch = Launch::new(&orphan, Vec::new(), &folder.0).unwrap();
    let error = ProcessWorld::start(config).unwrap_err();
    assert!(error.is_usage());
    assert!(error.to_string().contains("the interpreter in its first line does not exist"), "{error}");
}

#[test]
fn arguments_are_passed_on_and_the_working_directory_is_as_told() {
    let folder = Folder::new();
    let mut config = folder.config(
        "main(lambda m: reply(m, {'type': 'echo_ok', 'echo': [sys.argv[1:], os.path.realpath(os.getcwd())]}))",
        1,
    );
    config.launch = Launch::new(&folder.0.join("node"), vec!["--a".into(), "b c".into()], &folder.0).unwrap();
    let mut world = ProcessWorld::start(config).unwrap();
    world.request(9, 0, 1, &Request::Echo(Value::Null), ReplyShape::Echo);
    let directory = fs::canonicalize(&folder.0).unwrap();
    let arguments = Value::List(["--a", "b c"].map(Value::from).into());
    let expected = Value::List([arguments, Value::from(&*directory.to_string_lossy())].into());
    assert_eq!(next(&mut world).reply, Ok(Reply::Echo(expected)));
}

#[test]
fn a_node_that_does_not_answer_init_ends_the_set_up_with_what_it_said() {
    let folder = Folder::new();
    let mut config = folder.config(
        "main(serve, lambda m: (say('Starting...'), reply(m, {'type': 'init_ok'}) if me == 'n1' else None))",
        2,
    );
    config.init_within = Duration::from_millis(2500);
    let error = ProcessWorld::start(config).unwrap_err();
    assert!(!error.is_usage());
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "n0 did not answer init with init_ok: no answer to init within 2.5 s");
    assert!(lines[1].starts_with("n0 printed a line on stdout that is not a JSON object: line 1"), "{text}");
}

#[test]
fn a_node_that_answers_init_otherwise_ends_the_set_up() {
    let folder = Folder::new();
    let config = folder.config("main(serve, lambda m: reply(m, {'type': 'ok'}))", 1);
    let error = ProcessWorld::start(config).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("n0 did not answer init with init_ok: answered init with {\"type\": \"ok\""),
        "{text}"
    );
}

#[test]
fn a_node_that_ends_before_init_ok_is_told_with_status_and_last_words() {
    let folder = Folder::new();
    let config = folder.config("sys.stderr.write('cannot find my config\\n'); sys.exit(3)", 1);
    let error = ProcessWorld::start(config).unwrap_err();
    let StartError::NoInitOk { mistakes } = &error else { panic!("{error}") };
    let example = &only(mistakes).examples[0];
    assert!(example.starts_with("exit status: 3 after "), "{example}");
    assert!(example.ends_with("last on stderr:\n    cannot find my config"), "{example}");
}

#[test]
fn a_world_that_is_dropped_leaves_no_process_behind() {
    let folder = Folder::new();
    let world = folder.start("main(serve)", 2);
    let pids = world.process_ids();
    drop(world);
    assert!(pids.into_iter().flatten().all(|pid| !lives(pid)));
}
