//! Pictures of data types without a network: what replicas did and told one another, drawn by the harness as it draws runs.
//!
//! Steps are handed in as they are carried out, with the values they came to, so that a picture shows what happened and not what
//! was meant to happen.

use quipu_harness::page::{
    PageData, PageEvent, PageEventKind, PageMessage, PageOperation, PageOutcome, Verdict, diagram_svg,
};

use crate::report::Story;

/// Virtual nanoseconds between two steps.
const STEP: u64 = 10_000_000;
/// How long a message or an operation takes.
const TAKES: u64 = 2_000_000;

/// A picture in the making.
pub(crate) struct Sketch {
    data: PageData,
    lines: Vec<String>,
    now: u64,
}

impl Sketch {
    pub(crate) fn new() -> Self {
        let data = PageData {
            title: String::new(),
            node: String::new(),
            command: String::new(),
            seed: 0,
            virtual_time: true,
            began: 0,
            healed: 0,
            ended: 0,
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
            files: Vec::new(),
        };
        Self { data, lines: Vec::new(), now: 0 }
    }

    /// A client of a node asks for something, and what it gets.
    pub(crate) fn asks(&mut self, node: u16, ask: &str, answer: &str) {
        self.operation(node, ask, answer, None);
    }

    /// The same with an answer that is wrong, and why.
    pub(crate) fn asks_wrongly(&mut self, node: u16, ask: &str, answer: &str, why: &str) {
        self.operation(node, ask, answer, Some(why));
    }

    fn operation(&mut self, node: u16, ask: &str, answer: &str, wrong: Option<&str>) {
        let (client, name) = (format!("c{node}"), format!("n{node}"));
        let step = self.say(&format!("{client} asks {name}: {ask}, and is answered {answer}"));
        let (begin, end) = (self.now, self.now + 2 * TAKES);
        self.message(&client, &name, ask, (begin, begin + TAKES), step);
        self.message(&name, &client, answer, (begin + TAKES, end), step);
        let (function, argument) = ask.split_once(' ').unwrap_or((ask, ""));
        self.data.operations.push(PageOperation {
            worker: u32::from(node),
            process: u32::from(node),
            node: name,
            function: function.into(),
            argument: argument.into(),
            result: answer.into(),
            outcome: PageOutcome::Ok,
            invoked: begin,
            completed: end,
            is_final: false,
            wrong: wrong.map(str::to_owned),
        });
        if let Some(why) = wrong {
            self.lines.push(format!("So: {why}."));
        }
        self.now += STEP;
    }

    /// A node tells another something, and what that comes to there.
    pub(crate) fn tells(&mut self, from: u16, to: u16, what: &str, then: &str) {
        let (from, to) = (format!("n{from}"), format!("n{to}"));
        let after = if then.is_empty() { String::new() } else { format!("; there that makes {then}") };
        let step = self.say(&format!("{from} tells {to}: {what}{after}"));
        self.message(&from, &to, what, (self.now, self.now + TAKES), step);
        self.now += STEP;
    }

    /// Two nodes tell each other what they have at the same time.
    pub(crate) fn cross(&mut self, (one, of_one): (u16, &str), (two, of_two): (u16, &str)) {
        let (one, two) = (format!("n{one}"), format!("n{two}"));
        let step =
            self.say(&format!("{one} tells {two}: {of_one}; at the same time {two} tells {one}: {of_two}"));
        self.message(&one, &two, of_one, (self.now, self.now + 3 * TAKES), step);
        self.message(&two, &one, of_two, (self.now, self.now + 3 * TAKES), step);
        self.now += STEP;
    }

    /// A node dies and comes back.
    pub(crate) fn restarts(&mut self, node: u16, text: &str) {
        let place = format!("n{node}");
        self.say(&format!("{place} {text}"));
        let (down, up) = (self.now, self.now + 2 * TAKES);
        for (at, kind) in [(down, PageEventKind::Crashed), (up, PageEventKind::Restarted)] {
            self.data.events.push(PageEvent { at, place: place.clone(), kind, text: String::new() });
        }
        self.now += STEP;
    }

    /// A sentence that belongs to no message.
    pub(crate) fn note(&mut self, text: &str) {
        self.lines.push(text.to_owned());
    }

    pub(crate) fn story(mut self, title: &str) -> Story {
        self.data.ended = self.now;
        self.data.messages_total = self.data.messages.len() as u64;
        Story { title: title.to_owned(), lines: self.lines, picture: diagram_svg(&self.data) }
    }

    /// Appends a numbered sentence; returns its number.
    fn say(&mut self, text: &str) -> u32 {
        let number = self.lines.iter().filter(|line| line.starts_with(' ')).count() + 1;
        self.lines.push(format!("{number:>3}. {text}"));
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    fn message(&mut self, from: &str, to: &str, label: &str, (sent, received): (u64, u64), step: u32) {
        self.data.messages.push(PageMessage {
            id: self.data.messages.len() as u64,
            from: from.into(),
            to: to.into(),
            sent,
            received: vec![received],
            lost: None,
            label: label.into(),
            stale: false,
            step: Some(step),
        });
    }
}
