//! A process of this machine as a subject of the suite.

use std::net::SocketAddr;
use std::time::Duration;

use quipu_node::KvError;
use tokio::sync::Mutex;

use super::{Proxy, Subject};
use crate::engine::Engine;
use crate::launch::{LaunchError, Launched};
use crate::settings::Settings;
use crate::wire::Wire;

/// A launched engine under test.
#[derive(Debug)]
pub struct InProcess {
    engine: Mutex<Launched>,
    address: SocketAddr,
    /// Those in use; they last as long as the subject.
    proxies: Mutex<Vec<Proxy>>,
}

impl InProcess {
    /// Waits until the engine answers.
    pub async fn new(mut engine: Launched) -> Result<Self, LaunchError> {
        engine.ready(&settings(Duration::from_secs(2))).await?;
        let address = engine.address();
        Ok(Self { engine: Mutex::new(engine), address, proxies: Mutex::default() })
    }

    async fn connect_at(&self, address: SocketAddr, deadline: Duration) -> Result<Engine, KvError> {
        let url = self.engine.lock().await.url_at(address);
        // Connecting is not what is tried, and may take longer than the calls.
        let give_up = tokio::time::Instant::now() + Duration::from_secs(5);
        loop {
            match Engine::connect(&url, &settings(deadline)).await {
                Err(KvError::Refused(_)) if tokio::time::Instant::now() < give_up => {}
                other => return other,
            }
        }
    }
}

fn settings(deadline: Duration) -> Settings {
    Settings { lease: Duration::from_secs(1), ..Settings::default() }.within(deadline)
}

impl Subject for InProcess {
    type Engine = Engine;

    async fn connect(&self, deadline: Duration) -> Result<Engine, KvError> {
        self.connect_at(self.address, deadline).await
    }

    async fn connect_over(&self, wire: &Wire, deadline: Duration) -> Result<Engine, KvError> {
        let proxy = Proxy::start(self.address, wire.clone()).await;
        let proxy = proxy.map_err(|error| KvError::Refused(format!("proxy: {error}").into()))?;
        let engine = self.connect_at(proxy.address(), deadline).await;
        self.proxies.lock().await.push(proxy);
        engine
    }

    async fn restart(&self) -> Result<(), String> {
        self.engine.lock().await.restart().map_err(|error| error.to_string())
    }

    /// Each of them, as it is launched, has handed to the system what it acknowledges; and only its processes are ended here,
    /// not the system.
    fn survives_restart(&self) -> bool {
        true
    }
}
