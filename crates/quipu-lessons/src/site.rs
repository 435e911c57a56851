//! The lessons as pages of one static site that opens from disk: no script, no network, light and dark.
//!
//! [`Site`] is a list of files by name; who asks writes them. The pictures are the harness's own diagrams, each a file of its
//! own, because one may want to show it elsewhere.

use std::fmt::Write;

use crate::figures::Table;
use crate::lesson::{LESSONS, Lesson, Part};
use crate::report::{Block, Exercise, Report, Story};
use crate::skeleton::Skeleton;

const STYLE: &str = include_str!("site.css");

/// The files of a site: paths within its folder, and their text.
#[derive(Clone, Debug, Default)]
pub struct Site {
    files: Vec<(String, String)>,
}

impl Site {
    /// The site of these reports.
    pub fn new(reports: &[(&Lesson, Report)]) -> Self {
        let mut site = Self::default();
        site.file("style.css", STYLE.into());
        for skeleton in Skeleton::ALL {
            site.file(&format!("skeletons/{}.rs", skeleton.name()), skeleton.rust().into());
            site.file(&format!("skeletons/{}.py", skeleton.name()), skeleton.python().into());
        }
        let given: Vec<&Lesson> = reports.iter().map(|(lesson, _)| *lesson).collect();
        for (index, (lesson, report)) in reports.iter().enumerate() {
            let neighbours =
                (index.checked_sub(1).map(|before| given[before]), given.get(index + 1).copied());
            let page = Page::of(lesson, report, neighbours);
            site.file(&address(lesson), page.html);
            site.files.extend(page.pictures);
        }
        site.file("index.html", index(&given));
        site
    }

    /// Paths and texts.
    pub fn files(&self) -> &[(String, String)] {
        &self.files
    }

    fn file(&mut self, path: &str, text: String) {
        self.files.push((path.to_owned(), text));
    }
}

fn address(lesson: &Lesson) -> String {
    format!("{:02}-{}.html", lesson.number, lesson.name)
}

fn index(given: &[&Lesson]) -> String {
    let mut body = String::from(
        "<header><h1>Lessons on replicated data</h1><p>Each lesson shows by runs of its own what fails, how often, and \
         what helps. Every figure on these pages was measured when the page was written.</p></header>\n",
    );
    for part in Part::ALL {
        put(&mut body, format_args!("<section><h2>{}</h2>\n<ol class='path'>\n", part.title()));
        for lesson in LESSONS.iter().filter(|lesson| lesson.part == part) {
            let title = escape(lesson.title);
            let name = if given.iter().any(|given| given.number == lesson.number) {
                format!("<a href='{}'>{title}</a>", address(lesson))
            } else {
                title
            };
            put(
                &mut body,
                format_args!(
                    "<li value='{}'><b>{name}</b><span>{}</span></li>\n",
                    lesson.number,
                    escape(lesson.summary)
                ),
            );
        }
        body.push_str("</ol></section>\n");
    }
    document("Lessons on replicated data", &body)
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n\
         <meta name='viewport' content='width=device-width, initial-scale=1'>\n\
         <meta name='color-scheme' content='light dark'>\n<title>{}</title>\n\
         <link rel='stylesheet' href='style.css'>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escape(title)
    )
}

/// A lesson's page in the making.
struct Page<'a> {
    lesson: &'a Lesson,
    html: String,
    pictures: Vec<(String, String)>,
}

impl<'a> Page<'a> {
    fn of(lesson: &'a Lesson, report: &Report, neighbours: (Option<&Lesson>, Option<&Lesson>)) -> Self {
        let mut page = Self { lesson, html: String::new(), pictures: Vec::new() };
        let kicker = format!("{} · lesson {}", lesson.part.title(), lesson.number);
        page.put(format_args!(
            "<nav><a href='index.html'>All lessons</a></nav>\n<header><p class='kicker'>{}</p><h1>{}</h1></header>\n",
            escape(&kicker),
            escape(lesson.title)
        ));
        page.section("The problem", |page| page.paragraphs(&report.problem));
        page.section("What fails", |page| page.blocks(&report.failure));
        page.section("The idea", |page| page.paragraphs(&report.idea));
        page.section("The remedy", |page| page.blocks(&report.remedy));
        page.section("Exercise", |page| page.exercise(&report.exercise));
        page.section("Asked in interviews", |page| {
            page.html.push_str("<dl>\n");
            for question in &report.questions {
                page.put(format_args!(
                    "<dt>{}</dt><dd>{}</dd>\n",
                    inline(&question.ask),
                    inline(&question.answer)
                ));
            }
            page.html.push_str("</dl>\n");
        });
        page.section("What this run shows", |page| {
            page.html.push_str("<ul class='claims'>\n");
            for claim in &report.claims {
                let (class, word) = if claim.holds { ("shown", "shown") } else { ("not", "not shown") };
                page.put(format_args!("<li class='{class}'><b>{word}</b> {}</li>\n", inline(&claim.says)));
            }
            page.html.push_str("</ul>\n");
        });
        page.neighbours(neighbours);
        page.html = document(&format!("{}. {}", lesson.number, lesson.title), &page.html);
        page
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        put(&mut self.html, text);
    }

    fn section(&mut self, title: &str, body: impl FnOnce(&mut Self)) {
        self.put(format_args!("<section>\n<h2>{title}</h2>\n"));
        body(self);
        self.html.push_str("</section>\n");
    }

    fn paragraphs(&mut self, texts: &[String]) {
        for text in texts {
            self.put(format_args!("<p>{}</p>\n", inline(text)));
        }
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Text(text) => self.put(format_args!("<p>{}</p>\n", inline(text))),
                Block::Rate(rate) => {
                    let (low, high) = rate.interval();
                    self.put(format_args!(
                        "<div class='rate'><p>{}</p><div class='bar'><i style='left:{:.2}%;width:{:.2}%'></i>\
                         <b style='left:{:.2}%'></b></div><p class='figures'>{}</p></div>\n",
                        inline(&rate.what),
                        100.0 * low,
                        100.0 * (high - low),
                        100.0 * rate.share(),
                        escape(&rate.figures())
                    ));
                }
                Block::Table(table) => self.table(table),
                Block::Story(story) => self.story(story),
                Block::Command(text) | Block::Code(text) => {
                    self.put(format_args!("<pre><code>{}</code></pre>\n", escape(text)));
                }
            }
        }
    }

    fn table(&mut self, table: &Table) {
        self.html.push_str("<div class='wide'><table>\n<tr>");
        for name in &table.head {
            self.put(format_args!("<th>{}</th>", inline(name)));
        }
        self.html.push_str("</tr>\n");
        for row in &table.rows {
            self.html.push_str("<tr>");
            for cell in row {
                self.put(format_args!("<td>{}</td>", inline(cell)));
            }
            self.html.push_str("</tr>\n");
        }
        self.html.push_str("</table></div>\n");
    }

    fn story(&mut self, story: &Story) {
        self.put(format_args!("<figure>\n<figcaption>{}</figcaption>\n", inline(&story.title)));
        if let Some(picture) = &story.picture {
            let path = format!("pictures/{}-{}.svg", self.lesson.name, self.pictures.len() + 1);
            self.put(format_args!(
                "<div class='wide'><a href='{path}'><img src='{path}' alt='Space-time diagram: {}'></a></div>\n",
                escape(&story.title)
            ));
            self.pictures.push((path, picture.clone()));
        }
        self.put(format_args!("<pre class='story'>{}</pre>\n</figure>\n", escape(&story.lines.join("\n"))));
    }

    fn exercise(&mut self, exercise: &Exercise) {
        let name = self.lesson.skeleton.name();
        self.put(format_args!("<p>{}</p>\n", inline(&exercise.task)));
        self.put(format_args!(
            "<pre><code>quipu test --bin ./{name}.py {}</code></pre>\n",
            escape(exercise.judge)
        ));
        for (ending, language, text) in
            [("rs", "Rust", self.lesson.skeleton.rust()), ("py", "Python", self.lesson.skeleton.python())]
        {
            self.put(format_args!(
                "<details><summary>The skeleton in {language}: <a href='skeletons/{name}.{ending}'>{name}.{ending}</a>\
                 </summary><pre><code>{}</code></pre></details>\n",
                escape(text)
            ));
        }
        self.html.push_str(
            "<p>For the one in Rust: a fresh crate (<code>cargo new</code>) with the dependency \
             <code>quipu-maelstrom</code>, and the file as its <code>src/main.rs</code>.</p>\n",
        );
    }

    fn neighbours(&mut self, (before, after): (Option<&Lesson>, Option<&Lesson>)) {
        self.html.push_str("<nav class='neighbours'>");
        for (lesson, class) in [(before, "before"), (after, "after")] {
            if let Some(lesson) = lesson {
                self.put(format_args!(
                    "<a class='{class}' href='{}'>{}. {}</a>",
                    address(lesson),
                    lesson.number,
                    escape(lesson.title)
                ));
            }
        }
        self.html.push_str("</nav>\n");
    }
}

fn put(html: &mut String, text: std::fmt::Arguments<'_>) {
    html.write_fmt(text).expect("writing to a string cannot fail");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&#39;")
}

/// Escaped, with `code` between backticks and *words* between stars.
fn inline(text: &str) -> String {
    let mut html = String::new();
    for (index, part) in escape(text).split('`').enumerate() {
        if index % 2 == 1 {
            put(&mut html, format_args!("<code>{part}</code>"));
        } else {
            html.push_str(&emphasised(part));
        }
    }
    html
}

fn emphasised(text: &str) -> String {
    let parts: Vec<&str> = text.split('*').collect();
    if parts.len().is_multiple_of(2) {
        return text.to_owned();
    }
    let part = |(index, part): (usize, &&str)| {
        if index % 2 == 1 { format!("<em>{part}</em>") } else { (*part).to_owned() }
    };
    parts.iter().enumerate().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_marked_up() {
        assert_eq!(inline("a < b, `x & y`, *so*"), "a &lt; b, <code>x &amp; y</code>, <em>so</em>");
        assert_eq!(inline("2 * 3"), "2 * 3");
    }

    #[test]
    fn every_link_of_a_site_leads_to_a_file() {
        let lab = crate::Lab::quiet(Some(4));
        let lesson = crate::find("fixed-point").expect("there is such a lesson");
        let site = Site::new(&[(lesson, lesson.give(&lab).expect("it makes its runs"))]);
        let exists = |path: &str| site.files().iter().any(|(name, _)| name == path);
        let mut links = 0;
        for (_, text) in site.files().iter().filter(|(_, text)| text.starts_with("<!doctype html>")) {
            for attribute in ["href='", "src='"] {
                for rest in text.split(attribute).skip(1) {
                    let target = rest.split('\'').next().unwrap_or_default();
                    assert!(exists(target), "{target} is not there");
                    links += 1;
                }
            }
        }
        assert!(links > 5, "{links} links");
    }
}
