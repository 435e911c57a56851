//! XXH3 of a number, without the detour through bytes of any length.
//!
//! *Source:* Collet, *XXH3 specification*, section on inputs of 4 to 8 bytes.

/// The two words of XXH3's secret that inputs of 8 bytes meet, one in the other.
const SECRET: u64 = 0x1cad_21f7_2c81_017c ^ 0xdb97_9083_e96d_d4de;
const PRIME: u64 = 0x9fb2_1c65_1e98_df25;
const LENGTH: u64 = 8;

/// XXH3 (64 bits) of the 8 bytes of `number`, the lowest first, with `key` as the seed.
#[inline]
pub(super) fn of_number(number: u64, key: u64) -> u64 {
    // The lower half of the key, its bytes in reverse, also goes to the upper half.
    let seed = key ^ (key << 32).swap_bytes() << 32;
    // The halves of the number change places.
    let mut hash = number.rotate_left(32) ^ SECRET.wrapping_sub(seed);
    hash ^= hash.rotate_left(49) ^ hash.rotate_left(24);
    hash = hash.wrapping_mul(PRIME);
    hash ^= (hash >> 35).wrapping_add(LENGTH);
    hash = hash.wrapping_mul(PRIME);
    hash ^ (hash >> 28)
}

#[cfg(test)]
mod tests {
    use super::of_number;

    #[test]
    fn a_number_hashes_as_its_bytes() {
        let mut number = 1_u64;
        for step in 0..1000 {
            number = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17) ^ step;
            for key in [0, 1, 0xffff_ffff, u64::MAX, number.rotate_left(5)] {
                let expected = xxhash_rust::xxh3::xxh3_64_with_seed(&number.to_le_bytes(), key);
                assert_eq!(of_number(number, key), expected, "{number} under {key}");
            }
        }
    }
}
