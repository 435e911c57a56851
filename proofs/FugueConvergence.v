(** * Texts that know the same show the same

    Rust counterpart: [crates/quipu-crdt/src/text/plain.rs]: the state, [Lattice::join] and [Plain::to_text].

    A state is a grow-only set of characters, by their positions, and a grow-only set of deleted ids; here two lists
    whose order and repetitions do not matter. Joining is union. The document is the characters that are not deleted,
    lined up by the strict total order of [FugueOrder.v]. As the order is total, it is a function of the two sets, so
    convergence is what is left to say of union: order, grouping and repetition do not matter.

    Left out: characters that wait for their parents (they are in no text of [Fugue.v] and in [TwinText.v] are kept
    apart); what a character says, which its id decides; see [RefineText.v] for both. *)

From Coq Require Import List Sorted.
From Quipu Require Import FugueOrder Fugue.
Import ListNotations.
Set Implicit Arguments.

Record state : Type := State { characters : list position; deleted : list dot }.

Definition bottom : state := State [] [].

Definition join (s t : state) : state :=
  State (characters s ++ characters t) (deleted s ++ deleted t).

Definition join_all (deltas : list state) (s : state) : state := fold_left join deltas s.

(** The same sets. *)
Definition same (s t : state) : Prop :=
  (forall p, In p (characters s) <-> In p (characters t)) /\ (forall d, In d (deleted s) <-> In d (deleted t)).

Definition is_deleted (s : state) (p : position) : Prop := exists d, id_of p = Some d /\ In d (deleted s).

(** The beginning of the text is no character. *)
Definition visible (s : state) (p : position) : Prop := In p (characters s) /\ p <> Here /\ ~ is_deleted s p.

(** The document of a state: each visible character once, in order. *)
Definition shows (s : state) (line : list position) : Prop :=
  StronglySorted before line /\ forall p, In p line <-> visible s p.

(** ** The document is a function of the state *)

Lemma sorted_once (l : list position) : StronglySorted before l ->
  forall m, StronglySorted before m -> (forall p, In p l <-> In p m) -> l = m.
Proof.
  induction 1 as [| x l Sl IH Fl]; intros m Sm E.
  - destruct m as [| y m]; auto. exfalso. apply (E y). now left.
  - destruct Sm as [| y m Sm Fm]; [exfalso; apply (E x); now left |].
    rewrite Forall_forall in Fl, Fm.
    assert (x = y) as <-.
    { destruct (proj1 (E x) (or_introl eq_refl)) as [G | G]; auto.
      destruct (proj2 (E y) (or_introl eq_refl)) as [H | H]; auto.
      exfalso. exact (before_asym (Fl y H) (Fm x G)). }
    f_equal. apply IH; auto. intro p. split; intro H.
    + destruct (proj1 (E p) (or_intror H)) as [<- | G]; auto. exfalso. exact (before_irrefl (Fl x H)).
    + destruct (proj2 (E p) (or_intror H)) as [<- | G]; auto. exfalso. exact (before_irrefl (Fm x H)).
Qed.

Lemma line_up_one (p : position) (l : list position) : StronglySorted before l ->
  exists m, StronglySorted before m /\ forall q, In q m <-> q = p \/ In q l.
Proof.
  induction 1 as [| x l S (m & Sm & E) F].
  - exists [p]. split; [repeat constructor |]. intro q. cbn. intuition.
  - rewrite Forall_forall in F. destruct (before_total p x) as [B | [-> | B]].
    + exists (p :: x :: l). split.
      * repeat constructor; auto; apply Forall_forall; auto. intros y H. eapply before_trans; eauto.
      * intro q. cbn. intuition.
    + exists (x :: l). split; [constructor; [assumption | now apply Forall_forall] |]. intro q. cbn. intuition.
    + exists (x :: m). split.
      * constructor; auto. apply Forall_forall. intros y H. apply E in H as [-> | H]; auto.
      * intro q. cbn. rewrite E. intuition.
Qed.

(** ** Lines in order *)

Lemma put_between x m : forall l : list position, StronglySorted before (l ++ m) ->
  (forall y, In y l -> before y x) -> (forall y, In y m -> before x y) -> StronglySorted before (l ++ x :: m).
Proof.
  induction l as [| a l IH]; cbn; intros S L M.
  - constructor; [exact S | now apply Forall_forall].
  - inversion S as [| ? ? S' F]; subst. constructor; [apply IH; auto |].
    rewrite Forall_forall in *. intros y H. apply in_app_or in H as [H | [<- | H]]; auto; apply F, in_or_app; auto.
Qed.

Lemma cut_at x l : StronglySorted before l -> ~ In x l ->
  exists low high, l = low ++ high /\ (forall y, In y low -> before y x) /\ (forall y, In y high -> before x y).
Proof.
  induction 1 as [| a l S IH F]; intro N; [exists [], []; cbn; tauto |].
  destruct (before_total a x) as [H | [-> | H]].
  - destruct IH as (low & high & -> & L & M); [intro G; apply N; now right |].
    exists (a :: low), high. repeat split; auto. intros y [<- | G]; auto.
  - exfalso. apply N. now left.
  - exists [], (a :: l). rewrite Forall_forall in F. repeat split; [intros y [] |].
    intros y [<- | G]; auto. eapply before_trans; eauto.
Qed.

Lemma sorted_around l : forall front rest : list position, StronglySorted before (front ++ l :: rest) ->
  (forall y, In y front -> before y l) /\ StronglySorted before rest /\ (forall y, In y rest -> before l y).
Proof.
  induction front as [| a front IH]; cbn; intros rest S; inversion S as [| ? ? S' F]; subst; rewrite Forall_forall in F.
  - repeat split; auto. intros y [].
  - destruct (IH rest S') as (A & B & C). repeat split; auto. intros y [<- | H]; auto.
    apply F, in_or_app. right. now left.
Qed.

(** ** Every state has a document *)

Lemma is_deleted_dec s p : is_deleted s p \/ ~ is_deleted s p.
Proof.
  unfold is_deleted. destruct (id_of p) as [d |]; [| right; intros (d & [=] & _)].
  assert (forall x y : dot, {x = y} + {x <> y}) as Dec.
  { intros x y. destruct (compare_dot x y) eqn:E; [left; now apply compare_dot_eq | right | right];
      intros ->; rewrite compare_dot_refl in E; discriminate. }
  destruct (in_dec Dec d (deleted s)) as [Y | N]; [left; now exists d |].
  right. intros (e & [= <-] & H). contradiction.
Qed.

Lemma shows_something s : exists line, shows s line.
Proof.
  assert (forall l, exists m, StronglySorted before m /\ forall p, In p m <-> In p l /\ p <> Here /\ ~ is_deleted s p) as A.
  { induction l as [| x l (m & S & E)].
    - exists []. split; [constructor |]. cbn. intuition.
    - assert ((x = Here \/ is_deleted s x) \/ (x <> Here /\ ~ is_deleted s x)) as [Y | N].
      { destruct (position_eq_dec x Here), (is_deleted_dec s x); auto. }
      + exists m. split; auto. intro p. rewrite E. cbn. split; [intuition |]. intros ([-> | H] & G); [tauto | auto].
      + destruct (line_up_one x S) as (m' & S' & E'). exists m'. split; auto.
        intro p. rewrite E', E. cbn. split; [intros [-> | H]; intuition | intuition]. }
  apply A.
Qed.

(** Every state has exactly one document. *)
Theorem one_document : forall s, exists! line, shows s line.
Proof.
  intro s. destruct (shows_something s) as [l H]. exists l. split; auto.
  intros m G. apply sorted_once; try apply H; try apply G. intro p. destruct H as [_ H], G as [_ G]. now rewrite H, G.
Qed.

(** States that know the same characters and deletions show the same document. *)
Theorem same_states_show_the_same :
  forall s t l m, same s t -> shows s l -> shows t m -> l = m.
Proof.
  intros s t l m [C D] [Sl El] [Sm Em]. apply sorted_once; auto. intro p. rewrite El, Em. unfold visible. rewrite C.
  assert (is_deleted s p <-> is_deleted t p) as ->; [| reflexivity].
  split; intros (d & I & H); exists d; (split; [exact I | now apply D]).
Qed.

(** ** Joining is union *)

(** Joining is a semilattice: commutative, associative, idempotent, with the empty state as bottom, and a join knows
    exactly what one of the two knows. *)
Theorem join_is_a_semilattice :
  (forall s t, same (join s t) (join t s)) /\
  (forall s t u, same (join (join s t) u) (join s (join t u))) /\
  (forall s, same (join s s) s) /\
  (forall s, same (join s bottom) s) /\
  (forall s t, (forall p, In p (characters (join s t)) <-> In p (characters s) \/ In p (characters t)) /\
               (forall d, In d (deleted (join s t)) <-> In d (deleted s) \/ In d (deleted t))).
Proof.
  unfold same, join. cbn. repeat split; intros; try rewrite !in_app_iff in *; cbn in *; try tauto;
    rewrite ?in_app_iff; tauto.
Qed.

Lemma in_join_all deltas : forall s,
  (forall p, In p (characters (join_all deltas s)) <-> In p (characters s) \/ exists d, In d deltas /\ In p (characters d)) /\
  (forall x, In x (deleted (join_all deltas s)) <-> In x (deleted s) \/ exists d, In d deltas /\ In x (deleted d)).
Proof.
  induction deltas as [| e deltas IH]; intro s.
  - cbn. split; intro; (split; [auto | intros [H | (d & [] & _)]; exact H]).
  - change (join_all (e :: deltas) s) with (join_all deltas (join s e)). destruct (IH (join s e)) as [A B]. split; intro p.
    + rewrite A. cbn. rewrite in_app_iff. split.
      * intros [[H | H] | (d & H & G)]; eauto.
      * intros [H | (d & [-> | H] & G)]; eauto.
    + rewrite B. cbn. rewrite in_app_iff. split.
      * intros [[H | H] | (d & H & G)]; eauto.
      * intros [H | (d & [-> | H] & G)]; eauto.
Qed.

(** Two replicas that have received the same deltas, in whatever order and however often, know the same, and so show the
    same document. *)
Theorem order_of_delivery_is_irrelevant :
  forall deltas deltas' s, (forall d, In d deltas <-> In d deltas') ->
  same (join_all deltas s) (join_all deltas' s) /\
  forall l m, shows (join_all deltas s) l -> shows (join_all deltas' s) m -> l = m.
Proof.
  intros deltas deltas' s E.
  assert (same (join_all deltas s) (join_all deltas' s)) as S.
  { destruct (in_join_all deltas s) as [A B], (in_join_all deltas' s) as [A' B']. split; intro p.
    - rewrite A, A'. split; (intros [H | (d & H & G)]; [auto | right; exists d; split; [now apply E | assumption]]).
    - rewrite B, B'. split; (intros [H | (d & H & G)]; [auto | right; exists d; split; [now apply E | assumption]]). }
  split; [exact S |]. intros l m. now apply same_states_show_the_same.
Qed.
