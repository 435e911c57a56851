//! What a test that passes says, and what ten thousand of them say.

use quipu_harness::nemesis::NemesisKind;
use quipu_harness::options::Options;
use quipu_node::nodes::{Fence, NodeKind};

use crate::contest::{Contest, Measured, challenge, described};
use crate::figures::percent;
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Claim, Exercise, Question, Report};
use crate::specimen::Specimen;

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let many = lab.seeds(10_000);
    let few = many.min(150);
    let options = Options { time_limit: 20, nemesis: vec![NemesisKind::Partition], ..challenge() };
    let random =
        Specimen::built_in(NodeKind::Cas, "--fence random", |settings| settings.fence = Fence::Random);
    let gossip = Specimen::plain(NodeKind::Gossip);
    let keys = Specimen::plain(NodeKind::Keys);
    let contest = Contest::run(lab, &keys, &gossip, &options, few)?;
    let rare = Measured::of(lab, &random, &options, few)?;
    let all = Measured::of(lab, &gossip, &Options { strict: true, ..options.clone() }, many)?;
    let three = (1.0 - contest.failing.rate.share()).powi(3);
    let mut failure = vec![Block::text(format!(
        "The official test of the challenge: {}, with partitions. The node `keys` is wrong, and most of its tests pass.",
        described(&options)
    ))];
    failure.extend(contest.failure_blocks());
    failure.push(Block::text(format!(
        "So {} of the time it would pass three times in a row. Some mistakes are rarer. This one writes a random number \
         below 100 before each read; now and then the number is there already, and nothing changes:",
        percent(three)
    )));
    failure.extend(rare.blocks());
    let (_, high) = all.rate.interval();
    let mut remedy = contest.remedy_blocks();
    remedy.push(Block::text(format!("And {many} seeds of it, with every single read checked (`--strict`):")));
    remedy.extend(all.blocks());
    let mut claims = contest.claims();
    claims.push(Claim::never(&all.rate));
    claims.push(Claim::new("the random fence fails far more rarely than plain reads", {
        contest.failing.rate.exceeds(&rare.rate)
    }));
    Ok(Report {
        problem: vec!["The test passes. What do you know now?".into()],
        failure,
        idea: idea(),
        remedy,
        exercise: exercise(),
        questions: vec![
            Question::new(
                "Your CI ran the test and it is green. How sure are you?",
                format!(
                    "A node that fails {} of the time is green three times in a row in {} of the cases. After {} green \
                     seeds the rate is below {:.3} % (95 %).",
                    contest.failing.rate.percent(),
                    percent(three),
                    all.rate.trials,
                    100.0 * high
                ),
            ),
            Question::new(
                "Do partitions make the wrong node fail?",
                format!(
                    "No: it speaks to the store alone, which stays reachable. It fails in {} of the tests here, about as \
                     often as without partitions in the lesson `key-per-node`.",
                    contest.failing.rate.percent()
                ),
            ),
        ],
        claims,
    })
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "A test is a sample. That it passes once says only that the node does not always fail. If none fails, the \
         upper end of the 95 % interval falls only as one over the number of tests; to tell one failure in a thousand \
         from none takes thousands of tests. In real time that is days; in virtual time it is seconds, and each seed \
         that fails can be shown again."
            .into(),
        "No number of tests turns \"rarely\" into \"never\": for that there is an argument, as for the chain, or a law \
         that is checked on all short executions, as for the data types. Tests find what the argument overlooked."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "Put your best counter before the official test, then twenty times with `quipu explore --bin`. Does it \
               agree with your argument?"
            .into(),
        judge: "-w g-counter --node-count 3 --rate 100 --time-limit 20 --nemesis partition",
    }
}
