(** * The counter whose reset takes away what the resetter had seen

    What is proved.  Where knowledge is causally closed, the value is the sum of the known steps that no known reset had seen
    ([value_is_sum_of_steps_not_reset]).  Whatever the delivery, a step that no known reset had seen counts ([unseen_step_counts]).
    Replicas that know the same operations show the same value ([same_operations_same_value]).

    The model.  Every step has a dot of its own, its payload is the step, up or down.  The value is the sum over the live dots:
    over any list that has each live dot once ([ds] below), for the state itself is a function.

    The Rust counterpart.  [crates/quipu-crdt/src/resettable_counter.rs].  A step of 0 makes no dot, here as there.

    What is assumed, what is left out: as in [Causal.v]; that equal neighbouring steps are kept in runs; limits of numbers. *)

From Coq Require Import List NArith ZArith.
From Quipu Require Import Lattice Convergence Causal Sums.
Import ListNotations.

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

  (** The sum of the live steps among the dots [ds]. *)
  Definition value (ds : list (dot Replica)) (s : causal Replica Z) : Z := live_sum resettable_counter (fun z => z) ds s.

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

  Lemma weight_of_step (o : counter_op) : op_weight resettable_counter (fun z => z) o = step_of o.
  Proof. destruct o as [z |]; unfold op_weight; simpl; [destruct (Z.eqb_spec z 0); congruence | easy]. Qed.

  Context {discipline : Prop}.
  Variable w : Convergence.system Replica (causal Replica Z) counter_op.
  Hypothesis ran : runs resettable_counter discipline w.

  Local Notation in_history r e ine := (i_known _ _ _ (reachable_invariant _ _ _ _ ran) r e ine).

  (** Where knowledge is causally closed, the value is the sum of the known steps that no known reset had seen: [es] is any list that
      has each of these once, [ds] any list that has each live dot once. *)
  Theorem value_is_sum_of_steps_not_reset r ds es :
    closed (known w r) -> lists_live resettable_counter (fun z => z) (state w r) ds ->
    NoDup es -> (forall a, In a es <-> counts (known w r) a) ->
    value ds (state w r) = sum (map (fun a => step_of (op a)) es).
  Proof.
    intros cl lists once listed. rewrite <- (map_ext _ _ (fun a : event => weight_of_step (op a))).
    apply (live_sum_is_sum_of_what_was_not_taken resettable_counter (fun z => z) w ran r); auto.
    - intros a z mk _. rewrite listed. apply makes_step in mk as [eq _]. change (op (a : event) = Step z) in eq. unfold counts, stands. rewrite eq. split.
      + intros (ina & _ & none). split; [exact ina |]. intros (o & ino & sees & cv). apply none. exists o.
        apply covers_reset in cv. auto.
      + intros (ina & none). split; [exact ina |]. split; [easy |]. intros (o & ino & reset & sees). apply none. exists o.
        repeat split; auto. now apply covers_reset.
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
