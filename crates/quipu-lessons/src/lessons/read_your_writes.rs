//! Sticky session, causal token, synchronous replication, linearizable store.

mod session;

use crate::figures::{Rate, Table, median};
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Claim, Exercise, Question, Report};
use session::{LATENCY, OPERATIONS, Session, Way, told};

/// All sessions of one way.
struct Sessions {
    way: Way,
    violations: Rate,
    answered: Rate,
    write_millis: f64,
    read_millis: f64,
}

#[expect(clippy::unnecessary_wraps, reason = "the face of all lessons: others may fail")]
pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let seeds = lab.seeds(60);
    let (mut calm, mut cut) = (Vec::new(), Vec::new());
    for way in Way::ALL {
        calm.push(sessions(lab, way, false, seeds));
        cut.push(sessions(lab, way, true, seeds));
    }
    let mut table = Table::new([
        "way",
        "sessions that miss an own write",
        "write",
        "read",
        "answered",
        "answered while one node is cut off",
    ]);
    for (calm, cut) in calm.iter().zip(&cut) {
        table.row([
            calm.way.name().into(),
            calm.violations.figures(),
            format!("{:.0} ms", calm.write_millis),
            format!("{:.0} ms", calm.read_millis),
            calm.answered.percent(),
            cut.answered.percent(),
        ]);
    }
    let any = &calm[0];
    let (wrong, first) = told(Way::AnyNode, "An add at n1 and, once it is acknowledged, a read at n2");
    let mut shown = vec![first];
    let mut right = Vec::new();
    for way in [Way::Token, Way::Synchronous, Way::Linearizable] {
        let (story, read) = told(way, &format!("The same with: {}", way.name()));
        right.push(Block::Story(story));
        shown.push(read);
    }
    Ok(Report {
        problem: problem(),
        failure: vec![
            Block::text(
                "A gossiped counter behind a load balancer that picks any of three nodes for each request:",
            ),
            Block::Rate(any.violations.clone()),
            Block::Story(wrong),
        ],
        idea: idea(),
        remedy: [Block::text("All four on the same seeds:"), Block::Table(table)]
            .into_iter()
            .chain(right)
            .collect(),
        exercise: exercise(),
        questions: questions(&calm, &cut),
        claims: claims(&calm, &cut, &shown),
    })
}

fn questions(calm: &[Sessions], cut: &[Sessions]) -> Vec<Question> {
    vec![
        Question::new(
            "Name a way to read your own writes that adds no latency to writes.",
            format!(
                "Sticky sessions ({:.0} ms a write, {:.0} ms a read) or a causal token ({:.0} and {:.0} ms); {} and {} of the \
                 sessions missed a write, against {} without either.",
                calm[1].write_millis,
                calm[1].read_millis,
                calm[2].write_millis,
                calm[2].read_millis,
                calm[1].violations.percent(),
                calm[2].violations.percent(),
                calm[0].violations.percent()
            ),
        ),
        Question::new(
            "What happens to each when one node is cut off?",
            format!(
                "Answered with success: sticky {}, token {}, synchronous {}, linearizable store {}. The store stayed \
                 reachable here; had it not, the last figure would be another one.",
                cut[1].answered.percent(),
                cut[2].answered.percent(),
                cut[3].answered.percent(),
                cut[4].answered.percent()
            ),
        ),
    ]
}

/// What it is about.
fn problem() -> Vec<String> {
    vec![format!(
        "Somebody likes a post and reloads the page: the like is gone. The two requests went to different replicas. Each \
             session here makes {OPERATIONS} adds, each followed by a read; the way between nodes, and to the store, takes {} ms \
         on average.",
        LATENCY.as_millis()
    )]
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "The counter is right and converges. What is missing is a promise about *one* client. There are four ways to make it, \
         and each pays elsewhere. A sticky session always asks the same node: free, until that node dies. A causal token \
         is given with each write and brought to each read: the node waits \
             until it knows as much; the client joins its tokens, for the node that took the last write need not know of the one before. Synchronous replication \
         waits when writing, until every node has it. A linearizable store makes the promise to everybody, and every \
         operation pays the way to the store."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "Sticky sessions are what the harness checks with `--strict`: a node must show all it has acknowledged. Then \
               add a token: answer `add` with what you know, and let a read wait for it."
            .into(),
        judge: "-w g-counter --node-count 3 --rate 100 --time-limit 5 --quiet-time 5 --nemesis partition --strict",
    }
}

fn claims(calm: &[Sessions], cut: &[Sessions], shown: &[Option<i128>]) -> Vec<Claim> {
    let mut claims = vec![Claim::happens(&calm[0].violations)];
    for sessions in calm[1..].iter().chain(&cut[1..]) {
        claims.push(Claim::never(&sessions.violations));
    }
    claims.push(Claim::new(
        "read at another node right after the answer, the gossiped counter shows 0 and the others 1",
        shown == [Some(0), Some(1), Some(1), Some(1)],
    ));
    claims.push(Claim::new("sticky sessions are answered while a node is cut off", {
        cut[1].answered.hits == cut[1].answered.trials
    }));
    claims.push(Claim::new(
        "synchronous replication is not always",
        cut[3].answered.hits < cut[3].answered.trials,
    ));
    claims.push(Claim::new("waiting for all costs a write more than a sticky session does", {
        calm[3].write_millis > calm[1].write_millis
    }));
    claims
}

fn sessions(lab: &Lab<'_>, way: Way, cut_off: bool, seeds: u64) -> Sessions {
    let (mut asked, mut answered) = (0, 0);
    let (mut writes, mut reads) = (Vec::new(), Vec::new());
    let when = if cut_off { " while one node is cut off" } else { "" };
    let what = format!("{}{when}: sessions that miss an own write", way.name());
    let violations = lab.count(what, seeds, |seed| {
        let session = Session::run(way, cut_off, seed);
        asked += session.asked;
        answered += session.answered;
        writes.extend(session.write_millis);
        reads.extend(session.read_millis);
        session.violations > 0
    });
    Sessions {
        way,
        violations,
        answered: Rate::new("answered", answered, asked),
        write_millis: median(writes),
        read_millis: median(reads),
    }
}
