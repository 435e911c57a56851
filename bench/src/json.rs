//! The same results for machines: one JSON document.

use serde_json::{Value, json};

use crate::row::{Role, Unit};
use crate::run::{Measured, Plan};

/// The document: the plan, then the rows as in the table, in plain units (nanoseconds, bytes, percent).
pub fn document(plan: &Plan, rows: &[Measured]) -> Value {
    json!({
        "rounds": plan.rounds,
        "sample_milliseconds": plan.sample_milliseconds,
        "rows": rows.iter().map(row).collect::<Vec<_>>(),
    })
}

fn row(row: &Measured) -> Value {
    let figures = row.figures.iter().map(|figure| {
        json!({
            "library": figure.library,
            "is": match figure.role {
                Role::Library => "library",
                Role::AtLeast => "lower bound",
                Role::Floor => "floor",
            },
            "median": figure.median,
            "lowest": figure.lowest,
            "highest": figure.highest,
            "samples": figure.samples,
        })
    });
    json!({
        "group": row.group,
        "work": row.work,
        "unit": match row.unit {
            Unit::Time => "nanoseconds of processor time",
            Unit::Bytes | Unit::BytesEach => "bytes",
            Unit::Percent => "percent",
        },
        "figures": figures.collect::<Vec<_>>(),
        "failed": row.failed.iter().map(|(library, error)| json!({ "library": library, "error": error })).collect::<Vec<_>>(),
        "best_peer_by_ours": row.ratio(),
        "met": row.is_met(),
    })
}
