//! Every JSON decoder: the first byte of the input picks the type.

#![no_main]

use quipu_fuzz::Encoding;

libfuzzer_sys::fuzz_target!(|input: &[u8]| quipu_fuzz::check(Encoding::Json, input));
