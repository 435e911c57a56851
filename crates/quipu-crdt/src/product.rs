//! Dot stores side by side: a pair or a triple of dot stores is one.
//!
//! How a store keeps values of different types under one key: the value type is the **product** of the types, and a key uses
//! the parts it needs. A sum, an enum with one variant a type, would not do: two replicas may create one key as a set and
//! as a counter at the same time, and the join would have to throw one of them away. The product keeps both, and the reader sees it.
//!
//! All parts are numbered by the same writer, so a dot is alive in one part at most.
//!
//! *Cost:* the sum of the parts'; an empty part takes the room of its empty collections.

use crate::{CausalContext, Dot, DotStore, Lattice};

macro_rules! product {
    ($($name:ident $at:tt),+) => {
        impl<$($name: DotStore),+> DotStore for ($($name,)+) {
            fn join(&mut self, ours: &CausalContext, other: &Self, theirs: &CausalContext) {
                $(self.$at.join(ours, &other.$at, theirs);)+
            }

            fn is_empty(&self) -> bool {
                $(DotStore::is_empty(&self.$at))&&+
            }

            fn for_each_dot(&self, visit: &mut dyn FnMut(Dot)) {
                $(self.$at.for_each_dot(visit);)+
            }

            fn dots(&self) -> CausalContext {
                let mut dots = CausalContext::default();
                $(dots.join(&DotStore::dots(&self.$at));)+
                dots
            }

            fn dots_within(&self, context: &CausalContext) -> CausalContext {
                let mut dots = CausalContext::default();
                $(dots.join(&self.$at.dots_within(context));)+
                dots
            }

            fn unknown_to(&self, context: &CausalContext) -> Self {
                ($(self.$at.unknown_to(context),)+)
            }
        }
    };
}

product!(A 0, B 1);
product!(A 0, B 1, C 2);
