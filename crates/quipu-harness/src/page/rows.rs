//! Where moments stand in a message diagram: time runs down, but not to scale.
//!
//! Messages come in bursts of milliseconds with seconds of nothing in between. So every moment gets its own row, a
//! longer span gets somewhat more room, and a span far longer than the rest becomes a marked break.
//!
//! Moments are ordered by time and then by rank: what arrives at the very moment it was sent still stands below.

use std::collections::BTreeMap;

use super::data::{PageData, PageMessage};

/// A time, and the order among what happens at that time.
pub(super) type Moment = (u64, u32);

/// A span that is not shown to scale.
#[derive(Clone, Copy, Debug)]
pub(super) struct Break {
    /// The middle of its room.
    pub(super) y: f64,
    /// How long it lasted, in nanoseconds.
    pub(super) nanos: u64,
}

/// The vertical place of every moment.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    places: BTreeMap<Moment, f64>,
    pub(super) breaks: Vec<Break>,
    pub(super) bottom: f64,
}

/// A message with the moments of its ends.
#[derive(Clone, Debug)]
pub(super) struct Flight<'a> {
    pub(super) message: &'a PageMessage,
    pub(super) sent: Moment,
    pub(super) received: Vec<Moment>,
}

const ROW_HEIGHT: f64 = 27.0;
const STRETCH_MAX: f64 = 32.0;
const BREAK_HEIGHT: f64 = 52.0;

/// Ranks the ends of messages that touch at the same time.
pub(super) fn flights(messages: &[PageMessage]) -> Vec<Flight<'_>> {
    let mut ranks: BTreeMap<(&str, u64), u32> = BTreeMap::new();
    let mut flights = Vec::new();
    for message in messages {
        let rank = ranks.get(&(message.from.as_str(), message.sent)).copied().unwrap_or(0);
        let mut received = Vec::new();
        for &at in &message.received {
            let least = if at == message.sent { rank + 1 } else { 0 };
            let known = ranks.entry((&message.to, at)).or_insert(0);
            *known = (*known).max(least);
            received.push((at, least));
        }
        flights.push(Flight { message, sent: (message.sent, rank), received });
    }
    flights
}

impl Rows {
    /// Places all moments of the flights, events, faults and client operations that fall into the shown span.
    pub(super) fn place(data: &PageData, flights: &[Flight<'_>], top: f64) -> Self {
        let mut moments: Vec<Moment> =
            flights.iter().flat_map(|flight| flight.received.iter().copied().chain([flight.sent])).collect();
        moments.extend(data.events.iter().map(|event| (event.at, 0)));
        let (first, last) = (moments.iter().min().copied(), moments.iter().max().copied());
        let shown = first.map_or(0, |m| m.0)..=last.map_or(0, |m| m.0);
        let ends = data.faults.iter().flat_map(|fault| [fault.from, fault.to]);
        moments.extend(ends.filter(|at| shown.contains(at)).map(|at| (at, 0)));
        // An operation without an answer ends when its client gives up: that moment is worth a row of its own.
        moments.extend(data.operations.iter().map(|op| (op.completed, 0)).filter(|m| m.0 >= *shown.start()));
        moments.sort_unstable();
        moments.dedup();
        let typical = typical_gap(&moments);
        let mut rows = Self { places: BTreeMap::new(), breaks: Vec::new(), bottom: top };
        let mut previous: Option<Moment> = None;
        for moment in moments {
            if let Some(previous) = previous {
                rows.descend(moment.0 - previous.0, typical);
            }
            rows.places.insert(moment, rows.bottom);
            previous = Some(moment);
        }
        rows
    }

    fn descend(&mut self, gap: u64, typical: f64) {
        let times = gap as f64 / typical;
        if times > 30.0 && gap > 20_000_000 {
            self.breaks.push(Break { y: self.bottom + BREAK_HEIGHT / 2.0, nanos: gap });
            self.bottom += BREAK_HEIGHT;
        } else {
            self.bottom += ROW_HEIGHT + STRETCH_MAX * ((1.0 + times).log2() / 6.0).min(1.0);
        }
    }

    /// The place of a moment; between two rows, part of the way.
    pub(super) fn y(&self, moment: Moment) -> f64 {
        let above = self.places.range(..=moment).next_back();
        let below = self.places.range(moment..).next();
        match (above, below) {
            (Some((from, low)), Some((to, high))) if to.0 > from.0 => {
                low + (high - low) * ((moment.0 - from.0) as f64 / (to.0 - from.0) as f64)
            }
            (Some((_, y)), _) | (None, Some((_, y))) => *y,
            (None, None) => self.bottom,
        }
    }

    /// The first moment of each time, with its place, downwards.
    pub(super) fn times(&self) -> impl Iterator<Item = (u64, f64)> {
        self.places.iter().filter(|((_, rank), _)| *rank == 0).map(|((at, _), y)| (*at, *y))
    }
}

/// The median of the gaps between moments, at least a microsecond.
fn typical_gap(moments: &[Moment]) -> f64 {
    let mut gaps: Vec<_> =
        moments.windows(2).map(|pair| pair[1].0 - pair[0].0).filter(|gap| *gap > 0).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).map_or(1e6, |gap| (*gap as f64).max(1e3))
}
