(** * Types made of one row per replica, under crashes

    Most counters, and the version vector, are a map from replicas to rows: only its owner changes a row, a row only
    grows, and a join takes the newer of each. A type is given by its rows ([rowtype]) and is then a [datatype] for
    the machine of Crash.v.

    Proved, if nodes come back under new incarnations:
    - whatever is held anywhere, in memory, on disks, in messages and in joins of these, each row in it is _exactly
      what its owner's first changes made_, up to some moment of the history: no change is left out in between, none
      counts twice, none is another's;
    - the owner's own copy is the newest.

    So two versions of a row are never in conflict, and "the larger is the newer" is true.

    A delta may bring rows of others along, and a message may be any choice of rows ([whole] says which are allowed).
    Assumed: fresh incarnations, see Crash.v, and functional extensionality: states are functions. Rust:
    crates/quipu-crdt/src/slots.rs, bounded_counter/row.rs. *)

From Coq Require Import List Arith Lia FunctionalExtensionality.
From Quipu Require Import Crash CrashSafety.
Import ListNotations.

Record rowtype := RowType {
  row : Type;
  row_command : Type;
  none : row;                                  (** the row of who never changed anything *)
  newer : row -> row -> row;                   (** joins two versions *)
  grow : row_command -> row -> row;            (** what a command makes of its owner's row *)
  permitted : replica -> row_command -> (replica -> row) -> Prop;
  whole : (replica -> row) -> Prop             (** what may be sent *)
}.

Arguments none {_}.
Arguments newer {_}.
Arguments grow {_}.
Arguments permitted {_}.
Arguments whole {_}.

Record row_laws (D : rowtype) : Prop := RowLaws {
  newer_comm : forall a b : row D, newer a b = newer b a;
  newer_assoc : forall a b c : row D, newer (newer a b) c = newer a (newer b c);
  newer_idem : forall a : row D, newer a a = a;
  newer_none : forall a : row D, newer none a = a;
  row_grows : forall c (a : row D), newer (grow c a) a = grow c a
}.

(** Some rows of [s]: each as it is there, or not at all. *)
Definition some_rows {D : rowtype} (m s : replica -> row D) : Prop := forall q, m q = none \/ m q = s q.

(** The delta has the grown row, and may bring rows of others along. *)
Definition of_rows (D : rowtype) : datatype := Datatype (replica -> row D) (row_command D)
  (fun _ => none)
  (fun a b q => newer (a q) (b q))
  (fun r c s d => permitted r c s /\ d r = grow c (s r) /\ (forall q, q <> r -> d q = none \/ d q = s q) /\ whole d)
  (fun m s => some_rows m s /\ whole m).

Section Rows.
Context {D : rowtype}.
Hypothesis RL : row_laws D.
Variable R : rules.

Lemma rows_semilattice : semilattice (of_rows D).
Proof.
  constructor; cbn; intros; apply functional_extensionality; intros q.
  - apply (newer_comm _ RL).
  - apply (newer_assoc _ RL).
  - apply (newer_idem _ RL).
  - apply (newer_none _ RL).
Qed.

(** The row that [r]'s changes in this history make, one after the other. The newest stands first. *)
Fixpoint replay (r : replica) (h : list (operation (of_rows D))) : row D :=
  match h with
  | [] => none
  | o :: h => if replica_dec (made_by o) r then grow (what o) (replay r h) else replay r h
  end.

(** What [r]'s changes had made of its row at some moment of this history. *)
Definition snapshot (r : replica) (h : list (operation (of_rows D))) (x : row D) : Prop :=
  exists later earlier, h = later ++ earlier /\ x = replay r earlier.

Lemma snapshot_now : forall r h, snapshot r h (replay r h).
Proof. intros; now exists [], h. Qed.

Lemma snapshot_none : forall r h, snapshot r h none.
Proof. intros; exists h, []; now rewrite app_nil_r. Qed.

Lemma snapshot_later : forall r o h x, snapshot r h x -> snapshot r (o :: h) x.
Proof. intros r o h x (l & e & -> & ->); now exists (o :: l), e. Qed.

Lemma snapshot_cases : forall r o h x, snapshot r (o :: h) x -> x = replay r (o :: h) \/ snapshot r h x.
Proof.
  intros r o h x ([|p l] & e & E & ->); cbn in E; [left; now subst|].
  injection E as -> ->. right; now exists l, e.
Qed.

Lemma snapshot_old : forall r h x, snapshot r h x -> newer (replay r h) x = replay r h.
Proof.
  induction h as [|o h IH]; intros x Hx.
  - destruct Hx as ([|] & [|] & E & ->); try discriminate. cbn. apply (newer_idem _ RL).
  - apply snapshot_cases in Hx. destruct Hx as [->|Hx]; [apply (newer_idem _ RL)|]. apply IH in Hx. cbn.
    destruct (replica_dec (made_by o) r); [|assumption].
    rewrite <- (row_grows _ RL). rewrite (newer_assoc _ RL). now rewrite Hx.
Qed.

(** Of two versions of a row one is the newer, and joining them gives that one. *)
Lemma snapshots_in_line : forall r h x y, snapshot r h x -> snapshot r h y -> newer x y = x \/ newer x y = y.
Proof.
  induction h as [|o h IH]; intros x y Hx Hy.
  - destruct Hx as ([|] & [|] & E & ->), Hy as ([|] & [|] & E' & ->); try discriminate. left; apply (newer_idem _ RL).
  - pose proof (snapshot_old _ _ _ Hx) as Ox. pose proof (snapshot_old _ _ _ Hy) as Oy.
    apply snapshot_cases in Hx. apply snapshot_cases in Hy.
    destruct Hx as [->|Hx]; [now left|]. destruct Hy as [->|Hy]; [right; now rewrite (newer_comm _ RL) | now apply IH].
Qed.

Lemma snapshot_join : forall r h x y, snapshot r h x -> snapshot r h y -> snapshot r h (newer x y).
Proof. intros r h x y Hx Hy. destruct (snapshots_in_line r h x y Hx Hy) as [-> | ->]; assumption. Qed.

(** Every delta has its maker's row as all changes up to then have made it. *)
Fixpoint linked (h : list (operation (of_rows D))) : Prop :=
  match h with
  | [] => True
  | o :: h => delta o (made_by o) = replay (made_by o) (o :: h) /\
              before o (made_by o) = replay (made_by o) h /\
              permitted (made_by o) (what o) (before o) /\ linked h
  end.

Lemma complete_replay : forall r h s, linked h -> complete (T := of_rows D) r h s -> newer (s r) (replay r h) = s r.
Proof.
  induction h as [|o h IH]; intros s Hl Hc.
  - cbn. now rewrite (newer_comm _ RL), (newer_none _ RL).
  - destruct Hl as (Hd & _ & _ & Hl). cbn in *. destruct (replica_dec (made_by o) r) as [E|E].
    + specialize (Hc o (or_introl eq_refl) E). unfold includes in Hc; cbn in Hc.
      apply (f_equal (fun f => f r)) in Hc. rewrite <- E in *. destruct (replica_dec _ _); [|congruence].
      now rewrite Hd in Hc.
    + apply IH; [assumption|]. intros o' H'; apply Hc; now right.
Qed.

Lemma complete_is_newest : forall r h s,
  linked h -> complete (T := of_rows D) r h s -> snapshot r h (s r) -> s r = replay r h.
Proof.
  intros r h s Hl Hc Hs. rewrite <- (complete_replay r h s Hl Hc), (newer_comm _ RL). now apply snapshot_old.
Qed.

(** The tool for all that is made of rows: what holds of every state, given that each row in it is a snapshot. *)
Lemma rows_everywhere : forall P : list (operation (of_rows D)) -> (replica -> row D) -> Prop,
  P [] (fun _ => none) ->
  (forall h s, P h s -> P h (fun _ => none)) ->
  (forall h a b, P h a -> P h b -> (forall r, snapshot r h (a r)) -> (forall r, snapshot r h (b r)) ->
     P h (fun q => newer (a q) (b q))) ->
  (forall h m s, some_rows m s -> whole m -> P h s -> P h m) ->
  (forall h r c s d, makes (d := of_rows D) r c s d -> P h s -> (forall q, snapshot q h (s q)) -> s r = replay r h ->
     P (Operation r c s d :: h) d /\ forall t, P h t -> P (Operation r c s d :: h) t) ->
  incarnations R = true ->
  forall w, reachable R w -> forall s, obtainable w s ->
  linked (history w) /\ (forall r, snapshot r (history w) (s r)) /\ P (history w) s.
Proof.
  intros P P0 Pbot Pjoin Ppart Pmake HR w H; revert w H.
  apply (everywhere rows_semilattice R (fun h s => linked h /\ (forall r, snapshot r h (s r)) /\ P h s)); [| | | | | assumption].
  - repeat split; auto using snapshot_none.
  - intros h s (Hl & Hs & Hp). repeat split; eauto using snapshot_none.
  - intros h a b (Hl & Ha & Pa) (_ & Hb & Pb). repeat split; cbn; auto using snapshot_join.
  - intros h m s [Hm Hw] (Hl & Hs & Hp). repeat split; eauto.
    intros r; destruct (Hm r) as [-> | ->]; auto using snapshot_none.
  - intros h r c s d Hmk (Hl & Hs & Hp) Hc.
    pose proof (complete_is_newest r h s Hl Hc (Hs r)) as E.
    destruct (Pmake h r c s d Hmk Hp Hs E) as [Pd Pt]. destruct Hmk as (Hperm & Hdr & Hdq & Hw).
    assert (Hl' : linked (Operation r c s d :: h)).
    { cbn. destruct (replica_dec r r); [|congruence]. rewrite Hdr, E. auto. }
    split; [|intros t (_ & Ht & Pt'); split; [exact Hl' | split; auto using snapshot_later]].
    split; [exact Hl' | split; [|assumption]]. intros q. destruct (replica_dec q r) as [->|Hq].
    + replace (d r) with (replay r (Operation r c s d :: h)); [apply snapshot_now|].
      cbn. destruct (replica_dec r r); [|congruence]. now rewrite Hdr, E.
    + destruct (Hdq q Hq) as [-> | ->]; auto using snapshot_none, snapshot_later.
Qed.

Lemma rows_anywhere : forall w s, incarnations R = true -> reachable R w -> obtainable w s ->
  linked (history w) /\ forall r, snapshot r (history w) (s r).
Proof.
  intros w s HR H Hs.
  destruct (rows_everywhere (fun _ _ => True)) with (w := w) (s := s) as (A & B & _); auto.
Qed.

(** With incarnations, each row of each state held anywhere, or joined from such, is what its owner's changes had made
    of it at some moment: all its changes up to then, each once. *)
Theorem every_row_is_a_snapshot : forall (w : world (of_rows D)) (s : replica -> row D) r,
  incarnations R = true -> reachable R w -> obtainable w s -> snapshot r (history w) (s r).
Proof. intros w s r HR H Hs. now apply rows_anywhere. Qed.

(** With incarnations, a node holds the row of each replica it speaks for as all that replica's changes have made it.
    *)
Theorem the_owner_has_the_newest_row : forall (w : world (of_rows D)) n r,
  incarnations R = true -> reachable R w -> speaks_for w n r ->
  volatile (machines w n) r = replay r (history w).
Proof.
  intros w n r HR H Hr.
  destruct (rows_anywhere w (volatile (machines w n)) HR H) as [Hl Hs].
  { apply obtain_held, (held_in_memory _ _ n); reflexivity. }
  apply complete_is_newest; auto.
  intros o Ho <-. exact (a_node_knows_its_own_life rows_semilattice R w n o HR H Ho Hr).
Qed.

(** With incarnations, of two versions of a row, wherever they are, one is the newer, and their join is that one: rows
    never conflict. *)
Theorem versions_never_conflict : forall (w : world (of_rows D)) (s t : replica -> row D) r,
  incarnations R = true -> reachable R w -> obtainable w s -> obtainable w t ->
  newer (s r) (t r) = s r \/ newer (s r) (t r) = t r.
Proof. intros w s t r HR H Hs Ht. apply (snapshots_in_line r (history w)); now apply every_row_is_a_snapshot. Qed.
End Rows.
