(** * Two of the stale reads need a store that knows the future

    The definition of sequential consistency looks at a run when it is over. The runs [lock_run] and
    [returning_run] of [StaleReads.v] are lawful as a whole; but at the moment of the answer that misleads, no
    lawful order explains what had been asked and answered by then, late copies included. So a store that has an
    explanation at each moment ([online]) cannot give these answers. A store that counts on the lock's being
    given back can.

    This is proved of these two runs, not of locks in general.

    Rust: the _debts_ in [crates/quipu-sim/src/services/adversary.rs] are what such a store must count on. *)

From Coq Require Import List String Arith ZArith Lia.
From Quipu Require Import SeqStore StaleReads.
Import ListNotations.
Open Scope string_scope.
Open Scope list_scope.

Local Notation state_after := (state_after Z.eq_dec).

(** ** The value that returns *)

(** Once the counter has left 0, none of these calls brings it back. *)
Lemma left_zero : forall es s, (forall e, In e es -> In (call_of e) [start; plus_3; plus_1]) ->
  (s "counter" = Some 1%Z \/ s "counter" = Some 3%Z) ->
  state_after s es "counter" = s "counter".
Proof.
  induction es as [|e es IH]; intros s R H; [reflexivity|].
  assert (E : after Z.eq_dec s (call_of e) "counter" = s "counter").
  { destruct (R e (or_introl eq_refl)) as [<-|[<-|[<-|[]]]]; unfold after; simpl;
      destruct H as [H|H]; rewrite H; simpl; exact H. }
  simpl. rewrite IH; [exact E|intros; apply R; now right|now rewrite E].
Qed.

(** The other swap succeeds from 0 only. *)
Lemma one_leaves : forall order c d past rest t t',
  lawful Z.eq_dec [start; plus_3; plus_1] order ->
  (c = plus_3 /\ d = plus_1) \/ (c = plus_1 /\ d = plus_3) ->
  answered c = Some (t, Done) -> answered d = Some (t', Done) ->
  order = past ++ Heard c :: rest -> ~ In (Heard d) rest.
Proof.
  intros order c d past rest t t' L CD AC AD EQ I.
  destruct (in_split _ _ I) as (p2 & r2 & ->).
  destruct (lawful_heard _ _ _ _ _ _ _ L EQ) as (u & A).
  assert (EQ' : order = (past ++ Heard c :: p2) ++ Heard d :: r2) by (rewrite EQ, <- app_assoc; reflexivity).
  destruct (lawful_heard _ _ _ _ _ _ _ L EQ') as (u' & A').
  rewrite SeqStore.state_after_app in A'. simpl in A'.
  set (s := state_after empty past) in *.
  assert (C : after Z.eq_dec s c "counter" = Some 1%Z \/ after Z.eq_dec s c "counter" = Some 3%Z).
  { rewrite AC in A. injection A as _ A. unfold outcome, after in *.
    destruct CD as [[-> ->]|[-> ->]]; simpl in *; destruct (s "counter") as [z|]; try discriminate;
      destruct (Z.eq_dec z 0); simpl in *; try discriminate; auto. }
  assert (K : state_after (after Z.eq_dec s c) p2 "counter" = after Z.eq_dec s c "counter").
  { apply left_zero; [|exact C]. intros e IE. apply (of_the_run L). rewrite EQ.
    apply in_or_app. right. right. apply in_or_app. now left. }
  rewrite AD in A'. injection A' as _ A'. unfold outcome in A'.
  destruct C as [C|C]; rewrite C in K; destruct CD as [[-> ->]|[-> ->]]; simpl in A', K;
    rewrite K in A'; simpl in A'; discriminate.
Qed.

(** When the swap from 0 has been answered, and the return to 0 not yet sent, no lawful order explains it. *)
Theorem untagged_value_returns_only_in_hindsight : forall order, ~ lawful Z.eq_dec (until 6 returning_run) order.
Proof.
  intros order L. change (until 6 returning_run) with [start; plus_3; plus_1] in L.
  assert (I3 : In (Heard plus_3) order) by (eapply (complete L); simpl; eauto).
  assert (I1 : In (Heard plus_1) order) by (eapply (complete L); simpl; eauto).
  destruct (in_split _ _ I3) as (past & rest & EQ). pose proof I1 as J. rewrite EQ in J.
  apply in_app_or in J as [J|[J|J]]; [|discriminate|].
  - destruct (in_split _ _ J) as (p1 & p2 & ->). rewrite <- app_assoc in EQ. simpl in EQ.
    eapply (one_leaves order plus_1 plus_3); eauto; try reflexivity. apply in_or_app. right. now left.
  - eapply (one_leaves order plus_3 plus_1); eauto; reflexivity.
Qed.

(** ** The lock *)

Definition cut := [start; take_1; look_1; write_1; give_1; take_2; look_2].

Ltac reassociate := repeat (rewrite <- app_assoc; simpl); reflexivity.

Ltac each_of R := destruct R as [R|[R|[R|[R|[R|[R|[R|[]]]]]]]]; rewrite <- R in *.

(** A held lock stays held while it is not given back; and what was written stays written. *)
Lemma lock_stays : forall es s, (forall e, In e es -> In (call_of e) cut) ->
  s "lock" = Some 1%Z -> state_after s es "lock" = Some 1%Z \/ exists e, In e es /\ call_of e = give_1.
Proof.
  induction es as [|e es IH]; intros s R H; [auto|].
  destruct (call_eq _ Z.eq_dec (call_of e) give_1) as [G|G]; [right; exists e; simpl; auto|].
  destruct (IH (after Z.eq_dec s (call_of e))) as [K|(x & I & X)].
  - intros; apply R; now right.
  - pose proof (R e (or_introl eq_refl)) as Q. unfold after. each_of Q; simpl; try rewrite H; simpl;
      try (destruct G; reflexivity); auto;
      try (destruct (s "counter") as [z|]; [destruct (Z.eq_dec z 0)|]; simpl; auto).
  - simpl. auto.
  - right. exists x. simpl. auto.
Qed.

Lemma five_stays : forall es s, (forall e, In e es -> In (call_of e) cut) ->
  s "counter" = Some 5%Z -> state_after s es "counter" = Some 5%Z.
Proof.
  induction es as [|e es IH]; intros s R H; [auto|]. simpl. apply IH; [intros; apply R; now right|].
  pose proof (R e (or_introl eq_refl)) as Q. unfold after. each_of Q; simpl; try rewrite H; simpl; auto;
    try (destruct (s "lock") as [z|]; [destruct (Z.eq_dec z _)|]; simpl; auto).
Qed.

Lemma taken : forall order past c rest, lawful Z.eq_dec cut order -> c = take_1 \/ c = take_2 ->
  order = past ++ Heard c :: rest ->
  state_after empty past "lock" <> Some 1%Z /\ state_after empty (past ++ [Heard c]) "lock" = Some 1%Z.
Proof.
  intros order past c rest L C EQ. destruct (lawful_heard _ _ _ _ _ _ _ L EQ) as (t & A).
  rewrite SeqStore.state_after_app. simpl. unfold outcome, after in *.
  destruct C as [-> | ->]; simpl in *; destruct (SeqStore.state_after Z.eq_dec empty past "lock") as [z|];
    try (destruct (Z.eq_dec z 0)); simpl in *; try discriminate; split; auto; congruence.
Qed.

Definition execution_eq : forall d e : execution Z, {d = e} + {d <> e}.
Proof. intros d e. decide equality; apply (call_eq _ Z.eq_dec). Defined.

Lemma first_of : forall (es : list (execution Z)) x, In x es ->
  exists past rest, es = past ++ x :: rest /\ ~ In x past.
Proof.
  induction es as [|e es IH]; intros x I; [destruct I|].
  destruct (execution_eq e x) as [->|N]; [exists [], es; auto|].
  destruct I as [I|I]; [contradiction|]. destruct (IH x I) as (p & r & -> & F).
  exists (e :: p), r. split; [reflexivity|]. intros [J|J]; auto.
Qed.

(** Before one lock is taken after the other, it is given back. *)
Lemma given_between : forall order past mid rest c d, lawful Z.eq_dec cut order ->
  c = take_1 \/ c = take_2 -> d = take_1 \/ d = take_2 -> order = past ++ Heard c :: mid ++ Heard d :: rest ->
  exists e, In e mid /\ call_of e = give_1.
Proof.
  intros order past mid rest c d L C D EQ.
  destruct (taken _ _ _ _ L C EQ) as [_ T].
  assert (EQ' : order = (past ++ Heard c :: mid) ++ Heard d :: rest) by (rewrite EQ, <- app_assoc; reflexivity).
  destruct (taken _ _ _ _ L D EQ') as [F _].
  destruct (lock_stays mid (state_after empty (past ++ [Heard c]))) as [K|G]; auto.
  - intros e I. apply (of_the_run L). rewrite EQ. apply in_or_app. right. right. apply in_or_app. now left.
  - destruct F. change (past ++ Heard c :: mid) with (past ++ [Heard c] ++ mid).
    now rewrite app_assoc, SeqStore.state_after_app.
Qed.

(** When the stale read under the lock has been answered, and the lock not yet given back, no lawful order
    explains it. *)
Theorem lock_fails_only_in_hindsight : forall order, ~ lawful Z.eq_dec (until 14 lock_run) order.
Proof.
  intros order L. change (until 14 lock_run) with cut in L.
  assert (ST : forall c d past e rest, In c cut -> session c = session d -> precedes c d ->
    order = past ++ e :: rest -> call_of e = d -> In (Heard c) past) by apply (in_session L).
  assert (IL : In (Heard look_2) order) by (apply (complete L) with 13 (Held 0%Z); simpl; auto 10).
  assert (I1 : In (Heard take_1) order) by (apply (complete L) with 3 (@Done Z); simpl; auto 10).
  destruct (in_split _ _ IL) as (pl & rl & EL).
  assert (I2 : In (Heard take_2) pl).
  { apply (ST take_2 look_2 pl (Heard look_2) rl); auto; [simpl; auto 10|]. before. }
  destruct (in_split _ _ I2) as (a & b & ->). rewrite <- app_assoc in EL. simpl in EL.
  destruct (in_dec (execution_eq) (Heard take_1) a) as [J|J].
  - (* The adder's holding came first, and was over: then its 5 stands there. *)
    destruct (in_split _ _ J) as (p & mid & ->).
    assert (E1 : order = p ++ Heard take_1 :: mid ++ Heard take_2 :: b ++ Heard look_2 :: rl).
    { rewrite EL, <- app_assoc. reflexivity. }
    destruct (given_between _ _ _ _ _ _ L (or_introl eq_refl) (or_intror eq_refl) E1) as (e & IE & G).
    destruct (in_split _ _ IE) as (m1 & m2 & ->).
    assert (W : In (Heard write_1) (p ++ Heard take_1 :: m1)).
    { apply (ST write_1 give_1 _ e (m2 ++ Heard take_2 :: b ++ Heard look_2 :: rl)); auto; [simpl; auto 10|before|].
      rewrite E1. reassociate. }
    assert (W' : In (Heard write_1) ((p ++ Heard take_1 :: m1 ++ e :: m2) ++ Heard take_2 :: b)).
    { rewrite !in_app_iff in *. simpl in *. rewrite in_app_iff. tauto. }
    assert (E2 : order = ((p ++ Heard take_1 :: m1 ++ e :: m2) ++ Heard take_2 :: b) ++ Heard look_2 :: rl).
    { rewrite EL. reassociate. }
    revert W' E2. generalize ((p ++ Heard take_1 :: m1 ++ e :: m2) ++ Heard take_2 :: b). intros pl W' E2.
    destruct (lawful_heard _ _ _ _ _ _ _ L E2) as (t & A). unfold outcome in A. simpl in A.
    destruct (in_split _ _ W') as (x & y & ->).
    rewrite SeqStore.state_after_app in A. simpl in A. rewrite five_stays in A; [discriminate| |reflexivity].
    intros z IZ. apply (of_the_run L). rewrite E2. rewrite !in_app_iff. simpl. tauto.
  - (* The reader's came first: then it was given back, by whom? *)
    rewrite EL in I1. apply in_app_or in I1 as [I1|[I1|I1]]; [contradiction|discriminate|].
    destruct (first_of _ _ I1) as (mid & r & EM & NM). rewrite EM in EL.
    destruct (given_between _ _ _ _ _ _ L (or_intror eq_refl) (or_introl eq_refl) EL) as (e & IE & G).
    destruct (in_split _ _ IE) as (m1 & m2 & ->).
    assert (W : In (Heard take_1) (a ++ Heard take_2 :: m1)).
    { apply (ST take_1 give_1 _ e (m2 ++ Heard take_1 :: r)); auto; [simpl; auto 10|before|].
      rewrite EL. reassociate. }
    apply in_app_or in W as [W|[W|W]]; [contradiction|discriminate|].
    apply NM, in_or_app. now left.
Qed.
