//! The readable form: runs by id, and what is deleted.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::little::check_run;
use super::{Malformed, in_order};
use crate::ReplicaId;
use crate::text::Text;
use crate::text::change::{Id, IdRange, Ranges, Run, Snippet};
use crate::text::knowledge::Parts;
use crate::text::sequence::Sequence;
use crate::text::span::{Measure, Span, narrow};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    runs: Vec<RunForm>,
    deleted: Vec<(ReplicaId, u32, u32)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunForm {
    id: (ReplicaId, u32),
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left: Option<(ReplicaId, u32)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    right: Option<(ReplicaId, u32)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dropped: Option<u32>,
}

impl Form {
    pub(super) fn of(sequence: &Sequence) -> Self {
        let mut runs: Vec<Run> = sequence.by_id().map(|span| sequence.run(span)).collect();
        runs.extend(sequence.pending.runs().cloned());
        runs.sort_unstable_by_key(|run| run.id);
        runs.dedup_by(|next, last| last.extend(next));
        let pair = |id: Id| (id.replica, id.seq);
        let form = |run: Run| RunForm {
            id: pair(run.id),
            left: run.left.map(pair),
            right: run.right.map(pair),
            dropped: run.text.is_none().then_some(run.chars),
            text: run.text.map(|text| text.as_str().into()),
        };
        let deleted = Ranges::of(sequence.deleted().collect());
        Self {
            runs: runs.into_iter().map(form).collect(),
            deleted: deleted.as_slice().iter().map(|range| (range.replica, range.start, range.end)).collect(),
        }
    }

    pub(super) fn into_text(self) -> Result<Text, Malformed> {
        let mut parts = Parts::default();
        for (replica, start, end) in self.deleted {
            if start == 0 || start >= end {
                return Err(Malformed::BadRange);
            }
            parts.deleted.push(IdRange { replica, start, end });
        }
        let deleted = in_order(parts.deleted)?;
        parts.deleted = deleted.as_slice().into();
        for run in self.runs {
            let run = run.into_run()?;
            if run.text.is_none() && !deleted.cover(&run) {
                return Err(Malformed::TextLost);
            }
            parts.runs.push(run);
        }
        parts.runs.sort_by_key(|run| run.id);
        let overlap =
            |pair: &[Run]| pair[0].id.replica == pair[1].id.replica && pair[0].end() > pair[1].id.seq;
        if parts.runs.windows(2).any(overlap) {
            return Err(Malformed::Twice);
        }
        Ok(Text::of_parts(parts))
    }
}

impl RunForm {
    fn into_run(self) -> Result<Run, Malformed> {
        let id = |(replica, seq): (ReplicaId, u32)| {
            if seq == 0 { Err(Malformed::BadNumber) } else { Ok(Id { replica, seq }) }
        };
        let (chars, text) = match (self.text, self.dropped) {
            (Some(text), None) if text.len() <= Span::MOST_BYTES => {
                (narrow(Measure::of(&text).chars), Some(Snippet::new(&text)))
            }
            (None, Some(chars)) => (chars, None),
            _ => return Err(Malformed::BadText),
        };
        let (left, right) = (self.left.map(id).transpose()?, self.right.map(id).transpose()?);
        check_run(Run { id: id(self.id)?, left, right, chars, text })
    }
}

#[cfg(test)]
mod tests;
