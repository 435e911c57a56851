(** * How positions come about: typing between two neighbours

    Rust counterpart: [crates/quipu-crdt/src/text/plain.rs], [Plain::insert] and [Plain::placed].

    A text is a set of positions, here a list whose order and repetitions do not matter, with the beginning of the text
    [Here] in it. Deleted characters stay in it: they count as neighbours, as in the Rust. A new character is put between
    two neighbours [l] and [r] by one rule: to the right of [l], with [r] as right origin, unless something hangs there
    already; then to the left of [r]. Texts come about by typing, by joining (union) and by hearing of a part only,
    in which every character's parent and right origin are known: what [Plain::placed] keeps.

    What is proved here:

    - the new character stands strictly between its two neighbours, in both cases;
    - its left and right neighbour at the time can be read off its position for ever: its left and right _origin_;
    - in every text that can come about, parents and right origins are there, and right origins stand where they should
      ([sound]); the later files build on this.

    Assumed: nothing about ids in this file; that they are unique is assumed where it is needed. *)

From Coq Require Import List.
From Quipu Require Import FugueOrder.
Import ListNotations.
Set Implicit Arguments.

(** ** Definitions *)

(** [precedes o o']: as places in the text, [None] being its end. *)
Definition precedes (o o' : option position) : Prop := compare_origin o o' = Lt.

(** Every character's parent and right origin are known. *)
Definition closed (D : list position) : Prop :=
  In Here D /\
  (forall p i, In (left_child p i) D -> In p D) /\
  (forall p o i, In (right_child p o i) D -> In p D /\ forall x, o = Some x -> In x D).

(** [r] comes right after [l] in the text [D]; [None] is the end. *)
Definition neighbours (D : list position) (l : position) (r : option position) : Prop :=
  In l D /\ (forall x, r = Some x -> In x D) /\ precedes (Some l) r /\
  (forall y, In y D -> before l y -> ~ precedes (Some y) r).

Definition is_right_child (p q : position) : Prop := exists o i, q = right_child p o i.

Lemma is_right_child_dec p q : {is_right_child p q} + {~ is_right_child p q}.
Proof.
  destruct (in_subtree_dec p q) as [Y | N].
  - assert ({s | q = below p s}) as [s ->].
    { clear - Y. revert q Y. induction p as [| i p IH | o i p IH]; intros q Y.
      - now exists q.
      - destruct q as [| j q | o' j q]; try (exfalso; destruct Y; discriminate).
        destruct (IH q) as [s E]; [destruct Y as [s E]; exists s; now injection E |].
        exists s. destruct Y as [t F]. injection F as -> ->. cbn. congruence.
      - destruct q as [| j q | o' j q]; try (exfalso; destruct Y; discriminate).
        destruct (IH q) as [s E]; [destruct Y as [s E]; exists s; now injection E |].
        exists s. destruct Y as [t F]. injection F as -> -> ->. cbn. congruence. }
    destruct s as [| i s | o i [| j s | o' j s]];
      try (right; intros (o1 & i1 & E); apply below_injective in E; discriminate).
    left. now exists o, i.
  - right. intros (o & i & ->). apply N. apply in_subtree_below.
Defined.

Definition has_right_child (D : list position) (p : position) : Prop := exists q, In q D /\ is_right_child p q.

Lemma has_right_child_dec D p : {has_right_child D p} + {~ has_right_child D p}.
Proof.
  induction D as [| q D IH].
  - right. intros (q & [] & _).
  - destruct (is_right_child_dec p q) as [Y | N]; [left; exists q; cbn; auto |].
    destruct IH as [Y | M].
    + left. destruct Y as (x & H & G). exists x. cbn. auto.
    + right. intros (x & [-> | H] & G); [contradiction | apply M; now exists x].
Defined.

(** The rule of insertion, as [Plain::insert] has it: the position of a new character between two neighbours. *)
Definition place (D : list position) (l : position) (r : option position) (i : dot) : position :=
  if has_right_child_dec D l
  then left_child match r with Some x => x | None => Here end i
  else right_child l r i.

(** All texts that can come about. *)
Inductive text : list position -> Prop :=
| empty : text [Here]
| typed D l r i : text D -> neighbours D l r -> text (place D l r i :: D)
| joined D E : text D -> text E -> text (D ++ E)
| part D E : text D -> incl E D -> closed E -> text E.

(** The left and right origin of a position. A left child has its parent's left origin, and its parent as right origin;
    a right child has its parent as left origin, and the right origin that it says. *)
Fixpoint origins (here left : position) (right : option position) (rest : position) : position * option position :=
  match rest with
  | Here => (left, right)
  | Left i rest => origins (left_child here i) left (Some here) rest
  | Right o i rest => origins (right_child here o i) here o rest
  end.

Definition left_origin (p : position) : position := fst (origins Here Here None p).
Definition right_origin (p : position) : option position := snd (origins Here Here None p).

(** The id of a character; the beginning has none. *)
Fixpoint id_of (p : position) : option dot :=
  match p with
  | Here => None
  | Left i Here => Some i
  | Right _ i Here => Some i
  | Left _ rest => id_of rest
  | Right _ _ rest => id_of rest
  end.

(** Nothing hangs to the left of the beginning. The right origin of a right child stands after all that hangs below its
    parent, and not after the parent's right origin. *)
Definition sound (D : list position) : Prop :=
  (forall p i, In (left_child p i) D -> p <> Here) /\
  (forall p o i, In (right_child p o i) D ->
     (forall x, o = Some x -> before p x /\ ~ in_subtree p x) /\ ~ precedes (right_origin p) o).

(** ** Paths, seen from their ends *)

Lemma below_left_child p s i : below p (left_child s i) = left_child (below p s) i.
Proof. unfold left_child. now rewrite below_below. Qed.

Lemma below_right_child p s o i : below p (right_child s o i) = right_child (below p s) o i.
Proof. unfold right_child. now rewrite below_below. Qed.

Lemma below_left p s i : below p (Left i s) = below (left_child p i) s.
Proof. unfold left_child. now rewrite below_below. Qed.

Lemma below_right p s o i : below p (Right o i s) = below (right_child p o i) s.
Proof. unfold right_child. now rewrite below_below. Qed.

Lemma path_end (P : position -> Prop) :
  P Here -> (forall p i, P p -> P (left_child p i)) -> (forall p o i, P p -> P (right_child p o i)) -> forall p, P p.
Proof.
  intros H L R p.
  assert (forall s q, P q -> P (below q s)) as A.
  { induction s as [| i s IH | o i s IH]; intros q Q.
    - now rewrite below_here.
    - rewrite below_left. auto.
    - rewrite below_right. auto. }
  exact (A p Here H).
Qed.

Lemma origins_below s : forall here left right t,
  origins here left right (below s t) =
  let (left, right) := origins here left right s in origins (below here s) left right t.
Proof.
  induction s as [| i s IH | o i s IH]; intros; cbn.
  - now rewrite below_here.
  - rewrite IH, below_left. reflexivity.
  - rewrite IH, below_right. reflexivity.
Qed.

Lemma left_origin_left p i : left_origin (left_child p i) = left_origin p.
Proof. unfold left_origin, left_child. rewrite origins_below. now destruct (origins Here Here None p). Qed.

Lemma left_origin_right p o i : left_origin (right_child p o i) = p.
Proof. unfold left_origin, right_child. rewrite origins_below. now destruct (origins Here Here None p). Qed.

Lemma right_origin_left p i : right_origin (left_child p i) = Some p.
Proof. unfold right_origin, left_child. rewrite origins_below. now destruct (origins Here Here None p). Qed.

Lemma right_origin_right p o i : right_origin (right_child p o i) = o.
Proof. unfold right_origin, right_child. rewrite origins_below. now destruct (origins Here Here None p). Qed.

Lemma left_child_not_here p i : left_child p i <> Here.
Proof. destruct p; discriminate. Qed.

Lemma right_child_not_here p o i : right_child p o i <> Here.
Proof. destruct p; discriminate. Qed.

Lemma left_child_injective p : forall q i j, left_child p i = left_child q j -> p = q /\ i = j.
Proof.
  unfold left_child. induction p as [| k p IH | o k p IH]; intros [| l q | o' l q] i j E; cbn in E; try discriminate E.
  - now injection E.
  - injection E as _ E. destruct q; discriminate.
  - injection E as _ E. destruct p; discriminate.
  - injection E as -> E. apply IH in E as [-> ->]. auto.
  - injection E as -> -> E. apply IH in E as [-> ->]. auto.
Qed.

Lemma right_child_injective p : forall q o o' i j, right_child p o i = right_child q o' j -> p = q /\ o = o' /\ i = j.
Proof.
  unfold right_child.
  induction p as [| k p IH | u k p IH]; intros [| l q | v l q] o o' i j E; cbn in E; try discriminate E.
  - now injection E.
  - injection E as _ _ E. destruct q; discriminate.
  - injection E as -> E. apply IH in E as (-> & -> & ->). auto.
  - injection E as _ _ E. destruct p; discriminate.
  - injection E as -> -> E. apply IH in E as (-> & -> & ->). auto.
Qed.

Lemma left_child_not_right p : forall q o i j, left_child p i <> right_child q o j.
Proof.
  unfold left_child, right_child.
  induction p as [| k p IH | u k p IH]; intros [| l q | v l q] o i j E; cbn in E; try discriminate E.
  - injection E as _ E. destruct q; discriminate.
  - injection E as _ E. now apply IH in E.
  - injection E as _ _ E. destruct p; discriminate.
  - injection E as _ _ E. now apply IH in E.
Qed.

Lemma id_of_below p s : s <> Here -> id_of (below p s) = id_of s.
Proof.
  intro N. induction p as [| i p IH | o i p IH]; auto.
  - cbn. destruct (below p s) eqn:E; auto. exfalso. destruct p; [contradiction | discriminate | discriminate].
  - cbn. destruct (below p s) eqn:E; auto. exfalso. destruct p; [contradiction | discriminate | discriminate].
Qed.

(** ** Closed sets *)

Lemma closed_below D p s : closed D -> In (below p s) D -> In p D.
Proof.
  intros (_ & L & R). induction s as [| s i IH | s o i IH] using path_end.
  - now rewrite below_here.
  - rewrite below_left_child. intro H. apply L in H. auto.
  - rewrite below_right_child. intro H. apply R in H. tauto.
Qed.

Lemma closed_right_child D p o i s : closed D -> In (below p (Right o i s)) D -> In (right_child p o i) D.
Proof. rewrite below_right. apply closed_below. Qed.

Lemma closed_left_child D p i s : closed D -> In (below p (Left i s)) D -> In (left_child p i) D.
Proof. rewrite below_left. apply closed_below. Qed.

Lemma closed_right_origin D p x : closed D -> In p D -> right_origin p = Some x -> In x D.
Proof.
  intros (_ & L & R) H. induction p as [| p i _ | p o i _] using path_end; intro E.
  - discriminate.
  - rewrite right_origin_left in E. injection E as <-. eauto.
  - rewrite right_origin_right in E. subst o. apply R in H as [_ H]. auto.
Qed.

Lemma before_left n i s : before (below n (Left i s)) n.
Proof. apply order_is_the_walk. Qed.

Lemma before_right n o i s : before n (below n (Right o i s)).
Proof. apply order_is_the_walk. Qed.

(** What is below [p] and after it hangs on its right. *)
Lemma after_is_right p x : in_subtree p x -> before p x -> exists o i s, x = below p (Right o i s).
Proof.
  intros [[| i s | o i s] ->] H.
  - rewrite below_here in H. now apply before_irrefl in H.
  - exfalso. exact (before_asym H (before_left _ _ _)).
  - now exists o, i, s.
Qed.

(** The left origin of what hangs on the right of [l] is [l] or hangs there too; and everything hangs on the right of
    its left origin. *)
Lemma left_origin_shape l o i s :
  exists m o' j t, below l (Right o i s) = below m (Right o' j t) /\ left_origin (below l (Right o i s)) = m /\
                   (m = l \/ before l m /\ in_subtree l m).
Proof.
  induction s as [| s k IH | s u k IH] using path_end.
  - exists l, o, i, Here. repeat split; auto. apply left_origin_right.
  - destruct IH as (m & o' & j & t & E & F & G). exists m, o', j, (left_child t k). repeat split; auto.
    + change (Right o i (left_child s k)) with (left_child (Right o i s) k).
      change (Right o' j (left_child t k)) with (left_child (Right o' j t) k). rewrite !below_left_child. congruence.
    + change (Right o i (left_child s k)) with (left_child (Right o i s) k).
      rewrite below_left_child, left_origin_left. exact F.
  - change (Right o i (right_child s u k)) with (right_child (Right o i s) u k). rewrite below_right_child.
    exists (below l (Right o i s)), u, k, Here. repeat split.
    + apply left_origin_right.
    + right. split; [apply before_right | apply in_subtree_below].
Qed.

(** ** Insertion *)

Lemma free_neighbour_outside D l x :
  closed D -> neighbours D l (Some x) -> ~ has_right_child D l -> ~ in_subtree l x.
Proof.
  intros C (_ & Hx & B & _) F I. destruct (after_is_right I B) as (o & i & s & ->). apply F.
  exists (right_child l o i). split; [eapply closed_right_child; eauto | now exists o, i].
Qed.

Lemma taken_neighbour_inside D l r :
  neighbours D l r -> has_right_child D l -> exists o i s, r = Some (below l (Right o i s)).
Proof.
  intros (_ & _ & B & N) (c & Hc & o & i & ->). specialize (N _ Hc (before_right _ _ _ _)).
  destruct r as [x |]; [| exfalso; apply N; reflexivity].
  assert (in_subtree l x) as I.
  { destruct (before_total x (right_child l o i)) as [H | [-> | H]].
    - eapply subtree_is_contiguous; [apply in_subtree_refl | apply in_subtree_below | exact B | exact H].
    - apply in_subtree_below.
    - now exfalso. }
  destruct (after_is_right I B) as (o' & j & s & ->). now exists o', j, s.
Qed.

(** A character that is put between two neighbours stands strictly between them, whichever way it hangs. *)
Theorem insertion_lands_between :
  forall D l r i, closed D -> neighbours D l r ->
  before l (place D l r i) /\ precedes (Some (place D l r i)) r.
Proof.
  intros D l r i C N. unfold place. destruct (has_right_child_dec D l) as [T | F].
  - destruct (taken_neighbour_inside N T) as (o & j & s & ->). split.
    + unfold left_child. rewrite below_below. cbn. apply before_right.
    + apply before_left.
  - split; [apply before_right |]. destruct r as [x |]; [| reflexivity].
    pose proof (free_neighbour_outside C N F) as O. unfold precedes, right_child. cbn.
    rewrite (compare_outside O). apply N.
Qed.

(** A character's position says for ever between which two it was put: its left origin is the neighbour on the left at
    the time, its right origin the neighbour on the right, deleted ones included. *)
Theorem origins_are_the_neighbours :
  forall D l r i, closed D -> neighbours D l r ->
  left_origin (place D l r i) = l /\ right_origin (place D l r i) = r.
Proof.
  intros D l r i C N. unfold place. destruct (has_right_child_dec D l) as [T | F].
  - destruct (taken_neighbour_inside N T) as (o & j & s & ->). rewrite left_origin_left, right_origin_left. split; auto.
    destruct (left_origin_shape l o j s) as (m & o' & k & t & E & -> & [M | [M _]]); auto. exfalso.
    destruct N as (_ & Hx & _ & N). specialize (Hx _ eq_refl). rewrite E in Hx, N.
    apply (N m); auto.
    + eapply closed_below; eauto.
    + apply before_right.
  - now rewrite left_origin_right, right_origin_right.
Qed.

(** A new character is no character that was there. *)
Theorem insertion_is_new :
  forall D l r i, closed D -> neighbours D l r -> ~ In (place D l r i) D.
Proof.
  intros D l r i C N H. destruct (insertion_lands_between i C N) as [B A]. now apply (proj2 (proj2 (proj2 N)) _ H).
Qed.

(** Typing keeps parents and right origins known. *)
Lemma place_closed D l r i : closed D -> neighbours D l r -> closed (place D l r i :: D).
Proof.
  intros C N. pose proof C as (H & L & R). split; [now right |]. unfold place.
  destruct (has_right_child_dec D l) as [T | F].
  - destruct (taken_neighbour_inside N T) as (o & j & s & ->).
    assert (In (below l (Right o j s)) D) as I by (apply N; reflexivity).
    split.
    + intros p k [E | Hp]; [apply left_child_injective in E as [<- _]; now right | right; eauto].
    + intros p o' k [E | Hp]; [now apply left_child_not_right in E |].
      apply R in Hp as [Hp Ho]. split; [now right |]. intros x E. right. auto.
  - split.
    + intros p k [E | Hp]; [symmetry in E; now apply left_child_not_right in E | right; eauto].
    + intros p o' k [E | Hp].
      * apply right_child_injective in E as (<- & <- & _). destruct N as (Hl & Hx & _). split; [now right |]. intros x E. right. auto.
      * apply R in Hp as [Hp Ho]. split; [now right |]. intros x E. right. auto.
Qed.

(** ** What holds of every text *)

Lemma starts_right D p : closed D -> sound D -> In p D -> p = Here \/ exists o i s, p = Right o i s.
Proof.
  intros C (L & _). induction p as [| p i IH | p o i IH] using path_end; intro H; auto; right.
  - pose proof (L _ _ H) as N. apply C in H. destruct (IH H) as [-> | (o & j & s & ->)]; [contradiction |].
    now exists o, j, (left_child s i).
  - apply C in H as [H _]. destruct (IH H) as [-> | (u & j & s & ->)].
    + now exists o, i, Here.
    + now exists u, j, (right_child s o i).
Qed.

Lemma beginning_is_first D p : closed D -> sound D -> In p D -> p = Here \/ before Here p.
Proof. intros C S H. destruct (starts_right p C S H) as [-> | (o & i & s & ->)]; auto. right. reflexivity. Qed.

Lemma right_origin_after D p : sound D -> In p D -> precedes (Some p) (right_origin p).
Proof.
  intros (L & R) H. induction p as [| p i _ | p o i _] using path_end.
  - reflexivity.
  - rewrite right_origin_left. apply before_left.
  - rewrite right_origin_right. destruct o as [x |]; [| reflexivity].
    apply R in H as [H _]. destruct (H x eq_refl) as [B O]. unfold precedes, right_child. cbn.
    now rewrite (compare_outside O).
Qed.

Lemma place_sound D l r i : closed D -> sound D -> neighbours D l r -> sound (place D l r i :: D).
Proof.
  intros C S N. pose proof S as (L & R). unfold place. destruct (has_right_child_dec D l) as [T | F]; split.
  - destruct (taken_neighbour_inside N T) as (o & j & s & ->). intros p k [E | Hp]; [| eauto].
    apply left_child_injective in E as [<- _]. intro E. assert (before l Here) as B by (rewrite <- E; apply before_right).
    destruct (beginning_is_first l C S (proj1 N)) as [-> | A]; [now apply before_irrefl in B | exact (before_asym A B)].
  - intros p o k [E | Hp]; [now apply left_child_not_right in E | eauto].
  - intros p k [E | Hp]; [symmetry in E; now apply left_child_not_right in E | eauto].
  - intros p o k [E | Hp]; [| eauto]. apply right_child_injective in E as (<- & <- & _). split.
    + intros x ->. split; [apply N | eapply free_neighbour_outside; eauto].
    + pose proof (right_origin_after l S (proj1 N)) as A. destruct (right_origin l) as [x |] eqn:E.
      * destruct N as (Hl & _ & _ & N). apply N; [eapply closed_right_origin; eauto | exact A].
      * destruct r; discriminate.
Qed.

(** In every text that can come about, parents and right origins are known, and right origins stand where they should. *)
Theorem texts_are_closed_and_sound : forall D, text D -> closed D /\ sound D.
Proof.
  induction 1 as [| D l r i _ [C S] N | D E _ [(HD & LD & RD) [SD TD]] _ [(HE & LE & RE) [SE TE]] | D E _ [_ [L R]] I C].
  - assert (forall p i, ~ In (left_child p i) [Here]) as NL.
    { intros p i [E | []]. symmetry in E. now apply left_child_not_here in E. }
    assert (forall p o i, ~ In (right_child p o i) [Here]) as NR.
    { intros p o i [E | []]. symmetry in E. now apply right_child_not_here in E. }
    split; [split; [now left | split] | split]; intros; exfalso; (eapply NL + eapply NR); eassumption.
  - split; [now apply place_closed | now apply place_sound].
  - split; split; [| split | |].
    + apply in_or_app. auto.
    + intros p i H. apply in_or_app. apply in_app_or in H as [H | H]; eauto.
    + intros p o i H. apply in_app_or in H as [H | H]; [destruct (RD _ _ _ H) | destruct (RE _ _ _ H)];
        split; intros; apply in_or_app; auto.
    + intros p i H. apply in_app_or in H as [H | H]; eauto.
    + intros p o i H. apply in_app_or in H as [H | H]; eauto.
  - split; [assumption |]. split; intros; [eapply L | eapply R]; eauto.
Qed.
