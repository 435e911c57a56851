//! The machine: evaluation by value, with a list of what is open instead of recursion.

use crate::code::{At, Branch, Code, Name, Pattern};
use crate::value::{Body, Function, Kind, Scope, bind, look_up};
use crate::{CallError, Specification, Value};

/// What to do next.
enum Next {
    Evaluate(At, Scope),
    Apply(Value, Vec<Value>),
    Return(Value),
}

/// What is to be done with the value that is being worked out.
enum Open<'a> {
    /// It is the next of these, the rest of which is pending.
    Parts {
        done: Vec<Value>,
        pending: &'a [At],
        scope: Scope,
        whole: Whole,
    },
    Match(&'a [Branch], Scope),
    Let(At, Scope),
    /// It is a function, to be applied to these.
    Arguments(Vec<Value>),
}

/// What parts make.
enum Whole {
    Call,
    Data(Name),
}

impl Specification {
    /// The value of a definition, applied to these arguments.
    pub fn call(&self, definition: &str, arguments: &[Value]) -> Result<Value, CallError> {
        let index = self.names.get(definition).ok_or_else(|| CallError::Unknown(definition.to_owned()))?;
        let mut open = Vec::new();
        if !arguments.is_empty() {
            open.push(Open::Arguments(arguments.to_vec()));
        }
        let mut next = Next::Evaluate(self.global(*index)?, None);
        for _ in 0..Self::STEPS {
            next = match next {
                Next::Evaluate(at, scope) => self.evaluate(at, scope, &mut open)?,
                Next::Apply(value, arguments) => self.apply(&value, arguments, &mut open)?,
                Next::Return(value) => match open.pop() {
                    Some(waiting) => self.go_on(waiting, value, &mut open)?,
                    None => return Ok(value),
                },
            };
            if open.len() > Self::OPEN {
                return Err(CallError::TooDeep);
            }
        }
        Err(CallError::TooLong)
    }

    fn evaluate<'a>(&'a self, at: At, scope: Scope, open: &mut Vec<Open<'a>>) -> Result<Next, CallError> {
        Ok(match self.code(at)? {
            Code::Global(index) => Next::Evaluate(self.global(*index)?, None),
            Code::Call(parts) => {
                self.of_parts(parts, Vec::with_capacity(parts.len()), scope, Whole::Call, open)?
            }
            Code::Construct(name, parts) => {
                let done = Vec::with_capacity(parts.len());
                self.of_parts(parts, done, scope, Whole::Data(name.clone()), open)?
            }
            Code::Match(matched, branches) => {
                if let Some(value) = self.at_once(*matched, &scope)? {
                    return choose(branches, scope, &value);
                }
                open.push(Open::Match(branches, scope.clone()));
                Next::Evaluate(*matched, scope)
            }
            Code::Let(value, body) => {
                open.push(Open::Let(*body, scope.clone()));
                Next::Evaluate(*value, scope)
            }
            Code::Local(_) | Code::Function(..) | Code::Fix(..) => {
                Next::Return(self.at_once(at, &scope)?.ok_or(CallError::Foreign)?)
            }
        })
    }

    /// The value of an expression that needs no work: most parts of expressions are such.
    fn at_once(&self, at: At, scope: &Scope) -> Result<Option<Value>, CallError> {
        let body = match self.code(at)? {
            Code::Local(outwards) => {
                return look_up(scope, *outwards).cloned().map(Some).ok_or(CallError::Foreign);
            }
            Code::Function(parameters, body) => Body::Plain(*parameters, *body),
            Code::Fix(_, meant) => Body::Fix(at, *meant),
            Code::Global(index) => match self.code(self.global(*index)?)? {
                Code::Function(parameters, body) => {
                    return Value::function(Body::Plain(*parameters, *body), None, Vec::new()).map(Some);
                }
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        Value::function(body, scope.clone(), Vec::new()).map(Some)
    }

    /// A part is worked out.
    fn go_on<'a>(
        &'a self,
        waiting: Open<'a>,
        value: Value,
        open: &mut Vec<Open<'a>>,
    ) -> Result<Next, CallError> {
        match waiting {
            Open::Parts { mut done, pending, scope, whole } => {
                done.push(value);
                self.of_parts(pending, done, scope, whole, open)
            }
            Open::Match(branches, scope) => choose(branches, scope, &value),
            Open::Let(body, scope) => Ok(Next::Evaluate(body, bind(scope, value)?)),
            Open::Arguments(arguments) => Ok(Next::Apply(value, arguments)),
        }
    }

    /// Works out the parts that are pending, then makes the whole.
    fn of_parts<'a>(
        &'a self,
        mut pending: &'a [At],
        mut done: Vec<Value>,
        scope: Scope,
        whole: Whole,
        open: &mut Vec<Open<'a>>,
    ) -> Result<Next, CallError> {
        while let [first, rest @ ..] = pending {
            pending = rest;
            if let Some(value) = self.at_once(*first, &scope)? {
                done.push(value);
            } else {
                open.push(Open::Parts { done, pending, scope: scope.clone(), whole });
                return Ok(Next::Evaluate(*first, scope));
            }
        }
        match whole {
            Whole::Data(name) => Ok(Next::Return(Value::data(name, done)?)),
            Whole::Call => {
                let mut parts = done.into_iter();
                let function = parts.next().ok_or(CallError::NotAFunction)?;
                Ok(Next::Apply(function, parts.collect()))
            }
        }
    }

    fn apply<'a>(
        &'a self,
        value: &Value,
        mut arguments: Vec<Value>,
        open: &mut Vec<Open<'a>>,
    ) -> Result<Next, CallError> {
        let (body, scope) = match &value.0 {
            Kind::Data(_) => return Err(CallError::NotAFunction),
            Kind::Closed(body) => (*body, &None),
            Kind::Function(function) => {
                let Function { body, scope, given, .. } = &**function;
                arguments.splice(0..0, given.iter().cloned());
                (*body, scope)
            }
        };
        match body {
            Body::Plain(parameters, body) => {
                if arguments.len() < parameters {
                    let body = Body::Plain(parameters, body);
                    return Ok(Next::Return(Value::function(body, scope.clone(), arguments)?));
                }
                let rest = arguments.split_off(parameters);
                if !rest.is_empty() {
                    open.push(Open::Arguments(rest));
                }
                Ok(Next::Evaluate(body, arguments.into_iter().try_fold(scope.clone(), bind)?))
            }
            Body::Fix(at, meant) => {
                let Code::Fix(bodies, _) = self.code(at)? else { return Err(CallError::Foreign) };
                let siblings = (0..bodies.len())
                    .map(|index| Value::function(Body::Fix(at, index), scope.clone(), Vec::new()));
                let inside = siblings.into_iter().try_fold(scope.clone(), |scope, one| bind(scope, one?));
                open.push(Open::Arguments(arguments));
                Ok(Next::Evaluate(*bodies.get(meant).ok_or(CallError::Foreign)?, inside?))
            }
        }
    }

    fn code(&self, at: At) -> Result<&Code, CallError> {
        self.code.get(at).ok_or(CallError::Foreign)
    }

    fn global(&self, index: usize) -> Result<At, CallError> {
        self.globals.get(index).copied().ok_or(CallError::Foreign)
    }
}

/// The first branch whose pattern fits, with what it binds.
fn choose(branches: &[Branch], scope: Scope, value: &Value) -> Result<Next, CallError> {
    let Kind::Data(data) = &value.0 else { return Err(CallError::MatchOnFunction) };
    for branch in branches {
        match &branch.pattern {
            Pattern::Anything => return Ok(Next::Evaluate(branch.body, scope)),
            Pattern::Variable => return Ok(Next::Evaluate(branch.body, bind(scope, value.clone())?)),
            Pattern::Constructor(name, fields) if *name == data.name && *fields == data.fields.len() => {
                return Ok(Next::Evaluate(branch.body, data.fields.iter().cloned().try_fold(scope, bind)?));
            }
            Pattern::Constructor(..) => {}
        }
    }
    Err(CallError::NoBranch(data.name.to_string()))
}
