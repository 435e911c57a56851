//! Who stands where in a message diagram: clients outside, beside their node; services in the middle.

use std::collections::{BTreeMap, BTreeSet};

use super::data::PageData;

/// What a name stands for; the number orders names of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// A node, n0, n1, ...
    Node(u32),
    /// A client, c0, c1, ...
    Client(u32),
    /// Anything else: seq-kv, lin-kv, ...
    Service,
}

/// The role that a name tells.
pub(super) fn role_of(name: &str) -> Role {
    let numbered = |letter| name.strip_prefix(letter).and_then(|digits: &str| digits.parse().ok());
    if let Some(number) = numbered('n') {
        Role::Node(number)
    } else if let Some(number) = numbered('c') {
        Role::Client(number)
    } else {
        Role::Service
    }
}

/// One participant and the side on which there is room for text beside its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) on_left: bool,
}

/// Everybody who sends, receives or has events, from left to right: the first half of the nodes, each after its
/// clients; the services; the other nodes, each before its clients. So most arrows go between neighbours.
pub(super) fn columns(data: &PageData) -> Vec<Column> {
    let (nodes, services, mut clients) = participants(data);
    let half = nodes.len().div_ceil(2);
    let mut columns = Vec::new();
    let mut push = |name: &str, on_left| {
        columns.push(Column { name: name.to_owned(), role: role_of(name), on_left });
    };
    for (_, node) in &nodes[..half] {
        for (_, client) in clients.remove(node).into_iter().flatten() {
            push(&client, true);
        }
        push(node, true);
    }
    for service in &services {
        push(service, true);
    }
    for (_, node) in &nodes[half..] {
        push(node, false);
        for (_, client) in clients.remove(node).into_iter().flatten() {
            push(&client, false);
        }
    }
    for (_, client) in clients.into_values().flatten() {
        push(&client, false);
    }
    columns
}

type Named = BTreeSet<(Role, String)>;

type Participants = (Vec<(Role, String)>, BTreeSet<String>, BTreeMap<String, Named>);

/// Nodes in order, services in order, and the clients of each node.
fn participants(data: &PageData) -> Participants {
    let mut nodes = Named::new();
    let mut services = BTreeSet::new();
    let mut node_of: BTreeMap<String, String> = BTreeMap::new();
    let pairs =
        data.messages.iter().flat_map(|message| [(&message.from, &message.to), (&message.to, &message.from)]);
    let places = data.events.iter().map(|event| (&event.place, &event.place));
    for (name, other) in pairs.chain(places) {
        match role_of(name) {
            role @ Role::Node(_) => _ = nodes.insert((role, name.clone())),
            Role::Service => _ = services.insert(name.clone()),
            Role::Client(_) => _ = node_of.entry(name.clone()).or_insert_with(|| other.clone()),
        }
    }
    let mut clients: BTreeMap<String, Named> = BTreeMap::new();
    for (client, node) in node_of {
        clients.entry(node).or_default().insert((role_of(&client), client));
    }
    (nodes.into_iter().collect(), services, clients)
}
