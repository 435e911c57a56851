//! The simulated world: virtual clock, network, faults, and key-value services as they may lawfully behave.
