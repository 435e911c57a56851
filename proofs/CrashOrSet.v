(** * The OR-Set under crashes: its dots stay unique

    A causal type in the machine of Crash.v, to which CrashDots.v applies: the observed-remove set
    (crates/quipu-crdt/src/or_set.rs), with a version vector as its causal context and whole states as deltas. What a
    delta may leave out, and what the set shows in terms of its history, is proved of the network without crashes in
    OrSet.v; what that proof rests on, unique dots, is what incarnations give here.

    Numbers count from 0 here: [alive s r k e] means that element [e] is alive under the dot of [r]'s change number [k
    + 1].

    Assumed: fresh incarnations, see Crash.v, and functional extensionality. *)

From Coq Require Import List Arith Lia Bool FunctionalExtensionality.
From Quipu Require Import Crash CrashSafety CrashDots.
Import ListNotations.

Record set_state := SetState {
  seen_of : replica -> nat;
  alive : replica -> nat -> nat -> bool
}.

Definition is_seen (s : set_state) (r : replica) (k : nat) : bool := k <? seen_of s r.

(** Alive in both, or alive on one side and never seen by the other. *)
Definition set_join (a b : set_state) : set_state := SetState
  (fun r => max (seen_of a r) (seen_of b r))
  (fun r k e => (alive a r k e && alive b r k e)
             || (alive a r k e && negb (is_seen b r k))
             || (alive b r k e && negb (is_seen a r k))).

Inductive set_command := Add (e : nat) | Remove (e : nat).

(** An add makes a dot for the element in place of those it had; a removal only removes those. *)
Definition set_after (r : replica) (c : set_command) (s : set_state) : set_state :=
  match c with
  | Add e => SetState
      (fun q => if replica_dec q r then S (seen_of s q) else seen_of s q)
      (fun q k x => if Nat.eq_dec x e
                    then if replica_dec q r then k =? seen_of s r else false
                    else alive s q k x)
  | Remove e => SetState (seen_of s) (fun q k x => if Nat.eq_dec x e then false else alive s q k x)
  end.

Definition or_set : datatype := Datatype set_state set_command
  (SetState (fun _ => 0) (fun _ _ _ => false)) set_join
  (fun r c s d => d = set_after r c s) (fun m s => m = s).

Lemma set_state_equal : forall a b, (forall r, seen_of a r = seen_of b r) ->
  (forall r k e, alive a r k e = alive b r k e) -> a = b.
Proof.
  intros [sa la] [sb lb] Hs Hl; cbn in *. f_equal; repeat (apply functional_extensionality; intros); auto.
Qed.

Lemma seen_max : forall k a b, (k <? max a b) = (k <? a) || (k <? b).
Proof.
  intros. destruct (Nat.ltb_spec k (max a b)), (Nat.ltb_spec k a), (Nat.ltb_spec k b); cbn; lia || reflexivity.
Qed.

Lemma or_set_semilattice : semilattice or_set.
Proof.
  constructor; cbn; intros; apply set_state_equal; intros; cbn -[Nat.ltb]; unfold is_seen; cbn -[Nat.ltb]; rewrite ?seen_max; try lia.
  - destruct (alive a r k e), (alive b r k e), (k <? seen_of a r), (k <? seen_of b r); reflexivity.
  - destruct (alive a r k e), (alive b r k e), (alive c r k e), (k <? seen_of a r), (k <? seen_of b r), (k <? seen_of c r); reflexivity.
  - destruct (alive a r k e), (k <? seen_of a r); reflexivity.
  - destruct (alive a r k e); reflexivity.
Qed.

Definition set_seen (r : replica) (s : state or_set) : nat := seen_of s r.

Lemma or_set_causal : causal or_set set_seen.
Proof.
  constructor; cbn; intros; auto.
  - subst d. unfold set_seen, set_after. destruct c; cbn; [|lia]. destruct (replica_dec q r); [contradiction | lia].
  - subst m; lia.
Qed.

(** With incarnations, no two adds anywhere are ever made under the same dot. *)
Theorem the_dots_of_an_or_set_are_unique : forall (R : rules) (w : world or_set) later o middle o' earlier d,
  incarnations R = true -> reachable R w ->
  history w = later ++ o :: middle ++ o' :: earlier ->
  bears set_seen o d -> bears set_seen o' d -> False.
Proof. intros R. exact (dots_are_unique or_set_semilattice set_seen or_set_causal R). Qed.

(** What the set shows. *)
Definition contains (s : state or_set) (e : nat) : Prop := exists r k, alive s r k e = true.
