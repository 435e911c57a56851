(** * What is typed in one place stays together

    Rust counterpart: [crates/quipu-crdt/src/text/plain.rs], [Plain::insert]; the examples of
    [crates/quipu-crdt/tests/text/order.rs] are instances.

    A _session_ is what is typed between two neighbours [l] and [r], of any length: the first character between them,
    every further one right after [l] or right after a character of the session. So it may be typed forward, backward,
    jump about, and may be several sittings under several ids, as long as nothing is joined in between. What is proved
    here for sessions of any length, by [session_is_one_block]: all of it hangs below its first character. Hence

    - two sessions, neither typist having seen the other's first character, are never mixed: all of one stands before
      all of the other, wherever they were typed ([concurrent_sessions_are_not_mixed]);
    - what stands between two characters of a session was put there by someone who had seen it
      ([nothing_unseen_gets_inside]);
    - forward and backward runs are sessions; a forward run is a chain of right children, a backward run a chain of left
      children, so neither of them is mixed with the other.

    Assumed: the two first characters are different, which unique ids give. Left out: sessions in which the typist joins
    what others typed in the same place meanwhile; what is then put in front of the session may hang elsewhere. *)

From Coq Require Import List.
From Quipu Require Import FugueOrder Fugue.
Import ListNotations.
Set Implicit Arguments.

(** [session D l r c T]: in the text [D] the characters [T], the latest one first, were typed between the neighbours [l]
    and [r], and [c] was the first of them. *)
Inductive session (D : list position) (l : position) (r : option position) : position -> list position -> Prop :=
| begun i :
    session D l r (place D l r i) [place D l r i]
| continued c T x y i :
    session D l r c T -> x = l \/ In x T -> neighbours (T ++ D) x y -> session D l r c (place (T ++ D) x y i :: T).

(** Each character after the last one. *)
Inductive forward_run (D : list position) (l : position) (r : option position) : list position -> Prop :=
| forward_begun i :
    forward_run D l r [place D l r i]
| forward_continued c T i :
    forward_run D l r (c :: T) -> forward_run D l r (place (c :: T ++ D) c r i :: c :: T).

(** Each character in front of the last one. *)
Inductive backward_run (D : list position) (l : position) (r : option position) : list position -> Prop :=
| backward_begun i :
    backward_run D l r [place D l r i]
| backward_continued c T i :
    backward_run D l r (c :: T) -> backward_run D l r (place (c :: T ++ D) l (Some c) i :: c :: T).

(** No character of one list stands between two of the other: all of one stands before all of the other. *)
Definition not_mixed (T U : list position) : Prop :=
  (forall x y, In x T -> In y U -> before x y) \/ (forall x y, In x T -> In y U -> before y x).

(** ** Sessions *)

Lemma session_closed D l r c T :
  closed D -> neighbours D l r -> session D l r c T -> closed (T ++ D) /\ In c T.
Proof.
  intros C N. induction 1 as [i | c T x y i S [IH I] X M].
  - split; [now apply place_closed | now left].
  - split; [now apply place_closed | now right].
Qed.

Lemma session_first D l r c T : session D l r c T -> exists i, c = place D l r i.
Proof. induction 1; eauto. Qed.

Lemma first_makes_right_child D l r i : has_right_child (place D l r i :: D) l.
Proof.
  unfold place. destruct (has_right_child_dec D l) as [(q & H & G) | _].
  - exists q. split; [now right | assumption].
  - exists (right_child l r i). split; [now left | now exists r, i].
Qed.

Lemma more_right_children D E l : incl D E -> has_right_child D l -> has_right_child E l.
Proof. intros I (q & H & G). exists q. auto. Qed.

Lemma session_incl D l r c T : session D l r c T -> incl (c :: D) (T ++ D).
Proof.
  induction 1 as [i | c T x y i S IH X M].
  - apply incl_refl.
  - intros z H. right. auto.
Qed.

Lemma precedes_trans p q o : before p q -> precedes (Some q) o -> precedes (Some p) o.
Proof. destruct o as [x |]; [| reflexivity]. unfold precedes. cbn. apply before_trans. Qed.

(** All that is typed in one place, forward, backward or jumping about, hangs below the first character of it. *)
Theorem session_is_one_block :
  forall D l r c T, closed D -> neighbours D l r -> session D l r c T ->
  forall t, In t T -> in_subtree c t.
Proof.
  intros D l r c T C N S. induction S as [i | c T x y i S IH X M].
  - intros t [<- | []]. apply in_subtree_refl.
  - destruct (session_closed C N S) as [CT Ic].
    intros t [<- | H]; [| auto].
    assert (has_right_child (T ++ D) l) as HL.
    { destruct (session_first S) as [j E]. apply more_right_children with (c :: D); [eapply session_incl; eauto |].
      rewrite E. apply first_makes_right_child. }
    unfold place. destruct (has_right_child_dec (T ++ D) x) as [Y | F].
    + destruct (taken_neighbour_inside M Y) as (o & j & s & E). rewrite E.
      destruct X as [-> | X].
      * set (y' := below l (Right o j s)) in *. apply in_subtree_trans with y'; [| apply in_subtree_below].
        destruct M as (_ & Hy & _ & M). specialize (Hy y' E). apply in_app_or in Hy as [Hy | Hy]; [auto | exfalso].
        destruct (session_first S) as [k Ec]. destruct (insertion_lands_between k C N) as [B A]. rewrite <- Ec in *.
        apply (proj2 (proj2 (proj2 N)) y' Hy); [apply before_right |].
        assert (~ before c y') as G.
        { intro G. apply (M c); [apply in_or_app; now left | exact B |]. now rewrite E. }
        destruct (before_total y' c) as [Q | [-> | Q]]; [eapply precedes_trans; eauto | assumption | contradiction].
      * eapply in_subtree_trans; [apply IH; exact X |].
        eapply in_subtree_trans; [| apply in_subtree_below]. apply in_subtree_below.
    + destruct X as [-> | X]; [contradiction |].
      eapply in_subtree_trans; [apply IH; exact X | apply in_subtree_below].
Qed.

Lemma unseen_is_outside E c z : closed E -> ~ In c E -> In z E -> ~ in_subtree c z.
Proof. intros C N H [s ->]. apply N. eapply closed_below; eauto. Qed.

(** What stands between two characters of a session was put there by someone who had seen its first character: a
    character of any text without that first one stands before the whole session or after the whole session. *)
Theorem nothing_unseen_gets_inside :
  forall D l r c T, closed D -> neighbours D l r -> session D l r c T ->
  forall E z, closed E -> ~ In c E -> In z E ->
  (forall t, In t T -> before t z) \/ (forall t, In t T -> before z t).
Proof.
  intros D l r c T C N S E z CE NE HE. pose proof (unseen_is_outside CE NE HE) as O.
  pose proof (session_is_one_block C N S) as B.
  assert (forall t, In t T -> compare t z = compare c z) as A.
  { intros t H. destruct (B t H) as [s ->]. now apply compare_outside. }
  destruct (before_total c z) as [G | [-> | G]].
  - left. intros t H. unfold before. now rewrite (A t H).
  - exfalso. apply O, in_subtree_refl.
  - right. intros t H. apply compare_gt. rewrite (A t H). now apply compare_gt.
Qed.

(** Two sessions of any length and kind, whose typists had not seen each other's first characters, are never mixed: all
    of one stands before all of the other. *)
Theorem concurrent_sessions_are_not_mixed :
  forall D l r c T, closed D -> neighbours D l r -> session D l r c T ->
  forall D' l' r' c' T', closed D' -> neighbours D' l' r' -> session D' l' r' c' T' ->
  c <> c' -> ~ In c D' -> ~ In c' D -> not_mixed T T'.
Proof.
  intros D l r c T C N S D' l' r' c' T' C' N' S' Ne F F'.
  assert (~ in_subtree c c') as O.
  { destruct (session_first S') as [j E]. apply unseen_is_outside with (c' :: D').
    - rewrite E. now apply place_closed.
    - intros [H | H]; congruence.
    - now left. }
  assert (~ in_subtree c' c) as O'.
  { destruct (session_first S) as [j E]. apply unseen_is_outside with (c :: D).
    - rewrite E. now apply place_closed.
    - intros [H | H]; congruence.
    - now left. }
  assert (forall x y, In x T -> In y T' -> compare x y = compare c c') as A.
  { intros x y Hx Hy. apply subtrees_are_not_mixed; auto.
    - exact (session_is_one_block C N S x Hx).
    - exact (session_is_one_block C' N' S' y Hy). }
  destruct (before_total c c') as [G | [G | G]]; [left | contradiction | right]; intros x y Hx Hy.
  - unfold before. now rewrite (A x y Hx Hy).
  - apply compare_gt. rewrite (A x y Hx Hy). now apply compare_gt.
Qed.

(** ** Runs *)

Lemma next_forward D l r i : closed D -> neighbours D l r -> neighbours (place D l r i :: D) (place D l r i) r.
Proof.
  intros C N. destruct (insertion_lands_between i C N) as [B A]. destruct N as (Hl & Hx & _ & N).
  split; [now left |]. split; [intros x E; right; auto |]. split; [exact A |].
  intros y [<- | Hy] L; [now apply before_irrefl in L |]. apply N; auto. eapply before_trans; eauto.
Qed.

Lemma next_backward D l r i : closed D -> neighbours D l r -> neighbours (place D l r i :: D) l (Some (place D l r i)).
Proof.
  intros C N. destruct (insertion_lands_between i C N) as [B A]. destruct N as (Hl & Hx & _ & N).
  split; [now right |]. split; [intros x [= <-]; now left |]. split; [exact B |].
  intros y [<- | Hy] L G; [now apply before_irrefl in G |]. apply (N y Hy L). eapply precedes_trans; eauto.
Qed.

(** The character that was typed last has nothing on its right. *)
Lemma last_is_free D l r i : closed D -> neighbours D l r -> ~ has_right_child (place D l r i :: D) (place D l r i).
Proof.
  intros C N (q & [E | H] & o & j & ->).
  - apply (before_irrefl (p := place D l r i)). rewrite E at 2. apply before_right.
  - apply (insertion_is_new i C N). apply C in H as [H _]. exact H.
Qed.

Lemma forward_run_session D l r c T :
  closed D -> neighbours D l r -> forward_run D l r (c :: T) ->
  (exists f, session D l r f (c :: T)) /\ neighbours (c :: T ++ D) c r /\ ~ has_right_child (c :: T ++ D) c.
Proof.
  intros C N R. remember (c :: T) as U eqn:E. revert c T E. induction R as [i | b V i R IH]; intros c T [= <- <-].
  - split; [exists (place D l r i); constructor | split; [now apply next_forward | now apply last_is_free]].
  - destruct (IH _ _ eq_refl) as ([f S] & M & _).
    assert (closed (b :: V ++ D)) as CV by apply (session_closed C N S).
    split; [exists f; apply (continued (T := b :: V)) with (x := b) (y := r); auto; right; now left |].
    split; [now apply next_forward | now apply last_is_free].
Qed.

Lemma backward_run_session D l r c T :
  closed D -> neighbours D l r -> backward_run D l r (c :: T) ->
  (exists f, session D l r f (c :: T)) /\ neighbours (c :: T ++ D) l (Some c) /\ has_right_child (c :: T ++ D) l.
Proof.
  intros C N R. remember (c :: T) as U eqn:E. revert c T E. induction R as [i | b V i R IH]; intros c T [= <- <-].
  - split; [exists (place D l r i); constructor | split; [now apply next_backward | apply first_makes_right_child]].
  - destruct (IH _ _ eq_refl) as ([f S] & M & H).
    assert (closed (b :: V ++ D)) as CV by apply (session_closed C N S).
    split; [exists f; apply (continued (T := b :: V)) with (x := l) (y := Some b); auto |].
    split; [now apply next_backward | apply first_makes_right_child].
Qed.

(** A forward run is a chain of right children with the right neighbour of the run as right origin, a backward run a
    chain of left children; after the first character, which hangs as the rule says. *)
Theorem runs_are_chains :
  forall D l r, closed D -> neighbours D l r ->
  (forall c T i, forward_run D l r (c :: T) -> place (c :: T ++ D) c r i = right_child c r i) /\
  (forall c T i, backward_run D l r (c :: T) -> place (c :: T ++ D) l (Some c) i = left_child c i).
Proof.
  intros D l r C N. split; intros c T i R; unfold place.
  - destruct (forward_run_session C N R) as (_ & _ & F). now destruct (has_right_child_dec (c :: T ++ D) c).
  - destruct (backward_run_session C N R) as (_ & _ & H). now destruct (has_right_child_dec (c :: T ++ D) l).
Qed.

(** A run of typing, in one direction or the other. *)
Definition run (D : list position) (l : position) (r : option position) (T : list position) : Prop :=
  forward_run D l r T \/ backward_run D l r T.

Lemma run_session D l r T : closed D -> neighbours D l r -> run D l r T -> exists c, session D l r c T.
Proof.
  intros C N [R | R]; destruct T as [| c T]; try (exfalso; inversion R; fail).
  - apply (forward_run_session C N R).
  - apply (backward_run_session C N R).
Qed.

(** Two runs of any length at the same place of the same text, each forward or backward, with different ids: all of one
    stands before all of the other. *)
Theorem runs_at_one_place_are_not_mixed :
  forall D l r T T', closed D -> neighbours D l r -> run D l r T -> run D l r T' ->
  (forall t, In t T -> ~ In t T') -> not_mixed T T'.
Proof.
  intros D l r T T' C N R R' Different.
  destruct (run_session C N R) as [c S], (run_session C N R') as [c' S'].
  destruct (session_closed C N S) as [_ I], (session_closed C N S') as [_ I'].
  apply (concurrent_sessions_are_not_mixed C N S C N S').
  - intros <-. exact (Different c I I').
  - destruct (session_first S) as [i ->]. now apply insertion_is_new.
  - destruct (session_first S') as [i ->]. now apply insertion_is_new.
Qed.

(** A session is a chain of insertions into a text: with it, the text is one that can come about. *)
Lemma session_text D l r c T : text D -> neighbours D l r -> session D l r c T -> text (T ++ D).
Proof. intros X N. induction 1; cbn; constructor; auto. Qed.
