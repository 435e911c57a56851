//! Runs definitions that Coq has extracted to JSON, so that what was proved can be tested against.
//!
//! `Extraction Language JSON` writes Coq's definitions down as plain lambda terms: variables, functions, application, `match`,
//! `let`, `fix` and constructors; types and proofs are gone. [`Specification`] reads such a file, and [`Specification::call`]
//! runs a definition of it on values. So a test can hold a program against the very term that a proof is about, with
//! nothing to trust in between but Coq's extraction and this interpreter.
//!
//! ```
//! use quipu_oracle::{Shape, Specification};
//!
//! // What Coq writes of `Definition swap {A B} (pair : A * B) := let (x, y) := pair in (y, x).`
//! let json = r#"{ "declarations": [ { "what": "decl:term", "name": "swap", "value": {
//!     "what": "expr:lambda", "argnames": ["pair"], "body": {
//!         "what": "expr:case", "expr": { "what": "expr:rel", "name": "pair" }, "cases": [ {
//!             "what": "case",
//!             "pat": { "what": "pat:constructor", "name": "Pair", "argnames": ["x", "y"] },
//!             "body": { "what": "expr:constructor", "name": "Pair", "args": [
//!                 { "what": "expr:rel", "name": "y" }, { "what": "expr:rel", "name": "x" } ] } } ] } } } ] }"#;
//!
//! let specification = Specification::parse(json)?;
//! let swapped = specification.call("swap", &[(7_u64, vec![true, false]).value()?])?;
//! assert_eq!(swapped.to_string(), "([true; false], 7)");
//! assert_eq!(<(Vec<bool>, u64)>::read(&swapped)?, (vec![true, false], 7));
//!
//! assert_eq!(specification.call("swip", &[]).unwrap_err().to_string(), "there is no definition `swip`");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Limits
//! Evaluation is by value and needs no stack of the machine: what is open is kept in a list, of up to [`Specification::OPEN`]
//! entries. Values are up to [`Value::DEPTH`] constructors deep (a list of n elements is n deep), so that comparing and
//! dropping them cannot overflow the stack either. An evaluation takes up to [`Specification::STEPS`] steps. Beyond each
//! limit there is an error; nothing panics, whatever the file says.
//!
//! # What is left out
//! Modules, axioms, coercions (`Obj.magic` in OCaml) and the remains of erased proofs: a file with one of them is refused,
//! so definitions must be such that there is none. Types are not looked at: Coq has checked them.

#![allow(clippy::missing_errors_doc, reason = "what can go wrong is what the error types list")]

mod code;
mod error;
mod load;
mod run;
mod shape;
mod value;

pub use code::Specification;
pub use error::{CallError, LoadError, WrongShape};
pub use shape::Shape;
pub use value::Value;
