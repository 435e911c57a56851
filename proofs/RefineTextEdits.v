(** * Edits of the executable twin

    Rust counterpart: [crates/quipu-crdt/src/text/plain.rs], [Plain::insert] and [Plain::delete]; the twin is
    [TwinText.v].

    What is proved here of a [tidy] state whose abstract text is one of [Fugue.v]:

    - an insertion puts its character, in the abstract text, between two neighbours by the rule [place] of [Fugue.v], and
      changes nothing else; the abstract text is one of [Fugue.v] again;
    - seen from outside, an insertion at an index puts what is inserted at that index of the document, or at the end if
      there is no such index, and a deletion takes away what it should; nothing else moves.

    Assumed: no character of the state names a dot that its replica has not given out yet as parent or right origin,
    which holds where nobody knows more of a replica than it does itself ([RefineTextSystem.v]). *)

From Coq Require Import NArith List Sorted Permutation Lia.
From Quipu Require Import FugueOrder TwinText RefineText RefineTextJoin RefineTextInsert.
From Quipu Require Fugue FugueConvergence.
Import ListNotations.
Set Implicit Arguments.

(** No character names, as parent or right origin, a dot of the replica that is beyond those which the state knows. *)
Definition knows_own (s : text) (replica : N) : Prop :=
  forall e n k, In (e, n) (inserted s) -> (snd (next_dot s replica) <= k)%N ->
  parent_of n <> Some (replica, k) /\ side_of n <> RightOf (Some (replica, k)).

Lemma knows_own_unnamed s replica : knows_own s replica -> no_one_names s (next_dot s replica).
Proof. intros K e n H. apply (K e n (snd (next_dot s replica)) H). reflexivity. Qed.

(** ** Insertion *)

Lemma cut_exists s index : tidy s ->
  exists A B LA LB l,
    order s = A ++ B /\
    Forall2 (fun d p => stands (inserted s) (Some d) p) A LA /\
    Forall2 (fun d p => stands (inserted s) (Some d) p) B LB /\
    StronglySorted before (LA ++ LB) /\
    (forall p, In p (LA ++ LB) <-> exists d, stands (inserted s) (Some d) p) /\
    (last_of index (visible s) = None /\ A = [] /\ LA = [] /\ l = Here \/
     exists A' LA' e, last_of index (visible s) = Some e /\ A = A' ++ [e] /\ LA = LA' ++ [l] /\
                      stands (inserted s) (Some e) l) /\
    without (deleted s) A = firstn index (visible s) /\ without (deleted s) B = skipn index (visible s).
Proof.
  intro T. destruct (order_is_by_position T) as (line & F & SL & E).
  destruct (last_of_cuts (deleted s) (order s) index) as (A & B & C & L & FA & FB). fold (visible s) in L, FA, FB.
  rewrite C in F. apply Forall2_app_inv_l in F as (LA & LB & GA & GB & ->).
  destruct (last_of index (visible s)) as [e |] eqn:Q.
  - destruct L as [A' ->]. pose proof GA as GA'. apply Forall2_app_inv_l in GA' as (LA' & one & G' & G1 & ->).
    inversion G1 as [| ? l ? ? H N]; subst. inversion N; subst.
    exists (A' ++ [e]), B, (LA' ++ [l]), LB, l. repeat (split; [assumption |]). split; auto.
    right. now exists A', LA', e.
  - subst A. inversion GA; subst. exists [], B, [], LB, Here. repeat (split; [assumption |]). split; auto.
Qed.

(** In the abstract text an insertion puts the character with the next dot of its replica between two neighbours, by the
    rule of [Fugue.v], and changes nothing else; so the text is one of [Fugue.v] again. *)
Theorem insertion_is_placed :
  forall s replica index char, tidy s -> Fugue.text (positions s) -> knows_own s replica ->
  let s' := join s (insert s replica index char) in
  (exists l r, Fugue.neighbours (positions s) l r /\
     forall p, In p (positions s') <-> p = Fugue.place (positions s) l r (next_dot s replica) \/ In p (positions s)) /\
  Fugue.text (positions s').
Proof.
  intros s replica index char T X K s'. destruct (Fugue.texts_are_closed_and_sound X) as [_ S].
  pose proof (knows_own_unnamed K) as U.
  destruct (cut_exists index T) as (A & B & LA & LB & l & C & FA & FB & SL & E & L & _).
  pose proof (cut_neighbours index char T S FA FB SL E L) as N.
  assert (forall p, In p (positions s') <-> p = Fugue.place (positions s) l (hd_error LB) (next_dot s replica) \/ In p (positions s)) as P.
  { intro p. rewrite !positions_stand by (assumption || now apply join_tidy). split.
    - intros [e H]. apply (stands_after index char T U C FA FB SL E L) in H as [H | [_ ->]]; eauto.
    - intros [-> | [e H]]; [exists (Some (next_dot s replica)) | exists e]; apply (stands_after index char T U C FA FB SL E L); auto. }
  split; [exists l, (hd_error LB); split; assumption |].
  eapply Fugue.part; [exact (Fugue.typed (next_dot s replica) X N) | | apply positions_closed; now apply join_tidy].
  intros p H. apply P in H as [-> | H]; [now left | now right].
Qed.

(** Inserting at an index puts the character there, or at the end if there is no such index, and moves nothing else. *)
Theorem insert_at_index :
  forall s replica index char, tidy s -> Fugue.text (positions s) -> knows_own s replica ->
  document (join s (insert s replica index char)) = firstn index (document s) ++ char :: skipn index (document s).
Proof.
  intros s replica index char T X K. destruct (Fugue.texts_are_closed_and_sound X) as [_ S].
  pose proof (knows_own_unnamed K) as U.
  destruct (cut_exists index T) as (A & B & LA & LB & l & C & FA & FB & SL & E & L & VA & VB).
  pose proof (order_after index char T S U C FA FB SL E L) as O.
  destruct (next_dot_new s replica) as [New Alive]. set (d := next_dot s replica) in *.
  set (s' := join s (insert s replica index char)) in *.
  assert (visible s' = firstn index (visible s) ++ d :: skipn index (visible s)) as V.
  { unfold visible at 1. rewrite O. change (deleted s') with (deleted s). rewrite without_app. cbn [without].
    destruct (has_dot d (deleted s)) eqn:H; [apply has_dot_spec in H; contradiction |]. now rewrite VA, VB. }
  unfold document. rewrite V, chars_app. pose proof (visible_there T) as There.
  assert (forall e, In e (visible s) -> find e (inserted s') = find e (inserted s)) as Same.
  { intros e H. unfold s'. rewrite find_join by assumption. specialize (There e H). now destruct (find e (inserted s)). }
  rewrite <- chars_firstn, <- chars_skipn by assumption. f_equal; [| cbn [chars]].
  - apply chars_same. intros e H. apply Same. rewrite <- (firstn_skipn index). apply in_or_app. auto.
  - unfold s' at 1. rewrite find_join by assumption. rewrite New. cbn. rewrite same_dot_refl.
    f_equal; [unfold new_node; now destruct (has_right_child _ _ _) |].
    apply chars_same. intros e H. apply Same. rewrite <- (firstn_skipn index). apply in_or_app. auto.
Qed.

(** ** Insertion of several characters *)

Lemma insert_tidy s replica index char : tidy (insert s replica index char).
Proof. split; repeat constructor. Qed.

Lemma insert_all_tidy chars : forall s replica index, tidy (insert_all s replica index chars).
Proof. induction chars as [| c chars IH]; intros; cbn; [apply bottom_tidy | apply join_tidy, insert_tidy]. Qed.

Lemma next_dot_after s replica index char : tidy s ->
  snd (next_dot (join s (insert s replica index char)) replica) = N.succ (snd (next_dot s replica)).
Proof.
  intro T. set (s' := join s (insert s replica index char)).
  assert (forall r l, highest r l = 0%N \/ In (r, highest r l) l) as Hi.
  { intros r l. induction l as [| (q, m) l IH]; cbn; auto. destruct (N.eqb_spec q r) as [-> | N].
    - destruct (N.max_spec m (highest r l)) as [[_ ->] | [_ ->]]; auto. destruct IH; auto.
    - destruct IH; auto. }
  assert (forall r l k, (forall m, In (r, m) l -> (m <= k)%N) -> (highest r l <= k)%N) as Le.
  { intros r l k H. destruct (Hi r l) as [-> | I]; [lia | auto]. }
  unfold next_dot. cbn [snd]. f_equal. change (deleted s') with (deleted s). rewrite !dots_of_map.
  assert (forall e, In e (map fst (inserted s')) <-> e = next_dot s replica \/ In e (map fst (inserted s))) as Keys.
  { intro e. apply put_keys. }
  assert (highest replica (map fst (inserted s')) =
          N.succ (N.max (highest replica (map fst (inserted s))) (highest replica (deleted s)))) as ->.
  { apply N.le_antisymm.
    - apply Le. intros m H. apply Keys in H as [[= ->] | H]; [now rewrite dots_of_map |].
      apply highest_above in H. lia.
    - apply highest_above. apply Keys. left. unfold next_dot. now rewrite dots_of_map. }
  lia.
Qed.

Lemma last_of_in index dots d : last_of index dots = Some d -> In d dots.
Proof.
  revert index. induction dots as [| e dots IH]; intros [| index]; cbn; try discriminate.
  destruct (last_of index dots) as [f |] eqn:E; intros [= <-]; eauto.
Qed.

Lemma right_of_in left dots d : right_of left dots = Some d -> In d dots.
Proof.
  destruct left as [e |]; cbn; [| destruct dots as [| x dots]; [discriminate | intros [= <-]; now left]].
  induction dots as [| x dots IH]; cbn; [discriminate |]. destruct (same_dot e x); auto.
  destruct dots as [| y dots]; [discriminate |]. intros [= <-]. right. now left.
Qed.

Lemma given_out s replica k : In (replica, k) (map fst (inserted s)) -> (k < snd (next_dot s replica))%N.
Proof. rewrite <- dots_of_map. intro H. apply highest_above in H. unfold next_dot. cbn [snd]. lia. Qed.

Lemma order_known s d : tidy s -> In d (order s) -> In d (map fst (inserted s)).
Proof.
  intros T H. destruct (find d (inserted s)) as [n |] eqn:E; [| exfalso; exact (order_there T _ H E)].
  apply find_in in E. apply in_map_iff. now exists (d, n).
Qed.

Lemma knows_own_after s replica index char : tidy s -> knows_own s replica ->
  knows_own (join s (insert s replica index char)) replica.
Proof.
  intros T K e n k H L. rewrite next_dot_after in L by assumption.
  apply (inserted_after replica index char T) in H as [H | H].
  - injection H as -> ->. set (left := last_of index (visible s)).
    assert (forall x, left = Some x -> In x (map fst (inserted s))) as KL.
    { intros x E. apply last_of_in in E. apply without_in in E as [E _]. now apply order_known. }
    assert (forall x, right_of left (order s) = Some x -> In x (map fst (inserted s))) as KR.
    { intros x E. apply right_of_in in E. now apply order_known. }
    unfold new_node. destruct (has_right_child (inserted s) left (order s)); cbn; split; intro E; try discriminate E.
    + apply KR, given_out in E. lia.
    + apply KL, given_out in E. lia.
    + injection E as E. apply KR, given_out in E. lia.
  - apply (K e n k H). lia.
Qed.

(** Inserting several characters at an index puts them there, one after the other, and moves nothing else. *)
Theorem insert_all_at_index :
  forall chars s replica index, tidy s -> Fugue.text (positions s) -> knows_own s replica ->
  document (join s (insert_all s replica index chars)) = firstn index (document s) ++ chars ++ skipn index (document s).
Proof.
  induction chars as [| c chars IH]; intros s replica index T X K.
  - cbn. rewrite firstn_skipn. destruct s. reflexivity.
  - cbn [insert_all]. set (s' := join s (insert s replica index c)).
    replace (join s (join (insert s replica index c) (insert_all s' replica (S index) chars)))
      with (join s' (insert_all s' replica (S index) chars)).
    2: { apply join_laws; auto using insert_tidy. }
    assert (tidy s') as T' by (now apply join_tidy).
    rewrite IH; [| exact T' | now apply insertion_is_placed | now apply knows_own_after].
    unfold s'. rewrite insert_at_index by assumption. clear.
    revert index. induction (document s) as [| a doc IH]; intros [| index]; cbn.
    + reflexivity.
    + reflexivity.
    + reflexivity.
    + f_equal. apply IH.
Qed.

(** ** Deletion *)

Lemma without_filter gone l : without gone l = filter (fun d => negb (has_dot d gone)) l.
Proof. induction l as [| d l IH]; cbn; auto. destruct (has_dot d gone); cbn; congruence. Qed.

Lemma without_none gone l : (forall d, In d l -> ~ In d gone) -> without gone l = l.
Proof.
  induction l as [| d l IH]; cbn; intro H; auto. destruct (has_dot d gone) eqn:E.
  - apply has_dot_spec in E. exfalso. exact (H d (or_introl eq_refl) E).
  - f_equal. apply IH. intros e G. apply H. now right.
Qed.

Lemma without_all gone l : (forall d, In d l -> In d gone) -> without gone l = [].
Proof.
  induction l as [| d l IH]; cbn; intro H; auto. destruct (has_dot d gone) eqn:E.
  - apply IH. intros e G. apply H. now right.
  - exfalso. assert (has_dot d gone = true) by (apply has_dot_spec, H; now left). congruence.
Qed.

Lemma nodup_parts (A : Type) (l m : list A) : NoDup (l ++ m) -> forall x, In x l -> ~ In x m.
Proof.
  induction l as [| a l IH]; cbn; [contradiction |]. intros N x [<- | H] G; inversion N; subst; [| exact (IH H3 x H G)].
  apply H1, in_or_app. auto.
Qed.

(** Deleting at an index takes away as many characters as there are of those asked for, and moves nothing else. *)
Theorem delete_range :
  forall s index count, tidy s ->
  document (join s (delete s index count)) = firstn index (document s) ++ skipn (index + count) (document s).
Proof.
  intros s index count T. remember (firstn count (skipn index (visible s))) as taken eqn:Taken.
  set (s' := join s (delete s index count)).
  assert (forall d, In d (deleted s') <-> In d taken \/ In d (deleted s)) as D.
  { intro d. unfold s'. rewrite deleted_join. cbn. rewrite put_dots_in, take_firstn, skip_skipn. cbn. rewrite <- Taken. tauto. }
  assert (visible s' = without taken (visible s)) as V.
  { unfold visible. change (order s') with (order s). generalize (order s). induction l as [| d l IH]; auto. cbn [without].
    destruct (has_dot d (deleted s')) eqn:E, (has_dot d (deleted s)) eqn:F; cbn [without]; rewrite ?IH; auto.
    - apply has_dot_spec, D in E as [E | E]; apply has_dot_spec in E; [now rewrite E | congruence].
    - apply has_dot_spec in F. assert (has_dot d (deleted s') = true) by (apply has_dot_spec, D; auto). congruence.
    - destruct (has_dot d taken) eqn:G; auto. apply has_dot_spec in G.
      assert (has_dot d (deleted s') = true) by (apply has_dot_spec, D; auto). congruence. }
  assert (NoDup (visible s)) as N.
  { unfold visible. rewrite without_filter. apply NoDup_filter. now apply order_nodup. }
  assert (without taken (visible s) = firstn index (visible s) ++ skipn (index + count) (visible s)) as W.
  { assert (visible s = firstn index (visible s) ++ taken ++ skipn (index + count) (visible s)) as Parts.
    { rewrite <- (firstn_skipn index (visible s)) at 1. f_equal.
      rewrite <- (firstn_skipn count (skipn index (visible s))) at 1. rewrite <- Taken. f_equal.
      generalize (visible s). clear. induction index as [| index IH]; intro l; [now destruct l |].
      destruct l as [| d l]; cbn; [now rewrite skipn_nil | apply IH]. }
    rewrite Parts in N. rewrite Parts at 1. rewrite !without_app, (without_all taken taken) by auto. cbn. f_equal.
    - apply without_none. intros d H G. apply (nodup_parts _ _ N d H). apply in_or_app. auto.
    - apply without_none. intros d H G. apply nodup_end in N. exact (nodup_parts _ _ N d G H). }
  unfold document. rewrite V, W, chars_app. change (inserted s') with (inserted s).
  now rewrite chars_firstn, chars_skipn by (now apply visible_there).
Qed.
