//! A counter that talks to its peers, to start from: it tells them its sum and keeps the larger one, which forgets what two
//! nodes add at the same time.

use std::process::ExitCode;
use std::time::Duration;

use quipu_maelstrom::{Cx, Event, Node, PeerMessage, Reply, Request, Timer, Value, serve};

const ROUND: Duration = Duration::from_millis(200);

#[derive(Default)]
struct Start {
    sum: i128,
}

impl Start {
    fn tell(&self, cx: &mut Cx<'_>) {
        let peers: Vec<_> = cx.peers().cloned().collect();
        for peer in peers {
            cx.send(&peer, PeerMessage::Custom { content: Value::Int(self.sum) });
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
            Event::Peer { message: PeerMessage::Custom { content }, .. } => {
                self.sum = self.sum.max(content.as_int().unwrap_or(0));
            }
            Event::Request { from, request } => {
                let reply = match request {
                    Request::Add(delta) => {
                        self.sum += i128::from(delta);
                        Reply::AddOk
                    }
                    Request::Read => Reply::Counter(self.sum),
                    other => Reply::not_served(&other),
                };
                cx.reply(from, reply);
            }
            _ => {}
        }
    }
}

fn main() -> ExitCode {
    serve(|_| Box::new(Start::default()))
}
