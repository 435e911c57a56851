//! The deadline of one call, and what its passing means.

use std::future::Future;
use std::time::Duration;

use quipu_node::KvError;
use tokio::time::{Instant, timeout_at};

/// When a call must have ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// A call that begins now and may take so long.
    pub(crate) fn after(span: Duration) -> Self {
        Self(Instant::now() + span)
    }

    /// A step before anything was sent that changes something: if time runs out here, the call did not happen.
    pub(crate) async fn unsent<T>(
        self,
        step: impl Future<Output = Result<T, KvError>>,
    ) -> Result<T, KvError> {
        let over = || KvError::Refused("no time was left to send the change".into());
        timeout_at(self.0, step).await.unwrap_or_else(|_| Err(over()))
    }

    /// A step that sends a change, or waits for a read: if time runs out here, nobody knows what became of it.
    pub(crate) async fn sent<T>(self, step: impl Future<Output = Result<T, KvError>>) -> Result<T, KvError> {
        let over = || KvError::Unknown("no answer came in time".into());
        timeout_at(self.0, step).await.unwrap_or_else(|_| Err(over()))
    }

    /// Whether a wait of this length would still end in time.
    pub(crate) fn allows(self, span: Duration) -> bool {
        Instant::now() + span < self.0
    }

    /// Waits until it has passed.
    pub(crate) async fn pass(self) {
        tokio::time::sleep_until(self.0).await;
    }
}
