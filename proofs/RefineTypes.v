(** * The executable sets, registers, flags and the resettable counter meet their specifications

    What is proved.  For each type of [TwinCausal.v] and [TwinStores.v]: every execution of the twin, on the network of [Convergence.v], is
    an execution of the model, and the value that the twin computes is the value that the specification over histories demands.
    - [twin_or_set_is_add_wins], [twin_mv_register_shows_unseen_writes], [twin_resettable_counter_sums_steps],
      [twin_ew_flag_enable_wins], [twin_dw_flag_disable_wins], [twin_rw_set_remove_wins]: with messages taken in order (so with closed
      knowledge), the value of the twin is that of the specification.
    - [..._refines]: every change of the twin is the change of the model; by [causal_twin_runs_in_the_model] of [RefineCausal.v]
      this is all that is needed, and everything proved of the models holds of the twins, gaps in delivery included.

    [known (abs_system ... w) r] are the operations known at [r] in that execution of the model.

    The Rust counterpart.  The tests in [crates/quipu-crdt/tests/oracle] compare the Rust types with these twins after every step. *)

From Coq Require Import List NArith ZArith Bool Lia FunctionalExtensionality.
From Quipu Require Import Lattice Convergence Causal OrSet MvRegister Sums ResettableCounter Flags Refine RefineLists RefineCausal.
From Quipu Require TwinLists TwinCausal TwinStores.
Import ListNotations.

#[local] Existing Instance pair_joinable.

(** Changes that are those of [live_act] refine the model. *)
Lemma refines_as_live (T : causal_type) act :
  (forall r o s b, b = s \/ reads T o = true -> act r o s b = live_act T r o s b) -> act_refines T live_store act.
Proof. intros same r o s b gs gb own base. rewrite (same r o s b base). now apply live_act_refines. Qed.

Lemma filter_all {A} (l : list A) : filter (fun _ => true) l = l.
Proof. induction l as [| a l IH]; simpl; congruence. Qed.

Lemma filter_none {A} (l : list A) : filter (fun _ => false) l = [].
Proof. induction l; simpl; congruence. Qed.

(** What the values of a store's list are, for the functions that collect them. *)
Lemma live_in {P} `{EqDec P} (c : TwinCausal.causal (TwinCausal.live P)) d p :
  causal_good live_store c -> causal_abs live_store c d = Live p <-> In (d, p) (snd c).
Proof.
  intros (_ & ok & _). rewrite abs_live. simpl. split.
  - intros found. now apply (find_some before) in found.
  - now apply (in_find before).
Qed.

Lemma in_collected {P} (f : P -> N) (l : list (dot * P)) x :
  In x (fold_right (fun e => TwinLists.insert N.compare (f (snd e))) [] l) <-> exists d p, In (d, p) l /\ f p = x.
Proof.
  induction l as [| [d p] l IH]; simpl; [split; [easy | now intros (d & p & [] & _)] |].
  rewrite (in_insert N.compare), IH. split.
  - intros [-> | (d' & p' & inside & eq)]; [exists d, p; auto | exists d', p'; auto].
  - intros (d' & p' & [[= <- <-] | inside] & eq); [now left | right; now exists d', p'].
Qed.

(** ** Add-wins set *)

Definition or_set_act r (o : or_set_op N) (s b : TwinCausal.or_set) : TwinCausal.or_set :=
  match o with
  | Add x => TwinCausal.or_set_add r x s
  | Remove x => TwinCausal.or_set_remove x s
  | Clear => TwinCausal.or_set_clear s
  end.

(** Every change of the twin of the add-wins set is a change of the model. *)
Theorem or_set_refines : act_refines (or_set N) live_store or_set_act.
Proof.
  apply refines_as_live. intros r o s b [-> | own]; [| easy]. unfold live_act, covered_dots.
  assert (dots : forall x, TwinCausal.or_set_dots_of x s =
                 TwinCausal.live_dots (filter (fun e : dot * N => same (snd e) x) (snd s))).
  { intros x. unfold TwinCausal.or_set_dots_of. f_equal. apply filter_ext. intros [d y]. unfold same. simpl.
    destruct (eq_dec y x) as [<- |]; [apply N.eqb_refl | apply N.eqb_neq; congruence]. }
  destruct o as [x | x |]; simpl; unfold TwinCausal.or_set_add, TwinCausal.or_set_remove, TwinCausal.or_set_clear;
    rewrite ?dots, ?filter_all; reflexivity.
Qed.

Local Notation or_set_abs := (causal_abs (live_store (P := N))).

Definition or_set_run causal (w : system N TwinCausal.or_set (or_set_op N)) :=
  run (reads (or_set N)) (fun r o s b d => d = or_set_act r o s b)
      (H0 := pair_joinable (or_set N) live_store) causal w.

(** The elements that the twin of the add-wins set lists are exactly those of which some known add is not among those that a known
    remove or clear had seen. *)
Theorem twin_or_set_is_add_wins w r x :
  or_set_run True w ->
  let k := known (abs_system or_set_abs w) r in
  In x (TwinCausal.or_set_value (state w r)) <->
  exists a, In a k /\ op a = Add x /\ ~ exists o, In o k /\ In a (seen o) /\ takes_out (op o) x.
Proof.
  intros ran. destruct (causal_twin_runs_in_the_model (or_set N) live_store or_set_act True w or_set_refines ran) as [gd model].
  pose proof (proj1 gd r) as good. cbv zeta.
  refine (iff_trans _ (add_wins (abs_system or_set_abs w) r x model)).
  unfold TwinCausal.or_set_value. rewrite (in_collected (fun y => y)).
  split.
  - intros (d & p & inside & ->). exists d. now apply live_in.
  - intros [d live]. exists d, x. split; [| easy]. now apply live_in.
Qed.

(** ** Multi-value register *)

(** A write over a read context takes the dots that were alive where it was read. *)
Definition mv_register_act r (o : register_op N) (s b : TwinStores.mv_register) : TwinStores.mv_register :=
  match o with
  | Write v => TwinStores.mv_register_write r v s
  | WriteOver v => TwinStores.mv_register_write_over r (TwinCausal.live_dots (snd b)) v s
  | Erase => TwinStores.mv_register_clear s
  end.

(** Every change of the twin of the multi-value register is a change of the model. *)
Theorem mv_register_refines : act_refines (mv_register N) live_store mv_register_act.
Proof.
  apply refines_as_live. intros r o s b from. unfold live_act, covered_dots. simpl. rewrite filter_all.
  destruct o as [v | v |]; simpl; try reflexivity; (destruct from as [-> | own]; [reflexivity | easy]).
Qed.

Local Notation mv_register_abs := (causal_abs (live_store (P := N))).

Definition mv_register_run causal (w : system N TwinStores.mv_register (register_op N)) :=
  run (reads (mv_register N)) (fun r o s b d => d = mv_register_act r o s b)
      (H0 := pair_joinable (mv_register N) live_store) causal w.

(** The values that the twin of the multi-value register lists are exactly those of the known writes that no known write or clear
    had read. *)
Theorem twin_mv_register_shows_unseen_writes w r v :
  mv_register_run True w ->
  let k := known (abs_system mv_register_abs w) r in
  In v (TwinStores.mv_register_value (state w r)) <->
  exists a, In a k /\ value_written (op a) = Some v /\ ~ exists o, In o k /\ In a (seen o).
Proof.
  intros ran. destruct (causal_twin_runs_in_the_model (mv_register N) live_store mv_register_act True w mv_register_refines ran) as [gd model].
  pose proof (proj1 gd r) as good. simpl.
  pose proof (proj1 (causal_delivery_keeps_knowledge_closed _ _ _ model) r) as cl.
  pose proof (i_known _ _ _ (reachable_invariant _ _ _ _ model) r) as hist.
  unfold TwinStores.mv_register_value. rewrite (in_collected (fun y => y)). split.
  - intros (d & p & inside & ->). apply (live_in (state w r) d v good) in inside.
    apply (siblings_are_unseen_writes _ model r d v cl) in inside as (a & ina & mk & none).
    destruct (made_by _ _ model a d v (hist a ina) mk) as (_ & eq & _). now exists a.
  - intros (a & ina & eq & none). destruct (makes_one _ _ model a v (hist a ina) eq) as [d mk].
    exists d, v. split; [| easy]. apply (live_in (state w r) d v good).
    apply (siblings_are_unseen_writes _ model r d v cl). now exists a.
Qed.

(** ** Resettable counter *)

Definition resettable_counter_act r (o : counter_op) (s b : TwinStores.resettable_counter) : TwinStores.resettable_counter :=
  match o with
  | Step z => TwinStores.resettable_counter_add r z s
  | Reset => TwinStores.resettable_counter_reset s
  end.

(** Every change of the twin of the resettable counter is a change of the model. *)
Theorem resettable_counter_refines : act_refines resettable_counter live_store resettable_counter_act.
Proof.
  apply refines_as_live. intros r o s b [-> | own]; [| easy]. unfold live_act, covered_dots.
  destruct o as [z |]; simpl.
  - rewrite filter_none. unfold TwinStores.resettable_counter_add. now destruct z.
  - now rewrite filter_all.
Qed.

Local Notation resettable_counter_abs := (causal_abs (live_store (P := Z))).

Definition resettable_counter_run causal (w : system N TwinStores.resettable_counter counter_op) :=
  run (reads resettable_counter) (fun r o s b d => d = resettable_counter_act r o s b)
      (H0 := pair_joinable resettable_counter live_store) causal w.

(** The value that the twin of the resettable counter computes is the sum of the known steps that no known reset had seen. *)
Theorem twin_resettable_counter_sums_steps w r es :
  resettable_counter_run True w ->
  NoDup es -> (forall a, In a es <-> counts (known (abs_system resettable_counter_abs w) r) a) ->
  TwinStores.resettable_counter_value (state w r) = sum (map (fun a => step_of (op a)) es).
Proof.
  intros ran once listed.
  destruct (causal_twin_runs_in_the_model resettable_counter live_store resettable_counter_act True w resettable_counter_refines ran)
    as [gd model].
  pose proof (proj1 gd r) as good.
  pose proof (proj1 (causal_delivery_keeps_knowledge_closed _ _ _ model) r) as cl.
  rewrite <- (value_is_sum_of_steps_not_reset _ model r (TwinCausal.live_dots (snd (state w r))) es cl); auto.
  - assert (sums : forall c : TwinStores.resettable_counter, causal_good live_store c ->
              TwinStores.resettable_counter_value c = value (TwinCausal.live_dots (snd c)) (resettable_counter_abs c)).
    { intros c (_ & ok & _). unfold value, live_sum, TwinStores.resettable_counter_value, TwinCausal.live_dots, TwinLists.keys, sum.
      rewrite map_map.
      transitivity (fold_right Z.add 0%Z (map snd (snd c))).
      - clear ok. generalize (snd c : list (dot * Z)). intros l. induction l as [| [d z] l IH]; simpl; [easy | now rewrite IH].
      - f_equal. apply map_ext_in. intros [d z] inside. unfold live_weight. cbn [fst snd].
        replace (resettable_counter_abs c d) with (Live z); [easy |]. symmetry. apply abs_live. now apply (in_find before). }
    now apply sums.
  - split.
    + destruct good as (_ & ok & _). now apply (ascending_NoDup before) in ok.
    + intros d z live _. apply (live_in (state w r) d z good) in live. now apply (in_map fst _ (d, z)).
Qed.

(** ** Flags *)

Definition ew_flag_act r (o : flag_op) (s b : TwinStores.ew_flag) : TwinStores.ew_flag :=
  match o with Enable => TwinStores.ew_flag_enable r s | Disable => TwinStores.ew_flag_disable s end.

(** Every change of the twin of the enable-wins flag is a change of the model. *)
Theorem ew_flag_refines : act_refines ew_flag live_store ew_flag_act.
Proof.
  apply refines_as_live. intros r o s b [-> | own]; [| easy]. unfold live_act, covered_dots. simpl. rewrite filter_all.
  now destruct o.
Qed.

Local Notation ew_flag_abs := (causal_abs (live_store (P := unit))).

Definition ew_flag_run causal (w : system N TwinStores.ew_flag flag_op) :=
  run (reads ew_flag) (fun r o s b d => d = ew_flag_act r o s b) (H0 := pair_joinable ew_flag live_store) causal w.

(** The twin of the enable-wins flag says "on" exactly if some known enable was not seen by any known operation. *)
Theorem twin_ew_flag_enable_wins w r :
  ew_flag_run True w ->
  let k := known (abs_system ew_flag_abs w) r in
  TwinStores.ew_flag_value (state w r) = true <->
  exists a, In a k /\ op a = Enable /\ ~ exists o, In o k /\ In a (seen o).
Proof.
  intros ran. destruct (causal_twin_runs_in_the_model ew_flag live_store ew_flag_act True w ew_flag_refines ran) as [gd model].
  pose proof (proj1 gd r) as good.
  pose proof (proj1 (causal_delivery_keeps_knowledge_closed _ _ _ model) r) as cl.
  cbv zeta. refine (iff_trans _ (enable_wins _ model r cl)).
  assert (view : forall c : TwinStores.ew_flag, causal_good live_store c -> TwinStores.ew_flag_value c = true <-> ew_on (ew_flag_abs c)).
  { intros c gc. unfold TwinStores.ew_flag_value, ew_on. split.
    - destruct (snd c) as [| [d []] l] eqn:eq; [easy |]. intros _. exists d. apply (live_in c d tt gc). rewrite eq. now left.
    - intros [d live]. apply (live_in c d tt gc) in live. now destruct (snd c). }
  now apply view.
Qed.

Definition dw_flag_act r (o : flag_op) (s b : TwinStores.dw_flag) : TwinStores.dw_flag :=
  match o with Enable => TwinStores.dw_flag_enable r s | Disable => TwinStores.dw_flag_disable r s end.

(** Every change of the twin of the disable-wins flag is a change of the model. *)
Theorem dw_flag_refines : act_refines dw_flag live_store dw_flag_act.
Proof.
  apply refines_as_live. intros r o s b [-> | own]; [| easy]. unfold live_act, covered_dots. simpl. rewrite filter_all.
  now destruct o.
Qed.

Local Notation dw_flag_abs := (causal_abs (live_store (P := bool))).

Definition dw_flag_run causal (w : system N TwinStores.dw_flag flag_op) :=
  run (reads dw_flag) (fun r o s b d => d = dw_flag_act r o s b) (H0 := pair_joinable dw_flag live_store) causal w.

(** Marks in a list: there are some, and all are good. *)
Lemma marks_view {A} (good : A -> bool) (l : list A) :
  match l with [] => false | a :: rest => forallb good (a :: rest) end = true <-> (exists a, In a l) /\ forall a, In a l -> good a = true.
Proof.
  rewrite <- forallb_forall. destruct l as [| a l]; [split; [easy | now intros [(a & []) _]] |].
  split; [intros all; split; [exists a; now left | exact all] | now intros [_ all]].
Qed.

(** The twin of the disable-wins flag says "on" exactly if there is a known operation that no known one had seen, and all such
    are enables. *)
Theorem twin_dw_flag_disable_wins w r :
  dw_flag_run True w ->
  let k := known (abs_system dw_flag_abs w) r in
  TwinStores.dw_flag_value (state w r) = true <->
  (exists a, unseen k a) /\ forall a, unseen k a -> op a = Enable.
Proof.
  intros ran. destruct (causal_twin_runs_in_the_model dw_flag live_store dw_flag_act True w dw_flag_refines ran) as [gd model].
  pose proof (proj1 gd r) as good.
  pose proof (proj1 (causal_delivery_keeps_knowledge_closed _ _ _ model) r) as cl.
  cbv zeta. refine (iff_trans _ (disable_wins _ r model cl)).
  assert (view : forall c : TwinStores.dw_flag, causal_good live_store c -> TwinStores.dw_flag_value c = true <-> dw_on (dw_flag_abs c)).
  { intros c gc. unfold TwinStores.dw_flag_value, dw_on.
    refine (iff_trans (marks_view snd (snd c)) _). split.
    - intros [([d g] & ine) all]. split; [exists d, g; now apply live_in |]. intros d' g' live.
      apply (live_in c d' g' gc) in live. exact (all _ live).
    - intros [(d & g & live) all]. split; [exists (d, g); now apply live_in |]. intros [d' g'] ine. simpl.
      apply (all d'). now apply live_in. }
  now apply view.
Qed.

(** ** Remove-wins set *)

Definition rw_set_act r (o : rw_set_op N) (s b : TwinStores.rw_set) : TwinStores.rw_set :=
  match o with AddElement x => TwinStores.rw_set_add r x s | RemoveElement x => TwinStores.rw_set_remove r x s end.

(** Every change of the twin of the remove-wins set is a change of the model. *)
Theorem rw_set_refines : act_refines (rw_set N) live_store rw_set_act.
Proof.
  apply refines_as_live. intros r o s b [-> | own]; [| easy]. unfold live_act, covered_dots.
  assert (dots : forall x, TwinStores.rw_set_marks_of x s =
                 filter (fun e : dot * (N * bool) => if eq_dec x (fst (snd e)) then true else false) (snd s)).
  { intros x. unfold TwinStores.rw_set_marks_of. apply filter_ext. intros [d [y g]]. simpl.
    destruct (eq_dec x y) as [<- |]; [apply N.eqb_refl | apply N.eqb_neq; congruence]. }
  destruct o as [x | x]; simpl; unfold TwinStores.rw_set_add, TwinStores.rw_set_remove, TwinStores.rw_set_mark; now rewrite dots.
Qed.

Local Notation rw_set_abs := (causal_abs (live_store (P := N * bool))).

Definition rw_set_run causal (w : system N TwinStores.rw_set (rw_set_op N)) :=
  run (reads (rw_set N)) (fun r o s b d => d = rw_set_act r o s b) (H0 := pair_joinable (rw_set N) live_store) causal w.

(** The elements that the twin of the remove-wins set lists are exactly those of which there is a latest known operation, and all
    latest ones are adds. *)
Theorem twin_rw_set_remove_wins w r x :
  rw_set_run True w ->
  let k := known (abs_system rw_set_abs w) r in
  In x (TwinStores.rw_set_value (state w r)) <->
  (exists a, latest on_element k x a) /\ forall a, latest on_element k x a -> op a = AddElement x.
Proof.
  intros ran. destruct (causal_twin_runs_in_the_model (rw_set N) live_store rw_set_act True w rw_set_refines ran) as [gd model].
  pose proof (proj1 gd r) as good.
  pose proof (proj1 (causal_delivery_keeps_knowledge_closed _ _ _ model) r) as cl.
  cbv zeta. refine (iff_trans _ (remove_wins _ r x model cl)).
  assert (view : forall c : TwinStores.rw_set, causal_good live_store c ->
            In x (TwinStores.rw_set_value c) <-> rw_member (rw_set_abs c) x).
  { intros c gc. unfold TwinStores.rw_set_value, rw_member. rewrite filter_In, (in_collected fst).
    unfold TwinStores.rw_set_contains.
    set (marks := TwinStores.rw_set_marks_of x c).
    assert (inm : forall d g, In (d, (x, g)) marks <-> rw_set_abs c d = Live (x, g)).
    { intros d g. rewrite (live_in c d (x, g) gc). unfold marks, TwinStores.rw_set_marks_of. rewrite filter_In. simpl.
      rewrite N.eqb_refl. intuition. }
    assert (shape : forall e, In e marks -> e = (fst e, (x, snd (snd e)))).
    { intros [d [y g]] ine. unfold marks, TwinStores.rw_set_marks_of in ine. apply filter_In in ine as [_ eq]. simpl in *.
      apply N.eqb_eq in eq. now subst. }
    refine (iff_trans (and_iff_compat_l _ (marks_view (fun e => snd (snd e)) marks)) _). split.
    - intros [_ [(e & ine) all]]. pose proof (shape e ine) as eq. rewrite eq in ine. split.
      + exists (fst e), (snd (snd e)). now apply inm.
      + intros d g live. apply inm in live. exact (all _ live).
    - intros [(d & g & live) all]. split; [| split].
      + exists d, (x, g). split; [now apply (live_in c d (x, g) gc) | easy].
      + exists (d, (x, g)). now apply inm.
      + intros e ine. pose proof (shape e ine) as eq. apply (all (fst e)). apply inm. now rewrite <- eq. }
  now apply view.
Qed.
