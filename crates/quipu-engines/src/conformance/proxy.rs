//! A proxy on the loopback address that hands requests on, and replies as a [`Wire`] lets it.
//!
//! A reply is what one read from the engine's socket yields. While a connection is being made several of them may belong to one
//! answer; once it stands, an answer to a small request is one.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::wire::{Fate, Wire};

/// A proxy; dropped, it ends and closes its connections.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

/// How often a connection looks whether it is to be cut although nothing arrives.
const LOOK_EVERY: Duration = Duration::from_millis(5);

impl Proxy {
    /// A proxy in front of the engine at `engine`, on a free port.
    pub async fn start(engine: SocketAddr, wire: Wire) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let accepting = tokio::spawn(async move {
            // They end with the proxy: a set of tasks ends those in it when it is dropped.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                if !wire.is_cut() {
                    connections.spawn(carry(client, engine, wire.clone()));
                }
            }
        });
        Ok(Self { address, accepting })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Carries one connection until either side has had enough or the wire is cut; then both ends are closed.
async fn carry(client: TcpStream, engine: SocketAddr, wire: Wire) {
    let Ok(engine) = TcpStream::connect(engine).await else { return };
    // Without this a small request may wait for the acknowledgement of the one before.
    if client.set_nodelay(true).is_err() || engine.set_nodelay(true).is_err() {
        return;
    }
    let (mut from_client, to_client) = client.into_split();
    let (from_engine, mut to_engine) = engine.into_split();
    tokio::select! {
        _ = copy(&mut from_client, &mut to_engine) => {}
        () = replies(from_engine, to_client, &wire) => {}
        () = cut(&wire) => {}
    }
}

async fn replies(mut from_engine: OwnedReadHalf, mut to_client: OwnedWriteHalf, wire: &Wire) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = match from_engine.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(length) => length,
        };
        match wire.next() {
            Fate::Passes => {
                if to_client.write_all(&buffer[..length]).await.is_err() {
                    return;
                }
            }
            Fate::Held => {}
            Fate::Cut => return,
        }
    }
}

async fn cut(wire: &Wire) {
    while !wire.is_cut() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
