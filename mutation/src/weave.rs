//! Puts all mutants of a file into it at once, each behind its number.
//!
//! ```text
//! a < b       becomes    (if on(7) { a > b } else if on(8) { a <= b } else { a < b })
//! fn f() {    becomes    fn f() { if on(9) { return Default::default(); }
//! X => ..     becomes    X if !on(10) => ..
//! ```
//!
//! A function that returns `impl Iterator` has one type to return: there, an iterator of either kind. A `const fn` with mutants
//! becomes a plain one, since a switch is nothing constant.
//!
//! Invariant: where no number is on, the file means what it meant. A mutant stands on lines of its own, so that what the
//! compiler says about a line is about that mutant.
//!
//! *Left out:* an `||` in the place of an `&&` that joins a `let`, which is no Rust.

use std::collections::BTreeMap;
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::list::{Genre, Mutant, Place, Span};

/// What goes into one file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Changes<'a> {
    /// Mutants, by their numbers.
    pub(crate) mutants: &'a [(u32, &'a Mutant)],
    /// Other bodies of functions, by theirs.
    pub(crate) bodies: &'a [(u32, Body)],
    /// Lines where plain functions are called: a `const fn` there becomes a plain one too.
    pub(crate) plain: &'a [usize],
}

/// Another body of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Body {
    /// Where the body begins in the file, after its bracket.
    at: usize,
    text: String,
}

/// A file with its mutants in it.
#[derive(Debug, Default)]
pub(crate) struct Woven {
    /// The text.
    pub(crate) text: String,
    /// Which lines, from 1 on, are whose.
    pub(crate) lines: Vec<(Range<usize>, u32)>,
    /// Whose change is no Rust.
    pub(crate) unviable: Vec<u32>,
    /// Whose change is to something constant, or to a type that is not written down: nothing that could be switched.
    pub(crate) apart: Vec<u32>,
}

/// Weaves changes with their numbers into the text of their file. A `const fn` around one becomes a plain function.
pub(crate) fn weave(text: &str, changes: Changes<'_>) -> Result<Woven, String> {
    let lines = Lines::of(text);
    let found = found(text, &lines)?;
    let mut woven = Woven::default();
    let mut sites: BTreeMap<(usize, usize, u8), Site> = BTreeMap::new();
    // Outer sites first; what is put in at a place before what begins there.
    let mut put = |range: Range<usize>, shape: Shape, alternative: Option<(u32, String)>| {
        let order = (range.start, usize::MAX - range.end, shape as u8);
        let site = sites.entry(order).or_insert_with(|| Site { range, shape, alternatives: Vec::new() });
        site.alternatives.extend(alternative);
    };
    let mutated = changes.mutants.iter().map(|(_, mutant)| lines.range(mutant.span));
    let replaced = changes.bodies.iter().map(|(_, body)| body.at..body.at);
    let plain = changes.plain.iter().map(|line| lines.at(*line, 0)..lines.at(*line, 0));
    for place in mutated.chain(replaced).chain(plain) {
        found.constant_around(place).for_each(|word| put(word, Shape::Nothing, None));
    }
    for (number, body) in changes.bodies {
        put(body.at..body.at, Shape::Return, Some((*number, format!("{{{}}}", body.text))));
    }
    for (number, mutant) in changes.mutants {
        match site_of(text, &lines, &found, mutant) {
            Some((range, shape, alternative)) => put(range, shape, Some((*number, alternative))),
            None if mutant.is_constant() || mutant.genre == Genre::FnValue => woven.apart.push(*number),
            None => woven.unviable.push(*number),
        }
    }
    let sites: Vec<Site> = sites.into_values().collect();
    let mut writer = Writer { text, sites: &sites, next: 0, line: 1, woven };
    writer.copy(0..text.len());
    Ok(writer.woven)
}

/// The text of a file with a mutant in the place of what it replaces, and no switch.
pub(crate) fn mutated(text: &str, mutant: &Mutant) -> String {
    let range = Lines::of(text).range(mutant.span);
    format!("{}{}{}", &text[..range.start], mutant.replacement, &text[range.end..])
}

/// The bodies of functions that another version of a file has, which must differ in nothing else.
pub(crate) fn bodies(text: &str, other: &str) -> Result<Vec<Body>, String> {
    let (one, two) = (found(text, &Lines::of(text))?.functions, found(other, &Lines::of(other))?.functions);
    if outside(text, &one) != outside(other, &two) {
        return Err("something other than the bodies of functions is changed".to_owned());
    }
    let mut changed = Vec::new();
    for (mine, theirs) in one.iter().zip(&two) {
        let (range, other) = (mine.body.clone(), &other[theirs.body.clone()]);
        if text[range.clone()] == *other {
            continue;
        }
        if mine.is_opaque {
            return Err(format!("`{}` returns a type that is not written down", mine.name));
        }
        changed.push(Body { at: range.start, text: other.to_owned() });
    }
    Ok(changed)
}

/// What is left of a file without the bodies.
fn outside(text: &str, functions: &[Function]) -> String {
    let (mut rest, mut at) = (String::new(), 0);
    for function in functions {
        rest.push_str(&text[at..function.body.start]);
        at = function.body.end;
    }
    rest + &text[at..]
}

fn found(text: &str, lines: &Lines<'_>) -> Result<Found, String> {
    let file = syn::parse_file(text).map_err(|error| format!("not Rust as it is: {error}"))?;
    let mut places = Places { lines, found: Found::default() };
    places.visit_file(&file);
    Ok(places.found)
}

/// How a mutant stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Instead of the word `const`.
    Nothing,
    /// Instead of the body of a function that returns an iterator.
    Either,
    /// At the beginning of a function's body.
    Return,
    /// Behind the pattern of an arm.
    Arm,
    /// Instead of an expression.
    Instead,
}

/// A place with its mutants.
struct Site {
    range: Range<usize>,
    shape: Shape,
    alternatives: Vec<(u32, String)>,
}

/// Where a mutant goes, and what stands there instead.
fn site_of(
    text: &str,
    lines: &Lines,
    found: &Found,
    mutant: &Mutant,
) -> Option<(Range<usize>, Shape, String)> {
    if mutant.is_constant() {
        return None;
    }
    let span = lines.range(mutant.span);
    let whole = match mutant.genre {
        Genre::FnValue => {
            let returned = mutant.function.as_ref().map_or("", |function| &function.return_type);
            return if returned.starts_with("-> impl Iterator") {
                Some((span, Shape::Either, mutant.replacement.clone()))
            } else if returned.contains("impl ") {
                None
            } else {
                Some((span.start..span.start, Shape::Return, mutant.replacement.clone()))
            };
        }
        Genre::MatchArm => {
            let end = *found.arms.get(&span.start)?;
            return Some((end..end, Shape::Arm, String::new()));
        }
        Genre::MatchArmGuard => span.clone(),
        Genre::BinaryOperator | Genre::UnaryOperator => found.operators.get(&span.start)?.clone(),
        Genre::StructField => {
            let around =
                found.structs.iter().filter(|range| range.start <= span.start && span.end <= range.end);
            around.min_by_key(|range| range.len())?.clone()
        }
    };
    let alternative =
        [&text[whole.start..span.start], &mutant.replacement, &text[span.end..whole.end]].concat();
    Some((whole, Shape::Instead, alternative))
}

/// Writes the text and, where a site begins, what is woven in.
struct Writer<'a> {
    text: &'a str,
    sites: &'a [Site],
    next: usize,
    line: usize,
    woven: Woven,
}

impl Writer<'_> {
    fn copy(&mut self, range: Range<usize>) {
        let mut at = range.start;
        while let Some(site) = self.sites.get(self.next).filter(|site| site.range.end <= range.end) {
            self.next += 1;
            self.push(&self.text[at..site.range.start]);
            self.site(site);
            at = site.range.end;
        }
        self.push(&self.text[at..range.end]);
    }

    fn site(&mut self, site: &Site) {
        match site.shape {
            Shape::Nothing => {}
            Shape::Either => {
                let mut depth = String::new();
                for (number, value) in &site.alternatives {
                    self.push(&format!("if crate::mutant::on({number}) {{"));
                    self.alternative(
                        *number,
                        &format!("{depth}crate::mutant::Either::Left({value}){}", close(&depth)),
                    );
                    self.push("} else ");
                    depth.push_str("crate::mutant::Either::Right(");
                }
                self.push(&format!("{{{depth}{{"));
                self.copy(site.range.clone());
                self.push(&format!("}}{}}}", close(&depth)));
            }
            Shape::Return => {
                for (number, value) in &site.alternatives {
                    self.alternative(
                        *number,
                        &format!("if crate::mutant::on({number}) {{ return {value}; }}"),
                    );
                }
            }
            Shape::Arm => {
                let conditions =
                    site.alternatives.iter().map(|(number, _)| format!("!crate::mutant::on({number})"));
                let conditions: Vec<String> = conditions.collect();
                self.alternative(site.alternatives[0].0, &format!(" if {}", conditions.join(" && ")));
            }
            Shape::Instead => {
                self.push("(");
                for (number, instead) in &site.alternatives {
                    self.push(&format!("if crate::mutant::on({number}) {{"));
                    self.alternative(*number, instead);
                    self.push("} else ");
                }
                self.push("{");
                self.copy(site.range.clone());
                self.push("})");
            }
        }
    }

    /// On lines of its own.
    fn alternative(&mut self, number: u32, text: &str) {
        self.push("\n");
        let first = self.line;
        self.push(text);
        self.push("\n");
        self.woven.lines.push((first..self.line, number));
    }

    fn push(&mut self, text: &str) {
        self.line += text.matches('\n').count();
        self.woven.text.push_str(text);
    }
}

/// As many brackets as `open` opens.
fn close(open: &str) -> String {
    ")".repeat(open.matches('(').count())
}

/// Where the lines of a text begin.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    fn at(&self, line: usize, characters: usize) -> usize {
        let Some(start) = self.starts.get(line - 1).copied() else { return self.text.len() };
        self.text[start..].char_indices().nth(characters).map_or(self.text.len(), |(at, _)| start + at)
    }

    fn range(&self, span: Span) -> Range<usize> {
        let at = |place: Place| self.at(place.line, place.column - 1);
        at(span.start)..at(span.end)
    }

    fn range_of(&self, span: proc_macro2::Span) -> Range<usize> {
        let (start, end) = (span.start(), span.end());
        self.at(start.line, start.column)..self.at(end.line, end.column)
    }
}

/// What is where in a file.
#[derive(Default)]
struct Found {
    /// From the first character of an operator to the expression that it stands in.
    operators: BTreeMap<usize, Range<usize>>,
    /// Struct expressions with a base.
    structs: Vec<Range<usize>>,
    /// From the beginning of an arm to the end of its pattern.
    arms: BTreeMap<usize, usize>,
    /// In the order of the file, without those inside of others.
    functions: Vec<Function>,
    depth: u32,
}

struct Function {
    name: String,
    /// Where the word `const` stands, if it does.
    constant: Option<Range<usize>>,
    /// Between the brackets.
    body: Range<usize>,
    /// It returns `impl` something.
    is_opaque: bool,
}

impl Found {
    /// The word `const` of a function around a place, if it is one.
    fn constant_around(&self, place: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
        let functions = self.functions.iter();
        let around = functions.filter(move |one| one.body.start <= place.start && place.end <= one.body.end);
        around.filter_map(|function| function.constant.clone())
    }
}

struct Places<'a> {
    lines: &'a Lines<'a>,
    found: Found,
}

impl<'ast> Visit<'ast> for Places<'_> {
    fn visit_expr_binary(&mut self, expression: &'ast syn::ExprBinary) {
        let joins_let = matches!(expression.op, syn::BinOp::And(_))
            && [&expression.left, &expression.right].iter().any(|side| has_let(side));
        if !joins_let {
            let at = self.lines.range_of(expression.op.span()).start;
            self.found.operators.insert(at, self.lines.range_of(expression.span()));
        }
        visit::visit_expr_binary(self, expression);
    }

    fn visit_expr_unary(&mut self, expression: &'ast syn::ExprUnary) {
        let at = self.lines.range_of(expression.op.span()).start;
        self.found.operators.insert(at, self.lines.range_of(expression.span()));
        visit::visit_expr_unary(self, expression);
    }

    fn visit_expr_struct(&mut self, expression: &'ast syn::ExprStruct) {
        if expression.rest.is_some() {
            self.found.structs.push(self.lines.range_of(expression.span()));
        }
        visit::visit_expr_struct(self, expression);
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.enter(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
        self.found.depth -= 1;
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.enter(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
        self.found.depth -= 1;
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        match &function.default {
            Some(block) => self.enter(&function.sig, block),
            None => self.found.depth += 1,
        }
        visit::visit_trait_item_fn(self, function);
        self.found.depth -= 1;
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let start = self.lines.range_of(arm.span()).start;
        self.found.arms.insert(start, self.lines.range_of(arm.pat.span()).end);
        visit::visit_arm(self, arm);
    }
}

impl Places<'_> {
    fn enter(&mut self, signature: &syn::Signature, block: &syn::Block) {
        self.found.depth += 1;
        if self.found.depth > 1 {
            return;
        }
        let (open, close) = (
            self.lines.range_of(block.brace_token.span.open()),
            self.lines.range_of(block.brace_token.span.close()),
        );
        self.found.functions.push(Function {
            name: signature.ident.to_string(),
            constant: signature.constness.as_ref().map(|word| self.lines.range_of(word.span())),
            body: open.end..close.start,
            is_opaque: matches!(&signature.output, syn::ReturnType::Type(_, output) if matches!(**output, syn::Type::ImplTrait(_))),
        });
    }
}

/// True if a chain of `&&` has a `let` in it.
fn has_let(expression: &syn::Expr) -> bool {
    match expression {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(binary) if matches!(binary.op, syn::BinOp::And(_)) => {
            has_let(&binary.left) || has_let(&binary.right)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
