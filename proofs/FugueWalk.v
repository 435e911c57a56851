(** * The walk of the reference text gives the order

    Rust counterpart: [crates/quipu-crdt/src/text/plain.rs], [Plain::order].

    The Rust does not compare positions. It walks the tree backwards, from the last character to the first, and counts
    what it has passed; right siblings are sorted by how early their right origins were passed, then by id, left siblings
    by id. Here that walk is written down ([walk]) and proved to line up every text of [Fugue.v] in the order of
    [FugueOrder.v]. The one thing to see is that the right origins of siblings have been passed, all of them, before
    the siblings are reached, because they stand after all that hangs below the parent.

    Left out: the stack by which the Rust does without recursion, and its map from parents to children: here children
    are looked up in the list of all positions. *)

From Coq Require Import List Sorted Permutation PeanoNat Lia.
From Quipu Require Import FugueOrder Fugue FugueMaximal FugueConvergence FugueIntegrate.
Import ListNotations.
Set Implicit Arguments.

(** ** The walk *)

Fixpoint size (p : position) : nat :=
  match p with Here => 0 | Left _ rest => S (size rest) | Right _ _ rest => S (size rest) end.

(** The last step of a path that is one step below [p]. *)
Fixpoint last_step (p q : position) : option position :=
  match p, q with
  | Here, Left i Here => Some (Left i Here)
  | Here, Right o i Here => Some (Right o i Here)
  | Left i p, Left j q => match compare_dot i j with Eq => last_step p q | _ => None end
  | Right o i p, Right o' j q =>
      match compare_origin o o' with
      | Eq => match compare_dot i j with Eq => last_step p q | _ => None end
      | _ => None
      end
  | _, _ => None
  end.

Definition is_left_child (p q : position) : bool :=
  match last_step p q with Some (Left _ _) => true | _ => false end.

Definition hangs_right (p q : position) : bool :=
  match last_step p q with Some (Right _ _ _) => true | _ => false end.

(** How many had been passed, with [x] itself, when the walk passed [x]; [after] is what was passed, the latest first. *)
Fixpoint passed (after : list position) (x : position) : nat :=
  match after with
  | [] => 0
  | y :: rest => match compare x y with Eq => S (length rest) | _ => passed rest x end
  end.

(** The end of the document was passed before all. *)
Definition origin_passed (after : list position) (q : position) : nat :=
  match right_origin q with None => 0 | Some x => passed after x end.

Definition by_id (p q : position) : comparison :=
  match id_of p, id_of q with
  | Some i, Some j => compare_dot i j
  | _, _ => Eq
  end.

Definition by_origin_and_id (after : list position) (p q : position) : comparison :=
  match Nat.compare (origin_passed after p) (origin_passed after q) with
  | Eq => by_id p q
  | other => other
  end.

Fixpoint insert_by (cmp : position -> position -> comparison) (x : position) (l : list position) : list position :=
  match l with
  | [] => [x]
  | y :: rest => match cmp x y with Gt => y :: insert_by cmp x rest | _ => x :: y :: rest end
  end.

Definition sort_by (cmp : position -> position -> comparison) (l : list position) : list position :=
  fold_right (insert_by cmp) [] l.

(** The walk of the tree below [p], backwards: [after] is what was passed before, and the result what is then. *)
Fixpoint walk (D : list position) (fuel : nat) (p : position) (after : list position) : list position :=
  match fuel with
  | 0 => after
  | S fuel =>
      let right := sort_by (by_origin_and_id after) (filter (hangs_right p) D) in
      let left := sort_by by_id (filter (is_left_child p) D) in
      fold_right (walk D fuel) (p :: fold_right (walk D fuel) after right) left
  end.

(** ** Lemmas *)

Lemma last_step_spec p : forall q s, last_step p q = Some s ->
  q = below p s /\ ((exists i, s = Left i Here) \/ exists o i, s = Right o i Here).
Proof.
  induction p as [| i p IH | o i p IH]; intros q s E.
  - destruct q as [| j [| |] | o' j [| |]]; try discriminate; injection E as <-; cbn; eauto.
  - destruct q as [| j q |]; try discriminate. cbn in E. destruct (compare_dot i j) eqn:C; try discriminate.
    apply compare_dot_eq in C. subst j. destruct (IH q s E) as [-> H]. auto.
  - destruct q as [| | o' j q]; try discriminate. cbn in E. destruct (compare_origin o o') eqn:F; try discriminate.
    destruct (compare_dot i j) eqn:C; try discriminate. apply compare_dot_eq in C. apply compare_origin_eq in F. subst j o'.
    destruct (IH q s E) as [-> H]. auto.
Qed.

Lemma last_step_below p s : (exists i, s = Left i Here) \/ (exists o i, s = Right o i Here) -> last_step p (below p s) = Some s.
Proof.
  intro H. induction p as [| i p IH | o i p IH].
  - destruct H as [[i ->] | (o & i & ->)]; reflexivity.
  - cbn. now rewrite compare_dot_refl.
  - cbn. now rewrite compare_origin_refl, compare_dot_refl.
Qed.

Lemma is_left_child_spec p q : is_left_child p q = true <-> exists i, q = left_child p i.
Proof.
  unfold is_left_child. split.
  - destruct (last_step p q) as [s |] eqn:E; [| discriminate].
    destruct (last_step_spec _ _ E) as [-> [[i ->] | (o & i & ->)]]; [now exists i | discriminate].
  - intros [i ->]. unfold left_child. rewrite last_step_below; eauto.
Qed.

Lemma hangs_right_spec p q : hangs_right p q = true <-> exists o i, q = right_child p o i.
Proof.
  unfold hangs_right. split.
  - destruct (last_step p q) as [s |] eqn:E; [| discriminate].
    destruct (last_step_spec _ _ E) as [-> [[i ->] | (o & i & ->)]]; [discriminate | now exists o, i].
  - intros (o & i & ->). unfold right_child. rewrite last_step_below; eauto.
Qed.

Lemma insert_by_permutation cmp x l : Permutation (insert_by cmp x l) (x :: l).
Proof.
  induction l as [| y l IH]; cbn; [reflexivity |]. destruct (cmp x y); auto. rewrite IH. constructor.
Qed.

Lemma sort_by_permutation cmp l : Permutation (sort_by cmp l) l.
Proof. induction l as [| x l IH]; cbn; [reflexivity |]. rewrite insert_by_permutation. now constructor. Qed.

(** Whatever it is sorted by, if that is the order of positions on what is sorted. *)
Lemma sort_by_sorted cmp l : NoDup l -> (forall x y, In x l -> In y l -> cmp x y = compare x y) ->
  StronglySorted before (sort_by cmp l).
Proof.
  induction l as [| x l IH]; intros N C; [constructor |].
  change (sort_by cmp (x :: l)) with (insert_by cmp x (sort_by cmp l)). inversion N as [| ? ? Nx Nl]; subst.
  assert (StronglySorted before (sort_by cmp l)) as S by (apply IH; auto; intros; apply C; now right).
  assert (forall y, In y (sort_by cmp l) -> In y l) as I by (intros y; apply Permutation_in, sort_by_permutation).
  revert S I. generalize (sort_by cmp l). induction l0 as [| y l0 IH0]; intros S I; cbn; [repeat constructor |].
  rewrite C by (first [now left | right; apply I; now left]). inversion S as [| ? ? S' F]; subst. destruct (compare x y) eqn:E.
  - exfalso. apply compare_eq in E. subst y. apply Nx, I. now left.
  - constructor; [exact S |]. constructor; [exact E |]. eapply Forall_impl; [| exact F].
    intros z H. eapply before_trans; eauto.
  - constructor; [apply IH0; auto; intros z H; apply I; now right |]. apply Forall_forall. intros z H.
    apply (Permutation_in _ (insert_by_permutation cmp x l0)) in H as [<- | H]; [now apply compare_gt |].
    rewrite Forall_forall in F. auto.
Qed.

Lemma passed_in after x : In x after -> 0 < passed after x.
Proof.
  induction after as [| y after IH]; cbn; [contradiction |]. intros [<- | H]; [rewrite compare_refl; lia |].
  destruct (compare x y); [lia | auto | auto].
Qed.

Lemma passed_at_most after x : passed after x <= length after.
Proof. induction after as [| y after IH]; cbn; auto. destruct (compare x y); lia. Qed.

(** What stands later was passed earlier. *)
Lemma passed_order after x y : StronglySorted before after -> In x after -> In y after ->
  Nat.compare (passed after x) (passed after y) = compare y x.
Proof.
  induction 1 as [| z after S IH F]; [contradiction |]. rewrite Forall_forall in F. cbn [In passed].
  intros [-> | Hx] [-> | Hy].
  - rewrite compare_refl. apply Nat.compare_refl.
  - rewrite compare_refl. pose proof (F y Hy) as B. rewrite (compare_opp x y), B. cbn [CompOpp].
    pose proof (passed_at_most after y). apply Nat.compare_gt_iff. lia.
  - rewrite compare_refl. pose proof (F x Hx) as B. rewrite (compare_opp y x), B. cbn [CompOpp].
    pose proof (passed_at_most after x). apply Nat.compare_lt_iff. lia.
  - pose proof (F x Hx) as Bx. pose proof (F y Hy) as By.
    rewrite (compare_opp z x), (compare_opp z y), Bx, By. cbn [CompOpp]. auto.
Qed.

Lemma child_size p s : size (below p s) = size p + size s.
Proof. induction p; cbn; auto. Qed.

(** ** The walk lines up *)

Section Walk.
  Variable D : list position.
  Hypothesis C : closed D.
  Hypothesis S : sound D.
  Hypothesis N : NoDup D.

  (** All that stands after the subtree of [p], in order. *)
  Definition all_after (p : position) (after : list position) : Prop :=
    StronglySorted before after /\ forall q, In q after <-> In q D /\ before p q /\ ~ in_subtree p q.

  Definition walked (fuel : nat) : Prop := forall p after, In p D -> all_after p after ->
    (forall q, In q D -> in_subtree p q -> size q < size p + fuel) ->
    StronglySorted before (walk D fuel p after) /\
    forall q, In q (walk D fuel p after) <-> In q after \/ In q D /\ in_subtree p q.

  (** Some subtrees in order, and [base], which is what stands after the last of them. *)
  Lemma walk_all fuel : walked fuel -> forall cs base,
    StronglySorted before cs -> StronglySorted before base -> incl base D ->
    (forall c, In c cs -> In c D /\ forall q, In q D -> in_subtree c q -> size q < size c + fuel) ->
    (forall c q, In c cs -> In q D ->
       (before c q /\ ~ in_subtree c q <-> In q base \/ exists c', In c' cs /\ before c c' /\ in_subtree c' q)) ->
    StronglySorted before (fold_right (walk D fuel) base cs) /\
    forall q, In q (fold_right (walk D fuel) base cs) <-> In q base \/ exists c, In c cs /\ In q D /\ in_subtree c q.
  Proof.
    intro W. induction cs as [| c cs IH]; intros base Scs Sb Ib Hc All.
    - cbn. split; auto. intro q. split; [auto | intros [H | (c & [] & _)]; exact H].
    - inversion Scs as [| ? ? Scs' F]; subst. rewrite Forall_forall in F.
      destruct (IH base) as [S1 E1]; auto.
      + intros c' H. apply Hc. now right.
      + intros c1 q H Hq. rewrite (All c1 q (or_intror H) Hq). split.
        * intros [G | (c' & [<- | I] & B & K)]; [now left | | right; exists c'; auto].
          exfalso. exact (before_asym B (F c1 H)).
        * intros [G | (c' & I & B & K)]; [now left | right; exists c'; split; [now right | auto]].
      + destruct (Hc c (or_introl eq_refl)) as [Dc Sz].
        destruct (W c (fold_right (walk D fuel) base cs) Dc) as [S2 E2]; auto.
        * split; [exact S1 |]. intro q. rewrite E1. split.
          -- intro H. assert (In q D) as Hq by (destruct H as [H | (c' & _ & H & _)]; [now apply Ib | exact H]).
             split; [exact Hq |]. apply (All c q (or_introl eq_refl) Hq). destruct H as [H | (c' & I & _ & K)]; [now left |].
             right. exists c'. split; [now right | auto].
          -- intros (Hq & B & O). destruct (proj1 (All c q (or_introl eq_refl) Hq) (conj B O)) as [H | (c' & [<- | I] & B' & K)];
               [now left | exfalso; exact (before_irrefl B') | right; exists c'; auto].
        * split; [exact S2 |]. intro q. cbn [fold_right]. rewrite E2, E1. split.
          -- intros [[H | (c' & I & Hq & K)] | [Hq K]]; [now left | right; exists c'; split; [now right | auto] | right; exists c; split; [now left | auto]].
          -- intros [H | (c' & [<- | I] & Hq & K)]; [left; now left | now right | left; right; exists c'; auto].
  Qed.

  Lemma children_apart p a b q : size a = 1 -> size b = 1 -> in_subtree (below p a) q -> in_subtree (below p b) q -> a = b.
  Proof.
    intros Ha Hb [s ->] [t E]. rewrite !below_below in E. apply below_injective in E.
    destruct a as [| i [| |] | o i [| |]]; try discriminate; destruct b as [| j [| |] | o' j [| |]]; try discriminate;
      cbn in E; congruence.
  Qed.

  (** Beside what stands after the subtree of [p], what stands after a child's subtree is below a later child; or it is [p]
      itself or to its right, if the child is a left one. *)
  Lemma after_child p a q : size a = 1 -> In q D -> In (below p a) D ->
    (before (below p a) q /\ ~ in_subtree (below p a) q <->
     before p q /\ ~ in_subtree p q \/
     q = p /\ before (below p a) p \/
     exists b, size b = 1 /\ In (below p b) D /\ before (below p a) (below p b) /\ in_subtree (below p b) q).
  Proof.
    intros Ha Hq Hc. split.
    - intros [B O]. destruct (in_subtree_dec p q) as [[t ->] | Op].
      + right. destruct t as [| i t | o i t].
        * left. rewrite below_here in *. auto.
        * right. exists (Left i Here). assert (in_subtree (below p (Left i Here)) (below p (Left i t))) as K.
          { exists t. now rewrite below_below. }
          repeat split; auto; [now apply (closed_left_child p i t C) |].
          destruct (before_total (below p a) (below p (Left i Here))) as [G | [G | G]]; auto; exfalso.
          -- apply O. rewrite G. exact K.
          -- apply (before_asym B). unfold before. destruct K as [u ->]. rewrite compare_outside; [exact G |].
             intros [u' F]. apply O. rewrite below_below in F. apply below_injective in F.
             assert (a = Left i Here) as -> by (destruct a as [| ? [| |] | ? ? [| |]]; cbn in *; congruence).
             exfalso. exact (before_irrefl G).
        * right. exists (Right o i Here). assert (in_subtree (below p (Right o i Here)) (below p (Right o i t))) as K.
          { exists t. now rewrite below_below. }
          repeat split; auto; [now apply (closed_right_child p o i t C) |].
          destruct (before_total (below p a) (below p (Right o i Here))) as [G | [G | G]]; auto; exfalso.
          -- apply O. rewrite G. exact K.
          -- apply (before_asym B). unfold before. destruct K as [u ->]. rewrite compare_outside; [exact G |].
             intros [u' F]. apply O. rewrite below_below in F. apply below_injective in F.
             assert (a = Right o i Here) as -> by (destruct a as [| ? [| |] | ? ? [| |]]; cbn in *; congruence).
             exfalso. exact (before_irrefl G).
      + left. split; auto. unfold before in *. now rewrite (compare_outside Op) in B.
    - intros [[B O] | [[-> B] | (b & Hb & Db & B & K)]].
      + split; [unfold before; now rewrite (compare_outside O) |]. intro I. apply O. eapply in_subtree_trans; [apply in_subtree_below | exact I].
      + split; auto. intros [s E]. rewrite below_below in E. rewrite <- (below_here p) in E at 1. apply below_injective in E.
        destruct a; discriminate.
      + assert (~ in_subtree (below p a) q) as O.
        { intro I. assert (a = b) as -> by (eapply children_apart; eauto). exact (before_irrefl B). }
        split; auto. destruct (before_total (below p a) q) as [G | [G | G]]; auto; exfalso.
        * apply O. rewrite <- G. apply in_subtree_refl.
        * assert (in_subtree (below p b) (below p a)) as I.
          { eapply subtree_is_contiguous; [exact K | apply in_subtree_refl | exact G | exact B]. }
          assert (a = b) as -> by (eapply children_apart; eauto using in_subtree_refl). exact (before_irrefl B).
  Qed.
  Lemma right_key p after c c' : all_after p after -> In c D -> In c' D -> hangs_right p c = true -> hangs_right p c' = true ->
    by_origin_and_id after c c' = compare c c'.
  Proof.
    intros [Sa Ea] Hc Hc' R R'. apply hangs_right_spec in R as (o & i & ->). apply hangs_right_spec in R' as (o' & i' & ->).
    assert (forall u j x, In (right_child p u j) D -> u = Some x -> In x after) as Passed.
    { intros u j x H E. destruct S as [_ R]. destruct (R _ _ _ H) as [P _]. apply Ea. split; [apply C in H; now apply H | auto]. }
    unfold by_origin_and_id, by_id, origin_passed. rewrite !right_origin_right. unfold right_child.
    rewrite !id_of_below by discriminate. cbn [id_of]. rewrite compare_below, compare_right_right.
    assert (Nat.compare match o with None => 0 | Some x => passed after x end
                        match o' with None => 0 | Some x => passed after x end = compare_origin o' o) as ->.
    { destruct o as [x |], o' as [y |]; cbn [compare_origin].
      - apply passed_order; eauto.
      - apply Nat.compare_gt_iff. apply passed_in. eauto.
      - apply Nat.compare_lt_iff. apply passed_in. eauto.
      - reflexivity. }
    destruct (compare_origin o' o); auto. now destruct (compare_dot i i').
  Qed.

  Lemma left_key p c c' : is_left_child p c = true -> is_left_child p c' = true -> by_id c c' = compare c c'.
  Proof.
    intros L L'. apply is_left_child_spec in L as [i ->]. apply is_left_child_spec in L' as [i' ->].
    unfold by_id, left_child. rewrite !id_of_below by discriminate. cbn [id_of]. rewrite compare_below. cbn.
    now destruct (compare_dot i i').
  Qed.

  Lemma walk_one fuel : walked fuel.
  Proof.
    induction fuel as [| fuel W]; intros p after Dp [Sa Ea] Size.
    - exfalso. specialize (Size p Dp (in_subtree_refl p)). lia.
    - cbn [walk]. set (right := sort_by (by_origin_and_id after) (filter (hangs_right p) D)).
      set (left := sort_by by_id (filter (is_left_child p) D)).
      assert (forall c, In c right <-> In c D /\ exists o i, c = right_child p o i) as InR.
      { intro c. rewrite <- hangs_right_spec, <- filter_In. unfold right.
        split; apply Permutation_in; [| symmetry]; apply sort_by_permutation. }
      assert (forall c, In c left <-> In c D /\ exists i, c = left_child p i) as InL.
      { intro c. rewrite <- is_left_child_spec, <- filter_In. unfold left.
        split; apply Permutation_in; [| symmetry]; apply sort_by_permutation. }
      assert (StronglySorted before right) as SR.
      { apply sort_by_sorted; [now apply NoDup_filter |]. intros x y Hx Hy. apply filter_In in Hx as [Hx Rx], Hy as [Hy Ry].
        apply (right_key (p := p)); auto. now split. }
      assert (StronglySorted before left) as SL.
      { apply sort_by_sorted; [now apply NoDup_filter |]. intros x y Hx Hy. apply filter_In in Hx as [Hx Rx], Hy as [Hy Ry].
        now apply (left_key p). }
      assert (forall a q, size a = 1 -> In q D -> in_subtree (below p a) q -> size q < size (below p a) + fuel) as Smaller.
      { intros a q Ha Hq I. rewrite child_size, Ha.
        assert (size q < size p + Datatypes.S fuel); [| lia]. apply Size; auto. eapply in_subtree_trans; [apply in_subtree_below | exact I]. }
      destruct (@walk_all fuel W right after) as [S1 E1]; auto.
      { intros q H. now apply Ea in H. }
      { intros c H. apply InR in H as (Dc & o & i & ->). split; auto. intros q. now apply Smaller. }
      { intros c q H Hq. apply InR in H as (Dc & o & i & ->).
        rewrite (after_child p (Right o i Here) q eq_refl Hq Dc), Ea. split.
        - intros [[B O] | [[_ B] | (b & Hb & Db & B & K)]]; [now left | exfalso; exact (before_asym B (before_right _ _ _ _)) |].
          right. exists (below p b). split; [| now split]. apply InR. split; auto.
          destruct b as [| j [| |] | u j [| |]]; try discriminate; [| now exists u, j].
          exfalso. exact (before_asym (before_trans (before_right _ _ _ _) B) (before_left _ _ _)).
        - intros [(_ & B & O) | (c' & Ic & B & K)]; [now left |]. apply InR in Ic as (Dc' & u & j & ->).
          right. right. now exists (Right u j Here). }
      set (mid := fold_right (walk D fuel) after right) in *.
      assert (forall q, In q mid <-> In q after \/ exists o i s, q = below p (Right o i s) /\ In q D) as Mid.
      { intro q. rewrite E1. split; (intros [H | H]; [now left | right]).
        - destruct H as (c & Ic & Hq & [t ->]). apply InR in Ic as (_ & o & i & ->). exists o, i, t.
          split; [now rewrite below_right | exact Hq].
        - destruct H as (o & i & t & -> & Hq). exists (right_child p o i). split.
          + apply InR. split; [now apply (closed_right_child p o i t C) | now exists o, i].
          + split; [exact Hq | rewrite below_right; apply in_subtree_below]. }
      destruct (@walk_all fuel W left (p :: mid)) as [S2 E2]; auto.
      { constructor; [exact S1 |]. apply Forall_forall. intros q H. apply Mid in H as [H | (o & i & t & -> & _)].
        - now apply Ea in H.
        - apply before_right. }
      { intros q [<- | H]; [exact Dp |]. apply Mid in H as [H | (o & i & t & _ & H)]; [now apply Ea in H | exact H]. }
      { intros c H. apply InL in H as (Dc & i & ->). split; auto. intros q. now apply Smaller. }
      { intros c q H Hq. apply InL in H as (Dc & i & ->). cbn [In].
        rewrite (after_child p (Left i Here) q eq_refl Hq Dc), Mid, Ea. split.
        - intros [[B O] | [[-> B] | (b & Hb & Db & B & K)]]; [left; right; now left | left; now left |].
          destruct b as [| j [| |] | u j [| |]]; try discriminate.
          + right. exists (below p (Left j Here)). split; [| now split]. apply InL. split; auto. now exists j.
          + left. right. right. destruct K as [t ->]. exists u, j, t. split; [now rewrite below_below | exact Hq].
        - intros [[<- | [(_ & B & O) | (o & j & t & -> & _)]] | (c' & Ic & B & K)].
          + right. left. split; auto. apply before_left.
          + now left.
          + right. right. exists (Right o j Here). split; [reflexivity |].
            split; [now apply (closed_right_child p o j t C) |]. split.
            * exact (before_trans (before_left _ _ _) (before_right _ _ _ _)).
            * exists t. now rewrite below_below.
          + apply InL in Ic as (Dc' & j & ->). right. right. now exists (Left j Here). }
      split; [exact S2 |]. intro q. rewrite E2. cbn [In]. rewrite Mid. split.
      + intros [[<- | [H | (o & i & t & -> & H)]] | (c & Ic & Hq & K)].
        * right. split; [exact Dp | apply in_subtree_refl].
        * now left.
        * right. split; [exact H | apply in_subtree_below].
        * apply InL in Ic as (_ & i & ->). right. split; auto. eapply in_subtree_trans; [apply in_subtree_below | exact K].
      + intros [H | [Hq [[| i t | o i t] ->]]].
        * left. right. now left.
        * left. left. now rewrite below_here.
        * right. exists (left_child p i). split; [apply InL; split; [now apply (closed_left_child p i t C) | now exists i] |].
          split; [exact Hq | rewrite below_left; apply in_subtree_below].
        * left. right. right. now exists o, i, t.
  Qed.
End Walk.

(** The walk of the reference text lines up every text, each character once, in the order of positions. *)
Theorem walk_is_the_order :
  forall D fuel, text D -> NoDup D -> (forall p, In p D -> size p < fuel) ->
  StronglySorted before (walk D fuel Here []) /\ forall p, In p (walk D fuel Here []) <-> In p D.
Proof.
  intros D fuel X N Size. destruct (texts_are_closed_and_sound X) as [C S].
  destruct (walk_one C S N fuel (p := Here) (after := [])) as [A E].
  - apply C.
  - split; [constructor |]. intro q. split; [intros [] |]. intros (_ & _ & O). exfalso. apply O. now exists q.
  - intros q Hq _. cbn. auto.
  - split; [exact A |]. intro q. rewrite E. split; [intros [[] | [H _]]; exact H |]. intro H. right. split; auto. now exists q.
Qed.
