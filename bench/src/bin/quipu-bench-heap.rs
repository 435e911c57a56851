//! Counts the heap of one library in one recorded session. The benchmark runs it; it can be run alone:
//!
//! ```sh
//! cargo run --release --bin quipu-bench-heap -- yrs sveltecomponent
//! ```

use std::process::ExitCode;

use peak_alloc::PeakAlloc;
use quipu_bench::heap::{Counter, count};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, session] = arguments.as_slice() else {
        eprintln!("error: needs a library and a session, as in `quipu-bench-heap yrs sveltecomponent`");
        return ExitCode::from(2);
    };
    let counter = Counter {
        now: || ALLOCATOR.current_usage(),
        most: || ALLOCATOR.peak_usage(),
        reset: || ALLOCATOR.reset_peak_usage(),
    };
    match count(library, session, counter) {
        Ok(figures) => {
            println!("{figures}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
