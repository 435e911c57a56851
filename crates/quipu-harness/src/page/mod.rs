//! The page of a run: one HTML file that shows the verdict and what led to it.
//!
//! The idea: words and tables are written here, so that the page says everything that matters even without scripts;
//! pictures that a reader moves about in (timeline, plots, messages of a long run) are drawn by the page's own
//! scripts from data embedded as JSON. A run of a few messages gets its diagram drawn here too, as a picture that
//! also stands alone ([`diagram_svg`]).
//!
//! The file needs nothing else: no network, no library, no second file. It stays small whatever the length of the
//! run, because `embed` caps what goes in, and the page says how much of the whole it shows.
//!
//! Left out: pages that compare several runs, and editing; a page is a report.

mod arrows;
mod columns;
mod data;
mod diagram;
mod embed;
mod from_run;
mod plots;
mod rows;
mod sections;
mod text;

#[cfg(test)]
mod real_run_tests;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use data::{
    Figure, FinalRead, PageData, PageEvent, PageEventKind, PageFault, PageFinding, PageMessage, PageMistake,
    PageOperation, PageOutcome, PageReadCheck, Verdict,
};
pub use diagram::{SMALL_RUN_MESSAGES_MAX, diagram_svg};
pub use from_run::RunLabels;

use text::escape;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(
    "'use strict';\n(() => {\n",
    include_str!("format.js"),
    include_str!("time_view.js"),
    include_str!("timeline.js"),
    include_str!("plots.js"),
    include_str!("messages.js"),
    include_str!("start.js"),
    "})();\n"
);

/// The whole page. Cost: linear in the run; the result stays below 2 MB.
pub fn render(data: &PageData) -> String {
    let embedded = embed::embed(data);
    // Inside a script element only `<` can end it or begin a comment, and in JSON it only occurs within strings.
    let json = serde_json::to_string(&embedded).expect("maps have text keys only").replace('<', "\\u003c");
    fill(TEMPLATE, |name| match name {
        "title" => escape(&format!("{}: {}", data.title, data.verdict.word())),
        "style" => STYLE.to_owned(),
        "script" => SCRIPT.to_owned(),
        "data" => json.clone(),
        "header" => sections::header(data),
        "story" => sections::story(data),
        "figures" => sections::figures(data),
        "checks" => sections::checks(data),
        "finals" => sections::finals(data),
        "mistakes" => sections::mistakes(data),
        "timeline" => sections::timeline(data, &embedded),
        "plots" => sections::plots(data),
        "functions" => sections::functions(data),
        "messages" => sections::messages(data, &embedded),
        "faults" => sections::faults(data),
        "files" => sections::files(data),
        _ => unreachable!("the template names only the parts above"),
    })
}

/// Puts the parts where the template names them as `{{name}}`, in one pass, so that no part is searched for names.
fn fill(template: &str, part: impl Fn(&str) -> String) -> String {
    let mut page = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").expect("every `{{` of the template is closed");
        page.push_str(before);
        page.push_str(&part(name));
        rest = after;
    }
    page.push_str(rest);
    page
}
