//! A register in which the last writer wins: the write with the highest number, and of equal ones the one of the highest name.

use std::sync::Arc;

use quipu_node::{Change, ChangeKind, Reply, Request, Value};

use super::Rule;

/// Keeps one write, whoever has not read it.
#[derive(Default)]
pub(crate) struct LastWriter {
    me: Arc<str>,
    number: i128,
    author: Arc<str>,
    value: Option<Value>,
}

impl LastWriter {
    fn name(&self) -> Arc<str> {
        format!("{}-{}", self.author, self.number).into()
    }
}

impl Rule for LastWriter {
    fn start(&mut self, me: &str) {
        self.me = me.into();
    }

    fn request(&mut self, request: Request) -> Reply {
        match request {
            Request::Write { value, .. } => {
                let removed = self.value.iter().map(|_| self.name()).collect();
                self.number += 1;
                self.author = Arc::clone(&self.me);
                self.value = Some(value);
                Reply::Changed(Change { kind: ChangeKind::Write, added: [self.name()].into(), removed })
            }
            Request::Read => Reply::Siblings {
                values: self.value.iter().cloned().collect(),
                context: Value::Int(self.number),
            },
            other => Reply::not_served(&other),
        }
    }

    fn tell(&self) -> Value {
        let value = self.value.clone().unwrap_or(Value::Bool(false));
        Value::List([Value::Int(self.number), Value::text(Arc::clone(&self.author)), value].into())
    }

    fn hear(&mut self, told: &Value) {
        let Value::List(parts) = told else { return };
        if let [Value::Int(number), Value::Text(author), value] = &**parts
            && (*number, author) > (self.number, &self.author)
        {
            self.number = *number;
            self.author = Arc::clone(author);
            self.value = Some(value.clone());
        }
    }
}
