//! Arrows of the message diagram and the words on them.

use std::fmt::Write;

use super::diagram::{CHARACTER, Canvas, label_of};
use super::rows::Flight;
use super::text::{escape, span};

/// Words that want a place, kept until all arrows are drawn so that no line crosses them.
#[derive(Debug, Default)]
pub(super) struct Labels {
    taken: Vec<Area>,
    reserved: Vec<Area>,
    markup: String,
    /// Crosses and badges, which no word may hide.
    above: String,
}

/// A rectangle: left, top, right, bottom.
#[derive(Clone, Copy, Debug)]
struct Area(f64, f64, f64, f64);

impl Area {
    fn around((x, y): (f64, f64), characters: usize) -> Self {
        let half = characters as f64 * CHARACTER / 2.0 + 3.0;
        Self(x - half, y - 8.0, x + half, y + 7.0)
    }

    fn overlap(self, other: Self) -> f64 {
        let width = self.2.min(other.2) - self.0.max(other.0);
        let height = self.3.min(other.3) - self.1.max(other.1);
        width.max(0.0) * height.max(0.0)
    }
}

/// Keeps the places of badges and crosses free of words.
pub(super) fn reserve(canvas: &Canvas<'_>, flight: &Flight<'_>, labels: &mut Labels) {
    let from = (canvas.x(&flight.message.from), canvas.rows.y(flight.sent));
    let target = canvas.x(&flight.message.to);
    let mut keep = |(x, y): (f64, f64)| labels.reserved.push(Area(x - 9.0, y - 9.0, x + 9.0, y + 9.0));
    if flight.message.step.is_some() {
        keep(badge_place(from, target));
    }
    if flight.message.lost.is_some() && flight.received.is_empty() {
        keep(stump_end(from, target));
    }
}

/// Where a message that does not arrive ends.
fn stump_end((x, y): (f64, f64), target: f64) -> (f64, f64) {
    (x + (target - x) * 0.62, y + 13.0)
}

fn badge_place((x, y): (f64, f64), target: f64) -> (f64, f64) {
    (if target >= x { x + 15.0 } else { x - 15.0 }, y)
}

/// Draws a message: one arrow for each arrival, or one that ends in a cross, or one that is still on its way.
pub(super) fn draw(canvas: &mut Canvas<'_>, flight: &Flight<'_>, labels: &mut Labels) {
    let message = flight.message;
    let from = (canvas.x(&message.from), canvas.rows.y(flight.sent));
    let target = canvas.x(&message.to);
    let mut class = String::from("message");
    if message.stale {
        class.push_str(" stale");
    }
    let mut markup = String::new();
    let fate = match (&message.lost, message.received.first()) {
        (_, Some(&at)) => format!("arrives after {}", span(at.saturating_sub(message.sent))),
        (Some(cause), None) => format!("lost: {cause}"),
        (None, None) => "still on its way at the end".to_owned(),
    };
    for (index, moment) in flight.received.iter().enumerate() {
        let end = (target, canvas.rows.y(*moment));
        markup.push_str(&arrow(from, end, if index == 0 { "line" } else { "line again" }));
    }
    let end = if let Some(moment) = flight.received.first() {
        (target, canvas.rows.y(*moment))
    } else {
        class.push_str(if message.lost.is_some() { " lost" } else { " pending" });
        let stop = stump_end(from, target);
        writeln!(markup, "<path class='line' d='M{:.1} {:.1}L{:.1} {:.1}'/>", from.0, from.1, stop.0, stop.1)
            .expect("writing to a string cannot fail");
        if message.lost.is_some() {
            labels.above.push_str(&cross(stop));
        }
        stop
    };
    if let Some(step) = message.step {
        labels.above.push_str(&badge(badge_place(from, target), step));
    }
    let title = format!("{} to {}: {} ({fate})", message.from, message.to, message.label);
    writeln!(canvas.svg, "<g class='{class}' tabindex='0'><title>{}</title>{markup}</g>", escape(&title))
        .expect("writing to a string cannot fail");
    let mut words = label_of(&message.label);
    if message.lost.is_some() && message.received.is_empty() {
        words.push_str(" ✗ lost");
    }
    labels.along(&words, from, end, &class);
}

/// A line with a head that just touches the lane.
fn arrow(from: (f64, f64), to: (f64, f64), class: &str) -> String {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(1.0);
    let (ux, uy) = (dx / length, dy / length);
    let tip = (to.0 - ux * 2.0, to.1 - uy * 2.0);
    let back = (tip.0 - ux * 9.0, tip.1 - uy * 9.0);
    let (wx, wy) = (-uy * 4.0, ux * 4.0);
    format!(
        "<path class='{class}' d='M{:.1} {:.1}L{:.1} {:.1}'/><path class='tip' d='M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}z'/>",
        from.0,
        from.1,
        back.0,
        back.1,
        tip.0,
        tip.1,
        back.0 + wx,
        back.1 + wy,
        back.0 - wx,
        back.1 - wy
    )
}

/// The end of a lost message.
fn cross((x, y): (f64, f64)) -> String {
    format!("<path class='cross' d='M{:.1} {:.1}l10 10m0 -10l-10 10'/>\n", x - 5.0, y - 5.0)
}

/// The number of the story's sentence, where the message leaves.
fn badge((x, y): (f64, f64), step: u32) -> String {
    format!(
        "<circle class='badge' cx='{x:.1}' cy='{:.1}' r='8'/><text class='badge-text' x='{x:.1}' y='{:.1}' \
         text-anchor='middle'>{step}</text>",
        y + 1.0,
        y + 4.5
    )
}

impl Labels {
    /// Puts words on a line, turned as it runs, where they hide the fewest others.
    fn along(&mut self, words: &str, from: (f64, f64), to: (f64, f64), class: &str) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let degrees = if dx.abs() < 1.0 { 0.0 } else { (dy / dx).atan().to_degrees() };
        let at = |share: f64| (from.0 + dx * share, from.1 + dy * share);
        let candidates = [0.5, 0.46, 0.54, 0.42, 0.58, 0.36, 0.64, 0.3, 0.7].map(at);
        self.put(words, &candidates, class, -10.0, |(x, y)| {
            format!("transform='translate({x:.1} {y:.1}) rotate({degrees:.1})' y='-6'")
        });
    }

    /// Puts words to the right of a point, or to its left.
    pub(super) fn beside(&mut self, words: &str, (x, y): (f64, f64), class: &str) {
        let reach = words.chars().count() as f64 * CHARACTER / 2.0 + 12.0;
        let candidates = [
            (x + reach, y),
            (x - reach, y),
            (x + reach, y + 15.0),
            (x - reach, y + 15.0),
            (x + reach, y - 15.0),
        ];
        self.put(words, &candidates, class, 0.0, |(x, y)| format!("x='{x:.1}' y='{:.1}'", y + 4.0));
    }

    /// Puts words at the candidate where they hide the least; they stand `lift` below it.
    fn put(
        &mut self,
        words: &str,
        candidates: &[(f64, f64)],
        class: &str,
        lift: f64,
        attributes: impl Fn((f64, f64)) -> String,
    ) {
        let characters = words.chars().count();
        let cost = |place: (f64, f64)| {
            let area = Area::around((place.0, place.1 + lift), characters);
            let hidden = |areas: &[Area]| areas.iter().map(|taken| taken.overlap(area)).sum::<f64>();
            hidden(&self.taken) + 4.0 * hidden(&self.reserved)
        };
        let best = candidates.iter().copied().min_by(|a, b| cost(*a).total_cmp(&cost(*b)));
        let Some(place) = best.filter(|_| characters > 0) else { return };
        self.taken.push(Area::around((place.0, place.1 + lift), characters));
        let (attributes, words) = (attributes(place), escape(words));
        writeln!(self.markup, "<text class='label {class}' {attributes} text-anchor='middle'>{words}</text>")
            .expect("writing to a string cannot fail");
    }

    /// Adds all the words to a picture.
    pub(super) fn write_into(self, svg: &mut String) {
        svg.push_str(&self.markup);
        svg.push_str(&self.above);
    }
}
