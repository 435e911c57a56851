//! Made-up runs for the tests: a long valid one, a long invalid one, and the shortest failing one.

use quipu_node::Rng;
use serde_json::json;

use super::data::{
    Figure, FinalRead, PageData, PageEvent, PageEventKind, PageFault, PageFinding, PageMessage, PageMistake,
    PageOperation, PageOutcome, PageReadCheck, Verdict,
};

const MILLI: u64 = 1_000_000;
const SECOND: u64 = 1000 * MILLI;
const BEGAN: u64 = 40 * MILLI;

/// A run of `count` operations at rate 100 on three nodes with partitions; invalid ones have wrong reads.
pub(super) fn long_run(count: u64, valid: bool) -> PageData {
    let mut rng = Rng::new(7);
    let healed = BEGAN + count * 10 * MILLI;
    let ended = healed + 10 * SECOND + 3 * MILLI;
    let mut data = empty(if valid { "chain" } else { "cas" }, BEGAN, healed, ended);
    data.faults = partitions(&mut rng, healed);
    let mut total = 0;
    let mut busy_until = [0; 12];
    for index in 0..count {
        let invoked = BEGAN + index * 10 * MILLI;
        let first = usize::try_from(index * 5 % 12).unwrap();
        let free =
            (first..first + 12).map(|worker| worker % 12).find(|worker| busy_until[*worker] <= invoked);
        let worker = free.expect("not all workers wait at once");
        operation(&mut data, &mut rng, (index, u32::try_from(worker).unwrap()), invoked, &mut total, valid);
        busy_until[worker] = data.operations.last().unwrap().completed;
    }
    for worker in 0..12 {
        let wrong = !valid && worker % 3 == 1;
        final_read(&mut data, worker, total, wrong);
    }
    judge(&mut data, valid, total);
    data.messages_total = data.messages.len() as u64;
    data.figures.push(Figure {
        name: "Messages per operation".into(),
        value: "3.42".into(),
        note: "between nodes and services".into(),
    });
    data
}

fn empty(node: &str, began: u64, healed: u64, ended: u64) -> PageData {
    PageData {
        title: format!("g-counter on {node}"),
        node: format!("{node} (built in)"),
        command: format!(
            "quipu test -w g-counter --node {node} --node-count 3 --rate 100 --time-limit 20 --nemesis partition --seed 7"
        ),
        seed: 7,
        virtual_time: true,
        began,
        healed,
        ended,
        verdict: Verdict::Valid,
        maelstrom: Verdict::Valid,
        strict: false,
        findings: Vec::new(),
        reads: Vec::new(),
        acceptable: String::new(),
        finals: Vec::new(),
        figures: Vec::new(),
        mistakes: Vec::new(),
        operations: Vec::new(),
        faults: Vec::new(),
        messages: Vec::new(),
        events: Vec::new(),
        messages_total: 0,
        story: Vec::new(),
        files: vec![
            "store/g-counter-7/results.json".into(),
            "store/g-counter-7/history.jsonl".into(),
            "store/g-counter-7/node-logs/".into(),
        ],
    }
}

fn partitions(rng: &mut Rng, healed: u64) -> Vec<PageFault> {
    let mut faults = Vec::new();
    let mut at = BEGAN;
    while at < healed {
        let to = (at + SECOND + rng.below(5 * SECOND)).min(healed);
        let text = ["n0 | n1 n2", "n1 | n0 n2", "n2 → n0 n1 cut"][faults.len() % 3];
        faults.push(PageFault { kind: "partition".into(), text: text.into(), from: at, to });
        at = to + SECOND + rng.below(4 * SECOND);
    }
    faults
}

fn operation(
    data: &mut PageData,
    rng: &mut Rng,
    (index, worker): (u64, u32),
    invoked: u64,
    total: &mut i64,
    valid: bool,
) {
    let node = format!("n{}", worker % 3);
    let cut = data
        .faults
        .iter()
        .any(|fault| (fault.from..fault.to).contains(&invoked) && fault.text.starts_with(&node));
    let silent = cut && rng.below(30) == 0;
    let refused = cut && !silent && rng.below(4) == 0;
    let took = if silent { 5 * SECOND } else { MILLI + rng.below(1 + rng_tail(index)) };
    let is_read = rng.below(2) == 0;
    let delta = i64::try_from(rng.below(5)).unwrap();
    let outcome = match (silent, refused) {
        (true, _) => PageOutcome::Info,
        (_, true) => PageOutcome::Fail,
        _ => PageOutcome::Ok,
    };
    let stale = !valid && is_read && outcome == PageOutcome::Ok && index % 331 == 7;
    if outcome == PageOutcome::Ok && !is_read {
        *total += delta;
    }
    talk(
        data,
        rng,
        &node,
        worker,
        (invoked, invoked + took),
        &if is_read { "read".to_owned() } else { format!("add {delta}") },
        cut,
    );
    data.operations.push(PageOperation {
        worker,
        process: worker,
        function: if is_read { "read" } else { "add" }.into(),
        argument: if is_read { String::new() } else { delta.to_string() },
        result: match outcome {
            PageOutcome::Ok if is_read => total.to_string(),
            PageOutcome::Ok => String::new(),
            PageOutcome::Info => "timeout".into(),
            PageOutcome::Fail => "11: temporarily unavailable".into(),
        },
        outcome,
        invoked,
        completed: invoked + took,
        is_final: false,
        wrong: stale.then(|| format!("{node} read {total} after it had read {}", *total + 3)),
        node,
    });
}

/// A few requests take much longer than most.
const fn rng_tail(index: u64) -> u64 {
    if index.is_multiple_of(37) { 180 * MILLI } else { 8 * MILLI }
}

fn talk(
    data: &mut PageData,
    rng: &mut Rng,
    node: &str,
    worker: u32,
    (from, to): (u64, u64),
    words: &str,
    cut: bool,
) {
    let client = format!("c{}", 6 + worker);
    let step = ((to - from) / 6).min(MILLI);
    let mut send = |from: &str, to: &str, at: u64, label: String, lost: bool| {
        data.messages.push(PageMessage {
            id: data.messages.len() as u64,
            from: from.into(),
            to: to.into(),
            sent: at,
            received: if lost { Vec::new() } else { vec![at + step / 2 + rng.below(1 + step / 2)] },
            lost: lost.then(|| "partition".to_owned()),
            label,
            stale: false,
            step: None,
        });
    };
    send(&client, node, from, words.to_owned(), false);
    send(node, "seq-kv", from + step, "read counter".into(), cut);
    if !cut {
        send("seq-kv", node, from + 2 * step, "read_ok 41".into(), false);
        send(node, "seq-kv", from + 3 * step, "cas 41 → 44".into(), false);
        send("seq-kv", node, from + 4 * step, "cas_ok".into(), false);
        send(node, &client, from + 5 * step, format!("{words} ok"), false);
    }
    data.messages.sort_by_key(|message| message.sent);
}

fn final_read(data: &mut PageData, worker: u32, total: i64, is_wrong: bool) {
    let node = format!("n{}", worker % 3);
    let value = if is_wrong { total - 4 } else { total };
    data.finals.push(FinalRead { worker, node: node.clone(), value: value.to_string(), right: !is_wrong });
    data.operations.push(PageOperation {
        worker,
        process: worker,
        node,
        function: "read".into(),
        argument: String::new(),
        result: value.to_string(),
        outcome: PageOutcome::Ok,
        invoked: data.ended - 3 * MILLI,
        completed: data.ended,
        is_final: true,
        wrong: is_wrong.then(|| format!("the final read shows {value}; acceptable is {total}")),
    });
}

fn judge(data: &mut PageData, valid: bool, total: i64) {
    let verdict = if valid { Verdict::Valid } else { Verdict::Invalid };
    (data.verdict, data.maelstrom, data.acceptable) =
        (verdict, verdict, format!("[{total}, {}]", total + 12));
    let finding = |name: &str, verdict, sentence: Option<String>, details: serde_json::Value| PageFinding {
        name: name.into(),
        verdict,
        sentence,
        details: details.as_object().unwrap().clone(),
    };
    data.findings = vec![
        finding(
            "stats",
            Verdict::Valid,
            None,
            json!({ "count": 2006, "ok-count": 1880, "fail-count": 70, "info-count": 56 }),
        ),
        finding("availability", Verdict::Valid, None, json!({ "ok-fraction": 0.9372 })),
        finding(
            "workload",
            verdict,
            (!valid)
                .then(|| format!("2 of 6 final reads show {}, which no set of adds explains.", total - 4)),
            json!({ "errors": 0 }),
        ),
    ];
    let violations = u64::from(!valid) * 6;
    let check = |name: &str, violations: u64, example: &str| PageReadCheck {
        name: name.into(),
        checked: 912,
        violations,
        examples: if violations > 0 { vec![example.into(), example.replace('4', "7")] } else { Vec::new() },
    };
    data.reads = vec![
        check("bounds", 0, ""),
        check(
            "read-your-writes",
            violations / 3,
            "n1 read 47; with its own acknowledged adds it must be 51 to 63",
        ),
        check("monotonic", violations, "n1 read 44 after it had read 47"),
        check("final-reads-present", 0, ""),
    ];
    if !valid {
        data.mistakes = vec![PageMistake {
            node: "n1".into(),
            words: "printed a line on stdout that is not a JSON object".into(),
            count: 3,
            examples: vec!["line 12: \"starting </script><b>up\"".into(), "line 13: \"ready\"".into()],
        }];
    }
}

/// One add on one node and one read on another, told as a story.
pub(super) fn shrunk_run() -> PageData {
    let at = |micros: u64| BEGAN + micros * 1000;
    let quiet = 10 * SECOND;
    let mut data = empty("cas", BEGAN, at(11_000), at(21_000) + quiet);
    data.title = "g-counter on cas, shrunk".into();
    data.command = "quipu replay store/g-counter-7/shrunk.json --story".into();
    let mut message = |from: &str, to: &str, sent: u64, took: u64, label: &str, stale: bool, step: u32| {
        data.messages.push(PageMessage {
            id: data.messages.len() as u64,
            from: from.into(),
            to: to.into(),
            sent,
            received: if took == 0 { Vec::new() } else { vec![sent + took * 1000] },
            lost: (took == 0).then(|| "loss".to_owned()),
            label: label.into(),
            stale,
            step: (step > 0).then_some(step),
        });
    };
    message("c4", "n0", at(0), 1000, "add 3", false, 1);
    message("n0", "seq-kv", at(1000), 900, "read counter", false, 0);
    message("seq-kv", "n0", at(1900), 1100, "error 20: no such key", false, 0);
    message("n0", "seq-kv", at(3000), 1000, "cas 0 → 3, create", false, 2);
    message("n1", "n0", at(3100), 0, "heartbeat", false, 0);
    message("seq-kv", "n0", at(4000), 1200, "cas_ok", false, 3);
    message("n0", "c4", at(5200), 800, "add_ok", false, 0);
    let late = at(10_000) + quiet;
    message("c5", "n1", late, 900, "read", false, 4);
    message("n1", "seq-kv", late + 900_000, 1000, "read counter", false, 0);
    message("seq-kv", "n1", late + 1_900_000, 1100, "error 20: no such key", true, 5);
    message("n1", "c5", late + 3_000_000, 900, "read_ok 0", false, 6);
    shrunk_operations(&mut data, late);
    data
}

fn shrunk_operations(data: &mut PageData, late: u64) {
    let at = |micros: u64| BEGAN + micros * 1000;
    let event =
        |at, place: &str, kind, text: &str| PageEvent { at, place: place.into(), kind, text: text.into() };
    data.events = vec![
        event(at(1900), "seq-kv", PageEventKind::Observed, "shows state 0 of 0"),
        event(at(4000), "seq-kv", PageEventKind::Observed, "counter becomes 3: state 1"),
        event(late + 1_900_000, "seq-kv", PageEventKind::Stale, "shows state 0 of 1"),
    ];
    let read = PageOperation {
        worker: 1,
        process: 1,
        node: "n1".into(),
        function: "read".into(),
        argument: String::new(),
        result: "0".into(),
        outcome: PageOutcome::Ok,
        invoked: late,
        completed: late + 3_900_000,
        is_final: true,
        wrong: Some("the final read shows 0; acceptable is 3".into()),
    };
    let add = PageOperation {
        worker: 0,
        process: 0,
        node: "n0".into(),
        function: "add".into(),
        argument: "3".into(),
        result: String::new(),
        invoked: at(0),
        completed: at(6000),
        is_final: false,
        wrong: None,
        ..read.clone()
    };
    data.operations = vec![add, read];
    data.ended = late + 3_900_000;
    judge(data, false, 3);
    data.acceptable = "[3]".into();
    data.finals = vec![FinalRead { worker: 1, node: "n1".into(), value: "0".into(), right: false }];
    data.mistakes.clear();
    data.messages_total = data.messages.len() as u64;
    data.findings[2].sentence = Some("The final read of worker 1 shows 0; acceptable is 3.".into());
    data.story = [
        "c4 asks n0 to add 3.",
        "n0 finds no counter in the store and asks to create it with 3.",
        "The store makes it so: state 1 holds 3. n0 acknowledges the add.",
        "Ten quiet seconds later, c5 asks n1 for the counter.",
        "The store answers n1 from state 0 of 1. That is lawful: n1 has seen nothing newer. The answer lacks the add of 3.",
        "n1 answers 0. The sum of all acknowledged adds is 3: the final read is wrong.",
    ]
    .map(String::from)
    .to_vec();
}
