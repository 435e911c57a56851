(** * Lists as finite sets and maps: what the executable twins are made of

    The twins are the data types of [crates/quipu-crdt] once more, as functions on lists that anybody can read: no
    indexes, no runs, no pages. They are extracted to JSON ([Extract.v]) and run beside the Rust types by the tests of
    [crates/quipu-crdt/tests/oracle], which compare the full states after every step.

    A set is an ascending list of its elements; a map is a list of keys and values, ascending by key. So equal sets and
    maps are equal lists. Keys are compared by a function, as there are two kinds of keys: numbers, and dots.

    Numbers are unbounded here: the limits of Rust's integers, and the errors for what does not fit, are left out.

    There are definitions only in the files [Twin*.v]. What they have to do with the abstract models is proved in
    [Refine*.v]. *)

From Coq Require Import NArith List.
Import ListNotations.

(** A dot names a change: the replica that made it, and the how-manieth change of that replica it is, from 1. *)
Definition dot : Type := N * N.

(** By replica, then number. *)
Definition dot_compare (a b : dot) : comparison :=
  match N.compare (fst a) (fst b) with
  | Eq => N.compare (snd a) (snd b)
  | different => different
  end.

Section Sets.
  Context {K : Type} (compare : K -> K -> comparison).

  Fixpoint member (key : K) (set : list K) : bool :=
    match set with
    | [] => false
    | head :: rest =>
        match compare key head with
        | Eq => true
        | _ => member key rest
        end
    end.

  Fixpoint insert (key : K) (set : list K) : list K :=
    match set with
    | [] => [key]
    | head :: rest =>
        match compare key head with
        | Lt => key :: set
        | Eq => set
        | Gt => head :: insert key rest
        end
    end.

  Definition union (a b : list K) : list K := fold_right insert a b.
End Sets.

Section Maps.
  Context {K V : Type} (compare : K -> K -> comparison).

  Fixpoint find (key : K) (map : list (K * V)) : option V :=
    match map with
    | [] => None
    | (head, value) :: rest =>
        match compare key head with
        | Eq => Some value
        | _ => find key rest
        end
    end.

  (** Puts a value under a key; with [both old new] if there is one already. *)
  Fixpoint put (both : V -> V -> V) (key : K) (value : V) (map : list (K * V)) : list (K * V) :=
    match map with
    | [] => [(key, value)]
    | (head, old) :: rest =>
        match compare key head with
        | Lt => (key, value) :: map
        | Eq => (head, both old value) :: rest
        | Gt => (head, old) :: put both key value rest
        end
    end.

  Definition put_all (both : V -> V -> V) (map more : list (K * V)) : list (K * V) :=
    fold_right (fun entry => put both (fst entry) (snd entry)) map more.

  Definition keys (map : list (K * V)) : list K := List.map fst map.
End Maps.
