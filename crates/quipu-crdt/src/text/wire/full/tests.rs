//! Full forms column by column, and what is no full form.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;

use super::super::number::{Input, write as number};
use super::super::{Malformed, little};
use super::*;
use crate::text::sequence::Sequence;
use crate::text::span::Span;
use crate::text::{Known, Offset, Text};
use crate::{Lattice, NodeName, ReplicaId};

const KINDS: usize = 0;
const POPS: usize = 1;
const LENGTHS: usize = 2;
const NUMBERS: usize = 3;
const RIGHTS: usize = 4;
const NAMED: usize = 5;
const VISIBLE: usize = 6;
const KEPT: usize = 7;
const TEXT: usize = 8;
const DELETED_TEXT: usize = 9;
const PENDING: usize = 10;

/// The columns of a document of the replicas m and n.
#[derive(Clone, Default)]
struct Form([Vec<u8>; COLUMNS]);

impl Form {
    /// "ab" typed by m, and "x" typed between by n.
    fn simple() -> Self {
        Self::default()
            .with(KINDS, &[kind::REPLICA, kind::REPLICA | kind::RIGHT_BELOW, 1 << 4 | kind::CONTINUES])
            .with(LENGTHS, &[1, 1, 1])
            .with(NUMBERS, &[0, 1])
            .with(RIGHTS, &[0])
            .with(NAMED, &[0, 1])
            .with(TEXT, b"axb")
    }

    /// "abcd" typed by m and deleted.
    fn deleted() -> Self {
        let form = Self::default().with(KINDS, &[kind::REPLICA]).with(LENGTHS, &[4]).with(NUMBERS, &[0]);
        form.with(NAMED, &[0]).with(VISIBLE, &[0, 4]).with(DELETED_TEXT, b"abcd")
    }

    fn with(mut self, column: usize, bytes: &[u8]) -> Self {
        self.0[column] = bytes.to_vec();
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![little::FULL, 2, 1, b'm', 1, 1, b'n', 1];
        for column in &self.0 {
            columns::write(column, 0, &mut bytes);
        }
        bytes
    }

    fn read(&self) -> Result<Sequence, Malformed> {
        let bytes = self.bytes();
        let mut input = Input::new(&bytes);
        let first = input.byte()?;
        let sequence = read(first, &mut input)?;
        input.finish().map(|()| sequence)
    }
}

fn shown(sequence: &Sequence) -> String {
    sequence.slices().collect()
}

/// Each span: its characters, and whether it is visible and has a text.
fn spans(sequence: &Sequence) -> Vec<(u32, bool, bool)> {
    sequence.tree.iter().map(|span| (span.chars, !span.deleted, span.text != Span::DROPPED)).collect()
}

#[test]
fn a_document_is_these_columns() {
    let deleted = Form::deleted;
    let waiting = [1, 0, 9, 2, 2, 1, 1, 5, 1, 4, 1, b'y', 3, 1, 7, 0, 7, 1, 4, 1, b'z'];
    let dropped = [1, 1, 5, 2, 1, 7, 1, 5, 1, 4, 0, 2, 2];
    for (form, text) in [
        (Form::simple(), "axb"),
        (Form::simple().with(TEXT, "éx日".as_bytes()), "éx日"),
        (Form::simple().with(VISIBLE, &[1, 1, 1]).with(TEXT, b"ab").with(DELETED_TEXT, b"x"), "ab"),
        (Form::simple().with(VISIBLE, &[1, 1, 1]).with(TEXT, b"ab").with(DELETED_TEXT, "é".as_bytes()), "ab"),
        (Form::simple().with(PENDING, &waiting), "axb"),
        (Form::simple().with(PENDING, &dropped), "axb"),
        (deleted(), ""),
        (deleted().with(KEPT, &[1, 2, 1]).with(DELETED_TEXT, b"ad"), ""),
        (deleted().with(KEPT, &[0, 4]).with(DELETED_TEXT, b""), ""),
        (deleted().with(VISIBLE, &[1, 2, 1]).with(TEXT, b"ad").with(DELETED_TEXT, b"bc"), "ad"),
        (deleted().with(VISIBLE, &[0, 2, 2]).with(TEXT, b"cd").with(DELETED_TEXT, b"ab"), "cd"),
    ] {
        let sequence = form.read().unwrap_or_else(|error| panic!("{:?}: {error}", form.0));
        assert_eq!(shown(&sequence), text);
        let mut written = Vec::new();
        write(&sequence, &mut written);
        assert_eq!(written, form.bytes());
    }
    let kept = deleted().with(KEPT, &[1, 2, 1]).with(DELETED_TEXT, b"ad").read().expect("well formed");
    assert_eq!(spans(&kept), [(1, false, true), (2, false, false), (1, false, true)]);
}

/// The same document may be said at greater length.
#[test]
fn what_follows_may_be_named() {
    let simple = Form::simple().read().expect("well formed");
    let between = kind::REPLICA | kind::RIGHT_AHEAD;
    let named = kind::REPLICA | kind::RIGHT_NAMED;
    let all_named = named | kind::LEFT_NAMED;
    let last = 1 << 4 | kind::CONTINUES;
    for form in [
        Form::simple().with(KINDS, &[1, between, last]).with(RIGHTS, &[1]),
        Form::simple().with(KINDS, &[1, named, last]).with(RIGHTS, &[]).with(NAMED, &[0, 1, 1, 2]),
        Form::simple().with(KINDS, &[1, all_named, last]).with(RIGHTS, &[]).with(NAMED, &[0, 1, 1, 1, 1, 2]),
        Form::simple().with(KINDS, &[1, 5, 1 << 4]).with(NUMBERS, &[0, 1, 0]),
        Form::simple().with(KINDS, &[1, 5, kind::MANY_POPS << 4 | kind::CONTINUES]).with(POPS, &[1]),
    ] {
        assert_eq!(form.read().as_ref(), Ok(&simple), "{:?}", form.0);
    }
}

#[test]
fn pieces_are_refused_for_what_is_wrong_with_them() {
    let simple = Form::simple;
    let kinds = |first: u8, second: u8| simple().with(KINDS, &[first, second, 1 << 4 | kind::CONTINUES]);
    let named = |names: &[u8]| {
        kinds(1, kind::REPLICA | kind::RIGHT_NAMED).with(RIGHTS, &[]).with(NAMED, &[&[0, 1], names].concat())
    };
    let both_named = |left: &[u8], right: &[u8]| {
        let kind = kind::REPLICA | kind::LEFT_NAMED | kind::RIGHT_NAMED;
        kinds(1, kind).with(RIGHTS, &[]).with(NAMED, &[&[0], left, &[1], right].concat())
    };
    let ahead = |by: &[u8]| kinds(1, kind::REPLICA | kind::RIGHT_AHEAD).with(RIGHTS, by);
    let most = [0xff, 0xff, 0xff, 0xff, 0x0f];
    for (form, error) in [
        (kinds(0x11, 5), Malformed::NoOrigin),
        (kinds(0x21, 5), Malformed::NoOrigin),
        (kinds(0xf1, 5), Malformed::Truncated),
        (kinds(0xf1, 5).with(POPS, &[1]), Malformed::NoOrigin),
        (simple().with(POPS, &[1]), Malformed::Trailing),
        (kinds(1, 0x10 | kind::LEFT_NAMED | kind::RIGHT_BELOW), Malformed::UnknownForm),
        (kinds(1, kind::LEFT_NAMED), Malformed::UnknownForm),
        (kinds(kind::CONTINUES, 5), Malformed::NoOrigin),
        (kinds(0, 5), Malformed::NoSuchReplica),
        (simple().with(NAMED, &[0, 2]), Malformed::NoSuchReplica),
        (simple().with(NAMED, &[&[0], &most[..]].concat()), Malformed::NoSuchReplica),
        (simple().with(NAMED, &[0, 1, 1]), Malformed::Trailing),
        (simple().with(LENGTHS, &[1, 0, 1]), Malformed::BadRange),
        (simple().with(LENGTHS, &[1, 1]), Malformed::Truncated),
        (simple().with(LENGTHS, &[1, 1, 1, 1]), Malformed::Trailing),
        (simple().with(LENGTHS, &[&[1], &most[..], &[1]].concat()), Malformed::BadRange),
        (simple().with(NUMBERS, &[1, 1]), Malformed::BadRange),
        (simple().with(NUMBERS, &[0, 1, 1]), Malformed::Trailing),
        (simple().with(RIGHTS, &[1]), Malformed::NoOrigin),
        (simple().with(RIGHTS, &[2]), Malformed::NoOrigin),
        (simple().with(RIGHTS, &[0, 0]), Malformed::Trailing),
        (ahead(&[2]), Malformed::NoOrigin),
        (ahead(&[0]), Malformed::Misplaced),
        (ahead(&most), Malformed::NoOrigin),
        (named(&[1, 9]), Malformed::NoOrigin),
        (named(&[1, 3]), Malformed::NoOrigin),
        (named(&[2, 0]), Malformed::NoOrigin),
        (named(&[1, 1]), Malformed::Misplaced),
        (named(&[2, 1]), Malformed::Misplaced),
        (named(&[3, 1]), Malformed::NoSuchReplica),
        (both_named(&[1, 9], &[1, 2]), Malformed::NoOrigin),
        (both_named(&[1, 2], &[1, 2]), Malformed::Misplaced),
        (both_named(&[2, 1], &[1, 2]), Malformed::Misplaced),
        (both_named(&[2, 2], &[1, 2]), Malformed::NoOrigin),
        (both_named(&[3, 1], &[1, 2]), Malformed::NoSuchReplica),
        (simple().with(KINDS, &[1, 5, 1 << 4]).with(NUMBERS, &[0, 1, 1]), Malformed::Twice),
        (
            simple().with(LENGTHS, &[2, 1, 1]).with(KINDS, &[1, 5, 1 << 4]).with(NUMBERS, &[0, 1, 1]),
            Malformed::Twice,
        ),
    ] {
        assert_eq!(form.read().err(), Some(error), "{:?}", form.0);
    }
    let bytes = simple().bytes();
    assert_eq!(read(little::FULL | 2, &mut Input::new(&bytes[1..])).err(), Some(Malformed::UnknownForm));
}

#[test]
fn contents_are_refused_that_are_not_those_of_the_pieces() {
    let simple = Form::simple;
    let deleted = || simple().with(VISIBLE, &[0, 3]).with(TEXT, b"").with(DELETED_TEXT, b"axb");
    assert!(deleted().read().is_ok());
    for (form, error) in [
        (simple().with(TEXT, b"ax"), Malformed::BadText),
        (simple().with(TEXT, b"axbc"), Malformed::BadText),
        (simple().with(TEXT, "éx".as_bytes()), Malformed::BadText),
        (simple().with(TEXT, &[b'a', 0xff, b'b']), Malformed::BadText),
        (simple().with(DELETED_TEXT, b"a"), Malformed::BadText),
        (simple().with(DELETED_TEXT, &[0xff]), Malformed::BadText),
        (simple().with(VISIBLE, &[2]), Malformed::Truncated),
        (simple().with(VISIBLE, &[4]), Malformed::BadRange),
        (simple().with(VISIBLE, &[3, 0]), Malformed::Trailing),
        (simple().with(KEPT, &[1]), Malformed::Trailing),
        (deleted().with(KEPT, &[1, 1]).with(DELETED_TEXT, b"a"), Malformed::Truncated),
        (deleted().with(KEPT, &[4]), Malformed::BadRange),
        (deleted().with(DELETED_TEXT, b"ax"), Malformed::BadText),
        (deleted().with(DELETED_TEXT, b"axbc"), Malformed::BadText),
    ] {
        assert_eq!(form.read().err(), Some(error), "{:?}", form.0);
    }
}

#[test]
fn what_waits_is_refused_for_what_is_wrong_with_it() {
    let most = [0xff, 0xff, 0xff, 0xff, 0x0f];
    let run = [1, 1, 5, 1, 4, 2, b'y', b'z'];
    let pending = |parts: &[&[u8]]| Form::simple().with(PENDING, &parts.concat());
    assert!(pending(&[&[0, 1], &run]).read().is_ok());
    for (form, error) in [
        (pending(&[&[1, 0, 9, 0, 0]]), Malformed::BadRange),
        (pending(&[&[1, 0], &most, &[1, 0]]), Malformed::BadRange),
        (pending(&[&[1, 0, 0, 1, 0]]), Malformed::BadNumber),
        (pending(&[&[1, 2, 9, 1, 0]]), Malformed::NoSuchReplica),
        (pending(&[&[2, 0, 9, 2, 0, 11, 1, 0]]), Malformed::Twice),
        (pending(&[&[1, 0, 9, 1]]), Malformed::Truncated),
        (pending(&[&[1, 0, 9, 1, 0, 0]]), Malformed::Trailing),
        (pending(&[&[0, 1, 8, 1, 5, 1, b'y']]), Malformed::UnknownForm),
        (pending(&[&[0, 1, 0, 0, 1, 1, b'y']]), Malformed::Twice),
        (pending(&[&[0, 2], &run, &run]), Malformed::Twice),
        (pending(&[&[0, 2], &run, &[1, 1, 6, 1, 4, 1, b'y']]), Malformed::Twice),
        (pending(&[&[0, 2], &run, &[1, 1, 3, 1, 2, 3, b'a', b'b', b'c']]), Malformed::Twice),
        (pending(&[&[0, 1, 5, 1, 5, 1, 4, 2]]), Malformed::TextLost),
        (pending(&[&[1, 1, 5, 1, 1, 5, 1, 5, 1, 4, 2]]), Malformed::TextLost),
        (pending(&[&[0, 1, 1, 1, 5, 1, 4, 0]]), Malformed::BadRange),
        (pending(&[&[0, 1, 1, 1, 5, 1, 4, 1, 0xff]]), Malformed::BadText),
        (pending(&[&[0, 1, 1, 1, 5, 1, 5, 1, b'y']]), Malformed::Misplaced),
    ] {
        assert_eq!(form.read().err(), Some(error), "{:?}", form.0[PENDING]);
    }
}

#[test]
fn what_waits_is_not_longer_than_a_span() {
    let size = Span::MOST_BYTES + 1;
    let mut run = vec![0, 1, 0, 0, 1];
    number(size as u64, &mut run);
    let mut bytes = vec![little::FULL, 1, 1, b'm', 1];
    bytes.extend([0; PENDING]);
    number(((run.len() + size) as u64) << 1, &mut bytes);
    bytes.extend(run);
    // Zeros take no memory until they are written to.
    let mut much = vec![0; bytes.len() + size];
    much[..bytes.len()].copy_from_slice(&bytes);
    assert_eq!(read(much[0], &mut Input::new(&much[1..])).err(), Some(Malformed::BadText));
}

/// One types after the other, and a third, who has seen only the first few, types after those.
fn after_a_tower(pops: usize) -> Text {
    let who = |name| ReplicaId::new(NodeName::new(name), 1);
    let mut text = Text::default();
    text.insert(who("m"), Offset::Chars(0), "a").expect("at the start");
    let mut early = text.clone();
    for number in 0..pops {
        let name = ["n", "m"][number % 2];
        text.insert(who(name), Offset::Chars(number + 1), "b").expect("at the end");
    }
    let late = early.insert(who("o"), Offset::Chars(1), "c").expect("at the end");
    text.joined(&late)
}

#[test]
fn far_down_the_stack_is_a_number_and_farther_is_a_name() {
    for (pops, kind, column) in [
        (14, 14 << 4 | kind::REPLICA, vec![]),
        (15, 15 << 4 | kind::REPLICA, vec![15]),
        (16, 15 << 4 | kind::REPLICA, vec![16]),
        (199, 15 << 4 | kind::REPLICA, vec![0xc7, 1]),
        (200, kind::LEFT_NAMED | kind::REPLICA | kind::RIGHT_NAMED, vec![]),
    ] {
        let text = after_a_tower(pops);
        let mut bytes = Vec::new();
        write(&text.read(), &mut bytes);
        let mut input = Input::new(&bytes[1..]);
        input.replicas().expect("well formed");
        let columns = [(); COLUMNS].map(|()| columns::read(16, &mut input).expect("well formed"));
        assert_eq!((columns[KINDS].last(), &*columns[POPS]), (Some(&kind), &column[..]), "{pops}");
        let back = read(bytes[0], &mut Input::new(&bytes[1..])).expect("well formed");
        assert!(Text { known: Known::Much(Box::new(back)) } == text);
    }
}
