//! All order types of three registers.
//!
//! A join of last-writer-wins registers does nothing but compare: milliseconds, counter, replica, value. So whether a law holds for three
//! registers depends only on how their fields are ordered among each other, and any order of three numbers, with ties, comes
//! up among 0, 1, 2. Trying all registers with fields of these values thus covers *all* triples there are.

use quipu_crdt::{Lattice, LwwRegister};

use crate::execution::laws;

/// Bottom, and every register of fields from 0 to 2, ascending.
fn registers() -> Vec<LwwRegister<u8>> {
    let mut registers = vec![LwwRegister::default()];
    for number in 0..81 {
        let [millis, counter, node, value] = [number / 27, number / 9 % 3, number / 3 % 3, number % 3];
        let text = format!(r#"{{"time":[{millis},{counter}],"replica":"n{node}@1","value":{value}}}"#);
        registers.push(serde_json::from_str(&text).expect("a register"));
    }
    registers
}

#[test]
fn all_order_types_of_three_registers_obey_the_laws() {
    let registers = registers();
    let mut triples = 0;
    for (rank_of_a, a) in registers.iter().enumerate() {
        for (rank_of_b, b) in registers.iter().enumerate() {
            assert_eq!(a.compare(b), Some(rank_of_a.cmp(&rank_of_b)));
            assert_eq!(
                a.clone().joined(b),
                registers[rank_of_a.max(rank_of_b)],
                "the later in the order of the fields"
            );
            for c in &registers {
                laws(a, b, c);
                triples += 1;
            }
        }
    }
    println!("exhausted: {triples} triples of registers, fields of 3 values each");
    assert_eq!(triples, 82 * 82 * 82);
}
