//! The port over NATS JetStream: the last message of a subject is the value of a key.
//!
//! The stream is laid out as NATS' own key-value buckets are (bucket `quipu`), so that its tools show what is there; it is made
//! here and not by the client's own command, because that asks for more than older servers know.
//!
//! A stream compares no values, only revisions: the sequence number of a subject's last message. So compare-and-swap reads
//! first, and writes on condition that the revision is still the same. There is no atomic addition; a lock would need
//! messages that expire one by one, which servers before 2.11 do not have. What is acknowledged is in the server's files,
//! but servers before 2.10 cannot be told to wait for the disk.
//!
//! The client library keeps what is sent while it is not connected, and sends it later. So nothing is sent unless it is
//! connected; and a connection that has failed a call is thrown away with what it kept.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{self, LastRawMessageErrorKind, Stream};
use async_nats::jetstream::{self, Context, ContextBuilder};
use async_nats::{Client, ConnectOptions, connection::State};
use quipu_node::{Kv, KvError, Value};

use crate::codec;
use crate::deadline::Deadline;
use crate::engine::EngineKind;
use crate::failure::described;
use crate::lease::before_change;
use crate::mechanism::{Mechanisms, Own, not_offered};
use crate::sessions::{Borrowed, Sessions};
use crate::settings::Settings;

/// A client of a NATS server with JetStream.
#[derive(Clone)]
pub struct Nats {
    shared: Arc<Shared>,
}

struct Shared {
    url: String,
    sessions: Sessions<Session>,
    deadline: Duration,
}

struct Session {
    client: Client,
    context: Context,
    stream: Stream<()>,
}

/// The last message of a subject: what is stored, and since which revision.
struct Stored {
    text: Vec<u8>,
    revision: u64,
}

const STREAM: &str = "KV_quipu";
const SUBJECTS: &str = "$KV.quipu.>";

/// How often a swap is tried again whose value was written anew, and the same, between its two steps.
const SAME_VALUE_WRITTEN_MOST: u32 = 16;

impl Nats {
    /// A client of the server at `nats://HOST:PORT`.
    ///
    /// # Errors
    /// [`KvError::Refused`] if `url` is of another form, or nobody answers there within the deadline. Nothing was changed but
    /// for the stream that holds all keys, which is made where it is missing.
    pub async fn connect(url: &str, settings: &Settings) -> Result<Self, KvError> {
        let shared = Shared {
            url: url.to_owned(),
            sessions: Sessions::new(settings.connections),
            deadline: settings.deadline,
        };
        let this = Self { shared: Arc::new(shared) };
        this.session(this.deadline()).await?.keep();
        Ok(this)
    }

    fn deadline(&self) -> Deadline {
        Deadline::after(self.shared.deadline)
    }

    async fn session(&self, deadline: Deadline) -> Result<Borrowed<'_, Session>, KvError> {
        let is_usable = |session: &Session| session.client.connection_state() == State::Connected;
        // In a box, since connecting is rare and its future large.
        let open = Box::pin(Session::open(&self.shared.url, self.shared.deadline));
        deadline.unsent(self.shared.sessions.take(is_usable, open)).await
    }

    /// Reads, then writes on condition that nothing was written since.
    async fn add_at_revision(&self, key: &str, delta: i64) -> Result<(), KvError> {
        let subject = subject(key);
        let deadline = self.deadline();
        let borrowed = self.session(deadline).await?;
        let prepared = deadline.unsent(async {
            let stored = borrowed.session.read(&subject).await?;
            let sum = stored.as_ref().map_or(Ok(0), |stored| codec::decode_int(&stored.text))?;
            let increased = codec::encode(&codec::sum(sum, delta)?.into())?;
            Ok((increased, stored.map_or(0, |stored| stored.revision)))
        });
        let (increased, revision) = prepared.await.map_err(before_change)?;
        let written = deadline.sent(borrowed.session.write(subject, increased, Some(revision))).await;
        borrowed.keep_after(written)
    }
}

impl Session {
    async fn open(url: &str, deadline: Duration) -> Result<Self, KvError> {
        let refused = |error: &dyn Error| KvError::Refused(described(error).into());
        // A broken connection that nobody uses any more must not come back and send what it kept.
        let options =
            ConnectOptions::new().max_reconnects(1).connection_timeout(deadline).request_timeout(None);
        let client = options.connect(url).await.map_err(|error| refused(&error))?;
        // The call's own deadline is shorter.
        let patience = deadline.saturating_mul(2);
        let context = ContextBuilder::new().timeout(patience).ack_timeout(patience).build(client.clone());
        let config = stream::Config {
            name: STREAM.to_owned(),
            subjects: vec![SUBJECTS.to_owned()],
            max_messages_per_subject: 1,
            discard: stream::DiscardPolicy::New,
            allow_rollup: true,
            deny_delete: true,
            num_replicas: 1,
            ..stream::Config::default()
        };
        // Making a stream that is there already, the same, changes nothing.
        context.create_stream(config).await.map_err(|error| refused(&error))?;
        let stream = context.get_stream_no_info(STREAM).await.map_err(|error| refused(&error))?;
        Ok(Self { client, context, stream })
    }

    /// The last message of a subject, as the stream's leader has it.
    async fn read(&self, subject: &str) -> Result<Option<Stored>, KvError> {
        match self.stream.get_last_raw_message_by_subject(subject).await {
            Ok(message) => Ok(Some(Stored { text: message.payload.to_vec(), revision: message.sequence })),
            Err(error) => match error.kind() {
                LastRawMessageErrorKind::NoMessageFound => Ok(None),
                LastRawMessageErrorKind::Other => Err(KvError::Unknown(described(&error).into())),
                LastRawMessageErrorKind::InvalidSubject | LastRawMessageErrorKind::JetStream(_) => {
                    Err(KvError::Refused(described(&error).into()))
                }
            },
        }
    }

    /// Writes; on condition that the last revision is still `expected`, if that is given.
    async fn write(&self, subject: String, text: String, expected: Option<u64>) -> Result<(), KvError> {
        let message = PublishMessage::build().payload(text.into());
        let message = match expected {
            Some(revision) => message.expected_last_subject_sequence(revision),
            None => message,
        };
        let sent = self.context.send_publish(subject, message).await.map_err(failure)?;
        sent.await.map(|_| ()).map_err(failure)
    }
}

impl Kv for Nats {
    async fn read(&self, key: &str) -> Result<Value, KvError> {
        let deadline = self.deadline();
        let borrowed = self.session(deadline).await?;
        let stored = deadline.sent(borrowed.session.read(&subject(key))).await;
        codec::decode(&borrowed.keep_after(stored)?.ok_or(KvError::KeyDoesNotExist)?.text)
    }

    async fn write(&self, key: &str, value: Value) -> Result<(), KvError> {
        let text = codec::encode(&value)?;
        let deadline = self.deadline();
        let borrowed = self.session(deadline).await?;
        let written = deadline.sent(borrowed.session.write(subject(key), text, None)).await;
        borrowed.keep_after(written)
    }

    async fn compare_and_swap(
        &self,
        key: &str,
        from: Value,
        to: Value,
        create_if_not_exists: bool,
    ) -> Result<(), KvError> {
        let text = codec::encode(&to)?;
        let subject = subject(key);
        let deadline = self.deadline();
        let borrowed = self.session(deadline).await?;
        let session = &borrowed.session;
        for _ in 0..SAME_VALUE_WRITTEN_MOST {
            let stored = deadline.unsent(session.read(&subject)).await.map_err(before_change)?;
            let revision = match stored {
                None if !create_if_not_exists => {
                    borrowed.keep();
                    return Err(KvError::KeyDoesNotExist);
                }
                None => 0,
                Some(stored) if codec::decode(&stored.text).as_ref() == Ok(&from) => stored.revision,
                Some(_) => {
                    borrowed.keep();
                    return Err(KvError::PreconditionFailed);
                }
            };
            let written = deadline.sent(session.write(subject.clone(), text.clone(), Some(revision))).await;
            if written != Err(KvError::PreconditionFailed) {
                return borrowed.keep_after(written);
            }
        }
        Err(KvError::Refused("the same value was written again and again meanwhile".into()))
    }
}

impl Mechanisms for Nats {
    fn own(&self) -> &'static [Own] {
        EngineKind::Nats.own()
    }

    async fn attempt(&self, own: Own, key: &str, delta: i64) -> Result<(), KvError> {
        match own {
            Own::Optimistic => self.add_at_revision(key, delta).await,
            Own::AtomicAdd | Own::RowLock | Own::Lease => Err(not_offered(own)),
        }
    }
}

impl std::fmt::Debug for Nats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nats").field("deadline", &self.shared.deadline).finish_non_exhaustive()
    }
}

/// The subject of a key. What a subject may not contain stands as `=` and two hexadecimal digits; the dot is among it, so that
/// a key is one token, and the empty key is a lone `=`.
fn subject(key: &str) -> String {
    let mut subject = "$KV.quipu.".to_owned();
    if key.is_empty() {
        subject.push('=');
    }
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_".contains(&byte) {
            subject.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(subject, "={byte:02x}");
        }
    }
    subject
}

/// What became of a message that was to be stored.
#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn failure(error: PublishError) -> KvError {
    let text = described(&error).into();
    let said_by_server =
        error.source().is_some_and(|source| source.downcast_ref::<jetstream::Error>().is_some());
    match error.kind() {
        PublishErrorKind::WrongLastSequence => KvError::PreconditionFailed,
        PublishErrorKind::StreamNotFound
        | PublishErrorKind::MaxAckPending
        | PublishErrorKind::MaxPayloadExceeded => KvError::Refused(text),
        _ if said_by_server => KvError::Refused(text),
        _ => KvError::Unknown(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_keys_have_different_subjects_of_three_tokens() {
        let keys = ["", "=", "a", "a.b", "a b", "a=2eb", "*", ">", "ключ", "-_9"];
        let subjects: Vec<_> = keys.into_iter().map(subject).collect();
        for (index, subject) in subjects.iter().enumerate() {
            assert!(!subjects[..index].contains(subject), "{subject}");
            assert_eq!(subject.split('.').count(), 3, "{subject}");
        }
    }
}
