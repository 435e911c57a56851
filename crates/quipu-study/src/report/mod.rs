//! The report: one page that opens from disk, the same as Markdown, every series as CSV, every picture as SVG.
//!
//! Nothing in it depends on when or where it was made, so that the same study gives the same files.

mod html;
mod laws;
mod markdown;
mod verdicts;

use crate::sweep::{Section, Study};

/// A file of the report: its path in the report's folder, and its content.
pub type File = (String, String);

/// The report of a study, as files.
pub fn files(study: &Study, quick: bool) -> Vec<File> {
    let sections = with_conclusions(study);
    let mut files = vec![
        ("index.html".to_owned(), html::page(&sections, study, quick)),
        ("README.md".to_owned(), markdown::page(&sections, study, quick)),
    ];
    for section in &sections {
        for table in &section.tables {
            files.push((format!("csv/{}.csv", table.name), table.to_csv()));
        }
        for picture in &section.pictures {
            files.push((format!("svg/{}.svg", picture.name), picture.svg.clone()));
        }
    }
    files
}

/// Conclusions first, evidence after.
fn with_conclusions(study: &Study) -> Vec<Section> {
    let mut sections = vec![verdicts::decisions(study), verdicts::where_crdts_lose(study)];
    sections.extend(study.sections.iter().cloned());
    sections.push(laws::section(&study.checks));
    sections
}

const TITLE: &str = "CRDT, optimistic, lock, leader, quorum: the same counter, measured";

fn introduction(study: &Study, quick: bool) -> Vec<String> {
    let scope = if quick { "This is the quick subset." } else { "" };
    vec![
        format!(
            "One workload, one oracle, and the mechanism as the only variable: users add to counters, read them and take \
             from them at some nodes a round trip apart. All figures come from {} runs in virtual time; they are exact, and \
             `quipu compare --out DIR` makes the same files again. {scope}",
            study.runs
        )
        .trim_end()
        .to_owned(),
        "Processors compute in no time here: what the figures show is waiting for messages, disks and one another. What an \
         engine's processor and disk can do is measured on real engines, apart from this report. Unless said otherwise \
         there are five nodes; the home n0 is store, leader or hub and has no users of its own."
            .to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_report_is_the_same_twice_complete_and_without_scripts_or_links_to_elsewhere() {
        let mut quiet = |_: u64, _: &str| {};
        let study = crate::sweep::run_all(true, &mut quiet);
        let made = files(&study, true);
        assert_eq!(made, files(&crate::sweep::run_all(true, &mut quiet), true));
        let html = &made[0].1;
        assert!(!html.contains("<script") && !html.contains("src=\"http") && !html.contains("NaN"));
        let markdown = &made[1].1;
        assert!(!markdown.contains("NaN") && !markdown.contains("not measured"), "{markdown}");
        for (path, _) in &made[2..] {
            assert!(markdown.contains(path.as_str()), "{path} is linked from the Markdown");
        }
        let far = study.checks.iter().filter(|check| check.error_percent.abs() > 10.0);
        let unexplained: Vec<_> = far.filter(|check| laws::why_off(check).is_none()).collect();
        assert!(unexplained.is_empty(), "{unexplained:?}");
    }
}
