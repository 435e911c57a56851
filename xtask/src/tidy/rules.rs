//! The rules themselves, as functions from a text to its breaches.

use super::source::{blanked, functions};

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;

/// Words that say "not finished". Written in two halves, so that this file does not break its own rule.
const UNFINISHED: [&str; 3] = [concat!("FIX", "ME"), concat!("TO", "DO"), concat!("XX", "X")];

/// The same in Rust code, comments and strings apart.
const UNFINISHED_CODE: [&str; 3] =
    [concat!("to", "do!"), concat!("unimple", "mented!"), concat!("#[ig", "nore")];

/// Places that exist on one machine only.
const MACHINE_PATHS: [&str; 3] = [concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/wo", "rk/")];

/// Hosts that packages come from: where from is a machine's setting, not the project's.
const REGISTRY_HOSTS: [&str; 6] = [
    concat!("crates", ".io"),
    concat!("npmjs", ".org"),
    concat!("npmjs", ".com"),
    concat!("pypi", ".org"),
    concat!("golang", ".org"),
    concat!("deb.debian", ".org"),
];

/// The one source that a locked dependency may have.
const PUBLIC_INDEX: &str = concat!("\"registry+https://github.com/rust-lang/crates", ".io-index\"");

/// One thing that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Breach {
    line: usize,
    text: String,
}

impl Breach {
    /// The breach with its place: `src/lib.rs:12: ...`.
    pub(crate) fn at(&self, file: &str) -> String {
        format!("{file}:{}: {}", self.line, self.text)
    }
}

/// Rules for every text file.
pub(crate) fn of_text(text: &str) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut breach = |text: String| breaches.push(Breach { line: index + 1, text });
        for word in UNFINISHED.into_iter().filter(|word| has_word(line, word)) {
            breach(format!("`{word}`: finish it, or say in plain words what is left out and why"));
        }
        for path in MACHINE_PATHS.into_iter().filter(|path| has_path(line, path)) {
            breach(format!("`{path}`: a path of one machine"));
        }
        for host in REGISTRY_HOSTS.into_iter().filter(|host| line.contains(host)) {
            breach(format!("`{host}`: where packages come from is a setting of the machine"));
        }
    }
    breaches
}

/// Rules for Rust sources.
pub(crate) fn of_rust(text: &str) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX {
        breaches.push(Breach { line: lines, text: format!("{lines} lines, at most {FILE_LINES_MAX}") });
    }
    let code = blanked(text);
    for function in functions(&code).into_iter().filter(|function| function.lines > FUNCTION_LINES_MAX) {
        let text =
            format!("`fn {}` has {} lines, at most {FUNCTION_LINES_MAX}", function.name, function.lines);
        breaches.push(Breach { line: function.first_line, text });
    }
    for (index, line) in code.lines().enumerate() {
        for word in UNFINISHED_CODE.into_iter().filter(|word| line.contains(word)) {
            breaches.push(Breach { line: index + 1, text: format!("`{word}` in code") });
        }
    }
    breaches
}

/// True if a file begins with module documentation that contains an example.
pub(crate) fn is_front_page(text: &str) -> bool {
    let mut page = text.lines().take_while(|line| line.starts_with("//!"));
    page.any(|line| line.starts_with("//! ```"))
}

/// Rules for the lock file.
pub(crate) fn of_lock_file(text: &str) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.strip_prefix("source = ").is_some_and(|source| source != PUBLIC_INDEX) {
            breaches.push(Breach { line: index + 1, text: format!("`{line}`: not the public index") });
        }
    }
    breaches
}

/// True if `word` stands in `line` with no letter, digit or underscore beside it.
fn has_word(line: &str, word: &str) -> bool {
    let part_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(part_of_word) && !line[at + word.len()..].starts_with(part_of_word)
    })
}

/// True if `path` stands in `line` as an absolute path, not as the middle of a longer one.
fn has_path(line: &str, path: &str) -> bool {
    let part_of_path = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
    line.match_indices(path).any(|(at, _)| !line[..at].ends_with(part_of_path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_501_lines_is_too_long_and_one_of_500_is_not() {
        assert_eq!(of_rust(&"\n".repeat(500)), []);
        assert_eq!(of_rust(&"\n".repeat(501)).len(), 1);
    }

    #[test]
    fn a_function_of_71_lines_is_too_long_and_one_of_70_is_not() {
        let function = |lines: usize| format!("fn long() {{\n{}}}\n", "    step();\n".repeat(lines - 2));
        assert_eq!(of_rust(&function(70)), []);
        let breaches = of_rust(&function(71));
        assert_eq!(breaches.len(), 1);
        assert_eq!(breaches[0].at("a.rs"), "a.rs:1: `fn long` has 71 lines, at most 70");
    }

    #[test]
    fn unfinished_code_is_found_but_not_in_strings() {
        assert_eq!(of_rust(&format!("fn f() {{ {}() }}", UNFINISHED_CODE[0])).len(), 1);
        assert_eq!(of_rust(&format!("{}]\nfn f() {{}}", UNFINISHED_CODE[2])).len(), 1);
        assert_eq!(of_rust(&format!("const WORD: &str = \"{}\";", UNFINISHED_CODE[0])), []);
    }

    #[test]
    fn unfinished_words_are_found_in_comments_as_whole_words() {
        assert_eq!(of_text(&format!("// {}: later", UNFINISHED[0]))[0].line, 1);
        assert_eq!(of_text(&format!("{}S_OF_THE_DAY", UNFINISHED[1])), []);
    }

    #[test]
    fn paths_of_one_machine_are_found_where_they_begin() {
        assert_eq!(of_text(&format!("see {}main/README", MACHINE_PATHS[2])).len(), 1);
        assert_eq!(of_text(&format!("see crates{}main", MACHINE_PATHS[2])), []);
    }

    #[test]
    fn registry_hosts_are_found() {
        assert_eq!(of_text(&format!("url = \"https://static.{}\"", REGISTRY_HOSTS[0])).len(), 1);
    }

    #[test]
    fn a_front_page_needs_an_example_before_the_code_begins() {
        assert!(is_front_page("//! What it is.\n//!\n//! ```\n//! let x = 1;\n//! ```\nmod a;\n"));
        assert!(!is_front_page("//! What it is.\nmod a;\n//! ```\n"));
        assert!(!is_front_page(""));
    }

    #[test]
    fn a_locked_dependency_from_elsewhere_is_found() {
        assert_eq!(of_lock_file(&format!("name = \"a\"\nsource = {PUBLIC_INDEX}\n")), []);
        assert_eq!(of_lock_file("source = \"registry+https://mirror.example/index\"\n")[0].line, 1);
    }
}
