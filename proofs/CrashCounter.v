(** * The grow-only counter under crashes: no acknowledged increment is lost or doubled

    The G-Counter (crates/quipu-crdt/src/g_counter.rs) in the machine of Crash.v, with both rules: order is meaning,
    and a node that may have lost anything comes back under a new incarnation.

    Proved, for every reachable world, under crashes, amnesia, restored and cloned disks and any network:
    - [a_slot_is_the_sum_of_what_it_counts], [the_value_counts_each_increment_once]: the value of any state, and of
      any join of states, is the sum of the increments it counts, each once. So it is never more than all increments
      together ([never_more_than_was_added]).
    - [an_acknowledged_increment_is_lost_with_its_disk_or_not_at_all]: the join of all that is on the network and on
      the disks counts every acknowledged increment, but for those that lay on a disk that was destroyed (amnesia) or
      replaced (backup) and had been sent by nobody. No protocol that acknowledges before it has sent can do better.
    - [after_crashes_alone_all_that_was_acknowledged_is_there], [what_was_sent_is_counted]: nothing acknowledged is
      lost by crashes; and nothing at all that was sent is lost, whatever happens to its disk.

    Left out: sums that pass 64 bits (Rust refuses such an increment; numbers here are unbounded). Adding 0 is no
    change, here as there. Assumed: fresh incarnations, see Crash.v, and functional extensionality. *)

From Coq Require Import List Arith Lia.
From Quipu Require Import Crash CrashSafety CrashRows.
Import ListNotations.

(** A slot holds what its replica has added; an increment adds a positive amount; a delta is the slot, perhaps with
    others. *)
Definition counter_rows : rowtype :=
  RowType nat nat 0 Nat.max (fun amount slot => slot + amount) (fun _ amount _ => 0 < amount) (fun _ => True).

Notation counter := (of_rows counter_rows).

Lemma counter_laws : row_laws counter_rows.
Proof. constructor; cbn; intros; lia. Qed.

Definition amount (o : operation counter) : nat := what o.

(** [s] counts this increment: its slot is as large as the increment made it. *)
Definition counts (s : state counter) (o : operation counter) : bool := delta o (made_by o) <=? s (made_by o).

Definition sum (l : list nat) : nat := fold_right Nat.add 0 l.

(** What the counter shows, if all replicas with a slot are among [all]. *)
Definition value (all : list replica) (s : state counter) : nat := sum (map s all).

(** The increments of [h] that [s] counts. *)
Definition counted (s : state counter) (h : list (operation counter)) : list (operation counter) := filter (counts s) h.

Definition is_by (r : replica) (o : operation counter) : bool := if replica_dec (made_by o) r then true else false.

(** All that the network and the disks of [nodes] hold, joined. *)
Definition all_that_is_left (nodes : list node) (w : world counter) : state counter :=
  joined (network w ++ flat_map (fun n => disk (machines w n)) nodes).

Local Opaque replica_dec.

Lemma is_by_yes : forall r o, made_by o = r -> is_by r o = true.
Proof. intros; unfold is_by; destruct (replica_dec (made_by o) r); congruence. Qed.

Lemma is_by_no : forall r o, made_by o <> r -> is_by r o = false.
Proof. intros; unfold is_by; destruct (replica_dec (made_by o) r); congruence. Qed.

Lemma is_by_only : forall r o, is_by r o = true -> made_by o = r.
Proof. unfold is_by; intros r o; destruct (replica_dec (made_by o) r); congruence. Qed.

Lemma replay_sum : forall r h, replay (D := counter_rows) r h = sum (map amount (filter (is_by r) h)).
Proof.
  induction h as [|o h IH]; cbn [replay filter]; [reflexivity|].
  destruct (replica_dec (made_by o) r) as [E|E]; [rewrite (is_by_yes _ _ E) | now rewrite (is_by_no _ _ E)].
  cbn. rewrite IH. apply Nat.add_comm.
Qed.

Lemma linked_delta : forall h o, linked (D := counter_rows) h -> In o h ->
  delta o (made_by o) <= replay (D := counter_rows) (made_by o) h.
Proof.
  induction h as [|p h IH]; intros o Hlink H; [contradiction|]. destruct Hlink as (Hd & Hb & Hp & Hl); cbn in *.
  destruct H as [<-|H].
  - rewrite Hd. lia.
  - specialize (IH o Hl H). destruct (replica_dec (made_by p) (made_by o)); lia.
Qed.

Lemma counts_at : forall (s t : state counter) o, s (made_by o) = t (made_by o) -> counts s o = counts t o.
Proof. intros; unfold counts; now rewrite H. Qed.

Lemma snapshot_sum : forall r h (s : state counter),
  linked (D := counter_rows) h -> snapshot (D := counter_rows) r h (s r) ->
  s r = sum (map amount (filter (is_by r) (counted s h))).
Proof.
  induction h as [|o h IH]; intros s Hl Hs.
  - destruct Hs as ([|] & [|] & E & ->); try discriminate. reflexivity.
  - pose proof Hl as (Hd & Hb & Hp & Hl'). unfold counted. cbn [filter].
    destruct (replica_dec (made_by o) r) as [E|E].
    + apply snapshot_cases in Hs. destruct Hs as [Hs|Hs].
      * (* the newest version: all increments of [r] are counted *)
        assert (Hall : filter (is_by r) (filter (counts s) (o :: h)) = filter (is_by r) (o :: h)).
        { assert (Hin : forall p, In p (o :: h) -> is_by r p = true -> counts s p = true).
          { intros p Hin Ep. apply is_by_only in Ep. apply Nat.leb_le. rewrite Ep at 2. rewrite Hs, <- Ep.
            apply (linked_delta (o :: h)); [exact Hl | assumption]. }
          clear -Hin. induction (o :: h) as [|p l IHl]; [reflexivity|]. cbn.
          assert (IHl' : filter (is_by r) (filter (counts s) l) = filter (is_by r) l).
          { apply IHl. intros; apply Hin; [now right | assumption]. }
          destruct (is_by r p) eqn:Ep.
          - rewrite (Hin p (or_introl eq_refl) Ep). cbn. now rewrite Ep, IHl'.
          - destruct (counts s p); cbn; rewrite ?Ep; assumption. }
        transitivity (sum (map amount (filter (is_by r) (o :: h)))); [rewrite Hs; apply replay_sum|].
        do 2 f_equal. symmetry. exact Hall.
      * destruct (counts s o) eqn:Ec; [|now apply IH].
        (* an older version is smaller than what this increment made: it adds a positive amount *)
        exfalso. subst r. apply Nat.leb_le in Ec. cbn in Hd, Hp.
        destruct (replica_dec (made_by o) (made_by o)); [|congruence].
        pose proof (snapshot_old counter_laws _ h _ Hs) as Ho. cbn in Ho, Ec. rewrite Hd in Ec. lia.
    + pose proof (is_by_no _ _ E) as Hb'.
      apply snapshot_cases in Hs.
      assert (Hs' : snapshot (D := counter_rows) r h (s r)).
      { destruct Hs as [Hs|Hs]; [|assumption]. cbn in Hs. destruct (replica_dec (made_by o) r); [congruence|].
        rewrite Hs. apply snapshot_now. }
      destruct (counts s o); cbn; rewrite ?Hb'; now apply IH.
Qed.

(** With incarnations, a slot of any state, or of any join of states, is the sum of those increments of its replica
    that the state counts: each of them once, and nothing else. *)
Theorem a_slot_is_the_sum_of_what_it_counts : forall (R : rules) (w : world counter) (s : state counter) r,
  incarnations R = true -> reachable R w -> obtainable w s ->
  s r = sum (map amount (filter (is_by r) (counted s (history w)))).
Proof.
  intros R w s r HR H Hs. destruct (rows_anywhere counter_laws R w s HR H Hs) as [Hl Hsnap]. now apply snapshot_sum.
Qed.

Lemma sum_cons : forall x l, sum (x :: l) = x + sum l.
Proof. reflexivity. Qed.

Lemma sum_once : forall all q a (f : replica -> nat), NoDup all -> In q all ->
  sum (map (fun r => (if replica_dec q r then a else 0) + f r) all) = a + sum (map f all).
Proof.
  intros all q a f Hnd; induction Hnd as [|r all Hr Hnd IH]; intros Ho; [contradiction|].
  cbn [map]. rewrite !sum_cons. destruct (replica_dec q r) as [->|E].
  - enough (sum (map (fun q => (if replica_dec r q then a else 0) + f q) all) = sum (map f all)) by lia.
    f_equal. apply map_ext_in. intros q Hq. destruct (replica_dec r q); [congruence | reflexivity].
  - destruct Ho as [|Ho]; [congruence|]. rewrite IH by assumption. lia.
Qed.

Lemma sum_by : forall all (l : list (operation counter)), NoDup all -> (forall o, In o l -> In (made_by o) all) ->
  sum (map (fun r => sum (map amount (filter (is_by r) l))) all) = sum (map amount l).
Proof.
  intros all l Hnd; induction l as [|o l IH]; intros Hin.
  - clear; induction all; cbn; auto.
  - change (sum (map amount (o :: l))) with (amount o + sum (map amount l)). cbn [filter].
    rewrite <- IH by (intros; apply Hin; now right).
    assert (Ho : In (made_by o) all) by (apply Hin; now left). clear Hin IH.
    assert (Hstep : forall r, sum (map amount (if is_by r o then o :: filter (is_by r) l else filter (is_by r) l)) =
                              (if replica_dec (made_by o) r then amount o else 0) + sum (map amount (filter (is_by r) l))).
    { intros r. destruct (replica_dec (made_by o) r) as [E|E]; [rewrite (is_by_yes _ _ E) | rewrite (is_by_no _ _ E)]; reflexivity. }
    rewrite (map_ext _ _ Hstep). now apply (sum_once all (made_by o) (amount o) (fun r => sum (map amount (filter (is_by r) l)))).
Qed.

(** With incarnations, the value of any state, or of any join of states, is the sum of the increments that it counts,
    each once. *)
Theorem the_value_counts_each_increment_once : forall (R : rules) (w : world counter) (s : state counter) all,
  incarnations R = true -> reachable R w -> obtainable w s ->
  NoDup all -> (forall o, In o (history w) -> In (made_by o) all) ->
  value all s = sum (map amount (counted s (history w))).
Proof.
  intros R w s all HR H Hs Hnd Hall. unfold value.
  rewrite (map_ext _ _ (fun r => a_slot_is_the_sum_of_what_it_counts R w s r HR H Hs)).
  apply sum_by; [assumption|]. intros o Ho. apply Hall. unfold counted in Ho. now apply filter_In in Ho.
Qed.

(** With incarnations, no state, and no join of states, ever shows more than was added. *)
Theorem never_more_than_was_added : forall (R : rules) (w : world counter) (s : state counter) all,
  incarnations R = true -> reachable R w -> obtainable w s ->
  NoDup all -> (forall o, In o (history w) -> In (made_by o) all) ->
  value all s <= sum (map amount (history w)).
Proof.
  intros R w s all HR H Hs Hnd Hall. rewrite (the_value_counts_each_increment_once R w s all); try assumption.
  unfold counted. clear. induction (history w) as [|o h IH]; [apply Nat.le_refl|].
  cbn [filter map]. destruct (counts s o); cbn [map]; rewrite ?sum_cons; lia.
Qed.

(** With incarnations, two increments of one replica never make the same slot value: the later one's is larger. *)
Theorem slot_values_are_unique : forall (R : rules) (w : world counter) later o middle o' earlier,
  incarnations R = true -> reachable R w ->
  history w = later ++ o :: middle ++ o' :: earlier -> made_by o = made_by o' ->
  delta o' (made_by o) < delta o (made_by o).
Proof.
  intros R w later o middle o' earlier HR H E Hby.
  destruct (rows_anywhere counter_laws R w bottom HR H (obtain_bottom w)) as [Hl _]. rewrite E in Hl. clear E.
  induction later as [|p later IH]; [|apply IH; apply Hl].
  destruct Hl as (Hd & _ & Hp & Hl). cbn in Hd, Hp. destruct (replica_dec (made_by o) (made_by o)); [|congruence].
  pose proof (linked_delta _ o' Hl (in_elt _ _ _)) as Hle. rewrite <- Hby in Hle. cbn in *. lia.
Qed.

Lemma includes_counts : forall s o, includes s (delta o) -> counts s o = true.
Proof.
  unfold includes, counts; intros s o H. apply (f_equal (fun f => f (made_by o))) in H; cbn in H. apply Nat.leb_le. lia.
Qed.

Lemma left_includes : forall nodes w s, In s (network w) \/ (exists n, In n nodes /\ In s (disk (machines w n))) ->
  includes (all_that_is_left nodes w) s.
Proof.
  intros nodes w s H. apply joined_includes; [apply (rows_semilattice counter_laws)|]. apply in_or_app.
  destruct H as [H|(n & Hn & H)]; [now left | right; apply in_flat_map; eauto].
Qed.

(** What is left of a reachable world can be had by joining states that are held: the two theorems on values hold for
    it. *)
Lemma left_is_obtainable : forall nodes w, obtainable w (all_that_is_left nodes w).
Proof.
  intros nodes w. apply obtainable_joined. intros s H. apply obtain_held. apply in_app_or in H.
  destruct H as [H|H]; [now apply held_in_network|]. apply in_flat_map in H. destruct H as (n & _ & H).
  now apply (held_on_disk w s n).
Qed.

(** With both rules, the join of what is in the network and on the disks counts every acknowledged increment, unless
    it was on a disk that was destroyed or replaced. *)
Theorem an_acknowledged_increment_is_lost_with_its_disk_or_not_at_all : forall (w : world counter) o nodes,
  reachable both_rules w -> In o (acknowledged w) -> In (fst (made_by o)) nodes ->
  In o (history w) /\
  (counts (all_that_is_left nodes w) o = true \/ exists d, In d (destroyed w) /\ counts (joined d) o = true).
Proof.
  intros w o nodes H Ho Hn. pose proof (rows_semilattice counter_laws) as L.
  split; [eapply (a_done w); [apply (reachable_acknowledges_in_order L both_rules w eq_refl H) | exact Ho]|].
  destruct (acknowledged_is_durable L both_rules w o eq_refl H Ho) as [Hd|(d & Hd & Hi)].
  - left. apply includes_counts. eapply includes_trans; [exact L | | exact Hd].
    apply joined_incl; [exact L|]. intros s Hs. apply in_or_app; right. apply in_flat_map; eauto.
  - right; exists d; split; [assumption | now apply includes_counts].
Qed.

(** With both rules, after any crashes that destroy no disk, what is left counts every acknowledged increment. *)
Theorem after_crashes_alone_all_that_was_acknowledged_is_there : forall (w : world counter) o nodes,
  reachable both_rules w -> destroyed w = [] -> In o (acknowledged w) -> In (fst (made_by o)) nodes ->
  counts (all_that_is_left nodes w) o = true.
Proof.
  intros w o nodes H Hd Ho Hn.
  destruct (an_acknowledged_increment_is_lost_with_its_disk_or_not_at_all w o nodes H Ho Hn) as [_ [|(d & Hin & _)]];
    [assumption|]. rewrite Hd in Hin; contradiction.
Qed.

(** Whatever some message in the network counts, what is left counts: no fault can undo it. (That messages stay is
    [what_was_sent_stays] in CrashSafety.v.) *)
Theorem what_was_sent_is_counted : forall (w : world counter) o m nodes,
  In m (network w) -> counts m o = true -> counts (all_that_is_left nodes w) o = true.
Proof.
  intros w o m nodes Hm Hc. apply Nat.leb_le in Hc. apply Nat.leb_le.
  pose proof (left_includes nodes w m (or_introl Hm)) as Hi. unfold includes in Hi.
  apply (f_equal (fun f => f (made_by o))) in Hi; cbn in Hi. cbn in *. lia.
Qed.
