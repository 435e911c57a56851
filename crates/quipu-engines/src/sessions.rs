//! A client's connections: as many as calls at the same time need, up to a bound.
//!
//! Invariant: a connection goes back only after its call has ended in order. One whose call failed, ran out of time or was
//! dropped is closed: it may still have an answer under way, or a transaction open.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use quipu_node::KvError;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The connections that are open and not in use, and how many may be in use.
#[derive(Debug)]
pub(crate) struct Sessions<S> {
    idle: Mutex<Vec<S>>,
    places: Semaphore,
}

/// A connection in use. Dropped, it is closed; [`Borrowed::keep`] gives it back.
pub(crate) struct Borrowed<'a, S> {
    pub(crate) session: S,
    sessions: &'a Sessions<S>,
    _place: SemaphorePermit<'a>,
}

impl<S> Sessions<S> {
    pub(crate) const fn new(most: usize) -> Self {
        let places = if most == 0 { 1 } else { most };
        Self { idle: Mutex::new(Vec::new()), places: Semaphore::const_new(places) }
    }

    /// A connection that is not in use and still usable, or a new one.
    pub(crate) async fn take(
        &self,
        is_usable: impl Fn(&S) -> bool,
        open: impl Future<Output = Result<S, KvError>>,
    ) -> Result<Borrowed<'_, S>, KvError> {
        let place = self.places.acquire().await.map_err(|_| KvError::Refused("closed".into()))?;
        let session = match self.pop(is_usable) {
            Some(session) => session,
            None => open.await?,
        };
        Ok(Borrowed { session, sessions: self, _place: place })
    }

    fn pop(&self, is_usable: impl Fn(&S) -> bool) -> Option<S> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(session) = idle.pop() {
            if is_usable(&session) {
                return Some(session);
            }
        }
        None
    }
}

impl<S> Borrowed<'_, S> {
    /// Gives the connection back: its call has ended in order.
    pub(crate) fn keep(self) {
        self.sessions.idle.lock().unwrap_or_else(PoisonError::into_inner).push(self.session);
    }

    /// Gives the connection back if what its call came to shows that it is in order.
    pub(crate) fn keep_after<T>(self, result: Result<T, KvError>) -> Result<T, KvError> {
        if !matches!(result, Err(KvError::Unknown(_))) {
            self.keep();
        }
        result
    }
}
