//! Pictures: lines over an axis, and a map of two axes. SVG that is the same on every machine and readable on light and
//! dark ground: the ground is left out, ink is a middle grey, and colours stand out on both.

use std::error::Error;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::prelude::*;

/// What a picture shows, and the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The file's name without its ending.
    pub name: &'static str,
    /// What is to be seen, in words.
    pub caption: String,
    /// The picture.
    pub svg: String,
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What the legend says.
    pub name: String,
    /// Which colour.
    pub colour: usize,
    /// Dashes without marks: a prediction.
    pub predicted: bool,
    /// Where it goes.
    pub points: Vec<(f64, f64)>,
}

impl Line {
    /// A measured line.
    pub fn new(name: impl Into<String>, colour: usize, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), colour, predicted: false, points }
    }

    /// The same as a prediction.
    pub fn predicted(mut self) -> Self {
        self.predicted = true;
        self
    }
}

/// The axes of a picture of lines.
#[derive(Clone, Debug, Default)]
pub struct Axes {
    /// What stands above.
    pub title: &'static str,
    /// What the horizontal axis is, with its unit.
    pub x: &'static str,
    /// What the vertical axis is, with its unit.
    pub y: &'static str,
    /// Whether the horizontal axis is logarithmic.
    pub log_x: bool,
    /// Whether the vertical axis is logarithmic.
    pub log_y: bool,
    /// A stretch of the horizontal axis to mark, and what it is.
    pub marked: Option<(f64, f64, &'static str)>,
}

const INK: RGBColor = RGBColor(118, 118, 118);
const COLOURS: [RGBColor; 9] = [
    RGBColor(86, 156, 214),
    RGBColor(31, 119, 190),
    RGBColor(23, 160, 150),
    RGBColor(224, 130, 20),
    RGBColor(209, 73, 91),
    RGBColor(160, 60, 120),
    RGBColor(60, 150, 60),
    RGBColor(142, 107, 191),
    RGBColor(130, 110, 80),
];
const WIDTH: u32 = 820;
const HEIGHT: u32 = 420;
const LEGEND: u32 = 175;

type Drawn<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Failure = Box<dyn Error>;

/// Draws lines; the caption says in words what they show.
pub fn lines(name: &'static str, caption: impl Into<String>, axes: &Axes, lines: &[Line]) -> Picture {
    let mut svg = String::new();
    // It draws into a string: nothing there can fail but the picture's own logic.
    let drawn = draw(&mut svg, axes, lines);
    debug_assert!(drawn.is_ok(), "{name}: {drawn:?}");
    Picture { name, caption: caption.into(), svg: finished(&svg) }
}

fn draw(svg: &mut String, axes: &Axes, lines: &[Line]) -> Result<(), Failure> {
    let root = SVGBackend::with_string(svg, (WIDTH, HEIGHT)).into_drawing_area();
    let (left, right) = root.split_horizontally(WIDTH - LEGEND);
    let (x0, x1) = bounds(lines.iter().flat_map(|line| &line.points).map(|point| point.0), axes.log_x, false);
    let (y0, y1) = bounds(lines.iter().flat_map(|line| &line.points).map(|point| point.1), axes.log_y, true);
    match (axes.log_x, axes.log_y) {
        (false, false) => chart(&left, axes, lines, x0..x1, y0..y1, y1)?,
        (true, false) => chart(&left, axes, lines, (x0..x1).log_scale(), y0..y1, y1)?,
        (false, true) => chart(&left, axes, lines, x0..x1, (y0..y1).log_scale(), y1)?,
        (true, true) => chart(&left, axes, lines, (x0..x1).log_scale(), (y0..y1).log_scale(), y1)?,
    }
    legend(&right, lines)?;
    root.present()?;
    Ok(())
}

/// From the least to the greatest value, with some air above; on a linear vertical axis from zero.
fn bounds(values: impl Iterator<Item = f64>, log: bool, vertical: bool) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.filter(|value| !log || *value > 0.0) {
        low = low.min(value);
        high = high.max(value);
    }
    if !low.is_finite() {
        return (0.1, 1.0);
    }
    match (log, vertical) {
        (true, true) => (low * 0.7, high * 1.5),
        (true, false) => (low, high.max(low * 1.01)),
        (false, true) => (low.min(0.0), if high > 0.0 { high * 1.06 } else { 1.0 }),
        (false, false) => (low, high.max(low + 1e-6)),
    }
}

fn chart<X, Y>(area: &Drawn<'_>, axes: &Axes, lines: &[Line], x: X, y: Y, top: f64) -> Result<(), Failure>
where
    X: AsRangedCoord<Value = f64>,
    Y: AsRangedCoord<Value = f64>,
    X::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
    Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    let mut chart = ChartBuilder::on(area)
        .caption(axes.title, ("sans-serif", 17).into_font().color(&INK))
        .margin(10)
        .x_label_area_size(44)
        .y_label_area_size(74)
        .build_cartesian_2d(x, y)?;
    chart
        .configure_mesh()
        .x_desc(axes.x)
        .y_desc(axes.y)
        .axis_style(INK)
        .bold_line_style(INK.mix(0.25))
        .light_line_style(TRANSPARENT)
        .label_style(("sans-serif", 13).into_font().color(&INK))
        .axis_desc_style(("sans-serif", 14).into_font().color(&INK))
        .x_labels(9)
        .y_labels(8)
        .x_label_formatter(&|value| short(*value))
        .y_label_formatter(&|value| short(*value))
        .draw()?;
    if let Some((from, to, what)) = axes.marked {
        let bottom = if axes.log_y { top * 1e-9 } else { 0.0 };
        let corners = [(from, bottom), (to, top)];
        chart.draw_series([Rectangle::new(corners, INK.mix(0.15).filled())])?;
        let style = ("sans-serif", 13).into_font().color(&INK);
        chart.draw_series([Text::new(what, (from + (to - from) * 0.04, top * 0.985), style)])?;
    }
    for line in lines {
        let colour = COLOURS[line.colour % COLOURS.len()];
        if line.predicted {
            let dashes = DashedLineSeries::new(line.points.iter().copied(), 5, 4, colour.stroke_width(1));
            chart.draw_series(dashes)?;
        } else {
            chart.draw_series(LineSeries::new(line.points.iter().copied(), colour.stroke_width(2)))?;
            if line.points.len() <= 40 {
                chart.draw_series(line.points.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
            }
        }
    }
    Ok(())
}

fn legend(area: &Drawn<'_>, lines: &[Line]) -> Result<(), Failure> {
    let style = ("sans-serif", 13).into_font().color(&INK);
    for (row, line) in (0_i32..).zip(lines.iter().filter(|line| !line.name.is_empty())) {
        let y = 56 + 22 * row;
        let colour = COLOURS[line.colour % COLOURS.len()];
        let strokes: &[(i32, i32)] = if line.predicted { &[(2, 7), (11, 16), (20, 25)] } else { &[(2, 25)] };
        for (from, to) in strokes {
            area.draw(&PathElement::new(vec![(*from, y), (*to, y)], colour.stroke_width(2)))?;
        }
        if !line.predicted {
            area.draw(&Circle::new((13, y), 3, colour.filled()))?;
        }
        area.draw(&Text::new(line.name.clone(), (32, y - 7), style.clone()))?;
    }
    Ok(())
}

/// A map: for each pair of the two axes a short text on a colour.
pub fn map(
    name: &'static str,
    caption: impl Into<String>,
    (title, x, y): (&str, &str, &str),
    (columns, rows): (&[String], &[String]),
    cells: &[Vec<(String, usize)>],
) -> Picture {
    let mut svg = String::new();
    let drawn = draw_map(&mut svg, (title, x, y), (columns, rows), cells);
    debug_assert!(drawn.is_ok(), "{name}: {drawn:?}");
    Picture { name, caption: caption.into(), svg: finished(&svg) }
}

fn draw_map(
    svg: &mut String,
    (title, x, y): (&str, &str, &str),
    (columns, rows): (&[String], &[String]),
    cells: &[Vec<(String, usize)>],
) -> Result<(), Failure> {
    let (left, top, wide, high) = (110, 50, 118, 44);
    let count = |items: usize| i32::try_from(items).unwrap_or(0);
    let bottom = top + high * count(rows.len());
    let size = (WIDTH, u32::try_from(bottom + 60).unwrap_or(HEIGHT));
    let root = SVGBackend::with_string(svg, size).into_drawing_area();
    let ink = |size: i32| ("sans-serif", size).into_font().color(&INK);
    root.draw(&Text::new(title, (left, 14), ink(17)))?;
    for (row, cells) in (0_i32..).zip(cells) {
        let above = top + high * row;
        root.draw(&Text::new(rows[usize::try_from(row)?].clone(), (62, above + 14), ink(13)))?;
        for (column, (text, colour)) in (0_i32..).zip(cells) {
            let begin = left + wide * column;
            let corners = [(begin + 1, above + 1), (begin + wide - 1, above + high - 1)];
            let colour = COLOURS[*colour % COLOURS.len()];
            root.draw(&Rectangle::new(corners, colour.mix(0.35).filled()))?;
            root.draw(&Rectangle::new(corners, colour.stroke_width(1)))?;
            root.draw(&Text::new(text.clone(), (begin + 8, above + 14), ink(13)))?;
        }
    }
    for (column, text) in (0_i32..).zip(columns) {
        root.draw(&Text::new(text.clone(), (left + wide * column + 8, bottom + 8), ink(13)))?;
    }
    root.draw(&Text::new(x, (left + 8, bottom + 32), ink(14)))?;
    root.draw(&Text::new(y, (4, 30), ink(14)))?;
    root.present()?;
    Ok(())
}

/// Numbers as short as they can be told apart: 0.5, 20, 3 k.
fn short(value: f64) -> String {
    match value.abs() {
        1e6.. => format!("{} M", trimmed(value / 1e6)),
        1e4.. => format!("{} k", trimmed(value / 1e3)),
        _ => trimmed(value),
    }
}

fn trimmed(value: f64) -> String {
    let decimals = if value.abs() >= 10.0 {
        0
    } else if value.abs() >= 1.0 {
        1
    } else {
        3
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// An SVG that scales with the page, and ends with a line end.
fn finished(svg: &str) -> String {
    let svg = svg.replacen("<svg ", "<svg role=\"img\" style=\"max-width:100%;height:auto\" ", 1);
    format!("{}\n", svg.trim_end())
}
