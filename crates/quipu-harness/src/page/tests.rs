use super::sample::{long_run, shrunk_run};
use super::*;

fn pages() -> Vec<String> {
    [long_run(2000, true), long_run(2000, false), shrunk_run()].iter().map(render).collect()
}

/// Start tags of a page's markup, without what stands inside scripts and styles.
fn tags(page: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, after) = after.split_once('>').expect("every tag is closed");
        rest = after;
        tags.push(tag.to_owned());
        for raw in ["script", "style"] {
            if tag.starts_with(raw) {
                rest = after.split_once(&format!("</{raw}>")).expect("script and style are closed").1;
                tags.push(format!("/{raw}"));
            }
        }
    }
    tags
}

/// Panics unless every element is closed in the order in which it was opened.
fn assert_nested(tags: &[String]) {
    let void = ["meta", "br", "!DOCTYPE"];
    let mut open: Vec<&str> = Vec::new();
    for tag in tags {
        let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "</{name}> closes another element");
        } else if !tag.ends_with('/') && !void.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
}

fn embedded(page: &str) -> serde_json::Value {
    let (_, after) = page.split_once("id=\"data\">").unwrap();
    serde_json::from_str(after.split_once("</script>").unwrap().0).expect("the embedded data is JSON")
}

#[test]
fn a_page_needs_no_other_file() {
    for page in pages() {
        for tag in tags(&page) {
            for attribute in [" src=", " href=", " srcset=", " data=", " action="] {
                assert!(!tag.contains(attribute), "{tag}");
            }
            assert!(!tag.starts_with("link") && !tag.starts_with("iframe"), "{tag}");
        }
        assert!(!page.contains("@import") && !page.contains("fetch(") && !page.contains("import("));
        let addresses = page.matches("://").count();
        let namespaces = page.matches("http://www.w3.org/2000/svg").count();
        assert_eq!(addresses, namespaces, "only the name of SVG looks like an address");
    }
}

#[test]
fn a_page_is_well_nested_and_says_its_verdict_without_scripts() {
    for (page, word) in pages().iter().zip(["Valid", "Invalid", "Invalid"]) {
        assert_nested(&tags(page));
        assert!(page.contains(&format!("<p class='word'>{word}</p>")));
    }
}

#[test]
fn text_from_nodes_cannot_end_the_script_or_become_markup() {
    let mut data = long_run(100, false);
    data.title = "</title><script>alert(1)</script>".into();
    data.messages[0].label = "</script><script>alert(2)</script><!--<script>".into();
    data.operations[0].result = "{{script}}</script>".into();
    let hostile = "<script>alert(3)</script>";
    data.reads[1].examples = vec![hostile.into()];
    data.findings[0].sentence = Some(hostile.into());
    (data.finals[0].value, data.acceptable, data.command) = (hostile.into(), hostile.into(), hostile.into());
    (data.faults[0].text, data.mistakes[0].words, data.files[0]) =
        (hostile.into(), hostile.into(), hostile.into());
    let page = render(&data);
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    assert_eq!(embedded(&page)["operations"][0]["result"], "{{script}}</script>");
    assert_nested(&tags(&page));
}

#[test]
fn a_run_of_100_000_operations_still_gives_a_small_page_that_says_what_it_left_out() {
    let mut data = long_run(6000, false);
    let (operations, messages) = (data.operations.clone(), data.messages.clone());
    while data.operations.len() < 100_000 {
        data.operations.extend(operations.iter().cloned());
    }
    data.messages.extend(messages);
    let page = render(&data);
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    let embedded = embedded(&page);
    let length = |name: &str| embedded[name].as_array().unwrap().len();
    assert!(length("operations") <= embed::OPERATIONS_MAX + embed::WRONG_OPERATIONS_MAX);
    assert!(length("messages") <= embed::MESSAGES_MAX + 3 * 121);
    assert!(page.contains("The first ") && page.contains(" operations of 12 workers"));
    let counted: u64 = embedded["latency"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|cells| cells.as_array().unwrap())
        .map(|cell| cell["count"].as_u64().unwrap())
        .sum();
    assert_eq!(counted, data.operations.len() as u64, "the plots are of all operations");
}

#[test]
fn the_rate_plot_counts_every_operation_once() {
    let data = long_run(2000, true);
    let (bins, _) = plots::rate_bins(&data);
    let text = serde_json::to_value(&bins).unwrap();
    let sum: u64 = text
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|bin| ["ok", "info", "fail"].map(|name| bin[name].as_u64().unwrap()))
        .sum();
    assert_eq!(sum, data.operations.len() as u64);
}

#[test]
fn wrong_reads_late_in_a_long_run_are_on_the_timeline_and_their_messages_in_the_diagram() {
    let data = long_run(6000, false);
    let page = embedded(&render(&data));
    let wrong = data.operations.iter().filter(|op| op.wrong.is_some()).count();
    let shown = page["operations"].as_array().unwrap().iter().filter(|op| op.get("wrong").is_some()).count();
    assert_eq!(shown, wrong);
    assert_eq!(page["excerpts"].as_array().unwrap().len(), 4);
}

#[test]
fn a_run_without_operations_and_messages_has_a_page_too() {
    let mut data = shrunk_run();
    (data.operations, data.messages, data.events, data.story) = Default::default();
    (data.finals, data.ended) = (Vec::new(), data.began);
    assert!(diagram_svg(&data).is_none());
    assert_nested(&tags(&render(&data)));
}

#[test]
fn the_picture_of_a_small_run_is_well_formed_and_has_everybody_and_every_message() {
    let mut data = shrunk_run();
    data.messages[1].label = "a < b & 'c' > \"d\"\u{1}".into();
    let svg = diagram_svg(&data).unwrap();
    assert_nested(&tags(&svg));
    assert_eq!(svg.matches("<g class='message").count(), data.messages.len());
    let places: Vec<_> =
        ["c4", "n0", "seq-kv", "n1", "c5"].map(|name| svg.find(&format!(">{name}</text>")).unwrap()).into();
    assert!(places.is_sorted(), "columns stand in the order of the way");
    assert!(!svg.contains('\u{1}') && svg.contains("a &lt; b &amp; &#39;c&#39;"));
}

#[test]
fn quiet_seconds_become_a_marked_break_and_time_never_runs_up() {
    let data = shrunk_run();
    let svg = diagram_svg(&data).unwrap();
    assert!(svg.contains("10 s pass"), "the quiet time is told");
    let flights = rows::flights(&data.messages);
    let rows = rows::Rows::place(&data, &flights, 0.0);
    assert!(rows.bottom < 900.0, "12 messages and a pause stay on one screen: {}", rows.bottom);
    for flight in &flights {
        assert!(flight.received.iter().all(|moment| rows.y(*moment) > rows.y(flight.sent)));
    }
}

#[test]
fn a_message_that_takes_no_time_still_points_downwards() {
    let mut data = shrunk_run();
    for message in &mut data.messages {
        let sent = message.sent;
        message.received.iter_mut().for_each(|at| *at = sent);
    }
    let flights = rows::flights(&data.messages);
    let rows = rows::Rows::place(&data, &flights, 0.0);
    let arrived = flights.iter().filter(|flight| !flight.received.is_empty());
    arrived.for_each(|flight| assert!(rows.y(flight.received[0]) > rows.y(flight.sent)));
}

#[test]
fn long_runs_have_no_still_picture() {
    assert!(diagram_svg(&long_run(100, true)).is_none());
}

/// Writes the sample pages for looking at: `QUIPU_PAGES=folder cargo test -p quipu-harness sample_pages`.
#[test]
fn sample_pages_are_written_where_one_asks_for_them() {
    let Some(folder) = std::env::var_os("QUIPU_PAGES").map(std::path::PathBuf::from) else { return };
    let runs =
        [("valid", long_run(2000, true)), ("invalid", long_run(2000, false)), ("shrunk", shrunk_run())];
    for (name, data) in runs {
        std::fs::write(folder.join(format!("{name}.html")), render(&data)).unwrap();
    }
    std::fs::write(folder.join("shrunk.svg"), diagram_svg(&shrunk_run()).unwrap()).unwrap();
}
