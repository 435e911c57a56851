//! Hostile inputs from honest ones: cut short, with bytes turned, doubled, left out and set to their extremes.

use serde_json::Value;

use crate::check::Encoding;

/// All inputs made of the states in a result file: the encoding and the input, with the decoder's number in front instead of
/// an envelope of this length.
pub(crate) fn inputs(decoder: u8, envelope: usize, vectors: &str) -> Vec<(Encoding, Vec<u8>)> {
    let vectors: Value = serde_json::from_str(vectors).expect("a result file");
    let mut inputs = Vec::new();
    for step in vectors["steps"].as_array().expect("a list") {
        let state = &step["state"];
        let bytes = unhex(state["bytes"].as_str().expect("text"));
        let text = state["json"].to_string();
        inputs.extend(damaged(decoder, &bytes[envelope..]).map(|input| (Encoding::Binary, input)));
        inputs.extend(damaged(decoder, text.as_bytes()).map(|input| (Encoding::Json, input)));
    }
    inputs
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(&String::from_utf8_lossy(pair), 16).expect("hexadecimal")).collect()
}

fn damaged(decoder: u8, honest: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let honest = honest.to_vec();
    let damages: [fn(&mut Vec<u8>, usize); 9] = [
        |_, _| (),
        |bytes, at| bytes.truncate(at),
        |bytes, at| bytes[at] ^= 1,
        |bytes, at| bytes[at] ^= 0x80,
        |bytes, at| bytes[at] = 0xff,
        |bytes, at| bytes[at] = 0,
        |bytes, at| {
            bytes.remove(at);
        },
        |bytes, at| bytes.insert(at, bytes[at]),
        // The largest length or number that a varint can say.
        |bytes, at| {
            bytes.splice(at..=at, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
        },
    ];
    (0..honest.len()).flat_map(move |at| {
        let honest = honest.clone();
        damages.into_iter().map(move |damage| {
            let mut bytes = honest.clone();
            damage(&mut bytes, at);
            bytes.insert(0, decoder);
            bytes
        })
    })
}
