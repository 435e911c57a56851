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

Section Marks.
  Context {Replica X : Type} `{EqDec Replica, EqDec X}.

  (** A mark on [x]: good or bad.  It takes the place of the marks on [x] that it sees.  The disable-wins flag has marks on the
      one value of [unit], "on" and "off"; the remove-wins set on elements, "added" and "removed". *)
  Inductive mark_op := Mark (good : bool) (x : X).

  Definition marked (o : mark_op) : X := match o with Mark _ x => x end.
  Definition is_good (o : mark_op) : bool := match o with Mark g _ => g end.

  Definition marks_type : causal_type := {|
    payload := X * bool;
    payload_dec := _;
    operation := mark_op;
    makes o := Some (marked o, is_good o);
    covers o p := if eq_dec (marked o) (fst p) then true else false;
    reads _ := false
  |}.

  (** There are marks on [x], and all are good. *)
  Definition all_good (s : causal Replica (X * bool)) (x : X) :=
    (exists d g, s d = Live (x, g)) /\ forall d g, s d = Live (x, g) -> g = true.

  Context {discipline : Prop}.
  Variable w : Convergence.system Replica (causal Replica (X * bool)) mark_op.
  Hypothesis ran : runs marks_type discipline w.

  Definition about (o : mark_op) (x : X) := marked o = x.

  Local Notation in_history r e ine := (i_known _ _ _ (reachable_invariant _ _ _ _ ran) r e ine).

  Lemma covers_about (o : mark_op) (x : X) (g : bool) : covers marks_type o (x, g) = true <-> about o x.
  Proof. unfold about. simpl. now destruct (eq_dec (marked o) x). Qed.

  Lemma makes_mark (o : mark_op) (x : X) (g : bool) : makes marks_type o = Some (x, g) <-> about o x /\ is_good o = g.
  Proof. unfold about. simpl. split; [intros [= -> ->] | intros [-> ->]]; easy. Qed.

  Lemma live_mark_is_latest r x g :
    closed (known w r) ->
    (exists d, state w r d = Live (x, g)) <-> exists a, latest about (known w r) x a /\ is_good (op a) = g.
  Proof.
    intros cl. unfold latest. split.
    - intros [d live]. apply (alive_iff_not_covered marks_type w ran r d (x, g) cl) in live as (a & ina & mk & none).
      destruct (made_by marks_type w ran a d (x, g) (in_history r a ina) mk) as (_ & eq & _).
      apply makes_mark in eq as [on eqg]. exists a. repeat split; auto. intros (o & ino & sees & on'). apply none.
      exists o. repeat split; auto. now apply covers_about.
    - intros (a & (ina & on & none) & eqg).
      destruct (makes_one marks_type w ran a (x, g) (in_history r a ina)) as [d mk]; [now apply makes_mark |].
      exists d. apply (alive_iff_not_covered marks_type w ran r d (x, g) cl). exists a. repeat split; auto.
      intros (o & ino & sees & cv). apply none. exists o. repeat split; auto. now apply covers_about in cv.
  Qed.

  (** Where knowledge is causally closed: all marks on [x] are good, and there is one, exactly if there is a latest operation on
      [x] and all latest operations on [x] put good marks. *)
  Theorem all_good_iff_all_latest_good r x :
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

Arguments mark_op : clear implicits.
Arguments marks_type X {_}.

Section DisableWins.
  Context {Replica : Type} `{EqDec Replica} {discipline : Prop}.

  (** [Mark true tt] enables, [Mark false tt] disables. *)
  Definition dw_flag : causal_type := marks_type unit.

  Definition dw_on (s : causal Replica (unit * bool)) := all_good s tt.

  (** The disable-wins flag is on exactly if there is a latest operation and all latest operations are enables. *)
  Theorem disable_wins w r :
    runs dw_flag discipline w -> closed (known w r) ->
    dw_on (state w r) <->
    (exists a, latest about (known w r) tt a) /\ forall a, latest about (known w r) tt a -> op a = Mark true tt.
  Proof.
    intros ran cl. unfold dw_on. rewrite (all_good_iff_all_latest_good w ran r tt cl).
    assert (good : forall a : event Replica (causal Replica (unit * bool)) (mark_op unit),
              is_good (op a) = true <-> op a = Mark true tt).
    { intros a. destruct (op a) as [g []]. simpl. split; congruence. }
    split; intros [some all]; (split; [exact some |]); intros a la; apply good, all, la.
  Qed.
End DisableWins.

Section RemoveWins.
  Context {Replica E : Type} `{EqDec Replica, EqDec E} {discipline : Prop}.

  (** [Mark true x] adds, [Mark false x] removes. *)
  Definition rw_set : causal_type := marks_type E.

  Definition rw_member (s : causal Replica (E * bool)) (x : E) := all_good s x.

  (** An element is in the remove-wins set exactly if there is a latest operation on it and all latest ones are adds. *)
  Theorem remove_wins w r x :
    runs rw_set discipline w -> closed (known w r) ->
    rw_member (state w r) x <->
    (exists a, latest about (known w r) x a) /\ forall a, latest about (known w r) x a -> op a = Mark true x.
  Proof.
    intros ran cl. unfold rw_member. rewrite (all_good_iff_all_latest_good w ran r x cl).
    assert (good : forall a, latest about (known w r) x a -> is_good (op a) = true <-> op a = Mark true x).
    { intros a (_ & on & _). unfold about in on. destruct (op a) as [g y]. simpl in *. subst y. split; congruence. }
    split; intros [some all]; (split; [exact some |]); intros a la; apply (good a la), all, la.
  Qed.
End RemoveWins.

Arguments rw_set E {_}.
