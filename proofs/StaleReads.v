(** * Stale reads that sequential consistency allows: fences, locks, identity swaps, untagged chains

    The final read of a counter must show every acknowledged add. Each theorem here gives one small run in which
    a node does what is often recommended before it reads, and is shown an old value all the same; and a lawful
    order that explains all answers, so that a sequentially consistent store may give them. Nothing is lost, and
    nothing comes twice: the orders are [plain]. (Only [late_copy_counts_twice] is about a copy.)

    - [plain_read_may_be_stale]: a read, without more.
    - [fresh_write_is_no_fence]: a write of a value that was never used before, to a key of the reader's own, and
      then the read. The write may be ordered in the past as well, since nobody looks at that key.
    - [constant_write_is_no_fence]: the same with a constant, which is weaker still.
    - [identity_swap_is_no_check]: the value read is swapped for itself, successfully.
    - [lock_is_not_enough]: the lock is taken by a swap from free to held, the read is done under it, and the
      lock is given back. The adder held the same lock. The whole holding may be ordered in the past.
    - [untagged_value_returns]: a counter that is a bare integer goes 0, 3, 0, and a swap from 0 succeeds while
      it is 3.
    - [late_copy_counts_twice]: the same counter goes 0, 5, 0, and a late copy of the first swap makes it 5 once
      more.

    The runs of the first four are even [online]: at each moment a lawful order explains what was answered so
    far, so that a store that does not know the future may give these answers. Those of the lock and of
    [untagged_value_returns] are lawful only as a whole ([Foresight.v]): the store must count on the lock's being
    given back. [crates/quipu-sim/src/services/adversary.rs] does (its _debts_), for callers known to do so.

    What helps: [ChainCounter.v] on every sequentially consistent store, [NewestStore.v] on Maelstrom's.

    Rust: [crates/quipu-node/src/nodes/fence.rs] (the fences), [nodes/locked/] (the lock; there it is a record
    with a nonce, given back as a constant, which changes nothing here), the remedy [Tags] of [nodes/chain/]. *)

From Coq Require Import List String Arith ZArith Lia.
From Quipu Require Import SeqStore.
Import ListNotations.
Open Scope string_scope.

(** A run that this world and a sequentially consistent store allow. *)
Definition allowed (run : list (call Z)) : Prop :=
  plausible run /\ exists order, lawful Z.eq_dec run order /\ plain order.

(** The read was sent after the add's success had been told, and what it was shown is older. *)
Definition missed (add read : call Z) (shown : Z) : Prop :=
  (exists t, answered add = Some (t, Done) /\ t < sent read) /\
  (exists t, answered read = Some (t, Held shown)).

(** Node 1 makes the counter, and adds 5. *)
Definition start := Call 1 0 (Swap "counter" 0%Z 0%Z true) (Some (1, Done)).
Definition add := Call 1 2 (Swap "counter" 0%Z 5%Z false) (Some (3, Done)).

(** Case analysis over the calls of an explicit run. *)
Ltac each_call := repeat match goal with
  | H : _ = _ \/ _ |- _ => destruct H as [<-|H]
  | H : False |- _ => destruct H
  end.

Ltac plausible_run run := split;
  [ intros c t a I E; unfold run in I; simpl in I; each_call; simpl in *;
    (discriminate || (injection E as <- <-; lia))
  | intros c k t v I A E; unfold run in I; simpl in I; each_call; simpl in A; try discriminate A;
    injection A as <-; simpl in E; try discriminate E; injection E as <- <- ].

Ltac plain_order := split;
  [ repeat constructor; simpl; intuition discriminate
  | intros e I; simpl in I; each_call; eauto ].

(** The order of the whole run, cut, serves at each moment; all is over by the moment [n]. *)
Ltac online_by order n := apply online_check with order n; vm_compute; reflexivity.

Ltac before := do 2 eexists; split; [reflexivity|simpl; lia].

Ltac missed_read := split; eexists; [split; [reflexivity|simpl; lia]|reflexivity].

Ltac lawful_order order := exists order; split; [apply check_sound; vm_compute; reflexivity | plain_order].

(** ** A read without more *)

Definition plain_read := Call 2 4 (Read "counter") (Some (5, Held 0%Z)).
Definition plain_run := [start; add; plain_read].
Definition plain_run_order := [Heard start; Heard plain_read; Heard add].

(** A plain read may miss an add that was acknowledged long before. *)
Theorem plain_read_may_be_stale :
  allowed plain_run /\ online Z.eq_dec plain_run /\ missed add plain_read 0.
Proof.
  split; [split|split].
  - plausible_run plain_run. exists start. simpl. intuition lia.
  - lawful_order plain_run_order.
  - online_by plain_run_order 6.
  - missed_read.
Qed.

(** ** A fence: something is written before the read *)

Definition fence := Call 2 4 (Write "fence-2" 77%Z) (Some (5, Done)).
Definition fenced_read := Call 2 6 (Read "counter") (Some (7, Held 0%Z)).
Definition fence_run := [start; add; fence; fenced_read].
Definition fence_order := [Heard start; Heard fence; Heard fenced_read; Heard add].

(** The write of a fresh value to an own key, acknowledged before the read is sent, does not keep the read from
    missing an add that was acknowledged before that write was sent. *)
Theorem fresh_write_is_no_fence :
  allowed fence_run /\ online Z.eq_dec fence_run /\ missed add fenced_read 0
  /\ precedes add fence /\ precedes fence fenced_read
  /\ (forall c k, In c fence_run -> offers (asked c) k 77%Z -> c = fence).
Proof.
  split; [split|split; [|split; [|split; [|split]]]].
  - plausible_run fence_run. exists start. simpl. intuition lia.
  - lawful_order fence_order.
  - online_by fence_order 8.
  - missed_read.
  - before.
  - before.
  - intros c k I F. unfold fence_run in I. simpl in I. each_call; simpl in F; intuition discriminate.
Qed.

Definition constant_1 := Call 2 4 (Write "fence-2" 1%Z) (Some (5, Done)).
Definition read_1 := Call 2 6 (Read "counter") (Some (7, Held 0%Z)).
Definition constant_2 := Call 2 10 (Write "fence-2" 1%Z) (Some (11, Done)).
Definition read_2 := Call 2 12 (Read "counter") (Some (13, Held 0%Z)).
Definition add_later := Call 1 8 (Swap "counter" 0%Z 5%Z false) (Some (9, Done)).
Definition constant_run := [start; constant_1; read_1; add_later; constant_2; read_2].
Definition constant_order :=
  [Heard start; Heard constant_1; Heard read_1; Heard constant_2; Heard read_2; Heard add_later].

(** Nor does the write of a constant. *)
Theorem constant_write_is_no_fence :
  allowed constant_run /\ online Z.eq_dec constant_run /\ missed add_later read_2 0
  /\ precedes add_later constant_2 /\ precedes constant_2 read_2.
Proof.
  split; [split|split; [|split; [|split]]].
  - plausible_run constant_run; exists start; simpl; intuition lia.
  - lawful_order constant_order.
  - online_by constant_order 14.
  - missed_read.
  - before.
  - before.
Qed.

(** ** An identity swap: what was read is swapped for itself *)

Definition first_look := Call 2 4 (Read "counter") (Some (5, Held 0%Z)).
Definition identity := Call 2 6 (Swap "counter" 0%Z 0%Z false) (Some (7, Done)).
Definition identity_run := [start; add; first_look; identity].
Definition identity_order := [Heard start; Heard first_look; Heard identity; Heard add].

(** That the store swaps the value read for itself does not mean that it was the newest when either was sent. *)
Theorem identity_swap_is_no_check :
  allowed identity_run /\ online Z.eq_dec identity_run /\ missed add first_look 0
  /\ precedes add identity /\ precedes first_look identity /\ (exists t, answered identity = Some (t, Done)).
Proof.
  split; [split|split; [|split; [|split; [|split]]]].
  - plausible_run identity_run; exists start; simpl; intuition lia.
  - lawful_order identity_order.
  - online_by identity_order 8.
  - missed_read.
  - before.
  - before.
  - eexists. reflexivity.
Qed.

(** ** A lock: 0 is free, 1 is held *)

Definition take_1 := Call 1 2 (Swap "lock" 0%Z 1%Z true) (Some (3, Done)).
Definition look_1 := Call 1 4 (Read "counter") (Some (5, Held 0%Z)).
Definition write_1 := Call 1 6 (Write "counter" 5%Z) (Some (7, Done)).
Definition give_1 := Call 1 8 (Swap "lock" 1%Z 0%Z false) (Some (9, Done)).
Definition take_2 := Call 2 10 (Swap "lock" 0%Z 1%Z true) (Some (11, Done)).
Definition look_2 := Call 2 12 (Read "counter") (Some (13, Held 0%Z)).
Definition give_2 := Call 2 14 (Swap "lock" 1%Z 0%Z false) (Some (15, Done)).
Definition lock_run := [start; take_1; look_1; write_1; give_1; take_2; look_2; give_2].
Definition lock_order :=
  [Heard start; Heard take_2; Heard look_2; Heard give_2; Heard take_1; Heard look_1; Heard write_1; Heard give_1].

(** A read under a lock may miss what was written under the same lock, although the lock had been given back, and
    that acknowledged, before the reader took it. *)
Theorem lock_is_not_enough :
  allowed lock_run /\ missed write_1 look_2 0
  /\ precedes give_1 take_2 /\ precedes take_2 look_2 /\ precedes look_2 give_2.
Proof.
  split; [split|split; [|split; [|split]]].
  - plausible_run lock_run; exists start; simpl; intuition lia.
  - lawful_order lock_order.
  - missed_read.
  - before.
  - before.
  - before.
Qed.

(** ** Untagged values, which may return *)

Definition plus_3 := Call 1 2 (Swap "counter" 0%Z 3%Z false) (Some (3, Done)).
Definition plus_1 := Call 2 4 (Swap "counter" 0%Z 1%Z false) (Some (5, Done)).
Definition minus_3 := Call 1 6 (Swap "counter" 3%Z 0%Z false) (Some (7, Done)).
Definition returning_run := [start; plus_3; plus_1; minus_3].
Definition returning_order := [Heard start; Heard plus_3; Heard minus_3; Heard plus_1].

(** A swap from 0 to 1 is sent and succeeds while the counter is 3: after the 3 was acknowledged, and before
    anything else was even sent. Whoever takes the 1 for the counter's value has missed the 3. *)
Theorem untagged_value_returns :
  allowed returning_run
  /\ precedes plus_3 plus_1 /\ precedes plus_1 minus_3 /\ (exists t, answered plus_1 = Some (t, Done)).
Proof.
  split; [split|split; [|split]].
  - plausible_run returning_run.
  - lawful_order returning_order.
  - before.
  - before.
  - eexists. reflexivity.
Qed.

Definition plus_5 := Call 1 2 (Swap "counter" 0%Z 5%Z false) (Some (3, Done)).
Definition minus_5 := Call 2 4 (Swap "counter" 5%Z 0%Z false) (Some (5, Done)).
Definition last_look := Call 2 6 (Read "counter") (Some (7, Held 5%Z)).
Definition copied_run := [start; plus_5; minus_5; last_look].
Definition copied_order := [Heard start; Heard plus_5; Heard minus_5; Unheard plus_5; Heard last_look].

(** 5 is added once and taken away once, both acknowledged; a copy of the first swap that the network delivers
    late finds the value it starts from again, and the counter is 5, as the node that took the 5 away is then
    told. *)
Theorem late_copy_counts_twice :
  plausible copied_run /\ lawful Z.eq_dec copied_run copied_order /\ online Z.eq_dec copied_run
  /\ state_after Z.eq_dec empty copied_order "counter" = Some 5%Z
  /\ precedes plus_5 minus_5 /\ precedes minus_5 last_look.
Proof.
  split; [|split; [|split; [|split; [|split]]]].
  - plausible_run copied_run; exists plus_5; simpl; intuition lia.
  - apply check_sound; vm_compute; reflexivity.
  - online_by copied_order 8.
  - reflexivity.
  - before.
  - before.
Qed.
