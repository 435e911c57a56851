//! A set with removal, to start from: it joins by union, which brings back whatever was removed.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use quipu_maelstrom::{
    Change, ChangeKind, Cx, Event, Node, PeerMessage, Reply, Request, Timer, Value, serve,
};

const ROUND: Duration = Duration::from_millis(200);

/// The name of each add, and what it added.
#[derive(Default)]
struct Start {
    adds: BTreeMap<Arc<str>, Value>,
    made: u64,
}

impl Start {
    fn answer(&mut self, cx: &Cx<'_>, request: &Request) -> Reply {
        match request {
            Request::AddElement(element) => {
                self.made += 1;
                let name: Arc<str> = format!("{}-{}-{}", cx.me(), cx.boot(), self.made).into();
                self.adds.insert(Arc::clone(&name), element.clone());
                changed(ChangeKind::Add, vec![name], vec![])
            }
            Request::RemoveElement(element) => {
                let seen: Vec<_> = self.names_of(element);
                self.adds.retain(|name, _| !seen.contains(name));
                changed(ChangeKind::Remove, vec![], seen)
            }
            Request::Read => {
                let mut elements: Vec<Value> = self.adds.values().cloned().collect();
                elements.sort();
                elements.dedup();
                Reply::Elements(elements.into())
            }
            other => Reply::not_served(other),
        }
    }

    fn names_of(&self, element: &Value) -> Vec<Arc<str>> {
        self.adds.iter().filter(|(_, added)| *added == element).map(|(name, _)| Arc::clone(name)).collect()
    }

    fn tell(&self, cx: &mut Cx<'_>) {
        let content = Value::map(self.adds.iter().map(|(name, element)| (Arc::clone(name), element.clone())));
        let peers: Vec<_> = cx.peers().cloned().collect();
        for peer in peers {
            cx.send(&peer, PeerMessage::Custom { content: content.clone() });
        }
    }
}

fn changed(kind: ChangeKind, added: Vec<Arc<str>>, removed: Vec<Arc<str>>) -> Reply {
    Reply::Changed(Change { kind, added: added.into(), removed: removed.into() })
}

impl Node for Start {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Start { .. } => cx.set_timer(ROUND, Timer::Round(0)),
            Event::Timer(timer) => {
                self.tell(cx);
                cx.set_timer(ROUND, timer);
            }
            Event::Peer { message: PeerMessage::Custom { content: Value::Map(adds) }, .. } => {
                self.adds.extend(adds.iter().map(|(name, element)| (Arc::clone(name), element.clone())));
            }
            Event::Request { from, request } => {
                let reply = self.answer(cx, &request);
                cx.reply(from, reply);
            }
            _ => {}
        }
    }
}

fn main() -> ExitCode {
    serve(|_| Box::new(Start::default()))
}
