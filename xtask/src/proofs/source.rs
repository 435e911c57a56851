//! One file of proofs as text: which theorems it declares, and what must not stand in it.

/// Words that leave something unproved or assumed, or switch a check of the kernel off.
const FORBIDDEN: [&str; 14] = [
    "Admitted",
    "admit",
    "give_up",
    "Axiom",
    "Axioms",
    "Parameter",
    "Parameters",
    "Conjecture",
    "bypass_check",
    "Guard",
    "Positivity",
    "Universe",
    "type_in_type",
    "Abort",
];

/// A file of `proofs/`.
#[derive(Debug)]
pub(super) struct Source {
    name: String,
    text: String,
    /// The text with every comment made blank, at the same places.
    code: String,
}

/// A theorem as it is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Declared<'a> {
    pub(super) file: &'a str,
    pub(super) name: &'a str,
    /// The comment above it: what it says, in plain words.
    pub(super) says: &'a str,
}

impl Source {
    pub(super) fn new(name: String, text: String) -> Self {
        let code = without_comments(&text);
        Self { name, text, code }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn file(&self) -> String {
        format!("{}.v", self.name)
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What must not stand here: an assumption, something unproved, a theorem without a sentence, no page at the top.
    pub(super) fn flaws(&self) -> Vec<String> {
        let mut flaws = Vec::new();
        if !self.text.starts_with("(**") {
            flaws.push(format!(
                "proofs/{}:1: must begin with a page in plain words, `(** ... *)`",
                self.file()
            ));
        }
        for (index, line) in self.code.lines().enumerate() {
            for word in words(line).filter(|word| FORBIDDEN.contains(word)) {
                let place = format!("proofs/{}:{}", self.file(), index + 1);
                flaws.push(format!("{place}: `{word}`: everything is proved here, and nothing is assumed"));
            }
        }
        for theorem in self.theorems().filter(|theorem| theorem.says.is_empty()) {
            flaws.push(format!("proofs/{}: theorem {} has no sentence above it", self.file(), theorem.name));
        }
        flaws
    }

    /// The theorems, in the order of the file.
    pub(super) fn theorems(&self) -> impl Iterator<Item = Declared<'_>> {
        let starts = self.code.match_indices("Theorem ");
        let declared = starts.filter(|(at, _)| self.code[..*at].ends_with(['\n', ' ', '}']) || *at == 0);
        declared.filter_map(|(at, keyword)| {
            let from = at + keyword.len();
            let length = self.text[from..].find(|letter: char| !is_part_of_name(letter))?;
            let name = &self.text[from..from + length];
            Some(Declared { file: &self.name, name, says: comment_before(&self.text[..at]) })
        })
    }
}

fn is_part_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '\''
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| !is_part_of_name(letter))
}

/// The comment that ends right before a declaration, without its marks; empty if there is none.
fn comment_before(text: &str) -> &str {
    let text = text.trim_end();
    let Some(text) = text.strip_suffix("*)") else { return "" };
    text.rfind("(**").map_or("", |at| text[at + 3..].trim())
}

/// Comments nest. What is inside becomes spaces, lines stay lines; strings are left as they are.
fn without_comments(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let (mut depth, mut quoted) = (0_usize, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let pair = (letter, letters.peek().copied());
        match pair {
            ('(', Some('*')) if !quoted => {
                letters.next();
                depth += 1;
                code.push_str("  ");
            }
            ('*', Some(')')) if !quoted && depth > 0 => {
                letters.next();
                depth -= 1;
                code.push_str("  ");
            }
            _ if depth > 0 && letter != '\n' => code.extend((0..letter.len_utf8()).map(|_| ' ')),
            _ => {
                quoted ^= letter == '"' && depth == 0;
                code.push(letter);
            }
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::new("File".to_owned(), text.to_owned())
    }

    #[test]
    fn theorems_are_found_with_their_sentences_and_lemmas_are_not() {
        let text = "(** Page. *)\n(** Adds (* always *) commute. *)\nTheorem add_comm' : forall a, a = a.\nProof. Qed.\n\
                    Lemma helper : True.\n(* Theorem not_one : False. *)\n";
        let text = source(text);
        let theorems: Vec<_> = text.theorems().collect();
        let expected = Declared { file: "File", name: "add_comm'", says: "Adds (* always *) commute." };
        assert_eq!(theorems, [expected]);
        assert_eq!(text.flaws(), [""; 0]);
    }

    #[test]
    fn what_is_assumed_or_left_open_is_named_with_its_line() {
        let flaws = source("(** Page. *)\n\nAxiom a : False.\n(* Axiom in a comment *)\nAdmitted.\n").flaws();
        assert_eq!(flaws.len(), 2);
        assert!(flaws[0].starts_with("proofs/File.v:3: `Axiom`"), "{flaws:?}");
        assert!(flaws[1].starts_with("proofs/File.v:5: `Admitted`"), "{flaws:?}");
    }

    #[test]
    fn a_theorem_without_a_sentence_and_a_file_without_a_page_are_flaws() {
        let flaws = source("Theorem t : True.\n").flaws();
        assert_eq!(flaws.len(), 2, "{flaws:?}");
    }

    #[test]
    fn places_stay_the_same_without_comments() {
        // A letter of two bytes becomes two spaces: places are counted in bytes.
        assert_eq!(without_comments("a (* ü (* b *)\n c *) d"), "a              \n      d");
        assert_eq!(without_comments("\"(*\" x"), "\"(*\" x");
    }
}
