//! Replays the corpus of the fuzz targets, and inputs made by damaging the test vectors: decoders never panic, take no more
//! memory than a small multiple of the input, and what they accept is a state.
//!
//! `fuzz/README.md` says how to look for more.

#[allow(unreachable_pub, reason = "public for the fuzz targets")]
mod check;
mod damage;

use std::fs;
use std::path::{Path, PathBuf};

use check::{DECODERS, Encoding};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Bytes that decoding may hold at once: per byte of input, and on top.
const PER_BYTE: usize = 128;
const ON_TOP: usize = 8 * 1024;

fn crate_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    files
}

/// Runs one input; returns how much memory decoding it took, as a multiple of its length beyond what is allowed on top.
fn replay(name: &str, encoding: Encoding, input: &[u8]) -> usize {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    check::decode(encoding, input);
    let taken = ALLOCATOR.peak_usage().saturating_sub(before);
    let allowed = ON_TOP + PER_BYTE * input.len();
    assert!(taken <= allowed, "{name}: {taken} bytes held for an input of {}: {input:02x?}", input.len());
    check::check(encoding, input);
    taken.saturating_sub(ON_TOP) / input.len()
}

// One test, as the allocator counts what all threads take.
#[test]
fn no_input_makes_a_decoder_panic_or_take_much_memory() {
    let (mut inputs, mut most) = (0, 0);
    for (name, encoding) in [("binary", Encoding::Binary), ("json", Encoding::Json)] {
        for file in files_in(&crate_folder().join("../../fuzz/corpus").join(name)) {
            most =
                most.max(replay(&file.display().to_string(), encoding, &fs::read(&file).expect("readable")));
            inputs += 1;
        }
    }
    let vectors = crate_folder().join("vectors");
    for (number, decoder) in DECODERS.iter().enumerate() {
        let number = u8::try_from(number).expect("few");
        let file = vectors.join(decoder.name).with_extension("json");
        let text = fs::read_to_string(&file).expect("readable");
        for (encoding, input) in damage::inputs(number, (decoder.envelope)(), &text) {
            most = most.max(replay(decoder.name, encoding, &input));
            inputs += 1;
        }
    }
    println!("{most} bytes held per byte of input at most, beyond {ON_TOP}");
    println!("{inputs} inputs, {} decoders", DECODERS.len());
    assert!(inputs > 10_000, "only {inputs} inputs");
}
