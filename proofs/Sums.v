(** * Sums over what is alive

    What is proved.  Give every payload of a causal type a weight.  Where knowledge is causally closed, the sum of the weights of all that
    is alive at a replica is the sum of the weights that known operations put in and that no known operation had seen and taken
    away ([live_sum_is_sum_of_what_was_not_taken]).  The value of the resettable counter, alone or under a key of a map, is such a sum
    ([ResettableCounter.v], [OrMap.v]).

    A state is a function from dots, so a sum goes over a list of dots: any list that has each live dot once.

    The Rust counterpart.  [value] in [crates/quipu-crdt/src/resettable_counter.rs].

    What is assumed, what is left out: as in [Causal.v]; limits of numbers. *)

From Coq Require Import List NArith ZArith Permutation Lia.
From Quipu Require Import Lattice Convergence Causal.
Import ListNotations.

#[global] Instance Z_eq_dec : EqDec Z := Z.eq_dec.

Definition sum (l : list Z) : Z := fold_right Z.add 0%Z l.

Lemma sum_permutation l l' : Permutation l l' -> sum l = sum l'.
Proof. unfold sum. induction 1; simpl; lia. Qed.

Section Sums.
  Context {Replica : Type} `{EqDec Replica} (T : causal_type).
  Variable weight : payload T -> Z.

  Local Notation state_type := (causal Replica (payload T)).
  Local Notation event := (Convergence.event Replica state_type (operation T)).

  (** The weight under a dot, and that of an operation: of what it puts in. *)
  Definition live_weight (s : state_type) (d : dot Replica) : Z := match s d with Live p => weight p | _ => 0%Z end.
  Definition op_weight (o : operation T) : Z := match makes T o with Some p => weight p | None => 0%Z end.

  (** The sum of the weights of all that is alive among the dots [ds]. *)
  Definition live_sum (ds : list (dot Replica)) (s : state_type) : Z := sum (map (live_weight s) ds).

  (** The list has every live dot once. *)
  Definition lists_live (s : state_type) (ds : list (dot Replica)) := NoDup ds /\ forall d p, s d = Live p -> In d ds.

  (** [a] is known, and no known operation had seen it and takes away the [p] that it put in. *)
  Definition stands (k : list event) (a : event) (p : payload T) :=
    In a k /\ ~ exists o, In o k /\ In a (seen o) /\ covers T (op o) p = true.

  Context {discipline : Prop}.
  Variable w : Convergence.system Replica state_type (operation T).
  Hypothesis ran : runs T discipline w.

  Lemma one_dot e d d' p p' : In e (history w) -> made T e d p -> made T e d' p' -> d = d'.
  Proof.
    intros ine mk mk'. destruct (e_does _ _ _ _ (i_event _ _ _ (reachable_invariant _ _ _ _ ran) e ine)) as (n & _ & eq).
    unfold made in *. rewrite eq in mk, mk'. apply change_live in mk as [-> _], mk' as [-> _]. easy.
  Qed.

  (** The dots that some events made, in their order. *)
  Lemma dots_of (es : list event) :
    incl es (history w) -> NoDup es ->
    exists l, NoDup l /\ (forall d, In d l <-> exists a p, In a es /\ made T a d p) /\
      forall s : state_type, (forall a d p, In a es -> made T a d p -> s d = Live p) ->
        sum (map (live_weight s) l) = sum (map (fun a => op_weight (op a)) es).
  Proof.
    induction es as [| a es IH]; intros hist once.
    { exists []. split; [constructor |]. split; [intros d; split; [easy | now intros (a & p & [] & _)] | easy]. }
    inversion_clear once as [| ? ? new rest].
    destruct IH as (l & nd & here & eq); [now apply incl_cons_inv in hist | exact rest |].
    assert (ina : In a (history w)) by now apply hist; left.
    destruct (makes T (op a)) as [p |] eqn:mks.
    - destruct (makes_one T w ran a p ina mks) as [d mk].
      exists (d :: l). split; [constructor; [| exact nd] |]; [| split].
      + intros ind. apply here in ind as (b & p' & inb & mk').
        assert (inbh : In b (history w)) by now apply hist; right.
        destruct (dots_are_unique T w ran a b d p p' ina inbh mk mk') as [<- _]. now apply new.
      + intros d'. simpl. rewrite here. split.
        * intros [<- | (b & p' & inb & mk')]; [exists a, p; split; [now left | exact mk] | exists b, p'; split; [now right | exact mk']].
        * intros (b & p' & [<- | inb] & mk'); [left; now apply (one_dot a d d' p p') | right; now exists b, p'].
      + intros s live. simpl. unfold live_weight at 1, op_weight at 1. rewrite mks, (live a d p); [| now left | exact mk].
        simpl. f_equal. apply eq. intros b d' p' inb. apply live. now right.
    - assert (none : forall d p, ~ made T a d p).
      { intros d p mk. destruct (made_by T w ran a d p ina mk) as (_ & some & _). congruence. }
      exists l. split; [exact nd |]. split.
      + intros d. rewrite here. split.
        * intros (b & p & inb & mk). exists b, p. split; [now right | exact mk].
        * intros (b & p & [<- | inb] & mk); [now contradiction (none d p) | now exists b, p].
      + intros s live. simpl. unfold op_weight at 1. rewrite mks. simpl. apply eq. intros b d p inb. apply live. now right.
  Qed.

  (** Where knowledge is causally closed, the weights of all that is alive add up to the weights of what known operations put in and
      no known operation had seen and taken away.  [es] has each such operation once (and may have others, that put nothing in). *)
  Theorem live_sum_is_sum_of_what_was_not_taken r ds es :
    closed (known w r) -> lists_live (state w r) ds ->
    NoDup es -> incl es (known w r) ->
    (forall a p, makes T (op a) = Some p -> In a es <-> stands (known w r) a p) ->
    live_sum ds (state w r) = sum (map (fun a => op_weight (op a)) es).
  Proof.
    intros cl [once all] once' sub listed.
    pose proof (i_known _ _ _ (reachable_invariant _ _ _ _ ran) r) as hist.
    destruct (dots_of es) as (l & nd & here & eq); [now apply (incl_tran sub) | exact once' |].
    assert (alive : forall d p, state w r d = Live p <-> exists a, In a es /\ made T a d p).
    { intros d p. rewrite (alive_iff_not_covered T w ran r d p cl). split.
      - intros (a & ina & mk & none). exists a. split; [| exact mk].
        destruct (made_by T w ran a d p (hist a ina) mk) as (_ & mks & _). now apply (listed a p mks).
      - intros (a & ina & mk). destruct (made_by T w ran a d p (hist a (sub a ina)) mk) as (_ & mks & _).
        apply (listed a p mks) in ina as [ina none]. now exists a. }
    rewrite <- (eq (state w r)) by (intros a d p ina mk; apply alive; now exists a).
    (* Both lists have all live dots once; dots that are not alive weigh nothing. *)
    unfold live_sum. set (is_live := fun d => match state w r d with Live _ => true | _ => false end).
    assert (filtered : forall ds, sum (map (live_weight (state w r)) ds) = sum (map (live_weight (state w r)) (filter is_live ds))).
    { intros x. induction x as [| d x IH]; [easy |]. simpl. rewrite IH.
      destruct (is_live d) eqn:live; simpl; [easy |]. unfold live_weight at 1. unfold is_live in live.
      now destruct (state w r d). }
    rewrite (filtered ds). apply sum_permutation, Permutation_map, NoDup_Permutation; [now apply NoDup_filter | exact nd |].
    intros d. rewrite filter_In, here. unfold is_live. split.
    - intros [_ live]. destruct (state w r d) as [| p |] eqn:st; try easy. apply alive in st as (a & ina & mk). now exists a, p.
    - intros (a & p & ina & mk). assert (st : state w r d = Live p) by (apply alive; now exists a).
      split; [now apply (all d p) | now rewrite st].
  Qed.
End Sums.
