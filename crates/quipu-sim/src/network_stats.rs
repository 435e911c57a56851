//! How much was said.

use crate::endpoint::Endpoint;

/// Message counts, sorted as Maelstrom sorts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkStats {
    /// All messages.
    pub all: MessageCounts,
    /// Those with a client at either end.
    pub clients: MessageCounts,
    /// Those between nodes, and between nodes and services.
    pub servers: MessageCounts,
}

/// How many messages of one sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageCounts {
    /// Sent, lost ones included.
    pub send_count: u64,
    /// Received, duplicates included.
    pub recv_count: u64,
    /// Distinct messages.
    pub msg_count: u64,
}

impl NetworkStats {
    pub(crate) const fn count_sent(&mut self, from: Endpoint, to: Endpoint) {
        // Duplicates are made by the network, not sent: each sending is one distinct message.
        self.all.send_count += 1;
        self.all.msg_count += 1;
        let sort = self.sort(from, to);
        sort.send_count += 1;
        sort.msg_count += 1;
    }

    pub(crate) const fn count_received(&mut self, from: Endpoint, to: Endpoint) {
        self.all.recv_count += 1;
        self.sort(from, to).recv_count += 1;
    }

    const fn sort(&mut self, from: Endpoint, to: Endpoint) -> &mut MessageCounts {
        if from.is_client() || to.is_client() { &mut self.clients } else { &mut self.servers }
    }
}
