(** * The flags and the set in which one kind of operation wins

    What is proved, where knowledge is causally closed.  An operation is _latest_ if it is known and no known one that takes its
    place had seen it.
    - Enable-wins flag: on exactly if some known enable was not seen by any known enable or disable ([enable_wins]).
    - Disable-wins flag: on exactly if there is a latest operation and all latest ones are enables ([disable_wins]).
    - Remove-wins set: an element is in it exactly if there is a latest operation on that element and all latest ones are adds
      ([remove_wins]).
    And for any delivery, an enable that no known operation had seen keeps the enable-wins flag on ([unseen_enable_stays]).
    That replicas which know the same operations agree is [strong_eventual_consistency] of [Convergence.v].

    The Rust counterpart.  [crates/quipu-crdt/src/ew_flag.rs], [dw_flag.rs], [rw_set.rs].

    What is assumed, what is left out: as in [Causal.v]. *)

From Coq Require Import List NArith.
From Quipu Require Import Lattice Convergence Causal.
Import ListNotations.

(** The known operations that a known operation (with an effect on the same [x]) has not seen: [on o x] says that [o] is about [x]. *)
Definition latest {Replica State Op X : Type} (on : Op -> X -> Prop) (k : list (event Replica State Op)) (x : X)
    (a : event Replica State Op) : Prop :=
  In a k /\ on (op a) x /\ ~ exists o, In o k /\ In a (seen o) /\ on (op o) x.

Section EnableWins.
  Context {Replica : Type} `{EqDec Replica}.

  Inductive flag_op := Enable | Disable.

  (** Both take away what they see; an enable leaves a dot. *)
  Definition ew_flag : causal_type := {|
    payload := unit;
    payload_dec := _;
    operation := flag_op;
    makes o := match o with Enable => Some tt | Disable => None end;
    covers _ _ := true;
    reads _ := false
  |}.

  Definition ew_on (s : causal Replica unit) := exists d, s d = Live tt.

  Lemma enables (o : flag_op) : makes ew_flag o = Some tt -> o = Enable.
  Proof. now destruct o. Qed.

  Context {discipline : Prop}.
  Variable w : Convergence.system Replica (causal Replica unit) flag_op.
  Hypothesis ran : runs ew_flag discipline w.

  Local Notation in_history r e ine := (i_known _ _ _ (reachable_invariant _ _ _ _ ran) r e ine).

  (** The enable-wins flag is on exactly if some known enable was not seen by any known operation. *)
  Theorem enable_wins r :
    closed (known w r) ->
    ew_on (state w r) <->
    exists a, In a (known w r) /\ op a = Enable /\ ~ exists o, In o (known w r) /\ In a (seen o).
  Proof.
    intros cl. split.
    - intros [d live]. apply (alive_iff_not_covered ew_flag w ran r d tt cl) in live as (a & ina & mk & none).
      exists a. split; [exact ina |]. split.
      + destruct (made_by ew_flag w ran a d tt (in_history r a ina) mk) as (_ & eq & _). now apply enables.
      + intros (o & ino & sees). apply none. now exists o.
    - intros (a & ina & en & none).
      destruct (makes_one ew_flag w ran a tt (in_history r a ina)) as [d mk]; [simpl; now rewrite en |].
      exists d. apply (alive_iff_not_covered ew_flag w ran r d tt cl). exists a. repeat split; auto.
      intros (o & ino & sees & _). apply none. now exists o.
  Qed.

  (** Whatever the delivery: a known enable that no known operation had seen keeps the flag on.  No disable undoes an enable that
      it did not see. *)
  Theorem unseen_enable_stays r a :
    In a (known w r) -> op a = Enable -> (~ exists o, In o (known w r) /\ In a (seen o)) -> ew_on (state w r).
  Proof.
    intros ina en none.
    destruct (makes_one ew_flag w ran a tt (in_history r a ina)) as [d mk]; [simpl; now rewrite en |].
    exists d. apply (unseen_is_never_lost ew_flag w ran r d tt a ina mk). intros (o & ino & sees & _). apply none. now exists o.
  Qed.
End EnableWins.

(** ** Marks, good and bad, on things *)

Section Marks.
  (** Each operation puts a mark, good or bad, on one thing, in the place of the marks on it that it sees. *)
  Context {Replica X : Type} `{EqDec Replica} (T : causal_type).
  Variable thing : operation T -> X.
  Variable is_good : operation T -> bool.
  Variable mark : X -> bool -> payload T.

  Hypothesis makes_mark : forall o, makes T o = Some (mark (thing o) (is_good o)).
  Hypothesis covers_marks : forall o x g, covers T o (mark x g) = true <-> thing o = x.
  Hypothesis marks_differ : forall x g x' g', mark x g = mark x' g' -> x = x' /\ g = g'.

  (** There are marks on [x], and all are good. *)
  Definition all_good (s : causal Replica (payload T)) (x : X) :=
    (exists d g, s d = Live (mark x g)) /\ forall d g, s d = Live (mark x g) -> g = true.

  Definition about (o : operation T) (x : X) := thing o = x.

  Context {discipline : Prop}.
  Variable w : Convergence.system Replica (causal Replica (payload T)) (operation T).
  Hypothesis ran : runs T discipline w.

  Local Notation in_history r e ine := (i_known _ _ _ (reachable_invariant _ _ _ _ ran) r e ine).

  Lemma live_mark_is_latest r x g :
    closed (known w r) ->
    (exists d, state w r d = Live (mark x g)) <-> exists a, latest about (known w r) x a /\ is_good (op a) = g.
  Proof.
    intros cl. unfold latest, about. split.
    - intros [d live]. apply (alive_iff_not_covered T w ran r d _ cl) in live as (a & ina & mk & none).
      destruct (made_by T w ran a d _ (in_history r a ina) mk) as (_ & eq & _). rewrite makes_mark in eq. injection eq as eq.
      apply marks_differ in eq as [on eqg]. exists a. repeat split; auto. intros (o & ino & sees & on'). apply none.
      exists o. repeat split; auto. now apply covers_marks.
    - intros (a & (ina & on & none) & eqg).
      destruct (makes_one T w ran a (mark x g) (in_history r a ina)) as [d mk]; [now rewrite makes_mark, on, eqg |].
      exists d. apply (alive_iff_not_covered T w ran r d _ cl). exists a. repeat split; auto.
      intros (o & ino & sees & cv). apply none. exists o. repeat split; auto. now apply covers_marks in cv.
  Qed.

  Lemma all_good_iff_all_latest_good r x :
    closed (known w r) ->
    all_good (state w r) x <->
    (exists a, latest about (known w r) x a) /\ forall a, latest about (known w r) x a -> is_good (op a) = true.
  Proof.
    intros cl. unfold all_good. split.
    - intros [(d & g & live) all]. split.
      + destruct (proj1 (live_mark_is_latest r x g cl)) as (a & la & _); [now exists d | now exists a].
      + intros a la. destruct (is_good (op a)) eqn:bad; [easy |].
        destruct (proj2 (live_mark_is_latest r x false cl)) as [d' live']; [now exists a |]. now apply all in live'.
    - intros [(a & la) all]. split.
      + destruct (proj2 (live_mark_is_latest r x (is_good (op a)) cl)) as [d live]; [now exists a |]. now exists d, (is_good (op a)).
      + intros d g live. destruct (proj1 (live_mark_is_latest r x g cl)) as (b & lb & <-); [now exists d | now apply all].
  Qed.
End Marks.

Section DisableWins.
  Context {Replica : Type} `{EqDec Replica} {discipline : Prop}.

  (** Both put a mark in the place of all that they see. *)
  Definition dw_flag : causal_type := {|
    payload := bool;
    payload_dec := _;
    operation := flag_op;
    makes o := Some match o with Enable => true | Disable => false end;
    covers _ _ := true;
    reads _ := false
  |}.

  (** There are marks, and all say "on". *)
  Definition dw_on (s : causal Replica bool) := (exists d g, s d = Live g) /\ forall d g, s d = Live g -> g = true.

  (** Known, and not seen by any known operation. *)
  Definition unseen {State Op : Type} (k : list (event Replica State Op)) a := In a k /\ ~ exists o, In o k /\ In a (seen o).

  (** The disable-wins flag is on exactly if there is a known operation that no known one has seen, and all such are enables. *)
  Theorem disable_wins w r :
    runs dw_flag discipline w -> closed (known w r) ->
    dw_on (state w r) <->
    (exists a, unseen (known w r) a) /\ forall a, unseen (known w r) a -> op a = Enable.
  Proof.
    intros ran cl.
    pose (is_on := fun o : flag_op => match o with Enable => true | Disable => false end).
    assert (same : forall a, latest (about dw_flag (fun _ => tt)) (known w r) tt a <-> unseen (known w r) a).
    { intros a. unfold latest, unseen, about. split.
      - intros (ina & _ & none). split; [exact ina |]. intros (o & ino & sees). apply none. now exists o.
      - intros (ina & none). repeat split; auto. intros (o & ino & sees & _). apply none. now exists o. }
    rewrite (all_good_iff_all_latest_good dw_flag (fun _ => tt) is_on (fun _ g => g)
               ltac:(now intros []) ltac:(now intros o [] g) ltac:(now intros [] g []) w ran r tt cl).
    assert (good : forall o : flag_op, is_on o = true <-> o = Enable) by (intros []; easy).
    split; intros [(a & la) all]; (split; [exists a; now apply same |]); intros b lb; apply good, all; now apply same.
  Qed.
End DisableWins.

Section RemoveWins.
  Context {Replica E : Type} `{EqDec Replica, EqDec E} {discipline : Prop}.

  Inductive rw_set_op := AddElement (x : E) | RemoveElement (x : E).

  Definition element_of (o : rw_set_op) : E := match o with AddElement x | RemoveElement x => x end.
  Definition adds (o : rw_set_op) : bool := match o with AddElement _ => true | RemoveElement _ => false end.

  (** Both put a mark in the place of the element's marks that they see. *)
  Definition rw_set : causal_type := {|
    payload := E * bool;
    payload_dec := _;
    operation := rw_set_op;
    makes o := Some (element_of o, adds o);
    covers o p := if eq_dec (element_of o) (fst p) then true else false;
    reads _ := false
  |}.

  (** There are marks on the element, and all say "added". *)
  Definition rw_member (s : causal Replica (E * bool)) (x : E) :=
    (exists d g, s d = Live (x, g)) /\ forall d g, s d = Live (x, g) -> g = true.

  Definition on_element (o : rw_set_op) (x : E) := element_of o = x.

  (** An element is in the remove-wins set exactly if there is a latest operation on it and all latest ones are adds. *)
  Theorem remove_wins w r x :
    runs rw_set discipline w -> closed (known w r) ->
    rw_member (state w r) x <->
    (exists a, latest on_element (known w r) x a) /\
    forall a, latest on_element (known w r) x a -> op a = AddElement x.
  Proof.
    intros ran cl.
    assert (covers_marks : forall (o : rw_set_op) (y : E) (g : bool), covers rw_set o (y, g) = true <-> element_of o = y).
    { intros o y g. simpl. now destruct (eq_dec (element_of o) y). }
    rewrite (all_good_iff_all_latest_good (Replica := Replica) rw_set element_of adds pair ltac:(easy) covers_marks
               ltac:(now intros x' g x'' g' [= -> ->]) w ran r x cl).
    assert (good : forall a, latest on_element (known w r) x a -> adds (op a) = true <-> op a = AddElement x).
    { intros a (_ & on & _). unfold on_element in on. destruct (op a); simpl in on; subst; simpl; split; congruence. }
    split; intros [some all]; (split; [exact some |]); intros a la; apply (good a la), all, la.
  Qed.
End RemoveWins.

Arguments rw_set_op : clear implicits.
Arguments rw_set E {_}.
