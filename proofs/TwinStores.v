(** * Executable twins of the causal types with one payload under each dot

    The multi-value register, the resettable counter, the two flags and the remove-wins set. All are joined as the add-wins
    set is ([TwinCausal.v]); they differ in what a change makes and removes. Rust: [mv_register.rs],
    [resettable_counter.rs], [ew_flag.rs], [dw_flag.rs], [rw_set.rs] in [crates/quipu-crdt/src]. *)

From Coq Require Import NArith ZArith List Bool.
From Quipu Require Import TwinLists TwinCausal.
Import ListNotations.
Local Open Scope N_scope.

(** The join of all of them. *)
Definition live_state_join {A : Type} : causal (live A) -> causal (live A) -> causal (live A) :=
  causal_join live_join.

(** A change that puts one dot in the place of all that are alive. *)
Definition replace_all {A : Type} (replica : N) (payload : A) (state : causal (live A)) : causal (live A) :=
  made (next_dot replica (fst state)) payload (live_dots (snd state)).

(** A change that removes all that are alive. *)
Definition remove_all {A : Type} (state : causal (live A)) : causal (live A) := removed (live_dots (snd state)).

(** ** MV-Register: each live dot is a write *)

Definition mv_register : Type := causal (live N).

Definition mv_register_bottom : mv_register := causal_bottom.

Definition mv_register_join : mv_register -> mv_register -> mv_register := live_state_join.

Definition mv_register_write (replica value : N) (state : mv_register) : mv_register :=
  replace_all replica value state.

(** Over what was read, whether it has arrived here or not, and over nothing else. *)
Definition mv_register_write_over (replica : N) (read : context) (value : N) (state : mv_register) : mv_register :=
  made (next_dot replica (fst state)) value read.

Definition mv_register_clear (state : mv_register) : mv_register := remove_all state.

(** The values, ascending, each once. *)
Definition mv_register_value (state : mv_register) : list N :=
  fold_right (fun entry => insert N.compare (snd entry)) [] (snd state).

(** ** Resettable counter: each live dot is a step *)

Definition resettable_counter : Type := causal (live Z).

Definition resettable_counter_bottom : resettable_counter := causal_bottom.

Definition resettable_counter_join : resettable_counter -> resettable_counter -> resettable_counter :=
  live_state_join.

(** A step of 0 is no change. *)
Definition resettable_counter_add (replica : N) (step : Z) (state : resettable_counter) : resettable_counter :=
  match step with
  | Z0 => causal_bottom
  | _ => made (next_dot replica (fst state)) step []
  end.

Definition resettable_counter_reset (state : resettable_counter) : resettable_counter := remove_all state.

Definition resettable_counter_value (state : resettable_counter) : Z :=
  fold_right (fun entry sum => (snd entry + sum)%Z) 0%Z (snd state).

(** ** Enable-wins flag: each live dot is an enable *)

Definition ew_flag : Type := causal (live unit).

Definition ew_flag_bottom : ew_flag := causal_bottom.

Definition ew_flag_join : ew_flag -> ew_flag -> ew_flag := live_state_join.

Definition ew_flag_enable (replica : N) (state : ew_flag) : ew_flag := replace_all replica tt state.

Definition ew_flag_disable (state : ew_flag) : ew_flag := remove_all state.

(** On while an enable is alive. *)
Definition ew_flag_value (state : ew_flag) : bool :=
  match snd state with
  | [] => false
  | _ => true
  end.

(** ** Disable-wins flag: each live dot is an enable (true) or a disable (false) *)

Definition dw_flag : Type := causal (live bool).

Definition dw_flag_bottom : dw_flag := causal_bottom.

Definition dw_flag_join : dw_flag -> dw_flag -> dw_flag := live_state_join.

Definition dw_flag_enable (replica : N) (state : dw_flag) : dw_flag := replace_all replica true state.

Definition dw_flag_disable (replica : N) (state : dw_flag) : dw_flag := replace_all replica false state.

(** On if something is alive and all of it is enables. *)
Definition dw_flag_value (state : dw_flag) : bool :=
  match snd state with
  | [] => false
  | marks => forallb snd marks
  end.

(** ** RW-Set: each live dot is an element, added (true) or removed (false) *)

Definition rw_set : Type := causal (live (N * bool)).

Definition rw_set_bottom : rw_set := causal_bottom.

Definition rw_set_join : rw_set -> rw_set -> rw_set := live_state_join.

Definition rw_set_marks_of (element : N) (state : rw_set) : live (N * bool) :=
  filter (fun entry => fst (snd entry) =? element) (snd state).

(** The new mark replaces those of the element that are alive here. *)
Definition rw_set_mark (replica element : N) (added : bool) (state : rw_set) : rw_set :=
  made (next_dot replica (fst state)) (element, added) (live_dots (rw_set_marks_of element state)).

Definition rw_set_add (replica element : N) (state : rw_set) : rw_set := rw_set_mark replica element true state.

Definition rw_set_remove (replica element : N) (state : rw_set) : rw_set :=
  rw_set_mark replica element false state.

Definition rw_set_contains (element : N) (state : rw_set) : bool :=
  match rw_set_marks_of element state with
  | [] => false
  | marks => forallb (fun entry => snd (snd entry)) marks
  end.

(** The elements, ascending. *)
Definition rw_set_value (state : rw_set) : list N :=
  filter (fun element => rw_set_contains element state)
         (fold_right (fun entry => insert N.compare (fst (snd entry))) [] (snd state)).
