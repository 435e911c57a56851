//! What stands at one place of a document: everything that was written there and not yet replaced.
//!
//! A node is all kinds of value side by side, because replicas may write different kinds at the same time. The marks say which kinds
//! were written; fields, items and steps are what the containers hold. A container is there while its mark or anything in it is
//! alive, so that an edit inside survives the replacement of a container that had not seen it.
//!
//! Invariant: `inner` is absent, or holds something.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::{DocumentError, Float, Json, Position, Step};
use crate::{CausalContext, Dot, DotFun, DotStore, Lattice, OrMap, ResettableCounter, Writer};

/// Fields by key, items by position, and the steps of a counter.
pub(super) type Inner = (OrMap<String, Node>, OrMap<Position, Node>, ResettableCounter);

/// Everything at one place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Node {
    pub(super) marks: DotFun<Mark>,
    pub(super) inner: Option<Box<Inner>>,
}

/// What an assignment wrote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub(crate) enum Mark {
    Object,
    List,
    Counter,
    Null,
    Bool(bool),
    Int(i64),
    Float(Float),
    Text(String),
}

/// A change of a node: it returns the delta's node.
pub(super) type Change<'a> = dyn FnMut(&mut Node, &mut Writer<'_>) -> Result<Node, DocumentError> + 'a;

impl Node {
    /// Puts a value in the place of all that is here. The writer has room for its dots.
    pub(super) fn assign(&mut self, writer: &mut Writer<'_>, value: &Json) -> Result<Self, DocumentError> {
        let mut node = Self::default();
        node.build(writer, value)?;
        writer.forget_all(&self.dots());
        *self = node.clone();
        Ok(node)
    }

    /// Makes an empty node into this value.
    fn build(&mut self, writer: &mut Writer<'_>, value: &Json) -> Result<(), DocumentError> {
        self.marks = DotFun::of(writer.dot()?, Mark::of(value)?);
        let mut inner = Inner::default();
        match value {
            Json::Object(fields) => {
                for (key, value) in fields {
                    let mut node = Self::default();
                    node.build(writer, value)?;
                    inner.0.put(key.clone(), node);
                }
            }
            Json::List(items) => {
                let mut last: Option<Position> = None;
                for value in items {
                    let position = Position::between(last.as_ref(), None, writer.next_dot()?);
                    let position = position.ok_or(DocumentError::Overflow)?;
                    let mut node = Self::default();
                    node.build(writer, value)?;
                    inner.1.put(position.clone(), node);
                    last = Some(position);
                }
            }
            Json::Counter(first) => {
                let step = i64::try_from(*first).map_err(|_| DocumentError::NotWritable)?;
                inner.2.add(writer, step)?;
            }
            _ => {}
        }
        self.set_inner(inner);
        Ok(())
    }

    /// Makes a change further down and returns the delta seen from here. The last step may make a new field if `creates`.
    pub(super) fn descend(
        &mut self,
        writer: &mut Writer<'_>,
        path: &[Step<'_>],
        creates: bool,
        change: &mut Change<'_>,
    ) -> Result<Self, DocumentError> {
        let Some((step, rest)) = path.split_first() else { return change(self, writer) };
        let mut inner = self.take_inner();
        let delta = match step {
            Step::Key(key) if self.holds(&Mark::Object, !inner.0.is_empty()) => {
                let fields = in_fields(&mut inner.0, writer, key, rest, creates, change);
                fields.map(|fields| Self::of((fields, OrMap::default(), ResettableCounter::default())))
            }
            Step::At(index) if self.holds(&Mark::List, !inner.1.is_empty()) => {
                let items = in_items(&mut inner.1, writer, *index, rest, creates, change);
                items.map(|items| Self::of((OrMap::default(), items, ResettableCounter::default())))
            }
            Step::Key(_) => Err(DocumentError::NotAnObject),
            Step::At(_) => Err(DocumentError::NotAList),
        };
        self.set_inner(inner);
        delta
    }

    /// Puts a new item in front of that at `index`, or at the end.
    pub(super) fn insert(
        &mut self,
        writer: &mut Writer<'_>,
        index: usize,
        value: &Json,
    ) -> Result<Self, DocumentError> {
        let mut inner = self.take_inner();
        let delta = if !self.holds(&Mark::List, !inner.1.is_empty()) {
            Err(DocumentError::NotAList)
        } else if index > inner.1.len() {
            Err(DocumentError::NoSuchPlace)
        } else {
            insert_item(&mut inner.1, writer, index, value)
        };
        self.set_inner(inner);
        delta.map(|items| Self::of((OrMap::default(), items, ResettableCounter::default())))
    }

    /// Removes what stands one step further.
    pub(super) fn remove(&mut self, writer: &mut Writer<'_>, step: Step<'_>) -> Result<Self, DocumentError> {
        let mut inner = self.take_inner();
        let found = match step {
            Step::Key(key) => inner.0.contains_key(key).then(|| {
                inner.0.remove(writer, &key.into());
            }),
            Step::At(index) => {
                let position = inner.1.keys().nth(index).cloned();
                position.map(|position| {
                    inner.1.remove(writer, &position);
                })
            }
        };
        self.set_inner(inner);
        found.map(|()| Self::default()).ok_or(DocumentError::NoSuchPlace)
    }

    /// Adds to the counter that is here.
    pub(super) fn increment(&mut self, writer: &mut Writer<'_>, step: i64) -> Result<Self, DocumentError> {
        let mut inner = self.take_inner();
        let delta = if self.holds(&Mark::Counter, !inner.2.is_empty()) {
            inner.2.add(writer, step).map_err(DocumentError::from)
        } else {
            Err(DocumentError::NotACounter)
        };
        self.set_inner(inner);
        delta.map(|steps| Self::of((OrMap::default(), OrMap::default(), steps)))
    }

    /// What stands further down.
    pub(super) fn find(&self, path: &[Step<'_>]) -> Option<&Self> {
        let Some((step, rest)) = path.split_first() else { return Some(self) };
        let (fields, items, _) = &**self.inner.as_ref()?;
        let node = match step {
            Step::Key(key) => fields.get(*key)?,
            Step::At(index) => items.iter().nth(*index)?.1,
        };
        node.find(rest)
    }

    /// The plain value, conflicts included.
    pub(super) fn value(&self) -> Json {
        let none = Inner::default();
        let (fields, items, steps) = self.inner.as_deref().unwrap_or(&none);
        let mut values = Vec::new();
        if self.holds(&Mark::Object, !fields.is_empty()) {
            values.push(object(fields));
        }
        if self.holds(&Mark::List, !items.is_empty()) {
            values.push(Json::List(items.iter().map(|(_, node)| node.value()).collect()));
        }
        if self.holds(&Mark::Counter, !steps.is_empty()) {
            values.push(Json::Counter(steps.value()));
        }
        let mut scalars: Vec<&Mark> = self.marks.iter().map(|(_, mark)| mark).collect();
        scalars.sort_unstable();
        scalars.dedup();
        values.extend(scalars.into_iter().filter_map(Mark::scalar));
        if values.len() == 1 { values.remove(0) } else { Json::Conflict(values) }
    }

    fn of(inner: Inner) -> Self {
        let mut node = Self::default();
        node.set_inner(inner);
        node
    }

    fn holds(&self, mark: &Mark, has_content: bool) -> bool {
        has_content || self.marks.iter().any(|(_, alive)| alive == mark)
    }

    fn take_inner(&mut self) -> Inner {
        self.inner.take().map(|inner| *inner).unwrap_or_default()
    }

    fn set_inner(&mut self, inner: Inner) {
        self.inner = if DotStore::is_empty(&inner) { None } else { Some(Box::new(inner)) };
    }
}

/// The plain object with these fields.
pub(super) fn object(fields: &OrMap<String, Node>) -> Json {
    let values: BTreeMap<String, Json> =
        fields.iter().map(|(key, node)| (key.clone(), node.value())).collect();
    Json::Object(values)
}

/// Makes a change at a field or further down.
pub(super) fn in_fields(
    fields: &mut OrMap<String, Node>,
    writer: &mut Writer<'_>,
    key: &str,
    rest: &[Step<'_>],
    creates: bool,
    change: &mut Change<'_>,
) -> Result<OrMap<String, Node>, DocumentError> {
    let may_be_new = creates && rest.is_empty();
    if !may_be_new && !fields.contains_key(key) {
        return Err(DocumentError::NoSuchPlace);
    }
    fields.update(writer, key.into(), |node, writer| node.descend(writer, rest, creates, change))
}

fn in_items(
    items: &mut OrMap<Position, Node>,
    writer: &mut Writer<'_>,
    index: usize,
    rest: &[Step<'_>],
    creates: bool,
    change: &mut Change<'_>,
) -> Result<OrMap<Position, Node>, DocumentError> {
    let position = items.keys().nth(index).cloned().ok_or(DocumentError::NoSuchPlace)?;
    items.update(writer, position, |node, writer| node.descend(writer, rest, creates, change))
}

fn insert_item(
    items: &mut OrMap<Position, Node>,
    writer: &mut Writer<'_>,
    index: usize,
    value: &Json,
) -> Result<OrMap<Position, Node>, DocumentError> {
    let left = index.checked_sub(1).and_then(|left| items.keys().nth(left));
    let position = Position::between(left, items.keys().nth(index), writer.next_dot()?);
    let position = position.ok_or(DocumentError::Overflow)?;
    items.update(writer, position, |node, writer| node.assign(writer, value))
}

impl Mark {
    fn of(value: &Json) -> Result<Self, DocumentError> {
        Ok(match value {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Int(value) => Self::Int(*value),
            Json::Float(value) => Self::Float(*value),
            Json::Text(value) => Self::Text(value.clone()),
            Json::Counter(_) => Self::Counter,
            Json::List(_) => Self::List,
            Json::Object(_) => Self::Object,
            Json::Conflict(_) => return Err(DocumentError::NotWritable),
        })
    }

    /// The plain value of what is no container.
    fn scalar(&self) -> Option<Json> {
        match self {
            Self::Object | Self::List | Self::Counter => None,
            Self::Null => Some(Json::Null),
            Self::Bool(value) => Some(Json::Bool(*value)),
            Self::Int(value) => Some(Json::Int(*value)),
            Self::Float(value) => Some(Json::Float(*value)),
            Self::Text(value) => Some(Json::Text(value.clone())),
        }
    }
}

impl DotStore for Node {
    fn join(&mut self, ours: &CausalContext, other: &Self, theirs: &CausalContext) {
        self.marks.join(ours, &other.marks, theirs);
        if self.inner.is_some() || other.inner.is_some() {
            let mut inner = self.take_inner();
            match &other.inner {
                Some(other) => inner.join(ours, other, theirs),
                None => inner.join(ours, &Inner::default(), theirs),
            }
            self.set_inner(inner);
        }
    }

    fn is_empty(&self) -> bool {
        self.marks.is_empty() && self.inner.is_none()
    }

    fn for_each_dot(&self, visit: &mut dyn FnMut(Dot)) {
        self.marks.for_each_dot(visit);
        if let Some(inner) = &self.inner {
            inner.for_each_dot(visit);
        }
    }

    fn dots(&self) -> CausalContext {
        let dots = DotStore::dots(&self.marks);
        self.inner.as_ref().map_or(dots.clone(), |inner| dots.joined(&inner.dots()))
    }

    fn dots_within(&self, context: &CausalContext) -> CausalContext {
        let dots = self.marks.dots_within(context);
        self.inner.as_ref().map_or(dots.clone(), |inner| dots.joined(&inner.dots_within(context)))
    }

    fn unknown_to(&self, context: &CausalContext) -> Self {
        let inner = self.inner.as_ref().map(|inner| inner.unknown_to(context)).unwrap_or_default();
        Self { marks: self.marks.unknown_to(context), ..Self::of(inner) }
    }
}
