(** * The counter whose reset takes away what the resetter had seen

    What is proved.  Where knowledge is causally closed, the value is the sum of the known steps that no known reset had seen
    ([value_is_sum_of_steps_not_reset]).  Whatever the delivery, a step that no known reset had seen counts ([unseen_step_counts]).
    Replicas that know the same operations show the same value ([same_operations_same_value]).

    The model.  Every step has a dot of its own, its payload is the step, up or down.  The value is the sum over the live dots:
    over any list that has each live dot once ([ds] below), for the state itself is a function.

    The Rust counterpart.  [crates/quipu-crdt/src/resettable_counter.rs].  A step of 0 makes no dot, here as there.

    What is assumed, what is left out: as in [Causal.v]; that equal neighbouring steps are kept in runs; limits of numbers. *)

From Coq Require Import List NArith ZArith Permutation Lia.
From Quipu Require Import Lattice Convergence Causal.
Import ListNotations.

#[global] Instance Z_eq_dec : EqDec Z := Z.eq_dec.

Definition sum (l : list Z) : Z := fold_right Z.add 0%Z l.

Lemma sum_permutation l l' : Permutation l l' -> sum l = sum l'.
Proof. unfold sum. induction 1; simpl; lia. Qed.

Section ResettableCounter.
  Context {Replica : Type} `{EqDec Replica}.

  Inductive counter_op := Step (z : Z) | Reset.

  Definition resettable_counter : causal_type := {|
    payload := Z;
    payload_dec := _;
    operation := counter_op;
    makes o := match o with Step z => if Z.eqb z 0 then None else Some z | Reset => None end;
    covers o _ := match o with Step _ => false | Reset => true end;
    reads _ := false
  |}.

  Local Notation event := (Convergence.event Replica (causal Replica Z) counter_op).

  Definition step_of (o : counter_op) : Z := match o with Step z => z | Reset => 0%Z end.

  Definition live_step (s : causal Replica Z) (d : dot Replica) : Z := match s d with Live z => z | _ => 0%Z end.

  (** The sum of the live steps among the dots [ds]. *)
  Definition value (ds : list (dot Replica)) (s : causal Replica Z) : Z := sum (map (live_step s) ds).

  (** The list has every live dot once. *)
  Definition lists_live (s : causal Replica Z) (ds : list (dot Replica)) :=
    NoDup ds /\ forall d z, s d = Live z -> In d ds.

  (** [a] is a known step that no known reset had seen. *)
  Definition counts (k : list event) (a : event) :=
    In a k /\ op a <> Reset /\ ~ exists o, In o k /\ op o = Reset /\ In a (seen o).

  Lemma makes_step (o : counter_op) (z : Z) : makes resettable_counter o = Some z <-> o = Step z /\ z <> 0%Z.
  Proof.
    destruct o as [y |]; simpl; [| easy]. destruct (Z.eqb_spec y 0); split; try easy.
    - intros [[= ->] ne]. easy.
    - now intros [= ->].
    - now intros [[= ->] _].
  Qed.

  Lemma covers_reset (o : counter_op) (z : Z) : covers resettable_counter o z = true <-> o = Reset.
  Proof. now destruct o. Qed.

  Context {discipline : Prop}.
  Variable w : Convergence.system Replica (causal Replica Z) counter_op.
  Hypothesis ran : runs resettable_counter discipline w.

  Local Notation in_history r e ine := (i_known _ _ _ (reachable_invariant _ _ _ _ ran) r e ine).

  Lemma made_step (a : event) (d : dot Replica) (z : Z) :
    In a (history w) -> made resettable_counter a d z -> op a = Step z /\ z <> 0%Z.
  Proof. intros ina mk. destruct (made_by resettable_counter w ran a d z ina mk) as (_ & eq & _). now apply makes_step. Qed.

  Lemma one_dot e d d' z z' :
    In e (history w) -> made resettable_counter e d z -> made resettable_counter e d' z' -> d = d'.
  Proof.
    intros ine mk mk'. destruct (e_does _ _ _ _ (i_event _ _ _ (reachable_invariant _ _ _ _ ran) e ine)) as (n & _ & eq).
    unfold made in *. rewrite eq in mk, mk'. apply change_live in mk as [-> _], mk' as [-> _]. easy.
  Qed.

  (** Where knowledge is causally closed, the value is the sum of the known steps that no known reset had seen: [es] is any list that
      has each of these once. *)
  Theorem value_is_sum_of_steps_not_reset r ds es :
    closed (known w r) -> lists_live (state w r) ds ->
    NoDup es -> (forall a, In a es <-> counts (known w r) a) ->
    value ds (state w r) = sum (map (fun a => step_of (op a)) es).
  Proof.
    intros cl [once all] once' listed.
    (* The dots of the steps that count, in the order of [es]; a step of 0 has none. *)
    assert (dots : exists l, NoDup l /\ (forall d, In d l <-> exists a z, In a es /\ made resettable_counter a d z) /\
                             (forall s, (forall a d z, In a es -> made resettable_counter a d z -> s d = Live z) ->
                                        sum (map (live_step s) l) = sum (map (fun a => step_of (op a)) es))).
    { assert (hist : incl es (history w)) by (intros a ina; apply listed in ina as [ina _]; exact (in_history r a ina)).
      assert (steps : forall a, In a es -> op a <> Reset) by (intros a ina; apply listed, ina).
      clear listed. induction es as [| a es IH].
      - exists []. split; [constructor |]. split; [intros d; split; [easy | now intros (a & z & [] & _)] | easy].
      - inversion_clear once' as [| ? ? new rest].
        destruct IH as (l & nd & here & eq); [exact rest | now apply incl_cons_inv in hist | intros b inb; apply steps; now right |].
        assert (ina : In a (history w)) by now apply hist; left.
        destruct (op a) as [z |] eqn:o; [| now contradiction (steps a (or_introl eq_refl))].
        destruct (Z.eq_dec z 0) as [-> | nz].
        + assert (none : forall d z', ~ made resettable_counter a d z').
          { intros d z' mk. destruct (made_step a d z' ina mk) as [eqo nz]. rewrite o in eqo. injection eqo as eqo. now apply nz. }
          exists l. split; [exact nd |]. split.
          * intros d. rewrite here. split.
            -- intros (b & z & inb & mk). exists b, z. split; [now right | exact mk].
            -- intros (b & z & [<- | inb] & mk); [now contradiction (none d z) | now exists b, z].
          * intros s live. simpl. rewrite o. simpl. apply eq. intros b d z inb. apply live. now right.
        + destruct (makes_one resettable_counter w ran a z ina) as [d mk]; [now apply makes_step |].
          exists (d :: l). split; [constructor; [| exact nd] |]; [| split].
          * intros ind. apply here in ind as (b & z' & inb & mk').
            assert (inbh : In b (history w)) by now apply hist; right.
            destruct (dots_are_unique resettable_counter w ran a b d z z' ina inbh mk mk') as [<- _]. now apply new.
          * intros d'. simpl. rewrite here. split.
            -- intros [<- | (b & z' & inb & mk')]; [exists a, z; split; [now left | exact mk] | exists b, z'; split; [now right | exact mk']].
            -- intros (b & z' & [<- | inb] & mk'); [left; now apply (one_dot a d d' z z') | right; now exists b, z'].
          * intros s live. simpl. rewrite o. unfold live_step at 1. rewrite (live a d z); [| now left | exact mk]. simpl.
            f_equal. apply eq. intros b d' z' inb. apply live. now right. }
    destruct dots as (l & nd & here & eq).
    assert (alive : forall d z, state w r d = Live z <-> exists a, In a es /\ made resettable_counter a d z).
    { intros d z. rewrite (alive_iff_not_covered resettable_counter w ran r d z cl). split.
      - intros (a & ina & mk & none). exists a. split; [| exact mk]. apply listed. split; [exact ina |]. split.
        + destruct (made_step a d z (in_history r a ina) mk) as [eqo _]. intros reset. now rewrite reset in eqo.
        + intros (o & ino & reset & sees). apply none. exists o. repeat split; auto. now apply covers_reset.
      - intros (a & ina & mk). apply listed in ina as (ina & _ & none). exists a. repeat split; auto.
        intros (o & ino & sees & cv). apply none. exists o. repeat split; auto. now apply covers_reset in cv. }
    rewrite <- (eq (state w r)) by (intros a d z ina mk; apply alive; now exists a).
    (* Both lists have all live dots once; dots that are not alive count 0. *)
    unfold value. set (is_live := fun d => match state w r d with Live _ => true | _ => false end).
    assert (filtered : forall ds, sum (map (live_step (state w r)) ds) = sum (map (live_step (state w r)) (filter is_live ds))).
    { intros x. induction x as [| d x IH]; [easy |]. simpl. rewrite IH.
      destruct (is_live d) eqn:live; simpl; [easy |]. unfold live_step at 1. unfold is_live in live.
      now destruct (state w r d). }
    rewrite (filtered ds). apply sum_permutation, Permutation_map, NoDup_Permutation; [now apply NoDup_filter | exact nd |].
    intros d. rewrite filter_In, here. unfold is_live. split.
    - intros [_ live]. destruct (state w r d) as [| z |] eqn:st; try easy. apply alive in st as (a & ina & mk). now exists a, z.
    - intros (a & z & ina & mk). assert (st : state w r d = Live z) by (apply alive; now exists a).
      split; [now apply (all d z) | now rewrite st].
  Qed.

  (** Whatever the delivery: a known step that no known reset had seen is alive, and so counts. *)
  Theorem unseen_step_counts r a z :
    counts (known w r) a -> op a = Step z -> z <> 0%Z ->
    exists d, made resettable_counter a d z /\ state w r d = Live z.
  Proof.
    intros (ina & _ & none) eq nz.
    destruct (makes_one resettable_counter w ran a z (in_history r a ina)) as [d mk]; [now apply makes_step |].
    exists d. split; [exact mk |]. apply (unseen_is_never_lost resettable_counter w ran r d z a ina mk).
    intros (o & ino & sees & cv). apply none. exists o. repeat split; auto. now apply covers_reset in cv.
  Qed.

  (** Replicas that know the same operations show the same value. *)
  Theorem same_operations_same_value r r' ds :
    (forall e, In e (known w r) <-> In e (known w r')) -> value ds (state w r) = value ds (state w r').
  Proof. intros eq. now rewrite (strong_eventual_consistency _ _ w r r' (run_reachable _ _ _ _ ran) eq). Qed.
End ResettableCounter.
