//! What a text library does in these works, and how its changes are recorded.

use super::session::{Patch, Session};

/// A library with replicated text.
pub(crate) trait Library: 'static {
    /// Its name: a column.
    const NAME: &'static str;

    /// So many remote changes are received one by one; of more, the time is scaled up and a lower bound.
    const REMOTE_AT_MOST: usize = usize::MAX;

    /// True if it keeps the whole history.
    const HAS_HISTORY: bool = true;

    /// True if it can drop deleted text.
    const DROPS_DELETED: bool = true;

    /// A replica of one text.
    type Document: 'static;

    /// An empty text at this author.
    fn new(author: usize) -> Result<Self::Document, String>;

    /// Makes the changes of one transaction.
    fn edit(document: &mut Self::Document, patches: &[Patch]) -> Result<(), String>;

    /// Does the same, and returns what the others need.
    fn edit_for_others(document: &mut Self::Document, patches: &[Patch]) -> Result<Vec<u8>, String>;

    /// Takes in what another author's edit has returned.
    fn receive(document: &mut Self::Document, change: &[u8]) -> Result<(), String>;

    /// Takes in several changes, each after those it knew, in whatever way is fastest.
    fn receive_all(document: &mut Self::Document, changes: &[&[u8]]) -> Result<(), String> {
        changes.iter().try_for_each(|change| Self::receive(document, change))
    }

    /// The text.
    fn text(document: &Self::Document) -> String;

    /// In the form in which the library stores documents.
    fn save(document: &Self::Document) -> Result<Vec<u8>, String>;

    /// The document that was saved.
    fn load(bytes: &[u8]) -> Result<Self::Document, String>;

    /// The whole history in the form in which replicas exchange it, where that is not the stored form.
    fn history(document: &Self::Document) -> Result<Vec<u8>, String> {
        Self::save(document)
    }

    /// A live document from a history.
    fn replay(bytes: &[u8]) -> Result<Self::Document, String> {
        Self::load(bytes)
    }

    /// The smallest form that holds every change and all text, deleted text too.
    fn full(document: &Self::Document, _changes: &[Vec<u8>]) -> Result<Vec<u8>, String> {
        Self::save(document)
    }

    /// The smallest form without deleted text in which the text can still be edited and joined.
    fn compact(_document: &Self::Document) -> Result<Vec<u8>, String> {
        Err(format!("{} cannot drop deleted text", Self::NAME))
    }
}

/// A session, done by the replicas of a library.
pub(crate) struct Recording<L: Library> {
    /// What each transaction sent.
    pub(crate) changes: Vec<Vec<u8>>,
    /// A replica that has all of them.
    pub(crate) document: L::Document,
}

impl<L: Library> Recording<L> {
    /// Lets each author make the recorded transactions, on exactly what the author had seen.
    pub(crate) fn of(session: &Session) -> Result<Self, String> {
        let mut replicas = Vec::new();
        for author in 0..session.authors() {
            replicas.push((L::new(author)?, vec![false; session.transactions.len()]));
        }
        let mut changes: Vec<Vec<u8>> = Vec::with_capacity(session.transactions.len());
        for (index, transaction) in session.transactions.iter().enumerate() {
            let (document, known) = &mut replicas[transaction.agent];
            let unseen = unseen(session, &transaction.parents, known);
            let unseen: Vec<&[u8]> = unseen.into_iter().map(|change| changes[change].as_slice()).collect();
            if !unseen.is_empty() {
                L::receive_all(document, &unseen)?;
            }
            changes.push(L::edit_for_others(document, &transaction.patches)?);
            known[index] = true;
        }
        let (mut document, known) = replicas.swap_remove(0);
        let rest: Vec<&[u8]> = (0..changes.len())
            .filter(|change| !known[*change])
            .map(|change| changes[change].as_slice())
            .collect();
        if !rest.is_empty() {
            L::receive_all(&mut document, &rest)?;
        }
        check::<L>(session, &document)?;
        Ok(Self { changes, document })
    }
}

/// The ancestors of a transaction that are not known yet, in the order of the session; known from now on.
fn unseen(session: &Session, parents: &[usize], known: &mut [bool]) -> Vec<usize> {
    let (mut unseen, mut open) = (Vec::new(), parents.to_vec());
    while let Some(change) = open.pop() {
        if !known[change] {
            known[change] = true;
            unseen.push(change);
            open.extend(&session.transactions[change].parents);
        }
    }
    unseen.sort_unstable();
    unseen
}

/// An error unless the document has the text with which the session ended.
pub(crate) fn check<L: Library>(session: &Session, document: &L::Document) -> Result<(), String> {
    let text = L::text(document);
    let same = text == session.end;
    if same {
        Ok(())
    } else {
        Err(format!("wrong result: {} bytes of text, not the {} recorded", text.len(), session.end.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::session::Transaction;
    use super::*;

    #[test]
    fn an_author_receives_exactly_the_ancestors_not_seen_before() {
        let transaction =
            |agent, parents: &[usize]| Transaction { agent, parents: parents.to_vec(), patches: Vec::new() };
        let transactions =
            vec![transaction(0, &[]), transaction(1, &[0]), transaction(0, &[0]), transaction(1, &[1, 2])];
        let session = Session { transactions, end: String::new() };
        let mut known = vec![true, true, false, false];
        assert_eq!(unseen(&session, &[1, 2], &mut known), [2]);
        assert!(unseen(&session, &[1, 2], &mut known).is_empty());
    }
}
