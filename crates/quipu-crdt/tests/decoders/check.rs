//! What must hold for any bytes whatever that are handed to a decoder.
//!
//! Used by the test that replays the corpus and by the fuzz targets, so that what one finds the other keeps.

use quipu_crdt::wire::{self, Encoded};
use quipu_crdt::{
    AmountCounter, BoundedCounter, Cart, Causal, Document, DwFlag, EwFlag, GCounter, GSet, HyperLogLog,
    Lattice, LwwRegister, MvRegister, OrMap, OrSet, PnCounter, ResettableCounter, RwSet, Text, Unit,
    VersionVector, WindowedCounter,
};

/// A decoder under test: the name of its type, and the two checks.
pub struct Decoder {
    /// As in the file names of the test vectors.
    #[allow(dead_code, reason = "the fuzz targets go by number")]
    pub name: &'static str,
    /// The length of what stands in front of a state.
    #[allow(dead_code, reason = "the fuzz targets damage nothing")]
    pub envelope: fn() -> usize,
    binary: Checks,
    json: Checks,
}

/// Of one type in one encoding.
#[derive(Clone, Copy)]
struct Checks {
    /// Decodes, no more: true if the bytes are a state.
    decode: fn(&[u8]) -> bool,
    /// Panics if something is wrong.
    check: fn(&[u8]),
}

/// Which of the two.
#[derive(Clone, Copy, Debug)]
pub enum Encoding {
    /// Version, kinds and postcard; the envelope is added to the input.
    Binary,
    /// For people.
    Json,
}

/// All of them; the first byte of an input is an index into this list. New ones go to the end.
pub const DECODERS: [Decoder; 19] = [
    decoder::<VersionVector>("version-vector"),
    decoder::<GCounter>("g-counter"),
    decoder::<PnCounter>("pn-counter"),
    decoder::<GSet<String>>("g-set"),
    decoder::<Causal<OrSet<String>>>("or-set"),
    decoder::<Causal<MvRegister<String>>>("mv-register"),
    decoder::<BoundedCounter>("bounded-counter"),
    decoder::<Causal<ResettableCounter>>("resettable-counter"),
    decoder::<Causal<EwFlag>>("ew-flag"),
    decoder::<Causal<DwFlag>>("dw-flag"),
    decoder::<Causal<RwSet<String>>>("rw-set"),
    decoder::<LwwRegister<String>>("lww-register"),
    decoder::<WindowedCounter<10, 3, 1>>("windowed-counter"),
    decoder::<AmountCounter<Euro>>("amount-counter"),
    decoder::<HyperLogLog<6, 7>>("hyper-log-log"),
    decoder::<Causal<OrMap<String, OrSet<String>>>>("or-map"),
    decoder::<Causal<Cart<String>>>("cart"),
    decoder::<Causal<Document>>("document"),
    decoder::<Text>("text"),
];

/// A unit for decimal amounts.
enum Euro {}

impl Unit for Euro {
    const CODE: &'static str = "EUR";
    const SCALE: u8 = 2;
}

const fn decoder<T: Lattice + Encoded>(name: &'static str) -> Decoder {
    let binary = Checks { decode: |bytes| from_binary::<T>(bytes).is_some(), check: check_binary::<T> };
    let json = Checks { decode: |bytes| from_json::<T>(bytes).is_some(), check: check_json::<T> };
    Decoder { name, envelope: || envelope::<T>().len(), binary, json }
}

/// What stands in front of a state: the version and the kinds.
fn envelope<T: Lattice + Encoded>() -> Vec<u8> {
    let mut bytes = wire::encode(&T::default());
    let empty = postcard::to_allocvec(&T::default()).expect("encodes").len();
    bytes.truncate(bytes.len() - empty);
    bytes
}

/// Hands the input, but for its first byte, to the decoder that the first byte picks, and does nothing else. True if it
/// is a state.
#[allow(dead_code, reason = "the fuzz targets look at no memory")]
pub fn decode(encoding: Encoding, input: &[u8]) -> bool {
    pick(encoding, input).is_some_and(|(checks, rest)| (checks.decode)(rest))
}

/// The same, and checks what comes out. Panics if something is wrong.
pub fn check(encoding: Encoding, input: &[u8]) {
    if let Some((checks, rest)) = pick(encoding, input) {
        (checks.check)(rest);
    }
}

fn pick(encoding: Encoding, input: &[u8]) -> Option<(Checks, &[u8])> {
    let (first, rest) = input.split_first()?;
    let decoder = DECODERS.get(usize::from(*first))?;
    match encoding {
        Encoding::Binary => Some((decoder.binary, rest)),
        Encoding::Json => Some((decoder.json, rest)),
    }
}

/// The envelope is put in front: a fuzzer need not find it anew for each type.
fn from_binary<T: Lattice + Encoded>(bytes: &[u8]) -> Option<T> {
    let mut enveloped = envelope::<T>();
    enveloped.extend_from_slice(bytes);
    wire::decode::<T>(&enveloped).ok()
}

fn from_json<T: Lattice + Encoded>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice::<T>(bytes).ok()
}

fn check_binary<T: Lattice + Encoded>(bytes: &[u8]) {
    if let Some(state) = from_binary::<T>(bytes) {
        let again = wire::decode::<T>(&wire::encode(&state));
        assert!(again.is_ok_and(|again| again == state), "what was decoded does not come back");
        check_state(&state);
    }
}

fn check_json<T: Lattice + Encoded>(bytes: &[u8]) {
    if let Some(state) = from_json::<T>(bytes) {
        let text = serde_json::to_string(&state).expect("what came from JSON can go there");
        assert!(from_json::<T>(text.as_bytes()).is_some_and(|again| again == state), "does not come back");
        check_state(&state);
    }
}

/// What every state can do, and can do alone.
fn check_state<T: Lattice>(state: &T) {
    assert!(state.clone().joined(state) == *state, "joining a state with itself changes it");
    assert!(T::default().joined(state) == *state, "joining with nothing changes it");
    assert!(state.includes(state) && state.includes(&T::default()));
    assert!(state.difference(state).is_bottom());
    assert!(state.difference(&T::default()) == *state, "nothing known, and not all of it is lacking");
}
