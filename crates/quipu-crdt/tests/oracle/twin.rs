//! A type beside its twin, as a subject of `quipu-laws`.

use std::fmt::Debug;
use std::io::Write;
use std::sync::LazyLock;

use quipu_crdt::{Dot, Lattice, NodeName, ReplicaId};
use quipu_laws::{Past, Replica, Settings, Subject, Weights, check};
use quipu_oracle::{Shape, Specification, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What Coq has written.
static SPECIFICATION: LazyLock<Specification> = LazyLock::new(|| {
    Specification::parse(include_str!("../../../../proofs/specification.json"))
        .expect("what Coq has extracted can be read")
});

/// Calls a definition of the specification.
pub(crate) fn call(definition: &str, arguments: &[Value]) -> Value {
    SPECIFICATION.call(definition, arguments).unwrap_or_else(|error| panic!("{definition}: {error}"))
}

/// As a value of the specification.
#[expect(clippy::needless_pass_by_value, reason = "nearly all that comes is made for it")]
pub(crate) fn value(of: impl Shape) -> Value {
    of.value().expect("states of short executions are shallow")
}

/// A mutator of the specification, and its arguments before the state.
pub(crate) struct Question(pub(crate) &'static str, pub(crate) Vec<Value>);

/// What has to be known of a type to hold it against its twin.
pub(crate) trait Twin: Lattice + Debug + Serialize + DeserializeOwned {
    type Operation: Clone + Debug;

    /// What the names of its definitions in the specification begin with.
    const NAME: &'static str;

    /// Whether operations can be refused. The twin's mutators that can refuse return an option.
    const CAN_REFUSE: bool = false;

    fn alphabet() -> Vec<Self::Operation>;

    fn further() -> Vec<Self::Operation> {
        Vec::new()
    }

    /// Operations after which states are large, and take the forms that large states have.
    fn many() -> Vec<Self::Operation> {
        Vec::new()
    }

    /// Carries out an operation. `None` if it was refused.
    fn edit(&mut self, replica: ReplicaId, operation: &Self::Operation) -> Option<Self>;

    /// The same operation, put to the twin.
    fn question(replica: ReplicaId, operation: &Self::Operation) -> Question;

    /// The same for operations that are several of the twin's.
    fn questions(replica: ReplicaId, operation: &Self::Operation) -> Vec<Question> {
        vec![Self::question(replica, operation)]
    }

    /// Whether the state is the twin's, in full.
    fn agrees(&self, twin: &Value) -> Result<(), String>;

    /// What a client sees, in the form of the twin's `..._value`.
    fn view(&self) -> Value;
}

/// That the state, in the twin's form, is the twin's.
pub(crate) fn equal(state: &Value, twin: &Value) -> Result<(), String> {
    if state == twin { Ok(()) } else { Err(format!("the state is {state}, by the twin {twin}")) }
}

/// A replica of a type, and its twin's state beside it.
#[derive(Clone)]
pub(crate) struct Beside<T, const MANY: bool> {
    id: ReplicaId,
    state: T,
    twin: Value,
    /// That one of them refused an operation which the other did not.
    quarrel: Option<String>,
}

impl<T: Twin, const MANY: bool> Beside<T, MANY> {
    fn ask(definition: &str, arguments: &[Value]) -> Value {
        call(&format!("{}_{definition}", T::NAME), arguments)
    }

    fn join_twin(&mut self, other: &Value) {
        self.twin = Self::ask("join", &[self.twin.clone(), other.clone()]);
    }

    /// Lets the twin do the same, and returns its delta; `None` if it refuses.
    fn edit_twin(&mut self, operation: &T::Operation) -> Option<Value> {
        let mut deltas = Self::ask("bottom", &[]);
        for Question(definition, mut arguments) in T::questions(self.id, operation) {
            arguments.push(self.twin.clone());
            let answer = Self::ask(definition, &arguments);
            let delta = if T::CAN_REFUSE { Option::read(&answer).unwrap_or(Some(answer))? } else { answer };
            self.join_twin(&delta);
            deltas = Self::ask("join", &[deltas, delta]);
        }
        Some(deltas)
    }
}

impl<T: Twin, const MANY: bool> Subject for Beside<T, MANY> {
    type Operation = T::Operation;
    type Delta = (T, Value);
    /// What is seen is compared with the twin: see [`Subject::as_the_oracle_says`].
    type View = ();

    fn new(replica: Replica) -> Self {
        Self { id: id_of(replica), state: T::default(), twin: Self::ask("bottom", &[]), quarrel: None }
    }

    fn alphabet() -> Vec<T::Operation> {
        T::alphabet()
    }

    fn further() -> Vec<T::Operation> {
        if MANY { T::many() } else { T::further() }
    }

    fn edit(&mut self, operation: &T::Operation) -> Option<Self::Delta> {
        let delta = self.state.edit(self.id, operation);
        let twin_delta = self.edit_twin(operation);
        if delta.is_some() != twin_delta.is_some() {
            self.quarrel = Some(format!("{operation:?} gives {delta:?}, by the twin {twin_delta:?}"));
        }
        delta.zip(twin_delta)
    }

    fn receive(&mut self, (delta, twin_delta): &Self::Delta) {
        self.state.join(delta);
        self.join_twin(twin_delta);
    }

    fn pull(&mut self, other: &Self) {
        self.state.join(&other.state);
        self.join_twin(&other.twin);
    }

    fn view(&self) {}

    fn specification(_: Past<'_, T::Operation>) {}

    fn as_the_oracle_says(&self) -> Result<(), String> {
        if let Some(quarrel) = &self.quarrel {
            return Err(quarrel.clone());
        }
        self.state.agrees(&self.twin)?;
        let (view, twin_view) = (self.state.view(), Self::ask("value", std::slice::from_ref(&self.twin)));
        if view == twin_view { Ok(()) } else { Err(format!("it shows {view}, by the twin {twin_view}")) }
    }

    fn same(&self, other: &Self) -> bool {
        self.state == other.state && self.twin == other.twin
    }

    fn recode(&self) -> Result<Self, String> {
        Ok(Self { state: recoded(&self.state)?, ..self.clone() })
    }

    fn recode_delta((delta, twin_delta): &Self::Delta) -> Result<Self::Delta, String> {
        Ok((recoded(delta)?, twin_delta.clone()))
    }

    /// The twin gets the whole state for it: the difference is worth as much.
    fn news_for(&self, other: &Self) -> Option<Self::Delta> {
        Some((self.state.difference(&other.state), self.twin.clone()))
    }

    fn picture(&self) -> String {
        format!("{:?}", self.state)
    }
}

/// Runs a type beside its twin.
pub(crate) fn assert_as_its_twin<T: Twin>(executions: u64) {
    assert_as_its_twin_in::<T, false>(executions, 40);
}

/// The same with large states, in fewer and shorter executions, as the twin takes its time.
pub(crate) fn assert_as_its_twin_when_large<T: Twin>(executions: u64) {
    assert_as_its_twin_in::<T, true>(executions, 24);
}

/// Says on stderr how often they were compared.
fn assert_as_its_twin_in<T: Twin, const MANY: bool>(executions: u64, steps: usize) {
    let weights = Weights { group: 3, ..Weights::default() };
    let arguments = "--features serde --test oracle";
    let settings =
        Settings { executions, steps, weights, laws_on_states: false, arguments, ..Settings::default() };
    let what = if MANY { "large, beside its twin" } else { "beside its twin" };
    match check::<Beside<T, MANY>>(&settings.or_from_environment()) {
        Ok(report) => {
            // Past the capture of the test runner: the figures belong to the result also if it is good.
            let line = format!("{} {what}: {report}, in full and as seen", T::NAME);
            // Nobody to tell is no reason to fail.
            let _ = writeln!(std::io::stderr(), "{line}");
        }
        Err(failure) => panic!("{} {what}: {failure}", T::NAME),
    }
}

/// The id that a replica of the harness has in this crate.
pub(crate) fn id_of(replica: Replica) -> ReplicaId {
    ReplicaId::new(NodeName::new(&format!("n{}", replica.node)), replica.incarnation.into())
}

/// The number that a replica has in the specification, in the same order.
pub(crate) fn number(replica: ReplicaId) -> u64 {
    let node: u64 = replica.node.as_str()[1..].parse().unwrap();
    node << 8 | replica.incarnation
}

/// A dot in the specification's form.
pub(crate) fn pair(dot: Dot) -> (u64, u64) {
    (number(dot.replica), dot.counter.get())
}

/// What people read of a state, as other types: the way to the parts that have no method.
pub(crate) fn through_json<A: Serialize, B: DeserializeOwned>(state: &A) -> B {
    serde_json::from_value(serde_json::to_value(state).unwrap()).unwrap()
}

/// Through both encodings and back.
pub(crate) fn recoded<T: Serialize + DeserializeOwned + PartialEq + Debug>(state: &T) -> Result<T, String> {
    let text = serde_json::to_string(state).map_err(|error| format!("to JSON: {error}"))?;
    let from_text: T = serde_json::from_str(&text).map_err(|error| format!("{text}: {error}"))?;
    let bytes = postcard::to_allocvec(&from_text).map_err(|error| format!("to bytes: {error}"))?;
    let from_bytes: T = postcard::from_bytes(&bytes).map_err(|error| format!("{bytes:?}: {error}"))?;
    if from_bytes == *state { Ok(from_bytes) } else { Err(format!("{state:?} comes back as {from_bytes:?}")) }
}
