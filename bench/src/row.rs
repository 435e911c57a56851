//! A line of the table: one work, done by several libraries, and what ours must reach.

use crate::measure::Meter;

/// The library that the others are compared with.
pub const OURS: &str = "quipu";

/// Takes one sample, in the unit of the row; an error if the work's result is wrong.
pub type Sampler = Box<dyn FnMut(&Meter) -> Result<f64, String>>;

/// Makes what a sampler needs, when its row's turn has come.
type Prepare = Box<dyn FnOnce() -> Result<Sampler, String>>;

/// One work, done by several libraries.
pub struct Row {
    /// The table it stands in.
    pub group: &'static str,
    /// What is done.
    pub work: String,
    /// What is measured; less is better, always.
    pub unit: Unit,
    /// Who does it.
    pub entries: Vec<Entry>,
    /// What ours must reach. All of them.
    pub targets: Vec<Target>,
    /// True if a quick run leaves it out.
    pub is_long: bool,
}

/// One library at one work.
pub struct Entry {
    /// Its name: a column.
    pub library: &'static str,
    /// What the figure stands for.
    pub role: Role,
    /// Makes the sampler.
    pub prepare: Prepare,
}

/// What a figure stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The library that the others are compared with, and the others.
    Library,
    /// At least this much: only a part was measured, and scaled up.
    AtLeast,
    /// What the work costs without replication: a bound, not a peer.
    Floor,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Processor time, in nanoseconds.
    Time,
    /// A size, in bytes.
    Bytes,
    /// A size per element or per edit, in bytes.
    BytesEach,
    /// A part of a hundred.
    Percent,
}

/// What ours must reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// Less than every peer. Within 2 %, which no measurement tells apart, is met.
    Fastest,
    /// At most so many times the best peer.
    WithinBest(f64),
    /// At most so many times a floor, named by its column.
    WithinFloor(f64, &'static str),
    /// At most so much, in the unit of the row.
    AtMost(f64),
    /// So many times less than a peer.
    TimesLess(f64, &'static str),
}

impl Row {
    /// A row without entries.
    pub fn new(group: &'static str, work: impl Into<String>, unit: Unit) -> Self {
        let work = work.into();
        Self { group, work, unit, entries: Vec::new(), targets: Vec::new(), is_long: false }
    }

    /// Adds our side.
    pub fn ours(self, prepare: impl FnOnce() -> Result<Sampler, String> + 'static) -> Self {
        self.entry(OURS, Role::Library, prepare)
    }

    /// Adds a peer.
    pub fn peer(
        self,
        library: &'static str,
        prepare: impl FnOnce() -> Result<Sampler, String> + 'static,
    ) -> Self {
        self.entry(library, Role::Library, prepare)
    }

    /// Adds a floor.
    pub fn floor(
        self,
        library: &'static str,
        prepare: impl FnOnce() -> Result<Sampler, String> + 'static,
    ) -> Self {
        self.entry(library, Role::Floor, prepare)
    }

    /// Adds a column.
    pub fn entry(
        mut self,
        library: &'static str,
        role: Role,
        prepare: impl FnOnce() -> Result<Sampler, String> + 'static,
    ) -> Self {
        self.entries.push(Entry { library, role, prepare: Box::new(prepare) });
        self
    }

    /// Adds a target.
    pub fn target(mut self, target: Target) -> Self {
        self.targets.push(target);
        self
    }

    /// Leaves the row out of a quick run.
    pub fn long(mut self) -> Self {
        self.is_long = true;
        self
    }

    /// Group and work, by which a row is found.
    pub fn name(&self) -> String {
        format!("{}: {}", self.group, self.work)
    }
}

/// A sampler.
pub fn sampler(sample: impl FnMut(&Meter) -> Result<f64, String> + 'static) -> Result<Sampler, String> {
    Ok(Box::new(sample))
}

/// A sampler of something that is the same each time, such as a size.
pub fn constant(value: usize) -> Result<Sampler, String> {
    sampler(move |_| Ok(value as f64))
}

/// An error unless the condition holds: the work's result is wrong, so its time means nothing.
pub fn ensure(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("wrong result: {what}")) }
}
