//! The loop over real streams and the real clock: scripted input, collected output.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;
use std::time::Duration;

use quipu_maelstrom::{Call, Identity, Node, PerRequest, Reply, Request, Session, run};

const INIT: &str =
    r#"{"src":"c0","dest":"n0","body":{"type":"init","msg_id":1,"node_id":"n0","node_ids":["n0"]}}"#;

/// Input that comes when the test sends it, and ends when the test drops the sender.
struct Script(Receiver<Vec<u8>>, Vec<u8>);

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.1.is_empty() {
            self.1 = self.0.recv().unwrap_or_default();
        }
        let count = self.1.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.1[..count]);
        self.1.drain(..count);
        Ok(count)
    }
}

/// Output that the test receives write by write.
struct Sink(Sender<String>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        self.0.send(text).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn pause_then_echo(call: Call, request: Request) -> Reply {
    match request {
        Request::Echo(payload) => {
            if let Some(millis) = payload.as_int() {
                call.line.pause(Duration::from_millis(millis.unsigned_abs().try_into().unwrap_or(0))).await;
            }
            Reply::Echo(payload)
        }
        other => Reply::not_served(&other),
    }
}

fn start() -> (Sender<Vec<u8>>, Receiver<String>, thread::JoinHandle<io::Result<()>>) {
    let (input, script) = channel();
    let (sink, output) = channel();
    let loop_thread = thread::spawn(move || {
        let make = |_: &Identity| Box::new(PerRequest::new(pause_then_echo)) as Box<dyn Node>;
        run(Script(script, Vec::new()), Sink(sink), io::sink(), Session::new(make, 1, false))
    });
    (input, output, loop_thread)
}

fn echo(msg_id: usize, payload: &str) -> String {
    format!(r#"{{"src":"c1","dest":"n0","body":{{"type":"echo","echo":{payload},"msg_id":{msg_id}}}}}"#)
}

#[test]
fn answers_come_without_further_input_and_the_end_of_input_is_a_clean_end() {
    let (input, output, loop_thread) = start();
    input.send(format!("{INIT}\n").into_bytes()).unwrap();
    assert_eq!(
        output.recv().unwrap(),
        "{\"src\":\"n0\",\"dest\":\"c0\",\"body\":{\"type\":\"init_ok\",\"in_reply_to\":1}}\n"
    );
    input.send(format!("{}\n", echo(2, "30")).into_bytes()).unwrap();
    assert!(output.recv().unwrap().contains("\"in_reply_to\":2"), "the timer woke the loop");
    drop(input);
    assert!(loop_thread.join().unwrap().is_ok());
}

#[test]
fn lines_may_come_in_pieces_and_the_last_needs_no_line_feed() {
    let (input, output, loop_thread) = start();
    let all = format!("{INIT}\n{}\n{}", echo(2, "\"a\""), echo(3, "\"b\""));
    for piece in all.as_bytes().chunks(7) {
        input.send(piece.to_vec()).unwrap();
    }
    drop(input);
    let written: String = output.iter().collect();
    assert_eq!(written.lines().count(), 3);
    assert!(written.ends_with("{\"type\":\"echo_ok\",\"in_reply_to\":3,\"echo\":\"b\"}}\n"));
    assert!(loop_thread.join().unwrap().is_ok());
}

#[test]
fn answers_to_lines_that_came_together_leave_together() {
    let (input, output, loop_thread) = start();
    let requests: String = (2..302).map(|msg_id| echo(msg_id, "\"x\"") + "\n").collect();
    input.send(format!("{INIT}\n{requests}").into_bytes()).unwrap();
    drop(input);
    let writes: Vec<String> = output.iter().filter(|write| !write.is_empty()).collect();
    assert_eq!(writes.concat().lines().count(), 301);
    assert!(writes.len() <= 3, "{} writes", writes.len());
    assert!(loop_thread.join().unwrap().is_ok());
}

/// What the test wants to be read, and then lines that are worth no answer, until the test drops the sender.
struct Flood(Vec<u8>, Receiver<()>);

impl Read for Flood {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            buffer.fill(b'?');
            buffer.iter_mut().step_by(1024).for_each(|byte| *byte = b'\n');
            return Ok(if self.1.try_recv() == Err(TryRecvError::Disconnected) { 0 } else { buffer.len() });
        }
        let count = self.0.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0.drain(..count);
        Ok(count)
    }
}

#[test]
fn an_answer_is_not_held_up_by_a_flood_of_lines_without_an_answer() {
    let (sink, output) = channel();
    let (go_on, stop) = channel();
    let loop_thread = thread::spawn(move || {
        let make = |_: &Identity| Box::new(PerRequest::new(pause_then_echo)) as Box<dyn Node>;
        let input = Flood(format!("{INIT}\n{}\n", echo(2, "\"a\"")).into_bytes(), stop);
        run(input, Sink(sink), io::sink(), Session::new(make, 1, false))
    });
    let mut written = String::new();
    while !written.contains("\"in_reply_to\":2") {
        written += &output.recv_timeout(Duration::from_secs(4)).unwrap();
    }
    drop(go_on);
    assert!(loop_thread.join().unwrap().is_ok());
}

#[test]
fn output_that_nobody_reads_any_more_ends_the_loop_with_an_error() {
    let (input, output, loop_thread) = start();
    drop(output);
    input.send(format!("{INIT}\n").into_bytes()).unwrap();
    assert_eq!(loop_thread.join().unwrap().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
}
