//! What waits is kept in one form, and each run waits for one character.

use super::*;

impl Pending {
    /// Panics if runs or ranges could be longer, or if what is waited for is not that of the runs.
    pub(in crate::text) fn assert_sound(&self) {
        let runs: Vec<&Run> = self.runs.values().collect();
        assert!(
            runs.windows(2).all(|pair| !pair[0].clone().extend(pair[1])),
            "a run is as long as it can be"
        );
        assert!(self.runs.iter().all(|(id, run)| *id == run.id));
        let waiting: BTreeSet<Id> = self.waiting.iter().map(|(_, run)| *run).collect();
        assert!(waiting.iter().eq(self.runs.keys()) && waiting.len() == self.waiting.len());
        let origins = |run: Id| [self.runs[&run].left, self.runs[&run].right];
        assert!(self.waiting.iter().all(|(missing, run)| origins(*run).contains(&Some(*missing))));
        let ranges: Vec<IdRange> = self.deleted().collect();
        assert!(ranges.iter().all(|range| range.start < range.end));
        let apart = |pair: &[IdRange]| pair[0].replica != pair[1].replica || pair[0].end < pair[1].start;
        assert!(ranges.windows(2).all(apart), "ranges do not touch");
    }
}
