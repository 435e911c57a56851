//! Figures in rows: as CSV, and as a table in Markdown or HTML.

use std::fmt::Write as _;

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A count.
    Whole(u64),
    /// A measure, with so many decimals.
    Number(f64, usize),
    /// There is nothing to say.
    None,
}

impl Cell {
    /// The cell's text, the same everywhere.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Whole(number) => number.to_string(),
            // No minus before nothing.
            Self::Number(number, decimals) => format!("{:.decimals$}", number + 0.0),
            Self::None => String::new(),
        }
    }

    const fn is_number(&self) -> bool {
        matches!(self, Self::Whole(_) | Self::Number(..))
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Whole(number)
    }
}

/// A measure with one decimal.
pub(crate) const fn one(number: f64) -> Cell {
    Cell::Number(number, 1)
}

/// A measure with three decimals.
pub(crate) const fn three(number: f64) -> Cell {
    Cell::Number(number, 3)
}

/// A named table; the name is that of its CSV file.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The file's name without its ending.
    pub name: &'static str,
    /// One sentence: what it shows.
    pub caption: String,
    /// The heads of the columns, with units.
    pub columns: Vec<&'static str>,
    /// The rows, as long as the heads.
    pub rows: Vec<Vec<Cell>>,
    /// Whether the report shows it, or only names its file.
    pub shown: bool,
}

impl Table {
    /// A table that the report shows.
    pub fn new(name: &'static str, caption: impl Into<String>, columns: &[&'static str]) -> Self {
        Self { name, caption: caption.into(), columns: columns.to_vec(), rows: Vec::new(), shown: true }
    }

    /// The same, too long to be shown.
    pub fn in_file_only(mut self) -> Self {
        self.shown = false;
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// As comma-separated values.
    pub fn to_csv(&self) -> String {
        let mut csv = String::new();
        let quote = |text: &str| {
            if text.contains([',', '"', '\n']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.to_owned()
            }
        };
        let heads: Vec<String> = self.columns.iter().map(|column| quote(column)).collect();
        let _ = writeln!(csv, "{}", heads.join(","));
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|cell| quote(&cell.text())).collect();
            let _ = writeln!(csv, "{}", cells.join(","));
        }
        csv
    }

    /// As Markdown.
    pub fn to_markdown(&self) -> String {
        let mut text = format!("| {} |\n", self.columns.join(" | "));
        let first = self.rows.first();
        let rule = (0..self.columns.len()).map(|column| {
            let right = first.and_then(|row| row.get(column)).is_some_and(Cell::is_number);
            if right { "---:" } else { "---" }
        });
        let _ = writeln!(text, "| {} |", rule.collect::<Vec<_>>().join(" | "));
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(Cell::text).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
        text
    }

    /// As HTML.
    pub fn to_html(&self) -> String {
        let mut html = String::from("<div class=\"wide\"><table><thead><tr>");
        for column in &self.columns {
            let _ = write!(html, "<th>{}</th>", escaped(column));
        }
        html.push_str("</tr></thead><tbody>\n");
        for row in &self.rows {
            html.push_str("<tr>");
            for cell in row {
                let class = if cell.is_number() { " class=\"n\"" } else { "" };
                let _ = write!(html, "<td{class}>{}</td>", escaped(&cell.text()));
            }
            html.push_str("</tr>\n");
        }
        html.push_str("</tbody></table></div>\n");
        html
    }
}

/// Text as it must stand in HTML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_with_commas_are_quoted_and_html_is_escaped() {
        let mut table = Table::new("t", "", &["a", "b"]);
        table.row(vec!["x, \"y\" <z>".into(), Cell::Number(-0.0, 1)]);
        assert_eq!(table.to_csv(), "a,b\n\"x, \"\"y\"\" <z>\",0.0\n");
        assert!(table.to_html().contains("x, &quot;y&quot; &lt;z&gt;"), "{}", table.to_html());
        assert!(table.to_markdown().contains("| --- | ---: |"), "{}", table.to_markdown());
    }
}
