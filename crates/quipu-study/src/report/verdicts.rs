//! What follows from the figures: which mechanism for which invariant, and where replicated types lose. Each claim takes
//! its numbers out of the tables.

use crate::sweep::{Section, Study};
use crate::table::Table;

/// The cell of a table in the first row that has these texts in these columns.
fn figure(study: &Study, table: &str, of: &[(&str, &str)], column: &str) -> String {
    let found = || {
        let table =
            study.sections.iter().flat_map(|section| &section.tables).find(|other| other.name == table)?;
        let place = |name: &str| table.columns.iter().position(|other| *other == name);
        let wanted = of.iter().map(|(name, text)| Some((place(name)?, *text))).collect::<Option<Vec<_>>>()?;
        let fits = |row: &&Vec<crate::table::Cell>| wanted.iter().all(|(at, text)| row[*at].text() == *text);
        Some(table.rows.iter().find(fits)?[place(column)?].text())
    };
    found().unwrap_or_else(|| "not measured".to_owned())
}

/// The figures that stand as evidence for a decision.
struct Evidence<'a>(&'a Study);

impl Evidence<'_> {
    /// Half of the adds are answered by this, at a round trip of 80 ms.
    fn p50(&self, mechanism: &str) -> String {
        let row = [("mechanism", mechanism), ("round trip ms", "80.0")];
        figure(self.0, "latency-by-round-trip", &row, "p50 ms")
    }

    fn stock(&self, mechanism: &str, column: &str) -> String {
        figure(self.0, "stock", &[("mechanism", mechanism), ("partition", "yes"), ("demand", "even")], column)
    }

    fn anomaly(&self, mechanism: &str, users: &str, column: &str) -> String {
        figure(self.0, "anomalies", &[("mechanism", mechanism), ("users", users)], column)
    }

    /// The share of adds that is served on the side that is cut off.
    fn cut(&self, mechanism: &str) -> String {
        let row = [("mechanism", mechanism), ("cut off from the home", "2 of 5")];
        figure(self.0, "partition", &row, "other side %")
    }

    fn counting(&self) -> String {
        format!(
            "0 lost; p50 {} ms at 80 ms round trip (leader: {}); {} % of adds served on the side that is cut off (leader: {})",
            self.p50("crdt-delta"),
            self.p50("leader"),
            self.cut("crdt-delta"),
            self.cut("leader")
        )
    }

    fn sessions(&self) -> String {
        format!(
            "per million: {} own adds unseen, {} reads back if users stay; {} and {} if they roam",
            self.anomaly("crdt-delta", "stay", "own add not seen"),
            self.anomaly("crdt-delta", "stay", "reads that go back"),
            self.anomaly("crdt-delta", "roam", "own add not seen"),
            self.anomaly("crdt-delta", "roam", "reads that go back")
        )
    }

    fn bounds(&self) -> String {
        format!(
            "in a partition {} oversold, {} sold, {} left; a CRDT that looks first: {} oversold",
            self.stock("escrow", "oversold"),
            self.stock("escrow", "sold"),
            self.stock("escrow", "left"),
            self.stock("crdt-delta", "oversold")
        )
    }

    fn winners(&self) -> String {
        format!(
            "no merge can undo two winners: `quipu compare advise --invariant exactly-one-winner` finds the shortest case; \
             p50 {} and {} ms at 80 ms",
            self.p50("leader"),
            self.p50("quorum")
        )
    }

    fn freshness(&self) -> String {
        format!(
            "stale reads per million with roaming users: leader {}, quorum {}, CRDT {}",
            self.anomaly("leader", "roam", "stale reads"),
            self.anomaly("quorum", "roam", "stale reads"),
            self.anomaly("crdt-delta", "roam", "stale reads")
        )
    }
}

pub(super) fn decisions(study: &Study) -> Section {
    let mut table = Table::new(
        "decisions",
        "From the invariant to the cheapest mechanism that keeps it.",
        &["invariant", "mechanism", "evidence"],
    );
    let evidence = Evidence(study);
    let locking =
        "the crossover map; a lock without fence loses acknowledged adds once a holder stands still"
            .to_owned();
    let rows = [
        ("none: nothing counted is lost", "CRDT, deltas", evidence.counting()),
        ("read-your-writes, going forward", "CRDT, users kept at their node", evidence.sessions()),
        ("non-negative (stock, balance)", "escrow", evidence.bounds()),
        (
            "uniqueness, exactly one winner",
            "atomic at a leader; quorum if the leader may die",
            evidence.winners(),
        ),
        ("fresh reads everywhere (linearizable)", "atomic at a leader, or quorum", evidence.freshness()),
        (
            "the value must be fetched to compute with",
            "fenced lock; optimistic costs the same where counters are cold, and needs no lease",
            locking,
        ),
    ];
    for (invariant, mechanism, evidence) in rows {
        table.row(vec![invariant.into(), mechanism.into(), evidence.into()]);
    }
    Section {
        id: "decisions",
        title: "From invariant to mechanism",
        text: vec![
            "Choose by the invariant, then by the cost. Each row's evidence is a figure of this report."
                .into(),
        ],
        pictures: Vec::new(),
        tables: vec![table],
    }
}

pub(super) fn where_crdts_lose(study: &Study) -> Section {
    let of = |name: &str, wanted: &[(&str, &str)], column: &str| figure(study, name, wanted, column);
    let bytes = |mechanism: &str, rate: &str| {
        of("bytes", &[("mechanism", mechanism), ("adds /s", rate), ("replicas", "5")], "bytes per add")
    };
    let sold = |demand: &str| {
        of(
            "stock",
            &[("mechanism", "escrow"), ("partition", "yes"), ("demand", demand)],
            "refused while some was left",
        )
    };
    let identities =
        |lives: &str| of("space-counters", &[("replicas", "5"), ("lives of each", lives)], "PN-Counter");
    Section {
        id: "where-crdts-lose",
        title: "Where CRDTs lose",
        text: vec![
            format!(
                "Invariants over more than one replica. Two sides that each see the last piece both sell it: {} of 200 units \
                 oversold in a partition of ten seconds. Escrow repairs this for a bound on a sum, and for nothing else; and \
                 it refuses {} requests while there is stock if demand is even and {} if all of it is at one node, because the rights \
                 are elsewhere.",
                of("stock", &[("mechanism", "crdt-delta"), ("partition", "yes"), ("demand", "even")], "oversold"),
                sold("even"),
                sold("at one node")
            ),
            format!(
                "Freshness. {} reads of a million are stale with deltas and {} with full states every 100 ms, where a leader \
                 has none. Whoever needs the newest value must ask whoever decides what that is.",
                of("anomalies", &[("mechanism", "crdt-delta"), ("users", "stay")], "stale reads"),
                of("anomalies", &[("mechanism", "crdt-full"), ("users", "stay")], "stale reads")
            ),
            format!(
                "Bytes when little happens, or when full states travel: at 16 adds a second and five replicas an add costs {} \
                 bytes with deltas, {} with full states, {} at a leader. At 320 a second it is {}, {} and {}.",
                bytes("crdt-delta", "16"),
                bytes("crdt-full", "16"),
                bytes("leader", "16"),
                bytes("crdt-delta", "320"),
                bytes("crdt-full", "320"),
                bytes("leader", "320")
            ),
            format!(
                "Space. A number is 8 bytes; a PN-Counter of five replicas is {}, and after 200 lives of each it is {}, for \
                 ever: slots cannot be given back without agreement.",
                identities("1"),
                identities("200")
            ),
            "Every operation that is not a lattice's. Adding is; computing interest on what one has read, or giving out the \
             next free number, is not."
                .to_owned(),
        ],
        pictures: Vec::new(),
        tables: Vec::new(),
    }
}
