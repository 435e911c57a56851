//! An answer that is lost is not an add that is lost.

use std::time::Duration;

use quipu_harness::options::Options;
use quipu_node::nodes::{Fence, NodeKind, Settings};

use crate::contest::{Contest, Measured, challenge, described};
use crate::figures::{Rate, Table};
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Claim, Exercise, Question, Report};
use crate::specimen::Specimen;

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let (loss, seeds) = (0.01, lab.seeds(60));
    let options = Options { loss, ..challenge() };
    let eager = |settings: &mut Settings| {
        settings.fence = Fence::Fresh;
        settings.blind_retry = true;
        settings.question_timeout = Duration::from_millis(300);
    };
    let flags = "--fence fresh --blind-retry --question-timeout 300";
    let blind = Specimen::built_in(NodeKind::Cas, flags, eager);
    let chain = Specimen::plain(NodeKind::Chain);
    let contest = Contest::run(lab, &blind, &chain, &options, seeds)?;
    let honest = Specimen::built_in(NodeKind::Cas, "--fence fresh", |settings| settings.fence = Fence::Fresh);
    let mut table =
        Table::new(["messages lost", "tried again", "reported as unknown", "looked up, then tried again"]);
    let mut claims = contest.claims();
    let mut rarely = String::new();
    for loss in [0.0, 0.001, 0.01] {
        let options = Options { loss, ..options.clone() };
        let rate = |node: &Specimen, does: &str| -> Result<Rate, LessonError> {
            let rate = Measured::of(lab, node, &options, seeds)?.rate;
            Ok(Rate { what: format!("{does}, {} % lost: failed tests", 100.0 * loss), ..rate })
        };
        let blind = rate(&blind, "tried again")?;
        let honest = rate(&honest, "reported as unknown")?;
        let settled = rate(&chain, "looked up, then tried again")?;
        table.row([format!("{} %", 100.0 * loss), blind.figures(), honest.figures(), settled.figures()]);
        claims.extend([Claim::never(&honest), Claim::never(&settled)]);
        if loss == 0.0 {
            claims.push(Claim::never(&blind));
        } else if loss < 0.005 {
            claims.push(Claim::happens(&blind));
            rarely = blind.percent();
        }
    }
    let mut failure = vec![Block::text(format!(
        "A compare-and-swap counter that tries again when the store's answer does not come. {} % of all messages between \
         nodes and store are lost. The test: {}.",
        100.0 * loss,
        described(&options)
    ))];
    failure.extend(contest.failure_blocks());
    let mut remedy = contest.remedy_blocks();
    remedy.push(Block::Table(table));
    Ok(Report {
        problem: problem(),
        failure,
        idea: idea(),
        remedy,
        exercise: exercise(),
        questions: questions(&contest, &rarely, loss),
        claims,
    })
}

fn questions(contest: &Contest, rarely: &str, loss: f64) -> Vec<Question> {
    let available = |measured: &Measured| crate::figures::percent(measured.found.availability());
    vec![
        Question::new(
            "One message in a thousand is lost and you retry. Does it matter?",
            format!(
                "{rarely} of the tests of {} operations counted twice at 0.1 % loss; at {} % {} did.",
                contest.failing.found.operations / contest.failing.found.seeds.max(1),
                100.0 * loss,
                contest.failing.rate.percent()
            ),
        ),
        Question::new(
            "What does it cost to be exactly right?",
            format!(
                "Here {:.1} messages per operation against {:.1}; {} of the operations were answered with success, \
                 against {}.",
                contest.remedy.found.messages_per_operation(),
                contest.failing.found.messages_per_operation(),
                available(&contest.remedy),
                available(&contest.failing)
            ),
        ),
    ]
}

/// What it is about.
fn problem() -> Vec<String> {
    vec![
        "A request was sent and no answer came. Was it the request that got lost, or the answer? Whoever asked cannot \
         know. Trying again seems natural."
            .into(),
    ]
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "If the swap happened and its answer was lost, a second swap adds a second time. There are two honest ways. Say \
         so: an error that means \"perhaps\", and let the client decide. Or make the operation recognisable: an \
         operation number in the stored value lets one look whether it is there, and try again only if it is not."
            .into(),
        "A key that makes a request idempotent is the same idea at an API. A G-Counter needs none of it between nodes, \
         because its messages say what is known; but at its front, where a client tries again, it does."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "Give your store counter a timeout. Answer with error 13 when you do not know. Then make a lost answer \
               recognisable."
            .into(),
        judge: "-w g-counter --node-count 3 --rate 100 --time-limit 5",
    }
}
