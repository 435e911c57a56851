//! Reading lines in the background, in blocks: one hand-over for many lines.

use std::io::{ErrorKind, Read};
use std::mem;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use quipu_node::Time;

use super::Clock;

/// How many bytes one read may bring.
const BLOCK_BYTES: usize = 1 << 16;

/// How many blocks may wait; then the reader waits, and the pipe fills. Enough to know the moment of arrival of all
/// that a harness sends within seconds, little enough to bound memory.
const BLOCKS_WAITING_MAX: usize = 1024;

/// Whole lines that arrived together.
#[derive(Debug)]
pub(super) struct Block {
    /// When.
    pub(super) arrived: Time,
    bytes: Vec<u8>,
}

impl Block {
    /// The lines, without their line feeds.
    pub(super) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let bytes = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        bytes.split(|byte| *byte == b'\n')
    }
}

/// Starts the reader. The channel closes when the input has ended; a last line without line feed counts.
pub(super) fn read_in_background(input: impl Read + Send + 'static, clock: Clock) -> Receiver<Block> {
    let (sender, receiver) = sync_channel(BLOCKS_WAITING_MAX);
    thread::spawn(move || read(input, clock, &sender));
    receiver
}

fn read(mut input: impl Read, clock: Clock, blocks: &SyncSender<Block>) {
    let mut buffer = vec![0; BLOCK_BYTES];
    // The beginning of a line whose end has not come yet. Only what is new is searched for line feeds.
    let mut beginning = Vec::new();
    loop {
        let fresh = match input.read(&mut buffer) {
            Ok(count) => &buffer[..count],
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => &[],
        };
        let arrived = clock.now();
        let whole = match fresh.iter().rposition(|byte| *byte == b'\n') {
            Some(last) => last + 1,
            None if !fresh.is_empty() => {
                beginning.extend_from_slice(fresh);
                continue;
            }
            None => 0,
        };
        let mut bytes = mem::replace(&mut beginning, fresh[whole..].to_vec());
        bytes.extend_from_slice(&fresh[..whole]);
        let goes_on = bytes.is_empty() || blocks.send(Block { arrived, bytes }).is_ok();
        if fresh.is_empty() || !goes_on {
            return;
        }
    }
}
