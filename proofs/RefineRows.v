(** * Lists as maps: what the twins' maps from numbers do

    The executable twins (TwinLists.v) keep a map as a list of keys and values, ascending by key. Here is what finding
    and putting do to such lists, and how a sum over such a list is a sum over all replicas. Used by
    RefineBoundedCounter.v. *)

From Coq Require Import NArith List Arith Lia.
From Quipu Require Import Crash TwinLists BoundedCounter.
Import ListNotations.

Section Maps.
Context {V : Type}.
Implicit Types (m more : list (N * V)) (k : N) (v : V).

(** Keys grow from entry to entry, so none is there twice. *)
Fixpoint ascending m : Prop :=
  match m with
  | [] => True
  | e :: m => Forall (fun f => (fst e < fst f)%N) m /\ ascending m
  end.

Notation look := (find N.compare).

Lemma look_cons : forall k e m, look k (e :: m) = if N.eq_dec k (fst e) then Some (snd e) else look k m.
Proof.
  intros k [h v] m; cbn. destruct (N.compare_spec k h), (N.eq_dec k h); try lia; reflexivity.
Qed.

Lemma look_in : forall k m v, look k m = Some v -> In (k, v) m.
Proof.
  induction m as [|[h w] m IH]; intros v H; [discriminate|]. rewrite look_cons in H; cbn [fst snd] in H.
  destruct (N.eq_dec k h) as [->|]; [left; cbn in H; congruence | right; auto].
Qed.

Lemma look_none : forall k m, (forall e, In e m -> fst e <> k) -> look k m = None.
Proof.
  induction m as [|e m IH]; intros H; [reflexivity|]. rewrite look_cons.
  destruct (N.eq_dec k (fst e)); [exfalso; apply (H e); [now left | congruence]|].
  apply IH; intros; apply H; now right.
Qed.

Lemma look_below : forall k m, Forall (fun f => (k < fst f)%N) m -> look k m = None.
Proof. intros k m H; rewrite Forall_forall in H. apply look_none. intros e He; apply H in He; lia. Qed.

Lemma in_look : forall m k v, ascending m -> In (k, v) m -> look k m = Some v.
Proof.
  induction m as [|e m IH]; intros k v Ha H; [contradiction|]. destruct Ha as [Hb Ha]. rewrite look_cons.
  destruct H as [->|H]; cbn; [now destruct (N.eq_dec k k)|].
  destruct (N.eq_dec k (fst e)) as [->|]; [|now apply IH].
  rewrite Forall_forall in Hb. apply Hb in H; cbn in H; lia.
Qed.

Lemma look_key : forall k m v, look k m = Some v -> In k (keys m).
Proof. intros k m v H. apply look_in in H. unfold keys. now apply (in_map fst) in H. Qed.

Lemma key_look : forall k m, In k (keys m) -> exists v, look k m = Some v.
Proof.
  induction m as [|e m IH]; intros H; [contradiction|]. rewrite look_cons. destruct (N.eq_dec k (fst e)); [eauto|].
  destruct H as [H|H]; [congruence | auto].
Qed.

Lemma member_spec : forall k (l : list N), member N.compare k l = true <-> In k l.
Proof.
  induction l as [|h l IH]; cbn; [intuition discriminate|].
  destruct (N.compare_spec k h) as [->|H|H]; [intuition|..]; rewrite IH; intuition lia.
Qed.

Variable both : V -> V -> V.

Lemma put_keys : forall k v m x, In x (keys (put N.compare both k v m)) <-> x = k \/ In x (keys m).
Proof.
  induction m as [|[h w] m IH]; intros x; cbn; [intuition|].
  destruct (N.compare_spec k h) as [->|H|H]; cbn; [intuition..|]. unfold keys in IH. rewrite IH. intuition.
Qed.

Lemma ascending_cons : forall e m, ascending (e :: m) <-> (forall x, In x (keys m) -> (fst e < x)%N) /\ ascending m.
Proof.
  intros e m; cbn. rewrite Forall_forall. unfold keys. split; intros [H1 H2]; split; auto.
  - intros x Hx. apply in_map_iff in Hx. destruct Hx as (f & <- & Hf). auto.
  - intros f Hf. apply H1. now apply in_map.
Qed.

Lemma put_ascending : forall k v m, ascending m -> ascending (put N.compare both k v m).
Proof.
  induction m as [|[h w] m IH]; intros Ha; [cbn; auto|]. pose proof Ha as Ha'. apply ascending_cons in Ha as [Hb Ha]. cbn [put].
  destruct (N.compare_spec k h) as [->|H|H].
  - now apply ascending_cons.
  - apply ascending_cons; split; [|assumption]. intros x Hx; cbn in *. destruct Hx as [<-|Hx]; [assumption|].
    apply Hb in Hx. lia.
  - apply ascending_cons; split; [|auto]. intros x Hx. apply put_keys in Hx. destruct Hx as [->|Hx]; [assumption | auto].
Qed.

Lemma look_put : forall k v m x, ascending m -> look x (put N.compare both k v m) =
  if N.eq_dec x k then Some match look k m with Some old => both old v | None => v end else look x m.
Proof.
  induction m as [|[h w] m IH]; intros x Ha; [cbn [put]; now rewrite look_cons|]. pose proof Ha as Ha'. destruct Ha as [Hb Ha]. cbn in Hb.
  cbn [put]. destruct (N.compare_spec k h) as [->|H|H].
  - rewrite !look_cons; cbn. destruct (N.eq_dec h h); [|lia]. destruct (N.eq_dec x h); reflexivity.
  - rewrite (look_cons x). cbn [fst snd]. destruct (N.eq_dec x k) as [->|]; [|reflexivity].
    rewrite look_below; [reflexivity|]. constructor; [assumption|]. eapply Forall_impl; [|exact Hb]. cbn; intros; lia.
  - rewrite !look_cons, IH by assumption. cbn [fst snd]. destruct (N.eq_dec x h), (N.eq_dec x k), (N.eq_dec k h); try lia; reflexivity.
Qed.

Lemma put_all_keys : forall m more x,
  In x (keys (put_all N.compare both m more)) <-> In x (keys m) \/ In x (keys more).
Proof.
  induction more as [|e more IH]; intros x; [cbn; intuition|].
  change (put_all N.compare both m (e :: more)) with (put N.compare both (fst e) (snd e) (put_all N.compare both m more)).
  rewrite put_keys, IH. cbn. intuition.
Qed.

Lemma put_all_ascending : forall m more, ascending m -> ascending (put_all N.compare both m more).
Proof. induction more as [|e more IH]; intros Ha; [assumption|]. cbn. apply put_ascending; auto. Qed.

Lemma look_put_all : forall m more x, ascending m -> ascending more ->
  look x (put_all N.compare both m more) =
  match look x m, look x more with
  | Some a, Some b => Some (both a b)
  | Some a, None => Some a
  | None, b => b
  end.
Proof.
  induction more as [|e more IH]; intros x Ha Hm; [cbn; destruct (look x m); reflexivity|].
  destruct Hm as [Hb Hm].
  change (put_all N.compare both m (e :: more)) with (put N.compare both (fst e) (snd e) (put_all N.compare both m more)).
  rewrite look_put by now apply put_all_ascending. rewrite look_cons, !IH by assumption.
  destruct (N.eq_dec x (fst e)) as [->|]; [|reflexivity]. rewrite (look_below _ _ Hb).
  destruct (look (fst e) m); reflexivity.
Qed.

Lemma put_all_forall : forall (P : V -> Prop) m more, (forall a b, P a -> P b -> P (both a b)) ->
  Forall (fun e => P (snd e)) m -> Forall (fun e => P (snd e)) more ->
  Forall (fun e => P (snd e)) (put_all N.compare both m more).
Proof.
  intros P m more HP Hm; induction more as [|[k v] more IH]; intros Hmore; [assumption|]. inversion Hmore; subst. cbn in H1.
  specialize (IH H2).
  change (put_all N.compare both m ((k, v) :: more)) with (put N.compare both k v (put_all N.compare both m more)).
  induction IH as [|[h w] l Hw Hl IHl]; [now repeat constructor|].
  cbn [put]. destruct (N.compare k h); constructor; cbn; auto.
Qed.

(** ** Sums *)

Variable number : replica -> N.
Hypothesis number_injective : forall a b, number a = number b -> a = b.
Variable everyone : list replica.
Hypothesis once : NoDup everyone.

(** All keys are numbers of replicas in the list. *)
Definition confined m : Prop := forall k, In k (keys m) -> exists r, In r everyone /\ number r = k.

Definition value_at (f : V -> nat) m (r : replica) : nat :=
  match look (number r) m with Some v => f v | None => 0 end.

Lemma sum_is_total : forall (f : V -> nat) m, ascending m -> confined m ->
  fold_right (fun e n => f (snd e) + n) 0 m = total (value_at f m) everyone.
Proof.
  induction m as [|e m IH]; intros Ha Hc.
  - symmetry. apply total_zero.
  - destruct Ha as [Hb Ha]. cbn [fold_right]. rewrite IH; [|assumption | intros k Hk; apply Hc; now right].
    destruct (Hc (fst e)) as (r & Hr & E); [now left|]. symmetry. rewrite Nat.add_comm.
    apply total_bump with (r := r); auto; unfold value_at.
    + rewrite look_cons, E. destruct (N.eq_dec (fst e) (fst e)); [|congruence]. now rewrite (look_below _ _ Hb).
    + intros q Hq. rewrite look_cons. destruct (N.eq_dec (number q) (fst e)); [|reflexivity].
      exfalso; apply Hq, number_injective; congruence.
Qed.
End Maps.
