//! The laws on reached states: of one, of two, of three.

use crate::law::{Broken, Law, demand};
use crate::{Delivery, Past, Subject};

/// What an observer knows who has taken in these states, in this order.
///
/// An observer, since a replica has no use for a state of its own that is ahead of it: types that do not separate the
/// state from who holds it may well refuse that.
pub(crate) fn joined<S: Subject>(bottom: &S, states: &[&S]) -> S {
    let mut observer = bottom.clone();
    for state in states {
        observer.pull(state);
    }
    observer
}

/// What an observer makes of a state and then of a delta.
pub(crate) fn received<S: Subject>(bottom: &S, state: &S, delta: &S::Delta) -> S {
    let mut after = if S::PULLS { joined(bottom, &[state]) } else { state.clone() };
    after.receive(delta);
    after
}

/// What a replica shows is what its past says; and its state is what its oracle says, if it has one.
pub(crate) fn specification<S: Subject>(state: &S, past: Past<'_, S::Operation>) -> Result<(), Broken> {
    state.as_the_oracle_says().map_err(|detail| Broken { law: Law::Oracle, detail })?;
    let (view, expected) = (state.view(), S::specification(past));
    demand(Law::Specification, view == expected, || {
        format!("it shows {view:?}, its history says {expected:?}; its state is {}", state.picture())
    })
}

/// Two states that must be equal.
pub(crate) fn equal<S: Subject>(law: Law, a: &S, b: &S) -> Result<(), Broken> {
    demand(law, a.same(b), || format!("{} is not {}", a.picture(), b.picture()))
}

/// What any reached state obeys by itself.
pub(crate) fn of_one<S: Subject>(a: &S, bottom: &S) -> Result<(), Broken> {
    let recoded = a.recode().map_err(|detail| Broken { law: Law::Recode, detail })?;
    equal(Law::Recode, &recoded, a)?;
    if let Some(news) = a.news_for(a) {
        equal(Law::NoNews, &received(bottom, a, &news), a)?;
    }
    if S::PULLS {
        equal(Law::BottomIsNeutral, &joined(bottom, &[a]), a)?;
        equal(Law::BottomIsNeutral, &joined(bottom, &[a, bottom]), a)?;
        equal(Law::Idempotent, &joined(bottom, &[a, a]), a)?;
        equal(Law::Idempotent, &joined(a, &[a]), a)?;
    }
    Ok(())
}

/// What any two reached states obey.
pub(crate) fn of_two<S: Subject>(a: &S, b: &S, bottom: &S) -> Result<(), Broken> {
    a.own_laws(b).map_err(|detail| Broken { law: Law::OfItsOwn, detail })?;
    if !S::PULLS {
        return Ok(());
    }
    let join = joined(bottom, &[a, b]);
    equal(Law::Commutative, &join, &joined(bottom, &[b, a]))?;
    equal(Law::Inflationary, &joined(&join, &[b]), &join)?;
    equal(Law::Inflationary, &joined(&join, &[a]), &join)?;
    let no_more = join.same(a);
    if let Some(included) = a.includes(b) {
        demand(Law::Includes, included == no_more, || {
            format!("{} includes {}: {included}", a.picture(), b.picture())
        })?;
        let above = join.includes(a) != Some(false) && join.includes(b) != Some(false);
        demand(Law::Includes, above, || format!("a join of {} and {}", a.picture(), b.picture()))?;
    }
    if let Some(news) = b.news_for(a) {
        equal(Law::Difference, &received(bottom, a, &news), &join)?;
        if S::DELIVERY == Delivery::Any {
            difference_is_small(a, b, &received(bottom, bottom, &news), bottom, no_more)?;
        }
    }
    Ok(())
}

/// What `a` lacks of `b` is nothing if it lacks nothing, and never more than `b`.
fn difference_is_small<S: Subject>(a: &S, b: &S, news: &S, bottom: &S, nothing: bool) -> Result<(), Broken> {
    // Where the type cannot tell, equality is of views, and says nothing of what is empty.
    if b.includes(news).is_none() {
        return Ok(());
    }
    demand(Law::Difference, news.same(bottom) == nothing, || {
        format!("of {}, {} lacks {}", b.picture(), a.picture(), news.picture())
    })?;
    demand(Law::Difference, b.includes(news) == Some(true), || {
        format!("{} is more than there is in {}", news.picture(), b.picture())
    })
}

/// What any three reached states obey.
pub(crate) fn of_three<S: Subject>(a: &S, b: &S, c: &S, bottom: &S) -> Result<(), Broken> {
    if !S::PULLS {
        return Ok(());
    }
    let right = joined(bottom, &[b, c]);
    equal(Law::Associative, &joined(bottom, &[a, b, c]), &joined(bottom, &[a, &right]))
}
