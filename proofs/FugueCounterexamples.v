(** * What other orders mix

    Rust counterpart: none; this is why [crates/quipu-crdt/src/text] follows FugueMax.

    Two well-known orders with less to compare, and histories that they mix where the order of [FugueOrder.v] provably
    does not:

    - the _replicated growable array_ (RGA): a character hangs below its left neighbour at the time, and among siblings
      the later one comes first. Two people who type backwards at one place get their characters mixed one by one,
      however much they type;
    - _Fugue without right origins_: the tree of [Fugue.v], but right siblings by their ids alone. Somebody who puts a
      character in front of another one finds a stranger's between the two, and the stranger's run is cut as well.

    Assumed: of RGA only what its order of siblings is; ids are pairs of a Lamport time and a replica. *)

From Coq Require Import NArith List Lia.
From Quipu Require Import FugueOrder Fugue FugueRuns.
Import ListNotations.
Set Implicit Arguments.

(** ** RGA *)

(** A position: the ids from the beginning down to the character, each the left neighbour of the next one at the time. *)
Fixpoint compare_rga (p q : list dot) : comparison :=
  match p, q with
  | [], [] => Eq
  | [], _ :: _ => Lt
  | _ :: _, [] => Gt
  | i :: p, j :: q =>
      match compare_dot j i with                       (* the later one first *)
      | Eq => compare_rga p q
      | other => other
      end
  end.

(** What a replica types at the beginning of an empty text, each character in front of the last one: the left neighbour
    is always the beginning, and the Lamport time goes up. *)
Definition typed_backward (replica time : N) : list dot := [(time, replica)].

(** In RGA two backward runs at the same place are mixed character by character, whatever their length: each character
    of one stands between two of the other. *)
Theorem rga_mixes_backward_runs :
  forall alice bob time, (alice < bob)%N ->
  compare_rga (typed_backward bob (N.succ time)) (typed_backward alice (N.succ time)) = Lt /\
  compare_rga (typed_backward alice (N.succ time)) (typed_backward bob time) = Lt /\
  compare_rga (typed_backward bob time) (typed_backward alice time) = Lt.
Proof.
  intros alice bob time H. unfold typed_backward, compare_rga, compare_dot. cbn [fst snd].
  rewrite !N.compare_refl.
  assert (N.compare alice bob = Lt) as -> by (now apply N.compare_lt_iff).
  assert (N.compare time (N.succ time) = Lt) as -> by (apply N.compare_lt_iff; lia). auto.
Qed.

(** ** Fugue without right origins *)

(** [compare] of [FugueOrder.v], but for right siblings, which stand in the order of their ids. *)
Fixpoint compare_plain (p q : position) : comparison :=
  match p, q with
  | Here, Here => Eq
  | Here, Left _ _ => Gt
  | Here, Right _ _ _ => Lt
  | Left _ _, Here => Lt
  | Left i p, Left j q => match compare_dot i j with Eq => compare_plain p q | other => other end
  | Left _ _, Right _ _ _ => Lt
  | Right _ _ _, Here => Gt
  | Right _ _ _, Left _ _ => Gt
  | Right _ i p, Right _ j q => match compare_dot i j with Eq => compare_plain p q | other => other end
  end.

Section TwoSessions.
  Open Scope N_scope.

  (** Alice is replica 2, Bob replica 3 and in his second session replica 1. Each starts with an empty text. *)
  Definition alice_1 : position := right_child Here None (2, 1).
  Definition bob_1 : position := right_child Here None (3, 1).
  (** Alice goes on after her first character, not having seen Bob's. *)
  Definition alice_2 : position := right_child alice_1 None (2, 2).
  (** Bob has seen Alice's first character and puts another one in front of his own. *)
  Definition bob_2 : position := right_child alice_1 (Some bob_1) (1, 1).

  Lemma no_right_child D p : (forall q, In q D -> ~ is_right_child p q) -> has_right_child D p -> False.
  Proof. intros N (q & H & G). exact (N q H G). Qed.

  Lemma place_free D l r i : (forall q, In q D -> ~ is_right_child l q) -> place D l r i = right_child l r i.
  Proof. intro N. unfold place. destruct (has_right_child_dec D l) as [Y | _]; auto. exfalso. exact (no_right_child N Y). Qed.

  Ltac no_child := intros q Hq (o & i & E); cbn in Hq; repeat destruct Hq as [<- | Hq]; try discriminate; try contradiction.
  Ltac next_to :=
    split; [cbn; tauto | split; [intros x E; try discriminate; injection E as <-; cbn; tauto | split; [reflexivity |]]];
    intros y Hy; cbn in Hy; repeat destruct Hy as [<- | Hy]; try contradiction; vm_compute; congruence.

  Lemma alice_1_typed : text [alice_1; Here].
  Proof.
    unfold alice_1. rewrite <- (@place_free [Here] Here None (2, 1)) by no_child. constructor; [constructor | next_to].
  Qed.

  Lemma bob_1_typed : text [bob_1; Here].
  Proof.
    unfold bob_1. rewrite <- (@place_free [Here] Here None (3, 1)) by no_child. constructor; [constructor | next_to].
  Qed.

  Lemma alice_2_typed : text [alice_2; alice_1; Here].
  Proof.
    unfold alice_2. rewrite <- (@place_free [alice_1; Here] alice_1 None (2, 2)) by no_child.
    constructor; [exact alice_1_typed | next_to].
  Qed.

  Lemma bob_2_typed : text [bob_2; alice_1; Here; bob_1; Here].
  Proof.
    unfold bob_2. rewrite <- (@place_free [alice_1; Here; bob_1; Here] alice_1 (Some bob_1) (1, 1)) by no_child.
    constructor; [exact (joined alice_1_typed bob_1_typed) | next_to].
  Qed.

  (** Without right origins two people's texts are mixed that FugueMax keeps apart: a history that can come about, in
      which Alice types two characters one after the other and Bob two, the second in front of the first; in the order
      by ids alone they stand Alice, Bob, Alice, Bob, and by FugueMax Alice, Alice, Bob, Bob. *)
  Theorem fugue_without_right_origins_mixes :
    text ([alice_2; alice_1; Here] ++ [bob_2; alice_1; Here; bob_1; Here]) /\
    (compare_plain alice_1 bob_2 = Lt /\ compare_plain bob_2 alice_2 = Lt /\ compare_plain alice_2 bob_1 = Lt) /\
    (before alice_1 alice_2 /\ before alice_2 bob_2 /\ before bob_2 bob_1) /\
    not_mixed [alice_1; alice_2] [bob_1; bob_2].
  Proof.
    split; [exact (joined alice_2_typed bob_2_typed) |]. split; [now vm_compute |]. split; [now vm_compute |].
    left. intros x y Hx Hy. cbn in Hx, Hy.
    repeat destruct Hx as [<- | Hx]; try contradiction; repeat destruct Hy as [<- | Hy]; try contradiction; reflexivity.
  Qed.
End TwoSessions.
