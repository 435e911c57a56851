//! Indexes, interleaving, RGA and Fugue.

mod orders;

use std::collections::BTreeMap;

use quipu_harness::options::Options;
use quipu_harness::workload::Workload;
use quipu_node::nodes::{NodeKind, Remedy};

use crate::contest::{Contest, challenge, described};
use crate::figures::{Rate, Table};
use crate::lab::{Lab, LessonError};
use crate::report::{Block, Claim, Exercise, Question, Report, Story};
use crate::specimen::Specimen;
use orders::{ORDERS, Typing, runs, story, typed};

pub(crate) fn give(lab: &Lab<'_>) -> Result<Report, LessonError> {
    let options = Options { workload: Workload::Text, rate: 30.0, ..challenge() };
    let by_index = Specimen::built_in(NodeKind::Text, "--without origins", |settings| {
        settings.without = Some(Remedy::Origins);
    });
    let text = Specimen::plain(NodeKind::Text);
    let mut contest = Contest::run(lab, &by_index, &text, &options, lab.seeds(40))?;
    if let Some(shortest) = &mut contest.shortest {
        in_latin([&mut shortest.failing, &mut shortest.remedy]);
    }
    let (table, rates) = interleaving(lab, lab.seeds(300));
    let mut failure = vec![Block::text(format!(
        "First failure: edits by index. Every node replays all edits in one order, so all have the same text in the end; \
         but an edit is replayed on another text than the one it was made for. The test: {}.",
        described(&options)
    ))];
    failure.extend(contest.failure_blocks());
    failure.extend([
        Block::text(
            "Second failure: two people each type a word at the same place at the same time. Letters of both words mixed \
             are no text that anybody has typed. How often do the words not stay whole? Three orders, three ways to type: \
             forwards; backwards, each letter before the one before it; and backwards in two halves, the second half \
             typed in front of the first.",
        ),
        Block::Table(table),
        Block::Story(story(0, Typing::Forward)),
        Block::Story(story(1, Typing::Backward)),
    ]);
    let mut remedy = contest.remedy_blocks();
    remedy.push(Block::Story(story(2, Typing::Backward)));
    let whole = |order: usize| rates[order].iter().map(|rate| rate.hits).sum::<u64>();
    let mut claims = contest.claims();
    claims.extend([
        Claim::happens(&rates[0][0]),
        Claim::never(&rates[1][0]),
        Claim::happens(&rates[1][1]),
        Claim::new("the text of the library never mixes words, however they are typed", whole(2) == 0),
    ]);
    Ok(Report {
        problem: problem(),
        failure,
        idea: idea(),
        remedy,
        exercise: exercise(),
        questions: questions(&contest, &rates),
        claims,
    })
}

fn questions(contest: &Contest, rates: &[Vec<Rate>]) -> Vec<Question> {
    let whole = |order: usize| rates[order].iter().map(|rate| rate.hits).sum::<u64>();
    let tried = |order: usize| rates[order].iter().map(|rate| rate.trials).sum::<u64>();
    let example = |order: usize, typing: Typing| {
        (0..100).map(|seed| typed(order, typing, seed)).find(|text| runs(text) > 2).unwrap_or_default()
    };
    vec![
        Question::new(
            "All replicas converge to the same text. Is the algorithm right?",
            format!(
                "Not yet: edits by index converge too, and {} of the tests ended with a text that nobody had typed. And RGA, typed backwards, gave `{}` from two words.",
                contest.failing.rate.percent(),
                example(1, Typing::Backward)
            ),
        ),
        Question::new(
            "When do fractional positions interleave?",
            format!(
                "Whenever two runs go into one gap: {} of the runs typed forwards, for example `{}`. RGA: {} of {}; Fugue: \
                 {} of {}, over all three ways of typing.",
                rates[0][0].percent(),
                example(0, Typing::Forward),
                whole(1),
                tried(1),
                whole(2),
                tried(2)
            ),
        ),
    ]
}

/// What it is about.
fn problem() -> Vec<String> {
    vec!["Two people type into one text, each on a copy. What do positions mean, and who comes first?".into()]
}

/// What to understand.
fn idea() -> Vec<String> {
    vec![
        "A position is where it was typed: between two characters, which have names. That is what an edit must say, not a \
         number that counts from the beginning. Deleted characters leave their names behind, so that later edits find \
         their place."
            .into(),
        "What is left open is the order of what was typed at the *same* place. Fractions between neighbours mix letters in \
         any case. RGA puts each letter behind its left neighbour, newest first: words typed forwards stay whole, words \
         typed backwards do not, because then all letters have the same left neighbour. Fugue remembers both neighbours, \
         builds a tree from them, and is maximally non-interleaving: a word stays whole whichever way it was typed."
            .into(),
    ]
}

/// What to try oneself.
fn exercise() -> Exercise {
    Exercise {
        task: "Give the skeleton's characters names, and let an insert say behind which one it goes. Then let two nodes \
               type backwards at one place."
            .into(),
        judge: "-w text --node-count 3 --rate 20 --time-limit 5 --quiet-time 5",
    }
}

/// The harness types a character of its own for each insertion, from a large alphabet that is not everybody's. For reading they
/// are renamed to A, B, C, ... in the order in which they come up, the same in both stories.
fn in_latin(stories: [&mut Story; 2]) {
    let mut names: BTreeMap<char, char> = BTreeMap::new();
    let mut rename = |text: &str| -> String {
        let mut letter = |letter: char| {
            if letter < '\u{3000}' {
                return letter;
            }
            let next = u8::try_from(names.len()).map_or('?', |count| char::from(b'A'.saturating_add(count)));
            *names.entry(letter).or_insert(next)
        };
        text.chars().map(&mut letter).collect()
    };
    for story in stories {
        story.lines = story.lines.iter().map(|line| rename(line)).collect();
        story.picture = story.picture.as_deref().map(&mut rename);
    }
}

/// How often words typed at one place do not stay whole, by order and way of typing.
fn interleaving(lab: &Lab<'_>, seeds: u64) -> (Table, Vec<Vec<Rate>>) {
    let mut table = Table::new(["order", "typed forwards", "typed backwards", "backwards in two halves"]);
    let mut all = Vec::new();
    for (order, name) in ORDERS.into_iter().enumerate() {
        let rates: Vec<Rate> = Typing::ALL
            .iter()
            .map(|typing| {
                let what = format!("{name}: words mixed");
                lab.count(what, seeds, |seed| runs(&typed(order, *typing, seed)) > 2)
            })
            .collect();
        table.row([name.into(), rates[0].figures(), rates[1].figures(), rates[2].figures()]);
        all.push(rates);
    }
    (table, all)
}
