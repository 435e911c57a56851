//! What an exercise starts from: a node that speaks the protocol and is wrong, in Rust and in Python.

/// A kind of node to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skeleton {
    /// A counter that keeps its sum in `seq-kv`.
    StoreCounter,
    /// A counter that talks to its peers.
    PeerCounter,
    /// A set with removal.
    Set,
    /// A register.
    Register,
    /// A shopping cart.
    Cart,
    /// A stock.
    Stock,
    /// A text.
    Text,
}

impl Skeleton {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::StoreCounter,
        Self::PeerCounter,
        Self::Set,
        Self::Register,
        Self::Cart,
        Self::Stock,
        Self::Text,
    ];

    /// Its name, without a file's ending.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StoreCounter => "store_counter",
            Self::PeerCounter => "peer_counter",
            Self::Set => "set",
            Self::Register => "register",
            Self::Cart => "cart",
            Self::Stock => "stock",
            Self::Text => "text",
        }
    }

    /// In Rust, for `quipu_maelstrom::serve`.
    pub const fn rust(self) -> &'static str {
        match self {
            Self::StoreCounter => include_str!("../examples/store_counter.rs"),
            Self::PeerCounter => include_str!("../examples/peer_counter.rs"),
            Self::Set => include_str!("../examples/set.rs"),
            Self::Register => include_str!("../examples/register.rs"),
            Self::Cart => include_str!("../examples/cart.rs"),
            Self::Stock => include_str!("../examples/stock.rs"),
            Self::Text => include_str!("../examples/text.rs"),
        }
    }

    /// In Python, without any library.
    pub const fn python(self) -> &'static str {
        match self {
            Self::StoreCounter => include_str!("../examples/store_counter.py"),
            Self::PeerCounter => include_str!("../examples/peer_counter.py"),
            Self::Set => include_str!("../examples/set.py"),
            Self::Register => include_str!("../examples/register.py"),
            Self::Cart => include_str!("../examples/cart.py"),
            Self::Stock => include_str!("../examples/stock.py"),
            Self::Text => include_str!("../examples/text.py"),
        }
    }
}
