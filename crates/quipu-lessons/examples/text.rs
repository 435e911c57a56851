//! A text, to start from: each node edits a text of its own and tells nobody.

use std::process::ExitCode;

use quipu_maelstrom::{Cx, ErrorKind, Event, Node, Reply, Request, serve};

#[derive(Default)]
struct Start {
    text: Vec<char>,
}

impl Start {
    fn answer(&mut self, request: Request) -> Reply {
        let known = self.text.len();
        match request {
            Request::Insert { position, text } => match index(position, 0, known) {
                Some((at, _)) => {
                    let length = text.chars().count();
                    self.text.splice(at..at, text.chars());
                    let after = at.checked_sub(1).map(|before| self.text[before]);
                    Reply::Inserted { after, before: self.text.get(at + length).copied() }
                }
                None => beyond(known),
            },
            Request::Delete { position, length } => match index(position, length, known) {
                Some((at, end)) => Reply::Deleted(self.text.drain(at..end).collect::<String>().into()),
                None => beyond(known),
            },
            Request::Read => Reply::Text(self.text.iter().collect::<String>().into()),
            other => Reply::not_served(&other),
        }
    }
}

/// The places `position` and `position + length`, if the text reaches so far.
fn index(position: u64, length: u64, known: usize) -> Option<(usize, usize)> {
    let at = usize::try_from(position).ok()?;
    let end = at.checked_add(usize::try_from(length).ok()?)?;
    (end <= known).then_some((at, end))
}

fn beyond(known: usize) -> Reply {
    Reply::error(ErrorKind::PreconditionFailed, format!("the text has {known} characters"))
}

impl Node for Start {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        if let Event::Request { from, request } = event {
            let reply = self.answer(request);
            cx.reply(from, reply);
        }
    }
}

fn main() -> ExitCode {
    serve(|_| Box::new(Start::default()))
}
