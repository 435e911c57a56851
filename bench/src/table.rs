//! The table that people read, as Markdown with aligned columns.

use std::fmt::Write as _;

use crate::row::{OURS, Role, Target, Unit};
use crate::run::{Figure, Measured};

/// All rows, group by group in the order of `groups`; each with its notes.
pub fn render(groups: &[(&'static str, &'static str)], rows: &[Measured]) -> String {
    let mut text = String::new();
    for (group, notes) in groups {
        let of_group: Vec<&Measured> = rows.iter().filter(|row| row.group == *group).collect();
        if !of_group.is_empty() {
            let _ = write!(text, "## {group}\n\n{}", table(&of_group));
            let _ = writeln!(text, "\n{}", wrapped(notes));
        }
    }
    text
}

/// The words in lines of at most 120 characters.
fn wrapped(words: &str) -> String {
    let (mut text, mut length) = (String::new(), 0);
    for word in words.split_whitespace() {
        let (between, after) = if length == 0 { ("", 0) } else { (" ", length + 1) };
        if after + word.chars().count() > 120 {
            let _ = write!(text, "\n{word}");
            length = word.chars().count();
        } else {
            let _ = write!(text, "{between}{word}");
            length = after + word.chars().count();
        }
    }
    text.push('\n');
    text
}

/// Who failed at what, and how.
pub fn failed(rows: &[Measured]) -> Vec<String> {
    let of_row = |row: &Measured| {
        let place = format!("{}: {}", row.group, row.work);
        let failed = row.failed.clone().into_iter();
        failed.map(move |(library, error)| format!("{library} at {place}: {error}"))
    };
    rows.iter().flat_map(of_row).collect()
}

/// The works that miss a target, in words.
pub fn missed(rows: &[Measured]) -> Vec<String> {
    let missed = rows.iter().filter(|row| row.is_met() == Some(false));
    missed.map(|row| format!("{}: {} ({})", row.group, row.work, targets(row))).collect()
}

fn table(rows: &[&Measured]) -> String {
    let mut libraries = vec![OURS];
    for figure in rows.iter().flat_map(|row| &row.figures) {
        if !libraries.contains(&figure.library) {
            libraries.push(figure.library);
        }
    }
    let mut lines = vec![
        ["work"]
            .into_iter()
            .chain(libraries.iter().copied())
            .chain(["best peer / quipu", "target", "met"])
            .map(str::to_owned)
            .collect(),
    ];
    lines.extend(rows.iter().map(|row| cells(row, &libraries)));
    aligned(&lines)
}

fn cells(row: &Measured, libraries: &[&str]) -> Vec<String> {
    let mut cells = vec![row.work.clone()];
    cells.extend(libraries.iter().map(|library| {
        let failed = row.failed.iter().any(|(name, _)| name == library);
        let none = if failed { "failed" } else { "-" };
        row.figure(library).map_or_else(|| none.to_owned(), |figure| figure_in_words(figure, row.unit))
    }));
    cells.push(row.ratio().map_or_else(|| "-".to_owned(), ratio_in_words));
    cells.push(targets(row));
    cells.push(match row.is_met() {
        Some(true) => "yes".to_owned(),
        Some(false) => "NO".to_owned(),
        None => "-".to_owned(),
    });
    cells
}

fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        for (column, cell) in line.iter().enumerate() {
            let _ = write!(text, "| {cell:<width$} ", width = widths[column]);
        }
        text.push_str("|\n");
        if index == 0 {
            let rule: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
            let _ = writeln!(text, "|{}|", rule.join("|"));
        }
    }
    text
}

fn figure_in_words(figure: &Figure, unit: Unit) -> String {
    let bound = if figure.role == Role::AtLeast { "≥ " } else { "" };
    let value = value_in_words(figure.median, unit);
    let spread = match (unit, figure.samples) {
        (Unit::Time, 1) => " (once)".to_owned(),
        (Unit::Time, _) if figure.median > 0.0 => {
            format!(" ±{:.0}%", (figure.highest - figure.lowest) / 2.0 / figure.median * 100.0)
        }
        _ => String::new(),
    };
    format!("{bound}{value}{spread}")
}

/// A value with a unit that suits its size.
pub fn value_in_words(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Time if value < 999.5 => format!("{} ns", digits(value)),
        Unit::Time if value < 999.5e3 => format!("{} us", digits(value / 1e3)),
        Unit::Time if value < 999.5e6 => format!("{} ms", digits(value / 1e6)),
        Unit::Time => format!("{} s", digits(value / 1e9)),
        Unit::Bytes if value < 9_999.5 => format!("{value:.0} B"),
        Unit::Bytes if value < 999.5e3 => format!("{} kB", digits(value / 1e3)),
        Unit::Bytes => format!("{} MB", digits(value / 1e6)),
        Unit::BytesEach => format!("{} B", digits(value)),
        Unit::Percent => format!("{} %", digits(value)),
    }
}

/// Three digits that count.
fn digits(value: f64) -> String {
    let after_point = match value {
        small if small < 9.995 => 2,
        middle if middle < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.after_point$}")
}

fn ratio_in_words(ratio: f64) -> String {
    format!("{}x", digits(ratio))
}

fn targets(row: &Measured) -> String {
    if row.targets.is_empty() {
        return "-".to_owned();
    }
    let words = row.targets.iter().map(|target| match target {
        Target::Fastest if row.unit == Unit::Time => "fastest".to_owned(),
        Target::Fastest => "smallest".to_owned(),
        Target::WithinBest(times) => format!("≤ {times} x best peer"),
        Target::WithinFloor(times, floor) => format!("≤ {times} x {floor}"),
        Target::AtMost(limit) => format!("≤ {}", value_in_words(*limit, row.unit)),
        Target::TimesLess(times, peer) if (*times - 1.0).abs() < f64::EPSILON => format!("below {peer}"),
        Target::TimesLess(times, peer) => format!("{peer} / {times}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(library: &'static str, role: Role, median: f64, samples: usize) -> Figure {
        Figure { library, role, median, lowest: median * 0.9, highest: median * 1.1, samples }
    }

    #[test]
    fn values_have_three_digits_and_a_unit_that_suits_them() {
        assert_eq!(value_in_words(0.412, Unit::Time), "0.41 ns");
        assert_eq!(value_in_words(51_630.0, Unit::Time), "51.6 us");
        assert_eq!(value_in_words(999_600.0, Unit::Time), "1.00 ms");
        assert_eq!(value_in_words(6.99e9, Unit::Time), "6.99 s");
        assert_eq!(value_in_words(106_243.0, Unit::Bytes), "106 kB");
        assert_eq!(value_in_words(255.0, Unit::Bytes), "255 B");
    }

    #[test]
    fn a_row_shows_each_library_the_ratio_and_the_verdict() {
        let figures = vec![
            figure("crdts", Role::Library, 3000.0, 5),
            figure("quipu", Role::Library, 1000.0, 5),
            figure("yrs", Role::AtLeast, 9e9, 1),
        ];
        let row = Measured {
            group: "Counters",
            work: "join".to_owned(),
            unit: Unit::Time,
            figures,
            targets: vec![Target::Fastest, Target::AtMost(500.0)],
            failed: Vec::new(),
        };
        let text = render(&[("Counters", "")], &[row]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "## Counters");
        assert_eq!(
            lines[4],
            "| join | 1.00 us ±10% | 3.00 us ±10% | ≥ 9.00 s (once) | 3.00x             | fastest, ≤ 500 ns | NO  |"
        );
    }
}
