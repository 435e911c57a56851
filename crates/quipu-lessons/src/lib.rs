//! Lessons on replicated data: each shows by runs of its own what fails, how often, and what helps.
//!
//! The one idea: **nothing is asserted that a run does not show**. A lesson is a function from a [`Lab`], which can run nodes
//! and data types, to a [`Report`]. Every figure in a report's words comes out of a run made a moment before, and what the
//! words say of it ("never", "more often than") stands beside it as a [`Claim`] that the same run confirms or refutes.
//!
//! ```
//! use quipu_lessons::{Lab, find};
//!
//! let lesson = find("fixed-point").expect("there is such a lesson");
//! let report = lesson.give(&Lab::quiet(Some(20)))?;
//!
//! assert!(report.claims.iter().all(|claim| claim.holds));
//! assert!(!report.failure.is_empty() && !report.remedy.is_empty());
//! # Ok::<(), quipu_lessons::LessonError>(())
//! ```
//!
//! # Map
//! - [`Lesson`], [`LESSONS`], [`find`]: what there is.
//! - [`Lab`], [`Specimen`]: rates over seeds, shortest failing runs, the same schedule with another node.
//! - [`Report`] and its parts; [`plain`] writes it for a terminal, [`site`] as pages.
//! - `toys`: nodes that are wrong in one instructive way, on the smallest gossip that could work.
//!
//! # Left out
//! Judging what a reader writes: that is the harness's business, and each exercise names the command.

mod contest;
mod figures;
mod lab;
mod lesson;
mod lessons;
pub mod plain;
mod report;
pub mod site;
mod skeleton;
mod sketch;
mod specimen;
mod toys;

pub use figures::{Rate, Table};
pub use lab::{Lab, LessonError};
pub use lesson::{LESSONS, Lesson, Part, find};
pub use report::{Block, Claim, Exercise, Question, Report, Story};
pub use skeleton::Skeleton;
pub use specimen::Specimen;
