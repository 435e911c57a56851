(** * Where the executable twin inserts

    Rust counterpart: [crates/quipu-crdt/src/text/plain.rs], [Plain::insert]; the twin is [TwinText.v].

    The lemmas behind [RefineTextEdits.v], where the theorems are: the place between two characters that [insert] finds
    in the twin's order is a pair of neighbours of the abstract text; the twin's node stands at the position that the
    rule [place] of [Fugue.v] gives; nothing else moves, and the twin's order afterwards is the old one with the new dot
    in that place. *)

From Coq Require Import NArith List Sorted Permutation Lia.
From Quipu Require Import FugueOrder TwinText RefineText RefineTextJoin.
From Quipu Require Fugue FugueConvergence.
Import ListNotations.
Set Implicit Arguments.

(** The positions of a state, the beginning included: a text in the sense of [Fugue.v]. *)
Definition positions (s : text) : list position := FugueConvergence.characters (abstract s).

Definition no_one_names (s : text) (d : dot) : Prop :=
  forall e n, In (e, n) (inserted s) -> parent_of n <> Some d /\ side_of n <> RightOf (Some d).

(** ** The abstract text of a state *)

Lemma positions_stand s p : tidy s -> In p (positions s) <-> exists e, stands (inserted s) e p.
Proof.
  intro T. cbn. split.
  - intros [<- | H]; [exists None; constructor |]. apply in_map_iff in H as ((d, q) & <- & H). exists (Some d).
    now apply placed_is_what_stands.
  - intros [[d |] H].
    + right. apply in_map_iff. exists (d, p). split; auto. now apply placed_is_what_stands.
    + left. now inversion H.
Qed.

Lemma positions_closed s : tidy s -> Fugue.closed (positions s).
Proof.
  intro T. split; [now left |]. split.
  - intros p i H. apply positions_stand in H as [e H]; auto. apply positions_stand; auto.
    apply stands_left in H as (_ & c & parent & _ & H). eauto.
  - intros p o i H. apply positions_stand in H as [e H]; auto.
    apply stands_right in H as (_ & c & parent & o' & _ & H & O). split; [apply positions_stand; eauto |].
    intros x ->. destruct o' as [d |]; [| contradiction]. apply positions_stand; eauto.
Qed.

(** ** Lists *)

Lemma sorted_app (A : Type) (R : A -> A -> Prop) l m : StronglySorted R (l ++ m) ->
  StronglySorted R l /\ StronglySorted R m /\ forall x y, In x l -> In y m -> R x y.
Proof.
  induction l as [| a l IH]; cbn; intro S; [split; [constructor | split; auto; contradiction] |].
  inversion S as [| ? ? S' F]; subst. destruct (IH S') as (A1 & A2 & A3). rewrite Forall_forall in F.
  split; [constructor; auto; apply Forall_forall; intros x H; apply F, in_or_app; auto |]. split; auto.
  intros x y [<- | H] G; auto. apply F, in_or_app. auto.
Qed.

Lemma app_sorted (A : Type) (R : A -> A -> Prop) l m :
  StronglySorted R l -> StronglySorted R m -> (forall x y, In x l -> In y m -> R x y) -> StronglySorted R (l ++ m).
Proof.
  induction 1 as [| a l S IH F]; cbn; intros M X; auto. constructor; [apply IH; auto |].
  rewrite Forall_forall in *. intros x H. apply in_app_or in H as [H | H]; auto.
Qed.

Lemma take_firstn n dots : take n dots = firstn n dots.
Proof. revert dots. induction n as [| n IH]; intros [| d dots]; cbn; congruence. Qed.

Lemma skip_skipn n dots : skip n dots = skipn n dots.
Proof. revert dots. induction n as [| n IH]; intros [| d dots]; cbn; auto. Qed.

Lemma without_app gone l m : without gone (l ++ m) = without gone l ++ without gone m.
Proof. induction l as [| d l IH]; cbn; auto. destruct (has_dot d gone); cbn; congruence. Qed.

Lemma without_in gone l d : In d (without gone l) <-> In d l /\ ~ In d gone.
Proof.
  induction l as [| e l IH]; cbn; [tauto |]. destruct (has_dot e gone) eqn:E.
  - apply has_dot_spec in E. rewrite IH. intuition congruence.
  - cbn. rewrite IH. assert (~ In e gone) by (rewrite <- has_dot_spec; congruence). intuition congruence.
Qed.

(** Where [last_of] cuts a list. *)
Lemma last_of_cuts gone dots : forall index,
  exists A B, dots = A ++ B /\
    match last_of index (without gone dots) with None => A = [] | Some d => exists A', A = A' ++ [d] end /\
    without gone A = firstn index (without gone dots) /\ without gone B = skipn index (without gone dots).
Proof.
  induction dots as [| d dots IH]; intro index.
  - exists [], []. destruct index; cbn; auto.
  - cbn [without]. destruct (has_dot d gone) eqn:G.
    + destruct (IH index) as (A & B & -> & L & F & K). destruct (last_of index (without gone (A ++ B))) as [e |].
      * destruct L as [A' ->]. exists (d :: A' ++ [e]), B. cbn. rewrite G. repeat split; auto. now exists (d :: A').
      * subst A. exists [], (d :: B). cbn. rewrite G. cbn in *. auto.
    + destruct index as [| index].
      * exists [], (d :: dots). cbn. rewrite G. auto.
      * destruct (IH index) as (A & B & -> & L & F & K). cbn [last_of].
        destruct (last_of index (without gone (A ++ B))) as [e |].
        -- destruct L as [A' ->]. exists (d :: A' ++ [e]), B. cbn. rewrite G. cbn in *.
           repeat split; auto; [now exists (d :: A') | congruence].
        -- subst A. exists [d], B. cbn. rewrite G. cbn in *. repeat split; auto; [now exists [] | congruence].
Qed.

Lemma next_after_cut d l m : ~ In d l -> next_after d (l ++ d :: m) = hd_error m.
Proof.
  induction l as [| e l IH]; cbn; intro N; [rewrite same_dot_refl; now destruct m |].
  destruct (same_dot d e) eqn:E; [| apply IH; tauto]. apply same_dot_spec in E as ->. tauto.
Qed.

Lemma forall2_in_left (A B : Type) (R : A -> B -> Prop) l m : Forall2 R l m -> forall x, In x l -> exists y, In y m /\ R x y.
Proof.
  induction 1 as [| a b l m H F IH]; intros x G; [contradiction |]. destruct G as [<- | G]; [exists b; cbn; auto |].
  destruct (IH x G) as (y & I & K). exists y. cbn. auto.
Qed.

Lemma forall2_in_right (A B : Type) (R : A -> B -> Prop) l m : Forall2 R l m -> forall y, In y m -> exists x, In x l /\ R x y.
Proof.
  induction 1 as [| a b l m H F IH]; intros y G; [contradiction |]. destruct G as [<- | G]; [exists a; cbn; auto |].
  destruct (IH y G) as (x & I & K). exists x. cbn. auto.
Qed.

Lemma forall2_weaker (A B : Type) (R Q : A -> B -> Prop) l m :
  (forall x y, R x y -> Q x y) -> Forall2 R l m -> Forall2 Q l m.
Proof. induction 2; constructor; auto. Qed.

Lemma stands_line nodes l : forall line, unique nodes ->
  Forall2 (fun d p => stands nodes (Some d) p) l line ->
  forall m, Forall2 (fun d p => stands nodes (Some d) p) m line -> l = m.
Proof.
  induction l as [| d l IH]; intros line U F m G; inversion F; subst; inversion G; subst; auto. f_equal.
  - assert (Some d = Some x) as E by (eapply stands_dot; eauto). now injection E.
  - eapply IH; eauto.
Qed.

(** What is said of dots that are all there. *)
Lemma chars_app nodes l m : chars nodes (l ++ m) = chars nodes l ++ chars nodes m.
Proof. induction l as [| d l IH]; cbn; auto. destruct (find d nodes); cbn; congruence. Qed.

Definition all_there (nodes : list (dot * node)) (dots : list dot) : Prop := forall d, In d dots -> find d nodes <> None.

Lemma chars_length nodes l : all_there nodes l -> length (chars nodes l) = length l.
Proof.
  induction l as [| d l IH]; cbn; intro H; auto. destruct (find d nodes) eqn:E.
  - cbn. f_equal. apply IH. intros e G. apply H. now right.
  - exfalso. exact (H d (or_introl eq_refl) E).
Qed.

Lemma chars_firstn nodes l : all_there nodes l -> forall i, chars nodes (firstn i l) = firstn i (chars nodes l).
Proof.
  induction l as [| d l IH]; intros H [| i]; cbn; auto. destruct (find d nodes) eqn:E.
  - cbn. f_equal. apply IH. intros e G. apply H. now right.
  - exfalso. exact (H d (or_introl eq_refl) E).
Qed.

Lemma chars_skipn nodes l : all_there nodes l -> forall i, chars nodes (skipn i l) = skipn i (chars nodes l).
Proof.
  induction l as [| d l IH]; intros H [| i]; cbn; auto. destruct (find d nodes) eqn:E.
  - apply IH. intros e G. apply H. now right.
  - exfalso. exact (H d (or_introl eq_refl) E).
Qed.

Lemma chars_same nodes nodes' l : (forall d, In d l -> find d nodes = find d nodes') -> chars nodes l = chars nodes' l.
Proof.
  induction l as [| d l IH]; intro H; cbn; auto. rewrite (H d (or_introl eq_refl)).
  rewrite IH by (intros e G; apply H; now right). reflexivity.
Qed.

Lemma order_there s : tidy s -> all_there (inserted s) (order s).
Proof.
  intros T d H. destruct (order_is_by_position T) as (line & F & _). destruct (forall2_in_left F _ H) as (p & _ & S).
  destruct (@stands_in s d p S) as (n & E & _). congruence.
Qed.

Lemma visible_there s : tidy s -> all_there (inserted s) (visible s).
Proof. intros T d H. apply order_there; auto. now apply without_in in H. Qed.

Lemma order_nodup s : tidy s -> NoDup (order s).
Proof.
  intro T. unfold order. rewrite dots_of_map. eapply Permutation_NoDup; [| apply placed_nodup; exact T].
  apply Permutation_map. symmetry. apply sort_permutation.
Qed.

(** ** The new dot *)

Lemma highest_above replica dots n : In (replica, n) dots -> (n <= highest replica dots)%N.
Proof.
  induction dots as [| (r, m) dots IH]; cbn; [contradiction |]. intros [[= -> ->] | H].
  - rewrite N.eqb_refl. apply N.le_max_l.
  - apply IH in H. destruct (N.eqb r replica); [| assumption]. etransitivity; [exact H | apply N.le_max_r].
Qed.

Lemma next_dot_new s replica :
  find (next_dot s replica) (inserted s) = None /\ ~ In (next_dot s replica) (deleted s).
Proof.
  unfold next_dot. split; [apply find_none; rewrite <- dots_of_map |]; intro H; apply highest_above in H; lia.
Qed.

(** ** Insertion *)

Section Insert.
  Variables (s : text) (replica : N) (index : nat) (char : N).
  Hypothesis T : tidy s.
  Hypothesis S : Fugue.sound (positions s).
  Let d : dot := next_dot s replica.
  Hypothesis Unnamed : no_one_names s d.

  Let left : option dot := last_of index (visible s).
  Let right : option dot := right_of left (order s).
  Let n : node := new_node s (order s) left char.
  Let s' : text := join s (insert s replica index char).

  (** The order is cut at [index] into [A] and [B], whose positions are [LA] and [LB]; [l] is the position before the
      cut, the beginning if there is none, [r] the one after it. *)
  Variables (A B : list dot) (LA LB : list position) (l : position).
  Hypothesis Cut : order s = A ++ B.
  Hypothesis FA : Forall2 (fun d p => stands (inserted s) (Some d) p) A LA.
  Hypothesis FB : Forall2 (fun d p => stands (inserted s) (Some d) p) B LB.
  Hypothesis Sorted : StronglySorted before (LA ++ LB).
  Hypothesis Line : forall p, In p (LA ++ LB) <-> exists d, stands (inserted s) (Some d) p.
  Hypothesis Last :
    left = None /\ A = [] /\ LA = [] /\ l = Here \/
    exists A' LA' e, left = Some e /\ A = A' ++ [e] /\ LA = LA' ++ [l] /\ stands (inserted s) (Some e) l.
  Let r : option position := hd_error LB.

  Lemma left_stands : stands (inserted s) left l.
  Proof. destruct Last as [(-> & _ & _ & ->) | (A' & LA' & e & -> & _ & _ & H)]; [constructor | exact H]. Qed.

  Lemma right_is : right = hd_error B.
  Proof.
    unfold right. pose proof (order_nodup T) as N. rewrite Cut in *.
    destruct Last as [(-> & -> & _ & _) | (A' & LA' & e & -> & -> & _ & _)].
    - cbn. now destruct B.
    - cbn. rewrite <- app_assoc in *. cbn in *. apply next_after_cut. apply NoDup_remove_2 in N. intro H. apply N.
      apply in_or_app. auto.
  Qed.

  Lemma right_stands : match right, r with
                       | None, None => True
                       | Some e, Some p => stands (inserted s) (Some e) p
                       | _, _ => False
                       end.
  Proof. rewrite right_is. unfold r. destruct FB; cbn; auto. Qed.

  Lemma here_first p : In p (positions s) -> p = Here \/ before Here p.
  Proof. intro H. apply Fugue.beginning_is_first with (positions s); auto using positions_closed. Qed.

  Lemma line_in p : In p (LA ++ LB) -> In p (positions s) /\ p <> Here.
  Proof.
    intro H. apply Line in H as [e H]. split; [apply positions_stand; eauto |]. intros ->. apply stands_id in H. discriminate.
  Qed.

  Lemma cut_neighbours : Fugue.neighbours (positions s) l r.
  Proof.
    destruct (sorted_app _ _ Sorted) as (SA & SB & AB). pose proof line_in as Inside. pose proof Line as Line'.
    pose proof Last as Last'.
    assert (In l (positions s)) as Hl by (apply positions_stand; eauto using left_stands).
    split; [exact Hl |]. split; [| split].
    - intros x E. unfold r in E. destruct LB as [| y LB']; [discriminate |]. injection E as ->.
      apply Inside. apply in_or_app. right. now left.
    - unfold r. destruct LB as [| y LB'] eqn:E; [reflexivity |]. cbn. unfold Fugue.precedes. cbn.
      destruct Last' as [(_ & _ & _ & ->) | (A' & LA' & e & _ & _ & -> & _)].
      + destruct (Inside y) as [H N]; [apply in_or_app; right; now left |]. destruct (here_first H); [contradiction | auto].
      + apply AB; [apply in_or_app; right; now left | now left].
    - intros y Hy ly yr.
      assert (In y (LA ++ LB)) as H.
      { apply positions_stand in Hy as [[e |] H]; auto; [apply Line'; eauto |]. inversion H; subst.
        exfalso. destruct (here_first Hl) as [-> | G]; [exact (before_irrefl ly) | exact (before_asym ly G)]. }
      apply in_app_or in H as [H | H].
      + destruct Last' as [(_ & _ & E & _) | (A' & LA' & e & _ & _ & -> & _)]; [rewrite E in H; contradiction |].
        apply in_app_or in H as [H | [-> | []]]; [| exact (before_irrefl ly)].
        destruct (sorted_app _ _ SA) as (_ & _ & X). exact (before_asym ly (X y l H (or_introl eq_refl))).
      + unfold r in yr. destruct LB as [| z LB']; [contradiction |]. cbn in yr. destruct H as [-> | H].
        * exact (before_irrefl yr).
        * inversion SB as [| ? ? SB' F]; subst. rewrite Forall_forall in F. exact (before_asym yr (F y H)).
  Qed.

  Lemma has_right_child_agrees : has_right_child (inserted s) left (order s) = true <-> Fugue.has_right_child (positions s) l.
  Proof.
    pose proof (tidy_unique T) as U.
    assert (forall dots, has_right_child (inserted s) left dots = true <->
              exists e m, In e dots /\ find e (inserted s) = Some m /\ is_right_child left m = true) as R.
    { induction dots as [| e dots IH]; cbn; [split; [discriminate | intros (e & m & [] & _)] |].
      destruct (find e (inserted s)) as [m |] eqn:E.
      - destruct (is_right_child left m) eqn:F.
        + split; auto. intros _. exists e, m. auto.
        + rewrite IH. split; [intros (a & b & H & G); exists a, b; tauto |].
          intros (a & b & [<- | H] & G & K); [congruence | exists a, b; auto].
      - rewrite IH. split; [intros (a & b & H & G); exists a, b; tauto |].
        intros (a & b & [<- | H] & G & K); [congruence | exists a, b; auto]. }
    rewrite R. split.
    - intros (e & m & H & F & C). destruct (order_is_by_position T) as (line & G & _).
      destruct (forall2_in_left G _ H) as (p & _ & Sp). apply find_in in F. exists p. split; [apply positions_stand; eauto |].
      destruct m as [c parent side]. unfold is_right_child in C. cbn in C. destruct side as [| o']; [discriminate |].
      assert (parent = left) as ->.
      { destruct parent as [a |], left as [b |]; cbn in C; try discriminate; auto. now apply same_dot_spec in C as ->. }
      inversion Sp as [| e' c' parent' p' I' S' | e' c' parent' p' I' S' | e' c' parent' p' o x I' S' O']; subst;
        pose proof (U _ _ _ F I') as E; try discriminate E; injection E; intros; subst;
        rewrite (stands_one U S' left_stands); eexists; eexists; reflexivity.
    - intros (q & H & o & i & ->). apply positions_stand in H as [e H]; auto.
      destruct (stands_right _ _ _ H) as (-> & c & parent & o' & I & P & _).
      rewrite (stands_dot P left_stands) in I. exists i, (Node c left (RightOf o')). split; [| split].
      + destruct (order_is_by_position T) as (line & G & _ & E). destruct (forall2_in_right G (right_child l o i)) as (j & J & K).
        * apply E. eauto.
        * assert (Some i = Some j) as X by (eapply stands_dot; eauto). now injection X as ->.
      + now apply in_find; [apply T |].
      + unfold is_right_child. cbn. destruct left; cbn; auto. apply same_dot_refl.
  Qed.

  Let new : position := Fugue.place (positions s) l r d.

  Lemma inserted_after e m : In (e, m) (inserted s') <-> (e, m) = (d, n) \/ In (e, m) (inserted s).
  Proof.
    destruct (next_dot_new s replica) as [N _]. fold d in N.
    assert (in_order (inserted s)) as I by apply T. assert (in_order (inserted s')) as I' by (now apply put_in_order).
    rewrite !in_find by assumption. change (inserted s') with (put d n (inserted s)). rewrite find_put by assumption.
    destruct (same_dot e d) eqn:E.
    - apply same_dot_spec in E as ->. rewrite N. split; [intros [= <-]; now left |]. intros [[= <-] | H]; congruence.
    - destruct (find e (inserted s)) as [k |]; split; intro H; auto; try discriminate H.
      + destruct H as [H | H]; auto. injection H as -> _. now rewrite same_dot_refl in E.
      + destruct H as [H | H]; auto. injection H as -> _. now rewrite same_dot_refl in E.
  Qed.

  Lemma new_stands : stands (inserted s') (Some d) new.
  Proof.
    assert (In (d, n) (inserted s')) as I by (apply inserted_after; now left).
    assert (forall e p, stands (inserted s) e p -> stands (inserted s') e p) as More.
    { intros e p. apply stands_more. intros (e', m) H. apply inserted_after. now right. }
    pose proof right_stands as R. unfold n, new_node in I. fold right in I. unfold new, Fugue.place.
    destruct (has_right_child (inserted s) left (order s)) eqn:E, (Fugue.has_right_child_dec (positions s) l) as [Y | N].
    - destruct right as [e |], r as [x |]; try contradiction.
      + eapply on_the_left; [exact I | now apply More].
      + eapply on_the_left; [exact I | constructor].
    - exfalso. now apply N, has_right_child_agrees.
    - exfalso. apply has_right_child_agrees in Y. congruence.
    - destruct right as [e |], r as [x |]; try contradiction.
      + eapply on_the_right; [exact I | apply More, left_stands | now apply More].
      + eapply at_the_end; [exact I | apply More, left_stands].
  Qed.

  Lemma stands_after e p : stands (inserted s') e p <-> stands (inserted s) e p \/ e = Some d /\ p = new.
  Proof.
    assert (tidy s') as T' by (now apply join_tidy). pose proof (tidy_unique T') as U'.
    destruct (next_dot_new s replica) as [N _]. fold d in N.
    split.
    - assert (forall m, ~ In (d, m) (inserted s)) as ND.
      { intros m H. apply in_find in H; [congruence | apply T]. }
      intro H. pose proof H as H'. revert H'.
      induction H as [| e c parent p I P IH | e c parent p I P IH | e c parent p o x I P IH O IHO]; intro H';
        [left; constructor | | |];
        (apply inserted_after in I as [I | I];
         [injection I as -> _; right; split; auto; exact (stands_one U' H' new_stands) |]);
        destruct (Unnamed _ _ I) as [NP NO]; cbn in NP, NO;
        (destruct (IH P) as [IH' | [E _]]; [| congruence]).
      + left. eapply on_the_left; eauto.
      + left. eapply at_the_end; eauto.
      + destruct (IHO O) as [IO | [E _]]; [| congruence]. left. eapply on_the_right; eauto.
    - intros [H | [-> ->]]; [| apply new_stands]. eapply stands_more; [| exact H].
      intros (e', m) G. apply inserted_after. now right.
  Qed.

  Lemma order_after : order s' = A ++ d :: B.
  Proof.
    assert (tidy s') as T' by (now apply join_tidy).
    destruct (order_is_by_position T') as (line & F & SL & E).
    destruct (Fugue.insertion_lands_between d (positions_closed T) cut_neighbours) as [ln nr]. fold new in ln, nr.
    destruct (sorted_app _ _ Sorted) as (SA & SB & AB).
    assert (line = LA ++ new :: LB) as ->.
    { apply FugueConvergence.sorted_once; auto.
      - apply app_sorted; auto.
        + constructor; auto. apply Forall_forall. intros y H. unfold r in nr. destruct LB as [| z LB']; [contradiction |].
          cbn in nr. destruct H as [<- | H]; auto. inversion SB as [| ? ? _ G]; subst. rewrite Forall_forall in G.
          eapply before_trans; [exact nr | auto].
        + intros x y Hx [<- | Hy]; auto.
          destruct Last as [(_ & _ & E' & _) | (A' & LA' & e & _ & _ & E' & _)]; rewrite E' in Hx, SA; [contradiction |].
          apply in_app_or in Hx as [Hx | [<- | []]]; auto.
          destruct (sorted_app _ _ SA) as (_ & _ & X). eapply before_trans; [apply X; [exact Hx | now left] | exact ln].
      - intro p. rewrite E. split.
        + intros [e H]. apply stands_after in H as [H | [_ ->]]; [| apply in_or_app; right; now left].
          assert (In p (LA ++ LB)) as G by (apply Line; eauto). apply in_app_or in G as [G | G]; apply in_or_app; auto.
          right. now right.
        + intro H. apply in_app_or in H as [H | [<- | H]].
          * assert (In p (LA ++ LB)) as G by (apply in_or_app; auto). apply Line in G as [e G]. exists e. apply stands_after. auto.
          * exists d. apply new_stands.
          * assert (In p (LA ++ LB)) as G by (apply in_or_app; auto). apply Line in G as [e G]. exists e. apply stands_after. auto. }
    eapply stands_line; [exact (tidy_unique T') | exact F |]. apply Forall2_app; [| constructor; [apply new_stands |]].
    - eapply forall2_weaker; [| exact FA]. intros e p H. apply stands_after. auto.
    - eapply forall2_weaker; [| exact FB]. intros e p H. apply stands_after. auto.
  Qed.
End Insert.
