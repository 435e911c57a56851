(** * The map of causal values, and pairs of them, under one shared context

    What is proved.  A map from keys to values of any causal type is itself a causal type: a dot's payload is a key and a payload of
    the value's type ([or_map]).  So is a product ([product]): joining it is joining its sides ([join_is_sidewise]), and a change of
    one side is what it is alone ([change_on_one_side]).  So everything that [Causal.v] and [Convergence.v] prove holds of
    maps, of maps of maps, and of maps of products.  In particular:
    - joining maps is joining the values key by key under the shared context ([join_is_keywise]), and a map is no more than its
      values ([map_is_its_values]);
    - updating a key does to its value what the value's type does ([update_is_the_values_own]) and leaves the values of other keys
      alone ([update_leaves_other_keys]);
    - where knowledge is causally closed, the value of a key is what its type makes of the operations on the key, a removal of the
      key counting as one that takes away all it had seen ([value_under_key]); the key is in the map exactly if something is
      left ([key_is_present]);
    - so a removal resets: nothing that it had seen is alive under the key where it is known ([removal_resets]), and an update
      that no known operation had seen survives it, alone ([concurrent_update_survives]).

    The Rust counterpart.  [crates/quipu-crdt/src/or_map.rs] and [product.rs].  An update there may make several changes of the value;
    here these are several operations, whose deltas travel as a group.

    A write under one key over a read context that brings along what was read under others is one delta in the Rust code.  Here it is
    the group of the write and, for each other key, of [ForgetRead]: take away what was read under that key
    ([RefineMaps.v]: [write_over_other_keys_is_a_group]).

    What is assumed, what is left out.  As in [Causal.v]; the index from dots to keys. *)

From Coq Require Import List NArith Bool FunctionalExtensionality.
From Quipu Require Import Lattice Convergence Causal.
Import ListNotations.

Section Product.
  Variables T U : causal_type.

  (** Two values side by side; each operation is on one of them. *)
  Definition product : causal_type := {|
    payload := payload T + payload U;
    payload_dec := _;
    operation := operation T + operation U;
    makes o := match o with inl o => option_map inl (makes T o) | inr o => option_map inr (makes U o) end;
    covers o p := match o, p with inl o, inl p => covers T o p | inr o, inr p => covers U o p | _, _ => false end;
    reads o := match o with inl o => reads T o | inr o => reads U o end
  |}.

  Context {Replica : Type} `{EqDec Replica}.
  Local Notation both := (causal Replica (payload T + payload U)).

  (** The sides, each under the context that they share: what is alive on the other side counts as seen and not alive. *)
  Definition left_side (s : both) : causal Replica (payload T) := fun d =>
    match s d with Live (inl p) => Live p | Unseen => Unseen | _ => Removed end.
  Definition right_side (s : both) : causal Replica (payload U) := fun d =>
    match s d with Live (inr p) => Live p | Unseen => Unseen | _ => Removed end.

  (** Joining two products is joining each of the sides under the two contexts, and a product is no more than its sides. *)
  Theorem join_is_sidewise (s t : both) :
    left_side (s ⊔ t) = left_side s ⊔ left_side t /\ right_side (s ⊔ t) = right_side s ⊔ right_side t /\
    (left_side s = left_side t -> right_side s = right_side t -> s = t).
  Proof.
    split; [| split].
    - extensionality d. unfold left_side. rewrite !map_join. destruct (s d) as [| [p | p] |], (t d) as [| [q | q] |]; simpl; try easy.
      + destruct (eq_dec (inl p) (inl q)), (eq_dec p q); congruence.
      + destruct (eq_dec (inr p) (inr q)); easy.
    - extensionality d. unfold right_side. rewrite !map_join. destruct (s d) as [| [p | p] |], (t d) as [| [q | q] |]; simpl; try easy.
      + destruct (eq_dec (inl p) (inl q)); easy.
      + destruct (eq_dec (inr p) (inr q)), (eq_dec p q); congruence.
    - intros left right. extensionality d. apply (f_equal (fun f => f d)) in left, right. unfold left_side, right_side in *.
      destruct (s d) as [| [p | p] |], (t d) as [| [q | q] |]; congruence.
  Qed.

  (** An operation on one side makes the delta there that it makes alone, and leaves alone what is alive on the other side. *)
  Theorem change_on_one_side (o : operation T) (s : both) (new : dot Replica) :
    s new = Unseen ->
    left_side (change product (inl o) s new) = change T o (left_side s) new /\
    forall d p, right_side (s ⊔ change product (inl o) s new) d = Live p <-> right_side s d = Live p.
  Proof.
    intros fresh. split.
    - extensionality d. unfold change, cover, single, left_side. simpl. destruct (makes T o) as [p |]; simpl; rewrite ?map_join; simpl.
      + destruct (eq_dec new d) as [<- |]; [now rewrite fresh |]. destruct (s d) as [| [q | q] |]; simpl; try easy.
        now destruct (covers T o q).
      + destruct (s d) as [| [q | q] |]; simpl; try easy. now destruct (covers T o q).
    - intros d p.
      assert (same : forall q, (s ⊔ change product (inl o) s new) d = Live (inr q) <-> s d = Live (inr q)).
      { intros q. rewrite (change_in_place product (inl o) s new fresh d). simpl.
        destruct (makes T o) as [x |]; simpl.
        - destruct (eq_dec new d) as [<- | ne]; [rewrite fresh; easy |]. destruct (s d) as [| [y | y] |]; try easy.
          destruct (covers T o y); easy.
        - destruct (s d) as [| [y | y] |]; try easy. destruct (covers T o y); easy. }
      assert (view : forall t : both, right_side t d = Live p <-> t d = Live (inr p)).
      { intros t. unfold right_side. destruct (t d) as [| [y | y] |]; split; congruence. }
      now rewrite !view, same.
  Qed.
End Product.

Section OrMap.
  Context {Replica : Type} (K : Type) (T : causal_type) `{EqDec Replica, EqDec K}.

  (** [ForgetRead k] takes away what somebody had read under [k], earlier or elsewhere, and nothing else. *)
  Inductive map_op := Update (k : K) (o : operation T) | RemoveKey (k : K) | ClearMap | ForgetRead (k : K).

  Definition is_key (k k' : K) : bool := if eq_dec k k' then true else false.

  Definition or_map : causal_type := {|
    payload := K * payload T;
    payload_dec := _;
    operation := map_op;
    makes o := match o with Update k o => option_map (pair k) (makes T o) | _ => None end;
    covers o p :=
      match o with
      | Update k o => is_key k (fst p) && covers T o (snd p)
      | RemoveKey k | ForgetRead k => is_key k (fst p)
      | ClearMap => true
      end;
    reads o := match o with Update _ o => reads T o | ForgetRead _ => true | _ => false end
  |}.

  Local Notation map_state := (causal Replica (K * payload T)).
  Local Notation value_state := (causal Replica (payload T)).

  (** The value of a key, under the context that it shares with all others: a dot that was seen and is not alive under this key
      counts as seen and not alive. *)
  Definition value_of (k : K) (s : map_state) : value_state := fun d =>
    match s d with
    | Live (k', p) => if eq_dec k k' then Live p else Removed
    | Removed => Removed
    | Unseen => Unseen
    end.

  (** The key is in the map: something under it is alive. *)
  Definition has_key (k : K) (s : map_state) := exists d p, value_of k s d = Live p.

  Lemma value_of_live k s d p : value_of k s d = Live p <-> s d = Live (k, p).
  Proof.
    unfold value_of. destruct (s d) as [| [k' q] |]; try easy. destruct (eq_dec k k') as [<- |]; split; congruence.
  Qed.

  (** Joining two maps is joining, for each key, the two values under the two contexts. *)
  Theorem join_is_keywise k (s t : map_state) :
    value_of k (s ⊔ t) = value_of k s ⊔ value_of k t /\ value_of k bottom = bottom.
  Proof.
    split; [| reflexivity]. extensionality d. unfold value_of. rewrite !map_join.
    destruct (s d) as [| [k1 p] |], (t d) as [| [k2 q] |]; simpl; try easy;
      try (destruct (eq_dec k k1); easy); try (destruct (eq_dec k k2); easy).
    destruct (eq_dec k k1) as [<- | ne1], (eq_dec k k2) as [<- | ne2]; simpl.
    - destruct (eq_dec (k, p) (k, q)), (eq_dec p q); try congruence; now destruct (eq_dec k k).
    - destruct (eq_dec (k, p) (k2, q)); congruence.
    - destruct (eq_dec (k1, p) (k, q)); congruence.
    - destruct (eq_dec (k1, p) (k2, q)); [now destruct (eq_dec k k1) | easy].
  Qed.

  (** Two maps with the same value under every key (and the same context) are the same map. *)
  Theorem map_is_its_values (s t : map_state) (some_key : K) :
    s = t <-> forall k, value_of k s = value_of k t.
  Proof.
    split; [now intros -> |]. intros same. extensionality d.
    assert (at_d : forall k, value_of k s d = value_of k t d) by (intros k; now rewrite same).
    destruct (s d) as [| [k p] |] eqn:sd.
    - specialize (at_d some_key). unfold value_of in at_d. rewrite sd in at_d.
      destruct (t d) as [| [k q] |]; try easy. now destruct (eq_dec some_key k).
    - symmetry. apply value_of_live. rewrite <- at_d. now apply value_of_live.
    - destruct (t d) as [| [k q] |] eqn:td; try easy.
      + specialize (at_d some_key). unfold value_of in at_d. now rewrite sd, td in at_d.
      + apply value_of_live in td. rewrite <- at_d in td. apply value_of_live in td. congruence.
  Qed.

  (** The delta of an update holds, under its key, the delta that the value's type makes of the operation. *)
  Theorem update_is_the_values_own k (o : operation T) (base : map_state) (new : dot Replica) :
    base new = Unseen ->
    value_of k (change or_map (Update k o) base new) = change T o (value_of k base) new.
  Proof.
    intros fresh. extensionality d. unfold change, cover, single. simpl.
    destruct (makes T o) as [p |]; simpl; unfold value_of; rewrite ?map_join; simpl.
    - destruct (eq_dec new d) as [<- |]; [rewrite fresh; now destruct (eq_dec k k) |].
      destruct (base d) as [| [k' q] |]; simpl; try easy. unfold is_key.
      destruct (eq_dec k k') as [<- |]; simpl; [| easy]. now destruct (covers T o q).
    - destruct (base d) as [| [k' q] |]; simpl; try easy. unfold is_key.
      destruct (eq_dec k k') as [<- |]; simpl; [| easy]. now destruct (covers T o q).
  Qed.

  (** What is alive under other keys stays as it is. *)
  Theorem update_leaves_other_keys k k' (o : operation T) (s base : map_state) (new : dot Replica) :
    agree s base -> k' <> k -> s new = Unseen ->
    forall d p, value_of k' (s ⊔ change or_map (Update k o) base new) d = Live p <-> value_of k' s d = Live p.
  Proof.
    intros ag other fresh d p. rewrite !value_of_live, map_join. specialize (ag d).
    assert (none : forall q, change or_map (Update k o) base new d <> Live (k', q)).
    { intros q live. apply change_live in live as [_ mk]. simpl in mk. destruct (makes T o); simpl in mk; congruence. }
    split.
    - destruct (change or_map (Update k o) base new d) as [| x |], (s d) as [| y |]; simpl; try easy.
      + intros [= eq]. subst. now contradiction (none p).
      + match goal with |- context [if ?c then _ else _] => now destruct c end.
    - intros live. rewrite live. destruct (change or_map (Update k o) base new d) as [| x |] eqn:delta; [easy | |].
      + apply change_live in delta as [-> _]. congruence.
      + apply change_removed in delta as ([k2 q] & there & cv). specialize (ag _ _ live there). injection ag as <- <-.
        simpl in cv. unfold is_key in cv. destruct (eq_dec k k'); [congruence | easy].
  Qed.

  (** ** Over histories *)

  (** The operation takes away all that it sees under [k]. *)
  Definition removes_key (k : K) (o : map_op) : Prop := o = RemoveKey k \/ o = ClearMap \/ o = ForgetRead k.

  (** The operation takes [p] away from the value of [k]: as the value's type does, or with the key. *)
  Definition takes_from (k : K) (p : payload T) (o : map_op) : Prop :=
    (exists u, o = Update k u /\ covers T u p = true) \/ removes_key k o.

  Lemma covers_takes k p o : covers or_map o (k, p) = true <-> takes_from k p o.
  Proof.
    unfold takes_from, removes_key. destruct o as [k' u | k' | | k']; simpl; unfold is_key.
    - destruct (eq_dec k' k) as [-> | ne]; simpl.
      + split; [intros cv; left; now exists u | intros [(u' & [= ->] & cv) | [eq | [eq | eq]]]; easy].
      + split; [easy | intros [(u' & [= -> _] & cv) | [eq | [eq | eq]]]; easy].
    - destruct (eq_dec k' k) as [-> | ne]; [split; auto |].
      split; [easy | intros [(u' & eq & _) | [[= ->] | [eq | eq]]]; easy].
    - split; auto.
    - destruct (eq_dec k' k) as [-> | ne]; [split; auto |].
      split; [easy | intros [(u' & eq & _) | [eq | [eq | [= ->]]]]; easy].
  Qed.

  Context {discipline : Prop}.
  Variable w : Convergence.system Replica map_state map_op.
  Hypothesis ran : runs or_map discipline w.

  (** Where knowledge is causally closed: what is alive under a key is what known operations on the key put there, save what was
      seen and taken away by a known operation on the key, or by a known removal of the key or clearing of the map. *)
  Theorem value_under_key r k d p :
    closed (known w r) ->
    value_of k (state w r) d = Live p <->
    exists a, In a (known w r) /\ made or_map a d (k, p) /\
      ~ exists o, In o (known w r) /\ In a (seen o) /\ takes_from k p (op o).
  Proof.
    intros cl. rewrite value_of_live, (alive_iff_not_covered or_map w ran r d (k, p) cl).
    split; intros (a & ina & mk & none); exists a; repeat split; auto; intros (o & ino & sees & cv);
      apply none; exists o; repeat split; auto; now apply covers_takes.
  Qed.

  Lemma made_update a d k p :
    In a (history w) -> made or_map a d (k, p) -> exists u, op a = Update k u /\ makes T u = Some p.
  Proof.
    intros ina mk. destruct (made_by or_map w ran a d (k, p) ina mk) as (_ & eq & _).
    assert (shape : forall o : map_op, makes or_map o = Some (k, p) -> exists u, o = Update k u /\ makes T u = Some p).
    { intros [k' u | k' | | k']; simpl; try easy. destruct (makes T u) eqn:mu; simpl; [| easy]. intros [= -> ->]. now exists u. }
    now apply shape.
  Qed.

  (** A key is in the map exactly if some known update of it put something in that no known operation had seen and taken away. *)
  Theorem key_is_present r k :
    closed (known w r) ->
    has_key k (state w r) <->
    exists a u p, In a (known w r) /\ op a = Update k u /\ makes T u = Some p /\
      ~ exists o, In o (known w r) /\ In a (seen o) /\ takes_from k p (op o).
  Proof.
    intros cl. pose proof (i_known _ _ _ (reachable_invariant _ _ _ _ ran) r) as hist. unfold has_key. split.
    - intros (d & p & live). apply value_under_key in live as (a & ina & mk & none); [| exact cl].
      destruct (made_update a d k p (hist a ina) mk) as (u & eq & mu). now exists a, u, p.
    - intros (a & u & p & ina & eq & mu & none).
      destruct (makes_one or_map w ran a (k, p) (hist a ina)) as [d mk]; [simpl; now rewrite eq; simpl; rewrite mu |].
      exists d, p. apply value_under_key; [exact cl |]. now exists a.
  Qed.

  (** Removing a key resets its value: where the removal is known, nothing is alive under the key but what updates put there that
      the removal had not seen. *)
  Theorem removal_resets r k o d p :
    closed (known w r) -> In o (known w r) -> op o = RemoveKey k ->
    value_of k (state w r) d = Live p ->
    exists a, In a (known w r) /\ made or_map a d (k, p) /\ ~ In a (seen o).
  Proof.
    intros cl ino rm live. apply value_under_key in live as (a & ina & mk & none); [| exact cl].
    exists a. split; [exact ina |]. split; [exact mk |]. intros sees. apply none. exists o. repeat split; auto. right. now left.
  Qed.

  (** Whatever the delivery: what an update put under a key, unseen by all known operations that would take it away, is there,
      however often the key was removed meanwhile. *)
  Theorem concurrent_update_survives r k a d p :
    In a (known w r) -> made or_map a d (k, p) ->
    (~ exists o, In o (known w r) /\ In a (seen o) /\ takes_from k p (op o)) ->
    value_of k (state w r) d = Live p.
  Proof.
    intros ina mk none. apply value_of_live. apply (unseen_is_never_lost or_map w ran r d (k, p) a ina mk).
    intros (o & ino & sees & cv). apply none. exists o. repeat split; auto. now apply covers_takes.
  Qed.
End OrMap.

Arguments map_op : clear implicits.
Arguments or_map K T {_}.

(** Maps of maps are maps: what is alive in the inner map under [k2], in the value of [k1], is what is alive under both keys. *)
Theorem nested_maps_compose {Replica K1 K2 : Type} (T : causal_type) `{EqDec Replica, EqDec K1, EqDec K2}
    (s : causal Replica (payload (or_map K1 (or_map K2 T)))) (k1 : K1) (k2 : K2) d p :
  value_of K2 T k2 (value_of K1 (or_map K2 T) k1 s) d = Live p <-> s d = Live (k1, (k2, p)).
Proof. rewrite value_of_live. apply (value_of_live K1 (or_map K2 T)). Qed.
