//! Lost update, resurrection and OR-Set side by side on one schedule.

use std::time::Duration;

use quipu_harness::check::Validity;
use quipu_harness::explore::{run_virtual, world_seed};
use quipu_harness::nemesis::{NemesisKind, TimedFault};
use quipu_harness::operation::{Action, Operation, Outcome, Returned};
use quipu_harness::options::Options;
use quipu_harness::runner::{Plan, Script, ScriptedOperation};
use quipu_harness::shrink::Failing;
use quipu_harness::workload::Workload;
use quipu_node::nodes::NodeKind;
use quipu_sim::{Fault, Partition};

use crate::contest::{Measured, challenge, described};
use crate::figures::Table;
use crate::lab::{Lab, LessonError, tell};
use crate::report::{Block, Claim, Exercise, Question, Report};
use crate::specimen::Specimen;
use crate::toys::{Carts, ROUND, Told, ToyCart};

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let seeds = lab.seeds(50);
    let options = Options {
        workload: Workload::Cart,
        nemesis: vec![NemesisKind::Partition],
        nemesis_interval: 2.0,
        ..challenge()
    };
    let toy =
        |label: &str, carts| Specimen::telling(label, move || Told::at_once(ToyCart::new(carts), ROUND));
    let carts = [
        toy("the newer cart replaces the older", Carts::Replaced),
        toy("all lines of both carts", Carts::United),
        Specimen::plain(NodeKind::Cart),
    ];
    let schedule = two_phones();
    let mut table = Table::new(["cart", "what both phones show in the end", "verdict"]);
    let (mut stories, mut measured, mut verdicts) = (Vec::new(), Vec::new(), Vec::new());
    for cart in &carts {
        measured.push(Measured::of(lab, cart, &options, seeds)?);
        let (story, checked) = tell(cart, &schedule, &format!("Two phones, one cart: {}", cart.label))?;
        let verdict = match checked.kinds.first() {
            Some(kind) => format!("wrong: {kind}"),
            None => "right".into(),
        };
        table.row([cart.label.clone(), finals(cart, &schedule)?, verdict]);
        stories.push(story);
        verdicts.push(checked);
    }
    let [replaced, united, right] = &measured[..] else {
        return Err(LessonError("three carts are measured".into()));
    };
    let fails_as = |index: usize, word: &str| verdicts[index].kinds.iter().any(|kind| kind.contains(word));
    let claims = vec![
        Claim::happens(&replaced.rate),
        Claim::happens(&united.rate),
        Claim::never(&right.rate),
        Claim::new("the replaced cart loses an addition on the schedule", fails_as(0, "lost")),
        Claim::new("the united cart brings a removed line back on it", fails_as(1, "came back")),
        Claim::new("the cart of the library is right on it", verdicts[2].verdict == Validity::Valid),
    ];
    let mut failure = vec![Block::text(format!(
        "Two carts that shops have had: the one that was saved later replaces the other; and the union of both. The test: \
         {}, with partitions.",
        described(&options)
    ))];
    let last = stories.pop();
    for (cart, story) in [replaced, united].into_iter().zip(stories) {
        failure.extend(cart.blocks());
        failure.push(Block::Story(story));
    }
    let mut remedy = right.blocks();
    remedy.extend(last.map(Block::Story));
    remedy.push(Block::text("All three on the same schedule:"));
    remedy.push(Block::Table(table));
    Ok(Report {
        problem: problem(),
        failure,
        idea: idea(),
        remedy,
        exercise: exercise(),
        questions: questions([replaced, united, right]),
        claims,
    })
}

fn questions([replaced, united, right]: [&Measured; 3]) -> Vec<Question> {
    vec![Question::new(
        "Deleted items reappear in the cart. Which merge was used?",
        format!(
            "A union: {} of its tests failed. Its opposite, the newer cart replaces the older, failed in {} by losing \
                     additions. With names and a context {} of {} failed.",
            united.rate.percent(),
            replaced.rate.percent(),
            right.rate.hits,
            right.rate.trials
        ),
    )]
}

/// What it is about.
fn problem() -> Vec<String> {
    vec![
        "A customer has two phones. On one, without reception, the milk is removed, and tea and eggs are added; on the \
         other one more milk and a bread are added. Both come back. What is in the cart?"
            .into(),
    ]
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "Replacing one cart by the other is a lost update. The union is a resurrection: the removed line comes back. \
         Both are the same mistake, a merge that does not know what each side has seen."
            .into(),
        "A cart made of an OR-Set and counters does: additions add up, each under its own name; removing takes away the \
         additions that were seen. What was added at the same time stays, because nobody has removed *that*. One may \
         want the opposite, that a removal also takes what it has not seen; then a remove-wins set is the type, and it \
         is a decision about customers and not about networks."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "The skeleton names its additions and tells nobody. Make it a cart for two phones.".into(),
        judge: "-w cart --node-count 3 --rate 50 --time-limit 5 --quiet-time 5 --nemesis partition",
    }
}

/// Both phones know of two milk; then they are cut off from each other. One removes the milk and adds tea and eggs, the other
/// adds one more milk and a bread.
fn two_phones() -> Failing {
    let at = |worker, millis, action| ScriptedOperation { at: Duration::from_millis(millis), worker, action };
    let add = |product: &str, quantity| Action::AddItem { product: product.into(), quantity };
    let operations = vec![
        at(0, 50, add("milk", 2)),
        at(0, 500, Action::RemoveItem("milk".into())),
        at(1, 520, add("milk", 1)),
        at(0, 540, add("tea", 1)),
        at(1, 560, add("bread", 1)),
        at(0, 580, add("eggs", 6)),
    ];
    let cut = Fault::Partition(Partition::isolating(&[0], 2));
    let faults = vec![TimedFault { at: Duration::from_millis(450), fault: cut }];
    let options = Options {
        workload: Workload::Cart,
        node_count: 2,
        concurrency: 2,
        time_limit: 1,
        quiet_time: 5.0,
        ..Options::default()
    };
    Failing {
        options,
        script: Script { operations, faults, final_reads: vec![0, 1] },
        world_seed: world_seed(0),
        kind: "two phones",
    }
}

fn finals(node: &Specimen, schedule: &Failing) -> Result<String, LessonError> {
    let plan = Plan::Script(schedule.script.clone());
    let (run, _) = run_virtual(&schedule.options, &plan, schedule.world_seed, &node.make, false)?;
    let shown = |op: &Operation| match &op.outcome {
        Outcome::Ok(Returned::Lines(lines)) if lines.is_empty() => "nothing".into(),
        Outcome::Ok(Returned::Lines(lines)) => {
            let lines = lines.iter().map(|(product, quantity)| format!("{quantity} {product}"));
            lines.collect::<Vec<_>>().join(", ")
        }
        other => format!("{other:?}"),
    };
    let mut shown: Vec<String> = run.history.iter().filter(|op| op.is_final).map(shown).collect();
    shown.dedup();
    Ok(shown.join(" / "))
}
