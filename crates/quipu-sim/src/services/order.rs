//! A total order into which things are inserted in the middle: order maintenance by labels.
//!
//! Each place has a 64-bit label, and labels grow along the order, so that comparing two places is comparing two
//! numbers. Where no label is left between two neighbours, all are spread evenly anew; places stay valid.

/// A place in an [`Order`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(u32);

/// The order itself: a linked list in an arena. Nothing is ever removed.
#[derive(Debug)]
pub(super) struct Order {
    links: Vec<Link>,
    last: Place,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    label: u64,
    next: Option<Place>,
}

/// The distance between labels where there is room: small against the whole range, so that insertions one after the
/// other do not use it up, and large enough for many insertions at one place.
const STRIDE: u64 = 1 << 32;

impl Order {
    /// The place before everything.
    pub(super) const START: Place = Place(0);

    pub(super) fn new() -> Self {
        Self { links: vec![Link { label: 0, next: None }], last: Self::START }
    }

    /// The place after everything so far.
    pub(super) const fn last(&self) -> Place {
        self.last
    }

    /// The place that follows.
    pub(super) fn next(&self, place: Place) -> Option<Place> {
        self.link(place).next
    }

    /// Where a place stands, for comparison with others. Insertions may change all labels, never their order.
    pub(super) fn label(&self, place: Place) -> u64 {
        self.link(place).label
    }

    /// The later of two places.
    pub(super) fn later(&self, one: Place, other: Place) -> Place {
        if self.label(one) >= self.label(other) { one } else { other }
    }

    /// Makes a new place directly after `before`. Costs a constant, amortised over long stretches.
    pub(super) fn insert_after(&mut self, before: Place) -> Place {
        if self.room_after(before) < 2 {
            self.spread();
        }
        let label = self.label(before) + (self.room_after(before) / 2).min(STRIDE);
        let place = Place(u32::try_from(self.links.len()).expect("a run has fewer than 2^32 operations"));
        let next = self.next(before);
        self.links.push(Link { label, next });
        self.links[before.0 as usize].next = Some(place);
        if next.is_none() {
            self.last = place;
        }
        place
    }

    fn room_after(&self, place: Place) -> u64 {
        let end = self.next(place).map_or(u64::MAX, |next| self.label(next));
        end - self.label(place)
    }

    fn spread(&mut self) {
        let stride = u64::MAX / (self.links.len() as u64 + 1);
        let mut label = 0;
        let mut at = Some(Self::START);
        while let Some(place) = at {
            self.links[place.0 as usize].label = label;
            label += stride;
            at = self.next(place);
        }
    }

    fn link(&self, place: Place) -> &Link {
        &self.links[place.0 as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quipu_node::Rng;

    fn walk(order: &Order) -> Vec<Place> {
        std::iter::successors(Some(Order::START), |place| order.next(*place)).collect()
    }

    #[test]
    fn labels_follow_a_plain_list_wherever_things_are_inserted() {
        for seed in 0..20 {
            let mut rng = Rng::new(seed);
            let mut order = Order::new();
            let mut list = vec![Order::START];
            for _ in 0..2000 {
                // Mostly around one place, so that labels run out.
                let index = if rng.chance(0.9) { 0 } else { rng.index(list.len()) };
                let place = order.insert_after(list[index]);
                list.insert(index + 1, place);
            }
            assert_eq!(walk(&order), list, "seed {seed}");
            assert!(list.is_sorted_by_key(|place| order.label(*place)), "seed {seed}");
            assert_eq!(order.last(), list[list.len() - 1]);
        }
    }
}
