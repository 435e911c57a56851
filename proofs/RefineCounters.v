(** * The executable twins of counters, registers and grow-only types do what the models do

    What is proved.  For the twins of [TwinCounters.v]: join and every change commute with the abstraction function, which reads a
    list of replicas and counts as the function that it is; equal states are equal lists ([slots_are_canonical]).  So, by
    [Refine.v], every execution of a twin is an execution of its model, and the values that the twin computes are those of the
    specification:
    - [twin_g_counter_counts_increments], [twin_pn_counter_counts_changes]: the value is the sum of the known changes;
    - [twin_lww_register_runs_in_the_model], [twin_g_set_runs_in_the_model], [twin_sketch_runs_in_the_model]: so that
      [lww_shows_latest_known_write], [g_set_member] and [register_is_largest_rank] hold of them.

    The Rust counterpart.  The tests in [crates/quipu-crdt/tests/oracle] compare the Rust types with these twins. *)

From Coq Require Import List NArith ZArith Lia Bool FunctionalExtensionality.
From Quipu Require Import Lattice Convergence Counters Registers Refine TwinLists TwinCounters RefineLists.
Import ListNotations.

(** Counters and registers need nothing of one another's states. *)
Definition anything {A} (_ _ : A) := True.
Definition anything_at {A B} (_ : A) (_ _ : B) := True.

(** ** Lists of keys and values, absent values being [bottom] *)

Section Slots.
  Context {V : Type} `{Lattice V}.

  Definition slots_abs (m : list (N * V)) : N -> V :=
    fun k => match find N.compare k m with Some v => v | None => bottom end.

  (** Ascending, and nothing that is [bottom]. *)
  Definition good_slots (m : list (N * V)) := ascending N.compare (keys m) /\ forall k v, In (k, v) m -> v <> bottom.

  Lemma good_nil : good_slots [] /\ slots_abs [] = bottom.
  Proof. now repeat split; constructor || easy. Qed.

  Lemma join_not_bottom (a b : V) : a <> bottom -> a ⊔ b <> bottom.
  Proof.
    intros some eq. apply some. apply below_antisym; [| apply bottom_below]. rewrite <- eq. apply below_join_left.
  Qed.

  Lemma good_one k v : v <> bottom -> good_slots [(k, v)] /\ slots_abs [(k, v)] = single k v.
  Proof.
    intros some. split; [split; [repeat constructor |] |].
    - intros k' v' [[= <- <-] | []]. exact some.
    - extensionality k'. unfold slots_abs, single. simpl. destruct (N.compare_spec k' k), (eq_dec k k'); try easy; subst; try easy; lia.
  Qed.

  Lemma slots_join a b :
    good_slots a -> good_slots b ->
    good_slots (put_all N.compare join a b) /\ slots_abs (put_all N.compare join a b) = slots_abs a ⊔ slots_abs b.
  Proof.
    intros [asc some] [asc' some']. split; [split |].
    - now apply (ascending_put_all N.compare).
    - intros k v inside. apply (in_find N.compare) in inside; [| now apply (ascending_put_all N.compare)].
      rewrite (find_put_all N.compare) in inside; [| exact asc | now apply (ascending_NoDup N.compare) in asc'].
      destruct (find N.compare k a) as [x |] eqn:fa, (find N.compare k b) as [y |] eqn:fb; try easy; injection inside as <-.
      + apply join_not_bottom. apply (some k). now apply (find_some N.compare) in fa.
      + apply (some k). now apply (find_some N.compare) in fa.
      + apply (some' k). now apply (find_some N.compare) in fb.
    - extensionality k. rewrite map_join. unfold slots_abs.
      rewrite (find_put_all N.compare); [| exact asc | now apply (ascending_NoDup N.compare) in asc'].
      destruct (find N.compare k a), (find N.compare k b); rewrite ?join_bottom, ?bottom_join; easy.
  Qed.

  (** Equal states are equal lists. *)
  Theorem slots_are_canonical a b : good_slots a -> good_slots b -> slots_abs a = slots_abs b -> a = b.
  Proof.
    intros [asc some] [asc' some'] eq. apply (same_map_same_list N.compare); auto. intros k.
    apply (f_equal (fun f => f k)) in eq. unfold slots_abs in eq.
    destruct (find N.compare k a) as [x |] eqn:fa, (find N.compare k b) as [y |] eqn:fb; try easy.
    - now rewrite eq.
    - exfalso. apply (some k x); [now apply (find_some N.compare) in fa | exact eq].
    - exfalso. apply (some' k y); [now apply (find_some N.compare) in fb | now symmetry].
  Qed.

  Lemma slots_listed a k : slots_abs a k <> bottom -> In k (keys a).
  Proof.
    unfold slots_abs. intros some. destruct (in_dec N.eq_dec k (keys a)) as [yes | no]; [exact yes |].
    apply (find_none N.compare) in no. now rewrite no in some.
  Qed.

  Lemma map_slots {B} (f : V -> B) a :
    ascending N.compare (keys a) -> map (fun k => f (slots_abs a k)) (keys a) = map (fun e => f (snd e)) a.
  Proof.
    intros asc. unfold keys. rewrite map_map. apply map_ext_in. intros [k v] inside. simpl. unfold slots_abs.
    now rewrite (in_find N.compare k v a).
  Qed.
End Slots.

(** ** Grow-only counter *)

#[local] Instance g_joinable : Joinable g_counter := {| bottom := g_counter_bottom; join := g_counter_join |}.

Definition g_act (r : N) (n : N) (s base d : g_counter) : Prop := n <> 0%N /\ d = g_counter_increment r n s.

Lemma g_counter_of_abs r (s : g_counter) : g_counter_of r s = slots_abs s r.
Proof. reflexivity. Qed.

(** Every execution of the twin of the grow-only counter is an execution of the model. *)
Theorem twin_g_counter_runs_in_the_model causal (w : system N g_counter N) :
  run (fun _ => false) g_act causal w ->
  all_good (good_slots (V := N)) w /\ run (fun _ => false) increment causal (abs_system slots_abs w).
Proof.
  apply (twin_runs_in_the_model _ _ _ slots_abs good_slots anything anything_at); try easy.
  - apply (good_nil (V := N)).
  - intros a b ga gb _. apply (slots_join a b ga gb).
  - intros r n s b d gs _ _ _ [some ->]. unfold g_counter_increment. destruct n as [| p] eqn:eq; [easy |]. rewrite <- eq in *.
    destruct (good_one (V := N) r (g_counter_of r s + n)%N) as [gd ad]; [simpl; lia |].
    split; [exact gd |]. split; [exact some |]. exact ad.
Qed.

Lemma g_value_of_list (l : g_counter) : g_counter_value l = total (map (fun e => snd e) l).
Proof. unfold g_counter_value, total. induction l as [| e l IH]; simpl; [easy | now rewrite IH]. Qed.

(** The value that the twin computes is the sum of the increments that are known at the replica, each once. *)
Theorem twin_g_counter_counts_increments causal (w : system N g_counter N) r es :
  run (fun _ => false) g_act causal w ->
  NoDup es -> (forall e, In e es <-> included (known (abs_system slots_abs w) r) e) ->
  g_counter_value (state w r) = total (map op es).
Proof.
  intros ran once listed. destruct (twin_g_counter_runs_in_the_model causal w ran) as [[gs _] model].
  destruct (gs r) as [asc some].
  rewrite <- (g_value_is_sum_of_increments causal _ r (keys (state w r)) es model); auto.
  - unfold g_value. change (state (abs_system slots_abs w) r) with (slots_abs (state w r)).
    rewrite (map_slots (fun x : N => x) _ asc). apply g_value_of_list.
  - now apply (ascending_NoDup N.compare) in asc.
  - intros r' some'. now apply slots_listed.
Qed.

(** ** Counter that goes both ways *)

#[local] Instance pn_joinable : Joinable pn_counter := {| bottom := pn_counter_bottom; join := pn_counter_join |}.

Definition pn_act (r : N) (z : Z) (s base d : pn_counter) : Prop :=
  z <> 0%Z /\ d = if (z <? 0)%Z then pn_counter_decrement r (Z.to_N (- z)) s else pn_counter_increment r (Z.to_N z) s.

(** Every execution of the twin of the counter that goes both ways is an execution of the model. *)
Theorem twin_pn_counter_runs_in_the_model causal (w : system N pn_counter Z) :
  run (fun _ => false) pn_act causal w ->
  all_good (good_slots (V := N * N)) w /\ run (fun _ => false) adjust causal (abs_system slots_abs w).
Proof.
  apply (twin_runs_in_the_model _ _ _ slots_abs good_slots anything anything_at); try easy.
  - apply (good_nil (V := N * N)).
  - intros a b ga gb _. apply (slots_join (V := N * N) a b ga gb).
  - intros r z s b d gs _ _ _ [some ->].
    assert (eq : (if (z <? 0)%Z then pn_counter_decrement r (Z.to_N (- z)) s else pn_counter_increment r (Z.to_N z) s) =
                 [(r, (fst (slots_abs s r) + Z.to_N z, snd (slots_abs s r) + Z.to_N (- z))%N)]).
    { unfold pn_counter_decrement, pn_counter_increment. change (pn_counter_of r s) with (slots_abs s r).
      destruct (slots_abs s r) as [added taken]. simpl. destruct z as [| p | p]; [easy | |]; simpl; now rewrite N.add_0_r. }
    rewrite eq. destruct (good_one (V := N * N) r (fst (slots_abs s r) + Z.to_N z, snd (slots_abs s r) + Z.to_N (- z))%N) as [gd ad].
    + simpl. intros [= zero zero']. lia.
    + split; [exact gd |]. split; [exact some |]. exact ad.
Qed.

Lemma pn_value_of_list (l : pn_counter) :
  pn_counter_value l = (Z.of_N (total (map (fun e => fst (snd e)) l)) - Z.of_N (total (map (fun e => snd (snd e)) l)))%Z.
Proof. unfold pn_counter_value, total. induction l as [| [k [x y]] l IH]; simpl; [easy |]. rewrite IH. lia. Qed.

(** The value that the twin computes is the sum of the changes that are known at the replica, each once. *)
Theorem twin_pn_counter_counts_changes causal (w : system N pn_counter Z) r es :
  run (fun _ => false) pn_act causal w ->
  NoDup es -> (forall e, In e es <-> included (known (abs_system slots_abs w) r) e) ->
  pn_counter_value (state w r) = fold_right Z.add 0%Z (map op es).
Proof.
  intros ran once listed. destruct (twin_pn_counter_runs_in_the_model causal w ran) as [[gs _] model].
  destruct (gs r) as [asc some].
  rewrite <- (pn_value_is_sum_of_changes causal _ r (keys (state w r)) es model); auto.
  - unfold pn_value. change (state (abs_system slots_abs w) r) with (slots_abs (state w r)).
    rewrite (map_slots (fun x : N * N => fst x) _ asc), (map_slots (fun x : N * N => snd x) _ asc).
    apply pn_value_of_list.
  - now apply (ascending_NoDup N.compare) in asc.
  - intros r' some'. now apply slots_listed.
Qed.

(** ** Last writer wins *)

#[local] Instance lww_twin_joinable : Joinable lww_register := {| bottom := lww_register_bottom; join := lww_register_join |}.

(** The same parts, grouped as the model groups them: time, replica, value. *)
Definition lww_abs (s : lww_register) : option (N * N * N * N) :=
  match s with Some (time, (replica, value)) => Some (time, replica, value) | None => None end.

(** A write at the replica's physical time [now]; the operation of the model holds the timestamp that comes of it. *)
Definition lww_act (r : N) (o : (N * N) * N) (s base d : lww_register) : Prop :=
  exists now, d = lww_register_set r now (snd o) s /\ d = Some (fst o, (r, snd o)).

#[local] Instance lww_model_lattice : Lattice (option (N * N * N * N)) := latest_lattice.

Lemma leb_dot (p q : N * N) : leb p q = match dot_compare p q with Gt => false | _ => true end.
Proof.
  destruct p as [a b], q as [a' b']. simpl. unfold dot_compare. simpl. unfold N.leb.
  destruct (eq_dec a a') as [<- | ne]; [now rewrite N.compare_refl |]. destruct (N.compare_spec a a'); easy.
Qed.

Lemma leb_lexicographic {A B} `{EqDec A, TotalOrder A, TotalOrder B} (p q : A) (v u : B) :
  leb (p, v) (q, u) = if eq_dec p q then leb v u else leb p q.
Proof. reflexivity. Qed.

Lemma leb_N (a b : N) : leb a b = match N.compare a b with Gt => false | _ => true end.
Proof. reflexivity. Qed.

Lemma lww_join_abs a b : lww_abs (lww_register_join a b) = lww_abs a ⊔ lww_abs b.
Proof.
  destruct a as [[t [r v]] |], b as [[t' [r' v']] |]; try easy.
  cbn [lww_abs lww_register_join join operations lww_model_lattice latest_lattice later].
  assert (order : leb (t, r, v) (t', r', v') = match write_compare (t, (r, v)) (t', (r', v')) with Gt => false | _ => true end).
  { unfold write_compare. cbn [fst snd]. rewrite (leb_lexicographic (t, r) (t', r')), (leb_lexicographic t t').
    destruct (eq_dec (t, r) (t', r')) as [[= -> ->] | ne].
    - rewrite (compare_refl dot_compare). unfold dot_compare. cbn [fst snd]. rewrite N.compare_refl. apply leb_N.
    - destruct (eq_dec t t') as [<- | ne'].
      + rewrite (compare_refl dot_compare), leb_N. unfold dot_compare. cbn [fst snd].
        destruct (N.compare_spec r r') as [<- | |]; easy.
      + rewrite leb_dot. destruct (dot_compare t t') eqn:c; try easy. now apply (compare_eq (Comparison := dot_comparison)) in c. }
  rewrite order. destruct (write_compare (t, (r, v)) (t', (r', v'))) eqn:c; try easy.
  unfold write_compare in c. cbn [fst snd] in c. destruct (dot_compare t t') eqn:c'; try easy.
  apply (compare_eq (Comparison := dot_comparison)) in c', c. injection c as -> ->. now rewrite c'.
Qed.

(** Every execution of the twin of the last-writer-wins register is an execution of the model. *)
Theorem twin_lww_register_runs_in_the_model causal (w : system N lww_register ((N * N) * N)) :
  run (fun _ => false) lww_act causal w ->
  run (fun _ => false) set_value causal (abs_system lww_abs w).
Proof.
  intros ran. apply (twin_runs_in_the_model (fun _ => false) set_value lww_act lww_abs (fun _ => True) anything anything_at) in ran; try easy.
  - intros a b _ _ _. split; [easy | apply lww_join_abs].
  - intros r o s b d _ _ _ _ (now & -> & eq). split; [easy |]. rewrite eq. split; [reflexivity |].
    intros t r' v eqs. unfold lww_register_set in eq. destruct s as [[t0 [r0 v0]] |]; [| easy].
    simpl in eqs. injection eqs as <- <- <-. destruct t0 as [millis counter], o as [time value]. cbn [fst snd] in *.
    injection eq as <-. unfold before. rewrite leb_dot. unfold dot_compare. destruct (N.ltb_spec millis now); cbn [fst snd].
    + destruct (N.compare_spec millis now); try lia. split; [easy | intros [= same _]; lia].
    + rewrite N.compare_refl. destruct (N.compare_spec counter (counter + 1)); try lia. split; [easy | intros [= same]; lia].
Qed.

(** ** Grow-only set *)

#[local] Instance g_set_joinable : Joinable g_set := {| bottom := g_set_bottom; join := g_set_join |}.

Definition g_set_abs (s : g_set) : N -> bool := fun x => member N.compare x s.

Definition g_set_act (r x : N) (s base d : g_set) : Prop := d = g_set_insert x s.

Lemma below_single_true (x : N) (s : N -> bool) : element x ⊑ s <-> s x = true.
Proof.
  rewrite map_below. unfold element, single, below. split.
  - intros all. specialize (all x). destruct (eq_dec x x); [| easy]. exact (eq_sym all).
  - intros here k. destruct (eq_dec x k) as [<- | ne]; [now rewrite here | easy].
Qed.

(** Every execution of the twin of the grow-only set is an execution of the model. *)
Theorem twin_g_set_runs_in_the_model causal (w : system N g_set N) :
  run (fun _ => false) g_set_act causal w ->
  all_good (ascending N.compare) w /\ run (fun _ => false) (Registers.put element) causal (abs_system g_set_abs w).
Proof.
  apply (twin_runs_in_the_model _ _ _ g_set_abs (ascending N.compare) anything anything_at); try easy.
  - split; [constructor | reflexivity].
  - intros a b ga gb _. split; [apply (ascending_union N.compare); exact ga |]. extensionality x. rewrite map_join. unfold g_set_abs.
    apply eq_true_iff_eq. simpl. rewrite orb_true_iff, !(member_iff N.compare). apply (in_union N.compare).
  - intros r x s b d gs _ _ _ ->. unfold g_set_insert. destruct (member N.compare x s) eqn:here.
    + split; [constructor |]. right. split; [reflexivity |]. now apply below_single_true.
    + split; [repeat constructor |]. left. extensionality y. unfold g_set_abs, element, single. simpl.
      destruct (N.compare_spec y x), (eq_dec x y); try easy; subst; try easy; lia.
Qed.

(** ** The registers of the sketch *)

#[local] Instance sketch_joinable : Joinable sketch := {| bottom := sketch_bottom; join := sketch_join |}.

(** Here an element is its register and rank; hashing is left to the Rust code. *)
Definition sketch_act (r : N) (x : N * N) (s base d : sketch) : Prop := d = sketch_add (fst x) (snd x) s.

(** Every execution of the twin of the sketch is an execution of the model. *)
Theorem twin_sketch_runs_in_the_model causal (w : system N sketch (N * N)) :
  run (fun _ => false) sketch_act causal w ->
  all_good (good_slots (V := N)) w /\ run (fun _ => false) (Registers.put (rank_of (fun x => x))) causal (abs_system slots_abs w).
Proof.
  apply (twin_runs_in_the_model _ _ _ slots_abs good_slots anything anything_at); try easy.
  - apply (good_nil (V := N)).
  - intros a b ga gb _. apply (slots_join a b ga gb).
  - intros r [i rank] s b d gs _ _ _ ->. unfold sketch_add. simpl. rewrite g_counter_of_abs.
    destruct (N.ltb_spec (slots_abs s i) rank) as [less | more].
    + destruct (good_one (V := N) i rank) as [gd ad]; [simpl; lia |]. split; [exact gd |]. left. exact ad.
    + split; [apply (good_nil (V := N)) |]. right. split; [reflexivity |]. apply map_below. intros k. unfold rank_of, single, below. simpl.
      destruct (eq_dec i k) as [<- | ne]; simpl; lia.
Qed.
