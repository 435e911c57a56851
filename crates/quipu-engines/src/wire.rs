//! A fault on the way back: what becomes of an engine's replies.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// Says of each reply what becomes of it. Clones say the same; all replies pass until told otherwise.
///
/// Requests arrive: so an operation whose reply is lost did happen, and its caller cannot know.
#[derive(Clone, Debug, Default)]
pub struct Wire(Arc<State>);

#[derive(Debug, Default)]
struct State {
    fault: AtomicU8,
    /// How many replies still pass before the fault.
    left: AtomicU64,
}

/// What becomes of one reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives.
    Passes,
    /// It is held, and the connection stays open.
    Held,
    /// The connection is cut instead.
    Cut,
}

const NONE: u8 = 0;
const HOLD: u8 = 1;
const CUT_AT_REPLY: u8 = 2;
const CUT: u8 = 3;

impl Wire {
    /// From now on all replies pass.
    pub fn pass(&self) {
        self.set(NONE, 0);
    }

    /// So many replies pass, and those after them are held.
    pub fn hold_after(&self, replies: u64) {
        self.set(HOLD, replies);
    }

    /// So many replies pass; at the next one every connection is cut, and none can be made.
    pub fn cut_after(&self, replies: u64) {
        self.set(CUT_AT_REPLY, replies);
    }

    /// Every connection is cut, and none can be made.
    pub fn cut(&self) {
        self.set(CUT, 0);
    }

    /// What becomes of the next reply.
    pub fn next(&self) -> Fate {
        let fault = self.0.fault.load(Ordering::SeqCst);
        let fewer = |left: u64| left.checked_sub(1);
        if fault == NONE || self.0.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer).is_ok() {
            return Fate::Passes;
        }
        if fault == HOLD {
            return Fate::Held;
        }
        self.cut();
        Fate::Cut
    }

    /// True if connections are cut.
    pub fn is_cut(&self) -> bool {
        self.0.fault.load(Ordering::SeqCst) == CUT
    }

    fn set(&self, fault: u8, replies: u64) {
        self.0.left.store(replies, Ordering::SeqCst);
        self.0.fault.store(fault, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_replies_pass_before_the_fault() {
        let wire = Wire::default();
        assert_eq!(wire.next(), Fate::Passes);
        wire.hold_after(1);
        assert_eq!([wire.next(), wire.next(), wire.next()], [Fate::Passes, Fate::Held, Fate::Held]);
        wire.cut_after(1);
        assert_eq!(wire.next(), Fate::Passes);
        assert!(!wire.is_cut(), "a request still arrives");
        assert_eq!(wire.next(), Fate::Cut);
        assert!(wire.is_cut());
        wire.pass();
        assert_eq!(wire.next(), Fate::Passes);
    }
}
