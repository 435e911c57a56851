(** * After a crash alone, order is enough

    A node that has crashed and lost nothing but unsynced records cannot tell that it lost any: its disk ends cleanly.
    Must it give up its incarnation? Not if it keeps to rule A, and if its disk is surely the newest. What was lost
    then had not been sent and not been acknowledged: nobody will ever know that it was there.

    So this is how a node may do it: under new incarnations alone if its disk was lost or replaced; but after a crash
    it may also go on with those it had, whatever waited in its outbox ([trusting]).

    [order_is_enough_after_a_crash]: whatever happens to such nodes could also have happened under both rules of
    Crash.v: there is an execution under both rules that ends with the same memories, outboxes, disks, backups,
    messages and acknowledgements. In it the lost changes were never made. So all that the other files prove of states
    and acknowledgements under both rules holds here too. [order_alone_survives_crashes]: where nodes only crash, they
    need no incarnations at all. [a_crash_loses_and_doubles_nothing], [a_crash_oversells_nothing]: what that means for
    the two counters.

    It is what [inherit] (crates/quipu-crdt/src/bounded_counter.rs) rests on: a node that knows that its disk is the
    newest starts under a new incarnation and goes on with the rows of its earlier lives, though it may have lost
    unsynced records.

    How it is proved: for any choice of how much of each outbox will be lost ([cut]), there is an execution under both
    rules in which the changes behind the cut were not made. A crash then is one with nothing behind the cut. No
    property of the data type is used. *)

From Coq Require Import List Arith Lia.
From Quipu Require Import Crash CrashSafety CrashRows CrashCounter BoundedCounter.
Import ListNotations.

Section Order.
Context {T : datatype}.
Implicit Types (w v : world T) (n : node).

(** Steps under both rules; and after a crash, a node may go on under its old incarnations whatever was lost. *)
Inductive trusting : world T -> Prop :=
| trusting_start : trusting start
| trusting_step : forall w w', trusting w -> step both_rules w w' -> trusting w'
| trusting_crash : forall w n l, trusting w ->
    (forall i, In i l -> ~ used w (n, i) \/ In i (names (machines w n))) ->
    trusting (restart w n Crash l).

(** A cut never stands between a record and its acknowledgement. *)
Definition fair_cut w (cut : node -> nat) : Prop :=
  forall n o, nth_error (outbox (machines w n)) (cut n) <> Some (Acknowledge o).

(** [v] is [w] as if what stands behind the cut had not been done. Where nothing stands behind it, nothing is
    different. *)
Record as_if (cut : node -> nat) w v : Prop := AsIf {
  same_names : forall n, names (machines v n) = names (machines w n);
  same_disk : forall n, disk (machines v n) = disk (machines w n);
  shorter_outbox : forall n, outbox (machines v n) = firstn (cut n) (outbox (machines w n));
  same_memory : forall n, length (outbox (machines w n)) <= cut n -> volatile (machines v n) = volatile (machines w n);
  same_network : network v = network w;
  same_shelf : shelf v = shelf w;
  same_acknowledged : acknowledged v = acknowledged w;
  same_destroyed : destroyed v = destroyed w;
  same_used : forall r, used v r -> used w r;
  made_there_too : incl (history v) (history w)
}.

Definition could_be w : Prop := forall cut, fair_cut w cut -> exists v, reachable both_rules v /\ as_if cut w v.

(** The cut that is [c] at [n] and elsewhere as before. *)
Definition at_node n (c : nat) (cut : node -> nat) : node -> nat := fun k => if Nat.eq_dec k n then c else cut k.

Lemma at_node_same : forall n c cut, at_node n c cut n = c.
Proof. intros; unfold at_node; destruct (Nat.eq_dec n n); congruence. Qed.

Lemma at_node_other : forall n c cut k, k <> n -> at_node n c cut k = cut k.
Proof. intros; unfold at_node; destruct (Nat.eq_dec k n); congruence. Qed.

Ltac node_cases k n :=
  destruct (Nat.eq_dec k n) as [->|?Hne];
  [rewrite ?put_same, ?at_node_same in * | rewrite ?put_other, ?at_node_other in * by assumption]; cbn in *.

(** How many effects stand before the first record. *)
Fixpoint before_records (l : list (effect T)) : nat :=
  match l with
  | [] => 0
  | Persist _ :: _ => 0
  | _ :: l => S (before_records l)
  end.

Lemma before_records_fair : forall l o, nth_error l (before_records l) <> Some (Acknowledge o).
Proof. induction l as [|[s|a|m] l IH]; cbn; intros o; try discriminate; apply IH. Qed.

Lemma before_records_none : forall l record, ~ In (Persist record) (firstn (before_records l) l).
Proof. induction l as [|[s|a|m] l IH]; cbn; intros r H; try contradiction; destruct H as [H|H]; try discriminate; now apply IH in H. Qed.

Lemma nothing_behind : forall (l : list (effect T)) c, length l <= c -> firstn c l = l.
Proof. intros; now apply firstn_all2. Qed.

(** A start after any fault, with names that are new, or after a crash those that the node had. *)
Lemma restart_could_be : forall w n f l,
  (forall b, f = Restore b -> In b (shelf w)) ->
  (forall i, In i l -> ~ used w (n, i) \/ (In i (names (machines w n)) /\ f = Crash)) ->
  could_be w -> could_be (restart w n f l).
Proof.
  intros w n f l Hb Hc IH cut Hcut.
  destruct (IH (at_node n (before_records (outbox (machines w n))) cut)) as (v & Hv & [A B C D E F G H U I]).
  { intros k o. specialize (Hcut k o). cbn in Hcut. node_cases k n; [apply before_records_fair | assumption]. }
  exists (restart v n f l). split.
  { eapply reach_step; [exact Hv|]. apply step_restart; [intros b Eb; rewrite F; auto|]. intros i Hi.
    destruct (Hc i Hi) as [Hnew|[Hold Hf]]; [left; intros Hu; now apply Hnew, U | right].
    rewrite A. split; [assumption|]. intros _. split; [assumption|].
    intros record. rewrite C, at_node_same. apply before_records_none. }
  constructor; cbn; auto.
  - intros k; node_cases k n; auto.
  - intros k; node_cases k n; auto. now rewrite B.
  - intros k; node_cases k n; [now destruct (cut n) | specialize (C k); now rewrite at_node_other in C].
  - intros k Hk; node_cases k n; [now rewrite B|]. apply D. now rewrite at_node_other.
  - now rewrite B, H.
  - intros r [Hr|Hr]; auto.
Qed.

Lemma step_could_be : forall w w', step both_rules w w' -> could_be w -> could_be w'.
Proof.
  intros w w' Hs IH cut Hcut.
  destruct Hs as [n i c d g Hmine Hm Hg | n s Hp | n a e b Ho Ha | n s Hi | n | n f l Hb Hc].
  - (* a change *)
    set (L := length (outbox (machines w n))).
    assert (Hc : cut n <= L \/ L + 2 <= cut n).
    { specialize (Hcut n). cbn in Hcut. rewrite put_same in Hcut. cbn in Hcut.
      destruct (Nat.le_gt_cases (cut n) L); [now left | right].
      destruct (Nat.eq_dec (cut n) (L + 1)) as [E|]; [|lia]. exfalso. eapply Hcut. rewrite E, nth_error_app2 by (subst L; lia).
      replace (L + 1 - length (outbox (machines w n))) with 1 by (subst L; lia). reflexivity. }
    destruct Hc as [Hc|Hc].
    + destruct (IH cut) as (v & Hv & [A B C D E F G H U I]).
      { intros k o. specialize (Hcut k o). cbn in Hcut. node_cases k n; [|assumption].
        destruct (Nat.eq_dec (cut n) L) as [El|]; [rewrite El; now rewrite (proj2 (nth_error_None _ _)) by (subst L; lia)|].
        rewrite nth_error_app1 in Hcut by (subst L; lia). assumption. }
      exists v; split; [assumption|]. constructor; cbn; auto.
      * intros k; node_cases k n; auto.
      * intros k; node_cases k n; auto.
      * intros k; node_cases k n; auto. rewrite C, firstn_app. replace (cut n - length (outbox (machines w n))) with 0 by (subst L; lia).
        now rewrite app_nil_r.
      * intros k; node_cases k n; auto. rewrite app_length; cbn. subst L; lia.
      * now apply incl_tl.
    + destruct (IH (at_node n L cut)) as (v & Hv & [A B C D E F G H U I]).
      { intros k o. specialize (Hcut k o). cbn in Hcut. node_cases k n; [|assumption].
        rewrite (proj2 (nth_error_None _ _)) by (subst L; lia). discriminate. }
      assert (Dn : volatile (machines v n) = volatile (machines w n)) by (apply D; rewrite at_node_same; subst L; lia).
      assert (Cn : outbox (machines v n) = outbox (machines w n)).
      { rewrite C, at_node_same. apply nothing_behind. subst L; lia. }
      assert (Emade : operation_of v n i c d = operation_of w n i c d) by (unfold operation_of; now rewrite Dn).
      exists (change v n i c d g). split.
      { eapply reach_step; [exact Hv|]. apply step_change; rewrite ?Dn, ?A; auto. }
      constructor; cbn; auto.
      * intros k; node_cases k n; auto.
      * intros k; node_cases k n; auto.
      * intros k; node_cases k n; [|specialize (C k); now rewrite at_node_other in C].
        rewrite Cn, Emade, nothing_behind by (rewrite app_length; cbn; subst L; lia). reflexivity.
      * intros k Hk; node_cases k n; [now rewrite Dn|]. apply D. now rewrite at_node_other.
      * rewrite Emade. intros o [<-|Hin]; [now left | right; now apply I].
  - (* gossip *)
    set (L := length (outbox (machines w n))).
    destruct (Nat.le_gt_cases (cut n) L) as [Hc|Hc].
    + destruct (IH cut) as (v & Hv & [A B C D E F G H U I]).
      { intros k o. specialize (Hcut k o). cbn in Hcut. node_cases k n; [|assumption].
        destruct (Nat.eq_dec (cut n) L) as [El|]; [rewrite El; now rewrite (proj2 (nth_error_None _ _)) by (subst L; lia)|].
        rewrite nth_error_app1 in Hcut by (subst L; lia). assumption. }
      exists v; split; [assumption|]. constructor; cbn; auto.
      * intros k; node_cases k n; auto.
      * intros k; node_cases k n; auto.
      * intros k; node_cases k n; auto. rewrite C, firstn_app. replace (cut n - length (outbox (machines w n))) with 0 by (subst L; lia).
        now rewrite app_nil_r.
      * intros k; node_cases k n; auto. rewrite app_length; cbn; subst L; lia.
    + destruct (IH (at_node n L cut)) as (v & Hv & [A B C D E F G H U I]).
      { intros k o. specialize (Hcut k o). cbn in Hcut. node_cases k n; [|assumption].
        rewrite (proj2 (nth_error_None _ _)) by (subst L; lia). discriminate. }
      assert (Dn : volatile (machines v n) = volatile (machines w n)) by (apply D; rewrite at_node_same; subst L; lia).
      assert (Cn : outbox (machines v n) = outbox (machines w n)).
      { rewrite C, at_node_same. apply nothing_behind. subst L; lia. }
      exists (gossip v n s). split.
      { eapply reach_step; [exact Hv|]. apply step_gossip; now rewrite Dn. }
      constructor; cbn; auto.
      * intros k; node_cases k n; auto.
      * intros k; node_cases k n; auto.
      * intros k; node_cases k n; [|specialize (C k); now rewrite at_node_other in C].
        rewrite Cn, nothing_behind by (rewrite app_length; cbn; subst L; lia). reflexivity.
      * intros k Hk; node_cases k n; [now rewrite Dn|]. apply D. now rewrite at_node_other.
  - (* an effect is carried out *)
    specialize (Ha eq_refl). subst a. cbn [app] in *.
    destruct (IH (at_node n (S (cut n)) cut)) as (v & Hv & [A B C D E F G H U I]).
    { intros k o. specialize (Hcut k o). cbn in Hcut. node_cases k n; [|assumption]. now rewrite Ho. }
    assert (Cn : outbox (machines v n) = [] ++ e :: firstn (cut n) b) by (now rewrite C, at_node_same, Ho).
    exists (carry_out v n e ([] ++ firstn (cut n) b)). split.
    { eapply reach_step; [exact Hv|]. now apply step_carry_out. }
    constructor; cbn; auto.
    + intros k; node_cases k n; auto.
    + intros k; node_cases k n; auto. now rewrite B.
    + intros k; node_cases k n; [reflexivity | specialize (C k); now rewrite at_node_other in C].
    + intros k Hk; node_cases k n; [apply D; rewrite at_node_same, Ho; cbn; lia|]. apply D. now rewrite at_node_other.
    + now rewrite E.
    + now rewrite G.
  - (* a message is received *)
    destruct (IH cut) as (v & Hv & [A B C D E F G H U I]).
    { intros k o. specialize (Hcut k o). cbn in Hcut. node_cases k n; assumption. }
    exists (receive v n s). split.
    { eapply reach_step; [exact Hv|]. apply step_receive. now rewrite E. }
    constructor; cbn; auto; intros k; node_cases k n; auto. intros Hk. now rewrite D.
  - (* a backup is made *)
    destruct (IH cut Hcut) as (v & Hv & [A B C D E F G H U I]).
    exists (backup v n). split; [eapply reach_step; [exact Hv | apply step_backup]|].
    constructor; cbn; auto. now rewrite B, F.
  - (* a start *)
    revert cut Hcut. apply restart_could_be; [assumption | | assumption].
    intros i Hi. destruct (Hc i Hi) as [Hnew|[Hold Hlost]]; [now left | right]. split; [assumption|]. now apply Hlost.
Qed.

Lemma trusting_could_be : forall w, trusting w -> could_be w.
Proof.
  intros w H; induction H as [|w w' H IH Hs|w n l H IH Hl].
  - intros cut _. exists start. split; [constructor|]. constructor; cbn; auto; [|apply incl_refl]. intros; now destruct (cut n).
  - eapply step_could_be; eassumption.
  - apply restart_could_be; [discriminate | | assumption]. intros i Hi. destruct (Hl i Hi); auto.
Qed.

(** Where nodes keep to the order of effects, and after a crash, but after nothing worse, may go on under their old
    incarnations, all that can be seen could have come about under both rules too: the same memories, outboxes, disks,
    messages, backups and acknowledgements, from a history without the lost changes. *)
Theorem order_is_enough_after_a_crash : forall w, trusting w ->
  exists v, reachable both_rules v /\
    (forall n, machines v n = machines w n) /\ network v = network w /\ shelf v = shelf w /\
    acknowledged v = acknowledged w /\ destroyed v = destroyed w /\ incl (history v) (history w).
Proof.
  intros w H.
  destruct (trusting_could_be w H (fun n => length (outbox (machines w n)))) as (v & Hv & [A B C D E F G Hs U I]).
  - intros n o. rewrite (proj2 (nth_error_None _ _)) by lia. discriminate.
  - exists v. split; [assumption|]. repeat split; auto. intros n.
    specialize (A n); specialize (B n); specialize (C n); specialize (D n (le_n _)). rewrite firstn_all in C.
    destruct (machines v n), (machines w n); cbn in *; congruence.
Qed.

(** Where nodes keep to the order of effects and only crash, that is so for nodes without incarnations. *)
Theorem order_alone_survives_crashes : forall w, reachable no_incarnations w -> destroyed w = [] -> trusting w.
Proof.
  intros w H; induction H as [|w w' H IH Hs]; intros Hd; [constructor|].
  destruct Hs as [n i c d g Hmine Hm Hg | n s Hp | n a e b Ho Ha | n s Hi | n | n f l Hb Hc].
  - eapply trusting_step; [now apply IH | now apply step_change].
  - eapply trusting_step; [now apply IH | now apply step_gossip].
  - eapply trusting_step; [now apply IH | now apply step_carry_out].
  - eapply trusting_step; [now apply IH | now apply step_receive].
  - eapply trusting_step; [now apply IH | now apply step_backup].
  - destruct f; try discriminate. apply trusting_crash; [now apply IH|]. intros i Hi. destruct (Hc i Hi) as [|[]]; auto.
Qed.
End Order.

(** So a bounded counter oversells nothing on nodes that, after a crash, go on with the rows of their earlier lives:
    no state in any memory, on any disk or in the network shows less than nothing. *)
Theorem a_crash_oversells_nothing : forall (everyone : list replica) (w : world (of_rows (right_rows everyone))) (s : rows_state),
  NoDup everyone -> trusting w ->
  (exists n, s = volatile (machines w n) \/ In s (disk (machines w n))) \/ In s (network w) ->
  all_consumed everyone s <= all_created everyone s.
Proof.
  intros everyone w s Hn H Hs. destruct (order_is_enough_after_a_crash w H) as (v & Hv & Em & En & _).
  apply (no_read_is_negative everyone Hn both_rules v s eq_refl Hv). apply obtain_held.
  destruct Hs as [(n & [Hs|Hs])|Hs]; rewrite <- ?Em, <- ?En in Hs.
  - now apply held_in_memory with (n := n).
  - now apply held_on_disk with (n := n).
  - now apply held_in_network.
Qed.

(** And a counter on such nodes loses and doubles nothing: what is left shows the sum of the increments it counts,
    each once, from a history that has all that were acknowledged; and those are counted, unless they were on a disk
    that was destroyed. *)
Theorem a_crash_loses_and_doubles_nothing : forall (w : world counter) nodes all,
  trusting w -> NoDup all -> (forall o, In o (history w) -> In (made_by o) all) ->
  exists h, incl h (history w) /\ incl (acknowledged w) h /\
    value all (all_that_is_left nodes w) = sum (map amount (counted (all_that_is_left nodes w) h)) /\
    forall o, In o (acknowledged w) -> In (fst (made_by o)) nodes ->
      counts (all_that_is_left nodes w) o = true \/ exists d, In d (destroyed w) /\ counts (joined d) o = true.
Proof.
  intros w nodes all H Hnd Hall. destruct (order_is_enough_after_a_crash w H) as (v & Hv & Em & En & _ & Ea & Ed & Hh).
  assert (E : all_that_is_left nodes w = all_that_is_left nodes v).
  { unfold all_that_is_left. rewrite En. do 2 f_equal. apply flat_map_ext. intros n. now rewrite Em. }
  rewrite E, <- Ea, <- Ed. exists (history v). split; [assumption|]. split; [|split].
  - intros o Ho. now apply (a_done v (reachable_acknowledges_in_order (rows_semilattice counter_laws) both_rules v eq_refl Hv)).
  - apply (the_value_counts_each_increment_once both_rules v); auto using left_is_obtainable.
  - intros o Ho Hn. now apply an_acknowledged_increment_is_lost_with_its_disk_or_not_at_all.
Qed.
