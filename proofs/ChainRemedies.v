(** * Two rules of the chain that cannot be left out

    Each run here breaks one rule of [Chain.v], and the counter is wrong although the store is as good as it can
    be: its order respects real time, and nothing comes twice.

    - [settling_is_needed]: a node that tries again without looking whether its number is there ([from_without])
      adds twice.
    - [joining_is_needed]: a node that starts again and counts its rounds from 1 without having joined ([joined])
      takes what its former life has sent for its own, and acknowledges an add that is nowhere.

    That tags are needed is shown in [StaleReads.v]: [late_copy_counts_twice], and for reads
    [identity_swap_is_no_check].

    Rust: the remedies [Settling] and [Joining] in [crates/quipu-node/src/nodes/settings.rs], which can be
    switched off. *)

From Coq Require Import List String Arith ZArith Lia.
From Quipu Require Import SeqStore Chain ChainOrder.
Import ListNotations.

Definition link_1 := Link 0 [] 1.
Definition link_2 := Link 5 [(1, 1)] 2.
Definition link_3 := Link 10 [(1, 1); (1, 1)] 3.

(** ** Trying again without looking *)

Definition join_1 := Round 1 0 None 1 (Some (4, Finished 0)).
Definition add_5 := Round 1 0 (Some 1) 5 (Some (11, Finished 10)).

Definition plan (t : time) : attempt :=
  match t with
  | 2 => Attempt join_1 None 0 1
  | 6 => Attempt add_5 (Some link_1) 5 2
  | _ => Attempt add_5 (Some link_2) 5 3
  end.

Definition first := Call 1 2 (swap_of (plan 2)) (Some (3, Done)).
Definition lost := Call 1 6 (swap_of (plan 6)) None.
Definition seen := Call 1 7 (Read KEY) (Some (8, Held (Stored link_2))).
Definition again := Call 1 9 (swap_of (plan 9)) (Some (10, Done)).

Definition unsettled := History [first; lost; seen; again] [join_1; add_5] (fun c => plan (sent c)).
Definition unsettled_order := [Heard first; Unheard lost; Heard seen; Heard again].

(** The add of 5 whose first answer was lost is made again from the link that has it already, and the sum is 10. *)
Theorem settling_is_needed :
  plausible (run unsettled) /\ lawful stored_eq (run unsettled) unsettled_order
  /\ landed unsettled_order = [first; lost; again]
  /\ round_of unsettled lost = add_5 /\ round_of unsettled again = add_5
  /\ final unsettled_order = Some (Stored link_3).
Proof.
  split; [split|split; [apply check_sound; vm_compute; reflexivity|repeat split; vm_compute; reflexivity]].
  - intros c t a I E. simpl in I. destruct I as [<-|[<-|[<-|[<-|[]]]]]; simpl in *;
      (discriminate || (injection E as <- <-; lia)).
  - intros c k t v I A E. simpl in I. destruct I as [<-|[<-|[<-|[<-|[]]]]]; try discriminate A.
    injection A as <-. injection E as <- <-. exists lost. simpl. auto 10 with arith.
Qed.

(** ** Starting again without joining *)

Definition former := Round 1 0 (Some 1) 1 (Some (3, Unknown)). (** a crash ends it *)
Definition add_7 := Round 1 1 (Some 1) 4 (Some (7, Finished 5)).

Definition sent_before := Attempt former None 5 2.
Definition of_former := Call 1 2 (swap_of sent_before) None.
Definition look := Call 1 5 (Read KEY) (Some (6, Held (Stored link_2))).

Definition restarted := History [of_former; look] [former; add_7] (fun _ => sent_before).
Definition restarted_order := [Unheard of_former; Heard look].

(** The node looks before it sends anything, is shown its own number 1, and finishes its add of 7 as the rule
    [finish] says; but no attempt of it was ever made, and the sum is 5. *)
Theorem joining_is_needed :
  plausible (run restarted) /\ lawful stored_eq (run restarted) restarted_order
  /\ number add_7 = Some 1 /\ knows restarted (node add_7) 7 link_2 /\ 1 <= last_of (node add_7) (Some link_2)
  /\ landed restarted_order = [of_former] /\ round_of restarted of_former = former
  /\ final restarted_order = Some (Stored link_2).
Proof.
  split; [split|split; [apply check_sound; vm_compute; reflexivity|]].
  - intros c t a I E. simpl in I. destruct I as [<-|[<-|[]]]; simpl in *; (discriminate || (injection E as <- <-; lia)).
  - intros c k t v I A E. simpl in I. destruct I as [<-|[<-|[]]]; try discriminate A.
    injection A as <-. injection E as <- <-. exists of_former. simpl. auto 10 with arith.
  - split; [reflexivity|]. split.
    { exists look, 6. split; [reflexivity|]. split; [lia|]. left. repeat split. simpl. auto. }
    split; [unfold last_of; simpl; auto|]. repeat split; vm_compute; reflexivity.
Qed.
