(** * Executable twins of the types that join by maxima or union

    The grow-only counter, the counter that goes both ways, the last-writer-wins register, the grow-only set, and the
    registers of the HyperLogLog sketch. See [TwinLists.v] for what a twin is.

    A mutator returns the delta; the new state is the old one joined with it. Rust: [g_counter.rs], [pn_counter.rs],
    [lww_register.rs], [g_set.rs], [hyper_log_log/] in [crates/quipu-crdt/src].

    Left out: overflow; the drift bound of clocks; hashing elements and estimating their number from the registers,
    which is arithmetic and no matter of joins. *)

From Coq Require Import NArith ZArith List.
From Quipu Require Import TwinLists.
Import ListNotations.
Local Open Scope N_scope.

(** ** G-Counter: what each replica has added; no entry is 0 *)

Definition g_counter : Type := list (N * N).

Definition g_counter_bottom : g_counter := [].

Definition g_counter_of (replica : N) (state : g_counter) : N :=
  match find N.compare replica state with
  | Some count => count
  | None => 0
  end.

(** The delta is the replica's whole slot; adding 0 changes nothing. *)
Definition g_counter_increment (replica amount : N) (state : g_counter) : g_counter :=
  match amount with
  | 0 => []
  | _ => [(replica, g_counter_of replica state + amount)]
  end.

Definition g_counter_join : g_counter -> g_counter -> g_counter := put_all N.compare N.max.

Definition g_counter_value (state : g_counter) : N :=
  fold_right (fun slot sum => snd slot + sum) 0 state.

(** ** PN-Counter: what each replica has added and taken away; never both 0 *)

Definition pn_counter : Type := list (N * (N * N)).

Definition pn_counter_bottom : pn_counter := [].

Definition pn_counter_of (replica : N) (state : pn_counter) : N * N :=
  match find N.compare replica state with
  | Some tally => tally
  | None => (0, 0)
  end.

(** The two counts of a replica travel together. *)
Definition pn_counter_increment (replica amount : N) (state : pn_counter) : pn_counter :=
  match amount with
  | 0 => []
  | _ => let (added, taken) := pn_counter_of replica state in [(replica, (added + amount, taken))]
  end.

Definition pn_counter_decrement (replica amount : N) (state : pn_counter) : pn_counter :=
  match amount with
  | 0 => []
  | _ => let (added, taken) := pn_counter_of replica state in [(replica, (added, taken + amount))]
  end.

Definition tally_join (a b : N * N) : N * N := (N.max (fst a) (fst b), N.max (snd a) (snd b)).

Definition pn_counter_join : pn_counter -> pn_counter -> pn_counter := put_all N.compare tally_join.

Definition pn_counter_value (state : pn_counter) : Z :=
  fold_right (fun slot sum => (Z.of_N (fst (snd slot)) - Z.of_N (snd (snd slot)) + sum)%Z) 0%Z state.

(** ** LWW-Register: the latest write, if any *)

(** When, in milliseconds and a counter within one; by whom; what. *)
Definition write : Type := (N * N) * (N * N).

Definition lww_register : Type := option write.

Definition lww_register_bottom : lww_register := None.

(** The timestamp of a write is the physical time if that is past all that the register knows; else it follows what the
    register knows. As [HybridClock::tick] after [HybridClock::observe] by a clock that has seen nothing else. *)
Definition lww_register_set (replica now value : N) (state : lww_register) : lww_register :=
  let (millis, counter) :=
    match state with
    | Some (time, _) => time
    | None => (0, 0)
    end in
  let time := if millis <? now then (now, 0) else (millis, counter + 1) in
  Some (time, (replica, value)).

(** By time, then replica, then value. *)
Definition write_compare (a b : write) : comparison :=
  match dot_compare (fst a) (fst b) with
  | Eq => dot_compare (snd a) (snd b)
  | different => different
  end.

Definition lww_register_join (a b : lww_register) : lww_register :=
  match a, b with
  | None, _ => b
  | _, None => a
  | Some one, Some other =>
      match write_compare one other with
      | Lt => b
      | _ => a
      end
  end.

Definition lww_register_value (state : lww_register) : option N :=
  match state with
  | Some (_, (_, value)) => Some value
  | None => None
  end.

(** ** G-Set: the elements *)

Definition g_set : Type := list N.

Definition g_set_bottom : g_set := [].

(** Nothing is sent of an element that is there. *)
Definition g_set_insert (element : N) (state : g_set) : g_set :=
  if member N.compare element state then [] else [element].

Definition g_set_join : g_set -> g_set -> g_set := union N.compare.

Definition g_set_value (state : g_set) : list N := state.

(** ** HyperLogLog: the registers that are not 0 *)

Definition sketch : Type := list (N * N).

Definition sketch_bottom : sketch := [].

(** An element is given as its register and rank; nothing is sent of one that raises no register. *)
Definition sketch_add (register rank : N) (state : sketch) : sketch :=
  if g_counter_of register state <? rank then [(register, rank)] else [].

Definition sketch_join : sketch -> sketch -> sketch := put_all N.compare N.max.

Definition sketch_value (state : sketch) : sketch := state.
