(** * What two people type in one place, seen in the document

    Rust counterpart: [crates/quipu-crdt/tests/text/order.rs] has examples of this; the twin is [TwinText.v].

    The theorem of [FugueRuns.v] in terms of the documents of the executable twin. From one state two replicas type at
    the same index, as much as they like and in whatever order: forward, backward, back and forth within what they typed.
    Then they join. The document is the old one with both texts put in at the index, one whole text after the other.

    Assumed: the two replicas are in the same state when they begin. Left out: deletions meanwhile. *)

From Coq Require Import NArith List Sorted Permutation Lia.
From Quipu Require Import FugueOrder TwinText RefineText RefineTextJoin RefineTextInsert RefineTextEdits RefineTextSystem
  RefineTextTyping.
From Quipu Require Fugue FugueRuns FugueConvergence.
Import ListNotations.
Set Implicit Arguments.

Lemma stands_positions nodes l : unique nodes -> forall m m',
  Forall2 (fun d p => stands nodes (Some d) p) l m -> Forall2 (fun d p => stands nodes (Some d) p) l m' -> m = m'.
Proof.
  intros U. induction l as [| d l IH]; intros m m' F F'; inversion F; subst; inversion F'; subst; auto.
  f_equal; [eapply stands_one; eauto | eauto].
Qed.

Section Two.
  Variables (s : text) (index : nat) (A B : list dot) (l : position).
  Hypothesis T : tidy s.
  Hypothesis X : Fugue.text (positions s).
  Hypothesis Cut : order s = A ++ B.
  Hypothesis Before : without (deleted s) A = firstn index (visible s).
  Hypothesis After : without (deleted s) B = skipn index (visible s).

  Variables (r r' : N) (k k' : text) (O O' : list dot).
  Hypothesis Other : r <> r'.
  Hypothesis K : knows_own s r.
  Hypothesis K' : knows_own s r'.
  Hypothesis H : typing s r A B l k O.
  Hypothesis H' : typing s r' A B l k' O'.

  Lemma own_not_known q j Q : typing s q A B l j Q -> forall d, In d Q -> ~ In d (known_dots s).
  Proof. intros G d I Kn. destruct (typing_own G d I) as (n & -> & L). apply given_out in Kn. lia. Qed.

  Lemma typists_agree : agree k k'.
  Proof.
    intros d n m F G. apply find_in in F, G. pose proof (typing_known H d n F) as Kn. pose proof (typing_known H' d m G) as Kn'.
    assert (forall j q Q c, typing s q A B l j Q -> In (d, c) (inserted s) -> In (d, c) (inserted j)) as More.
    { intros j q Q c G' I. now apply (typing_more G'). }
    assert (forall c, In (d, c) (inserted s) -> In d (known_dots s)) as In_s by (intros c I; apply in_map_iff; now exists (d, c)).
    destruct Kn as [Kn | Kn], Kn' as [Kn' | Kn'].
    - exact (tidy_unique T _ _ _ Kn Kn').
    - exfalso. exact (own_not_known H' d Kn' (In_s n Kn)).
    - exfalso. exact (own_not_known H d Kn (In_s m Kn')).
    - exfalso. destruct (typing_own H d Kn) as (a & -> & _). destruct (typing_own H' _ Kn') as (b & E & _). congruence.
  Qed.

  Let J : text := join k k'.

  Lemma joined_tidy : tidy J.
  Proof. apply join_tidy, (typing_tidy H). Qed.

  Lemma joined_in d n : In (d, n) (inserted J) <-> In (d, n) (inserted k) \/ In (d, n) (inserted k').
  Proof. apply (join_is_union (typing_tidy H) (typing_tidy H') typists_agree). Qed.

  Lemma own_stands q j Q d : typing s q A B l j Q -> In d Q -> exists p, stands (inserted j) (Some d) p.
  Proof.
    intros G I. destruct (order_is_by_position (typing_tidy G)) as (line & F & _).
    destruct (forall2_in_left F d) as (p & _ & S); [| now exists p].
    rewrite (typing_order G). apply in_or_app. right. apply in_or_app. now left.
  Qed.

  Lemma left_in_joined e p : stands (inserted k) e p -> stands (inserted J) e p.
  Proof. apply stands_more. intros (d, n) I. apply joined_in. auto. Qed.

  Lemma right_in_joined e p : stands (inserted k') e p -> stands (inserted J) e p.
  Proof. apply stands_more. intros (d, n) I. apply joined_in. auto. Qed.

  Lemma joined_stands e p : stands (inserted J) e p ->
    (exists d, e = Some d /\ In d O /\ stands (inserted k) e p) \/
    (exists d, e = Some d /\ In d O' /\ stands (inserted k') e p) \/ stands (inserted s) e p.
  Proof.
    pose proof (tidy_unique joined_tidy) as U.
    assert (forall d n, In (d, n) (inserted J) -> ~ In d O -> ~ In d O' -> In (d, n) (inserted s)) as Old.
    { intros d n I N N'. apply joined_in in I as [I | I].
      - destruct (typing_known H d n I); [assumption | contradiction].
      - destruct (typing_known H' d n I); [assumption | contradiction]. }
    assert (forall d n x, In (d, n) (inserted s) -> parent_of n = Some x \/ side_of n = RightOf (Some x) -> ~ In x O /\ ~ In x O') as Names.
    { intros d n x I E. split; intro Ix.
      - destruct (typing_own H x Ix) as (a & -> & L). edestruct K; [exact I | exact L | destruct E; contradiction].
      - destruct (typing_own H' x Ix) as (a & -> & L). edestruct K'; [exact I | exact L | destruct E; contradiction]. }
    assert (forall x q, ~ In x O /\ ~ In x O' ->
      (exists d, Some x = Some d /\ In d O /\ stands (inserted k) (Some x) q) \/
      (exists d, Some x = Some d /\ In d O' /\ stands (inserted k') (Some x) q) \/ stands (inserted s) (Some x) q ->
      stands (inserted s) (Some x) q) as Down.
    { intros x q [N N'] [(d & E & I & _) | [(d & E & I & _) | G]]; [congruence | congruence | exact G]. }
    assert (forall d q, stands (inserted J) (Some d) q -> In d O -> stands (inserted k) (Some d) q) as InO.
    { intros d q G I. destruct (own_stands d H I) as [p' Sp]. now rewrite (stands_one U G (left_in_joined Sp)). }
    assert (forall d q, stands (inserted J) (Some d) q -> In d O' -> stands (inserted k') (Some d) q) as InO'.
    { intros d q G I. destruct (own_stands d H' I) as [p' Sp]. now rewrite (stands_one U G (right_in_joined Sp)). }
    intro S. pose proof S as S0. revert S0.
    induction S as [| d c parent p I S IH | d c parent p I S IH | d c parent p o x I S IH G IHG]; intro S0;
      [right; right; constructor | | |];
      (destruct (has_dot d O) eqn:D; [apply has_dot_spec in D; left; exists d; repeat split; auto |]);
      (destruct (has_dot d O') eqn:D'; [apply has_dot_spec in D'; right; left; exists d; repeat split; auto |]);
      (assert (~ In d O) as N by (rewrite <- has_dot_spec; congruence));
      (assert (~ In d O') as N' by (rewrite <- has_dot_spec; congruence));
      pose proof (Old _ _ I N N') as I'; right; right;
      (assert (stands (inserted s) parent p) as P;
       [destruct parent as [y |]; [apply Down; [apply (Names d _ y I'); now left | now apply IH] | inversion S; subst; constructor] |]).
    - eapply on_the_left; eauto.
    - eapply at_the_end; eauto.
    - eapply on_the_right; [exact I' | exact P |]. apply Down; [apply (Names d _ o I'); now right | now apply IHG].
  Qed.

  (** If all that one typed stands before all that the other typed, the joined document has one after the other. *)
  Lemma joined_document :
    (forall d d' p p', In d O -> In d' O' -> stands (inserted k) (Some d) p -> stands (inserted k') (Some d') p' -> before p p') ->
    document J = firstn index (document s) ++ chars (inserted k) O ++ chars (inserted k') O' ++ skipn index (document s).
  Proof.
    intro Apart. pose proof joined_tidy as TJ. pose proof (tidy_unique TJ) as U.
    destruct (order_is_by_position (typing_tidy H)) as (line & F & SL & E).
    destruct (order_is_by_position (typing_tidy H')) as (line' & F' & SL' & E').
    rewrite (typing_order H) in F. rewrite (typing_order H') in F'.
    apply Forall2_app_inv_l in F as (LA & rest & FA & F & ->). apply Forall2_app_inv_l in F as (P & LB & FO & FB & ->).
    apply Forall2_app_inv_l in F' as (LA' & rest' & FA' & F' & ->). apply Forall2_app_inv_l in F' as (P' & LB' & FO' & FB' & ->).
    assert (forall m q, Forall2 (fun d p => stands (inserted k) (Some d) p) m q ->
                        Forall2 (fun d p => stands (inserted J) (Some d) p) m q) as LJ.
    { intros m q. apply forall2_weaker. intros d p. apply left_in_joined. }
    assert (forall m q, Forall2 (fun d p => stands (inserted k') (Some d) p) m q ->
                        Forall2 (fun d p => stands (inserted J) (Some d) p) m q) as RJ.
    { intros m q. apply forall2_weaker. intros d p. apply right_in_joined. }
    pose proof (LJ _ _ FA) as JA. pose proof (LJ _ _ FO) as JO. pose proof (LJ _ _ FB) as JB.
    pose proof (RJ _ _ FA') as JA'. pose proof (RJ _ _ FO') as JO'. pose proof (RJ _ _ FB') as JB'.
    rewrite <- (stands_positions U JA JA') in *. rewrite <- (stands_positions U JB JB') in *.
    assert (order J = A ++ O ++ O' ++ B) as OrJ.
    { destruct (order_is_by_position TJ) as (lineJ & FJ & SJ & EJ).
      assert (lineJ = LA ++ P ++ P' ++ LB) as ->.
      { apply FugueConvergence.sorted_once; auto.
        - destruct (sorted_app _ _ SL) as (S1 & S2 & S3). destruct (sorted_app _ _ S2) as (S4 & S5 & S6).
          destruct (sorted_app _ _ SL') as (S1' & S2' & S3'). destruct (sorted_app _ _ S2') as (S4' & S5' & S6').
          apply app_sorted; [assumption | apply app_sorted; [assumption | apply app_sorted; assumption |] |].
          + intros x y Hx Hy. apply in_app_or in Hy as [Hy | Hy]; [| auto].
            destruct (forall2_in_right FO _ Hx) as (d & I & G), (forall2_in_right FO' _ Hy) as (d' & I' & G'). eauto.
          + intros x y Hx Hy. apply in_app_or in Hy as [Hy | Hy]; [apply S3; auto; apply in_or_app; auto |].
            apply in_app_or in Hy as [Hy | Hy]; [apply S3'; auto; apply in_or_app; auto | apply S3; auto; apply in_or_app; auto].
        - intro p. rewrite EJ. split.
          + intros [d G]. rewrite !in_app_iff. destruct (joined_stands G) as [(e & [= <-] & I & S) | [(e & [= <-] & I & S) | S]].
            * destruct (forall2_in_left FO _ I) as (q & Iq & Sq). rewrite (stands_one (tidy_unique (typing_tidy H)) S Sq). auto.
            * destruct (forall2_in_left FO' _ I) as (q & Iq & Sq). rewrite (stands_one (tidy_unique (typing_tidy H')) S Sq). auto.
            * destruct (order_is_by_position T) as (ls & Fs & _ & Es).
              destruct (forall2_in_right Fs p) as (e & Ie & Se); [apply Es; eauto |].
              assert (stands (inserted J) (Some e) p) as Sj.
              { apply left_in_joined. eapply stands_more; [apply (typing_more H) | exact Se]. }
              rewrite Cut in Ie. apply in_app_or in Ie as [Ie | Ie].
              -- destruct (forall2_in_left JA _ Ie) as (q & Iq & Sq). rewrite (stands_one U Sj Sq). auto.
              -- destruct (forall2_in_left JB _ Ie) as (q & Iq & Sq). rewrite (stands_one U Sj Sq). auto.
          + rewrite !in_app_iff. intros [I | [I | [I | I]]].
            * destruct (forall2_in_right JA _ I) as (d & _ & G). eauto.
            * destruct (forall2_in_right JO _ I) as (d & _ & G). eauto.
            * destruct (forall2_in_right JO' _ I) as (d & _ & G). eauto.
            * destruct (forall2_in_right JB _ I) as (d & _ & G). eauto. }
      eapply stands_line; [exact U | exact FJ |]. repeat apply Forall2_app; assumption. }
    assert (forall q j Q, typing s q A B l j Q -> without (deleted s) Q = Q) as Alive.
    { intros q j Q G. apply without_none. intros d I D. destruct (typing_own G d I) as (n & -> & L).
      apply highest_above in D. unfold next_dot in L. cbn [snd] in L. lia. }
    assert (visible J = firstn index (visible s) ++ O ++ O' ++ skipn index (visible s)) as VJ.
    { unfold visible at 1. rewrite OrJ. rewrite (without_same (deleted J) (deleted s)).
      - rewrite !without_app, Before, After, (Alive _ _ _ H), (Alive _ _ _ H'). reflexivity.
      - intro d. unfold J. rewrite deleted_join, (typing_deleted H), (typing_deleted H'). tauto. }
    unfold document at 1. rewrite VJ, !chars_app. pose proof (visible_there T) as There.
    unfold document. rewrite <- chars_firstn, <- chars_skipn by assumption.
    assert (forall d n, In (d, n) (inserted k) \/ In (d, n) (inserted k') -> find d (inserted J) = Some n) as Same.
    { intros d n I. apply in_find; [apply TJ | now apply joined_in]. }
    assert (forall d, In d (visible s) -> find d (inserted J) = find d (inserted s)) as SameS.
    { intros d I. specialize (There d I). destruct (find d (inserted s)) as [n |] eqn:Fd; [| contradiction].
      apply Same. left. apply (typing_more H). now apply find_in. }
    assert (forall q j Q d, typing s q A B l j Q -> In d Q -> find d (inserted j) <> None) as ThereQ.
    { intros q j Q d G I. apply order_there; [apply (typing_tidy G) |]. rewrite (typing_order G).
      apply in_or_app. right. apply in_or_app. now left. }
    f_equal; [| f_equal; [| f_equal]]; apply chars_same; intros d I.
    - apply SameS. rewrite <- (firstn_skipn index). apply in_or_app. auto.
    - pose proof (ThereQ _ _ _ d H I). destruct (find d (inserted k)) as [n |] eqn:Fd; [| contradiction].
      apply Same. left. now apply find_in.
    - pose proof (ThereQ _ _ _ d H' I). destruct (find d (inserted k')) as [n |] eqn:Fd; [| contradiction].
      apply Same. right. now apply find_in.
    - apply SameS. rewrite <- (firstn_skipn index). apply in_or_app. auto.
  Qed.

  (** The two sessions are not mixed, by [FugueRuns.v]. *)
  Lemma typists_not_mixed :
    (forall d d' p p', In d O -> In d' O' -> stands (inserted k) (Some d) p -> stands (inserted k') (Some d') p' -> before p p') \/
    (forall d d' p p', In d O -> In d' O' -> stands (inserted k) (Some d) p -> stands (inserted k') (Some d') p' -> before p' p).
  Proof.
    destruct (typing_session H) as [[-> _] | (r0 & c & P & N & S & InP & _)]; [left; contradiction |].
    destruct (typing_session H') as [[-> _] | (r0' & c' & P' & N' & S' & InP' & _)]; [left; contradiction |].
    pose proof (positions_closed T) as C.
    destruct (FugueRuns.session_closed C N S) as [_ Ic], (FugueRuns.session_closed C N' S') as [_ Ic'].
    apply InP in Ic as (d & Id & Sd). apply InP' in Ic' as (d' & Id' & Sd').
    assert (forall q, In q (positions s) -> forall e, Fugue.id_of q = Some e -> In e (known_dots s)) as Known.
    { intros q Iq e Ie. apply positions_stand in Iq as [[y |] Iq]; auto.
      - rewrite (stands_id Iq) in Ie. injection Ie as <-. destruct (@stands_in s y q Iq) as (n & _ & I).
        apply in_map_iff. now exists (y, n).
      - inversion Iq; subst. discriminate. }
    assert (FugueRuns.not_mixed P P') as [M | M].
    { apply (FugueRuns.concurrent_sessions_are_not_mixed C N S C N' S').
      - intros <-. apply stands_id in Sd, Sd'. destruct (typing_own H d Id) as (a & -> & _).
        destruct (typing_own H' d' Id') as (b & -> & _). congruence.
      - intro I. apply (own_not_known H d Id). apply (Known c I). exact (stands_id Sd).
      - intro I. apply (own_not_known H' d' Id'). apply (Known c' I). exact (stands_id Sd'). }
    - left. intros e e' p p' I I' G G'. apply M; [apply InP | apply InP']; eauto.
    - right. intros e e' p p' I I' G G'. apply M; [apply InP | apply InP']; eauto.
  Qed.
End Two.

(** In every world that can come about: two replicas in the same state type at the same index, each as much as it likes,
    forward, backward or back and forth within what it typed, and then join. The document is the old one with both texts
    put in at the index, one whole text after the other. *)
Theorem what_two_type_is_not_mixed :
  forall w, reachable w -> forall r r', r <> r' -> at_replica w r = at_replica w r' ->
  let s := at_replica w r in
  forall index edits edits', index <= length (document s) -> within 0 edits -> within 0 edits' ->
  let joined := document (join (type_at s r index edits) (type_at s r' index edits')) in
  let (front, back) := (firstn index (document s), skipn index (document s)) in
  joined = front ++ typed [] edits ++ typed [] edits' ++ back \/
  joined = front ++ typed [] edits' ++ typed [] edits ++ back.
Proof.
  intros w R r r' Other Same s index edits edits' Le W W'. cbn zeta.
  destruct (every_replica_has_a_text R r) as [T X]. fold s in T, X. destruct (reachable_history R) as [h Hh].
  pose proof (history_knows_own r Hh) as K. fold s in K.
  pose proof (history_knows_own r' Hh) as K'. rewrite <- Same in K'. fold s in K'.
  assert (index <= length (visible s)) as Inside.
  { unfold document in Le. rewrite chars_length in Le; [exact Le | now apply visible_there]. }
  destruct (last_of_cuts (deleted s) (order s) index) as (A & B & Cut & L & VA & VB). fold (visible s) in L, VA, VB.
  assert (last_of index (visible s) = None /\ A = [] \/ exists A' e, last_of index (visible s) = Some e /\ A = A' ++ [e]) as Last.
  { destruct (last_of index (visible s)) as [e |]; [right; destruct L as [A' ->]; now exists A', e | left; auto]. }
  assert (exists l, stands (inserted s) (last_of index (visible s)) l) as [l Left].
  { destruct (last_of index (visible s)) as [e |] eqn:E; [| exists Here; constructor].
    apply last_of_in in E. apply without_in in E as [E _]. destruct (order_is_by_position T) as (line & F & _).
    destruct (forall2_in_left F _ E) as (p & _ & S). now exists p. }
  destruct (typing_all T Inside Cut VA VB Last Left edits (typing_begins T X K _ _ l Cut) W) as (O & H & C).
  destruct (typing_all T Inside Cut VA VB Last Left edits' (typing_begins T X K' _ _ l Cut) W') as (O' & H' & C').
  cbn [chars] in C, C'.
  destruct (typists_not_mixed T Other H H') as [M | M]; [left | right].
  - rewrite (joined_document index T Cut VA VB Other K K' H H' M), C, C'. reflexivity.
  - replace (join (type_at s r index edits) (type_at s r' index edits'))
      with (join (type_at s r' index edits') (type_at s r index edits)).
    + rewrite (joined_document index T Cut VA VB (not_eq_sym Other) K' K H' H), C, C'; [reflexivity |].
      intros d d' p p' I I' G G'. exact (M d' d p' p I' I G' G).
    + apply join_laws; [apply (typing_tidy H') | apply (typing_tidy H) |]. exact (typists_agree T (not_eq_sym Other) H' H).
Qed.
