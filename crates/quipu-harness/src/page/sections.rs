//! The words and tables of the page.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value as Json;

use super::data::{PageData, PageFinding, Verdict};
use super::diagram::{diagram_svg, is_drawn};
use super::embed::{Embedded, FAULTS_MAX, LANES_MAX};
use super::plots::function_rows;
use super::text::{count, counted, escape, shorten, span};

const ROWS_MAX: usize = 60;
/// Runs of fewer operations have no plots.
const SHORT_RUN: usize = 12;

fn icon(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => "<path d='M6 12.5l4 4 8-9'/>",
        Verdict::Unknown => "<path d='M9 9.2a3 3 0 1 1 4.4 2.6c-1 .6-1.4 1.1-1.4 2.2M12 17.3v.2'/>",
        Verdict::Invalid => "<path d='M7.5 7.5l9 9m0-9l-9 9'/>",
    }
}

fn chip(verdict: Verdict, word: &str) -> String {
    format!(
        "<span class='chip {}'><svg viewBox='0 0 24 24' aria-hidden='true'>{}</svg>{word}</span>",
        verdict.class(),
        icon(verdict)
    )
}

/// Title, verdict, and how to do it again.
pub(super) fn header(data: &PageData) -> String {
    let clock = if data.virtual_time { "virtual time" } else { "real time" };
    let (load, whole) = (data.healed.saturating_sub(data.began), data.ended.saturating_sub(data.began));
    format!(
        "<p class='kicker'>Quipu run report</p><h1>{}</h1>\
         <div class='verdict {}' role='status'><svg viewBox='0 0 24 24' aria-hidden='true'>{}</svg>\
         <div><p class='word'>{}</p><p>{}</p></div></div>\
         <dl class='meta'><div><dt>Node</dt><dd>{}</dd></div><div><dt>Seed</dt><dd>{}</dd></div>\
         <div><dt>Load</dt><dd>{}</dd></div><div><dt>Whole run</dt><dd>{} of {clock}</dd></div></dl>\
         <div class='command'><code id='command'>{}</code><button type='button' id='copy' hidden>Copy</button></div>",
        escape(&data.title),
        data.verdict.class(),
        icon(data.verdict),
        data.verdict.word(),
        escape(&reason(data)),
        escape(&data.node),
        data.seed,
        span(load),
        span(whole),
        escape(&data.command),
    )
}

/// Why the verdict is what it is, in a sentence.
fn reason(data: &PageData) -> String {
    let violations: u64 = data.reads.iter().map(|check| check.violations).sum();
    let failed = |verdict| data.findings.iter().filter(move |finding| finding.verdict == verdict);
    match data.verdict {
        Verdict::Invalid => {
            let said = failed(Verdict::Invalid).find_map(|finding| finding.sentence.clone());
            said.unwrap_or_else(|| match failed(Verdict::Invalid).next() {
                Some(finding) => format!("The check “{}” found something wrong.", finding.name),
                None => format!("The checks of every read found {}.", counted(violations, "violation")),
            })
        }
        Verdict::Unknown => failed(Verdict::Unknown)
            .find_map(|finding| finding.sentence.clone())
            .unwrap_or_else(|| "Too little was seen to tell.".into()),
        Verdict::Valid if violations > 0 => {
            format!(
                "Maelstrom’s checks pass. The checks of every read, which do not count here, found {}.",
                counted(violations, "violation")
            )
        }
        Verdict::Valid => "Every check passed.".into(),
    }
}

/// The story and the diagram of a small run.
pub(super) fn story(data: &PageData) -> String {
    let picture = diagram_svg(data);
    if data.story.is_empty() && picture.is_none() {
        return String::new();
    }
    let mut section =
        String::from("<section aria-labelledby='story-title'><h2 id='story-title'>What happened</h2>");
    let class = if data.story.is_empty() || picture.is_none() { "story alone" } else { "story" };
    write!(section, "<div class='{class}'>").expect(TO_STRING);
    if !data.story.is_empty() {
        write!(section, "<ol>{}</ol>", items(&data.story)).expect(TO_STRING);
    }
    if let Some(picture) = picture {
        write!(
            section,
            "<figure><div class='scroll' tabindex='0' role='group' aria-label='Message diagram'>{picture}</div>\
             <figcaption>Time runs down; spans without messages are shortened and marked. \
             Numbers are those of the sentences. <span class='key'>■ ok</span> <span class='key info'>▨ no answer</span> \
             <span class='key bad'>✗ lost, refused or wrong</span> <span class='key info'>◇ old state</span></figcaption></figure>"
        )
        .expect(TO_STRING);
    }
    section.push_str("</div></section>");
    section
}

const TO_STRING: &str = "writing to a string cannot fail";

/// The key figures as tiles.
pub(super) fn figures(data: &PageData) -> String {
    let rows = function_rows(data);
    let mut tiles = String::new();
    let mut tile = |name: &str, value: &str, note: &str| {
        write!(
            tiles,
            "<div class='tile'><dt>{}</dt><dd>{}</dd><dd class='note'>{}</dd></div>",
            escape(name),
            escape(value),
            escape(note)
        )
        .expect(TO_STRING);
    };
    if let Some(all) = rows.get("") {
        let share = 100.0 * all.ok as f64 / all.total() as f64;
        let share = if all.ok == all.total() {
            "100 %".to_owned()
        } else {
            format!("{:.2} %", (share * 100.0).floor() / 100.0)
        };
        let (failed, open) = (count(all.fail), count(all.info));
        tile("Operations", &count(all.total()), &format!("{failed} failed, {open} without an answer"));
        tile("Availability", &share, "operations that succeeded");
        if let (Some(median), Some(high), Some(most)) =
            (all.latency(0.5), all.latency(0.99), all.latency(1.0))
        {
            tile("Median latency", &span(median), &format!("99 %: {}, maximum {}", span(high), span(most)));
        }
    }
    for figure in &data.figures {
        tile(&figure.name, &figure.value, &figure.note);
    }
    format!("<section aria-label='Key figures'><dl class='tiles'>{tiles}</dl></section>")
}

/// Maelstrom's checks and ours.
pub(super) fn checks(data: &PageData) -> String {
    let mut rows = String::new();
    for finding in &data.findings {
        let found = finding.sentence.clone().unwrap_or_else(|| brief(finding));
        row(
            &mut rows,
            &finding.name,
            "Maelstrom’s",
            &chip(finding.verdict, finding.verdict.word()),
            &escape(&found),
        );
    }
    for check in &data.reads {
        let (verdict, word) =
            if check.violations == 0 { (Verdict::Valid, "Holds") } else { (Verdict::Invalid, "Violated") };
        let mut found =
            format!("{} checked, {}", count(check.checked), counted(check.violations, "violation"));
        if !check.examples.is_empty() {
            write!(found, "<ul>{}</ul>", items(&check.examples)).expect(TO_STRING);
        }
        row(&mut rows, &check.name, "every read", &chip(verdict, word), &found);
    }
    let counts = if data.strict {
        "count as well (<code>--strict</code>)"
    } else {
        "are told beside it and do not count"
    };
    format!(
        "<section aria-labelledby='checks-title'><h2 id='checks-title'>Checks</h2>\
         <p class='lead'>Maelstrom’s verdict: {}. The checks of every read {counts}.</p>\
         <div class='scroll'><table class='stacked'><thead><tr><th scope='col'>Check</th><th scope='col'>Of</th><th scope='col'>Verdict</th>\
         <th scope='col'>Found</th></tr></thead><tbody>{rows}</tbody></table></div></section>",
        chip(data.maelstrom, data.maelstrom.word())
    )
}

/// List items of plain texts.
fn items(texts: &[String]) -> String {
    let mut items = String::new();
    for text in texts {
        write!(items, "<li>{}</li>", escape(&shorten(text, 400))).expect(TO_STRING);
    }
    items
}

fn row(rows: &mut String, name: &str, of: &str, verdict: &str, found: &str) {
    write!(
        rows,
        "<tr><th scope='row'>{}</th><td class='quiet'>{of}</td><td>{verdict}</td><td>{found}</td></tr>",
        escape(name)
    )
    .expect(TO_STRING);
}

/// The plain details of a finding without a sentence; nested ones stay in the results file.
fn brief(finding: &PageFinding) -> String {
    let plain = finding.details.iter().filter(|(name, _)| *name != "valid?").filter_map(|(name, value)| {
        let words = match value {
            Json::Number(number) if number.is_f64() => format!("{:.4}", number.as_f64()?),
            Json::String(text) => text.clone(),
            Json::Number(_) | Json::Bool(_) => value.to_string(),
            Json::Null | Json::Array(_) | Json::Object(_) => return None,
        };
        Some(format!("{name} {words}"))
    });
    let parts: Vec<_> = plain.collect();
    shorten(&parts.join(", "), 200)
}

/// The final values: acceptable and actual.
pub(super) fn finals(data: &PageData) -> String {
    if data.finals.is_empty() {
        return String::new();
    }
    let mut groups: BTreeMap<(bool, &str), Vec<String>> = BTreeMap::new();
    for read in &data.finals {
        groups
            .entry((read.right, &read.value))
            .or_default()
            .push(format!("{} (worker {})", read.node, read.worker));
    }
    let (mut rows, total) = (String::new(), groups.len());
    for ((right, value), readers) in groups.into_iter().take(ROWS_MAX) {
        let (verdict, word) = if right { (Verdict::Valid, "Right") } else { (Verdict::Invalid, "Wrong") };
        write!(
            rows,
            "<tr><th scope='row' class='number'>{}</th><td>{}</td><td class='number'>{}</td><td>{}</td></tr>",
            escape(&shorten(value, 120)),
            chip(verdict, word),
            count(readers.len() as u64),
            escape(&shorten(&readers.join(", "), 300))
        )
        .expect(TO_STRING);
    }
    let acceptable = match data.acceptable.as_str() {
        "" => String::new(),
        values => {
            format!("<p class='lead'>Acceptable: <strong>{}</strong></p>", escape(&shorten(values, 400)))
        }
    };
    format!(
        "<section aria-labelledby='finals-title'><h2 id='finals-title'>Final reads</h2>{acceptable}<div class='scroll'><table class='narrow'>\
         <thead><tr><th scope='col' class='number'>Value read</th><th scope='col'>Verdict</th><th scope='col' class='number'>Reads</th><th scope='col'>By</th></tr></thead>\
         <tbody>{rows}</tbody></table></div>{}</section>",
        first_of(total, ROWS_MAX, "different value")
    )
}

fn first_of(total: usize, most: usize, word: &str) -> String {
    if total <= most {
        return String::new();
    }
    format!("<p class='quiet'>The first {most} of {}.</p>", counted(total as u64, word))
}

/// What nodes did wrong.
pub(super) fn mistakes(data: &PageData) -> String {
    if data.mistakes.is_empty() {
        return String::new();
    }
    let mut listed = String::new();
    for mistake in data.mistakes.iter().take(ROWS_MAX) {
        let times =
            if mistake.count > 1 { format!(" ({} times)", count(mistake.count)) } else { String::new() };
        write!(
            listed,
            "<li><strong>{}</strong> {}{times}<ul>{}</ul></li>",
            escape(&mistake.node),
            escape(&mistake.words),
            items(&mistake.examples)
        )
        .expect(TO_STRING);
    }
    format!(
        "<section aria-labelledby='mistakes-title'><h2 id='mistakes-title'>Mistakes of nodes</h2><ul class='mistakes'>{listed}</ul>{}</section>",
        first_of(data.mistakes.len(), ROWS_MAX, "mistake")
    )
}

/// True if the run is too short for statistics, and its message diagram shows every operation already.
fn is_short(data: &PageData) -> bool {
    data.operations.is_empty() || (data.operations.len() < SHORT_RUN && is_drawn(data))
}

/// The frame of a picture in which one can move about.
fn view(name: &str, label: &str, height: usize) -> String {
    format!(
        "<div class='view'><div class='tools' role='group' aria-label='Move about in the picture'>\
         <span class='jumps' id='{name}-jumps'></span>\
         <button type='button' data-view='{name}' data-do='out' aria-label='Zoom out'>−</button>\
         <button type='button' data-view='{name}' data-do='in' aria-label='Zoom in'>+</button>\
         <button type='button' data-view='{name}' data-do='fit'>Whole</button></div>\
         <canvas id='{name}' tabindex='0' role='img' aria-label='{label}' style='height:{height}px'></canvas>\
         <p class='hint'>Drag to move, Ctrl and wheel or pinch to zoom; with the keyboard: arrow keys step from one to the next, + and − zoom, 0 shows all.</p></div>"
    )
}

const KEY: &str = "<p class='legend'><span class='key'>■ ok</span> <span class='key info'>▨ no answer: may have happened</span> \
    <span class='key bad'>□ ✗ failed</span> <span class='key bad'>◆ wrong</span> <span class='key fault'>▒ fault</span></p>";

/// The timeline of operations.
pub(super) fn timeline(data: &PageData, embedded: &Embedded) -> String {
    if is_short(data) {
        return String::new();
    }
    let lanes = embedded.lanes.len();
    let height = 74 + lanes * (460 / lanes.max(1)).clamp(9, 24);
    let mut shown = format!(
        "{} of {}",
        counted(data.operations.len() as u64, "operation"),
        counted(embedded.lanes_total as u64, "worker")
    );
    if embedded.operations.len() < embedded.operations_total {
        shown = format!(
            "The first {} of {}, and all wrong and final ones up to a limit",
            count(embedded.operations.len() as u64),
            shown
        );
    }
    if embedded.lanes_total > LANES_MAX {
        write!(shown, "; the first {LANES_MAX} workers").expect(TO_STRING);
    }
    format!(
        "<section aria-labelledby='timeline-title'><h2 id='timeline-title'>Operations</h2>\
         <p class='lead'>{shown}. One lane per worker; tall bars write, low bars read.</p>{KEY}{}</section>",
        view("timeline", "Timeline of operations per worker, with faults shaded", height)
    )
}

/// The frames of the plots.
pub(super) fn plots(data: &PageData) -> String {
    if is_short(data) {
        return String::new();
    }
    let panels = function_rows(data).len().saturating_sub(1).min(super::plots::FUNCTIONS_MAX);
    format!(
        "<section aria-labelledby='latency-title'><h2 id='latency-title'>Latency</h2>\
         <p class='lead'>From invocation to end, by time of invocation; logarithmic. Larger marks stand for several operations.</p>\
         <p class='legend'><span class='key'>● ok</span> <span class='key info'>△ no answer</span> <span class='key bad'>✗ failed</span> <span class='key fault'>▒ fault</span></p>\
         <div id='latency' class='plots' data-panels='{panels}'></div></section>\
         <section aria-labelledby='rate-title'><h2 id='rate-title'>Rate</h2>\
         <p class='lead'>Operations that ended per second, by outcome.</p>\
         <p class='legend'><span class='key'>■ ok</span> <span class='key info'>▨ no answer</span> <span class='key bad'>□ failed</span> <span class='key fault'>▒ fault</span></p>\
         <div id='rate' class='plots wide' data-panels='1'></div></section>"
    )
}

/// Counts and latencies by function.
pub(super) fn functions(data: &PageData) -> String {
    let mut rows = String::new();
    for (name, row) in function_rows(data).into_iter().filter(|(name, _)| !name.is_empty()) {
        let quantile = |share| row.latency(share).map_or_else(|| "–".to_owned(), span);
        write!(
            rows,
            "<tr><th scope='row'>{}</th><td class='number'>{}</td><td class='number'>{}</td><td class='number'>{}</td>\
             <td class='number'>{}</td><td class='number'>{}</td><td class='number'>{}</td><td class='number'>{}</td></tr>",
            escape(&name), count(row.ok), count(row.fail), count(row.info),
            quantile(0.5), quantile(0.95), quantile(0.99), quantile(1.0)
        )
        .expect(TO_STRING);
    }
    format!(
        "<section aria-labelledby='functions-title'><h2 id='functions-title'>By function</h2><div class='scroll'><table class='narrow'><thead><tr>\
         <th scope='col'>Function</th><th scope='col' class='number'>ok</th><th scope='col' class='number'>failed</th><th scope='col' class='number'>no answer</th>\
         <th scope='col' class='number'>median</th><th scope='col' class='number'>95 %</th><th scope='col' class='number'>99 %</th><th scope='col' class='number'>max</th>\
         </tr></thead><tbody>{rows}</tbody></table></div><p class='quiet'>Latencies are those of the successful ones.</p></section>"
    )
}

/// The frame of the message diagram of a long run.
pub(super) fn messages(data: &PageData, embedded: &Embedded) -> String {
    if embedded.messages.is_empty() {
        return String::new();
    }
    let height = 60 + embedded.place_count() * (460 / embedded.place_count().max(1)).clamp(18, 58);
    format!(
        "<section aria-labelledby='messages-title'><h2 id='messages-title'>Messages</h2>\
         <p class='lead'>{} of {} sent{}. Time runs to the right; each line is a client, a node or a service.</p>\
         <p class='legend'><span class='key plain'>→ message</span> <span class='key info'>⇢ old state</span> <span class='key bad'>✗ lost</span> <span class='key fault'>▒ fault</span></p>{}</section>",
        count(embedded.messages.len() as u64),
        counted(data.messages_total, "message"),
        if embedded.excerpts.len() > 1 {
            ": the first ones, and those around wrong reads"
        } else {
            ": the first ones"
        },
        view("messages", "Message diagram between clients, nodes and services", height)
    )
}

/// The faults as a table.
pub(super) fn faults(data: &PageData) -> String {
    if data.faults.is_empty() {
        return String::new();
    }
    let mut rows = String::new();
    for fault in data.faults.iter().take(FAULTS_MAX.min(ROWS_MAX)) {
        let at = |nanos: u64| format!("{:.2} s", nanos.saturating_sub(data.began) as f64 / 1e9);
        write!(
            rows,
            "<tr><th scope='row'>{}</th><td>{}</td><td class='number'>{}</td><td class='number'>{}</td><td class='number'>{}</td></tr>",
            escape(&fault.kind), escape(&shorten(&fault.text, 200)), at(fault.from), at(fault.to),
            span(fault.to.saturating_sub(fault.from))
        )
        .expect(TO_STRING);
    }
    format!(
        "<section aria-labelledby='faults-title'><h2 id='faults-title'>Faults</h2><div class='scroll'><table><thead><tr><th scope='col'>Kind</th>\
         <th scope='col'>What</th><th scope='col' class='number'>From</th><th scope='col' class='number'>To</th><th scope='col' class='number'>For</th></tr></thead>\
         <tbody>{rows}</tbody></table></div>{}</section>",
        first_of(data.faults.len(), ROWS_MAX, "fault")
    )
}

/// Where the rest is.
pub(super) fn files(data: &PageData) -> String {
    if data.files.is_empty() {
        return String::new();
    }
    format!(
        "<section aria-labelledby='files-title'><h2 id='files-title'>Files</h2><ul class='files'>{}</ul></section>",
        items(&data.files)
    )
}
