(** * The executable map of causal values does what the model does, and so do maps of maps

    What is proved, for the twin in [TwinMap.v].
    - If a store joins by the rule, so does a map of such stores ([map_store], a [store] again): the map's join, key by key, is the join
      of the flattened dots.
    - If a twin's changes refine those of a type, then updating under a key, removing a key and clearing refine those of the map of that
      type ([map_act_refines]).
    As both are functions from twins to twins, maps of maps need no proof of their own: [RefineMaps.v] has the three maps of [TwinMap.v].
    With [causal_twin_runs_in_the_model] every execution of these is an execution of the model, in which what is found under a key is
    the value that the model has there ([map_get_is_value_of]); and [OrMap.v] says which that is.

    The Rust counterpart.  [crates/quipu-crdt/src/or_map.rs]; the tests in [crates/quipu-crdt/tests/oracle] compare it with this twin. *)

From Coq Require Import List NArith ZArith Bool FunctionalExtensionality.
From Quipu Require Import Lattice Convergence Causal OrSet MvRegister ResettableCounter OrMap Refine RefineLists RefineCausal RefineTypes.
From Quipu Require TwinLists TwinCausal TwinStores TwinMap.
Import ListNotations.

Local Notation get := TwinMap.map_get.

Section MapStore.
  Context {A P : Type} (S : store A P).

  Local Notation map_of_stores := (list (N * list A)).

  (** What is alive under a dot, and under which key. *)
  Fixpoint map_lookup (m : map_of_stores) (d : dot) : option (N * P) :=
    match m with
    | [] => None
    | (k, v) :: rest =>
        match lookup S v d with
        | Some p => Some (k, p)
        | None => map_lookup rest d
        end
    end.

  (** Ascending keys, good values none of which is empty, and no dot under two keys. *)
  Record map_ok (m : map_of_stores) := {
    keys_ascend : ascending N.compare (TwinLists.keys m);
    values_ok : forall k v, In (k, v) m -> store_ok S v /\ v <> [];
    dots_apart : forall k v k' v' d,
      In (k, v) m -> In (k', v') m -> lookup S v d <> None -> lookup S v' d <> None -> k = k'
  }.

  Lemma get_in k v (m : map_of_stores) : map_ok m -> In (k, v) m -> get k m = v.
  Proof. intros ok inside. unfold TwinMap.map_get. now rewrite (in_find N.compare k v m (keys_ascend m ok) inside). Qed.

  Lemma get_cases k (m : map_of_stores) : (In (k, get k m) m) \/ get k m = [].
  Proof.
    unfold TwinMap.map_get. destruct (TwinLists.find N.compare k m) eqn:found; [left | now right].
    now apply (find_some N.compare) in found.
  Qed.

  Lemma get_ok k m : map_ok m -> store_ok S (get k m).
  Proof.
    intros ok. destruct (get_cases k m) as [inside | ->]; [now apply (values_ok m ok k) | apply empty_ok].
  Qed.

  Lemma lookup_iff m d k p : map_ok m -> map_lookup m d = Some (k, p) <-> lookup S (get k m) d = Some p.
  Proof.
    intros ok.
    assert (found : forall k p, map_lookup m d = Some (k, p) -> lookup S (get k m) d = Some p).
    { intros k' p' look. assert (inside : exists v, In (k', v) m /\ lookup S v d = Some p').
      { clear ok. induction m as [| [k2 v] m IH]; simpl in look; [easy |]. destruct (lookup S v d) as [q |] eqn:lv.
        - injection look as -> ->. exists v. split; [now left | exact lv].
        - destruct (IH look) as (v' & inside & lv'). exists v'. split; [now right | exact lv']. }
      destruct inside as (v & inside & lv). now rewrite (get_in k' v m ok inside). }
    assert (some : forall k v q, In (k, v) m -> lookup S v d = Some q -> map_lookup m d <> None).
    { clear. induction m as [| [k2 v2] m IH]; simpl; [easy |]. intros k v q inside lv.
      destruct (lookup S v2 d) eqn:l2; [easy |]. destruct inside as [[= -> ->] | inside]; [congruence | now apply (IH k v q)]. }
    split; [apply found |]. intros lv.
    destruct (get_cases k m) as [inside | none]; [| rewrite none, empty_lookup in lv; easy].
    specialize (some _ _ _ inside lv). destruct (map_lookup m d) as [[k' q] |] eqn:look; [| easy].
    specialize (found k' q eq_refl).
    destruct (get_cases k' m) as [inside' | none]; [| rewrite none, empty_lookup in found; easy].
    assert (k = k') as -> by (apply (dots_apart m ok _ _ _ _ d inside inside'); congruence). congruence.
  Qed.

  Lemma lookup_none m d : map_ok m -> map_lookup m d = None <-> forall k, lookup S (get k m) d = None.
  Proof.
    intros ok. split.
    - intros none k. destruct (lookup S (get k m) d) eqn:lv; [| easy]. apply (lookup_iff m d k p ok) in lv. congruence.
    - intros all. destruct (map_lookup m d) as [[k p] |] eqn:look; [| easy].
      apply (lookup_iff m d k p ok) in look. rewrite all in look. easy.
  Qed.

  (** Maps that are put together from ascending keys and a value for each. *)
  Definition assemble (f : N -> list A) (ks : list N) : map_of_stores :=
    fold_right (fun k => TwinMap.map_cons k (f k)) [] ks.

  Lemma in_assemble f ks k v : In (k, v) (assemble f ks) <-> In k ks /\ v = f k /\ v <> [].
  Proof.
    induction ks as [| k0 ks IH]; simpl; [intuition |].
    assert (step : In (k, v) (TwinMap.map_cons k0 (f k0) (assemble f ks)) <-> (k = k0 /\ v = f k0 /\ v <> []) \/ In (k, v) (assemble f ks)).
    { unfold TwinMap.map_cons. destruct (f k0) as [| a l] eqn:fk; simpl.
      - split; [auto | intros [(_ & -> & no) | inside]; [easy | exact inside]].
      - split.
        + intros [[= <- <-] | inside]; [left | now right]. repeat split; easy.
        + intros [(-> & -> & _) | inside]; [now left | now right]. }
    rewrite step, IH. split.
    - intros [(-> & -> & some) | (ink & -> & some)]; auto.
    - intros ([-> | ink] & -> & some); [left | right]; auto.
  Qed.

  Lemma assemble_ascends f ks : ascending N.compare ks -> ascending N.compare (TwinLists.keys (assemble f ks)).
  Proof.
    induction ks as [| k0 ks IH]; simpl; intros asc; [constructor |]. destruct (ascending_inv N.compare _ _ asc) as [rest all].
    unfold TwinMap.map_cons. destruct (f k0) as [| a l]; [now apply IH |]. simpl. apply (ascending_cons N.compare); [now apply IH |].
    intros k ink. apply in_map_iff in ink as ([k' v] & <- & inside). apply in_assemble in inside as (ink & _). now apply all.
  Qed.

  Lemma get_assemble f ks k : ascending N.compare ks -> (In k ks \/ f k = []) -> get k (assemble f ks) = f k.
  Proof.
    intros asc known. unfold TwinMap.map_get.
    destruct (TwinLists.find N.compare k (assemble f ks)) as [v |] eqn:found.
    - apply (find_some N.compare) in found. now apply in_assemble in found as (_ & -> & _).
    - apply (find_none N.compare) in found. destruct (f k) as [| a l] eqn:fk; [easy |]. exfalso. apply found.
      apply (in_map fst _ (k, f k)). apply in_assemble. rewrite fk. destruct known as [ink | no]; [easy | congruence].
  Qed.

  Lemma get_absent k (m : map_of_stores) : ~ In k (TwinLists.keys m) -> get k m = [].
  Proof. intros no. unfold TwinMap.map_get. apply (find_none N.compare) in no. now rewrite no. Qed.

  (** The join of two maps, given what [join_ok] gives of them. *)
  Section Join.
    Variables (ours theirs : TwinCausal.context) (a b : map_of_stores).
    Hypothesis oka : map_ok a.
    Hypothesis okb : map_ok b.
    Hypothesis ina : forall d, map_lookup a d <> None -> In d ours.
    Hypothesis inb : forall d, map_lookup b d <> None -> In d theirs.
    Hypothesis fits : forall d p q, map_lookup a d = Some p -> map_lookup b d = Some q -> p = q.

    Let value k := store_join S ours (get k a) theirs (get k b).

    Lemma alive_a k d : lookup S (get k a) d <> None -> map_lookup a d <> None.
    Proof. intros some none. rewrite (lookup_none a d oka) in none. now apply some. Qed.

    Lemma alive_b k d : lookup S (get k b) d <> None -> map_lookup b d <> None.
    Proof. intros some none. rewrite (lookup_none b d okb) in none. now apply some. Qed.

    Lemma value_join k :
      store_ok S (value k) /\
      forall d, lookup S (value k) d =
        match lookup S (get k a) d, lookup S (get k b) d with
        | Some p, Some _ => Some p
        | Some p, None => if seen_in d theirs then None else Some p
        | None, Some q => if seen_in d ours then None else Some q
        | None, None => None
        end.
    Proof.
      apply join_ok.
      - now apply get_ok.
      - now apply get_ok.
      - intros d some. now apply ina, (alive_a k).
      - intros d some. now apply inb, (alive_b k).
      - intros d p q la lb. apply (lookup_iff a d k p oka) in la. apply (lookup_iff b d k q okb) in lb.
        specialize (fits d _ _ la lb). congruence.
    Qed.

    Definition joined := TwinMap.map_join (store_join S) ours a theirs b.

    Lemma get_joined k : get k joined = value k.
    Proof.
      unfold joined, TwinMap.map_join. fold (assemble value (TwinLists.union N.compare (TwinLists.keys a) (TwinLists.keys b))).
      apply get_assemble; [apply (ascending_union N.compare), keys_ascend, oka |].
      destruct (in_dec N.eq_dec k (TwinLists.union N.compare (TwinLists.keys a) (TwinLists.keys b))) as [yes | no]; [now left | right].
      rewrite (in_union N.compare) in no. destruct (value_join k) as [okv look].
      apply (store_canonical _ _ S); [exact okv | apply empty_ok |]. intros d.
      rewrite look, (get_absent k a), (get_absent k b) by tauto. now rewrite !empty_lookup.
    Qed.

    Lemma joined_in k v : In (k, v) joined -> v = value k /\ v <> [].
    Proof.
      unfold joined, TwinMap.map_join. fold (assemble value (TwinLists.union N.compare (TwinLists.keys a) (TwinLists.keys b))).
      intros inside. now apply in_assemble in inside as (_ & -> & some).
    Qed.

    (** Whatever is alive under a key in the joined map was alive under that key in one of the two. *)
    Lemma alive_joined k d : lookup S (value k) d <> None ->
      (exists p, map_lookup a d = Some (k, p)) \/ (exists p, map_lookup b d = Some (k, p)).
    Proof.
      rewrite (proj2 (value_join k) d).
      destruct (lookup S (get k a) d) as [p |] eqn:la; [intros _; left; exists p; now apply lookup_iff |].
      destruct (lookup S (get k b) d) as [q |] eqn:lb; [intros _; right; exists q; now apply lookup_iff | easy].
    Qed.

    Lemma joined_ok : map_ok joined.
    Proof.
      split.
      - unfold joined, TwinMap.map_join. apply (assemble_ascends value), (ascending_union N.compare), keys_ascend, oka.
      - intros k v inside. apply joined_in in inside as [-> some]. split; [apply value_join | exact some].
      - intros k v k' v' d inside inside' some some'.
        apply joined_in in inside as [-> _], inside' as [-> _].
        apply alive_joined in some as [(p & la) | (p & la)], some' as [(q & lb) | (q & lb)]; try congruence;
          [specialize (fits d _ _ la lb) | specialize (fits d _ _ lb la)]; congruence.
    Qed.

    Lemma joined_lookup d :
      map_lookup joined d =
      match map_lookup a d, map_lookup b d with
      | Some p, Some _ => Some p
      | Some p, None => if seen_in d theirs then None else Some p
      | None, Some q => if seen_in d ours then None else Some q
      | None, None => None
      end.
    Proof.
      assert (same : forall x y : option (N * P), (forall k p, x = Some (k, p) <-> y = Some (k, p)) -> x = y).
      { intros [[k p] |] y eq; [symmetry; now apply eq |]. destruct y as [[k p] |]; [now apply eq | easy]. }
      apply same. intros k p. rewrite (lookup_iff joined d k p joined_ok), get_joined, (proj2 (value_join k) d).
      assert (la : forall q, map_lookup a d = Some (k, q) <-> lookup S (get k a) d = Some q) by (intros q; now apply lookup_iff).
      assert (lb : forall q, map_lookup b d = Some (k, q) <-> lookup S (get k b) d = Some q) by (intros q; now apply lookup_iff).
      assert (fit := fits d).
      destruct (lookup S (get k a) d) as [x |] eqn:ga, (lookup S (get k b) d) as [y |] eqn:gb.
      - rewrite (proj2 (la x) eq_refl), (proj2 (lb y) eq_refl). split; congruence.
      - rewrite (proj2 (la x) eq_refl). destruct (map_lookup b d) as [[k2 y] |] eqn:mb.
        + specialize (fit _ _ (proj2 (la x) eq_refl) eq_refl). injection fit as <- <-. discriminate (proj1 (lb x) eq_refl).
        + destruct (seen_in d theirs); split; congruence.
      - rewrite (proj2 (lb y) eq_refl). destruct (map_lookup a d) as [[k2 x] |] eqn:ma.
        + specialize (fit _ _ eq_refl (proj2 (lb y) eq_refl)). injection fit as -> ->. discriminate (proj1 (la y) eq_refl).
        + destruct (seen_in d ours); split; congruence.
      - split; [easy |].
        destruct (map_lookup a d) as [[k2 x] |] eqn:ma, (map_lookup b d) as [[k3 y] |] eqn:mb;
          try destruct (seen_in d theirs); try destruct (seen_in d ours); try easy; intros [= -> ->];
          (discriminate (proj1 (la p) eq_refl) || discriminate (proj1 (lb p) eq_refl)).
    Qed.
  End Join.

  Definition map_store : store (N * list A) (N * P).
  Proof.
    refine {|
      lookup := map_lookup;
      store_ok := map_ok;
      store_join := TwinMap.map_join (store_join S);
      store_dots := TwinMap.map_dots (store_dots S)
    |}.
    - split; [constructor | easy | easy].
    - easy.
    - intros [| [k v] m] ok some; [easy |]. destruct (values_ok _ ok k v (or_introl eq_refl)) as [okv filled].
      destruct (not_empty _ _ S v okv filled) as [d alive]. exists d. simpl. now destruct (lookup S v d).
    - intros m ok. assert (each : forall k v, In (k, v) m -> store_ok S v) by (intros k v inside; now apply (values_ok m ok k)).
      clear ok. induction m as [| [k v] m IH]; simpl; [split; [constructor | intros d; split; easy] |].
      destruct (dots_ok _ _ S v (each k v (or_introl eq_refl))) as [asc spec].
      destruct IH as [_ spec']; [intros k' v' inside; apply (each k'); now right |].
      split; [now apply (ascending_union before) |]. intros d. unfold TwinCausal.context_join.
      rewrite (in_union before), spec, spec'. destruct (lookup S v d); intuition congruence.
    - intros ours a theirs b oka okb ina inb fits. split; [now apply joined_ok | intros d; now apply joined_lookup].
    - intros a b oka okb same. apply (same_map_same_list N.compare); [apply oka | apply okb |]. intros k.
      assert (eq : get k a = get k b).
      { apply (store_canonical _ _ S); [now apply get_ok | now apply get_ok |]. intros d.
        destruct (lookup S (get k a) d) as [p |] eqn:la.
        - symmetry. apply (lookup_iff b d k p okb). rewrite <- same. now apply lookup_iff.
        - destruct (lookup S (get k b) d) as [q |] eqn:lb; [| easy].
          apply (lookup_iff b d k q okb) in lb. rewrite <- same in lb. apply (lookup_iff a d k q oka) in lb. congruence. }
      unfold TwinMap.map_get in eq.
      destruct (TwinLists.find N.compare k a) as [v |] eqn:fa, (TwinLists.find N.compare k b) as [v' |] eqn:fb; try congruence; subst.
      + apply (find_some N.compare) in fa. now destruct (values_ok a oka k [] fa).
      + apply (find_some N.compare) in fb. now destruct (values_ok b okb k [] fb).
  Defined.
End MapStore.

(** ** Changes of maps *)

Section MapTwin.
  Context (T : causal_type) {A : Type} (S : store A (payload T)).
  Variable act : N -> operation T -> TwinCausal.causal (list A) -> TwinCausal.causal (list A) -> TwinCausal.causal (list A).

  Local Notation pair := (TwinCausal.causal (list (N * list A))).
  Local Notation abs := (causal_abs (map_store S)).

  (** Updating a key changes its value under the context of the whole. *)
  Definition map_act (r : N) (o : map_op N T) (s b : pair) : pair :=
    match o with
    | Update _ _ k u =>
        let delta := act r u (fst s, get k (snd s)) (fst b, get k (snd b)) in (fst delta, TwinMap.map_cons k (snd delta) [])
    | RemoveKey _ _ k => TwinMap.map_remove (store_dots S) k s
    | ClearMap _ _ => TwinMap.map_clear (store_dots S) s
    | ForgetRead _ _ k => TwinMap.map_remove (store_dots S) k b
    end.

  (** The value that the twin finds under a key, with the context of the whole, is the value that the model has there. *)
  Theorem map_get_is_value_of (s : pair) k :
    causal_good (map_store S) s ->
    causal_good S (fst s, get k (snd s)) /\ causal_abs S (fst s, get k (snd s)) = value_of N T k (abs s).
  Proof.
    intros (asc & ok & inside). split.
    - split; [exact asc |]. split; [now apply (get_ok S k) |]. simpl. intros d some. apply inside. simpl.
      intros none. rewrite (lookup_none S (snd s) d ok) in none. now apply some.
    - extensionality d. unfold value_of, causal_abs. simpl. specialize (inside d). simpl in inside.
      pose proof (lookup_iff S (snd s) d k) as iff.
      destruct (lookup S (get k (snd s)) d) as [p |] eqn:lv.
      + rewrite (proj2 (iff p ok) eq_refl). now destruct (eq_dec k k).
      + destruct (map_lookup S (snd s) d) as [[k' q] |] eqn:look.
        * assert (seen : seen_in d (fst s) = true) by (apply seen_iff, inside; easy). rewrite seen.
          destruct (eq_dec k k') as [<- |]; [| easy]. discriminate (proj1 (iff q ok) eq_refl).
        * now destruct (seen_in d (fst s)).
  Qed.

  Lemma value_of_unseen k (s : causal N (N * payload T)) d : value_of N T k s d = Unseen <-> s d = Unseen.
  Proof. unfold value_of. destruct (s d) as [| [k' p] |]; try easy. now destruct (eq_dec k k'). Qed.

  Lemma lifted_abs (delta : TwinCausal.causal (list A)) k d :
    causal_abs (map_store S) (fst delta, TwinMap.map_cons k (snd delta) []) d =
    match causal_abs S delta d with Live p => Live (k, p) | Removed => Removed | Unseen => Unseen end.
  Proof.
    unfold causal_abs, TwinMap.map_cons. simpl. destruct (snd delta) as [| a l]; simpl.
    - rewrite empty_lookup. now destruct (seen_in d (fst delta)).
    - destruct (lookup S (a :: l) d); [easy |]. now destruct (seen_in d (fst delta)).
  Qed.

  Lemma lifted_good (delta : TwinCausal.causal (list A)) k :
    causal_good S delta -> causal_good (map_store S) (fst delta, TwinMap.map_cons k (snd delta) []).
  Proof.
    intros (asc & ok & inside). split; [exact asc |]. unfold TwinMap.map_cons. split.
    - destruct (snd delta) as [| a l] eqn:eq; [apply (empty_ok _ _ (map_store S)) |]. split.
      + repeat constructor.
      + intros k' v' [[= <- <-] | []]. easy.
      + intros k1 v1 k2 v2 d [[= <- <-] | []] [[= <- <-] | []]. easy.
    - simpl. intros d. destruct (snd delta) as [| a l] eqn:eq; simpl; [easy |].
      destruct (lookup S (a :: l) d) eqn:look; [| easy]. intros _. apply inside. congruence.
  Qed.

  Lemma lifted_change u k (base : causal N (N * payload T)) new d :
    base new = Unseen ->
    change (or_map N T) (Update N T k u) base new d =
    match change T u (value_of N T k base) new d with Live p => Live (k, p) | Removed => Removed | Unseen => Unseen end.
  Proof.
    intros fresh. unfold change, cover, single, value_of. simpl. destruct (makes T u) as [p |]; simpl; rewrite ?map_join; simpl.
    - destruct (eq_dec new d) as [<- | ne]; [now rewrite fresh |].
      destruct (base d) as [| [k' q] |]; simpl; try easy. unfold is_key. destruct (eq_dec k k'); simpl; [| easy].
      now destruct (covers T u q).
    - destruct (base d) as [| [k' q] |]; simpl; try easy. unfold is_key. destruct (eq_dec k k'); simpl; [| easy].
      now destruct (covers T u q).
  Qed.

  (** A delta that takes away what a state has under a key. *)
  Lemma removed_under k (base : pair) o new :
    causal_good (map_store S) base -> makes (or_map N T) o = None ->
    (forall k' p, covers (or_map N T) o (k', p) = is_key N k k') ->
    causal_good (map_store S) (TwinMap.map_remove (store_dots S) k base) /\
    abs (TwinMap.map_remove (store_dots S) k base) = change (or_map N T) o (abs base) new.
  Proof.
    intros (asc & ok & inside) none cov.
    destruct (dots_ok _ _ S (get k (snd base)) (get_ok S k (snd base) ok)) as [ascd spec].
    destruct (removed_abs (map_store S) (store_dots S (get k (snd base))) ascd) as [gd eq]. split; [exact gd |].
    extensionality d. unfold TwinMap.map_remove. rewrite eq. unfold change, cover. rewrite none. clear eq.
    specialize (spec d).
    assert (alive : seen_in d (store_dots S (get k (snd base))) = true <-> exists p, abs base d = Live (k, p)).
    { rewrite seen_iff, spec. split.
      - intros some. destruct (lookup S (get k (snd base)) d) as [p |] eqn:lv; [| easy]. exists p. apply abs_live.
        now apply (lookup_iff S (snd base) d k p ok).
      - intros [p live]. apply abs_live in live. apply (lookup_iff S (snd base) d k p ok) in live. congruence. }
    destruct (seen_in d (store_dots S (get k (snd base)))).
    - destruct (proj1 alive eq_refl) as [p ->]. rewrite cov. unfold is_key. now destruct (eq_dec k k).
    - destruct (abs base d) as [| [k' p] |] eqn:ab; try easy. rewrite cov. unfold is_key.
      destruct (eq_dec k k') as [<- |]; [| easy]. discriminate (proj2 alive (ex_intro _ p eq_refl)).
  Qed.

  (** If the changes of the values refine their type's, the changes of the map refine those of the map of that type. *)
  Theorem map_act_refines : act_refines T S act -> act_refines (or_map N T) (map_store S) map_act.
  Proof.
    intros refines r o s b gs gb own base. pose proof (next_dot_is_unseen (map_store S) s r gs) as new.
    unfold TwinCausal.next_dot in new. apply own in new. destruct o as [k u | k | | k].
    - destruct (map_get_is_value_of s k gs) as [gsv eqs], (map_get_is_value_of b k gb) as [gbv eqb].
      destruct (refines r u _ _ gsv gbv) as [gd eqd].
      + intros n none. rewrite eqs in none. rewrite eqb. apply value_of_unseen, own. now apply value_of_unseen in none.
      + destruct base as [-> | rd]; [now left | now right].
      + split; [now apply lifted_good |]. extensionality d. unfold map_act. cbv zeta. rewrite lifted_abs, eqd, eqb.
        symmetry. now apply lifted_change.
    - destruct base as [-> | rd]; [| easy]. now apply removed_under.
    - destruct base as [-> | rd]; [| easy]. destruct gs as (asc & ok & inside).
      destruct (dots_ok _ _ (map_store S) (snd s) ok) as [ascd spec].
      destruct (removed_abs (map_store S) (store_dots (map_store S) (snd s)) ascd) as [gd eq]. split; [exact gd |].
      extensionality d. unfold map_act, TwinMap.map_clear. rewrite eq. unfold change, cover. simpl.
      change (TwinMap.map_dots (store_dots S) (snd s)) with (store_dots (map_store S) (snd s)).
      specialize (spec d). rewrite <- seen_iff in spec.
      assert (alive : lookup (map_store S) (snd s) d <> None <-> exists p, abs s d = Live p).
      { split.
        - intros some. destruct (lookup (map_store S) (snd s) d) as [p |] eqn:look; [| easy]. exists p. now apply abs_live.
        - intros [p live]. apply abs_live in live. congruence. }
      rewrite alive in spec. destruct (seen_in d (store_dots (map_store S) (snd s))).
      + now destruct (proj1 spec eq_refl) as [p ->].
      + destruct (abs s d) as [| p |] eqn:ab; try easy. discriminate (proj2 spec (ex_intro _ p eq_refl)).
    - now apply removed_under.
  Qed.
End MapTwin.
