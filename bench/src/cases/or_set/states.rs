//! The same sets in each library, and the same sets after some changes.

use crdt_kit::Crdt;
use crdts::{CmRDT, Orswot};
use quipu_crdt::{Causal, Lattice, OrSet};

use super::super::floors::FlatSet;
use super::super::ids::{elements, numbers, replica};

/// The replicas that built the sets that are joined.
const BUILDERS: usize = 3;

pub(super) type Ours = Causal<OrSet<u64>>;
pub(super) type Kit = crdt_kit::ORSet<u64>;
pub(super) type Abyo = abyo_crdt::Set<u64>;

/// A set in which each of some replicas has added one element.
pub(super) fn started_ours(among: usize) -> Result<Ours, String> {
    let mut set = Ours::default();
    for index in 0..among {
        set.add(replica(index), index as u64).map_err(|error| error.to_string())?;
    }
    Ok(set)
}

pub(super) fn started_crdts(among: usize) -> Orswot<u64, u64> {
    let mut set = Orswot::new();
    for (index, actor) in numbers(among).into_iter().enumerate() {
        set.apply(set.add(index as u64, set.read_ctx().derive_add_ctx(actor)));
    }
    set
}

pub(super) fn started_kit(among: usize) -> Kit {
    let sets = numbers(among).into_iter().enumerate().map(|(index, actor)| {
        let mut set = Kit::new(actor);
        set.insert(index as u64);
        set
    });
    sets.reduce(|mut all, set| {
        all.merge(&set);
        all
    })
    .unwrap_or_else(|| Kit::new(1))
}

pub(super) fn started_abyo(among: usize) -> Abyo {
    let sets = numbers(among).into_iter().enumerate().map(|(index, actor)| {
        let mut set = Abyo::new(actor);
        set.add(index as u64);
        set
    });
    sets.reduce(|mut all, set| {
        all.merge(&set);
        all
    })
    .unwrap_or_default()
}

/// A set whose elements were added by the builders in turn.
pub(super) fn ours(count: usize) -> Result<Ours, String> {
    let mut set = Ours::default();
    for (index, element) in elements(count).into_iter().enumerate() {
        set.add(replica(index % BUILDERS), element).map_err(|error| error.to_string())?;
    }
    Ok(set)
}

/// What is new in the changed set, and what is gone from it.
fn changes(count: usize) -> (Vec<u64>, Vec<u64>) {
    let all = elements(count + count / 100);
    let gone = all[..count].iter().copied().step_by(100).collect();
    (all[count..].to_vec(), gone)
}

pub(super) fn changed_ours(set: &Ours) -> Result<(Ours, Ours), String> {
    let (mut set, mut delta) = (set.clone(), Ours::default());
    let (new, gone) = changes(set.len());
    for element in new {
        delta.join(&set.add(replica(0), element).map_err(|error| error.to_string())?);
    }
    for element in gone {
        delta.join(&set.remove(replica(0), &element));
    }
    Ok((set, delta))
}

pub(super) fn crdts_set(count: usize) -> Orswot<u64, u64> {
    let (actors, mut set) = (numbers(BUILDERS), Orswot::new());
    for (index, element) in elements(count).into_iter().enumerate() {
        let context = set.read_ctx().derive_add_ctx(actors[index % BUILDERS]);
        set.apply(set.add(element, context));
    }
    set
}

pub(super) type CrdtsOp = <Orswot<u64, u64> as CmRDT>::Op;

pub(super) fn changed_crdts(set: &Orswot<u64, u64>, count: usize) -> (Orswot<u64, u64>, Vec<CrdtsOp>) {
    let (mut set, mut operations, me) = (set.clone(), Vec::new(), numbers(BUILDERS)[0]);
    let (new, gone) = changes(count);
    for element in new {
        operations.push(set.add(element, set.read_ctx().derive_add_ctx(me)));
        operations.iter().last().into_iter().for_each(|add| set.apply(add.clone()));
    }
    for element in gone {
        operations.push(set.rm(element, set.contains(&element).derive_rm_ctx()));
        operations.iter().last().into_iter().for_each(|remove| set.apply(remove.clone()));
    }
    (set, operations)
}

pub(super) fn kit_set(count: usize) -> Kit {
    let mut sets: Vec<Kit> = numbers(BUILDERS).into_iter().map(Kit::new).collect();
    for (index, element) in elements(count).into_iter().enumerate() {
        sets[index % BUILDERS].insert(element);
    }
    let mut set = sets.remove(0);
    sets.iter().for_each(|other| set.merge(other));
    set
}

pub(super) fn changed_kit(set: &Kit, count: usize) -> Kit {
    let mut set = set.clone();
    let (new, gone) = changes(count);
    new.into_iter().for_each(|element| set.insert(element));
    gone.iter().for_each(|element| {
        let _ = set.remove(element);
    });
    set
}

pub(super) fn abyo_set(count: usize) -> Abyo {
    let mut sets: Vec<Abyo> = numbers(BUILDERS).into_iter().map(Abyo::new).collect();
    for (index, element) in elements(count).into_iter().enumerate() {
        sets[index % BUILDERS].add(element);
    }
    let mut set = sets.remove(0);
    sets.iter().for_each(|other| set.merge(other));
    set
}

pub(super) fn changed_abyo(set: &Abyo, count: usize) -> Abyo {
    let mut set = set.clone();
    let (new, gone) = changes(count);
    new.into_iter().for_each(|element| drop(set.add(element)));
    gone.iter().for_each(|element| drop(set.remove(element)));
    set
}

pub(super) fn flat_set(count: usize) -> FlatSet {
    let seen = (0..BUILDERS).map(|builder| count_of(count, builder)).collect();
    let numbered =
        |(index, element): (usize, u64)| (element, number(index % BUILDERS), number(index / BUILDERS + 1));
    let mut elements: Vec<_> = elements(count).into_iter().enumerate().map(numbered).collect();
    elements.sort_unstable();
    FlatSet { elements, seen }
}

pub(super) fn changed_flat(set: &FlatSet, count: usize) -> FlatSet {
    let mut set = set.clone();
    let (new, gone) = changes(count);
    set.elements.retain(|(element, _, _)| !gone.contains(element));
    for element in new {
        set.seen[0] += 1;
        set.elements.push((element, 0, set.seen[0]));
    }
    set.elements.sort_unstable();
    set
}

fn count_of(count: usize, builder: usize) -> u32 {
    number((count + BUILDERS - 1 - builder) / BUILDERS)
}

fn number(index: usize) -> u32 {
    u32::try_from(index).expect("sets here are small")
}
