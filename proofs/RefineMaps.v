(** * The executable maps of counters, of registers, and of maps of sets meet their specifications

    What is proved, for the three maps of [TwinMap.v], with messages taken in order.
    - Map of counters: the value under a key is the sum of the known steps on that key that no known reset of the counter, removal of
      the key or clearing of the map ([removes_key]) had seen ([twin_counter_map_counts_what_was_not_removed]).
    - Map of registers: the values under a key are those of the known writes to it that no known write to that key, removal of it or
      clearing had seen ([twin_register_map_shows_unseen_writes]).
    - Map of maps of sets: an element is under a pair of keys exactly if a known add put it there that no known operation which takes
      it away, at whichever level, had seen ([twin_set_map_map_is_add_wins]).
    [..._refines]: every change of the twin is the change of the model.

    The Rust counterpart.  [crates/quipu-crdt/src/or_map.rs]; the tests in [crates/quipu-crdt/tests/oracle].

    A write under one key over a read context that brings along what was read under another is one delta in the Rust code and in the
    twin.  It is the group of two changes of the model, as [write_over_other_keys_is_a_group] says; so executions with such writes
    are executions of the model in which the two deltas travel together. *)

From Coq Require Import List NArith ZArith Bool Lia FunctionalExtensionality.
From Quipu Require Import Lattice Convergence Causal Sums OrSet MvRegister ResettableCounter OrMap Refine RefineLists RefineCausal
  RefineTypes RefineMap.
From Quipu Require TwinLists TwinCausal TwinStores TwinMap.
Import ListNotations.

Local Notation get := TwinMap.map_get.

(** Changes that are those of [map_act] refine the model. *)
Lemma refines_as_map (T : causal_type) {A} (S : store A (payload T)) inner act :
  act_refines T S inner ->
  (forall r o s b, b = s \/ reads (or_map N T) o = true -> act r o s b = map_act T S inner r o s b) ->
  act_refines (or_map N T) (map_store S) act.
Proof. intros refines same r o s b gs gb own base. rewrite (same r o s b base). now apply map_act_refines. Qed.

(** What the operations on one key, and on all, leave of the knowledge of a replica in an execution of the twin. *)
Lemma under_key (T : causal_type) {A} (S : store A (payload T)) act causal w r k d p :
  act_refines (or_map N T) (map_store S) act ->
  run (reads (or_map N T)) (fun r o s b d => d = act r o s b) (H0 := pair_joinable (or_map N T) (map_store S)) causal w ->
  closed (known (abs_system (causal_abs (map_store S)) w) r) ->
  lookup S (get k (snd (state w r))) d = Some p <->
  exists a, In a (known (abs_system (causal_abs (map_store S)) w) r) /\ made (or_map N T) a d (k, p) /\
    ~ exists o, In o (known (abs_system (causal_abs (map_store S)) w) r) /\ In a (seen o) /\ takes_from N T k p (op o).
Proof.
  intros refines ran cl. destruct (causal_twin_runs_in_the_model _ _ _ _ w refines ran) as [gd model].
  refine (iff_trans _ (value_under_key N T _ model r k d p cl)).
  destruct (map_get_is_value_of T S (state w r) k (proj1 gd r)) as [_ eq].
  change (state (abs_system (causal_abs (map_store S)) w) r) with (causal_abs (map_store S) (state w r)).
  rewrite <- eq. symmetry. apply abs_live.
Qed.

(** ** A map of counters *)

Definition counter_map_act r (o : map_op N resettable_counter) (s b : TwinMap.counter_map) : TwinMap.counter_map :=
  match o with
  | Update _ _ k (Step z) => TwinMap.counter_map_add k r z s
  | Update _ _ k Reset => TwinMap.counter_map_reset k s
  | RemoveKey _ _ k => TwinMap.counter_map_remove k s
  | ClearMap _ _ => TwinMap.counter_map_clear s
  | ForgetRead _ _ k => TwinMap.counter_map_remove k b
  end.

(** Every change of the twin of the map of counters is a change of the model. *)
Theorem counter_map_refines : act_refines (or_map N resettable_counter) (map_store live_store) counter_map_act.
Proof.
  apply (refines_as_map resettable_counter live_store resettable_counter_act _ resettable_counter_refines).
  intros r o s b base. destruct o as [k u | k | | k]; [| | | reflexivity];
    (assert (b = s) as -> by (destruct base as [-> | rd]; easy)); [destruct u | |]; reflexivity.
Qed.

Local Notation counter_map_abs := (causal_abs (map_store (live_store (P := Z)))).

Definition counter_map_run causal (w : system N TwinMap.counter_map (map_op N resettable_counter)) :=
  run (reads (or_map N resettable_counter)) (fun r o s b d => d = counter_map_act r o s b)
      (H0 := pair_joinable (or_map N resettable_counter) (map_store live_store)) causal w.

(** [a] is a known step on [key] that no known reset, removal of the key or clearing had seen. *)
Definition counts_under {R S : Type} (key : N) (k : list (event R S (map_op N resettable_counter))) a :=
  In a k /\ (exists z, op a = Update N resettable_counter key (Step z)) /\
  ~ exists o, In o k /\ In a (seen o) /\
      (op o = Update N resettable_counter key Reset \/ removes_key N resettable_counter key (op o)).

Definition step_under (o : map_op N resettable_counter) : Z :=
  match o with Update _ _ _ (Step z) => z | _ => 0%Z end.

(** The value that the twin computes under a key is the sum of the known steps on that key that no known reset of the counter,
    removal of the key or clearing of the map had seen. *)
Theorem twin_counter_map_counts_what_was_not_removed w r key es :
  counter_map_run True w ->
  NoDup es -> (forall a, In a es <-> counts_under key (known (abs_system counter_map_abs w) r) a) ->
  TwinStores.resettable_counter_value (fst (state w r), get key (snd (state w r))) = sum (map (fun a => step_under (op a)) es).
Proof.
  intros ran once listed.
  destruct (causal_twin_runs_in_the_model (or_map N resettable_counter) (map_store live_store) counter_map_act True w counter_map_refines ran) as [gd model].
  pose proof (proj1 (causal_delivery_keeps_knowledge_closed _ _ _ model) r) as cl.
  set (T := or_map N resettable_counter). set (weight := fun p : N * Z => if eq_dec key (fst p) then snd p else 0%Z).
  set (good := proj1 gd r). destruct (map_get_is_value_of resettable_counter live_store (state w r) key good) as [gv eqv].
  assert (same : forall a, In a es -> op_weight T weight (op a) = step_under (op a)).
  { intros a ina. apply listed in ina as (_ & (z & eq) & _). unfold op_weight. rewrite eq. simpl.
    destruct (Z.eqb_spec z 0) as [-> |]; simpl; [easy |]. unfold weight. simpl. now destruct (eq_dec key key). }
  transitivity (sum (map (fun a => op_weight T weight (op a)) es)); [| f_equal; now apply map_ext_in].
  refine (eq_trans _ (live_sum_is_sum_of_what_was_not_taken T weight _ model r
                        (TwinCausal.live_dots (get key (snd (state w r)))) es cl _ once _)).
  - assert (sums : forall (c : TwinMap.counter_map), causal_good live_store (fst c, get key (snd c)) ->
              causal_abs live_store (fst c, get key (snd c)) = value_of N resettable_counter key (counter_map_abs c) ->
              TwinStores.resettable_counter_value (fst c, get key (snd c)) =
              live_sum T weight (TwinCausal.live_dots (get key (snd c))) (counter_map_abs c)).
    { intros c (_ & ok & _) eq. unfold live_sum, TwinStores.resettable_counter_value, TwinCausal.live_dots, TwinLists.keys, sum.
      rewrite map_map. cbn [fst snd] in *. transitivity (fold_right Z.add 0%Z (map snd (get key (snd c)))).
      - clear eq ok. generalize (get key (snd c) : list (dot * Z)). intros l. induction l as [| [d z] l IH]; simpl; [easy | now rewrite IH].
      - f_equal. apply map_ext_in. intros [d z] inside. unfold live_weight. cbn [fst snd].
        assert (live : causal_abs live_store (fst c, get key (snd c)) d = Live z) by (apply abs_live; now apply (in_find before)).
        rewrite eq in live. apply (value_of_live N resettable_counter) in live. rewrite live. unfold weight. simpl. now destruct (eq_dec key key). }
    now apply sums.
  - split; [destruct gv as (_ & ok & _); now apply (ascending_NoDup before) in ok |].
    intros d [k z] live some. unfold weight in some. simpl in some. destruct (eq_dec key k) as [<- |]; [| easy].
    assert (live' : causal_abs live_store (fst (state w r), get key (snd (state w r))) d = Live z).
    { refine (eq_trans (f_equal (fun f => f d) eqv) _). apply (value_of_live N resettable_counter). exact live. }
    apply (live_in _ d z gv) in live'. now apply (in_map fst _ (d, z)).
  - intros a [k z] mks some. unfold weight in some. simpl in some. destruct (eq_dec key k) as [<- |]; [| easy].
    refine (iff_trans (listed a) _). unfold counts_under, stands.
    assert (covers_what : forall o : map_op N resettable_counter, covers T o (key, z) = true <->
              o = Update N resettable_counter key Reset \/ removes_key N resettable_counter key o).
    { intros o. unfold T. rewrite covers_takes. unfold takes_from, removes_key. split.
      - intros [(u & -> & cv) | rest]; [| now right]. apply covers_reset in cv as ->. now left.
      - intros [-> | rest]; [left; now exists Reset | now right]. }
    assert (is_step : exists z, op a = Update N resettable_counter key (Step z)).
    { assert (shape : forall o : map_op N resettable_counter, makes T o = Some (key, z) -> exists z, o = Update N resettable_counter key (Step z)).
      { intros [k [y |] | k | | k]; simpl; try easy. destruct (Z.eqb y 0); simpl; [easy |]. intros [= -> _]. now exists y. }
      now apply shape. }
    split.
    + intros (ina & _ & none). split; [exact ina |]. intros (o & ino & sees & cv). apply none. exists o. apply covers_what in cv. auto.
    + intros (ina & none). split; [exact ina |]. split; [exact is_step |]. intros (o & ino & sees & what). apply none. exists o.
      apply covers_what in what. auto.
Qed.

(** ** A map of registers *)

Definition register_map_act r (o : map_op N (mv_register N)) (s b : TwinMap.register_map) : TwinMap.register_map :=
  match o with
  | Update _ _ k (Write v) => TwinMap.register_map_write k r v s
  | Update _ _ k (WriteOver v) => TwinMap.register_map_write_over k r (TwinCausal.live_dots (get k (snd b))) v s
  | Update _ _ k Erase => TwinMap.map_update k TwinStores.mv_register_clear s
  | RemoveKey _ _ k => TwinMap.register_map_remove k s
  | ClearMap _ _ => TwinMap.map_clear TwinCausal.live_dots s
  | ForgetRead _ _ k => TwinMap.register_map_remove k b
  end.

(** Every change of the twin of the map of registers is a change of the model. *)
Theorem register_map_refines : act_refines (or_map N (mv_register N)) (map_store live_store) register_map_act.
Proof.
  apply (refines_as_map (mv_register N) live_store mv_register_act _ mv_register_refines).
  intros r [k [v | v |] | k | | k] s b base; reflexivity.
Qed.

Local Notation register_map_abs := (causal_abs (map_store (live_store (P := N)))).

Definition register_map_run causal (w : system N TwinMap.register_map (map_op N (mv_register N))) :=
  run (reads (or_map N (mv_register N))) (fun r o s b d => d = register_map_act r o s b)
      (H0 := pair_joinable (or_map N (mv_register N)) (map_store live_store)) causal w.

(** The values that the twin lists under a key are exactly those of the known writes to that key that no known write to it,
    removal of it or clearing of the map had seen. *)
Theorem twin_register_map_shows_unseen_writes w r key v :
  register_map_run True w ->
  let k := known (abs_system register_map_abs w) r in
  In v (TwinStores.mv_register_value (fst (state w r), get key (snd (state w r)))) <->
  exists a u, In a k /\ op a = Update N (mv_register N) key u /\ value_written u = Some v /\
    ~ exists o, In o k /\ In a (seen o) /\
        ((exists u', op o = Update N (mv_register N) key u') \/ removes_key N (mv_register N) key (op o)).
Proof.
  intros ran. cbv zeta.
  destruct (causal_twin_runs_in_the_model (or_map N (mv_register N)) (map_store live_store) register_map_act True w register_map_refines ran) as [gd model].
  pose proof (proj1 (causal_delivery_keeps_knowledge_closed _ _ _ model) r) as cl.
  pose proof (i_known _ _ _ (reachable_invariant _ _ _ _ model) r) as hist.
  assert (takes : forall o : map_op N (mv_register N), takes_from N (mv_register N) key v o <->
            (exists u', o = Update N (mv_register N) key u') \/ removes_key N (mv_register N) key o).
  { intros o. unfold takes_from. split; intros [what | rest]; auto; left; [destruct what as (u & eq & _) | destruct what as (u & eq)]; now exists u. }
  destruct (map_get_is_value_of (mv_register N) live_store (state w r) key (proj1 gd r)) as [(_ & ok & _) _].
  unfold TwinStores.mv_register_value. cbn [fst snd] in *. rewrite (in_collected (fun y => y)). split.
  - intros (d & p & inside & ->). apply (in_find before) in inside; [| exact ok].
    apply (under_key (mv_register N) live_store register_map_act True w r key d v register_map_refines ran cl) in inside
      as (a & ina & mk & none).
    destruct (made_update N (mv_register N) _ model a d key v (hist a ina) mk) as (u & eq & wr).
    exists a, u. repeat split; auto. intros (o & ino & sees & what). apply none. exists o. repeat split; auto. now apply takes.
  - intros (a & u & ina & eq & wr & none).
    destruct (makes_one (or_map N (mv_register N)) _ model a (key, v) (hist a ina)) as [d mk].
    { assert (shape : makes (or_map N (mv_register N)) (Update N (mv_register N) key u) = Some (key, v)) by (simpl; now rewrite wr).
      now rewrite <- eq in shape. }
    exists d, v. split; [| easy].
    assert (found : lookup live_store (get key (snd (state w r))) d = Some v); [| now apply (find_some before) in found].
    apply (under_key (mv_register N) live_store register_map_act True w r key d v register_map_refines ran cl).
    exists a. repeat split; auto. intros (o & ino & sees & what). apply none. exists o. repeat split; auto. now apply takes.
Qed.

Lemma largest_spec r l :
  (forall n, In (r, n) l -> (n <= TwinCausal.largest r l)%N) /\ (TwinCausal.largest r l = 0%N \/ In (r, TwinCausal.largest r l) l).
Proof.
  unfold TwinCausal.largest. induction l as [| [r' m] l [le top]]; simpl; [split; [easy | now left] |]. split.
  - intros n [[= -> ->] | inside]; [rewrite N.eqb_refl; lia |]. specialize (le n inside). destruct (r' =? r)%N; lia.
  - destruct (N.eqb_spec r' r) as [-> | ne]; [| destruct top; auto].
    match goal with |- context [N.max m ?x] => destruct (N.max_spec m x) as [[_ ->] | [_ ->]] end.
    + destruct top; auto.
    + right. now left.
Qed.

(** A write over a read context that brings along what was read under another key is, in its delta, the group of two changes: take
    away what was read under that key, then write over what was read under one's own.  (Whatever a replica made, it has seen.) *)
Theorem write_over_other_keys_is_a_group r k k' v (s b : TwinMap.register_map) :
  causal_good (map_store live_store) s -> causal_good (map_store live_store) b ->
  (forall n, In (r, n) (fst b) -> In (r, n) (fst s)) ->
  let dots key := TwinCausal.live_dots (get key (snd b)) in
  let forgotten := register_map_act r (ForgetRead N (mv_register N) k') s b in
  TwinMap.register_map_write_over k r (TwinCausal.context_join (dots k) (dots k')) v s =
  TwinMap.register_map_join forgotten
    (register_map_act r (Update N (mv_register N) k (WriteOver v)) (TwinMap.register_map_join s forgotten) b).
Proof.
  intros gs gb own dots forgotten.
  assert (known : forall key, ascending before (dots key) /\ forall d, In d (dots key) -> In d (fst b)).
  { intros key. destruct (map_get_is_value_of (mv_register N) live_store b key gb) as [(_ & ok & inside) _]. split; [exact ok |].
    intros d ind. apply inside. cbn [fst snd]. apply (dots_ok _ _ live_store _ ok) in ind. exact ind. }
  destruct (known k) as [asc _], (known k') as [asc' sub].
  assert (next : TwinCausal.next_dot r (TwinCausal.context_join (fst s) (dots k')) = TwinCausal.next_dot r (fst s)).
  { unfold TwinCausal.next_dot. do 2 f_equal.
    destruct (largest_spec r (fst s)) as [le top], (largest_spec r (TwinCausal.context_join (fst s) (dots k'))) as [le' top'].
    apply N.le_antisymm.
    - destruct top' as [-> | inside]; [lia |]. apply (in_union before) in inside as [inside | inside]; apply le; auto.
    - destruct top as [-> | inside]; [lia |]. apply le'. apply (in_union before). now left. }
  assert (new : ~ In (TwinCausal.next_dot r (fst s)) (dots k')).
  { intros inside. apply sub, own in inside. apply (proj1 (largest_spec r (fst s))) in inside. lia. }
  unfold TwinMap.register_map_join, TwinCausal.causal_join. cbn [fst snd].
  change (fst forgotten) with (dots k'). change (snd forgotten) with (@nil (N * list (dot * N))).
  unfold register_map_act, TwinMap.register_map_write_over, TwinMap.map_update, TwinStores.mv_register_write_over, TwinCausal.made.
  cbn [fst snd]. fold (dots k). change (fst forgotten) with (dots k'). rewrite next. set (d := TwinCausal.next_dot r (fst s)) in *. f_equal.
  - apply (same_set_same_list before).
    + now apply (ascending_insert before), (ascending_union before).
    + now apply (ascending_union before).
    + intros x. rewrite (in_insert before). unfold TwinCausal.context_join. rewrite !(in_union before), (in_insert before). tauto.
  - unfold TwinMap.map_cons, TwinMap.map_join. simpl. unfold TwinMap.map_get. simpl. rewrite N.compare_refl.
    assert (gone : seen_in d (dots k') = false) by now apply unseen_iff.
    unfold TwinCausal.live_join. simpl. change (TwinCausal.live_dots (get k' (snd b))) with (dots k'). now rewrite gone.
Qed.

(** ** A map of maps of sets *)

Local Notation sets := (or_map N (or_set N)).

Definition set_map_map_act r (o : map_op N sets) (s b : TwinMap.set_map_map) : TwinMap.set_map_map :=
  match o with
  | Update _ _ k (Update _ _ i (Add x)) => TwinMap.set_map_map_add k i r x s
  | Update _ _ k (Update _ _ i (Remove x)) => TwinMap.set_map_map_discard k i x s
  | Update _ _ k (Update _ _ i Clear) => TwinMap.map_update k (TwinMap.map_update i TwinCausal.or_set_clear) s
  | Update _ _ k (RemoveKey _ _ i) => TwinMap.set_map_map_remove_inner k i s
  | Update _ _ k (ClearMap _ _) => TwinMap.map_update k (TwinMap.map_clear TwinCausal.live_dots) s
  | Update _ _ k (ForgetRead _ _ i) =>
      TwinMap.map_update k (fun _ => TwinMap.map_remove TwinCausal.live_dots i (fst b, get k (snd b))) s
  | RemoveKey _ _ k => TwinMap.set_map_map_remove_outer k s
  | ClearMap _ _ => TwinMap.map_clear (TwinMap.map_dots TwinCausal.live_dots) s
  | ForgetRead _ _ k => TwinMap.set_map_map_remove_outer k b
  end.

(** Every change of the twin of the map of maps of sets is a change of the model. *)
Theorem set_map_map_refines : act_refines (or_map N sets) (map_store (map_store live_store)) set_map_map_act.
Proof.
  apply (refines_as_map sets (map_store live_store) (map_act (or_set N) live_store or_set_act)).
  - apply map_act_refines, or_set_refines.
  - intros r [k [i [x | x |] | i | | i] | k | | k] s b base; try reflexivity;
      (assert (b = s) as -> by (destruct base as [-> | rd]; easy)); reflexivity.
Qed.

Local Notation set_map_map_abs := (causal_abs (map_store (map_store (live_store (P := N))))).

Definition set_map_map_run causal (w : system N TwinMap.set_map_map (map_op N sets)) :=
  run (reads (or_map N sets)) (fun r o s b d => d = set_map_map_act r o s b)
      (H0 := pair_joinable (or_map N sets) (map_store (map_store live_store))) causal w.

(** The operation takes [x] out of the set under [i] in the map under [k]: at the level of the set (an add counts, it puts a new dot in
    the old one's place), of the inner map, or of the outer one. *)
Definition takes_out_of (k i x : N) (o : map_op N sets) : Prop :=
  (exists u, o = Update N sets k (Update N (or_set N) i u) /\ (u = Add x \/ takes_out u x)) \/
  (exists u, o = Update N sets k u /\ removes_key N (or_set N) i u) \/ removes_key N sets k o.

Lemma takes_nested k i x o : takes_from N sets k (i, x) o <-> takes_out_of k i x o.
Proof.
  unfold takes_from, takes_out_of. split.
  - intros [(u & -> & cv) | rest]; [| now do 2 right]. apply covers_takes in cv. destruct cv as [(u' & -> & cv) | rm].
    + left. exists u'. split; [easy |]. now apply (covers_spec u' x).
    + right. left. now exists u.
  - intros [(u & -> & what) | [(u & -> & rm) | rest]]; [| | now right].
    + left. eexists. split; [reflexivity |]. apply covers_takes. left. exists u. split; [easy |]. now apply (covers_spec u x).
    + left. exists u. split; [easy |]. apply covers_takes. now right.
Qed.

(** An element is in the set that the twin has under a pair of keys exactly if a known add put it there, which no known operation
    that takes it out, at whichever level, had seen. *)
Theorem twin_set_map_map_is_add_wins w r k i x :
  set_map_map_run True w ->
  let known_here := known (abs_system set_map_map_abs w) r in
  In x (TwinCausal.or_set_value (fst (state w r), get i (get k (snd (state w r))))) <->
  exists a, In a known_here /\ op a = Update N sets k (Update N (or_set N) i (Add x)) /\
    ~ exists o, In o known_here /\ In a (seen o) /\ takes_out_of k i x (op o).
Proof.
  intros ran. cbv zeta.
  destruct (causal_twin_runs_in_the_model (or_map N sets) (map_store (map_store live_store)) set_map_map_act True w set_map_map_refines ran) as [gd model].
  pose proof (proj1 (causal_delivery_keeps_knowledge_closed _ _ _ model) r) as cl.
  pose proof (i_known _ _ _ (reachable_invariant _ _ _ _ model) r) as hist.
  destruct (map_get_is_value_of sets (map_store live_store) (state w r) k (proj1 gd r)) as [gv _].
  pose proof gv as (_ & okv & _). cbn [fst snd] in *.
  destruct (map_get_is_value_of (or_set N) live_store (fst (state w r), get k (snd (state w r))) i gv) as [(_ & ok & _) _].
  cbn [fst snd] in *. unfold TwinCausal.or_set_value. cbn [fst snd] in *. rewrite (in_collected (fun y => y)).
  assert (inner : forall d p, lookup live_store (get i (get k (snd (state w r)))) d = Some p <->
                              lookup (map_store live_store) (get k (snd (state w r))) d = Some (i, p)).
  { intros d p. symmetry. now apply (lookup_iff live_store (get k (snd (state w r))) d i p). }
  split.
  - intros (d & p & inside & ->). apply (in_find before) in inside; [| exact ok]. apply inner in inside.
    apply (under_key sets (map_store live_store) set_map_map_act True w r k d (i, x) set_map_map_refines ran cl) in inside
      as (a & ina & mk & none).
    exists a. split; [exact ina |]. split.
    + destruct (made_update N sets _ model a d k (i, x) (hist a ina) mk) as (u & eq & mks).
      refine (eq_trans eq _). f_equal. destruct u as [i' [y | y |] | i' | | i']; simpl in mks; try easy. now injection mks as -> ->.
    + intros (o & ino & sees & what). apply none. exists o. repeat split; auto. now apply takes_nested.
  - intros (a & ina & eq & none).
    destruct (makes_one (or_map N sets) _ model a (k, (i, x)) (hist a ina)) as [d mk].
    { assert (shape : makes (or_map N sets) (Update N sets k (Update N (or_set N) i (Add x))) = Some (k, (i, x))) by reflexivity.
      now rewrite <- eq in shape. }
    exists d, x. split; [| easy].
    assert (found : lookup live_store (get i (get k (snd (state w r)))) d = Some x); [| now apply (find_some before) in found].
    apply inner.
    apply (under_key sets (map_store live_store) set_map_map_act True w r k d (i, x) set_map_map_refines ran cl).
    exists a. repeat split; auto. intros (o & ino & sees & what). apply none. exists o. repeat split; auto. now apply takes_nested.
Qed.
