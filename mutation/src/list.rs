//! The mutants, as cargo-mutants lists them.

use serde::Deserialize;

/// One change to the source that the tests should notice.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Mutant {
    /// `FILE:LINE:COLUMN: what is replaced`.
    pub(crate) name: String,
    /// The package it is in.
    pub(crate) package: String,
    /// The file, from the root of the repository.
    pub(crate) file: String,
    /// The function it is in, unless it is in none.
    pub(crate) function: Option<Function>,
    /// What is replaced.
    pub(crate) span: Span,
    /// What stands there instead.
    pub(crate) replacement: String,
    /// The kind of change.
    pub(crate) genre: Genre,
}

/// The function that a mutant is in.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Function {
    pub(crate) return_type: String,
}

/// The kinds of change.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(crate) enum Genre {
    /// A function returns at once, with a value of its type.
    FnValue,
    /// Another operator between two values.
    BinaryOperator,
    /// The operator before a value is gone.
    UnaryOperator,
    /// An arm of a match is gone.
    MatchArm,
    /// The condition of an arm is constant.
    MatchArmGuard,
    /// A field takes its value from the base of the expression.
    StructField,
}

/// From a place in a file up to another, which is not part of it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: Place,
    pub(crate) end: Place,
}

/// A line and a column, both from 1 on; columns count characters.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Mutant {
    /// What is replaced by what, without the place.
    pub(crate) fn change(&self) -> &str {
        self.name.splitn(4, ':').nth(3).unwrap_or(&self.name).trim_start()
    }

    /// True if it is in no function, but in something constant.
    pub(crate) fn is_constant(&self) -> bool {
        self.function.is_none()
    }

    /// File and line, for people.
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.file, self.span.start.line)
    }
}

/// Reads what `cargo mutants --list --json` prints, which may have warnings around it.
pub(crate) fn read(printed: &str) -> Result<Vec<Mutant>, String> {
    let (begin, end) =
        (printed.find('[').unwrap_or(0), printed.rfind(']').map_or(printed.len(), |at| at + 1));
    serde_json::from_str(printed.get(begin..end).unwrap_or_default())
        .map_err(|error| format!("the list of cargo-mutants has another form: {error}"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A mutant of a file of one line.
    pub(crate) fn mutant(genre: Genre, columns: (usize, usize), replacement: &str) -> Mutant {
        let place = |column| Place { line: 1, column };
        Mutant {
            name: "src/a.rs:1:1: replace this with that".into(),
            package: "a".into(),
            file: "src/a.rs".into(),
            function: Some(Function { return_type: String::new() }),
            span: Span { start: place(columns.0), end: place(columns.1) },
            replacement: replacement.into(),
            genre,
        }
    }

    #[test]
    fn the_list_is_read_and_a_change_has_no_place_in_it() {
        let json = r#"[{"name":"src/a.rs:3:7: replace < with <= in a::b","package":"a","file":"src/a.rs",
            "function":null,"span":{"start":{"line":3,"column":7},"end":{"line":3,"column":8}},
            "replacement":"<=","genre":"BinaryOperator"}]"#;
        let mutants = read(json).unwrap();
        assert_eq!(mutants[0].change(), "replace < with <= in a::b");
        assert_eq!((mutants[0].genre, mutants[0].place()), (Genre::BinaryOperator, "src/a.rs:3".to_owned()));
        assert!(read("{}").unwrap_err().contains("another form"));
    }
}
