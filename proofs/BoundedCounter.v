(** * The counter that never goes below zero, under crashes

    The bounded counter (crates/quipu-crdt/src/bounded_counter.rs, bounded_counter/row.rs): each replica has a row
    that only it changes: what it created, what it consumed, what it gave to each other replica. A decrement or
    transfer needs as many rights as its replica holds, _as far as it knows_:  rights = created + got from others -
    consumed - given away.

    It runs in the machine of Crash.v: increments, decrements and transfers at any node, deltas and whole states lost,
    delayed, repeated and reordered, crashes, amnesia, restored and cloned disks. A delta is as Rust builds it: the
    row that changed with any rows of others, so that the invariant holds in the delta by itself ([valid]); a message
    is any choice of rows of which that is true.

    Proved, if nodes come back under new incarnations:
    - [no_row_is_overdrawn]: in every state held anywhere, and every join of such, no row has consumed and given away
      more than it created and got;
    - [no_read_is_negative]: so no state shows a negative value;
    - [never_more_is_sold_than_there_is]: all decrements ever made at all nodes, acknowledged or not, are at most all
      increments;
    - [a_new_life_holds_no_rights_of_its_own].

    Numbers are unbounded here; a change that does not fit 64 bits is refused in Rust. [everyone] is any finite list
    of replicas that an execution is confined to: who changes something, and who is given something. Each execution is
    finite, so each has such a list.

    A node that lost nothing may start under a new incarnation and go on with the rows of its earlier lives
    ([may_come_back] in Crash.v): what [inherit] does in Rust, a transfer in the earlier life's name to the new one,
    is one of the changes it may make then. If it may have lost unsynced records, but its disk is surely the newest,
    see CrashOrder.v. BoundedCounterForgets.v shows what a node does that forgot its row.

    Assumed: fresh incarnations (Crash.v), functional extensionality.

    The rights are due to O'Neil (1986) and Balegas et al. (2015), see the Rust file. *)

From Coq Require Import List Arith Lia FunctionalExtensionality.
From Quipu Require Import Crash CrashSafety CrashRows.
Import ListNotations.

Record right_row := RightRow {
  created : nat;
  consumed : nat;
  given : replica -> nat      (** to whom, and how much in all *)
}.

Inductive right_command :=
| Increment (amount : nat)
| Decrement (amount : nat)
| Transfer (to : replica) (amount : nat).

Definition no_row : right_row := RightRow 0 0 (fun _ => 0).

Definition newer_row (a b : right_row) : right_row :=
  RightRow (max (created a) (created b)) (max (consumed a) (consumed b)) (fun q => max (given a q) (given b q)).

Definition grown_row (c : right_command) (a : right_row) : right_row :=
  match c with
  | Increment n => RightRow (created a + n) (consumed a) (given a)
  | Decrement n => RightRow (created a) (consumed a + n) (given a)
  | Transfer to n => RightRow (created a) (consumed a)
      (fun q => if replica_dec q to then given a q + n else given a q)
  end.

(** The sum of [f] over a list of replicas. *)
Definition total (f : replica -> nat) (l : list replica) : nat := fold_right (fun q n => f q + n) 0 l.

Section Rights.
Variable everyone : list replica.

Definition rows_state := replica -> right_row.

Definition got (s : rows_state) (q : replica) : nat := total (fun r => given (s r) q) everyone.
Definition gave (a : right_row) : nat := total (given a) everyone.

(** What a replica may take away, as far as [s] knows. Subtraction stops at 0, as in Rust. *)
Definition rights (s : rows_state) (q : replica) : nat := created (s q) + got s q - (consumed (s q) + gave (s q)).

(** No row has consumed and given away more than it created and got, as far as [s] knows. *)
Definition valid (s : rows_state) : Prop := forall q, consumed (s q) + gave (s q) <= created (s q) + got s q.

Definition allowed (r : replica) (c : right_command) (s : rows_state) : Prop :=
  In r everyone /\
  match c with
  | Increment n => 0 < n
  | Decrement n => 0 < n <= rights s r
  | Transfer to n => 0 < n <= rights s r /\ to <> r /\ In to everyone
  end.

Definition right_rows : rowtype := RowType right_row right_command no_row newer_row grown_row allowed valid.

Local Notation bounded_counter := (of_rows right_rows).

(** All that was put in and taken out, in the whole history of all nodes. *)
Definition stocked (h : list (operation bounded_counter)) : nat :=
  fold_right (fun (o : operation bounded_counter) n => match what o with Increment a => a | _ => 0 end + n) 0 h.
Definition sold (h : list (operation bounded_counter)) : nat :=
  fold_right (fun (o : operation bounded_counter) n => match what o with Decrement a => a | _ => 0 end + n) 0 h.

(** What a read of [s] shows is the first less the second. *)
Definition all_created (s : rows_state) : nat := total (fun q => created (s q)) everyone.
Definition all_consumed (s : rows_state) : nat := total (fun q => consumed (s q)) everyone.

(** ** Sums *)

Lemma total_cons : forall f q l, total f (q :: l) = f q + total f l.
Proof. reflexivity. Qed.

Lemma total_ext : forall f g l, (forall q, In q l -> f q = g q) -> total f l = total g l.
Proof. induction l as [|q l IH]; intros H; [reflexivity|].
  rewrite !total_cons, IH, H; [reflexivity | now left | intros; apply H; now right].
Qed.

Lemma total_le : forall f g l, (forall q, In q l -> f q <= g q) -> total f l <= total g l.
Proof.
  induction l as [|q l IH]; intros H; [apply le_n|]. rewrite !total_cons.
  pose proof (H q (or_introl eq_refl)). assert (total f l <= total g l) by (apply IH; intros; apply H; now right). lia.
Qed.

Lemma total_plus : forall f g l, total (fun q => f q + g q) l = total f l + total g l.
Proof. induction l; [reflexivity|]. rewrite !total_cons. lia. Qed.

Lemma total_zero : forall l, total (fun _ => 0) l = 0.
Proof. induction l; cbn; auto. Qed.

Lemma total_swap : forall (f : replica -> replica -> nat) l m,
  total (fun q => total (fun r => f r q) l) m = total (fun r => total (fun q => f r q) m) l.
Proof.
  induction l as [|r l IH]; intros m; [apply total_zero|].
  rewrite total_cons, <- IH. apply total_plus.
Qed.

(** Sums that differ by [n] at one member. *)
Lemma total_bump : forall f g l r n, NoDup l -> In r l ->
  g r = f r + n -> (forall q, q <> r -> g q = f q) -> total g l = total f l + n.
Proof.
  induction l as [|q l IH]; intros r n Hnd Hin Hr Hq; [contradiction|]. inversion Hnd; subst. rewrite !total_cons.
  destruct Hin as [->|Hin].
  - rewrite Hr. rewrite (total_ext g f l); [lia|]. intros p Hp. apply Hq. congruence.
  - rewrite (IH r n); auto. rewrite Hq; [lia | congruence].
Qed.

Hypothesis once : NoDup everyone.

(** ** The laws *)

Lemma right_row_equal : forall a b : right_row, created a = created b -> consumed a = consumed b ->
  (forall q, given a q = given b q) -> a = b.
Proof. intros [c d g] [c' d' g'] H1 H2 H3; cbn in *. f_equal; auto. now apply functional_extensionality. Qed.

Lemma right_laws : row_laws right_rows.
Proof.
  constructor; cbn; intros; apply right_row_equal; cbn; intros; try lia.
  - destruct c; cbn; lia.
  - destruct c; cbn; lia.
  - destruct c as [n|n|to n]; cbn; try lia. destruct (replica_dec q to); lia.
Qed.

Lemma valid_nothing : valid (fun _ => no_row).
Proof. intros q; unfold gave, got; cbn. rewrite !total_zero. lia. Qed.

(** A row at least as new has given at least as much. *)
Lemma given_newer : forall a b q, newer_row a b = a -> given b q <= given a q.
Proof. intros a b q H. rewrite <- H; cbn. lia. Qed.

Lemma valid_join : forall a b : rows_state,
  (forall q, newer_row (a q) (b q) = a q \/ newer_row (a q) (b q) = b q) ->
  valid a -> valid b -> valid (fun q => newer_row (a q) (b q)).
Proof.
  intros a b Hline Ha Hb q. specialize (Ha q); specialize (Hb q).
  assert (Hgot : got a q <= got (fun q => newer_row (a q) (b q)) q /\ got b q <= got (fun q => newer_row (a q) (b q)) q).
  { split; apply total_le; intros; cbn; lia. }
  destruct (Hline q) as [E|E]; rewrite E; lia.
Qed.

(** One change of [r]'s row, permitted by a state that knows [r]'s own row as it is and others' rows as they are or
    were. *)
Lemma valid_change : forall (truth s truth' : rows_state) r c,
  valid truth -> allowed r c s -> s r = truth r ->
  (forall q, newer_row (truth q) (s q) = truth q) ->
  truth' r = grown_row c (truth r) -> (forall q, q <> r -> truth' q = truth q) ->
  valid truth'.
Proof.
  intros truth s truth' r c Hv [Hin Hc] Hr Hold Hr' Hq' q.
  assert (Hmore : forall p, got truth p <= got truth' p).
  { intros p; apply total_le; intros x _. destruct (replica_dec x r) as [->|Hx]; [|now rewrite Hq'].
    rewrite Hr'. destruct c; cbn; try lia. destruct (replica_dec p to); lia. }
  assert (Hs : got s r <= got truth r) by (apply total_le; intros; now apply given_newer).
  specialize (Hmore q). specialize (Hv q).
  destruct (replica_dec q r) as [->|Hq]; [|rewrite Hq' by assumption; lia].
  unfold rights in Hc; rewrite Hr in Hc. rewrite Hr'.
  destruct c as [n|n|to n]; cbn; cbn in Hc; try (unfold gave in *; cbn; lia).
  destruct Hc as (Hn & Hto & Hin').
  assert (E : gave (grown_row (Transfer to n) (truth r)) = gave (truth r) + n).
  { apply total_bump with (r := to); auto; cbn.
    - now destruct (replica_dec to to).
    - intros p Hp. now destruct (replica_dec p to). }
  cbn in E. rewrite E. lia.
Qed.

(** ** The theorems *)
Variable R : rules.

(** All rows as their owners have made them. *)
Definition truth_of (h : list (operation bounded_counter)) : rows_state := fun r => replay (D := right_rows) r h.

Lemma valid_everywhere : incarnations R = true ->
  forall w : world bounded_counter, reachable R w -> forall s : rows_state, obtainable (T := bounded_counter) w s ->
  linked (D := right_rows) (history w) /\ valid s /\ valid (truth_of (history w)).
Proof.
  intros HR w H s Hs.
  destruct (rows_everywhere right_laws R (fun h s => valid s /\ valid (truth_of h))) with (w := w) (s := s)
    as (Hl & _ & Hv); auto.
  - split; apply valid_nothing.
  - intros h t [_ Ht]; split; [apply valid_nothing | assumption].
  - intros h a b [Ha Ht] [Hb _] Sa Sb; split; [|assumption]. apply valid_join; auto.
    intros q. exact (snapshots_in_line right_laws q h (a q) (b q) (Sa q) (Sb q)).
  - intros h m t _ Hm [_ Ht]; now split.
  - intros h r c t d (Hc & Hd & Hdq & Hw) [Ht Htruth] Hsnap E.
    assert (Hnew : valid (truth_of (Operation (T := bounded_counter) r c t d :: h))).
    { apply valid_change with (truth := truth_of h) (s := t) (r := r) (c := c); auto.
      - intros q. exact (snapshot_old right_laws q h (t q) (Hsnap q)).
      - unfold truth_of; cbn. destruct (replica_dec r r); [reflexivity | congruence].
      - intros q Hq. unfold truth_of; cbn. destruct (replica_dec r q); [congruence | reflexivity]. }
    split; [now split | intros u [Hu _]; now split].
Qed.

(** In every state held anywhere, and in every join of such states, no row has consumed and given away more than it
    created and got, as far as that state knows. *)
Theorem no_row_is_overdrawn : forall (w : world bounded_counter) (s : rows_state) q,
  incarnations R = true -> reachable R w -> obtainable (T := bounded_counter) w s ->
  consumed (s q) + gave (s q) <= created (s q) + got s q.
Proof. intros w s q HR H Hs. now apply (valid_everywhere HR w H s Hs). Qed.

Lemma valid_total : forall s, valid s -> all_consumed s <= all_created s.
Proof.
  intros s Hv. unfold all_consumed, all_created.
  assert (H : total (fun q => consumed (s q) + gave (s q)) everyone <= total (fun q => created (s q) + got s q) everyone).
  { apply total_le; intros; apply Hv. }
  rewrite !total_plus in H. unfold got, gave in H.
  rewrite (total_swap (fun r q => given (s r) q) everyone everyone) in H. cbn in H.
  change (fun q => total (given (s q)) everyone) with (fun r => total (fun q => given (s r) q) everyone) in H. lia.
Qed.

(** So no state anywhere, and no join of states, shows less than nothing in stock. *)
Theorem no_read_is_negative : forall (w : world bounded_counter) (s : rows_state),
  incarnations R = true -> reachable R w -> obtainable (T := bounded_counter) w s ->
  all_consumed s <= all_created s.
Proof. intros w s HR H Hs. apply valid_total. now apply (valid_everywhere HR w H s Hs). Qed.

Lemma truth_sums : forall h, linked (D := right_rows) h ->
  all_created (truth_of h) = stocked h /\ all_consumed (truth_of h) = sold h.
Proof.
  induction h as [|o h IH]; intros Hl.
  - split; apply total_zero.
  - destruct Hl as (_ & _ & [Hin _] & Hl). destruct (IH Hl) as [IHc IHs]. cbn [stocked sold fold_right]. fold (stocked h) (sold h).
    rewrite <- IHc, <- IHs.
    assert (Hr : truth_of (o :: h) (made_by o) = grown_row (what o) (truth_of h (made_by o))).
    { unfold truth_of; cbn. destruct (replica_dec (made_by o) (made_by o)); [reflexivity | congruence]. }
    assert (Hq : forall q, q <> made_by o -> truth_of (o :: h) q = truth_of h q).
    { intros q Hq. unfold truth_of; cbn. destruct (replica_dec (made_by o) q); [congruence | reflexivity]. }
    split; rewrite Nat.add_comm; apply total_bump with (r := made_by o); auto;
      try (intros q Hne; now rewrite Hq); rewrite Hr; destruct (what o); cbn; lia.
Qed.

(** Never is more taken away, by all nodes in all their lives, than was put in: the stock is never negative. *)
Theorem never_more_is_sold_than_there_is : forall w : world bounded_counter,
  incarnations R = true -> reachable R w -> sold (history w) <= stocked (history w).
Proof.
  intros w HR H.
  destruct (valid_everywhere HR w H _ (obtain_bottom w)) as (Hl & _ & Hv).
  destruct (truth_sums _ Hl) as [<- <-]. now apply valid_total.
Qed.

(** A node in a life that has not changed anything yet has an empty row, whatever its earlier lives held: it may use
    only what others give it. *)
Theorem a_new_life_holds_no_rights_of_its_own : forall (w : world bounded_counter) n r,
  incarnations R = true -> reachable R w -> speaks_for w n r ->
  (forall o, In o (history w) -> made_by o <> r) ->
  volatile (machines w n) r = no_row.
Proof.
  intros w n r HR H Hr Hnew. etransitivity; [exact (the_owner_has_the_newest_row right_laws R w n r HR H Hr)|].
  induction (history w) as [|o h IH]; cbn; [reflexivity|].
  destruct (replica_dec (made_by o) r) as [E|_]; [exfalso; apply (Hnew o); [now left | assumption]|].
  apply IH. intros; apply Hnew; now right.
Qed.
End Rights.
