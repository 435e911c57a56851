//! Columns, and packed ones that are damaged or expand too much.

use super::*;

fn written(column: &[u8], most_ratio: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(column, most_ratio, &mut bytes);
    bytes
}

fn read_all(bytes: &[u8], most_ratio: usize) -> Result<Vec<u8>, Malformed> {
    let mut input = Input::new(bytes);
    let column = read(most_ratio, &mut input)?.into_owned();
    input.finish().map(|()| column)
}

fn is_packed(bytes: &[u8]) -> bool {
    bytes[0] & 1 == 1
}

#[test]
fn a_column_is_packed_if_that_is_shorter_and_can_be_believed() {
    let (mut just_believed, mut just_as_long) = (0, 0);
    for len in (0..100).chain((100..600).step_by(7)) {
        let some_numbers: Vec<u8> = (0..len).map(|at| [0, 3, 1, 4, 1, 5, 9][at * at % 7]).collect();
        for column in [vec![0; len], some_numbers] {
            let packed = compress_to_vec(&column, LEVEL).len();
            for most_ratio in [1, 2, 3, NUMBERS, 5, TEXT] {
                let bytes = written(&column, most_ratio);
                let shorter = packed < len && len <= most_ratio * packed;
                assert_eq!(is_packed(&bytes), shorter, "{len} bytes, {packed} packed, {most_ratio}");
                assert_eq!(read_all(&bytes, most_ratio), Ok(column.clone()));
                just_believed += u32::from(shorter && len == most_ratio * packed);
                just_as_long += u32::from(len == packed);
            }
        }
    }
    assert!(just_believed > 0 && just_as_long > 0, "the limits were tried");
}

#[test]
fn a_column_is_its_length_and_its_bytes() {
    assert_eq!(written(b"abc", TEXT), [6, b'a', b'b', b'c']);
    assert_eq!(read_all(&[6, b'a', b'b'], TEXT), Err(Malformed::Truncated));
    assert_eq!(read_all(&[], TEXT), Err(Malformed::Truncated));
}

#[test]
fn a_packed_column_is_refused_if_anything_is_wrong_with_it() {
    let column: Vec<u8> = (0..50).cycle().take(2000).collect();
    let packed = compress_to_vec(&column, LEVEL);
    let form = |size: usize, packed: &[u8]| {
        let mut bytes = Vec::new();
        write_number(((size as u64) << 1) | 1, &mut bytes);
        write_number(packed.len() as u64, &mut bytes);
        bytes.extend_from_slice(packed);
        bytes
    };
    let enough = column.len() / packed.len() + 1;
    assert_eq!(read_all(&form(2000, &packed), enough), Ok(column));
    let with_more = [&packed[..], &[0]].concat();
    let cut = &packed[..packed.len() - 1];
    for (what, bytes, most_ratio) in [
        ("it expands more than may be", form(2000, &packed), enough / 2),
        ("it expands to less", form(2001, &packed), enough),
        ("it expands to more", form(1999, &packed), enough),
        ("something comes after it", form(2000, &with_more), enough),
        ("its end is missing", form(2000, cut), enough),
    ] {
        assert_eq!(read_all(&bytes, most_ratio), Err(Malformed::Compressed), "{what}");
    }
}
