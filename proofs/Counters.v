(** * Counters: no increment is lost, none counts twice

    What is proved, for any delivery of deltas, groups and whole states (see [Convergence.v]).
    - Grow-only counter: the value at a replica is the sum of the increments it knows ([g_value_is_sum_of_increments]).
    - Counter in both directions: the value is the sum of the changes it knows, up and down ([pn_value_is_sum_of_changes]).
    Here knowing an operation means knowing all earlier ones of the same replica ([included]): a delta holds its replica's whole
    slot, so it makes good for earlier deltas that were lost.
    - An increment in place is the join with its delta, and raises the value ([increment_is_join_with_delta]); nothing but the
      owner's own slot changes.

    The model.  A slot per replica, which only its owner raises.  The value is the sum of the slots of any list of replicas
    ([rs] below) that has each replica once and misses none whose slot is not zero.  The list [es] has each known operation
    once.  Adding 0 is no operation, here as in the Rust code, which returns an empty delta.

    The Rust counterpart.  [crates/quipu-crdt/src/g_counter.rs], [pn_counter.rs], [slots.rs]; [amount_counter.rs] is [pn_counter.rs] over
    minor units.  Section [Slot] serves also counters with several slots per replica ([Windowed.v]).

    What is assumed.  A replica keeps its own slot ([Crash.v] is about what happens otherwise).

    What is left out.  Limits of numbers: an increment that does not fit is refused and so is no operation. *)

From Coq Require Import List Arith NArith ZArith Lia.
From Quipu Require Import Lattice Convergence.
Import ListNotations.

Definition total (l : list N) : N := fold_right N.add 0%N l.

Lemma total_app l l' : total (l ++ l') = (total l + total l')%N.
Proof. unfold total. induction l; simpl; lia. Qed.

(** ** A slot that only its owner raises, in any type *)

Section Slot.
  Context {Replica State Op Slot : Type} `{EqDec Replica, EqDec Slot} `{Lattice State}.
  Variable reads : Op -> bool.
  Variable does : Replica -> Op -> State -> State -> State -> Prop.
  (** The slot that an operation raises, and by how much; a slot has one owner. *)
  Variable slot_of : Replica -> Op -> Slot.
  Variable amount : Op -> N.
  Variable slot : Slot -> State -> N.

  Hypothesis one_owner : forall r r' o o', slot_of r o = slot_of r' o' -> r = r'.
  Hypothesis slot_bottom : forall x, slot x bottom = 0%N.
  Hypothesis slot_join : forall x s t, slot x (s ⊔ t) = N.max (slot x s) (slot x t).
  Hypothesis slot_raised : forall r o s b d, does r o s b d -> slot (slot_of r o) d = (slot (slot_of r o) s + amount o)%N.
  Hypothesis slot_others : forall r o s b d x, does r o s b d -> x <> slot_of r o -> slot x d = 0%N.

  Local Notation event := (event Replica State Op).

  Definition raises (e : event) : Slot := slot_of (by_whom e) (op e).

  (** The operation [e] is known where [k] is: itself, or a later one that raised the same slot. *)
  Definition included_slot (k : list event) (e : event) :=
    exists e', In e' k /\ raises e' = raises e /\ (e = e' \/ In e (saw e')).

  Lemma slot_below r s t : s ⊑ t -> (slot r s <= slot r t)%N.
  Proof. unfold below. intros <-. rewrite slot_join. lia. Qed.

  Lemma slot_least r (k : list event) n : (forall e, In e k -> (slot r (delta e) <= n)%N) -> (slot r (state_of k) <= n)%N.
  Proof.
    unfold state_of. induction k as [| e k IH]; simpl; intros all; [rewrite slot_bottom; lia |].
    rewrite slot_join. apply N.max_lub; [apply all; now left | apply IH; auto].
  Qed.

  Lemma latest_of r (k : list event) :
    (forall e, In e k -> raises e <> r) \/
    exists e, In e k /\ raises e = r /\ forall e', In e' k -> raises e' = r -> number e' <= number e.
  Proof.
    induction k as [| e k [none | (m & inm & own & most)]]; [now left | |].
    - destruct (eq_dec (raises e) r) as [own | other].
      + right. exists e. split; [now left |]. split; [exact own |]. intros e' [<- | inside] own'; [easy |].
        now contradiction (none e').
      + left. intros e' [<- | inside]; auto.
    - right. destruct (eq_dec (raises e) r) as [own' | other]; [destruct (le_lt_dec (number e) (number m)) as [le | lt] |].
      + exists m. split; [now right |]. split; [exact own |]. intros e' [<- | inside]; auto.
      + exists e. split; [now left |]. split; [exact own' |]. intros e' [<- | inside] o; [easy |].
        specialize (most e' inside o). lia.
      + exists m. split; [now right |]. split; [exact own |]. intros e' [<- | inside]; [easy | auto].
  Qed.

  Lemma slot_is_sum causal w :
    run reads does causal w -> forall bound r (k es : list event),
    (forall e, In e k -> number e < bound) -> incl k (history w) ->
    NoDup es -> (forall e, In e es <-> included_slot k e /\ raises e = r) ->
    slot r (state_of k) = total (map (fun e => amount (op e)) es).
  Proof.
    intros ran. pose proof (reachable_invariant _ _ _ _ ran) as inv.
    assert (others : forall e r, In e (history w) -> raises e <> r -> slot r (delta e) = 0%N).
    { intros e r ine ne. apply (slot_others _ _ _ _ _ r (e_does _ _ _ _ (i_event _ _ _ inv e ine))). intros eq. now apply ne. }
    assert (owner : forall e e', raises e = raises e' -> by_whom e = by_whom e') by (intros e e'; apply one_owner).
    induction bound as [bound IH] using lt_wf_ind. intros r k es small sub once listed.
    destruct (latest_of r k) as [none | (m & inm & own & most)].
    - assert (es = []) as ->.
      { destruct es as [| e es]; [easy |]. exfalso.
        destruct (proj1 (listed e) (or_introl eq_refl)) as [(e' & ine' & same & _) own]. apply (none e'); congruence. }
      simpl. apply N.le_antisymm; [| lia]. apply slot_least. intros e ine. rewrite (others e r); auto; lia.
    - pose proof (i_event _ _ _ inv m (sub m inm)) as hm.
      pose proof (slot_raised _ _ _ _ _ (e_does _ _ _ _ hm)) as step. fold (raises m) in step. rewrite own in step.
      assert (line : forall e, In e k -> raises e = r -> e = m \/ In e (saw m)).
      { intros e ine own'. destruct (le_lt_dec (number m) (number e)) as [le | lt].
        - left. apply (i_numbers _ _ _ inv); [now apply sub | now apply sub |]. specialize (most e ine own'). lia.
        - right. apply (e_all_own _ _ _ _ hm); [now apply sub | apply owner; congruence | exact lt]. }
      assert (top : slot r (state_of k) = slot r (delta m)).
      { apply N.le_antisymm; [| now apply slot_below, delta_below]. apply slot_least. intros e ine.
        destruct (eq_dec (raises e) r) as [own' | other].
        - destruct (line e ine own') as [-> | before]; [lia |]. pose proof (slot_below r _ _ (delta_below e _ before)). lia.
        - rewrite (others e r); auto; lia. }
      assert (inm' : In m es).
      { apply listed. split; [| exact own]. exists m. auto. }
      apply in_split in inm' as (l & l' & ->). apply NoDup_remove in once as [once new].
      rewrite map_app, total_app. simpl. rewrite top, step.
      rewrite (IH (number m)) with (es := l ++ l').
      + rewrite map_app, total_app. lia.
      + now apply small.
      + intros e ine. apply (e_before _ _ _ _ hm). now left.
      + apply (e_saw _ _ _ _ hm).
      + exact once.
      + intros e. assert (drop : In e (l ++ l') <-> In e (l ++ m :: l') /\ e <> m).
        { rewrite !in_app_iff. simpl. split.
          - intros inside. split; [tauto |]. intros ->. apply new. now apply in_or_app.
          - intros [[? | [? | ?]] ne]; [tauto | congruence | tauto]. }
        rewrite drop, listed. split.
        * intros [[(e' & ine' & same & what) own'] ne]. split; [| exact own'].
          destruct (line e' ine') as [-> | before]; [congruence | |].
          -- destruct what as [-> | before]; [easy |]. exists e. auto.
          -- exists e'. auto.
        * intros [(e' & ine' & same & what) own']. split; [split |]; [| exact own' |].
          -- exists m. split; [exact inm |]. split; [congruence |]. right.
             destruct what as [-> | before]; [exact ine' |].
             apply (e_line _ _ _ _ hm e'); [exact ine' | apply owner; congruence | exact before].
          -- intros ->. pose proof (e_before _ _ _ _ hm e' (or_introl ine')) as less.
             destruct what as [-> | before]; [lia |].
             pose proof (e_before _ _ _ _ (i_event _ _ _ inv e' (e_saw _ _ _ _ hm _ ine')) m (or_introl before)). lia.
  Qed.

  (** The sum of some slots. *)
  Definition slots (rs : list Slot) (s : State) : N := total (map (fun r => slot r s) rs).

  (** The list has every slot that is not zero, and none twice. *)
  Definition lists_slots (rs : list Slot) (s : State) := NoDup rs /\ forall r, slot r s <> 0%N -> In r rs.

  Lemma total_by_slot (rs : list Slot) (es : list event) :
    NoDup rs ->
    total (map (fun e => amount (op e)) es) =
    (total (map (fun r => total (map (fun e => amount (op e)) (filter (fun e => if eq_dec (raises e) r then true else false) es))) rs) +
     total (map (fun e => amount (op e)) (filter (fun e => if in_dec eq_dec (raises e) rs then false else true) es)))%N.
  Proof.
    intros once. induction rs as [| r rs IH]; simpl.
    - f_equal. now induction es as [| e es IH]; simpl; [| rewrite <- IH].
    - inversion_clear once as [| ? ? new once']. rewrite IH by exact once'. clear IH.
      rewrite (N.add_comm (total (map _ (filter (fun e => if eq_dec (raises e) r then true else false) es)))), <- N.add_assoc.
      f_equal. induction es as [| e es IH]; simpl; [easy |].
      destruct (eq_dec (raises e) r) as [<- | ne]; destruct (in_dec eq_dec (raises e) rs) as [yes | no]; simpl; try easy;
        destruct (eq_dec _ _); simpl; try congruence; lia.
  Qed.

  (** What a replica's slots add up to is the sum of the amounts of all operations it knows. *)
  Lemma slots_are_sum causal w r rs es :
    run reads does causal w -> lists_slots rs (state w r) ->
    NoDup es -> (forall e, In e es <-> included_slot (known w r) e) ->
    slots rs (state w r) = total (map (fun e => amount (op e)) es).
  Proof.
    intros ran [once all] once' listed. pose proof (reachable_invariant _ _ _ _ ran) as inv.
    assert (each : forall r', slot r' (state w r) = total (map (fun e => amount (op e))
              (filter (fun e => if eq_dec (raises e) r' then true else false) es))).
    { intros r'. rewrite (i_state _ _ _ inv). apply (slot_is_sum causal w ran (length (history w))).
      - intros e ine. apply (i_event _ _ _ inv e). now apply (i_known _ _ _ inv r).
      - apply inv.
      - now apply NoDup_filter.
      - intros e. rewrite filter_In, listed. destruct (eq_dec (raises e) r'); intuition congruence. }
    rewrite (total_by_slot rs es once). unfold slots.
    rewrite (map_ext _ _ each). rewrite <- N.add_0_r at 1. f_equal. symmetry.
    (* What is left out of [rs] has slots of zero, so amounts of zero. *)
    assert (zero : forall l, (forall e, In e l -> amount (op e) = 0%N) -> total (map (fun e : event => amount (op e)) l) = 0%N).
    { intros l. unfold total. induction l as [| e l IH]; simpl; [easy |]. intros eq. rewrite IH by auto. rewrite (eq e); auto. }
    apply zero. intros e ine. apply filter_In in ine as [ine out]. destruct (in_dec eq_dec (raises e) rs) as [yes | no]; [easy |].
    destruct (N.eq_dec (slot (raises e) (state w r)) 0) as [none | some]; [| now contradiction no; apply all].
    rewrite each in none. assert (mine : In e (filter (fun e' => if eq_dec (raises e') (raises e) then true else false) es)).
    { apply filter_In. split; [exact ine |]. now destruct (eq_dec (raises e) (raises e)). }
    apply in_split in mine as (l & l' & eq). rewrite eq, map_app, total_app in none. simpl in none. lia.
  Qed.
End Slot.

(** For counters with one slot per replica: [e] is known where [k] is, itself or a later one of the same replica. *)
Definition included {Replica State Op} (k : list (event Replica State Op)) (e : event Replica State Op) :=
  exists e', In e' k /\ by_whom e' = by_whom e /\ (e = e' \/ In e (saw e')).

(** ** The grow-only counter *)

Section GCounter.
  Context {Replica : Type} `{EqDec Replica}.

  Definition g_counter := Replica -> N.

  (** Adding [n], which is not 0: the delta is the replica's new slot. *)
  Definition increment (r : Replica) (n : N) (s base delta : Replica -> N) : Prop :=
    n <> 0%N /\ delta = single r (s r + n)%N.

  Definition g_value (rs : list Replica) (s : Replica -> N) : N := total (map s rs).

  (** An increment in place raises one slot by its amount; that is the join with the delta, and a strict growth. *)
  Theorem increment_is_join_with_delta r n (s base delta : Replica -> N) :
    increment r n s base delta ->
    (s ⊔ delta) r = (s r + n)%N /\ (forall r', r' <> r -> (s ⊔ delta) r' = s r') /\
    s ⊑ s ⊔ delta /\ s ⊔ delta <> s.
  Proof.
    intros [some ->].
    assert (own : (s ⊔ single r (s r + n)%N) r = (s r + n)%N).
    { rewrite map_join. unfold single. destruct (eq_dec r r); [simpl; lia | congruence]. }
    split; [exact own |]. split; [| split].
    - intros r' other. rewrite map_join. unfold single. destruct (eq_dec r r'); [congruence | simpl; lia].
    - apply below_join_left.
    - intros same. rewrite same in own. lia.
  Qed.

  (** The value at a replica is the sum of the increments it knows, each once, however they arrived. *)
  Theorem g_value_is_sum_of_increments causal w r rs es :
    run (fun _ => false) increment causal w ->
    NoDup rs -> (forall r', state w r r' <> 0%N -> In r' rs) ->
    NoDup es -> (forall e, In e es <-> included (known w r) e) ->
    g_value rs (state w r) = total (map op es).
  Proof.
    intros ran once all once' listed.
    apply (slots_are_sum (fun _ => false) increment (fun r _ => r) (fun n => n) (fun r (s : Replica -> N) => s r)) with (causal := causal); try assumption; try easy; try now split.
    - intros r' o s b d [_ ->]. unfold single. now destruct (eq_dec r' r').
    - intros r' o s b d r'' [_ ->] other. unfold single. destruct (eq_dec r' r''); [congruence | easy].
  Qed.
End GCounter.

(** ** The counter that goes both ways *)

Section PnCounter.
  Context {Replica : Type} `{EqDec Replica}.

  (** A slot holds what its owner has added and what it has taken away.  A change is not 0; the delta is the new slot. *)
  Definition adjust (r : Replica) (z : Z) (s base delta : Replica -> N * N) : Prop :=
    z <> 0%Z /\ delta = single r (fst (s r) + Z.to_N z, snd (s r) + Z.to_N (- z))%N.

  Definition pn_value (rs : list Replica) (s : Replica -> N * N) : Z :=
    (Z.of_N (total (map (fun r => fst (s r)) rs)) - Z.of_N (total (map (fun r => snd (s r)) rs)))%Z.

  (** A change in place raises one count of one slot; that is the join with the delta. *)
  Theorem adjust_is_join_with_delta r z (s base delta : Replica -> N * N) :
    adjust r z s base delta ->
    (s ⊔ delta) r = (fst (s r) + Z.to_N z, snd (s r) + Z.to_N (- z))%N /\
    (forall r', r' <> r -> (s ⊔ delta) r' = s r').
  Proof.
    intros [_ ->]. split.
    - rewrite map_join. unfold single. destruct (eq_dec r r); [simpl; f_equal; lia | congruence].
    - intros r' other. rewrite map_join. unfold single. destruct (eq_dec r r'); [congruence |].
      destruct (s r'). simpl. f_equal; lia.
  Qed.

  (** The value at a replica is the sum of the changes it knows, up and down, each once, however they arrived. *)
  Theorem pn_value_is_sum_of_changes causal w r rs es :
    run (fun _ => false) adjust causal w ->
    NoDup rs -> (forall r', state w r r' <> (0, 0)%N -> In r' rs) ->
    NoDup es -> (forall e, In e es <-> included (known w r) e) ->
    pn_value rs (state w r) = fold_right Z.add 0%Z (map op es).
  Proof.
    intros ran once all once' listed. unfold pn_value.
    assert (up : slots (fun r (s : Replica -> N * N) => fst (s r)) rs (state w r) = total (map (fun e => Z.to_N (op e)) es)).
    { apply (slots_are_sum (fun _ => false) adjust (fun r _ => r) Z.to_N (fun r (s : Replica -> N * N) => fst (s r))) with (causal := causal); try assumption; try easy.
      - intros r' o s b d [_ ->]. unfold single. now destruct (eq_dec r' r').
      - intros r' o s b d r'' [_ ->] other. unfold single. destruct (eq_dec r' r''); [congruence | easy].
      - split; [exact once |]. intros r' some. apply all. intros zero. now rewrite zero in some. }
    assert (down : slots (fun r (s : Replica -> N * N) => snd (s r)) rs (state w r) =
                   total (map (fun e => Z.to_N (- op e)) es)).
    { apply (slots_are_sum (fun _ => false) adjust (fun r _ => r) (fun z => Z.to_N (- z)) (fun r (s : Replica -> N * N) => snd (s r))) with (causal := causal);
        try assumption; try easy.
      - intros r' o s b d [_ ->]. unfold single. now destruct (eq_dec r' r').
      - intros r' o s b d r'' [_ ->] other. unfold single. destruct (eq_dec r' r''); [congruence | easy].
      - split; [exact once |]. intros r' some. apply all. intros zero. now rewrite zero in some. }
    unfold slots in up, down. rewrite up, down. clear. unfold total.
    induction es as [| e es IH]; simpl; [easy |]. lia.
  Qed.
End PnCounter.
