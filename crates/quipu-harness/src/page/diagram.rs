//! The message diagram of a small run: a space-time picture, as an SVG that stands alone.
//!
//! Everybody has a vertical line, time runs down, a message is an arrow. It paints its own background and chooses its
//! colours by the reader's scheme, so it can be shown on any page. Layout is in `columns` and `rows`, arrows in `arrows`.

use std::fmt::Write;

use super::arrows::{self, Labels};
use super::columns::{Column, Role, columns};
use super::data::{PageData, PageEventKind, PageOperation, PageOutcome};
use super::rows::{Flight, Rows, flights};
use super::text::{counted, escape, shorten, span};

/// Runs of at most this many messages get the picture drawn here.
pub const SMALL_RUN_MESSAGES_MAX: usize = 60;

/// Widths of one character of the picture's two sizes of text, on the wide side.
pub(super) const CHARACTER: f64 = 6.7;
const LABEL_CHARACTERS_MAX: usize = 34;
const BESIDE_CHARACTERS_MAX: usize = 16;
const HEADER_TOP: f64 = 18.0;
const HEADER_HEIGHT: f64 = 28.0;
const LANE_TOP: f64 = HEADER_TOP + HEADER_HEIGHT;

/// A picture in the making.
pub(super) struct Canvas<'a> {
    pub(super) data: &'a PageData,
    pub(super) columns: Vec<Column>,
    pub(super) spots: Vec<f64>,
    pub(super) rows: Rows,
    pub(super) width: f64,
    pub(super) svg: String,
}

/// The message diagram of a run as a standalone SVG, or none if the run has no messages or more than
/// [`SMALL_RUN_MESSAGES_MAX`]. What came before the load began (setting up) is left out.
pub fn diagram_svg(data: &PageData) -> Option<String> {
    if !is_drawn(data) {
        return None;
    }
    let mut shown = data.clone();
    shown.messages.retain(|message| message.sent >= data.began);
    shown.events.retain(|event| event.at >= data.began);
    shown.operations.truncate(SMALL_RUN_MESSAGES_MAX);
    let flights = flights(&shown.messages);
    let mut canvas = Canvas::new(&shown, &flights);
    canvas.faults();
    canvas.times();
    canvas.lanes();
    canvas.breaks();
    canvas.operations(&flights);
    let mut labels = Labels::default();
    for flight in &flights {
        arrows::reserve(&canvas, flight, &mut labels);
    }
    for flight in &flights {
        arrows::draw(&mut canvas, flight, &mut labels);
    }
    canvas.events(&mut labels);
    labels.write_into(&mut canvas.svg);
    Some(canvas.finish())
}

/// True if the run is small enough for the picture, and has something to show.
pub(super) fn is_drawn(data: &PageData) -> bool {
    let of_load = data.messages.iter().filter(|message| message.sent >= data.began).count();
    (1..=SMALL_RUN_MESSAGES_MAX).contains(&of_load)
}

impl<'a> Canvas<'a> {
    fn new(data: &'a PageData, flights: &[Flight<'_>]) -> Self {
        let columns = columns(data);
        let rows = Rows::place(data, flights, LANE_TOP + 26.0);
        let longest =
            data.messages.iter().map(|message| label_of(&message.label).chars().count()).max().unwrap_or(0);
        let pitch = (longest as f64 * CHARACTER + 44.0).clamp(120.0, 260.0);
        let words = |op: &PageOperation| asked(op).chars().count().max(answered(op).chars().count());
        let beside = 24.0 + CHARACTER * data.operations.iter().map(words).max().unwrap_or(4) as f64;
        let margin = |left: bool| {
            let outermost = if left { columns.first() } else { columns.last() };
            if outermost.is_some_and(|column| matches!(column.role, Role::Client(_))) { beside } else { 50.0 }
        };
        let left = 56.0 + margin(true);
        let spots: Vec<f64> = (0..columns.len()).map(|index| left + pitch * index as f64).collect();
        let width = spots.last().copied().unwrap_or(left) + margin(false) + 10.0;
        Self { data, columns, spots, rows, width, svg: String::new() }
    }

    /// The horizontal place of a participant.
    pub(super) fn x(&self, name: &str) -> f64 {
        let index = self.columns.iter().position(|column| column.name == name);
        index.map_or(0.0, |index| self.spots[index])
    }

    fn put(&mut self, arguments: std::fmt::Arguments<'_>) {
        self.svg.write_fmt(arguments).expect("writing to a string cannot fail");
        self.svg.push('\n');
    }

    fn faults(&mut self) {
        let data = self.data;
        for fault in &data.faults {
            let (from, to) =
                (self.rows.y((fault.from, 0)), self.rows.y((fault.to, 0)).min(self.rows.bottom + 8.0));
            if to - from < 2.0 {
                continue;
            }
            let words = escape(&shorten(&format!("{}: {}", fault.kind, fault.text), 60));
            let (right, height, base) = (self.width - 20.0, to - from, from + 12.0);
            self.put(format_args!(
                "<rect class='fault' x='60' y='{from:.1}' width='{:.1}' height='{height:.1}'/>\
                 <text class='fault-text' x='{:.1}' y='{base:.1}' text-anchor='end'>{words}</text>",
                right - 50.0,
                right + 4.0
            ));
        }
    }

    /// Times on the left; after a break, spans since the first moment after it, for they are what one compares.
    fn times(&mut self) {
        let (mut free_from, mut origin) = (0.0, self.data.began);
        let mut breaks = self.rows.breaks.clone().into_iter().peekable();
        let times: Vec<_> = self.rows.times().collect();
        for (at, y) in times {
            let mut mark = String::new();
            while breaks.next_if(|gap| gap.y < y).is_some() {
                (mark, origin) = (span(at.saturating_sub(self.data.began)), at);
            }
            if mark.is_empty() {
                let sign = if origin == self.data.began { "" } else { "+" };
                mark = format!("{sign}{}", span(at.saturating_sub(origin)));
            }
            if y >= free_from {
                self.put(format_args!(
                    "<text class='time' x='56' y='{:.1}' text-anchor='end'>{mark}</text>",
                    y + 3.5
                ));
                free_from = y + 15.0;
            }
        }
    }

    fn lanes(&mut self) {
        let (top, bottom) = (LANE_TOP, self.rows.bottom + 22.0);
        for index in 0..self.columns.len() {
            let (x, column) = (self.spots[index], self.columns[index].clone());
            let name = escape(&column.name);
            let half = (column.name.chars().count() as f64 * 8.0 / 2.0 + 14.0).max(26.0);
            let class = match column.role {
                Role::Node(_) => "node",
                Role::Client(_) => "client",
                Role::Service => "service",
            };
            let radius = if matches!(column.role, Role::Client(_)) { 14.0 } else { 5.0 };
            self.put(format_args!("<path class='lane' d='M{x:.1} {top:.1}V{bottom:.1}'/>"));
            self.put(format_args!(
                "<rect class='head {class}' x='{:.1}' y='{HEADER_TOP}' width='{:.1}' height='{HEADER_HEIGHT}' rx='{radius}'/>\
                 <text class='head-text {class}' x='{x:.1}' y='{:.1}' text-anchor='middle'>{name}</text>",
                x - half,
                2.0 * half,
                HEADER_TOP + 18.5
            ));
            self.outages(&column.name, x);
        }
    }

    /// Strikes out the parts of a lane during which its node was down or paused.
    fn outages(&mut self, name: &str, x: f64) {
        let data = self.data;
        let mut since: Option<f64> = None;
        for event in data.events.iter().filter(|event| event.place == name) {
            let y = self.rows.y((event.at, 0));
            match event.kind {
                PageEventKind::Crashed | PageEventKind::Paused => since = since.or(Some(y)),
                PageEventKind::Restarted | PageEventKind::Resumed => {
                    if let Some(from) = since.take() {
                        self.put(format_args!("<path class='outage' d='M{x:.1} {from:.1}V{y:.1}'/>"));
                    }
                }
                PageEventKind::Observed | PageEventKind::Stale => {}
            }
        }
        if let Some(from) = since {
            let bottom = self.rows.bottom + 22.0;
            self.put(format_args!("<path class='outage' d='M{x:.1} {from:.1}V{bottom:.1}'/>"));
        }
    }

    fn breaks(&mut self) {
        let right = self.spots.last().copied().unwrap_or(0.0) + 16.0;
        let left = self.spots.first().copied().unwrap_or(0.0) - 16.0;
        for gap in self.rows.breaks.clone() {
            let (y, words) = (gap.y, format!("{} pass", span(gap.nanos)));
            let half = words.chars().count() as f64 * CHARACTER / 2.0 + 12.0;
            let (middle, height) = (f64::midpoint(left, right), 22.0);
            let wave = |y: f64| {
                let mut path = format!("M{left:.1} {y:.1}q3 -4 6 0t6 0");
                let mut x = left + 24.0;
                while x < right {
                    path.push_str("t6 0t6 0");
                    x += 12.0;
                }
                path
            };
            self.put(format_args!(
                "<path class='cover' d='M{left:.1} {y:.1}H{right:.1}'/><path class='wave' d='{}'/><path class='wave' d='{}'/>\
                 <rect class='pill' x='{:.1}' y='{:.1}' width='{:.1}' height='{height}' rx='11'/>\
                 <text class='pill-text' x='{middle:.1}' y='{:.1}' text-anchor='middle'>{words}</text>",
                wave(y - 4.0),
                wave(y + 4.0),
                middle - half,
                y - 11.0,
                2.0 * half,
                y + 4.0
            ));
        }
    }

    /// A bar on the client's lane for each operation, found by its request: same node, same moment.
    fn operations(&mut self, flights: &[Flight<'_>]) {
        let data = self.data;
        for operation in &data.operations {
            let request = flights.iter().find(|flight| {
                let message = flight.message;
                message.sent == operation.invoked
                    && message.to == operation.node
                    && matches!(super::columns::role_of(&message.from), Role::Client(_))
            });
            if let Some(flight) = request {
                let (x, from, to) = (
                    self.x(&flight.message.from),
                    self.rows.y(flight.sent),
                    self.rows.y((operation.completed, 0)),
                );
                let on_left =
                    self.columns.iter().any(|column| column.name == flight.message.from && column.on_left);
                self.operation(operation, (x, from, to), on_left);
            }
        }
    }

    fn operation(&mut self, operation: &PageOperation, (x, from, to): (f64, f64, f64), on_left: bool) {
        let class = match (operation.outcome, &operation.wrong) {
            (_, Some(_)) => "wrong",
            (PageOutcome::Ok, None) => "ok",
            (PageOutcome::Info, None) => "info",
            (PageOutcome::Fail, None) => "failed",
        };
        let (asked, answered) = (asked(operation), answered(operation));
        let whole = match &operation.wrong {
            Some(wrong) => format!("{asked} {answered}: {wrong}"),
            None => format!("{asked} {answered}"),
        };
        let (anchor, text_x) = if on_left { ("end", x - 12.0) } else { ("start", x + 12.0) };
        // Two lines fit only beside a bar of some length.
        let second = if to - from > 16.0 { to + 3.5 } else { from + 16.0 };
        self.put(format_args!(
            "<g class='op {class}'><title>{}</title><rect x='{:.1}' y='{from:.1}' width='9' height='{:.1}' rx='3'/>\
             <text x='{text_x:.1}' y='{:.1}' text-anchor='{anchor}'>{}</text>\
             <text class='answer' x='{text_x:.1}' y='{second:.1}' text-anchor='{anchor}'>{}</text></g>",
            escape(&whole),
            x - 4.5,
            (to - from).max(4.0),
            from + 3.5,
            escape(&asked),
            escape(&answered),
        ));
    }

    fn events(&mut self, labels: &mut Labels) {
        let data = self.data;
        for event in &data.events {
            let (x, y) = (self.x(&event.place), self.rows.y((event.at, 0)));
            let (class, shape) = match event.kind {
                PageEventKind::Crashed => {
                    ("crashed", format!("M{:.1} {:.1}l10 10m0 -10l-10 10", x - 5.0, y - 5.0))
                }
                PageEventKind::Paused => ("paused", format!("M{:.1} {:.1}v10m5 0v-10", x - 2.5, y - 5.0)),
                PageEventKind::Restarted | PageEventKind::Resumed => {
                    ("restarted", format!("M{:.1} {:.1}l9 6l-9 6z", x - 4.0, y - 6.0))
                }
                PageEventKind::Observed => ("observed", format!("M{x:.1} {:.1}l5 5l-5 5l-5 -5z", y - 5.0)),
                PageEventKind::Stale => ("stale", format!("M{x:.1} {:.1}l7 7l-7 7l-7 -7z", y - 7.0)),
            };
            let text = shorten(&event.text, LABEL_CHARACTERS_MAX);
            self.put(format_args!(
                "<g class='event {class}'><title>{}</title><path d='{shape}'/></g>",
                escape(&format!("{}: {}", event.place, event.text))
            ));
            if !text.is_empty() && event.kind != PageEventKind::Observed {
                labels.beside(&text, (x, y), &format!("event-text {class}"));
            }
        }
    }

    fn finish(self) -> String {
        let (width, height) = (self.width, self.rows.bottom + 38.0);
        let summary = format!(
            "Message diagram of {}: {} between {}; time runs down",
            self.data.title,
            counted(self.data.messages.len() as u64, "message"),
            self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
        );
        let summary = escape(&summary);
        format!(
            "<svg xmlns='http://www.w3.org/2000/svg' class='quipu-diagram' role='img' aria-label='{summary}' \
             viewBox='0 0 {width:.0} {height:.0}' width='{width:.0}' height='{height:.0}'>\n<title>{summary}</title>\n\
             <style>{}</style>\n<rect class='paper' width='{width:.0}' height='{height:.0}' rx='10'/>\n{}</svg>\n",
            include_str!("diagram.css"),
            self.svg
        )
    }
}

/// What a client asked, as it stands beside its lane.
fn asked(operation: &PageOperation) -> String {
    shorten(format!("{} {}", operation.function, operation.argument).trim(), BESIDE_CHARACTERS_MAX)
}

/// What came of it.
fn answered(operation: &PageOperation) -> String {
    let words = match (operation.outcome, &operation.wrong) {
        (PageOutcome::Ok, Some(_)) => format!("✗ {}", operation.result),
        (PageOutcome::Ok, None) if operation.result.is_empty() => "✓ ok".to_owned(),
        (PageOutcome::Ok, None) => format!("✓ {}", operation.result),
        (PageOutcome::Info, _) => "? no answer".to_owned(),
        (PageOutcome::Fail, _) => "✗ refused".to_owned(),
    };
    shorten(&words, BESIDE_CHARACTERS_MAX)
}

/// A message's words, at the length that fits an arrow.
pub(super) fn label_of(label: &str) -> String {
    shorten(label, LABEL_CHARACTERS_MAX)
}
