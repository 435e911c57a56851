//! From the JSON that Coq writes to code.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::LoadError;
use crate::code::{At, Branch, Code, Pattern, Specification};

#[derive(Deserialize)]
struct File {
    declarations: Vec<Declaration>,
}

#[derive(Deserialize)]
#[serde(tag = "what")]
enum Declaration {
    #[serde(rename = "decl:term")]
    Term { name: String, value: Expression },
    #[serde(rename = "decl:fixgroup")]
    Fixes { fixlist: Vec<Fixed> },
    /// Types are not looked at.
    #[serde(rename = "decl:type", alias = "decl:ind")]
    Type,
}

#[derive(Deserialize)]
struct Fixed {
    name: String,
    #[serde(alias = "body")]
    value: Expression,
}

#[derive(Deserialize)]
#[serde(tag = "what")]
enum Expression {
    #[serde(rename = "expr:rel")]
    Local { name: String },
    #[serde(rename = "expr:global")]
    Global { name: String },
    #[serde(rename = "expr:apply")]
    Apply { func: Box<Expression>, args: Vec<Expression> },
    #[serde(rename = "expr:lambda")]
    Lambda { argnames: Vec<String>, body: Box<Expression> },
    #[serde(rename = "expr:case")]
    Case { expr: Box<Expression>, cases: Vec<Case> },
    #[serde(rename = "expr:constructor")]
    Constructor { name: String, args: Vec<Expression> },
    #[serde(rename = "expr:let")]
    Let { name: String, nameval: Box<Expression>, body: Box<Expression> },
    #[serde(rename = "expr:fix")]
    Fix {
        funcs: Vec<Fixed>,
        #[serde(rename = "for")]
        meant: usize,
    },
}

#[derive(Deserialize)]
struct Case {
    pat: WrittenPattern,
    body: Expression,
}

#[derive(Deserialize)]
#[serde(tag = "what")]
enum WrittenPattern {
    #[serde(rename = "pat:wild")]
    Wild,
    #[serde(rename = "pat:rel")]
    Variable { name: String },
    #[serde(rename = "pat:constructor")]
    Constructor { name: String, argnames: Vec<String> },
}

impl Specification {
    /// Reads a file that Coq has written.
    pub fn parse(json: &str) -> Result<Self, LoadError> {
        let file: File = serde_json::from_str(json).map_err(LoadError::NotUnderstood)?;
        let mut definitions = Vec::new();
        for declaration in file.declarations {
            match declaration {
                Declaration::Term { name, value } => definitions.push((name, value)),
                Declaration::Fixes { fixlist } => {
                    definitions.extend(fixlist.into_iter().map(|fixed| (fixed.name, fixed.value)));
                }
                Declaration::Type => {}
            }
        }
        let mut names = BTreeMap::new();
        for (index, (name, _)) in definitions.iter().enumerate() {
            if names.insert(name.clone(), index).is_some() {
                return Err(LoadError::Twice(name.clone()));
            }
        }
        let mut loaded = Self { names, ..Self::default() };
        for (_, value) in &definitions {
            let at = loaded.load(value, &mut Vec::new())?;
            loaded.globals.push(at);
        }
        Ok(loaded)
    }

    fn load<'a>(&mut self, expression: &'a Expression, scope: &mut Vec<&'a str>) -> Result<At, LoadError> {
        let code = match expression {
            Expression::Local { name } => {
                let outwards = scope.iter().rev().position(|bound| bound == name);
                Code::Local(outwards.ok_or_else(|| LoadError::Unbound(name.clone()))?)
            }
            Expression::Global { name } => {
                let index = self.names.get(name);
                Code::Global(*index.ok_or_else(|| LoadError::Unbound(name.clone()))?)
            }
            Expression::Apply { func, args } => {
                let function = self.load(func, scope)?;
                let mut parts = vec![function];
                parts.append(&mut self.load_all(args, scope)?);
                Code::Call(parts)
            }
            Expression::Lambda { argnames, body } => {
                let body = self.load_under(argnames, body, scope)?;
                if argnames.is_empty() {
                    return Ok(body);
                }
                Code::Function(argnames.len(), body)
            }
            Expression::Case { expr, cases } => {
                let matched = self.load(expr, scope)?;
                let branches = cases.iter().map(|case| self.load_branch(case, scope));
                Code::Match(matched, branches.collect::<Result<_, _>>()?)
            }
            Expression::Constructor { name, args } => {
                Code::Construct(name.as_str().into(), self.load_all(args, scope)?)
            }
            Expression::Let { name, nameval, body } => {
                let value = self.load(nameval, scope)?;
                Code::Let(value, self.load_under(std::slice::from_ref(name), body, scope)?)
            }
            Expression::Fix { funcs, meant } => {
                if *meant >= funcs.len() {
                    return Err(LoadError::NoSuchFix(*meant));
                }
                let outside = scope.len();
                scope.extend(funcs.iter().map(|function| function.name.as_str()));
                let bodies = funcs.iter().map(|function| self.load(&function.value, scope));
                let bodies = bodies.collect::<Result<_, _>>()?;
                scope.truncate(outside);
                Code::Fix(bodies, *meant)
            }
        };
        self.code.push(code);
        Ok(self.code.len() - 1)
    }

    fn load_all<'a>(
        &mut self,
        expressions: &'a [Expression],
        scope: &mut Vec<&'a str>,
    ) -> Result<Vec<At>, LoadError> {
        expressions.iter().map(|expression| self.load(expression, scope)).collect()
    }

    fn load_under<'a>(
        &mut self,
        bound: &'a [String],
        body: &'a Expression,
        scope: &mut Vec<&'a str>,
    ) -> Result<At, LoadError> {
        let outside = scope.len();
        scope.extend(bound.iter().map(String::as_str));
        let body = self.load(body, scope)?;
        scope.truncate(outside);
        Ok(body)
    }

    fn load_branch<'a>(&mut self, case: &'a Case, scope: &mut Vec<&'a str>) -> Result<Branch, LoadError> {
        let (pattern, bound) = match &case.pat {
            WrittenPattern::Wild => (Pattern::Anything, &[][..]),
            WrittenPattern::Variable { name } => (Pattern::Variable, std::slice::from_ref(name)),
            WrittenPattern::Constructor { name, argnames } => {
                (Pattern::Constructor(name.as_str().into(), argnames.len()), &argnames[..])
            }
        };
        Ok(Branch { pattern, body: self.load_under(bound, &case.body, scope)? })
    }
}
