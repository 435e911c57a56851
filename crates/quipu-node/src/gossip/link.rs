//! What a node knows of one peer: how far it has come, whether it answers, and what it is owed.

use std::collections::BTreeMap;
use std::time::Duration;

use super::log::Source;
use super::wire::Receipt;
use crate::time::Time;

/// How many acknowledged pieces beyond a gap are remembered. More are sent again, no worse.
const PIECES: usize = 64;

/// The state of affairs with one peer.
///
/// Invariant: the peer, in the life `boot`, has everything in this node's log up to `acked`, and the pieces in `ahead`.
/// A peer that comes back under another boot number may have lost all of it, so everything is forgotten then. What was
/// sent to its earlier life may still arrive, and be acknowledged, in the new one; but some of it left out what the
/// earlier life had sent itself. So no receipt counts that is older than the moment of forgetting, and new knowledge
/// begins with a full state sent after it.
#[derive(Debug, Default)]
pub(super) struct Link {
    boot: Option<u64>,
    /// A position of the log that nothing reached which was sent before the peer was found restarted. Receipts that end
    /// before it do not count.
    forgot_at: u64,
    acked: u64,
    ahead: BTreeMap<u64, u64>,
    /// All up to here is on its way, or there.
    pub(super) sent: u64,
    /// How often in a row what was sent brought no sign of arrival.
    pub(super) failures: u32,
    /// When to send again.
    pub(super) retry_at: Option<Time>,
    owed: Option<(Receipt, Time)>,
}

impl Link {
    /// The peer was heard of in this life. True if that is another life than before: all knowledge is void, and counts only
    /// from a `turn` of the log on.
    pub(super) fn meet(&mut self, boot: u64, turn: impl FnOnce() -> u64) -> bool {
        let restarted = self.boot.is_some_and(|known| known != boot);
        if restarted {
            *self = Self { forgot_at: turn(), ..Self::default() };
        }
        self.boot = Some(boot);
        restarted
    }

    /// All of the log up to here is known to be with the peer; 0 if nothing is known.
    pub(super) const fn acked(&self) -> u64 {
        self.acked
    }

    /// The peer as the source of deltas, in the life it is known in.
    pub(super) fn as_source(&self, peer: usize) -> Option<Source> {
        self.boot.map(|boot| Source { peer, boot })
    }

    /// The peer has what lies between two positions of the log.
    pub(super) fn has(&mut self, base: u64, upto: u64) {
        if upto < self.forgot_at {
            return;
        }
        if base <= self.acked {
            self.acked = self.acked.max(upto);
        } else if self.ahead.len() < PIECES {
            let piece = self.ahead.entry(base).or_default();
            *piece = upto.max(*piece);
        }
        while let Some(piece) = self.ahead.first_entry() {
            if *piece.key() > self.acked {
                break;
            }
            self.acked = self.acked.max(piece.remove());
        }
        self.sent = self.sent.max(self.acked);
    }

    /// A sign that what was sent has arrived: the next try is due a full span from now, if anything is still open.
    pub(super) fn answered(&mut self, now: Time, retry_after: Duration) {
        self.failures = 0;
        self.retry_at = self.retry_at.filter(|_| self.acked < self.sent).map(|_| now + retry_after);
    }

    /// Notes a receipt that the peer is owed, to go out at `due`. Returns one that must go out now: it leaves a gap to
    /// the new one, so that they do not fit into one.
    pub(super) fn owe(&mut self, receipt: Receipt, due: Time) -> Option<Receipt> {
        let Some((owed, since)) = self.owed else {
            self.owed = Some((receipt, due));
            return None;
        };
        let merged = owed.merged(receipt);
        self.owed = Some(merged.map_or((receipt, due), |merged| (merged, since)));
        if merged.is_some() { None } else { Some(owed) }
    }

    /// The receipt that is owed, to put into a message.
    pub(super) fn take_owed(&mut self) -> Option<Receipt> {
        self.owed.take().map(|(receipt, _)| receipt)
    }

    /// When the receipt that is owed must go out by itself.
    pub(super) fn owed_at(&self) -> Option<Time> {
        self.owed.map(|(_, due)| due)
    }

    /// When something is next to be done for this peer.
    pub(super) fn due(&self) -> Option<Time> {
        self.retry_at.into_iter().chain(self.owed_at()).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(base: u64, upto: u64) -> Receipt {
        Receipt { of: 1, base, upto }
    }

    #[test]
    fn receipts_count_in_any_order_once_the_gap_is_closed() {
        let mut link = Link::default();
        link.has(3, 5);
        link.has(1, 2);
        assert_eq!(link.acked(), 0);
        link.has(0, 1);
        assert_eq!(link.acked(), 2);
        link.has(2, 3);
        assert_eq!((link.acked(), link.sent), (5, 5));
        link.has(0, 4);
        assert_eq!(link.acked(), 5, "an old receipt takes nothing back");
    }

    #[test]
    fn a_delta_that_a_restarted_peer_acknowledges_says_nothing_of_what_was_before_it() {
        let mut link = Link::default();
        assert!(!link.meet(7, || unreachable!("it was not known in another life")));
        link.has(0, 5);
        assert!(link.meet(8, || 7));
        link.has(5, 7);
        assert_eq!(link.acked(), 0);
        link.has(0, 6);
        assert_eq!(link.acked(), 0, "a state from before the restart was noticed is no ground to stand on");
        link.has(0, 7);
        assert_eq!(link.acked(), 7);
        assert!(!link.meet(8, || unreachable!("it was not restarted")));
        assert_eq!(link.acked(), 7);
    }

    #[test]
    fn a_sign_of_life_puts_off_the_next_try_if_something_is_open_and_calls_it_off_if_not() {
        let mut link = Link { sent: 3, failures: 2, retry_at: Some(Time::from_millis(5)), ..Link::default() };
        link.has(0, 2);
        link.answered(Time::from_millis(100), Duration::from_millis(7));
        assert_eq!(
            (link.failures, link.retry_at, link.due()),
            (0, Some(Time::from_millis(107)), link.retry_at)
        );
        link.has(2, 3);
        link.answered(Time::from_millis(100), Duration::from_millis(7));
        assert_eq!((link.retry_at, link.due()), (None, None));
        link.sent = 4;
        link.answered(Time::from_millis(100), Duration::from_millis(7));
        assert_eq!(link.retry_at, None, "no try was planned");
    }

    #[test]
    fn gaps_that_never_close_take_no_more_than_their_room() {
        let mut link = Link::default();
        for piece in 1..1000 {
            link.has(2 * piece, 2 * piece + 1);
        }
        assert_eq!(link.ahead.len(), PIECES);
        link.has(0, 5000);
        assert_eq!((link.acked(), link.ahead.len()), (5000, 0));
    }

    #[test]
    fn receipts_owed_become_one_if_no_gap_lies_between_them() {
        let mut link = Link::default();
        let (soon, later) = (Time::from_millis(1), Time::from_millis(2));
        assert_eq!(link.owe(receipt(3, 5), soon), None);
        assert_eq!(link.owe(receipt(0, 3), later), None);
        assert_eq!(link.owed_at(), Some(soon), "the first one's time counts");
        assert_eq!(
            link.owe(receipt(8, 9), later),
            Some(receipt(0, 5)),
            "a gap: the first goes out by itself"
        );
        assert_eq!(link.take_owed(), Some(receipt(8, 9)));
        assert_eq!(link.take_owed(), None);
    }

    #[test]
    fn receipts_for_different_lives_are_never_one() {
        let mut link = Link::default();
        link.owe(receipt(0, 3), Time::ZERO);
        let other_life = Receipt { of: 2, base: 0, upto: 9 };
        assert_eq!(link.owe(other_life, Time::ZERO), Some(receipt(0, 3)));
    }
}
