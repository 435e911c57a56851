//! What of a run goes into the page for its scripts: enough to look around in, capped so that it opens at once.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::columns::{Role, columns, role_of};
use super::data::{PageData, PageEventKind, PageMessage, PageOperation, PageOutcome};
use super::diagram::is_drawn;
use super::plots::{Cell, RateBin, cells, rate_bins};
use super::text::shorten;

pub(super) const OPERATIONS_MAX: usize = 2000;
pub(super) const WRONG_OPERATIONS_MAX: usize = 200;
pub(super) const LANES_MAX: usize = 60;
pub(super) const MESSAGES_MAX: usize = 400;
const MESSAGES_AROUND_MAX: usize = 120;
const EXCERPTS_MAX: usize = 3;
const PLACES_MAX: usize = 60;
const TEXT_MAX: usize = 90;
const EVENTS_MAX: usize = 600;
pub(super) const FAULTS_MAX: usize = 500;

/// The data of the scripts. Times are milliseconds since the load began.
#[derive(Debug, Serialize)]
pub(super) struct Embedded {
    healed: f64,
    ended: f64,
    pub(super) lanes: Vec<String>,
    pub(super) lanes_total: usize,
    pub(super) operations: Vec<ShownOperation>,
    pub(super) operations_total: usize,
    faults: Vec<ShownFault>,
    latency: BTreeMap<String, Vec<Cell>>,
    rate: Vec<RateBin>,
    rate_width: f64,
    places: Vec<String>,
    pub(super) messages: Vec<ShownMessage>,
    events: Vec<ShownEvent>,
    pub(super) excerpts: Vec<Excerpt>,
}

#[derive(Debug, Serialize)]
pub(super) struct ShownOperation {
    lane: usize,
    process: u32,
    #[serde(rename = "do")]
    action: String,
    result: String,
    outcome: PageOutcome,
    from: f64,
    to: f64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    last: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) wrong: Option<String>,
}

#[derive(Debug, Serialize)]
struct ShownFault {
    kind: String,
    text: String,
    from: f64,
    to: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct ShownMessage {
    id: u64,
    from: usize,
    to: usize,
    sent: f64,
    received: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<String>,
    label: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stale: bool,
}

#[derive(Debug, Serialize)]
struct ShownEvent {
    at: f64,
    place: usize,
    kind: PageEventKind,
    text: String,
}

/// A part of the messages worth looking at.
#[derive(Debug, Serialize)]
pub(super) struct Excerpt {
    title: String,
    from: f64,
    to: f64,
}

impl Embedded {
    /// Number of participants in the message diagram.
    pub(super) const fn place_count(&self) -> usize {
        self.places.len()
    }
}

/// Chooses what to embed.
pub(super) fn embed(data: &PageData) -> Embedded {
    let clock = Clock { began: data.began };
    let (lanes, lanes_total) = lanes(data);
    let (chosen, excerpts) = if is_drawn(data) { (Vec::new(), Vec::new()) } else { messages(data, clock) };
    let (places, sent) = placed(data, &chosen, clock);
    let (rate, rate_width) = rate_bins(data);
    let lane_names = lanes.values().map(|(_, name)| name.clone()).collect();
    Embedded {
        healed: clock.millis(data.healed),
        ended: clock.millis(data.ended),
        operations: operations(data, &lanes, clock),
        operations_total: data.operations.len(),
        lanes: lane_names,
        lanes_total,
        faults: data
            .faults
            .iter()
            .take(FAULTS_MAX)
            .map(|fault| ShownFault {
                kind: fault.kind.clone(),
                text: shorten(&fault.text, 160),
                from: clock.millis(fault.from),
                to: clock.millis(fault.to),
            })
            .collect(),
        latency: cells(data),
        rate,
        rate_width,
        events: events(data, &places, clock),
        places,
        messages: sent,
        excerpts,
    }
}

#[derive(Clone, Copy)]
struct Clock {
    began: u64,
}

impl Clock {
    /// Milliseconds since the load began, to a tenth of a microsecond: times are read, not reckoned with.
    fn millis(self, nanos: u64) -> f64 {
        let (span, sign) = (nanos.abs_diff(self.began), if nanos < self.began { -1.0 } else { 1.0 });
        sign * (span as f64 / 100.0).round() / 1e4
    }
}

/// For each node and worker: the number of its lane and its name.
type Lanes = BTreeMap<(Role, u32), (usize, String)>;

/// The lane of each worker shown, workers of one node together; and how many there are.
///
/// The map's order is the lanes' order: by node, then by worker.
fn lanes(data: &PageData) -> (Lanes, usize) {
    let workers: BTreeMap<(Role, u32), &str> =
        data.operations.iter().map(|op| ((role_of(&op.node), op.worker), op.node.as_str())).collect();
    let total = workers.len();
    let named = workers.into_iter().take(LANES_MAX).enumerate();
    (named.map(|(lane, (key, node))| (key, (lane, format!("{node} · worker {}", key.1)))).collect(), total)
}

/// The first operations, and beyond them those that are wrong or final.
fn operations(data: &PageData, lanes: &Lanes, clock: Clock) -> Vec<ShownOperation> {
    let lane_of = |op: &PageOperation| lanes.get(&(role_of(&op.node), op.worker)).map(|(lane, _)| *lane);
    let on_lanes = || data.operations.iter().filter_map(|op| lane_of(op).map(|lane| (op, lane)));
    let later = on_lanes().skip(OPERATIONS_MAX);
    let special = later.filter(|(op, _)| op.wrong.is_some() || op.is_final).take(WRONG_OPERATIONS_MAX);
    let shown = on_lanes().take(OPERATIONS_MAX).chain(special);
    shown
        .map(|(op, lane)| ShownOperation {
            lane,
            process: op.process,
            action: shorten(format!("{} {}", op.function, op.argument).trim(), TEXT_MAX),
            result: shorten(&op.result, TEXT_MAX),
            outcome: op.outcome,
            from: clock.millis(op.invoked),
            to: clock.millis(op.completed),
            last: op.is_final,
            wrong: op.wrong.as_ref().map(|wrong| shorten(wrong, 2 * TEXT_MAX)),
        })
        .collect()
}

/// The first messages of the load, and those around the first wrong operations.
fn messages(data: &PageData, clock: Clock) -> (Vec<&PageMessage>, Vec<Excerpt>) {
    let load = data.messages.partition_point(|message| message.sent < data.began);
    let loaded = &data.messages[load..];
    let mut ids: BTreeSet<usize> = (0..loaded.len().min(MESSAGES_MAX)).collect();
    let end = |index: usize| loaded.get(index).map_or(0.0, |message| clock.millis(message.sent));
    let first =
        |title: &str, from: usize, to: usize| Excerpt { title: title.into(), from: end(from), to: end(to) };
    let mut excerpts = Vec::new();
    if let Some(last) = ids.last() {
        excerpts.push(first("Beginning", 0, *last));
    }
    let wrong = data.operations.iter().filter(|op| op.wrong.is_some()).take(EXCERPTS_MAX);
    for (number, op) in wrong.enumerate() {
        let after = loaded.partition_point(|message| message.sent <= op.completed);
        let window = after.saturating_sub(MESSAGES_AROUND_MAX * 3 / 4)
            ..(after + MESSAGES_AROUND_MAX / 4).min(loaded.len());
        if !window.is_empty() {
            excerpts.push(first(&format!("Wrong read {}", number + 1), window.start, window.end - 1));
            ids.extend(window);
        }
    }
    (ids.into_iter().map(|index| &loaded[index]).collect(), excerpts)
}

/// The participants of the messages shown, and the messages by their numbers.
fn placed(data: &PageData, chosen: &[&PageMessage], clock: Clock) -> (Vec<String>, Vec<ShownMessage>) {
    if chosen.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let seen: BTreeSet<&str> =
        chosen.iter().flat_map(|message| [message.from.as_str(), message.to.as_str()]).collect();
    let all = columns(data).into_iter().map(|column| column.name);
    let places: Vec<String> = all.filter(|name| seen.contains(name.as_str())).take(PLACES_MAX).collect();
    let index: BTreeMap<&str, usize> =
        places.iter().enumerate().map(|(index, name)| (name.as_str(), index)).collect();
    let messages = chosen.iter().filter_map(|message| {
        Some(ShownMessage {
            id: message.id,
            from: *index.get(message.from.as_str())?,
            to: *index.get(message.to.as_str())?,
            sent: clock.millis(message.sent),
            received: message.received.iter().take(4).map(|at| clock.millis(*at)).collect(),
            lost: message.lost.clone(),
            label: shorten(&message.label, TEXT_MAX),
            stale: message.stale,
        })
    });
    let messages = messages.collect();
    (places, messages)
}

fn events(data: &PageData, places: &[String], clock: Clock) -> Vec<ShownEvent> {
    let located = data.events.iter().filter_map(|event| {
        let place = places.iter().position(|place| *place == event.place)?;
        Some(ShownEvent {
            at: clock.millis(event.at),
            place,
            kind: event.kind,
            text: shorten(&event.text, TEXT_MAX),
        })
    });
    located.take(EVENTS_MAX).collect()
}
