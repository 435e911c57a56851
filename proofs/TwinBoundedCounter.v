(** * Executable twin of the bounded counter

    Each replica has a row that only it changes: what it created, what it consumed, what it gave to each other replica.
    What it holds of rights is what is left of that with what others gave to it; whoever takes or gives must hold enough.
    See [TwinLists.v] for what a twin is. Rust: [bounded_counter.rs], [bounded_counter/row.rs] in [crates/quipu-crdt/src].

    The delta of a change is the replica's row and, while some row in it is overdrawn as far as the delta knows, the row of
    whoever gave it most. A refused change has no delta. *)

From Coq Require Import NArith ZArith List.
From Quipu Require Import TwinLists TwinCounters.
Import ListNotations.
Local Open Scope N_scope.

(** Created and consumed; to whom how much was given, no entry is 0. *)
Definition row : Type := (N * N) * g_counter.

Definition created (r : row) : N := fst (fst r).
Definition consumed (r : row) : N := snd (fst r).
Definition given (r : row) : g_counter := snd r.

(** No row is empty. *)
Definition bounded_counter : Type := list (N * row).

Definition bounded_counter_bottom : bounded_counter := [].

Definition row_join (a b : row) : row := (tally_join (fst a) (fst b), g_counter_join (given a) (given b)).

Definition bounded_counter_join : bounded_counter -> bounded_counter -> bounded_counter :=
  put_all N.compare row_join.

Definition row_of (replica : N) (state : bounded_counter) : row :=
  match find N.compare replica state with
  | Some r => r
  | None => ((0, 0), [])
  end.

(** ** Rights *)

(** What is left of a row if nobody gave anything to it. *)
Definition alone (r : row) : Z := Z.of_N (created r) - Z.of_N (consumed r) - Z.of_N (g_counter_value (given r)).

Definition got (replica : N) (state : bounded_counter) : Z :=
  fold_right (fun entry sum => (Z.of_N (g_counter_of replica (given (snd entry))) + sum)%Z) 0%Z state.

(** Below 0 only where something was sold twice. *)
Definition balance (replica : N) (state : bounded_counter) : Z :=
  (alone (row_of replica state) + got replica state)%Z.

Definition bounded_counter_rights (replica : N) (state : bounded_counter) : N := Z.to_N (balance replica state).

Definition bounded_counter_value (state : bounded_counter) : N :=
  fold_right (fun entry sum => created (snd entry) + sum) 0 state
  - fold_right (fun entry sum => consumed (snd entry) + sum) 0 state.

(** ** What a row rests on *)

(** Who of these gave most to the needy one, and how much; the last one of equals. *)
Fixpoint largest_gift (needy : N) (rows : bounded_counter) : option (N * N) :=
  match rows with
  | [] => None
  | (giver, r) :: rest =>
      let gift := g_counter_of needy (given r) in
      match largest_gift needy rest with
      | Some (other, most) => if most <? gift then Some (giver, gift) else Some (other, most)
      | None => if 0 <? gift then Some (giver, gift) else None
      end
  end.

(** Who should come into the part next: the one that gave most to the first overdrawn row that anybody outside gave to. *)
Fixpoint next_giver (needy : list N) (part outside : bounded_counter) : option N :=
  match needy with
  | [] => None
  | replica :: rest =>
      if (balance replica part <? 0)%Z then
        match largest_gift replica outside with
        | Some (giver, _) => Some giver
        | None => next_giver rest part outside
        end
      else next_giver rest part outside
  end.

(** Lets a part of a state grow until no row in it is overdrawn, by at most one row for each of [steps]. *)
Fixpoint supported (steps state part : bounded_counter) : bounded_counter :=
  match steps with
  | [] => part
  | _ :: rest =>
      let outside := filter (fun entry => negb (member N.compare (fst entry) (keys part))) state in
      match next_giver (keys part) part outside with
      | Some giver => supported rest state (put N.compare row_join giver (row_of giver state) part)
      | None => part
      end
  end.

(** ** Changes *)

(** The delta of a change that lets a row grow to this. *)
Definition grown (replica : N) (r : row) (state : bounded_counter) : bounded_counter :=
  let after := bounded_counter_join state [(replica, r)] in
  supported after after [(replica, row_of replica after)].

Definition bounded_counter_increment (replica amount : N) (state : bounded_counter) : bounded_counter :=
  let r := row_of replica state in
  match amount with
  | 0 => []
  | _ => grown replica ((created r + amount, consumed r), given r) state
  end.

Definition bounded_counter_decrement (replica amount : N) (state : bounded_counter) : option bounded_counter :=
  let r := row_of replica state in
  match amount with
  | 0 => Some []
  | _ =>
      if bounded_counter_rights replica state <? amount then None
      else Some (grown replica ((created r, consumed r + amount), given r) state)
  end.

Definition bounded_counter_transfer (replica to amount : N) (state : bounded_counter) : option bounded_counter :=
  let r := row_of replica state in
  if replica =? to then None
  else match amount with
  | 0 => Some []
  | _ =>
      if bounded_counter_rights replica state <? amount then None
      else
        let more := g_counter_increment to amount (given r) in
        Some (grown replica (fst r, g_counter_join (given r) more) state)
  end.
