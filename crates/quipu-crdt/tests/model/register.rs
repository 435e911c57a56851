//! The multi-value register with as many siblings as there are replicas.

use quipu_crdt::{Causal, Lattice, MvRegister};

use super::reference::replica;

type Register = Causal<MvRegister<u64>>;

fn siblings(writers: std::ops::Range<u64>) -> Register {
    writers.fold(Register::default(), |register, writer| {
        register.joined(&Register::default().write(replica(writer), writer).expect("the first"))
    })
}

#[test]
fn any_number_of_siblings_stands_until_it_is_read_and_replaced() {
    for count in [1, 2, 16, 31, 32, 33, 128] {
        let (mut left, mut right) = (siblings(0..count), siblings(count..2 * count));
        let read = left.read_context();
        left.join(&right);
        right.join(&left);
        assert_eq!(left, right);
        assert_eq!(left.value(), (0..2 * count).collect::<Vec<_>>().iter().collect::<Vec<_>>());

        let over_the_left = right.write_over(replica(0), &read, 1_000).expect("fits");
        assert_eq!(right.len() as u64, count + 1);
        left.join(&over_the_left);
        assert_eq!(left, right);
        let over_all = left.write(replica(1), 2_000).expect("fits");
        right.join(&over_all);
        assert_eq!(left, right);
        assert_eq!(right.value(), [&2_000]);
    }
}
