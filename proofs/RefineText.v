(** * The executable twin shows what the abstract text shows

    Rust counterpart: [crates/quipu-crdt/src/text/plain.rs]; the twin is [TwinText.v].

    The abstract state of a twin state is the set of positions of the characters whose parents and right origins are
    known ([stands]), with the deleted dots. What is proved here, for every [tidy] state, which is one whose two lists
    are in the strict order of their dots, as all mutators make them:

    - the twin gives a place to exactly the characters that [stands] gives one, and the same;
    - the twin's shorter comparison is the abstract one on positions of one text;
    - the twin's document is the document of the abstract state, character by character.

    Edits are in [RefineTextEdits.v], joining in [RefineTextJoin.v].

    Assumed: nothing about where a state comes from. *)

From Coq Require Import NArith List Sorted Permutation Lia.
From Quipu Require Import FugueOrder Fugue TwinText.
From Quipu Require FugueConvergence.
Import ListNotations.
Set Implicit Arguments.

(** ** Definitions *)

Definition before_dot (x y : dot) : Prop := compare_dot x y = Lt.

(** Both lists in the strict order of their dots. *)
Definition tidy (s : text) : Prop :=
  StronglySorted before_dot (map fst (inserted s)) /\ StronglySorted before_dot (deleted s).

(** [stands nodes e p]: among these characters [e] has the position [p]; [None] is the beginning of the text. Who waits
    for a parent or a right origin has none. *)
Inductive stands (nodes : list (dot * node)) : option dot -> position -> Prop :=
| beginning : stands nodes None Here
| on_the_left d c parent p :
    In (d, Node c parent LeftOf) nodes -> stands nodes parent p ->
    stands nodes (Some d) (left_child p d)
| at_the_end d c parent p :
    In (d, Node c parent (RightOf None)) nodes -> stands nodes parent p ->
    stands nodes (Some d) (right_child p None d)
| on_the_right d c parent p o x :
    In (d, Node c parent (RightOf (Some o))) nodes -> stands nodes parent p -> stands nodes (Some o) x ->
    stands nodes (Some d) (right_child p (Some x) d).

(** What a state is a state of: positions, and deleted dots. *)
Definition abstract (s : text) : FugueConvergence.state :=
  FugueConvergence.State (Here :: map snd (placed s)) (deleted s).

(** The character at a position. *)
Definition says (s : text) (p : position) (c : N) : Prop :=
  exists d parent side, stands (inserted s) (Some d) p /\ In (d, Node c parent side) (inserted s).

(** No dot stands for two characters. *)
Definition unique (nodes : list (dot * node)) : Prop :=
  forall d n n', In (d, n) nodes -> In (d, n') nodes -> n = n'.

(** ** Dots and lists of pairs *)

Lemma same_dot_spec x y : same_dot x y = true <-> x = y.
Proof.
  unfold same_dot. destruct (compare_dot x y) eqn:E; (split; [try discriminate | intros ->]).
  - intros _. now apply compare_dot_eq.
  - reflexivity.
  - now rewrite compare_dot_refl in E.
  - now rewrite compare_dot_refl in E.
Qed.

Lemma same_dot_refl x : same_dot x x = true.
Proof. now apply same_dot_spec. Qed.

Lemma before_dot_irrefl x : ~ before_dot x x.
Proof. unfold before_dot. rewrite compare_dot_refl. discriminate. Qed.

Lemma sorted_nodup l : StronglySorted before_dot l -> NoDup l.
Proof.
  induction 1 as [| x l S IH F]; constructor; auto. rewrite Forall_forall in F. intro H.
  exact (before_dot_irrefl (F x H)).
Qed.

Lemma nodup_end (A : Type) (l m : list A) : NoDup (l ++ m) -> NoDup m.
Proof. induction l as [| x l IH]; auto. cbn. intro H. inversion H. auto. Qed.

Lemma nodup_unique (A : Type) (nodes : list (dot * A)) d n n' :
  NoDup (map fst nodes) -> In (d, n) nodes -> In (d, n') nodes -> n = n'.
Proof.
  induction nodes as [| (e, m) nodes IH]; cbn; [contradiction |]. intros D H G. inversion D as [| ? ? N D']; subst.
  destruct H as [H | H], G as [G | G]; auto.
  - congruence.
  - injection H as -> ->. exfalso. apply N. apply in_map_iff. now exists (d, n').
  - injection G as -> ->. exfalso. apply N. apply in_map_iff. now exists (d, n).
Qed.

Lemma tidy_unique s : tidy s -> unique (inserted s).
Proof. intros [S _] d n n'. apply nodup_unique. now apply sorted_nodup. Qed.

Lemma find_in (A : Type) d (pairs : list (dot * A)) a : find d pairs = Some a -> In (d, a) pairs.
Proof.
  induction pairs as [| (e, b) pairs IH]; cbn; [discriminate |]. destruct (same_dot d e) eqn:E.
  - apply same_dot_spec in E as ->. intros [= ->]. now left.
  - intro H. right. auto.
Qed.

Lemma find_some (A : Type) d (pairs : list (dot * A)) a : In (d, a) pairs -> find d pairs <> None.
Proof.
  induction pairs as [| (e, b) pairs IH]; cbn; [contradiction |]. intros [[= -> ->] | H].
  - now rewrite same_dot_refl.
  - destruct (same_dot d e); [discriminate | auto].
Qed.

Lemma dots_of_map (A : Type) (pairs : list (dot * A)) : dots_of pairs = map fst pairs.
Proof. induction pairs as [| (d, a) pairs IH]; cbn; congruence. Qed.

Lemma has_dot_spec d dots : has_dot d dots = true <-> In d dots.
Proof.
  induction dots as [| e dots IH]; cbn; [split; [discriminate | contradiction] |].
  destruct (same_dot d e) eqn:E.
  - apply same_dot_spec in E as ->. tauto.
  - rewrite IH. split; [tauto |]. intros [-> | H]; auto. now rewrite same_dot_refl in E.
Qed.

(** ** What stands where *)

Section Stands.
  Variable nodes : list (dot * node).
  Hypothesis U : unique nodes.

  Lemma stands_id d p : stands nodes (Some d) p -> id_of p = Some d.
  Proof. inversion 1; subst; unfold left_child, right_child; now rewrite id_of_below. Qed.

  Lemma stands_left e p i : stands nodes e (left_child p i) ->
    e = Some i /\ exists c parent, In (i, Node c parent LeftOf) nodes /\ stands nodes parent p.
  Proof.
    intro H. remember (left_child p i) as q eqn:E. destruct H as [| d c parent p' I S | d c parent p' I S | d c parent p' o x I S O].
    - symmetry in E. now apply left_child_not_here in E.
    - apply left_child_injective in E as [<- <-]. eauto.
    - symmetry in E. now apply left_child_not_right in E.
    - symmetry in E. now apply left_child_not_right in E.
  Qed.

  Lemma stands_right e p o i : stands nodes e (right_child p o i) ->
    e = Some i /\ exists c parent o', In (i, Node c parent (RightOf o')) nodes /\ stands nodes parent p /\
      match o, o' with None, None => True | Some x, Some e => stands nodes (Some e) x | _, _ => False end.
  Proof.
    intro H. remember (right_child p o i) as q eqn:E. destruct H as [| d c parent p' I S | d c parent p' I S | d c parent p' e x I S O].
    - symmetry in E. now apply right_child_not_here in E.
    - now apply left_child_not_right in E.
    - apply right_child_injective in E as (<- & <- & <-). split; auto. now exists c, parent, None.
    - apply right_child_injective in E as (<- & <- & <-). split; auto. now exists c, parent, (Some e).
  Qed.

  Lemma stands_prefix p s : forall e, stands nodes e (below p s) -> exists e', stands nodes e' p.
  Proof.
    induction s as [| s i IH | s o i IH] using path_end; intros e H.
    - rewrite below_here in H. now exists e.
    - rewrite below_left_child in H. apply stands_left in H as (_ & c & parent & _ & H). eauto.
    - rewrite below_right_child in H. apply stands_right in H as (_ & c & parent & o' & _ & H & _). eauto.
  Qed.

  Lemma stands_one e p : stands nodes e p -> forall q, stands nodes e q -> p = q.
  Proof.
    induction 1 as [| d c parent p I S IH | d c parent p I S IH | d c parent p o x I S IH O IHO]; intros q H;
      inversion H as [| d' c' parent' p' I' S' | d' c' parent' p' I' S' | d' c' parent' p' o' x' I' S' O']; subst; auto;
      pose proof (U _ _ _ I I') as E; try discriminate E; injection E; intros; subst.
    - f_equal. now apply IH.
    - f_equal. now apply IH.
    - f_equal; [now apply IH | f_equal; now apply IHO].
  Qed.

  Lemma stands_dot e e' p : stands nodes e p -> stands nodes e' p -> e = e'.
  Proof.
    destruct e as [d |], e' as [d' |]; intros H G; auto.
    - apply stands_id in H, G. congruence.
    - apply stands_id in H. inversion G; subst. discriminate.
    - apply stands_id in G. inversion H; subst. discriminate.
  Qed.

  (** On positions of one text the shorter comparison is the comparison. *)
  Lemma compare_ids_is_compare p : forall c q e e',
    stands nodes e (below c p) -> stands nodes e' (below c q) -> compare_ids p q = compare p q.
  Proof.
    induction p as [| i p IH | o i p IHo IH] using position_induction; intros c [| j q | o' j q] e e' H G; try reflexivity.
    - cbn. destruct (compare_dot i j) eqn:E; auto. apply compare_dot_eq in E. subst j.
      rewrite below_left in H, G. eapply IH; eauto.
    - rewrite below_right in H, G.
      destruct (stands_prefix _ _ H) as [u Hu], (stands_prefix _ _ G) as [v Gv].
      destruct (stands_right _ _ _ Hu) as (-> & c1 & parent & w & I & Sc & Ow).
      destruct (stands_right _ _ _ Gv) as (-> & c2 & parent' & w' & I' & Sc' & Ow').
      rewrite compare_right_right. cbn [compare_ids]. destruct (compare_dot i j) eqn:E.
      + apply compare_dot_eq in E. subst j. pose proof (stands_one Hu Gv) as F.
        apply right_child_injective in F as (_ & <- & _). rewrite compare_origin_refl. eapply IH; eauto.
      + destruct o as [x |], o' as [y |]; cbn; auto. destruct w as [a |], w' as [b |]; try contradiction.
        rewrite (IHo x eq_refl Here y (Some a) (Some b) Ow Ow'), (compare_opp x y). destruct (compare x y); cbn; auto.
      + destruct o as [x |], o' as [y |]; cbn; auto. destruct w as [a |], w' as [b |]; try contradiction.
        rewrite (IHo x eq_refl Here y (Some a) (Some b) Ow Ow'), (compare_opp x y). destruct (compare x y); cbn; auto.
  Qed.
End Stands.

(** ** Giving places *)

Section Passes.
  Variable nodes : list (dot * node).
  Hypothesis U : unique nodes.

  Definition right_places (known : list (dot * position)) : Prop :=
    forall d p, In (d, p) known -> stands nodes (Some d) p.

  Lemma position_of_stands known d n p :
    right_places known -> In (d, n) nodes -> position_of known d n = Some p -> stands nodes (Some d) p.
  Proof.
    intros K I. unfold position_of. destruct n as [c parent side]. cbn.
    assert (forall q, match parent with None => Some Here | Some e => find e known end = Some q -> stands nodes parent q) as P.
    { intros q E. destruct parent as [e |]; [apply K; now apply find_in | injection E as <-; constructor]. }
    destruct (match parent with None => Some Here | Some e => find e known end) as [q |]; [| discriminate].
    specialize (P q eq_refl). destruct side as [| [o |]].
    - intros [= <-]. econstructor; eauto.
    - destruct (find o known) as [x |] eqn:F; [| discriminate]. intros [= <-].
      econstructor; eauto. apply K. now apply find_in.
    - intros [= <-]. econstructor; eauto.
  Qed.

  Lemma pass_right waiting : forall known, incl waiting nodes -> right_places known ->
    incl (fst (pass waiting known)) waiting /\ right_places (snd (pass waiting known)).
  Proof.
    induction waiting as [| (d, n) waiting IH]; intros known I K; cbn; [split; [apply incl_refl | assumption] |].
    assert (incl waiting nodes) as I' by (intros x H; apply I; now right).
    destruct (position_of known d n) as [p |] eqn:E.
    - destruct (IH ((d, p) :: known)) as [A B]; auto.
      + intros e q [[= <- <-] | H]; auto. eapply position_of_stands; eauto. apply I. now left.
      + split; auto. intros x H. right. auto.
    - destruct (IH known I' K) as [A B]. destruct (pass waiting known) as [still known']. cbn in *.
      split; auto. intros x [<- | H]; [now left | right; auto].
  Qed.

  Lemma passes_right most : forall waiting known, incl waiting nodes -> right_places known ->
    right_places (passes most waiting known).
  Proof.
    induction most as [| m most IH]; intros [| w waiting] known I K; cbn [passes]; auto.
    destruct (pass_right I K) as [A B]. destruct (pass (w :: waiting) known) as [still known'].
    apply IH; auto. intros x H. apply I. auto.
  Qed.

  Lemma pass_permutation waiting : forall known,
    Permutation (map fst (fst (pass waiting known)) ++ map fst (snd (pass waiting known)))
                (map fst waiting ++ map fst known).
  Proof.
    induction waiting as [| (d, n) waiting IH]; intro known; cbn; [reflexivity |].
    destruct (position_of known d n) as [p |].
    - rewrite IH. cbn. symmetry. apply Permutation_middle.
    - specialize (IH known). destruct (pass waiting known) as [still known']. cbn in *. now constructor.
  Qed.

  Lemma passes_nodup most : forall waiting known,
    NoDup (map fst waiting ++ map fst known) -> NoDup (map fst (passes most waiting known)).
  Proof.
    induction most as [| m most IH]; intros [| w waiting] known N; cbn [passes]; auto.
    - exact (nodup_end _ _ N).
    - pose proof (pass_permutation (w :: waiting) known) as P. destruct (pass (w :: waiting) known) as [still known'].
      apply IH. eapply Permutation_NoDup; [symmetry; exact P | exact N].
  Qed.

  Lemma pass_all waiting : forall known,
    incl known (snd (pass waiting known)) /\
    forall d n, In (d, n) waiting -> In (d, n) (fst (pass waiting known)) \/ exists p, In (d, p) (snd (pass waiting known)).
  Proof.
    induction waiting as [| (d, n) waiting IH]; intro known; cbn; [split; [apply incl_refl | contradiction] |].
    destruct (position_of known d n) as [p |].
    - destruct (IH ((d, p) :: known)) as [A B]. split; [intros x H; apply A; now right |].
      intros e m [[= <- <-] | H]; auto. right. exists p. apply A. now left.
    - destruct (IH known) as [A B]. destruct (pass waiting known) as [still known']. cbn in *. split; auto.
      intros e m [[= <- <-] | H]; auto. destruct (B e m H); auto.
  Qed.

  Lemma pass_length waiting : forall known, length (fst (pass waiting known)) <= length waiting.
  Proof.
    induction waiting as [| (d, n) waiting IH]; intro known; cbn; auto.
    destruct (position_of known d n) as [p |]; [rewrite IH; auto |].
    specialize (IH known). destruct (pass waiting known). cbn in *. lia.
  Qed.

  Lemma pass_stuck waiting : forall known, length (fst (pass waiting known)) = length waiting ->
    pass waiting known = (waiting, known) /\ forall d n, In (d, n) waiting -> position_of known d n = None.
  Proof.
    induction waiting as [| (d, n) waiting IH]; intros known; cbn; [split; [reflexivity | contradiction] |].
    destruct (position_of known d n) as [p |] eqn:E.
    - intro L. pose proof (pass_length waiting ((d, p) :: known)). lia.
    - intro L. destruct (IH known) as [P B].
      { destruct (pass waiting known) as [still known']. cbn in *. lia. }
      rewrite P. split; auto. intros e m [[= <- <-] | H]; auto.
  Qed.

  Lemma passes_stuck most : forall waiting known, pass waiting known = (waiting, known) ->
    passes most waiting known = known.
  Proof.
    induction most as [| m most IH]; intros [| w waiting] known E; cbn [passes]; auto. rewrite E. auto.
  Qed.

  (** In the end only those wait that must. *)
  Lemma passes_end most : forall waiting known, length waiting <= length most ->
    exists still,
      incl known (passes most waiting known) /\
      (forall d n, In (d, n) still -> position_of (passes most waiting known) d n = None) /\
      (forall d n, In (d, n) waiting -> In (d, n) still \/ exists p, In (d, p) (passes most waiting known)).
  Proof.
    induction most as [| m most IH]; intros [| w waiting] known L; cbn [passes];
      try (exists []; split; [apply incl_refl | split; contradiction]); [cbn in L; lia |].
    destruct (pass_all (w :: waiting) known) as [A B].
    destruct (PeanoNat.Nat.eq_dec (length (fst (pass (w :: waiting) known))) (length (w :: waiting))) as [E | E].
    - destruct (pass_stuck _ _ E) as [F G]. rewrite F. rewrite passes_stuck by assumption.
      exists (w :: waiting). split; [apply incl_refl | split; auto].
    - pose proof (pass_length (w :: waiting) known) as M. destruct (pass (w :: waiting) known) as [still known'].
      cbn [fst snd length] in *. destruct (IH still known') as (still' & C & D & F); [lia |].
      exists still'. split; [| split; [exact D |]].
      + intros x H. auto.
      + intros d n H. destruct (B d n H) as [G | [p G]]; [auto | right; exists p; auto].
  Qed.
End Passes.

Section Placed.
  Variable s : text.
  Hypothesis T : tidy s.

  (** The twin gives a place to exactly those characters whose parents and right origins are known, and theirs, and so
      on; and the place is the one that follows from those. *)
  Theorem placed_is_what_stands : forall d p, In (d, p) (placed s) <-> stands (inserted s) (Some d) p.
  Proof.
    pose proof (tidy_unique T) as U. unfold placed.
    pose proof (passes_right (nodes := inserted s) (inserted s) (waiting := inserted s) (known := [])
      (incl_refl _) (fun d p (H : In (d, p) []) => match H with end)) as R.
    intros d p. split; [apply R |]. intro H.
    destruct (passes_end (inserted s) (inserted s) [] (le_n _)) as (still & _ & A & B).
    set (K := passes (inserted s) (inserted s) []) in *.
    assert (forall e q, stands (inserted s) (Some e) q -> In (e, q) K \/ exists n, In (e, n) (inserted s) /\ position_of K e n = None) as C.
    { intros e q S. assert (exists n, In (e, n) (inserted s)) as [n I] by (inversion S; subst; eauto).
      destruct (B e n I) as [W | [q' W]]; [right; exists n; auto | left].
      now rewrite (stands_one U S (R _ _ W)). }
    remember (Some d) as e eqn:E. revert d E.
    induction H as [| d c parent q I S IH | d c parent q I S IH | d c parent q o x I S IH O IHO]; intros e [= <-];
      (match goal with |- In (?d, ?q) K =>
         assert (stands (inserted s) (Some d) q) as Sq by (econstructor; eassumption);
         destruct (C d q Sq) as [G | (n & I' & N)]; [exact G | exfalso]
       end);
      rewrite <- (U _ _ _ I I') in N; unfold position_of in N; cbn in N;
      (destruct parent as [a |]; [destruct (find a K) eqn:F; [| exact (find_some _ _ _ (IH _ eq_refl) F)] |]);
      try discriminate N;
      (destruct (find o K) eqn:F'; [discriminate N | exact (find_some _ _ _ (IHO _ eq_refl) F')]).
  Qed.

  Lemma placed_nodup : NoDup (map fst (placed s)).
  Proof. apply passes_nodup. rewrite app_nil_r. apply sorted_nodup, T. Qed.

  (** ** The order *)

  Lemma line_up_permutation one line : Permutation (line_up one line) (one :: line).
  Proof.
    induction line as [| next line IH]; cbn; [reflexivity |]. destruct (compare_ids (snd one) (snd next)); auto.
    rewrite IH. constructor.
  Qed.

  Lemma sort_permutation pairs : Permutation (sort pairs) pairs.
  Proof. induction pairs as [| one pairs IH]; cbn; [reflexivity |]. rewrite line_up_permutation. now constructor. Qed.

  Lemma line_up_sorted one line :
    In one (placed s) -> incl line (placed s) -> ~ In (fst one) (map fst line) ->
    StronglySorted before (map snd line) -> StronglySorted before (map snd (line_up one line)).
  Proof.
    pose proof (tidy_unique T) as U. intros I. induction line as [| next line IH]; intros L N S; cbn; [repeat constructor |].
    assert (compare_ids (snd one) (snd next) = compare (snd one) (snd next)) as ->.
    { destruct one as [d p], next as [e q]. cbn.
      apply (compare_ids_is_compare U) with (c := Here) (e := Some d) (e' := Some e); apply placed_is_what_stands; [exact I | apply L; now left]. }
    cbn in S. inversion S as [| ? ? S' F]; subst. destruct (compare (snd one) (snd next)) eqn:E.
    - exfalso. apply compare_eq in E. apply N. cbn. left. destruct one as [d p], next as [e q]. cbn in *. subst q.
      assert (Some e = Some d) as G; [| now injection G].
      eapply stands_dot; apply placed_is_what_stands; [apply L; now left | exact I].
    - cbn. constructor; [exact S |]. constructor; [exact E |]. eapply Forall_impl; [| exact F].
      intros z H. eapply before_trans; eauto.
    - cbn. constructor.
      + apply IH; auto; [intros x H; apply L; now right | intro H; apply N; now right].
      + rewrite Forall_forall in *. intros z H.
        apply (Permutation_in _ (Permutation_map snd (line_up_permutation one line))) in H as [<- | H]; auto.
        now apply compare_gt.
  Qed.

  Lemma sort_sorted pairs : incl pairs (placed s) -> NoDup (map fst pairs) -> StronglySorted before (map snd (sort pairs)).
  Proof.
    induction pairs as [| one pairs IH]; intros I N; cbn; [constructor |]. inversion N; subst.
    apply line_up_sorted.
    - apply I. now left.
    - intros x H. apply I. right. now apply (Permutation_in _ (sort_permutation pairs)).
    - intro H. apply (Permutation_in _ (Permutation_map fst (sort_permutation pairs))) in H. contradiction.
    - apply IH; auto. intros x H. apply I. now right.
  Qed.

  (** The twin's order lines up all characters that have a place by their positions. *)
  Theorem order_is_by_position :
    exists line, Forall2 (fun d p => stands (inserted s) (Some d) p) (order s) line /\
      StronglySorted before line /\ forall p, In p line <-> exists d, stands (inserted s) (Some d) p.
  Proof.
    exists (map snd (sort (placed s))). split; [| split].
    - unfold order. rewrite dots_of_map.
      assert (incl (sort (placed s)) (placed s)) as I by (intros x; apply Permutation_in, sort_permutation).
      induction (sort (placed s)) as [| (d, p) pairs IH]; cbn; constructor.
      + apply placed_is_what_stands. apply I. now left.
      + apply IH. intros x H. apply I. now right.
    - apply sort_sorted; [apply incl_refl | apply placed_nodup].
    - intro p. rewrite in_map_iff. split.
      + intros ((d, q) & <- & H). exists d. apply placed_is_what_stands.
        eapply Permutation_in; [apply sort_permutation | exact H].
      + intros [d H]. exists (d, p). split; auto. apply placed_is_what_stands in H.
        eapply Permutation_in; [symmetry; apply sort_permutation | exact H].
  Qed.

  Lemma stands_in d p : stands (inserted s) (Some d) p -> exists n, find d (inserted s) = Some n /\ In (d, n) (inserted s).
  Proof.
    intro H. assert (exists n, In (d, n) (inserted s)) as [n I] by (inversion H; subst; eauto).
    destruct (find d (inserted s)) as [m |] eqn:E; [| exfalso; exact (find_some _ _ _ I E)].
    exists m. split; auto. now apply find_in.
  Qed.

  (** The twin's document is the document of the abstract state, character by character: the visible dots stand at the
      positions that the abstract state shows, in that order, and the text is what stands there. *)
  Theorem document_is_the_abstract_one :
    exists line, FugueConvergence.shows (abstract s) line /\
      Forall2 (fun d p => stands (inserted s) (Some d) p) (visible s) line /\
      Forall2 (says s) line (document s).
  Proof.
    destruct order_is_by_position as (line & A & S & E). unfold document, visible.
    assert (exists shown,
      Forall2 (fun d p => stands (inserted s) (Some d) p) (without (deleted s) (order s)) shown /\
      StronglySorted before shown /\
      forall p, In p shown <-> In p line /\ ~ FugueConvergence.is_deleted (abstract s) p) as (shown & A' & S' & E').
    { clear E. revert S. induction A as [| d p dots line H A IH]; intro S.
      - exists []. split; [constructor | split; [constructor | cbn; tauto]].
      - inversion S as [| ? ? S' F]; subst. destruct (IH S') as (shown & A' & S2 & E'). cbn [without].
        destruct (has_dot d (deleted s)) eqn:D.
        + apply has_dot_spec in D. exists shown. split; [exact A' | split; [exact S2 |]].
          intro q. rewrite E'. cbn. split; [tauto |]. intros ([<- | G] & N); auto.
          exfalso. apply N. exists d. split; [exact (stands_id H) | exact D].
        + exists (p :: shown). split; [now constructor | split].
          * constructor; auto. rewrite Forall_forall in *. intros q G. apply F. now apply E'.
          * intro q. cbn. rewrite E'. split; [| tauto]. intros [<- | G]; [| tauto]. split; [now left |].
            intros (e & I & G). rewrite (stands_id H) in I. injection I as <-. apply has_dot_spec in G. cbn in G. congruence. }
    exists shown. split; [split; [exact S' |] | split; [exact A' |]].
    - intro p. unfold FugueConvergence.visible. rewrite E', E. cbn. split.
      + intros ([d H] & N). split; [right; apply in_map_iff; exists (d, p); split; auto; now apply placed_is_what_stands |].
        split; auto. intros ->. apply stands_id in H. discriminate.
      + intros ([H | H] & N & D); [congruence |]. split; auto. apply in_map_iff in H as ((d, q) & <- & H). exists d.
        now apply placed_is_what_stands.
    - clear -A'. induction A' as [| d p dots shown H A IH]; cbn; [constructor |].
      destruct (stands_in H) as ([c parent side] & -> & I). constructor; auto. now exists d, parent, side.
  Qed.
End Placed.
