(** * Sums over what is alive

    What is proved.  Give every payload of a causal type a weight.  Where knowledge is causally closed, the sum of the weights of all that
    is alive at a replica is the sum of the weights that known operations put in and that no known operation had seen and taken
    away ([live_sum_is_sum_of_what_was_not_taken]).  The value of the resettable counter, alone or under a key of a map, is such a sum
    ([ResettableCounter.v], [OrMap.v]).

    A state is a function from dots, so a sum goes over a list of dots: any list that has each live dot
    that weighs something, and none twice.

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

  (** The list has every live dot whose payload weighs something, and none twice. *)
  Definition lists_live (s : state_type) (ds : list (dot Replica)) :=
    NoDup ds /\ forall d p, s d = Live p -> weight p <> 0%Z -> In d ds.

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

  Lemma sum_without_zeros {X} (f : X -> Z) (l : list X) :
    sum (map f l) = sum (map f (filter (fun x => negb (Z.eqb (f x) 0)) l)).
  Proof.
    induction l as [| x l IH]; [easy |]. simpl. rewrite IH. destruct (Z.eqb_spec (f x) 0) as [-> | ne]; simpl; [easy |].
    reflexivity.
  Qed.

  (** Where knowledge is causally closed, the weights of all that is alive add up to the weights of what known operations put in and
      no known operation had seen and taken away.  [es] has each such operation once; those that weigh nothing do not matter. *)
  Theorem live_sum_is_sum_of_what_was_not_taken r ds es :
    closed (known w r) -> lists_live (state w r) ds ->
    NoDup es ->
    (forall a p, makes T (op a) = Some p -> weight p <> 0%Z -> In a es <-> stands (known w r) a p) ->
    live_sum ds (state w r) = sum (map (fun a => op_weight (op a)) es).
  Proof.
    intros cl [once all] once' listed.
    pose proof (i_known _ _ _ (reachable_invariant _ _ _ _ ran) r) as hist.
    unfold live_sum. rewrite (sum_without_zeros (live_weight (state w r)) ds), (sum_without_zeros (fun a : event => op_weight (op a)) es).
    set (es' := filter _ es).
    assert (heavy : forall a, In a es' <-> In a es /\ op_weight (op a) <> 0%Z).
    { intros a. unfold es'. rewrite filter_In. destruct (Z.eqb_spec (op_weight (op a)) 0); simpl; intuition congruence. }
    assert (puts : forall a, In a es' -> exists p, makes T (op a) = Some p /\ weight p <> 0%Z /\ stands (known w r) a p).
    { intros a ina. apply heavy in ina as [ina some]. unfold op_weight in some. destruct (makes T (op a)) as [p |] eqn:mks; [| easy].
      exists p. split; [easy |]. split; [exact some |]. now apply (listed a p mks some). }
    destruct (dots_of es') as (l & nd & here & eq).
    { intros a ina. destruct (puts a ina) as (p & _ & _ & ink & _). now apply hist. }
    { now apply NoDup_filter. }
    assert (alive : forall d p, weight p <> 0%Z -> state w r d = Live p <-> exists a, In a es' /\ made T a d p).
    { intros d p some. rewrite (alive_iff_not_covered T w ran r d p cl). split.
      - intros (a & ina & mk & none). exists a. split; [| exact mk].
        destruct (made_by T w ran a d p (hist a ina) mk) as (_ & mks & _). apply heavy. split; [now apply (listed a p mks some) |].
        unfold op_weight. now rewrite mks.
      - intros (a & ina & mk). destruct (puts a ina) as (q & _ & _ & ink & _).
        destruct (made_by T w ran a d p (hist a ink) mk) as (_ & mks & _). apply heavy in ina as [ina _].
        apply (listed a p mks some) in ina as [_ none]. now exists a. }
    assert (heavy_made : forall a d p, In a es' -> made T a d p -> weight p <> 0%Z).
    { intros a d p ina mk. destruct (puts a ina) as (q & mks & some & ink & _).
      destruct (made_by T w ran a d p (hist a ink) mk) as (_ & mks' & _). congruence. }
    rewrite <- (eq (state w r)) by (intros a d p ina mk; apply alive; [now apply (heavy_made a d p) | now exists a]).
    apply sum_permutation, Permutation_map, NoDup_Permutation; [now apply NoDup_filter | exact nd |].
    intros d. rewrite filter_In, here. unfold live_weight. split.
    - intros [_ live]. destruct (state w r d) as [| p |] eqn:st; try easy. destruct (Z.eqb_spec (weight p) 0) as [|some]; [easy |].
      apply alive in st as (a & ina & mk); [| exact some]. now exists a, p.
    - intros (a & p & ina & mk). pose proof (heavy_made a d p ina mk) as some.
      assert (st : state w r d = Live p) by (apply alive; [exact some | now exists a]).
      split; [now apply (all d p st) |]. rewrite st. destruct (Z.eqb_spec (weight p) 0); easy.
  Qed.
End Sums.
