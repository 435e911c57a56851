(** * The executable causal core does what the model of dots does

    What is proved, for the twins of [TwinCausal.v], [TwinStores.v] and [TwinMap.v].  A state there is a pair of lists: the context, and
    what is alive.  [causal_abs] reads it as the function from dots that [Causal.v] speaks of.
    - Joining commutes with [causal_abs] ([causal_join_refines]), for every store that joins by the rule ([store]); the store with one
      payload under each live dot does ([live_store]).
    - Equal states are equal lists ([causal_states_are_canonical]): comparing lists, as the tests do, is comparing states.
    - The dot that the twin gives out, the number after the largest that was seen, was never seen ([next_dot_is_unseen]).
    - What a change makes and removes is what the model's changes do ([live_act_refines]).
    - So every execution of such a twin is an execution of its model ([causal_twin_runs_in_the_model]); and replicas of the twin that
      know the same operations hold equal lists ([causal_twins_converge]).

    [RefineTypes.v] and [RefineMap.v] use this for each type.

    The Rust counterpart.  The tests in [crates/quipu-crdt/tests/oracle] compare the Rust types with these twins. *)

From Coq Require Import List NArith Bool Lia FunctionalExtensionality.
From Quipu Require Import Lattice Convergence Causal Refine RefineLists.
From Quipu Require TwinLists TwinCausal.
Import ListNotations.

Notation dot := TwinLists.dot.
Notation before := TwinLists.dot_compare.
Notation seen_in d c := (TwinLists.member before d c).

(** A dot store of a twin: a list, in which to look up what is alive under a dot. *)
Record store (A P : Type) := Store {
  lookup : list A -> dot -> option P;
  store_ok : list A -> Prop;
  store_join : TwinCausal.context -> list A -> TwinCausal.context -> list A -> list A;
  store_dots : list A -> list dot;

  empty_ok : store_ok [];
  empty_lookup : forall d, lookup [] d = None;
  not_empty : forall s, store_ok s -> s <> [] -> exists d, lookup s d <> None;
  dots_ok : forall s, store_ok s -> ascending before (store_dots s) /\ forall d, In d (store_dots s) <-> lookup s d <> None;
  join_ok : forall ours a theirs b,
    store_ok a -> store_ok b ->
    (forall d, lookup a d <> None -> In d ours) -> (forall d, lookup b d <> None -> In d theirs) ->
    (forall d p q, lookup a d = Some p -> lookup b d = Some q -> p = q) ->
    store_ok (store_join ours a theirs b) /\
    forall d, lookup (store_join ours a theirs b) d =
      match lookup a d, lookup b d with
      | Some p, Some _ => Some p
      | Some p, None => if seen_in d theirs then None else Some p
      | None, Some q => if seen_in d ours then None else Some q
      | None, None => None
      end;
  store_canonical : forall a b, store_ok a -> store_ok b -> (forall d, lookup a d = lookup b d) -> a = b
}.
Arguments lookup {A P}.
Arguments store_ok {A P}.
Arguments store_join {A P}.
Arguments store_dots {A P}.

Lemma seen_iff (d : dot) c : seen_in d c = true <-> In d c.
Proof. apply (member_iff before). Qed.

Lemma unseen_iff (d : dot) c : seen_in d c = false <-> ~ In d c.
Proof. apply (not_member_iff before). Qed.

Section Causal.
  Context {A P : Type} `{EqDec P} (S : store A P).

  Local Notation pair := (TwinCausal.causal (list A)).

  (** What the two lists say of each dot. *)
  Definition causal_abs (c : pair) : causal N P := fun d =>
    match lookup S (snd c) d with
    | Some p => Live p
    | None => if seen_in d (fst c) then Removed else Unseen
    end.

  (** Ascending lists, and whatever is alive was seen. *)
  Definition causal_good (c : pair) :=
    ascending before (fst c) /\ store_ok S (snd c) /\ forall d, lookup S (snd c) d <> None -> In d (fst c).

  Definition causal_join : pair -> pair -> pair := TwinCausal.causal_join (store_join S).

  Lemma abs_live c d p : causal_abs c d = Live p <-> lookup S (snd c) d = Some p.
  Proof. unfold causal_abs. destruct (lookup S (snd c) d), (seen_in d (fst c)); split; congruence. Qed.

  Lemma abs_unseen c d : causal_good c -> causal_abs c d = Unseen <-> ~ In d (fst c).
  Proof.
    intros (_ & _ & inside). specialize (inside d). unfold causal_abs.
    destruct (lookup S (snd c) d); [split; [easy |] |].
    - intros no. now contradiction no; apply inside.
    - rewrite <- unseen_iff. destruct (seen_in d (fst c)); split; congruence.
  Qed.

  Lemma bottom_refines_causal : causal_good ([], []) /\ causal_abs ([], []) = bottom.
  Proof.
    split.
    - split; [constructor |]. split; [apply empty_ok |]. simpl. intros d some. now rewrite empty_lookup in some.
    - extensionality d. unfold causal_abs. simpl. now rewrite empty_lookup.
  Qed.

  (** The join of the lists is the join of what they mean, and again lists of the good form. *)
  Theorem causal_join_refines a b :
    causal_good a -> causal_good b -> agree (causal_abs a) (causal_abs b) ->
    causal_good (causal_join a b) /\ causal_abs (causal_join a b) = causal_abs a ⊔ causal_abs b.
  Proof.
    destruct a as [ca a], b as [cb b]. intros (asc & oka & ina) (asc' & okb & inb) ag. cbn [fst snd] in *.
    assert (same : forall d p q, lookup S a d = Some p -> lookup S b d = Some q -> p = q).
    { intros d p q la lb. apply (ag d); now apply abs_live. }
    destruct (join_ok _ _ S ca a cb b oka okb ina inb same) as [okj look].
    split; [split; [| split] |].
    - now apply (ascending_union before).
    - exact okj.
    - intros d. simpl. rewrite look, (in_union before). specialize (ina d). specialize (inb d).
      destruct (lookup S a d), (lookup S b d); intros some;
        solve [left; now apply ina | right; now apply inb | easy].
    - extensionality d. rewrite map_join. unfold causal_abs. simpl. rewrite look.
      assert (un : seen_in d (TwinCausal.context_join ca cb) = seen_in d ca || seen_in d cb).
      { apply eq_true_iff_eq. rewrite orb_true_iff, !seen_iff. apply (in_union before). }
      rewrite un. specialize (ina d). specialize (inb d). specialize (same d).
      destruct (lookup S a d) as [p |] eqn:la, (lookup S b d) as [q |] eqn:lb.
      + rewrite (same p q) by easy. simpl. now destruct (eq_dec q q).
      + assert (here : seen_in d ca = true) by (apply seen_iff, ina; congruence). rewrite here. now destruct (seen_in d cb).
      + assert (there : seen_in d cb = true) by (apply seen_iff, inb; congruence). rewrite there. now destruct (seen_in d ca).
      + now destruct (seen_in d ca), (seen_in d cb).
  Qed.

  (** Equal states are equal lists. *)
  Theorem causal_states_are_canonical a b : causal_good a -> causal_good b -> causal_abs a = causal_abs b -> a = b.
  Proof.
    intros ga gb eq. pose proof (fun d => abs_unseen a d ga) as ua. pose proof (fun d => abs_unseen b d gb) as ub.
    destruct a as [ca a], b as [cb b]. destruct ga as (asc & oka & _), gb as (asc' & okb & _). simpl in *. f_equal.
    - apply (same_set_same_list before); auto. intros d. specialize (ua d). specialize (ub d). rewrite eq in ua.
      rewrite ub in ua. rewrite <- !seen_iff. rewrite <- !unseen_iff in ua.
      destruct (seen_in d ca), (seen_in d cb); try easy; destruct ua as [u u']; (now specialize (u eq_refl)) || now specialize (u' eq_refl).
    - apply (store_canonical _ _ S); auto. intros d. apply (f_equal (fun f => f d)) in eq.
      destruct (lookup S a d) as [p |] eqn:la.
      + symmetry. rewrite <- (abs_live (cb, b) d p), <- eq. now apply abs_live.
      + destruct (lookup S b d) as [q |] eqn:lb; [| easy]. symmetry in eq.
        assert (lv : causal_abs (cb, b) d = Live q) by now apply abs_live.
        rewrite lv in eq. symmetry in eq. apply abs_live in eq. simpl in eq. congruence.
  Qed.

  (** The number after the largest that was seen of a replica makes a dot that was not seen. *)
  Theorem next_dot_is_unseen c r : causal_good c -> causal_abs c (TwinCausal.next_dot r (fst c)) = Unseen.
  Proof.
    intros good. apply abs_unseen; [exact good |]. unfold TwinCausal.next_dot.
    assert (bound : forall n l, In (r, n) l -> (n <= TwinCausal.largest r l)%N).
    { intros n l. unfold TwinCausal.largest. induction l as [| [r' m] l IH]; simpl; [easy |].
      intros [[= -> ->] | inside]; [rewrite N.eqb_refl; lia |]. specialize (IH inside). destruct (r' =? r)%N; lia. }
    intros inside. apply bound in inside. lia.
  Qed.

  (** A delta that only removes. *)
  Lemma removed_abs dots :
    ascending before dots ->
    causal_good (TwinCausal.removed dots) /\
    forall d, causal_abs (TwinCausal.removed dots) d = if seen_in d dots then Removed else Unseen.
  Proof.
    intros asc. split.
    - split; [exact asc |]. split; [apply empty_ok |]. simpl. intros d some. now rewrite empty_lookup in some.
    - intros d. unfold causal_abs. simpl. now rewrite empty_lookup.
  Qed.
End Causal.

(** ** The store with one payload under each live dot *)

Section Live.
  Context {P : Type} `{EqDec P}.

  Definition live_store : store (dot * P) P.
  Proof.
    refine {|
      lookup s d := TwinLists.find before d s;
      store_ok s := ascending before (TwinLists.keys s);
      store_join := TwinCausal.live_join;
      store_dots := TwinCausal.live_dots
    |}.
    - constructor.
    - easy.
    - intros [| [d p] s] asc some; [easy |]. exists d. simpl. now rewrite (compare_refl before).
    - intros s asc. split; [exact asc |]. intros d. unfold TwinCausal.live_dots.
      destruct (TwinLists.find before d s) as [p |] eqn:found.
      + split; [easy |]. intros _. apply (find_some before) in found. now apply (in_map fst _ (d, p)).
      + apply (find_none before) in found. split; [now intros yes | easy].
    - intros ours a theirs b oka okb ina inb same. unfold TwinCausal.live_join.
      set (stays := fun d => seen_in d (TwinCausal.live_dots b) || negb (seen_in d theirs)).
      set (is_new := fun d => negb (seen_in d ours)).
      change (filter _ a) with (filter (fun e : dot * P => stays (fst e)) a).
      change (filter _ b) with (filter (fun e : dot * P => is_new (fst e)) b).
      assert (asc : ascending before (TwinLists.keys (filter (fun e : dot * P => stays (fst e)) a))) by now apply (ascending_keys_filter before).
      assert (asc' : ascending before (TwinLists.keys (filter (fun e : dot * P => is_new (fst e)) b))) by now apply (ascending_keys_filter before).
      split; [now apply (ascending_put_all before) |]. intros d.
      rewrite (find_put_all before d _ _ _ asc (ascending_NoDup before _ asc')), !(find_filter before). unfold stays, is_new.
      specialize (ina d). destruct (TwinLists.find before d a) as [p |] eqn:fa, (TwinLists.find before d b) as [q |] eqn:fb.
      + assert (alive : seen_in d (TwinCausal.live_dots b) = true).
        { apply seen_iff. apply (find_some before) in fb. now apply (in_map fst _ (d, q)). }
        assert (here : seen_in d ours = true) by (apply seen_iff, ina; congruence).
        now rewrite alive, here.
      + assert (gone : seen_in d (TwinCausal.live_dots b) = false) by (apply unseen_iff; now apply (find_none before)).
        rewrite gone. now destruct (seen_in d theirs), (seen_in d ours).
      + now destruct (_ || _), (seen_in d ours).
      + now destruct (_ || _), (seen_in d ours).
    - intros a b oka okb same. now apply (same_map_same_list before).
  Defined.

  (** A delta that makes one dot. *)
  Lemma made_abs (d : dot) (p : P) dots :
    ascending before dots ->
    causal_good live_store (TwinCausal.made d p dots) /\
    forall x, causal_abs live_store (TwinCausal.made d p dots) x =
      if eq_dec x d then Live p else if seen_in x dots then Removed else Unseen.
  Proof.
    intros asc. split.
    - split; [now apply (ascending_insert before) |]. split; [repeat constructor |]. simpl. intros x.
      destruct (before x d) eqn:c; try easy. apply (compare_eq (Comparison := dot_comparison)) in c as ->. intros _.
      apply (in_insert before). now left.
    - intros x. unfold causal_abs. simpl. destruct (eq_dec x d) as [-> | ne].
      + now rewrite (compare_refl before).
      + destruct (before x d) eqn:c; [now apply (compare_eq (Comparison := dot_comparison)) in c | |];
          (replace (seen_in x (TwinLists.insert before d dots)) with (seen_in x dots);
           [easy | apply eq_true_iff_eq; rewrite !seen_iff, (in_insert before); intuition congruence]).
  Qed.
End Live.

(** ** Changes *)

(** Whatever a state has seen of the replica [r], the replica's own has seen. *)
Definition knows_own {P} (r : N) (s base : causal N P) := forall n, s (r, n) = Unseen -> base (r, n) = Unseen.

Section Twin.
  Context (T : causal_type) {A : Type} (S : store A (payload T)).

  Local Notation pair := (TwinCausal.causal (list A)).
  Local Notation abs := (causal_abs S).
  Local Notation good := (causal_good S).

  (** A change of the twin that does what the model's may do: what a refinement proof of a type owes. *)
  Definition act_refines (act : N -> operation T -> pair -> pair -> pair) :=
    forall r o s b, good s -> good b -> knows_own r (abs s) (abs b) -> b = s \/ reads T o = true ->
    good (act r o s b) /\ abs (act r o s b) = change T o (abs b) (TwinCausal.next_dot r (fst s)).

  #[local] Instance pair_joinable : Joinable pair := {| bottom := ([], []); join := causal_join S |}.

  (** Every execution of a twin whose changes refine the model's is an execution of the model; and each state of it is of the good
      form, so that equal states are equal lists. *)
  Theorem causal_twin_runs_in_the_model act causal (w : system N pair (operation T)) :
    act_refines act ->
    run (reads T) (fun r o s b d => d = act r o s b) causal w ->
    all_good good w /\ runs T causal (abs_system abs w).
  Proof.
    intros refines ran. revert ran.
    apply (twin_runs_in_the_model _ _ _ abs good agree knows_own).
    - intros v s t reach os ot. apply (payloads_agree T (discipline := False) v reach s t); [exact os | exact ot].
    - intros v r s reach os n new. destruct (new_dots_are_new_everywhere T (discipline := False) v reach r n new) as [states messages].
      destruct os as [(r' & ->) | (m & here & ->)]; auto.
    - apply bottom_refines_causal.
    - apply causal_join_refines.
    - intros r o s b d gs gb own base ->. destruct (refines r o s b gs gb own base) as [gd eq]. split; [exact gd |].
      exists (TwinCausal.largest r (fst s) + 1)%N. split; [now apply next_dot_is_unseen | exact eq].
  Qed.

  (** In every execution of such a twin, replicas that know the same operations hold the very same lists, whatever the delivery. *)
  Theorem causal_twins_converge act causal (w : system N pair (operation T)) r r' :
    act_refines act ->
    run (reads T) (fun r o s b d => d = act r o s b) causal w ->
    (forall e, In e (known w r) <-> In e (known w r')) ->
    state w r = state w r'.
  Proof.
    intros refines ran same. destruct (causal_twin_runs_in_the_model act causal w refines ran) as [[gs _] model].
    apply (causal_states_are_canonical S); auto.
    apply (strong_eventual_consistency _ _ (abs_system abs w) r r' (run_reachable _ _ _ _ model)).
    intros e. simpl. rewrite !in_map_iff. split; intros (x & eq & inx); exists x; (split; [exact eq | now apply same]).
  Qed.
End Twin.

(** The changes of every type with one payload under each live dot: a new dot if the operation makes one, and the dots that are alive
    in the base and covered. *)
Section LiveTwin.
  Context (T : causal_type).

  Local Notation pair := (TwinCausal.causal (TwinCausal.live (payload T))).

  Definition covered_dots (o : operation T) (b : pair) : TwinCausal.context :=
    TwinCausal.live_dots (filter (fun e => covers T o (snd e)) (snd b)).

  Definition live_act (r : N) (o : operation T) (s b : pair) : pair :=
    match makes T o with
    | Some p => TwinCausal.made (TwinCausal.next_dot r (fst s)) p (covered_dots o b)
    | None => TwinCausal.removed (covered_dots o b)
    end.

  Lemma covered_abs o (b : pair) :
    causal_good live_store b ->
    ascending before (covered_dots o b) /\
    forall d, cover T o (causal_abs live_store b) d = if seen_in d (covered_dots o b) then Removed else Unseen.
  Proof.
    intros (asc & ok & inside). split; [now apply (ascending_keys_filter before) |].
    intros d. unfold cover, covered_dots, TwinCausal.live_dots.
    set (f := fun e : dot * payload T => covers T o (snd e)).
    assert (spec : In d (TwinLists.keys (filter f (snd b))) <-> exists p, TwinLists.find before d (snd b) = Some p /\ covers T o p = true).
    { unfold TwinLists.keys. rewrite in_map_iff. split.
      - intros ([d' p] & <- & ine). apply filter_In in ine as [ine cv]. exists p. split; [now apply (in_find before) | exact cv].
      - intros (p & found & cv). exists (d, p). split; [easy |]. apply filter_In. split; [now apply (find_some before) in found | exact cv]. }
    destruct (seen_in d (TwinLists.keys (filter f (snd b)))) eqn:sd.
    - apply seen_iff, spec in sd as (p & found & cv).
      replace (causal_abs live_store b d) with (Live p) by (symmetry; now apply abs_live). now rewrite cv.
    - apply unseen_iff in sd. destruct (causal_abs live_store b d) as [| p |] eqn:ab; try easy. apply abs_live in ab.
      destruct (covers T o p) eqn:cv; [| easy]. contradiction sd. apply spec. now exists p.
  Qed.

  (** These changes are the model's. *)
  Theorem live_act_refines : act_refines T live_store live_act.
  Proof.
    intros r o s b gs gb own _. destruct (covered_abs o b gb) as [asc cv].
    pose proof (next_dot_is_unseen live_store s r gs) as new. apply own in new.
    unfold live_act, change. destruct (makes T o) as [p |].
    - destruct (made_abs (TwinCausal.next_dot r (fst s)) p _ asc) as [gd eq]. split; [exact gd |].
      extensionality d. rewrite eq, map_join. unfold single. destruct (eq_dec d (TwinCausal.next_dot r (fst s))) as [-> | ne].
      + destruct (eq_dec _ _) as [_ |]; [| easy]. unfold cover. unfold TwinCausal.next_dot in *. now rewrite new.
      + destruct (eq_dec _ d) as [eq' |]; [now contradiction ne |]. rewrite cv. now destruct (seen_in d _).
    - destruct (removed_abs (live_store (P := payload T)) _ asc) as [gd eq]. split; [exact gd |]. extensionality d. now rewrite eq, cv.
  Qed.
End LiveTwin.
