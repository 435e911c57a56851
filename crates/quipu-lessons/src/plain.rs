//! A report as lines of text, for a terminal or a file.

use crate::figures::Table;
use crate::lesson::{LESSONS, Lesson, Part};
use crate::report::{Block, Claim, Report, Story};

/// Paragraphs are wrapped to this width.
const WIDTH: usize = 100;

/// The lessons, one line each; `is_done` says which were given before on this machine.
pub fn index(is_done: &dyn Fn(&str) -> bool) -> Vec<String> {
    let longest = LESSONS.iter().map(|lesson| lesson.name.len()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for part in Part::ALL {
        lines.push(String::new());
        lines.push(part.title().to_owned());
        for lesson in LESSONS.iter().filter(|lesson| lesson.part == part) {
            let mark = if is_done(lesson.name) { "done" } else { "" };
            lines.push(format!(
                "{:>4} {:>2}  {:<longest$}  {}",
                mark, lesson.number, lesson.name, lesson.summary
            ));
        }
    }
    lines
}

/// The report as lines; `bold` is applied to headings.
pub fn report(lesson: &Lesson, report: &Report, bold: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut page = Page { lines: Vec::new(), bold };
    page.heading(&format!("{}. {}", lesson.number, lesson.title));
    report.problem.iter().for_each(|text| page.paragraph(text));
    page.heading("What fails");
    page.blocks(&report.failure);
    page.heading("The idea");
    report.idea.iter().for_each(|text| page.paragraph(text));
    page.heading("The remedy");
    page.blocks(&report.remedy);
    page.heading("Exercise");
    page.paragraph(&report.exercise.task);
    page.line(&format!(
        "    quipu learn {} --exercise DIR    writes the skeletons, in Rust and Python",
        lesson.name
    ));
    page.line(&format!("    quipu test --bin DIR/{}.py {}", lesson.skeleton.name(), report.exercise.judge));
    page.line("");
    page.heading("Asked in interviews");
    for question in &report.questions {
        page.paragraph(&format!("Q: {}", question.ask));
        page.paragraph(&format!("A: {}", question.answer));
    }
    page.heading("What this run shows");
    report.claims.iter().for_each(|one| page.line(&format!("  {}", claim(one))));
    page.lines
}

/// A claim and whether the run bears it out.
pub fn claim(claim: &Claim) -> String {
    format!("{}  {}", if claim.holds { "shown    " } else { "NOT SHOWN" }, claim.says)
}

struct Page<'a> {
    lines: Vec<String>,
    bold: &'a dyn Fn(&str) -> String,
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.lines.push(text.to_owned());
    }

    fn heading(&mut self, text: &str) {
        self.lines.push((self.bold)(text));
        self.line("");
    }

    fn paragraph(&mut self, text: &str) {
        let mut line = String::new();
        for word in text.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.lines.push(line);
        self.line("");
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Text(text) => self.paragraph(text),
                Block::Rate(rate) => {
                    self.line(&format!("  {rate}"));
                    self.line("");
                }
                Block::Table(table) => self.table(table),
                Block::Story(story) => self.story(story),
                Block::Command(command) => {
                    self.line(&format!("    {command}"));
                    self.line("");
                }
                Block::Code(code) => {
                    code.lines().for_each(|line| self.line(&format!("    {line}")));
                    self.line("");
                }
            }
        }
    }

    /// Columns under one another; rates are long, so that a wide table is told row by row instead.
    fn table(&mut self, table: &Table) {
        let widths: Vec<usize> = (0..table.head.len())
            .map(|column| {
                let cells = table.rows.iter().chain([&table.head]).map(|row| row[column].chars().count());
                cells.max().unwrap_or(0)
            })
            .collect();
        if widths.iter().map(|width| width + 2).sum::<usize>() <= WIDTH {
            for row in std::iter::once(&table.head).chain(&table.rows) {
                let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
                let line = cells.collect::<Vec<_>>().join("  ");
                self.line(&format!("  {}", line.trim_end()));
            }
        } else {
            let longest = table.head[1..].iter().map(|name| name.chars().count()).max().unwrap_or(0);
            for row in &table.rows {
                self.line(&format!("  {}", row[0]));
                for (name, cell) in table.head.iter().zip(row).skip(1) {
                    self.line(&format!("      {name:<longest$}  {cell}"));
                }
            }
        }
        self.line("");
    }

    fn story(&mut self, story: &Story) {
        self.line(&format!("  {}", (self.bold)(&story.title)));
        story.lines.iter().for_each(|line| self.line(&format!("  {line}")));
        self.line("");
    }
}
