//! Columns: sequences of bytes of one kind, each compressed by itself if that makes it shorter.

use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::Malformed;
use super::number::{Input, write as write_number};

/// How many times longer than its packed form a column of numbers may be, and a column of text. What would be packed
/// better is written as it is, so that a reader need not believe in it.
pub(super) const NUMBERS: usize = 4;
pub(super) const TEXT: usize = 16;

/// Of the levels of DEFLATE: the highest takes up to four times as long for 1 to 3 % fewer bytes.
const LEVEL: u8 = 5;

/// Its length; twice, if compressed, the lower bit telling; and the bytes.
pub(super) fn write(column: &[u8], most_ratio: usize, to: &mut Vec<u8>) {
    let packed = compress_to_vec(column, LEVEL);
    let length = (column.len() as u64) << 1;
    if packed.len() < column.len() && column.len() <= packed.len() * most_ratio {
        write_number(length | 1, to);
        write_number(packed.len() as u64, to);
        to.extend_from_slice(&packed);
    } else {
        write_number(length, to);
        to.extend_from_slice(column);
    }
}

pub(super) fn read<'a>(most_ratio: usize, input: &mut Input<'a>) -> Result<Cow<'a, [u8]>, Malformed> {
    let length = input.number()?;
    let size = usize::try_from(length >> 1).map_err(|_| Malformed::Truncated)?;
    if length & 1 == 0 {
        return Ok(Cow::Borrowed(input.take(size)?));
    }
    let packed = input.size()?;
    let packed = input.take(packed)?;
    if size / most_ratio > packed.len() {
        return Err(Malformed::Compressed);
    }
    let mut column = vec![0; size];
    let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, read, written) = decompress(&mut DecompressorOxide::new(), packed, &mut column, 0, flags);
    if status == TINFLStatus::Done && read == packed.len() && written == size {
        Ok(Cow::Owned(column))
    } else {
        Err(Malformed::Compressed)
    }
}

#[cfg(test)]
mod tests;
