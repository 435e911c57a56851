(** * With incarnations, no two changes ever bear the same dot

    For every causal type: whoever numbers its changes by "one more than the largest number of mine that I have seen"
    (crates/quipu-crdt/src/causal.rs, [Writer::dot]). A type is asked only for [seen r s], the largest number of [r]'s
    changes that the state [s] has seen, and for four things about it ([causal]): a join has seen what either side
    has; a change numbers only its own replica's; a part has seen no more than the whole. One change may make several
    dots or, as a removal, none.

    Proved, under crashes, amnesia, restored and cloned disks, and any network, if nodes come back under new
    incarnations:
    - no state anywhere has seen more of a live replica's changes than the node that speaks for it;
    - two different changes never bear the same dot.

    Rule A (order is meaning) is not needed for this: see [R] in the theorems. It is needed where a node keeps its
    incarnation after a crash, see CrashCounterexamples.v, and for acknowledgements.

    Assumed: fresh incarnations, see Crash.v. *)

From Coq Require Import List Arith Lia.
From Quipu Require Import Crash CrashSafety.
Import ListNotations.

(** [seen r s] is the largest number of a change of [r] that [s] has seen, 0 if none. *)
Record causal (T : datatype) (seen : replica -> state T -> nat) : Prop := Causal {
  seen_bottom : forall r, seen r bottom = 0;
  seen_join : forall r a b, seen r (join a b) = max (seen r a) (seen r b);
  seen_made : forall r q c s d, makes r c s d -> q <> r -> seen q d <= seen q s;
  seen_part : forall r m s, part m s -> seen r m <= seen r s
}.

Section Dots.
Context {T : datatype}.
Hypothesis L : semilattice T.
Variable seen : replica -> state T -> nat.
Hypothesis C : causal T seen.
Variable R : rules.

(** A dot: a replica, and the number of one of its changes. *)
Definition dot : Type := replica * nat.

(** The dots that a change makes: those of its own replica that are in its delta and come after all that were seen
    before. *)
Definition bears (o : operation T) (d : dot) : Prop :=
  fst d = made_by o /\ seen (made_by o) (before o) < snd d <= seen (made_by o) (delta o).

(** How far [r] has come in this history. *)
Fixpoint top (r : replica) (h : list (operation T)) : nat :=
  match h with
  | [] => 0
  | o :: h => if replica_dec (made_by o) r then max (seen r (delta o)) (top r h) else top r h
  end.

(** Each change was made in a state that had seen all earlier ones of its own replica. *)
Fixpoint in_sequence (h : list (operation T)) : Prop :=
  match h with
  | [] => True
  | o :: h => top (made_by o) h <= seen (made_by o) (before o) /\ in_sequence h
  end.

Lemma seen_of_includes : forall s d r, includes s d -> seen r d <= seen r s.
Proof. unfold includes; intros s d r H. rewrite <- H, (seen_join _ _ C). apply Nat.le_max_r. Qed.

Lemma complete_top : forall r h s, complete r h s -> top r h <= seen r s.
Proof.
  induction h as [|o h IH]; intros s H; cbn; [apply Nat.le_0_l|].
  assert (IHs : top r h <= seen r s) by (apply IH; intros o' H'; apply H; now right).
  destruct (replica_dec (made_by o) r) as [E|E]; [|assumption].
  apply Nat.max_lub; [|assumption]. apply seen_of_includes, H; [now left | assumption].
Qed.

Lemma dots_everywhere : forall w, incarnations R = true -> reachable R w -> forall s, obtainable w s ->
  in_sequence (history w) /\ forall r, seen r s <= top r (history w).
Proof.
  intros w HR H; revert w H.
  apply (everywhere L R (fun h s => in_sequence h /\ forall r, seen r s <= top r h)); cbn; auto.
  - split; [trivial|]. intros; now rewrite (seen_bottom _ _ C).
  - intros h s [H _]; split; [assumption|]. intros; rewrite (seen_bottom _ _ C); apply Nat.le_0_l.
  - intros h a b [H Ha] [_ Hb]; split; [assumption|]. intros; rewrite (seen_join _ _ C). apply Nat.max_lub; auto.
  - intros h m s Hp [H Hs]; split; [assumption|]. intros; etransitivity; [now apply (seen_part _ _ C) with (1 := Hp) | apply Hs].
  - intros h r c s d Hm [H Hs] Hc. pose proof (complete_top _ _ _ Hc) as Ht. split; [split; [auto|]|].
    + intros q; destruct (replica_dec r q) as [<-|Hq]; [apply Nat.le_max_l|].
      etransitivity; [eapply (seen_made _ _ C); [exact Hm | congruence] | apply Hs].
    + intros t [_ Ht']; split; [auto|]. intros q; specialize (Ht' q).
      destruct (replica_dec r q); [|assumption]. etransitivity; [eassumption | apply Nat.le_max_r].
Qed.

(** With incarnations, no state held anywhere, not even a join of several, has seen more of a live replica's changes
    than its node has. *)
Theorem nobody_has_seen_more_of_a_replica_than_itself : forall w n r s,
  incarnations R = true -> reachable R w -> obtainable w s -> speaks_for w n r ->
  seen r s <= seen r (volatile (machines w n)).
Proof.
  intros w n r s HR H Hs Hr. destruct (dots_everywhere w HR H s Hs) as [_ Hle].
  etransitivity; [apply Hle|]. apply complete_top. intros o Ho <-.
  exact (a_node_knows_its_own_life L R w n o HR H Ho Hr).
Qed.

Lemma bears_top : forall o h d, In o h -> bears o d -> snd d <= top (fst d) h.
Proof.
  induction h as [|p h IH]; intros d H [E1 E2]; [contradiction|]; destruct H as [->|H]; cbn.
  - rewrite E1. destruct (replica_dec (made_by o) (made_by o)); [|congruence]. lia.
  - assert (snd d <= top (fst d) h) by (apply IH; [assumption | now split]).
    destruct (replica_dec (made_by p) (fst d)); lia.
Qed.

Lemma in_sequence_app : forall l h, in_sequence (l ++ h) -> in_sequence h.
Proof. induction l; cbn; intros h H; [assumption|]. apply IHl, H. Qed.

Lemma in_sequence_unique : forall later o middle o' earlier d,
  in_sequence (later ++ o :: middle ++ o' :: earlier) -> bears o d -> bears o' d -> False.
Proof.
  intros later o middle o' earlier d H B B'. apply in_sequence_app in H. cbn in H. destruct H as [H _].
  pose proof (bears_top o' (middle ++ o' :: earlier) d (in_elt _ _ _) B') as Ht.
  destruct B as [E1 E2]. rewrite E1 in Ht. lia.
Qed.

(** With incarnations, no two different changes, wherever they stand in the history of all nodes, ever bear the same
    dot. *)
Theorem dots_are_unique : forall w later o middle o' earlier d,
  incarnations R = true -> reachable R w ->
  history w = later ++ o :: middle ++ o' :: earlier ->
  bears o d -> bears o' d -> False.
Proof.
  intros w later o middle o' earlier d HR H E B B'.
  destruct (dots_everywhere w HR H bottom (obtain_bottom w)) as [Hs _].
  rewrite E in Hs. eapply in_sequence_unique; eassumption.
Qed.
End Dots.
