//! `mv-register`: a register that keeps concurrent writes side by side, gossiped.

use quipu_crdt::{Causal, CausalContext, Dot, MvRegister, ReadContext, ReplicaId};

use super::replica::{Records, Replica, change_of};
use super::settings::{Remedy, Settings};
use crate::message::{ChangeKind, ErrorKind};
use crate::{Cx, Event, Node, Reply, Request, Value};

/// A register of any value, answered from local state in every partition: an [`MvRegister`] spread by [`crate::Gossip`].
///
/// A read gives the values and a context. A write that brings the context back replaces exactly what was read, even at
/// another node; one without replaces all that this node has. Values written at the same time stand side by side.
/// What is acknowledged is durable, and survives the node's death.
///
/// *The context* is a map from replicas to the numbers of their writes. It is believed: who makes one up may replace
/// what nobody has read.
///
/// *Without [`Remedy::Siblings`]* a write replaces all that the node has, whatever it was based on: a value that came
/// in after the read is lost, and nobody has ever seen it.
#[derive(Debug)]
pub struct MvRegisterNode {
    register: Replica<Causal<MvRegister<Value>>>,
    siblings: bool,
}

impl MvRegisterNode {
    /// A register that was never written.
    pub fn new(settings: &Settings) -> Self {
        Self { register: Replica::new(settings, Records::Own), siblings: settings.has(Remedy::Siblings) }
    }

    fn request(&mut self, cx: &mut Cx<'_>, request: Request) -> Reply {
        match request {
            Request::Write { value, context: Some(context) } => match from_value(&context) {
                Some(read) if self.siblings => self.write(cx, Some(&read), value),
                Some(_) => self.write(cx, None, value),
                None => Reply::error(
                    ErrorKind::Malformed,
                    "`context` of `write` must be one that a read has given, handed back as it came",
                ),
            },
            Request::Write { value, context: None } => self.write(cx, None, value),
            Request::Read => {
                let register = self.register.state();
                Reply::Siblings {
                    values: register.value().into_iter().cloned().collect(),
                    context: to_value(register.read_context().dots()),
                }
            }
            other => Reply::not_served(&other),
        }
    }

    fn write(&mut self, cx: &mut Cx<'_>, read: Option<&ReadContext>, value: Value) -> Reply {
        let written = self.register.change(cx, |register, me| match read {
            Some(read) => register.write_over(me, read, value),
            None => register.write(me, value),
        });
        match written {
            Ok(delta) => Reply::Changed(change_of(ChangeKind::Write, &delta)),
            Err(overflow) => Reply::error(ErrorKind::Abort, overflow.to_string()),
        }
    }
}

impl Node for MvRegisterNode {
    fn step(&mut self, cx: &mut Cx<'_>, event: Event) {
        match event {
            Event::Request { from, request } => {
                let reply = self.request(cx, request);
                cx.reply(from, reply);
            }
            other => self.register.step(cx, other),
        }
        self.register.settle(cx);
    }
}

/// A context as a client is given it: `{"n0@1f": [3, 5]}`. A read shows a handful of writes, so that each is named.
fn to_value(context: &CausalContext) -> Value {
    let mut writes: Vec<(String, Vec<Value>)> = Vec::new();
    for dot in context.dots() {
        let (replica, number) = (dot.replica.to_string(), Value::from(dot.counter.get()));
        match writes.last_mut() {
            Some((last, numbers)) if *last == replica => numbers.push(number),
            _ => writes.push((replica, vec![number])),
        }
    }
    Value::map(writes.into_iter().map(|(replica, numbers)| (replica, Value::List(numbers.into()))))
}

/// The context in a client's request; none if it is not of the form that [`to_value`] gives.
fn from_value(context: &Value) -> Option<ReadContext> {
    let Value::Map(replicas) = context else { return None };
    let mut dots = CausalContext::default();
    for (replica, numbers) in replicas.iter() {
        let replica: ReplicaId = replica.parse().ok()?;
        let Value::List(numbers) = numbers else { return None };
        for number in numbers.iter() {
            let number = u64::try_from(number.as_int()?).ok()?;
            dots.insert(Dot::new(replica, number.try_into().ok()?));
        }
    }
    Some(ReadContext::from(dots))
}
