//! Memory with one mistake each, such as one makes over real engines.

use std::sync::Mutex;
use std::time::Duration;

use quipu_engines::conformance::Subject;
use quipu_engines::{Kv, KvError, Mechanisms, Memory, Own, Settings, Token, Value, Wire};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    SwapsWithoutLooking,
    LooksBeforeItSwaps,
    AddsInTwoSteps,
    TokensStandStill,
    FencesNothing,
    SaysRefusedWhenNobodyKnows,
    TriesAgainWhenNobodyKnows,
    WaitsForEver,
}

/// The engine with a mistake, as a subject.
pub(crate) struct Broken {
    memory: Memory,
    mistake: Mistake,
}

/// A client of it.
pub(crate) struct Client {
    memory: Memory,
    mistake: Mistake,
    first_token: Mutex<Option<Token>>,
}

impl Broken {
    pub(crate) fn new(mistake: Mistake) -> Self {
        let settings = Settings { lease: Duration::from_millis(200), ..Settings::default() };
        Self { memory: Memory::new(&settings), mistake }
    }

    fn client(&self, memory: Memory) -> Client {
        Client { memory, mistake: self.mistake, first_token: Mutex::default() }
    }
}

impl Subject for Broken {
    type Engine = Client;

    async fn connect(&self, deadline: Duration) -> Result<Client, KvError> {
        Ok(self.client(self.memory.over(&Wire::default(), deadline)))
    }

    async fn connect_over(&self, wire: &Wire, deadline: Duration) -> Result<Client, KvError> {
        Ok(self.client(self.memory.over(wire, deadline)))
    }

    async fn restart(&self) -> Result<(), String> {
        self.memory.forget();
        Ok(())
    }

    fn survives_restart(&self) -> bool {
        false
    }
}

impl Kv for Client {
    async fn read(&self, key: &str) -> Result<Value, KvError> {
        match self.memory.read(key).await {
            Err(KvError::Unknown(_)) if self.mistake == Mistake::WaitsForEver => std::future::pending().await,
            other => other,
        }
    }

    async fn write(&self, key: &str, value: Value) -> Result<(), KvError> {
        match self.memory.write(key, value).await {
            Err(KvError::Unknown(text)) if self.mistake == Mistake::SaysRefusedWhenNobodyKnows => {
                Err(KvError::Refused(text))
            }
            other => other,
        }
    }

    async fn compare_and_swap(&self, key: &str, from: Value, to: Value, create: bool) -> Result<(), KvError> {
        match self.mistake {
            Mistake::SwapsWithoutLooking => self.write(key, to).await,
            Mistake::LooksBeforeItSwaps => match self.read(key).await {
                Ok(there) if there == from => self.after_a_moment(key, to).await,
                Err(KvError::KeyDoesNotExist) if create => self.after_a_moment(key, to).await,
                Ok(_) => Err(KvError::PreconditionFailed),
                Err(error) => Err(error),
            },
            _ => self.memory.compare_and_swap(key, from, to, create).await,
        }
    }
}

impl Client {
    async fn after_a_moment(&self, key: &str, value: Value) -> Result<(), KvError> {
        tokio::time::sleep(Duration::from_millis(2)).await;
        self.write(key, value).await
    }
}

impl Mechanisms for Client {
    fn own(&self) -> &'static [Own] {
        self.memory.own()
    }

    async fn attempt(&self, own: Own, key: &str, delta: i64) -> Result<(), KvError> {
        match (self.mistake, own) {
            (Mistake::AddsInTwoSteps, Own::AtomicAdd) => {
                let sum = self.read_int_or(key, 0).await?;
                self.after_a_moment(key, (sum + delta).into()).await
            }
            (Mistake::TriesAgainWhenNobodyKnows, Own::AtomicAdd) => {
                match self.memory.attempt(own, key, delta).await {
                    Err(KvError::Unknown(_)) => self.memory.attempt(own, key, delta).await,
                    other => other,
                }
            }
            _ => self.memory.attempt(own, key, delta).await,
        }
    }

    async fn acquire(&self, key: &str) -> Result<Option<Token>, KvError> {
        let acquired = self.memory.acquire(key).await?;
        if self.mistake == Mistake::TokensStandStill
            && let Some(token) = acquired
        {
            return Ok(Some(*self.first_token.lock().unwrap().get_or_insert(token)));
        }
        Ok(acquired)
    }

    async fn write_fenced(&self, key: &str, token: Token, value: Value) -> Result<(), KvError> {
        if self.mistake == Mistake::FencesNothing {
            return self.write(key, value).await;
        }
        self.memory.write_fenced(key, token, value).await
    }

    async fn release(&self, key: &str, token: Token) -> Result<(), KvError> {
        self.memory.release(key, token).await
    }
}
