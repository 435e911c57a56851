(** * The order is maximally non-interleaving

    Rust counterpart: [crates/quipu-crdt/src/text/plain.rs], the order of right siblings in [Plain::order].

    Weidner and Kleppmann call an order of replicated text maximally non-interleaving if, in every text that can come
    about,

    + forward: of the characters with left origin [A], the first one stands right after [A];
    + backward: of the characters with right origin [B], the last one, [A], stands right before [B], unless [A] and [B]
      have different left origins and something stands between [A]'s left origin and [B] that does not descend from that
      left origin (then the first condition forbids it);
    + of two characters with the same left and the same right origin the one with the smaller id comes first.

    Here all three are proved of the order of [FugueOrder.v] for all texts of [Fugue.v], and that the exceptions of the
    second condition are indeed forced by the order. "All characters" means deleted ones too, in the conditions and in
    the conclusions: no character stands between, deleted or not.

    That no other order meets the three conditions is in [FugueUnique.v]. In the paper the strong list specification
    is part of the conditions: here it is that there is one total order of positions ([strict_total_order]) in which a new
    character lands between its neighbours ([insertion_lands_between]). *)

From Coq Require Import List.
From Quipu Require Import FugueOrder Fugue.
Import ListNotations.
Set Implicit Arguments.

(** ** Definitions *)

(** Nothing of [D] stands between the two. *)
Definition consecutive (D : list position) (p q : position) : Prop :=
  before p q /\ forall y, In y D -> ~ (before p y /\ before y q).

(** Descent in the tree in which everyone's parent is the left origin. *)
Inductive left_descendant (p : position) : position -> Prop :=
| itself : left_descendant p p
| through q : q <> Here -> left_descendant p (left_origin q) -> left_descendant p q.

(** ** Lemmas *)

Lemma hangs_right_of_left_origin D p :
  closed D -> sound D -> In p D -> p <> Here -> exists o i s, p = below (left_origin p) (Right o i s).
Proof.
  intros C S H N. destruct (starts_right p C S H) as [-> | (o & i & s & ->)]; [contradiction |].
  destruct (left_origin_shape Here o i s) as (m & o' & j & t & E & F & _). cbn in E, F. rewrite F. now exists o', j, t.
Qed.

Lemma left_origin_in D p : closed D -> sound D -> In p D -> In (left_origin p) D.
Proof.
  intros C S H. destruct (position_eq_dec p Here) as [-> | N]; [apply C |].
  destruct (hangs_right_of_left_origin C S H N) as (o & i & s & E). rewrite E in H. eapply closed_below; eauto.
Qed.

(** The subtree on the right of [p] holds what descends from [p] by left origins. *)
Lemma left_descendant_below D p q : closed D -> sound D -> In q D -> left_descendant p q -> in_subtree p q.
Proof.
  intros C S H L. induction L as [| q N L IH]; [apply in_subtree_refl |].
  apply in_subtree_trans with (left_origin q).
  - apply IH. now apply left_origin_in.
  - destruct (hangs_right_of_left_origin C S H N) as (o & i & s & E). rewrite E at 2. apply in_subtree_below.
Qed.

Lemma below_left_descendant p o i s : left_descendant p (below p (Right o i s)).
Proof.
  induction s as [| s k IH | s u k IH] using path_end.
  - apply through; [apply right_child_not_here |].
    change (below p (Right o i Here)) with (right_child p o i). rewrite left_origin_right. constructor.
  - change (Right o i (left_child s k)) with (left_child (Right o i s) k). rewrite below_left_child.
    apply through; [apply left_child_not_here |]. rewrite left_origin_left.
    inversion IH as [E | q N L E]; [| exact L].
    exfalso. apply (before_irrefl (p := p)). rewrite E at 2. apply before_right.
  - change (Right o i (right_child s u k)) with (right_child (Right o i s) u k). rewrite below_right_child.
    apply through; [apply right_child_not_here |]. now rewrite left_origin_right.
Qed.

(** On the way from [p] down to anything on its right there is a first one with left origin [p], not after it. *)
Lemma first_with_left_origin p o i s :
  exists t, left_origin (below p (Right o i t)) = p /\
    (t = s \/ exists u j v, below p (Right o i s) = below (below p (Right o i t)) (Right u j v)).
Proof.
  induction s as [| s k IH | s w k IH] using path_end.
  - exists Here. split; auto. apply left_origin_right.
  - destruct IH as (t & L & [-> | (u & j & v & E)]).
    + exists (left_child s k). split; auto.
      change (Right o i (left_child s k)) with (left_child (Right o i s) k).
      now rewrite below_left_child, left_origin_left.
    + exists t. split; auto. right. exists u, j, (left_child v k).
      change (Right o i (left_child s k)) with (left_child (Right o i s) k).
      change (Right u j (left_child v k)) with (left_child (Right u j v) k). rewrite !below_left_child. congruence.
  - destruct IH as (t & L & [-> | (u & j & v & E)]).
    + exists s. split; auto. right. exists w, k, Here.
      change (Right o i (right_child s w k)) with (right_child (Right o i s) w k). now rewrite below_right_child.
    + exists t. split; auto. right. exists u, j, (right_child v w k).
      change (Right o i (right_child s w k)) with (right_child (Right o i s) w k).
      change (Right u j (right_child v w k)) with (right_child (Right u j v) w k). rewrite !below_right_child. congruence.
Qed.

(** Two of the same parent with different right origins, the second one not before the first: the first one's right
    origin is the farther one. *)
Lemma right_sibling_origins p o i s o' j t :
  before (below p (Right o i s)) (below p (Right o' j t)) -> ~ precedes o o'.
Proof.
  unfold before. rewrite compare_below, compare_right_right. unfold precedes. intros H G.
  assert (compare_origin o' o = Gt) as E.
  { destruct o as [x |], o' as [y |]; cbn in *; try discriminate; auto. now apply compare_gt. }
  rewrite E in H. discriminate.
Qed.

Lemma not_precedes o o' : ~ precedes o o' -> o = o' \/ precedes o' o.
Proof.
  destruct o as [x |], o' as [y |]; unfold precedes; cbn; intro H; auto; try (exfalso; now apply H).
  destruct (before_total x y) as [G | [-> | G]]; auto. contradiction.
Qed.

(** A right child of [A] that is not after [A]'s right origin: how far its right origin can be. *)
Lemma right_child_of_last D A B o i :
  closed D -> sound D -> In (right_child A o i) D -> right_origin A = Some B ->
  o = Some B \/ exists x, o = Some x /\ In x D /\ before A x /\ before x B /\ ~ in_subtree A x.
Proof.
  intros C S H E. pose proof S as [_ R]. destruct (R _ _ _ H) as [P Q]. rewrite E in Q.
  apply not_precedes in Q as [<- | Q]; auto. right.
  destruct o as [x |]; [| discriminate]. destruct (P x eq_refl) as [F G]. exists x. repeat split; auto.
  apply C in H as [_ H]. now apply H.
Qed.

(** ** The three conditions *)

(** (1) Forward: of the characters with one left origin, the first one stands right after it. *)
Theorem forward_non_interleaving :
  forall D A B, text D -> In B D -> B <> Here -> left_origin B = A ->
  (forall C, In C D -> C <> Here -> left_origin C = A -> C <> B -> before B C) ->
  consecutive D A B.
Proof.
  intros D A B X HB NB LB First. destruct (texts_are_closed_and_sound X) as [C S].
  destruct (hangs_right_of_left_origin C S HB NB) as (o & i & s & E). rewrite LB in E.
  assert (before A B) as AB by (rewrite E; apply before_right).
  split; [exact AB |]. intros y Hy [Ay yB].
  assert (in_subtree A y) as I.
  { apply subtree_is_contiguous with A B; auto; [apply in_subtree_refl | rewrite E; apply in_subtree_below]. }
  destruct (after_is_right I Ay) as (o' & j & t & ->).
  destruct (first_with_left_origin A o' j t) as (t' & L & G).
  set (e := below A (Right o' j t')) in *.
  assert (In e D) as He.
  { destruct G as [-> | (u & k & v & G)]; [exact Hy |]. rewrite G in Hy. eapply closed_below; eauto. }
  assert (before e B) as eB.
  { destruct G as [-> | (u & k & v & G)]; [exact yB |]. eapply before_trans; [| exact yB]. rewrite G. apply before_right. }
  assert (e <> Here) as Ne by (unfold e; destruct A; discriminate).
  apply (before_asym eB). apply First; auto. intros ->. now apply before_irrefl in eB.
Qed.

Lemma between_dec D p q :
  (exists y, In y D /\ before p y /\ before y q) \/ (forall y, In y D -> ~ (before p y /\ before y q)).
Proof.
  induction D as [| z D [(y & H & G) | N]].
  - right. intros y [].
  - left. exists y. split; [now right | assumption].
  - unfold before in *. destruct (compare p z) eqn:E1; [right | | right];
      try (intros y [<- | H]; [intros [G _]; congruence | auto]).
    destruct (compare z q) eqn:E2; [right | left | right];
      try (intros y [<- | H]; [intros [_ G]; congruence | auto]).
    exists z. split; [now left | auto].
Qed.

(** (2) Backward, with the exceptions that the first condition forces: of the characters with one right origin [B], the
    last one, [A], stands right before it; unless the two have different left origins and there is a character between
    [A]'s left origin and [B] that does not descend from that left origin. *)
Theorem backward_non_interleaving :
  forall D A B, text D -> In A D -> A <> Here -> right_origin A = Some B ->
  (forall C, In C D -> C <> Here -> right_origin C = Some B -> C <> A -> before C A) ->
  consecutive D A B \/
  left_origin A <> left_origin B /\
  exists C, In C D /\ before (left_origin A) C /\ before C B /\ ~ left_descendant (left_origin A) C.
Proof.
  intros D A B X HA NA RA Last. destruct (texts_are_closed_and_sound X) as [C S].
  pose proof (right_origin_after A S HA) as AB. rewrite RA in AB.
  destruct (between_dec D A B) as [(y & Hy & Ay & yB) | None']; [right | left; split; assumption].
  (* No right child of [A] has the right origin [B]: it would come after [A]. *)
  assert (forall o i, In (right_child A o i) D -> exists x, In x D /\ before A x /\ before x B /\ ~ in_subtree A x) as Below.
  { intros o i H. destruct (right_child_of_last A o i C S H RA) as [-> | (x & _ & G)]; [exfalso | now exists x].
    assert (before (right_child A (Some B) i) A) as F.
    { apply Last; auto using right_child_not_here, right_origin_right. intro E.
      apply (before_irrefl (p := A)). rewrite <- E at 2. apply before_right. }
    exact (before_asym F (before_right _ _ _ _)). }
  (* So something stands between that does not hang below [A]. *)
  assert (exists x, In x D /\ before A x /\ before x B /\ ~ in_subtree A x) as (x & Hx & Ax & xB & Ox).
  { destruct (in_subtree_dec A y) as [I | O]; [| now exists y].
    destruct (after_is_right I Ay) as (o & i & s & ->). apply (Below o i). eapply closed_right_child; eauto. }
  clear y Hy Ay yB Below. revert HA NA RA Last AB Ax Ox.
  destruct A as [| A i _ | p o i _] using path_end; intros HA NA RA Last AB Ax Ox; [contradiction | exfalso |].
  - (* A left child of [B]: between it and [B] stand younger left children of [B], which have the same right origin. *)
    rewrite right_origin_left in RA. injection RA as ->.
    assert (in_subtree B x) as I.
    { apply subtree_is_contiguous with (left_child B i) B; auto; [apply in_subtree_below | apply in_subtree_refl]. }
    destruct I as [[| j s | u j s] ->].
    + rewrite below_here in xB. exact (before_irrefl xB).
    + assert (left_child B j <> left_child B i) as Ne.
      { intros E. apply left_child_injective in E as [_ ->]. apply Ox. rewrite below_left. apply in_subtree_below. }
      pose proof (Last (left_child B j) (closed_left_child B j s C Hx) (left_child_not_here _ _) (right_origin_left _ _) Ne) as L.
      unfold before, left_child in L, Ax. rewrite compare_below in L, Ax. cbn in L, Ax.
      rewrite (compare_dot_opp i j) in L. destruct (compare_dot i j) eqn:E; cbn in L; discriminate.
    + exact (before_asym xB (before_right _ _ _ _)).
  - (* A right child of [p]. *)
    rewrite right_origin_right in RA. subst o. rewrite left_origin_right.
    destruct S as [L R]. destruct (R _ _ _ HA) as [P _]. destruct (P B eq_refl) as [pB OB]. split.
    + intro E. apply OB. destruct (position_eq_dec B Here) as [-> | NB].
      * exfalso. assert (In p D) as Hp by (apply C in HA as [HA _]; exact HA).
        destruct (beginning_is_first p C (conj L R) Hp) as [-> | G]; [exact (before_irrefl pB) | exact (before_asym pB G)].
      * assert (In B D) as HB by (eapply closed_right_origin; eauto using right_origin_right).
        destruct (hangs_right_of_left_origin C (conj L R) HB NB) as (u & j & s & F).
        rewrite <- E in F. rewrite F. apply in_subtree_below.
    + assert (exists c, In c D /\ before p c /\ before c B /\ ~ in_subtree p c) as (c & Hc & pc & cB & O).
      { destruct (in_subtree_dec p x) as [I | O].
        - assert (before p x) as px by (eapply before_trans; [apply before_right | exact Ax]).
          destruct (after_is_right I px) as (u & j & s & ->).
          pose proof (closed_right_child p u j s C Hx) as HE.
          assert (right_child p u j <> right_child p (Some B) i) as Ne.
          { intro E. apply right_child_injective in E as (_ & -> & ->). apply Ox. rewrite below_right. apply in_subtree_below. }
          assert (before (right_child p (Some B) i) (right_child p u j)) as AE.
          { unfold before, right_child in *. rewrite compare_below in *. cbn [compare] in *.
            fold (reversed_origins (Some B) u) in *. destruct (reversed_origins (Some B) u) eqn:F; try discriminate; auto.
            destruct (compare_dot i j) eqn:G; try discriminate; auto. exfalso. apply Ne.
            apply compare_dot_eq in G. subst j. destruct u as [z |]; cbn in F; [| discriminate].
            assert (compare B z = Eq) as K by (destruct (compare B z); cbn in F; congruence).
            apply compare_eq in K. now subst z. }
          destruct (R _ _ _ HE) as [Q _].
          apply right_sibling_origins in AE as G. apply not_precedes in G as [<- | G].
          + exfalso. apply (before_asym AE). apply Last; auto using right_child_not_here, right_origin_right.
          + destruct u as [z |]; [| discriminate]. destruct (Q z eq_refl) as [F O]. exists z. repeat split; auto.
            apply C in HE as [_ HE]. now apply HE.
        - exists x. repeat split; auto. eapply before_trans; [apply before_right | exact Ax]. }
      exists c. repeat split; auto. intro K. apply O. eapply left_descendant_below; eauto. now split.
Qed.

(** The exceptions of (2) are forced: where the two left origins differ and such a character exists, it stands between. *)
Theorem backward_exceptions_are_forced :
  forall D A B C, text D -> In A D -> A <> Here -> right_origin A = Some B -> left_origin A <> left_origin B ->
  In C D -> before (left_origin A) C -> before C B -> ~ left_descendant (left_origin A) C ->
  before A C /\ before C B.
Proof.
  intros D A B C X HA NA RA LO HC LC CB ND. split; auto. destruct (texts_are_closed_and_sound X) as [Cl S].
  destruct A as [| A i _ | p o i _] using path_end; [contradiction | exfalso |].
  - rewrite right_origin_left in RA. injection RA as ->. now rewrite left_origin_left in LO.
  - rewrite left_origin_right in *. unfold before, right_child. rewrite compare_outside; [exact LC |].
    intro I. destruct (after_is_right I LC) as (u & j & s & ->). apply ND, below_left_descendant.
Qed.

(** Two with the same origins are children of one parent on one side. *)
Lemma same_origins_same_side D A B :
  closed D -> sound D -> In A D -> In B D -> A <> Here -> B <> Here ->
  left_origin A = left_origin B -> right_origin A = right_origin B ->
  (exists p i j, A = left_child p i /\ B = left_child p j) \/
  (exists p o i j, A = right_child p o i /\ B = right_child p o j).
Proof.
  intros C S HA HB NA NB LO RO.
  assert (forall y k x o n, In (left_child y k) D -> In (right_child x o n) D ->
            left_origin y = x -> Some y = o -> False) as Mixed.
  { intros y k x o n Hy Hx E <-. destruct S as [L R]. pose proof (L _ _ Hy) as Ny.
    destruct (R _ _ _ Hx) as [P _]. destruct (P y eq_refl) as [_ O]. apply O.
    assert (In y D) as Iy by (apply C in Hy; exact Hy).
    destruct (hangs_right_of_left_origin C (conj L R) Iy Ny) as (u & m & s & F). rewrite F, E. apply in_subtree_below. }
  destruct A as [| p k _ | p o k _] using path_end; [contradiction | |];
    (destruct B as [| q n _ | q u n _] using path_end; [contradiction | |]);
    rewrite ?left_origin_left, ?left_origin_right, ?right_origin_left, ?right_origin_right in *.
  - left. injection RO as <-. now exists p, k, n.
  - exfalso. eapply Mixed; [exact HA | exact HB | exact LO | exact RO].
  - exfalso. eapply Mixed; [exact HB | exact HA | symmetry; exact LO | symmetry; exact RO].
  - right. subst q u. now exists p, o, k, n.
Qed.

(** (3) Of two characters with the same left and the same right origin, the one with the smaller id stands first. *)
Theorem same_origins_by_id :
  forall D A B i j, text D -> In A D -> In B D -> id_of A = Some i -> id_of B = Some j ->
  left_origin A = left_origin B -> right_origin A = right_origin B -> compare_dot i j = Lt -> before A B.
Proof.
  intros D A B i j X HA HB IA IB LO RO Less. destruct (texts_are_closed_and_sound X) as [C S].
  assert (A <> Here) as NA by (intros ->; discriminate). assert (B <> Here) as NB by (intros ->; discriminate).
  destruct (same_origins_same_side C S HA HB NA NB LO RO) as [(p & k & n & -> & ->) | (p & o & k & n & -> & ->)];
    unfold left_child, right_child in IA, IB; rewrite id_of_below in IA, IB by discriminate;
    cbn in IA, IB; injection IA as ->; injection IB as ->; now apply order_is_the_walk.
Qed.
