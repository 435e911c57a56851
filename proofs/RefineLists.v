(** * What ascending lists mean as sets and maps

    The twins keep sets and maps as ascending lists ([TwinLists.v]).  Proved here, for the refinement proofs:
    - each operation keeps lists ascending and does to the set, or to the map as a partial function, what its name says;
    - the form is canonical: ascending lists with the same elements, or the same entries, are the same list ([same_set_same_list],
      [same_map_same_list]).  So comparing lists, as the tests do, is comparing sets and maps. *)

From Coq Require Import NArith List Sorted Bool Lia.
From Quipu Require Import Lattice TwinLists.
Import ListNotations.

(** A comparison that decides a strict total order. *)
Class Comparison {K} (compare : K -> K -> comparison) := {
  compare_eq : forall a b, compare a b = Eq <-> a = b;
  compare_flip : forall a b, compare b a = CompOpp (compare a b);
  compare_trans : forall a b c, compare a b = Lt -> compare b c = Lt -> compare a c = Lt
}.

#[global] Instance N_comparison : Comparison N.compare.
Proof.
  split.
  - apply N.compare_eq_iff.
  - intros a b. apply N.compare_antisym.
  - intros a b c. rewrite !N.compare_lt_iff. lia.
Qed.

#[global] Instance dot_comparison : Comparison dot_compare.
Proof.
  unfold dot_compare. split.
  - intros [r n] [r' n']; simpl. destruct (N.compare_spec r r') as [-> | less | more].
    + rewrite N.compare_eq_iff. split; congruence.
    + split; [easy |]. intros [= -> ->]. lia.
    + split; [easy |]. intros [= -> ->]. lia.
  - intros [r n] [r' n']; simpl. rewrite (N.compare_antisym r r'). destruct (N.compare r r'); simpl; try easy.
    apply N.compare_antisym.
  - intros [r n] [r' n'] [r'' n'']; simpl.
    destruct (N.compare_spec r r'), (N.compare_spec r' r''), (N.compare_spec r r''); subst; try easy; try lia.
    rewrite !N.compare_lt_iff. lia.
Qed.

Section Ascending.
  Context {K : Type} (compare : K -> K -> comparison) `{Comparison K compare}.

  Definition ascending (l : list K) := StronglySorted (fun a b => compare a b = Lt) l.

  Lemma compare_refl a : compare a a = Eq.
  Proof. now apply compare_eq. Qed.

  Lemma gt_lt a b : compare a b = Gt -> compare b a = Lt.
  Proof. intros gt. now rewrite compare_flip, gt. Qed.

  Lemma member_iff k l : member compare k l = true <-> In k l.
  Proof.
    induction l as [| a l IH]; simpl; [easy |]. destruct (compare k a) eqn:c.
    - apply compare_eq in c as ->. split; auto.
    - rewrite IH. split; [auto |]. intros [-> | ?]; [| easy]. now rewrite compare_refl in c.
    - rewrite IH. split; [auto |]. intros [-> | ?]; [| easy]. now rewrite compare_refl in c.
  Qed.

  Lemma not_member_iff k l : member compare k l = false <-> ~ In k l.
  Proof. rewrite <- member_iff. destruct (member compare k l); split; easy. Qed.

  Lemma in_insert k x l : In k (insert compare x l) <-> k = x \/ In k l.
  Proof.
    induction l as [| a l IH]; simpl; [intuition |]. destruct (compare x a) eqn:c; simpl.
    - apply compare_eq in c as ->. intuition.
    - intuition.
    - rewrite IH. intuition.
  Qed.

  Lemma ascending_cons a l : ascending l -> (forall b, In b l -> compare a b = Lt) -> ascending (a :: l).
  Proof. intros asc all. constructor; [exact asc |]. now apply Forall_forall. Qed.

  Lemma ascending_inv a l : ascending (a :: l) -> ascending l /\ forall b, In b l -> compare a b = Lt.
  Proof. intros asc. inversion_clear asc as [| ? ? rest all]. split; [exact rest |]. now apply Forall_forall. Qed.

  Lemma ascending_insert x l : ascending l -> ascending (insert compare x l).
  Proof.
    induction l as [| a l IH]; simpl; intros asc; [now apply ascending_cons |].
    destruct (ascending_inv _ _ asc) as [rest all]. destruct (compare x a) eqn:c; [exact asc | |].
    - apply ascending_cons; [exact asc |]. intros b [<- | inb]; [exact c |]. apply (compare_trans _ a); auto.
    - apply ascending_cons; [auto |]. intros b inb. apply in_insert in inb as [-> | inb]; [now apply gt_lt | auto].
  Qed.

  Lemma in_union k a b : In k (union compare a b) <-> In k a \/ In k b.
  Proof.
    unfold union. induction b as [| x b IH]; simpl; [intuition |]. rewrite in_insert, IH. intuition.
  Qed.

  Lemma ascending_union a b : ascending a -> ascending (union compare a b).
  Proof. intros asc. unfold union. induction b as [| x b IH]; simpl; [exact asc | now apply ascending_insert]. Qed.

  Lemma ascending_NoDup l : ascending l -> NoDup l.
  Proof.
    induction l as [| a l IH]; intros asc; [constructor |]. destruct (ascending_inv _ _ asc) as [rest all].
    constructor; [| auto]. intros ina. specialize (all a ina). now rewrite compare_refl in all.
  Qed.

  Lemma ascending_filter f l : ascending l -> ascending (filter f l).
  Proof.
    induction l as [| a l IH]; simpl; intros asc; [exact asc |]. destruct (ascending_inv _ _ asc) as [rest all].
    destruct (f a); [| auto]. apply ascending_cons; [auto |]. intros b inb. apply filter_In in inb as [inb _]. auto.
  Qed.

  (** Sets are canonical: ascending lists of the same elements are the same list. *)
  Theorem same_set_same_list l l' : ascending l -> ascending l' -> (forall k, In k l <-> In k l') -> l = l'.
  Proof.
    revert l'. induction l as [| a l IH]; intros l' asc asc' same.
    - destruct l' as [| b l']; [easy |]. now destruct (proj2 (same b) (or_introl eq_refl)).
    - destruct l' as [| b l']; [now destruct (proj1 (same a) (or_introl eq_refl)) |].
      destruct (ascending_inv _ _ asc) as [rest all], (ascending_inv _ _ asc') as [rest' all'].
      assert (a = b) as <-.
      { destruct (proj1 (same a) (or_introl eq_refl)) as [eq | ina]; [easy |].
        destruct (proj2 (same b) (or_introl eq_refl)) as [eq | inb]; [easy |].
        specialize (all b inb). specialize (all' a ina). rewrite compare_flip, all in all'. easy. }
      f_equal. apply IH; auto. intros k. split; intros ink.
      + destruct (proj1 (same k) (or_intror ink)) as [<- | ?]; [| easy]. specialize (all a ink). now rewrite compare_refl in all.
      + destruct (proj2 (same k) (or_intror ink)) as [<- | ?]; [| easy]. specialize (all' a ink). now rewrite compare_refl in all'.
  Qed.

  (** ** Maps *)

  Context {V : Type}.
  Implicit Types (m : list (K * V)) (both : V -> V -> V).

  Lemma find_none k m : find compare k m = None <-> ~ In k (keys m).
  Proof.
    induction m as [| [a v] m IH]; simpl; [intuition |]. destruct (compare k a) eqn:c.
    - apply compare_eq in c as ->. intuition congruence.
    - rewrite IH. split; [| tauto]. intros no [-> | yes]; [now rewrite compare_refl in c | auto].
    - rewrite IH. split; [| tauto]. intros no [-> | yes]; [now rewrite compare_refl in c | auto].
  Qed.

  Lemma find_some k v m : find compare k m = Some v -> In (k, v) m.
  Proof.
    induction m as [| [a u] m IH]; simpl; [easy |]. destruct (compare k a) eqn:c; auto.
    intros [= ->]. apply compare_eq in c as ->. now left.
  Qed.

  Lemma in_find k v m : ascending (keys m) -> In (k, v) m -> find compare k m = Some v.
  Proof.
    induction m as [| [a u] m IH]; simpl; [easy |]. intros asc. destruct (ascending_inv _ _ asc) as [rest all].
    intros [[= -> ->] | inside]; [now rewrite compare_refl |].
    assert (less : compare a k = Lt) by (apply all; now apply (in_map fst _ (k, v))).
    rewrite (compare_flip a k), less. simpl. auto.
  Qed.

  Lemma in_keys_put k both x v m : In k (keys (put compare both x v m)) <-> k = x \/ In k (keys m).
  Proof.
    induction m as [| [a u] m IH]; simpl; [intuition |]. destruct (compare x a) eqn:c; simpl.
    - apply compare_eq in c as ->. intuition.
    - intuition.
    - rewrite IH. intuition.
  Qed.

  Lemma ascending_put both x v m : ascending (keys m) -> ascending (keys (put compare both x v m)).
  Proof.
    induction m as [| [a u] m IH]; simpl; intros asc; [now apply ascending_cons |].
    destruct (ascending_inv _ _ asc) as [rest all]. destruct (compare x a) eqn:c; simpl; [exact asc | |].
    - apply ascending_cons; [exact asc |]. intros b [<- | inb]; [exact c |]. apply (compare_trans _ a); auto.
    - apply ascending_cons; [auto |]. intros b inb. apply in_keys_put in inb as [-> | inb]; [now apply gt_lt | auto].
  Qed.

  Lemma find_put `{EqDec K} k both x v m :
    ascending (keys m) ->
    find compare k (put compare both x v m) =
    if eq_dec k x then Some (match find compare x m with Some old => both old v | None => v end) else find compare k m.
  Proof.
    induction m as [| [a u] m IH]; simpl; intros asc.
    - destruct (eq_dec k x) as [-> | ne]; [now rewrite compare_refl |].
      destruct (compare k x) eqn:c; try easy. now apply compare_eq in c.
    - destruct (ascending_inv _ _ asc) as [rest all]. destruct (compare x a) eqn:c; simpl.
      + apply compare_eq in c as ->. destruct (eq_dec k a) as [-> | ne]; [now rewrite compare_refl |].
        destruct (compare k a) eqn:c; try easy. now apply compare_eq in c.
      + destruct (eq_dec k x) as [-> | ne].
        * rewrite compare_refl. assert (none : find compare x m = None); [| now rewrite none].
          apply find_none. intros inx. specialize (all x inx). rewrite compare_flip, c in all. easy.
        * destruct (compare k x) eqn:c'; try easy. now apply compare_eq in c'.
      + rewrite (IH rest). destruct (eq_dec k x) as [-> | ne]; [now rewrite c | easy].
  Qed.

  Lemma in_keys_put_all k both m more : In k (keys (put_all compare both m more)) <-> In k (keys m) \/ In k (keys more).
  Proof.
    unfold put_all. induction more as [| [a u] more IH]; simpl; [intuition |]. rewrite in_keys_put, IH. intuition.
  Qed.

  Lemma ascending_put_all both m more : ascending (keys m) -> ascending (keys (put_all compare both m more)).
  Proof.
    intros asc. unfold put_all. induction more as [| [a u] more IH]; simpl; [exact asc | now apply ascending_put].
  Qed.

  Lemma find_put_all `{EqDec K} k both m more :
    ascending (keys m) -> NoDup (keys more) ->
    find compare k (put_all compare both m more) =
    match find compare k m, find compare k more with
    | Some old, Some new => Some (both old new)
    | None, found => found
    | found, None => found
    end.
  Proof.
    intros asc. unfold put_all. induction more as [| [a u] more IH]; simpl; intros once.
    - now destruct (find compare k m).
    - inversion_clear once as [| ? ? new rest]. rewrite find_put by now apply ascending_put_all.
      unfold put_all in *. destruct (eq_dec k a) as [-> | ne].
      + rewrite compare_refl, (IH rest). apply find_none in new. rewrite new. now destruct (find compare a m).
      + rewrite (IH rest). destruct (compare k a) eqn:c; try easy. now apply compare_eq in c.
  Qed.

  Lemma find_filter (f : K -> bool) k m :
    find compare k (filter (fun e => f (fst e)) m) = if f k then find compare k m else None.
  Proof.
    induction m as [| [a u] m IH]; simpl; [now destruct (f k) |]. destruct (f a) eqn:fa; simpl; destruct (compare k a) eqn:c; auto.
    - apply compare_eq in c as ->. now rewrite fa.
    - apply compare_eq in c as ->. rewrite IH. now rewrite fa.
  Qed.

  Lemma ascending_keys_filter f m : ascending (keys m) -> ascending (keys (filter f m)).
  Proof.
    induction m as [| [a u] m IH]; simpl; intros asc; [exact asc |]. destruct (ascending_inv _ _ asc) as [rest all].
    destruct (f (a, u)); simpl; [| auto]. apply ascending_cons; [auto |]. intros b inb. apply all.
    apply in_map_iff in inb as ([b' v] & <- & inb). apply filter_In in inb as [inb _]. now apply (in_map fst _ (b', v)).
  Qed.

  (** Maps are canonical: ascending lists of the same entries are the same list. *)
  Theorem same_map_same_list m m' :
    ascending (keys m) -> ascending (keys m') -> (forall k, find compare k m = find compare k m') -> m = m'.
  Proof.
    revert m'. induction m as [| [a u] m IH]; intros m' asc asc' same.
    - destruct m' as [| [b v] m']; [easy |]. specialize (same b). simpl in same. now rewrite compare_refl in same.
    - destruct m' as [| [b v] m']; [specialize (same a); simpl in same; now rewrite compare_refl in same |].
      destruct (ascending_inv _ _ asc) as [rest all], (ascending_inv _ _ asc') as [rest' all'].
      assert (a = b) as <-.
      { pose proof (same a) as sa. pose proof (same b) as sb. simpl in sa, sb. rewrite compare_refl in sa, sb.
        destruct (compare a b) eqn:c; [now apply compare_eq in c | |].
        - exfalso. assert (ina : In a (keys m')) by (apply (in_map fst _ (a, u)), find_some; now symmetry).
          specialize (all' a ina). simpl in all'. rewrite compare_flip, c in all'. easy.
        - exfalso. rewrite compare_flip, c in sb. simpl in sb.
          assert (inb : In b (keys m)) by (apply (in_map fst _ (b, v)), find_some; exact sb).
          specialize (all b inb). simpl in all. congruence. }
      pose proof (same a) as sa. simpl in sa. rewrite compare_refl in sa. injection sa as <-. f_equal.
      apply IH; auto. intros k. specialize (same k). simpl in same. destruct (compare k a) eqn:c; auto.
      apply compare_eq in c as ->.
      assert (no : find compare a m = None) by (apply find_none; intros ina; specialize (all a ina); now rewrite compare_refl in all).
      assert (no' : find compare a m' = None) by (apply find_none; intros ina; specialize (all' a ina); now rewrite compare_refl in all').
      congruence.
  Qed.
End Ascending.
