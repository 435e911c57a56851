//! What a history must fulfil.

use quipu_node::{Reply, Request, Time};

use crate::world::{Operation, Run, value};

/// A sum of deltas that may or may not be in a value: what is certain, and how far the rest can move it.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    low: i128,
    high: i128,
}

impl Run {
    /// Reads that lie outside what real time allows: every one must contain what was acknowledged before it began,
    /// and nothing that was not invoked before it ended.
    pub(crate) fn reads_out_of_bounds(&self) -> Vec<String> {
        self.judged_reads().filter_map(|read| self.judge(read)).collect()
    }

    /// The same for the final reads alone.
    pub(crate) fn finals_out_of_bounds(&self) -> Vec<String> {
        self.judged_reads().filter(|read| read.last).filter_map(|read| self.judge(read)).collect()
    }

    /// Pairs of reads of which the second began after the first had ended, and saw less. `per_node` compares only
    /// reads of one node.
    pub(crate) fn backward_reads(&self, per_node: bool) -> Vec<String> {
        let mut reads: Vec<(&Operation, Time, i128)> = Vec::new();
        for read in self.judged_reads() {
            let (Some((ended, _)), Some(value)) = (&read.ended, value(read)) else { continue };
            reads.push((read, *ended, value));
        }
        let mut found = Vec::new();
        let mut by_end = reads.clone();
        by_end.sort_by_key(|(_, ended, _)| *ended);
        for (later, _, seen) in &reads {
            let before = by_end.iter().take_while(|(_, ended, _)| *ended < later.invoked);
            let same = before.filter(|(earlier, _, _)| !per_node || earlier.node == later.node);
            if let Some((earlier, _, higher)) =
                same.max_by_key(|(_, _, value)| *value).filter(|top| top.2 > *seen)
            {
                let (from, to) = (earlier.node, later.node);
                found.push(format!("at {} n{to} read {seen} after n{from} had read {higher}", later.invoked));
            }
        }
        found
    }

    /// Operations without any answer from their node.
    pub(crate) fn unanswered(&self) -> usize {
        self.operations.iter().filter(|operation| operation.ended.is_none()).count()
    }

    /// Operations that were answered with an error.
    pub(crate) fn errors(&self) -> usize {
        let failed = |operation: &&Operation| matches!(operation.ended, Some((_, Reply::Error { .. })));
        self.operations.iter().filter(failed).count()
    }

    fn judged_reads(&self) -> impl Iterator<Item = &Operation> {
        self.operations.iter().filter(|operation| value(operation).is_some())
    }

    fn judge(&self, read: &Operation) -> Option<String> {
        let (seen, (ended, _)) = (value(read)?, read.ended.as_ref()?);
        let Bounds { low, high } = self.bounds(read.invoked, *ended);
        let fine = (low..=high).contains(&seen);
        (!fine).then(|| format!("n{} read {seen} at {}, lawful: {low}..={high}", read.node, read.invoked))
    }

    fn bounds(&self, began: Time, ended: Time) -> Bounds {
        let mut bounds = Bounds { low: 0, high: 0 };
        for operation in &self.operations {
            let Request::Add(delta) = operation.request else { continue };
            let delta = i128::from(delta);
            match &operation.ended {
                Some((at, Reply::AddOk)) if *at < began => {
                    bounds.low += delta;
                    bounds.high += delta;
                }
                Some((_, Reply::Error { kind, .. })) if kind.is_definite() => {}
                _ if operation.invoked > ended => {}
                _ => {
                    bounds.low += delta.min(0);
                    bounds.high += delta.max(0);
                }
            }
        }
        bounds
    }
}
