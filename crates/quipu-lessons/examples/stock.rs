//! A stock, to start from: each node sells from what it has been given itself, and hands nothing on.

use std::process::ExitCode;

use quipu_maelstrom::{Cx, ErrorKind, Event, Node, Reply, Request, serve};

#[derive(Default)]
struct Start {
    here: i128,
}

impl Start {
    fn answer(&mut self, request: &Request) -> Reply {
        match request {
            Request::Add(delta) if self.here + i128::from(*delta) < 0 => {
                let text = format!("{} asked, {} here", delta.unsigned_abs(), self.here);
                Reply::error(ErrorKind::TemporarilyUnavailable, text)
            }
            Request::Add(delta) => {
                self.here += i128::from(*delta);
                Reply::AddOk
            }
            // Wrong: the stock is what all nodes have together.
            Request::Read => Reply::Counter(self.here),
            other => Reply::not_served(other),
        }
    }
}

impl Node for Start {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        if let Event::Request { from, request } = event {
            let reply = self.answer(&request);
            cx.reply(from, reply);
        }
    }
}

fn main() -> ExitCode {
    serve(|_| Box::new(Start::default()))
}
