//! Who can send and receive.

use std::fmt;
use std::str::FromStr;

use quipu_node::Service;

/// One end of a message: a node, a client or a service, by number. Displays as its name on the network.
///
/// ```
/// use quipu_sim::Endpoint;
/// assert_eq!(Endpoint::Node(0).to_string(), "n0");
/// assert_eq!("c7".parse(), Ok(Endpoint::Client(7)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// The node `n0`, `n1`, ...
    Node(u16),
    /// The client `c0`, `c1`, ...
    Client(u32),
    /// A service, under its own name.
    Service(Service),
}

impl Endpoint {
    /// True for a client.
    pub const fn is_client(self) -> bool {
        matches!(self, Self::Client(_))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(number) => write!(f, "n{number}"),
            Self::Client(number) => write!(f, "c{number}"),
            Self::Service(service) => service.fmt(f),
        }
    }
}

/// The text is not the name of a node, a client or a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchEndpoint(pub String);

impl fmt::Display for NoSuchEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` names neither a node (n0) nor a client (c0) nor a service (seq-kv)", self.0)
    }
}

impl std::error::Error for NoSuchEndpoint {}

impl FromStr for Endpoint {
    type Err = NoSuchEndpoint;

    fn from_str(name: &str) -> Result<Self, NoSuchEndpoint> {
        let node = || number::<u16>(name.strip_prefix('n')?).map(Self::Node);
        let client = || number::<u32>(name.strip_prefix('c')?).map(Self::Client);
        let service = || Service::from_name(name).map(Self::Service);
        node().or_else(client).or_else(service).ok_or_else(|| NoSuchEndpoint(name.to_owned()))
    }
}

/// Plain decimal digits without leading zeros: a name has one spelling only.
fn number<N: FromStr>(digits: &str) -> Option<N> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = digits == "0" || !digits.starts_with('0');
    if plain && canonical { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_is_found_by_the_name_it_displays() {
        let services = Service::ALL.map(Endpoint::Service);
        for endpoint in
            [Endpoint::Node(0), Endpoint::Node(12), Endpoint::Client(70_000)].into_iter().chain(services)
        {
            assert_eq!(endpoint.to_string().parse(), Ok(endpoint));
        }
    }

    #[test]
    fn other_names_are_nobody() {
        for name in ["", "n", "n01", "n+1", "n70000", "x1", "seq_kv", "c-1"] {
            assert!(name.parse::<Endpoint>().is_err(), "{name}");
        }
    }
}
