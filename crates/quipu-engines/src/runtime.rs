//! The async runtime, for callers that have none.

use std::future::Future;
use std::io;

/// Runs a future to its end on this thread, and what it spawns on others.
pub fn block_on<F: Future>(future: F) -> io::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    Ok(runtime.block_on(future))
}
