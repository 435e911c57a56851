//! Just enough of Rust's syntax to find functions and their lengths: comments and literals are blanked, then braces
//! are matched.
//!
//! Left out: macros that build functions, and braces in the signature (const generic expressions); neither occurs here.

/// A function and its size.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// The line of its `fn`, counted from 1.
    pub(crate) first_line: usize,
    /// From `fn` to the closing brace, both lines counted. Attributes and documentation are not part of it.
    pub(crate) lines: usize,
}

/// The text with every comment, string and character literal replaced by spaces; line breaks stay.
pub(crate) fn blanked(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < letters.len() {
        let length = literal_length(&letters, at);
        if length == 0 {
            code.push(letters[at]);
            at += 1;
        } else {
            let end = letters.len().min(at + length);
            code.extend(letters[at..end].iter().map(|letter| if *letter == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// Every function with a body in blanked code, nested ones included.
pub(crate) fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let inside_word = code[..at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_');
        let rest = &code[at + 3..];
        let name: String =
            rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
        if inside_word || name.is_empty() {
            continue;
        }
        if let Some(end) = end_of_body(rest) {
            let first_line = 1 + newlines(&code[..at]);
            found.push(Function { name, first_line, lines: 1 + newlines(&rest[..end]) });
        }
    }
    found
}

/// How many letters the comment or literal that begins at `at` takes; 0 if none begins there.
fn literal_length(letters: &[char], at: usize) -> usize {
    let rest = &letters[at..];
    match rest {
        ['/', '/', ..] => rest.iter().take_while(|letter| **letter != '\n').count(),
        ['/', '*', ..] => block_comment_length(rest),
        ['"', ..] => string_length(rest),
        ['\'', '\\', _, tail @ ..] => 4 + tail.iter().take_while(|letter| **letter != '\'').count(),
        ['\'', _, '\'', ..] => 3,
        ['r', '"' | '#', ..] | ['b' | 'c', 'r', '"' | '#', ..] if begins_word(letters, at) => {
            raw_string_length(rest)
        }
        _ => 0,
    }
}

/// Block comments nest.
fn block_comment_length(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match &rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn string_length(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// A raw string ends at a quote with as many hashes as it began with. Raw identifiers (`r#type`) are not strings.
fn raw_string_length(rest: &[char]) -> usize {
    let prefix = rest.iter().take_while(|letter| matches!(letter, 'b' | 'c' | 'r')).count();
    let hashes = rest[prefix..].iter().take_while(|letter| **letter == '#').count();
    let begin = prefix + hashes;
    if rest.get(begin) != Some(&'"') {
        return 0;
    }
    let mut end = vec!['"'];
    end.extend(std::iter::repeat_n('#', hashes));
    let body = &rest[begin + 1..];
    let length = body.windows(end.len()).position(|window| window == end).unwrap_or(body.len());
    begin + 1 + length + end.len()
}

fn begins_word(letters: &[char], at: usize) -> bool {
    at == 0 || !(letters[at - 1].is_alphanumeric() || letters[at - 1] == '_')
}

/// Where the body that follows a signature ends; none if the function has no body.
fn end_of_body(rest: &str) -> Option<usize> {
    let (mut brackets, mut braces) = (0_usize, 0_usize);
    for (at, letter) in rest.char_indices() {
        match letter {
            '(' | '[' if braces == 0 => brackets += 1,
            ')' | ']' if braces == 0 => brackets = brackets.saturating_sub(1),
            ';' if brackets == 0 && braces == 0 => return None,
            '{' => braces += 1,
            '}' => {
                braces = braces.saturating_sub(1);
                if braces == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(text: &str) -> Vec<(String, usize)> {
        functions(&blanked(text)).into_iter().map(|function| (function.name, function.lines)).collect()
    }

    /// Blanks the text, checks that nothing has moved, and returns what is left.
    fn left_of(text: &str) -> Vec<String> {
        let code = blanked(text);
        let lengths = |text: &str| text.split('\n').map(|line| line.chars().count()).collect::<Vec<_>>();
        assert_eq!(lengths(&code), lengths(text), "line breaks and columns stay");
        code.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn comments_are_blanked_nested_ones_as_a_whole() {
        assert_eq!(left_of("a // b }\nc /* d /* e\n */ f } */ g"), ["a", "c", "g"]);
    }

    #[test]
    fn strings_and_characters_are_blanked_with_their_escapes() {
        assert_eq!(left_of(r#"a "}\"{" b"#), ["a", "b"]);
        assert_eq!(left_of(r"a '}' b '\'' c '\u{1F600}' d"), ["a", "b", "c", "d"]);
        assert_eq!(left_of("a r#\"}\" {\"# b br\"\\\" c"), ["a", "b", "c"]);
    }

    #[test]
    fn lifetimes_and_raw_identifiers_are_code() {
        assert_eq!(left_of("fn f<'a>(r#type: &'a str)"), ["fn", "f<'a>(r#type:", "&'a", "str)"]);
    }

    #[test]
    fn a_function_is_measured_from_its_fn_to_its_closing_brace() {
        let text = "/// Doc.\n#[test]\nfn one() {\n    two(\"}\");\n}\nfn two(x: [u8; 2]) {}\n";
        assert_eq!(sizes(text), [("one".to_owned(), 3), ("two".to_owned(), 1)]);
    }

    #[test]
    fn a_function_without_a_body_and_a_function_type_are_not_counted() {
        let text = "trait T { fn a(&self) -> [u8; 2]; }\nstruct S { f: fn(u8) -> u8 }\n// fn c() {}\n";
        assert_eq!(sizes(text), []);
    }

    #[test]
    fn nested_functions_are_counted_each() {
        assert_eq!(sizes("fn a() {\n    fn b() {\n    }\n}\n"), [("a".to_owned(), 4), ("b".to_owned(), 2)]);
    }
}
