(** * Joining in the executable twin

    Rust counterpart: [crates/quipu-crdt/src/text/plain.rs], [Lattice::join]; the twin is [TwinText.v].

    As the lists of a tidy state are in the strict order of their dots, states that know the same are equal lists. So the
    laws of join hold as equations of states: associative, idempotent, with [bottom], always; commutative for states
    that agree on the dots that both know, which dots that are given out once make sure of ([RefineTextSystem.v]). And
    whoever knows more gives every character the place that it had already. *)

From Coq Require Import NArith List Sorted.
From Quipu Require Import FugueOrder TwinText RefineText.
Import ListNotations.
Set Implicit Arguments.

(** ** Definitions *)

(** Two states that say the same of the dots that both know. *)
Definition agree (s t : text) : Prop :=
  forall d n m, find d (inserted s) = Some n -> find d (inserted t) = Some m -> n = m.

(** What [s] knows, [t] knows. *)
Definition knows_less (s t : text) : Prop :=
  incl (inserted s) (inserted t) /\ incl (deleted s) (deleted t).

(** ** Sorted lists of pairs *)

Section Pairs.
  Variable A : Type.
  Implicit Types l m : list (dot * A).

  Definition in_order l : Prop := StronglySorted before_dot (map fst l).

  Lemma before_dot_trans x y z : before_dot x y -> before_dot y z -> before_dot x z.
  Proof. apply compare_dot_trans. Qed.

  Lemma find_none d l : find d l = None <-> ~ In d (map fst l).
  Proof.
    induction l as [| (e, a) l IH]; cbn; [tauto |]. destruct (same_dot d e) eqn:E.
    - apply same_dot_spec in E as ->. split; [discriminate | tauto].
    - rewrite IH. split; [| tauto]. intros N [-> | H]; [now rewrite same_dot_refl in E | auto].
  Qed.

  Lemma find_later d e a l : in_order ((e, a) :: l) -> before_dot d e -> find d ((e, a) :: l) = None.
  Proof.
    intros S B. apply find_none. cbn. inversion S as [| ? ? S' F]; subst. rewrite Forall_forall in F.
    intros [-> | H]; [exact (before_dot_irrefl B) |]. exact (before_dot_irrefl (before_dot_trans B (F d H))).
  Qed.

  Lemma in_find d a l : in_order l -> (In (d, a) l <-> find d l = Some a).
  Proof.
    intro S. split; [| apply find_in]. intro H. destruct (find d l) as [b |] eqn:E.
    - f_equal. apply find_in in E. eapply nodup_unique; eauto. now apply sorted_nodup.
    - exfalso. exact (find_some _ _ _ H E).
  Qed.

  Lemma same_find_equal l : in_order l -> forall m, in_order m -> (forall d, find d l = find d m) -> l = m.
  Proof.
    induction l as [| (d, a) l IH]; intros S [| (e, b) m] S' E; auto.
    - specialize (E e). cbn in E. now rewrite same_dot_refl in E.
    - specialize (E d). cbn in E. now rewrite same_dot_refl in E.
    - assert (d = e) as <-.
      { destruct (compare_dot d e) eqn:C; [now apply compare_dot_eq | |].
        - specialize (E d). rewrite (find_later S' C) in E. cbn in E. now rewrite same_dot_refl in E.
        - assert (before_dot e d) as B by (unfold before_dot; rewrite (compare_dot_opp d e), C; reflexivity).
          specialize (E e). rewrite (find_later S B) in E. cbn in E. now rewrite same_dot_refl in E. }
      assert (a = b) as <- by (specialize (E d); cbn in E; rewrite same_dot_refl in E; congruence).
      f_equal. inversion S as [| ? ? S1 F1]; inversion S' as [| ? ? S2 F2]; subst. apply IH; auto.
      intro x. specialize (E x). cbn in E. destruct (same_dot x d) eqn:G; auto. apply same_dot_spec in G as ->.
      rewrite Forall_forall in F1, F2. transitivity (@None A); [| symmetry]; apply find_none; intro H.
      + exact (before_dot_irrefl (F1 d H)).
      + exact (before_dot_irrefl (F2 d H)).
  Qed.

  Lemma put_keys d a l e : In e (map fst (put d a l)) <-> e = d \/ In e (map fst l).
  Proof.
    induction l as [| (x, b) l IH]; cbn; [intuition |]. destruct (compare_dot d x) eqn:E; cbn.
    - apply compare_dot_eq in E as ->. intuition.
    - intuition.
    - rewrite IH. intuition.
  Qed.

  Lemma put_in_order d a l : in_order l -> in_order (put d a l).
  Proof.
    unfold in_order. induction l as [| (x, b) l IH]; cbn; intro S; [repeat constructor |].
    destruct (compare_dot d x) eqn:E; cbn; auto.
    - constructor; auto. inversion S as [| ? ? S' F]; subst. constructor; auto.
      eapply Forall_impl; [| exact F]. intros y H. eapply before_dot_trans; eauto.
    - inversion S as [| ? ? S' F]; subst. constructor; auto. rewrite Forall_forall in *.
      intros y H. apply put_keys in H as [-> | H]; auto. unfold before_dot. now rewrite (compare_dot_opp d x), E.
  Qed.

  Lemma find_put d a l e : in_order l ->
    find e (put d a l) = match find e l with Some b => Some b | None => if same_dot e d then Some a else None end.
  Proof.
    induction l as [| (x, b) l IH]; cbn; intro S; auto. destruct (compare_dot d x) eqn:E; cbn.
    - apply compare_dot_eq in E as ->. destruct (same_dot e x) eqn:F; auto. now destruct (find e l).
    - destruct (same_dot e d) eqn:F.
      + apply same_dot_spec in F as ->.
        pose proof (find_later S E) as N. cbn in N. now rewrite N.
      + destruct (same_dot e x); auto. now destruct (find e l).
    - inversion S as [| ? ? S' F]; subst. rewrite (IH S'). now destruct (same_dot e x).
  Qed.

  Lemma put_all_in_order l : forall m, in_order m -> in_order (put_all l m).
  Proof. induction l as [| (d, a) l IH]; cbn; auto using put_in_order. Qed.

  Lemma find_put_all l : forall m d, in_order m ->
    find d (put_all l m) = match find d m with Some b => Some b | None => find d l end.
  Proof.
    induction l as [| (e, a) l IH]; cbn; intros m d S; [now destruct (find d m) |].
    rewrite IH by now apply put_in_order. rewrite find_put by assumption.
    destruct (find d m); auto. now destruct (same_dot d e).
  Qed.
End Pairs.

(** ** Sorted lists of dots *)

Lemma put_dot_in d l e : In e (put_dot d l) <-> e = d \/ In e l.
Proof.
  induction l as [| x l IH]; cbn; [intuition |]. destruct (compare_dot d x) eqn:E; cbn.
  - apply compare_dot_eq in E as ->. intuition.
  - intuition.
  - rewrite IH. intuition.
Qed.

Lemma put_dot_sorted d l : StronglySorted before_dot l -> StronglySorted before_dot (put_dot d l).
Proof.
  induction l as [| x l IH]; cbn; intro S; [repeat constructor |]. destruct (compare_dot d x) eqn:E; auto.
  - constructor; auto. inversion S as [| ? ? S' F]; subst. constructor; auto.
    eapply Forall_impl; [| exact F]. intros y H. eapply before_dot_trans; eauto.
  - inversion S as [| ? ? S' F]; subst. constructor; auto. rewrite Forall_forall in *.
    intros y H. apply put_dot_in in H as [-> | H]; auto. unfold before_dot. now rewrite (compare_dot_opp d x), E.
Qed.

Lemma put_dots_in l : forall m e, In e (put_dots l m) <-> In e l \/ In e m.
Proof. induction l as [| d l IH]; cbn; intros m e; [tauto |]. rewrite IH, put_dot_in. intuition. Qed.

Lemma put_dots_sorted l : forall m, StronglySorted before_dot m -> StronglySorted before_dot (put_dots l m).
Proof. induction l as [| d l IH]; cbn; auto using put_dot_sorted. Qed.

Lemma sorted_dots_equal l : StronglySorted before_dot l ->
  forall m, StronglySorted before_dot m -> (forall d, In d l <-> In d m) -> l = m.
Proof.
  intros S m S' E.
  assert (forall k : list dot, map fst (map (fun d => (d, tt)) k) = k) as M.
  { intro k. rewrite map_map. cbn. apply map_id. }
  rewrite <- (M l), <- (M m). f_equal. apply same_find_equal; unfold in_order; rewrite ?M; auto.
  intro d. destruct (find d (map (fun d => (d, tt)) l)) as [[] |] eqn:F, (find d (map (fun d => (d, tt)) m)) as [[] |] eqn:G; auto.
  - exfalso. apply find_none in G. apply G. rewrite M. apply E. apply find_in, (in_map fst) in F. now rewrite M in F.
  - exfalso. apply find_none in F. apply F. rewrite M. apply E. apply find_in, (in_map fst) in G. now rewrite M in G.
Qed.

(** ** Joins *)

Lemma bottom_tidy : tidy bottom.
Proof. split; constructor. Qed.

Lemma join_tidy s t : tidy s -> tidy (join s t).
Proof. intros [S S']. split; [now apply put_all_in_order | now apply put_dots_sorted]. Qed.

Lemma find_join s t d : tidy s ->
  find d (inserted (join s t)) = match find d (inserted s) with Some n => Some n | None => find d (inserted t) end.
Proof. intros [S _]. now apply find_put_all. Qed.

Lemma deleted_join s t d : In d (deleted (join s t)) <-> In d (deleted s) \/ In d (deleted t).
Proof. cbn. rewrite put_dots_in. tauto. Qed.

Lemma tidy_equal s t : tidy s -> tidy t ->
  (forall d, find d (inserted s) = find d (inserted t)) -> (forall d, In d (deleted s) <-> In d (deleted t)) -> s = t.
Proof.
  intros [S S'] [T T'] F E. destruct s as [i l], t as [j m]; cbn in *. f_equal.
  - now apply same_find_equal.
  - now apply sorted_dots_equal.
Qed.

(** Joining tidy states is associative and idempotent with the empty state as bottom, as equations of states, and
    commutative where the two agree on what both know. *)
Theorem join_laws :
  (forall s t u, tidy s -> tidy t -> join (join s t) u = join s (join t u)) /\
  (forall s, tidy s -> join s s = s) /\
  (forall s, tidy s -> join s bottom = s /\ join bottom s = s) /\
  (forall s t, tidy s -> tidy t -> agree s t -> join s t = join t s).
Proof.
  repeat split; intros.
  - apply tidy_equal; auto using join_tidy.
    + intro d. rewrite !find_join by auto using join_tidy. now destruct (find d (inserted s)).
    + intro d. rewrite !deleted_join. tauto.
  - apply tidy_equal; auto using join_tidy.
    + intro d. rewrite find_join by assumption. now destruct (find d (inserted s)).
    + intro d. rewrite deleted_join. tauto.
  - now destruct s.
  - apply tidy_equal; auto using join_tidy, bottom_tidy.
    + intro d. rewrite find_join by apply bottom_tidy. reflexivity.
    + intro d. rewrite deleted_join. cbn. tauto.
  - apply tidy_equal; auto using join_tidy.
    + intro d. rewrite !find_join by assumption.
      destruct (find d (inserted s)) eqn:E, (find d (inserted t)) eqn:F; auto. f_equal. eapply H1; eauto.
    + intro d. rewrite !deleted_join. tauto.
Qed.

(** A join knows what one of the two knows, no more; if they agree, all of both. *)
Theorem join_is_union :
  forall s t, tidy s -> tidy t -> agree s t ->
  (forall d n, In (d, n) (inserted (join s t)) <-> In (d, n) (inserted s) \/ In (d, n) (inserted t)) /\
  (forall d, In d (deleted (join s t)) <-> In d (deleted s) \/ In d (deleted t)).
Proof.
  intros s t S T A. split; [| apply deleted_join]. intros d n. rewrite !in_find by (apply S || apply T || apply join_tidy, S).
  rewrite find_join by assumption. destruct (find d (inserted s)) as [m |] eqn:E.
  - split; [auto |]. intros [H | H]; auto. f_equal. eapply A; eauto.
  - split; [auto |]. now intros [[=] | H].
Qed.

(** ** Who knows more moves nothing *)

Lemma stands_more nodes nodes' e p : incl nodes nodes' -> stands nodes e p -> stands nodes' e p.
Proof.
  intros I. induction 1 as [| d c parent p H S IH | d c parent p H S IH | d c parent p o x H S IH O IHO].
  - constructor.
  - eapply on_the_left; [apply I; exact H | exact IH].
  - eapply at_the_end; [apply I; exact H | exact IH].
  - eapply on_the_right; [apply I; exact H | exact IH | exact IHO].
Qed.

(** Whatever a text learns, the characters that have a place keep it. *)
Theorem places_are_kept :
  forall s t, tidy s -> tidy t -> knows_less s t -> incl (placed s) (placed t).
Proof.
  intros s t S T [I _] (d, p) H. apply placed_is_what_stands; auto. apply placed_is_what_stands in H; auto.
  eapply stands_more; eauto.
Qed.

Lemma knows_less_refl s : knows_less s s.
Proof. split; apply incl_refl. Qed.

Lemma knows_less_trans s t u : knows_less s t -> knows_less t u -> knows_less s u.
Proof. intros [A B] [C D]. split; eapply incl_tran; eauto. Qed.

Lemma join_left s t : tidy s -> knows_less s (join s t).
Proof.
  intros T. split.
  - intros (d, n) H. apply in_find in H; [| apply T]. apply in_find; [apply join_tidy, T |].
    rewrite find_join by assumption. now rewrite H.
  - intros d H. apply deleted_join. auto.
Qed.

(** States that are parts of one tidy state agree. *)
Lemma parts_agree s t h : tidy h -> knows_less s h -> knows_less t h -> agree s t.
Proof.
  intros T [A _] [B _] d n m H G. apply find_in in H, G. apply (tidy_unique T) with d; auto.
Qed.

Lemma join_knows_less s t h : tidy h -> tidy s -> tidy t -> knows_less s h -> knows_less t h -> knows_less (join s t) h.
Proof.
  intros T S S' A B. destruct (join_is_union S S' (parts_agree T A B)) as [C D]. split.
  - intros (d, n) H. apply C in H as [H | H]; [now apply A | now apply B].
  - intros d H. apply D in H as [H | H]; [now apply A | now apply B].
Qed.

(** Two states that are parts of one history and know the same dots are the same state. *)
Theorem same_dots_same_state :
  forall h s t, tidy h -> tidy s -> tidy t -> knows_less s h -> knows_less t h ->
  (forall d, In d (map fst (inserted s)) <-> In d (map fst (inserted t))) ->
  (forall d, In d (deleted s) <-> In d (deleted t)) -> s = t.
Proof.
  intros h s t H S T A B E F. apply tidy_equal; auto. intro d.
  destruct (find d (inserted s)) as [n |] eqn:G, (find d (inserted t)) as [m |] eqn:K; auto.
  - f_equal. eapply (parts_agree H A B); eauto.
  - exfalso. apply find_none in K. apply K, E. apply find_in, (in_map fst) in G. exact G.
  - exfalso. apply find_none in G. apply G, E. apply find_in, (in_map fst) in K. exact K.
Qed.
