(** * Join-semilattices: why deltas may come in any order, any grouping, and any number of times

    What is proved.  A replicated data type is a set of states with a [join] that is commutative, associative and
    idempotent, and a least state [bottom].  From these laws alone:
    - joining a list of deltas into a state gives a result that depends on the _set_ of the deltas only: order and
      repetition do not matter ([same_deltas_same_state]), nor does it matter how deltas were grouped into messages
      ([grouping_is_irrelevant]);
    - the result is the least state that includes all of them ([joins_is_least_upper_bound]);
    - a message that a sender has reduced to what the receiver lacked acts as the whole state did
      ([difference_acts_as_whole]).

    Then the constructions of which the types are made: the maximum of numbers, the maximum under any total order,
    pairs, functions (a map from keys to a lattice, absent keys being [bottom]), and sets under union.  Each is an
    instance of [Lattice], that is, its laws are proved where it is defined.

    What is assumed.  Nothing but functional extensionality: two maps that agree at each key are one map.

    The Rust counterpart.  [crates/quipu-crdt/src/lattice.rs] (the trait [Lattice]; [a ⊑ b] here is [b.includes(&a)] there);
    pairs are [product.rs], maps of maxima [slots.rs], sets [g_set.rs].

    What is left out.  Overflow: numbers have no limit here.  A Rust mutator that would pass a limit refuses, that is, it makes
    no operation at all. *)

From Coq Require Import List NArith Lia Bool FunctionalExtensionality.
Import ListNotations.

(** Types whose values can be compared. *)
Class EqDec (A : Type) := eq_dec : forall a b : A, {a = b} + {a <> b}.

#[global] Instance unit_eq_dec : EqDec unit.
Proof. intros [] []; now left. Defined.
#[global] Instance bool_eq_dec : EqDec bool := Bool.bool_dec.
#[global] Instance nat_eq_dec : EqDec nat := PeanoNat.Nat.eq_dec.
#[global] Instance N_eq_dec : EqDec N := N.eq_dec.
#[global] Instance pair_eq_dec {A B} `{EqDec A, EqDec B} : EqDec (A * B).
Proof. intros [a b] [a' b']. destruct (eq_dec a a'), (eq_dec b b'); (left; congruence) || (right; congruence). Defined.
#[global] Instance sum_eq_dec {A B} `{EqDec A, EqDec B} : EqDec (A + B).
Proof.
  intros [a | b] [a' | b'].
  - destruct (eq_dec a a'); [left | right]; congruence.
  - now right.
  - now right.
  - destruct (eq_dec b b'); [left | right]; congruence.
Defined.
#[global] Instance option_eq_dec {A} `{EqDec A} : EqDec (option A).
Proof. intros [a |] [a' |]; try (now right); try (now left). destruct (eq_dec a a'); [left | right]; congruence. Defined.

(** ** The laws *)

(** What is joined: nothing is said of it yet. *)
Class Joinable (A : Type) := { bottom : A; join : A -> A -> A }.

Class Lattice (A : Type) := {
  operations :> Joinable A;
  join_comm : forall a b, join a b = join b a;
  join_assoc : forall a b c, join (join a b) c = join a (join b c);
  join_idem : forall a, join a a = a;
  join_bottom : forall a, join a bottom = a
}.

Infix "⊔" := join (at level 50, left associativity).

(** [a ⊑ b]: b knows all that a knows. *)
Definition below {A} `{Joinable A} (a b : A) := a ⊔ b = b.
Infix "⊑" := below (at level 70).

(** The join of a list of states. *)
Definition joins {A} `{Joinable A} (l : list A) : A := fold_right join bottom l.

Section Laws.
  Context {A : Type} `{Lattice A}.
  Implicit Types (a b c s : A) (l : list A).

  Lemma bottom_join a : bottom ⊔ a = a.
  Proof. rewrite join_comm. apply join_bottom. Qed.

  Lemma bottom_below a : bottom ⊑ a.
  Proof. apply bottom_join. Qed.

  Lemma below_refl a : a ⊑ a.
  Proof. apply join_idem. Qed.

  Lemma below_trans a b c : a ⊑ b -> b ⊑ c -> a ⊑ c.
  Proof. unfold below. intros ab bc. rewrite <- bc at 1. rewrite <- join_assoc, ab. exact bc. Qed.

  Lemma below_antisym a b : a ⊑ b -> b ⊑ a -> a = b.
  Proof. unfold below. intros ab ba. rewrite <- ba, join_comm. exact ab. Qed.

  Lemma below_join_left a b : a ⊑ a ⊔ b.
  Proof. unfold below. now rewrite <- join_assoc, join_idem. Qed.

  Lemma below_join_right a b : b ⊑ a ⊔ b.
  Proof. rewrite join_comm. apply below_join_left. Qed.

  Lemma join_least a b c : a ⊑ c -> b ⊑ c -> a ⊔ b ⊑ c.
  Proof. unfold below. intros ac bc. now rewrite join_assoc, bc. Qed.

  Lemma join_monotone a b s : a ⊑ b -> a ⊔ s ⊑ b ⊔ s.
  Proof.
    intros ab. apply join_least.
    - eapply below_trans; [exact ab | apply below_join_left].
    - apply below_join_right.
  Qed.

  (** The order of knowledge is a partial order with a least element, in which the join is the least upper bound. *)
  Theorem join_is_least_upper_bound :
    (forall a, bottom ⊑ a) /\ (forall a, a ⊑ a) /\
    (forall a b c, a ⊑ b -> b ⊑ c -> a ⊑ c) /\ (forall a b, a ⊑ b -> b ⊑ a -> a = b) /\
    (forall a b c, a ⊔ b ⊑ c <-> a ⊑ c /\ b ⊑ c).
  Proof.
    split; [exact bottom_below |]. split; [exact below_refl |]. split; [exact below_trans |].
    split; [exact below_antisym |]. intros a b c. split.
    - intros abc. split; (eapply below_trans; [| exact abc]); [apply below_join_left | apply below_join_right].
    - intros [ac bc]. now apply join_least.
  Qed.

  (** ** Lists of deltas *)

  Lemma joins_app l l' : joins (l ++ l') = joins l ⊔ joins l'.
  Proof.
    induction l as [| a l IH]; simpl.
    - now rewrite bottom_join.
    - now rewrite IH, join_assoc.
  Qed.

  Lemma below_joins a l : In a l -> a ⊑ joins l.
  Proof.
    induction l as [| b l IH]; simpl; [easy |]. intros [-> | inside].
    - apply below_join_left.
    - eapply below_trans; [now apply IH | apply below_join_right].
  Qed.

  Lemma joins_least l b : (forall a, In a l -> a ⊑ b) -> joins l ⊑ b.
  Proof.
    induction l as [| a l IH]; simpl; intros all.
    - apply bottom_below.
    - apply join_least; [apply all; now left | apply IH; auto].
  Qed.

  Lemma joins_incl l l' : incl l l' -> joins l ⊑ joins l'.
  Proof. intros sub. apply joins_least. intros a inside. apply below_joins, sub, inside. Qed.

  Lemma joins_same l l' : (forall a, In a l <-> In a l') -> joins l = joins l'.
  Proof. intros same. apply below_antisym; apply joins_incl; intros a; apply same. Qed.

  Lemma fold_left_joins l s : fold_left join l s = s ⊔ joins l.
  Proof.
    revert s. induction l as [| a l IH]; simpl; intros s.
    - now rewrite join_bottom.
    - now rewrite IH, join_assoc.
  Qed.

  (** The join of a list of states is the least state that includes each of them. *)
  Theorem joins_is_least_upper_bound l b : joins l ⊑ b <-> forall a, In a l -> a ⊑ b.
  Proof.
    split.
    - intros all a inside. apply (below_trans _ (joins l)); [now apply below_joins | exact all].
    - apply joins_least.
  Qed.

  (** Two replicas that start alike and join the same set of deltas one by one, each in its own order and each delta as often as
      it comes, end alike. *)
  Theorem same_deltas_same_state s l l' :
    (forall a, In a l <-> In a l') -> fold_left join l s = fold_left join l' s.
  Proof. intros same. rewrite !fold_left_joins. f_equal. now apply joins_same. Qed.

  (** Deltas that come joined into groups do what they do one by one. *)
  Theorem grouping_is_irrelevant s (groups : list (list A)) :
    fold_left join (map joins groups) s = fold_left join (concat groups) s.
  Proof.
    rewrite !fold_left_joins. f_equal. induction groups as [| g groups IH]; simpl; [easy |].
    now rewrite joins_app, IH.
  Qed.

  (** A part [part] of a state [whole] that makes good for what some state [known] lacked makes good for it at any later state:
      so a reply to "this is what I know" may leave out what is known, and is right also if the asker has moved on. *)
  Theorem difference_acts_as_whole known part whole s :
    known ⊔ part = known ⊔ whole -> known ⊑ s -> s ⊔ part = s ⊔ whole.
  Proof.
    intros good later. unfold below in later.
    rewrite <- later, (join_comm known s), !join_assoc. now rewrite good.
  Qed.
End Laws.

(** A map between lattices that keeps [bottom] and joins keeps joins of lists. *)
Lemma joins_map {A B} `{Lattice A, Lattice B} (f : A -> B) (l : list A) :
  f bottom = bottom -> (forall a b, f (a ⊔ b) = f a ⊔ f b) -> f (joins l) = joins (map f l).
Proof. intros fb fj. induction l as [| a l IH]; simpl; [easy |]. now rewrite fj, IH. Qed.

(** ** The constructions *)

(** The maximum of numbers: a count that only its owner raises, a register of a sketch. *)
#[global] Instance max_lattice : Lattice N.
Proof. refine {| operations := {| bottom := 0%N; join := N.max |} |}; simpl; intros; lia. Defined.

(** Sets under union are functions to booleans under "or"; so is a flag that only goes up. *)
#[global] Instance or_lattice : Lattice bool.
Proof.
  refine {| operations := {| bottom := false; join := orb |} |}; simpl; intros.
  - apply orb_comm.
  - symmetry. apply orb_assoc.
  - apply orb_diag.
  - apply orb_false_r.
Defined.

(** Pairs join part by part. *)
#[global] Instance pair_lattice {A B} `{Lattice A, Lattice B} : Lattice (A * B).
Proof.
  refine {| operations := {| bottom := (bottom, bottom); join := fun p q => (fst p ⊔ fst q, snd p ⊔ snd q) |} |}.
  - intros [a b] [a' b']; simpl. f_equal; apply join_comm.
  - intros [a b] [a' b'] [a'' b'']; simpl. f_equal; apply join_assoc.
  - intros [a b]; simpl. f_equal; apply join_idem.
  - intros [a b]; simpl. f_equal; apply join_bottom.
Defined.

(** Maps join key by key; a key that is not there is under [bottom]. *)
#[global] Instance map_lattice {K A} `{Lattice A} : Lattice (K -> A).
Proof.
  refine {| operations := {| bottom := fun _ => bottom; join := fun f g k => f k ⊔ g k |} |}; simpl; intros; extensionality k.
  - apply join_comm.
  - apply join_assoc.
  - apply join_idem.
  - apply join_bottom.
Defined.

Lemma map_join {K A} `{Lattice A} (f g : K -> A) (k : K) : (f ⊔ g) k = f k ⊔ g k.
Proof. reflexivity. Qed.

Lemma map_joins {K A} `{Lattice A} (l : list (K -> A)) (k : K) : joins l k = joins (map (fun f => f k) l).
Proof. apply (joins_map (fun f : K -> A => f k)); reflexivity. Qed.

Lemma map_below {K A} `{Lattice A} (f g : K -> A) : f ⊑ g <-> forall k, f k ⊑ g k.
Proof.
  split.
  - intros fg k. exact (f_equal (fun h => h k) fg).
  - intros fg. unfold below. extensionality k. apply fg.
Qed.

(** The map that is [bottom] but at one key. *)
Definition single {K A} `{EqDec K, Lattice A} (k : K) (a : A) : K -> A :=
  fun k' => if eq_dec k k' then a else bottom.

(** *** The larger of two under a total order, and nothing below all *)

Class TotalOrder (A : Type) := {
  leb : A -> A -> bool;
  leb_total : forall a b, leb a b = true \/ leb b a = true;
  leb_trans : forall a b c, leb a b = true -> leb b c = true -> leb a c = true;
  leb_antisym : forall a b, leb a b = true -> leb b a = true -> a = b
}.

Lemma leb_refl {A} `{TotalOrder A} (a : A) : leb a a = true.
Proof. now destruct (leb_total a a). Qed.

#[global] Instance N_order : TotalOrder N.
Proof.
  refine {| leb := N.leb |}; intros *; rewrite ?N.leb_le; lia.
Defined.

(** Pairs in the order of their first parts, then of their second. *)
#[global] Instance lexicographic {A B} `{EqDec A, TotalOrder A, TotalOrder B} : TotalOrder (A * B).
Proof.
  refine {| leb := fun p q => if eq_dec (fst p) (fst q) then leb (snd p) (snd q) else leb (fst p) (fst q) |}.
  - intros [a b] [a' b']; simpl. destruct (eq_dec a a'), (eq_dec a' a); try congruence; apply leb_total.
  - intros [a b] [a' b'] [a'' b'']; simpl.
    destruct (eq_dec a a'), (eq_dec a' a''), (eq_dec a a''); subst; try congruence; try apply leb_trans.
    intros x y. contradiction (n (leb_antisym _ _ x y)).
  - intros [a b] [a' b']; simpl. destruct (eq_dec a a'), (eq_dec a' a); try congruence; subst; intros x y.
    + f_equal. now apply leb_antisym.
    + contradiction (n (leb_antisym _ _ x y)).
Defined.

Definition later {A} `{TotalOrder A} (x y : option A) : option A :=
  match x, y with
  | Some a, Some b => if leb a b then Some b else Some a
  | Some a, None => Some a
  | None, _ => y
  end.

(** Not an instance for all options: which order is meant is to be said where it is used. *)
Definition latest_lattice {A} `{TotalOrder A} : Lattice (option A).
Proof.
  refine {| operations := {| bottom := None; join := later |} |}.
  - intros [a |] [b |]; simpl; try easy. destruct (leb a b) eqn:ab, (leb b a) eqn:ba; try easy.
    + f_equal. now apply leb_antisym.
    + destruct (leb_total a b); congruence.
  - intros [a |] [b |] [c |]; simpl; try easy.
    + destruct (leb a b) eqn:ab, (leb b c) eqn:bc; simpl; rewrite ?ab, ?bc; try easy.
      * now rewrite (leb_trans a b c).
      * destruct (leb a c) eqn:ac; [| easy]. f_equal.
        destruct (leb_total a b); [congruence |]. destruct (leb_total b c); [congruence |].
        assert (leb c a = true) by (apply (leb_trans c b a); assumption). now apply leb_antisym.
    + now destruct (leb a b).
  - intros [a |]; simpl; [now destruct (leb a a) | easy].
  - now intros [a |].
Defined.
