//! Memory as a subject of the suite.

use std::time::Duration;

use quipu_node::KvError;

use super::Subject;
use crate::memory::Memory;
use crate::settings::Settings;
use crate::wire::Wire;

/// A store in memory under test.
#[derive(Clone, Debug)]
pub struct InMemory(Memory);

impl InMemory {
    /// An empty store.
    pub fn new() -> Self {
        Self(Memory::new(&Settings { lease: Duration::from_secs(1), ..Settings::default() }))
    }
}

impl Default for InMemory {
    fn default() -> Self {
        Self::new()
    }
}

impl Subject for InMemory {
    type Engine = Memory;

    async fn connect(&self, deadline: Duration) -> Result<Memory, KvError> {
        Ok(self.0.over(&Wire::default(), deadline))
    }

    async fn connect_over(&self, wire: &Wire, deadline: Duration) -> Result<Memory, KvError> {
        Ok(self.0.over(wire, deadline))
    }

    async fn restart(&self) -> Result<(), String> {
        self.0.forget();
        Ok(())
    }

    fn survives_restart(&self) -> bool {
        false
    }
}
