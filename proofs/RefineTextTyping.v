(** * Typing back and forth in one place, in the executable twin

    Rust counterpart: [crates/quipu-crdt/src/text/plain.rs], [Plain::insert]; the twin is [TwinText.v].

    The lemmas behind [RefineTextSessions.v], where the theorem is, and the definitions that it speaks of: a replica types
    at an index of its document, one character at a time, each within what it has typed there already or at an end of
    it ([type_at], [typed], [within]). Then what it typed is one stretch of the twin's order, and in the abstract text a
    session in the sense of [FugueRuns.v]. *)

From Coq Require Import NArith List Sorted Permutation Lia.
From Quipu Require Import FugueOrder TwinText RefineText RefineTextJoin RefineTextInsert RefineTextEdits.
From Quipu Require Fugue FugueRuns FugueConvergence.
Import ListNotations.
Set Implicit Arguments.

(** ** Typing back and forth *)

(** A replica types at an index: each time one character, after so many characters of what it has typed there. *)
Fixpoint type_at (s : text) (replica : N) (index : nat) (edits : list (nat * N)) : text :=
  match edits with
  | [] => s
  | (after, char) :: rest => type_at (join s (insert s replica (index + after) char)) replica index rest
  end.

(** What has been typed then. *)
Fixpoint typed (own : list N) (edits : list (nat * N)) : list N :=
  match edits with
  | [] => own
  | (after, char) :: rest => typed (firstn after own ++ char :: skipn after own) rest
  end.

(** Each character within what was typed before, or at one of its ends. *)
Fixpoint within (length : nat) (edits : list (nat * N)) : Prop :=
  match edits with
  | [] => True
  | (after, _) :: rest => after <= length /\ within (S length) rest
  end.

(** ** Lemmas *)

Lemma last_of_end l e m : last_of (length (l ++ [e])) (l ++ e :: m) = Some e.
Proof.
  induction l as [| x l IH]; cbn; [now destruct m |]. now rewrite IH.
Qed.

Lemma last_of_prefix l m m' : last_of (length l) (l ++ m) = last_of (length l) (l ++ m').
Proof. induction l as [| x l IH]; cbn; auto. now rewrite IH. Qed.

Lemma place_same D E l r i : (forall p, In p D <-> In p E) -> Fugue.place D l r i = Fugue.place E l r i.
Proof.
  intro S. unfold Fugue.place.
  destruct (Fugue.has_right_child_dec D l) as [Y | N], (Fugue.has_right_child_dec E l) as [Y' | N']; auto; exfalso.
  - apply N'. destruct Y as (q & H & G). exists q. split; [now apply S | exact G].
  - apply N. destruct Y' as (q & H & G). exists q. split; [now apply S | exact G].
Qed.

Lemma neighbours_same D E l r : (forall p, In p D <-> In p E) -> Fugue.neighbours D l r -> Fugue.neighbours E l r.
Proof.
  intros S (A & B & C & N). repeat split; auto.
  - now apply S.
  - intros x H. apply S. auto.
  - intros y H. apply N. now apply S.
Qed.

Lemma without_same gone gone' l : (forall d, In d gone <-> In d gone') -> without gone l = without gone' l.
Proof.
  intro S. induction l as [| d l IH]; cbn; auto.
  destruct (has_dot d gone) eqn:E, (has_dot d gone') eqn:F; rewrite ?IH; auto.
  - apply has_dot_spec, S, has_dot_spec in E. congruence.
  - apply has_dot_spec, S, has_dot_spec in F. congruence.
Qed.

(** ** One typist *)

Section Typist.
  Variables (s : text) (replica : N) (index : nat).
  Hypothesis T : tidy s.
  Hypothesis X : Fugue.text (positions s).
  Hypothesis K : knows_own s replica.
  Hypothesis Inside : index <= length (visible s).

  Variables (A B : list dot) (l : position).
  Hypothesis Cut : order s = A ++ B.
  Hypothesis Before : without (deleted s) A = firstn index (visible s).
  Hypothesis After : without (deleted s) B = skipn index (visible s).
  Hypothesis Last :
    last_of index (visible s) = None /\ A = [] \/ exists A' e, last_of index (visible s) = Some e /\ A = A' ++ [e].
  Hypothesis Left : stands (inserted s) (last_of index (visible s)) l.

  (** [k] is the state after typing, [O] the dots of what was typed, in the order of the document. *)
  Record typing (k : text) (O : list dot) : Prop := Typing {
    typing_tidy : tidy k;
    typing_text : Fugue.text (positions k);
    typing_knows_own : knows_own k replica;
    typing_more : knows_less s k;
    typing_deleted : deleted k = deleted s;
    typing_order : order k = A ++ O ++ B;
    typing_own : forall d, In d O -> exists n, d = (replica, n) /\ (snd (next_dot s replica) <= n)%N;
    typing_next : (snd (next_dot s replica) <= snd (next_dot k replica))%N;
    typing_known : forall d n, In (d, n) (inserted k) -> In (d, n) (inserted s) \/ In d O;
    typing_session :
      O = [] /\ k = s \/
      exists r c P, Fugue.neighbours (positions s) l r /\ FugueRuns.session (positions s) l r c P /\
        (forall p, In p P <-> exists d, In d O /\ stands (inserted k) (Some d) p) /\
        (forall p, In p (positions k) <-> In p (P ++ positions s)) }.

  Lemma typing_begins : typing s [].
  Proof.
    constructor; auto using knows_less_refl; try contradiction; try reflexivity.
  Qed.

  Lemma own_is_visible k O : typing k O -> visible k = firstn index (visible s) ++ O ++ skipn index (visible s).
  Proof.
    intro H. unfold visible at 1. rewrite (typing_order H), (typing_deleted H), !without_app, Before, After.
    f_equal. f_equal. apply without_none. intros d I D. destruct (typing_own H d I) as (n & -> & L).
    apply highest_above in D. unfold next_dot in L. cbn [snd] in L. lia.
  Qed.

  Lemma firstn_index : length (firstn index (visible s)) = index.
  Proof. rewrite firstn_length. lia. Qed.

  (** Where the next character is put: between [A] with the first [after] of what was typed, and the rest with [B]. *)
  Lemma next_cut k O after : typing k O -> after <= length O ->
    exists LA LB x,
      Forall2 (fun d p => stands (inserted k) (Some d) p) (A ++ firstn after O) LA /\
      Forall2 (fun d p => stands (inserted k) (Some d) p) (skipn after O ++ B) LB /\
      StronglySorted before (LA ++ LB) /\
      (forall p, In p (LA ++ LB) <-> exists d, stands (inserted k) (Some d) p) /\
      (last_of (index + after) (visible k) = None /\ A ++ firstn after O = [] /\ LA = [] /\ x = Here \/
       exists A' LA' e, last_of (index + after) (visible k) = Some e /\ A ++ firstn after O = A' ++ [e] /\
                        LA = LA' ++ [x] /\ stands (inserted k) (Some e) x) /\
      (x = l \/ exists e, In e O /\ stands (inserted k) (Some e) x).
  Proof.
    intros H Le. pose proof (typing_tidy H) as Tk. destruct (order_is_by_position Tk) as (line & F & SL & E).
    assert (order k = (A ++ firstn after O) ++ skipn after O ++ B) as Ck.
    { rewrite (typing_order H), <- app_assoc. f_equal. rewrite app_assoc. now rewrite firstn_skipn. }
    rewrite Ck in F. apply Forall2_app_inv_l in F as (LA & LB & FA & FB & ->).
    rewrite (own_is_visible H). pose proof firstn_index as Len.
    assert (visible s = firstn index (visible s) ++ skipn index (visible s)) as Vs by (symmetry; apply firstn_skipn).
    revert Len Vs. generalize (firstn index (visible s)) as pre, (skipn index (visible s)) as post. intros pre post Len Vs.
    destruct after as [| after].
    - rewrite PeanoNat.Nat.add_0_r. cbn [firstn] in *. rewrite app_nil_r in *.
      assert (last_of index (pre ++ O ++ post) = last_of index (visible s)) as Lo.
      { rewrite Vs. rewrite <- Len. apply last_of_prefix. }
      rewrite Lo. exists LA, LB, l. repeat (split; [assumption |]). split; [| now left].
      destruct Last as [[La ->] | (A' & e & La & ->)]; rewrite La.
      + left. inversion FA; subst. rewrite La in Left. inversion Left; subst. auto.
      + right. rewrite La in Left. apply Forall2_app_inv_l in FA as (LA' & one & FA' & F1 & ->).
        inversion F1 as [| ? y ? ? Hy N]; subst. inversion N; subst.
        assert (y = l) as ->.
        { apply (stands_one (tidy_unique Tk) Hy). eapply stands_more; [apply (typing_more H) | exact Left]. }
        now exists A', LA', e.
    - assert (exists O1 e O2, O = O1 ++ e :: O2 /\ length O1 = after) as (O1 & e & O2 & -> & Ln).
      { exists (firstn after O). destruct (skipn after O) as [| e O2] eqn:Sk.
        - exfalso. assert (length (skipn after O) = 0) as Z by now rewrite Sk. rewrite skipn_length in Z. lia.
        - exists e, O2. split; [rewrite <- Sk; symmetry; apply firstn_skipn | rewrite firstn_length; lia]. }
      assert (firstn (S after) (O1 ++ e :: O2) = O1 ++ [e]) as Fi.
      { replace (S after) with (length (O1 ++ [e])) by (rewrite app_length; cbn; lia).
        replace (O1 ++ e :: O2) with ((O1 ++ [e]) ++ O2) by (now rewrite <- app_assoc).
        now rewrite firstn_app, firstn_all, PeanoNat.Nat.sub_diag, app_nil_r. }
      rewrite Fi in FA |- *.
      assert (last_of (index + S after) (pre ++ (O1 ++ e :: O2) ++ post) = Some e) as Lo.
      { replace (index + S after) with (length ((pre ++ O1) ++ [e])) by (rewrite !app_length; cbn; lia).
        replace (pre ++ (O1 ++ e :: O2) ++ post) with ((pre ++ O1) ++ e :: O2 ++ post) by (now rewrite <- !app_assoc).
        apply last_of_end. }
      rewrite Lo. rewrite app_assoc in FA. apply Forall2_app_inv_l in FA as (LA' & one & FA' & F1 & ->).
      inversion F1 as [| ? x ? ? Hx N]; subst. inversion N; subst.
      exists (LA' ++ [x]), LB, x. split; [rewrite app_assoc; now apply Forall2_app |]. repeat (split; [assumption |]). split.
      + right. exists (A ++ O1), LA', e. rewrite app_assoc. auto.
      + right. exists e. split; [apply in_or_app; right; now left | exact Hx].
  Qed.

  Lemma typing_goes_on k O after char : typing k O -> after <= length O ->
    let d := next_dot k replica in
    typing (join k (insert k replica (index + after) char)) (firstn after O ++ d :: skipn after O).
  Proof.
    intros H Le d. set (k' := join k (insert k replica (index + after) char)).
    pose proof (typing_tidy H) as Tk. pose proof (typing_text H) as Xk. pose proof (typing_knows_own H) as Kk.
    destruct (Fugue.texts_are_closed_and_sound Xk) as [_ Sk]. pose proof (knows_own_unnamed Kk) as Un.
    destruct (next_cut H Le) as (LA & LB & x & FA & FB & SL & E & L & Wx).
    assert (order k = (A ++ firstn after O) ++ skipn after O ++ B) as Ck.
    { rewrite (typing_order H), <- app_assoc. f_equal. rewrite app_assoc. now rewrite firstn_skipn. }
    pose proof (cut_neighbours (index + after) char Tk Sk FA FB SL E L) as Nb.
    pose proof (stands_after (index + after) char Tk Un Ck FA FB SL E L) as St.
    pose proof (order_after (index + after) char Tk Sk Un Ck FA FB SL E L) as Or.
    fold k' d in St, Or. set (r := hd_error LB) in *.
    pose proof (next_dot_after replica (index + after) char Tk) as Nx. fold k' in Nx.
    assert (forall e, In e (firstn after O ++ d :: skipn after O) <-> e = d \/ In e O) as Own.
    { intro e. rewrite <- (firstn_skipn after O) at 3. rewrite !in_app_iff. cbn. intuition. }
    assert (knows_less k k') as Lk by now apply join_left.
    constructor.
    - now apply join_tidy.
    - now apply insertion_is_placed.
    - now apply knows_own_after.
    - eapply knows_less_trans; [apply (typing_more H) | exact Lk].
    - exact (typing_deleted H).
    - rewrite Or. rewrite <- !app_assoc. reflexivity.
    - intros e I. apply Own in I as [-> | I]; [| exact (typing_own H e I)].
      exists (snd d). split; [reflexivity | exact (typing_next H)].
    - rewrite Nx. pose proof (typing_next H). lia.
    - intros e m I. rewrite Own. apply (inserted_after replica (index + after) char Tk) in I as [I | I].
      + right. left. now injection I.
      + destruct (typing_known H e m I); auto.
    - right.
      assert (forall p, In p (positions k') <-> p = Fugue.place (positions k) x r d \/ In p (positions k)) as Pk.
      { intro p. rewrite !positions_stand by (assumption || now apply join_tidy). split.
        - intros [e G]. apply St in G as [G | [_ ->]]; eauto.
        - intros [-> | [e G]]; [exists (Some d) | exists e]; apply St; auto. }
      destruct (typing_session H) as [[-> ->] | (r0 & c & P & N0 & Se & InP & PosP)].
      + destruct Wx as [-> | (e & [] & _)]. exists r, (Fugue.place (positions s) l r d), [Fugue.place (positions s) l r d].
        split; [exact Nb | split; [constructor | split]].
        * intro p. rewrite firstn_nil, skipn_nil. cbn [app]. split.
          -- intros [<- | []]. exists d. split; [now left |]. apply St. auto.
          -- intros (e & [<- | []] & G). left. symmetry.
             apply (stands_one (tidy_unique (join_tidy (insert s replica (index + after) char) T)) G). apply St. auto.
        * intro p. rewrite Pk. cbn [app]. cbn [In]. intuition.
      + exists r0, c, (Fugue.place (P ++ positions s) x r d :: P).
        assert (Fugue.place (P ++ positions s) x r d = Fugue.place (positions k) x r d) as SamePlace
          by (symmetry; apply place_same; exact PosP).
        split; [exact N0 | split; [| split]].
        * apply FugueRuns.continued; auto.
          -- destruct Wx as [-> | (e & I & G)]; [now left | right]. apply InP. eauto.
          -- eapply neighbours_same; [exact PosP | exact Nb].
        * intro p. cbn [In]. rewrite SamePlace, InP. split.
          -- intros [<- | (e & I & G)].
             ++ exists d. split; [apply Own; now left | apply St; auto].
             ++ exists e. split; [apply Own; now right | apply St; auto].
          -- intros (e & I & G). apply Own in I as [-> | I].
             ++ left. symmetry. apply (stands_one (tidy_unique (join_tidy (insert k replica (index + after) char) Tk)) G). apply St. auto.
             ++ right. exists e. split; [exact I |]. apply St in G as [G | [G _]]; auto.
                exfalso. injection G as ->. destruct (next_dot_new k replica) as [New _]. fold d in New.
                apply find_none in New. apply New. apply order_known; auto. rewrite (typing_order H).
                apply in_or_app. right. apply in_or_app. now left.
        * intro p. rewrite Pk. cbn [app In]. rewrite SamePlace, PosP. intuition.
  Qed.

  Lemma typing_document k O : typing k O ->
    document k = firstn index (document s) ++ chars (inserted k) O ++ skipn index (document s).
  Proof.
    intro H. pose proof (visible_there T) as There.
    unfold document at 1. rewrite (own_is_visible H), !chars_app.
    unfold document. rewrite <- chars_firstn, <- chars_skipn by assumption.
    assert (forall d, In d (visible s) -> find d (inserted k) = find d (inserted s)) as Same.
    { intros d I. specialize (There d I). destruct (find d (inserted s)) as [n |] eqn:F; [| contradiction].
      apply in_find; [apply (typing_tidy H) |]. apply (typing_more H). now apply find_in. }
    f_equal; [| f_equal]; apply chars_same; intros d I; apply Same; rewrite <- (firstn_skipn index); apply in_or_app; auto.
  Qed.

  Lemma typing_all edits : forall k O, typing k O -> within (length O) edits ->
    exists O', typing (type_at k replica index edits) O' /\
      chars (inserted (type_at k replica index edits)) O' = typed (chars (inserted k) O) edits.
  Proof.
    induction edits as [| (after, char) edits IH]; intros k O H W; cbn [type_at typed within] in *; [now exists O |].
    destruct W as [Le W]. pose proof (typing_goes_on char H Le) as H'.
    set (k' := join k (insert k replica (index + after) char)) in *. set (d := next_dot k replica) in *.
    destruct (IH k' (firstn after O ++ d :: skipn after O) H') as (O' & A1 & A2).
    { rewrite app_length. cbn. rewrite firstn_length, skipn_length.
      replace (Nat.min after (length O) + S (length O - after)) with (S (length O)) by lia. exact W. }
    exists O'. split; [exact A1 |]. rewrite A2. f_equal.
    pose proof (typing_tidy H) as Tk. destruct (next_dot_new k replica) as [New _]. fold d in New.
    assert (all_there (inserted k) O) as Th.
    { intros e I. apply order_there; auto. rewrite (typing_order H). apply in_or_app. right. apply in_or_app. now left. }
    assert (forall e, In e O -> find e (inserted k') = find e (inserted k)) as Same.
    { intros e I. unfold k'. rewrite find_join by assumption. specialize (Th e I). now destruct (find e (inserted k)). }
    rewrite chars_app. cbn [chars]. unfold k' at 2. rewrite find_join by assumption. rewrite New. cbn. rewrite same_dot_refl.
    rewrite <- chars_firstn, <- chars_skipn by assumption.
    f_equal; [| f_equal; [unfold new_node; now destruct (has_right_child _ _ _) |]];
      apply chars_same; intros e I; apply Same; rewrite <- (firstn_skipn after); apply in_or_app; auto.
  Qed.
End Typist.
