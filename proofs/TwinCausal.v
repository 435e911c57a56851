(** * Executable twins of the causal core and the add-wins set

    A causal state is a pair: the dots that were seen, and what is alive, each under the dot of the change that made it.
    A dot that was seen and is not alive has been removed. See [TwinLists.v] for what a twin is.

    A mutator returns the delta, a state itself, whose context holds exactly the dots made and removed; the new state is
    the old one joined with it. Rust: [context.rs], [causal.rs], [dot_fun/], [or_set.rs] in [crates/quipu-crdt/src]. *)

From Coq Require Import NArith List Bool.
From Quipu Require Import TwinLists.
Import ListNotations.
Local Open Scope N_scope.

(** ** Contexts *)

(** The dots seen, ascending, gaps included. *)
Definition context : Type := list dot.

Definition context_join : context -> context -> context := union dot_compare.

(** The largest number of a replica that was seen; 0 if none was. *)
Definition largest (replica : N) (seen : context) : N :=
  fold_right (fun d most => if fst d =? replica then N.max (snd d) most else most) 0 seen.

Definition next_dot (replica : N) (seen : context) : dot := (replica, largest replica seen + 1).

(** ** Dot stores with one payload under each live dot *)

Definition live (A : Type) : Type := list (dot * A).

Definition live_dots {A : Type} : live A -> list dot := keys.

(** Alive in both: stays alive. Alive on one side and never seen by the other: is alive. Alive on one side and seen by
    the other: was removed there. [ours] and [theirs] are the contexts of [a] and [b]. *)
Definition live_join {A : Type} (ours : context) (a : live A) (theirs : context) (b : live A) : live A :=
  let stays (entry : dot * A) :=
    member dot_compare (fst entry) (live_dots b) || negb (member dot_compare (fst entry) theirs) in
  let is_new (entry : dot * A) := negb (member dot_compare (fst entry) ours) in
  put_all dot_compare (fun old _ => old) (filter stays a) (filter is_new b).

(** ** Causal states *)

(** For a store [S], which may be nested: the context, and what is alive. *)
Definition causal (S : Type) : Type := context * S.

(** How a whole state is joined, given how its store is. *)
Definition causal_join {S : Type} (store_join : context -> S -> context -> S -> S) (a b : causal S) : causal S :=
  (context_join (fst a) (fst b), store_join (fst a) (snd a) (fst b) (snd b)).

(** The state with no change, of a store that is a list. *)
Definition causal_bottom {A : Type} : causal (list A) := ([], []).

(** The delta of a change that makes one dot, with this payload, and removes those. *)
Definition made {A : Type} (d : dot) (payload : A) (removed : context) : causal (live A) :=
  (insert dot_compare d removed, [(d, payload)]).

(** The delta of a change that removes these dots. *)
Definition removed {A : Type} (dots : context) : causal (list A) := (dots, []).

(** ** OR-Set: each live dot is an add of an element *)

Definition or_set : Type := causal (live N).

Definition or_set_bottom : or_set := causal_bottom.

Definition or_set_join : or_set -> or_set -> or_set := causal_join live_join.

Definition or_set_dots_of (element : N) (state : or_set) : context :=
  live_dots (filter (fun entry => snd entry =? element) (snd state)).

(** The new dot replaces those of the element that are alive here. *)
Definition or_set_add (replica element : N) (state : or_set) : or_set :=
  made (next_dot replica (fst state)) element (or_set_dots_of element state).

Definition or_set_remove (element : N) (state : or_set) : or_set :=
  removed (or_set_dots_of element state).

Definition or_set_clear (state : or_set) : or_set := removed (live_dots (snd state)).

(** The elements, ascending, each once. *)
Definition or_set_value (state : or_set) : list N :=
  fold_right (fun entry => insert N.compare (snd entry)) [] (snd state).
