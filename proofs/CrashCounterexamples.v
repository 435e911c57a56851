(** * What happens without the rules: counterexamples

    Each theorem is an explicit execution of the machine of Crash.v, told step by step, and what is wrong at its end.
    One node is enough: whoever hears of it in the network plays the others.

    Without incarnations (rule B), effects in order (rule A kept):
    - a counter loses an acknowledged increment although its disk is whole and it was sent, after amnesia
      ([amnesia_loses_an_increment]), and after a restored backup ([a_backup_loses_an_increment]): the network holds a
      larger number under the same name;
    - two different changes bear the same dot, and a set loses a fresh add ([amnesia_gives_a_dot_twice],
      [a_backup_gives_a_dot_twice]).

    Without rule A, and nothing worse than a crash:
    - gossip before durable: the same, if the node keeps its incarnation ([early_gossip_loses_an_increment],
      [early_gossip_gives_a_dot_twice]);
    - acknowledgement before durable: even with incarnations, an acknowledged increment is nowhere
      ([an_early_acknowledgement_is_empty]).

    And for comparison, with both rules: the story of amnesia ends well
    ([with_incarnations_the_same_story_ends_well]), and what the theorems of CrashCounter.v except does happen
    ([amnesia_loses_what_was_never_sent]).

    Rust: crates/quipu-crdt/tests/traps.rs and the simulator's remedies, which can be switched off one by one. *)

From Coq Require Import List Arith Lia.
From Quipu Require Import Crash CrashRows CrashDots CrashCounter CrashOrSet CrashStories.
Import ListNotations.

(** ** The counter *)

(** An increment sends its replica's slot. *)
Definition count (r : replica) (a : nat) (s : state counter) : option (state counter) :=
  if a =? 0 then None else Some (fun q => if replica_dec q r then s r + a else 0).

Lemma count_makes : forall r a s d, count r a s = Some d -> makes (d := counter) r a s d.
Proof.
  unfold count; intros r a s d H. destruct (Nat.eqb_spec a 0); [discriminate|]. injection H as <-. cbn.
  repeat split; [lia | |].
  - now destruct (replica_dec r r).
  - intros q Hq. left. now destruct (replica_dec q r).
Qed.

Lemma count_part : forall s m : state counter, Some s = Some m -> part m s.
Proof. intros s m [= <-]. split; [now right | exact I]. Qed.

Definition after_counter_story (R : rules) (story : list (happening nat)) : world counter :=
  end_of (T := counter) count Some R story.

Lemma counter_story_reachable : forall R story, reachable R (after_counter_story R story).
Proof. intros; apply the_end_is_reachable; [exact count_makes | exact count_part]. Qed.

(** The only replica in these stories. *)
Definition the_replica : replica := (0, 0).

Definition shown (w : world counter) : nat := value [the_replica] (all_that_is_left [0] w).

(** [Do], made durable and acknowledged; and told to others. *)
Definition add (a : nat) : list (happening nat) := [Do 0 a; Next 0; Next 0].
Definition add_and_send (a : nat) : list (happening nat) := add a ++ [Tell 0; Next 0].

Definition forgetful_counter : list (happening nat) :=
  add_and_send 5 ++ [Comes_back_empty 0] ++ add_and_send 2.

Definition restored_counter : list (happening nat) :=
  add 1 ++ [Keep 0] ++ add_and_send 4 ++ [Comes_back_old 0 0] ++ add_and_send 2.

(** The increment of 5 is sent before it is durable, and lost in a crash; nobody was told that it succeeded. *)
Definition talkative_counter : list (happening nat) :=
  [Do 0 5; Tell 0; Hasty 0 2; Comes_back 0] ++ add_and_send 2.

Definition hasty_counter : list (happening nat) := [Do 0 5; Hasty 0 1].

(** Without incarnations, amnesia loses a later increment: 5 and 2 are acknowledged and sent, the 2 is on the whole
    disk too, and all that is left, joined, shows 5. *)
Theorem amnesia_loses_an_increment : exists w : world counter,
  reachable no_incarnations w /\
  map amount (acknowledged w) = [2; 5] /\ length (network w) = 2 /\ shown w = 5.
Proof.
  exists (after_counter_story no_incarnations forgetful_counter). split; [apply counter_story_reachable | vm_compute; repeat split].
Qed.

(** Without incarnations, a restored backup does the same: 1, 4 and 2 are acknowledged and sent, and 5 are shown. *)
Theorem a_backup_loses_an_increment : exists w : world counter,
  reachable no_incarnations w /\
  map amount (acknowledged w) = [2; 4; 1] /\ length (network w) = 2 /\ shown w = 5.
Proof.
  exists (after_counter_story no_incarnations restored_counter). split; [apply counter_story_reachable | vm_compute; repeat split].
Qed.

(** With gossip before durable, a crash alone is enough for a node that keeps its incarnation: the acknowledged,
    durable and sent 2 vanishes under a 5 that only others remember. No disk was destroyed. *)
Theorem early_gossip_loses_an_increment : exists w : world counter,
  reachable no_rules w /\ destroyed w = [] /\
  map amount (acknowledged w) = [2] /\ map amount (history w) = [2; 5] /\ shown w = 5.
Proof.
  exists (after_counter_story no_rules talkative_counter). split; [apply counter_story_reachable | vm_compute; repeat split].
Qed.

(** With acknowledgement before durable, a crash loses what was acknowledged, incarnations or not. *)
Theorem an_early_acknowledgement_is_empty : exists w : world counter,
  reachable (Rules true false) w /\ destroyed w = [] /\ map amount (acknowledged w) = [5] /\
  forall r, all_that_is_left [0] w r = 0 /\ volatile (machines w 0) r = 0.
Proof.
  pose (w := after_counter_story (Rules true false) hasty_counter). exists (restart w 0 Crash [1]). split.
  - eapply reach_step; [exact (counter_story_reachable (Rules true false) hasty_counter)|].
    apply step_restart; [discriminate|]. intros i [<-|[]]. left. vm_compute. discriminate.
  - vm_compute. repeat split.
Qed.

(** Comes back with an empty disk under a new incarnation, and goes on. *)
Definition reborn (w : world counter) (story : list (happening nat)) : world counter :=
  match tell (T := counter) count Some both_rules (restart w 0 Amnesia [1]) story with Some w => w | None => w end.

Lemma reborn_reachable : forall w story, reachable both_rules w -> ~ used w (0, 1) -> reachable both_rules (reborn w story).
Proof.
  intros w story H Hu.
  assert (Hr : reachable both_rules (restart w 0 Amnesia [1])).
  { eapply reach_step; [exact H|]. apply step_restart; [discriminate|]. intros i [<-|[]]. now left. }
  unfold reborn. destruct (tell _ _ _ _ _) eqn:E; [|assumption].
  eapply told_is_reachable; [exact count_makes | exact count_part | exact Hr | exact E].
Qed.

(** With both rules the story of amnesia ends well: 5 and 2 are acknowledged, and 7 are shown. *)
Theorem with_incarnations_the_same_story_ends_well : exists w : world counter,
  reachable both_rules w /\
  map amount (acknowledged w) = [2; 5] /\ value [the_replica; (0, 1)] (all_that_is_left [0] w) = 7.
Proof.
  exists (reborn (after_counter_story both_rules (add_and_send 5)) (add_and_send 2)). split.
  - apply reborn_reachable; [apply counter_story_reachable | vm_compute; discriminate].
  - vm_compute. repeat split.
Qed.

(** What the theorems on loss except can happen, both rules notwithstanding: an acknowledged increment that nobody had
    sent is gone with its disk. *)
Theorem amnesia_loses_what_was_never_sent : exists w : world counter,
  reachable both_rules w /\
  map amount (acknowledged w) = [5] /\ value [the_replica; (0, 1)] (all_that_is_left [0] w) = 0.
Proof.
  exists (reborn (after_counter_story both_rules (add 5)) []). split.
  - apply reborn_reachable; [apply counter_story_reachable | vm_compute; discriminate].
  - vm_compute. repeat split.
Qed.

(** ** The set *)

Definition change_set (r : replica) (c : set_command) (s : state or_set) : option (state or_set) :=
  Some (set_after r c s).

Definition after_set_story (R : rules) (story : list (happening set_command)) : world or_set :=
  end_of (T := or_set) change_set Some R story.

Lemma set_story_reachable : forall R story, reachable R (after_set_story R story).
Proof. intros; apply the_end_is_reachable; [intros r c s d [= <-]; reflexivity | now intros s m [= <-]]. Qed.

Definition set_left (w : world or_set) : state or_set := joined (network w ++ disk (machines w 0)).

Definition durably (c : set_command) : list (happening set_command) := [Do 0 c; Next 0; Next 0].
Definition sent : list (happening set_command) := [Tell 0; Next 0].

Definition forgetful_set : list (happening set_command) :=
  durably (Add 7) ++ durably (Remove 7) ++ sent ++ [Comes_back_empty 0] ++ durably (Add 8) ++ sent.

Definition restored_set : list (happening set_command) :=
  durably (Add 6) ++ [Keep 0] ++ durably (Add 7) ++ durably (Remove 7) ++ sent ++ [Comes_back_old 0 0] ++ durably (Add 8) ++ sent.

(** The add of 7 and its removal are sent before they are durable, and lost in a crash. *)
Definition talkative_set : list (happening set_command) :=
  [Do 0 (Add 7); Do 0 (Remove 7); Tell 0; Hasty 0 4; Comes_back 0] ++ durably (Add 8) ++ sent.

(** What went wrong in a world: two of its changes, of different elements, bear the same dot; and the later one, an
    add of 8 that was acknowledged, is durable, was sent, and is removed nowhere, is not in what is left. *)
Definition a_dot_was_given_twice (w : world or_set) : Prop :=
  (exists o o' d, In o (history w) /\ In o' (history w) /\ what o = Add 7 /\ what o' = Add 8 /\
     bears set_seen o d /\ bears set_seen o' d) /\
  map what (firstn 1 (acknowledged w)) = [Add 8] /\
  ~ In (Remove 8) (map what (history w)) /\
  ~ contains (set_left w) 8.

(** The change at a place of the history, the newest at 0. *)
Definition nth_change (k : nat) (w : world or_set) : operation or_set :=
  nth k (history w) (Operation (T := or_set) the_replica (Add 0) bottom bottom).

Ltac twice k d :=
  repeat split;
  [ match goal with |- exists o o' d, In _ (history ?w) /\ _ => exists (nth_change k w), (nth_change 0 w), d end;
    split; [apply nth_In; vm_compute; lia|]; split; [apply nth_In; vm_compute; lia|];
    vm_compute; repeat split; lia
  | vm_compute; intuition discriminate
  | intros ([[|n] [|i]] & [|[|[|k']]] & H); vm_compute in H; discriminate ].

(** Without incarnations, after amnesia two changes bear the same dot, and the set loses a fresh add: it looks already
    removed. *)
Theorem amnesia_gives_a_dot_twice : exists w : world or_set, reachable no_incarnations w /\ a_dot_was_given_twice w.
Proof.
  exists (after_set_story no_incarnations forgetful_set). split; [apply set_story_reachable | twice 2 (the_replica, 1)].
Qed.

(** Without incarnations, a restored backup does the same. *)
Theorem a_backup_gives_a_dot_twice : exists w : world or_set, reachable no_incarnations w /\ a_dot_was_given_twice w.
Proof.
  exists (after_set_story no_incarnations restored_set). split; [apply set_story_reachable | twice 2 (the_replica, 2)].
Qed.

(** With gossip before durable, a crash alone does the same to a node that keeps its incarnation. *)
Theorem early_gossip_gives_a_dot_twice : exists w : world or_set,
  reachable no_rules w /\ destroyed w = [] /\ a_dot_was_given_twice w.
Proof.
  exists (after_set_story no_rules talkative_set). split; [apply set_story_reachable | twice 2 (the_replica, 1)].
Qed.
