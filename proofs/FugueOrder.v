(** * The order of replicated text, as an order on positions

    Rust counterpart: [crates/quipu-crdt/src/text/plain.rs] (the tree walk) and [text/mod.rs] (the fast text that is
    tested against it). The order is FugueMax (Weidner, Gentle, Kleppmann: The Art of the Fugue).

    Every character hangs to the left or to the right of another one, its parent, or of the beginning of the text.
    A right child also says which character stood next at the time, its right origin, or that there was none. The
    text is the walk: left children, the node itself, right children; left siblings by id, right siblings with the
    farther right origin first, then by id.

    The one idea: the _position_ of a character is the path from the beginning of the text down to it, each step
    saying side, id and, to the right, the right origin, which is a position itself and structurally smaller. The walk
    is then a comparison of two paths. What is proved here:

    - the comparison is a strict total order on all positions that can be written down, sensible or not;
    - it is the walk: left subtree, node, right subtree; siblings as said above;
    - the subtree below a node is a contiguous block of the order, and two subtrees, none of which holds the other,
      are never mixed.

    Left out: which positions come about by typing, and what that implies; see [Fugue.v]. That ids are unique is
    assumed nowhere in this file. *)

From Coq Require Import NArith.
Set Implicit Arguments.

(** ** Dots: who inserted the character, and the how-manieth of theirs it is *)

Definition dot : Type := (N * N)%type.

Definition compare_dot (x y : dot) : comparison :=
  match N.compare (fst x) (fst y) with
  | Eq => N.compare (snd x) (snd y)
  | other => other
  end.

(** ** Positions: paths from the beginning of the text *)

Inductive position : Type :=
| Here                                                                  (* the path ends *)
| Left (id : dot) (rest : position)                                     (* on to a left child *)
| Right (origin : option position) (id : dot) (rest : position).        (* on to a right child; [None] is the end *)

(** The order: [Lt] says that the first position stands before the second. *)
Fixpoint compare (p q : position) : comparison :=
  match p, q with
  | Here, Here => Eq
  | Here, Left _ _ => Gt
  | Here, Right _ _ _ => Lt
  | Left _ _, Here => Lt
  | Left i p, Left j q =>
      match compare_dot i j with
      | Eq => compare p q
      | other => other
      end
  | Left _ _, Right _ _ _ => Lt
  | Right _ _ _, Here => Gt
  | Right _ _ _, Left _ _ => Gt
  | Right o i p, Right o' j q =>
      match
        match o, o' with
        | None, None => Eq
        | None, Some _ => Lt                                            (* the farther origin first *)
        | Some _, None => Gt
        | Some x, Some y => CompOpp (compare x y)
        end
      with
      | Eq =>
          match compare_dot i j with
          | Eq => compare p q
          | other => other
          end
      | other => other
      end
  end.

(** The order of right origins: the end of the text is after all characters. *)
Definition compare_origin (o o' : option position) : comparison :=
  match o, o' with
  | None, None => Eq
  | None, Some _ => Gt
  | Some _, None => Lt
  | Some x, Some y => compare x y
  end.

Definition before (p q : position) : Prop := compare p q = Lt.

(** [below p s]: from [p] on by the path [s]. The subtree of [p] is all that is below it, itself included. *)
Fixpoint below (p s : position) : position :=
  match p with
  | Here => s
  | Left i p => Left i (below p s)
  | Right o i p => Right o i (below p s)
  end.

Definition in_subtree (p q : position) : Prop := exists s, q = below p s.

Definition left_child (p : position) (i : dot) : position := below p (Left i Here).
Definition right_child (p : position) (o : option position) (i : dot) : position := below p (Right o i Here).

(** ** Induction that reaches into right origins *)

Section Induction.
  Variable P : position -> Prop.
  Hypothesis here : P Here.
  Hypothesis left : forall i p, P p -> P (Left i p).
  Hypothesis right : forall o i p, (forall x, o = Some x -> P x) -> P p -> P (Right o i p).

  Fixpoint position_induction (p : position) : P p :=
    match p with
    | Here => here
    | Left i p => left i (position_induction p)
    | Right o i p =>
        right (o := o) i
          (match o return forall x, o = Some x -> P x with
           | None => fun x none => match none in _ = y return match y with Some _ => P x | None => True end with
                                   | eq_refl => I
                                   end
           | Some y => fun x some => match some in _ = z return match z with Some x => P x | None => True end with
                                     | eq_refl => position_induction y
                                     end
           end)
          (position_induction p)
    end.
End Induction.

(** ** The order of dots *)

Lemma compare_dot_eq x y : compare_dot x y = Eq <-> x = y.
Proof.
  unfold compare_dot. destruct x as [a b], y as [c d]; cbn.
  destruct (N.compare_spec a c) as [E | E | E]; [rewrite N.compare_eq_iff | |];
    (split; intro H; [try discriminate; congruence | inversion H; subst; try reflexivity; exfalso; eapply N.lt_irrefl; eauto]).
Qed.

Lemma compare_dot_refl x : compare_dot x x = Eq.
Proof. now apply compare_dot_eq. Qed.

Lemma compare_dot_opp x y : compare_dot y x = CompOpp (compare_dot x y).
Proof.
  unfold compare_dot. rewrite (N.compare_antisym (fst x) (fst y)), (N.compare_antisym (snd x) (snd y)).
  now destruct (N.compare (fst x) (fst y)).
Qed.

Lemma compare_dot_trans x y z : compare_dot x y = Lt -> compare_dot y z = Lt -> compare_dot x z = Lt.
Proof.
  unfold compare_dot. destruct x as [a b], y as [c d], z as [e f]; cbn.
  destruct (N.compare_spec a c), (N.compare_spec c e); try discriminate; subst; intros H1 H2.
  - rewrite N.compare_refl. apply N.compare_lt_iff in H1, H2. apply N.compare_lt_iff. eapply N.lt_trans; eauto.
  - apply N.compare_lt_iff in H0. now rewrite H0.
  - apply N.compare_lt_iff in H. now rewrite H.
  - assert (a < e)%N as L by (eapply N.lt_trans; eauto). apply N.compare_lt_iff in L. now rewrite L.
Qed.

(** ** The order of positions *)

Definition reversed_origins (o o' : option position) : comparison :=
  match o, o' with
  | None, None => Eq
  | None, Some _ => Lt
  | Some _, None => Gt
  | Some x, Some y => CompOpp (compare x y)
  end.

Lemma compare_eq p : forall q, compare p q = Eq <-> p = q.
Proof.
  induction p as [| i p IH | o i p IHo IH] using position_induction; intros [| j q | o' j q]; cbn;
    try (split; [discriminate | congruence]); try tauto.
  - destruct (compare_dot i j) eqn:E.
    + apply compare_dot_eq in E. subst j. rewrite IH. split; congruence.
    + split; [discriminate |]. intros [= -> ->]. now rewrite compare_dot_refl in E.
    + split; [discriminate |]. intros [= -> ->]. now rewrite compare_dot_refl in E.
  - assert (reversed_origins o o' = Eq <-> o = o') as Ho.
    { destruct o as [x |], o' as [y |]; cbn; try (split; [discriminate | congruence]); try tauto.
      specialize (IHo x eq_refl y). destruct (compare x y); cbn; split; try discriminate; intros; try congruence.
      - f_equal. now apply IHo.
      - exfalso. assert (x = y) as X by congruence. apply IHo in X. discriminate.
      - exfalso. assert (x = y) as X by congruence. apply IHo in X. discriminate. }
    fold (reversed_origins o o'). destruct (reversed_origins o o') eqn:E.
    + assert (o = o') as <- by now apply Ho. destruct (compare_dot i j) eqn:E'.
      * apply compare_dot_eq in E'. subst j. rewrite IH. split; congruence.
      * split; [discriminate |]. intros [= -> ->]. now rewrite compare_dot_refl in E'.
      * split; [discriminate |]. intros [= -> ->]. now rewrite compare_dot_refl in E'.
    + split; [discriminate |]. intros [= -> -> ->]. now destruct Ho as [_ Ho]; specialize (Ho eq_refl).
    + split; [discriminate |]. intros [= -> -> ->]. now destruct Ho as [_ Ho]; specialize (Ho eq_refl).
Qed.

Lemma compare_refl p : compare p p = Eq.
Proof. now apply compare_eq. Qed.

Lemma compare_opp p : forall q, compare q p = CompOpp (compare p q).
Proof.
  induction p as [| i p IH | o i p IHo IH] using position_induction; intros [| j q | o' j q]; cbn; try reflexivity.
  - rewrite (compare_dot_opp i j). destruct (compare_dot i j); cbn; auto.
  - fold (reversed_origins o o') (reversed_origins o' o).
    assert (reversed_origins o' o = CompOpp (reversed_origins o o')) as ->.
    { destruct o as [x |], o' as [y |]; cbn; try reflexivity. now rewrite (IHo x eq_refl y). }
    destruct (reversed_origins o o'); cbn; auto.
    rewrite (compare_dot_opp i j). destruct (compare_dot i j); cbn; auto.
Qed.

Lemma compare_right_right o i p o' j q :
  compare (Right o i p) (Right o' j q) =
  match compare_origin o' o with
  | Eq => match compare_dot i j with Eq => compare p q | other => other end
  | other => other
  end.
Proof.
  cbn. destruct o as [x |], o' as [y |]; cbn; try reflexivity. now rewrite (compare_opp x y).
Qed.

Lemma before_trans p : forall q r, before p q -> before q r -> before p r.
Proof.
  unfold before.
  induction p as [| i p IH | o i p IHo IH] using position_induction;
    intros [| j q | o' j q] [| k r | o'' k r]; try (cbn; congruence).
  - cbn. destruct (compare_dot i j) eqn:E1; try discriminate; destruct (compare_dot j k) eqn:E2; try discriminate;
      intros H1 H2; try apply compare_dot_eq in E1; try apply compare_dot_eq in E2; subst; rewrite ?compare_dot_refl, ?E1, ?E2; auto.
    + now apply IH with q.
    + now rewrite (compare_dot_trans _ _ _ E1 E2).
  - rewrite !compare_right_right.
    assert (forall x y, compare_origin x y = Eq -> x = y) as Eq1.
    { intros [x |] [y |]; cbn; try discriminate; auto. intro E. f_equal. now apply compare_eq. }
    assert (forall x, compare_origin x x = Eq) as Eq2 by (intros [x |]; cbn; auto using compare_refl).
    assert (compare_origin o' o = Lt -> compare_origin o'' o' = Lt -> compare_origin o'' o = Lt) as Tr.
    { destruct o as [x |], o' as [y |], o'' as [z |]; cbn; try discriminate; auto.
      rewrite (compare_opp x y), (compare_opp y z), (compare_opp x z). intros H1 H2.
      (* [x] after [y] after [z], and the induction hypothesis speaks of what is before [x]: turn it round. *)
      destruct (compare x z) eqn:E; cbn; auto.
      - apply compare_eq in E. subst z. rewrite (compare_opp x y) in H2. destruct (compare x y); discriminate.
      - assert (compare y z = Gt) as G by (destruct (compare y z); cbn in H2; congruence).
        assert (compare x y = Gt) as G' by (destruct (compare x y); cbn in H1; congruence).
        exfalso. assert (compare z y = Lt) as L by (rewrite (compare_opp y z), G; reflexivity).
        pose proof (IHo x eq_refl z y E L). congruence. }
    destruct (compare_origin o' o) eqn:E1; try discriminate; destruct (compare_origin o'' o') eqn:E2; try discriminate;
      try apply Eq1 in E1; try apply Eq1 in E2; subst; rewrite ?Eq2, ?E1, ?E2; auto.
    + destruct (compare_dot i j) eqn:F1; try discriminate; destruct (compare_dot j k) eqn:F2; try discriminate;
        intros H1 H2; try apply compare_dot_eq in F1; try apply compare_dot_eq in F2; subst;
        rewrite ?compare_dot_refl, ?F1, ?F2; auto.
      * now apply IH with q.
      * now rewrite (compare_dot_trans _ _ _ F1 F2).
    + rewrite Tr; auto.
Qed.

Lemma before_irrefl p : ~ before p p.
Proof. unfold before. rewrite compare_refl. discriminate. Qed.

Lemma before_asym p q : before p q -> ~ before q p.
Proof. intros H G. exact (before_irrefl (before_trans H G)). Qed.

Lemma before_total p q : before p q \/ p = q \/ before q p.
Proof.
  unfold before. rewrite (compare_opp p q). destruct (compare p q) eqn:E; cbn; auto. apply compare_eq in E. auto.
Qed.

Lemma compare_gt p q : compare p q = Gt <-> before q p.
Proof. unfold before. rewrite (compare_opp p q). destruct (compare p q); cbn; split; congruence. Qed.

Lemma position_eq_dec (p q : position) : {p = q} + {p <> q}.
Proof.
  destruct (compare p q) eqn:E; [left; now apply compare_eq | right | right]; intros ->; rewrite compare_refl in E; discriminate.
Qed.

(** Any two positions stand in exactly one order, and the order has no cycles: whatever characters a text holds, there
    is exactly one way to line them up. *)
Theorem strict_total_order :
  (forall p, ~ before p p) /\
  (forall p q r, before p q -> before q r -> before p r) /\
  (forall p q, before p q \/ p = q \/ before q p).
Proof.
  split; [exact before_irrefl |]. split; [intros p q r; apply before_trans |]. exact before_total.
Qed.

(** ** The order is the walk *)

Lemma below_here p : below p Here = p.
Proof. induction p; cbn; congruence. Qed.

Lemma below_below p s t : below (below p s) t = below p (below s t).
Proof. induction p; cbn; congruence. Qed.

Lemma compare_origin_refl o : compare_origin o o = Eq.
Proof. destruct o; cbn; auto using compare_refl. Qed.

Lemma compare_below p s t : compare (below p s) (below p t) = compare s t.
Proof.
  induction p as [| i p IH | o i p IH].
  - reflexivity.
  - cbn. now rewrite compare_dot_refl.
  - change (compare (Right o i (below p s)) (Right o i (below p t)) = compare s t).
    now rewrite compare_right_right, compare_origin_refl, compare_dot_refl.
Qed.

Lemma below_injective p s t : below p s = below p t -> s = t.
Proof. intro E. apply compare_eq. rewrite <- (compare_below p). now apply compare_eq. Qed.

(** The comparison is the tree walk: what hangs to the left of a node, the node, what hangs to its right; left siblings
    by id; right siblings with the farther right origin first, and those with the same one by id. *)
Theorem order_is_the_walk :
  forall n,
    (forall i s, before (below n (Left i s)) n) /\
    (forall o i s, before n (below n (Right o i s))) /\
    (forall i s j t, compare_dot i j = Lt -> before (below n (Left i s)) (below n (Left j t))) /\
    (forall o i s o' j t, compare_origin o' o = Lt -> before (below n (Right o i s)) (below n (Right o' j t))) /\
    (forall o i s j t, compare_dot i j = Lt -> before (below n (Right o i s)) (below n (Right o j t))).
Proof.
  intro n. unfold before. repeat split; intros.
  - rewrite <- (below_here n) at 2. now rewrite compare_below.
  - rewrite <- (below_here n) at 1. now rewrite compare_below.
  - rewrite compare_below. cbn. now rewrite H.
  - rewrite compare_below, compare_right_right. now rewrite H.
  - rewrite compare_below, compare_right_right, compare_origin_refl. now rewrite H.
Qed.

(** ** Subtrees *)

Lemma in_subtree_refl p : in_subtree p p.
Proof. exists Here. now rewrite below_here. Qed.

Lemma in_subtree_below p s : in_subtree p (below p s).
Proof. now exists s. Qed.

Lemma in_subtree_trans p q r : in_subtree p q -> in_subtree q r -> in_subtree p r.
Proof. intros [s ->] [t ->]. exists (below s t). apply below_below. Qed.

Lemma in_subtree_dec p : forall q, {in_subtree p q} + {~ in_subtree p q}.
Proof.
  induction p as [| i p IH | o i p IH]; intro q.
  - left. now exists q.
  - destruct q as [| j q | o' j q]; try (right; intros [s E]; discriminate).
    destruct (compare_dot i j) eqn:E.
    + apply compare_dot_eq in E. subst j. destruct (IH q) as [Y | N].
      * left. destruct Y as [s ->]. now exists s.
      * right. intros [s E]. apply N. exists s. now injection E.
    + right. intros [s F]. injection F as -> _. rewrite compare_dot_refl in E. discriminate.
    + right. intros [s F]. injection F as -> _. rewrite compare_dot_refl in E. discriminate.
  - destruct q as [| j q | o' j q]; try (right; intros [s E]; discriminate).
    destruct (position_eq_dec (Right o i Here) (Right o' j Here)) as [E | E].
    + injection E as <- <-. destruct (IH q) as [Y | N].
      * left. destruct Y as [s ->]. now exists s.
      * right. intros [s E]. apply N. exists s. now injection E.
    + right. intros [s F]. injection F as -> -> _. now apply E.
Qed.

(** What is not below [p] sees all that is below [p] on the same side. *)
Lemma compare_outside p : forall q, ~ in_subtree p q -> forall s, compare (below p s) q = compare p q.
Proof.
  induction p as [| i p IH | o i p IH]; intros q N s.
  - exfalso. apply N. now exists q.
  - destruct q as [| j q | o' j q]; cbn; try reflexivity. destruct (compare_dot i j) eqn:E; try reflexivity.
    apply compare_dot_eq in E. subst j. apply IH. intros [t ->]. apply N. now exists t.
  - destruct q as [| j q | o' j q]; try reflexivity.
    change (below (Right o i p) s) with (Right o i (below p s)). rewrite !compare_right_right.
    destruct (compare_origin o' o) eqn:F; try reflexivity.
    destruct (compare_dot i j) eqn:E; try reflexivity. apply compare_dot_eq in E. subst j. apply IH. intros [t ->]. apply N.
    exists t. cbn. f_equal. destruct o as [x |], o' as [y |]; cbn in F; try discriminate; auto.
    f_equal. now apply compare_eq.
Qed.

(** What hangs below one character is a contiguous block: nothing else stands between any two of it. *)
Theorem subtree_is_contiguous :
  forall p x y z, in_subtree p x -> in_subtree p z -> before x y -> before y z -> in_subtree p y.
Proof.
  intros p x y z [s ->] [t ->] H G. destruct (in_subtree_dec p y) as [Y | N]; [assumption | exfalso].
  unfold before in H. rewrite (compare_outside N) in H.
  apply compare_gt in G. rewrite (compare_outside N), H in G. discriminate.
Qed.

(** Two subtrees, none of which holds the other one's root, stand one wholly before the other, in the order of the
    roots. *)
Theorem subtrees_are_not_mixed :
  forall p q, ~ in_subtree p q -> ~ in_subtree q p ->
  forall x y, in_subtree p x -> in_subtree q y -> compare x y = compare p q.
Proof.
  intros p q Npq Nqp x y [s ->] [t ->].
  assert (~ in_subtree p (below q t)) as N.
  { intros [u E]. clear s. revert q t u Npq Nqp E.
    induction p as [| i p IH | o i p IH]; intros q t u Npq Nqp E; cbn in E.
    - apply Npq. now exists q.
    - destruct q as [| j q | o' j q]; cbn in E; [apply Nqp; eexists; reflexivity | | discriminate].
      injection E as -> E. apply (IH q t u); auto.
      + intros [v ->]. apply Npq. now exists v.
      + intros [v ->]. apply Nqp. now exists v.
    - destruct q as [| j q | o' j q]; cbn in E; [apply Nqp; eexists; reflexivity | discriminate |].
      injection E as -> -> E. apply (IH q t u); auto.
      + intros [v ->]. apply Npq. now exists v.
      + intros [v ->]. apply Nqp. now exists v. }
  rewrite (compare_outside N). rewrite (compare_opp q p), (compare_opp (below q t) p). f_equal. now apply compare_outside.
Qed.
