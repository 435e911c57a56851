//! Every theorem with what it rests on: the questions to Coq, its answers, and how they are shown.

use std::fmt::Write;

use super::source::Declared;

/// The one axiom that may be used: functions that agree everywhere are equal.
const ALLOWED: &str = "functional_extensionality_dep";

/// What Coq prints where nothing is assumed.
const CLOSED: &str = "Closed under the global context";

/// Precedes each answer, so that it can be told which theorem it is about.
const MARK: &str = "theorem:";

/// A theorem and the axioms it rests on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listed {
    file: String,
    name: String,
    says: String,
    axioms: Vec<String>,
}

/// A file that asks Coq about each theorem in turn.
pub(super) fn questions(declared: &[Declared<'_>]) -> String {
    let mut questions = String::new();
    let mut files: Vec<&str> = declared.iter().map(|theorem| theorem.file).collect();
    files.dedup();
    for file in files {
        let _ = writeln!(questions, "Require Quipu.{file}.");
    }
    for Declared { file, name, .. } in declared {
        let _ = writeln!(questions, "Goal True. idtac \"{MARK}{file}.{name}\". Abort.");
        let _ = writeln!(questions, "Print Assumptions Quipu.{file}.{name}.");
    }
    questions
}

/// Reads the answers; an error if one is missing.
pub(super) fn answers(declared: &[Declared<'_>], printed: &str) -> Result<Vec<Listed>, String> {
    let mut parts = printed.split(MARK).skip(1);
    let listed = declared.iter().map(|&Declared { file, name, says }| {
        let part = parts.next().and_then(|part| part.strip_prefix(&format!("{file}.{name}")));
        let part = part.ok_or_else(|| format!("Coq says nothing about {file}.{name}"))?.trim();
        let axioms = if part.starts_with(CLOSED) { Vec::new() } else { axioms(part) };
        if axioms.is_empty() && !part.starts_with(CLOSED) {
            return Err(format!("Coq says of {file}.{name}: {part}"));
        }
        let says = says.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Listed { file: file.to_owned(), name: name.to_owned(), says, axioms })
    });
    listed.collect()
}

/// The names in a list of axioms. Each begins its line; the lines of its type are indented.
fn axioms(part: &str) -> Vec<String> {
    let lines = part.lines().filter(|line| !line.starts_with(char::is_whitespace) && *line != "Axioms:");
    let name = |line: &str| line.split([' ', ':']).next().unwrap_or_default().to_owned();
    lines.map(name).filter(|name| !name.is_empty()).collect()
}

/// One paragraph a file, one line a theorem.
pub(super) fn shown(listed: &[Listed]) -> String {
    let mut text = String::new();
    let mut file = "";
    for theorem in listed {
        if theorem.file != file {
            file = &theorem.file;
            let _ = writeln!(text, "\n{file}.v");
        }
        let rests_on =
            if theorem.axioms.is_empty() { "no axioms".to_owned() } else { theorem.axioms.join(", ") };
        let _ = writeln!(text, "  {} [{rests_on}]\n      {}", theorem.name, theorem.says);
    }
    text.push('\n');
    text
}

/// The theorems that rest on something else than the allowed axiom.
pub(super) fn refusals(listed: &[Listed]) -> Vec<String> {
    let is_foreign = |axiom: &&String| axiom.rsplit('.').next() != Some(ALLOWED);
    let refusal = |theorem: &Listed| {
        let foreign: Vec<&str> = theorem.axioms.iter().filter(is_foreign).map(String::as_str).collect();
        let text = format!("proofs/{}.v: {} rests on {}", theorem.file, theorem.name, foreign.join(", "));
        (!foreign.is_empty()).then_some(text)
    };
    listed.iter().filter_map(refusal).collect()
}

/// How many theorems, and on what they rest.
pub(super) fn summary(listed: &[Listed]) -> String {
    let with = listed.iter().filter(|theorem| !theorem.axioms.is_empty()).count();
    format!(
        "{} theorems: {} without any axiom, {with} with functional extensionality",
        listed.len(),
        listed.len() - with
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECLARED: [Declared<'_>; 2] = [
        Declared { file: "A", name: "one", says: "It\n   holds." },
        Declared { file: "B", name: "two", says: "It too." },
    ];

    #[test]
    fn each_theorem_is_asked_about_by_its_full_name() {
        let questions = questions(&DECLARED);
        assert!(questions.starts_with("Require Quipu.A.\nRequire Quipu.B.\n"), "{questions}");
        assert!(questions.contains("Print Assumptions Quipu.B.two."), "{questions}");
    }

    #[test]
    fn answers_are_read_and_foreign_axioms_refused() {
        let printed = format!(
            "{MARK}A.one\n{CLOSED}\n{MARK}B.two\nAxioms:\nfunctional_extensionality_dep\n  : forall x,\n    x = x\nclassic : P\n"
        );
        let listed = answers(&DECLARED, &printed).unwrap();
        assert_eq!(listed[0].axioms, [""; 0]);
        assert_eq!(listed[0].says, "It holds.");
        assert_eq!(listed[1].axioms, ["functional_extensionality_dep", "classic"]);
        assert_eq!(refusals(&listed), ["proofs/B.v: two rests on classic"]);
        assert_eq!(summary(&listed), "2 theorems: 1 without any axiom, 1 with functional extensionality");
    }

    #[test]
    fn a_missing_answer_is_an_error() {
        assert!(answers(&DECLARED, &format!("{MARK}A.one\n{CLOSED}\n")).is_err());
        assert!(
            answers(&DECLARED[..1], &format!("{MARK}A.one\nsomething else"))
                .is_ok_and(|listed| { !refusals(&listed).is_empty() })
        );
    }
}
