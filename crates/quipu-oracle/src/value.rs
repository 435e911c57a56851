//! Values: constructors with fields, and functions on the way.

use std::fmt;
use std::rc::Rc;

use crate::code::{At, Name};
use crate::{CallError, Shape};

/// A value: data built of constructors, or a function inside of such data.
///
/// Equal if built alike. A function is equal to nothing, not even to itself. As text, numbers, lists, pairs and options are
/// written as Coq writes them.
#[derive(Clone)]
pub struct Value(pub(crate) Kind);

#[derive(Clone)]
pub(crate) enum Kind {
    Data(Rc<Data>),
    Function(Rc<Function>),
    /// A function with no variable in sight but its own parameters, that was given nothing yet: what most definitions are.
    Closed(Body),
}

pub(crate) struct Data {
    pub(crate) name: Name,
    pub(crate) fields: Vec<Value>,
    depth: usize,
}

/// A function with what it was given of its arguments so far.
pub(crate) struct Function {
    pub(crate) body: Body,
    pub(crate) scope: Scope,
    pub(crate) given: Vec<Value>,
    depth: usize,
}

#[derive(Clone, Copy)]
pub(crate) enum Body {
    /// So many parameters, and the body that binds them.
    Plain(usize, At),
    /// Function number so-and-so of the `fix` there.
    Fix(At, usize),
}

/// The variables in sight, the last one first.
pub(crate) type Scope = Option<Rc<Bound>>;

pub(crate) struct Bound {
    value: Value,
    outer: Scope,
    depth: usize,
}

/// One more variable in sight.
pub(crate) fn bind(outer: Scope, value: Value) -> Result<Scope, CallError> {
    let depth = one_more(value.depth().max(depth_of(&outer)))?;
    Ok(Some(Rc::new(Bound { value, outer, depth })))
}

/// The variable that was bound before so many others.
pub(crate) fn look_up(scope: &Scope, outwards: usize) -> Option<&Value> {
    let mut bound = scope.as_ref()?;
    for _ in 0..outwards {
        bound = bound.outer.as_ref()?;
    }
    Some(&bound.value)
}

fn depth_of(scope: &Scope) -> usize {
    scope.as_ref().map_or(0, |bound| bound.depth)
}

fn one_more(depth: usize) -> Result<usize, CallError> {
    if depth < Value::DEPTH { Ok(depth + 1) } else { Err(CallError::TooDeep) }
}

fn deepest(values: &[Value]) -> usize {
    values.iter().map(Value::depth).max().unwrap_or(0)
}

impl Value {
    /// How deep values can be.
    pub const DEPTH: usize = 3000;

    /// A constructor, by the name that it has in the extracted file, with its fields.
    pub fn constructor(name: &str, fields: Vec<Self>) -> Result<Self, CallError> {
        Self::data(name.into(), fields)
    }

    /// The constructor and its fields; `None` for a function.
    pub fn parts(&self) -> Option<(&str, &[Self])> {
        match &self.0 {
            Kind::Data(data) => Some((&data.name, &data.fields)),
            Kind::Function(_) | Kind::Closed(_) => None,
        }
    }

    /// The outermost constructor, for messages.
    pub(crate) fn raw(&self) -> String {
        match self.parts() {
            Some((name, fields)) => format!("`{name}` with {} fields", fields.len()),
            None => "a function".to_owned(),
        }
    }

    pub(crate) fn data(name: Name, fields: Vec<Self>) -> Result<Self, CallError> {
        let depth = one_more(deepest(&fields))?;
        Ok(Self(Kind::Data(Rc::new(Data { name, fields, depth }))))
    }

    pub(crate) fn function(body: Body, scope: Scope, given: Vec<Self>) -> Result<Self, CallError> {
        if scope.is_none() && given.is_empty() {
            return Ok(Self(Kind::Closed(body)));
        }
        let depth = one_more(deepest(&given).max(depth_of(&scope)))?;
        Ok(Self(Kind::Function(Rc::new(Function { body, scope, given, depth }))))
    }

    fn depth(&self) -> usize {
        match &self.0 {
            Kind::Data(data) => data.depth,
            Kind::Function(function) => function.depth,
            Kind::Closed(_) => 0,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Data(a), Kind::Data(b)) => Rc::ptr_eq(a, b) || (a.name == b.name && a.fields == b.fields),
            _ => false,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Ok(number) = u128::read(self) {
            return write!(f, "{number}");
        }
        if let Ok(number) = i128::read(self) {
            return write!(f, "{number}");
        }
        if let Ok(list) = Vec::<Self>::read(self) {
            f.write_str("[")?;
            separated(f, &list, "; ")?;
            return f.write_str("]");
        }
        match self.parts() {
            None => f.write_str("a function"),
            Some(("Pair", fields)) => {
                f.write_str("(")?;
                separated(f, fields, ", ")?;
                f.write_str(")")
            }
            Some(("Tt", _)) => f.write_str("tt"),
            Some((name @ ("True" | "False"), _)) => f.write_str(&name.to_lowercase()),
            Some((name, [])) => f.write_str(name),
            Some((name, fields)) => {
                write!(f, "({name} ")?;
                separated(f, fields, " ")?;
                f.write_str(")")
            }
        }
    }
}

fn separated(f: &mut fmt::Formatter<'_>, values: &[Value], separator: &str) -> fmt::Result {
    for (index, value) in values.iter().enumerate() {
        write!(f, "{}{value}", if index == 0 { "" } else { separator })?;
    }
    Ok(())
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
