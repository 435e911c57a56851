(** * Executable twin of the map of causal values

    A map from keys to dot stores is a dot store itself; all share the one context outside. A key is in the map while its
    value has a live dot. Removing a key removes the dots of its value that are alive here. Rust: [or_map.rs] in
    [crates/quipu-crdt/src].

    Every store is a list, empty if nothing is alive in it. So a map of stores needs to know two things of them: how they
    are joined ([value_join]), and which dots are alive in them ([value_dots]). The definitions compose, as the Rust types do:
    a map of maps of sets is at the end of the file. *)

From Coq Require Import NArith ZArith List.
From Quipu Require Import TwinLists TwinCausal TwinStores.
Import ListNotations.
Local Open Scope N_scope.

Section Map.
  Context {A : Type}.

  (** No value is empty. *)
  Definition or_map : Type := list (N * list A).

  Variable value_join : context -> list A -> context -> list A -> list A.
  Variable value_dots : list A -> list dot.

  (** The value of a key; the empty one if the key is not in the map. *)
  Definition map_get (key : N) (map : or_map) : list A :=
    match find N.compare key map with
    | Some value => value
    | None => []
    end.

  (** A key with its value in front of a map; an empty value is no value. *)
  Definition map_cons (key : N) (value : list A) (rest : or_map) : or_map :=
    match value with
    | [] => rest
    | _ => (key, value) :: rest
    end.

  (** Key by key, each under the contexts of the whole. *)
  Definition map_join (ours : context) (a : or_map) (theirs : context) (b : or_map) : or_map :=
    fold_right (fun key => map_cons key (value_join ours (map_get key a) theirs (map_get key b)))
               [] (union N.compare (keys a) (keys b)).

  Definition map_dots (map : or_map) : list dot :=
    fold_right (fun entry => context_join (value_dots (snd entry))) [] map.

  (** [change] is a mutator of the value, under the context of the whole. *)
  Definition map_update (key : N) (change : causal (list A) -> causal (list A)) (state : causal or_map) :
      causal or_map :=
    let delta := change (fst state, map_get key (snd state)) in
    (fst delta, map_cons key (snd delta) []).

  Definition map_remove (key : N) (state : causal or_map) : causal or_map :=
    removed (value_dots (map_get key (snd state))).

  Definition map_clear (state : causal or_map) : causal or_map := removed (map_dots (snd state)).
End Map.

(** ** A map of resettable counters *)

Definition counter_map : Type := causal (@or_map (dot * Z)).

Definition counter_map_bottom : counter_map := causal_bottom.

Definition counter_map_join : counter_map -> counter_map -> counter_map := causal_join (map_join live_join).

Definition counter_map_add (key replica : N) (step : Z) : counter_map -> counter_map :=
  map_update key (resettable_counter_add replica step).

Definition counter_map_reset (key : N) : counter_map -> counter_map := map_update key resettable_counter_reset.

Definition counter_map_remove (key : N) : counter_map -> counter_map := map_remove live_dots key.

Definition counter_map_clear : counter_map -> counter_map := map_clear live_dots.

Definition counter_map_value (state : counter_map) : list (N * Z) :=
  List.map (fun entry => (fst entry, resettable_counter_value (fst state, snd entry))) (snd state).

(** ** A map of multi-value registers *)

Definition register_map : Type := causal (@or_map (dot * N)).

Definition register_map_bottom : register_map := causal_bottom.

Definition register_map_join : register_map -> register_map -> register_map := causal_join (map_join live_join).

Definition register_map_write (key replica value : N) : register_map -> register_map :=
  map_update key (mv_register_write replica value).

(** A read context may bring along dots of other keys: they are removed all the same. *)
Definition register_map_write_over (key replica : N) (read : context) (value : N) : register_map -> register_map :=
  map_update key (mv_register_write_over replica read value).

Definition register_map_remove (key : N) : register_map -> register_map := map_remove live_dots key.

Definition register_map_value (state : register_map) : list (N * list N) :=
  List.map (fun entry => (fst entry, mv_register_value (fst state, snd entry))) (snd state).

(** ** A map of maps of add-wins sets *)

Definition set_map_map : Type := causal (@or_map (N * live N)).

Definition set_map_map_bottom : set_map_map := causal_bottom.

Definition set_map_map_join : set_map_map -> set_map_map -> set_map_map :=
  causal_join (map_join (map_join live_join)).

Definition set_map_map_add (outer inner replica element : N) : set_map_map -> set_map_map :=
  map_update outer (map_update inner (or_set_add replica element)).

Definition set_map_map_discard (outer inner element : N) : set_map_map -> set_map_map :=
  map_update outer (map_update inner (or_set_remove element)).

Definition set_map_map_remove_inner (outer inner : N) : set_map_map -> set_map_map :=
  map_update outer (map_remove live_dots inner).

Definition set_map_map_remove_outer (outer : N) : set_map_map -> set_map_map :=
  map_remove (map_dots live_dots) outer.

Definition set_map_map_value (state : set_map_map) : list (N * list (N * list N)) :=
  List.map
    (fun outer =>
      (fst outer, List.map (fun inner => (fst inner, or_set_value (fst state, snd inner))) (snd outer)))
    (snd state).
