//! The loop that moves a node's own slot.

use super::slot::{Slot, key_of};
use crate::nodes::batch::Batch;
use crate::nodes::failure::{Failure, read_patiently};
use crate::nodes::settings::Remedy;
use crate::{Kv, KvError, NodeId, Value};

/// What a node remembers of its own slot between moves.
#[derive(Debug)]
pub(super) struct Owner {
    key: String,
    boot: u64,
    /// The highest version that this life has tried to write.
    version: u64,
    /// What stands there (inner none: no such key), as far as that is settled.
    #[expect(clippy::option_option, reason = "nothing known, known to be absent, or known")]
    known: Option<Option<Slot>>,
    without: Option<Remedy>,
}

/// One move under way.
pub(super) struct Move<'a, K> {
    pub(super) kv: &'a K,
    pub(super) owner: &'a mut Owner,
    pub(super) batch: &'a mut Batch,
    pub(super) attempts: u32,
}

impl Owner {
    pub(super) fn new(me: &NodeId, boot: u64, without: Option<Remedy>) -> Self {
        Self { key: key_of(me), boot, version: 0, known: None, without }
    }
}

impl<K: Kv> Move<'_, K> {
    /// Swaps until a slot with the batch in it stands there; returns that slot.
    pub(super) async fn run(self) -> Result<Slot, Failure> {
        let Self { kv, owner, batch, attempts } = self;
        // Versions above this one, of this life, are tries of this move.
        let before = owner.version;
        // True once a swap was sent whose outcome is not known.
        let mut unsettled = false;
        // True from a refusal until the key was looked at: it may be the refusal of a second copy of the swap.
        let mut refused = false;
        let mut last_error = KvError::Refused("no attempt was allowed".into());
        for _ in 0..attempts {
            let base = match owner.known.take() {
                Some(base) => base,
                None => find(kv, &owner.key, attempts)
                    .await
                    .map_err(|error| Failure::after(error, unsettled || refused))?,
            };
            let done = |slot: &&Slot| slot.boot == owner.boot && slot.version > before;
            if let Some(slot) = base.as_ref().filter(done).filter(|_| owner.without != Some(Remedy::Settling))
            {
                owner.known = Some(base.clone());
                return Ok(slot.clone());
            }
            let (total, version) = base.as_ref().map_or((0, 0), |base| (base.total, base.version));
            owner.version = owner.version.max(version) + 1;
            let next = Slot::new(batch.apply(total, unsettled), owner.version, owner.boot);
            let create = base.is_none();
            let from = base.map_or(Value::Null, |base| base.value);
            match kv.compare_and_swap(&owner.key, from, next.value.clone(), create).await {
                Ok(()) => {
                    owner.known = Some(Some(next.clone()));
                    return Ok(next);
                }
                Err(error @ KvError::Refused(_)) => return Err(Failure::after(error, unsettled)),
                Err(error) => {
                    refused = error.is_definite();
                    unsettled |= !refused;
                    last_error = error;
                }
            }
        }
        Err(Failure::after(last_error, unsettled || refused))
    }
}

/// What stands under the own key; perhaps an old value, from which a swap is then refused.
async fn find<K: Kv>(kv: &K, key: &str, attempts: u32) -> Result<Option<Slot>, KvError> {
    read_patiently(kv, key, attempts).await?.map(Slot::parse).transpose()
}
