//! A register, to start from: the last writer wins, and what another wrote at the same time is lost unread.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use quipu_maelstrom::{
    Change, ChangeKind, Cx, Event, Node, PeerMessage, Reply, Request, Timer, Value, serve,
};

const ROUND: Duration = Duration::from_millis(200);

/// The number of the last write, its author, and what it wrote.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Written {
    number: i128,
    author: Arc<str>,
    value: Option<Value>,
}

impl Written {
    fn name(&self) -> Arc<str> {
        format!("{}-{}", self.author, self.number).into()
    }
}

#[derive(Default)]
struct Start(Written);

impl Start {
    fn answer(&mut self, cx: &Cx<'_>, request: Request) -> Reply {
        match request {
            Request::Write { value, .. } => {
                let removed = self.0.value.iter().map(|_| self.0.name()).collect();
                let author = format!("{}-{}", cx.me(), cx.boot()).into();
                self.0 = Written { number: self.0.number + 1, author, value: Some(value) };
                Reply::Changed(Change { kind: ChangeKind::Write, added: [self.0.name()].into(), removed })
            }
            Request::Read => {
                Reply::Siblings { values: self.0.value.iter().cloned().collect(), context: Value::Int(0) }
            }
            other => Reply::not_served(&other),
        }
    }

    fn tell(&self, cx: &mut Cx<'_>) {
        let Written { number, author, value: Some(value) } = &self.0 else { return };
        let content =
            Value::List([Value::Int(*number), Value::text(Arc::clone(author)), value.clone()].into());
        let peers: Vec<_> = cx.peers().cloned().collect();
        for peer in peers {
            cx.send(&peer, PeerMessage::Custom { content: content.clone() });
        }
    }

    fn hear(&mut self, parts: &[Value]) {
        if let [Value::Int(number), Value::Text(author), value] = parts {
            let heard = Written { number: *number, author: Arc::clone(author), value: Some(value.clone()) };
            if heard > self.0 {
                self.0 = heard;
            }
        }
    }
}

impl Node for Start {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Start { .. } => cx.set_timer(ROUND, Timer::Round(0)),
            Event::Timer(timer) => {
                self.tell(cx);
                cx.set_timer(ROUND, timer);
            }
            Event::Peer { message: PeerMessage::Custom { content: Value::List(parts) }, .. } => {
                self.hear(&parts);
            }
            Event::Request { from, request } => {
                let reply = self.answer(cx, request);
                cx.reply(from, reply);
            }
            _ => {}
        }
    }
}

fn main() -> ExitCode {
    serve(|_| Box::new(Start::default()))
}
