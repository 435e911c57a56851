//! The report as one page: no script, no font, no file besides it.

use std::fmt::Write as _;

use crate::sweep::{Section, Study};
use crate::table::escaped;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1d1d1f;--paper:#fff;--soft:#6b6b70;--line:#d8d8dc;--stripe:#f5f5f7}
@media(prefers-color-scheme:dark){:root{--ink:#e6e6ea;--paper:#161618;--soft:#a0a0a6;--line:#3a3a3f;--stripe:#1f1f23}}
body{margin:0 auto;max-width:62rem;padding:1.5rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.25rem;margin-top:2.5rem;border-top:1px solid var(--line);padding-top:1rem}
nav a,a{color:inherit}nav{columns:2;font-size:.9rem}figure{margin:1.2rem 0}figcaption,.caption{color:var(--soft);font-size:.9rem}
.wide{overflow-x:auto;margin:.3rem 0 1.5rem}table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .6rem;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600}td.n{text-align:right;white-space:nowrap}tbody tr:nth-child(even){background:var(--stripe)}
code{font-size:.9em}";

/// The page.
pub(super) fn page(sections: &[Section], study: &Study, quick: bool) -> String {
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\">\n<title>{title}</title>\n<style>\n{STYLE}\n</style>\n</head>\n\
         <body>\n<h1>{title}</h1>\n",
        title = escaped(super::TITLE)
    );
    for paragraph in super::introduction(study, quick) {
        let _ = writeln!(html, "<p>{}</p>", coded(&paragraph));
    }
    html.push_str("<nav><ol>\n");
    for section in sections {
        let _ = writeln!(html, "<li><a href=\"#{}\">{}</a></li>", section.id, escaped(section.title));
    }
    html.push_str("</ol></nav>\n");
    for section in sections {
        add_section(&mut html, section);
    }
    html.push_str("</body>\n</html>\n");
    html
}

fn add_section(html: &mut String, section: &Section) {
    let _ = writeln!(html, "<h2 id=\"{}\">{}</h2>", section.id, escaped(section.title));
    for paragraph in &section.text {
        let _ = writeln!(html, "<p>{}</p>", coded(paragraph));
    }
    for picture in &section.pictures {
        let caption = escaped(&picture.caption);
        let _ = writeln!(html, "<figure>\n{}<figcaption>{caption}</figcaption>\n</figure>", picture.svg);
    }
    for table in &section.tables {
        let file = format!("csv/{}.csv", table.name);
        let _ = writeln!(
            html,
            "<p class=\"caption\">{} <a href=\"{file}\">{file}</a></p>",
            escaped(&table.caption)
        );
        if table.shown {
            html.push_str(&table.to_html());
        }
    }
}

/// Text with what stands between backquotes as code.
fn coded(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(number, part)| match number % 2 {
        0 => escaped(part),
        _ => format!("<code>{}</code>", escaped(part)),
    });
    parts.collect()
}
