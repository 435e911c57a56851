(** * A replica that forgets its row sells what is not there: counterexamples

    The bounded counter of BoundedCounter.v, on nodes that keep to the order of effects and come back under their
    _old_ incarnation. Each theorem is an explicit execution (CrashStories.v).
    - [a_restored_backup_sells_twice], [a_lost_disk_sells_twice]: twelve of ten are sold, all acknowledged, and no
      state, not even the join of all, shows it: two sales of six stand in the row as one.
    - [a_right_given_away_and_used_is_sold_below_zero]: or it shows, and a read is negative.

    With incarnations the same faults are harmless: [never_more_is_sold_than_there_is] in BoundedCounter.v.

    Rust: crates/quipu-crdt/tests/bounded_counter/amnesia.rs. *)

From Coq Require Import List Arith Lia Bool.
From Quipu Require Import Crash CrashRows CrashStories BoundedCounter.
Import ListNotations.

(** A shop with two doors. *)
Definition n0 : replica := (0, 0).
Definition n1 : replica := (1, 0).
Definition doors : list replica := [n0; n1].

Notation shop := (of_rows (right_rows doors)).

Definition is_door (q : replica) : bool := if in_dec replica_dec q doors then true else false.

(** The rows of the two doors. *)
Definition of_doors (s : rows_state) : rows_state := fun q => if is_door q then s q else no_row.

Definition is_valid (s : rows_state) : bool :=
  forallb (fun q => consumed (s q) + gave doors (s q) <=? created (s q) + got doors s q) doors.

Definition is_allowed (r : replica) (c : right_command) (s : rows_state) : bool :=
  is_door r &&
  match c with
  | Increment n => 0 <? n
  | Decrement n => (0 <? n) && (n <=? rights doors s r)
  | Transfer to n => (0 <? n) && (n <=? rights doors s r) && is_door to && if replica_dec to r then false else true
  end.

Definition trade (r : replica) (c : right_command) (s : rows_state) : option rows_state :=
  let d := of_doors (fun q => if replica_dec q r then grown_row c (s r) else s q) in
  if is_allowed r c s && is_valid d then Some d else None.

Definition tell_all (s : rows_state) : option rows_state :=
  if is_valid (of_doors s) then Some (of_doors s) else None.

Lemma is_door_true : forall q, is_door q = true -> In q doors.
Proof. unfold is_door; intros q; destruct (in_dec replica_dec q doors); congruence || auto. Qed.

Lemma is_valid_true : forall s, is_valid (of_doors s) = true -> valid doors (of_doors s).
Proof.
  intros s H q. unfold is_valid in H. rewrite forallb_forall in H.
  destruct (in_dec replica_dec q doors) as [Hq|Hq]; [now apply Nat.leb_le, H|].
  unfold of_doors at 1 2 3. unfold is_door. destruct (in_dec replica_dec q doors); [contradiction|].
  unfold gave; cbn. lia.
Qed.

Lemma trade_makes : forall r c s d, trade r c s = Some d -> makes (d := shop) r c s d.
Proof.
  unfold trade; intros r c s d H. destruct (is_allowed r c s) eqn:Ha; [|discriminate].
  destruct (is_valid _) eqn:Hv; [|discriminate]. injection H as <-.
  apply andb_prop in Ha as [Hr Hc]. apply is_valid_true in Hv.
  repeat split.
  - now apply is_door_true.
  - destruct c as [n|n|to n].
    + now apply Nat.ltb_lt.
    + apply andb_prop in Hc as [H1 H2]. apply Nat.ltb_lt in H1. apply Nat.leb_le in H2. lia.
    + apply andb_prop in Hc as [Hc H4]. apply andb_prop in Hc as [Hc H3]. apply andb_prop in Hc as [H1 H2].
      apply Nat.ltb_lt in H1. apply Nat.leb_le in H2. apply is_door_true in H3.
      destruct (replica_dec to r); [discriminate | auto].
  - unfold of_doors. rewrite Hr. now destruct (replica_dec r r).
  - intros q Hq. unfold of_doors. destruct (is_door q); [|now left]. destruct (replica_dec q r); [contradiction | now right].
  - exact Hv.
Qed.

Lemma tell_all_part : forall s m, tell_all s = Some m -> part (d := shop) m s.
Proof.
  unfold tell_all; intros s m H. destruct (is_valid _) eqn:Hv; [|discriminate]. injection H as <-. split.
  - intros q. unfold of_doors. destruct (is_door q); [now right | now left].
  - now apply is_valid_true.
Qed.

Definition after_shop_story (story : list (happening right_command)) : world shop :=
  end_of (T := shop) trade tell_all no_incarnations story.

Lemma shop_story_reachable : forall story, reachable no_incarnations (after_shop_story story).
Proof. intros; apply the_end_is_reachable; [exact trade_makes | exact tell_all_part]. Qed.

(** All that the network and the two disks hold. *)
Definition shop_left (w : world shop) : rows_state := joined (T := shop) (network w ++ disk (machines w 0) ++ disk (machines w 1)).

Definition durably (n : node) (c : right_command) : list (happening right_command) := [Do n c; Next n; Next n].
Definition sent (n : node) : list (happening right_command) := [Tell n; Next n].

Definition restored_shop : list (happening right_command) :=
  durably 0 (Increment 10) ++ [Keep 0] ++ durably 0 (Decrement 6) ++ sent 0 ++
  [Comes_back_old 0 0] ++ durably 0 (Decrement 6) ++ sent 0.

(** The door that lost its disk learns from the network what it once created, and not what it then sold. *)
Definition forgetful_shop : list (happening right_command) :=
  durably 0 (Increment 10) ++ sent 0 ++ durably 0 (Decrement 6) ++
  [Comes_back_empty 0; Hear 0 0] ++ durably 0 (Decrement 6) ++ sent 0.

Definition generous_shop : list (happening right_command) :=
  durably 0 (Increment 10) ++ [Keep 0] ++ durably 0 (Transfer n1 6) ++ sent 0 ++
  [Comes_back_old 0 0] ++ durably 0 (Decrement 6) ++ sent 0 ++
  [Hear 1 1] ++ durably 1 (Decrement 6) ++ sent 1.

(** Without incarnations, a restored backup sells twice: ten were created, twelve are sold and acknowledged, and the
    join of all that is left shows six sold of ten. *)
Theorem a_restored_backup_sells_twice : exists w : world shop,
  reachable no_incarnations w /\
  stocked doors (history w) = 10 /\ sold doors (history w) = 12 /\ sold doors (acknowledged w) = 12 /\
  all_created doors (shop_left w) = 10 /\ all_consumed doors (shop_left w) = 6.
Proof.
  exists (after_shop_story restored_shop). split; [apply shop_story_reachable | vm_compute; repeat split].
Qed.

(** Without incarnations, so does a door that lost its disk and learnt its row from others. *)
Theorem a_lost_disk_sells_twice : exists w : world shop,
  reachable no_incarnations w /\
  stocked doors (history w) = 10 /\ sold doors (history w) = 12 /\ sold doors (acknowledged w) = 12 /\
  all_created doors (shop_left w) = 10 /\ all_consumed doors (shop_left w) = 6.
Proof.
  exists (after_shop_story forgetful_shop). split; [apply shop_story_reachable | vm_compute; repeat split].
Qed.

(** Without incarnations, rights given away before the backup is restored are used again after it: a read shows twelve
    sold of ten. *)
Theorem a_right_given_away_and_used_is_sold_below_zero : exists w : world shop,
  reachable no_incarnations w /\ sold doors (acknowledged w) = 12 /\
  all_created doors (shop_left w) = 10 /\ all_consumed doors (shop_left w) = 12.
Proof.
  exists (after_shop_story generous_shop). split; [apply shop_story_reachable | vm_compute; repeat split].
Qed.
