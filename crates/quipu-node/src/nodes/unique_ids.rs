//! `unique-ids`: identifiers that nobody else makes, without asking anybody.

use crate::{Cx, Event, Node, Reply, Request, Value};

/// Answers every request with a new identifier, from local state, at once: text such as `n0-1k9x3f-42`.
///
/// The parts are the node's name, the number of its start in base 36, and a counter in base 36. Two nodes differ in the
/// first part, two starts of a node in the second, two requests in the third; none of it needs a peer, a clock or a disk.
/// Base 36 has no `-`, so no identifier can be read in two ways. All are of one type, and comparable.
#[derive(Debug, Default)]
pub struct UniqueIds {
    made: u64,
}

impl Node for UniqueIds {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        if let Event::Request { from, request } = event {
            let reply = match request {
                Request::Generate => Reply::Id(self.next(cx)),
                other => Reply::not_served(&other),
            };
            cx.reply(from, reply);
        }
    }
}

impl UniqueIds {
    fn next(&mut self, cx: &Cx<'_>) -> Value {
        self.made += 1;
        let mut id = format!("{}-", cx.me());
        push_base_36(&mut id, cx.boot());
        id.push('-');
        push_base_36(&mut id, self.made);
        Value::text(id)
    }
}

fn push_base_36(text: &mut String, mut number: u64) {
    let mut digits = Vec::with_capacity(13);
    while number > 0 || digits.is_empty() {
        digits.push(char::from_digit((number % 36) as u32, 36).expect("below 36"));
        number /= 36;
    }
    text.extend(digits.iter().rev());
}
