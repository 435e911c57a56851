//! The clients on the network: which exist, what each waits for, and what those that have gone had asked.

use std::collections::BTreeMap;
use std::fmt;

use quipu_maelstrom::{ReplyShape, Request};
use quipu_node::Time;

/// What a client waits for.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) node: u16,
    pub(super) msg_id: i64,
    pub(super) shape: ReplyShape,
    /// What was asked; `init` is nobody's request.
    pub(super) request: Option<Request>,
    pub(super) asked: Time,
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.request {
            Some(request) => write!(f, "`{request}`"),
            None => f.write_str("`init`"),
        }
    }
}

/// A client that gave up waiting and left the network.
#[derive(Clone, Debug)]
pub(super) struct Gone {
    pub(super) open: Open,
    pub(super) closed: Time,
}

/// All clients so far. Numbers are never used again.
#[derive(Debug, Default)]
pub(super) struct Clients {
    here: BTreeMap<u32, Option<Open>>,
    gone: BTreeMap<u32, Gone>,
}

impl Clients {
    /// A client asks, and joins the network if it is new.
    pub(super) fn ask(&mut self, client: u32, open: Open) {
        self.here.insert(client, Some(open));
    }

    /// A client leaves. If it still waits, its request is remembered: an answer may come yet.
    pub(super) fn close(&mut self, client: u32, now: Time) {
        if let Some(Some(open)) = self.here.remove(&client) {
            self.gone.insert(client, Gone { open, closed: now });
        }
    }

    /// True if messages to this client arrive.
    pub(super) fn is_here(&self, client: u32) -> bool {
        self.here.contains_key(&client)
    }

    /// What a client asked that has gone, if this is the answer to it.
    pub(super) fn gave_up_on(&self, client: u32, in_reply_to: Option<i64>) -> Option<&Gone> {
        self.gone.get(&client).filter(|gone| Some(gone.open.msg_id) == in_reply_to)
    }

    /// Takes what a client waits for, if this is the answer to it. A second answer finds nothing.
    pub(super) fn take(&mut self, client: u32, in_reply_to: Option<i64>) -> Option<Open> {
        let waiting = self.here.get_mut(&client)?;
        if waiting.as_ref().map(|open| open.msg_id) == in_reply_to { waiting.take() } else { None }
    }
}
