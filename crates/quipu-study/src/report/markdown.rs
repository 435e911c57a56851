//! The report as Markdown, with its pictures and series in files beside it.

use std::fmt::Write as _;

use crate::sweep::{Section, Study};

/// The text.
pub(super) fn page(sections: &[Section], study: &Study, quick: bool) -> String {
    let mut text = format!("# {}\n\n", super::TITLE);
    for paragraph in super::introduction(study, quick) {
        let _ = writeln!(text, "{paragraph}\n");
    }
    for section in sections {
        let _ = writeln!(text, "- [{}](#{})", section.title, anchor(section.title));
    }
    for section in sections {
        let _ = writeln!(text, "\n## {}\n", section.title);
        for paragraph in &section.text {
            let _ = writeln!(text, "{paragraph}\n");
        }
        for picture in &section.pictures {
            let _ = writeln!(text, "![{}](svg/{}.svg)\n", picture.caption, picture.name);
            let _ = writeln!(text, "*{}*\n", picture.caption);
        }
        for table in &section.tables {
            let _ = writeln!(text, "{} [csv/{name}.csv](csv/{name}.csv)\n", table.caption, name = table.name);
            if table.shown {
                let _ = writeln!(text, "{}", table.to_markdown());
            }
        }
    }
    format!("{}\n", text.trim_end())
}

/// The name that a title gets as the target of a link.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}
