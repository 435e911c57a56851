(** * Replicas that edit one text

    Rust counterpart: [crates/quipu-crdt/src/text/plain.rs], used as its module says: every replica edits its own state in
    its own name and joins what others sent. The twin is [TwinText.v].

    A world is the state of every replica and everything that was ever sent: deltas, whole states, joins of what was sent,
    and any part of what was sent. A message is never used up, so the network may lose, repeat, delay and reorder. What
    is proved here, for every world that can come about:

    - the positions of every replica's state are a text of [Fugue.v], so all that is proved of those holds of it: it is
      maximally non-interleaving ([FugueMaximal.v]), sessions are not mixed ([FugueRuns.v]);
    - an insertion and a deletion do to the document what they should, with no assumption left;
    - replicas that know the same dots are in the same state, and the order, the grouping and the number of deliveries
      do not matter.

    Assumed: a replica does not lose what it inserted itself. A restart under another id is another replica; a restart
    under the same id from older state is what [Crash.v] is about. *)

From Coq Require Import NArith List Sorted Permutation Lia.
From Quipu Require Import FugueOrder TwinText RefineText RefineTextJoin RefineTextInsert RefineTextEdits.
From Quipu Require Fugue.
Import ListNotations.
Set Implicit Arguments.

(** ** Worlds *)

Record world : Type := World { at_replica : N -> text; sent : list text }.

Definition with_state (w : world) (replica : N) (s : text) : N -> text :=
  fun r => if N.eqb r replica then s else at_replica w r.

Inductive reachable : world -> Prop :=
| start :
    reachable (World (fun _ => bottom) [])
| inserts w replica index char :
    reachable w ->
    let delta := insert (at_replica w replica) replica index char in
    reachable (World (with_state w replica (join (at_replica w replica) delta)) (delta :: sent w))
| deletes w replica index count :
    reachable w ->
    let delta := delete (at_replica w replica) index count in
    reachable (World (with_state w replica (join (at_replica w replica) delta)) (delta :: sent w))
| receives w replica m :
    reachable w -> In m (sent w) ->
    reachable (World (with_state w replica (join (at_replica w replica) m)) (sent w))
| sends_state w replica :
    reachable w -> reachable (World (at_replica w) (at_replica w replica :: sent w))
| sends_group w m m' :
    reachable w -> In m (sent w) -> In m' (sent w) -> reachable (World (at_replica w) (join m m' :: sent w))
| sends_part w m m' :
    reachable w -> In m (sent w) -> tidy m' -> knows_less m' m -> reachable (World (at_replica w) (m' :: sent w)).

(** ** The history *)

Definition known_dots (s : text) : list dot := map fst (inserted s).

(** What holds of a world and all that was ever inserted and deleted in it. The line on own dots is the one that a loss
    of memory breaks: nobody knows more of a replica than it does itself. *)
Record history (w : world) (h : text) : Prop := History {
  history_tidy : tidy h;
  history_text : Fugue.text (positions h);
  names_are_known : forall e n d, In (e, n) (inserted h) -> parent_of n = Some d \/ side_of n = RightOf (Some d) ->
    In d (known_dots h);
  states_are_parts : forall r, tidy (at_replica w r) /\ knows_less (at_replica w r) h;
  messages_are_parts : forall m, In m (sent w) -> tidy m /\ knows_less m h;
  own_dots : forall r k, In (r, k) (known_dots h) -> In (r, k) (known_dots (at_replica w r)) }.

Lemma part_text s h : tidy s -> tidy h -> knows_less s h -> Fugue.text (positions h) -> Fugue.text (positions s).
Proof.
  intros T T' L X. eapply Fugue.part; [exact X | | now apply positions_closed].
  intros p [<- | H]; [now left | right]. apply in_map_iff in H as (dp & <- & H). apply in_map.
  exact (places_are_kept T T' L dp H).
Qed.

Lemma history_knows_own w h r : history w h -> knows_own (at_replica w r) r.
Proof.
  intros H e n k I L. destruct (states_are_parts H r) as [_ [P _]].
  split; intro E; assert (In (r, k) (known_dots (at_replica w r))) as K
    by (apply (own_dots H), (names_are_known H) with e n; auto);
    apply given_out in K; lia.
Qed.

Lemma insertion_stands s replica index char : tidy s -> Fugue.text (positions s) -> knows_own s replica ->
  exists p, stands (inserted (join s (insert s replica index char))) (Some (next_dot s replica)) p.
Proof.
  intros T X K. destruct (Fugue.texts_are_closed_and_sound X) as [_ S].
  destruct (cut_exists index T) as (A & B & LA & LB & l & C & FA & FB & SL & E & L & _).
  exists (Fugue.place (positions s) l (hd_error LB) (next_dot s replica)).
  apply (stands_after index char T (knows_own_unnamed K) C FA FB SL E L). auto.
Qed.

(** A character that nobody names moves nothing. *)
Lemma stands_before nodes nodes' d e p :
  (forall e n, In (e, n) nodes' -> In (e, n) nodes \/ e = d) ->
  (forall e n, In (e, n) nodes -> parent_of n <> Some d /\ side_of n <> RightOf (Some d)) ->
  stands nodes' e p -> e <> Some d -> stands nodes e p.
Proof.
  intros I N. induction 1 as [| e c parent p H S IH | e c parent p H S IH | e c parent p o x H S IH O IHO]; intro D;
    [constructor | | |]; (apply I in H as [H | ->]; [| congruence]); destruct (N _ _ H) as [NP NO]; cbn in NP, NO.
  - eapply on_the_left; [exact H | now apply IH].
  - eapply at_the_end; [exact H | now apply IH].
  - eapply on_the_right; [exact H | now apply IH | apply IHO; congruence].
Qed.

Lemma known_more s t d : knows_less s t -> In d (known_dots s) -> In d (known_dots t).
Proof. intros [I _] H. apply in_map_iff in H as (x & <- & H). apply in_map. auto. Qed.

Lemma new_node_names s index char x : tidy s ->
  let n := new_node s (order s) (last_of index (visible s)) char in
  parent_of n = Some x \/ side_of n = RightOf (Some x) -> In x (known_dots s).
Proof.
  intros T n. unfold n, new_node. set (left := last_of index (visible s)).
  assert (left = Some x -> In x (known_dots s)) as L.
  { intro E. apply last_of_in in E. apply without_in in E as [E _]. now apply order_known. }
  assert (right_of left (order s) = Some x -> In x (known_dots s)) as R.
  { intro E. apply right_of_in in E. now apply order_known. }
  destruct (has_right_child (inserted s) left (order s)); cbn; (intros [E | E]; [auto | try discriminate E]).
  injection E as E. auto.
Qed.

Lemma insertion_history w h replica index char : history w h ->
  let delta := insert (at_replica w replica) replica index char in
  history (World (with_state w replica (join (at_replica w replica) delta)) (delta :: sent w)) (join h delta).
Proof.
  intros H delta. pose proof (history_knows_own replica H) as K. destruct (states_are_parts H replica) as [T P].
  pose proof (history_tidy H) as Th. set (s := at_replica w replica) in *. set (d := next_dot s replica).
  pose proof (part_text T Th P (history_text H)) as X.
  assert (~ In d (known_dots h)) as New.
  { intro I. apply (own_dots H) in I. fold s in I. apply given_out in I. exact (N.lt_irrefl _ I). }
  assert (tidy (join h delta)) as Tj by now apply join_tidy.
  assert (tidy (join s delta)) as Ts by now apply join_tidy.
  set (n := new_node s (order s) (last_of index (visible s)) char).
  assert (inserted delta = [(d, n)]) as Dn by reflexivity.
  assert (forall e m, In (e, m) (inserted (join h delta)) <-> (e, m) = (d, n) \/ In (e, m) (inserted h)) as In'.
  { intros e m. assert (agree h delta) as Ag.
    { intros x k k' F G. rewrite Dn in G. cbn in G. destruct (same_dot x d) eqn:E; [| discriminate].
      apply same_dot_spec in E as ->. apply find_none in New. congruence. }
    destruct (join_is_union Th (insert_tidy s replica index char) Ag) as [U _].
    fold delta in U. rewrite U, Dn. cbn. intuition. }
  assert (knows_less delta (join h delta)) as Ld.
  { split; [rewrite Dn; intros x [<- | []]; apply In'; now left | intros x []]. }
  assert (knows_less h (join h delta)) as Lh by now apply join_left.
  assert (knows_less (join s delta) (join h delta)) as Ls.
  { apply join_knows_less; auto; [apply insert_tidy | eapply knows_less_trans; eauto]. }
  destruct (insertion_is_placed index char T X K) as [_ X'].
  destruct (insertion_stands index char T X K) as [p Sp]. fold d delta in Sp.
  assert (forall e m, In (e, m) (inserted h) -> parent_of m <> Some d /\ side_of m <> RightOf (Some d)) as Un.
  { intros e m I. split; intro E; apply New, (names_are_known H) with e m; auto. }
  constructor; auto.
  - eapply Fugue.part; [exact (Fugue.joined (history_text H) X') | | now apply positions_closed].
    intros q Hq. apply in_or_app. apply positions_stand in Hq as [e Hq]; auto.
    assert ({e = Some d} + {e <> Some d}) as [-> | Ne].
    { destruct e as [x |]; [| right; discriminate]. destruct (same_dot x d) eqn:E.
      - left. now apply same_dot_spec in E as ->.
      - right. intros [= ->]. now rewrite same_dot_refl in E. }
    + right. apply positions_stand; auto. exists (Some d).
      now rewrite (stands_one (tidy_unique Tj) Hq (stands_more (proj1 Ls) Sp)).
    + left. apply positions_stand; auto. exists e. refine (stands_before (d := d) _ _ Un Hq Ne).
      intros e' m' I. apply In' in I as [I | I]; [right; congruence | auto].
  - intros e m x I Nm. apply known_more with h; [exact Lh |]. apply In' in I as [I | I].
    + injection I as -> ->. apply known_more with s; [exact P |]. eapply new_node_names; eauto.
    + apply (names_are_known H) with e m; auto.
  - intro r. cbn. unfold with_state. destruct (N.eqb r replica); [split; auto |].
    destruct (states_are_parts H r) as [Tr Pr]. split; auto. eapply knows_less_trans; eauto.
  - intros m [<- | I]; [split; [apply insert_tidy | exact Ld] |]. destruct (messages_are_parts H m I) as [Tm Pm].
    split; auto. eapply knows_less_trans; eauto.
  - intros r k I. cbn. unfold with_state. unfold known_dots in I. apply in_map_iff in I as ((e, m) & E & I). cbn in E. subst e.
    apply In' in I as [I | I].
    + pose proof (f_equal fst I) as E. cbn [fst] in E. assert (r = replica) as -> by exact (f_equal fst E).
      rewrite N.eqb_refl, E. apply in_map_iff. exists (d, n). split; [reflexivity |]. apply (inserted_after replica index char T). now left.
    + assert (In (r, k) (known_dots h)) as Kh by (apply in_map_iff; exists (r, k, m); auto).
      apply (own_dots H) in Kh. destruct (N.eqb_spec r replica) as [-> | Ne]; auto.
      apply known_more with s; [now apply join_left | exact Kh].
Qed.

Lemma step_history w h f ms : history w h ->
  (forall r, tidy (f r) /\ knows_less (f r) h /\ knows_less (at_replica w r) (f r)) ->
  (forall m, In m ms -> tidy m /\ knows_less m h) ->
  history (World f ms) h.
Proof.
  intros H F M. constructor; cbn; auto.
  - apply (history_tidy H).
  - apply (history_text H).
  - apply (names_are_known H).
  - intro r. split; apply F.
  - intros r k I. apply known_more with (at_replica w r); [apply F | now apply (own_dots H)].
Qed.

(** A deletion adds to the history's deleted dots and to nothing else. *)
Lemma deletion_history w h replica index count : history w h ->
  let delta := delete (at_replica w replica) index count in
  history (World (with_state w replica (join (at_replica w replica) delta)) (delta :: sent w)) (join h delta).
Proof.
  intros H delta. pose proof (history_tidy H) as Th.
  assert (tidy delta) as Td by (split; [constructor | apply put_dots_sorted; constructor]).
  assert (tidy (join h delta)) as Tj by now apply join_tidy.
  assert (knows_less h (join h delta)) as Lh by now apply join_left.
  assert (knows_less delta (join h delta)) as Ld.
  { split; [intros x [] |]. intros d I. apply deleted_join. auto. }
  assert (history (World (at_replica w) (sent w)) (join h delta)) as H'.
  { constructor; cbn [at_replica sent]; auto.
    - exact (history_text H).
    - exact (names_are_known H).
    - intro r. destruct (states_are_parts H r). split; auto. eapply knows_less_trans; eauto.
    - intros m I. destruct (messages_are_parts H m I). split; auto. eapply knows_less_trans; eauto.
    - exact (own_dots H). }
  apply (step_history _ _ H'); cbn [at_replica].
  - intro r. unfold with_state. destruct (states_are_parts H' r) as [Tr Pr]. cbn [at_replica] in *.
    destruct (N.eqb_spec r replica) as [-> | Ne]; [| auto using knows_less_refl].
    split; [now apply join_tidy |]. split; [now apply join_knows_less | now apply join_left].
  - intros m [<- | I]; [split; auto |]. exact (messages_are_parts H' m I).
Qed.

Lemma reachable_history w : reachable w -> exists h, history w h.
Proof.
  induction 1 as [| w replica index char _ [h H] | w replica index count _ [h H] | w replica m _ [h H] I
                  | w replica _ [h H] | w m m' _ [h H] I I' | w m m' _ [h H] I T L].
  - exists bottom. constructor; cbn; auto using bottom_tidy, knows_less_refl; try contradiction. apply Fugue.empty.
  - exists (join h delta). now apply insertion_history.
  - exists (join h delta). now apply deletion_history.
  - exists h. destruct (messages_are_parts H m I) as [Tm Pm]. apply (step_history _ _ H); [| apply (messages_are_parts H)].
    intro r. unfold with_state. destruct (states_are_parts H r) as [Tr Pr].
    destruct (N.eqb_spec r replica) as [-> | Ne]; [| auto using knows_less_refl].
    split; [now apply join_tidy |]. split; [apply join_knows_less; auto; apply (history_tidy H) | now apply join_left].
  - exists h. apply (step_history _ _ H).
    + intro r. destruct (states_are_parts H r). auto using knows_less_refl.
    + intros m [<- | I]; [apply (states_are_parts H) | now apply (messages_are_parts H)].
  - exists h. apply (step_history _ _ H).
    + intro r. destruct (states_are_parts H r). auto using knows_less_refl.
    + destruct (messages_are_parts H m I), (messages_are_parts H m' I').
      intros k [<- | K]; [| now apply (messages_are_parts H)].
      split; [now apply join_tidy | apply join_knows_less; auto; apply (history_tidy H)].
  - exists h. apply (step_history _ _ H).
    + intro r. destruct (states_are_parts H r). auto using knows_less_refl.
    + destruct (messages_are_parts H m I).
      intros k [<- | K]; [| now apply (messages_are_parts H)]. split; auto. eapply knows_less_trans; eauto.
Qed.

(** ** What holds of every world *)

(** In every world that can come about every replica's text is a text of [Fugue.v]: what is proved of those holds of it.
    All of them are parts of one such text, the history's. *)
Theorem every_replica_has_a_text :
  forall w, reachable w -> forall replica,
  tidy (at_replica w replica) /\ Fugue.text (positions (at_replica w replica)).
Proof.
  intros w R replica. destruct (reachable_history R) as [h H]. destruct (states_are_parts H replica) as [T P].
  split; auto. exact (part_text T (history_tidy H) P (history_text H)).
Qed.

(** In every world that can come about, inserting at an index of a replica's document puts the characters there, or at
    the end if there is no such index, and deleting takes away the characters asked for; nothing else moves. *)
Theorem edits_do_what_they_should :
  forall w, reachable w -> forall replica,
  let s := at_replica w replica in
  (forall index chars, document (join s (insert_all s replica index chars)) =
     firstn index (document s) ++ chars ++ skipn index (document s)) /\
  (forall index count, document (join s (delete s index count)) =
     firstn index (document s) ++ skipn (index + count) (document s)).
Proof.
  intros w R replica s. destruct (every_replica_has_a_text R replica) as [T X]. fold s in T, X.
  destruct (reachable_history R) as [h H]. pose proof (history_knows_own replica H) as K. fold s in K. split; intros.
  - now apply insert_all_at_index.
  - now apply delete_range.
Qed.

(** Strong eventual consistency: in every world that can come about, two replicas that know the same characters and
    deletions, by whatever deliveries, are in the same state, so they show the same document. *)
Theorem same_knowledge_same_state :
  forall w, reachable w -> forall r r',
  (forall d, In d (known_dots (at_replica w r)) <-> In d (known_dots (at_replica w r'))) ->
  (forall d, In d (deleted (at_replica w r)) <-> In d (deleted (at_replica w r'))) ->
  at_replica w r = at_replica w r' /\ document (at_replica w r) = document (at_replica w r').
Proof.
  intros w R r r' E F. destruct (reachable_history R) as [h H].
  destruct (states_are_parts H r) as [T P], (states_are_parts H r') as [T' P'].
  assert (at_replica w r = at_replica w r') as G; [| split; [exact G | now rewrite G]].
  exact (same_dots_same_state (history_tidy H) T T' P P' E F).
Qed.

Lemma join_list_parts h ms : tidy h -> (forall m, In m ms -> tidy m /\ knows_less m h) ->
  forall s, tidy s -> knows_less s h ->
  tidy (fold_left join ms s) /\ knows_less (fold_left join ms s) h /\
  (forall d, In d (known_dots (fold_left join ms s)) <-> In d (known_dots s) \/ exists m, In m ms /\ In d (known_dots m)) /\
  (forall d, In d (deleted (fold_left join ms s)) <-> In d (deleted s) \/ exists m, In m ms /\ In d (deleted m)).
Proof.
  intro Th. induction ms as [| m ms IH]; intros M s T P; cbn [fold_left].
  - split; [exact T | split; [exact P |]].
    split; intro d; (split; [auto | intros [H | (m & [] & _)]; exact H]).
  - destruct (M m (or_introl eq_refl)) as [Tm Pm].
    destruct (IH (fun k I => M k (or_intror I)) (join s m)) as (A & B & C & D); [now apply join_tidy | now apply join_knows_less |].
    split; [exact A | split; [exact B |]].
    assert (forall d, In d (known_dots (join s m)) <-> In d (known_dots s) \/ In d (known_dots m)) as J.
    { intro d. destruct (join_is_union T Tm (parts_agree Th P Pm)) as [U _]. unfold known_dots. rewrite !in_map_iff. split.
      - intros ((e, n) & <- & H). apply U in H as [H | H]; [left | right]; now exists (e, n).
      - intros [((e, n) & <- & H) | ((e, n) & <- & H)]; exists (e, n); (split; [reflexivity | apply U; auto]). }
    split; intro d.
    + rewrite C, J. split; [intros [[H | H] | (k & H & G)] | intros [H | (k & [<- | H] & G)]]; eauto 6 using in_eq, in_cons.
    + rewrite D, deleted_join.
      split; [intros [[H | H] | (k & H & G)] | intros [H | (k & [<- | H] & G)]]; eauto 6 using in_eq, in_cons.
Qed.

(** What was sent may be joined in any order, any number of times: the state depends on the set of messages alone. *)
Theorem order_of_delivery_is_irrelevant :
  forall w, reachable w -> forall replica ms ms', incl ms (sent w) -> (forall m, In m ms <-> In m ms') ->
  fold_left join ms (at_replica w replica) = fold_left join ms' (at_replica w replica).
Proof.
  intros w R replica ms ms' I E. destruct (reachable_history R) as [h H]. destruct (states_are_parts H replica) as [T P].
  pose proof (history_tidy H) as Th.
  destruct (join_list_parts ms Th (fun m J => messages_are_parts H m (I m J)) T P) as (A & B & C & D).
  assert (forall m, In m ms' -> tidy m /\ knows_less m h) as M' by (intros m J; apply (messages_are_parts H), I, E, J).
  destruct (join_list_parts ms' Th M' T P) as (A' & B' & C' & D').
  apply (same_dots_same_state Th A A' B B').
  - intro d. change (In d (known_dots (fold_left join ms (at_replica w replica))) <->
                     In d (known_dots (fold_left join ms' (at_replica w replica)))).
    rewrite C, C'. split; (intros [G | (m & G & K)]; [auto | right; exists m; split; [now apply E | exact K]]).
  - intro d. rewrite D, D'. split; (intros [G | (m & G & K)]; [auto | right; exists m; split; [now apply E | exact K]]).
Qed.
