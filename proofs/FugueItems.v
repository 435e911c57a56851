(** * Runs as one item of the line

    Rust counterpart: [crates/quipu-crdt/src/text/integrate.rs], [Sequence::between].

    The fast text keeps what was typed one after the other as one item, a run: each character but the first has the one
    before it as left origin. Its loop looks at the first character of a run alone and passes by the rest. Here it is
    proved that [scan] of [FugueIntegrate.v], which looks at every character, does the same: the rest of a run changes
    nothing, and the right origin that the loop waits for is never among the rest.

    Left out: the tree of leaves that the items are kept in, and that an item may begin with the second part of a run
    that was split; that part is a run by itself, with the last character of the first part as left origin. *)

From Coq Require Import List Lia.
From Quipu Require Import FugueOrder Fugue FugueMaximal FugueIntegrate.
Import ListNotations.
Set Implicit Arguments.

(** Each has the one before it as left origin; [y] is the one before the first. *)
Fixpoint follow (y : position) (ys : list position) : Prop :=
  match ys with
  | [] => True
  | z :: zs => left_origin z = y /\ before y z /\ follow z zs
  end.

(** A right child's right origin was right after its parent, so it hangs nowhere between the two. *)
Lemma right_origin_before_parent D : text D ->
  forall p x i, In (right_child p (Some x) i) D -> ~ before p (left_origin x).
Proof.
  induction 1 as [| D l r i X IH N | D E _ IHD _ IHE | D E _ IH I _]; intros p x j H.
  - destruct H as [H | []]. symmetry in H. now apply right_child_not_here in H.
  - destruct (texts_are_closed_and_sound X) as [C S]. destruct H as [H | H]; [| now apply (IH p x j)].
    unfold place in H. destruct (has_right_child_dec D l); [now apply left_child_not_right in H |].
    apply right_child_injective in H as (<- & -> & _). intro B.
    destruct N as (Hl & Hx & lx & N). specialize (Hx x eq_refl). apply (N (left_origin x)); auto.
    + now apply left_origin_in.
    + destruct (position_eq_dec x Here) as [-> | Nx].
      * exfalso. destruct (beginning_is_first l C S Hl) as [-> | G]; [exact (before_irrefl B) | exact (before_asym B G)].
      * destruct (hangs_right_of_left_origin C S Hx Nx) as (o & k & s & F). unfold precedes. cbn. rewrite F at 2.
        apply before_right.
  - apply in_app_or in H as [H | H]; [now apply (IHD p x j) | now apply (IHE p x j)].
  - apply (IH p x j). auto.
Qed.

(** The right origin of a character does not have a left origin between the two origins: it is the first of its run, if
    the run is not the one of the left origin. *)
Theorem right_origin_begins_a_run :
  forall D c x, text D -> In c D -> c <> Here -> right_origin c = Some x -> ~ before (left_origin c) (left_origin x).
Proof.
  intros D c x X I N E. destruct (path_cases c) as [-> | [(w & k & ->) | (p & o & k & ->)]]; [contradiction | |].
  - rewrite right_origin_left in E. injection E as ->. rewrite left_origin_left. apply before_irrefl.
  - rewrite right_origin_right in E. subst o. rewrite left_origin_right. now apply (@right_origin_before_parent D X p x k).
Qed.

Lemma scan_not_passing l r i rest here best best' :
  scan l r i rest here best false = scan l r i rest here best' false.
Proof. destruct rest; reflexivity. Qed.

(** The loop passes by the rest of a run without a change: it may look at the first character of each run alone. *)
Theorem rest_of_a_run_changes_nothing :
  forall D new i y ys rest here best passing,
  text (new :: D) -> new <> Here -> before (left_origin new) y -> follow y ys ->
  scan (left_origin new) (right_origin new) i (ys ++ rest) here best passing =
  scan (left_origin new) (right_origin new) i rest (length ys + here) best passing.
Proof.
  intros D new i y ys rest here best passing X N. revert y here best.
  induction ys as [| z ys IH]; intros y here best ly F; [reflexivity |]. destruct F as (Lz & yz & F).
  assert (before (left_origin new) z) as lz by (eapply before_trans; eauto).
  assert (compare_origin (Some z) (right_origin new) <> Eq) as NotR.
  { intro E. apply compare_origin_eq in E. symmetry in E.
    apply (right_origin_begins_a_run X (or_introl eq_refl) N E). now rewrite Lz. }
  cbn [app scan length]. assert (compare (left_origin z) (left_origin new) = Gt) as -> by (rewrite Lz; now apply compare_gt).
  replace (S (length ys) + here) with (length ys + S here) by lia.
  destruct (compare_origin (Some z) (right_origin new)); [congruence | |];
    rewrite (IH z) by assumption; (destruct passing; [reflexivity | apply scan_not_passing]).
Qed.
